package storetest

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/aratame/aratame/internal/store"
)

// Bench measures commits of three records of 500 bytes with one outbox entry,
// by one and by sixteen writers, each on a unit of its own; and reads.
func Bench(b *testing.B, open func(*testing.B) store.Store) {
	for _, writers := range []int{1, 16} {
		b.Run(fmt.Sprintf("commit/writers=%d", writers), func(b *testing.B) {
			s := open(b)
			b.ResetTimer()
			var wg sync.WaitGroup
			for w := range writers {
				n := b.N / writers
				if w < b.N%writers {
					n++
				}
				wg.Go(func() { benchWriter(b, s, fmt.Sprintf("unit/%d", w), n) })
			}
			wg.Wait()
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "commits/s")
		})
	}
	ctx := context.Background()
	b.Run("versions", func(b *testing.B) {
		s := open(b)
		benchWriter(b, s, "1", 1)
		for b.Loop() {
			if _, err := s.Versions(ctx, []string{"1"}); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("load/records=20000", func(b *testing.B) {
		s := open(b)
		Fill(b, s, "1", 20_000, 500)
		for b.Loop() {
			if _, records, err := s.Load(ctx, "1"); err != nil || len(records) != 20_000 {
				b.Fatal(len(records), err)
			}
		}
	})
}

func benchWriter(b *testing.B, s store.Store, unit string, n int) {
	var v store.Version
	data := make([]byte, 500)
	for i := range n {
		batch := store.Batch{Unit: unit, Base: v, Tag: NewTag(),
			Outbox: []store.OutboxEntry{{ID: fmt.Sprintf("%s/%d", unit, i), Data: data}}}
		for k := range 3 {
			batch.Changes = append(batch.Changes, store.Record{Key: fmt.Sprintf("user/AIDA%016d", (i*3+k)%900), Data: data})
		}
		var err error
		if v, err = s.Commit(context.Background(), batch); err != nil {
			b.Error(err)
			return
		}
	}
}

// Fill creates a unit with n records of size bytes, in commits as large as allowed.
func Fill(t testing.TB, s store.Store, unit string, n, size int) store.Version {
	t.Helper()
	var v store.Version
	data := make([]byte, size)
	for from := 0; from < n; from += store.MaxChanges {
		batch := store.Batch{Unit: unit, Base: v, Tag: NewTag()}
		for i := from; i < min(n, from+store.MaxChanges); i++ {
			batch.Changes = append(batch.Changes, store.Record{Key: fmt.Sprintf("user/AIDA%016d", i), Data: data})
		}
		var err error
		if v, err = s.Commit(context.Background(), batch); err != nil {
			t.Fatal(err)
		}
	}
	return v
}
