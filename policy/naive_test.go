package policy

import (
	"encoding/base64"
	"fmt"
	"math/big"
	"math/rand/v2"
	"net/netip"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

// The naive evaluator is a second implementation for comparison: it reads the
// statements as written, substitutes, splits and recurses, and shares no code
// with the engine. Truths are -1 (no), 0 (can't be evaluated), 1 (yes).

func naiveAnd(list ...int) int {
	t := 1
	for _, x := range list {
		t = min(t, x)
	}
	return t
}

func naiveBool(b bool) int {
	if b {
		return 1
	}
	return -1
}

// The naive form of a text after substitution marks wildcards by bytes that
// no document of the test holds.
const (
	anyRun = "\x01"
	anyOne = "\x02"
)

// naiveExpand substitutes variables. ok is false if one has no value; bad if
// one is malformed.
func naiveExpand(s string, wild, vars bool, ctx MapContext) (out string, ok, bad bool) {
	ok = true
	for s != "" {
		if vars && strings.HasPrefix(s, "${") {
			if len(s) > 3 && s[3] == '}' && strings.Contains("*?$", s[2:3]) {
				out, s = out+s[2:3], s[4:]
				continue
			}
			end := strings.Index(s, "}")
			if end < 0 {
				return "", false, true
			}
			key, fallback, hasDefault := strings.Cut(s[2:end], ",")
			s = s[end+1:]
			fallback = strings.TrimSpace(fallback)
			if key == "" || hasDefault && (len(fallback) < 2 || fallback[0] != '\'' || fallback[len(fallback)-1] != '\'') {
				return "", false, true
			}
			v, present := ctx[strings.ToLower(key)]
			switch {
			case present && !v.multi:
				out += v.one
			case present && len(v.many) > 0:
				ok = false
			case hasDefault:
				out += strings.Trim(fallback, "'")
			default:
				ok = false
			}
			continue
		}
		switch {
		case wild && s[0] == '*':
			out += anyRun
		case wild && s[0] == '?':
			out += anyOne
		default:
			out += s[:1]
		}
		s = s[1:]
	}
	return out, ok, false
}

func naiveGlob(p, s string) bool {
	switch {
	case p == "":
		return s == ""
	case strings.HasPrefix(p, anyRun):
		return naiveGlob(p[1:], s) || s != "" && naiveGlob(p, s[1:])
	case s == "":
		return false
	case strings.HasPrefix(p, anyOne):
		return naiveGlob(p[1:], s[1:])
	}
	return p[0] == s[0] && naiveGlob(p[1:], s[1:])
}

func naiveARN(p, s string) bool {
	pf, sf := strings.SplitN(p, ":", 6), strings.SplitN(s, ":", 6)
	if len(sf) < 6 || len(pf) < 6 {
		return false
	}
	for i := range pf {
		if !naiveGlob(pf[i], sf[i]) {
			return false
		}
	}
	return true
}

func naiveResource(pattern, resource string, vars bool, ctx MapContext) int {
	if pattern == "*" {
		return 1
	}
	f := strings.SplitN(pattern, ":", 6)
	if len(f) == 1 {
		return 0
	}
	for i := 1; i < len(f) && i < 5; i++ {
		if vars && strings.Contains(f[i], "${") {
			return 0
		}
	}
	f[0] = "arn"
	for len(f) < 6 {
		f = append(f, "*")
	}
	p, ok, bad := naiveExpand(strings.Join(f, ":"), true, vars, ctx)
	if bad {
		return 0
	}
	return naiveBool(ok && naiveARN(p, resource))
}

func naiveInstant(s string) (time.Time, bool) {
	for _, layout := range []string{"2006", "2006-01-02", "2006-01-02T15:04:05Z07:00"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t, true
		}
	}
	var n int64
	if _, err := fmt.Sscanf(s, "%d", &n); err != nil || fmt.Sprint(n) != s {
		return time.Time{}, false
	}
	return time.Unix(n, 0), true
}

// naiveVariable is one variable and nothing else.
var naiveVariable = regexp.MustCompile(`^\$\{[a-z,']+\}$`)

// naiveNamed finds a variable, not an escape.
var naiveNamed = regexp.MustCompile(`\$\{[a-z]`)

