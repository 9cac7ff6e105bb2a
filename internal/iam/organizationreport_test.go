package iam

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aratame/aratame/internal/account"
	"github.com/aratame/aratame/internal/catalog"
	"github.com/aratame/aratame/internal/shape/iamshape"
)

const (
	testRoot   = "o-abcdefghij/r-abcd"
	testEntity = testRoot + "/" + testAccount
	testMember = "210987654321"
)

func (x *tester) organize(management string) {
	x.change(func(tx *account.Tx) {
		s := tx.View().Settings().Clone()
		s.Organization = &account.Organization{ID: "o-abcdefghij", Root: "r-abcd", Management: management, Members: []string{testMember}}
		tx.PutSettings(s)
	})
}

func (x *tester) orgReport(path string, policy *string, key string) *iamshape.GetOrganizationsAccessReportOutput {
	x.Helper()
	job := *do[iamshape.GenerateOrganizationsAccessReportOutput](x, "GenerateOrganizationsAccessReport",
		&iamshape.GenerateOrganizationsAccessReportInput{EntityPath: path, OrganizationsPolicyId: policy}).JobId
	in := &iamshape.GetOrganizationsAccessReportInput{JobId: job, MaxItems: ptr(int32(1000))}
	if key != "" {
		in.SortKey = &key
	}
	return do[iamshape.GetOrganizationsAccessReportOutput](x, "GetOrganizationsAccessReport", in)
}

// used shows the services of a report that were used, as they are listed.
func used(out *iamshape.GetOrganizationsAccessReportOutput) []string {
	var lines []string
	for _, d := range out.AccessDetails {
		if d.LastAuthenticatedTime != nil {
			lines = append(lines, fmt.Sprintf("%s %d %s %s %s", *d.ServiceNamespace, *d.TotalAuthenticatedEntities, *d.EntityPath, d.LastAuthenticatedTime.Format("15:04"), *d.Region))
		} else if *d.TotalAuthenticatedEntities != 0 || d.EntityPath != nil || d.Region != nil {
			lines = append(lines, "wrong "+*d.ServiceNamespace)
		}
	}
	return lines
}

func TestOrganizationsAccessReport(t *testing.T) {
	x := newAccess(t)
	generate := &iamshape.GenerateOrganizationsAccessReportInput{EntityPath: testRoot}
	x.fails("GenerateOrganizationsAccessReport", generate, "OrganizationNotFoundException", errNoOrganization.Message)
	x.organize(testMember)
	x.fails("GenerateOrganizationsAccessReport", generate, "CallerIsNotManagementAccountException", errNotManagement.Message)
	x.change(func(tx *account.Tx) {
		s := tx.View().Settings().Clone()
		s.Organization.Management, s.Organization.BillingOnly = testAccount, true
		tx.PutSettings(s)
	})
	x.fails("GenerateOrganizationsAccessReport", generate, "OrganizationNotInAllFeaturesModeException", errNotAllFeatures.Message)
	x.organize(testAccount)

	x.tried("user", "alice", "iam", "GetUser", 1)
	x.tried("role", "app", "iam", "GetUser", 3)
	x.tried("role", "app", "sts", "AssumeRole", 2)
	x.svc.Usage.NoteAttempt(testAccount, testAccount, "iam", "GetUser", x.now, "us-east-1") // root
	x.svc.Usage.NoteAttempt(testMember, "AIDAMEMBER", "s3", "GetObject", x.now.Add(4*time.Minute), "eu-west-1")
	x.svc.Usage.NoteAttempt(testMember, "AIDAMEMBER", "sts", "AssumeRole", x.now.Add(5*time.Minute), "eu-west-1")
	x.svc.Usage.NoteAttempt("000000000000", "AIDAOTHER", "sqs", "SendMessage", x.now, "us-east-1")
	x.svc.Usage.NoteAttempt(testMember, "AIDAOLD", "ec2", "RunInstances", x.now.Add(-401*24*time.Hour), "eu-west-1")

	iam := "iam 3 " + testEntity + " 12:03 us-east-1"
	member := testRoot + "/" + testMember
	s3, sts := "s3 1 "+member+" 12:04 eu-west-1", "sts 2 "+member+" 12:05 eu-west-1"
	all := x.orgReport(testRoot, nil, "")
	x.same("root", used(all), iam, s3, sts)
	if n := int32(len(catalog.Services())); *all.NumberOfServicesAccessible != n || *all.NumberOfServicesNotAccessed != n-3 || len(all.AccessDetails) != int(n) || *all.JobStatus != "COMPLETED" {
		t.Errorf("%+v", all)
	}
	x.same("descending", used(x.orgReport(testRoot+"/", nil, "SERVICE_NAMESPACE_DESCENDING")), sts, s3, iam)
	x.same("ascending", used(x.orgReport(testRoot, ptr("p-FullAWSAccess"), "SERVICE_NAMESPACE_ASCENDING")), iam, s3, sts)
	oldest := x.orgReport(testRoot, nil, "LAST_AUTHENTICATED_TIME_ASCENDING")
	x.same("oldest", used(oldest), iam, s3, sts)
	newest := x.orgReport(testRoot, nil, "LAST_AUTHENTICATED_TIME_DESCENDING")
	x.same("newest", used(newest), sts, s3, iam)
	if oldest.AccessDetails[0].LastAuthenticatedTime != nil || newest.AccessDetails[0].LastAuthenticatedTime == nil {
		t.Error("what wasn't used is oldest")
	}
	x.same("management", used(x.orgReport(testEntity, nil, "")), iam, "sts 1 "+testEntity+" 12:02 us-east-1")
	x.same("member", used(x.orgReport(member, nil, "")), s3, "sts 1 "+member+" 12:05 eu-west-1")

	for _, c := range []struct {
		path    string
		policy  *string
		message string
	}{
		{"o-abcdefghik/r-abcd", nil, "The organization entity with path o-abcdefghik/r-abcd cannot be found."},
		{"o-abcdefghij/r-abce", nil, "The organization entity with path o-abcdefghij/r-abce cannot be found."},
		{testRoot + "/000000000000", nil, "The organization entity with path " + testRoot + "/000000000000 cannot be found."},
		{testRoot + "/ou-abcd-12345678/" + testMember, nil, "The organization entity with path " + testRoot + "/ou-abcd-12345678/" + testMember + " cannot be found."},
		{testRoot, ptr("p-12345678"), "The organization policy with id p-12345678 cannot be found."},
	} {
		out := x.orgReport(c.path, c.policy, "")
		if *out.JobStatus != "FAILED" || out.ErrorDetails == nil || *out.ErrorDetails.Code != "NoSuchEntity" || *out.ErrorDetails.Message != c.message || out.AccessDetails != nil {
			t.Errorf("%s: %+v", c.path, out)
		}
	}

	none := strings.Repeat("x", 36)
	x.fails("GetOrganizationsAccessReport", &iamshape.GetOrganizationsAccessReportInput{JobId: none}, "NoSuchEntity", "The job with id "+none+" cannot be found.")
	job := x.report(x.arn("user", "alice"), "")
	x.fails("GetOrganizationsAccessReport", &iamshape.GetOrganizationsAccessReportInput{JobId: job}, "NoSuchEntity", "The job with id "+job+" cannot be found.")
}

