// Package issuer signs web identity tokens for an account (GetWebIdentityToken)
// and publishes the keys that they can be verified with.
//
//   - issuer.go where an account's issuer is, and what it publishes
//   - keys.go   signing keys and their rotation
//   - token.go  tokens
package issuer

import (
	"encoding/json"
	"fmt"

	"github.com/aratame/aratame/internal/account"
	"github.com/aratame/aratame/internal/seal"
)

// Path is where the issuers of all accounts are, below the server's address:
// Path + ID + DiscoveryPath and so on.
const (
	Path          = "/-/issuer/"
	DiscoveryPath = "/.well-known/openid-configuration"
	KeysPath      = "/.well-known/jwks.json"
)

// An Issuer works for every account of a server.
type Issuer struct {
	Secrets *seal.Sealer
	// Base gives the server's public address, such as "https://iam.example.com".
	Base func() string
}

// URL is the issuer identifier of an account, the tokens' "iss".
func (i *Issuer) URL(o *account.Outbound) string { return i.Base() + Path + o.ID }

// Claim is the name under which the store finds the account of an issuer.
func Claim(id string) string { return "issuer/" + id }

// Discovery is the account's OpenID provider configuration (OpenID Connect
// Discovery 1.0, section 3).
func (i *Issuer) Discovery(o *account.Outbound) ([]byte, error) {
	url := i.URL(o)
	return json.MarshalIndent(map[string]any{
		"issuer":                                url,
		"jwks_uri":                              url + KeysPath,
		"response_types_supported":              []string{"id_token"},
		"subject_types_supported":               []string{"public"},
		"id_token_signing_alg_values_supported": []string{RS256, ES384},
		"claims_supported":                      []string{"iss", "aud", "sub", "iat", "exp", "jti", namespace},
	}, "", "  ")
}

// KeySet is the account's JSON Web Key Set (RFC 7517): the public halves of all
// its keys, also of those that will sign later and of those whose last tokens
// are still valid.
func (i *Issuer) KeySet(o *account.Outbound) ([]byte, error) {
	set := struct {
		Keys []json.RawMessage `json:"keys"`
	}{[]json.RawMessage{}}
	for _, k := range o.Keys {
		if !json.Valid(k.Public) {
			return nil, fmt.Errorf("issuer: the public key %s is damaged", k.ID)
		}
		set.Keys = append(set.Keys, k.Public)
	}
	return json.MarshalIndent(set, "", "  ")
}
