package catalog

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/aratame/aratame/policy"
)

// Severity is the class of a finding.
type Severity string

// The severities, as IAM Access Analyzer has them: what can't work, what allows
// more than its author may think, what probably isn't meant, what could be
// written better.
const (
	Error      Severity = "error"
	Security   Severity = "security"
	Warning    Severity = "warning"
	Suggestion Severity = "suggestion"
)

// A Finding is something in a document that AWS accepts, and that is wrong,
// dangerous or idle all the same.
type Finding struct {
	Severity Severity `json:"severity"`

	// Code is that of Access Analyzer's policy checks where there is an equal
	// check. Of our own are ACTION_WITHOUT_FITTING_RESOURCE,
	// PRINCIPAL_STAR_WITHOUT_CONDITION, FORALLVALUES_WITHOUT_NULL_CHECK,
	// INVALID_VARIABLE and VARIABLE_WITH_MULTIVALUED_KEY.
	Code string `json:"code"`

	Statement int    `json:"statement"` // index; -1: the document
	Path      string `json:"path"`      // such as Statement[0].Action[2]

	// Position is that of the condition key, of the principal, or else of the
	// statement.
	policy.Position

	Message string `json:"message"`
}

// Findings looks at every statement of a document by itself, as its kind asks:
// nothing is said about what other statements or policies allow. The findings
// stand in the order of the statements. Time grows with the square of the
// document's size, to about a second for hostile ones of the greatest that can
// be parsed.
func Findings(doc *policy.Document) []Finding {
	f := finder{doc: doc, variables: doc.Version == "2012-10-17"}
	if doc.Version == "" {
		f.say(Warning, "MISSING_VERSION", "Version", policy.Position{Line: 1, Column: 1},
			"without a Version the document is in the language of 2008-10-17, which has no policy variables")
	}
	for i := range doc.Statements {
		f.at, f.st = i+1, &doc.Statements[i]
		f.principals()
		f.actions()
		f.passRole()
		f.resources()
		f.conditions()
	}
	return f.found
}

// finder gathers the findings of a document.
type finder struct {
	doc       *policy.Document
	variables bool // "${" begins a variable
	at        int  // place of st, from 1; 0 before the first
	st        *policy.Statement
	found     []Finding
}

func (f *finder) say(s Severity, code, path string, pos policy.Position, format string, args ...any) {
	if f.at > 0 {
		path = strings.TrimSuffix(fmt.Sprintf("Statement[%d].%s", f.at-1, path), ".")
	}
	f.found = append(f.found, Finding{Severity: s, Code: code, Statement: f.at - 1, Path: path, Position: pos, Message: fmt.Sprintf(format, args...)})
}

// element says something about the i-th of n values of an element that may have
// "Not" before its name.
func (f *finder) element(s Severity, code, element string, i, n int, format string, args ...any) {
	if n > 1 {
		element += fmt.Sprintf("[%d]", i)
	}
	f.say(s, code, element, f.st.Start, format, args...)
}

func (f *finder) actionElement() string {
	if f.st.NotAction {
		return "NotAction"
	}
	return "Action"
}

func (f *finder) resourceElement() string {
	if f.st.NotResource {
		return "NotResource"
	}
	return "Resource"
}

func (f *finder) principals() {
	if f.st.NotPrincipal && !f.st.Deny && len(f.st.Principals) > 0 {
		f.say(Security, "ALLOW_WITH_NOT_PRINCIPAL", "NotPrincipal", f.st.Principals[0].Pos,
			"Allow with NotPrincipal lets in everybody else, anonymous callers too")
		return
	}
	if f.st.Deny || len(f.st.Conditions) > 0 || f.doc.Kind() != policy.Resource && f.doc.Kind() != policy.Trust {
		return
	}
	for _, p := range f.st.Principals {
		if p.Value == "*" && (p.Kind == "STAR" || p.Kind == "AWS") {
			f.say(Security, "PRINCIPAL_STAR_WITHOUT_CONDITION", "Principal", p.Pos, "anybody in any account is let in, and no condition narrows that")
			return
		}
	}
}

// actions looks at the values of Action or NotAction.
func (f *finder) actions() {
	values, element := f.st.Actions, f.actionElement()
	for i, value := range values {
		if value == "*" {
			continue
		}
		vendor, _, _ := strings.Cut(value, ":")
		wild := strings.ContainsAny(value, "*?")
		if _, ok := LookupService(vendor); !ok && !strings.ContainsAny(vendor, "*?") {
			f.element(Error, "INVALID_SERVICE_IN_ACTION", element, i, len(values), "no service has the prefix %q", vendor)
			continue
		}
		switch {
		case matchesAny(value):
		case wild:
			f.element(Error, "INVALID_ACTION", element, i, len(values), "%q matches no action", value)
		default:
			f.element(Error, "INVALID_ACTION", element, i, len(values), "there is no action %q", value)
		}
	}
	for _, r := range redundant(values) {
		why := fmt.Sprintf("is covered by %q", values[r.by])
		if strings.EqualFold(values[r.value], values[r.by]) {
			why = "stands there twice"
		}
		f.element(Suggestion, "REDUNDANT_ACTION", element, r.value, len(values), "%q %s", values[r.value], why)
	}
}

func matchesAny(pattern string) bool {
	for range expand(pattern) {
		return true
	}
	return false
}

// A cover says that one value of a list is covered by another.
type cover struct{ value, by int }

// coversTried bounds how many patterns of one service each value is held to.
const coversTried = 512

// redundant returns the values of a list that other values cover.
func redundant(values []string) []cover {
	var covers []cover
	first := map[string]int{}
	wild := map[string][]int{} // by service
	folded := make([]string, len(values))
	for i, v := range values {
		folded[i] = simplify(strings.ToLower(v))
		if by, ok := first[folded[i]]; ok {
			covers = append(covers, cover{i, by})
			continue
		}
		first[folded[i]] = i
		if vendor := vendorOf(folded[i]); strings.ContainsAny(v, "*?") && len(wild[vendor]) < coversTried {
			wild[vendor] = append(wild[vendor], i)
		}
	}
	for i, v := range folded {
		if first[v] != i {
			continue
		}
		for _, by := range slices.Concat(wild["*"], wild[vendorOf(v)]) {
			if by != i && folded[by] != v && globCovers(folded[by], v) {
				covers = append(covers, cover{i, by})
				break
			}
		}
	}
	slices.SortFunc(covers, func(a, b cover) int { return cmp.Compare(a.value, b.value) })
	return covers
}

func vendorOf(action string) string {
	vendor, _, _ := strings.Cut(action, ":")
	return vendor
}

// globCovers reports whether whatever matches the pattern s matches pattern
// too: a "*" of s must meet a "*", a "?" one of both wildcards. It misses some,
// such as "?*" over "*a".
func globCovers(pattern, s string) bool {
	p, i, star, from := 0, 0, -1, 0
	for i < len(s) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, from = p, i
			p++
		case p < len(pattern) && s[i] != '*' && (pattern[p] == '?' || pattern[p] == s[i]):
			p++
			i++
		case star >= 0:
			from++
			p, i = star+1, from
		default:
			return false
		}
	}
	return strings.Trim(pattern[p:], "*") == ""
}
