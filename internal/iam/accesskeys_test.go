package iam

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/aratame/aratame/internal/account"
	"github.com/aratame/aratame/internal/api"
	"github.com/aratame/aratame/internal/awsid"
	"github.com/aratame/aratame/internal/shape/iamshape"
	"github.com/aratame/aratame/internal/store"
	"github.com/aratame/aratame/internal/usage"
)

// newKey makes a key for a user, or for the caller.
func newKey(x *tester, user *string) *iamshape.AccessKey {
	x.Helper()
	return do[iamshape.CreateAccessKeyOutput](x, "CreateAccessKey", &iamshape.CreateAccessKeyInput{UserName: user}).AccessKey
}

func TestCreateAccessKeySealsItsSecret(t *testing.T) {
	x := newTest(t)
	newUser(x, "/", "Alice")
	k := newKey(x, ptr("ALICE"))
	if acct, ok := awsid.AccountOfKeyID(*k.AccessKeyId); !ok || acct != testAccount || !strings.HasPrefix(*k.AccessKeyId, "AKIA") {
		t.Errorf("key id %s", *k.AccessKeyId)
	}
	if len(*k.SecretAccessKey) != 40 || *k.Status != "Active" || *k.UserName != "Alice" || !k.CreateDate.Equal(x.now) {
		t.Errorf("key %s %s of %s", *k.AccessKeyId, *k.Status, *k.UserName)
	}
	stored, _ := x.view.AccessKey(*k.AccessKeyId)
	opened, err := x.svc.Secrets.Open(api.AccessKeyLabel(testAccount, *k.AccessKeyId), stored.Secret)
	if err != nil || string(opened) != *k.SecretAccessKey {
		t.Errorf("the stored secret opens as another: %v", err)
	}
	if _, err := x.svc.Secrets.Open(api.AccessKeyLabel(testAccount, "AKIAOTHER"), stored.Secret); err == nil {
		t.Error("the secret opens for another key")
	}
	for key, data := range x.records {
		if bytes.Contains(data, []byte(*k.SecretAccessKey)) {
			t.Errorf("record %s holds the secret", key)
		}
	}
}

func TestAccessKeysOfUser(t *testing.T) {
	x := newTest(t)
	newUser(x, "/", "Alice")
	newUser(x, "/", "Bob")
	first := newKey(x, ptr("Alice"))
	x.now = x.now.Add(time.Minute)
	second := newKey(x, ptr("Alice"))
	x.must("UpdateAccessKey", &iamshape.UpdateAccessKeyInput{UserName: ptr("alice"), AccessKeyId: *first.AccessKeyId, Status: "Inactive"})
	x.fails("CreateAccessKey", &iamshape.CreateAccessKeyInput{UserName: ptr("Alice")}, "LimitExceeded", "Cannot exceed quota for AccessKeysPerUser: 2")

	meta := func(k *iamshape.AccessKey, status string) iamshape.AccessKeyMetadata {
		return iamshape.AccessKeyMetadata{AccessKeyId: k.AccessKeyId, CreateDate: k.CreateDate, Status: &status, UserName: ptr("Alice")}
	}
	list := func(marker *string, n int32) *iamshape.ListAccessKeysOutput {
		return do[iamshape.ListAccessKeysOutput](x, "ListAccessKeys", &iamshape.ListAccessKeysInput{UserName: ptr("ALICE"), Marker: marker, MaxItems: &n})
	}
	page := list(nil, 1)
	same(t, "first page", page.AccessKeyMetadata, []iamshape.AccessKeyMetadata{meta(first, "Inactive")})
	same(t, "second page", list(page.Marker, 1), &iamshape.ListAccessKeysOutput{
		AccessKeyMetadata: []iamshape.AccessKeyMetadata{meta(second, "Active")}, IsTruncated: ptr(false),
	})
	x.fails("ListAccessKeys", &iamshape.ListAccessKeysInput{UserName: ptr("Bob"), Marker: page.Marker}, "ValidationError", "Invalid Marker.")

	missing := "The Access Key with id " + *first.AccessKeyId + " cannot be found."
	x.fails("UpdateAccessKey", &iamshape.UpdateAccessKeyInput{UserName: ptr("Bob"), AccessKeyId: *first.AccessKeyId, Status: "Active"}, "NoSuchEntity", missing)
	x.fails("DeleteAccessKey", &iamshape.DeleteAccessKeyInput{UserName: ptr("Bob"), AccessKeyId: *first.AccessKeyId}, "NoSuchEntity", missing)
	x.fails("UpdateAccessKey", &iamshape.UpdateAccessKeyInput{UserName: ptr("Alice"), AccessKeyId: *first.AccessKeyId, Status: "Expired"},
		"InvalidInput", "Operation does not support status Expired")
	x.fails("UpdateAccessKey", &iamshape.UpdateAccessKeyInput{UserName: ptr("Alice"), AccessKeyId: *first.AccessKeyId, Status: "On"},
		"ValidationError", "1 validation error detected: Value at 'status' failed to satisfy constraint: Member must satisfy enum value set: [Active, Inactive, Expired]")
	x.must("DeleteAccessKey", &iamshape.DeleteAccessKeyInput{UserName: ptr("alice"), AccessKeyId: *first.AccessKeyId})
	x.fails("DeleteAccessKey", &iamshape.DeleteAccessKeyInput{UserName: ptr("Alice"), AccessKeyId: *first.AccessKeyId}, "NoSuchEntity", missing)
	if k, _ := x.view.AccessKey(*second.AccessKeyId); k == nil || k.Status != account.Active {
		t.Error("the other key suffered")
	}
	same(t, "no keys", do[iamshape.ListAccessKeysOutput](x, "ListAccessKeys", &iamshape.ListAccessKeysInput{UserName: ptr("Bob")}),
		&iamshape.ListAccessKeysOutput{AccessKeyMetadata: []iamshape.AccessKeyMetadata{}, IsTruncated: ptr(false)})
}

