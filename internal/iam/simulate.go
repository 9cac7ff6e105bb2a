package iam

import (
	"fmt"

	"github.com/aratame/aratame/internal/account"
	"github.com/aratame/aratame/internal/api"
	"github.com/aratame/aratame/internal/awserr"
	"github.com/aratame/aratame/internal/awsid"
	"github.com/aratame/aratame/internal/decide"
	"github.com/aratame/aratame/internal/shape/iamshape"
	"github.com/aratame/aratame/policy"
)

// The simulator asks the engine that decides about real requests. Its answers
// have the form that IAM gave in 2026, when a result became one of an action:
// what each resource came to is in its ResourceSpecificResults.
//
//   - simulate.go         the operations, and whose policies they ask
//   - simulateinput.go    actions, resources and documents of a request
//   - simulatecontext.go  condition keys: given, or known of the caller
//   - simulateexclude.go  policies that are left out
//   - simulateresult.go   from decisions to answers
//   - simulatework.go     what a request may cost

func (s *Service) simulations() []api.Op {
	return []api.Op{
		api.Read(iamshape.OpSimulateCustomPolicy, anything, s.simulateCustomPolicy),
		api.Read(iamshape.OpSimulatePrincipalPolicy,
			policySourceTarget(func(in *iamshape.SimulatePrincipalPolicyInput) string { return in.PolicySourceArn }), s.simulatePrincipalPolicy),
		api.Read(iamshape.OpGetContextKeysForCustomPolicy, anything, getContextKeysForCustomPolicy),
		api.Read(iamshape.OpGetContextKeysForPrincipalPolicy,
			policySourceTarget(func(in *iamshape.GetContextKeysForPrincipalPolicyInput) string { return in.PolicySourceArn }), s.getContextKeysForPrincipalPolicy),
	}
}

func invalidInput(format string, args ...any) error {
	return awserr.Newf("InvalidInput", format, args...)
}

// entityARN reads the ARN of a user, group or role of any account.
func entityARN(arn string) (acct, kind, name string, ok bool) {
	a, err := awsid.ParseARN(arn)
	if err != nil || a.Service != "iam" || a.Region != "" || !awsid.ValidAccountID(a.Account) {
		return "", "", "", false
	}
	kind, _, name, ok = awsid.SplitPath(a.Resource)
	return a.Account, kind, name, ok && (kind == "user" || kind == "group" || kind == "role")
}

// policySource reads a PolicySourceArn. The entity goes by its name: IAM was
// seen to pay no heed to the path. So the target is the entity's own ARN, or a
// permission on another path would do.
func policySource(v *account.View, arn string) (kind, name string, err error) {
	acct, kind, name, ok := entityARN(arn)
	switch {
	case !ok:
		return "", "", invalidInput("Invalid ARN provided in the request: %s", arn)
	case acct != v.Account():
		return "", "", invalidInput("Invalid Policy Source Arn: caller's account %s does not have access to policies in account %s.", v.Account(), acct)
	}
	return kind, name, nil
}

func policySourceTarget[I any](arn func(*I) string) api.TargetFunc[I] {
	return func(_ *api.Call, v *account.View, in *I) (api.Target, error) {
		kind, name, err := policySource(v, arn(in))
		if err != nil {
			return api.Target{}, err
		}
		var t api.Target
		switch kind {
		case "user":
			t = userTarget(v, name)
		case "group":
			t = groupTarget(v, name)
		default:
			t = roleTarget(v, name)
		}
		t.Shown = arn(in)
		return t, nil
	}
}

// A source is the entity of a PolicySourceArn, on which the call was authorized.
// Only of it does a simulation tell what isn't in the request; SimulateCustomPolicy
// has none.
type source struct {
	arn      string // that it really has
	id       string // of users and roles
	tags     []account.Tag
	policies decide.Attached
}

func (s *Service) source(v *account.View, arn string) (*source, error) {
	kind, name, err := policySource(v, arn)
	if err != nil {
		return nil, err
	}
	var from *source
	switch kind {
	case "user":
		if u := v.User(name); u != nil {
			from = &source{arn: u.ARN(v.Account()), id: u.ID, tags: u.Tags}
			from.policies, err = s.Decider.UserPolicies(v, u)
		}
	case "group":
		if g := v.Group(name); g != nil {
			from = &source{arn: g.ARN(v.Account())}
			from.policies, err = s.Decider.GroupPolicies(v, g)
		}
	default:
		if r := v.Role(name); r != nil {
			from = &source{arn: r.ARN(v.Account()), id: r.ID, tags: r.Tags}
			from.policies, err = s.Decider.RolePolicies(v, r)
		}
	}
	switch {
	case err != nil:
		return nil, err
	case from == nil:
		return nil, awserr.New("NoSuchEntity", "Unable to retrieve specified IAM entity.")
	}
	return from, nil
}

