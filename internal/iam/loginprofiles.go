package iam

import (
	"github.com/aratame/aratame/internal/account"
	"github.com/aratame/aratame/internal/api"
	"github.com/aratame/aratame/internal/awserr"
	"github.com/aratame/aratame/internal/awsid"
	"github.com/aratame/aratame/internal/password"
	"github.com/aratame/aratame/internal/session"
	"github.com/aratame/aratame/internal/shape"
	"github.com/aratame/aratame/internal/shape/iamshape"
	"github.com/aratame/aratame/policy"
)

// Passwords are hashed before the write lane, which is for one request of an
// account at a time; and only for callers who may set them.
func (s *Service) loginProfiles() []api.Op {
	s.attempts = &password.Attempts{}
	return []api.Op{
		api.Prepared(iamshape.OpCreateLoginProfile,
			func(c *api.Call, v *account.View, in *iamshape.CreateLoginProfileInput) (api.Target, error) {
				return profileTarget(c, v, in.UserName)
			}, hashFirst, createLoginProfile),
		api.Read(iamshape.OpGetLoginProfile,
			func(c *api.Call, v *account.View, in *iamshape.GetLoginProfileInput) (api.Target, error) {
				return profileTarget(c, v, in.UserName)
			}, getLoginProfile),
		api.Prepared(iamshape.OpUpdateLoginProfile,
			func(_ *api.Call, v *account.View, in *iamshape.UpdateLoginProfileInput) (api.Target, error) {
				return userTarget(v, in.UserName), nil
			}, hashUpdate, updateLoginProfile),
		api.Do(iamshape.OpDeleteLoginProfile,
			func(c *api.Call, v *account.View, in *iamshape.DeleteLoginProfileInput) (api.Target, error) {
				return profileTarget(c, v, in.UserName)
			}, deleteLoginProfile),
		api.Prepared(iamshape.OpChangePassword, changePasswordTarget, s.hashChange, changePassword),
	}
}

// byAssumedRoot reports whether the request comes from a session of AssumeRoot
// and is about root, whom it can't name.
func byAssumedRoot(c *api.Call, name *string) bool {
	return name == nil && c.Caller.Session != nil && c.Caller.Session.Kind == session.AssumedRoot
}

// profileTarget is the user named, else the signing user, or root in its
// session of AssumeRoot. Root's own keys must name a user.
func profileTarget(c *api.Call, v *account.View, name *string) (api.Target, error) {
	if byAssumedRoot(c, name) {
		return api.Target{Resource: awsid.Root(v.Account())}, nil
	}
	n, err := c.UserName(name)
	if err != nil {
		return api.Target{}, err
	}
	return userTarget(v, n), nil
}

func errNoLogin(name string) error {
	return awserr.Newf("NoSuchEntity", "Login Profile for User %s cannot be found.", name)
}

func errLoginExists(name string) error {
	return awserr.Newf("EntityAlreadyExists", "Login Profile for user %s already exists.", name)
}

// errLoginBusy says that the password is not what it was when the request came.
func errLoginBusy(name string) error {
	return awserr.Newf("EntityTemporarilyUnmodifiable", "Login Profile for User %s cannot be modified while another request is changing it.", name)
}

// profileUser is the user that a request is about.
func profileUser(c *api.Call, v *account.View, name *string) (*account.User, error) {
	n, err := c.UserName(name)
	if err != nil {
		return nil, err
	}
	return findUser(v, n)
}

// loginOf is profileUser for one with a password.
func loginOf(c *api.Call, v *account.View, name *string) (*account.User, error) {
	u, err := profileUser(c, v, name)
	if err == nil && u.Login == nil {
		err = errNoLogin(u.Name)
	}
	return u, err
}

func checkPassword(v *account.View, password string) error {
	if fault := v.Settings().PasswordFault(password); fault != "" {
		return awserr.New("PasswordPolicyViolation", fault)
	}
	return nil
}

// checkUnused refuses one of the passwords that the account's policy remembers.
func checkUnused(c *api.Call, v *account.View, l *account.LoginProfile, plain string) error {
	p := v.Settings().PasswordPolicy
	for _, hash := range l.Barred(p) {
		used, err := password.Verify(c.Context, hash, plain)
		if err != nil {
			return err
		}
		if used {
			return awserr.Newf("PasswordPolicyViolation", "Password was used in the past %d passwords", p.ReusePrevention)
		}
	}
	return nil
}

