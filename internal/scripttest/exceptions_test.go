package scripttest

// An exception is something that no script can show of an operation.
type exception struct {
	operation string // names, or "*"
	what      string // a code, or one of the constants of coverage_test.go
	reason    string
}

var exceptions = []exception{
	{"*", "ServiceFailure", "the server's own failure; no request brings one about"},
	{"*", "ConcurrentModification", "a write that meets another is done again on the newer state, and is never refused for it"},
}
