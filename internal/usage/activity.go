package usage

import (
	"strings"
	"sync/atomic"
	"time"

	"github.com/aratame/aratame/internal/awsid"
)

const (
	// MaxAttempts and MaxAttemptsPerAccount bound the attempts held, over all
	// accounts and of one, so that no account takes the memory of others. Each
	// takes about 300 bytes.
	MaxAttempts           = 1 << 19
	MaxAttemptsPerAccount = 1 << 18

	// RetentionDays is how long attempts and uses of roles are kept (IAM User
	// Guide, "Refine permissions using last accessed information").
	RetentionDays = 400

	maxService = 64 // model: serviceNamespaceType
	maxAction  = 128
)

// An Attempt is the last time that a principal asked for something, whether it
// was allowed or not.
type Attempt struct {
	Principal string // unique id of a user or role, or the account number of the root user
	Service   string // namespace, such as "iam"
	Action    string // name, such as "CreateUser"; "" for whatever of the service came last
	Time      time.Time
	Region    string
}

// An actor is a principal with its attempts.
type actor struct {
	account  string
	attempts map[attempt]*entry
}

// attempt is what an actor has tried; an empty action is the service.
type attempt struct{ service, action string }

// NoteAttempt records that a principal asked for an action of a service: for
// both the service and the action. It is Note for what policies speak of: call
// it for each request that is authenticated and decided, before the outcome is
// known, and not for further permissions that a request needs. Service and
// action must be of those that the server knows, in its spelling: each takes
// memory until it is forgotten or 400 days old.
func (t *Tracker) NoteAttempt(account, principal, service, action string, at time.Time, region string) {
	unix := at.Unix()
	if unix < 0 || unix > maxUnix || action == "" {
		return
	}
	t.passed(unix)
	s := t.shard(principal)
	var entries [2]*entry
	s.mu.RLock()
	if a := s.actors[principal]; a != nil {
		entries[0], entries[1] = a.attempts[attempt{service, ""}], a.attempts[attempt{service, action}]
	}
	s.mu.RUnlock()
	for i, e := range entries {
		if e == nil {
			what := attempt{service, action}
			if i == 0 {
				what.action = ""
			}
			if e = t.addAttempt(s, account, principal, what); e == nil {
				return
			}
		}
		old := e.use.Load()
		if old != nil && old.unix >= unix {
			continue
		}
		now := &use{unix: unix}
		if old != nil && old.region == region {
			now.region = old.region
		} else {
			now.region = text(region)
		}
		if e.set(now) {
			s.mark(e)
		}
	}
}

// addAttempt makes the entry of an attempt, or returns nil when there are too
// many or when no area can hold it.
func (t *Tracker) addAttempt(s *shard, account, principal string, what attempt) *entry {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.actors[principal]
	if a != nil {
		if e := a.attempts[what]; e != nil {
			return e
		}
	}
	if !storable(account, principal) || strings.IndexByte(principal, '/') >= 0 || !what.storable() {
		t.dropped.Add(1)
		return nil
	}
	held := t.heldBy(account)
	if t.attempts.Load() >= MaxAttempts || held.Load() >= MaxAttemptsPerAccount {
		t.dropped.Add(1)
		return nil
	}
	t.attempts.Add(1)
	held.Add(1)
	what = attempt{strings.Clone(what.service), strings.Clone(what.action)}
	principal, account = strings.Clone(principal), strings.Clone(account)
	if a == nil {
		a = &actor{account: account, attempts: make(map[attempt]*entry)}
		s.actors[principal] = a
	}
	e := &entry{name: what.name(principal), account: a.account}
	a.attempts[what] = e
	return e
}

// heldBy counts the attempts of an account.
func (t *Tracker) heldBy(account string) *atomic.Int64 {
	t.heldMu.Lock()
	defer t.heldMu.Unlock()
	n := t.held[account]
	if n == nil {
		n = new(atomic.Int64)
		t.held[strings.Clone(account)] = n
	}
	return n
}

// Attempts returns what a principal has asked for, in no order.
func (t *Tracker) Attempts(principal string) []Attempt {
	s := t.shard(principal)
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.actors[principal].list(principal, nil)
}

