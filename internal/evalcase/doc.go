// Package evalcase is the public case format of `aratame eval`: one request
// with everything that its decision depends on, as one JSON object a line, and
// one decision a line in answer. docs/eval.md is the reference of the format,
// which stays stable; its examples are run by a test.
//
//	case.go       Case and Parse: a line → request and policies
//	documents.go  the members that hold policy documents
//	principal.go  the caller from its name
//	context.go    condition keys
//	json.go       a line → spans of its values
//	answer.go     Answer: a decision, whether it was expected, its line
//	run.go        Run: a stream of lines
//
// A case is a value that somebody else wrote. Whatever is unknown, twice there,
// of the wrong type or unreadable makes it an error: a member that is left out
// by mistake could be the one that denies.
package evalcase
