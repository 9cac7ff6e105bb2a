package iam

import (
	"bytes"
	"testing"
	"time"

	"github.com/aratame/aratame/internal/account"
	"github.com/aratame/aratame/internal/api"
	"github.com/aratame/aratame/internal/awsid"
	"github.com/aratame/aratame/internal/password"
	"github.com/aratame/aratame/internal/session"
	"github.com/aratame/aratame/internal/shape/iamshape"
)

// login is what is kept of a user's password.
func login(x *tester, user string) *account.LoginProfile { return x.view.User(user).Login }

func opens(x *tester, user, plain string) bool {
	x.Helper()
	ok, err := password.Verify(x.Context(), login(x, user).Hash, plain)
	if err != nil {
		x.Fatal(err)
	}
	return ok
}

func TestLoginProfiles(t *testing.T) {
	x := newTest(t)
	newUser(x, "/p/", "Alice")
	none := "Login Profile for User Alice cannot be found."
	x.fails("GetLoginProfile", &iamshape.GetLoginProfileInput{UserName: ptr("alice")}, "NoSuchEntity", none)
	x.fails("UpdateLoginProfile", &iamshape.UpdateLoginProfileInput{UserName: "alice", Password: ptr("Sesame-1")}, "NoSuchEntity", none)
	x.fails("DeleteLoginProfile", &iamshape.DeleteLoginProfileInput{UserName: ptr("alice")}, "NoSuchEntity", none)
	x.fails("CreateLoginProfile", &iamshape.CreateLoginProfileInput{UserName: ptr("Bob"), Password: ptr("weak")}, "NoSuchEntity", "The user with name Bob cannot be found.")
	x.fails("CreateLoginProfile", &iamshape.CreateLoginProfileInput{UserName: ptr("Alice")}, "ValidationError",
		"1 validation error detected: Value at 'password' failed to satisfy constraint: Member must not be null")
	x.fails("CreateLoginProfile", &iamshape.CreateLoginProfileInput{UserName: ptr("Alice"), Password: ptr("sesame12")}, "PasswordPolicyViolation",
		"Password should meet 1 more of the following requirements: Password should have at least one uppercase letter, Password should have at least one symbol")
	same(t, "created", do[iamshape.CreateLoginProfileOutput](x, "CreateLoginProfile", &iamshape.CreateLoginProfileInput{UserName: ptr("ALICE"), Password: ptr("Sesame-1")}).LoginProfile,
		&iamshape.LoginProfile{CreateDate: &x.now, PasswordResetRequired: ptr(false), UserName: ptr("Alice")})
	x.fails("CreateLoginProfile", &iamshape.CreateLoginProfileInput{UserName: ptr("alice"), Password: ptr("Sesame-1")}, "EntityAlreadyExists", "Login Profile for user Alice already exists.")
	for key, data := range x.records {
		if bytes.Contains(data, []byte("Sesame")) {
			t.Errorf("record %s holds the password", key)
		}
	}
	if !opens(x, "Alice", "Sesame-1") || opens(x, "Alice", "Sesame-2") {
		t.Error("the hash is another password's")
	}
	created := x.now
	x.now = x.now.Add(time.Hour)
	x.fails("UpdateLoginProfile", &iamshape.UpdateLoginProfileInput{UserName: "alice", Password: ptr("sesame")}, "PasswordPolicyViolation",
		"Password should have a minimum length of 8, Password should meet 2 more of the following requirements: Password should have at least one uppercase letter, Password should have at least one number, Password should have at least one symbol")
	x.must("UpdateLoginProfile", &iamshape.UpdateLoginProfileInput{UserName: "alice", PasswordResetRequired: ptr(true)})
	if !opens(x, "Alice", "Sesame-1") || !login(x, "Alice").Changed.Equal(created) {
		t.Error("a reset changes the password")
	}
	x.must("UpdateLoginProfile", &iamshape.UpdateLoginProfileInput{UserName: "alice", Password: ptr("Sesame-2")})
	if l := login(x, "Alice"); !opens(x, "Alice", "Sesame-2") || !l.ResetRequired || !l.Changed.Equal(x.now) || !l.Created.Equal(created) || len(l.Former) != 1 {
		t.Errorf("%+v", l)
	}
	same(t, "got", do[iamshape.GetLoginProfileOutput](x, "GetLoginProfile", &iamshape.GetLoginProfileInput{UserName: ptr("alice")}).LoginProfile,
		&iamshape.LoginProfile{CreateDate: &created, PasswordResetRequired: ptr(true), UserName: ptr("Alice")})
	x.must("UpdateUser", &iamshape.UpdateUserInput{UserName: "Alice", NewUserName: ptr("Anna")})
	if !opens(x, "Anna", "Sesame-2") {
		t.Error("the password doesn't follow a rename")
	}
	x.fails("DeleteUser", &iamshape.DeleteUserInput{UserName: "Anna"}, "DeleteConflict", "Cannot delete entity, must delete login profile first.")
	x.must("DeleteLoginProfile", &iamshape.DeleteLoginProfileInput{UserName: ptr("anna")})
	x.must("DeleteUser", &iamshape.DeleteUserInput{UserName: "Anna"})
}

