package iam

import (
	"strings"
	"testing"
	"time"

	"github.com/aratame/aratame/internal/account"
	"github.com/aratame/aratame/internal/api"
	"github.com/aratame/aratame/internal/managedpolicy"
	"github.com/aratame/aratame/internal/shape/iamshape"
)

const (
	readOnly   = "arn:aws:iam::aws:policy/ReadOnlyAccess"
	serviceOne = "arn:aws:iam::aws:policy/aws-service-role/AmazonSSMServiceRolePolicy"
	ownPrefix  = "arn:aws:iam::123456789012:policy"
)

func newPolicy(x *tester, path, name string) string {
	x.Helper()
	return *do[iamshape.CreatePolicyOutput](x, "CreatePolicy", &iamshape.CreatePolicyInput{PolicyName: name, Path: &path, PolicyDocument: allowAll}).Policy.Arn
}

// sized is a policy of n characters, not counting white space.
func sized(n int) string {
	const doc = `{"Version":"2012-10-17","Statement":[{"Sid":"","Effect":"Allow","Action":"*","Resource":"*"}]}`
	return strings.Replace(doc, `"Sid":"`, "\"Sid\":  \n\""+strings.Repeat("a", n-len(doc)), 1) + " "
}

func TestPolicyShows(t *testing.T) {
	x := newTest(t)
	created := do[iamshape.CreatePolicyOutput](x, "CreatePolicy", &iamshape.CreatePolicyInput{
		PolicyName: "Ops", Path: ptr("/a/"), PolicyDocument: allowAll, Description: ptr("d"), Tags: tags("a", "1", "A", "2"),
	}).Policy
	bare := iamshape.Policy{
		Arn: ptr(ownPrefix + "/a/Ops"), PolicyName: ptr("Ops"), Path: ptr("/a/"), PolicyId: created.PolicyId, DefaultVersionId: ptr("v1"),
		AttachmentCount: ptr(int32(0)), PermissionsBoundaryUsageCount: ptr(int32(0)), IsAttachable: ptr(true), CreateDate: ptr(x.now), UpdateDate: ptr(x.now),
	}
	if id := *created.PolicyId; !strings.HasPrefix(id, "ANPA") || len(id) != 21 {
		t.Errorf("id %s", id)
	}
	want := bare
	want.Tags = tags("A", "2", "a", "1")
	same(t, "CreatePolicy", created, &want)
	want.Description = ptr("d")
	same(t, "GetPolicy", do[iamshape.GetPolicyOutput](x, "GetPolicy", &iamshape.GetPolicyInput{PolicyArn: *bare.Arn}).Policy, &want)
	same(t, "ListPolicies", do[iamshape.ListPoliciesOutput](x, "ListPolicies", &iamshape.ListPoliciesInput{Scope: ptr("Local")}),
		&iamshape.ListPoliciesOutput{Policies: []iamshape.Policy{bare}, IsTruncated: ptr(false)})

	plain := newPolicy(x, "/", "plain")
	got := do[iamshape.GetPolicyOutput](x, "GetPolicy", &iamshape.GetPolicyInput{PolicyArn: plain}).Policy
	if got.Tags == nil || len(got.Tags) > 0 || got.Description != nil {
		t.Errorf("a plain policy: %+v", got)
	}
	newUser(x, "/", "Alice")
	x.must("AttachUserPolicy", &iamshape.AttachUserPolicyInput{UserName: "Alice", PolicyArn: readOnly})
	x.must("PutUserPermissionsBoundary", &iamshape.PutUserPermissionsBoundaryInput{UserName: "Alice", PermissionsBoundary: readOnly})
	aws := do[iamshape.GetPolicyOutput](x, "GetPolicy", &iamshape.GetPolicyInput{PolicyArn: readOnly}).Policy
	if *aws.AttachmentCount != 1 || *aws.PermissionsBoundaryUsageCount != 1 || *aws.PolicyName != "ReadOnlyAccess" || aws.Tags == nil || !*aws.IsAttachable {
		t.Errorf("a policy of AWS: %+v", aws)
	}
}

