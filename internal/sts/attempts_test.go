package sts_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aratame/aratame/internal/account"
	"github.com/aratame/aratame/internal/usage"
)

// tried lists what a user or role has asked for, each as "service:action
// minute region".
func (w *world) tried(id string) string {
	var out []string
	for _, a := range w.gate.Usage.Attempts(id) {
		if a.Action != "" {
			out = append(out, fmt.Sprintf("%s:%s %d %s", a.Service, a.Action, a.Time.Minute(), a.Region))
		}
	}
	slices.Sort(out)
	return strings.Join(out, ", ")
}

func (w *world) view(acct string) *account.View {
	w.Helper()
	v, err := w.gate.Accounts.View(w.Context(), acct)
	if err != nil {
		w.Fatal(err)
	}
	return v
}

// Every request that is decided is an attempt of its caller, whatever comes of
// it; what it needs beside its own action isn't.
func TestAttempts(t *testing.T) {
	w := newWorld(t)
	const may = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["iam:GetUser","iam:*InstanceProfile","iam:PassRole","sts:*"],"Resource":"*"}]}`
	ann := w.user(home, "ann", may)
	arn := w.role("app", `{"Effect":"Allow","Principal":{"AWS":["`+home+`","`+away+`"]},"Action":"sts:AssumeRole"}`, may)
	user, role := w.view(home).User("ann").ID, w.view(home).Role("app").ID
	at := func(minute int) { w.now = time.Date(2026, 3, 1, 12, minute, 0, 0, time.UTC) }
	want := func(id, want string) {
		t.Helper()
		if got := w.tried(id); got != want {
			t.Errorf("tried\n%s\nwant\n%s", got, want)
		}
	}
	want(user, "")

	at(1)
	w.must(ann, "iam", "GetUser")
	at(2)
	if a := w.call(ann, "iam", "ListUsers"); a.code != "AccessDenied" {
		t.Fatal(a)
	}
	at(3)
	w.call(ann, "iam", "GetUser", "UserName", "nobody") // allowed, and not there
	at(4)
	w.must(ann, "iam", "CreateInstanceProfile", "InstanceProfileName", "p")
	w.must(ann, "iam", "AddRoleToInstanceProfile", "InstanceProfileName", "p", "RoleName", "app") // needs iam:PassRole
	at(5)
	w.must(ann, "sts", "GetCallerIdentity")
	session := w.assume(ann, arn, "work")
	want(user, "iam:AddRoleToInstanceProfile 4 us-east-1, iam:CreateInstanceProfile 4 us-east-1, iam:GetUser 3 us-east-1, "+
		"iam:ListUsers 2 us-east-1, sts:AssumeRole 5 us-east-1, sts:GetCallerIdentity 5 us-east-1")

	// What isn't decided isn't an attempt.
	at(6)
	w.call(ann, "iam", "DeleteRole")                                                          // no name
	w.call(ann, "iam", "NoSuchAction")                                                        //
	w.call(key{id: ann.id, secret: "wrong"}, "iam", "GetRole", "RoleName", "app")             //
	w.call(key{id: "AKIAAAAAAAAAAAAAAAAA", secret: "x"}, "iam", "GetRole", "RoleName", "app") //
	if got := w.tried(user); strings.Contains(got, " 6 ") {
		t.Error(got)
	}

	// A session's attempts are its role's, those of a federated user the user's,
	// and those of root the account's; a caller from elsewhere has its own.
	at(7)
	w.call(key{session.field("AccessKeyId"), session.field("SecretAccessKey"), session.field("SessionToken")}, "iam", "ListRoles")
	want(role, "iam:ListRoles 7 us-east-1")
	federated := w.must(ann, "sts", "GetFederationToken", "Name", "fed")
	at(8)
	w.must(key{federated.field("AccessKeyId"), federated.field("SecretAccessKey"), federated.field("SessionToken")}, "sts", "GetCallerIdentity")
	if got := w.tried(user); !strings.Contains(got, "sts:GetCallerIdentity 8 us-east-1") {
		t.Error(got)
	}
	bob := w.user(away, "bob", may)
	at(9)
	if a := w.assume(bob, arn, "work"); !a.ok() {
		t.Fatal(a)
	}
	want(w.view(away).User("bob").ID, "sts:AssumeRole 9 us-east-1")
	if got := w.tried(home); !strings.Contains(got, "iam:CreateUser 0 us-east-1") {
		t.Error(got)
	}
	if n := w.gate.Usage.Dropped(); n != 0 {
		t.Error(n, "dropped")
	}
}

// What is known of a user, a role or a key goes with it, and not before.
func TestAttemptsAreForgotten(t *testing.T) {
	w := newWorld(t)
	ann := w.user(home, "ann", "")
	arn := w.role("app", `{"Effect":"Allow","Principal":{"AWS":"`+home+`"},"Action":"sts:AssumeRole"}`, "")
	bob := w.user(home, "bob", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:*","Resource":"*"}]}`)
	user, role, other := w.view(home).User("ann").ID, w.view(home).Role("app").ID, w.view(home).User("bob").ID
	w.call(ann, "iam", "GetUser")
	session := w.assume(bob, arn, "work")
	w.call(key{session.field("AccessKeyId"), session.field("SecretAccessKey"), session.field("SessionToken")}, "iam", "ListRoles")
	known := func(want bool, id, keyID string) {
		t.Helper()
		_, used := w.gate.Usage.Last(usage.AccessKey, keyID)
		if got := w.tried(id) != ""; got != want || keyID != "" && used != want {
			t.Errorf("%s: attempts %v, key %v, want %v", id, got, used, want)
		}
	}
	known(true, user, ann.id)
	known(true, role, "")
	root := w.root[home]
	if a := w.call(root, "iam", "DeleteUser", "UserName", "ann"); a.code != "DeleteConflict" {
		t.Fatal(a)
	}
	known(true, user, ann.id)
	w.must(root, "iam", "DeleteAccessKey", "UserName", "ann", "AccessKeyId", ann.id)
	if _, ok := w.gate.Usage.Last(usage.AccessKey, ann.id); ok {
		t.Error("the use of a deleted key is known")
	}
	w.must(root, "iam", "DeleteUser", "UserName", "ann")
	known(false, user, ann.id)
	w.must(root, "iam", "DeleteRole", "RoleName", "app")
	known(false, role, "")
	if _, ok := w.gate.Usage.Last(usage.Role, role); ok {
		t.Error("the use of a deleted role is known")
	}
	known(true, other, bob.id)
}
