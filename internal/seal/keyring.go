package seal

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/tink-crypto/tink-go/v2/aead/aesgcm"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/tink"
)

// ErrOpen is the answer of Open to whatever it can't open: forged, altered,
// cut, sealed under other associated data or by another keyring. It doesn't
// say which.
var ErrOpen = errors.New("seal: cannot be opened with this keyring")

// MaxKeys is the number of data keys a keyring can hold; Rotate beyond it
// fails until Prune made room.
const MaxKeys = 100

// maxKeyring bounds the bytes that OpenKeyring reads.
const maxKeyring = 1 << 20

// prefixSize is the length of Tink's key name: a version byte and the key id.
const prefixSize = 5

// A KeyInfo names one data key of a keyring.
type KeyInfo struct {
	ID      uint32
	Created time.Time // whole seconds, UTC
	Primary bool      // the key that Seal uses
}

// A Keyring is a set of data keys. It never changes: Rotate and Prune give a
// new one, whose Bytes are to be stored before it is used for sealing. All
// methods may be called at once from any goroutine.
type Keyring struct {
	purpose string
	handle  *keyset.Handle
	kek     KEK
	stored  []byte
	keys    []KeyInfo // oldest first
	seal    tink.AEAD
	open    map[[prefixSize]byte]tink.AEAD
}

// stored is the record format of a keyring; Created is authenticated with the
// key set.
type stored struct {
	Format  int              `json:"format"`
	Purpose string           `json:"purpose"`
	Created map[uint32]int64 `json:"created"` // key id → Unix seconds
	Keys    []byte           `json:"keys"`    // Tink's key set, sealed under the KEK
}

const format = 1

// NewKeyring makes a keyring of one new data key. The purpose ("session",
// "secret") is bound into the sealed bytes, so that the keyring of one purpose
// never opens as that of another.
func NewKeyring(purpose string, kek KEK, now time.Time) (*Keyring, error) {
	return change(purpose, kek, keyset.NewManager(), nil, now, nil)
}

// OpenKeyring reads what Bytes gave. An error means that the bytes are
// damaged, belong to another purpose, or were sealed under another
// key-encryption key; it never holds key material.
func OpenKeyring(purpose string, data []byte, kek KEK) (*Keyring, error) {
	if len(data) > maxKeyring {
		return nil, fmt.Errorf("seal: keyring of %d bytes, at most %d", len(data), maxKeyring)
	}
	var r stored
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(&r); err != nil {
		return nil, fmt.Errorf("seal: keyring record is damaged: %w", err)
	}
	if d.More() {
		return nil, errors.New("seal: keyring record is damaged: data after its end")
	}
	if r.Format != format {
		return nil, fmt.Errorf("seal: keyring record of format %d; this version reads %d", r.Format, format)
	}
	if r.Purpose != purpose {
		return nil, fmt.Errorf("seal: keyring is for %q, not for %q", r.Purpose, purpose)
	}
	h, err := keyset.ReadWithAssociatedData(keyset.NewBinaryReader(bytes.NewReader(r.Keys)), kek, r.binding())
	if err != nil {
		return nil, errors.New("seal: keyring doesn't open: its record is damaged, or the key-encryption key is not the one it was sealed under")
	}
	return assemble(purpose, kek, h, r, slices.Clone(data))
}

// Bytes is the keyring as it is stored: a versioned JSON record whose key
// material is sealed under the key-encryption key.
func (k *Keyring) Bytes() []byte { return slices.Clone(k.stored) }

// Keys lists the data keys, oldest first.
func (k *Keyring) Keys() []KeyInfo { return slices.Clone(k.keys) }

// Rotate returns a keyring with a new primary key beside all keys of k. Store
// its Bytes before sealing with it: what was sealed under a key that is
// nowhere stored is lost.
func (k *Keyring) Rotate(now time.Time) (*Keyring, error) {
	if len(k.keys) >= MaxKeys {
		return nil, fmt.Errorf("seal: keyring is full at %d keys; prune it first", MaxKeys)
	}
	return change(k.purpose, k.kek, keyset.NewManagerFromHandle(k.handle), k.keys, now, nil)
}

// Prune returns a keyring without the keys that were replaced before the given
// instant; the primary key always stays. What they sealed can't be opened
// any more. It returns k itself when no key is that old.
func (k *Keyring) Prune(before time.Time) (*Keyring, error) {
	m := keyset.NewManagerFromHandle(k.handle)
	var keep []KeyInfo
	for i, key := range k.keys {
		if i+1 < len(k.keys) && k.keys[i+1].Created.Before(before) {
			if err := m.Delete(key.ID); err != nil {
				return nil, fmt.Errorf("seal: pruning: %w", err)
			}
			continue
		}
		keep = append(keep, key)
	}
	if len(keep) == len(k.keys) {
		return k, nil
	}
	return change(k.purpose, k.kek, m, keep, time.Time{}, keep)
}

// Rewrap returns the same keyring sealed under another key-encryption key.
func (k *Keyring) Rewrap(kek KEK) (*Keyring, error) {
	return change(k.purpose, kek, keyset.NewManagerFromHandle(k.handle), k.keys, time.Time{}, k.keys)
}

