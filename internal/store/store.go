package store

import (
	"context"
	"io"
	"iter"
)

// Limits of one call, enforced by every engine through [Batch.Check] and its
// siblings; a call beyond them fails with [ErrInvalid] and writes nothing.
const (
	MaxChanges    = 120      // changes and claims of one commit, together
	MaxOutbox     = 120      // outbox entries of one commit
	MaxKey        = 1024     // bytes of a record key, a claim name, an area's key
	MaxUnit       = 128      // bytes of a unit's or an area's name
	MaxValue      = 8 << 20  // bytes of a record's data
	MaxBatch      = 64 << 20 // bytes of all data of one commit
	MaxEntry      = 256 << 10
	MaxEntryID    = 128
	MaxMerge      = 10_000 // keys of one Merge
	MaxMergeValue = 4 << 10
	MaxPage       = 1000 // rows one Units or Outbox call gives
)

// OutboxPrefix is reserved: no record key may begin with it, so that an engine
// with one flat key space can keep the outbox beside the records of a unit.
const OutboxPrefix = "outbox/"

// Store keeps records of many units and changes each unit by compare-and-swap.
//
// A unit is an account ("123456789012"), an organisation ("org/<id>") or
// "global"; the store gives these names no meaning. A unit exists from its
// first commit on. All methods may be called at once from any goroutine. Bytes
// passed in are not kept after the call returns; bytes returned belong to the
// caller.
//
// Errors match one of the sentinels of this package with errors.Is; an error
// that matches none is a defect. A context that ends before a write was begun
// gives [ErrUnavailable] with the context's error; once begun, a local engine
// finishes and answers the truth, a distributed one may answer [ErrUnknown].
type Store interface {
	// Load gives a unit as it stood at one point in time: its version and all
	// its records in ascending byte order of their keys. A unit that was never
	// committed has the zero Version and no records. It returns a slice and not
	// a sequence because a View keeps the raw bytes anyway, and a sequence
	// would hold a read transaction open while the caller's code runs.
	Load(ctx context.Context, unit string) (Version, []Record, error)

	// Commit applies a batch to its unit, all or nothing, and returns when it
	// is durable. The result is the unit's new version, {Base.N+1, Tag}; for a
	// batch of outbox entries only, the unit's present version.
	//
	//   - ErrConflict: the unit is no longer at Base; nothing is written.
	//   - *ClaimedError (ErrClaimed): a claim is held by another unit; nothing
	//     is written. A stale Base is reported before a claim.
	//   - ErrInvalid: the batch is beyond a limit; nothing is written.
	//   - ErrUnavailable: nothing is written, nothing will be.
	//   - ErrUnknown: it may be written, or be written later. Read the version:
	//     one's own tag means done; for anything else validate again and retry
	//     through compare-and-swap. A re-read alone never proves "not done".
	Commit(ctx context.Context, b Batch) (Version, error)

	// Versions gives the current version of each unit; those never committed
	// are absent. It sees every commit acknowledged before the call
	// (linearizable).
	Versions(ctx context.Context, units []string) (map[string]Version, error)

	// Watch gives a hint for commits of any unit made after the first value is
	// asked for. It may skip, repeat and reorder: reconcile with Versions. It
	// ends without an error when ctx ends; an error is its last value.
	Watch(ctx context.Context) iter.Seq2[Hint, error]

	// Units lists the units in byte order, at most n (capped at MaxPage) that
	// sort after the given name.
	Units(ctx context.Context, after string, n int) ([]string, error)

	// Resolve gives the unit that holds a claim, or ErrNotFound.
	Resolve(ctx context.Context, claim string) (unit string, err error)

	// Outbox gives at most n (capped at MaxPage) entries with Seq greater than
	// after, in ascending order. Once an entry was returned, no entry with a
	// lower Seq appears later: a reader that goes on from its last Seq misses
	// nothing.
	Outbox(ctx context.Context, after uint64, n int) ([]OutboxEntry, error)

	// Ack deletes the entries with Seq up to and including upto; acknowledge
	// only what is safe elsewhere. An Ack may be lost in a crash, so a reader
	// meets an entry at least once and tells repetitions by ID.
	Ack(ctx context.Context, upto uint64) error

	// Merge lays values over an area (last-used data, say "lastused/<account>")
	// that is neither versioned nor watched. Of two values for a key the one
	// that sorts higher bytewise stays: begin a value with its time as eight
	// big-endian bytes and the newest wins, in whatever order nodes write. A
	// nil value deletes the key. A crash may lose the last seconds of merges;
	// it never corrupts the area.
	Merge(ctx context.Context, area string, newest map[string][]byte) error

	// LoadArea gives all keys of an area; an area without any is empty.
	LoadArea(ctx context.Context, area string) (map[string][]byte, error)

	// Backup writes a copy of everything at one point in time, in the engine's
	// own format; merged areas may be some seconds off. Writers are not held up.
	Backup(ctx context.Context, w io.Writer) error

	// Close waits for the writes begun, then releases everything. Calls after
	// it fail with ErrUnavailable.
	Close() error
}

// Version identifies one state of a unit. The zero Version is that of a unit
// that does not exist. Two states may share N (a restored backup, a commit lost
// by a failover): only N and Tag together are an identity.
type Version struct {
	N   uint64 // 1 after the first commit, then one more by each
	Tag [8]byte
}

// IsZero tells whether v is the version of a unit that does not exist.
func (v Version) IsZero() bool { return v == Version{} }

// Record is one key of a unit. Keys are KIND/IMMUTABLE-ID by convention; the
// store compares their bytes and nothing else. As a change, nil Data deletes
// the key (deleting an absent one is no error); empty, non-nil Data is a value.
// A loaded record's Data is never nil.
type Record struct {
	Key  string
	Data []byte
}

// Claim takes or gives up a name that is unique over all units, such as an
// account alias. The store compares bytes: fold first. Taking a claim the unit
// holds, and dropping one that nobody holds, change nothing and are no errors.
type Claim struct {
	Name string
	Drop bool
}

// OutboxEntry is an event that must be written if, and only if, the change it
// rides with is: an audit event. It is no record of the unit: Load and Version
// do not show it.
type OutboxEntry struct {
	Seq  uint64 // given by the store, ascending, never used twice; ignored in a Batch
	ID   string // the event's own id, 1 to MaxEntryID bytes; not checked for uniqueness
	Data []byte // at most MaxEntry bytes
}

// Batch is what one Commit writes.
type Batch struct {
	Unit string
	// Base is the version the changes were derived from; the zero Version
	// creates the unit.
	Base Version
	// Tag becomes the tag of the new version. The caller draws it at random
	// and never uses it twice: it is how a caller recognises its own write
	// after ErrUnknown, and it keeps randomness out of the engines. The zero
	// tag is refused.
	Tag     [8]byte
	Changes []Record // no key twice
	Claims  []Claim  // no name twice
	// Outbox entries are committed with the rest. A batch of nothing else
	// compares no Base, needs no Tag and leaves the version as it is.
	Outbox []OutboxEntry
}

// Bumps tells whether the batch makes a new version of its unit, which is so
// unless it holds nothing but outbox entries.
func (b *Batch) Bumps() bool { return len(b.Changes) > 0 || len(b.Claims) > 0 }

// Next is the version that the batch, once committed, gives its unit.
func (b *Batch) Next() Version { return Version{N: b.Base.N + 1, Tag: b.Tag} }

// Hint says that a unit may have reached a version.
type Hint struct {
	Unit    string
	Version Version
}
