package sigv4

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"strings"
	"sync"
)

// DefaultKeyCacheSize is the bound of a KeyCache made with a size below 2.
const DefaultKeyCacheSize = 4096

// A KeyCache keeps derived signing keys, each for one access key, day, region and service. It is bounded, safe for
// concurrent use, and holds no secret: with each key goes a hash of the secret that it came from, and a key is served
// only to a caller who presents that secret, so a changed or deleted secret never meets its old key. A nil *KeyCache
// derives every time.
type KeyCache struct {
	half int
	mu   sync.RWMutex
	// Two generations: when the young one is full it becomes the old one, and what the old one held is gone unless
	// it was used since. That is least-recently-used within a factor of two, without a list to keep.
	young, old map[cacheKey]cacheEntry
}

type cacheKey struct{ keyID, date, region, service string }

type cacheEntry struct {
	secret [sha256.Size]byte
	key    [sha256.Size]byte
}

// NewKeyCache returns a cache of at most size keys, about 300 bytes each.
func NewKeyCache(size int) *KeyCache {
	if size < 2 {
		size = DefaultKeyCacheSize
	}
	return &KeyCache{half: size / 2, young: map[cacheKey]cacheEntry{}}
}

// SigningKey returns the signing key of a secret for a day (YYYYMMDD), region and service, and keeps it. Use it for
// requests that have been verified, such as the chunks of a body; Verify itself keeps no key of an unproven request.
func (c *KeyCache) SigningKey(keyID, secret, date, region, service string) [sha256.Size]byte {
	key, ok := c.lookup(keyID, secret, date, region, service)
	if !ok {
		key = deriveKey(secret, date, region, service)
		c.store(keyID, secret, date, region, service, key)
	}
	return key
}

// Len returns the number of keys held.
func (c *KeyCache) Len() int {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return len(c.young) + len(c.old)
}

func (c *KeyCache) lookup(keyID, secret, date, region, service string) (key [sha256.Size]byte, ok bool) {
	if c == nil {
		return key, false
	}
	k := cacheKey{keyID, date, region, service}
	c.mu.RLock()
	e, young := c.young[k]
	found := young
	if !young {
		e, found = c.old[k]
	}
	c.mu.RUnlock()
	if !found {
		return key, false
	}
	hash := hashSecret(secret)
	if subtle.ConstantTimeCompare(hash[:], e.secret[:]) != 1 {
		return key, false
	}
	if !young {
		c.put(k.clone(), e)
	}
	return e.key, true
}

func (c *KeyCache) store(keyID, secret, date, region, service string, key [sha256.Size]byte) {
	if c == nil {
		return
	}
	c.put(cacheKey{keyID, date, region, service}.clone(), cacheEntry{secret: hashSecret(secret), key: key})
}

// clone frees the key from a request's buffers, which the cache must not keep alive.
func (k cacheKey) clone() cacheKey {
	return cacheKey{strings.Clone(k.keyID), strings.Clone(k.date), strings.Clone(k.region), strings.Clone(k.service)}
}

func (c *KeyCache) put(k cacheKey, e cacheEntry) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.old, k)
	if _, replace := c.young[k]; !replace && len(c.young) >= c.half {
		c.old, c.young = c.young, make(map[cacheKey]cacheEntry, c.half)
	}
	c.young[k] = e
}

// hashSecret ties a cached key to its secret. The prefix keeps the hash from being of use anywhere else.
func hashSecret(secret string) [sha256.Size]byte {
	b := make([]byte, 0, 192)
	b = append(b, "sigv4 key cache\x00"...)
	return sha256.Sum256(append(b, secret...))
}

func deriveKey(secret, date, region, service string) (key [sha256.Size]byte) {
	b := make([]byte, 0, 192)
	b = append(b, "AWS4"...)
	b = append(b, secret...)
	for _, part := range [...]string{date, region, service, terminator} {
		mac := hmac.New(sha256.New, b)
		mac.Write([]byte(part))
		b = mac.Sum(b[:0])
	}
	copy(key[:], b)
	return key
}
