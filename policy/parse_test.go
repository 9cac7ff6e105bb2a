package policy

import (
	"errors"
	"strings"
	"testing"
)

// identity wraps statement members into a document.
func identity(statement string) string {
	return `{"Version":"2012-10-17","Statement":[{` + statement + `}]}`
}

// resource is an identity statement about one resource.
func resource(r string) string {
	return identity(`"Effect":"Allow","Action":"s3:GetObject","Resource":` + r)
}

func action(a string) string {
	return identity(`"Effect":"Allow","Action":` + a + `,"Resource":"*"`)
}

func condition(c string) string {
	return identity(`"Effect":"Allow","Action":"s3:*","Resource":"*","Condition":` + c)
}

const (
	okStatement = `{"Effect":"Allow","Action":"s3:*","Resource":"*"}`
)

// Rows of what IAM says at CreatePolicy, in its order.
var identityCases = []struct{ name, text, want string }{
	{"plain", action(`"s3:GetObject"`), ""},
	{"one statement object", `{"Version":"2012-10-17","Statement":` + okStatement + `}`, ""},
	{"order of members is free", `{"Statement":[{"Resource":["*"],"Action":["*"],"Effect":"Deny","Sid":"A1"}],"Id":"x","Version":"2012-10-17"}`, ""},

	{"empty", ``, msgSyntax},
	{"not JSON", `{"Version":`, msgSyntax},
	{"comment", `{"Version":"2012-10-17",/* */"Statement":[` + okStatement + `]}`, msgSyntax},
	{"BOM", "\ufeff" + action(`"*"`), msgSyntax},
	{"trailing data", action(`"*"`) + `{}`, msgSyntax},
	{"trailing comma", `{"Version":"2012-10-17","Statement":[` + okStatement + `],}`, msgSyntax},
	{"single quotes", `{'Version':'2012-10-17'}`, msgSyntax},
	{"invalid UTF-8", identity(`"Sid":"` + "\xff" + `","Effect":"Allow","Action":"*","Resource":"*"`), msgSyntax},
	{"beyond U+00FF", resource(`"arn:aws:s3:::ł"`), msgSyntax},
	{"escaped beyond U+00FF", resource(`"arn:aws:s3:::\u0142"`), ""},
	{"latin 1", resource(`"arn:aws:s3:::é"`), ""},
	{"control character in a string", resource("\"arn:aws:s3:::a\tb\""), msgSyntax},
	{"DEL is within the set", resource("\"arn:aws:s3:::a\x7f\""), ""},
	{"lone surrogate", resource(`"arn:aws:s3:::\ud800"`), msgSyntax},
	{"surrogate pair", resource(`"arn:aws:s3:::\ud83d\ude00"`), ""},
	{"unknown escape", resource(`"arn:aws:s3:::\x"`), msgSyntax},
	{"duplicate member", identity(`"Effect":"Allow","Effect":"Deny","Action":"*","Resource":"*"`), msgSyntax},
	{"duplicate member by escape", identity(`"Effect":"Allow","\u0045ffect":"Deny","Action":"*","Resource":"*"`), msgSyntax},
	{"duplicate condition key", condition(`{"StringEquals":{"aws:x":"a","aws:x":"b"}}`), msgSyntax},
	{"deep", strings.Repeat("[", 100000), msgSyntax},
	{"too long", action(`"*"`) + strings.Repeat(" ", 131072), msgSyntax},
	{"array document", `[]`, msgSyntax},
	{"string document", `"x"`, msgSyntax},
	{"unknown member", `{"Version":"2012-10-17","Foo":1,"Statement":[` + okStatement + `]}`, msgSyntax},
	{"member in other case", `{"version":"2012-10-17","Statement":[` + okStatement + `]}`, msgSyntax},
	{"unknown member of statement", identity(`"Effect":"Allow","Action":"*","Resource":"*","Foo":"x"`), msgSyntax},
	{"version 2013", `{"Version":"2013-10-17","Statement":[` + okStatement + `]}`, msgSyntax},
	{"version number", `{"Version":2012,"Statement":[` + okStatement + `]}`, msgSyntax},
	{"no statement", `{"Version":"2012-10-17"}`, msgSyntax},
	{"empty statements", `{"Version":"2012-10-17","Statement":[]}`, msgSyntax},
	{"statement string", `{"Version":"2012-10-17","Statement":["x"]}`, msgSyntax},
	{"statement null", `{"Version":"2012-10-17","Statement":null}`, msgSyntax},
	{"no effect", identity(`"Action":"*","Resource":"*"`), msgSyntax},
	{"effect unknown", identity(`"Effect":"Permit","Action":"*","Resource":"*"`), msgSyntax},
	{"effect list", identity(`"Effect":["Allow"],"Action":"*","Resource":"*"`), msgSyntax},
	{"sid number", identity(`"Sid":1,"Effect":"Allow","Action":"*","Resource":"*"`), msgSyntax},
	{"id number", `{"Version":"2012-10-17","Id":1,"Statement":[` + okStatement + `]}`, msgSyntax},
	{"id string", `{"Version":"2012-10-17","Id":"x","Statement":[` + okStatement + `]}`, ""},
	{"action number", action(`1`), msgSyntax},
	{"action object", action(`{}`), msgSyntax},
	{"action list with null", action(`["s3:*",null]`), msgSyntax},
	{"resource list with number", resource(`["*",1]`), msgSyntax},
	{"resource list with null", resource(`["*",null]`), ""},
	{"action beside NotAction", identity(`"Effect":"Allow","Action":"*","NotAction":[],"Resource":"*"`), msgSyntax},
	{"resource beside NotResource", identity(`"Effect":"Allow","Action":"*","NotResource":[],"Resource":"*"`), msgSyntax},
	{"condition list", condition(`[]`), msgSyntax},
	{"condition null", condition(`null`), msgSyntax},
	{"condition empty", condition(`{}`), ""},
	{"operator string", condition(`{"StringEquals":"x"}`), msgSyntax},
	{"operator empty", condition(`{"StringEquals":{}}`), ""},
	{"key with empty list", condition(`{"StringEquals":{"aws:x":[]}}`), ""},
	{"unknown operator", condition(`{"StringSame":{"aws:x":"y"}}`), msgSyntax},
	{"unknown operator without keys", condition(`{"StringSame":{}}`), ""},
	{"set operator alone", condition(`{"ForAnyValue::StringEquals":{"aws:x":"y"}}`), msgSyntax},
	{"set operator on Null", condition(`{"ForAllValues:Null":{"aws:x":"true"}}`), msgSyntax},
	{"NullIfExists", condition(`{"NullIfExists":{"aws:x":"true"}}`), msgSyntax},
	{"operator in other case", condition(`{"stringequals":{"aws:x":"y"}}`), ""},
	{"both affixes", condition(`{"ForAnyValue:StringNotLikeIfExists":{"aws:x":"y"}}`), ""},
	{"value object", condition(`{"StringEquals":{"aws:x":{}}}`), msgSyntax},
	{"value null", condition(`{"StringEquals":{"aws:x":null}}`), msgSyntax},
	{"value list in list", condition(`{"StringEquals":{"aws:x":[["a"]]}}`), msgSyntax},
	{"bare boolean", condition(`{"Bool":{"aws:SecureTransport":true}}`), ""},
	{"bare number", condition(`{"NumericLessThan":{"s3:max-keys":10}}`), ""},
	{"syntax beats version", `{"Version":"2008-10-17","Statement":[]}`, msgSyntax},

	{"version absent", `{"Statement":[` + okStatement + `]}`, msgVersion},
	{"version 2008", `{"Version":"2008-10-17","Statement":[` + okStatement + `]}`, msgVersion},
	{"version beats legacy", `{"Statement":[{"Effect":"allow","Action":"*","Resource":"*"}]}`, msgVersion},
	{"principal", identity(`"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"`), msgPrincipal},

	{"effect case", identity(`"Effect":"denY","Action":"*","Resource":"*"`), msgLegacy},
	{"effect lower case", identity(`"Effect":"allow","Action":"*","Resource":"*"`), msgLegacy},
	{"bad date", condition(`{"DateLessThan":{"aws:CurrentTime":"tomorrow"}}`), msgLegacy},
	{"bad date with affixes", condition(`{"ForAnyValue:DateEqualsIfExists":{"aws:CurrentTime":"2020-13"}}`), msgLegacy},
	{"short ARN with empty field", resource(`"arn:aws:s3::x"`), msgLegacy},
	{"empty service", resource(`"arn:aws::::x"`), msgLegacy},
	{"legacy beats sid", `{"Version":"2012-10-17","Statement":[{"Sid":"a","Effect":"Allow","Action":"*","Resource":"*"},{"Sid":"a","Effect":"allow","Action":"*","Resource":"*"}]}`, msgLegacy},

	{"duplicate sid", `{"Version":"2012-10-17","Statement":[{"Sid":"a","Effect":"Allow","Action":"*","Resource":"*"},{"Sid":"a","Effect":"Allow","Action":"*","Resource":"*"}]}`, msgSidUnique},
	{"empty sid twice", `{"Version":"2012-10-17","Statement":[{"Sid":"","Effect":"Allow","Action":"*","Resource":"*"},{"Sid":"","Effect":"Allow","Action":"*","Resource":"*"}]}`, ""},
	{"sid case counts", `{"Version":"2012-10-17","Statement":[{"Sid":"a","Effect":"Allow","Action":"*","Resource":"*"},{"Sid":"A","Effect":"Allow","Action":"*","Resource":"*"}]}`, ""},
	{"sid charset", identity(`"Sid":"a b","Effect":"Allow","Action":"*","Resource":"*"`), msgSidCharset},
	{"sid beats actions", identity(`"Sid":"a-b","Effect":"Allow","Resource":"*"`), msgSidCharset},

	{"no action", identity(`"Effect":"Allow","Resource":"*"`), msgNoActions},
	{"empty actions", action(`[]`), msgNoActions},
	{"empty NotActions", identity(`"Effect":"Allow","NotAction":[],"Resource":"*"`), msgNoActions},
	{"no action beats resource format", identity(`"Effect":"Allow","Resource":"x"`), msgNoActions},

	{"no colon", resource(`"bucket"`), `Resource bucket must be in ARN format or "*".`},
	{"empty resource", resource(`""`), `Resource  must be in ARN format or "*".`},
	{"two stars", resource(`"**"`), `Resource ** must be in ARN format or "*".`},
	{"partition", resource(`"arn:x:s3:::b"`), `Partition "x" is not valid for resource "arn:x:s3:::b".`},
	{"first field replaced", resource(`"a:b:cadfsdf"`), `Partition "b" is not valid for resource "arn:b:cadfsdf:*:*:*".`},
	{"no arn", resource(`"aws:s3:::b"`), `Partition "s3" is not valid for resource "arn:s3:::b:*".`},
	{"empty partition", resource(`"arn::s3:::b"`), `Partition "" is not valid for resource "arn::s3:::b".`},
	{"any partition", resource(`"arn:*:s3:::b"`), ``},
	{"china", resource(`"arn:aws-cn:s3:::b"`), ``},
	{"no vendor", resource(`"arn:aws"`), msgVendorRegex},
	{"vendor with wildcard", resource(`"arn:aws:s*:::b"`), msgVendorRegex},
	{"vendor star", resource(`"arn:aws:*:::b"`), msgVendorRegex},
	{"iam region", resource(`"arn:aws:iam:us-east-1:1:user/x"`), `IAM resource arn:aws:iam:us-east-1:1:user/x cannot contain region information.`},
	{"s3 region", resource(`"arn:aws:s3:us-east-1::b"`), `Resource arn:aws:s3:us-east-1::b can not contain region information.`},
	{"s3 access point", resource(`"arn:aws:s3:us-east-1:123456789012:accesspoint/a"`), ``},
	{"s3 access grants", resource(`"arn:aws:s3:*:*:access-grants/default"`), ``},
	{"other region", resource(`"arn:aws:sqs:us-east-1:123456789012:q"`), ``},
	{"iam path", resource(`"arn:aws:iam::123456789012:thing/x"`), msgIAMPath},
	{"iam root", resource(`"arn:aws:iam::123456789012:root"`), ``},
	{"iam star", resource(`"arn:aws:iam::*:*"`), ``},
	{"iam without account", resource(`"arn:aws:iam:::user/x"`), ``},
	{"short ARN", resource(`"arn:aws:fdsasf"`), ``},
	{"short iam ARN", resource(`"arn:aws:iam"`), ``},
	{"short s3 ARN", resource(`"arn:aws:s3:us-east-1"`), `Resource arn:aws:s3:us-east-1:*:* can not contain region information.`},
	{"NotResource too", identity(`"Effect":"Allow","Action":"*","NotResource":"x"`), `Resource x must be in ARN format or "*".`},
	{"resource beats action", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"x","Resource":"*"},{"Effect":"Allow","Action":"*","Resource":"y"}]}`, `Resource y must be in ARN format or "*".`},

	{"vendorless action", action(`"GetObject"`), msgActionVendor},
	{"empty NotAction", identity(`"Effect":"Allow","NotAction":"","Resource":"*"`), msgActionVendor},
	{"two stars as action", action(`"**"`), msgActionVendor},
	{"bad vendor", action(`"s_3:GetObject"`), `Vendor s_3 is not valid`},
	{"vendor with star", action(`"s3*:GetObject"`), `Vendor s3* is not valid`},
	{"vendor star action", action(`"*:*"`), `Vendor * is not valid`},
	{"empty vendor", action(`":GetObject"`), `Vendor  is not valid`},
	{"two colons", action(`"s3:Get:Object"`), msgActionColons},
	{"unknown service", action(`"fdsa:Foo"`), ``},
	{"space in action", action(`"s3:Get Object"`), ``},
	{"vendor with hyphen", action(`"s3-s:GetObject"`), ``},
	{"vendor with dot", action(`"s3.s:GetObject"`), ``},
	{"vendorless beats missing resource", identity(`"Effect":"Allow","Action":"x"`), msgActionVendor},

	{"no resource", identity(`"Effect":"Allow","Action":"s3:*"`), msgNoResources},
	{"empty resources", resource(`[]`), msgNoResources},
	{"empty NotResources", identity(`"Effect":"Allow","Action":"*","NotResource":[]`), msgNoResources},

	{"date 01T", condition(`{"DateEquals":{"aws:CurrentTime":"01T"}}`), ``},
	{"date smallest year", condition(`{"DateEquals":{"aws:CurrentTime":"-292275054"}}`), ``},
	{"date below", condition(`{"DateEquals":{"aws:CurrentTime":"-292275055"}}`), msgLegacy},
	{"date fraction", condition(`{"DateEquals":{"aws:CurrentTime":"2020-01-01t10:00:00.123456789+23"}}`), ``},
	{"date long fraction", condition(`{"DateEquals":{"aws:CurrentTime":"2020-01-01T10:00:00.1234567890Z"}}`), msgLegacy},
	{"date largest epoch", condition(`{"DateEquals":{"aws:CurrentTime":"9223372036854775807"}}`), ``},
	{"date epoch above", condition(`{"DateEquals":{"aws:CurrentTime":"9223372036854775808"}}`), msgLegacy},
	{"date bare epoch", condition(`{"DateEquals":{"aws:CurrentTime":1700000000}}`), ``},
}

func trust(statement string) string { return `{"Statement":[{` + statement + `}]}` }

func trusted(principal string) string {
	return trust(`"Effect":"Allow","Action":"sts:AssumeRole","Principal":` + principal)
}

func trustAction(a string) string {
	return trust(`"Effect":"Allow","Principal":{"AWS":"*"},"Action":` + a)
}

var trustCases = []struct{ name, text, want string }{
	{"user", trusted(`{"AWS":"arn:aws:iam::123456789012:user/path/u"}`), ""},
	{"role", trusted(`{"AWS":["arn:aws:iam::123456789012:role/r"]}`), ""},
	{"root", trusted(`{"AWS":"arn:aws:iam::123456789012:root"}`), ""},
	{"account", trusted(`{"AWS":"123456789012"}`), ""},
	{"session", trusted(`{"AWS":"arn:aws:sts::123456789012:assumed-role/r/s"}`), ""},
	{"federated user", trusted(`{"AWS":"arn:aws:sts::123456789012:federated-user/n"}`), ""},
	{"unique id", trusted(`{"AWS":"AROAEXAMPLEEXAMPLE123"}`), ""},
	{"everyone in AWS", trusted(`{"AWS":"*"}`), ""},
	{"service", trusted(`{"Service":"ec2.amazonaws.com"}`), ""},
	{"google", trusted(`{"Federated":"accounts.google.com"}`), ""},
	{"oidc", trusted(`{"Federated":"arn:aws:iam::123456789012:oidc-provider/x.example"}`), ""},
	{"version 2008", `{"Version":"2008-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"AWS":"*"}}]}`, ""},
	{"not JSON", `{`, msgTrustJSON},
	{"resource", trust(`"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:AssumeRole","Resource":"*"`), "Has prohibited field Resource"},
	{"not resource", trust(`"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:AssumeRole","NotResource":"*"`), "Has prohibited field NotResource"},
	{"no principal", trust(`"Effect":"Allow","Action":"sts:AssumeRole"`), "Missing required field Principal"},
	{"empty principal", trusted(`{}`), "Missing required field Principal"},
	{"no action", trust(`"Effect":"Allow","Principal":{"AWS":"*"}`), "Missing required field Action"},
	{"unknown field", trust(`"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:AssumeRole","Foo":1`), "Unknown field Foo"},
	{"unknown top field", `{"Foo":1}`, "Unknown field Foo"},
	{"no statement", `{"Version":"2012-10-17"}`, msgSyntax},
	{"star", trusted(`"*"`), `AssumeRolepolicy contained an invalid principal: "STAR":"*"`},
	{"text principal", trusted(`"123456789012"`), msgSyntax},
	{"unknown kind", trusted(`{"Aws":"*"}`), msgSyntax},
	{"group", trusted(`{"AWS":"arn:aws:iam::123456789012:group/g"}`), `Invalid principal in policy: "AWS":"arn:aws:iam::123456789012:group/g"`},
	{"wildcard", trusted(`{"AWS":"arn:aws:iam::123456789012:role/*"}`), `Invalid principal in policy: "AWS":"arn:aws:iam::123456789012:role/*"`},
	{"name", trusted(`{"AWS":"bob"}`), `Invalid principal in policy: "AWS":"bob"`},
	{"empty name", trusted(`{"AWS":"arn:aws:iam::123456789012:user/"}`), `Invalid principal in policy: "AWS":"arn:aws:iam::123456789012:user/"`},
	{"short account", trusted(`{"AWS":"12345678901"}`), `Invalid principal in policy: "AWS":"12345678901"`},
	{"service form", trusted(`{"Service":"ec2"}`), `Invalid principal in policy: "SERVICE":"ec2"`},
	{"provider form", trusted(`{"Federated":"x.example"}`), `Invalid principal in policy: "FEDERATED":"x.example"`},
	{"canonical", trusted(`{"CanonicalUser":"abc"}`), `Invalid principal in policy: "CANONICALUSER":"abc"`},
	{"all trust actions", trustAction(`["sts:AssumeRole","sts:AssumeRoleWithSAML","sts:AssumeRoleWithWebIdentity","sts:TagSession","sts:SetSourceIdentity","sts:SetContext"]`), ""},
	{"star action", trustAction(`"*"`), ""},
	{"sts star", trustAction(`"sts:*"`), ""},
	{"case of action", trustAction(`"STS:assumerole"`), ""},
	{"other sts action", trustAction(`"sts:GetCallerIdentity"`), msgTrustActions},
	{"other service", trustAction(`"s3:GetObject"`), msgTrustActions},
	{"two stars", trustAction(`"**"`), msgTrustActions},
	{"NotAction", trust(`"Effect":"Allow","Principal":{"AWS":"*"},"NotAction":"sts:TagSession"`), msgTrustActions},
	{"NotPrincipal with Allow", trust(`"Effect":"Allow","NotPrincipal":{"AWS":"123456789012"},"Action":"sts:AssumeRole"`), "Has prohibited field NotPrincipal"},
	{"NotPrincipal with Deny", trust(`"Effect":"Deny","NotPrincipal":{"AWS":"123456789012"},"Action":"sts:AssumeRole"`), ""},
	{"effect case", trust(`"Effect":"allow","Principal":{"AWS":"*"},"Action":"sts:AssumeRole"`), msgLegacy},
	{"bad date", trust(`"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:AssumeRole","Condition":{"DateEquals":{"aws:CurrentTime":"x"}}`), msgLegacy},
}

