package policy

// Set holds the statements of any number of policies of one type, indexed by
// the actions and resources that they can match. It is immutable and safe for
// concurrent use. Compiling no policies gives a Set that allows nothing.
type Set struct {
	index    index // what Evaluate reads
	policies []Policy
	entries  []entry
}

// entry is a statement of a Set with its policy.
type entry struct {
	st  *stmt
	pol int32 // in Set.policies
}

// Compile makes a Set. Policies without a Document are left out.
func Compile(policies ...Policy) *Set {
	s := &Set{policies: policies}
	var rules []rule
	var texts []writtenResource
	for i := range policies {
		d := policies[i].Document
		if d == nil {
			continue
		}
		for j := range d.compiled {
			st := &d.compiled[j]
			s.entries = append(s.entries, entry{st, int32(i)})
			st.rules(func(r rule, resource int) {
				w := writtenResource{vars: d.Version == version2012, deny: st.deny}
				if r.resource != nil {
					w.text = d.Statements[j].Resources[resource]
				}
				rules, texts = append(rules, r), append(texts, w)
			})
		}
	}
	arrange(rules, texts)
	s.index.build(rules)
	return s
}

// Policies returns the policies the Set was compiled from.
func (s *Set) Policies() []Policy { return s.policies }

// Len returns the number of statements.
func (s *Set) Len() int { return len(s.entries) }

// index finds the rules that can match a resource. It is a tree of nodes in
// arrays. A node has a list of rules, and a hash table from the bytes that
// stand at one offset of a resource to further nodes, for rules with literal
// text there. A list has a mark for each of its rules, by which most are passed
// over without touching them.
type index struct {
	marks []mark // of rules
	rules []rule
	nodes []indexNode
	slots []slot // of all tables
}

type mark struct {
	word  uint64 // what stands at the list's offset
	verbs verbs
	size  uint32 // how many bytes of word count
}

type indexNode struct {
	from, allows, to uint32 // the list: in rules, those that deny first
	offset           uint32 // of the marks of the list

	table, mask uint32 // in slots; the number of slots less one
	at          uint32 // offset of the windows in the table
	sizes       uint16 // bit n: there are windows of n bytes
}

// slot is a place of a table; size 0 is an empty one.
type slot struct {
	window
	node uint32
}

// A window is up to eight bytes of a text, the first in the lowest bits.
type window struct {
	word uint64
	size uint32
}

const windowSize = 8

// windowMasks has a mask for each number of bytes.
var windowMasks = [windowSize + 1]uint64{0, 1<<8 - 1, 1<<16 - 1, 1<<24 - 1, 1<<32 - 1, 1<<40 - 1, 1<<48 - 1, 1<<56 - 1, 1<<64 - 1}

func windowOf(s string, at int) window {
	return window{load(s, at), uint32(min(windowSize, max(0, len(s)-at)))}
}

// in reports whether s can have the window at an offset. What is past the end
// of s counts as zero bytes, so that the answer isn't certain.
func (w window) in(s string, at int) bool {
	return (load(s, at)^w.word)&windowMasks[w.size] == 0
}

func load(s string, at int) (w uint64) {
	if len(s) >= at+windowSize {
		s = s[at : at+windowSize]
		return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 | uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
	}
	for i := at; i < len(s); i++ {
		w |= uint64(s[i]) << (8 * (i - at))
	}
	return w
}

func (w window) hash() uint32 {
	return uint32((w.word ^ uint64(w.size)) * 0x9E3779B97F4A7C15 >> 32)
}

// eval asks the rules that can match, those that deny first. It stops at the
// first Deny.
func (s *Set) eval(a *asker) verdict {
	v := verdict{}
	if s == nil {
		return v
	}
	v.present = true
	x := &s.index
	if len(x.nodes) == 0 {
		return v
	}
	if len(x.nodes) == 1 {
		n := &x.nodes[0]
		if v.ask(x, n.offset, n.from, n.allows, a); !v.deny {
			v.ask(x, n.offset, n.allows, n.to, a)
		}
		return v
	}
	var w walk
	w.down(x, &v, 0, a)
	for i := w.n - 1; i >= 0 && !v.deny; i-- {
		n := &x.nodes[w.passed[i]]
		v.ask(x, n.offset, n.allows, n.to, a)
	}
	return v
}

// walk remembers nodes whose rules that allow are asked when all that deny have
// been.
type walk struct {
	n      int
	passed [16]uint32
}

func (w *walk) down(x *index, v *verdict, at uint32, a *asker) {
	n := &x.nodes[at]
	if v.ask(x, n.offset, n.from, n.allows, a); v.deny {
		return
	}
	switch {
	case n.allows == n.to:
	case w.n < len(w.passed):
		w.passed[w.n] = at
		w.n++
	default:
		v.ask(x, n.offset, n.allows, n.to, a)
	}
	if n.sizes == 0 {
		return
	}
	word := load(a.resource, int(n.at))
	for size := uint32(windowSize); size > 0; size-- {
		if n.sizes>>size&1 == 0 {
			continue
		}
		key := window{word & windowMasks[size], size}
		for i := key.hash(); ; i++ {
			s := &x.slots[n.table+i&n.mask]
			if s.size == 0 {
				break
			}
			if s.window == key {
				if w.down(x, v, s.node, a); v.deny {
					return
				}
				break
			}
		}
	}
}

// ask asks the rules of a part of a list.
func (v *verdict) ask(x *index, offset, from, to uint32, a *asker) {
	if from == to {
		return
	}
	word := load(a.resource, int(offset))
	marks := x.marks[from:to]
	for i := range marks {
		m := &marks[i]
		if m.verbs&a.verb == 0 || (word^m.word)&windowMasks[m.size] != 0 {
			continue
		}
		if v.askRule(&x.rules[int(from)+i], a); v.deny {
			return
		}
	}
}

// askRule adds a rule's contribution. An Allow that can't add anything isn't
// looked at.
func (v *verdict) askRule(r *rule, a *asker) {
	if !r.deny && v.allow && (r.byAction == nil && r.st.principals == nil || v.grant == grantDirect) {
		return
	}
	if r.byAction != nil {
		for c := r.byAction.start(a.action); c.ok; c.nextFolded() {
			here := r.byAction.at(c.node)
			for i := range here {
				if here[i].verbs&a.verb == 0 {
					continue
				}
				if v.askRule(&here[i], a); v.deny {
					return
				}
			}
		}
		return
	}
	if g, ok := r.applies(a); ok {
		if r.deny {
			v.deny = true
			return
		}
		v.allow = true
		v.grant = max(v.grant, g)
	}
}

// manyActions is how many patterns a statement may have before they are put
// into a tree.
const manyActions = 12

// actionList finds out whether any of many patterns matches.
type actionList struct {
	tree *tree[*actionPattern]
}

func newActionList(patterns []actionPattern) *actionList {
	var b builder[*actionPattern]
	for i := range patterns {
		b.put(patterns[i].prefix(), &patterns[i])
	}
	return &actionList{b.tree()}
}

func (l *actionList) match(action string) truth {
	t := no
	for c := l.tree.start(action); c.ok; c.nextFolded() {
		for _, p := range l.tree.at(c.node) {
			if t = max(t, p.match(action)); t == yes {
				return yes
			}
		}
	}
	return t
}
