package sts

import (
	"crypto/sha256"
	"sync"
	"time"
)

// maxAssertions bounds what is remembered of one provider: whoever has one
// could otherwise fill the memory with assertions of their own. Those of five
// minutes are ten a second.
const maxAssertions = 3000

// usedAssertions remembers the assertions that may be used once, until they
// expire. Others may be used again for as long as they can be presented, as with
// AWS: clients ask for several roles with one.
type usedAssertions struct {
	mu        sync.Mutex
	providers map[string]map[[sha256.Size]byte]time.Time // when they expire, by the digest of their id
}

// take marks an assertion as used. It fails when it has been, and when too many
// are remembered.
func (u *usedAssertions) take(provider, name string, now, expires time.Time) error {
	id := sha256.Sum256([]byte(name)) // a name may be long
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.providers == nil {
		u.providers = map[string]map[[sha256.Size]byte]time.Time{}
	}
	used := u.providers[provider]
	if _, ok := used[id]; ok {
		return errSAMLUsed
	}
	if used == nil || len(used) >= maxAssertions {
		u.forget(now)
		if used = u.providers[provider]; used == nil {
			used = map[[sha256.Size]byte]time.Time{}
			u.providers[provider] = used
		}
		if len(used) >= maxAssertions {
			return errSAMLBusy
		}
	}
	used[id] = expires
	return nil
}

// forget drops what has expired, of every provider.
func (u *usedAssertions) forget(now time.Time) {
	for provider, used := range u.providers {
		for id, expires := range used {
			if now.After(expires) {
				delete(used, id)
			}
		}
		if len(used) == 0 {
			delete(u.providers, provider)
		}
	}
}
