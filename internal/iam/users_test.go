package iam

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/aratame/aratame/internal/account"
	"github.com/aratame/aratame/internal/shape/iamshape"
)

const adminPolicy = "arn:aws:iam::aws:policy/AdministratorAccess"

// newUser and newGroup make entities with a path.
func newUser(x *tester, path, name string) *iamshape.User {
	x.Helper()
	return do[iamshape.CreateUserOutput](x, "CreateUser", &iamshape.CreateUserInput{UserName: name, Path: &path}).User
}

func newGroup(x *tester, path, name string) *iamshape.Group {
	x.Helper()
	return do[iamshape.CreateGroupOutput](x, "CreateGroup", &iamshape.CreateGroupInput{GroupName: name, Path: &path}).Group
}

func userNames(users []iamshape.User) []string {
	names := []string{}
	for _, u := range users {
		names = append(names, *u.UserName)
	}
	return names
}

func same(t testing.TB, what string, got, want any) {
	t.Helper()
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("%s (-want +got):\n%s", what, d)
	}
}

func TestCreateUserShows(t *testing.T) {
	x := newTest(t)
	x.now = x.now.Add(123 * time.Millisecond)
	got := do[iamshape.CreateUserOutput](x, "CreateUser", &iamshape.CreateUserInput{
		UserName: "Alice", Path: ptr("/a/b/"), PermissionsBoundary: ptr(adminPolicy), Tags: tags("team", "x", "b", ""),
	}).User
	if id := *got.UserId; len(id) != 21 || !strings.HasPrefix(id, "AIDA") {
		t.Errorf("id %s", id)
	}
	want := &iamshape.User{
		Arn: ptr("arn:aws:iam::123456789012:user/a/b/Alice"), UserName: ptr("Alice"), Path: ptr("/a/b/"), UserId: got.UserId,
		CreateDate: ptr(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)), Tags: tags("b", "", "team", "x"),
		PermissionsBoundary: &iamshape.AttachedPermissionsBoundary{PermissionsBoundaryArn: ptr(adminPolicy), PermissionsBoundaryType: ptr("Policy")},
	}
	same(t, "CreateUser", got, want)
	same(t, "GetUser in another case", do[iamshape.GetUserOutput](x, "GetUser", &iamshape.GetUserInput{UserName: ptr("ALICE")}).User, want)

	listed := *want
	listed.Tags, listed.PermissionsBoundary = nil, nil
	same(t, "ListUsers", do[iamshape.ListUsersOutput](x, "ListUsers", &iamshape.ListUsersInput{}),
		&iamshape.ListUsersOutput{Users: []iamshape.User{listed}, IsTruncated: ptr(false)})

	plain := do[iamshape.CreateUserOutput](x, "CreateUser", &iamshape.CreateUserInput{UserName: "Bob"}).User
	if plain.Tags != nil || plain.PermissionsBoundary != nil || *plain.Path != "/" || *plain.UserId == *got.UserId {
		t.Errorf("a plain user: %+v", plain)
	}
}

