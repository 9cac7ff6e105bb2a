package api_test

import (
	"context"
	"testing"

	"github.com/aratame/aratame/internal/account"
	"github.com/aratame/aratame/internal/api"
	"github.com/aratame/aratame/internal/session"
	"github.com/aratame/aratame/internal/shape/iamshape"
	"github.com/aratame/aratame/internal/store"
	"github.com/aratame/aratame/sigv4"
)

// What happens to a caller between its authentication and its write counts: the
// write is decided on the state that it changes.
func TestCallerChangesMeanwhile(t *testing.T) {
	const all = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`
	var meanwhile func(tx *account.Tx)
	ran := 0
	var d *door
	update := func(run func(tx *account.Tx)) {
		t.Helper()
		err := d.gate.Accounts.Update(context.Background(), acct, func(tx *account.Tx) (store.Effects, error) {
			run(tx)
			return store.Effects{}, nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	d = newDoor(t, api.Prepared(iamshape.OpCreateGroup,
		func(*api.Call, *account.View, *iamshape.CreateGroupInput) (api.Target, error) {
			return api.Target{Resource: "*"}, nil
		},
		func(*api.Call, *account.View, *iamshape.CreateGroupInput) (bool, error) {
			update(meanwhile)
			return true, nil
		},
		func(*api.Call, *account.Tx, *iamshape.CreateGroupInput, bool) (*iamshape.CreateGroupOutput, error) {
			ran++
			return nil, nil
		}))
	const id, key, role = "AIDAQAAAAAAAAAAAAAAAA", "AKIAQQQQQQQQQQQQQQQQ", "AROAQAAAAAAAAAAAAAAAA"
	sealed, err := d.gate.Secrets.Seal(api.AccessKeyLabel(acct, key), []byte("secret-of-the-user"))
	if err != nil {
		t.Fatal(err)
	}
	inline := []account.Inline{{Name: "p", Document: all}}
	user := func() *account.User {
		return &account.User{ID: id, Name: "u", Path: "/", Created: d.now, Inline: inline,
			Keys: []account.AccessKey{{ID: key, Secret: sealed, Status: account.Active, Created: d.now}}}
	}
	err = d.gate.Accounts.Update(context.Background(), acct, func(tx *account.Tx) (store.Effects, error) {
		tx.PutUser(user())
		return store.Effects{Claims: []store.Claim{{Name: api.KeyClaim(key)}}}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	longTerm := sigv4.Credentials{AccessKeyID: key, SecretAccessKey: "secret-of-the-user"}
	mint := func(s session.Session) sigv4.Credentials {
		t.Helper()
		s.Account, s.Expires = acct, d.now.Add(3600e9)
		c, err := d.gate.Sessions.Mint(d.now, d.gate.Rand, s)
		if err != nil {
			t.Fatal(err)
		}
		return sigv4.Credentials{AccessKeyID: c.AccessKeyID, SecretAccessKey: c.SecretAccessKey, SessionToken: c.SessionToken}
	}
	ofRole := mint(session.Session{Kind: session.AssumedRole, PrincipalARN: "arn:aws:sts::" + acct + ":assumed-role/r/s", PrincipalID: role + ":s",
		RoleARN: "arn:aws:iam::" + acct + ":role/r", RoleID: role, Name: "s"})
	ofUser := mint(session.Session{Kind: session.UserSession, PrincipalARN: "arn:aws:iam::" + acct + ":user/u", PrincipalID: id,
		UserARN: "arn:aws:iam::" + acct + ":user/u", UserID: id, MFATime: d.now})
	edit := func(f func(u *account.User)) func(tx *account.Tx) {
		return func(tx *account.Tx) {
			u := tx.View().UserByID(id).Clone()
			f(u)
			tx.PutUser(u)
		}
	}
	gone := func(tx *account.Tx) { tx.DeleteUser(tx.View().UserByID(id)) }
	for _, c := range []struct {
		name      string
		creds     sigv4.Credentials
		meanwhile func(tx *account.Tx)
		code      string
	}{
		{"nothing", longTerm, func(*account.Tx) {}, ""},
		{"the key is made inactive", longTerm, edit(func(u *account.User) { u.Keys[0].Status = account.Inactive }), "InvalidClientTokenId"},
		{"the key is deleted", longTerm, edit(func(u *account.User) { u.Keys = nil }), "InvalidClientTokenId"},
		{"the user is deleted", longTerm, gone, "InvalidClientTokenId"},
		{"its policy is deleted", longTerm, edit(func(u *account.User) { u.Inline = nil }), "AccessDenied"},
		{"nothing, to a session", ofUser, func(*account.Tx) {}, ""},
		{"the user of a session is deleted", ofUser, gone, "InvalidClientTokenId"},
		{"the policy of a session's user is deleted", ofUser, edit(func(u *account.User) { u.Inline = nil }), "AccessDenied"},
		{"nothing, to a role", ofRole, func(*account.Tx) {}, ""},
		{"the role is deleted", ofRole, func(tx *account.Tx) { tx.DeleteRole(tx.View().RoleByID(role)) }, "InvalidClientTokenId"},
	} {
		update(func(tx *account.Tx) {
			tx.PutUser(user())
			tx.PutRole(&account.Role{ID: role, Name: "r", Path: "/", Created: d.now, MaxSession: 3600, Trust: all, Inline: inline})
		})
		d.creds, meanwhile, ran = c.creds, c.meanwhile, 0
		rec, code := d.send(d.request("iam", "", "Action=CreateGroup&Version=2010-05-08&GroupName=g"))
		if want := c.code == ""; code != c.code || (rec.Code == 200) != want || (ran == 1) != want {
			t.Errorf("%s: %d %s, ran %d times; want %s", c.name, rec.Code, code, ran, c.code)
		}
	}
}
