package saml_test

import (
	"crypto/rsa"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	crewjam "github.com/crewjam/saml"
	dsig "github.com/russellhaering/goxmldsig"

	"github.com/aratame/aratame/internal/awserr"
	"github.com/aratame/aratame/internal/saml"
	"github.com/aratame/aratame/internal/saml/samltest"
)

var now = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

const (
	entityID = "https://idp.example.com/metadata"
	roleARN  = "arn:aws:iam::111111111111:role/Fed"
	provARN  = "arn:aws:iam::111111111111:saml-provider/Corp"
)

// Keys take long to make: all tests have the same.
var parties = sync.OnceValue(func() (p struct{ idp, other, service *samltest.IdP }) {
	for _, e := range []struct {
		to *(*samltest.IdP)
		id string
	}{{&p.idp, entityID}, {&p.other, entityID}, {&p.service, "https://sp.example.com"}} {
		idp, err := samltest.New(e.id, now)
		if err != nil {
			panic(err)
		}
		*e.to = idp
	}
	return p
})

func provider() *saml.Provider {
	p := parties()
	return &saml.Provider{
		ID: "SAMLSPAAAAAAAAAAAAAAAA", Keys: keys(p.other.Key, p.service.Key), SignIn: "https://aratame.example/saml",
		Issuers: []saml.Issuer{{EntityID: "https://old.example.com", Certificates: [][]byte{p.other.Certificate.Raw}}, {EntityID: entityID, Certificates: [][]byte{p.service.Certificate.Raw, p.idp.Certificate.Raw}}},
	}
}

func keys(keys ...*rsa.PrivateKey) func() ([]*rsa.PrivateKey, error) {
	return func() ([]*rsa.PrivateKey, error) { return keys, nil }
}

func login() *samltest.Login {
	l := &samltest.Login{Now: now}
	return l.Set("Role", samltest.Role(roleARN, provARN)).Set("RoleSessionName", "alice@example.com")
}

