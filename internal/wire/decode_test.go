package wire

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/aratame/aratame/internal/awserr"
	"github.com/aratame/aratame/internal/shape"
	"github.com/aratame/aratame/internal/shape/iamshape"
	"github.com/aratame/aratame/internal/shape/stsshape"
)

func decode(t *testing.T, op *shape.Operation, raw string) (any, error) {
	t.Helper()
	f, err := ParseForm([]byte(raw))
	if err != nil {
		t.Fatalf("%s: %v", raw, err)
	}
	return Decode(op, f)
}

func TestDecodeReads(t *testing.T) {
	for _, c := range []struct {
		op        *shape.Operation
		raw, want string
	}{
		{iamshape.OpCreateUser, "UserName=Bob", `{"userName":"Bob"}`},
		{iamshape.OpCreateUser, "UserName=Bob&Unknown=1&Unknown.member.1=2", `{"userName":"Bob"}`},
		{iamshape.OpCreateUser, "UserName=Bob&Path=/a/b/", `{"path":"/a/b/","userName":"Bob"}`},
		{iamshape.OpCreateUser, "UserName=Bob&Tags.member.1.Key=k&Tags.member.1.Value=", `{"tags":[{"key":"k","value":""}],"userName":"Bob"}`},
		{iamshape.OpCreateUser, "UserName=Bob&Tags=", `{"tags":[],"userName":"Bob"}`},
		{iamshape.OpUntagUser, "UserName=B&TagKeys.member.3=j&TagKeys.member.2=b&TagKeys.member.01=a", `{"tagKeys":["a","b","j"],"userName":"B"}`},
		{iamshape.OpListUsers, "MaxItems=1000", `{"maxItems":1000}`},
		{iamshape.OpListUsers, "MaxItems=%2B01", `{"maxItems":1}`},
		{iamshape.OpListUsers, "", `null`},
		{iamshape.OpUpdateAccountPasswordPolicy, "HardExpiry=false&RequireSymbols=true", `{"hardExpiry":false,"requireSymbols":true}`},
		{iamshape.OpUpdateAccountPasswordPolicy, "HardExpiry=0&RequireSymbols=1", `{"hardExpiry":false,"requireSymbols":true}`},
		{iamshape.OpPutAccountProperties, "Properties.entry.2.key=b/x&Properties.entry.2.value=1&Properties.entry.1.key=a/y&Properties.entry.1.value=", `{"properties":{"a/y":"","b/x":"1"}}`},
		{iamshape.OpPutAccountProperties, "Properties=", `{"properties":{}}`},
		{iamshape.OpAcquireRole, "TemplateArn=arn:aws:iam::aws:role-template/x&ReplacementValues.entry.1.key=k&ReplacementValues.entry.1.value.Values.member.1=v", `{"replacementValues":{"k":{"values":["v"]}},"templateArn":"arn:aws:iam::aws:role-template/x"}`},
		{stsshape.OpAssumeRole, "RoleArn=arn:aws:iam::123456789012:role/r&RoleSessionName=ss&PolicyArns.member.1.arn=arn:aws:iam::aws:policy/x", `{"policyArns":[{"arn":"arn:aws:iam::aws:policy/x"}],"roleArn":"arn:aws:iam::123456789012:role/r","roleSessionName":"ss"}`},
	} {
		in, err := decode(t, c.op, c.raw)
		if err != nil {
			t.Errorf("%s %s: %v", c.op.Name, c.raw, err)
			continue
		}
		got, err := AuditJSON(c.op, in)
		if err != nil || string(got) != c.want || !json.Valid(got) {
			t.Errorf("%s %s:\n got %s %v\nwant %s", c.op.Name, c.raw, got, err, c.want)
		}
	}
}