func TestCreatePolicyRefuses(t *testing.T) {
	x := newTest(t)
	newPolicy(x, "/", "Ops")
	create := func(code, message string, in *iamshape.CreatePolicyInput) {
		t.Helper()
		if in.PolicyName == "" {
			in.PolicyName = "b"
		}
		if in.PolicyDocument == "" {
			in.PolicyDocument = allowAll
		}
		x.fails("CreatePolicy", in, code, message)
	}
	create("EntityAlreadyExists", "A policy called oPS already exists. Duplicate names are not allowed.", &iamshape.CreatePolicyInput{PolicyName: "oPS", Path: ptr("/other/")})
	create("MalformedPolicyDocument", "Syntax errors in policy.", &iamshape.CreatePolicyInput{PolicyDocument: "{"})
	create("MalformedPolicyDocument", "Policy document must be version 2012-10-17 or greater.", &iamshape.CreatePolicyInput{PolicyDocument: strings.Replace(allowAll, "2012-10-17", "2008-10-17", 1)})
	create("LimitExceeded", "Cannot exceed quota for PolicySize: 6144", &iamshape.CreatePolicyInput{PolicyDocument: sized(6145)})
	create("InvalidInput", "Duplicate tag keys found.", &iamshape.CreatePolicyInput{Tags: tags("a", "1", "a", "2")})
	create("ValidationError", "The specified value for path is invalid. It must begin and end with / and contain only alphanumeric characters and/or / characters.", &iamshape.CreatePolicyInput{Path: ptr("/a b/")})
	x.must("CreatePolicy", &iamshape.CreatePolicyInput{PolicyName: "full", PolicyDocument: sized(6144)})
	x.svc.Quotas.Policies = 2
	create("LimitExceeded", "Cannot exceed quota for PoliciesPerAccount: 2", &iamshape.CreatePolicyInput{})
}

func TestUnknownPolicy(t *testing.T) {
	x := newTest(t)
	newPolicy(x, "/", "Ops")
	for _, arn := range []string{ownPrefix + "/none", ownPrefix + "/OPS", ownPrefix + "/a/Ops", "arn:aws:iam::210987654321:policy/Ops", "arn:aws:iam::aws:policy/None"} {
		gone := "Policy " + arn + " was not found."
		attachable := "Policy " + arn + " does not exist or is not attachable."
		version := "Policy " + arn + " version v2 does not exist or is not attachable."
		reading := []struct {
			op, message string
			in          any
		}{
			{"GetPolicy", gone, &iamshape.GetPolicyInput{PolicyArn: arn}},
			{"ListPolicyTags", gone, &iamshape.ListPolicyTagsInput{PolicyArn: arn}},
			{"ListPolicyVersions", gone, &iamshape.ListPolicyVersionsInput{PolicyArn: arn}},
			{"GetPolicyVersion", version, &iamshape.GetPolicyVersionInput{PolicyArn: arn, VersionId: "v2"}},
			{"ListEntitiesForPolicy", attachable, &iamshape.ListEntitiesForPolicyInput{PolicyArn: arn}},
		}
		for _, c := range reading {
			x.fails(c.op, c.in, "NoSuchEntity", c.message)
		}
		if strings.Contains(arn, ":aws:policy/") {
			continue // changes are refused in other words
		}
		x.fails("DeletePolicy", &iamshape.DeletePolicyInput{PolicyArn: arn}, "NoSuchEntity", gone)
		x.fails("TagPolicy", &iamshape.TagPolicyInput{PolicyArn: arn, Tags: tags("a", "b")}, "NoSuchEntity", gone)
		x.fails("UntagPolicy", &iamshape.UntagPolicyInput{PolicyArn: arn, TagKeys: []string{"a"}}, "NoSuchEntity", gone)
		x.fails("CreatePolicyVersion", &iamshape.CreatePolicyVersionInput{PolicyArn: arn, PolicyDocument: allowAll}, "NoSuchEntity", gone)
		x.fails("DeletePolicyVersion", &iamshape.DeletePolicyVersionInput{PolicyArn: arn, VersionId: "v2"}, "NoSuchEntity", version)
		x.fails("SetDefaultPolicyVersion", &iamshape.SetDefaultPolicyVersionInput{PolicyArn: arn, VersionId: "v2"}, "NoSuchEntity", version)
	}
	for _, arn := range []string{"not-an-arn-but-long-enough", "arn:aws:iam::123456789012:role/Ops", "arn:aws:iam::12345:policy/Ops", "arn:aws:s3:::policy/Ops/and/more", "arn:aws:iam:us-east-1:123456789012:policy/Ops", "arn:aws-cn:iam::123456789012:policy/Ops", "arn:aws:iam::123456789012:policy/"} {
		x.fails("GetPolicy", &iamshape.GetPolicyInput{PolicyArn: arn}, "ValidationError", "ARN "+arn+" is not valid.")
	}
}

