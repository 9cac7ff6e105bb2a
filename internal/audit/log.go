package audit

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// Errors of Append, AppendAsync and Drain.
var (
	// ErrUnavailable: the event can't be kept now (disk full, read-only, I/O
	// error); the caller must refuse the call that it tells of.
	ErrUnavailable = errors.New("audit: events cannot be written")
	// ErrClosed: the log was closed.
	ErrClosed = errors.New("audit: log is closed")
)

const (
	// FlushInterval is the longest that an event of AppendAsync waits before it
	// is written and synced.
	FlushInterval = 100 * time.Millisecond
	// retryInterval is the pause between attempts while the files can't be
	// written.
	retryInterval = time.Second

	// Bounds of the queue. Half full, it is written without waiting for
	// FlushInterval; full, callers wait.
	maxQueue      = 8192
	maxQueueBytes = 16 << 20
)

// An entry is an encoded event on its way to the files.
type entry struct {
	place
	line   []byte
	waited bool  // a caller waits for it; it isn't tried again
	synced bool  // … until it is on the disk, not only in the file
	err    error // set by the sink
}

// A sink keeps entries. The log calls it from one goroutine at a time, scan
// excepted, which may run beside the others.
type sink interface {
	// write puts the entries into the files, and onto the disk if sync is set,
	// and sets err of those that it could not keep; of these nothing is left
	// behind where that can be helped.
	write(entries []*entry, sync bool)
	// sync puts onto the disk what write left in the files.
	sync() error
	// holds reports which of the entries are kept already, by event id.
	holds(entries []*entry) (map[string]bool, error)
	scan(q Query, yield func(Record, error) bool)
	// probe tries whether events can be written.
	probe() error
	close() error
}

// batch is what one call of write takes; its callers wait on done.
type batch struct {
	entries []*entry
	bytes   int
	urgent  bool // somebody waits, or it is large
	waited  bool // somebody waits for the files
	synced  bool // somebody waits for the disk
	done    chan struct{}
}

// A Log takes events and keeps them. All methods may be called at once from
// any goroutine.
type Log struct {
	sink sink

	mu     sync.Mutex
	next   *batch        // filling
	space  chan struct{} // closed when next was taken, then renewed
	closed bool
	err    error // of the last write or probe; nil when it succeeded
	lost   error // of events given up at Close

	wake    chan struct{} // next is urgent
	first   chan struct{} // next got its first entry
	stopped chan struct{} // the writer has ended

	unsynced bool // the writer's own: files hold what the disk may not

	sinkMu sync.Mutex // one user of write and holds at a time
	drain  sync.Mutex // one Drain at a time, and the owner of the next two
	recent recent
	caught bool // an outbox was seen empty: what comes now is of this process
}

// newLog starts the writer of a log.
func newLog(s sink) *Log {
	l := &Log{
		sink:    s,
		next:    &batch{done: make(chan struct{})},
		space:   make(chan struct{}),
		wake:    make(chan struct{}, 1),
		first:   make(chan struct{}, 1),
		stopped: make(chan struct{}),
	}
	go l.run()
	return l
}

// Append keeps an event and returns once it is on the disk. Callers at the
// same time share one fsync. When ctx ends first its error is returned, and
// the event may still be kept: refuse the call all the same.
func (l *Log) Append(ctx context.Context, e *Event) error { return l.appendAndWait(ctx, e, true) }

// AppendWritten is Append for events that need only survive the end of this
// process, kill -9 included, before the call goes on: it returns once the event
// is in the file, and the disk has it within FlushInterval. A loss of power may
// take that much.
func (l *Log) AppendWritten(ctx context.Context, e *Event) error {
	return l.appendAndWait(ctx, e, false)
}

