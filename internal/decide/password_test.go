package decide_test

import (
	"testing"

	"github.com/aratame/aratame/internal/account"
	"github.com/aratame/aratame/internal/decide"
)

// Under AllowUsersToChangePassword users may do two things without a policy.
// What denies or bounds them does so all the same, and roles get nothing.
func TestUsersMayChangePasswords(t *testing.T) {
	d := decide.New()
	tx := begin()
	tx.PutPolicy(managed("b", "s3:*"))
	tx.PutUser(&account.User{ID: "AIDA1", Name: "ann", Path: "/", Created: day})
	tx.PutRole(&account.Role{ID: "AROA1", Name: "r", Path: "/", Created: day, MaxSession: 3600, Trust: doc("Allow", "sts:AssumeRole")})
	allow := func(p *account.PasswordPolicy) func() {
		return func() {
			s := tx.View().Settings().Clone()
			s.PasswordPolicy = p
			tx.PutSettings(s)
		}
	}
	edit := func(f func(u *account.User)) func() {
		return func() {
			u := tx.View().User("ann").Clone()
			f(u)
			tx.PutUser(u)
		}
	}
	for _, c := range []struct {
		name   string
		change func()
		want   bool
	}{
		{"no policy", func() {}, false},
		{"policy without", allow(&account.PasswordPolicy{MinLength: 6}), false},
		{"policy with", allow(&account.PasswordPolicy{MinLength: 6, AllowChange: true}), true},
		{"denied", edit(func(u *account.User) { u.Inline = inline("Deny", "iam:ChangePassword") }), false},
		{"no longer", edit(func(u *account.User) { u.Inline = nil }), true},
		{"bounded", edit(func(u *account.User) { u.Boundary = arnOf("b") }), false},
		{"unbounded", edit(func(u *account.User) { u.Boundary = "" }), true},
		{"policy gone", allow(nil), false},
	} {
		c.change()
		v := tx.Freeze()
		if ok, err := decideOn(d, user(v), "iam:ChangePassword"); ok != c.want || err != nil {
			t.Errorf("%s: %v, %v", c.name, ok, err)
		}
		if ok, err := decideOn(d, user(v), "iam:GetLoginProfile"); ok || err != nil {
			t.Errorf("%s: allows another action: %v", c.name, err)
		}
		if ok, err := decideOn(d, role(v, nil), "iam:ChangePassword"); ok || err != nil {
			t.Errorf("%s: allows a role: %v", c.name, err)
		}
	}
	allow(&account.PasswordPolicy{MinLength: 6, AllowChange: true})()
	edit(func(u *account.User) { u.Inline = inline("Allow", "s3:Get") })()
	v := tx.Freeze()
	if ok, err := decideOn(d, user(v), "iam:GetAccountPasswordPolicy"); !ok || err != nil {
		t.Error("users can't read the policy that they must meet", err)
	}
	if has, err := d.UserPolicies(v, v.User("ann")); len(has.Identity) != 1 || err != nil {
		t.Error("it is listed among the policies that somebody has attached", has, err)
	}
}
