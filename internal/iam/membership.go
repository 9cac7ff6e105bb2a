package iam

import (
	"slices"

	"github.com/aratame/aratame/internal/account"
	"github.com/aratame/aratame/internal/api"
	"github.com/aratame/aratame/internal/shape/iamshape"
)

// Membership is authorized on the group, since the group gives permissions.
func (s *Service) membership() []api.Op {
	return []api.Op{
		api.Do(iamshape.OpAddUserToGroup,
			func(_ *api.Call, v *account.View, in *iamshape.AddUserToGroupInput) (api.Target, error) {
				return groupTarget(v, in.GroupName), nil
			}, addUserToGroup),
		api.Do(iamshape.OpRemoveUserFromGroup,
			func(_ *api.Call, v *account.View, in *iamshape.RemoveUserFromGroupInput) (api.Target, error) {
				return groupTarget(v, in.GroupName), nil
			}, removeUserFromGroup),
		api.Read(iamshape.OpListGroupsForUser,
			func(_ *api.Call, v *account.View, in *iamshape.ListGroupsForUserInput) (api.Target, error) {
				return userTarget(v, in.UserName), nil
			}, s.listGroupsForUser),
	}
}

// findBoth speaks of an unknown user before an unknown group, as AWS does.
func findBoth(v *account.View, user, group string) (*account.User, *account.Group, error) {
	u, err := findUser(v, user)
	if err != nil {
		return nil, nil, err
	}
	g, err := findGroup(v, group)
	if err != nil {
		return nil, nil, err
	}
	return u, g, nil
}

// addUserToGroup succeeds for a member.
func addUserToGroup(_ *api.Call, tx *account.Tx, in *iamshape.AddUserToGroupInput) error {
	u, g, err := findBoth(tx.View(), in.UserName, in.GroupName)
	if err != nil || slices.Contains(u.Groups, g.ID) {
		return err
	}
	if len(u.Groups) >= account.MaxGroupsPerUser {
		return errQuota("GroupsPerUser", account.MaxGroupsPerUser)
	}
	u = u.Clone()
	u.Groups = append(u.Groups, g.ID)
	tx.PutUser(u)
	return nil
}

// removeUserFromGroup succeeds for who isn't a member.
func removeUserFromGroup(_ *api.Call, tx *account.Tx, in *iamshape.RemoveUserFromGroupInput) error {
	u, g, err := findBoth(tx.View(), in.UserName, in.GroupName)
	if err != nil || !slices.Contains(u.Groups, g.ID) {
		return err
	}
	u = u.Clone()
	u.Groups = slices.DeleteFunc(u.Groups, func(id string) bool { return id == g.ID })
	tx.PutUser(u)
	return nil
}

// listGroupsForUser lists by name.
func (s *Service) listGroupsForUser(c *api.Call, v *account.View, in *iamshape.ListGroupsForUserInput) (*iamshape.ListGroupsForUserOutput, error) {
	u, err := findUser(v, in.UserName)
	if err != nil {
		return nil, err
	}
	p, err := s.page(c, v, in.Marker, in.MaxItems, &u.ID)
	if err != nil {
		return nil, err
	}
	var groups []*account.Group
	for _, id := range u.Groups {
		groups = append(groups, v.GroupByID(id))
	}
	groups = takeSorted(p, groups, groupKey)
	return &iamshape.ListGroupsForUserOutput{Groups: listedGroups(v, groups), IsTruncated: p.truncated(), Marker: p.marker()}, nil
}
