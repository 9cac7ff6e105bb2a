package policy

import (
	"strings"
	"unicode/utf8"
)

// partKind is the kind of a piece of a pattern.
type partKind uint8

const (
	partLiteral  partKind = iota
	partAny               // "?": exactly one character
	partVariable          // value of a condition key, taken literally
)

type part struct {
	kind       partKind
	text       string // literal text, or the variable's folded key
	fallback   string // default of the variable
	hasDefault bool
	slot       int // of the variable among those of the pattern
}

// segment is what stands between two "*" of a pattern.
type segment struct {
	parts   []part
	literal string // the whole segment, when isText
	isText  bool
}

type patternKind uint8

const (
	matchAll    patternKind = iota // "*"
	matchText                      // no wildcard
	matchPrefix                    // text and a final "*"
	matchGlob
	matchNever // malformed
)

// pattern is a text with wildcards and policy variables. "*" stands for any
// run of characters and "?" for exactly one; neither minds any separator.
type pattern struct {
	text string // of matchText and matchPrefix
	glob *glob  // of matchGlob
	kind patternKind
}

// glob is a pattern with more than a final "*".
type glob struct {
	segs []segment // what stands between the "*"
	vars int       // number of variables
	size int       // bytes of the pattern as written
}

// vars returns the number of variables.
func (p *pattern) vars() int {
	if p.glob == nil {
		return 0
	}
	return p.glob.vars
}

// slots holds the resolved variables of one match; patterns with more of them
// cost an allocation.
const fewSlots = 8

// newPattern compiles a text. With wild, "*" and "?" are wildcards; with vars,
// "${…}" is a policy variable or an escape (version 2012-10-17). The second
// result is false if a variable is malformed; the pattern then never matches.
func newPattern(text string, wild, vars bool) (pattern, bool) {
	special := ""
	switch {
	case wild && vars:
		special = "*?$"
	case wild:
		special = "*?"
	case vars:
		special = "$"
	}
	if special == "" {
		return pattern{kind: matchText, text: text}, true
	}
	switch i := strings.IndexAny(text, special); {
	case i < 0:
		return pattern{kind: matchText, text: text}, true
	case i == len(text)-1 && text[i] == '*':
		if i == 0 {
			return pattern{kind: matchAll}, true
		}
		return pattern{kind: matchPrefix, text: text[:i]}, true
	}
	p := &glob{segs: make([]segment, 1, 1+strings.Count(text, "*")), size: len(text)}
	var literal []byte // what stands before text, when that isn't one piece of it
	for text != "" {
		n := strings.IndexAny(text, special) // bytes that stand for themselves
		if n < 0 {
			n = len(text)
		} else if vars && text[n] == '$' && !strings.HasPrefix(text[n:], "${") {
			n++
		}
		if n > 0 {
			if literal == nil && (n == len(text) || wild && (text[n] == '*' || text[n] == '?')) {
				p.add(part{text: text[:n]})
			} else {
				literal = append(literal, text[:n]...)
			}
			text = text[n:]
			continue
		}
		escape := part{}
		if text[0] == '$' {
			v, n := parseVariable(text)
			if n == 0 {
				return pattern{kind: matchNever}, false
			}
			text = text[n:]
			if v.kind == partLiteral {
				literal = append(literal, v.text...)
				continue
			}
			escape = v
		}
		p.flush(&literal)
		switch {
		case escape.kind == partVariable:
			escape.slot = p.vars
			p.vars++
			p.add(escape)
			continue
		case text[0] == '*':
			p.segs = append(p.segs, segment{})
		default:
			p.add(part{kind: partAny})
		}
		text = text[1:]
	}
	p.flush(&literal)
	return p.pattern(), true
}

// add appends a part to the last segment.
func (p *glob) add(v part) {
	seg := &p.segs[len(p.segs)-1]
	seg.parts = append(seg.parts, v)
}

