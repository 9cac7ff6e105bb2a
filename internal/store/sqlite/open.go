package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"sync"

	"github.com/aratame/aratame/internal/store"
)

// Names of the files in the data directory.
const (
	MainFile = "aratame.db"
	AreaFile = "lastused.db"
	LockFile = "aratame.lock"
)

// quickCheckLimit is the size in bytes up to which a database's structure is
// checked at every start. Larger ones are checked where they are read: each row
// has a checksum.
const quickCheckLimit = 4 << 20

// Options say where a store is.
type Options struct {
	// Dir is the data directory.
	Dir string
	// Create allows an empty or absent directory and makes a new store in it.
	// It is for the first start: otherwise a mistyped directory would start a
	// server without accounts.
	Create bool
}

// Store is the engine; see the package comment for its files.
type Store struct {
	dir  string
	lock *os.File
	hub  store.Hub

	// life is held for reading by every call while it uses a connection, and
	// for writing by Close; closed is guarded by it.
	life   sync.RWMutex
	closed bool

	writer *writer
	reads  *sql.DB
	area   *sql.DB
	read   statements
}

var _ store.Store = (*Store)(nil)

// Open opens the store of a directory and keeps other processes out of it until
// Close. The error is a *store.OpenError: a line that says what to do.
func Open(ctx context.Context, o Options) (_ *Store, err error) {
	mainPath, areaPath := filepath.Join(o.Dir, MainFile), filepath.Join(o.Dir, AreaFile)
	if err := expect(o.Dir, mainPath, areaPath, o.Create); err != nil {
		return nil, err
	}
	s := &Store{dir: o.Dir}
	defer func() {
		if err != nil {
			s.release()
		}
	}()
	if s.lock, err = lockDir(o.Dir); err != nil {
		return nil, err
	}
	if err := clean(o.Dir); err != nil {
		return nil, openFailed(o.Dir, err)
	}
	if !exists(mainPath) {
		if err := create(ctx, mainPath, schemaMain, formatMain); err != nil {
			return nil, openFailed(mainPath, err)
		}
	}
	if err := s.openMain(ctx, mainPath); err != nil {
		return nil, openFailed(mainPath, err)
	}
	if err := s.openArea(ctx, areaPath); err != nil {
		return nil, openFailed(areaPath, err)
	}
	go s.writer.run()
	return s, nil
}

// expect refuses directories that are not what the caller thinks, before
// anything is made in them.
func expect(dir, mainPath, areaPath string, mayCreate bool) error {
	info, err := os.Stat(dir)
	switch {
	case os.IsNotExist(err) && mayCreate:
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return openFailed(dir, err)
		}
	case os.IsNotExist(err):
		return missing(dir, "there is no such directory")
	case err != nil:
		return openFailed(dir, err)
	case !info.IsDir():
		return &store.OpenError{Problem: store.ProblemForeign, Path: dir, What: "not a directory", Advice: "choose another data directory"}
	}
	if _, err := os.Lstat(mainPath); err == nil {
		return nil
	} else if !os.IsNotExist(err) {
		return openFailed(mainPath, err)
	}
	for _, beside := range []string{areaPath, mainPath + "-wal"} {
		if exists(beside) {
			return damagedFile(mainPath, fmt.Sprintf("missing, though %s is there", filepath.Base(beside)), nil)
		}
	}
	if !mayCreate {
		return missing(dir, "there is no aratame database")
	}
	return nil
}

func missing(dir, what string) error {
	return &store.OpenError{Problem: store.ProblemMissing, Path: dir, What: what,
		Advice: "check the name of the data directory; only a first start may create one"}
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// lockDir takes the directory for this process. The file stays when the lock
// goes: removing it would let two processes hold two files of one name.
func lockDir(dir string) (*os.File, error) {
	path := filepath.Join(dir, LockFile)
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, openFailed(path, err)
	}
	held, err := tryLock(f)
	if err == nil && held {
		return f, nil
	}
	_ = f.Close()
	if err != nil {
		return nil, openFailed(path, err)
	}
	return nil, &store.OpenError{Problem: store.ProblemInUse, Path: dir, What: "another aratame is using this directory",
		Advice: "stop it first, or choose another data directory"}
}

