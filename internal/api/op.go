package api

import (
	"fmt"

	"github.com/aratame/aratame/internal/account"
	"github.com/aratame/aratame/internal/shape"
)

// An Op is an operation ready to be served. It is made by Read, Write or
// Session alone, so that none exists without the target it is authorized on.
type Op struct {
	Shape *shape.Operation

	target func(c *Call, v *account.View, in any) (Target, error)
	read   func(c *Call, v *account.View, in any) (any, error)
	write  func(c *Call, tx *account.Tx, in any) (any, error)
	// issues: the event is in the audit file before the answer is sent.
	issues bool
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
