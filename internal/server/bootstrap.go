package server

import (
	"context"
	"time"

	"github.com/aratame/aratame/internal/account"
	"github.com/aratame/aratame/internal/api"
	"github.com/aratame/aratame/internal/audit"
	"github.com/aratame/aratame/internal/awsid"
	"github.com/aratame/aratame/internal/password"
	"github.com/aratame/aratame/internal/store"
)

// adminName is the user made at the first start, and adminPolicy what it may.
const (
	adminName   = "admin"
	adminPolicy = "arn:aws:iam::aws:policy/AdministratorAccess"
)

// First is what the first start has made. It is shown once; the secrets are
// kept sealed or hashed alone.
type First struct {
	Account      string
	Admin        string // name of the administrator
	KeyID        string // the administrator's
	Secret       string
	RootPassword string
	RootKey      bool // an access key of root was asked for, against advice
}

// bootstrap makes the account: its root user with a console password, and an
// administrator with one access key.
func (s *Server) bootstrap(ctx context.Context, number string) (string, error) {
	now := s.now().UTC().Truncate(time.Second)
	f := &First{Account: number, Admin: s.admin}
	if f.Account == "" {
		f.Account = awsid.NewAccountID(s.rand)
	}
	var err error
	if f.RootPassword, err = password.New(s.rand); err != nil {
		return "", err
	}
	settings := &account.Settings{Account: f.Account, Created: now, Root: account.Root{PasswordChanged: now}}
	if settings.Root.PasswordHash, err = password.Hash(ctx, s.rand, f.RootPassword); err != nil {
		return "", err
	}
	var claims []store.Claim
	if s.cfg.RootKeyID != "" {
		f.RootKey = true
		key, err := s.sealKey(f.Account, s.cfg.RootKeyID, s.cfg.RootSecret, now)
		if err != nil {
			return "", err
		}
		settings.Root.Keys = []account.AccessKey{key}
		claims = append(claims, store.Claim{Name: api.KeyClaim(key.ID)})
	}
	admin, err := s.newAdmin(f, now)
	if err != nil {
		return "", err
	}
	err = s.accounts.Create(ctx, settings, func(tx *account.Tx) (store.Effects, error) {
		tx.PutUser(admin)
		entry, err := s.hostEvent(f.Account, "CreateAccount", now, []string{admin.ARN(f.Account)})
		return store.Effects{Claims: claims, Outbox: entry}, err
	})
	if err != nil {
		return "", err
	}
	s.first = f
	if s.dir != "" {
		if err := s.writeAdmin(f); err != nil {
			return "", err
		}
	}
	return f.Account, nil
}

func (s *Server) newAdmin(f *First, now time.Time) (*account.User, error) {
	f.KeyID = awsid.NewAccessKeyID(s.rand, awsid.AccessKeyPrefix, f.Account)
	f.Secret = awsid.NewSecretAccessKey(s.rand)
	key, err := s.sealKey(f.Account, f.KeyID, f.Secret, now)
	if err != nil {
		return nil, err
	}
	return &account.User{
		ID: awsid.NewEntityID(s.rand, awsid.UserPrefix, f.Account), Name: f.Admin, Path: "/", Created: now,
		Attached: []string{adminPolicy}, Keys: []account.AccessKey{key},
	}, nil
}

func (s *Server) sealKey(acct, id, secret string, now time.Time) (account.AccessKey, error) {
	sealed, err := s.keys.secrets.Seal(api.AccessKeyLabel(acct, id), []byte(secret))
	return account.AccessKey{ID: id, Secret: sealed, Status: account.Active, Created: now}, err
}

// hostEvent is the audit event of something that was done on the host, past
// the API.
func (s *Server) hostEvent(acct, name string, now time.Time, arns []string) ([]store.OutboxEntry, error) {
	e := &audit.Event{
		UserIdentity: &audit.UserIdentity{Type: "AWSService", InvokedBy: "aratame"},
		EventTime:    audit.At(now), EventSource: "aratame", EventName: name, AWSRegion: "us-east-1",
		SourceIPAddress: "aratame", EventID: awsid.NewRequestID(s.rand), EventType: audit.AwsServiceEvent,
		ManagementEvent: true, RecipientAccountID: acct,
	}
	for _, arn := range arns {
		e.Resources = append(e.Resources, audit.Resource{ARN: arn, AccountID: acct})
	}
	data, err := audit.Encode(e)
	return []store.OutboxEntry{{ID: e.EventID, Data: data}}, err
}
