// Package test is the root of a module of its own: the tests that drive the product with other people's
// clients. Keeping them here keeps their dependencies out of the product's go.mod.
//
//	client.go     an HTTP client for SDKs that talk to a server on the same machine
//	materials.go  what tests upload: certificates, keys, metadata
//	awscli.go     finds the AWS CLI
//	readers/      every answer, read by the SDK for JavaScript and the AWS CLI
//	sigv4diff/    the sigv4 package against the signer of the AWS SDK for Go
//	terraform/    Terraform, and AWS's provider for it, against the server
//
// The blank imports below keep the SDK packages that these tests share in go.mod.
package test

import (
	_ "github.com/aws/aws-sdk-go-v2/aws"
	_ "github.com/aws/aws-sdk-go-v2/config"
	_ "github.com/aws/aws-sdk-go-v2/credentials"
	_ "github.com/aws/aws-sdk-go-v2/service/iam"
	_ "github.com/aws/aws-sdk-go-v2/service/sts"
)
