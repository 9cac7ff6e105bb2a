package sqlite

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
)

// create makes an empty database under another name and renames it when it is
// whole and on the disk: a crash leaves either no database or a good one.
func create(ctx context.Context, path, schema string, format int) (err error) {
	fresh := path + ".new"
	if err := removeDatabase(fresh); err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = removeDatabase(fresh)
		}
	}()
	if err := touch(fresh); err != nil {
		return err
	}
	db, err := openDB(fresh, 1)
	if err != nil {
		return err
	}
	defer db.Close()
	c, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	// The order matters: the page size can't change once the log is on.
	err = execAll(ctx, c,
		fmt.Sprintf("PRAGMA page_size = %d", pageSize),
		"PRAGMA journal_mode = WAL",
		"PRAGMA synchronous = FULL",
		"BEGIN IMMEDIATE",
		fmt.Sprintf("PRAGMA application_id = %d", applicationID),
		fmt.Sprintf("PRAGMA user_version = %d", format),
		schema,
		"COMMIT")
	if cerr := c.Close(); err == nil {
		err = cerr
	}
	if cerr := db.Close(); err == nil { // moves the log into the file
		err = cerr
	}
	if err != nil {
		return err
	}
	return install(fresh, path)
}

// touch makes an empty file that only its owner may read. SQLite gives the
// files it puts beside a database the database's mode.
func touch(path string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	return f.Close()
}

// install makes a finished file durable and gives it its name.
func install(fresh, path string) error {
	if err := syncPath(fresh, os.O_RDWR); err != nil {
		return err
	}
	if err := os.Rename(fresh, path); err != nil {
		return err
	}
	return syncDir(filepath.Dir(path))
}

func syncPath(path string, flag int) error {
	f, err := os.OpenFile(path, flag, 0)
	if err != nil {
		return err
	}
	err = f.Sync()
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	return err
}

// removeDatabase removes a database that is not in use, and SQLite's files beside it.
func removeDatabase(path string) error {
	for _, suffix := range []string{"", "-wal", "-shm", "-journal"} {
		if err := os.Remove(path + suffix); err != nil && !os.IsNotExist(err) {
			return err
		}
	}
	return nil
}
