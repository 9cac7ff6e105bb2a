package api

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aratame/aratame/internal/account"
	"github.com/aratame/aratame/internal/session"
	"github.com/aratame/aratame/policy"
)

// A requestContext gives the condition keys of a call (IAM User Guide, "AWS
// global condition context keys"; the Service Authorization Reference for those
// of IAM and STS). Values are computed when a policy asks for them. A key that
// the request doesn't have is absent.
type requestContext struct {
	c           *Call
	gate        *Gate
	account     string // owner of the resource
	tags        []account.Tag
	requestTags []account.Tag
	tagKeys     []string
	keys        map[string][]string
}

// Lookup implements policy.Context; key is in lower case.
func (x *requestContext) Lookup(key string) (policy.Value, bool) {
	service, name, ok := strings.Cut(key, ":")
	if !ok {
		return policy.Value{}, false
	}
	if v, ok := x.keys[key]; ok {
		if len(v) == 1 && !multiValued(key) {
			return policy.One(v[0]), true
		}
		return policy.Many(v...), true
	}
	if v, ok := x.sessionContext(key); ok {
		return v, true
	}
	if kind, tag, ok := strings.Cut(name, "/"); ok {
		return x.tag(service, kind, tag)
	}
	if service != "aws" {
		return policy.Value{}, false
	}
	if v, ok := x.principalKey(name); ok {
		return v, true
	}
	if v, ok := x.sessionKey(name); ok {
		return v, true
	}
	return x.requestKey(name)
}

// multiValued lists the keys that AWS defines with many values, where one value
// must not make them single-valued: among them the ISSUER:amr of web identities.
func multiValued(key string) bool {
	if name, ok := strings.CutPrefix(key, "saml:"); ok {
		return !slices.Contains(singleSAML, name)
	}
	return key == "iam:accountpropertynamespaces" || key == "sts:transitivetagkeys" || key == "sts:identitytokenaudience" || strings.HasSuffix(key, ":amr")
}

// singleSAML are the keys of SAML assertions with one value; most others are
// attributes with many.
var singleSAML = []string{
	"aud", "iss", "sub", "sub_type", "namequalifier", "doc",
	"edupersonorgdn", "edupersonprimaryaffiliation", "edupersonprimaryorgunitdn", "edupersonprincipalname",
}

// sessionContext gives the keys that stay with a session for its whole life,
// such as ISSUER:sub and saml:sub. None of them is a key of aws.
func (x *requestContext) sessionContext(key string) (policy.Value, bool) {
	s := x.c.Caller.Session
	if s == nil || strings.HasPrefix(key, "aws:") {
		return policy.Value{}, false
	}
	var found []string
	for _, k := range s.Context {
		if policy.FoldKey(k.Key) == key {
			found = append(found, k.Value)
		}
	}
	switch {
	case len(found) == 0:
		return policy.Value{}, false
	case len(found) == 1 && !multiValued(key):
		return policy.One(found[0]), true
	}
	return policy.Many(found...), true
}

func one(s string) (policy.Value, bool) { return policy.One(s), s != "" }

func (x *requestContext) principalKey(name string) (policy.Value, bool) {
	p := &x.c.Caller.Principal
	switch name {
	case "principalarn":
		switch p.Kind {
		case policy.AssumedRole:
			return one(p.RoleARN)
		case policy.Service, policy.WebIdentity, policy.SAML:
			return policy.Value{}, false
		}
		return one(p.ARN)
	case "principalaccount":
		if p.Kind == policy.Anonymous {
			return policy.One("anonymous"), true
		}
		if p.Kind == policy.WebIdentity && strings.HasPrefix(p.ARN, "arn:") {
			return one(x.c.Recipient) // that of the provider
		}
		return one(p.Account)
	case "principalorgid":
		if o := x.organization(p.Account); o != nil {
			return policy.One(o.ID), true
		}
	case "principalorgpaths":
		if o := x.organization(p.Account); o != nil {
			return policy.Many(o.Path()), true
		}
	case "principaltype":
		return one(principalType(p.Kind))
	case "userid":
		if p.Kind == policy.WebIdentity {
			return one(p.ARN)
		}
		return one(x.c.Caller.UserID())
	case "username":
		if p.Kind == policy.User {
			return one(x.c.Caller.User.Name)
		}
	case "principalisawsservice":
		if p.Kind != policy.Anonymous {
			return policy.One(boolean(p.Kind == policy.Service)), true
		}
	case "principalservicename":
		if p.Kind == policy.Service {
			return one(p.ARN)
		}
	}
	return policy.Value{}, false
}

// organization is that of an account, or nil: it is in none, or isn't served
// here.
func (x *requestContext) organization(acct string) *account.Organization {
	if acct == "" {
		return nil
	}
	v := x.c.Caller.View
	if v == nil || v.Account() != acct {
		var err error
		if v, err = x.gate.Accounts.View(x.c.Context, acct); err != nil {
			return nil
		}
	}
	return v.Settings().Organization
}

