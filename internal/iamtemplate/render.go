package iamtemplate

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Values are what the parameters of a template stand for: one value of a
// String, any number of a list.
type Values map[string][]string

// enabled is the member of a statement that depends on a parameter.
const enabled = "@Enabled"

const (
	// MaxValues bounds the values of all parameters together, in bytes, used or
	// not: no document that IAM takes from a template is as long.
	MaxValues = 32 << 10

	// maxStrings bounds the strings that one string with lists in it becomes.
	maxStrings = 1000
	// maxWork bounds the bytes that are written while a document is filled in.
	maxWork = 1 << 20
)

// A MissingError is a parameter that has no value and is needed.
type MissingError struct{ Name string }

func (e *MissingError) Error() string { return "Parameter '" + e.Name + "' not found." }

// Values that are beyond all measure, by themselves or by what they become.
var (
	ErrTooMany = fmt.Errorf("a text with its values becomes more than %d, or longer than any policy", maxStrings)
	ErrTooLong = fmt.Errorf("the values of its parameters have more than %d bytes", MaxValues)
)

// A filler fills parameters in, with what it may still write.
type filler struct {
	values Values
	left   int
}

func newFiller(values Values) (*filler, error) {
	size := 0
	for name, v := range values {
		size += len(name)
		for _, s := range v {
			size += len(s)
		}
	}
	if size > MaxValues {
		return nil, ErrTooLong
	}
	return &filler{values, maxWork}, nil
}

// write reports whether there is room for n strings, of so many bytes together.
func (f *filler) write(n, bytes int) bool {
	f.left -= n + bytes
	return f.left >= 0
}

// Document fills the parameters of a policy template in. A list makes as many
// strings as it has values, and several lists their product; where the template
// has one string, it then has a list. A statement that isn't enabled is left
// out, whatever its parameters. The result is "" when none is left. What comes
// out is JSON, but need not be a policy.
func Document(template string, values Values) (string, error) {
	f, err := newFiller(values)
	if err != nil {
		return "", err
	}
	n, err := parse(template)
	if err != nil {
		return "", err
	}
	s := n.member("Statement")
	if s == nil {
		return "", errors.New("it has no Statement")
	}
	all := s.items
	if s.kind != list {
		all = []*node{s}
	}
	var kept []*node
	for _, st := range all {
		on, err := isEnabled(st, values)
		if err != nil {
			return "", err
		}
		if on {
			kept = append(kept, st)
		}
	}
	if len(kept) == 0 {
		return "", nil
	}
	if s.kind == list {
		s.items = kept
	}
	if err := f.fill(n); err != nil {
		return "", err
	}
	return n.String(), nil
}

// isEnabled reads the condition of a statement and takes it out.
func isEnabled(st *node, values Values) (bool, error) {
	if st.kind != object {
		return true, nil
	}
	i := slices.Index(st.names, enabled)
	if i < 0 {
		return true, nil
	}
	if st.items[i].kind != text {
		return false, fmt.Errorf("%s is no text", enabled)
	}
	name, not := strings.CutPrefix(st.items[i].text, "!")
	given, ok := values[name]
	if !ok {
		return false, &MissingError{name}
	}
	on := len(given) == 1 && strings.EqualFold(given[0], "true")
	st.names, st.items = slices.Delete(st.names, i, i+1), slices.Delete(st.items, i, i+1)
	return on != not, nil
}

// fill puts the values into every string of a tree; names of members stay.
func (f *filler) fill(n *node) error {
	switch n.kind {
	case text:
		out, isList, err := f.expand(n.text)
		if err != nil {
			return err
		}
		if !isList {
			n.text = out[0]
			return nil
		}
		*n = node{kind: list}
		for _, s := range out {
			n.items = append(n.items, &node{kind: text, text: s})
		}
	case list:
		var items []*node
		for _, item := range n.items {
			was := item.kind
			if err := f.fill(item); err != nil {
				return err
			}
			if was == text && item.kind == list {
				items = append(items, item.items...)
			} else {
				items = append(items, item)
			}
			if len(items) > maxStrings {
				return ErrTooMany
			}
		}
		n.items = items
	case object:
		for _, item := range n.items {
			if err := f.fill(item); err != nil {
				return err
			}
		}
	}
	return nil
}

// Text fills the parameters of a plain text in; one that isn't a single value
// has no place there.
func Text(pattern string, values Values) (string, error) {
	f, err := newFiller(values)
	if err != nil {
		return "", err
	}
	out, isList, err := f.expand(pattern)
	if err != nil {
		return "", err
	}
	if isList {
		return "", errors.New("a list stands where one value is needed")
	}
	return out[0], nil
}

// expand gives the strings that a pattern becomes. Values aren't looked at
// again: "@{" in one of them is only text.
func (f *filler) expand(pattern string) (out []string, isList bool, err error) {
	out = []string{""}
	size := 0 // of out
	for {
		before, name, rest, ok := cut(pattern)
		size += len(out) * len(before)
		if !f.write(len(out), size) {
			return nil, false, ErrTooMany
		}
		for i := range out {
			out[i] += before
		}
		if !ok {
			return out, isList, nil
		}
		given, ok := f.values[name]
		if !ok {
			return nil, false, &MissingError{name}
		}
		isList = isList || len(given) != 1
		if len(out)*len(given) > maxStrings {
			return nil, false, ErrTooMany
		}
		all := 0
		for _, v := range given {
			all += len(v)
		}
		if size = size*len(given) + all*len(out); !f.write(len(out)*len(given), size) {
			return nil, false, ErrTooMany
		}
		product := make([]string, 0, len(out)*len(given))
		for _, o := range out {
			for _, v := range given {
				product = append(product, o+v)
			}
		}
		out, pattern = product, rest
	}
}

// cut finds the first parameter of a text.
func cut(s string) (before, name, rest string, ok bool) {
	before, after, ok := strings.Cut(s, "@{")
	if !ok {
		return s, "", "", false
	}
	name, rest, ok = strings.Cut(after, "}")
	if !ok {
		return s, "", "", false
	}
	return before, name, rest, true
}

// Names lists the parameters that texts and documents name, those of @Enabled
// among them, sorted.
func Names(texts ...string) []string {
	var names []string
	for _, s := range texts {
		if n, err := parse(s); err == nil {
			names = n.parameters(names)
			continue
		}
		names = parametersOf(s, names)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func parametersOf(s string, names []string) []string {
	for {
		_, name, rest, ok := cut(s)
		if !ok {
			return names
		}
		names, s = append(names, name), rest
	}
}

func (n *node) parameters(names []string) []string {
	if n.kind == text {
		return parametersOf(n.text, names)
	}
	for i, item := range n.items {
		if n.kind == object && n.names[i] == enabled && item.kind == text {
			names = append(names, strings.TrimPrefix(item.text, "!"))
			continue
		}
		names = item.parameters(names)
	}
	return names
}
