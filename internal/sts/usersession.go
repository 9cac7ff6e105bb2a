package sts

import (
	"time"

	"github.com/aratame/aratame/internal/account"
	"github.com/aratame/aratame/internal/api"
	"github.com/aratame/aratame/internal/awsid"
	"github.com/aratame/aratame/internal/session"
	"github.com/aratame/aratame/internal/shape"
	"github.com/aratame/aratame/internal/shape/stsshape"
	"github.com/aratame/aratame/policy"
)

// sessionTokenTarget needs no permission; a second factor is checked here, so
// that a wrong code is refused before anything else.
func (s *Service) sessionTokenTarget(c *api.Call, v *account.View, in *stsshape.GetSessionTokenInput) (api.Target, error) {
	var err error
	c.MFA, err = s.verifyMFA(c, v, in.SerialNumber, in.TokenCode)
	return api.Target{Free: true}, err
}

func (s *Service) getSessionToken(c *api.Call, _ *account.View, in *stsshape.GetSessionTokenInput) (*stsshape.GetSessionTokenOutput, error) {
	p := &c.Caller.Principal
	var mfa time.Time
	if c.MFA {
		mfa = c.Seconds()
	}
	_, shown, err := s.grant(c, duration(c, in.DurationSeconds), session.Session{
		Kind: session.UserSession, Account: p.Account, PrincipalARN: p.ARN, PrincipalID: c.Caller.UserID(),
		UserARN: p.ARN, UserID: p.ID, MFATime: mfa,
	})
	if err != nil {
		return nil, err
	}
	return &stsshape.GetSessionTokenOutput{Credentials: shown}, nil
}

func (s *Service) federationTokenTarget(c *api.Call, v *account.View, in *stsshape.GetFederationTokenInput) (api.Target, error) {
	if _, err := sessionTags(in.Tags, nil, nil); err != nil {
		return api.Target{}, err
	}
	t := api.Target{Resource: awsid.FederatedUser(v.Account(), in.Name), RequestTags: requestTags(in.Tags)}
	if c.Caller.User != nil {
		t.Tags = c.Caller.User.Tags
	}
	if len(in.Tags) > 0 {
		t.Also = []api.Check{{Action: "sts:TagSession", Resource: t.Resource, Tags: t.Tags}}
	}
	return t, nil
}

func (s *Service) getFederationToken(c *api.Call, v *account.View, in *stsshape.GetFederationTokenInput) (*stsshape.GetFederationTokenOutput, error) {
	text, managed, err := sessionPolicies(v, in.Policy, in.PolicyArns)
	if err != nil {
		return nil, err
	}
	tags, err := sessionTags(in.Tags, nil, nil)
	if err != nil {
		return nil, err
	}
	p := &c.Caller.Principal
	arn, id := awsid.FederatedUser(p.Account, in.Name), p.Account+":"+in.Name
	cred, shown, err := s.grant(c, duration(c, in.DurationSeconds), session.Session{
		Kind: session.FederatedUser, Account: p.Account, PrincipalARN: arn, PrincipalID: id, Name: in.Name,
		UserARN: p.ARN, UserID: p.ID, Policy: text, PolicyARNs: managed, Tags: tags,
	})
	if err != nil {
		return nil, err
	}
	return &stsshape.GetFederationTokenOutput{
		Credentials: shown, FederatedUser: &stsshape.FederatedUser{Arn: &arn, FederatedUserId: &id},
		PackedPolicySize: shape.Ptr(int32(cred.PackedPolicySize)),
	}, nil
}

// duration is how long a session made with long-term keys lasts: what was
// asked for, 12 hours of a user, and at most one hour of root, to which a
// longer wish is cut without a word.
func duration(c *api.Call, asked *int32) int {
	seconds, most := account.DefaultSessionTokenSecs, account.MaxSessionTokenSeconds
	if c.Caller.Principal.Kind == policy.Root {
		seconds, most = account.MaxRootSessionSeconds, account.MaxRootSessionSeconds
	}
	if asked != nil {
		seconds = int(*asked)
	}
	return min(seconds, most)
}
