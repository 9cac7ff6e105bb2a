package readers

// A lack is operations, or members of outputs, that a client doesn't know.
type lack struct{ what, reason string }

// lacksOfCLI are what AWS has added since version 2.9.19 of its CLI, which is
// Debian's.
var lacksOfCLI = []lack{
	{"AcceptDelegationRequest AssociateDelegationRequest CreateDelegationRequest GetDelegatedAccessToken GetDelegationRequest GetHumanReadableSummary " +
		"ListDelegationRequests RejectDelegationRequest SendDelegationToken UpdateDelegationRequest", "temporary delegation came in 2025"},
	{"AssumeRoot DisableOrganizationsRootCredentialsManagement DisableOrganizationsRootSessions EnableOrganizationsRootCredentialsManagement " +
		"EnableOrganizationsRootSessions ListOrganizationsFeatures", "central management of root access came in 2024"},
	{"DisableOutboundWebIdentityFederation EnableOutboundWebIdentityFederation GetOutboundWebIdentityFederationInfo GetWebIdentityToken",
		"tokens for other services came in 2025"},
	{"AcquireRole GetRoleTemplateVersion GetAccountProperties PutAccountProperties GetRole.Role.SourceRoleTemplate", "role templates came in 2026"},
	{"GetMFADevice", "it came in 2023"},
	{"GetSAMLProvider.PrivateKeyList GetSAMLProvider.AssertionEncryptionMode GetSAMLProvider.SAMLProviderUUID", "encrypted assertions came in 2025"},
	{"CreateServiceSpecificCredential.ServiceSpecificCredential.ServiceCredentialSecret CreateServiceSpecificCredential.ServiceSpecificCredential.ServiceCredentialAlias " +
		"CreateServiceSpecificCredential.ServiceSpecificCredential.ExpirationDate ResetServiceSpecificCredential.ServiceSpecificCredential.ServiceCredentialSecret " +
		"ResetServiceSpecificCredential.ServiceSpecificCredential.ServiceCredentialAlias ResetServiceSpecificCredential.ServiceSpecificCredential.ExpirationDate " +
		"ListServiceSpecificCredentials.ServiceSpecificCredentials[].ServiceCredentialAlias ListServiceSpecificCredentials.ServiceSpecificCredentials[].ExpirationDate " +
		"ListServiceSpecificCredentials.IsTruncated ListServiceSpecificCredentials.Marker", "API keys, their expiry and pages of credentials came in 2025"},
}
