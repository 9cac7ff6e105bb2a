package sts

import (
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/aratame/aratame/internal/account"
	"github.com/aratame/aratame/internal/api"
	"github.com/aratame/aratame/internal/awserr"
	"github.com/aratame/aratame/internal/awsid"
	"github.com/aratame/aratame/internal/issuer"
	"github.com/aratame/aratame/internal/shape/stsshape"
)

func (s *Service) outbound() []api.Op {
	return []api.Op{api.Issue(stsshape.OpGetWebIdentityToken, webIdentityTokenTarget, s.getWebIdentityToken)}
}

// tokenSeconds is how long a token is valid when the request doesn't say.
const tokenSeconds = 300

func tokenDuration(in *stsshape.GetWebIdentityTokenInput) int {
	if in.DurationSeconds == nil {
		return tokenSeconds
	}
	return int(*in.DurationSeconds)
}

func webIdentityTokenTarget(_ *api.Call, _ *account.View, in *stsshape.GetWebIdentityTokenInput) (api.Target, error) {
	t := api.Target{Resource: "*", RequestTags: requestTags(in.Tags), Keys: map[string][]string{
		"sts:durationseconds":       {strconv.Itoa(tokenDuration(in))},
		"sts:identitytokenaudience": in.Audience,
		"sts:signingalgorithm":      {in.SigningAlgorithm},
	}}
	if len(in.Tags) > 0 {
		t.Also = append(t.Also, api.Check{Action: "sts:TagGetWebIdentityToken", Resource: "*", Keys: t.Keys})
	}
	return t, nil
}

// getWebIdentityToken gives the caller a token that other services can verify
// with the keys of the account's issuer.
func (s *Service) getWebIdentityToken(c *api.Call, v *account.View, in *stsshape.GetWebIdentityTokenInput) (*stsshape.GetWebIdentityTokenOutput, error) {
	if in.SigningAlgorithm != issuer.RS256 && in.SigningAlgorithm != issuer.ES384 {
		return nil, awserr.Newf("ValidationError", "1 validation error detected: Value '%s' at 'signingAlgorithm' failed to satisfy constraint: Member must satisfy enum value set: [%s, %s]", in.SigningAlgorithm, issuer.ES384, issuer.RS256)
	}
	tags, err := tokenTags(in.Tags)
	if err != nil {
		return nil, err
	}
	o := v.Settings().Outbound
	if o == nil || !o.Enabled {
		return nil, awserr.New("OutboundWebIdentityFederationDisabledException", "OutboundWebIdentityFederation is disabled.")
	}
	expires := c.Seconds().Add(time.Duration(tokenDuration(in)) * time.Second)
	claims := &issuer.Claims{
		Audience: in.Audience, Subject: c.Caller.Principal.ARN, ID: awsid.NewRequestID(c.Rand), Issued: c.Seconds(), Expires: expires,
		Account: v.Account(), Region: c.Region, PrincipalTags: principalTags(c), RequestTags: tags,
	}
	if org := v.Settings().Organization; org != nil {
		claims.OrganizationID, claims.OrganizationPath = org.ID, org.ID+"/"+org.Root+"/"
	}
	if sess := c.Caller.Session; sess != nil {
		if expires.After(sess.Expires) {
			return nil, awserr.New("SessionDurationEscalationException", "The requested token would be valid for longer than the credentials that ask for it.")
		}
		if sess.RoleARN != "" {
			claims.Subject = c.Caller.Principal.RoleARN
		}
		claims.SessionExpires, claims.FederatedProvider, claims.SourceIdentity = sess.Expires, sess.FederatedProvider, sess.SourceIdentity
		claims.Context = map[string]string{}
		for _, k := range sess.Context {
			if name, ok := contextClaims[strings.ToLower(k.Key)]; ok {
				claims.Context[name] = k.Value
			}
		}
	}
	token, err := s.Issuer.Sign(v.Account(), o, in.SigningAlgorithm, claims, c.Now)
	if errors.Is(err, issuer.ErrTooLarge) {
		return nil, awserr.Newf("JWTPayloadSizeExceededException", "The claims of the token exceed %d bytes. Use fewer tags.", issuer.MaxPayload)
	}
	if err != nil {
		return nil, err
	}
	return &stsshape.GetWebIdentityTokenOutput{WebIdentityToken: &token, Expiration: &expires}, nil
}

// tokenTags are the tags of a request as a token has them. AWS takes keys that
// begin with aws: too: they are words of the caller, and nobody takes them for
// anything else.
func tokenTags(in []stsshape.Tag) (map[string]string, error) {
	out, seen := map[string]string{}, map[string]bool{}
	for _, t := range in {
		if seen[fold(t.Key)] {
			return nil, errDuplicateTags
		}
		seen[fold(t.Key)] = true
		out[t.Key] = t.Value
	}
	return out, nil
}

// contextClaims are the claims for facts that a session carries under the names
// of condition keys.
var contextClaims = map[string]string{
	"ec2:sourceinstancearn":            "ec2_source_instance_arn",
	"aws:ec2instancesourcevpc":         "ec2_instance_source_vpc",
	"aws:ec2instancesourceprivateipv4": "ec2_instance_source_private_ipv4",
	"ec2:roledelivery":                 "ec2_role_delivery",
	"lambda:sourcefunctionarn":         "lambda_source_function_arn",
	"glue:credentialissuingservice":    "glue_credential_issuing_service",
	"identitystore:userid":             "identity_store_user_id",
	"identitystore:identitystorearn":   "identity_store_arn",
}

// principalTags are the tags that aws:PrincipalTag sees: those of the session,
// then those of the user or role.
func principalTags(c *api.Call) map[string]string {
	out, seen := map[string]string{}, map[string]bool{}
	add := func(key, value string) {
		if !seen[fold(key)] {
			seen[fold(key)] = true
			out[key] = value
		}
	}
	if s := c.Caller.Session; s != nil {
		for _, t := range s.Tags {
			add(t.Key, t.Value)
		}
	}
	switch {
	case c.Caller.User != nil:
		for _, t := range c.Caller.User.Tags {
			add(t.Key, t.Value)
		}
	case c.Caller.Role != nil:
		for _, t := range c.Caller.Role.Tags {
			add(t.Key, t.Value)
		}
	}
	return out
}
