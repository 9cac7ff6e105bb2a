package iam

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/aratame/aratame/internal/account"
	"github.com/aratame/aratame/internal/shape/iamshape"
)

func groupNames(groups []iamshape.Group) []string {
	names := []string{}
	for _, g := range groups {
		names = append(names, *g.GroupName)
	}
	return names
}

func TestCreateGroupShows(t *testing.T) {
	x := newTest(t)
	got := newGroup(x, "/a/", "Devs")
	if id := *got.GroupId; len(id) != 21 || !strings.HasPrefix(id, "AGPA") {
		t.Errorf("id %s", id)
	}
	want := iamshape.Group{
		Arn: ptr("arn:aws:iam::123456789012:group/a/Devs"), GroupName: ptr("Devs"), Path: ptr("/a/"), GroupId: got.GroupId, CreateDate: ptr(x.now),
	}
	same(t, "CreateGroup", *got, want)
	same(t, "GetGroup in another case", do[iamshape.GetGroupOutput](x, "GetGroup", &iamshape.GetGroupInput{GroupName: "dEVS"}),
		&iamshape.GetGroupOutput{Group: &want, Users: []iamshape.User{}, IsTruncated: ptr(false)})
	same(t, "ListGroups", do[iamshape.ListGroupsOutput](x, "ListGroups", &iamshape.ListGroupsInput{}),
		&iamshape.ListGroupsOutput{Groups: []iamshape.Group{want}, IsTruncated: ptr(false)})
}

func TestGroupErrors(t *testing.T) {
	x := newTest(t)
	newGroup(x, "/", "Devs")
	newGroup(x, "/", "Ops")
	newUser(x, "/", "Alice")
	x.fails("CreateGroup", &iamshape.CreateGroupInput{GroupName: "DEVS"}, "EntityAlreadyExists", "Group with name DEVS already exists.")
	x.fails("UpdateGroup", &iamshape.UpdateGroupInput{GroupName: "Devs", NewGroupName: ptr("ops")}, "EntityAlreadyExists", "Group with name ops already exists.")
	const none = "The group with name none cannot be found."
	x.fails("GetGroup", &iamshape.GetGroupInput{GroupName: "none"}, "NoSuchEntity", none)
	x.fails("UpdateGroup", &iamshape.UpdateGroupInput{GroupName: "none"}, "NoSuchEntity", none)
	x.fails("DeleteGroup", &iamshape.DeleteGroupInput{GroupName: "none"}, "NoSuchEntity", none)
	x.fails("AddUserToGroup", &iamshape.AddUserToGroupInput{UserName: "Alice", GroupName: "none"}, "NoSuchEntity", none)
	x.fails("RemoveUserFromGroup", &iamshape.RemoveUserFromGroupInput{UserName: "Alice", GroupName: "none"}, "NoSuchEntity", none)
	x.svc.Quotas.Groups = 2
	x.fails("CreateGroup", &iamshape.CreateGroupInput{GroupName: "third"}, "LimitExceeded", "Cannot exceed quota for GroupsPerAccount: 2")
}

func TestUpdateGroupKeepsMembers(t *testing.T) {
	x := newTest(t)
	id := *newGroup(x, "/", "Devs").GroupId
	newUser(x, "/", "Alice")
	x.must("AddUserToGroup", &iamshape.AddUserToGroupInput{UserName: "Alice", GroupName: "Devs"})
	target := x.target("UpdateGroup", &iamshape.UpdateGroupInput{GroupName: "devs", NewGroupName: ptr("Makers"), NewPath: ptr("/n/")})
	if target.Resource != "arn:aws:iam::123456789012:group/Devs" || target.Also[0].Resource != "arn:aws:iam::123456789012:group/n/Makers" {
		t.Errorf("target %+v", target)
	}
	x.must("UpdateGroup", &iamshape.UpdateGroupInput{GroupName: "devs", NewGroupName: ptr("Makers"), NewPath: ptr("/n/")})
	out := do[iamshape.GetGroupOutput](x, "GetGroup", &iamshape.GetGroupInput{GroupName: "makers"})
	if *out.Group.GroupId != id || *out.Group.Path != "/n/" || len(out.Users) != 1 {
		t.Errorf("after the rename: %+v", out)
	}
	x.fails("GetGroup", &iamshape.GetGroupInput{GroupName: "Devs"}, "NoSuchEntity", "The group with name Devs cannot be found.")
	x.must("UpdateGroup", &iamshape.UpdateGroupInput{GroupName: "makers", NewGroupName: ptr("MAKERS")})
}