func rcp(statement string) string {
	return `{"Version":"2012-10-17","Statement":[{` + statement + `}]}`
}

var otherCases = []struct {
	name string
	kind Kind
	text string
	want string
}{
	{"scp", SCP, `{"Statement":[` + okStatement + `]}`, ""},
	{"scp with principal", SCP, rcp(`"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"*"`), msgOrganizations},
	{"rcp", RCP, rcp(`"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"*"`), ""},
	{"rcp {AWS:*}", RCP, rcp(`"Effect":"Deny","Principal":{"AWS":"*"},"Action":"s3:*","Resource":"*"`), ""},
	{"rcp without principal", RCP, rcp(`"Effect":"Deny","Action":"s3:*","Resource":"*"`), msgOrganizations},
	{"rcp for one account", RCP, rcp(`"Effect":"Deny","Principal":{"AWS":"123456789012"},"Action":"s3:*","Resource":"*"`), msgOrganizations},
	{"rcp allow", RCP, rcp(`"Effect":"Allow","Principal":"*","Action":"s3:*","Resource":"*"`), msgOrganizations},
	{"rcp lone star", RCP, rcp(`"Effect":"Deny","Principal":"*","Action":"*","Resource":"*"`), msgOrganizations},
	{"rcp NotAction", RCP, rcp(`"Effect":"Deny","Principal":"*","NotAction":"s3:*","Resource":"*"`), msgOrganizations},
	{"rcp NotPrincipal", RCP, rcp(`"Effect":"Deny","NotPrincipal":"*","Action":"s3:*","Resource":"*"`), msgOrganizations},
	{"rcp NotResource", RCP, rcp(`"Effect":"Deny","Principal":"*","Action":"s3:*","NotResource":"arn:aws:s3:::b"`), ""},
	{"rcp 2008", RCP, `{"Statement":[{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"*"}]}`, msgOrganizations},
	{"resource", Resource, `{"Statement":[{"Sid":"with space","Effect":"Allow","Principal":"*","Action":"s3:*","Resource":"arn:aws:s3:::b"}]}`, ""},
	{"resource without principal", Resource, `{"Statement":[` + okStatement + `]}`, "Missing required field Principal"},
	{"resource canonical", Resource, rcp(`"Effect":"Allow","Principal":{"CanonicalUser":"79a59df900b949e5"},"Action":"s3:*","Resource":"*"`), ""},
	{"resource origin access identity", Resource, rcp(`"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E1"},"Action":"s3:*","Resource":"*"`), ""},
	{"resource unicode", Resource, rcp(`"Effect":"Allow","Principal":"*","Action":"s3:*","Resource":"arn:aws:s3:::ł"`), ""},
	{"endpoint", Endpoint, rcp(`"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"`), ""},
	{"endpoint without principal", Endpoint, rcp(`"Effect":"Allow","Action":"*","Resource":"*"`), ""},
	{"boundary", Boundary, `{"Statement":[` + okStatement + `]}`, msgVersion},
	{"session", Session, rcp(`"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"`), msgPrincipal},
	{"no kind", 0, action(`"*"`), msgSyntax},
	{"unknown kind", 99, action(`"*"`), msgSyntax},
}

