package server

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/aratame/aratame/internal/account"
	"github.com/aratame/aratame/internal/awsid"
	"github.com/aratame/aratame/internal/password"
	"github.com/aratame/aratame/internal/store"
)

// RecoverRootPassword gives the root user a new console password and returns
// it. Whoever has the data directory and its key file may do this: it asks for
// no credentials.
func (s *Server) RecoverRootPassword(ctx context.Context) (string, error) {
	plain, err := password.New(s.rand)
	if err != nil {
		return "", err
	}
	hash, err := password.Hash(ctx, s.rand, plain)
	if err != nil {
		return "", err
	}
	now := s.now().UTC().Truncate(time.Second)
	err = s.accounts.Update(ctx, s.account, func(tx *account.Tx) (store.Effects, error) {
		settings := tx.View().Settings().Clone()
		settings.Root.PasswordHash, settings.Root.PasswordChanged = hash, now
		tx.PutSettings(settings)
		entry, err := s.hostEvent(s.account, "RecoverRootPassword", now, []string{awsid.Root(s.account)})
		return store.Effects{Outbox: entry}, err
	})
	return plain, err
}

// RecoverAdminKey gives the administrator a fresh access key, and makes it one
// again: the user is made if it is gone, AdministratorAccess is attached, a
// permissions boundary taken off. When the user has two keys, the older one is
// deleted. notes tells what may still deny something.
func (s *Server) RecoverAdminKey(ctx context.Context) (f *First, notes []string, err error) {
	now := s.now().UTC().Truncate(time.Second)
	v, err := s.accounts.View(ctx, s.account)
	if err != nil {
		return nil, nil, err
	}
	f = &First{Account: s.account, Admin: s.administrator(v)}
	fresh, err := s.newAdmin(f, now)
	if err != nil {
		return nil, nil, err
	}
	err = s.accounts.Update(ctx, s.account, func(tx *account.Tx) (store.Effects, error) {
		notes = nil
		user := fresh
		if old := tx.View().User(f.Admin); old != nil {
			user = old.Clone()
			if user.Boundary != "" {
				notes = append(notes, "the permissions boundary "+user.Boundary+" was taken off")
				user.Boundary = ""
			}
			if !slices.Contains(user.Attached, adminPolicy) {
				user.Attached = append([]string{adminPolicy}, user.Attached...)
			}
			if n := len(user.Keys); n >= account.MaxKeysPerUser {
				notes = append(notes, "the access key "+user.Keys[0].ID+" was deleted, since a user has at most two")
				user.Keys = user.Keys[n-account.MaxKeysPerUser+1:]
			}
			user.Keys = append(user.Keys, fresh.Keys...)
			if n := len(user.Inline) + len(user.Groups) + len(user.Attached) - 1; n > 0 {
				notes = append(notes, fmt.Sprintf("the user %s has other policies and groups (%d), which may deny something", f.Admin, n))
			}
		}
		tx.PutUser(user)
		entry, err := s.hostEvent(s.account, "RecoverAdminKey", now, []string{user.ARN(s.account)})
		return store.Effects{Outbox: entry}, err
	})
	if err != nil {
		return nil, nil, err
	}
	return f, notes, s.writeAdmin(f)
}

// administrator is the name of the user that the directory's own key is of, or
// was. An imported account can have a user admin who is somebody else.
func (s *Server) administrator(v *account.View) string {
	saved, err := ReadAdmin(s.cfg)
	if err != nil {
		return adminName
	}
	if _, user := v.AccessKey(saved.KeyID); user != nil {
		return user.Name
	}
	if saved.User != "" {
		return saved.User
	}
	return adminName
}
