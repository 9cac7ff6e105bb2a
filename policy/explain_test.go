package policy

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

func explainOne(t *testing.T, statement string, ctx MapContext) *Decision {
	t.Helper()
	set := Compile(Policy{Source{Type: UserManaged, Name: "p", ARN: "arn:aws:iam::" + acct + ":policy/p"}, mustParse(t, "{\"Version\":\"2012-10-17\",\n\"Statement\":[{"+statement+"}]}", Identity)})
	return Explain(&Request{Principal: alice, Action: "s3:GetObject", Resource: "arn:aws:s3:::b/k", ResourceAccount: acct, Context: ctx}, &Policies{Identity: set})
}

func TestNearMisses(t *testing.T) {
	const allow = `"Sid":"S","Effect":"Allow",`
	for _, c := range []struct {
		name, statement string
		element         Element // "": not listed
		why             string
	}{
		{"action", allow + `"Action":"s3:PutObject","Resource":"*"`, ElementAction, `the action s3:GetObject matches none of "s3:PutObject"`},
		{"other service", allow + `"Action":"sqs:*","Resource":"*"`, "", ""},
		{"NotAction", allow + `"NotAction":"s3:*","Resource":"*"`, ElementAction, `the action s3:GetObject is among those excepted: "s3:*"`},
		{"resource", allow + `"Action":"s3:*","Resource":["arn:aws:s3:::c/*","arn:aws:s3:::d"]`, ElementResource, `the resource arn:aws:s3:::b/k matches none of ["arn:aws:s3:::c/*", "arn:aws:s3:::d"]`},
		{"variable", allow + `"Action":"s3:*","Resource":"arn:aws:s3:::${aws:username}/*"`, ElementResource, `; the variable ${aws:username} has no single value in the request`},
		{"bad resource", allow + `"Action":"s3:*","Resource":"arn:aws:s3:::${"`, ElementResource, `a resource can't be evaluated`},
		{"missing key", allow + `"Action":"s3:*","Resource":"*","Condition":{"StringEquals":{"aws:PrincipalOrgID":"o-1"}}`, ElementCondition, `the request has no aws:PrincipalOrgID, and the condition is StringEquals "o-1"`},
		{"value", allow + `"Action":"s3:*","Resource":"*","Condition":{"StringEquals":{"k":["a","b"]}}`, ElementCondition, `the request's k is "x", and the condition is StringEquals ["a", "b"]`},
		{"unreadable", allow + `"Action":"s3:*","Resource":"*","Condition":{"NumericEquals":{"k":"1"}}`, ElementCondition, `the condition NumericEquals "1" on k can't be evaluated with the request's value "x"`},
		{"deny", `"Sid":"S","Effect":"Deny","Action":"s3:*","Resource":"*","Condition":{"Bool":{"b":"true"}}`, ElementCondition, `the request has no b, and the condition is Bool "true"`},
	} {
		d := explainOne(t, c.statement, MapContext{"k": One("x")})
		if c.element == "" {
			if len(d.NearMisses) != 0 {
				t.Errorf("%s: %+v", c.name, d.NearMisses)
			}
			continue
		}
		if len(d.NearMisses) != 1 {
			t.Errorf("%s: %+v", c.name, d)
			continue
		}
		m := d.NearMisses[0]
		if m.Element != c.element || !strings.Contains(m.Why, c.why) || m.Sid != "S" || m.Start.Line != 2 || m.Source.Name != "p" || m.Policy != Identity {
			t.Errorf("%s: %+v", c.name, m)
		}
	}
}

func TestExplainDeny(t *testing.T) {
	d := explainOne(t, `"Effect":"Deny","Action":"s3:*","Resource":"*","Condition":{"NumericEquals":{"k":"one"}}`, MapContext{"k": One("1")})
	if d.Effect != ExplicitDeny || len(d.Matched) != 1 || !strings.Contains(d.Matched[0].Unevaluable, `NumericEquals "one" on k can't be evaluated`) {
		t.Errorf("%+v", d)
	}
}

func TestExplainLooksAtEverything(t *testing.T) {
	req, pol := world{identity: "- + - +", boundary: "0", resource: toAccount + " -*", scps: "-|+"}.build(t, alice)
	if d := Explain(req, pol); len(d.Matched) != 8 {
		t.Errorf("%d matched: %s", len(d.Matched), d)
	}
}

