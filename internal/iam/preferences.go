package iam

import (
	"github.com/aratame/aratame/internal/account"
	"github.com/aratame/aratame/internal/api"
	"github.com/aratame/aratame/internal/shape/iamshape"
)

func (s *Service) preferences() []api.Op {
	return []api.Op{api.Do(iamshape.OpSetSecurityTokenServicePreferences, anything, setSecurityTokenServicePreferences)}
}

// setSecurityTokenServicePreferences chooses the version of the session tokens
// that the global endpoint gives out. GetAccountSummary shows it. Every token
// of this server is good in every region, as version 2 is, so that nothing else
// depends on it.
func setSecurityTokenServicePreferences(_ *api.Call, tx *account.Tx, in *iamshape.SetSecurityTokenServicePreferencesInput) error {
	settings := tx.View().Settings().Clone()
	settings.TokenVersion = 1
	if in.GlobalEndpointTokenVersion == iamshape.GlobalEndpointTokenVersionV2Token {
		settings.TokenVersion = 2
	}
	tx.PutSettings(settings)
	return nil
}
