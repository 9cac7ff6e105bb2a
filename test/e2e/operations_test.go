package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	it "github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	st "github.com/aws/aws-sdk-go-v2/service/sts/types"
)

var name = aws.String

// Every operation that docs/operations.md calls served succeeds with the SDK,
// each call leaves one event of its name, a restart changes no answer, and no
// secret that was handed out lies about.
func TestEveryOperation(t *testing.T) {
	s := start(t, filepath.Join(t.TempDir(), "data"))
	rec, admin := newRecorder(), s.admin()
	secrets := map[string]string{"the administrator's key": admin.secret, "root's password": after(s.out.String(), "password of the root user")}
	c := s.iam(admin, rec)
	account := *must(s.sts(admin, rec).GetCallerIdentity(ctx, nil))(t).Account
	build(t, c, account)
	sessions(t, s, admin, rec, account, secrets)

	before := state(t, c)
	s.stop(t)
	again := start(t, s.data)
	c = again.iam(admin, rec)
	if now := state(t, c); now != before {
		t.Errorf("a restart changed the answers:\n%s\nnow:\n%s", before, now)
	}
	takeDown(t, c, account)
	again.stop(t)

	listed := regexp.MustCompile(`(?m)^\| (\w+) \| yes \|$`).FindAllStringSubmatch(string(must(os.ReadFile("../../docs/operations.md"))(t)), -1)
	if len(listed) < 80 {
		t.Errorf("docs/operations.md lists only %d operations", len(listed))
	}
	for _, m := range listed {
		if !rec.served[m[1]] {
			t.Errorf("%s is listed as served, and was not called with success", m[1])
		}
	}
	again.logs.Write(s.logs.Bytes())
	again.holdsNowhere(t, secrets)
	if len(rec.calls) < 120 {
		t.Errorf("only %d calls were recorded", len(rec.calls))
	}
	holdsEvents(t, s.data, rec.calls)
}

// build makes one of everything and changes it in every way.
func build(t *testing.T, c *iam.Client, account string) {
	t.Helper()
	trust := aws.String(`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"` + account + `"},"Action":["sts:AssumeRole","sts:TagSession"]}}`)
	tags := []it.Tag{{Key: name("team"), Value: name("red")}, {Key: name("gone"), Value: name("soon")}}
	gone := []string{"gone"}
	readOnly := name("arn:aws:iam::aws:policy/ReadOnlyAccess")

	must(c.CreateAccountAlias(ctx, &iam.CreateAccountAliasInput{AccountAlias: name("e2e-alias")}))(t)
	p := must(c.CreatePolicy(ctx, &iam.CreatePolicyInput{PolicyName: name("p"), PolicyDocument: document("Allow", "iam:Get*", "*")}))(t).Policy.Arn
	must(c.TagPolicy(ctx, &iam.TagPolicyInput{PolicyArn: p, Tags: tags}))(t)
	must(c.UntagPolicy(ctx, &iam.UntagPolicyInput{PolicyArn: p, TagKeys: gone}))(t)
	must(c.CreatePolicyVersion(ctx, &iam.CreatePolicyVersionInput{PolicyArn: p, PolicyDocument: document("Allow", "iam:List*", "*")}))(t)
	must(c.SetDefaultPolicyVersion(ctx, &iam.SetDefaultPolicyVersionInput{PolicyArn: p, VersionId: name("v2")}))(t)

	must(c.CreateUser(ctx, &iam.CreateUserInput{UserName: name("alice")}))(t)
	must(c.TagUser(ctx, &iam.TagUserInput{UserName: name("alice"), Tags: tags}))(t)
	must(c.UntagUser(ctx, &iam.UntagUserInput{UserName: name("alice"), TagKeys: gone}))(t)
	must(c.AttachUserPolicy(ctx, &iam.AttachUserPolicyInput{UserName: name("alice"), PolicyArn: p}))(t)
	must(c.PutUserPolicy(ctx, &iam.PutUserPolicyInput{UserName: name("alice"), PolicyName: name("in"), PolicyDocument: document("Allow", "sts:*", "*")}))(t)
	must(c.PutUserPermissionsBoundary(ctx, &iam.PutUserPermissionsBoundaryInput{UserName: name("alice"), PermissionsBoundary: readOnly}))(t)
	must(c.DeleteUserPermissionsBoundary(ctx, &iam.DeleteUserPermissionsBoundaryInput{UserName: name("alice")}))(t)
	must(c.UpdateUser(ctx, &iam.UpdateUserInput{UserName: name("alice"), NewUserName: name("Alicia"), NewPath: name("/p/")}))(t)

	must(c.CreateGroup(ctx, &iam.CreateGroupInput{GroupName: name("devs")}))(t)
	must(c.AddUserToGroup(ctx, &iam.AddUserToGroupInput{GroupName: name("devs"), UserName: name("alicia")}))(t)
	must(c.AttachGroupPolicy(ctx, &iam.AttachGroupPolicyInput{GroupName: name("devs"), PolicyArn: p}))(t)
	must(c.PutGroupPolicy(ctx, &iam.PutGroupPolicyInput{GroupName: name("devs"), PolicyName: name("in"), PolicyDocument: document("Deny", "s3:*", "*")}))(t)
	must(c.UpdateGroup(ctx, &iam.UpdateGroupInput{GroupName: name("devs"), NewGroupName: name("makers")}))(t)

	must(c.CreateRole(ctx, &iam.CreateRoleInput{RoleName: name("r"), AssumeRolePolicyDocument: trust}))(t)
	must(c.UpdateRole(ctx, &iam.UpdateRoleInput{RoleName: name("r"), MaxSessionDuration: aws.Int32(7200)}))(t)
	must(c.UpdateRoleDescription(ctx, &iam.UpdateRoleDescriptionInput{RoleName: name("r"), Description: name("what it is for")}))(t)
	must(c.UpdateAssumeRolePolicy(ctx, &iam.UpdateAssumeRolePolicyInput{RoleName: name("r"), PolicyDocument: trust}))(t)
	must(c.TagRole(ctx, &iam.TagRoleInput{RoleName: name("r"), Tags: tags}))(t)
	must(c.UntagRole(ctx, &iam.UntagRoleInput{RoleName: name("r"), TagKeys: gone}))(t)
	must(c.AttachRolePolicy(ctx, &iam.AttachRolePolicyInput{RoleName: name("r"), PolicyArn: readOnly}))(t)
	must(c.PutRolePolicy(ctx, &iam.PutRolePolicyInput{RoleName: name("r"), PolicyName: name("in"), PolicyDocument: document("Allow", "iam:CreateUser", "*")}))(t)
	must(c.PutRolePermissionsBoundary(ctx, &iam.PutRolePermissionsBoundaryInput{RoleName: name("r"), PermissionsBoundary: p}))(t)
	must(c.DeleteRolePermissionsBoundary(ctx, &iam.DeleteRolePermissionsBoundaryInput{RoleName: name("r")}))(t)

	must(c.CreateInstanceProfile(ctx, &iam.CreateInstanceProfileInput{InstanceProfileName: name("ip")}))(t)
	must(c.AddRoleToInstanceProfile(ctx, &iam.AddRoleToInstanceProfileInput{InstanceProfileName: name("ip"), RoleName: name("r")}))(t)
	must(c.TagInstanceProfile(ctx, &iam.TagInstanceProfileInput{InstanceProfileName: name("ip"), Tags: tags}))(t)
	must(c.UntagInstanceProfile(ctx, &iam.UntagInstanceProfileInput{InstanceProfileName: name("ip"), TagKeys: gone}))(t)
}

