package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/aratame/aratame/internal/store"
)

// backupFile is where a backup is put together, in the data directory since its
// content is as confidential as the rest.
const backupFile = "backup.tmp"

// Backup implements store.Store. The copy is one SQLite database that has all
// tables, the merged areas too; [Restore] takes it apart. It needs free space
// of about the size of the store; only one Backup runs at a time.
func (s *Store) Backup(ctx context.Context, w io.Writer) error {
	f, err := s.copyOut(ctx)
	if err != nil {
		return failed("backup", err)
	}
	defer func() {
		_ = f.Close()
		_ = os.Remove(f.Name()) // where an open file could not be unlinked
	}()
	// Close may go on while a slow reader takes the copy.
	if _, err := io.Copy(w, untilEnd{ctx, f}); err != nil {
		return failed("write backup", err)
	}
	return nil
}

type untilEnd struct {
	ctx context.Context
	r   io.Reader
}

func (u untilEnd) Read(p []byte) (int, error) {
	if err := u.ctx.Err(); err != nil {
		return 0, err
	}
	return u.r.Read(p)
}

// copyOut makes the copy and opens it.
func (s *Store) copyOut(ctx context.Context) (*os.File, error) {
	leave, err := s.enter(ctx)
	if err != nil {
		return nil, err
	}
	defer leave()
	path := filepath.Join(s.dir, backupFile)
	if err := touch(path); err != nil {
		if os.IsExist(err) {
			return nil, fmt.Errorf("%w: another backup is being made", store.ErrUnavailable)
		}
		return nil, err
	}
	defer func() { _ = removeDatabase(path) }()
	if err := s.vacuumInto(ctx, path); err != nil {
		return nil, err
	}
	db, err := openDB(path, 1, "journal_mode(OFF)", "synchronous(OFF)")
	if err != nil {
		return nil, err
	}
	defer db.Close()
	c, err := db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	if err := execAll(ctx, c, schemaArea); err != nil {
		return nil, err
	}
	if err := copyAreas(ctx, s.area, c); err != nil {
		return nil, err
	}
	if err := c.Close(); err != nil {
		return nil, err
	}
	if err := db.Close(); err != nil {
		return nil, err
	}
	return os.Open(path)
}

// vacuumInto reads on a connection of its own: the pooled ones refuse to write.
func (s *Store) vacuumInto(ctx context.Context, path string) error {
	db, err := openDB(filepath.Join(s.dir, MainFile), 1, cachePragma(readerCache))
	if err != nil {
		return err
	}
	defer db.Close()
	_, err = db.ExecContext(ctx, "VACUUM INTO ?", path)
	return err
}

// Restore makes a new store in a directory, absent or without a store, from
// what [Store.Backup] wrote. The error is a *store.OpenError; a failure leaves
// no aratame.db.
func Restore(ctx context.Context, dir string, backup io.Reader) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return openFailed(dir, err)
	}
	lock, err := lockDir(dir)
	if err != nil {
		return err
	}
	defer lock.Close()
	mainPath, areaPath := filepath.Join(dir, MainFile), filepath.Join(dir, AreaFile)
	for _, path := range []string{mainPath, areaPath, mainPath + "-wal"} {
		if exists(path) {
			return &store.OpenError{Problem: store.ProblemForeign, Path: path, What: "already there",
				Advice: "restore into an empty directory"}
		}
	}
	if err := clean(dir); err != nil {
		return openFailed(dir, err)
	}
	fresh := mainPath + ".new"
	defer func() { _ = removeDatabase(fresh) }()
	if err := receive(fresh, backup); err != nil {
		return openFailed(fresh, err)
	}
	if err := examine(fresh, formatMain, false); err != nil {
		return err
	}
	if err := create(ctx, areaPath, schemaArea, formatArea); err != nil {
		return openFailed(areaPath, err)
	}
	if err := takeApart(ctx, fresh, areaPath); err != nil {
		_ = removeDatabase(areaPath)
		return openFailed(fresh, err)
	}
	if err := install(fresh, mainPath); err != nil {
		_ = removeDatabase(areaPath)
		return openFailed(mainPath, err)
	}
	return nil
}

func receive(path string, r io.Reader) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, r)
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	return err
}

// takeApart checks a received copy and moves the merged areas to their file.
func takeApart(ctx context.Context, path, areaPath string) error {
	whole, err := openDB(path, 1, "synchronous(FULL)")
	if err != nil {
		return err
	}
	defer whole.Close()
	area, err := openDB(areaPath, 1, "synchronous(FULL)")
	if err != nil {
		return err
	}
	defer area.Close()
	if err := inConn(ctx, whole, func(c *sql.Conn) error { return quickCheck(ctx, c) }); err != nil {
		return err
	}
	if err := inConn(ctx, area, func(c *sql.Conn) error { return copyAreas(ctx, whole, c) }); err != nil {
		return err
	}
	if err := area.Close(); err != nil {
		return err
	}
	err = inConn(ctx, whole, func(c *sql.Conn) error {
		return execAll(ctx, c, "DROP TABLE area", "PRAGMA journal_mode = WAL")
	})
	if err != nil {
		return err
	}
	return whole.Close()
}

func inConn(ctx context.Context, db *sql.DB, f func(*sql.Conn) error) error {
	c, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	return f(c)
}
