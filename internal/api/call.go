package api

import (
	"context"
	"io"
	"net/netip"
	"time"

	"github.com/aratame/aratame/internal/account"
	"github.com/aratame/aratame/internal/decide"
	"github.com/aratame/aratame/internal/shape"
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
	CipherTLS string
	VersionTL string

	// Caller is who signed the request; its zero value is nobody.
	Caller Caller

	// MFA is set by an operation's target function when the request itself
	// proves a second factor (AssumeRole with a token code).
	MFA bool

	// Extra goes to additionalEventData of the audit event.
	Extra map[string]any
	// Resources are the ARNs that the event names.
	Resources []string

	target   Target
	action   string
	input    any
	readOnly bool
}

// A Caller is an authenticated principal.
type Caller struct {
	decide.Subject
	// KeyID is the access key that signed.
	KeyID string
}

// Account returns the caller's account number, or "" for nobody.
func (c *Caller) Account() string { return c.Principal.Account }

// UserName returns name, or the name of the signing user when name is nil.
// Where AWS defaults a user name and there is no user, it answers with
// ValidationError; so does this.
func (c *Call) UserName(name *string) (string, error) {
	if name != nil {
		return *name, nil
	}
	if c.Caller.User != nil && c.Caller.Session == nil {
		return c.Caller.User.Name, nil
	}
	return "", errNoUser
}

// Seconds returns the call's time as IAM stores and shows times.
func (c *Call) Seconds() time.Time { return c.Now.Truncate(time.Second) }

// A Directory gives the state of accounts.
type Directory interface {
	// View returns the present state of an account.
	View(ctx context.Context, acct string) (*account.View, error)
}
