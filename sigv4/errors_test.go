package sigv4

import (
	"errors"
	"strings"
	"testing"
	"time"
)

var now2013 = time.Date(2013, 1, 1, 0, 0, 0, 0, time.UTC)

const (
	goodCred = "Credential=AKID/20130101/us-east-1/sts/aws4_request"
	goodAuth = "AWS4-HMAC-SHA256 " + goodCred + ", SignedHeaders=host;x-amz-date, Signature=00"
	goodDate = "X-Amz-Date: 20130101T000000Z\n"
	qAlg     = "X-Amz-Algorithm=AWS4-HMAC-SHA256"
	qCred    = "&X-Amz-Credential=AKID%2F20130101%2Fus-east-1%2Fsts%2Faws4_request"
	qCredS3  = "&X-Amz-Credential=AKID/20130101/us-east-1/s3/aws4_request"
	qDate    = "&X-Amz-Date=20130101T000000Z"
	qRest    = "&X-Amz-SignedHeaders=host&X-Amz-Signature=00"
	qGood    = qAlg + qCred + qDate + qRest
	reexam   = " Re-examine the query-string parameters."
	mustSign = " must be a 'SignedHeader' in the AWS Authorization."
)

// answers of a refused request: query style and the S3 code with its status.
type refusal struct {
	row, target, headers string
	kind                 Kind
	status               int
	code, message        string
	s3                   string
	s3status             int
}

func header(row, auth string, rest ...any) refusal {
	return refusal{row, "/", "Authorization: " + auth + "\n" + goodDate, rest[0].(Kind), rest[1].(int), rest[2].(string), rest[3].(string), rest[4].(string), rest[5].(int)}
}

func query(row, q string, rest ...any) refusal {
	return refusal{row, "/?" + q, "", rest[0].(Kind), rest[1].(int), rest[2].(string), rest[3].(string), rest[4].(string), rest[5].(int)}
}

func full(row, target, headers string, rest ...any) refusal {
	return refusal{row, target, headers, rest[0].(Kind), rest[1].(int), rest[2].(string), rest[3].(string), rest[4].(string), rest[5].(int)}
}

const (
	incomplete = "IncompleteSignature"
	mismatch   = "SignatureDoesNotMatch"
	malformed  = "AuthorizationHeaderMalformed"
	badQuery   = "AuthorizationQueryParametersError"
)

func hashed(auth string) string {
	return " (Hashed with SHA-256 and encoded with Base64) Authorization=" + fingerprint(auth)
}

