package e2e

import (
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	it "github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/pquerna/otp/totp"

	"github.com/aratame/aratame/test"
)

// carol has one of each credential. Her password is the one that she has chosen
// herself.
var carol = name("carol")

// buildCredentials gives carol her credentials, and changes each.
func buildCredentials(t *testing.T, w *world, c *iam.Client) {
	t.Helper()
	must(c.UpdateAccountPasswordPolicy(ctx, &iam.UpdateAccountPasswordPolicyInput{MinimumPasswordLength: aws.Int32(10), AllowUsersToChangePassword: true}))(t)
	must(c.CreateUser(ctx, &iam.CreateUserInput{UserName: carol}))(t)
	passwords := []string{w.keep("carol's first password", "correct horse 1"), w.keep("carol's second password", "correct horse 2"), w.keep("carol's own password", "correct horse 3")}
	must(c.CreateLoginProfile(ctx, &iam.CreateLoginProfileInput{UserName: carol, Password: &passwords[0]}))(t)
	must(c.UpdateLoginProfile(ctx, &iam.UpdateLoginProfileInput{UserName: carol, Password: &passwords[1]}))(t)
	k := must(c.CreateAccessKey(ctx, &iam.CreateAccessKeyInput{UserName: carol}))(t).AccessKey
	own := w.iam(key{id: *k.AccessKeyId, secret: w.keep("carol's key", *k.SecretAccessKey)})
	must(own.ChangePassword(ctx, &iam.ChangePasswordInput{OldPassword: &passwords[1], NewPassword: &passwords[2]}))(t)
	must(c.DeleteAccessKey(ctx, &iam.DeleteAccessKeyInput{UserName: carol, AccessKeyId: k.AccessKeyId}))(t)

	tags, gone := []it.Tag{{Key: name("team"), Value: name("red")}, {Key: name("gone"), Value: name("soon")}}, []string{"gone"}
	device := must(c.CreateVirtualMFADevice(ctx, &iam.CreateVirtualMFADeviceInput{VirtualMFADeviceName: name("phone")}))(t).VirtualMFADevice
	seed := w.keep("the seed", string(device.Base32StringSeed))
	code := func(periods int) *string {
		return name(must(totp.GenerateCode(seed, time.Now().Add(time.Duration(periods)*30*time.Second)))(t))
	}
	must(c.EnableMFADevice(ctx, &iam.EnableMFADeviceInput{UserName: carol, SerialNumber: device.SerialNumber, AuthenticationCode1: code(-1), AuthenticationCode2: code(0)}))(t)
	must(c.ResyncMFADevice(ctx, &iam.ResyncMFADeviceInput{UserName: carol, SerialNumber: device.SerialNumber, AuthenticationCode1: code(10), AuthenticationCode2: code(11)}))(t)
	must(c.TagMFADevice(ctx, &iam.TagMFADeviceInput{SerialNumber: device.SerialNumber, Tags: tags}))(t)
	must(c.UntagMFADevice(ctx, &iam.UntagMFADeviceInput{SerialNumber: device.SerialNumber, TagKeys: gone}))(t)

	web, personal := test.NewCertificate(t, "www.example.com"), test.NewCertificate(t, "carol")
	w.keep("the key of the server certificate", line(web.Key))
	must(c.UploadServerCertificate(ctx, &iam.UploadServerCertificateInput{ServerCertificateName: name("web"), CertificateBody: &web.PEM, PrivateKey: &web.Key}))(t)
	must(c.UpdateServerCertificate(ctx, &iam.UpdateServerCertificateInput{ServerCertificateName: name("web"), NewServerCertificateName: name("site"), NewPath: name("/w/")}))(t)
	must(c.TagServerCertificate(ctx, &iam.TagServerCertificateInput{ServerCertificateName: name("site"), Tags: tags}))(t)
	must(c.UntagServerCertificate(ctx, &iam.UntagServerCertificateInput{ServerCertificateName: name("site"), TagKeys: gone}))(t)
	signing := must(c.UploadSigningCertificate(ctx, &iam.UploadSigningCertificateInput{UserName: carol, CertificateBody: &personal.PEM}))(t).Certificate.CertificateId
	must(c.UpdateSigningCertificate(ctx, &iam.UpdateSigningCertificateInput{UserName: carol, CertificateId: signing, Status: it.StatusTypeInactive}))(t)
	ssh := test.SSHKey(&test.NewKey(t).PublicKey)
	uploaded := must(c.UploadSSHPublicKey(ctx, &iam.UploadSSHPublicKeyInput{UserName: carol, SSHPublicKeyBody: &ssh}))(t).SSHPublicKey.SSHPublicKeyId
	must(c.UpdateSSHPublicKey(ctx, &iam.UpdateSSHPublicKeyInput{UserName: carol, SSHPublicKeyId: uploaded, Status: it.StatusTypeInactive}))(t)

	service := must(c.CreateServiceSpecificCredential(ctx, &iam.CreateServiceSpecificCredentialInput{UserName: carol, ServiceName: name("codecommit.amazonaws.com")}))(t).ServiceSpecificCredential
	w.keep("the first service password", *service.ServicePassword)
	must(c.UpdateServiceSpecificCredential(ctx, &iam.UpdateServiceSpecificCredentialInput{UserName: carol, ServiceSpecificCredentialId: service.ServiceSpecificCredentialId, Status: it.StatusTypeInactive}))(t)
	reset := must(c.ResetServiceSpecificCredential(ctx, &iam.ResetServiceSpecificCredentialInput{UserName: carol, ServiceSpecificCredentialId: service.ServiceSpecificCredentialId}))(t)
	w.keep("the second service password", *reset.ServiceSpecificCredential.ServicePassword)
}

