package iam

import (
	"strings"
	"time"

	"github.com/aratame/aratame/internal/account"
	"github.com/aratame/aratame/internal/api"
	"github.com/aratame/aratame/internal/awserr"
	"github.com/aratame/aratame/internal/awsid"
	"github.com/aratame/aratame/internal/shape"
	"github.com/aratame/aratame/internal/shape/iamshape"
	"github.com/aratame/aratame/internal/usage"
)

func (s *Service) roles() []api.Op {
	return []api.Op{
		api.Write(iamshape.OpCreateRole, onNewRole, s.createRole),
		api.Read(iamshape.OpGetRole, onBoundedRole(func(in *iamshape.GetRoleInput) string { return in.RoleName }), s.getRole),
		api.Read(iamshape.OpListRoles, anything, s.listRoles),
		api.Do(iamshape.OpUpdateRole, onBoundedRole(func(in *iamshape.UpdateRoleInput) string { return in.RoleName }), updateRole),
		api.Write(iamshape.OpUpdateRoleDescription,
			onBoundedRole(func(in *iamshape.UpdateRoleDescriptionInput) string { return in.RoleName }), s.updateRoleDescription),
		api.Do(iamshape.OpUpdateAssumeRolePolicy,
			onBoundedRole(func(in *iamshape.UpdateAssumeRolePolicyInput) string { return in.RoleName }), s.updateAssumeRolePolicy),
		api.Do(iamshape.OpDeleteRole, onBoundedRole(func(in *iamshape.DeleteRoleInput) string { return in.RoleName }), deleteRole),
		api.Do(iamshape.OpTagRole, onRoleTags, tagRole),
		api.Do(iamshape.OpUntagRole, onRoleUntag, untagRole),
		api.Read(iamshape.OpListRoleTags, onRole(func(in *iamshape.ListRoleTagsInput) string { return in.RoleName }), s.listRoleTags),
	}
}

func onRole[I any](name func(in *I) string) api.TargetFunc[I] {
	return func(_ *api.Call, v *account.View, in *I) (api.Target, error) { return roleTarget(v, name(in)), nil }
}

// onBoundedRole is onRole for actions that also know the boundary of the role.
func onBoundedRole[I any](name func(in *I) string) api.TargetFunc[I] {
	return func(_ *api.Call, v *account.View, in *I) (api.Target, error) { return roleOwner.changing(v, name(in)) }
}

func onNewRole(_ *api.Call, v *account.View, in *iamshape.CreateRoleInput) (api.Target, error) {
	t := withKey(newTarget(v, "role", in.Path, in.RoleName), keyBoundary, in.PermissionsBoundary)
	return withNewTags(t, "iam:TagRole", in.Tags), nil
}

func onRoleTags(_ *api.Call, v *account.View, in *iamshape.TagRoleInput) (api.Target, error) {
	t := roleTarget(v, in.RoleName)
	t.RequestTags = tagsFrom(in.Tags)
	return t, nil
}

func onRoleUntag(_ *api.Call, v *account.View, in *iamshape.UntagRoleInput) (api.Target, error) {
	t := roleTarget(v, in.RoleName)
	t.TagKeys = in.TagKeys
	return t, nil
}

// changeRole gives a copy of a role that isn't a service's own.
func changeRole(v *account.View, name string) (*account.Role, error) {
	r, err := findRole(v, name)
	if err != nil {
		return nil, err
	}
	if r.ServiceLinked() {
		return nil, errProtected(r.Name)
	}
	return r.Clone(), nil
}

// reservedPaths are those of roles that AWS makes itself.
var reservedPaths = []string{"/aws-service-role/", "/aws-reserved/"}

func checkRolePath(path string) error {
	for _, p := range reservedPaths {
		if strings.HasPrefix(path, p) {
			return awserr.Newf("InvalidInput", "The path %s is reserved for roles that AWS services create.", p)
		}
	}
	return nil
}

