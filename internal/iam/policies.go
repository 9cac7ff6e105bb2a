package iam

import (
	"iter"
	"strings"

	"github.com/aratame/aratame/internal/account"
	"github.com/aratame/aratame/internal/api"
	"github.com/aratame/aratame/internal/awserr"
	"github.com/aratame/aratame/internal/awsid"
	"github.com/aratame/aratame/internal/managedpolicy"
	"github.com/aratame/aratame/internal/shape"
	"github.com/aratame/aratame/internal/shape/iamshape"
	"github.com/aratame/aratame/policy"
)

func (s *Service) policies() []api.Op {
	return []api.Op{
		api.Write(iamshape.OpCreatePolicy, onNewPolicy, s.createPolicy),
		api.Read(iamshape.OpGetPolicy, policyTargetOf(func(in *iamshape.GetPolicyInput) string { return in.PolicyArn }), getPolicy),
		api.Read(iamshape.OpListPolicies, anything, s.listPolicies),
		api.Do(iamshape.OpDeletePolicy, policyTargetOf(func(in *iamshape.DeletePolicyInput) string { return in.PolicyArn }), deletePolicy),
		api.Do(iamshape.OpTagPolicy, onPolicyTags, tagPolicy),
		api.Do(iamshape.OpUntagPolicy, onPolicyUntag, untagPolicy),
		api.Read(iamshape.OpListPolicyTags, policyTargetOf(func(in *iamshape.ListPolicyTagsInput) string { return in.PolicyArn }), s.listPolicyTags),
		api.Read(iamshape.OpListEntitiesForPolicy,
			policyTargetOf(func(in *iamshape.ListEntitiesForPolicyInput) string { return in.PolicyArn }), s.listEntitiesForPolicy),
	}
}

func onNewPolicy(_ *api.Call, v *account.View, in *iamshape.CreatePolicyInput) (api.Target, error) {
	return withNewTags(newTarget(v, "policy", in.Path, in.PolicyName), "iam:TagPolicy", in.Tags), nil
}

func onPolicyTags(_ *api.Call, v *account.View, in *iamshape.TagPolicyInput) (api.Target, error) {
	t, err := onPolicy(v, in.PolicyArn)
	t.RequestTags = tagsFrom(in.Tags)
	return t, err
}

func onPolicyUntag(_ *api.Call, v *account.View, in *iamshape.UntagPolicyInput) (api.Target, error) {
	t, err := onPolicy(v, in.PolicyArn)
	t.TagKeys = in.TagKeys
	return t, err
}

// checkManagedDocument validates a document for a managed policy.
func checkManagedDocument(text string) error {
	doc, err := parseDocument(text, policy.Identity)
	if err != nil {
		return err
	}
	if doc.Size() > account.MaxPolicySize {
		return errQuota("PolicySize", account.MaxPolicySize)
	}
	return nil
}

func (s *Service) createPolicy(c *api.Call, tx *account.Tx, in *iamshape.CreatePolicyInput) (*iamshape.CreatePolicyOutput, error) {
	v := tx.View()
	if err := checkManagedDocument(in.PolicyDocument); err != nil {
		return nil, err
	}
	tags, err := exactTags.add(nil, in.Tags)
	if err != nil {
		return nil, err
	}
	if v.Policy(in.PolicyName) != nil {
		return nil, awserr.Newf("EntityAlreadyExists", "A policy called %s already exists. Duplicate names are not allowed.", in.PolicyName)
	}
	if n := s.Quotas.Policies; v.Count().Policies >= n {
		return nil, errQuota("PoliciesPerAccount", n)
	}
	if err := checkVersionsInUse(v); err != nil {
		return nil, err
	}
	p := &account.Policy{
		ID: awsid.NewEntityID(c.Rand, awsid.PolicyPrefix, v.Account()), Name: in.PolicyName, Path: pathOr(in.Path, "/"),
		Created: c.Seconds(), Updated: c.Seconds(), Description: shape.Value(in.Description), Tags: tags,
		Default: 1, Last: 1, Versions: []account.Version{{N: 1, Document: in.PolicyDocument, Created: c.Seconds()}},
	}
	tx.PutPolicy(p)
	out := managed{arn: p.ARN(v.Account()), own: p}.out(v)
	out.Tags = tagsOut(p.Tags)
	return &iamshape.CreatePolicyOutput{Policy: &out}, nil
}

