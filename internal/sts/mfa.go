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

// The period of a code, how many periods a device's clock may be off, and how
// many wrong codes a device may be asked for in a period before it is refused
// for the rest of it: of a million codes three are right at any moment, so that
// whoever holds a user's access key would otherwise guess one within minutes.
const (
	codePeriod   = 30 * time.Second
	codeDrift    = 1
	codeFailures = 5
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
	if !s.codes.check(v.Account()+"/"+device.ID, string(seed), *code, c.Now) {
		return false, awserr.New("AccessDenied", "MultiFactorAuthentication failed with invalid MFA one time pass code. ")
	}
	return true, nil
}

// codeStep finds the period that a code belongs to, the newest first.
func codeStep(seed, code string, now time.Time) (step uint64, ok bool) {
	opts := hotp.ValidateOpts{Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1}
	current := period(now)
	for step := current + codeDrift; step+codeDrift >= current; step-- {
		if ok, err := hotp.ValidateCustom(code, step, seed, opts); err == nil && ok {
			return step, true
		}
	}
	return 0, false
}

func period(now time.Time) uint64 { return uint64(now.Unix()) / uint64(codePeriod/time.Second) }

// usedCodes remembers of each device the last period whose code was taken, and
// how many wrong codes it was asked for in the present one. An entry that can no
// longer matter is dropped.
type usedCodes struct {
	mu      sync.Mutex
	devices map[string]codeState
}

type codeState struct {
	last     uint64 // period of the last code taken; 0 is none
	failedIn uint64 // the period that failures counts
	failures int
}

// maxDevices is the number of entries from which old ones are looked for.
const maxDevices = 10_000

// check reports whether the code is a right one that wasn't taken yet, nor an
// older one than that, and takes it. Past codeFailures it looks at no code.
func (u *usedCodes) check(device, seed, code string, now time.Time) bool {
	current := period(now)
	step, ok := codeStep(seed, code, now)
	u.mu.Lock()
	defer u.mu.Unlock()
	d := u.devices[device]
	if d.failedIn != current {
		d.failedIn, d.failures = current, 0
	}
	if d.failures >= codeFailures {
		return false
	}
	if ok = ok && step > d.last; ok {
		d.last = step
	} else {
		d.failures++
	}
	if u.devices == nil {
		u.devices = map[string]codeState{}
	}
	if len(u.devices) >= maxDevices {
		for name, old := range u.devices {
			if max(old.last, old.failedIn)+2*codeDrift+1 < current {
				delete(u.devices, name)
			}
		}
	}
	u.devices[device] = d
	return ok
}
