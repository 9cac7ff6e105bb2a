package wire

import (
	"encoding/json"
	"encoding/xml"
	"io"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/aratame/aratame/internal/awserr"
	"github.com/aratame/aratame/internal/shape"
	"github.com/aratame/aratame/internal/shape/iamshape"
	"github.com/aratame/aratame/internal/shape/shapetest"
	"github.com/aratame/aratame/internal/shape/stsshape"
)

func allOperations() []*shape.Operation {
	return append(append([]*shape.Operation{}, iamshape.Operations()...), stsshape.Operations()...)
}

// Whatever satisfies the contract survives the way to a form and back, and is
// routed to its operation.
func TestFormRoundTrip(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for _, op := range allOperations() {
		for i := range 30 {
			in := op.NewInput()
			(&shapetest.Filler{Rand: rng, Full: i == 0}).Fill(op.Input, in)
			raw, err := EncodeForm(op, in)
			if err != nil {
				t.Fatal(err)
			}
			f, err := ParseForm([]byte(raw))
			if err != nil {
				t.Fatalf("%s: %v", raw, err)
			}
			if got, err := Route(op.Service, f); err != nil || got != op {
				t.Fatalf("%s is routed to %v, %v", op.Name, got, err)
			}
			out, err := Decode(op, f)
			if err != nil {
				t.Fatalf("%s %s: %v", op.Name, raw, err)
			}
			if d := cmp.Diff(in, out); d != "" {
				t.Fatalf("%s %s: %s", op.Name, raw, d)
			}
		}
	}
}

func TestXMLRoundTrip(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	for _, op := range allOperations() {
		for i := range 30 {
			in := op.NewOutput()
			(&shapetest.Filler{Rand: rng, Full: i == 0}).Fill(op.Output, in)
			doc, err := AppendXML(nil, op, in, "id-1")
			if err != nil {
				t.Fatal(err)
			}
			out, id, err := DecodeXML(op, doc)
			if err != nil {
				t.Fatalf("%s: %v\n%s", op.Name, err, doc)
			}
			if d := cmp.Diff(in, out); d != "" || id != "id-1" {
				t.Fatalf("%s: %s\n%s", op.Name, d, doc)
			}
			doc, err = AppendJSON(nil, op, in, "id-1")
			if err != nil || !json.Valid(doc) {
				t.Fatalf("%s: %v: %s", op.Name, err, doc)
			}
			if doc, err = AuditResponseJSON(op, in); err != nil || !json.Valid(doc) {
				t.Fatalf("%s: %v: %s", op.Name, err, doc)
			}
		}
	}
}

var identity = &stsshape.GetCallerIdentityOutput{Account: shape.Ptr("123456789012"), Arn: shape.Ptr("arn:aws:iam::123456789012:user/Bob"), UserId: shape.Ptr("AIDAQEAAAAAAAAAAAAAAA")}

