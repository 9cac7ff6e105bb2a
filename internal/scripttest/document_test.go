package scripttest

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aratame/aratame/internal/shape"
)

// An object is a JSON object whose members have an order.
type object []field

type field struct {
	name  string
	value any
}

func (o object) get(name string) (any, bool) {
	i := slices.IndexFunc(o, func(f field) bool { return f.name == name })
	if i < 0 {
		return nil, false
	}
	return o[i].value, true
}

// MarshalJSON keeps the order.
func (o object) MarshalJSON() ([]byte, error) {
	b := []byte{'{'}
	for i, f := range o {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(append(b, compact(f.name)...), ':')
		b = append(b, compact(f.value)...)
	}
	return append(b, '}'), nil
}

// document turns an answer into objects, lists, strings, numbers and booleans.
// Absent members are left out.
func document(s *shape.Shape, v reflect.Value) any {
	if v.Kind() == reflect.Pointer {
		v = v.Elem()
	}
	switch s.Kind {
	case shape.Structure:
		out := object{}
		for i, m := range s.Members {
			if f := v.Field(i); !absent(f) {
				out = append(out, field{m.Name, document(m.Shape, f)})
			}
		}
		return out
	case shape.List:
		out := make([]any, v.Len())
		for i := range out {
			out[i] = document(s.Elem, v.Index(i))
		}
		return out
	case shape.Map:
		out := object{}
		for _, key := range v.MapKeys() {
			out = append(out, field{key.String(), document(s.Elem, v.MapIndex(key))})
		}
		slices.SortFunc(out, func(a, b field) int { return strings.Compare(a.name, b.name) })
		return out
	case shape.Timestamp:
		return v.Interface().(time.Time).UTC().Format("2006-01-02T15:04:05Z")
	case shape.Blob:
		return base64.StdEncoding.EncodeToString(v.Bytes())
	}
	return v.Interface()
}

func absent(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Map:
		return v.IsNil()
	}
	return false
}

func compact(v any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic(err)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}

func indented(v any) []byte {
	var b bytes.Buffer
	if err := json.Indent(&b, compact(v), "", "  "); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// shown is a value as scripts write it: text without quotes, the rest in JSON.
func shown(v any) string {
	if s, ok := v.(string); ok {
		return s
	}
	return string(compact(v))
}

// find follows a path such as .Users[0].Tags[].Key and returns what it leads to.
func find(v any, path string) (found []any, err error) {
	found = []any{v}
	for rest := path; rest != ""; {
		var step string
		var next func(any) []any
		switch rest[0] {
		case '.':
			end := strings.IndexAny(rest[1:], ".[")
			if end < 0 {
				end = len(rest) - 1
			}
			step, rest = rest[1:end+1], rest[end+1:]
			next = func(v any) []any {
				if o, ok := v.(object); ok {
					if member, ok := o.get(step); ok {
						return []any{member}
					}
				}
				return nil
			}
		case '[':
			end := strings.IndexByte(rest, ']')
			if end < 0 {
				return nil, fmt.Errorf("%s has no ]", path)
			}
			step, rest = rest[1:end], rest[end+1:]
			n, bad := strconv.Atoi(step)
			if step != "" && bad != nil {
				return nil, fmt.Errorf("%s: [%s] is no index", path, step)
			}
			next = func(v any) []any {
				list, _ := v.([]any)
				switch {
				case step == "":
					return list
				case n < len(list):
					return list[n : n+1]
				}
				return nil
			}
		default:
			return nil, fmt.Errorf("%s: a path is made of .member and [index]", path)
		}
		var all []any
		for _, v := range found {
			all = append(all, next(v)...)
		}
		found = all
	}
	return found, nil
}
