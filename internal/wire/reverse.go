package wire

import (
	"encoding/base64"
	"net/url"
	"reflect"
	"strconv"

	"github.com/aratame/aratame/internal/shape"
)

// EncodeForm renders an input as the form body that a client would send, with
// Action and Version: the reverse of ParseForm and Decode, for tests and for
// calls of one's own. Required members are always sent. input is a pointer to
// the operation's input struct; another type is an error.
func EncodeForm(op *shape.Operation, input any) (string, error) {
	v, err := structOf(input, op.NewInput, op.Input)
	if err != nil {
		return "", err
	}
	form := url.Values{"Action": {op.Name}, "Version": {op.APIVersion}}
	if v.IsValid() {
		encodeMembers(form, op.Input, v, "")
	}
	return form.Encode(), nil
}

func encodeMembers(form url.Values, s *shape.Shape, v reflect.Value, prefix string) {
	for i := range s.Members {
		if fv, ok := indirect(v.Field(i)); ok {
			encodeValue(form, s.Members[i].Shape, fv, prefix+s.Members[i].Name)
		}
	}
}

func encodeValue(form url.Values, s *shape.Shape, v reflect.Value, name string) {
	switch s.Kind {
	case shape.Structure:
		encodeMembers(form, s, v, name+".")
	case shape.List:
		if v.Len() == 0 {
			form.Set(name, "")
		}
		for i := range v.Len() {
			encodeValue(form, s.Elem, v.Index(i), name+".member."+strconv.Itoa(i+1))
		}
	case shape.Map:
		if v.Len() == 0 {
			form.Set(name, "")
		}
		for i, k := range sortedMapKeys(v) {
			at := name + ".entry." + strconv.Itoa(i+1)
			form.Set(at+".key", k)
			encodeValue(form, s.Elem, v.MapIndex(reflect.ValueOf(k)), at+".value")
		}
	case shape.String:
		form.Set(name, v.String())
	case shape.Integer:
		form.Set(name, strconv.FormatInt(v.Int(), 10))
	case shape.Boolean:
		form.Set(name, strconv.FormatBool(v.Bool()))
	case shape.Timestamp:
		form.Set(name, timeOf(v).Format(timeLayout))
	case shape.Blob:
		form.Set(name, base64.StdEncoding.EncodeToString(v.Bytes()))
	}
}
