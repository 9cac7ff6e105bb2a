package sts_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	crewjam "github.com/crewjam/saml"

	"github.com/aratame/aratame/internal/account"
	"github.com/aratame/aratame/internal/audit"
	"github.com/aratame/aratame/internal/saml/samltest"
)

// Keys take long to make: all tests have the same identity providers.
var samlIdPs = sync.OnceValue(func() (p struct{ idp, service *samltest.IdP }) {
	now := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	var err error
	if p.idp, err = samltest.New("https://idp.example.com/metadata", now); err != nil {
		panic(err)
	}
	if p.service, err = samltest.New("https://sp.example.com", now); err != nil {
		panic(err)
	}
	return p
})

// A samlWorld is a world whose home has registered an identity provider.
type samlWorld struct {
	*world
	idp *samltest.IdP
}

const (
	samlProvider  = "arn:aws:iam::" + home + ":saml-provider/Corp"
	samlRole      = "arn:aws:iam::" + home + ":role/Fed"
	samlDenied    = `403 AccessDenied "Not authorized to perform sts:AssumeRoleWithSAML"`
	samlQualifier = "ENlStvepvPzN4Yh93lQp4MGMzPY=" // BASE64(SHA1(issuer + account + "/Corp"))
)

func newSAMLWorld(t *testing.T) *samlWorld {
	t.Helper()
	w := &samlWorld{newWorld(t), samlIdPs().idp}
	w.register(home, "Corp", w.now.AddDate(1, 0, 0))
	return w
}

func (w *samlWorld) register(acct, name string, until time.Time, pairs ...string) string {
	w.Helper()
	document, err := w.idp.Metadata(until)
	if err != nil {
		w.Fatal(err)
	}
	pairs = append([]string{"Name", name, "SAMLMetadataDocument", document}, pairs...)
	return w.must(w.root[acct], "iam", "CreateSAMLProvider", pairs...).field("SAMLProviderArn")
}

// samlTrust is a statement that trusts the provider, with a condition or "".
func samlTrust(condition string) string {
	return `{"Effect":"Allow","Principal":{"Federated":"` + samlProvider + `"},"Action":["sts:AssumeRoleWithSAML","sts:TagSession","sts:SetSourceIdentity"]` + condition + `}`
}

// login is alice's, for the role Fed.
func (w *samlWorld) login() *samltest.Login {
	l := &samltest.Login{Now: w.now, Subject: "alice"}
	return l.Set("Role", samltest.Role(samlRole, samlProvider)).Set("RoleSessionName", "alice@example.com")
}

func (w *samlWorld) assertion(l *samltest.Login) string {
	w.Helper()
	b, err := w.idp.Respond(l)
	if err != nil {
		w.Fatal(err)
	}
	return samltest.Encode(b)
}

// present calls without a signature.
func (w *samlWorld) present(assertion string, pairs ...string) *answer {
	w.Helper()
	form := url.Values{
		"Action": {"AssumeRoleWithSAML"}, "Version": {"2011-06-15"}, "RoleArn": {samlRole}, "PrincipalArn": {samlProvider}, "SAMLAssertion": {assertion},
	}
	return w.presentForm(context.Background(), form, pairs...)
}

