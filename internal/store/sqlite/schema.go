package sqlite

// A database names its program and its format in its header, so that a file
// can be told apart before anything is asked of it.
const (
	applicationID = 0x41524154 // "ARAT"
	formatMain    = 1          // user_version of aratame.db
	formatArea    = 101        // user_version of lastused.db
	pageSize      = 8192
)

// Names and keys are blobs: SQLite then compares bytes, whatever they are, and
// no collation has a say. The primary keys cluster the rows of a unit, so that
// a Load reads neighbouring pages. format is that of the unit's rows, for
// migrations to come.
const schemaMain = `
CREATE TABLE unit (
	id     BLOB PRIMARY KEY NOT NULL,
	n      INTEGER NOT NULL,
	tag    BLOB NOT NULL CHECK (length(tag) = 8),
	format INTEGER NOT NULL DEFAULT 1
) STRICT, WITHOUT ROWID;
CREATE TABLE record (
	unit BLOB NOT NULL REFERENCES unit (id),
	key  BLOB NOT NULL,
	part INTEGER NOT NULL,
	data BLOB NOT NULL,
	PRIMARY KEY (unit, key, part)
) STRICT, WITHOUT ROWID;
CREATE TABLE claim (
	name BLOB PRIMARY KEY NOT NULL,
	unit BLOB NOT NULL REFERENCES unit (id)
) STRICT, WITHOUT ROWID;
CREATE TABLE outbox (
	seq  INTEGER PRIMARY KEY AUTOINCREMENT,
	id   BLOB NOT NULL,
	data BLOB NOT NULL
) STRICT;
`

// The area table is also part of a backup, where both databases are one file.
const schemaArea = `
CREATE TABLE area (
	area BLOB NOT NULL,
	key  BLOB NOT NULL,
	data BLOB NOT NULL,
	PRIMARY KEY (area, key)
) STRICT, WITHOUT ROWID;
`
