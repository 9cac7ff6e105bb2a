// Package policy is the complete engine for AWS IAM policy documents: it
// parses, validates, compiles, evaluates and explains them.
//
// The package is pure. It does no I/O, reads no clock, keeps no global state
// and writes no log; whatever a decision depends on is an argument. It imports
// the standard library only, so that any program can use it for policies about
// its own actions and resources.
//
// # The way of a decision
//
//	Parse, ParseStored   text → *Document   grammar, validation in AWS's words, positions
//	Compile              documents → *Set   immutable index over actions and resources
//	Evaluate             *Request, *Policies → Outcome   no allocation
//	Explain              the same → *Decision            every statement looked at
//	Decision.Message     AWS's AccessDenied sentence
//
// # Failing closed
//
// A statement that can't be evaluated (an operator nobody knows, a date that
// is none, a malformed variable) counts against the caller: as an Allow it
// doesn't apply, as a Deny it does. Inside one statement this follows
// three-valued logic: what is false for certain stays false, so that a Deny
// on other actions isn't widened by a condition that can't be read.
//
// # Files
//
//	types.go      the public types
//	context.go    Value, Context, MapContext
//	pairs.go      a Context for few keys
//	json.go       JSON reader with positions
//	parse.go      document → statements
//	keys.go       condition keys that a document depends on
//	validate.go   validation of identity-like kinds, in AWS's order
//	resource.go   what services ask of their own resources' policies
//	trust.go      validation of principals, trust policies, SCPs and RCPs
//	pattern.go    wildcards and policy variables
//	scan.go       the bound of a search
//	arn.go        patterns over ARNs, field by field
//	operator.go   operator names
//	condition.go  conditions of a request
//	scalar.go     numbers, dates, addresses, base64
//	principal.go  Principal and NotPrincipal
//	action.go     patterns of actions
//	compile.go    statements ready for evaluation
//	index.go      Set, and how the statements that can match are found
//	build.go      making the index
//	rule.go       a statement with one of its resources
//	kept.go       what a Set keeps of its documents
//	tree.go       texts by their beginnings, for many actions
//	evaluate.go   the decision
//	explain.go    the decision with its reasons
//	render.go     reasons as text and JSON
//	message.go    AccessDenied sentences
package policy
