package sts_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/aratame/aratame/internal/account"
	"github.com/aratame/aratame/internal/audit"
	"github.com/aratame/aratame/internal/awsid"
	"github.com/aratame/aratame/internal/oidc/oidctest"
	"github.com/aratame/aratame/internal/sts"
)

// A federation is a world with an identity provider that home has registered.
type federation struct {
	*world
	i *oidctest.Issuer
	// provider is its ARN, and trusted a statement that trusts it for all three
	// actions.
	provider, trusted string
}

func newFederation(t *testing.T) *federation {
	t.Helper()
	f := &federation{world: newWorld(t), i: oidctest.New("/tenant")}
	t.Cleanup(f.i.Close)
	f.roots.AppendCertsFromPEM(f.i.PEM())
	a := f.must(f.root[home], "iam", "CreateOpenIDConnectProvider", "Url", f.i.URL, "ClientIDList.member.1", "client-a",
		"ClientIDList.member.2", "sts.amazonaws.com", "ThumbprintList.member.1", f.i.Thumbprint())
	f.provider = a.field("OpenIDConnectProviderArn")
	f.trusted = f.trust("")
	return f
}

// trust is a statement that trusts the provider, with a condition or "".
func (f *federation) trust(condition string) string {
	return `{"Effect":"Allow","Principal":{"Federated":"` + f.provider + `"},"Action":["sts:AssumeRoleWithWebIdentity","sts:TagSession","sts:SetSourceIdentity"]` + condition + `}`
}

// claims are those of a good token, changed as oidctest.With does.
func (f *federation) claims(more ...any) map[string]any {
	return oidctest.With(map[string]any{
		"iss": f.i.URL, "aud": "client-a", "sub": "somebody", "iat": f.now.Unix() - 10, "exp": f.now.Unix() + 600,
	}, more...)
}

