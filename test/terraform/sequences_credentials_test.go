package terraform

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
)

var credentialSequences = map[string]func(*steps){
	"resource.aws_iam_user_login_profile":          loginProfileResource,
	"resource.aws_iam_virtual_mfa_device":          virtualDeviceResource,
	"resource.aws_iam_signing_certificate":         signingCertificateResource,
	"resource.aws_iam_service_specific_credential": serviceCredentialResource,
	"resource.aws_iam_server_certificate":          serverCertificateResource,
	"data.aws_iam_server_certificate":              serverCertificateData,
}

// trimmed is how the provider compares certificates and keys; withoutComment
// is how it compares keys of SSH.
func trimmed(text string) string { return strings.TrimSpace(strings.ReplaceAll(text, "\r", "")) }

func withoutComment(key string) string {
	if parts := strings.Fields(key); len(parts) > 1 {
		return parts[0] + " " + parts[1]
	}
	return key
}

func loginProfileResource(s *steps) {
	u := s.user("u")
	made := must(s.iam.CreateLoginProfile(ctx, &iam.CreateLoginProfileInput{UserName: &u, Password: aws.String("k3O!z)wq'P]x{8rT|_0="), PasswordResetRequired: true}))(s).LoginProfile
	s.same("id", *made.UserName, u)
	p := must(s.iam.GetLoginProfile(ctx, &iam.GetLoginProfileInput{UserName: &u}))(s).LoginProfile
	s.same("profile", []any{*p.UserName, p.PasswordResetRequired, p.CreateDate.IsZero()}, []any{u, true, false})
	must(s.iam.DeleteLoginProfile(ctx, &iam.DeleteLoginProfileInput{UserName: &u}))(s)
	gone(s.iam.DeleteLoginProfile(ctx, &iam.DeleteLoginProfileInput{UserName: &u}))(s)
	gone(s.iam.GetLoginProfile(ctx, &iam.GetLoginProfileInput{UserName: &u}))(s)
	gone(s.iam.GetLoginProfile(ctx, &iam.GetLoginProfileInput{UserName: aws.String("none")}))(s)
}

// enable does what the person with the device does.
func (s *steps) enable(user string, device *types.VirtualMFADevice) {
	s.Helper()
	seed, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(strings.TrimRight(string(device.Base32StringSeed), "="))
	if err != nil {
		s.Fatal(err)
	}
	code := func(step int64) *string {
		mac := hmac.New(sha1.New, seed)
		_ = binary.Write(mac, binary.BigEndian, step)
		sum := mac.Sum(nil)
		return aws.String(fmt.Sprintf("%06d", binary.BigEndian.Uint32(sum[sum[19]&15:])&0x7fffffff%1e6))
	}
	now := time.Now().Unix() / 30
	must(s.iam.EnableMFADevice(ctx, &iam.EnableMFADeviceInput{UserName: &user, SerialNumber: device.SerialNumber, AuthenticationCode1: code(now - 1), AuthenticationCode2: code(now)}))(s)
}