var refusals = []refusal{
	full("1", "/a/../..", "Authorization: "+goodAuth+"\n"+goodDate, KindBadPath, 400, "", "", "InvalidURI", 400),
	query("4", "a=%", KindMalformedQuery, 404, "MalformedQueryString", "Incomplete trailing escape % sequence", "InvalidURI", 400),
	query("4", "a=%4&b=c", KindMalformedQuery, 404, "MalformedQueryString", "Incomplete trailing escape % sequence", "InvalidURI", 400),
	query("4", "%zz=1", KindMalformedQuery, 404, "MalformedQueryString", "Illegal hex character in escape % pattern: %zz", "InvalidURI", 400),
	query("4", "a=%41%4g", KindMalformedQuery, 404, "MalformedQueryString", "Illegal hex character in escape % pattern: %4g", "InvalidURI", 400),
	query("4", qGood+"&a=%x1", KindMalformedQuery, 404, "MalformedQueryString", "Illegal hex character in escape % pattern: %x1", "InvalidURI", 400),
	full("5", "/", "", KindMissing, 403, "MissingAuthenticationToken", "Request is missing Authentication Token", "AccessDenied", 403),
	full("5", "/?Action=X&x-amz-signature=1", "", KindMissing, 403, "MissingAuthenticationToken", "Request is missing Authentication Token", "AccessDenied", 403),
	full("5", "/?"+qGood, "Authorization: "+goodAuth+"\n", KindBothForms, 403, mismatch, "", "InvalidRequest", 400),
	full("5", "/?X-Amz-Signature=1", "Authorization: "+goodAuth+"\n", KindBothForms, 403, mismatch, "", "InvalidRequest", 400),
	full("5", "/?X%2dAmz-Credential=1", "Authorization: "+goodAuth+"\n", KindBothForms, 403, mismatch, "", "InvalidRequest", 400),
	header("6a", "AWS4-ECDSA-P256-SHA256 "+goodCred, KindUnsupportedAlgorithm, 400, incomplete, "Unsupported AWS 'algorithm': 'AWS4-ECDSA-P256-SHA256'.", "InvalidRequest", 400),
	header("6a", "Bearer abc", KindUnsupportedAlgorithm, 400, incomplete, "Unsupported AWS 'algorithm': 'Bearer'.", "InvalidRequest", 400),
	header("6a", "", KindUnsupportedAlgorithm, 400, incomplete, "Unsupported AWS 'algorithm': ''.", "InvalidRequest", 400),
	header("6a", "aws4-hmac-sha256 "+goodCred, KindUnsupportedAlgorithm, 400, incomplete, "Unsupported AWS 'algorithm': 'aws4-hmac-sha256'.", "InvalidRequest", 400),
	header("6b", "AWS4-HMAC-SHA256 x", KindIncomplete, 400, incomplete, "'x' not a valid key=value pair (missing equal-sign) in Authorization header (hashed with SHA-256 and encoded with Base64): '"+fingerprint("AWS4-HMAC-SHA256 x")+"'.", malformed, 400),
	full("6b", "/", "Authorization: "+goodAuth+"\nAuthorization: "+goodAuth+"\n", KindIncomplete, 400, incomplete, "Authorization header must be sent exactly once.", malformed, 400),
	header("6c", goodAuth+", Credential=a/b", KindIncomplete, 400, incomplete, "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got 'a/b'", malformed, 400),
	header("6d", "AWS4-HMAC-SHA256", KindIncomplete, 400, incomplete, "Authorization header requires 'Credential' parameter. Authorization header requires 'Signature' parameter. Authorization header requires 'SignedHeaders' parameter."+hashed("AWS4-HMAC-SHA256"), malformed, 400),
	header("6d", "AWS4-HMAC-SHA256 "+goodCred+",Signature=", KindIncomplete, 400, incomplete, "Authorization header requires 'Signature' parameter. Authorization header requires 'SignedHeaders' parameter."+hashed("AWS4-HMAC-SHA256 "+goodCred+",Signature="), malformed, 400),
	full("6d", "/", "Authorization: "+goodAuth+"\n", KindIncomplete, 400, incomplete, "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header."+hashed(goodAuth), malformed, 400),
	query("7a", "X-Amz-Algorithm=AWS4", KindUnsupportedAlgorithm, 403, "MissingAuthenticationToken", "Request is missing Authentication Token", "InvalidRequest", 400),
	query("7a", "X-Amz-Signature=00", KindUnsupportedAlgorithm, 403, "MissingAuthenticationToken", "Request is missing Authentication Token", "InvalidRequest", 400),
	query("7c", qAlg+"&X-Amz-Algorithm=other"+qCred+qDate, KindIncomplete, 400, incomplete, "AWS query-string parameters must include 'X-Amz-Signature'. AWS query-string parameters must include 'X-Amz-SignedHeaders'."+reexam, badQuery, 400),
	query("7d", qAlg, KindIncomplete, 400, incomplete, "AWS query-string parameters must include 'X-Amz-Credential'. AWS query-string parameters must include 'X-Amz-Signature'. AWS query-string parameters must include 'X-Amz-SignedHeaders'. AWS query-string parameters must include 'X-Amz-Date'."+reexam, badQuery, 400),
	query("7d", qAlg+qCredS3+qDate+qRest, KindIncomplete, 400, incomplete, "AWS query-string parameters must include 'X-Amz-Expires'."+reexam, badQuery, 400),
	query("7d", qGood+"&X-Amz-Expires=0", KindIncomplete, 400, incomplete, "X-Amz-Expires should be a number of seconds from 1 to 604800", badQuery, 400),
	query("7d", qGood+"&X-Amz-Expires=-1", KindIncomplete, 400, incomplete, "X-Amz-Expires should be a number of seconds from 1 to 604800", badQuery, 400),
	query("7d", qGood+"&X-Amz-Expires=604801", KindIncomplete, 400, incomplete, "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than 604800 seconds", badQuery, 400),
	query("7d", qGood+"&X-Amz-Expires=99999999999999999999", KindIncomplete, 400, incomplete, "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than 604800 seconds", badQuery, 400),
	header("8", "AWS4-HMAC-SHA256 "+goodCred+", SignedHeaders=x-amz-date, Signature=00", KindUnsignedHeader, 403, mismatch, "'Host' or ':authority'"+mustSign, "AccessDenied", 403),
	full("8", "/", "Authorization: "+goodAuth+"\nX-Amz-Security-Token: t\n"+goodDate, KindUnsignedHeader, 403, mismatch, "'x-amz-security-token'"+mustSign, "AccessDenied", 403),
	full("8", "/?"+qGood, "X-Amz-Security-Token: t\n", KindUnsignedHeader, 403, mismatch, "'x-amz-security-token'"+mustSign, "AccessDenied", 403),
	full("8", "/", "Authorization: "+goodAuth+"\nX-Amz-Target: t\n"+goodDate, KindUnsignedHeader, 403, mismatch, "'x-amz-target'"+mustSign, "AccessDenied", 403),
	full("8", "/?"+qAlg+qCredS3+qDate+qRest, "X-Amz-Meta-B: 1\nX-Amz-Acl: public-read\nX-Amz-Date: 1\n", KindUnsignedHeader, 403, mismatch, "'x-amz-acl'"+mustSign, "AccessDenied", 403),
	full("9", "/", "Authorization: "+goodAuth+"\nX-Amz-Date: 2013-01-01T00:00:00Z\n", KindIncomplete, 400, incomplete, "Date must be in ISO-8601 'basic format'. Got '2013-01-01T00:00:00Z'. See http://en.wikipedia.org/wiki/ISO_8601", malformed, 400),
	full("9", "/", "Authorization: "+goodAuth+"\nDate: Tue, 01 Jan 2013 00:00:00 GMT\n", KindIncomplete, 400, incomplete, "Date must be in ISO-8601 'basic format'. Got 'Tue, 01 Jan 2013 00:00:00 GMT'. See http://en.wikipedia.org/wiki/ISO_8601", malformed, 400),
	full("9", "/", "Authorization: "+goodAuth+"\n"+goodDate+goodDate, KindIncomplete, 400, incomplete, "Date must be in ISO-8601 'basic format'. Got '20130101T000000Z,20130101T000000Z'. See http://en.wikipedia.org/wiki/ISO_8601", malformed, 400),
	full("9", "/", "Authorization: "+goodAuth+"\nX-Amz-Date: 20131301T000000Z\n", KindIncomplete, 400, incomplete, "Date must be in ISO-8601 'basic format'. Got '20131301T000000Z'. See http://en.wikipedia.org/wiki/ISO_8601", malformed, 400),
	full("9", "/", "Authorization: "+goodAuth+"\nX-Amz-Date: 20130101T000000.5Z\n", KindIncomplete, 400, incomplete, "Date must be in ISO-8601 'basic format'. Got '20130101T000000.5Z'. See http://en.wikipedia.org/wiki/ISO_8601", malformed, 400),
	full("10", "/", "Authorization: "+goodAuth+"\nX-Amz-Date: 20121231T234459Z\n", KindExpired, 403, mismatch, "Signature expired: 20121231T234459Z is now earlier than 20121231T234500Z (20130101T000000Z - 15 min.)", "RequestTimeTooSkewed", 403),
	query("10", qAlg+qCred+"&X-Amz-Date=20121231T234459Z&X-Amz-Expires=3600"+qRest, KindExpired, 403, mismatch, "Signature expired: 20121231T234459Z is now earlier than 20121231T234500Z (20130101T000000Z - 15 min.)", "AccessDenied", 403),
	query("10", qAlg+qCredS3+"&X-Amz-Date=20121231T235859Z&X-Amz-Expires=60"+qRest, KindExpired, 403, mismatch, "Signature expired: 20121231T235859Z is now earlier than 20121231T235900Z (20130101T000000Z - 60 sec.)", "AccessDenied", 403),
	full("11", "/", "Authorization: "+goodAuth+"\nX-Amz-Date: 20130101T001501Z\n", KindNotYetCurrent, 403, mismatch, "Signature not yet current: 20130101T001501Z is still later than 20130101T001500Z (20130101T000000Z + 15 min.)", "RequestTimeTooSkewed", 403),
	query("11", qAlg+qCredS3+"&X-Amz-Date=20130101T001501Z&X-Amz-Expires=9"+qRest, KindNotYetCurrent, 403, mismatch, "Signature not yet current: 20130101T001501Z is still later than 20130101T001500Z (20130101T000000Z + 15 min.)", "AccessDenied", 403),
	header("12", strings.Replace(goodAuth, "AKID/", "", 1), KindIncomplete, 400, incomplete, "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '20130101/us-east-1/sts/aws4_request'", malformed, 400),
	header("12", strings.Replace(goodAuth, "AKID", "", 1), KindIncomplete, 400, incomplete, "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '/20130101/us-east-1/sts/aws4_request'", malformed, 400),
	header("12", strings.Replace(goodAuth, "AKID/", "AKID/x/", 1), KindIncomplete, 400, incomplete, "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got 'AKID/x/20130101/us-east-1/sts/aws4_request'", malformed, 400),
	header("S3", strings.Replace(goodAuth, "/sts/", "/s3/", 1), KindPayloadHeader, 400, incomplete, msgNoContentHash, "InvalidRequest", 400),
	full("S3", "/", "X-Amz-Content-Sha256: abc\nAuthorization: "+strings.Replace(goodAuth, "/sts/", "/s3/", 1)+"\n"+goodDate, KindPayloadHeader, 400, incomplete, msgBadContentHash, "InvalidRequest", 400),
	full("S3", "/", "X-Amz-Content-Sha256: "+StreamingECDSAPayload+"\nAuthorization: "+strings.Replace(goodAuth, "/sts/", "/s3/", 1)+"\n"+goodDate, KindUnsupportedAlgorithm, 400, incomplete, "Unsupported AWS 'algorithm': '"+StreamingECDSAPayload+"'.", "InvalidRequest", 400),
}