func TestAccessKeysOfCaller(t *testing.T) {
	x := newTest(t)
	newUser(x, "/p/", "Alice")
	root := newKey(x, nil)
	if root.UserName != nil {
		t.Errorf("root's key is of user %s", *root.UserName)
	}
	if k, u := x.view.AccessKey(*root.AccessKeyId); k == nil || u != nil {
		t.Error("root's key isn't root's")
	}
	newKey(x, nil)
	x.fails("CreateAccessKey", &iamshape.CreateAccessKeyInput{}, "LimitExceeded", "Cannot exceed quota for AccessKeysPerUser: 2")
	x.must("UpdateAccessKey", &iamshape.UpdateAccessKeyInput{AccessKeyId: *root.AccessKeyId, Status: "Inactive"})
	if k, _ := x.view.AccessKey(*root.AccessKeyId); k.Status != account.Inactive {
		t.Error("root's key is still active")
	}
	if r := x.target("CreateAccessKey", &iamshape.CreateAccessKeyInput{}).Resource; r != "arn:aws:iam::123456789012:root" {
		t.Errorf("root creates on %s", r)
	}

	x.asUser("Alice")
	own := newKey(x, nil)
	if *own.UserName != "Alice" {
		t.Errorf("key of %s", *own.UserName)
	}
	if r := x.target("DeleteAccessKey", &iamshape.DeleteAccessKeyInput{AccessKeyId: *own.AccessKeyId}).Resource; r != "arn:aws:iam::123456789012:user/p/Alice" {
		t.Errorf("Alice deletes on %s", r)
	}
	x.fails("DeleteAccessKey", &iamshape.DeleteAccessKeyInput{AccessKeyId: *root.AccessKeyId}, "NoSuchEntity", "The Access Key with id "+*root.AccessKeyId+" cannot be found.")
	x.asUser("Alice")
	x.must("DeleteAccessKey", &iamshape.DeleteAccessKeyInput{AccessKeyId: *own.AccessKeyId})

	x.asRole()
	const message = "Must specify userName when calling with non-User credentials"
	x.fails("CreateAccessKey", &iamshape.CreateAccessKeyInput{}, "ValidationError", message)
	x.fails("ListAccessKeys", &iamshape.ListAccessKeysInput{}, "ValidationError", message)
	x.fails("UpdateAccessKey", &iamshape.UpdateAccessKeyInput{AccessKeyId: *root.AccessKeyId, Status: "Active"}, "ValidationError", message)
	x.fails("DeleteAccessKey", &iamshape.DeleteAccessKeyInput{AccessKeyId: *root.AccessKeyId}, "ValidationError", message)

	x.asRoot()
	x.must("DeleteAccessKey", &iamshape.DeleteAccessKeyInput{AccessKeyId: *root.AccessKeyId})
	if n := len(do[iamshape.ListAccessKeysOutput](x, "ListAccessKeys", &iamshape.ListAccessKeysInput{}).AccessKeyMetadata); n != 1 {
		t.Errorf("root has %d keys", n)
	}
}

