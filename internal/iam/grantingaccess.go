package iam

import (
	"slices"

	"github.com/aratame/aratame/internal/account"
	"github.com/aratame/aratame/internal/api"
	"github.com/aratame/aratame/internal/awsid"
	"github.com/aratame/aratame/internal/catalog"
	"github.com/aratame/aratame/internal/decide"
	"github.com/aratame/aratame/internal/shape"
	"github.com/aratame/aratame/internal/shape/iamshape"
	"github.com/aratame/aratame/policy"
)

func (s *Service) grantingAccess() []api.Op {
	return []api.Op{
		api.Read(iamshape.OpListPoliciesGrantingServiceAccess,
			func(_ *api.Call, v *account.View, in *iamshape.ListPoliciesGrantingServiceAccessInput) (api.Target, error) {
				return accessTarget(v, in.Arn, false)
			}, s.listPoliciesGrantingServiceAccess),
	}
}

// listPoliciesGrantingServiceAccess lists, for each service as it is named, the
// policies that allow at least one of its actions, those of a user's groups
// too. Resources, conditions, boundaries and denials don't count.
func (s *Service) listPoliciesGrantingServiceAccess(c *api.Call, v *account.View, in *iamshape.ListPoliciesGrantingServiceAccessInput) (*iamshape.ListPoliciesGrantingServiceAccessOutput, error) {
	has, err := s.identityPolicies(v, in.Arn)
	if err != nil {
		return nil, err
	}
	filters := []*string{&in.Arn}
	for i := range in.ServiceNamespaces {
		if _, ok := catalog.LookupService(in.ServiceNamespaces[i]); !ok {
			return nil, errNoService(in.ServiceNamespaces[i])
		}
		filters = append(filters, &in.ServiceNamespaces[i])
	}
	p, err := s.page(c, v, in.Marker, nil, filters...)
	if err != nil {
		return nil, err
	}
	grants := make([]*catalog.Grants, len(has))
	for i := range has {
		grants[i] = catalog.NewGrants(has[i].Document)
	}
	out := &iamshape.ListPoliciesGrantingServiceAccessOutput{PoliciesGrantingServiceAccess: []iamshape.ListPoliciesGrantingServiceAccessEntry{}}
	for _, n := range takeIndexes(p, len(in.ServiceNamespaces)) {
		namespace := in.ServiceNamespaces[n]
		entry := iamshape.ListPoliciesGrantingServiceAccessEntry{ServiceNamespace: &namespace, Policies: []iamshape.PolicyGrantingServiceAccess{}}
		for i := range has {
			if grants[i].Service(namespace) {
				entry.Policies = append(entry.Policies, grantingPolicy(&has[i].Source))
			}
			if !grants[i].Complete() {
				return nil, invalidInput("The policy %s is too complex to be searched.", has[i].Source.Name)
			}
		}
		out.PoliciesGrantingServiceAccess = append(out.PoliciesGrantingServiceAccess, entry)
	}
	out.IsTruncated, out.Marker = p.truncated(), p.marker()
	return out, nil
}

// identityPolicies gives the policies of a user with its groups, of a group or
// of a role.
func (s *Service) identityPolicies(v *account.View, arn string) ([]policy.Policy, error) {
	kind, name, err := accessEntity(v, arn)
	if err != nil {
		return nil, err
	}
	var has decide.Attached
	switch kind {
	case "user":
		u, ferr := findUser(v, name)
		if ferr != nil {
			return nil, ferr
		}
		has, err = s.Decider.UserPolicies(v, u)
	case "group":
		g, ferr := findGroup(v, name)
		if ferr != nil {
			return nil, ferr
		}
		has, err = s.Decider.GroupPolicies(v, g)
	default:
		r, ferr := findRole(v, name)
		if ferr != nil {
			return nil, ferr
		}
		has, err = s.Decider.RolePolicies(v, r)
	}
	return has.Identity, err
}

// grantingPolicy names a policy: a managed one by its ARN, an inline one by the
// entity it is embedded in, which IAM doesn't name for managed ones.
func grantingPolicy(src *policy.Source) iamshape.PolicyGrantingServiceAccess {
	out := iamshape.PolicyGrantingServiceAccess{PolicyName: &src.Name}
	if src.ARN != "" {
		out.PolicyArn, out.PolicyType = &src.ARN, shape.Ptr(iamshape.PolicyTypeMANAGED)
		return out
	}
	out.PolicyType = shape.Ptr(iamshape.PolicyTypeINLINE)
	types := []policy.SourceType{policy.UserInline, policy.RoleInline, policy.GroupInline}
	names := []string{iamshape.PolicyOwnerEntityTypeUSER, iamshape.PolicyOwnerEntityTypeROLE, iamshape.PolicyOwnerEntityTypeGROUP}
	out.EntityType = &names[slices.Index(types, src.Type)]
	if a, err := awsid.ParseARN(src.Owner); err == nil {
		_, _, name, _ := awsid.SplitPath(a.Resource)
		out.EntityName = &name
	}
	return out
}
