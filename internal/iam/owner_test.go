package iam

import (
	"strings"
	"testing"

	"github.com/aratame/aratame/internal/shape/iamshape"
)

// An ownerCase gives the operations of one kind of owner, of the name "E".
type ownerCase struct {
	kind   string // as operations are named: "User"
	make   func(x *tester, name string)
	put    func(policy, document string) any
	get    func(policy string) any
	del    func(policy string) any
	list   func(marker *string, n int32) any
	attach func(arn string) any
	detach func(arn string) any
	// attached is the input of ListAttached…Policies.
	attached func(prefix, marker *string, n int32) any
	size     int
	most     int // attached policies
}

var ownerCases = []ownerCase{
	{
		kind: "User", make: func(x *tester, name string) { newUser(x, "/", name) }, size: 2048, most: 10,
		put: func(p, d string) any {
			return &iamshape.PutUserPolicyInput{UserName: "e", PolicyName: p, PolicyDocument: d}
		},
		get: func(p string) any { return &iamshape.GetUserPolicyInput{UserName: "e", PolicyName: p} },
		del: func(p string) any { return &iamshape.DeleteUserPolicyInput{UserName: "e", PolicyName: p} },
		list: func(m *string, n int32) any {
			return &iamshape.ListUserPoliciesInput{UserName: "e", Marker: m, MaxItems: &n}
		},
		attach: func(a string) any { return &iamshape.AttachUserPolicyInput{UserName: "e", PolicyArn: a} },
		detach: func(a string) any { return &iamshape.DetachUserPolicyInput{UserName: "e", PolicyArn: a} },
		attached: func(p, m *string, n int32) any {
			return &iamshape.ListAttachedUserPoliciesInput{UserName: "e", PathPrefix: p, Marker: m, MaxItems: &n}
		},
	},
	{
		kind: "Group", make: func(x *tester, name string) { newGroup(x, "/", name) }, size: 5120, most: 10,
		put: func(p, d string) any {
			return &iamshape.PutGroupPolicyInput{GroupName: "e", PolicyName: p, PolicyDocument: d}
		},
		get: func(p string) any { return &iamshape.GetGroupPolicyInput{GroupName: "e", PolicyName: p} },
		del: func(p string) any { return &iamshape.DeleteGroupPolicyInput{GroupName: "e", PolicyName: p} },
		list: func(m *string, n int32) any {
			return &iamshape.ListGroupPoliciesInput{GroupName: "e", Marker: m, MaxItems: &n}
		},
		attach: func(a string) any { return &iamshape.AttachGroupPolicyInput{GroupName: "e", PolicyArn: a} },
		detach: func(a string) any { return &iamshape.DetachGroupPolicyInput{GroupName: "e", PolicyArn: a} },
		attached: func(p, m *string, n int32) any {
			return &iamshape.ListAttachedGroupPoliciesInput{GroupName: "e", PathPrefix: p, Marker: m, MaxItems: &n}
		},
	},
	{
		kind: "Role", make: func(x *tester, name string) { newRole(x, "/", name) }, size: 10240, most: 20,
		put: func(p, d string) any {
			return &iamshape.PutRolePolicyInput{RoleName: "e", PolicyName: p, PolicyDocument: d}
		},
		get: func(p string) any { return &iamshape.GetRolePolicyInput{RoleName: "e", PolicyName: p} },
		del: func(p string) any { return &iamshape.DeleteRolePolicyInput{RoleName: "e", PolicyName: p} },
		list: func(m *string, n int32) any {
			return &iamshape.ListRolePoliciesInput{RoleName: "e", Marker: m, MaxItems: &n}
		},
		attach: func(a string) any { return &iamshape.AttachRolePolicyInput{RoleName: "e", PolicyArn: a} },
		detach: func(a string) any { return &iamshape.DetachRolePolicyInput{RoleName: "e", PolicyArn: a} },
		attached: func(p, m *string, n int32) any {
			return &iamshape.ListAttachedRolePoliciesInput{RoleName: "e", PathPrefix: p, Marker: m, MaxItems: &n}
		},
	},
}

func eachOwner(t *testing.T, run func(x *tester, c ownerCase, word string)) {
	for _, c := range ownerCases {
		t.Run(c.kind, func(t *testing.T) { run(newTest(t), c, strings.ToLower(c.kind)) })
	}
}

// inlineOut and attachedPage read answers that differ only in their type.
func inlineOut(x *tester, c ownerCase, policy string) (owner, name, document string) {
	x.Helper()
	switch o := x.must("Get"+c.kind+"Policy", c.get(policy)).(type) {
	case *iamshape.GetUserPolicyOutput:
		return *o.UserName, *o.PolicyName, decoded(x, o.PolicyDocument)
	case *iamshape.GetGroupPolicyOutput:
		return *o.GroupName, *o.PolicyName, decoded(x, o.PolicyDocument)
	case *iamshape.GetRolePolicyOutput:
		return *o.RoleName, *o.PolicyName, decoded(x, o.PolicyDocument)
	}
	return "", "", ""
}

