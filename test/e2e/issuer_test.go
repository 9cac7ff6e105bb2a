package e2e

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/big"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/beevik/etree"
	"github.com/crewjam/saml"

	"github.com/aratame/aratame/test"
)

// An issuer is an OpenID Connect provider on this machine.
type issuer struct {
	url string
	ca  string // its certificate in PEM
	key *rsa.PrivateKey
}

func newIssuer(t *testing.T) *issuer {
	t.Helper()
	i := &issuer{key: test.NewKey(t)}
	mux := http.NewServeMux()
	answer := func(path string, v any) {
		mux.HandleFunc(path, func(w http.ResponseWriter, _ *http.Request) { _ = json.NewEncoder(w).Encode(v) })
	}
	s := httptest.NewTLSServer(mux)
	t.Cleanup(s.Close)
	i.url, i.ca = s.URL, test.InPEM("CERTIFICATE", s.Certificate().Raw)
	answer("/.well-known/openid-configuration", map[string]any{"issuer": i.url, "jwks_uri": i.url + "/keys"})
	answer("/keys", map[string]any{"keys": []any{map[string]any{
		"kty": "RSA", "use": "sig", "alg": "RS256", "kid": "1", "n": encoded(i.key.N.Bytes()), "e": encoded(big.NewInt(int64(i.key.E)).Bytes()),
	}}})
	return i
}

func encoded(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// token is an ID token for the audience "client".
func (i *issuer) token(t *testing.T, subject string) string {
	t.Helper()
	now := time.Now().Unix()
	claims := must(json.Marshal(map[string]any{"iss": i.url, "aud": "client", "sub": subject, "iat": now, "exp": now + 600}))(t)
	text := encoded([]byte(`{"alg":"RS256","kid":"1","typ":"JWT"}`)) + "." + encoded(claims)
	sum := sha256.Sum256([]byte(text))
	return text + "." + encoded(must(rsa.SignPKCS1v15(rand.Reader, i.key, crypto.SHA256, sum[:]))(t))
}

// assertion is a response by which alice may assume the role.
func assertion(t *testing.T, idp *saml.IdentityProvider, role, provider string) string {
	t.Helper()
	const attribute = "https://aws.amazon.com/SAML/Attributes/"
	one := func(name, value string) saml.Attribute {
		return saml.Attribute{Name: attribute + name, NameFormat: "urn:oasis:names:tc:SAML:2.0:attrname-format:uri", Values: []saml.AttributeValue{{Type: "xs:string", Value: value}}}
	}
	now := time.Now()
	req := &saml.IdpAuthnRequest{
		IDP: idp, HTTPRequest: &http.Request{RemoteAddr: "192.0.2.1:1"}, Now: now,
		ServiceProviderMetadata: &saml.EntityDescriptor{EntityID: "urn:amazon:webservices"}, SPSSODescriptor: &saml.SPSSODescriptor{},
		ACSEndpoint: &saml.IndexedEndpoint{Binding: saml.HTTPPostBinding, Location: "https://signin.aws.amazon.com/saml"},
	}
	session := &saml.Session{ID: "s", Index: "s", CreateTime: now, NameID: "alice", NameIDFormat: "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent",
		CustomAttributes: []saml.Attribute{one("Role", fmt.Sprintf("%s,%s", role, provider)), one("RoleSessionName", "alice")}}
	if err := (saml.DefaultAssertionMaker{}).MakeAssertion(req, session); err != nil {
		t.Fatal(err)
	}
	// The library takes these from a request to log in, of which there is none.
	req.Assertion.Conditions.NotOnOrAfter = now.Add(10 * time.Minute)
	req.Assertion.Subject.SubjectConfirmations[0].SubjectConfirmationData.NotOnOrAfter = now.Add(10 * time.Minute)
	if err := req.MakeResponse(); err != nil {
		t.Fatal(err)
	}
	doc := etree.NewDocument()
	doc.SetRoot(req.ResponseEl)
	return base64.StdEncoding.EncodeToString(must(doc.WriteToBytes())(t))
}
