// Package totp makes and checks the one-time passwords of virtual MFA devices
// (RFC 6238: SHA-1, six digits, thirty seconds). A code counts once, whoever it
// is shown to: IAM and STS share one Checker, and what it has taken is stored
// before anybody hears that the code was right.
//
//	totp.go      Checker: Check, Enable, Resync
//	memory.go    the codes that were taken, in memory and in the store
//	provision.go seeds, the URI that apps read, its QR code
package totp
