package policy

import (
	"encoding/base64"
	"fmt"
	"math/big"
	"net/netip"
	"regexp"
	"strings"
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
			case present && !v.Multi():
				out += v.one
			case present && v.Len() > 0:
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

func naiveResource(pattern, resource string, not, vars bool, ctx MapContext) int {
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
	reaches := false
	for i := 1; i < 5; i++ {
		reaches = reaches || strings.HasSuffix(f[i], "*")
	}
	switch {
	case bad, not && !ok:
		return 0
	case ok && naiveARN(p, resource):
		return 1
	case ok && reaches && naiveGlob(p, resource):
		return 0
	}
	return -1
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
		for i := range v.Len() {
			have = append(have, v.At(i))
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
		if set == "foranyvalue" && ifExists {
			return 0
		}
		if !(ifExists || set == "forallvalues" || negated && set == "") {
			return -1
		}
		for _, w := range c.Values {
			if naiveUnreadable(op, w, vars) {
				return 0
			}
		}
		return 1
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
	blank := strings.Join(have, "") == ""
	switch {
	case set == "forallvalues" && blank && all < 1:
		return 0
	case set == "forallvalues":
		return all
	case set == "foranyvalue" && blank && some > -1:
		return 0
	case set == "" && len(have) > 1 && some > -1:
		return 0
	case set == "" && negated:
		return -some
	}
	return some
}

// naiveUnreadable finds values that an operator can't read, by comparing them
// with something that it can.
func naiveUnreadable(op, want string, vars bool) bool {
	readable := map[byte]string{'n': "1", 'd': "2020", 'b': "true", 'i': "10.0.0.1", 'a': "arn:aws:s3:::b", 's': "x"}[op[0]]
	if op == "binaryequals" {
		readable = "QQ=="
	}
	return naiveValue(op, want, readable, vars, MapContext{}) == 0
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
		return 0, naiveBool(st.Deny || kind != Resource && kind != Trust)
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
	case best > 0, visitor && kind != RCP && kind != Endpoint:
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
			if act < 0 {
				continue
			}
			res := 1
			if kind != Trust {
				res = -1
				for _, r := range st.Resources {
					res = max(res, naiveResource(r, req.Resource, st.NotResource, vars, ctx))
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
	action := strings.ToLower(req.Action)
	if insider && action == "sts:getcalleridentity" {
		return Allowed
	}
	foreign := insider && req.ResourceAccount != p.Account
	own := p.Kind == Root && !foreign && pol.Trust == nil && (action == "s3:putbucketpolicy" || action == "s3:getbucketpolicy" || action == "s3:deletebucketpolicy")
	ask := func(s *Set, kind Kind) naiveVerdict {
		v := naiveSet(s, req, kind, bounded)
		deny = deny || v.deny
		return v
	}
	for _, s := range pol.RCPs {
		if !p.ServiceLinked && action != "kms:retiregrant" {
			orgs = ask(s, RCP).allow && orgs
		}
	}
	for _, s := range pol.SCPs {
		if insider && !p.ServiceLinked && !p.ManagementAccount {
			orgs = ask(s, SCP).allow && orgs
		}
	}
	endpoint := ask(pol.Endpoint, Endpoint).allow || pol.Endpoint == nil
	before := deny
	res := ask(pol.Resource, Resource)
	if own {
		deny = before
	}
	required := pol.ResourceRequired
	if pol.Trust != nil {
		res = ask(pol.Trust, Trust)
		if p.Kind == User {
			res.grant = min(res.grant, 2)
		}
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