func getPolicy(_ *api.Call, v *account.View, in *iamshape.GetPolicyInput) (*iamshape.GetPolicyOutput, error) {
	m, ok := managedPolicy(v, in.PolicyArn)
	if !ok {
		return nil, errPolicyNotFound(in.PolicyArn)
	}
	out := m.out(v)
	out.Tags = listTags(m.tags())
	if m.own != nil && m.own.Description != "" {
		out.Description = &m.own.Description
	}
	return &iamshape.GetPolicyOutput{Policy: &out}, nil
}

// A listing of policies has the account's own first, then those of AWS, each
// by name.
const (
	ownFirst = "0"
	awsThen  = "1"
)

func (m managed) key() string {
	if m.own != nil {
		return ownFirst + nameKey(m.name())
	}
	return awsThen + nameKey(m.name())
}

func (s *Service) listPolicies(c *api.Call, v *account.View, in *iamshape.ListPoliciesInput) (*iamshape.ListPoliciesOutput, error) {
	only := shape.Ptr("all")
	if shape.Value(in.OnlyAttached) {
		only = shape.Ptr("attached")
	}
	p, err := s.page(c, v, in.Marker, in.MaxItems, in.Scope, only, in.PathPrefix, in.PolicyUsageFilter)
	if err != nil {
		return nil, err
	}
	some := where(allPolicies(v, shape.Value(in.Scope), p.after), func(m managed) bool {
		return underPath(m.path(), in.PathPrefix) && usedAs(v, m.arn, shape.Value(in.OnlyAttached), in.PolicyUsageFilter)
	})
	out := &iamshape.ListPoliciesOutput{Policies: []iamshape.Policy{}}
	for _, m := range take(p, some, managed.key) {
		out.Policies = append(out.Policies, m.out(v))
	}
	out.IsTruncated, out.Marker = p.truncated(), p.marker()
	return out, nil
}

// allPolicies yields the managed policies of a scope ("All" or "", "AWS",
// "Local") from about the position after, in the order of their keys.
func allPolicies(v *account.View, scope, after string) iter.Seq[managed] {
	return func(yield func(managed) bool) {
		if name, ok := strings.CutPrefix(after, ownFirst); scope != "AWS" && (ok || after == "") {
			for p := range v.Policies(name) {
				if !yield(managed{arn: p.ARN(v.Account()), own: p}) {
					return
				}
			}
		}
		if scope == "Local" {
			return
		}
		for _, p := range managedpolicy.List() {
			if !yield(managed{arn: p.ARN, aws: p}) {
				return
			}
		}
	}
}

// usedAs reports whether a policy passes the filters of ListPolicies: the usage
// filter asks for a use of that kind, OnlyAttached for a use as permissions
// policy unless the filter names the other kind.
func usedAs(v *account.View, arn string, onlyAttached bool, usage *string) bool {
	if !onlyAttached && usage == nil {
		return true
	}
	attached, boundary := v.UseCount(arn)
	if shape.Value(usage) == iamshape.PolicyUsageTypePermissionsBoundary {
		return boundary > 0
	}
	return attached > 0
}

func deletePolicy(_ *api.Call, tx *account.Tx, in *iamshape.DeletePolicyInput) error {
	p, err := ownPolicy(tx.View(), in.PolicyArn, "delete policies")
	if err != nil {
		return err
	}
	for range tx.View().Uses(in.PolicyArn) {
		return awserr.New("DeleteConflict", "Cannot delete a policy attached to entities.")
	}
	if len(p.Versions) > 1 {
		return awserr.New("DeleteConflict", "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy.")
	}
	tx.DeletePolicy(p)
	return nil
}

