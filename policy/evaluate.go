package policy

import "strings"

// asker is a request prepared for one decision.
type asker struct {
	p        *Principal
	action   string
	folded   [foldedSize]byte // action, folded, unless it is longer
	resource string
	ctx      Context
	verb     verbs
	named    bool // Allow statements must name a principal
	bounded  bool // the principal has a permissions boundary

	// The resource pattern that was matched last, and what came of it: rules
	// with the same one stand side by side.
	last     *resourcePattern
	lastFits bool
}

// prepare fills an asker, in its place: it is too large to be copied.
func (a *asker) prepare(req *Request, policies *Policies) {
	a.p, a.action, a.resource, a.ctx = req.Principal, req.Action, req.Resource, req.Context
	a.verb, a.bounded, a.lastFits = verbOf(req.Action), policies.Boundary != nil, true
	fold(&a.folded, req.Action)
}

// asks reports whether the request's action is one of a pattern's.
func (a *asker) asks(p *actionPattern) truth {
	switch n := len(p.text); {
	case len(a.action) > foldedSize:
	case p.kind == matchText:
		return truthOf(len(a.action) == n && string(a.folded[:n]) == p.text)
	case p.kind == matchPrefix:
		return truthOf(len(a.action) >= n && string(a.folded[:n]) == p.text)
	}
	return p.match(a.action)
}

// verdict is what the policies of one type say.
type verdict struct {
	present bool
	deny    bool
	allow   bool
	grant   grant // of the closest Allow
}

func (v *verdict) add(st *stmt, g grant) {
	if st.deny {
		v.deny = true
		return
	}
	v.allow = true
	v.grant = max(v.grant, g)
}

// verdicts are those of all types, from which the outcome follows.
type verdicts struct {
	identity, boundary, session, resource, trust, scp, rcp, endpoint verdict
}

// Evaluate decides. It allocates nothing, but for patterns of more than eight
// variables and those that have to be searched for as scan.go says. Without a
// principal the answer is an implicit deny; nil policies are none. It is safe
// for concurrent use.
//
// The result is that of the AWS IAM User Guide, policy evaluation logic: an
// explicit deny in any policy that applies, otherwise an implicit deny of the
// first type in the order RCP, SCP, endpoint, resource or trust, identity,
// boundary, session.
func Evaluate(req *Request, policies *Policies) Outcome {
	if out, ok := settled(req); ok {
		return out
	}
	if policies == nil {
		policies = &Policies{}
	}
	var a asker
	a.prepare(req, policies)
	if identityAlone(req, policies) {
		switch v := policies.Identity.eval(&a); {
		case v.deny:
			return Outcome{ExplicitDeny, Identity}
		case v.allow:
			return Outcome{Allowed, Identity}
		}
		return Outcome{ImplicitDeny, Identity}
	}
	s := scopeOf(req, policies)
	var v verdicts
	if s.rcp {
		v.rcp = levels(policies.RCPs, &a)
	}
	if s.scp {
		v.scp = levels(policies.SCPs, &a)
	}
	v.endpoint = policies.Endpoint.eval(&a)
	a.named = true
	v.resource = policies.Resource.eval(&a)
	if s.ignoreResource {
		v.resource = policies.Resource.evalAll(&a)
	}
	v.trust = policies.Trust.eval(&a)
	a.named = false
	if s.identity {
		v.identity = policies.Identity.eval(&a)
		v.boundary = policies.Boundary.eval(&a)
	}
	if s.session {
		v.session = levels(policies.Session, &a)
	}
	return s.outcome(&v)
}

// identityAlone recognises the most frequent request, which is decided faster:
// a user or role in its own account, without any other type of policy.
func identityAlone(req *Request, policies *Policies) bool {
	p := req.Principal
	if p.Kind != User && p.Kind != AssumedRole || req.ResourceAccount != p.Account || p.Account == "" {
		return false
	}
	return policies.Boundary == nil && policies.Resource == nil && policies.Trust == nil && policies.Endpoint == nil &&
		!policies.ResourceRequired && !policies.SessionRequired &&
		len(policies.Session) == 0 && len(policies.SCPs) == 0 && len(policies.RCPs) == 0
}