func TestPoliciesOfAWSDontChange(t *testing.T) {
	x := newTest(t)
	deny := func(op, message string, in any) {
		t.Helper()
		x.fails(op, in, "AccessDenied", message)
	}
	deny("DeletePolicy", "Cannot delete policies outside your own account.", &iamshape.DeletePolicyInput{PolicyArn: readOnly})
	deny("DeletePolicyVersion", "Cannot delete policy versions for policies outside your own account.", &iamshape.DeletePolicyVersionInput{PolicyArn: readOnly, VersionId: "v1"})
	deny("SetDefaultPolicyVersion", "Cannot update policies outside your own account.", &iamshape.SetDefaultPolicyVersionInput{PolicyArn: readOnly, VersionId: "v1"})
	deny("CreatePolicyVersion", "Cannot create policy versions for policies outside your own account.", &iamshape.CreatePolicyVersionInput{PolicyArn: readOnly, PolicyDocument: allowAll})
	deny("TagPolicy", "Cannot tag policies outside your own account.", &iamshape.TagPolicyInput{PolicyArn: readOnly, Tags: tags("a", "b")})
	deny("UntagPolicy", "Cannot untag policies outside your own account.", &iamshape.UntagPolicyInput{PolicyArn: readOnly, TagKeys: []string{"a"}})
	same(t, "tags", do[iamshape.ListPolicyTagsOutput](x, "ListPolicyTags", &iamshape.ListPolicyTagsInput{PolicyArn: readOnly}).Tags, []iamshape.Tag{})

	p, _ := managedpolicy.Get(readOnly)
	text, _ := p.Document(p.DefaultVersionID)
	v := do[iamshape.GetPolicyVersionOutput](x, "GetPolicyVersion", &iamshape.GetPolicyVersionInput{PolicyArn: readOnly, VersionId: p.DefaultVersionID}).PolicyVersion
	if decoded(t, v.Document) != text || !*v.IsDefaultVersion {
		t.Error("another document")
	}
	list := do[iamshape.ListPolicyVersionsOutput](x, "ListPolicyVersions", &iamshape.ListPolicyVersionsInput{PolicyArn: readOnly, MaxItems: ptr(int32(1000))}).Versions
	if len(list) != len(p.Versions) || *list[0].VersionId != p.DefaultVersionID || !*list[0].IsDefaultVersion {
		t.Errorf("%d versions", len(list))
	}
}

