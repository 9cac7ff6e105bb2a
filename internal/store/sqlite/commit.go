package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"

	"github.com/aratame/aratame/internal/store"
)

// Commit implements store.Store.
func (s *Store) Commit(ctx context.Context, b store.Batch) (store.Version, error) {
	if err := b.Check(); err != nil {
		return store.Version{}, err
	}
	leave, err := s.enter(ctx)
	if err != nil {
		return store.Version{}, err
	}
	defer leave()
	var version store.Version
	err = s.writer.do(ctx, batchBytes(&b), func(w *writer) (err error) {
		version, err = w.commitBatch(&b)
		return err
	})
	if err != nil {
		return store.Version{}, err
	}
	if b.Bumps() {
		s.hub.Publish(store.Hint{Unit: b.Unit, Version: version})
	}
	return version, nil
}

// batchBytes is about what a batch adds to the log.
func batchBytes(b *store.Batch) (n int) {
	for _, c := range b.Changes {
		n += len(c.Key) + len(c.Data)
	}
	for _, e := range b.Outbox {
		n += len(e.Data)
	}
	return n
}

// commitBatch checks everything that can refuse the batch, then writes it.
func (w *writer) commitBatch(b *store.Batch) (store.Version, error) {
	unit := []byte(b.Unit)
	version, err := scanVersion(w.st.version.QueryRow(unit))
	if err != nil {
		return store.Version{}, err
	}
	if b.Bumps() {
		if version != b.Base {
			return store.Version{}, refusal{store.ErrConflict}
		}
		if err := w.checkClaims(b); err != nil {
			return store.Version{}, err
		}
		if err := w.write(b, unit); err != nil {
			return store.Version{}, err
		}
		version = b.Next()
	}
	for _, e := range b.Outbox {
		if _, err := w.st.addEntry.Exec([]byte(e.ID), notNil(e.Data)); err != nil {
			return store.Version{}, err
		}
	}
	return version, nil
}

func (w *writer) checkClaims(b *store.Batch) error {
	for _, c := range b.Claims {
		var holder []byte
		switch err := w.st.holder.QueryRow([]byte(c.Name)).Scan(&holder); {
		case errors.Is(err, sql.ErrNoRows):
		case err != nil:
			return err
		case string(holder) != b.Unit:
			return refusal{&store.ClaimedError{Name: c.Name}}
		}
	}
	return nil
}

func (w *writer) write(b *store.Batch, unit []byte) error {
	next := b.Next()
	setUnit := w.st.setUnit
	if b.Base.IsZero() {
		setUnit = w.st.addUnit
	}
	if _, err := setUnit.Exec(int64(next.N), next.Tag[:], unit); err != nil {
		return err
	}
	for _, c := range b.Changes {
		key := []byte(c.Key)
		parts := 0
		if c.Data != nil {
			rows := store.Cut(c.Key, c.Data)
			parts = len(rows)
			for i, row := range rows {
				if _, err := w.st.put.Exec(unit, key, i, row); err != nil {
					return err
				}
			}
		}
		// A shorter value must not leave parts of a longer one behind.
		if _, err := w.st.trim.Exec(unit, key, parts); err != nil {
			return err
		}
	}
	for _, c := range b.Claims {
		var err error
		if c.Drop {
			_, err = w.st.giveUp.Exec([]byte(c.Name))
		} else {
			_, err = w.st.take.Exec([]byte(c.Name), unit)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// Ack implements store.Store.
func (s *Store) Ack(ctx context.Context, upto uint64) error {
	leave, err := s.enter(ctx)
	if err != nil {
		return err
	}
	defer leave()
	return s.writer.do(ctx, 0, func(w *writer) error {
		_, err := w.st.ack.Exec(int64(min(upto, math.MaxInt64)))
		return err
	})
}

// row is what sql.Row and sql.Rows have in common.
type row interface{ Scan(...any) error }

// scanVersion reads n and tag; no row is the zero version.
func scanVersion(r row) (store.Version, error) {
	var n int64
	var tag []byte
	switch err := r.Scan(&n, &tag); {
	case errors.Is(err, sql.ErrNoRows):
		return store.Version{}, nil
	case err != nil:
		return store.Version{}, err
	}
	v := store.Version{N: uint64(n)}
	if n < 1 || copy(v.Tag[:], tag) != len(v.Tag) || len(tag) != len(v.Tag) {
		return store.Version{}, fmt.Errorf("%w: version %d with a tag of %d bytes", store.ErrDamaged, n, len(tag))
	}
	return v, nil
}

func notNil(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}
