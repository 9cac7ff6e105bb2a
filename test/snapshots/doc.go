// Package snapshots holds the product's Query codec against the AWS SDK for Go:
// the request snapshots of its IAM and STS modules are read, and its
// deserializers read the product's answers.
package snapshots
