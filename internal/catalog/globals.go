package catalog

// globalKeys are the keys of AWS's page "AWS global condition context keys", by
// name, and a few more. Services list hardly any of them.
var globalKeys = []Key{
	{"aws:AssumedRoot", Bool, false},
	{"aws:CalledVia", String, true},
	{"aws:CalledViaAWSMCP", String, false},
	{"aws:CalledViaFirst", String, false},
	{"aws:CalledViaLast", String, false},
	{"aws:ChatbotSourceArn", ARN, false},
	{"aws:CurrentTime", Date, false},
	{"aws:Ec2InstanceSourcePrivateIPv4", IPAddress, false},
	{"aws:Ec2InstanceSourceVpc", String, false},
	{"aws:EpochTime", Date, false},
	{"aws:FederatedProvider", String, false},
	{"aws:IsMcpServiceAction", Bool, false},
	{"aws:MultiFactorAuthAge", Numeric, false},
	{"aws:MultiFactorAuthPresent", Bool, false},
	{"aws:PrincipalAccount", String, false},
	{"aws:PrincipalArn", ARN, false},
	{"aws:PrincipalIsAWSService", Bool, false},
	{"aws:PrincipalOrgID", String, false},
	{"aws:PrincipalOrgPaths", String, true},
	{"aws:PrincipalServiceName", String, false},
	{"aws:PrincipalServiceNamesList", String, true},
	{"aws:PrincipalTag/${TagKey}", String, false},
	{"aws:PrincipalType", String, false},
	{"aws:RequestTag/${TagKey}", String, false},
	{"aws:RequestedRegion", String, false},
	{"aws:ResourceAccount", String, false},
	{"aws:ResourceOrgID", String, false},
	{"aws:ResourceOrgPaths", String, true},
	{"aws:ResourceTag/${TagKey}", String, false},
	{"aws:SecureTransport", Bool, false},
	{"aws:SignInSessionArn", ARN, false},
	{"aws:SourceAccount", String, false},
	{"aws:SourceArn", ARN, false},
	{"aws:SourceIdentity", String, false},
	{"aws:SourceIp", IPAddress, false},
	{"aws:SourceOrgID", String, false},
	{"aws:SourceOrgPaths", String, true},
	{"aws:SourceVpc", String, false},
	{"aws:SourceVpcArn", ARN, false},
	{"aws:SourceVpce", String, false},
	{"aws:TagKeys", String, true},
	{"aws:TokenIssueTime", Date, false},
	{"aws:UserAgent", String, false},
	{"aws:ViaAWSMCPService", Bool, false},
	{"aws:ViaAWSService", Bool, false},
	{"aws:VpcSourceIp", IPAddress, false},
	{"aws:VpceAccount", String, false},
	{"aws:VpceOrgID", String, false},
	{"aws:VpceOrgPaths", String, true},
	{"aws:referer", String, false},
	{"aws:userid", String, false},
	{"aws:username", String, false},
	// Not on the page; AWS's managed policies and IAM's simulator have them.
	{"aws:PrincipalId", String, false},
	{"aws:PrincipalOrgMasterAccountId", String, false},
	{"aws:Type", String, false},
	// Of credentials that a service delivers; set in requests to any service.
	{"codebuild:BuildArn", ARN, false},
	{"codebuild:ProjectArn", ARN, false},
	{"ec2:RoleDelivery", Numeric, false},
	{"ec2:SourceInstanceArn", ARN, false},
	{"glue:CredentialIssuingService", String, false},
	{"glue:RoleAssumedBy", String, false},
	{"identitystore:UserId", String, false},
	{"lambda:SourceFunctionArn", ARN, false},
	{"ssm:SourceInstanceArn", ARN, false},
}

// corrected are keys that AWS's page on the keys of IAM and STS describes
// otherwise than the Service Authorization Reference, by folded name.
var corrected = map[string]Key{
	"iam:delegationduration":             {Type: Numeric},
	"cognito-identity.amazonaws.com:amr": {Type: String, Multi: true},
	"saml:commonname":                    {Type: String, Multi: true},
	"saml:givenname":                     {Type: String, Multi: true},
	"saml:mail":                          {Type: String, Multi: true},
	"saml:name":                          {Type: String, Multi: true},
	"saml:organizationstatus":            {Type: String, Multi: true},
	"saml:primarygroupsid":               {Type: String, Multi: true},
	"saml:surname":                       {Type: String, Multi: true},
	"saml:uid":                           {Type: String, Multi: true},
	"saml:x500uniqueidentifier":          {Type: String, Multi: true},
}

// providerKeys are the claims that are keys for every OIDC provider, whose name
// stands before the colon.
var providerKeys = []Key{
	{"aud", String, false}, {"oaud", String, false}, {"sub", String, false}, {"amr", String, true}, {"email", String, false},
}
