package scripttest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"
)

var _ = add("certificate", func(x *script, neg bool, args []string) {
	x.plain(neg, args, 1, 6, "certificate NAME [issuer=NAME] [from=DURATION] [until=DURATION] [ca] [ed25519]")
	const year = 365 * 24 * time.Hour
	now := *x.now.Load()
	c := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: args[0]}, NotBefore: now.Add(-year), NotAfter: now.Add(year), BasicConstraintsValid: true,
	}
	var key crypto.Signer
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	issuer := ""
	for _, arg := range args[1:] {
		word, value, _ := strings.Cut(arg, "=")
		var d time.Duration
		switch word {
		case "issuer":
			issuer = value
		case "from":
			d, err = time.ParseDuration(value)
			c.NotBefore = now.Add(d)
		case "until":
			d, err = time.ParseDuration(value)
			c.NotAfter = now.Add(d)
		case "ca":
			c.IsCA, c.KeyUsage = true, x509.KeyUsageCertSign
		case "ed25519":
			_, key, err = ed25519.GenerateKey(rand.Reader)
		default:
			x.Fatalf("certificate knows no %s", arg)
		}
		x.Check(err)
	}
	parent, signer := c, key
	if issuer != "" {
		parent, err = x509.ParseCertificate(x.readPEM(issuer + ".pem"))
		x.Check(err)
		k, err := x509.ParsePKCS8PrivateKey(x.readPEM(issuer + ".key"))
		x.Check(err)
		signer = k.(crypto.Signer)
	}
	der, err := x509.CreateCertificate(rand.Reader, c, parent, key.Public(), signer)
	x.Check(err)
	private, err := x509.MarshalPKCS8PrivateKey(key)
	x.Check(err)
	x.writePEM(args[0]+".pem", "CERTIFICATE", der)
	x.writePEM(args[0]+".key", "PRIVATE KEY", private)
})

// The modulus need not be the product of two primes: nothing signs with it.
var _ = add("sshkey", func(x *script, neg bool, args []string) {
	x.plain(neg, args, 2, 2, "sshkey NAME BITS")
	bits, err := strconv.Atoi(args[1])
	x.Check(err)
	n, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), uint(bits-1)))
	x.Check(err)
	key := &rsa.PublicKey{N: n.SetBit(n, bits-1, 1).SetBit(n, 0, 1), E: 65537}
	public, err := ssh.NewPublicKey(key)
	x.Check(err)
	der, err := x509.MarshalPKIXPublicKey(key)
	x.Check(err)
	x.Check(os.WriteFile(x.MkAbs(args[0]+".pub"), ssh.MarshalAuthorizedKey(public), 0o600))
	x.writePEM(args[0]+".pem", "PUBLIC KEY", der)
	x.Setenv("FINGERPRINT", ssh.FingerprintLegacyMD5(public))
})

func (x *script) writePEM(name, kind string, der []byte) {
	x.Check(os.WriteFile(x.MkAbs(name), pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600))
}

func (x *script) readPEM(name string) []byte {
	block, _ := pem.Decode([]byte(x.ReadFile(name)))
	if block == nil {
		x.Fatalf("%s is no PEM", name)
	}
	return block.Bytes
}
