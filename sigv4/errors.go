package sigv4

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strings"
	"unicode/utf8"
)

// Kind says which check failed, whatever words a protocol has for it.
type Kind uint8

// The kinds, in the order in which AWS's query services report them.
const (
	KindBadPath              Kind = iota + 1 // ".." climbs above the root
	KindMalformedQuery                       // bad percent escape in the query
	KindMissing                              // not signed at all: the caller may still allow an unsigned operation
	KindBothForms                            // Authorization header and query parameters at once
	KindUnsupportedAlgorithm                 // anything but AWS4-HMAC-SHA256
	KindIncomplete                           // a part is missing or malformed
	KindUnsignedHeader                       // host, or a header that decides what is done, is not covered
	KindExpired                              // too old
	KindNotYetCurrent                        // too far in the future
	KindScope                                // region, service, terminator or date of the credential scope
	KindPayloadHeader                        // x-amz-content-sha256 missing or unreadable where S3 needs it
	KindSessionToken                         // session token invalid, or not of this key
	KindSessionExpired                       // session token expired
	KindUnknownKey                           // access key unknown or inactive
	KindMismatch                             // the signature is another one
	KindPayloadMismatch                      // the signature is right, the body is another one
)

// An Error is a refused request in the words of AWS's query services (IAM, STS): code, HTTP status, message. Code is
// empty where AWS answers without a body. No message holds a secret or a session token; what it repeats of the
// request is cut to a bounded length and made valid UTF-8, and is not escaped for any markup.
type Error struct {
	Kind    Kind
	Code    string
	Status  int
	Message string
	// Presigned says that the request carried its signature in the query; S3 has other codes then.
	Presigned bool
}

// Error returns "Code: Message".
func (e *Error) Error() string { return e.Code + ": " + e.Message }

// Is makes errors.Is compare kinds, so that errors.Is(err, sigv4.ErrMissing) holds for every unsigned request.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Kind == e.Kind
}

// ErrMissing is what errors.Is finds for a request that carries no authentication at all. A caller that serves
// unsigned operations (AssumeRoleWithWebIdentity, AssumeRoleWithSAML) goes on after this error and no other.
var ErrMissing error = &Error{Kind: KindMissing, Code: "MissingAuthenticationToken", Status: http.StatusForbidden, Message: msgMissing}

const (
	msgMissing  = "Request is missing Authentication Token"
	msgMismatch = "The request signature we calculated does not match the signature you provided. " +
		"Check your AWS Secret Access Key and signing method. Consult the service documentation for details."
	msgSession        = "The security token included in the request is invalid"
	msgSessionExpired = "The security token included in the request is expired"
	msgUnknownKey     = "The security token included in the request is invalid."
	msgPayload        = "The provided 'x-amz-content-sha256' header does not match what was computed."
)

// NewError returns the error of a check that lies with the caller, who knows keys and sessions: KindUnknownKey,
// KindSessionToken and KindSessionExpired. Every other kind gives the plain signature mismatch.
func NewError(kind Kind, presigned bool) *Error {
	switch kind {
	case KindUnknownKey:
		return newError(kind, presigned, msgUnknownKey)
	case KindSessionToken:
		return newError(kind, presigned, msgSession)
	case KindSessionExpired:
		return newError(kind, presigned, msgSessionExpired)
	default:
		return newError(KindMismatch, presigned, msgMismatch)
	}
}

func newError(kind Kind, presigned bool, message string) *Error {
	a := queryAnswers[kind]
	return &Error{Kind: kind, Code: a.code, Status: a.status, Message: message, Presigned: presigned}
}

type answer struct {
	code    string
	status  int
	message string // empty: the query services' message
}

var queryAnswers = [...]answer{
	KindBadPath:              {"", 400, ""},
	KindMalformedQuery:       {"MalformedQueryString", 404, ""},
	KindMissing:              {"MissingAuthenticationToken", 403, ""},
	KindBothForms:            {"SignatureDoesNotMatch", 403, ""},
	KindUnsupportedAlgorithm: {"IncompleteSignature", 400, ""},
	KindIncomplete:           {"IncompleteSignature", 400, ""},
	KindUnsignedHeader:       {"SignatureDoesNotMatch", 403, ""},
	KindExpired:              {"SignatureDoesNotMatch", 403, ""},
	KindNotYetCurrent:        {"SignatureDoesNotMatch", 403, ""},
	KindScope:                {"SignatureDoesNotMatch", 403, ""},
	KindPayloadHeader:        {"IncompleteSignature", 400, ""},
	KindSessionToken:         {"InvalidClientTokenId", 403, ""},
	KindSessionExpired:       {"ExpiredToken", 403, ""},
	KindUnknownKey:           {"InvalidClientTokenId", 403, ""},
	KindMismatch:             {"SignatureDoesNotMatch", 403, ""},
	KindPayloadMismatch:      {"SignatureDoesNotMatch", 403, ""},
}

