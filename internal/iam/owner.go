package iam

import (
	"github.com/aratame/aratame/internal/account"
	"github.com/aratame/aratame/internal/api"
	"github.com/aratame/aratame/internal/awserr"
)

// An ownerKind is what tells users, groups and roles apart as owners of
// policies; inline.go, attach.go and boundary.go hold for all three.
type ownerKind struct {
	word  string // in messages about inline policies
	quota string // in messages about attached ones
	// inlineSize bounds all inline policies of one owner together, in
	// characters without white space.
	inlineSize int
	attached   func(q account.Quotas) int
	target     func(v *account.View, name string) api.Target
	find       func(v *account.View, name string) (*owner, error)
}

// An owner is a copy of a user, group or role whose policies can be changed.
type owner struct {
	name     string
	attached *[]string
	inline   *[]account.Inline
	boundary *string // nil for groups, which can't have one
	// protected roles belong to a service; nobody else may change what they
	// are allowed.
	protected bool
	save      func(tx *account.Tx)
}

var userOwner = &ownerKind{
	word: "user", quota: "PoliciesPerUser", inlineSize: account.MaxInlineSizeUser,
	attached: func(q account.Quotas) int { return q.AttachedPoliciesPerUser },
	target:   userTarget,
	find: func(v *account.View, name string) (*owner, error) {
		u, err := findUser(v, name)
		if err != nil {
			return nil, err
		}
		u = u.Clone()
		return &owner{
			name: u.Name, attached: &u.Attached, inline: &u.Inline, boundary: &u.Boundary,
			save: func(tx *account.Tx) { tx.PutUser(u) },
		}, nil
	},
}

var groupOwner = &ownerKind{
	word: "group", quota: "PoliciesPerGroup", inlineSize: account.MaxInlineSizeGroup,
	attached: func(account.Quotas) int { return account.MaxAttachedPerGroup },
	target:   groupTarget,
	find: func(v *account.View, name string) (*owner, error) {
		g, err := findGroup(v, name)
		if err != nil {
			return nil, err
		}
		g = g.Clone()
		return &owner{
			name: g.Name, attached: &g.Attached, inline: &g.Inline,
			save: func(tx *account.Tx) { tx.PutGroup(g) },
		}, nil
	},
}

var roleOwner = &ownerKind{
	word: "role", quota: "PoliciesPerRole", inlineSize: account.MaxInlineSizeRole,
	attached: func(q account.Quotas) int { return q.AttachedPoliciesPerRole },
	target:   roleTarget,
	find: func(v *account.View, name string) (*owner, error) {
		r, err := findRole(v, name)
		if err != nil {
			return nil, err
		}
		r = r.Clone()
		return &owner{
			name: r.Name, attached: &r.Attached, inline: &r.Inline, boundary: &r.Boundary, protected: r.ServiceLinked(),
			save: func(tx *account.Tx) { tx.PutRole(r) },
		}, nil
	},
}

// change gives the owner of that name for a change of its policies.
func (k *ownerKind) change(v *account.View, name string) (*owner, error) {
	o, err := k.find(v, name)
	if err == nil && o.protected {
		return nil, errProtected(o.name)
	}
	return o, err
}

func errProtected(role string) error {
	return awserr.Newf("UnmodifiableEntity", "Cannot perform the operation on the protected role '%s' - this role is only modifiable by AWS", role)
}

// reading is the target of operations that show an owner's policies.
func (k *ownerKind) reading(v *account.View, name string) (api.Target, error) {
	return k.target(v, name), nil
}

// changing is the target of operations that change an owner's policies: they
// carry the boundary that the owner has, so that a policy can allow them on
// bounded entities only (IAM User Guide, "Delegating responsibility to others
// using permissions boundaries").
func (k *ownerKind) changing(v *account.View, name string) (api.Target, error) {
	t := k.target(v, name)
	if o, err := k.find(v, name); err == nil && o.boundary != nil && *o.boundary != "" {
		t = withKey(t, keyBoundary, o.boundary)
	}
	return t, nil
}

// changingPolicy is changing for one managed policy.
func (k *ownerKind) changingPolicy(v *account.View, name, arn string) (api.Target, error) {
	t, err := k.changing(v, name)
	return withKey(t, keyPolicyARN, &arn), err
}