// Without a name the request is about the signing user; root's keys must name
// somebody, and a session of AssumeRoot is about root.
func TestLoginProfileOfCaller(t *testing.T) {
	x := newTest(t)
	newUser(x, "/p/", "Alice")
	const unnamed = "Must specify userName when calling with non-User credentials"
	for _, as := range []func(){x.asRoot, x.asRole} {
		as()
		x.fails("CreateLoginProfile", &iamshape.CreateLoginProfileInput{Password: ptr("Sesame-1")}, "ValidationError", unnamed)
		x.fails("GetLoginProfile", &iamshape.GetLoginProfileInput{}, "ValidationError", unnamed)
		x.fails("DeleteLoginProfile", &iamshape.DeleteLoginProfileInput{}, "ValidationError", unnamed)
	}
	x.asUser("Alice")
	x.must("CreateLoginProfile", &iamshape.CreateLoginProfileInput{Password: ptr("Sesame-1")})
	if got := x.target("GetLoginProfile", &iamshape.GetLoginProfileInput{}).Resource; got != awsid.IAM(testAccount, "user", "/p/", "Alice") {
		t.Error(got)
	}
	x.must("GetLoginProfile", &iamshape.GetLoginProfileInput{})
	x.must("DeleteLoginProfile", &iamshape.DeleteLoginProfileInput{})

	x.asRoot()
	x.caller.Session = &session.Session{Kind: session.AssumedRoot}
	const none = "Login Profile for User root cannot be found."
	if got := x.target("GetLoginProfile", &iamshape.GetLoginProfileInput{}).Resource; got != awsid.Root(testAccount) {
		t.Error(got)
	}
	x.fails("GetLoginProfile", &iamshape.GetLoginProfileInput{}, "NoSuchEntity", none)
	x.fails("DeleteLoginProfile", &iamshape.DeleteLoginProfileInput{}, "NoSuchEntity", none)
	x.fails("CreateLoginProfile", &iamshape.CreateLoginProfileInput{Password: ptr("Sesame-1")}, "ValidationError", "Password must be omitted for the root user.")
	x.must("CreateLoginProfile", &iamshape.CreateLoginProfileInput{})
	x.fails("CreateLoginProfile", &iamshape.CreateLoginProfileInput{}, "EntityAlreadyExists", "Login Profile for user root already exists.")
	x.must("GetLoginProfile", &iamshape.GetLoginProfileInput{})
	x.change(func(tx *account.Tx) {
		s := tx.View().Settings().Clone()
		s.Root.PasswordHash = "$argon2id$"
		tx.PutSettings(s)
	})
	x.must("DeleteLoginProfile", &iamshape.DeleteLoginProfileInput{})
	if r := x.view.Settings().Root; r.PasswordHash != "" || r.MayRecover || !r.PasswordChanged.IsZero() {
		t.Errorf("%+v", r)
	}
}

func TestChangePassword(t *testing.T) {
	x := newTest(t)
	newUser(x, "/", "Alice")
	change := func(old, plain string) *iamshape.ChangePasswordInput {
		return &iamshape.ChangePasswordInput{OldPassword: old, NewPassword: plain}
	}
	for _, as := range []func(){x.asRoot, x.asRole} {
		as()
		x.fails("ChangePassword", change("Sesame-1", "Sesame-2"), "InvalidUserType", "Only IAM Users can change their own password")
	}
	x.asUser("Alice")
	x.fails("ChangePassword", change("Sesame-1", "Sesame-2"), "NoSuchEntity", "Login Profile for User Alice cannot be found.")
	x.must("CreateLoginProfile", &iamshape.CreateLoginProfileInput{Password: ptr("Sesame-1"), PasswordResetRequired: ptr(true)})
	x.fails("ChangePassword", change("Sesame-1", "sesame12"), "PasswordPolicyViolation",
		"Password should meet 1 more of the following requirements: Password should have at least one uppercase letter, Password should have at least one symbol")
	const wrong = "The old password was incorrect."
	for range 4 {
		x.fails("ChangePassword", change("Sesame-0", "Sesame-2"), "AccessDenied", wrong)
	}
	x.now = x.now.Add(time.Minute)
	x.must("ChangePassword", change("Sesame-1", "Sesame-2"))
	if l := login(x, "Alice"); !opens(x, "Alice", "Sesame-2") || l.ResetRequired || !l.Changed.Equal(x.now) {
		t.Errorf("%+v", l)
	}
	x.must("ChangePassword", change("Sesame-2", "Sesame-2")) // nothing forbids it
	// Guessing ends after five, also with the right password, and not for ever.
	for range 5 {
		x.fails("ChangePassword", change("Sesame-0", "Sesame-3"), "AccessDenied", wrong)
	}
	const busy = "Login Profile for User Alice cannot be modified now: wrong passwords were given too often. Try again in a few minutes."
	x.fails("ChangePassword", change("Sesame-2", "Sesame-3"), "EntityTemporarilyUnmodifiable", busy)
	x.now = x.now.Add(5 * time.Minute)
	x.must("ChangePassword", change("Sesame-2", "Sesame-3"))
}

