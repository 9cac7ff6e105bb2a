// Package seal is envelope encryption: secrets at rest and session tokens are
// sealed under the data keys of a [Keyring], and the keyring itself, which the
// store keeps as bytes, is sealed under a key-encryption key ([KEK]).
//
//	kek.go      the key-encryption key as a file of mode 0600
//	keyring.go  data keys: create, open, rotate, prune; Seal and Open
//	sealer.go   secrets bound to the place where they are kept
//
// The cryptography is Tink's: AES-256-GCM with random nonces of 96 bits and
// Tink's framing, in which five bytes in front of the nonce name the key. Only
// the AES-GCM and keyset packages of Tink are imported, which keeps the other
// algorithms out of the binary. Tink draws its nonces and keys from crypto/rand itself;
// that is the one source of randomness which isn't passed in.
//
// By NIST SP 800-38D a key of random nonces is good for 2^32 messages: rotate
// a keyring before that (at 1,000 seals a second, within 49 days).
package seal
