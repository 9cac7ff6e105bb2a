package catalog

import "strings"

// A token is a piece of a pattern: a byte, or a wildcard.
type token struct {
	kind tokenKind
	char byte // of literal
}

type tokenKind byte

const (
	literal   tokenKind = iota
	one                 // any character
	many                // any run of characters
	oneInside           // as one, but no "/"
	manyInside
)

func (k tokenKind) runs() bool { return k == many || k == manyInside }

// meets reports whether one character fits both tokens.
func (t token) meets(u token) bool {
	if t.kind == literal && u.kind == literal {
		return t.char == u.char
	}
	if u.kind == literal {
		t, u = u, t
	}
	// Two wildcards have a letter in common.
	return t.kind != literal || t.char != '/' || u.kind == one || u.kind == many
}

// common reports whether there is a text that both patterns match. The cost is
// the product of their lengths; it ends when the budget does.
func common(a, b []token, steps *budget) bool {
	now := make([]bool, len(b)+1) // now[j]: b[:j] was reached together with what was read of a
	now[0] = true
	for i := 0; i <= len(a); i++ {
		if !steps.spend(len(b) + 1) {
			return false
		}
		next := make([]bool, len(b)+1)
		alive := false
		for j := 0; j <= len(b); j++ {
			if !now[j] {
				continue
			}
			alive = true
			if j < len(b) && b[j].kind.runs() {
				now[j+1] = true // empty run of b
			}
			if i == len(a) {
				continue
			}
			if a[i].kind.runs() {
				next[j] = true // empty run of a
			}
			if j == len(b) || !a[i].meets(b[j]) {
				continue
			}
			switch {
			case a[i].kind.runs() && b[j].kind.runs():
			case a[i].kind.runs():
				now[j+1] = true
			case b[j].kind.runs():
				next[j] = true
			default:
				next[j+1] = true
			}
		}
		if i == len(a) {
			return now[len(b)]
		}
		if !alive {
			return false
		}
		now = next
	}
	return false
}

// exact turns a text without wildcards into tokens.
func exact(s string) []token {
	tokens := make([]token, len(s))
	for i := range len(s) {
		tokens[i].char = s[i]
	}
	return tokens
}

// wild turns a text with "*" and "?" into tokens. What a policy variable stands
// for isn't known here: it counts as "*".
func wild(s string) []token {
	var tokens []token
	for s != "" {
		n := 1
		switch {
		case s[0] == '*':
			tokens = append(tokens, token{kind: many})
		case s[0] == '?':
			tokens = append(tokens, token{kind: one})
		case strings.HasPrefix(s, "${"):
			if end := strings.IndexByte(s, '}'); end > 0 {
				n = end + 1
			}
			tokens = append(tokens, token{kind: many})
		default:
			tokens = append(tokens, token{char: s[0]})
		}
		s = s[n:]
	}
	return tokens
}
