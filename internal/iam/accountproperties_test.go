package iam

import (
	"slices"
	"testing"

	"github.com/aratame/aratame/internal/shape/iamshape"
)

func putProperties(pairs ...string) *iamshape.PutAccountPropertiesInput {
	in := &iamshape.PutAccountPropertiesInput{Properties: map[string]string{}}
	for i := 0; i < len(pairs); i += 2 {
		in.Properties[pairs[i]] = pairs[i+1]
	}
	return in
}

func TestAccountProperties(t *testing.T) {
	x := newTest(t)
	holds := func(value string) {
		t.Helper()
		same(t, "properties", do[iamshape.GetAccountPropertiesOutput](x, "GetAccountProperties", &iamshape.GetAccountPropertiesInput{}).Properties,
			map[string]string{"RoleManager/Enabled": value})
	}
	holds("false")
	x.must("PutAccountProperties", putProperties("RoleManager/Enabled", "false", "RoleManager/Other", "x"))
	if x.view.Role("AWSServiceRoleForIAMRoleManager") != nil {
		t.Error("turning it off has made the role")
	}
	x.must("PutAccountProperties", putProperties("RoleManager/Enabled", "true"))
	holds("true")
	r := x.view.Role("AWSServiceRoleForIAMRoleManager")
	if r == nil || r.ARN(testAccount) != "arn:aws:iam::123456789012:role/aws-service-role/role-manager.iam.amazonaws.com/AWSServiceRoleForIAMRoleManager" ||
		!slices.Equal(r.Attached, []string{"arn:aws:iam::aws:policy/aws-service-role/AWSIAMRoleManagerServiceRolePolicy"}) {
		t.Fatalf("the role is %+v", r)
	}
	x.must("PutAccountProperties", putProperties("RoleManager/Enabled", "true"))
	x.must("PutAccountProperties", putProperties("RoleManager/Enabled", "false"))
	holds("false")
	if again := x.view.Role("AWSServiceRoleForIAMRoleManager"); again == nil || again.ID != r.ID {
		t.Error("the role hasn't stayed")
	}
	for _, c := range []struct {
		in   *iamshape.PutAccountPropertiesInput
		want string
	}{
		{putProperties("RoleManager", "true"), "Property key must be in format Namespace/PropertyName: RoleManager"},
		{putProperties("/Enabled", "true"), "Property key must be in format Namespace/PropertyName: /Enabled"},
		{putProperties("RoleManager/", "true"), "Property key must be in format Namespace/PropertyName: RoleManager/"},
		{putProperties("RoleManager/Enabled/Other", "true"), "RoleManager namespace requires Enabled property"},
		{putProperties("RoleManager/Other", "true"), "RoleManager namespace requires Enabled property"},
		{putProperties("Other/Enabled", "true"), "Unsupported namespace: Other"},
		{putProperties("RoleManager/Enabled", "true", "Other/Enabled", "true"), "All properties must belong to the same namespace"},
		{putProperties("RoleManager/Enabled", "TRUE"), "Enabled must be 'true' or 'false'"},
		{putProperties("RoleManager/Enabled", "true "), "Enabled must be 'true' or 'false'"},
		{putProperties("RoleManager/Enabled", "1"), "Enabled must be 'true' or 'false'"},
	} {
		x.fails("PutAccountProperties", c.in, "InvalidInput", c.want)
	}
	x.fails("PutAccountProperties", putProperties(), "ValidationError",
		"1 validation error detected: Value at 'properties' failed to satisfy constraint: Member must not be null")
	holds("false")
}

// A role that isn't the service's own is not taken for it.
func TestRoleManagerNeedsItsOwnRole(t *testing.T) {
	x := newTest(t)
	newRole(x, "/", "AWSServiceRoleForIAMRoleManager")
	x.fails("PutAccountProperties", putProperties("RoleManager/Enabled", "true"), "InvalidInput",
		"Service role name AWSServiceRoleForIAMRoleManager has been taken in this account, please try a different suffix.")
}

func TestAccountPropertyTargets(t *testing.T) {
	x := newTest(t)
	const key = "iam:accountpropertynamespaces"
	got := x.target("GetAccountProperties", &iamshape.GetAccountPropertiesInput{})
	if got.Resource != "*" || !slices.Equal(got.Keys[key], []string{"RoleManager"}) {
		t.Errorf("get: %+v", got)
	}
	off := x.target("PutAccountProperties", putProperties("RoleManager/Enabled", "false", "RoleManager/Other", "x", "A/b", "c"))
	if off.Resource != "*" || !slices.Equal(off.Keys[key], []string{"A", "RoleManager"}) || len(off.Also) != 0 {
		t.Errorf("off: %+v", off)
	}
	on := x.target("PutAccountProperties", putProperties("RoleManager/Enabled", "true"))
	if len(on.Also) != 1 || on.Also[0].Action != "iam:CreateServiceLinkedRole" ||
		on.Also[0].Resource != "arn:aws:iam::123456789012:role/aws-service-role/role-manager.iam.amazonaws.com/AWSServiceRoleForIAMRoleManager" ||
		!slices.Equal(on.Also[0].Keys["iam:awsservicename"], []string{"role-manager.iam.amazonaws.com"}) {
		t.Errorf("on: %+v", on)
	}
}
