package account

import "time"

// A Job is something that was asked for and is fetched later: a report, or the
// deletion of a service-linked role.
type Job struct {
	ID      string    `json:"id"`
	Kind    string    `json:"kind"` // one of the Job constants
	Created time.Time `json:"created"`
	// By is the unique id of the principal that asked, where only it may fetch.
	By string `json:"by,omitempty"`
	// About is what the job is about, such as the ARN of a role.
	About string `json:"about,omitempty"`
	// Data is the outcome, in a form of the kind's own.
	Data []byte `json:"data,omitempty"`
}

// Kinds of jobs.
const (
	JobCredentialReport    = "credential-report"
	JobServiceLastAccessed = "service-last-accessed"
	JobOrganizationAccess  = "organization-access"
	JobRoleDeletion        = "role-deletion"
)

// checkJobs holds that every job is of a kind that this version knows: what was
// asked for must not be answered by something else.
func (v *View) checkJobs(bad func(string, ...any)) {
	for j := range v.Jobs() {
		switch j.Kind {
		case JobCredentialReport, JobServiceLastAccessed, JobOrganizationAccess, JobRoleDeletion:
			if j.Created.IsZero() {
				bad("job %s is damaged", j.ID)
			}
		default:
			bad("job %s is of an unknown kind", j.ID)
		}
	}
}
