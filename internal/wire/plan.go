package wire

import (
	"fmt"
	"reflect"
	"slices"
	"sync"

	"github.com/aratame/aratame/internal/awserr"
	"github.com/aratame/aratame/internal/shape"
)

// Content types of answers.
const (
	ContentTypeXML  = "text/xml"
	ContentTypeJSON = "application/json"
)

// A plan holds what encoding a structure needs of each member, made once per
// shape: the tags, the JSON keys and the field's index. Order is messageOrder.
type plan struct {
	fields []fieldPlan
	order  []int
}

type fieldPlan struct {
	shape         *shape.Shape
	open, shut    string // <Name>, </Name>
	key, auditKey string // "Name": and "name":
}

var plans sync.Map // *shape.Shape to *plan

func planOf(s *shape.Shape) *plan {
	if p, ok := plans.Load(s); ok {
		return p.(*plan)
	}
	p := &plan{fields: make([]fieldPlan, len(s.Members)), order: messageOrder(s)}
	for i := range s.Members {
		m := &s.Members[i]
		p.fields[i] = fieldPlan{
			shape: m.Shape, open: "<" + m.Name + ">", shut: "</" + m.Name + ">",
			key: `"` + m.Name + `":`, auditKey: `"` + lowerFirst(m.Name) + `":`,
		}
	}
	got, _ := plans.LoadOrStore(s, p)
	return got.(*plan)
}

// messageOrder is the order in which messages name the members of a structure that
// fail: that of a hash table of their names, as Java's HashMap keeps one. Both
// messages of IAM about several members on record (February 2026: those of
// UpdateAccountPasswordPolicy and of CreateOpenIDConnectProvider) have it, and
// neither is in the order of the model or the alphabet.
func messageOrder(s *shape.Shape) []int {
	size := uint32(16)
	for len(s.Members)*4 > int(size)*3 {
		size *= 2
	}
	slots := make([]uint32, len(s.Members))
	order := make([]int, len(s.Members))
	for i, m := range s.Members {
		h := uint32(0)
		for _, c := range []byte(lowerFirst(m.Name)) {
			h = 31*h + uint32(c)
		}
		slots[i], order[i] = (h^h>>16)&(size-1), i
	}
	slices.SortStableFunc(order, func(a, b int) int { return int(slots[a]) - int(slots[b]) })
	return order
}

// structOf returns the struct that v points at, or an invalid Value when v is
// nil. It is an error, that of a programmer, if v isn't what the operation says.
func structOf(v any, want func() any, s *shape.Shape) (reflect.Value, error) {
	if v == nil {
		return reflect.Value{}, nil
	}
	rv := reflect.ValueOf(v)
	if rv.Type() != reflect.TypeOf(want()) {
		return reflect.Value{}, fmt.Errorf("wire: %T is not the type of %s", v, s.Name)
	}
	return rv.Elem(), nil
}

// indirect follows a pointer and reports whether there is a value: nil pointers,
// slices and maps are absent members.
func indirect(v reflect.Value) (reflect.Value, bool) {
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			return v, false
		}
		return v.Elem(), true
	case reflect.Slice, reflect.Map:
		return v, !v.IsNil()
	}
	return v, true
}

// sortedMapKeys makes the order of a map's entries that of their keys.
func sortedMapKeys(v reflect.Value) []string {
	keys := make([]string, 0, v.Len())
	for _, k := range v.MapKeys() {
		keys = append(keys, k.String())
	}
	slices.Sort(keys)
	return keys
}

// Status is the HTTP status of an error: its own, or that of its code.
func Status(e *awserr.Error) int {
	if e.Status != 0 {
		return e.Status
	}
	return shape.Status(e.Code)
}

func faultOf(e *awserr.Error) string {
	if Status(e) >= 500 {
		return "Receiver"
	}
	return "Sender"
}