func inlineNames(x *tester, c ownerCase, n int32) []string {
	x.Helper()
	names := []string{}
	var marker *string
	for {
		var page []string
		switch o := x.must("List"+c.kind+"Policies", c.list(marker, n)).(type) {
		case *iamshape.ListUserPoliciesOutput:
			page, marker = o.PolicyNames, o.Marker
		case *iamshape.ListGroupPoliciesOutput:
			page, marker = o.PolicyNames, o.Marker
		case *iamshape.ListRolePoliciesOutput:
			page, marker = o.PolicyNames, o.Marker
		}
		if page == nil || len(page) > int(n) {
			x.Errorf("a page of %v", page)
		}
		if names = append(names, page...); marker == nil {
			return names
		}
	}
}

func attachedNames(x *tester, c ownerCase, prefix *string, n int32) []string {
	x.Helper()
	names := []string{}
	var marker *string
	for {
		var page []iamshape.AttachedPolicy
		switch o := x.must("ListAttached"+c.kind+"Policies", c.attached(prefix, marker, n)).(type) {
		case *iamshape.ListAttachedUserPoliciesOutput:
			page, marker = o.AttachedPolicies, o.Marker
		case *iamshape.ListAttachedGroupPoliciesOutput:
			page, marker = o.AttachedPolicies, o.Marker
		case *iamshape.ListAttachedRolePoliciesOutput:
			page, marker = o.AttachedPolicies, o.Marker
		}
		if page == nil || len(page) > int(n) {
			x.Errorf("a page of %v", page)
		}
		for _, p := range page {
			if !strings.HasSuffix(*p.PolicyArn, "/"+*p.PolicyName) {
				x.Errorf("%s is called %s", *p.PolicyArn, *p.PolicyName)
			}
			names = append(names, *p.PolicyName)
		}
		if marker == nil {
			return names
		}
	}
}

func TestInlinePolicies(t *testing.T) {
	eachOwner(t, func(x *tester, c ownerCase, word string) {
		unknown := "The " + word + " with name e cannot be found."
		x.fails("Put"+c.kind+"Policy", c.put("p", "{"), "NoSuchEntity", unknown)
		x.fails("Get"+c.kind+"Policy", c.get("p"), "NoSuchEntity", unknown)
		x.fails("Delete"+c.kind+"Policy", c.del("p"), "NoSuchEntity", unknown)
		x.fails("List"+c.kind+"Policies", c.list(nil, 1), "NoSuchEntity", unknown)
		c.make(x, "E")
		same(x, "none", inlineNames(x, c, 1), []string{})
		missing := "The " + word + " policy with name p cannot be found."
		x.fails("Get"+c.kind+"Policy", c.get("p"), "NoSuchEntity", missing)
		x.fails("Delete"+c.kind+"Policy", c.del("p"), "NoSuchEntity", missing)
		x.fails("Put"+c.kind+"Policy", c.put("p", "{"), "MalformedPolicyDocument", "Syntax errors in policy.")

		for _, name := range []string{"p", "a", "P", "z"} {
			x.must("Put"+c.kind+"Policy", c.put(name, allowAll))
		}
		same(x, "names", inlineNames(x, c, 1), []string{"a", "p", "z"})
		same(x, "names", inlineNames(x, c, 3), []string{"a", "p", "z"})
		spaced := strings.ReplaceAll(allowAll, ",", ",\n\t ") + " \n"
		x.must("Put"+c.kind+"Policy", c.put("p", spaced))
		if owner, name, doc := inlineOut(x, c, "P"); owner != "E" || name != "P" || doc != spaced {
			x.Errorf("%s %s %s", owner, name, doc)
		}
		for _, name := range []string{"P", "A", "z"} {
			x.must("Delete"+c.kind+"Policy", c.del(name))
		}

		tooBig := map[string]string{
			"User":  "Maximum policy size of 2048 bytes exceeded for user E",
			"Group": "Maximum policy size of 5120 bytes exceeded for group E",
			"Role":  "Maximum policy size of 10240 bytes exceeded for role E",
		}[c.kind]
		x.must("Put"+c.kind+"Policy", c.put("a", sized(c.size-500)))
		x.must("Put"+c.kind+"Policy", c.put("b", sized(500))) // exactly full
		x.fails("Put"+c.kind+"Policy", c.put("b", sized(501)), "LimitExceeded", tooBig)
		x.fails("Put"+c.kind+"Policy", c.put("c", sized(100)), "LimitExceeded", tooBig)
		x.must("Put"+c.kind+"Policy", c.put("a", sized(c.size-600))) // what is replaced doesn't count
		x.must("Put"+c.kind+"Policy", c.put("c", sized(100)))
	})
}

