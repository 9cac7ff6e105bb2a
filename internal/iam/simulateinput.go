package iam

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/aratame/aratame/internal/account"
	"github.com/aratame/aratame/internal/awsid"
	"github.com/aratame/aratame/internal/decide"
	"github.com/aratame/aratame/internal/shape/iamshape"
	"github.com/aratame/aratame/policy"
)

const (
	// maxOrganizationLevels are the root, five levels of organizational units
	// and the account (AWS Organizations User Guide, quotas).
	maxOrganizationLevels = 7

	// maxContextValue bounds a value of a context entry, in bytes.
	maxContextValue = 4096
)

// What SourcePolicyType says. The model has other words; these are what IAM
// answers (recorded).
const (
	kindIdentity = "IAM Policy"
	kindResource = "Resource Policy"
	kindBoundary = "Permissions Boundary Policy"
)

func newSimulation(v *account.View, in *iamshape.SimulateCustomPolicyInput, from *source) (*simulation, error) {
	s := &simulation{
		resources: in.ResourceArns, sources: map[policy.Source]*simulated{},
		context: policy.MapContext{}, given: map[string]bool{}, keys: newKeyNames(), lengths: map[string]*texts{},
	}
	if len(s.resources) == 0 {
		s.resources = []string{"*"}
	}
	for _, check := range []func() error{
		func() error { return checkSimulatedResources(s.resources) },
		func() error { return checkSimulatedActions(in.ActionNames) },
		func() error { return checkHandling(in) },
		func() error { return s.give(in.ContextEntries) },
		func() error { return s.compile(in, from.policies) },
		func() error { return s.call(v.Account(), in.CallerArn, from) },
		func() error { return s.own(in.ResourceOwner) },
		func() error { return s.compileResourcePolicy(in) },
	} {
		if err := check(); err != nil {
			return nil, err
		}
	}
	if s.weight = s.weigh(); s.indexed+s.weight > maxSimulationWork {
		return nil, errTooLargeSimulation()
	}
	for _, name := range s.keys.names {
		if !s.given[policy.FoldKey(name)] {
			s.missing = append(s.missing, name)
			s.missingBytes += keyBytes + written(name)
		}
	}
	return s, nil
}

func errTooLargeSimulation() error {
	return invalidInput("The simulation is too large. Give fewer resources or smaller policies in one request.")
}

// checkSimulatedResources accepts ARNs, or "*" alone.
func checkSimulatedResources(resources []string) error {
	for _, r := range resources {
		if _, err := awsid.ParseARN(r); err != nil && (r != "*" || len(resources) > 1) {
			return invalidInput("ResourceNames are not in a valid ARN format: %s.", r)
		}
	}
	return nil
}

// checkSimulatedActions asks for a service prefix. Wildcards are no pattern
// here: IAM was seen to take the name literally.
func checkSimulatedActions(actions []string) error {
	for _, a := range actions {
		if !strings.Contains(a, ":") {
			return invalidInput("The action is invalid since it is missing names")
		}
	}
	return nil
}

// handlingOptions are the scenarios of ec2:RunInstances with the types of
// resources that each requires (IAM API Reference, SimulateCustomPolicy,
// ResourceHandlingOption).
var handlingOptions = map[string][]string{
	"EC2-Classic-InstanceStore":    {"instance", "image", "security-group"},
	"EC2-Classic-EBS":              {"instance", "image", "security-group", "volume"},
	"EC2-VPC-InstanceStore":        {"instance", "image", "security-group", "network-interface"},
	"EC2-VPC-InstanceStore-Subnet": {"instance", "image", "security-group", "network-interface", "subnet"},
	"EC2-VPC-EBS":                  {"instance", "image", "security-group", "network-interface", "volume"},
	"EC2-VPC-EBS-Subnet":           {"instance", "image", "security-group", "network-interface", "subnet", "volume"},
}

