package api

import (
	"fmt"

	"github.com/aratame/aratame/internal/account"
	"github.com/aratame/aratame/internal/shape"
)

// An Op is an operation ready to be served. It is made by the functions below
// alone, so that none exists without the target it is authorized on.
type Op struct {
	Shape *shape.Operation

	target func(c *Call, v *account.View, in any) (Target, error)
	read   func(c *Call, v *account.View, in any) (any, error)
	write  func(c *Call, tx *account.Tx, in any) (any, error)
	// issues: the event is in the audit file before the answer is sent.
	issues bool
	// identify finds the caller in the request's own content.
	identify func(c *Call, in any) (*account.View, error)
	// prepare does slow work once, before the write lane.
	prepare func(c *Call, v *account.View, in any) error
}

// A TargetFunc says what an operation is authorized on. It sees the request
// before anybody has allowed it, so it must tell nothing of what exists: an
// error may speak of the request alone (a name that is missing, an ARN that
// can't be read).
type TargetFunc[I any] func(c *Call, v *account.View, in *I) (Target, error)

// Read returns an operation that changes nothing.
func Read[I, O any](s *shape.Operation, target TargetFunc[I], run func(c *Call, v *account.View, in *I) (*O, error)) Op {
	return newOp(s, target, Op{read: func(c *Call, v *account.View, in any) (any, error) {
		return output(run(c, v, in.(*I)))
	}})
}

// Write returns an operation that changes the account. run may be called
// several times for one request, each time on a newer state.
func Write[I, O any](s *shape.Operation, target TargetFunc[I], run func(c *Call, tx *account.Tx, in *I) (*O, error)) Op {
	return newOp(s, target, Op{write: func(c *Call, tx *account.Tx, in any) (any, error) {
		return output(run(c, tx, in.(*I)))
	}})
}

// Do returns a writing operation that answers nothing.
func Do[I any](s *shape.Operation, target TargetFunc[I], run func(c *Call, tx *account.Tx, in *I) error) Op {
	return newOp(s, target, Op{write: func(c *Call, tx *account.Tx, in any) (any, error) {
		return nil, run(c, tx, in.(*I))
	}})
}

// Prepared returns a writing operation with work that is too slow for the write
// lane, such as asking another server. prepare runs once, after the caller has
// been allowed on the present state; what it returns is handed to each run. It
// must not rely on the state it sees: run looks again, and authorization is
// asked again with it.
func Prepared[I, O, P any](s *shape.Operation, target TargetFunc[I], prepare func(c *Call, v *account.View, in *I) (P, error),
	run func(c *Call, tx *account.Tx, in *I, prepared P) (*O, error),
) Op {
	op := newOp(s, target, Op{write: func(c *Call, tx *account.Tx, in any) (any, error) {
		return output(run(c, tx, in.(*I), c.prepared.(P)))
	}})
	op.prepare = func(c *Call, v *account.View, in any) (err error) {
		c.prepared, err = prepare(c, v, in.(*I))
		return err
	}
	return op
}

// Federate returns an operation that gives credentials away and that requests
// without a signature may call: what they carry proves who asks.
//
// identify verifies that proof. It sets c.Caller.Principal, of the kind
// WebIdentity or SAML and without an account, and c.Caller.Federated, and
// returns the state of the account of the role that is asked for. A signature
// on the request is verified too, and counts for nothing then.
//
// A refused call is recorded once identify has set c.Recipient, to the account
// whose trail it belongs to. It must do so as soon as the proof has been found
// to be made by a provider of that account, and not before: whoever has no such
// proof must not be able to fill the disk.
func Federate[I, O any](s *shape.Operation, identify func(c *Call, in *I) (*account.View, error), target TargetFunc[I],
	run func(c *Call, v *account.View, in *I) (*O, error),
) Op {
	op := newOp(s, target, Op{
		issues:   true,
		identify: func(c *Call, in any) (*account.View, error) { return identify(c, in.(*I)) },
		read:     func(c *Call, v *account.View, in any) (any, error) { return output(run(c, v, in.(*I))) },
	})
	return op
}

// Issue returns an operation that changes nothing in the account and gives
// credentials away: its audit event is in the file before they leave.
func Issue[I, O any](s *shape.Operation, target TargetFunc[I], run func(c *Call, v *account.View, in *I) (*O, error)) Op {
	op := Read(s, target, run)
	op.issues = true
	return op
}

func newOp[I any](s *shape.Operation, target TargetFunc[I], op Op) Op {
	if target == nil {
		panic("api: " + s.Name + " has no target")
	}
	if _, ok := s.NewInput().(*I); !ok {
		panic(fmt.Sprintf("api: %s takes %T", s.Name, s.NewInput()))
	}
	if s.Unsigned != (op.identify != nil) {
		panic("api: " + s.Name + " is for unsigned requests, and nothing else tells who asks; or it is not, and must not be")
	}
	op.Shape = s
	op.target = func(c *Call, v *account.View, in any) (Target, error) { return target(c, v, in.(*I)) }
	return op
}

// output keeps a nil *O from becoming an any that isn't nil.
func output[O any](out *O, err error) (any, error) {
	if err != nil || out == nil {
		return nil, err
	}
	return out, nil
}

// A Target is what one call acts on.
type Target struct {
	// Resource is the ARN that policies are held against, or "*".
	Resource string
	// Shown stands for the resource in the message of a denial, in words that
	// the request has given: an ARN would tell a caller who may not know
	// whether the entity is there, and its path. "" shows Resource.
	Shown string
	// Account owns the resource; "" is the caller's account.
	Account string
	// Tags are those of the resource (aws:ResourceTag); nil where the action
	// doesn't know them.
	Tags []account.Tag
	// RequestTags are tags in the request (aws:RequestTag, aws:TagKeys).
	RequestTags []account.Tag
	// TagKeys are keys of tags in the request without values (aws:TagKeys).
	TagKeys []string
	// Keys are further condition keys of the request, under their lower-case
	// names.
	Keys map[string][]string
	// Also are further checks, each of which must allow.
	Also []Check
	// Trust is the role whose trust policy decides together with the caller's
	// policies; TrustOf says that there has to be one, so that a role that
	// doesn't exist is refused like one that doesn't trust the caller.
	Trust   *account.Role
	TrustOf bool
	// Free marks a call that needs no permission and that no policy can deny.
	Free bool
	// Action takes the place of the operation's own, where AWS asks for another:
	// "iam:GetRoleTemplateVersion".
	Action string
	// Granted marks a call that needs no permission, but that policies can deny:
	// an explicit deny counts, and so does a boundary or a session policy.
	Granted bool
}

// A Check is a further action that the same call needs.
type Check struct {
	Action   string
	Resource string
	Shown    string // as in Target
	Tags     []account.Tag
	Keys     map[string][]string
	// Trust holds the check against the trust policy too, as the main action.
	Trust bool
}
