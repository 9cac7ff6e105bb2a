package iam

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/aratame/aratame/internal/account"
	"github.com/aratame/aratame/internal/shape/iamshape"
	"github.com/aratame/aratame/internal/store"
)

const otherAccount = "210987654321"

// accounts is a Directory; a nil View stands for one that can't be read.
type accounts map[string]*account.View

var errBroken = errors.New("the disk is gone")

func (a accounts) View(_ context.Context, acct string) (*account.View, error) {
	v, ok := a[acct]
	switch {
	case !ok:
		return nil, fmt.Errorf("account %s: %w", acct, store.ErrNotFound)
	case v == nil:
		return nil, errBroken
	}
	return v, nil
}

// abroad is an account with a user and a role.
func abroad() *account.View {
	tx := account.New(&account.Settings{Account: otherAccount}).Begin()
	tx.PutUser(&account.User{ID: "AIDAOTHERUSER00000000", Name: "Far", Path: "/"})
	tx.PutRole(&account.Role{ID: "AROAOTHERROLE00000000", Name: "Away", Path: "/x/", MaxSession: 3600, Trust: ec2Trust})
	return tx.Freeze()
}

// trusting is a trust policy with odd white space, which has to stay.
func trusting(principals ...string) string {
	return "{\"Version\":\"2012-10-17\",\n \"Statement\": {\"Effect\":\"Allow\",  \"Principal\":{\"AWS\":[\"" + strings.Join(principals, "\" ,\"") + "\"]},\"Action\":\"sts:AssumeRole\"}}"
}

func (x *tester) trust(role string) string {
	x.Helper()
	got := do[iamshape.GetRoleOutput](x, "GetRole", &iamshape.GetRoleInput{RoleName: role}).Role
	return decoded(x, got.AssumeRolePolicyDocument)
}

func TestPrincipals(t *testing.T) {
	x := newTest(t)
	x.svc.Accounts = accounts{otherAccount: abroad(), "333333333333": nil}
	alice := newUser(x, "/a/", "Alice")
	ops := newRole(x, "/b/", "Ops")
	newGroup(x, "/", "Devs")
	const arn = "arn:aws:iam::123456789012:"
	for _, c := range []struct {
		principal, id string
		ok            bool
	}{
		{"*", "", true},
		{"123456789012", "", true},
		{"999999999999", "", true}, // any account, served here or not
		{arn + "root", "", true},
		{"arn:aws:iam::999999999999:root", "", true},
		{arn + "user/a/Alice", *alice.UserId, true},
		{arn + "role/b/Ops", *ops.RoleId, true},
		{arn + "user/a/alice", "", false}, // names in principals have a case
		{arn + "user/Alice", "", false},   // … and a path
		{arn + "user/b/Ops", "", false},
		{arn + "role/b/ops", "", false},
		{arn + "role/Ops", "", false},
		{arn + "role/a/Alice", "", false},
		{arn + "user/none", "", false},
		{arn + "user/*", "", false},
		{arn + "group/Devs", "", false},
		{"arn:aws-cn:iam::123456789012:user/a/Alice", "", false},
		{"arn:aws:iam:us-east-1:123456789012:user/a/Alice", "", false},
		{"arn:aws:iam::210987654321:user/Far", "AIDAOTHERUSER00000000", true},
		{"arn:aws:iam::210987654321:role/x/Away", "AROAOTHERROLE00000000", true},
		{"arn:aws:iam::210987654321:user/a/Alice", "", false},
		{"arn:aws:iam::999999999999:user/a/Alice", "", false}, // an account that isn't here
		{*alice.UserId, "", true},
		{*ops.RoleId, "", true},
		{"AIDAQAAAAAAAAAAAAAAAA", "", false},
		{"AGPAQAAAAAAAAAAAAAAAA", "", false},
		{"arn:aws:sts::123456789012:assumed-role/Ops/me@here", "", true},
		{"arn:aws-cn:sts::123456789012:assumed-role/Ops/me", "", false},
		{"arn:aws:sts:us-east-1:123456789012:assumed-role/Ops/me", "", false},
		{"arn:aws-cn:iam::999999999999:root", "", false},
		{"arn:aws:sts::123456789012:assumed-role/ops/me", "", false},
		{"arn:aws:sts::123456789012:assumed-role/b/Ops/me", "", false},
		{"arn:aws:sts::123456789012:assumed-role/Ops/*", "", false},
		{"arn:aws:sts::123456789012:assumed-role/Ops", "", false},
		{"arn:aws:sts::123456789012:assumed-role/Ops/m", "", false},
		{"arn:aws:sts::123456789012:federated-user/a/b", "", false},
		{"arn:aws:sts::123456789012:assumed-role/none/me", "", false},
		{"arn:aws:sts::210987654321:assumed-role/Away/me", "", true},
		{"arn:aws:sts::123456789012:federated-user/Bob", "", true},
		{"arn:aws:sts::999999999999:federated-user/Bob", "", false},
		{"arn:aws:s3:::bucket", "", false},
		{"", "", false},
	} {
		in := &iamshape.CreateRoleInput{RoleName: "r", AssumeRolePolicyDocument: trusting(c.principal)}
		if !c.ok {
			x.fails("CreateRole", in, "MalformedPolicyDocument", fmt.Sprintf(`Invalid principal in policy: "AWS":"%s"`, c.principal))
			continue
		}
		got := do[iamshape.CreateRoleOutput](x, "CreateRole", in).Role
		if shown := decoded(t, got.AssumeRolePolicyDocument); shown != in.AssumeRolePolicyDocument {
			t.Errorf("%s: CreateRole shows %s", c.principal, shown)
		}
		if id := x.view.Role("r").TrustIDs[c.principal]; id != c.id {
			t.Errorf("%s: stands for %q, want %q", c.principal, id, c.id)
		}
		x.must("DeleteRole", &iamshape.DeleteRoleInput{RoleName: "r"})
	}
	// A state that can't be read isn't taken for an account without the user.
	if _, err := x.call("CreateRole", &iamshape.CreateRoleInput{RoleName: "r", AssumeRolePolicyDocument: trusting("arn:aws:iam::333333333333:user/a")}); err == nil || err.Status != 500 || !errors.Is(err, errBroken) {
		t.Errorf("an account that can't be read: %v", err)
	}
	x.svc.Accounts = nil
	x.fails("CreateRole", &iamshape.CreateRoleInput{RoleName: "r", AssumeRolePolicyDocument: trusting("arn:aws:iam::210987654321:user/Far")},
		"MalformedPolicyDocument", `Invalid principal in policy: "AWS":"arn:aws:iam::210987654321:user/Far"`)
}

