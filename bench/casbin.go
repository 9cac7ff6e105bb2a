package main

import (
	"fmt"
	"net/netip"
	"strings"

	"github.com/casbin/casbin/v2"
	"github.com/casbin/casbin/v2/model"

	"github.com/aratame/aratame/policy"
)

// casbinEngine is casbin with deny override. A statement is one line, so that
// casbin, which looks at every line, has as few of them as there can be; Deny
// lines come first, since one that matches ends the search. The matcher's
// functions are Go and find their patterns prepared. Each principal has an
// enforcer of its own.
type casbinEngine struct {
	enforcers []*casbin.Enforcer
	requests  [][]any
	of        []*casbin.Enforcer
}

const casbinModel = `
[request_definition]
r = act, obj, ctx
[policy_definition]
p = act, obj, cond, eft
[policy_effect]
e = some(where (p.eft == allow)) && !some(where (p.eft == deny))
[matchers]
m = arn(r.obj, p.obj) && action(r.act, p.act) && holds(r.ctx, p.cond)
`

// casbinContext are the values of a request's condition keys, the address parsed.
type casbinContext struct {
	values map[string]string
	ip     netip.Addr
}

func newCasbin(w *workload) (*casbinEngine, error) {
	e := &casbinEngine{}
	prepared := casbinTables{arns: map[string][][]string{}, actions: map[string][][]string{}, tests: map[string]func(*casbinContext) bool{"": func(*casbinContext) bool { return true }}}
	for _, policies := range w.principals {
		m, err := model.NewModelFromString(casbinModel)
		if err != nil {
			return nil, err
		}
		f, err := casbin.NewEnforcer(m)
		if err != nil {
			return nil, err
		}
		f.AddFunction("arn", prepared.arn)
		f.AddFunction("action", prepared.action)
		f.AddFunction("holds", prepared.holds)
		var denies, allows [][]string
		for _, statements := range policies {
			for i := range statements {
				line := prepared.line(&statements[i])
				if statements[i].deny {
					denies = append(denies, append(line, "deny"))
				} else {
					allows = append(allows, append(line, "allow"))
				}
			}
		}
		for _, line := range append(denies, allows...) {
			if _, err := f.AddPolicy(line); err != nil { // false for a line that is there already
				return nil, err
			}
		}
		e.enforcers = append(e.enforcers, f)
	}
	for i := range w.requests {
		r := &w.requests[i]
		ip, err := netip.ParseAddr(r.context[keyIP])
		if err != nil {
			return nil, err
		}
		e.requests = append(e.requests, []any{r.action, r.resource(), &casbinContext{r.context, ip}})
		e.of = append(e.of, e.enforcers[r.principal])
	}
	return e, nil
}

func (e *casbinEngine) name() string { return "casbin" }

// decide doesn't tell the denials apart, because Enforce doesn't.
func (e *casbinEngine) decide(i int) (policy.Effect, error) {
	ok, err := e.of[i].Enforce(e.requests[i]...)
	if ok {
		return policy.Allowed, err
	}
	return policy.ImplicitDeny, err
}

// explained takes longer than decide and tells the denials apart.
func (e *casbinEngine) explained(i int) (policy.Effect, error) {
	ok, line, err := e.of[i].EnforceEx(e.requests[i]...)
	switch {
	case ok:
		return policy.Allowed, err
	case len(line) > 0:
		return policy.ExplicitDeny, err
	}
	return policy.ImplicitDeny, err
}

// casbinTables hold what the columns of the lines mean: alternatives of
// patterns, each cut at its wildcards, and conditions.
type casbinTables struct {
	arns, actions map[string][][]string
	tests         map[string]func(*casbinContext) bool
}

func (t *casbinTables) line(s *statement) []string {
	act, obj, cond := strings.Join(s.actions, "|"), strings.Join(s.resources, "|"), ""
	for _, a := range s.actions {
		if t.actions[act] == nil || len(t.actions[act]) < len(s.actions) {
			t.actions[act] = append(t.actions[act], strings.Split(a, "*"))
		}
	}
	if t.arns[obj] == nil {
		for _, r := range s.resources {
			t.arns[obj] = append(t.arns[obj], strings.Split(r, "*"))
		}
	}
	if s.test != nil {
		cond = fmt.Sprint(*s.test)
		t.tests[cond] = goTest(s.test)
	}
	return []string{act, obj, cond}
}

func (t *casbinTables) arn(args ...any) (any, error) {
	return matchesAny(args[0].(string), t.arns[args[1].(string)]), nil
}

func (t *casbinTables) action(args ...any) (any, error) {
	return matchesAny(args[0].(string), t.actions[args[1].(string)]), nil
}

func (t *casbinTables) holds(args ...any) (any, error) {
	return t.tests[args[1].(string)](args[0].(*casbinContext)), nil
}

func matchesAny(s string, patterns [][]string) bool {
	for _, p := range patterns {
		if matchesParts(s, p) {
			return true
		}
	}
	return false
}

// matchesParts says whether s is the parts with anything between them.
func matchesParts(s string, parts []string) bool {
	last := len(parts) - 1
	if last == 0 {
		return s == parts[0]
	}
	if !strings.HasPrefix(s, parts[0]) {
		return false
	}
	s = s[len(parts[0]):]
	for _, p := range parts[1:last] {
		i := strings.Index(s, p)
		if i < 0 {
			return false
		}
		s = s[i+len(p):]
	}
	return strings.HasSuffix(s, parts[last])
}

// goTest is a condition as a Go function.
func goTest(c *condition) func(*casbinContext) bool {
	var networks []netip.Prefix
	var patterns [][]string
	for _, v := range c.values {
		if c.operator == "IpAddress" {
			networks = append(networks, netip.MustParsePrefix(v))
			continue
		}
		patterns = append(patterns, strings.Split(v, "*"))
	}
	return func(ctx *casbinContext) bool {
		for _, n := range networks {
			if n.Contains(ctx.ip) {
				return true
			}
		}
		return len(patterns) > 0 && matchesAny(ctx.values[c.key], patterns)
	}
}