func (p *glob) flush(literal *[]byte) {
	if len(*literal) > 0 {
		p.add(part{text: string(*literal)})
		*literal = nil
	}
}

// pattern recognises the cheap kinds, which are most.
func (p *glob) pattern() pattern {
	cheap := true
	for i := range p.segs {
		s := &p.segs[i]
		switch len(s.parts) {
		case 0:
			s.isText = true
		case 1:
			s.isText, s.literal = s.parts[0].kind == partLiteral, s.parts[0].text
		}
		cheap = cheap && s.isText && (i == 0 || s.literal == "")
	}
	switch text := p.segs[0].literal; {
	case !cheap:
		return pattern{kind: matchGlob, glob: p}
	case len(p.segs) == 1:
		return pattern{kind: matchText, text: text}
	case text == "":
		return pattern{kind: matchAll}
	default:
		return pattern{kind: matchPrefix, text: text}
	}
}

// prefix returns the literal text that every match begins with.
func (p *pattern) prefix() string {
	switch p.kind {
	case matchText, matchPrefix:
		return p.text
	case matchGlob:
		if parts := p.glob.segs[0].parts; len(parts) > 0 && parts[0].kind == partLiteral {
			return parts[0].text
		}
	}
	return ""
}

// parseVariable reads "${key}", "${key, 'default'}" or one of the escapes
// "${*}", "${?}", "${$}" at the start of text and returns its length, which is
// 0 if it is malformed.
func parseVariable(text string) (part, int) {
	if len(text) >= 4 && text[3] == '}' && strings.IndexByte("*?$", text[2]) >= 0 {
		return part{text: text[2:3]}, 4
	}
	i := strings.IndexAny(text, ",}")
	if i < 0 {
		return part{}, 0
	}
	v := part{kind: partVariable, text: FoldKey(strings.Trim(text[2:i], " \t"))}
	if v.text == "" || strings.ContainsAny(v.text, "${'*?") {
		return part{}, 0
	}
	if text[i] == '}' {
		return v, i + 1
	}
	for i++; i < len(text) && (text[i] == ' ' || text[i] == '\t'); i++ {
	}
	if i == len(text) || text[i] != '\'' {
		return part{}, 0
	}
	end := strings.IndexByte(text[i+1:], '\'')
	if end < 0 {
		return part{}, 0
	}
	v.hasDefault, v.fallback = true, text[i+1:i+1+end]
	for i += end + 2; i < len(text) && (text[i] == ' ' || text[i] == '\t'); i++ {
	}
	if i == len(text) || text[i] != '}' {
		return part{}, 0
	}
	return v, i + 1
}

// resolve returns the variable's value. Keys that are absent take the default
// if there is one; keys with a list of values can't be substituted (AWS IAM
// User Guide, policy variables).
func (v *part) resolve(ctx Context) (string, bool) {
	if ctx != nil {
		if val, ok := ctx.Lookup(v.text); ok && val.Len() > 0 {
			if val.Multi() {
				return "", false
			}
			return val.one, true
		}
	}
	return v.fallback, v.hasDefault
}

// match reports whether the whole of s fits. A variable that has no value
// makes the pattern match nothing.
func (p *pattern) match(s string, ctx Context) bool {
	switch p.kind {
	case matchAll:
		return true
	case matchText:
		return s == p.text
	case matchPrefix:
		return strings.HasPrefix(s, p.text)
	case matchNever:
		return false
	}
	if p.glob.vars == 0 {
		return matchSegments(p.glob.segs, s, nil)
	}
	var few [fewSlots]string
	values := few[:]
	if p.glob.vars > fewSlots {
		values = make([]string, p.glob.vars)
	}
	if !p.glob.resolve(ctx, values) {
		return false
	}
	return matchSegments(p.glob.segs, s, values)
}

