package sigv4

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// FuzzParse feeds the header, the query and the date of a request that no client would send. Nothing panics, no
// message is long or invalid UTF-8, and nothing verifies.
func FuzzParse(f *testing.F) {
	for _, c := range refusals {
		auth, date := "", ""
		for line := range strings.SplitSeq(c.headers, "\n") {
			if v, ok := strings.CutPrefix(line, "Authorization: "); ok {
				auth = v
			}
			if v, ok := strings.CutPrefix(line, "X-Amz-Date: "); ok {
				date = v
			}
		}
		path, query, _ := strings.Cut(c.target, "?")
		f.Add(auth, path, query, date)
	}
	f.Add(goodAuth, "/", qGood, "20130101T000000Z")
	f.Fuzz(func(t *testing.T, auth, path, query, date string) {
		r := &http.Request{Method: "GET", Host: "h", Header: http.Header{}, URL: &url.URL{Path: path, RawQuery: query}}
		if auth != "" {
			r.Header.Set("Authorization", auth)
		}
		if date != "" {
			r.Header.Set("X-Amz-Date", date)
		}
		r.Header.Set("X-Amz-Content-Sha256", UnsignedPayload)
		s, err := Parse(r, now2013)
		if err != nil {
			var e *Error
			if !errors.As(err, &e) || e.Status < 400 || len(e.Message) > 2000 || strings.ToValidUTF8(e.Message, "") != e.Message {
				t.Fatalf("error %T of %d bytes", err, len(err.Error()))
			}
			return
		}
		for _, style := range []Style{StyleQuery, StyleJSON, StyleS3} {
			if err := s.CheckScope("iam", "sts"); err != nil {
				err.(*Error).For(style)
			}
		}
		s.CanonicalRequest(r, EmptyPayloadHash)
		if s.Verify(r, EmptyPayloadHash, exampleSecret, nil) == nil {
			t.Fatalf("verifies: %q %q", auth, query)
		}
		if _, err := ParseQuery(query); err != nil {
			t.Fatalf("Parse took a query that ParseQuery refuses: %v", err)
		}
	})
}
