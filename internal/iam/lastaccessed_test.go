package iam

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/aratame/aratame/internal/account"
	"github.com/aratame/aratame/internal/api"
	"github.com/aratame/aratame/internal/awsid"
	"github.com/aratame/aratame/internal/catalog"
	"github.com/aratame/aratame/internal/shape/iamshape"
)

func granted(actions string) string {
	return `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":` + actions + `,"Resource":"*"}]}`
}

// newAccess has alice in the group dev, bob outside, and the role app, each with
// what it allows.
func newAccess(t *testing.T) *tester {
	x := newTest(t)
	x.must("CreateGroup", &iamshape.CreateGroupInput{GroupName: "dev"})
	x.must("PutGroupPolicy", &iamshape.PutGroupPolicyInput{GroupName: "dev", PolicyName: "g", PolicyDocument: granted(`["s3:Get*","iam:GetUser","iam:ListUsers","iam:PassRole"]`)})
	for _, name := range []string{"alice", "bob"} {
		x.must("CreateUser", &iamshape.CreateUserInput{UserName: name})
	}
	x.must("AddUserToGroup", &iamshape.AddUserToGroupInput{GroupName: "dev", UserName: "alice"})
	x.must("PutUserPolicy", &iamshape.PutUserPolicyInput{UserName: "alice", PolicyName: "u", PolicyDocument: granted(`"sqs:SendMessage"`)})
	x.must("CreateRole", &iamshape.CreateRoleInput{RoleName: "app", AssumeRolePolicyDocument: trustAccount})
	x.must("PutRolePolicy", &iamshape.PutRolePolicyInput{RoleName: "app", PolicyName: "r", PolicyDocument: granted(`["sts:AssumeRole","iam:GetRole"]`)})
	return x
}

