package iam

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/aratame/aratame/internal/account"
	"github.com/aratame/aratame/internal/api"
	"github.com/aratame/aratame/internal/awserr"
	"github.com/aratame/aratame/internal/awsid"
	"github.com/aratame/aratame/internal/catalog"
	"github.com/aratame/aratame/internal/shape"
	"github.com/aratame/aratame/internal/shape/iamshape"
)

const (
	// maxOrganizationReports is how many reports about an organization its
	// management account keeps.
	maxOrganizationReports = 100

	keyOrganizationsPolicy = "iam:organizationspolicyid"

	// fullAccessPolicy is the one service control policy that every
	// organization has.
	fullAccessPolicy = "p-FullAWSAccess"
)

var (
	errNoOrganization     = awserr.New("OrganizationNotFoundException", "The request was rejected because the account is not in an organization.")
	errNotManagement      = awserr.New("CallerIsNotManagementAccountException", "The request was rejected because the account is not the management account of its organization.")
	errOrganizationReport = awserr.Newf("ReportGenerationLimitExceeded", "Cannot exceed quota for OrganizationsAccessReports: %d", maxOrganizationReports)
)

func (s *Service) organizationReport() []api.Op {
	return []api.Op{
		api.Prepared(iamshape.OpGenerateOrganizationsAccessReport,
			func(_ *api.Call, v *account.View, in *iamshape.GenerateOrganizationsAccessReportInput) (api.Target, error) {
				t := api.Target{Resource: awsid.IAM(v.Account(), "access-report", "/", in.EntityPath)}
				return withKey(t, keyOrganizationsPolicy, in.OrganizationsPolicyId), nil
			}, s.makeOrganizationReport, generateOrganizationsAccessReport),
		api.Read(iamshape.OpGetOrganizationsAccessReport, anything, s.getOrganizationsAccessReport),
	}
}

// An organizationAccess is what a report about an organization came to.
type organizationAccess struct {
	Failure  *reportFailure       `json:"failure,omitempty"`
	Services []organizationRecent `json:"services"` // by namespace
}

type organizationRecent struct {
	Namespace  string    `json:"ns"`
	Principals int       `json:"n,omitempty"` // that used it
	At         time.Time `json:"at,omitzero"`
	Region     string    `json:"r,omitempty"`
	Path       string    `json:"path,omitempty"` // of the account of the last use
}

// makeOrganizationReport makes the report, which is about all that is known of
// all accounts.
func (s *Service) makeOrganizationReport(c *api.Call, v *account.View, in *iamshape.GenerateOrganizationsAccessReportInput) ([]byte, error) {
	if err := checkManagement(v); err != nil {
		return nil, err
	}
	o, report := v.Settings().Organization, &organizationAccess{}
	if accounts, err := entityAccounts(o, in.EntityPath, in.OrganizationsPolicyId); err != nil {
		report.Failure = &reportFailure{err.Code, err.Message}
	} else {
		report.Services = s.organizationServices(c, o, accounts)
	}
	return packReport(report)
}

func generateOrganizationsAccessReport(c *api.Call, tx *account.Tx, in *iamshape.GenerateOrganizationsAccessReportInput, report []byte) (*iamshape.GenerateOrganizationsAccessReportOutput, error) {
	if err := checkManagement(tx.View()); err != nil {
		return nil, err
	}
	if left, _ := pruneReports(c, tx, account.JobOrganizationAccess); len(left) >= maxOrganizationReports {
		return nil, errOrganizationReport
	}
	j := newJob(c, tx, account.JobOrganizationAccess, in.EntityPath, report)
	return &iamshape.GenerateOrganizationsAccessReportOutput{JobId: &j.ID}, nil
}

func checkManagement(v *account.View) error {
	switch o := v.Settings().Organization; {
	case o == nil:
		return errNoOrganization
	case o.Management != v.Account():
		return errNotManagement
	case o.BillingOnly: // it can't have service control policies
		return errNotAllFeatures
	}
	return nil
}

// entityAccounts gives the accounts under the path of the root or of an account.
// An organization has neither organizational units nor policies of its own here,
// so that every service is allowed everywhere.
func entityAccounts(o *account.Organization, path string, policy *string) ([]string, *awserr.Error) {
	all := append([]string{o.Management}, o.Members...)
	parts := strings.Split(strings.TrimSuffix(path, "/"), "/")
	switch {
	case parts[0] != o.ID || parts[1] != o.Root: // the model asks for both
	case policy != nil && *policy != fullAccessPolicy:
		return nil, awserr.Newf("NoSuchEntity", "The organization policy with id %s cannot be found.", *policy)
	case len(parts) == 2:
		return all, nil
	case len(parts) == 3 && slices.Contains(all, parts[2]):
		return parts[2:], nil
	}
	return nil, awserr.Newf("NoSuchEntity", "The organization entity with path %s cannot be found.", path)
}

