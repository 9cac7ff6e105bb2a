package sts_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/aratame/aratame/internal/account"
)

// organize makes home the management account of an organization that away is a
// member of.
func organize(w *world) {
	w.change(home, func(tx *account.Tx) {
		s := tx.View().Settings().Clone()
		s.Organization = &account.Organization{ID: "o-0123456789", Root: "r-0123", Management: home, Members: []string{away}, Trusted: []string{account.IAMPrincipal}, RootSessions: true}
		tx.PutSettings(s)
	})
	w.change(away, func(tx *account.Tx) {
		s := tx.View().Settings().Clone()
		s.Organization = &account.Organization{ID: "o-0123456789", Root: "r-0123", Management: home}
		tx.PutSettings(s)
	})
}

// A session of root ends with the member's leaving, and its event says that it
// was assumed; the caller's source identity goes with it.
func TestAssumeRootSession(t *testing.T) {
	w := newWorld(t)
	organize(w)
	alice := w.user(home, "alice", doc(`{"Effect":"Allow","Action":"sts:*","Resource":"*"}`))
	const audit = "arn:aws:iam::aws:policy/root-task/IAMAuditRootUserCredentials"
	got := w.call(alice, "sts", "AssumeRoot", "TargetPrincipal", away, "TaskPolicyArn.arn", audit)
	if !got.ok() {
		t.Fatal(got)
	}
	session := key{got.field("AccessKeyId"), got.field("SecretAccessKey"), got.field("SessionToken")}
	if a := w.call(session, "iam", "ListAccessKeys"); !a.ok() {
		t.Error(a)
	}
	if a := w.call(session, "iam", "CreateAccessKey"); a.code != "AccessDenied" {
		t.Error(a)
	}
	if text := fmt.Sprint(w.events(away)); !strings.Contains(text, "assumedRoot:true") {
		t.Error(text)
	}
	w.change(away, func(tx *account.Tx) {
		s := tx.View().Settings().Clone()
		s.Organization = nil
		tx.PutSettings(s)
	})
	if a := w.call(session, "iam", "ListAccessKeys"); a.code != "InvalidClientTokenId" {
		t.Error(a)
	}
}
