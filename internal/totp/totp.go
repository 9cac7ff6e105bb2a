package totp

import (
	"context"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"
)

// Periods and windows. AWS documents that a device of which codes are sent late
// is associated all the same and is out of sync then, and that two codes in
// sequence synchronise it again; the widths of the windows are undocumented.
const (
	period = 30 * time.Second

	checkWindow  = 1    // periods that a clock may be off beyond the device's known drift
	enableWindow = 60   // half an hour
	resyncWindow = 2880 // a day

	// maxFailures is how many wrong codes a device may be asked for in a period
	// before it is refused for the rest of it: of a million codes three are
	// right at any moment, so that whoever holds a user's access key would
	// otherwise guess one within minutes.
	maxFailures = 5

	// At that pace half of all patient guessers would be right within 16 days.
	// Past maxRow wrong codes without a right one a device is asked for one code
	// in every slowPeriods, at which that takes years.
	maxRow      = 50
	slowPeriods = 20 // ten minutes
)

// A Device is whose codes are checked.
type Device struct {
	Account string
	Seed    string // base32, as Seed has made it
	// Drift is how many periods the device's clock is ahead, as Enable or
	// Resync has found it.
	Drift int
}

// A Checker checks codes. It is safe for concurrent use.
//
// The errors of its methods mean that the store can't be asked or told: the
// code is refused, and counts as taken.
type Checker struct {
	memory memory
}

// New returns a Checker that keeps what it has taken in the given store.
func New(s Areas) *Checker { return &Checker{memory: memory{store: s, accounts: map[string]*taken{}}} }

// Check takes a code: it reports whether the code is a right one of about now,
// and neither was taken before nor is older than one that was.
func (c *Checker) Check(ctx context.Context, d Device, code string, now time.Time) (bool, error) {
	_, ok, err := c.take(ctx, d, now, 1, func(current int64) (int64, bool) {
		return search(current+int64(d.Drift), checkWindow, func(step int64) bool { return d.matches(step, code) })
	})
	return ok, err
}

// Enable takes two codes of consecutive periods, the older one first, and tells
// the drift to keep with the device. It finds codes that are half an hour off.
func (c *Checker) Enable(ctx context.Context, d Device, first, second string, now time.Time) (drift int, ok bool, err error) {
	return c.pair(ctx, d, first, second, now, enableWindow)
}

// Resync is Enable for codes that are up to a day off.
func (c *Checker) Resync(ctx context.Context, d Device, first, second string, now time.Time) (drift int, ok bool, err error) {
	return c.pair(ctx, d, first, second, now, resyncWindow)
}

func (c *Checker) pair(ctx context.Context, d Device, first, second string, now time.Time, window int64) (int, bool, error) {
	step, ok, err := c.take(ctx, d, now, 2, func(current int64) (int64, bool) {
		return search(current, window, func(step int64) bool { return d.matches(step-1, first) && d.matches(step, second) })
	})
	if !ok || err != nil {
		return 0, false, err
	}
	return int(step - periodOf(now)), true, nil
}

// take lets find look for the period of the last of n consecutive codes and
// marks them as taken. Wrong codes are counted under the same lock, so that
// many at once are no way past the limit.
func (c *Checker) take(ctx context.Context, d Device, now time.Time, n int64, find func(current int64) (int64, bool)) (int64, bool, error) {
	current := periodOf(now)
	t, err := c.memory.of(ctx, d.Account, current)
	if err != nil {
		return 0, false, err
	}
	key := d.key()
	if t.exhausted(key, current) {
		return 0, false, nil
	}
	step, found := find(current)
	if !t.mark(key, current, step, found, n) {
		return 0, false, nil
	}
	if err := c.memory.keep(ctx, d.Account, key, step); err != nil {
		return 0, false, err
	}
	return step, true, nil
}

// search goes from the middle outwards, the later one of two that are equally
// far first.
func search(middle, window int64, right func(step int64) bool) (int64, bool) {
	for off := int64(0); off <= window; off++ {
		if right(middle + off) {
			return middle + off, true
		}
		if off > 0 && right(middle-off) {
			return middle - off, true
		}
	}
	return 0, false
}

func (d *Device) matches(step int64, code string) bool {
	if step < 0 {
		return false
	}
	ok, err := hotp.ValidateCustom(code, uint64(step), d.Seed, hotp.ValidateOpts{Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1})
	return ok && err == nil
}

func periodOf(t time.Time) int64 { return t.Unix() / int64(period/time.Second) }
