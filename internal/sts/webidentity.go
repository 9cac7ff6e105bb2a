package sts

import (
	"errors"
	"slices"
	"strings"

	"github.com/aratame/aratame/internal/account"
	"github.com/aratame/aratame/internal/api"
	"github.com/aratame/aratame/internal/awserr"
	"github.com/aratame/aratame/internal/awsid"
	"github.com/aratame/aratame/internal/oidc"
	"github.com/aratame/aratame/internal/session"
	"github.com/aratame/aratame/internal/shape"
	"github.com/aratame/aratame/internal/shape/stsshape"
	"github.com/aratame/aratame/internal/store"
	"github.com/aratame/aratame/policy"
)

func (s *Service) webIdentity() []api.Op {
	return []api.Op{
		api.Federate(stsshape.OpAssumeRoleWithWebIdentity, s.identifyWebIdentity, webIdentityTarget, s.assumeRoleWithWebIdentity),
	}
}

// builtIn are providers that every account trusts to tell their users apart,
// without an entity of its own. Trust policies name them by their host; the
// audience is theirs to check.
var builtIn = []string{"accounts.google.com", "cognito-identity.amazonaws.com"}

// Providers whose tokens tell nothing by themselves: who may ask them is not a
// server like this.
const (
	loginWithAmazon = "www.amazon.com"
	facebook        = "graph.facebook.com"
)

var errProviderUnreachable = awserr.New("IDPCommunicationError",
	"The identity provider that was asked to verify the incoming identity token could not be reached.")

// identifyWebIdentity verifies the token with the provider of the account of the
// role. To strangers an account that isn't there is one without providers.
func (s *Service) identifyWebIdentity(c *api.Call, in *stsshape.AssumeRoleWithWebIdentityInput) (*account.View, error) {
	a, err := roleARN(in.RoleArn)
	if err != nil {
		return nil, err
	}
	if in.ProviderId != nil {
		return nil, refuseOAuth(*in.ProviderId, in.WebIdentityToken)
	}
	token, err := oidc.Parse(in.WebIdentityToken)
	if err != nil {
		return nil, err
	}
	issuer := token.Issuer()
	if issuer == "" {
		return nil, awserr.New("InvalidIdentityToken", "Missing a required claim: iss")
	}
	_, provider, principal, err := s.findProvider(c, a.Account, issuer)
	if err != nil {
		return nil, err
	}
	if s.OIDC == nil {
		return nil, errProviderUnreachable
	}
	claims, err := s.OIDC.Verify(c.Context, c.Now, token, provider)
	if err != nil {
		return nil, err
	}
	// Asking the provider can take a while, in which an administrator may have
	// taken it away or changed the role: what is decided on is the present state.
	v, now, _, err := s.findProvider(c, a.Account, issuer)
	if err != nil {
		return nil, err
	}
	proof, err := readWebIdentity(claims, in.RoleArn)
	if v == nil || provider.AnyAudience && !trusts(roleOf(v, a), principal) {
		// Everybody can have a token of a built-in provider: where no role trusts
		// it, that must not be enough to have calls recorded.
		if err != nil {
			return nil, err
		}
		return nil, errWebDenied
	}
	if !slices.Equal(now.ClientIDs, provider.ClientIDs) || !slices.Equal(now.Thumbprints, provider.Thumbprints) {
		return nil, errProviderChanged
	}
	c.Recipient = v.Account()
	c.Caller.Principal = policy.Principal{Kind: policy.WebIdentity, ARN: principal}
	c.Caller.Federated = &api.Federated{
		PrincipalID: principal + ":" + claims.Audience + ":" + claims.Subject, UserName: claims.Subject, Provider: principal, Proof: proof,
	}
	if err != nil {
		return nil, err
	}
	c.Claimed = claimed(proof.sourceIdentity, proof.tags, proof.transitive)
	return v, nil
}

// refuseOAuth answers requests with an access token of OAuth 2.0. Nothing but
// the two providers themselves could verify one.
func refuseOAuth(provider, token string) error {
	_, err := oidc.Parse(token)
	isJWT := err == nil
	switch {
	case provider != loginWithAmazon && provider != facebook:
		return &awserr.Error{Code: "AccessDenied", Status: 403,
			Message: "Unrecognized OAuth provider. Do not include a provider parameter when submitting OpenIDConnect ID tokens"}
	case provider == loginWithAmazon && isJWT:
		return awserr.New("InvalidIdentityToken", "Provided Token is not a Login With Amazon token")
	case isJWT:
		return awserr.New("IDPRejectedClaim", "The identity provider reported that authentication failed.")
	}
	return errProviderUnreachable
}

// errProviderChanged answers the rare call whose provider was changed while it
// was asked.
var errProviderChanged = &awserr.Error{Code: "ServiceUnavailable", Status: 503,
	Message: "The identity provider was changed while the token was being verified. Try again."}

// errWebDenied is the answer to everybody whom no role trusts.
var errWebDenied = &awserr.Error{Code: "AccessDenied", Status: 403, Message: "Not authorized to perform sts:AssumeRoleWithWebIdentity"}

