package terraform

import (
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
)

var attachmentSequences = map[string]func(*steps){
	"resource.aws_iam_policy_attachment":       policyAttachmentResource,
	"data.aws_iam_role_policy_attachments":     rolePolicyAttachmentsData,
	"resource.aws_iam_user_policy_attachment":  func(s *steps) { attachment(s, s.userPolicies(s.user("u"))) },
	"resource.aws_iam_group_policy_attachment": func(s *steps) { attachment(s, s.groupPolicies(s.group("g"))) },
	"resource.aws_iam_role_policy_attachment":  func(s *steps) { attachment(s, s.rolePolicies(s.role("r"))) },

	"resource.aws_iam_user_policy_attachments_exclusive":  func(s *steps) { attachmentsExclusive(s, s.userPolicies(s.user("u"))) },
	"resource.aws_iam_group_policy_attachments_exclusive": func(s *steps) { attachmentsExclusive(s, s.groupPolicies(s.group("g"))) },
	"resource.aws_iam_role_policy_attachments_exclusive":  func(s *steps) { attachmentsExclusive(s, s.rolePolicies(s.role("r"))) },
	"resource.aws_iam_user_policies_exclusive":            func(s *steps) { policiesExclusive(s, s.userPolicies(s.user("u"))) },
	"resource.aws_iam_group_policies_exclusive":           func(s *steps) { policiesExclusive(s, s.groupPolicies(s.group("g"))) },
	"resource.aws_iam_role_policies_exclusive":            func(s *steps) { policiesExclusive(s, s.rolePolicies(s.role("r"))) },
}

// policies are the calls for the policies of a user, group or role; attached
// and inline list a page for each.
type policies struct {
	attach, detach         func(arn string) error
	put, remove            func(name string) error
	attached, inline       func() ([]string, error)
	attachedNone, lostNone func() error // lists and detaches from what isn't there
}

func (s *steps) userPolicies(name string) policies {
	at := func(arn string) *iam.DetachUserPolicyInput {
		return &iam.DetachUserPolicyInput{UserName: &name, PolicyArn: &arn}
	}
	return policies{
		attach: func(arn string) error {
			_, err := s.iam.AttachUserPolicy(ctx, &iam.AttachUserPolicyInput{UserName: &name, PolicyArn: &arn})
			return err
		},
		detach: func(arn string) error { _, err := s.iam.DetachUserPolicy(ctx, at(arn)); return err },
		put: func(policy string) error {
			_, err := s.iam.PutUserPolicy(ctx, &iam.PutUserPolicyInput{UserName: &name, PolicyName: &policy, PolicyDocument: aws.String(allow)})
			return err
		},
		remove: func(policy string) error {
			_, err := s.iam.DeleteUserPolicy(ctx, &iam.DeleteUserPolicyInput{UserName: &name, PolicyName: &policy})
			return err
		},
		attached: func() (arns []string, err error) {
			pages := iam.NewListAttachedUserPoliciesPaginator(s.iam, &iam.ListAttachedUserPoliciesInput{UserName: &name, MaxItems: aws.Int32(1)})
			for pages.HasMorePages() {
				page, err := pages.NextPage(ctx)
				if err != nil {
					return nil, err
				}
				arns = append(arns, arnsOf(page.AttachedPolicies)...)
			}
			return arns, nil
		},
		inline: func() (names []string, err error) {
			pages := iam.NewListUserPoliciesPaginator(s.iam, &iam.ListUserPoliciesInput{UserName: &name, MaxItems: aws.Int32(1)})
			for pages.HasMorePages() {
				page, err := pages.NextPage(ctx)
				if err != nil {
					return nil, err
				}
				names = append(names, page.PolicyNames...)
			}
			return names, nil
		},
		attachedNone: func() error {
			_, err := s.iam.ListAttachedUserPolicies(ctx, &iam.ListAttachedUserPoliciesInput{UserName: aws.String("none")})
			return err
		},
		lostNone: func() error {
			_, err := s.iam.DetachUserPolicy(ctx, &iam.DetachUserPolicyInput{UserName: aws.String("none"), PolicyArn: aws.String(readOnly)})
			return err
		},
	}
}