func TestOrganizationReportsAreBounded(t *testing.T) {
	x := newAccess(t)
	x.organize(testAccount)
	generate := &iamshape.GenerateOrganizationsAccessReportInput{EntityPath: testEntity}
	for range maxOrganizationReports {
		x.must("GenerateOrganizationsAccessReport", generate)
	}
	x.fails("GenerateOrganizationsAccessReport", generate, "ReportGenerationLimitExceeded", "Cannot exceed quota for OrganizationsAccessReports: 100")
	x.now = x.now.Add(keptReports)
	x.must("GenerateOrganizationsAccessReport", generate)
	if n := x.view.Count().Jobs; n != maxOrganizationReports-maxPrunedJobs+1 {
		t.Error(n)
	}
}

func TestOrganizationReportPages(t *testing.T) {
	x := newAccess(t)
	x.organize(testAccount)
	x.tried("user", "alice", "iam", "GetUser", 1)
	x.tried("user", "alice", "sts", "AssumeRole", 1)
	x.tried("user", "alice", "sqs", "SendMessage", 2)
	out := x.orgReport(testRoot, nil, "")
	if len(out.AccessDetails) != len(catalog.Services()) {
		t.Fatal(len(out.AccessDetails))
	}
	job := *do[iamshape.GenerateOrganizationsAccessReportOutput](x, "GenerateOrganizationsAccessReport", &iamshape.GenerateOrganizationsAccessReportInput{EntityPath: testRoot}).JobId
	in := &iamshape.GetOrganizationsAccessReportInput{JobId: job, MaxItems: ptr(int32(1)), SortKey: ptr("LAST_AUTHENTICATED_TIME_DESCENDING")}
	var got []string
	for range 4 {
		out := do[iamshape.GetOrganizationsAccessReportOutput](x, "GetOrganizationsAccessReport", in)
		got = append(got, *out.AccessDetails[0].ServiceNamespace)
		in.Marker = out.Marker
	}
	x.same("pages", got, "sqs", "iam", "sts", catalog.Services()[0].Prefix)
	in.SortKey = nil
	x.fails("GetOrganizationsAccessReport", in, "ValidationError", "Invalid Marker.")
}
