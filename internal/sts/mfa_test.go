package sts

import (
	"context"
	"crypto/rand"
	"testing"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"

	"github.com/aratame/aratame/internal/account"
	"github.com/aratame/aratame/internal/api"
	"github.com/aratame/aratame/internal/decide"
	"github.com/aratame/aratame/internal/seal"
	"github.com/aratame/aratame/internal/shape"
	"github.com/aratame/aratame/internal/store/memory"
	"github.com/aratame/aratame/internal/totp"
	"github.com/aratame/aratame/policy"
)

const (
	acct   = "123456789012"
	serial = "arn:aws:iam::" + acct + ":mfa/phone"
	seed   = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
)

var now = time.Date(2026, 11, 24, 12, 0, 10, 0, time.UTC)

// codeAt is the code of the period so many periods from now.
func codeAt(t *testing.T, periods int) *string {
	t.Helper()
	step := uint64(now.Unix()/30 + int64(periods))
	code, err := hotp.GenerateCodeCustom(seed, step, hotp.ValidateOpts{Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1})
	if err != nil {
		t.Fatal(err)
	}
	return &code
}

func newMFA(t *testing.T) (*Service, *account.View) {
	t.Helper()
	kek, err := seal.NewMemoryKEK(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	ring, err := seal.NewKeyring("secret", kek, now)
	if err != nil {
		t.Fatal(err)
	}
	s := &Service{Secrets: seal.NewSealer(ring), Codes: totp.New(memory.New())}
	sealed, err := s.Secrets.Seal(totp.SeedLabel(acct, "phone"), []byte(seed))
	if err != nil {
		t.Fatal(err)
	}
	slow, err := s.Secrets.Seal(totp.SeedLabel(acct, "slow"), []byte(seed))
	if err != nil {
		t.Fatal(err)
	}
	tx := account.New(&account.Settings{Account: acct}).Begin()
	for _, name := range []string{"alice", "bob"} {
		tx.PutUser(&account.User{ID: "AIDA" + name, Name: name, Path: "/"})
	}
	tx.PutMFADevice(&account.MFADevice{ID: "phone", Name: "phone", Path: "/", Seed: sealed, User: "AIDAalice"})
	tx.PutMFADevice(&account.MFADevice{ID: "slow", Name: "slow", Path: "/", Seed: slow, User: "AIDAalice", Drift: -100})
	tx.PutMFADevice(&account.MFADevice{ID: "u2f/user/alice/key-1", Name: "key-1", Path: "/", User: "AIDAalice", Key: &account.FIDOKey{CredentialID: []byte("c"), PublicKey: []byte("k")}})
	return s, tx.Freeze()
}

func caller(v *account.View, name string) *api.Call {
	u := v.User(name)
	return &api.Call{Context: context.Background(), Now: now, Caller: api.Caller{Subject: decide.Subject{
		View: v, User: u, Principal: policy.Principal{Kind: policy.User, ID: u.ID, ARN: u.ARN(acct), Account: acct},
	}}}
}

func TestVerifyMFA(t *testing.T) {
	for _, c := range []struct {
		name         string
		who          string
		serial, code *string
		ok           bool
		message      string
	}{
		{"none", "alice", nil, nil, false, ""},
		{"right", "alice", shape.Ptr(serial), codeAt(t, 0), true, ""},
		{"one period slow", "alice", shape.Ptr(serial), codeAt(t, -1), true, ""},
		{"one period fast", "alice", shape.Ptr(serial), codeAt(t, 1), true, ""},
		{"two periods slow", "alice", shape.Ptr(serial), codeAt(t, -2), false, "MultiFactorAuthentication failed with invalid MFA one time pass code. "},
		{"two periods fast", "alice", shape.Ptr(serial), codeAt(t, 2), false, "MultiFactorAuthentication failed with invalid MFA one time pass code. "},
		{"device with a drift", "alice", shape.Ptr("arn:aws:iam::" + acct + ":mfa/slow"), codeAt(t, -101), true, ""},
		{"device with a drift, code of now", "alice", shape.Ptr("arn:aws:iam::" + acct + ":mfa/slow"), codeAt(t, 0), false, "MultiFactorAuthentication failed with invalid MFA one time pass code. "},
		{"security key", "alice", shape.Ptr("arn:aws:iam::" + acct + ":u2f/user/alice/key-1"), codeAt(t, 0), false, "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number is valid and associated with this user."},
		{"somebody else's device", "bob", shape.Ptr(serial), codeAt(t, 0), false, "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number is valid and associated with this user."},
		{"no such device", "alice", shape.Ptr(serial + "x"), codeAt(t, 0), false, "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number is valid and associated with this user."},
		{"no code", "alice", shape.Ptr(serial), nil, false, "MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code."},
		{"no serial", "alice", nil, codeAt(t, 0), false, "MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code."},
	} {
		s, v := newMFA(t)
		ok, err := s.verifyMFA(caller(v, c.who), v, c.serial, c.code)
		if ok != c.ok || (err == nil) != (c.message == "") || err != nil && err.Error() != "AccessDenied: "+c.message {
			t.Errorf("%s: %v, %v", c.name, ok, err)
		}
	}
}

// A code counts once, and so does every older one after it.
func TestCodeCountsOnce(t *testing.T) {
	s, v := newMFA(t)
	for _, c := range []struct {
		periods int
		ok      bool
	}{{0, true}, {0, false}, {-1, false}, {1, true}, {0, false}, {1, false}} {
		if ok, _ := s.verifyMFA(caller(v, "alice"), v, shape.Ptr(serial), codeAt(t, c.periods)); ok != c.ok {
			t.Errorf("code of period %+d: %v", c.periods, ok)
		}
	}
}
