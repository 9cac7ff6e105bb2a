package audit

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"
)

// marshal writes what encoding/json writes, for events with any members set
// and any text in them. A member that is added to Event and forgotten in
// marshal fails here.
func TestMarshalIsJSON(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 5000 {
		e := &Event{UserIdentity: &UserIdentity{}}
		fill(r, reflect.ValueOf(e).Elem())
		if e.UserIdentity == nil {
			e.UserIdentity = &UserIdentity{}
		}
		var want bytes.Buffer
		enc := json.NewEncoder(&want)
		enc.SetEscapeHTML(false)
		if err := enc.Encode(e); err != nil {
			t.Fatal(err)
		}
		got, err := marshal(e)
		if err != nil || !bytes.Equal(append(got, '\n'), want.Bytes()) {
			t.Fatalf("%v\n%s\n%s", err, got, want.Bytes())
		}
	}
	if _, err := marshal(&Event{UserIdentity: &UserIdentity{}, RequestParameters: json.RawMessage(`{"a":`)}); err == nil {
		t.Error("a raw member that is no JSON was written")
	}
}

var texts = []string{"", "plain", "with \"quotes\" and \\", "<html>&", "line\nfeed\x00\x7f", "日本語", "bad \xff\xfe", "\u2028 \u2029"}

// fill sets each member to something, or leaves it.
func fill(r *rand.Rand, v reflect.Value) {
	switch x := v.Addr().Interface().(type) {
	case *Time:
		*x = At(time.Unix(r.Int64N(4e9), 5).In(time.FixedZone("", 3600)))
		return
	case *json.RawMessage:
		*x = [...]json.RawMessage{nil, json.RawMessage(`{}`), json.RawMessage("{ \"a\" : [1,\n2, \"<x>\"] }"), json.RawMessage(`"t"`)}[r.IntN(4)]
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(texts[r.IntN(len(texts))])
	case reflect.Bool:
		v.SetBool(r.IntN(2) == 0)
	case reflect.Struct:
		for i := range v.NumField() {
			fill(r, v.Field(i))
		}
	case reflect.Pointer:
		if r.IntN(2) == 0 {
			v.Set(reflect.New(v.Type().Elem()))
			fill(r, v.Elem())
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), r.IntN(3), 3))
		for i := range v.Len() {
			fill(r, v.Index(i))
		}
	case reflect.Map:
		v.Set(reflect.ValueOf(map[string]string{"k": texts[r.IntN(len(texts))]}))
	}
}
