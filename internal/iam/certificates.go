package iam

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"strings"
	"time"

	"github.com/aratame/aratame/internal/awserr"
)

// Bounds of what is computed with: the model bounds the text alone, in which a
// key of millions of bits, or thousands of certificates, have room.
const (
	maxModulus = 16384 // bits of an RSA key
	maxChain   = 32    // certificates
)

var (
	errNotPEM     = awserr.New("MalformedCertificate", "Unable to parse certificate. Please ensure the certificate is in PEM format.")
	errTwoBodies  = awserr.New("MalformedCertificate", "The certificate field contains more than one certificate. You can specify only one certificate in this field.")
	errPrivateKey = awserr.New("MalformedCertificate", "Invalid Private Key.")
	errKeyPair    = awserr.New("KeyPairMismatch", "The private key did not match the public key provided. Please verify the key material and try again.")
	errExpired    = awserr.New("MalformedCertificate", "Certificate is no longer valid. The 'Not After' date restriction on the certificate has passed.")
	errNotYet     = awserr.New("MalformedCertificate", "Certificate is not yet valid. The 'Not Before' date restriction on the certificate has not passed.")
	errChain      = awserr.New("MalformedCertificate", "Unknown") // which is IAM's text
)

func errChainOrder(index int) error {
	return awserr.Newf("MalformedCertificate", "Unable to validate certificate chain. The certificate chain must start with the immediate signing certificate, "+
		"followed by any intermediaries in order. The index within the chain of the invalid certificate is: %d", index)
}

// pemBlocks reads text that is nothing but PEM blocks without headers, at most
// as many as given. What stood beside them, such as a private key in a
// certificate's file, would be stored and shown with them.
func pemBlocks(text string, most int) ([]*pem.Block, bool) {
	var blocks []*pem.Block
	for rest := []byte(strings.TrimSpace(text)); len(rest) > 0; {
		block, after := pem.Decode(rest)
		if block == nil || len(block.Headers) > 0 || len(blocks) == most {
			return nil, false
		}
		// The decoder passes over what it can't read.
		read := rest[:len(rest)-len(after)]
		if !bytes.HasPrefix(read, []byte("-----BEGIN ")) || bytes.Count(read, []byte("-----BEGIN ")) != 1 {
			return nil, false
		}
		blocks, rest = append(blocks, block), bytes.TrimSpace(after)
	}
	return blocks, len(blocks) > 0
}

// certificatesIn reads text that is nothing but certificates in PEM form.
func certificatesIn(text string) ([]*x509.Certificate, bool) {
	blocks, ok := pemBlocks(text, maxChain)
	if !ok {
		return nil, false
	}
	certificates := make([]*x509.Certificate, len(blocks))
	for i, b := range blocks {
		if b.Type != "CERTIFICATE" {
			return nil, false
		}
		c, err := x509.ParseCertificate(b.Bytes)
		if err != nil {
			return nil, false
		}
		if key, ok := c.PublicKey.(*rsa.PublicKey); ok && key.N.BitLen() > maxModulus {
			return nil, false
		}
		certificates[i] = c
	}
	return certificates, true
}

// certificateText is the text that IAM answers with, whatever the line ends and
// spaces of the one that was sent: without a line feed at its end.
func certificateText(certificates []*x509.Certificate) string {
	var text strings.Builder
	for _, c := range certificates {
		_ = pem.Encode(&text, &pem.Block{Type: "CERTIFICATE", Bytes: c.Raw}) // a Builder can't fail
	}
	return strings.TrimSuffix(text.String(), "\n")
}