func (p *glob) resolve(ctx Context, values []string) bool {
	for i := range p.segs {
		for j := range p.segs[i].parts {
			v := &p.segs[i].parts[j]
			if v.kind != partVariable {
				continue
			}
			value, ok := v.resolve(ctx)
			if !ok {
				return false
			}
			values[v.slot] = value
		}
	}
	return true
}

// matchSegments places the first segment at the start, the last at the end and
// each other one at the leftmost place after the one before. Leftmost is never
// worse, so nothing is tried twice.
func matchSegments(segs []segment, s string, values []string) bool {
	steps := searchEach*len(s) + searchBase
	n := segs[0].at(s, values, &steps)
	if n < 0 {
		return false
	}
	last := len(segs) - 1
	if last == 0 {
		return n == len(s)
	}
	s = s[n:]
	for i := 1; i < last; i++ {
		end := segs[i].find(s, values, &steps)
		if end < 0 {
			return false
		}
		s = s[end:]
	}
	return segs[last].ends(s, values)
}

// at returns how many bytes of s the segment takes from its start, or -1. It
// takes what that costs from steps.
func (g *segment) at(s string, values []string, steps *int) int {
	if g.isText {
		if strings.HasPrefix(s, g.literal) {
			return len(g.literal)
		}
		return -1
	}
	rest := s
	for i := range g.parts {
		p := &g.parts[i]
		*steps--
		if p.kind == partAny {
			if rest == "" {
				return -1
			}
			_, n := utf8.DecodeRuneInString(rest)
			rest = rest[n:]
			continue
		}
		want := p.want(values)
		*steps -= len(want) / 8
		if !strings.HasPrefix(rest, want) {
			return -1
		}
		rest = rest[len(want):]
	}
	return len(s) - len(rest)
}

// find returns where the leftmost occurrence in s ends, or -1.
func (g *segment) find(s string, values []string, steps *int) int {
	if g.isText {
		i := strings.Index(s, g.literal)
		if i < 0 {
			return -1
		}
		return i + len(g.literal)
	}
	for i := 0; ; {
		if *steps < 0 {
			end := g.scan(s[i:], values)
			if end < 0 {
				return -1
			}
			return i + end
		}
		if n := g.at(s[i:], values, steps); n >= 0 {
			return i + n
		}
		if i == len(s) {
			return -1
		}
		_, n := utf8.DecodeRuneInString(s[i:])
		i += n
	}
}

// ends reports whether the segment takes the end of s.
func (g *segment) ends(s string, values []string) bool {
	if g.isText {
		return strings.HasSuffix(s, g.literal)
	}
	for i := len(g.parts) - 1; i >= 0; i-- {
		p := &g.parts[i]
		if p.kind == partAny {
			if s == "" {
				return false
			}
			_, n := utf8.DecodeLastRuneInString(s)
			s = s[:len(s)-n]
			continue
		}
		want := p.want(values)
		if !strings.HasSuffix(s, want) {
			return false
		}
		s = s[:len(s)-len(want)]
	}
	return true
}

// matchFold is match for patterns without wildcards, ignoring letter case.
func (p *pattern) matchFold(s string, ctx Context) bool {
	if p.kind != matchGlob {
		return p.kind == matchText && strings.EqualFold(s, p.text)
	}
	var few [fewSlots]string
	values := few[:]
	if p.glob.vars > fewSlots {
		values = make([]string, p.glob.vars)
	}
	if !p.glob.resolve(ctx, values) {
		return false
	}
	for i := range p.glob.segs[0].parts {
		part := &p.glob.segs[0].parts[i]
		want := part.text
		if part.kind == partVariable {
			want = values[part.slot]
		}
		n := 0
		for range want { // case folding keeps the number of characters
			if n == len(s) {
				return false
			}
			_, size := utf8.DecodeRuneInString(s[n:])
			n += size
		}
		if !strings.EqualFold(s[:n], want) {
			return false
		}
		s = s[n:]
	}
	return s == ""
}