func (l *Log) appendAndWait(ctx context.Context, e *Event, sync bool) error {
	en, err := newEntry(e)
	if err != nil {
		return err
	}
	en.waited, en.synced = true, sync
	b, err := l.enqueue(ctx, en)
	if err != nil {
		return err
	}
	select {
	case <-b.done:
		return en.err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// AppendAsync takes an event that is written within FlushInterval. It waits
// only when the queue is full, and fails when ctx ends meanwhile. While the
// files can't be written it fails with ErrUnavailable; what it took before
// that is kept in memory and tried again.
func (l *Log) AppendAsync(ctx context.Context, e *Event) error {
	en, err := newEntry(e)
	if err != nil {
		return err
	}
	_, err = l.enqueue(ctx, en)
	return err
}

func newEntry(e *Event) (*entry, error) {
	line, err := Encode(e)
	if err != nil {
		return nil, err
	}
	return &entry{
		place: place{e.EventID, At(e.EventTime.Time), e.RecipientAccountID},
		line:  append(line, '\n'),
	}, nil
}

func (l *Log) enqueue(ctx context.Context, en *entry) (*batch, error) {
	l.mu.Lock()
	for {
		b := l.next
		switch {
		case l.closed:
			l.mu.Unlock()
			return nil, ErrClosed
		case l.err != nil && !en.waited:
			err := l.err
			l.mu.Unlock()
			return nil, err
		case len(b.entries) < maxQueue && b.bytes < maxQueueBytes:
			b.entries = append(b.entries, en)
			b.bytes += len(en.line)
			b.waited, b.synced = b.waited || en.waited, b.synced || en.synced
			if len(b.entries) == 1 {
				signal(l.first)
			}
			if !b.urgent && (en.waited || len(b.entries) >= maxQueue/2 || b.bytes >= maxQueueBytes/2) {
				b.urgent = true
				signal(l.wake)
			}
			l.mu.Unlock()
			return b, nil
		}
		space := l.space
		l.mu.Unlock()
		select {
		case <-space:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		l.mu.Lock()
	}
}

func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// run is the writer: it sleeps until there is an event, waits for company
// unless someone is waiting for it, and writes all there is at once.
func (l *Log) run() {
	defer close(l.stopped)
	timer := time.NewTimer(0)
	defer timer.Stop()
	behind := time.NewTimer(0) // the disk is, for twice that long at most
	defer behind.Stop()
	for {
		select {
		case <-l.first:
			timer.Reset(l.pause())
			select {
			case <-l.wake:
			case <-timer.C:
			}
		case <-l.wake:
		case <-behind.C:
			if l.unsynced {
				l.catchUp()
			}
			continue
		}
		was := l.unsynced
		end := l.flush()
		if l.unsynced && !was {
			behind.Reset(FlushInterval)
		}
		if end {
			if l.unsynced {
				l.catchUp()
			}
			return
		}
	}
}

// catchUp syncs what was only written. When that fails, calls are refused until
// the files can be written again.
func (l *Log) catchUp() {
	l.unsynced = false
	l.sinkMu.Lock()
	err := l.sink.sync()
	l.sinkMu.Unlock()
	if err == nil {
		return
	}
	err = fmt.Errorf("%w: %w", ErrUnavailable, err)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.err = err
	if l.closed {
		l.lost = err
		return
	}
	signal(l.first) // try again
}

func (l *Log) pause() time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.err != nil {
		return retryInterval
	}
	return FlushInterval
}

// flush writes the next batch and reports whether the log is closed and
// empty. After a failure it is called every retryInterval, and tries the disk
// even without an event, so that the log recovers unasked.
func (l *Log) flush() (end bool) {
	l.mu.Lock()
	b, failing, closing := l.next, l.err != nil, l.closed
	l.next = &batch{done: make(chan struct{})}
	l.mu.Unlock()

	var err error
	l.sinkMu.Lock()
	switch {
	case len(b.entries) > 0:
		sync := b.synced || !b.waited || closing
		l.sink.write(b.entries, sync)
		l.unsynced = l.unsynced || !sync
	case failing:
		err = l.sink.probe()
	}
	l.sinkMu.Unlock()

	var again []*entry
	for _, en := range b.entries {
		if en.err == nil {
			continue
		}
		err = en.err
		en.err = fmt.Errorf("%w: %w", ErrUnavailable, en.err)
		if !en.waited {
			again = append(again, &entry{place: en.place, line: en.line})
		}
	}
	if err != nil {
		err = fmt.Errorf("%w: %w", ErrUnavailable, err)
	}

	l.mu.Lock()
	defer l.mu.Unlock()
	l.err = err
	close(b.done)
	close(l.space)
	l.space = make(chan struct{})
	if l.closed {
		if len(again) > 0 {
			l.lost = err
		}
		if len(l.next.entries) > 0 { // came in while the last batch was written
			signal(l.wake)
			return false
		}
		return true
	}
	if len(again) > 0 {
		l.next.entries = append(again, l.next.entries...)
		for _, en := range again {
			l.next.bytes += len(en.line)
		}
	}
	if err != nil {
		signal(l.first)
	}
	return false
}

// Err is nil while events can be written, and the last error otherwise, for
// the readiness check.
func (l *Log) Err() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return ErrClosed
	}
	return l.err
}

// Flush returns when every event taken before it is written, with the error
// of the write.
func (l *Log) Flush(ctx context.Context) error {
	l.mu.Lock()
	b := l.next
	if l.closed {
		l.mu.Unlock()
		return ErrClosed
	}
	b.urgent, b.synced = true, true
	signal(l.wake)
	l.mu.Unlock()
	select {
	case <-b.done:
		return l.Err()
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Close writes what is queued, syncs and closes the files. Events that come
// later get ErrClosed. Its error tells of events that could not be kept. Call
// Drain before it, since the outbox is not looked at.
func (l *Log) Close() error {
	l.mu.Lock()
	if l.closed {
		l.mu.Unlock()
		<-l.stopped
		return nil
	}
	l.closed = true
	signal(l.wake)
	l.mu.Unlock()
	<-l.stopped
	return errors.Join(l.lost, l.sink.close()) // the writer has ended
}