func TestPolicyVersions(t *testing.T) {
	x := newTest(t)
	arn := newPolicy(x, "/", "Ops")
	begun := x.now
	create := func(def *bool) *iamshape.PolicyVersion {
		t.Helper()
		x.now = x.now.Add(time.Minute)
		return do[iamshape.CreatePolicyVersionOutput](x, "CreatePolicyVersion", &iamshape.CreatePolicyVersionInput{PolicyArn: arn, PolicyDocument: allowAll + " ", SetAsDefault: def}).PolicyVersion
	}
	versions := func() (out string) {
		t.Helper()
		in := &iamshape.ListPolicyVersionsInput{PolicyArn: arn, MaxItems: ptr(int32(2))}
		for {
			page := do[iamshape.ListPolicyVersionsOutput](x, "ListPolicyVersions", in)
			for _, v := range page.Versions {
				if v.Document != nil {
					t.Error("a listing with documents")
				}
				if out += " " + *v.VersionId; *v.IsDefaultVersion {
					out += "*"
				}
			}
			if in.Marker = page.Marker; in.Marker == nil {
				return out
			}
		}
	}
	same(t, "CreatePolicyVersion", create(nil), &iamshape.PolicyVersion{VersionId: ptr("v2"), IsDefaultVersion: ptr(false), CreateDate: ptr(begun.Add(time.Minute))})
	if v := create(ptr(true)); !*v.IsDefaultVersion || v.Document != nil {
		t.Errorf("created %+v", v)
	}
	p := do[iamshape.GetPolicyOutput](x, "GetPolicy", &iamshape.GetPolicyInput{PolicyArn: arn}).Policy
	if *p.DefaultVersionId != "v3" || !p.UpdateDate.Equal(x.now) || !p.CreateDate.Equal(begun) {
		t.Errorf("after a new version: %+v", p)
	}
	create(nil)
	create(nil)
	same(t, "five versions", versions(), " v5 v4 v3* v2 v1")
	x.fails("CreatePolicyVersion", &iamshape.CreatePolicyVersionInput{PolicyArn: arn, PolicyDocument: allowAll}, "LimitExceeded",
		"A managed policy can have up to 5 versions. Before you create a new version, you must delete an existing version.")
	x.must("DeletePolicyVersion", &iamshape.DeletePolicyVersionInput{PolicyArn: arn, VersionId: "v5"})
	create(nil)
	same(t, "no number twice", versions(), " v6 v4 v3* v2 v1")
	x.fails("DeletePolicyVersion", &iamshape.DeletePolicyVersionInput{PolicyArn: arn, VersionId: "v3"}, "DeleteConflict", "Cannot delete the default version of a policy.")
	x.must("SetDefaultPolicyVersion", &iamshape.SetDefaultPolicyVersionInput{PolicyArn: arn, VersionId: "v1"})
	x.must("DeletePolicyVersion", &iamshape.DeletePolicyVersionInput{PolicyArn: arn, VersionId: "v3"})
	same(t, "another default", versions(), " v6 v4 v2 v1*")
	for _, id := range []string{"v5", "v7", "v2.x", "v99999999999999999999"} {
		message := "Policy " + arn + " version " + id + " does not exist or is not attachable."
		x.fails("GetPolicyVersion", &iamshape.GetPolicyVersionInput{PolicyArn: arn, VersionId: id}, "NoSuchEntity", message)
		x.fails("DeletePolicyVersion", &iamshape.DeletePolicyVersionInput{PolicyArn: arn, VersionId: id}, "NoSuchEntity", message)
		x.fails("SetDefaultPolicyVersion", &iamshape.SetDefaultPolicyVersionInput{PolicyArn: arn, VersionId: id}, "NoSuchEntity", message)
	}
	if got := do[iamshape.GetPolicyVersionOutput](x, "GetPolicyVersion", &iamshape.GetPolicyVersionInput{PolicyArn: arn, VersionId: "v2"}).PolicyVersion; decoded(t, got.Document) != allowAll+" " {
		t.Errorf("document %s", *got.Document)
	}
	x.fails("CreatePolicyVersion", &iamshape.CreatePolicyVersionInput{PolicyArn: arn, PolicyDocument: "{"}, "MalformedPolicyDocument", "Syntax errors in policy.")
	x.fails("CreatePolicyVersion", &iamshape.CreatePolicyVersionInput{PolicyArn: arn, PolicyDocument: sized(6145)}, "LimitExceeded", "Cannot exceed quota for PolicySize: 6144")
}

func TestDeletePolicyConflicts(t *testing.T) {
	x := newTest(t)
	arn := newPolicy(x, "/", "Ops")
	newUser(x, "/", "Alice")
	x.must("CreatePolicyVersion", &iamshape.CreatePolicyVersionInput{PolicyArn: arn, PolicyDocument: allowAll})
	del := &iamshape.DeletePolicyInput{PolicyArn: arn}
	x.must("AttachUserPolicy", &iamshape.AttachUserPolicyInput{UserName: "Alice", PolicyArn: arn})
	x.fails("DeletePolicy", del, "DeleteConflict", "Cannot delete a policy attached to entities.")
	x.must("DetachUserPolicy", &iamshape.DetachUserPolicyInput{UserName: "Alice", PolicyArn: arn})
	x.must("PutUserPermissionsBoundary", &iamshape.PutUserPermissionsBoundaryInput{UserName: "Alice", PermissionsBoundary: arn})
	x.fails("DeletePolicy", del, "DeleteConflict", "Cannot delete a policy attached to entities.")
	x.must("DeleteUserPermissionsBoundary", &iamshape.DeleteUserPermissionsBoundaryInput{UserName: "Alice"})
	x.fails("DeletePolicy", del, "DeleteConflict", "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy.")
	x.must("DeletePolicyVersion", &iamshape.DeletePolicyVersionInput{PolicyArn: arn, VersionId: "v2"})
	x.must("DeletePolicy", del)
	x.fails("DeletePolicy", del, "NoSuchEntity", "Policy "+del.PolicyArn+" was not found.")
}

