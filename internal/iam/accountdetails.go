package iam

import (
	"iter"
	"slices"
	"strings"

	"github.com/aratame/aratame/internal/account"
	"github.com/aratame/aratame/internal/api"
	"github.com/aratame/aratame/internal/shape"
	"github.com/aratame/aratame/internal/shape/iamshape"
)

func (s *Service) accountDetails() []api.Op {
	return []api.Op{api.Read(iamshape.OpGetAccountAuthorizationDetails, anything, s.getAccountAuthorizationDetails)}
}

// A detail is one item of GetAccountAuthorizationDetails; one of the four is
// set.
type detail struct {
	user   *account.User
	group  *account.Group
	role   *account.Role
	policy managed
}

// The kinds of details in the order in which they are listed: it is that of the
// first byte of their keys.
const (
	detailUser   = "0"
	detailGroup  = "1"
	detailRole   = "2"
	detailPolicy = "3" // followed by a policy's own key
)

func (d detail) key() string {
	switch {
	case d.user != nil:
		return detailUser + nameKey(d.user.Name)
	case d.group != nil:
		return detailGroup + nameKey(d.group.Name)
	case d.role != nil:
		return detailRole + nameKey(d.role.Name)
	}
	return detailPolicy + d.policy.key()
}

// getAccountAuthorizationDetails lists users, groups, roles and policies with
// all that says what they may do. Without a filter the policies of AWS are
// those that something uses; with AWSManagedPolicy in it they are all.
func (s *Service) getAccountAuthorizationDetails(c *api.Call, v *account.View, in *iamshape.GetAccountAuthorizationDetailsInput) (*iamshape.GetAccountAuthorizationDetailsOutput, error) {
	filter := slices.Compact(slices.Sorted(slices.Values(in.Filter)))
	p, err := s.page(c, v, in.Marker, in.MaxItems, shape.Ptr(strings.Join(filter, ",")))
	if err != nil {
		return nil, err
	}
	out := &iamshape.GetAccountAuthorizationDetailsOutput{
		UserDetailList: []iamshape.UserDetail{}, GroupDetailList: []iamshape.GroupDetail{},
		RoleDetailList: []iamshape.RoleDetail{}, Policies: []iamshape.ManagedPolicyDetail{},
	}
	for _, d := range take(p, accountDetails(v, filter, p.after), detail.key) {
		switch {
		case d.user != nil:
			out.UserDetailList = append(out.UserDetailList, userDetail(v, d.user))
		case d.group != nil:
			out.GroupDetailList = append(out.GroupDetailList, groupDetail(v, d.group))
		case d.role != nil:
			r, err := s.roleDetail(c, v, d.role)
			if err != nil {
				return nil, err
			}
			out.RoleDetailList = append(out.RoleDetailList, r)
		default:
			out.Policies = append(out.Policies, d.policy.detail(v))
		}
	}
	out.IsTruncated, out.Marker = p.truncated(), p.marker()
	return out, nil
}

// accountDetails yields what the filter asks for, in the order of keys, from about the
// position after.
func accountDetails(v *account.View, filter []string, after string) iter.Seq[detail] {
	wants := func(kind string) bool { return len(filter) == 0 || slices.Contains(filter, kind) }
	// rest is the place in the kind at which to begin; ok is false when the
	// page is past the kind.
	rest := func(kind string) (name string, ok bool) {
		if name, is := strings.CutPrefix(after, kind); is {
			return name, true
		}
		return "", after < kind
	}
	return func(yield func(detail) bool) {
		if name, ok := rest(detailUser); ok && wants(iamshape.EntityTypeUser) {
			for u := range v.Users(name) {
				if !yield(detail{user: u}) {
					return
				}
			}
		}
		if name, ok := rest(detailGroup); ok && wants(iamshape.EntityTypeGroup) {
			for g := range v.Groups(name) {
				if !yield(detail{group: g}) {
					return
				}
			}
		}
		if name, ok := rest(detailRole); ok && wants(iamshape.EntityTypeRole) {
			for r := range v.Roles(name) {
				if !yield(detail{role: r}) {
					return
				}
			}
		}
		scope, every := "All", slices.Contains(filter, iamshape.EntityTypeAWSManagedPolicy)
		switch local := wants(iamshape.EntityTypeLocalManagedPolicy); {
		case !local && !every:
			return
		case !local:
			scope = "AWS"
		case len(filter) > 0 && !every:
			scope = "Local"
		}
		place, _ := rest(detailPolicy)
		for m := range allPolicies(v, scope, place) {
			if m.own == nil && !every && !inUse(v, m.arn) {
				continue
			}
			if !yield(detail{policy: m}) {
				return
			}
		}
	}
}