// findProvider finds the provider of exactly this issuer in an account, and the
// name that trust policies have for it. Built-in ones are those of every
// account, also of one that isn't there, whose View is nil: strangers are
// answered as if it had no role for them.
func (s *Service) findProvider(c *api.Call, acct, issuer string) (v *account.View, p *oidc.Provider, principal string, err error) {
	v, err = s.Accounts.View(c.Context, acct)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return nil, nil, "", err
	}
	if err != nil {
		v = nil
	}
	none := awserr.Newf("InvalidIdentityToken", "No OpenIDConnect provider found in your account for %s", shownIssuer(issuer))
	name, https := strings.CutPrefix(issuer, "https://")
	if https && slices.Contains(builtIn, name) {
		return v, &oidc.Provider{URL: issuer, AnyAudience: true}, name, nil
	}
	if v == nil || !https {
		return nil, nil, "", none
	}
	e := v.OIDCProvider(name)
	if e == nil || e.URL != name {
		return nil, nil, "", none
	}
	return v, &oidc.Provider{URL: issuer, ClientIDs: e.ClientIDs, Thumbprints: e.Thumbprints}, e.ARN(acct), nil
}

// shownIssuer is an issuer in the length that a provider's URL may have.
func shownIssuer(issuer string) string {
	const most = 255 + len("https://")
	if len(issuer) > most {
		issuer = issuer[:most]
	}
	return strings.ToValidUTF8(issuer, "")
}

// trusts reports whether a role's trust policy names a provider at all. One that
// can't be read is left to the decision.
func trusts(role *account.Role, provider string) bool {
	if role == nil {
		return false
	}
	doc, err := policy.ParseStored(role.Trust, policy.Trust)
	return err != nil || slices.ContainsFunc(doc.Principals(), func(p policy.PrincipalValue) bool { return p.Value == provider })
}

func webIdentityTarget(c *api.Call, v *account.View, in *stsshape.AssumeRoleWithWebIdentityInput) (api.Target, error) {
	w, ok := c.Caller.Federated.Proof.(*webIdentity)
	if !ok {
		return api.Target{}, errors.New("sts: a web identity without proof")
	}
	a, err := roleARN(in.RoleArn)
	if err != nil {
		return api.Target{}, err
	}
	t := api.Target{
		Resource: in.RoleArn, Account: a.Account, Trust: roleOf(v, a), TrustOf: true, RequestTags: requestTags(w.tags),
		Keys: map[string][]string{
			"sts:rolesessionname":     {in.RoleSessionName},
			"sts:roleauthorizedbyidp": {boolean(w.authorized)},
			"aws:federatedprovider":   {c.Caller.Principal.ARN},
		},
	}
	for _, k := range w.keys {
		key := policy.FoldKey(w.name + ":" + k.name)
		t.Keys[key] = append(t.Keys[key], k.values...)
	}
	if t.Trust != nil {
		t.Tags = t.Trust.Tags
	}
	if w.sourceIdentity != "" {
		t.Keys["sts:sourceidentity"] = []string{w.sourceIdentity}
	}
	if len(w.transitive) > 0 {
		t.Keys["sts:transitivetagkeys"] = w.transitive
	}
	also := func(action string) {
		t.Also = append(t.Also, api.Check{Action: action, Resource: t.Resource, Tags: t.Tags, Keys: t.Keys, Trust: true})
	}
	if len(w.tags) > 0 {
		also("sts:TagSession")
	}
	if w.sourceIdentity != "" {
		also("sts:SetSourceIdentity")
	}
	return t, nil
}

// roleOf finds the role of exactly this ARN in the state of its account.
func roleOf(v *account.View, a awsid.ARN) *account.Role {
	_, _, name, _ := awsid.SplitPath(a.Resource)
	if r := v.Role(name); r != nil && r.ARN(v.Account()) == a.String() {
		return r
	}
	return nil
}

func (s *Service) assumeRoleWithWebIdentity(c *api.Call, v *account.View, in *stsshape.AssumeRoleWithWebIdentityInput) (*stsshape.AssumeRoleWithWebIdentityOutput, error) {
	role := c.Trusted
	if role == nil {
		return nil, errRoleChanged
	}
	w := c.Caller.Federated.Proof.(*webIdentity)
	// The token says who somebody is, not for how long: a session may outlive it.
	seconds := account.DefaultSessionSeconds
	if in.DurationSeconds != nil {
		if seconds = int(*in.DurationSeconds); seconds > role.MaxSession {
			return nil, awserr.New("ValidationError", "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
		}
	}
	text, managed, err := sessionPolicies(v, in.Policy, in.PolicyArns)
	if err != nil {
		return nil, err
	}
	tags, err := sessionTags(w.tags, w.transitive, nil)
	if err != nil {
		return nil, err
	}
	acct, principal := v.Account(), c.Caller.Principal.ARN
	arn := awsid.AssumedRole(acct, role.Name, in.RoleSessionName)
	id := role.ID + ":" + in.RoleSessionName
	cred, shown, err := s.grant(c, seconds, session.Session{
		Kind: session.AssumedRole, Account: acct, PrincipalARN: arn, PrincipalID: id,
		RoleARN: role.ARN(acct), RoleID: role.ID, Name: in.RoleSessionName,
		Policy: text, PolicyARNs: managed, Tags: tags, SourceIdentity: w.sourceIdentity,
		FederatedProvider: principal, Context: w.sessionKeys(),
	})
	if err != nil {
		return nil, err
	}
	c.Resources = append(c.Resources, role.ARN(acct))
	out := &stsshape.AssumeRoleWithWebIdentityOutput{
		AssumedRoleUser: &stsshape.AssumedRoleUser{Arn: &arn, AssumedRoleId: &id}, Credentials: shown,
		Provider: &principal, Audience: &w.claims.Audience, SubjectFromWebIdentityToken: &w.claims.Subject,
		PackedPolicySize: shape.Ptr(int32(cred.PackedPolicySize)),
	}
	if w.sourceIdentity != "" {
		out.SourceIdentity = &w.sourceIdentity
	}
	return out, nil
}
