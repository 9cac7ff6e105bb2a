package evalcase

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf16"
)

// errSyntax says that a value isn't JSON. Parse puts the place in.
var errSyntax = errors.New("not JSON")

// reader finds the values of a JSON text by its strings and brackets. It looks
// at the bytes of a document once; what is inside of a value is checked by
// whoever reads the value, and each is read.
type reader struct {
	s  string
	at int
}

func (r *reader) space() {
	for r.at < len(r.s) {
		switch r.s[r.at] {
		case ' ', '\t', '\r', '\n':
			r.at++
		default:
			return
		}
	}
}

// take consumes c, and white space before it.
func (r *reader) take(c byte) bool {
	r.space()
	if r.at < len(r.s) && r.s[r.at] == c {
		r.at++
		return true
	}
	return false
}

// done reports whether nothing but white space is left.
func (r *reader) done() bool {
	r.space()
	return r.at == len(r.s)
}

// span consumes the next value and returns its text, "" if there is none.
func (r *reader) span() string {
	r.space()
	from := r.at
	depth := 0
	for r.at < len(r.s) {
		switch r.s[r.at] {
		case '"':
			if !r.quoted() {
				return ""
			}
			if depth == 0 {
				return r.s[from:r.at]
			}
			continue
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth <= 0 {
				if depth == 0 {
					r.at++
				}
				return r.s[from:r.at]
			}
		case ',', ':', ' ', '\t', '\r', '\n':
			if depth == 0 {
				return r.s[from:r.at]
			}
		}
		r.at++
	}
	if depth > 0 {
		return ""
	}
	return r.s[from:]
}

// quoted consumes a string literal.
func (r *reader) quoted() bool {
	from := r.at + 1
	for at := from; ; {
		i := strings.IndexByte(r.s[at:], '"')
		if i < 0 {
			return false
		}
		at += i
		back := at // behind it only backslashes, of which each pair is one
		for back > from && r.s[back-1] == '\\' {
			back--
		}
		at++
		if (at-1-back)%2 == 0 {
			r.at = at
			return true
		}
		from = at
	}
}

// eachMember calls f for the members of an object in their order.
func eachMember(raw string, f func(name, value string) error) error {
	r := reader{s: raw}
	if !r.take('{') {
		return errSyntax
	}
	if !r.take('}') {
		for {
			name, ok := unquote(r.span())
			if !ok || !r.take(':') {
				return errSyntax
			}
			value := r.span()
			if value == "" {
				return errSyntax
			}
			if err := f(name, value); err != nil {
				return err
			}
			if r.take(',') {
				continue
			}
			if !r.take('}') {
				return errSyntax
			}
			break
		}
	}
	if !r.done() {
		return errSyntax
	}
	return nil
}

// eachItem calls f for the items of a list; what names the list in errors.
func eachItem(what, raw string, f func(i int, value string) error) error {
	r := reader{s: raw}
	if !r.take('[') {
		return fmt.Errorf("%s: a list is expected", what)
	}
	if r.take(']') {
		if !r.done() {
			return errSyntax
		}
		return nil
	}
	for i := 0; ; i++ {
		value := r.span()
		if value == "" {
			return errSyntax
		}
		if err := f(i, value); err != nil {
			return err
		}
		if r.take(',') {
			continue
		}
		if !r.take(']') || !r.done() {
			return errSyntax
		}
		return nil
	}
}

// unquote decodes a string literal. Unlike encoding/json it refuses half a
// surrogate pair: two readers would make different strings of it.
func unquote(raw string) (string, bool) {
	if len(raw) < 2 || raw[0] != '"' {
		return "", false
	}
	body := raw[1 : len(raw)-1]
	plain := true
	for i := range len(body) {
		if body[i] < ' ' {
			return "", false
		}
		plain = plain && body[i] != '\\'
	}
	if plain {
		return body, true
	}
	if !paired(body) {
		return "", false
	}
	var s string
	err := json.Unmarshal([]byte(raw), &s)
	return s, err == nil
}

// paired reports whether every escaped surrogate has its other half.
func paired(body string) bool {
	high := rune(-1) // waits for its other half
	for i := 0; i < len(body); {
		unit, n := rune(-1), 1
		if body[i] == '\\' {
			n = 2
			if strings.HasPrefix(body[i:], `\u`) && i+6 <= len(body) {
				v, err := strconv.ParseUint(body[i+2:i+6], 16, 16)
				if err != nil {
					return false
				}
				unit, n = rune(v), 6
			}
		}
		switch {
		case high >= 0:
			if unit < 0xDC00 || unit > 0xDFFF {
				return false
			}
			high = -1
		case unit >= 0xDC00 && utf16.IsSurrogate(unit):
			return false
		case utf16.IsSurrogate(unit):
			high = unit
		}
		i += n
	}
	return high < 0
}
