package iam

import (
	"errors"

	"github.com/aratame/aratame/internal/awserr"
	"github.com/aratame/aratame/policy"
)

// parseDocument validates a policy document for saving; its error is AWS's
// MalformedPolicyDocument with the sentence of the first failing class.
func parseDocument(text string, kind policy.Kind) (*policy.Document, error) {
	doc, err := policy.Parse(text, kind)
	if err == nil {
		return doc, nil
	}
	var p *policy.ParseError
	if errors.As(err, &p) {
		return nil, awserr.New("MalformedPolicyDocument", p.Message)
	}
	return nil, err
}

// encodeDocument percent-encodes a document as IAM's answers carry it: every
// byte of its UTF-8 form but the unreserved characters of RFC 3986, so that
// the decoded text is what was sent, white space included.
func encodeDocument(text string) *string {
	const hex = "0123456789ABCDEF"
	b := make([]byte, 0, len(text)+len(text)/2)
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '-', c == '.', c == '_', c == '~':
			b = append(b, c)
		default:
			b = append(b, '%', hex[c>>4], hex[c&15])
		}
	}
	s := string(b)
	return &s
}
