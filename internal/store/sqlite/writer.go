package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"sync/atomic"

	"github.com/aratame/aratame/internal/store"
)

// One transaction takes at most groupOps waiting operations and stops
// gathering at groupBytes, which bounds its memory and the wait of its members.
const (
	groupOps   = 128
	groupBytes = store.MaxBatch
)

// op is one operation that waits for the writer.
type op struct {
	// apply writes inside the writer's transaction. It refuses before it
	// writes anything: a refusal leaves the transaction as it was. Any other
	// error ends the transaction for all. It may be called again after that.
	apply func(*writer) error
	bytes int
	state atomic.Int32
	done  chan error // one value
	err   error      // the writer's own: the refusal
}

const (
	waiting   int32 = iota
	taken           // by the writer, which will send to done
	withdrawn       // by the caller, whose context ended; the writer skips it
)

// refusal marks an error of apply that leaves the transaction clean.
type refusal struct{ error }

func (r refusal) Unwrap() error { return r.error }

// writer owns the one connection that writes aratame.db. While a transaction
// is being made durable further operations gather, and the next one takes all
// of them: one flush of the disk for many commits.
type writer struct {
	store   *Store
	db      *sql.DB
	conn    *sql.Conn
	queue   chan *op
	stopped chan struct{}
	st      writeStatements
	all     []*sql.Stmt // of st, to be closed
}

type writeStatements struct {
	begin, commit, rollback             *sql.Stmt
	version, addUnit, setUnit           *sql.Stmt
	put, trim                           *sql.Stmt
	holder, take, giveUp, addEntry, ack *sql.Stmt
}

func newWriter(s *Store, db *sql.DB) *writer {
	return &writer{store: s, db: db, queue: make(chan *op, groupOps), stopped: make(chan struct{})}
}

func (w *writer) prepare(ctx context.Context) (err error) {
	if w.conn, err = w.db.Conn(ctx); err != nil {
		return err
	}
	for _, p := range []struct {
		into *(*sql.Stmt)
		text string
	}{
		{&w.st.begin, "BEGIN IMMEDIATE"},
		{&w.st.commit, "COMMIT"},
		{&w.st.rollback, "ROLLBACK"},
		{&w.st.version, "SELECT n, tag FROM unit WHERE id = ?"},
		{&w.st.addUnit, "INSERT INTO unit (n, tag, id) VALUES (?, ?, ?)"},
		{&w.st.setUnit, "UPDATE unit SET n = ?, tag = ? WHERE id = ?"},
		{&w.st.put, "INSERT INTO record (unit, key, part, data) VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET data = excluded.data"},
		{&w.st.trim, "DELETE FROM record WHERE unit = ? AND key = ? AND part >= ?"},
		{&w.st.holder, "SELECT unit FROM claim WHERE name = ?"},
		{&w.st.take, "INSERT INTO claim (name, unit) VALUES (?, ?) ON CONFLICT DO NOTHING"},
		{&w.st.giveUp, "DELETE FROM claim WHERE name = ?"},
		{&w.st.addEntry, "INSERT INTO outbox (id, data) VALUES (?, ?)"},
		{&w.st.ack, "DELETE FROM outbox WHERE seq <= ?"},
	} {
		if *p.into, err = w.conn.PrepareContext(ctx, p.text); err != nil {
			return err
		}
		w.all = append(w.all, *p.into)
	}
	return nil
}

// close closes the statements first: one left open would keep SQLite's
// connection alive, and the log would stay behind.
func (w *writer) close() error {
	for _, st := range w.all {
		_ = st.Close()
	}
	if w.conn != nil {
		_ = w.conn.Close()
	}
	return w.db.Close()
}

// do hands an operation to the writer and waits. The caller has entered the
// store, so the queue is open. Once taken, the outcome is waited for: it is a
// matter of one disk flush, and better than an unknown one.
func (w *writer) do(ctx context.Context, bytes int, apply func(*writer) error) error {
	o := &op{apply: apply, bytes: bytes, done: make(chan error, 1)}
	select {
	case w.queue <- o:
	case <-ctx.Done():
		return ended(ctx)
	}
	select {
	case err := <-o.done:
		return err
	case <-ctx.Done():
		if o.state.CompareAndSwap(waiting, withdrawn) {
			return ended(ctx)
		}
		return <-o.done
	}
}

// run is the writer's goroutine; it ends when the queue is closed and empty.
func (w *writer) run() {
	defer close(w.stopped)
	group := make([]*op, 0, groupOps)
	for o := range w.queue {
		group = group[:0]
		bytes := 0
		for more := true; more; {
			if o.state.CompareAndSwap(waiting, taken) {
				group = append(group, o)
				bytes += o.bytes
			}
			if len(group) >= groupOps || bytes >= groupBytes {
				break
			}
			select {
			case o, more = <-w.queue:
			default:
				more = false
			}
		}
		w.serve(group)
		clear(group)
	}
}

// serve answers every operation of a group. If the common transaction fails
// and nothing of it is written, each gets one of its own, so that the failure
// of one is not that of the others.
func (w *writer) serve(group []*op) {
	begun, err := w.transact(group)
	if err != nil && begun && len(group) > 1 && !errors.Is(err, store.ErrUnknown) {
		for i := range group {
			w.serve(group[i : i+1])
		}
		return
	}
	for _, o := range group {
		if o.err != nil {
			o.done <- o.err
		} else {
			o.done <- err
		}
	}
}

// transact applies a group in one transaction and returns when it is durable.
// Refusals are left in the operations; the error is of the transaction, and
// begun is false if not even its beginning succeeded.
func (w *writer) transact(group []*op) (begun bool, err error) {
	if len(group) == 0 {
		return false, nil
	}
	ctx := context.Background() // a transaction is never given up half way
	if _, err := w.st.begin.ExecContext(ctx); err != nil {
		return false, failed("begin", err)
	}
	for _, o := range group {
		o.err = nil
		err := o.apply(w)
		var refused refusal
		if errors.As(err, &refused) {
			o.err = refused.error
		} else if err != nil {
			w.undo()
			return true, failed("write", err)
		}
	}
	if _, err := w.st.commit.ExecContext(ctx); err != nil {
		w.undo()
		return true, commitFailed(err)
	}
	return true, nil
}

// undo ends a failed transaction. SQLite may have ended it already, then this
// fails, and that is as well.
func (w *writer) undo() { _, _ = w.st.rollback.ExecContext(context.Background()) }
