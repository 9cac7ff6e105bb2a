package usage

import (
	"hash/maphash"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// A Kind is the kind of identity whose use is noted.
type Kind uint8

const (
	AccessKey Kind = 1 // by access key id; time, service and region
	Role      Kind = 2 // by role id; time and region
	Password  Kind = 3 // by user id (or account id for root); time

	triedService Kind = 4 // of an attempt, see NoteAttempt
	triedAction  Kind = 5
)

// A Use is the last use of an identity.
type Use struct {
	Time    time.Time // whole seconds, UTC
	Service string    // signing name, such as "iam"; AccessKey only
	Region  string    // "us-east-1"; not for Password
}

const (
	shards = 64
	// MaxEntries bounds the identities held; a note of one more is dropped and
	// counted. At about 250 bytes each that is 250 MB, for some hundred
	// accounts at their quotas.
	MaxEntries = 1 << 20
	// Longer texts come from no AWS client; their note is kept without them.
	maxText = 64
	maxUnix = 1 << 40
)

// A Tracker holds the last use of each identity. All methods may be called at
// once from any goroutine. The zero value is not usable; see New.
type Tracker struct {
	seed    maphash.Seed
	shards  [shards]shard
	count   atomic.Int64
	dropped atomic.Int64
	flush   sync.Mutex // one Flush at a time

	attempts atomic.Int64
	heldMu   sync.Mutex
	held     map[string]*atomic.Int64 // attempts by account
	latest   atomic.Int64             // newest time noted
	expired  int64                    // when old uses were last dropped; under flush
}

type shard struct {
	mu      sync.RWMutex
	entries map[name]*entry
	actors  map[string]*actor // by principal
	dirty   []*entry          // changed since the last Flush, each once
}

// name is an identity; unique ids are of one account each.
type name struct {
	kind Kind
	id   string
}

type entry struct {
	name
	account string
	use     atomic.Pointer[use]
	dirty   atomic.Bool // it is in its shard's list
	gone    atomic.Bool // forgotten: to be deleted in the area
}

// use is a Use as it is kept: its time in seconds. It never changes.
type use struct {
	unix            int64
	service, region string
}

// New returns an empty Tracker.
func New() *Tracker {
	t := &Tracker{seed: maphash.MakeSeed(), held: make(map[string]*atomic.Int64)}
	for i := range t.shards {
		t.shards[i].entries, t.shards[i].actors = make(map[name]*entry), make(map[string]*actor)
	}
	return t
}

func (t *Tracker) shard(id string) *shard {
	return &t.shards[maphash.String(t.seed, id)%shards]
}

// shardOf is the shard of an entry: attempts are beside each other.
func (t *Tracker) shardOf(e *entry) *shard {
	if e.kind == triedService || e.kind == triedAction {
		principal, _, _ := e.attempt()
		return t.shard(principal)
	}
	return t.shard(e.id)
}

// Note records a use, made at the given instant. Of several uses within one
// second the first is kept; an older one never replaces a newer one. Only
// authenticated uses may be noted: an id takes memory until it is forgotten.
func (t *Tracker) Note(kind Kind, account, id string, at time.Time, service, region string) {
	unix := at.Unix()
	if unix < 0 || unix > maxUnix {
		return
	}
	t.passed(unix)
	s := t.shard(id)
	s.mu.RLock()
	e := s.entries[name{kind, id}]
	s.mu.RUnlock()
	if e != nil {
		if u := e.use.Load(); u != nil && u.unix >= unix {
			return
		}
	} else if e = t.add(s, kind, account, id); e == nil {
		return
	}
	if e.set(&use{unix, text(service), text(region)}) {
		s.mark(e)
	}
}

func text(s string) string {
	if len(s) > maxText || strings.IndexByte(s, 0) >= 0 {
		return ""
	}
	return strings.Clone(s) // it may be a piece of a whole request
}

// add makes the entry of an identity, or returns nil when there are too many.
func (t *Tracker) add(s *shard, kind Kind, account, id string) *entry {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := name{kind, id}
	if e := s.entries[n]; e != nil {
		return e
	}
	if t.count.Load() >= MaxEntries || !storable(account, id) {
		t.dropped.Add(1)
		return nil
	}
	t.count.Add(1)
	n.id = strings.Clone(id)
	e := &entry{name: n, account: strings.Clone(account)}
	s.entries[n] = e
	return e
}

// set makes u the entry's use unless there is one as new.
func (e *entry) set(u *use) bool {
	for {
		old := e.use.Load()
		if old != nil && old.unix >= u.unix {
			return false
		}
		if e.use.CompareAndSwap(old, u) {
			return true
		}
	}
}

// mark puts an entry on the list of the next Flush.
func (s *shard) mark(e *entry) {
	if e.dirty.Swap(true) {
		return
	}
	s.mu.Lock()
	s.dirty = append(s.dirty, e)
	s.mu.Unlock()
}

// Last returns the last use of an identity; ok is false if none is known.
func (t *Tracker) Last(kind Kind, id string) (last Use, ok bool) {
	s := t.shard(id)
	s.mu.RLock()
	e := s.entries[name{kind, id}]
	s.mu.RUnlock()
	if e == nil || e.gone.Load() {
		return Use{}, false
	}
	u := e.use.Load()
	if u == nil {
		return Use{}, false
	}
	return Use{time.Unix(u.unix, 0).UTC(), u.service, u.region}, true
}

// Forget drops an identity that was deleted; the next Flush deletes it in the
// area as well. Unique ids never come back.
func (t *Tracker) Forget(kind Kind, account, id string) {
	s := t.shard(id)
	e := t.add(s, kind, account, id)
	if e != nil {
		e.gone.Store(true)
		s.mark(e)
	}
}

// Dropped counts the notes that were not kept because there are too many, or
// because no area can hold them.
func (t *Tracker) Dropped() int64 { return t.dropped.Load() }
