//go:build !race

package policy

// randomCases is how many random cases the property tests look at together.
const randomCases = 1_000_000