func TestVersionsInUseQuota(t *testing.T) {
	x := newTest(t)
	x.change(func(tx *account.Tx) { // far more than the policies that may be: two full ones would do if the quota were ten
		for _, name := range manyTags("p", 2000) {
			p := &account.Policy{ID: "ANPA" + name.Key, Name: name.Key, Path: "/", Created: x.now, Updated: x.now, Default: 1, Last: 5}
			for n := 1; n <= 5; n++ {
				p.Versions = append(p.Versions, account.Version{N: n, Document: allowAll, Created: x.now})
			}
			tx.PutPolicy(p)
		}
	})
	x.svc.Quotas.Policies = 10000
	x.fails("CreatePolicy", &iamshape.CreatePolicyInput{PolicyName: "one", PolicyDocument: allowAll}, "LimitExceeded", "Cannot exceed quota for PolicyVersionsInUse: 10000")
	arn := ownPrefix + "/p7"
	x.must("DeletePolicyVersion", &iamshape.DeletePolicyVersionInput{PolicyArn: arn, VersionId: "v2"})
	x.must("CreatePolicyVersion", &iamshape.CreatePolicyVersionInput{PolicyArn: arn, PolicyDocument: allowAll})
	x.must("DeletePolicyVersion", &iamshape.DeletePolicyVersionInput{PolicyArn: arn, VersionId: "v3"})
	x.must("CreatePolicy", &iamshape.CreatePolicyInput{PolicyName: "one", PolicyDocument: allowAll})
	x.fails("CreatePolicyVersion", &iamshape.CreatePolicyVersionInput{PolicyArn: arn, PolicyDocument: allowAll}, "LimitExceeded", "Cannot exceed quota for PolicyVersionsInUse: 10000")
}

func TestPolicyTagsHaveCase(t *testing.T) {
	x := newTest(t)
	arn := newPolicy(x, "/", "Ops")
	x.must("TagPolicy", &iamshape.TagPolicyInput{PolicyArn: arn, Tags: tags("a", "1", "A", "2", "bb", "3")})
	x.must("UntagPolicy", &iamshape.UntagPolicyInput{PolicyArn: arn, TagKeys: []string{"a", "BB"}})
	first := do[iamshape.ListPolicyTagsOutput](x, "ListPolicyTags", &iamshape.ListPolicyTagsInput{PolicyArn: arn, MaxItems: ptr(int32(1))})
	same(t, "first page", first.Tags, tags("A", "2"))
	same(t, "second page", do[iamshape.ListPolicyTagsOutput](x, "ListPolicyTags", &iamshape.ListPolicyTagsInput{PolicyArn: arn, Marker: first.Marker}),
		&iamshape.ListPolicyTagsOutput{Tags: tags("bb", "3"), IsTruncated: ptr(false)})
}

// listed pages through ListPolicies and gives the ARNs.
func listed(x *tester, in iamshape.ListPoliciesInput) []string {
	x.Helper()
	out := []string{}
	for {
		page := do[iamshape.ListPoliciesOutput](x, "ListPolicies", &in)
		for _, p := range page.Policies {
			if p.Tags != nil || p.Description != nil {
				x.Errorf("%s is listed with tags or description", *p.Arn)
			}
			out = append(out, *p.Arn)
		}
		if in.Marker = page.Marker; !*page.IsTruncated {
			return out
		}
	}
}

