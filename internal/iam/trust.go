package iam

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"

	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/aratame/aratame/internal/account"
	"github.com/aratame/aratame/internal/api"
	"github.com/aratame/aratame/internal/awserr"
	"github.com/aratame/aratame/internal/awsid"
	"github.com/aratame/aratame/internal/store"
	"github.com/aratame/aratame/policy"
)

// A Directory gives the present state of accounts, as store.Cache does. Its
// error is store.ErrNotFound for an account that isn't served here.
type Directory interface {
	View(ctx context.Context, acct string) (*account.View, error)
}

// principalAWS is the kind of principals that name accounts and what is in them.
const principalAWS = "AWS"

// newTrust validates a trust policy for saving. It returns the unique ids that
// the ARNs of users and roles in it stand for at this moment (IAM User Guide,
// "AWS JSON policy elements: Principal"): a policy goes on to mean the same
// entity when that is renamed, and nobody when it is deleted.
func (s *Service) newTrust(c *api.Call, v *account.View, text string) (ids map[string]string, err error) {
	doc, err := parseDocument(text, policy.Trust)
	if err != nil {
		return nil, err
	}
	if most := s.Quotas.TrustPolicySize; doc.Size() > most {
		return nil, errQuota("ACLSizePerRole", most)
	}
	if err := checkShared(doc); err != nil {
		return nil, err
	}
	for _, p := range doc.Principals() {
		if p.Kind != principalAWS {
			continue
		}
		id, ok, err := s.resolvePrincipal(c, v, p.Value)
		if err != nil {
			return nil, err
		}
		if !ok {
			return nil, awserr.New("MalformedPolicyDocument", policy.InvalidPrincipalMessage(p.Kind, p.Value))
		}
		if id != "" {
			if ids == nil {
				ids = map[string]string{}
			}
			ids[p.Value] = id
		}
	}
	return ids, nil
}

// resolvePrincipal reports whether a value may stand under "AWS" and, for the
// ARN of a user or role, gives the entity's unique id. Names in principals are
// compared with regard to case, as AWS does.
//
// A unique id is taken when it is that of an entity now; any account may be
// named as a whole, also one that isn't served here. Sessions of roles are
// taken when there is the role, those of federated users when there is the
// account: their names aren't known before they sign in.
func (s *Service) resolvePrincipal(c *api.Call, v *account.View, value string) (id string, ok bool, err error) {
	if value == "*" || awsid.ValidAccountID(value) {
		return "", true, nil
	}
	if isEntityID(value) {
		arn, err := s.arnOfID(c, v, accountOfID(v, value), value)
		return "", arn != "", err
	}
	a, err := awsid.ParseARN(value)
	if err != nil || a.Partition != awsid.Partition || a.Region != "" || !awsid.ValidAccountID(a.Account) {
		return "", false, nil
	}
	if a.Service == "iam" && a.Resource == "root" {
		return "", true, nil
	}
	owner, err := s.accountView(c, v, a.Account)
	if err != nil || owner == nil {
		return "", false, err
	}
	kind, rest, _ := strings.Cut(a.Resource, "/")
	switch a.Service + ":" + kind {
	case "iam:user", "iam:role":
		id = entityID(owner, value, a.Resource)
		return id, id != "", nil
	case "sts:assumed-role":
		role, session, _ := strings.Cut(rest, "/")
		r := owner.Role(role)
		return "", r != nil && r.Name == role && isSessionName(session), nil
	case "sts:federated-user":
		return "", isSessionName(rest), nil
	}
	return "", false, nil
}

// entityID gives the unique id of the user or role of exactly this ARN, or "".
func entityID(v *account.View, arn, resource string) string {
	kind, _, name, _ := awsid.SplitPath(resource)
	if kind == "user" {
		if u := v.User(name); u != nil && u.ARN(v.Account()) == arn {
			return u.ID
		}
		return ""
	}
	if r := v.Role(name); r != nil && r.ARN(v.Account()) == arn {
		return r.ID
	}
	return ""
}

