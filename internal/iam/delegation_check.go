package iam

import (
	"strings"

	"github.com/aratame/aratame/internal/account"
	"github.com/aratame/aratame/internal/api"
	"github.com/aratame/aratame/internal/catalog"
	"github.com/aratame/aratame/internal/decide"
	"github.com/aratame/aratame/internal/shape/iamshape"
	"github.com/aratame/aratame/policy"
)

// maxDelegationChecks bounds the decisions of one check; a request that asks for
// more is one of which nothing is sure.
const maxDelegationChecks = 500

// checkDelegation tells whether the caller has the permissions that a request
// asks for, roughly, as AWS's own check is: every action of the catalogue that
// an Allow matches is decided on each resource as it is written there. What the
// caller has under conditions, or is denied under conditions, is not sure.
func (s *Service) checkDelegation(c *api.Call, d *account.DelegationRequest) (string, error) {
	if isRoot(c) && c.Caller.Session == nil {
		return iamshape.PermissionCheckResultTypeALLOWED, nil
	}
	doc, err := policy.ParseStored(d.Policy, policy.Session)
	if err != nil {
		return "", err
	}
	result, left := iamshape.PermissionCheckResultTypeALLOWED, maxDelegationChecks
	for i := range doc.Statements {
		st := &doc.Statements[i]
		if st.Deny {
			continue
		}
		if st.NotAction || st.NotResource {
			result = iamshape.PermissionCheckResultTypeUNSURE
			continue
		}
		for _, pattern := range st.Actions {
			actions := catalog.Expand(pattern)
			if len(actions)*len(st.Resources) > left || len(actions) == 0 {
				result = iamshape.PermissionCheckResultTypeUNSURE
				continue
			}
			left -= len(actions) * len(st.Resources)
			for _, action := range actions {
				for _, resource := range st.Resources {
					one, err := s.checkPermission(c, action, resource)
					if err != nil || one == iamshape.PermissionCheckResultTypeDENIED {
						return one, err
					}
					if one == iamshape.PermissionCheckResultTypeUNSURE {
						result = one
					}
				}
			}
		}
	}
	return result, nil
}

// checkPermission decides about one action without any context.
func (s *Service) checkPermission(c *api.Call, action, resource string) (string, error) {
	req := &decide.Request{
		Subject: &c.Caller.Subject, Action: action, Resource: resource, ResourceAccount: c.Caller.Account(), Context: policy.MapContext{},
	}
	outcome, err := s.Decider.Decide(req)
	if err != nil {
		return "", err
	}
	if outcome.Effect == policy.ExplicitDeny {
		return iamshape.PermissionCheckResultTypeDENIED, nil
	}
	why, err := s.Decider.Explain(req)
	if err != nil {
		return "", err
	}
	for _, miss := range why.NearMisses {
		if miss.Element == policy.ElementCondition && (miss.Deny || !outcome.Allowed()) {
			return iamshape.PermissionCheckResultTypeUNSURE, nil
		}
	}
	if outcome.Allowed() {
		return iamshape.PermissionCheckResultTypeALLOWED, nil
	}
	if strings.ContainsAny(resource, "*?") && narrower(why) {
		return iamshape.PermissionCheckResultTypeUNSURE, nil
	}
	return iamshape.PermissionCheckResultTypeDENIED, nil
}

// narrower reports whether some statement allows the action on other resources,
// which may be all that the pattern is meant for.
func narrower(why *policy.Decision) bool {
	for _, miss := range why.NearMisses {
		if miss.Element == policy.ElementResource && !miss.Deny {
			return true
		}
	}
	return false
}
