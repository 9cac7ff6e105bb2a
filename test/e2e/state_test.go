package e2e

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/iam"
	it "github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/aratame/aratame/sigv4"
)

// decode decodes the message of a denial, which the SDK gives no access to, so
// it is asked for by hand.
func decode(t *testing.T, w *world, denied key) {
	t.Helper()
	form := "Action=DeleteUser&UserName=alicia&Version=2010-05-08"
	r := must(http.NewRequest(http.MethodPost, w.s.url+"/", strings.NewReader(form)))(t)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	sigv4.Sign(r, sigv4.Credentials{AccessKeyID: denied.id, SecretAccessKey: denied.secret, SessionToken: denied.token}, "us-east-1", "iam",
		sigv4.HashPayload([]byte(form)), time.Now(), sigv4.SignOptions{})
	resp := must(http.DefaultClient.Do(r))(t)
	resp.Body.Close()
	message := resp.Header.Get("X-Aratame-Encoded-Message")
	if resp.StatusCode != http.StatusForbidden || message == "" {
		t.Fatalf("status %d, message %q", resp.StatusCode, message)
	}
	out := must(w.sts(w.admin).DecodeAuthorizationMessage(ctx, &sts.DecodeAuthorizationMessageInput{EncodedMessage: &message}))(t)
	if !strings.Contains(*out.DecodedMessage, "iam:DeleteUser") {
		t.Error(*out.DecodedMessage)
	}
}

// state is what every reading operation answers about the account; the times
// of last use are left out, since reading changes them, and the address.
func state(t *testing.T, w *world, c *iam.Client) (all []string) {
	t.Helper()
	note := func(v any) {
		t.Helper()
		b := must(json.Marshal(v))(t)
		var m map[string]any
		if err := json.Unmarshal(b, &m); err != nil {
			t.Fatal(err)
		}
		forget(m)
		all = append(all, strings.ReplaceAll(string(must(json.Marshal(m))(t)), w.s.url, "URL"))
	}
	alice, devs, r, ip, in := name("ALICIA"), name("makers"), name("r"), name("ip"), name("in")
	policies := must(c.ListPolicies(ctx, &iam.ListPoliciesInput{Scope: it.PolicyScopeTypeLocal}))(t)
	note(policies)
	p := policies.Policies[0].Arn
	keys := must(c.ListAccessKeys(ctx, &iam.ListAccessKeysInput{UserName: alice}))(t)
	note(keys)
	must(c.GetAccessKeyLastUsed(ctx, &iam.GetAccessKeyLastUsedInput{AccessKeyId: keys.AccessKeyMetadata[0].AccessKeyId}))(t)
	note(must(c.ListAccountAliases(ctx, nil))(t))
	note(must(c.GetAccountSummary(ctx, nil))(t))
	note(must(c.GetPolicy(ctx, &iam.GetPolicyInput{PolicyArn: p}))(t))
	note(must(c.GetPolicyVersion(ctx, &iam.GetPolicyVersionInput{PolicyArn: p, VersionId: name("v1")}))(t))
	note(must(c.ListPolicyVersions(ctx, &iam.ListPolicyVersionsInput{PolicyArn: p}))(t))
	note(must(c.ListPolicyTags(ctx, &iam.ListPolicyTagsInput{PolicyArn: p}))(t))
	note(must(c.ListEntitiesForPolicy(ctx, &iam.ListEntitiesForPolicyInput{PolicyArn: p}))(t))

	note(must(c.ListUsers(ctx, nil))(t))
	note(must(c.GetUser(ctx, &iam.GetUserInput{UserName: alice}))(t))
	note(must(c.ListUserTags(ctx, &iam.ListUserTagsInput{UserName: alice}))(t))
	note(must(c.ListUserPolicies(ctx, &iam.ListUserPoliciesInput{UserName: alice}))(t))
	note(must(c.GetUserPolicy(ctx, &iam.GetUserPolicyInput{UserName: alice, PolicyName: in}))(t))
	note(must(c.ListAttachedUserPolicies(ctx, &iam.ListAttachedUserPoliciesInput{UserName: alice}))(t))
	note(must(c.ListGroupsForUser(ctx, &iam.ListGroupsForUserInput{UserName: alice}))(t))

	arn, actions := must(c.GetUser(ctx, &iam.GetUserInput{UserName: alice}))(t).User.Arn, []string{"iam:ListUsers", "s3:GetObject"}
	note(must(c.SimulatePrincipalPolicy(ctx, &iam.SimulatePrincipalPolicyInput{PolicySourceArn: arn, ActionNames: actions}))(t))
	note(must(c.SimulateCustomPolicy(ctx, &iam.SimulateCustomPolicyInput{PolicyInputList: []string{*document("Allow", "s3:*", "*")}, ActionNames: actions}))(t))
	note(must(c.GetContextKeysForPrincipalPolicy(ctx, &iam.GetContextKeysForPrincipalPolicyInput{PolicySourceArn: arn}))(t))
	note(must(c.GetContextKeysForCustomPolicy(ctx, &iam.GetContextKeysForCustomPolicyInput{PolicyInputList: []string{*document("Allow", "s3:*", "*")}}))(t))

	note(must(c.ListGroups(ctx, nil))(t))
	note(must(c.GetGroup(ctx, &iam.GetGroupInput{GroupName: devs}))(t))
	note(must(c.ListGroupPolicies(ctx, &iam.ListGroupPoliciesInput{GroupName: devs}))(t))
	note(must(c.GetGroupPolicy(ctx, &iam.GetGroupPolicyInput{GroupName: devs, PolicyName: in}))(t))
	note(must(c.ListAttachedGroupPolicies(ctx, &iam.ListAttachedGroupPoliciesInput{GroupName: devs}))(t))

	note(must(c.ListRoles(ctx, nil))(t))
	note(must(c.GetRole(ctx, &iam.GetRoleInput{RoleName: r}))(t))
	note(must(c.ListRoleTags(ctx, &iam.ListRoleTagsInput{RoleName: r}))(t))
	note(must(c.ListRolePolicies(ctx, &iam.ListRolePoliciesInput{RoleName: r}))(t))
	note(must(c.GetRolePolicy(ctx, &iam.GetRolePolicyInput{RoleName: r, PolicyName: in}))(t))
	note(must(c.ListAttachedRolePolicies(ctx, &iam.ListAttachedRolePoliciesInput{RoleName: r}))(t))

	note(must(c.ListInstanceProfiles(ctx, nil))(t))
	note(must(c.GetInstanceProfile(ctx, &iam.GetInstanceProfileInput{InstanceProfileName: ip}))(t))
	note(must(c.ListInstanceProfileTags(ctx, &iam.ListInstanceProfileTagsInput{InstanceProfileName: ip}))(t))
	note(must(c.ListInstanceProfilesForRole(ctx, &iam.ListInstanceProfilesForRoleInput{RoleName: r}))(t))
	stateOfCredentials(t, c, note)
	stateOfFederation(t, c, note)
	stateOfAccount(t, w, c, note)
	return all
}

