package password

import (
	"context"
	"crypto/rand"
	"errors"
	"strings"
	"testing"
	"time"
)

func TestHashAndVerify(t *testing.T) {
	h, err := Hash(t.Context(), rand.Reader, "correct horse")
	if err != nil || !strings.HasPrefix(h, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Fatal(h, err)
	}
	for password, want := range map[string]bool{"correct horse": true, "Correct horse": false, "": false} {
		if ok, err := Verify(t.Context(), h, password); ok != want || err != nil {
			t.Errorf("Verify(%q) = %v, %v", password, ok, err)
		}
	}
}

// Whoever waits for a turn can go; nobody computes past the bound.
func TestBoundedHashing(t *testing.T) {
	for range cap(slots) {
		slots <- struct{}{}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Hash(ctx, rand.Reader, "x"); !errors.Is(err, context.Canceled) {
		t.Error("hashed without a turn", err)
	}
	for range cap(slots) {
		<-slots
	}
	if _, err := Hash(t.Context(), rand.Reader, "x"); err != nil {
		t.Error(err)
	}
}

func TestAttempts(t *testing.T) {
	var a Attempts
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for i := range maxAttempts {
		if !a.Begin("u", at) {
			t.Fatal("refused after", i)
		}
	}
	if a.Begin("u", at.Add(attemptWindow-time.Second)) || !a.Begin("v", at) {
		t.Error("attempts aren't bounded for each by itself")
	}
	if !a.Begin("u", at.Add(attemptWindow)) {
		t.Error("refused for ever")
	}
	a.Right("v")
	for range maxAttempts {
		if !a.Begin("v", at) {
			t.Error("attempts from before the right one count")
		}
	}
}

func TestDamagedHash(t *testing.T) {
	h, err := Hash(t.Context(), rand.Reader, "x")
	if err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{
		"", "x", "$argon2i$" + h[10:], strings.Replace(h, "m=19456", "m=99999999", 1), strings.Replace(h, "t=2", "t=0", 1),
		strings.Replace(h, "p=1", "p=0", 1), strings.Replace(h, "v=19", "v=18", 1), h[:len(h)-40], h + "$",
	} {
		if ok, err := Verify(t.Context(), bad, "x"); ok || err == nil {
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