// settled decides what no policy decides: requests without a principal, and
// the calls that need no permission and that no Deny reaches (AWS IAM User
// Guide, GetCallerIdentity and GetSessionToken).
func settled(req *Request) (Outcome, bool) {
	if req.Principal == nil {
		return Outcome{}, true
	}
	switch req.Principal.Kind {
	case Root, User, AssumedRole, FederatedUser:
		if !hasFoldedPrefix(req.Action, "sts:get") {
			return Outcome{}, false
		}
		if equalFolded(req.Action, "sts:getcalleridentity") {
			return Outcome{Effect: Allowed}, true
		}
		if equalFolded(req.Action, "sts:getsessiontoken") && (req.Principal.Kind == User || req.Principal.Kind == Root) {
			return Outcome{Effect: Allowed}, true
		}
	case Anonymous, Service, WebIdentity, SAML:
	default:
		return Outcome{}, true
	}
	return Outcome{}, false
}

// scope says which types of policies apply to a request and how.
type scope struct {
	scp, rcp        bool
	identity        bool // identity policies and boundary
	session         bool
	sessionRequired bool
	root, user      bool // root needs no identity policy
	outside         bool // no identity side at all: only the resource's policies decide
	crossAccount    bool
	mustAllow       bool // the resource policy must allow or delegate
	ignoreResource  bool // Deny of the resource policy doesn't count
}

func scopeOf(req *Request, policies *Policies) scope {
	p := req.Principal
	s := scope{rcp: len(policies.RCPs) > 0 && !p.ServiceLinked && !pastRCPs(req)}
	switch p.Kind {
	case User, AssumedRole, FederatedUser:
		s.identity = true
		s.user = p.Kind == User
		fallthrough
	case Root:
		s.root = p.Kind == Root
		s.scp = len(policies.SCPs) > 0 && !p.ServiceLinked && !p.ManagementAccount
		s.session = len(policies.Session) > 0
		s.sessionRequired = policies.SessionRequired || p.Kind == FederatedUser
		owner := req.ResourceAccount
		if owner == "" {
			owner = ownerOf(req.Resource)
		}
		s.crossAccount = owner != "" && owner != p.Account
	default:
		s.outside = true
	}
	s.mustAllow = policies.Trust != nil || policies.ResourceRequired || policies.Resource != nil && isKMSKey(req.Resource)
	if s.root && !s.crossAccount && policies.Trust == nil {
		for _, a := range [...]string{"s3:getbucketpolicy", "s3:putbucketpolicy", "s3:deletebucketpolicy"} {
			s.ignoreResource = s.ignoreResource || equalFolded(req.Action, a)
		}
	}
	return s
}

// pastRCPs names what RCPs don't apply to whoever asks (AWS Organizations User
// Guide, RCPs): retiring a grant, and assuming a service-linked role.
func pastRCPs(req *Request) bool {
	return equalFolded(req.Action, "kms:retiregrant") ||
		hasFoldedPrefix(req.Action, "sts:") && strings.Contains(req.Resource, ":role/aws-service-role/")
}

func isKMSKey(arn string) bool {
	_, rest, _ := strings.Cut(arn, ":")
	_, rest, _ = strings.Cut(rest, ":")
	return strings.HasPrefix(rest, "kms:") && strings.Contains(rest, ":key/")
}