func TestAttachments(t *testing.T) {
	eachOwner(t, func(x *tester, c ownerCase, word string) {
		unknown := "The " + word + " with name e cannot be found."
		x.fails("Attach"+c.kind+"Policy", c.attach(readOnly), "NoSuchEntity", unknown)
		x.fails("Detach"+c.kind+"Policy", c.detach(readOnly), "NoSuchEntity", unknown)
		x.fails("ListAttached"+c.kind+"Policies", c.attached(nil, nil, 1), "NoSuchEntity", unknown)
		c.make(x, "E")
		same(x, "none", attachedNames(x, c, nil, 1), []string{})
		for _, arn := range []string{ownPrefix + "/none", "arn:aws:iam::210987654321:policy/p", "arn:aws:iam::aws:policy/None"} {
			x.fails("Attach"+c.kind+"Policy", c.attach(arn), "NoSuchEntity", "Policy "+arn+" does not exist or is not attachable.")
			x.fails("Detach"+c.kind+"Policy", c.detach(arn), "NoSuchEntity", "Policy "+arn+" was not found.")
		}
		const malformed = "no-arn-but-long-enough"
		x.fails("Attach"+c.kind+"Policy", c.attach(malformed), "ValidationError", "ARN "+malformed+" is not valid.")
		x.fails("Detach"+c.kind+"Policy", c.detach(malformed), "ValidationError", "ARN "+malformed+" is not valid.")
		x.fails("Attach"+c.kind+"Policy", c.attach(serviceOne), "PolicyNotAttachable", "Cannot attach a Service Role Policy to a Customer Role.")

		first := newPolicy(x, "/p/", "first")
		for _, arn := range []string{readOnly, first, adminPolicy, first} {
			x.must("Attach"+c.kind+"Policy", c.attach(arn)) // the last one for the second time
		}
		for n := int32(1); n < 4; n++ {
			same(x, "attached", attachedNames(x, c, nil, n), []string{"AdministratorAccess", "first", "ReadOnlyAccess"})
			same(x, "under a path", attachedNames(x, c, ptr("/p/"), n), []string{"first"})
		}
		for i := 3; i < c.most; i++ {
			x.must("Attach"+c.kind+"Policy", c.attach(newPolicy(x, "/", "p"+string(rune('a'+i)))))
		}
		last := newPolicy(x, "/", "last")
		full := map[string]string{
			"User":  "Cannot exceed quota for PoliciesPerUser: 10",
			"Group": "Cannot exceed quota for PoliciesPerGroup: 10",
			"Role":  "Cannot exceed quota for PoliciesPerRole: 20",
		}[c.kind]
		x.fails("Attach"+c.kind+"Policy", c.attach(last), "LimitExceeded", full)
		x.must("Attach"+c.kind+"Policy", c.attach(first))
		x.must("Detach"+c.kind+"Policy", c.detach(first))
		x.fails("Detach"+c.kind+"Policy", c.detach(first), "NoSuchEntity", "Policy "+first+" was not found.")
		x.must("Attach"+c.kind+"Policy", c.attach(last))
	})
}

func TestBoundaries(t *testing.T) {
	x := newTest(t)
	own := newPolicy(x, "/", "own")
	newUser(x, "/", "E")
	newRole(x, "/", "E")
	for _, c := range []struct {
		kind  string
		put   func(arn string) any
		del   any
		bound func() string
	}{
		{
			"User", func(a string) any {
				return &iamshape.PutUserPermissionsBoundaryInput{UserName: "e", PermissionsBoundary: a}
			},
			&iamshape.DeleteUserPermissionsBoundaryInput{UserName: "e"}, func() string { return x.view.User("e").Boundary },
		},
		{
			"Role", func(a string) any {
				return &iamshape.PutRolePermissionsBoundaryInput{RoleName: "e", PermissionsBoundary: a}
			},
			&iamshape.DeleteRolePermissionsBoundaryInput{RoleName: "e"}, func() string { return x.view.Role("e").Boundary },
		},
	} {
		put, del := "Put"+c.kind+"PermissionsBoundary", "Delete"+c.kind+"PermissionsBoundary"
		x.fails(del, c.del, "NoSuchEntity", "The "+strings.ToLower(c.kind)+" E does not have a permissions boundary.")
		for _, arn := range []string{readOnly, own} {
			x.must(put, c.put(arn))
			same(t, c.kind, c.bound(), arn)
		}
		x.fails(put, c.put(ownPrefix+"/none"), "NoSuchEntity", "Scope ARN: "+ownPrefix+"/none does not exist or is not attachable.")
		x.fails(put, c.put("arn:aws:iam::123456789012:user/E"), "InvalidInput", "ARN arn:aws:iam::123456789012:user/E is not valid.")
		x.fails(put, c.put(serviceOne), "PolicyNotAttachable", "Cannot attach a Service Role Policy to a Customer Role.")
		same(t, c.kind, c.bound(), own)
		x.must(del, c.del)
		x.fails(del, c.del, "NoSuchEntity", "The "+strings.ToLower(c.kind)+" E does not have a permissions boundary.")
		same(t, c.kind, c.bound(), "")
	}
	x.fails("PutUserPermissionsBoundary", &iamshape.PutUserPermissionsBoundaryInput{UserName: "none", PermissionsBoundary: own}, "NoSuchEntity", "The user with name none cannot be found.")
	x.fails("DeleteUserPermissionsBoundary", &iamshape.DeleteUserPermissionsBoundaryInput{UserName: "none"}, "NoSuchEntity", "The user with name none cannot be found.")
}

