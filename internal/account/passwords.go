package account

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/aratame/aratame/internal/awsid"
)

// Limits of passwords (IAM User Guide, "Set an account password policy for IAM
// users").
const (
	minDefaultLength  = 8   // without a policy of the account's own
	MinPasswordLength = 6   // with one that sets no length; none can set a shorter one
	maxLength         = 128 // characters; the model refuses longer ones before
	defaultClasses    = 3   // of the four, without a policy of the account's own
)

// symbols are the characters that count as such.
const symbols = "!@#$%^&*()_+-=[]{}|'"

// A class is a kind of characters that passwords may have to hold.
type class struct {
	name     string
	holds    func(r rune) bool
	required func(p *PasswordPolicy) bool
}

var classes = []class{
	{"uppercase letter", func(r rune) bool { return 'A' <= r && r <= 'Z' }, func(p *PasswordPolicy) bool { return p.Uppercase }},
	{"lowercase letter", func(r rune) bool { return 'a' <= r && r <= 'z' }, func(p *PasswordPolicy) bool { return p.Lowercase }},
	{"number", func(r rune) bool { return '0' <= r && r <= '9' }, func(p *PasswordPolicy) bool { return p.Numbers }},
	{"symbol", func(r rune) bool { return strings.ContainsRune(symbols, r) }, func(p *PasswordPolicy) bool { return p.Symbols }},
}

// PasswordFault says in AWS's words what the account's policy, or AWS's default
// where it has none, finds wrong with a new password of a user; "" is nothing.
// Whether it was used before is another matter: see LoginProfile.Barred.
func (s *Settings) PasswordFault(password string) string {
	length, need := minDefaultLength, defaultClasses
	if p := s.PasswordPolicy; p != nil {
		length, need = p.MinLength, 0
	}
	var faults, missing []string
	if n := utf8.RuneCountInString(password); n < length {
		faults = append(faults, fmt.Sprintf("Password should have a minimum length of %d", length))
	} else if n > maxLength {
		faults = append(faults, fmt.Sprintf("Password should have a maximum length of %d", maxLength))
	}
	for _, c := range classes {
		if strings.ContainsFunc(password, c.holds) || s.PasswordPolicy != nil && !c.required(s.PasswordPolicy) {
			need--
			continue
		}
		missing = append(missing, "Password should have at least one "+c.name)
	}
	switch {
	case s.PasswordPolicy != nil:
		faults = append(faults, missing...)
	case need > 0:
		faults = append(faults, fmt.Sprintf("Password should meet %d more of the following requirements: %s", need, strings.Join(missing, ", ")))
	}
	if s.PasswordPolicy == nil && (password == s.Account || s.Alias != "" && awsid.Fold(password) == awsid.Fold(s.Alias)) {
		faults = append(faults, "Password should not be identical to the account name")
	}
	return strings.Join(faults, ", ")
}

// Barred returns the hashes that a new password must not be of: the present one
// and the former ones that the policy remembers.
func (l *LoginProfile) Barred(p *PasswordPolicy) []string {
	if p == nil || p.ReusePrevention == 0 {
		return nil
	}
	all := append([]string{l.Hash}, l.Former...)
	return all[:min(len(all), p.ReusePrevention)]
}

// Replaced returns the profile with a new password, set at the given time.
func (l *LoginProfile) Replaced(hash string, now time.Time) *LoginProfile {
	c := *l
	former := append([]string{l.Hash}, l.Former...)
	c.Former = slices.Clone(former[:min(len(former), MaxFormerPasswords)])
	c.Hash, c.Changed = hash, now
	return &c
}

// Expiry returns when the password stops to sign in without being changed, or
// the zero time for never. It follows changes of the policy at once; the root
// user's password has none. Access keys don't depend on it.
func (l *LoginProfile) Expiry(p *PasswordPolicy) time.Time {
	if p == nil || p.MaxAge == 0 {
		return time.Time{}
	}
	return l.Changed.AddDate(0, 0, p.MaxAge)
}

// A PasswordState says what somebody may do who knows a password.
type PasswordState int

const (
	// PasswordGood signs in.
	PasswordGood PasswordState = iota
	// PasswordChange signs in once a new password is chosen.
	PasswordChange
	// PasswordDead needs an administrator: it has expired under HardExpiry.
	PasswordDead
)

// State returns what the password is good for at the given time.
func (l *LoginProfile) State(p *PasswordPolicy, now time.Time) PasswordState {
	end := l.Expiry(p)
	switch expired := !end.IsZero() && !now.Before(end); {
	case expired && p.HardExpiry:
		return PasswordDead
	case expired || l.ResetRequired:
		return PasswordChange
	}
	return PasswordGood
}
