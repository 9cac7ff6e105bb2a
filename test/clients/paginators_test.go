package clients

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	it "github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/pquerna/otp/totp"

	"github.com/aratame/aratame/test"
)

// A paginator is any of the SDK's.
type paginator[O any] interface {
	HasMorePages() bool
	NextPage(context.Context, ...func(*iam.Options)) (*O, error)
}

// A walk goes through paginators.
type walk struct {
	t    *testing.T
	done map[string]bool // by operation
}

// through holds that a paginator of pages of one element gives n elements, each
// once. A page that is empty is none of the n.
func through[O any](w *walk, n int, p paginator[O]) {
	w.t.Helper()
	name := strings.TrimSuffix(reflect.TypeFor[O]().Name(), "Output")
	w.done[name] = true
	once, pages := map[string]bool{}, 0
	for ; p.HasMorePages(); pages++ {
		if pages == n {
			w.t.Errorf("%s goes on behind page %d", name, n)
			return
		}
		out, err := p.NextPage(ctx)
		if err != nil {
			w.t.Errorf("%s, page %d: %v", name, pages+1, err)
			return
		}
		found := elements(w.t, out)
		if len(found) != 1 {
			w.t.Errorf("%s, page %d has %d elements", name, pages+1, len(found))
		}
		for _, e := range found {
			if once[e] {
				w.t.Errorf("%s repeats %s", name, e)
			}
			once[e] = true
		}
	}
	if pages != n || len(once) != n {
		w.t.Errorf("%s gives %d elements on %d pages, want %d", name, len(once), pages, n)
	}
}

// elements are those of all lists of an output.
func elements(t *testing.T, out any) (all []string) {
	t.Helper()
	v := reflect.ValueOf(out).Elem()
	for i := range v.NumField() {
		if f := v.Field(i); f.Kind() == reflect.Slice && v.Type().Field(i).IsExported() {
			for j := range f.Len() {
				all = append(all, v.Type().Field(i).Name+string(must(json.Marshal(f.Index(j).Interface()))(t)))
			}
		}
	}
	return all
}

