package api

import (
	"context"
	"crypto/tls"
	"io"
	"net/netip"
	"time"

	"github.com/aratame/aratame/internal/account"
	"github.com/aratame/aratame/internal/decide"
	"github.com/aratame/aratame/internal/shape"
	"github.com/aratame/aratame/internal/store"
	"github.com/aratame/aratame/policy"
)

// A Call is one request in the terms an operation needs. It belongs to one
// goroutine at a time.
type Call struct {
	Context context.Context
	// Now is the one time of the call, UTC, in whole seconds.
	Now time.Time
	// Rand is the source of ids and secrets.
	Rand io.Reader
	// ID is the request id.
	ID string
	// Region is that of the credential scope.
	Region string
	// Shape is the operation asked for; nil until it is known.
	Shape *shape.Operation

	SourceIP  netip.Addr
	UserAgent string
	Referer   string
	Secure    bool // came over TLS
	Host      string
	TLS       *tls.ConnectionState

	// Service is the one asked for, "iam" or "sts"; "" until it is known.
	Service string

	// Caller is who signed the request, or whom its token or assertion proves;
	// its zero value is nobody.
	Caller Caller
	// Recipient is the account whose trail the event of the call goes to. It is
	// the caller's, and set by Federate's identify where the caller has none.
	Recipient string

	// MFA is set by an operation's target function when the request itself
	// proves a second factor (AssumeRole with a token code).
	MFA bool

	// Trusted is the role whose trust policy has agreed to the call; nil until
	// it has. It is set by the Gate.
	Trusted *account.Role

	// Unasked tells that no policy has allowed the call, which needs none. It is
	// set by the Gate.
	Unasked bool

	// TradeIn is a trade-in token for the caller. It leaves in a header, so that
	// it stands in neither the answer nor the event.
	TradeIn string

	// Claimed goes to requestParameters of the audit event: what a token or an
	// assertion asks for in place of the request's members. None may be a secret.
	Claimed map[string]any
	// Extra goes to additionalEventData of the audit event.
	Extra map[string]any
	// Resources are the ARNs that the event names.
	Resources []string

	input    any
	prepared any
	readOnly bool
	// denial is the encoded authorization message of a refused call.
	denial string
	claims []store.Claim
	taken  map[string]error // what to answer when a claim is another account's
}

// Claim makes a name unique over all accounts of the server, when the call's
// changes are committed. If another account holds it, the call fails with
// taken, and nothing is written.
func (c *Call) Claim(name string, taken error) {
	c.claims = append(c.claims, store.Claim{Name: name})
	if c.taken == nil {
		c.taken = map[string]error{}
	}
	c.taken[name] = taken
}

// Drop gives a claimed name up.
func (c *Call) Drop(name string) { c.claims = append(c.claims, store.Claim{Name: name, Drop: true}) }

// restart forgets what a former attempt has left.
func (c *Call) restart() {
	c.claims, c.taken, c.Extra, c.Resources, c.denial, c.MFA, c.Trusted = nil, nil, nil, nil, "", false, nil
	c.Unasked, c.TradeIn = false, ""
}

// A Caller is an authenticated principal.
type Caller struct {
	decide.Subject
	// KeyID is the access key that signed.
	KeyID string
	// Federated is set for bearers of tokens and assertions.
	Federated *Federated
}

// A Federated is whom a provider has vouched for, as CloudTrail's userIdentity
// shows it.
type Federated struct {
	// PrincipalID is PROVIDER:AUDIENCE:SUBJECT, or NAMEQUALIFIER:SUBJECT.
	PrincipalID string
	// UserName is the subject.
	UserName string
	// Provider is the provider: its ARN, the host of a built-in one, or the
	// NAMEQUALIFIER.
	Provider string
	// Proof is what identify has verified, for the operation itself.
	Proof any
}

// recipient is the account whose trail the event goes to, or "" when nobody's.
func (c *Call) recipient() string {
	if c.Recipient != "" {
		return c.Recipient
	}
	return c.Caller.Account()
}

// Account returns the caller's account number, or "" for nobody.
func (c *Caller) Account() string { return c.Principal.Account }

// UserID returns what aws:userid holds and GetCallerIdentity shows: AIDA… of a
// user, the account number of root, AROA…:SESSION, ACCOUNT:NAME of a federated
// user, "anonymous" for nobody.
func (c *Caller) UserID() string {
	switch {
	case c.Principal.Kind == policy.Anonymous:
		return "anonymous"
	case c.Session != nil:
		return c.Session.PrincipalID
	case c.Principal.Kind == policy.Root:
		return c.Principal.Account
	case c.Federated != nil:
		return c.Federated.PrincipalID
	}
	return c.Principal.ID
}

// UserName returns name, or the name of the signing user when name is nil.
// Where AWS defaults a user name and there is no user, it answers with
// ValidationError; so does this.
func (c *Call) UserName(name *string) (string, error) {
	if name != nil {
		return *name, nil
	}
	if c.Caller.Principal.Kind == policy.User {
		return c.Caller.User.Name, nil
	}
	return "", errNoUser
}

// Seconds returns the call's time as IAM stores and shows times.
func (c *Call) Seconds() time.Time { return c.Now.Truncate(time.Second) }
