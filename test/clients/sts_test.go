package clients

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/aws-sdk-go-v2/service/sts/types"
	"github.com/aws/smithy-go"
)

// A stage has users and roles whose trust policies differ in one point each.
type stage struct {
	*testing.T
	s              *server
	account        string
	admin, may, no key // may: every sts action; no: nothing
}

const stsActions = `"Action":["sts:AssumeRole","sts:TagSession","sts:SetSourceIdentity"]`

func newStage(t *testing.T) *stage {
	s := start(t, filepath.Join(t.TempDir(), "data"))
	g := &stage{T: t, s: s, admin: s.admin(t)}
	g.account = *must(s.sts(g.admin).GetCallerIdentity(ctx, nil))(t).Account
	g.may, g.no = g.user("may"), g.user("no")
	must(s.iam(g.admin).PutUserPolicy(ctx, &iam.PutUserPolicyInput{UserName: aws.String("may"), PolicyName: aws.String("p"),
		PolicyDocument: aws.String(`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"sts:*","Resource":"*"}}`)}))(t)
	return g
}

func (g *stage) user(name string) key {
	g.Helper()
	c := g.s.iam(g.admin)
	must(c.CreateUser(ctx, &iam.CreateUserInput{UserName: &name}))(g.T)
	k := must(c.CreateAccessKey(ctx, &iam.CreateAccessKeyInput{UserName: &name}))(g.T).AccessKey
	return key{id: *k.AccessKeyId, secret: *k.SecretAccessKey}
}

// role makes a role; statement is its trust statement without the braces, in
// which ACCT is the account.
func (g *stage) role(name, statement string) string {
	g.Helper()
	document := `{"Version":"2012-10-17","Statement":{` + strings.ReplaceAll(statement, "ACCT", g.account) + `}}`
	out := must(g.s.iam(g.admin).CreateRole(ctx, &iam.CreateRoleInput{RoleName: &name, AssumeRolePolicyDocument: &document, MaxSessionDuration: aws.Int32(7200)}))(g.T)
	return *out.Role.Arn
}

func (g *stage) assume(k key, arn string, change func(in *sts.AssumeRoleInput)) (key, *sts.AssumeRoleOutput, error) {
	in := &sts.AssumeRoleInput{RoleArn: &arn, RoleSessionName: aws.String("s1")}
	if change != nil {
		change(in)
	}
	out, err := g.s.sts(k).AssumeRole(ctx, in)
	if err != nil {
		return key{}, nil, err
	}
	return temporary(out.Credentials), out, nil
}

// Who may assume which role, by trust policy and identity policy.
func TestTrust(t *testing.T) {
	g := newStage(t)
	for i, c := range []struct {
		name, trust string
		may, no     bool
		change      func(in *sts.AssumeRoleInput)
	}{
		{"account root: the identity policy decides", `"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::ACCT:root"},` + stsActions, true, false, nil},
		{"account number", `"Effect":"Allow","Principal":{"AWS":"ACCT"},` + stsActions, true, false, nil},
		{"the user itself: no identity policy is needed", `"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::ACCT:user/no"},` + stsActions, false, true, nil},
		{"everybody", `"Effect":"Allow","Principal":{"AWS":"*"},` + stsActions, true, true, nil},
		{"a service", `"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"`, false, false, nil},
		{"a denial", `"Effect":"Deny","Principal":{"AWS":"*"},"Action":"sts:AssumeRole"`, false, false, nil},
		{"another account", `"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"sts:AssumeRole"`, false, false, nil},
		{"external id missing", `"Effect":"Allow","Principal":{"AWS":"ACCT"},"Action":"sts:AssumeRole","Condition":{"StringEquals":{"sts:ExternalId":"42"}}`, false, false, nil},
		{"external id", `"Effect":"Allow","Principal":{"AWS":"ACCT"},"Action":"sts:AssumeRole","Condition":{"StringEquals":{"sts:ExternalId":"42"}}`, true, false, func(in *sts.AssumeRoleInput) { in.ExternalId = aws.String("42") }},
		{"session name", `"Effect":"Allow","Principal":{"AWS":"ACCT"},"Action":"sts:AssumeRole","Condition":{"StringLike":{"sts:RoleSessionName":"${aws:username}"}}`, true, false, func(in *sts.AssumeRoleInput) { in.RoleSessionName = aws.String("may") }},
		{"other session name", `"Effect":"Allow","Principal":{"AWS":"ACCT"},"Action":"sts:AssumeRole","Condition":{"StringLike":{"sts:RoleSessionName":"${aws:username}"}}`, false, false, nil},
		{"MFA", `"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:AssumeRole","Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"}}`, false, false, nil},
		{"tags without sts:TagSession", `"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:AssumeRole"`, false, false, func(in *sts.AssumeRoleInput) {
			in.Tags = []types.Tag{{Key: aws.String("k"), Value: aws.String("v")}}
		}},
		{"source identity without sts:SetSourceIdentity", `"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:AssumeRole"`, false, false, func(in *sts.AssumeRoleInput) { in.SourceIdentity = aws.String("me") }},
		{"requested tag", `"Effect":"Allow","Principal":{"AWS":"ACCT"},` + stsActions + `,"Condition":{"StringEquals":{"aws:RequestTag/Team":"red"}}`, true, false, func(in *sts.AssumeRoleInput) {
			in.Tags = []types.Tag{{Key: aws.String("team"), Value: aws.String("red")}}
		}},
	} {
		arn := g.role(fmt.Sprintf("r%d", i), c.trust)
		for who, want := range map[*key]bool{&g.may: c.may, &g.no: c.no} {
			_, _, err := g.assume(*who, arn, c.change)
			if (err == nil) != want {
				t.Errorf("%s: user with permission %v: %v, want allowed %v", c.name, who == &g.may, err, want)
			}
			if err != nil {
				refused(t, err, "AccessDenied", " is not authorized to perform: sts:")
			}
		}
	}
	// A role that isn't there and one that trusts nobody are refused alike.
	_, _, absent := g.assume(g.may, "arn:aws:iam::"+g.account+":role/absent", nil)
	_, _, foreign := g.assume(g.may, "arn:aws:iam::999999999999:role/absent", nil)
	_, _, untrusting := g.assume(g.may, "arn:aws:iam::"+g.account+":role/r5", nil)
	for arn, err := range map[string]error{"arn:aws:iam::" + g.account + ":role/absent": absent, "arn:aws:iam::999999999999:role/absent": foreign, "arn:aws:iam::" + g.account + ":role/r5": untrusting} {
		var e smithy.APIError
		if !errors.As(err, &e) || e.ErrorMessage() != "User: arn:aws:iam::"+g.account+":user/may is not authorized to perform: sts:AssumeRole on resource: "+arn {
			t.Errorf("%v", err)
		}
	}
}

