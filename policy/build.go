package policy

import (
	"math/bits"
	"strings"
)

// How many rules a list may have before they are put into a table, and how many
// of a list may be left before they get a tree by action.
const (
	fewRules = 48
	fewHere  = 16
)

// build fills an empty index.
func (x *index) build(rules []rule) {
	if len(rules) > 0 {
		x.marks, x.rules = make([]mark, 0, len(rules)), make([]rule, 0, len(rules))
		x.root = x.nodes[x.add(rules, 0)]
	}
}

// add makes a node for rules whose literal beginnings are tested up to an offset
// on the way to it, and returns it.
func (x *index) add(rules []rule, offset int) uint32 {
	at := uint32(len(x.nodes))
	x.nodes = append(x.nodes, indexNode{})
	if len(rules) <= fewRules {
		if len(rules) > fewHere && !apart(rules, offset) {
			rules = splitByAction(rules)
		}
		x.nodes[at] = x.list(rules, offset)
		return at
	}
	// Rules whose beginning ends here stay in the list of the node; the others
	// go to the table by the window where they part.
	// They agree up to the offset, and a head holds only so much more.
	var list, longer []rule
	common := 0
	for i := range rules {
		p := rules[i].prefix()
		switch {
		case len(p) <= offset:
			list = append(list, rules[i])
			continue
		case len(longer) == 0:
			common = min(headSize, len(p)-offset)
		default:
			common = commonLength(longer[0].prefix()[offset:offset+common], p[offset:])
		}
		longer = append(longer, rules[i])
	}
	var tableHead head
	if len(longer) > 0 {
		tableHead = headOf(longer[0].prefix(), offset, offset+common)
	}
	start := int(tableHead.to)
	groups := map[window][]rule{}
	var order []window
	for i := range longer {
		w := windowOf(longer[i].prefix(), start)
		if w.size == 0 {
			list = append(list, longer[i])
			continue
		}
		if groups[w] == nil {
			order = append(order, w)
		}
		groups[w] = append(groups[w], longer[i])
	}
	// Both parts keep the order of rules, but the list has two of them now.
	list = denyFirst(list)
	if len(list) > fewHere {
		list = splitByAction(list)
	}
	n := x.list(list, offset)
	if len(order) > 0 {
		n.tableHead = tableHead
		n.table = uint32(len(x.slots))
		size := bits.Len(uint(2 * len(order)))
		n.mask, n.shift = uint32(1)<<size-1, uint16(64-size)
		x.slots = append(x.slots, make([]slot, 1<<size)...)
		for _, w := range order {
			n.sizes |= 1 << w.size
			kid := x.add(groups[w], start+int(w.size))
			for i := w.hash(n.shift); ; i++ {
				if s := &x.slots[n.table+i&n.mask]; s.size == 0 {
					*s = slot{w.word, w.size, kid}
					break
				}
			}
		}
	}
	x.nodes[at] = n
	return at
}

func commonLength(a, b string) int {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}

// apart reports whether the beginnings of rules go on past an offset for most
// of them, so that marks tell them apart.
func apart(rules []rule, offset int) bool {
	first, n := map[window]bool{}, 0
	m := len(markCommon(rules))
	for i := range rules {
		if p := rules[i].prefix(); len(p) > max(offset, m) {
			first[windowOf(p, m)] = true
			n++
		}
	}
	return n > len(rules)/2 && len(first) > n/4
}

func denyFirst(rules []rule) []rule {
	out := make([]rule, 0, len(rules))
	for _, deny := range []bool{true, false} {
		for i := range rules {
			if rules[i].deny == deny {
				out = append(out, rules[i])
			}
		}
	}
	return out
}

// list appends rules with their marks. Rules that deny come first.
func (x *index) list(rules []rule, offset int) indexNode {
	n := indexNode{from: uint32(len(x.rules)), plain: true, head: head{from: uint32(offset), to: uint32(offset)}}
	common := markCommon(rules)
	if offset == 0 {
		n.head = headOf(common, 0, len(common))
	}
	common = common[:min(len(common), int(n.head.to))]
	n.allows = n.from
	at := markOffset(rules, int(n.head.to))
	n.marks = uint32(at)
	for _, r := range rules {
		m, to := mark{verbs: r.verbs.fold()}, int(n.head.to)
		switch p := r.prefix(); {
		case len(p) > to && strings.HasPrefix(p, common):
			r.spell(to)
			m.behind = r.spelled
		default:
			r.spell(offset)
		}
		if p := r.prefix(); r.spelled && len(p) > at {
			m.word, m.size = uint32(load(p, at)), uint8(min(markSize, len(p)-at))
		}
		x.marks, x.rules = append(x.marks, m), append(x.rules, r)
		if r.deny {
			n.allows++
		} else if r.byAction != nil || r.named {
			n.plain = false
		}
	}
	n.to = uint32(len(x.rules))
	return n
}

const markSize = 4 // bytes of a mark's word

// markOffset chooses the offset, from one on, at which the fewest pairs of rules
// have the same mark. For a handful of rules that isn't worth the search.
func markOffset(rules []rule, from int) int {
	if len(rules) <= 4 {
		return from
	}
	rules = rules[:min(len(rules), fewRules)]
	var words [fewRules]uint32
	best, least := from, len(rules)*len(rules)
	for at := from; at <= from+markSize; at++ {
		same := 0
		for i := range rules {
			p := rules[i].prefix()
			words[i] = uint32(load(p, at))
			for j := range i {
				if words[i] == words[j] || len(p) <= at {
					same++
				}
			}
		}
		if same < least {
			best, least = at, same
		}
	}
	return best
}

// markCommon chooses what a list's marks stand behind: the text up to where the
// longer of the beginnings part.
func markCommon(rules []rule) string {
	longest := 0
	for i := range rules {
		longest = max(longest, len(rules[i].prefix()))
	}
	common, found := "", false
	for i := range rules {
		p := rules[i].prefix()
		switch {
		case len(p) <= longest/2:
		case !found:
			common, found = p, true
		default:
			common = common[:commonLength(common, p)]
		}
	}
	// Where all agree, their end tells most.
	return common[:min(len(common), max(longest-markSize, 0))]
}

// splitByAction returns a rule for all that deny and one for all that allow,
// each with a tree by action.
func splitByAction(rules []rule) []rule {
	var out []rule
	for _, deny := range []bool{true, false} {
		var b builder[rule]
		count := 0
		for _, r := range rules {
			if r.deny != deny {
				continue
			}
			count++
			if r.st.notAction || r.st.list != nil {
				b.put("", r)
				continue
			}
			for j := range r.st.actions {
				r.actions = [fewActions]sharedAction{r.st.actions[j]}
				p := r.actions[0].Value()
				r.verbs = p.verbs()
				b.put(p.prefix(), r)
			}
		}
		if count > 0 {
			out = append(out, rule{byAction: b.tree(), verbs: anyVerb, deny: deny})
		}
	}
	return out
}
