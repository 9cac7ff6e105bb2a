package iam

import (
	"time"

	"github.com/aratame/aratame/internal/account"
	"github.com/aratame/aratame/internal/api"
	"github.com/aratame/aratame/internal/awserr"
	"github.com/aratame/aratame/internal/awsid"
	"github.com/aratame/aratame/internal/shape"
	"github.com/aratame/aratame/internal/shape/iamshape"
	"github.com/aratame/aratame/internal/usage"
)

func (s *Service) users() []api.Op {
	return []api.Op{
		api.Write(iamshape.OpCreateUser,
			func(_ *api.Call, v *account.View, in *iamshape.CreateUserInput) (api.Target, error) {
				t := withKey(newTarget(v, "user", in.Path, in.UserName), keyBoundary, in.PermissionsBoundary)
				return withNewTags(t, "iam:TagUser", in.Tags), nil
			}, s.createUser),
		api.Read(iamshape.OpGetUser,
			func(c *api.Call, v *account.View, in *iamshape.GetUserInput) (api.Target, error) {
				return selfTarget(c, v, in.UserName)
			}, s.getUser),
		api.Read(iamshape.OpListUsers, anything, s.listUsers),
		api.Do(iamshape.OpUpdateUser, updateUserTarget, updateUser),
		api.Do(iamshape.OpDeleteUser,
			func(_ *api.Call, v *account.View, in *iamshape.DeleteUserInput) (api.Target, error) {
				return userTarget(v, in.UserName), nil
			}, deleteUser),
		api.Do(iamshape.OpTagUser,
			func(_ *api.Call, v *account.View, in *iamshape.TagUserInput) (api.Target, error) {
				t := userTarget(v, in.UserName)
				t.RequestTags = tagsFrom(in.Tags)
				return t, nil
			}, tagUser),
		api.Do(iamshape.OpUntagUser,
			func(_ *api.Call, v *account.View, in *iamshape.UntagUserInput) (api.Target, error) {
				t := userTarget(v, in.UserName)
				t.TagKeys = in.TagKeys
				return t, nil
			}, untagUser),
		api.Read(iamshape.OpListUserTags,
			func(_ *api.Call, v *account.View, in *iamshape.ListUserTagsInput) (api.Target, error) {
				return userTarget(v, in.UserName), nil
			}, s.listUserTags),
	}
}

func errUserExists(name string) error {
	return awserr.Newf("EntityAlreadyExists", "User with name %s already exists.", name)
}

func (s *Service) createUser(c *api.Call, tx *account.Tx, in *iamshape.CreateUserInput) (*iamshape.CreateUserOutput, error) {
	v := tx.View()
	newTags, err := foldedTags.add(nil, in.Tags)
	if err != nil {
		return nil, err
	}
	if v.User(in.UserName) != nil {
		return nil, errUserExists(in.UserName)
	}
	if err := checkBoundary(v, in.PermissionsBoundary); err != nil {
		return nil, err
	}
	if v.Count().Users >= s.Quotas.Users {
		return nil, errQuota("UsersPerAccount", s.Quotas.Users)
	}
	u := &account.User{
		ID:   newID(c, v, awsid.UserPrefix, func(id string) bool { return v.UserByID(id) != nil }),
		Name: in.UserName, Path: pathOr(in.Path, "/"), Created: c.Seconds(),
		Boundary: shape.Value(in.PermissionsBoundary), Tags: newTags,
	}
	tx.PutUser(u)
	return &iamshape.CreateUserOutput{User: shape.Ptr(s.fullUser(v, u))}, nil
}

func (s *Service) getUser(c *api.Call, v *account.View, in *iamshape.GetUserInput) (*iamshape.GetUserOutput, error) {
	if in.UserName == nil && isRoot(c) {
		return &iamshape.GetUserOutput{User: s.rootOut(v)}, nil
	}
	name, err := c.UserName(in.UserName)
	if err != nil {
		return nil, err
	}
	u, err := findUser(v, name)
	if err != nil {
		return nil, err
	}
	return &iamshape.GetUserOutput{User: shape.Ptr(s.fullUser(v, u))}, nil
}

func (s *Service) listUsers(c *api.Call, v *account.View, in *iamshape.ListUsersInput) (*iamshape.ListUsersOutput, error) {
	p, err := s.page(c, v, in.Marker, in.MaxItems, in.PathPrefix)
	if err != nil {
		return nil, err
	}
	users := take(p, where(v.Users(p.after), func(u *account.User) bool { return underPath(u.Path, in.PathPrefix) }), userKey)
	return &iamshape.ListUsersOutput{Users: s.listedUsers(v, users), IsTruncated: p.truncated(), Marker: p.marker()}, nil
}

func userKey(u *account.User) string { return nameKey(u.Name) }

