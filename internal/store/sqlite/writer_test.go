package sqlite

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aratame/aratame/internal/store"
	"github.com/aratame/aratame/internal/store/storetest"
)

// hold stops the writer inside a transaction of its own until release is called.
func hold(t *testing.T, s *Store) (release func()) {
	t.Helper()
	begun, goOn, ended := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	var once atomic.Bool
	go func() {
		ended <- s.writer.do(context.Background(), 0, func(*writer) error {
			if once.CompareAndSwap(false, true) {
				close(begun)
				<-goOn
			}
			return nil
		})
	}()
	<-begun
	return func() {
		close(goOn)
		if err := <-ended; err != nil {
			t.Fatal(err)
		}
	}
}

// inWriter runs SQL on the writer's connection.
func inWriter(t *testing.T, s *Store, text string) {
	t.Helper()
	err := s.writer.do(context.Background(), 0, func(w *writer) error {
		_, err := w.conn.ExecContext(context.Background(), text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// queue sends batches to a held writer one after the other and gives where
// their outcomes will be.
func queue(s *Store, batches ...store.Batch) []chan error {
	out := make([]chan error, len(batches))
	for i, b := range batches {
		out[i] = make(chan error, 1)
		go func() {
			_, err := s.Commit(context.Background(), b)
			out[i] <- err
		}()
		for len(s.writer.queue) != i+1 {
			time.Sleep(time.Millisecond)
		}
	}
	return out
}

func one(unit string, base store.Version, size int) store.Batch {
	return store.Batch{Unit: unit, Base: base, Tag: storetest.NewTag(),
		Changes: []store.Record{{Key: "k", Data: []byte(strings.Repeat("x", size))}},
		Outbox:  []store.OutboxEntry{{ID: fmt.Sprintf("%s/%d", unit, base.N+1)}}}
}

// TestGroupMembersDoNotHarmEachOther lets good and bad batches ride together,
// among them one for which the disk is too small.
func TestGroupMembersDoNotHarmEachOther(t *testing.T) {
	for _, full := range []bool{false, true} {
		s := open(t, t.TempDir())
		inWriter(t, s, "PRAGMA max_page_count = 100")
		first := one("a", store.Version{}, 10)
		if _, err := s.Commit(t.Context(), first); err != nil {
			t.Fatal(err)
		}
		size := 10
		if full {
			size = 2 << 20
		}
		release := hold(t, s)
		second := one("a", first.Next(), 20)
		out := queue(s, one("b", store.Version{}, 10), second, one("a", first.Next(), 30), one("c", store.Version{}, size),
			one("a", second.Next(), 40), one("d", first.Next(), 10))
		release()
		want := []error{nil, nil, store.ErrConflict, nil, nil, store.ErrConflict}
		if full {
			want[3] = store.ErrUnavailable
		}
		for i, c := range out {
			err := <-c
			if !errors.Is(err, want[i]) {
				t.Errorf("full %t: batch %d: %v, want %v", full, i, err, want[i])
			}
			if full && i == 3 && (err == nil || !strings.Contains(err.Error(), "disk is full")) {
				t.Errorf("batch %d does not tell of the disk: %v", i, err)
			}
		}
		units, err := s.Units(t.Context(), "", 10)
		wantUnits, wantEvents := "a b c", "a/1 b/1 a/2 c/1 a/3 "
		if full {
			wantUnits, wantEvents = "a b", "a/1 b/1 a/2 a/3 "
		}
		if err != nil || strings.Join(units, " ") != wantUnits {
			t.Errorf("full %t: units are %v, %v", full, units, err)
		}
		events := ""
		list, err := s.Outbox(t.Context(), 0, 10)
		for _, e := range list {
			events += e.ID + " "
		}
		if err != nil || events != wantEvents {
			t.Errorf("full %t: events are %s, %v", full, events, err)
		}
		if !full {
			continue
		}
		inWriter(t, s, "PRAGMA max_page_count = 100000")
		if _, err := s.Commit(t.Context(), one("c", store.Version{}, size)); err != nil {
			t.Errorf("with space again: %v", err)
		}
	}
}

// TestFullDiskLeavesNothing fills the database with one batch after the other
// until one fails, in whatever page that is.
func TestFullDiskLeavesNothing(t *testing.T) {
	for _, size := range []int{100, 3000, 300 << 10} {
		s := open(t, t.TempDir())
		inWriter(t, s, "PRAGMA max_page_count = 60")
		var v store.Version
		var err error
		for v.N < 10_000 {
			b := one("a", v, size)
			b.Changes = append(b.Changes, store.Record{Key: fmt.Sprintf("k/%06d", v.N), Data: make([]byte, size)})
			b.Claims = []store.Claim{{Name: fmt.Sprintf("claim/%06d", v.N)}}
			var next store.Version
			if next, err = s.Commit(t.Context(), b); err != nil {
				break
			}
			v = next
		}
		if !errors.Is(err, store.ErrUnavailable) || !strings.Contains(err.Error(), "disk is full") {
			t.Fatalf("%d bytes: %v after %d commits", size, err, v.N)
		}
		got, records, err := s.Load(t.Context(), "a")
		want := int(v.N) + 1
		if v.N == 0 {
			want = 0
		}
		if err != nil || got != v || len(records) != want {
			t.Fatalf("%d bytes: version %v with %d records, want %v, %v", size, got, len(records), v, err)
		}
		if _, err := s.Resolve(t.Context(), fmt.Sprintf("claim/%06d", v.N)); !errors.Is(err, store.ErrNotFound) {
			t.Fatalf("%d bytes: a claim of the failed commit: %v", size, err)
		}
		if list, err := s.Outbox(t.Context(), v.N, 10); err != nil || len(list) != 0 {
			t.Fatalf("%d bytes: %d events of the failed commit, %v", size, len(list), err)
		}
		inWriter(t, s, "PRAGMA max_page_count = 100000")
		if _, err := s.Commit(t.Context(), one("a", v, size)); err != nil {
			t.Fatalf("%d bytes: with space again: %v", size, err)
		}
	}
}

// TestFailedWriteIsUndone lets an operation write and then fail without SQLite
// ending the transaction by itself: nothing of it may stay, and the writer goes on.
func TestFailedWriteIsUndone(t *testing.T) {
	s := open(t, t.TempDir())
	for _, group := range []bool{false, true} {
		release := func() {}
		if group {
			release = hold(t, s)
		}
		out := make(chan error, 1)
		go func() {
			out <- s.writer.do(context.Background(), 0, func(w *writer) error {
				if _, err := w.st.addEntry.Exec([]byte("half"), []byte{}); err != nil {
					return err
				}
				return errors.New("broken")
			})
		}()
		for group && len(s.writer.queue) != 1 {
			time.Sleep(time.Millisecond)
		}
		release()
		if err := <-out; !errors.Is(err, store.ErrUnavailable) {
			t.Fatalf("group %t: %v", group, err)
		}
		unit := fmt.Sprintf("group/%t", group)
		if _, err := s.Commit(t.Context(), one(unit, store.Version{}, 1)); err != nil {
			t.Fatalf("group %t: the next commit: %v", group, err)
		}
	}
	list, err := s.Outbox(t.Context(), 0, 10)
	if err != nil || len(list) != 2 || list[0].ID != "group/false/1" || list[1].ID != "group/true/1" {
		t.Fatalf("outbox is %v, %v", list, err)
	}
}

// TestContextEndsInTheQueue ends a context while its batch waits.
func TestContextEndsInTheQueue(t *testing.T) {
	s := open(t, t.TempDir())
	release := hold(t, s)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		_, err := s.Commit(ctx, one("a", store.Version{}, 1))
		done <- err
	}()
	for len(s.writer.queue) != 1 {
		time.Sleep(time.Millisecond)
	}
	cancel()
	if err := <-done; !errors.Is(err, store.ErrUnavailable) || !errors.Is(err, context.Canceled) {
		t.Fatalf("%v", err)
	}
	release()
	if _, err := s.Commit(t.Context(), one("b", store.Version{}, 1)); err != nil {
		t.Fatal(err)
	}
	if v, err := s.Versions(t.Context(), []string{"a"}); err != nil || len(v) != 0 {
		t.Fatalf("the batch was written after all: %v, %v", v, err)
	}
}

// TestReadersDoNotWait reads and backs up while the writer is in a transaction.
func TestReadersDoNotWait(t *testing.T) {
	s := open(t, t.TempDir())
	first := one("a", store.Version{}, 10)
	if _, err := s.Commit(t.Context(), first); err != nil {
		t.Fatal(err)
	}
	release := hold(t, s)
	defer release()
	ctx, cancel := context.WithTimeout(t.Context(), 4*time.Second)
	defer cancel()
	if v, _, err := s.Load(ctx, "a"); err != nil || v != first.Next() {
		t.Fatalf("%v, %v", v, err)
	}
	var size counter
	if err := s.Backup(ctx, &size); err != nil || size == 0 {
		t.Fatalf("backup of %d bytes: %v", size, err)
	}
}

type counter int

func (c *counter) Write(p []byte) (int, error) { *c += counter(len(p)); return len(p), nil }
