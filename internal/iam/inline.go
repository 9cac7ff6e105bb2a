package iam

import (
	"slices"
	"strings"

	"github.com/aratame/aratame/internal/account"
	"github.com/aratame/aratame/internal/api"
	"github.com/aratame/aratame/internal/awserr"
	"github.com/aratame/aratame/internal/awsid"
	"github.com/aratame/aratame/internal/shape/iamshape"
	"github.com/aratame/aratame/policy"
)

func (s *Service) inlinePolicies() []api.Op {
	return []api.Op{
		api.Do(iamshape.OpPutUserPolicy,
			func(_ *api.Call, v *account.View, in *iamshape.PutUserPolicyInput) (api.Target, error) {
				return userOwner.changing(v, in.UserName)
			},
			func(_ *api.Call, tx *account.Tx, in *iamshape.PutUserPolicyInput) error {
				return putInline(tx, userOwner, in.UserName, in.PolicyName, in.PolicyDocument)
			}),
		api.Read(iamshape.OpGetUserPolicy,
			func(_ *api.Call, v *account.View, in *iamshape.GetUserPolicyInput) (api.Target, error) {
				return userOwner.reading(v, in.UserName)
			},
			func(_ *api.Call, v *account.View, in *iamshape.GetUserPolicyInput) (*iamshape.GetUserPolicyOutput, error) {
				o, p, err := getInline(v, userOwner, in.UserName, in.PolicyName)
				if err != nil {
					return nil, err
				}
				return &iamshape.GetUserPolicyOutput{
					UserName: &o.name, PolicyName: &p.Name, PolicyDocument: encodeDocument(p.Document),
				}, nil
			}),
		api.Read(iamshape.OpListUserPolicies,
			func(_ *api.Call, v *account.View, in *iamshape.ListUserPoliciesInput) (api.Target, error) {
				return userOwner.reading(v, in.UserName)
			},
			func(c *api.Call, v *account.View, in *iamshape.ListUserPoliciesInput) (*iamshape.ListUserPoliciesOutput, error) {
				p, names, err := s.listInline(c, v, userOwner, in.UserName, in.Marker, in.MaxItems)
				if err != nil {
					return nil, err
				}
				return &iamshape.ListUserPoliciesOutput{PolicyNames: names, IsTruncated: p.truncated(), Marker: p.marker()}, nil
			}),
		api.Do(iamshape.OpDeleteUserPolicy,
			func(_ *api.Call, v *account.View, in *iamshape.DeleteUserPolicyInput) (api.Target, error) {
				return userOwner.changing(v, in.UserName)
			},
			func(_ *api.Call, tx *account.Tx, in *iamshape.DeleteUserPolicyInput) error {
				return deleteInline(tx, userOwner, in.UserName, in.PolicyName)
			}),
		api.Do(iamshape.OpPutGroupPolicy,
			func(_ *api.Call, v *account.View, in *iamshape.PutGroupPolicyInput) (api.Target, error) {
				return groupOwner.changing(v, in.GroupName)
			},
			func(_ *api.Call, tx *account.Tx, in *iamshape.PutGroupPolicyInput) error {
				return putInline(tx, groupOwner, in.GroupName, in.PolicyName, in.PolicyDocument)
			}),
		api.Read(iamshape.OpGetGroupPolicy,
			func(_ *api.Call, v *account.View, in *iamshape.GetGroupPolicyInput) (api.Target, error) {
				return groupOwner.reading(v, in.GroupName)
			},
			func(_ *api.Call, v *account.View, in *iamshape.GetGroupPolicyInput) (*iamshape.GetGroupPolicyOutput, error) {
				o, p, err := getInline(v, groupOwner, in.GroupName, in.PolicyName)
				if err != nil {
					return nil, err
				}
				return &iamshape.GetGroupPolicyOutput{
					GroupName: &o.name, PolicyName: &p.Name, PolicyDocument: encodeDocument(p.Document),
				}, nil
			}),
		api.Read(iamshape.OpListGroupPolicies,
			func(_ *api.Call, v *account.View, in *iamshape.ListGroupPoliciesInput) (api.Target, error) {
				return groupOwner.reading(v, in.GroupName)
			},
			func(c *api.Call, v *account.View, in *iamshape.ListGroupPoliciesInput) (*iamshape.ListGroupPoliciesOutput, error) {
				p, names, err := s.listInline(c, v, groupOwner, in.GroupName, in.Marker, in.MaxItems)
				if err != nil {
					return nil, err
				}
				return &iamshape.ListGroupPoliciesOutput{PolicyNames: names, IsTruncated: p.truncated(), Marker: p.marker()}, nil
			}),
		api.Do(iamshape.OpDeleteGroupPolicy,
			func(_ *api.Call, v *account.View, in *iamshape.DeleteGroupPolicyInput) (api.Target, error) {
				return groupOwner.changing(v, in.GroupName)
			},
			func(_ *api.Call, tx *account.Tx, in *iamshape.DeleteGroupPolicyInput) error {
				return deleteInline(tx, groupOwner, in.GroupName, in.PolicyName)
			}),
		api.Do(iamshape.OpPutRolePolicy,
			func(_ *api.Call, v *account.View, in *iamshape.PutRolePolicyInput) (api.Target, error) {
				return roleOwner.changing(v, in.RoleName)
			},
			func(_ *api.Call, tx *account.Tx, in *iamshape.PutRolePolicyInput) error {
				return putInline(tx, roleOwner, in.RoleName, in.PolicyName, in.PolicyDocument)
			}),
		api.Read(iamshape.OpGetRolePolicy,
			func(_ *api.Call, v *account.View, in *iamshape.GetRolePolicyInput) (api.Target, error) {
				return roleOwner.reading(v, in.RoleName)
			},
			func(_ *api.Call, v *account.View, in *iamshape.GetRolePolicyInput) (*iamshape.GetRolePolicyOutput, error) {
				o, p, err := getInline(v, roleOwner, in.RoleName, in.PolicyName)
				if err != nil {
					return nil, err
				}
				return &iamshape.GetRolePolicyOutput{
					RoleName: &o.name, PolicyName: &p.Name, PolicyDocument: encodeDocument(p.Document),
				}, nil
			}),
		api.Read(iamshape.OpListRolePolicies,
			func(_ *api.Call, v *account.View, in *iamshape.ListRolePoliciesInput) (api.Target, error) {
				return roleOwner.reading(v, in.RoleName)
			},
			func(c *api.Call, v *account.View, in *iamshape.ListRolePoliciesInput) (*iamshape.ListRolePoliciesOutput, error) {
				p, names, err := s.listInline(c, v, roleOwner, in.RoleName, in.Marker, in.MaxItems)
				if err != nil {
					return nil, err
				}
				return &iamshape.ListRolePoliciesOutput{PolicyNames: names, IsTruncated: p.truncated(), Marker: p.marker()}, nil
			}),
		api.Do(iamshape.OpDeleteRolePolicy,
			func(_ *api.Call, v *account.View, in *iamshape.DeleteRolePolicyInput) (api.Target, error) {
				return roleOwner.changing(v, in.RoleName)
			},
			func(_ *api.Call, tx *account.Tx, in *iamshape.DeleteRolePolicyInput) error {
				return deleteInline(tx, roleOwner, in.RoleName, in.PolicyName)
			}),
	}
}

