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

func (s *Service) groups() []api.Op {
	return []api.Op{
		api.Write(iamshape.OpCreateGroup,
			func(_ *api.Call, v *account.View, in *iamshape.CreateGroupInput) (api.Target, error) {
				return newTarget(v, "group", in.Path, in.GroupName), nil
			}, s.createGroup),
		api.Read(iamshape.OpGetGroup,
			func(_ *api.Call, v *account.View, in *iamshape.GetGroupInput) (api.Target, error) {
				return groupTarget(v, in.GroupName), nil
			}, s.getGroup),
		api.Read(iamshape.OpListGroups, anything, s.listGroups),
		api.Do(iamshape.OpUpdateGroup, updateGroupTarget, updateGroup),
		api.Do(iamshape.OpDeleteGroup,
			func(_ *api.Call, v *account.View, in *iamshape.DeleteGroupInput) (api.Target, error) {
				return groupTarget(v, in.GroupName), nil
			}, deleteGroup),
	}
}

func errGroupExists(name string) error {
	return awserr.Newf("EntityAlreadyExists", "Group with name %s already exists.", name)
}

func (s *Service) createGroup(c *api.Call, tx *account.Tx, in *iamshape.CreateGroupInput) (*iamshape.CreateGroupOutput, error) {
	v := tx.View()
	if v.Group(in.GroupName) != nil {
		return nil, errGroupExists(in.GroupName)
	}
	if v.Count().Groups >= s.Quotas.Groups {
		return nil, errQuota("GroupsPerAccount", s.Quotas.Groups)
	}
	g := &account.Group{
		ID:   newID(c, v, awsid.GroupPrefix, func(id string) bool { return v.GroupByID(id) != nil }),
		Name: in.GroupName, Path: pathOr(in.Path, "/"), Created: c.Seconds(),
	}
	tx.PutGroup(g)
	return &iamshape.CreateGroupOutput{Group: shape.Ptr(groupOut(v, g))}, nil
}

// getGroup lists the members by name.
func (s *Service) getGroup(c *api.Call, v *account.View, in *iamshape.GetGroupInput) (*iamshape.GetGroupOutput, error) {
	g, err := findGroup(v, in.GroupName)
	if err != nil {
		return nil, err
	}
	p, err := s.page(c, v, in.Marker, in.MaxItems, &g.ID)
	if err != nil {
		return nil, err
	}
	users := takeSorted(p, slices.Collect(v.Members(g.ID)), userKey)
	return &iamshape.GetGroupOutput{
		Group: shape.Ptr(groupOut(v, g)), Users: s.listedUsers(v, users), IsTruncated: p.truncated(), Marker: p.marker(),
	}, nil
}

func (s *Service) listGroups(c *api.Call, v *account.View, in *iamshape.ListGroupsInput) (*iamshape.ListGroupsOutput, error) {
	p, err := s.page(c, v, in.Marker, in.MaxItems, in.PathPrefix)
	if err != nil {
		return nil, err
	}
	groups := take(p, where(v.Groups(p.after), func(g *account.Group) bool { return underPath(g.Path, in.PathPrefix) }), groupKey)
	return &iamshape.ListGroupsOutput{Groups: listedGroups(v, groups), IsTruncated: p.truncated(), Marker: p.marker()}, nil
}

func groupKey(g *account.Group) string { return nameKey(g.Name) }

// AWS asks for UpdateGroup on the group as it is and as it will be.
func updateGroupTarget(_ *api.Call, v *account.View, in *iamshape.UpdateGroupInput) (api.Target, error) {
	name, path := in.GroupName, "/"
	if g := v.Group(in.GroupName); g != nil {
		name, path = g.Name, g.Path
	}
	moved := awsid.IAM(v.Account(), "group", pathOr(in.NewPath, path), pathOr(in.NewGroupName, name))
	return withNewARN(groupTarget(v, in.GroupName), "iam:UpdateGroup", moved), nil
}

func updateGroup(_ *api.Call, tx *account.Tx, in *iamshape.UpdateGroupInput) error {
	g, err := findGroup(tx.View(), in.GroupName)
	if err != nil {
		return err
	}
	g = g.Clone()
	if in.NewGroupName != nil {
		if other := tx.View().Group(*in.NewGroupName); other != nil && other.ID != g.ID {
			return errGroupExists(*in.NewGroupName)
		}
		g.Name = *in.NewGroupName
	}
	g.Path = pathOr(in.NewPath, g.Path)
	tx.PutGroup(g)
	return nil
}

func deleteGroup(_ *api.Call, tx *account.Tx, in *iamshape.DeleteGroupInput) error {
	g, err := findGroup(tx.View(), in.GroupName)
	if err != nil {
		return err
	}
	switch {
	case len(g.Attached) > 0:
		return errDetachFirst
	case len(g.Inline) > 0:
		return errDeletePoliciesFirst
	}
	for range tx.View().Members(g.ID) {
		return errRemoveUsersFirst
	}
	tx.DeleteGroup(g)
	return nil
}

func groupOut(v *account.View, g *account.Group) iamshape.Group {
	return iamshape.Group{
		Arn: shape.Ptr(g.ARN(v.Account())), CreateDate: &g.Created, GroupId: &g.ID, GroupName: &g.Name, Path: &g.Path,
	}
}

func listedGroups(v *account.View, groups []*account.Group) []iamshape.Group {
	out := make([]iamshape.Group, len(groups))
	for i, g := range groups {
		out[i] = groupOut(v, g)
	}
	return out
}
