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

func (s *Service) instanceProfiles() []api.Op {
	return []api.Op{
		api.Write(iamshape.OpCreateInstanceProfile, onNewProfile, s.createInstanceProfile),
		api.Read(iamshape.OpGetInstanceProfile,
			onProfile(func(in *iamshape.GetInstanceProfileInput) string { return in.InstanceProfileName }), s.getInstanceProfile),
		api.Read(iamshape.OpListInstanceProfiles, anything, s.listInstanceProfiles),
		api.Read(iamshape.OpListInstanceProfilesForRole,
			onRole(func(in *iamshape.ListInstanceProfilesForRoleInput) string { return in.RoleName }), s.listInstanceProfilesForRole),
		api.Do(iamshape.OpAddRoleToInstanceProfile, onPassedRole, addRoleToInstanceProfile),
		api.Do(iamshape.OpRemoveRoleFromInstanceProfile,
			onProfile(func(in *iamshape.RemoveRoleFromInstanceProfileInput) string { return in.InstanceProfileName }), removeRoleFromInstanceProfile),
		api.Do(iamshape.OpDeleteInstanceProfile,
			onProfile(func(in *iamshape.DeleteInstanceProfileInput) string { return in.InstanceProfileName }), deleteInstanceProfile),
		api.Do(iamshape.OpTagInstanceProfile, onProfileTags, tagInstanceProfile),
		api.Do(iamshape.OpUntagInstanceProfile, onProfileUntag, untagInstanceProfile),
		api.Read(iamshape.OpListInstanceProfileTags,
			onProfile(func(in *iamshape.ListInstanceProfileTagsInput) string { return in.InstanceProfileName }), s.listInstanceProfileTags),
	}
}

var errRoleInProfile = awserr.New("DeleteConflict", "Cannot delete entity, must remove roles from instance profile first.")

func onProfile[I any](name func(in *I) string) api.TargetFunc[I] {
	return func(_ *api.Call, v *account.View, in *I) (api.Target, error) {
		return instanceProfileTarget(v, name(in)), nil
	}
}

func onNewProfile(_ *api.Call, v *account.View, in *iamshape.CreateInstanceProfileInput) (api.Target, error) {
	return withNewTags(newTarget(v, "instance-profile", in.Path, in.InstanceProfileName), "iam:TagInstanceProfile", in.Tags), nil
}

func onProfileTags(_ *api.Call, v *account.View, in *iamshape.TagInstanceProfileInput) (api.Target, error) {
	t := instanceProfileTarget(v, in.InstanceProfileName)
	t.RequestTags = tagsFrom(in.Tags)
	return t, nil
}

func onProfileUntag(_ *api.Call, v *account.View, in *iamshape.UntagInstanceProfileInput) (api.Target, error) {
	t := instanceProfileTarget(v, in.InstanceProfileName)
	t.TagKeys = in.TagKeys
	return t, nil
}

// onPassedRole asks for iam:PassRole on the role too: whoever starts an
// instance with the profile hands the role to EC2 (IAM User Guide, "Grant a
// user permissions to pass a role to an AWS service").
func onPassedRole(_ *api.Call, v *account.View, in *iamshape.AddRoleToInstanceProfileInput) (api.Target, error) {
	t := instanceProfileTarget(v, in.InstanceProfileName)
	role := roleTarget(v, in.RoleName)
	t.Also = append(t.Also, api.Check{
		Action: "iam:PassRole", Resource: role.Resource, Tags: role.Tags,
		Keys: map[string][]string{
			keyPassedToService:    {"ec2.amazonaws.com"},
			keyAssociatedResource: {"arn:aws:ec2:*:" + v.Account() + ":instance/*"},
		},
	})
	return t, nil
}

func findInstanceProfile(v *account.View, name string) (*account.InstanceProfile, error) {
	if p := v.InstanceProfile(name); p != nil {
		return p, nil
	}
	return nil, awserr.Newf("NoSuchEntity", "Instance Profile %s cannot be found.", name)
}

