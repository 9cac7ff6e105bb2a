package clients

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	iamtypes "github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	ststypes "github.com/aws/aws-sdk-go-v2/service/sts/types"
	"github.com/aws/smithy-go"
)

func must[T any](v T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// refused holds that a call was refused with this code, and a message that
// contains the text.
func refused(t *testing.T, err error, code, text string) {
	t.Helper()
	var e smithy.APIError
	if !errors.As(err, &e) || e.ErrorCode() != code || !strings.Contains(e.ErrorMessage(), text) {
		t.Errorf("got %v; want %s: …%s…", err, code, text)
	}
}

func temporary(c *ststypes.Credentials) key {
	return key{*c.AccessKeyId, *c.SecretAccessKey, *c.SessionToken}
}

// A life with the SDK: a person, a group, a role; denied, assumed, allowed;
// everything is there after a restart.
func TestLife(t *testing.T) {
	s := start(t, filepath.Join(t.TempDir(), "data"))
	admin := s.admin(t)
	root := s.iam(admin)
	me := must(s.sts(admin).GetCallerIdentity(ctx, nil))(t)
	account := *me.Account
	if *me.Arn != "arn:aws:iam::"+account+":user/admin" {
		t.Error(*me.Arn)
	}
	trust := fmt.Sprintf(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"%s"},"Action":["sts:AssumeRole","sts:TagSession","sts:SetSourceIdentity"]}]}`, account)
	roleARN := "arn:aws:iam::" + account + ":role/team/auditor"
	must(root.CreateGroup(ctx, &iam.CreateGroupInput{GroupName: aws.String("devs")}))(t)
	may := must(root.CreatePolicy(ctx, &iam.CreatePolicyInput{PolicyName: aws.String("may-audit"), PolicyDocument: aws.String(
		`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":["sts:AssumeRole","sts:TagSession","sts:SetSourceIdentity","sts:GetFederationToken"],"Resource":"*"}}`)}))(t)
	must(root.AttachGroupPolicy(ctx, &iam.AttachGroupPolicyInput{GroupName: aws.String("devs"), PolicyArn: may.Policy.Arn}))(t)
	must(root.CreateUser(ctx, &iam.CreateUserInput{UserName: aws.String("alice")}))(t)
	must(root.AddUserToGroup(ctx, &iam.AddUserToGroupInput{GroupName: aws.String("devs"), UserName: aws.String("Alice")}))(t)
	must(root.CreateRole(ctx, &iam.CreateRoleInput{RoleName: aws.String("auditor"), Path: aws.String("/team/"), AssumeRolePolicyDocument: &trust}))(t)
	must(root.AttachRolePolicy(ctx, &iam.AttachRolePolicyInput{RoleName: aws.String("auditor"), PolicyArn: aws.String("arn:aws:iam::aws:policy/IAMReadOnlyAccess")}))(t)
	made := must(root.CreateAccessKey(ctx, &iam.CreateAccessKeyInput{UserName: aws.String("alice")}))(t)
	alice := key{id: *made.AccessKey.AccessKeyId, secret: *made.AccessKey.SecretAccessKey}

	_, err := s.iam(alice).ListUsers(ctx, nil)
	refused(t, err, "AccessDenied", "User: arn:aws:iam::"+account+":user/alice is not authorized to perform: iam:ListUsers because no identity-based policy allows the iam:ListUsers action")
	assumed := must(s.sts(alice).AssumeRole(ctx, &sts.AssumeRoleInput{RoleArn: &roleARN, RoleSessionName: aws.String("s1"), SourceIdentity: aws.String("alice")}))(t)
	auditor := temporary(assumed.Credentials)
	if *assumed.AssumedRoleUser.Arn != "arn:aws:sts::"+account+":assumed-role/auditor/s1" {
		t.Error(*assumed.AssumedRoleUser.Arn)
	}
	if users := must(s.iam(auditor).ListUsers(ctx, nil))(t); len(users.Users) != 2 {
		t.Errorf("%d users", len(users.Users))
	}
	_, err = s.iam(auditor).CreateUser(ctx, &iam.CreateUserInput{UserName: aws.String("x")})
	refused(t, err, "AccessDenied", "because no identity-based policy allows the iam:CreateUser action")

	narrowed := must(s.sts(alice).AssumeRole(ctx, &sts.AssumeRoleInput{RoleArn: &roleARN, RoleSessionName: aws.String("s2"),
		Policy: aws.String(`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"iam:ListGroups","Resource":"*"}}`)}))(t)
	if narrowed.PackedPolicySize == nil {
		t.Error("no PackedPolicySize")
	}
	must(s.iam(temporary(narrowed.Credentials)).ListGroups(ctx, nil))(t)
	_, err = s.iam(temporary(narrowed.Credentials)).ListUsers(ctx, nil)
	refused(t, err, "AccessDenied", "because no session policy allows the iam:ListUsers action")
	_, err = s.sts(alice).AssumeRole(ctx, &sts.AssumeRoleInput{RoleArn: aws.String("arn:aws:iam::" + account + ":role/auditor"), RoleSessionName: aws.String("s3")})
	refused(t, err, "AccessDenied", "is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::"+account+":role/auditor")

	token := must(s.sts(alice).GetSessionToken(ctx, nil))(t)
	_, err = s.iam(temporary(token.Credentials)).GetUser(ctx, nil)
	refused(t, err, "InvalidClientTokenId", "")
	must(s.sts(temporary(token.Credentials)).GetCallerIdentity(ctx, nil))(t)
	federated := must(s.sts(alice).GetFederationToken(ctx, &sts.GetFederationTokenInput{Name: aws.String("bob")}))(t)
	if id := must(s.sts(temporary(federated.Credentials)).GetCallerIdentity(ctx, nil))(t); *id.Arn != "arn:aws:sts::"+account+":federated-user/bob" {
		t.Error(*id.Arn)
	}

	other := start(t, filepath.Join(t.TempDir(), "other"))
	_, err = other.sts(auditor).GetCallerIdentity(ctx, nil)
	refused(t, err, "InvalidClientTokenId", "")

	s.stop(t)
	s.holdsNowhere(t, alice.secret, auditor.secret, auditor.token, admin.secret)
	again := start(t, s.data)
	if users := must(again.iam(auditor).ListUsers(ctx, nil))(t); len(users.Users) != 2 {
		t.Error("users are lost")
	}
	must(again.iam(admin).UpdateAccessKey(ctx, &iam.UpdateAccessKeyInput{UserName: aws.String("alice"), AccessKeyId: &alice.id, Status: iamtypes.StatusTypeInactive}))(t)
	_, err = again.sts(alice).GetCallerIdentity(ctx, nil)
	refused(t, err, "InvalidClientTokenId", "The security token included in the request is invalid.")
	must(again.iam(admin).DetachRolePolicy(ctx, &iam.DetachRolePolicyInput{RoleName: aws.String("auditor"), PolicyArn: aws.String("arn:aws:iam::aws:policy/IAMReadOnlyAccess")}))(t)
	_, err = again.iam(auditor).ListUsers(ctx, nil)
	refused(t, err, "AccessDenied", "iam:ListUsers")
	must(again.iam(admin).DeleteRole(ctx, &iam.DeleteRoleInput{RoleName: aws.String("auditor")}))(t)
	_, err = again.sts(auditor).GetCallerIdentity(ctx, nil)
	refused(t, err, "InvalidClientTokenId", "")
	again.stop(t)

	names := map[string]int{}
	for _, e := range events(t, s.data) {
		names[e.EventName+" "+e.ErrorCode]++
	}
	for name, n := range map[string]int{"CreateAccount ": 1, "CreateUser ": 1, "CreateUser AccessDenied": 1, "AssumeRole ": 2, "AssumeRole AccessDenied": 1, "CreateAccessKey ": 1, "ListUsers AccessDenied": 3, "GetFederationToken ": 1} {
		if names[name] != n {
			t.Errorf("%d events of %q, want %d", names[name], name, n)
		}
	}
}

