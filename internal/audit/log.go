package audit

import (
	"context"
	"errors"
)

// Errors of Append, AppendAsync and Drain.
var (
	// ErrUnavailable: the event can't be kept now (disk full, read-only, I/O
	// error); the caller must refuse the call that it tells of.
	ErrUnavailable = errors.New("audit: events cannot be written")
	// ErrClosed: the log was closed.
	ErrClosed = errors.New("audit: log is closed")
)

// An OutboxEntry is an event that was committed with its change.
type OutboxEntry struct {
	Seq  uint64
	ID   string // the event id
	Data []byte // what Encode gave
}

// An Outbox is the store's list of committed events that are not in the files
// yet.
type Outbox interface {
	// Outbox gives at most n entries with Seq greater than after, ascending.
	Outbox(ctx context.Context, after uint64, n int) ([]OutboxEntry, error)
	// Ack deletes the entries up to and including upto.
	Ack(ctx context.Context, upto uint64) error
}