// organizationServices lists all services with what the principals of the
// accounts last asked of them. Nothing is known of accounts that are elsewhere.
func (s *Service) organizationServices(c *api.Call, o *account.Organization, accounts []string) []organizationRecent {
	var out []organizationRecent
	at := map[string]int{}
	for _, svc := range catalog.Services() {
		at[svc.Prefix] = len(out)
		out = append(out, organizationRecent{Namespace: svc.Prefix})
	}
	for _, acct := range accounts {
		path := strings.Join([]string{o.ID, o.Root, acct}, "/")
		for _, a := range s.Usage.AccountAttempts(acct) {
			i, ok := at[a.Service]
			if !ok || tooLongAgo(c, a.Time) {
				continue
			}
			r := &out[i]
			r.Principals++
			if r.At.Before(a.Time) {
				r.At, r.Region, r.Path = a.Time, a.Region, path
			}
		}
	}
	return out
}

// getOrganizationsAccessReport may be called by whom the management account
// allows to, not only by who asked for the report.
func (s *Service) getOrganizationsAccessReport(c *api.Call, v *account.View, in *iamshape.GetOrganizationsAccessReportInput) (*iamshape.GetOrganizationsAccessReportOutput, error) {
	j, err := findReport(c, v, account.JobOrganizationAccess, in.JobId)
	if err != nil {
		return nil, err
	}
	p, err := s.page(c, v, in.Marker, in.MaxItems, &in.JobId, in.SortKey)
	if err != nil {
		return nil, err
	}
	r := new(organizationAccess)
	if err := openReport(j, r); err != nil {
		return nil, err
	}
	out := &iamshape.GetOrganizationsAccessReportOutput{
		JobStatus: shape.Ptr(jobCompleted), JobCreationDate: &j.Created, JobCompletionDate: &j.Created, IsTruncated: shape.Ptr(false),
	}
	if r.Failure != nil {
		out.JobStatus, out.ErrorDetails = shape.Ptr(jobFailed), r.Failure.out()
		return out, nil
	}
	unused := 0
	for i := range r.Services {
		if r.Services[i].Principals == 0 {
			unused++
		}
	}
	out.NumberOfServicesAccessible = shape.Ptr(int32(len(r.Services)))
	out.NumberOfServicesNotAccessed = shape.Ptr(int32(unused))
	slices.SortStableFunc(r.Services, organizationOrder(in.SortKey))
	for _, n := range takeIndexes(p, len(r.Services)) {
		out.AccessDetails = append(out.AccessDetails, r.Services[n].out())
	}
	out.IsTruncated, out.Marker = p.truncated(), p.marker()
	return out, nil
}

// organizationOrder is that of a sort key; services of one time, such as all
// that weren't used, are ordered by namespace. What wasn't used is oldest.
func organizationOrder(key *string) func(a, b organizationRecent) int {
	byName := func(a, b organizationRecent) int { return cmp.Compare(a.Namespace, b.Namespace) }
	if key == nil {
		return byName
	}
	switch *key {
	case iamshape.SortKeyTypeServiceNamespaceDescending:
		return func(a, b organizationRecent) int { return byName(b, a) }
	case iamshape.SortKeyTypeLastAuthenticatedTimeAscending:
		return func(a, b organizationRecent) int { return cmp.Or(a.At.Compare(b.At), byName(a, b)) }
	case iamshape.SortKeyTypeLastAuthenticatedTimeDescending:
		return func(a, b organizationRecent) int { return cmp.Or(b.At.Compare(a.At), byName(a, b)) }
	}
	return byName
}

func (r *organizationRecent) out() iamshape.AccessDetail {
	out := iamshape.AccessDetail{
		ServiceName: shape.Ptr(serviceName(r.Namespace)), ServiceNamespace: &r.Namespace,
		TotalAuthenticatedEntities: shape.Ptr(int32(r.Principals)),
	}
	if r.Principals > 0 {
		out.LastAuthenticatedTime, out.Region, out.EntityPath = &r.At, &r.Region, &r.Path
	}
	return out
}
