package terraform

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
)

var userSequences = map[string]func(*steps){
	"resource.aws_iam_user":         userResource,
	"resource.aws_iam_user_policy":  userPolicyResource,
	"data.aws_iam_user":             userData,
	"data.aws_iam_users":            usersData,
	"resource.aws_iam_access_key":   accessKeyResource,
	"data.aws_iam_access_keys":      accessKeysData,
	"data.aws_caller_identity":      callerIdentityData,
	"resource.aws_iam_user_ssh_key": sshKeyResource,
	"data.aws_iam_user_ssh_key":     sshKeyData,
}

func userResource(s *steps) {
	read := func(name, path, boundary string, want map[string]string) {
		s.Helper()
		u := must(s.iam.GetUser(ctx, &iam.GetUserInput{UserName: &name}))(s).User
		s.same("name", *u.UserName, name)
		s.same("path", *u.Path, path)
		s.same("arn", *u.Arn, s.arn("user"+path+name))
		s.same("tags", tags(u.Tags), want)
		got := ""
		if u.PermissionsBoundary != nil {
			got = *u.PermissionsBoundary.PermissionsBoundaryArn
		}
		s.same("permissions_boundary", got, boundary)
	}
	made := must(s.iam.CreateUser(ctx, &iam.CreateUserInput{UserName: aws.String("alice"), Path: aws.String("/a/"), PermissionsBoundary: aws.String(readOnly), Tags: tag("k", "v", "gone", "")}))(s)
	read("alice", "/a/", readOnly, map[string]string{"k": "v", "gone": ""})

	must(s.iam.UpdateUser(ctx, &iam.UpdateUserInput{UserName: aws.String("alice"), NewUserName: aws.String("bob"), NewPath: aws.String("/b/")}))(s)
	must(s.iam.PutUserPermissionsBoundary(ctx, &iam.PutUserPermissionsBoundaryInput{UserName: aws.String("bob"), PermissionsBoundary: aws.String(powerful)}))(s)
	must(s.iam.UntagUser(ctx, &iam.UntagUserInput{UserName: aws.String("bob"), TagKeys: []string{"gone"}}))(s)
	must(s.iam.TagUser(ctx, &iam.TagUserInput{UserName: aws.String("bob"), Tags: tag("k", "w")}))(s)
	read("bob", "/b/", powerful, map[string]string{"k": "w"})
	must(s.iam.DeleteUserPermissionsBoundary(ctx, &iam.DeleteUserPermissionsBoundaryInput{UserName: aws.String("bob")}))(s)
	read("bob", "/b/", "", map[string]string{"k": "w"})
	again := must(s.iam.GetUser(ctx, &iam.GetUserInput{UserName: aws.String("bob")}))(s)
	s.same("unique_id", *again.User.UserId, *made.User.UserId)
	listed := must(s.iam.ListUserTags(ctx, &iam.ListUserTagsInput{UserName: aws.String("bob")}))(s)
	s.same("tags", tags(listed.Tags), map[string]string{"k": "w"})

	// force_destroy: each kind of credential is listed and removed; the virtual
	// devices by their user's name, so that it must be in the list.
	bob := aws.String("bob")
	s.group("g")
	must(s.iam.AddUserToGroup(ctx, &iam.AddUserToGroupInput{GroupName: aws.String("g"), UserName: bob}))(s)
	must(s.iam.CreateAccessKey(ctx, &iam.CreateAccessKeyInput{UserName: bob}))(s)
	must(s.iam.UploadSSHPublicKey(ctx, &iam.UploadSSHPublicKeyInput{UserName: bob, SSHPublicKeyBody: aws.String(materials["ssh.pub"])}))(s)
	must(s.iam.CreateLoginProfile(ctx, &iam.CreateLoginProfileInput{UserName: bob, Password: aws.String("Sommer-2026!Regen")}))(s)
	must(s.iam.UploadSigningCertificate(ctx, &iam.UploadSigningCertificateInput{UserName: bob, CertificateBody: aws.String(materials["certificate.pem"])}))(s)
	must(s.iam.CreateServiceSpecificCredential(ctx, &iam.CreateServiceSpecificCredentialInput{UserName: bob, ServiceName: aws.String("codecommit.amazonaws.com")}))(s)
	device := must(s.iam.CreateVirtualMFADevice(ctx, &iam.CreateVirtualMFADeviceInput{Path: aws.String("/"), VirtualMFADeviceName: aws.String("bob")}))(s)
	s.enable("bob", device.VirtualMFADevice)

	groups := must(s.iam.ListGroupsForUser(ctx, &iam.ListGroupsForUserInput{UserName: bob}))(s)
	s.same("groups", len(groups.Groups), 1)
	must(s.iam.RemoveUserFromGroup(ctx, &iam.RemoveUserFromGroupInput{GroupName: groups.Groups[0].GroupName, UserName: bob}))(s)
	keys := must(s.iam.ListAccessKeys(ctx, &iam.ListAccessKeysInput{UserName: bob}))(s)
	s.same("keys", len(keys.AccessKeyMetadata), 1)
	must(s.iam.DeleteAccessKey(ctx, &iam.DeleteAccessKeyInput{UserName: bob, AccessKeyId: keys.AccessKeyMetadata[0].AccessKeyId}))(s)
	public := must(s.iam.ListSSHPublicKeys(ctx, &iam.ListSSHPublicKeysInput{UserName: bob}))(s)
	s.same("SSH keys", len(public.SSHPublicKeys), 1)
	must(s.iam.DeleteSSHPublicKey(ctx, &iam.DeleteSSHPublicKeyInput{UserName: bob, SSHPublicKeyId: public.SSHPublicKeys[0].SSHPublicKeyId}))(s)
	virtual := must(s.iam.ListVirtualMFADevices(ctx, &iam.ListVirtualMFADevicesInput{AssignmentStatus: types.AssignmentStatusTypeAssigned}))(s)
	s.same("virtual devices", len(virtual.VirtualMFADevices), 1)
	s.same("its user", *virtual.VirtualMFADevices[0].User.UserName, "bob")
	must(s.iam.DeactivateMFADevice(ctx, &iam.DeactivateMFADeviceInput{UserName: bob, SerialNumber: virtual.VirtualMFADevices[0].SerialNumber}))(s)
	must(s.iam.DeleteVirtualMFADevice(ctx, &iam.DeleteVirtualMFADeviceInput{SerialNumber: virtual.VirtualMFADevices[0].SerialNumber}))(s)
	devices := must(s.iam.ListMFADevices(ctx, &iam.ListMFADevicesInput{UserName: bob}))(s)
	s.same("devices", len(devices.MFADevices), 0)
	must(s.iam.DeleteLoginProfile(ctx, &iam.DeleteLoginProfileInput{UserName: bob}))(s)
	gone(s.iam.DeleteLoginProfile(ctx, &iam.DeleteLoginProfileInput{UserName: bob}))(s)
	signing := must(s.iam.ListSigningCertificates(ctx, &iam.ListSigningCertificatesInput{UserName: bob}))(s)
	s.same("signing certificates", len(signing.Certificates), 1)
	must(s.iam.DeleteSigningCertificate(ctx, &iam.DeleteSigningCertificateInput{UserName: bob, CertificateId: signing.Certificates[0].CertificateId}))(s)
	service := must(s.iam.ListServiceSpecificCredentials(ctx, &iam.ListServiceSpecificCredentialsInput{UserName: bob}))(s)
	s.same("service credentials", len(service.ServiceSpecificCredentials), 1)
	must(s.iam.DeleteServiceSpecificCredential(ctx, &iam.DeleteServiceSpecificCredentialInput{UserName: bob, ServiceSpecificCredentialId: service.ServiceSpecificCredentials[0].ServiceSpecificCredentialId}))(s)

	must(s.iam.DeleteUser(ctx, &iam.DeleteUserInput{UserName: bob}))(s)
	gone(s.iam.DeleteUser(ctx, &iam.DeleteUserInput{UserName: bob}))(s)
	gone(s.iam.GetUser(ctx, &iam.GetUserInput{UserName: bob}))(s)
	gone(s.iam.ListGroupsForUser(ctx, &iam.ListGroupsForUserInput{UserName: bob}))(s)
}