func tagPolicy(_ *api.Call, tx *account.Tx, in *iamshape.TagPolicyInput) error {
	p, err := ownPolicy(tx.View(), in.PolicyArn, "tag policies")
	if err != nil {
		return err
	}
	if p.Tags, err = exactTags.addSome(p.Tags, in.Tags); err != nil {
		return err
	}
	tx.PutPolicy(p)
	return nil
}

func untagPolicy(_ *api.Call, tx *account.Tx, in *iamshape.UntagPolicyInput) error {
	p, err := ownPolicy(tx.View(), in.PolicyArn, "untag policies")
	if err != nil {
		return err
	}
	p.Tags = exactTags.remove(p.Tags, in.TagKeys)
	tx.PutPolicy(p)
	return nil
}

func (s *Service) listPolicyTags(c *api.Call, v *account.View, in *iamshape.ListPolicyTagsInput) (*iamshape.ListPolicyTagsOutput, error) {
	m, ok := managedPolicy(v, in.PolicyArn)
	if !ok {
		return nil, errPolicyNotFound(in.PolicyArn)
	}
	p, err := s.page(c, v, in.Marker, in.MaxItems, &in.PolicyArn)
	if err != nil {
		return nil, err
	}
	tags := takeTags(p, m.tags())
	return &iamshape.ListPolicyTagsOutput{Tags: tags, IsTruncated: p.truncated(), Marker: p.marker()}, nil
}

func (s *Service) listEntitiesForPolicy(c *api.Call, v *account.View, in *iamshape.ListEntitiesForPolicyInput) (*iamshape.ListEntitiesForPolicyOutput, error) {
	if _, ok := managedPolicy(v, in.PolicyArn); !ok {
		return nil, errNoSuchAttachable(in.PolicyArn)
	}
	p, err := s.page(c, v, in.Marker, in.MaxItems, &in.PolicyArn, in.EntityFilter, in.PathPrefix, in.PolicyUsageFilter)
	if err != nil {
		return nil, err
	}
	some := where(v.Uses(in.PolicyArn), func(u account.Use) bool { return wantedUse(u, in) })
	out := &iamshape.ListEntitiesForPolicyOutput{
		PolicyGroups: []iamshape.PolicyGroup{}, PolicyRoles: []iamshape.PolicyRole{}, PolicyUsers: []iamshape.PolicyUser{},
	}
	for _, u := range take(p, some, useKey) {
		switch {
		case u.Group != nil:
			out.PolicyGroups = append(out.PolicyGroups, iamshape.PolicyGroup{GroupId: &u.Group.ID, GroupName: &u.Group.Name})
		case u.Role != nil:
			out.PolicyRoles = append(out.PolicyRoles, iamshape.PolicyRole{RoleId: &u.Role.ID, RoleName: &u.Role.Name})
		case u.User != nil:
			out.PolicyUsers = append(out.PolicyUsers, iamshape.PolicyUser{UserId: &u.User.ID, UserName: &u.User.Name})
		}
	}
	out.IsTruncated, out.Marker = p.truncated(), p.marker()
	return out, nil
}

// useKey is in the order of View.Uses.
func useKey(u account.Use) string {
	switch {
	case u.Group != nil:
		return "group/" + u.Group.ID
	case u.Role != nil:
		return "role/" + u.Role.ID
	}
	return "user/" + u.User.ID
}

// wantedUse holds a use against the filters. EntityFilter's two kinds of
// policies are legal and find no entity.
func wantedUse(u account.Use, in *iamshape.ListEntitiesForPolicyInput) bool {
	switch shape.Value(in.PolicyUsageFilter) {
	case iamshape.PolicyUsageTypePermissionsPolicy:
		if !u.Policy {
			return false
		}
	case iamshape.PolicyUsageTypePermissionsBoundary:
		if !u.Boundary {
			return false
		}
	}
	var kind, path string
	switch {
	case u.Group != nil:
		kind, path = iamshape.EntityTypeGroup, u.Group.Path
	case u.Role != nil:
		kind, path = iamshape.EntityTypeRole, u.Role.Path
	case u.User != nil:
		kind, path = iamshape.EntityTypeUser, u.User.Path
	}
	return (in.EntityFilter == nil || *in.EntityFilter == kind) && underPath(path, in.PathPrefix)
}
