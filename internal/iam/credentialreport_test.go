package iam

import (
	"encoding/csv"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aratame/aratame/internal/account"
	"github.com/aratame/aratame/internal/shape/iamshape"
	"github.com/aratame/aratame/internal/usage"
)

// credentials gives the report by user, each with its columns by name.
func (x *tester) credentials() (order []string, users map[string]map[string]string) {
	x.Helper()
	out := do[iamshape.GetCredentialReportOutput](x, "GetCredentialReport", &iamshape.GetCredentialReportInput{})
	if *out.ReportFormat != "text/csv" || strings.HasSuffix(string(out.Content), "\n") {
		x.Errorf("%+v", out)
	}
	rows, err := csv.NewReader(strings.NewReader(string(out.Content))).ReadAll()
	if err != nil {
		x.Fatal(err)
	}
	x.same("columns", rows[0], credentialColumns...)
	users = map[string]map[string]string{}
	for _, row := range rows[1:] {
		order = append(order, row[0])
		users[row[0]] = map[string]string{}
		for i, name := range rows[0] {
			users[row[0]][name] = row[i]
		}
	}
	return order, users
}

// TestCredentialColumns: the names and their order are an interface of many
// tools.
func TestCredentialColumns(t *testing.T) {
	want := "user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,password_next_rotation,mfa_active," +
		"access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,access_key_1_last_used_region,access_key_1_last_used_service," +
		"access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date,access_key_2_last_used_region,access_key_2_last_used_service," +
		"cert_1_active,cert_1_last_rotated,cert_2_active,cert_2_last_rotated"
	if got := strings.Join(credentialColumns, ","); got != want {
		t.Error(got)
	}
}