func virtualDeviceResource(s *steps) {
	u := s.user("u")
	made := must(s.iam.CreateVirtualMFADevice(ctx, &iam.CreateVirtualMFADeviceInput{Path: aws.String("/x/"), VirtualMFADeviceName: aws.String("d"), Tags: tag("a", "b")}))(s).VirtualMFADevice
	s.same("id", *made.SerialNumber, s.arn("mfa/x/d"))
	s.same("qr_code_png", strings.HasPrefix(string(made.QRCodePNG), "\x89PNG"), true)
	find := func() (found []types.VirtualMFADevice) {
		s.Helper()
		pages := iam.NewListVirtualMFADevicesPaginator(s.iam, &iam.ListVirtualMFADevicesInput{})
		for pages.HasMorePages() {
			for _, d := range must(pages.NextPage(ctx))(s).VirtualMFADevices {
				if *d.SerialNumber == *made.SerialNumber {
					found = append(found, d)
				}
			}
		}
		return found
	}
	before := find()
	s.same("devices", len(before), 1)
	s.same("user_name and enable_date", []bool{before[0].User == nil, before[0].EnableDate == nil}, []bool{true, true})
	must(s.iam.UntagMFADevice(ctx, &iam.UntagMFADeviceInput{SerialNumber: made.SerialNumber, TagKeys: []string{"a"}}))(s)
	must(s.iam.TagMFADevice(ctx, &iam.TagMFADeviceInput{SerialNumber: made.SerialNumber, Tags: tag("c", "d")}))(s)
	s.same("tags", tags(must(s.iam.ListMFADeviceTags(ctx, &iam.ListMFADeviceTagsInput{SerialNumber: made.SerialNumber}))(s).Tags), map[string]string{"c": "d"})
	s.enable("u", made)
	after := find()
	s.same("user_name and enable_date", []any{*after[0].User.UserName, after[0].EnableDate.IsZero()}, []any{u, false})
	_, err := s.iam.DeleteVirtualMFADevice(ctx, &iam.DeleteVirtualMFADeviceInput{SerialNumber: made.SerialNumber})
	failed[*types.DeleteConflictException](err)(s)
	must(s.iam.DeactivateMFADevice(ctx, &iam.DeactivateMFADeviceInput{UserName: &u, SerialNumber: made.SerialNumber}))(s)
	gone(s.iam.DeactivateMFADevice(ctx, &iam.DeactivateMFADeviceInput{UserName: &u, SerialNumber: made.SerialNumber}))(s)
	must(s.iam.DeleteVirtualMFADevice(ctx, &iam.DeleteVirtualMFADeviceInput{SerialNumber: made.SerialNumber}))(s)
	gone(s.iam.DeleteVirtualMFADevice(ctx, &iam.DeleteVirtualMFADeviceInput{SerialNumber: made.SerialNumber}))(s)
	s.same("devices", len(find()), 0)
}

func signingCertificateResource(s *steps) {
	u := s.user("u")
	made := must(s.iam.UploadSigningCertificate(ctx, &iam.UploadSigningCertificateInput{UserName: &u, CertificateBody: aws.String(materials["certificate.pem"])}))(s).Certificate
	read := func(status types.StatusType) {
		s.Helper()
		list := must(s.iam.ListSigningCertificates(ctx, &iam.ListSigningCertificatesInput{UserName: &u}))(s).Certificates
		s.same("certificate", []any{len(list), *list[0].CertificateId, trimmed(*list[0].CertificateBody), list[0].Status, *list[0].UserName},
			[]any{1, *made.CertificateId, trimmed(materials["certificate.pem"]), status, u})
	}
	read(types.StatusTypeActive)
	must(s.iam.UpdateSigningCertificate(ctx, &iam.UpdateSigningCertificateInput{UserName: &u, CertificateId: made.CertificateId, Status: types.StatusTypeInactive}))(s)
	read(types.StatusTypeInactive)
	must(s.iam.DeleteSigningCertificate(ctx, &iam.DeleteSigningCertificateInput{UserName: &u, CertificateId: made.CertificateId}))(s)
	gone(s.iam.DeleteSigningCertificate(ctx, &iam.DeleteSigningCertificateInput{UserName: &u, CertificateId: made.CertificateId}))(s)
	gone(s.iam.ListSigningCertificates(ctx, &iam.ListSigningCertificatesInput{UserName: aws.String("none")}))(s)
}

func serviceCredentialResource(s *steps) {
	u, service := s.user("u"), aws.String("codecommit.amazonaws.com")
	made := must(s.iam.CreateServiceSpecificCredential(ctx, &iam.CreateServiceSpecificCredentialInput{UserName: &u, ServiceName: service}))(s).ServiceSpecificCredential
	s.same("secrets", []bool{*made.ServicePassword != "", *made.ServiceUserName != ""}, []bool{true, true})
	for _, status := range []types.StatusType{types.StatusTypeInactive, types.StatusTypeActive} {
		must(s.iam.UpdateServiceSpecificCredential(ctx, &iam.UpdateServiceSpecificCredentialInput{UserName: &u, ServiceSpecificCredentialId: made.ServiceSpecificCredentialId, Status: status}))(s)
		list := must(s.iam.ListServiceSpecificCredentials(ctx, &iam.ListServiceSpecificCredentialsInput{UserName: &u, ServiceName: service}))(s).ServiceSpecificCredentials
		s.same("credential", []any{len(list), *list[0].ServiceSpecificCredentialId, *list[0].ServiceUserName, *list[0].ServiceName, *list[0].UserName, list[0].Status},
			[]any{1, *made.ServiceSpecificCredentialId, *made.ServiceUserName, *service, u, status})
	}
	must(s.iam.DeleteServiceSpecificCredential(ctx, &iam.DeleteServiceSpecificCredentialInput{UserName: &u, ServiceSpecificCredentialId: made.ServiceSpecificCredentialId}))(s)
	gone(s.iam.DeleteServiceSpecificCredential(ctx, &iam.DeleteServiceSpecificCredentialInput{UserName: &u, ServiceSpecificCredentialId: made.ServiceSpecificCredentialId}))(s)
	gone(s.iam.ListServiceSpecificCredentials(ctx, &iam.ListServiceSpecificCredentialsInput{UserName: aws.String("none"), ServiceName: service}))(s)
}