// AccountAttempts returns, in no order, the services that each principal of an
// account has asked for, without the actions.
func (t *Tracker) AccountAttempts(account string) []Attempt {
	var all []Attempt
	for i := range t.shards {
		s := &t.shards[i]
		s.mu.RLock()
		for principal, a := range s.actors {
			if a.account == account {
				all = append(all, a.list(principal, func(w attempt) bool { return w.action == "" })...)
			}
		}
		s.mu.RUnlock()
	}
	return all
}

// list returns the attempts that keep holds for; nil keeps all.
func (a *actor) list(principal string, keep func(attempt) bool) []Attempt {
	if a == nil {
		return nil
	}
	var out []Attempt
	for what, e := range a.attempts {
		u := e.use.Load()
		if u == nil || e.gone.Load() || keep != nil && !keep(what) {
			continue
		}
		out = append(out, Attempt{principal, what.service, what.action, time.Unix(u.unix, 0).UTC(), u.region})
	}
	return out
}

// ForgetPrincipal drops all that is known of a user or role that was deleted,
// but for its access keys, which have ids of their own.
func (t *Tracker) ForgetPrincipal(account, principal string) {
	s := t.shard(principal)
	s.mu.RLock()
	var gone []*entry
	if a := s.actors[principal]; a != nil {
		for _, e := range a.attempts {
			gone = append(gone, e)
		}
	}
	for _, kind := range []Kind{Role, Password} {
		if e := s.entries[name{kind, principal}]; e != nil {
			gone = append(gone, e)
		}
	}
	s.mu.RUnlock()
	for _, e := range gone {
		e.gone.Store(true)
		s.mark(e)
	}
}

// passed remembers the newest time that was noted, which is the clock by which
// uses grow old.
func (t *Tracker) passed(unix int64) {
	if unix > t.latest.Load() {
		t.latest.Store(unix)
	}
}

// expire drops what is older than RetentionDays, once a day. A use in the
// seconds until the Flush it belongs to is lost with it.
func (t *Tracker) expire() {
	const day = 24 * 60 * 60
	latest := t.latest.Load()
	if latest < t.expired+day {
		return
	}
	t.expired = latest
	before := latest - RetentionDays*day
	for i := range t.shards {
		s := &t.shards[i]
		var old []*entry
		add := func(e *entry) {
			if u := e.use.Load(); u != nil && u.unix < before {
				old = append(old, e)
			}
		}
		s.mu.RLock()
		for n, e := range s.entries {
			if n.kind == Role {
				add(e)
			}
		}
		for _, a := range s.actors {
			for _, e := range a.attempts {
				add(e)
			}
		}
		s.mu.RUnlock()
		for _, e := range old {
			e.gone.Store(true)
			s.mark(e)
		}
	}
}

// remove takes an entry that is gone out of memory.
func (t *Tracker) remove(e *entry) {
	s := t.shardOf(e)
	s.mu.Lock()
	defer s.mu.Unlock()
	if e.kind != triedService && e.kind != triedAction {
		if s.entries[e.name] == e {
			delete(s.entries, e.name)
			t.count.Add(-1)
		}
		return
	}
	principal, what, _ := e.attempt()
	if a := s.actors[principal]; a != nil && a.attempts[what] == e {
		delete(a.attempts, what)
		if len(a.attempts) == 0 {
			delete(s.actors, principal)
		}
		t.attempts.Add(-1)
		t.heldBy(e.account).Add(-1)
	}
}

func (w attempt) storable() bool {
	const apart = "/:\x00"
	return w.service != "" && len(w.service) <= maxService && !strings.ContainsAny(w.service, apart) &&
		len(w.action) <= maxAction && !strings.ContainsAny(w.action, apart)
}

// name is how an attempt stands in an area.
func (w attempt) name(principal string) name {
	if w.action == "" {
		return name{triedService, principal + "/" + w.service}
	}
	return name{triedAction, principal + "/" + w.service + ":" + w.action}
}

// attempt reads a name of one of the two kinds.
func (n name) attempt() (principal string, what attempt, ok bool) {
	principal, rest, ok := strings.Cut(n.id, "/")
	if what.service = rest; n.kind == triedAction {
		var named bool
		what.service, what.action, named = strings.Cut(rest, ":")
		ok = ok && named && what.action != ""
	}
	return principal, what, ok && principal != "" && len(principal) <= maxID && what.storable()
}

// storable reports whether an area can hold the use of an id.
func storable(account, id string) bool {
	return awsid.ValidAccountID(account) && id != "" && len(id) <= maxID
}