func userPolicyResource(s *steps) {
	u := s.user("u")
	read := func(want string) {
		s.Helper()
		p := must(s.iam.GetUserPolicy(ctx, &iam.GetUserPolicyInput{UserName: &u, PolicyName: aws.String("p")}))(s)
		s.same("policy", s.document(p.PolicyDocument), s.json(want))
		s.same("id", *p.UserName+":"+*p.PolicyName, "u:p")
	}
	for _, text := range []string{allow, deny} {
		must(s.iam.PutUserPolicy(ctx, &iam.PutUserPolicyInput{UserName: &u, PolicyName: aws.String("p"), PolicyDocument: &text}))(s)
		read(text)
	}
	must(s.iam.DeleteUserPolicy(ctx, &iam.DeleteUserPolicyInput{UserName: &u, PolicyName: aws.String("p")}))(s)
	gone(s.iam.DeleteUserPolicy(ctx, &iam.DeleteUserPolicyInput{UserName: &u, PolicyName: aws.String("p")}))(s)
	gone(s.iam.GetUserPolicy(ctx, &iam.GetUserPolicyInput{UserName: &u, PolicyName: aws.String("p")}))(s)
	gone(s.iam.GetUserPolicy(ctx, &iam.GetUserPolicyInput{UserName: aws.String("none"), PolicyName: aws.String("p")}))(s)
}