func (s *Service) createInstanceProfile(c *api.Call, tx *account.Tx, in *iamshape.CreateInstanceProfileInput) (*iamshape.CreateInstanceProfileOutput, error) {
	v := tx.View()
	tags, err := exactTags.add(nil, in.Tags)
	if err != nil {
		return nil, err
	}
	if v.InstanceProfile(in.InstanceProfileName) != nil {
		return nil, awserr.Newf("EntityAlreadyExists", "Instance Profile %s already exists.", in.InstanceProfileName)
	}
	if n := s.Quotas.InstanceProfiles; v.Count().InstanceProfiles >= n {
		return nil, errQuota("InstanceProfilesPerAccount", n)
	}
	p := &account.InstanceProfile{
		ID: awsid.NewEntityID(c.Rand, awsid.InstanceProfilePrefix, v.Account()), Name: in.InstanceProfileName,
		Path: pathOr(in.Path, "/"), Created: c.Seconds(), Tags: tags,
	}
	tx.PutInstanceProfile(p)
	out, err := s.profileOut(c, v, p)
	if err != nil {
		return nil, err
	}
	out.Tags = tagsOut(p.Tags)
	return &iamshape.CreateInstanceProfileOutput{InstanceProfile: &out}, nil
}

// profileOut is a profile without its tags, which few answers show, and with
// the bare form of its role.
func (s *Service) profileOut(c *api.Call, v *account.View, p *account.InstanceProfile) (iamshape.InstanceProfile, error) {
	out := iamshape.InstanceProfile{
		Arn: shape.Ptr(p.ARN(v.Account())), CreateDate: &p.Created, InstanceProfileId: &p.ID,
		InstanceProfileName: &p.Name, Path: &p.Path, Roles: []iamshape.Role{},
	}
	if p.Role != "" {
		r, err := s.shownRole(c, v, v.RoleByID(p.Role))
		if err != nil {
			return out, err
		}
		out.Roles = append(out.Roles, r)
	}
	return out, nil
}

