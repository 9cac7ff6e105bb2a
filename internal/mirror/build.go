package mirror

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aratame/aratame/internal/account"
	"github.com/aratame/aratame/internal/awsid"
	"github.com/aratame/aratame/internal/managedpolicy"
	"github.com/aratame/aratame/policy"
)

// usable checks what every entity has: its ARN must be the one that kind, path
// and name make, its id one that IAM could have given.
func (p *Plan) usable(v *account.View, what, kind, arn, path, name, id, prefix string) bool {
	switch {
	case !validPath(path) || !validName(name) || awsid.IAM(v.Account(), kind, path, name) != arn:
		p.note("%s: its path, name and ARN %q don't belong together", what, arn)
	case !isID(id, prefix):
		p.note("%s: %q is not an id of such an entity", what, id)
	default:
		return p.once(what, id)
	}
	return false
}

func isID(id, prefix string) bool {
	for i := 0; i < len(id); i++ {
		if c := id[i]; (c < 'A' || c > 'Z') && (c < '0' || c > '9') {
			return false
		}
	}
	return strings.HasPrefix(id, prefix) && len(id) >= 16 && len(id) <= 128
}

// maxEntity is how large an entity may become, in bytes as it is kept. AWS's
// limits keep theirs far below, and the store takes no more than a few times
// this.
const maxEntity = 1 << 20

// fits reports whether an entity can be kept: what is too large, or has a time
// that can't be written, would fail the whole import.
func (p *Plan) fits(what string, entity any) bool {
	data, err := json.Marshal(entity)
	switch {
	case err != nil:
		p.note("%s is left out: %v", what, err)
	case len(data) > maxEntity:
		p.note("%s is left out: it is larger than %d bytes", what, maxEntity)
	default:
		return true
	}
	return false
}

func validName(name string) bool {
	for i := 0; i < len(name); i++ {
		switch c := name[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', strings.IndexByte("_+=,.@-", c) >= 0:
		default:
			return false
		}
	}
	return name != "" && len(name) <= 128
}

func validPath(path string) bool {
	for i := 0; i < len(path); i++ {
		if path[i] < '!' || path[i] > 0x7f {
			return false
		}
	}
	return strings.HasPrefix(path, "/") && strings.HasSuffix(path, "/") && len(path) <= 512
}

func (p *Plan) time(t time.Time) time.Time {
	if t.IsZero() {
		return p.now
	}
	return t.UTC().Truncate(time.Second)
}

// tags takes the tags of an entity.
func (p *Plan) tags(what string, in []Tag) (out []account.Tag) {
	for _, t := range in {
		if t.Key == "" || len(t.Key) > 4*128 || len(t.Value) > 4*256 || slices.ContainsFunc(out, func(o account.Tag) bool { return o.Key == t.Key }) {
			p.note("%s: the tag %q is left out: its key is empty, too long or there already", what, t.Key)
			continue
		}
		out = append(out, account.Tag{Key: t.Key, Value: t.Value})
	}
	if len(out) > account.MaxTags {
		p.note("%s: it has more than %d tags; the rest is left out", what, account.MaxTags)
		out = out[:account.MaxTags]
	}
	return out
}

// inline takes embedded policies, sorted by name as entities keep them.
func (p *Plan) inline(what string, in []PolicyDetail) (out []account.Inline) {
	for _, d := range in {
		switch _, err := policy.ParseStored(string(d.PolicyDocument), policy.Identity); {
		case err != nil:
			p.note("%s: its policy %q is left out: %v", what, d.PolicyName, err)
		case !validName(d.PolicyName) || slices.ContainsFunc(out, func(o account.Inline) bool { return o.Name == d.PolicyName }):
			p.note("%s: its policy %q is left out: the name isn't one, or is there already", what, d.PolicyName)
		default:
			out = append(out, account.Inline{Name: d.PolicyName, Document: string(d.PolicyDocument)})
		}
	}
	slices.SortFunc(out, func(a, b account.Inline) int { return strings.Compare(a.Name, b.Name) })
	return out
}

// attached takes the managed policies that are there.
func (p *Plan) attached(v *account.View, what string, in []Attached) (out []string) {
	for _, a := range in {
		if !there(v, a.PolicyARN) {
			p.note("%s: the policy %s can't be attached: it isn't here", what, a.PolicyARN)
		} else if !slices.Contains(out, a.PolicyARN) {
			out = append(out, a.PolicyARN)
		}
	}
	return out
}

