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
	// INVALID_VARIABLE, VARIABLE_WITH_MULTIVALUED_KEY, CHECKS_INCOMPLETE and
	// MORE_FINDINGS.
	Code string `json:"code"`

	Statement int    `json:"statement"` // index; -1: the document
	Path      string `json:"path"`      // such as Statement[0].Action[2]; long operators and keys are cut

	// Position is that of the condition key, of the principal, or else of the
	// statement.
	policy.Position

	// Message cuts each text of the document after 256 bytes.
	Message string `json:"message"`
}

// Findings looks at every statement of a document by itself, as its kind asks:
// nothing is said about what other statements or policies allow. The findings
// stand in the order of the statements.
//
// Documents are hostile, and comparing their patterns takes the square of their
// size. Where that would be too much the rest of it is left out, and one
// CHECKS_INCOMPLETE says from which statement on. After 1,000 findings the
// others are counted in a closing MORE_FINDINGS, which has the gravest severity
// among them.
func Findings(doc *policy.Document) []Finding {
	f := finder{doc: doc, variables: doc.Version == "2012-10-17", budget: budget{documentSteps}}
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
	if f.more > 0 {
		f.rest.Message = fmt.Sprintf("findings that aren't shown, from this place on: %d", f.more)
		f.found = append(f.found, f.rest)
	}
	return f.found
}

// finder gathers the findings of a document.
type finder struct {
	doc       *policy.Document
	variables bool // "${" begins a variable
	at        int  // place of st, from 1; 0 before the first
	st        *policy.Statement
	required  map[string]bool // keys that requests have if st applies to them; folded by policy.FoldKey
	budget    budget
	partial   bool // CHECKS_INCOMPLETE was said
	found     []Finding
	more      int     // findings beyond shownFindings
	rest      Finding // about them, with the place of the first
}

// gravity orders the severities.
var gravity = map[Severity]int{Suggestion: 1, Warning: 2, Security: 3, Error: 4}

// say adds a finding, or counts it. Strings among args may be of the document.
func (f *finder) say(s Severity, code, path string, pos policy.Position, format string, args ...any) {
	if len(f.found) < shownFindings {
		f.add(s, code, path, pos, format, args...)
		return
	}
	if f.more == 0 {
		f.rest = Finding{Severity: s, Code: "MORE_FINDINGS", Statement: f.at - 1, Path: f.path(path), Position: pos}
	}
	f.more++
	if gravity[s] > gravity[f.rest.Severity] {
		f.rest.Severity = s
	}
}

func (f *finder) add(s Severity, code, path string, pos policy.Position, format string, args ...any) {
	for i, a := range args {
		if text, ok := a.(string); ok {
			args[i] = shorten(text)
		}
	}
	f.found = append(f.found, Finding{Severity: s, Code: code, Statement: f.at - 1, Path: f.path(path), Position: pos, Message: fmt.Sprintf(format, args...)})
}

// path returns the path of a place in the statement, if there is one yet.
func (f *finder) path(inside string) string {
	if f.at == 0 {
		return inside
	}
	return strings.TrimSuffix(fmt.Sprintf("Statement[%d].%s", f.at-1, inside), ".")
}

// incomplete says, once and however many findings there are, that the budget is
// spent.
func (f *finder) incomplete() {
	if !f.partial {
		f.partial = true
		f.add(Suggestion, "CHECKS_INCOMPLETE", "", f.st.Start,
			"the document has too many or too long patterns: from this statement on, not all were held to the actions there are, to each other and to resources")
	}
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
		if wild && f.budget.spent() {
			f.incomplete()
			continue
		}
		if _, ok := LookupService(vendor); !ok && !strings.ContainsAny(vendor, "*?") {
			f.element(Error, "INVALID_SERVICE_IN_ACTION", element, i, len(values), "no service has the prefix %q", vendor)
			continue
		}
		switch {
		case f.matchesAny(value):
		case wild && f.budget.spent():
			f.incomplete()
		case wild:
			f.element(Error, "INVALID_ACTION", element, i, len(values), "%q matches no action", value)
		default:
			f.element(Error, "INVALID_ACTION", element, i, len(values), "there is no action %q", value)
		}
	}
	for _, r := range redundant(values, &f.budget) {
		value, by := values[r.value], values[r.by]
		if equalFolded(value, lowerASCII(by)) {
			f.element(Suggestion, "REDUNDANT_ACTION", element, r.value, len(values), "%q stands there twice", value)
			continue
		}
		f.element(Suggestion, "REDUNDANT_ACTION", element, r.value, len(values), "%q is covered by %q", value, by)
	}
	if f.budget.spent() {
		f.incomplete()
	}
}

// matchesAny reports whether a pattern matches an action. That it doesn't means
// nothing once the budget is spent.
func (f *finder) matchesAny(pattern string) bool {
	for range expand(pattern, &f.budget) {
		return true
	}
	return false
}

// A cover says that one value of a list is covered by another.
type cover struct{ value, by int }

// redundant returns the values of a list that other values cover: all that are
// equal, and of the rest what the budget is enough for.
func redundant(values []string, b *budget) []cover {
	var covers []cover
	first := map[string]int{}
	wild := map[string][]int{} // by service
	folded := make([]string, len(values))
	for i, v := range values {
		folded[i] = simplify(lowerASCII(v))
		if by, ok := first[folded[i]]; ok {
			covers = append(covers, cover{i, by})
			continue
		}
		first[folded[i]] = i
		if strings.ContainsAny(v, "*?") {
			vendor := vendorOf(folded[i])
			wild[vendor] = append(wild[vendor], i)
		}
	}
	for i, v := range folded {
		if first[v] != i {
			continue
		}
		for _, others := range [][]int{wild["*"], wild[vendorOf(v)]} {
			at := slices.IndexFunc(others, func(j int) bool { return b.spent() || j != i && globCovers(folded[j], v, b) })
			if at >= 0 && !b.spent() {
				covers = append(covers, cover{i, others[at]})
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

// globCovers reports whether whatever matches the pattern s matches the folded
// pattern too: a "*" of s must meet a "*", a "?" one of both wildcards. It
// misses some, such as "?*" over "*a". A name without wildcards is covered by
// what it matches. It ends when the budget does.
func globCovers(pattern, s string, b *budget) bool {
	p, i, star, from := 0, 0, -1, 0
	for i < len(s) {
		if !b.spend(1) {
			return false
		}
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, from = p, i
			p++
		case p < len(pattern) && s[i] != '*' && (pattern[p] == '?' || pattern[p] == fold(s[i])):
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
