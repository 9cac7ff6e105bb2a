package account

import "slices"

// An Organization is what an account knows of the organization that it is part
// of. Only the management account's settings list the members.
type Organization struct {
	ID         string `json:"id"`         // "o-…"
	Root       string `json:"root"`       // "r-…"
	Management string `json:"management"` // account number
	// Members are the other accounts, sorted.
	Members []string `json:"members,omitempty"`
	// Trusted are the service principals with trusted access, sorted.
	Trusted []string `json:"trusted,omitempty"`
	// Administrators are the accounts to which IAM is delegated, sorted.
	Administrators []string `json:"administrators,omitempty"`
	// RootCredentials and RootSessions are the features that are enabled.
	RootCredentials bool `json:"rootCredentials,omitempty"`
	RootSessions    bool `json:"rootSessions,omitempty"`
}

// Clone returns a copy whose slices may be changed; nil for nil.
func (o *Organization) Clone() *Organization {
	if o == nil {
		return nil
	}
	c := *o
	c.Members, c.Trusted, c.Administrators = slices.Clone(o.Members), slices.Clone(o.Trusted), slices.Clone(o.Administrators)
	return &c
}
