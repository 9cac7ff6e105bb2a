// Package oidctest is an OpenID Connect provider for tests: a real server on
// this machine, with a certificate of its own, that publishes its keys and
// signs whatever it is told to.
package oidctest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1" //nolint:gosec // thumbprints are SHA-1
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"io"
	"log"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"

	"github.com/go-jose/go-jose/v4"
)

// An Issuer is a provider. Its fields may be set before it is asked for the
// first time; its methods may be called at any time.
type Issuer struct {
	// URL is the issuer's, https://127.0.0.1:PORT and a path.
	URL string
	// Handle answers instead of the issuer where it returns true.
	Handle func(w http.ResponseWriter, r *http.Request) bool

	server *httptest.Server
	mu     sync.Mutex
	keys   map[string]crypto.Signer
	jwks   []jose.JSONWebKey
	asked  map[string]int // by path
}

// New starts an issuer with the keys "rsa" and "p256" under the given path ("" or
// "/tenant"). Close ends it.
func New(path string) *Issuer {
	i := &Issuer{keys: map[string]crypto.Signer{}, asked: map[string]int{}}
	i.server = httptest.NewUnstartedServer(http.HandlerFunc(i.serve))
	i.server.Config.ErrorLog = log.New(io.Discard, "", 0)
	i.server.StartTLS()
	i.URL = i.server.URL + path
	i.Add("rsa", NewRSA(2048))
	i.Add("p256", NewEC(elliptic.P256()))
	return i
}

// Close ends the issuer.
func (i *Issuer) Close() { i.server.Close() }

// Name is the URL without "https://", as ARNs and condition keys have it.
func (i *Issuer) Name() string { return strings.TrimPrefix(i.URL, "https://") }

// Base is the URL of the server, without the issuer's path.
func (i *Issuer) Base() string { return i.server.URL }

// Pool holds the authority of the server's certificate.
func (i *Issuer) Pool() *x509.CertPool {
	p := x509.NewCertPool()
	p.AddCert(i.server.Certificate())
	return p
}

// PEM is the authority of the server's certificate.
func (i *Issuer) PEM() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: i.server.Certificate().Raw})
}

// Thumbprint is that of the server's certificate.
func (i *Issuer) Thumbprint() string {
	sum := sha1.Sum(i.server.Certificate().Raw) //nolint:gosec // see above
	return hex.EncodeToString(sum[:])
}

// Add publishes a key under an id and signs with it.
func (i *Issuer) Add(id string, key crypto.Signer) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.keys[id] = key
	i.jwks = append(i.jwks, jose.JSONWebKey{Key: key.Public(), KeyID: id, Use: "sig"})
}

// Publish replaces the keys that are published; those signed with stay.
func (i *Issuer) Publish(keys ...jose.JSONWebKey) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.jwks = keys
}

// Asked tells how often a path of the server was asked for.
func (i *Issuer) Asked(path string) int {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.asked[path]
}

// Key gives the key of an id.
func (i *Issuer) Key(id string) crypto.Signer {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.keys[id]
}

// Paths under the issuer's.
const (
	Discovery = "/.well-known/openid-configuration"
	JWKS      = "/keys"
)

func (i *Issuer) serve(w http.ResponseWriter, r *http.Request) {
	i.mu.Lock()
	i.asked[r.URL.Path]++
	keys := append([]jose.JSONWebKey(nil), i.jwks...)
	i.mu.Unlock()
	if i.Handle != nil && i.Handle(w, r) {
		return
	}
	w.Header().Set("Content-Type", "application/json")
	base := strings.TrimPrefix(i.URL, i.server.URL)
	switch r.URL.Path {
	case strings.TrimSuffix(base, "/") + Discovery:
		_ = json.NewEncoder(w).Encode(map[string]any{
			"issuer": i.URL, "jwks_uri": i.server.URL + JWKS, "response_types_supported": []string{"id_token"},
			"subject_types_supported": []string{"public"}, "id_token_signing_alg_values_supported": []string{"RS256"},
		})
	case JWKS:
		_ = json.NewEncoder(w).Encode(jose.JSONWebKeySet{Keys: keys})
	default:
		http.NotFound(w, r)
	}
}

// Sign makes a token of the claims, signed with RS256 and the key "rsa".
func (i *Issuer) Sign(claims map[string]any) string {
	return i.SignAs(map[string]any{"alg": "RS256", "kid": "rsa", "typ": "JWT"}, "rsa", claims)
}

// SignAs makes a token with any header; the key's id says what signs, the
// header's alg how.
func (i *Issuer) SignAs(header map[string]any, key string, claims map[string]any) string {
	text, err := json.Marshal(claims)
	if err != nil {
		panic(err)
	}
	return Sign(header, i.Key(key), text)
}

// Sign makes a token of a header and of any payload. key is a crypto.Signer, or
// bytes for HMAC.
func Sign(header map[string]any, key any, payload []byte) string {
	alg, _ := header["alg"].(string)
	head, err := json.Marshal(header)
	if err != nil {
		panic(err)
	}
	signed := base64.RawURLEncoding.EncodeToString(head) + "." + base64.RawURLEncoding.EncodeToString(payload)
	return signed + "." + base64.RawURLEncoding.EncodeToString(signature(alg, key, []byte(signed)))
}

// With joins claims; later ones win, and nil takes one away.
func With(claims map[string]any, more ...any) map[string]any {
	out := maps.Clone(claims)
	for n := 0; n+1 < len(more); n += 2 {
		if more[n+1] == nil {
			delete(out, more[n].(string))
		} else {
			out[more[n].(string)] = more[n+1]
		}
	}
	return out
}

// NewRSA makes a key of so many bits.
func NewRSA(bits int) *rsa.PrivateKey {
	k, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		panic(err)
	}
	return k
}

// NewEC makes a key on a curve.
func NewEC(c elliptic.Curve) *ecdsa.PrivateKey {
	k, err := ecdsa.GenerateKey(c, rand.Reader)
	if err != nil {
		panic(err)
	}
	return k
}