func (s *steps) groupPolicies(name string) policies {
	return policies{
		attach: func(arn string) error {
			_, err := s.iam.AttachGroupPolicy(ctx, &iam.AttachGroupPolicyInput{GroupName: &name, PolicyArn: &arn})
			return err
		},
		detach: func(arn string) error {
			_, err := s.iam.DetachGroupPolicy(ctx, &iam.DetachGroupPolicyInput{GroupName: &name, PolicyArn: &arn})
			return err
		},
		put: func(policy string) error {
			_, err := s.iam.PutGroupPolicy(ctx, &iam.PutGroupPolicyInput{GroupName: &name, PolicyName: &policy, PolicyDocument: aws.String(allow)})
			return err
		},
		remove: func(policy string) error {
			_, err := s.iam.DeleteGroupPolicy(ctx, &iam.DeleteGroupPolicyInput{GroupName: &name, PolicyName: &policy})
			return err
		},
		attached: func() (arns []string, err error) {
			pages := iam.NewListAttachedGroupPoliciesPaginator(s.iam, &iam.ListAttachedGroupPoliciesInput{GroupName: &name, MaxItems: aws.Int32(1)})
			for pages.HasMorePages() {
				page, err := pages.NextPage(ctx)
				if err != nil {
					return nil, err
				}
				arns = append(arns, arnsOf(page.AttachedPolicies)...)
			}
			return arns, nil
		},
		inline: func() (names []string, err error) {
			pages := iam.NewListGroupPoliciesPaginator(s.iam, &iam.ListGroupPoliciesInput{GroupName: &name, MaxItems: aws.Int32(1)})
			for pages.HasMorePages() {
				page, err := pages.NextPage(ctx)
				if err != nil {
					return nil, err
				}
				names = append(names, page.PolicyNames...)
			}
			return names, nil
		},
		attachedNone: func() error {
			_, err := s.iam.ListAttachedGroupPolicies(ctx, &iam.ListAttachedGroupPoliciesInput{GroupName: aws.String("none")})
			return err
		},
		lostNone: func() error {
			_, err := s.iam.DetachGroupPolicy(ctx, &iam.DetachGroupPolicyInput{GroupName: aws.String("none"), PolicyArn: aws.String(readOnly)})
			return err
		},
	}
}

func (s *steps) rolePolicies(name string) policies {
	return policies{
		attach: func(arn string) error {
			_, err := s.iam.AttachRolePolicy(ctx, &iam.AttachRolePolicyInput{RoleName: &name, PolicyArn: &arn})
			return err
		},
		detach: func(arn string) error {
			_, err := s.iam.DetachRolePolicy(ctx, &iam.DetachRolePolicyInput{RoleName: &name, PolicyArn: &arn})
			return err
		},
		put: func(policy string) error {
			_, err := s.iam.PutRolePolicy(ctx, &iam.PutRolePolicyInput{RoleName: &name, PolicyName: &policy, PolicyDocument: aws.String(allow)})
			return err
		},
		remove: func(policy string) error {
			_, err := s.iam.DeleteRolePolicy(ctx, &iam.DeleteRolePolicyInput{RoleName: &name, PolicyName: &policy})
			return err
		},
		attached: func() (arns []string, err error) {
			pages := iam.NewListAttachedRolePoliciesPaginator(s.iam, &iam.ListAttachedRolePoliciesInput{RoleName: &name, MaxItems: aws.Int32(1)})
			for pages.HasMorePages() {
				page, err := pages.NextPage(ctx)
				if err != nil {
					return nil, err
				}
				arns = append(arns, arnsOf(page.AttachedPolicies)...)
			}
			return arns, nil
		},
		inline: func() (names []string, err error) {
			pages := iam.NewListRolePoliciesPaginator(s.iam, &iam.ListRolePoliciesInput{RoleName: &name, MaxItems: aws.Int32(1)})
			for pages.HasMorePages() {
				page, err := pages.NextPage(ctx)
				if err != nil {
					return nil, err
				}
				names = append(names, page.PolicyNames...)
			}
			return names, nil
		},
		attachedNone: func() error {
			_, err := s.iam.ListAttachedRolePolicies(ctx, &iam.ListAttachedRolePoliciesInput{RoleName: aws.String("none")})
			return err
		},
		lostNone: func() error {
			_, err := s.iam.DetachRolePolicy(ctx, &iam.DetachRolePolicyInput{RoleName: aws.String("none"), PolicyArn: aws.String(readOnly)})
			return err
		},
	}
}

func arnsOf(list []types.AttachedPolicy) (arns []string) {
	for _, p := range list {
		arns = append(arns, *p.PolicyArn)
	}
	return arns
}

// did fails where a call did.
func (s *steps) did(err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
}

func sorted(list []string, err error) ([]string, error) { slices.Sort(list); return list, err }

