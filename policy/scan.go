package policy

import "unicode/utf8"

// The straightforward search for a segment costs at most the product of the
// lengths of segment and text, and in practice hardly more than the text. A
// match may spend searchEach steps for each byte of the text and searchBase
// more; what is left to search after that is searched by bits, which is slower
// for ordinary patterns, allocates, and bounds hostile ones: an 8 KB pattern
// costs at most 129 words for each byte of a text.
const (
	searchEach = 16
	searchBase = 4096
)

// scan returns where the first occurrence of the segment to end in s ends, or
// -1. It runs the segment as an automaton whose states are the bits of words
// (the shift-and method), so that its cost is the length of s times the length
// of the segment in words, whatever they hold.
func (g *segment) scan(s string, values []string) int {
	n := 0
	for i := range g.parts {
		n += len(g.parts[i].want(values))
		if g.parts[i].kind == partAny {
			n++
		}
		if n > len(s) {
			return -1 // each element takes a byte at least
		}
	}
	words := n/64 + 1 // a bit for each number of elements matched, 0 to n
	var literal [256][]uint64
	anyChar := make([]uint64, words)
	at := 0
	for i := range g.parts {
		p := &g.parts[i]
		if p.kind == partAny {
			anyChar[at/64] |= 1 << (at % 64)
			at++
			continue
		}
		want := p.want(values)
		for j := range len(want) {
			m := literal[want[j]]
			if m == nil {
				m = make([]uint64, words)
				literal[want[j]] = m
			}
			m[at/64] |= 1 << (at % 64)
			at++
		}
	}
	none := make([]uint64, words)
	// reached[k%8] holds how much of the segment can have been matched when k
	// bytes of s are read. A character has at most four bytes.
	var reached [8][]uint64
	all := make([]uint64, 8*words)
	for k := range reached {
		reached[k] = all[k*words : (k+1)*words]
	}
	start := 0 // of the next character; an occurrence may start there
	for i := 0; ; i++ {
		here := reached[i%8]
		if i == start {
			here[0] |= 1
			_, size := utf8.DecodeRuneInString(s[i:])
			start += size
		}
		if here[n/64]>>(n%64)&1 == 1 {
			return i
		}
		if i == len(s) {
			return -1
		}
		m, size := literal[s[i]], 1
		if m == nil {
			m = none
		}
		if s[i] >= utf8.RuneSelf {
			_, size = utf8.DecodeRuneInString(s[i:])
		}
		advance(reached[(i+1)%8], here, m)
		advance(reached[(i+size)%8], here, anyChar)
		clear(here)
	}
}

// advance adds to next the states that follow those of here for the elements
// in mask.
func advance(next, here, mask []uint64) {
	carry := uint64(0)
	for k, h := range here {
		t := h & mask[k]
		next[k] |= t<<1 | carry
		carry = t >> 63
	}
}

// want is the text that a literal or a variable stands for.
func (p *part) want(values []string) string {
	switch p.kind {
	case partAny:
		return ""
	case partVariable:
		return values[p.slot]
	}
	return p.text
}
