package issuer

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/aratame/aratame/internal/account"
	"github.com/aratame/aratame/internal/seal"
)

const acct = "123456789012"

var start = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func newIssuer(t *testing.T) *Issuer {
	t.Helper()
	kek, err := seal.NewMemoryKEK(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	ring, err := seal.NewKeyring("secret", kek, start)
	if err != nil {
		t.Fatal(err)
	}
	return &Issuer{Secrets: seal.NewSealer(ring), Base: func() string { return "https://iam.example.com" }}
}

// verify reads a token with a published key set and nothing else.
func verify(t *testing.T, i *Issuer, o *account.Outbound, token string) (kid string, claims map[string]any, err error) {
	t.Helper()
	text, err := i.KeySet(o)
	if err != nil {
		t.Fatal(err)
	}
	var set jose.JSONWebKeySet
	if err := json.Unmarshal(text, &set); err != nil {
		t.Fatal(err)
	}
	for _, k := range set.Keys {
		if !k.IsPublic() || k.Use != "sig" {
			t.Errorf("key %s is published with its private half, or not for signatures", k.KeyID)
		}
	}
	signed, err := jose.ParseSignedCompact(token, []jose.SignatureAlgorithm{jose.RS256, jose.ES384})
	if err != nil {
		t.Fatal(err)
	}
	kid = signed.Signatures[0].Header.KeyID
	keys := set.Key(kid)
	if len(keys) != 1 {
		return kid, nil, errors.New("the key isn't published")
	}
	payload, err := signed.Verify(keys[0])
	if err != nil {
		return kid, nil, err
	}
	return kid, claims, json.Unmarshal(payload, &claims)
}

// Over two rotations every token can be verified from its
// first to its last second, by whoever fetched the keys half a day before,
// and no key is kept for ever.
func TestRotation(t *testing.T) {
	i := newIssuer(t)
	o := &account.Outbound{ID: "0b5b7a4e-1111-4222-8333-444455556666", Enabled: true}
	type issued struct {
		token string
		until time.Time
	}
	var alive []issued
	kids := map[string]bool{}
	var before *account.Outbound
	for now := start; now.Before(start.Add(190 * 24 * time.Hour)); now = now.Add(12 * time.Hour) {
		keys, changed, err := i.Rotate(acct, o.Keys, rand.Reader, now)
		if err != nil {
			t.Fatal(err)
		}
		if changed {
			o = &account.Outbound{ID: o.ID, Enabled: true, Keys: keys}
		}
		if n := len(keys); n > 2*len(algorithms) {
			t.Fatalf("%d keys at %v", n, now)
		}
		for _, alg := range algorithms {
			token, err := i.Sign(acct, o, alg, &Claims{Audience: []string{"a"}, Subject: "s", Issued: now, Expires: now.Add(longest)}, now)
			if err != nil {
				t.Fatal(err)
			}
			kid, _, err := verify(t, i, o, token)
			if err != nil {
				t.Fatal(err)
			}
			kids[kid] = true
			if before != nil {
				if _, _, err := verify(t, i, before, token); err != nil {
					t.Errorf("%v: with the keys of the last look: %v", now, err)
				}
			}
			alive = append(alive, issued{token, now.Add(longest)})
		}
		still := alive[:0]
		for _, a := range alive {
			if _, _, err := verify(t, i, o, a.token); err != nil {
				t.Errorf("%v: a token valid until %v: %v", now, a.until, err)
			}
			if a.until.After(now) {
				still = append(still, a)
			}
		}
		alive, before = still, o
	}
	if n := len(kids); n < 6 {
		t.Errorf("only %d keys have signed", n)
	}
}

func TestClaims(t *testing.T) {
	i := newIssuer(t)
	o := &account.Outbound{ID: "0b5b7a4e-1111-4222-8333-444455556666", Enabled: true}
	var err error
	if o.Keys, _, err = i.Rotate(acct, nil, rand.Reader, start); err != nil {
		t.Fatal(err)
	}
	c := &Claims{
		Audience: []string{"https://api.example.com"}, Subject: "arn:aws:iam::" + acct + ":role/R", ID: "j", Issued: start, Expires: start.Add(time.Minute),
		Account: acct, Region: "eu-west-1", PrincipalTags: map[string]string{"team": "red"}, RequestTags: map[string]string{"job": "1"},
		SessionExpires: start.Add(time.Hour), SourceIdentity: "ann", FederatedProvider: "p", OrganizationID: "o-1", OrganizationPath: "o-1/r-1/",
		Context: map[string]string{"ec2_source_instance_arn": "i", "empty": ""},
	}
	token, err := i.Sign(acct, o, RS256, c, start)
	if err != nil {
		t.Fatal(err)
	}
	_, got, err := verify(t, i, o, token)
	if err != nil {
		t.Fatal(err)
	}
	text, _ := json.Marshal(got)
	const want = `{"aud":"https://api.example.com","exp":1772366460,"https://sts.amazonaws.com/":{"aws_account":"123456789012","ec2_source_instance_arn":"i","federated_provider":"p","org_id":"o-1","original_session_exp":"2026-03-01T13:00:00Z","ou_path":["o-1/r-1/"],"principal_id":"arn:aws:iam::123456789012:role/R","principal_tags":{"team":"red"},"request_tags":{"job":"1"},"source_identity":"ann","source_region":"eu-west-1"},"iat":1772366400,"iss":"https://iam.example.com/-/issuer/0b5b7a4e-1111-4222-8333-444455556666","jti":"j","sub":"arn:aws:iam::123456789012:role/R"}`
	if string(text) != want {
		t.Errorf("got  %s\nwant %s", text, want)
	}
	c.Audience = []string{"a", "b"}
	token, err = i.Sign(acct, o, ES384, c, start)
	if err != nil {
		t.Fatal(err)
	}
	if _, got, err = verify(t, i, o, token); err != nil || len(got["aud"].([]any)) != 2 {
		t.Error(got, err)
	}
	c.RequestTags["big"] = strings.Repeat("x", MaxPayload)
	if _, err := i.Sign(acct, o, ES384, c, start); !errors.Is(err, ErrTooLarge) {
		t.Error(err)
	}
	if _, err := i.Sign(acct, o, "HS256", &Claims{}, start); err == nil {
		t.Error("signed with an algorithm that has no key")
	}
	// A key that was sealed for another account doesn't open.
	if _, err := i.Sign("210987654321", o, ES384, &Claims{}, start); err == nil {
		t.Error("signed with the key of another account")
	}
	discovery, err := i.Discovery(o)
	if err != nil {
		t.Fatal(err)
	}
	var d map[string]any
	if err := json.Unmarshal(discovery, &d); err != nil || d["issuer"] != i.URL(o) || d["jwks_uri"] != i.URL(o)+KeysPath {
		t.Errorf("%s, %v", discovery, err)
	}
}
