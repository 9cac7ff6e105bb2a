package policy

import "strings"

// reasons are the words for the type of policy that decided: what didn't
// allow, and where the explicit deny stands (AWS IAM User Guide,
// troubleshooting access denied error messages).
var reasons = [...]struct{ implicit, explicit string }{
	Identity: {"no identity-based policy", "an identity-based policy"},
	Trust:    {"no role trust policy", "the role trust policy"},
	Resource: {"no resource-based policy", "a resource-based policy"},
	Boundary: {"no permissions boundary", "a permissions boundary"},
	Session:  {"no session policy", "a session policy"},
	SCP:      {"no service control policy", "a service control policy"},
	RCP:      {"no resource control policy", "a resource control policy"},
	Endpoint: {"no VPC endpoint policy", "a VPC endpoint policy"},
}

// Message returns AWS's AccessDenied sentence for the decision, or "" if it
// was allowed. The reason is given to callers of the resource's own account
// only; others learn that they are denied and nothing else. An explicit deny
// ends with the ARN of the policy if that has one and belongs to the caller's
// account or organization.
func (d *Decision) Message() string {
	if d.Effect == Allowed {
		return ""
	}
	if d.principalKind == WebIdentity || d.principalKind == SAML {
		return "Not authorized to perform " + d.Action
	}
	var b strings.Builder
	b.WriteString("User: " + d.Principal + " is not authorized to perform: " + d.Action)
	if d.Resource != "" && d.Resource != "*" {
		b.WriteString(" on resource: " + d.Resource)
	}
	if d.CrossAccount || d.By == 0 || d.principalKind == Anonymous || d.principalKind == Service {
		return b.String()
	}
	if d.Effect == ImplicitDeny {
		b.WriteString(" because " + reasons[d.By].implicit + " allows the " + d.Action + " action")
		return b.String()
	}
	b.WriteString(" with an explicit deny in " + reasons[d.By].explicit)
	if arn := d.denyARN(); arn != "" {
		b.WriteString(": " + arn)
	}
	return b.String()
}

// denyARN returns the ARN of the first policy of the deciding type that
// denied, for the types whose ARNs AWS shows.
func (d *Decision) denyARN() string {
	switch d.By {
	case Identity, Boundary, Session, SCP, RCP:
	default:
		return ""
	}
	for i := range d.Matched {
		if m := &d.Matched[i]; m.Deny && m.Policy == d.By && m.Source.ARN != "" {
			return m.Source.ARN
		}
	}
	return ""
}