func TestTrustFollowsEntities(t *testing.T) {
	x := newTest(t)
	const alice = "arn:aws:iam::123456789012:user/Alice"
	id := *newUser(x, "/", "Alice").UserId
	far := abroad()
	x.svc.Accounts = accounts{otherAccount: far}
	const farARN = "arn:aws:iam::210987654321:user/Far"
	x.must("CreateRole", &iamshape.CreateRoleInput{RoleName: "r", AssumeRolePolicyDocument: trusting(alice, farARN, "123456789012", id)})
	shows := func(what string, principals ...string) {
		t.Helper()
		if got, want := x.trust("r"), trusting(principals...); got != want {
			t.Errorf("%s:\n got %s\nwant %s", what, got, want)
		}
		listed := do[iamshape.ListRolesOutput](x, "ListRoles", &iamshape.ListRolesInput{}).Roles
		if got := decoded(t, listed[0].AssumeRolePolicyDocument); got != trusting(principals...) {
			t.Errorf("%s: ListRoles shows %s", what, got)
		}
	}
	const root = "arn:aws:iam::123456789012:root"
	shows("after creation", alice, farARN, root, alice)

	x.must("UpdateUser", &iamshape.UpdateUserInput{UserName: "Alice", NewUserName: ptr("Eve"), NewPath: ptr("/new/")})
	const eve = "arn:aws:iam::123456789012:user/new/Eve"
	shows("after a rename", eve, farARN, root, eve)
	newUser(x, "/", "Alice") // another one under the old name
	shows("with a new bearer of the name", eve, farARN, root, eve)

	x.must("DeleteUser", &iamshape.DeleteUserInput{UserName: "Eve"})
	shows("after deletion", id, farARN, root, id)
	x.svc.Accounts = accounts{}
	shows("without the other account", id, "AIDAOTHERUSER00000000", root, id)

	x.svc.Accounts = accounts{otherAccount: nil}
	if _, err := x.call("GetRole", &iamshape.GetRoleInput{RoleName: "r"}); err == nil || err.Status != 500 {
		t.Errorf("with an account that can't be read: %v", err)
	}
	x.svc.Accounts = nil

	// What was read can't be saved again: the id stands for nobody.
	x.fails("UpdateAssumeRolePolicy", &iamshape.UpdateAssumeRolePolicyInput{RoleName: "r", PolicyDocument: trusting(id)},
		"MalformedPolicyDocument", `Invalid principal in policy: "AWS":"`+id+`"`)
	x.must("UpdateAssumeRolePolicy", &iamshape.UpdateAssumeRolePolicyInput{RoleName: "r", PolicyDocument: trusting(alice)})
	shows("saved again", alice)
	if got := x.view.Role("r").TrustIDs; len(got) != 1 || got[alice] == id {
		t.Errorf("ids %v", got)
	}
}

