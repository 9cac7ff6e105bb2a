package archtest

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestArchitecture(t *testing.T) {
	files := scan(t)
	if len(files) < 20 {
		t.Fatalf("only %d files were found", len(files))
	}
	for _, problem := range check(files) {
		t.Error(problem)
	}
}

// check holds files against the tables.
func check(files []file) []string {
	var problems []string
	unknown := map[string]bool{}
	for _, f := range files {
		add := func(format string, args ...any) {
			problems = append(problems, f.path+": "+fmt.Sprintf(format, args...))
		}
		if f.lines > maxLines && !f.generated {
			add("%d lines; split a file before it has more than %d", f.lines, maxLines)
		}
		from := find(f.pkg())
		if from == nil {
			if !unknown[f.pkg()] {
				unknown[f.pkg()] = true
				add("package %s has no row in the table of internal/archtest: give it a level and a reason", f.pkg())
			}
			continue
		}
		for _, p := range f.imports {
			if why := forbidden(from, &f, p); why != "" {
				add("imports %s: %s", p, why)
			}
		}
		if !f.test && !hasClock(f.pkg()) {
			for _, c := range f.clock {
				add("%s: the time is passed in with the call", c)
			}
		}
	}
	return problems
}

func find(pkg string) *row {
	for i := range packages {
		if packages[i].path == pkg {
			return &packages[i]
		}
	}
	return nil
}

// hasClock tells whether a package may read the clock and randomness itself.
func hasClock(pkg string) bool {
	return slices.ContainsFunc(clocks, func(c clock) bool { return c.path == pkg })
}

// forbidden says why a file may not import p, or "".
func forbidden(from *row, f *file, p string) string {
	if own, ok := strings.CutPrefix(p, module+"/"); ok {
		if f.test {
			return "" // a test may start the whole server; Go itself refuses cycles
		}
		return forbiddenPackage(from, own)
	}
	if p == module {
		return "the module's root holds no code"
	}
	if !strings.Contains(strings.SplitN(p, "/", 2)[0], ".") {
		return forbiddenStandard(from, f, p)
	}
	return forbiddenLibrary(from, f, p)
}

func forbiddenPackage(from *row, own string) string {
	to := find(own)
	switch {
	case to == nil:
		return "it has no row in the table"
	case isPublic(from):
		return "a public package imports the standard library only: " + from.reason
	case isKit(own) && !isKit(from.path):
		return "a test kit is for tests"
	case to.level < from.level, slices.Contains(from.beside, own):
		return ""
	}
	return fmt.Sprintf("%s is of level %d, %s of level %d: %s", from.path, from.level, own, to.level, from.reason)
}

// isKit tells whether a package exists for tests; its name then ends so.
func isKit(pkg string) bool { return strings.HasSuffix(pkg, "test") }

func isPublic(r *row) bool { return r.level == public && !strings.HasPrefix(r.path, "internal/") }

// forbiddenStandard keeps randomness out of where it is passed in, and the
// network and the disk out of the engine.
func forbiddenStandard(from *row, f *file, p string) string {
	if f.test {
		return ""
	}
	switch p {
	case "crypto/rand", "math/rand", "math/rand/v2":
		if !hasClock(from.path) {
			return "randomness is passed in with the call"
		}
	case "unsafe", "plugin", "C":
		return "not in a security boundary"
	}
	if from.path == "policy" && slices.Contains([]string{"os", "os/exec", "io/fs", "net", "net/http", "log", "log/slog", "context", "syscall"}, p) {
		return from.reason
	}
	return ""
}

func forbiddenLibrary(from *row, f *file, p string) string {
	for _, l := range libraries {
		if p != l.path && !strings.HasPrefix(p, l.path+"/") {
			continue
		}
		if !f.test && isPublic(from) {
			return "a public package imports the standard library only: " + from.reason
		}
		if f.test || slices.Contains(l.users, from.path) {
			return ""
		}
		return fmt.Sprintf("only %s may: %s", strings.Join(append(slices.Clone(l.users), "tests"), ", "), l.reason)
	}
	return "the library has no row in the table of internal/archtest"
}