// Every paginator of the SDK goes through every element once, with one a page.
// There are three of each kind, or as many as there may be.
func TestPaginators(t *testing.T) {
	s := start(t, filepath.Join(t.TempDir(), "data"))
	c := s.iam(s.admin(t))
	f := fill(t, c)
	w, one := &walk{t, map[string]bool{}}, aws.Int32(1)

	through(w, 4, iam.NewListUsersPaginator(c, &iam.ListUsersInput{MaxItems: one})) // the administrator too
	through(w, 3, iam.NewListGroupsPaginator(c, &iam.ListGroupsInput{MaxItems: one}))
	through(w, 3, iam.NewListRolesPaginator(c, &iam.ListRolesInput{MaxItems: one}))
	through(w, 3, iam.NewListPoliciesPaginator(c, &iam.ListPoliciesInput{MaxItems: one, Scope: it.PolicyScopeTypeLocal}))
	through(w, 3, iam.NewListInstanceProfilesPaginator(c, &iam.ListInstanceProfilesInput{MaxItems: one}))
	through(w, 3, iam.NewListServerCertificatesPaginator(c, &iam.ListServerCertificatesInput{MaxItems: one}))
	through(w, 3, iam.NewListVirtualMFADevicesPaginator(c, &iam.ListVirtualMFADevicesInput{MaxItems: one}))
	through(w, 1, iam.NewListAccountAliasesPaginator(c, &iam.ListAccountAliasesInput{MaxItems: one}))
	through(w, 13, iam.NewGetAccountAuthorizationDetailsPaginator(c, &iam.GetAccountAuthorizationDetailsInput{MaxItems: one,
		Filter: []it.EntityType{it.EntityTypeUser, it.EntityTypeGroup, it.EntityTypeRole, it.EntityTypeLocalManagedPolicy}}))

	through(w, 2, iam.NewListAccessKeysPaginator(c, &iam.ListAccessKeysInput{MaxItems: one, UserName: f.user}))
	through(w, 2, iam.NewListSigningCertificatesPaginator(c, &iam.ListSigningCertificatesInput{MaxItems: one, UserName: f.user}))
	through(w, 3, iam.NewListSSHPublicKeysPaginator(c, &iam.ListSSHPublicKeysInput{MaxItems: one, UserName: f.user}))
	through(w, 3, iam.NewListMFADevicesPaginator(c, &iam.ListMFADevicesInput{MaxItems: one, UserName: f.user}))
	through(w, 3, iam.NewListGroupsForUserPaginator(c, &iam.ListGroupsForUserInput{MaxItems: one, UserName: f.user}))
	through(w, 3, iam.NewGetGroupPaginator(c, &iam.GetGroupInput{MaxItems: one, GroupName: f.group}))
	through(w, 3, iam.NewListInstanceProfilesForRolePaginator(c, &iam.ListInstanceProfilesForRoleInput{MaxItems: one, RoleName: f.role}))
	through(w, 3, iam.NewListPolicyVersionsPaginator(c, &iam.ListPolicyVersionsInput{MaxItems: one, PolicyArn: f.policy}))
	through(w, 3, iam.NewListEntitiesForPolicyPaginator(c, &iam.ListEntitiesForPolicyInput{MaxItems: one, PolicyArn: f.policy}))

	through(w, 3, iam.NewListUserPoliciesPaginator(c, &iam.ListUserPoliciesInput{MaxItems: one, UserName: f.user}))
	through(w, 3, iam.NewListGroupPoliciesPaginator(c, &iam.ListGroupPoliciesInput{MaxItems: one, GroupName: f.group}))
	through(w, 3, iam.NewListRolePoliciesPaginator(c, &iam.ListRolePoliciesInput{MaxItems: one, RoleName: f.role}))
	through(w, 3, iam.NewListAttachedUserPoliciesPaginator(c, &iam.ListAttachedUserPoliciesInput{MaxItems: one, UserName: f.user}))
	through(w, 3, iam.NewListAttachedGroupPoliciesPaginator(c, &iam.ListAttachedGroupPoliciesInput{MaxItems: one, GroupName: f.group}))
	through(w, 3, iam.NewListAttachedRolePoliciesPaginator(c, &iam.ListAttachedRolePoliciesInput{MaxItems: one, RoleName: f.role}))

	through(w, 3, iam.NewListUserTagsPaginator(c, &iam.ListUserTagsInput{MaxItems: one, UserName: f.user}))
	through(w, 3, iam.NewListRoleTagsPaginator(c, &iam.ListRoleTagsInput{MaxItems: one, RoleName: f.role}))
	through(w, 3, iam.NewListPolicyTagsPaginator(c, &iam.ListPolicyTagsInput{MaxItems: one, PolicyArn: f.policy}))
	through(w, 3, iam.NewListInstanceProfileTagsPaginator(c, &iam.ListInstanceProfileTagsInput{MaxItems: one, InstanceProfileName: aws.String("tagged")}))
	through(w, 3, iam.NewListMFADeviceTagsPaginator(c, &iam.ListMFADeviceTagsInput{MaxItems: one, SerialNumber: f.device}))
	through(w, 3, iam.NewListServerCertificateTagsPaginator(c, &iam.ListServerCertificateTagsInput{MaxItems: one, ServerCertificateName: aws.String("tagged")}))
	through(w, 3, iam.NewListOpenIDConnectProviderTagsPaginator(c, &iam.ListOpenIDConnectProviderTagsInput{MaxItems: one, OpenIDConnectProviderArn: f.oidc}))
	through(w, 3, iam.NewListSAMLProviderTagsPaginator(c, &iam.ListSAMLProviderTagsInput{MaxItems: one, SAMLProviderArn: f.saml}))

	actions := []string{"s3:GetObject", "s3:PutObject", "iam:ListUsers"}
	through(w, 3, iam.NewSimulateCustomPolicyPaginator(c, &iam.SimulateCustomPolicyInput{MaxItems: one, ActionNames: actions, PolicyInputList: []string{anything}}))
	arn := must(c.GetUser(ctx, &iam.GetUserInput{UserName: f.user}))(t).User.Arn
	through(w, 3, iam.NewSimulatePrincipalPolicyPaginator(c, &iam.SimulatePrincipalPolicyInput{MaxItems: one, ActionNames: actions, PolicySourceArn: arn}))

	all := paginators(t)
	for _, operation := range all {
		if !w.done[operation] {
			t.Errorf("the paginator of %s was not tried", operation)
		}
	}
	if len(all) < 34 {
		t.Errorf("the SDK has only %d paginators", len(all))
	}
}

