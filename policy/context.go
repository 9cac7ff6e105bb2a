package policy

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Value is what a request says about one condition key: one string, or a list
// of them for keys that AWS defines as multi-valued. An empty list counts as
// an absent key; an empty string is a value.
type Value struct {
	one  string
	many *[]string // nil: one
}

// One is the value of a single-valued key.
func One(s string) Value { return Value{one: s} }

// Many is the value of a multi-valued key. The slice is kept, not copied.
func Many(s ...string) Value { return Value{many: &s} }

// Len returns the number of strings.
func (v Value) Len() int {
	if v.many != nil {
		return len(*v.many)
	}
	return 1
}

// At returns the i-th string, 0 ≤ i < Len.
func (v Value) At(i int) string {
	if v.many != nil {
		return (*v.many)[i]
	}
	return v.one
}

// Multi reports whether the key is multi-valued. Such keys can't stand in
// policy variables, whatever the number of their values.
func (v Value) Multi() bool { return v.many != nil }

// Context gives the values of condition keys. Keys come folded by FoldKey.
// Lookup must give the same answer throughout a decision and must not keep
// anything of its argument.
type Context interface {
	Lookup(key string) (Value, bool)
}

// FoldKey folds the name of a condition key for comparison: names are compared
// without letter case, including what follows the slash in aws:PrincipalTag/… .
// Two names fold to one text exactly if strings.EqualFold finds them equal, as
// the operators that ignore case do.
func FoldKey(name string) string {
	for i := range len(name) {
		if name[i] >= utf8.RuneSelf {
			return strings.Map(foldRune, name)
		}
	}
	return strings.ToLower(name)
}

// foldRune returns one character for all that differ in case alone.
func foldRune(r rune) rune {
	least := r
	for next := unicode.SimpleFold(r); next != r; next = unicode.SimpleFold(next) {
		least = min(least, next)
	}
	if 'A' <= least && least <= 'Z' {
		least += 'a' - 'A'
	}
	return least
}

// MapContext is a Context in a map. Its keys must be folded: use Set.
type MapContext map[string]Value

// Lookup implements Context.
func (m MapContext) Lookup(key string) (Value, bool) {
	v, ok := m[key]
	return v, ok
}

// Set adds a single-valued key.
func (m MapContext) Set(name, value string) { m[FoldKey(name)] = One(value) }

// SetList adds a multi-valued key.
func (m MapContext) SetList(name string, values ...string) { m[FoldKey(name)] = Many(values...) }
