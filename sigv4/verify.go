package sigv4

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"net/http"
)

// Verify checks the signature of r, which s was parsed from, with the secret of s.AccessKeyID.
//
// payloadHash is HashPayload of the body as received, always and for every service but in two cases, both with
// S3-like services only: it is not looked at where PayloadMode says that the hash of the body isn't covered, and it
// may be DeferredPayload (see there). The cache may be nil; a key enters it only after a signature made with it was
// right, so a client without the secret cannot fill it.
//
// A failure is an *Error of KindMismatch, or of KindPayloadMismatch where an S3-like client signed another body's
// hash. An empty secret never verifies. Neither carries the canonical request, which may hold a session token.
func (s *Signed) Verify(r *http.Request, payloadHash, secret string, cache *KeyCache) error {
	line, ok := s.canonicalPayload(payloadHash)
	if !ok || secret == "" || s.Terminator != terminator {
		return newError(KindMismatch, s.Presigned, msgMismatch)
	}
	key, cached := cache.lookup(s.AccessKeyID, secret, s.Date, s.Region, s.Service)
	if !cached {
		key = deriveKey(secret, s.Date, s.Region, s.Service)
	}
	c := canons.Get().(*canon)
	defer c.release()
	if !s.matches(c, r, &key, line) {
		return newError(KindMismatch, s.Presigned, msgMismatch)
	}
	if !cached {
		cache.store(s.AccessKeyID, secret, s.Date, s.Region, s.Service, key)
	}
	if s.PayloadMode == PayloadHash && payloadHash != line &&
		!(payloadHash == DeferredPayload && S3Like(s.Service)) {
		return newError(KindPayloadMismatch, s.Presigned, msgPayload)
	}
	return nil
}

func (s *Signed) matches(c *canon, r *http.Request, key *[sha256.Size]byte, payload string) bool {
	var tried [sha256.Size]byte
	for i, form := range pathForms(s.Service) {
		if !c.request(r, s, form, payload) {
			return false
		}
		sum := sha256.Sum256(c.buf)
		if i > 0 && sum == tried {
			return false
		}
		tried = sum
		want := s.signatureOf(c, key, &sum)
		if subtle.ConstantTimeCompare(want[:], []byte(s.Signature)) == 1 {
			return true
		}
	}
	return false
}

// signatureOf signs the string to sign of a canonical request's hash. It overwrites c.buf.
func (s *Signed) signatureOf(c *canon, key, sum *[sha256.Size]byte) (signature [2 * sha256.Size]byte) {
	c.buf = append(c.buf[:0], algorithm...)
	c.buf = append(c.buf, '\n')
	c.buf = append(c.buf, s.Timestamp...)
	for i, part := range [...]string{s.Date, s.Region, s.Service, s.Terminator} {
		c.buf = append(c.buf, "\n///"[i])
		c.buf = append(c.buf, part...)
	}
	c.buf = append(c.buf, '\n')
	c.buf = hex.AppendEncode(c.buf, sum[:])
	mac := hmac.New(sha256.New, key[:])
	mac.Write(c.buf)
	var out [sha256.Size]byte
	hex.Encode(signature[:], mac.Sum(out[:0]))
	return signature
}

// CanonicalRequest returns the canonical request that Verify compares first, for tools that explain a mismatch. It
// holds every signed header, session tokens among them: it belongs into no log. It is empty where the list of signed
// headers is not one that a signer makes.
func (s *Signed) CanonicalRequest(r *http.Request, payloadHash string) string {
	line, _ := s.canonicalPayload(payloadHash)
	c := new(canon)
	if !c.request(r, s, pathForms(s.Service)[0], line) {
		return ""
	}
	return string(c.buf)
}
