package main

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"net/url"
	"sync"
	"time"
)

// The account whose listings are measured: AWS's quotas of a new account.
const (
	listUsers    = 1000
	listRoles    = 1000
	listPolicies = 1500
	listGroups   = 300
)

// lists measures every List call, and GetAccountAuthorizationDetails page by
// page, in an account that is as full as a new one of AWS can be.
func lists(dir string, length time.Duration) error {
	s, err := start("serve", dir+"/full")
	if err != nil {
		return err
	}
	defer s.stop()
	if err := fill(s); err != nil {
		return err
	}
	for _, size := range []int{100, 1000} {
		var best time.Duration
		calls := 0
		for range rounds {
			n, took, err := walk(s, size)
			if err != nil {
				return err
			}
			if best == 0 || took < best {
				best, calls = took, n
			}
		}
		fmt.Printf("%-34s %5d %10.0f ms in %d pages   (at most 1000 ms asked)\n", fmt.Sprintf("account details by %d", size), 1, float64(best)/float64(time.Millisecond), calls)
	}
	role, user := "&RoleName=role0000", "&UserName=user0000"
	own := func(i int) string {
		return url.QueryEscape(fmt.Sprintf("arn:aws:iam::%s:policy/policy%04d", s.account, i))
	}
	worst, name := 0.0, ""
	for _, c := range []string{
		"ListUsers", "ListGroups", "ListRoles", "ListInstanceProfiles", "ListPolicies&Scope=Local", "ListPolicies&Scope=AWS", "ListPolicies&OnlyAttached=true",
		"ListVirtualMFADevices", "ListServerCertificates", "ListOpenIDConnectProviders", "ListSAMLProviders", "ListAccountAliases", "ListDelegationRequests",
		"ListEntitiesForPolicy&PolicyArn=" + own(0), "ListPolicyVersions&PolicyArn=" + own(0), "ListPolicyTags&PolicyArn=" + own(0),
		"GetGroup&GroupName=group000", "ListGroupPolicies&GroupName=group000", "ListAttachedGroupPolicies&GroupName=group000",
		"ListRolePolicies" + role, "ListAttachedRolePolicies" + role, "ListRoleTags" + role, "ListInstanceProfilesForRole" + role,
		"ListUserPolicies" + user, "ListAttachedUserPolicies" + user, "ListUserTags" + user, "ListGroupsForUser" + user, "ListAccessKeys" + user,
		"ListMFADevices" + user, "ListSSHPublicKeys" + user, "ListSigningCertificates" + user, "ListServiceSpecificCredentials" + user,
		"ListPoliciesGrantingServiceAccess&ServiceNamespaces.member.1=s3&ServiceNamespaces.member.2=iam&Arn=" + url.QueryEscape("arn:aws:iam::"+s.account+":user/user0000"),
	} {
		for _, most := range []string{"", "&MaxItems=1000"} {
			if most != "" && !paged(c) {
				continue
			}
			r, err := measure(s, [][]byte{s.request(s.key, "iam", "Action="+c+most+"&Version=2010-05-08")}, 1, length/20)
			if err != nil {
				return fmt.Errorf("%s: %w", c, err)
			}
			if r.p99 > worst {
				worst, name = r.p99, c+most
			}
			if r.p99 > 5000 {
				report(c+most, 1, r)
			}
		}
	}
	fmt.Printf("%-34s %5d %10.1f ms p99, of %s   (at most 20 ms asked)\n", "slowest List call", 1, worst/1000, name)
	return nil
}

// paged reports whether a call takes MaxItems.
func paged(call string) bool {
	for _, not := range []string{"ListOpenIDConnectProviders", "ListSAMLProviders", "ListPoliciesGranting"} {
		if bytes.HasPrefix([]byte(call), []byte(not)) {
			return false
		}
	}
	return true
}

