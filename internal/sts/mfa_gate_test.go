package sts_test

import (
	"encoding/base32"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"

	"github.com/aratame/aratame/internal/account"
	"github.com/aratame/aratame/internal/totp"
)

// seedOf is the seed of a device; two devices never share one.
func seedOf(device string) string {
	return base32.StdEncoding.EncodeToString([]byte(device + " is the device of this seed")[:20])
}

func serialOf(device string) string { return "arn:aws:iam::" + home + ":mfa/" + device }

// device gives a user of home a virtual MFA device.
func (w *world) device(user, name string) {
	w.Helper()
	sealed, err := w.secrets.Seal(totp.SeedLabel(home, name), []byte(seedOf(name)))
	if err != nil {
		w.Fatal(err)
	}
	w.change(home, func(tx *account.Tx) {
		tx.PutMFADevice(&account.MFADevice{ID: name, Name: name, Path: "/", Created: w.now, Enabled: w.now, Seed: sealed, User: tx.View().User(user).ID})
	})
}

// code is a device's code of the period so many periods from now.
func (w *world) code(device string, periods int) string {
	w.Helper()
	code, err := hotp.GenerateCodeCustom(seedOf(device), uint64(w.now.Unix()/30+int64(periods)), hotp.ValidateOpts{Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1})
	if err != nil {
		w.Fatal(err)
	}
	return code
}

// A second factor counts for the call that brings it, and for the sessions of
// GetSessionToken alone.
func TestMFA(t *testing.T) {
	w := newWorld(t)
	ann, bob := w.user(home, "ann", allSTS), w.user(home, "bob", allSTS)
	w.device("ann", "a")
	w.device("bob", "b")
	guarded := w.role("guarded", trusting(home, condition("Bool", "aws:MultiFactorAuthPresent", "true")), allSTS)
	open := w.role("open", trusting(home), allSTS)
	const wrong = `403 AccessDenied "MultiFactorAuthentication failed with invalid MFA one time pass code. "`
	const unknown = `403 AccessDenied "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number is valid and associated with this user."`
	const half = `403 AccessDenied "MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code."`
	const ok = `200  ""`
	session := w.session(ann, open, "s1")
	mfa := func(device string, periods int) []string {
		return []string{"SerialNumber", serialOf(device), "TokenCode", w.code(device, periods)}
	}
	for _, c := range []struct {
		name  string
		k     key
		pairs []string
		want  string
	}{
		{"none", ann, nil, `403 AccessDenied "User: arn:aws:iam::` + home + `:user/ann is not authorized to perform: sts:AssumeRole on resource: ` + guarded + `"`},
		{"another's device", ann, mfa("b", 0), unknown},
		{"no such device", ann, mfa("c", 0), unknown},
		{"device of a session's user", session, mfa("a", 0), unknown},
		{"no code", ann, mfa("a", 0)[:2], half},
		{"no device", ann, mfa("a", 0)[2:], half},
		{"two periods slow", ann, mfa("a", -2), wrong},
		{"two periods fast", ann, mfa("a", 2), wrong},
		{"one period slow", ann, mfa("a", -1), ok},
		{"right", ann, mfa("a", 0), ok},
		{"again", ann, mfa("a", 0), wrong},
		{"an older one", ann, mfa("a", -1), wrong},
		{"the other user's, at the same time", bob, mfa("b", 0), ok},
	} {
		if a := w.assume(c.k, guarded, "s1", c.pairs...); a.String() != c.want {
			t.Errorf("%s: %v, want %s", c.name, a, c.want)
		}
	}
	w.now = w.now.Add(time.Minute)
	// A role session made with MFA doesn't carry it on.
	chained := w.session(ann, guarded, "s1", mfa("a", 0)...)
	if a := w.assume(chained, guarded, "s2"); a.code != "AccessDenied" {
		t.Error(a)
	}
	w.now = w.now.Add(time.Minute)
	token := w.must(ann, "sts", "GetSessionToken", mfa("a", 0)...).key()
	if a := w.assume(token, guarded, "s2"); !a.ok() {
		t.Error(a)
	}
}

// A code can't be guessed: past five wrong ones a device is asked for none in
// the period, not even for the right one. Other devices go on.
func TestMFAGuessing(t *testing.T) {
	w := newWorld(t)
	ann := w.user(home, "ann", "")
	w.device("ann", "a")
	w.device("ann", "b")
	try := func(device, code string) bool {
		return w.call(ann, "sts", "GetSessionToken", "SerialNumber", serialOf(device), "TokenCode", code).ok()
	}
	bad := "000000"
	for strings.Contains(w.code("a", -1)+w.code("a", 0)+w.code("a", 1), bad) {
		bad = "111111"
	}
	for range 4 {
		if try("a", bad) {
			t.Fatal("a wrong code is taken")
		}
	}
	if !try("a", w.code("a", -1)) {
		t.Error("four wrong codes stop the right one")
	}
	try("a", bad)
	if try("a", w.code("a", 0)) {
		t.Error("a sixth try is taken")
	}
	if !try("b", w.code("b", 0)) {
		t.Error("another device is stopped too")
	}
	w.now = w.now.Add(30 * time.Second)
	if !try("a", w.code("a", 0)) {
		t.Error("the device is stopped in the next period")
	}
}