func (s *steps) upload(name, path string, tags []types.Tag) *types.ServerCertificateMetadata {
	s.Helper()
	return must(s.iam.UploadServerCertificate(ctx, &iam.UploadServerCertificateInput{ServerCertificateName: &name, Path: &path, Tags: tags,
		CertificateBody: aws.String(materials["certificate.pem"]), CertificateChain: aws.String(materials["chain.pem"]), PrivateKey: aws.String(materials["key.pem"])}))(s).ServerCertificateMetadata
}

func serverCertificateResource(s *steps) {
	name := aws.String("c")
	made := s.upload("c", "/x/", tag("a", "b"))
	read := func(want map[string]string) {
		s.Helper()
		c := must(s.iam.GetServerCertificate(ctx, &iam.GetServerCertificateInput{ServerCertificateName: name}))(s).ServerCertificate
		m := c.ServerCertificateMetadata
		s.same("certificate", []any{trimmed(*c.CertificateBody), trimmed(*c.CertificateChain), *m.ServerCertificateId, *m.Arn, *m.Path, m.Expiration.Year(), m.UploadDate.IsZero(), tags(c.Tags)},
			[]any{trimmed(materials["certificate.pem"]), trimmed(materials["chain.pem"]), *made.ServerCertificateId, s.arn("server-certificate/x/c"), "/x/", 2036, false, want})
	}
	read(map[string]string{"a": "b"})
	must(s.iam.UntagServerCertificate(ctx, &iam.UntagServerCertificateInput{ServerCertificateName: name, TagKeys: []string{"a"}}))(s)
	must(s.iam.TagServerCertificate(ctx, &iam.TagServerCertificateInput{ServerCertificateName: name, Tags: tag("c", "d")}))(s)
	read(map[string]string{"c": "d"})
	s.same("tags", tags(must(s.iam.ListServerCertificateTags(ctx, &iam.ListServerCertificateTagsInput{ServerCertificateName: name}))(s).Tags), map[string]string{"c": "d"})
	must(s.iam.DeleteServerCertificate(ctx, &iam.DeleteServerCertificateInput{ServerCertificateName: name}))(s)
	gone(s.iam.DeleteServerCertificate(ctx, &iam.DeleteServerCertificateInput{ServerCertificateName: name}))(s)
	gone(s.iam.GetServerCertificate(ctx, &iam.GetServerCertificateInput{ServerCertificateName: name}))(s)
}

func serverCertificateData(s *steps) {
	s.upload("a", "/", nil)
	s.upload("b", "/x/", nil)
	s.upload("c", "/x/", nil)
	var names []string
	pages := iam.NewListServerCertificatesPaginator(s.iam, &iam.ListServerCertificatesInput{PathPrefix: aws.String("/x/"), MaxItems: aws.Int32(1)})
	for pages.HasMorePages() {
		for _, m := range must(pages.NextPage(ctx))(s).ServerCertificateMetadataList {
			names = append(names, *m.ServerCertificateName)
			s.same("certificate", []any{*m.Arn, *m.Path, m.Expiration.Year(), len(*m.ServerCertificateId)}, []any{s.arn("server-certificate/x/" + *m.ServerCertificateName), "/x/", 2036, 21})
		}
	}
	s.same("names", names, []string{"b", "c"})
}
