package oidc_test

import (
	"context"
	"crypto/elliptic"
	"crypto/x509"
	"encoding/pem"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/aratame/aratame/internal/awserr"
	"github.com/aratame/aratame/internal/oidc"
	"github.com/aratame/aratame/internal/oidc/oidctest"
)

var now = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// A bench is an issuer and a verifier that trusts it.
type bench struct {
	*testing.T
	i *oidctest.Issuer
	v *oidc.Verifier
	p oidc.Provider
}

func newBench(t *testing.T) *bench {
	t.Helper()
	i := oidctest.New("")
	t.Cleanup(i.Close)
	return &bench{
		T: t, i: i, v: oidc.New(oidc.Options{Roots: i.Pool(), AllowPrivate: true}),
		p: oidc.Provider{URL: i.URL, ClientIDs: []string{"client-a", "client-b"}},
	}
}

// claims are those of a good token, changed as oidctest.With does.
func (b *bench) claims(more ...any) map[string]any {
	return oidctest.With(map[string]any{
		"iss": b.i.URL, "aud": "client-a", "sub": "somebody", "iat": now.Unix() - 10, "exp": now.Unix() + 600,
	}, more...)
}

func (b *bench) verify(at time.Time, text string) (*oidc.Claims, error) {
	b.Helper()
	token, err := oidc.Parse(text)
	if err != nil {
		return nil, err
	}
	return b.v.Verify(context.Background(), at, token, &b.p)
}

// says holds an error against "Code" or "Code: message".
func (b *bench) says(name string, err error, want string) {
	b.Helper()
	switch {
	case want == "" && err != nil:
		b.Errorf("%s: %v (%v)", name, err, awserr.From(err).Cause)
	case want != "" && err == nil:
		b.Errorf("%s: accepted, want %s", name, want)
	case want != "" && err.Error() != want && awserr.From(err).Code != want:
		b.Errorf("%s:\n got %v\nwant %s", name, err, want)
	}
}

const (
	notJWT       = "InvalidIdentityToken: The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)"
	notValidated = "InvalidIdentityToken: The web identity token provided could not be validated. See the AssumeRoleWithWebIdentity documentation for requirements."
	noKey        = "InvalidIdentityToken: Couldn't retrieve verification key from your identity provider,  please reference AssumeRoleWithWebIdentity documentation for requirements"
	audience     = "InvalidIdentityToken: Incorrect token audience"
	untrusted    = "InvalidIdentityToken: OpenIDConnect provider's HTTPS certificate doesn't match configured thumbprint"
	unreachable  = "IDPCommunicationError"
)