func (s *Service) simulateCustomPolicy(c *api.Call, v *account.View, in *iamshape.SimulateCustomPolicyInput) (*iamshape.SimulateCustomPolicyOutput, error) {
	return s.simulate(c, v, in, &source{})
}

// simulatePrincipalPolicy simulates with the policies that an entity has. They
// come first, so that answers name them before those of the request.
func (s *Service) simulatePrincipalPolicy(c *api.Call, v *account.View, in *iamshape.SimulatePrincipalPolicyInput) (*iamshape.SimulatePrincipalPolicyOutput, error) {
	from, err := s.source(v, in.PolicySourceArn)
	if err != nil {
		return nil, err
	}
	if from.policies, err = exclude(from.policies, in.PolicyExclusionList); err != nil {
		return nil, err
	}
	custom := iamshape.SimulateCustomPolicyInput{
		ActionNames: in.ActionNames, CallerArn: in.CallerArn, ContextEntries: in.ContextEntries, Marker: in.Marker, MaxItems: in.MaxItems,
		PermissionsBoundaryPolicyInputList: in.PermissionsBoundaryPolicyInputList, PolicyInputList: in.PolicyInputList,
		ResourceArns: in.ResourceArns, ResourceHandlingOption: in.ResourceHandlingOption, ResourceOwner: in.ResourceOwner, ResourcePolicy: in.ResourcePolicy,
	}
	if custom.CallerArn == nil {
		custom.CallerArn = &from.arn
	}
	return s.simulate(c, v, &custom, from)
}

// simulate answers one page. Pages count actions, and a page may be shorter
// than asked for where its answers are large; a Marker goes with any other
// input of the same operation, as IAM's does.
func (s *Service) simulate(c *api.Call, v *account.View, in *iamshape.SimulateCustomPolicyInput, from *source) (*iamshape.SimulateCustomPolicyOutput, error) {
	sim, err := newSimulation(v, in, from)
	if err != nil {
		return nil, err
	}
	p, err := s.page(c, v, in.Marker, in.MaxItems)
	if err != nil {
		return nil, invalidInput("Invalid marker for pagination.")
	}
	indexes := func(yield func(int) bool) {
		for i := range in.ActionNames {
			if !yield(i) {
				return
			}
		}
	}
	out := &iamshape.SimulateCustomPolicyOutput{EvaluationResults: []iamshape.EvaluationResult{}}
	taken := take(p, indexes, actionPosition)
	work, size := sim.indexed, 0
	for n, i := range taken {
		if work += sim.weight; n > 0 && work > maxSimulationWork {
			p.more, p.last = true, actionPosition(i-1)
			break
		}
		result, bytes, err := sim.result(c.Context, in.ActionNames[i])
		if err != nil {
			return nil, err
		}
		if size += bytes; n > 0 && size > maxSimulationAnswer {
			p.more, p.last = true, actionPosition(i-1)
			break
		}
		out.EvaluationResults = append(out.EvaluationResults, result)
	}
	out.IsTruncated, out.Marker = p.truncated(), p.marker()
	return out, nil
}

func actionPosition(i int) string { return fmt.Sprintf("%09d", i) }

// A simulation is a request to the simulator, checked and compiled.
type simulation struct {
	principal policy.Principal
	policies  policy.Policies
	sources   map[policy.Source]*simulated
	context   policy.MapContext
	// given are the folded names of the keys of the request, keys those that
	// the policies name, and missing the ones of keys that aren't given.
	given   map[string]bool
	keys    *keyNames
	missing []string
	// resources holds "*" alone where the request names none.
	resources []string
	// owner is the account of resources whose ARNs name none.
	owner string
	// lengths holds what textsOf counted. indexed bounds the steps that the
	// documents took, weight those that an action takes.
	lengths         map[string]*texts
	indexed, weight int64
	missingBytes    int // of missing in an answer
}

// simulated is a policy as answers name it.
type simulated struct {
	id, kind string
	bytes    int // of id in an answer
	doc      *policy.Document
	first    policy.Position // where its first statement begins, as IAM counts
}
