package policy

import (
	"fmt"
	"slices"
	"strings"
)

// Decision is an outcome with its reasons.
type Decision struct {
	Outcome
	Principal    string `json:"principal"` // ARN, or "anonymous"
	Action       string `json:"action"`
	Resource     string `json:"resource"`
	CrossAccount bool   `json:"crossAccount"`

	// Level is set for an implicit deny by SCPs, RCPs or session policies: the
	// first level, from 0, at which nothing allowed.
	Level int `json:"level,omitempty"`

	Matched    []Match `json:"matched"`    // every statement that applied, in no order of importance
	NearMisses []Miss  `json:"nearMisses"` // closest first, up to 250 that failed in the same element

	// Omitted counts the near misses past those.
	Omitted int `json:"omittedNearMisses,omitempty"`

	principalKind PrincipalKind
}

// Match is a statement that applied to the request.
type Match struct {
	Policy      Kind     `json:"policy"`
	Source      Source   `json:"source"`
	Level       int      `json:"level"`     // of SCPs, RCPs and session policies, from 0
	Statement   int      `json:"statement"` // index in the document
	Sid         string   `json:"sid,omitempty"`
	Deny        bool     `json:"deny"`
	Start       Position `json:"start"`
	End         Position `json:"end"`
	Unevaluable string   `json:"unevaluable,omitempty"` // why a Deny counted that couldn't be evaluated
}

// Element names the part of a statement that kept it from applying.
type Element string

const (
	ElementAction    Element = "Action"
	ElementResource  Element = "Resource"
	ElementPrincipal Element = "Principal"
	ElementCondition Element = "Condition"
)

// Miss is a statement that names the action's service but didn't apply, with
// the first element that failed in the order action, resource, principal,
// conditions. Statements about other services aren't listed.
type Miss struct {
	Policy    Kind     `json:"policy"`
	Source    Source   `json:"source"`
	Level     int      `json:"level"`
	Statement int      `json:"statement"`
	Sid       string   `json:"sid,omitempty"`
	Deny      bool     `json:"deny"`
	Start     Position `json:"start"`
	End       Position `json:"end"`
	Element   Element  `json:"element"`
	Operator  string   `json:"operator,omitempty"` // of a failed condition
	Key       string   `json:"key,omitempty"`
	Missing   bool     `json:"missing,omitempty"` // the request lacks the key
	Values    []string `json:"values,omitempty"`  // the request's values of the key, up to 100, each cut after 256 bytes
	Why       string   `json:"why"`
}

// Explain decides as Evaluate does, but looks at every statement of every
// policy that applies and says what each did. The outcome is the same.
//
// A decision names condition values of the request and parts of the policies;
// who may see it is the caller's to decide.
func Explain(req *Request, policies *Policies) *Decision {
	d := &Decision{Action: req.Action, Resource: req.Resource, Matched: []Match{}, NearMisses: []Miss{}}
	if p := req.Principal; p != nil {
		d.Principal, d.principalKind = p.ARN, p.Kind
		if p.Kind == Anonymous {
			d.Principal = "anonymous"
		}
	}
	out, done := settled(req)
	if done {
		d.Outcome = out
		return d
	}
	if policies == nil {
		policies = &Policies{}
	}
	e := explainer{d: d, missed: map[Element]int{}}
	e.a.prepare(req, policies)
	s := scopeOf(req, policies)
	d.CrossAccount = s.crossAccount
	var v verdicts
	if s.rcp {
		v.rcp = e.levels(policies.RCPs, RCP)
	}
	if s.scp {
		v.scp = e.levels(policies.SCPs, SCP)
	}
	v.endpoint = e.set(policies.Endpoint, Endpoint, 0)
	e.a.named = true
	v.resource = e.set(policies.Resource, Resource, 0)
	v.trust = e.set(policies.Trust, Trust, 0)
	e.a.named = false
	if s.identity {
		v.identity = e.set(policies.Identity, Identity, 0)
		v.boundary = e.set(policies.Boundary, Boundary, 0)
	}
	if s.session {
		v.session = e.levels(policies.Session, Session)
	}
	d.Outcome = s.outcome(&v)
	if d.Effect == ImplicitDeny {
		d.Level = e.lacking[d.By]
	}
	slices.SortStableFunc(d.NearMisses, func(a, b Miss) int { return closeness(b.Element) - closeness(a.Element) })
	return d
}

func closeness(e Element) int {
	return slices.Index([]Element{ElementAction, ElementResource, ElementPrincipal, ElementCondition}, e)
}

type explainer struct {
	d       *Decision
	a       asker
	lacking [len(kindNames)]int // by kind: the first level that doesn't allow
	missed  map[Element]int     // near misses by the element that failed
}

func (e *explainer) levels(sets []*Set, kind Kind) verdict {
	v := verdict{present: true, allow: true}
	for i, s := range sets {
		level := e.set(s, kind, i)
		if v.allow && !level.allow {
			e.lacking[kind] = i
		}
		v.deny = v.deny || level.deny
		v.allow = v.allow && level.allow
	}
	return v
}

