package catalog

import (
	"slices"
	"strings"
	"testing"
)

// The keys of AWS's pages on global keys and on the keys of IAM and STS, with
// the types that these give them.
func TestDocumentedKeys(t *testing.T) {
	checked := 0
	for _, c := range []struct{ kind, names string }{
		{"ARN", `aws:PrincipalArn aws:SourceArn aws:SourceVpcArn aws:SignInSessionArn aws:ChatbotSourceArn ec2:SourceInstanceArn
			lambda:SourceFunctionArn codebuild:BuildArn codebuild:ProjectArn ssm:SourceInstanceArn iam:AssociatedResourceArn iam:PolicyARN
			sts:TaskPolicyArn iam:DelegationRequestOwner`},
		{"String", `aws:PrincipalAccount aws:PrincipalOrgID aws:PrincipalTag/team aws:PrincipalType aws:userid aws:username aws:PrincipalServiceName
			aws:FederatedProvider aws:SourceIdentity aws:Ec2InstanceSourceVpc glue:RoleAssumedBy glue:CredentialIssuingService
			identitystore:UserId aws:SourceVpc aws:SourceVpce aws:VpceAccount aws:VpceOrgID aws:ResourceAccount aws:ResourceOrgID
			aws:ResourceTag/a aws:RequestedRegion aws:UserAgent aws:referer aws:RequestTag/a aws:CalledViaFirst aws:CalledViaLast
			aws:CalledViaAWSMCP aws:SourceAccount aws:SourceOrgID aws:PrincipalOrgMasterAccountId aws:PrincipalId aws:Type
			iam:PassedToService iam:AWSServiceName iam:ResourceTag/a iam:RegisterSecurityKey iam:FIDO-certification
			iam:FIDO-FIPS-140-2-certification iam:FIDO-FIPS-140-3-certification iam:OrganizationsPolicyId
			iam:ServiceSpecificCredentialServiceName sts:ExternalId sts:RoleSessionName sts:SourceIdentity sts:RequestContext/a
			sts:AWSServiceName sts:SigningAlgorithm saml:aud saml:iss saml:sub saml:sub_type saml:namequalifier saml:doc
			saml:edupersonorgdn saml:edupersonprimaryaffiliation accounts.google.com:aud accounts.google.com:email
			graph.facebook.com:app_id www.amazon.com:user_id cognito-identity.amazonaws.com:sub
			token.actions.githubusercontent.com:sub token.actions.githubusercontent.com:repository oidc.example.com/id/1:aud
			oidc.example.com:oaud s3:prefix s3:ExistingObjectTag/a kms:ViaService kms:EncryptionContext:a:b`},
		{"Numeric", `aws:MultiFactorAuthAge ec2:RoleDelivery iam:ServiceSpecificCredentialAgeDays iam:DelegationDuration sts:DurationSeconds s3:max-keys`},
		{"Bool", `aws:AssumedRoot aws:PrincipalIsAWSService aws:MultiFactorAuthPresent aws:SecureTransport aws:ViaAWSService aws:ViaAWSMCPService
			aws:IsMcpServiceAction sts:RoleAuthorizedByIdp`},
		{"Date", `aws:TokenIssueTime aws:CurrentTime aws:EpochTime`},
		{"IPAddress", `aws:SourceIp aws:VpcSourceIp aws:Ec2InstanceSourcePrivateIPv4`},
		{"ArrayOfString", `aws:PrincipalOrgPaths aws:PrincipalServiceNamesList aws:VpceOrgPaths aws:ResourceOrgPaths aws:TagKeys aws:CalledVia
			aws:SourceOrgPaths sts:TransitiveTagKeys sts:IdentityTokenAudience cognito-identity.amazonaws.com:amr oidc.example.com:amr
			saml:edupersonaffiliation saml:edupersontargetedid saml:eduorgwhitepagesuri saml:cn saml:commonName saml:mail saml:uid
			saml:x500UniqueIdentifier dynamodb:LeadingKeys dynamodb:Attributes`},
		{"ArrayOfARN", `sts:RequestContextProviders`},
	} {
		for _, name := range strings.Fields(c.names) {
			for _, name := range []string{name, strings.ToUpper(name)} {
				if k, ok := LookupKey(name); !ok || k.TypeName() != c.kind {
					t.Errorf("%s: %v %s, want %s", name, ok, k.TypeName(), c.kind)
				}
				checked++
			}
		}
	}
	if checked < 200 {
		t.Errorf("%d names", checked)
	}
}

func TestUnknownKeys(t *testing.T) {
	for _, name := range []string{
		"", ":", "aws:", "aws", "SourceIp", "aws:SourceIP2", "aws:PrincipalTag", "aws:PrincipalTag/", "aws:Tag/a", "s3:nope", "s3:ExistingObjectTag",
		"s3:ExistingObjectTag/", "nosuch:key", "oidc.example.com:groups", "oidc.example.com:", "nodot:sub", "aws:TagKeys/a", "iam:ResourceTag/",
		"codebuild:secondarySources/.auth.type", "codebuild:secondarySources/a.auth",
	} {
		if k, ok := LookupKey(name); ok {
			t.Errorf("%q is %+v", name, k)
		}
	}
	if k, _ := LookupKey("AWS:PRINCIPALTAG/Team"); k.Name != "aws:PrincipalTag/${TagKey}" {
		t.Errorf("%+v", k)
	}
}

// Every key that a service lists is found, under its own name or one with
// something in the place of its placeholders.
func TestEveryKeyIsFound(t *testing.T) {
	checked := 0
	for _, s := range Services() {
		for i := range s.Keys {
			k := &s.Keys[i]
			name := strings.ReplaceAll(unnamed(k.Name), "${}", "some-thing")
			name = strings.ReplaceAll(name, "<key>", "some-thing")
			if strings.HasSuffix(name, "/") {
				name += "some-thing"
			}
			got, ok := LookupKey(name)
			if !ok || got.Type == 0 || k.Type == 0 {
				t.Errorf("%s: %s is unknown", s.Prefix, name)
			}
			checked++
		}
	}
	if checked < 2000 {
		t.Errorf("%d keys", checked)
	}
	if !slices.ContainsFunc(GlobalKeys(), func(k Key) bool { return k.Name == "aws:SourceIp" }) {
		t.Error("aws:SourceIp is no global key")
	}
	if ARN.String() != "ARN" || Type(0).String() != "" || Type(99).String() != "" {
		t.Error("names of types")
	}
}

// Of a key that several services list, the one of the service it is named
// after counts.
func TestOwnKeysCount(t *testing.T) {
	services := []*Service{
		{Prefix: "a", Keys: []Key{{"b:Key", String, true}, {"b:Tag/${TagKey}", String, true}, {"aws:SourceIp", String, true}}},
		{Prefix: "b", Keys: []Key{{"b:key", ARN, false}, {"b:tag/<key>", ARN, false}}},
	}
	var x keyIndex
	x.fill(services)
	if k := x.exact["b:key"]; k.Type != ARN || k.Multi {
		t.Errorf("%+v", k)
	}
	if k := x.exact["aws:sourceip"]; k.Type != IPAddress || k.Multi {
		t.Errorf("%+v", k)
	}
	if list := x.templates["b"]; len(list) != 1 || list[0].key.Type != ARN || !list[0].match("b:tag/x") || list[0].match("b:tag/") {
		t.Errorf("%+v", list)
	}
}
