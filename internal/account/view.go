package account

import (
	"iter"
	"strings"

	iradix "github.com/hashicorp/go-immutable-radix/v2"

	"github.com/aratame/aratame/internal/awsid"
)

// A View is one revision of an account. It never changes and may be read by
// any number of goroutines. What it returns belongs to it: callers Clone
// before they change anything, and only inside a Tx.
type View struct {
	account  string
	settings *Settings

	users    table[*User]
	groups   table[*Group]
	roles    table[*Role]
	policies table[*Policy]
	profiles table[*InstanceProfile]
	devices  table[*MFADevice]

	certificates table[*ServerCertificate]
	oidc         table[*OIDCProvider]
	saml         table[*SAMLProvider]
	delegations  table[*DelegationRequest]
	jobs         table[*Job]

	// Each index is kept by Tx alone.
	keys    *iradix.Tree[string]   // access key id → user id or RootID
	members *iradix.Tree[struct{}] // group id, NUL, user id
	uses    *iradix.Tree[int]      // policy ARN, NUL, kind, NUL, entity id → how it is used
	boxed   *iradix.Tree[string]   // role id, NUL, profile id → profile id
	worn    *iradix.Tree[string]   // user id, NUL, device id → device id
}

// How an entity uses a managed policy.
const (
	usedAsPolicy   = 1 << iota // attached: grants permissions
	usedAsBoundary             // limits them
)

// A table holds the entities of one kind under their ids and, in order, under
// their folded names.
type table[T any] struct {
	byID   *iradix.Tree[T]
	byName *iradix.Tree[T]
}

func newTable[T any]() table[T] { return table[T]{iradix.New[T](), iradix.New[T]()} }

func (t table[T]) get(id string) (T, bool) { return t.byID.Get([]byte(id)) }

func (t table[T]) named(name string) (T, bool) { return t.byName.Get([]byte(awsid.Fold(name))) }

// scan yields the entities whose folded name comes after the folded form of
// after ("" for the first), in that order.
func (t table[T]) scan(after string) iter.Seq[T] {
	return func(yield func(T) bool) {
		it := t.byName.Root().Iterator()
		if after != "" {
			it.SeekLowerBound([]byte(awsid.Fold(after) + "\x00"))
		}
		for _, v, ok := it.Next(); ok; _, v, ok = it.Next() {
			if !yield(v) {
				return
			}
		}
	}
}

// New returns the View of an account that holds nothing but its settings.
func New(s *Settings) *View {
	return &View{
		account: s.Account, settings: s,
		users: newTable[*User](), groups: newTable[*Group](), roles: newTable[*Role](),
		policies: newTable[*Policy](), profiles: newTable[*InstanceProfile](), devices: newTable[*MFADevice](),
		certificates: newTable[*ServerCertificate](), oidc: newTable[*OIDCProvider](), saml: newTable[*SAMLProvider](),
		delegations: newTable[*DelegationRequest](), jobs: newTable[*Job](),
		keys: iradix.New[string](), members: iradix.New[struct{}](), uses: iradix.New[int](),
		boxed: iradix.New[string](), worn: iradix.New[string](),
	}
}

// Account returns the account's number.
func (v *View) Account() string { return v.account }

// Settings returns what belongs to the account itself.
func (v *View) Settings() *Settings { return v.settings }

// User returns the user of the given name in any case, or nil.
func (v *View) User(name string) *User { u, _ := v.users.named(name); return u }

// UserByID returns the user of the given unique id, or nil.
func (v *View) UserByID(id string) *User { u, _ := v.users.get(id); return u }

// Users yields users by name, ignoring case, behind the name after.
func (v *View) Users(after string) iter.Seq[*User] { return v.users.scan(after) }

// Group returns the group of the given name in any case, or nil.
func (v *View) Group(name string) *Group { g, _ := v.groups.named(name); return g }

