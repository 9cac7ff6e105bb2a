package usage

import (
	"context"
	"errors"
)

// maxBatch is the number of values of one call of merge; the store takes more.
const maxBatch = 1000

// Flush gives all uses that changed since the last Flush to merge, area by
// area, in maps of at most a thousand keys; a nil value deletes its key. What
// merge refuses is kept for the next Flush, and its errors are returned
// together. merge may be called again with what it had before; the newest
// value must stay. Once a day it drops what is older than RetentionDays first.
func (t *Tracker) Flush(ctx context.Context, merge func(area string, newest map[string][]byte) error) error {
	t.flush.Lock()
	defer t.flush.Unlock()
	t.expire()
	byAccount := map[string][]*entry{}
	for i := range t.shards {
		s := &t.shards[i]
		s.mu.Lock()
		dirty := s.dirty
		s.dirty = nil
		s.mu.Unlock()
		for _, e := range dirty {
			byAccount[e.account] = append(byAccount[e.account], e)
		}
	}
	var errs []error
	for account, entries := range byAccount {
		for len(entries) > 0 {
			n := min(len(entries), maxBatch)
			err := ctx.Err()
			if err == nil {
				err = t.flushBatch(account, entries[:n], merge)
			} else {
				for _, e := range entries[:n] {
					e.dirty.Store(false) // it is on no list
					t.shardOf(e).mark(e)
				}
			}
			if err != nil {
				errs = append(errs, err)
			}
			entries = entries[n:]
		}
	}
	return errors.Join(errs...)
}

func (t *Tracker) flushBatch(account string, entries []*entry, merge func(string, map[string][]byte) error) error {
	values := make(map[string][]byte, len(entries))
	var gone []*entry
	for _, e := range entries {
		// Cleared before the use is read: a note from now on marks it again.
		e.dirty.Store(false)
		if e.gone.Load() {
			values[e.key()] = nil
			gone = append(gone, e)
		} else if u := e.use.Load(); u != nil {
			values[e.key()] = u.encode()
		}
	}
	if err := merge(Area(account), values); err != nil {
		for _, e := range entries {
			t.shardOf(e).mark(e)
		}
		return err
	}
	for _, e := range gone {
		t.remove(e)
	}
	return nil
}