// outcome combines what the types say.
func (s *scope) outcome(v *verdicts) Outcome {
	side, sideKind := v.resource, Resource
	if v.trust.present {
		side, sideKind = v.trust, Trust
		side.deny = side.deny || v.resource.deny
	}
	if s.ignoreResource {
		side.deny = false
	}
	switch {
	case v.rcp.deny:
		return Outcome{ExplicitDeny, RCP}
	case v.scp.deny:
		return Outcome{ExplicitDeny, SCP}
	case v.endpoint.deny:
		return Outcome{ExplicitDeny, Endpoint}
	case side.deny:
		return Outcome{ExplicitDeny, sideKind}
	case v.identity.deny:
		return Outcome{ExplicitDeny, Identity}
	case v.boundary.deny:
		return Outcome{ExplicitDeny, Boundary}
	case v.session.deny:
		return Outcome{ExplicitDeny, Session}
	case s.rcp && !v.rcp.allow:
		return Outcome{ImplicitDeny, RCP}
	case s.scp && !v.scp.allow:
		return Outcome{ImplicitDeny, SCP}
	case v.endpoint.present && !v.endpoint.allow:
		return Outcome{ImplicitDeny, Endpoint}
	case (s.outside || s.crossAccount || s.mustAllow) && !side.allow:
		return Outcome{ImplicitDeny, sideKind}
	case s.outside:
		return Outcome{Allowed, sideKind}
	}
	given := grantNone
	if side.allow && !s.crossAccount {
		given = side.grant
	}
	// A user whom a trust policy names needs the leave of its boundary (AWS IAM
	// User Guide, update a role trust policy).
	if v.trust.present && s.user {
		given = min(given, grantEntity)
	}
	if given == grantDirect {
		return Outcome{Allowed, sideKind}
	}
	out := Outcome{Effect: Allowed, By: Identity}
	switch {
	case given == grantEntity:
		out.By = sideKind
	case s.root && s.crossAccount:
		out.By = sideKind
	case s.root:
		out.By = 0
	case !v.identity.allow:
		return Outcome{ImplicitDeny, Identity}
	}
	switch {
	case s.identity && v.boundary.present && !v.boundary.allow:
		return Outcome{ImplicitDeny, Boundary}
	case s.session && !v.session.allow || s.sessionRequired && !s.session:
		return Outcome{ImplicitDeny, Session}
	}
	return out
}

// levels asks several Sets of which each must allow.
func levels(sets []*Set, a *asker) verdict {
	v := verdict{present: true, allow: true}
	for _, s := range sets {
		level := s.eval(a)
		v.deny = v.deny || level.deny
		v.allow = v.allow && level.allow
	}
	return v
}

// evalAll asks every statement, also after a Deny: for the requests that a Deny
// of this type doesn't stop.
func (s *Set) evalAll(a *asker) (v verdict) {
	if s == nil {
		return v
	}
	v.present = true
	for i := range s.entries {
		if g, ok := s.entries[i].st.applies(a); ok {
			v.add(s.entries[i].st, g)
		}
	}
	return v
}

// applies tests the elements. What can't be evaluated counts against the
// caller.
func (st *stmt) applies(a *asker) (grant, bool) {
	if a.named && !st.deny && st.principals == nil {
		return grantNone, false
	}
	t := st.matchAction(a.action)
	if t == no {
		return grantNone, false
	}
	if t = min(t, st.matchResource(a.resource, a.ctx)); t == no {
		return grantNone, false
	}
	g, named := st.matchPrincipal(a)
	if t = min(t, named); t == no {
		return grantNone, false
	}
	for i := range st.conds {
		if t = min(t, st.conds[i].eval(a.ctx)); t == no {
			return grantNone, false
		}
	}
	return g, t == yes || st.deny
}

func (st *stmt) matchAction(action string) truth {
	t := no
	if len(st.actions) > manyActions {
		t = st.list.match(action)
	} else {
		for i := range st.actions {
			p := st.actions[i].Value()
			if t = max(t, p.match(action)); t == yes {
				break
			}
		}
	}
	if st.notAction {
		return t.not()
	}
	return t
}

func (st *stmt) matchResource(resource string, ctx Context) truth {
	if st.noResource {
		return yes
	}
	t := no
	for i := range st.resources {
		p := &st.resources[i]
		if t = max(t, p.match(resource, ctx)); t == yes {
			break
		}
		// What a variable without a value leaves out isn't known (AWS IAM User
		// Guide: the statement may be invalid).
		if st.notResource && t == no && p.unresolved(ctx) != "" {
			t = unknown
		}
	}
	if st.notResource {
		return t.not()
	}
	return t
}

func (st *stmt) matchPrincipal(a *asker) (grant, truth) {
	if st.principals == nil {
		return grantNone, yes
	}
	if st.deny && st.principals.negated && a.bounded {
		return grantNone, yes // AWS IAM User Guide, NotPrincipal with boundaries
	}
	return st.principals.match(a.p, st.deny)
}