// checkHandling holds the resources to the scenario. Without resources there
// is nothing to handle, and IAM doesn't look at the option.
func checkHandling(in *iamshape.SimulateCustomPolicyInput) error {
	if in.ResourceHandlingOption == nil || len(in.ResourceArns) == 0 || in.ResourceArns[0] == "*" {
		return nil
	}
	required, known := handlingOptions[*in.ResourceHandlingOption]
	for _, a := range in.ActionNames {
		if !known || !strings.EqualFold(a, "ec2:RunInstances") {
			return invalidInput("Invalid input resource handling options. Action does not support resource handling options: %s.", a)
		}
	}
	given := map[string]bool{}
	for _, r := range in.ResourceArns {
		if a, err := awsid.ParseARN(r); err == nil && a.Service == "ec2" {
			kind, _, _ := strings.Cut(a.Resource, "/")
			given[kind] = true
		}
	}
	absent := slices.DeleteFunc(slices.Clone(required), func(kind string) bool { return given[kind] })
	if len(absent) > 0 {
		return invalidInput("Invalid input resource handling options. %s requires resources of the types: %s.", *in.ResourceHandlingOption, strings.Join(absent, ", "))
	}
	return nil
}

// compile reads the documents of the request and joins them with those that
// the entity has. A boundary in the request takes the place of the entity's.
func (s *simulation) compile(in *iamshape.SimulateCustomPolicyInput, has decide.Attached) error {
	identity := slices.Clone(has.Identity)
	for i, text := range in.PolicyInputList {
		doc, err := parseSimulated(text, policy.Identity)
		if err != nil {
			return invalidInput("Policy input list item %d has invalid content", i+1)
		}
		identity = append(identity, input("PolicyInputList", i, doc))
	}
	boundary, bounded := has.Boundary, has.Bounded
	switch n := len(in.PermissionsBoundaryPolicyInputList); {
	case n > 1:
		return invalidInput("The list of Permissions Boundary policies cannot exceed 1 items.")
	case n == 1:
		doc, err := parseSimulated(in.PermissionsBoundaryPolicyInputList[0], policy.Boundary)
		if err != nil {
			return invalidInput("Permissions boundary policy input list item 1 has invalid content")
		}
		boundary, bounded = []policy.Policy{input("PermissionsBoundaryPolicyInputList", 0, doc)}, true
	}
	var err error
	if s.policies.Identity, err = s.set(identity, kindIdentity); err != nil {
		return err
	}
	if bounded {
		if s.policies.Boundary, err = s.set(boundary, kindBoundary); err != nil {
			return err
		}
	}
	return s.compileLevels(in.OrderedOrganizationPolicyInputList)
}

func (s *simulation) compileLevels(levels []iamshape.OrderedOrganizationPolicyType) error {
	if len(levels) > maxOrganizationLevels {
		return invalidInput("The list of organization policies cannot exceed %d items.", maxOrganizationLevels)
	}
	for i, level := range levels {
		if len(level.ServiceControlPolicyInputList) == 0 {
			return invalidInput("Organization policy at index %d must contain at least one service control policy", i+1)
		}
		var policies []policy.Policy
		for j, text := range level.ServiceControlPolicyInputList {
			doc, err := parseSimulated(text, policy.SCP)
			if err != nil {
				return invalidInput("Organization policy at index %d has invalid content", i+1)
			}
			policies = append(policies, input("ServiceControlPolicyInputList", j, doc))
		}
		set, err := s.index(policies)
		if err != nil {
			return err
		}
		s.policies.SCPs = append(s.policies.SCPs, set)
	}
	return nil
}

// compileResourcePolicy needs a caller to hold principals against, and ARNs to
// hold resources against; IAM was seen to refuse "*" on either side.
func (s *simulation) compileResourcePolicy(in *iamshape.SimulateCustomPolicyInput) error {
	if in.ResourcePolicy == nil {
		return nil
	}
	if in.CallerArn == nil {
		return invalidInput("Invalid caller - Caller cannot be null or empty.")
	}
	if s.resources[0] == "*" {
		return invalidInput("Invalid Entity Arn: * does not clearly define entity type and name.")
	}
	doc, err := parseSimulated(*in.ResourcePolicy, policy.Resource)
	if err != nil {
		return invalidInput("Resource policy has invalid content")
	}
	for i := range doc.Statements {
		if slices.Contains(doc.Statements[i].Resources, "*") {
			return invalidInput("ResourceNames are not in a valid ARN format: *.")
		}
	}
	s.policies.Resource, err = s.set([]policy.Policy{{Source: policy.Source{Type: policy.ResourcePolicy, Name: "ResourcePolicy"}, Document: doc}}, kindResource)
	return err
}

