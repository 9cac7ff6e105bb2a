package e2e

import (
	"crypto/x509"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	it "github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/aratame/aratame/test"
)

// buildFederation makes a provider of each kind, and has people of each assume a
// role that trusts both.
func buildFederation(t *testing.T, w *world, c *iam.Client) {
	t.Helper()
	tags, gone := []it.Tag{{Key: name("team"), Value: name("red")}, {Key: name("gone"), Value: name("soon")}}, []string{"gone"}
	oidc := must(c.CreateOpenIDConnectProvider(ctx, &iam.CreateOpenIDConnectProviderInput{Url: &w.issuer.url, ClientIDList: []string{"client"}}))(t).OpenIDConnectProviderArn
	must(c.AddClientIDToOpenIDConnectProvider(ctx, &iam.AddClientIDToOpenIDConnectProviderInput{OpenIDConnectProviderArn: oidc, ClientID: name("other")}))(t)
	must(c.RemoveClientIDFromOpenIDConnectProvider(ctx, &iam.RemoveClientIDFromOpenIDConnectProviderInput{OpenIDConnectProviderArn: oidc, ClientID: name("other")}))(t)
	must(c.UpdateOpenIDConnectProviderThumbprint(ctx, &iam.UpdateOpenIDConnectProviderThumbprintInput{OpenIDConnectProviderArn: oidc, ThumbprintList: []string{strings.Repeat("ab", 20)}}))(t)
	must(c.TagOpenIDConnectProvider(ctx, &iam.TagOpenIDConnectProviderInput{OpenIDConnectProviderArn: oidc, Tags: tags}))(t)
	must(c.UntagOpenIDConnectProvider(ctx, &iam.UntagOpenIDConnectProviderInput{OpenIDConnectProviderArn: oidc, TagKeys: gone}))(t)

	idp, metadata := test.NewIdP(t)
	corp := must(c.CreateSAMLProvider(ctx, &iam.CreateSAMLProviderInput{Name: name("corp"), SAMLMetadataDocument: &metadata}))(t).SAMLProviderArn
	decrypt := test.InPEM("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(test.NewKey(t)))
	w.keep("the key of the SAML provider", line(decrypt))
	must(c.UpdateSAMLProvider(ctx, &iam.UpdateSAMLProviderInput{SAMLProviderArn: corp, AddPrivateKey: &decrypt, AssertionEncryptionMode: it.AssertionEncryptionModeTypeAllowed}))(t)
	must(c.TagSAMLProvider(ctx, &iam.TagSAMLProviderInput{SAMLProviderArn: corp, Tags: tags}))(t)
	must(c.UntagSAMLProvider(ctx, &iam.UntagSAMLProviderInput{SAMLProviderArn: corp, TagKeys: gone}))(t)

	trust := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Federated":"` + *oidc + `"},"Action":"sts:AssumeRoleWithWebIdentity",
		"Condition":{"StringEquals":{"` + strings.TrimPrefix(w.issuer.url, "https://") + `:sub":"dora"}}},
		{"Effect":"Allow","Principal":{"Federated":"` + *corp + `"},"Action":"sts:AssumeRoleWithSAML","Condition":{"StringEquals":{"SAML:aud":"https://signin.aws.amazon.com/saml"}}}]}`
	role := must(c.CreateRole(ctx, &iam.CreateRoleInput{RoleName: name("fed"), AssumeRolePolicyDocument: &trust}))(t).Role.Arn
	anyone := w.sts(key{})
	token := w.keep("the web identity token", w.issuer.token(t, "dora"))
	web := must(anyone.AssumeRoleWithWebIdentity(ctx, &sts.AssumeRoleWithWebIdentityInput{RoleArn: role, RoleSessionName: name("dora"), WebIdentityToken: &token}))(t)
	response := w.keep("the assertion", assertion(t, idp, *role, *corp))
	federated := must(anyone.AssumeRoleWithSAML(ctx, &sts.AssumeRoleWithSAMLInput{RoleArn: role, PrincipalArn: corp, SAMLAssertion: &response}))(t)
	for who, k := range map[string]key{"dora": w.session("dora", web.Credentials), "alice": w.session("the alice of the provider", federated.Credentials)} {
		if id := must(w.sts(k).GetCallerIdentity(ctx, nil))(t); !strings.HasSuffix(*id.Arn, ":assumed-role/fed/"+who) {
			t.Error(*id.Arn)
		}
	}

	must(c.EnableOutboundWebIdentityFederation(ctx, nil))(t)
	out := must(w.sts(w.admin).GetWebIdentityToken(ctx, &sts.GetWebIdentityTokenInput{Audience: []string{"https://api.example.com"}, SigningAlgorithm: aws.String("ES384")}))(t)
	w.keep("the token for others", *out.WebIdentityToken)
	must(c.SetSecurityTokenServicePreferences(ctx, &iam.SetSecurityTokenServicePreferencesInput{GlobalEndpointTokenVersion: it.GlobalEndpointTokenVersionV2Token}))(t)
}

func stateOfFederation(t *testing.T, c *iam.Client, note func(any)) {
	t.Helper()
	oidc := must(c.ListOpenIDConnectProviders(ctx, nil))(t)
	note(oidc)
	arn := oidc.OpenIDConnectProviderList[0].Arn
	note(must(c.GetOpenIDConnectProvider(ctx, &iam.GetOpenIDConnectProviderInput{OpenIDConnectProviderArn: arn}))(t))
	note(must(c.ListOpenIDConnectProviderTags(ctx, &iam.ListOpenIDConnectProviderTagsInput{OpenIDConnectProviderArn: arn}))(t))
	saml := must(c.ListSAMLProviders(ctx, nil))(t)
	note(saml)
	arn = saml.SAMLProviderList[0].Arn
	note(must(c.GetSAMLProvider(ctx, &iam.GetSAMLProviderInput{SAMLProviderArn: arn}))(t))
	note(must(c.ListSAMLProviderTags(ctx, &iam.ListSAMLProviderTagsInput{SAMLProviderArn: arn}))(t))
	note(must(c.GetOutboundWebIdentityFederationInfo(ctx, nil))(t))
}

func takeDownFederation(t *testing.T, c *iam.Client, account string) {
	t.Helper()
	must(c.DeleteRole(ctx, &iam.DeleteRoleInput{RoleName: name("fed")}))(t)
	oidc := must(c.ListOpenIDConnectProviders(ctx, nil))(t).OpenIDConnectProviderList[0].Arn
	must(c.DeleteOpenIDConnectProvider(ctx, &iam.DeleteOpenIDConnectProviderInput{OpenIDConnectProviderArn: oidc}))(t)
	must(c.DeleteSAMLProvider(ctx, &iam.DeleteSAMLProviderInput{SAMLProviderArn: name("arn:aws:iam::" + account + ":saml-provider/corp")}))(t)
	must(c.DisableOutboundWebIdentityFederation(ctx, nil))(t)
}