type event struct{ EventName, ErrorCode, EventID string }

func events(t *testing.T, data string) (all []event) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(data, "audit/*/*/*/*/*.jsonl"))
	if err != nil || len(files) == 0 {
		t.Fatal("no audit files", err)
	}
	for _, f := range files {
		content, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(content)) {
			var e event
			if err := json.Unmarshal([]byte(line), &e); err != nil {
				t.Fatal(err)
			}
			all = append(all, e)
		}
	}
	return all
}

func TestPages(t *testing.T) {
	s := start(t, filepath.Join(t.TempDir(), "data"))
	c := s.iam(s.admin(t))
	for i := range 250 {
		must(c.CreateUser(ctx, &iam.CreateUserInput{UserName: aws.String(fmt.Sprintf("user%03d", i))}))(t)
	}
	seen := map[string]bool{}
	pages := 0
	for p := iam.NewListUsersPaginator(c, &iam.ListUsersInput{}); p.HasMorePages(); pages++ {
		for _, u := range must(p.NextPage(ctx))(t).Users {
			seen[*u.UserName] = true
		}
	}
	if len(seen) != 251 || pages != 3 {
		t.Errorf("%d users on %d pages", len(seen), pages)
	}
	policies := 0
	for p := iam.NewListPoliciesPaginator(c, &iam.ListPoliciesInput{Scope: iamtypes.PolicyScopeTypeAws, MaxItems: aws.Int32(1000)}); p.HasMorePages(); {
		policies += len(must(p.NextPage(ctx))(t).Policies)
	}
	if policies < 1400 {
		t.Errorf("%d AWS managed policies", policies)
	}
	if rss := residentMB(t, s.process.Process.Pid); rss > 60 {
		t.Errorf("%d MB resident", rss)
	}
}

