package account

import (
	"fmt"
	"slices"

	iradix "github.com/hashicorp/go-immutable-radix/v2"

	"github.com/aratame/aratame/internal/awsid"
)

// Kinds of records; the key of a record is its kind, "/" and the entity's id.
const (
	kindSettings = "settings"
	kindUser     = "user"
	kindGroup    = "group"
	kindRole     = "role"
	kindPolicy   = "policy"
	kindProfile  = "profile"
	kindDevice   = "mfa"

	kindCertificate = "certificate"
	kindOIDC        = "oidc"
	kindSAML        = "saml"
	kindDelegation  = "delegation"
	kindJob         = "job"
)

// A Change is one record to write; nil Data deletes it.
type Change struct {
	Key  string
	Data []byte
}

// A Tx derives a new View from an old one, which stays as it was. It is used
// by one goroutine. Put and Delete keep the indexes; they panic when the caller
// has not kept the rules it must check first (a name that is taken, a
// reference to nothing), since answering a client is the caller's part.
type Tx struct {
	v       View
	changes map[string]record
	order   []string
}

// record encodes an entity late, so that many changes of one entity in a Tx
// cost one encoding. nil means deleted.
type record interface{ encode() []byte }

// Begin starts a Tx on v.
func (v *View) Begin() *Tx { return &Tx{v: *v, changes: map[string]record{}} }

// View returns the state as changed so far. It is valid until the next change
// and must not be kept; Freeze returns the View to keep.
func (tx *Tx) View() *View { return &tx.v }

// Freeze returns the View derived. The Tx can go on, without touching it.
func (tx *Tx) Freeze() *View { v := tx.v; return &v }

// A Mark is a state to return to.
type Mark struct {
	v       View
	changes map[string]record
	order   int
}

// Mark remembers the state, for Reset. It costs a copy of the list of changes.
func (tx *Tx) Mark() Mark {
	m := Mark{v: tx.v, order: len(tx.order), changes: make(map[string]record, len(tx.changes))}
	for k, r := range tx.changes {
		m.changes[k] = r
	}
	return m
}

// Reset undoes everything since the Mark.
func (tx *Tx) Reset(m Mark) { tx.v, tx.changes, tx.order = m.v, m.changes, tx.order[:m.order] }

// Len returns how many records the Tx would write.
func (tx *Tx) Len() int { return len(tx.changes) }

// Changes returns the records to write, in the order of their first change.
func (tx *Tx) Changes() []Change {
	out := make([]Change, 0, len(tx.order))
	for _, key := range tx.order {
		c := Change{Key: key}
		if r := tx.changes[key]; r != nil {
			c.Data = r.encode()
		}
		out = append(out, c)
	}
	return out
}

func (tx *Tx) note(kind, id string, r record) {
	key := kind + "/" + id
	if _, ok := tx.changes[key]; !ok {
		tx.order = append(tx.order, key)
	}
	tx.changes[key] = r
}

// PutSettings replaces the settings of the account.
func (tx *Tx) PutSettings(s *Settings) {
	if s.Account != tx.v.account {
		panic("account: settings of another account")
	}
	tx.keyIndex(RootID, tx.v.settings.Root.Keys, s.Root.Keys)
	tx.v.settings = s
	tx.note(kindSettings, "account", s)
}

// PutUser adds a user or replaces the one of the same id.
func (tx *Tx) PutUser(u *User) {
	old := put(&tx.v.users, u.ID, u.Name, u, func(o *User) string { return o.Name })
	if old == nil {
		old = &User{}
	}
	tx.keyIndex(u.ID, old.Keys, u.Keys)
	tx.useIndex(kindUser, u.ID, old.Attached, u.Attached, old.Boundary, u.Boundary)
	tx.memberIndex(u.ID, old.Groups, u.Groups)
	tx.note(kindUser, u.ID, u)
}

// DeleteUser removes a user with its keys and memberships.
func (tx *Tx) DeleteUser(u *User) {
	drop(&tx.v.users, u.ID, u.Name)
	tx.keyIndex(u.ID, u.Keys, nil)
	tx.useIndex(kindUser, u.ID, u.Attached, nil, u.Boundary, "")
	tx.memberIndex(u.ID, u.Groups, nil)
	tx.note(kindUser, u.ID, nil)
}

// PutGroup adds a group or replaces the one of the same id.
func (tx *Tx) PutGroup(g *Group) {
	old := put(&tx.v.groups, g.ID, g.Name, g, func(o *Group) string { return o.Name })
	if old == nil {
		old = &Group{}
	}
	tx.useIndex(kindGroup, g.ID, old.Attached, g.Attached, "", "")
	tx.note(kindGroup, g.ID, g)
}

// DeleteGroup removes a group, which must have no members.
func (tx *Tx) DeleteGroup(g *Group) {
	for range tx.v.Members(g.ID) {
		panic("account: group " + g.ID + " has members")
	}
	drop(&tx.v.groups, g.ID, g.Name)
	tx.useIndex(kindGroup, g.ID, g.Attached, nil, "", "")
	tx.note(kindGroup, g.ID, nil)
}

// PutRole adds a role or replaces the one of the same id.
func (tx *Tx) PutRole(r *Role) {
	old := put(&tx.v.roles, r.ID, r.Name, r, func(o *Role) string { return o.Name })
	if old == nil {
		old = &Role{}
	}
	tx.useIndex(kindRole, r.ID, old.Attached, r.Attached, old.Boundary, r.Boundary)
	tx.note(kindRole, r.ID, r)
}

