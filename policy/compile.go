package policy

import "strings"

// stmt is a statement ready for evaluation. It belongs to its Document, so
// that a managed policy attached many times is compiled once. Short lists stand
// in the statement itself, and in rules: a decision touches few places of
// memory.
type stmt struct {
	actions     []sharedAction
	conds       []cond
	principals  *principals
	verbs       verbs // of the actions that can match
	deny        bool  // Effect
	notAction   bool
	notResource bool
	noResource  bool // the kind has no Resource element

	action3   [fewActions]sharedAction
	cond1     [1]cond
	values2   [fewValues]condValue
	resource2 [2]resourcePattern

	resources []resourcePattern
	list      *actionList // of the actions, when they are many
	index     int32       // in Document.Statements
}

// fewActions and fewValues are how many actions and values of a condition stand
// in the statement.
const (
	fewActions = 3
	fewValues  = 2
)

func (d *Document) compile() {
	vars := d.Version == version2012
	d.compiled = make([]stmt, len(d.Statements))
	for i := range d.Statements {
		from, to := &d.Statements[i], &d.compiled[i]
		to.index, to.deny, to.notAction, to.notResource, to.noResource = int32(i), from.Deny, from.NotAction, from.NotResource, d.bare && len(from.Resources)+from.nulls == 0
		if len(from.Principals) > 0 {
			to.principals = newPrincipals(from, d.kind)
		}
		to.compileActions(from.Actions)
		to.resources = inlineOr(to.resource2[:], len(from.Resources)+from.nulls)
		for j := range to.resources {
			if j < len(from.Resources) {
				to.resources[j] = newResourcePattern(from.Resources[j], vars)
			} else {
				to.resources[j] = resourcePattern{bad: true}
			}
		}
		to.conds = inlineOr(to.cond1[:], len(from.Conditions))
		for j := range from.Conditions {
			c := &from.Conditions[j]
			var values []condValue
			if j == 0 {
				values = to.values2[:]
			}
			to.conds[j] = newCond(c, j, inlineOr(values, len(c.Values)), vars)
		}
	}
}

func (st *stmt) compileActions(list []string) {
	st.actions = inlineOr(st.action3[:], len(list))
	for j, a := range list {
		st.actions[j] = newAction(a)
		p := st.actions[j].Value()
		st.verbs |= p.verbs()
	}
	if st.notAction {
		st.verbs = anyVerb
	}
	if len(list) > manyActions {
		st.list = newActionList(st.actions)
	}
}

// inlineOr returns n elements of room if they fit, otherwise new ones.
func inlineOr[T any](room []T, n int) []T {
	if n <= len(room) {
		return room[:n:n]
	}
	return make([]T, n)
}

// MapPrincipals returns a document in which each principal value of a
// Principal or NotPrincipal element is what change makes of it; kind and value
// are those of PrincipalValue, and a bare "*" isn't offered. The text is
// changed accordingly, and positions stay those of the original text.
//
// A trust policy is stored with the unique ids of the users and roles that its
// ARNs meant: an id matches that entity only, and no later one of the same
// name. The same function turns ids back into ARNs for display.
func (d *Document) MapPrincipals(change func(kind, value string) string) *Document {
	out := *d
	out.Statements = append([]Statement(nil), d.Statements...)
	var text strings.Builder
	done, changed := 0, false
	for i := range out.Statements {
		st := &out.Statements[i]
		st.Principals = append([]PrincipalValue(nil), st.Principals...)
		for j := range st.Principals {
			v := &st.Principals[j]
			literal := d.text[v.start:v.end]
			if v.Kind != "STAR" {
				if s := change(v.Kind, v.Value); s != v.Value {
					v.Value, literal, changed = s, quote(s), true
				}
			}
			text.WriteString(d.text[done:v.start])
			done = v.end
			v.start = text.Len()
			text.WriteString(literal)
			v.end = text.Len()
		}
	}
	if !changed {
		return d
	}
	text.WriteString(d.text[done:])
	out.text = text.String()
	r := reader{text: out.text}
	r.readJSON()
	out.size = sizeOf(out.text, r.space)
	out.compile()
	return &out
}

// Principals returns all principal values of the document in their order.
func (d *Document) Principals() []PrincipalValue {
	var list []PrincipalValue
	for i := range d.Statements {
		list = append(list, d.Statements[i].Principals...)
	}
	return list
}
