package catalog

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/aratame/aratame/policy"
)

func parsed(t testing.TB, statements ...string) *policy.Document {
	t.Helper()
	doc, err := policy.ParseStored(`{"Version":"2012-10-17","Statement":[`+strings.Join(statements, ",")+`]}`, policy.Identity)
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// TestGrants holds the quick answers to asking about every action.
func TestGrants(t *testing.T) {
	allow := func(element string, actions ...string) string {
		return fmt.Sprintf(`{"Effect":"Allow","%s":["%s"],"Resource":"*"}`, element, strings.Join(actions, `","`))
	}
	every := len(Services())
	for _, c := range []struct {
		name       string
		statements []string
		services   int // how many
		has, lacks string
		action     string // granted, or with "!" not
	}{
		{"everything", []string{allow("Action", "*")}, every, "iam s3 sts", "", "iam:Nosuch"},
		{"one action", []string{allow("Action", "S3:getobject")}, 1, "s3", "iam", "s3:GetObject"},
		{"no other action", []string{allow("Action", "s3:GetObject")}, 1, "s3", "", "!s3:PutObject"},
		{"a pattern", []string{allow("Action", "ec2:Describe*", "iam:?et*")}, 2, "ec2 iam", "s3", "iam:GetUser"},
		{"of nothing", []string{allow("Action", "s3:Nosuch*", "nosuch:*", "iam:GetUser?")}, 0, "", "s3 nosuch iam", "!iam:GetUser"},
		{"a service", []string{allow("Action", "sts:*")}, 1, "sts", "iam", "sts:AssumeRole"},
		{"all but a service", []string{allow("NotAction", "iam:*", "sts:GetCallerIdentity")}, every - 1, "sts s3", "iam", "!iam:GetUser"},
		{"all but a service by pieces", []string{allow("NotAction", "sts:A*", "sts:D*", "sts:G*", "sts:S*", "sts:T*")}, every - 1, "iam", "sts", "!sts:AssumeRole"},
		{"all but everything", []string{allow("NotAction", "*")}, 0, "", "iam", "!iam:GetUser"},
		{"all but what can't be told", []string{allow("NotAction", "*:Get*")}, 0, "", "iam", "!iam:CreateUser"},
		{"what can't be told", []string{allow("Action", "*:Get*", "GetUser", "s*:GetObject")}, 0, "", "iam s3", "!iam:GetUser"},
		{"a denial takes nothing away", []string{allow("Action", "s3:*"), `{"Effect":"Deny","Action":"*","Resource":"*"}`}, 1, "s3", "iam", "s3:GetObject"},
		{"nothing", []string{`{"Effect":"Deny","Action":"s3:*","Resource":"*"}`}, 0, "", "s3", "!s3:GetObject"},
		{"two statements", []string{allow("Action", "s3:*"), allow("Action", "sqs:SendMessage")}, 2, "s3 sqs", "sns", "sqs:SendMessage"},
	} {
		g := NewGrants(parsed(t, c.statements...))
		services := g.Services()
		if len(services) != c.services || !g.Complete() {
			t.Errorf("%s: %d services, want %d", c.name, len(services), c.services)
		}
		for _, s := range services {
			if !slices.ContainsFunc(s.Actions, func(a Action) bool { return g.Action(s.Prefix, a.Name) }) {
				t.Errorf("%s: %s without an action", c.name, s.Prefix)
			}
		}
		for _, p := range strings.Fields(c.has) {
			if !g.Service(p) {
				t.Errorf("%s: lacks %s", c.name, p)
			}
		}
		for _, p := range strings.Fields(c.lacks) {
			if g.Service(p) {
				t.Errorf("%s: has %s", c.name, p)
			}
		}
		name, not := strings.CutPrefix(c.action, "!")
		service, name, _ := strings.Cut(name, ":")
		if g.Action(service, name) == not {
			t.Errorf("%s: %s is %v", c.name, c.action, !not)
		}
	}
}

// TestGrantsAreBounded: a document of the greatest size can't keep the server.
func TestGrantsAreBounded(t *testing.T) {
	patterns := make([]string, 4000)
	for i := range patterns {
		patterns[i] = fmt.Sprintf(`"ec2:*e*e*e*e*e*%dx"`, i)
	}
	g := NewGrants(parsed(t, `{"Effect":"Allow","Action":[`+strings.Join(patterns, ",")+`],"Resource":"*"}`))
	g.Services()
	for range 100 {
		g.Service("ec2")
	}
	if g.Complete() {
		t.Error("no bound was met")
	}
}

func BenchmarkGrants(b *testing.B) {
	for name, statement := range map[string]string{
		"everything": `{"Effect":"Allow","Action":"*","Resource":"*"}`,
		"reading":    `{"Effect":"Allow","Action":["s3:Get*","s3:List*","ec2:Describe*","iam:Get*","iam:List*"],"Resource":"*"}`,
		"NotAction":  `{"Effect":"Allow","NotAction":["iam:*","organizations:*","account:*"],"Resource":"*"}`,
	} {
		doc := parsed(b, statement)
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				NewGrants(doc).Services()
			}
		})
	}
}
