package catalog

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/aratame/aratame/internal/managedpolicy"
	"github.com/aratame/aratame/policy"
)

// document makes a document of one statement.
func document(statement string) string {
	return `{"Version":"2012-10-17","Statement":[{` + statement + `}]}`
}

// briefly writes a finding as severity, code and path.
func briefly(f Finding) string { return fmt.Sprintf("%s %s %s", f.Severity, f.Code, f.Path) }

// Each case is a statement, with findings written as severity, code and path
// within the statement; none means that nothing is said.
func TestFindings(t *testing.T) {
	const get, all = `"Action":"s3:GetObject"`, `"Resource":"*"`
	condition := func(c string) string { return `"Effect":"Allow",` + get + `,` + all + `,"Condition":{` + c + `}` }
	deny := func(c string) string { return strings.Replace(condition(c), "Allow", "Deny", 1) }
	for _, c := range []struct {
		kind      policy.Kind
		statement string
		want      []string
	}{
		{policy.Identity, `"Effect":"Allow",` + get + `,` + all, nil},
		{policy.Identity, `"Effect":"Allow","Action":"S3:getobject",` + all, nil},
		{policy.Identity, `"Effect":"Deny","Action":"*",` + all, nil},

		// Actions.
		{policy.Identity, `"Effect":"Allow","Action":"s3:GetObjects",` + all, []string{"error INVALID_ACTION Action"}},
		{policy.Identity, `"Effect":"Allow","Action":["s3:GetObject","s3:Nope*"],` + all, []string{"error INVALID_ACTION Action[1]"}},
		{policy.Identity, `"Effect":"Deny","NotAction":["s3:GetObject","s3:Nope?"],` + all, []string{"error INVALID_ACTION NotAction[1]"}},
		{policy.Identity, `"Effect":"Allow","Action":"s4:GetObject",` + all, []string{"error INVALID_SERVICE_IN_ACTION Action"}},
		{policy.Identity, `"Effect":"Allow","Action":"myapp:*",` + all, []string{"error INVALID_SERVICE_IN_ACTION Action"}},
		{policy.Identity, `"Effect":"Allow","Action":["s3:GetObject","s3:Get*"],` + all, []string{"suggestion REDUNDANT_ACTION Action[0]"}},
		{policy.Identity, `"Effect":"Allow","Action":["s3:Get*","s3:GetB*","s3:List?","S3:GETOBJECT"],` + all,
			[]string{"error INVALID_ACTION Action[2]", "suggestion REDUNDANT_ACTION Action[1]", "suggestion REDUNDANT_ACTION Action[3]"}},
		{policy.Identity, `"Effect":"Deny","Action":["s3:GetObject","s3:getobject"],` + all, []string{"suggestion REDUNDANT_ACTION Action[1]"}},
		{policy.Identity, `"Effect":"Deny","Action":["*","s3:GetObject"],` + all, []string{"suggestion REDUNDANT_ACTION Action[1]"}},
		{policy.Identity, `"Effect":"Deny","Action":["s3:*","s3:**"],` + all, []string{"suggestion REDUNDANT_ACTION Action[1]"}},

		// Actions against resources.
		{policy.Identity, `"Effect":"Allow",` + get + `,"Resource":"arn:aws:s3:::b/*"`, nil},
		{policy.Identity, `"Effect":"Allow",` + get + `,"Resource":"arn:aws:s3:::b"`, []string{"warning ACTION_WITHOUT_FITTING_RESOURCE Action"}},
		{policy.Identity, `"Effect":"Deny",` + get + `,"Resource":"arn:aws:s3:::b"`, []string{"security ACTION_WITHOUT_FITTING_RESOURCE Action"}},
		{policy.Identity, `"Effect":"Allow",` + get + `,"NotResource":"arn:aws:s3:::b"`, nil},
		{policy.Identity, `"Effect":"Allow","Action":["s3:GetObject","s3:ListBucket"],"Resource":"arn:aws:s3:::b/*"`, []string{"warning ACTION_WITHOUT_FITTING_RESOURCE Action[1]"}},
		{policy.Identity, `"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::b"`, nil},
		{policy.Identity, `"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:sqs:::q"`, []string{"warning ACTION_WITHOUT_FITTING_RESOURCE Action"}},
		{policy.Identity, `"Effect":"Allow","Action":"ec2:DescribeVpcs","Resource":"arn:aws:ec2:*:*:vpc/*"`, []string{"warning ACTION_WITHOUT_FITTING_RESOURCE Action"}},
		{policy.Identity, `"Effect":"Allow","Action":["ec2:DescribeVpcs","ec2:DeleteVpc"],"Resource":["arn:aws:ec2:*:*:vpc/*","*"]`, nil},
		{policy.SCP, `"Effect":"Deny","Action":"ec2:DescribeVpcs","Resource":"arn:aws:ec2:*:*:vpc/*"`, []string{"security ACTION_WITHOUT_FITTING_RESOURCE Action"}},

		// PassRole.
		{policy.Identity, `"Effect":"Allow","Action":"iam:PassRole","Resource":"arn:aws:iam::111122223333:role/r"`, nil},
		{policy.Identity, `"Effect":"Allow","Action":"iam:PassRole","Resource":"arn:aws:iam::*:role/service*"`, nil},
		{policy.Identity, `"Effect":"Deny","Action":"iam:PassRole",` + all, nil},
		{policy.Identity, `"Effect":"Allow","Action":"iam:PassRole",` + all, []string{"security PASS_ROLE_WITH_STAR_IN_RESOURCE Resource"}},
		{policy.Session, `"Effect":"Allow","Action":"iam:PassRole","Resource":"arn:aws:iam::111122223333:role/*"`, []string{"security PASS_ROLE_WITH_STAR_IN_RESOURCE Resource"}},
		{policy.Boundary, `"Effect":"Allow","Action":"iam:*",` + all, []string{"security PASS_ROLE_WITH_STAR_IN_ACTION_AND_RESOURCE Resource"}},
		{policy.Identity, `"Effect":"Allow","Action":"*",` + all, []string{"security PASS_ROLE_WITH_STAR_IN_ACTION_AND_RESOURCE Resource"}},
		{policy.Identity, `"Effect":"Allow","NotAction":"s3:*",` + all, []string{"security PASS_ROLE_WITH_STAR_IN_RESOURCE_AND_NOT_ACTION Resource"}},
		{policy.Identity, `"Effect":"Allow","NotAction":"iam:*",` + all, nil},
		{policy.Identity, `"Effect":"Allow","Action":"iam:PassRole","NotResource":"arn:aws:iam::*:role/r"`, []string{"security PASS_ROLE_WITH_NOT_RESOURCE NotResource"}},
		{policy.Identity, `"Effect":"Allow","Action":"iam:*","NotResource":"arn:aws:iam::*:role/r"`, []string{"security PASS_ROLE_WITH_STAR_IN_ACTION_AND_NOT_RESOURCE NotResource"}},
		{policy.Identity, `"Effect":"Allow","NotAction":"s3:*","NotResource":"arn:aws:iam::*:role/r"`, []string{"security PASS_ROLE_WITH_NOT_ACTION_AND_NOT_RESOURCE NotResource"}},
		{policy.Identity, `"Effect":"Allow","Action":"iam:PassRole",` + all + `,"Condition":{"StringEquals":{"iam:passedtoservice":"ec2.amazonaws.com"}}`, nil},
		{policy.SCP, `"Effect":"Allow","Action":"*",` + all, nil},

		// Principals.
		{policy.Resource, `"Effect":"Allow","Principal":"*",` + get + `,"Resource":"arn:aws:s3:::b/*"`, []string{"security PRINCIPAL_STAR_WITHOUT_CONDITION Principal"}},
		{policy.Resource, `"Effect":"Allow","Principal":{"AWS":["111122223333","*"]},` + get + `,"Resource":"arn:aws:s3:::b/*"`, []string{"security PRINCIPAL_STAR_WITHOUT_CONDITION Principal"}},
		{policy.Resource, `"Effect":"Allow","Principal":"*",` + get + `,"Resource":"arn:aws:s3:::b/*","Condition":{"StringEquals":{"aws:PrincipalOrgID":"o-1"}}`, nil},
		{policy.Resource, `"Effect":"Deny","Principal":"*",` + get + `,"Resource":"arn:aws:s3:::b/*"`, nil},
		{policy.Resource, `"Effect":"Allow","NotPrincipal":{"AWS":"111122223333"},` + get + `,"Resource":"arn:aws:s3:::b/*"`, []string{"security ALLOW_WITH_NOT_PRINCIPAL NotPrincipal"}},
		{policy.Resource, `"Effect":"Deny","NotPrincipal":{"AWS":"111122223333"},` + get + `,"Resource":"arn:aws:s3:::b/*"`, nil},
		{policy.Trust, `"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:AssumeRole"`, []string{"security PRINCIPAL_STAR_WITHOUT_CONDITION Principal"}},
		{policy.Endpoint, `"Effect":"Allow","Principal":"*","Action":"*",` + all, nil},

		// Condition keys.
		{policy.Identity, condition(`"StringEquals":{"aws:PrincipalTag/a":"b","s3:ExistingObjectTag/c":"d"},"Null":{"aws:TokenIssueTime":"true"}`), nil},
		{policy.Identity, condition(`"StringEquals":{"aws:Nope":"b"}`), []string{"error INVALID_GLOBAL_CONDITION_KEY Condition.StringEquals.aws:Nope"}},
		{policy.Identity, condition(`"Null":{"s3:nope":"true"}`), []string{"error INVALID_SERVICE_CONDITION_KEY Condition.Null.s3:nope"}},
		{policy.Identity, condition(`"StringEquals":{"nosuch:key":"b"}`), []string{"error INVALID_SERVICE_CONDITION_KEY Condition.StringEquals.nosuch:key"}},
		{policy.Identity, condition(`"StringEquals":{"oidc.example.com:groups":"b"}`), []string{"warning INVALID_SERVICE_CONDITION_KEY Condition.StringEquals.oidc.example.com:groups"}},
		{policy.Identity, condition(`"StringEquals":{"SourceIp":"b"}`), []string{"error INVALID_CONDITION_KEY_FORMAT Condition.StringEquals.SourceIp"}},
		{policy.Identity, condition(`"StringEquals":{"aws:RequestTag":"b"}`), []string{"error MISSING_TAG_KEY_IN_CONDITION Condition.StringEquals.aws:RequestTag"}},
		{policy.Identity, condition(`"StringEquals":{"aws:ResourceTag/":"b"}`), []string{"error MISSING_TAG_KEY_IN_CONDITION Condition.StringEquals.aws:ResourceTag/"}},

		// Operators against keys.
		{policy.Identity, condition(`"StringEquals":{"aws:SourceIp":"10.0.0.1"}`), []string{"warning TYPE_MISMATCH Condition.StringEquals.aws:SourceIp"}},
		{policy.Identity, condition(`"NumericLessThanIfExists":{"aws:MultiFactorAuthAge":"3600","aws:EpochTime":"1"}`), nil},
		{policy.Identity, condition(`"DateLessThan":{"aws:MultiFactorAuthAge":"2030-01-01T00:00:00Z"}`), []string{"warning TYPE_MISMATCH Condition.DateLessThan.aws:MultiFactorAuthAge"}},
		{policy.Identity, condition(`"StringLike":{"aws:PrincipalArn":"*"},"ArnLike":{"aws:PrincipalTag/a":"arn:aws:s3:::b"}`), nil},
		{policy.Identity, condition(`"ArnLike":{"aws:username":"a"}`), []string{"warning TYPE_MISMATCH Condition.ArnLike.aws:username"}},
		{policy.Identity, condition(`"IpAddress":{"aws:SourceIp":["10.0.0.0/8","2001:db8::/32","::1"]}`), nil},
		{policy.Identity, condition(`"StringEquals":{"aws:TagKeys":"a"}`), []string{"error MISSING_QUALIFIER Condition.StringEquals.aws:TagKeys"}},
		{policy.Identity, condition(`"Null":{"aws:TagKeys":"true"},"ForAnyValue:StringEquals":{"aws:TagKeys":"a"}`), nil},
		{policy.Identity, condition(`"ForAllValues:StringEquals":{"aws:PrincipalTag/a":"b"}`), []string{"security FORALLVALUES_WITH_SINGLE_VALUED_KEY Condition.ForAllValues:StringEquals.aws:PrincipalTag/a"}},
		{policy.Identity, deny(`"ForAllValues:StringEquals":{"aws:PrincipalTag/a":"b"}`), []string{"warning FORALLVALUES_WITH_SINGLE_VALUED_KEY Condition.ForAllValues:StringEquals.aws:PrincipalTag/a"}},
		{policy.Identity, condition(`"ForAllValues:StringEquals":{"aws:TagKeys":"a"}`), []string{"security FORALLVALUES_WITHOUT_NULL_CHECK Condition.ForAllValues:StringEquals.aws:TagKeys"}},
		{policy.Identity, condition(`"ForAllValues:StringEquals":{"aws:TagKeys":"a"},"Null":{"aws:TagKeys":"true"}`), []string{"security FORALLVALUES_WITHOUT_NULL_CHECK Condition.ForAllValues:StringEquals.aws:TagKeys"}},
		{policy.Identity, condition(`"ForAllValues:StringEquals":{"aws:TagKeys":"a"},"Null":{"aws:tagkeys":false}`), nil},
		{policy.Identity, deny(`"ForAllValues:StringEquals":{"aws:TagKeys":"a"}`), nil},

		// Values.
		{policy.Identity, condition(`"Bool":{"aws:SecureTransport":"yes"}`), []string{"warning TYPE_MISMATCH_BOOLEAN Condition.Bool.aws:SecureTransport"}},
		{policy.Identity, condition(`"Bool":{"aws:SecureTransport":"TRUE","aws:MultiFactorAuthPresent":true}`), nil},
		{policy.Identity, condition(`"Null":{"aws:SourceIp":"present"}`), []string{"warning TYPE_MISMATCH_BOOLEAN Condition.Null.aws:SourceIp"}},
		{policy.Identity, condition(`"NumericEquals":{"aws:MultiFactorAuthAge":["1","an hour"]}`), []string{"warning TYPE_MISMATCH_NUMBER Condition.NumericEquals.aws:MultiFactorAuthAge"}},
		{policy.Identity, condition(`"NotIpAddress":{"aws:SourceIp":"10.0.0.0/33"}`), []string{"warning TYPE_MISMATCH_IP_RANGE Condition.NotIpAddress.aws:SourceIp"}},
		{policy.Identity, condition(`"StringNotEquals":{"aws:username":"a*"}`), []string{"warning WILDCARD_WITHOUT_LIKE_OPERATOR Condition.StringNotEquals.aws:username"}},

		// Variables.
		{policy.Identity, `"Effect":"Allow",` + get + `,"Resource":"arn:aws:s3:::b/${aws:username}/${aws:PrincipalTag/a, 'x'}/${*}"`, nil},
		{policy.Identity, `"Effect":"Allow",` + get + `,"Resource":"arn:aws:s3:::b/${aws:nope}"`, []string{"error INVALID_GLOBAL_CONDITION_KEY Resource"}},
		{policy.Identity, `"Effect":"Allow",` + get + `,"Resource":["arn:aws:s3:::b/k","arn:aws:s3:::b/${aws:TagKeys}"]`, []string{"warning VARIABLE_WITH_MULTIVALUED_KEY Resource[1]"}},
		{policy.Identity, `"Effect":"Allow",` + get + `,"Resource":"arn:aws:s3:::b/${}"`, []string{"error EMPTY_VARIABLE Resource"}},
		{policy.Identity, `"Effect":"Allow",` + get + `,"Resource":"arn:aws:s3:::b/${aws:username"`, []string{"error MISSING_BRACE_IN_VARIABLE Resource"}},
		{policy.Identity, `"Effect":"Allow",` + get + `,"Resource":"arn:aws:s3:::b/${aws:username, 'x}"`, []string{"error MISSING_QUOTE_IN_VARIABLE Resource"}},
		{policy.Identity, `"Effect":"Allow",` + get + `,"Resource":"arn:aws:s3:::b/${aws:username, x}"`, []string{"error MISSING_QUOTE_IN_VARIABLE Resource"}},
		{policy.Identity, `"Effect":"Allow",` + get + `,"Resource":"arn:aws:s3:::b/${aws:username, 'x'y}"`, []string{"error MISSING_BRACE_IN_VARIABLE Resource"}},
		{policy.Identity, `"Effect":"Allow",` + get + `,"Resource":"arn:aws:s3:::b/${aws:user*}"`, []string{"error INVALID_VARIABLE Resource"}},
		{policy.Identity, `"Effect":"Allow","Action":"sqs:SendMessage","Resource":"arn:aws:sqs:*:${aws:PrincipalAccount}:q"`, []string{"error VARIABLE_UNSUPPORTED_IN_ELEMENT Resource"}},
		{policy.Identity, condition(`"StringEquals":{"aws:ResourceTag/a":"${aws:PrincipalTag/a}"}`), nil},
		{policy.Identity, condition(`"StringEquals":{"aws:ResourceTag/a":"${aws:nope}"}`), []string{"error INVALID_GLOBAL_CONDITION_KEY Condition.StringEquals.aws:ResourceTag/a"}},
		{policy.Identity, condition(`"NumericEquals":{"aws:MultiFactorAuthAge":"${aws:PrincipalTag/a}"}`), []string{"error INVALID_VARIABLE_FOR_OPERATOR Condition.NumericEquals.aws:MultiFactorAuthAge"}},
	} {
		text := document(c.statement)
		doc, err := policy.Parse(text, c.kind)
		if err != nil {
			t.Errorf("%s: %v", c.statement, err)
			continue
		}
		var got []string
		for _, f := range Findings(doc) {
			got = append(got, strings.Replace(briefly(f), " Statement[0].", " ", 1))
			if f.Statement != 0 || f.Line != 1 || f.Column < 38 || f.Message == "" {
				t.Errorf("%s: %+v", c.statement, f)
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s %s\n got %q\nwant %q", c.kind, c.statement, got, c.want)
		}
	}
}

// What older documents, which some kinds may be, can't do.
func TestFindingsOfOldVersions(t *testing.T) {
	const statement = `"Statement":[{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::b/${aws:username}",
		"Condition":{"StringEquals":{"aws:username":"${*}"}}}]}`
	const old = "error VARIABLE_UNSUPPORTED_IN_VERSION Statement[0]."
	for text, want := range map[string][]string{
		`{"Version":"2012-10-17",` + statement: nil,
		`{"Version":"2008-10-17",` + statement: {old + "Resource", old + "Condition.StringEquals.aws:username"},
		`{` + statement:                        {"warning MISSING_VERSION Version", old + "Resource", old + "Condition.StringEquals.aws:username"},
	} {
		doc, err := policy.Parse(text, policy.Resource)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, f := range Findings(doc) {
			got = append(got, briefly(f))
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s\n got %q\nwant %q", text, got, want)
		}
	}
}

func TestPositions(t *testing.T) {
	doc, err := policy.Parse("{\"Version\":\"2012-10-17\",\"Statement\":[\n {\"Effect\":\"Deny\",\"Action\":\"*\",\"Resource\":\"*\"},\n"+
		" {\"Effect\":\"Allow\",\"Principal\":\n\"*\",\"Action\":\"s3:Nope\",\"Resource\":\"arn:aws:s3:::b/*\"},\n"+
		" {\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"s3:GetObject\",\"Resource\":\"arn:aws:s3:::b/*\",\"Condition\":{\"Bool\":{\n  \"aws:nope\":\"true\"}}}]}", policy.Endpoint)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range Findings(doc) {
		got = append(got, fmt.Sprintf("%d:%d %d %s", f.Line, f.Column, f.Statement, f.Code))
	}
	if want := []string{"3:2 1 INVALID_ACTION", "6:3 2 INVALID_GLOBAL_CONDITION_KEY"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// The operators are those that the parser takes, and no more.
func TestOperatorsOfTheParser(t *testing.T) {
	taken, refused := 0, 0
	names := []string{"Null", "null", "BoolNot", "StringNot", "NotBool", "Equals", "Foo", "ForAnyValue:", "IfExists", "BinaryNotEquals", "NumericNotLessThan", "NullIfExists", "ForAnyValue:Null"}
	for base := range operators {
		names = append(names, base, strings.ToUpper(base))
	}
	for _, base := range names {
		for _, prefix := range []string{"", "ForAllValues:", "ForAnyValue:", "ForAllValues:ForAnyValue:", "Not"} {
			for _, suffix := range []string{"", "IfExists", "IfExistsIfExists", "s"} {
				name := prefix + base + suffix
				_, err := policy.Parse(document(`"Effect":"Allow","Action":"*","Resource":"*","Condition":{"`+name+`":{"aws:CurrentTime":"2030-01-01T00:00:00Z"}}`), policy.Identity)
				_, ok := parseOperator(name)
				if ok != (err == nil) {
					t.Errorf("%s: %v, but the parser says %v", name, ok, err)
				}
				if ok {
					taken++
				} else {
					refused++
				}
			}
		}
	}
	if taken < 26*2*6 || refused < taken {
		t.Errorf("%d taken, %d refused", taken, refused)
	}
}

// AWS's own policies have few actions and keys that don't exist (any more).
func TestManagedPolicies(t *testing.T) {
	documents, codes := 0, map[string]int{}
	for _, p := range managedpolicy.List() {
		text, ok := p.Document(p.DefaultVersionID)
		if !ok {
			t.Fatalf("%s has no document", p.Name)
		}
		doc, err := policy.ParseStored(text, policy.Identity)
		if err != nil {
			t.Errorf("%s: %v", p.Name, err)
			continue
		}
		documents++
		for _, f := range Findings(doc) {
			codes[f.Code]++
		}
	}
	t.Logf("%d documents: %v", documents, codes)
	if documents < 1400 {
		t.Errorf("%d documents", documents)
	}
	for code, most := range map[string]int{
		"INVALID_ACTION": 80, "INVALID_SERVICE_IN_ACTION": 120, "INVALID_GLOBAL_CONDITION_KEY": 0, "INVALID_SERVICE_CONDITION_KEY": 6, "TYPE_MISMATCH": 4,
		"MISSING_QUALIFIER": 5, "MISSING_VERSION": 0, "VARIABLE_UNSUPPORTED_IN_VERSION": 0, "PASS_ROLE_WITH_STAR_IN_RESOURCE": 10, "ACTION_WITHOUT_FITTING_RESOURCE": 1100,
	} {
		if codes[code] > most {
			t.Errorf("%s: %d, at most %d are expected", code, codes[code], most)
		}
	}
	if codes["PASS_ROLE_WITH_STAR_IN_ACTION_AND_RESOURCE"] == 0 {
		t.Error("AdministratorAccess passes")
	}
}

func FuzzFindings(f *testing.F) {
	f.Add(document(`"Effect":"Allow","Action":["s3:*","s3:Get?*"],"Resource":["arn:aws:s3:::b/${aws:username, 'x'}","*:*:s3"]`), uint8(policy.Identity))
	f.Add(document(`"Effect":"Deny","NotPrincipal":{"AWS":"*"},"NotAction":"*:*","NotResource":"${","Condition":{"ForAllValues:StringLikeIfExists":{"a.b:":"${a,'"}}`), uint8(policy.Resource))
	f.Add(`{"Statement":{"Effect":"Allow","Principal":"*","Action":"sts:AssumeRole"}}`, uint8(policy.Trust))
	f.Fuzz(func(t *testing.T, text string, kind uint8) {
		k := policy.Kind(kind)%policy.Endpoint + 1
		for _, parse := range []func(string, policy.Kind) (*policy.Document, error){policy.Parse, policy.ParseStored} {
			doc, err := parse(text, k)
			if err != nil {
				continue
			}
			for _, f := range Findings(doc) {
				if f.Statement < -1 || f.Statement >= len(doc.Statements) || f.Code == "" || f.Path == "" || f.Message == "" || f.Line < 1 {
					t.Errorf("%s: %+v", text, f)
				}
			}
		}
	})
}