// AWS asks for UpdateUser on the user as it is and as it will be.
func updateUserTarget(_ *api.Call, v *account.View, in *iamshape.UpdateUserInput) (api.Target, error) {
	name, path := in.UserName, "/"
	if u := v.User(in.UserName); u != nil {
		name, path = u.Name, u.Path
	}
	moved := awsid.IAM(v.Account(), "user", pathOr(in.NewPath, path), pathOr(in.NewUserName, name))
	return withNewARN(userTarget(v, in.UserName), "iam:UpdateUser", moved), nil
}

// updateUser renames or moves a user; its id and all that is its own stay. A
// new name that differs in case alone is accepted.
func updateUser(_ *api.Call, tx *account.Tx, in *iamshape.UpdateUserInput) error {
	u, err := findUser(tx.View(), in.UserName)
	if err != nil {
		return err
	}
	u = u.Clone()
	if in.NewUserName != nil {
		if other := tx.View().User(*in.NewUserName); other != nil && other.ID != u.ID {
			return errUserExists(*in.NewUserName)
		}
		u.Name = *in.NewUserName
	}
	u.Path = pathOr(in.NewPath, u.Path)
	tx.PutUser(u)
	return nil
}

// deleteUser names the first thing that has to go before: policies, groups, the
// password, access keys, MFA devices, then all other credentials.
func deleteUser(_ *api.Call, tx *account.Tx, in *iamshape.DeleteUserInput) error {
	u, err := findUser(tx.View(), in.UserName)
	if err != nil {
		return err
	}
	switch {
	case len(u.Attached) > 0:
		return errDetachFirst
	case len(u.Inline) > 0:
		return errDeletePoliciesFirst
	case len(u.Groups) > 0:
		return errRemoveUsersFirst
	case u.Login != nil:
		return errDeleteLoginFirst
	case len(u.Keys) > 0:
		return errDeleteKeysFirst
	}
	for range tx.View().DevicesOf(u.ID) {
		return errDeleteMFAFirst
	}
	if len(u.SigningCertificates) > 0 {
		return errDeleteCertificatesFirst
	}
	if len(u.SSHKeys)+len(u.ServiceCredentials) > 0 {
		return errRemoveObjectsFirst
	}
	tx.DeleteUser(u)
	return nil
}

func tagUser(_ *api.Call, tx *account.Tx, in *iamshape.TagUserInput) error {
	u, err := findUser(tx.View(), in.UserName)
	if err != nil {
		return err
	}
	u = u.Clone()
	if u.Tags, err = foldedTags.addSome(u.Tags, in.Tags); err != nil {
		return err
	}
	tx.PutUser(u)
	return nil
}

func untagUser(_ *api.Call, tx *account.Tx, in *iamshape.UntagUserInput) error {
	u, err := findUser(tx.View(), in.UserName)
	if err != nil {
		return err
	}
	u = u.Clone()
	u.Tags = foldedTags.remove(u.Tags, in.TagKeys)
	tx.PutUser(u)
	return nil
}

func (s *Service) listUserTags(c *api.Call, v *account.View, in *iamshape.ListUserTagsInput) (*iamshape.ListUserTagsOutput, error) {
	u, err := findUser(v, in.UserName)
	if err != nil {
		return nil, err
	}
	p, err := s.page(c, v, in.Marker, in.MaxItems, &u.ID)
	if err != nil {
		return nil, err
	}
	return &iamshape.ListUserTagsOutput{Tags: takeTags(p, u.Tags), IsTruncated: p.truncated(), Marker: p.marker()}, nil
}

// userOut is a user as listings show it: without tags and boundary.
func (s *Service) userOut(v *account.View, u *account.User) iamshape.User {
	return iamshape.User{
		Arn: shape.Ptr(u.ARN(v.Account())), CreateDate: &u.Created, Path: &u.Path, UserId: &u.ID, UserName: &u.Name,
		PasswordLastUsed: s.passwordUsed(u.ID),
	}
}

// rootOut is the root user, which has no name.
func (s *Service) rootOut(v *account.View) *iamshape.User {
	return &iamshape.User{
		Arn: shape.Ptr(awsid.Root(v.Account())), UserId: shape.Ptr(v.Account()),
		CreateDate: shape.Ptr(v.Settings().Created), PasswordLastUsed: s.passwordUsed(v.Account()),
	}
}

// fullUser is a user as CreateUser and GetUser show it.
func (s *Service) fullUser(v *account.View, u *account.User) iamshape.User {
	o := s.userOut(v, u)
	o.Tags, o.PermissionsBoundary = tagsOut(u.Tags), boundaryOut(u.Boundary)
	return o
}

func (s *Service) listedUsers(v *account.View, users []*account.User) []iamshape.User {
	out := make([]iamshape.User, len(users))
	for i, u := range users {
		out[i] = s.userOut(v, u)
	}
	return out
}

// passwordUsed tells when the password of a user (the account number for root)
// was last used; nil for never.
func (s *Service) passwordUsed(id string) *time.Time {
	if last, ok := s.Usage.Last(usage.Password, id); ok {
		return &last.Time
	}
	return nil
}