// change builds the keyring of a manager's keys: with a new primary key made
// at now, or with exactly the keys of only.
func change(purpose string, kek KEK, m *keyset.Manager, old []KeyInfo, now time.Time, only []KeyInfo) (*Keyring, error) {
	r := stored{Format: format, Purpose: purpose, Created: map[uint32]int64{}}
	for _, key := range old {
		r.Created[key.ID] = key.Created.Unix()
	}
	if only == nil {
		p, err := aesgcm.NewParameters(aesgcm.ParametersOpts{
			KeySizeInBytes: 32, IVSizeInBytes: 12, TagSizeInBytes: 16, Variant: aesgcm.VariantTink,
		})
		if err != nil {
			return nil, fmt.Errorf("seal: parameters: %w", err)
		}
		id, err := m.AddNewKeyFromParameters(p)
		if err != nil {
			return nil, fmt.Errorf("seal: new key: %w", err)
		}
		if err := m.SetPrimary(id); err != nil {
			return nil, fmt.Errorf("seal: new key: %w", err)
		}
		// A clock that was set back must not make the new key the older one.
		created := now.Unix()
		if n := len(old); n > 0 {
			created = max(created, old[n-1].Created.Unix())
		}
		r.Created[id] = created
	}
	h, err := m.Handle()
	if err != nil {
		return nil, fmt.Errorf("seal: key set: %w", err)
	}
	var b bytes.Buffer
	if err := h.WriteWithAssociatedData(keyset.NewBinaryWriter(&b), kek, r.binding()); err != nil {
		return nil, fmt.Errorf("seal: the key-encryption key doesn't seal: %w", err)
	}
	r.Keys = b.Bytes()
	data, err := json.Marshal(r)
	if err != nil {
		return nil, fmt.Errorf("seal: key set: %w", err)
	}
	return assemble(purpose, kek, h, r, data)
}

// assemble makes the primitives of each key once, so that Seal and Open do no
// set-up.
func assemble(purpose string, kek KEK, h *keyset.Handle, r stored, data []byte) (*Keyring, error) {
	k := &Keyring{purpose: purpose, handle: h, kek: kek, stored: data, open: map[[prefixSize]byte]tink.AEAD{}}
	if h.Len() != len(r.Created) || h.Len() > MaxKeys {
		return nil, errors.New("seal: keyring record is damaged: its keys and their dates differ")
	}
	for i := range h.Len() {
		e, err := h.Entry(i)
		if err != nil {
			return nil, fmt.Errorf("seal: key set: %w", err)
		}
		key, ok := e.Key().(*aesgcm.Key)
		created, dated := r.Created[e.KeyID()]
		if !ok || !dated || len(key.OutputPrefix()) != prefixSize || e.KeyStatus() != keyset.Enabled {
			return nil, errors.New("seal: keyring holds a key of another kind")
		}
		a, err := aesgcm.NewAEAD(key)
		if err != nil {
			return nil, fmt.Errorf("seal: key set: %w", err)
		}
		k.open[[prefixSize]byte(key.OutputPrefix())] = a
		k.keys = append(k.keys, KeyInfo{ID: e.KeyID(), Created: time.Unix(created, 0).UTC(), Primary: e.IsPrimary()})
		if e.IsPrimary() {
			k.seal = a
		}
	}
	if k.seal == nil {
		return nil, errors.New("seal: keyring has no primary key")
	}
	slices.SortStableFunc(k.keys, func(a, b KeyInfo) int {
		if c := a.Created.Compare(b.Created); c != 0 {
			return c
		}
		switch { // the primary key is the newest, even of one second
		case a.Primary:
			return 1
		case b.Primary:
			return -1
		}
		return 0
	})
	return k, nil
}

// binding is the associated data of the sealed key set: purpose and dates,
// which stay readable in the record but can't be altered.
func (r stored) binding() []byte {
	b := appendField([]byte("aratame keyring v1\x00"), r.Purpose)
	ids := make([]uint32, 0, len(r.Created))
	for id := range r.Created {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	for _, id := range ids {
		b = binary.BigEndian.AppendUint32(b, id)
		b = binary.BigEndian.AppendUint64(b, uint64(r.Created[id]))
	}
	return b
}

// Seal encrypts the plaintext under the primary key and binds it to ad, which
// Open must be given again. The result is 33 bytes longer than the plaintext.
func (k *Keyring) Seal(ad, plaintext []byte) ([]byte, error) {
	b, err := k.seal.Encrypt(plaintext, ad)
	if err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	return b, nil
}

// Open decrypts what Seal of this keyring, or of one it grew from, returned.
// Its only error is ErrOpen.
func (k *Keyring) Open(ad, sealed []byte) ([]byte, error) {
	if len(sealed) < prefixSize {
		return nil, ErrOpen
	}
	a, ok := k.open[[prefixSize]byte(sealed)]
	if !ok {
		return nil, ErrOpen
	}
	b, err := a.Decrypt(sealed, ad)
	if err != nil {
		return nil, ErrOpen
	}
	return b, nil
}

// Current reports whether sealed bytes name the primary key. Those that don't
// should be sealed anew before their key is pruned.
func (k *Keyring) Current(sealed []byte) bool {
	if len(sealed) < prefixSize {
		return false
	}
	a, ok := k.open[[prefixSize]byte(sealed)]
	return ok && a == k.seal
}

// appendField adds a length-prefixed string, so that no two lists of fields
// give the same bytes.
func appendField(b []byte, s string) []byte {
	b = binary.AppendUvarint(b, uint64(len(s)))
	return append(b, s...)
}
