// Package password hashes console passwords with argon2id (RFC 9106), draws new
// ones and bounds guesses.
package password

import (
	"context"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"

	"golang.org/x/crypto/argon2"
)

// Cost of a hash: OWASP's minimum for argon2id, about 30 ms on one core.
const (
	memory  = 19 << 10 // KiB
	passes  = 2
	lanes   = 1
	saltLen = 16
	keyLen  = 32
)

// The most that Verify accepts of a stored hash, so that a damaged record
// can't make it take all memory.
const (
	maxMemory = 1 << 20 // KiB
	maxPasses = 16
)

// slots bounds the hashes that are computed at once in this process, and with
// them the memory that they take; more wouldn't be done earlier.
var slots = make(chan struct{}, min(runtime.GOMAXPROCS(0), 8))

// hash waits for a slot; ctx ends the wait.
func hash(ctx context.Context, password string, salt []byte, t, m uint32, p uint8, length uint32) ([]byte, error) {
	select {
	case slots <- struct{}{}:
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	defer func() { <-slots }()
	return argon2.IDKey([]byte(password), salt, t, m, p, length), nil
}

var errFormat = errors.New("password: stored hash is damaged")

var encoding = base64.RawStdEncoding

// Hash returns a hash in PHC form, with a salt from rand. Only a few are
// computed at once; ctx ends the wait for a turn.
func Hash(ctx context.Context, rand io.Reader, password string) (string, error) {
	salt := make([]byte, saltLen)
	if _, err := io.ReadFull(rand, salt); err != nil {
		return "", err
	}
	key, err := hash(ctx, password, salt, passes, memory, lanes, keyLen)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, memory, passes, lanes,
		encoding.EncodeToString(salt), encoding.EncodeToString(key)), nil
}

// Verify reports whether the password is the one of a stored hash. The error
// tells of a hash that can't be read, or that ctx has ended the wait for a turn.
func Verify(ctx context.Context, stored, password string) (bool, error) {
	f := strings.Split(stored, "$")
	if len(f) != 6 || f[0] != "" || f[1] != "argon2id" {
		return false, errFormat
	}
	var version int
	var m, t uint32
	var p uint8
	if _, err := fmt.Sscanf(f[2], "v=%d", &version); err != nil || version != argon2.Version {
		return false, errFormat
	}
	if _, err := fmt.Sscanf(f[3], "m=%d,t=%d,p=%d", &m, &t, &p); err != nil || m > maxMemory || t == 0 || t > maxPasses || p == 0 {
		return false, errFormat
	}
	salt, err := encoding.DecodeString(f[4])
	if err != nil || len(salt) < 8 {
		return false, errFormat
	}
	want, err := encoding.DecodeString(f[5])
	if err != nil || len(want) < 16 || len(want) > 64 {
		return false, errFormat
	}
	got, err := hash(ctx, password, salt, t, m, p, uint32(len(want)))
	if err != nil {
		return false, err
	}
	return subtle.ConstantTimeCompare(got, want) == 1, nil
}

// alphabet leaves out what people mistake for each other.
const alphabet = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"

// New draws a password of 20 letters and digits in groups of five (about 116
// bits), which satisfies every account password policy up to 20 characters:
// it has lower and upper case, a digit and a symbol.
func New(rand io.Reader) (string, error) {
	for {
		var out []byte
		for i := 0; i < 20; {
			var b [1]byte
			if _, err := io.ReadFull(rand, b[:]); err != nil {
				return "", err
			}
			if int(b[0]) >= len(alphabet)*(256/len(alphabet)) {
				continue // keeps every character equally likely
			}
			if i > 0 && i%5 == 0 {
				out = append(out, '-')
			}
			out = append(out, alphabet[int(b[0])%len(alphabet)])
			i++
		}
		s := string(out)
		if strings.ContainsAny(s, alphabet[:24]) && strings.ContainsAny(s, alphabet[24:48]) && strings.ContainsAny(s, "23456789") {
			return s, nil
		}
	}
}
