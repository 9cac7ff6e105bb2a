package saml_test

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aratame/aratame/internal/saml"
	"github.com/aratame/aratame/internal/saml/samltest"
)

const descriptor = `<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" entityID="%s"%s><md:IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">%s</md:IDPSSODescriptor></md:EntityDescriptor>`

// smallCertificate is that of an RSA key of 512 bits.
const smallCertificate = `-----BEGIN CERTIFICATE-----
MIIBeTCCASOgAwIBAgIUSsg1IUPzMk2Iji80pp4owafOwjowDQYJKoZIhvcNAQEL
BQAwEDEOMAwGA1UEAwwFc21hbGwwIBcNMjYxMTI1MDM1ODM2WhgPMjEyNjExMDEw
MzU4MzZaMBAxDjAMBgNVBAMMBXNtYWxsMFwwDQYJKoZIhvcNAQEBBQADSwAwSAJB
AOmK0wnZVMozrKq51lMj4xb0gWrbYAn3DuHX0wZ4eA6dhFBnopstW8Pn2b8XioJl
RLXCpx81E8OMfkbHFIsbdgsCAwEAAaNTMFEwHQYDVR0OBBYEFOH+2u8Lcgx7XtzL
hq6ExyBZTCDXMB8GA1UdIwQYMBaAFOH+2u8Lcgx7XtzLhq6ExyBZTCDXMA8GA1Ud
EwEB/wQFMAMBAf8wDQYJKoZIhvcNAQELBQADQQBbOy+vFcVIIevlt83CYOaZJsjQ
6egp99Tdl4vgvgl6Z7FD44G699x77L6GwwBB0mxm9G2ph/OFjZ96ea47a0o/
-----END CERTIFICATE-----
`

func keyDescriptor(use string, ders ...[]byte) string {
	s := `<md:KeyDescriptor` + use + `><ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:X509Data>`
	for _, d := range ders {
		s += "<ds:X509Certificate>\n" + base64.StdEncoding.EncodeToString(d) + "\n</ds:X509Certificate>"
	}
	return s + `</ds:X509Data></ds:KeyInfo></md:KeyDescriptor>`
}

func TestParseMetadata(t *testing.T) {
	idp := parties().idp
	until := time.Date(2027, 1, 2, 3, 4, 5, 0, time.UTC)
	document, err := idp.Metadata(until)
	if err != nil {
		t.Fatal(err)
	}
	m, err := saml.ParseMetadata(document)
	if err != nil || len(m.Issuers) != 1 || m.Issuers[0].EntityID != entityID || len(m.Issuers[0].Certificates) != 1 || !m.ValidUntil.Equal(until) {
		t.Fatalf("%+v, %v", m, err)
	}
	cert := idp.Certificate.Raw
	ec, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	ecCert, err := samltest.Certify(ec, now)
	if err != nil {
		t.Fatal(err)
	}
	_, ed, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	edCert, err := samltest.Certify(ed, now)
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode([]byte(smallCertificate))
	signing := keyDescriptor(` use="signing"`, cert)
	one := func(id string) string { return fmt.Sprintf(descriptor, id, "", signing) }
	many := func(n int) (s string) {
		s = `<md:EntitiesDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" validUntil="2026-05-01T00:00:00">`
		for i := range n {
			s += one(fmt.Sprint("urn:", i))
		}
		return s + `</md:EntitiesDescriptor>`
	}
	for _, c := range []struct {
		name, document string
		issuers, keys  int // 0 for a refusal
	}{
		{"one", one("urn:a"), 1, 1},
		{"a key for all uses", fmt.Sprintf(descriptor, "urn:a", "", keyDescriptor("", cert)), 1, 1},
		{"a key for encryption alone", fmt.Sprintf(descriptor, "urn:a", "", keyDescriptor(` use="encryption"`, cert)), 0, 0},
		{"a comment", strings.Replace(one("urn:a"), "<ds:X509Data>", "<!-- a --><ds:X509Data><!-- b -->", 1), 1, 1},
		{"with a declaration", `<?xml version="1.0" encoding="utf-8"?>` + one("urn:a"), 1, 1},
		{"ECDSA", fmt.Sprintf(descriptor, "urn:a", "", keyDescriptor("", ecCert)), 1, 1},
		{"Ed25519", fmt.Sprintf(descriptor, "urn:a", "", keyDescriptor("", edCert)), 0, 0},
		{"ten keys", fmt.Sprintf(descriptor, "urn:a", "", strings.Repeat(signing, 10)), 1, 10},
		{"eleven keys", fmt.Sprintf(descriptor, "urn:a", "", strings.Repeat(signing, 11)), 0, 0},
		{"ten providers", many(10), 10, 10},
		{"eleven providers", many(11), 0, 0},
		{"none", many(0), 0, 0},
		{"the same twice", `<md:EntitiesDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata">` + one("urn:a") + one("urn:a") + `</md:EntitiesDescriptor>`, 0, 0},
		{"no key", fmt.Sprintf(descriptor, "urn:a", "", ""), 0, 0},
		{"no entityID", one(""), 0, 0},
		{"a long entityID", one(strings.Repeat("a", 1024)), 1, 1},
		{"too long an entityID", one(strings.Repeat("a", 1025)), 0, 0},
		{"an entityID with a prefix", strings.Replace(one("urn:a"), "entityID", "md:entityID", 1), 0, 0},
		{"a service provider", strings.ReplaceAll(one("urn:a"), "IDPSSODescriptor", "SPSSODescriptor"), 0, 0},
		{"another protocol", strings.ReplaceAll(one("urn:a"), "SAML:2.0:protocol", "SAML:1.1:protocol"), 0, 0},
		{"another namespace", strings.ReplaceAll(one("urn:a"), "SAML:2.0:metadata", "SAML:1.0:metadata"), 0, 0},
		{"a certificate that isn't", strings.Replace(one("urn:a"), "X509Certificate>\nMI", "X509Certificate>\nMA", 1), 0, 0},
		{"no base64", strings.Replace(one("urn:a"), "X509Certificate>\nMI", "X509Certificate>\n§§", 1), 0, 0},
		{"an element in a certificate", strings.Replace(one("urn:a"), "X509Certificate>\nMI", "X509Certificate><x/>MI", 1), 0, 0},
		{"a time that isn't", fmt.Sprintf(descriptor, "urn:a", ` validUntil="soon"`, signing), 0, 0},
		{"a document type", "<!DOCTYPE md:EntityDescriptor>" + one("urn:a"), 0, 0},
		{"entities", `<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]>` + one("&b;"), 0, 0},
		{"an external entity", `<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>` + one("&a;"), 0, 0},
		{"a byte order mark", "\ufeff" + one("urn:a"), 0, 0},
		{"deep", strings.Repeat("<x>", 10_000) + strings.Repeat("</x>", 10_000), 0, 0},
		{"no XML", strings.Repeat("no XML ", 200), 0, 0},
		{"nothing", "", 0, 0},
	} {
		m, err := saml.ParseMetadata(c.document)
		var refused *saml.MetadataError
		if err != nil && !errors.As(err, &refused) || (err == nil) != (c.issuers > 0) {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		keys := 0
		if m != nil {
			for _, i := range m.Issuers {
				keys += len(i.Certificates)
			}
		}
		if c.issuers > 0 && (len(m.Issuers) != c.issuers || keys != c.keys) {
			t.Errorf("%s: %d issuers, %d keys", c.name, len(m.Issuers), keys)
		}
	}
	if m, err := saml.ParseMetadata(many(2)); err != nil || !m.ValidUntil.Equal(time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)) {
		t.Errorf("%+v, %v", m, err)
	}
	if _, err := saml.ParseMetadata(fmt.Sprintf(descriptor, "urn:a", "", keyDescriptor("", block.Bytes))); !saml.ErrSmallKey(err) {
		t.Errorf("512 bits: %v", err)
	}
	if saml.ErrSmallKey(&saml.MetadataError{}) {
		t.Error("every refusal is for a small key")
	}
}