func TestAnswers(t *testing.T) {
	const iamNS, stsNS = "https://iam.amazonaws.com/doc/2010-05-08/", "https://sts.amazonaws.com/doc/2011-06-15/"
	const meta = "<ResponseMetadata><RequestId>id-1</RequestId></ResponseMetadata>"
	created := time.Date(2026, 2, 17, 10, 44, 52, 999, time.FixedZone("", 3600))
	user := &iamshape.User{UserName: shape.Ptr("a&b"), CreateDate: &created, Tags: []iamshape.Tag{{Key: "k", Value: ""}}}
	for _, c := range []struct {
		op        *shape.Operation
		out       any
		xml, json string
	}{
		{stsshape.OpGetCallerIdentity, identity,
			`<GetCallerIdentityResponse xmlns="` + stsNS + `"><GetCallerIdentityResult><Account>123456789012</Account><Arn>arn:aws:iam::123456789012:user/Bob</Arn><UserId>AIDAQEAAAAAAAAAAAAAAA</UserId></GetCallerIdentityResult>` + meta + `</GetCallerIdentityResponse>`,
			`{"GetCallerIdentityResponse":{"GetCallerIdentityResult":{"Account":"123456789012","Arn":"arn:aws:iam::123456789012:user/Bob","UserId":"AIDAQEAAAAAAAAAAAAAAA"},"ResponseMetadata":{"RequestId":"id-1"}}}`},
		{iamshape.OpDeleteUser, nil,
			`<DeleteUserResponse xmlns="` + iamNS + `">` + meta + `</DeleteUserResponse>`,
			`{"DeleteUserResponse":{"ResponseMetadata":{"RequestId":"id-1"}}}`},
		{iamshape.OpDeleteUser, &iamshape.DeleteUserOutput{},
			`<DeleteUserResponse xmlns="` + iamNS + `">` + meta + `</DeleteUserResponse>`,
			`{"DeleteUserResponse":{"ResponseMetadata":{"RequestId":"id-1"}}}`},
		{iamshape.OpListUsers, &iamshape.ListUsersOutput{IsTruncated: shape.Ptr(false), Users: []iamshape.User{}},
			`<ListUsersResponse xmlns="` + iamNS + `"><ListUsersResult><IsTruncated>false</IsTruncated><Users></Users></ListUsersResult>` + meta + `</ListUsersResponse>`,
			`{"ListUsersResponse":{"ListUsersResult":{"IsTruncated":false,"Users":[]},"ResponseMetadata":{"RequestId":"id-1"}}}`},
		{iamshape.OpGetUser, &iamshape.GetUserOutput{User: user},
			`<GetUserResponse xmlns="` + iamNS + `"><GetUserResult><User><CreateDate>2026-02-17T09:44:52Z</CreateDate><Tags><member><Key>k</Key><Value></Value></member></Tags><UserName>a&amp;b</UserName></User></GetUserResult>` + meta + `</GetUserResponse>`,
			`{"GetUserResponse":{"GetUserResult":{"User":{"CreateDate":1771321492,"Tags":[{"Key":"k","Value":""}],"UserName":"a\u0026b"}},"ResponseMetadata":{"RequestId":"id-1"}}}`},
		{iamshape.OpGetAccountSummary, &iamshape.GetAccountSummaryOutput{SummaryMap: map[string]int32{"Users": 2, "Roles": 1}},
			`<GetAccountSummaryResponse xmlns="` + iamNS + `"><GetAccountSummaryResult><SummaryMap><entry><key>Roles</key><value>1</value></entry><entry><key>Users</key><value>2</value></entry></SummaryMap></GetAccountSummaryResult>` + meta + `</GetAccountSummaryResponse>`,
			`{"GetAccountSummaryResponse":{"GetAccountSummaryResult":{"SummaryMap":{"Roles":1,"Users":2}},"ResponseMetadata":{"RequestId":"id-1"}}}`},
		{iamshape.OpGetCredentialReport, &iamshape.GetCredentialReportOutput{Content: []byte("a,b\n")},
			`<GetCredentialReportResponse xmlns="` + iamNS + `"><GetCredentialReportResult><Content>YSxiCg==</Content></GetCredentialReportResult>` + meta + `</GetCredentialReportResponse>`,
			`{"GetCredentialReportResponse":{"GetCredentialReportResult":{"Content":"YSxiCg=="},"ResponseMetadata":{"RequestId":"id-1"}}}`},
		{iamshape.OpGetUser, (*iamshape.GetUserOutput)(nil),
			`<GetUserResponse xmlns="` + iamNS + `"><GetUserResult></GetUserResult>` + meta + `</GetUserResponse>`,
			`{"GetUserResponse":{"GetUserResult":{},"ResponseMetadata":{"RequestId":"id-1"}}}`},
	} {
		got, err := AppendXML([]byte("x"), c.op, c.out, "id-1")
		if err != nil || string(got) != "x"+c.xml {
			t.Errorf("%s: %v\n got %s\nwant x%s", c.op.Name, err, got, c.xml)
		}
		got, err = AppendJSON([]byte("x"), c.op, c.out, "id-1")
		if err != nil || string(got) != "x"+c.json {
			t.Errorf("%s: %v\n got %s\nwant x%s", c.op.Name, err, got, c.json)
		}
	}
	for _, bad := range []any{iamshape.GetUserOutput{}, &iamshape.GetRoleOutput{}, "x", 1} {
		_, errXML := AppendXML(nil, iamshape.OpGetUser, bad, "")
		_, errJSON := AppendJSON(nil, iamshape.OpGetUser, bad, "")
		_, errAudit := AuditResponseJSON(iamshape.OpGetUser, bad)
		if errXML == nil || errJSON == nil || errAudit == nil {
			t.Errorf("%T is taken for the output of GetUser", bad)
		}
	}
}

func TestErrorAnswers(t *testing.T) {
	for _, c := range []struct {
		e         *awserr.Error
		xml, json string
	}{
		{awserr.New("NoSuchEntity", "no <b>"),
			`<Error><Type>Sender</Type><Code>NoSuchEntity</Code><Message>no &lt;b&gt;</Message></Error>`,
			`{"Error":{"Code":"NoSuchEntity","Message":"no \u003cb\u003e","Type":"Sender"},"RequestId":"id"}`},
		{awserr.New("ReportNotPresent", ""),
			`<Error><Type>Sender</Type><Code>ReportNotPresent</Code></Error>`,
			`{"Error":{"Code":"ReportNotPresent","Message":"","Type":"Sender"},"RequestId":"id"}`},
		{&awserr.Error{Code: "X", Message: "m", Status: 503, Cause: io.EOF},
			`<Error><Type>Receiver</Type><Code>X</Code><Message>m</Message></Error>`,
			`{"Error":{"Code":"X","Message":"m","Type":"Receiver"},"RequestId":"id"}`},
		{awserr.New("ServiceFailure", "m"),
			`<Error><Type>Receiver</Type><Code>ServiceFailure</Code><Message>m</Message></Error>`,
			`{"Error":{"Code":"ServiceFailure","Message":"m","Type":"Receiver"},"RequestId":"id"}`},
	} {
		want := `<ErrorResponse xmlns="` + iamshape.Namespace + `">` + c.xml + `<RequestId>id</RequestId></ErrorResponse>`
		if got := string(AppendErrorXML(nil, iamshape.Namespace, c.e, "id")); got != want {
			t.Errorf("got %s\nwant %s", got, want)
		}
		if got := string(AppendErrorJSON(nil, c.e, "id")); got != c.json {
			t.Errorf("got %s\nwant %s", got, c.json)
		}
		_, id, err := DecodeXML(iamshape.OpGetUser, []byte(want))
		if got := awserr.From(err); got.Code != c.e.Code || got.Message != c.e.Message || id != "id" {
			t.Errorf("read back: %v %s", got, id)
		}
	}
}

