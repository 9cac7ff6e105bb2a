package session

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync/atomic"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/aratame/aratame/internal/awsid"
	"github.com/aratame/aratame/internal/seal"
)

// tokenMagic begins every token; in base64 it reads "FwoG", as tokens of STS
// do. The last byte is the version of the framing.
var tokenMagic = [4]byte{0x17, 0x0a, 0x06, 1}

const (
	// cacheSize is the number of opened tokens kept, and cacheWeight the bytes
	// of policies and tags beyond which a session isn't kept: 8 MB as a rule,
	// 40 MB if every session is as large as it may be.
	cacheSize   = 4096
	cacheWeight = 8 << 10
	maxKeyID    = 128 // model: accessKeyIdType
)

// A Minter mints and opens tokens under a session keyring. All methods may be
// called at once from any goroutine.
type Minter struct {
	state atomic.Pointer[state]
}

// state is a keyring with what was opened by it. They change together, so that
// a key that was taken out takes its sessions along.
type state struct {
	ring   *seal.Keyring
	opened *lru.Cache[[sha256.Size]byte, *Session]
}

// NewMinter returns a Minter for the keyring.
func NewMinter(k *seal.Keyring) *Minter {
	m := &Minter{}
	m.Use(k)
	return m
}

// Use replaces the keyring and forgets all opened tokens. The keyring's Bytes
// must be stored first, and known to the other nodes before long: a token of a
// key that a node doesn't have is invalid there.
func (m *Minter) Use(k *seal.Keyring) {
	opened, err := lru.New[[sha256.Size]byte, *Session](cacheSize)
	if err != nil {
		panic("session: " + err.Error()) // the size is a positive constant
	}
	m.state.Store(&state{k, opened})
}

// Mint makes credentials for a session. The caller sets all members but
// AccessKeyID and SecretAccessKey; a zero Issued becomes now, a later one than
// now is refused. Times are cut to whole seconds. Expires is at most
// MaxDuration after Issued.
//
// Policies and tags that take more than their allotment of 2,048 packed bytes,
// or make the token longer than MaxToken, give the awserr.Error
// PackedPolicyTooLarge. Any other error is a defect of the caller.
func (m *Minter) Mint(now time.Time, rand io.Reader, s Session) (Credentials, error) {
	if s.AccessKeyID != "" || s.SecretAccessKey != "" {
		return Credentials{}, errors.New("session: keys are made by Mint")
	}
	if !awsid.ValidAccountID(s.Account) {
		return Credentials{}, errors.New("session: account is not twelve digits")
	}
	s.AccessKeyID = awsid.NewAccessKeyID(rand, awsid.SessionKeyPrefix, s.Account)
	s.SecretAccessKey = awsid.NewSecretAccessKey(rand)
	if s.Issued.IsZero() {
		s.Issued = now
	} else if s.Issued.After(now) {
		return Credentials{}, errors.New("session: it is issued in the future")
	}
	s.Issued = s.Issued.UTC().Truncate(time.Second)
	s.Expires = s.Expires.UTC().Truncate(time.Second)
	if err := s.check(); err != nil {
		return Credentials{}, err
	}
	record, packed, err := s.encode()
	if err != nil {
		return Credentials{}, err
	}
	if packed > allotment {
		return Credentials{}, errTooLarge(percent(packed))
	}
	sealed, err := m.state.Load().ring.Seal(binding(nil, s.AccessKeyID), record)
	if err != nil {
		return Credentials{}, fmt.Errorf("session: sealing: %w", err)
	}
	token := base64.StdEncoding.EncodeToString(append(tokenMagic[:], sealed...))
	if len(token) > MaxToken {
		return Credentials{}, errTooLarge(max(101, 100*len(token)/MaxToken))
	}
	return Credentials{
		AccessKeyID:      s.AccessKeyID,
		SecretAccessKey:  s.SecretAccessKey,
		SessionToken:     token,
		Expiration:       s.Expires,
		PackedPolicySize: percent(packed),
		Packed:           packed > 0,
	}, nil
}

// Open returns the session of a token that was presented with an access key
// id. Its errors are ErrInvalid, without a session, and ErrExpired, with it: a
// session ends at the very second of its expiry. The signature by the
// session's secret is not checked here.
func (m *Minter) Open(now time.Time, accessKeyID, token string) (*Session, error) {
	if len(token) > MaxToken || len(accessKeyID) > maxKeyID {
		return nil, ErrInvalid
	}
	st := m.state.Load()
	// The id is hashed with the token: a cached session is found again only by
	// the pair that was authenticated, and neither part of such a pair holds
	// the separator.
	var buf [maxKeyID + 1 + MaxToken]byte
	key := sha256.Sum256(append(append(append(buf[:0], accessKeyID...), 0), token...))
	s, ok := st.opened.Get(key)
	if !ok {
		record, err := st.unseal(accessKeyID, token)
		if err != nil {
			return nil, err
		}
		if s, err = decode(record); err != nil {
			return nil, ErrInvalid
		}
		s.AccessKeyID = accessKeyID
		if s.weight() <= cacheWeight {
			st.opened.Add(key, s)
		}
	}
	if !now.Before(s.Expires) {
		return s, ErrExpired
	}
	return s, nil
}

// weight is the size of the members that can be large once unpacked.
func (s *Session) weight() int {
	n := len(s.Policy)
	for _, a := range s.PolicyARNs {
		n += len(a)
	}
	for _, t := range s.Tags {
		n += len(t.Key) + len(t.Value)
	}
	for _, c := range s.Context {
		n += len(c.Key) + len(c.Value)
	}
	return n
}

func (st *state) unseal(accessKeyID, token string) ([]byte, error) {
	// The decoder skips line breaks, which would give a token many spellings.
	if strings.ContainsAny(token, "\r\n") {
		return nil, ErrInvalid
	}
	b, err := base64.StdEncoding.Strict().DecodeString(token)
	if err != nil || len(b) < len(tokenMagic) || [4]byte(b) != tokenMagic {
		return nil, ErrInvalid
	}
	record, err := st.ring.Open(binding(make([]byte, 0, 160), accessKeyID), b[len(tokenMagic):])
	if err != nil {
		return nil, ErrInvalid
	}
	return record, nil
}

// binding is the associated data of a token.
func binding(b []byte, accessKeyID string) []byte {
	b = append(b, "aratame session v1\x00"...)
	return append(b, accessKeyID...)
}
