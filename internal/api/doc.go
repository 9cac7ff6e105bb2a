// Package api is the choke point: one function, Gate.Do, carries every request
// of every service from its bytes to its answer.
//
//   - op.go      an operation as its package registers it: what it is authorized
//     on, and the function that does it
//   - call.go    what an operation knows of the request; the caller
//   - gate.go    the order of things: authenticate, decode, decide, run, record
//   - authn.go   from signature to caller
//   - authz.go   from caller and target to allowed or AccessDenied
//   - context.go the condition keys of a request
//   - event.go   the audit event of a call
//   - http.go    limits, request id, the answer on the wire
package api
