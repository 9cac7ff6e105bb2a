package iam

import (
	"encoding/hex"
	"errors"
	"io"
	"strings"

	"github.com/aratame/aratame/internal/account"
	"github.com/aratame/aratame/internal/api"
	"github.com/aratame/aratame/internal/awsid"
	"github.com/aratame/aratame/internal/store"
)

// delegation finds a request as the account of v may see it, or nil. The account
// that has associated it sees its own copy, and so does the one that made it;
// before that the one that is asked, or any when none was named, sees what was
// made.
func (s *Service) delegation(c *api.Call, v *account.View, id string) (*account.DelegationRequest, error) {
	d := v.DelegationRequest(id)
	if d == nil || d.Owner == "" {
		home, ok := delegationHome(id)
		if !ok {
			return nil, nil
		}
		owner, err := s.delegationOwner(c, id)
		if err != nil {
			return nil, err
		}
		at := home
		if owner != "" {
			at = owner
		}
		from, err := s.accountView(c, v, at)
		if err != nil || from == nil {
			return nil, err
		}
		if d = from.DelegationRequest(id); d == nil {
			return nil, nil
		}
		mine := d.Requestor == v.Account()
		if owner != "" && !mine || owner == "" && !mine && d.OwnerAccount != "" && d.OwnerAccount != v.Account() {
			return nil, nil
		}
	}
	if d.GoneAt(c.Now) {
		return nil, nil
	}
	return d, nil
}

// delegationOwner is the account that has associated a request, or "".
func (s *Service) delegationOwner(c *api.Call, id string) (string, error) {
	if s.Claims == nil {
		return "", nil
	}
	owner, err := s.Claims.Resolve(c.Context, account.DelegationClaim(id))
	if errors.Is(err, store.ErrNotFound) {
		return "", nil
	}
	return owner, err
}

// An id is "dr-", 16 characters that carry the account in which the request was
// made, as those of access keys do, and 24 of hexadecimal: whoever knows the id
// of a request for no particular account may take it.
func newDelegationID(rand io.Reader, acct string) string {
	key := awsid.NewAccessKeyID(rand, awsid.AccessKeyPrefix, acct)
	var b [12]byte
	if _, err := io.ReadFull(rand, b[:]); err != nil {
		panic("iam: no randomness: " + err.Error())
	}
	return "dr-" + key[len(awsid.AccessKeyPrefix):] + "-" + hex.EncodeToString(b[:])
}

// delegationHome is the account that an id carries.
func delegationHome(id string) (string, bool) {
	chars, rest, ok := strings.Cut(strings.TrimPrefix(id, "dr-"), "-")
	if !ok || len(rest) != 24 || !strings.HasPrefix(id, "dr-") {
		return "", false
	}
	return awsid.AccountOfKeyID(awsid.AccessKeyPrefix + chars)
}
