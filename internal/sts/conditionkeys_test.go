package sts

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aratame/aratame/internal/account"
	"github.com/aratame/aratame/internal/api"
	"github.com/aratame/aratame/internal/catalog"
	"github.com/aratame/aratame/internal/shape"
	"github.com/aratame/aratame/internal/shape/stsshape"
	"github.com/aratame/aratame/policy"
)

// TestConditionKeys holds targets against the Service Authorization Reference:
// the resource is of a type that the action knows, and the action's condition
// keys are there when the request has what they tell.
func TestConditionKeys(t *testing.T) {
	const acct = "123456789012"
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	tagged := []account.Tag{{Key: "team", Value: "red"}}
	tx := account.New(&account.Settings{Account: acct, Created: now}).Begin()
	role := &account.Role{ID: "AROAQAAAAAAAAAAAAAAAA", Name: "r", Path: "/", Created: now, Tags: tagged, MaxSession: 3600, Trust: "{}"}
	user := &account.User{ID: "AIDAQAAAAAAAAAAAAAAAA", Name: "u", Path: "/", Created: now}
	tx.PutRole(role)
	tx.PutUser(user)
	v := tx.Freeze()
	c := &api.Call{Context: context.Background(), Now: now}
	c.Caller.View, c.Caller.User = v, user
	c.Caller.Principal = policy.Principal{Kind: policy.User, Account: acct, ARN: user.ARN(acct), ID: user.ID}
	s := &Service{}
	tags := []stsshape.Tag{{Key: "k", Value: "v"}}

	assumed, err := s.assumeRoleTarget(c, v, &stsshape.AssumeRoleInput{
		RoleArn: role.ARN(acct), RoleSessionName: "me", ExternalId: shape.Ptr("x"), SourceIdentity: shape.Ptr("me"),
		Tags: tags, TransitiveTagKeys: []string{"k"},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range append([]api.Check{{Action: "sts:AssumeRole", Resource: assumed.Resource, Tags: assumed.Tags, Keys: assumed.Keys}}, assumed.Also...) {
		a, ok := catalog.LookupAction(k.Action)
		if !ok || len(a.ResourceTypes(k.Resource)) == 0 {
			t.Errorf("%s on %s is nothing that the reference knows", k.Action, k.Resource)
		}
		for _, key := range catalog.KeysFor(k.Action) {
			if name := strings.ToLower(key.Name); !ofSession(name) && !setsKey(&assumed, &k, name) {
				t.Errorf("%s doesn't set %s", k.Action, key.Name)
			}
		}
	}

	// The reference knows TagSession on roles alone; here it is asked for on the
	// federated user, who is the one to be tagged.
	federated, err := s.federationTokenTarget(c, v, &stsshape.GetFederationTokenInput{Name: "fed", Tags: tags})
	if err != nil {
		t.Fatal(err)
	}
	a, _ := catalog.LookupAction("sts:GetFederationToken")
	if len(a.ResourceTypes(federated.Resource)) == 0 || len(federated.Also) != 1 || federated.Also[0].Action != "sts:TagSession" {
		t.Errorf("%+v", federated)
	}
	for _, key := range catalog.KeysFor("sts:GetFederationToken") {
		if !setsKey(&federated, &api.Check{}, strings.ToLower(key.Name)) {
			t.Errorf("GetFederationToken doesn't set %s", key.Name)
		}
	}
}

// ofSession reports whether a key tells how the calling session came about: it is
// there in every request of the session, whatever the request asks for.
func ofSession(name string) bool {
	return slices.ContainsFunc([]string{"accounts.google.com:", "cognito-identity.amazonaws.com:", "graph.facebook.com:", "www.amazon.com:", "saml:"},
		func(provider string) bool { return strings.HasPrefix(name, provider) })
}

func setsKey(t *api.Target, k *api.Check, name string) bool {
	switch name {
	case "aws:requesttag/${tagkey}", "aws:tagkeys":
		return len(t.RequestTags) > 0
	case "aws:resourcetag/${tagkey}", "iam:resourcetag/${tagkey}":
		return len(k.Tags) > 0
	}
	return len(k.Keys[name]) > 0
}