func TestUserPolicyTargets(t *testing.T) {
	x := newTest(t)
	x.must("CreateUser", &iamshape.CreateUserInput{UserName: "U", PermissionsBoundary: ptr(adminPolicy)})
	newUser(x, "/", "Plain")
	newGroup(x, "/g/", "G")
	for _, c := range []struct {
		op       string
		in       any
		resource string
		keys     map[string][]string
	}{
		{"PutUserPolicy", &iamshape.PutUserPolicyInput{UserName: "u", PolicyName: "p", PolicyDocument: "{"}, "user/U", map[string][]string{keyBoundary: {adminPolicy}}},
		{"DeleteUserPolicy", &iamshape.DeleteUserPolicyInput{UserName: "u", PolicyName: "p"}, "user/U", map[string][]string{keyBoundary: {adminPolicy}}},
		{"GetUserPolicy", &iamshape.GetUserPolicyInput{UserName: "u", PolicyName: "p"}, "user/U", nil},
		{"ListUserPolicies", &iamshape.ListUserPoliciesInput{UserName: "u"}, "user/U", nil},
		{"ListAttachedUserPolicies", &iamshape.ListAttachedUserPoliciesInput{UserName: "u"}, "user/U", nil},
		{"AttachUserPolicy", &iamshape.AttachUserPolicyInput{UserName: "u", PolicyArn: readOnly}, "user/U", map[string][]string{keyBoundary: {adminPolicy}, keyPolicyARN: {readOnly}}},
		{"AttachUserPolicy", &iamshape.AttachUserPolicyInput{UserName: "plain", PolicyArn: readOnly}, "user/Plain", map[string][]string{keyPolicyARN: {readOnly}}},
		{"AttachUserPolicy", &iamshape.AttachUserPolicyInput{UserName: "none", PolicyArn: readOnly}, "user/none", map[string][]string{keyPolicyARN: {readOnly}}},
		{"PutUserPermissionsBoundary", &iamshape.PutUserPermissionsBoundaryInput{UserName: "u", PermissionsBoundary: readOnly}, "user/U", map[string][]string{keyBoundary: {readOnly}}},
		{"DeleteUserPermissionsBoundary", &iamshape.DeleteUserPermissionsBoundaryInput{UserName: "u"}, "user/U", map[string][]string{keyBoundary: {adminPolicy}}},
		{"AttachGroupPolicy", &iamshape.AttachGroupPolicyInput{GroupName: "g", PolicyArn: readOnly}, "group/g/G", map[string][]string{keyPolicyARN: {readOnly}}},
		{"PutGroupPolicy", &iamshape.PutGroupPolicyInput{GroupName: "g", PolicyName: "p", PolicyDocument: "{"}, "group/g/G", nil},
	} {
		got := x.target(c.op, c.in)
		same(t, c.op, got.Resource, "arn:aws:iam::123456789012:"+c.resource)
		same(t, c.op, got.Keys, c.keys)
	}
}

func TestEncodeDocument(t *testing.T) {
	for _, c := range [][2]string{
		{"aZ09-._~", "aZ09-._~"},
		{"{\"a\": [\t\r\n]}", "%7B%22a%22%3A%20%5B%09%0D%0A%5D%7D"},
		{"+%&é*'()!", "%2B%25%26%C3%A9%2A%27%28%29%21"},
	} {
		if got := *encodeDocument(c[0]); got != c[1] {
			t.Errorf("%q: %s", c[0], got)
		}
	}
}