func (s *Service) createRole(c *api.Call, tx *account.Tx, in *iamshape.CreateRoleInput) (*iamshape.CreateRoleOutput, error) {
	v := tx.View()
	path := pathOr(in.Path, "/")
	if err := checkRolePath(path); err != nil {
		return nil, err
	}
	trustIDs, err := s.newTrust(c, v, in.AssumeRolePolicyDocument)
	if err != nil {
		return nil, err
	}
	tags, err := foldedTags.add(nil, in.Tags)
	if err != nil {
		return nil, err
	}
	if err := checkBoundary(v, in.PermissionsBoundary); err != nil {
		return nil, err
	}
	if v.Role(in.RoleName) != nil {
		return nil, awserr.Newf("EntityAlreadyExists", "Role with name %s already exists.", in.RoleName)
	}
	if n := s.Quotas.Roles; v.Count().Roles >= n {
		return nil, errQuota("RolesPerAccount", n)
	}
	r := &account.Role{
		ID: newID(c, v, awsid.RolePrefix, func(id string) bool { return v.RoleByID(id) != nil }), Name: in.RoleName, Path: path, Created: c.Seconds(),
		Description: in.Description, MaxSession: account.MinMaxSession, Trust: in.AssumeRolePolicyDocument, TrustIDs: trustIDs,
		Boundary: shape.Value(in.PermissionsBoundary), Tags: tags,
	}
	if in.MaxSessionDuration != nil {
		r.MaxSession = int(*in.MaxSessionDuration)
	}
	tx.PutRole(r)
	out := roleOut(v, r, encodeDocument(r.Trust))
	out.Tags, out.PermissionsBoundary = tagsOut(r.Tags), boundaryOut(r.Boundary)
	return &iamshape.CreateRoleOutput{Role: &out}, nil
}

// roleOut is what every answer shows of a role. What only some show is left to
// them.
func roleOut(v *account.View, r *account.Role, trust *string) iamshape.Role {
	return iamshape.Role{
		Arn: shape.Ptr(r.ARN(v.Account())), AssumeRolePolicyDocument: trust, CreateDate: &r.Created,
		Path: &r.Path, RoleId: &r.ID, RoleName: &r.Name,
	}
}

// shownRole is roleOut with the trust policy as it reads now.
func (s *Service) shownRole(c *api.Call, v *account.View, r *account.Role) (iamshape.Role, error) {
	trust, err := s.shownTrust(c, v, r)
	if err != nil {
		return iamshape.Role{}, err
	}
	return roleOut(v, r, trust), nil
}

func (s *Service) getRole(c *api.Call, v *account.View, in *iamshape.GetRoleInput) (*iamshape.GetRoleOutput, error) {
	r, err := findRole(v, in.RoleName)
	if err != nil {
		return nil, err
	}
	out, err := s.shownRole(c, v, r)
	if err != nil {
		return nil, err
	}
	out.MaxSessionDuration, out.Description = shape.Ptr(int32(r.MaxSession)), r.Description
	out.Tags, out.PermissionsBoundary = tagsOut(r.Tags), boundaryOut(r.Boundary)
	out.RoleLastUsed, out.SourceRoleTemplate = s.roleLastUsed(c, r), sourceOut(r.Source)
	return &iamshape.GetRoleOutput{Role: &out}, nil
}

// usedRoleDays is how long AWS remembers when a role was last used (IAM User
// Guide, "Refine permissions using last accessed information").
const usedRoleDays = 400

// roleLastUsed is empty, not absent, for a role that hasn't been used.
func (s *Service) roleLastUsed(c *api.Call, r *account.Role) *iamshape.RoleLastUsed {
	last, ok := s.Usage.Last(usage.Role, r.ID)
	if !ok || c.Now.Sub(last.Time) > usedRoleDays*24*time.Hour {
		return &iamshape.RoleLastUsed{}
	}
	return &iamshape.RoleLastUsed{LastUsedDate: &last.Time, Region: &last.Region}
}

func (s *Service) listRoles(c *api.Call, v *account.View, in *iamshape.ListRolesInput) (*iamshape.ListRolesOutput, error) {
	p, err := s.page(c, v, in.Marker, in.MaxItems, in.PathPrefix)
	if err != nil {
		return nil, err
	}
	roles := take(p, where(v.Roles(p.after), func(r *account.Role) bool { return underPath(r.Path, in.PathPrefix) }),
		func(r *account.Role) string { return nameKey(r.Name) })
	out := &iamshape.ListRolesOutput{Roles: make([]iamshape.Role, len(roles)), IsTruncated: p.truncated(), Marker: p.marker()}
	for i, r := range roles {
		if out.Roles[i], err = s.shownRole(c, v, r); err != nil {
			return nil, err
		}
		out.Roles[i].MaxSessionDuration, out.Roles[i].Description = shape.Ptr(int32(r.MaxSession)), r.Description
	}
	return out, nil
}

