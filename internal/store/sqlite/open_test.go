package sqlite

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aratame/aratame/internal/store"
	"github.com/aratame/aratame/internal/store/storetest"
)

// filled makes a closed store of some 400 KiB and gives its directory.
func filled(t testing.TB, records int) string {
	dir := filepath.Join(t.TempDir(), "data")
	s := open(t, dir)
	var v store.Version
	for n := 0; n < records; n += store.MaxChanges {
		b := store.Batch{Unit: "1", Base: v, Tag: storetest.NewTag()}
		for i := n; i < min(records, n+store.MaxChanges); i++ {
			b.Changes = append(b.Changes, store.Record{Key: fmt.Sprintf("user/AIDA%016d", i), Data: bytes.Repeat([]byte{'x'}, 1000)})
		}
		var err error
		if v, err = s.Commit(t.Context(), b); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Merge(t.Context(), "used/1", map[string][]byte{"k": {1}}); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{MainFile, AreaFile} {
		if exists(filepath.Join(dir, name+"-wal")) {
			t.Fatalf("Close left the log of %s behind", name)
		}
	}
	return dir
}

func edit(t *testing.T, path string, f func([]byte) []byte) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, f(b), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestOpenRefuses(t *testing.T) {
	cut := func(file string, n int) func(*testing.T, string) {
		return func(t *testing.T, dir string) {
			edit(t, filepath.Join(dir, file), func(b []byte) []byte {
				if n < 0 {
					return b[:len(b)+n]
				}
				return b[:n]
			})
		}
	}
	patch := func(file string, at int, with ...byte) func(*testing.T, string) {
		return func(t *testing.T, dir string) {
			edit(t, filepath.Join(dir, file), func(b []byte) []byte { copy(b[at:], with); return b })
		}
	}
	noise := bytes.Repeat([]byte("noise!"), 3000)
	text := func(t *testing.T, dir string) {
		edit(t, filepath.Join(dir, MainFile), func([]byte) []byte { return bytes.Repeat([]byte("shopping list\n"), 100) })
	}
	for _, c := range []struct {
		name   string
		spoil  func(*testing.T, string)
		want   store.Problem
		advice string
	}{
		{"cut to nothing", cut(MainFile, 0), store.ProblemDamaged, "restore a backup"},
		{"cut in the header", cut(MainFile, 50), store.ProblemDamaged, "restore a backup"},
		{"cut after the header", cut(MainFile, 100), store.ProblemDamaged, "restore a backup"},
		{"cut in the middle", cut(MainFile, 100_000), store.ProblemDamaged, "restore a backup"},
		{"last page cut off", cut(MainFile, -pageSize), store.ProblemDamaged, "restore a backup"},
		{"last byte cut off", cut(MainFile, -1), store.ProblemDamaged, "restore a backup"},
		{"another file", text, store.ProblemForeign, "choose another data directory"},
		{"another program's database", patch(MainFile, 68, 1, 2, 3, 4), store.ProblemForeign, "choose another data directory"},
		{"a newer format", patch(MainFile, 60, 0, 0, 0, formatMain+1), store.ProblemFormat, "or a newer one"},
		{"the other of the two", patch(MainFile, 60, 0, 0, 0, formatArea), store.ProblemFormat, "version of aratame"},
		{"noise in a page", patch(MainFile, 3*pageSize, noise...), store.ProblemDamaged, "restore a backup"},
		{"noise in the schema", patch(MainFile, 100, noise[:2000]...), store.ProblemDamaged, "restore a backup"},
		{"last-used data cut off", cut(AreaFile, 5000), store.ProblemDamaged, "only last-used times are lost"},
		{"last-used data empty", cut(AreaFile, 0), store.ProblemDamaged, "only last-used times are lost"},
		{"last-used data another file", patch(AreaFile, 0, 'x'), store.ProblemForeign, "only last-used times are lost"},
		{"main file gone", func(t *testing.T, dir string) { _ = os.Remove(filepath.Join(dir, MainFile)) },
			store.ProblemDamaged, "restore a backup"},
		{"main file a directory", func(t *testing.T, dir string) {
			_ = os.Remove(filepath.Join(dir, MainFile))
			_ = os.Mkdir(filepath.Join(dir, MainFile), 0o700)
		}, store.ProblemOther, "remove the cause"},
		{"an empty directory", func(t *testing.T, dir string) { _ = os.RemoveAll(dir); _ = os.Mkdir(dir, 0o700) }, store.ProblemMissing, "first start"},
		{"no directory", func(t *testing.T, dir string) { _ = os.RemoveAll(dir) }, store.ProblemMissing, "first start"},
		{"a file for a directory", func(t *testing.T, dir string) { _ = os.RemoveAll(dir); _ = os.WriteFile(dir, nil, 0o600) },
			store.ProblemForeign, "choose another"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := filled(t, 300)
			c.spoil(t, dir)
			before := contents(dir)
			for _, create := range []bool{false, true} {
				if create && c.want == store.ProblemMissing {
					continue
				}
				s, err := Open(t.Context(), Options{Dir: dir, Create: create})
				if err == nil {
					_ = s.Close()
					t.Fatal("opened")
				}
				var refused *store.OpenError
				if !errors.As(err, &refused) || refused.Problem != c.want || !strings.Contains(err.Error(), c.advice) || strings.Contains(err.Error(), "\n") {
					t.Fatalf("create %t: %v", create, err)
				}
				t.Log(err)
				if after := contents(dir); after != before {
					t.Fatalf("the refusal changed the files:\n%s\n%s", before, after)
				}
			}
			if c.want == store.ProblemMissing {
				open(t, dir)
			}
		})
	}
}