func (e *explainer) set(s *Set, kind Kind, level int) verdict {
	v := verdict{}
	if s == nil {
		return v
	}
	v.present = true
	for i := range s.entries {
		st := s.entries[i].st
		policy := &s.policies[s.entries[i].pol]
		written := &policy.Document.Statements[st.index]
		if g, ok := st.applies(&e.a); ok {
			v.add(st, g)
			e.d.Matched = append(e.d.Matched, Match{Policy: kind, Source: policy.Source, Level: level, Statement: int(st.index), Sid: written.Sid,
				Deny: st.deny, Start: written.Start, End: written.End, Unevaluable: e.unevaluable(st, written)})
			continue
		}
		m := Miss{Policy: kind, Source: policy.Source, Level: level, Statement: int(st.index), Sid: written.Sid, Deny: st.deny,
			Start: written.Start, End: written.End}
		if e.miss(st, written, &m) {
			e.d.NearMisses = append(e.d.NearMisses, m)
		}
	}
	return v
}

// miss fills in the element that failed. For an Allow that is the first that
// isn't certain to match, for a Deny the first that is certain not to. It
// reports whether the statement is worth showing.
func (e *explainer) miss(st *stmt, written *Statement, m *Miss) bool {
	failed := func(t truth) bool { return t == no || t == unknown && !st.deny }
	if t := st.matchAction(e.a.action); failed(t) {
		if !st.notAction && !sameService(st, e.a.action) || !e.room(ElementAction) {
			return false
		}
		m.Element, m.Why = ElementAction, notListed("action", e.d.Action, written.Actions, st.notAction)
		return true
	}
	if t := st.matchResource(e.a.resource, e.a.ctx); failed(t) {
		if !e.room(ElementResource) {
			return false
		}
		m.Element, m.Why = ElementResource, notListed("resource", e.d.Resource, written.Resources, st.notResource)
		if t == unknown {
			m.Why = "a resource can't be evaluated: " + list(written.Resources)
		} else if key := e.unresolved(st); key != "" {
			m.Why += "; the variable ${" + key + "} has no single value in the request"
		}
		return true
	}
	if _, t := st.matchPrincipal(&e.a); failed(t) || e.a.named && !st.deny && st.principals == nil {
		if !e.room(ElementPrincipal) {
			return false
		}
		var names []string
		for i := range written.Principals {
			names = append(names, written.Principals[i].Value)
		}
		m.Element, m.Why = ElementPrincipal, notListed("principal", e.d.Principal, names, written.NotPrincipal)
		return true
	}
	for i := range st.conds {
		c := &st.conds[i]
		if t := c.eval(e.a.ctx); failed(t) {
			if !e.room(ElementCondition) {
				return false
			}
			from := &written.Conditions[c.index]
			m.Element, m.Operator, m.Key = ElementCondition, from.Operator, from.Key
			m.Values, m.Missing = e.values(c)
			m.Why = conditionWhy(from, m, t)
			return true
		}
	}
	return false
}

// room counts a near miss and reports whether it is shown.
func (e *explainer) room(element Element) bool {
	if e.missed[element]++; e.missed[element] > shownMisses {
		e.d.Omitted++
		return false
	}
	return true
}

func conditionWhy(c *Condition, m *Miss, t truth) string {
	wanted := c.Operator + " " + list(c.Values)
	switch {
	case m.Missing:
		return fmt.Sprintf("the request has no %s, and the condition is %s", c.Key, wanted)
	case t == unknown:
		return fmt.Sprintf("the condition %s on %s can't be evaluated with the request's value %s", wanted, c.Key, list(m.Values))
	}
	return fmt.Sprintf("the request's %s is %s, and the condition is %s", c.Key, list(m.Values), wanted)
}

func (e *explainer) values(c *cond) (values []string, missing bool) {
	if e.a.ctx == nil {
		return nil, true
	}
	v, ok := e.a.ctx.Lookup(c.key)
	if !ok || v.Len() == 0 {
		return nil, true
	}
	for i := range min(v.Len(), shownValues) {
		values = append(values, shorten(v.At(i)))
	}
	return values, false
}

// unevaluable says why an applying statement applied without being certain.
func (e *explainer) unevaluable(st *stmt, written *Statement) string {
	if st.matchResource(e.a.resource, e.a.ctx) == unknown {
		return "a resource can't be evaluated: " + list(written.Resources)
	}
	if _, t := st.matchPrincipal(&e.a); t == unknown {
		return "a principal can't be evaluated"
	}
	for i := range st.conds {
		if st.conds[i].eval(e.a.ctx) == unknown {
			c := &written.Conditions[st.conds[i].index]
			values, _ := e.values(&st.conds[i])
			return fmt.Sprintf("the condition %s %s on %s can't be evaluated with the request's value %s", c.Operator, list(c.Values), c.Key, list(values))
		}
	}
	return ""
}

// unresolved returns the first variable of the resources without a value.
func (e *explainer) unresolved(st *stmt) string {
	for i := range st.resources {
		if key := st.resources[i].unresolved(e.a.ctx); key != "" {
			return key
		}
	}
	return ""
}

// sameService reports whether the statement names the action's service.
func sameService(st *stmt, action string) bool {
	service, _, _ := strings.Cut(lowerASCII(action), ":")
	for i := range st.actions {
		if strings.HasPrefix(st.actions[i].Value().text, service+":") {
			return true
		}
	}
	return false
}

func notListed(what, value string, listed []string, negated bool) string {
	value = shorten(value)
	if negated {
		return fmt.Sprintf("the %s %s is among those excepted: %s", what, value, list(listed))
	}
	return fmt.Sprintf("the %s %s matches none of %s", what, value, list(listed))
}
