package iam

import (
	"github.com/aratame/aratame/internal/account"
	"github.com/aratame/aratame/internal/api"
	"github.com/aratame/aratame/internal/shape/iamshape"
)

func (s *Service) summary() []api.Op {
	return []api.Op{api.Read(iamshape.OpGetAccountSummary, anything, s.getAccountSummary)}
}

// getAccountSummary shows the quotas in force.
func (s *Service) getAccountSummary(_ *api.Call, v *account.View, _ *iamshape.GetAccountSummaryInput) (*iamshape.GetAccountSummaryOutput, error) {
	n, q, root := v.Count(), s.Quotas, v.Settings().Root
	versions := 0
	for p := range v.Policies("") {
		versions += len(p.Versions)
	}
	virtual, inUse, rootMFA := 0, 0, false
	for d := range v.MFADevices("") {
		if d.Key == nil {
			virtual++
		}
		if d.User != "" {
			inUse++
		}
		rootMFA = rootMFA || d.User == account.RootID
	}
	return &iamshape.GetAccountSummaryOutput{SummaryMap: map[string]int32{
		iamshape.SummaryKeyTypeUsers:                             int32(n.Users),
		iamshape.SummaryKeyTypeUsersQuota:                        int32(q.Users),
		iamshape.SummaryKeyTypeGroups:                            int32(n.Groups),
		iamshape.SummaryKeyTypeGroupsQuota:                       int32(q.Groups),
		iamshape.SummaryKeyTypeGroupsPerUserQuota:                account.MaxGroupsPerUser,
		iamshape.SummaryKeyTypeRoles:                             int32(n.Roles),
		iamshape.SummaryKeyTypeRolesQuota:                        int32(q.Roles),
		iamshape.SummaryKeyTypePolicies:                          int32(n.Policies),
		iamshape.SummaryKeyTypePoliciesQuota:                     int32(q.Policies),
		iamshape.SummaryKeyTypePolicyVersionsInUse:               int32(versions),
		iamshape.SummaryKeyTypePolicyVersionsInUseQuota:          account.MaxPolicyVersionsInUse,
		iamshape.SummaryKeyTypeVersionsPerPolicyQuota:            account.MaxVersionsPerPolicy,
		iamshape.SummaryKeyTypeInstanceProfiles:                  int32(n.InstanceProfiles),
		iamshape.SummaryKeyTypeInstanceProfilesQuota:             int32(q.InstanceProfiles),
		iamshape.SummaryKeyTypeAttachedPoliciesPerUserQuota:      int32(q.AttachedPoliciesPerUser),
		iamshape.SummaryKeyTypeAttachedPoliciesPerGroupQuota:     account.MaxAttachedPerGroup,
		iamshape.SummaryKeyTypeAttachedPoliciesPerRoleQuota:      int32(q.AttachedPoliciesPerRole),
		iamshape.SummaryKeyTypePolicySizeQuota:                   account.MaxPolicySize,
		iamshape.SummaryKeyTypeUserPolicySizeQuota:               account.MaxInlineSizeUser,
		iamshape.SummaryKeyTypeGroupPolicySizeQuota:              account.MaxInlineSizeGroup,
		iamshape.SummaryKeyTypeRolePolicySizeQuota:               account.MaxInlineSizeRole,
		iamshape.SummaryKeyTypeAssumeRolePolicySizeQuota:         int32(q.TrustPolicySize),
		iamshape.SummaryKeyTypeAccessKeysPerUserQuota:            account.MaxKeysPerUser,
		iamshape.SummaryKeyTypeSigningCertificatesPerUserQuota:   account.MaxSigningCertsPerUser,
		iamshape.SummaryKeyTypeServerCertificates:                int32(n.ServerCertificates),
		iamshape.SummaryKeyTypeServerCertificatesQuota:           int32(q.ServerCertificates),
		iamshape.SummaryKeyTypeProviders:                         int32(n.OIDCProviders + n.SAMLProviders),
		iamshape.SummaryKeyTypeMFADevices:                        int32(virtual),
		iamshape.SummaryKeyTypeMFADevicesInUse:                   int32(inUse),
		iamshape.SummaryKeyTypeAccountMFAEnabled:                 present(rootMFA),
		iamshape.SummaryKeyTypeAccountAccessKeysPresent:          present(len(root.Keys) > 0),
		iamshape.SummaryKeyTypeAccountPasswordPresent:            present(root.PasswordHash != ""),
		iamshape.SummaryKeyTypeAccountSigningCertificatesPresent: present(len(root.SigningCertificates) > 0),
		iamshape.SummaryKeyTypeGlobalEndpointTokenVersion:        int32(max(v.Settings().TokenVersion, 1)),
	}}, nil
}

func present(is bool) int32 {
	if is {
		return 1
	}
	return 0
}