// privateKeyIn reads an RSA or EC private key that is not encrypted, in the
// forms of PKCS #1, PKCS #8 and SEC 1. The curve may stand before it, as
// OpenSSL writes it.
func privateKeyIn(text string) (crypto.Signer, bool) {
	blocks, ok := pemBlocks(text, 2)
	if !ok {
		return nil, false
	}
	if len(blocks) == 2 {
		if blocks[0].Type != "EC PARAMETERS" || blocks[1].Type != "EC PRIVATE KEY" {
			return nil, false
		}
		blocks = blocks[1:]
	}
	var key any
	var err error
	switch der := blocks[0].Bytes; blocks[0].Type {
	case "RSA PRIVATE KEY":
		key, err = x509.ParsePKCS1PrivateKey(der)
	case "EC PRIVATE KEY":
		key, err = x509.ParseECPrivateKey(der)
	case "PRIVATE KEY":
		key, err = x509.ParsePKCS8PrivateKey(der)
	}
	if err != nil {
		return nil, false
	}
	switch key := key.(type) {
	case *rsa.PrivateKey:
		return key, true
	case *ecdsa.PrivateKey:
		return key, true
	}
	return nil, false
}

// A keyPair is a certificate with what is needed to serve it, all of it checked.
type keyPair struct {
	body, chain, key string // PEM; the chain may be ""
	expires          time.Time
}

// newKeyPair checks that certificate, key and chain (nil for none) belong
// together and that the certificate is valid now. IAM takes a certificate of an
// authority without its chain too, whatever the User Guide says.
func newKeyPair(body, key string, chain *string, now time.Time) (*keyPair, error) {
	certificates, ok := certificatesIn(body)
	switch {
	case !ok:
		return nil, errNotPEM
	case len(certificates) > 1:
		return nil, errTwoBodies
	}
	leaf := certificates[0]
	signer, ok := privateKeyIn(key)
	if !ok {
		return nil, errPrivateKey
	}
	public, ok := signer.Public().(interface{ Equal(crypto.PublicKey) bool })
	if !ok || !public.Equal(leaf.PublicKey) {
		return nil, errKeyPair
	}
	p := &keyPair{body: certificateText(certificates), key: strings.TrimSpace(key), expires: leaf.NotAfter.UTC()}
	if chain != nil {
		issuers, ok := certificatesIn(*chain)
		if !ok {
			return nil, errChain
		}
		if err := checkChain(leaf, issuers, now); err != nil {
			return nil, err
		}
		p.chain = certificateText(issuers)
	}
	switch {
	case now.After(leaf.NotAfter):
		return nil, errExpired
	case now.Before(leaf.NotBefore):
		return nil, errNotYet
	}
	return p, nil
}

// checkChain validates the path from the last certificate of the chain, which is
// trusted, down to the leaf, and tells as IAM does where the path breaks: by the
// place in the path, at which the leaf is 0 and the chain's first certificate
// is 1, or by -1 when the last certificate has not signed the one before it
// (observed: an unrelated certificate is -1, the leaf before its issuer is 1).
func checkChain(leaf *x509.Certificate, chain []*x509.Certificate, now time.Time) error {
	last := len(chain) - 1
	path := append([]*x509.Certificate{leaf}, chain[:last]...)
	if !hasSigned(chain[last], path[last]) {
		return errChainOrder(-1)
	}
	for i := last; i > 0; i-- {
		if !mayIssue(path[i], i-1, now) {
			return errChainOrder(i)
		}
		if !hasSigned(path[i], path[i-1]) {
			return errChainOrder(i - 1)
		}
	}
	return nil
}

// hasSigned holds for the trusted certificate too, which needs nothing else.
func hasSigned(issuer, c *x509.Certificate) bool {
	return bytes.Equal(issuer.RawSubject, c.RawIssuer) &&
		issuer.CheckSignature(c.SignatureAlgorithm, c.RawTBSCertificate, c.Signature) == nil
}

// mayIssue reports whether c is an authority now, with so many others between it
// and the leaf.
func mayIssue(c *x509.Certificate, between int, now time.Time) bool {
	return c.BasicConstraintsValid && c.IsCA && (c.KeyUsage == 0 || c.KeyUsage&x509.KeyUsageCertSign != 0) &&
		(c.MaxPathLen < 0 || between <= c.MaxPathLen) && !now.After(c.NotAfter) && !now.Before(c.NotBefore)
}
