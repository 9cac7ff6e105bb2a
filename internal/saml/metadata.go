package saml

import (
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"strings"
	"time"

	"github.com/beevik/etree"
)

// Limits of a provider's metadata (IAM User Guide, "IAM and AWS STS quotas" and
// "Create a SAML identity provider in IAM").
const (
	MaxIssuers     = 10
	MaxSigningKeys = 10
	MinKeyBits     = 1024
	maxEntityID    = 1024 // saml-metadata-2.0, entityIDType
)

// Metadata is what a provider's metadata document says.
type Metadata struct {
	Issuers []Issuer
	// ValidUntil is when the document is no longer to be used; zero if it
	// doesn't say.
	ValidUntil time.Time
}

// An Issuer is one identity provider and the certificates of the keys that it
// signs with, in DER. A certificate is a container of its key here: who
// uploaded the metadata vouches for it, so its dates and its issuer mean
// nothing, as AWS has it.
type Issuer struct {
	EntityID     string   `json:"entityID"`
	Certificates [][]byte `json:"certificates"`
}

// A MetadataError says why a document is refused.
type MetadataError struct{ Reason string }

func (e *MetadataError) Error() string { return "saml: metadata: " + e.Reason }

func badMetadata(reason string) error { return &MetadataError{reason} }

// ParseMetadata reads a metadata document: an EntityDescriptor, or an
// EntitiesDescriptor of several. Its errors are of type *MetadataError.
func ParseMetadata(document string) (*Metadata, error) {
	root, err := parse([]byte(document), metadataLimits)
	if err != nil {
		return nil, badMetadata("it is not well-formed XML in UTF-8 without a byte order mark and a document type")
	}
	m := &Metadata{}
	if err := m.read(root); err != nil {
		return nil, err
	}
	if len(m.Issuers) == 0 {
		return nil, badMetadata("it has no EntityDescriptor with an IDPSSODescriptor of SAML 2.0")
	}
	return m, nil
}

func (m *Metadata) read(el *etree.Element) error {
	switch {
	case is(el, nsMetadata, "EntityDescriptor"):
		return m.readEntity(el)
	case !is(el, nsMetadata, "EntitiesDescriptor"):
		return badMetadata("its root is no EntityDescriptor")
	}
	if err := m.until(el); err != nil {
		return err
	}
	for _, c := range el.ChildElements() {
		if is(c, nsMetadata, "EntityDescriptor") || is(c, nsMetadata, "EntitiesDescriptor") {
			if err := m.read(c); err != nil {
				return err
			}
		}
	}
	return nil
}

// readEntity adds an entity that is an identity provider; others are passed
// over.
func (m *Metadata) readEntity(el *etree.Element) error {
	roles := children(el, nsMetadata, "IDPSSODescriptor")
	if len(roles) == 0 {
		return nil
	}
	id, _ := attribute(el, "entityID")
	if id == "" || len(id) > maxEntityID {
		return badMetadata("an EntityDescriptor has no entityID of up to 1,024 characters")
	}
	for _, i := range m.Issuers {
		if i.EntityID == id {
			return badMetadata("an entityID stands there twice")
		}
	}
	if err := m.until(el); err != nil {
		return err
	}
	issuer := Issuer{EntityID: id}
	for _, role := range roles {
		protocols, _ := attribute(role, "protocolSupportEnumeration")
		if !containsField(protocols, nsProtocol) {
			continue
		}
		if err := m.until(role); err != nil {
			return err
		}
		for _, k := range children(role, nsMetadata, "KeyDescriptor") {
			if use, ok := attribute(k, "use"); ok && use != "signing" {
				continue
			}
			certs, err := certificates(k)
			if err != nil {
				return err
			}
			issuer.Certificates = append(issuer.Certificates, certs...)
		}
	}
	if len(issuer.Certificates) == 0 {
		return badMetadata("an IDPSSODescriptor has no certificate to verify signatures with")
	}
	m.Issuers = append(m.Issuers, issuer)
	keys := 0
	for _, i := range m.Issuers {
		keys += len(i.Certificates)
	}
	if len(m.Issuers) > MaxIssuers || keys > MaxSigningKeys {
		return badMetadata("it has more than 10 identity providers or 10 keys")
	}
	return nil
}

// until keeps the earliest validUntil.
func (m *Metadata) until(el *etree.Element) error {
	value, ok := attribute(el, "validUntil")
	if !ok {
		return nil
	}
	t, err := parseTime(value)
	if err != nil {
		return badMetadata("validUntil is no time")
	}
	if m.ValidUntil.IsZero() || t.Before(m.ValidUntil) {
		m.ValidUntil = t
	}
	return nil
}

func certificates(key *etree.Element) (der [][]byte, err error) {
	for _, info := range children(key, nsSignature, "KeyInfo") {
		for _, data := range children(info, nsSignature, "X509Data") {
			for _, el := range children(data, nsSignature, "X509Certificate") {
				value, err := text(el)
				if err != nil {
					return nil, badMetadata("a certificate can't be read")
				}
				b, err := base64.StdEncoding.DecodeString(withoutSpace(value))
				if err != nil {
					return nil, badMetadata("a certificate can't be read")
				}
				if _, err := signingCertificate(b); err != nil {
					return nil, err
				}
				der = append(der, b)
			}
		}
	}
	return der, nil
}

var errSmallKey = badMetadata("a certificate's key is smaller than 1024 bits")

// ErrSmallKey reports whether metadata was refused for a key that is too small,
// which AWS answers in words of its own.
func ErrSmallKey(err error) bool { return errors.Is(err, errSmallKey) }

func signingCertificate(der []byte) (*x509.Certificate, error) {
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, badMetadata("a certificate can't be read")
	}
	switch k := cert.PublicKey.(type) {
	case *rsa.PublicKey:
		if k.N.BitLen() < MinKeyBits {
			return nil, errSmallKey
		}
		return cert, nil
	case *ecdsa.PublicKey:
		return cert, nil
	}
	return nil, badMetadata("a certificate's key is neither RSA nor ECDSA")
}

func containsField(list, want string) bool {
	for _, f := range strings.Fields(list) {
		if f == want {
			return true
		}
	}
	return false
}

func withoutSpace(s string) string { return strings.Join(strings.Fields(s), "") }

// parseTime reads an xs:dateTime. One without a time zone is UTC, as saml-core
// has it.
func parseTime(s string) (time.Time, error) {
	s = strings.TrimSpace(s)
	if t, err := time.Parse(time.RFC3339Nano, s); err == nil {
		return t.UTC(), nil
	}
	return time.Parse("2006-01-02T15:04:05.999999999", s)
}
