package account

import (
	"maps"
	"slices"
	"time"

	"github.com/aratame/aratame/internal/awsid"
)

// Settings is what belongs to the account itself. There is exactly one.
type Settings struct {
	Account string    `json:"account"`
	Created time.Time `json:"created"`
	// Alias is the account alias, or "".
	Alias string `json:"alias,omitempty"`
	// Root is the account's root user.
	Root Root `json:"root"`
	// PasswordPolicy is the account's own, or nil for AWS's default.
	PasswordPolicy *PasswordPolicy `json:"passwordPolicy,omitempty"`
	// TokenVersion is that of the global endpoint's session tokens: 2, or 0 for
	// version 1.
	TokenVersion int               `json:"tokenVersion,omitempty"`
	Outbound     *Outbound         `json:"outbound,omitempty"`
	Organization *Organization     `json:"organization,omitempty"`
	Properties   map[string]string `json:"properties,omitempty"`
}

// Root is the root user. It has no record of its own, since it can be neither
// made nor deleted.
type Root struct {
	// PasswordHash is an argon2id hash in PHC form, or "" without a password.
	PasswordHash    string    `json:"passwordHash,omitempty"`
	PasswordChanged time.Time `json:"passwordChanged,omitzero"`
	// MayRecover lets a root user without a password set one.
	MayRecover bool        `json:"mayRecover,omitempty"`
	Keys       []AccessKey `json:"keys,omitempty"`

	SigningCertificates []SigningCertificate `json:"signingCertificates,omitempty"` // in order of upload
}

// A User is an IAM user. ID never changes and is never used again.
type User struct {
	ID       string      `json:"id"`
	Name     string      `json:"name"`
	Path     string      `json:"path"`
	Created  time.Time   `json:"created"`
	Boundary string      `json:"boundary,omitempty"` // ARN of a managed policy
	Tags     []Tag       `json:"tags,omitempty"`
	Attached []string    `json:"attached,omitempty"` // ARNs of managed policies, in order of attachment
	Inline   []Inline    `json:"inline,omitempty"`   // sorted by name
	Groups   []string    `json:"groups,omitempty"`   // ids of groups, in order of joining
	Keys     []AccessKey `json:"keys,omitempty"`     // in order of creation

	Login               *LoginProfile        `json:"login,omitempty"`
	SigningCertificates []SigningCertificate `json:"signingCertificates,omitempty"` // in order of upload
	SSHKeys             []SSHKey             `json:"sshKeys,omitempty"`             // in order of upload
	ServiceCredentials  []ServiceCredential  `json:"serviceCredentials,omitempty"`  // in order of creation
}

// A Group is an IAM group. Its members are named by their own records.
type Group struct {
	ID       string    `json:"id"`
	Name     string    `json:"name"`
	Path     string    `json:"path"`
	Created  time.Time `json:"created"`
	Attached []string  `json:"attached,omitempty"`
	Inline   []Inline  `json:"inline,omitempty"`
}

// A Role is an IAM role.
type Role struct {
	ID          string    `json:"id"`
	Name        string    `json:"name"`
	Path        string    `json:"path"`
	Created     time.Time `json:"created"`
	Description *string   `json:"description,omitempty"`
	// MaxSession is the longest session in seconds, 3600 to 43200.
	MaxSession int `json:"maxSession"`
	// Trust is the trust policy exactly as it was sent.
	Trust string `json:"trust"`
	// TrustIDs maps each user or role ARN that Trust names to the unique id it
	// stood for when the policy was saved. An entry whose entity is gone
	// matches nobody, also not a new entity of the same name.
	TrustIDs map[string]string `json:"trustIDs,omitempty"`
	Boundary string            `json:"boundary,omitempty"`
	Tags     []Tag             `json:"tags,omitempty"`
	Attached []string          `json:"attached,omitempty"`
	Inline   []Inline          `json:"inline,omitempty"`
	// Source is the template of an acquired role.
	Source *RoleSource `json:"source,omitempty"`
}

// A Policy is a customer managed policy. Names and paths of policies never
// change, so that its ARN identifies it while it exists.
type Policy struct {
	ID          string    `json:"id"`
	Name        string    `json:"name"`
	Path        string    `json:"path"`
	Created     time.Time `json:"created"`
	Updated     time.Time `json:"updated"`
	Description string    `json:"description,omitempty"`
	Tags        []Tag     `json:"tags,omitempty"`
	// Default is the number of the version in force.
	Default int `json:"default"`
	// Last is the highest number ever given to a version; numbers aren't used
	// again.
	Last     int       `json:"last"`
	Versions []Version `json:"versions"` // oldest first
}

// A Version is one version of a managed policy.
type Version struct {
	N        int       `json:"n"` // "v3" is 3
	Document string    `json:"document"`
	Created  time.Time `json:"created"`
}

// An InstanceProfile carries a role to an EC2 instance.
type InstanceProfile struct {
	ID      string    `json:"id"`
	Name    string    `json:"name"`
	Path    string    `json:"path"`
	Created time.Time `json:"created"`
	Tags    []Tag     `json:"tags,omitempty"`
	Role    string    `json:"role,omitempty"` // id of the role, or ""
}

// An MFADevice is a virtual MFA device (RFC 6238: SHA-1, 6 digits, 30 s), or a
// security key or passkey.
type MFADevice struct {
	// ID is the part of the serial number behind "mfa/"; of a security key it
	// begins with "u2f/", as its ARN's resource does.
	ID      string    `json:"id"`
	Name    string    `json:"name"`
	Path    string    `json:"path"`
	Created time.Time `json:"created"`
	Seed    []byte    `json:"seed,omitempty"` // sealed; of a virtual device
	User    string    `json:"user,omitempty"` // id of the user, RootID, or "" when not assigned
	Enabled time.Time `json:"enabled,omitzero"`
	// Drift is how many periods of 30 s the device's clock is ahead.
	Drift int      `json:"drift,omitempty"`
	Tags  []Tag    `json:"tags,omitempty"`
	Key   *FIDOKey `json:"key,omitempty"` // of a security key or passkey, which always has a user
}

