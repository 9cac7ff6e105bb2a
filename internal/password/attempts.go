package password

import (
	"sync"
	"time"
)

// A password may be tried maxAttempts times within attemptWindow. People need
// no more, and guessing at that pace leads nowhere.
const (
	maxAttempts   = 5
	attemptWindow = 5 * time.Minute

	// maxTracked is the number of entries from which old ones are dropped.
	maxTracked = 10_000
)

// Attempts bounds how often passwords are tried. The zero value is ready, and
// safe for concurrent use. It is kept in memory alone.
type Attempts struct {
	mu      sync.Mutex
	entries map[string]attempts
}

type attempts struct {
	since time.Time
	n     int
}

// Begin counts one attempt on somebody's password and reports whether it may be
// made. It is called before the password is looked at, so that many attempts at
// once are no way past the bound.
func (a *Attempts) Begin(id string, now time.Time) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	e := a.entries[id]
	if now.Sub(e.since) >= attemptWindow {
		e = attempts{since: now}
	}
	if e.n >= maxAttempts {
		return false
	}
	e.n++
	if a.entries == nil {
		a.entries = map[string]attempts{}
	}
	if len(a.entries) >= maxTracked {
		for name, old := range a.entries {
			if now.Sub(old.since) >= attemptWindow {
				delete(a.entries, name)
			}
		}
	}
	a.entries[id] = e
	return true
}

// Right forgets the attempts on a password that was given rightly.
func (a *Attempts) Right(id string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.entries, id)
}