func TestListPolicies(t *testing.T) {
	x := newTest(t)
	b, a := newPolicy(x, "/x/", "b"), newPolicy(x, "/", "A")
	newUser(x, "/", "Alice")
	x.must("AttachUserPolicy", &iamshape.AttachUserPolicyInput{UserName: "Alice", PolicyArn: readOnly})
	x.must("PutUserPermissionsBoundary", &iamshape.PutUserPermissionsBoundaryInput{UserName: "Alice", PermissionsBoundary: b})
	total := len(managedpolicy.List())
	jobs := 0
	for _, p := range managedpolicy.List() {
		if strings.HasPrefix(p.Path, "/job-function/") {
			jobs++
		}
	}
	for n := int32(1); n <= 2; n++ {
		for _, c := range []struct {
			in   iamshape.ListPoliciesInput
			want []string
		}{
			{iamshape.ListPoliciesInput{Scope: ptr("Local")}, []string{a, b}},
			{iamshape.ListPoliciesInput{Scope: ptr("Local"), PathPrefix: ptr("/x/")}, []string{b}},
			{iamshape.ListPoliciesInput{OnlyAttached: ptr(true)}, []string{readOnly}},
			{iamshape.ListPoliciesInput{OnlyAttached: ptr(true), PolicyUsageFilter: ptr("PermissionsPolicy")}, []string{readOnly}},
			{iamshape.ListPoliciesInput{PolicyUsageFilter: ptr("PermissionsPolicy")}, []string{readOnly}},
			{iamshape.ListPoliciesInput{PolicyUsageFilter: ptr("PermissionsBoundary")}, []string{b}},
			{iamshape.ListPoliciesInput{Scope: ptr("AWS"), PolicyUsageFilter: ptr("PermissionsBoundary")}, []string{}},
			{iamshape.ListPoliciesInput{Scope: ptr("Local"), OnlyAttached: ptr(true)}, []string{}},
		} {
			c.in.MaxItems = &n
			same(t, "policies", listed(x, c.in), c.want)
		}
	}
	for _, c := range []struct {
		in   iamshape.ListPoliciesInput
		want int
	}{
		{iamshape.ListPoliciesInput{}, total + 2},
		{iamshape.ListPoliciesInput{Scope: ptr("All"), MaxItems: ptr(int32(7))}, total + 2},
		{iamshape.ListPoliciesInput{Scope: ptr("AWS"), MaxItems: ptr(int32(1000))}, total},
		{iamshape.ListPoliciesInput{PathPrefix: ptr("/job-function/")}, jobs},
	} {
		got := listed(x, c.in)
		seen := map[string]bool{}
		for _, arn := range got {
			seen[arn] = true
		}
		if len(got) != c.want || len(seen) != c.want {
			t.Errorf("%d policies, %d different, want %d", len(got), len(seen), c.want)
		}
	}
	out := do[iamshape.ListPoliciesOutput](x, "ListPolicies", &iamshape.ListPoliciesInput{Scope: ptr("AWS")})
	if len(out.Policies) != 100 || out.Marker == nil {
		t.Fatalf("a page of %d", len(out.Policies))
	}
	x.fails("ListPolicies", &iamshape.ListPoliciesInput{Scope: ptr("All"), Marker: out.Marker}, "ValidationError", "Invalid Marker.")
}

