package decide

import (
	"fmt"
	"slices"
	"weak"

	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/aratame/aratame/internal/account"
	"github.com/aratame/aratame/internal/awsid"
	"github.com/aratame/aratame/internal/managedpolicy"
	"github.com/aratame/aratame/internal/session"
	"github.com/aratame/aratame/policy"
)

// How many compiled sets are kept. One is dropped when it wasn't used for
// longest, and made again when it is needed.
const (
	maxPrincipals = 1 << 14
	maxSessions   = 1 << 14
	maxTrusts     = 1 << 12
	maxDocuments  = 1 << 11
)

// A Decider makes decisions. It is safe for concurrent use.
type Decider struct {
	principals *lru.Cache[string, *compiled] // by unique id
	sessions   *lru.Cache[string, *compiled] // by access key id
	trusts     *lru.Cache[string, *compiled] // by role id
	documents  *lru.Cache[string, *policy.Document]
}

// New returns a Decider that holds nothing yet.
func New() *Decider {
	return &Decider{
		principals: cache[*compiled](maxPrincipals), sessions: cache[*compiled](maxSessions),
		trusts: cache[*compiled](maxTrusts), documents: cache[*policy.Document](maxDocuments),
	}
}

func cache[V any](size int) *lru.Cache[string, V] {
	c, err := lru.New[string, V](size)
	if err != nil {
		panic(err) // only for a size below one
	}
	return c
}

// A compiled holds the sets made from deps: the entities of a View, which are
// replaced when they change, so that equal pointers mean equal content.
type compiled struct {
	// view is the last View in which deps were found to stand. It is weak, so
	// that a cached set doesn't keep a former state of the whole account.
	view     weak.Pointer[account.View]
	deps     []any
	identity *policy.Set
	boundary *policy.Set
}

// lookup returns what is cached under key if it was made from the same
// entities. For the View it was last used with, that needs no comparison; a nil
// v asks for it each time.
func lookup(c *lru.Cache[string, *compiled], key string, v *account.View, deps func() []any) (*compiled, []any) {
	old, ok := c.Get(key)
	if ok && v != nil && old.view == weak.Make(v) {
		return old, nil
	}
	now := deps()
	if ok && slices.Equal(old.deps, now) {
		if v == nil {
			return old, nil
		}
		fresh := *old
		fresh.view = weak.Make(v)
		c.Add(key, &fresh)
		return &fresh, nil
	}
	return nil, now
}

// principal returns the sets of a user with its groups, or of a role.
func (d *Decider) principal(s *Subject) (*compiled, error) {
	switch {
	case s.User != nil:
		return d.user(s.View, s.User)
	case s.Role != nil:
		return d.role(s.View, s.Role)
	}
	return nil, fmt.Errorf("decide: %s is neither user nor role", s.Principal.ARN)
}

func (d *Decider) user(v *account.View, u *account.User) (*compiled, error) {
	hit, deps := lookup(d.principals, u.ID, v, func() []any {
		deps := managedDeps([]any{u, ownPassword(v)}, v, u.Attached, u.Boundary)
		for _, id := range u.Groups {
			g := v.GroupByID(id)
			deps = managedDeps(append(deps, g), v, g.Attached, "")
		}
		return deps
	})
	if hit != nil {
		return hit, nil
	}
	g := gatherer{d: d, v: v}
	g.inline(policy.UserInline, u.ARN(v.Account()), u.Inline)
	g.managed(policy.UserManaged, u.ARN(v.Account()), u.Attached)
	if ownPassword(v) {
		g.add(policy.Source{Name: "AllowUsersToChangePassword", Owner: u.ARN(v.Account())}, changeOwnPassword, policy.Identity)
	}
	for _, id := range u.Groups {
		group := v.GroupByID(id)
		g.inline(policy.GroupInline, group.ARN(v.Account()), group.Inline)
		g.managed(policy.GroupManaged, group.ARN(v.Account()), group.Attached)
	}
	return g.finish(d.principals, u.ID, deps, u.Boundary)
}

// ownPassword reports whether the account's password policy lets users change
// their own passwords.
func ownPassword(v *account.View) bool {
	p := v.Settings().PasswordPolicy
	return p != nil && p.AllowChange
}

// changeOwnPassword is what users then have beside their policies: whatever
// denies or bounds those denies and bounds this. ChangePassword is asked for
// the signing user alone.
const changeOwnPassword = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["iam:ChangePassword","iam:GetAccountPasswordPolicy"],"Resource":"*"}]}`

// rootsOwn is what a session of root may do beside its task policy, which does
// nothing but deny all that isn't the task.
const rootsOwn = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`

func (d *Decider) role(v *account.View, r *account.Role) (*compiled, error) {
	hit, deps := lookup(d.principals, r.ID, v, func() []any {
		return managedDeps([]any{r}, v, r.Attached, r.Boundary)
	})
	if hit != nil {
		return hit, nil
	}
	g := gatherer{d: d, v: v}
	g.inline(policy.RoleInline, r.ARN(v.Account()), r.Inline)
	g.managed(policy.RoleManaged, r.ARN(v.Account()), r.Attached)
	return g.finish(d.principals, r.ID, deps, r.Boundary)
}