// Durations, tags, source identity and session policies, and what goes on to
// the next session.
func TestSessions(t *testing.T) {
	g := newStage(t)
	arn := g.role("r", `"Effect":"Allow","Principal":{"AWS":"*"},`+stsActions)
	must(g.s.iam(g.admin).PutRolePolicy(ctx, &iam.PutRolePolicyInput{RoleName: aws.String("r"), PolicyName: aws.String("p"),
		PolicyDocument: aws.String(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:*","Resource":"*"},{"Effect":"Allow","Action":"iam:ListRoles","Resource":"*","Condition":{"StringEquals":{"aws:PrincipalTag/Team":"red"}}},{"Effect":"Allow","Action":"iam:ListGroups","Resource":"*","Condition":{"StringEquals":{"aws:SourceIdentity":"me"}}}]}`)}))(t)
	tag := func(k, v string) types.Tag { return types.Tag{Key: &k, Value: &v} }
	for _, c := range []struct {
		name       string
		code, text string // "" for success
		change     func(in *sts.AssumeRoleInput)
	}{
		{"900 s", "", "", func(in *sts.AssumeRoleInput) { in.DurationSeconds = aws.Int32(900) }},
		{"the role's maximum", "", "", func(in *sts.AssumeRoleInput) { in.DurationSeconds = aws.Int32(7200) }},
		{"over it", "ValidationError", "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.", func(in *sts.AssumeRoleInput) { in.DurationSeconds = aws.Int32(7201) }},
		{"too short", "ValidationError", "greater than or equal to 900", func(in *sts.AssumeRoleInput) { in.DurationSeconds = aws.Int32(899) }},
		{"bad session name", "ValidationError", `Value 'a:b' at 'roleSessionName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\w+=,.@-]*`, func(in *sts.AssumeRoleInput) { in.RoleSessionName = aws.String("a:b") }},
		{"bad ARN", "ValidationError", "is invalid", func(in *sts.AssumeRoleInput) { in.RoleArn = aws.String("arn:aws:iam::12:user/abcdefgh") }},
		{"two tags of one key", "InvalidParameterValue", "Duplicate tag keys found.", func(in *sts.AssumeRoleInput) { in.Tags = []types.Tag{tag("a", "1"), tag("A", "2")} }},
		{"transitive key without tag", "InvalidParameterValue", "The specified transitive tag key must be included in the requested tags.", func(in *sts.AssumeRoleInput) { in.TransitiveTagKeys = []string{"a"} }},
		{"bad policy", "MalformedPolicyDocument", "", func(in *sts.AssumeRoleInput) { in.Policy = aws.String("{") }},
		{"large policy", "PackedPolicyTooLarge", "Packed policy consumes", func(in *sts.AssumeRoleInput) {
			in.Policy = aws.String(`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"arn:aws:s3:::` + strings.Repeat("x", 2100) + `"}}`)
		}},
		{"policy that isn't there", "ValidationError", "does not exist", func(in *sts.AssumeRoleInput) {
			in.PolicyArns = []types.PolicyDescriptorType{{Arn: aws.String("arn:aws:iam::aws:policy/NoSuchPolicy")}}
		}},
		{"half of MFA", "AccessDenied", "must provide both MFA serial number and one time pass code", func(in *sts.AssumeRoleInput) { in.TokenCode = aws.String("123456") }},
		{"MFA of nobody", "AccessDenied", "unable to validate MFA code", func(in *sts.AssumeRoleInput) {
			in.TokenCode, in.SerialNumber = aws.String("123456"), aws.String("arn:aws:iam::"+g.account+":mfa/x")
		}},
	} {
		_, out, err := g.assume(g.may, arn, c.change)
		switch {
		case c.code != "":
			if err == nil {
				t.Errorf("%s: allowed", c.name)
			} else {
				refused(t, err, c.code, c.text)
			}
		case err != nil:
			t.Errorf("%s: %v", c.name, err)
		case time.Until(*out.Credentials.Expiration) <= 0:
			t.Errorf("%s: expires %v", c.name, out.Credentials.Expiration)
		}
	}
	first, _, err := g.assume(g.may, arn, func(in *sts.AssumeRoleInput) {
		in.Tags, in.TransitiveTagKeys, in.SourceIdentity = []types.Tag{tag("Team", "red"), tag("Own", "x")}, []string{"team"}, aws.String("me")
	})
	if err != nil {
		t.Fatal(err)
	}
	must(g.s.iam(first).ListRoles(ctx, nil))(t)
	must(g.s.iam(first).ListGroups(ctx, nil))(t)
	second, out, err := g.assume(first, arn, nil)
	if err != nil || aws.ToString(out.SourceIdentity) != "me" {
		t.Fatal(out, err)
	}
	must(g.s.iam(second).ListRoles(ctx, nil))(t)
	for _, c := range []struct {
		code, text string
		change     func(in *sts.AssumeRoleInput)
	}{
		{"ValidationError", "1 hour session limit for roles assumed by role chaining", func(in *sts.AssumeRoleInput) { in.DurationSeconds = aws.Int32(3601) }},
		{"AccessDenied", "source identity", func(in *sts.AssumeRoleInput) { in.SourceIdentity = aws.String("other") }},
		{"InvalidParameterValue", "conflicts with a transitive tag key from the calling session", func(in *sts.AssumeRoleInput) { in.Tags = []types.Tag{tag("TEAM", "blue")} }},
	} {
		_, _, err := g.assume(first, arn, c.change)
		refused(t, err, c.code, c.text)
	}
	_, err = g.s.sts(first).GetSessionToken(ctx, nil)
	refused(t, err, "AccessDenied", "Cannot call GetSessionToken with session credentials")
	_, err = g.s.sts(first).GetFederationToken(ctx, &sts.GetFederationTokenInput{Name: aws.String("bob")})
	refused(t, err, "AccessDenied", "Cannot call GetFederationToken with session credentials")
	// A role of the same name is another role: its sessions and its trust go.
	must(g.s.iam(g.admin).DeleteRolePolicy(ctx, &iam.DeleteRolePolicyInput{RoleName: aws.String("r"), PolicyName: aws.String("p")}))(t)
	keeper := g.role("keeper", `"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::ACCT:role/r"},"Action":"sts:AssumeRole"`)
	must(g.s.iam(g.admin).DeleteRole(ctx, &iam.DeleteRoleInput{RoleName: aws.String("r")}))(t)
	arn = g.role("r", `"Effect":"Allow","Principal":{"AWS":"*"},`+stsActions)
	_, err = g.s.sts(second).GetCallerIdentity(ctx, nil)
	refused(t, err, "InvalidClientTokenId", "")
	fresh, _, err := g.assume(g.may, arn, nil)
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = g.assume(fresh, keeper, nil)
	refused(t, err, "AccessDenied", "sts:AssumeRole")
	// An explicit deny and a boundary have sentences of their own.
	c := g.s.iam(g.admin)
	must(c.PutUserPolicy(ctx, &iam.PutUserPolicyInput{UserName: aws.String("no"), PolicyName: aws.String("p"), PolicyDocument: aws.String(
		`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:*","Resource":"*"},{"Effect":"Deny","Action":"iam:ListUsers","Resource":"*"}]}`)}))(t)
	_, err = g.s.iam(g.no).ListUsers(ctx, nil)
	refused(t, err, "AccessDenied", "with an explicit deny in an identity-based policy")
	must(c.PutUserPermissionsBoundary(ctx, &iam.PutUserPermissionsBoundaryInput{UserName: aws.String("no"), PermissionsBoundary: aws.String("arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess")}))(t)
	_, err = g.s.iam(g.no).ListGroups(ctx, nil)
	refused(t, err, "AccessDenied", "because no permissions boundary allows the iam:ListGroups action")
	var re interface{ HTTPStatusCode() int }
	if errors.As(err, &re) && re.HTTPStatusCode() != 403 {
		t.Error(re.HTTPStatusCode())
	}
}
