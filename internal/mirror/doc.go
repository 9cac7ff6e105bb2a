// Package mirror reads and writes an account in the form that
// `aws iam get-account-authorization-details` prints, so that a real account
// can be set up again here.
//
//   - format.go the form
//   - plan.go   what to make of it, step by step
//   - build.go  one entity from one item
//   - trust.go  whom a trust policy names
package mirror
