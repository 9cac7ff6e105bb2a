package totp

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"sync"
)

// Areas is where the periods of taken codes are stored; store.Store is one. Of
// two values for a key Merge keeps the one that sorts higher.
type Areas interface {
	Merge(ctx context.Context, area string, newest map[string][]byte) error
	LoadArea(ctx context.Context, area string) (map[string][]byte, error)
}

// Area is the name of the store's area that holds an account's taken codes.
func Area(account string) string { return "totp/" + account }

// A value is the period of the last code taken, as eight big-endian bytes so
// that the later of two sorts higher, and a format byte.
const valueFormat = 1

func encode(step int64) []byte {
	return append(binary.BigEndian.AppendUint64(nil, uint64(step)), valueFormat)
}

func decode(value []byte) (step int64, ok bool) {
	if len(value) != 9 || value[8] != valueFormat || value[0]>>7 != 0 {
		return 0, false
	}
	return int64(binary.BigEndian.Uint64(value)), true
}

// key stands for the seed, so that what was taken is remembered for a device
// that was deactivated and enabled again, and not for a new one of the same
// name. A seed can't be found from its digest: it is 320 random bits.
func (d *Device) key() string {
	sum := sha256.Sum256([]byte("aratame totp 1\x00" + d.Account + "\x00" + d.Seed))
	return base64.RawURLEncoding.EncodeToString(sum[:18])
}

// memory holds the taken codes of accounts; each account is loaded when its
// first code comes.
type memory struct {
	store    Areas
	mu       sync.Mutex
	accounts map[string]*taken
}

// taken is what is known of an account's devices.
type taken struct {
	mu      sync.Mutex
	devices map[string]state
}

type state struct {
	last     int64 // period of the last code taken; 0 is none
	failedIn int64 // the period that failures counts
	failures int
	row      int // wrong codes since the last right one
}

// refuses reports whether the device has had its wrong codes of the period.
func (d *state) refuses(current int64) bool {
	if d.row >= maxRow {
		return current < d.failedIn+slowPeriods
	}
	return d.failedIn == current && d.failures >= maxFailures
}

// maxDevices is the number of entries from which old ones are looked for.
const maxDevices = 10_000

// maxForgotten is how many values one start deletes; the store takes more at
// once.
const maxForgotten = 1000

// forgotten reports whether no check can still find the codes of a period.
func forgotten(step, current int64) bool { return step+2*resyncWindow < current }

func (m *memory) of(ctx context.Context, account string, current int64) (*taken, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if t := m.accounts[account]; t != nil {
		return t, nil
	}
	values, err := m.store.LoadArea(ctx, Area(account))
	if err != nil {
		return nil, err
	}
	t, old, damaged := &taken{devices: map[string]state{}}, map[string][]byte{}, map[string][]byte{}
	for key, value := range values {
		step, ok := decode(value)
		switch {
		case !ok && len(old) >= maxForgotten:
			t.devices[key] = state{last: current + checkWindow}
		case !ok:
			// It can't be told which codes were taken: none up to now is good.
			t.devices[key] = state{last: current + checkWindow}
			old[key], damaged[key] = nil, encode(current+checkWindow)
		case forgotten(step, current):
			if len(old) < maxForgotten { // others at a later start
				old[key] = nil
			}
		default:
			t.devices[key] = state{last: step}
		}
	}
	for _, change := range []map[string][]byte{old, damaged} { // in this order: what is damaged may sort higher
		if len(change) == 0 {
			continue
		}
		if err := m.store.Merge(ctx, Area(account), change); err != nil {
			return nil, err
		}
	}
	m.accounts[account] = t
	return t, nil
}

func (m *memory) keep(ctx context.Context, account, key string, step int64) error {
	return m.store.Merge(ctx, Area(account), map[string][]byte{key: encode(step)})
}

// exhausted reports whether the device has had its wrong codes of this period.
func (t *taken) exhausted(key string, current int64) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	d := t.devices[key]
	return d.refuses(current)
}

// mark takes the codes of n periods up to step, if they were found, all are
// later than those taken and the device hasn't had its wrong codes. It counts
// codes that weren't found; one that was taken already is no guess, and must
// not lock out whoever has sent it twice.
func (t *taken) mark(key string, current, step int64, found bool, n int64) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	d := t.devices[key]
	if d.refuses(current) {
		return false
	}
	ok := found && step-n >= d.last
	switch {
	case ok:
		d.last, d.row = step, 0
	case !found:
		if d.failedIn != current {
			d.failedIn, d.failures = current, 0
		}
		d.failures++
		d.row++
	}
	if len(t.devices) >= maxDevices {
		for name, old := range t.devices {
			if forgotten(max(old.last, old.failedIn), current) {
				delete(t.devices, name)
			}
		}
	}
	t.devices[key] = d
	return ok
}
