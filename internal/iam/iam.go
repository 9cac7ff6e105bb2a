// Package iam is what the operations of IAM do: one file for each family of
// entities, holding the target and the function of every operation.
//
//   - target.go  what an operation is authorized on
//   - page.go    MaxItems and Marker
//   - tags.go    the rules of tags
//   - users.go, groups.go, accesskeys.go, roles.go, policies.go … the families
package iam

import (
	"github.com/aratame/aratame/internal/account"
	"github.com/aratame/aratame/internal/api"
	"github.com/aratame/aratame/internal/decide"
	"github.com/aratame/aratame/internal/iamtemplate"
	"github.com/aratame/aratame/internal/issuer"
	"github.com/aratame/aratame/internal/oidc"
	"github.com/aratame/aratame/internal/password"
	"github.com/aratame/aratame/internal/seal"
	"github.com/aratame/aratame/internal/totp"
	"github.com/aratame/aratame/internal/usage"
)

// A Service holds what the operations need beside the account.
type Service struct {
	// Secrets seals secret access keys.
	Secrets *seal.Sealer
	// Usage tells when keys and roles were last used.
	Usage *usage.Tracker
	// Quotas are the account's limits.
	Quotas account.Quotas
	// Accounts gives the state of other accounts, whose users and roles trust
	// policies may name; nil where there are none.
	Accounts Directory
	// Decider gives the policies of entities to simulations.
	Decider *decide.Decider
	// OIDC asks OpenID Connect providers for their certificates; nil asks nobody.
	OIDC *oidc.Verifier
	// Codes checks one-time passwords, for every service the same.
	Codes *totp.Checker
	// Templates are those of roles and of delegation requests; nil is those that
	// come with the program.
	Templates *iamtemplate.Catalog
	// Claims finds the account that has associated a delegation request; nil
	// where there is one account alone.
	Claims api.Resolver
	// Issuer signs the account's web identity tokens.
	Issuer *issuer.Issuer
	// MarkerKey authenticates the Marker of paginated calls: 32 random bytes.
	MarkerKey []byte

	attempts *password.Attempts // to give old passwords to ChangePassword

	trusts shownTrusts
}

// Ops returns the operations served.
func (s *Service) Ops() []api.Op {
	var ops []api.Op
	for _, family := range []func() []api.Op{
		s.users, s.groups, s.membership, s.accessKeys, s.aliases, s.summary,
		s.roles, s.instanceProfiles, s.policies, s.policyVersions, s.inlinePolicies, s.attachments, s.boundaries, s.simulations,
		s.mfaDevices, s.loginProfiles, s.passwordPolicy,
		s.serverCertificates, s.signingCertificates, s.sshKeys, s.serviceCredentials,
		s.oidcProviders, s.samlProviders, s.outboundFederation,
		s.serviceLinkedRoles, s.roleTemplates, s.accountProperties, s.organizationsFeatures, s.delegationRequests,
		s.credentialReport, s.accountDetails, s.lastAccessed, s.organizationReport, s.grantingAccess, s.preferences, s.readableSummary,
	} {
		ops = append(ops, family()...)
	}
	return ops
}