func TestRoleTrustsItself(t *testing.T) {
	x := newTest(t)
	const self = "arn:aws:iam::123456789012:role/r"
	x.fails("CreateRole", &iamshape.CreateRoleInput{RoleName: "r", AssumeRolePolicyDocument: trusting(self)},
		"MalformedPolicyDocument", `Invalid principal in policy: "AWS":"`+self+`"`) // it isn't there yet
	id := *newRole(x, "/", "r").RoleId
	x.must("UpdateAssumeRolePolicy", &iamshape.UpdateAssumeRolePolicyInput{RoleName: "r", PolicyDocument: trusting(self)})
	if got := x.view.Role("r").TrustIDs[self]; got != id {
		t.Errorf("it stands for %q", got)
	}
	x.must("DeleteRole", &iamshape.DeleteRoleInput{RoleName: "r"})
}

func TestNotPrincipalIsResolved(t *testing.T) {
	x := newTest(t)
	id := *newUser(x, "/", "Alice").UserId
	const alice = "arn:aws:iam::123456789012:user/Alice"
	doc := `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","NotPrincipal":{"AWS":"` + alice + `"},"Action":"sts:AssumeRole"}]}`
	x.must("CreateRole", &iamshape.CreateRoleInput{RoleName: "r", AssumeRolePolicyDocument: doc})
	x.must("DeleteUser", &iamshape.DeleteUserInput{UserName: "Alice"})
	if got, want := x.trust("r"), strings.Replace(doc, alice, id, 1); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// What is kept of a trust policy goes with the role's change, and a policy that
// names a user is read anew, since the user may be renamed or go.
func TestShownTrustsAreFresh(t *testing.T) {
	x := newTest(t)
	shown := func() string {
		t.Helper()
		text, err := url.PathUnescape(*do[iamshape.GetRoleOutput](x, "GetRole", &iamshape.GetRoleInput{RoleName: "r"}).Role.AssumeRolePolicyDocument)
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	const other = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ecs.amazonaws.com"},"Action":"sts:AssumeRole"}]}`
	newRole(x, "/", "r")
	for range 2 {
		if got := shown(); got != ec2Trust {
			t.Error(got)
		}
	}
	x.must("UpdateAssumeRolePolicy", &iamshape.UpdateAssumeRolePolicyInput{RoleName: "r", PolicyDocument: other})
	if got := shown(); got != other {
		t.Error(got)
	}
	x.must("CreateUser", &iamshape.CreateUserInput{UserName: "ann"})
	named := strings.Replace(other, `"Service":"ecs.amazonaws.com"`, `"AWS":"arn:aws:iam::`+testAccount+`:user/ann"`, 1)
	x.must("UpdateAssumeRolePolicy", &iamshape.UpdateAssumeRolePolicyInput{RoleName: "r", PolicyDocument: named})
	if got := shown(); got != named {
		t.Error(got)
	}
	x.must("UpdateUser", &iamshape.UpdateUserInput{UserName: "ann", NewUserName: ptr("anna")})
	if got := shown(); !strings.Contains(got, "user/anna") {
		t.Error(got)
	}
	x.must("DeleteUser", &iamshape.DeleteUserInput{UserName: "anna"})
	if got := shown(); !strings.Contains(got, `"AIDA`) {
		t.Error(got)
	}
}
