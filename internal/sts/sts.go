// Package sts is what the operations of STS do.
//
//   - sts.go         the service and its operations
//   - assumerole.go  AssumeRole
//   - webidentity.go AssumeRoleWithWebIdentity; webclaims.go what tokens say to it
//   - saml.go        AssumeRoleWithSAML; samlonce.go assertions that may be used once
//   - usersession.go GetSessionToken and GetFederationToken
//   - identity.go    GetCallerIdentity, GetAccessKeyInfo, DecodeAuthorizationMessage
//   - grant.go       what they share: durations, session policies, tags
//   - mfa.go         token codes of virtual MFA devices
package sts

import (
	"context"

	"github.com/aratame/aratame/internal/account"
	"github.com/aratame/aratame/internal/api"
	"github.com/aratame/aratame/internal/issuer"
	"github.com/aratame/aratame/internal/oidc"
	"github.com/aratame/aratame/internal/seal"
	"github.com/aratame/aratame/internal/session"
	"github.com/aratame/aratame/internal/shape/stsshape"
	"github.com/aratame/aratame/internal/totp"
)

// A Service holds what the operations need beside the caller's account.
type Service struct {
	Accounts Directory
	Claims   api.Resolver
	Sessions *session.Minter
	Secrets  *seal.Sealer
	// Issuer signs web identity tokens.
	Issuer *issuer.Issuer
	// OIDC verifies web identity tokens; nil verifies none.
	OIDC *oidc.Verifier
	// Codes checks one-time passwords, for every service the same.
	Codes *totp.Checker
	// Verifying has room for the assertions that are verified at once; others
	// wait. Strangers present them, and one can cost fifty milliseconds: all
	// together must not keep others from being served. nil bounds nothing.
	Verifying chan struct{}

	assertions usedAssertions
}

// A Directory gives the state of accounts.
type Directory interface {
	// View returns the present state, or an error that matches
	// store.ErrNotFound.
	View(ctx context.Context, acct string) (*account.View, error)
}

// Ops returns the operations served.
func (s *Service) Ops() []api.Op {
	ops := []api.Op{
		api.Issue(stsshape.OpAssumeRole, s.assumeRoleTarget, s.assumeRole),
		api.Issue(stsshape.OpGetSessionToken, s.sessionTokenTarget, s.getSessionToken),
		api.Issue(stsshape.OpGetFederationToken, s.federationTokenTarget, s.getFederationToken),
		api.Read(stsshape.OpGetCallerIdentity, free[stsshape.GetCallerIdentityInput], s.getCallerIdentity),
		api.Read(stsshape.OpGetAccessKeyInfo, everything[stsshape.GetAccessKeyInfoInput], s.getAccessKeyInfo),
		api.Read(stsshape.OpDecodeAuthorizationMessage, everything[stsshape.DecodeAuthorizationMessageInput], s.decodeAuthorizationMessage),
	}
	for _, family := range []func() []api.Op{s.webIdentity, s.saml, s.outbound, s.assumeRoot, s.delegated} {
		ops = append(ops, family()...)
	}
	return ops
}

// free is the target of an operation that needs no permission and that no
// policy can deny.
func free[I any](*api.Call, *account.View, *I) (api.Target, error) {
	return api.Target{Free: true}, nil
}

// everything is the target of an action without resource types.
func everything[I any](*api.Call, *account.View, *I) (api.Target, error) {
	return api.Target{Resource: "*"}, nil
}
