package storetest_test

import (
	"context"
	"errors"
	"io"
	"strconv"
	"testing"

	"github.com/aratame/aratame/internal/store"
	"github.com/aratame/aratame/internal/store/memory"
	"github.com/aratame/aratame/internal/store/storetest"
)

func open(*testing.T) store.Store { return memory.New() }

// A Faulty without a script is a store like any other.
func TestFaultyConforms(t *testing.T) {
	storetest.Run(t, storetest.Engine{
		Open: func(*testing.T) store.Store { return storetest.NewFaulty(memory.New()) },
		Restore: func(t *testing.T, backup io.Reader) store.Store {
			s, err := memory.Restore(backup)
			if err != nil {
				t.Fatal(err)
			}
			return storetest.NewFaulty(s)
		},
	})
}

func TestEachFaultShowsItself(t *testing.T) {
	ctx := context.Background()
	want := map[storetest.Fault]struct {
		err   error
		early uint64 // version read at once
		late  uint64 // and then
	}{
		storetest.Clean:  {nil, 1, 1},
		storetest.Failed: {store.ErrUnavailable, 0, 0},
		storetest.Lost:   {store.ErrUnknown, 0, 0},
		storetest.Landed: {store.ErrUnknown, 1, 1},
		storetest.Late:   {store.ErrUnknown, 0, 1},
	}
	for fault, w := range want {
		f := storetest.NewFaulty(open(t), storetest.At(2, fault)...)
		if _, err := f.Commit(ctx, store.Batch{Unit: "other", Tag: storetest.NewTag(), Changes: []store.Record{{Key: "k"}}}); err != nil {
			t.Fatalf("%v: the write before: %v", fault, err)
		}
		data := []byte("v")
		b := store.Batch{Unit: "1", Tag: storetest.NewTag(), Changes: []store.Record{{Key: "k", Data: data}}}
		v, err := f.Commit(ctx, b)
		if !errors.Is(err, w.err) || err != nil && !v.IsZero() {
			t.Errorf("%v: %v, %v", fault, v, err)
		}
		data[0] = '!'
		for i, n := range []uint64{w.early, w.late} {
			got, records, err := f.Load(ctx, "1")
			if err != nil || got.N != n || n == 1 && (got != b.Next() || string(records[0].Data) != "v") {
				t.Errorf("%v: read %d shows %v, %v", fault, i, got, err)
			}
		}
	}
}

// TestEachFaultFindsLostUpdates counts with a writer that follows the rules for
// unknown outcomes; whatever fails, the count is that of the acknowledged.
func TestEachFaultFindsLostUpdates(t *testing.T) {
	runs := 0
	storetest.EachFault(t, open, func(t *testing.T, f *storetest.Faulty) {
		runs++
		acknowledged := 0
		for range 4 {
			if increment(t, f) {
				acknowledged++
			}
		}
		f.Settle()
		v, records, err := f.Load(context.Background(), "1")
		if err != nil || int(v.N) != acknowledged || string(records[0].Data) != strconv.Itoa(acknowledged) {
			t.Fatalf("%d acknowledged, the store is at %v with %q, %v", acknowledged, v, records, err)
		}
	})
	if want := 1 + 4*len(storetest.Faults); runs != want {
		t.Fatalf("%d runs, want %d", runs, want)
	}
}

func increment(t *testing.T, s store.Store) bool {
	ctx := context.Background()
	var sent store.Version // of the unknown outcome
	for range 5 {
		v, records, err := s.Load(ctx, "1")
		if err != nil {
			t.Fatal(err)
		}
		if !sent.IsZero() && v == sent {
			return true
		}
		n := 0
		if len(records) > 0 {
			n, _ = strconv.Atoi(string(records[0].Data))
		}
		b := store.Batch{Unit: "1", Base: v, Tag: storetest.NewTag(),
			Changes: []store.Record{{Key: "n", Data: []byte(strconv.Itoa(n + 1))}}}
		switch _, err := s.Commit(ctx, b); {
		case err == nil:
			return true
		case errors.Is(err, store.ErrUnknown):
			sent = b.Next()
		case !errors.Is(err, store.ErrConflict):
			return false
		}
	}
	t.Fatal("no end of it")
	return false
}