// Any string becomes text that a reader turns back into it, with U+FFFD for
// what can't be carried.
func TestTextIsSafe(t *testing.T) {
	replaced := func(s string) string {
		return strings.Map(func(r rune) rune {
			if r < ' ' && r != '\t' && r != '\n' && r != '\r' || r == 0xFFFE || r == 0xFFFF {
				return '\uFFFD'
			}
			return r
		}, s)
	}
	var all strings.Builder
	for r := range rune(0x300) {
		all.WriteRune(r)
	}
	for _, s := range []string{"", "a", all.String(), "]]><x>&amp;", "\u2028\u2029", "\xff\xfe", "a\xc3", "\uFFFE\uFFFF\uFFFD", "𐀀\r\n", "\xed\xa0\x80"} {
		var got string
		doc := append(appendXMLText([]byte("<a>"), s), "</a>"...)
		if err := xml.Unmarshal(doc, &got); err != nil || got != replaced(s) {
			t.Errorf("%q: XML %q, %v", s, got, err)
		}
		doc = appendJSONString(nil, s)
		if err := json.Unmarshal(doc, &got); err != nil || got != strings.ToValidUTF8(s, "\uFFFD") && !strings.Contains(s, "\xff") && !strings.Contains(s, "\xed") {
			t.Errorf("%q: JSON %q, %v", s, got, err)
		}
	}
}

func TestWantsJSON(t *testing.T) {
	for accept, want := range map[string]bool{"": false, "*/*": false, "application/json": true, "Application/JSON; q=0.5": true,
		"text/xml, application/json": false, "text/html, application/json": true, "application/jsonp": false} {
		if WantsJSON(accept) != want {
			t.Errorf("%q: %v", accept, !want)
		}
	}
}

// Audit elements show every member but no sensitive value, in any operation.
func TestAuditHidesSecrets(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	hidden := 0
	check := func(op *shape.Operation, s *shape.Shape, v any, audit func(*shape.Operation, any) (json.RawMessage, error)) {
		(&shapetest.Filler{Rand: rng, Full: true}).Fill(s, v)
		const secret = "fd0c9f0secret"
		want := plant(s, reflect.ValueOf(v).Elem(), secret)
		doc, err := audit(op, v)
		if err != nil || !json.Valid(doc) {
			t.Fatalf("%s: %v %s", op.Name, err, doc)
		}
		if strings.Contains(string(doc), secret) || strings.Contains(string(doc), "ZmQwYzlmMHNlY3JldA") || strings.Count(string(doc), Hidden) != want {
			t.Errorf("%s: not %d times hidden: %s", op.Name, want, doc)
		}
		hidden += want
	}
	for _, op := range allOperations() {
		check(op, op.Input, op.NewInput(), AuditJSON)
		check(op, op.Output, op.NewOutput(), AuditResponseJSON)
	}
	if hidden < 25 {
		t.Errorf("only %d values to hide", hidden)
	}
	created := time.Date(2026, 2, 17, 9, 44, 52, 0, time.UTC)
	got, err := AuditResponseJSON(iamshape.OpCreateAccessKey, &iamshape.CreateAccessKeyOutput{AccessKey: &iamshape.AccessKey{
		AccessKeyId: shape.Ptr("AKIAX"), CreateDate: &created, SecretAccessKey: shape.Ptr("s")}})
	if want := `{"accessKey":{"accessKeyId":"AKIAX","createDate":"Feb 17, 2026, 9:44:52 AM","secretAccessKey":"HIDDEN_DUE_TO_SECURITY_REASONS"}}`; err != nil || string(got) != want {
		t.Errorf("%v %s", err, got)
	}
	if got, err := AuditJSON(iamshape.OpListUsers, nil); err != nil || string(got) != "null" {
		t.Errorf("%v %s", err, got)
	}
}

// plant puts the secret in every sensitive member and counts them.
func plant(s *shape.Shape, v reflect.Value, secret string) int {
	v, ok := indirect(v)
	if !ok {
		return 0
	}
	if s.Sensitive {
		if s.Kind == shape.Blob {
			v.SetBytes([]byte(secret))
		} else {
			v.SetString(secret)
		}
		return 1
	}
	n := 0
	switch s.Kind {
	case shape.Structure:
		for i, m := range s.Members {
			n += plant(m.Shape, v.Field(i), secret)
		}
	case shape.List:
		for i := range v.Len() {
			n += plant(s.Elem, v.Index(i), secret)
		}
	}
	return n
}