func TestCreateUserRefuses(t *testing.T) {
	x := newTest(t)
	newUser(x, "/", "Alice")
	create := func(code, message string, in *iamshape.CreateUserInput) {
		t.Helper()
		x.fails("CreateUser", in, code, message)
	}
	create("EntityAlreadyExists", "User with name aLICE already exists.", &iamshape.CreateUserInput{UserName: "aLICE", Path: ptr("/other/")})
	create("ValidationError", "The specified value for userName is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-", &iamshape.CreateUserInput{UserName: "a b"})
	create("ValidationError", "The specified value for path is invalid. It must begin and end with / and contain only alphanumeric characters and/or / characters.", &iamshape.CreateUserInput{UserName: "b", Path: ptr("a/")})
	create("ValidationError", "1 validation error detected: Value at 'userName' failed to satisfy constraint: Member must have length less than or equal to 64", &iamshape.CreateUserInput{UserName: strings.Repeat("a", 65)})
	create("NoSuchEntity", "Scope ARN: arn:aws:iam::123456789012:policy/None does not exist or is not attachable.", &iamshape.CreateUserInput{UserName: "b", PermissionsBoundary: ptr("arn:aws:iam::123456789012:policy/None")})
	create("InvalidInput", "ARN arn:aws:iam::123456789012:user/Alice is not valid.", &iamshape.CreateUserInput{UserName: "b", PermissionsBoundary: ptr("arn:aws:iam::123456789012:user/Alice")})
	create("InvalidInput", "Duplicate tag keys found. Please note that Tag keys are case insensitive.", &iamshape.CreateUserInput{UserName: "b", Tags: tags("a", "1", "A", "2")})
	create("InvalidInput", "Tag keys beginning with aws: are reserved for system use.", &iamshape.CreateUserInput{UserName: "b", Tags: tags("AWS:x", "1")})
	create("ValidationError", "1 validation error detected: Value at 'tags' failed to satisfy constraint: Member must have length less than or equal to 50", &iamshape.CreateUserInput{UserName: "b", Tags: manyTags("k", 51)})
	x.svc.Quotas.Users = 1
	create("LimitExceeded", "Cannot exceed quota for UsersPerAccount: 1", &iamshape.CreateUserInput{UserName: "b"})
	if n := x.view.Count().Users; n != 1 {
		t.Errorf("%d users remain", n)
	}
}

func TestUnknownUser(t *testing.T) {
	x := newTest(t)
	const message = "The user with name nobody cannot be found."
	for name, in := range map[string]any{
		"GetUser":             &iamshape.GetUserInput{UserName: ptr("nobody")},
		"UpdateUser":          &iamshape.UpdateUserInput{UserName: "nobody"},
		"DeleteUser":          &iamshape.DeleteUserInput{UserName: "nobody"},
		"TagUser":             &iamshape.TagUserInput{UserName: "nobody", Tags: tags("a", "b")},
		"UntagUser":           &iamshape.UntagUserInput{UserName: "nobody", TagKeys: []string{"a"}},
		"ListUserTags":        &iamshape.ListUserTagsInput{UserName: "nobody"},
		"ListGroupsForUser":   &iamshape.ListGroupsForUserInput{UserName: "nobody"},
		"CreateAccessKey":     &iamshape.CreateAccessKeyInput{UserName: ptr("nobody")},
		"ListAccessKeys":      &iamshape.ListAccessKeysInput{UserName: ptr("nobody")},
		"UpdateAccessKey":     &iamshape.UpdateAccessKeyInput{UserName: ptr("nobody"), AccessKeyId: "AKIAQAAAAAAAAAAAAAAA", Status: "Active"},
		"DeleteAccessKey":     &iamshape.DeleteAccessKeyInput{UserName: ptr("nobody"), AccessKeyId: "AKIAQAAAAAAAAAAAAAAA"},
		"AddUserToGroup":      &iamshape.AddUserToGroupInput{UserName: "nobody", GroupName: "none"}, // the user comes first
		"RemoveUserFromGroup": &iamshape.RemoveUserFromGroupInput{UserName: "nobody", GroupName: "none"},
	} {
		x.fails(name, in, "NoSuchEntity", message)
	}
}

func TestGetUserOfCaller(t *testing.T) {
	x := newTest(t)
	root := do[iamshape.GetUserOutput](x, "GetUser", &iamshape.GetUserInput{}).User
	same(t, "root", root, &iamshape.User{Arn: ptr("arn:aws:iam::123456789012:root"), UserId: ptr(testAccount), CreateDate: ptr(x.now)})
	newUser(x, "/p/", "Alice")
	x.asUser("Alice")
	if u := do[iamshape.GetUserOutput](x, "GetUser", &iamshape.GetUserInput{}).User; *u.UserName != "Alice" {
		t.Errorf("got %s", *u.UserName)
	}
	if r := x.target("GetUser", &iamshape.GetUserInput{}).Resource; r != "arn:aws:iam::123456789012:user/p/Alice" {
		t.Errorf("target %s", r)
	}
	x.asRole()
	x.fails("GetUser", &iamshape.GetUserInput{}, "ValidationError", "Must specify userName when calling with non-User credentials")
}

