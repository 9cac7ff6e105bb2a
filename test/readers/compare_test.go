package readers

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// check holds readings to the answers. Whatever a client lacks has to be named;
// if needed is set, each that is named has to be lacking.
func check(t *testing.T, all []answer, readings []reading, lacks []lack, needed bool) {
	t.Helper()
	used, read, unknown := map[string]bool{}, map[string]bool{}, map[string]bool{}
	lacking := func(what string) bool {
		for _, l := range lacks {
			if slices.Contains(strings.Fields(l.what), what) {
				used[what] = true
				return true
			}
		}
		return false
	}
	for i, r := range readings {
		op := all[i].Operation
		switch {
		case r.Unknown:
			if unknown[op] = true; !lacking(op) {
				t.Errorf("%s is unknown", op)
			}
		case r.Error != "":
			t.Errorf("%s: %s", op, r.Error)
		case r.Output != nil:
			read[op] = true
			for _, d := range differences(op, all[i].Output, r.Output) {
				if d.kind != missing || !lacking(d.path) {
					t.Errorf("%s is %s: %s", d.path, d.kind, d.values)
				}
			}
		}
	}
	if len(read)+len(unknown) < 191 || len(read) < 160 {
		t.Errorf("only %d operations were read, %d are unknown", len(read), len(unknown))
	}
	for _, l := range lacks {
		for _, what := range strings.Fields(l.what) {
			if needed && !used[what] || l.reason == "" {
				t.Errorf("%s is named as lacking, and is not, or without a reason", what)
			}
		}
	}
	t.Logf("%d answers of %d operations were read", len(all), len(read))
}

const missing = "missing"

// A difference is one member.
type difference struct{ path, kind, values string }

// differences compares what an answer says with what a client read. The client
// may show a time, bytes or a policy document in its own way.
func differences(path string, want, got any) (all []difference) {
	switch w := want.(type) {
	case map[string]any:
		if text, ok := got.(string); ok {
			got = marked(w, text)
		}
		g, ok := got.(map[string]any)
		if !ok {
			break
		}
		for _, name := range slices.Sorted(maps.Keys(w)) {
			if v, ok := g[name]; ok {
				all = append(all, differences(path+"."+name, w[name], v)...)
			} else {
				all = append(all, difference{path + "." + name, missing, fmt.Sprint(w[name])})
			}
		}
		for name, v := range g {
			if _, ok := w[name]; !ok {
				all = append(all, difference{path + "." + name, "not in the answer", fmt.Sprint(v)})
			}
		}
		return all
	case []any:
		g, ok := got.([]any)
		if !ok || len(g) != len(w) {
			break
		}
		for i := range w {
			all = append(all, differences(path+"[]", w[i], g[i])...)
		}
		return all
	case string:
		if _, ok := got.(map[string]any); ok && strings.Contains(path, "Document") {
			want = parsed(w)
		}
		if reflect.DeepEqual(want, got) {
			return nil
		}
	default:
		if reflect.DeepEqual(want, got) {
			return nil
		}
	}
	return []difference{{path, "different", fmt.Sprintf("%.300v\nwas read as\n%.300v", want, got)}}
}

// marked gives a time or bytes that the CLI shows as text the mark of the
// answer, if that is of the kind.
func marked(want map[string]any, text string) any {
	if _, ok := want["blob"]; ok {
		return map[string]any{"blob": text}
	}
	if plain, ok := strings.CutSuffix(text, "+00:00"); ok && want["time"] != nil {
		return map[string]any{"time": plain + "Z"}
	}
	return text
}

// parsed is a document that is percent-encoded JSON.
func parsed(text string) any {
	plain, err := url.PathUnescape(text)
	if err != nil {
		return text
	}
	var v any
	if err := json.Unmarshal([]byte(plain), &v); err != nil {
		return text
	}
	return v
}

// TestDifferences holds that no difference is overlooked.
func TestDifferences(t *testing.T) {
	for _, c := range []struct{ want, got, kind string }{
		{`{"A":"x"}`, `{"A":"x"}`, ""},
		{`{"A":"x"}`, `{}`, missing},
		{`{}`, `{"A":"x"}`, "not in the answer"},
		{`{"A":1}`, `{"A":"1"}`, "different"},
		{`{"A":"true"}`, `{"A":true}`, "different"},
		{`{"A":[]}`, `{"A":null}`, "different"},
		{`{"A":[]}`, `{}`, missing},
		{`{"A":["x"]}`, `{"A":"x"}`, "different"},
		{`{"A":["x","y"]}`, `{"A":["x"]}`, "different"},
		{`{"A":["x","y"]}`, `{"A":["y","x"]}`, "different"},
		{`{"A":{"time":"2026-03-01T12:00:00Z"}}`, `{"A":{"time":"2026-03-01T12:00:00Z"}}`, ""},
		{`{"A":{"time":"2026-03-01T12:00:00Z"}}`, `{"A":"2026-03-01T12:00:00+00:00"}`, ""},
		{`{"A":{"time":"2026-03-01T12:00:00Z"}}`, `{"A":"2026-03-01T12:00:01+00:00"}`, "different"},
		{`{"A":{"time":"2026-03-01T12:00:00Z"}}`, `{"A":"2026-03-01T12:00:00Z"}`, "different"},
		{`{"A":{"blob":"eA=="}}`, `{"A":"eA=="}`, ""},
		{`{"A":{"blob":"eA=="}}`, `{"A":"eQ=="}`, "different"},
		{`{"A":"2026-03-01T12:00:00Z"}`, `{"A":{"time":"2026-03-01T12:00:00Z"}}`, "different"},
		{`{"PolicyDocument":"%7B%22a%22%3A1%7D"}`, `{"PolicyDocument":{"a":1}}`, ""},
		{`{"PolicyDocument":"%7B%22a%22%3A1%7D"}`, `{"PolicyDocument":{"a":2}}`, "different"},
		{`{"Name":"%7B%22a%22%3A1%7D"}`, `{"Name":{"a":1}}`, "different"},
	} {
		var want, got any
		if err := json.Unmarshal([]byte(c.want), &want); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal([]byte(c.got), &got); err != nil {
			t.Fatal(err)
		}
		kind := ""
		if d := differences("", want, got); len(d) > 0 {
			kind = d[0].kind
		}
		if kind != c.kind {
			t.Errorf("%s and %s: %q, want %q", c.want, c.got, kind, c.kind)
		}
	}
}
