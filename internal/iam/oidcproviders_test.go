package iam

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/aratame/aratame/internal/account"
	"github.com/aratame/aratame/internal/api"
	"github.com/aratame/aratame/internal/oidc"
	"github.com/aratame/aratame/internal/oidc/oidctest"
	"github.com/aratame/aratame/internal/shape/iamshape"
)

var onePrint = strings.Repeat("1a", 20)

func newProvider(x *tester, url string, clients ...string) string {
	x.Helper()
	return *do[iamshape.CreateOpenIDConnectProviderOutput](x, "CreateOpenIDConnectProvider",
		&iamshape.CreateOpenIDConnectProviderInput{Url: url, ClientIDList: clients, ThumbprintList: []string{onePrint}}).OpenIDConnectProviderArn
}

func getProvider(x *tester, arn string) *iamshape.GetOpenIDConnectProviderOutput {
	x.Helper()
	return do[iamshape.GetOpenIDConnectProviderOutput](x, "GetOpenIDConnectProvider", &iamshape.GetOpenIDConnectProviderInput{OpenIDConnectProviderArn: arn})
}

func TestOIDCProviderShows(t *testing.T) {
	x := newTest(t)
	created := do[iamshape.CreateOpenIDConnectProviderOutput](x, "CreateOpenIDConnectProvider", &iamshape.CreateOpenIDConnectProviderInput{
		Url: "https://127.0.0.1:8443/id/ABC", ClientIDList: []string{"a", "b", "a"}, ThumbprintList: []string{strings.ToUpper(onePrint)}, Tags: tags("k", "v"),
	})
	arn := "arn:aws:iam::123456789012:oidc-provider/127.0.0.1:8443/id/ABC"
	same(t, "create", created, &iamshape.CreateOpenIDConnectProviderOutput{OpenIDConnectProviderArn: &arn, Tags: tags("k", "v")})
	same(t, "get", getProvider(x, arn), &iamshape.GetOpenIDConnectProviderOutput{
		Url: ptr("127.0.0.1:8443/id/ABC"), ClientIDList: []string{"a", "b"}, ThumbprintList: []string{onePrint}, CreateDate: &x.now, Tags: tags("k", "v"),
	})
	bare := newProvider(x, "https://bare.test")
	same(t, "without anything", getProvider(x, bare), &iamshape.GetOpenIDConnectProviderOutput{
		Url: ptr("bare.test"), ClientIDList: []string{}, ThumbprintList: []string{onePrint}, CreateDate: &x.now, Tags: []iamshape.Tag{},
	})
	same(t, "list", do[iamshape.ListOpenIDConnectProvidersOutput](x, "ListOpenIDConnectProviders", &iamshape.ListOpenIDConnectProvidersInput{}),
		&iamshape.ListOpenIDConnectProvidersOutput{OpenIDConnectProviderList: []iamshape.OpenIDConnectProviderListEntry{{Arn: &arn}, {Arn: &bare}}})
}

// One account can have two providers whose URLs differ by a slash at the end:
// to OpenID Connect they are two issuers.
func TestOIDCProviderSlash(t *testing.T) {
	x := newTest(t)
	with, without := newProvider(x, "https://tenant.test/"), newProvider(x, "https://tenant.test")
	if with == without || *getProvider(x, with).Url != "tenant.test/" {
		t.Errorf("%s and %s", with, without)
	}
	x.fails("CreateOpenIDConnectProvider", &iamshape.CreateOpenIDConnectProviderInput{Url: "https://TENANT.test/", ThumbprintList: []string{onePrint}},
		"EntityAlreadyExists", "Provider with url https://TENANT.test/ already exists.")
}

