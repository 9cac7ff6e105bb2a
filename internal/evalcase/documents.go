package evalcase

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/aratame/aratame/internal/awsid"
	"github.com/aratame/aratame/policy"
)

// documents reads the members that hold policies.
type documents struct {
	strict bool // as AWS does when a document is saved
}

// one reads a document: an object, or a string with its text. Positions refer
// to that text.
func (d documents) one(name, raw string, kind policy.Kind, from policy.SourceType) (policy.Policy, error) {
	return d.ofService(name, raw, kind, from, "")
}

// ofService is one for the policy of a service's resource.
func (d documents) ofService(name, raw string, kind policy.Kind, from policy.SourceType, service string) (policy.Policy, error) {
	text := raw
	switch raw[0] {
	case '{':
	case '"':
		var ok bool
		if text, ok = unquote(raw); !ok {
			return policy.Policy{}, errSyntax
		}
	default:
		return policy.Policy{}, fmt.Errorf("%s: a policy document or a string with its text is expected", name)
	}
	doc, err := d.parse(text, kind, service)
	if err != nil {
		return policy.Policy{}, fmt.Errorf("%s: %w", name, err)
	}
	return policy.Policy{Source: policy.Source{Type: from, Name: name}, Document: doc}, nil
}

func (d documents) parse(text string, kind policy.Kind, service string) (*policy.Document, error) {
	switch {
	case kind == policy.Resource && d.strict:
		return policy.ParseResource(text, service)
	case kind == policy.Resource:
		return policy.ParseStoredResource(text, service)
	case !d.strict:
		return policy.ParseStored(text, kind)
	}
	doc, err := policy.Parse(text, kind)
	if err != nil && kind == policy.RCP {
		if own, e := policy.ParseStored(text, kind); e == nil && isFullAccess(own) {
			return own, nil
		}
	}
	return doc, err
}

// isFullAccess recognizes RCPFullAWSAccess, which is AWS's own and at every
// level; a customer's document can't say that.
func isFullAccess(d *policy.Document) bool {
	if len(d.Statements) != 1 {
		return false
	}
	s, all := &d.Statements[0], []string{"*"}
	return !s.Deny && !s.NotAction && !s.NotResource && len(s.Conditions) == 0 && slices.Equal(s.Actions, all) && slices.Equal(s.Resources, all)
}

// list adds the documents of a list to those given.
func (d documents) list(policies []policy.Policy, name, raw string, kind policy.Kind, from policy.SourceType) ([]policy.Policy, error) {
	if !given(raw) {
		return policies, nil
	}
	err := eachItem(name, raw, func(i int, item string) error {
		p, err := d.one(name+"["+strconv.Itoa(i)+"]", item, kind, from)
		policies = append(policies, p)
		return err
	})
	return policies, err
}

// set reads a list whose documents stand together; none gives nil.
func (d documents) set(name, raw string, kind policy.Kind, from policy.SourceType) (*policy.Set, error) {
	policies, err := d.list(nil, name, raw, kind, from)
	if err != nil || len(policies) == 0 {
		return nil, err
	}
	return policy.Compile(policies...), nil
}

// levels reads a list of lists: each inner list is a level, also an empty one.
func (d documents) levels(name, raw string, kind policy.Kind, from policy.SourceType) (sets []*policy.Set, err error) {
	if !given(raw) {
		return nil, nil
	}
	err = eachItem(name, raw, func(i int, level string) error {
		policies, err := d.list(nil, name+"["+strconv.Itoa(i)+"]", level, kind, from)
		sets = append(sets, policy.Compile(policies...))
		if !given(level) {
			err = fmt.Errorf("%s[%d]: a list is expected", name, i)
		}
		return err
	})
	return sets, err
}

// policies reads all of them. The request tells what the resource's policy is.
func (d documents) policies(m *members, req *policy.Request) (p policy.Policies, err error) {
	inline := policy.UnknownSource
	switch req.Principal.Kind {
	case policy.User, policy.FederatedUser:
		inline = policy.UserInline
	case policy.AssumedRole:
		inline = policy.RoleInline
	}
	identity, err := d.list(nil, "identityPolicies", m.identityPolicies, policy.Identity, inline)
	if err != nil {
		return p, err
	}
	if identity, err = d.list(identity, "groupPolicies", m.groupPolicies, policy.Identity, policy.GroupInline); err != nil {
		return p, err
	}
	p.Identity = policy.Compile(identity...)
	if given(m.permissionsBoundary) {
		b, err := d.one("permissionsBoundary", m.permissionsBoundary, policy.Boundary, policy.BoundaryPolicy)
		if err != nil {
			return p, err
		}
		p.Boundary = policy.Compile(b)
	}
	session, err := d.set("sessionPolicies", m.sessionPolicies, policy.Session, policy.SessionInline)
	if err != nil {
		return p, err
	}
	if session != nil {
		p.Session = []*policy.Set{session}
	}
	if err := d.resource(m, req, &p); err != nil {
		return p, err
	}
	if p.SCPs, err = d.levels("scps", m.scps, policy.SCP, policy.ServiceControlPolicy); err != nil {
		return p, err
	}
	if p.RCPs, err = d.levels("rcps", m.rcps, policy.RCP, policy.ResourceControlPolicy); err != nil {
		return p, err
	}
	p.Endpoint, err = d.set("endpointPolicies", m.endpointPolicies, policy.Endpoint, policy.EndpointPolicy)
	return p, err
}

// resource reads the resource's policy. That of a role is its trust policy
// where STS is asked. Roles are assumed, and KMS keys used, by the leave of
// that policy alone: where there is none, nothing allows.
func (d documents) resource(m *members, req *policy.Request, p *policy.Policies) error {
	service, action, _ := strings.Cut(strings.ToLower(req.Action), ":")
	trust := service == "sts" && isRole(req.Resource)
	p.ResourceRequired = service == "sts" && strings.HasPrefix(action, "assumerole") || trust && trustActions[action] || isKey(req.Resource)
	if !given(m.resourcePolicy) {
		return nil
	}
	kind, from := policy.Resource, policy.ResourcePolicy
	if trust {
		kind, from = policy.Trust, policy.TrustPolicy
	}
	owner, _ := awsid.ParseARN(req.Resource)
	r, err := d.ofService("resourcePolicy", m.resourcePolicy, kind, from, owner.Service)
	if err != nil {
		return err
	}
	if trust {
		p.Trust = policy.Compile(r)
	} else {
		p.Resource = policy.Compile(r)
	}
	return nil
}

// trustActions are the actions of STS, besides AssumeRole and its kin, that the
// trust policy of a role must allow, folded.
var trustActions = map[string]bool{"tagsession": true, "setsourceidentity": true, "setcontext": true}

// isRole reports whether s has the form arn:P:iam::A:role/….
func isRole(s string) bool {
	a, err := awsid.ParseARN(s)
	return err == nil && a.Service == "iam" && strings.HasPrefix(a.Resource, "role/")
}

// isKey reports whether s has the form arn:P:kms:…:key/….
func isKey(s string) bool {
	a, err := awsid.ParseARN(s)
	return err == nil && a.Service == "kms" && strings.HasPrefix(a.Resource, "key/")
}
