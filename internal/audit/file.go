package audit

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"github.com/aratame/aratame/internal/awsid"
)

const (
	maxFile  = 64 << 20 // a file is not begun anew below this size
	maxOpen  = 64       // files held open
	tailRead = 8 << 20  // bytes looked through for ids that an earlier process wrote

	// NoAccount is the directory of events that belong to no account: calls
	// with an unknown access key.
	NoAccount = "none"
)

// file is what the sink asks of an open file; tests put faults in its place.
type file interface {
	io.ReaderAt
	io.Writer
	Sync() error
	Truncate(size int64) error
	Close() error
	Stat() (fs.FileInfo, error)
}

// A day names the files of one account and one day of event times, in UTC.
type day struct {
	account string
	date    string // 2006/01/02
}

func (e *entry) day() day {
	d := day{NoAccount, e.EventTime.UTC().Format("2006/01/02")}
	if awsid.ValidAccountID(e.RecipientAccountID) {
		d.account = e.RecipientAccountID
	}
	return d
}

// files is the sink of files ROOT/ACCOUNT/YYYY/MM/DD/NNNNNN.jsonl. Of the
// files of a day the one with the highest number is appended to. Only write,
// holds and close touch its fields, and the log calls them one at a time.
type files struct {
	root string
	max  int64
	open map[day]*appender
	uses uint64
	buf  []byte                  // of the last append, to be used again
	seen map[day]map[string]bool // ids read from the files of a day

	openFile func(name string, flag int, perm fs.FileMode) (file, error)
}

// maxBuffer bounds the memory that is kept from one append to the next.
const maxBuffer = 4 << 20

// appender is an open file and the length that is known to be good.
type appender struct {
	file
	name string
	size int64
	used uint64

	dirty bool // written since the last Sync
}

// OpenFiles opens the log in a directory, which is made (mode 0700) if it
// doesn't exist. It fails when the directory can't be written. One process
// may use a directory; its lock is the caller's task. Files are repaired when
// they are next written: a last line that a crash cut short is removed.
func OpenFiles(root string) (*Log, error) {
	s := newFiles(root)
	if err := mkdir(root); err != nil {
		return nil, fmt.Errorf("audit: %s: cannot be made: check its owner and the free space: %w", root, err)
	}
	if err := s.probe(); err != nil {
		return nil, fmt.Errorf("audit: %s: cannot be written: check its owner and the free space: %w", root, err)
	}
	return newLog(s), nil
}

func newFiles(root string) *files {
	return &files{
		root: root, max: maxFile,
		open: map[day]*appender{},
		seen: map[day]map[string]bool{},
		openFile: func(name string, flag int, perm fs.FileMode) (file, error) {
			return os.OpenFile(name, flag|syscall.O_NOFOLLOW, perm)
		},
	}
}

func (s *files) dir(d day) string {
	return filepath.Join(s.root, d.account, filepath.FromSlash(d.date))
}

func (s *files) write(entries []*entry, sync bool) {
	var order []day
	groups := make(map[day][]*entry, 1)
	for _, en := range entries {
		d := en.day()
		if groups[d] == nil {
			order = append(order, d)
		}
		groups[d] = append(groups[d], en)
	}
	for _, d := range order {
		if err := s.append(d, groups[d], sync); err != nil {
			for _, en := range groups[d] {
				en.err = err
			}
		}
	}
}

// append writes the lines of a day by one write and, if sync is set, one fsync.
func (s *files) append(d day, entries []*entry, sync bool) error {
	n := 0
	for _, en := range entries {
		n += len(en.line)
	}
	buf := slices.Grow(s.buf[:0], n)
	for _, en := range entries {
		buf = append(buf, en.line...)
	}
	if s.buf = buf; cap(buf) > maxBuffer {
		s.buf = nil
	}
	a, err := s.appender(d, int64(n))
	if err != nil {
		return err
	}
	_, err = a.Write(buf)
	synced := err == nil && sync
	if synced {
		err = a.Sync()
	}
	if err == nil {
		a.size += int64(n)
		a.dirty = !sync
		return nil
	}
	// Nothing of a refused call may stay. After a failed fsync the state of the
	// file is unknown for good, and so it is when it can't be cut: the next
	// events go to a new file, and readers pass over a cut line.
	cut := a.Truncate(a.size)
	if synced || cut != nil {
		delete(s.open, d)
		_ = a.Close()
		if a.size == 0 {
			_ = os.Remove(a.name)
		} else if e := s.begin(d, a.name); e != nil {
			err = errors.Join(err, e)
		}
	}
	return err
}

// sync puts onto the disk what append only wrote. A file that can't be synced
// is left as it is, and the next events go to a new one.
func (s *files) sync() error {
	var errs []error
	for d, a := range s.open {
		if !a.dirty {
			continue
		}
		a.dirty = false
		if err := a.Sync(); err != nil {
			delete(s.open, d)
			errs = append(errs, err, a.Close(), s.begin(d, a.name))
		}
	}
	return errors.Join(errs...)
}

// appender returns the file that n more bytes of a day go to.
func (s *files) appender(d day, n int64) (*appender, error) {
	a := s.open[d]
	if a == nil {
		names, err := s.list(d)
		if err != nil {
			return nil, err
		}
		if len(names) == 0 {
			err = s.begin(d, "")
		} else {
			err = s.resume(d, names[len(names)-1])
		}
		if err != nil {
			return nil, err
		}
		a = s.open[d]
	}
	if a.size > 0 && a.size+n > s.max {
		delete(s.open, d)
		if err := a.finish(); err != nil {
			return nil, err
		}
		if err := s.begin(d, a.name); err != nil {
			return nil, err
		}
		a = s.open[d]
	}
	s.uses++
	a.used = s.uses
	return a, s.trim(d)
}