func TestListUsersPages(t *testing.T) {
	x := newTest(t)
	for _, name := range []string{"b", "A", "c", "D", "e"} {
		newUser(x, "/p/", name)
	}
	newUser(x, "/q/", "aa")
	for _, c := range []struct {
		prefix *string
		want   []string
	}{
		{nil, []string{"A", "aa", "b", "c", "D", "e"}},
		{ptr("/p"), []string{"A", "b", "c", "D", "e"}},
		{ptr("/p/x"), []string{}},
	} {
		for limit := int32(1); limit < 8; limit++ {
			got, in := []string{}, &iamshape.ListUsersInput{PathPrefix: c.prefix, MaxItems: &limit}
			for {
				out := do[iamshape.ListUsersOutput](x, "ListUsers", in)
				got = append(got, userNames(out.Users)...)
				if in.Marker = out.Marker; !*out.IsTruncated {
					break
				}
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("limit %d: %q, want %q", limit, got, c.want)
			}
		}
	}
	x.fails("ListUsers", &iamshape.ListUsersInput{Marker: ptr("forged")}, "ValidationError", "Invalid Marker.")
	m := do[iamshape.ListUsersOutput](x, "ListUsers", &iamshape.ListUsersInput{MaxItems: ptr(int32(1))}).Marker
	x.fails("ListGroups", &iamshape.ListGroupsInput{Marker: m}, "ValidationError", "Invalid Marker.")
	x.fails("ListUsers", &iamshape.ListUsersInput{Marker: m, PathPrefix: ptr("/p/")}, "ValidationError", "Invalid Marker.")
}

func TestUpdateUserKeepsAllThatIsItsOwn(t *testing.T) {
	x := newTest(t)
	id := *newUser(x, "/", "Alice").UserId
	newUser(x, "/", "Bob")
	newGroup(x, "/", "G")
	x.must("AddUserToGroup", &iamshape.AddUserToGroupInput{UserName: "Alice", GroupName: "G"})
	x.must("CreateAccessKey", &iamshape.CreateAccessKeyInput{UserName: ptr("Alice")})
	x.must("UpdateUser", &iamshape.UpdateUserInput{UserName: "alice", NewUserName: ptr("Carol"), NewPath: ptr("/n/")})
	x.fails("GetUser", &iamshape.GetUserInput{UserName: ptr("Alice")}, "NoSuchEntity", "The user with name Alice cannot be found.")
	u := x.view.User("carol")
	if u.ID != id || u.Path != "/n/" || len(u.Keys) != 1 || len(u.Groups) != 1 {
		t.Errorf("after the rename: %+v", u)
	}
	x.fails("UpdateUser", &iamshape.UpdateUserInput{UserName: "Carol", NewUserName: ptr("BOB")}, "EntityAlreadyExists", "User with name BOB already exists.")
	x.must("UpdateUser", &iamshape.UpdateUserInput{UserName: "Carol", NewUserName: ptr("CAROL")})
	x.must("UpdateUser", &iamshape.UpdateUserInput{UserName: "Carol"})
	if u := x.view.User("carol"); u.Name != "CAROL" || u.Path != "/n/" {
		t.Errorf("after the change of case: %s%s", u.Path, u.Name)
	}
}

func TestUpdateUserMovesBothWays(t *testing.T) {
	x := newTest(t)
	newUser(x, "/old/", "Alice")
	got := x.target("UpdateUser", &iamshape.UpdateUserInput{UserName: "ALICE", NewUserName: ptr("B"), NewPath: ptr("/new/")})
	if got.Resource != "arn:aws:iam::123456789012:user/old/Alice" || len(got.Also) != 1 ||
		got.Also[0].Action != "iam:UpdateUser" || got.Also[0].Resource != "arn:aws:iam::123456789012:user/new/B" {
		t.Errorf("target %+v", got)
	}
	if got := x.target("UpdateUser", &iamshape.UpdateUserInput{UserName: "alice"}); len(got.Also) != 0 {
		t.Errorf("target without a change %+v", got)
	}
}

