package saml

import (
	"strings"
	"time"

	"github.com/beevik/etree"

	"github.com/aratame/aratame/internal/awserr"
)

// Times of an assertion. AWS takes one for five minutes from its issue; clocks
// may differ by a minute.
const (
	MaxAge = 5 * time.Minute
	skew   = time.Minute
)

// An Assertion is what a key of the provider has vouched for.
type Assertion struct {
	ID     string
	Issuer string
	// Subject is the text of NameID, and SubjectType its format: persistent,
	// transient or another of SAML 2.0 by its last part, else the whole URI.
	Subject, SubjectType string
	// Recipient is the sign-in URL that it was made for.
	Recipient string
	// Issued is when it was made; it can't be presented from Expires on.
	Issued, Expires time.Time
	// SessionEnds is when the user's session at the identity provider ends;
	// zero if it doesn't say.
	SessionEnds time.Time
	// OneTimeUse: the issuer wants it to be taken once.
	OneTimeUse bool
	Attributes
}

var (
	errRecipient = awserr.New("InvalidIdentityToken", "The recipient of the response is not a sign-in URL of this service.")
	errAudience  = awserr.New("InvalidIdentityToken", "Response does not contain the required audience.")
	errEarly     = awserr.New("InvalidIdentityToken", "The assertion is not valid yet.")
	errCondition = awserr.New("InvalidIdentityToken", "The assertion has a condition that is not understood.")
	errConfirm   = awserr.New("InvalidIdentityToken", "The assertion must have exactly one SubjectConfirmation of the bearer method, with NotOnOrAfter and Recipient.")
	errSubject   = &awserr.Error{Code: "AccessDenied", Status: 403, Message: "Not authorized to perform sts:AssumeRoleWithSAML"}
	errAge       = awserr.New("ExpiredTokenException", "Token must be redeemed within 5 minutes of issuance")
	errExpired   = awserr.New("ExpiredTokenException", "The assertion has expired.")
)

const (
	bearer       = "urn:oasis:names:tc:SAML:2.0:cm:bearer"
	formatPrefix = "urn:oasis:names:tc:SAML:2.0:nameid-format:"
	formatNone   = "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified" // where the assertion has none
	// maxSubject is NameID's limit in saml-core-2.0, 8.3.
	maxSubject = 256
	maxID      = 256  // bytes of an assertion's id, which audit events show
	maxFormat  = 1024 // bytes of a format's URI
)

// read takes the members out of an assertion that was verified.
func (p *Provider) read(el *etree.Element, issuer *Issuer, now time.Time) (*Assertion, error) {
	if v, _ := attribute(el, "Version"); v != "2.0" {
		return nil, errFormat
	}
	a := &Assertion{}
	var err error
	if a.ID, _ = attribute(el, "ID"); a.ID == "" || len(a.ID) > maxID {
		return nil, errFormat
	}
	if a.Issuer, err = issuerName(el); err != nil {
		return nil, err
	}
	if a.Issuer != issuer.EntityID {
		return nil, errIssuer
	}
	if a.Issued, err = timeOf(el, "IssueInstant"); err != nil || a.Issued.IsZero() {
		return nil, errFormat
	}
	if a.Issued.After(now.Add(skew)) {
		return nil, errEarly
	}
	if a.Expires = a.Issued.Add(MaxAge); now.After(a.Expires) {
		return nil, errAge
	}
	if err := p.conditions(a, el, now); err != nil {
		return nil, err
	}
	if err := p.subject(a, el, now); err != nil {
		return nil, err
	}
	for _, s := range children(el, nsAssertion, "AuthnStatement") {
		end, err := timeOf(s, "SessionNotOnOrAfter")
		if err != nil {
			return nil, errFormat
		}
		if !end.IsZero() && (a.SessionEnds.IsZero() || end.Before(a.SessionEnds)) {
			a.SessionEnds = end
		}
	}
	if !a.SessionEnds.IsZero() && !now.Before(a.SessionEnds) {
		return nil, errExpired
	}
	values, err := attributeValues(el)
	if err != nil {
		return nil, err
	}
	return a, a.Attributes.read(values)
}

// conditions holds the assertion to its Conditions (saml-core-2.0, 2.5). One
// that isn't known makes it invalid.
func (p *Provider) conditions(a *Assertion, el *etree.Element, now time.Time) error {
	c, err := only(el, nsAssertion, "Conditions")
	if err != nil {
		return errFormat
	}
	if c == nil {
		return errAudience
	}
	if err := a.window(c, now); err != nil {
		return err
	}
	restricted := false
	for _, condition := range c.ChildElements() {
		switch {
		case is(condition, nsAssertion, "AudienceRestriction"):
			meant := false
			for _, audience := range children(condition, nsAssertion, "Audience") {
				name, err := text(audience)
				if err != nil {
					return errFormat
				}
				meant = meant || p.audience(name)
			}
			if !meant {
				return errAudience
			}
			restricted = true
		case is(condition, nsAssertion, "OneTimeUse"):
			a.OneTimeUse = true
		case is(condition, nsAssertion, "ProxyRestriction"): // of those who assert on its ground
		default:
			return errCondition
		}
	}
	if !restricted {
		return errAudience
	}
	return nil
}

// window holds NotBefore and NotOnOrAfter of an element to the time.
func (a *Assertion) window(el *etree.Element, now time.Time) error {
	from, err := timeOf(el, "NotBefore")
	if err != nil {
		return errFormat
	}
	until, err := timeOf(el, "NotOnOrAfter")
	if err != nil {
		return errFormat
	}
	if from.After(now.Add(skew)) {
		return errEarly
	}
	if !until.IsZero() {
		until = until.Add(skew)
		if !now.Before(until) {
			return errExpired
		}
		if until.Before(a.Expires) {
			a.Expires = until
		}
	}
	return nil
}

func (p *Provider) subject(a *Assertion, el *etree.Element, now time.Time) error {
	subject, err := only(el, nsAssertion, "Subject")
	if err != nil {
		return errFormat
	}
	if subject == nil {
		return errSubject
	}
	id, err := only(subject, nsAssertion, "NameID")
	if err != nil {
		return errFormat
	}
	if id == nil {
		return errSubject
	}
	if a.Subject, err = text(id); err != nil || len(a.Subject) > maxSubject {
		return errFormat
	}
	if a.Subject == "" {
		return errSubject
	}
	format, ok := attribute(id, "Format")
	if !ok {
		format = formatNone
	}
	if len(format) > maxFormat {
		return errFormat
	}
	a.SubjectType = strings.TrimPrefix(format, formatPrefix)

	confirmations := children(subject, nsAssertion, "SubjectConfirmation")
	if len(confirmations) != 1 {
		return errConfirm
	}
	if m, _ := attribute(confirmations[0], "Method"); m != bearer {
		return errConfirm
	}
	data, err := only(confirmations[0], nsAssertion, "SubjectConfirmationData")
	if err != nil || data == nil {
		return errConfirm
	}
	until, err := timeOf(data, "NotOnOrAfter")
	if err != nil || until.IsZero() {
		return errConfirm
	}
	if err := a.window(data, now); err != nil {
		return err
	}
	if a.Recipient, _ = attribute(data, "Recipient"); a.Recipient == "" {
		return errConfirm
	}
	if !p.endpoint(a.Recipient) {
		return errRecipient
	}
	return nil
}

// timeOf reads a time; it is zero where there is none.
func timeOf(el *etree.Element, name string) (time.Time, error) {
	value, ok := attribute(el, name)
	if !ok {
		return time.Time{}, nil
	}
	return parseTime(value)
}