func TestClaims(t *testing.T) {
	b := newBench(t)
	sec := now.Unix()
	for _, c := range []struct {
		name   string
		change []any
		want   string
	}{
		{"good", nil, ""},
		{"audience in a list", []any{"aud", []string{"client-b"}}, ""},
		{"another audience", []any{"aud", "other"}, audience},
		{"no audience in a list", []any{"aud", []string{}}, "InvalidIdentityToken: Claim is not allowed to be empty: aud"},
		{"two audiences", []any{"aud", []string{"client-a", "client-b"}}, "InvalidIdentityToken: Token audience contains more than one audience while authorized party is not present"},
		{"two audiences and a party", []any{"aud", []string{"other", "client-a"}, "azp", "client-b"}, ""},
		{"the party counts", []any{"azp", "other"}, audience},
		{"the party alone counts", []any{"aud", "other", "azp", "client-a"}, ""},
		{"empty party", []any{"azp", ""}, audience},
		{"party that is no text", []any{"azp", 1}, notValidated},
		{"audience that is no text", []any{"aud", 1}, notValidated},
		{"audience with a number in it", []any{"aud", []any{"client-a", 1}}, notValidated},
		{"no iss", []any{"iss", nil}, notValidated},
		{"iss that is no text", []any{"iss", []string{b.i.URL}}, notValidated},
		{"another issuer", []any{"iss", "https://other.test"}, notValidated},
		{"issuer in another case", []any{"iss", strings.ToUpper(b.i.URL)}, notValidated},
		{"issuer with a slash", []any{"iss", b.i.URL + "/"}, notValidated},
		{"no sub", []any{"sub", nil}, "InvalidIdentityToken: Missing a required claim: sub"},
		{"empty sub", []any{"sub", ""}, "InvalidIdentityToken: Claim is not allowed to be empty: sub"},
		{"sub that is a list", []any{"sub", []string{"somebody"}}, notValidated},
		{"sub that is a number", []any{"sub", 123}, ""},
		{"no aud", []any{"aud", nil}, "InvalidIdentityToken: Missing a required claim: aud"},
		{"no iat", []any{"iat", nil}, "InvalidIdentityToken: Missing a required claim: iat"},
		{"no exp", []any{"exp", nil}, "InvalidIdentityToken: Missing a required claim: exp"},
		{"expired within tolerance", []any{"exp", sec - 299}, ""},
		{"expired", []any{"exp", sec - 300}, "ExpiredTokenException: Token expired: current date/time 1772366100 must be before the expiration date/time 1772366100"},
		{"issued ahead within tolerance", []any{"iat", sec + 300}, ""},
		{"issued in the future", []any{"iat", sec + 301}, "InvalidIdentityToken: Token issued in the future: 1772366701"},
		{"valid soon", []any{"nbf", sec + 300}, ""},
		{"not yet valid", []any{"nbf", sec + 301}, "InvalidIdentityToken: Token not yet valid: current date/time 1772366700 must be after or equal to the not-before date/time 1772366701"},
		{"times as texts", []any{"exp", "1772370000", "iat", "1772366000", "nbf", "1772366000"}, ""},
		{"fraction", []any{"exp", float64(sec) + 600.5}, "InvalidIdentityToken: Invalid timestamp in token claims."},
		{"time that is none", []any{"nbf", "soon"}, "InvalidIdentityToken: Invalid timestamp in token claims."},
		{"time beyond all", []any{"exp", int64(1) << 62}, "InvalidIdentityToken: Invalid timestamp in token claims."},
		{"time before all", []any{"iat", -1}, "InvalidIdentityToken: Invalid timestamp in token claims."},
	} {
		_, err := b.verify(now, b.i.Sign(b.claims(c.change...)))
		b.says(c.name, err, c.want)
	}
}

func TestClaimsRead(t *testing.T) {
	b := newBench(t)
	c, err := b.verify(now, b.i.Sign(b.claims("aud", []string{"x", "y"}, "azp", "client-b", "sub", 42, "amr", []string{"pwd"}, "email", "a@b", "odd", nil)))
	if err != nil {
		t.Fatal(err)
	}
	if c.Issuer != b.i.URL || c.Subject != "42" || c.Audience != "client-b" || strings.Join(c.Audiences, " ") != "x y" {
		t.Errorf("%+v", c)
	}
	if email, ok := c.Text("email"); !ok || email != "a@b" {
		t.Errorf("email %q", email)
	}
	if amr, ok := c.Texts("amr"); !ok || len(amr) != 1 {
		t.Errorf("amr %q", amr)
	}
	if _, ok := c.Text("amr"); ok {
		t.Error("a list is a text")
	}
	if got := strings.Join(c.Names(), " "); got != "amr aud azp email exp iat iss sub" {
		t.Errorf("names %s", got)
	}
}