func attachment(s *steps, p policies) {
	s.did(p.attach(readOnly))
	s.did(p.attach(readOnly))
	s.did(p.attach(powerful))
	s.same("policies", must(sorted(p.attached()))(s), []string{powerful, readOnly})
	s.did(p.detach(readOnly))
	s.same("policies", must(p.attached())(s), []string{powerful})
	failed[*types.NoSuchEntityException](p.detach(readOnly))(s)
	failed[*types.NoSuchEntityException](p.attachedNone())(s)
	failed[*types.NoSuchEntityException](p.lostNone())(s)
}

// attachmentsExclusive attaches what is missing and detaches what is too much.
func attachmentsExclusive(s *steps, p policies) {
	s.did(p.attach("arn:aws:iam::aws:policy/job-function/ViewOnlyAccess"))
	want := []string{powerful, readOnly}
	for range 2 {
		have := must(p.attached())(s)
		for _, arn := range want {
			if !slices.Contains(have, arn) {
				s.did(p.attach(arn))
			}
		}
		for _, arn := range have {
			if !slices.Contains(want, arn) {
				s.did(p.detach(arn))
			}
		}
		s.same("policy_arns", must(sorted(p.attached()))(s), want)
	}
	failed[*types.NoSuchEntityException](p.attachedNone())(s)
}

// policiesExclusive removes inline policies that are too much; those missing
// it leaves to other resources.
func policiesExclusive(s *steps, p policies) {
	for _, name := range []string{"b", "x", "a"} {
		s.did(p.put(name))
	}
	for _, name := range must(p.inline())(s) {
		if name == "x" {
			s.did(p.remove(name))
		}
	}
	s.same("policy_names", must(sorted(p.inline()))(s), []string{"a", "b"})
	failed[*types.NoSuchEntityException](p.remove("x"))(s)
}

func policyAttachmentResource(s *steps) {
	u, g, r := s.user("u"), s.group("g"), s.role("r")
	p := must(s.iam.CreatePolicy(ctx, &iam.CreatePolicyInput{PolicyName: aws.String("p"), PolicyDocument: aws.String(allow)}))(s).Policy
	read := func() (names []string) {
		s.Helper()
		pages := iam.NewListEntitiesForPolicyPaginator(s.iam, &iam.ListEntitiesForPolicyInput{PolicyArn: p.Arn, MaxItems: aws.Int32(1)})
		for pages.HasMorePages() {
			page := must(pages.NextPage(ctx))(s)
			for _, e := range page.PolicyUsers {
				names = append(names, "user "+*e.UserName)
			}
			for _, e := range page.PolicyGroups {
				names = append(names, "group "+*e.GroupName)
			}
			for _, e := range page.PolicyRoles {
				names = append(names, "role "+*e.RoleName)
			}
		}
		slices.Sort(names)
		return names
	}
	s.did(s.userPolicies(u).attach(*p.Arn))
	s.did(s.groupPolicies(g).attach(*p.Arn))
	s.did(s.rolePolicies(r).attach(*p.Arn))
	s.same("entities", read(), []string{"group g", "role r", "user u"})
	s.same("attachment_count", *must(s.iam.GetPolicy(ctx, &iam.GetPolicyInput{PolicyArn: p.Arn}))(s).Policy.AttachmentCount, int32(3))
	s.did(s.groupPolicies(g).detach(*p.Arn))
	s.same("entities", read(), []string{"role r", "user u"})
	s.did(s.userPolicies(u).detach(*p.Arn))
	s.did(s.rolePolicies(r).detach(*p.Arn))
	s.same("entities", len(read()), 0)
	must(s.iam.DeletePolicy(ctx, &iam.DeletePolicyInput{PolicyArn: p.Arn}))(s)
	gone(s.iam.GetPolicy(ctx, &iam.GetPolicyInput{PolicyArn: p.Arn}))(s)
	gone(s.iam.ListEntitiesForPolicy(ctx, &iam.ListEntitiesForPolicyInput{PolicyArn: p.Arn}))(s)
}

func rolePolicyAttachmentsData(s *steps) {
	r := s.role("r")
	s.did(s.rolePolicies(r).attach(readOnly))
	list := must(s.iam.ListAttachedRolePolicies(ctx, &iam.ListAttachedRolePoliciesInput{RoleName: &r, PathPrefix: aws.String("/")}))(s).AttachedPolicies
	s.same("attached_policies", []string{*list[0].PolicyArn, *list[0].PolicyName}, []string{readOnly, "ReadOnlyAccess"})
}
