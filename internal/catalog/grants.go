package catalog

import (
	"slices"
	"strings"

	"github.com/aratame/aratame/policy"
)

// Grants is what the Allow statements of documents name, whatever their
// resources and conditions, and whatever is denied elsewhere: what IAM's
// reports of access go by. It is used by one goroutine.
type Grants struct {
	statements []granted
	budget     budget
}

// granted is one Allow statement: for NotAction, what it leaves out.
type granted struct {
	not, all bool
	names    map[string][]string // by service: patterns of names, folded
}

// NewGrants reads documents. A value that can't be evaluated (without a service,
// or with wildcards in it) grants nothing, and under NotAction makes the whole
// statement grant nothing, as in decisions.
func NewGrants(docs ...*policy.Document) *Grants {
	g := &Grants{budget: budget{documentSteps}}
	for _, doc := range docs {
		for i := range doc.Statements {
			if st := &doc.Statements[i]; !st.Deny {
				if s, ok := newGranted(st); ok {
					g.statements = append(g.statements, s)
				}
			}
		}
	}
	return g
}

func newGranted(st *policy.Statement) (granted, bool) {
	s := granted{not: st.NotAction, names: map[string][]string{}}
	for _, v := range st.Actions {
		v = simplify(lowerASCII(v))
		if v == "*" {
			s.all = true
			continue
		}
		service, name, ok := strings.Cut(v, ":")
		if !ok || service == "" || strings.ContainsAny(service, "*?") {
			if st.NotAction {
				return s, false
			}
			continue
		}
		s.names[service] = append(s.names[service], name)
	}
	return s, !(s.not && s.all)
}

// Service reports whether an action of the service of this prefix is granted.
func (g *Grants) Service(prefix string) bool {
	s, ok := LookupService(prefix)
	return ok && g.service(s)
}

// Services returns the services of which an action is granted, by prefix.
func (g *Grants) Services() []*Service {
	var out []*Service
	for _, s := range Services() {
		if g.service(s) {
			out = append(out, s)
		}
	}
	return out
}

func (g *Grants) service(s *Service) bool {
	if len(s.Actions) == 0 {
		return false
	}
	for i := range g.statements {
		st := &g.statements[i]
		names := st.names[s.Prefix]
		switch whole := slices.Contains(names, "*"); {
		case st.all, !st.not && whole, st.not && len(names) == 0:
			return true
		case len(names) == 0, whole:
			continue
		}
		if slices.ContainsFunc(s.Actions, func(a Action) bool { return g.names(names, a.Name) != st.not }) {
			return !g.budget.spent()
		}
	}
	return false
}

// Action reports whether the action is granted, which need not be in the
// catalogue.
func (g *Grants) Action(service, name string) bool {
	service = lowerASCII(service)
	return slices.ContainsFunc(g.statements, func(st granted) bool {
		return st.all || g.names(st.names[service], name) != st.not
	})
}

func (g *Grants) names(patterns []string, name string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool { return globCovers(p, name, &g.budget) })
}

// Complete reports whether all answers so far count. Documents are hostile, and
// comparing their patterns takes the square of their size: past a bound answers
// mean nothing.
func (g *Grants) Complete() bool { return !g.budget.spent() }