// A FIDOKey is the credential of a security key or passkey (WebAuthn).
type FIDOKey struct {
	CredentialID []byte `json:"credentialID"`
	PublicKey    []byte `json:"publicKey"` // COSE
	SignCount    uint32 `json:"signCount,omitempty"`
	AAGUID       []byte `json:"aaguid,omitempty"` // 16 bytes; all zero when unknown
	// Certifications maps FIDO, FIPS-140-2 … to levels, as GetMFADevice shows.
	Certifications map[string]string `json:"certifications,omitempty"`
}

// RootID stands for the root user where an id of a user is asked for.
const RootID = "root"

// Statuses of access keys.
const (
	Active   = "Active"
	Inactive = "Inactive"
)

// An AccessKey is a long-term credential.
type AccessKey struct {
	ID      string    `json:"id"`
	Secret  []byte    `json:"secret"` // sealed
	Status  string    `json:"status"` // Active or Inactive
	Created time.Time `json:"created"`
}

// Inline is a policy embedded in one user, group or role.
type Inline struct {
	Name     string `json:"name"`
	Document string `json:"document"`
}

// A Tag is a key with its value.
type Tag struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

// ARN returns the user's ARN in the given account.
func (u *User) ARN(account string) string { return awsid.IAM(account, "user", u.Path, u.Name) }

// ARN returns the group's ARN in the given account.
func (g *Group) ARN(account string) string { return awsid.IAM(account, "group", g.Path, g.Name) }

// ARN returns the role's ARN in the given account.
func (r *Role) ARN(account string) string { return awsid.IAM(account, "role", r.Path, r.Name) }

// ARN returns the policy's ARN in the given account.
func (p *Policy) ARN(account string) string { return awsid.IAM(account, "policy", p.Path, p.Name) }

// ARN returns the profile's ARN in the given account.
func (p *InstanceProfile) ARN(account string) string {
	return awsid.IAM(account, "instance-profile", p.Path, p.Name)
}

// ARN returns the device's serial number in the given account.
func (d *MFADevice) ARN(account string) string {
	if d.Key != nil {
		return "arn:aws:iam::" + account + ":" + d.ID
	}
	return awsid.IAM(account, "mfa", d.Path, d.Name)
}

// ServiceLinked reports whether only a service may change the role.
func (r *Role) ServiceLinked() bool {
	const prefix = "/aws-service-role/"
	return len(r.Path) >= len(prefix) && r.Path[:len(prefix)] == prefix
}

// Version returns the version of number n, or nil.
func (p *Policy) Version(n int) *Version {
	for i := range p.Versions {
		if p.Versions[i].N == n {
			return &p.Versions[i]
		}
	}
	return nil
}

// Clone returns a copy whose slices and maps may be changed.
func (s *Settings) Clone() *Settings {
	c := *s
	c.Root.Keys, c.Root.SigningCertificates = slices.Clone(s.Root.Keys), slices.Clone(s.Root.SigningCertificates)
	c.Organization, c.Properties = s.Organization.Clone(), maps.Clone(s.Properties)
	if s.PasswordPolicy != nil {
		p := *s.PasswordPolicy
		c.PasswordPolicy = &p
	}
	if s.Outbound != nil {
		o := *s.Outbound
		o.Keys = slices.Clone(o.Keys)
		c.Outbound = &o
	}
	return &c
}

// Clone returns a copy whose slices may be changed.
func (u *User) Clone() *User {
	c := *u
	c.Tags, c.Attached, c.Inline = slices.Clone(u.Tags), slices.Clone(u.Attached), slices.Clone(u.Inline)
	c.Groups, c.Keys = slices.Clone(u.Groups), slices.Clone(u.Keys)
	c.Login, c.SigningCertificates = u.Login.Clone(), slices.Clone(u.SigningCertificates)
	c.SSHKeys, c.ServiceCredentials = slices.Clone(u.SSHKeys), slices.Clone(u.ServiceCredentials)
	return &c
}

// Clone returns a copy whose slices may be changed.
func (g *Group) Clone() *Group {
	c := *g
	c.Attached, c.Inline = slices.Clone(g.Attached), slices.Clone(g.Inline)
	return &c
}

// Clone returns a copy whose slices may be changed. TrustIDs is shared: it is
// replaced as a whole with Trust.
func (r *Role) Clone() *Role {
	c := *r
	c.Tags, c.Attached, c.Inline = slices.Clone(r.Tags), slices.Clone(r.Attached), slices.Clone(r.Inline)
	return &c
}

// Clone returns a copy whose slices may be changed.
func (p *Policy) Clone() *Policy {
	c := *p
	c.Tags, c.Versions = slices.Clone(p.Tags), slices.Clone(p.Versions)
	return &c
}

// Clone returns a copy whose slices may be changed.
func (p *InstanceProfile) Clone() *InstanceProfile {
	c := *p
	c.Tags = slices.Clone(p.Tags)
	return &c
}

// Clone returns a copy whose slices may be changed.
func (d *MFADevice) Clone() *MFADevice {
	c := *d
	c.Tags = slices.Clone(d.Tags)
	if d.Key != nil {
		k := *d.Key
		k.CredentialID, k.PublicKey, k.AAGUID = slices.Clone(k.CredentialID), slices.Clone(k.PublicKey), slices.Clone(k.AAGUID)
		k.Certifications = maps.Clone(k.Certifications)
		c.Key = &k
	}
	return &c
}
