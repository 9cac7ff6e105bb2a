package password

import (
	"crypto/rand"
	"strings"
	"testing"
)

func TestHashAndVerify(t *testing.T) {
	h, err := Hash(rand.Reader, "correct horse")
	if err != nil || !strings.HasPrefix(h, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Fatal(h, err)
	}
	for password, want := range map[string]bool{"correct horse": true, "Correct horse": false, "": false} {
		if ok, err := Verify(h, password); ok != want || err != nil {
			t.Errorf("Verify(%q) = %v, %v", password, ok, err)
		}
	}
}

func TestDamagedHash(t *testing.T) {
	h, err := Hash(rand.Reader, "x")
	if err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{
		"", "x", "$argon2i$" + h[10:], strings.Replace(h, "m=19456", "m=99999999", 1), strings.Replace(h, "t=2", "t=0", 1),
		strings.Replace(h, "p=1", "p=0", 1), strings.Replace(h, "v=19", "v=18", 1), h[:len(h)-40], h + "$",
	} {
		if ok, err := Verify(bad, "x"); ok || err == nil {
			t.Errorf("Verify accepts %q", bad)
		}
	}
}

func TestNew(t *testing.T) {
	seen := map[string]bool{}
	for range 100 {
		p, err := New(rand.Reader)
		if err != nil || len(p) != 23 || seen[p] {
			t.Fatal(p, err)
		}
		seen[p] = true
	}
}