func checkParse(t *testing.T, name, text string, kind Kind, want string) {
	t.Helper()
	d, err := Parse(text, kind)
	var e *ParseError
	switch {
	case want == "" && err != nil:
		t.Errorf("%s: refused: %v", name, err)
	case want == "" && d == nil:
		t.Errorf("%s: no document", name)
	case want != "" && !errors.As(err, &e):
		t.Errorf("%s: accepted, want %q", name, want)
	case want != "" && (e.Message != want || e.Code != MalformedPolicyDocument):
		t.Errorf("%s:\n got %q\nwant %q", name, e.Message, want)
	}
}

func TestParseIdentity(t *testing.T) {
	for _, c := range identityCases {
		checkParse(t, c.name, c.text, Identity, c.want)
	}
}

func TestParseTrust(t *testing.T) {
	for _, c := range trustCases {
		checkParse(t, c.name, c.text, Trust, c.want)
	}
}

func TestParseOther(t *testing.T) {
	for _, c := range otherCases {
		checkParse(t, c.name, c.text, c.kind, c.want)
	}
}

// TestDepth: hostile nesting is refused before it costs a stack.
func TestDepth(t *testing.T) {
	for _, text := range []string{strings.Repeat("[", 100000), strings.Repeat(`{"a":`, 20000)} {
		_, err := ParseStored(text, Identity)
		if e := err.(*ParseError); e.Detail != "nested too deeply" {
			t.Errorf("%v", e)
		}
	}
}

