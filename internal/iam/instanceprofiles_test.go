package iam

import (
	"strings"
	"testing"

	"github.com/aratame/aratame/internal/shape/iamshape"
)

func newProfile(x *tester, path, name string) *iamshape.InstanceProfile {
	x.Helper()
	return do[iamshape.CreateInstanceProfileOutput](x, "CreateInstanceProfile", &iamshape.CreateInstanceProfileInput{InstanceProfileName: name, Path: &path}).InstanceProfile
}

func addRole(profile, role string) *iamshape.AddRoleToInstanceProfileInput {
	return &iamshape.AddRoleToInstanceProfileInput{InstanceProfileName: profile, RoleName: role}
}

func removeRole(profile, role string) *iamshape.RemoveRoleFromInstanceProfileInput {
	return &iamshape.RemoveRoleFromInstanceProfileInput{InstanceProfileName: profile, RoleName: role}
}

func TestInstanceProfileShows(t *testing.T) {
	x := newTest(t)
	created := newProfile(x, "/a/", "Web")
	if id := *created.InstanceProfileId; !strings.HasPrefix(id, "AIPA") || len(id) != 21 {
		t.Errorf("id %s", id)
	}
	want := iamshape.InstanceProfile{
		Arn: ptr("arn:aws:iam::123456789012:instance-profile/a/Web"), InstanceProfileName: ptr("Web"), Path: ptr("/a/"),
		InstanceProfileId: created.InstanceProfileId, CreateDate: &x.now, Roles: []iamshape.Role{},
	}
	same(t, "CreateInstanceProfile", created, &want)
	get := func() *iamshape.InstanceProfile {
		t.Helper()
		return do[iamshape.GetInstanceProfileOutput](x, "GetInstanceProfile", &iamshape.GetInstanceProfileInput{InstanceProfileName: "wEB"}).InstanceProfile
	}
	want.Tags = []iamshape.Tag{}
	same(t, "GetInstanceProfile", get(), &want)

	x.must("CreateRole", &iamshape.CreateRoleInput{
		RoleName: "R", AssumeRolePolicyDocument: ec2Trust, Description: ptr("d"), Tags: tags("a", "b"), PermissionsBoundary: ptr(adminPolicy),
	})
	x.must("AddRoleToInstanceProfile", addRole("web", "r"))
	r := x.view.Role("R")
	want.Roles = []iamshape.Role{{
		Arn: ptr("arn:aws:iam::123456789012:role/R"), RoleName: ptr("R"), Path: ptr("/"), RoleId: &r.ID, CreateDate: &x.now,
		AssumeRolePolicyDocument: encodeDocument(ec2Trust),
	}}
	x.must("TagInstanceProfile", &iamshape.TagInstanceProfileInput{InstanceProfileName: "Web", Tags: tags("b", "1", "B", "2")})
	want.Tags = tags("B", "2", "b", "1")
	same(t, "with role and tags", get(), &want)

	listed := want
	listed.Tags = nil
	same(t, "ListInstanceProfiles", do[iamshape.ListInstanceProfilesOutput](x, "ListInstanceProfiles", &iamshape.ListInstanceProfilesInput{PathPrefix: ptr("/a")}),
		&iamshape.ListInstanceProfilesOutput{InstanceProfiles: []iamshape.InstanceProfile{listed}, IsTruncated: ptr(false)})
	same(t, "ListInstanceProfilesForRole", do[iamshape.ListInstanceProfilesForRoleOutput](x, "ListInstanceProfilesForRole", &iamshape.ListInstanceProfilesForRoleInput{RoleName: "r"}),
		&iamshape.ListInstanceProfilesForRoleOutput{InstanceProfiles: []iamshape.InstanceProfile{listed}, IsTruncated: ptr(false)})
	same(t, "ListInstanceProfileTags", do[iamshape.ListInstanceProfileTagsOutput](x, "ListInstanceProfileTags", &iamshape.ListInstanceProfileTagsInput{InstanceProfileName: "Web"}),
		&iamshape.ListInstanceProfileTagsOutput{Tags: want.Tags, IsTruncated: ptr(false)})
	x.must("UntagInstanceProfile", &iamshape.UntagInstanceProfileInput{InstanceProfileName: "Web", TagKeys: []string{"B", "none"}})
	same(t, "after untag", get().Tags, tags("b", "1"))

	tagged := do[iamshape.CreateInstanceProfileOutput](x, "CreateInstanceProfile", &iamshape.CreateInstanceProfileInput{InstanceProfileName: "t", Tags: tags("a", "b")}).InstanceProfile
	same(t, "tags at creation", tagged.Tags, tags("a", "b"))
}

