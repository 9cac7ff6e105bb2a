package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/aratame/aratame/internal/account"
)

// How a Cache writes.
const (
	maxAttempts   = 8                // of one batch, against conflicts and unknown outcomes
	commitTimeout = 10 * time.Second // a client that leaves doesn't cancel other clients' commit
	roomForOne    = 20               // changes that one update may still need
)

// A Cache holds the present View of each account in memory and is the only way
// to change one. Reads cost a map look-up; writes of one account pass one lane,
// where those that wait are committed together.
//
// It relies on being the store's only writer (the embedded engine locks its
// directory). Another writer would be noticed at the next commit, by its
// version, and lead to a reload.
type Cache struct {
	store Store
	rand  io.Reader

	mu    sync.RWMutex
	units map[string]*lane
}

// Effects are what an update leaves beside the changed entities.
type Effects struct {
	Claims []Claim
	// Outbox is committed with the change, or not at all.
	Outbox []OutboxEntry
}

// An UpdateFunc changes the account by tx. It may be called several times, on
// newer state each time, and on another goroutine; only its last call counts.
// An error undoes what it did, and nothing of it is written.
type UpdateFunc func(tx *account.Tx) (Effects, error)

type state struct {
	view    *account.View
	version Version
}

// A lane serialises the writes of one unit.
type lane struct {
	unit  string
	state atomic.Pointer[state]

	load sync.Mutex

	mu    sync.Mutex
	busy  bool
	queue []*update
}

type update struct {
	run  UpdateFunc
	wake chan bool // true: take the lead; false: err is set
	eff  Effects
	err  error
}

// NewCache returns a Cache over s. rand gives the tags of versions.
func NewCache(s Store, rand io.Reader) *Cache {
	return &Cache{store: s, rand: rand, units: map[string]*lane{}}
}

// View returns the account's present state. ErrNotFound: there is no such
// account. ErrUnavailable and account.ErrRecord: it can't be had.
func (c *Cache) View(ctx context.Context, acct string) (*account.View, error) {
	c.mu.RLock()
	l := c.units[acct]
	c.mu.RUnlock()
	if l != nil {
		if s := l.state.Load(); s != nil {
			return s.view, nil
		}
	}
	s, err := c.lane(acct).current(ctx, c.store)
	if err != nil {
		return nil, err
	}
	if s.view == nil {
		c.forget(acct)
		return nil, fmt.Errorf("account %s: %w", acct, ErrNotFound)
	}
	return s.view, nil
}

// Create makes an account. ErrConflict: it exists.
func (c *Cache) Create(ctx context.Context, settings *account.Settings, run UpdateFunc) error {
	l := c.lane(settings.Account)
	s, err := l.current(ctx, c.store)
	if err != nil {
		return err
	}
	if s.view != nil {
		return fmt.Errorf("account %s: %w", settings.Account, ErrConflict)
	}
	tx := account.New(settings).Begin()
	tx.PutSettings(settings)
	eff, err := run(tx)
	if err != nil {
		return err
	}
	return c.write(ctx, l, s, tx, eff)
}

// Update changes an account. The error is that of run; or ErrNotFound,
// *ClaimedError, ErrUnavailable, or ErrConflict when others kept winning. When
// it is nil the change is durable and every later View shows it.
func (c *Cache) Update(ctx context.Context, acct string, run UpdateFunc) error {
	if _, err := c.View(ctx, acct); err != nil {
		return err
	}
	l := c.lane(acct)
	u := &update{run: run, wake: make(chan bool, 1)}
	l.mu.Lock()
	l.queue = append(l.queue, u)
	lead := !l.busy
	l.busy = true
	l.mu.Unlock()
	if !lead && !<-u.wake {
		return u.err
	}
	l.mu.Lock()
	batch := l.queue
	l.queue = nil
	l.mu.Unlock()

	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), commitTimeout)
	defer cancel()
	rest := c.commitSafely(ctx, l, batch)

	l.mu.Lock()
	l.queue = append(rest, l.queue...)
	if len(l.queue) > 0 {
		l.queue[0].wake <- true
	} else {
		l.busy = false
	}
	l.mu.Unlock()
	for _, done := range batch[:len(batch)-len(rest)] {
		if done != u {
			done.wake <- false
		}
	}
	return u.err
}

// commitSafely is commit that lets no panic of the engine or of a record's
// encoding keep the lane: those that wait would wait for ever. What such a
// commit has done is unknown, and the next use of the lane reads it.
func (c *Cache) commitSafely(ctx context.Context, l *lane, batch []*update) (rest []*update) {
	defer func() {
		if r := recover(); r != nil {
			l.state.Store(nil)
			rest = nil
			for _, u := range batch {
				if u.err == nil {
					u.err = fmt.Errorf("store: a commit panicked: %v\n%s: %w", r, debug.Stack(), ErrUnknown)
				}
			}
		}
	}()
	return c.commit(ctx, l, batch)
}