// paginators are all operations of IAM of which the SDK has one.
func paginators(t *testing.T) (operations []string) {
	t.Helper()
	dir := strings.TrimSpace(string(must(exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/aws/aws-sdk-go-v2/service/iam").Output())(t)))
	files := must(filepath.Glob(filepath.Join(dir, "api_op_*.go")))(t)
	for _, file := range files {
		if m := regexp.MustCompile(`(?m)^func New(\w+)Paginator\(`).FindSubmatch(must(os.ReadFile(file))(t)); m != nil {
			operations = append(operations, string(m[1]))
		}
	}
	return operations
}

const anything = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`

// filled names one of each kind that has three of what it may have.
type filled struct{ user, group, role, policy, device, oidc, saml *string }

// fill makes three of each kind, where one has three of all that it may have.
func fill(t *testing.T, c *iam.Client) *filled {
	t.Helper()
	f := &filled{user: aws.String("user1"), group: aws.String("group1"), role: aws.String("role1")}
	doc, trust := aws.String(anything), aws.String(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}`)
	tags := []it.Tag{{Key: aws.String("a"), Value: aws.String("1")}, {Key: aws.String("b"), Value: aws.String("2")}, {Key: aws.String("c"), Value: aws.String("3")}}
	certificates := make([]test.Certificate, 3)
	for i := range certificates {
		certificates[i] = test.NewCertificate(t, "www.example.com")
	}
	must(c.CreateAccountAlias(ctx, &iam.CreateAccountAliasInput{AccountAlias: aws.String("pages")}))(t)
	for n := 1; n <= 3; n++ {
		number := strconv.Itoa(n)
		must(c.CreateUser(ctx, &iam.CreateUserInput{UserName: aws.String("user" + number), Tags: tags}))(t)
		must(c.CreateGroup(ctx, &iam.CreateGroupInput{GroupName: aws.String("group" + number)}))(t)
		must(c.CreateRole(ctx, &iam.CreateRoleInput{RoleName: aws.String("role" + number), AssumeRolePolicyDocument: trust, Tags: tags}))(t)
	}
	for n := 1; n <= 3; n++ {
		number := strconv.Itoa(n)
		must(c.AddUserToGroup(ctx, &iam.AddUserToGroupInput{UserName: f.user, GroupName: aws.String("group" + number)}))(t)
		if n > 1 {
			must(c.AddUserToGroup(ctx, &iam.AddUserToGroupInput{UserName: aws.String("user" + number), GroupName: f.group}))(t)
			must(c.CreateAccessKey(ctx, &iam.CreateAccessKeyInput{UserName: f.user}))(t)
			must(c.UploadSigningCertificate(ctx, &iam.UploadSigningCertificateInput{UserName: f.user, CertificateBody: &certificates[n-1].PEM}))(t)
		}
		inline := aws.String("inline" + number)
		must(c.PutUserPolicy(ctx, &iam.PutUserPolicyInput{UserName: f.user, PolicyName: inline, PolicyDocument: doc}))(t)
		must(c.PutGroupPolicy(ctx, &iam.PutGroupPolicyInput{GroupName: f.group, PolicyName: inline, PolicyDocument: doc}))(t)
		must(c.PutRolePolicy(ctx, &iam.PutRolePolicyInput{RoleName: f.role, PolicyName: inline, PolicyDocument: doc}))(t)
		p := must(c.CreatePolicy(ctx, &iam.CreatePolicyInput{PolicyName: aws.String("policy" + number), PolicyDocument: doc, Tags: tags}))(t).Policy.Arn
		must(c.AttachUserPolicy(ctx, &iam.AttachUserPolicyInput{UserName: f.user, PolicyArn: p}))(t)
		must(c.AttachGroupPolicy(ctx, &iam.AttachGroupPolicyInput{GroupName: f.group, PolicyArn: p}))(t)
		must(c.AttachRolePolicy(ctx, &iam.AttachRolePolicyInput{RoleName: f.role, PolicyArn: p}))(t)
		f.policy = p

		profile, web := aws.String("profile"+number), aws.String("certificate"+number)
		if n == 1 {
			profile, web = aws.String("tagged"), aws.String("tagged")
		}
		must(c.CreateInstanceProfile(ctx, &iam.CreateInstanceProfileInput{InstanceProfileName: profile, Tags: tags}))(t)
		must(c.AddRoleToInstanceProfile(ctx, &iam.AddRoleToInstanceProfileInput{InstanceProfileName: profile, RoleName: f.role}))(t)
		must(c.UploadServerCertificate(ctx, &iam.UploadServerCertificateInput{ServerCertificateName: web, CertificateBody: &certificates[n-1].PEM, PrivateKey: &certificates[n-1].Key, Tags: tags}))(t)
		ssh := test.SSHKey(&test.NewKey(t).PublicKey)
		must(c.UploadSSHPublicKey(ctx, &iam.UploadSSHPublicKeyInput{UserName: f.user, SSHPublicKeyBody: &ssh}))(t)
		device := must(c.CreateVirtualMFADevice(ctx, &iam.CreateVirtualMFADeviceInput{VirtualMFADeviceName: aws.String("device" + number), Tags: tags}))(t).VirtualMFADevice
		code := func(at time.Time) *string {
			return aws.String(must(totp.GenerateCode(string(device.Base32StringSeed), at))(t))
		}
		now := time.Now()
		must(c.EnableMFADevice(ctx, &iam.EnableMFADeviceInput{UserName: f.user, SerialNumber: device.SerialNumber, AuthenticationCode1: code(now.Add(-30 * time.Second)), AuthenticationCode2: code(now)}))(t)
		f.device = device.SerialNumber
	}
	for range 2 {
		must(c.CreatePolicyVersion(ctx, &iam.CreatePolicyVersionInput{PolicyArn: f.policy, PolicyDocument: doc}))(t)
	}
	f.oidc = must(c.CreateOpenIDConnectProvider(ctx, &iam.CreateOpenIDConnectProviderInput{Url: aws.String("https://oidc.example.com"), ThumbprintList: []string{strings.Repeat("ab", 20)}, Tags: tags}))(t).OpenIDConnectProviderArn
	_, metadata := test.NewIdP(t)
	f.saml = must(c.CreateSAMLProvider(ctx, &iam.CreateSAMLProviderInput{Name: aws.String("saml"), SAMLMetadataDocument: &metadata, Tags: tags}))(t).SAMLProviderArn
	return f
}
