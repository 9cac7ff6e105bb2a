// Package sqlite is the embedded engine: one directory with two SQLite
// databases, written through modernc.org/sqlite, which is pure Go.
//
//	open.go      Options, Open: lock, look at the header, open, check
//	create.go    a new database appears under its name whole or not at all
//	header.go    what a file says of itself, read without SQLite
//	lock_*.go    one process per directory
//	conn.go      connections and their pragmas
//	schema.go    the tables
//	writer.go    the one goroutine that writes, many waiting changes at a time
//	commit.go    one batch inside the writer's transaction
//	read.go      Load, Versions, Units, Resolve, Outbox
//	area.go      merged areas, in a file of their own
//	backup.go    Backup and Restore
//	errors.go    SQLite's errors as the store's
//
// Files in the directory: aratame.db (units, records, claims, outbox),
// lastused.db (merged areas), aratame.lock, and SQLite's -wal and -shm files.
// Copy a running store with Backup only: without its -wal file aratame.db
// lacks the newest commits.
package sqlite
