package audit

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// faults makes the files of a sink fail as a full or broken disk does.
type faults struct {
	left  atomic.Int64 // bytes that still fit
	sync  atomic.Bool  // fsync fails
	cut   atomic.Bool  // truncation fails
	block chan struct{}
}

type faulty struct {
	file
	f *faults
}

func (f faulty) Write(b []byte) (int, error) {
	if f.f.block != nil {
		<-f.f.block
	}
	n := min(int64(len(b)), f.f.left.Load())
	f.f.left.Add(-n)
	if n < int64(len(b)) {
		_, _ = f.file.Write(b[:n])
		return int(n), syscall.ENOSPC
	}
	return f.file.Write(b)
}

func (f faulty) Sync() error {
	if f.f.sync.Load() {
		return syscall.EIO
	}
	return f.file.Sync()
}

func (f faulty) Truncate(n int64) error {
	if f.f.cut.Load() {
		return syscall.EIO
	}
	return f.file.Truncate(n)
}

const plenty = 1 << 40

func openFaulty(root string) (*Log, *faults, *files) {
	f := &faults{}
	f.left.Store(plenty)
	s := newFiles(root)
	open := s.openFile
	s.openFile = func(name string, flag int, perm fs.FileMode) (file, error) {
		x, err := open(name, flag, perm)
		if err != nil {
			return nil, err
		}
		return faulty{x, f}, nil
	}
	return newLog(s), f, s
}

func recovered(t *testing.T, l *Log) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); l.Err() != nil; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("never recovers:", l.Err())
		}
	}
}

func TestDiskFull(t *testing.T) {
	for _, c := range []struct {
		name string
		hurt func(*faults)
		cure func(*faults)
	}{
		{"no space", func(f *faults) { f.left.Store(0) }, func(f *faults) { f.left.Store(plenty) }},
		{"space for half a line", func(f *faults) { f.left.Store(300) }, func(f *faults) { f.left.Store(plenty) }},
		{"half a line that can't be cut", func(f *faults) { f.left.Store(300); f.cut.Store(true) }, func(f *faults) { f.left.Store(plenty); f.cut.Store(false) }},
		{"fsync fails", func(f *faults) { f.sync.Store(true) }, func(f *faults) { f.sync.Store(false) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			l, f, _ := openFaulty(t.TempDir())
			must(t, l.Append(ctx, event("before")))
			must(t, l.AppendAsync(ctx, event("kept"))) // taken, hence never lost
			c.hurt(f)
			if err := l.Append(ctx, event("refused")); !errors.Is(err, ErrUnavailable) {
				t.Fatal(err)
			}
			if l.Err() == nil {
				t.Error("ready though the disk is full")
			}
			if err := l.AppendAsync(ctx, event("refused")); !errors.Is(err, ErrUnavailable) {
				t.Error(err)
			}
			o := &outbox{}
			o.put(t, "committed")
			if n, err := l.Drain(ctx, o); !errors.Is(err, ErrUnavailable) || n != 0 || len(o.entries) != 1 {
				t.Error(n, err)
			}
			c.cure(f)
			recovered(t, l) // by itself, without a call
			must(t, l.AppendAsync(ctx, event("after")))
			if n, err := l.Drain(ctx, o); n != 1 || err != nil {
				t.Error(n, err)
			}
			got := ids(t, l, Query{Account: account})
			slices.Sort(got)
			if d := cmp.Diff([]string{"after", "before", "committed", "kept"}, got); d != "" {
				t.Error(d)
			}
			must(t, l.Close())
		})
	}
}

// With no event in the queue the log must try the disk by itself, or a server
// that is taken out of service for it would never come back.
func TestRecoversIdle(t *testing.T) {
	t.Parallel()
	l, f, _ := openFaulty(t.TempDir())
	f.left.Store(0)
	if err := l.Append(ctx, event("refused")); !errors.Is(err, ErrUnavailable) {
		t.Fatal(err)
	}
	time.Sleep(retryInterval + 200*time.Millisecond)
	if l.Err() == nil {
		t.Error("ready though the disk is still full")
	}
	f.left.Store(plenty)
	recovered(t, l)
	must(t, l.Close())
}