func TestDeleteUserInOrder(t *testing.T) {
	x := newTest(t)
	id := *newUser(x, "/", "Alice").UserId
	newGroup(x, "/", "G")
	x.must("AddUserToGroup", &iamshape.AddUserToGroupInput{UserName: "Alice", GroupName: "G"})
	key := do[iamshape.CreateAccessKeyOutput](x, "CreateAccessKey", &iamshape.CreateAccessKeyInput{UserName: ptr("Alice")}).AccessKey
	device := &account.MFADevice{ID: "d", Name: "d", Path: "/", Seed: []byte("sealed"), User: id, Enabled: x.now}
	edit := func(run func(u *account.User)) {
		x.change(func(tx *account.Tx) {
			u := tx.View().User("Alice").Clone()
			run(u)
			tx.PutUser(u)
		})
	}
	edit(func(u *account.User) {
		u.Attached, u.Inline = []string{adminPolicy}, []account.Inline{{Name: "P", Document: "{}"}}
	})
	x.change(func(tx *account.Tx) { tx.PutMFADevice(device) })

	for _, step := range []struct {
		message string
		repair  func()
	}{
		{"Cannot delete entity, must detach all policies first.", func() { edit(func(u *account.User) { u.Attached = nil }) }},
		{"Cannot delete entity, must delete policies first.", func() { edit(func(u *account.User) { u.Inline = nil }) }},
		{"Cannot delete entity, must remove users from group first.", func() {
			x.must("RemoveUserFromGroup", &iamshape.RemoveUserFromGroupInput{UserName: "Alice", GroupName: "G"})
		}},
		{"Cannot delete entity, must delete access keys first.", func() {
			x.must("DeleteAccessKey", &iamshape.DeleteAccessKeyInput{UserName: ptr("Alice"), AccessKeyId: *key.AccessKeyId})
		}},
		{"Cannot delete entity, must remove tokens from principal first.", func() {
			x.change(func(tx *account.Tx) { tx.DeleteMFADevice(device) })
		}},
	} {
		x.fails("DeleteUser", &iamshape.DeleteUserInput{UserName: "alice"}, "DeleteConflict", step.message)
		step.repair()
	}
	x.must("DeleteUser", &iamshape.DeleteUserInput{UserName: "alice"})
	if again := newUser(x, "/", "Alice"); *again.UserId == id {
		t.Error("an id was used twice")
	}
}

func TestUserTags(t *testing.T) {
	x := newTest(t)
	newUser(x, "/", "Alice")
	tag := func(pairs ...string) {
		t.Helper()
		x.must("TagUser", &iamshape.TagUserInput{UserName: "Alice", Tags: tags(pairs...)})
	}
	list := func() []iamshape.Tag {
		return do[iamshape.ListUserTagsOutput](x, "ListUserTags", &iamshape.ListUserTagsInput{UserName: "ALICE"}).Tags
	}
	same(t, "no tags", list(), []iamshape.Tag{})
	tag("abc", "1", "z", "2", "B", "3", "a", "")
	same(t, "by length, then key", list(), tags("B", "3", "a", "", "z", "2", "abc", "1"))
	tag("ABC", "new")
	same(t, "spelling and value replaced", list(), tags("B", "3", "a", "", "z", "2", "ABC", "new"))
	x.must("UntagUser", &iamshape.UntagUserInput{UserName: "Alice", TagKeys: []string{"abc", "b", "unknown"}})
	same(t, "untagged", list(), tags("a", "", "z", "2"))
	x.fails("TagUser", &iamshape.TagUserInput{UserName: "Alice", Tags: tags("k", "1", "K", "1")},
		"InvalidInput", "Duplicate tag keys found. Please note that Tag keys are case insensitive.")
	x.fails("TagUser", &iamshape.TagUserInput{UserName: "Alice", Tags: tags("aws:k", "1")},
		"InvalidInput", "Tag keys beginning with aws: are reserved for system use.")
	x.fails("TagUser", &iamshape.TagUserInput{UserName: "Alice", Tags: manyTags("k", 49)},
		"LimitExceeded", "The number of tags has reached the maximum limit.")
	x.must("TagUser", &iamshape.TagUserInput{UserName: "Alice", Tags: manyTags("k", 48)})
	x.must("TagUser", &iamshape.TagUserInput{UserName: "Alice", Tags: tags("A", "still fifty")})

	var got []iamshape.Tag
	in := &iamshape.ListUserTagsInput{UserName: "Alice", MaxItems: ptr(int32(7))}
	for {
		out := do[iamshape.ListUserTagsOutput](x, "ListUserTags", in)
		got = append(got, out.Tags...)
		if in.Marker = out.Marker; in.Marker == nil {
			break
		}
	}
	same(t, "in pages", got, list())
	if len(got) != 50 {
		t.Errorf("%d tags", len(got))
	}
}