func TestInstanceProfileRefuses(t *testing.T) {
	x := newTest(t)
	newProfile(x, "/", "Web")
	newRole(x, "/", "R")
	newRole(x, "/", "S")
	fails := x.fails
	fails("CreateInstanceProfile", &iamshape.CreateInstanceProfileInput{InstanceProfileName: "wEB", Path: ptr("/o/")}, "EntityAlreadyExists", "Instance Profile wEB already exists.")
	fails("CreateInstanceProfile", &iamshape.CreateInstanceProfileInput{InstanceProfileName: "b", Tags: tags("a", "1", "a", "2")}, "InvalidInput", "Duplicate tag keys found.")
	const gone = "Instance Profile none cannot be found."
	for op, in := range map[string]any{
		"GetInstanceProfile":            &iamshape.GetInstanceProfileInput{InstanceProfileName: "none"},
		"DeleteInstanceProfile":         &iamshape.DeleteInstanceProfileInput{InstanceProfileName: "none"},
		"TagInstanceProfile":            &iamshape.TagInstanceProfileInput{InstanceProfileName: "none", Tags: tags("a", "b")},
		"UntagInstanceProfile":          &iamshape.UntagInstanceProfileInput{InstanceProfileName: "none", TagKeys: []string{"a"}},
		"ListInstanceProfileTags":       &iamshape.ListInstanceProfileTagsInput{InstanceProfileName: "none"},
		"AddRoleToInstanceProfile":      addRole("none", "R"),
		"RemoveRoleFromInstanceProfile": removeRole("none", "R"),
	} {
		fails(op, in, "NoSuchEntity", gone)
	}
	fails("AddRoleToInstanceProfile", addRole("Web", "none"), "NoSuchEntity", "The role with name none cannot be found.")
	fails("RemoveRoleFromInstanceProfile", removeRole("Web", "none"), "NoSuchEntity", "The role with name none cannot be found.")
	fails("RemoveRoleFromInstanceProfile", removeRole("Web", "R"), "NoSuchEntity", "Role R in Instance Profile Web cannot be found.")
	x.must("AddRoleToInstanceProfile", addRole("Web", "R"))
	fails("AddRoleToInstanceProfile", addRole("Web", "R"), "LimitExceeded", "Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1")
	fails("AddRoleToInstanceProfile", addRole("Web", "S"), "LimitExceeded", "Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1")
	fails("RemoveRoleFromInstanceProfile", removeRole("Web", "S"), "NoSuchEntity", "Role S in Instance Profile Web cannot be found.")
	fails("DeleteInstanceProfile", &iamshape.DeleteInstanceProfileInput{InstanceProfileName: "Web"}, "DeleteConflict", "Cannot delete entity, must remove roles from instance profile first.")
	x.must("RemoveRoleFromInstanceProfile", removeRole("web", "r"))
	x.must("DeleteInstanceProfile", &iamshape.DeleteInstanceProfileInput{InstanceProfileName: "web"})
	newProfile(x, "/", "Web")
	x.svc.Quotas.InstanceProfiles = 1
	fails("CreateInstanceProfile", &iamshape.CreateInstanceProfileInput{InstanceProfileName: "b"}, "LimitExceeded", "Cannot exceed quota for InstanceProfilesPerAccount: 1")
}

func TestInstanceProfilePages(t *testing.T) {
	x := newTest(t)
	newRole(x, "/", "R")
	for _, name := range []string{"c", "B", "a"} {
		newProfile(x, "/", name)
		x.must("AddRoleToInstanceProfile", addRole(name, "R"))
	}
	newProfile(x, "/", "without")
	var all, ofRole []string
	in := &iamshape.ListInstanceProfilesInput{MaxItems: ptr(int32(2))}
	for {
		out := do[iamshape.ListInstanceProfilesOutput](x, "ListInstanceProfiles", in)
		for _, p := range out.InstanceProfiles {
			all = append(all, *p.InstanceProfileName)
		}
		if in.Marker = out.Marker; in.Marker == nil {
			break
		}
	}
	forRole := &iamshape.ListInstanceProfilesForRoleInput{RoleName: "R", MaxItems: ptr(int32(2))}
	for {
		out := do[iamshape.ListInstanceProfilesForRoleOutput](x, "ListInstanceProfilesForRole", forRole)
		for _, p := range out.InstanceProfiles {
			ofRole = append(ofRole, *p.InstanceProfileName)
		}
		if forRole.Marker = out.Marker; forRole.Marker == nil {
			break
		}
	}
	same(t, "all", all, []string{"a", "B", "c", "without"})
	same(t, "of the role", ofRole, []string{"a", "B", "c"})
}