// naiveValue compares one value of the request with one of the policy.
func naiveValue(op, want, have string, vars bool, ctx MapContext) int {
	order := func(sign int) int {
		switch {
		case strings.HasSuffix(op, "lessthan"):
			return naiveBool(sign < 0)
		case strings.HasSuffix(op, "lessthanequals"):
			return naiveBool(sign <= 0)
		case strings.HasSuffix(op, "greaterthan"):
			return naiveBool(sign > 0)
		case strings.HasSuffix(op, "greaterthanequals"):
			return naiveBool(sign >= 0)
		}
		return naiveBool(sign == 0)
	}
	p, ok, bad := naiveExpand(want, op == "stringlike" || strings.HasPrefix(op, "arn"), vars, ctx)
	switch {
	case strings.HasPrefix(op, "numeric"):
		a, ok1 := new(big.Rat).SetString(have)
		b, ok2 := new(big.Rat).SetString(want)
		if !ok1 || !ok2 {
			return 0
		}
		return order(a.Cmp(b))
	case strings.HasPrefix(op, "date"):
		a, ok1 := naiveInstant(have)
		b, ok2 := naiveInstant(want)
		if !ok1 || !ok2 {
			return 0
		}
		return order(a.Compare(b))
	case op == "ipaddress":
		a, err := netip.ParseAddr(have)
		if err != nil {
			return 0
		}
		if !strings.Contains(want, "/") {
			want += map[bool]string{true: "/128", false: "/32"}[strings.Contains(want, ":")]
		}
		n, err := netip.ParsePrefix(want)
		if err != nil {
			return 0
		}
		return naiveBool(n.Contains(a))
	case op == "binaryequals":
		a, err1 := base64.StdEncoding.DecodeString(have)
		b, err2 := base64.StdEncoding.DecodeString(want)
		if err1 != nil || err2 != nil {
			return 0
		}
		return naiveBool(string(a) == string(b))
	case op == "bool":
		h := strings.ToLower(have)
		if h != "true" && h != "false" || bad {
			return 0
		}
		if vars && naiveNamed.MatchString(want) {
			return naiveBool(ok && strings.EqualFold(p, have))
		}
		if w := strings.ToLower(p); w != "true" && w != "false" {
			return 0
		}
		return naiveBool(strings.EqualFold(p, have))
	case strings.HasPrefix(op, "arn"):
		if !strings.HasPrefix(have, "arn:") || len(strings.SplitN(have, ":", 6)) < 6 {
			return 0
		}
		switch {
		case want == "*":
			return 1
		case bad || len(strings.Split(want, ":")) < 6 && !(vars && naiveVariable.MatchString(want)):
			return 0
		}
		return naiveBool(ok && naiveARN(p, have))
	case bad:
		return 0
	case op == "stringlike":
		return naiveBool(ok && naiveGlob(p, have))
	case op == "stringequalsignorecase":
		return naiveBool(ok && strings.EqualFold(p, have))
	}
	return naiveBool(ok && p == have)
}

func naiveCondition(c Condition, vars bool, ctx MapContext) int {
	op := strings.ToLower(c.Operator)
	v, present := ctx[strings.ToLower(c.Key)]
	var have []string
	if present {
		have = v.many
		if !v.multi {
			have = []string{v.one}
		}
	}
	if op == "null" {
		t := -1
		for _, w := range c.Values {
			switch strings.ToLower(w) {
			case "true":
				t = max(t, naiveBool(len(have) == 0))
			case "false":
				t = max(t, naiveBool(len(have) > 0))
			default:
				t = max(t, 0)
			}
		}
		return t
	}
	set, rest, ok := strings.Cut(op, ":")
	if !ok {
		set, rest = "", op
	}
	op, ifExists := strings.CutSuffix(rest, "ifexists")
	negated := strings.Contains(op, "not")
	op = strings.Replace(op, "not", "", 1)
	if op == "stringsame" {
		return 0
	}
	if len(have) == 0 {
		return naiveBool(ifExists || set == "forallvalues" || negated && set == "")
	}
	var each []int
	for _, h := range have {
		t := -1
		for _, w := range c.Values {
			t = max(t, naiveValue(op, w, h, vars, ctx))
		}
		each = append(each, t)
	}
	some, all := -1, 1
	for _, t := range each {
		if negated && set != "" {
			t = -t
		}
		some, all = max(some, t), min(all, t)
	}
	switch {
	case set == "forallvalues":
		return all
	case set == "" && negated:
		return -some
	}
	return some
}