func (w *samlWorld) presentForm(ctx context.Context, form url.Values, pairs ...string) *answer {
	for i := 0; i < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	r := httptest.NewRequestWithContext(ctx, http.MethodPost, "http://aws.test/", strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	rec := httptest.NewRecorder()
	w.gate.ServeHTTP(rec, r)
	a := &answer{status: rec.Code, body: rec.Body.String(), header: rec.Header()}
	if !a.ok() {
		a.code, a.message = a.field("Code"), a.field("Message")
	}
	return a
}

func TestSAML(t *testing.T) {
	w := newSAMLWorld(t)
	w.role("Fed", samlTrust(""), allActions)
	l := w.login().Set("SourceIdentity", "alice").Set("PrincipalTag:Project", "Blue").Set("TransitiveTagKeys", "Project")
	a := w.present(w.assertion(l))
	if !a.ok() {
		t.Fatalf("%v\n%s", a, w.log.String())
	}
	for name, want := range map[string]string{
		"Subject": "alice", "SubjectType": "persistent", "Issuer": w.idp.EntityID, "Audience": samltest.Endpoint, "NameQualifier": samlQualifier, "SourceIdentity": "alice",
		"Arn": "arn:aws:sts::" + home + ":assumed-role/Fed/alice@example.com", "Expiration": "2026-03-01T13:00:00Z",
	} {
		if got := a.field(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if id := a.field("AssumedRoleId"); !strings.HasPrefix(id, "AROA") || !strings.HasSuffix(id, ":alice@example.com") || a.field("PackedPolicySize") == "" {
		t.Errorf("%s", a.body)
	}
	if got := w.must(a.key(), "sts", "GetCallerIdentity").field("Arn"); got != a.field("Arn") {
		t.Errorf("it is %s", got)
	}
	if a := w.present(w.assertion(w.login())); !a.ok() || strings.Contains(a.body, "PackedPolicySize") || strings.Contains(a.body, "SourceIdentity") {
		t.Errorf("a plain login: %s", a.body)
	}
	// An assertion can be presented for several roles and several times.
	token := w.assertion(w.login())
	w.now = w.now.Add(5 * time.Minute)
	for range 2 {
		if a := w.present(token); !a.ok() {
			t.Error(a)
		}
	}
	w.now = w.now.Add(time.Second)
	if a := w.present(token); a.String() != `400 ExpiredTokenException "Token must be redeemed within 5 minutes of issuance"` {
		t.Error(a)
	}
}

func TestSAMLRequests(t *testing.T) {
	w := newSAMLWorld(t)
	w.role("Fed", samlTrust(""), allActions)
	w.role("Fed2", samlTrust(""), allActions)
	w.must(w.root[away], "iam", "CreateRole", "RoleName", "Fed", "AssumeRolePolicyDocument", doc(samlTrust("")))
	token := w.assertion(w.login())
	for _, c := range []struct {
		name, want string
		pairs      []string
	}{
		{"longest", "200", []string{"DurationSeconds", "3600"}},
		{"too long", `400 ValidationError "Requested DurationSeconds exceeds MaxSessionDuration set for this role."`, []string{"DurationSeconds", "3601"}},
		{"policy", "200", []string{"Policy", allSTS}},
		{"bad policy", "400 MalformedPolicyDocument ", []string{"Policy", "{}"}},
		{"policy ARN", "200", []string{"PolicyArns.member.1.arn", "arn:aws:iam::aws:policy/ReadOnlyAccess"}},
		{"too many policies", "400 PackedPolicyTooLarge ", []string{"Policy", doc(`{"Effect":"Allow","Action":"*","Resource":"arn:aws:s3:::` + strings.Repeat("a", 1950) + `"}`), "PolicyArns.member.1.arn", "arn:aws:iam::aws:policy/ReadOnlyAccess"}},
		{"role that is none", `400 ValidationError "arn:aws:iam::111111111111:user/x is invalid"`, []string{"RoleArn", "arn:aws:iam::111111111111:user/x"}},
		{"provider that is none", `400 ValidationError "arn:aws:iam::111111111111:oidc-provider/x is invalid"`, []string{"PrincipalArn", "arn:aws:iam::111111111111:oidc-provider/x"}},
		{"provider of another account", `400 ValidationError "Principal exists outside the account of the Role being assumed."`, []string{"PrincipalArn", "arn:aws:iam::" + away + ":saml-provider/Corp"}},
		{"role of another account", `400 ValidationError "Principal exists outside the account of the Role being assumed."`, []string{"RoleArn", "arn:aws:iam::" + away + ":role/Fed"}},
		{"no provider", `400 InvalidIdentityToken "Specified provider doesn&apos;t exist."`, []string{"PrincipalArn", samlProvider + "2"}},
		{"provider in another case", `400 InvalidIdentityToken "Specified provider doesn&apos;t exist."`, []string{"PrincipalArn", "arn:aws:iam::" + home + ":saml-provider/corp"}},
		{"no account", `400 InvalidIdentityToken "Specified provider doesn&apos;t exist."`, []string{"PrincipalArn", "arn:aws:iam::333333333333:saml-provider/Corp", "RoleArn", "arn:aws:iam::333333333333:role/Fed"}},
		{"no assertion", "400 ValidationError ", []string{"SAMLAssertion", ""}},
		{"no base64", `400 InvalidIdentityToken "The SAML assertion is not a valid response."`, []string{"SAMLAssertion", "§§§§"}},
		{"an assertion of another", `400 InvalidIdentityToken "Response signature invalid"`, []string{"SAMLAssertion", func() string {
			other := *samlIdPs().service
			other.EntityID = w.idp.EntityID
			b, err := other.Respond(w.login())
			if err != nil {
				t.Fatal(err)
			}
			return samltest.Encode(b)
		}()}},
		{"a role that the assertion lacks", samlDenied, []string{"RoleArn", samlRole + "2"}},
	} {
		want := strings.ReplaceAll(c.want, "&apos;", "'")
		if a := w.present(token, c.pairs...); !strings.HasPrefix(a.String(), want) {
			t.Errorf("%s: %v, want %s", c.name, a, want)
		}
	}
	// Whoever has signed the request is nobody here.
	may := w.user(home, "may", allSTS)
	if a := w.call(may, "sts", "AssumeRoleWithSAML", "RoleArn", samlRole, "PrincipalArn", samlProvider, "SAMLAssertion", token); !a.ok() {
		t.Error(a)
	}
	// Metadata has an end.
	w.now = w.now.AddDate(1, 0, 0)
	if a := w.present(w.assertion(w.login())); a.String() != `400 InvalidIdentityToken "The validity of the provider's metadata document has ended."` {
		t.Error(a)
	}
	// A provider that was deleted is none; a new one has the new keys.
	w.must(w.root[home], "iam", "DeleteSAMLProvider", "SAMLProviderArn", samlProvider)
	if a := w.present(w.assertion(w.login())); a.code != "InvalidIdentityToken" || !strings.Contains(a.message, "exist") {
		t.Error(a)
	}
	w.register(home, "Corp", w.now.AddDate(1, 0, 0))
	if a := w.present(w.assertion(w.login())); !a.ok() {
		t.Error(a)
	}
}

// The trust policy sees what the assertion says, and it alone decides.
func TestSAMLTrust(t *testing.T) {
	w := newSAMLWorld(t)
	l := w.login().Set("SourceIdentity", "me").Set("PrincipalTag:Team", "red").Set("PrincipalTag:cost", "1").Set("TransitiveTagKeys", "Team").
		Set("urn:oid:1.3.6.1.4.1.5923.1.1.1.1", "staff").Set("urn:oid:1.3.6.1.4.1.5923.1.1.1.6", "alice@idp").Set("urn:oid:2.5.4.3", "Alice", "Al").
		Set("urn:oid:1.3.6.1.4.1.5923.1.2.1.4", "Example").Set("2.5.4.45", "x").Set("http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress", "alice@mail").
		Set("unknown", "staff")
	token := w.assertion(l)
	for i, c := range []struct {
		trust string
		ok    bool
	}{
		{samlTrust(""), true},
		{samlTrust(condition("StringEquals", "SAML:aud", samltest.Endpoint)), true},
		{samlTrust(condition("StringEquals", "SAML:aud", samltest.Audience)), false},
		{samlTrust(condition("StringEquals", "saml:iss", w.idp.EntityID)), true},
		{samlTrust(condition("StringEquals", "saml:sub", "alice")), true},
		{samlTrust(condition("StringEquals", "saml:sub", "bob")), false},
		{samlTrust(condition("StringEquals", "saml:sub_type", "persistent")), true},
		{samlTrust(condition("StringEquals", "saml:namequalifier", samlQualifier)), true},
		{samlTrust(condition("StringEquals", "saml:doc", home+"/Corp")), true},
		{samlTrust(condition("StringEquals", "sts:RoleSessionName", "alice@example.com")), true},
		{samlTrust(condition("StringEquals", "sts:SourceIdentity", "me")), true},
		{samlTrust(condition("StringEquals", "aws:FederatedProvider", samlProvider)), false}, // of OpenID Connect alone
		{samlTrust(condition("StringEquals", "aws:RequestTag/team", "red")), true},
		{samlTrust(condition("StringEquals", "aws:RequestTag/team", "blue")), false},
		{samlTrust(condition("ForAllValues:StringEquals", "aws:TagKeys", "Team")), false},
		{samlTrust(condition("ForAnyValue:StringEquals", "sts:TransitiveTagKeys", "Team")), true},
		{samlTrust(condition("ForAnyValue:StringEquals", "saml:eduPersonAffiliation", "staff")), true},
		{samlTrust(condition("ForAnyValue:StringEquals", "saml:eduPersonAffiliation", "student")), false},
		{samlTrust(condition("StringEquals", "saml:eduPersonPrincipalName", "alice@idp")), true},
		{samlTrust(condition("ForAnyValue:StringEquals", "saml:cn", "Al")), true},
		{samlTrust(condition("ForAllValues:StringEquals", "saml:cn", "Al")), false},
		{samlTrust(condition("ForAnyValue:StringEquals", "saml:eduOrgLegalName", "Example")), true},
		{samlTrust(condition("ForAnyValue:StringEquals", "saml:x500UniqueIdentifier", "x")), true},
		{samlTrust(condition("ForAnyValue:StringEquals", "saml:mail", "alice@mail")), true},
		{samlTrust(condition("Null", "saml:uid", "true")), true},
		{samlTrust(condition("Null", "aws:PrincipalTag/Team", "true")), true},
		{strings.Replace(samlTrust(""), `,"sts:TagSession"`, "", 1), false},
		{strings.Replace(samlTrust(""), `,"sts:SetSourceIdentity"`, "", 1), false},
		{strings.Replace(samlTrust(""), `"sts:AssumeRoleWithSAML"`, `"sts:AssumeRole"`, 1), false},
		{strings.Replace(samlTrust(""), `saml-provider/Corp`, `saml-provider/Other`, 1), false},
		{`{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:*"}`, false},
		{samlTrust("") + `,{"Effect":"Deny","Principal":"*","Action":"sts:AssumeRoleWithSAML"` + condition("StringEquals", "saml:sub", "alice") + `}`, false},
	} {
		w.change(home, func(tx *account.Tx) {
			r := &account.Role{ID: "AROAAAAAAAAAAAAAAAAAA", Name: "Fed", Path: "/", Created: w.now, MaxSession: 3600, Trust: doc(c.trust)}
			tx.PutRole(r)
		})
		if a := w.present(token); a.ok() != c.ok || !a.ok() && a.String() != samlDenied {
			t.Errorf("case %d: %v\n%s", i, a, c.trust)
		}
	}
	w.change(home, func(tx *account.Tx) { tx.DeleteRole(tx.View().Role("Fed")) })
	if a := w.present(token); a.String() != samlDenied {
		t.Errorf("no role: %v", a)
	}
}

// Session tags keep to the rules of all session tags.
func TestSAMLTags(t *testing.T) {
	w := newSAMLWorld(t)
	w.role("Fed", samlTrust(""), allActions)
	many := w.login()
	for i := range 50 {
		many.Set(fmt.Sprint("PrincipalTag:k", i), "")
	}
	over := w.login()
	for i := range 51 {
		over.Set(fmt.Sprint("PrincipalTag:k", i), "")
	}
	for name, c := range map[string]struct {
		l    *samltest.Login
		want string
	}{
		"twice":              {w.login().Set("PrincipalTag:a", "1").Set("PrincipalTag:A", "2"), `400 InvalidParameterValue "Duplicate tag keys found. Please note that Tag keys are case insensitive."`},
		"transitive, no tag": {w.login().Set("PrincipalTag:a", "1").Set("TransitiveTagKeys", "b"), `400 InvalidParameterValue "The specified transitive tag key must be included in the requested tags."`},
		"reserved":           {w.login().Set("PrincipalTag:aws:a", "1"), "400 InvalidParameterValue "},
		"no key":             {w.login().Set("PrincipalTag:", "1"), "400 InvalidIdentityToken "},
		"a bad key":          {w.login().Set("PrincipalTag:a*", "1"), "400 InvalidIdentityToken "},
		"a long key":         {w.login().Set("PrincipalTag:"+strings.Repeat("k", 128), "1"), "200"},
		"too long a key":     {w.login().Set("PrincipalTag:"+strings.Repeat("k", 129), "1"), "400 InvalidIdentityToken "},
		"a long value":       {w.login().Set("PrincipalTag:a", strings.Repeat("v", 256)), "200"},
		"too long a value":   {w.login().Set("PrincipalTag:a", strings.Repeat("v", 257)), "400 InvalidIdentityToken "},
		"two values":         {w.login().Set("PrincipalTag:a", "1", "2"), "400 InvalidIdentityToken "},
		"fifty":              {many, "200"},
		"fifty-one":          {over, "400 InvalidParameterValue "},
	} {
		if a := w.present(w.assertion(c.l)); !strings.HasPrefix(a.String(), c.want) {
			t.Errorf("%s: %v, want %s", name, a, c.want)
		}
	}
}

// How long a session lasts.
func TestSAMLDuration(t *testing.T) {
	w := newSAMLWorld(t)
	w.role("Fed", samlTrust(""), allActions, "MaxSessionDuration", "7200")
	ends := func(l *samltest.Login, after time.Duration) *samltest.Login {
		l.Edit = func(a *crewjam.Assertion) {
			at := l.Now.Add(after)
			a.AuthnStatements[0].SessionNotOnOrAfter = &at
		}
		return l
	}
	for name, c := range map[string]struct {
		l    *samltest.Login
		ask  string
		want int
	}{
		"default":                       {w.login(), "", 3600},
		"asked":                         {w.login(), "7200", 7200},
		"the console's":                 {w.login().Set("SessionDuration", "43200"), "", 3600},
		"the console's, shorter":        {w.login().Set("SessionDuration", "1800"), "7200", 1800},
		"the provider's":                {ends(w.login(), 30*time.Minute), "7200", 1800},
		"the provider's, longer":        {ends(w.login(), 3*time.Hour), "7200", 7200},
		"the provider's, very short":    {ends(w.login(), time.Minute), "", 60},
		"the shortest of three decides": {ends(w.login().Set("SessionDuration", "1800"), 20*time.Minute), "900", 900},
	} {
		var pairs []string
		if c.ask != "" {
			pairs = []string{"DurationSeconds", c.ask}
		}
		a := w.present(w.assertion(c.l), pairs...)
		at, _ := time.Parse(time.RFC3339, a.field("Expiration"))
		if got := int(at.Sub(w.now) / time.Second); got != c.want {
			t.Errorf("%s: %d, want %d: %v", name, got, c.want, a)
		}
	}
}

// What stays with the session, and goes on from it.
func TestSAMLSession(t *testing.T) {
	w := newSAMLWorld(t)
	w.role("Fed", samlTrust(""), allActions)
	k := w.present(w.assertion(w.login().Set("SourceIdentity", "me").Set("PrincipalTag:Team", "red").Set("TransitiveTagKeys", "Team").Set("urn:oid:2.5.4.3", "Alice"))).key()
	hop := w.role("Hop", trusting(samlRole), allActions)
	for key, want := range map[string]string{
		"saml:sub": "alice", "saml:sub_type": "persistent", "saml:namequalifier": samlQualifier,
		"aws:SourceIdentity": "me", "aws:PrincipalTag/Team": "red", "aws:userid": w.view(home).Role("Fed").ID + ":alice@example.com",
	} {
		for _, value := range []string{want, "other"} {
			w.must(w.root[home], "iam", "PutRolePolicy", "RoleName", "Fed", "PolicyName", "p", "PolicyDocument",
				doc(`{"Effect":"Allow","Action":"*","Resource":"*"`+condition("StringEquals", key, value)+`}`))
			if a := w.call(k, "iam", "ListUsers"); a.ok() != (value == want) {
				t.Errorf("%s %s: %v", key, value, a)
			}
		}
	}
	for _, gone := range []string{"saml:aud", "saml:iss", "saml:doc", "saml:cn", "aws:FederatedProvider"} {
		w.must(w.root[home], "iam", "PutRolePolicy", "RoleName", "Fed", "PolicyName", "p", "PolicyDocument",
			doc(`{"Effect":"Allow","Action":"*","Resource":"*"`+condition("Null", gone, "true")+`}`))
		if a := w.call(k, "iam", "ListUsers"); !a.ok() {
			t.Errorf("%s: %v", gone, a)
		}
	}
	// It is chained from here on: an hour, and the tag goes along.
	if a := w.assume(k, hop, "next", "DurationSeconds", "3601"); a.code != "ValidationError" {
		t.Error(a)
	}
	next := w.session(k, hop, "next")
	w.must(w.root[home], "iam", "PutRolePolicy", "RoleName", "Hop", "PolicyName", "p", "PolicyDocument",
		doc(`{"Effect":"Allow","Action":"*","Resource":"*"`+condition("StringEquals", "aws:PrincipalTag/Team", "red")+`}`))
	if a := w.call(next, "iam", "ListUsers"); !a.ok() {
		t.Error(a)
	}
}

func TestSAMLEncryption(t *testing.T) {
	w := newSAMLWorld(t)
	w.role("Fed", samlTrust(""), allActions)
	service := samlIdPs().service.Key
	plain, encrypted := w.login(), w.login()
	encrypted.EncryptTo = service
	update := func(pairs ...string) {
		w.Helper()
		w.must(w.root[home], "iam", "UpdateSAMLProvider", append([]string{"SAMLProviderArn", samlProvider}, pairs...)...)
	}
	want := func(l *samltest.Login, want string) {
		t.Helper()
		if a := w.present(w.assertion(l)); !strings.HasPrefix(a.String(), want) {
			t.Errorf("%v, want %s", a, want)
		}
	}
	want(encrypted, `400 InvalidIdentityToken "The assertion is encrypted and the provider has no private key to decrypt it."`)
	update("AddPrivateKey", samltest.PEM(samlIdPs().idp.Key))
	want(encrypted, `400 InvalidIdentityToken "Response signature invalid"`)
	update("AddPrivateKey", samltest.PEM(service))
	want(encrypted, "200")
	want(plain, "200")
	update("AssertionEncryptionMode", "Required")
	want(encrypted, "200")
	want(plain, `400 InvalidIdentityToken "The provider requires encrypted assertions."`)
	id := w.must(w.root[home], "iam", "GetSAMLProvider", "SAMLProviderArn", samlProvider).field("SAMLProviderUUID")
	for recipient, ok := range map[string]bool{
		"https://us-east-1.signin.aws.amazon.com/saml/acs/" + id: true, "https://iam.example.com/-/saml/acs/" + id: true, "https://iam.example.com/-/saml": true,
		"https://us-east-1.signin.aws.amazon.com/saml/acs/SAMLSPA": false, "https://iam.example.com/saml": false, "https://aws.test/-/saml": false,
	} {
		encrypted.Recipient = recipient
		if a := w.present(w.assertion(encrypted)); a.ok() != ok || ok && a.field("Audience") != recipient {
			t.Errorf("%s: %v", recipient, a)
		}
	}
}

// An assertion whose issuer says so is used once, by one of many.
func TestSAMLOneTimeUse(t *testing.T) {
	w := newSAMLWorld(t)
	w.role("Fed", samlTrust(condition("StringEquals", "aws:UserAgent", "")), allActions)
	once := func() string {
		l := w.login()
		l.Edit = func(a *crewjam.Assertion) { a.Conditions.OneTimeUse = &crewjam.OneTimeUse{} }
		return w.assertion(l)
	}
	token := once()
	if a := w.present(token); a.String() != samlDenied {
		t.Fatal(a)
	}
	// A refusal hasn't used it up.
	w.must(w.root[home], "iam", "UpdateAssumeRolePolicy", "RoleName", "Fed", "PolicyDocument", doc(samlTrust("")))
	var wg sync.WaitGroup
	var mu sync.Mutex
	got := map[string]int{}
	for range 20 {
		wg.Go(func() {
			a := w.present(token)
			mu.Lock()
			defer mu.Unlock()
			got[a.String()]++
		})
	}
	wg.Wait()
	if got[`200  ""`] != 1 || got[`400 InvalidIdentityToken "The assertion may be used once, and it has been."`] != 19 {
		t.Error(got)
	}
	if a := w.present(once()); !a.ok() {
		t.Errorf("another one: %v", a)
	}
}

// Who presents an assertion waits until others have been verified; the slot is
// given back whatever came of them.
func TestSAMLWaits(t *testing.T) {
	w := newSAMLWorld(t)
	w.role("Fed", samlTrust(""), allActions)
	gone, leave := context.WithCancel(context.Background())
	leave()
	form := url.Values{
		"Action": {"AssumeRoleWithSAML"}, "Version": {"2011-06-15"}, "RoleArn": {samlRole}, "PrincipalArn": {samlProvider}, "SAMLAssertion": {w.assertion(w.login())},
	}
	w.verifying <- struct{}{}
	if a := w.presentForm(gone, form); a.status != 503 {
		t.Errorf("while another is verified: %v", a)
	}
	<-w.verifying
	for range 2 {
		if a := w.present("AAAA"); a.code != "InvalidIdentityToken" {
			t.Error(a)
		}
		if a := w.present(w.assertion(w.login())); !a.ok() {
			t.Error(a)
		}
	}
}

// Every call of someone whom the provider knows is recorded, and no event, log
// line or error holds the assertion.
func TestSAMLEvents(t *testing.T) {
	w := newSAMLWorld(t)
	w.role("Fed", samlTrust(""), allActions)
	good := w.assertion(w.login().Set("PrincipalTag:Team", "red").Set("TransitiveTagKeys", "Team").Set("SourceIdentity", "me"))
	w.present(good)
	events := w.events(home)
	e := events[0]
	id, _ := e["userIdentity"].(map[string]any)
	if e["eventName"] != "AssumeRoleWithSAML" || id["type"] != "SAMLUser" || id["principalId"] != samlQualifier+":alice" || id["userName"] != "alice" ||
		id["identityProvider"] != samlQualifier || id["accountId"] != nil || id["arn"] != nil || e["errorCode"] != nil {
		t.Errorf("%v", e)
	}
	response, _ := e["responseElements"].(map[string]any)
	request, _ := e["requestParameters"].(map[string]any)
	if response["subject"] != "alice" || response["nameQualifier"] != samlQualifier || request["principalArn"] != samlProvider || request["roleArn"] != samlRole ||
		request["sAMLAssertionID"] == nil || request["roleSessionName"] != "alice@example.com" || request["sourceIdentity"] != "me" ||
		fmt.Sprint(request["principalTags"], request["transitiveTagKeys"]) != "map[Team:red] [Team]" {
		t.Errorf("%v %v", response, request)
	}
	// Refused by the role pair: known, and recorded. By signature or age: not.
	before := len(events)
	if a := w.present(good, "RoleArn", samlRole+"2"); a.String() != samlDenied {
		t.Error(a)
	}
	if events = w.events(home); len(events) != before+1 || events[0]["errorCode"] != "AccessDenied" {
		t.Errorf("%v", events[0])
	}
	forged := samlIdPs().service
	b, err := (&samltest.IdP{EntityID: w.idp.EntityID, Key: forged.Key, Certificate: forged.Certificate, SignatureMethod: forged.SignatureMethod}).Respond(w.login())
	if err != nil {
		t.Fatal(err)
	}
	w.present(samltest.Encode(b))
	w.present("AAAA")
	if n := len(w.events(home)); n != before+1 {
		t.Errorf("strangers have made %d events", n-before-1)
	}
	for r, err := range w.gate.Audit.Scan(w.Context(), audit.Query{Account: home}) {
		if err != nil {
			t.Fatal(err)
		}
		var whole map[string]any
		if err := json.Unmarshal(r.JSON, &whole); err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(r.JSON, []byte(good[:60])) || bytes.Contains(r.JSON, []byte("SignatureValue")) {
			t.Errorf("an event holds the assertion: %s", r.JSON)
		}
	}
	if strings.Contains(w.log.String(), good[:60]) {
		t.Error("the log holds the assertion")
	}
}