func TestRefusals(t *testing.T) {
	for _, c := range refusals {
		s, err := Parse(wire(t, "GET "+c.target+" HTTP/1.1\nHost: h\n"+c.headers), now2013)
		var e *Error
		if !errors.As(err, &e) || s != nil {
			t.Errorf("row %s %s: accepted", c.row, c.target)
			continue
		}
		if e.Kind != c.kind || e.Status != c.status || e.Code != c.code || e.Message != c.message {
			t.Errorf("row %s %s %s\n got %d %d %s %q\nwant %d %d %s %q", c.row, c.target, c.headers, e.Kind, e.Status, e.Code, e.Message, c.kind, c.status, c.code, c.message)
		}
		if code, status, message := e.For(StyleS3); code != c.s3 || status != c.s3status || message == "" {
			t.Errorf("row %s %s: S3 style %s %d %q, want %s %d", c.row, c.target, code, status, message, c.s3, c.s3status)
		}
		if errors.Is(err, ErrMissing) != (c.kind == KindMissing) {
			t.Errorf("row %s: ErrMissing found = %v", c.row, !errors.Is(err, ErrMissing))
		}
	}
}

// TestBoundaries: what lies exactly on a limit, or looks odd and is right.
func TestBoundaries(t *testing.T) {
	for _, c := range []struct{ name, target, headers string }{
		{"oldest header date", "/", "Authorization: " + goodAuth + "\nX-Amz-Date: 20121231T234500Z\n"},
		{"newest header date", "/", "Authorization: " + goodAuth + "\nX-Amz-Date: 20130101T001500Z\n"},
		{"Date in basic format", "/", "Authorization: " + goodAuth + "\nDate: 20130101T000000Z\n"},
		{"X-Amz-Date before Date", "/", "Authorization: " + goodAuth + "\nDate: Tue, 01 Jan 2013 00:00:00 GMT\n" + goodDate},
		{"no blanks after commas", "/", "Authorization: " + strings.ReplaceAll(goodAuth, ", ", ",") + "\n" + goodDate},
		{"STS gives 15 minutes whatever the client asks", "/?" + qAlg + qCred + "&X-Amz-Date=20121231T234500Z&X-Amz-Expires=60" + qRest, ""},
		{"S3 gives what the client asks", "/?" + qAlg + qCredS3 + "&X-Amz-Date=20121225T000000Z&X-Amz-Expires=604800" + qRest, ""},
		{"raw semicolons", "/?" + qAlg + qCred + qDate + "&X-Amz-SignedHeaders=host;x-k8s-aws-id&X-Amz-Signature=00", ""},
		{"authority in place of host", "/", "Authorization: " + strings.Replace(goodAuth, "host", ":authority", 1) + "\n" + goodDate},
		{"S3 keeps dots above the root", "/../a", "X-Amz-Content-Sha256: UNSIGNED-PAYLOAD\nAuthorization: " + strings.Replace(goodAuth, "/sts/", "/s3/", 1) + "\n" + goodDate},
	} {
		if _, err := Parse(wire(t, "GET "+c.target+" HTTP/1.1\nHost: h\n"+c.headers), now2013.Add(999*time.Millisecond)); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

func TestScope(t *testing.T) {
	for _, c := range []struct{ cred, want string }{
		{"AKID/20130101/us-east-1/sts/aws4_request", ""},
		{"AKID/20130101/eu-isoe-west-1/iam/aws4_request", ""},
		{"AKID/20130101/US/sts/aws4_request", "Credential should be scoped to a valid region, not 'US'."},
		{"AKID/20130101//sts/aws4_request", "Credential should be scoped to a valid region, not ''."},
		{"AKID/20130101/us-east-1/STS/aws4_request", "Credential should be scoped to correct service: 'iam', 'sts'."},
		{"AKID/20130101/us-east-1/sts/aws4", "Credential should be scoped with a valid terminator: 'aws4_request', not 'aws4'."},
		{"AKID/20130102/us-east-1/sts/aws4_request", "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '20130102' != '20130101', from '20130101T000000Z'."},
		{"AKID/d/r_/s/t", "Credential should be scoped to a valid region, not 'r_'. Credential should be scoped to correct service: 'iam', 'sts'. Credential should be scoped with a valid terminator: 'aws4_request', not 't'. " +
			"Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: 'd' != '20130101', from '20130101T000000Z'."},
	} {
		r := wire(t, "GET / HTTP/1.1\nHost: h\n"+goodDate+"Authorization: AWS4-HMAC-SHA256 Credential="+c.cred+", SignedHeaders=host, Signature=00\n")
		s, err := Parse(r, now2013)
		if err != nil {
			t.Fatalf("%s: %v", c.cred, err)
		}
		err = s.CheckScope("iam", "sts")
		var e *Error
		switch {
		case c.want == "" && err != nil:
			t.Errorf("%s: %v", c.cred, err)
		case c.want != "" && (!errors.As(err, &e) || e.Message != c.want || e.Code != mismatch || e.Status != 403 || e.Kind != KindScope):
			t.Errorf("%s: got %v", c.cred, err)
		}
		if s.CheckScope() == nil {
			t.Errorf("%s: accepted although no service is", c.cred)
		}
	}
}

// TestStyles: the three wordings of the failures that Parse doesn't find.
func TestStyles(t *testing.T) {
	for _, c := range []struct {
		kind    Kind
		style   Style
		code    string
		status  int
		message string
	}{
		{KindUnknownKey, StyleQuery, "InvalidClientTokenId", 403, "The security token included in the request is invalid."},
		{KindUnknownKey, StyleJSON, "UnrecognizedClientException", 400, "The security token included in the request is invalid."},
		{KindUnknownKey, StyleS3, "InvalidAccessKeyId", 403, "The AWS Access Key Id you provided does not exist in our records."},
		{KindSessionToken, StyleQuery, "InvalidClientTokenId", 403, "The security token included in the request is invalid"},
		{KindSessionToken, StyleS3, "InvalidToken", 400, "The provided token is malformed or otherwise invalid."},
		{KindSessionExpired, StyleQuery, "ExpiredToken", 403, "The security token included in the request is expired"},
		{KindSessionExpired, StyleJSON, "ExpiredTokenException", 400, "The security token included in the request is expired"},
		{KindSessionExpired, StyleS3, "ExpiredToken", 400, "The provided token has expired."},
		{KindMismatch, StyleQuery, "SignatureDoesNotMatch", 403, msgMismatch},
		{KindMismatch, StyleJSON, "InvalidSignatureException", 400, msgMismatch},
		{KindMismatch, StyleS3, "SignatureDoesNotMatch", 403, "The request signature we calculated does not match the signature you provided. Check your key and signing method."},
		{KindScope, StyleQuery, "SignatureDoesNotMatch", 403, msgMismatch}, // not the caller's to make: the plain mismatch
	} {
		if code, status, message := NewError(c.kind, false).For(c.style); code != c.code || status != c.status || message != c.message {
			t.Errorf("kind %d style %d: %s %d %q", c.kind, c.style, code, status, message)
		}
	}
}

func TestQuoteIsBoundedAndValid(t *testing.T) {
	for _, s := range []string{strings.Repeat("a", 1000), strings.Repeat("é", 100), "x\xff\xfe", strings.Repeat("\x80", 500)} {
		got := quote(s)
		if len(got) > 3*quoteLimit+3 || strings.ToValidUTF8(got, "") != got {
			t.Errorf("quote(%.20q) = %d bytes", s, len(got))
		}
	}
}
