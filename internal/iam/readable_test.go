package iam

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/aratame/aratame/internal/account"
	"github.com/aratame/aratame/internal/shape/iamshape"
)

func TestReadableSummary(t *testing.T) {
	x := newTest(t)
	for _, c := range []struct{ statements, locale, want string }{
		{`[{"Effect":"Allow","Action":["s3:GetObject","s3:PutObject"],"Resource":"arn:aws:s3:::b/*"}]`, "en-US",
			"Example asks for access to this account for 5 minutes.\n" +
				"It may read data in Amazon S3 (s3:GetObject), on arn:aws:s3:::b/*.\n" +
				"It may create, change or delete resources in Amazon S3 (s3:PutObject), on arn:aws:s3:::b/*."},
		{`[{"Effect":"Allow","Action":["s3:GetObject"],"Resource":"*","Condition":{"StringEquals":{"aws:RequestedRegion":"eu-west-1"},"Bool":{"aws:SecureTransport":"true"}}}]`, "EN",
			"Example asks for access to this account for 5 minutes.\nIt may read data in Amazon S3 (s3:GetObject), on all resources, under conditions on aws:RequestedRegion and aws:SecureTransport."},
		{`[{"Effect":"Deny","Action":"*","NotResource":["arn:aws:s3:::b","arn:aws:s3:::c"]},{"Effect":"Allow","NotAction":"iam:*","Resource":"*"}]`, "en_GB",
			"Example asks for access to this account for 5 minutes.\nIt may not do everything in all services (*), on all resources but arn:aws:s3:::b and arn:aws:s3:::c.\n" +
				"It may do everything in all services (everything but iam:*), on all resources."},
		{`[{"Effect":"Allow","Action":["iam:CreateRole","nosuch:Thing"],"Resource":"*","Condition":{"StringEquals":{"iam:PermissionsBoundary":"arn:aws:iam::aws:policy/ReadOnlyAccess"}}}]`, "en",
			"Example asks for access to this account for 5 minutes.\nIt may create, change or delete resources in AWS Identity and Access Management (IAM) (iam:CreateRole), on all resources, under conditions on iam:PermissionsBoundary.\n" +
				"It may act in nosuch (nosuch:Thing), on all resources, under conditions on iam:PermissionsBoundary.\n" +
				"Roles that it makes must have a permissions boundary: arn:aws:iam::aws:policy/ReadOnlyAccess."},
		{`[{"Effect":"Allow","Action":["s3:GetObject"],"Resource":["arn:aws:s3:::b/*","arn:aws:s3:::c/*"]}]`, "ja_JP",
			"Example が、このアカウントへの 5 分のアクセスを求めています。\nAmazon S3 でデータを読み取ることができます (s3:GetObject)。対象はarn:aws:s3:::b/*、arn:aws:s3:::c/*です。"},
	} {
		withPolicyTemplate(x, c.statements)
		id := *do[iamshape.CreateDelegationRequestOutput](x, "CreateDelegationRequest", asking(fileTemplate)).DelegationRequestId
		out := do[iamshape.GetHumanReadableSummaryOutput](x, "GetHumanReadableSummary", &iamshape.GetHumanReadableSummaryInput{EntityArn: account.DelegationARN(testAccount, id), Locale: &c.locale})
		if *out.SummaryState != "AVAILABLE" || *out.Locale != c.locale || *out.SummaryContent != c.want {
			t.Errorf("%s %s\n got %s\nwant %s", *out.SummaryState, *out.Locale, *out.SummaryContent, c.want)
		}
	}
}

func TestReadableSummaryBounds(t *testing.T) {
	x := newTest(t)
	var actions []string
	for i := range 150 {
		actions = append(actions, fmt.Sprintf(`"s%d:X"`, i))
	}
	withPolicyTemplate(x, `[{"Effect":"Allow","Action":[`+strings.Join(actions, ",")+`],"Resource":["arn:aws:s3:::`+strings.Repeat("b", 60)+`/*"]}]`)
	in := asking(fileTemplate)
	in.SessionDuration = 5400
	id := *do[iamshape.CreateDelegationRequestOutput](x, "CreateDelegationRequest", in).DelegationRequestId
	out := do[iamshape.GetHumanReadableSummaryOutput](x, "GetHumanReadableSummary", &iamshape.GetHumanReadableSummaryInput{EntityArn: account.DelegationARN(testAccount, id)})
	if n := utf8.RuneCountInString(*out.SummaryContent); n > 10000 || n < 9800 || !strings.HasSuffix(*out.SummaryContent, "\nThere is more; read the policy.") || *out.Locale != "en" {
		t.Errorf("%d characters, %s", n, *out.Locale)
	}
	if !strings.Contains(*out.SummaryContent, " for 1 hour 30 minutes.") {
		t.Error((*out.SummaryContent)[:100])
	}
	actions = actions[:10]
	withPolicyTemplate(x, `[{"Effect":"Allow","Action":["s3:Get*"],"Resource":[`+strings.ReplaceAll(strings.Join(actions, ","), `"s`, `"arn:aws:s3:::`)+`]}]`)
	id = *do[iamshape.CreateDelegationRequestOutput](x, "CreateDelegationRequest", asking(fileTemplate)).DelegationRequestId
	out = do[iamshape.GetHumanReadableSummaryOutput](x, "GetHumanReadableSummary", &iamshape.GetHumanReadableSummaryInput{EntityArn: account.DelegationARN(testAccount, id)})
	if !strings.Contains(*out.SummaryContent, "arn:aws:s3:::7:X and 2 more.") {
		t.Error(*out.SummaryContent)
	}
}

func TestReadableSummaryRefuses(t *testing.T) {
	x := newTest(t)
	withPolicyTemplate(x, simpleStatements)
	id := asked(x)
	arn := account.DelegationARN(testAccount, id)
	for _, bad := range []string{"arn:aws:iam::" + testAccount + ":user/someone", "arn:aws:iam::" + testAccount + ":delegation-request/", "arn:aws:sts::" + testAccount + ":delegation-request/" + id, "arn:aws:iam:::delegation-request/" + id, "delegation-request/" + id} {
		in := &iamshape.GetHumanReadableSummaryInput{EntityArn: bad}
		_, err := x.call("GetHumanReadableSummary", in)
		if err == nil || err.Code != "InvalidInput" {
			t.Errorf("%s: %v", bad, err)
		}
	}
	x.fails("GetHumanReadableSummary", &iamshape.GetHumanReadableSummaryInput{EntityArn: arn + "0"}, "NoSuchEntity", "The delegation request with id "+id+"0 cannot be found.")
	x.fails("GetHumanReadableSummary", &iamshape.GetHumanReadableSummaryInput{EntityArn: account.DelegationARN("999999999999", id)}, "NoSuchEntity", "The delegation request with id "+id+" cannot be found.")
	for _, locale := range []string{"e!", "e-", "xxxx", "--", "en-é"} {
		_, err := x.call("GetHumanReadableSummary", &iamshape.GetHumanReadableSummaryInput{EntityArn: arn, Locale: &locale})
		if err == nil || err.Code != "InvalidInput" {
			t.Errorf("locale %s: %v", locale, err)
		}
	}
	out := do[iamshape.GetHumanReadableSummaryOutput](x, "GetHumanReadableSummary", &iamshape.GetHumanReadableSummaryInput{EntityArn: arn, Locale: ptr("ko-KR")})
	if *out.SummaryState != "NOT_SUPPORTED" || *out.SummaryContent != "" || *out.Locale != "ko-KR" {
		t.Errorf("%s %q %s", *out.SummaryState, *out.SummaryContent, *out.Locale)
	}
}
