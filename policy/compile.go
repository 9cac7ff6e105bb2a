package policy

import (
	"bytes"
	"strings"
)

// stmt is a statement ready for evaluation. It belongs to its Document, so
// that a managed policy attached many times is compiled once.
type stmt struct {
	index       int  // in Document.Statements
	deny        bool // Effect
	principals  *principals
	actions     []actionPattern
	notAction   bool
	resources   []resourcePattern
	notResource bool
	noResource  bool // the kind has no Resource element
	conds       []cond
}

func (d *Document) compile() {
	vars := d.Version == version2012
	d.compiled = make([]stmt, len(d.Statements))
	for i := range d.Statements {
		from, to := &d.Statements[i], &d.compiled[i]
		*to = stmt{index: i, deny: from.Deny, notAction: from.NotAction, notResource: from.NotResource, noResource: d.bare}
		if len(from.Principals) > 0 {
			to.principals = newPrincipals(from, d.kind)
		}
		to.actions = make([]actionPattern, len(from.Actions))
		for j, a := range from.Actions {
			to.actions[j] = newActionPattern(a)
		}
		to.resources = make([]resourcePattern, len(from.Resources), len(from.Resources)+from.nulls)
		for j, r := range from.Resources {
			to.resources[j] = newResourcePattern(r, vars)
		}
		for range from.nulls {
			to.resources = append(to.resources, resourcePattern{bad: true})
		}
		if len(from.Conditions) > 0 {
			to.conds = make([]cond, len(from.Conditions))
		}
		for j := range from.Conditions {
			to.conds[j] = newCond(&from.Conditions[j], j, vars)
		}
	}
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

// Set holds the statements of any number of policies of one type, indexed by
// the actions and resources that they can match. It is immutable and safe for
// concurrent use. Compiling no policies gives a Set that allows nothing.
type Set struct {
	policies []Policy
	entries  []entry
	index    *indexNode // by resource; nil: few statements, looked at one by one
}

// entry is a statement of a Set with its policy.
type entry struct {
	st  *stmt
	pol int32 // in Set.policies
}

// few is the number of statements up to which looking at each is fastest.
const few = 6

// Compile makes a Set. Policies without a Document are left out.
func Compile(policies ...Policy) *Set {
	s := &Set{policies: policies}
	for i := range policies {
		if policies[i].Document == nil {
			continue
		}
		compiled := policies[i].Document.compiled
		for j := range compiled {
			s.entries = append(s.entries, entry{&compiled[j], int32(i)})
		}
	}
	if len(s.entries) > few {
		s.index = buildIndex(s.entries)
	}
	return s
}

// Policies returns the policies the Set was compiled from.
func (s *Set) Policies() []Policy { return s.policies }

// Len returns the number of statements.
func (s *Set) Len() int { return len(s.entries) }

// indexNode is a node of a radix tree over the literal beginnings of patterns.
// A statement can match only if it stands at a node on the way of the
// request's resource and there on the way of its action. A statement stands at
// several nodes if it has several patterns.
type indexNode struct {
	label string // from the parent's end to this node's
	first string // first bytes of the children's labels
	kids  []*indexNode
	stmts []*stmt    // at this node
	next  *indexNode // the same statements by action; nil if they are few
}

// at returns the node for a key, which it makes if need be.
func (n *indexNode) at(key string) *indexNode {
	for key != "" {
		i := strings.IndexByte(n.first, key[0])
		if i < 0 {
			kid := &indexNode{label: key}
			n.first += key[:1]
			n.kids = append(n.kids, kid)
			return kid
		}
		kid := n.kids[i]
		common := 0
		for common < len(key) && common < len(kid.label) && key[common] == kid.label[common] {
			common++
		}
		if common < len(kid.label) {
			upper := &indexNode{label: kid.label[:common], first: kid.label[common : common+1], kids: []*indexNode{kid}}
			kid.label = kid.label[common:]
			n.kids[i] = upper
			kid = upper
		}
		n, key = kid, key[common:]
	}
	return n
}

func (n *indexNode) add(st *stmt) {
	if k := len(n.stmts); k == 0 || n.stmts[k-1] != st {
		n.stmts = append(n.stmts, st)
	}
}

func buildIndex(entries []entry) *indexNode {
	root := &indexNode{}
	for i := range entries {
		st := entries[i].st
		if st.noResource || st.notResource {
			root.add(st)
			continue
		}
		for j := range st.resources {
			root.at(st.resources[j].prefix()).add(st)
		}
	}
	root.byAction()
	return root
}

// byAction gives the nodes with many statements a tree of their own.
func (n *indexNode) byAction() {
	for _, kid := range n.kids {
		kid.byAction()
	}
	if len(n.stmts) <= few {
		return
	}
	n.next = &indexNode{}
	for _, st := range n.stmts {
		if st.notAction {
			n.next.add(st)
			continue
		}
		for j := range st.actions {
			n.next.at(st.actions[j].prefix()).add(st)
		}
	}
}

// step returns the child on the way of key, and what is left of key.
func (n *indexNode) step(key string) (*indexNode, string) {
	if key == "" {
		return nil, ""
	}
	i := strings.IndexByte(n.first, key[0])
	if i < 0 || !strings.HasPrefix(key, n.kids[i].label) {
		return nil, ""
	}
	return n.kids[i], key[len(n.kids[i].label):]
}

// stepBytes is step for folded actions.
func (n *indexNode) stepBytes(key []byte) (*indexNode, []byte) {
	if len(key) == 0 {
		return nil, nil
	}
	i := strings.IndexByte(n.first, key[0])
	if i < 0 {
		return nil, nil
	}
	kid := n.kids[i]
	if len(key) < len(kid.label) || !bytes.Equal(key[:len(kid.label)], []byte(kid.label)) {
		return nil, nil
	}
	return kid, key[len(kid.label):]
}
