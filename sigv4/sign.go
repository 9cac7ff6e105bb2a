package sigv4

import (
	"crypto/sha256"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Credentials sign requests. SessionToken is empty for long-term keys.
type Credentials struct {
	AccessKeyID, SecretAccessKey, SessionToken string
}

// SignOptions change what is signed.
type SignOptions struct {
	// Headers are names to sign, where present, besides host, content-type, content-md5, content-encoding and all
	// x-amz-* headers.
	Headers []string
	// Cache may be nil.
	Cache *KeyCache
}

// Sign adds a signature to r: X-Amz-Date, X-Amz-Security-Token (with a session token), for S3-like services
// X-Amz-Content-Sha256, and Authorization; what r had of these is replaced. payloadHash is HashPayload of the body
// or, for S3-like services, one of the payload constants. The host is r.Host, or else r.URL.Host, as it will be sent.
// t is written in UTC, in whole seconds. The error tells of credentials or a scope that cannot be signed with; it
// holds no secret. The header map of r is changed in place and must not be in use elsewhere.
func Sign(r *http.Request, creds Credentials, region, service, payloadHash string, t time.Time, opts SignOptions) error {
	s, err := newSigned(creds, region, service, payloadHash, t)
	if err != nil {
		return err
	}
	if r.Header == nil {
		r.Header = http.Header{}
	}
	for name := range r.Header {
		switch headerKey(strings.ToLower(name)) {
		case "Authorization", "X-Amz-Date", "X-Amz-Security-Token", "X-Amz-Content-Sha256":
			delete(r.Header, name)
		}
	}
	r.Header.Set("X-Amz-Date", s.Timestamp)
	if creds.SessionToken != "" {
		r.Header.Set("X-Amz-Security-Token", creds.SessionToken)
	}
	if S3Like(service) {
		r.Header.Set("X-Amz-Content-Sha256", payloadHash)
		s.ContentSHA256 = payloadHash
	}
	signature, err := s.sign(r, r.URL.RawQuery, creds, payloadHash, opts)
	if err != nil {
		return err
	}
	r.Header.Set("Authorization", algorithm+" Credential="+creds.AccessKeyID+"/"+s.Scope()+
		", SignedHeaders="+s.signedHeaders+", Signature="+signature)
	return nil
}

// Presign returns the URL of r with a signature in its query; r stays as it is. Headers of r that Sign would sign
// are signed, and must then be sent along. expires is written as X-Amz-Expires in whole seconds, 1 s to 7 days; 0
// leaves it out, which S3-like services refuse. payloadHash is as in Sign; empty means UnsignedPayload for S3-like
// services and EmptyPayloadHash for the others.
func Presign(r *http.Request, creds Credentials, region, service, payloadHash string, t time.Time, expires time.Duration, opts SignOptions) (string, error) {
	if payloadHash == "" {
		payloadHash = EmptyPayloadHash
		if S3Like(service) {
			payloadHash = UnsignedPayload
		}
	}
	s, err := newSigned(creds, region, service, payloadHash, t)
	if err != nil {
		return "", err
	}
	seconds := int64(expires / time.Second)
	if expires < 0 || expires > 0 && seconds < 1 || seconds > maxExpires || expires == 0 && S3Like(service) {
		return "", errors.New("sigv4: expires must be 1 second to 7 days")
	}
	s.Presigned = true
	clone := r.Clone(r.Context())
	if clone.Header == nil {
		clone.Header = http.Header{}
	}
	for name := range clone.Header {
		switch headerKey(strings.ToLower(name)) {
		case "Authorization", "X-Amz-Date", "X-Amz-Security-Token", "X-Amz-Content-Sha256":
			delete(clone.Header, name)
		}
	}
	s.setHeaders(clone, opts)

	var q []byte
	for pair := range strings.SplitSeq(clone.URL.RawQuery, "&") {
		name, _, _ := strings.Cut(pair, "=")
		if n, err := unescape(name); err != nil {
			return "", err
		} else if pair == "" || isAuthParam(n) {
			continue
		}
		q = append(append(q, pair...), '&')
	}
	add := func(name, value string) {
		q = append(append(q, name...), '=')
		q = append(appendEscaped(q, value), '&')
	}
	add(paramAlgorithm, algorithm)
	add(paramCredential, creds.AccessKeyID+"/"+s.Scope())
	add(paramDate, s.Timestamp)
	if seconds > 0 {
		add(paramExpires, strconv.FormatInt(seconds, 10))
	}
	if creds.SessionToken != "" {
		add(paramToken, creds.SessionToken)
	}
	if S3Like(service) && payloadHash != UnsignedPayload {
		add(paramContentSHA256, payloadHash)
		s.ContentSHA256 = payloadHash
	}
	add(paramSignedHeaders, s.signedHeaders)
	raw := string(q[:len(q)-1])
	signature, err := s.sign(clone, raw, creds, payloadHash, opts)
	if err != nil {
		return "", err
	}
	clone.URL.RawQuery = raw + "&" + paramSignature + "=" + signature
	return clone.URL.String(), nil
}

func isAuthParam(name string) bool {
	switch name {
	case paramAlgorithm, paramCredential, paramDate, paramExpires, paramSignedHeaders, paramSignature, paramToken, paramContentSHA256:
		return true
	}
	return false
}

func newSigned(creds Credentials, region, service, payloadHash string, t time.Time) (*Signed, error) {
	if creds.AccessKeyID == "" || creds.SecretAccessKey == "" || strings.ContainsAny(creds.AccessKeyID, "/, =\r\n") {
		return nil, errors.New("sigv4: no usable credentials")
	}
	if !validRegion(region) || service == "" || strings.ContainsAny(service, "/, =\r\n") {
		return nil, errors.New("sigv4: region and service must be names")
	}
	s := &Signed{Region: region, Service: service, Terminator: terminator, Timestamp: t.UTC().Format(timeLayout)}
	s.Date = s.Timestamp[:len(dateLayout)]
	if S3Like(service) {
		s.ContentSHA256 = payloadHash
		if err := s.readPayloadMode(); err != nil {
			return nil, errors.New("sigv4: payload hash is neither a SHA-256 in lower-case hex nor one of the constants")
		}
		s.ContentSHA256 = ""
	} else if !isHash(payloadHash) {
		return nil, errors.New("sigv4: payload hash is not a SHA-256 in lower-case hex")
	}
	return s, nil
}

// setHeaders chooses what to sign.
func (s *Signed) setHeaders(r *http.Request, opts SignOptions) {
	names := []string{"host"}
	for key := range r.Header {
		name := strings.ToLower(key)
		switch name {
		case "content-type", "content-md5", "content-encoding":
		default:
			if !strings.HasPrefix(name, "x-amz-") && !slices.ContainsFunc(opts.Headers, func(h string) bool { return strings.EqualFold(h, name) }) {
				continue
			}
		}
		names = append(names, name)
	}
	slices.Sort(names)
	s.SignedHeaders = slices.Compact(names)
	s.signedHeaders = strings.Join(s.SignedHeaders, ";")
}

func (s *Signed) sign(r *http.Request, rawQuery string, creds Credentials, payloadHash string, opts SignOptions) (string, error) {
	s.setHeaders(r, opts)
	view := &http.Request{Method: r.Method, Host: r.Host, ContentLength: r.ContentLength, Header: http.Header{}}
	if view.Method == "" {
		view.Method = http.MethodGet
	}
	if view.Host == "" {
		view.Host = r.URL.Host
	}
	// Keys that a caller has set in another case go out in the order in which net/http writes them.
	keys := make([]string, 0, len(r.Header))
	for key := range r.Header {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	for _, key := range keys {
		k := headerKey(strings.ToLower(key))
		view.Header[k] = append(view.Header[k], r.Header[key]...)
	}
	u := *r.URL
	u.RawQuery = rawQuery
	u.RawPath = u.EscapedPath() // what net/http will send
	view.URL = &u

	line, ok := s.canonicalPayload(payloadHash)
	if s.Presigned && S3Like(s.Service) && s.ContentSHA256 == "" {
		line, ok = UnsignedPayload, true
	}
	form := pathForms(s.Service)[0]
	if !S3Like(s.Service) {
		form = pathNormalized
		if _, within := normalizePath(wirePath(&u)); !within {
			return "", errors.New("sigv4: the path climbs above its root")
		}
	}
	c := new(canon)
	if !ok || !c.request(view, s, form, line) {
		return "", errors.New("sigv4: the request cannot be signed")
	}
	key := opts.Cache.SigningKey(creds.AccessKeyID, creds.SecretAccessKey, s.Date, s.Region, s.Service)
	sum := sha256.Sum256(c.buf)
	signature := s.signatureOf(c, &key, &sum)
	return string(signature[:]), nil
}
