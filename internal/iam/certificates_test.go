package iam

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"math/big"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aratame/aratame/internal/awserr"
)

// An issued is a certificate with its key, of the kind that tests need.
type issued struct {
	cert *x509.Certificate
	key  crypto.Signer
}

var certNow = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func newECKey(t testing.TB) crypto.Signer {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// testRSAKey is one for all tests: making one is slow.
var testRSAKey = sync.OnceValue(func() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return key
})

func serial() *big.Int {
	n, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 64))
	if err != nil {
		panic(err)
	}
	return n
}

// issue makes a certificate, valid for a year around certNow and of no
// authority unless change says otherwise; issuer nil is itself.
func issue(t testing.TB, name string, key crypto.Signer, issuer *issued, change func(c *x509.Certificate)) *issued {
	t.Helper()
	c := &x509.Certificate{
		SerialNumber: serial(), Subject: pkix.Name{CommonName: name}, BasicConstraintsValid: true,
		NotBefore: certNow.AddDate(0, -6, 0), NotAfter: certNow.AddDate(0, 6, 0),
	}
	if change != nil {
		change(c)
	}
	parent, signer := c, key
	if issuer != nil {
		parent, signer = issuer.cert, issuer.key
	}
	der, err := x509.CreateCertificate(rand.Reader, c, parent, key.Public(), signer)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return &issued{cert, key}
}

func authority(c *x509.Certificate) { c.IsCA, c.KeyUsage = true, x509.KeyUsageCertSign }

func (i *issued) pem() string { return pemText("CERTIFICATE", i.cert.Raw) }

func (i *issued) keyPEM(t testing.TB) string {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(i.key)
	if err != nil {
		t.Fatal(err)
	}
	return pemText("PRIVATE KEY", der)
}

func pemText(kind string, der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}

func refusal(err error) string {
	if err == nil {
		return ""
	}
	e := awserr.From(err)
	return e.Code + ": " + e.Message
}

func TestChainIsToldByIndex(t *testing.T) {
	const order = "MalformedCertificate: Unable to validate certificate chain. The certificate chain must start with the immediate signing certificate, followed by any intermediaries in order. The index within the chain of the invalid certificate is: "
	root := issue(t, "root", newECKey(t), nil, authority)
	outer := issue(t, "outer", newECKey(t), root, authority)
	inner := issue(t, "inner", newECKey(t), outer, authority)
	leaf := issue(t, "leaf", newECKey(t), inner, nil)
	other := issue(t, "root", newECKey(t), nil, authority) // of the same name
	expired := issue(t, "outer", outer.key, root, func(c *x509.Certificate) {
		authority(c)
		c.NotAfter = certNow.Add(-time.Second)
	})
	none := issue(t, "outer", outer.key, root, nil)
	narrow := issue(t, "outer", outer.key, root, func(c *x509.Certificate) {
		authority(c)
		c.MaxPathLenZero = true
	})
	signsOnly := issue(t, "outer", outer.key, root, func(c *x509.Certificate) { c.IsCA, c.KeyUsage = true, x509.KeyUsageDigitalSignature })
	renamed := issue(t, "renamed", outer.key, root, authority) // the right key under another name
	self := issue(t, "self", newECKey(t), nil, nil)
	for _, c := range []struct {
		name  string
		leaf  *issued
		chain []*issued
		want  string
	}{
		{"to the root", leaf, []*issued{inner, outer, root}, ""},
		{"the root left out", leaf, []*issued{inner, outer}, ""},
		{"the issuer alone", leaf, []*issued{inner}, ""},
		{"the root twice", leaf, []*issued{inner, outer, root, root}, ""},
		{"itself, self-signed", self, []*issued{self}, ""},
		{"an unrelated certificate", self, []*issued{root}, order + "-1"},
		{"another root of the same name", leaf, []*issued{inner, outer, other}, order + "-1"},
		{"the leaf first", leaf, []*issued{leaf, inner, outer, root}, order + "1"},
		{"the issuer left out", leaf, []*issued{outer, root}, order + "0"},
		{"the wrong way round", leaf, []*issued{root, outer, inner}, order + "-1"},
		{"two swapped", leaf, []*issued{outer, inner, root}, order + "-1"},
		{"an expired issuer", leaf, []*issued{inner, expired, root}, order + "2"},
		{"an issuer that is none", leaf, []*issued{inner, none, root}, order + "2"},
		{"an issuer of leaves only", leaf, []*issued{inner, narrow, root}, order + "2"},
		{"an issuer whose key signs no certificates", leaf, []*issued{inner, signsOnly, root}, order + "2"},
		{"an issuer of another name", leaf, []*issued{inner, renamed, root}, order + "1"},
	} {
		chain := ""
		for _, i := range c.chain {
			chain += i.pem()
		}
		p, err := newKeyPair(c.leaf.pem(), c.leaf.keyPEM(t), &chain, certNow)
		if got := refusal(err); got != c.want {
			t.Errorf("%s:\n got %q\nwant %q", c.name, got, c.want)
		}
		if err == nil && p.chain+"\n" != chain {
			t.Errorf("%s: the chain is kept as\n%s\nwant\n%s", c.name, p.chain, chain)
		}
	}
}

