// Package samltest is a real SAML 2.0 identity provider for tests: the other
// side of package saml, in the words of another author.
package samltest

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"encoding/xml"
	"fmt"
	"math/big"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/beevik/etree"
	"github.com/crewjam/saml"
	dsig "github.com/russellhaering/goxmldsig"
)

// Names that AWS gives to itself.
const (
	Endpoint = "https://signin.aws.amazon.com/saml"
	Audience = "urn:amazon:webservices"
	// Attribute is what names of attributes for AWS begin with.
	Attribute = "https://aws.amazon.com/SAML/Attributes/"
)

// validity is how long an assertion says that it is good.
const validity = 10 * time.Minute

// An IdP is an identity provider with one RSA key.
type IdP struct {
	EntityID    string
	Key         *rsa.PrivateKey
	Certificate *x509.Certificate
	// SignatureMethod is RSA with SHA-256 unless it is set.
	SignatureMethod string
}

// New makes an identity provider whose certificate has just been issued. The
// entity id has to be a URL.
func New(entityID string, now time.Time) (*IdP, error) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return nil, err
	}
	der, err := Certify(key, now)
	if err != nil {
		return nil, err
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, err
	}
	return &IdP{EntityID: entityID, Key: key, Certificate: cert, SignatureMethod: dsig.RSASHA256SignatureMethod}, nil
}

// Certify makes a self-signed certificate of a key, good for an hour, in DER.
func Certify(key crypto.Signer, now time.Time) ([]byte, error) {
	template := &x509.Certificate{
		SerialNumber: big.NewInt(now.Unix()), Subject: pkix.Name{CommonName: "idp"}, NotBefore: now, NotAfter: now.Add(time.Hour),
	}
	return x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
}

// PEM is a private key as AddPrivateKey takes it.
func PEM(key *rsa.PrivateKey) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)}))
}

// Metadata is the metadata document, good until the given time.
func (i *IdP) Metadata(until time.Time) (string, error) {
	provider, err := i.provider()
	if err != nil {
		return "", err
	}
	m := provider.Metadata()
	m.ValidUntil = until
	text, err := xml.MarshalIndent(m, "", "  ")
	return string(text), err
}

func (i *IdP) provider() (*saml.IdentityProvider, error) {
	u, err := url.Parse(i.EntityID)
	if err != nil {
		return nil, err
	}
	return &saml.IdentityProvider{Key: i.Key, Certificate: i.Certificate, MetadataURL: *u, SSOURL: *u, SignatureMethod: i.SignatureMethod}, nil
}

// A Login is what a response says.
type Login struct {
	Now              time.Time
	Subject, Format  string // Format "" is persistent
	Recipient        string // "" is Endpoint
	Audience         string // "" is Audience
	Names            []string
	Values           map[string][]string // of the attributes that Names orders
	EncryptTo        *rsa.PrivateKey     // the assertion is encrypted to its public half
	UnsignedResponse bool                // the assertion alone is signed
	// Status is the last word of the status in place of Success. Nothing but
	// the assertion is signed then.
	Status string
	// Edit changes the assertion before it is signed.
	Edit func(a *saml.Assertion)
}

// Set adds an attribute. A name without a colon or a dot is one of AWS's, and so
// is one that begins with PrincipalTag. A second call for a name replaces the
// values.
func (l *Login) Set(name string, values ...string) *Login {
	if l.Values == nil {
		l.Values = map[string][]string{}
	}
	if _, ok := l.Values[name]; !ok {
		l.Names = append(l.Names, name)
	}
	l.Values[name] = values
	return l
}

// Respond makes the response of a login, as XML.
func (i *IdP) Respond(l *Login) ([]byte, error) {
	provider, err := i.provider()
	if err != nil {
		return nil, err
	}
	recipient, audience, format := or(l.Recipient, Endpoint), or(l.Audience, Audience), or(l.Format, "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent")
	req := &saml.IdpAuthnRequest{
		IDP: provider, HTTPRequest: &http.Request{RemoteAddr: "192.0.2.1:1"}, Now: l.Now,
		ServiceProviderMetadata: &saml.EntityDescriptor{EntityID: audience}, SPSSODescriptor: &saml.SPSSODescriptor{},
		ACSEndpoint: &saml.IndexedEndpoint{Binding: saml.HTTPPostBinding, Location: recipient},
	}
	if l.EncryptTo != nil {
		der, err := Certify(l.EncryptTo, l.Now)
		if err != nil {
			return nil, err
		}
		req.SPSSODescriptor.KeyDescriptors = []saml.KeyDescriptor{{Use: "encryption", KeyInfo: saml.KeyInfo{X509Data: saml.X509Data{
			X509Certificates: []saml.X509Certificate{{Data: base64.StdEncoding.EncodeToString(der)}},
		}}}}
	}
	session := &saml.Session{ID: "s", Index: "s", CreateTime: l.Now, NameID: or(l.Subject, "alice"), NameIDFormat: format}
	for _, name := range l.Names {
		a := saml.Attribute{Name: name, NameFormat: "urn:oasis:names:tc:SAML:2.0:attrname-format:uri"}
		if strings.HasPrefix(name, "PrincipalTag:") || !strings.ContainsAny(name, ":.") {
			a.Name = Attribute + name
		}
		for _, v := range l.Values[name] {
			a.Values = append(a.Values, saml.AttributeValue{Type: "xs:string", Value: v})
		}
		session.CustomAttributes = append(session.CustomAttributes, a)
	}
	if err := (saml.DefaultAssertionMaker{}).MakeAssertion(req, session); err != nil {
		return nil, err
	}
	req.Assertion.IssueInstant = l.Now
	req.Assertion.Conditions.NotOnOrAfter = l.Now.Add(validity)
	req.Assertion.Subject.SubjectConfirmations[0].SubjectConfirmationData.NotOnOrAfter = l.Now.Add(validity)
	if l.Edit != nil {
		l.Edit(req.Assertion)
	}
	if err := req.MakeResponse(); err != nil {
		return nil, err
	}
	if code := req.ResponseEl.FindElement("./Status/StatusCode"); l.Status != "" && code != nil {
		code.CreateAttr("Value", "urn:oasis:names:tc:SAML:2.0:status:"+l.Status)
	}
	if l.UnsignedResponse || l.Status != "" {
		for _, c := range req.ResponseEl.SelectElements("Signature") {
			req.ResponseEl.RemoveChild(c)
		}
	}
	doc := etree.NewDocument()
	doc.SetRoot(req.ResponseEl)
	return doc.WriteToBytes()
}

// Encode is a response as requests carry it.
func Encode(response []byte) string { return base64.StdEncoding.EncodeToString(response) }

// Role is a value of the attribute Role.
func Role(role, provider string) string { return fmt.Sprintf("%s,%s", role, provider) }

func or(s, other string) string {
	if s == "" {
		return other
	}
	return s
}
