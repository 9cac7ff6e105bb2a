package sigv4

import (
	"crypto/sha256"
	"encoding/hex"
)

// EmptyPayloadHash is the lower-case hex SHA-256 of no bytes.
const EmptyPayloadHash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

// The values of x-amz-content-sha256 that are no hash (S3 API Reference, Authenticating Requests).
const (
	UnsignedPayload              = "UNSIGNED-PAYLOAD"
	StreamingPayload             = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
	StreamingPayloadTrailer      = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"
	StreamingUnsignedTrailer     = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
	StreamingECDSAPayload        = "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD"
	StreamingECDSAPayloadTrailer = "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD-TRAILER"
)

// DeferredPayload is the payload hash of a caller of Verify that has not read the body yet. It is accepted only where
// the client declared a hash (Signed.ContentSHA256, S3 and its kin); the caller then compares the body with that hash
// while reading it, and must not act on the body before.
const DeferredPayload = "deferred"

// PayloadMode says what the payload part of a signature covers.
type PayloadMode uint8

const (
	// PayloadHash: the whole body, by its SHA-256.
	PayloadHash PayloadMode = iota
	// PayloadUnsigned: nothing; the body is not protected by the signature.
	PayloadUnsigned
	// PayloadChunks: each chunk carries a signature that starts from Signed.Signature.
	PayloadChunks
	// PayloadChunksTrailer: as PayloadChunks, with a signed trailer.
	PayloadChunksTrailer
	// PayloadUnsignedTrailer: chunks without signatures and a checksum trailer.
	PayloadUnsignedTrailer
)

// HashPayload returns the lower-case hex SHA-256 of a body.
func HashPayload(body []byte) string {
	if len(body) == 0 {
		return EmptyPayloadHash
	}
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:])
}

// S3Like reports whether a signing name follows S3's canonical rules: the path is encoded once and not normalized,
// and x-amz-content-sha256 says what the payload is.
func S3Like(service string) bool {
	switch service {
	case "s3", "s3express", "s3-express", "s3-outposts", "s3-object-lambda":
		return true
	}
	return false
}

const (
	msgNoContentHash  = "Missing required header for this request: x-amz-content-sha256"
	msgBadContentHash = "x-amz-content-sha256 must be UNSIGNED-PAYLOAD, one of the STREAMING constants, or a valid sha256 value."
)

// readPayloadMode fills PayloadMode from ContentSHA256 for S3-like services. Every other service hashes the body
// whatever that header says, so that no client can declare a body of IAM's unsigned.
func (s *Signed) readPayloadMode() *Error {
	if !S3Like(s.Service) {
		return nil
	}
	switch s.ContentSHA256 {
	case "":
		if !s.Presigned {
			return newError(KindPayloadHeader, s.Presigned, msgNoContentHash)
		}
		s.PayloadMode = PayloadUnsigned
	case UnsignedPayload:
		s.PayloadMode = PayloadUnsigned
	case StreamingPayload:
		s.PayloadMode = PayloadChunks
	case StreamingPayloadTrailer:
		s.PayloadMode = PayloadChunksTrailer
	case StreamingUnsignedTrailer:
		s.PayloadMode = PayloadUnsignedTrailer
	case StreamingECDSAPayload, StreamingECDSAPayloadTrailer:
		return newError(KindUnsupportedAlgorithm, s.Presigned, "Unsupported AWS 'algorithm': '"+quote(s.ContentSHA256)+"'.")
	default:
		if !isHash(s.ContentSHA256) {
			return newError(KindPayloadHeader, s.Presigned, msgBadContentHash)
		}
	}
	return nil
}

// canonicalPayload returns the last line of the canonical request, and what the body must then still be compared to.
func (s *Signed) canonicalPayload(bodyHash string) (line string, ok bool) {
	switch {
	case S3Like(s.Service) && s.ContentSHA256 != "":
		return s.ContentSHA256, true
	case s.PayloadMode == PayloadUnsigned:
		return UnsignedPayload, true
	}
	return bodyHash, isHash(bodyHash)
}

func isHash(s string) bool {
	if len(s) != 2*sha256.Size {
		return false
	}
	for i := 0; i < len(s); i++ {
		if c := s[i]; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}