func TestListEntitiesForPolicy(t *testing.T) {
	x := newTest(t)
	arn := newPolicy(x, "/", "Ops")
	user, group, role := newUser(x, "/u/", "U"), newGroup(x, "/g/", "G"), newRole(x, "/r/", "R")
	bounded := newUser(x, "/u/", "Bounded")
	x.must("AttachUserPolicy", &iamshape.AttachUserPolicyInput{UserName: "U", PolicyArn: arn})
	x.must("AttachGroupPolicy", &iamshape.AttachGroupPolicyInput{GroupName: "G", PolicyArn: arn})
	x.must("AttachRolePolicy", &iamshape.AttachRolePolicyInput{RoleName: "R", PolicyArn: arn})
	x.must("PutUserPermissionsBoundary", &iamshape.PutUserPermissionsBoundaryInput{UserName: "Bounded", PermissionsBoundary: arn})
	entities := func(in iamshape.ListEntitiesForPolicyInput) (out string) {
		t.Helper()
		in.PolicyArn, in.MaxItems = arn, ptr(int32(1))
		for {
			page := do[iamshape.ListEntitiesForPolicyOutput](x, "ListEntitiesForPolicy", &in)
			for _, e := range page.PolicyGroups {
				out += " " + *e.GroupName
				same(t, "group id", e.GroupId, group.GroupId)
			}
			for _, e := range page.PolicyRoles {
				out += " " + *e.RoleName
				same(t, "role id", e.RoleId, role.RoleId)
			}
			for _, e := range page.PolicyUsers {
				out += " " + *e.UserName
				if *e.UserId != *user.UserId && *e.UserId != *bounded.UserId {
					t.Error("a user id that isn't")
				}
			}
			if in.Marker = page.Marker; in.Marker == nil {
				return out
			}
		}
	}
	byID := " U Bounded"
	if *bounded.UserId < *user.UserId {
		byID = " Bounded U"
	}
	for _, c := range []struct {
		in   iamshape.ListEntitiesForPolicyInput
		want string
	}{
		{iamshape.ListEntitiesForPolicyInput{}, " G R" + byID},
		{iamshape.ListEntitiesForPolicyInput{PolicyUsageFilter: ptr("PermissionsPolicy")}, " G R U"},
		{iamshape.ListEntitiesForPolicyInput{PolicyUsageFilter: ptr("PermissionsBoundary")}, " Bounded"},
		{iamshape.ListEntitiesForPolicyInput{EntityFilter: ptr("User")}, byID},
		{iamshape.ListEntitiesForPolicyInput{EntityFilter: ptr("Role")}, " R"},
		{iamshape.ListEntitiesForPolicyInput{EntityFilter: ptr("Group")}, " G"},
		{iamshape.ListEntitiesForPolicyInput{EntityFilter: ptr("LocalManagedPolicy")}, ""},
		{iamshape.ListEntitiesForPolicyInput{EntityFilter: ptr("AWSManagedPolicy")}, ""},
		{iamshape.ListEntitiesForPolicyInput{PathPrefix: ptr("/g/")}, " G"},
	} {
		same(t, "entities", entities(c.in), c.want)
	}
	empty := do[iamshape.ListEntitiesForPolicyOutput](x, "ListEntitiesForPolicy", &iamshape.ListEntitiesForPolicyInput{PolicyArn: readOnly})
	same(t, "none", empty, &iamshape.ListEntitiesForPolicyOutput{
		PolicyGroups: []iamshape.PolicyGroup{}, PolicyRoles: []iamshape.PolicyRole{}, PolicyUsers: []iamshape.PolicyUser{}, IsTruncated: ptr(false),
	})
}

func TestPolicyTargets(t *testing.T) {
	x := newTest(t)
	arn := newPolicy(x, "/", "Ops")
	x.must("TagPolicy", &iamshape.TagPolicyInput{PolicyArn: arn, Tags: tags("t", "v")})
	owned := []account.Tag{{Key: "t", Value: "v"}}
	const other = "arn:aws:iam::210987654321:policy/Ops"
	for _, c := range []struct {
		op   string
		in   any
		want api.Target
	}{
		{"ListPolicies", &iamshape.ListPoliciesInput{}, api.Target{Resource: "*"}},
		{"GetPolicy", &iamshape.GetPolicyInput{PolicyArn: arn}, api.Target{Resource: arn, Tags: owned, Account: testAccount}},
		{"GetPolicy", &iamshape.GetPolicyInput{PolicyArn: other}, api.Target{Resource: other, Account: otherAccount}},
		{"GetPolicy", &iamshape.GetPolicyInput{PolicyArn: readOnly}, api.Target{Resource: readOnly}},
		{"CreatePolicyVersion", &iamshape.CreatePolicyVersionInput{PolicyArn: arn, PolicyDocument: "{"}, api.Target{Resource: arn, Tags: owned, Account: testAccount}},
		{"TagPolicy", &iamshape.TagPolicyInput{PolicyArn: arn, Tags: tags("n", "w")}, api.Target{Resource: arn, Tags: owned, Account: testAccount, RequestTags: []account.Tag{{Key: "n", Value: "w"}}}},
		{"UntagPolicy", &iamshape.UntagPolicyInput{PolicyArn: arn, TagKeys: []string{"n"}}, api.Target{Resource: arn, Tags: owned, Account: testAccount, TagKeys: []string{"n"}}},
		{"CreatePolicy", &iamshape.CreatePolicyInput{PolicyName: "p", Path: ptr("/a/"), PolicyDocument: "{", Tags: tags("t", "v")}, api.Target{
			Resource: ownPrefix + "/a/p", RequestTags: owned, Also: []api.Check{{Action: "iam:TagPolicy", Resource: ownPrefix + "/a/p"}},
		}},
	} {
		same(t, c.op, x.target(c.op, c.in), c.want)
	}
}