// Attempts on a disk that fails must not fill the directory with empty files.
func TestFailedFilesAreRemoved(t *testing.T) {
	t.Parallel()
	l, f, s := openFaulty(t.TempDir())
	f.sync.Store(true)
	for range 3 {
		if err := l.Append(ctx, event("refused")); !errors.Is(err, ErrUnavailable) {
			t.Fatal(err)
		}
		if names, err := s.list(day{account, "2026/03/04"}); err != nil || len(names) != 0 {
			t.Error(names, err)
		}
	}
	must(t, l.Close())
}

func TestCloseTellsOfLoss(t *testing.T) {
	l, f, _ := openFaulty(t.TempDir())
	must(t, l.AppendAsync(ctx, event("lost")))
	f.left.Store(0)
	if err := l.Close(); !errors.Is(err, syscall.ENOSPC) {
		t.Error(err)
	}
}

func TestBackPressure(t *testing.T) {
	l, f, _ := openFaulty(t.TempDir())
	f.block = make(chan struct{})
	n := 0
	for ; n <= 3*maxQueue; n++ {
		short, cancel := context.WithTimeout(ctx, 200*time.Millisecond)
		err := l.AppendAsync(short, event(fmt.Sprint(n)))
		cancel()
		if errors.Is(err, context.DeadlineExceeded) {
			break
		}
		must(t, err)
	}
	if n < maxQueue || n > 2*maxQueue {
		t.Error("taken before the queue was full:", n)
	}
	waiting := make(chan error)
	go func() { waiting <- l.AppendAsync(ctx, event("last")) }()
	close(f.block)
	must(t, <-waiting)
	if got := ids(t, l, Query{Account: account}); len(got) != n+1 {
		t.Error(len(got), "of", n+1)
	}
	must(t, l.Close())
}

func TestAsyncIsWritten(t *testing.T) {
	root := t.TempDir()
	l, err := OpenFiles(root)
	must(t, err)
	must(t, l.AppendAsync(ctx, event("x")))
	name := filepath.Join(root, account, "2026", "03", "04", "000001.jsonl")
	for end := time.Now().Add(5 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		if b, _ := os.ReadFile(name); len(b) > 0 {
			break
		}
		if time.Now().After(end) {
			t.Fatal("not written")
		}
	}
	must(t, l.Close())
}

func TestTornLine(t *testing.T) {
	line := func(id string) string {
		b, err := Encode(event(id))
		must(t, err)
		return string(b) + "\n"
	}
	for _, c := range []struct{ name, content, kept string }{
		{"empty file", "", ""},
		{"whole", line("a") + line("b"), line("a") + line("b")},
		{"cut line", line("a") + line("b")[:70], line("a")},
		{"line without its feed", line("a") + strings.TrimSuffix(line("b"), "\n"), line("a")},
		{"only a cut line", line("a")[:10], ""},
		{"zeros after a power loss", line("a") + strings.Repeat("\x00", 70_000), line("a")},
	} {
		t.Run(c.name, func(t *testing.T) {
			root := t.TempDir()
			dir := filepath.Join(root, account, "2026", "03", "04")
			must(t, os.MkdirAll(dir, 0o700))
			name := filepath.Join(dir, "000003.jsonl")
			must(t, os.WriteFile(name, []byte(c.content), 0o600))
			l, err := OpenFiles(root)
			must(t, err)
			before := ids(t, l, Query{Account: account}) // readable before the repair
			must(t, l.Append(ctx, event("new")))
			after := ids(t, l, Query{Account: account})
			if !slices.Equal(after, append([]string{"new"}, before...)) || len(before) != strings.Count(c.kept, "\n") {
				t.Error(before, after)
			}
			got, err := os.ReadFile(name)
			must(t, err)
			if string(got) != c.kept+line("new") {
				t.Errorf("%q", got)
			}
			must(t, l.Close())
		})
	}
}

