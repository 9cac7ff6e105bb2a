package sts

import (
	"sync"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"

	"github.com/aratame/aratame/internal/account"
	"github.com/aratame/aratame/internal/api"
	"github.com/aratame/aratame/internal/awserr"
	"github.com/aratame/aratame/internal/seal"
	"github.com/aratame/aratame/policy"
)

// The period of a code, and how many periods a device's clock may be off.
const (
	codePeriod = 30 * time.Second
	codeDrift  = 1
)

// MFALabel names the sealed seed of a virtual MFA device.
func MFALabel(acct, device string) seal.Label {
	return seal.Label{Account: acct, Kind: "mfa-seed", Name: device}
}

// verifyMFA checks a token code of one of the caller's own devices. It returns
// false without an error when the request names neither device nor code. A code
// counts once.
func (s *Service) verifyMFA(c *api.Call, v *account.View, serial, code *string) (bool, error) {
	if serial == nil && code == nil {
		return false, nil
	}
	if serial == nil || code == nil {
		return false, awserr.New("AccessDenied", "MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code.")
	}
	var device *account.MFADevice
	if c.Caller.Principal.Kind == policy.User {
		device = v.MFADevice(*serial)
	}
	if device == nil || device.User != c.Caller.Principal.ID {
		return false, awserr.New("AccessDenied", "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number is valid and associated with this user.")
	}
	seed, err := s.Secrets.Open(MFALabel(v.Account(), device.ID), device.Seed)
	if err != nil {
		return false, err
	}
	step, ok := codeStep(string(seed), *code, c.Now)
	if !ok || !s.codes.use(v.Account()+"/"+device.ID, step) {
		return false, awserr.New("AccessDenied", "MultiFactorAuthentication failed with invalid MFA one time pass code. ")
	}
	return true, nil
}

// codeStep finds the period that a code belongs to, the newest first.
func codeStep(seed, code string, now time.Time) (step uint64, ok bool) {
	opts := hotp.ValidateOpts{Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1}
	current := uint64(now.Unix()) / uint64(codePeriod/time.Second)
	for step := current + codeDrift; step+codeDrift >= current; step-- {
		if ok, err := hotp.ValidateCustom(code, step, seed, opts); err == nil && ok {
			return step, true
		}
	}
	return 0, false
}

// usedCodes remembers the last period of each device whose code was taken. An
// entry that can no longer matter is dropped.
type usedCodes struct {
	mu   sync.Mutex
	last map[string]uint64
}

// use reports whether a code of this period may still be taken, and takes it.
func (u *usedCodes) use(device string, step uint64) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	if last, ok := u.last[device]; ok && step <= last {
		return false
	}
	if u.last == nil {
		u.last = map[string]uint64{}
	}
	if len(u.last) >= 10_000 {
		for d, s := range u.last {
			if s+2*codeDrift+1 < step {
				delete(u.last, d)
			}
		}
	}
	u.last[device] = step
	return true
}
