package audit

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/aratame/aratame/internal/awsid"
)

// A Query selects events of one account by their time.
type Query struct {
	Account  string    // twelve digits, or NoAccount
	From, To time.Time // From ≤ time < To; a zero To is no bound
}

func (q Query) includes(t time.Time) bool {
	return !t.Before(q.From) && (q.To.IsZero() || t.Before(q.To))
}

// A Record is an event as it is kept.
type Record struct {
	EventID string
	Time    time.Time
	JSON    json.RawMessage // decodes into an Event
}

// A DamageError tells of a line that is no event.
type DamageError struct {
	File   string
	Offset int64
}

// Error names file and offset, never the content.
func (e *DamageError) Error() string {
	return fmt.Sprintf("audit: %s: the line at byte %d is no event", e.File, e.Offset)
}

// Scan gives the events of a query, the newest days first and within a day
// those written last first; since calls end out of order, times of neighbours may
// be a few seconds astray. It sees all events taken before it. A *DamageError
// concerns one line, and the scan can go on after it; any other error is its
// last. A torn last line is passed over: its event was never acknowledged.
func (l *Log) Scan(ctx context.Context, q Query) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		if q.Account != NoAccount && !awsid.ValidAccountID(q.Account) {
			yield(Record{}, fmt.Errorf("audit: %q is no account", q.Account))
			return
		}
		if err := l.Flush(ctx); err != nil && !errors.Is(err, ErrClosed) && !errors.Is(err, ErrUnavailable) {
			yield(Record{}, err)
			return
		}
		l.sink.scan(q, func(r Record, err error) bool {
			if ctx.Err() != nil {
				yield(Record{}, ctx.Err())
				return false
			}
			return yield(r, err)
		})
	}
}

// scan walks the directories of an account, newest first.
func (s *files) scan(q Query, yield func(Record, error) bool) {
	root := filepath.Join(s.root, q.Account)
	for _, date := range days(root, q) {
		names, err := s.list(day{q.Account, date})
		if err != nil {
			yield(Record{}, err)
			return
		}
		for _, name := range slices.Backward(names) {
			goOn := true
			err := s.backward(name, func(line []byte, at int64) bool {
				p, err := placeOf(line)
				switch {
				case err != nil:
					goOn = yield(Record{}, &DamageError{name, at})
				case q.includes(p.EventTime.Time):
					goOn = yield(Record{p.EventID, p.EventTime.Time, bytes.Clone(line)}, nil)
				}
				return goOn
			})
			if err != nil && goOn {
				yield(Record{}, err)
				return
			}
			if !goOn {
				return
			}
		}
	}
}

// days lists the dates below an account's directory that a query can touch,
// newest first.
func days(root string, q Query) []string {
	first, last := "0000/00/00", "9999/99/99"
	if !q.From.IsZero() {
		first = q.From.UTC().Format("2006/01/02")
	}
	if !q.To.IsZero() {
		last = q.To.UTC().Format("2006/01/02")
	}
	var dates []string
	var walk func(prefix string, depth int)
	walk = func(prefix string, depth int) {
		entries, err := os.ReadDir(filepath.Join(root, filepath.FromSlash(prefix)))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			dates = append(dates, prefix) // listing it again reports the error
			return
		}
		for _, e := range slices.Backward(entries) {
			p := strings.TrimPrefix(prefix+"/"+e.Name(), "/")
			if !e.IsDir() || p < first[:min(len(p), len(first))] || p > last[:min(len(p), len(last))] {
				continue
			}
			if depth == 2 {
				dates = append(dates, p)
			} else {
				walk(p, depth+1)
			}
		}
	}
	walk("", 0)
	return dates
}

// backward gives the full lines of a file from the last to the first, without
// their line feed, each with its offset, until visit returns false. A line is
// valid during its visit only.
func (s *files) backward(name string, visit func(line []byte, at int64) bool) error {
	f, err := s.openFile(name, os.O_RDONLY, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	_, end, err := extent(f)
	if err != nil {
		return err
	}
	const chunk = 256 << 10
	var rest []byte // the beginning of a line whose end is in an earlier turn's chunk
	for at := end; at > 0; {
		n := min(at, chunk)
		at -= n
		buf := make([]byte, n, n+int64(len(rest)))
		if _, err := f.ReadAt(buf, at); err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		buf = append(buf, rest...)
		for {
			body := bytes.TrimSuffix(buf, []byte{'\n'})
			i := bytes.LastIndexByte(body, '\n')
			if i < 0 {
				break
			}
			if !visit(body[i+1:], at+int64(i)+1) {
				return nil
			}
			buf = buf[:i+1]
		}
		rest = buf
	}
	if len(rest) > 0 {
		visit(bytes.TrimSuffix(rest, []byte{'\n'}), 0)
	}
	return nil
}
