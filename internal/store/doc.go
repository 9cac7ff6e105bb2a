// Package store is the contract between the aggregates and whatever keeps their
// bytes. It knows records, versions and unique claims; it knows nothing of
// accounts, users or names, and nothing above it knows an engine.
//
//	store.go     the Store interface, its types and limits
//	errors.go    outcomes a caller tells apart; refusals to open
//	check.go     the limits, in one place for all engines
//	part.go      how a value lies in an engine: cut in parts, framed, checksummed
//	hub.go       fan-out of Watch hints inside one process
//	memory/      the engine of --ephemeral and of tests
//	sqlite/      the embedded engine
//	storetest/   the conformance suite every engine passes, and fault injection
//
// A unit is the unit of consistency: one Commit changes one unit, no
// transaction spans two. What must be unique over units goes through claims.
package store
