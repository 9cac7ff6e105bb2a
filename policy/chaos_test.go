package policy

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// chaos draws random documents and requests from a small vocabulary, in which
// much matches.
type chaos struct {
	*rand.Rand
	t testing.TB
}

func (r chaos) pick(list ...string) string { return list[r.IntN(len(list))] }

func (r chaos) some(draw func() string, atMost int) string {
	n := 1 + r.IntN(atMost)
	var list []string
	for range n {
		list = append(list, `"`+draw()+`"`)
	}
	if n == 1 && r.IntN(2) == 0 {
		return list[0]
	}
	return "[" + strings.Join(list, ",") + "]"
}

func (r chaos) action() string {
	return r.pick("*", "s3:*", "s3:GetObject", "S3:getobject", "s3:Get*", "s3:*Object", "s3:?etObject", "sqs:*", "sqs:SendMessage", "s3:PutObject", "iam:*", "s3:*e*")
}

func (r chaos) resource() string {
	return r.pick("*", "arn:aws:s3:::b/*", "arn:aws:s3:::b/k", "arn:aws:s3:::?/*", "arn:aws:s3:*:*:b*", "arn:aws:s3", "arn:aws:sqs:*:*:q", "arn:aws:sqs:us*:111111111111:*",
		"arn:aws:s3:::${name}/*", "arn:aws:s3:::${gone,'b'}/k", "arn:aws:s3:::${list}/k", "arn:aws:s3:*:${name}:k", "arn:aws:s3:::b${*}", "arn:*:s3:::b/*", "x:aws:s3:::b/k",
		"arn:aws:s3:::${name", "arn:aws:sqs:us-*-1:*:*q")
}

func (r chaos) condition() string {
	op := r.pick("StringEquals", "StringNotEquals", "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase", "StringLike", "StringNotLike", "NumericEquals", "NumericNotEquals",
		"NumericLessThan", "NumericGreaterThanEquals", "DateEquals", "DateNotEquals", "DateLessThan", "DateGreaterThanEquals", "Bool", "BinaryEquals", "IpAddress", "NotIpAddress",
		"ArnLike", "ArnNotLike", "ArnEquals", "ArnNotEquals", "Null", "StringSame")
	draw := func() string { return r.value() }
	if op == "Null" {
		draw = func() string { return r.pick("true", "false", "true", "x") }
	} else {
		op = r.pick("", "", "ForAllValues:", "ForAnyValue:") + op + r.pick("", "", "IfExists")
	}
	key := r.pick("name", "NAME", "gone", "list", "number", "date", "flag", "ip", "arn", "binary", "empty", "nothing")
	values := r.some(draw, 3)
	if r.IntN(12) == 0 {
		values = "[]"
	}
	return `"` + op + `":{"` + key + `":` + values + `}`
}

func (r chaos) value() string {
	return r.pick("b", "B", "b*", "?", "*", "", "a", "${name}", "${gone}", "${gone,'b'}", "${list}", "${name}*", "${", "${*}", "5", "5.0", "10", "-1", "1577836800", "2020",
		"2020-01-01T00:00:00Z", "2021-06-01", "true", "FALSE", "10.0.0.0/8", "10.1.2.3", "2001:db8::/32", "arn:aws:s3:::b", "arn:aws:s3:::*", "arn:aws:*:*:*:b", "${arn}", "QQ==", "QUI=")
}

func (r chaos) scalar() string {
	return r.pick("b", "B", "a", "", "*", "5", "9.9", "1577836800", "2020-06-01", "true", "False", "10.1.2.3", "11.0.0.1", "2001:db8::1", "arn:aws:s3:::b", "arn:aws:sqs:r:1:b", "QQ==", "QUI=", "${name}")
}

func (r chaos) context() MapContext {
	m := MapContext{}
	for _, k := range []string{"name", "number", "date", "flag", "ip", "arn", "binary"} {
		if r.IntN(5) > 0 {
			m[k] = One(r.scalar())
		}
	}
	if r.IntN(2) == 0 {
		m["name"] = One("b")
	}
	if r.IntN(5) > 0 {
		var list []string
		for range r.IntN(4) {
			list = append(list, r.scalar())
		}
		m["list"] = Many(list...)
	}
	m["empty"] = One("")
	m["nothing"] = Many()
	return m
}

func (r chaos) principal() string {
	aws := func() string {
		return r.pick(userARN, alice.ID, roleARN, session.ID, sessionARN, federated.ARN, acct, "arn:aws:iam::"+acct+":root", other, "*", "arn:aws:iam::"+acct+":role/*", "AIDADELETEDDELETED123")
	}
	switch r.IntN(10) {
	case 0:
		return `"*"`
	case 1:
		return `{"Service":"ec2.amazonaws.com"}`
	case 2:
		return `{"Federated":` + r.some(func() string { return r.pick("accounts.google.com", idp.ARN) }, 2) + `}`
	}
	return `{"AWS":` + r.some(aws, 4) + `}`
}

