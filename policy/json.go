package policy

import (
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// Limits of the reader. A valid document nests six levels deep.
const (
	maxDocument = 131072  // characters, the longest parameter IAM takes
	maxStored   = 4194304 // characters
	maxDepth    = 64
)

type nodeKind uint8

const (
	nodeNull nodeKind = iota
	nodeBool
	nodeNumber
	nodeString
	nodeArray
	nodeObject
)

// node is a JSON value with the bytes it spans.
type node struct {
	kind       nodeKind
	text       string // decoded string; number or boolean as written
	items      []node
	members    []member
	start, end int
}

type member struct {
	name  string
	start int // of the name
	value node
}

// get returns the member of an object.
func (n *node) get(name string) (*node, bool) {
	for i := range n.members {
		if n.members[i].name == name {
			return &n.members[i].value, true
		}
	}
	return nil, false
}

// reader is a strict JSON reader (RFC 8259) which also refuses duplicate
// member names and strings that aren't valid Unicode: either would let two
// readers of one document disagree.
type reader struct {
	text  string
	at    int
	depth int
	space int // white space outside of strings
	err   string

	// Members and items of the objects and lists being read; each object and
	// list keeps a copy of its own when it ends.
	members []member
	items   []node
}

// readJSON reads one value and nothing after it. The string is the failure,
// at reader.at; it is empty on success.
func (r *reader) readJSON() (node, bool) {
	if !utf8.ValidString(r.text) {
		r.at = firstInvalid(r.text)
		return node{}, r.fail("invalid UTF-8")
	}
	// Room for what most documents need at once.
	r.members, r.items = make([]member, 0, 12), make([]node, 0, 8)
	r.skip()
	n, ok := r.value()
	if !ok {
		return node{}, false
	}
	r.skip()
	if r.at < len(r.text) {
		return node{}, r.fail("text after the document")
	}
	return n, true
}

func firstInvalid(s string) int {
	for i, c := range s {
		if c == utf8.RuneError && !strings.HasPrefix(s[i:], "\uFFFD") {
			return i
		}
	}
	return len(s)
}

func (r *reader) fail(why string) bool {
	if r.err == "" {
		r.err = why
	}
	return false
}

func (r *reader) skip() {
	for r.at < len(r.text) {
		switch r.text[r.at] {
		case ' ', '\t', '\n', '\r':
			r.at++
			r.space++
		default:
			return
		}
	}
}

func (r *reader) peek() byte {
	if r.at < len(r.text) {
		return r.text[r.at]
	}
	return 0
}

func (r *reader) value() (node, bool) {
	n := node{start: r.at}
	ok := false
	switch c := r.peek(); {
	case (c == '{' || c == '[') && r.depth >= maxDepth:
		ok = r.fail("nested too deeply")
	case c == '{':
		n.kind = nodeObject
		n.members, ok = r.object()
	case c == '[':
		n.kind = nodeArray
		n.items, ok = r.array()
	case c == '"':
		n.kind = nodeString
		n.text, ok = r.str()
	case c == '-' || '0' <= c && c <= '9':
		n.kind = nodeNumber
		ok = r.number()
		n.text = r.text[n.start:r.at]
	default:
		if n.text, ok = r.word(); ok && n.text != "null" {
			n.kind = nodeBool
		}
	}
	n.end = r.at
	return n, ok
}

func (r *reader) word() (string, bool) {
	for _, w := range [...]string{"true", "false", "null"} {
		if strings.HasPrefix(r.text[r.at:], w) {
			r.at += len(w)
			return w, true
		}
	}
	return "", r.fail("a JSON value is expected")
}

func (r *reader) object() (own []member, ok bool) {
	from := len(r.members)
	r.depth++
	if ok = r.readMembers(from); ok && len(r.members) > from {
		own = append(make([]member, 0, len(r.members)-from), r.members[from:]...)
	}
	r.depth--
	r.members = r.members[:from]
	return own, ok
}

func (r *reader) readMembers(from int) bool {
	r.at++
	r.skip()
	if r.peek() == '}' {
		r.at++
		return true
	}
	seen := map[string]bool(nil)
	for {
		if r.peek() != '"' {
			return r.fail("a member name is expected")
		}
		m := member{start: r.at}
		var ok bool
		if m.name, ok = r.str(); !ok {
			return false
		}
		duplicate := false
		if own := r.members[from:]; len(own) < 16 {
			for i := range own {
				duplicate = duplicate || own[i].name == m.name
			}
		} else {
			if seen == nil {
				seen = make(map[string]bool)
				for i := range own {
					seen[own[i].name] = true
				}
			}
			duplicate = seen[m.name]
			seen[m.name] = true
		}
		if duplicate {
			r.at = m.start
			return r.fail("duplicate member name")
		}
		r.skip()
		if r.peek() != ':' {
			return r.fail("a colon is expected")
		}
		r.at++
		r.skip()
		if m.value, ok = r.value(); !ok {
			return false
		}
		r.members = append(r.members, m)
		if more, ok := r.separator('}'); !more {
			return ok
		}
	}
}

func (r *reader) array() (own []node, ok bool) {
	from := len(r.items)
	r.depth++
	if ok = r.readItems(); ok && len(r.items) > from {
		own = append(make([]node, 0, len(r.items)-from), r.items[from:]...)
	}
	r.depth--
	r.items = r.items[:from]
	return own, ok
}

func (r *reader) readItems() bool {
	r.at++
	r.skip()
	if r.peek() == ']' {
		r.at++
		return true
	}
	for {
		v, ok := r.value()
		if !ok {
			return false
		}
		r.items = append(r.items, v)
		if more, ok := r.separator(']'); !more {
			return ok
		}
	}
}

func (r *reader) separator(closing byte) (more, ok bool) {
	r.skip()
	switch r.peek() {
	case ',':
		r.at++
		r.skip()
		return true, true
	case closing:
		r.at++
		return false, true
	}
	return false, r.fail("a comma or a closing bracket is expected")
}

func (r *reader) digits() bool {
	from := r.at
	for '0' <= r.peek() && r.peek() <= '9' {
		r.at++
	}
	return r.at > from
}

func (r *reader) number() bool {
	if r.peek() == '-' {
		r.at++
	}
	if r.peek() == '0' {
		r.at++
	} else if !r.digits() {
		return r.fail("a digit is expected")
	}
	if r.peek() == '.' {
		r.at++
		if !r.digits() {
			return r.fail("a digit is expected")
		}
	}
	if c := r.peek(); c == 'e' || c == 'E' {
		r.at++
		if c := r.peek(); c == '+' || c == '-' {
			r.at++
		}
		if !r.digits() {
			return r.fail("a digit is expected")
		}
	}
	return true
}

// str reads a string literal. Without escapes the result shares the
// document's memory.
func (r *reader) str() (string, bool) {
	r.at++
	from := r.at
	for r.at < len(r.text) {
		switch c := r.text[r.at]; {
		case c == '"':
			s := r.text[from:r.at]
			r.at++
			return s, true
		case c == '\\':
			return r.escaped(from)
		case c < ' ':
			return "", r.fail("control character in a string")
		default:
			r.at++
		}
	}
	return "", r.fail("a string isn't closed")
}

func (r *reader) escaped(from int) (string, bool) {
	b := append(make([]byte, 0, r.at-from+64), r.text[from:r.at]...)
	for r.at < len(r.text) {
		c := r.text[r.at]
		switch {
		case c == '"':
			r.at++
			return string(b), true
		case c < ' ':
			return "", r.fail("control character in a string")
		case c != '\\':
			b = append(b, c)
			r.at++
			continue
		}
		r.at++
		c = r.peek()
		r.at++
		if i := strings.IndexByte(`"\/bfnrt`, c); i >= 0 && c != 0 {
			b = append(b, "\"\\/\b\f\n\r\t"[i])
			continue
		}
		if c != 'u' {
			r.at--
			return "", r.fail("unknown escape in a string")
		}
		v, ok := r.hex()
		if ok && utf16.IsSurrogate(v) {
			ok = strings.HasPrefix(r.text[r.at:], `\u`)
			if ok {
				r.at += 2
				var low rune
				low, ok = r.hex()
				v = utf16.DecodeRune(v, low)
				ok = ok && v != utf8.RuneError
			}
		}
		if !ok {
			return "", r.fail("invalid \\u escape in a string")
		}
		b = utf8.AppendRune(b, v)
	}
	return "", r.fail("a string isn't closed")
}

func (r *reader) hex() (rune, bool) {
	if len(r.text)-r.at < 4 {
		return 0, false
	}
	v := rune(0)
	for range 4 {
		c := r.text[r.at]
		switch {
		case '0' <= c && c <= '9':
			c -= '0'
		case 'a' <= c && c <= 'f':
			c -= 'a' - 10
		case 'A' <= c && c <= 'F':
			c -= 'A' - 10
		default:
			return 0, false
		}
		v = v<<4 | rune(c)
		r.at++
	}
	return v, true
}

// quote writes s as a JSON string within the character set of documents.
func quote(s string) string {
	b := []byte{'"'}
	for _, c := range s {
		switch {
		case c == '"' || c == '\\':
			b = append(b, '\\', byte(c))
		case c < ' ' || c > 0xFF:
			for _, u := range utf16.Encode([]rune{c}) {
				b = append(b, '\\', 'u')
				for shift := 12; shift >= 0; shift -= 4 {
					b = append(b, "0123456789abcdef"[u>>shift&15])
				}
			}
		default:
			b = utf8.AppendRune(b, c)
		}
	}
	return string(append(b, '"'))
}

// positions turns offsets into lines and columns, in constant time each: a
// hostile document has many statements on one line.
type positions struct {
	text   string
	asked  bool
	simple bool       // one line of ASCII: columns are offsets
	blocks []Position // the first character boundary at or after every 128 bytes
}

const positionBlock = 128

func (p *positions) at(offset int) Position {
	if !p.asked {
		p.asked = true
		p.simple = utf8.RuneCountInString(p.text) == len(p.text) && strings.IndexByte(p.text, '\n') < 0
	}
	if p.simple {
		return Position{Line: 1, Column: offset + 1, Offset: offset}
	}
	if p.blocks == nil {
		here := Position{Line: 1, Column: 1}
		for i, c := range p.text {
			if here.Offset = i; i >= len(p.blocks)*positionBlock {
				p.blocks = append(p.blocks, here)
			}
			if c == '\n' {
				here.Line++
				here.Column = 1
			} else {
				here.Column++
			}
		}
		if p.blocks == nil {
			p.blocks = []Position{{Line: 1, Column: 1}}
		}
	}
	block := min(offset/positionBlock, len(p.blocks)-1)
	if block > 0 && p.blocks[block].Offset > offset {
		block--
	}
	here := p.blocks[block]
	for _, c := range p.text[here.Offset:offset] {
		if c == '\n' {
			here.Line++
			here.Column = 1
		} else {
			here.Column++
		}
	}
	here.Offset = offset
	return here
}