// A password that was replaced while a new one was being hashed isn't replaced
// by that.
func TestPasswordChangedMeanwhile(t *testing.T) {
	x := newTest(t)
	newUser(x, "/", "Alice")
	x.must("CreateLoginProfile", &iamshape.CreateLoginProfileInput{UserName: ptr("Alice"), Password: ptr("Sesame-1")})
	x.asUser("Alice")
	for name, in := range map[string]any{
		"ChangePassword":     &iamshape.ChangePasswordInput{OldPassword: "Sesame-1", NewPassword: "Sesame-3"},
		"UpdateLoginProfile": &iamshape.UpdateLoginProfileInput{UserName: "Alice", Password: ptr("Sesame-4")},
	} {
		op, c, decoded, err := x.prepare(name, in)
		if err != nil {
			t.Fatal(err)
		}
		if err := field[func(*api.Call, *account.View, any) error](op, "prepare")(c, x.view, decoded); err != nil {
			t.Fatal(err)
		}
		tx := x.view.Begin()
		u := tx.View().User("Alice").Clone()
		u.Login.Hash = "$argon2id$other"
		tx.PutUser(u)
		_, err = field[func(*api.Call, *account.Tx, any) (any, error)](op, "write")(c, tx, decoded)
		if err == nil || err.Error() != "EntityTemporarilyUnmodifiable: Login Profile for User Alice cannot be modified while another request is changing it." {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestPasswordReuse(t *testing.T) {
	x := newTest(t)
	newUser(x, "/", "Alice")
	x.must("UpdateAccountPasswordPolicy", &iamshape.UpdateAccountPasswordPolicyInput{PasswordReusePrevention: ptr(int32(2))})
	x.must("CreateLoginProfile", &iamshape.CreateLoginProfileInput{UserName: ptr("Alice"), Password: ptr("first-1")})
	const used = "Password was used in the past 2 passwords"
	set := func(plain string) *iamshape.UpdateLoginProfileInput {
		return &iamshape.UpdateLoginProfileInput{UserName: "Alice", Password: &plain}
	}
	x.fails("UpdateLoginProfile", set("first-1"), "PasswordPolicyViolation", used)
	x.must("UpdateLoginProfile", set("second"))
	x.fails("UpdateLoginProfile", set("first-1"), "PasswordPolicyViolation", used)
	x.must("UpdateLoginProfile", set("third-3"))
	x.asUser("Alice")
	x.fails("ChangePassword", &iamshape.ChangePasswordInput{OldPassword: "third-3", NewPassword: "second"}, "PasswordPolicyViolation", used)
	x.must("ChangePassword", &iamshape.ChangePasswordInput{OldPassword: "third-3", NewPassword: "first-1"})
	x.asRoot()
	x.must("DeleteAccountPasswordPolicy", &iamshape.DeleteAccountPasswordPolicyInput{})
	x.must("UpdateLoginProfile", set("Third-33"))
	x.must("UpdateLoginProfile", set("Third-33"))
}

func TestPasswordPolicy(t *testing.T) {
	x := newTest(t)
	x.fails("GetAccountPasswordPolicy", &iamshape.GetAccountPasswordPolicyInput{}, "NoSuchEntity", "The Password Policy with domain name 123456789012 cannot be found.")
	x.fails("DeleteAccountPasswordPolicy", &iamshape.DeleteAccountPasswordPolicyInput{}, "NoSuchEntity", "The account policy with name PasswordPolicy cannot be found.")
	full := &iamshape.UpdateAccountPasswordPolicyInput{
		AllowUsersToChangePassword: ptr(true), HardExpiry: ptr(true), MaxPasswordAge: ptr(int32(60)), MinimumPasswordLength: ptr(int32(10)), PasswordReusePrevention: ptr(int32(3)),
		RequireLowercaseCharacters: ptr(true), RequireNumbers: ptr(true), RequireSymbols: ptr(true), RequireUppercaseCharacters: ptr(true),
	}
	get := func() *iamshape.PasswordPolicy {
		return do[iamshape.GetAccountPasswordPolicyOutput](x, "GetAccountPasswordPolicy", &iamshape.GetAccountPasswordPolicyInput{}).PasswordPolicy
	}
	x.must("UpdateAccountPasswordPolicy", full)
	same(t, "full", get(), &iamshape.PasswordPolicy{
		AllowUsersToChangePassword: ptr(true), ExpirePasswords: ptr(true), HardExpiry: ptr(true), MaxPasswordAge: ptr(int32(60)), MinimumPasswordLength: ptr(int32(10)), PasswordReusePrevention: ptr(int32(3)),
		RequireLowercaseCharacters: ptr(true), RequireNumbers: ptr(true), RequireSymbols: ptr(true), RequireUppercaseCharacters: ptr(true),
	})
	x.must("UpdateAccountPasswordPolicy", &iamshape.UpdateAccountPasswordPolicyInput{})
	defaults := &iamshape.PasswordPolicy{
		AllowUsersToChangePassword: ptr(false), ExpirePasswords: ptr(false), MinimumPasswordLength: ptr(int32(6)),
		RequireLowercaseCharacters: ptr(false), RequireNumbers: ptr(false), RequireSymbols: ptr(false), RequireUppercaseCharacters: ptr(false),
	}
	same(t, "defaults", get(), defaults)
	x.must("UpdateAccountPasswordPolicy", &iamshape.UpdateAccountPasswordPolicyInput{HardExpiry: ptr(false)})
	defaults.HardExpiry = ptr(false)
	same(t, "with HardExpiry", get(), defaults)
	x.fails("UpdateAccountPasswordPolicy", &iamshape.UpdateAccountPasswordPolicyInput{MinimumPasswordLength: ptr(int32(129)), PasswordReusePrevention: ptr(int32(25)), MaxPasswordAge: ptr(int32(1096))},
		"ValidationError", "3 validation errors detected: Value at 'minimumPasswordLength' failed to satisfy constraint: Member must have value less than or equal to 128; Value at 'passwordReusePrevention' failed to satisfy constraint: Member must have value less than or equal to 24; Value at 'maxPasswordAge' failed to satisfy constraint: Member must have value less than or equal to 1095")
	x.must("DeleteAccountPasswordPolicy", &iamshape.DeleteAccountPasswordPolicyInput{})
	x.fails("GetAccountPasswordPolicy", &iamshape.GetAccountPasswordPolicyInput{}, "NoSuchEntity", "The Password Policy with domain name 123456789012 cannot be found.")
}

// DeleteUser names what has to go before, in this order.
func TestDeleteUserNamesCredentials(t *testing.T) {
	x := newTest(t)
	newUser(x, "/", "Alice")
	x.must("CreateLoginProfile", &iamshape.CreateLoginProfileInput{UserName: ptr("Alice"), Password: ptr("Sesame-1")})
	key := newKey(x, ptr("Alice"))
	serial, _ := giveDevice(x, "Alice", "phone")
	for _, give := range []func(u *account.User){
		func(u *account.User) {
			u.SigningCertificates = []account.SigningCertificate{{ID: "C", Body: "PEM", Status: account.Active}}
		},
		func(u *account.User) {
			u.SSHKeys = []account.SSHKey{{ID: "APKA", Body: "ssh-rsa", Status: account.Active}}
		},
		func(u *account.User) {
			u.ServiceCredentials = []account.ServiceCredential{{ID: "ACCA", Service: "s", Secret: []byte("s"), Status: account.Active}}
		},
	} {
		put := func(change func(u *account.User)) {
			x.change(func(tx *account.Tx) {
				u := tx.View().User("Alice").Clone()
				change(u)
				tx.PutUser(u)
			})
		}
		put(give)
		deleting := func(what string) {
			x.Helper()
			x.fails("DeleteUser", &iamshape.DeleteUserInput{UserName: "Alice"}, "DeleteConflict", "Cannot delete entity, must "+what+" first.")
		}
		if login(x, "Alice") != nil {
			deleting("delete login profile")
			x.must("DeleteLoginProfile", &iamshape.DeleteLoginProfileInput{UserName: ptr("Alice")})
			deleting("delete access keys")
			x.must("DeleteAccessKey", &iamshape.DeleteAccessKeyInput{UserName: ptr("Alice"), AccessKeyId: *key.AccessKeyId})
			deleting("remove tokens from principal")
			x.must("DeactivateMFADevice", &iamshape.DeactivateMFADeviceInput{UserName: ptr("Alice"), SerialNumber: serial})
		}
		if u := x.view.User("Alice"); len(u.SigningCertificates) > 0 {
			deleting("delete certificates")
		} else {
			deleting("remove referenced objects")
		}
		put(func(u *account.User) { u.SigningCertificates, u.SSHKeys, u.ServiceCredentials = nil, nil, nil })
	}
	x.must("DeleteUser", &iamshape.DeleteUserInput{UserName: "Alice"})
}
