package iam

import (
	"slices"

	"github.com/aratame/aratame/internal/account"
	"github.com/aratame/aratame/internal/api"
	"github.com/aratame/aratame/internal/awserr"
	"github.com/aratame/aratame/internal/awsid"
	"github.com/aratame/aratame/internal/shape"
	"github.com/aratame/aratame/internal/shape/iamshape"
)

func (s *Service) attachments() []api.Op {
	return []api.Op{
		api.Do(iamshape.OpAttachUserPolicy,
			func(_ *api.Call, v *account.View, in *iamshape.AttachUserPolicyInput) (api.Target, error) {
				return userOwner.changingPolicy(v, in.UserName, in.PolicyArn)
			},
			func(_ *api.Call, tx *account.Tx, in *iamshape.AttachUserPolicyInput) error {
				return s.attach(tx, userOwner, in.UserName, in.PolicyArn)
			}),
		api.Do(iamshape.OpDetachUserPolicy,
			func(_ *api.Call, v *account.View, in *iamshape.DetachUserPolicyInput) (api.Target, error) {
				return userOwner.changingPolicy(v, in.UserName, in.PolicyArn)
			},
			func(_ *api.Call, tx *account.Tx, in *iamshape.DetachUserPolicyInput) error {
				return detach(tx, userOwner, in.UserName, in.PolicyArn)
			}),
		api.Read(iamshape.OpListAttachedUserPolicies,
			func(_ *api.Call, v *account.View, in *iamshape.ListAttachedUserPoliciesInput) (api.Target, error) {
				return userOwner.reading(v, in.UserName)
			},
			func(c *api.Call, v *account.View, in *iamshape.ListAttachedUserPoliciesInput) (*iamshape.ListAttachedUserPoliciesOutput, error) {
				p, policies, err := s.listAttached(c, v, userOwner, in.UserName, in.PathPrefix, in.Marker, in.MaxItems)
				if err != nil {
					return nil, err
				}
				return &iamshape.ListAttachedUserPoliciesOutput{AttachedPolicies: policies, IsTruncated: p.truncated(), Marker: p.marker()}, nil
			}),
		api.Do(iamshape.OpAttachGroupPolicy,
			func(_ *api.Call, v *account.View, in *iamshape.AttachGroupPolicyInput) (api.Target, error) {
				return groupOwner.changingPolicy(v, in.GroupName, in.PolicyArn)
			},
			func(_ *api.Call, tx *account.Tx, in *iamshape.AttachGroupPolicyInput) error {
				return s.attach(tx, groupOwner, in.GroupName, in.PolicyArn)
			}),
		api.Do(iamshape.OpDetachGroupPolicy,
			func(_ *api.Call, v *account.View, in *iamshape.DetachGroupPolicyInput) (api.Target, error) {
				return groupOwner.changingPolicy(v, in.GroupName, in.PolicyArn)
			},
			func(_ *api.Call, tx *account.Tx, in *iamshape.DetachGroupPolicyInput) error {
				return detach(tx, groupOwner, in.GroupName, in.PolicyArn)
			}),
		api.Read(iamshape.OpListAttachedGroupPolicies,
			func(_ *api.Call, v *account.View, in *iamshape.ListAttachedGroupPoliciesInput) (api.Target, error) {
				return groupOwner.reading(v, in.GroupName)
			},
			func(c *api.Call, v *account.View, in *iamshape.ListAttachedGroupPoliciesInput) (*iamshape.ListAttachedGroupPoliciesOutput, error) {
				p, policies, err := s.listAttached(c, v, groupOwner, in.GroupName, in.PathPrefix, in.Marker, in.MaxItems)
				if err != nil {
					return nil, err
				}
				return &iamshape.ListAttachedGroupPoliciesOutput{AttachedPolicies: policies, IsTruncated: p.truncated(), Marker: p.marker()}, nil
			}),
		api.Do(iamshape.OpAttachRolePolicy,
			func(_ *api.Call, v *account.View, in *iamshape.AttachRolePolicyInput) (api.Target, error) {
				return roleOwner.changingPolicy(v, in.RoleName, in.PolicyArn)
			},
			func(_ *api.Call, tx *account.Tx, in *iamshape.AttachRolePolicyInput) error {
				return s.attach(tx, roleOwner, in.RoleName, in.PolicyArn)
			}),
		api.Do(iamshape.OpDetachRolePolicy,
			func(_ *api.Call, v *account.View, in *iamshape.DetachRolePolicyInput) (api.Target, error) {
				return roleOwner.changingPolicy(v, in.RoleName, in.PolicyArn)
			},
			func(_ *api.Call, tx *account.Tx, in *iamshape.DetachRolePolicyInput) error {
				return detach(tx, roleOwner, in.RoleName, in.PolicyArn)
			}),
		api.Read(iamshape.OpListAttachedRolePolicies,
			func(_ *api.Call, v *account.View, in *iamshape.ListAttachedRolePoliciesInput) (api.Target, error) {
				return roleOwner.reading(v, in.RoleName)
			},
			func(c *api.Call, v *account.View, in *iamshape.ListAttachedRolePoliciesInput) (*iamshape.ListAttachedRolePoliciesOutput, error) {
				p, policies, err := s.listAttached(c, v, roleOwner, in.RoleName, in.PathPrefix, in.Marker, in.MaxItems)
				if err != nil {
					return nil, err
				}
				return &iamshape.ListAttachedRolePoliciesOutput{AttachedPolicies: policies, IsTruncated: p.truncated(), Marker: p.marker()}, nil
			}),
	}
}

