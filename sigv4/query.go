package sigv4

import "strings"

// A Param is one decoded name and value of a query.
type Param struct{ Name, Value string }

// ParseQuery decodes a raw query exactly as the canonical request reads it: pairs are separated by "&" alone (a
// semicolon is data), empty pairs are dropped, a plus sign is a space, a name without "=" has the empty value, order
// and duplicates are kept. A server that acts on these parameters acts on what was signed; url.ParseQuery drops
// pairs that hold a semicolon. The error is an *Error of KindMalformedQuery.
func ParseQuery(raw string) ([]Param, error) {
	var params []Param
	for raw != "" {
		var pair string
		pair, raw, _ = strings.Cut(raw, "&")
		if pair == "" {
			continue
		}
		name, value, _ := strings.Cut(pair, "=")
		n, err := unescape(name)
		if err != nil {
			return nil, err
		}
		v, err := unescape(value)
		if err != nil {
			return nil, err
		}
		params = append(params, Param{n, v})
	}
	return params, nil
}

// queryAuth holds the signature parameters of a query: the first of each name, as AWS has it. A second one stays in
// the canonical query, so the signer at least knew of it.
type queryAuth struct {
	algorithm, credential, date, expires, signedHeaders, signature, token, contentSHA256 string
	// present is set when any of the three parameters appears that make a request presigned.
	present, hasAlgorithm, hasExpires, hasToken, hasContent, hasSignature, hasCredential, hasSigned, hasDate bool
}

const (
	paramAlgorithm     = "X-Amz-Algorithm"
	paramCredential    = "X-Amz-Credential"
	paramDate          = "X-Amz-Date"
	paramExpires       = "X-Amz-Expires"
	paramSignedHeaders = "X-Amz-SignedHeaders"
	paramSignature     = "X-Amz-Signature"
	paramToken         = "X-Amz-Security-Token"
	paramContentSHA256 = "X-Amz-Content-Sha256"
)

// scan checks every escape of the raw query and collects the signature parameters.
func (q *queryAuth) scan(raw string) *Error {
	for raw != "" {
		var pair string
		pair, raw, _ = strings.Cut(raw, "&")
		name, value, _ := strings.Cut(pair, "=")
		name, err := unescape(name)
		if err != nil {
			return err
		}
		if !strings.HasPrefix(name, "X-Amz-") {
			if err := checkEscapes(value); err != nil {
				return err
			}
			continue
		}
		value, err = unescape(value)
		if err != nil {
			return err
		}
		q.set(name, value)
	}
	q.present = q.hasAlgorithm || q.hasCredential || q.hasSignature
	return nil
}

func (q *queryAuth) set(name, value string) {
	first := func(field *string, has *bool) {
		if !*has {
			*field, *has = value, true
		}
	}
	switch name {
	case paramAlgorithm:
		first(&q.algorithm, &q.hasAlgorithm)
	case paramCredential:
		first(&q.credential, &q.hasCredential)
	case paramDate:
		first(&q.date, &q.hasDate)
	case paramExpires:
		first(&q.expires, &q.hasExpires)
	case paramSignedHeaders:
		first(&q.signedHeaders, &q.hasSigned)
	case paramSignature:
		first(&q.signature, &q.hasSignature)
	case paramToken:
		first(&q.token, &q.hasToken)
	case paramContentSHA256:
		first(&q.contentSHA256, &q.hasContent)
	}
}

const (
	msgTrailingEscape = "Incomplete trailing escape % sequence"
	msgIllegalEscape  = "Illegal hex character in escape % pattern: %"
)

func checkEscapes(s string) *Error {
	for i := strings.IndexByte(s, '%'); i >= 0; {
		if i+2 >= len(s) {
			return newError(KindMalformedQuery, false, msgTrailingEscape)
		}
		if unhex(s[i+1]) < 0 || unhex(s[i+2]) < 0 {
			return newError(KindMalformedQuery, false, msgIllegalEscape+quote(s[i+1:i+3]))
		}
		next := strings.IndexByte(s[i+3:], '%')
		if next < 0 {
			break
		}
		i += 3 + next
	}
	return nil
}

// unescape decodes one name or value of a query.
func unescape(s string) (string, *Error) {
	if strings.IndexByte(s, '%') < 0 && strings.IndexByte(s, '+') < 0 {
		return s, nil
	}
	if err := checkEscapes(s); err != nil {
		return "", err
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch c {
		case '%':
			c = byte(unhex(s[i+1])<<4 | unhex(s[i+2]))
			i += 2
		case '+':
			c = ' '
		}
		b = append(b, c)
	}
	return string(b), nil
}

func unhex(c byte) int {
	switch {
	case '0' <= c && c <= '9':
		return int(c - '0')
	case 'a' <= c && c <= 'f':
		return int(c-'a') + 10
	case 'A' <= c && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}
