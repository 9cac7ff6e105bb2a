package terraform

import (
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
)

var providerSequences = map[string]func(*steps){
	"resource.aws_iam_openid_connect_provider":           oidcProviderResource,
	"resource.aws_iam_openid_connect_provider_client_id": oidcClientResource,
	"data.aws_iam_openid_connect_provider":               oidcProviderData,
	"resource.aws_iam_saml_provider":                     samlProviderResource,
	"data.aws_iam_saml_provider":                         samlProviderData,
}

const thumb = "6938fd4d98bab03faadb97b34396831e3780aea1"

func (s *steps) oidc(clients, thumbprints []string) *string {
	s.Helper()
	return must(s.iam.CreateOpenIDConnectProvider(ctx, &iam.CreateOpenIDConnectProviderInput{Url: aws.String("https://id.example.com/x"), ClientIDList: clients, ThumbprintList: thumbprints, Tags: tag("a", "b")}))(s).OpenIDConnectProviderArn
}

func oidcProviderResource(s *steps) {
	arn := s.oidc([]string{"one", "two"}, []string{thumb})
	s.same("id", *arn, s.arn("oidc-provider/id.example.com/x"))
	read := func(clients, thumbprints []string, want map[string]string) {
		s.Helper()
		p := must(s.iam.GetOpenIDConnectProvider(ctx, &iam.GetOpenIDConnectProviderInput{OpenIDConnectProviderArn: arn}))(s)
		slices.Sort(p.ClientIDList)
		s.same("provider", []any{"https://" + *p.Url, p.ClientIDList, p.ThumbprintList, tags(p.Tags)}, []any{"https://id.example.com/x", clients, thumbprints, want})
	}
	read([]string{"one", "two"}, []string{thumb}, map[string]string{"a": "b"})
	// The provider keeps thumbprints as a list: their order must be the client's.
	list := []string{"f" + thumb[1:], "0" + thumb[1:], thumb}
	must(s.iam.UpdateOpenIDConnectProviderThumbprint(ctx, &iam.UpdateOpenIDConnectProviderThumbprintInput{OpenIDConnectProviderArn: arn, ThumbprintList: list}))(s)
	must(s.iam.AddClientIDToOpenIDConnectProvider(ctx, &iam.AddClientIDToOpenIDConnectProviderInput{OpenIDConnectProviderArn: arn, ClientID: aws.String("three")}))(s)
	must(s.iam.RemoveClientIDFromOpenIDConnectProvider(ctx, &iam.RemoveClientIDFromOpenIDConnectProviderInput{OpenIDConnectProviderArn: arn, ClientID: aws.String("one")}))(s)
	must(s.iam.UntagOpenIDConnectProvider(ctx, &iam.UntagOpenIDConnectProviderInput{OpenIDConnectProviderArn: arn, TagKeys: []string{"a"}}))(s)
	must(s.iam.TagOpenIDConnectProvider(ctx, &iam.TagOpenIDConnectProviderInput{OpenIDConnectProviderArn: arn, Tags: tag("c", "d")}))(s)
	read([]string{"three", "two"}, list, map[string]string{"c": "d"})
	s.same("tags", tags(must(s.iam.ListOpenIDConnectProviderTags(ctx, &iam.ListOpenIDConnectProviderTagsInput{OpenIDConnectProviderArn: arn}))(s).Tags), map[string]string{"c": "d"})
	must(s.iam.DeleteOpenIDConnectProvider(ctx, &iam.DeleteOpenIDConnectProviderInput{OpenIDConnectProviderArn: arn}))(s)
	gone(s.iam.GetOpenIDConnectProvider(ctx, &iam.GetOpenIDConnectProviderInput{OpenIDConnectProviderArn: arn}))(s)
}

