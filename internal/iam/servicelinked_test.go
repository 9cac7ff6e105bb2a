package iam

import (
	"fmt"
	"strings"
	"testing"

	"github.com/aratame/aratame/internal/account"
	"github.com/aratame/aratame/internal/managedpolicy"
	"github.com/aratame/aratame/internal/shape/iamshape"
)

// Each template's policy is one of AWS's for service-linked roles, and its name
// fits a role.
func TestLinkedTemplates(t *testing.T) {
	names := map[string]string{}
	for service, template := range linkedTemplates {
		p, ok := managedpolicy.Get("arn:aws:iam::aws:policy" + linkedPath + template.policy)
		if !ok || p.IsAttachable {
			t.Errorf("%s: no policy %s", service, template.policy)
		}
		if other := names[template.name]; other != "" {
			t.Errorf("%s and %s have one name", service, other)
		}
		names[template.name] = service
		if len(linkedPrefix+template.name) > maxRoleName {
			t.Errorf("%s is too long", template.name)
		}
	}
	if len(names) < 71 {
		t.Errorf("%d templates", len(names))
	}
}

func TestServiceLinkedRole(t *testing.T) {
	x := newTest(t)
	x.svc.Quotas.Roles = 1
	newRole(x, "/", "only")
	in := &iamshape.CreateServiceLinkedRoleInput{AWSServiceName: "ssm.amazonaws.com", Description: ptr("words")}
	r := do[iamshape.CreateServiceLinkedRoleOutput](x, "CreateServiceLinkedRole", in).Role
	if *r.Arn != "arn:aws:iam::"+testAccount+":role/aws-service-role/ssm.amazonaws.com/AWSServiceRoleForAmazonSSM" || r.Description != nil {
		t.Errorf("%+v", r)
	}
	x.fails("CreateServiceLinkedRole", in, "InvalidInput", "Service role name AWSServiceRoleForAmazonSSM has been taken in this account, please try a different suffix.")
	x.fails("DeleteRole", &iamshape.DeleteRoleInput{RoleName: *r.RoleName}, "UnmodifiableEntity", protectedSSM)
	attached := do[iamshape.ListAttachedRolePoliciesOutput](x, "ListAttachedRolePolicies", &iamshape.ListAttachedRolePoliciesInput{RoleName: *r.RoleName}).AttachedPolicies
	if len(attached) != 1 || *attached[0].PolicyName != "AmazonSSMServiceRolePolicy" {
		t.Errorf("%+v", attached)
	}
	x.must("TagRole", &iamshape.TagRoleInput{RoleName: *r.RoleName, Tags: tags("a", "b")})

	x.fails("DeleteServiceLinkedRole", &iamshape.DeleteServiceLinkedRoleInput{RoleName: "only"}, "NoSuchEntity",
		"only exists but is not a service role.")
	task := *do[iamshape.DeleteServiceLinkedRoleOutput](x, "DeleteServiceLinkedRole", &iamshape.DeleteServiceLinkedRoleInput{RoleName: "awsserviceroleforamazonssm"}).DeletionTaskId
	if !strings.HasPrefix(task, "task/aws-service-role/ssm.amazonaws.com/AWSServiceRoleForAmazonSSM/") || len(task[strings.LastIndex(task, "/")+1:]) != 36 {
		t.Error(task)
	}
	status := &iamshape.GetServiceLinkedRoleDeletionStatusInput{DeletionTaskId: task}
	if got := do[iamshape.GetServiceLinkedRoleDeletionStatusOutput](x, "GetServiceLinkedRoleDeletionStatus", status); *got.Status != "SUCCEEDED" || got.Reason != nil {
		t.Errorf("%+v", got)
	}
	if target := x.target("GetServiceLinkedRoleDeletionStatus", status); target.Resource != *r.Arn {
		t.Error(target.Resource)
	}
	for _, bad := range []string{task + "0", "task/x", "x" + task, strings.Replace(task, "aws-service-role", "role", 1)} {
		x.fails("GetServiceLinkedRoleDeletionStatus", &iamshape.GetServiceLinkedRoleDeletionStatusInput{DeletionTaskId: bad}, "InvalidInput",
			"Invalid task id")
	}
	for _, other := range []string{strings.Replace(task, "AmazonSSM", "Other", 1), task[:len(task)-36] + "00000000-0000-0000-0000-000000000000"} {
		x.fails("GetServiceLinkedRoleDeletionStatus", &iamshape.GetServiceLinkedRoleDeletionStatusInput{DeletionTaskId: other}, "NoSuchEntity",
			"Cannot find deletion status for given id.")
	}
	x.fails("DeleteServiceLinkedRole", &iamshape.DeleteServiceLinkedRoleInput{RoleName: *r.RoleName}, "NoSuchEntity", "The role with name AWSServiceRoleForAmazonSSM cannot be found.")
}

