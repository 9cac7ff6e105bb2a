package iam

import (
	"slices"
	"strings"

	"github.com/aratame/aratame/internal/account"
	"github.com/aratame/aratame/internal/api"
	"github.com/aratame/aratame/internal/awserr"
	"github.com/aratame/aratame/internal/awsid"
	"github.com/aratame/aratame/internal/oidc"
	"github.com/aratame/aratame/internal/shape"
	"github.com/aratame/aratame/internal/shape/iamshape"
)

func (s *Service) oidcProviders() []api.Op {
	return []api.Op{
		api.Prepared(iamshape.OpCreateOpenIDConnectProvider, onNewOIDCProvider, s.askThumbprint, s.createOIDCProvider),
		api.Read(iamshape.OpGetOpenIDConnectProvider,
			onOIDCProvider(func(in *iamshape.GetOpenIDConnectProviderInput) string { return in.OpenIDConnectProviderArn }), getOIDCProvider),
		api.Read(iamshape.OpListOpenIDConnectProviders, anything, listOIDCProviders),
		api.Do(iamshape.OpDeleteOpenIDConnectProvider,
			onOIDCProvider(func(in *iamshape.DeleteOpenIDConnectProviderInput) string { return in.OpenIDConnectProviderArn }), deleteOIDCProvider),
		api.Do(iamshape.OpAddClientIDToOpenIDConnectProvider,
			onOIDCProvider(func(in *iamshape.AddClientIDToOpenIDConnectProviderInput) string { return in.OpenIDConnectProviderArn }), addClientID),
		api.Do(iamshape.OpRemoveClientIDFromOpenIDConnectProvider,
			onOIDCProvider(func(in *iamshape.RemoveClientIDFromOpenIDConnectProviderInput) string {
				return in.OpenIDConnectProviderArn
			}), removeClientID),
		api.Do(iamshape.OpUpdateOpenIDConnectProviderThumbprint,
			onOIDCProvider(func(in *iamshape.UpdateOpenIDConnectProviderThumbprintInput) string {
				return in.OpenIDConnectProviderArn
			}), updateThumbprints),
		api.Do(iamshape.OpTagOpenIDConnectProvider, onOIDCTags, tagOIDCProvider),
		api.Do(iamshape.OpUntagOpenIDConnectProvider, onOIDCUntag, untagOIDCProvider),
		api.Read(iamshape.OpListOpenIDConnectProviderTags,
			onOIDCProvider(func(in *iamshape.ListOpenIDConnectProviderTagsInput) string { return in.OpenIDConnectProviderArn }), s.listOIDCProviderTags),
	}
}

const httpsScheme = "https://"

// issuerName is what a URL is without its scheme, which is how a provider is
// stored and named.
func issuerName(url string) (string, error) {
	if !oidc.CheckIssuer(url) {
		return "", awserr.New("ValidationError", "Invalid Open ID Connect Provider URL")
	}
	return strings.TrimPrefix(url, httpsScheme), nil
}

// oidcARN gives the name of the provider that an ARN is for. An ARN that is for
// something else can't be one of a provider.
func oidcARN(arn string) (name string, err error) {
	a, err := awsid.ParseARN(arn)
	if err != nil {
		return "", awserr.Newf("ValidationError", "ARN %s is not valid.", arn)
	}
	name, ok := strings.CutPrefix(a.Resource, "oidc-provider/")
	if !ok || name == "" || a.Partition != awsid.Partition || a.Service != "iam" || a.Region != "" || !awsid.ValidAccountID(a.Account) {
		return "", awserr.Newf("InvalidInput", "ARN %s is not valid.", arn)
	}
	return name, nil
}

// oidcByARN is the provider of exactly this ARN, or nil.
func oidcByARN(v *account.View, arn string) *account.OIDCProvider {
	name, err := oidcARN(arn)
	if err != nil {
		return nil
	}
	if p := v.OIDCProvider(name); p != nil && p.ARN(v.Account()) == arn {
		return p
	}
	return nil
}

func oidcTarget(v *account.View, arn string) (api.Target, error) {
	if _, err := oidcARN(arn); err != nil {
		return api.Target{}, err
	}
	t := api.Target{Resource: arn}
	if p := oidcByARN(v, arn); p != nil {
		t.Tags = p.Tags
	}
	return t, nil
}

func onOIDCProvider[I any](arn func(in *I) string) api.TargetFunc[I] {
	return func(_ *api.Call, v *account.View, in *I) (api.Target, error) { return oidcTarget(v, arn(in)) }
}

func onNewOIDCProvider(_ *api.Call, v *account.View, in *iamshape.CreateOpenIDConnectProviderInput) (api.Target, error) {
	name, err := issuerName(in.Url)
	if err != nil {
		return api.Target{}, err
	}
	return withNewTags(api.Target{Resource: awsid.IAM(v.Account(), "oidc-provider", "/", name)}, "iam:TagOpenIDConnectProvider", in.Tags), nil
}