// GroupByID returns the group of the given unique id, or nil.
func (v *View) GroupByID(id string) *Group { g, _ := v.groups.get(id); return g }

// Groups yields groups by name, ignoring case, behind the name after.
func (v *View) Groups(after string) iter.Seq[*Group] { return v.groups.scan(after) }

// Role returns the role of the given name in any case, or nil.
func (v *View) Role(name string) *Role { r, _ := v.roles.named(name); return r }

// RoleByID returns the role of the given unique id, or nil.
func (v *View) RoleByID(id string) *Role { r, _ := v.roles.get(id); return r }

// Roles yields roles by name, ignoring case, behind the name after.
func (v *View) Roles(after string) iter.Seq[*Role] { return v.roles.scan(after) }

// Policy returns the customer managed policy of the given name in any case, or
// nil.
func (v *View) Policy(name string) *Policy { p, _ := v.policies.named(name); return p }

// PolicyByID returns the customer managed policy of the given unique id, or nil.
func (v *View) PolicyByID(id string) *Policy { p, _ := v.policies.get(id); return p }

// PolicyByARN returns the customer managed policy of exactly this ARN, or nil.
func (v *View) PolicyByARN(arn string) *Policy {
	a, err := awsid.ParseARN(arn)
	if err != nil || a.Account != v.account {
		return nil
	}
	_, _, name, _ := awsid.SplitPath(a.Resource)
	if p := v.Policy(name); p != nil && p.ARN(v.account) == arn {
		return p
	}
	return nil
}

// Policies yields customer managed policies by name, ignoring case, behind the
// name after.
func (v *View) Policies(after string) iter.Seq[*Policy] { return v.policies.scan(after) }

// InstanceProfile returns the profile of the given name in any case, or nil.
func (v *View) InstanceProfile(name string) *InstanceProfile {
	p, _ := v.profiles.named(name)
	return p
}

// InstanceProfiles yields profiles by name, ignoring case, behind the name
// after.
func (v *View) InstanceProfiles(after string) iter.Seq[*InstanceProfile] {
	return v.profiles.scan(after)
}

// ProfilesOfRole yields the instance profiles that hold the role of this id.
func (v *View) ProfilesOfRole(id string) iter.Seq[*InstanceProfile] {
	return referring(v.boxed, id, func(id string) *InstanceProfile {
		p, _ := v.profiles.get(id)
		return p
	})
}

// MFADevice returns the device of exactly this serial number, or nil.
func (v *View) MFADevice(serial string) *MFADevice {
	a, err := awsid.ParseARN(serial)
	if err != nil || a.Account != v.account || a.Service != "iam" {
		return nil
	}
	id, virtual := strings.CutPrefix(a.Resource, "mfa/")
	if !virtual && !strings.HasPrefix(id, "u2f/") {
		return nil
	}
	d, _ := v.devices.get(id)
	if d == nil || d.ARN(v.account) != serial {
		return nil
	}
	return d
}

// MFADeviceByID returns the device of the given id in any case, or nil.
func (v *View) MFADeviceByID(id string) *MFADevice { d, _ := v.devices.named(id); return d }

// MFADevices yields all MFA devices by id, ignoring case, behind the id after.
func (v *View) MFADevices(after string) iter.Seq[*MFADevice] { return v.devices.scan(after) }

// DevicesOf yields the MFA devices assigned to the user of this id (RootID for
// the root user).
func (v *View) DevicesOf(user string) iter.Seq[*MFADevice] {
	return referring(v.worn, user, func(id string) *MFADevice {
		d, _ := v.devices.get(id)
		return d
	})
}

// KeyOwner returns the id of the user that has the access key, or RootID.
func (v *View) KeyOwner(key string) (id string, ok bool) { return v.keys.Get([]byte(key)) }