func principalType(k policy.PrincipalKind) string {
	switch k {
	case policy.Anonymous:
		return "Anonymous"
	case policy.Root:
		return "Account"
	case policy.User, policy.WebIdentity: // as seen of AWS in September 2026
		return "User"
	case policy.AssumedRole:
		return "AssumedRole"
	case policy.FederatedUser:
		return "FederatedUser"
	case policy.Service:
		return "AWSService"
	}
	return ""
}

// sessionKey gives what temporary credentials carry, and a second factor that
// the request itself proves.
func (x *requestContext) sessionKey(name string) (policy.Value, bool) {
	s := x.c.Caller.Session
	if x.c.MFA {
		switch name {
		case "multifactorauthpresent":
			return policy.One("true"), true
		case "multifactorauthage":
			return policy.One("0"), true
		}
	}
	if s == nil {
		return policy.Value{}, false
	}
	switch name {
	case "tokenissuetime":
		return policy.One(s.Issued.UTC().Format(time.RFC3339)), true
	case "multifactorauthpresent":
		if s.Kind == session.UserSession || s.Kind == session.Delegated {
			return policy.One(boolean(s.MFA())), true
		}
	case "multifactorauthage":
		if s.Kind == session.UserSession && s.MFA() {
			return policy.One(strconv.FormatInt(int64(x.c.Now.Sub(s.MFATime)/time.Second), 10)), true
		}
	case "federatedprovider":
		return one(s.FederatedProvider)
	case "sourceidentity":
		return one(s.SourceIdentity)
	case "assumedroot":
		if s.Kind == session.AssumedRoot {
			return policy.One("true"), true
		}
	}
	return policy.Value{}, false
}

// servingRegion is where the call is served. IAM is served in us-east-1 alone,
// whatever region a client signs for: it must not choose a condition's value.
func servingRegion(c *Call) string {
	if c.Service == "iam" {
		return globalRegion
	}
	return c.Region
}

func (x *requestContext) requestKey(name string) (policy.Value, bool) {
	c := x.c
	switch name {
	case "currenttime":
		return policy.One(c.Now.UTC().Format(time.RFC3339)), true
	case "epochtime":
		return policy.One(strconv.FormatInt(c.Now.Unix(), 10)), true
	case "requestedregion":
		return one(servingRegion(c))
	case "securetransport":
		return policy.One(boolean(c.Secure)), true
	case "sourceip":
		if c.SourceIP.IsValid() {
			return policy.One(c.SourceIP.String()), true
		}
	case "useragent":
		return one(c.UserAgent)
	case "referer":
		return one(c.Referer)
	case "viaawsservice":
		return policy.One("false"), true
	case "resourceaccount":
		return one(x.account)
	case "resourceorgid":
		if o := x.organization(x.account); o != nil {
			return policy.One(o.ID), true
		}
	case "resourceorgpaths":
		if o := x.organization(x.account); o != nil {
			return policy.Many(o.Path()), true
		}
	case "tagkeys":
		if len(x.requestTags)+len(x.tagKeys) == 0 {
			return policy.Value{}, false
		}
		keys := append([]string(nil), x.tagKeys...)
		for _, t := range x.requestTags {
			keys = append(keys, t.Key)
		}
		return policy.Many(keys...), true
	}
	return policy.Value{}, false
}

// tag gives aws:ResourceTag/K, aws:RequestTag/K, aws:PrincipalTag/K and
// iam:ResourceTag/K; keys of tags are compared without regard to case. name is
// folded by the engine.
func (x *requestContext) tag(service, kind, name string) (policy.Value, bool) {
	switch {
	case kind == "resourcetag" && (service == "aws" || service == "iam"):
		return findTag(x.tags, name)
	case service != "aws":
		return policy.Value{}, false
	case kind == "requesttag":
		return findTag(x.requestTags, name)
	case kind == "principaltag":
		if s := x.c.Caller.Session; s != nil {
			for _, t := range s.Tags {
				if policy.FoldKey(t.Key) == name {
					return policy.One(t.Value), true
				}
			}
		}
		switch {
		case x.c.Caller.User != nil:
			return findTag(x.c.Caller.User.Tags, name)
		case x.c.Caller.Role != nil:
			return findTag(x.c.Caller.Role.Tags, name)
		}
	}
	return policy.Value{}, false
}

// findTag finds the tag of the folded key. Where several keys differ in case
// alone (policies may have such tags) all their values count, so that a
// condition can't be met by one and missed by the other unseen.
func findTag(tags []account.Tag, folded string) (policy.Value, bool) {
	var found []string
	for _, t := range tags {
		if policy.FoldKey(t.Key) == folded {
			found = append(found, t.Value)
		}
	}
	switch len(found) {
	case 0:
		return policy.Value{}, false
	case 1:
		return policy.One(found[0]), true
	}
	return policy.Many(found...), true
}

func boolean(b bool) string {
	if b {
		return "true"
	}
	return "false"
}
