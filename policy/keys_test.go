package policy_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/aratame/aratame/policy"
)

func TestContextKeys(t *testing.T) {
	const head = `{"Version":"2012-10-17","Statement":`
	st := func(rest string) string { return `{"Effect":"Allow","Action":"s3:*","Resource":"*"` + rest + `}` }
	cond := func(c string) string { return head + st(`,"Condition":`+c) + `}` }
	on := func(r string) string { return head + `{"Effect":"Allow","Action":"s3:*","Resource":` + r + `}}` }
	for _, c := range []struct {
		name, doc string
		want      []string
	}{
		{"none", head + st("") + `}`, nil},
		{"a condition", cond(`{"StringEquals":{"aws:PrincipalOrgID":"o-1"}}`), []string{"aws:PrincipalOrgID"}},
		{"in order, as written", cond(`{"Bool":{"aws:SecureTransport":"true"},"StringEquals":{"S3:Prefix":"a","aws:username":"b"}}`),
			[]string{"aws:SecureTransport", "S3:Prefix", "aws:username"}},
		{"once without regard to case, the first spelling stays", cond(`{"StringEquals":{"AWS:UserName":"a"},"StringLike":{"aws:username":"b"}}`), []string{"AWS:UserName"}},
		{"across statements", head + `[` + st(`,"Condition":{"Null":{"a:b":"true"}}`) + `,` + st(`,"Condition":{"Null":{"A:B":"true","c:d":"true"}}`) + `]}`, []string{"a:b", "c:d"}},
		{"a variable in a resource", on(`"arn:aws:s3:::b/${aws:username}/*"`), []string{"aws:username"}},
		{"several, with spaces and a default", on(`["arn:aws:s3:::b/${ aws:userid }/${aws:PrincipalTag/Team, 'no}ne'}"]`), []string{"aws:userid", "aws:PrincipalTag/Team"}},
		{"escapes are no keys", on(`"arn:aws:s3:::b/${*}${?}${$}"`), nil},
		{"a malformed one ends what can be evaluated", on(`["arn:aws:s3:::b/${aws:userid}${a*b}${c:d}","arn:aws:s3:::b/${e:f}"]`), []string{"aws:userid", "e:f"}},
		{"resources before conditions", head + `{"Effect":"Allow","Action":"s3:*","Condition":{"Null":{"a:b":"true"}},"Resource":"arn:aws:s3:::b/${c:d}"}}`, []string{"c:d", "a:b"}},
		{"a variable in a value", cond(`{"StringLike":{"s3:prefix":["home/${aws:username}/*","${aws:userid}"]}}`), []string{"s3:prefix", "aws:username", "aws:userid"}},
		{"ARN and Bool operators read variables", cond(`{"ArnLikeIfExists":{"a:b":"${c:d}"},"Bool":{"e:f":"${g:h}"}}`), []string{"a:b", "c:d", "e:f", "g:h"}},
		{"others don't", cond(`{"NumericEquals":{"a:b":"${c:d}"},"IpAddress":{"aws:SourceIp":"${e:f}"}}`), []string{"a:b", "aws:SourceIp"}},
		{"nor does an unknown operator", cond(`{"StringSounds":{"a:b":"${c:d}"}}`), []string{"a:b"}},
		{"the older version has no variables", `{"Version":"2008-10-17","Statement":` + st(`,"Condition":{"StringEquals":{"a:b":"${c:d}"}}`) + `}`, []string{"a:b"}},
		{"set operators", cond(`{"ForAnyValue:StringLike":{"aws:TagKeys":"${a:b}"}}`), []string{"aws:TagKeys", "a:b"}},
		{"of AWS's example", head + `{"Effect":"Allow","Action":"dynamodb:*","Resource":"arn:aws:dynamodb:us-west-2:128716708097:table/${aws:username}",` +
			`"Condition":{"DateGreaterThan":{"aws:CurrentTime":"2015-08-16T12:00:00Z"}}}}`, []string{"aws:username", "aws:CurrentTime"}},
	} {
		d, err := policy.ParseStored(c.doc, policy.Identity)
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		if got := d.ContextKeys(); !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// A key that ContextKeys doesn't name can't change a decision.
func TestContextKeysAreAll(t *testing.T) {
	doc, err := policy.Parse(`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::b/${aws:username}",
		"Condition":{"StringEqualsIgnoreCase":{"a:b":"${c:d}"},"NumericLessThan":{"e:f":"7"}}}}`, policy.Identity)
	if err != nil {
		t.Fatal(err)
	}
	set := policy.Compile(policy.Policy{Document: doc})
	asked := map[string]bool{}
	policy.Evaluate(&policy.Request{Principal: &policy.Principal{Kind: policy.User, Account: "123456789012"}, Action: "s3:GetObject",
		Resource: "arn:aws:s3:::b/ann", Context: recorder{asked}}, &policy.Policies{Identity: set})
	if len(asked) == 0 {
		t.Fatal("no key was asked for")
	}
	for _, k := range doc.ContextKeys() {
		delete(asked, policy.FoldKey(k))
	}
	if len(asked) > 0 {
		t.Errorf("also asked for: %v", asked)
	}
}

type recorder struct{ asked map[string]bool }

func (r recorder) Lookup(key string) (policy.Value, bool) {
	r.asked[key] = true
	return policy.One(map[string]string{"aws:username": "ann", "a:b": "X", "c:d": "x", "e:f": "3"}[key]), true
}

// The cost of hostile documents grows with their length, not its square: the
// test would take minutes otherwise.
func TestContextKeysOfHostileDocuments(t *testing.T) {
	for _, variables := range []string{strings.Repeat("${", 60000), strings.Repeat("${", 60000) + "}", strings.Repeat("${a}", 30000), strings.Repeat("${*}", 30000)} {
		d, err := policy.ParseStored(`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::`+variables+`"}}`, policy.Identity)
		if err != nil {
			t.Fatal(err)
		}
		for range 100 {
			if n := len(d.ContextKeys()); n > 1 {
				t.Errorf("%d keys", n)
			}
		}
	}
}
