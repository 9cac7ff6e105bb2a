// Package storetest holds every engine to the promises of store.Store and lets
// callers of a store meet its failures.
//
//	suite.go     Engine and Run: what an engine's own test calls
//	commit.go    versions, conflicts, chains, claims, outbox
//	data.go      values, keys, listing, areas, hints, limits
//	life.go      contexts, closing, reopening, backups
//	faulty.go    Faulty: a store whose writes fail by script; EachFault
//	bench.go     Bench: the same work on any engine; Fill
//
// A new engine's test is about twenty lines: see memory's.
package storetest
