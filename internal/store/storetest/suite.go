package storetest

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"sync/atomic"
	"testing"

	"github.com/aratame/aratame/internal/store"
)

// Engine tells the suite how to make stores. Stores it gives are closed by
// the suite.
type Engine struct {
	// Open gives a new, empty store.
	Open func(t *testing.T) store.Store
	// Restore gives a new store from what Backup wrote.
	Restore func(t *testing.T, backup io.Reader) store.Store
	// Reopen closes a store that Open gave and opens its data again. Nil for
	// engines that keep nothing.
	Reopen func(t *testing.T, s store.Store) store.Store
}

// Run holds an engine to the contract; each promise is a subtest.
func Run(t *testing.T, e Engine) {
	on := func(f func(*testing.T, store.Store)) func(*testing.T) {
		return func(t *testing.T) {
			s := e.Open(t)
			defer s.Close()
			f(t, s)
		}
	}
	t.Run("first commit", on(firstCommit))
	t.Run("stale base", on(staleBase))
	t.Run("sixteen writers leave one chain", on(oneChain))
	t.Run("sixteen units side by side", on(manyUnits))
	t.Run("no half commit", on(noHalfCommit))
	t.Run("load never mixes versions", on(oneVersion))
	t.Run("claims", on(claims))
	t.Run("claims race", on(claimRace))
	t.Run("outbox", on(outbox))
	t.Run("outbox reader misses nothing", on(outboxReader))
	t.Run("values", on(values))
	t.Run("odd keys", on(oddKeys))
	t.Run("limits", on(limits))
	t.Run("full commit", on(fullCommit))
	t.Run("bytes are copied", on(bytesAreCopied))
	t.Run("units", on(units))
	t.Run("versions", on(versions))
	t.Run("merge", on(merge))
	t.Run("watch", on(watch))
	t.Run("ended context", on(endedContext))
	t.Run("closed", func(t *testing.T) { closed(t, e.Open(t)) })
	t.Run("backup", func(t *testing.T) { backup(t, e) })
	t.Run("damaged backup", func(t *testing.T) { backupWriterFails(t, e) })
	if e.Reopen != nil {
		t.Run("reopen", func(t *testing.T) { reopen(t, e) })
	}
}

var tags atomic.Uint64

// NewTag gives a tag that no other call in this process gives. Real callers
// draw theirs at random.
func NewTag() (tag [8]byte) {
	binary.BigEndian.PutUint64(tag[:], tags.Add(1))
	return tag
}

func put(key, data string) store.Record { return store.Record{Key: key, Data: []byte(data)} }
func drop(key string) store.Record      { return store.Record{Key: key} }

func batch(unit string, base store.Version, changes ...store.Record) store.Batch {
	return store.Batch{Unit: unit, Base: base, Tag: NewTag(), Changes: changes}
}

// commit must succeed.
func commit(t *testing.T, s store.Store, b store.Batch) store.Version {
	t.Helper()
	v, err := s.Commit(context.Background(), b)
	if err != nil {
		t.Fatalf("commit to %s at %d: %v", b.Unit, b.Base.N, err)
	}
	if b.Bumps() && v != b.Next() {
		t.Fatalf("commit gave %v, want %v", v, b.Next())
	}
	return v
}

// refused must fail with want.
func refused(t *testing.T, s store.Store, b store.Batch, want error) {
	t.Helper()
	if v, err := s.Commit(context.Background(), b); !errors.Is(err, want) || !v.IsZero() {
		t.Fatalf("commit to %s gave %v, %v; want %v", b.Unit, v, err, want)
	}
}

func load(t *testing.T, s store.Store, unit string) (store.Version, map[string]string) {
	t.Helper()
	v, records, err := s.Load(context.Background(), unit)
	if err != nil {
		t.Fatalf("load %s: %v", unit, err)
	}
	m := make(map[string]string, len(records))
	for i, r := range records {
		if r.Data == nil {
			t.Fatalf("load %s: %q has nil data", unit, r.Key)
		}
		if i > 0 && records[i-1].Key >= r.Key {
			t.Fatalf("load %s: %q after %q", unit, r.Key, records[i-1].Key)
		}
		m[r.Key] = string(r.Data)
	}
	return v, m
}

// holds checks version and records of a unit, given as key, value, key, value.
func holds(t *testing.T, s store.Store, unit string, want store.Version, pairs ...string) {
	t.Helper()
	v, m := load(t, s, unit)
	if v != want {
		t.Fatalf("%s is at %v, want %v", unit, v, want)
	}
	if len(m) != len(pairs)/2 {
		t.Fatalf("%s holds %d records, want %d", unit, len(m), len(pairs)/2)
	}
	for i := 0; i < len(pairs); i += 2 {
		if got, there := m[pairs[i]]; !there || got != pairs[i+1] {
			t.Fatalf("%s: %q is %.40q (there: %t), want %.40q", unit, pairs[i], got, there, pairs[i+1])
		}
	}
}

func resolves(t *testing.T, s store.Store, claim, unit string) {
	t.Helper()
	got, err := s.Resolve(context.Background(), claim)
	if unit == "" {
		if !errors.Is(err, store.ErrNotFound) || got != "" {
			t.Fatalf("claim %q resolves to %q, %v; want ErrNotFound", claim, got, err)
		}
		return
	}
	if err != nil || got != unit {
		t.Fatalf("claim %q resolves to %q, %v; want %q", claim, got, err, unit)
	}
}

func entries(t *testing.T, s store.Store, after uint64, n int) []store.OutboxEntry {
	t.Helper()
	got, err := s.Outbox(context.Background(), after, n)
	if err != nil {
		t.Fatalf("outbox: %v", err)
	}
	return got
}

func ids(list []store.OutboxEntry) (out string) {
	for _, e := range list {
		out += fmt.Sprintf("%s=%s ", e.ID, e.Data)
	}
	return out
}
