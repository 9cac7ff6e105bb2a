package iam

import (
	"github.com/aratame/aratame/internal/account"
	"github.com/aratame/aratame/internal/api"
	"github.com/aratame/aratame/internal/awserr"
	"github.com/aratame/aratame/internal/shape/iamshape"
)

func (s *Service) organizationsFeatures() []api.Op {
	return []api.Op{
		api.Read(iamshape.OpListOrganizationsFeatures, anything, s.listOrganizationsFeatures),
		api.Write(iamshape.OpEnableOrganizationsRootCredentialsManagement, anything,
			func(c *api.Call, tx *account.Tx, _ *iamshape.EnableOrganizationsRootCredentialsManagementInput) (*iamshape.EnableOrganizationsRootCredentialsManagementOutput, error) {
				o, err := s.changeFeatures(c, tx, errNotManagement, func(o *account.Organization) { o.RootCredentials = true })
				if err != nil {
					return nil, err
				}
				return &iamshape.EnableOrganizationsRootCredentialsManagementOutput{OrganizationId: &o.ID, EnabledFeatures: features(o)}, nil
			}),
		api.Write(iamshape.OpDisableOrganizationsRootCredentialsManagement, anything,
			func(c *api.Call, tx *account.Tx, _ *iamshape.DisableOrganizationsRootCredentialsManagementInput) (*iamshape.DisableOrganizationsRootCredentialsManagementOutput, error) {
				o, err := s.changeFeatures(c, tx, errNotAdministrator, func(o *account.Organization) { o.RootCredentials = false })
				if err != nil {
					return nil, err
				}
				return &iamshape.DisableOrganizationsRootCredentialsManagementOutput{OrganizationId: &o.ID, EnabledFeatures: features(o)}, nil
			}),
		api.Write(iamshape.OpEnableOrganizationsRootSessions, anything,
			func(c *api.Call, tx *account.Tx, _ *iamshape.EnableOrganizationsRootSessionsInput) (*iamshape.EnableOrganizationsRootSessionsOutput, error) {
				o, err := s.changeFeatures(c, tx, errNotManagement, func(o *account.Organization) { o.RootSessions = true })
				if err != nil {
					return nil, err
				}
				return &iamshape.EnableOrganizationsRootSessionsOutput{OrganizationId: &o.ID, EnabledFeatures: features(o)}, nil
			}),
		api.Write(iamshape.OpDisableOrganizationsRootSessions, anything,
			func(c *api.Call, tx *account.Tx, _ *iamshape.DisableOrganizationsRootSessionsInput) (*iamshape.DisableOrganizationsRootSessionsOutput, error) {
				o, err := s.changeFeatures(c, tx, errNotAdministrator, func(o *account.Organization) { o.RootSessions = false })
				if err != nil {
					return nil, err
				}
				return &iamshape.DisableOrganizationsRootSessionsOutput{OrganizationId: &o.ID, EnabledFeatures: features(o)}, nil
			}),
	}
}

var (
	errNotAdministrator = awserr.New("AccountNotManagementOrDelegatedAdministratorException", "The request was rejected because the account is neither the management account of its organization nor a delegated administrator of IAM.")
	errNotAllFeatures   = awserr.New("OrganizationNotInAllFeaturesModeException", "The request was rejected because the organization has consolidated billing alone, not all features.")
)

func features(o *account.Organization) []string {
	out := []string{}
	if o.RootCredentials {
		out = append(out, iamshape.FeatureTypeRootCredentialsManagement)
	}
	if o.RootSessions {
		out = append(out, iamshape.FeatureTypeRootSessions)
	}
	return out
}

// administered is the organization as its management account keeps it, for an
// account that administers IAM in it.
func (s *Service) administered(c *api.Call, v *account.View) (*account.Organization, error) {
	o := v.Settings().Organization
	if o == nil {
		return nil, errNoOrganization
	}
	management, err := s.accountView(c, v, o.Management)
	if err != nil {
		return nil, err
	}
	if management == nil || management.Settings().Organization == nil {
		return nil, errNoOrganization
	}
	o = management.Settings().Organization
	switch {
	case !o.Administers(v.Account()):
		return nil, errNotAdministrator
	case o.BillingOnly:
		return nil, errNotAllFeatures
	case !o.Trusts(account.IAMPrincipal):
		return nil, awserr.Newf("ServiceAccessNotEnabledException", "Trusted Access for IAM not enabled by organization of input account %s.", v.Account())
	}
	return o, nil
}

// changeFeatures changes the features of the caller's organization. They are
// part of the management account, so that only it can: a delegated
// administrator is refused with notManagement.
func (s *Service) changeFeatures(c *api.Call, tx *account.Tx, notManagement error, change func(o *account.Organization)) (*account.Organization, error) {
	o, err := s.administered(c, tx.View())
	if err != nil {
		return nil, err
	}
	if o.Management != tx.View().Account() {
		return nil, notManagement
	}
	settings := tx.View().Settings().Clone()
	change(settings.Organization)
	tx.PutSettings(settings)
	return settings.Organization, nil
}

func (s *Service) listOrganizationsFeatures(c *api.Call, v *account.View, _ *iamshape.ListOrganizationsFeaturesInput) (*iamshape.ListOrganizationsFeaturesOutput, error) {
	o, err := s.administered(c, v)
	if err != nil {
		return nil, err
	}
	return &iamshape.ListOrganizationsFeaturesOutput{OrganizationId: &o.ID, EnabledFeatures: features(o)}, nil
}
