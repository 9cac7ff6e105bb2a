package api

import (
	"errors"
	"net/http"
	"strings"

	"github.com/aratame/aratame/internal/account"
	"github.com/aratame/aratame/internal/awserr"
	"github.com/aratame/aratame/internal/awsid"
	"github.com/aratame/aratame/internal/decide"
	"github.com/aratame/aratame/internal/seal"
	"github.com/aratame/aratame/internal/session"
	"github.com/aratame/aratame/internal/shape/iamshape"
	"github.com/aratame/aratame/internal/shape/stsshape"
	"github.com/aratame/aratame/internal/store"
	"github.com/aratame/aratame/internal/usage"
	"github.com/aratame/aratame/policy"
	"github.com/aratame/aratame/sigv4"
)

// AccessKeyLabel names a sealed secret access key, so that it opens for the
// key it was sealed for alone.
func AccessKeyLabel(acct, key string) seal.Label {
	return seal.Label{Account: acct, Kind: "access-key", Name: key}
}

// KeyClaim is the claim of an access key whose id doesn't carry its account.
func KeyClaim(key string) string { return "access-key/" + key }

// authenticate finds out who signed the request, in the order in which AWS's
// errors are seen, and returns the state of the caller's account.
// An unsigned request is nobody's: decode refuses it unless its operation
// takes such.
func (g *Gate) authenticate(c *Call, r *http.Request, body []byte) (v *account.View, err error) {
	if r.URL.Path != "/" && r.URL.Path != "" {
		return nil, errPath
	}
	if r.Method != http.MethodGet && r.Method != http.MethodPost {
		return nil, errMethod
	}
	signed, err := sigv4.Parse(r, c.Now)
	if errors.Is(err, sigv4.ErrMissing) {
		// Without a scope the request names no region: it is the global endpoint's.
		c.Service, c.Region = anonymousService(r, body), globalRegion
		return nil, nil
	}
	if err != nil {
		return nil, signatureError(err)
	}
	if err := signed.CheckTime(c.Now); err != nil {
		return nil, signatureError(err)
	}
	if err := signed.CheckScope("iam", "sts"); err != nil {
		return nil, signatureError(err)
	}
	c.Service, c.Region = signed.Service, signed.Region
	secret, v, err := g.credential(c, signed)
	if err != nil {
		return nil, err
	}
	if err := signed.Verify(r, sigv4.HashPayload(body), secret, g.Keys); err != nil {
		c.Caller = Caller{}
		return nil, signatureError(err)
	}
	g.Usage.Note(usage.AccessKey, v.Account(), c.Caller.KeyID, c.Now, signed.Service, signed.Region)
	if c.Caller.Principal.Kind == policy.AssumedRole {
		g.Usage.Note(usage.Role, v.Account(), c.Caller.Role.ID, c.Now, "", signed.Region)
	}
	return v, nil
}

// credential looks up the signing key, opens its secret and sets the caller,
// who isn't believed before the signature is verified.
func (g *Gate) credential(c *Call, signed *sigv4.Signed) (secret string, v *account.View, err error) {
	if signed.SessionToken != "" || strings.HasPrefix(signed.AccessKeyID, awsid.SessionKeyPrefix) {
		s, err := g.Sessions.Open(c.Now, signed.AccessKeyID, signed.SessionToken)
		if errors.Is(err, session.ErrExpired) {
			return "", nil, errExpiredToken
		}
		if err != nil {
			return "", nil, errBadToken
		}
		v, err := g.Accounts.View(c.Context, s.Account)
		if err != nil {
			return "", nil, g.noAccount(err)
		}
		subject, ok := sessionSubject(v, s)
		if !ok {
			return "", nil, errUnknownKey
		}
		c.Caller = Caller{Subject: subject, KeyID: signed.AccessKeyID}
		return s.SecretAccessKey, v, nil
	}
	v, err = g.keyAccount(c, signed.AccessKeyID)
	if err != nil {
		return "", nil, err
	}
	key, user := v.AccessKey(signed.AccessKeyID)
	if key == nil || key.Status != account.Active {
		return "", nil, errUnknownKey
	}
	plain, err := g.Secrets.Open(AccessKeyLabel(v.Account(), key.ID), key.Secret)
	if err != nil {
		return "", nil, err // the store is damaged or the key file is another one's
	}
	c.Caller = Caller{Subject: longTermSubject(v, user), KeyID: key.ID}
	return string(plain), v, nil
}