func onOIDCTags(_ *api.Call, v *account.View, in *iamshape.TagOpenIDConnectProviderInput) (api.Target, error) {
	t, err := oidcTarget(v, in.OpenIDConnectProviderArn)
	t.RequestTags = tagsFrom(in.Tags)
	return t, err
}

func onOIDCUntag(_ *api.Call, v *account.View, in *iamshape.UntagOpenIDConnectProviderInput) (api.Target, error) {
	t, err := oidcTarget(v, in.OpenIDConnectProviderArn)
	t.TagKeys = in.TagKeys
	return t, err
}

func findOIDCProvider(v *account.View, arn string) (*account.OIDCProvider, error) {
	if p := oidcByARN(v, arn); p != nil {
		return p, nil
	}
	return nil, awserr.Newf("NoSuchEntity", "OpenIDConnect Provider not found for arn %s", arn)
}

// newOIDCProvider makes the provider that a request asks for, unless it can't
// be.
func (s *Service) newOIDCProvider(c *api.Call, v *account.View, in *iamshape.CreateOpenIDConnectProviderInput) (*account.OIDCProvider, error) {
	name, err := issuerName(in.Url)
	if err != nil {
		return nil, err
	}
	p := &account.OIDCProvider{URL: name, Created: c.Seconds()}
	if p.Thumbprints, err = thumbprints(in.ThumbprintList); err != nil {
		return nil, err
	}
	for _, id := range in.ClientIDList {
		if err := addClient(p, id); err != nil {
			return nil, err
		}
	}
	if p.Tags, err = exactTags.add(nil, in.Tags); err != nil {
		return nil, err
	}
	if v.OIDCProvider(name) != nil {
		return nil, awserr.Newf("EntityAlreadyExists", "Provider with url %s already exists.", in.Url)
	}
	if n := s.Quotas.OIDCProviders; v.Count().OIDCProviders >= n {
		return nil, errQuota("OpenIdConnectProvidersPerAccount", n)
	}
	return p, nil
}

// askThumbprint gets the thumbprint that a request leaves out from the provider
// itself, once nothing else stands against the request.
func (s *Service) askThumbprint(c *api.Call, v *account.View, in *iamshape.CreateOpenIDConnectProviderInput) (string, error) {
	if _, err := s.newOIDCProvider(c, v, in); err != nil || len(in.ThumbprintList) > 0 {
		return "", err
	}
	e := awserr.Newf("OpenIdIdpCommunicationError", "Could not connect to openid configuration of provider: %s", in.Url)
	if s.OIDC == nil {
		return "", e
	}
	sum, err := s.OIDC.Thumbprint(c.Context, c.Now, in.Url)
	if err != nil {
		e.Cause = err
		return "", e
	}
	return sum, nil
}

func (s *Service) createOIDCProvider(c *api.Call, tx *account.Tx, in *iamshape.CreateOpenIDConnectProviderInput, asked string) (*iamshape.CreateOpenIDConnectProviderOutput, error) {
	p, err := s.newOIDCProvider(c, tx.View(), in)
	if err != nil {
		return nil, err
	}
	if asked != "" {
		p.Thumbprints = []string{asked}
	}
	tx.PutOIDCProvider(p)
	return &iamshape.CreateOpenIDConnectProviderOutput{
		OpenIDConnectProviderArn: shape.Ptr(p.ARN(tx.View().Account())), Tags: tagsOut(p.Tags),
	}, nil
}

// thumbprints checks a list of SHA-1 sums, whose length the model has checked,
// and gives it in lower case.
func thumbprints(list []string) ([]string, error) {
	if len(list) > account.MaxThumbprints {
		return nil, awserr.Newf("InvalidInput", "Thumbprint list must contain fewer than %d entries.", account.MaxThumbprints)
	}
	out := make([]string, len(list))
	for i, t := range list {
		if strings.Trim(t, "0123456789abcdefABCDEF") != "" {
			return nil, awserr.Newf("InvalidInput", "The thumbprint %s is not valid. It must be the hexadecimal SHA-1 hash of a certificate.", t)
		}
		out[i] = strings.ToLower(t)
	}
	return out, nil
}

// addClient adds a client id that may be there already.
func addClient(p *account.OIDCProvider, id string) error {
	if slices.Contains(p.ClientIDs, id) {
		return nil
	}
	if len(p.ClientIDs) >= account.MaxClientIDs {
		return errQuota("ClientIdsPerOpenIdConnectProvider", account.MaxClientIDs)
	}
	p.ClientIDs = append(p.ClientIDs, id)
	return nil
}

