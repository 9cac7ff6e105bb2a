package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"path/filepath"

	"modernc.org/sqlite"
)

// Page caches in KiB per connection: small, since a View keeps the data in
// memory and the operating system caches the file.
const (
	writerCache = 2048
	readerCache = 512
	areaCache   = 256
)

// readers is the most connections that read at once; further calls wait.
const readers = 4

// busyTimeout is how long, in milliseconds, a statement waits for a lock that
// only a tool of the operator's can hold: this process writes from one
// goroutine and keeps other servers out.
const busyTimeout = 5000

// openDB opens a database with its own pragmas on each connection. SQLite's
// page size must be set before the log is switched on, see create.
func openDB(path string, conns int, pragmas ...string) (*sql.DB, error) {
	q := url.Values{"_pragma": append([]string{fmt.Sprintf("busy_timeout(%d)", busyTimeout), "foreign_keys(1)", "trusted_schema(0)"}, pragmas...)}
	u := url.URL{Scheme: "file", Opaque: (&url.URL{Path: filepath.ToSlash(path)}).EscapedPath(), RawQuery: q.Encode()}
	connector, err := sqlite.NewConnector(u.String())
	if err != nil {
		return nil, err
	}
	db := sql.OpenDB(connector)
	db.SetMaxOpenConns(conns)
	db.SetMaxIdleConns(conns)
	return db, nil
}

func cachePragma(kib int) string { return fmt.Sprintf("cache_size(-%d)", kib) }

// execAll runs statements one by one on one connection.
func execAll(ctx context.Context, c *sql.Conn, statements ...string) error {
	for _, s := range statements {
		if _, err := c.ExecContext(ctx, s); err != nil {
			return err
		}
	}
	return nil
}
