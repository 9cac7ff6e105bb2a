package account

import (
	"slices"
	"time"
)

// A DelegationRequest asks the owner of an account to lend permissions for a
// while. It is kept in the account that is asked.
type DelegationRequest struct {
	ID        string    `json:"id"`
	Created   time.Time `json:"created"`
	Updated   time.Time `json:"updated"`
	Expires   time.Time `json:"expires,omitzero"`
	State     string    `json:"state"`
	Requestor string    `json:"requestor"`       // account number of who asks
	Name      string    `json:"name,omitempty"`  // of who asks, to be shown
	Owner     string    `json:"owner,omitempty"` // ARN of the principal it is assigned to
	Approver  string    `json:"approver,omitempty"`
	// Description, Message, Notes and Reason are words of people.
	Description     string `json:"description,omitempty"`
	Message         string `json:"message,omitempty"`
	Notes           string `json:"notes,omitempty"`
	Reason          string `json:"reason,omitempty"`
	RedirectURL     string `json:"redirectURL,omitempty"`
	Channel         string `json:"channel,omitempty"`
	Workflow        string `json:"workflow,omitempty"`
	OnlySendByOwner bool   `json:"onlySendByOwner,omitempty"`
	Seconds         int    `json:"seconds"`
	// Policy is the document of the permissions asked for.
	Policy     string                `json:"policy,omitempty"`
	Template   string                `json:"template,omitempty"`
	Parameters []DelegationParameter `json:"parameters,omitempty"`
	// Sent tells when the token was handed over; zero when it wasn't.
	Sent time.Time `json:"sent,omitzero"`
}

// A DelegationParameter fills a place in a policy template.
type DelegationParameter struct {
	Name   string   `json:"name"`
	Values []string `json:"values,omitempty"`
	Type   string   `json:"type,omitempty"`
}

// Clone returns a copy whose slices may be changed.
func (d *DelegationRequest) Clone() *DelegationRequest {
	c := *d
	c.Parameters = slices.Clone(d.Parameters)
	return &c
}

// A RoleSource is the template that a role was acquired from.
type RoleSource struct {
	Template string `json:"template"` // ARN
	Minor    int    `json:"minor"`
}