// commit runs as many updates of the batch as fit, the first one at least, and
// commits them together. It returns those that didn't fit.
func (c *Cache) commit(ctx context.Context, l *lane, batch []*update) (rest []*update) {
	for attempt := 1; ; attempt++ {
		s, err := l.current(ctx, c.store)
		if err == nil && s.view == nil {
			err = ErrNotFound
		}
		n := 0
		if err == nil {
			tx := s.view.Begin()
			var eff Effects
			for _, u := range batch {
				if n > 0 && (tx.Len()+len(eff.Claims)+roomForOne > MaxChanges || len(eff.Outbox) >= MaxOutbox) {
					break
				}
				n++
				mark := tx.Mark()
				if u.eff, u.err = runSafely(u.run, tx); u.err != nil {
					tx.Reset(mark)
					continue
				}
				eff.Claims = append(eff.Claims, u.eff.Claims...)
				eff.Outbox = append(eff.Outbox, u.eff.Outbox...)
			}
			err = c.write(ctx, l, s, tx, eff)
		}
		switch {
		case err == nil:
			return batch[n:]
		case errors.Is(err, ErrConflict) && attempt < maxAttempts:
			l.state.Store(nil)
			continue
		case n > 1 && (errors.Is(err, ErrClaimed) || errors.Is(err, ErrInvalid)):
			// One of them is at fault: let the first show whether it is the one.
			rest = c.commit(ctx, l, batch[:1])
			return append(rest, batch[1:]...)
		}
		for _, u := range batch[:max(n, 1)] {
			if u.err == nil {
				u.err = err
			}
		}
		return batch[max(n, 1):]
	}
}

// write commits what tx has changed and makes it the present state. An unknown
// outcome is cleared up by the version's tag; ErrConflict means that the state
// must be read again.
func (c *Cache) write(ctx context.Context, l *lane, s *state, tx *account.Tx, eff Effects) error {
	b := Batch{Unit: l.unit, Base: s.version, Claims: eff.Claims, Outbox: eff.Outbox}
	for _, ch := range tx.Changes() {
		b.Changes = append(b.Changes, Record(ch))
	}
	if len(b.Changes)+len(b.Claims)+len(b.Outbox) == 0 {
		return nil
	}
	if _, err := io.ReadFull(c.rand, b.Tag[:]); err != nil {
		return err
	}
	version, err := c.store.Commit(ctx, b)
	if errors.Is(err, ErrUnknown) && b.Bumps() {
		l.state.Store(nil)
		now, verr := c.store.Versions(ctx, []string{l.unit})
		switch {
		case verr != nil:
			return err // still unknown: the next use of the lane reads the truth
		case now[l.unit] == b.Next():
			version, err = now[l.unit], nil
		default:
			return fmt.Errorf("after an unknown outcome: %w", ErrConflict)
		}
	}
	if err != nil {
		return err
	}
	l.state.Store(&state{tx.Freeze(), version})
	return nil
}

// current returns the state, loading it at the first use. A unit that doesn't
// exist has a nil view.
func (l *lane) current(ctx context.Context, s Store) (*state, error) {
	if st := l.state.Load(); st != nil {
		return st, nil
	}
	l.load.Lock()
	defer l.load.Unlock()
	if st := l.state.Load(); st != nil {
		return st, nil
	}
	version, records, err := s.Load(ctx, l.unit)
	if err != nil {
		return nil, err
	}
	if version.IsZero() {
		return &state{}, nil
	}
	view, err := account.Load(l.unit, pairs(records))
	if err != nil {
		return nil, err
	}
	st := &state{view, version}
	l.state.Store(st)
	return st, nil
}

func (c *Cache) lane(unit string) *lane {
	c.mu.Lock()
	defer c.mu.Unlock()
	l := c.units[unit]
	if l == nil {
		l = &lane{unit: unit}
		c.units[unit] = l
	}
	return l
}

// forget drops the lane of a unit that doesn't exist, so that asking for
// accounts at random doesn't fill the memory.
func (c *Cache) forget(unit string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if l := c.units[unit]; l != nil && l.state.Load() == nil {
		l.mu.Lock()
		if !l.busy {
			delete(c.units, unit)
		}
		l.mu.Unlock()
	}
}

func pairs(records []Record) iter.Seq2[string, []byte] {
	return func(yield func(string, []byte) bool) {
		for _, r := range records {
			if !yield(r.Key, r.Data) {
				return
			}
		}
	}
}

// runSafely turns a panic into an error: it must not take down the lane, nor
// the goroutine of the client that happens to lead.
func runSafely(run UpdateFunc, tx *account.Tx) (eff Effects, err error) {
	defer func() {
		if r := recover(); r != nil {
			eff, err = Effects{}, fmt.Errorf("store: an update panicked: %v\n%s", r, debug.Stack())
		}
	}()
	return run(tx)
}
