package saml

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/beevik/etree"
	roundtrip "github.com/mattermost/xml-roundtrip-validator"
)

// limits bound what a document may hold.
type limits struct {
	elements   int
	depth      int
	attributes int // of one element, declarations of namespaces included
	namespaces int // declarations in scope at one element
	// comments: they may stand in the document. Where signed text is read they
	// may not: a comment cuts text in two, and some readers see the first half.
	comments bool
}

var (
	metadataLimits = limits{elements: 100_000, depth: 64, attributes: 64, namespaces: 64, comments: true}
	responseLimits = limits{elements: 5_000, depth: 32, attributes: 32, namespaces: 64}
)

var errDocument = errors.New("saml: malformed or unusual XML")

// parse reads a document that keeps to the limits: UTF-8 without a byte order
// mark, no document type and hence no entities of its own, no processing
// instructions, nothing around the one root, no attribute twice, and nothing
// that reads differently after it is written again.
func parse(text []byte, l limits) (*etree.Element, error) {
	if err := scan(text, l); err != nil {
		return nil, err
	}
	if err := roundtrip.Validate(bytes.NewReader(text)); err != nil {
		return nil, errDocument
	}
	doc := etree.NewDocument()
	if err := doc.ReadFromBytes(text); err != nil || doc.Root() == nil {
		return nil, errDocument
	}
	return doc.Root(), nil
}

// scan holds the bytes to the limits without building anything of them.
func scan(text []byte, l limits) error {
	if !utf8.Valid(text) {
		return errDocument
	}
	d := xml.NewDecoder(bytes.NewReader(text))
	type level struct {
		name       xml.Name
		namespaces int
	}
	var open []level
	elements, namespaces := 0, 0
	for {
		start := d.InputOffset()
		token, err := d.RawToken()
		if err == io.EOF {
			break
		}
		if err != nil {
			return errDocument
		}
		switch t := token.(type) {
		case xml.StartElement:
			if elements++; len(open) == 0 && elements > 1 || elements > l.elements || len(open) >= l.depth {
				return errDocument
			}
			declared, err := checkAttributes(t.Attr, l)
			if err != nil {
				return err
			}
			if namespaces += declared; namespaces > l.namespaces {
				return errDocument
			}
			open = append(open, level{t.Name, declared})
		case xml.EndElement:
			if len(open) == 0 || open[len(open)-1].name != t.Name {
				return errDocument
			}
			namespaces -= open[len(open)-1].namespaces
			open = open[:len(open)-1]
		case xml.CharData:
			if len(open) == 0 && len(bytes.TrimSpace(t)) > 0 {
				return errDocument
			}
		case xml.Comment:
			if !l.comments {
				return errDocument
			}
		case xml.ProcInst:
			if t.Target != "xml" || start != 0 {
				return errDocument
			}
		default: // a directive, such as a document type
			return errDocument
		}
	}
	if elements == 0 || len(open) != 0 {
		return errDocument
	}
	return nil
}

// checkAttributes refuses what two readers could see differently, and counts
// the declarations of namespaces.
func checkAttributes(attrs []xml.Attr, l limits) (declared int, err error) {
	if len(attrs) > l.attributes {
		return 0, errDocument
	}
	for i, a := range attrs {
		for _, b := range attrs[:i] {
			if a.Name == b.Name {
				return 0, errDocument
			}
		}
		switch {
		case a.Name.Space == "xmlns":
			declared++
			if a.Value == "" || a.Name.Local == "xml" || a.Name.Local == "xmlns" {
				return 0, errDocument
			}
		case a.Name.Space == "" && a.Name.Local == "xmlns":
			declared++
		case a.Name.Space != "" && strings.EqualFold(a.Name.Local, "id"):
			// Readers that don't mind prefixes would take it for the id.
			return 0, errDocument
		}
	}
	return declared, nil
}

// is tells whether an element has this name.
func is(el *etree.Element, space, tag string) bool {
	return el.Tag == tag && el.NamespaceURI() == space
}

// children gives the child elements of this name.
func children(el *etree.Element, space, tag string) (found []*etree.Element) {
	for _, c := range el.ChildElements() {
		if is(c, space, tag) {
			found = append(found, c)
		}
	}
	return found
}

// only gives the one child element of this name, or nil when there is none.
func only(el *etree.Element, space, tag string) (*etree.Element, error) {
	found := children(el, space, tag)
	switch len(found) {
	case 0:
		return nil, nil
	case 1:
		return found[0], nil
	}
	return nil, fmt.Errorf("saml: several %s elements", tag)
}

// attribute gives the value of an attribute without a prefix. etree's own
// look-up would take one with any prefix.
func attribute(el *etree.Element, name string) (string, bool) {
	for _, a := range el.Attr {
		if a.Space == "" && a.Key == name {
			return a.Value, true
		}
	}
	return "", false
}

// text gives the whole text of an element that holds nothing but text, without
// the white space around it.
func text(el *etree.Element) (string, error) {
	var b strings.Builder
	for _, c := range el.Child {
		switch c := c.(type) {
		case *etree.CharData:
			b.WriteString(c.Data)
		case *etree.Comment:
		default:
			return "", fmt.Errorf("saml: %s holds more than text", el.Tag)
		}
	}
	return strings.TrimSpace(b.String()), nil
}