func (s *Service) profilesOut(c *api.Call, v *account.View, profiles []*account.InstanceProfile) ([]iamshape.InstanceProfile, error) {
	out := make([]iamshape.InstanceProfile, len(profiles))
	for i, p := range profiles {
		var err error
		if out[i], err = s.profileOut(c, v, p); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (s *Service) getInstanceProfile(c *api.Call, v *account.View, in *iamshape.GetInstanceProfileInput) (*iamshape.GetInstanceProfileOutput, error) {
	p, err := findInstanceProfile(v, in.InstanceProfileName)
	if err != nil {
		return nil, err
	}
	out, err := s.profileOut(c, v, p)
	if err != nil {
		return nil, err
	}
	out.Tags = listTags(p.Tags)
	return &iamshape.GetInstanceProfileOutput{InstanceProfile: &out}, nil
}

func profileKey(p *account.InstanceProfile) string { return nameKey(p.Name) }

func (s *Service) listInstanceProfiles(c *api.Call, v *account.View, in *iamshape.ListInstanceProfilesInput) (*iamshape.ListInstanceProfilesOutput, error) {
	p, err := s.page(c, v, in.Marker, in.MaxItems, in.PathPrefix)
	if err != nil {
		return nil, err
	}
	some := where(v.InstanceProfiles(p.after), func(p *account.InstanceProfile) bool { return underPath(p.Path, in.PathPrefix) })
	out, err := s.profilesOut(c, v, take(p, some, profileKey))
	if err != nil {
		return nil, err
	}
	return &iamshape.ListInstanceProfilesOutput{InstanceProfiles: out, IsTruncated: p.truncated(), Marker: p.marker()}, nil
}

func (s *Service) listInstanceProfilesForRole(c *api.Call, v *account.View, in *iamshape.ListInstanceProfilesForRoleInput) (*iamshape.ListInstanceProfilesForRoleOutput, error) {
	r, err := findRole(v, in.RoleName)
	if err != nil {
		return nil, err
	}
	p, err := s.page(c, v, in.Marker, in.MaxItems, &r.ID)
	if err != nil {
		return nil, err
	}
	out, err := s.profilesOut(c, v, takeSorted(p, slices.Collect(v.ProfilesOfRole(r.ID)), profileKey))
	if err != nil {
		return nil, err
	}
	return &iamshape.ListInstanceProfilesForRoleOutput{InstanceProfiles: out, IsTruncated: p.truncated(), Marker: p.marker()}, nil
}

// addRoleToInstanceProfile fails also for the role that is there already.
func addRoleToInstanceProfile(_ *api.Call, tx *account.Tx, in *iamshape.AddRoleToInstanceProfileInput) error {
	p, err := findInstanceProfile(tx.View(), in.InstanceProfileName)
	if err != nil {
		return err
	}
	r, err := changeRole(tx.View(), in.RoleName)
	if err != nil {
		return err
	}
	if p.Role != "" {
		return errQuota("InstanceSessionsPerInstanceProfile", account.MaxRolesPerProfile)
	}
	p = p.Clone()
	p.Role = r.ID
	tx.PutInstanceProfile(p)
	return nil
}

func removeRoleFromInstanceProfile(_ *api.Call, tx *account.Tx, in *iamshape.RemoveRoleFromInstanceProfileInput) error {
	p, err := findInstanceProfile(tx.View(), in.InstanceProfileName)
	if err != nil {
		return err
	}
	r, err := changeRole(tx.View(), in.RoleName)
	if err != nil {
		return err
	}
	if p.Role != r.ID {
		return awserr.Newf("NoSuchEntity", "Role %s in Instance Profile %s cannot be found.", in.RoleName, in.InstanceProfileName)
	}
	p = p.Clone()
	p.Role = ""
	tx.PutInstanceProfile(p)
	return nil
}

func deleteInstanceProfile(_ *api.Call, tx *account.Tx, in *iamshape.DeleteInstanceProfileInput) error {
	p, err := findInstanceProfile(tx.View(), in.InstanceProfileName)
	if err != nil {
		return err
	}
	if p.Role != "" {
		return errRoleInProfile
	}
	tx.DeleteInstanceProfile(p)
	return nil
}

func tagInstanceProfile(_ *api.Call, tx *account.Tx, in *iamshape.TagInstanceProfileInput) error {
	p, err := findInstanceProfile(tx.View(), in.InstanceProfileName)
	if err != nil {
		return err
	}
	p = p.Clone()
	if p.Tags, err = exactTags.addSome(p.Tags, in.Tags); err != nil {
		return err
	}
	tx.PutInstanceProfile(p)
	return nil
}

func untagInstanceProfile(_ *api.Call, tx *account.Tx, in *iamshape.UntagInstanceProfileInput) error {
	p, err := findInstanceProfile(tx.View(), in.InstanceProfileName)
	if err != nil {
		return err
	}
	p = p.Clone()
	p.Tags = exactTags.remove(p.Tags, in.TagKeys)
	tx.PutInstanceProfile(p)
	return nil
}

func (s *Service) listInstanceProfileTags(c *api.Call, v *account.View, in *iamshape.ListInstanceProfileTagsInput) (*iamshape.ListInstanceProfileTagsOutput, error) {
	ip, err := findInstanceProfile(v, in.InstanceProfileName)
	if err != nil {
		return nil, err
	}
	p, err := s.page(c, v, in.Marker, in.MaxItems, &ip.ID)
	if err != nil {
		return nil, err
	}
	tags := takeTags(p, ip.Tags)
	return &iamshape.ListInstanceProfileTagsOutput{Tags: tags, IsTruncated: p.truncated(), Marker: p.marker()}, nil
}