// The one sentence known; users and groups are answered with it too.
var errNotAttachable = awserr.New("PolicyNotAttachable", "Cannot attach a Service Role Policy to a Customer Role.")

// attach succeeds when the policy is attached already.
func (s *Service) attach(tx *account.Tx, k *ownerKind, name, arn string) error {
	if err := checkPolicyARN("ValidationError", arn); err != nil {
		return err
	}
	o, err := k.change(tx.View(), name)
	if err != nil {
		return err
	}
	m, ok := managedPolicy(tx.View(), arn)
	switch {
	case !ok:
		return errNoSuchAttachable(arn)
	case !m.attachable():
		return errNotAttachable
	case slices.Contains(*o.attached, arn):
		return nil
	}
	if most := k.attached(s.Quotas); len(*o.attached) >= most {
		return errQuota(k.quota, most)
	}
	*o.attached = append(*o.attached, arn)
	o.save(tx)
	return nil
}

func detach(tx *account.Tx, k *ownerKind, name, arn string) error {
	if err := checkPolicyARN("ValidationError", arn); err != nil {
		return err
	}
	o, err := k.change(tx.View(), name)
	if err != nil {
		return err
	}
	i := slices.Index(*o.attached, arn)
	if i < 0 {
		return errPolicyNotFound(arn)
	}
	*o.attached = slices.Delete(*o.attached, i, i+1)
	o.save(tx)
	return nil
}

func (s *Service) listAttached(c *api.Call, v *account.View, k *ownerKind, name string, pathPrefix, marker *string, maxItems *int32) (*page, []iamshape.AttachedPolicy, error) {
	o, err := k.find(v, name)
	if err != nil {
		return nil, nil, err
	}
	p, err := s.page(c, v, marker, maxItems, &o.name, pathPrefix)
	if err != nil {
		return nil, nil, err
	}
	var policies []iamshape.AttachedPolicy
	for _, q := range attachedOut(*o.attached) {
		if underPath(pathOfARN(*q.PolicyArn), pathPrefix) {
			policies = append(policies, q)
		}
	}
	return p, takeSorted(p, policies, func(q iamshape.AttachedPolicy) string {
		return nameKey(*q.PolicyName) + "\x00" + *q.PolicyArn
	}), nil
}

// attachedOut shows attached policies, in the order of their attachment.
func attachedOut(arns []string) []iamshape.AttachedPolicy {
	out := make([]iamshape.AttachedPolicy, len(arns))
	for i, arn := range arns {
		a, _ := awsid.ParseARN(arn)
		_, _, name, _ := awsid.SplitPath(a.Resource)
		out[i] = iamshape.AttachedPolicy{PolicyArn: shape.Ptr(arn), PolicyName: &name}
	}
	return out
}

// pathOfARN is the path in the ARN of an entity.
func pathOfARN(arn string) string {
	a, _ := awsid.ParseARN(arn)
	_, path, _, _ := awsid.SplitPath(a.Resource)
	return path
}
