package sqlite

import (
	"context"
	"database/sql"

	"github.com/aratame/aratame/internal/store"
)

const mergeArea = `INSERT INTO area (area, key, data) VALUES (?, ?, ?)
	ON CONFLICT DO UPDATE SET data = excluded.data WHERE excluded.data > area.data`

// openArea opens lastused.db. It is a file of its own so that its many small
// writes neither wait for the flush of every commit (synchronous is NORMAL: a
// crash of the machine may lose the last of them) nor swell the main log. A
// missing file is made anew: what areas hold may be lost, see Store.Merge.
func (s *Store) openArea(ctx context.Context, path string) error {
	if !exists(path) {
		if err := create(ctx, path, schemaArea, formatArea); err != nil {
			return err
		}
	}
	logged := hasLog(path)
	if err := examine(path, formatArea, logged); err != nil {
		return disposable(err)
	}
	db, err := openDB(path, 1, "synchronous(NORMAL)", cachePragma(areaCache), "journal_size_limit(4194304)")
	if err != nil {
		return err
	}
	s.area = db
	c, err := db.Conn(ctx)
	if err != nil {
		return disposable(openFailed(path, err))
	}
	defer c.Close()
	if err := settle(ctx, c, path, formatArea, logged); err != nil {
		return disposable(openFailed(path, err))
	}
	return nil
}

// disposable gives a damaged lastused.db its own advice.
func disposable(err error) error {
	e := openFailed("", err)
	if e.Problem == store.ProblemDamaged || e.Problem == store.ProblemForeign {
		e.Advice = "move this file and those beside it named after it away, then start again: only last-used times are lost, and which one-time codes were used"
	}
	return e
}

// Merge implements store.Store.
func (s *Store) Merge(ctx context.Context, area string, newest map[string][]byte) error {
	if err := store.CheckMerge(area, newest); err != nil {
		return err
	}
	leave, err := s.enter(ctx)
	if err != nil {
		return err
	}
	defer leave()
	ctx = context.WithoutCancel(ctx) // once begun it ends with the truth
	tx, err := s.area.BeginTx(ctx, nil)
	if err != nil {
		return failed("merge", err)
	}
	defer func() { _ = tx.Rollback() }()
	lay, err := tx.PrepareContext(ctx, mergeArea)
	if err != nil {
		return failed("merge", err)
	}
	defer lay.Close()
	for key, value := range newest {
		if value == nil {
			_, err = tx.ExecContext(ctx, "DELETE FROM area WHERE area = ? AND key = ?", []byte(area), []byte(key))
		} else {
			_, err = lay.ExecContext(ctx, []byte(area), []byte(key), value)
		}
		if err != nil {
			return failed("merge", err)
		}
	}
	if err := tx.Commit(); err != nil {
		return commitFailed(err)
	}
	return nil
}

// LoadArea implements store.Store.
func (s *Store) LoadArea(ctx context.Context, area string) (map[string][]byte, error) {
	if err := store.CheckUnit(area); err != nil {
		return nil, err
	}
	leave, err := s.enter(ctx)
	if err != nil {
		return nil, err
	}
	defer leave()
	rows, err := s.area.QueryContext(ctx, "SELECT key, data FROM area WHERE area = ?", []byte(area))
	if err != nil {
		return nil, failed("load area", err)
	}
	defer rows.Close()
	out := make(map[string][]byte)
	for rows.Next() {
		var key, data []byte
		if err := rows.Scan(&key, &data); err != nil {
			return nil, failed("load area", err)
		}
		out[string(key)] = notNil(data)
	}
	return out, failed("load area", rows.Err())
}

// copyAreas copies every row of lastused.db into a database that has the table.
func copyAreas(ctx context.Context, from *sql.DB, into *sql.Conn) error {
	rows, err := from.QueryContext(ctx, "SELECT area, key, data FROM area")
	if err != nil {
		return err
	}
	defer rows.Close()
	add, err := into.PrepareContext(ctx, mergeArea)
	if err != nil {
		return err
	}
	defer add.Close()
	if _, err := into.ExecContext(ctx, "BEGIN IMMEDIATE"); err != nil {
		return err
	}
	var area, key, data []byte
	for rows.Next() {
		if err := rows.Scan(&area, &key, &data); err != nil {
			return err
		}
		if _, err := add.ExecContext(ctx, area, key, notNil(data)); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return err
	}
	_, err = into.ExecContext(ctx, "COMMIT")
	return err
}
