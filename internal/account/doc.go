// Package account is the state of one AWS account as a value: its entities, a
// frozen View of them, and a Tx that derives the next View.
//
//   - entities.go   what an account holds; an entity in a View never changes
//   - view.go       look-ups and ordered scans over one revision
//   - tx.go         copy-on-write changes, with the indexes kept
//   - record.go     the stored form of each entity, versioned
//   - quota.go      how many of each there may be
//   - invariants.go what is true of every View, checked by tests and on load
//
// Rules that speak AWS's sentences (which conflict is named first, which limit
// is hit) live with the operations; this package keeps what they rely on:
// unique names, unique ids, references that resolve.
package account