func TestParseErrorPlace(t *testing.T) {
	_, err := Parse("{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": [{\"Effect\": \"Allow\",\n    \"é\": 1}]}", Identity)
	e := err.(*ParseError)
	if e.Line != 4 || e.Column != 5 || e.Path != "Statement[0].é" {
		t.Errorf("line %d column %d path %q", e.Line, e.Column, e.Path)
	}
}

func TestParseStored(t *testing.T) {
	for _, c := range []struct {
		name string
		kind Kind
		text string
		ok   bool
	}{
		{"old version", Identity, `{"Statement":[` + okStatement + `]}`, true},
		{"unknown operator", Identity, condition(`{"Foo":{"aws:x":"y"}}`), true},
		{"bad date", Identity, condition(`{"DateEquals":{"aws:x":"y"}}`), true},
		{"RCPFullAWSAccess", RCP, rcp(`"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"`), true},
		{"deleted principal", Trust, trusted(`{"AWS":"AIDAJQABLZS4A3QDU576Q"}`), true},
		{"bare star", Trust, trusted(`"*"`), true},
		{"long", Identity, action(`"*"`) + strings.Repeat(" ", maxDocument), true},
		{"too long", Identity, action(`"*"`) + strings.Repeat(" ", maxStored), false},
		{"effect case", Identity, identity(`"Effect":"allow","Action":"*","Resource":"*"`), false},
		{"no action", Identity, identity(`"Effect":"Allow","Resource":"*"`), false},
		{"no resource", Identity, identity(`"Effect":"Allow","Action":"*"`), false},
		{"principal in identity", Identity, identity(`"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"`), false},
		{"no principal", Resource, action(`"*"`), false},
		{"unknown member", Identity, identity(`"Effect":"Allow","Action":"*","Resource":"*","Foo":"x"`), false},
		{"duplicate member", Identity, identity(`"Effect":"Allow","Effect":"Allow","Action":"*","Resource":"*"`), false},
	} {
		if _, err := ParseStored(c.text, c.kind); (err == nil) != c.ok {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

func TestPositions(t *testing.T) {
	text := "{\"Version\":\"2012-10-17\",\n \"Statement\":[\n  {\"Effect\":\"Allow\",\"Action\":\"s3:*\",\"Resource\":\"*\"},\n  {\"Effect\":\"Deny\",\"Action\":\"iam:é\",\"Resource\":\"*\"} ]}"
	d, err := Parse(text, Identity)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []struct{ line, column, endLine, endColumn int }{{3, 3, 3, 52}, {4, 3, 4, 52}} {
		s, e := d.Statements[i].Start, d.Statements[i].End
		if s.Line != want.line || s.Column != want.column || e.Line != want.endLine || e.Column != want.endColumn {
			t.Errorf("statement %d: %v to %v", i, s, e)
		}
		if got := text[s.Offset:e.Offset]; got[0] != '{' || got[len(got)-1] != '}' {
			t.Errorf("statement %d spans %q", i, got)
		}
	}
}

func TestSize(t *testing.T) {
	compact := `{"Version":"2012-10-17","Statement":[{"Sid":"","Effect":"Allow","Action":"s3:Get Object","Resource":"arn:aws:s3:::é"}]}`
	spaced := strings.NewReplacer(`:"A`, ": \t\"A", `,"`, "\n,\r\n  \"").Replace(compact)
	for _, text := range []string{compact, spaced} {
		d, err := Parse(text, Identity)
		if err != nil {
			t.Fatal(err)
		}
		if want := len([]rune(compact)); d.Size() != want {
			t.Errorf("size %d, want %d", d.Size(), want)
		}
	}
}

func TestMapPrincipals(t *testing.T) {
	const user = "arn:aws:iam::123456789012:user/u"
	d, err := Parse(trust(`"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"AWS":["`+user+`","123456789012"],"Service":"ec2.amazonaws.com"}`), Trust)
	if err != nil {
		t.Fatal(err)
	}
	change := func(from, to string) func(string, string) string {
		return func(kind, value string) string {
			if kind == "AWS" && value == from {
				return to
			}
			return value
		}
	}
	mapped := d.MapPrincipals(change(user, "AIDAEXAMPLEEXAMPLE123"))
	if want := strings.Replace(d.Text(), user, "AIDAEXAMPLEEXAMPLE123", 1); mapped.Text() != want || mapped.Size() != len(want) {
		t.Errorf("text %s, size %d", mapped.Text(), mapped.Size())
	}
	if back := mapped.MapPrincipals(change("AIDAEXAMPLEEXAMPLE123", user)); back.Text() != d.Text() {
		t.Errorf("back: %s", back.Text())
	}
	if odd := d.MapPrincipals(change(user, "\"\\\n\u0142\U0001F600")); odd.Principals()[0].Value != reparse(t, odd).Principals()[0].Value {
		t.Errorf("quoted: %s", odd.Text())
	}
	got := d.Principals()
	if len(got) != 3 || got[0].Value != user || got[2].Kind != "Service" || got[2].Negated {
		t.Errorf("principals %v", got)
	}
}

func reparse(t *testing.T, d *Document) *Document {
	t.Helper()
	again, err := ParseStored(d.Text(), d.Kind())
	if err != nil {
		t.Fatal(err)
	}
	return again
}