func TestDamagedLine(t *testing.T) {
	root := t.TempDir()
	l, err := OpenFiles(root)
	must(t, err)
	must(t, l.Append(ctx, event("a")))
	name := filepath.Join(root, account, "2026", "03", "04", "000001.jsonl")
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_APPEND, 0)
	must(t, err)
	_, err = f.WriteString("secret garbage\n")
	must(t, errors.Join(err, f.Close()))
	must(t, l.Append(ctx, event("b")))
	var got []string
	for r, err := range l.Scan(ctx, Query{Account: account}) {
		var d *DamageError
		if errors.As(err, &d) {
			r.EventID = "damage"
			if strings.Contains(err.Error(), "secret") {
				t.Error(err)
			}
		} else {
			must(t, err)
		}
		got = append(got, r.EventID)
	}
	if !slices.Equal(got, []string{"b", "damage", "a"}) {
		t.Error(got)
	}
	must(t, l.Close())
}

func TestRotation(t *testing.T) {
	root := t.TempDir()
	l, _, s := openFaulty(root)
	s.max = 2000
	var want []string
	for i := range 30 {
		e := event(fmt.Sprint("e", i))
		if i%7 == 0 { // longer than the chunks in which files are read
			e.RequestParameters = []byte(`"` + strings.Repeat("x", 90_000) + `"`)
			e.AdditionalEventData = e.RequestParameters[:0]
		}
		must(t, l.Append(ctx, e))
		want = append(want, e.EventID)
	}
	slices.Reverse(want)
	if d := cmp.Diff(want, ids(t, l, Query{Account: account})); d != "" {
		t.Error(d)
	}
	if names, err := s.list(day{account, "2026/03/04"}); err != nil || len(names) < 5 {
		t.Error(names, err)
	}
	must(t, l.Close())
	l, err := OpenFiles(root)
	must(t, err)
	must(t, l.Append(ctx, event("again")))
	if got := ids(t, l, Query{Account: account}); !slices.Equal(got, append([]string{"again"}, want...)) {
		t.Error(got)
	}
	must(t, l.Close())
}

func TestLongFilesAreReadInChunks(t *testing.T) {
	l, err := OpenFiles(t.TempDir())
	must(t, err)
	var want []string
	for i := range 40 {
		e := event(fmt.Sprint("e", i))
		e.RequestParameters = []byte(`"` + strings.Repeat("x", 60_000+i*1000) + `"`)
		must(t, l.AppendAsync(ctx, e))
		want = append(want, e.EventID)
	}
	slices.Reverse(want)
	if d := cmp.Diff(want, ids(t, l, Query{Account: account})); d != "" {
		t.Error(d)
	}
	must(t, l.Close())
}

func TestManyAccounts(t *testing.T) {
	l, _, s := openFaulty(t.TempDir())
	for range 2 {
		for i := range maxOpen + 20 {
			e := event("x")
			e.RecipientAccountID = fmt.Sprintf("%012d", i)
			must(t, l.Append(ctx, e))
		}
	}
	l.sinkMu.Lock()
	if len(s.open) > maxOpen {
		t.Error(len(s.open), "files open")
	}
	l.sinkMu.Unlock()
	if got := ids(t, l, Query{Account: "000000000003"}); len(got) != 2 {
		t.Error(got)
	}
	must(t, l.Close())
}

func TestOpenFilesRefuses(t *testing.T) {
	dir := t.TempDir()
	plain := filepath.Join(dir, "plain")
	must(t, os.WriteFile(plain, nil, 0o600))
	if l, err := OpenFiles(plain); err == nil || l != nil {
		t.Error("a plain file is taken for a directory")
	}
	if l, err := OpenFiles(filepath.Join(plain, "audit")); err == nil || l != nil {
		t.Error("a directory below a plain file")
	}
	// Nor is anything written through a link.
	victim, linked := filepath.Join(dir, "victim"), filepath.Join(dir, "linked")
	must(t, os.WriteFile(victim, []byte("precious"), 0o600))
	must(t, os.Mkdir(linked, 0o700))
	must(t, os.Symlink(victim, filepath.Join(linked, "probe")))
	if l, err := OpenFiles(linked); err == nil || l != nil {
		t.Error("a link in the place of the probe is followed")
	}
	if b, err := os.ReadFile(victim); err != nil || string(b) != "precious" {
		t.Errorf("%q, %v", b, err)
	}
	root, aim := filepath.Join(dir, "audit"), filepath.Join(dir, "aim")
	day := filepath.Join(root, account, "2026", "03", "04")
	must(t, os.MkdirAll(day, 0o700))
	must(t, os.Symlink(aim, filepath.Join(day, "000001.jsonl")))
	l, err := OpenFiles(root)
	must(t, err)
	if err := l.Append(ctx, event("x")); !errors.Is(err, ErrUnavailable) {
		t.Error(err)
	}
	if _, err := os.Stat(aim); err == nil {
		t.Error("written through a link")
	}
	must(t, l.Close())
}

