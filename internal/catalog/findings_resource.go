package catalog

import (
	"slices"
	"strings"

	"github.com/aratame/aratame/policy"
)

// resources looks at Resource against Action: an action is authorized on
// resources of its types only, so that a statement with an action on others
// never applies to it.
func (f *finder) resources() {
	for i, r := range f.st.Resources {
		f.resourceVariables(i, r)
	}
	if f.st.NotAction || f.st.NotResource || len(f.st.Resources) == 0 {
		return
	}
	fit := newFitting(f.st.Resources, &f.budget)
	if fit.all {
		return
	}
	for i, value := range f.st.Actions {
		if value == "*" {
			continue
		}
		known, fits, bare := false, false, true
		for a := range expand(value, &f.budget) {
			known = true
			bare = bare && len(a.Resources) == 0
			if fits = fit.action(a); fits {
				break
			}
		}
		if f.budget.spent() {
			f.incomplete()
			return
		}
		if !known || fits {
			continue
		}
		severity, effect := Warning, "allows"
		if f.st.Deny {
			severity, effect = Security, "denies"
		}
		why := "none of the resources is of a type that it acts on"
		if bare {
			why = `it acts on no resource, so that only "*" matches`
		}
		f.element(severity, "ACTION_WITHOUT_FITTING_RESOURCE", "Action", i, len(f.st.Actions), "the statement never %s %q: %s", effect, value, why)
	}
}

// fitting remembers which resource types the values of a Resource element fit.
type fitting struct {
	budget   *budget
	all      bool
	patterns []*resourcePattern
	known    map[*ResourceType]bool
}

func newFitting(values []string, b *budget) *fitting {
	f := &fitting{budget: b, known: map[*ResourceType]bool{}}
	for _, v := range values {
		p := newResourcePattern(v)
		f.all = f.all || p.all
		f.patterns = append(f.patterns, p)
	}
	return f
}

// action reports whether the action is authorized on what the values match. Its
// answer means nothing once the budget is spent.
func (f *fitting) action(a *Action) bool {
	if !f.budget.spend(len(a.Resources)) {
		return false
	}
	return slices.ContainsFunc(a.Resources, func(t Target) bool {
		ok, known := f.known[t.Type]
		if !known {
			ok = slices.ContainsFunc(f.patterns, func(p *resourcePattern) bool { return p.fit(t.Type, f.budget) })
			f.known[t.Type] = ok
		}
		return ok
	})
}

// passRole looks at what lets a caller pass any role to any service, and so
// become it.
func (f *finder) passRole() {
	switch f.doc.Kind() {
	case policy.Identity, policy.Boundary, policy.Session:
	default:
		return
	}
	if f.st.Deny || !f.allowsPassRole() {
		return
	}
	for _, c := range f.st.Conditions {
		if strings.EqualFold(c.Key, "iam:PassedToService") {
			return
		}
	}
	star := slices.ContainsFunc(f.st.Resources, anyRole)
	named := slices.ContainsFunc(f.st.Actions, func(a string) bool { return equalFolded(a, "iam:passrole") })
	code := ""
	switch {
	case f.st.NotResource && f.st.NotAction:
		code = "PASS_ROLE_WITH_NOT_ACTION_AND_NOT_RESOURCE"
	case f.st.NotResource && named:
		code = "PASS_ROLE_WITH_NOT_RESOURCE"
	case f.st.NotResource:
		code = "PASS_ROLE_WITH_STAR_IN_ACTION_AND_NOT_RESOURCE"
	case !star:
		return
	case f.st.NotAction:
		code = "PASS_ROLE_WITH_STAR_IN_RESOURCE_AND_NOT_ACTION"
	case named:
		code = "PASS_ROLE_WITH_STAR_IN_RESOURCE"
	default:
		code = "PASS_ROLE_WITH_STAR_IN_ACTION_AND_RESOURCE"
	}
	f.say(Security, code, f.resourceElement(), f.st.Start,
		"iam:PassRole is allowed on roles that aren't named, so that a service can be given any of them; name roles, or iam:PassedToService in a condition")
}

func (f *finder) allowsPassRole() bool {
	for _, v := range f.st.Actions {
		if globCovers(simplify(lowerASCII(v)), "iam:passrole", nil) {
			return !f.st.NotAction
		}
	}
	return f.st.NotAction
}

// anyRole reports whether a value of a Resource element covers every role of an
// account.
func anyRole(value string) bool {
	if strings.Trim(value, "*") == "" {
		return true
	}
	parts := strings.SplitN(value, ":", arnFields)
	if len(parts) < arnFields {
		return len(parts) > 2 && parts[2] == "iam"
	}
	last := parts[arnFields-1]
	return parts[2] == "iam" && globCovers(last, "role/*", nil)
}
