package iam

import (
	"testing"

	"github.com/aratame/aratame/internal/account"
	"github.com/aratame/aratame/internal/api"
	"github.com/aratame/aratame/internal/issuer"
	"github.com/aratame/aratame/internal/shape/iamshape"
)

// Of two first calls the second doesn't take the keys of the first away, with
// which tokens may have been signed, although both have made some.
func TestOutboundEnabledTwiceAtOnce(t *testing.T) {
	x := newTest(t)
	x.svc.Issuer = &issuer.Issuer{Secrets: x.svc.Secrets, Base: func() string { return "https://iam.example.com" }}
	in := &iamshape.EnableOutboundWebIdentityFederationInput{}
	op, c, decoded, err := x.prepare("EnableOutboundWebIdentityFederation", in)
	if err != nil {
		t.Fatal(err)
	}
	if err := field[func(*api.Call, *account.View, any) error](op, "prepare")(c, x.view, decoded); err != nil {
		t.Fatal(err)
	}
	x.must("EnableOutboundWebIdentityFederation", in)
	first := x.view.Settings().Outbound
	x.must("DisableOutboundWebIdentityFederation", &iamshape.DisableOutboundWebIdentityFederationInput{})
	x.change(func(tx *account.Tx) {
		if _, err := field[func(*api.Call, *account.Tx, any) (any, error)](op, "write")(c, tx, decoded); err != nil {
			t.Fatal(err)
		}
	})
	if got := x.view.Settings().Outbound; !got.Enabled || got.ID != first.ID || got.Keys[0].ID != first.Keys[0].ID {
		t.Errorf("%+v, want %+v", got, first)
	}
}
