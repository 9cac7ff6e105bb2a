package policy

import "strings"

// grant says how closely a policy's principal names the caller, which decides
// what an Allow of a resource policy in the same account makes unnecessary
// (AWS IAM User Guide, policy evaluation logic, resource-based policies).
type grant uint8

const (
	grantNone    grant = iota
	grantAccount       // the account: identity policies must allow too
	grantEntity        // role of a session, user of a federated one: instead of identity policies
	grantDirect        // the very caller, or everyone: boundary and session policies don't matter either
)

// principals is a Principal or NotPrincipal element.
type principals struct {
	negated bool
	open    bool // "*" reaches bearers of tokens and assertions too
	values  []principalValue
}

type principalKind uint8

const (
	principalStar principalKind = iota // "*" or {"AWS": "*"}
	principalAccount
	principalARN
	principalID
	principalService
	principalFederated
	principalCanonical
	principalBad // nobody can say whom it means
)

type principalValue struct {
	kind      principalKind
	text      string
	partition string // of an account named by its root's ARN
}

func newPrincipals(st *Statement, kind Kind) *principals {
	p := &principals{negated: st.NotPrincipal, open: kind == RCP || kind == Endpoint, values: make([]principalValue, len(st.Principals))}
	for i := range st.Principals {
		p.values[i] = newPrincipalValue(st.Principals[i].Kind, st.Principals[i].Value)
	}
	return p
}

func newPrincipalValue(kind, s string) principalValue {
	switch kind {
	case "STAR":
		return principalValue{kind: principalStar}
	case "Service", "Federated":
		if s != "*" && (s == "" || strings.ContainsAny(s, "*?$")) {
			return principalValue{kind: principalBad}
		}
		if kind == "Service" {
			return principalValue{kind: principalService, text: s}
		}
		return principalValue{kind: principalFederated, text: s}
	case "CanonicalUser":
		return principalValue{kind: principalCanonical, text: s}
	}
	switch {
	case s == "*":
		return principalValue{kind: principalStar}
	case isAccount(s):
		return principalValue{kind: principalAccount, text: s}
	case hasAnyPrefix(s, []string{"AIDA", "AROA"}) && isUpper(s):
		return principalValue{kind: principalID, text: s}
	case strings.ContainsAny(s, "*?$"):
		return principalValue{kind: principalBad}
	}
	f, n, _ := splitARN(s, false)
	switch {
	case n < arnFields || f[0] != "arn":
		return principalValue{kind: principalBad}
	case f[2] == "iam" && f[3] == "" && isAccount(f[4]) && f[5] == "root":
		return principalValue{kind: principalAccount, text: f[4], partition: f[1]}
	}
	return principalValue{kind: principalARN, text: s}
}

// match says how the value names p. Bearers of web identities and SAML
// assertions are named by their provider; a "*" reaches them where it limits
// (broad), never where it grants.
func (v *principalValue) match(p *Principal, broad bool) grant {
	switch v.kind {
	case principalStar:
		if !p.external() || broad {
			return grantDirect
		}
	case principalAccount:
		if p.Account != "" && p.Account == v.text && (v.partition == "" || v.partition == partitionOf(p.ARN)) {
			return grantAccount
		}
	case principalCanonical:
		if p.CanonicalID != "" && p.CanonicalID == v.text {
			return grantAccount
		}
	case principalService:
		if p.Kind == Service && v.text != "" && (p.ARN == v.text || v.text == "*" && broad) {
			return grantDirect
		}
	case principalFederated:
		if p.external() && v.text != "" && (p.ARN == v.text || v.text == "*" && broad) {
			return grantDirect
		}
	case principalARN:
		return p.named(v.text, p.ARN, p.RoleARN, p.UserARN)
	case principalID:
		return p.named(v.text, p.ID, p.ID, p.ID)
	}
	return grantNone
}

// named compares a name with that of the caller itself, and with that of the
// role or user behind a session.
func (p *Principal) named(name, self, role, user string) grant {
	if name == "" {
		return grantNone
	}
	switch p.Kind {
	case User, Root:
		if name == self {
			return grantDirect
		}
	case AssumedRole:
		if name == role {
			return grantEntity
		}
		if name == self {
			return grantDirect
		}
	case FederatedUser:
		if name == user {
			return grantEntity
		}
		if name == self {
			return grantDirect
		}
	}
	return grantNone
}

// match says whether the element covers the caller, and how an Allow names it.
func (ps *principals) match(p *Principal, deny bool) (grant, truth) {
	best, bad := grantNone, false
	for i := range ps.values {
		v := &ps.values[i]
		// Without the account's canonical id nobody can say whether it is meant.
		bad = bad || v.kind == principalBad || v.kind == principalCanonical && p.CanonicalID == "" && p.Account != ""
		best = max(best, v.match(p, ps.open || deny != ps.negated))
	}
	if !ps.negated {
		switch {
		case best > grantNone:
			return best, yes
		case bad:
			return grantNone, unknown
		}
		return grantNone, no
	}
	if deny {
		return grantNone, ps.missed(p)
	}
	switch {
	case best > grantNone, !ps.open && p.external():
		return grantNone, no
	case bad:
		return grantNone, unknown
	}
	return grantDirect, yes
}

// external reports whether p bears a token or an assertion of somebody else.
func (p *Principal) external() bool { return p.Kind == WebIdentity || p.Kind == SAML }

// missed tests a NotPrincipal of a Deny: it spares a caller only if each of
// its names is listed – a session's own, that of the role or user behind it,
// and that of the account (AWS IAM User Guide, NotPrincipal).
func (ps *principals) missed(p *Principal) truth {
	account, entity, self := false, false, false
	for i := range ps.values {
		v := &ps.values[i]
		if v.kind == principalBad {
			continue
		}
		switch v.match(p, ps.open) {
		case grantAccount:
			account = true
		case grantEntity:
			entity = true
		case grantDirect:
			if v.kind == principalStar {
				return no
			}
			self = true
		}
	}
	spared := false
	switch p.Kind {
	case Root:
		spared = account || self
	case User:
		spared = account && self
	case AssumedRole, FederatedUser:
		spared = account && entity && self
	case Service, WebIdentity, SAML:
		spared = self
	}
	return truthOf(!spared)
}