// trim closes the file that was unused the longest when too many are open.
func (s *files) trim(keep day) error {
	if len(s.open) <= maxOpen {
		return nil
	}
	oldest, found := day{}, false
	for d, a := range s.open {
		if d != keep && (!found || a.used < s.open[oldest].used) {
			oldest, found = d, true
		}
	}
	a := s.open[oldest]
	delete(s.open, oldest)
	return a.finish()
}

// finish closes a file that is on the disk.
func (a *appender) finish() error {
	var err error
	if a.dirty {
		err = a.Sync()
	}
	return errors.Join(err, a.Close())
}

// begin makes the file after the one named, and returns when its directory
// entry is durable.
func (s *files) begin(d day, after string) error {
	n := 1
	if after != "" {
		last, ok := number(after)
		if !ok {
			return fmt.Errorf("audit: %s has no number", after)
		}
		n = last + 1
	}
	dir := s.dir(d)
	if err := mkdir(dir); err != nil {
		return err
	}
	name := filepath.Join(dir, fmt.Sprintf("%06d.jsonl", n))
	f, err := s.openFile(name, os.O_RDWR|os.O_APPEND|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	if err := syncDir(dir); err != nil {
		_ = f.Close()
		_ = os.Remove(name)
		return err
	}
	s.open[d] = &appender{file: f, name: name}
	return nil
}

// resume opens a file that exists and cuts off what follows its last line
// feed: the rest of a write that a crash cut short, which nobody was told of
// as kept.
func (s *files) resume(d day, name string) error {
	f, err := s.openFile(name, os.O_RDWR|os.O_APPEND, 0)
	if err != nil {
		return err
	}
	size, end, err := extent(f)
	if err == nil && end < size {
		if err = f.Truncate(end); err == nil {
			err = f.Sync()
		}
	}
	if err != nil {
		_ = f.Close()
		return err
	}
	s.open[d] = &appender{file: f, name: name, size: end}
	return nil
}

// extent gives the size of a file and the length up to its last line feed.
func extent(f file) (size, end int64, err error) {
	info, err := f.Stat()
	if err != nil {
		return 0, 0, err
	}
	size = info.Size()
	buf := make([]byte, 64<<10)
	for at := size; at > 0; {
		n := min(at, int64(len(buf)))
		at -= n
		if _, err := f.ReadAt(buf[:n], at); err != nil {
			return size, 0, err
		}
		if i := bytes.LastIndexByte(buf[:n], '\n'); i >= 0 {
			return size, at + int64(i) + 1, nil
		}
	}
	return size, 0, nil
}

// list gives the files of a day, in the order they were made.
func (s *files) list(d day) ([]string, error) {
	entries, err := os.ReadDir(s.dir(d))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	var names []string
	for _, e := range entries {
		if _, ok := number(e.Name()); ok && e.Type().IsRegular() {
			names = append(names, filepath.Join(s.dir(d), e.Name()))
		}
	}
	slices.SortFunc(names, func(a, b string) int {
		x, _ := number(a)
		y, _ := number(b)
		return x - y
	})
	return names, nil
}

func number(name string) (int, bool) {
	stem, ok := strings.CutSuffix(filepath.Base(name), ".jsonl")
	n, err := strconv.Atoi(stem)
	return n, ok && err == nil && n > 0 && len(stem) >= 6
}

func (s *files) holds(entries []*entry) (map[string]bool, error) {
	held := map[string]bool{}
	for _, en := range entries {
		d := en.day()
		ids, ok := s.seen[d]
		if !ok {
			var err error
			if ids, err = s.tail(d); err != nil {
				return nil, err
			}
			s.seen[d] = ids
		}
		if ids[en.EventID] {
			held[en.EventID] = true
		}
	}
	return held, nil
}

// tail reads the ids of a day's last events, tailRead bytes back. Entries
// without an Ack are the newest, so that they are among these.
func (s *files) tail(d day) (map[string]bool, error) {
	names, err := s.list(d)
	if err != nil {
		return nil, err
	}
	ids := map[string]bool{}
	left := int64(tailRead)
	for _, name := range slices.Backward(names) {
		err := s.backward(name, func(line []byte, _ int64) bool {
			left -= int64(len(line)) + 1
			if p, err := placeOf(line); err == nil {
				ids[p.EventID] = true
			}
			return left > 0
		})
		if err != nil {
			return nil, err
		}
		if left <= 0 {
			break
		}
	}
	return ids, nil
}

// probe writes, syncs and removes a file of the size of a small batch.
func (s *files) probe() error {
	name := filepath.Join(s.root, "probe")
	f, err := s.openFile(name, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(make([]byte, 64<<10))
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close(), os.Remove(name))
}

func (s *files) close() error {
	var errs []error
	for _, a := range s.open {
		errs = append(errs, a.Close())
	}
	clear(s.open)
	return errors.Join(errs...)
}

// mkdir makes a directory and those above it, and syncs each one's parent, so
// that a file synced in it can be found after a power loss.
func mkdir(dir string) error {
	if info, err := os.Stat(dir); err == nil {
		if !info.IsDir() {
			return &fs.PathError{Op: "mkdir", Path: dir, Err: syscall.ENOTDIR}
		}
		return nil
	}
	parent := filepath.Dir(dir)
	if parent != dir {
		if err := mkdir(parent); err != nil {
			return err
		}
	}
	if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return syncDir(parent)
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
