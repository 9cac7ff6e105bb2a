package terraform

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
)

var groupSequences = map[string]func(*steps){
	"resource.aws_iam_group":                 groupResource,
	"resource.aws_iam_group_membership":      groupMembershipResource,
	"resource.aws_iam_user_group_membership": userGroupMembershipResource,
	"resource.aws_iam_group_policy":          groupPolicyResource,
	"data.aws_iam_group":                     groupData,
}

func groupResource(s *steps) {
	read := func(name, path string) string {
		s.Helper()
		g := must(s.iam.GetGroup(ctx, &iam.GetGroupInput{GroupName: &name}))(s).Group
		s.same("group", []string{*g.GroupName, *g.Path, *g.Arn}, []string{name, path, s.arn("group" + path + name)})
		return *g.GroupId
	}
	must(s.iam.CreateGroup(ctx, &iam.CreateGroupInput{GroupName: aws.String("g"), Path: aws.String("/")}))(s)
	id := read("g", "/")
	must(s.iam.UpdateGroup(ctx, &iam.UpdateGroupInput{GroupName: aws.String("g"), NewGroupName: aws.String("h"), NewPath: aws.String("/x/")}))(s)
	s.same("unique_id", read("h", "/x/"), id)
	gone(s.iam.GetGroup(ctx, &iam.GetGroupInput{GroupName: aws.String("g")}))(s)
	must(s.iam.DeleteGroup(ctx, &iam.DeleteGroupInput{GroupName: aws.String("h")}))(s)
	gone(s.iam.DeleteGroup(ctx, &iam.DeleteGroupInput{GroupName: aws.String("h")}))(s)
	gone(s.iam.GetGroup(ctx, &iam.GetGroupInput{GroupName: aws.String("h")}))(s)
}

// members are the users of a group, a page for each.
func (s *steps) members(group string) (names []string) {
	s.Helper()
	pages := iam.NewGetGroupPaginator(s.iam, &iam.GetGroupInput{GroupName: &group, MaxItems: aws.Int32(1)})
	for pages.HasMorePages() {
		page := must(pages.NextPage(ctx))(s)
		s.same("group", *page.Group.GroupName, group)
		for _, u := range page.Users {
			names = append(names, *u.UserName)
		}
	}
	return names
}

func groupMembershipResource(s *steps) {
	g := s.group("g")
	for _, name := range []string{"a", "b", "c"} {
		s.user(name)
	}
	add := func(names ...string) {
		for _, name := range names {
			must(s.iam.AddUserToGroup(ctx, &iam.AddUserToGroupInput{GroupName: &g, UserName: &name}))(s)
		}
	}
	add("a", "b")
	s.same("users", s.members(g), []string{"a", "b"})
	must(s.iam.RemoveUserFromGroup(ctx, &iam.RemoveUserFromGroupInput{GroupName: &g, UserName: aws.String("a")}))(s)
	add("c", "c")
	s.same("users", s.members(g), []string{"b", "c"})
	for _, name := range []string{"b", "c"} {
		must(s.iam.RemoveUserFromGroup(ctx, &iam.RemoveUserFromGroupInput{GroupName: &g, UserName: &name}))(s)
	}
	s.same("users", len(s.members(g)), 0)
	gone(s.iam.RemoveUserFromGroup(ctx, &iam.RemoveUserFromGroupInput{GroupName: aws.String("none"), UserName: aws.String("b")}))(s)
	gone(s.iam.RemoveUserFromGroup(ctx, &iam.RemoveUserFromGroupInput{GroupName: &g, UserName: aws.String("none")}))(s)
	gone(s.iam.GetGroup(ctx, &iam.GetGroupInput{GroupName: aws.String("none")}))(s)
}

func userGroupMembershipResource(s *steps) {
	u := s.user("u")
	for _, name := range []string{"a", "b", "c"} {
		s.group(name)
		must(s.iam.AddUserToGroup(ctx, &iam.AddUserToGroupInput{GroupName: &name, UserName: &u}))(s)
	}
	must(s.iam.RemoveUserFromGroup(ctx, &iam.RemoveUserFromGroupInput{GroupName: aws.String("b"), UserName: &u}))(s)
	var names []string
	pages := iam.NewListGroupsForUserPaginator(s.iam, &iam.ListGroupsForUserInput{UserName: &u, MaxItems: aws.Int32(1)})
	for pages.HasMorePages() {
		for _, g := range must(pages.NextPage(ctx))(s).Groups {
			names = append(names, *g.GroupName)
		}
	}
	s.same("groups", names, []string{"a", "c"})
	gone(s.iam.ListGroupsForUser(ctx, &iam.ListGroupsForUserInput{UserName: aws.String("none")}))(s)
}

func groupPolicyResource(s *steps) {
	g := s.group("g")
	for _, text := range []string{allow, deny} {
		must(s.iam.PutGroupPolicy(ctx, &iam.PutGroupPolicyInput{GroupName: &g, PolicyName: aws.String("p"), PolicyDocument: &text}))(s)
		p := must(s.iam.GetGroupPolicy(ctx, &iam.GetGroupPolicyInput{GroupName: &g, PolicyName: aws.String("p")}))(s)
		s.same("policy", s.document(p.PolicyDocument), s.json(text))
		s.same("id", *p.GroupName+":"+*p.PolicyName, "g:p")
	}
	must(s.iam.DeleteGroupPolicy(ctx, &iam.DeleteGroupPolicyInput{GroupName: &g, PolicyName: aws.String("p")}))(s)
	gone(s.iam.DeleteGroupPolicy(ctx, &iam.DeleteGroupPolicyInput{GroupName: &g, PolicyName: aws.String("p")}))(s)
	gone(s.iam.GetGroupPolicy(ctx, &iam.GetGroupPolicyInput{GroupName: &g, PolicyName: aws.String("p")}))(s)
}

func groupData(s *steps) {
	g, u := s.group("g"), s.user("u")
	must(s.iam.AddUserToGroup(ctx, &iam.AddUserToGroupInput{GroupName: &g, UserName: &u}))(s)
	out := must(s.iam.GetGroup(ctx, &iam.GetGroupInput{GroupName: &g}))(s)
	s.same("group", []any{*out.Group.Arn, *out.Group.Path, len(*out.Group.GroupId)}, []any{s.arn("group/g"), "/", 21})
	s.same("users", []any{len(out.Users), *out.Users[0].UserName, *out.Users[0].Arn, *out.Users[0].Path, len(*out.Users[0].UserId)}, []any{1, u, s.arn("user/u"), "/", 21})
}