func getOIDCProvider(_ *api.Call, v *account.View, in *iamshape.GetOpenIDConnectProviderInput) (*iamshape.GetOpenIDConnectProviderOutput, error) {
	p, err := findOIDCProvider(v, in.OpenIDConnectProviderArn)
	if err != nil {
		return nil, err
	}
	return &iamshape.GetOpenIDConnectProviderOutput{
		Url: &p.URL, CreateDate: &p.Created, Tags: listTags(p.Tags),
		ClientIDList: append([]string{}, p.ClientIDs...), ThumbprintList: append([]string{}, p.Thumbprints...),
	}, nil
}

func listOIDCProviders(_ *api.Call, v *account.View, _ *iamshape.ListOpenIDConnectProvidersInput) (*iamshape.ListOpenIDConnectProvidersOutput, error) {
	list := []iamshape.OpenIDConnectProviderListEntry{}
	for p := range v.OIDCProviders("") {
		list = append(list, iamshape.OpenIDConnectProviderListEntry{Arn: shape.Ptr(p.ARN(v.Account()))})
	}
	return &iamshape.ListOpenIDConnectProvidersOutput{OpenIDConnectProviderList: list}, nil
}

// deleteOIDCProvider leaves roles that trust the provider as they are; nobody
// can assume them through it any more.
func deleteOIDCProvider(_ *api.Call, tx *account.Tx, in *iamshape.DeleteOpenIDConnectProviderInput) error {
	p := oidcByARN(tx.View(), in.OpenIDConnectProviderArn)
	if p == nil {
		return awserr.Newf("NoSuchEntity", "OpenId connect Provider %s cannot be found.", in.OpenIDConnectProviderArn)
	}
	tx.DeleteOIDCProvider(p)
	return nil
}

// changeOIDCProvider saves what change does to a copy of the provider.
func changeOIDCProvider(tx *account.Tx, arn string, change func(p *account.OIDCProvider) error) error {
	p, err := findOIDCProvider(tx.View(), arn)
	if err != nil {
		return err
	}
	p = p.Clone()
	if err := change(p); err != nil {
		return err
	}
	tx.PutOIDCProvider(p)
	return nil
}

func addClientID(_ *api.Call, tx *account.Tx, in *iamshape.AddClientIDToOpenIDConnectProviderInput) error {
	return changeOIDCProvider(tx, in.OpenIDConnectProviderArn, func(p *account.OIDCProvider) error { return addClient(p, in.ClientID) })
}

// removeClientID succeeds for a client id that isn't there, too.
func removeClientID(_ *api.Call, tx *account.Tx, in *iamshape.RemoveClientIDFromOpenIDConnectProviderInput) error {
	return changeOIDCProvider(tx, in.OpenIDConnectProviderArn, func(p *account.OIDCProvider) error {
		p.ClientIDs = slices.DeleteFunc(p.ClientIDs, func(id string) bool { return id == in.ClientID })
		return nil
	})
}

// updateThumbprints replaces all of them.
func updateThumbprints(_ *api.Call, tx *account.Tx, in *iamshape.UpdateOpenIDConnectProviderThumbprintInput) error {
	if len(in.ThumbprintList) == 0 {
		return awserr.New("InvalidInput", "Thumbprint list must contain at least one entry.")
	}
	return changeOIDCProvider(tx, in.OpenIDConnectProviderArn, func(p *account.OIDCProvider) (err error) {
		p.Thumbprints, err = thumbprints(in.ThumbprintList)
		return err
	})
}

func tagOIDCProvider(_ *api.Call, tx *account.Tx, in *iamshape.TagOpenIDConnectProviderInput) error {
	return changeOIDCProvider(tx, in.OpenIDConnectProviderArn, func(p *account.OIDCProvider) (err error) {
		p.Tags, err = exactTags.addSome(p.Tags, in.Tags)
		return err
	})
}

func untagOIDCProvider(_ *api.Call, tx *account.Tx, in *iamshape.UntagOpenIDConnectProviderInput) error {
	return changeOIDCProvider(tx, in.OpenIDConnectProviderArn, func(p *account.OIDCProvider) error {
		if len(in.TagKeys) == 0 {
			return errNoTagKeys
		}
		p.Tags = exactTags.remove(p.Tags, in.TagKeys)
		return nil
	})
}

func (s *Service) listOIDCProviderTags(c *api.Call, v *account.View, in *iamshape.ListOpenIDConnectProviderTagsInput) (*iamshape.ListOpenIDConnectProviderTagsOutput, error) {
	p, err := findOIDCProvider(v, in.OpenIDConnectProviderArn)
	if err != nil {
		return nil, err
	}
	page, err := s.page(c, v, in.Marker, in.MaxItems, &in.OpenIDConnectProviderArn)
	if err != nil {
		return nil, err
	}
	return &iamshape.ListOpenIDConnectProviderTagsOutput{Tags: takeTags(page, p.Tags), IsTruncated: page.truncated(), Marker: page.marker()}, nil
}
