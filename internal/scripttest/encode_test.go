package scripttest

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/aratame/aratame/internal/shape"
)

// encode writes a member into the form of a request. Scalars are sent as they
// are written, right or wrong.
func (x *script) encode(form url.Values, s *shape.Shape, name, text string) {
	switch {
	case s.Kind == shape.List && !strings.HasPrefix(text, "["):
		for i, item := range strings.Split(text, ",") {
			at := name + ".member." + strconv.Itoa(i+1)
			if memberOf(s.Elem, "Key") != nil && memberOf(s.Elem, "Value") != nil {
				key, value, ok := strings.Cut(item, "=")
				if !ok {
					x.Fatalf("%s: %q is not key=value", name, item)
				}
				form.Set(at+".Key", key)
				form.Set(at+".Value", value)
			} else if s.Elem.Kind == shape.Structure || s.Elem.Kind == shape.List {
				x.Fatalf("%s is to be written in JSON", name)
			} else {
				form.Set(at, item)
			}
		}
	case s.Kind == shape.List, s.Kind == shape.Structure, s.Kind == shape.Map:
		d := json.NewDecoder(strings.NewReader(text))
		d.UseNumber()
		var v any
		if err := d.Decode(&v); err != nil || d.More() {
			x.Fatalf("%s is not JSON: %s", name, text)
		}
		if err := flatten(form, s, name, v); err != nil {
			x.Fatalf("%v", err)
		}
	default:
		form.Set(name, text)
	}
}

// flatten writes a JSON value into the form.
func flatten(form url.Values, s *shape.Shape, name string, v any) error {
	switch v := v.(type) {
	case []any:
		if s.Kind != shape.List {
			return fmt.Errorf("%s is no list", name)
		}
		if len(v) == 0 {
			form.Set(name, "")
		}
		for i, e := range v {
			if err := flatten(form, s.Elem, name+".member."+strconv.Itoa(i+1), e); err != nil {
				return err
			}
		}
	case map[string]any:
		if s.Kind == shape.Map {
			return flattenMap(form, s, name, v)
		}
		for key, e := range v {
			m := memberOf(s, key)
			if m == nil {
				return fmt.Errorf("%s has no member %s", name, key)
			}
			if err := flatten(form, m.Shape, name+"."+key, e); err != nil {
				return err
			}
		}
	case nil:
	default:
		form.Set(name, fmt.Sprint(v))
	}
	return nil
}

func flattenMap(form url.Values, s *shape.Shape, name string, v map[string]any) error {
	keys := make([]string, 0, len(v))
	for key := range v {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	for i, key := range keys {
		at := name + ".entry." + strconv.Itoa(i+1)
		form.Set(at+".key", key)
		if err := flatten(form, s.Elem, at+".value", v[key]); err != nil {
			return err
		}
	}
	return nil
}
