package wire

import (
	"encoding/xml"
	"fmt"
	"reflect"
	"strings"

	"github.com/aratame/aratame/internal/awserr"
	"github.com/aratame/aratame/internal/shape"
)

// node is an element of a parsed document.
type node struct {
	XMLName xml.Name
	Text    string `xml:",chardata"`
	Nodes   []node `xml:",any"`
}

func (n *node) child(name string) *node {
	for i := range n.Nodes {
		if n.Nodes[i].XMLName.Local == name {
			return &n.Nodes[i]
		}
	}
	return nil
}

func (n *node) text(name string) string {
	if c := n.child(name); c != nil {
		return c.Text
	}
	return ""
}

// DecodeXML reads the answer to op that AppendXML wrote into a new output
// struct, and returns the request id. An error document is returned as an
// *awserr.Error. It is strict: an element that the contract doesn't have is an
// error. It is for tests and for calls of one's own, not for hostile input.
func DecodeXML(op *shape.Operation, data []byte) (out any, requestID string, err error) {
	var root node
	if err := xml.Unmarshal(data, &root); err != nil {
		return nil, "", fmt.Errorf("wire: answer is not XML: %w", err)
	}
	if root.XMLName.Space != op.Namespace {
		return nil, "", fmt.Errorf("wire: answer has namespace %q", root.XMLName.Space)
	}
	switch root.XMLName.Local {
	case "ErrorResponse":
		if e := root.child("Error"); e != nil {
			return nil, root.text("RequestId"), awserr.New(e.text("Code"), e.text("Message"))
		}
	case op.Name + "Response":
		out = op.NewOutput()
		if meta := root.child("ResponseMetadata"); meta != nil {
			requestID = meta.text("RequestId")
		}
		if op.ResultWrapper == "" {
			return out, requestID, nil
		}
		if result := root.child(op.ResultWrapper); result != nil {
			return out, requestID, readMembers(op.Output, result, reflect.ValueOf(out).Elem())
		}
	}
	return nil, "", fmt.Errorf("wire: answer begins with %s", root.XMLName.Local)
}

func readMembers(s *shape.Shape, n *node, v reflect.Value) error {
	for i := range n.Nodes {
		c := &n.Nodes[i]
		found := false
		for j := range s.Members {
			if s.Members[j].Name == c.XMLName.Local {
				if err := readValue(s.Members[j].Shape, c, v.Field(j)); err != nil {
					return err
				}
				found = true
			}
		}
		if !found {
			return fmt.Errorf("wire: %s has no member %s", s.Name, c.XMLName.Local)
		}
	}
	return nil
}

func readValue(s *shape.Shape, n *node, v reflect.Value) error {
	if v.Kind() == reflect.Pointer {
		v.Set(reflect.New(v.Type().Elem()))
		v = v.Elem()
	}
	switch s.Kind {
	case shape.Structure:
		return readMembers(s, n, v)
	case shape.List:
		list := reflect.MakeSlice(v.Type(), len(n.Nodes), len(n.Nodes))
		for i := range n.Nodes {
			if err := readValue(s.Elem, &n.Nodes[i], list.Index(i)); err != nil {
				return err
			}
		}
		v.Set(list)
		return nil
	case shape.Map:
		out := reflect.MakeMap(v.Type())
		for i := range n.Nodes {
			value := n.Nodes[i].child("value")
			if value == nil {
				return fmt.Errorf("wire: %s has an entry without value", s.Name)
			}
			elem := reflect.New(v.Type().Elem()).Elem()
			if err := readValue(s.Elem, value, elem); err != nil {
				return err
			}
			out.SetMapIndex(reflect.ValueOf(n.Nodes[i].text("key")), elem)
		}
		v.Set(out)
		return nil
	}
	text := n.Text
	if s.Kind != shape.String {
		text = strings.TrimSpace(text)
	}
	_, err := setScalar(s, v, n.XMLName.Local, text)
	return err
}
