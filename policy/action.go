package policy

import (
	"encoding/binary"
	"strings"
	"unicode/utf8"
	"unique"
)

// Actions are compared without the case of ASCII letters; AWS has no others in
// them, and none must stand for an ASCII letter (U+212A, the Kelvin sign, would
// for k). Patterns are folded when they are compiled; a request's action is
// folded at the beginning of a decision, or byte by byte where it is too long.

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		c += 'a' - 'A'
	}
	return c
}

// hasFoldedPrefix reports whether s, folded, begins with prefix.
func hasFoldedPrefix(s, prefix string) bool {
	if len(s) < len(prefix) {
		return false
	}
	for i := range len(prefix) {
		if lower(s[i]) != prefix[i] {
			return false
		}
	}
	return true
}

// foldedSize is how many bytes an action may have for a decision to fold it once;
// few of AWS's have more.
const foldedSize = 48

// fold writes an action that isn't longer than foldedSize, folded.
func fold(to *[foldedSize]byte, action string) {
	if len(action) > foldedSize {
		return
	}
	if len(action) < windowSize {
		for i := range len(action) {
			to[i] = lower(action[i])
		}
		return
	}
	last := len(action) - windowSize
	for i := 0; i < last; i += windowSize {
		binary.LittleEndian.PutUint64(to[i:], lowerWord(load(action, i)))
	}
	binary.LittleEndian.PutUint64(to[last:], lowerWord(load(action, last)))
}

// lowerWord folds the ASCII letters among eight bytes. It adds to the lower seven
// bits of each, so that nothing is carried to the next one, and bit 7 says
// afterwards whether the sum has passed 127.
func lowerWord(w uint64) uint64 {
	const each = 0x0101010101010101
	low := w & (each * 0x7F)
	upper := (low + each*(0x80-'A')) &^ (low + each*(0x7F-'Z')) &^ w & (each * 0x80)
	return w | upper>>2
}

// lowerASCII folds the ASCII letters of a text.
func lowerASCII(s string) string {
	for i := range len(s) {
		if lower(s[i]) != s[i] {
			b := []byte(s)
			for j := range b {
				b[j] = lower(b[j])
			}
			return string(b)
		}
	}
	return s
}

// equalFolded reports whether s, folded, is the folded text.
func equalFolded(s, folded string) bool { return len(s) == len(folded) && hasFoldedPrefix(s, folded) }

// actionPattern is a value of an Action or NotAction element.
type actionPattern struct {
	text string // folded; without the "*" of matchPrefix
	kind patternKind
}

// sharedAction is the one copy of a pattern that all documents share: names of
// actions are few, and are then mostly in the processor's cache.
type sharedAction = unique.Handle[actionPattern]

// noAction is no pattern at all.
var noAction sharedAction

func newAction(text string) sharedAction { return unique.Make(newActionPattern(text)) }

// newActionPattern compiles a value. Without a service, or with wildcards in
// it, it can't be evaluated: IAM has no such actions (msgActionVendor), and its
// author meant some.
func newActionPattern(text string) actionPattern {
	text = lowerASCII(text)
	switch i := strings.IndexAny(text, "*?"); {
	case text == "*":
		return actionPattern{kind: matchAll}
	case strings.IndexByte(text, ':') < 1 || i >= 0 && i < strings.IndexByte(text, ':'):
		return actionPattern{kind: matchNever}
	case i < 0:
		return actionPattern{text, matchText}
	case i == len(text)-1 && text[i] == '*':
		return actionPattern{text[:i], matchPrefix}
	}
	return actionPattern{text, matchGlob}
}

// intern returns the one copy of a text that all documents share, as with
// sharedAction.
func intern(s string) string { return unique.Make(s).Value() }

// prefix returns the literal text that every match begins with.
func (p *actionPattern) prefix() string {
	if p.kind == matchGlob {
		return p.text[:strings.IndexAny(p.text, "*?")]
	}
	return p.text
}

func (p *actionPattern) match(action string) truth {
	switch p.kind {
	case matchAll:
		return yes
	case matchNever:
		return unknown
	case matchText:
		return truthOf(equalFolded(action, p.text))
	case matchPrefix:
		return truthOf(hasFoldedPrefix(action, p.text))
	}
	return truthOf(matchFolded(p.text, action))
}

// matchFolded matches "*" and "?" by going back to the last "*" only, which is
// enough: an earlier one can't do better. Where that goes back too often it
// leaves the work to a compiled pattern.
func matchFolded(pattern, s string) bool {
	p, i := 0, 0
	star, from := -1, 0
	for steps := searchEach*len(s) + searchBase; i < len(s); steps-- {
		if steps < 0 {
			whole, _ := newPattern(pattern, true, false)
			return whole.match(lowerASCII(s), nil)
		}
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, from = p, i
			p++
		case p < len(pattern) && pattern[p] == '?':
			_, n := utf8.DecodeRuneInString(s[i:])
			i += n
			p++
		case p < len(pattern) && pattern[p] == lower(s[i]):
			i++
			p++
		case star >= 0:
			_, n := utf8.DecodeRuneInString(s[from:])
			from += n
			p, i = star+1, from
		default:
			return false
		}
	}
	for p < len(pattern) && pattern[p] == '*' {
		p++
	}
	return p == len(pattern)
}

// A verb is one bit of 32, drawn from the service's end and the first letters
// of an action's name. Patterns have the verbs of all actions that they can
// match, so that most statements about other actions are passed over without
// looking at their patterns.
type verbs uint32

const (
	anyVerb   verbs = 1<<32 - 1
	verbBytes       = 3 // of a name
)

// fold returns the verbs in half as many bits.
func (v verbs) fold() uint16 { return uint16(v) | uint16(v>>16) }

// verbOf returns the verb of an action, or of the text of a pattern.
func verbOf(action string) verbs {
	i := 0
	for i < len(action) && action[i] != ':' {
		i++
	}
	h := uint32(0)
	for j := i + 1; j < len(action) && j <= i+verbBytes; j++ {
		h = h<<8 | uint32(lower(action[j]))
	}
	return 1 << (h * 0x9E3779B1 >> 27)
}

// verbs returns those of all actions that the pattern can match.
func (p *actionPattern) verbs() verbs {
	if p.kind == matchAll || p.kind == matchNever {
		return anyVerb
	}
	prefix := p.prefix()
	if i := strings.IndexByte(prefix, ':'); p.kind != matchText && (i < 0 || len(prefix) < i+1+verbBytes) {
		return anyVerb
	}
	return verbOf(prefix)
}
