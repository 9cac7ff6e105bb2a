package account

import (
	"maps"
	"slices"
	"time"

	"github.com/aratame/aratame/internal/awsid"
)

// States of delegation requests.
const (
	DelegationUnassigned = "UNASSIGNED"
	DelegationAssigned   = "ASSIGNED"
	DelegationPending    = "PENDING_APPROVAL"
	DelegationAccepted   = "ACCEPTED"
	DelegationFinalized  = "FINALIZED"
	DelegationRejected   = "REJECTED"
	DelegationExpired    = "EXPIRED"
)

// How long requests stand (IAM User Guide, "Understanding the Request
// Lifecycle"): a new one for a day, one in any other state for seven days. An
// expired one is kept for DelegationRetention, which AWS doesn't tell.
const (
	UnassignedDelegationLife = 24 * time.Hour
	DelegationLife           = 7 * 24 * time.Hour
	DelegationRetention      = 30 * 24 * time.Hour

	// MaxDelegations is how many requests that have not expired an account may
	// have made, and how many it may own; AWS's number is not known.
	MaxDelegations = 100
	// MaxDelegatedPolicySize is in characters, parameters filled in.
	MaxDelegatedPolicySize = 2048
	// MaxRootDelegationSeconds is the longest session that root can accept.
	MaxRootDelegationSeconds = 4 * 3600
)

// A DelegationRequest asks the owner of an account to lend permissions for a
// while. The account that makes it keeps it as it was made. The account that
// associates it keeps a copy, and what is decided is written there alone; where
// both are one account there is one record.
type DelegationRequest struct {
	ID      string    `json:"id"`
	Created time.Time `json:"created"`
	Updated time.Time `json:"updated"`
	Expires time.Time `json:"expires"` // of the present state
	// State is what was decided last; StateAt says what holds.
	State     string `json:"state"`
	Requestor string `json:"requestor"`      // account number of who asks
	Name      string `json:"name,omitempty"` // of who asks, to be shown
	// OwnerAccount is the account asked; "" until one has associated it.
	OwnerAccount string `json:"ownerAccount,omitempty"`
	// Owner is the ARN of the principal it is assigned to and OwnerID its
	// aws:userid; empty until it is.
	Owner    string              `json:"owner,omitempty"`
	OwnerID  string              `json:"ownerID,omitempty"`
	Approver *DelegationApprover `json:"approver,omitempty"`
	// Description, Message, Notes and Reason are words of people.
	Description     string `json:"description,omitempty"`
	Message         string `json:"message,omitempty"`
	Notes           string `json:"notes,omitempty"`
	Reason          string `json:"reason,omitempty"`
	RedirectURL     string `json:"redirectURL,omitempty"`
	Channel         string `json:"channel"`
	Workflow        string `json:"workflow"`
	OnlySendByOwner bool   `json:"onlySendByOwner,omitempty"`
	Seconds         int    `json:"seconds"`
	// Policy is the document of the permissions asked for, parameters filled in.
	Policy     string                `json:"policy"`
	Template   string                `json:"template"`
	Parameters []DelegationParameter `json:"parameters,omitempty"`
	// Sent tells when the token was handed over; zero when it wasn't.
	Sent time.Time `json:"sent,omitzero"`
}

// A DelegationApprover is who has accepted a request, and whom the delegated
// session acts as.
type DelegationApprover struct {
	ARN string `json:"arn"`
	// UserID is aws:userid: AIDA…, AROA…:NAME, or the account number of root.
	UserID string `json:"userID"`
	// Role and Session are set for a session of a role: the role's unique id and
	// the session's name.
	Role    string `json:"role,omitempty"`
	Session string `json:"session,omitempty"`
	// These are what the session carries for its whole life; Context are
	// condition keys with their values, and Transitive the keys of those tags
	// that go on to the sessions assumed from it.
	Tags           []Tag    `json:"tags,omitempty"`
	Transitive     []string `json:"transitive,omitempty"`
	SourceIdentity string   `json:"sourceIdentity,omitempty"`
	Provider       string   `json:"provider,omitempty"`
	Context        []Tag    `json:"context,omitempty"`
}

// A DelegationParameter fills a place in a policy template.
type DelegationParameter struct {
	Name   string   `json:"name"`
	Values []string `json:"values,omitempty"`
	Type   string   `json:"type,omitempty"`
}

// StateAt is the state at a time: EXPIRED once the time of the last one is over.
func (d *DelegationRequest) StateAt(now time.Time) string {
	if !now.Before(d.Expires) {
		return DelegationExpired
	}
	return d.State
}

// GoneAt reports whether a request has been expired for so long that it counts
// as deleted.
func (d *DelegationRequest) GoneAt(now time.Time) bool {
	return !now.Before(d.Expires.Add(DelegationRetention))
}

// AccessEnds is when all delegated sessions of a request end; it is of use once
// the token was sent.
func (d *DelegationRequest) AccessEnds() time.Time {
	return d.Sent.Add(time.Duration(d.Seconds) * time.Second)
}

// ARN returns the request's ARN in the given account.
func (d *DelegationRequest) ARN(account string) string { return DelegationARN(account, d.ID) }

// DelegationARN returns the ARN of a request, which need not exist.
func DelegationARN(account, id string) string {
	return awsid.IAM(account, "delegation-request", "/", id)
}

// DelegationClaim is the claim of the account that has associated a request.
func DelegationClaim(id string) string { return "delegation-request/" + id }

// Clone returns a copy whose slices may be changed. The approver is shared: it
// is replaced as a whole.
func (d *DelegationRequest) Clone() *DelegationRequest {
	c := *d
	c.Parameters = slices.Clone(d.Parameters)
	return &c
}

// valid holds what every request must have.
func (d *DelegationRequest) valid() bool {
	switch d.State {
	case DelegationUnassigned:
		return d.Owner == "" && d.Approver == nil && d.Sent.IsZero() && d.complete()
	case DelegationAssigned, DelegationPending, DelegationRejected:
		return d.Owner != "" && d.OwnerID != "" && d.OwnerAccount != "" && d.Sent.IsZero() && d.complete()
	case DelegationAccepted:
		return d.Owner != "" && d.Approver != nil && d.Sent.IsZero() && d.complete()
	case DelegationFinalized:
		return d.Owner != "" && d.Approver != nil && !d.Sent.IsZero() && d.complete()
	}
	return false
}

func (d *DelegationRequest) complete() bool {
	return d.ID != "" && d.Requestor != "" && d.Seconds > 0 && d.Policy != "" && d.Workflow != "" && !d.Expires.IsZero()
}

// A RoleSource is the template that a role was acquired from.
type RoleSource struct {
	Template string `json:"template"` // ARN
	Minor    int    `json:"minor"`
	// Values are those that its parameters were given.
	Values map[string][]string `json:"values,omitempty"`
	// Digest is that of the configuration that the template gave the role. While
	// the role has another one, it has been changed by hand.
	Digest string `json:"digest"`
}

// Clone returns a copy whose map may be changed.
func (r *RoleSource) Clone() *RoleSource {
	c := *r
	c.Values = maps.Clone(r.Values)
	return &c
}