// DeleteRole removes a role, which must be in no instance profile.
func (tx *Tx) DeleteRole(r *Role) {
	for range tx.v.ProfilesOfRole(r.ID) {
		panic("account: role " + r.ID + " is in an instance profile")
	}
	drop(&tx.v.roles, r.ID, r.Name)
	tx.useIndex(kindRole, r.ID, r.Attached, nil, r.Boundary, "")
	tx.note(kindRole, r.ID, nil)
}

// PutPolicy adds a managed policy or replaces the one of the same id.
func (tx *Tx) PutPolicy(p *Policy) {
	put(&tx.v.policies, p.ID, p.Name, p, func(o *Policy) string { return o.Name })
	tx.note(kindPolicy, p.ID, p)
}

// DeletePolicy removes a managed policy, which nothing may use.
func (tx *Tx) DeletePolicy(p *Policy) {
	for range tx.v.Uses(p.ARN(tx.v.account)) {
		panic("account: policy " + p.ID + " is in use")
	}
	drop(&tx.v.policies, p.ID, p.Name)
	tx.note(kindPolicy, p.ID, nil)
}

// PutInstanceProfile adds a profile or replaces the one of the same id.
func (tx *Tx) PutInstanceProfile(p *InstanceProfile) {
	old := put(&tx.v.profiles, p.ID, p.Name, p, func(o *InstanceProfile) string { return o.Name })
	was := ""
	if old != nil {
		was = old.Role
	}
	if p.Role != "" && tx.v.RoleByID(p.Role) == nil {
		panic("account: profile " + p.ID + " names a role that isn't there")
	}
	tx.v.boxed = reindex(tx.v.boxed, was, p.Role, p.ID)
	tx.note(kindProfile, p.ID, p)
}

// DeleteInstanceProfile removes a profile.
func (tx *Tx) DeleteInstanceProfile(p *InstanceProfile) {
	drop(&tx.v.profiles, p.ID, p.Name)
	tx.v.boxed = reindex(tx.v.boxed, p.Role, "", p.ID)
	tx.note(kindProfile, p.ID, nil)
}

// PutMFADevice adds a device or replaces the one of the same id.
func (tx *Tx) PutMFADevice(d *MFADevice) {
	old := put(&tx.v.devices, d.ID, d.ID, d, func(o *MFADevice) string { return o.ID })
	was := ""
	if old != nil {
		was = old.User
	}
	tx.v.worn = reindex(tx.v.worn, was, d.User, d.ID)
	tx.note(kindDevice, d.ID, d)
}

// DeleteMFADevice removes a device.
func (tx *Tx) DeleteMFADevice(d *MFADevice) {
	drop(&tx.v.devices, d.ID, d.ID)
	tx.v.worn = reindex(tx.v.worn, d.User, "", d.ID)
	tx.note(kindDevice, d.ID, nil)
}

// put stores e under id and name and returns what was under the id.
func put[T comparable](t *table[T], id, name string, e T, nameOf func(T) string) (old T) {
	var none T
	tree, old, had := t.byID.Insert([]byte(id), e)
	t.byID = tree
	key := awsid.Fold(name)
	if had && awsid.Fold(nameOf(old)) != key {
		t.byName, _, _ = t.byName.Delete([]byte(awsid.Fold(nameOf(old))))
	}
	named, prev, _ := t.byName.Insert([]byte(key), e)
	if prev != none && prev != old {
		panic(fmt.Sprintf("account: the name %q is taken", name))
	}
	t.byName = named
	return old
}

func drop[T any](t *table[T], id, name string) {
	tree, _, had := t.byID.Delete([]byte(id))
	if !had {
		panic("account: deleting " + id + ", which isn't there")
	}
	t.byID = tree
	t.byName, _, _ = t.byName.Delete([]byte(awsid.Fold(name)))
}

func (tx *Tx) keyIndex(owner string, old, now []AccessKey) {
	for _, k := range old {
		if !slices.ContainsFunc(now, func(n AccessKey) bool { return n.ID == k.ID }) {
			tx.v.keys, _, _ = tx.v.keys.Delete([]byte(k.ID))
		}
	}
	for _, k := range now {
		tree, prev, had := tx.v.keys.Insert([]byte(k.ID), owner)
		if had && prev != owner {
			panic("account: access key " + k.ID + " belongs to another user")
		}
		tx.v.keys = tree
	}
}

func (tx *Tx) memberIndex(user string, old, now []string) {
	for _, g := range old {
		if !slices.Contains(now, g) {
			tx.v.members, _, _ = tx.v.members.Delete([]byte(g + "\x00" + user))
		}
	}
	for _, g := range now {
		if tx.v.GroupByID(g) == nil {
			panic("account: user " + user + " in a group that isn't there")
		}
		tx.v.members, _, _ = tx.v.members.Insert([]byte(g+"\x00"+user), struct{}{})
	}
}

func (tx *Tx) useIndex(kind, id string, oldAttached, attached []string, oldBoundary, boundary string) {
	how := map[string]int{}
	for _, arn := range oldAttached {
		how[arn] = 0
	}
	if oldBoundary != "" {
		how[oldBoundary] = 0
	}
	for _, arn := range attached {
		how[arn] |= usedAsPolicy
	}
	if boundary != "" {
		how[boundary] |= usedAsBoundary
	}
	for arn, h := range how {
		key := []byte(arn + "\x00" + kind + "\x00" + id)
		if h == 0 {
			tx.v.uses, _, _ = tx.v.uses.Delete(key)
		} else {
			tx.v.uses, _, _ = tx.v.uses.Insert(key, h)
		}
	}
}

func reindex(tree *iradix.Tree[string], was, is, id string) *iradix.Tree[string] {
	if was != "" && was != is {
		tree, _, _ = tree.Delete([]byte(was + "\x00" + id))
	}
	if is != "" {
		tree, _, _ = tree.Insert([]byte(is+"\x00"+id), id)
	}
	return tree
}
