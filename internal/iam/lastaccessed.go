package iam

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aratame/aratame/internal/account"
	"github.com/aratame/aratame/internal/api"
	"github.com/aratame/aratame/internal/awserr"
	"github.com/aratame/aratame/internal/catalog"
	"github.com/aratame/aratame/internal/shape"
	"github.com/aratame/aratame/internal/shape/iamshape"
)

// maxAccessReports is how many reports of last access an account keeps: enough
// to ask for one about each entity before fetching the first, as audit tools do.
// maxReportBytes bounds them together.
const (
	maxAccessReports = 2000
	maxReportBytes   = 32 << 20
)

const (
	serviceLevel = "SERVICE_LEVEL"
	actionLevel  = "ACTION_LEVEL"

	jobCompleted = "COMPLETED"
	jobFailed    = "FAILED"
)

func (s *Service) lastAccessed() []api.Op {
	return []api.Op{
		api.Prepared(iamshape.OpGenerateServiceLastAccessedDetails,
			func(_ *api.Call, v *account.View, in *iamshape.GenerateServiceLastAccessedDetailsInput) (api.Target, error) {
				return accessTarget(v, in.Arn, true)
			}, s.makeAccessReport, generateServiceLastAccessedDetails),
		api.Read(iamshape.OpGetServiceLastAccessedDetails, anything, s.getServiceLastAccessedDetails),
		api.Read(iamshape.OpGetServiceLastAccessedDetailsWithEntities, anything, s.getServiceLastAccessedDetailsWithEntities),
	}
}

// accessTarget is the entity, or the managed policy, whose access is asked
// about. Entities go by their names, as in the simulator, and are authorized on
// the ARN that they have.
func accessTarget(v *account.View, arn string, policies bool) (api.Target, error) {
	if policies {
		if _, ok := policyARN(arn); ok {
			return onPolicy(v, arn)
		}
	}
	kind, name, err := accessEntity(v, arn)
	if err != nil {
		return api.Target{}, err
	}
	t := roleTarget(v, name)
	switch kind {
	case "user":
		t = userTarget(v, name)
	case "group":
		t = groupTarget(v, name)
	}
	t.Shown = arn
	return t, nil
}

func accessEntity(v *account.View, arn string) (kind, name string, err error) {
	acct, kind, name, ok := entityARN(arn)
	if !ok || acct != v.Account() {
		return "", "", invalidInput("Invalid ARN provided in the request: %s", arn)
	}
	return kind, name, nil
}

// makeAccessReport makes the report, which may be about every user.
func (s *Service) makeAccessReport(c *api.Call, v *account.View, in *iamshape.GenerateServiceLastAccessedDetailsInput) ([]byte, error) {
	level := serviceLevel
	if in.Granularity != nil {
		level = *in.Granularity
	}
	report, err := s.accessReport(c, v, in.Arn, level)
	if err != nil {
		return nil, err
	}
	return packReport(report)
}

// generateServiceLastAccessedDetails keeps the report.
func generateServiceLastAccessedDetails(c *api.Call, tx *account.Tx, in *iamshape.GenerateServiceLastAccessedDetailsInput, report []byte) (*iamshape.GenerateServiceLastAccessedDetailsOutput, error) {
	makeRoom(c, tx, len(report))
	j := newJob(c, tx, account.JobServiceLastAccessed, in.Arn, report)
	return &iamshape.GenerateServiceLastAccessedDetailsOutput{JobId: &j.ID}, nil
}

// makeRoom drops reports of last access where an account has too many: the
// caller's from the oldest on, then the others, so that who asks for many loses
// their own.
func makeRoom(c *api.Call, tx *account.Tx, size int) {
	left, room := pruneReports(c, tx, account.JobServiceLastAccessed)
	slices.SortStableFunc(left, func(a, b *account.Job) int {
		return cmp.Compare(present(a.By != c.Caller.Principal.ID), present(b.By != c.Caller.Principal.ID))
	})
	for _, j := range left {
		size += len(j.Data)
	}
	for i := 0; i < min(room, len(left)) && (len(left)-i >= maxAccessReports || size > maxReportBytes); i++ {
		tx.DeleteJob(left[i])
		size -= len(left[i].Data)
	}
}

// accessJob gives a report to who asked for it: the same user, or the same role
// in any session. For others there is none.
func (s *Service) accessJob(c *api.Call, v *account.View, id string) (*account.Job, *accessReport, error) {
	j, err := findReport(c, v, account.JobServiceLastAccessed, id)
	if err == nil && j.By != c.Caller.Principal.ID {
		err = errNoJob(id)
	}
	if err != nil {
		return nil, nil, err
	}
	r := new(accessReport)
	return j, r, openReport(j, r)
}