func TestDecodeMalformed(t *testing.T) {
	const listStart = "Start of list found where not expected"
	const topLevel = "Top level element may not be treated as a list"
	const sparse = "Excessively sparse input would skip %d list elements"
	list := func(indexes ...int) string {
		var b strings.Builder
		for _, i := range indexes {
			fmt.Fprintf(&b, "&PolicyInputList.member.%d={}", i)
		}
		return b.String()[1:]
	}
	const complexEnd = "Unexpected complex element termination"
	for _, c := range []struct {
		op           *shape.Operation
		raw, message string
	}{
		{iamshape.OpCreateUser, "UserName.1=Bob", complexEnd},
		{iamshape.OpCreateUser, "UserName.member.1=Bob", complexEnd},
		{iamshape.OpCreateUser, "UserName=B&Tags=x", "Parameter Tags: a list may not be given as a single value"},
		{iamshape.OpCreateUser, "UserName=B&Tags=&Tags.member.1.Key=x", "Parameter Tags: a list may not be given as a single value"},
		{iamshape.OpCreateUser, "UserName=B&Tags.1.Key=x&Tags.1.Value=y", topLevel},
		{iamshape.OpCreateUser, "UserName=B&Tags.member.0.Key=x", "0 is not a valid index"},
		{iamshape.OpCreateUser, "UserName=B&Tags.member.01.Key=x&Tags.member.1.Key=y", "Parameter Tags: index 1 occurs more than once"},
		{iamshape.OpCreateUser, "UserName=B&Tags.member.-1.Key=x", "Key -1 may not have a leading '-'"},
		{iamshape.OpCreateUser, "UserName=B&Tags.member.9999999999.Key=x", "9999999999 is not a valid index"},
		{iamshape.OpCreateUser, "UserName=B&Tags.member.1x.Key=x", listStart},
		{iamshape.OpCreateUser, "UserName=B&Tags.member.%2B1.Key=x", listStart},
		{iamshape.OpCreateUser, "UserName=B&Tags.member..Key=x", listStart},
		{iamshape.OpGetContextKeysForCustomPolicy, list(12), fmt.Sprintf(sparse, 11)},
		{iamshape.OpGetContextKeysForCustomPolicy, list(12, 1), fmt.Sprintf(sparse, 11)},
		{iamshape.OpGetContextKeysForCustomPolicy, list(1, 22, 43), fmt.Sprintf(sparse, 21)},
		{iamshape.OpGetContextKeysForCustomPolicy, list(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 21), fmt.Sprintf(sparse, 11)},
		{iamshape.OpUntagUser, "UserName=B&TagKeys.member.999999999=z&TagKeys.member.5=a", fmt.Sprintf(sparse, 999999994)},
		{iamshape.OpCreateUser, "UserName=B&Tags.member.1=x", "Parameter Tags.member.1: a structure may not be given as a single value"},
		{iamshape.OpUntagUser, "UserName=B&TagKeys.member.1.x=x", complexEnd},
		{iamshape.OpUntagUser, "UserName=B&TagKeys.member.1=y&TagKeys.member.1.x=x", complexEnd},
		{iamshape.OpListUsers, "MaxItems=", "Parameter MaxItems: the value is not an integer"},
		{iamshape.OpListUsers, "MaxItems=ten", "Parameter MaxItems: the value is not an integer"},
		{iamshape.OpListUsers, "MaxItems=+5+", "Parameter MaxItems: the value is not an integer"},
		{iamshape.OpListUsers, "MaxItems=99999999999", "Parameter MaxItems: the value is not an integer"},
		{iamshape.OpListUsers, "MaxItems=1.0", "Parameter MaxItems: the value is not an integer"},
		{iamshape.OpUpdateAccountPasswordPolicy, "HardExpiry=True", "Parameter HardExpiry: the value is neither true nor false"},
		{iamshape.OpPutAccountProperties, "Properties.entry.1.key=a&Properties.entry.1.value=1&Properties.entry.2.key=a&Properties.entry.2.value=2", "Parameter Properties.entry.2: a key of the map occurs more than once"},
		{iamshape.OpPutAccountProperties, "Properties.1.key=a", topLevel},
		{iamshape.OpSimulatePrincipalPolicy, "PolicySourceArn=arn:aws:iam::123456789012:user/x&ActionNames.member.1=s3:x&PolicyExclusionList.member.1.PolicyType=inline&PolicyExclusionList.member.1.PolicyArn=arn:aws:iam::aws:policy/x", "Parameter PolicyExclusionList.member.1: exactly one member must be given"},
	} {
		_, err := decode(t, c.op, c.raw)
		wantErr(t, c.op.Name+" "+c.raw, err, "MalformedInput", c.message)
	}
}

