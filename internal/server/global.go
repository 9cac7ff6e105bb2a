package server

import (
	"context"
	"crypto/rand"
	"fmt"
	"time"

	"github.com/aratame/aratame/internal/seal"
	"github.com/aratame/aratame/internal/store"
)

// The unit "global" holds what belongs to the directory as a whole: the
// keyrings, each sealed under the key-encryption key.
const (
	globalUnit     = "global"
	secretsRecord  = "keyring/secrets"
	sessionsRecord = "keyring/sessions"
	markersRecord  = "markers/key"
)

// The purposes that are bound into the keyrings.
const (
	secretsPurpose  = "secret"
	sessionsPurpose = "session"
)

// keys are what the directory seals and authenticates with.
type keys struct {
	secrets  *seal.Sealer
	sessions *seal.Keyring
	markers  []byte
}

// openKeys reads the keys of the directory, or makes them where there are none
// yet.
func openKeys(ctx context.Context, s store.Store, kek seal.KEK, now time.Time) (*keys, error) {
	version, records, err := s.Load(ctx, globalUnit)
	if err != nil {
		return nil, err
	}
	if version.IsZero() {
		return createKeys(ctx, s, kek, now)
	}
	found := map[string][]byte{}
	for _, r := range records {
		found[r.Key] = r.Data
	}
	secrets, err := seal.OpenKeyring(secretsPurpose, found[secretsRecord], kek)
	if err != nil {
		return nil, wrongKey(err)
	}
	sessions, err := seal.OpenKeyring(sessionsPurpose, found[sessionsRecord], kek)
	if err != nil {
		return nil, wrongKey(err)
	}
	k := &keys{secrets: seal.NewSealer(secrets), sessions: sessions}
	if k.markers, err = k.secrets.Open(markersLabel, found[markersRecord]); err != nil {
		return nil, wrongKey(err)
	}
	return k, nil
}

var markersLabel = seal.Label{Account: globalUnit, Kind: "markers", Name: "v1"}

func createKeys(ctx context.Context, s store.Store, kek seal.KEK, now time.Time) (*keys, error) {
	secrets, err := seal.NewKeyring(secretsPurpose, kek, now)
	if err != nil {
		return nil, err
	}
	sessions, err := seal.NewKeyring(sessionsPurpose, kek, now)
	if err != nil {
		return nil, err
	}
	k := &keys{secrets: seal.NewSealer(secrets), sessions: sessions, markers: make([]byte, 32)}
	b := store.Batch{Unit: globalUnit}
	if _, err := rand.Read(k.markers); err != nil {
		return nil, err
	}
	if _, err := rand.Read(b.Tag[:]); err != nil {
		return nil, err
	}
	sealed, err := k.secrets.Seal(markersLabel, k.markers)
	if err != nil {
		return nil, err
	}
	b.Changes = []store.Record{
		{Key: secretsRecord, Data: secrets.Bytes()},
		{Key: sessionsRecord, Data: sessions.Bytes()},
		{Key: markersRecord, Data: sealed},
	}
	if _, err := s.Commit(ctx, b); err != nil {
		return nil, err
	}
	return k, nil
}

// wrongKey says what a keyring that doesn't open means for the operator.
func wrongKey(err error) error {
	return fmt.Errorf("the key file does not open this database; put back the key file that was made with it, "+
		"or the database that belongs to the key file: %w", err)
}