// walk reads all pages and holds that they have all there is.
func walk(s *server, size int) (calls int, took time.Duration, err error) {
	var found struct {
		Users     []struct{} `xml:"GetAccountAuthorizationDetailsResult>UserDetailList>member"`
		Roles     []struct{} `xml:"GetAccountAuthorizationDetailsResult>RoleDetailList>member"`
		Policies  []struct{} `xml:"GetAccountAuthorizationDetailsResult>Policies>member"`
		Truncated bool       `xml:"GetAccountAuthorizationDetailsResult>IsTruncated"`
		Marker    string     `xml:"GetAccountAuthorizationDetailsResult>Marker"`
	}
	users, roles, policies := 0, 0, 0
	marker := ""
	for {
		request := s.request(s.key, "iam", fmt.Sprintf("Action=GetAccountAuthorizationDetails&MaxItems=%d%s&Version=2010-05-08", size, marker))
		begin := time.Now()
		body, err := s.once(request)
		took += time.Since(begin)
		if err != nil {
			return 0, 0, err
		}
		calls++
		found.Users, found.Roles, found.Policies, found.Marker = nil, nil, nil, ""
		if err := xml.Unmarshal(body, &found); err != nil {
			return 0, 0, err
		}
		users, roles, policies = users+len(found.Users), roles+len(found.Roles), policies+len(found.Policies)
		if !found.Truncated {
			break
		}
		marker = "&Marker=" + url.QueryEscape(found.Marker)
	}
	if users < listUsers || roles < listRoles-1 || policies < listPolicies {
		return 0, 0, fmt.Errorf("%d users, %d roles, %d policies are listed", users, roles, policies)
	}
	return calls, took, nil
}

// fill makes the account.
func fill(s *server) error {
	trust := url.QueryEscape(`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"` + s.account + `"},"Action":"sts:AssumeRole"}}`)
	allow := url.QueryEscape(`{"Version":"2012-10-17","Statement":[{"Sid":"Read","Effect":"Allow","Action":["s3:GetObject","s3:ListBucket"],"Resource":["arn:aws:s3:::bucket","arn:aws:s3:::bucket/*"],"Condition":{"StringEquals":{"aws:PrincipalTag/team":"red"}}}]}`)
	arn := func(i int) string {
		return url.QueryEscape(fmt.Sprintf("arn:aws:iam::%s:policy/policy%04d", s.account, i))
	}
	steps := []struct {
		n    int
		form func(i int) []string
	}{
		{listPolicies, func(i int) []string {
			return []string{fmt.Sprintf("Action=CreatePolicy&PolicyName=policy%04d&PolicyDocument=%s&Tags.member.1.Key=team&Tags.member.1.Value=red", i, allow)}
		}},
		{listGroups, func(i int) []string { return []string{fmt.Sprintf("Action=CreateGroup&GroupName=group%03d", i)} }},
		{listUsers, func(i int) []string {
			name := fmt.Sprintf("&UserName=user%04d", i)
			return []string{
				"Action=CreateUser&Tags.member.1.Key=team&Tags.member.1.Value=red" + name, "Action=AddUserToGroup&GroupName=group000" + name,
				"Action=PutUserPolicy&PolicyName=own&PolicyDocument=" + allow + name, "Action=AttachUserPolicy&PolicyArn=" + arn(i%listPolicies) + name,
			}
		}},
		{listRoles - 1, func(i int) []string {
			name := fmt.Sprintf("&RoleName=role%04d", i)
			return []string{
				"Action=CreateRole&AssumeRolePolicyDocument=" + trust + name, "Action=PutRolePolicy&PolicyName=own&PolicyDocument=" + allow + name,
				"Action=AttachRolePolicy&PolicyArn=" + arn(0) + name, "Action=AttachRolePolicy&PolicyArn=" + url.QueryEscape("arn:aws:iam::aws:policy/ReadOnlyAccess") + name,
				"Action=CreateInstanceProfile&InstanceProfileName=profile" + name[len("&RoleName="):],
				"Action=AddRoleToInstanceProfile&InstanceProfileName=profile" + name[len("&RoleName="):] + name,
			}
		}},
	}
	for _, step := range steps {
		var wg sync.WaitGroup
		errs := make([]error, 32)
		for w := range errs {
			wg.Add(1)
			go func() {
				defer wg.Done()
				for i := w; i < step.n; i += len(errs) {
					for _, form := range step.form(i) {
						if _, err := s.once(s.request(s.key, "iam", form+"&Version=2010-05-08")); err != nil {
							errs[w] = err
							return
						}
					}
				}
			}()
		}
		wg.Wait()
		if err := errors.Join(errs...); err != nil {
			return err
		}
	}
	return nil
}
