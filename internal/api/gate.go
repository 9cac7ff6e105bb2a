package api

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"time"

	"github.com/aratame/aratame/internal/account"
	"github.com/aratame/aratame/internal/audit"
	"github.com/aratame/aratame/internal/awserr"
	"github.com/aratame/aratame/internal/decide"
	"github.com/aratame/aratame/internal/seal"
	"github.com/aratame/aratame/internal/session"
	"github.com/aratame/aratame/internal/shape"
	"github.com/aratame/aratame/internal/store"
	"github.com/aratame/aratame/internal/usage"
	"github.com/aratame/aratame/internal/wire"
	"github.com/aratame/aratame/policy"
	"github.com/aratame/aratame/sigv4"
)

// A Gate is the choke point: there is no other way to an operation. All fields
// but those marked optional must be set before the first request, and not
// changed after it.
type Gate struct {
	Accounts *store.Cache
	// Claims resolves the ids of access keys that don't carry their account.
	Claims   Resolver
	Decider  *decide.Decider
	Sessions *session.Minter
	Secrets  *seal.Sealer
	Audit    *audit.Log
	Usage    *usage.Tracker
	Keys     *sigv4.KeyCache
	Now      func() time.Time
	Rand     io.Reader
	Log      *slog.Logger
	// Origins may read answers in browsers; "*" is all. Optional.
	Origins []string
	// Observe is told of every answer. Optional.
	Observe func(c *Call, status int, err *awserr.Error, took time.Duration)
	// Drain is told that an event waits in the outbox. Optional.
	Drain func()

	ops map[*shape.Operation]Op
}

// A Resolver finds the unit that holds a claim.
type Resolver interface {
	Resolve(ctx context.Context, claim string) (unit string, err error)
}

// Register adds operations. It panics when one is there twice.
func (g *Gate) Register(ops ...Op) {
	if g.ops == nil {
		g.ops = map[*shape.Operation]Op{}
	}
	for _, op := range ops {
		if _, ok := g.ops[op.Shape]; ok {
			panic("api: " + op.Shape.Name + " is registered twice")
		}
		g.ops[op.Shape] = op
	}
}

// Serves reports whether the operation has been registered.
func (g *Gate) Serves(s *shape.Operation) bool { _, ok := g.ops[s]; return ok }

// Do carries one request through: who is it, what do they want, may they, do
// it, record it. Nothing of a request that fails remains but its event.
func (g *Gate) Do(c *Call, r *http.Request, body []byte) (any, error) {
	v, err := g.authenticate(c, r, body)
	if err != nil {
		return nil, err // nobody to record it for: it is counted
	}
	op, err := g.decode(c, r, body)
	if err == nil && op.identify != nil {
		v, err = g.identify(c, op)
	}
	if err == nil && op.prepare != nil {
		err = g.prepare(c, op, v)
	}
	if err == nil {
		var out any
		switch {
		case op.write != nil:
			out, err = g.change(c, op)
		default:
			out, err = g.inspect(c, op, v)
		}
		if err == nil {
			return out, nil
		}
	}
	err = unavailable(err)
	if rerr := g.recordFailure(c, err); rerr != nil {
		return nil, rerr
	}
	return nil, err
}

// decode finds the operation and its input.
func (g *Gate) decode(c *Call, r *http.Request, body []byte) (Op, error) {
	form, err := requestForm(r, body)
	if err != nil {
		return Op{}, err
	}
	s, err := wire.Route(c.Service, form)
	if c.Caller.Principal.ARN == "" && (err != nil || !s.Unsigned) {
		return Op{}, errMissingToken
	}
	if err != nil {
		return Op{}, err
	}
	c.Shape = s
	op, ok := g.ops[s]
	c.readOnly = s.ReadOnly
	if ok {
		c.readOnly = op.write == nil
	}
	if !ok {
		return Op{}, awserr.Newf("InvalidAction", "The operation %s is known, but this version of Aratame does not serve it yet.", s.Name)
	}
	c.input, err = wire.Decode(s, form)
	return op, err
}

// identify finds out who asks from what the request carries. Who has signed it
// is nobody from here on.
func (g *Gate) identify(c *Call, op Op) (*account.View, error) {
	c.Caller, c.Recipient = Caller{}, ""
	v, err := op.identify(c, c.input)
	if err != nil {
		return nil, err
	}
	p := &c.Caller.Principal
	if p.Kind != policy.WebIdentity && p.Kind != policy.SAML || p.ARN == "" || p.Account != "" ||
		c.Caller.Federated == nil || v == nil || c.Recipient != v.Account() {
		return nil, errors.New("api: " + op.Shape.Name + " has identified nobody")
	}
	return v, nil
}

