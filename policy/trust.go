package policy

import (
	"fmt"
	"strings"
)

const (
	msgTrustJSON     = "This policy contains invalid Json"
	msgTrustSpace    = "JSON strings must not have leading  spaces"
	msgTrustActions  = "AssumeRole policy may only specify STS AssumeRole actions."
	msgOrganizations = "The provided policy document does not meet the requirements of the specified policy type."
)

// trustActions are the actions that a trust policy may name, folded.
var trustActions = []string{"sts:assumerole", "sts:assumerolewithsaml", "sts:assumerolewithwebidentity", "sts:tagsession",
	"sts:setsourceidentity", "sts:setcontext"}

// webProviders are the providers of web identities that need no provider of
// their own in the account.
var webProviders = map[string]bool{"accounts.google.com": true, "www.amazon.com": true, "graph.facebook.com": true, "cognito-identity.amazonaws.com": true}

func checkTrustElements(p *parser, st *Statement, i int) *ParseError {
	for _, m := range [...]string{"Resource", "NotResource"} {
		if _, ok := p.nodes[i].get(m); ok {
			return p.refuse(i, "Has prohibited field "+m, m)
		}
	}
	switch {
	case len(st.Principals) == 0:
		return p.refuse(i, "Missing required field Principal", "Principal", "NotPrincipal")
	case st.NotPrincipal && !st.Deny && p.strict:
		return p.refuse(i, "Has prohibited field NotPrincipal", "NotPrincipal")
	case len(st.Actions) == 0:
		return p.refuse(i, "Missing required field Action", "Action", "NotAction")
	}
	return nil
}

func checkTrustActions(p *parser, st *Statement, i int) *ParseError {
	for _, a := range st.Actions {
		pattern := newActionPattern(a)
		ok := false
		for _, t := range trustActions {
			ok = ok || pattern.match(t) == yes
		}
		if ok = ok && (a == "*" || len(a) > 4 && strings.EqualFold(a[:4], "sts:")); !ok || st.NotAction {
			return p.refuse(i, msgTrustActions, "Action", "NotAction")
		}
	}
	return nil
}

// checkPrincipalElement holds each kind to having or not having principals.
func checkPrincipalElement(p *parser, st *Statement, i int) *ParseError {
	switch p.kind {
	case Identity, Boundary, Session:
		if st.hasPrincipal {
			return p.refuse(i, msgPrincipal, "Principal", "NotPrincipal")
		}
	case SCP:
		if st.hasPrincipal {
			return p.refuse(i, msgOrganizations, "Principal", "NotPrincipal")
		}
	case RCP:
		if len(st.Principals) != 1 || st.NotPrincipal || st.Principals[0].Kind != "STAR" && st.Principals[0].Kind != "AWS" || st.Principals[0].Value != "*" {
			return p.refuse(i, msgOrganizations, "Principal", "NotPrincipal")
		}
	case Resource:
		if len(st.Principals) == 0 {
			return p.refuse(i, "Missing required field Principal", "Principal", "NotPrincipal")
		}
	case Endpoint:
		if st.hasPrincipal && len(st.Principals) == 0 {
			return p.refuse(i, "Missing required field Principal", "Principal", "NotPrincipal")
		}
	}
	return nil
}

// checkOrganizations holds customers' RCPs to what they may say: deny, for
// named services (AWS Organizations User Guide, RCP syntax).
func checkOrganizations(p *parser, st *Statement, i int) *ParseError {
	if p.kind != RCP {
		return nil
	}
	if !st.Deny {
		return p.refuse(i, msgOrganizations, "Effect")
	}
	if st.NotAction {
		return p.refuse(i, msgOrganizations, "NotAction")
	}
	for _, a := range st.Actions {
		if a == "*" {
			return p.refuse(i, msgOrganizations, "Action")
		}
	}
	return nil
}

// checkPrincipals looks at the form of each principal. Whether it exists is
// the caller's to say, in the same words.
func checkPrincipals(p *parser, st *Statement, i int) *ParseError {
	for j := range st.Principals {
		v := &st.Principals[j]
		where := path(i, "Principal")
		if v.Negated {
			where = path(i, "NotPrincipal")
		}
		if v.Kind == "STAR" {
			if p.kind == Trust {
				return p.errorAt(v.start, where, `AssumeRolepolicy contained an invalid principal: "STAR":"*"`, "")
			}
			continue
		}
		if !v.wellFormed(p.kind) {
			return p.errorAt(v.start, where+"."+v.Kind, InvalidPrincipalMessage(v.Kind, v.Value), "")
		}
	}
	return nil
}

// InvalidPrincipalMessage is AWS's sentence for a principal that doesn't exist
// or has no principal's form. Kind is PrincipalValue.Kind.
func InvalidPrincipalMessage(kind, value string) string {
	return fmt.Sprintf("Invalid principal in policy: \"%s\":\"%s\"", strings.ToUpper(kind), value)
}

func (v *PrincipalValue) wellFormed(kind Kind) bool {
	switch v.Kind {
	case "AWS":
		return wellFormedAWS(v.Value, kind)
	case "Service":
		return strings.Contains(v.Value, ".") && !strings.ContainsFunc(v.Value, func(c rune) bool { return !isAlnum(c) && c != '.' && c != '-' })
	case "Federated":
		if webProviders[v.Value] {
			return true
		}
		f := strings.SplitN(v.Value, ":", 6)
		return len(f) == 6 && f[0] == "arn" && partitions[f[1]] && f[2] == "iam" && f[3] == "" && isAccount(f[4]) && !strings.ContainsAny(v.Value, "*?") &&
			hasAnyPrefix(f[5], []string{"saml-provider/", "oidc-provider/"})
	case "CanonicalUser":
		return kind == Resource && v.Value != "" && !strings.ContainsFunc(v.Value, func(c rune) bool { return !isAlnum(c) })
	}
	return false
}

func wellFormedAWS(s string, kind Kind) bool {
	if s == "*" || isAccount(s) || isUniqueID(s) {
		return true
	}
	f := strings.SplitN(s, ":", 6)
	if len(f) < 6 || f[0] != "arn" || f[1] == "*" || !partitions[f[1]] || f[3] != "" || strings.ContainsAny(s, "*?") {
		return false
	}
	// An origin access identity of CloudFront stands for no account.
	if !isAccount(f[4]) && (kind == Trust || f[4] != "cloudfront") {
		return false
	}
	name := f[5]
	switch f[2] {
	case "iam":
		return name == "root" || len(name) > 5 && hasAnyPrefix(name, []string{"user/", "role/"}) && !strings.HasSuffix(name, "/")
	case "sts":
		if rest, ok := strings.CutPrefix(name, "assumed-role/"); ok {
			role, session, ok := strings.Cut(rest, "/")
			return ok && role != "" && session != "" && !strings.Contains(session, "/")
		}
		rest, ok := strings.CutPrefix(name, "federated-user/")
		return ok && rest != ""
	}
	return false
}

func isAccount(s string) bool {
	if len(s) != 12 {
		return false
	}
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

// isUniqueID reports whether s has the form of a user's or role's unique id.
func isUniqueID(s string) bool {
	return len(s) >= 16 && len(s) <= 128 && hasAnyPrefix(s, []string{"AIDA", "AROA"}) && isUpper(s)
}

// isUpper reports whether s has upper-case letters and digits only.
func isUpper(s string) bool {
	for i := range len(s) {
		if c := s[i]; (c < 'A' || c > 'Z') && (c < '0' || c > '9') {
			return false
		}
	}
	return true
}
