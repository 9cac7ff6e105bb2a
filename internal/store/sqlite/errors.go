package sqlite

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"syscall"

	"modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"

	"github.com/aratame/aratame/internal/store"
)

// resultCode gives SQLite's primary result code, or 0 for other errors.
func resultCode(err error) int {
	var e *sqlite.Error
	if errors.As(err, &e) {
		return e.Code() & 0xff
	}
	return 0
}

// failed makes an error of SQLite one of the store's, for calls after which
// nothing is written.
func failed(doing string, err error) error {
	if err == nil || known(err) {
		return err
	}
	switch resultCode(err) {
	case lib.SQLITE_CORRUPT, lib.SQLITE_NOTADB:
		return fmt.Errorf("%w: %s: %w: stop the server and restore a backup", store.ErrDamaged, doing, err)
	case lib.SQLITE_FULL:
		return fmt.Errorf("%w: %s: the disk is full, free some space: %w", store.ErrUnavailable, doing, err)
	case lib.SQLITE_READONLY:
		return fmt.Errorf("%w: %s: the data directory is read-only: %w", store.ErrUnavailable, doing, err)
	}
	return fmt.Errorf("%w: %s: %w", store.ErrUnavailable, doing, err)
}

// known tells whether an error already is one of the store's.
func known(err error) bool {
	for _, k := range []error{store.ErrConflict, store.ErrClaimed, store.ErrUnknown, store.ErrUnavailable,
		store.ErrNotFound, store.ErrInvalid, store.ErrDamaged} {
		if errors.Is(err, k) {
			return true
		}
	}
	return false
}

// commitFailed judges an error of the COMMIT statement. A full disk or a lock
// is met before the commit frame is in the log; after an input or output error
// the frame may be on the disk and come to life at the next recovery.
func commitFailed(err error) error {
	switch resultCode(err) {
	case lib.SQLITE_FULL, lib.SQLITE_BUSY, lib.SQLITE_READONLY, lib.SQLITE_CONSTRAINT:
		return failed("commit", err)
	}
	return fmt.Errorf("%w: commit: %w", store.ErrUnknown, err)
}

// ended is the error of a call whose context ended before it wrote anything.
func ended(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("%w: %w", store.ErrUnavailable, err)
	}
	return nil
}

var errClosed = fmt.Errorf("%w: closed", store.ErrUnavailable)

// openFailed makes a failure at Open a refusal that says what to do.
func openFailed(path string, err error) *store.OpenError {
	var already *store.OpenError
	if errors.As(err, &already) {
		return already
	}
	e := &store.OpenError{Problem: store.ProblemOther, Path: path, What: "can't be opened",
		Advice: "remove the cause, then start again", Cause: err}
	code := resultCode(err)
	switch {
	case code == lib.SQLITE_FULL || errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT):
		e.Problem, e.What, e.Advice = store.ProblemDiskFull, "no space left on the disk", "free some space, then start again; nothing is lost"
	case code == lib.SQLITE_READONLY || errors.Is(err, syscall.EROFS):
		e.Problem, e.What, e.Advice = store.ProblemReadOnly, "the file system is read-only", "mount it writable, or choose another data directory"
	case code == lib.SQLITE_PERM || errors.Is(err, fs.ErrPermission):
		e.Problem, e.What, e.Advice = store.ProblemPermission, "this user may not write here", "make the data directory and its files belong to the user that runs aratame"
	case code == lib.SQLITE_CORRUPT || code == lib.SQLITE_NOTADB || errors.Is(err, store.ErrDamaged):
		return damagedFile(path, "the database is damaged", err)
	}
	return e
}

func damagedFile(path, what string, cause error) *store.OpenError {
	return &store.OpenError{Problem: store.ProblemDamaged, Path: path, What: what, Cause: cause,
		Advice: "restore a backup into an empty directory; keep this file for examination"}
}
