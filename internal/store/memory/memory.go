// Package memory is a store.Store that lives and dies with the process: for
// --ephemeral and for tests. It keeps every promise of the interface but
// durability; its backups restore only into itself.
package memory

import (
	"bytes"
	"context"
	"encoding/gob"
	"fmt"
	"io"
	"iter"
	"maps"
	"slices"
	"sync"

	"github.com/aratame/aratame/internal/store"
)

// Store is the engine. The zero value is not ready: use [New] or [Restore].
type Store struct {
	hub store.Hub

	mu     sync.RWMutex // guards all below; nothing is done under it but memory work
	closed bool
	units  map[string]*unit
	claims map[string]string // claim → unit
	areas  map[string]map[string][]byte
	outbox []store.OutboxEntry // ascending Seq
	seq    uint64              // the last one given
}

type unit struct {
	version store.Version
	records map[string][]byte // values are never changed in place
}

var _ store.Store = (*Store)(nil)

// New gives an empty store.
func New() *Store {
	return &Store{
		units:  make(map[string]*unit),
		claims: make(map[string]string),
		areas:  make(map[string]map[string][]byte),
	}
}

// ready is called with mu held, before anything is read or written.
func (s *Store) ready(ctx context.Context) error {
	if s.closed {
		return fmt.Errorf("%w: closed", store.ErrUnavailable)
	}
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("%w: %w", store.ErrUnavailable, err)
	}
	return nil
}

// Load implements store.Store.
func (s *Store) Load(ctx context.Context, name string) (store.Version, []store.Record, error) {
	if err := store.CheckUnit(name); err != nil {
		return store.Version{}, nil, err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	if err := s.ready(ctx); err != nil {
		return store.Version{}, nil, err
	}
	u := s.units[name]
	if u == nil {
		return store.Version{}, nil, nil
	}
	records := make([]store.Record, 0, len(u.records))
	for _, k := range slices.Sorted(maps.Keys(u.records)) {
		records = append(records, store.Record{Key: k, Data: keep(u.records[k])})
	}
	return u.version, records, nil
}

// Commit implements store.Store. Everything that can refuse the batch comes
// before the first change.
func (s *Store) Commit(ctx context.Context, b store.Batch) (store.Version, error) {
	if err := b.Check(); err != nil {
		return store.Version{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.ready(ctx); err != nil {
		return store.Version{}, err
	}
	u := s.units[b.Unit]
	var version store.Version
	if u != nil {
		version = u.version
	}
	if b.Bumps() {
		if version != b.Base {
			return store.Version{}, store.ErrConflict
		}
		for _, c := range b.Claims {
			if holder, held := s.claims[c.Name]; held && holder != b.Unit {
				return store.Version{}, &store.ClaimedError{Name: c.Name}
			}
		}
		version = b.Next()
		if u == nil {
			u = &unit{records: make(map[string][]byte)}
			s.units[b.Unit] = u
		}
		u.version = version
		u.apply(b.Changes)
		for _, c := range b.Claims {
			if c.Drop {
				delete(s.claims, c.Name)
			} else {
				s.claims[c.Name] = b.Unit
			}
		}
	}
	for _, e := range b.Outbox {
		s.seq++
		s.outbox = append(s.outbox, store.OutboxEntry{Seq: s.seq, ID: e.ID, Data: keep(e.Data)})
	}
	if b.Bumps() {
		s.hub.Publish(store.Hint{Unit: b.Unit, Version: version})
	}
	return version, nil
}

func (u *unit) apply(changes []store.Record) {
	for _, c := range changes {
		if c.Data == nil {
			delete(u.records, c.Key)
		} else {
			u.records[c.Key] = keep(c.Data)
		}
	}
}

// Versions implements store.Store.
func (s *Store) Versions(ctx context.Context, units []string) (map[string]store.Version, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if err := s.ready(ctx); err != nil {
		return nil, err
	}
	out := make(map[string]store.Version, len(units))
	for _, name := range units {
		if err := store.CheckUnit(name); err != nil {
			return nil, err
		}
		if u := s.units[name]; u != nil {
			out[name] = u.version
		}
	}
	return out, nil
}

// Watch implements store.Store.
func (s *Store) Watch(ctx context.Context) iter.Seq2[store.Hint, error] { return s.hub.Watch(ctx) }

// Units implements store.Store.
func (s *Store) Units(ctx context.Context, after string, n int) ([]string, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if err := s.ready(ctx); err != nil {
		return nil, err
	}
	names := slices.Sorted(maps.Keys(s.units))
	from, found := slices.BinarySearch(names, after)
	if found {
		from++
	}
	return names[from:][:min(page(n), len(names)-from)], nil
}

// Resolve implements store.Store.
func (s *Store) Resolve(ctx context.Context, claim string) (string, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if err := s.ready(ctx); err != nil {
		return "", err
	}
	holder, held := s.claims[claim]
	if !held {
		return "", store.ErrNotFound
	}
	return holder, nil
}

// Outbox implements store.Store.
func (s *Store) Outbox(ctx context.Context, after uint64, n int) ([]store.OutboxEntry, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if err := s.ready(ctx); err != nil {
		return nil, err
	}
	from := slices.IndexFunc(s.outbox, func(e store.OutboxEntry) bool { return e.Seq > after })
	if from < 0 {
		return nil, nil
	}
	entries := slices.Clone(s.outbox[from:][:min(page(n), len(s.outbox)-from)])
	for i := range entries {
		entries[i].Data = keep(entries[i].Data)
	}
	return entries, nil
}

// Ack implements store.Store.
func (s *Store) Ack(ctx context.Context, upto uint64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.ready(ctx); err != nil {
		return err
	}
	s.outbox = slices.DeleteFunc(s.outbox, func(e store.OutboxEntry) bool { return e.Seq <= upto })
	return nil
}

// Merge implements store.Store.
func (s *Store) Merge(ctx context.Context, area string, newest map[string][]byte) error {
	if err := store.CheckMerge(area, newest); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.ready(ctx); err != nil {
		return err
	}
	a := s.areas[area]
	if a == nil {
		a = make(map[string][]byte)
		s.areas[area] = a
	}
	for k, v := range newest {
		if v == nil {
			delete(a, k)
		} else if old, there := a[k]; !there || bytes.Compare(v, old) > 0 {
			a[k] = keep(v)
		}
	}
	return nil
}

// LoadArea implements store.Store.
func (s *Store) LoadArea(ctx context.Context, area string) (map[string][]byte, error) {
	if err := store.CheckUnit(area); err != nil {
		return nil, err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	if err := s.ready(ctx); err != nil {
		return nil, err
	}
	out := make(map[string][]byte, len(s.areas[area]))
	for k, v := range s.areas[area] {
		out[k] = keep(v)
	}
	return out, nil
}

// Backup implements store.Store: see [Restore] for the format.
func (s *Store) Backup(ctx context.Context, w io.Writer) error {
	s.mu.RLock()
	if err := s.ready(ctx); err != nil {
		s.mu.RUnlock()
		return err
	}
	img := s.snapshot()
	s.mu.RUnlock()
	if err := gob.NewEncoder(w).Encode(img); err != nil {
		return fmt.Errorf("%w: write backup: %w", store.ErrUnavailable, err)
	}
	return nil
}

// Close implements store.Store.
func (s *Store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	s.hub.Close()
	return nil
}

// keep copies bytes that cross the interface; the copy is never nil.
func keep(b []byte) []byte { return append(make([]byte, 0, len(b)), b...) }

func page(n int) int { return max(0, min(n, store.MaxPage)) }
