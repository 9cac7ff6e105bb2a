package oidc

import (
	"encoding/json"
	"slices"
	"strconv"
	"time"

	"github.com/aratame/aratame/internal/awserr"
)

// Tolerance is how far the clocks of provider and server may be apart (seen of
// AWS in September 2026).
const Tolerance = 5 * time.Minute

// maxTime is the last second since 1970 that a claim may name: far beyond any
// date, and safe in all arithmetic.
const maxTime = 1 << 40

// Claims are what a verified token says.
type Claims struct {
	Issuer  string // as in the token, which is the provider's URL
	Subject string
	// Audience is whom the token was made for: azp if the token has it, else
	// its one aud. It is a client id of the provider.
	Audience string
	// Audiences are the values of aud.
	Audiences []string
	raw       map[string]json.RawMessage
}

// Text gives a claim that is a string.
func (c *Claims) Text(name string) (string, bool) { return text1(c.raw[name]) }

// Texts gives a claim that is a string or an array of strings.
func (c *Claims) Texts(name string) ([]string, bool) { return texts(c.raw[name]) }

// JSON gives a claim as it stands in the token; nil when it isn't there or is
// null.
func (c *Claims) JSON(name string) json.RawMessage {
	if raw := c.raw[name]; string(raw) != "null" {
		return raw
	}
	return nil
}

// Names yields the names of all claims in order.
func (c *Claims) Names() []string {
	names := make([]string, 0, len(c.raw))
	for n := range c.raw {
		names = append(names, n)
	}
	slices.Sort(names)
	return names
}

func invalid(format string, args ...any) error {
	return awserr.Newf("InvalidIdentityToken", format, args...)
}

// read checks what a token says by itself: that it has the required claims, and
// that this is their time.
func (t *Token) read(now time.Time) (*Claims, error) {
	c := &Claims{raw: t.claims}
	for _, name := range []string{"iss", "sub", "aud", "iat", "exp"} {
		if c.JSON(name) == nil {
			return nil, invalid("Missing a required claim: %s", name)
		}
	}
	var ok bool
	if c.Issuer, ok = c.Text("iss"); !ok {
		return nil, invalid("Missing a required claim: iss")
	}
	if c.Subject, ok = c.Text("sub"); !ok {
		// A number is taken as it is written.
		var n json.Number
		if json.Unmarshal(c.raw["sub"], &n) != nil {
			return nil, errNotValidated
		}
		c.Subject = n.String()
	}
	if c.Subject == "" {
		return nil, invalid("Claim is not allowed to be empty: sub")
	}
	if c.Audiences, ok = c.Texts("aud"); !ok {
		return nil, errNotValidated
	}
	switch party, ok := c.Text("azp"); {
	case len(c.Audiences) == 0:
		return nil, invalid("Claim is not allowed to be empty: aud")
	case ok:
		c.Audience = party
	case c.JSON("azp") != nil:
		return nil, errNotValidated
	case len(c.Audiences) > 1:
		return nil, invalid("Token audience contains more than one audience while authorized party is not present")
	default:
		c.Audience = c.Audiences[0]
	}
	return c, t.checkTimes(c, now)
}

func (t *Token) checkTimes(c *Claims, now time.Time) error {
	issued, ok1 := seconds(c.raw["iat"])
	expires, ok2 := seconds(c.raw["exp"])
	if !ok1 || !ok2 {
		return invalid("Invalid timestamp in token claims.")
	}
	early, late := now.Add(-Tolerance).Unix(), now.Add(Tolerance).Unix()
	switch {
	case issued > late:
		return invalid("Token issued in the future: %d", issued)
	case early >= expires:
		return awserr.Newf("ExpiredTokenException", "Token expired: current date/time %d must be before the expiration date/time %d", early, expires)
	}
	if raw := c.JSON("nbf"); raw != nil {
		start, ok := seconds(raw)
		if !ok {
			return invalid("Invalid timestamp in token claims.")
		}
		if start > late {
			return invalid("Token not yet valid: current date/time %d must be after or equal to the not-before date/time %d", late, start)
		}
	}
	return nil
}

// seconds reads a time: whole seconds since 1970, as a number or as text.
func seconds(raw json.RawMessage) (int64, bool) {
	text := string(raw)
	if s, ok := text1(raw); ok {
		text = s
	}
	n, err := strconv.ParseInt(text, 10, 64)
	return n, err == nil && n >= 0 && n <= maxTime
}
