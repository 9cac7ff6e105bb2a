package scripttest

// An exception is something that no script can show of an operation.
type exception struct {
	operations string // names, or "*" for all that the what is wanted of
	what       string // a code, or one of the constants of coverage_test.go
	reason     string
}

var exceptions = []exception{
	{"*", "ServiceFailure", "the server's own failure; no request brings one about"},
	{"*", "ConcurrentModification", "a write that meets another is done again on the newer state, and is never refused for it"},
	{"UpdateUser UpdateGroup " +
		"DeleteUser DeleteGroup DeleteRole DeleteInstanceProfile DeletePolicy DeletePolicyVersion DeleteAccessKey DeleteAccountAlias " +
		"DeleteSAMLProvider DeleteUserPolicy DeleteGroupPolicy DeleteRolePolicy DetachUserPolicy DetachGroupPolicy DetachRolePolicy " +
		"RemoveUserFromGroup RemoveRoleFromInstanceProfile SetDefaultPolicyVersion UpdateAccessKey",
		"LimitExceeded", "nothing that has a limit grows by it"},
	{"UpdateUser", "EntityTemporarilyUnmodifiable", "a change is in force when it is answered, so that nothing is ever on its way"},
	{"CreateAccountAlias", "LimitExceeded", "a new alias takes the place of the one that there is"},
	{"ListAccountAliases", paged, "there is one alias at most"},
	{"AddRoleToInstanceProfile", "EntityAlreadyExists", "a role that is there already is one too many: LimitExceeded, as recorded"},
	{"UpdateRoleDescription", "UnmodifiableEntity", "the description is the one thing that may change of a service's role"},
	{"UntagInstanceProfile UntagPolicy", "InvalidInput", "every key that the model's constraints let through can be untagged; the others are a ValidationError"},
	{"GetPolicy DeletePolicy ListPolicyTags ListEntitiesForPolicy " +
		"CreatePolicyVersion GetPolicyVersion ListPolicyVersions DeletePolicyVersion SetDefaultPolicyVersion " +
		"AttachUserPolicy AttachGroupPolicy AttachRolePolicy DetachUserPolicy DetachGroupPolicy DetachRolePolicy " +
		"ListAttachedUserPolicies ListAttachedGroupPolicies ListAttachedRolePolicies",
		"InvalidInput", "a wrong ARN is a ValidationError, as recorded in 2026, and so is all that the model's constraints forbid"},
	{"SimulateCustomPolicy SimulatePrincipalPolicy", "PolicyEvaluation", "documents are compiled before any is evaluated, and what can't be is InvalidInput"},
	{"AssumeRole AssumeRoleWithSAML AssumeRoleWithWebIdentity GetSessionToken GetFederationToken", "RegionDisabledException", "STS is active in every region, and nothing deactivates it"},
	{"AssumeRole", "ExpiredTokenException", "of a context assertion; there are no context providers"},
	{"GetSessionToken GetCallerIdentity", denied, "they need no permission, and no policy can deny them"},
	{"UpdateServerCertificate DeleteServerCertificate UpdateSigningCertificate DeleteSigningCertificate",
		"LimitExceeded", "nothing that has a limit grows by it"},
	{"DeleteServerCertificate", "DeleteConflict", "nothing here serves the certificates, so that none is in use"},
	{"UploadSigningCertificate", "EntityAlreadyExists", "of another certificate with the same SHA-1, for which a test of internal/iam stands in"},
	{"GetSSHPublicKey", "UnrecognizedPublicKeyEncoding", "a wrong encoding is a ValidationError, as recorded"},
	{"CreateServiceSpecificCredential ListServiceSpecificCredentials", "NotSupportedService", "an unknown service is NoSuchEntity, as recorded"},
	{"GetAccountProperties", "InvalidInput", "the request has no parameters"},
	{"CreateGroup", "NoSuchEntity", "the request names no other entity than the new group"},
	{"GenerateCredentialReport", "LimitExceeded", "within four hours of a report there is no other, and the call succeeds"},
	{"GetServiceLastAccessedDetails", "InvalidInput", "an id of the right length names a report or none"},
	{"GetCredentialReport", "ReportInProgress", "a report is there when the call that asks for it is answered"},
	{"ListPoliciesGrantingServiceAccess", paged, "it has no MaxItems; its pages are of a hundred services, which a test of internal/iam goes through"},
	{"ChangePassword CreateLoginProfile UpdateLoginProfile DeleteLoginProfile UpdateAccountPasswordPolicy DeleteAccountPasswordPolicy " +
		"DeactivateMFADevice ResyncMFADevice DeleteVirtualMFADevice",
		"LimitExceeded", "a user has one password, an account one policy: nothing that has a limit grows by it"},
	{"EnableMFADevice DeactivateMFADevice DeleteLoginProfile",
		"EntityTemporarilyUnmodifiable", "a change is in force when it is answered, so that nothing is ever on its way"},
	{"UpdateLoginProfile", "EntityTemporarilyUnmodifiable", "the password has to be replaced while another is being hashed; a test of internal/iam does that"},
	{"UpdateAccountPasswordPolicy", "NoSuchEntity", "the request names no entity; it makes the policy if there is none"},
	{"UpdateAccountPasswordPolicy", "MalformedPolicyDocument", "every policy that the model's constraints let through is one; the others are a ValidationError"},
	{"UntagMFADevice", "InvalidInput", "every key that the model's constraints let through can be untagged; the others are a ValidationError"},
	{"ListMFADeviceTags", "InvalidInput", "a wrong serial number is of no device: NoSuchEntity"},
	{"AcquireRole", "EntityAlreadyExists", "a name that is taken is a NameConflict, as recorded"},
	{"GetDelegatedAccessToken", "RegionDisabledException", "STS is active in every region, and nothing deactivates it"},
	{"CreateServiceLinkedRole DeleteServiceLinkedRole", "LimitExceeded", "roles of services don't count against a quota, and nothing limits their deletions"},
	{"CreateServiceLinkedRole", "NoSuchEntity", "a service without such a role is InvalidInput, as recorded against AWS; the request names nothing else"},
	{"AssumeRoot", "RegionDisabledException", "there are no regions that could be disabled"},
	{"AssumeRoot", "ExpiredTokenException", "the request carries no token but the caller's own, whose expiry is ExpiredToken"},
}