// keyAccount finds the account of a long-term key: by the number in its id, or
// by a claim when the id was chosen by the operator.
func (g *Gate) keyAccount(c *Call, key string) (*account.View, error) {
	if acct, ok := awsid.AccountOfKeyID(key); ok {
		v, err := g.Accounts.View(c.Context, acct)
		if err == nil {
			if _, ok := v.KeyOwner(key); ok {
				return v, nil
			}
		} else if !errors.Is(err, store.ErrNotFound) {
			return nil, g.noAccount(err)
		}
	}
	acct, err := g.Claims.Resolve(c.Context, KeyClaim(key))
	if err != nil {
		return nil, g.noAccount(err)
	}
	v, err := g.Accounts.View(c.Context, acct)
	if err != nil {
		return nil, g.noAccount(err)
	}
	return v, nil
}

// noAccount makes an unknown account look like an unknown key, and lets a
// failure of the store be one.
func (g *Gate) noAccount(err error) error {
	if errors.Is(err, store.ErrNotFound) {
		return errUnknownKey
	}
	return unavailable(err)
}

// refresh looks the caller up again in a newer View. A caller who was deleted,
// or whose key was taken away, is refused like an unknown key.
func (g *Gate) refresh(c *Call, v *account.View) error {
	if c.Caller.View == v {
		return nil
	}
	if c.Caller.Session != nil {
		subject, ok := sessionSubject(v, c.Caller.Session)
		if !ok {
			return errUnknownKey
		}
		c.Caller.Subject = subject
		return nil
	}
	key, user := v.AccessKey(c.Caller.KeyID)
	if key == nil || key.Status != account.Active {
		return errUnknownKey
	}
	c.Caller.Subject = longTermSubject(v, user)
	return nil
}

func longTermSubject(v *account.View, user *account.User) decide.Subject {
	s := decide.Subject{View: v, User: user}
	if user == nil {
		s.Principal = policy.Principal{Kind: policy.Root, ARN: awsid.Root(v.Account()), ID: v.Account(), Account: v.Account()}
	} else {
		s.Principal = policy.Principal{Kind: policy.User, ARN: user.ARN(v.Account()), ID: user.ID, Account: v.Account()}
	}
	return s
}

// sessionSubject finds who stands behind a session. ok is false when the role
// or user it came from is gone: the session ends with it.
func sessionSubject(v *account.View, s *session.Session) (subject decide.Subject, ok bool) {
	switch s.Kind {
	case session.AssumedRole:
		role := v.RoleByID(s.RoleID)
		if role == nil {
			return subject, false
		}
		return decide.Subject{View: v, Role: role, Session: s, Principal: policy.Principal{
			Kind: policy.AssumedRole, ARN: awsid.AssumedRole(v.Account(), role.Name, s.Name), ID: role.ID, Account: v.Account(),
			RoleARN: role.ARN(v.Account()), SessionName: s.Name, ServiceLinked: role.ServiceLinked(),
		}}, true
	case session.UserSession, session.Delegated:
		if s.Kind == session.Delegated && !s.HasPolicies() {
			return subject, false // the request's permissions always narrow it
		}
		if s.UserID == v.Account() {
			subject = longTermSubject(v, nil)
		} else {
			user := v.UserByID(s.UserID)
			if user == nil {
				return subject, false
			}
			subject = longTermSubject(v, user)
		}
		subject.Session = s
		return subject, true
	case session.FederatedUser:
		subject = decide.Subject{View: v, Session: s, Principal: policy.Principal{
			Kind: policy.FederatedUser, ARN: s.PrincipalARN, ID: s.UserID, Account: v.Account(), SessionName: s.Name,
		}}
		if s.UserID == v.Account() {
			subject.Principal.UserARN = awsid.Root(v.Account())
			return subject, true
		}
		user := v.UserByID(s.UserID)
		if user == nil {
			return subject, false
		}
		subject.User, subject.Principal.UserARN = user, user.ARN(v.Account())
		return subject, true
	case session.AssumedRoot:
		// It ends when the account has left the organization.
		if v.Settings().Organization == nil {
			return subject, false
		}
		subject = longTermSubject(v, nil)
		subject.Session = s
		return subject, true
	}
	return subject, false
}

// globalRegion is where the global endpoints of IAM and STS are.
const globalRegion = "us-east-1"

// anonymousService tells the service of an unsigned request by its version.
func anonymousService(r *http.Request, body []byte) string {
	form, err := requestForm(r, body)
	if err != nil {
		return ""
	}
	switch version, _ := form.Get("Version"); version {
	case stsshape.APIVersion:
		return "sts"
	case iamshape.APIVersion:
		return "iam"
	}
	return ""
}

func signatureError(err error) error {
	var e *sigv4.Error
	if !errors.As(err, &e) {
		return err
	}
	code, status, message := e.For(sigv4.StyleQuery)
	return &awserr.Error{Code: code, Status: status, Message: message}
}

func isForm(contentType string) bool {
	t, _, _ := strings.Cut(contentType, ";")
	return strings.EqualFold(strings.TrimSpace(t), "application/x-www-form-urlencoded")
}