func TestServerCertificateText(t *testing.T) {
	const parse = "MalformedCertificate: Unable to parse certificate. Please ensure the certificate is in PEM format."
	const chained = "MalformedCertificate: Unknown"
	a, b := issue(t, "a", newECKey(t), nil, nil), issue(t, "b", newECKey(t), nil, nil)
	body, key := a.pem(), a.keyPEM(t)
	with := func(change func(c *x509.Certificate)) string { return issue(t, "a", a.key, nil, change).pem() }
	for _, c := range []struct {
		name, body, chain, want string
	}{
		{"as OpenSSL writes it", body, "", ""},
		{"with other line ends", strings.ReplaceAll(body, "\n", "\r\n"), "", ""},
		{"with spaces around", "\n  " + body + "\t\n\n", "", ""},
		{"no certificate", "not a certificate", "", parse},
		{"in one line", strings.ReplaceAll(body, "\n", ""), "", parse},
		{"text before it", "Certificate:\n" + body, "", parse},
		{"text behind it", body + "text", "", parse},
		{"a block that can't be read before it", "-----BEGIN CERTIFICATE-----\n!\n" + body, "", parse},
		{"the key in the same file", body + key, "", parse},
		{"the key alone", key, "", parse},
		{"headers", strings.Replace(body, "-----\n", "-----\nA: b\n\n", 1), "", parse},
		{"no DER", pemText("CERTIFICATE", []byte("x")), "", parse},
		{"bytes behind the DER", pemText("CERTIFICATE", append([]byte(nil), append(a.cert.Raw, 0)...)), "", parse},
		{"another kind of block", pemText("X509 CRL", a.cert.Raw), "", parse},
		{"two certificates", body + b.pem(), "", "MalformedCertificate: The certificate field contains more than one certificate. You can specify only one certificate in this field."},
		{"another's certificate", b.pem(), "", "KeyPairMismatch: The private key did not match the public key provided. Please verify the key material and try again."},
		{"over", with(func(c *x509.Certificate) { c.NotAfter = certNow.Add(-time.Second) }), "",
			"MalformedCertificate: Certificate is no longer valid. The 'Not After' date restriction on the certificate has passed."},
		{"in its last second", with(func(c *x509.Certificate) { c.NotAfter = certNow }), "", ""},
		{"in its first second", with(func(c *x509.Certificate) { c.NotBefore = certNow }), "", ""},
		{"not yet", with(func(c *x509.Certificate) { c.NotBefore = certNow.Add(time.Second) }), "",
			"MalformedCertificate: Certificate is not yet valid. The 'Not Before' date restriction on the certificate has not passed."},
		{"a chain of text", body, "bad chain", chained},
		{"an empty chain", body, " ", chained},
		{"a key in the chain", body, body + key, chained},
		{"a chain too long", body, strings.Repeat(body, maxChain+1), chained},
	} {
		var chain *string
		if c.chain != "" {
			chain = &c.chain
		}
		p, err := newKeyPair(c.body, key, chain, certNow)
		if got := refusal(err); got != c.want {
			t.Errorf("%s:\n got %q\nwant %q", c.name, got, c.want)
		} else if err == nil && (strings.HasSuffix(p.body, "\n") || strings.Contains(p.body, "\r") || !strings.HasPrefix(p.body, "-----BEGIN CERTIFICATE-----\n")) {
			t.Errorf("%s: kept as %q", c.name, p.body)
		}
	}
}