func (s *Service) getServiceLastAccessedDetails(c *api.Call, v *account.View, in *iamshape.GetServiceLastAccessedDetailsInput) (*iamshape.GetServiceLastAccessedDetailsOutput, error) {
	j, r, err := s.accessJob(c, v, in.JobId)
	if err != nil {
		return nil, err
	}
	p, err := s.page(c, v, in.Marker, in.MaxItems, &in.JobId)
	if err != nil {
		return nil, err
	}
	out := &iamshape.GetServiceLastAccessedDetailsOutput{
		JobStatus: shape.Ptr(jobCompleted), JobType: &r.Level, JobCreationDate: &j.Created, JobCompletionDate: &j.Created,
		ServicesLastAccessed: []iamshape.ServiceLastAccessed{}, Error: r.Failure.out(),
	}
	if r.Failure != nil {
		out.JobStatus = shape.Ptr(jobFailed)
	}
	for _, svc := range take(p, slices.Values(r.Services), func(svc accessedService) string { return svc.Namespace }) {
		shown, err := r.service(svc)
		if err != nil {
			return nil, err
		}
		out.ServicesLastAccessed = append(out.ServicesLastAccessed, shown)
	}
	out.IsTruncated, out.Marker = p.truncated(), p.marker()
	return out, nil
}

// service is one of a report as the answer shows it.
func (r *accessReport) service(svc accessedService) (out iamshape.ServiceLastAccessed, err error) {
	out = iamshape.ServiceLastAccessed{
		ServiceName: shape.Ptr(serviceName(svc.Namespace)), ServiceNamespace: &svc.Namespace,
		TotalAuthenticatedEntities: shape.Ptr(int32(svc.Count)),
	}
	show := func(p packedAccesses) (arn *string, at *time.Time, region *string) {
		if len(p) == 0 || err != nil {
			return nil, nil, nil
		}
		var a access
		if a, _, err = r.unpack(p); err != nil {
			return nil, nil, nil
		}
		return &r.Entities[a.Entity].ARN, a.at(), &a.Region
	}
	out.LastAuthenticatedEntity, out.LastAuthenticated, out.LastAuthenticatedRegion = show(svc.Uses)
	for _, a := range svc.Actions {
		tracked := iamshape.TrackedActionLastAccessed{ActionName: &a.Name}
		tracked.LastAccessedEntity, tracked.LastAccessedTime, tracked.LastAccessedRegion = show(a.Last)
		out.TrackedActionsLastAccessed = append(out.TrackedActionsLastAccessed, tracked)
	}
	return out, err
}

// serviceName is how AWS calls a service.
func serviceName(namespace string) string {
	if s, ok := catalog.LookupService(namespace); ok {
		return s.Name
	}
	return namespace
}

// getServiceLastAccessedDetailsWithEntities lists all users and roles that the
// report is about: those that used the service, the last one first, then the
// others.
func (s *Service) getServiceLastAccessedDetailsWithEntities(c *api.Call, v *account.View, in *iamshape.GetServiceLastAccessedDetailsWithEntitiesInput) (*iamshape.GetServiceLastAccessedDetailsWithEntitiesOutput, error) {
	j, r, err := s.accessJob(c, v, in.JobId)
	if err != nil {
		return nil, err
	}
	p, err := s.page(c, v, in.Marker, in.MaxItems, &in.JobId, &in.ServiceNamespace)
	if err != nil {
		return nil, err
	}
	out := &iamshape.GetServiceLastAccessedDetailsWithEntitiesOutput{
		JobStatus: shape.Ptr(jobCompleted), JobCreationDate: &j.Created, JobCompletionDate: &j.Created,
		EntityDetailsList: []iamshape.EntityDetails{}, Error: r.Failure.out(), IsTruncated: shape.Ptr(false),
	}
	if r.Failure != nil {
		out.JobStatus = shape.Ptr(jobFailed)
		return out, nil
	}
	if _, ok := catalog.LookupService(in.ServiceNamespace); !ok {
		return nil, errNoService(in.ServiceNamespace)
	}
	i := slices.IndexFunc(r.Services, func(svc accessedService) bool { return strings.EqualFold(svc.Namespace, in.ServiceNamespace) })
	if i < 0 {
		return out, nil
	}
	details, err := r.entities(r.Services[i])
	if err != nil {
		return nil, err
	}
	for _, n := range takeIndexes(p, len(details)) {
		out.EntityDetailsList = append(out.EntityDetailsList, details[n])
	}
	out.IsTruncated, out.Marker = p.truncated(), p.marker()
	return out, nil
}

func errNoService(namespace string) error {
	return awserr.Newf("InvalidInput", "Invalid service namespace: %s", namespace)
}

// entities lists those of a report by their use of a service.
func (r *accessReport) entities(svc accessedService) ([]iamshape.EntityDetails, error) {
	var out []iamshape.EntityDetails
	used := make(map[int]bool, svc.Count)
	for rest := svc.Uses; len(rest) > 0; {
		var u access
		var err error
		if u, rest, err = r.unpack(rest); err != nil {
			return nil, err
		}
		used[u.Entity] = true
		out = append(out, iamshape.EntityDetails{EntityInfo: r.Entities[u.Entity].out(), LastAuthenticated: u.at()})
	}
	for i := range r.Entities {
		if !used[i] {
			out = append(out, iamshape.EntityDetails{EntityInfo: r.Entities[i].out()})
		}
	}
	return out, nil
}

// takeIndexes gives the places in a list of n elements that never changes.
func takeIndexes(p *page, n int) []int {
	return take(p, func(yield func(int) bool) {
		for i := range n {
			if !yield(i) {
				return
			}
		}
	}, func(i int) string { return fmt.Sprintf("%09d", i) })
}

// byTime orders newer uses first, and those of one second as the entities are.
func byTime(a, b access) int {
	return cmp.Or(cmp.Compare(b.Unix, a.Unix), cmp.Compare(a.Entity, b.Entity))
}
