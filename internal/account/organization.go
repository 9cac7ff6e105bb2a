package account

import "slices"

// IAMPrincipal is the service principal whose trusted access lets IAM work
// across an organization.
const IAMPrincipal = "iam.amazonaws.com"

// An Organization is what an account knows of the organization that it is part
// of. In the settings of a member only ID, Root and Management are set; the rest
// is the management account's.
type Organization struct {
	ID         string `json:"id"`         // "o-…"
	Root       string `json:"root"`       // "r-…"
	Management string `json:"management"` // account number
	// BillingOnly says that it hasn't all features.
	BillingOnly bool `json:"billingOnly,omitempty"`
	// Members are the other accounts, sorted. All are directly below the root.
	Members []string `json:"members,omitempty"`
	// Trusted are the service principals with trusted access, sorted.
	Trusted []string `json:"trusted,omitempty"`
	// Administrators are the members to which IAM is delegated, sorted.
	Administrators []string `json:"administrators,omitempty"`
	// RootCredentials and RootSessions are the features that are enabled.
	RootCredentials bool `json:"rootCredentials,omitempty"`
	RootSessions    bool `json:"rootSessions,omitempty"`
}

// Path is that of an account in it, as aws:PrincipalOrgPaths has it.
func (o *Organization) Path() string { return o.ID + "/" + o.Root + "/" }

// Administers reports whether the account may administer IAM in the
// organization. It is asked of the management account's settings.
func (o *Organization) Administers(account string) bool {
	return o.Management == account || slices.Contains(o.Administrators, account)
}

// Trusts reports whether a service has trusted access.
func (o *Organization) Trusts(principal string) bool { return slices.Contains(o.Trusted, principal) }

// Clone returns a copy whose slices may be changed; nil for nil.
func (o *Organization) Clone() *Organization {
	if o == nil {
		return nil
	}
	c := *o
	c.Members, c.Trusted, c.Administrators = slices.Clone(o.Members), slices.Clone(o.Trusted), slices.Clone(o.Administrators)
	return &c
}
