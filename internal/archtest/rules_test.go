package archtest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Every rule is broken once; a rule that lets its case pass isn't one.
func TestRules(t *testing.T) {
	imports := func(name string, paths ...string) file { return file{path: name, imports: paths} }
	const own = module + "/"
	for _, c := range []struct {
		name string
		file file
		want string // part of the problem; "" means none
	}{
		{"lower level", imports("internal/iam/a.go", own+"internal/api", own+"policy", "fmt"), ""},
		{"higher level", imports("internal/account/a.go", own+"internal/store"), "level 2"},
		{"sibling operation", imports("internal/iam/a.go", own+"internal/sts"), "siblings"},
		{"same level", imports("internal/wire/a.go", own+"internal/decide"), "level 3"},
		{"beside", imports("internal/api/a.go", own+"internal/decide", own+"internal/wire"), ""},
		{"engine to engine", imports("internal/store/memory/a.go", own+"internal/store/sqlite"), "engines"},
		{"contract to engine", imports("internal/store/a.go", own+"internal/store/sqlite"), "level 2"},
		{"engine to contract", imports("internal/store/sqlite/a.go", own+"internal/store", "modernc.org/sqlite/lib"), ""},
		{"public to internal", imports("policy/a.go", own+"internal/awsid"), "standard library only"},
		{"public to public", imports("authz/a.go", own+"policy"), "standard library only"},
		{"public to library", imports("sigv4/a.go", "golang.org/x/crypto/hkdf"), "standard library only"},
		{"engine does I/O", imports("policy/a.go", "os"), "pure"},
		{"generator to server", imports("gen/shapes/a.go", own+"internal/wire"), "generator"},
		{"operation to server", imports("internal/iam/a.go", own+"internal/server"), "level 5"},
		{"command", imports("cmd/aratame/a.go", own+"internal/server", "github.com/spf13/cobra"), ""},
		{"test to server", file{path: "internal/iam/a_test.go", test: true, imports: []string{own + "internal/aratametest"}}, ""},
		{"test kit in code", imports("internal/server/a.go", own+"internal/store/storetest"), "test kit"},
		{"test kit in a kit", imports("internal/aratametest/a.go", own+"internal/store/storetest"), ""},
		{"unknown package", imports("internal/util/a.go", "fmt"), "no row"},
		{"unknown subpackage", imports("policy/deep/a.go", "fmt"), "no row"},
		{"import of unknown", imports("internal/iam/a.go", own+"internal/util"), "no row"},
		{"root package", imports("internal/iam/a.go", module), "root"},
		{"unknown library", imports("internal/iam/a.go", "example.com/x"), "no row"},
		{"unknown library in a test", file{path: "internal/iam/a_test.go", test: true, imports: []string{"example.com/x"}}, "no row"},
		{"library elsewhere", imports("internal/iam/a.go", "modernc.org/sqlite"), "engine"},
		{"prefix is no path", imports("internal/store/sqlite/a.go", "modernc.org/sqliteother"), "no row"},
		{"test library in code", imports("internal/iam/a.go", "github.com/google/go-cmp/cmp"), "only tests"},
		{"test library in a test", file{path: "policy/a_test.go", test: true, imports: []string{"github.com/google/go-cmp/cmp"}}, ""},
		{"clock", file{path: "internal/iam/a.go", clock: []string{"time.Now in line 1"}}, "passed in"},
		{"clock in a test", file{path: "internal/iam/a_test.go", test: true, clock: []string{"time.Now in line 1"}}, ""},
		{"clock in the server", file{path: "internal/server/a.go", clock: []string{"time.Now in line 1"}}, ""},
		{"randomness", imports("internal/session/a.go", "crypto/rand"), "randomness"},
		{"weak randomness", imports("internal/store/a.go", "math/rand/v2"), "randomness"},
		{"randomness in the server", imports("internal/server/a.go", "crypto/rand"), ""},
		{"unsafe", imports("internal/seal/a.go", "unsafe"), "security boundary"},
		{"long", file{path: "internal/iam/a.go", lines: maxLines + 1}, "split"},
		{"long test", file{path: "internal/iam/a_test.go", test: true, lines: maxLines + 1}, "split"},
		{"as long as may be", file{path: "internal/iam/a.go", lines: maxLines}, ""},
		{"long, generated", file{path: "internal/shape/iamshape/a.gen.go", generated: true, lines: 5000}, ""},
	} {
		got := strings.Join(check([]file{c.file}), "\n")
		if c.want == "" && got != "" || c.want != "" && !strings.Contains(got, c.want) {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestParse(t *testing.T) {
	for _, c := range []struct{ name, src, want string }{
		{"plain", "package a\nimport \"time\"\nvar x = time.Now()", "time.Now in line 3"},
		{"as a value", "package a\nimport \"time\"\nvar x = time.Now", "time.Now in line 3"},
		{"renamed", "package a\nimport clock \"time\"\nvar x = clock.Since(y)", "time.Since in line 3"},
		{"dot", "package a\nimport . \"time\"\nvar x = Now()", "dot import"},
		{"build tag", "//go:build plan9\n\npackage a\nimport \"time\"\nvar x = time.Until(y)", "time.Until in line 5"},
		{"another time", "package a\nvar x = time.Now()", ""},
		{"in a comment", "package a\nimport \"time\"\n// time.Now()\nvar x time.Time", ""},
		{"a method", "package a\nimport \"time\"\nfunc f(g gate, d time.Time) { g.Now() }", ""},
	} {
		f, err := parse("internal/iam/a.go", []byte(c.src))
		got := strings.Join(f.clock, ", ")
		if err != nil || c.want == "" && got != "" || !strings.Contains(got, c.want) {
			t.Errorf("%s: %q, %v, want %q", c.name, got, err, c.want)
		}
	}
	f, err := parse("internal/iam/a_test.go", []byte("// Code generated by x. DO NOT EDIT.\n\npackage a\nimport (\n_ \"embed\"\n\"net/http\"\n)\n"))
	if err != nil || !f.generated || !f.test || f.lines != 7 || strings.Join(f.imports, " ") != "embed net/http" || f.pkg() != "internal/iam" {
		t.Errorf("%+v, %v", f, err)
	}
}

// The tables are whole: no row twice, a reason in each, libraries explained.
func TestTables(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range packages {
		if seen[r.path] || r.reason == "" {
			t.Errorf("%s: twice or without a reason", r.path)
		}
		seen[r.path] = true
	}
	for _, r := range packages {
		for _, b := range r.beside {
			if to := find(b); to == nil || to.level != r.level {
				t.Errorf("%s: %s is not of its level", r.path, b)
			}
		}
	}
	text, err := os.ReadFile(filepath.Join(root(t), "docs", "design", "dependencies.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range libraries {
		if seen[l.path] || l.reason == "" || !strings.Contains(string(text), l.path) {
			t.Errorf("%s: twice, without a reason or not in docs/design/dependencies.md", l.path)
		}
		seen[l.path] = true
		for _, u := range l.users {
			if find(u) == nil {
				t.Errorf("%s: no package %s", l.path, u)
			}
		}
	}
	for _, c := range clocks {
		if find(c.path) == nil || c.reason == "" {
			t.Errorf("clocks: %s", c.path)
		}
	}
}
