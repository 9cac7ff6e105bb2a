package iam

import (
	"path"
	"slices"
	"strings"

	"github.com/aratame/aratame/internal/awsid"
	"github.com/aratame/aratame/internal/decide"
	"github.com/aratame/aratame/internal/shape/iamshape"
	"github.com/aratame/aratame/policy"
)

// maxExclusions bounds a PolicyExclusionList.
const maxExclusions = 256

// exclude leaves out of an entity's policies what the list names. Policies of
// the request are never left out.
func exclude(has decide.Attached, list []iamshape.PolicyIdentifier) (decide.Attached, error) {
	if len(list) > maxExclusions {
		return has, invalidInput("The list of policy exclusions cannot exceed %d items.", maxExclusions)
	}
	for i := range list {
		x := &list[i]
		drop, err := excluded(x)
		if err != nil {
			return has, err
		}
		if x.PolicyType != nil && *x.PolicyType == "permission-boundary" {
			has.Boundary, has.Bounded = nil, false
		}
		has.Identity = slices.DeleteFunc(slices.Clone(has.Identity), func(p policy.Policy) bool { return drop(&p.Source) })
	}
	return has, nil
}

// excluded gives a test for identity policies. A boundary goes by its type
// alone: naming its ARN leaves it in force (recorded).
func excluded(x *iamshape.PolicyIdentifier) (func(*policy.Source) bool, error) {
	switch {
	case x.PolicyType != nil:
		t := *x.PolicyType
		return func(src *policy.Source) bool {
			switch {
			case src.ARN == "":
				return t == "inline"
			case ofAWS(src.ARN):
				return t == "aws-managed"
			}
			return t == "user-managed"
		}, nil
	case x.PolicyArn != nil:
		a, err := awsid.ParseARN(*x.PolicyArn)
		if err != nil || a.Service != "iam" || !strings.HasPrefix(a.Resource, "policy/") {
			return nil, invalidInput("Invalid ARN provided in the request: %s", *x.PolicyArn)
		}
		// IAM was seen to know the policy without its path; here both do.
		return func(src *policy.Source) bool {
			b, err := awsid.ParseARN(src.ARN)
			return err == nil && a.Account == b.Account && (a.Resource == b.Resource || a.Resource == "policy/"+src.Name)
		}, nil
	case x.InlinePolicyIdentifier != nil:
		in := x.InlinePolicyIdentifier
		kinds := map[string]policy.SourceType{"user": policy.UserInline, "group": policy.GroupInline, "role": policy.RoleInline}
		if strings.Count(in.AttachmentName, "*") > 1 {
			return nil, invalidInput("AttachmentName can contain only one wildcard: %s", in.AttachmentName)
		}
		return func(src *policy.Source) bool {
			owner := src.Owner[strings.LastIndexByte(src.Owner, '/')+1:]
			ok, err := path.Match(in.AttachmentName, owner)
			return src.Type == kinds[in.AttachmentType] && src.Name == in.PolicyName && err == nil && ok
		}, nil
	}
	return nil, invalidInput("A policy identifier must have exactly one member.")
}

func ofAWS(arn string) bool {
	a, err := awsid.ParseARN(arn)
	return err == nil && a.Account == "aws"
}
