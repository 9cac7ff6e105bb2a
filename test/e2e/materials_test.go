package e2e

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	endian "encoding/binary"
	"encoding/pem"
	"math/big"
	"strings"
	"testing"
	"time"
)

// A certificate is one of itself with its key, both in PEM.
type certificate struct{ pem, key string }

func newCertificate(t *testing.T, subject string) certificate {
	t.Helper()
	key := must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))(t)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: subject}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
	der := must(x509.CreateCertificate(rand.Reader, template, template, key.Public(), key))(t)
	return certificate{pem: inPEM("CERTIFICATE", der), key: inPEM("PRIVATE KEY", must(x509.MarshalPKCS8PrivateKey(key))(t))}
}

func inPEM(kind string, der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}

// line is a line of a PEM, which stands as it is also where line ends are
// written in another way.
func line(text string) string { return strings.Split(text, "\n")[1] }

// sshKey is a public key as ssh-keygen writes it (RFC 4253, section 6.6).
func sshKey(key *rsa.PublicKey) string {
	var wire []byte
	for _, part := range [][]byte{[]byte("ssh-rsa"), big.NewInt(int64(key.E)).Bytes(), append([]byte{0}, key.N.Bytes()...)} {
		wire = append(endian.BigEndian.AppendUint32(wire, uint32(len(part))), part...)
	}
	return "ssh-rsa " + base64.StdEncoding.EncodeToString(wire)
}