func TestDecodeValidation(t *testing.T) {
	one := func(s string) string { return "1 validation error detected: " + s }
	const at = " failed to satisfy constraint: "
	const name = "It must contain only alphanumeric characters and/or the following: +=,.@_-"
	const arn, session = "RoleArn=arn:aws:iam::123456789012:role/r", "&RoleSessionName=ss"
	const path = "The specified value for path is invalid. It must begin and end with / and contain only alphanumeric characters and/or / characters."
	var tags, audience strings.Builder
	for i := range 11 {
		fmt.Fprintf(&audience, "&Audience.member.%d=%d", i+1, i)
	}
	for i := range 51 {
		fmt.Fprintf(&tags, "&Tags.member.%d.Key=%d&Tags.member.%d.Value=", i+1, i, i+1)
	}
	long := func(n int) string { return strings.Repeat("a", n) }
	for _, c := range []struct {
		op           *shape.Operation
		raw, message string
	}{
		{iamshape.OpCreateUser, "", one("Value at 'userName'" + at + "Member must not be null")},
		{iamshape.OpCreateUser, "UserName=", one("Value at 'userName'" + at + "Member must have length greater than or equal to 1")},
		{iamshape.OpCreateUser, "UserName=" + long(65), one("Value at 'userName'" + at + "Member must have length less than or equal to 64")},
		{iamshape.OpCreateUser, "UserName=a+b", "The specified value for userName is invalid. " + name},
		{iamshape.OpCreateUser, "UserName=" + strings.Repeat("%C3%A9", 65), one("Value at 'userName'" + at + "Member must have length less than or equal to 64")},
		{iamshape.OpCreateUser, "UserName=B&Path=x", path},
		{iamshape.OpCreatePolicy, "PolicyName=B&PolicyDocument={}&Path=//", path},
		{iamshape.OpCreateUser, "UserName=a+b&Path=x", path},
		{iamshape.OpListUsers, "PathPrefix=x", "The specified value for pathPrefix is invalid. It must begin with / and contain only alphanumeric characters and/or / characters."},
		{iamshape.OpCreateUser, "UserName=a+b&Tags.member.1.Value=x", one("Value at 'tags.1.member.key'" + at + "Member must not be null")},
		{iamshape.OpCreateUser, "UserName=B" + tags.String(), one("Value at 'tags'" + at + "Member must have length less than or equal to 50")},
		{iamshape.OpCreateUser, "UserName=B&Tags.member.1.Key=!&Tags.member.1.Value=x", one("Value at 'tags.1.member.key'" + at + `Member must satisfy regular expression pattern: [\p{L}\p{Z}\p{N}_.:/=+\-@]+`)},
		{iamshape.OpCreateUser, "UserName=B&Tags.member.2.Key=k&Tags.member.2.Value=x", one("Value at 'tags.1.member'" + at + "Member must not be null")},
		{iamshape.OpUntagUser, "UserName=B&TagKeys.member.1=!", one("Value at 'tagKeys'" + at + `Member must satisfy constraint: [Member must have length less than or equal to 128, Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: [\p{L}\p{Z}\p{N}_.:/=+\-@]+, Member must not be null]`)},
		{iamshape.OpGetContextKeysForCustomPolicy, "PolicyInputList.member.1={}&PolicyInputList.member.8={}", one("Value at 'policyInputList'" + at + `Member must satisfy constraint: [Member must have length less than or equal to 131072, Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: [\u0009\u000A\u000D\u0020-\u00FF]+]`)},
		{iamshape.OpListUsers, "MaxItems=0", one("Value at 'maxItems'" + at + "Member must have value greater than or equal to 1")},
		{iamshape.OpListUsers, "MaxItems=1001", one("Value at 'maxItems'" + at + "Member must have value less than or equal to 1000")},
		{iamshape.OpListUsers, "Marker=", "2 validation errors detected: Value at 'marker'" + at + `Member must have length greater than or equal to 1; Value at 'marker'` + at + `Member must satisfy regular expression pattern: [\u0020-\u00FF]+`},
		{iamshape.OpListPolicies, "Scope=aws", one("Value at 'scope'" + at + "Member must satisfy enum value set: [All, AWS, Local]")},
		{iamshape.OpUpdateAccountPasswordPolicy, "MinimumPasswordLength=129&PasswordReusePrevention=25&MaxPasswordAge=1096", "3 validation errors detected: Value at 'minimumPasswordLength'" + at + "Member must have value less than or equal to 128; Value at 'passwordReusePrevention'" + at + "Member must have value less than or equal to 24; Value at 'maxPasswordAge'" + at + "Member must have value less than or equal to 1095"},
		{iamshape.OpCreateOpenIDConnectProvider, "ClientIDList.member.1=" + long(256) + "&ThumbprintList.member.1=" + long(41) + "&Url=" + long(256),
			"3 validation errors detected: Value at 'clientIDList'" + at + "Member must satisfy constraint: [Member must have length less than or equal to 255, Member must have length greater than or equal to 1]; " +
				"Value at 'thumbprintList'" + at + "Member must satisfy constraint: [Member must have length less than or equal to 40, Member must have length greater than or equal to 40]; " +
				"Value at 'url'" + at + "Member must have length less than or equal to 255"},
		{stsshape.OpAssumeRole, arn + session + "&PolicyArns.member.1.foo=x", one("Value null at 'policyArns.1.member'" + at + "Member must not be null")},
		{stsshape.OpAssumeRole, arn + session + "&MinimumSessionTokenSize=4097", one("Value '4097' at 'minimumSessionTokenSize'" + at + "Member must have value less than or equal to 4096")},
		{iamshape.OpCreateUser, "UserName=B&Tags.member.1.foo=x", "2 validation errors detected: Value at 'tags.1.member.value'" + at + "Member must not be null; Value at 'tags.1.member.key'" + at + "Member must not be null"},
		{iamshape.OpCreateDelegationRequest, "Description=x&RequestorWorkflowId=abcdef&NotificationChannel=ab&SessionDuration=300&Permissions.foo=x", one("Value at 'permissions'" + at + "Member must not be null")},
		{stsshape.OpAssumeRole, arn + "&RoleSessionName=Session1:2", one("Value 'Session1:2' at 'roleSessionName'" + at + `Member must satisfy regular expression pattern: [\w+=,.@-]*`)},
		{stsshape.OpAssumeRole, arn + session + "&DurationSeconds=899", one("Value '899' at 'durationSeconds'" + at + "Member must have value greater than or equal to 900")},
		{stsshape.OpAssumeRole, "RoleArn=x", "2 validation errors detected: Value null at 'roleSessionName'" + at + "Member must not be null; Value 'x' at 'roleArn'" + at + "Member must have length greater than or equal to 20"},
		{stsshape.OpGetWebIdentityToken, "SigningAlgorithm=RS256&Audience=", one("Value null at 'audience'" + at + "Member must not be null")},
		{stsshape.OpGetWebIdentityToken, "SigningAlgorithm=RS256&Audience.member.1=", one("Value '[]' at 'audience'" + at + "Member must satisfy constraint: [Member must have length less than or equal to 1000, Member must have length greater than or equal to 1]")},
		{stsshape.OpGetWebIdentityToken, "SigningAlgorithm=RS256" + audience.String(), one("Value '[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]' at 'audience'" + at + "Member must have length less than or equal to 10")},
		{stsshape.OpAssumeRole, arn + session + "&TokenCode=12345", one("Value at 'tokenCode'" + at + "Member must have length greater than or equal to 6")},
		{stsshape.OpAssumeRole, arn + session + "&TransitiveTagKeys.member.1=!", one("Value '[!]' at 'transitiveTagKeys'" + at + `Member must satisfy constraint: [Member must have length less than or equal to 128, Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: [\p{L}\p{Z}\p{N}_.:/=+\-@]+]`)},
	} {
		_, err := decode(t, c.op, c.raw)
		wantErr(t, c.op.Name+" "+c.raw, err, "ValidationError", c.message)
	}
}

