// Package sigv4diff holds package sigv4 against the signer of the AWS SDK for Go: whatever that signs must verify
// after a trip over the wire, and no single byte of it may change.
package sigv4diff
