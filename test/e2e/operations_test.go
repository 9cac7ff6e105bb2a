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
	data := filepath.Join(t.TempDir(), "data")
	first := start(t, data)
	first.stop(t)
	w := &world{rec: newRecorder(), path: organize(t, data), issuer: newIssuer(t), admin: first.admin(), secrets: map[string]string{}}
	w.keep("the administrator's key", w.admin.secret)
	w.keep("root's password", after(first.out.String(), "password of the root user"))
	ca := filepath.Join(t.TempDir(), "issuer.pem")
	if err := os.WriteFile(ca, []byte(w.issuer.ca), 0o600); err != nil {
		t.Fatal(err)
	}
	w.s = start(t, data, "--oidc-ca", ca)
	c := w.iam(w.admin)
	w.account = *must(w.sts(w.admin).GetCallerIdentity(ctx, nil))(t).Account
	build(t, c, w.account)
	sessions(t, w)
	buildCredentials(t, w, c)
	buildFederation(t, w, c)
	buildAccount(t, w, c)

	before := state(t, w, c)
	w.s.stop(t)
	logs := append(first.logs.Bytes(), w.s.logs.Bytes()...)
	w.s = start(t, data, "--oidc-ca", ca)
	c = w.iam(w.admin)
	now := state(t, w, c)
	if len(now) != len(before) {
		t.Fatalf("%d answers became %d", len(before), len(now))
	}
	for i := range now {
		if now[i] != before[i] {
			t.Errorf("a restart changed an answer:\n%s\nnow:\n%s", before[i], now[i])
		}
	}
	takeDown(t, c, w.account)
	w.s.stop(t)

	listed := regexp.MustCompile(`(?m)^\| (\w+) \| yes \|`).FindAllStringSubmatch(string(must(os.ReadFile("../../docs/operations.md"))(t)), -1)
	if len(listed) < 191 {
		t.Errorf("docs/operations.md lists only %d operations", len(listed))
	}
	for _, m := range listed {
		if !w.rec.served[m[1]] {
			t.Errorf("%s is listed as served, and was not called with success", m[1])
		}
	}
	w.s.logs.Write(logs)
	w.s.holdsNowhere(t, w.secrets)
	if len(w.rec.calls) < 290 || len(w.secrets) < 25 {
		t.Errorf("only %d calls and %d secrets were recorded", len(w.rec.calls), len(w.secrets))
	}
	holdsEvents(t, data, w.rec.calls)
}

// A world is the server of TestEveryOperation with what the parts of the test
// hand to each other.
type world struct {
	s                 *server
	rec               *recorder
	admin             key
	account, path     string // path is that of the organization's root
	issuer            *issuer
	secrets           map[string]string // all that was handed out or in, by what it is
	task              *string           // the deletion of a service-linked role
	services          *string           // the job of a report
	organization      *string           // the job of a report
	granted, rejected *string           // delegation requests
}

func (w *world) iam(k key) *iam.Client { return w.s.iam(k, w.rec) }
func (w *world) sts(k key) *sts.Client { return w.s.sts(k, w.rec) }

// keep notes a secret and returns it.
func (w *world) keep(what, secret string) string {
	w.secrets[what] = secret
	return secret
}

// session is the key of a session, whose secrets it keeps.
func (w *world) session(whose string, c *st.Credentials) key {
	return key{id: *c.AccessKeyId, secret: w.keep(whose+"'s session key", *c.SecretAccessKey), token: w.keep(whose+"'s token", *c.SessionToken)}
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
// policy, and lets one be denied.
func sessions(t *testing.T, w *world) {
	t.Helper()
	account := w.account
	made := must(w.iam(w.admin).CreateAccessKey(ctx, &iam.CreateAccessKeyInput{UserName: name("alicia")}))(t).AccessKey
	alice := key{id: *made.AccessKeyId, secret: w.keep("alice's key", *made.SecretAccessKey)}
	sa := w.sts(alice)
	role := name("arn:aws:iam::" + account + ":role/r")
	wide := w.session("the role", must(sa.AssumeRole(ctx, &sts.AssumeRoleInput{RoleArn: role, RoleSessionName: name("wide")}))(t).Credentials)
	must(w.iam(wide).CreateUser(ctx, &iam.CreateUserInput{UserName: name("by-role")}))(t)
	narrow := w.session("the narrowed role", must(sa.AssumeRole(ctx, &sts.AssumeRoleInput{RoleArn: role, RoleSessionName: name("narrow"),
		PolicyArns: []st.PolicyDescriptorType{{Arn: name("arn:aws:iam::aws:policy/IAMReadOnlyAccess")}}}))(t).Credentials)
	must(w.iam(narrow).ListUsers(ctx, nil))(t)
	_, err := w.iam(narrow).CreateUser(ctx, &iam.CreateUserInput{UserName: name("nobody")})
	sentence := "User: arn:aws:sts::" + account + ":assumed-role/r/narrow is not authorized to perform: iam:CreateUser on resource: arn:aws:iam::" + account +
		":user/nobody because no session policy allows the iam:CreateUser action"
	if err == nil || !strings.Contains(err.Error(), "AccessDenied: "+sentence) {
		t.Errorf("got %v; want %s", err, sentence)
	}
	w.session("the session", must(sa.GetSessionToken(ctx, nil))(t).Credentials)
	w.session("the federated user", must(sa.GetFederationToken(ctx, &sts.GetFederationTokenInput{Name: name("bob")}))(t).Credentials)
	if id := must(sa.GetAccessKeyInfo(ctx, &sts.GetAccessKeyInfoInput{AccessKeyId: &alice.id}))(t); *id.Account != account {
		t.Error(*id.Account)
	}
	decode(t, w, narrow)
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