// naiveNames lists how a principal can be named, with what an Allow of each
// name makes unnecessary: 3 everything, 2 identity policies, 1 nothing.
func naiveNames(p *Principal) map[string]int {
	n := map[string]int{}
	add := func(name string, g int) {
		if name != "" {
			n[name] = max(n[name], g)
		}
	}
	switch p.Kind {
	case User:
		add(p.ARN, 3)
		add(p.ID, 3)
	case AssumedRole:
		add(p.ARN, 3)
		add(p.RoleARN, 2)
		add(p.ID, 2)
	case FederatedUser:
		add(p.ARN, 3)
		add(p.UserARN, 2)
		add(p.ID, 2)
	}
	if p.Account != "" {
		add(p.Account, 1)
		add("arn:aws:iam::"+p.Account+":root", 1)
	}
	return n
}

func naivePrincipal(st *Statement, p *Principal, kind Kind, bounded bool) (int, int) {
	if len(st.Principals) == 0 {
		return 0, 1
	}
	if st.NotPrincipal && st.Deny && bounded {
		return 0, 1
	}
	visitor := p.Kind == WebIdentity || p.Kind == SAML
	best, bad := 0, false
	hit := map[int]bool{}
	for _, v := range st.Principals {
		g := 0
		switch {
		case v.Value == "*" && (v.Kind == "STAR" || v.Kind == "AWS"):
			if !visitor || (st.Deny != st.NotPrincipal) || kind == RCP || kind == Endpoint {
				g = 4
			}
		case v.Kind == "AWS" && strings.ContainsAny(v.Value, "*?"):
			bad = true
		case v.Kind == "AWS" && !visitor && p.Kind != Service:
			g = naiveNames(p)[v.Value]
		case v.Kind == "Service" && p.Kind == Service && v.Value == p.ARN, v.Kind == "Federated" && visitor && v.Value == p.ARN:
			g = 3
		}
		best = max(best, g)
		hit[g] = true
	}
	switch {
	case !st.NotPrincipal && best > 0:
		return min(best, 3), 1
	case !st.NotPrincipal && bad:
		return 0, 0
	case !st.NotPrincipal:
		return 0, -1
	case st.Deny:
		if hit[4] {
			return 0, -1
		}
		spared := hit[3]
		switch p.Kind {
		case Root:
			spared = hit[3] || hit[1]
		case User:
			spared = hit[3] && hit[1]
		case AssumedRole, FederatedUser:
			spared = hit[3] && hit[2] && hit[1]
		}
		return 0, naiveBool(!spared)
	case best > 0:
		return 0, -1
	case bad:
		return 0, 0
	}
	return 3, 1
}

type naiveVerdict struct {
	deny, allow bool
	grant       int
}

func naiveSet(s *Set, req *Request, kind Kind, bounded bool) (v naiveVerdict) {
	if s == nil {
		return v
	}
	ctx := req.Context.(MapContext)
	for _, pol := range s.Policies() {
		vars := pol.Document.Version == "2012-10-17"
		for i := range pol.Document.Statements {
			st := &pol.Document.Statements[i]
			act := -1
			for _, a := range st.Actions {
				a = strings.NewReplacer("*", anyRun, "?", anyOne).Replace(strings.ToLower(a))
				act = max(act, naiveBool(naiveGlob(a, strings.ToLower(req.Action))))
			}
			if st.NotAction {
				act = -act
			}
			res := 1
			if kind != Trust {
				res = -1
				for _, r := range st.Resources {
					res = max(res, naiveResource(r, req.Resource, vars, ctx))
				}
				if st.NotResource {
					res = -res
				}
			}
			grant, who := naivePrincipal(st, req.Principal, kind, bounded)
			t := naiveAnd(act, res, who)
			for _, c := range st.Conditions {
				t = min(t, naiveCondition(c, vars, ctx))
			}
			switch {
			case st.Deny && t >= 0:
				v.deny = true
			case !st.Deny && t == 1:
				v.allow = true
				v.grant = max(v.grant, grant)
			}
		}
	}
	return v
}