func respond(t testing.TB, idp *samltest.IdP, l *samltest.Login) string {
	t.Helper()
	b, err := idp.Respond(l)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// verify returns the message of the refusal, with its code, or "".
func verify(p *saml.Provider, response string, at time.Time) (*saml.Assertion, string) {
	a, err := p.Verify(base64.StdEncoding.EncodeToString([]byte(response)), at)
	if err == nil {
		return a, ""
	}
	var e *awserr.Error
	if !errors.As(err, &e) {
		return nil, "no awserr: " + err.Error()
	}
	return nil, e.Code + ": " + e.Message
}

const badSignature = "InvalidIdentityToken: Response signature invalid"

// What a response of a real identity provider says arrives whole, however it is
// signed and encrypted.
func TestVerify(t *testing.T) {
	p := parties()
	for _, unsigned := range []bool{false, true} {
		for _, key := range []*rsa.PrivateKey{nil, p.service.Key, p.other.Key} {
			l := login().Set("SourceIdentity", "alice").Set("SessionDuration", "7200").
				Set("PrincipalTag:Project", "Blue & green").Set("PrincipalTag:Cost", "1").Set("TransitiveTagKeys", "Project", "Cost").
				Set("urn:oid:1.3.6.1.4.1.5923.1.1.1.1", "staff", "student").Set("urn:oid:1.3.6.1.4.1.5923.1.1.1.6", "alice@x", "not this")
			l.EncryptTo, l.UnsignedResponse, l.Subject = key, unsigned, "_cbb88bf52c2510eabe00"
			ends := now.Add(2 * time.Hour)
			l.Edit = func(a *crewjam.Assertion) { a.AuthnStatements[0].SessionNotOnOrAfter = &ends }
			a, refused := verify(provider(), respond(t, p.idp, l), now)
			if refused != "" {
				t.Fatalf("unsigned response %v, encrypted %v: %s", unsigned, key != nil, refused)
			}
			if a.Issuer != entityID || a.Subject != l.Subject || a.SubjectType != "persistent" || a.Recipient != samltest.Endpoint ||
				!a.Issued.Equal(now) || !a.Expires.After(now) || !a.SessionEnds.Equal(ends) || a.OneTimeUse || a.ID == "" {
				t.Errorf("%+v", a)
			}
			got := fmt.Sprint(a.RoleSessionName, a.SourceIdentity, a.SessionDuration, a.Tags, a.TransitiveTagKeys, a.Keys, a.Roles)
			want := "alice@example.comalice7200[{Project Blue & green} {Cost 1}] [Project Cost] " +
				"map[saml:edupersonaffiliation:[staff student] saml:edupersonprincipalname:[alice@x]] [{" + roleARN + " " + provARN + "}]"
			if got != strings.Replace(want, "7200[", "7200 [", 1) {
				t.Errorf("got  %s\nwant %s", got, want)
			}
			if !a.Allows(roleARN, provARN) || a.Allows(provARN, roleARN) || a.Allows(roleARN, "") {
				t.Error("pairs of roles are wrong")
			}
		}
	}
}

func TestSubjectType(t *testing.T) {
	for format, want := range map[string]string{
		"urn:oasis:names:tc:SAML:2.0:nameid-format:transient":    "transient",
		"urn:oasis:names:tc:SAML:2.0:nameid-format:entity":       "entity",
		"urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress": "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress",
	} {
		l := login()
		l.Format = format
		if a, refused := verify(provider(), respond(t, parties().idp, l), now); refused != "" || a.SubjectType != want {
			t.Errorf("%s: %s, %+v", format, refused, a)
		}
	}
}

// Each case is an assertion that the identity provider has signed as it stands.
func TestRefusedAssertions(t *testing.T) {
	const (
		format   = "InvalidIdentityToken: The SAML assertion is not a valid response."
		expired  = "ExpiredTokenException: The assertion has expired."
		early    = "InvalidIdentityToken: The assertion is not valid yet."
		confirm  = "InvalidIdentityToken: The assertion must have exactly one SubjectConfirmation of the bearer method, with NotOnOrAfter and Recipient."
		audience = "InvalidIdentityToken: Response does not contain the required audience."
		denied   = "AccessDenied: Not authorized to perform sts:AssumeRoleWithSAML"
		receiver = "InvalidIdentityToken: The recipient of the response is not a sign-in URL of this service."
	)
	type edit = func(l *samltest.Login, a *crewjam.Assertion)
	data := func(a *crewjam.Assertion) *crewjam.SubjectConfirmationData {
		return a.Subject.SubjectConfirmations[0].SubjectConfirmationData
	}
	for _, c := range []struct {
		name string
		edit edit
		want string
	}{
		{"as it is", func(*samltest.Login, *crewjam.Assertion) {}, ""},
		{"five minutes old", func(_ *samltest.Login, a *crewjam.Assertion) { a.IssueInstant = now.Add(-5 * time.Minute) }, ""},
		{"older", func(_ *samltest.Login, a *crewjam.Assertion) { a.IssueInstant = now.Add(-5*time.Minute - time.Second) }, "ExpiredTokenException: Token must be redeemed within 5 minutes of issuance"},
		{"a minute ahead", func(_ *samltest.Login, a *crewjam.Assertion) { a.IssueInstant = now.Add(time.Minute) }, ""},
		{"further ahead", func(_ *samltest.Login, a *crewjam.Assertion) { a.IssueInstant = now.Add(61 * time.Second) }, early},
		{"not before, a minute ahead", func(_ *samltest.Login, a *crewjam.Assertion) { a.Conditions.NotBefore = now.Add(time.Minute) }, ""},
		{"not before", func(_ *samltest.Login, a *crewjam.Assertion) { a.Conditions.NotBefore = now.Add(61 * time.Second) }, early},
		{"just ended", func(_ *samltest.Login, a *crewjam.Assertion) { a.Conditions.NotOnOrAfter = now.Add(-59 * time.Second) }, ""},
		{"ended", func(_ *samltest.Login, a *crewjam.Assertion) { a.Conditions.NotOnOrAfter = now.Add(-time.Minute) }, expired},
		{"a long id", func(_ *samltest.Login, a *crewjam.Assertion) { a.ID = "_" + strings.Repeat("a", 255) }, ""},
		{"a longer id", func(_ *samltest.Login, a *crewjam.Assertion) { a.ID = "_" + strings.Repeat("a", 256) }, format},
		{"a format longer than any", func(_ *samltest.Login, a *crewjam.Assertion) {
			a.Subject.NameID.Format = "urn:" + strings.Repeat("a", 1021)
		}, format},
		{"no conditions", func(_ *samltest.Login, a *crewjam.Assertion) { a.Conditions = nil }, audience},
		{"no audience", func(_ *samltest.Login, a *crewjam.Assertion) { a.Conditions.AudienceRestrictions = nil }, audience},
		{"another's audience", func(_ *samltest.Login, a *crewjam.Assertion) {
			a.Conditions.AudienceRestrictions[0].Audience.Value = "https://other.example"
		}, audience},
		{"audience in another case", func(_ *samltest.Login, a *crewjam.Assertion) {
			a.Conditions.AudienceRestrictions[0].Audience.Value = "urn:Amazon:webservices"
		}, audience},
		{"the sign-in URL as audience", func(_ *samltest.Login, a *crewjam.Assertion) {
			a.Conditions.AudienceRestrictions[0].Audience.Value = samltest.Endpoint
		}, ""},
		{"two restrictions, one another's", func(_ *samltest.Login, a *crewjam.Assertion) {
			a.Conditions.AudienceRestrictions = append(a.Conditions.AudienceRestrictions, crewjam.AudienceRestriction{Audience: crewjam.Audience{Value: "https://other.example"}})
		}, audience},
		{"a proxy restriction", func(_ *samltest.Login, a *crewjam.Assertion) {
			n := 1
			a.Conditions.ProxyRestriction = &crewjam.ProxyRestriction{Count: &n}
		}, ""},
		{"another issuer of the same metadata", func(_ *samltest.Login, a *crewjam.Assertion) { a.Issuer.Value = "https://old.example.com" }, "InvalidIdentityToken: Issuer not present in specified provider"},
		{"no subject", func(_ *samltest.Login, a *crewjam.Assertion) { a.Subject = nil }, denied},
		{"no name", func(_ *samltest.Login, a *crewjam.Assertion) { a.Subject.NameID = nil }, denied},
		{"an empty name", func(_ *samltest.Login, a *crewjam.Assertion) { a.Subject.NameID.Value = " " }, denied},
		{"no confirmation", func(_ *samltest.Login, a *crewjam.Assertion) { a.Subject.SubjectConfirmations = nil }, confirm},
		{"two confirmations", func(_ *samltest.Login, a *crewjam.Assertion) {
			a.Subject.SubjectConfirmations = append(a.Subject.SubjectConfirmations, a.Subject.SubjectConfirmations[0])
		}, confirm},
		{"another method", func(_ *samltest.Login, a *crewjam.Assertion) {
			a.Subject.SubjectConfirmations[0].Method = "urn:oasis:names:tc:SAML:2.0:cm:sender-vouches"
		}, confirm},
		{"no confirmation data", func(_ *samltest.Login, a *crewjam.Assertion) {
			a.Subject.SubjectConfirmations[0].SubjectConfirmationData = nil
		}, confirm},
		{"no end of confirmation", func(_ *samltest.Login, a *crewjam.Assertion) { data(a).NotOnOrAfter = time.Time{} }, confirm},
		{"confirmation ended", func(_ *samltest.Login, a *crewjam.Assertion) { data(a).NotOnOrAfter = now.Add(-time.Minute) }, expired},
		{"no recipient", func(_ *samltest.Login, a *crewjam.Assertion) { data(a).Recipient = "" }, confirm},
		{"another's recipient", func(_ *samltest.Login, a *crewjam.Assertion) { data(a).Recipient = "https://other.example/saml" }, receiver},
		{"session over", func(_ *samltest.Login, a *crewjam.Assertion) { a.AuthnStatements[0].SessionNotOnOrAfter = &now }, expired},
	} {
		l := login()
		l.Edit = func(a *crewjam.Assertion) { c.edit(l, a) }
		if _, got := verify(provider(), respond(t, parties().idp, l), now); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

func TestRecipients(t *testing.T) {
	for url, ok := range map[string]bool{
		samltest.Endpoint: true, "https://us-east-1.signin.aws.amazon.com/saml": true, "https://us-gov-west-1.signin.aws.amazon.com/saml": true,
		"https://signin.aws.amazon.com/saml/acs/SAMLSPAAAAAAAAAAAAAAAA": true, "https://eu-west-1.signin.aws.amazon.com/saml/acs/SAMLSPAAAAAAAAAAAAAAAA": true,
		"https://signin.aws.amazon.com/saml/acs/SAMLSPBBBBBBBBBBBBBBBB": false, "https://signin.aws.amazon.com/saml/": false, "http://signin.aws.amazon.com/saml": false,
		"https://signin.aws.amazon.com.evil.example/saml": false, "https://evil.example/?signin.aws.amazon.com/saml": false, "https://x.signin.aws.amazon.com/saml": false,
		"https://signin.aws.amazon.com/saml\n": false, "https://signin.aws.amazon.com/SAML": false,
		"https://aratame.example/saml": true, "https://aratame.example/saml/acs/SAMLSPAAAAAAAAAAAAAAAA": true,
		"https://aratame.example/saml2": false, "https://aratame.example/saml/acs/X": false, "": false,
	} {
		l := login()
		l.Edit = func(a *crewjam.Assertion) { a.Subject.SubjectConfirmations[0].SubjectConfirmationData.Recipient = url }
		if _, refused := verify(provider(), respond(t, parties().idp, l), now); (refused == "") != ok {
			t.Errorf("%q: %q", url, refused)
		}
	}
	// Where the response is sent to has to be such a URL too, if it says so.
	l := login()
	l.Recipient = "https://other.example"
	l.Edit = func(a *crewjam.Assertion) {
		a.Subject.SubjectConfirmations[0].SubjectConfirmationData.Recipient = samltest.Endpoint
	}
	if _, refused := verify(provider(), respond(t, parties().idp, l), now); !strings.Contains(refused, "recipient") {
		t.Error(refused)
	}
	p := provider()
	p.SignIn = ""
	l = login()
	l.Recipient = "https://aratame.example/saml"
	if _, refused := verify(p, respond(t, parties().idp, l), now); !strings.Contains(refused, "recipient") {
		t.Error(refused)
	}
}

func TestAttributes(t *testing.T) {
	const (
		name   = "InvalidIdentityToken: RoleSessionName in AuthnResponse must match [a-zA-Z_0-9+=,.@-]{2,64}"
		source = `InvalidIdentityToken: Source Identity must match [a-zA-Z_0-9+=,.@-]{2,64} and not begin with "aws:"`
		length = "InvalidIdentityToken: SessionDuration in AuthnResponse must be one number of seconds from 900 to 43200"
		tag    = "InvalidIdentityToken: A PrincipalTag attribute in AuthnResponse must have exactly one value"
	)
	with := func(attribute string, values ...string) *samltest.Login {
		return login().Set(attribute, values...)
	}
	named := func(values ...string) *samltest.Login {
		return (&samltest.Login{Now: now}).Set("RoleSessionName", values...)
	}
	for _, c := range []struct {
		l    *samltest.Login
		want string
	}{
		{&samltest.Login{Now: now}, "InvalidIdentityToken: RoleSessionName is required in AuthnResponse"},
		{(&samltest.Login{Now: now}).Set("rolesessionname", "bob"), "InvalidIdentityToken: RoleSessionName is required in AuthnResponse"},
		{named(), "InvalidIdentityToken: RoleSessionName is required in AuthnResponse"},
		{named("bo", "ba"), "InvalidIdentityToken: RoleSessionName in AuthnResponse must have exactly one value"},
		{named("bo"), ""}, {named("b"), name}, {named("a b"), name}, {named(strings.Repeat("a", 64)), ""}, {named(strings.Repeat("a", 65)), name},
		{with("SourceIdentity", "me"), ""}, {with("SourceIdentity", "m"), source}, {with("SourceIdentity", "aws:me"), source}, {with("SourceIdentity"), source},
		{with("SessionDuration", "900"), ""}, {with("SessionDuration", "899"), length}, {with("SessionDuration", "43200"), ""}, {with("SessionDuration", "43201"), length},
		{with("SessionDuration", "x"), length}, {with("SessionDuration", "900", "901"), length},
		{with("PrincipalTag:a", "1"), ""}, {with("PrincipalTag:a", "1", "2"), tag}, {with("PrincipalTag:a"), tag}, {with("PrincipalTag:a", ""), ""},
	} {
		if _, got := verify(provider(), respond(t, parties().idp, c.l), now); got != c.want {
			t.Errorf("%v: got %q, want %q", c.l.Values, got, c.want)
		}
	}
	// A pair stands in either order; what is no pair is nothing.
	a, _ := verify(provider(), respond(t, parties().idp, named("bob").Set("Role", provARN+" , "+roleARN, roleARN, roleARN+","+roleARN, roleARN+","+provARN+",x", provARN+","+provARN)), now)
	if a == nil || len(a.Roles) != 1 || !a.Allows(roleARN, provARN) {
		t.Errorf("%+v", a)
	}
}

// The signatures that are taken, and by whom.
func TestSignatures(t *testing.T) {
	p := parties()
	for _, method := range []string{dsig.RSASHA256SignatureMethod, dsig.RSASHA384SignatureMethod, dsig.RSASHA512SignatureMethod, dsig.RSASHA1SignatureMethod} {
		idp := *p.idp
		idp.SignatureMethod = method
		want := ""
		if method == dsig.RSASHA1SignatureMethod {
			want = badSignature
		}
		if _, got := verify(provider(), respond(t, &idp, login()), now); got != want {
			t.Errorf("%s: %q", method, got)
		}
	}
	// The same issuer with another key, whose certificate comes along.
	if _, got := verify(provider(), respond(t, p.other, login()), now); got != badSignature {
		t.Error(got)
	}
	// A key of the metadata, but of another issuer of it.
	two := provider()
	two.Issuers[1].Certificates = two.Issuers[1].Certificates[:1]
	if _, got := verify(two, respond(t, p.other, login()), now); got != badSignature {
		t.Error(got)
	}
	stranger := *p.idp
	stranger.EntityID = "https://stranger.example"
	if _, got := verify(provider(), respond(t, &stranger, login()), now); got != "InvalidIdentityToken: Issuer not present in specified provider" {
		t.Error(got)
	}
	// Certificates are containers of keys: it doesn't matter that this one is over.
	l := login()
	l.Now = now.AddDate(1, 0, 0)
	if _, got := verify(provider(), respond(t, p.idp, l), l.Now); got != "" {
		t.Error(got)
	}
}

func TestEncryption(t *testing.T) {
	p := parties()
	l := login()
	l.EncryptTo = p.service.Key
	response := respond(t, p.idp, l)
	only := provider()
	only.EncryptedOnly = true
	if _, got := verify(only, response, now); got != "" {
		t.Error(got)
	}
	if _, got := verify(only, respond(t, p.idp, login()), now); got != "InvalidIdentityToken: The provider requires encrypted assertions." {
		t.Error(got)
	}
	none := provider()
	none.Keys = keys()
	if _, got := verify(none, response, now); !strings.Contains(got, "no private key") {
		t.Error(got)
	}
	none.Keys = keys(p.other.Key)
	if _, got := verify(none, response, now); got != badSignature {
		t.Error(got)
	}
	// Encrypted by anyone, signed by nobody: everybody has the public key.
	l.UnsignedResponse = true
	response = respond(t, p.other, l)
	if _, got := verify(provider(), response, now); got != badSignature {
		t.Error(got)
	}
	// What can't be read and what isn't signed are told apart by nobody.
	response = respond(t, p.idp, l)
	cut := strings.LastIndex(response, "</xenc:CipherValue>")
	// The last block may be padding alone, a change of which may change nothing.
	for back := 26; back < 90; back += 3 {
		swapped := byte('A')
		if response[cut-back] == 'A' {
			swapped = 'B'
		}
		damaged := response[:cut-back] + string(swapped) + response[cut-back+1:]
		if _, got := verify(provider(), damaged, now); got != badSignature {
			t.Errorf("%d: %q", back, got)
		}
	}
}