func TestServiceLinkedSuffix(t *testing.T) {
	x := newTest(t)
	create := func(service, suffix string) *iamshape.CreateServiceLinkedRoleInput {
		return &iamshape.CreateServiceLinkedRoleInput{AWSServiceName: service, CustomSuffix: &suffix}
	}
	r := do[iamshape.CreateServiceLinkedRoleOutput](x, "CreateServiceLinkedRole", create("autoscaling.amazonaws.com", "blue")).Role
	if *r.RoleName != "AWSServiceRoleForAutoScaling_blue" {
		t.Error(*r.RoleName)
	}
	x.must("CreateServiceLinkedRole", create("autoscaling.amazonaws.com", "green"))
	x.fails("CreateServiceLinkedRole", create("ssm.amazonaws.com", "blue"), "InvalidInput", "Custom suffix is not allowed for ssm.amazonaws.com")
	x.fails("CreateServiceLinkedRole", create("nothing.amazonaws.com", "blue"), "InvalidInput",
		"Service Principal nothing.amazonaws.com does not have a service-linked role that this server knows.")
	long := strings.Repeat("x", 40)
	x.fails("CreateServiceLinkedRole", create("autoscaling.amazonaws.com", long), "InvalidInput",
		"The name AWSServiceRoleForAutoScaling_"+long+" is longer than the 64 characters that a role can have.")
	target := x.target("CreateServiceLinkedRole", create("autoscaling.amazonaws.com", "blue"))
	if target.Resource != *r.Arn || fmt.Sprint(target.Keys) != "map[iam:awsservicename:[autoscaling.amazonaws.com]]" {
		t.Errorf("%+v", target)
	}
}

// The outcomes of old deletions are forgotten, the newest are kept.
func TestDeletionTasksAreBounded(t *testing.T) {
	x := newTest(t)
	var first, last string
	for i := range keptTasks + 1 {
		x.must("CreateServiceLinkedRole", &iamshape.CreateServiceLinkedRoleInput{AWSServiceName: "ssm.amazonaws.com"})
		last = *do[iamshape.DeleteServiceLinkedRoleOutput](x, "DeleteServiceLinkedRole", &iamshape.DeleteServiceLinkedRoleInput{RoleName: "AWSServiceRoleForAmazonSSM"}).DeletionTaskId
		if i == 0 {
			first = last
		}
		x.now = x.now.Add(1e9)
	}
	n := 0
	for j := range x.view.Jobs() {
		if j.Kind == account.JobRoleDeletion {
			n++
		}
	}
	if n != keptTasks {
		t.Errorf("%d tasks are kept", n)
	}
	x.must("GetServiceLinkedRoleDeletionStatus", &iamshape.GetServiceLinkedRoleDeletionStatusInput{DeletionTaskId: last})
	x.fails("GetServiceLinkedRoleDeletionStatus", &iamshape.GetServiceLinkedRoleDeletionStatusInput{DeletionTaskId: first}, "NoSuchEntity",
		"Cannot find deletion status for given id.")
}
