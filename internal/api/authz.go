package api

import (
	"bytes"
	"encoding/json"

	"github.com/aratame/aratame/internal/account"
	"github.com/aratame/aratame/internal/awserr"
	"github.com/aratame/aratame/internal/decide"
	"github.com/aratame/aratame/internal/seal"
	"github.com/aratame/aratame/internal/session"
	"github.com/aratame/aratame/policy"
)

// authorize decides whether the caller may do what the call asks for: the
// operation's own action and every further check must be allowed.
func (g *Gate) authorize(c *Call, op Op, v *account.View) error {
	if err := sessionMay(c, op); err != nil {
		return err
	}
	t, err := op.target(c, v, c.input)
	if err != nil {
		return err
	}
	g.noteAttempt(c, op)
	if t.Free {
		return nil
	}
	if t.Account == "" {
		t.Account = v.Account()
	}
	main := Check{
		Action: op.Shape.Service + ":" + op.Shape.Name, Resource: t.Resource, Shown: t.Shown,
		Tags: t.Tags, Keys: t.Keys, Trust: t.TrustOf,
	}
	if t.Action != "" {
		main.Action = t.Action
	}
	c.Unasked = false
	if err := g.check(c, &t, &main); err != nil {
		return err
	}
	for i := range t.Also {
		if err := g.check(c, &t, &t.Also[i]); err != nil {
			return err
		}
	}
	if t.TrustOf {
		c.Trusted = t.Trust
	}
	return nil
}

// noteAttempt keeps that the caller asked for the operation, allowed or not, for
// reports of what permissions are used. It is done again when the call is.
func (g *Gate) noteAttempt(c *Call, op Op) {
	if p := &c.Caller.Principal; p.Account != "" && p.ID != "" {
		g.Usage.NoteAttempt(p.Account, p.ID, op.Shape.Service, op.Shape.Name, c.Now, servingRegion(c))
	}
}

func (g *Gate) check(c *Call, t *Target, k *Check) error {
	x := &requestContext{c: c, gate: g, account: t.Account, tags: k.Tags, requestTags: t.RequestTags, tagKeys: t.TagKeys, keys: k.Keys}
	req := &decide.Request{
		Subject: &c.Caller.Subject, Action: k.Action, Resource: k.Resource, ResourceAccount: t.Account, Context: x,
	}
	if k.Trust {
		if t.Trust == nil {
			return g.denied(c, req, nil, k.Shown)
		}
		req.Trust = t.Trust
	}
	outcome, err := g.Decider.Decide(req)
	if err != nil {
		return err
	}
	if outcome.Allowed() {
		return nil
	}
	if t.Granted && outcome == (policy.Outcome{Effect: policy.ImplicitDeny, By: policy.Identity}) && unbounded(&c.Caller) {
		c.Unasked = true
		return nil
	}
	if k.Trust {
		return g.denied(c, req, nil, k.Shown) // without reasons, which strangers can't make us look for
	}
	why, err := g.Decider.Explain(req)
	if err != nil {
		return err
	}
	return g.denied(c, req, why, k.Shown)
}

// unbounded reports whether nothing but identity policies says what a caller
// may do.
func unbounded(c *Caller) bool {
	return (c.Session == nil || !c.Session.HasPolicies()) &&
		(c.User == nil || c.User.Boundary == "") && (c.Role == nil || c.Role.Boundary == "")
}

// denied makes the AccessDenied of a refused check. A role that doesn't exist
// (no reasons given) and one that doesn't trust the caller are refused in the
// same words: STS names no reason. Nor has such a refusal an encoded message,
// whose length alone would tell the two apart, and which could hold what is
// another account's.
func (g *Gate) denied(c *Call, req *decide.Request, why *policy.Decision, shown string) error {
	message := "User: " + c.Caller.Principal.ARN + " is not authorized to perform: " + req.Action + " on resource: " + req.Resource
	if c.Caller.Federated != nil {
		// Nothing but a trust policy decides about bearers of tokens. Those of
		// assertions hear of the one action, whatever is missing (IAM User Guide,
		// "Troubleshoot SAML federation with IAM").
		action := req.Action
		if c.Caller.Principal.Kind == policy.SAML {
			action = c.Shape.Service + ":" + c.Shape.Name
		}
		return &awserr.Error{Code: "AccessDenied", Message: "Not authorized to perform " + action, Status: 403}
	}
	if why != nil {
		c.denial = g.encodeDenial(c, req, why)
		told := *why
		if shown != "" {
			told.Resource = shown
		}
		message = told.Message()
	}
	return &awserr.Error{Code: "AccessDenied", Message: message, Status: 403}
}

// DenialLabel names an encoded authorization message.
func DenialLabel(acct string) seal.Label {
	return seal.Label{Account: acct, Kind: "authorization-message", Name: "v1"}
}

// denialSize is the length of every message before it is sealed, so that it
// doesn't tell whether there was an entity, with tags and a path, to speak of.
// Sealed and encoded, with the other headers and the body, it stays under 4 KB:
// a client then has the whole answer with its first read. AWS's SDK for Go lets
// the connection go when an answer comes before it has closed the body of the
// request, as it may from a server on the same machine, and would lose the rest.
const denialSize = 1900

// encodeDenial seals the details of a denial for DecodeAuthorizationMessage. Of
// statements that nearly matched it keeps as many as there is room for, the
// closest first; it returns "" when the rest alone is too long.
func (g *Gate) encodeDenial(c *Call, req *decide.Request, why *policy.Decision) string {
	told := *why
	for {
		text, err := json.Marshal(newDenial(c, req, &told))
		if err != nil {
			return ""
		}
		if room := denialSize - len(text); room >= 0 {
			// White space behind JSON is nothing.
			sealed, err := g.Secrets.Seal(DenialLabel(c.Caller.Account()), append(text, bytes.Repeat([]byte{' '}, room)...))
			if err != nil {
				return ""
			}
			return denialEncoding.EncodeToString(sealed)
		}
		if len(told.NearMisses) == 0 {
			return ""
		}
		told.NearMisses = told.NearMisses[:len(told.NearMisses)/2]
	}
}

// sessionMay holds what kinds of temporary credentials may call at all (IAM
// User Guide, "Compare AWS STS credentials").
func sessionMay(c *Call, op Op) error {
	s := c.Caller.Session
	if s == nil {
		return nil
	}
	service, name := op.Shape.Service, op.Shape.Name
	ok := true
	switch s.Kind {
	case session.UserSession:
		ok = service == "iam" && s.MFA() || service == "sts" && (name == "AssumeRole" || name == "GetCallerIdentity")
	case session.AssumedRoot:
		ok = service == "iam" || service == "sts" && name == "GetCallerIdentity"
	case session.FederatedUser:
		ok = service == "sts" && name == "GetCallerIdentity"
	}
	switch {
	case service == "sts" && (name == "GetSessionToken" || name == "GetFederationToken"):
		return awserr.Newf("AccessDenied", "Cannot call %s with session credentials", name)
	case ok:
		return nil
	case service == "iam":
		return &errSessionToken
	}
	return awserr.Newf("AccessDenied", "Cannot call %s with these session credentials", name)
}

var errSessionToken = awserr.Error{Code: "InvalidClientTokenId", Status: 403, Message: "The security token included in the request is invalid"}