func there(v *account.View, arn string) bool {
	if _, ok := managedpolicy.Get(arn); ok {
		return true
	}
	return v.PolicyByARN(arn) != nil
}

// boundary takes the boundary of an entity. ok is false when it isn't here: an
// entity without its boundary could do more than on AWS.
func (p *Plan) boundary(v *account.View, what string, b *Boundary) (arn string, ok bool) {
	if b == nil || there(v, b.ARN) {
		if b != nil {
			arn = b.ARN
		}
		return arn, true
	}
	p.note("%s is left out: its permissions boundary %s isn't here", what, b.ARN)
	return "", false
}

func (p *Plan) policy(tx *account.Tx, in *Policy) {
	v, what := tx.View(), "policy "+in.PolicyName
	if strings.HasPrefix(in.ARN, "arn:"+awsid.Partition+":iam::aws:") {
		if !there(v, in.ARN) {
			p.note("%s of AWS isn't known here; it can't be attached to anything", in.ARN)
		}
		return
	}
	if !p.usable(v, what, "policy", in.ARN, in.Path, in.PolicyName, in.PolicyID, awsid.PolicyPrefix) {
		return
	}
	if old := v.Policy(in.PolicyName); old != nil && (old.ID != in.PolicyID || old.Path != in.Path) {
		p.note("%s is left as it is: there is one of that name with another id", what)
		return
	}
	if old := v.PolicyByID(in.PolicyID); old != nil && old.Name != in.PolicyName {
		p.note("%s is left out: its id is that of the policy %s", what, old.Name)
		return
	}
	q := &account.Policy{
		ID: in.PolicyID, Name: in.PolicyName, Path: in.Path, Created: p.time(in.CreateDate), Updated: p.time(in.UpdateDate),
		Description: in.Description, Tags: p.tags(what, in.Tags),
	}
	for _, w := range in.PolicyVersionList {
		n, err := strconv.Atoi(strings.TrimPrefix(w.VersionID, "v"))
		if err != nil || n < 1 || n > 1<<30 || q.Version(n) != nil {
			p.note("%s: %q is no version, or is there twice", what, w.VersionID)
			continue
		}
		q.Last = max(q.Last, n)
		if _, err := policy.ParseStored(string(w.Document), policy.Identity); err != nil {
			p.note("%s: version %s is left out: %v", what, w.VersionID, err)
			continue
		}
		q.Versions = append(q.Versions, account.Version{N: n, Document: string(w.Document), Created: p.time(w.CreateDate)})
		if w.IsDefaultVersion || w.VersionID == in.DefaultVersionID {
			q.Default = n
		}
	}
	slices.SortFunc(q.Versions, func(a, b account.Version) int { return a.N - b.N })
	if q.Version(q.Default) == nil || len(q.Versions) > account.MaxVersionsPerPolicy {
		p.note("%s is left out: its default version isn't in the file, or it has more than %d", what, account.MaxVersionsPerPolicy)
		return
	}
	if !p.fits(what, q) {
		return
	}
	tx.PutPolicy(q)
	p.results[p.step].made.Policies++
}

func (p *Plan) group(tx *account.Tx, in *Group) {
	v, what := tx.View(), "group "+in.GroupName
	if !p.usable(v, what, "group", in.ARN, in.Path, in.GroupName, in.GroupID, awsid.GroupPrefix) {
		return
	}
	if old := v.Group(in.GroupName); old != nil && old.ID != in.GroupID {
		p.note("%s is left as it is: there is one of that name with another id", what)
		return
	}
	g := &account.Group{
		ID: in.GroupID, Name: in.GroupName, Path: in.Path, Created: p.time(in.CreateDate),
		Attached: p.attached(v, what, in.AttachedManagedPolicies), Inline: p.inline(what, in.GroupPolicyList),
	}
	if !p.fits(what, g) {
		return
	}
	tx.PutGroup(g)
	p.results[p.step].made.Groups++
}

