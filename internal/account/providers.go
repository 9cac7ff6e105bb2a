package account

import (
	"slices"
	"time"

	"github.com/aratame/aratame/internal/awsid"
)

// An OIDCProvider is an OpenID Connect identity provider that the account
// trusts.
type OIDCProvider struct {
	// URL is the issuer without "https://": host and path. It identifies the
	// provider, and is the tail of its ARN.
	URL         string    `json:"url"`
	ClientIDs   []string  `json:"clientIDs,omitempty"`
	Thumbprints []string  `json:"thumbprints,omitempty"`
	Created     time.Time `json:"created"`
	Tags        []Tag     `json:"tags,omitempty"`
}

// ARN returns the provider's ARN in the given account.
func (p *OIDCProvider) ARN(account string) string {
	return awsid.IAM(account, "oidc-provider", "/", p.URL)
}

// Clone returns a copy whose slices may be changed.
func (p *OIDCProvider) Clone() *OIDCProvider {
	c := *p
	c.ClientIDs, c.Thumbprints, c.Tags = slices.Clone(p.ClientIDs), slices.Clone(p.Thumbprints), slices.Clone(p.Tags)
	return &c
}

// A SAMLProvider is a SAML 2.0 identity provider that the account trusts.
type SAMLProvider struct {
	ID         string       `json:"id"` // SAMLProviderUUID
	Name       string       `json:"name"`
	Metadata   string       `json:"metadata"` // as it was sent
	Issuers    []SAMLIssuer `json:"issuers"`  // what the metadata says
	Created    time.Time    `json:"created"`
	ValidUntil time.Time    `json:"validUntil"`
	// EncryptionMode is EncryptionRequired or EncryptionAllowed.
	EncryptionMode string    `json:"encryptionMode"`
	Keys           []SAMLKey `json:"keys,omitempty"` // for encrypted assertions, oldest first
	Tags           []Tag     `json:"tags,omitempty"`
}

// Whether a SAML provider takes assertions that aren't encrypted.
const (
	EncryptionRequired = "Required"
	EncryptionAllowed  = "Allowed"
)

// A SAMLIssuer is one identity provider of a metadata document, with the
// certificates of the keys that it signs with, in DER.
type SAMLIssuer struct {
	EntityID     string   `json:"entityID"`
	Certificates [][]byte `json:"certificates"`
}

// A SAMLKey is a private key that opens encrypted assertions.
type SAMLKey struct {
	ID      string    `json:"id"`
	Added   time.Time `json:"added"`
	Private []byte    `json:"private"` // PEM, sealed
}

// ARN returns the provider's ARN in the given account.
func (p *SAMLProvider) ARN(account string) string {
	return awsid.IAM(account, "saml-provider", "/", p.Name)
}

// Clone returns a copy whose slices may be changed, but for those of an issuer.
func (p *SAMLProvider) Clone() *SAMLProvider {
	c := *p
	c.Issuers, c.Keys, c.Tags = slices.Clone(p.Issuers), slices.Clone(p.Keys), slices.Clone(p.Tags)
	return &c
}

// Outbound is the account's own token issuer (GetWebIdentityToken).
type Outbound struct {
	// ID is a UUID that never changes, whether the issuer is enabled or not.
	ID      string        `json:"id"`
	Enabled bool          `json:"enabled,omitempty"`
	Keys    []OutboundKey `json:"keys,omitempty"` // by algorithm, the oldest first
}

// An OutboundKey signs tokens.
type OutboundKey struct {
	ID        string    `json:"id"`
	Algorithm string    `json:"algorithm"` // RS256 or ES384
	Created   time.Time `json:"created"`
	Public    []byte    `json:"public"`  // a JSON Web Key
	Private   []byte    `json:"private"` // PKCS #8, sealed
}
