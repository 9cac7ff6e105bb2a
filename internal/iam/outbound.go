package iam

import (
	"github.com/aratame/aratame/internal/account"
	"github.com/aratame/aratame/internal/api"
	"github.com/aratame/aratame/internal/awserr"
	"github.com/aratame/aratame/internal/awsid"
	"github.com/aratame/aratame/internal/issuer"
	"github.com/aratame/aratame/internal/shape"
	"github.com/aratame/aratame/internal/shape/iamshape"
)

func (s *Service) outboundFederation() []api.Op {
	return []api.Op{
		api.Prepared(iamshape.OpEnableOutboundWebIdentityFederation, anything, s.makeIssuerKeys, s.enableOutbound),
		api.Do(iamshape.OpDisableOutboundWebIdentityFederation, anything, disableOutbound),
		api.Read(iamshape.OpGetOutboundWebIdentityFederationInfo, anything, s.getOutboundInfo),
	}
}

var (
	errFeatureEnabled = awserr.New("FeatureEnabled", "Outbound web identity federation is already enabled for this account.")
)

// makeIssuerKeys readies the keys of the issuer. An account that had been
// disabled keeps those that are still in their time.
func (s *Service) makeIssuerKeys(c *api.Call, v *account.View, _ *iamshape.EnableOutboundWebIdentityFederationInput) (*account.Outbound, error) {
	o := v.Settings().Outbound
	if o == nil {
		o = &account.Outbound{ID: awsid.NewRequestID(c.Rand)}
	}
	if o.Enabled {
		return nil, errFeatureEnabled
	}
	keys, _, err := s.Issuer.Rotate(v.Account(), o.Keys, c.Rand, c.Seconds())
	if err != nil {
		return nil, err
	}
	return &account.Outbound{ID: o.ID, Enabled: true, Keys: keys}, nil
}

// enableOutbound gives the account an issuer of its own. It keeps its URL when
// the feature is disabled and enabled again.
func (s *Service) enableOutbound(c *api.Call, tx *account.Tx, _ *iamshape.EnableOutboundWebIdentityFederationInput, ready *account.Outbound) (*iamshape.EnableOutboundWebIdentityFederationOutput, error) {
	settings := tx.View().Settings().Clone()
	switch old := settings.Outbound; {
	case old != nil && old.Enabled:
		return nil, errFeatureEnabled
	case old == nil:
		c.Claim(issuer.Claim(ready.ID), errFeatureEnabled)
	case old.ID != ready.ID: // another call came first, whose keys may have signed
		ready = &account.Outbound{ID: old.ID, Enabled: true, Keys: old.Keys}
	}
	settings.Outbound = ready
	tx.PutSettings(settings)
	return &iamshape.EnableOutboundWebIdentityFederationOutput{IssuerIdentifier: shape.Ptr(s.Issuer.URL(ready))}, nil
}

func errFeatureDisabled(v *account.View) error {
	return awserr.Newf("FeatureDisabled", "Outbound identity federation is disabled for account %s", v.Account())
}

// disableOutbound ends the giving out of tokens. Those that are out are valid
// until they expire: the keys stay published.
func disableOutbound(_ *api.Call, tx *account.Tx, _ *iamshape.DisableOutboundWebIdentityFederationInput) error {
	settings := tx.View().Settings().Clone()
	if settings.Outbound == nil || !settings.Outbound.Enabled {
		return errFeatureDisabled(tx.View())
	}
	settings.Outbound.Enabled = false
	tx.PutSettings(settings)
	return nil
}

func (s *Service) getOutboundInfo(_ *api.Call, v *account.View, _ *iamshape.GetOutboundWebIdentityFederationInfoInput) (*iamshape.GetOutboundWebIdentityFederationInfoOutput, error) {
	o := v.Settings().Outbound
	if o == nil || !o.Enabled {
		return nil, errFeatureDisabled(v)
	}
	return &iamshape.GetOutboundWebIdentityFederationInfoOutput{IssuerIdentifier: shape.Ptr(s.Issuer.URL(o)), JwtVendingEnabled: &o.Enabled}, nil
}
