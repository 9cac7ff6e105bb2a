package iam

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/aratame/aratame/internal/account"
	"github.com/aratame/aratame/internal/api"
	"github.com/aratame/aratame/internal/shape/iamshape"
	"github.com/aratame/aratame/internal/usage"
)

const (
	ec2Trust     = `{"Version":"2012-10-17", "Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}`
	allowAll     = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`
	slrPath      = "/aws-service-role/ssm.amazonaws.com/"
	protectedSSM = "Cannot perform the operation on the protected role 'AWSServiceRoleForAmazonSSM' - this role is only modifiable by AWS"
)

func newRole(x *tester, path, name string) *iamshape.Role {
	x.Helper()
	return do[iamshape.CreateRoleOutput](x, "CreateRole", &iamshape.CreateRoleInput{RoleName: name, Path: &path, AssumeRolePolicyDocument: ec2Trust}).Role
}

// newServiceRole makes a service-linked role, as only AWS's services do.
func newServiceRole(x *tester) {
	x.change(func(tx *account.Tx) {
		tx.PutRole(&account.Role{ID: "AROAQAAAAAAAAAAAAAAAB", Name: "AWSServiceRoleForAmazonSSM", Path: slrPath, Created: x.now, MaxSession: 3600, Trust: ec2Trust})
	})
}

func decoded(t testing.TB, document *string) string {
	t.Helper()
	s, err := url.PathUnescape(*document)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestRoleShows(t *testing.T) {
	x := newTest(t)
	in := &iamshape.CreateRoleInput{
		RoleName: "Ops", Path: ptr("/a/"), AssumeRolePolicyDocument: ec2Trust, Description: ptr("d"), MaxSessionDuration: ptr(int32(7200)),
		PermissionsBoundary: ptr(adminPolicy), Tags: tags("team", "x", "b", ""),
	}
	created := do[iamshape.CreateRoleOutput](x, "CreateRole", in).Role
	boundary := &iamshape.AttachedPermissionsBoundary{PermissionsBoundaryArn: ptr(adminPolicy), PermissionsBoundaryType: ptr("Policy")}
	bare := iamshape.Role{
		Arn: ptr("arn:aws:iam::123456789012:role/a/Ops"), RoleName: ptr("Ops"), Path: ptr("/a/"), RoleId: created.RoleId, CreateDate: ptr(x.now),
		AssumeRolePolicyDocument: created.AssumeRolePolicyDocument,
	}
	if !strings.HasPrefix(*created.RoleId, "AROA") || len(*created.RoleId) != 21 {
		t.Errorf("id %s", *created.RoleId)
	}
	if got := *created.AssumeRolePolicyDocument; !strings.HasPrefix(got, "%7B%22Version%22%3A%222012-10-17%22%2C%20%22") || decoded(t, &got) != ec2Trust {
		t.Errorf("document %s", got)
	}
	want := bare
	want.Tags, want.PermissionsBoundary = tags("b", "", "team", "x"), boundary
	same(t, "CreateRole", created, &want)

	want.MaxSessionDuration, want.Description, want.RoleLastUsed = ptr(int32(7200)), ptr("d"), &iamshape.RoleLastUsed{}
	same(t, "GetRole in another case", do[iamshape.GetRoleOutput](x, "GetRole", &iamshape.GetRoleInput{RoleName: "oPS"}).Role, &want)
	x.svc.Usage.Note(usage.Role, testAccount, *created.RoleId, x.now, "", "eu-west-1")
	want.RoleLastUsed = &iamshape.RoleLastUsed{LastUsedDate: &x.now, Region: ptr("eu-west-1")}
	same(t, "GetRole of a used role", do[iamshape.GetRoleOutput](x, "GetRole", &iamshape.GetRoleInput{RoleName: "Ops"}).Role, &want)
	day := x.now
	x.now = day.Add(401 * 24 * time.Hour)
	want.RoleLastUsed = &iamshape.RoleLastUsed{}
	same(t, "GetRole after 401 days", do[iamshape.GetRoleOutput](x, "GetRole", &iamshape.GetRoleInput{RoleName: "Ops"}).Role, &want)
	x.now = day

	listed := bare
	listed.MaxSessionDuration, listed.Description = ptr(int32(7200)), ptr("d")
	same(t, "ListRoles", do[iamshape.ListRolesOutput](x, "ListRoles", &iamshape.ListRolesInput{}),
		&iamshape.ListRolesOutput{Roles: []iamshape.Role{listed}, IsTruncated: ptr(false)})

	described := bare
	described.Description, described.Tags, described.PermissionsBoundary = ptr("new"), want.Tags, boundary
	same(t, "UpdateRoleDescription", do[iamshape.UpdateRoleDescriptionOutput](x, "UpdateRoleDescription",
		&iamshape.UpdateRoleDescriptionInput{RoleName: "Ops", Description: "new"}).Role, &described)
}

func TestCreateRoleRefuses(t *testing.T) {
	x := newTest(t)
	newRole(x, "/", "Ops")
	create := func(code, message string, in *iamshape.CreateRoleInput) {
		t.Helper()
		if in.RoleName == "" {
			in.RoleName = "b"
		}
		if in.AssumeRolePolicyDocument == "" {
			in.AssumeRolePolicyDocument = ec2Trust
		}
		x.fails("CreateRole", in, code, message)
	}
	create("EntityAlreadyExists", "Role with name oPS already exists.", &iamshape.CreateRoleInput{RoleName: "oPS", Path: ptr("/other/")})
	create("MalformedPolicyDocument", "This policy contains invalid Json", &iamshape.CreateRoleInput{AssumeRolePolicyDocument: "{"})
	create("MalformedPolicyDocument", "Has prohibited field Resource", &iamshape.CreateRoleInput{AssumeRolePolicyDocument: strings.Replace(ec2Trust, `"Action"`, `"Resource":"*","Action"`, 1)})
	create("MalformedPolicyDocument", "AssumeRole policy may only specify STS AssumeRole actions.", &iamshape.CreateRoleInput{AssumeRolePolicyDocument: strings.Replace(ec2Trust, "sts:AssumeRole", "s3:GetObject", 1)})
	create("MalformedPolicyDocument", `AssumeRolepolicy contained an invalid principal: "STAR":"*"`, &iamshape.CreateRoleInput{AssumeRolePolicyDocument: strings.Replace(ec2Trust, `{"Service":"ec2.amazonaws.com"}`, `"*"`, 1)})
	create("LimitExceeded", "Cannot exceed quota for ACLSizePerRole: 2048", &iamshape.CreateRoleInput{AssumeRolePolicyDocument: strings.Replace(ec2Trust, `"Effect"`, `"Sid":"`+strings.Repeat("a", 2048)+`","Effect"`, 1)})
	create("InvalidInput", "Duplicate tag keys found. Please note that Tag keys are case insensitive.", &iamshape.CreateRoleInput{Tags: tags("a", "1", "A", "2")})
	create("NoSuchEntity", "Scope ARN: arn:aws:iam::123456789012:policy/None does not exist or is not attachable.", &iamshape.CreateRoleInput{PermissionsBoundary: ptr("arn:aws:iam::123456789012:policy/None")})
	create("InvalidInput", "ARN arn:aws:iam::123456789012:role/Ops is not valid.", &iamshape.CreateRoleInput{PermissionsBoundary: ptr("arn:aws:iam::123456789012:role/Ops")})
	create("InvalidInput", "The path /aws-service-role/ is reserved for roles that AWS services create.", &iamshape.CreateRoleInput{Path: ptr(slrPath)})
	create("InvalidInput", "The path /aws-reserved/ is reserved for roles that AWS services create.", &iamshape.CreateRoleInput{Path: ptr("/aws-reserved/sso.amazonaws.com/")})
	create("ValidationError", "1 validation error detected: Value at 'maxSessionDuration' failed to satisfy constraint: Member must have value greater than or equal to 3600", &iamshape.CreateRoleInput{MaxSessionDuration: ptr(int32(3599))})
	x.svc.Quotas.Roles = 1
	create("LimitExceeded", "Cannot exceed quota for RolesPerAccount: 1", &iamshape.CreateRoleInput{})
}

func TestTrustSizeLeavesWhiteSpaceOut(t *testing.T) {
	x := newTest(t)
	spaced := strings.Replace(ec2Trust, "[", strings.Repeat(" ", 5000)+"[", 1)
	got := do[iamshape.CreateRoleOutput](x, "CreateRole", &iamshape.CreateRoleInput{RoleName: "r", AssumeRolePolicyDocument: spaced}).Role
	if decoded(t, got.AssumeRolePolicyDocument) != spaced {
		t.Error("the document has changed")
	}
}

func TestUnknownRole(t *testing.T) {
	x := newTest(t)
	for name, in := range map[string]any{
		"GetRole":                     &iamshape.GetRoleInput{RoleName: "none"},
		"UpdateRole":                  &iamshape.UpdateRoleInput{RoleName: "none"},
		"UpdateRoleDescription":       &iamshape.UpdateRoleDescriptionInput{RoleName: "none"},
		"UpdateAssumeRolePolicy":      &iamshape.UpdateAssumeRolePolicyInput{RoleName: "none", PolicyDocument: "{"},
		"DeleteRole":                  &iamshape.DeleteRoleInput{RoleName: "none"},
		"TagRole":                     &iamshape.TagRoleInput{RoleName: "none", Tags: tags("a", "b")},
		"UntagRole":                   &iamshape.UntagRoleInput{RoleName: "none", TagKeys: []string{"a"}},
		"ListRoleTags":                &iamshape.ListRoleTagsInput{RoleName: "none"},
		"ListInstanceProfilesForRole": &iamshape.ListInstanceProfilesForRoleInput{RoleName: "none"},
		"PutRolePolicy":               &iamshape.PutRolePolicyInput{RoleName: "none", PolicyName: "p", PolicyDocument: "{"},
		"GetRolePolicy":               &iamshape.GetRolePolicyInput{RoleName: "none", PolicyName: "p"},
		"DeleteRolePolicy":            &iamshape.DeleteRolePolicyInput{RoleName: "none", PolicyName: "p"},
		"ListRolePolicies":            &iamshape.ListRolePoliciesInput{RoleName: "none"},
		"AttachRolePolicy":            &iamshape.AttachRolePolicyInput{RoleName: "none", PolicyArn: adminPolicy},
		"DetachRolePolicy":            &iamshape.DetachRolePolicyInput{RoleName: "none", PolicyArn: adminPolicy},
		"ListAttachedRolePolicies":    &iamshape.ListAttachedRolePoliciesInput{RoleName: "none"},

		"PutRolePermissionsBoundary":    &iamshape.PutRolePermissionsBoundaryInput{RoleName: "none", PermissionsBoundary: adminPolicy},
		"DeleteRolePermissionsBoundary": &iamshape.DeleteRolePermissionsBoundaryInput{RoleName: "none"},
	} {
		x.fails(name, in, "NoSuchEntity", "The role with name none cannot be found.")
	}
}

func TestUpdateRoleKeepsWhatIsLeftOut(t *testing.T) {
	x := newTest(t)
	newRole(x, "/", "r")
	for _, c := range []struct {
		in   *iamshape.UpdateRoleInput
		max  int
		desc string
	}{
		{&iamshape.UpdateRoleInput{RoleName: "r", MaxSessionDuration: ptr(int32(43200))}, 43200, ""},
		{&iamshape.UpdateRoleInput{RoleName: "r", Description: ptr("d")}, 43200, "d"},
		{&iamshape.UpdateRoleInput{RoleName: "r", MaxSessionDuration: ptr(int32(3600))}, 3600, "d"},
		{&iamshape.UpdateRoleInput{RoleName: "r", Description: ptr("")}, 3600, ""},
	} {
		x.must("UpdateRole", c.in)
		r := x.view.Role("r")
		if d := r.Description; r.MaxSession != c.max || (d == nil) != (c.desc == "" && c.in.Description == nil) || d != nil && *d != c.desc {
			t.Errorf("after %+v: %+v", c.in, r)
		}
	}
}

func TestDeleteRoleConflicts(t *testing.T) {
	x := newTest(t)
	newRole(x, "/", "r")
	x.must("CreateInstanceProfile", &iamshape.CreateInstanceProfileInput{InstanceProfileName: "p"})
	x.must("AddRoleToInstanceProfile", &iamshape.AddRoleToInstanceProfileInput{InstanceProfileName: "p", RoleName: "r"})
	x.must("AttachRolePolicy", &iamshape.AttachRolePolicyInput{RoleName: "r", PolicyArn: adminPolicy})
	x.must("PutRolePolicy", &iamshape.PutRolePolicyInput{RoleName: "r", PolicyName: "i", PolicyDocument: allowAll})
	del := &iamshape.DeleteRoleInput{RoleName: "R"}
	x.fails("DeleteRole", del, "DeleteConflict", "Cannot delete entity, must remove roles from instance profile first.")
	x.must("RemoveRoleFromInstanceProfile", &iamshape.RemoveRoleFromInstanceProfileInput{InstanceProfileName: "p", RoleName: "r"})
	x.fails("DeleteRole", del, "DeleteConflict", "Cannot delete entity, must detach all policies first.")
	x.must("DetachRolePolicy", &iamshape.DetachRolePolicyInput{RoleName: "r", PolicyArn: adminPolicy})
	x.fails("DeleteRole", del, "DeleteConflict", "Cannot delete entity, must delete policies first.")
	x.must("DeleteRolePolicy", &iamshape.DeleteRolePolicyInput{RoleName: "r", PolicyName: "i"})
	x.must("DeleteRole", del)
	if x.view.Role("r") != nil {
		t.Error("the role is still there")
	}
}

func TestServiceRolesAreProtected(t *testing.T) {
	x := newTest(t)
	newServiceRole(x)
	x.must("CreateInstanceProfile", &iamshape.CreateInstanceProfileInput{InstanceProfileName: "p"})
	const name = "awsServiceRoleForAmazonSSM"
	for op, in := range map[string]any{
		"DeleteRole":                    &iamshape.DeleteRoleInput{RoleName: name},
		"UpdateAssumeRolePolicy":        &iamshape.UpdateAssumeRolePolicyInput{RoleName: name, PolicyDocument: ec2Trust},
		"PutRolePolicy":                 &iamshape.PutRolePolicyInput{RoleName: name, PolicyName: "p", PolicyDocument: allowAll},
		"DeleteRolePolicy":              &iamshape.DeleteRolePolicyInput{RoleName: name, PolicyName: "p"},
		"AttachRolePolicy":              &iamshape.AttachRolePolicyInput{RoleName: name, PolicyArn: adminPolicy},
		"DetachRolePolicy":              &iamshape.DetachRolePolicyInput{RoleName: name, PolicyArn: adminPolicy},
		"PutRolePermissionsBoundary":    &iamshape.PutRolePermissionsBoundaryInput{RoleName: name, PermissionsBoundary: adminPolicy},
		"DeleteRolePermissionsBoundary": &iamshape.DeleteRolePermissionsBoundaryInput{RoleName: name},
		"AddRoleToInstanceProfile":      &iamshape.AddRoleToInstanceProfileInput{InstanceProfileName: "p", RoleName: name},
	} {
		x.fails(op, in, "UnmodifiableEntity", protectedSSM)
	}
	x.fails("UpdateRole", &iamshape.UpdateRoleInput{RoleName: name, MaxSessionDuration: ptr(int32(7200))}, "UnmodifiableEntity",
		"AWSServiceRoleForAmazonSSM is an AWS service linked role, max session duration cannot be changed.")
	x.must("UpdateRoleDescription", &iamshape.UpdateRoleDescriptionInput{RoleName: name, Description: "d"})
	x.must("UpdateRole", &iamshape.UpdateRoleInput{RoleName: name, Description: ptr("e")})
	x.must("TagRole", &iamshape.TagRoleInput{RoleName: name, Tags: tags("a", "b")})
	x.must("UntagRole", &iamshape.UntagRoleInput{RoleName: name, TagKeys: []string{"a"}})
}

func TestRoleTags(t *testing.T) {
	x := newTest(t)
	newRole(x, "/", "r")
	list := func(marker *string, n int32) *iamshape.ListRoleTagsOutput {
		return do[iamshape.ListRoleTagsOutput](x, "ListRoleTags", &iamshape.ListRoleTagsInput{RoleName: "r", Marker: marker, MaxItems: &n})
	}
	same(t, "no tags", list(nil, 100), &iamshape.ListRoleTagsOutput{Tags: []iamshape.Tag{}, IsTruncated: ptr(false)})
	x.must("TagRole", &iamshape.TagRoleInput{RoleName: "r", Tags: tags("abc", "1", "z", "2", "b", "3")})
	x.must("TagRole", &iamshape.TagRoleInput{RoleName: "r", Tags: tags("B", "4")})
	first := list(nil, 2)
	same(t, "first page", first.Tags, tags("B", "4", "z", "2"))
	same(t, "second page", list(first.Marker, 2).Tags, tags("abc", "1"))
	x.must("UntagRole", &iamshape.UntagRoleInput{RoleName: "r", TagKeys: []string{"b", "none"}})
	same(t, "after untag", list(nil, 100).Tags, tags("z", "2", "abc", "1"))
	x.must("TagRole", &iamshape.TagRoleInput{RoleName: "r", Tags: manyTags("k", 48)})
	x.fails("TagRole", &iamshape.TagRoleInput{RoleName: "r", Tags: tags("one", "more")}, "LimitExceeded", "The number of tags has reached the maximum limit.")
}

func TestListRolesPages(t *testing.T) {
	x := newTest(t)
	for _, name := range []string{"b", "A", "C", "d"} {
		newRole(x, "/p/", name)
	}
	newRole(x, "/other/", "aa")
	var got []string
	in := &iamshape.ListRolesInput{PathPrefix: ptr("/p"), MaxItems: ptr(int32(3))}
	for {
		out := do[iamshape.ListRolesOutput](x, "ListRoles", in)
		for _, r := range out.Roles {
			got = append(got, *r.RoleName)
		}
		if in.Marker = out.Marker; !*out.IsTruncated {
			break
		}
	}
	same(t, "roles", got, []string{"A", "b", "C", "d"})
	x.fails("ListRoles", &iamshape.ListRolesInput{Marker: ptr("made up")}, "ValidationError", "Invalid Marker.")
}

func TestRoleTargets(t *testing.T) {
	x := newTest(t)
	x.must("CreateRole", &iamshape.CreateRoleInput{RoleName: "Ops", Path: ptr("/a/"), AssumeRolePolicyDocument: ec2Trust, Tags: tags("t", "v"), PermissionsBoundary: ptr(adminPolicy)})
	owned := []account.Tag{{Key: "t", Value: "v"}}
	const arn = "arn:aws:iam::123456789012:role/a/Ops"
	bounded := map[string][]string{keyBoundary: {adminPolicy}}
	attaching := map[string][]string{keyBoundary: {adminPolicy}, keyPolicyARN: {readOnly}}
	created := api.Target{
		Resource: "arn:aws:iam::123456789012:role/b/New", Keys: bounded, RequestTags: owned,
		Also: []api.Check{{Action: "iam:TagRole", Resource: "arn:aws:iam::123456789012:role/b/New"}},
	}
	for _, c := range []struct {
		op   string
		in   any
		want api.Target
	}{
		{"ListRoles", &iamshape.ListRolesInput{}, api.Target{Resource: "*"}},
		{"GetRole", &iamshape.GetRoleInput{RoleName: "oPS"}, api.Target{Resource: arn, Tags: owned, Keys: bounded}},
		{"GetRole", &iamshape.GetRoleInput{RoleName: "none"}, api.Target{Resource: "arn:aws:iam::123456789012:role/none"}},
		{"CreateRole", &iamshape.CreateRoleInput{RoleName: "New", Path: ptr("/b/"), AssumeRolePolicyDocument: "{", Tags: tags("t", "v"), PermissionsBoundary: ptr(adminPolicy)}, created},
		{"TagRole", &iamshape.TagRoleInput{RoleName: "Ops", Tags: tags("n", "w")}, api.Target{Resource: arn, Tags: owned, RequestTags: []account.Tag{{Key: "n", Value: "w"}}}},
		{"UntagRole", &iamshape.UntagRoleInput{RoleName: "Ops", TagKeys: []string{"n"}}, api.Target{Resource: arn, Tags: owned, TagKeys: []string{"n"}}},
		{"PutRolePolicy", &iamshape.PutRolePolicyInput{RoleName: "Ops", PolicyName: "p", PolicyDocument: "{"}, api.Target{Resource: arn, Tags: owned, Keys: bounded}},
		{"GetRolePolicy", &iamshape.GetRolePolicyInput{RoleName: "Ops", PolicyName: "p"}, api.Target{Resource: arn, Tags: owned}},
		{"AttachRolePolicy", &iamshape.AttachRolePolicyInput{RoleName: "Ops", PolicyArn: readOnly}, api.Target{Resource: arn, Tags: owned, Keys: attaching}},
		{"DetachRolePolicy", &iamshape.DetachRolePolicyInput{RoleName: "Ops", PolicyArn: readOnly}, api.Target{Resource: arn, Tags: owned, Keys: attaching}},
		{"PutRolePermissionsBoundary", &iamshape.PutRolePermissionsBoundaryInput{RoleName: "Ops", PermissionsBoundary: readOnly}, api.Target{Resource: arn, Tags: owned, Keys: map[string][]string{keyBoundary: {readOnly}}}},
		{"DeleteRolePermissionsBoundary", &iamshape.DeleteRolePermissionsBoundaryInput{RoleName: "Ops"}, api.Target{Resource: arn, Tags: owned, Keys: bounded}},
		{"AddRoleToInstanceProfile", &iamshape.AddRoleToInstanceProfileInput{InstanceProfileName: "web", RoleName: "ops"}, api.Target{
			Resource: "arn:aws:iam::123456789012:instance-profile/web",
			Also: []api.Check{{Action: "iam:PassRole", Resource: arn, Tags: owned, Keys: map[string][]string{
				keyPassedToService: {"ec2.amazonaws.com"}, keyAssociatedResource: {"arn:aws:ec2:*:123456789012:instance/*"},
			}}},
		}},
	} {
		same(t, c.op, x.target(c.op, c.in), c.want)
	}
}
