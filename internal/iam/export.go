package iam

import (
	"context"
	"net/url"
	"time"

	"github.com/aratame/aratame/internal/account"
	"github.com/aratame/aratame/internal/api"
	"github.com/aratame/aratame/internal/mirror"
	"github.com/aratame/aratame/internal/shape/iamshape"
)

// Export is the account in the form of GetAccountAuthorizationDetails without a
// filter, with what that leaves out and mirror.Plan reads.
func (s *Service) Export(ctx context.Context, v *account.View, now time.Time) (*mirror.File, error) {
	c := &api.Call{Context: ctx, Now: now}
	f := &mirror.File{UserDetailList: []mirror.User{}, GroupDetailList: []mirror.Group{}, RoleDetailList: []mirror.Role{}, Policies: []mirror.Policy{}}
	for d := range accountDetails(v, nil, "") {
		switch {
		case d.user != nil:
			f.UserDetailList = append(f.UserDetailList, exportUser(v, d.user))
		case d.group != nil:
			f.GroupDetailList = append(f.GroupDetailList, mirror.Group{
				Path: d.group.Path, GroupName: d.group.Name, GroupID: d.group.ID, ARN: d.group.ARN(v.Account()), CreateDate: d.group.Created,
				GroupPolicyList: exportInline(d.group.Inline), AttachedManagedPolicies: exportAttached(d.group.Attached),
			})
		case d.role != nil:
			r, err := s.exportRole(c, v, d.role)
			if err != nil {
				return nil, err
			}
			f.RoleDetailList = append(f.RoleDetailList, r)
		default:
			f.Policies = append(f.Policies, exportPolicy(v, d.policy))
		}
	}
	return f, nil
}

func exportUser(v *account.View, u *account.User) mirror.User {
	d := userDetail(v, u)
	return mirror.User{
		Path: u.Path, UserName: u.Name, UserID: u.ID, ARN: *d.Arn, CreateDate: u.Created, UserPolicyList: exportInline(u.Inline),
		GroupList: d.GroupList, AttachedManagedPolicies: exportAttached(u.Attached),
		PermissionsBoundary: exportBoundary(u.Boundary), Tags: exportTags(u.Tags),
	}
}

func (s *Service) exportRole(c *api.Call, v *account.View, r *account.Role) (out mirror.Role, err error) {
	d, err := s.roleDetail(c, v, r)
	if err != nil {
		return out, err
	}
	trust, err := exportDocument(d.AssumeRolePolicyDocument)
	if err != nil {
		return out, err
	}
	out = mirror.Role{
		Path: r.Path, RoleName: r.Name, RoleID: r.ID, ARN: *d.Arn, CreateDate: r.Created, AssumeRolePolicyDocument: trust,
		InstanceProfileList: []mirror.Profile{}, RolePolicyList: exportInline(r.Inline), AttachedManagedPolicies: exportAttached(r.Attached),
		PermissionsBoundary: exportBoundary(r.Boundary), Tags: exportTags(r.Tags), RoleLastUsed: exportLastUsed(d.RoleLastUsed),
		Description: r.Description, MaxSessionDuration: r.MaxSession,
	}
	ref := mirror.RoleRef{Path: r.Path, RoleName: r.Name, RoleID: r.ID, ARN: *d.Arn, CreateDate: r.Created, AssumeRolePolicyDocument: trust}
	for p := range v.ProfilesOfRole(r.ID) {
		profile := mirror.Profile{
			Path: p.Path, InstanceProfileName: p.Name, InstanceProfileID: p.ID, ARN: p.ARN(v.Account()), CreateDate: p.Created, Roles: []mirror.RoleRef{ref},
		}
		if len(p.Tags) > 0 {
			profile.Tags = exportTags(p.Tags)
		}
		out.InstanceProfileList = append(out.InstanceProfileList, profile)
	}
	return out, nil
}

func exportLastUsed(used *iamshape.RoleLastUsed) *mirror.LastUsed {
	out := &mirror.LastUsed{LastUsedDate: used.LastUsedDate}
	if used.Region != nil {
		out.Region = *used.Region
	}
	return out
}

func exportPolicy(v *account.View, m managed) mirror.Policy {
	p, texts := m.out(v), m.documents()
	out := mirror.Policy{
		PolicyName: *p.PolicyName, PolicyID: *p.PolicyId, ARN: *p.Arn, Path: *p.Path, DefaultVersionID: *p.DefaultVersionId,
		AttachmentCount: int(*p.AttachmentCount), PermissionsBoundaryUsageCount: int(*p.PermissionsBoundaryUsageCount),
		IsAttachable: *p.IsAttachable, CreateDate: *p.CreateDate, UpdateDate: *p.UpdateDate, PolicyVersionList: []mirror.Version{},
	}
	if m.own != nil {
		out.Description = m.own.Description
		if len(m.own.Tags) > 0 {
			out.Tags = exportTags(m.own.Tags)
		}
	}
	for i, w := range m.versions() {
		out.PolicyVersionList = append(out.PolicyVersionList, mirror.Version{
			Document: mirror.Document(texts[i]), VersionID: w.id, IsDefaultVersion: w.current, CreateDate: w.created,
		})
	}
	return out
}

func exportDocument(encoded *string) (mirror.Document, error) {
	text, err := url.PathUnescape(*encoded)
	return mirror.Document(text), err
}

func exportInline(inline []account.Inline) []mirror.PolicyDetail {
	out := make([]mirror.PolicyDetail, len(inline))
	for i, p := range inline {
		out[i] = mirror.PolicyDetail{PolicyName: p.Name, PolicyDocument: mirror.Document(p.Document)}
	}
	return out
}

func exportAttached(arns []string) []mirror.Attached {
	out := []mirror.Attached{}
	for _, a := range attachedOut(arns) {
		out = append(out, mirror.Attached{PolicyName: *a.PolicyName, PolicyARN: *a.PolicyArn})
	}
	return out
}

func exportBoundary(arn string) *mirror.Boundary {
	b := boundaryOut(arn)
	if b == nil {
		return nil
	}
	return &mirror.Boundary{Type: *b.PermissionsBoundaryType, ARN: *b.PermissionsBoundaryArn}
}

func exportTags(tags []account.Tag) []mirror.Tag {
	out := make([]mirror.Tag, len(tags))
	for i, t := range tags {
		out[i] = mirror.Tag{Key: t.Key, Value: t.Value}
	}
	return out
}
