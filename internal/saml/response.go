package saml

import (
	"crypto/rsa"
	"encoding/base64"
	"regexp"
	"strings"
	"time"

	"github.com/beevik/etree"

	"github.com/aratame/aratame/internal/awserr"
)

// A Provider is whom a response has to come from, and where it has to be meant
// for.
type Provider struct {
	// ID is the provider's SAMLProviderUUID, a part of sign-in URLs of its own.
	ID      string
	Issuers []Issuer
	// Keys gives the keys that open encrypted assertions; it is asked when there
	// is one. With EncryptedOnly none but those are taken.
	Keys          func() ([]*rsa.PrivateKey, error)
	EncryptedOnly bool
	// SignIn is the sign-in URL of this server; "" if it has none.
	SignIn string
}

var (
	errFormat   = awserr.New("InvalidIdentityToken", "The SAML assertion is not a valid response.")
	errIssuer   = awserr.New("InvalidIdentityToken", "Issuer not present in specified provider")
	errStatus   = &awserr.Error{Code: "IDPRejectedClaim", Status: 403, Message: "The identity provider reported that authentication failed."}
	errPlain    = awserr.New("InvalidIdentityToken", "The provider requires encrypted assertions.")
	errNoKey    = awserr.New("InvalidIdentityToken", "The assertion is encrypted and the provider has no private key to decrypt it.")
	errElements = awserr.New("InvalidIdentityToken", "The SAML response must hold exactly one assertion.")
)

// statusSuccess is the only status with which a response says who somebody is.
const statusSuccess = "urn:oasis:names:tc:SAML:2.0:status:Success"

// Verify reads a response, in base64 as the browser binding has it, and returns
// its one assertion. When it returns no error, a key of the provider has signed
// all that the result holds, for this service and for this time. Its errors are
// of type *awserr.Error, or those of Keys.
func (p *Provider) Verify(encoded string, now time.Time) (*Assertion, error) {
	raw, err := base64.StdEncoding.DecodeString(withoutSpace(encoded))
	if err != nil {
		return nil, errFormat
	}
	root, err := parse(raw, responseLimits)
	if err != nil || !is(root, nsProtocol, "Response") {
		return nil, errFormat
	}
	if err := checkPlaces(root); err != nil {
		return nil, err
	}
	issuer, err := p.issuerOf(root)
	if err != nil {
		return nil, err
	}
	signature, err := signatureOf(root)
	if err != nil {
		return nil, errSignature
	}
	if signature != nil {
		if root, err = verified(root, issuer); err != nil {
			return nil, err
		}
	}
	assertion, err := p.assertion(root, issuer, signature != nil)
	if err != nil {
		return nil, err
	}
	if err := checkResponse(root, issuer, p); err != nil {
		return nil, err
	}
	return p.read(assertion, issuer, now)
}

// issuerOf finds whose keys to try. What is written here isn't believed: an
// assertion by another issuer than whose key has signed it is refused later.
func (p *Provider) issuerOf(root *etree.Element) (*Issuer, error) {
	name, err := issuerName(root)
	if err != nil {
		return nil, err
	}
	if name == "" {
		a, err := only(root, nsAssertion, "Assertion")
		if err != nil {
			return nil, errElements
		}
		if a != nil {
			if name, err = issuerName(a); err != nil {
				return nil, err
			}
		} else if len(p.Issuers) == 1 { // encrypted
			return &p.Issuers[0], nil
		}
	}
	for i := range p.Issuers {
		if p.Issuers[i].EntityID == name {
			return &p.Issuers[i], nil
		}
	}
	return nil, errIssuer
}

func issuerName(el *etree.Element) (string, error) {
	c, err := only(el, nsAssertion, "Issuer")
	if err != nil {
		return "", errFormat
	}
	if c == nil {
		return "", nil
	}
	name, err := text(c)
	if err != nil {
		return "", errFormat
	}
	return name, nil
}

// assertion gives the one assertion of a response, which is signed itself or is
// a part of what was signed.
func (p *Provider) assertion(root *etree.Element, issuer *Issuer, signed bool) (*etree.Element, error) {
	plain, encrypted := children(root, nsAssertion, "Assertion"), children(root, nsAssertion, "EncryptedAssertion")
	if len(plain)+len(encrypted) != 1 {
		return nil, errElements
	}
	if len(plain) == 1 {
		if p.EncryptedOnly {
			return nil, errPlain
		}
		return signedAssertion(plain[0], issuer, signed)
	}
	keys, err := p.Keys()
	if err != nil {
		return nil, err
	}
	if len(keys) == 0 {
		return nil, errNoKey
	}
	// Until the assertion's own signature is verified, all that goes wrong is
	// answered alike: see errSignature.
	text, err := decrypt(encrypted[0], keys)
	if err != nil {
		return nil, errSignature
	}
	a, err := parse(text, responseLimits)
	if err != nil || !is(a, nsAssertion, "Assertion") {
		return nil, errSignature
	}
	holder := etree.NewElement("Response")
	holder.AddChild(a)
	if err := checkPlaces(holder); err != nil {
		return nil, errSignature
	}
	return signedAssertion(a, issuer, signed)
}

func signedAssertion(a *etree.Element, issuer *Issuer, signed bool) (*etree.Element, error) {
	signature, err := signatureOf(a)
	switch {
	case err != nil, signature == nil && !signed:
		return nil, errSignature
	case signature == nil:
		return a, nil
	}
	return verified(a, issuer)
}

// checkResponse holds what is around the assertion: it is signed or only meant
// to be of use to us.
func checkResponse(root *etree.Element, issuer *Issuer, p *Provider) error {
	if v, _ := attribute(root, "Version"); v != "2.0" {
		return errFormat
	}
	if name, err := issuerName(root); err != nil {
		return err
	} else if name != "" && name != issuer.EntityID {
		return errIssuer
	}
	if to, ok := attribute(root, "Destination"); ok && to != "" && !p.endpoint(to) {
		return errRecipient
	}
	status, err := only(root, nsProtocol, "Status")
	if err != nil || status == nil {
		return errFormat
	}
	code, err := only(status, nsProtocol, "StatusCode")
	if err != nil || code == nil {
		return errFormat
	}
	if v, _ := attribute(code, "Value"); v != statusSuccess {
		return errStatus
	}
	return nil
}

// signInPattern is that of AWS's sign-in URLs (AWS General Reference, "AWS
// Sign-In endpoints"), with or without the part that names the provider.
var signInPattern = regexp.MustCompile(`^https://(?:[a-z]{2}(?:-[a-z]+)+-[0-9]\.)?signin\.aws\.amazon\.com/saml(?:/acs/([A-Z0-9]+))?$`)

// endpoint reports whether a URL is one that responses of the provider are
// posted to. A service in place of AWS is addressed by AWS's names too.
func (p *Provider) endpoint(url string) bool {
	if m := signInPattern.FindStringSubmatch(url); m != nil {
		return m[1] == "" || m[1] == p.ID
	}
	if p.SignIn == "" {
		return false
	}
	rest, ok := strings.CutPrefix(url, p.SignIn)
	return ok && (rest == "" || rest == "/acs/"+p.ID)
}

// audience reports whether an audience is this service.
func (p *Provider) audience(name string) bool {
	return name == "urn:amazon:webservices" || p.endpoint(name)
}