// Every algorithm that is taken, and every way past the signature that isn't.
func TestSignatures(t *testing.T) {
	b := newBench(t)
	b.i.Add("p384", oidctest.NewEC(elliptic.P384()))
	b.i.Add("p521", oidctest.NewEC(elliptic.P521()))
	head := func(pairs ...any) map[string]any { return oidctest.With(map[string]any{"typ": "JWT"}, pairs...) }
	for alg, key := range map[string]string{
		"RS256": "rsa", "RS384": "rsa", "RS512": "rsa", "PS256": "rsa", "PS384": "rsa", "PS512": "rsa",
		"ES256": "p256", "ES384": "p384", "ES512": "p521",
	} {
		_, err := b.verify(now, b.i.SignAs(head("alg", alg, "kid", key), key, b.claims()))
		b.says(alg, err, "")
	}
	payload := []byte(`{"iss":"` + b.i.URL + `","aud":"client-a","sub":"somebody","iat":1772366000,"exp":1772370000}`)
	public, err := x509.MarshalPKIXPublicKey(b.i.Key("rsa").Public())
	if err != nil {
		t.Fatal(err)
	}
	good := b.i.Sign(b.claims())
	parts := strings.Split(good, ".")
	stranger := oidctest.NewRSA(2048)
	embedded, err := jose.JSONWebKey{Key: stranger.Public(), KeyID: "rsa"}.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	var jwk map[string]any
	mustJSON(t, embedded, &jwk)
	for name, c := range map[string]struct{ token, want string }{
		"none":                      {oidctest.Sign(head("alg", "none", "kid", "rsa"), nil, payload), notJWT},
		"None":                      {oidctest.Sign(head("alg", "None", "kid", "rsa"), nil, payload), notJWT},
		"no algorithm":              {oidctest.Sign(head("kid", "rsa"), nil, payload), notJWT},
		"HS256 of the public key":   {oidctest.Sign(head("alg", "HS256", "kid", "rsa"), public, payload), notJWT},
		"HS256 of its PEM":          {oidctest.Sign(head("alg", "HS256", "kid", "rsa"), pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: public}), payload), notJWT},
		"another's key":             {oidctest.Sign(head("alg", "RS256", "kid", "rsa"), stranger, payload), notValidated},
		"another's key, in header":  {oidctest.Sign(head("alg", "RS256", "kid", "rsa", "jwk", jwk), stranger, payload), notValidated},
		"another's key, by address": {oidctest.Sign(head("alg", "RS256", "kid", "rsa", "jku", "https://other.test/keys", "x5u", "https://other.test/x"), stranger, payload), notValidated},
		"RSA key named for ES256":   {b.i.SignAs(head("alg", "ES256", "kid", "rsa"), "p256", b.claims()), notValidated},
		"EC key named for RS256":    {b.i.SignAs(head("alg", "RS256", "kid", "p256"), "rsa", b.claims()), notValidated},
		"PS256 said to be RS256":    {"", ""},
		"no signature":              {parts[0] + "." + parts[1] + ".", notValidated},
		"claims changed":            {parts[0] + "." + strings.Split(b.i.Sign(b.claims("sub", "admin")), ".")[1] + "." + parts[2], notValidated},
		"signature changed":         {good[:len(good)-8] + "AAAAAAAA", notValidated},
		"critical extension":        {b.i.SignAs(head("alg", "RS256", "kid", "rsa", "crit", []string{"x"}, "x", 1), "rsa", b.claims()), notJWT},
		"unencoded payload":         {b.i.SignAs(head("alg", "RS256", "kid", "rsa", "b64", false, "crit", []string{"b64"}), "rsa", b.claims()), notJWT},
		"unknown key":               {b.i.SignAs(head("alg", "RS256", "kid", "gone"), "rsa", b.claims()), noKey},
		"no key id, several keys":   {b.i.SignAs(head("alg", "RS256"), "rsa", b.claims()), noKey},
		"key id that is a number":   {b.i.SignAs(head("alg", "RS256", "kid", 1), "rsa", b.claims()), notJWT},
		"two parts":                 {parts[0] + "." + parts[1], notJWT},
		"four parts":                {good + ".x", notJWT},
		"nothing":                   {"", notJWT},
		"dots":                      {"..", notJWT},
		"opaque":                    {"Atza|IwEBIJ", notJWT},
		"JSON serialization":        {`{"payload":"` + parts[1] + `","protected":"` + parts[0] + `","signature":"` + parts[2] + `"}`, notJWT},
		"padding":                   {parts[0] + "=." + parts[1] + "." + parts[2], notJWT},
		"line break":                {parts[0] + ".\n" + parts[1] + "." + parts[2], notJWT},
		"encrypted":                 {good + "." + parts[2] + "." + parts[2], notJWT},
		"too long":                  {b.i.Sign(b.claims("pad", strings.Repeat("x", oidc.MaxToken))), notJWT},
		"claim twice":               {oidctest.Sign(head("alg", "RS256", "kid", "rsa"), b.i.Key("rsa"), []byte(strings.Replace(string(payload), `"sub"`, `"sub":"admin","sub"`, 1))), notJWT},
		"claim twice, same value":   {oidctest.Sign(head("alg", "RS256", "kid", "rsa"), b.i.Key("rsa"), []byte(strings.Replace(string(payload), `"sub"`, `"aud":"client-a","sub"`, 1))), notJWT},
		"claim twice, deep":         {oidctest.Sign(head("alg", "RS256", "kid", "rsa"), b.i.Key("rsa"), []byte(strings.Replace(string(payload), `"sub"`, `"x":[{"a":1,"a":2}],"sub"`, 1))), notJWT},
		"claim twice, escaped":      {oidctest.Sign(head("alg", "RS256", "kid", "rsa"), b.i.Key("rsa"), []byte(strings.Replace(string(payload), `"sub"`, `"s\u0075b":"admin","sub"`, 1))), notJWT},
		"claims that are a list":    {oidctest.Sign(head("alg", "RS256", "kid", "rsa"), b.i.Key("rsa"), []byte(`["sub"]`)), notJWT},
		"claims that are null":      {oidctest.Sign(head("alg", "RS256", "kid", "rsa"), b.i.Key("rsa"), []byte(`null`)), notJWT},
		"claims with an end":        {oidctest.Sign(head("alg", "RS256", "kid", "rsa"), b.i.Key("rsa"), append(payload, "{}"...)), notJWT},
		"claims that aren't UTF-8":  {oidctest.Sign(head("alg", "RS256", "kid", "rsa"), b.i.Key("rsa"), []byte(strings.Replace(string(payload), "somebody", "some\xffbody", 1))), notJWT},
	} {
		if name == "PS256 said to be RS256" {
			c.token = oidctest.Sign(head("alg", "PS256", "kid", "rsa"), b.i.Key("rsa"), payload)
			c.token = strings.Split(b.i.Sign(b.claims()), ".")[0] + c.token[strings.Index(c.token, "."):]
			c.want = notValidated
		}
		_, err := b.verify(now, c.token)
		b.says(name, err, c.want)
	}
}

