// Package oidc verifies web identity tokens: JSON Web Tokens that an OpenID
// Connect provider has signed, with the keys that the provider publishes.
//
//   - token.go     from text to a token that nobody has vouched for yet
//   - claims.go    the rules that claims of a genuine token must keep
//   - keys.go      key sets: what is taken from a provider's JWKS, and what not
//   - verifier.go  signature and claims together; the cache of key sets
//   - fetch.go     discovery document and JWKS over the network, within limits
//   - address.go   addresses that are never, or not always, connected to
//   - trust.go     whose certificate is believed; thumbprints
//
// Everything here is hostile until its signature is verified: the token, which
// anybody may send, and the provider's server, which may be slow, huge or
// somebody else's.
package oidc
