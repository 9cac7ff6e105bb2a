package sts

import (
	"github.com/aratame/aratame/internal/account"
	"github.com/aratame/aratame/internal/api"
	"github.com/aratame/aratame/internal/awserr"
	"github.com/aratame/aratame/internal/totp"
	"github.com/aratame/aratame/policy"
)

// verifyMFA checks a token code of one of the caller's own devices. It returns
// false without an error when the request names neither device nor code. A code
// counts once. Security keys have no codes, and those of root don't count.
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
	if device == nil || device.User != c.Caller.Principal.ID || device.Key != nil {
		return false, awserr.New("AccessDenied", "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number is valid and associated with this user.")
	}
	seed, err := s.Secrets.Open(totp.SeedLabel(v.Account(), device.ID), device.Seed)
	if err != nil {
		return false, err
	}
	ok, err := s.Codes.Check(c.Context, totp.Device{Account: v.Account(), Seed: string(seed), Drift: device.Drift}, *code, c.Now)
	if err == nil && !ok {
		err = awserr.New("AccessDenied", "MultiFactorAuthentication failed with invalid MFA one time pass code. ")
	}
	return ok && err == nil, err
}
