package session

import (
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/aratame/aratame/internal/awsid"
)

// The record inside the seal, all integers minimal uvarints, all strings with
// their length in front:
//
//	version, kind, flags     one byte each
//	account                  the number
//	issued                   Unix seconds
//	lifetime                 seconds until the expiry
//	MFA time                 Unix seconds; only with flagMFA
//	delegate                 the number; only with flagDelegate
//	secret                   40 bytes
//	identity                 ARNs, ids, names, context; deflated with flagIdentity
//	packed                   session policies and tags; deflated with flagPacked
//
// The access key id is no part of it: it is associated data of the seal.
const recordVersion = 1

const (
	flagChained byte = 1 << iota
	flagMFA
	flagIdentity
	flagPacked
	flagDelegate
	flagsKnown = flagChained | flagMFA | flagIdentity | flagPacked | flagDelegate
)

const (
	secretSize = 40
	// MaxDuration is the longest life of any session: 36 hours, of
	// GetFederationToken and GetSessionToken. A keyring must keep a replaced
	// key for that long.
	MaxDuration = 129600 * time.Second
	maxUnix     = 1 << 40 // far beyond any date, and safe in all arithmetic
	maxItems    = 1000    // of any list; the API's limits are far lower
)

var errRecord = errors.New("session: record is malformed")

// check holds a session against the rules that every token keeps; Mint and
// Open both apply it.
func (s *Session) check() error {
	switch {
	case s.Kind < AssumedRole || s.Kind > Delegated:
		return errors.New("session: unknown kind")
	case !awsid.ValidAccountID(s.Account):
		return errors.New("session: account is not twelve digits")
	case s.PrincipalARN == "" || s.PrincipalID == "":
		return errors.New("session: no principal")
	case s.Kind == AssumedRole && (s.RoleARN == "" || s.RoleID == ""):
		return errors.New("session: no role")
	case s.Kind == Delegated && (s.UserID == "" || s.Delegate == "") || s.Delegate != "" && !s.HasPolicies():
		return errors.New("session: a delegated one has no approver, no delegate or no policy")
	case s.Delegate != "" && !awsid.ValidAccountID(s.Delegate):
		return errors.New("session: delegate is not twelve digits")
	case len(s.SecretAccessKey) != secretSize:
		return errors.New("session: secret is not of 40 characters")
	case s.Issued.Unix() < 0 || s.Issued.Unix() > maxUnix:
		return errors.New("session: issue time is out of range")
	case !s.Expires.After(s.Issued) || s.Expires.Sub(s.Issued) > MaxDuration:
		return errors.New("session: lifetime is out of range")
	case s.MFA() && (s.MFATime.Unix() < 0 || s.MFATime.Unix() > maxUnix):
		return errors.New("session: MFA time is out of range")
	case len(s.PolicyARNs) > maxItems || len(s.Tags) > maxItems || len(s.Context) > maxItems:
		return errors.New("session: a list is too long")
	}
	return nil
}

// encode gives the record of a session and the stored size of its policies and
// tags.
func (s *Session) encode() (record []byte, packed int, err error) {
	var flags byte
	if s.Chained {
		flags |= flagChained
	}
	if s.MFA() {
		flags |= flagMFA
	}
	if s.Delegate != "" {
		flags |= flagDelegate
	}
	identity, deflated, err := pack(s.appendIdentity(nil), identityPlain)
	if err != nil {
		return nil, 0, err
	}
	if deflated {
		flags |= flagIdentity
	}
	policies, deflated, err := pack(s.appendPolicies(nil), 0)
	if err != nil {
		return nil, 0, err
	}
	if deflated {
		flags |= flagPacked
	}
	b := make([]byte, 0, 96+len(identity)+len(policies))
	b = append(b, recordVersion, byte(s.Kind), flags)
	b = appendAccount(b, s.Account)
	b = binary.AppendUvarint(b, uint64(s.Issued.Unix()))
	b = binary.AppendUvarint(b, uint64(s.Expires.Unix()-s.Issued.Unix()))
	if s.MFA() {
		b = binary.AppendUvarint(b, uint64(s.MFATime.Unix()))
	}
	if s.Delegate != "" {
		b = appendAccount(b, s.Delegate)
	}
	b = append(b, s.SecretAccessKey...)
	b = appendString(b, identity)
	b = appendString(b, policies)
	return b, len(policies), nil
}

func (s *Session) appendIdentity(b []byte) []byte {
	for _, f := range s.identityFields() {
		b = appendString(b, *f)
	}
	b = binary.AppendUvarint(b, uint64(len(s.Context)))
	for _, c := range s.Context {
		b = appendString(appendString(b, c.Key), c.Value)
	}
	return b
}

// identityFields lists the strings of the identity section in their order,
// which is part of the format.
func (s *Session) identityFields() [9]*string {
	return [...]*string{
		&s.PrincipalARN, &s.PrincipalID, &s.RoleARN, &s.RoleID, &s.Name,
		&s.UserARN, &s.UserID, &s.SourceIdentity, &s.FederatedProvider,
	}
}