func (r chaos) statement(kind Kind) string {
	var b strings.Builder
	b.WriteString(`{"Effect":"` + r.pick("Allow", "Allow", "Allow", "Deny") + `"`)
	b.WriteString(`,"` + r.pick("Action", "Action", "Action", "NotAction") + `":` + r.some(r.action, 3))
	if kind != Trust {
		b.WriteString(`,"` + r.pick("Resource", "Resource", "Resource", "NotResource") + `":` + r.some(r.resource, 3))
	}
	switch kind {
	case Resource, Trust, Endpoint:
		b.WriteString(`,"` + r.pick("Principal", "Principal", "Principal", "NotPrincipal") + `":` + r.principal())
	case RCP:
		b.WriteString(`,"Principal":"*"`)
	}
	if r.IntN(3) == 0 {
		// One member for each operator: names must not repeat.
		first, second := r.condition(), r.condition()
		if a, _, _ := strings.Cut(first, "{"); r.IntN(2) == 0 && !strings.HasPrefix(second, a) {
			first += "," + second
		}
		b.WriteString(`,"Condition":{` + first + `}`)
	}
	return b.String() + "}"
}

func (r chaos) set(kind Kind) *Set {
	var policies []Policy
	for range 1 + r.IntN(3) {
		var list []string
		for range 1 + r.IntN(5) {
			list = append(list, r.statement(kind))
		}
		text := `{"Version":"` + r.pick("2012-10-17", "2012-10-17", "2008-10-17") + `","Statement":[` + strings.Join(list, ",") + `]}`
		policies = append(policies, Policy{Source{Name: text}, mustParse(r.t, text, kind)})
	}
	if r.IntN(2) == 0 && kind != Trust {
		who := map[bool]string{true: `"Principal":"*",`, false: ""}[kind == Resource || kind == RCP || kind == Endpoint]
		policies = append(policies, Policy{Document: mustParse(r.t, `{"Statement":{"Effect":"Allow",`+who+`"Action":"*","Resource":"*"}}`, kind)})
	}
	return Compile(policies...)
}

func (r chaos) request() *Request {
	who := []*Principal{alice, alice, session, session, federated, root, linked, manager, anonymous, ec2, google, idp}
	return &Request{
		Principal: who[r.IntN(len(who))],
		Action:    r.pick("s3:GetObject", "S3:GETOBJECT", "s3:PutObject", "sqs:SendMessage", "ec2:RunInstances", "s3:PutBucketPolicy", "sts:GetCallerIdentity", "kms:RetireGrant"),
		Resource:  r.pick("arn:aws:s3:::b/k", "arn:aws:s3:::b/k", "arn:aws:s3:::c/d/e", "arn:aws:sqs:us-east-1:111111111111:q", "*"), ResourceAccount: r.pick(acct, acct, acct, other), Context: r.context(),
	}
}

func (r chaos) policies() *Policies {
	p := &Policies{Identity: r.set(Identity), ResourceRequired: r.IntN(8) == 0}
	if r.IntN(3) == 0 {
		p.Boundary = r.set(Boundary)
	}
	for range max(0, r.IntN(4)-1) {
		p.Session = append(p.Session, r.set(Session))
	}
	switch r.IntN(3) {
	case 0:
		p.Resource = r.set(Resource)
	case 1:
		if r.IntN(2) == 0 {
			p.Trust = r.set(Trust)
		}
	}
	if r.IntN(5) == 0 {
		p.SCPs = []*Set{r.set(SCP)}
	}
	if r.IntN(5) == 0 {
		p.RCPs = []*Set{r.set(RCP), r.set(RCP)}
	}
	if r.IntN(6) == 0 {
		p.Endpoint = r.set(Endpoint)
	}
	return p
}
func describe(p *Policies) string {
	var b strings.Builder
	show := func(name string, sets ...*Set) {
		for _, s := range sets {
			if s != nil {
				for _, pol := range s.Policies() {
					fmt.Fprintf(&b, "%s: %s\n", name, pol.Document.Text())
				}
			}
		}
	}
	show("identity", p.Identity)
	show("boundary", p.Boundary)
	show("session", p.Session...)
	show("resource", p.Resource)
	show("trust", p.Trust)
	show("scp", p.SCPs...)
	show("rcp", p.RCPs...)
	show("endpoint", p.Endpoint)
	return b.String()
}
