package policy

import (
	"fmt"
	"strings"
	"testing"
)

// store is a principal with policies of statements about S3 buckets, each with
// wildcards and a condition, of which two match any request.
func store(t testing.TB, policies, statements int) (*Request, *Policies) {
	var list []Policy
	for i := range policies {
		var b []string
		for j := range statements {
			effect := "Allow"
			if j%4 == 3 {
				effect = "Deny"
			}
			b = append(b, fmt.Sprintf(`{"Effect":"%s","Action":["s3:GetObject","s3:List*"],"Resource":["arn:aws:s3:::bucket-%d-%d/*","arn:aws:s3:::bucket-%d-%d"],"Condition":{"StringLike":{"aws:PrincipalTag/team":"t*"}}}`,
				effect, i, j, i, j))
		}
		list = append(list, Policy{Document: mustParse(t, `{"Version":"2012-10-17","Statement":[`+strings.Join(b, ",")+`]}`, Identity)})
	}
	ctx := MapContext{}
	ctx.Set("aws:PrincipalTag/team", "tools")
	return &Request{Principal: alice, Action: "s3:GetObject", Resource: "arn:aws:s3:::bucket-0-1/path/to/object", ResourceAccount: acct, Context: ctx},
		&Policies{Identity: Compile(list...)}
}

func BenchmarkEvaluate(b *testing.B) {
	for _, size := range [][2]int{{1, 3}, {1, 10}, {10, 3}, {10, 10}, {100, 20}} {
		b.Run(fmt.Sprintf("%dx%d", size[0], size[1]), func(b *testing.B) {
			req, pol := store(b, size[0], size[1])
			b.ReportAllocs()
			for b.Loop() {
				if !Evaluate(req, pol).Allowed() {
					b.Fatal("denied")
				}
			}
		})
	}
}

func BenchmarkParse(b *testing.B) {
	_, pol := store(b, 1, 3)
	text := pol.Identity.Policies()[0].Document.Text()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Parse(text, Identity); err != nil {
			b.Fatal(err)
		}
	}
}

// TestNoAllocation covers index, conditions of each type, variables and
// principals.
func TestNoAllocation(t *testing.T) {
	req, pol := store(t, 10, 10)
	extra := mustParse(t, identity(`"Effect":"Allow","Action":"s3:g?t*","Resource":["arn:aws:s3:*:*:*","arn:aws:s3:::${aws:username}/*"],"Condition":{
		"StringEquals":{"name":"${aws:username}-x"},"StringEqualsIgnoreCase":{"name":"${aws:username}-X"},"StringLike":{"name":"*${aws:username}*"},"NumericLessThan":{"number":"10.5"},
		"DateLessThan":{"date":"2030-01-01T00:00:00Z"},"IpAddress":{"ip":"10.0.0.0/8"},"ArnLike":{"arn":"arn:aws:s3:::*"},"Bool":{"flag":"true"},"Null":{"gone":"true"},
		"BinaryEquals":{"binary":"QQ=="},"ForAllValues:StringNotLike":{"list":["x*","y*"]}}`), Identity)
	pol.Identity = Compile(append([]Policy{{Document: extra}}, pol.Identity.Policies()...)...)
	pol.Resource, pol.Boundary, pol.Session = setOf(t, Resource, toAccount+" -!"+other+","+userARN+","+acct), setOf(t, Boundary, full), []*Set{setOf(t, Session, full)}
	pol.Resource, pol.SCPs = setOf(t, Resource, toAccount), []*Set{setOf(t, SCP, full)}
	ctx := req.Context.(MapContext)
	for k, v := range map[string]string{"aws:username": "alice", "name": "alice-x", "number": "10.25", "date": "2020-01-01T00:00:00+01:00", "ip": "10.1.1.1", "arn": "arn:aws:s3:::b", "flag": "true", "binary": "QQ=="} {
		ctx.Set(k, v)
	}
	ctx.SetList("list", "a", "b")
	req.Resource = "arn:aws:s3:::alice/k"
	if out := Evaluate(req, pol); !out.Allowed() {
		t.Fatal(Explain(req, pol))
	}
	if n := testing.AllocsPerRun(100, func() { Evaluate(req, pol) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
