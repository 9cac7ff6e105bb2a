package audit

import (
	"context"
	"fmt"
	"time"
)

// An OutboxEntry is an event that was committed with its change.
type OutboxEntry struct {
	Seq  uint64
	ID   string // the event id
	Data []byte // what Encode gave
}

// An Outbox is the store's list of committed events that are not in the files
// yet.
type Outbox interface {
	// Outbox gives at most n entries with Seq greater than after, ascending.
	Outbox(ctx context.Context, after uint64, n int) ([]OutboxEntry, error)
	// Ack deletes the entries up to and including upto.
	Ack(ctx context.Context, upto uint64) error
}

const drainBatch = 256

// Drain copies the entries of an outbox into the files and acknowledges them
// once they are durable; it returns when the outbox is empty, with the number
// of events written. An entry that was written before, by a process that
// died before its Ack, is recognised by its id and only acknowledged.
//
// One process drains an outbox at a time; within it, calls of Drain queue up.
// An error leaves the rest where it is, to be drained later.
func (l *Log) Drain(ctx context.Context, src Outbox) (written int, err error) {
	l.drain.Lock()
	defer l.drain.Unlock()
	for after := uint64(0); ; {
		got, err := src.Outbox(ctx, after, drainBatch)
		if err != nil {
			return written, fmt.Errorf("audit: reading the outbox: %w", err)
		}
		if len(got) == 0 {
			l.caught = true
			return written, nil
		}
		n, err := l.drainBatch(got)
		written += n
		if err != nil {
			return written, err
		}
		after = got[len(got)-1].Seq
		if err := src.Ack(ctx, after); err != nil {
			return written, fmt.Errorf("audit: acknowledging the outbox: %w", err)
		}
	}
}

// drainBatch writes entries past the queue: a batch of their own keeps order
// and needs no second copy in memory.
func (l *Log) drainBatch(got []OutboxEntry) (int, error) {
	entries := make([]*entry, 0, len(got))
	for _, o := range got {
		p, err := placeOf(o.Data)
		if err == nil && p.EventID != o.ID {
			err = fmt.Errorf("audit: its id is %s", p.EventID)
		}
		if err != nil {
			return 0, fmt.Errorf("audit: outbox entry %d (%s) is damaged: %w", o.Seq, o.ID, err)
		}
		if l.recent.has(o.ID) {
			continue
		}
		line := make([]byte, 0, len(o.Data)+1)
		entries = append(entries, &entry{place: p, line: append(append(line, o.Data...), '\n'), waited: true})
	}
	l.sinkMu.Lock()
	defer l.sinkMu.Unlock()
	l.mu.Lock()
	closed := l.closed
	l.mu.Unlock()
	if closed {
		return 0, ErrClosed
	}
	var held map[string]bool
	if !l.caught {
		var err error
		if held, err = l.sink.holds(entries); err != nil {
			return 0, fmt.Errorf("%w: %w", ErrUnavailable, err)
		}
	}
	fresh := entries[:0:0]
	for _, en := range entries {
		if !held[en.EventID] {
			fresh = append(fresh, en)
		}
	}
	l.sink.write(fresh, true)
	n, err := 0, error(nil)
	for _, en := range fresh {
		if en.err != nil {
			err = fmt.Errorf("%w: %w", ErrUnavailable, en.err)
			continue
		}
		n++
		l.recent.add(en.EventID)
	}
	return n, err
}

// Follow drains the outbox whenever poke is signalled and at least at every
// interval, until ctx ends; then it drains once more, for at most a second.
// Poke it after each commit. Errors go to report and are tried again at the next
// interval; while they last, committed events stay in the store.
func (l *Log) Follow(ctx context.Context, src Outbox, poke <-chan struct{}, interval time.Duration, report func(error)) {
	t := time.NewTicker(interval)
	defer t.Stop()
	for {
		if _, err := l.Drain(ctx, src); err != nil && ctx.Err() == nil {
			report(err)
		}
		select {
		case <-poke:
		case <-t.C:
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
			defer cancel()
			if _, err := l.Drain(last, src); err != nil {
				report(err)
			}
			return
		}
	}
}

// recent holds the ids drained last by this process, so that entries which
// come again because an Ack failed are told apart without reading files.
type recent struct {
	ids  map[string]struct{}
	ring []string
	at   int
}

const maxRecent = 8 * drainBatch

func (r *recent) has(id string) bool {
	_, ok := r.ids[id]
	return ok
}

func (r *recent) add(id string) {
	if r.ids == nil {
		r.ids = make(map[string]struct{})
	}
	if len(r.ring) < maxRecent {
		r.ring = append(r.ring, id)
	} else {
		delete(r.ids, r.ring[r.at])
		r.ring[r.at] = id
		r.at = (r.at + 1) % maxRecent
	}
	r.ids[id] = struct{}{}
}
