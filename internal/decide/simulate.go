package decide

import (
	"slices"

	"github.com/aratame/aratame/internal/account"
	"github.com/aratame/aratame/policy"
)

// Attached is what applies to an entity, policy by policy, so that a
// simulation can leave some out and add others. The slices must not be changed.
type Attached struct {
	// Identity holds the entity's own policies, inline before managed, then
	// for a user those of each of its groups.
	Identity []policy.Policy
	// Boundary holds the permissions boundary. Bounded with no policy is a
	// boundary that is gone: it allows nothing.
	Boundary []policy.Policy
	Bounded  bool
}

// UserPolicies returns what decisions about a user are made of, but for what the
// account's password policy allows: nobody has attached that.
func (d *Decider) UserPolicies(v *account.View, u *account.User) (Attached, error) {
	a, err := attached(d.user(v, u))
	if ownPassword(v) {
		a.Identity = slices.DeleteFunc(slices.Clone(a.Identity), func(p policy.Policy) bool { return p.Source.Type == policy.UnknownSource })
	}
	return a, err
}

// RolePolicies returns what decisions about sessions of a role are made of.
func (d *Decider) RolePolicies(v *account.View, r *account.Role) (Attached, error) {
	return attached(d.role(v, r))
}

// GroupPolicies returns the part that a group has in decisions about its
// members.
func (d *Decider) GroupPolicies(v *account.View, group *account.Group) (Attached, error) {
	g := gatherer{d: d, v: v}
	g.inline(policy.GroupInline, group.ARN(v.Account()), group.Inline)
	g.managed(policy.GroupManaged, group.ARN(v.Account()), group.Attached)
	return Attached{Identity: g.policies}, g.err
}

func attached(c *compiled, err error) (Attached, error) {
	if err != nil {
		return Attached{}, err
	}
	a := Attached{Identity: c.identity.Policies(), Bounded: c.boundary != nil}
	if a.Bounded {
		a.Boundary = c.boundary.Policies()
	}
	return a, nil
}