func TestNearMissesClosestFirst(t *testing.T) {
	set := Compile(Policy{Document: mustParse(t, `{"Version":"2012-10-17","Statement":[
		{"Effect":"Allow","Action":"s3:PutObject","Resource":"*"},
		{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::c"},
		{"Effect":"Allow","Action":"s3:*","Resource":"*","Condition":{"Bool":{"x":"true"}}}]}`, Identity)})
	d := Explain(&Request{Principal: alice, Action: "s3:GetObject", Resource: "arn:aws:s3:::b"}, &Policies{Identity: set})
	var got []string
	for _, m := range d.NearMisses {
		got = append(got, string(m.Element))
	}
	if strings.Join(got, " ") != "Condition Resource Action" {
		t.Errorf("%v", got)
	}
}

func TestDecisionRenders(t *testing.T) {
	d := explainOne(t, `"Sid":"S","Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::c/*"`, nil)
	want := "implicitDeny (identity policy): " + userARN + " may not s3:GetObject on arn:aws:s3:::b/k\n" +
		"  Allow doesn't apply: identity policy p, statement 0 (S), line 2 column 14: Resource: the resource arn:aws:s3:::b/k matches none of \"arn:aws:s3:::c/*\"\n"
	if d.String() != want {
		t.Errorf("%s", d)
	}
	text, err := d.JSON()
	if err != nil {
		t.Fatal(err)
	}
	var back struct {
		Effect, By, Message string
		Matched             []any
		NearMisses          []struct {
			Element string
			Start   struct{ Line, Column int }
			Source  struct{ Type string }
		}
	}
	if err := json.Unmarshal(text, &back); err != nil {
		t.Fatal(err)
	}
	if back.Effect != "implicitDeny" || back.By != "identity" || back.Message != d.Message() || back.Matched == nil || len(back.NearMisses) != 1 ||
		back.NearMisses[0].Start.Line != 2 || back.NearMisses[0].Source.Type != "user-managed" || back.NearMisses[0].Element != "Resource" {
		t.Errorf("%s", text)
	}
}

func TestNothingNear(t *testing.T) {
	d := explainOne(t, `"Effect":"Allow","Action":"sqs:*","Resource":"*"`, nil)
	if want := "implicitDeny (identity policy): " + userARN + " may not s3:GetObject on arn:aws:s3:::b/k\n  no identity policy has a statement about s3:GetObject\n"; d.String() != want {
		t.Errorf("%s", d)
	}
	req, pol := world{identity: full}.build(t, alice)
	req.ResourceAccount = other
	if d := Explain(req, pol); !strings.Contains(d.String(), "policies of both accounts must allow\n  no resource policy has a statement about") {
		t.Errorf("%s", d)
	}
}

func TestLackingLevel(t *testing.T) {
	req, pol := world{identity: full, scps: "+|0|+"}.build(t, alice)
	d := Explain(req, pol)
	if d.By != SCP || d.Level != 1 || !strings.Contains(d.String(), "no scp policy has a statement about "+req.Action+" at level 1\n") {
		t.Errorf("%d %s", d.Level, d)
	}
}

// Nothing in a request or a document may forge a line of an explanation, or
// drive a terminal.
func TestExplanationIsPrintable(t *testing.T) {
	const bad = "x\n  allows: identity policy\x1b[31m\u202e"
	set := Compile(Policy{Source{Type: UserInline, Name: bad}, mustParse(t, identity(`"Sid":"a\nb\u001b","Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::c","Condition":{"StringEquals":{"k":"\n\u001b"}}`), Identity)})
	d := Explain(&Request{Principal: alice, Action: "s3:" + bad, Resource: "arn:aws:s3:::c" + bad, Context: MapContext{"k": One(bad)}}, &Policies{Identity: set})
	if s := d.String(); strings.Count(s, "\n") != 2 || strings.ContainsAny(s, "\x1b\u202e") {
		t.Errorf("%q", s)
	}
}

// TestOmitted: an explanation is bounded, and says what it leaves out.
func TestOmitted(t *testing.T) {
	var b []string
	for range 1000 {
		b = append(b, `{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::c"},{"Effect":"Deny","Action":"s3:Put*","Resource":"*"}`)
	}
	set := Compile(Policy{Document: mustParse(t, `{"Version":"2012-10-17","Statement":[`+strings.Join(b, ",")+`]}`, Identity)})
	d := Explain(&Request{Principal: alice, Action: "s3:GetObject", Resource: "arn:aws:s3:::b"}, &Policies{Identity: set})
	if len(d.NearMisses) != 2*shownMisses || d.Omitted != 2000-2*shownMisses || d.NearMisses[0].Element != ElementResource ||
		!strings.Contains(d.String(), fmt.Sprintf("\n  and %d more statements that don't apply\n", d.Omitted)) {
		t.Errorf("%d shown, %d omitted", len(d.NearMisses), d.Omitted)
	}
}
