package iam

import (
	"testing"

	"github.com/aratame/aratame/internal/account"
	"github.com/aratame/aratame/internal/shape/iamshape"
	"github.com/aratame/aratame/internal/store"
)

func aliasIn(alias string) *iamshape.CreateAccountAliasInput {
	return &iamshape.CreateAccountAliasInput{AccountAlias: alias}
}

func TestAlias(t *testing.T) {
	x := newTest(t)
	list := func() []string {
		out := do[iamshape.ListAccountAliasesOutput](x, "ListAccountAliases", &iamshape.ListAccountAliasesInput{})
		if *out.IsTruncated {
			t.Error("a list of one is truncated")
		}
		return out.AccountAliases
	}
	same(t, "none", list(), []string{})
	x.must("CreateAccountAlias", aliasIn("first"))
	same(t, "claims", claims(x), []store.Claim{{Name: "alias/first"}})
	x.must("CreateAccountAlias", aliasIn("second"))
	same(t, "claims of a replacement", claims(x), []store.Claim{{Name: "alias/first", Drop: true}, {Name: "alias/second"}})
	same(t, "replaced", list(), []string{"second"})
	x.fails("CreateAccountAlias", aliasIn("second"), "EntityAlreadyExists", "The account alias second already exists.")
	x.fails("DeleteAccountAlias", &iamshape.DeleteAccountAliasInput{AccountAlias: "first"}, "NoSuchEntity", "The account alias first cannot be found.")
	x.must("DeleteAccountAlias", &iamshape.DeleteAccountAliasInput{AccountAlias: "second"})
	same(t, "claims of a deletion", claims(x), []store.Claim{{Name: "alias/second", Drop: true}})
	same(t, "deleted", list(), []string{})
	x.fails("DeleteAccountAlias", &iamshape.DeleteAccountAliasInput{AccountAlias: "second"}, "NoSuchEntity", "The account alias second cannot be found.")
}

func TestAliasForm(t *testing.T) {
	x := newTest(t)
	x.fails("CreateAccountAlias", aliasIn("123456789012"), "ValidationError", "The specified value for accountAlias is invalid. It must not be a number of 12 digits.")
	for _, bad := range []string{"ab", "Upper", "-a1", "a1-", "a--b", "a.b", "a_b"} {
		if _, err := x.call("CreateAccountAlias", aliasIn(bad)); err == nil || err.Code != "ValidationError" {
			t.Errorf("%s: %v", bad, err)
		}
	}
	x.must("CreateAccountAlias", aliasIn("a-1-b"))
}

func TestSummary(t *testing.T) {
	x := newTest(t)
	summary := func() map[string]int32 {
		return do[iamshape.GetAccountSummaryOutput](x, "GetAccountSummary", &iamshape.GetAccountSummaryInput{}).SummaryMap
	}
	want := map[string]int32{
		"Users": 0, "UsersQuota": 5000, "Groups": 0, "GroupsQuota": 300, "GroupsPerUserQuota": 10, "Roles": 0, "RolesQuota": 1000,
		"Policies": 0, "PoliciesQuota": 1500, "PolicyVersionsInUse": 0, "PolicyVersionsInUseQuota": 10000, "VersionsPerPolicyQuota": 5,
		"InstanceProfiles": 0, "InstanceProfilesQuota": 1000, "AttachedPoliciesPerUserQuota": 10, "AttachedPoliciesPerGroupQuota": 10,
		"AttachedPoliciesPerRoleQuota": 20, "PolicySizeQuota": 6144, "UserPolicySizeQuota": 2048, "GroupPolicySizeQuota": 5120,
		"RolePolicySizeQuota": 10240, "AssumeRolePolicySizeQuota": 2048, "AccessKeysPerUserQuota": 2, "SigningCertificatesPerUserQuota": 2,
		"ServerCertificates": 0, "ServerCertificatesQuota": 20, "Providers": 0, "MFADevices": 0, "MFADevicesInUse": 0, "AccountMFAEnabled": 0,
		"AccountAccessKeysPresent": 0, "AccountPasswordPresent": 0, "AccountSigningCertificatesPresent": 0, "GlobalEndpointTokenVersion": 1,
	}
	same(t, "an empty account", summary(), want)

	newGroup(x, "/", "G")
	id := *newUser(x, "/", "Alice").UserId
	newKey(x, nil)
	x.svc.Quotas.Roles = 1234
	x.change(func(tx *account.Tx) {
		s := tx.View().Settings().Clone()
		s.Root.PasswordHash = "$argon2id$"
		tx.PutSettings(s)
		tx.PutMFADevice(&account.MFADevice{ID: "a", Name: "a", Path: "/", Seed: []byte("s"), User: id})
		tx.PutMFADevice(&account.MFADevice{ID: "b", Name: "b", Path: "/", Seed: []byte("s")})
		tx.PutPolicy(&account.Policy{ID: "ANPA1", Name: "P", Path: "/", Created: x.now, Updated: x.now, Default: 2, Last: 2,
			Versions: []account.Version{{N: 1, Document: "{}", Created: x.now}, {N: 2, Document: "{}", Created: x.now}}})
		tx.PutRole(&account.Role{ID: "AROA1", Name: "R", Path: "/", Created: x.now, MaxSession: 3600, Trust: "{}"})
		tx.PutInstanceProfile(&account.InstanceProfile{ID: "AIPA1", Name: "I", Path: "/", Created: x.now})
	})
	for key, n := range map[string]int32{
		"Users": 1, "Groups": 1, "Roles": 1, "RolesQuota": 1234, "Policies": 1, "PolicyVersionsInUse": 2, "InstanceProfiles": 1,
		"MFADevices": 2, "MFADevicesInUse": 1, "AccountAccessKeysPresent": 1, "AccountPasswordPresent": 1,
	} {
		want[key] = n
	}
	same(t, "a filled account", summary(), want)
	x.change(func(tx *account.Tx) {
		tx.PutMFADevice(&account.MFADevice{ID: "b", Name: "b", Path: "/", Seed: []byte("s"), User: account.RootID})
	})
	if got := summary(); got["AccountMFAEnabled"] != 1 || got["MFADevicesInUse"] != 2 {
		t.Errorf("with root's device: %v", got)
	}
}

func TestAccountWideTargets(t *testing.T) {
	x := newTest(t)
	for name, in := range map[string]any{
		"CreateAccountAlias": aliasIn("abc"),
		"DeleteAccountAlias": &iamshape.DeleteAccountAliasInput{AccountAlias: "abc"},
		"ListAccountAliases": &iamshape.ListAccountAliasesInput{},
		"GetAccountSummary":  &iamshape.GetAccountSummaryInput{},
		"ListGroups":         &iamshape.ListGroupsInput{},
	} {
		if r := x.target(name, in).Resource; r != "*" {
			t.Errorf("%s on %s", name, r)
		}
	}
}
