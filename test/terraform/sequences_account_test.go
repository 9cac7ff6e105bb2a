package terraform

import (
	"net/http/httptest"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/aratame/aratame/internal/aratametest"
	"github.com/aratame/aratame/internal/config"
	"github.com/aratame/aratame/internal/server"
)

var accountSequences = map[string]func(*steps){
	"resource.aws_iam_account_alias":                      accountAliasResource,
	"data.aws_iam_account_alias":                          accountAliasResource,
	"resource.aws_iam_account_password_policy":            passwordPolicyResource,
	"resource.aws_iam_security_token_service_preferences": tokenPreferencesResource,
	"resource.aws_iam_organizations_features":             organizationsFeaturesResource,
	"resource.aws_iam_outbound_web_identity_federation":   outboundFederationResource,
	"data.aws_iam_outbound_web_identity_federation":       outboundFederationResource,
}

func accountAliasResource(s *steps) {
	alias := aws.String("example-" + s.account)
	list := func() []string {
		s.Helper()
		return must(s.iam.ListAccountAliases(ctx, nil))(s).AccountAliases
	}
	s.same("aliases", len(list()), 0)
	must(s.iam.CreateAccountAlias(ctx, &iam.CreateAccountAliasInput{AccountAlias: alias}))(s)
	s.same("aliases", list(), []string{*alias})
	must(s.iam.DeleteAccountAlias(ctx, &iam.DeleteAccountAliasInput{AccountAlias: alias}))(s)
	gone(s.iam.DeleteAccountAlias(ctx, &iam.DeleteAccountAliasInput{AccountAlias: alias}))(s)
	s.same("aliases", len(list()), 0)
}

func passwordPolicyResource(s *steps) {
	gone(s.iam.GetAccountPasswordPolicy(ctx, nil))(s)
	// The provider leaves out what is false or zero.
	must(s.iam.UpdateAccountPasswordPolicy(ctx, &iam.UpdateAccountPasswordPolicyInput{AllowUsersToChangePassword: true, MinimumPasswordLength: aws.Int32(12), RequireNumbers: true, MaxPasswordAge: aws.Int32(30), PasswordReusePrevention: aws.Int32(3), HardExpiry: aws.Bool(true)}))(s)
	p := must(s.iam.GetAccountPasswordPolicy(ctx, nil))(s).PasswordPolicy
	s.same("policy", []any{p.AllowUsersToChangePassword, p.ExpirePasswords, aws.ToBool(p.HardExpiry), *p.MaxPasswordAge, *p.MinimumPasswordLength, *p.PasswordReusePrevention, p.RequireLowercaseCharacters, p.RequireNumbers, p.RequireSymbols, p.RequireUppercaseCharacters},
		[]any{true, true, true, int32(30), int32(12), int32(3), false, true, false, false})
	must(s.iam.UpdateAccountPasswordPolicy(ctx, &iam.UpdateAccountPasswordPolicyInput{MinimumPasswordLength: aws.Int32(8), RequireSymbols: true}))(s)
	p = must(s.iam.GetAccountPasswordPolicy(ctx, nil))(s).PasswordPolicy
	s.same("policy", []any{p.AllowUsersToChangePassword, p.ExpirePasswords, aws.ToBool(p.HardExpiry), aws.ToInt32(p.MaxPasswordAge), *p.MinimumPasswordLength, aws.ToInt32(p.PasswordReusePrevention), p.RequireNumbers, p.RequireSymbols},
		[]any{false, false, false, int32(0), int32(8), int32(0), false, true})
	must(s.iam.DeleteAccountPasswordPolicy(ctx, nil))(s)
	gone(s.iam.DeleteAccountPasswordPolicy(ctx, nil))(s)
	gone(s.iam.GetAccountPasswordPolicy(ctx, nil))(s)
}

func tokenPreferencesResource(s *steps) {
	for version, number := range map[types.GlobalEndpointTokenVersion]int32{types.GlobalEndpointTokenVersionV2Token: 2, types.GlobalEndpointTokenVersionV1Token: 1} {
		must(s.iam.SetSecurityTokenServicePreferences(ctx, &iam.SetSecurityTokenServicePreferencesInput{GlobalEndpointTokenVersion: version}))(s)
		s.same("global_endpoint_token_version", must(s.iam.GetAccountSummary(ctx, nil))(s).SummaryMap["GlobalEndpointTokenVersion"], number)
	}
}

// organized is an account that manages an organization which trusts IAM.
func organized(t *testing.T) *steps {
	t.Helper()
	srv, err := server.Open(ctx, server.Options{Config: &config.Config{Ephemeral: true}})
	if err != nil {
		t.Fatal(err)
	}
	listener := httptest.NewServer(srv.Handler())
	t.Cleanup(func() {
		listener.Close()
		if err := srv.Close(); err != nil {
			t.Error(err)
		}
	})
	if _, err := srv.CreateOrganization(ctx, false); err != nil {
		t.Fatal(err)
	}
	if err := srv.SetServiceAccess(ctx, "iam.amazonaws.com", true); err != nil {
		t.Fatal(err)
	}
	first := srv.First()
	return stepsAt(t, listener.URL, aratametest.Key{ID: first.KeyID, Secret: first.Secret}, srv.Account())
}

func organizationsFeaturesResource(s *steps) {
	// Gone is what the provider calls it when the account is in none.
	_, err := s.iam.ListOrganizationsFeatures(ctx, nil)
	failed[*types.OrganizationNotFoundException](err)(s)
	s = organized(s.T)
	read := func(want ...types.FeatureType) {
		s.Helper()
		out := must(s.iam.ListOrganizationsFeatures(ctx, nil))(s)
		slices.Sort(out.EnabledFeatures)
		s.same("enabled_features", append([]types.FeatureType{}, out.EnabledFeatures...), append([]types.FeatureType{}, want...))
		s.same("id", (*out.OrganizationId)[:2], "o-")
	}
	must(s.iam.EnableOrganizationsRootCredentialsManagement(ctx, nil))(s)
	must(s.iam.EnableOrganizationsRootSessions(ctx, nil))(s)
	read(types.FeatureTypeRootCredentialsManagement, types.FeatureTypeRootSessions)
	must(s.iam.DisableOrganizationsRootSessions(ctx, nil))(s)
	read(types.FeatureTypeRootCredentialsManagement)
	must(s.iam.DisableOrganizationsRootCredentialsManagement(ctx, nil))(s)
	read()
}

func outboundFederationResource(s *steps) {
	_, err := s.iam.GetOutboundWebIdentityFederationInfo(ctx, nil)
	failed[*types.FeatureDisabledException](err)(s)
	made := must(s.iam.EnableOutboundWebIdentityFederation(ctx, nil))(s)
	_, err = s.iam.EnableOutboundWebIdentityFederation(ctx, nil)
	failed[*types.FeatureEnabledException](err)(s)
	info := must(s.iam.GetOutboundWebIdentityFederationInfo(ctx, nil))(s)
	s.same("federation", []any{info.JwtVendingEnabled, *info.IssuerIdentifier}, []any{true, *made.IssuerIdentifier})
	must(s.iam.DisableOutboundWebIdentityFederation(ctx, nil))(s)
	_, err = s.iam.DisableOutboundWebIdentityFederation(ctx, nil)
	failed[*types.FeatureDisabledException](err)(s)
	_, err = s.iam.GetOutboundWebIdentityFederationInfo(ctx, nil)
	failed[*types.FeatureDisabledException](err)(s)
}
