// Package saml reads the metadata of SAML 2.0 identity providers and verifies
// their responses (OASIS saml-core-2.0, saml-metadata-2.0). Everything it reads
// is hostile until a key of the metadata vouches for it.
//
//   - document.go   bounds of a document before anything else looks at it
//   - metadata.go   the issuers and keys of a provider
//   - response.go   what a response must hold to be believed
//   - signature.go  its signatures: their form, and the library that checks them
//   - decrypt.go    encrypted assertions, and the private keys that open them
//   - assertion.go  conditions, subject and session of a verified assertion
//   - attributes.go the attributes that AWS gives a meaning
//
// Signatures are checked by goxmldsig alone; what it returns, the bytes that
// were signed, is the only thing that is read.
package saml

const (
	nsProtocol   = "urn:oasis:names:tc:SAML:2.0:protocol"
	nsAssertion  = "urn:oasis:names:tc:SAML:2.0:assertion"
	nsMetadata   = "urn:oasis:names:tc:SAML:2.0:metadata"
	nsSignature  = "http://www.w3.org/2000/09/xmldsig#"
	nsEncryption = "http://www.w3.org/2001/04/xmlenc#"
)
