package sts

import (
	"context"
	"crypto/rsa"
	"crypto/sha1"
	"encoding/base64"
	"errors"
	"maps"
	"strings"
	"time"

	"github.com/aratame/aratame/internal/account"
	"github.com/aratame/aratame/internal/api"
	"github.com/aratame/aratame/internal/awserr"
	"github.com/aratame/aratame/internal/awsid"
	"github.com/aratame/aratame/internal/saml"
	"github.com/aratame/aratame/internal/session"
	"github.com/aratame/aratame/internal/shape"
	"github.com/aratame/aratame/internal/shape/stsshape"
	"github.com/aratame/aratame/internal/store"
	"github.com/aratame/aratame/policy"
)

func (s *Service) saml() []api.Op {
	return []api.Op{
		api.Federate(stsshape.OpAssumeRoleWithSAML, s.identifySAML, samlTarget, s.assumeRoleWithSAML),
	}
}

// SAMLPath is the way of this server's own sign-in URL for SAML, below its
// address.
const SAMLPath = "/-/saml"

var (
	errNoSAMLProvider = awserr.New("InvalidIdentityToken", "Specified provider doesn't exist.")
	errOldMetadata    = awserr.New("InvalidIdentityToken", "The validity of the provider's metadata document has ended.")
	errSAMLDenied     = &awserr.Error{Code: "AccessDenied", Status: 403, Message: "Not authorized to perform sts:AssumeRoleWithSAML"}
	errSAMLUsed       = awserr.New("InvalidIdentityToken", "The assertion may be used once, and it has been.")
	errSAMLBusy       = &awserr.Error{Code: "ServiceUnavailable", Status: 503, Message: "The provider has too many assertions that may be used once. Try again."}
)

// A samlLogin is what a verified assertion means for a session.
type samlLogin struct {
	*saml.Assertion
	tags []stsshape.Tag
	// qualifier, with the subject, names the user for good, whatever provider
	// of whatever account they come through.
	qualifier string
	// doc is ACCOUNT/PROVIDER.
	doc string
}

// identifySAML verifies the assertion with the named provider of the account of
// the role.
func (s *Service) identifySAML(c *api.Call, in *stsshape.AssumeRoleWithSAMLInput) (*account.View, error) {
	role, err := roleARN(in.RoleArn)
	if err != nil {
		return nil, err
	}
	arn, name, err := samlProviderARN(in.PrincipalArn)
	if err != nil {
		return nil, err
	}
	if arn.Account != role.Account {
		return nil, awserr.New("ValidationError", "Principal exists outside the account of the Role being assumed.")
	}
	v, err := s.Accounts.View(c.Context, arn.Account)
	if errors.Is(err, store.ErrNotFound) {
		return nil, errNoSAMLProvider
	} else if err != nil {
		return nil, err
	}
	p := v.SAMLProvider(name)
	if p == nil || p.ARN(v.Account()) != in.PrincipalArn {
		return nil, errNoSAMLProvider
	}
	if !c.Now.Before(p.ValidUntil) {
		return nil, errOldMetadata
	}
	a, err := s.verifyAssertion(c, v, p, in.SAMLAssertion)
	if err != nil {
		return nil, err
	}
	w := &samlLogin{Assertion: a, qualifier: nameQualifier(a.Issuer, v.Account(), p.Name), doc: v.Account() + "/" + p.Name}
	c.Recipient = v.Account()
	c.Caller.Principal = policy.Principal{Kind: policy.SAML, ARN: in.PrincipalArn}
	c.Caller.Federated = &api.Federated{
		PrincipalID: w.qualifier + ":" + a.Subject, UserName: a.Subject, Provider: w.qualifier, Proof: w,
	}
	c.Claimed = claimed(a.SourceIdentity, nil, nil)
	c.Claimed["sAMLAssertionID"], c.Claimed["roleSessionName"] = a.ID, a.RoleSessionName
	if !a.Allows(in.RoleArn, in.PrincipalArn) {
		return nil, errSAMLDenied
	}
	if err := w.readTags(); err != nil {
		return nil, err
	}
	maps.Copy(c.Claimed, claimed("", w.tags, w.TransitiveTagKeys))
	return v, nil
}

