//go:build race

package policy

// The race detector makes each case ten times as expensive and finds nothing
// in a million that it doesn't find in these.
const randomCases = 50_000
