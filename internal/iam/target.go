package iam

import (
	"github.com/aratame/aratame/internal/account"
	"github.com/aratame/aratame/internal/api"
	"github.com/aratame/aratame/internal/awserr"
	"github.com/aratame/aratame/internal/awsid"
	"github.com/aratame/aratame/internal/shape/iamshape"
	"github.com/aratame/aratame/policy"
)

// Condition keys of IAM that targets carry (Service Authorization Reference,
// "Condition keys for AWS Identity and Access Management").
const (
	keyBoundary           = "iam:permissionsboundary"
	keyPolicyARN          = "iam:policyarn"
	keyPassedToService    = "iam:passedtoservice"
	keyAssociatedResource = "iam:associatedresourcearn"
)

// anything is the target of actions that know no resource, as AWS lists them in
// the Service Authorization Reference.
func anything[I any](*api.Call, *account.View, *I) (api.Target, error) {
	return api.Target{Resource: "*"}, nil
}

// An entity's target has the ARN of the entity as it is, also when the request
// writes its name in another case: otherwise a Deny on an ARN could be walked
// around. For a name that nobody bears it is the ARN that the name has without
// a path. A denial shows kind and name as the request has them, as IAM's
// messages do.

func userTarget(v *account.View, name string) api.Target {
	if u := v.User(name); u != nil {
		return api.Target{Shown: "user " + name, Resource: u.ARN(v.Account()), Tags: u.Tags}
	}
	return api.Target{Shown: "user " + name, Resource: awsid.IAM(v.Account(), "user", "/", name)}
}

// Groups have no tags.
func groupTarget(v *account.View, name string) api.Target {
	if g := v.Group(name); g != nil {
		return api.Target{Shown: "group " + name, Resource: g.ARN(v.Account())}
	}
	return api.Target{Shown: "group " + name, Resource: awsid.IAM(v.Account(), "group", "/", name)}
}

func roleTarget(v *account.View, name string) api.Target {
	if r := v.Role(name); r != nil {
		return api.Target{Shown: "role " + name, Resource: r.ARN(v.Account()), Tags: r.Tags}
	}
	return api.Target{Shown: "role " + name, Resource: awsid.IAM(v.Account(), "role", "/", name)}
}

func instanceProfileTarget(v *account.View, name string) api.Target {
	if p := v.InstanceProfile(name); p != nil {
		return api.Target{Shown: "instance profile " + name, Resource: p.ARN(v.Account()), Tags: p.Tags}
	}
	return api.Target{Shown: "instance profile " + name, Resource: awsid.IAM(v.Account(), "instance-profile", "/", name)}
}

// policyTarget is that of a managed policy, which requests name by its ARN.
func policyTarget(v *account.View, arn string) api.Target {
	if p := v.PolicyByARN(arn); p != nil {
		return api.Target{Shown: "policy " + arn, Resource: arn, Tags: p.Tags}
	}
	return api.Target{Shown: "policy " + arn, Resource: arn}
}

// newTarget is that of an entity to be made: kind is "user", "role" …, a nil
// path is "/".
func newTarget(v *account.View, kind string, path *string, name string) api.Target {
	return api.Target{Resource: awsid.IAM(v.Account(), kind, pathOr(path, "/"), name)}
}

// withKey adds a condition key to a target; an absent value adds none.
func withKey(t api.Target, key string, value *string) api.Target {
	if value == nil {
		return t
	}
	if t.Keys == nil {
		t.Keys = map[string][]string{}
	}
	t.Keys[key] = []string{*value}
	return t
}

// withNewTags adds the tags that an entity is to be made with. AWS then also
// asks for the permission to tag, such as iam:TagUser, on the same resource.
func withNewTags(t api.Target, tagAction string, tags []iamshape.Tag) api.Target {
	if len(tags) > 0 {
		t.RequestTags = tagsFrom(tags)
		t.Also = append(t.Also, api.Check{Action: tagAction, Resource: t.Resource, Tags: t.Tags})
	}
	return t
}

// withNewARN also asks for the action on the ARN that a renamed or moved entity
// will have; AWS asks for both.
func withNewARN(t api.Target, action, arn string) api.Target {
	if arn != t.Resource {
		t.Also = append(t.Also, api.Check{Action: action, Resource: arn, Tags: t.Tags})
	}
	return t
}

// selfTarget is the target of actions that act on the signing user when the
// request names none, and then on root where root has signed.
func selfTarget(c *api.Call, v *account.View, name *string) (api.Target, error) {
	if name == nil && isRoot(c) {
		return api.Target{Resource: awsid.Root(v.Account())}, nil
	}
	n, err := c.UserName(name)
	if err != nil {
		return api.Target{}, err
	}
	return userTarget(v, n), nil
}

func isRoot(c *api.Call) bool { return c.Caller.Principal.Kind == policy.Root }

func pathOr(path *string, or string) string {
	if path == nil {
		return or
	}
	return *path
}

// findUser, findGroup and findRole give the entity of a name in any case, or
// AWS's NoSuchEntity.

func findUser(v *account.View, name string) (*account.User, error) {
	if u := v.User(name); u != nil {
		return u, nil
	}
	return nil, awserr.Newf("NoSuchEntity", "The user with name %s cannot be found.", name)
}

func findGroup(v *account.View, name string) (*account.Group, error) {
	if g := v.Group(name); g != nil {
		return g, nil
	}
	return nil, awserr.Newf("NoSuchEntity", "The group with name %s cannot be found.", name)
}

func findRole(v *account.View, name string) (*account.Role, error) {
	if r := v.Role(name); r != nil {
		return r, nil
	}
	return nil, awserr.Newf("NoSuchEntity", "The role with name %s cannot be found.", name)
}
