package server

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/aratame/aratame/internal/config"
)

// An organization outlives a restart, after which its management account is
// still the one that the directory is about, whatever the numbers' order.
func TestOrganization(t *testing.T) {
	ctx := context.Background()
	dir := filepath.Join(t.TempDir(), "data")
	open := func() *Server {
		t.Helper()
		s, err := Open(ctx, Options{Config: &config.Config{Data: dir}})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	s := open()
	home := s.Account()
	fails := func(err error, text string) {
		t.Helper()
		if err == nil || !strings.Contains(err.Error(), text) {
			t.Errorf("%v, want %q", err, text)
		}
	}
	_, _, err := s.AddAccount(ctx, "")
	fails(err, "no organization")
	fails(s.SetServiceAccess(ctx, "iam.amazonaws.com", true), "no organization")
	o, err := s.CreateOrganization(ctx, true)
	if err != nil || len(o.ID) != 12 || len(o.Root) != 6 {
		t.Fatalf("%+v, %v", o, err)
	}
	_, err = s.CreateOrganization(ctx, false)
	fails(err, "already")
	for _, number := range []string{"000000000001", "999999999999"} {
		if acct, role, err := s.AddAccount(ctx, number); err != nil || acct != number || role != "arn:aws:iam::"+number+":role/OrganizationAccountAccessRole" {
			t.Fatal(acct, role, err)
		}
	}
	_, _, err = s.AddAccount(ctx, "000000000001")
	fails(err, "already")
	_, _, err = s.AddAccount(ctx, "1")
	fails(err, "twelve digits")
	fails(s.SetAdministrator(ctx, "000000000001", true), "trusted access")
	fails(s.SetServiceAccess(ctx, "iam.amazonaws.com", true), "all features")
	if err := s.EnableAllFeatures(ctx); err != nil {
		t.Fatal(err)
	}
	if err := s.SetServiceAccess(ctx, "iam.amazonaws.com", true); err != nil {
		t.Fatal(err)
	}
	fails(s.SetAdministrator(ctx, "000000000002", true), "no member")
	if err := s.SetAdministrator(ctx, "000000000001", true); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}

	s = open()
	if s.Account() != home || len(s.accountNumbers()) != 3 {
		t.Errorf("account %s of %v, want %s", s.Account(), s.accountNumbers(), home)
	}
	o, err = s.Organization(ctx)
	if err != nil || !slices.Equal(o.Members, []string{"000000000001", "999999999999"}) || !slices.Equal(o.Administrators, []string{"000000000001"}) || !o.Trusts("iam.amazonaws.com") {
		t.Errorf("%+v, %v", o, err)
	}
	if err := s.SetServiceAccess(ctx, "iam.amazonaws.com", false); err != nil {
		t.Fatal(err)
	}
	if err := s.SetAdministrator(ctx, "000000000001", false); err != nil {
		t.Fatal(err)
	}
	if o, err := s.Organization(ctx); err != nil || len(o.Trusted)+len(o.Administrators) != 0 {
		t.Errorf("%+v, %v", o, err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(ctx, Options{Config: &config.Config{Data: dir, AccountID: "000000000001"}}); err == nil {
		t.Error("opened for a member")
	}
}
