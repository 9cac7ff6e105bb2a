package terraform

import (
	"context"
	"encoding/json"
	"errors"
	"net/url"
	"reflect"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/aratame/aratame/internal/aratametest"
	"github.com/aratame/aratame/test"
)

var ctx = context.Background()

// today are the resources and data sources that version 6 of the provider
// registers for IAM, and the data source of STS.
var today = strings.Fields(`
	resource.aws_iam_access_key
	resource.aws_iam_account_alias
	resource.aws_iam_account_password_policy
	resource.aws_iam_group
	resource.aws_iam_group_membership
	resource.aws_iam_group_policies_exclusive
	resource.aws_iam_group_policy
	resource.aws_iam_group_policy_attachment
	resource.aws_iam_group_policy_attachments_exclusive
	resource.aws_iam_instance_profile
	resource.aws_iam_openid_connect_provider
	resource.aws_iam_openid_connect_provider_client_id
	resource.aws_iam_organizations_features
	resource.aws_iam_outbound_web_identity_federation
	resource.aws_iam_policy
	resource.aws_iam_policy_attachment
	resource.aws_iam_role
	resource.aws_iam_role_policies_exclusive
	resource.aws_iam_role_policy
	resource.aws_iam_role_policy_attachment
	resource.aws_iam_role_policy_attachments_exclusive
	resource.aws_iam_saml_provider
	resource.aws_iam_security_token_service_preferences
	resource.aws_iam_server_certificate
	resource.aws_iam_service_linked_role
	resource.aws_iam_service_specific_credential
	resource.aws_iam_signing_certificate
	resource.aws_iam_user
	resource.aws_iam_user_group_membership
	resource.aws_iam_user_login_profile
	resource.aws_iam_user_policies_exclusive
	resource.aws_iam_user_policy
	resource.aws_iam_user_policy_attachment
	resource.aws_iam_user_policy_attachments_exclusive
	resource.aws_iam_user_ssh_key
	resource.aws_iam_virtual_mfa_device
	data.aws_caller_identity
	data.aws_iam_access_keys
	data.aws_iam_account_alias
	data.aws_iam_group
	data.aws_iam_instance_profile
	data.aws_iam_instance_profiles
	data.aws_iam_openid_connect_provider
	data.aws_iam_outbound_web_identity_federation
	data.aws_iam_policy
	data.aws_iam_principal_policy_simulation
	data.aws_iam_role
	data.aws_iam_role_policies
	data.aws_iam_role_policy_attachments
	data.aws_iam_roles
	data.aws_iam_saml_provider
	data.aws_iam_server_certificate
	data.aws_iam_session_context
	data.aws_iam_user
	data.aws_iam_user_ssh_key
	data.aws_iam_users
`)

// sequences drive the calls that the provider makes for a name: what it calls
// to create, to read (and compare with the configuration: what differs would
// be a diff in every plan), to update, to import from nothing but an id, to
// delete, and to find that a thing is gone, by code and not by text.
var sequences = map[string]func(*steps){}

func init() {
	for _, family := range []map[string]func(*steps){userSequences, groupSequences, roleSequences, policySequences, attachmentSequences, credentialSequences, providerSequences, accountSequences} {
		for name, f := range family {
			sequences[name] = f
		}
	}
}

func TestSequences(t *testing.T) {
	for _, name := range today {
		f := sequences[name]
		if f == nil {
			t.Errorf("no sequence for %s", name)
			continue
		}
		t.Run(name, func(t *testing.T) { f(newSteps(t)) })
	}
	if len(sequences) != len(today) {
		t.Errorf("%d sequences for %d names", len(sequences), len(today))
	}
}

// steps are the clients of a server of one sequence's own.
type steps struct {
	*testing.T
	iam     *iam.Client
	sts     *sts.Client
	account string
}

func newSteps(t *testing.T) *steps {
	server := aratametest.New(t, nil)
	return stepsAt(t, server.URL, server.Admin, server.Account)
}

