package oidc

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/go-jose/go-jose/v4"

	"github.com/aratame/aratame/internal/awserr"
)

// MaxToken is the longest token in bytes (model: clientTokenType).
const MaxToken = 20000

// algorithms are those that a token may be signed with. "none" and those with a
// shared secret are not among them and never may be: with a public key taken
// for the secret, anybody could sign.
var algorithms = []jose.SignatureAlgorithm{
	jose.RS256, jose.RS384, jose.RS512, jose.ES256, jose.ES384, jose.ES512, jose.PS256, jose.PS384, jose.PS512,
}

var errNotJWT = awserr.New("InvalidIdentityToken", "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)")

// A Token is a token in its parts. Nothing it says is true before it has been
// verified.
type Token struct {
	jws    *jose.JSONWebSignature
	alg    jose.SignatureAlgorithm
	keyID  string
	claims map[string]json.RawMessage
}

// Parse reads a token in JWS compact serialization. Its error is the answer to
// whoever sent it. A member given twice, at any depth, is an error: two readers
// of one token must not see different values.
func Parse(text string) (*Token, error) {
	t, err := parse(text)
	if err != nil {
		e := *errNotJWT
		e.Cause = err
		return nil, &e
	}
	return t, nil
}

func parse(text string) (*Token, error) {
	parts := strings.Split(text, ".")
	if len(text) > MaxToken || len(parts) != 3 {
		return nil, errors.New("oidc: not three parts")
	}
	header, err := part(parts[0])
	if err != nil {
		return nil, err
	}
	if _, ok := header["crit"]; ok {
		return nil, errors.New("oidc: critical extensions")
	}
	if _, ok := header["b64"]; ok {
		return nil, errors.New("oidc: payload that isn't base64")
	}
	t := &Token{}
	alg, ok := text1(header["alg"])
	if !ok {
		return nil, errors.New("oidc: no algorithm")
	}
	t.alg = jose.SignatureAlgorithm(alg)
	if kid, ok := header["kid"]; ok {
		if t.keyID, ok = text1(kid); !ok {
			return nil, errors.New("oidc: key id is no string")
		}
	}
	if t.claims, err = part(parts[1]); err != nil {
		return nil, err
	}
	// The library looks at the same bytes again, refuses every other algorithm,
	// and never follows a key or an address in the header.
	t.jws, err = jose.ParseSignedCompact(text, algorithms)
	return t, err
}

// part decodes a part of a token: a JSON object.
func part(text string) (map[string]json.RawMessage, error) {
	data, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || strings.ContainsAny(text, "\r\n") {
		return nil, errors.New("oidc: not base64url")
	}
	return object(data)
}

// Issuer is the claim iss; "" when there is none.
func (t *Token) Issuer() string {
	s, _ := text1(t.claims["iss"])
	return s
}

// object reads a JSON object strictly.
func object(data []byte) (map[string]json.RawMessage, error) {
	if !utf8.Valid(data) {
		return nil, errors.New("oidc: not UTF-8")
	}
	if err := noDuplicates(data); err != nil {
		return nil, err
	}
	var m map[string]json.RawMessage
	if err := json.Unmarshal(data, &m); err != nil || m == nil {
		return nil, errors.New("oidc: not a JSON object")
	}
	return m, nil
}

// noDuplicates refuses objects, at any depth, that name a member twice.
func noDuplicates(data []byte) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	type level struct {
		seen  map[string]bool // of an object; nil in an array
		value bool            // the next token of the object is a value
	}
	var open []level
	for {
		tok, err := d.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return errors.New("oidc: not JSON")
		}
		if top := len(open) - 1; top >= 0 && open[top].seen != nil && tok != json.Delim('}') {
			if !open[top].value {
				name := tok.(string) // the decoder lets nothing else stand here
				if open[top].seen[name] {
					return errors.New("oidc: a member is given twice")
				}
				open[top].seen[name] = true
			}
			open[top].value = !open[top].value
		}
		switch tok {
		case json.Delim('{'):
			open = append(open, level{seen: map[string]bool{}})
		case json.Delim('['):
			open = append(open, level{})
		case json.Delim('}'), json.Delim(']'):
			open = open[:len(open)-1]
		}
	}
}

// text1 reads a JSON string; ok is false for anything else.
func text1(raw json.RawMessage) (s string, ok bool) {
	if len(raw) == 0 || raw[0] != '"' || json.Unmarshal(raw, &s) != nil {
		return "", false
	}
	return s, true
}

// texts reads a JSON string or an array of them.
func texts(raw json.RawMessage) (list []string, ok bool) {
	if s, ok := text1(raw); ok {
		return []string{s}, true
	}
	var items []json.RawMessage
	if len(raw) == 0 || raw[0] != '[' || json.Unmarshal(raw, &items) != nil {
		return nil, false
	}
	list = make([]string, len(items))
	for i, item := range items {
		if list[i], ok = text1(item); !ok {
			return nil, false
		}
	}
	return list, true
}
