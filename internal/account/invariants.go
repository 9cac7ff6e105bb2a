package account

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/aratame/aratame/internal/awsid"
)

// Check returns an error that names every invariant that doesn't hold. It is
// called on each View that is loaded, and by the fault tests after each write.
func (v *View) Check() error {
	var errs []error
	bad := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }

	if v.settings == nil || !awsid.ValidAccountID(v.account) {
		bad("account %q has no settings or no valid number", v.account)
	}
	keys := len(v.settings.Root.Keys)
	if keys > MaxKeysPerUser {
		bad("root has %d access keys", keys)
	}
	memberships := 0
	for u := range v.Users("") {
		checkEntity(bad, v.UserByID(u.ID) == u, u.ID, u.Name, u.Path)
		keys += len(u.Keys)
		memberships += len(u.Groups)
		if len(u.Keys) > MaxKeysPerUser || len(u.Groups) > MaxGroupsPerUser || len(u.Tags) > MaxTags {
			bad("user %s is over a limit", u.ID)
		}
		for _, k := range u.Keys {
			if owner, _ := v.KeyOwner(k.ID); owner != u.ID || k.Status != Active && k.Status != Inactive || len(k.Secret) == 0 {
				bad("access key %s of user %s is damaged", k.ID, u.ID)
			}
		}
		for _, g := range u.Groups {
			if v.GroupByID(g) == nil {
				bad("user %s is in group %s, which isn't there", u.ID, g)
			}
		}
		v.checkUses(bad, kindUser, u.ID, u.Attached, u.Boundary)
		checkInline(bad, u.ID, u.Inline)
	}
	if n := v.keys.Len(); n != keys {
		bad("%d access keys are indexed, %d exist", n, keys)
	}
	if n := v.members.Len(); n != memberships {
		bad("%d memberships are indexed, %d exist", n, memberships)
	}
	for g := range v.Groups("") {
		checkEntity(bad, v.GroupByID(g.ID) == g, g.ID, g.Name, g.Path)
		v.checkUses(bad, kindGroup, g.ID, g.Attached, "")
		checkInline(bad, g.ID, g.Inline)
	}
	for r := range v.Roles("") {
		checkEntity(bad, v.RoleByID(r.ID) == r, r.ID, r.Name, r.Path)
		v.checkUses(bad, kindRole, r.ID, r.Attached, r.Boundary)
		checkInline(bad, r.ID, r.Inline)
		if r.Trust == "" || r.MaxSession < MinMaxSession || r.MaxSession > MaxMaxSession || len(r.Tags) > MaxTags {
			bad("role %s is damaged", r.ID)
		}
	}
	for p := range v.Policies("") {
		checkEntity(bad, true, p.ID, p.Name, p.Path)
		if len(p.Versions) == 0 || len(p.Versions) > MaxVersionsPerPolicy || p.Version(p.Default) == nil || p.Last < p.Versions[len(p.Versions)-1].N {
			bad("policy %s has damaged versions", p.ID)
		}
	}
	for p := range v.InstanceProfiles("") {
		checkEntity(bad, true, p.ID, p.Name, p.Path)
		if p.Role != "" && v.RoleByID(p.Role) == nil {
			bad("instance profile %s holds role %s, which isn't there", p.ID, p.Role)
		}
	}
	worn := map[string]int{}
	for d := range v.MFADevices("") {
		if d.User != "" && d.User != RootID && v.UserByID(d.User) == nil || !d.sound() {
			bad("MFA device %s is damaged", d.ID)
		}
		if d.User != "" {
			worn[d.User]++
		}
	}
	for user, n := range worn {
		if n > MaxMFADevicesPerUser {
			bad("%s has %d MFA devices", user, n)
		}
	}
	v.checkCredentials(bad)
	v.checkProviders(bad)
	v.checkJobs(bad)
	if n := v.users.byID.Len(); n != v.users.byName.Len() || v.groups.byID.Len() != v.groups.byName.Len() ||
		v.roles.byID.Len() != v.roles.byName.Len() || v.policies.byID.Len() != v.policies.byName.Len() ||
		v.profiles.byID.Len() != v.profiles.byName.Len() || v.devices.byID.Len() != v.devices.byName.Len() ||
		v.certificates.byID.Len() != v.certificates.byName.Len() || v.oidc.byID.Len() != v.oidc.byName.Len() ||
		v.saml.byID.Len() != v.saml.byName.Len() || v.delegations.byID.Len() != v.delegations.byName.Len() ||
		v.jobs.byID.Len() != v.jobs.byName.Len() {
		bad("ids and names differ in number")
	}
	return errors.Join(errs...)
}

func checkEntity(bad func(string, ...any), indexed bool, id, name, path string) {
	if !indexed || id == "" || name == "" || len(path) == 0 || path[0] != '/' || path[len(path)-1] != '/' {
		bad("entity %s is damaged", id)
	}
}

// sound reports whether the device is whole: either a virtual one with its seed,
// or an assigned security key with its credential.
func (d *MFADevice) sound() bool {
	if k := d.Key; k != nil {
		return strings.HasPrefix(d.ID, "u2f/") && d.User != "" && len(d.Seed) == 0 && len(k.CredentialID) > 0 && len(k.PublicKey) > 0
	}
	return len(d.Seed) > 0 && d.Path+d.Name == "/"+d.ID
}

func checkInline(bad func(string, ...any), id string, inline []Inline) {
	for i := 1; i < len(inline); i++ {
		if inline[i].Name <= inline[i-1].Name {
			bad("inline policies of %s are not sorted or not unique", id)
		}
	}
}

// checkUses holds that every customer managed policy an entity names exists
// and that the index knows the use. Policies of AWS are data, not entities.
func (v *View) checkUses(bad func(string, ...any), kind, id string, attached []string, boundary string) {
	all := attached
	if boundary != "" {
		all = append(slices.Clone(attached), boundary)
	}
	for i, arn := range all {
		if slices.Contains(attached[:min(i, len(attached))], arn) && i < len(attached) {
			bad("%s has policy %s attached twice", id, arn)
		}
		a, err := awsid.ParseARN(arn)
		if err != nil || a.Account != "aws" && v.PolicyByARN(arn) == nil {
			bad("%s uses policy %s, which isn't there", id, arn)
		}
		_, found := v.uses.Get([]byte(arn + "\x00" + kind + "\x00" + id))
		if !found {
			bad("the use of %s by %s is not indexed", arn, id)
		}
	}
}