// contents describes the databases of a directory; SQLite's side files come
// and go without meaning.
func contents(dir string) string {
	var out strings.Builder
	for _, name := range []string{MainFile, AreaFile} {
		b, err := os.ReadFile(filepath.Join(dir, name))
		fmt.Fprintf(&out, "%s: %d bytes, %t, %x\n", name, len(b), err == nil, partOf(b))
	}
	return out.String()
}

func partOf(b []byte) (sum uint64) {
	for _, c := range b {
		sum = sum*1099511628211 + uint64(c)
	}
	return sum
}

func TestOneProcessPerDirectory(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	var refused *store.OpenError
	if _, err := Open(t.Context(), Options{Dir: dir}); !errors.As(err, &refused) || refused.Problem != store.ProblemInUse {
		t.Fatalf("second open: %v", err)
	}
	if err := Restore(t.Context(), dir, strings.NewReader("")); !errors.As(err, &refused) || refused.Problem != store.ProblemInUse {
		t.Fatalf("restore: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	open(t, dir)
}

// TestDamageInALargeFile is about what no check at the start looks for.
func TestDamageInALargeFile(t *testing.T) {
	dir := filled(t, 6000)
	edit(t, filepath.Join(dir, MainFile), func(b []byte) []byte {
		if len(b) <= quickCheckLimit {
			t.Fatalf("only %d bytes", len(b))
		}
		at := bytes.Index(b[len(b)/2:], bytes.Repeat([]byte{'x'}, 500)) + len(b)/2
		b[at+100] = 'y'
		return b
	})
	s := open(t, dir)
	if _, _, err := s.Load(t.Context(), "1"); !errors.Is(err, store.ErrDamaged) {
		t.Fatalf("load: %v", err)
	}
}

func TestRestoreRefuses(t *testing.T) {
	source := open(t, t.TempDir())
	if _, err := source.Commit(t.Context(), store.Batch{Unit: "1", Tag: storetest.NewTag(),
		Changes: []store.Record{{Key: "k", Data: make([]byte, 200<<10)}}}); err != nil {
		t.Fatal(err)
	}
	var whole bytes.Buffer
	if err := source.Backup(t.Context(), &whole); err != nil {
		t.Fatal(err)
	}
	for _, n := range []int{0, 99, 100, pageSize, whole.Len() / 2, whole.Len() - 1} {
		dir := t.TempDir()
		var refused *store.OpenError
		if err := Restore(t.Context(), dir, bytes.NewReader(whole.Bytes()[:n])); !errors.As(err, &refused) {
			t.Fatalf("%d of %d bytes: %v", n, whole.Len(), err)
		}
		if exists(filepath.Join(dir, MainFile)) {
			t.Fatalf("%d of %d bytes left a database", n, whole.Len())
		}
		if err := Restore(t.Context(), dir, bytes.NewReader(whole.Bytes())); err != nil {
			t.Fatalf("the whole copy after %d bytes of it: %v", n, err)
		}
	}
	used := filled(t, 10)
	before := contents(used)
	if err := Restore(t.Context(), used, &whole); err == nil || contents(used) != before {
		t.Fatalf("restored over a store: %v", err)
	}
}

// TestLeftovers starts where a crash left unfinished files.
func TestLeftovers(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{MainFile + ".new", MainFile + ".new-wal", AreaFile + ".new", backupFile, backupFile + "-journal"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("half"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s := open(t, dir)
	var names []string
	list, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range list {
		names = append(names, e.Name())
		if info, err := e.Info(); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v, %v", e.Name(), info.Mode(), err)
		}
	}
	if strings.Contains(strings.Join(names, " "), "new") || exists(filepath.Join(dir, backupFile)) {
		t.Fatalf("%v", names)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestPragmas(t *testing.T) {
	s := open(t, t.TempDir())
	for _, c := range []struct{ pragma, want string }{
		{"page_size", "8192"}, {"journal_mode", "wal"}, {"synchronous", "2"}, {"foreign_keys", "1"}, {"busy_timeout", "5000"},
	} {
		var got string
		if err := s.writer.conn.QueryRowContext(t.Context(), "PRAGMA "+c.pragma).Scan(&got); err != nil || got != c.want {
			t.Errorf("writer: %s is %s, want %s, %v", c.pragma, got, c.want, err)
		}
	}
	for _, c := range []struct{ pragma, want string }{{"query_only", "1"}, {"journal_mode", "wal"}, {"busy_timeout", "5000"}} {
		var got string
		if err := s.reads.QueryRowContext(t.Context(), "PRAGMA "+c.pragma).Scan(&got); err != nil || got != c.want {
			t.Errorf("reader: %s is %s, want %s, %v", c.pragma, got, c.want, err)
		}
	}
}

func FuzzHeader(f *testing.F) {
	f.Add([]byte("SQLite format 3\x00"))
	f.Add(append([]byte("SQLite format 3\x00\x20\x00"), make([]byte, 82)...))
	f.Fuzz(func(t *testing.T, b []byte) {
		h, err := parseHeader(b)
		if err == nil && (h.pageSize < 512 || h.pageSize > 65536 || h.pages < 0) {
			t.Fatalf("%+v", h)
		}
	})
}