func oidcClientResource(s *steps) {
	arn := s.oidc([]string{"one"}, []string{thumb})
	clients := func() []string {
		s.Helper()
		return must(s.iam.GetOpenIDConnectProvider(ctx, &iam.GetOpenIDConnectProviderInput{OpenIDConnectProviderArn: arn}))(s).ClientIDList
	}
	add := &iam.AddClientIDToOpenIDConnectProviderInput{OpenIDConnectProviderArn: arn, ClientID: aws.String("two")}
	must(s.iam.AddClientIDToOpenIDConnectProvider(ctx, add))(s)
	must(s.iam.AddClientIDToOpenIDConnectProvider(ctx, add))(s)
	s.same("client_id", clients(), []string{"one", "two"})
	remove := &iam.RemoveClientIDFromOpenIDConnectProviderInput{OpenIDConnectProviderArn: arn, ClientID: aws.String("two")}
	must(s.iam.RemoveClientIDFromOpenIDConnectProvider(ctx, remove))(s)
	must(s.iam.RemoveClientIDFromOpenIDConnectProvider(ctx, remove))(s)
	s.same("client_id", clients(), []string{"one"})
	must(s.iam.DeleteOpenIDConnectProvider(ctx, &iam.DeleteOpenIDConnectProviderInput{OpenIDConnectProviderArn: arn}))(s)
	gone(s.iam.RemoveClientIDFromOpenIDConnectProvider(ctx, remove))(s)
}

func oidcProviderData(s *steps) {
	arn := s.oidc([]string{"one"}, []string{thumb})
	// By URL the provider looks through the list for an ARN that ends with it.
	var found []string
	for _, p := range must(s.iam.ListOpenIDConnectProviders(ctx, nil))(s).OpenIDConnectProviderList {
		if strings.HasSuffix(*p.Arn, "/id.example.com/x") {
			found = append(found, *p.Arn)
		}
	}
	s.same("arn", found, []string{*arn})
	gone(s.iam.GetOpenIDConnectProvider(ctx, &iam.GetOpenIDConnectProviderInput{OpenIDConnectProviderArn: aws.String(*arn + "y")}))(s)
}

func samlProviderResource(s *steps) {
	arn := must(s.iam.CreateSAMLProvider(ctx, &iam.CreateSAMLProviderInput{Name: aws.String("idp"), SAMLMetadataDocument: aws.String(materials["metadata-1.xml"]), Tags: tag("a", "b")}))(s).SAMLProviderArn
	s.same("id", *arn, s.arn("saml-provider/idp"))
	read := func(document string, want map[string]string) {
		s.Helper()
		p := must(s.iam.GetSAMLProvider(ctx, &iam.GetSAMLProviderInput{SAMLProviderArn: arn}))(s)
		// An answer without ValidUntil ends older versions of the provider.
		s.same("provider", []any{*p.SAMLMetadataDocument, p.ValidUntil.IsZero(), tags(p.Tags)}, []any{document, false, want})
	}
	read(materials["metadata-1.xml"], map[string]string{"a": "b"})
	must(s.iam.UpdateSAMLProvider(ctx, &iam.UpdateSAMLProviderInput{SAMLProviderArn: arn, SAMLMetadataDocument: aws.String(materials["metadata-2.xml"])}))(s)
	must(s.iam.UntagSAMLProvider(ctx, &iam.UntagSAMLProviderInput{SAMLProviderArn: arn, TagKeys: []string{"a"}}))(s)
	must(s.iam.TagSAMLProvider(ctx, &iam.TagSAMLProviderInput{SAMLProviderArn: arn, Tags: tag("c", "d")}))(s)
	read(materials["metadata-2.xml"], map[string]string{"c": "d"})
	s.same("tags", tags(must(s.iam.ListSAMLProviderTags(ctx, &iam.ListSAMLProviderTagsInput{SAMLProviderArn: arn}))(s).Tags), map[string]string{"c": "d"})
	must(s.iam.DeleteSAMLProvider(ctx, &iam.DeleteSAMLProviderInput{SAMLProviderArn: arn}))(s)
	gone(s.iam.DeleteSAMLProvider(ctx, &iam.DeleteSAMLProviderInput{SAMLProviderArn: arn}))(s)
	gone(s.iam.GetSAMLProvider(ctx, &iam.GetSAMLProviderInput{SAMLProviderArn: arn}))(s)
}

func samlProviderData(s *steps) {
	arn := must(s.iam.CreateSAMLProvider(ctx, &iam.CreateSAMLProviderInput{Name: aws.String("idp"), SAMLMetadataDocument: aws.String(materials["metadata-1.xml"])}))(s).SAMLProviderArn
	p := must(s.iam.GetSAMLProvider(ctx, &iam.GetSAMLProviderInput{SAMLProviderArn: arn}))(s)
	s.same("provider", []any{p.CreateDate.IsZero(), *p.SAMLMetadataDocument, *p.SAMLProviderUUID != ""}, []any{false, materials["metadata-1.xml"], true})
}
