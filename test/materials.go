package test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/binary"
	"encoding/pem"
	"encoding/xml"
	"math/big"
	"net/url"
	"testing"
	"time"

	"github.com/crewjam/saml"
)

// A Certificate is one of itself, good for an hour, with its key: both in PEM.
type Certificate struct{ PEM, Key string }

// NewCertificate makes a certificate of an elliptic curve.
func NewCertificate(t testing.TB, subject string) Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := about(subject)
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return Certificate{PEM: InPEM("CERTIFICATE", der), Key: InPEM("PRIVATE KEY", private)}
}

func about(subject string) *x509.Certificate {
	return &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: subject},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
}

// InPEM writes DER as PEM.
func InPEM(kind string, der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}

// NewKey makes an RSA key of 2,048 bits.
func NewKey(t testing.TB) *rsa.PrivateKey {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// SSHKey is a public key as ssh-keygen writes it (RFC 4253, section 6.6).
func SSHKey(key *rsa.PublicKey) string {
	var wire []byte
	for _, part := range [][]byte{[]byte("ssh-rsa"), big.NewInt(int64(key.E)).Bytes(), append([]byte{0}, key.N.Bytes()...)} {
		wire = append(binary.BigEndian.AppendUint32(wire, uint32(len(part))), part...)
	}
	return "ssh-rsa " + base64.StdEncoding.EncodeToString(wire)
}

// NewIdP makes a SAML identity provider, in the words of another author, and
// its metadata, which are good for a year.
func NewIdP(t testing.TB) (idp *saml.IdentityProvider, metadata string) {
	t.Helper()
	key, template := NewKey(t), about("idp")
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	id := url.URL{Scheme: "https", Host: "idp.example.com", Path: "/metadata"}
	idp = &saml.IdentityProvider{Key: key, Certificate: cert, MetadataURL: id, SSOURL: id, SignatureMethod: "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"}
	m := idp.Metadata()
	m.ValidUntil = time.Now().AddDate(1, 0, 0)
	text, err := xml.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	return idp, string(text)
}