func (s *Session) appendPolicies(b []byte) []byte {
	if !s.HasPolicies() && len(s.Tags) == 0 {
		return b
	}
	b = appendString(b, s.Policy)
	b = binary.AppendUvarint(b, uint64(len(s.PolicyARNs)))
	for _, a := range s.PolicyARNs {
		b = appendString(b, a)
	}
	b = binary.AppendUvarint(b, uint64(len(s.Tags)))
	for _, t := range s.Tags {
		b = appendString(appendString(b, t.Key), t.Value)
		if t.Transitive {
			b = append(b, 1)
		} else {
			b = append(b, 0)
		}
	}
	return b
}

// appendAccount writes an account number, of twelve digits, as an integer.
func appendAccount(b []byte, digits string) []byte {
	n := uint64(0)
	for _, d := range []byte(digits) {
		n = n*10 + uint64(d-'0')
	}
	return binary.AppendUvarint(b, n)
}

func (r *reader) account() string { return fmt.Sprintf("%012d", r.uint(999_999_999_999)) }

func appendString[T string | []byte](b []byte, s T) []byte {
	b = binary.AppendUvarint(b, uint64(len(s)))
	return append(b, s...)
}

// decode reads a record. It refuses another version, unknown flags, lengths
// beyond the input, integers that aren't minimal and bytes left over, so that
// what it accepts has one meaning.
func decode(record []byte) (*Session, error) {
	r := reader{b: record}
	if r.byte() != recordVersion {
		return nil, errRecord
	}
	s := &Session{Kind: Kind(r.byte())}
	flags := r.byte()
	s.Account = r.account()
	issued := r.uint(maxUnix)
	life := r.uint(uint64(MaxDuration / time.Second))
	s.Chained = flags&flagChained != 0
	if flags&flagMFA != 0 {
		s.MFATime = time.Unix(int64(r.uint(maxUnix)), 0).UTC()
	}
	if flags&flagDelegate != 0 {
		s.Delegate = r.account()
	}
	s.SecretAccessKey = string(r.take(secretSize))
	identity, policies := r.bytes(), r.bytes()
	if r.bad || len(r.b) != 0 || flags&^flagsKnown != 0 {
		return nil, errRecord
	}
	s.Issued = time.Unix(int64(issued), 0).UTC()
	s.Expires = time.Unix(int64(issued+life), 0).UTC()
	var err error
	if flags&flagIdentity != 0 {
		if identity, err = inflate(identity); err != nil {
			return nil, errRecord
		}
	}
	if flags&flagPacked != 0 {
		if policies, err = inflate(policies); err != nil {
			return nil, errRecord
		}
	}
	if !s.readIdentity(identity) || !s.readPolicies(policies) || s.check() != nil {
		return nil, errRecord
	}
	return s, nil
}

func (s *Session) readIdentity(b []byte) bool {
	r := reader{b: b}
	for _, f := range s.identityFields() {
		*f = string(r.bytes())
	}
	for n := r.count(); n > 0; n-- {
		s.Context = append(s.Context, ContextKey{string(r.bytes()), string(r.bytes())})
	}
	return !r.bad && len(r.b) == 0
}

func (s *Session) readPolicies(b []byte) bool {
	if len(b) == 0 {
		return true
	}
	r := reader{b: b}
	s.Policy = string(r.bytes())
	for n := r.count(); n > 0; n-- {
		s.PolicyARNs = append(s.PolicyARNs, string(r.bytes()))
	}
	for n := r.count(); n > 0; n-- {
		t := Tag{Key: string(r.bytes()), Value: string(r.bytes())}
		switch r.byte() {
		case 0:
		case 1:
			t.Transitive = true
		default:
			r.bad = true
		}
		s.Tags = append(s.Tags, t)
	}
	return !r.bad && len(r.b) == 0 && (s.HasPolicies() || len(s.Tags) > 0)
}

// A reader takes fields from the front of b. After the first fault bad stays
// set and all results are empty, so that it is looked at once, at the end.
type reader struct {
	b   []byte
	bad bool
}

func (r *reader) take(n uint64) []byte {
	if r.bad || n > uint64(len(r.b)) {
		r.bad, r.b = true, nil
		return nil
	}
	v := r.b[:n]
	r.b = r.b[n:]
	return v
}

func (r *reader) byte() byte {
	if v := r.take(1); v != nil {
		return v[0]
	}
	return 0
}

func (r *reader) uint(most uint64) uint64 {
	v, n := binary.Uvarint(r.b)
	if r.bad || n <= 0 || v > most || n > 1 && r.b[n-1] == 0 {
		r.bad, r.b = true, nil
		return 0
	}
	r.b = r.b[n:]
	return v
}

func (r *reader) bytes() []byte { return r.take(r.uint(maxSection)) }

// count reads the length of a list, which can't exceed the bytes left.
func (r *reader) count() uint64 {
	n := r.uint(maxItems)
	if n > uint64(len(r.b)) {
		r.bad, r.b = true, nil
		return 0
	}
	return n
}
