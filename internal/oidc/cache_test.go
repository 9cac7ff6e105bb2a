package oidc_test

import (
	"context"
	"crypto/elliptic"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aratame/aratame/internal/awserr"
	"github.com/aratame/aratame/internal/oidc"
	"github.com/aratame/aratame/internal/oidc/oidctest"
)

func mustJSON(t *testing.T, data []byte, into any) {
	t.Helper()
	if err := json.Unmarshal(data, into); err != nil {
		t.Fatal(err)
	}
}

type plainServer struct {
	*httptest.Server
	asked atomic.Int32
}

func newPlain(t *testing.T) *plainServer {
	p := &plainServer{}
	p.Server = httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { p.asked.Add(1) }))
	t.Cleanup(p.Close)
	return p
}

// Keys are asked for once an hour, and a token that names an unknown one makes
// the server ask again at most every thirty seconds.
func TestCache(t *testing.T) {
	b := newBench(t)
	asked := func(want int) {
		t.Helper()
		if got := b.i.Asked(oidctest.JWKS); got != want {
			t.Errorf("asked for the keys %d times, want %d", got, want)
		}
	}
	for range 5 {
		_, err := b.verify(now, b.i.Sign(b.claims()))
		b.says("known key", err, "")
	}
	asked(1)
	flood := func(at time.Time) {
		for n := range 20 {
			kid := fmt.Sprint("made-up-", n)
			_, err := b.verify(at, b.i.SignAs(map[string]any{"alg": "RS256", "kid": kid}, "rsa", b.claims()))
			b.says("unknown key", err, noKey)
		}
	}
	flood(now)
	asked(1)
	flood(now.Add(29 * time.Second))
	asked(1)
	flood(now.Add(31 * time.Second))
	asked(2)
	// Rotation: the new key works as soon as asking is due again, the old one no
	// more once the set has been asked for anew.
	old := b.i.SignAs(map[string]any{"alg": "ES256", "kid": "p256"}, "p256", b.claims())
	b.i.Publish()
	b.i.Add("new", oidctest.NewEC(elliptic.P256()))
	fresh := b.i.SignAs(map[string]any{"alg": "ES256", "kid": "new"}, "new", b.claims())
	_, err := b.verify(now.Add(40*time.Second), fresh)
	b.says("new key, too early", err, noKey)
	_, err = b.verify(now.Add(40*time.Second), old)
	b.says("old key, still cached", err, "")
	_, err = b.verify(now.Add(62*time.Second), fresh)
	b.says("new key", err, "")
	_, err = b.verify(now.Add(62*time.Second), old)
	b.says("old key, gone", err, noKey)
	asked(3)
	later := now.Add(62*time.Second + time.Hour)
	_, err = b.verify(later, b.i.SignAs(map[string]any{"alg": "ES256", "kid": "new"}, "new", b.claims("exp", later.Unix()+60)))
	b.says("after an hour", err, "")
	asked(4)
}