// updateRole keeps what the request leaves out. Of a service-linked role only
// the description may change.
func updateRole(_ *api.Call, tx *account.Tx, in *iamshape.UpdateRoleInput) error {
	r, err := findRole(tx.View(), in.RoleName)
	if err != nil {
		return err
	}
	r = r.Clone()
	if in.MaxSessionDuration != nil {
		if r.ServiceLinked() {
			return awserr.Newf("UnmodifiableEntity", "%s is an AWS service linked role, max session duration cannot be changed.", r.Name)
		}
		r.MaxSession = int(*in.MaxSessionDuration)
	}
	if in.Description != nil {
		r.Description = in.Description
	}
	tx.PutRole(r)
	return nil
}

func (s *Service) updateRoleDescription(c *api.Call, tx *account.Tx, in *iamshape.UpdateRoleDescriptionInput) (*iamshape.UpdateRoleDescriptionOutput, error) {
	r, err := findRole(tx.View(), in.RoleName)
	if err != nil {
		return nil, err
	}
	r = r.Clone()
	r.Description = &in.Description
	tx.PutRole(r)
	out, err := s.shownRole(c, tx.View(), r)
	if err != nil {
		return nil, err
	}
	out.Description, out.Tags, out.PermissionsBoundary = r.Description, tagsOut(r.Tags), boundaryOut(r.Boundary)
	return &iamshape.UpdateRoleDescriptionOutput{Role: &out}, nil
}

func (s *Service) updateAssumeRolePolicy(c *api.Call, tx *account.Tx, in *iamshape.UpdateAssumeRolePolicyInput) error {
	r, err := changeRole(tx.View(), in.RoleName)
	if err != nil {
		return err
	}
	ids, err := s.newTrust(c, tx.View(), in.PolicyDocument)
	if err != nil {
		return err
	}
	r.Trust, r.TrustIDs = in.PolicyDocument, ids
	tx.PutRole(r)
	return nil
}

func deleteRole(_ *api.Call, tx *account.Tx, in *iamshape.DeleteRoleInput) error {
	r, err := changeRole(tx.View(), in.RoleName)
	if err != nil {
		return err
	}
	for range tx.View().ProfilesOfRole(r.ID) {
		return errRoleInProfile
	}
	switch {
	case len(r.Attached) > 0:
		return errDetachFirst
	case len(r.Inline) > 0:
		return errDeletePoliciesFirst
	}
	tx.DeleteRole(r)
	return nil
}

// Roles of services can be tagged.
func tagRole(_ *api.Call, tx *account.Tx, in *iamshape.TagRoleInput) error {
	r, err := findRole(tx.View(), in.RoleName)
	if err != nil {
		return err
	}
	r = r.Clone()
	if r.Tags, err = foldedTags.addSome(r.Tags, in.Tags); err != nil {
		return err
	}
	tx.PutRole(r)
	return nil
}

func untagRole(_ *api.Call, tx *account.Tx, in *iamshape.UntagRoleInput) error {
	r, err := findRole(tx.View(), in.RoleName)
	if err != nil {
		return err
	}
	r = r.Clone()
	r.Tags = foldedTags.remove(r.Tags, in.TagKeys)
	tx.PutRole(r)
	return nil
}

func (s *Service) listRoleTags(c *api.Call, v *account.View, in *iamshape.ListRoleTagsInput) (*iamshape.ListRoleTagsOutput, error) {
	r, err := findRole(v, in.RoleName)
	if err != nil {
		return nil, err
	}
	p, err := s.page(c, v, in.Marker, in.MaxItems, &r.ID)
	if err != nil {
		return nil, err
	}
	tags := takeTags(p, r.Tags)
	return &iamshape.ListRoleTagsOutput{Tags: tags, IsTruncated: p.truncated(), Marker: p.marker()}, nil
}
