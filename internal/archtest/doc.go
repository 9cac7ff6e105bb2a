// Package archtest holds the architecture as tests: which package may import
// which, which library is used where, who may read the clock, how long a file
// may be. It has no code of its own.
//
//	table_test.go   the tables, each row with its reason: edit these
//	scan_test.go    reads the imports and clock calls of every Go file
//	arch_test.go    the rules, held against the module
//	rules_test.go   every rule broken on purpose
//
// Files are parsed rather than packages loaded, so that a file for another
// system or behind a build tag is held to the same rules.
package archtest