func residentMB(t *testing.T, pid int) int {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(status), "VmRSS:")
	var kb int
	if _, err := fmt.Sscan(rest, &kb); err != nil {
		t.Fatal(err)
	}
	return kb / 1024
}

// Presigned GETs and JSON answers are what EKS, Vault and browsers use.
func TestPresignedAndJSON(t *testing.T) {
	s := start(t, filepath.Join(t.TempDir(), "data"))
	p := must(sts.NewPresignClient(s.sts(s.admin(t))).PresignGetCallerIdentity(ctx, &sts.GetCallerIdentityInput{}))(t)
	r, err := http.NewRequest(p.Method, p.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Accept", "application/json")
	resp := must(http.DefaultClient.Do(r))(t)
	defer resp.Body.Close()
	var out struct {
		GetCallerIdentityResponse struct {
			GetCallerIdentityResult struct{ Arn string }
		}
	}
	body := must(io.ReadAll(resp.Body))(t)
	if err := json.Unmarshal(body, &out); err != nil || !strings.HasSuffix(out.GetCallerIdentityResponse.GetCallerIdentityResult.Arn, ":user/admin") {
		t.Errorf("%s, %v", body, err)
	}
}

// A first start is ready within 200 ms, as the median of five.
func TestReady(t *testing.T) {
	var times []time.Duration
	for range 5 {
		s := start(t, filepath.Join(t.TempDir(), "data"))
		times = append(times, s.ready)
		s.stop(t)
	}
	fast := 0
	for _, d := range times {
		if d <= 200*time.Millisecond {
			fast++
		}
	}
	if fast < 3 {
		t.Errorf("ready after %v", times)
	}
	if info := must(os.Stat(binary))(t); info.Size() > 40<<20 {
		t.Errorf("the binary has %d bytes", info.Size())
	}
}
