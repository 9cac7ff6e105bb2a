// Package decide gathers every policy that applies to a request and lets
// package policy evaluate them. It holds the compiled policy sets of principals,
// so that the cost of a decision depends on neither how many principals an
// account has nor on how often their documents were parsed.
//
//   - decide.go    a request and its decision
//   - sets.go      compiled sets, held as long as what they were made of stands
//   - simulate.go  the same policies one by one, for simulations
package decide

import (
	"fmt"

	"github.com/aratame/aratame/internal/account"
	"github.com/aratame/aratame/internal/session"
	"github.com/aratame/aratame/policy"
)

// A Subject is who asks, as found in one View.
type Subject struct {
	Principal policy.Principal
	// View is the state of the principal's account; nil for nobody.
	View *account.View
	// User is the IAM user that signed, or that a GetSessionToken or
	// GetFederationToken session was made by.
	User *account.User
	// Role is the role behind a session.
	Role *account.Role
	// Session is set for temporary credentials.
	Session *session.Session
}

// A Request is one action on one resource.
type Request struct {
	Subject *Subject
	Action  string
	// Resource is an ARN or "*"; ResourceAccount the account that owns it.
	Resource, ResourceAccount string
	Context                   policy.Context
	// Trust is the role whose trust policy must agree; nil where no role is
	// assumed.
	Trust *account.Role
}

// Decide returns the outcome. An error means that the decision couldn't be
// made: the caller refuses.
func (d *Decider) Decide(r *Request) (policy.Outcome, error) {
	req, policies, err := d.gather(r)
	if err != nil {
		return policy.Outcome{}, err
	}
	return policy.Evaluate(&req, &policies), nil
}

// Explain returns the outcome with its reasons. It costs many times what
// Decide costs and always agrees with it.
func (d *Decider) Explain(r *Request) (*policy.Decision, error) {
	req, policies, err := d.gather(r)
	if err != nil {
		return nil, err
	}
	return policy.Explain(&req, &policies), nil
}

func (d *Decider) gather(r *Request) (policy.Request, policy.Policies, error) {
	s := r.Subject
	req := policy.Request{
		Principal: &s.Principal, Action: r.Action, Resource: r.Resource,
		ResourceAccount: r.ResourceAccount, Context: r.Context,
	}
	var p policy.Policies
	if s.View != nil && s.Principal.Kind != policy.Root {
		sets, err := d.principal(s)
		if err != nil {
			return req, p, err
		}
		p.Identity, p.Boundary = sets.identity, sets.boundary
	}
	if s.Session != nil {
		p.SessionRequired = s.Session.Kind == session.FederatedUser
		if s.Session.HasPolicies() {
			set, err := d.session(s)
			if err != nil {
				return req, p, err
			}
			p.Session = []*policy.Set{set}
		}
	}
	if r.Trust != nil {
		set, err := d.trust(r.Trust)
		if err != nil {
			return req, p, err
		}
		p.Trust = set
	}
	return req, p, nil
}

// damaged wraps the error of a stored document that can't be read. It was
// valid when it was saved, so the store or this program is at fault, and
// nothing is decided on a part of the policies.
func damaged(source policy.Source, err error) error {
	return fmt.Errorf("decide: stored policy %s %s of %s: %w", source.ARN, source.Name, source.Owner, err)
}