// sessions makes one of each kind of session, narrows one by a managed session
// policy, and lets one be denied; what it was given goes into secrets.
func sessions(t *testing.T, s *server, admin key, rec *recorder, account string, secrets map[string]string) {
	t.Helper()
	made := must(s.iam(admin, rec).CreateAccessKey(ctx, &iam.CreateAccessKeyInput{UserName: name("alicia")}))(t).AccessKey
	alice := key{id: *made.AccessKeyId, secret: *made.SecretAccessKey}
	secrets["alice's key"] = alice.secret
	keep := func(what string, c *st.Credentials) key {
		secrets[what+"'s key"], secrets[what+"'s token"] = *c.SecretAccessKey, *c.SessionToken
		return key{*c.AccessKeyId, *c.SecretAccessKey, *c.SessionToken}
	}
	sa := s.sts(alice, rec)
	role := name("arn:aws:iam::" + account + ":role/r")
	wide := keep("the role", must(sa.AssumeRole(ctx, &sts.AssumeRoleInput{RoleArn: role, RoleSessionName: name("wide")}))(t).Credentials)
	must(s.iam(wide, rec).CreateUser(ctx, &iam.CreateUserInput{UserName: name("by-role")}))(t)
	narrow := keep("the narrowed role", must(sa.AssumeRole(ctx, &sts.AssumeRoleInput{RoleArn: role, RoleSessionName: name("narrow"),
		PolicyArns: []st.PolicyDescriptorType{{Arn: name("arn:aws:iam::aws:policy/IAMReadOnlyAccess")}}}))(t).Credentials)
	must(s.iam(narrow, rec).ListUsers(ctx, nil))(t)
	_, err := s.iam(narrow, rec).CreateUser(ctx, &iam.CreateUserInput{UserName: name("nobody")})
	sentence := "User: arn:aws:sts::" + account + ":assumed-role/r/narrow is not authorized to perform: iam:CreateUser on resource: arn:aws:iam::" + account +
		":user/nobody because no session policy allows the iam:CreateUser action"
	if err == nil || !strings.Contains(err.Error(), "AccessDenied: "+sentence) {
		t.Errorf("got %v; want %s", err, sentence)
	}
	keep("the session", must(sa.GetSessionToken(ctx, nil))(t).Credentials)
	keep("the federated user", must(sa.GetFederationToken(ctx, &sts.GetFederationTokenInput{Name: name("bob")}))(t).Credentials)
	if id := must(sa.GetAccessKeyInfo(ctx, &sts.GetAccessKeyInfoInput{AccessKeyId: &alice.id}))(t); *id.Account != account {
		t.Error(*id.Account)
	}
	decode(t, s, admin, narrow, rec)
}

// holdsEvents holds that each call left exactly one event, under its name.
func holdsEvents(t *testing.T, data string, calls map[string]string) {
	t.Helper()
	found := map[string][]string{}
	files := must(filepath.Glob(filepath.Join(data, "audit/*/*/*/*/*.jsonl")))(t)
	for _, f := range files {
		for line := range strings.Lines(string(must(os.ReadFile(f))(t))) {
			var e struct{ RequestID, EventName string }
			if err := json.Unmarshal([]byte(line), &e); err != nil {
				t.Fatalf("%s: %v", f, err)
			}
			found[e.RequestID] = append(found[e.RequestID], e.EventName)
		}
	}
	if len(calls) == 0 {
		t.Error("no call was recorded")
	}
	for id, operation := range calls {
		if got := fmt.Sprint(found[id]); got != "["+operation+"]" {
			t.Errorf("%s %s has the events %s", operation, id, got)
		}
	}
}