// TestKill runs this test binary as a server that is killed while it appends:
// every acknowledged event must be found again, once.
func TestKill(t *testing.T) {
	if root := os.Getenv("AUDIT_KILL_CHILD"); root != "" {
		killChild(root)
	}
	root := t.TempDir()
	acked := map[string]bool{}
	for round := range 8 {
		cmd := exec.Command(os.Args[0], "-test.run=^TestKill$")
		cmd.Env = append(os.Environ(), "AUDIT_KILL_CHILD="+root, fmt.Sprint("AUDIT_KILL_ROUND=", round))
		out, err := cmd.StdoutPipe()
		must(t, err)
		must(t, cmd.Start())
		lines := bufio.NewScanner(out)
		n, most := 0, 50+round*150
		for lines.Scan() {
			if id, ok := strings.CutPrefix(lines.Text(), "ack "); ok {
				acked[id] = true
			}
			if n++; n == most {
				must(t, cmd.Process.Kill())
			}
		}
		if err := cmd.Wait(); err == nil || n < most {
			t.Fatal("the child ended by itself", n, err)
		}
	}
	l, err := OpenFiles(root)
	must(t, err)
	must(t, l.Append(ctx, event("end")))
	found := map[string]int{}
	for _, id := range ids(t, l, Query{Account: account}) {
		found[id]++
	}
	must(t, l.Close())
	for id := range acked {
		if found[id] != 1 {
			t.Errorf("%s was acknowledged and is there %d times", id, found[id])
		}
	}
	t.Logf("%d acknowledged, %d found", len(acked), len(found))
}

func killChild(root string) {
	l, err := OpenFiles(root)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(3)
	}
	round := os.Getenv("AUDIT_KILL_ROUND")
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			for i := range 100_000 {
				id := fmt.Sprintf("r%s-%d-%d", round, g, i)
				if err := l.Append(ctx, event(id)); err != nil {
					fmt.Fprintln(os.Stderr, err)
					os.Exit(3)
				}
				fmt.Println("ack", id)
			}
		})
	}
	wg.Wait()
	os.Exit(3)
}

// FuzzFile appends to a file of any content: no full line may change, and the
// new event must be read back.
func FuzzFile(f *testing.F) {
	b, err := Encode(event("a"))
	must(f, err)
	f.Add(append(b, '\n'))
	f.Add(b)
	f.Add([]byte("\n\n{}\n\x00"))
	f.Fuzz(func(t *testing.T, content []byte) {
		root := t.TempDir()
		d := day{account, "2026/03/04"}
		s := newFiles(root)
		must(t, mkdir(s.dir(d)))
		name := filepath.Join(s.dir(d), "000001.jsonl")
		must(t, os.WriteFile(name, content, 0o600))
		en, err := newEntry(event("new"))
		must(t, err)
		s.write([]*entry{en}, true)
		must(t, en.err)
		must(t, s.close())
		got, err := os.ReadFile(name)
		must(t, err)
		if want := string(content[:strings.LastIndexByte(string(content), '\n')+1]) + string(en.line); string(got) != want {
			t.Fatalf("%q, want %q", got, want)
		}
		lines, first := 0, ""
		s.scan(Query{Account: account}, func(r Record, err error) bool {
			if lines++; lines == 1 && err == nil {
				first = r.EventID
			}
			return true
		})
		if first != "new" || lines > strings.Count(string(got), "\n") {
			t.Fatal(first, lines)
		}
	})
}