// user keeps the credentials of a user that is there already.
func (p *Plan) user(tx *account.Tx, in *User) {
	v, what := tx.View(), "user "+in.UserName
	if !p.usable(v, what, "user", in.ARN, in.Path, in.UserName, in.UserID, awsid.UserPrefix) {
		return
	}
	if old := v.User(in.UserName); old != nil && old.ID != in.UserID {
		p.note("%s is left as it is: there is one of that name with another id", what)
		return
	}
	boundary, ok := p.boundary(v, what, in.PermissionsBoundary)
	if !ok {
		return
	}
	u := &account.User{ID: in.UserID}
	if old := v.UserByID(in.UserID); old != nil {
		u = old.Clone()
	}
	u.Name, u.Path, u.Created, u.Boundary = in.UserName, in.Path, p.time(in.CreateDate), boundary
	u.Tags, u.Inline = p.tags(what, in.Tags), p.inline(what, in.UserPolicyList)
	u.Attached, u.Groups = p.attached(v, what, in.AttachedManagedPolicies), nil
	for _, name := range in.GroupList {
		switch g := v.Group(name); {
		case g == nil:
			p.note("%s: it can't be in the group %s, which isn't here", what, name)
		case !slices.Contains(u.Groups, g.ID):
			u.Groups = append(u.Groups, g.ID)
		}
	}
	if len(u.Groups) > account.MaxGroupsPerUser {
		p.note("%s is left out: it is in more than %d groups", what, account.MaxGroupsPerUser)
		return
	}
	if !p.fits(what, u) {
		return
	}
	tx.PutUser(u)
	p.results[p.step].made.Users++
}

func (p *Plan) role(tx *account.Tx, in *Role) {
	v, what := tx.View(), "role "+in.RoleName
	if !p.usable(v, what, "role", in.ARN, in.Path, in.RoleName, in.RoleID, awsid.RolePrefix) {
		return
	}
	if old := v.Role(in.RoleName); old != nil && old.ID != in.RoleID {
		p.note("%s is left as it is: there is one of that name with another id", what)
		return
	}
	boundary, ok := p.boundary(v, what, in.PermissionsBoundary)
	if !ok {
		return
	}
	ids, err := p.trustIDs(v, what, string(in.AssumeRolePolicyDocument))
	if err != nil {
		p.note("%s is left out: its trust policy can't be read: %v", what, err)
		return
	}
	r := &account.Role{
		ID: in.RoleID, Name: in.RoleName, Path: in.Path, Created: p.time(in.CreateDate), Description: in.Description,
		MaxSession: in.MaxSessionDuration, Trust: string(in.AssumeRolePolicyDocument), TrustIDs: ids, Boundary: boundary,
		Tags: p.tags(what, in.Tags), Attached: p.attached(v, what, in.AttachedManagedPolicies), Inline: p.inline(what, in.RolePolicyList),
	}
	if r.ServiceLinked() && boxed(v, r.ID) {
		p.note("%s is left as it is: it is in an instance profile, which a service-linked role can't be in", what)
		return
	}
	if old := v.RoleByID(in.RoleID); old != nil {
		r.Source = old.Source
		if in.MaxSessionDuration == 0 {
			r.MaxSession, r.Description = old.MaxSession, old.Description
		}
	}
	if r.MaxSession < account.MinMaxSession || r.MaxSession > account.MaxMaxSession {
		r.MaxSession = account.MinMaxSession // the file of AWS doesn't tell
	}
	if !p.fits(what, r) {
		return
	}
	tx.PutRole(r)
	p.results[p.step].made.Roles++
}

func boxed(v *account.View, role string) bool {
	for range v.ProfilesOfRole(role) {
		return true
	}
	return false
}

func (p *Plan) profile(tx *account.Tx, role *Role, in *Profile) {
	v, what := tx.View(), "instance profile "+in.InstanceProfileName
	if !p.usable(v, what, "instance-profile", in.ARN, in.Path, in.InstanceProfileName, in.InstanceProfileID, awsid.InstanceProfilePrefix) {
		return
	}
	old := v.InstanceProfile(in.InstanceProfileName)
	switch {
	case old != nil && old.ID != in.InstanceProfileID:
		p.note("%s is left as it is: there is one of that name with another id", what)
		return
	case v.RoleByID(role.RoleID) == nil:
		p.note("%s is left out: its role %s isn't here", what, role.RoleName)
		return
	case v.RoleByID(role.RoleID).ServiceLinked():
		p.note("%s is left out: its role %s is service-linked, and nobody could take it out again", what, role.RoleName)
		return
	}
	q := &account.InstanceProfile{
		ID: in.InstanceProfileID, Name: in.InstanceProfileName, Path: in.Path, Created: p.time(in.CreateDate),
		Tags: p.tags(what, in.Tags), Role: role.RoleID,
	}
	if !p.fits(what, q) {
		return
	}
	tx.PutInstanceProfile(q)
	p.results[p.step].made.InstanceProfiles++
}
