package server

import (
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/aratame/aratame/internal/account"
	"github.com/aratame/aratame/internal/config"
	"github.com/aratame/aratame/sigv4"
)

// A relying party knows the issuer's URL alone: from it it finds keys that
// verify a token, before and after they were rotated; nothing secret is there.
func TestIssuer(t *testing.T) {
	var clock atomic.Pointer[time.Time]
	at := func(now time.Time) { clock.Store(&now) }
	at(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
	now := func() time.Time { return *clock.Load() }
	listener := httptest.NewUnstartedServer(nil)
	s, err := Open(context.Background(), Options{
		Config: &config.Config{Ephemeral: true, PublicURL: "http://" + listener.Listener.Addr().String()}, Now: now,
	})
	if err != nil {
		t.Fatal(err)
	}
	listener.Config.Handler = s.Handler()
	listener.Start()
	t.Cleanup(func() {
		listener.Close()
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	call := func(service, version, form string) string {
		t.Helper()
		form += "&Version=" + version
		r, _ := http.NewRequest(http.MethodPost, listener.URL+"/", strings.NewReader(form))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		creds := sigv4.Credentials{AccessKeyID: s.First().KeyID, SecretAccessKey: s.First().Secret}
		if err := sigv4.Sign(r, creds, "us-east-1", service, sigv4.HashPayload([]byte(form)), now(), sigv4.SignOptions{}); err != nil {
			t.Fatal(err)
		}
		return fetch(t, r)
	}
	get := func(url string) string {
		t.Helper()
		r, _ := http.NewRequest(http.MethodGet, url, nil)
		return fetch(t, r)
	}
	var enabled struct {
		URL string `xml:"EnableOutboundWebIdentityFederationResult>IssuerIdentifier"`
	}
	read(t, call("iam", "2010-05-08", "Action=EnableOutboundWebIdentityFederation"), &enabled)
	token := func() string {
		t.Helper()
		var out struct {
			Token string `xml:"GetWebIdentityTokenResult>WebIdentityToken"`
		}
		read(t, call("sts", "2011-06-15", "Action=GetWebIdentityToken&Audience.member.1=a&SigningAlgorithm=ES384&Tags.member.1.Key=job&Tags.member.1.Value="+url.QueryEscape("é")), &out)
		return out.Token
	}
	verify := func(token string) (kid string) {
		t.Helper()
		var d struct{ Issuer, JWKS string }
		if err := json.Unmarshal([]byte(strings.Replace(get(enabled.URL+"/.well-known/openid-configuration"), `"jwks_uri"`, `"JWKS"`, 1)), &d); err != nil || d.Issuer != enabled.URL {
			t.Fatal(d, err)
		}
		text := get(d.JWKS)
		if strings.Contains(text, `"d":`) {
			t.Fatal("a private key is published")
		}
		var set jose.JSONWebKeySet
		if err := json.Unmarshal([]byte(text), &set); err != nil {
			t.Fatal(err)
		}
		signed, err := jose.ParseSignedCompact(token, []jose.SignatureAlgorithm{jose.ES384})
		if err != nil {
			t.Fatal(err)
		}
		kid = signed.Signatures[0].Header.KeyID
		payload, err := signed.Verify(set.Key(kid)[0])
		if err != nil || !strings.Contains(string(payload), `"iss":"`+enabled.URL+`"`) || !strings.Contains(string(payload), `"job":"é"`) {
			t.Errorf("%s, %v", payload, err)
		}
		return kid
	}
	first := token()
	kid := verify(first)
	at(now().Add(91 * 24 * time.Hour))
	for range 2 { // the second time there is nothing to do
		if err := s.rotateIssuer(context.Background(), s.account); err != nil {
			t.Fatal(err)
		}
	}
	if again := verify(token()); again != kid {
		t.Error("a key signs that nobody can know yet")
	}
	at(now().Add(25 * time.Hour))
	if again := verify(token()); again == kid {
		t.Error("the old key still signs")
	}
	verify(first)

	for _, path := range []string{"0b5b7a4e-1111-4222-8333-444455556666", "x", "..", strings.Repeat("a", 4000)} {
		resp, err := http.Get(listener.URL + "/-/issuer/" + path + "/.well-known/jwks.json")
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != http.StatusNotFound {
			t.Errorf("%.40s: %d", path, resp.StatusCode)
		}
	}
}

// Keys are also renewed by servers that never run for an hour.
func TestIssuerAfterStart(t *testing.T) {
	ctx, dir := context.Background(), t.TempDir()
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	open := func() *Server {
		t.Helper()
		s, err := Open(ctx, Options{Config: &config.Config{Data: dir}, Now: func() time.Time { return now }})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	keys := func(s *Server) int {
		v, err := s.accounts.View(ctx, s.account)
		if err != nil {
			t.Fatal(err)
		}
		return len(v.Settings().Outbound.Keys)
	}
	s := open()
	made, _, err := s.issuer.Rotate(s.account, nil, s.rand, now)
	if err != nil {
		t.Fatal(err)
	}
	err = s.changeSettings(ctx, "Enable", func(settings *account.Settings) error {
		settings.Outbound = &account.Outbound{ID: "0b5b7a4e-1111-4222-8333-444455556666", Enabled: true, Keys: made}
		return nil
	})
	if err := errors.Join(err, s.Close()); err != nil {
		t.Fatal(err)
	}
	now = now.Add(91 * 24 * time.Hour)
	s = open()
	for keys(s) == len(made) {
		runtime.Gosched()
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

func fetch(t *testing.T, r *http.Request) string {
	t.Helper()
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%d %s, %v", resp.StatusCode, body, err)
	}
	return string(body)
}

func read(t *testing.T, body string, out any) {
	t.Helper()
	if err := xml.Unmarshal([]byte(body), out); err != nil {
		t.Fatal(err)
	}
}
