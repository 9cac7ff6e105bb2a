package oidc

import (
	"testing"
	"time"

	"github.com/aratame/aratame/internal/awserr"
)

// Whatever is sent as a token, or published as keys, is read or refused in AWS's
// words: nothing panics.
func FuzzParse(f *testing.F) {
	f.Add("eyJhbGciOiJSUzI1NiIsImtpZCI6InIifQ.eyJpc3MiOiJodHRwczovL2EiLCJhdWQiOlsiYSJdLCJzdWIiOiJzIiwiaWF0IjoxLCJleHAiOjJ9.AAAA")
	f.Add("eyJhbGciOiJub25lIn0.e30.")
	f.Add("..")
	f.Fuzz(func(t *testing.T, text string) {
		token, err := Parse(text)
		if err != nil {
			if !awserr.Is(err, "InvalidIdentityToken") {
				t.Fatal(err)
			}
			return
		}
		_ = token.Issuer()
		if c, err := token.read(time.Unix(1, 0)); err == nil && (c.Subject == "" || len(c.Audiences) == 0) {
			t.Errorf("claims %+v of %s", c, text)
		}
	})
}

func FuzzKeySet(f *testing.F) {
	f.Add([]byte(`{"keys":[{"kty":"EC","crv":"P-256","kid":"a","x":"Ipos5d0ZCnJJQoVyVA6uY0QV5LlNyNcascM5wrLdmW8","y":"ZbnTVgjUimbsH1CvvEm9UfnI5kyLI5zYqFrmXZHCwgE"}]}`))
	f.Add([]byte(`{"keys":[{"kty":"RSA","n":"AQAB","e":"AQAB","kid":"b","x5c":["AAAA"]}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		set, err := parseKeySet(data)
		if err != nil {
			return
		}
		for id, k := range set.keys {
			if id == "" || !k.IsPublic() || !k.Valid() {
				t.Errorf("key %q of %s", id, data)
			}
		}
	})
}
