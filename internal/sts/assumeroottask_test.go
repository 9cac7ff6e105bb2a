package sts_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/aratame/aratame/internal/shape"
	"github.com/aratame/aratame/internal/shape/iamshape"
	"github.com/aratame/aratame/internal/shape/stsshape"
)

// everyMember has what most operations demand; those of users name a user by
// what a session of root could mistake for root's.
func everyMember(serial, key string) []string {
	const user, id = "arn:aws:iam::" + away + ":user/bob", "ABCDEFGHIJKLMNOPQRSTUVWX"
	return []string{
		"AccessKeyId", key, "SerialNumber", serial, "CertificateId", id, "SSHPublicKeyId", id, "ServiceSpecificCredentialId", id,
		"RoleName", "r", "GroupName", "g", "PolicyName", "p", "PolicyArn", "arn:aws:iam::" + away + ":policy/p", "PermissionsBoundary", "arn:aws:iam::" + away + ":policy/p",
		"PolicyDocument", allActions, "AssumeRolePolicyDocument", doc(trusting(home)), "PolicyInputList.member.1", allActions, "VersionId", "v1", "SetAsDefault", "true",
		"VirtualMFADeviceName", "x", "AuthenticationCode1", "123456", "AuthenticationCode2", "234567",
		"Password", "Sesame-1", "OldPassword", "Sesame-1", "NewPassword", "Sesame-2", "Status", "Inactive",
		"InstanceProfileName", "ip", "AccountAlias", "some-alias", "NewUserName", "eve", "Description", "d",
		"CertificateBody", "x", "ServerCertificateName", "c", "PrivateKey", "x", "SSHPublicKeyBody", "x", "Encoding", "PEM", "ServiceName", "codecommit.amazonaws.com",
		"OpenIDConnectProviderArn", "arn:aws:iam::" + away + ":oidc-provider/example.com", "Url", "https://example.com", "Thumbprint", "x", "ClientID", "x",
		"ClientIDList.member.1", "x", "ThumbprintList.member.1", strings.Repeat("0", 40),
		"SAMLProviderArn", "arn:aws:iam::" + away + ":saml-provider/x", "SAMLMetadataDocument", strings.Repeat("x", 1000), "Name", "xx",
		"AWSServiceName", "ecs.amazonaws.com", "DeletionTaskId", "task/aws-service-role/x/y/0b5b7a4e-1111-4222-8333-444455556666",
		"TagKeys.member.1", "a", "Tags.member.1.Key", "a", "Tags.member.1.Value", "b",
		"ActionNames.member.1", "iam:GetUser", "PolicySourceArn", user, "JobId", "0b5b7a4e-1111-4222-8333-444455556666", "Arn", user,
		"ServiceNamespace", "iam", "ServiceNamespaces.member.1", "iam", "GlobalEndpointTokenVersion", "v2Token", "EntityPath", "o-0123456789/r-0123/" + away,
		"DelegationRequestId", id, "EntityArn", user, "TemplateArn", "arn:aws:iam::aws:role-template/x",
		"Audience.member.1", "a", "SigningAlgorithm", "RS256", "RoleArn", "arn:aws:iam::" + away + ":role/r", "RoleSessionName", "session",
		"EncodedMessage", "x", "TargetPrincipal", home, "TaskPolicyArn.arn", "arn:aws:iam::aws:policy/root-task/IAMAuditRootUserCredentials", "TradeInToken", "x",
	}
}

// A session of root reaches nothing but its task on root itself, whichever of
// all operations it calls, with a user's name ("root" among them) or without.
func TestAssumedRootDoesItsTaskAlone(t *testing.T) {
	w := newWorld(t)
	organize(w)
	alice := w.user(home, "alice", allSTS)
	bob := w.user(away, "bob", "")
	w.user(away, "root", "")
	w.must(w.root[away], "iam", "CreatePolicy", "PolicyName", "p", "PolicyDocument", allActions)
	w.must(w.root[away], "iam", "CreateRole", "RoleName", "r", "AssumeRolePolicyDocument", doc(trusting(home)))
	w.must(w.root[away], "iam", "CreateGroup", "GroupName", "g")
	serial := w.must(w.root[away], "iam", "CreateVirtualMFADevice", "VirtualMFADeviceName", "bob").field("SerialNumber")

	const audit = "GetAccountSummary GetLoginProfile GetUser ListAccessKeys ListMFADevices ListSigningCertificates"
	for task, own := range map[string]string{
		"IAMAuditRootUserCredentials":  audit,
		"IAMCreateRootUserPassword":    "GetLoginProfile",
		"IAMDeleteRootUserCredentials": "DeactivateMFADevice DeleteAccessKey DeleteLoginProfile DeleteSigningCertificate GetLoginProfile GetUser ListAccessKeys ListMFADevices ListSigningCertificates",
		"S3UnlockBucketPolicy":         "",
		"SQSUnlockQueuePolicy":         "",
	} {
		k := w.must(alice, "sts", "AssumeRoot", "TargetPrincipal", away, "TaskPolicyArn.arn", "arn:aws:iam::aws:policy/root-task/"+task).key()
		for _, name := range []string{"", "bob", "ROOT"} {
			pairs := everyMember(serial, bob.id)
			allowed := own
			if name != "" {
				pairs = append(pairs, "UserName", name)
				allowed = ""
				if task == "IAMAuditRootUserCredentials" {
					allowed = "GetAccountSummary" // of the whole account
				}
			}
			var got []string
			denied := 0
			for _, op := range slices.Concat(iamshape.Operations(), stsshape.Operations()) {
				switch a := w.call(k, op.Service, op.Name, pairs...); {
				case a.code == "AccessDenied":
					denied++
				case refusedBefore(op, a), op.Name == "GetCallerIdentity":
				case op.Name == "CreateLoginProfile" && task == "IAMCreateRootUserPassword" && a.message == "Password must be omitted for the root user.":
				default:
					got = append(got, op.Name)
				}
			}
			if !sameNames(got, allowed) {
				t.Errorf("%s, user %q: reaches %v, want %s", task, name, got, allowed)
			}
			if denied < 150 {
				t.Errorf("%s, user %q: only %d operations were asked for", task, name, denied)
			}
		}
	}
	if v := w.view(away); len(v.User("bob").Keys) != 1 || len(v.User("root").Keys) != 1 || len(v.Settings().Root.Keys) != 1 {
		t.Error("keys have changed")
	}
}

// refusedBefore reports whether a request was refused for its members, before
// anybody was asked whether it may be made.
func refusedBefore(op *shape.Operation, a *answer) bool {
	return a.code == "ValidationError" && strings.Contains(a.message, "failed to satisfy constraint") ||
		a.code == "ValidationError" && strings.HasPrefix(a.message, "Must specify userName") || op.Name == "GetHumanReadableSummary" && a.code == "InvalidInput"
}