// Style is a family of protocols with its own names for the same failures.
type Style uint8

// The styles. JSON and S3 keep the query services' answer where they have none of their own.
const (
	StyleQuery Style = iota // IAM, STS and the other query services
	StyleJSON               // AWS JSON services such as DynamoDB
	StyleS3                 // S3 and what speaks its protocol
)

var jsonCodes = map[string]string{
	"MissingAuthenticationToken": "MissingAuthenticationTokenException",
	"InvalidClientTokenId":       "UnrecognizedClientException",
	"SignatureDoesNotMatch":      "InvalidSignatureException",
	"IncompleteSignature":        "IncompleteSignatureException",
	"ExpiredToken":               "ExpiredTokenException",
}

var s3Answers = map[Kind]answer{
	KindBadPath:              {"InvalidURI", 400, "Couldn't parse the specified URI."},
	KindMalformedQuery:       {"InvalidURI", 400, "Couldn't parse the specified URI."},
	KindMissing:              {"AccessDenied", 403, "Access Denied"},
	KindBothForms:            {"InvalidRequest", 400, "A request is authenticated by its Authorization header or by its query parameters, not by both."},
	KindUnsupportedAlgorithm: {"InvalidRequest", 400, "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256."},
	KindUnsignedHeader:       {"AccessDenied", 403, "There were headers present in the request which were not signed"},
	KindSessionToken:         {"InvalidToken", 400, "The provided token is malformed or otherwise invalid."},
	KindSessionExpired:       {"ExpiredToken", 400, "The provided token has expired."},
	KindUnknownKey:           {"InvalidAccessKeyId", 403, "The AWS Access Key Id you provided does not exist in our records."},
	KindMismatch:             {"SignatureDoesNotMatch", 403, "The request signature we calculated does not match the signature you provided. Check your key and signing method."},
	KindPayloadHeader:        {"InvalidRequest", 400, ""},
	KindPayloadMismatch:      {"XAmzContentSHA256Mismatch", 400, msgPayload},
}

// For renders the failure in the given style. JSON services answer these with 400 (the status that their SDKs have
// always seen); S3 distinguishes the header form from the presigned one.
func (e *Error) For(style Style) (code string, status int, message string) {
	switch style {
	case StyleJSON:
		if code, ok := jsonCodes[e.Code]; ok {
			return code, http.StatusBadRequest, e.Message
		}
	case StyleS3:
		return e.forS3()
	}
	return e.Code, e.Status, e.Message
}

func (e *Error) forS3() (string, int, string) {
	switch e.Kind {
	case KindExpired, KindNotYetCurrent:
		if !e.Presigned {
			return "RequestTimeTooSkewed", 403, "The difference between the request time and the current time is too large."
		}
		if e.Kind == KindExpired {
			return "AccessDenied", 403, "Request has expired"
		}
		return "AccessDenied", 403, "Request is not yet valid"
	case KindIncomplete, KindScope:
		if e.Presigned {
			return "AuthorizationQueryParametersError", 400, e.Message
		}
		return "AuthorizationHeaderMalformed", 400, "The authorization header is malformed; " + e.Message
	}
	a, ok := s3Answers[e.Kind]
	if !ok {
		return e.Code, e.Status, e.Message
	}
	if a.message == "" {
		a.message = e.Message
	}
	return a.code, a.status, a.message
}

// quoteLimit bounds, in bytes, what a message repeats of a request.
const quoteLimit = 128

func quote(s string) string {
	if len(s) > quoteLimit {
		n := quoteLimit
		for n > quoteLimit-utf8.UTFMax && !utf8.RuneStart(s[n]) {
			n--
		}
		s = s[:n] + "..."
	}
	return strings.ToValidUTF8(s, "\uFFFD")
}

// fingerprint stands for an Authorization header in a message, as AWS's newer wording has it.
func fingerprint(s string) string {
	sum := sha256.Sum256([]byte(s))
	return base64.StdEncoding.EncodeToString(sum[:])
}
