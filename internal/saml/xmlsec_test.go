package saml_test

import (
	"encoding/pem"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aratame/aratame/internal/saml"
)

func xmlsecProvider(t testing.TB) *saml.Provider {
	t.Helper()
	read := func(name string) []byte {
		b, err := os.ReadFile(filepath.Join("testdata/xmlsec", name))
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	p := &saml.Provider{ID: "SAMLSPAAAAAAAAAAAAAAAA", Issuers: []saml.Issuer{{EntityID: entityID}}}
	for _, name := range []string{"rsa.crt", "ec.crt"} {
		block, _ := pem.Decode(read(name))
		p.Issuers[0].Certificates = append(p.Issuers[0].Certificates, block.Bytes)
	}
	key, err := saml.ParsePrivateKey(read("sp.key"))
	if err != nil {
		t.Fatal(err)
	}
	p.Keys = keys(key)
	return p
}

func xmlsecFiles(t testing.TB) map[string]string {
	t.Helper()
	names, err := filepath.Glob("testdata/xmlsec/*.xml")
	if err != nil || len(names) < 20 {
		t.Fatalf("%d files, %v", len(names), err)
	}
	files := map[string]string{}
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		files[name] = string(text)
	}
	return files
}

// What is signed and must be refused all the same.
var xmlsecRefused = map[string]string{
	"unknown-condition.xml": "InvalidIdentityToken: The assertion has a condition that is not understood.",
	"old-version.xml":       "InvalidIdentityToken: The SAML assertion is not a valid response.",
	"encrypted-name.xml":    "AccessDenied: Not authorized to perform sts:AssumeRoleWithSAML",
}

// Responses that other programs have signed and encrypted.
func TestOtherPrograms(t *testing.T) {
	for name, text := range xmlsecFiles(t) {
		a, refused := verify(xmlsecProvider(t), text, now)
		want := xmlsecRefused[filepath.Base(name)]
		if strings.HasPrefix(filepath.Base(name), "refused-") {
			want = badSignature
		}
		if refused != want {
			t.Errorf("%s: %q, want %q", name, refused, want)
		}
		if want != "" {
			continue
		}
		if a == nil || a.Subject != "alice" || !a.OneTimeUse || !a.Allows(roleARN, provARN) {
			t.Errorf("%s: %+v", name, a)
		}
		// One letter of what is signed.
		if _, refused := verify(xmlsecProvider(t), strings.Replace(text, ">alice<", ">alicf<", 1), now); strings.Contains(text, ">alice<") && refused != badSignature {
			t.Errorf("%s, changed: %q", name, refused)
		}
	}
}
