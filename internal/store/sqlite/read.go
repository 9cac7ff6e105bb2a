package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"iter"
	"math"

	"github.com/aratame/aratame/internal/store"
)

// statements read aratame.db; database/sql prepares them once per connection.
type statements struct {
	version, records, units, holder, outbox *sql.Stmt

	all []*sql.Stmt // to be closed
}

func (st *statements) prepare(ctx context.Context, db *sql.DB) (err error) {
	for _, p := range []struct {
		into *(*sql.Stmt)
		text string
	}{
		{&st.version, "SELECT n, tag FROM unit WHERE id = ?"},
		{&st.records, "SELECT key, data FROM record WHERE unit = ? ORDER BY key, part"},
		{&st.units, "SELECT id FROM unit WHERE id > ? ORDER BY id LIMIT ?"},
		{&st.holder, "SELECT unit FROM claim WHERE name = ?"},
		{&st.outbox, "SELECT seq, id, data FROM outbox WHERE seq > ? ORDER BY seq LIMIT ?"},
	} {
		if *p.into, err = db.PrepareContext(ctx, p.text); err != nil {
			return err
		}
		st.all = append(st.all, *p.into)
	}
	return nil
}

// close comes before that of the connections, see writer.close.
func (st *statements) close() {
	for _, s := range st.all {
		_ = s.Close()
	}
}

// Load implements store.Store. Version and records come from one read
// transaction, which in WAL mode sees one state of the database.
func (s *Store) Load(ctx context.Context, unit string) (store.Version, []store.Record, error) {
	if err := store.CheckUnit(unit); err != nil {
		return store.Version{}, nil, err
	}
	leave, err := s.enter(ctx)
	if err != nil {
		return store.Version{}, nil, err
	}
	defer leave()
	tx, err := s.reads.BeginTx(ctx, nil)
	if err != nil {
		return store.Version{}, nil, failed("load", err)
	}
	defer func() { _ = tx.Rollback() }()
	version, err := scanVersion(tx.StmtContext(ctx, s.read.version).QueryRowContext(ctx, []byte(unit)))
	if err != nil || version.IsZero() {
		return store.Version{}, nil, failed("load", err)
	}
	rows, err := tx.StmtContext(ctx, s.read.records).QueryContext(ctx, []byte(unit))
	if err != nil {
		return store.Version{}, nil, failed("load", err)
	}
	defer rows.Close()
	records, err := gather(rows)
	if err != nil {
		return store.Version{}, nil, failed("load", err)
	}
	return version, records, nil
}

// gather joins rows in the order of key and part to records.
func gather(rows *sql.Rows) (records []store.Record, err error) {
	var key, data []byte
	var current string
	var parts [][]byte
	flush := func() error {
		if len(parts) == 0 {
			return nil
		}
		value, err := store.Join(current, parts)
		if err != nil {
			return err
		}
		records = append(records, store.Record{Key: current, Data: value})
		parts = parts[:0]
		return nil
	}
	for rows.Next() {
		if err := rows.Scan(&key, &data); err != nil {
			return nil, err
		}
		if string(key) != current {
			if err := flush(); err != nil {
				return nil, err
			}
			current = string(key)
		}
		parts = append(parts, data) // Scan made it anew
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	return records, flush()
}

// Versions implements store.Store. A read begun after a commit returned sees
// that commit: the log's index is shared by all connections.
func (s *Store) Versions(ctx context.Context, units []string) (map[string]store.Version, error) {
	for _, unit := range units {
		if err := store.CheckUnit(unit); err != nil {
			return nil, err
		}
	}
	leave, err := s.enter(ctx)
	if err != nil {
		return nil, err
	}
	defer leave()
	out := make(map[string]store.Version, len(units))
	query := s.read.version
	if len(units) > 1 { // one transaction takes one snapshot instead of one per unit
		tx, err := s.reads.BeginTx(ctx, nil)
		if err != nil {
			return nil, failed("versions", err)
		}
		defer func() { _ = tx.Rollback() }()
		query = tx.StmtContext(ctx, query)
	}
	for _, unit := range units {
		v, err := scanVersion(query.QueryRowContext(ctx, []byte(unit)))
		if err != nil {
			return nil, failed("versions", err)
		}
		if !v.IsZero() {
			out[unit] = v
		}
	}
	return out, nil
}

// Watch implements store.Store: all writers are in this process.
func (s *Store) Watch(ctx context.Context) iter.Seq2[store.Hint, error] { return s.hub.Watch(ctx) }

// Units implements store.Store.
func (s *Store) Units(ctx context.Context, after string, n int) ([]string, error) {
	leave, err := s.enter(ctx)
	if err != nil {
		return nil, err
	}
	defer leave()
	rows, err := s.read.units.QueryContext(ctx, []byte(after), page(n))
	if err != nil {
		return nil, failed("units", err)
	}
	defer rows.Close()
	var units []string
	for rows.Next() {
		var id []byte
		if err := rows.Scan(&id); err != nil {
			return nil, failed("units", err)
		}
		units = append(units, string(id))
	}
	return units, failed("units", rows.Err())
}

// Resolve implements store.Store.
func (s *Store) Resolve(ctx context.Context, claim string) (string, error) {
	leave, err := s.enter(ctx)
	if err != nil {
		return "", err
	}
	defer leave()
	var holder []byte
	err = s.read.holder.QueryRowContext(ctx, []byte(claim)).Scan(&holder)
	if errors.Is(err, sql.ErrNoRows) {
		return "", store.ErrNotFound
	}
	return string(holder), failed("resolve", err)
}

// Outbox implements store.Store. One writer gives the numbers in the order of
// its commits, so that none appears late.
func (s *Store) Outbox(ctx context.Context, after uint64, n int) ([]store.OutboxEntry, error) {
	leave, err := s.enter(ctx)
	if err != nil {
		return nil, err
	}
	defer leave()
	rows, err := s.read.outbox.QueryContext(ctx, int64(min(after, math.MaxInt64)), page(n))
	if err != nil {
		return nil, failed("outbox", err)
	}
	defer rows.Close()
	var entries []store.OutboxEntry
	for rows.Next() {
		var seq int64
		var id, data []byte
		if err := rows.Scan(&seq, &id, &data); err != nil {
			return nil, failed("outbox", err)
		}
		entries = append(entries, store.OutboxEntry{Seq: uint64(seq), ID: string(id), Data: notNil(data)})
	}
	return entries, failed("outbox", rows.Err())
}

func page(n int) int { return max(0, min(n, store.MaxPage)) }