// Which published keys verify.
func TestKeys(t *testing.T) {
	rsa2048, ec := oidctest.NewRSA(2048), oidctest.NewEC(elliptic.P256())
	short := oidctest.NewRSA(1024)
	key := func(k any, id string) jose.JSONWebKey { return jose.JSONWebKey{Key: k, KeyID: id, Use: "sig"} }
	many := func(n int, k any) (list []jose.JSONWebKey) {
		for i := range n {
			list = append(list, key(k, "more"+string(rune('a'+i/26))+string(rune('a'+i%26))))
		}
		return list
	}
	rs, es := map[string]any{"alg": "RS256", "kid": "k"}, map[string]any{"alg": "ES256", "kid": "e"}
	for _, c := range []struct {
		name   string
		keys   []jose.JSONWebKey
		header map[string]any
		want   string
	}{
		{"the key", []jose.JSONWebKey{key(rsa2048.Public(), "k")}, rs, ""},
		{"the only key, unnamed", []jose.JSONWebKey{key(rsa2048.Public(), "k")}, map[string]any{"alg": "RS256"}, ""},
		{"its algorithm", []jose.JSONWebKey{{Key: rsa2048.Public(), KeyID: "k", Algorithm: "RS256"}}, rs, ""},
		{"another algorithm", []jose.JSONWebKey{{Key: rsa2048.Public(), KeyID: "k", Algorithm: "RS512"}}, rs, notValidated},
		{"for encryption", []jose.JSONWebKey{{Key: rsa2048.Public(), KeyID: "k", Use: "enc"}}, rs, noKey},
		{"without an id", []jose.JSONWebKey{{Key: rsa2048.Public(), Use: "sig"}}, rs, noKey},
		{"the private key", []jose.JSONWebKey{key(rsa2048, "k")}, rs, noKey},
		{"a secret", []jose.JSONWebKey{key([]byte("0123456789abcdef0123456789abcdef"), "k")}, rs, noKey},
		{"short", []jose.JSONWebKey{key(short.Public(), "k")}, rs, noKey},
		{"none", nil, rs, noKey},
		{"one id twice: the last counts", []jose.JSONWebKey{key(oidctest.NewRSA(2048).Public(), "k"), key(rsa2048.Public(), "k")}, rs, ""},
		{"one id twice: not the first", []jose.JSONWebKey{key(rsa2048.Public(), "k"), key(oidctest.NewRSA(2048).Public(), "k")}, rs, notValidated},
		{"100 of RSA", append(many(99, rsa2048.Public()), key(rsa2048.Public(), "k")), rs, ""},
		{"101 of RSA", append(many(100, rsa2048.Public()), key(rsa2048.Public(), "k")), rs, noKey},
		{"101 of RSA, the first", append([]jose.JSONWebKey{key(rsa2048.Public(), "k")}, many(100, rsa2048.Public())...), rs, noKey},
		{"101 of RSA and one EC", append(many(101, rsa2048.Public()), key(ec.Public(), "e")), es, ""},
		{"101 of EC", append(many(100, ec.Public()), key(ec.Public(), "e")), es, noKey},
	} {
		b := newBench(t)
		b.i.Add("k", rsa2048)
		b.i.Add("e", ec)
		if c.name == "short" {
			b.i.Add("k", short)
		}
		b.i.Publish(c.keys...)
		id := "k"
		if c.header["kid"] == "e" {
			id = "e"
		}
		_, err := b.verify(now, b.i.SignAs(c.header, id, b.claims()))
		b.says(c.name, err, c.want)
	}
}

