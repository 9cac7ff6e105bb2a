package policy

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// reference matches by trying everything.
func reference(pattern, s string) bool {
	switch {
	case pattern == "":
		return s == ""
	case pattern[0] == '*':
		if reference(pattern[1:], s) {
			return true
		}
		if s == "" {
			return false
		}
		_, n := utf8.DecodeRuneInString(s)
		return reference(pattern, s[n:])
	case s == "":
		return false
	case pattern[0] == '?':
		_, n := utf8.DecodeRuneInString(s)
		return reference(pattern[1:], s[n:])
	}
	return pattern[0] == s[0] && reference(pattern[1:], s[1:])
}

func FuzzMatch(f *testing.F) {
	for _, s := range [][2]string{{"a*b?c", "axxbyc"}, {"*", ""}, {"", ""}, {"**?", "é"}, {"*a*a*a", "aaaa"}, {"?*?", "é\xff"}} {
		f.Add(s[0], s[1])
	}
	f.Fuzz(func(t *testing.T, pattern, s string) {
		if len(pattern) > 12 || len(s) > 16 || !utf8.ValidString(pattern) {
			return
		}
		want := reference(pattern, s)
		p, ok := newPattern(pattern, true, false)
		if !ok || p.match(s, nil) != want {
			t.Errorf("pattern %q on %q: want %v", pattern, s, want)
		}
		low := lowerASCII(pattern)
		if got, want := matchFolded(low, s), reference(low, lowerASCII(s)); got != want {
			t.Errorf("action: pattern %q on %q: want %v", pattern, s, want)
		}
		a := newActionPattern("a:" + pattern)
		if act := "A:" + s; a.match(act) != no && (a.verbs()&verbOf(act) == 0 || !strings.HasPrefix(lowerASCII(act), a.prefix())) {
			t.Errorf("action: pattern %q on %q: passed over", pattern, s)
		}
		v, ok := newPattern("${v}"+pattern, true, true)
		if ok && strings.Count(pattern, "$") == 0 && v.match("x*"+s, MapContext{"v": One("x*")}) != want {
			t.Errorf("variable: pattern %q on %q: want %v", pattern, s, want)
		}
	})
}

var resourceCases = []struct {
	pattern, resource string
	want              bool
}{
	{"*", "arn:aws:s3:::b/k", true},
	{"*", "*", true},
	{"*", "report/17", true},
	{"arn:aws:s3:::b/*", "*", false},
	{"arn:aws:s3:::b/*", "arn:aws:s3:::b/k/l:m", true},
	{"arn:aws:s3:::b/*", "arn:aws:s3:::b", false},
	{"arn:aws:s3:::b/*", "arn:aws:s3:::B/k", false},
	{"arn:aws:s3:::b/*", "arn:aws:s3:us-east-1::b/k", false},
	{"arn:aws:s3:::b/*", "arn:aws:s3::123456789012:b/k", false},
	{"arn:aws:s3:::b/?", "arn:aws:s3:::b/k", true},
	{"arn:aws:s3:::b/?", "arn:aws:s3:::b//", true},
	{"arn:aws:s3:::b/?", "arn:aws:s3:::b/kk", false},
	{"arn:aws:s3:::?*/k", "arn:aws:s3:::b/x/k", true},
	{"arn:aws:sqs:*:*:q", "arn:aws:sqs:us-east-1:1:q", true},
	{"arn:aws:sqs:*:q", "arn:aws:sqs:us-east-1:1:q", false},
	{"arn:aws:sqs:*:1*", "arn:aws:sqs:us-east-1:123:q", true},
	{"arn:aws:sqs:us-*-1:1:q", "arn:aws:sqs:us-east-1:1:q", true},
	{"arn:aws:sqs:us*:1:q", "arn:aws:sqs:us-east-1:2:1:q", false},
	{"arn:aws:sqs:us*q", "arn:aws:sqs:us-east-1:1:q", false},
	{"arn:aws:sqs", "arn:aws:sqs:us-east-1:1:q", true},
	{"arn:aws:sqs:us-east-1", "arn:aws:sqs:us-east-1:1:q:r", true},
	{"arn:aws:sqs:us-east-1", "arn:aws:sqs:us-east-2:1:q", false},
	{"arn:*:sqs:*:*:q", "arn:aws-cn:sqs:cn-north-1:1:q", true},
	{"a:aws:s3:::b", "arn:aws:s3:::b", true},
	{"arn:aws:s3:::${*}", "arn:aws:s3:::b", false},
	{"arn:aws:s3:::${*}", "arn:aws:s3:::*", true},
	{"arn:aws:s3:::${v}/*", "arn:aws:s3:::home:1/k", true},
	{"arn:aws:s3:::${v}/*", "arn:aws:s3:::other/k", false},
	{"arn:aws:s3:::${absent}/*", "arn:aws:s3:::home:1/k", false},
	{"arn:aws:s3:::${absent, 'home:1'}/*", "arn:aws:s3:::home:1/k", true},
	{"arn:aws:logs:*:*:log-group:/a/*:*", "arn:aws:logs:r:1:log-group:/a/b:log-stream:c", true},
	{"arn:aws:iam::1:user/É", "arn:aws:iam::1:user/É", true},
}