func TestDeleteGivenKeyDropsItsClaim(t *testing.T) {
	x := newTest(t)
	const given = "ADMIN0KEY0OF0MINE"
	x.change(func(tx *account.Tx) {
		s := tx.View().Settings().Clone()
		s.Root.Keys = []account.AccessKey{{ID: given, Secret: []byte("sealed"), Status: account.Active, Created: x.now}}
		tx.PutSettings(s)
	})
	x.must("DeleteAccessKey", &iamshape.DeleteAccessKeyInput{AccessKeyId: given})
	same(t, "claims", claims(x), []store.Claim{{Name: api.KeyClaim(given), Drop: true}})
	k := newKey(x, nil)
	x.must("DeleteAccessKey", &iamshape.DeleteAccessKeyInput{AccessKeyId: *k.AccessKeyId})
	if got := claims(x); got != nil {
		t.Errorf("a key that carries its account: %v", got)
	}
}

func TestGetAccessKeyLastUsed(t *testing.T) {
	x := newTest(t)
	newUser(x, "/", "Alice")
	k, root := newKey(x, ptr("Alice")), newKey(x, nil)
	last := func(id *string) *iamshape.GetAccessKeyLastUsedOutput {
		return do[iamshape.GetAccessKeyLastUsedOutput](x, "GetAccessKeyLastUsed", &iamshape.GetAccessKeyLastUsedInput{AccessKeyId: *id})
	}
	never := &iamshape.AccessKeyLastUsed{Region: ptr("N/A"), ServiceName: ptr("N/A")}
	same(t, "never used", last(k.AccessKeyId), &iamshape.GetAccessKeyLastUsedOutput{UserName: ptr("Alice"), AccessKeyLastUsed: never})
	same(t, "of root", last(root.AccessKeyId), &iamshape.GetAccessKeyLastUsedOutput{AccessKeyLastUsed: never})
	x.svc.Usage.Note(usage.AccessKey, testAccount, *k.AccessKeyId, x.now, "sts", "eu-west-1")
	same(t, "used", last(k.AccessKeyId).AccessKeyLastUsed,
		&iamshape.AccessKeyLastUsed{LastUsedDate: ptr(x.now), Region: ptr("eu-west-1"), ServiceName: ptr("sts")})
	x.fails("GetAccessKeyLastUsed", &iamshape.GetAccessKeyLastUsedInput{AccessKeyId: "AKIAQAAAAAAAAAAAAAAA"}, "AccessDenied",
		"User: arn:aws:iam::123456789012:root is not authorized to perform iam:GetAccessKeyLastUsed on resource: access key AKIAQAAAAAAAAAAAAAAA")
	for id, want := range map[string]string{
		*k.AccessKeyId: "arn:aws:iam::123456789012:user/Alice", *root.AccessKeyId: "arn:aws:iam::123456789012:root", "AKIAQAAAAAAAAAAAAAAA": "*",
	} {
		if r := x.target("GetAccessKeyLastUsed", &iamshape.GetAccessKeyLastUsedInput{AccessKeyId: id}).Resource; r != want {
			t.Errorf("%s: target %s, want %s", id, r, want)
		}
	}
}
