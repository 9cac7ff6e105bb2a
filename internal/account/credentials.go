package account

import (
	"slices"
	"time"

	"github.com/aratame/aratame/internal/awsid"
)

// A LoginProfile is a user's password for the console.
type LoginProfile struct {
	// Hash is an argon2id hash in PHC form.
	Hash    string    `json:"hash"`
	Created time.Time `json:"created"`
	// Changed is when the password was last set, by whomever.
	Changed time.Time `json:"changed"`
	// ResetRequired asks for a new password at the next sign-in.
	ResetRequired bool `json:"resetRequired,omitempty"`
	// Former are hashes of earlier passwords, newest first, at most
	// MaxFormerPasswords.
	Former []string `json:"former,omitempty"`
}

// A PasswordPolicy is an account's own rules for passwords. Its zero value is
// what UpdateAccountPasswordPolicy sets without parameters, but for MinLength,
// which is then 6.
type PasswordPolicy struct {
	MinLength       int  `json:"minLength"` // 6 to 128
	Symbols         bool `json:"symbols,omitempty"`
	Numbers         bool `json:"numbers,omitempty"`
	Uppercase       bool `json:"uppercase,omitempty"`
	Lowercase       bool `json:"lowercase,omitempty"`
	AllowChange     bool `json:"allowChange,omitempty"` // users may change their own
	MaxAge          int  `json:"maxAge,omitempty"`      // days, 1 to 1095; 0: never expires
	ReusePrevention int  `json:"reusePrevention,omitempty"`
	HardExpiry      bool `json:"hardExpiry,omitempty"`
	HardExpirySet   bool `json:"hardExpirySet,omitempty"` // it was given, whatever its value
}

// A SigningCertificate is an X.509 certificate of a user.
type SigningCertificate struct {
	ID       string    `json:"id"`
	Body     string    `json:"body"` // PEM as it was sent
	Status   string    `json:"status"`
	Uploaded time.Time `json:"uploaded"`
}

// An SSHKey is an SSH public key of a user.
type SSHKey struct {
	ID          string    `json:"id"`
	Body        string    `json:"body"`        // "ssh-rsa BASE64", without a comment
	Fingerprint string    `json:"fingerprint"` // MD5, colon hex
	Status      string    `json:"status"`
	Uploaded    time.Time `json:"uploaded"`
}

// A ServiceCredential is a service-specific credential of a user: a user name
// and password, or an API key, of one service.
type ServiceCredential struct {
	ID       string    `json:"id"`
	Service  string    `json:"service"`            // "codecommit.amazonaws.com"
	UserName string    `json:"userName,omitempty"` // keeps the old name when the user is renamed
	Alias    string    `json:"alias,omitempty"`    // of an API key
	Secret   []byte    `json:"secret"`             // sealed
	Status   string    `json:"status"`
	Created  time.Time `json:"created"`
	Expires  time.Time `json:"expires,omitzero"`
}

// SigningCertificate returns the signing certificate of this id and the id of
// its owner, a user or RootID; nil when the account has none.
func (v *View) SigningCertificate(id string) (c *SigningCertificate, owner string) {
	find := func(all []SigningCertificate) *SigningCertificate {
		if i := slices.IndexFunc(all, func(c SigningCertificate) bool { return c.ID == id }); i >= 0 {
			return &all[i]
		}
		return nil
	}
	if c := find(v.settings.Root.SigningCertificates); c != nil {
		return c, RootID
	}
	for u := range v.Users("") {
		if c := find(u.SigningCertificates); c != nil {
			return c, u.ID
		}
	}
	return nil, ""
}

// A ServerCertificate is an X.509 certificate with its private key.
type ServerCertificate struct {
	ID       string    `json:"id"`
	Name     string    `json:"name"`
	Path     string    `json:"path"`
	Uploaded time.Time `json:"uploaded"`
	Expires  time.Time `json:"expires"`
	Body     string    `json:"body"`            // PEM, without a line feed at its end, as the chain
	Chain    string    `json:"chain,omitempty"` // from the issuer on
	Key      []byte    `json:"key"`             // PEM, sealed
	Tags     []Tag     `json:"tags,omitempty"`
}

// ARN returns the certificate's ARN in the given account.
func (c *ServerCertificate) ARN(account string) string {
	return awsid.IAM(account, "server-certificate", c.Path, c.Name)
}

// Clone returns a copy whose slices may be changed.
func (c *ServerCertificate) Clone() *ServerCertificate {
	d := *c
	d.Tags = slices.Clone(c.Tags)
	return &d
}

// Clone returns a copy whose slices may be changed.
func (p *LoginProfile) Clone() *LoginProfile {
	if p == nil {
		return nil
	}
	c := *p
	c.Former = slices.Clone(p.Former)
	return &c
}