// session returns the set of the policies passed when the session was made.
// Managed ones count as they are now; one that was deleted allows nothing.
func (d *Decider) session(s *Subject) (*policy.Set, error) {
	hit, deps := lookup(d.sessions, s.Session.AccessKeyID, s.View, func() []any {
		return managedDeps([]any{s.Session.SecretAccessKey}, s.View, s.Session.PolicyARNs, "")
	})
	if hit != nil {
		return hit.identity, nil
	}
	g := gatherer{d: d, v: s.View}
	if s.Session.Policy != "" {
		g.add(policy.Source{Type: policy.SessionInline, Owner: s.Principal.ARN}, s.Session.Policy, policy.Session)
	}
	g.managed(policy.SessionManaged, s.Principal.ARN, s.Session.PolicyARNs)
	if s.Session.Kind == session.AssumedRoot {
		g.add(policy.Source{Type: policy.SessionInline, Name: "AssumeRoot"}, rootsOwn, policy.Session)
	}
	c, err := g.finish(d.sessions, s.Session.AccessKeyID, deps, "")
	if err != nil {
		return nil, err
	}
	return c.identity, nil
}

// trust returns the set of a role's trust policy, in which users and roles
// stand by their unique ids.
func (d *Decider) trust(r *account.Role) (*policy.Set, error) {
	hit, deps := lookup(d.trusts, r.ID, nil, func() []any { return []any{r} })
	if hit != nil {
		return hit.identity, nil
	}
	source := policy.Source{Type: policy.TrustPolicy, Owner: r.Name}
	doc, err := policy.ParseStored(r.Trust, policy.Trust)
	if err != nil {
		return nil, damaged(source, err)
	}
	doc = doc.MapPrincipals(func(kind, value string) string {
		if id, ok := r.TrustIDs[value]; ok && kind == "AWS" {
			return id
		}
		return value
	})
	set := policy.Compile(policy.Policy{Source: source, Document: doc})
	d.trusts.Add(r.ID, &compiled{deps: deps, identity: set})
	return set, nil
}

// managedDeps adds what the content of managed policies depends on. Policies
// of AWS change with the program only.
func managedDeps(deps []any, v *account.View, attached []string, boundary string) []any {
	for _, arn := range attached {
		deps = append(deps, v.PolicyByARN(arn))
	}
	if boundary != "" {
		deps = append(deps, v.PolicyByARN(boundary))
	}
	return deps
}

// A gatherer collects policies and the first error.
type gatherer struct {
	d        *Decider
	v        *account.View
	policies []policy.Policy
	err      error
}

func (g *gatherer) inline(t policy.SourceType, owner string, inline []account.Inline) {
	for _, p := range inline {
		g.add(policy.Source{Type: t, Name: p.Name, Owner: owner}, p.Document, policy.Identity)
	}
}

func (g *gatherer) managed(t policy.SourceType, owner string, arns []string) {
	for _, arn := range arns {
		doc, name, err := g.d.document(g.v, arn)
		if err != nil {
			g.fail(damaged(policy.Source{ARN: arn, Owner: owner}, err))
			return
		}
		if doc != nil {
			g.policies = append(g.policies, policy.Policy{Source: policy.Source{Type: t, ARN: arn, Name: name, Owner: owner}, Document: doc})
		}
	}
}

func (g *gatherer) add(source policy.Source, text string, kind policy.Kind) {
	doc, err := policy.ParseStored(text, kind)
	if err != nil {
		g.fail(damaged(source, err))
		return
	}
	g.policies = append(g.policies, policy.Policy{Source: source, Document: doc})
}

func (g *gatherer) fail(err error) {
	if g.err == nil {
		g.err = err
	}
}

func (g *gatherer) finish(c *lru.Cache[string, *compiled], key string, deps []any, boundary string) (*compiled, error) {
	out := &compiled{view: weak.Make(g.v), deps: deps, identity: policy.Compile(g.policies...)}
	if boundary != "" {
		b := gatherer{d: g.d, v: g.v}
		b.managed(policy.BoundaryPolicy, "", []string{boundary})
		g.fail(b.err)
		out.boundary = policy.Compile(b.policies...) // an empty Set if it is gone: it allows nothing
	}
	if g.err != nil {
		return nil, g.err
	}
	c.Add(key, out)
	return out, nil
}

// document returns the default version of a managed policy, or nil if there is
// no such policy.
func (d *Decider) document(v *account.View, arn string) (*policy.Document, string, error) {
	if p := v.PolicyByARN(arn); p != nil {
		doc, err := policy.ParseStored(p.Version(p.Default).Document, policy.Identity)
		return doc, p.Name, err
	}
	a, err := awsid.ParseARN(arn)
	if err != nil || a.Account != "aws" {
		return nil, "", nil
	}
	p, ok := managedpolicy.Get(arn)
	if !ok {
		return nil, "", nil
	}
	if doc, ok := d.documents.Get(arn); ok {
		return doc, p.Name, nil
	}
	text, ok := p.Document(p.DefaultVersionID)
	if !ok {
		return nil, "", fmt.Errorf("no document of version %s", p.DefaultVersionID)
	}
	doc, err := policy.ParseStored(text, policy.Identity)
	if err != nil {
		return nil, "", err
	}
	d.documents.Add(arn, doc)
	return doc, p.Name, nil
}
