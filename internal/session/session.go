package session

import (
	"errors"
	"time"
)

// Errors of Open.
var (
	// ErrInvalid: the token was made by another server or for another access
	// key, is forged, altered, malformed or sealed under a key that is gone.
	ErrInvalid = errors.New("session: token is not valid")
	// ErrExpired: the token is genuine and its time is over. Open returns the
	// session with it, for the audit event; it authenticates nobody.
	ErrExpired = errors.New("session: token has expired")
)

// A Kind is the way a session came about; it decides what the session may call
// (IAM User Guide, "Compare AWS STS credentials"). The numbers are written in
// tokens: never reuse one.
type Kind uint8

const (
	// AssumedRole is a session of a role: AssumeRole, AssumeRoleWithSAML,
	// AssumeRoleWithWebIdentity, Roles Anywhere and instance credentials.
	AssumedRole Kind = 1
	// UserSession is GetSessionToken's: the user or root itself, for a while.
	UserSession Kind = 2
	// FederatedUser is GetFederationToken's.
	FederatedUser Kind = 3
	// AssumedRoot is AssumeRoot's.
	AssumedRoot Kind = 4
	// Delegated is GetDelegatedAccessToken's for a user or root that has
	// accepted a delegation request. One of a role is an AssumedRole.
	Delegated Kind = 5
)

// String gives the kind's name.
func (k Kind) String() string {
	switch k {
	case AssumedRole:
		return "AssumedRole"
	case UserSession:
		return "UserSession"
	case FederatedUser:
		return "FederatedUser"
	case AssumedRoot:
		return "AssumedRoot"
	case Delegated:
		return "Delegated"
	}
	return "Kind?"
}

// A Tag is a session tag. A transitive one goes on to the sessions that are
// assumed from this one (IAM User Guide, "Pass session tags in AWS STS").
type Tag struct {
	Key, Value string
	Transitive bool
}

// A ContextKey is a condition key that stays fixed for the session, such as
// ec2:SourceInstanceArn.
type ContextKey struct {
	Key, Value string
}

// A Session is what a token carries. One that Open returned is shared by
// everyone who opened the same token: read it, never change it.
type Session struct {
	// AccessKeyID ("ASIA…") and SecretAccessKey are made by Mint and must be
	// empty in its argument.
	AccessKeyID     string
	SecretAccessKey string

	Kind    Kind
	Account string // twelve digits: the account that the session acts in

	// PrincipalARN is the session's own ARN: assumed-role/ROLE/NAME,
	// federated-user/NAME, or for UserSession the user's or root's ARN.
	PrincipalARN string
	// PrincipalID is aws:userid: AROA…:NAME, ACCOUNT:NAME, AIDA… or the account.
	PrincipalID string

	RoleARN, RoleID string // AssumedRole only; the ARN has the role's path
	Name            string // RoleSessionName, or the federated user's name

	// UserARN and UserID are those of the user (or root) whose long-term
	// credentials made the session, or who has accepted the delegation; empty if
	// none did.
	UserARN, UserID string

	Issued, Expires time.Time // whole seconds, UTC; see Mint

	Policy     string   // inline session policy, JSON as given; "" if none
	PolicyARNs []string // managed session policies
	Tags       []Tag    // keys differ without regard to case

	SourceIdentity    string
	MFATime           time.Time // whole seconds; zero if no MFA was presented
	Chained           bool      // a session of a role assumed this one
	FederatedProvider string    // aws:FederatedProvider
	Context           []ContextKey

	// Delegate is the account that the session was delegated to, which acts in
	// it; "" for any other.
	Delegate string
}

// MFA reports whether the session carries multi-factor authentication.
func (s *Session) MFA() bool { return !s.MFATime.IsZero() }

// HasPolicies reports whether session policies narrow the session. Even an
// inline policy that allows nothing counts.
func (s *Session) HasPolicies() bool { return s.Policy != "" || len(s.PolicyARNs) > 0 }

// Credentials are what Mint hands out.
type Credentials struct {
	AccessKeyID     string
	SecretAccessKey string // 40 characters
	SessionToken    string // at most MaxToken bytes
	Expiration      time.Time

	// PackedPolicySize is the share of the allotment that session policies and
	// tags take, in percent from 0 to 100; AWS leaves it out of AssumeRole's
	// response when there are none, which Packed tells.
	PackedPolicySize int
	Packed           bool
}

// MaxToken is the greatest length of a token in bytes; STS documents no maximum
// and calls most of its own shorter than this.
const MaxToken = 4096
