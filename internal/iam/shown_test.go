package iam

import (
	"testing"

	"github.com/aratame/aratame/internal/shape/iamshape"
)

// A denial shows what the request has given, whether the entity is there or
// not: nothing of it is the account's.
func TestDenialsShowTheRequest(t *testing.T) {
	const document = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}}`
	path := "/secret/"
	x := newTest(t)
	shown := func(name string, in any, want string) {
		t.Helper()
		if got := x.wholeTarget(name, in).Shown; got != want {
			t.Errorf("%s shows %q, want %q", name, got, want)
		}
	}
	owner, policyARN := "Bob", "arn:aws:iam::123456789012:policy/p"
	for range 2 { // before and after they are made
		shown("GetUser", &iamshape.GetUserInput{UserName: &owner}, "user Bob")
		shown("DeleteGroup", &iamshape.DeleteGroupInput{GroupName: "Bob"}, "group Bob")
		shown("GetRole", &iamshape.GetRoleInput{RoleName: "Bob"}, "role Bob")
		shown("GetInstanceProfile", &iamshape.GetInstanceProfileInput{InstanceProfileName: "Bob"}, "instance profile Bob")
		shown("GetPolicy", &iamshape.GetPolicyInput{PolicyArn: policyARN}, "policy "+policyARN)
		shown("GetAccessKeyLastUsed", &iamshape.GetAccessKeyLastUsedInput{AccessKeyId: "AKIAIOSFODNN7EXAMPLE"}, "access key AKIAIOSFODNN7EXAMPLE")
		if x.view.User("bob") == nil {
			x.must("CreateUser", &iamshape.CreateUserInput{UserName: "bob", Path: &path})
			x.must("CreateGroup", &iamshape.CreateGroupInput{GroupName: "bob", Path: &path})
			x.must("CreateRole", &iamshape.CreateRoleInput{RoleName: "bob", Path: &path, AssumeRolePolicyDocument: document})
			x.must("CreateInstanceProfile", &iamshape.CreateInstanceProfileInput{InstanceProfileName: "bob", Path: &path})
		}
	}
	// What is to be made has its ARN from the request.
	shown("CreateUser", &iamshape.CreateUserInput{UserName: "x", Path: &path}, "")
}