// No error shows what a sensitive member holds, whichever way it fails.
func TestErrorsHideSecrets(t *testing.T) {
	const secret = "hunter2secret"
	n := 0
	for _, op := range append(append([]*shape.Operation{}, iamshape.Operations()...), stsshape.Operations()...) {
		for _, m := range op.Input.Members {
			if !m.Shape.Sensitive {
				continue
			}
			n++
			for _, value := range []string{secret + "\x00", secret, strings.Repeat(secret, 20_000)} {
				for _, suffix := range []string{"", ".member.1", ".x"} {
					f, err := ParseForm([]byte(m.Name + suffix + "=" + url.QueryEscape(value)))
					if err != nil {
						t.Fatal(err)
					}
					_, err = Decode(op, f)
					if err != nil && strings.Contains(err.Error(), secret) {
						t.Errorf("%s: %v", op.Name, err)
					}
				}
			}
		}
	}
	if n < 10 {
		t.Errorf("only %d sensitive inputs", n)
	}
}

// The number of failures in a message, and of elements looked at, is bounded.
func TestDecodeBounds(t *testing.T) {
	var b strings.Builder
	b.WriteString("PolicySourceArn=arn:aws:iam::123456789012:user/x")
	for i := range MaxParams - 1 {
		fmt.Fprintf(&b, "&ContextEntries.member.%d.ContextKeyName=x", i+1)
	}
	_, err := decode(t, iamshape.OpSimulatePrincipalPolicy, b.String())
	if m := awserr.From(err).Message; !strings.HasPrefix(m, "100 validation errors detected: ") || len(m) > 20_000 {
		t.Errorf("%d bytes: %.200s", len(m), m)
	}
	_, err = decode(t, stsshape.OpGetSessionToken, "SerialNumber="+strings.Repeat("a", 2000))
	wantErr(t, "long value", err, "ValidationError", "1 validation error detected: Value at 'serialNumber' failed to satisfy constraint: Member must have length less than or equal to 256")
}