// hashFirst hashes the password of a new profile. Root, who comes by AssumeRoot,
// can't be given one: it may set one itself then.
func hashFirst(c *api.Call, v *account.View, in *iamshape.CreateLoginProfileInput) (string, error) {
	if err := mayCreateLogin(c, v, in); err != nil || byAssumedRoot(c, in.UserName) {
		return "", err
	}
	return password.Hash(c.Context, c.Rand, *in.Password)
}

func mayCreateLogin(c *api.Call, v *account.View, in *iamshape.CreateLoginProfileInput) error {
	if byAssumedRoot(c, in.UserName) {
		switch root := v.Settings().Root; {
		case in.Password != nil:
			return awserr.New("ValidationError", "Password must be omitted for the root user.")
		case root.PasswordHash != "" || root.MayRecover:
			return errLoginExists(rootName)
		}
		return nil
	}
	if in.Password == nil {
		return awserr.New("ValidationError", "1 validation error detected: Value at 'password' failed to satisfy constraint: Member must not be null")
	}
	u, err := profileUser(c, v, in.UserName)
	switch {
	case err != nil:
		return err
	case u.Login != nil:
		return errLoginExists(u.Name)
	}
	return checkPassword(v, *in.Password)
}

func createLoginProfile(c *api.Call, tx *account.Tx, in *iamshape.CreateLoginProfileInput, hash string) (*iamshape.CreateLoginProfileOutput, error) {
	if err := mayCreateLogin(c, tx.View(), in); err != nil {
		return nil, err
	}
	now := c.Seconds()
	if byAssumedRoot(c, in.UserName) {
		settings := tx.View().Settings().Clone()
		settings.Root.MayRecover, settings.Root.PasswordChanged = true, now
		tx.PutSettings(settings)
		return &iamshape.CreateLoginProfileOutput{LoginProfile: rootLogin(&settings.Root)}, nil
	}
	u, err := profileUser(c, tx.View(), in.UserName)
	if err != nil {
		return nil, err
	}
	u = u.Clone()
	u.Login = &account.LoginProfile{Hash: hash, Created: now, Changed: now, ResetRequired: shape.Value(in.PasswordResetRequired)}
	tx.PutUser(u)
	return &iamshape.CreateLoginProfileOutput{LoginProfile: loginOut(u)}, nil
}

func loginOut(u *account.User) *iamshape.LoginProfile {
	return &iamshape.LoginProfile{CreateDate: &u.Login.Created, PasswordResetRequired: &u.Login.ResetRequired, UserName: &u.Name}
}

func rootLogin(root *account.Root) *iamshape.LoginProfile {
	return &iamshape.LoginProfile{CreateDate: &root.PasswordChanged, PasswordResetRequired: shape.Ptr(false), UserName: shape.Ptr(rootName)}
}

func getLoginProfile(c *api.Call, v *account.View, in *iamshape.GetLoginProfileInput) (*iamshape.GetLoginProfileOutput, error) {
	if byAssumedRoot(c, in.UserName) {
		root := v.Settings().Root
		if root.PasswordHash == "" && !root.MayRecover {
			return nil, errNoLogin(rootName)
		}
		return &iamshape.GetLoginProfileOutput{LoginProfile: rootLogin(&root)}, nil
	}
	u, err := loginOf(c, v, in.UserName)
	if err != nil {
		return nil, err
	}
	return &iamshape.GetLoginProfileOutput{LoginProfile: loginOut(u)}, nil
}

func deleteLoginProfile(c *api.Call, tx *account.Tx, in *iamshape.DeleteLoginProfileInput) error {
	if byAssumedRoot(c, in.UserName) {
		settings := tx.View().Settings().Clone()
		root := &settings.Root
		if root.PasswordHash == "" && !root.MayRecover {
			return errNoLogin(rootName)
		}
		root.PasswordHash, root.MayRecover, root.PasswordChanged = "", false, account.Root{}.PasswordChanged
		tx.PutSettings(settings)
		return nil
	}
	u, err := loginOf(c, tx.View(), in.UserName)
	if err != nil {
		return err
	}
	u = u.Clone()
	u.Login = nil
	tx.PutUser(u)
	return nil
}

