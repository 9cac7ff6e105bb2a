package storetest

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/aratame/aratame/internal/store"
)

// Fault is what happens to one write.
type Fault int

const (
	// Clean lets the write through.
	Clean Fault = iota
	// Failed writes nothing and says so: ErrUnavailable.
	Failed
	// Lost writes nothing and gives ErrUnknown.
	Lost
	// Landed writes and gives ErrUnknown: failed, but persisted.
	Landed
	// Late gives ErrUnknown and writes after the next Load or Versions has
	// returned, so that a re-read that shows nothing proves nothing.
	Late
)

func (f Fault) String() string {
	return [...]string{"clean", "failed", "lost", "landed", "late"}[f]
}

// Faults are all that can go wrong with a write.
var Faults = []Fault{Failed, Lost, Landed, Late}

// Faulty passes all calls to a store and lets writes (Commit, Ack and Merge)
// fail by script. Reads never fail. A batch beyond the limits is refused before
// it counts as a write.
type Faulty struct {
	store.Store

	mu     sync.Mutex
	script []Fault
	writes int
	late   []func() // writes on their way
}

var _ store.Store = (*Faulty)(nil)

// NewFaulty wraps a store; the n-th write meets the n-th fault of the script,
// those after its end are clean. Closing it closes the store.
func NewFaulty(s store.Store, script ...Fault) *Faulty { return &Faulty{Store: s, script: script} }

// At is a script in which only the n-th write, counted from 1, meets a fault.
func At(n int, f Fault) []Fault { return append(make([]Fault, n-1), f) }

// Script lays down what the next writes meet and counts them from 0 again.
func (f *Faulty) Script(script ...Fault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.script, f.writes = script, 0
}

// Writes is how many writes were asked for since the script began.
func (f *Faulty) Writes() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.writes
}

// Settle lets writes land that are on their way.
func (f *Faulty) Settle() {
	f.mu.Lock()
	late := f.late
	f.late = nil
	f.mu.Unlock()
	for _, write := range late {
		write()
	}
}

// meet runs one write under the fault that is its turn.
func (f *Faulty) meet(ctx context.Context, write func(context.Context) error) error {
	f.mu.Lock()
	fault := Clean
	if f.writes < len(f.script) {
		fault = f.script[f.writes]
	}
	f.writes++
	nth := f.writes
	if fault == Late {
		f.late = append(f.late, func() { _ = write(context.WithoutCancel(ctx)) })
	}
	f.mu.Unlock()
	switch fault {
	case Clean:
		return write(ctx)
	case Failed:
		return fmt.Errorf("%w: write %d: injected", store.ErrUnavailable, nth)
	case Landed:
		_ = write(ctx) // whatever became of it, the caller doesn't learn
	}
	return fmt.Errorf("%w: write %d: injected", store.ErrUnknown, nth)
}

// Commit implements store.Store.
func (f *Faulty) Commit(ctx context.Context, b store.Batch) (v store.Version, err error) {
	if err := b.Check(); err != nil {
		return v, err
	}
	own := clone(b) // a late write can't count on the caller's bytes
	err = f.meet(ctx, func(ctx context.Context) (err error) {
		v, err = f.Store.Commit(ctx, own)
		return err
	})
	if err != nil {
		return store.Version{}, err
	}
	return v, nil
}

// Ack implements store.Store.
func (f *Faulty) Ack(ctx context.Context, upto uint64) error {
	return f.meet(ctx, func(ctx context.Context) error { return f.Store.Ack(ctx, upto) })
}

// Merge implements store.Store.
func (f *Faulty) Merge(ctx context.Context, area string, newest map[string][]byte) error {
	if err := store.CheckMerge(area, newest); err != nil {
		return err
	}
	own := make(map[string][]byte, len(newest))
	for k, v := range newest {
		own[k] = cloneBytes(v)
	}
	return f.meet(ctx, func(ctx context.Context) error { return f.Store.Merge(ctx, area, own) })
}

// Load implements store.Store.
func (f *Faulty) Load(ctx context.Context, unit string) (store.Version, []store.Record, error) {
	defer f.Settle()
	return f.Store.Load(ctx, unit)
}

// Versions implements store.Store.
func (f *Faulty) Versions(ctx context.Context, units []string) (map[string]store.Version, error) {
	defer f.Settle()
	return f.Store.Versions(ctx, units)
}

// EachFault runs a scenario once in peace to count its writes, then once for
// each of them and each fault, every time on a store of its own. The scenario
// drives the store, lets it fail, reads everything anew (after Settle) and holds
// it against its invariants. A scenario that writes nothing fails.
func EachFault(t *testing.T, open func(*testing.T) store.Store, scenario func(*testing.T, *Faulty)) {
	t.Helper()
	run := func(t *testing.T, script ...Fault) int {
		f := NewFaulty(open(t), script...)
		defer f.Close()
		scenario(t, f)
		return f.Writes()
	}
	writes := 0
	t.Run("clean", func(t *testing.T) { writes = run(t) })
	if writes == 0 && !t.Failed() {
		t.Fatal("the scenario wrote nothing")
	}
	for n := 1; n <= writes; n++ {
		for _, fault := range Faults {
			t.Run(fmt.Sprintf("write %d %v", n, fault), func(t *testing.T) { run(t, At(n, fault)...) })
		}
	}
}

func clone(b store.Batch) store.Batch {
	changes := make([]store.Record, len(b.Changes))
	for i, c := range b.Changes {
		changes[i] = store.Record{Key: c.Key, Data: cloneBytes(c.Data)}
	}
	entries := make([]store.OutboxEntry, len(b.Outbox))
	for i, e := range b.Outbox {
		entries[i] = store.OutboxEntry{ID: e.ID, Data: cloneBytes(e.Data)}
	}
	b.Changes, b.Outbox = changes, entries
	b.Claims = append([]store.Claim(nil), b.Claims...)
	return b
}

// cloneBytes keeps the difference between nil, which deletes, and empty.
func cloneBytes(b []byte) []byte {
	if b == nil {
		return nil
	}
	return append(make([]byte, 0, len(b)), b...)
}