func stepsAt(t *testing.T, url string, admin aratametest.Key, account string) *steps {
	key := credentials.NewStaticCredentialsProvider(admin.ID, admin.Secret, "")
	return &steps{
		T:       t,
		iam:     iam.New(iam.Options{BaseEndpoint: &url, Region: "us-east-1", Credentials: key, RetryMaxAttempts: 1, HTTPClient: &test.Client{}}),
		sts:     sts.New(sts.Options{BaseEndpoint: &url, Region: "us-east-1", Credentials: key, RetryMaxAttempts: 1, HTTPClient: &test.Client{}}),
		account: account,
	}
}

func must[T any](v T, err error) func(*steps) T {
	return func(s *steps) T {
		s.Helper()
		if err != nil {
			s.Fatal(err)
		}
		return v
	}
}

// same holds what was read against what was configured.
func (s *steps) same(what string, got, want any) {
	s.Helper()
	if !reflect.DeepEqual(got, want) {
		s.Errorf("%s: read %v, configured %v", what, got, want)
	}
}

// gone holds that a call failed as the provider expects of what isn't there.
func gone[T any](_ T, err error) func(*steps) { return failed[*types.NoSuchEntityException](err) }

// failed holds that a call failed with an exception, for which the provider
// tests by type.
func failed[E error](err error) func(*steps) {
	return func(s *steps) {
		s.Helper()
		var e E
		if !errors.As(err, &e) {
			s.Errorf("got %v; want %T", err, e)
		}
	}
}

// document decodes a policy as IAM's answers carry it.
func (s *steps) document(encoded *string) any {
	s.Helper()
	text, err := url.QueryUnescape(aws.ToString(encoded))
	if err != nil {
		s.Fatal(err)
	}
	return s.json(text)
}

func (s *steps) json(text string) (v any) {
	s.Helper()
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		s.Fatal(err)
	}
	return v
}

// tags is how the provider compares tags.
func tags(list []types.Tag) map[string]string {
	m := map[string]string{}
	for _, t := range list {
		m[*t.Key] = *t.Value
	}
	return m
}

func tag(pairs ...string) (list []types.Tag) {
	for i := 0; i < len(pairs); i += 2 {
		list = append(list, types.Tag{Key: &pairs[i], Value: &pairs[i+1]})
	}
	return list
}

// arn is the ARN of something of the account's.
func (s *steps) arn(resource string) string { return "arn:aws:iam::" + s.account + ":" + resource }

const (
	readOnly = "arn:aws:iam::aws:policy/ReadOnlyAccess"
	powerful = "arn:aws:iam::aws:policy/PowerUserAccess"
	trust    = `{"Version":"2012-10-17","Statement":[{"Action":"sts:AssumeRole","Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"}}]}`
	allow    = `{"Statement":[{"Action":["s3:ListBucket","s3:GetObject"],"Effect":"Allow","Resource":"*"}],"Version":"2012-10-17"}`
	deny     = `{"Statement":[{"Action":"s3:*","Effect":"Deny","Resource":"*"}],"Version":"2012-10-17"}`
)

// user, group and role make what other sequences depend on.
func (s *steps) user(name string) string {
	s.Helper()
	return *must(s.iam.CreateUser(ctx, &iam.CreateUserInput{UserName: &name, Path: aws.String("/")}))(s).User.UserName
}

func (s *steps) group(name string) string {
	s.Helper()
	return *must(s.iam.CreateGroup(ctx, &iam.CreateGroupInput{GroupName: &name, Path: aws.String("/")}))(s).Group.GroupName
}

func (s *steps) role(name string) string {
	s.Helper()
	return *must(s.iam.CreateRole(ctx, &iam.CreateRoleInput{RoleName: &name, Path: aws.String("/"), AssumeRolePolicyDocument: aws.String(trust)}))(s).Role.RoleName
}