// forget takes out what differs between two answers of one state.
func forget(m map[string]any) {
	delete(m, "ResultMetadata")
	delete(m, "RoleLastUsed")
	delete(m, "PasswordLastUsed")
	for _, v := range m {
		switch v := v.(type) {
		case map[string]any:
			forget(v)
		case []any:
			for _, e := range v {
				if e, ok := e.(map[string]any); ok {
					forget(e)
				}
			}
		}
	}
}

// takeDown takes everything away again, and holds that nothing is left.
func takeDown(t *testing.T, c *iam.Client, account string) {
	t.Helper()
	takeDownCredentials(t, c)
	takeDownFederation(t, c, account)
	takeDownAccount(t, c)
	alice, devs, r, ip, in := name("alicia"), name("makers"), name("r"), name("ip"), name("in")
	p := name("arn:aws:iam::" + account + ":policy/p")
	id := must(c.ListAccessKeys(ctx, &iam.ListAccessKeysInput{UserName: alice}))(t).AccessKeyMetadata[0].AccessKeyId
	must(c.UpdateAccessKey(ctx, &iam.UpdateAccessKeyInput{UserName: alice, AccessKeyId: id, Status: it.StatusTypeInactive}))(t)
	must(c.DeleteAccessKey(ctx, &iam.DeleteAccessKeyInput{UserName: alice, AccessKeyId: id}))(t)
	must(c.RemoveUserFromGroup(ctx, &iam.RemoveUserFromGroupInput{GroupName: devs, UserName: alice}))(t)
	must(c.DetachUserPolicy(ctx, &iam.DetachUserPolicyInput{UserName: alice, PolicyArn: p}))(t)
	must(c.DeleteUserPolicy(ctx, &iam.DeleteUserPolicyInput{UserName: alice, PolicyName: in}))(t)
	must(c.DeleteUser(ctx, &iam.DeleteUserInput{UserName: alice}))(t)
	must(c.DeleteUser(ctx, &iam.DeleteUserInput{UserName: name("by-role")}))(t)
	must(c.DetachGroupPolicy(ctx, &iam.DetachGroupPolicyInput{GroupName: devs, PolicyArn: p}))(t)
	must(c.DeleteGroupPolicy(ctx, &iam.DeleteGroupPolicyInput{GroupName: devs, PolicyName: in}))(t)
	must(c.DeleteGroup(ctx, &iam.DeleteGroupInput{GroupName: devs}))(t)
	must(c.RemoveRoleFromInstanceProfile(ctx, &iam.RemoveRoleFromInstanceProfileInput{InstanceProfileName: ip, RoleName: r}))(t)
	must(c.DeleteInstanceProfile(ctx, &iam.DeleteInstanceProfileInput{InstanceProfileName: ip}))(t)
	must(c.DetachRolePolicy(ctx, &iam.DetachRolePolicyInput{RoleName: r, PolicyArn: name("arn:aws:iam::aws:policy/ReadOnlyAccess")}))(t)
	must(c.DeleteRolePolicy(ctx, &iam.DeleteRolePolicyInput{RoleName: r, PolicyName: in}))(t)
	must(c.DeleteRole(ctx, &iam.DeleteRoleInput{RoleName: r}))(t)
	must(c.DeletePolicyVersion(ctx, &iam.DeletePolicyVersionInput{PolicyArn: p, VersionId: name("v1")}))(t)
	must(c.DeletePolicy(ctx, &iam.DeletePolicyInput{PolicyArn: p}))(t)
	must(c.DeleteAccountAlias(ctx, &iam.DeleteAccountAliasInput{AccountAlias: name("e2e-alias")}))(t)
	sum := must(c.GetAccountSummary(ctx, nil))(t).SummaryMap
	for what, n := range map[string]int32{"Users": 1, "Groups": 0, "Roles": 0, "Policies": 0, "InstanceProfiles": 0, "Providers": 0, "ServerCertificates": 0, "MFADevices": 0} {
		if sum[what] != n {
			t.Errorf("%d %s are left, want %d", sum[what], what, n)
		}
	}
}