// parseSimulated validates a document as for saving, but takes two things that
// can't be saved and that IAM's simulator was seen to take: white space before
// the document, and the older version of the language in identity policies and
// boundaries. Of such a document the structure is checked, and what can't be
// evaluated counts against the caller.
func parseSimulated(text string, kind policy.Kind) (*policy.Document, error) {
	trimmed := strings.TrimLeft(text, " \t\r\n")
	strict, refused := policy.Parse(trimmed, kind)
	if refused == nil && len(trimmed) == len(text) {
		return strict, nil
	}
	doc, err := policy.ParseStored(text, kind) // with positions in the whole text
	switch {
	case err != nil:
		return nil, err
	case refused != nil && (doc.Version == "2012-10-17" || kind != policy.Identity && kind != policy.Boundary):
		return nil, refused
	}
	return doc, nil
}

// input is a policy of the request: PolicyInputList.1 is the first one.
func input(list string, i int, doc *policy.Document) policy.Policy {
	return policy.Policy{Source: policy.Source{Name: list + "." + strconv.Itoa(i+1)}, Document: doc}
}

// set compiles policies of one type and notes what answers say of them. A
// managed policy that applies by several attachments is taken once.
func (s *simulation) set(policies []policy.Policy, kind string) (*policy.Set, error) {
	var once []policy.Policy
	taken := map[string]bool{}
	for _, p := range policies {
		if p.Source.ARN != "" && taken[p.Source.ARN] {
			continue
		}
		taken[p.Source.ARN] = true
		once = append(once, p)
		id := sourceID(&p.Source)
		s.sources[p.Source] = &simulated{id: id, bytes: written(id), kind: kind, doc: p.Document, first: firstPosition(p.Document)}
		s.keys.add(p.Document)
	}
	return s.index(once)
}

// index compiles policies unless they are too large.
func (s *simulation) index(policies []policy.Policy) (*policy.Set, error) {
	for i := range policies {
		if s.indexed += indexWork(policies[i].Document); s.indexed > maxSimulationWork {
			return nil, errTooLargeSimulation()
		}
	}
	return policy.Compile(policies...), nil
}

// sourceID names a policy as IAM does (recorded): a managed one by its name, an
// inline one by entity and name.
func sourceID(src *policy.Source) string {
	owner := src.Owner[strings.LastIndexByte(src.Owner, '/')+1:]
	switch src.Type {
	case policy.UserInline:
		return fmt.Sprintf("user_%s_%s", owner, src.Name)
	case policy.GroupInline:
		return fmt.Sprintf("group_%s_%s", owner, src.Name)
	case policy.RoleInline:
		return fmt.Sprintf("role_%s_%s", owner, src.Name)
	}
	return src.Name
}

// firstPosition is where IAM says that the first statement begins. Its
// positions are those right after a token (recorded): after the bracket that
// opens the list, or after the brace of a statement that stands alone; a later
// statement begins where the one before ends.
func firstPosition(doc *policy.Document) policy.Position {
	if len(doc.Statements) == 0 {
		return policy.Position{}
	}
	text, start := doc.Text(), doc.Statements[0].Start
	before := strings.TrimRight(text[:start.Offset], " \t\r\n")
	if !strings.HasSuffix(before, "[") {
		return policy.Position{Line: start.Line, Column: start.Column + 1, Offset: start.Offset + 1}
	}
	line := before[strings.LastIndexByte(before, '\n')+1:]
	return policy.Position{
		Line:   start.Line - strings.Count(text[len(before):start.Offset], "\n"),
		Column: utf8.RuneCountInString(line) + 1, Offset: len(before),
	}
}
