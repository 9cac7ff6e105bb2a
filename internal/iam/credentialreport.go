package iam

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"slices"
	"time"

	"github.com/aratame/aratame/internal/account"
	"github.com/aratame/aratame/internal/api"
	"github.com/aratame/aratame/internal/awserr"
	"github.com/aratame/aratame/internal/awsid"
	"github.com/aratame/aratame/internal/shape"
	"github.com/aratame/aratame/internal/shape/iamshape"
	"github.com/aratame/aratame/internal/usage"
)

// credentialReportLasts is how long a credential report is served instead of a
// new one (IAM User Guide, "Generate credential reports for your AWS account").
const credentialReportLasts = 4 * time.Hour

// credentialReportID is the id of the one report of an account.
const credentialReportID = account.JobCredentialReport

// AWS was seen to answer ReportNotPresent without a message.
var (
	errReportNotPresent = awserr.New("ReportNotPresent", "")
	errReportExpired    = awserr.New("ReportExpired", "The credential report is more than four hours old. Generate a new one.")
)

func (s *Service) credentialReport() []api.Op {
	return []api.Op{
		api.Prepared(iamshape.OpGenerateCredentialReport, anything, s.makeCredentialReport, s.generateCredentialReport),
		api.Read(iamshape.OpGetCredentialReport, anything, getCredentialReport),
	}
}

// freshReport is the report that is served instead of a new one, or nil.
func freshReport(c *api.Call, v *account.View) *account.Job {
	if j := v.Job(credentialReportID); j != nil && c.Now.Sub(j.Created) < credentialReportLasts {
		return j
	}
	return nil
}

// makeCredentialReport makes the report, where there is none.
func (s *Service) makeCredentialReport(c *api.Call, v *account.View, _ *iamshape.GenerateCredentialReportInput) ([]byte, error) {
	if freshReport(c, v) != nil {
		return nil, nil
	}
	content, err := s.credentialCSV(v)
	if err != nil {
		return nil, err
	}
	return compressed(content)
}

// generateCredentialReport keeps the report: the next call already answers
// COMPLETE. It makes one when the one that was there has gone since.
func (s *Service) generateCredentialReport(c *api.Call, tx *account.Tx, in *iamshape.GenerateCredentialReportInput, report []byte) (_ *iamshape.GenerateCredentialReportOutput, err error) {
	if freshReport(c, tx.View()) != nil {
		return &iamshape.GenerateCredentialReportOutput{State: shape.Ptr(iamshape.ReportStateTypeCOMPLETE)}, nil
	}
	if report == nil {
		if report, err = s.makeCredentialReport(c, tx.View(), in); err != nil {
			return nil, err
		}
	}
	tx.PutJob(&account.Job{ID: credentialReportID, Kind: account.JobCredentialReport, Created: c.Seconds(), Data: report})
	return &iamshape.GenerateCredentialReportOutput{
		State:       shape.Ptr(iamshape.ReportStateTypeSTARTED),
		Description: shape.Ptr("No report exists. Starting a new report generation task"),
	}, nil
}

// getCredentialReport gives the report as it was when it was made.
func getCredentialReport(c *api.Call, v *account.View, _ *iamshape.GetCredentialReportInput) (*iamshape.GetCredentialReportOutput, error) {
	j := freshReport(c, v)
	switch {
	case v.Job(credentialReportID) == nil:
		return nil, errReportNotPresent
	case j == nil:
		return nil, errReportExpired
	}
	content, err := decompressed(j.Data)
	if err != nil {
		return nil, err
	}
	return &iamshape.GetCredentialReportOutput{
		Content: content, GeneratedTime: &j.Created, ReportFormat: shape.Ptr(iamshape.ReportFormatTypeTextCsv),
	}, nil
}

var credentialColumns = []string{
	"user", "arn", "user_creation_time",
	"password_enabled", "password_last_used", "password_last_changed", "password_next_rotation", "mfa_active",
	"access_key_1_active", "access_key_1_last_rotated",
	"access_key_1_last_used_date", "access_key_1_last_used_region", "access_key_1_last_used_service",
	"access_key_2_active", "access_key_2_last_rotated",
	"access_key_2_last_used_date", "access_key_2_last_used_region", "access_key_2_last_used_service",
	"cert_1_active", "cert_1_last_rotated", "cert_2_active", "cert_2_last_rotated",
}

