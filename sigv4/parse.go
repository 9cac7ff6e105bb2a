package sigv4

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	algorithm  = "AWS4-HMAC-SHA256"
	terminator = "aws4_request"
	dateLayout = "20060102"
	timeLayout = "20060102T150405Z"
)

// Signed is what a request says about its signature. Nothing of it is proven before Verify has returned nil.
type Signed struct {
	// AccessKeyID, Date (YYYYMMDD), Region, Service and Terminator are the five parts of the credential.
	AccessKeyID, Date, Region, Service, Terminator string
	// Presigned: the signature came in the query.
	Presigned bool
	// Time is when the request says it was signed; Timestamp is the same as text (YYYYMMDDTHHMMSSZ).
	Time      time.Time
	Timestamp string
	// Expires is X-Amz-Expires, or 0 where there was none.
	Expires time.Duration
	// SignedHeaders are the names as sent.
	SignedHeaders []string
	// Signature is the hex text as sent; it seeds the signatures of a chunked body.
	Signature string
	// SessionToken is from the header, or for a presigned request from the query or a signed header; empty if none.
	SessionToken string
	// PayloadMode says what of the body is covered. It is PayloadHash for all services that are not S3-like.
	PayloadMode PayloadMode
	// ContentSHA256 is x-amz-content-sha256 as sent, empty if none. Only S3-like services give it a meaning.
	ContentSHA256 string

	signedHeaders string
}

// Scope returns the credential scope, DATE/REGION/SERVICE/TERMINATOR.
func (s *Signed) Scope() string {
	return s.Date + "/" + s.Region + "/" + s.Service + "/" + s.Terminator
}

// Parse reads the signature of a request in either form and checks all that needs no key: escapes of the query,
// algorithm, parts, signed headers, date format, validity at now, and the five parts of the credential. The first
// failure is returned, as an *Error, in the order in which AWS's query services report them; errors.Is(err,
// ErrMissing) tells an unsigned request. A path whose ".." climbs above the root is reported last, because only the
// credential tells whether the service normalizes paths.
//
// Stricter than AWS on purpose: two Authorization headers are refused, and so is a request in which
// x-amz-security-token or x-amz-target (for S3-like services: any x-amz-* header) is present and not signed.
// x-amz-date and, for S3-like services, x-amz-content-sha256 need not be listed as signed, since their values are
// part of what is signed.
func Parse(r *http.Request, now time.Time) (*Signed, error) {
	s, err := parse(r, now)
	if err != nil {
		return nil, err
	}
	return s, nil
}

func parse(r *http.Request, now time.Time) (*Signed, *Error) {
	var q queryAuth
	if err := q.scan(r.URL.RawQuery); err != nil {
		return nil, err
	}
	auth := r.Header["Authorization"]
	s := &Signed{Presigned: q.present}
	var credential string
	var err *Error
	switch {
	case q.present && len(auth) > 0:
		return nil, newError(KindBothForms, true, "")
	case q.present:
		credential, err = s.fromQuery(r, &q)
	case len(auth) > 0:
		credential, err = s.fromHeader(r, auth)
	default:
		return nil, newError(KindMissing, false, msgMissing)
	}
	if err != nil {
		return nil, err
	}

	fields := strings.Count(credential, "/") + 1
	if fields == 5 {
		s.AccessKeyID, credential, _ = strings.Cut(credential, "/")
		s.Date, credential, _ = strings.Cut(credential, "/")
		s.Region, credential, _ = strings.Cut(credential, "/")
		s.Service, s.Terminator, _ = strings.Cut(credential, "/")
	}
	s.SignedHeaders = strings.Split(s.signedHeaders, ";")
	if err := s.checkSignedHeaders(r); err != nil {
		return nil, err
	}
	if s.Time, err = parseTime(s.Timestamp, s.Presigned); err != nil {
		return nil, err
	}
	if err := s.readExpires(&q); err != nil {
		return nil, err
	}
	if err := s.checkTime(now); err != nil {
		return nil, err
	}
	if fields != 5 || s.AccessKeyID == "" {
		return nil, newError(KindIncomplete, s.Presigned,
			"Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '"+quote(credentialOf(s, credential, fields))+"'")
	}
	if err := s.readPayloadMode(); err != nil {
		return nil, err
	}
	if !S3Like(s.Service) {
		if _, ok := normalizePath(wirePath(r.URL)); !ok {
			return nil, newError(KindBadPath, s.Presigned, "")
		}
	}
	return s, nil
}

func credentialOf(s *Signed, rest string, fields int) string {
	if fields == 5 {
		return s.AccessKeyID + "/" + s.Scope()
	}
	return rest
}

// fromHeader reads the Authorization form. Of a repeated part the last counts.
func (s *Signed) fromHeader(r *http.Request, auth []string) (credential string, err *Error) {
	if len(auth) != 1 {
		return "", newError(KindIncomplete, false, "Authorization header must be sent exactly once.")
	}
	header := strings.TrimSpace(auth[0])
	name, rest, _ := strings.Cut(header, " ")
	if name != algorithm {
		return "", newError(KindUnsupportedAlgorithm, false, "Unsupported AWS 'algorithm': '"+quote(name)+"'.")
	}
	rest = strings.TrimSpace(rest)
	for rest != "" {
		var part string
		part, rest, _ = strings.Cut(rest, ",")
		part = strings.TrimSpace(part)
		key, value, ok := strings.Cut(part, "=")
		if !ok {
			return "", newError(KindIncomplete, false, "'"+quote(part)+"' not a valid key=value pair (missing equal-sign) in Authorization header "+
				"(hashed with SHA-256 and encoded with Base64): '"+fingerprint(header)+"'.")
		}
		switch key {
		case "Credential":
			credential = value
		case "SignedHeaders":
			s.signedHeaders = value
		case "Signature":
			s.Signature = value
		}
	}
	date := r.Header["X-Amz-Date"]
	if len(date) == 0 {
		date = r.Header["Date"]
	}
	s.Timestamp = joined(date)

	var missing []string
	for _, m := range [...]struct{ value, message string }{
		{credential, "Authorization header requires 'Credential' parameter."},
		{s.Signature, "Authorization header requires 'Signature' parameter."},
		{s.signedHeaders, "Authorization header requires 'SignedHeaders' parameter."},
		{s.Timestamp, "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header."},
	} {
		if m.value == "" {
			missing = append(missing, m.message)
		}
	}
	if len(missing) > 0 {
		return "", newError(KindIncomplete, false, strings.Join(missing, " ")+
			" (Hashed with SHA-256 and encoded with Base64) Authorization="+fingerprint(header))
	}
	s.SessionToken = joined(r.Header["X-Amz-Security-Token"])
	s.ContentSHA256 = joined(r.Header["X-Amz-Content-Sha256"])
	return credential, nil
}