func TestParsePrivateKey(t *testing.T) {
	key := parties().service.Key
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	ec, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	ecDER, err := x509.MarshalPKCS8PrivateKey(ec)
	if err != nil {
		t.Fatal(err)
	}
	small, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	encode := func(kind string, der []byte) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
	}
	for _, c := range []struct {
		name, text string
		ok         bool
	}{
		{"PKCS #1", samltest.PEM(key), true}, {"PKCS #8", encode("PRIVATE KEY", pkcs8), true},
		{"with line ends of Windows", strings.ReplaceAll(samltest.PEM(key), "\n", "\r\n"), true},
		{"another kind", encode("CERTIFICATE", pkcs8), false}, {"ECDSA", encode("PRIVATE KEY", ecDER), false}, {"1024 bits", samltest.PEM(small), false},
		{"encrypted", encode("ENCRYPTED PRIVATE KEY", pkcs8), false}, {"two", samltest.PEM(key) + samltest.PEM(key), false}, {"none", "", false}, {"cut", samltest.PEM(key)[:900], false},
	} {
		if _, err := saml.ParsePrivateKey([]byte(c.text)); (err == nil) != c.ok || err != nil && !errors.Is(err, saml.ErrPrivateKey) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

// Neither the reader of metadata nor the verifier panics, and whatever is let in
// is what the key has signed.
func FuzzParseMetadata(f *testing.F) {
	document, err := parties().idp.Metadata(now)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(document)
	f.Add(fmt.Sprintf(descriptor, "urn:a", "", keyDescriptor("", parties().idp.Certificate.Raw)))
	f.Fuzz(func(t *testing.T, document string) {
		m, err := saml.ParseMetadata(document)
		if err != nil {
			return
		}
		keys := 0
		for _, i := range m.Issuers {
			keys += len(i.Certificates)
			if i.EntityID == "" || len(i.Certificates) == 0 {
				t.Errorf("%+v", i)
			}
		}
		if len(m.Issuers) == 0 || len(m.Issuers) > saml.MaxIssuers || keys > saml.MaxSigningKeys {
			t.Errorf("%d issuers, %d keys", len(m.Issuers), keys)
		}
	})
}

func FuzzVerify(f *testing.F) {
	p := xmlsecProvider(f)
	for _, text := range xmlsecFiles(f) {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, response string) {
		a, refused := verify(p, response, now)
		if strings.HasPrefix(refused, "no awserr") {
			t.Error(refused)
		}
		if refused == "" && (a.Subject != "alice" || a.RoleSessionName != "alice" || a.ID != "_a1" || !a.Allows(roleARN, provARN) || len(a.Roles) != 1) {
			t.Errorf("%+v", a)
		}
	})
}