// A thumbprint is asked for once, for a request that nothing stands against.
func TestOIDCThumbprint(t *testing.T) {
	x := newTest(t)
	i := oidctest.New("")
	t.Cleanup(i.Close)
	in := &iamshape.CreateOpenIDConnectProviderInput{Url: i.URL}
	unreached := fmt.Sprintf("Could not connect to openid configuration of provider: %s", i.URL)
	x.fails("CreateOpenIDConnectProvider", in, "OpenIdIdpCommunicationError", unreached)
	x.svc.OIDC = oidc.New(oidc.Options{AllowPrivate: true})
	x.fails("CreateOpenIDConnectProvider", in, "OpenIdIdpCommunicationError", unreached) // its authority is unknown
	x.svc.OIDC = oidc.New(oidc.Options{Roots: i.Pool()})
	asked := i.Asked(oidctest.Discovery)
	x.fails("CreateOpenIDConnectProvider", in, "OpenIdIdpCommunicationError", unreached) // its address is private
	if n := i.Asked(oidctest.Discovery); n != asked {
		t.Error("a private address was asked")
	}
	x.svc.OIDC = oidc.New(oidc.Options{Roots: i.Pool(), AllowPrivate: true})
	arn := *do[iamshape.CreateOpenIDConnectProviderOutput](x, "CreateOpenIDConnectProvider", in).OpenIDConnectProviderArn
	same(t, "thumbprints", getProvider(x, arn).ThumbprintList, []string{i.Thumbprint()})
	asked = i.Asked(oidctest.Discovery)
	x.fails("CreateOpenIDConnectProvider", in, "EntityAlreadyExists", "Provider with url "+i.URL+" already exists.")
	if n := i.Asked(oidctest.Discovery); n != asked {
		t.Error("asked for a provider that can't be made")
	}
	// Another request has made it in the meantime.
	x.must("DeleteOpenIDConnectProvider", &iamshape.DeleteOpenIDConnectProviderInput{OpenIDConnectProviderArn: arn})
	once := false
	prepared := x.svc.askThumbprint
	_, err := prepared(&api.Call{Context: context.Background(), Now: x.now}, x.view, in)
	if err != nil {
		t.Fatal(err)
	}
	x.change(func(tx *account.Tx) {
		tx.PutOIDCProvider(&account.OIDCProvider{URL: i.Name(), Created: x.now})
		once = true
	})
	if x.fails("CreateOpenIDConnectProvider", in, "EntityAlreadyExists", "Provider with url "+i.URL+" already exists."); !once {
		t.Error("nothing was made")
	}
}

func TestOIDCTargets(t *testing.T) {
	x := newTest(t)
	arn := newProvider(x, "https://a.test/x", "c")
	x.must("TagOpenIDConnectProvider", &iamshape.TagOpenIDConnectProviderInput{OpenIDConnectProviderArn: arn, Tags: tags("k", "v")})
	its := api.Target{Resource: arn, Tags: []account.Tag{{Key: "k", Value: "v"}}}
	with := func(change func(t *api.Target)) api.Target { t := its; change(&t); return t }
	gone := "arn:aws:iam::123456789012:oidc-provider/none.test"
	for _, c := range []struct {
		op   string
		in   any
		want api.Target
	}{
		{"GetOpenIDConnectProvider", &iamshape.GetOpenIDConnectProviderInput{OpenIDConnectProviderArn: arn}, its},
		{"GetOpenIDConnectProvider", &iamshape.GetOpenIDConnectProviderInput{OpenIDConnectProviderArn: gone}, api.Target{Resource: gone}},
		{"DeleteOpenIDConnectProvider", &iamshape.DeleteOpenIDConnectProviderInput{OpenIDConnectProviderArn: arn}, its},
		{"AddClientIDToOpenIDConnectProvider", &iamshape.AddClientIDToOpenIDConnectProviderInput{OpenIDConnectProviderArn: arn, ClientID: "d"}, its},
		{"RemoveClientIDFromOpenIDConnectProvider", &iamshape.RemoveClientIDFromOpenIDConnectProviderInput{OpenIDConnectProviderArn: arn, ClientID: "d"}, its},
		{"UpdateOpenIDConnectProviderThumbprint", &iamshape.UpdateOpenIDConnectProviderThumbprintInput{OpenIDConnectProviderArn: arn, ThumbprintList: []string{onePrint}}, its},
		{"ListOpenIDConnectProviderTags", &iamshape.ListOpenIDConnectProviderTagsInput{OpenIDConnectProviderArn: arn}, its},
		{"TagOpenIDConnectProvider", &iamshape.TagOpenIDConnectProviderInput{OpenIDConnectProviderArn: arn, Tags: tags("n", "m")},
			with(func(t *api.Target) { t.RequestTags = []account.Tag{{Key: "n", Value: "m"}} })},
		{"UntagOpenIDConnectProvider", &iamshape.UntagOpenIDConnectProviderInput{OpenIDConnectProviderArn: arn, TagKeys: []string{"k"}},
			with(func(t *api.Target) { t.TagKeys = []string{"k"} })},
		{"ListOpenIDConnectProviders", &iamshape.ListOpenIDConnectProvidersInput{}, api.Target{Resource: "*"}},
		{"CreateOpenIDConnectProvider", &iamshape.CreateOpenIDConnectProviderInput{Url: "https://b.test", Tags: tags("n", "m")}, api.Target{
			Resource: "arn:aws:iam::123456789012:oidc-provider/b.test", RequestTags: []account.Tag{{Key: "n", Value: "m"}},
			Also: []api.Check{{Action: "iam:TagOpenIDConnectProvider", Resource: "arn:aws:iam::123456789012:oidc-provider/b.test"}},
		}},
	} {
		same(t, c.op, x.target(c.op, c.in), c.want)
	}
}
