package policy

import "strings"

// kept is what a Set keeps of its documents in places of its own, side by side:
// conditions with few short values, and ends of patterns. A decision then finds
// them in a few pages of memory, wherever the documents are. What is long stays
// in the document, so that a Set never holds much more than its rules.
type kept struct {
	conds []keptCond
	text  strings.Builder

	statements, rules int // at most
}

// keptCond is a condition with room for its values.
type keptCond struct {
	cond
	values [fewValues]condValue
}

const shortText = 64 // bytes; longer texts stay where they are

// newKept makes room for all that the policies' statements can need: nothing may
// move later, because conditions point to their values.
func newKept(policies []Policy) *kept {
	k, conds, text := &kept{}, 0, 0
	for i := range policies {
		d := policies[i].Document
		if d == nil {
			continue
		}
		for j := range d.compiled {
			st := &d.compiled[j]
			k.statements, k.rules, conds = k.statements+1, k.rules+max(1, len(st.resources)), conds+len(st.conds)
			for l := range st.conds {
				if few := st.conds[l].values; len(few) <= fewValues {
					for m := range few {
						text += min(shortText, len(few[m].pattern.text))
					}
				}
			}
			for l := range st.resources {
				if p := &st.resources[l].arn.plain; p.kind == matchGlob {
					text += min(shortText, p.glob.size)
				}
			}
		}
	}
	k.conds = make([]keptCond, 0, conds)
	k.text.Grow(text)
	return k
}

// conditions keeps those of a statement and returns where.
func (k *kept) conditions(list []cond) (from, n uint32) {
	from = uint32(len(k.conds))
	for i := range list {
		k.conds = append(k.conds, keptCond{cond: list[i]})
		c := &k.conds[len(k.conds)-1]
		if len(c.cond.values) > fewValues {
			continue
		}
		c.cond.values = c.values[:copy(c.values[:], list[i].values)]
		for j := range c.cond.values {
			p := &c.cond.values[j].pattern
			p.text = k.keep(p.text)
		}
	}
	return from, uint32(len(list))
}

// keep returns a copy of a short text.
func (k *kept) keep(s string) string {
	if len(s) > shortText {
		return s
	}
	from := k.text.Len()
	k.text.WriteString(s)
	return k.text.String()[from:]
}

// tail returns what follows the first "*" of a glob of literal text and "*"
// alone, how many of them there are, and the length of the text between the
// first two.
func (k *kept) tail(p *resourcePattern) (tail string, stars, inner uint8) {
	g := p.arn.plain.glob
	if !p.arn.whole || p.arn.plain.kind != matchGlob || g.vars > 0 || len(g.segs) < 2 || g.size > shortText {
		return "", 0, 0
	}
	for i := range g.segs {
		if s := &g.segs[i]; !s.isText || strings.Contains(s.literal, "*") {
			return "", 0, 0
		}
	}
	from := k.text.Len()
	for i := range g.segs[1:] {
		if i > 0 {
			k.text.WriteByte('*')
		}
		k.text.WriteString(g.segs[1+i].literal)
	}
	if len(g.segs) > 2 {
		inner = uint8(len(g.segs[1].literal))
	}
	return k.text.String()[from:], uint8(len(g.segs) - 1), inner
}

// tailFits reports whether a text ends as a glob does after its first "*". Each
// "*" of tail stands for any run of characters; what stands before one is taken
// at its leftmost place, as in matchSegments. inner is where the first one is.
func tailFits(s, tail string, inner int, stars uint8) bool {
	for ; stars > 0; stars-- {
		at := strings.Index(s, tail[:inner])
		if at < 0 {
			return false
		}
		s, tail = s[at+inner:], tail[inner+1:]
		if stars > 1 {
			inner = strings.IndexByte(tail, '*')
		}
	}
	return strings.HasSuffix(s, tail)
}
