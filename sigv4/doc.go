// Package sigv4 parses, verifies and makes AWS Signature Version 4, for servers and clients that speak AWS
// protocols. It needs the standard library only, reads no clock and no randomness, and never touches the body.
//
// A server asks, in this order:
//
//	signed, err := sigv4.Parse(r, now)          // form, parts, date, time; an *Error of KindMissing is an anonymous request
//	err = signed.CheckScope("iam", "sts")       // region, service, terminator, date of the credential scope
//	secret := …                                 // the caller's lookup of signed.AccessKeyID and signed.SessionToken
//	err = signed.Verify(r, hash, secret, cache) // hash of the body the server has read
//
// Errors come in the order and with the words of AWS's query services; (*Error).For renders the same failure for
// JSON services and for S3.
//
// What is signed is what was on the wire: the canonical request is built from the undecoded path, the raw query, the
// Host that net/http moved out of the headers and the length that it parsed. A plus sign in a query is a space, a
// semicolon is data, and ParseQuery gives a caller exactly the parameters that were signed.
//
//	errors.go     Kind, Error, and the wording per protocol style
//	parse.go      Parse and Signed: both forms, in AWS's order of errors
//	scope.go      validity in time, and the credential scope
//	payload.go    what the payload part of a signature covers
//	query.go      the one reader of raw queries
//	canonical.go  the canonical request
//	verify.go     string to sign, comparison
//	keycache.go   derived signing keys, bounded
//	sign.go       Sign and Presign
package sigv4
