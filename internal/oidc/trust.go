package oidc

import (
	"crypto/sha1" //nolint:gosec // the form of thumbprints that AWS has chosen
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"strings"
	"time"
)

// errUntrusted says that nobody vouches for a server's certificate.
var errUntrusted = errors.New("oidc: the server's certificate is not trusted")

// trust says whose certificates are believed: those of the pool's authorities,
// and otherwise those of a chain in which the server presents a certificate
// with one of the thumbprints (IAM User Guide, "Obtain the thumbprint for an
// OpenID Connect identity provider").
type trust struct {
	roots       *x509.CertPool
	thumbprints []string // lower-case hex of SHA-1
	now         time.Time
}

// check verifies the chain that a server has presented for the host. A
// certificate with a thumbprint takes the place of an authority: what is below
// it must be signed, valid now, and made for the host all the same.
func (t *trust) check(host string, chain []*x509.Certificate) error {
	if len(chain) == 0 {
		return errUntrusted
	}
	options := x509.VerifyOptions{DNSName: host, Roots: t.roots, Intermediates: x509.NewCertPool(), CurrentTime: t.now}
	for _, c := range chain[1:] {
		options.Intermediates.AddCert(c)
	}
	_, err := chain[0].Verify(options)
	if err == nil {
		return nil
	}
	for _, c := range chain {
		if !t.pinned(c) {
			continue
		}
		options.Roots = x509.NewCertPool()
		options.Roots.AddCert(c)
		if _, err = chain[0].Verify(options); err == nil {
			return nil
		}
	}
	return errors.Join(errUntrusted, err)
}

func (t *trust) pinned(c *x509.Certificate) bool {
	sum := thumbprint(c)
	for _, p := range t.thumbprints {
		if strings.EqualFold(p, sum) {
			return true
		}
	}
	return false
}

func thumbprint(c *x509.Certificate) string {
	sum := sha1.Sum(c.Raw) //nolint:gosec // see above
	return hex.EncodeToString(sum[:])
}

// config is that of a connection to the host.
func (t *trust) config(host string) *tls.Config {
	return &tls.Config{
		ServerName: host,
		MinVersion: tls.VersionTLS12,
		Time:       func() time.Time { return t.now },
		// The library's own verification knows no thumbprints; VerifyConnection
		// does all that it does, and runs for every connection.
		InsecureSkipVerify: true, //nolint:gosec // see above
		VerifyConnection:   func(s tls.ConnectionState) error { return t.check(host, s.PeerCertificates) },
	}
}
