package account

// Quotas of an account: IAM's defaults, as the "IAM and AWS STS quotas" page
// gives them. Those with a higher maximum on request can be raised by the
// operator up to that maximum.
type Quotas struct {
	Users                   int // 5000, fixed by AWS
	Groups                  int // 300, up to 500
	Roles                   int // 1000, up to 10000
	Policies                int // 1500, up to 10000
	InstanceProfiles        int // 1000, up to 10000
	MFADevices              int // as many as users
	AttachedPoliciesPerUser int // 10, up to 20
	AttachedPoliciesPerRole int // 20, up to 25
	ServerCertificates      int // 20, up to 1000
	OIDCProviders           int // 100, up to 700
	SAMLProviders           int // 100
	TrustPolicySize         int // 2048 characters without white space, up to 8192
}

// DefaultQuotas are what a new AWS account has.
var DefaultQuotas = Quotas{
	Users: 5000, Groups: 300, Roles: 1000, Policies: 1500, InstanceProfiles: 1000, MFADevices: 5000,
	AttachedPoliciesPerUser: 10, AttachedPoliciesPerRole: 20, TrustPolicySize: 2048,
	ServerCertificates: 20, OIDCProviders: 100, SAMLProviders: 100,
}

// Limits that nobody can raise.
const (
	MaxKeysPerUser           = 2
	MaxGroupsPerUser         = 10
	MaxAttachedPerGroup      = 10
	MaxVersionsPerPolicy     = 5
	MaxTags                  = 50
	MaxPolicySize            = 6144  // managed policy, characters without white space
	MaxInlineSizeUser        = 2048  // all inline policies of one user together
	MaxInlineSizeGroup       = 5120  // … of one group
	MaxInlineSizeRole        = 10240 // … of one role
	MaxSessionPolicySize     = 2048
	MaxSessionPolicyARNs     = 10
	MaxMFADevicesPerUser     = 8
	MinMaxSession            = 3600
	MaxMaxSession            = 43200
	MaxRolesPerProfile       = 1
	MaxPolicyVersionsInUse   = 10000
	MaxSigningCertsPerUser   = 2
	MaxSSHKeysPerUser        = 5
	MaxCredentialsPerService = 2 // service-specific credentials of one user for one service
	MaxFormerPasswords       = 24
	MaxClientIDs             = 100 // of an OIDC provider
	MaxThumbprints           = 5
	MaxSAMLKeys              = 2 // private keys of a SAML provider
	MaxAccountAliases        = 1
	MaxSessionChainSeconds   = 3600
	MaxSessionTokenSeconds   = 129600
	MaxRootSessionSeconds    = 3600
	DefaultSessionSeconds    = 3600
	DefaultSessionTokenSecs  = 43200
	MinSessionSeconds        = 900
)