// findInline is slices.BinarySearchFunc over policies, which are sorted by name,
// but that a name is found without regard to case, too. An account imported from
// elsewhere can have names that differ by case alone: the exact one comes first.
func findInline(policies []account.Inline, name string) (int, bool) {
	i, found := slices.BinarySearchFunc(policies, name, func(p account.Inline, name string) int {
		return strings.Compare(p.Name, name)
	})
	if !found {
		fold := awsid.Fold(name)
		if j := slices.IndexFunc(policies, func(p account.Inline) bool { return awsid.Fold(p.Name) == fold }); j >= 0 {
			return j, true
		}
	}
	return i, found
}

// putInline adds a policy to its owner or replaces the one of that name, which
// keeps its spelling.
func putInline(tx *account.Tx, k *ownerKind, name, policyName, document string) error {
	o, err := k.change(tx.View(), name)
	if err != nil {
		return err
	}
	if _, err := parseDocument(document, policy.Identity); err != nil {
		return err
	}
	i, found := findInline(*o.inline, policyName)
	if found {
		(*o.inline)[i].Document = document
	} else {
		*o.inline = slices.Insert(*o.inline, i, account.Inline{Name: policyName, Document: document})
	}
	size, err := inlineSize(*o.inline)
	if err != nil {
		return err
	}
	if size > k.inlineSize {
		return awserr.Newf("LimitExceeded", "Maximum policy size of %d bytes exceeded for %s %s", k.inlineSize, k.word, o.name)
	}
	o.save(tx)
	return nil
}

// inlineSize counts policies as their quota does: all of one owner together,
// without white space.
func inlineSize(policies []account.Inline) (n int, err error) {
	for _, p := range policies {
		doc, err := policy.ParseStored(p.Document, policy.Identity)
		if err != nil {
			return 0, err
		}
		n += doc.Size()
	}
	return n, nil
}

// getInline gives a policy by the name that the request has for it.
func getInline(v *account.View, k *ownerKind, name, policyName string) (*owner, *account.Inline, error) {
	o, err := k.find(v, name)
	if err != nil {
		return nil, nil, err
	}
	i, found := findInline(*o.inline, policyName)
	if !found {
		return nil, nil, k.noInline(policyName)
	}
	return o, &account.Inline{Name: policyName, Document: (*o.inline)[i].Document}, nil
}

func (k *ownerKind) noInline(policyName string) error {
	return awserr.Newf("NoSuchEntity", "The %s policy with name %s cannot be found.", k.word, policyName)
}

func (s *Service) listInline(c *api.Call, v *account.View, k *ownerKind, name string, marker *string, maxItems *int32) (*page, []string, error) {
	o, err := k.find(v, name)
	if err != nil {
		return nil, nil, err
	}
	p, err := s.page(c, v, marker, maxItems, &o.name)
	if err != nil {
		return nil, nil, err
	}
	names := make([]string, len(*o.inline))
	for i, q := range *o.inline {
		names[i] = q.Name
	}
	return p, take(p, slices.Values(names), func(name string) string { return name }), nil
}

func deleteInline(tx *account.Tx, k *ownerKind, name, policyName string) error {
	o, err := k.change(tx.View(), name)
	if err != nil {
		return err
	}
	i, found := findInline(*o.inline, policyName)
	if !found {
		return k.noInline(policyName)
	}
	*o.inline = slices.Delete(*o.inline, i, i+1)
	o.save(tx)
	return nil
}
