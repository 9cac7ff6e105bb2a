package iam

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/aratame/aratame/internal/shape/iamshape"
)

// populate makes two of everything.
func populate(x *tester) {
	for _, n := range []string{"b", "A"} {
		x.must("CreateUser", &iamshape.CreateUserInput{UserName: "u" + n, Tags: tags("k", n)})
		x.must("CreateGroup", &iamshape.CreateGroupInput{GroupName: "g" + n})
		x.must("CreateRole", &iamshape.CreateRoleInput{RoleName: "r" + n, AssumeRolePolicyDocument: ec2Trust, Description: ptr("d")})
		x.must("CreatePolicy", &iamshape.CreatePolicyInput{PolicyName: "p" + n, PolicyDocument: allowAll, Description: ptr("words")})
	}
	for _, g := range []string{"gb", "gA"} {
		x.must("AddUserToGroup", &iamshape.AddUserToGroupInput{UserName: "uA", GroupName: g})
	}
	x.must("CreateInstanceProfile", &iamshape.CreateInstanceProfileInput{InstanceProfileName: "ip"})
	x.must("AddRoleToInstanceProfile", &iamshape.AddRoleToInstanceProfileInput{InstanceProfileName: "ip", RoleName: "rA"})
	x.must("PutUserPolicy", &iamshape.PutUserPolicyInput{UserName: "uA", PolicyName: "in", PolicyDocument: allowAll})
	x.must("AttachRolePolicy", &iamshape.AttachRolePolicyInput{RoleName: "rA", PolicyArn: "arn:aws:iam::aws:policy/ReadOnlyAccess"})
	x.must("PutUserPermissionsBoundary", &iamshape.PutUserPermissionsBoundaryInput{UserName: "uA", PermissionsBoundary: "arn:aws:iam::aws:policy/PowerUserAccess"})
}

// walk reads all pages of the given size and names what they hold.
func walk(x *tester, size int32, filter ...string) (found []string) {
	in := &iamshape.GetAccountAuthorizationDetailsInput{Filter: filter, MaxItems: &size}
	for {
		out := do[iamshape.GetAccountAuthorizationDetailsOutput](x, "GetAccountAuthorizationDetails", in)
		n := len(out.UserDetailList) + len(out.GroupDetailList) + len(out.RoleDetailList) + len(out.Policies)
		if n > int(size) || n == 0 && *out.IsTruncated {
			x.Fatalf("a page of %d for MaxItems %d", n, size)
		}
		for _, d := range out.UserDetailList {
			found = append(found, "user/"+*d.UserName)
		}
		for _, d := range out.GroupDetailList {
			found = append(found, "group/"+*d.GroupName)
		}
		for _, d := range out.RoleDetailList {
			found = append(found, "role/"+*d.RoleName)
		}
		for _, d := range out.Policies {
			found = append(found, "policy/"+*d.PolicyName)
		}
		if !*out.IsTruncated {
			return found
		}
		in.Marker = out.Marker
	}
}

func TestAccountDetailsPages(t *testing.T) {
	x := newTest(t)
	populate(x)
	users, groups, roles, local := []string{"user/uA", "user/ub"}, []string{"group/gA", "group/gb"}, []string{"role/rA", "role/rb"}, []string{"policy/pA", "policy/pb"}
	used := []string{"policy/PowerUserAccess", "policy/ReadOnlyAccess"}
	for _, c := range []struct {
		filter []string
		want   []string
	}{
		{nil, slices.Concat(users, groups, roles, local, used)},
		{[]string{"User"}, users},
		{[]string{"Group"}, groups},
		{[]string{"Role"}, roles},
		{[]string{"LocalManagedPolicy"}, local},
		{[]string{"Role", "User"}, slices.Concat(users, roles)},
		{[]string{"LocalManagedPolicy", "Group"}, slices.Concat(groups, local)},
	} {
		for _, size := range []int32{1, 3, 1000} {
			if got := walk(x, size, c.filter...); !slices.Equal(got, c.want) {
				t.Errorf("%v by %d:\n got %v\nwant %v", c.filter, size, got, c.want)
			}
		}
	}
	all := walk(x, 1000, "AWSManagedPolicy")
	if len(all) < 1000 || !slices.Contains(all, "policy/AdministratorAccess") || slices.Contains(all, "policy/pA") {
		t.Errorf("%d policies of AWS", len(all))
	}
	x.fails("GetAccountAuthorizationDetails", &iamshape.GetAccountAuthorizationDetailsInput{Filter: []string{"User", "Robot"}}, "ValidationError",
		"1 validation error detected: Value at 'filter' failed to satisfy constraint: Member must satisfy constraint: [Member must satisfy enum value set: [User, Role, Group, LocalManagedPolicy, AWSManagedPolicy]]")
	one := do[iamshape.GetAccountAuthorizationDetailsOutput](x, "GetAccountAuthorizationDetails", &iamshape.GetAccountAuthorizationDetailsInput{MaxItems: ptr(int32(1))})
	x.fails("GetAccountAuthorizationDetails", &iamshape.GetAccountAuthorizationDetailsInput{Filter: []string{"User"}, Marker: one.Marker}, "ValidationError", "Invalid Marker.")
}

func TestAccountDetailsMembers(t *testing.T) {
	x := newTest(t)
	populate(x)
	out := do[iamshape.GetAccountAuthorizationDetailsOutput](x, "GetAccountAuthorizationDetails", &iamshape.GetAccountAuthorizationDetailsInput{})
	a, b := out.UserDetailList[0], out.UserDetailList[1]
	if fmt.Sprint(a.GroupList) != "[gA gb]" || len(a.UserPolicyList) != 1 || *a.PermissionsBoundary.PermissionsBoundaryArn != "arn:aws:iam::aws:policy/PowerUserAccess" || len(a.Tags) != 1 {
		t.Errorf("%+v", a)
	}
	if b.UserPolicyList != nil || b.GroupList == nil || b.AttachedManagedPolicies == nil || b.PermissionsBoundary != nil {
		t.Errorf("%+v", b)
	}
	if !strings.Contains(*a.UserPolicyList[0].PolicyDocument, "%22") {
		t.Error(*a.UserPolicyList[0].PolicyDocument)
	}
	r := out.RoleDetailList[0]
	if len(r.InstanceProfileList) != 1 || len(r.InstanceProfileList[0].Roles) != 1 || r.RoleLastUsed == nil || r.RolePolicyList == nil || r.Tags == nil {
		t.Errorf("%+v", r)
	}
	for _, p := range out.Policies {
		if len(p.PolicyVersionList) == 0 {
			t.Errorf("%s has no version", *p.PolicyName)
		}
		current := 0
		for _, v := range p.PolicyVersionList {
			if *v.IsDefaultVersion {
				current++
			}
			if v.Document == nil || *v.Document == "" {
				t.Errorf("%s %s has no document", *p.PolicyName, *v.VersionId)
			}
		}
		if current != 1 {
			t.Errorf("%s has %d default versions", *p.PolicyName, current)
		}
	}
	if p := out.Policies[0]; p.Description == nil || *p.AttachmentCount != 0 {
		t.Errorf("%+v", p)
	}
}
