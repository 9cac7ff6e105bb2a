package pack

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
)

func sample() []Policy {
	doc := func(actions ...string) []byte {
		return []byte(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["` + strings.Join(actions, `","`) + `"],"Resource":"*"}]}`)
	}
	var many []string
	for i := range 9000 { // above one chunk
		many = append(many, fmt.Sprintf("svc%d:Get*", i))
	}
	return []Policy{
		{"One", "/", 10, []Version{{1, 10, doc("a:B")}}},
		{"Big", "/service-role/", 20, []Version{{9, 90, doc(many...)}, {7, 70, doc(many[:5000]...)}, {1, 20, doc(many[100:200]...)}}},
		{"Three", "/", 30, []Version{{3, 33, doc("a:B", "c:D")}, {2, 32, doc("c:D", "a:B")}, {1, 30, doc("x:Y")}}},
	}
}

func TestRoundTrip(t *testing.T) {
	in := sample()
	index, docs, err := Encode(in)
	if err != nil {
		t.Fatal(err)
	}
	a, err := Open(string(index), string(docs))
	if err != nil {
		t.Fatal(err)
	}
	if len(a.Entries) != len(in) {
		t.Fatalf("%d entries, want %d", len(a.Entries), len(in))
	}
	for i, p := range in {
		e := &a.Entries[i]
		if e.Name != p.Name || e.Path != p.Path || e.Created != p.Created || len(e.Versions) != len(p.Versions) {
			t.Errorf("entry %+v, want %+v", e, p.Name)
		}
		for j, v := range p.Versions {
			got, err := a.Document(e, v.N)
			if err != nil || !bytes.Equal(got, v.Document) || e.Versions[j].Created != v.Created {
				t.Errorf("%s v%d: %v, %d bytes, want %d", p.Name, v.N, err, len(got), len(v.Document))
			}
		}
		if _, err := a.Document(e, 1000); !errors.Is(err, ErrVersion) {
			t.Errorf("%s v1000: %v", p.Name, err)
		}
	}
}

func TestEncodeRefuses(t *testing.T) {
	one := []Version{{1, 1, []byte("{}")}}
	for name, p := range map[string]Policy{
		"no name":    {"", "/", 1, one},
		"tab":        {"a\tb", "/", 1, one},
		"line end":   {"a", "/\n/", 1, one},
		"no version": {"a", "/", 1, nil},
		"ascending":  {"a", "/", 1, []Version{{1, 1, []byte("{}")}, {2, 1, []byte("{}")}}},
		"empty":      {"a", "/", 1, []Version{{1, 1, nil}}},
	} {
		if _, _, err := Encode([]Policy{p}); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// Damage gives an error or an intact answer of other content, never a panic.
func TestDamage(t *testing.T) {
	index, docs, err := Encode(sample())
	if err != nil {
		t.Fatal(err)
	}
	try := func(index, docs []byte) {
		a, err := Open(string(index), string(docs))
		if err != nil {
			return
		}
		for i := range a.Entries {
			e := &a.Entries[i]
			for _, v := range e.Versions {
				a.Document(e, int(v.N))
			}
		}
	}
	for i := range index {
		b := bytes.Clone(index)
		b[i] ^= 0x55
		try(b, docs)
		try(index[:i], docs)
	}
	for i := 0; i < len(docs); i += 101 {
		b := bytes.Clone(docs)
		b[i] ^= 0x55
		try(index, b)
		if _, err := Open(string(index), string(docs[:i])); err == nil {
			t.Fatalf("documents cut at %d are accepted", i)
		}
	}
}

func FuzzPatch(f *testing.F) {
	f.Add([]byte(`{"a":["b","c"]}`), diff([]byte(`{"a":["b","c"]}`), []byte(`{"a":["c"]}`)))
	f.Fuzz(func(t *testing.T, base, steps []byte) {
		patch(base, steps)
		out, err := patch(base, diff(base, steps))
		if err != nil || !bytes.Equal(out, steps) {
			t.Fatalf("%q → %q, %v", steps, out, err)
		}
	})
}

func TestPatchRefuses(t *testing.T) {
	for name, steps := range map[string]string{
		"offset outside":  "\x05\x00\x00",
		"length outside":  "\x01\x04\x00",
		"literal outside": "\x00\x00\x03ab",
		"cut":             "\x00\x00",
		"endless varint":  "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff",
	} {
		if out, err := patch([]byte("base"), []byte(steps)); err == nil {
			t.Errorf("%s: %q", name, out)
		}
	}
	big := strings.Repeat("x", maxDocument/2+1)
	step := "\x00\x81\x80\x80\x01\x00" // copy 2 MiB + 1
	if _, err := patch([]byte(big), []byte(step+step)); err == nil {
		t.Error("a document above the limit")
	}
	if out, err := patch([]byte(big), []byte(step)); err != nil || len(out) != len(big) {
		t.Errorf("%d bytes, %v", len(out), err)
	}
}

func TestOpenRefuses(t *testing.T) {
	index, docs, err := Encode(sample())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Open(string(index), string(docs)+"x"); err == nil {
		t.Error("more documents than chunks")
	}
	for name, text := range map[string]string{
		"empty":             "",
		"no line":           "0",
		"chunk beyond":      "1\n",
		"negative chunk":    "0 -1\n",
		"fields":            "0 0\na\t/\t1\t0\t1\n",
		"no such chunk":     "0 0\na\t/\t1\t0\t2\t1:1:1\n",
		"same chunk":        "0 0\na\t/\t1\t0\t0\t1:1:1\n",
		"negative length":   "0 0\na\t/\t1\t0\t1\t1:1:-1\n",
		"length over limit": "0 0\na\t/\t1\t0\t1\t1:1:9999999\n",
		"version form":      "0 0\na\t/\t1\t0\t1\t1:1\n",
	} {
		if _, err := Open(string(deflate([]byte(text))), ""); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}