// unclear are patterns that may or may not leave a resource out: a star that may
// reach beyond a colon, a variable without a value.
var unclear = map[string]bool{"arn:aws:sqs:us*:1:q": true, "arn:aws:s3:::${absent}/*": true}

// TestResources also asks each pattern among many others, through the index,
// and in NotResource.
func TestResources(t *testing.T) {
	ctx := MapContext{"v": One("home:1")}
	for _, c := range resourceCases {
		for _, not := range []bool{false, true} {
			element := map[bool]string{false: "Resource", true: "NotResource"}[not]
			set := []Policy{{Document: mustParse(t, identity(`"Effect":"Allow","Action":"x:Y","`+element+`":"`+c.pattern+`"`), Identity)}}
			for range 2 {
				out := Evaluate(&Request{Principal: alice, Action: "x:Y", Resource: c.resource, ResourceAccount: alice.Account, Context: ctx}, &Policies{Identity: Compile(set...)})
				if out.Allowed() != (c.want != not && !(not && unclear[c.pattern])) {
					t.Errorf("%s %s on %s with %d policies: %v", element, c.pattern, c.resource, len(set), out)
				}
				for _, other := range resourceCases {
					set = append(set, Policy{Document: mustParse(t, identity(`"Effect":"Allow","Action":"other:*","Resource":"`+other.pattern+`"`), Identity)})
				}
			}
		}
	}
}

// What a star may reach beyond a colon a Deny reaches and an Allow doesn't.
func TestStarBeyondColon(t *testing.T) {
	for effect, want := range map[string]Effect{"Allow": ImplicitDeny, "Deny": ExplicitDeny} {
		d := mustParse(t, identity(`"Effect":"`+effect+`","Action":"x:Y","Resource":"arn:aws:sqs:us*:q"`), Identity)
		req := &Request{Principal: alice, Action: "x:Y", Resource: "arn:aws:sqs:us-east-1:" + acct + ":a:q:b"}
		pol := &Policies{Identity: Compile(Policy{Document: d})}
		if out := Evaluate(req, pol); out.Effect != want || Explain(req, pol).Outcome != out {
			t.Errorf("%s: %v", effect, out)
		}
	}
}

func TestResourceUnevaluable(t *testing.T) {
	for _, r := range []string{`"arn:aws:sqs:*:${aws:PrincipalAccount}:q"`, `"arn:aws:s3:::${v"`, `"bucket"`, `""`, `[null]`, `["arn:aws:s3:::c",null]`} {
		for _, effect := range []string{"Allow", "Deny"} {
			for _, element := range []string{"Resource", "NotResource"} {
				d := mustParse(t, identity(`"Effect":"`+effect+`","Action":"x:Y","`+element+`":`+r), Identity)
				out := Evaluate(&Request{Principal: alice, Action: "x:Y", Resource: "arn:aws:s3:::b"}, &Policies{Identity: Compile(Policy{Document: d})})
				if want := map[string]Effect{"Allow": ImplicitDeny, "Deny": ExplicitDeny}[effect]; out.Effect != want {
					t.Errorf("%s %s %s: %v", effect, element, r, out)
				}
			}
		}
	}
}

var actionCases = []struct {
	pattern, action string
	want            bool
}{
	{"*", "s3:GetObject", true},
	{"s3:GetObject", "s3:GetObject", true},
	{"S3:getobject", "s3:GetObject", true},
	{"s3:GetObject", "S3:GETOBJECT", true},
	{"s3:Get*", "s3:GetObject", true},
	{"s3:Get*", "s3:PutObject", false},
	{"s3:*Object", "s3:GetObject", true},
	{"s3:*Object", "s3:GetObjectAcl", false},
	{"s3:G?tObject", "s3:GetObject", true},
	{"s3:?", "s3:Get", false},
	{"s3:*", "s3express:CreateSession", false},
	{"s3:*", "s3:", true},
	{"s3:GetObject", "s3:GetObjectAcl", false},
	{"s3:*e*e*t", "s3:DeleteObject", true},
	{"app:DÉ*", "app:dÉl", true},
	{"app:DÉ*", "app:dél", false},
	{"app:Ok", "app:o\u212A", false},
}

func TestActions(t *testing.T) {
	for _, c := range actionCases {
		for _, not := range []bool{false, true} {
			element := map[bool]string{false: "Action", true: "NotAction"}[not]
			set := []Policy{{Document: mustParse(t, identity(`"Effect":"Allow","`+element+`":"`+c.pattern+`","Resource":"*"`), Identity)}}
			for range 2 {
				out := Evaluate(&Request{Principal: alice, Action: c.action, Resource: "*"}, &Policies{Identity: Compile(set...)})
				if out.Allowed() != (c.want != not) {
					t.Errorf("%s %s on %s with %d policies: %v", element, c.pattern, c.action, len(set), out)
				}
				for _, other := range actionCases[1:] {
					set = append(set, Policy{Document: mustParse(t, identity(`"Effect":"Allow","Action":"z`+other.pattern+`","Resource":"*"`), Identity)})
				}
			}
		}
	}
}