// AccessKey returns a long-term key with the user it belongs to; user is nil
// for the root user. The pointer is nil when the account has no such key.
func (v *View) AccessKey(key string) (k *AccessKey, user *User) {
	id, ok := v.KeyOwner(key)
	if !ok {
		return nil, nil
	}
	keys := v.settings.Root.Keys
	if id != RootID {
		user = v.UserByID(id)
		keys = user.Keys
	}
	for i := range keys {
		if keys[i].ID == key {
			return &keys[i], user
		}
	}
	return nil, nil
}

// Members yields the users of a group by their ids.
func (v *View) Members(group string) iter.Seq[*User] {
	return func(yield func(*User) bool) {
		prefix := []byte(group + "\x00")
		it := v.members.Root().Iterator()
		it.SeekPrefix(prefix)
		for k, _, ok := it.Next(); ok; k, _, ok = it.Next() {
			if u := v.UserByID(string(k[len(prefix):])); u != nil && !yield(u) {
				return
			}
		}
	}
}

// A Use is one entity that uses a managed policy; exactly one of the three is
// set.
type Use struct {
	User     *User
	Group    *Group
	Role     *Role
	Policy   bool // attached
	Boundary bool // is its permissions boundary
}

// Uses yields the entities that have the managed policy of this ARN attached
// or as their boundary: groups, then roles, then users, each by id.
func (v *View) Uses(arn string) iter.Seq[Use] {
	return func(yield func(Use) bool) {
		prefix := []byte(arn + "\x00")
		it := v.uses.Root().Iterator()
		it.SeekPrefix(prefix)
		for k, how, ok := it.Next(); ok; k, how, ok = it.Next() {
			kind, id, _ := strings.Cut(string(k[len(prefix):]), "\x00")
			u := Use{Policy: how&usedAsPolicy != 0, Boundary: how&usedAsBoundary != 0}
			switch kind {
			case kindUser:
				u.User = v.UserByID(id)
			case kindGroup:
				u.Group = v.GroupByID(id)
			case kindRole:
				u.Role = v.RoleByID(id)
			}
			if !yield(u) {
				return
			}
		}
	}
}

// UseCount returns how many entities have the policy attached, and how many as
// boundary.
func (v *View) UseCount(arn string) (attached, boundary int) {
	for u := range v.Uses(arn) {
		if u.Policy {
			attached++
		}
		if u.Boundary {
			boundary++
		}
	}
	return attached, boundary
}

// UsedPolicies yields the ARN of every managed policy that is in use, in
// order, each once.
func (v *View) UsedPolicies() iter.Seq[string] {
	return func(yield func(string) bool) {
		it := v.uses.Root().Iterator()
		last := ""
		for k, _, ok := it.Next(); ok; k, _, ok = it.Next() {
			arn, _, _ := strings.Cut(string(k), "\x00")
			if arn == last {
				continue
			}
			last = arn
			if !yield(arn) {
				return
			}
		}
	}
}

// Count is how many entities of each kind there are.
type Count struct {
	Users, Groups, Roles, Policies, InstanceProfiles, MFADevices        int
	ServerCertificates, OIDCProviders, SAMLProviders, Delegations, Jobs int
}

// Count returns how many entities of each kind there are.
func (v *View) Count() Count {
	return Count{
		v.users.byID.Len(), v.groups.byID.Len(), v.roles.byID.Len(),
		v.policies.byID.Len(), v.profiles.byID.Len(), v.devices.byID.Len(),
		v.certificates.byID.Len(), v.oidc.byID.Len(), v.saml.byID.Len(), v.delegations.byID.Len(), v.jobs.byID.Len(),
	}
}

func referring[T any](tree *iradix.Tree[string], owner string, get func(id string) *T) iter.Seq[*T] {
	return func(yield func(*T) bool) {
		it := tree.Root().Iterator()
		it.SeekPrefix([]byte(owner + "\x00"))
		for _, id, ok := it.Next(); ok; _, id, ok = it.Next() {
			if e := get(id); e != nil && !yield(e) {
				return
			}
		}
	}
}