// shownTrust is the role's trust policy as it is read back: a user or role is
// shown by the ARN it has now, or by its unique id once it is gone; an account
// by the ARN of its root. Everything else is as it was sent.
//
// A policy that names no user or role reads the same for as long as the role
// isn't changed, so that listings needn't parse it again.
func (s *Service) shownTrust(c *api.Call, v *account.View, r *account.Role) (*string, error) {
	if text := s.trusts.get(r); text != nil {
		return text, nil
	}
	doc, err := policy.ParseStored(r.Trust, policy.Trust)
	if err != nil {
		return nil, err
	}
	lasts := len(r.TrustIDs) == 0 && !slices.ContainsFunc(doc.Principals(), func(p policy.PrincipalValue) bool {
		return p.Kind == principalAWS && isEntityID(p.Value)
	})
	var failed error
	doc = doc.MapPrincipals(func(kind, value string) string {
		shown, err := s.shownPrincipal(c, v, r, kind, value)
		if err != nil {
			failed = err
		}
		return shown
	})
	text := encodeDocument(doc.Text())
	if lasts && failed == nil {
		s.trusts.put(r, text)
	}
	return text, failed
}

// maxTrusts is how many trust policies are kept as they are shown. At IAM's
// default quota that is every role of four accounts.
const maxTrusts = 1 << 12

// shownTrusts keeps encoded trust policies by the id of their role. Its zero
// value is ready.
type shownTrusts struct {
	once  sync.Once
	cache *lru.Cache[string, encodedTrust]
}

// An encodedTrust holds for the very role it was made from: a changed role is
// another value.
type encodedTrust struct {
	role *account.Role
	text *string
}

func (t *shownTrusts) open() *lru.Cache[string, encodedTrust] {
	t.once.Do(func() {
		var err error
		if t.cache, err = lru.New[string, encodedTrust](maxTrusts); err != nil {
			panic(err) // only for a size below one
		}
	})
	return t.cache
}

func (t *shownTrusts) get(r *account.Role) *string {
	if e, ok := t.open().Get(r.ID); ok && e.role == r {
		return e.text
	}
	return nil
}

func (t *shownTrusts) put(r *account.Role, text *string) {
	t.open().Add(r.ID, encodedTrust{r, text})
}

func (s *Service) shownPrincipal(c *api.Call, v *account.View, r *account.Role, kind, value string) (string, error) {
	if kind != principalAWS {
		return value, nil
	}
	if awsid.ValidAccountID(value) {
		return awsid.Root(value), nil
	}
	var arn string
	var err error
	id, resolved := r.TrustIDs[value]
	switch {
	case resolved:
		a, _ := awsid.ParseARN(value)
		arn, err = s.arnOfID(c, v, a.Account, id)
	case isEntityID(value):
		id = value
		arn, err = s.arnOfID(c, v, accountOfID(v, value), id)
	default:
		return value, nil
	}
	if arn == "" {
		return id, err
	}
	return arn, err
}

// arnOfID gives the present ARN of a user or role, or "" when it is gone.
func (s *Service) arnOfID(c *api.Call, v *account.View, acct, id string) (string, error) {
	owner, err := s.accountView(c, v, acct)
	if err != nil || owner == nil {
		return "", err
	}
	if u := owner.UserByID(id); u != nil {
		return u.ARN(acct), nil
	}
	if r := owner.RoleByID(id); r != nil {
		return r.ARN(acct), nil
	}
	return "", nil
}

// accountView gives the state of an account: v where it is v's, and nil for an
// account that isn't served here. An account that is served and can't be read
// is an error: nothing may be taken for gone because of it.
func (s *Service) accountView(c *api.Call, v *account.View, acct string) (*account.View, error) {
	if acct == v.Account() {
		return v, nil
	}
	if s.Accounts == nil {
		return nil, nil
	}
	other, err := s.Accounts.View(c.Context, acct)
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	return other, err
}

// isEntityID reports whether s has the form of the unique id of a user or role.
func isEntityID(s string) bool {
	if len(s) < 16 || len(s) > 128 || !strings.HasPrefix(s, awsid.UserPrefix) && !strings.HasPrefix(s, awsid.RolePrefix) {
		return false
	}
	for i := 0; i < len(s); i++ {
		if c := s[i]; (c < 'A' || c > 'Z') && (c < '0' || c > '9') {
			return false
		}
	}
	return true
}

// accountOfID is the account that a unique id carries; an id that carries none
// can only be one of this account.
func accountOfID(v *account.View, id string) string {
	if len(id) == 21 && v.UserByID(id) == nil && v.RoleByID(id) == nil {
		if acct, ok := awsid.AccountOfKeyID(id[:20]); ok {
			return acct
		}
	}
	return v.Account()
}

// isSessionName reports whether s can be the name of a session: a principal of
// one session takes no wildcards.
func isSessionName(s string) bool {
	if len(s) < 2 || len(s) > 64 {
		return false
	}
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', strings.IndexByte("_+=,.@-", c) >= 0:
		default:
			return false
		}
	}
	return true
}
