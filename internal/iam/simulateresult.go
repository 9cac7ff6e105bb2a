package iam

import (
	"context"
	"slices"

	"github.com/aratame/aratame/internal/awsid"
	"github.com/aratame/aratame/internal/catalog"
	"github.com/aratame/aratame/internal/shape"
	"github.com/aratame/aratame/internal/shape/iamshape"
	"github.com/aratame/aratame/policy"
)

// A simulatedDecision is that about one action on one resource.
type simulatedDecision struct {
	effect     policy.Effect
	statements []simulatedStatement
	missing    []string
	// details has a member for each type of policy, across accounts alone.
	details       map[string]string
	boundary      *bool // nil: there is none, or the organization decided
	organizations *bool
}

// A simulatedStatement is a statement that an answer names.
type simulatedStatement struct {
	policy *simulated
	index  int
}

// decide asks the engine. A statement of a type that only limits is named
// where it denies; what service control policies say is never told in detail.
func (s *simulation) decide(action, resource string) simulatedDecision {
	req := policy.Request{Principal: &s.principal, Action: action, Resource: resource, ResourceAccount: s.ownerOf(resource), Context: s.context}
	why := policy.Explain(&req, &s.policies)
	d := simulatedDecision{effect: why.Effect}
	if len(s.policies.SCPs) > 0 {
		allowed := s.allowedByOrganization(why)
		d.organizations = &allowed
		if !allowed {
			return d
		}
	}
	says := map[policy.Kind]policy.Effect{}
	for i := range why.Matched {
		m := &why.Matched[i]
		switch {
		case m.Deny:
			says[m.Policy] = policy.ExplicitDeny
		case says[m.Policy] == policy.ImplicitDeny:
			says[m.Policy] = policy.Allowed
		}
		decisive := m.Deny || d.effect == policy.Allowed && m.Policy != policy.Boundary
		if src := s.sources[m.Source]; src != nil && decisive {
			d.statements = append(d.statements, simulatedStatement{src, m.Statement})
		}
	}
	if d.effect == policy.ImplicitDeny {
		d.missing = s.missing
	}
	if s.policies.Boundary != nil {
		d.boundary = shape.Ptr(says[policy.Boundary] == policy.Allowed)
	}
	if why.CrossAccount {
		d.details = map[string]string{kindIdentity: says[policy.Identity].String(), kindResource: says[policy.Resource].String()}
		if s.policies.Boundary != nil {
			d.details[kindBoundary] = says[policy.Boundary].String()
		}
	}
	return d
}

// allowedByOrganization reports whether each level allows and none denies.
// They don't apply to service-linked roles, nor to what needs no permission.
func (s *simulation) allowedByOrganization(why *policy.Decision) bool {
	if why.Allowed() || s.principal.ServiceLinked {
		return true
	}
	levels := map[int]bool{}
	for i := range why.Matched {
		if m := &why.Matched[i]; m.Policy == policy.SCP {
			if m.Deny {
				return false
			}
			levels[m.Level] = true
		}
	}
	return len(levels) == len(s.policies.SCPs)
}

// ownerOf is the account of a resource: that in its ARN, or ResourceOwner.
// Without a resource policy only the caller's side is simulated, so that the
// resource counts as the caller's.
func (s *simulation) ownerOf(resource string) string {
	if s.policies.Resource == nil {
		return s.principal.Account
	}
	if a, err := awsid.ParseARN(resource); err == nil && a.Account != "" {
		return a.Account
	}
	return s.owner
}