// A replacement is a hash to put in the place of another; its zero value is no
// new password.
type replacement struct{ old, hash string }

func hashUpdate(c *api.Call, v *account.View, in *iamshape.UpdateLoginProfileInput) (replacement, error) {
	u, err := loginOf(c, v, &in.UserName)
	if err != nil || in.Password == nil {
		return replacement{}, err
	}
	return hashReplacement(c, v, u.Login, *in.Password)
}

func hashReplacement(c *api.Call, v *account.View, l *account.LoginProfile, plain string) (replacement, error) {
	if err := checkPassword(v, plain); err != nil {
		return replacement{}, err
	}
	if err := checkUnused(c, v, l, plain); err != nil {
		return replacement{}, err
	}
	hash, err := password.Hash(c.Context, c.Rand, plain)
	return replacement{l.Hash, hash}, err
}

// in puts the new password into a profile that is still what it was.
func (r replacement) in(c *api.Call, u *account.User) (*account.LoginProfile, error) {
	if u.Login.Hash != r.old {
		return nil, errLoginBusy(u.Name)
	}
	return u.Login.Replaced(r.hash, c.Seconds()), nil
}

func updateLoginProfile(c *api.Call, tx *account.Tx, in *iamshape.UpdateLoginProfileInput, r replacement) (*iamshape.UpdateLoginProfileOutput, error) {
	v := tx.View()
	u, err := loginOf(c, v, &in.UserName)
	if err != nil {
		return nil, err
	}
	u = u.Clone()
	if in.Password != nil {
		if err := checkPassword(v, *in.Password); err != nil {
			return nil, err
		}
		if u.Login, err = r.in(c, u); err != nil {
			return nil, err
		}
	}
	if in.PasswordResetRequired != nil {
		u.Login.ResetRequired = *in.PasswordResetRequired
	}
	tx.PutUser(u)
	return nil, nil
}

// changePasswordTarget is the signing user. Nobody else can have the permission
// for anything else.
func changePasswordTarget(c *api.Call, v *account.View, _ *iamshape.ChangePasswordInput) (api.Target, error) {
	if c.Caller.Principal.Kind != policy.User {
		return api.Target{Resource: "*"}, nil
	}
	return userTarget(v, c.Caller.User.Name), nil
}

// ownLogin is the signing user with its password.
func ownLogin(c *api.Call, v *account.View) (*account.User, error) {
	if c.Caller.Principal.Kind != policy.User {
		return nil, awserr.New("InvalidUserType", "Only IAM Users can change their own password")
	}
	return loginOf(c, v, nil)
}

func (s *Service) hashChange(c *api.Call, v *account.View, in *iamshape.ChangePasswordInput) (replacement, error) {
	u, err := ownLogin(c, v)
	if err != nil {
		return replacement{}, err
	}
	if err := checkPassword(v, in.NewPassword); err != nil { // costs nothing
		return replacement{}, err
	}
	who := v.Account() + "/" + u.ID
	if !s.attempts.Begin(who, c.Now) {
		return replacement{}, awserr.Newf("EntityTemporarilyUnmodifiable",
			"Login Profile for User %s cannot be modified now: wrong passwords were given too often. Try again in a few minutes.", u.Name)
	}
	right, err := password.Verify(c.Context, u.Login.Hash, in.OldPassword)
	if err != nil {
		return replacement{}, err
	}
	if !right {
		return replacement{}, &awserr.Error{Code: "AccessDenied", Status: 403, Message: "The old password was incorrect."}
	}
	s.attempts.Right(who)
	return hashReplacement(c, v, u.Login, in.NewPassword)
}

func changePassword(c *api.Call, tx *account.Tx, in *iamshape.ChangePasswordInput, r replacement) (*iamshape.ChangePasswordOutput, error) {
	u, err := ownLogin(c, tx.View())
	if err != nil {
		return nil, err
	}
	if err := checkPassword(tx.View(), in.NewPassword); err != nil {
		return nil, err
	}
	u = u.Clone()
	if u.Login, err = r.in(c, u); err != nil {
		return nil, err
	}
	u.Login.ResetRequired = false
	tx.PutUser(u)
	return nil, nil
}