func samlProviderARN(text string) (a awsid.ARN, name string, err error) {
	a, err = awsid.ParseARN(text)
	name, ok := strings.CutPrefix(a.Resource, "saml-provider/")
	if err != nil || !ok || name == "" || a.Partition != awsid.Partition || a.Service != "iam" || a.Region != "" || !awsid.ValidAccountID(a.Account) {
		return a, "", awserr.Newf("ValidationError", "%s is invalid", text)
	}
	return a, name, nil
}

// mostWait is how long an assertion waits to be verified: those that wait are
// held in memory.
const mostWait = 5 * time.Second

func (s *Service) verifyAssertion(c *api.Call, v *account.View, p *account.SAMLProvider, assertion string) (*saml.Assertion, error) {
	if s.Verifying != nil {
		ctx, cancel := context.WithTimeout(c.Context, mostWait)
		defer cancel()
		select {
		case s.Verifying <- struct{}{}:
			defer func() { <-s.Verifying }()
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	return s.samlVerifier(v, p).Verify(assertion, c.Now)
}

func (s *Service) samlVerifier(v *account.View, p *account.SAMLProvider) *saml.Provider {
	out := &saml.Provider{ID: p.ID, EncryptedOnly: p.EncryptionMode == account.EncryptionRequired}
	for _, i := range p.Issuers {
		out.Issuers = append(out.Issuers, saml.Issuer{EntityID: i.EntityID, Certificates: i.Certificates})
	}
	if s.Issuer != nil && s.Issuer.Base != nil {
		out.SignIn = s.Issuer.Base() + SAMLPath
	}
	out.Keys = func() (keys []*rsa.PrivateKey, err error) {
		for _, k := range p.Keys {
			text, err := s.Secrets.Open(saml.KeyLabel(v.Account(), p.ID, k.ID), k.Private)
			if err != nil {
				return nil, err // the store is damaged or the key file is another one's
			}
			key, err := saml.ParsePrivateKey(text)
			if err != nil {
				return nil, err
			}
			keys = append(keys, key)
		}
		return keys, nil
	}
	return out
}

// nameQualifier is that of the API reference: a digest of the issuer, the
// account and the name of the provider. SHA-1 is a part of its definition; what
// it names has been verified before.
func nameQualifier(issuer, acct, name string) string {
	sum := sha1.Sum([]byte(issuer + acct + "/" + name))
	return base64.StdEncoding.EncodeToString(sum[:])
}

// readTags holds the session tags to their form: one that goes missing could be
// one that denies.
func (w *samlLogin) readTags() error {
	for _, t := range w.Tags {
		if !tagForm(t.Key, t.Value) {
			return awserr.New("InvalidIdentityToken", "PrincipalTag attributes in AuthnResponse must hold valid keys and values of tags.")
		}
		w.tags = append(w.tags, stsshape.Tag{Key: t.Key, Value: t.Value})
	}
	_, err := sessionTags(w.tags, w.TransitiveTagKeys, nil)
	return err
}

func samlTarget(c *api.Call, v *account.View, in *stsshape.AssumeRoleWithSAMLInput) (api.Target, error) {
	w, ok := c.Caller.Federated.Proof.(*samlLogin)
	if !ok {
		return api.Target{}, errors.New("sts: a SAML user without proof")
	}
	a, err := roleARN(in.RoleArn)
	if err != nil {
		return api.Target{}, err
	}
	t := api.Target{
		Resource: in.RoleArn, Account: a.Account, Trust: roleOf(v, a), TrustOf: true, RequestTags: requestTags(w.tags),
		Keys: map[string][]string{
			"sts:rolesessionname": {w.RoleSessionName},
			"saml:aud":            {w.Recipient},
			"saml:iss":            {w.Issuer},
			"saml:sub":            {w.Subject},
			"saml:sub_type":       {w.SubjectType},
			"saml:namequalifier":  {w.qualifier},
			"saml:doc":            {w.doc},
		},
	}
	for key, values := range w.Keys {
		t.Keys[key] = values
	}
	if t.Trust != nil {
		t.Tags = t.Trust.Tags
	}
	if w.SourceIdentity != "" {
		t.Keys["sts:sourceidentity"] = []string{w.SourceIdentity}
	}
	if len(w.TransitiveTagKeys) > 0 {
		t.Keys["sts:transitivetagkeys"] = w.TransitiveTagKeys
	}
	also := func(action string) {
		t.Also = append(t.Also, api.Check{Action: action, Resource: t.Resource, Tags: t.Tags, Keys: t.Keys, Trust: true})
	}
	if len(w.tags) > 0 {
		also("sts:TagSession")
	}
	if w.SourceIdentity != "" {
		also("sts:SetSourceIdentity")
	}
	return t, nil
}

func (s *Service) assumeRoleWithSAML(c *api.Call, v *account.View, in *stsshape.AssumeRoleWithSAMLInput) (*stsshape.AssumeRoleWithSAMLOutput, error) {
	role := c.Trusted
	if role == nil {
		return nil, errRoleChanged
	}
	w := c.Caller.Federated.Proof.(*samlLogin)
	seconds, err := w.seconds(c.Seconds(), role, in.DurationSeconds)
	if err != nil {
		return nil, err
	}
	text, managed, err := sessionPolicies(v, in.Policy, in.PolicyArns)
	if err != nil {
		return nil, err
	}
	tags, err := sessionTags(w.tags, w.TransitiveTagKeys, nil)
	if err != nil {
		return nil, err
	}
	if w.OneTimeUse {
		if err := s.assertions.take(c.Caller.Principal.ARN, w.Issuer+" "+w.ID, c.Now, w.Expires); err != nil {
			return nil, err
		}
	}
	acct := v.Account()
	arn := awsid.AssumedRole(acct, role.Name, w.RoleSessionName)
	id := role.ID + ":" + w.RoleSessionName
	cred, shown, err := s.grant(c, seconds, session.Session{
		Kind: session.AssumedRole, Account: acct, PrincipalARN: arn, PrincipalID: id,
		RoleARN: role.ARN(acct), RoleID: role.ID, Name: w.RoleSessionName,
		Policy: text, PolicyARNs: managed, Tags: tags, SourceIdentity: w.SourceIdentity,
		Context: []session.ContextKey{
			{Key: "saml:namequalifier", Value: w.qualifier}, {Key: "saml:sub", Value: w.Subject}, {Key: "saml:sub_type", Value: w.SubjectType},
		},
	})
	if err != nil {
		return nil, err
	}
	c.Resources = append(c.Resources, role.ARN(acct), c.Caller.Principal.ARN)
	out := &stsshape.AssumeRoleWithSAMLOutput{
		AssumedRoleUser: &stsshape.AssumedRoleUser{Arn: &arn, AssumedRoleId: &id}, Credentials: shown,
		Subject: &w.Subject, SubjectType: &w.SubjectType, Issuer: &w.Issuer, Audience: &w.Recipient, NameQualifier: &w.qualifier,
	}
	if cred.Packed {
		out.PackedPolicySize = shape.Ptr(int32(cred.PackedPolicySize))
	}
	if w.SourceIdentity != "" {
		out.SourceIdentity = &w.SourceIdentity
	}
	return out, nil
}

// seconds is how long the session lasts: as asked for, within the role's
// maximum, and no longer than the assertion has it.
func (w *samlLogin) seconds(now time.Time, role *account.Role, asked *int32) (int, error) {
	seconds := account.DefaultSessionSeconds
	if asked != nil {
		if seconds = int(*asked); seconds > role.MaxSession {
			return 0, awserr.New("ValidationError", "Requested DurationSeconds exceeds MaxSessionDuration set for this role.")
		}
	}
	if w.SessionDuration > 0 {
		seconds = min(seconds, w.SessionDuration)
	}
	if !w.SessionEnds.IsZero() {
		seconds = min(seconds, int(w.SessionEnds.Sub(now)/time.Second))
	}
	if seconds < 1 {
		return 0, awserr.New("ExpiredTokenException", "The assertion has expired.")
	}
	return seconds, nil
}