func TestDeleteGroupInOrder(t *testing.T) {
	x := newTest(t)
	newGroup(x, "/", "Devs")
	newUser(x, "/", "Alice")
	x.must("AddUserToGroup", &iamshape.AddUserToGroupInput{UserName: "Alice", GroupName: "Devs"})
	edit := func(attached []string, inline []account.Inline) {
		x.change(func(tx *account.Tx) {
			g := tx.View().Group("Devs").Clone()
			g.Attached, g.Inline = attached, inline
			tx.PutGroup(g)
		})
	}
	inline := []account.Inline{{Name: "P", Document: "{}"}}
	edit([]string{adminPolicy}, inline)
	x.fails("DeleteGroup", &iamshape.DeleteGroupInput{GroupName: "devs"}, "DeleteConflict", "Cannot delete entity, must detach all policies first.")
	edit(nil, inline)
	x.fails("DeleteGroup", &iamshape.DeleteGroupInput{GroupName: "devs"}, "DeleteConflict", "Cannot delete entity, must delete policies first.")
	edit(nil, nil)
	x.fails("DeleteGroup", &iamshape.DeleteGroupInput{GroupName: "devs"}, "DeleteConflict", "Cannot delete entity, must remove users from group first.")
	x.must("RemoveUserFromGroup", &iamshape.RemoveUserFromGroupInput{UserName: "alice", GroupName: "devs"})
	x.must("DeleteGroup", &iamshape.DeleteGroupInput{GroupName: "devs"})
}

func TestMembership(t *testing.T) {
	x := newTest(t)
	newUser(x, "/", "Alice")
	add := func(group string) {
		t.Helper()
		x.must("AddUserToGroup", &iamshape.AddUserToGroupInput{UserName: "alice", GroupName: group})
	}
	for i := range account.MaxGroupsPerUser + 1 {
		newGroup(x, "/", "g"+strconv.Itoa(i))
	}
	for i := range account.MaxGroupsPerUser {
		add("G" + strconv.Itoa(account.MaxGroupsPerUser-1-i))
	}
	x.fails("AddUserToGroup", &iamshape.AddUserToGroupInput{UserName: "Alice", GroupName: "g10"}, "LimitExceeded", "Cannot exceed quota for GroupsPerUser: 10")
	add("g0") // a member already, at the limit

	got, in := []string{}, &iamshape.ListGroupsForUserInput{UserName: "Alice", MaxItems: ptr(int32(3))}
	for {
		out := do[iamshape.ListGroupsForUserOutput](x, "ListGroupsForUser", in)
		got = append(got, groupNames(out.Groups)...)
		if in.Marker = out.Marker; !*out.IsTruncated {
			break
		}
	}
	if want := []string{"g0", "g1", "g2", "g3", "g4", "g5", "g6", "g7", "g8", "g9"}; !slices.Equal(got, want) {
		t.Errorf("groups %q", got)
	}
	for range 2 { // the second time as no member
		x.must("RemoveUserFromGroup", &iamshape.RemoveUserFromGroupInput{UserName: "Alice", GroupName: "g3"})
	}
	add("g10")
	if n := len(x.view.User("Alice").Groups); n != account.MaxGroupsPerUser {
		t.Errorf("in %d groups", n)
	}
	const group = "arn:aws:iam::123456789012:group/g1"
	if r := x.target("AddUserToGroup", &iamshape.AddUserToGroupInput{UserName: "Alice", GroupName: "G1"}).Resource; r != group {
		t.Errorf("AddUserToGroup on %s", r)
	}
	if r := x.target("RemoveUserFromGroup", &iamshape.RemoveUserFromGroupInput{UserName: "Alice", GroupName: "G1"}).Resource; r != group {
		t.Errorf("RemoveUserFromGroup on %s", r)
	}
}

func TestGetGroupPagesMembers(t *testing.T) {
	x := newTest(t)
	newGroup(x, "/", "Devs")
	newGroup(x, "/", "Ops")
	for _, name := range []string{"c", "B", "a", "d"} {
		x.must("CreateUser", &iamshape.CreateUserInput{UserName: name, Tags: tags("k", "v")})
		x.must("AddUserToGroup", &iamshape.AddUserToGroupInput{UserName: name, GroupName: "Devs"})
	}
	first := do[iamshape.GetGroupOutput](x, "GetGroup", &iamshape.GetGroupInput{GroupName: "Devs", MaxItems: ptr(int32(2))})
	rest := do[iamshape.GetGroupOutput](x, "GetGroup", &iamshape.GetGroupInput{GroupName: "devs", Marker: first.Marker})
	if got := append(userNames(first.Users), userNames(rest.Users)...); !slices.Equal(got, []string{"a", "B", "c", "d"}) || *rest.IsTruncated {
		t.Errorf("members %q", got)
	}
	if first.Users[0].Tags != nil {
		t.Error("members are shown with tags")
	}
	x.fails("GetGroup", &iamshape.GetGroupInput{GroupName: "Ops", Marker: first.Marker}, "ValidationError", "Invalid Marker.")
}

func TestListGroupsPages(t *testing.T) {
	x := newTest(t)
	for _, name := range []string{"b", "A", "c"} {
		newGroup(x, "/p/", name)
	}
	newGroup(x, "/q/", "aa")
	first := do[iamshape.ListGroupsOutput](x, "ListGroups", &iamshape.ListGroupsInput{PathPrefix: ptr("/p"), MaxItems: ptr(int32(2))})
	rest := do[iamshape.ListGroupsOutput](x, "ListGroups", &iamshape.ListGroupsInput{PathPrefix: ptr("/p"), Marker: first.Marker})
	if got := append(groupNames(first.Groups), groupNames(rest.Groups)...); !slices.Equal(got, []string{"A", "b", "c"}) {
		t.Errorf("groups %q", got)
	}
}