const (
	notApplicable = "N/A"
	notSupported  = "not_supported"
	noInformation = "no_information"
)

// credentialCSV is the report: the root user first, then users by name. Lines
// end in a line feed, the last one in none.
func (s *Service) credentialCSV(v *account.View) ([]byte, error) {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	rows := func(yield func([]string) bool) {
		if yield(credentialColumns) && yield(s.rootCredentials(v)) {
			for u := range v.Users("") {
				if !yield(s.userCredentials(v, u)) {
					return
				}
			}
		}
	}
	for row := range rows {
		if err := w.Write(row); err != nil {
			return nil, fmt.Errorf("iam: writing a credential report: %w", err)
		}
	}
	w.Flush()
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), w.Error()
}

func (s *Service) rootCredentials(v *account.View) []string {
	root := v.Settings().Root
	row := []string{
		"<root_account>", awsid.Root(v.Account()), reportTime(v.Settings().Created),
		notSupported, s.passwordLastUsed(v.Account()), notSupported, notSupported, hasMFA(v, account.RootID),
	}
	row = append(row, s.keyColumns(root.Keys)...)
	return append(row, certificateColumns(root.SigningCertificates)...)
}

func (s *Service) userCredentials(v *account.View, u *account.User) []string {
	row := []string{u.Name, u.ARN(v.Account()), reportTime(u.Created)}
	if l := u.Login; l == nil {
		row = append(row, "false", notApplicable, notApplicable, notApplicable)
	} else {
		next := notApplicable
		if p := v.Settings().PasswordPolicy; p != nil && p.MaxAge > 0 {
			next = reportTime(l.Changed.AddDate(0, 0, p.MaxAge))
		}
		row = append(row, "true", s.passwordLastUsed(u.ID), reportTime(l.Changed), next)
	}
	row = append(row, hasMFA(v, u.ID))
	row = append(row, s.keyColumns(u.Keys)...)
	return append(row, certificateColumns(u.SigningCertificates)...)
}

func (s *Service) passwordLastUsed(id string) string {
	if at := s.passwordUsed(id); at != nil {
		return reportTime(*at)
	}
	return noInformation
}

func hasMFA(v *account.View, id string) string {
	for range v.DevicesOf(id) {
		return "true"
	}
	return "false"
}

// keyColumns puts the active key first, also when the other one is older.
func (s *Service) keyColumns(keys []account.AccessKey) []string {
	keys = slices.Clone(keys)
	slices.SortStableFunc(keys, func(a, b account.AccessKey) int { return activeFirst(a.Status, b.Status) })
	var row []string
	for i := range account.MaxKeysPerUser {
		if i >= len(keys) {
			row = append(row, "false", notApplicable, notApplicable, notApplicable, notApplicable)
			continue
		}
		row = append(row, isActive(keys[i].Status), reportTime(keys[i].Created))
		if last, ok := s.Usage.Last(usage.AccessKey, keys[i].ID); ok {
			row = append(row, reportTime(last.Time), last.Region, last.Service)
		} else {
			row = append(row, notApplicable, notApplicable, notApplicable)
		}
	}
	return row
}

func certificateColumns(certificates []account.SigningCertificate) []string {
	certificates = slices.Clone(certificates)
	slices.SortStableFunc(certificates, func(a, b account.SigningCertificate) int { return activeFirst(a.Status, b.Status) })
	var row []string
	for i := range account.MaxSigningCertsPerUser {
		if i >= len(certificates) {
			row = append(row, "false", notApplicable)
			continue
		}
		row = append(row, isActive(certificates[i].Status), reportTime(certificates[i].Uploaded))
	}
	return row
}

func activeFirst(a, b string) int {
	switch {
	case a == account.Active && b != account.Active:
		return -1
	case a != account.Active && b == account.Active:
		return 1
	}
	return 0
}

func isActive(status string) string {
	if status == account.Active {
		return "true"
	}
	return "false"
}

func reportTime(t time.Time) string { return t.UTC().Format(time.RFC3339) }
