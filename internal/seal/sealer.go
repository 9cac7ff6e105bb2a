package seal

import (
	"sync/atomic"
)

// A Label says where a secret is kept. It is bound into the sealed bytes, so
// that a secret moved to another account, kind or name doesn't open. Use
// immutable ids as names: a renamed user would otherwise lose its secrets.
type Label struct {
	Account string // twelve digits, or the unit's name
	Kind    string // "accesskey", "mfa" …
	Name    string // the immutable id
}

func (l Label) bytes() []byte {
	b := make([]byte, 0, 96)
	b = append(b, "aratame secret v1\x00"...)
	b = appendField(b, l.Account)
	b = appendField(b, l.Kind)
	return appendField(b, l.Name)
}

// A Sealer seals secrets at rest under a keyring that can be replaced while
// it is in use. All methods may be called at once from any goroutine.
type Sealer struct {
	ring atomic.Pointer[Keyring]
}

// NewSealer returns a Sealer that uses the keyring.
func NewSealer(k *Keyring) *Sealer {
	s := &Sealer{}
	s.ring.Store(k)
	return s
}

// Use replaces the keyring, whose Bytes must have been stored before.
func (s *Sealer) Use(k *Keyring) { s.ring.Store(k) }

// Keyring returns the keyring in use.
func (s *Sealer) Keyring() *Keyring { return s.ring.Load() }

// Seal seals a secret for the place that the label names.
func (s *Sealer) Seal(l Label, secret []byte) ([]byte, error) {
	return s.ring.Load().Seal(l.bytes(), secret)
}

// Open opens a secret that Seal sealed under the same label. Its only error is
// ErrOpen.
func (s *Sealer) Open(l Label, sealed []byte) ([]byte, error) {
	return s.ring.Load().Open(l.bytes(), sealed)
}

// Current reports whether a secret was sealed under the newest key.
func (s *Sealer) Current(sealed []byte) bool { return s.ring.Load().Current(sealed) }