func stateOfCredentials(t *testing.T, c *iam.Client, note func(any)) {
	t.Helper()
	note(must(c.GetAccountPasswordPolicy(ctx, nil))(t))
	note(must(c.GetLoginProfile(ctx, &iam.GetLoginProfileInput{UserName: carol}))(t))
	devices := must(c.ListMFADevices(ctx, &iam.ListMFADevicesInput{UserName: carol}))(t)
	note(devices)
	serial := devices.MFADevices[0].SerialNumber
	note(must(c.GetMFADevice(ctx, &iam.GetMFADeviceInput{SerialNumber: serial, UserName: carol}))(t))
	note(must(c.ListVirtualMFADevices(ctx, nil))(t))
	note(must(c.ListMFADeviceTags(ctx, &iam.ListMFADeviceTagsInput{SerialNumber: serial}))(t))
	note(must(c.ListServerCertificates(ctx, nil))(t))
	note(must(c.GetServerCertificate(ctx, &iam.GetServerCertificateInput{ServerCertificateName: name("site")}))(t))
	note(must(c.ListServerCertificateTags(ctx, &iam.ListServerCertificateTagsInput{ServerCertificateName: name("site")}))(t))
	note(must(c.ListSigningCertificates(ctx, &iam.ListSigningCertificatesInput{UserName: carol}))(t))
	keys := must(c.ListSSHPublicKeys(ctx, &iam.ListSSHPublicKeysInput{UserName: carol}))(t)
	note(keys)
	note(must(c.GetSSHPublicKey(ctx, &iam.GetSSHPublicKeyInput{UserName: carol, SSHPublicKeyId: keys.SSHPublicKeys[0].SSHPublicKeyId, Encoding: it.EncodingTypePem}))(t))
	note(must(c.ListServiceSpecificCredentials(ctx, &iam.ListServiceSpecificCredentialsInput{UserName: carol}))(t))
}

func takeDownCredentials(t *testing.T, c *iam.Client) {
	t.Helper()
	serial := must(c.ListMFADevices(ctx, &iam.ListMFADevicesInput{UserName: carol}))(t).MFADevices[0].SerialNumber
	must(c.DeactivateMFADevice(ctx, &iam.DeactivateMFADeviceInput{UserName: carol, SerialNumber: serial}))(t)
	must(c.DeleteVirtualMFADevice(ctx, &iam.DeleteVirtualMFADeviceInput{SerialNumber: serial}))(t)
	must(c.DeleteServerCertificate(ctx, &iam.DeleteServerCertificateInput{ServerCertificateName: name("site")}))(t)
	signing := must(c.ListSigningCertificates(ctx, &iam.ListSigningCertificatesInput{UserName: carol}))(t).Certificates[0].CertificateId
	must(c.DeleteSigningCertificate(ctx, &iam.DeleteSigningCertificateInput{UserName: carol, CertificateId: signing}))(t)
	ssh := must(c.ListSSHPublicKeys(ctx, &iam.ListSSHPublicKeysInput{UserName: carol}))(t).SSHPublicKeys[0].SSHPublicKeyId
	must(c.DeleteSSHPublicKey(ctx, &iam.DeleteSSHPublicKeyInput{UserName: carol, SSHPublicKeyId: ssh}))(t)
	service := must(c.ListServiceSpecificCredentials(ctx, &iam.ListServiceSpecificCredentialsInput{UserName: carol}))(t).ServiceSpecificCredentials[0].ServiceSpecificCredentialId
	must(c.DeleteServiceSpecificCredential(ctx, &iam.DeleteServiceSpecificCredentialInput{UserName: carol, ServiceSpecificCredentialId: service}))(t)
	must(c.DeleteLoginProfile(ctx, &iam.DeleteLoginProfileInput{UserName: carol}))(t)
	must(c.DeleteUser(ctx, &iam.DeleteUserInput{UserName: carol}))(t)
	must(c.DeleteAccountPasswordPolicy(ctx, nil))(t)
}

// line is a line of a PEM, which stands as it is also where line ends are
// written in another way.
func line(text string) string { return strings.Split(text, "\n")[1] }
