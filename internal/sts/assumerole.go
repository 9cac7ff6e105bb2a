package sts

import (
	"errors"
	"strings"

	"github.com/aratame/aratame/internal/account"
	"github.com/aratame/aratame/internal/api"
	"github.com/aratame/aratame/internal/awserr"
	"github.com/aratame/aratame/internal/awsid"
	"github.com/aratame/aratame/internal/session"
	"github.com/aratame/aratame/internal/shape"
	"github.com/aratame/aratame/internal/shape/stsshape"
	"github.com/aratame/aratame/internal/store"
	"github.com/aratame/aratame/policy"
)

// assumeRoleTarget gathers what the caller's policies and the role's trust
// policy are held against. A role that doesn't exist leads to the same refusal
// as one that doesn't trust the caller.
func (s *Service) assumeRoleTarget(c *api.Call, v *account.View, in *stsshape.AssumeRoleInput) (api.Target, error) {
	if c.Caller.Principal.Kind == policy.Root {
		return api.Target{}, awserr.New("AccessDenied", "Roles may not be assumed by root accounts.")
	}
	if len(in.ProvidedContexts) > 0 {
		return api.Target{}, awserr.New("ValidationError", "This server has no context providers: ProvidedContexts must be empty.")
	}
	a, err := roleARN(in.RoleArn)
	if err != nil {
		return api.Target{}, err
	}
	inherited := inheritedTags(c)
	if _, err := sessionTags(in.Tags, in.TransitiveTagKeys, inherited); err != nil {
		return api.Target{}, err
	}
	source, err := sourceIdentity(c, in.SourceIdentity)
	if err != nil {
		return api.Target{}, err
	}
	if c.MFA, err = s.verifyMFA(c, v, in.SerialNumber, in.TokenCode); err != nil {
		return api.Target{}, err
	}
	_, role, err := s.role(c, v, a)
	if err != nil {
		return api.Target{}, err
	}
	t := api.Target{
		Resource: in.RoleArn, Account: a.Account, Trust: role, TrustOf: true, RequestTags: requestTags(in.Tags),
		Keys: map[string][]string{"sts:rolesessionname": {in.RoleSessionName}},
	}
	if role != nil {
		t.Tags = role.Tags
	}
	if in.ExternalId != nil {
		t.Keys["sts:externalid"] = []string{*in.ExternalId}
	}
	if source != "" {
		t.Keys["sts:sourceidentity"] = []string{source}
	}
	if len(in.TransitiveTagKeys) > 0 {
		t.Keys["sts:transitivetagkeys"] = in.TransitiveTagKeys
	}
	// Tags and a source identity need a permission of their own, also when
	// they come from the calling session.
	also := func(action string) {
		t.Also = append(t.Also, api.Check{Action: action, Resource: t.Resource, Tags: t.Tags, Keys: t.Keys, Trust: true})
	}
	if len(in.Tags) > 0 || len(inherited) > 0 {
		also("sts:TagSession")
	}
	if source != "" {
		also("sts:SetSourceIdentity")
	}
	return t, nil
}

func (s *Service) assumeRole(c *api.Call, v *account.View, in *stsshape.AssumeRoleInput) (*stsshape.AssumeRoleOutput, error) {
	a, err := roleARN(in.RoleArn)
	if err != nil {
		return nil, err
	}
	home, role, err := s.role(c, v, a)
	if err != nil {
		return nil, err
	}
	if role == nil || role != c.Trusted {
		return nil, errRoleChanged
	}
	seconds := account.DefaultSessionSeconds
	chained := c.Caller.Principal.Kind == policy.AssumedRole
	if in.DurationSeconds != nil {
		seconds = int(*in.DurationSeconds)
		switch {
		case chained && seconds > account.MaxSessionChainSeconds:
			return nil, awserr.New("ValidationError", "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.")
		case seconds > role.MaxSession:
			return nil, awserr.New("ValidationError", "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
		}
	}
	text, managed, err := sessionPolicies(home, in.Policy, in.PolicyArns)
	if err != nil {
		return nil, err
	}
	tags, err := sessionTags(in.Tags, in.TransitiveTagKeys, inheritedTags(c))
	if err != nil {
		return nil, err
	}
	source, err := sourceIdentity(c, in.SourceIdentity)
	if err != nil {
		return nil, err
	}
	acct := home.Account()
	arn := awsid.AssumedRole(acct, role.Name, in.RoleSessionName)
	id := role.ID + ":" + in.RoleSessionName
	cred, shown, err := s.grant(c, seconds, session.Session{
		Kind: session.AssumedRole, Account: acct, PrincipalARN: arn, PrincipalID: id,
		RoleARN: role.ARN(acct), RoleID: role.ID, Name: in.RoleSessionName,
		Policy: text, PolicyARNs: managed, Tags: tags, SourceIdentity: source, Chained: chained,
	})
	if err != nil {
		return nil, err
	}
	c.Resources = append(c.Resources, role.ARN(acct))
	out := &stsshape.AssumeRoleOutput{
		AssumedRoleUser: &stsshape.AssumedRoleUser{Arn: &arn, AssumedRoleId: &id}, Credentials: shown,
	}
	if cred.Packed {
		out.PackedPolicySize = shape.Ptr(int32(cred.PackedPolicySize))
	}
	if source != "" {
		out.SourceIdentity = &source
	}
	return out, nil
}

// errRoleChanged answers the rare call whose role, in another account than the
// caller's, was changed or replaced after its trust policy had agreed: the
// session would be that of a role that nobody was asked about.
var errRoleChanged = &awserr.Error{Code: "ServiceUnavailable", Status: 503,
	Message: "The role was changed while it was being assumed. Try again."}

// roleARN reads the ARN of a role.
func roleARN(text string) (awsid.ARN, error) {
	a, err := awsid.ParseARN(text)
	if err != nil || a.Partition != awsid.Partition || a.Service != "iam" || a.Region != "" ||
		!awsid.ValidAccountID(a.Account) || !strings.HasPrefix(a.Resource, "role/") || strings.HasSuffix(a.Resource, "/") {
		return a, awserr.Newf("ValidationError", "%s is invalid", text)
	}
	return a, nil
}

// role finds the role of exactly this ARN, path included, with the state of its
// account; the role is nil when there is none.
func (s *Service) role(c *api.Call, v *account.View, a awsid.ARN) (*account.View, *account.Role, error) {
	if a.Account != v.Account() {
		var err error
		if v, err = s.Accounts.View(c.Context, a.Account); errors.Is(err, store.ErrNotFound) {
			return nil, nil, nil
		} else if err != nil {
			return nil, nil, err
		}
	}
	_, _, name, _ := awsid.SplitPath(a.Resource)
	if role := v.Role(name); role != nil && role.ARN(v.Account()) == a.String() {
		return v, role, nil
	}
	return v, nil, nil
}

// sourceIdentity returns the source identity of the new session: the one asked
// for, or the calling session's, which can't be changed once it is set.
func sourceIdentity(c *api.Call, asked *string) (string, error) {
	if asked != nil && strings.HasPrefix(strings.ToLower(*asked), "aws:") {
		return "", awserr.New("ValidationError", "SourceIdentity must not begin with the reserved prefix aws:.")
	}
	if s := c.Caller.Session; s != nil && s.SourceIdentity != "" {
		if asked != nil && *asked != s.SourceIdentity {
			return "", awserr.New("AccessDenied", "The source identity of the calling session is set and cannot be changed.")
		}
		return s.SourceIdentity, nil
	}
	return shape.Value(asked), nil
}