// naiveEffect follows the decision order of the AWS IAM User Guide.
func naiveEffect(req *Request, pol *Policies) Effect {
	p := req.Principal
	bounded := pol.Boundary != nil
	insider := p.Kind == Root || p.Kind == User || p.Kind == AssumedRole || p.Kind == FederatedUser
	hasIdentity := insider && p.Kind != Root
	deny, orgs := false, true
	ask := func(s *Set, kind Kind) naiveVerdict {
		v := naiveSet(s, req, kind, bounded)
		deny = deny || v.deny
		return v
	}
	for _, s := range pol.RCPs {
		if !p.ServiceLinked {
			orgs = ask(s, RCP).allow && orgs
		}
	}
	for _, s := range pol.SCPs {
		if insider && !p.ServiceLinked && !p.ManagementAccount {
			orgs = ask(s, SCP).allow && orgs
		}
	}
	endpoint := ask(pol.Endpoint, Endpoint).allow || pol.Endpoint == nil
	res := ask(pol.Resource, Resource)
	required := pol.ResourceRequired
	if pol.Trust != nil {
		res = ask(pol.Trust, Trust)
		required = true
	}
	identity, boundary, session := false, true, true
	if hasIdentity {
		identity = ask(pol.Identity, Identity).allow
		boundary = ask(pol.Boundary, Boundary).allow || pol.Boundary == nil
	}
	if insider {
		for _, s := range pol.Session {
			session = ask(s, Session).allow && session
		}
		if len(pol.Session) == 0 && (pol.SessionRequired || p.Kind == FederatedUser) {
			session = false
		}
	}
	if p.Kind == Root {
		identity = true
	}
	foreign := insider && req.ResourceAccount != p.Account
	switch {
	case deny:
		return ExplicitDeny
	case !orgs || !endpoint:
		return ImplicitDeny
	case !insider && res.allow:
		return Allowed
	case !insider, (foreign || required) && !res.allow:
		return ImplicitDeny
	case res.allow && res.grant == 3 && !foreign:
		return Allowed
	case (identity || res.allow && res.grant == 2 && !foreign) && boundary && session:
		return Allowed
	}
	return ImplicitDeny
}

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
		Action:    r.pick("s3:GetObject", "S3:GETOBJECT", "s3:PutObject", "sqs:SendMessage", "ec2:RunInstances"),
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

// TestNaive compares engine, explanation and naive evaluator on 200,000 random
// cases: twenty requests to each of 10,000 sets of policies.
func TestNaive(t *testing.T) {
	sets := 10000
	if testing.Short() {
		sets = 1000
	}
	r := chaos{rand.New(rand.NewPCG(1, 2)), t}
	count := map[Effect]int{}
	for range sets {
		pol := r.policies()
		for range 20 {
			req := r.request()
			out := Evaluate(req, pol)
			want := naiveEffect(req, pol)
			count[want]++
			if out.Effect != want {
				t.Fatalf("%v, naive %v\n%+v\n%+v\n%v\n%s", out, want, *req, *req.Principal, req.Context, describe(pol))
			}
			if d := Explain(req, pol); d.Outcome != out {
				t.Fatalf("%v, explained %v\n%s", out, d.Outcome, d)
			}
		}
	}
	for _, e := range []Effect{Allowed, ExplicitDeny, ImplicitDeny} {
		if count[e] < sets {
			t.Errorf("only %d of %d cases were %v", count[e], sets*20, e)
		}
	}
	t.Log(count)
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

// TestConcurrent is for the race detector: Sets and Documents are shared.
func TestConcurrent(t *testing.T) {
	r := chaos{rand.New(rand.NewPCG(5, 6)), t}
	pol, req := r.policies(), r.request()
	want := Evaluate(req, pol)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 100 {
				if Evaluate(req, pol) != want || Explain(req, pol).Outcome != want {
					t.Error("another outcome")
				}
			}
		})
	}
	wg.Wait()
}

// TestMonotone: another Deny never widens, another Allow never narrows, and
// the order of policies doesn't matter.
func TestMonotone(t *testing.T) {
	r := chaos{rand.New(rand.NewPCG(3, 4)), t}
	for range 5000 {
		pol, req := r.policies(), r.request()
		before := Evaluate(req, pol)
		add := r.statement(Identity)
		extra := mustParse(t, `{"Version":"2012-10-17","Statement":[`+add+`]}`, Identity)
		changed := *pol
		changed.Identity = Compile(append([]Policy{{Document: extra}}, pol.Identity.Policies()...)...)
		after := Evaluate(req, &changed)
		if extra.Statements[0].Deny && after.Allowed() && !before.Allowed() {
			t.Fatalf("a Deny widened: %s\n%s", add, describe(pol))
		}
		if !extra.Statements[0].Deny && before.Allowed() && !after.Allowed() {
			t.Fatalf("an Allow narrowed: %s\n%s", add, describe(pol))
		}
		reversed := append([]Policy(nil), changed.Identity.Policies()...)
		for i, j := 0, len(reversed)-1; i < j; i, j = i+1, j-1 {
			reversed[i], reversed[j] = reversed[j], reversed[i]
		}
		changed.Identity = Compile(reversed...)
		if again := Evaluate(req, &changed); again != after {
			t.Fatalf("order matters: %v, %v", after, again)
		}
	}
}