// bearer calls without a signature.
func (w *world) bearer(arn, token string, pairs ...string) *answer {
	w.Helper()
	form := url.Values{
		"Action": {"AssumeRoleWithWebIdentity"}, "Version": {"2011-06-15"}, "RoleArn": {arn}, "RoleSessionName": {"session"}, "WebIdentityToken": {token},
	}
	for i := 0; i < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	r := httptest.NewRequest(http.MethodPost, "http://aws.test/", strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	rec := httptest.NewRecorder()
	w.gate.ServeHTTP(rec, r)
	a := &answer{status: rec.Code, body: rec.Body.String(), header: rec.Header()}
	if !a.ok() {
		a.code, a.message = a.field("Code"), a.field("Message")
	}
	return a
}

// events are those of an account, newest first.
func (w *world) events(acct string) (out []map[string]any) {
	w.Helper()
	for r, err := range w.gate.Audit.Scan(context.Background(), audit.Query{Account: acct}) {
		if err != nil {
			w.Fatal(err)
		}
		e := map[string]any{}
		if err := json.Unmarshal(r.JSON, &e); err != nil {
			w.Fatal(err)
		}
		out = append(out, e)
	}
	return out
}

const webDenied = "Not authorized to perform sts:AssumeRoleWithWebIdentity"

func TestWebIdentity(t *testing.T) {
	f := newFederation(t)
	arn := f.role("Web", f.trusted, allActions)
	token := f.i.Sign(f.claims())
	a := f.bearer(arn, token)
	if !a.ok() {
		t.Fatalf("%v\n%s", a, f.log.String())
	}
	for name, want := range map[string]string{
		"Provider": f.provider, "Audience": "client-a", "SubjectFromWebIdentityToken": "somebody", "PackedPolicySize": "0",
		"Arn": "arn:aws:sts::" + home + ":assumed-role/Web/session", "Expiration": "2026-03-01T13:00:00Z", "SourceIdentity": "",
	} {
		if got := a.field(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if id := a.field("AssumedRoleId"); !strings.HasPrefix(id, "AROA") || !strings.HasSuffix(id, ":session") {
		t.Errorf("id %s", id)
	}
	me := f.must(a.key(), "sts", "GetCallerIdentity")
	if got := me.field("Arn"); got != "arn:aws:sts::"+home+":assumed-role/Web/session" {
		t.Errorf("it is %s", got)
	}
	for _, c := range []struct {
		name, code, message string
		pairs               []string
	}{
		{"too long", "ValidationError", "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.", []string{"DurationSeconds", "3601"}},
		{"longest", "", "", []string{"DurationSeconds", "3600"}},
		{"policy", "", "", []string{"Policy", allSTS}},
		{"bad policy", "MalformedPolicyDocument", "", []string{"Policy", "{}"}},
		{"policy ARN", "", "", []string{"PolicyArns.member.1.arn", "arn:aws:iam::aws:policy/ReadOnlyAccess"}},
		{"too many policies", "PackedPolicyTooLarge", "", []string{"Policy", doc(`{"Effect":"Allow","Action":"*","Resource":"arn:aws:s3:::` + strings.Repeat("a", 1950) + `"}`), "PolicyArns.member.1.arn", "arn:aws:iam::aws:policy/ReadOnlyAccess"}},
		{"role that is none", "ValidationError", "arn:aws:iam::111111111111:user/x is invalid", []string{"RoleArn", "arn:aws:iam::111111111111:user/x"}},
		{"session name", "ValidationError", "", []string{"RoleSessionName", "a:b"}},
		{"Amazon, with a JWT", "InvalidIdentityToken", "Provided Token is not a Login With Amazon token", []string{"ProviderId", "www.amazon.com"}},
		{"Amazon", "IDPCommunicationError", "The identity provider that was asked to verify the incoming identity token could not be reached.", []string{"ProviderId", "www.amazon.com", "WebIdentityToken", "Atza|IwEBIJ"}},
		{"Facebook, with a JWT", "IDPRejectedClaim", "The identity provider reported that authentication failed.", []string{"ProviderId", "graph.facebook.com"}},
		{"Facebook", "IDPCommunicationError", "", []string{"ProviderId", "graph.facebook.com", "WebIdentityToken", "EAACEdEose0"}},
		{"another", "AccessDenied", "Unrecognized OAuth provider. Do not include a provider parameter when submitting OpenIDConnect ID tokens", []string{"ProviderId", "issuer.test"}},
		{"no JWT", "InvalidIdentityToken", "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)", []string{"WebIdentityToken", "Atza|IwEBIJ"}},
	} {
		if a := f.bearer(arn, token, c.pairs...); a.code != c.code || c.message != "" && a.message != c.message {
			t.Errorf("%s: %v", c.name, a)
		}
	}
}

// Nothing about a token is believed but what its provider has signed, and
// nothing is said of accounts and roles.
func TestWebIdentityRefuses(t *testing.T) {
	f := newFederation(t)
	arn := f.role("Web", f.trusted, allActions)
	stranger := oidctest.New("")
	t.Cleanup(stranger.Close)
	provider := func(issuer string) string { return "No OpenIDConnect provider found in your account for " + issuer }
	good := f.i.Sign(f.claims())
	for _, c := range []struct {
		name, arn, token, code, message string
	}{
		{"no such role", arn + "x", good, "AccessDenied", webDenied},
		{"role with another path", "arn:aws:iam::" + home + ":role/path/Web", good, "AccessDenied", webDenied},
		{"role that trusts others", f.role("Others", trusting(home), ""), good, "AccessDenied", webDenied},
		{"role that trusts everybody", f.role("All", trustAll, ""), good, "AccessDenied", webDenied},
		{"role in an account without the provider", "arn:aws:iam::" + away + ":role/Web", good, "InvalidIdentityToken", provider(f.i.URL)},
		{"role in an account that isn't there", "arn:aws:iam::999999999999:role/Web", good, "InvalidIdentityToken", provider(f.i.URL)},
		{"another issuer", arn, stranger.Sign(f.claims("iss", stranger.URL)), "InvalidIdentityToken", provider(stranger.URL)},
		{"its issuer, another's key", arn, stranger.Sign(f.claims()), "InvalidIdentityToken", ""},
		{"issuer in another case", arn, f.i.Sign(f.claims("iss", strings.ToUpper(f.i.URL))), "InvalidIdentityToken", provider(strings.ToUpper(f.i.URL))},
		{"issuer whose path is in another case", arn, f.i.Sign(f.claims("iss", f.i.Base()+"/Tenant")), "InvalidIdentityToken", provider(f.i.Base() + "/Tenant")},
		{"issuer without a scheme", arn, f.i.Sign(f.claims("iss", f.i.Name())), "InvalidIdentityToken", provider(f.i.Name())},
		{"issuer over http", arn, f.i.Sign(f.claims("iss", "http://"+f.i.Name())), "InvalidIdentityToken", provider("http://" + f.i.Name())},
		{"no issuer", arn, f.i.Sign(f.claims("iss", nil)), "InvalidIdentityToken", "Missing a required claim: iss"},
		{"too many methods", arn, f.i.Sign(f.claims("amr", strings.Split(strings.Repeat("a,", 100)+"a", ","))), "InvalidIdentityToken", "The amr claim has too many values"},
		{"audience", arn, f.i.Sign(f.claims("aud", "other")), "InvalidIdentityToken", "Incorrect token audience"},
		{"expired", arn, f.i.Sign(f.claims("exp", f.now.Unix()-300)), "ExpiredTokenException", "Token expired: current date/time 1772366100 must be before the expiration date/time 1772366100"},
	} {
		if a := f.bearer(c.arn, c.token); a.code != c.code || c.message != "" && a.message != c.message {
			t.Errorf("%s: %v", c.name, a)
		}
	}
	// The provider goes, and so does what it vouches for; sessions stay.
	session := f.bearer(arn, good).key()
	f.must(f.root[home], "iam", "DeleteOpenIDConnectProvider", "OpenIDConnectProviderArn", f.provider)
	if a := f.bearer(arn, good); a.code != "InvalidIdentityToken" || a.message != provider(f.i.URL) {
		t.Errorf("after the provider: %v", a)
	}
	f.must(session, "sts", "GetCallerIdentity")
}

// Condition keys of the trust evaluation.
func TestWebIdentityConditions(t *testing.T) {
	f := newFederation(t)
	n := f.i.Name()
	for i, c := range []struct {
		name, operator, key, value string
		change                     []any
		want                       bool
	}{
		{"sub", "StringEquals", n + ":sub", "somebody", nil, true},
		{"another sub", "StringEquals", n + ":sub", "nobody", nil, false},
		{"key in another case", "StringEquals", strings.ToUpper(n) + ":SUB", "somebody", nil, true},
		{"pattern", "StringLike", n + ":sub", "some*", nil, true},
		{"aud", "StringEquals", n + ":aud", "client-a", nil, true},
		{"aud is the party", "StringEquals", n + ":aud", "client-a", []any{"azp", "client-a", "aud", []string{"x", "y"}}, true},
		{"oaud", "ForAnyValue:StringEquals", n + ":oaud", "y", []any{"azp", "client-a", "aud", []string{"x", "y"}}, true},
		{"oaud of one", "StringEquals", n + ":oaud", "client-a", nil, true},
		{"amr", "ForAnyValue:StringEquals", n + ":amr", "mfa", []any{"amr", []string{"pwd", "mfa"}}, true},
		{"amr of one text", "ForAnyValue:StringEquals", n + ":amr", "mfa", []any{"amr", "mfa"}, true},
		{"no amr", "ForAnyValue:StringEquals", n + ":amr", "mfa", nil, false},
		{"email", "StringEquals", n + ":email", "a@example.com", []any{"email", "a@example.com"}, true},
		{"another claim is no key", "StringEquals", n + ":repository", "x/y", []any{"repository", "x/y"}, false},
		{"keys of another issuer", "StringEquals", "other.test:sub", "somebody", nil, false},
		{"provider", "StringEquals", "aws:FederatedProvider", f.provider, nil, true},
		{"session name", "StringEquals", "sts:RoleSessionName", "session", nil, true},
		{"account of the provider", "StringEquals", "aws:PrincipalAccount", home, nil, true},
		{"type", "StringEquals", "aws:PrincipalType", "User", nil, true},
		{"user id", "StringEquals", "aws:userid", f.provider, nil, true},
		{"no principal ARN", "Null", "aws:PrincipalArn", "true", nil, true},
		{"tag", "StringEquals", "aws:RequestTag/team", "red", []any{"https://aws.amazon.com/tags", map[string]any{"principal_tags": map[string]any{"team": []string{"red"}}}}, true},
		{"another tag", "StringEquals", "aws:RequestTag/team", "blue", []any{"https://aws.amazon.com/tags", map[string]any{"principal_tags": map[string]any{"team": []string{"red"}}}}, false},
		{"tag keys", "ForAllValues:StringEquals", "aws:TagKeys", "team", []any{"https://aws.amazon.com/tags/principal_tags/other", "x"}, false},
		{"transitive", "ForAnyValue:StringEquals", "sts:TransitiveTagKeys", "team", []any{"https://aws.amazon.com/tags/principal_tags/team", "red", "https://aws.amazon.com/tags/transitive_tag_keys", []string{"team"}}, true},
		{"source identity", "StringEquals", "sts:SourceIdentity", "ann", []any{"https://aws.amazon.com/source_identity", "ann"}, true},
		{"authorized by nobody", "Bool", "sts:RoleAuthorizedByIdp", "false", nil, true},
		{"role tag", "StringEquals", "aws:ResourceTag/kind", "web", nil, true},
	} {
		arn := f.role(fmt.Sprint("R", i), f.trust(condition(c.operator, c.key, c.value)), "", "Tags.member.1.Key", "kind", "Tags.member.1.Value", "web")
		if a := f.bearer(arn, f.i.Sign(f.claims(c.change...))); a.ok() != c.want || !a.ok() && !strings.HasPrefix(a.message, "Not authorized to perform sts:") {
			t.Errorf("%s: %v", c.name, a)
		}
	}
}

// Claims by which the provider speaks to AWS.
func TestWebIdentityClaimsForAWS(t *testing.T) {
	f := newFederation(t)
	arn := f.role("Web", f.trusted, allActions)
	bare := f.role("Bare", strings.Replace(f.trusted, `,"sts:TagSession","sts:SetSourceIdentity"`, "", 1), allActions)
	const tags, flat = "https://aws.amazon.com/tags", "https://aws.amazon.com/tags/principal_tags/"
	nested := func(tags any) map[string]any { return map[string]any{"principal_tags": tags} }
	badTags, badForm := "principal_tags passed in claim is not in correct format.", "Session tags passed in claim are not in correct format."
	many := map[string]any{}
	for i := range 51 {
		many[fmt.Sprint("k", i)] = []string{"v"}
	}
	fifty := maps.Clone(many)
	delete(fifty, "k0")
	for _, c := range []struct {
		name, arn, code, message string
		change                   []any
	}{
		{"nested tags", arn, "", "", []any{tags, nested(map[string]any{"a": []string{"b"}})}},
		{"flat tags", arn, "", "", []any{flat + "a", "b"}},
		{"tags that are texts", arn, "InvalidIdentityToken", badTags, []any{tags, nested(map[string]any{"a": "b"})}},
		{"two values", arn, "InvalidIdentityToken", badTags, []any{tags, nested(map[string]any{"a": []string{"b", "c"}})}},
		{"null value", arn, "InvalidIdentityToken", badTags, []any{tags, nested(map[string]any{"a": []any{nil}})}},
		{"no value", arn, "InvalidIdentityToken", badTags, []any{tags, nested(map[string]any{"a": []string{}})}},
		{"tags in a list", arn, "InvalidIdentityToken", badForm, []any{tags, []any{nested(map[string]any{"a": []string{"b"}})}}},
		{"principal tags in a list", arn, "InvalidIdentityToken", badTags, []any{tags, nested([]string{"a"})}},
		{"flat tag that is a list", arn, "InvalidIdentityToken", badTags, []any{flat + "a", []string{"b"}}},
		{"key of other characters", arn, "InvalidIdentityToken", badTags, []any{flat + "a*", "b"}},
		{"key too long", arn, "InvalidIdentityToken", badTags, []any{flat + strings.Repeat("k", 129), "b"}},
		{"value too long", arn, "InvalidIdentityToken", badTags, []any{flat + "a", strings.Repeat("v", 257)}},
		{"reserved key", arn, "InvalidParameterValue", "", []any{flat + "aws:a", "b"}},
		{"key twice", arn, "InvalidParameterValue", "Duplicate tag keys found. Please note that Tag keys are case insensitive.", []any{flat + "a", "b", tags, nested(map[string]any{"A": []string{"b"}})}},
		{"50 tags", arn, "", "", []any{tags, nested(fifty)}},
		{"51 tags", arn, "InvalidParameterValue", "", []any{tags, nested(many)}},
		{"transitive key without a tag", arn, "InvalidParameterValue", "The specified transitive tag key must be included in the requested tags.", []any{tags, map[string]any{"transitive_tag_keys": []string{"a"}}}},
		{"transitive keys that are none", arn, "InvalidIdentityToken", badForm, []any{tags, map[string]any{"transitive_tag_keys": 1}}},
		{"tags without leave", bare, "AccessDenied", "Not authorized to perform sts:TagSession", []any{flat + "a", "b"}},
		{"source identity", arn, "", "", []any{"https://aws.amazon.com/source_identity", "ann"}},
		{"source identity that is none", arn, "InvalidIdentityToken", "", []any{"https://aws.amazon.com/source_identity", []string{"ann"}}},
		{"source identity of AWS", arn, "InvalidIdentityToken", "", []any{"https://aws.amazon.com/source_identity", "aws:ann"}},
		{"source identity without leave", bare, "AccessDenied", "Not authorized to perform sts:SetSourceIdentity", []any{"https://aws.amazon.com/source_identity", "ann"}},
		{"role listed", arn, "", "", []any{"https://aws.amazon.com/roles", []any{1, " " + arn + " "}}},
		{"role listed in a text", arn, "", "", []any{"https://aws.amazon.com/roles", "arn:aws:iam::" + home + ":role/Other;" + arn}},
		{"role not listed", arn, "InvalidIdentityToken", "The target role ARN is not present in the roles claim of the identity token", []any{"https://aws.amazon.com/roles", []string{bare}}},
		{"pattern of roles", arn, "InvalidIdentityToken", "The roles claim contains no valid role ARNs", []any{"https://aws.amazon.com/roles", []string{"arn:aws:iam::" + home + ":role/*"}}},
		{"no role listed", arn, "InvalidIdentityToken", "The roles claim contains no valid role ARNs", []any{"https://aws.amazon.com/roles", []string{}}},
		{"roles that are none", arn, "InvalidIdentityToken", "The roles claim is not in a supported format", []any{"https://aws.amazon.com/roles", map[string]any{}}},
		{"roles that are null", bare, "", "", []any{"https://aws.amazon.com/x", 1}},
	} {
		if a := f.bearer(c.arn, f.i.Sign(f.claims(c.change...))); a.code != c.code || c.message != "" && a.message != c.message {
			t.Errorf("%s: %v", c.name, a)
		}
	}
	listed := f.role("Listed", f.trust(condition("Bool", "sts:RoleAuthorizedByIdp", "true")), "")
	if a := f.bearer(listed, f.i.Sign(f.claims())); a.code != "AccessDenied" {
		t.Errorf("not listed: %v", a)
	}
	if a := f.bearer(listed, f.i.Sign(f.claims("https://aws.amazon.com/roles", listed))); !a.ok() {
		t.Errorf("listed: %v", a)
	}
}

// What stays with the session: tags, source identity, provider and three keys.
func TestWebIdentitySession(t *testing.T) {
	f := newFederation(t)
	n := f.i.Name()
	allow := func(operator, key, value string) string {
		return `{"Effect":"Allow","Action":"sts:GetAccessKeyInfo","Resource":"*"` + condition(operator, key, value) + `}`
	}
	token := f.i.Sign(f.claims("email", "a@example.com", "amr", []string{"one", "two"}, "https://aws.amazon.com/source_identity", "ann",
		"https://aws.amazon.com/tags", map[string]any{"principal_tags": map[string]any{"team": []string{"red"}}, "transitive_tag_keys": []string{"team"}}))
	for i, c := range []struct {
		operator, key, value string
		want                 bool
	}{
		{"StringEquals", n + ":sub", "somebody", true},
		{"StringEquals", n + ":sub", "other", false},
		{"StringEquals", n + ":aud", "client-a", true},
		{"ForAnyValue:StringEquals", n + ":amr", "two", true},
		{"ForAnyValue:StringEquals", n + ":amr", "three", false},
		{"Null", n + ":email", "true", true},
		{"Null", n + ":oaud", "true", true},
		{"StringEquals", "aws:FederatedProvider", f.provider, true},
		{"StringEquals", "aws:PrincipalTag/Team", "red", true},
		{"StringEquals", "aws:SourceIdentity", "ann", true},
		{"StringEquals", "aws:PrincipalType", "AssumedRole", true},
		{"StringEquals", "aws:PrincipalArn", "arn:aws:iam::" + home + ":role/S11", true},
	} {
		arn := f.role(fmt.Sprint("S", i), f.trusted, doc(allow(c.operator, c.key, c.value)))
		k := f.bearer(arn, token)
		if !k.ok() || k.field("SourceIdentity") != "ann" {
			t.Fatalf("%s: %v", c.key, k)
		}
		if a := f.call(k.key(), "sts", "GetAccessKeyInfo", "AccessKeyId", f.root[home].id); a.ok() != c.want {
			t.Errorf("%s %s %s: %v", c.operator, c.key, c.value, a)
		}
	}
	// Transitive tags and the source identity go on.
	first := f.role("First", f.trusted, allActions)
	second := f.role("Second", `{"Effect":"Allow","Principal":{"AWS":"`+first+`"},`+threeTrusts+condition("StringEquals", "aws:PrincipalTag/team", "red")+`}`, "")
	if a := f.assume(f.bearer(first, token).key(), second, "next"); !a.ok() || a.field("SourceIdentity") != "ann" {
		t.Errorf("chain: %v", a)
	}
}

// Success and refusal of a genuine token are recorded for the role's account; a
// token that anybody could make leaves nothing behind.
func TestWebIdentityEvents(t *testing.T) {
	f := newFederation(t)
	arn := f.role("Web", f.trusted, "")
	token := f.i.Sign(f.claims())
	before := len(f.events(home))
	for _, bad := range []string{"x.y.z", token[:len(token)-4] + "AAAA", f.i.Sign(f.claims("aud", "other")), f.i.Sign(f.claims("exp", f.now.Unix()-3600)), f.i.Sign(f.claims("iss", "https://other.test"))} {
		f.bearer(arn, bad)
	}
	if n := len(f.events(home)); n != before {
		t.Errorf("%d events of tokens that are none", n-before)
	}
	check := func(name, arn, code string) {
		t.Helper()
		a := f.bearer(arn, token)
		if a.code != code {
			t.Fatalf("%s: %v", name, a)
		}
		events := f.events(home)
		e := events[0]
		id, _ := e["userIdentity"].(map[string]any)
		if e["eventName"] != "AssumeRoleWithWebIdentity" || e["recipientAccountId"] != home || id["type"] != "WebIdentityUser" ||
			id["principalId"] != f.provider+":client-a:somebody" || id["userName"] != "somebody" || id["identityProvider"] != f.provider {
			t.Errorf("%s: %v", name, e)
		}
		got, _ := e["errorCode"].(string)
		if got != code {
			t.Errorf("%s: error %q", name, got)
		}
		text, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		for _, secret := range append(strings.Split(token, ".")[1:], a.field("SecretAccessKey"), a.field("SessionToken")) {
			if secret != "" && bytes.Contains(text, []byte(secret)) {
				t.Errorf("%s: the event holds a secret", name)
			}
		}
	}
	check("success", arn, "")
	// What the token asks for stands there as if the request did.
	token = f.i.Sign(f.claims("https://aws.amazon.com/source_identity", "ann", "https://aws.amazon.com/tags",
		map[string]any{"principal_tags": map[string]any{"Team": []string{"red"}}, "transitive_tag_keys": []string{"Team"}}))
	check("claims for AWS", arn, "")
	got, err := json.Marshal(f.events(home)[0]["requestParameters"])
	if want := `{"principalTags":{"Team":"red"},"roleArn":"` + arn + `","roleSessionName":"session","sourceIdentity":"ann","transitiveTagKeys":["Team"],"webIdentityToken":"HIDDEN_DUE_TO_SECURITY_REASONS"}`; err != nil || string(got) != want {
		t.Errorf("parameters %s %v", got, err)
	}
	check("denied", f.role("Other", trusting(home), ""), "AccessDenied")
	check("no role", arn+"x", "AccessDenied")
	if strings.Contains(f.log.String(), strings.Split(token, ".")[2]) {
		t.Error("the log holds the token")
	}
	// The session's own events name the provider.
	k := f.bearer(arn, token).key()
	f.must(k, "sts", "GetCallerIdentity")
	id, _ := f.events(home)[0]["userIdentity"].(map[string]any)
	sc, _ := id["sessionContext"].(map[string]any)
	if web, _ := sc["webIdFederationData"].(map[string]any); web["federatedProvider"] != f.provider {
		t.Errorf("session context %v", sc)
	}
}

// Tokens as well-known providers make them.
func TestWebIdentityShapes(t *testing.T) {
	f := newFederation(t)
	register := func(i *oidctest.Issuer, client string) string {
		a := f.must(f.root[home], "iam", "CreateOpenIDConnectProvider", "Url", i.URL, "ClientIDList.member.1", client, "ThumbprintList.member.1", i.Thumbprint())
		return a.field("OpenIDConnectProviderArn")
	}
	iat, exp := f.now.Unix(), f.now.Unix()+300
	for _, c := range []struct {
		name, path, client string
		claims             map[string]any
		sub                string
	}{
		{"github", "", "sts.amazonaws.com", map[string]any{
			"jti": "a", "sub": "repo:octo-org/octo-repo:ref:refs/heads/main", "aud": "sts.amazonaws.com", "ref": "refs/heads/main", "sha": "f00",
			"repository": "octo-org/octo-repo", "repository_id": "1", "repository_owner": "octo-org", "run_attempt": "1", "actor": "octocat", "event_name": "push",
			"ref_protected": "false", "nbf": iat - 60,
		}, "repo:octo-org/octo-repo:ref:refs/heads/main"},
		{"gitlab", "", "https://gitlab.example.com", map[string]any{
			"namespace_id": "72", "project_path": "g/p", "user_email": "a@b", "ref_path": "refs/heads/main", "jti": "235b3a54", "nbf": iat - 5,
			"sub": "project_path:g/p:ref_type:branch:ref:main", "aud": "https://gitlab.example.com", "user_identities": []any{map[string]any{"provider": "github", "extern_uid": "1"}},
		}, "project_path:g/p:ref_type:branch:ref:main"},
		{"kubernetes", "", "sts.amazonaws.com", map[string]any{
			"aud": []string{"sts.amazonaws.com"}, "jti": "b", "nbf": iat, "sub": "system:serviceaccount:ns:app",
			"kubernetes.io": map[string]any{"namespace": "ns", "pod": map[string]any{"name": "p", "uid": "u"}, "serviceaccount": map[string]any{"name": "app", "uid": "v"}, "warnafter": iat + 100},
		}, "system:serviceaccount:ns:app"},
		{"eks", "/id/0123456789ABCDEF0123456789ABCDEF", "sts.amazonaws.com", map[string]any{"aud": []string{"sts.amazonaws.com"}, "sub": "system:serviceaccount:kube-system:aws-node"},
			"system:serviceaccount:kube-system:aws-node"},
		{"terraform", "", "aws.workload.identity", map[string]any{
			"jti": "c", "nbf": iat, "aud": "aws.workload.identity", "sub": "organization:o:project:p:workspace:w:run_phase:apply", "terraform_run_phase": "apply", "terraform_workspace_name": "w",
		}, "organization:o:project:p:workspace:w:run_phase:apply"},
		{"auth0", "/", "app", map[string]any{"aud": []string{"app", "https://api.example.com"}, "azp": "app", "sub": "auth0|123", "gty": "password"}, "auth0|123"},
	} {
		issuer := oidctest.New(c.path)
		t.Cleanup(issuer.Close)
		p := register(issuer, c.client)
		arn := f.role("Shape-"+c.name, `{"Effect":"Allow","Principal":{"Federated":"`+p+`"},"Action":"sts:AssumeRoleWithWebIdentity","Condition":{"StringEquals":{"`+
			issuer.Name()+`:sub":"`+c.sub+`","`+issuer.Name()+`:aud":"`+c.client+`"}}}`, "")
		if a := f.bearer(arn, issuer.Sign(oidctest.With(c.claims, "iss", issuer.URL, "iat", iat, "exp", exp))); !a.ok() || a.field("SubjectFromWebIdentityToken") != c.sub || a.field("Audience") != c.client {
			t.Errorf("%s: %v\n%s", c.name, a, f.log.String())
		}
		if a := f.bearer(arn, issuer.Sign(oidctest.With(c.claims, "iss", issuer.URL, "iat", iat, "exp", exp, "sub", c.sub+"x"))); a.code != "AccessDenied" {
			t.Errorf("%s, another: %v", c.name, a)
		}
	}
}

// While a provider is slow, other calls are served.
func TestWebIdentitySlowProvider(t *testing.T) {
	f := newFederation(t)
	arn := f.role("Web", f.trusted, "")
	began, release, done := make(chan struct{}, 9), make(chan struct{}), make(chan *answer)
	f.i.Handle = func(http.ResponseWriter, *http.Request) bool { began <- struct{}{}; <-release; return false }
	token := f.i.Sign(f.claims())
	go func() { done <- f.bearer(arn, token) }()
	<-began
	f.must(f.root[home], "iam", "CreateUser", "UserName", "meanwhile")
	f.must(f.root[home], "sts", "GetCallerIdentity")
	close(release)
	if a := <-done; !a.ok() {
		t.Errorf("then %v", a)
	}
}

// A provider that AWS knows by itself needs no entity.
func TestBuiltInProvider(t *testing.T) {
	f := newFederation(t)
	arn := f.role("Google", `{"Effect":"Allow","Principal":{"Federated":"accounts.google.com"},"Action":"sts:AssumeRoleWithWebIdentity",`+
		`"Condition":{"StringEquals":{"accounts.google.com:aud":"client-a"}}}`, "")
	// Google itself isn't asked here: what is wrong with the token is seen before.
	for issuer, code := range map[string]string{
		"https://accounts.google.com": "ExpiredTokenException", "https://cognito-identity.amazonaws.com": "ExpiredTokenException",
		"https://www.amazon.com": "InvalidIdentityToken", "https://Accounts.google.com": "InvalidIdentityToken",
	} {
		if a := f.bearer(arn, f.i.Sign(f.claims("iss", issuer, "exp", f.now.Unix()-3600))); a.code != code {
			t.Errorf("%s: %v", issuer, a)
		}
	}

	t.Cleanup(sts.BuiltIn(f.i.Name()))
	statement := func(condition string) string {
		return strings.ReplaceAll(f.trust(condition), f.provider, f.i.Name())
	}
	f.change(home, func(tx *account.Tx) { // whom no API takes for built in
		for name, condition := range map[string]string{"Trusting": `,"Condition":{"StringEquals":{"` + f.i.Name() + `:aud":"anybody"}}`, "Another": `,"Condition":{"StringEquals":{"` + f.i.Name() + `:aud":"b"}}`} {
			tx.PutRole(&account.Role{ID: awsid.NewEntityID(rand.Reader, awsid.RolePrefix, home), Name: name, Path: "/", MaxSession: 3600, Created: f.now, Trust: doc(statement(condition))})
		}
	})
	good := f.i.Sign(f.claims("aud", "anybody"))
	role := func(acct, name string) string { return "arn:aws:iam::" + acct + ":role/" + name }
	if a := f.bearer(role(home, "Trusting"), good); !a.ok() || a.field("Provider") != f.i.Name() || a.field("Audience") != "anybody" {
		t.Error(a)
	}
	// An account that isn't there is one whose roles trust nobody.
	before := len(f.events(home))
	for _, token := range []string{
		good, f.i.Sign(f.claims("exp", f.now.Unix()-3600)), f.i.Sign(f.claims("azp", 1)), good[:len(good)-8] + "AAAAAAAA",
		f.i.Sign(f.claims("https://aws.amazon.com/source_identity", "a:b")), f.i.Sign(f.claims("aud", "")),
	} {
		here, nowhere := f.bearer(role(home, "Another"), token), f.bearer(role("999999999999", "Another"), token)
		if here.ok() || here.String() != nowhere.String() {
			t.Errorf("here %v, nowhere %v", here, nowhere)
		}
	}
	if n := len(f.events(home)) - before; n != 3 {
		t.Errorf("%d events of genuine tokens", n)
	}
	// Everybody can have a genuine token: without a role that trusts its provider
	// nothing is recorded.
	for _, arn := range []string{arn, role(home, "Nobody"), f.role("Here", trusting(home), "")} {
		before := len(f.events(home))
		if a := f.bearer(arn, good); a.message != webDenied || len(f.events(home)) != before {
			t.Errorf("%s: %v", arn, a)
		}
	}
}

// What an administrator does while the provider is asked counts.
func TestWebIdentityChangesMeanwhile(t *testing.T) {
	for _, c := range []struct {
		name, code string
		change     func(tx *account.Tx)
	}{
		{"nothing", "", func(*account.Tx) {}},
		{"role deleted", "AccessDenied", func(tx *account.Tx) { tx.DeleteRole(tx.View().Role("Web")) }},
		{"provider deleted", "InvalidIdentityToken", func(tx *account.Tx) {
			for p := range tx.View().OIDCProviders("") {
				tx.DeleteOIDCProvider(p)
			}
		}},
		{"thumbprints replaced", "ServiceUnavailable", func(tx *account.Tx) {
			for p := range tx.View().OIDCProviders("") {
				p = p.Clone()
				p.Thumbprints = []string{strings.Repeat("0", 40)}
				tx.PutOIDCProvider(p)
			}
		}},
		{"client id taken away", "ServiceUnavailable", func(tx *account.Tx) {
			for p := range tx.View().OIDCProviders("") {
				p = p.Clone()
				p.ClientIDs = nil
				tx.PutOIDCProvider(p)
			}
		}},
	} {
		f := newFederation(t)
		arn := f.role("Web", f.trusted, "")
		once := false
		f.i.Handle = func(http.ResponseWriter, *http.Request) bool {
			if !once {
				once = true
				f.change(home, c.change)
			}
			return false
		}
		if a := f.bearer(arn, f.i.Sign(f.claims())); a.code != c.code {
			t.Errorf("%s: %v", c.name, a)
		}
	}
}
