// Package terraform runs Terraform, with AWS's provider for it, against the
// product.
//
//	stacks_test.go               Terraform itself: the provider's resources are created, changed, imported, lost and destroyed
//	sequences_test.go            the calls of every resource and data source of today's provider, in its order
//	build.go, trim.go, reach.go  the provider, cut down to IAM and STS and built from the Go module proxy
//
// The module proxy has the provider in version 1.60.0 at most, from 2019. Its
// resources are the ones that later versions still have, so it stands for them
// with a real Terraform; what later versions added or do differently is in the
// sequences. The provider isn't under this project's licence: it is fetched,
// cut down, built and run by the tests, and no part of it is in the repository.
package terraform
