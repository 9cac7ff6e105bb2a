package wire

import (
	"bytes"
	"sort"
	"strings"
	"unicode/utf8"

	"github.com/aratame/aratame/internal/awserr"
)

// MaxParams is the number of parameters that one request may carry.
const MaxParams = 10_000

// maxShownName bounds the parameter names and actions that errors repeat.
const maxShownName = 128

type param struct{ name, value string }

// A Form holds the parameters of one request, sorted by name, each name once.
// The zero Form has none.
type Form struct{ params []param }

// ParseForm reads application/x-www-form-urlencoded parts, such as a query
// string and a body, into one Form. Unlike most decoders it refuses what it
// can't read in only one way: a bad escape (MalformedQueryString, HTTP 404),
// invalid UTF-8 or more than MaxParams parameters (MalformedInput), a name that
// occurs twice (InvalidParameterCombination). Empty segments are skipped.
// Errors never show a value. The parts are not retained.
func ParseForm(parts ...[]byte) (Form, error) {
	n := 0
	for _, part := range parts {
		if len(part) > 0 {
			n += bytes.Count(part, []byte{'&'}) + 1
		}
	}
	if n > MaxParams {
		return Form{}, awserr.Newf("MalformedInput", "The request has more than %d parameters", MaxParams)
	}
	f := Form{params: make([]param, 0, n)}
	for _, part := range parts {
		for len(part) > 0 {
			segment, rest, _ := bytes.Cut(part, []byte{'&'})
			part = rest
			if len(segment) == 0 {
				continue
			}
			rawName, rawValue, _ := bytes.Cut(segment, []byte{'='})
			name, err := unescape(rawName)
			if err != nil {
				return Form{}, err
			}
			value, err := unescape(rawValue)
			if err != nil {
				return Form{}, err
			}
			f.params = append(f.params, param{name, value})
		}
	}
	sort.Slice(f.params, func(i, j int) bool { return f.params[i].name < f.params[j].name })
	for i := 1; i < len(f.params); i++ {
		if f.params[i].name == f.params[i-1].name {
			return Form{}, awserr.Newf("InvalidParameterCombination", "The parameter %s occurs more than once", shownName(f.params[i].name))
		}
	}
	return f, nil
}

func unescape(s []byte) (string, error) {
	plain := true
	for _, c := range s {
		if c == '%' || c == '+' {
			plain = false
			break
		}
	}
	var out string
	if plain {
		out = string(s)
	} else {
		var b strings.Builder
		b.Grow(len(s))
		for i := 0; i < len(s); i++ {
			switch s[i] {
			case '+':
				b.WriteByte(' ')
			case '%':
				if len(s)-i < 3 {
					return "", awserr.New("MalformedQueryString", "Incomplete trailing escape % sequence")
				}
				hi, ok1 := unhex(s[i+1])
				lo, ok2 := unhex(s[i+2])
				if !ok1 || !ok2 {
					// The characters themselves could belong to a secret.
					return "", awserr.New("MalformedQueryString", "Illegal hex character in escape % pattern: %..")
				}
				b.WriteByte(hi<<4 | lo)
				i += 2
			default:
				b.WriteByte(s[i])
			}
		}
		out = b.String()
	}
	if !utf8.ValidString(out) {
		return "", awserr.New("MalformedInput", "A parameter is not valid UTF-8")
	}
	return out, nil
}

func unhex(c byte) (byte, bool) {
	switch {
	case c >= '0' && c <= '9':
		return c - '0', true
	case c >= 'a' && c <= 'f':
		return c - 'a' + 10, true
	case c >= 'A' && c <= 'F':
		return c - 'A' + 10, true
	}
	return 0, false
}

// shownName is a client's name as an error may repeat it: short and printable.
func shownName(s string) string {
	if len(s) > maxShownName {
		s = s[:maxShownName]
	}
	return strings.Map(func(r rune) rune {
		if r <= ' ' || r > '~' {
			return '?'
		}
		return r
	}, s)
}

// Len is the number of parameters.
func (f Form) Len() int { return len(f.params) }

// Get returns the value of a parameter and whether it is present.
func (f Form) Get(name string) (string, bool) {
	i := f.from(name)
	if i < len(f.params) && f.params[i].name == name {
		return f.params[i].value, true
	}
	return "", false
}

// Names returns the names of all parameters in byte order.
func (f Form) Names() []string {
	names := make([]string, len(f.params))
	for i, p := range f.params {
		names[i] = p.name
	}
	return names
}

// from is the index of the first parameter whose name is not below name.
func (f Form) from(name string) int {
	lo, hi := 0, len(f.params)
	for lo < hi {
		mid := int(uint(lo+hi) >> 1)
		if f.params[mid].name < name {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo
}

// under returns the parameters whose names begin with prefix.
func (f Form) under(prefix string) []param {
	i := f.from(prefix)
	rest := f.params[i:]
	n := sort.Search(len(rest), func(j int) bool { return !strings.HasPrefix(rest[j].name, prefix) })
	return rest[:n]
}