func inUse(v *account.View, arn string) bool {
	for range v.Uses(arn) {
		return true
	}
	return false
}

func userDetail(v *account.View, u *account.User) iamshape.UserDetail {
	groups := []string{}
	for _, id := range u.Groups {
		groups = append(groups, v.GroupByID(id).Name)
	}
	slices.Sort(groups)
	d := iamshape.UserDetail{
		Arn: shape.Ptr(u.ARN(v.Account())), CreateDate: &u.Created, Path: &u.Path, UserId: &u.ID, UserName: &u.Name,
		GroupList: groups, AttachedManagedPolicies: attachedOut(u.Attached),
		PermissionsBoundary: boundaryOut(u.Boundary), Tags: listTags(u.Tags),
	}
	if len(u.Inline) > 0 {
		d.UserPolicyList = inlineDetails(u.Inline)
	}
	return d
}

func groupDetail(v *account.View, g *account.Group) iamshape.GroupDetail {
	return iamshape.GroupDetail{
		Arn: shape.Ptr(g.ARN(v.Account())), CreateDate: &g.Created, Path: &g.Path, GroupId: &g.ID, GroupName: &g.Name,
		AttachedManagedPolicies: attachedOut(g.Attached), GroupPolicyList: inlineDetails(g.Inline),
	}
}

func (s *Service) roleDetail(c *api.Call, v *account.View, r *account.Role) (iamshape.RoleDetail, error) {
	trust, err := s.shownTrust(c, v, r)
	if err != nil {
		return iamshape.RoleDetail{}, err
	}
	profiles, err := s.profilesOut(c, v, sortedBy(slices.Collect(v.ProfilesOfRole(r.ID)), profileKey))
	if err != nil {
		return iamshape.RoleDetail{}, err
	}
	return iamshape.RoleDetail{
		Arn: shape.Ptr(r.ARN(v.Account())), CreateDate: &r.Created, Path: &r.Path, RoleId: &r.ID, RoleName: &r.Name,
		AssumeRolePolicyDocument: trust, InstanceProfileList: profiles,
		AttachedManagedPolicies: attachedOut(r.Attached), RolePolicyList: inlineDetails(r.Inline),
		PermissionsBoundary: boundaryOut(r.Boundary), RoleLastUsed: s.roleLastUsed(c, r), Tags: listTags(r.Tags),
	}, nil
}

func inlineDetails(inline []account.Inline) []iamshape.PolicyDetail {
	out := make([]iamshape.PolicyDetail, len(inline))
	for i := range inline {
		out[i] = iamshape.PolicyDetail{PolicyName: &inline[i].Name, PolicyDocument: encodeDocument(inline[i].Document)}
	}
	return out
}

// detail is a policy with all its versions, the newest first.
func (m managed) detail(v *account.View) iamshape.ManagedPolicyDetail {
	p := m.out(v)
	d := iamshape.ManagedPolicyDetail{
		Arn: p.Arn, AttachmentCount: p.AttachmentCount, CreateDate: p.CreateDate, DefaultVersionId: p.DefaultVersionId,
		IsAttachable: p.IsAttachable, Path: p.Path, PermissionsBoundaryUsageCount: p.PermissionsBoundaryUsageCount,
		PolicyId: p.PolicyId, PolicyName: p.PolicyName, UpdateDate: p.UpdateDate, PolicyVersionList: []iamshape.PolicyVersion{},
	}
	if m.own != nil && m.own.Description != "" {
		d.Description = &m.own.Description
	}
	texts := m.documents()
	for i, version := range m.versions() {
		out := version.out()
		out.Document = encodeDocument(texts[i])
		d.PolicyVersionList = append(d.PolicyVersionList, out)
	}
	return d
}

// documents are the texts of versions, in their order.
func (m managed) documents() []string {
	if m.aws != nil {
		return m.aws.Documents()
	}
	var out []string
	for _, v := range slices.Backward(m.own.Versions) {
		out = append(out, v.Document)
	}
	return out
}
