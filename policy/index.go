package policy

import "math/bits"

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
	k := newKept(policies)
	s.entries = make([]entry, 0, k.statements)
	rules, texts := make([]rule, 0, k.rules), make([]writtenResource, 0, k.rules)
	for i := range policies {
		d := policies[i].Document
		if d == nil {
			continue
		}
		for j := range d.compiled {
			st := &d.compiled[j]
			s.entries = append(s.entries, entry{st, int32(i)})
			st.rules(k, func(r rule, resource int) {
				w := writtenResource{vars: d.Version == version2012, deny: st.deny}
				if r.resource != nil {
					w.text = d.Statements[j].Resources[resource]
				}
				rules, texts = append(rules, r), append(texts, w)
			})
		}
	}
	s.index.conds = k.conds
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
	root  indexNode // the first of nodes, at hand
	marks []mark    // of rules
	rules []rule
	conds []keptCond // of the rules
	nodes []indexNode
	slots []slot // of all tables
}

// A mark has what a resource must have for its rule, as far as it fits.
type mark struct {
	word   uint32 // what stands at the list's offset of marks
	verbs  uint16 // the verbs, folded
	size   uint8  // how many bytes of word count
	behind bool   // the resource is spelled out behind the list's head
}

type indexNode struct {
	from, allows, to uint32 // the list: in rules, those that deny first
	plain            bool   // of those that allow, one says as much as any other
	head             head   // before what the rules spell out
	marks            uint32 // offset in resources

	sizes       uint16 // of the table: bit n, there are windows of n bytes
	shift       uint16 // leaves the bits of a hash that the mask covers
	table, mask uint32 // in slots; the number of slots less one
	tableHead   head   // before the windows of the table
}

// A head is literal text that a resource must have at one place, in words.
type head struct {
	words    [3]uint64
	from, to uint32 // offsets
}

const headSize = 3 * windowSize

// headOf returns the head of a text between two offsets, which ends before to
// if that is more than fits.
func headOf(s string, from, to int) head {
	h := head{from: uint32(from), to: uint32(min(to, from+headSize))}
	for i := range h.words {
		h.words[i] = load(s[:h.to], from+i*windowSize)
	}
	return h
}

func (h *head) in(s string) bool {
	if len(s) < int(h.to) {
		return false
	}
	left := int(h.to - h.from)
	for i := 0; left > 0; i++ {
		if (load(s, int(h.from)+i*windowSize)^h.words[i])&windowMasks[min(left, windowSize)] != 0 {
			return false
		}
		left -= windowSize
	}
	return true
}

// slot is a place of a table; size 0 is an empty one.
type slot struct {
	word uint64 // with size, the window
	size uint32
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

// hash leaves the highest bits of the product, those that every byte of the
// window has a part in.
func (w window) hash(shift uint16) uint32 {
	return uint32((w.word ^ uint64(w.size)) * 0x9E3779B97F4A7C15 >> (shift & 63))
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
	if n := &x.root; n.sizes == 0 {
		v.ask(x, n, n.from, n.to, a)
		return v
	}
	var w walk
	w.down(x, &v, &x.root, a)
	for i := w.n - 1; i >= 0 && !v.deny; i-- {
		n := w.passed[i]
		v.ask(x, n, n.allows, n.to, a)
	}
	return v
}

// walk remembers nodes whose rules that allow are asked when all that deny have
// been.
type walk struct {
	n      int
	passed [16]*indexNode
}

func (w *walk) down(x *index, v *verdict, n *indexNode, a *asker) {
	if v.ask(x, n, n.from, n.allows, a); v.deny {
		return
	}
	switch {
	case n.allows == n.to:
	case w.n < len(w.passed):
		w.passed[w.n] = n
		w.n++
	default:
		v.ask(x, n, n.allows, n.to, a)
	}
	if n.sizes == 0 || !n.tableHead.in(a.resource) {
		return
	}
	word := load(a.resource, int(n.tableHead.to))
	for sizes := n.sizes; sizes != 0; sizes &= sizes - 1 {
		size := uint32(bits.TrailingZeros16(sizes))
		key := window{word & windowMasks[size], size}
		for i := key.hash(n.shift); ; i++ {
			s := &x.slots[n.table+i&n.mask]
			if s.size == 0 {
				break
			}
			if s.word == key.word && s.size == key.size {
				if w.down(x, v, &x.nodes[s.node], a); v.deny {
					return
				}
				break
			}
		}
	}
}

// ask asks the rules of a part of a node's list.
func (v *verdict) ask(x *index, n *indexNode, from, to uint32, a *asker) {
	if from == to || v.enough(n, from) {
		return
	}
	common := n.head.in(a.resource)
	word, verb := uint32(load(a.resource, int(n.marks))), a.verb.fold()
	marks := x.marks[from:to]
	for i := range marks {
		m := &marks[i]
		if m.verbs&verb == 0 || (word^m.word)&uint32(windowMasks[m.size]) != 0 || m.behind && !common {
			continue
		}
		r := &x.rules[int(from)+i]
		if r.resource == a.last && !a.lastFits {
			continue // as for the rule before
		}
		if v.askRule(x, r, a); v.deny || v.enough(n, from+uint32(i)) {
			return
		}
	}
}

// enough reports that neither a rule of a node's list nor one behind it can add
// anything.
func (v *verdict) enough(n *indexNode, rule uint32) bool {
	return v.allow && n.plain && rule >= n.allows
}

// askRule adds a rule's contribution. An Allow that can't add anything isn't
// looked at.
func (v *verdict) askRule(x *index, r *rule, a *asker) {
	if !r.deny && v.allow && (r.byAction == nil && !r.named || v.grant == grantDirect) {
		return
	}
	if r.byAction != nil {
		for c := r.byAction.start(a.action); c.ok; c.nextFolded() {
			here := r.byAction.at(c.node)
			for i := range here {
				if here[i].verbs&a.verb == 0 {
					continue
				}
				if v.askRule(x, &here[i], a); v.deny {
					return
				}
			}
		}
		return
	}
	if g, ok := r.applies(x, a); ok {
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
	tree *tree[sharedAction]
}

func newActionList(patterns []sharedAction) *actionList {
	var b builder[sharedAction]
	for i := range patterns {
		p := patterns[i].Value()
		b.put(p.prefix(), patterns[i])
	}
	return &actionList{b.tree()}
}

func (l *actionList) match(action string) truth {
	t := no
	for c := l.tree.start(action); c.ok; c.nextFolded() {
		for _, h := range l.tree.at(c.node) {
			p := h.Value()
			if t = max(t, p.match(action)); t == yes {
				return yes
			}
		}
	}
	return t
}