const trustAccount = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"` + testAccount + `"},"Action":"sts:AssumeRole"}]}`

func (x *tester) arn(kind, name string) string { return awsid.IAM(testAccount, kind, "/", name) }

// tried notes an attempt of a user or role, so many minutes from the start.
func (x *tester) tried(kind, name, service, action string, minutes int) {
	x.Helper()
	id := ""
	if kind == "user" {
		id = x.view.User(name).ID
	} else {
		id = x.view.Role(name).ID
	}
	x.svc.Usage.NoteAttempt(testAccount, id, service, action, x.now.Add(time.Duration(minutes)*time.Minute), "us-east-1")
}

func (x *tester) report(arn, level string) string {
	x.Helper()
	in := &iamshape.GenerateServiceLastAccessedDetailsInput{Arn: arn}
	if level != "" {
		in.Granularity = &level
	}
	return *do[iamshape.GenerateServiceLastAccessedDetailsOutput](x, "GenerateServiceLastAccessedDetails", in).JobId
}

// accessed shows a report: one line a service, "namespace n last-entity minutes",
// then its actions.
func (x *tester) accessed(job string) []string {
	x.Helper()
	out := do[iamshape.GetServiceLastAccessedDetailsOutput](x, "GetServiceLastAccessedDetails", &iamshape.GetServiceLastAccessedDetailsInput{JobId: job, MaxItems: ptr(int32(1000))})
	if *out.JobStatus != "COMPLETED" || *out.IsTruncated || out.Error != nil {
		x.Errorf("%+v", out)
	}
	start := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	shown := func(entity *string, at *time.Time, region *string) string {
		if entity == nil && at == nil && region == nil {
			return "-"
		}
		_, name, _ := strings.Cut(*entity, "/")
		return fmt.Sprintf("%s %v %s", name, at.Sub(start).Minutes(), *region)
	}
	var lines []string
	for _, s := range out.ServicesLastAccessed {
		lines = append(lines, fmt.Sprintf("%s %d %s", *s.ServiceNamespace, *s.TotalAuthenticatedEntities, shown(s.LastAuthenticatedEntity, s.LastAuthenticated, s.LastAuthenticatedRegion)))
		for _, a := range s.TrackedActionsLastAccessed {
			lines = append(lines, "  "+*a.ActionName+" "+shown(a.LastAccessedEntity, a.LastAccessedTime, a.LastAccessedRegion))
		}
	}
	return lines
}

func (x *tester) same(what string, got []string, want ...string) {
	x.Helper()
	if d := cmp.Diff(want, got); d != "" {
		x.Errorf("%s: %s", what, d)
	}
}

func TestServiceLastAccessed(t *testing.T) {
	x := newAccess(t)
	x.tried("user", "alice", "iam", "GetUser", 1)
	x.tried("user", "alice", "iam", "ListUsers", 2)
	x.tried("user", "alice", "iam", "DeleteUser", 3) // denied, so it counts for the service
	x.tried("user", "alice", "ec2", "RunInstances", 4)
	x.tried("user", "alice", "s3", "GetObject", 5)
	x.tried("user", "bob", "iam", "GetUser", 6)
	x.tried("role", "app", "sts", "AssumeRole", 7)
	before := x.report(x.arn("user", "alice"), "")

	x.now = x.now.Add(time.Hour)
	x.same("user", x.accessed(x.report(x.arn("user", "alice"), "")), "iam 1 alice 3 us-east-1", "s3 1 alice 5 us-east-1", "sqs 0 -")
	x.same("user by action", x.accessed(x.report(x.arn("user", "alice"), "ACTION_LEVEL")),
		"iam 1 alice 3 us-east-1", "  GetUser alice 1 us-east-1", "  ListUsers alice 2 us-east-1", // PassRole is no operation
		"s3 1 alice 5 us-east-1", "  GetObject alice 5 us-east-1",
		"sqs 0 -")
	x.same("role by action", x.accessed(x.report(x.arn("role", "app"), "ACTION_LEVEL")),
		"iam 0 -", "  GetRole -", "sts 1 app 7 us-east-1", "  AssumeRole app 7 us-east-1")
	x.same("group", x.accessed(x.report(x.arn("group", "dev"), "SERVICE_LEVEL")), "iam 1 alice 3 us-east-1", "s3 1 alice 5 us-east-1")
	x.same("nothing allowed", x.accessed(x.report(x.arn("user", "bob"), "")))
	x.same("names in any case, paths unread", x.accessed(x.report(awsid.IAM(testAccount, "group", "/x/", "DEV"), "")), "iam 1 alice 3 us-east-1", "s3 1 alice 5 us-east-1")

	// The policy is for bob, and for alice by her group.
	doc := granted(`["iam:*","sqs:*"]`)
	arn := *do[iamshape.CreatePolicyOutput](x, "CreatePolicy", &iamshape.CreatePolicyInput{PolicyName: "p", PolicyDocument: doc}).Policy.Arn
	x.same("unattached", x.accessed(x.report(arn, "")), "iam 0 -", "sqs 0 -")
	x.must("AttachUserPolicy", &iamshape.AttachUserPolicyInput{UserName: "bob", PolicyArn: arn})
	x.must("AttachUserPolicy", &iamshape.AttachUserPolicyInput{UserName: "alice", PolicyArn: arn})
	x.must("AttachGroupPolicy", &iamshape.AttachGroupPolicyInput{GroupName: "dev", PolicyArn: arn})
	x.must("PutRolePermissionsBoundary", &iamshape.PutRolePermissionsBoundaryInput{RoleName: "app", PermissionsBoundary: arn})
	job := x.report(arn, "ACTION_LEVEL")
	got := x.accessed(job)
	if got[0] != "iam 2 bob 6 us-east-1" || got[len(got)-1] != "sqs 0 -" || !slices.Contains(got, "  GetUser bob 6 us-east-1") ||
		!slices.Contains(got, "  DeleteUser alice 3 us-east-1") || !slices.Contains(got, "  CreateUser -") {
		t.Error(got)
	}
	// Each operation of IAM, and nothing that isn't one.
	if len(got) != 2+len(iamshape.Operations()) {
		t.Errorf("%d lines", len(got))
	}
	x.same("entities", x.entities(job, "iam"), "USER bob 6", "USER alice 3")
	x.same("entities that never came", x.entities(job, "SQS"), "USER alice never", "USER bob never")
	x.same("not in the report", x.entities(job, "s3"))
	x.must("AttachRolePolicy", &iamshape.AttachRolePolicyInput{RoleName: "app", PolicyArn: arn})
	x.same("with a role", x.entities(x.report(arn, ""), "iam"), "USER bob 6", "USER alice 3", "ROLE app never")
	x.same("of a user", x.entities(x.report(x.arn("user", "alice"), ""), "s3"), "USER alice 5")

	// What comes later changes no report that was made.
	x.tried("user", "alice", "iam", "GetUser", 90)
	x.must("DeleteUserPolicy", &iamshape.DeleteUserPolicyInput{UserName: "alice", PolicyName: "u"})
	x.must("UpdateUser", &iamshape.UpdateUserInput{UserName: "bob", NewUserName: ptr("robert")})
	x.same("kept", x.accessed(before), "iam 1 alice 3 us-east-1", "s3 1 alice 5 us-east-1", "sqs 0 -")
	if again := x.accessed(job); !slices.Equal(again, got) {
		t.Error(again)
	}

	// After 400 days an attempt is forgotten.
	x.now = x.now.Add(400*24*time.Hour + time.Hour)
	x.same("long ago", x.accessed(x.report(x.arn("role", "app"), "")), "iam 0 -", "sqs 0 -", "sts 0 -")
}

func (x *tester) entities(job, service string) []string {
	x.Helper()
	out := do[iamshape.GetServiceLastAccessedDetailsWithEntitiesOutput](x, "GetServiceLastAccessedDetailsWithEntities",
		&iamshape.GetServiceLastAccessedDetailsWithEntitiesInput{JobId: job, ServiceNamespace: service})
	var lines []string
	for _, e := range out.EntityDetailsList {
		at := "never"
		if e.LastAuthenticated != nil {
			at = fmt.Sprint(e.LastAuthenticated.Sub(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)).Minutes())
		}
		lines = append(lines, fmt.Sprintf("%s %s %s", *e.EntityInfo.Type, *e.EntityInfo.Name, at))
		if !strings.HasSuffix(*e.EntityInfo.Arn, *e.EntityInfo.Path+*e.EntityInfo.Name) || len(*e.EntityInfo.Id) != 21 {
			x.Errorf("%+v", e.EntityInfo)
		}
	}
	return lines
}

func TestServiceLastAccessedErrors(t *testing.T) {
	x := newAccess(t)
	generate := func(arn string) *iamshape.GenerateServiceLastAccessedDetailsInput {
		return &iamshape.GenerateServiceLastAccessedDetailsInput{Arn: arn}
	}
	x.fails("GenerateServiceLastAccessedDetails", generate(x.arn("user", "nobody")), "NoSuchEntity", "The user with name nobody cannot be found.")
	x.fails("GenerateServiceLastAccessedDetails", generate(x.arn("group", "none")), "NoSuchEntity", "The group with name none cannot be found.")
	x.fails("GenerateServiceLastAccessedDetails", generate(x.arn("role", "none")), "NoSuchEntity", "The role with name none cannot be found.")
	x.fails("GenerateServiceLastAccessedDetails", generate(x.arn("policy", "none")), "NoSuchEntity", "Policy "+x.arn("policy", "none")+" was not found.")
	for _, arn := range []string{
		awsid.Root(testAccount), "arn:aws:iam::000000000000:user/alice", "arn:aws:s3:::bucket/aaaaaaaa", x.arn("mfa", "alice"), "arn:aws:iam::aws:user/alice",
	} {
		x.fails("GenerateServiceLastAccessedDetails", generate(arn), "InvalidInput", "Invalid ARN provided in the request: "+arn)
	}

	// Only who has asked may fetch.
	job := x.report(x.arn("user", "alice"), "")
	get := &iamshape.GetServiceLastAccessedDetailsInput{JobId: job}
	with := &iamshape.GetServiceLastAccessedDetailsWithEntitiesInput{JobId: job, ServiceNamespace: "iam"}
	none := "The job with id " + job + " cannot be found."
	x.asUser("bob")
	x.fails("GetServiceLastAccessedDetails", get, "NoSuchEntity", none)
	x.fails("GetServiceLastAccessedDetailsWithEntities", with, "NoSuchEntity", none)
	x.asRoot()
	x.must("GetServiceLastAccessedDetails", get)
	x.fails("GetServiceLastAccessedDetailsWithEntities", &iamshape.GetServiceLastAccessedDetailsWithEntitiesInput{JobId: job, ServiceNamespace: "nosuch"},
		"InvalidInput", "Invalid service namespace: nosuch")
	// Nor is a job of another kind a report.
	x.must("GenerateCredentialReport", &iamshape.GenerateCredentialReportInput{})
	other := strings.Repeat("x", 36)
	x.change(func(tx *account.Tx) {
		tx.PutJob(&account.Job{ID: other, Kind: account.JobOrganizationAccess, Created: x.now, By: testAccount})
	})
	x.fails("GetServiceLastAccessedDetails", &iamshape.GetServiceLastAccessedDetailsInput{JobId: other}, "NoSuchEntity", "The job with id "+other+" cannot be found.")
	x.now = x.now.Add(keptReports - time.Second)
	x.must("GetServiceLastAccessedDetails", get)
	x.now = x.now.Add(time.Second)
	x.fails("GetServiceLastAccessedDetails", get, "NoSuchEntity", none)
}

func TestServiceLastAccessedPages(t *testing.T) {
	x := newAccess(t)
	x.must("AttachGroupPolicy", &iamshape.AttachGroupPolicyInput{GroupName: "dev", PolicyArn: adminPolicy})
	for i := range 3 {
		x.must("CreateUser", &iamshape.CreateUserInput{UserName: fmt.Sprint("u", i)})
		x.must("AddUserToGroup", &iamshape.AddUserToGroupInput{GroupName: "dev", UserName: fmt.Sprint("u", i)})
		x.tried("user", fmt.Sprint("u", i), "iam", "GetUser", 3-i)
	}
	job := x.report(x.arn("group", "dev"), "")
	var services []string
	in := &iamshape.GetServiceLastAccessedDetailsInput{JobId: job}
	for {
		out := do[iamshape.GetServiceLastAccessedDetailsOutput](x, "GetServiceLastAccessedDetails", in)
		for _, s := range out.ServicesLastAccessed {
			services = append(services, *s.ServiceNamespace)
		}
		if in.Marker = out.Marker; in.Marker == nil {
			break
		}
		if len(out.ServicesLastAccessed) != defaultPage {
			t.Error(len(out.ServicesLastAccessed))
		}
	}
	var want []string
	for _, s := range catalog.Services() {
		if len(s.Actions) > 0 {
			want = append(want, s.Prefix)
		}
	}
	if !slices.Equal(services, want) || len(want) < 400 {
		t.Errorf("%d services, want %d", len(services), len(want))
	}
	var names []string
	with := &iamshape.GetServiceLastAccessedDetailsWithEntitiesInput{JobId: job, ServiceNamespace: "iam", MaxItems: ptr(int32(1))}
	for range 4 {
		out := do[iamshape.GetServiceLastAccessedDetailsWithEntitiesOutput](x, "GetServiceLastAccessedDetailsWithEntities", with)
		names = append(names, *out.EntityDetailsList[0].EntityInfo.Name)
		with.Marker = out.Marker
	}
	x.same("by time", names, "u0", "u1", "u2", "alice")
	if with.Marker != nil {
		t.Error("a page too many")
	}
	with.Marker = ptr("x")
	x.fails("GetServiceLastAccessedDetailsWithEntities", with, "ValidationError", "Invalid Marker.")
}

// TestReportsAreBounded: an account keeps so many reports, and who asks for many
// loses their own.
func TestReportsAreBounded(t *testing.T) {
	x := newAccess(t)
	fill := func(n int, by string, created time.Time) {
		x.change(func(tx *account.Tx) {
			for i := range n {
				tx.PutJob(&account.Job{ID: fmt.Sprintf("%s-%09d", by, i), Kind: account.JobServiceLastAccessed, Created: created, By: by})
			}
		})
	}
	fill(maxAccessReports-1, "AIDAX", x.now.Add(-time.Minute))
	first := x.report(x.arn("user", "alice"), "") // root's
	if n := x.view.Count().Jobs; n != maxAccessReports {
		t.Fatal(n)
	}
	second := x.report(x.arn("user", "alice"), "")
	if n := x.view.Count().Jobs; n != maxAccessReports || x.view.Job(first) != nil || x.view.Job(second) == nil {
		t.Error(n, "the caller's oldest report has to go")
	}
	x.asUser("bob")
	x.report(x.arn("user", "alice"), "")
	if x.view.Count().Jobs != maxAccessReports || x.view.Job("AIDAX-000000000") != nil || x.view.Job(second) == nil {
		t.Error("the oldest report of all has to go")
	}
	x.now = x.now.Add(keptReports)
	x.report(x.arn("user", "alice"), "")
	if n := x.view.Count().Jobs; n != maxAccessReports-maxPrunedJobs+1 {
		t.Error(n, "old reports have to go, so many at a time")
	}
}

// TestReportBytesAreBounded: reports are bounded together by their size, too.
func TestReportBytesAreBounded(t *testing.T) {
	x := newAccess(t)
	big := make([]byte, maxReportBytes/4)
	x.change(func(tx *account.Tx) {
		for i, by := range []string{"AIDAX", testAccount, testAccount, "AIDAX"} {
			tx.PutJob(&account.Job{ID: fmt.Sprint("big", i), Kind: account.JobServiceLastAccessed, Created: x.now.Add(time.Duration(i) * time.Second), By: by, Data: big})
		}
	})
	x.report(x.arn("user", "alice"), "")
	if x.view.Count().Jobs != 4 || x.view.Job("big1") != nil {
		t.Error(x.view.Count().Jobs, "the caller's oldest report has to go")
	}
	x.report(x.arn("user", "alice"), "")
	if x.view.Count().Jobs != 5 {
		t.Error(x.view.Count().Jobs, "there was room")
	}
}

// TestDamagedReports: what can't be read is an error, never a report.
func TestDamagedReports(t *testing.T) {
	x := newAccess(t)
	get := &iamshape.GetServiceLastAccessedDetailsInput{JobId: strings.Repeat("x", 36)}
	with := &iamshape.GetServiceLastAccessedDetailsWithEntitiesInput{JobId: get.JobId, ServiceNamespace: "iam"}
	two := make([]accessingEntity, 2)
	damaged := func(entities []accessingEntity, regions []string, uses ...byte) accessReport {
		return accessReport{Services: []accessedService{{Namespace: "iam", Count: 1, Uses: uses}}, Entities: entities, Regions: regions}
	}
	report := func(r accessReport) []byte {
		data, err := packReport(r)
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	for name, data := range map[string][]byte{
		"nothing":           nil,
		"no gzip":           []byte("{}"),
		"cut":               report(accessReport{})[:20],
		"no such entity":    report(damaged(two, []string{"r"}, 2, 0, 0)),
		"no such region":    report(damaged(two, nil, 1, 0, 0)),
		"cut in a use":      report(damaged(two, []string{"r"}, 1, 0)),
		"an endless entity": report(damaged(two, []string{"r"}, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255)),
	} {
		x.change(func(tx *account.Tx) {
			tx.PutJob(&account.Job{ID: get.JobId, Kind: account.JobServiceLastAccessed, Created: x.now, By: testAccount, Data: data})
		})
		if out, err := x.call("GetServiceLastAccessedDetails", get); err == nil || err.Code != "InternalFailure" {
			t.Errorf("%s: %v %v", name, out, err)
		}
		if out, err := x.call("GetServiceLastAccessedDetailsWithEntities", with); err == nil || err.Code != "InternalFailure" {
			t.Errorf("%s: %v %v", name, out, err)
		}
	}
}

// TestReportFails: documents that take too long make a report that has failed.
func TestReportFails(t *testing.T) {
	x := newAccess(t)
	hostile := make([]string, 400)
	for i := range hostile {
		hostile[i] = fmt.Sprintf(`"ec2:*e*e*%d"`, i)
	}
	for i := range 20 {
		name := fmt.Sprint("p", i)
		arn := *do[iamshape.CreatePolicyOutput](x, "CreatePolicy", &iamshape.CreatePolicyInput{PolicyName: name, PolicyDocument: granted("[" + strings.Join(hostile, ",") + "]")}).Policy.Arn
		x.must("AttachRolePolicy", &iamshape.AttachRolePolicyInput{RoleName: "app", PolicyArn: arn})
	}
	job := x.report(x.arn("role", "app"), "")
	out := do[iamshape.GetServiceLastAccessedDetailsOutput](x, "GetServiceLastAccessedDetails", &iamshape.GetServiceLastAccessedDetailsInput{JobId: job})
	if *out.JobStatus != "FAILED" || len(out.ServicesLastAccessed) != 0 || out.Error == nil {
		t.Errorf("%+v", out)
	}
	with := do[iamshape.GetServiceLastAccessedDetailsWithEntitiesOutput](x, "GetServiceLastAccessedDetailsWithEntities",
		&iamshape.GetServiceLastAccessedDetailsWithEntitiesInput{JobId: job, ServiceNamespace: "ec2"})
	if *with.JobStatus != "FAILED" || len(with.EntityDetailsList) != 0 || with.Error == nil {
		t.Errorf("%+v", with)
	}
}

func TestReportTargets(t *testing.T) {
	x := newAccess(t)
	x.must("TagUser", &iamshape.TagUserInput{UserName: "alice", Tags: tags("team", "red")})
	team := []account.Tag{{Key: "team", Value: "red"}}
	generate := func(arn string) any { return &iamshape.GenerateServiceLastAccessedDetailsInput{Arn: arn} }
	list := func(arn string) any {
		return &iamshape.ListPoliciesGrantingServiceAccessInput{Arn: arn, ServiceNamespaces: []string{"iam"}}
	}
	for _, c := range []struct {
		op   string
		in   any
		want api.Target
	}{
		{"GenerateServiceLastAccessedDetails", generate(x.arn("user", "Alice")), api.Target{Resource: x.arn("user", "alice"), Tags: team}},
		{"GenerateServiceLastAccessedDetails", generate(awsid.IAM(testAccount, "role", "/other/", "app")), api.Target{Resource: x.arn("role", "app")}},
		{"GenerateServiceLastAccessedDetails", generate(x.arn("group", "dev")), api.Target{Resource: x.arn("group", "dev")}},
		{"GenerateServiceLastAccessedDetails", generate(x.arn("user", "nobody")), api.Target{Resource: x.arn("user", "nobody")}},
		{"GenerateServiceLastAccessedDetails", generate(adminPolicy), api.Target{Resource: adminPolicy}},
		{"GenerateServiceLastAccessedDetails", generate("arn:aws:iam::000000000000:policy/p"), api.Target{Resource: "arn:aws:iam::000000000000:policy/p", Account: "000000000000"}},
		{"ListPoliciesGrantingServiceAccess", list(x.arn("user", "alice")), api.Target{Resource: x.arn("user", "alice"), Tags: team}},
		{"GetServiceLastAccessedDetails", &iamshape.GetServiceLastAccessedDetailsInput{JobId: strings.Repeat("x", 36)}, api.Target{Resource: "*"}},
		{"GenerateCredentialReport", &iamshape.GenerateCredentialReportInput{}, api.Target{Resource: "*"}},
		{
			"GenerateOrganizationsAccessReport", &iamshape.GenerateOrganizationsAccessReportInput{EntityPath: testEntity, OrganizationsPolicyId: ptr("p-12345678")},
			api.Target{Resource: "arn:aws:iam::123456789012:access-report/" + testEntity, Keys: map[string][]string{"iam:organizationspolicyid": {"p-12345678"}}},
		},
	} {
		if d := cmp.Diff(c.want, x.target(c.op, c.in)); d != "" {
			t.Errorf("%s: %s", c.op, d)
		}
	}
}
