package server

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/aratame/aratame/internal/account"
	"github.com/aratame/aratame/internal/awsid"
	"github.com/aratame/aratame/internal/store"
)

// accessRole is the role that a new member account has, for the management
// account: AWS Organizations makes one of this name.
const accessRole = "OrganizationAccountAccessRole"

// maxMembers bounds an organization. A new one of AWS may have ten accounts, and
// thousands on request.
const maxMembers = 1000

var (
	errNoOrganization = errors.New("the account is in no organization: make one with aratame organization create")
	errNoMember       = errors.New("no member of the organization has this account number")
)

// Organization is what the management account keeps, or nil.
func (s *Server) Organization(ctx context.Context) (*account.Organization, error) {
	v, err := s.accounts.View(ctx, s.account)
	if err != nil {
		return nil, err
	}
	return v.Settings().Organization, nil
}

// CreateOrganization makes the account of the directory the management account
// of an organization, with all features unless it is for consolidated billing
// alone.
func (s *Server) CreateOrganization(ctx context.Context, billingOnly bool) (o *account.Organization, err error) {
	id, err := letters(s.rand, 10)
	if err != nil {
		return nil, err
	}
	root, err := letters(s.rand, 4)
	if err != nil {
		return nil, err
	}
	err = s.changeSettings(ctx, "CreateOrganization", func(settings *account.Settings) error {
		if settings.Organization != nil {
			return fmt.Errorf("the account is in the organization %s already", settings.Organization.ID)
		}
		o = &account.Organization{ID: "o-" + id, Root: "r-" + root, Management: s.account, BillingOnly: billingOnly}
		settings.Organization = o
		return nil
	})
	return o, err
}

// letters draws n characters of a–z and 0–9.
func letters(rand io.Reader, n int) (string, error) {
	const alphabet = "abcdefghijklmnopqrstuvwxyz0123456789"
	out := make([]byte, n)
	var b [8]byte
	for i := range out {
		if _, err := io.ReadFull(rand, b[:]); err != nil {
			return "", err
		}
		out[i] = alphabet[binary.BigEndian.Uint64(b[:])%uint64(len(alphabet))]
	}
	return string(out), nil
}

// AddAccount makes a member account: with the number given, or one that is
// drawn for "". Its root user has no password and no key; the management
// account gets in by its role OrganizationAccountAccessRole.
func (s *Server) AddAccount(ctx context.Context, number string) (acct, role string, err error) {
	if number == "" {
		number = awsid.NewAccountID(s.rand)
	}
	if !awsid.ValidAccountID(number) {
		return "", "", fmt.Errorf("%q is not twelve digits", number)
	}
	o, err := s.Organization(ctx)
	switch {
	case err != nil:
		return "", "", err
	case o == nil:
		return "", "", errNoOrganization
	case number == s.account || slices.Contains(o.Members, number):
		return "", "", fmt.Errorf("account %s is in the organization already", number)
	case len(o.Members) >= maxMembers:
		return "", "", fmt.Errorf("an organization has at most %d members here", maxMembers)
	}
	now := s.now().UTC().Truncate(time.Second)
	r := &account.Role{
		ID: awsid.NewEntityID(s.rand, awsid.RolePrefix, number), Name: accessRole, Path: "/", Created: now, MaxSession: account.MinMaxSession,
		Trust:    `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"` + awsid.Root(s.account) + `"},"Action":"sts:AssumeRole"}]}`,
		Attached: []string{adminPolicy},
	}
	// The account first: one that no organization lists does no harm.
	settings := &account.Settings{Account: number, Created: now, Organization: &account.Organization{ID: o.ID, Root: o.Root, Management: s.account}}
	err = s.accounts.Create(ctx, settings, func(tx *account.Tx) (store.Effects, error) {
		tx.PutRole(r)
		entry, err := s.hostEvent(number, "CreateAccount", now, []string{r.ARN(number)})
		return store.Effects{Outbox: entry}, err
	})
	if err != nil && !errors.Is(err, store.ErrConflict) { // there from an attempt that was cut off
		return "", "", err
	}
	err = s.changeOrganization(ctx, "AddAccount", func(o *account.Organization) error {
		o.Members = with(o.Members, number)
		return nil
	})
	s.mu.Lock()
	s.numbers = with(s.numbers, number)
	s.mu.Unlock()
	return number, r.ARN(number), err
}

// EnableAllFeatures gives an organization all features, for good.
func (s *Server) EnableAllFeatures(ctx context.Context) error {
	return s.changeOrganization(ctx, "EnableAllFeatures", func(o *account.Organization) error {
		o.BillingOnly = false
		return nil
	})
}

// SetServiceAccess gives a service trusted access to the organization, or takes
// it away.
func (s *Server) SetServiceAccess(ctx context.Context, principal string, on bool) error {
	name := "EnableAWSServiceAccess"
	if !on {
		name = "DisableAWSServiceAccess"
	}
	return s.changeOrganization(ctx, name, func(o *account.Organization) error {
		if on && o.BillingOnly {
			return errors.New("trusted access needs all features: aratame organization enable-all-features")
		}
		if on {
			o.Trusted = with(o.Trusted, principal)
		} else {
			o.Trusted = without(o.Trusted, principal)
		}
		return nil
	})
}

// SetAdministrator delegates the administration of IAM to a member, or takes it
// back.
func (s *Server) SetAdministrator(ctx context.Context, acct string, on bool) error {
	name := "RegisterDelegatedAdministrator"
	if !on {
		name = "DeregisterDelegatedAdministrator"
	}
	return s.changeOrganization(ctx, name, func(o *account.Organization) error {
		switch {
		case !slices.Contains(o.Members, acct):
			return errNoMember
		case on && !o.Trusts(account.IAMPrincipal):
			return fmt.Errorf("trusted access of %s comes first: aratame organization enable-service-access %[1]s", account.IAMPrincipal)
		case on:
			o.Administrators = with(o.Administrators, acct)
		default:
			o.Administrators = without(o.Administrators, acct)
		}
		return nil
	})
}

func (s *Server) changeOrganization(ctx context.Context, name string, change func(o *account.Organization) error) error {
	return s.changeSettings(ctx, name, func(settings *account.Settings) error {
		if settings.Organization == nil {
			return errNoOrganization
		}
		return change(settings.Organization)
	})
}

func (s *Server) changeSettings(ctx context.Context, name string, change func(settings *account.Settings) error) error {
	now := s.now().UTC().Truncate(time.Second)
	return s.accounts.Update(ctx, s.account, func(tx *account.Tx) (store.Effects, error) {
		settings := tx.View().Settings().Clone()
		if err := change(settings); err != nil {
			return store.Effects{}, err
		}
		tx.PutSettings(settings)
		entry, err := s.hostEvent(s.account, name, now, []string{awsid.Root(s.account)})
		return store.Effects{Outbox: entry}, err
	})
}

// with adds a value to a sorted list that may have it.
func with(list []string, value string) []string {
	i, found := slices.BinarySearch(list, value)
	if found {
		return list
	}
	return slices.Insert(slices.Clone(list), i, value)
}

func without(list []string, value string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(s string) bool { return s == value })
}
