// Package session mints and opens session tokens. A session is sealed, not
// stored: its token carries everything that a node must know about it, under
// the session keyring, so that AssumeRole writes nothing but its audit event
// and any node that holds the keyring can verify any token.
//
//	session.go  Session, Tag, Kind, Credentials: what a token carries
//	minter.go   Minter: Mint, Open, the cache of opened tokens
//	codec.go    the binary form inside the seal; strict decoder
//	tradein.go  trade-in tokens of delegation requests
//	packed.go   packed size of session policies and tags
//
// A token is the base64 text of 4 fixed bytes and the sealed record; the
// associated data is "aratame session v1" and the access key id, so that a
// token is of use with its own access key alone. There is no revocation of a
// single session, as in AWS: deny by aws:TokenIssueTime or aws:userid, or
// take the key out of the keyring, which ends every session sealed under it.
package session
