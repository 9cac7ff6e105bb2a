package server

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/aratame/aratame/internal/account"
	"github.com/aratame/aratame/internal/config"
	"github.com/aratame/aratame/internal/mirror"
	"github.com/aratame/aratame/internal/store"
)

// The administrator is recovered, and nobody else is made one: an imported user
// named admin is somebody else. It is found by its key when it was renamed, and
// made again when it is gone.
func TestRecoverAdminKey(t *testing.T) {
	ctx := context.Background()
	cfg := &config.Config{Data: filepath.Join(t.TempDir(), "data")}
	f, err := mirror.Read(strings.NewReader(`{"UserDetailList":[{"Path":"/","UserName":"Admin","UserId":"AIDAQAAAAAAAAAAAAAAAA","Arn":"arn:aws:iam::111122223333:user/Admin"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	s, err := Open(ctx, Options{Config: cfg, Import: f})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	if _, err := s.Import(ctx, f); err != nil {
		t.Fatal(err)
	}
	change := func(run func(tx *account.Tx)) {
		t.Helper()
		err := s.accounts.Update(ctx, s.account, func(tx *account.Tx) (store.Effects, error) {
			run(tx)
			return store.Effects{}, nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	recovered := func(want string) {
		t.Helper()
		f, _, err := s.RecoverAdminKey(ctx)
		if err != nil {
			t.Fatal(err)
		}
		v, err := s.accounts.View(ctx, s.account)
		if err != nil {
			t.Fatal(err)
		}
		_, user := v.AccessKey(f.KeyID)
		if f.Admin != want || user == nil || user.Name != want || !slices.Contains(user.Attached, adminPolicy) {
			t.Errorf("recovered %q, %+v; want %q", f.Admin, user, want)
		}
		if other := v.User("admin"); len(other.Attached)+len(other.Keys) > 0 {
			t.Errorf("somebody else was made an administrator: %+v", other)
		}
	}
	recovered("aratame-admin")
	change(func(tx *account.Tx) {
		u := tx.View().User("aratame-admin").Clone()
		u.Name = "chief"
		tx.PutUser(u)
	})
	recovered("chief")
	change(func(tx *account.Tx) { tx.DeleteUser(tx.View().User("chief")) })
	recovered("chief")
}