func userData(s *steps) {
	must(s.iam.CreateUser(ctx, &iam.CreateUserInput{UserName: aws.String("u"), Path: aws.String("/x/"), PermissionsBoundary: aws.String(readOnly), Tags: tag("a", "b")}))(s)
	u := must(s.iam.GetUser(ctx, &iam.GetUserInput{UserName: aws.String("u")}))(s).User
	s.same("user", []any{*u.UserName, *u.Path, *u.Arn, len(*u.UserId), *u.PermissionsBoundary.PermissionsBoundaryArn, tags(u.Tags)},
		[]any{"u", "/x/", s.arn("user/x/u"), 21, readOnly, map[string]string{"a": "b"}})
	gone(s.iam.GetUser(ctx, &iam.GetUserInput{UserName: aws.String("none")}))(s)
}

func usersData(s *steps) {
	for name, path := range map[string]string{"a": "/", "b": "/x/", "c": "/x/y/"} {
		must(s.iam.CreateUser(ctx, &iam.CreateUserInput{UserName: &name, Path: &path}))(s)
	}
	var names []string
	pages := iam.NewListUsersPaginator(s.iam, &iam.ListUsersInput{PathPrefix: aws.String("/x/"), MaxItems: aws.Int32(1)})
	for pages.HasMorePages() {
		for _, u := range must(pages.NextPage(ctx))(s).Users {
			names = append(names, *u.UserName)
			s.same("arn", *u.Arn, s.arn("user"+*u.Path+*u.UserName))
		}
	}
	s.same("names", names, []string{"b", "c"})
}

func accessKeyResource(s *steps) {
	u := s.user("u")
	made := must(s.iam.CreateAccessKey(ctx, &iam.CreateAccessKeyInput{UserName: &u}))(s).AccessKey
	s.same("secret", len(*made.SecretAccessKey), 40)
	for _, status := range []types.StatusType{types.StatusTypeInactive, types.StatusTypeActive} {
		must(s.iam.UpdateAccessKey(ctx, &iam.UpdateAccessKeyInput{UserName: &u, AccessKeyId: made.AccessKeyId, Status: status}))(s)
		keys := must(s.iam.ListAccessKeys(ctx, &iam.ListAccessKeysInput{UserName: &u}))(s).AccessKeyMetadata
		s.same("key", []any{len(keys), *keys[0].AccessKeyId, keys[0].Status, *keys[0].UserName, keys[0].CreateDate.Equal(*made.CreateDate)},
			[]any{1, *made.AccessKeyId, status, u, true})
	}
	used := must(s.iam.GetAccessKeyLastUsed(ctx, &iam.GetAccessKeyLastUsedInput{AccessKeyId: made.AccessKeyId}))(s)
	s.same("user of the import", *used.UserName, u)
	must(s.iam.DeleteAccessKey(ctx, &iam.DeleteAccessKeyInput{UserName: &u, AccessKeyId: made.AccessKeyId}))(s)
	gone(s.iam.DeleteAccessKey(ctx, &iam.DeleteAccessKeyInput{UserName: &u, AccessKeyId: made.AccessKeyId}))(s)
	s.same("keys", len(must(s.iam.ListAccessKeys(ctx, &iam.ListAccessKeysInput{UserName: &u}))(s).AccessKeyMetadata), 0)
	gone(s.iam.ListAccessKeys(ctx, &iam.ListAccessKeysInput{UserName: aws.String("none")}))(s)
}