// A modulus of a million bits is refused before anything is computed with it.
func TestHugeModulusIsRefused(t *testing.T) {
	key := testRSAKey()
	cert := issue(t, "a", key, nil, nil)
	n := new(big.Int).Lsh(big.NewInt(1), maxModulus)
	huge, err := x509.MarshalPKIXPublicKey(&rsa.PublicKey{N: n.Add(n, big.NewInt(1)), E: 65537})
	if err != nil {
		t.Fatal(err)
	}
	small, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	var whole struct {
		TBS struct {
			Raw     asn1.RawContent
			Version int `asn1:"optional,explicit,default:0,tag:0"`
			Serial  *big.Int
			Alg     asn1.RawValue
			Issuer  asn1.RawValue
			Valid   asn1.RawValue
			Subject asn1.RawValue
			Key     asn1.RawValue
			Ext     asn1.RawValue `asn1:"optional,explicit,tag:3"`
		}
		Alg asn1.RawValue
		Sig asn1.BitString
	}
	if _, err := asn1.Unmarshal(cert.cert.Raw, &whole); err != nil {
		t.Fatal(err)
	}
	if string(whole.TBS.Key.FullBytes) != string(small) {
		t.Fatal("the key isn't where it is looked for")
	}
	whole.TBS.Raw, whole.TBS.Key = nil, asn1.RawValue{FullBytes: huge}
	der, err := asn1.Marshal(whole)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := x509.ParseCertificate(der); err != nil {
		t.Fatalf("the certificate is refused for another reason: %v", err)
	}
	if _, ok := certificatesIn(pemText("CERTIFICATE", der)); ok {
		t.Error("a certificate with a key of 16385 bits is read")
	}
}

func TestPrivateKeyForms(t *testing.T) {
	rsaKey, ec := testRSAKey(), newECKey(t).(*ecdsa.PrivateKey)
	ecDER, err := x509.MarshalECPrivateKey(ec)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(rsaKey)
	if err != nil {
		t.Fatal(err)
	}
	_, edKey, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	ed, err := x509.MarshalPKCS8PrivateKey(edKey)
	if err != nil {
		t.Fatal(err)
	}
	curve := pemText("EC PARAMETERS", []byte{0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07})
	rsaPEM, ecPEM := pemText("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(rsaKey)), pemText("EC PRIVATE KEY", ecDER)
	for _, c := range []struct {
		name, text string
		want       crypto.Signer
	}{
		{"PKCS #1", rsaPEM, rsaKey},
		{"PKCS #8", pemText("PRIVATE KEY", pkcs8), rsaKey},
		{"SEC 1", ecPEM, ec},
		{"SEC 1 with its curve", curve + ecPEM, ec},
		{"the curve alone", curve, nil},
		{"the curve of an RSA key", curve + rsaPEM, nil},
		{"two keys", ecPEM + ecPEM, nil},
		{"encrypted", strings.Replace(rsaPEM, "-----\n", "-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00\n\n", 1), nil},
		{"encrypted PKCS #8", pemText("ENCRYPTED PRIVATE KEY", pkcs8), nil},
		{"Ed25519", pemText("PRIVATE KEY", ed), nil},
		{"one form under the name of another", pemText("RSA PRIVATE KEY", ecDER), nil},
		{"text", "not a key", nil},
	} {
		key, ok := privateKeyIn(c.text)
		if ok != (c.want != nil) {
			t.Errorf("%s: read %t", c.name, ok)
		} else if ok && !c.want.(interface{ Equal(crypto.PrivateKey) bool }).Equal(key) {
			t.Errorf("%s: another key", c.name)
		}
	}
	const refused = "MalformedCertificate: Invalid Private Key."
	if _, err := newKeyPair(issue(t, "a", ec, nil, nil).pem(), "not a key", nil, certNow); refusal(err) != refused {
		t.Errorf("got %s", refusal(err))
	}
}

// Whatever text is sent, what is kept of it reads the same again, and holds no
// key.
func FuzzKeyPair(f *testing.F) {
	root := issue(f, "root", newECKey(f), nil, authority)
	leaf := issue(f, "leaf", newECKey(f), root, nil)
	f.Add(leaf.pem(), leaf.keyPEM(f), root.pem())
	f.Add(leaf.pem(), leaf.keyPEM(f), leaf.pem()+root.pem())
	f.Add(root.pem()+root.keyPEM(f), root.keyPEM(f), "")
	f.Add("-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----", "-----BEGIN EC PARAMETERS-----", "-----BEGIN ")
	f.Fuzz(func(t *testing.T, body, key, chain string) {
		for _, text := range []string{body, chain} {
			read, ok := certificatesIn(text)
			if !ok {
				continue
			}
			kept := certificateText(read)
			again, ok := certificatesIn(kept)
			if !ok || len(again) != len(read) || strings.Count(kept, "-----BEGIN ") != len(read) {
				t.Fatalf("kept as %q", kept)
			}
			for i := range read {
				if !again[i].Equal(read[i]) {
					t.Fatalf("certificate %d is another", i)
				}
			}
		}
		p, err := newKeyPair(body, key, &chain, certNow)
		if err != nil {
			return
		}
		if _, err := newKeyPair(p.body, p.key, &p.chain, certNow); err != nil {
			t.Fatalf("what is kept is refused: %v", err)
		}
	})
}
