package terraform

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/binary"
	"encoding/pem"
	"fmt"
	"math/big"
	"os"
	"time"
)

// makeMaterials makes what stacks and sequences upload: keys, certificates and
// metadata, by file name.
func makeMaterials() (map[string]string, error) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return nil, err
	}
	public, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		return nil, err
	}
	authority := certificate("Example CA", true)
	root, err := x509.CreateCertificate(rand.Reader, authority, authority, &key.PublicKey, key)
	if err != nil {
		return nil, err
	}
	leaf, err := x509.CreateCertificate(rand.Reader, certificate("www.example.com", false), authority, &key.PublicKey, key)
	if err != nil {
		return nil, err
	}
	pgp, err := os.ReadFile("testdata/pgp.txt")
	if err != nil {
		return nil, err
	}
	block := func(kind string, der []byte) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
	}
	return map[string]string{
		"key.pem":         block("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(key)),
		"certificate.pem": block("CERTIFICATE", leaf),
		"chain.pem":       block("CERTIFICATE", root),
		"ssh.pem":         block("PUBLIC KEY", public),
		"ssh.pub":         "ssh-rsa " + base64.StdEncoding.EncodeToString(sshKey(&key.PublicKey)) + " person@example.com",
		"pgp.txt":         string(pgp),
		"metadata-1.xml":  metadata("https://one.example.com/", root),
		"metadata-2.xml":  metadata("https://two.example.com/", root),
	}, nil
}

func certificate(name string, authority bool) *x509.Certificate {
	c := &x509.Certificate{
		SerialNumber: big.NewInt(int64(len(name))), Subject: pkix.Name{CommonName: name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Date(2036, 1, 1, 0, 0, 0, 0, time.UTC),
		BasicConstraintsValid: true, IsCA: authority, KeyUsage: x509.KeyUsageDigitalSignature,
	}
	if authority {
		c.KeyUsage |= x509.KeyUsageCertSign
	}
	return c
}

// sshKey is the wire form of a public key (RFC 4253, section 6.6).
func sshKey(key *rsa.PublicKey) (out []byte) {
	for _, part := range [][]byte{[]byte("ssh-rsa"), big.NewInt(int64(key.E)).Bytes(), append([]byte{0}, key.N.Bytes()...)} {
		out = append(binary.BigEndian.AppendUint32(out, uint32(len(part))), part...)
	}
	return out
}

// metadata describes an identity provider.
func metadata(entity string, certificate []byte) string {
	return fmt.Sprintf(`<?xml version="1.0" encoding="UTF-8"?>
<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" xmlns:ds="http://www.w3.org/2000/09/xmldsig#" entityID=%[1]q>
  <md:IDPSSODescriptor WantAuthnRequestsSigned="false" protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">
    <md:KeyDescriptor use="signing">
      <ds:KeyInfo><ds:X509Data><ds:X509Certificate>%[2]s</ds:X509Certificate></ds:X509Data></ds:KeyInfo>
    </md:KeyDescriptor>
    <md:NameIDFormat>urn:oasis:names:tc:SAML:2.0:nameid-format:persistent</md:NameIDFormat>
    <md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location="%[1]ssso"/>
  </md:IDPSSODescriptor>
</md:EntityDescriptor>
`, entity, base64.StdEncoding.EncodeToString(certificate))
}