func accessKeysData(s *steps) {
	u := s.user("u")
	made := must(s.iam.CreateAccessKey(ctx, &iam.CreateAccessKeyInput{UserName: &u}))(s).AccessKey
	keys := must(s.iam.ListAccessKeys(ctx, &iam.ListAccessKeysInput{UserName: &u}))(s).AccessKeyMetadata
	s.same("keys", []any{len(keys), *keys[0].AccessKeyId, keys[0].Status, keys[0].CreateDate.IsZero()}, []any{1, *made.AccessKeyId, types.StatusTypeActive, false})
}

func callerIdentityData(s *steps) {
	me := must(s.sts.GetCallerIdentity(ctx, nil))(s)
	s.same("identity", []any{*me.Account, *me.Arn, len(*me.UserId)}, []any{s.account, s.arn("user/admin"), 21})
}

func sshKeyResource(s *steps) {
	u := s.user("u")
	made := must(s.iam.UploadSSHPublicKey(ctx, &iam.UploadSSHPublicKeyInput{UserName: &u, SSHPublicKeyBody: aws.String(materials["ssh.pub"])}))(s).SSHPublicKey
	read := func(encoding types.EncodingType, status types.StatusType) string {
		s.Helper()
		k := must(s.iam.GetSSHPublicKey(ctx, &iam.GetSSHPublicKeyInput{UserName: &u, SSHPublicKeyId: made.SSHPublicKeyId, Encoding: encoding}))(s).SSHPublicKey
		s.same("key", []any{*k.SSHPublicKeyId, *k.UserName, k.Status, *k.Fingerprint}, []any{*made.SSHPublicKeyId, u, status, *made.Fingerprint})
		return *k.SSHPublicKeyBody
	}
	s.same("body", withoutComment(read(types.EncodingTypeSsh, types.StatusTypeActive)), withoutComment(materials["ssh.pub"]))
	must(s.iam.UpdateSSHPublicKey(ctx, &iam.UpdateSSHPublicKeyInput{UserName: &u, SSHPublicKeyId: made.SSHPublicKeyId, Status: types.StatusTypeInactive}))(s)
	s.same("body", trimmed(read(types.EncodingTypePem, types.StatusTypeInactive)), trimmed(materials["ssh.pem"]))
	must(s.iam.DeleteSSHPublicKey(ctx, &iam.DeleteSSHPublicKeyInput{UserName: &u, SSHPublicKeyId: made.SSHPublicKeyId}))(s)
	gone(s.iam.DeleteSSHPublicKey(ctx, &iam.DeleteSSHPublicKeyInput{UserName: &u, SSHPublicKeyId: made.SSHPublicKeyId}))(s)
	gone(s.iam.UpdateSSHPublicKey(ctx, &iam.UpdateSSHPublicKeyInput{UserName: &u, SSHPublicKeyId: made.SSHPublicKeyId, Status: types.StatusTypeActive}))(s)
	gone(s.iam.GetSSHPublicKey(ctx, &iam.GetSSHPublicKeyInput{UserName: &u, SSHPublicKeyId: made.SSHPublicKeyId, Encoding: types.EncodingTypeSsh}))(s)
}

func sshKeyData(s *steps) {
	u := s.user("u")
	made := must(s.iam.UploadSSHPublicKey(ctx, &iam.UploadSSHPublicKeyInput{UserName: &u, SSHPublicKeyBody: aws.String(materials["ssh.pem"])}))(s).SSHPublicKey
	k := must(s.iam.GetSSHPublicKey(ctx, &iam.GetSSHPublicKeyInput{UserName: &u, SSHPublicKeyId: made.SSHPublicKeyId, Encoding: types.EncodingTypeSsh}))(s).SSHPublicKey
	s.same("key", []any{withoutComment(*k.SSHPublicKeyBody), *k.Fingerprint, k.Status}, []any{withoutComment(materials["ssh.pub"]), *made.Fingerprint, types.StatusTypeActive})
}