func TestUserTargets(t *testing.T) {
	x := newTest(t)
	x.must("CreateUser", &iamshape.CreateUserInput{UserName: "Alice", Path: ptr("/p/"), Tags: tags("k", "v")})
	const alice, nobody = "arn:aws:iam::123456789012:user/p/Alice", "arn:aws:iam::123456789012:user/nobody"
	own := []account.Tag{{Key: "k", Value: "v"}}

	got := x.target("TagUser", &iamshape.TagUserInput{UserName: "alice", Tags: tags("n", "w")})
	if got.Resource != alice {
		t.Errorf("TagUser on %s", got.Resource)
	}
	same(t, "its tags", got.Tags, own)
	same(t, "tags of the request", got.RequestTags, []account.Tag{{Key: "n", Value: "w"}})
	got = x.target("UntagUser", &iamshape.UntagUserInput{UserName: "alice", TagKeys: []string{"n"}})
	same(t, "keys of the request", got.TagKeys, []string{"n"})
	if got = x.target("DeleteUser", &iamshape.DeleteUserInput{UserName: "nobody"}); got.Resource != nobody || got.Tags != nil {
		t.Errorf("DeleteUser of nobody on %+v", got)
	}
	if r := x.target("ListUsers", &iamshape.ListUsersInput{}).Resource; r != "*" {
		t.Errorf("ListUsers on %s", r)
	}
	got = x.target("CreateUser", &iamshape.CreateUserInput{UserName: "N", Path: ptr("/n/"), PermissionsBoundary: ptr(adminPolicy), Tags: tags("n", "w")})
	const created = "arn:aws:iam::123456789012:user/n/N"
	if got.Resource != created || len(got.RequestTags) != 1 || len(got.Also) != 1 || got.Also[0].Action != "iam:TagUser" || got.Also[0].Resource != created {
		t.Errorf("CreateUser on %+v", got)
	}
	same(t, "its keys", got.Keys, map[string][]string{"iam:permissionsboundary": {adminPolicy}})
	got = x.target("CreateUser", &iamshape.CreateUserInput{UserName: "N"})
	if got.Keys != nil || got.Also != nil {
		t.Errorf("a plain CreateUser on %+v", got)
	}
}

func TestManyUsers(t *testing.T) {
	x := newTest(t)
	x.change(func(tx *account.Tx) {
		for i := range 250 {
			n := strconv.Itoa(1000 + i)
			tx.PutUser(&account.User{ID: "AIDA" + n, Name: "u" + n, Path: "/", Created: x.now})
		}
	})
	out := do[iamshape.ListUsersOutput](x, "ListUsers", &iamshape.ListUsersInput{})
	if len(out.Users) != 100 || !*out.IsTruncated {
		t.Errorf("%d users, truncated %v", len(out.Users), *out.IsTruncated)
	}
	x.fails("ListUsers", &iamshape.ListUsersInput{MaxItems: ptr(int32(1001))}, "ValidationError",
		"1 validation error detected: Value at 'maxItems' failed to satisfy constraint: Member must have value less than or equal to 1000")
}