func TestCredentialReport(t *testing.T) {
	x := newTest(t)
	at := func(day int) string { return x.now.AddDate(0, 0, day).Format(time.RFC3339) }
	key := func(id, status string, day int) account.AccessKey {
		return account.AccessKey{ID: id, Status: status, Created: x.now.AddDate(0, 0, day), Secret: []byte("s")}
	}
	for _, name := range []string{"Zoe", "bob", "Carl,Jr", "Alice"} {
		x.must("CreateUser", &iamshape.CreateUserInput{UserName: name, Path: ptr("/x/")})
	}
	x.change(func(tx *account.Tx) {
		zoe, bob, carl := tx.View().User("zoe").Clone(), tx.View().User("bob").Clone(), tx.View().User("carl,jr").Clone()
		zoe.Keys = []account.AccessKey{key("AKIA1", account.Inactive, -9), key("AKIA2", account.Active, -3)}
		zoe.Login = &account.LoginProfile{Hash: "h", Created: x.now.AddDate(0, 0, -50), Changed: x.now.AddDate(0, 0, -20)}
		zoe.SigningCertificates = []account.SigningCertificate{
			{ID: "C1", Body: "b", Status: account.Inactive, Uploaded: x.now.AddDate(0, 0, -2)},
			{ID: "C2", Body: "b", Status: account.Active, Uploaded: x.now.AddDate(0, 0, -1)},
		}
		bob.Keys = []account.AccessKey{key("AKIA3", account.Inactive, -4)}
		bob.Login = &account.LoginProfile{Hash: "h", Created: x.now, Changed: x.now}
		bob.SigningCertificates = []account.SigningCertificate{{ID: "C3", Body: "b", Status: account.Inactive, Uploaded: x.now.AddDate(0, 0, -5)}}
		tx.PutUser(zoe)
		tx.PutUser(bob)
		tx.PutUser(carl)
		tx.PutMFADevice(&account.MFADevice{ID: "d", Name: "d", Path: "/", Created: x.now, Seed: []byte("s"), User: bob.ID, Enabled: x.now})
		tx.PutMFADevice(&account.MFADevice{ID: "e", Name: "e", Path: "/", Created: x.now, Seed: []byte("s")})
		s := tx.View().Settings().Clone()
		s.Root.Keys = []account.AccessKey{key("AKIAR", account.Active, -7)}
		s.PasswordPolicy = &account.PasswordPolicy{MinLength: 6, MaxAge: 90}
		tx.PutSettings(s)
	})
	x.svc.Usage.Note(usage.AccessKey, testAccount, "AKIA2", x.now, "s3", "eu-west-1")
	x.svc.Usage.Note(usage.Password, testAccount, x.view.User("Zoe").ID, x.now.AddDate(0, 0, -1), "", "")
	x.svc.Usage.Note(usage.Password, testAccount, testAccount, x.now.AddDate(0, 0, -2), "", "")

	x.fails("GetCredentialReport", &iamshape.GetCredentialReportInput{}, "ReportNotPresent", "")
	first := do[iamshape.GenerateCredentialReportOutput](x, "GenerateCredentialReport", &iamshape.GenerateCredentialReportInput{})
	if *first.State != "STARTED" || *first.Description != "No report exists. Starting a new report generation task" {
		t.Errorf("%+v", first)
	}
	order, users := x.credentials()
	x.same("order", order, "<root_account>", "Alice", "bob", "Carl,Jr", "Zoe")
	for user, want := range map[string]string{
		"<root_account>": "arn:aws:iam::123456789012:root " + at(0) + " not_supported " + at(-2) + " not_supported not_supported false" +
			" true " + at(-7) + " N/A N/A N/A false N/A N/A N/A N/A false N/A false N/A",
		"Zoe": "arn:aws:iam::123456789012:user/x/Zoe " + at(0) + " true " + at(-1) + " " + at(-20) + " " + at(70) + " false" +
			" true " + at(-3) + " " + at(0) + " eu-west-1 s3 false " + at(-9) + " N/A N/A N/A true " + at(-1) + " false " + at(-2),
		"bob": "arn:aws:iam::123456789012:user/x/bob " + at(0) + " true no_information " + at(0) + " " + at(90) + " true" +
			" false " + at(-4) + " N/A N/A N/A false N/A N/A N/A N/A false " + at(-5) + " false N/A",
		"Carl,Jr": "arn:aws:iam::123456789012:user/x/Carl,Jr " + at(0) + " false N/A N/A N/A false" +
			" false N/A N/A N/A N/A false N/A N/A N/A N/A false N/A false N/A",
	} {
		var got []string
		for _, column := range credentialColumns[1:] {
			got = append(got, users[user][column])
		}
		x.same(user, strings.Fields(strings.Join(got, " ")), strings.Fields(want)...)
	}

	// It stays as it was for four hours.
	x.must("DeleteUser", &iamshape.DeleteUserInput{UserName: "Alice"})
	x.change(func(tx *account.Tx) {
		s := tx.View().Settings().Clone()
		s.PasswordPolicy.MaxAge = 0
		tx.PutSettings(s)
	})
	x.now = x.now.Add(4*time.Hour - time.Second)
	again := do[iamshape.GenerateCredentialReportOutput](x, "GenerateCredentialReport", &iamshape.GenerateCredentialReportInput{})
	if *again.State != "COMPLETE" || again.Description != nil {
		t.Errorf("%+v", again)
	}
	if order, _ := x.credentials(); len(order) != 5 {
		t.Error("the report has changed", order)
	}
	x.now = x.now.Add(time.Second)
	x.fails("GetCredentialReport", &iamshape.GetCredentialReportInput{}, "ReportExpired", errReportExpired.Message)
	if out := do[iamshape.GenerateCredentialReportOutput](x, "GenerateCredentialReport", &iamshape.GenerateCredentialReportInput{}); *out.State != "STARTED" {
		t.Errorf("%+v", out)
	}
	order, users = x.credentials()
	x.same("a new report", order, "<root_account>", "bob", "Carl,Jr", "Zoe")
	if got := users["Zoe"]["password_next_rotation"]; got != "N/A" {
		t.Error("passwords don't expire any more:", got)
	}
	if n := x.view.Count().Jobs; n != 1 {
		t.Error(n, "reports are kept")
	}
}

// TestCredentialReportSize: the report of an account with as many users as it
// may have fits a record.
func TestCredentialReportSize(t *testing.T) {
	x := newTest(t)
	x.change(func(tx *account.Tx) {
		for i := range account.DefaultQuotas.Users {
			tx.PutUser(&account.User{ID: fmt.Sprintf("AIDA%017d", i), Name: fmt.Sprintf("u%063d", i), Path: "/" + strings.Repeat("p", 100) + "/", Created: x.now})
		}
	})
	x.must("GenerateCredentialReport", &iamshape.GenerateCredentialReportInput{})
	if n := len(x.view.Job(credentialReportID).Data); n > 1<<20 {
		t.Error(n, "bytes")
	}
}
