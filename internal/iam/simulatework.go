package iam

import (
	"strings"

	"github.com/aratame/aratame/policy"
)

// A request to the simulator may ask for the product of what it holds: each
// pattern against each text, for each resource and action. So what a page costs
// is counted before it is done.
const (
	// maxSimulationWork bounds one page, in steps. A step is a few nanoseconds:
	// the engine looks at one byte of a text for one place of a pattern, as
	// often as an explained decision does. A single action past it is refused.
	maxSimulationWork = 1 << 28

	// maxSimulationAnswer bounds one page, in bytes of the answer or a few more.
	// A single action past it is refused.
	maxSimulationAnswer = 8 << 20

	statementWork = 192 // looking at a statement that doesn't apply, and noting why
	shownTexts    = 10  // of a list, in the reasons that a decision carries
	shownText     = 256 // bytes of each
)

// texts are what patterns are compared with.
type texts struct{ n, bytes, longest int64 }

func (t *texts) add(s string) {
	t.n++
	t.bytes += int64(len(s))
	t.longest = max(t.longest, int64(len(s)))
}

// matching bounds the steps for comparing each of the texts with a pattern.
// Only what stands between two "*" is searched for. A "?" or a variable there is
// tried at every byte for up to searched steps, from which on the engine works on
// words of 64 places; a variable may stand for a text as long as any.
func (t *texts) matching(p string) int64 {
	const searched = 64
	first, last := strings.IndexByte(p, '*'), strings.LastIndexByte(p, '*')
	variable := strings.IndexByte(p, '$') >= 0
	size := int64(len(p))
	switch {
	case !variable && strings.IndexByte(p, '?') < 0 && (first < 0 || first == len(p)-1):
		return t.n * (4 + size/16)
	case first == last || !strings.ContainsAny(p[first:last], "?$"):
		return t.reading(p)
	case variable:
		return t.reading(p) + t.bytes*(searched+max(size, maxContextValue, t.longest)/16)
	}
	return t.reading(p) + t.bytes*(min(size, searched)+size/16)
}

// reading bounds the steps for going through each of the texts and the pattern.
func (t *texts) reading(p string) int64 { return t.n*(16+4*int64(len(p))) + 2*t.bytes }

// indexWork bounds the steps for parsing a document and compiling it into a Set:
// an index over resources goes through their common beginnings once for every
// few bytes of them.
func indexWork(doc *policy.Document) int64 {
	n := 16 * int64(len(doc.Text()))
	for i := range doc.Statements {
		for _, r := range doc.Statements[i].Resources {
			n += int64(len(r)) * int64(len(r)) / 64
		}
	}
	return n
}

// weigh bounds the steps for deciding about one action on all resources.
func (s *simulation) weigh() int64 {
	var resources texts
	for _, r := range s.resources {
		resources.add(r)
	}
	sets := append([]*policy.Set{s.policies.Identity, s.policies.Boundary, s.policies.Resource}, s.policies.SCPs...)
	n := statementWork * resources.n
	for _, set := range sets {
		if set == nil {
			continue
		}
		for _, p := range set.Policies() {
			for i := range p.Document.Statements {
				st := &p.Document.Statements[i]
				n += resources.n * s.statementWork(st)
				for _, r := range st.Resources {
					n += 2 * resources.matching(r) // perhaps by fields and as a whole
				}
			}
		}
	}
	return n
}

// statementWork bounds the steps for a statement on one resource, without its
// Resource element.
func (s *simulation) statementWork(st *policy.Statement) int64 {
	n := statementWork + shownWork(st.Actions) + shownWork(st.Resources)
	action := texts{1, maxActionName, maxActionName}
	for _, a := range st.Actions {
		if strings.IndexByte(a, '*') >= 0 && strings.ContainsAny(a[:len(a)-1], "*?") {
			a = "*?" + a + "*" // the engine goes back for each of them
		}
		n += action.matching(a)
	}
	for i := range st.Principals {
		n += 8 + int64(len(st.Principals[i].Value))/8
	}
	for i := range st.Conditions {
		c := &st.Conditions[i]
		given := s.textsOf(c.Key)
		n += 16 + int64(len(c.Key))/8 + given.bytes + shownWork(c.Values) + min(given.bytes, shownTexts*shownText)
		literal := comparesText(c.Operator)
		for _, v := range c.Values {
			w := given.matching(v)
			if !literal {
				w = max(w, given.reading(v))
			}
			n += w
		}
	}
	return n
}

// maxActionName is the longest ActionName (IAM API Reference), in bytes.
const maxActionName = 128

// shownWork bounds the steps for writing a list as a reason.
func shownWork(list []string) (n int64) {
	for _, s := range list[:min(len(list), shownTexts)] {
		n += int64(min(len(s), shownText))
	}
	return n
}

// comparesText reports whether an operator compares texts byte by byte.
func comparesText(operator string) bool {
	op := strings.ToLower(operator)
	return strings.Contains(op, "string") && !strings.Contains(op, "ignorecase") || strings.Contains(op, "binary")
}

// textsOf returns what a condition key has, each key counted once.
func (s *simulation) textsOf(key string) *texts {
	key = policy.FoldKey(key)
	if t := s.lengths[key]; t != nil {
		return t
	}
	t := &texts{}
	if v, ok := s.context.Lookup(key); ok {
		for i := range v.Len() {
			t.add(v.At(i))
		}
	}
	s.lengths[key] = t
	return t
}

// What elements of an answer take beside the texts that they hold, in bytes.
const (
	resultBytes    = 1024
	resourceBytes  = 768
	statementBytes = 256
	keyBytes       = 32
)

// written bounds the bytes that a text takes in an answer.
func written(s string) int {
	n := len(s)
	for i := range len(s) {
		switch c := s[i]; {
		case c < ' ' || c == '<' || c == '>' || c == '&' || c == '"' || c == '\'':
			n += 5 // &quot; and the like
		}
	}
	return n
}

func (d *simulatedDecision) written(missing int) int {
	n := 0
	for _, st := range d.statements {
		n += statementBytes + st.policy.bytes
	}
	if len(d.missing) > 0 {
		n += missing
	}
	return n
}