// result is the answer for one action, and a bound of its bytes.
func (s *simulation) result(ctx context.Context, action string) (iamshape.EvaluationResult, int, error) {
	r := iamshape.EvaluationResult{
		EvalActionName: &action, EvalResourceName: &s.resources[0], MatchedStatements: []iamshape.Statement{}, MissingContextValues: []string{},
	}
	named := s.resources[0] != "*"
	if len(s.resources) > 1 {
		r.EvalResourceName = shape.Ptr(formOf(action, s.resources[0]))
	}
	if named {
		r.EvalDecisionDetails = map[string]string{}
	}
	total, n := simulatedTotal{simulatedDecision: simulatedDecision{effect: policy.Allowed}, seen: map[simulatedStatement]bool{}}, resultBytes+written(action)
	for i := range s.resources {
		if err := ctx.Err(); err != nil {
			return r, n, err
		}
		d := s.decide(action, s.resources[i])
		total.add(&d)
		if named {
			n += resourceBytes + written(s.resources[i]) + d.written(s.missingBytes)
		}
		if n > maxSimulationAnswer {
			return r, n, errTooLargeSimulation()
		}
		if named {
			r.ResourceSpecificResults = append(r.ResourceSpecificResults, iamshape.ResourceSpecificResult{
				EvalResourceName: &s.resources[i], EvalResourceDecision: shape.Ptr(d.effect.String()), EvalDecisionDetails: d.details,
				MatchedStatements: statements(nil, d.statements), MissingContextValues: d.missing, PermissionsBoundaryDecisionDetail: boundaryDetail(d.boundary),
			})
		}
	}
	if n += total.written(s.missingBytes) + written(*r.EvalResourceName); n > maxSimulationAnswer {
		return r, n, errTooLargeSimulation()
	}
	r.EvalDecision = shape.Ptr(total.effect.String())
	r.MatchedStatements = statements(r.MatchedStatements, total.statements)
	r.MissingContextValues = append(r.MissingContextValues, total.missing...)
	r.PermissionsBoundaryDecisionDetail = boundaryDetail(total.boundary)
	if total.details != nil {
		r.EvalDecisionDetails = total.details
	}
	if total.organizations != nil {
		r.OrganizationsDecisionDetail = &iamshape.OrganizationsDecisionDetail{AllowedByOrganizations: total.organizations}
	}
	return r, n, nil
}

// formOf is the form of ARNs that an action is authorized on and that a
// resource has; "*" where there is none.
func formOf(action, resource string) string {
	if a, ok := catalog.LookupAction(action); ok {
		if types := a.ResourceTypes(resource); len(types) > 0 {
			return types[0].ARN
		}
	}
	return "*"
}

// A simulatedTotal is the decision about an action on all resources.
type simulatedTotal struct {
	simulatedDecision
	seen map[simulatedStatement]bool
}

// add takes one more resource in: the most restrictive decision counts, and
// beside an explicit denial the statements that allow another resource are
// left out.
func (d *simulatedTotal) add(more *simulatedDecision) {
	if d.effect != policy.ExplicitDeny && more.effect == policy.ExplicitDeny {
		d.statements = nil
	}
	if d.effect != policy.ExplicitDeny || more.effect == policy.ExplicitDeny {
		for _, st := range more.statements {
			if !d.seen[st] {
				d.seen[st] = true
				d.statements = append(d.statements, st)
			}
		}
	}
	if restrictiveness(more.effect) > restrictiveness(d.effect) {
		d.effect = more.effect
	}
	if len(d.missing) == 0 {
		d.missing = more.missing
	}
	d.boundary, d.organizations = both(d.boundary, more.boundary), both(d.organizations, more.organizations)
	for k, v := range more.details {
		if d.details == nil {
			d.details = map[string]string{}
		}
		if old, ok := d.details[k]; !ok || old == policy.Allowed.String() || v == policy.ExplicitDeny.String() {
			d.details[k] = v
		}
	}
}

func restrictiveness(e policy.Effect) int {
	return slices.Index([]policy.Effect{policy.Allowed, policy.ImplicitDeny, policy.ExplicitDeny}, e)
}

// both joins what is known of two resources.
func both(a, b *bool) *bool {
	if a == nil || b != nil && !*b {
		return b
	}
	return a
}

func boundaryDetail(allowed *bool) *iamshape.PermissionsBoundaryDecisionDetail {
	if allowed == nil {
		return nil
	}
	return &iamshape.PermissionsBoundaryDecisionDetail{AllowedByPermissionsBoundary: allowed}
}

// statements appends statements in the form of answers.
func statements(to []iamshape.Statement, list []simulatedStatement) []iamshape.Statement {
	for _, st := range list {
		p := st.policy
		start, end := p.first, p.doc.Statements[st.index].End
		if st.index > 0 {
			start = p.doc.Statements[st.index-1].End
		}
		to = append(to, iamshape.Statement{
			SourcePolicyId: &p.id, SourcePolicyType: &p.kind, StartPosition: place(start), EndPosition: place(end),
		})
	}
	return to
}

func place(p policy.Position) *iamshape.Position {
	return &iamshape.Position{Line: shape.Ptr(int32(p.Line)), Column: shape.Ptr(int32(p.Column))}
}