// What a provider's server may answer.
func TestServers(t *testing.T) {
	elsewhere := oidctest.New("")
	t.Cleanup(elsewhere.Close)
	plain := newPlain(t)
	good := func(b *bench) string {
		return `{"issuer":"` + b.i.URL + `","jwks_uri":"` + b.i.URL + oidctest.JWKS + `"}`
	}
	write := func(w http.ResponseWriter, body string) bool { _, _ = w.Write([]byte(body)); return true }
	for _, c := range []struct {
		name, path string
		answer     func(b *bench, w http.ResponseWriter, r *http.Request) bool
		want       string
	}{
		{"not found", oidctest.Discovery, func(_ *bench, w http.ResponseWriter, _ *http.Request) bool { w.WriteHeader(404); return true }, noKey},
		{"not found, with a body", oidctest.Discovery, func(b *bench, w http.ResponseWriter, _ *http.Request) bool {
			w.WriteHeader(404)
			return write(w, good(b))
		}, noKey},
		{"no JSON", oidctest.Discovery, func(_ *bench, w http.ResponseWriter, _ *http.Request) bool { return write(w, "<html>") }, noKey},
		{"another issuer", oidctest.Discovery, func(b *bench, w http.ResponseWriter, _ *http.Request) bool {
			return write(w, strings.Replace(good(b), b.i.URL+`"`, b.i.URL+`/"`, 1))
		}, noKey},
		{"issuer twice", oidctest.Discovery, func(b *bench, w http.ResponseWriter, _ *http.Request) bool {
			return write(w, `{"issuer":"https://other.test",`+good(b)[1:])
		}, noKey},
		{"long document", oidctest.Discovery, func(b *bench, w http.ResponseWriter, _ *http.Request) bool {
			return write(w, good(b)+strings.Repeat(" ", 64<<10))
		}, noKey},
		{"keys over plain HTTP", oidctest.Discovery, func(b *bench, w http.ResponseWriter, _ *http.Request) bool {
			return write(w, `{"issuer":"`+b.i.URL+`","jwks_uri":"`+plain.URL+oidctest.JWKS+`"}`)
		}, noKey},
		{"keys in a file", oidctest.Discovery, func(b *bench, w http.ResponseWriter, _ *http.Request) bool {
			return write(w, `{"issuer":"`+b.i.URL+`","jwks_uri":"file:///etc/hosts"}`)
		}, noKey},
		{"keys nowhere", oidctest.Discovery, func(b *bench, w http.ResponseWriter, _ *http.Request) bool {
			return write(w, `{"issuer":"`+b.i.URL+`"}`)
		}, noKey},
		{"keys on another host", oidctest.Discovery, func(b *bench, w http.ResponseWriter, _ *http.Request) bool {
			return write(w, `{"issuer":"`+b.i.URL+`","jwks_uri":"`+elsewhere.URL+oidctest.JWKS+`"}`)
		}, ""},
		{"redirect", oidctest.Discovery, func(b *bench, w http.ResponseWriter, r *http.Request) bool {
			http.Redirect(w, r, b.i.URL+"/moved", http.StatusFound)
			return true
		}, ""},
		{"redirect to plain HTTP", oidctest.Discovery, func(_ *bench, w http.ResponseWriter, r *http.Request) bool {
			http.Redirect(w, r, plain.URL+oidctest.Discovery, http.StatusFound)
			return true
		}, noKey},
		{"redirect to a file", oidctest.Discovery, func(_ *bench, w http.ResponseWriter, r *http.Request) bool {
			http.Redirect(w, r, "file:///etc/hosts", http.StatusFound)
			return true
		}, noKey},
		{"keys at a metadata service", oidctest.Discovery, func(b *bench, w http.ResponseWriter, _ *http.Request) bool {
			return write(w, `{"issuer":"`+b.i.URL+`","jwks_uri":"https://169.254.169.254/latest/meta-data"}`)
		}, noKey},
		{"redirect to a metadata service", oidctest.Discovery, func(_ *bench, w http.ResponseWriter, r *http.Request) bool {
			http.Redirect(w, r, "https://[fd00:ec2::254]/", http.StatusFound)
			return true
		}, noKey},
		{"redirect with a user", oidctest.Discovery, func(b *bench, w http.ResponseWriter, r *http.Request) bool {
			http.Redirect(w, r, strings.Replace(b.i.URL, "https://", "https://u:p@", 1)+"/moved", http.StatusFound)
			return true
		}, noKey},
		{"redirects without end", oidctest.Discovery, func(b *bench, w http.ResponseWriter, r *http.Request) bool {
			http.Redirect(w, r, b.i.URL+oidctest.Discovery, http.StatusFound)
			return true
		}, noKey},
		{"connection cut", oidctest.JWKS, func(*bench, http.ResponseWriter, *http.Request) bool { panic(http.ErrAbortHandler) }, noKey},
		{"huge JWKS", oidctest.JWKS, func(_ *bench, w http.ResponseWriter, _ *http.Request) bool {
			return write(w, `{"keys":[`+strings.Repeat(`{"kty":"RSA"},`, 64<<10)+`{}]}`)
		}, noKey},
		{"JWKS that is a list", oidctest.JWKS, func(_ *bench, w http.ResponseWriter, _ *http.Request) bool { return write(w, `[]`) }, noKey},
		{"JWKS with anything in it", oidctest.JWKS, func(_ *bench, w http.ResponseWriter, _ *http.Request) bool {
			return write(w, `{"keys":[1,null,"x",[],{},{"kty":1},{"kty":"RSA"},{"kty":"EC","crv":"P-256","x":"AA","y":"AA","kid":"rsa"}]}`)
		}, noKey},
	} {
		b := newBench(t)
		b.i.Handle = func(w http.ResponseWriter, r *http.Request) bool {
			switch r.URL.Path {
			case c.path:
				return c.answer(b, w, r)
			case "/moved":
				return write(w, good(b))
			}
			return false
		}
		text := b.i.Sign(b.claims())
		if c.name == "keys on another host" {
			// Such as Google's. Its certificate is held to the same trust; the
			// servers here share theirs.
			text = elsewhere.Sign(b.claims())
		}
		_, err := b.verify(now, text)
		b.says(c.name, err, c.want)
	}
	if plain.asked.Load() != 0 {
		t.Errorf("plain HTTP was spoken %d times", plain.asked.Load())
	}
}