// clean removes what a crash in create, Restore or Backup left behind. The lock is held.
func clean(dir string) error {
	for _, name := range []string{MainFile + ".new", AreaFile + ".new", backupFile} {
		if err := removeDatabase(filepath.Join(dir, name)); err != nil {
			return err
		}
	}
	return nil
}

// openMain opens and checks aratame.db and prepares its statements.
func (s *Store) openMain(ctx context.Context, path string) error {
	logged := hasLog(path)
	if err := examine(path, formatMain, logged); err != nil {
		return err
	}
	db, err := openDB(path, 1, "synchronous(FULL)", cachePragma(writerCache), "journal_size_limit(16777216)")
	if err != nil {
		return err
	}
	s.writer = newWriter(s, db)
	if err := s.writer.prepare(ctx); err != nil {
		return err
	}
	if err := settle(ctx, s.writer.conn, path, formatMain, logged); err != nil {
		return err
	}
	s.reads, err = openDB(path, readers, "query_only(1)", cachePragma(readerCache))
	if err != nil {
		return err
	}
	return s.read.prepare(ctx, s.reads)
}

// hasLog tells whether the last user of a database was stopped without closing it.
func hasLog(path string) bool {
	info, err := os.Stat(path + "-wal")
	return err == nil && info.Size() > 0
}

// settle finishes what an unclean end left, then holds the file against what
// it says of itself, and a small one against its structure.
func settle(ctx context.Context, c *sql.Conn, path string, format int, logged bool) error {
	var mode string
	if err := c.QueryRowContext(ctx, "PRAGMA journal_mode = WAL").Scan(&mode); err != nil {
		return err
	}
	if mode != "wal" {
		return fmt.Errorf("the journal mode is %s: no write-ahead log on this file system", mode)
	}
	if logged {
		var busy, frames, moved int
		if err := c.QueryRowContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)").Scan(&busy, &frames, &moved); err != nil {
			return err
		}
		if err := examine(path, uint32(format), busy != 0); err != nil {
			return err
		}
	}
	info, err := os.Stat(path)
	if err != nil || info.Size() > quickCheckLimit {
		return err
	}
	return quickCheck(ctx, c)
}

func quickCheck(ctx context.Context, c *sql.Conn) error {
	var verdict string
	if err := c.QueryRowContext(ctx, "PRAGMA quick_check(1)").Scan(&verdict); err != nil {
		return err
	}
	if verdict != "ok" {
		return fmt.Errorf("%w: %s", store.ErrDamaged, verdict)
	}
	return nil
}

// enter begins a call that uses connections; leave it, whatever happens.
func (s *Store) enter(ctx context.Context) (leave func(), err error) {
	s.life.RLock()
	if s.closed {
		s.life.RUnlock()
		return nil, errClosed
	}
	if err := ended(ctx); err != nil {
		s.life.RUnlock()
		return nil, err
	}
	return s.life.RUnlock, nil
}

// Close implements store.Store. The last connection moves the log into the
// database and removes it, so that the next start knows that this one ended well.
func (s *Store) Close() error {
	s.life.Lock()
	defer s.life.Unlock()
	if s.closed {
		return nil
	}
	s.closed = true
	s.hub.Close()
	close(s.writer.queue)
	<-s.writer.stopped
	return failed("close", s.release())
}

// release gives back what Open has taken so far; the lock goes last.
func (s *Store) release() error {
	var first error
	note := func(err error) {
		if first == nil {
			first = err
		}
	}
	s.read.close()
	if s.reads != nil {
		note(s.reads.Close())
	}
	if s.writer != nil {
		note(s.writer.close())
	}
	if s.area != nil {
		note(s.area.Close())
	}
	if s.lock != nil {
		note(s.lock.Close())
	}
	return first
}
