package iamtemplate

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// A node is a JSON value. Members keep their order, so that a document reads as
// its author wrote it.
type node struct {
	kind  kind
	text  string // of a string; of any other scalar its JSON
	items []*node
	names []string // of an object, one for each item
}

type kind byte

const (
	scalar kind = iota
	text
	list
	object
)

// maxDepth bounds nesting, far beyond any policy.
const maxDepth = 32

var errSyntax = errors.New("it is not JSON")

// parse reads one JSON value. A member that is there twice is refused: two
// readers must not see different values.
func parse(s string) (*node, error) {
	d := json.NewDecoder(strings.NewReader(s))
	d.UseNumber()
	n, err := read(d, 0)
	if err != nil {
		return nil, err
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, errSyntax
	}
	return n, nil
}

func read(d *json.Decoder, depth int) (*node, error) {
	if depth > maxDepth {
		return nil, errSyntax
	}
	t, err := d.Token()
	if err != nil {
		return nil, errSyntax
	}
	switch v := t.(type) {
	case string:
		return &node{kind: text, text: v}, nil
	case json.Delim:
		n := &node{kind: list}
		if v == '{' {
			n.kind = object
		}
		for d.More() {
			if n.kind == object {
				name, err := d.Token()
				if err != nil {
					return nil, errSyntax
				}
				if slices.Contains(n.names, name.(string)) {
					return nil, fmt.Errorf("the member %q is there twice", name)
				}
				n.names = append(n.names, name.(string))
			}
			item, err := read(d, depth+1)
			if err != nil {
				return nil, err
			}
			n.items = append(n.items, item)
		}
		if _, err := d.Token(); err != nil {
			return nil, errSyntax
		}
		return n, nil
	}
	b, err := json.Marshal(t)
	return &node{text: string(b)}, err
}

// member returns a member of an object, or nil.
func (n *node) member(name string) *node {
	if n.kind != object {
		return nil
	}
	if i := slices.Index(n.names, name); i >= 0 {
		return n.items[i]
	}
	return nil
}

func (n *node) append(b *bytes.Buffer) {
	switch n.kind {
	case text:
		quote(b, n.text)
	case scalar:
		b.WriteString(n.text)
	case list, object:
		b.WriteByte("[{"[n.kind-list])
		for i, item := range n.items {
			if i > 0 {
				b.WriteByte(',')
			}
			if n.kind == object {
				quote(b, n.names[i])
				b.WriteByte(':')
			}
			item.append(b)
		}
		b.WriteByte("]}"[n.kind-list])
	}
}

func (n *node) String() string {
	var b bytes.Buffer
	n.append(&b)
	return b.String()
}

func quote(b *bytes.Buffer, s string) {
	e := json.NewEncoder(b)
	e.SetEscapeHTML(false)
	_ = e.Encode(s)         // a string can always be encoded
	b.Truncate(b.Len() - 1) // the line break
}

// Canonical gives a document a form that is the same for documents that differ
// in white space, in the order of members and lists, and in whether a single
// value stands in a list. What is no JSON stays as it is.
func Canonical(document string) string {
	n, err := parse(document)
	if err != nil {
		return document
	}
	return n.canonical()
}

func (n *node) canonical() string {
	if n.kind == list && len(n.items) == 1 {
		return n.items[0].canonical()
	}
	if n.kind != list && n.kind != object {
		return n.String()
	}
	parts := make([]string, len(n.items))
	for i, item := range n.items {
		parts[i] = item.canonical()
		if n.kind == object {
			var b bytes.Buffer
			quote(&b, n.names[i])
			parts[i] = b.String() + ":" + parts[i]
		}
	}
	slices.Sort(parts)
	if n.kind == object {
		return "{" + strings.Join(parts, ",") + "}"
	}
	return "[" + strings.Join(parts, ",") + "]"
}