// fromQuery reads the presigned form.
func (s *Signed) fromQuery(r *http.Request, q *queryAuth) (credential string, err *Error) {
	if q.algorithm != algorithm {
		e := newError(KindUnsupportedAlgorithm, true, msgMissing)
		e.Code, e.Status = queryAnswers[KindMissing].code, queryAnswers[KindMissing].status
		return "", e
	}
	var missing []string
	for _, m := range [...]struct{ value, name string }{
		{q.credential, paramCredential}, {q.signature, paramSignature}, {q.signedHeaders, paramSignedHeaders}, {q.date, paramDate},
	} {
		if m.value == "" {
			missing = append(missing, "AWS query-string parameters must include '"+m.name+"'.")
		}
	}
	if len(missing) > 0 {
		return "", newError(KindIncomplete, true, strings.Join(missing, " ")+" Re-examine the query-string parameters.")
	}
	s.signedHeaders, s.Signature, s.Timestamp = q.signedHeaders, q.signature, q.date
	s.SessionToken, s.ContentSHA256 = q.token, q.contentSHA256
	if !q.hasToken {
		s.SessionToken = joined(r.Header["X-Amz-Security-Token"])
	}
	if h := r.Header["X-Amz-Content-Sha256"]; len(h) > 0 {
		s.ContentSHA256 = joined(h)
	}
	return q.credential, nil
}

// joined is the value of a header as a signature sees it; a repeated header gives a list that no caller mistakes for
// one of its values.
func joined(values []string) string {
	if len(values) == 1 {
		return strings.TrimSpace(values[0])
	}
	return strings.Join(values, ",")
}

// checkSignedHeaders demands host and what decides the action or the identity. Names are looked up as in a sorted
// list, which a signer makes: an unsorted one is refused here or by Verify, and a hostile one costs no more.
func (s *Signed) checkSignedHeaders(r *http.Request) *Error {
	unsigned := func(name string) *Error {
		return newError(KindUnsignedHeader, s.Presigned, "'"+quote(name)+"' must be a 'SignedHeader' in the AWS Authorization.")
	}
	if !slices.ContainsFunc(s.SignedHeaders, func(h string) bool { return strings.EqualFold(h, "host") || h == ":authority" }) {
		return unsigned("Host' or ':authority")
	}
	if !S3Like(s.Service) {
		for _, h := range [...]struct{ key, name string }{{"X-Amz-Security-Token", "x-amz-security-token"}, {"X-Amz-Target", "x-amz-target"}} {
			if len(r.Header[h.key]) > 0 && !s.lists(h.name) {
				return unsigned(h.name)
			}
		}
		return nil
	}
	var first string
	for key := range r.Header {
		if len(key) < 6 || !strings.EqualFold(key[:6], "x-amz-") || key == "X-Amz-Date" || key == "X-Amz-Content-Sha256" {
			continue
		}
		name := strings.ToLower(key)
		if !s.lists(name) && (first == "" || name < first) {
			first = name
		}
	}
	if first != "" {
		return unsigned(first)
	}
	return nil
}

func (s *Signed) lists(name string) bool {
	_, found := slices.BinarySearch(s.SignedHeaders, name)
	return found
}

func parseTime(text string, presigned bool) (time.Time, *Error) {
	if len(text) == len(timeLayout) {
		if t, err := time.Parse(timeLayout, text); err == nil {
			return t, nil
		}
	}
	return time.Time{}, newError(KindIncomplete, presigned,
		"Date must be in ISO-8601 'basic format'. Got '"+quote(text)+"'. See http://en.wikipedia.org/wiki/ISO_8601")
}

const maxExpires = 604800 // seconds: seven days

// readExpires checks X-Amz-Expires: 1 to 604800 seconds, required by S3-like services (S3 API Reference,
// Authenticating Requests: Using Query Parameters).
func (s *Signed) readExpires(q *queryAuth) *Error {
	if !s.Presigned {
		return nil
	}
	if !q.hasExpires {
		if S3Like(s.Service) {
			return newError(KindIncomplete, true, "AWS query-string parameters must include 'X-Amz-Expires'. Re-examine the query-string parameters.")
		}
		return nil
	}
	n, err := strconv.ParseUint(q.expires, 10, 64)
	switch {
	case err != nil && (q.expires == "" || strings.Trim(q.expires, "0123456789") != ""), n == 0 && err == nil:
		return newError(KindIncomplete, true, "X-Amz-Expires should be a number of seconds from 1 to 604800")
	case err != nil || n > maxExpires:
		return newError(KindIncomplete, true, "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than 604800 seconds")
	}
	s.Expires = time.Duration(n) * time.Second
	return nil
}