// prepare does what an operation has to do outside the write lane, for a caller
// who may do it on the present state. The decision is made again in the lane.
func (g *Gate) prepare(c *Call, op Op, v *account.View) error {
	if err := g.authorize(c, op, v); err != nil {
		return err
	}
	if err := op.prepare(c, v, c.input); err != nil {
		return err
	}
	c.restart()
	return nil
}

// requestForm is the parameters of a GET's query, or of a POST's body and
// query.
func requestForm(r *http.Request, body []byte) (wire.Form, error) {
	if r.Method == http.MethodPost {
		if !isForm(r.Header.Get("Content-Type")) && len(body) > 0 {
			return wire.Form{}, errContentType
		}
		return wire.ParseForm([]byte(r.URL.RawQuery), body)
	}
	return wire.ParseForm([]byte(r.URL.RawQuery))
}

// inspect runs an operation that changes nothing on the View it was
// authenticated with.
func (g *Gate) inspect(c *Call, op Op, v *account.View) (any, error) {
	if err := g.authorize(c, op, v); err != nil {
		return nil, err
	}
	out, err := op.read(c, v, c.input)
	if err != nil {
		return nil, err
	}
	event, err := g.event(c, out, nil)
	if err != nil {
		return nil, err
	}
	if op.issues {
		err = g.Audit.AppendWritten(c.Context, event)
	} else {
		err = g.Audit.AppendAsync(c.Context, event)
	}
	if err != nil {
		return nil, unavailable(err)
	}
	return out, nil
}

// change runs an operation on the newest state and commits what it did
// together with its event. Authorization, change and event belong to one
// revision: when another write comes first, all three are done again.
func (g *Gate) change(c *Call, op Op) (out any, err error) {
	var principals, keys []string // deleted
	err = g.Accounts.Update(c.Context, c.Caller.Account(), func(tx *account.Tx) (store.Effects, error) {
		var eff store.Effects
		c.restart()
		v := tx.Freeze() // what is decided on must not change under the decision
		if err := g.refresh(c, v); err != nil {
			return eff, err
		}
		if err := g.authorize(c, op, v); err != nil {
			return eff, err
		}
		var err error
		if out, err = op.write(c, tx, c.input); err != nil {
			return eff, err
		}
		event, err := g.event(c, out, nil)
		if err != nil {
			return eff, err
		}
		data, err := audit.Encode(event)
		if err != nil {
			return eff, err
		}
		principals, keys = tx.Deleted(v)
		eff.Claims = c.claims
		eff.Outbox = []store.OutboxEntry{{ID: event.EventID, Data: data}}
		return eff, nil
	})
	var claimed *store.ClaimedError
	if errors.As(err, &claimed) && c.taken[claimed.Name] != nil {
		return nil, c.taken[claimed.Name]
	}
	if err != nil {
		return nil, unavailable(err)
	}
	for _, id := range principals {
		g.Usage.ForgetPrincipal(c.Caller.Account(), id)
	}
	for _, id := range keys {
		g.Usage.Forget(usage.AccessKey, c.Caller.Account(), id)
	}
	if g.Drain != nil {
		g.Drain()
	}
	return out, nil
}

// recordFailure appends the event of a call that came to nothing. When even
// that can't be written, the caller hears so instead: nothing goes unseen.
func (g *Gate) recordFailure(c *Call, cause error) error {
	if c.recipient() == "" {
		return nil
	}
	event, err := g.event(c, nil, awserr.From(cause))
	if err == nil {
		err = g.Audit.AppendAsync(c.Context, event)
	}
	if err != nil {
		return unavailable(err)
	}
	return nil
}

// unavailable turns the errors of storage into an answer that clients may
// retry.
func unavailable(err error) error {
	var known *awserr.Error
	if errors.As(err, &known) {
		return err
	}
	for _, temporary := range []error{store.ErrUnavailable, store.ErrConflict, store.ErrUnknown, audit.ErrUnavailable, audit.ErrClosed, context.Canceled, context.DeadlineExceeded} {
		if errors.Is(err, temporary) {
			e := *errUnavailable
			e.Cause = err
			return &e
		}
	}
	return err
}