// Keys that can't be had are asked for again after five seconds, and old ones
// don't outlive their hour.
func TestFailure(t *testing.T) {
	b := newBench(t)
	var down atomic.Bool
	b.i.Handle = func(w http.ResponseWriter, _ *http.Request) bool {
		if down.Load() {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		return down.Load()
	}
	at := func(d time.Duration) error {
		_, err := b.verify(now.Add(d), b.i.Sign(b.claims("exp", now.Add(d).Unix()+60)))
		return err
	}
	b.says("up", at(0), "")
	down.Store(true)
	b.says("down, keys cached", at(time.Hour-time.Second), "")
	b.says("down", at(time.Hour), noKey)
	asked := b.i.Asked(oidctest.Discovery)
	down.Store(false)
	b.says("up, too early", at(time.Hour+4*time.Second), noKey)
	if got := b.i.Asked(oidctest.Discovery); got != asked {
		t.Errorf("asked %d times more", got-asked)
	}
	b.says("up again", at(time.Hour+5*time.Second), "")
}

// A provider that doesn't answer keeps nobody waiting but those who need it,
// and those share one question.
func TestSlowIssuer(t *testing.T) {
	slow, quick := newBench(t), newBench(t)
	quick.v = oidc.New(oidc.Options{Roots: quick.i.Pool(), AllowPrivate: true})
	slow.v = quick.v
	release, began := make(chan struct{}), make(chan struct{}, 100)
	slow.i.Handle = func(http.ResponseWriter, *http.Request) bool { began <- struct{}{}; <-release; return false }
	var wait sync.WaitGroup
	for range 20 {
		wait.Go(func() {
			_, err := slow.verify(now, slow.i.Sign(slow.claims()))
			slow.says("slow", err, "")
		})
	}
	<-began
	_, err := quick.verify(now, quick.i.Sign(quick.claims()))
	quick.says("quick, meanwhile", err, "")
	// Who is gone waits no longer.
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	token, err := oidc.Parse(slow.i.Sign(slow.claims()))
	if err != nil {
		t.Fatal(err)
	}
	_, err = slow.v.Verify(ctx, now, token, &slow.p)
	slow.says("gone", err, unreachable)
	close(release)
	wait.Wait()
	if n := slow.i.Asked(oidctest.Discovery); n != 1 {
		t.Errorf("asked %d times", n)
	}
}

// Whose certificate is believed, and that one account's belief is not
// another's.
func TestTrust(t *testing.T) {
	b := newBench(t)
	b.v = oidc.New(oidc.Options{Roots: x509.NewCertPool(), AllowPrivate: true})
	try := func(at time.Time, thumbprints ...string) error {
		b.p.Thumbprints = thumbprints
		_, err := b.verify(at, b.i.Sign(b.claims("exp", at.Unix()+60)))
		return err
	}
	b.says("nobody", try(now), untrusted)
	b.says("thumbprint", try(now, b.i.Thumbprint()), "")
	b.says("still nobody", try(now.Add(time.Minute)), untrusted)
	b.says("another thumbprint", try(now, "0000000000000000000000000000000000000000"), untrusted)
	b.says("one of several", try(now, "0000000000000000000000000000000000000000", b.i.Thumbprint()), "")
	b.says("after its time", try(time.Date(2090, 1, 1, 0, 0, 0, 0, time.UTC), b.i.Thumbprint(), "1"), untrusted)
	// A certificate for other names is no better for being pinned.
	named := oidctest.New("")
	t.Cleanup(named.Close)
	c := &bench{T: t, i: named, v: b.v, p: oidc.Provider{URL: named.URL, ClientIDs: []string{"client-a"}, Thumbprints: []string{named.Thumbprint()}}}
	named.URL = "https://localhost" + named.URL[len("https://127.0.0.1"):]
	c.p.URL = named.URL
	_, err := c.verify(now, named.Sign(c.claims()))
	c.says("another host", err, untrusted)
}

func TestThumbprint(t *testing.T) {
	b := newBench(t)
	got, err := b.v.Thumbprint(context.Background(), now, b.i.URL)
	if err != nil || got != b.i.Thumbprint() {
		t.Errorf("%s, %v", got, err)
	}
	if _, err := oidc.New(oidc.Options{AllowPrivate: true}).Thumbprint(context.Background(), now, b.i.URL); err == nil {
		t.Error("a stranger's certificate was believed at first sight")
	}
}

// Without leave, nothing on this machine is asked.
func TestPrivateAddresses(t *testing.T) {
	b := newBench(t)
	b.v = oidc.New(oidc.Options{Roots: b.i.Pool()})
	_, err := b.verify(now, b.i.Sign(b.claims()))
	b.says("loopback", err, noKey)
	if n := b.i.Asked(oidctest.Discovery); n != 0 {
		t.Errorf("asked %d times", n)
	}
	gone := newBench(t)
	gone.i.Close()
	_, err = gone.verify(now, gone.i.Sign(gone.claims()))
	gone.says("nobody there", err, unreachable)
	if !awserr.Is(err, unreachable) {
		t.Error(err)
	}
}
