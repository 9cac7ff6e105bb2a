package iam

import (
	"fmt"
	"strings"
	"testing"

	"github.com/aratame/aratame/internal/catalog"
	"github.com/aratame/aratame/internal/shape/iamshape"
)

// granting shows an answer: one line a service, with its policies.
func (x *tester) granting(arn string, services ...string) []string {
	x.Helper()
	out := do[iamshape.ListPoliciesGrantingServiceAccessOutput](x, "ListPoliciesGrantingServiceAccess",
		&iamshape.ListPoliciesGrantingServiceAccessInput{Arn: arn, ServiceNamespaces: services})
	var lines []string
	for _, e := range out.PoliciesGrantingServiceAccess {
		line := *e.ServiceNamespace + ":"
		for _, p := range e.Policies {
			switch {
			case p.PolicyArn != nil && p.EntityName == nil && p.EntityType == nil:
				line += fmt.Sprintf(" %s=%s", *p.PolicyType, *p.PolicyArn)
			case p.PolicyArn == nil:
				line += fmt.Sprintf(" %s=%s/%s/%s", *p.PolicyType, *p.EntityType, *p.EntityName, *p.PolicyName)
			default:
				x.Errorf("%+v", p)
			}
		}
		lines = append(lines, line)
	}
	return lines
}

func TestListPoliciesGrantingServiceAccess(t *testing.T) {
	x := newAccess(t)
	p := *do[iamshape.CreatePolicyOutput](x, "CreatePolicy", &iamshape.CreatePolicyInput{
		PolicyName: "p", Path: ptr("/x/"), PolicyDocument: `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","NotAction":"iam:*","Resource":"*"}]}`,
	}).Policy.Arn
	alice := x.arn("user", "alice")
	x.same("inline ones", x.granting(alice, "sqs", "iam", "S3", "ec2"), "sqs: INLINE=USER/alice/u", "iam: INLINE=GROUP/dev/g", "S3: INLINE=GROUP/dev/g", "ec2:")
	x.must("AttachGroupPolicy", &iamshape.AttachGroupPolicyInput{GroupName: "dev", PolicyArn: p})
	x.must("AttachUserPolicy", &iamshape.AttachUserPolicyInput{UserName: "alice", PolicyArn: adminPolicy})
	x.same("managed ones", x.granting(alice, "sqs", "iam"),
		"sqs: INLINE=USER/alice/u MANAGED="+adminPolicy+" MANAGED="+p, "iam: MANAGED="+adminPolicy+" INLINE=GROUP/dev/g")
	x.same("group", x.granting(x.arn("group", "DEV"), "sqs", "iam"), "sqs: MANAGED="+p, "iam: INLINE=GROUP/dev/g")
	x.same("role", x.granting(x.arn("role", "app"), "sts", "s3"), "sts: INLINE=ROLE/app/r", "s3:")

	// Neither boundaries nor denials count.
	x.must("PutUserPermissionsBoundary", &iamshape.PutUserPermissionsBoundaryInput{UserName: "bob", PermissionsBoundary: adminPolicy})
	x.must("PutUserPolicy", &iamshape.PutUserPolicyInput{UserName: "bob", PolicyName: "d", PolicyDocument: strings.ReplaceAll(granted(`"*"`), "Allow", "Deny")})
	x.same("bob", x.granting(x.arn("user", "bob"), "iam"), "iam:")
	x.must("PutUserPolicy", &iamshape.PutUserPolicyInput{UserName: "bob", PolicyName: "e", PolicyDocument: granted(`"iam:GetUser"`)})
	x.same("bob", x.granting(x.arn("user", "bob"), "iam"), "iam: INLINE=USER/bob/e")

	list := func(arn string, services ...string) any {
		return &iamshape.ListPoliciesGrantingServiceAccessInput{Arn: arn, ServiceNamespaces: services}
	}
	x.fails("ListPoliciesGrantingServiceAccess", list(x.arn("user", "nobody"), "iam"), "NoSuchEntity", "The user with name nobody cannot be found.")
	x.fails("ListPoliciesGrantingServiceAccess", list(x.arn("group", "none"), "iam"), "NoSuchEntity", "The group with name none cannot be found.")
	x.fails("ListPoliciesGrantingServiceAccess", list(x.arn("role", "none"), "iam"), "NoSuchEntity", "The role with name none cannot be found.")
	x.fails("ListPoliciesGrantingServiceAccess", list(p, "iam"), "InvalidInput", "Invalid ARN provided in the request: "+p)
	x.fails("ListPoliciesGrantingServiceAccess", list(alice, "iam", "nosuch"), "InvalidInput", "Invalid service namespace: nosuch")
}

// TestGrantingPages: pages count services, a hundred each.
func TestGrantingPages(t *testing.T) {
	x := newAccess(t)
	var services []string
	for _, s := range catalog.Services()[:200] {
		services = append(services, s.Prefix)
	}
	in := &iamshape.ListPoliciesGrantingServiceAccessInput{Arn: x.arn("user", "alice"), ServiceNamespaces: services}
	first := do[iamshape.ListPoliciesGrantingServiceAccessOutput](x, "ListPoliciesGrantingServiceAccess", in)
	if n := len(first.PoliciesGrantingServiceAccess); n != 100 || !*first.IsTruncated {
		t.Fatal(n)
	}
	in.Marker = first.Marker
	rest := do[iamshape.ListPoliciesGrantingServiceAccessOutput](x, "ListPoliciesGrantingServiceAccess", in)
	if n := len(rest.PoliciesGrantingServiceAccess); n != 100 || *rest.IsTruncated || *rest.PoliciesGrantingServiceAccess[0].ServiceNamespace != services[100] {
		t.Error(n)
	}
	in.ServiceNamespaces = services[1:]
	x.fails("ListPoliciesGrantingServiceAccess", in, "ValidationError", "Invalid Marker.")
}
