//go:build unix

package sqlite

import (
	"bufio"
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aratame/aratame/internal/store"
)

const (
	childDir     = "ARATAME_STORE_TEST_DIR"
	childWriters = 6
	kills        = 20
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(childDir); dir != "" {
		if err := commitForever(dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// commitForever writes until it is killed. Each line of its output is an
// acknowledged commit: unit, number, tag.
func commitForever(dir string) error {
	ctx := context.Background()
	s, err := Open(ctx, Options{Dir: dir, Create: true})
	if err != nil {
		return err
	}
	failed := make(chan error)
	for w := range childWriters {
		go func() { failed <- commitUnit(ctx, s, "unit/"+strconv.Itoa(w)) }()
	}
	return <-failed
}

// commitUnit writes, with every commit, the commit's number into several
// records, one of them in parts, a claim and an event.
func commitUnit(ctx context.Context, s *Store, unit string) error {
	versions, err := s.Versions(ctx, []string{unit})
	if err != nil {
		return err
	}
	for v := versions[unit]; ; {
		b := store.Batch{Unit: unit, Base: v}
		if _, err := rand.Read(b.Tag[:]); err != nil {
			return err
		}
		number := strconv.FormatUint(v.N+1, 10)
		for k := range 5 {
			b.Changes = append(b.Changes, store.Record{Key: "k/" + strconv.Itoa(k), Data: []byte(number)})
		}
		if v.N%16 == 0 || v.N%16 == 8 {
			large := store.Record{Key: "large"} // there after commits 1, 17, … gone after 9, 25, …
			if v.N%16 == 0 {
				large.Data = []byte(strings.Repeat("x", 400<<10))
			}
			b.Changes = append(b.Changes, large)
		}
		b.Claims = []store.Claim{{Name: unit + "/" + number}, {Name: unit + "/" + strconv.FormatUint(v.N, 10), Drop: true}}
		b.Outbox = []store.OutboxEntry{{ID: unit + "/" + number}}
		if v, err = s.Commit(ctx, b); err != nil {
			return err
		}
		if _, err := fmt.Printf("%s %d %x\n", unit, v.N, v.Tag); err != nil {
			return err
		}
	}
}

// TestKill ends a writing process with SIGKILL again and again: what it had
// acknowledged is there, and nothing is there by half.
func TestKill(t *testing.T) {
	dir := t.TempDir()
	acknowledged := make(map[string]store.Version)
	total := 0
	for kill := range kills {
		total += runAndKill(t, dir, time.Duration(20+37*kill%180)*time.Millisecond, acknowledged)
		checkAfterKill(t, dir, acknowledged)
	}
	if total < kills*childWriters {
		t.Fatalf("only %d commits were acknowledged before %d kills", total, kills)
	}
	t.Logf("%d commits acknowledged, %d kills", total, kills)
}

// runAndKill lets a child commit for a while after its first acknowledgement
// and notes what it acknowledged.
func runAndKill(t *testing.T, dir string, after time.Duration, acknowledged map[string]store.Version) (lines int) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childDir+"="+dir)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer time.AfterFunc(time.Minute, func() { _ = cmd.Process.Kill() }).Stop()
	for scanner := bufio.NewScanner(out); scanner.Scan(); lines++ {
		if lines == 0 {
			time.AfterFunc(after, func() { _ = cmd.Process.Kill() })
		}
		var unit string
		var tag []byte
		var v store.Version
		// The last line may be cut off: then it says nothing.
		if n, _ := fmt.Sscanf(scanner.Text(), "%s %d %x", &unit, &v.N, &tag); n == 3 && copy(v.Tag[:], tag) == len(v.Tag) {
			acknowledged[unit] = v
		}
	}
	_ = cmd.Wait()
	if lines == 0 {
		t.Fatalf("the child acknowledged nothing: %s", stderr.String())
	}
	return lines
}

func checkAfterKill(t *testing.T, dir string, acknowledged map[string]store.Version) {
	t.Helper()
	ctx := t.Context()
	s, err := Open(ctx, Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	events := make(map[string]bool)
	for last := uint64(0); ; {
		page, err := s.Outbox(ctx, last, store.MaxPage)
		if err != nil {
			t.Fatal(err)
		}
		if len(page) == 0 {
			break
		}
		for _, e := range page {
			events[e.ID] = true
			last = e.Seq
		}
	}
	inUnits := 0
	for w := range childWriters {
		unit := "unit/" + strconv.Itoa(w)
		got, records, err := s.Load(ctx, unit)
		if err != nil {
			t.Fatal(err)
		}
		// One writer per unit has one commit on its way at most.
		want := acknowledged[unit]
		if got != want && got.N != want.N+1 {
			t.Fatalf("%s is at %v, acknowledged was %v", unit, got, want)
		}
		acknowledged[unit] = got
		inUnits += int(got.N)
		number := strconv.FormatUint(got.N, 10)
		for _, r := range records {
			if r.Key != "large" && string(r.Data) != number {
				t.Fatalf("%s at %d: %s is of %s", unit, got.N, r.Key, r.Data)
			}
		}
		wantRecords := 0
		if got.N > 0 {
			wantRecords = 5
			if (got.N-1)%16 < 8 {
				wantRecords = 6
			}
		}
		if len(records) != wantRecords {
			t.Fatalf("%s at %d: %d records, want %d", unit, got.N, len(records), wantRecords)
		}
		for n := uint64(1); n <= got.N; n++ {
			id := unit + "/" + strconv.FormatUint(n, 10)
			if !events[id] {
				t.Fatalf("%s at %d: the event of %d is lost", unit, got.N, n)
			}
			if holder, err := s.Resolve(context.WithoutCancel(ctx), id); (err == nil) != (n == got.N) || err == nil && holder != unit {
				t.Fatalf("%s at %d: claim of %d is held by %q, %v", unit, got.N, n, holder, err)
			}
		}
	}
	if len(events) != inUnits {
		t.Fatalf("%d events for %d commits", len(events), inUnits)
	}
}
