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
