package account

import (
	"iter"

	"github.com/aratame/aratame/internal/awsid"
)

// The kinds below refer to nothing and nothing refers to them by id, so that
// their tables need no further index.

// ServerCertificate returns the certificate of the given name in any case, or
// nil.
func (v *View) ServerCertificate(name string) *ServerCertificate {
	c, _ := v.certificates.named(name)
	return c
}

// ServerCertificates yields certificates by name, ignoring case, behind the
// name after.
func (v *View) ServerCertificates(after string) iter.Seq[*ServerCertificate] {
	return v.certificates.scan(after)
}

// OIDCProvider returns the provider of the given URL (without "https://", in
// any case), or nil.
func (v *View) OIDCProvider(url string) *OIDCProvider { p, _ := v.oidc.named(url); return p }

// OIDCProviders yields providers by URL behind the URL after.
func (v *View) OIDCProviders(after string) iter.Seq[*OIDCProvider] { return v.oidc.scan(after) }

// SAMLProvider returns the provider of the given name in any case, or nil.
func (v *View) SAMLProvider(name string) *SAMLProvider { p, _ := v.saml.named(name); return p }

// SAMLProviders yields providers by name, ignoring case, behind the name after.
func (v *View) SAMLProviders(after string) iter.Seq[*SAMLProvider] { return v.saml.scan(after) }

// DelegationRequest returns the request of this id, or nil.
func (v *View) DelegationRequest(id string) *DelegationRequest {
	d, _ := v.delegations.get(id)
	return d
}

// DelegationRequests yields requests by id behind the id after.
func (v *View) DelegationRequests(after string) iter.Seq[*DelegationRequest] {
	return v.delegations.scan(after)
}

// Job returns the job of this id, or nil.
func (v *View) Job(id string) *Job { j, _ := v.jobs.get(id); return j }

// Jobs yields all jobs by id.
func (v *View) Jobs() iter.Seq[*Job] { return v.jobs.scan("") }

// PutServerCertificate adds a certificate or replaces the one of the same id.
func (tx *Tx) PutServerCertificate(c *ServerCertificate) {
	put(&tx.v.certificates, c.ID, c.Name, c, func(o *ServerCertificate) string { return o.Name })
	tx.note(kindCertificate, c.ID, c)
}

// DeleteServerCertificate removes a certificate.
func (tx *Tx) DeleteServerCertificate(c *ServerCertificate) {
	drop(&tx.v.certificates, c.ID, c.Name)
	tx.note(kindCertificate, c.ID, nil)
}

// PutOIDCProvider adds a provider or replaces the one of the same URL.
func (tx *Tx) PutOIDCProvider(p *OIDCProvider) {
	put(&tx.v.oidc, p.URL, p.URL, p, func(o *OIDCProvider) string { return o.URL })
	tx.note(kindOIDC, p.URL, p)
}

// DeleteOIDCProvider removes a provider.
func (tx *Tx) DeleteOIDCProvider(p *OIDCProvider) {
	drop(&tx.v.oidc, p.URL, p.URL)
	tx.note(kindOIDC, p.URL, nil)
}

// PutSAMLProvider adds a provider or replaces the one of the same id.
func (tx *Tx) PutSAMLProvider(p *SAMLProvider) {
	put(&tx.v.saml, p.ID, p.Name, p, func(o *SAMLProvider) string { return o.Name })
	tx.note(kindSAML, p.ID, p)
}

// DeleteSAMLProvider removes a provider.
func (tx *Tx) DeleteSAMLProvider(p *SAMLProvider) {
	drop(&tx.v.saml, p.ID, p.Name)
	tx.note(kindSAML, p.ID, nil)
}

// PutDelegationRequest adds a request or replaces the one of the same id.
func (tx *Tx) PutDelegationRequest(d *DelegationRequest) {
	put(&tx.v.delegations, d.ID, d.ID, d, func(o *DelegationRequest) string { return o.ID })
	tx.note(kindDelegation, d.ID, d)
}

// DeleteDelegationRequest removes a request.
func (tx *Tx) DeleteDelegationRequest(d *DelegationRequest) {
	drop(&tx.v.delegations, d.ID, d.ID)
	tx.note(kindDelegation, d.ID, nil)
}

// PutJob adds a job or replaces the one of the same id.
func (tx *Tx) PutJob(j *Job) {
	put(&tx.v.jobs, j.ID, j.ID, j, func(o *Job) string { return o.ID })
	tx.note(kindJob, j.ID, j)
}

// DeleteJob removes a job.
func (tx *Tx) DeleteJob(j *Job) {
	drop(&tx.v.jobs, j.ID, j.ID)
	tx.note(kindJob, j.ID, nil)
}

// checkCredentials holds what users and certificates must have.
func (v *View) checkCredentials(bad func(string, ...any)) {
	checkSigning(bad, RootID, v.settings.Root.SigningCertificates)
	for u := range v.Users("") {
		if u.Login != nil && (u.Login.Hash == "" || len(u.Login.Former) > MaxFormerPasswords) {
			bad("the login profile of user %s is damaged", u.ID)
		}
		if len(u.SSHKeys) > MaxSSHKeysPerUser {
			bad("user %s is over a limit of credentials", u.ID)
		}
		checkSigning(bad, u.ID, u.SigningCertificates)
		for _, k := range u.SSHKeys {
			if k.ID == "" || k.Body == "" || k.Status != Active && k.Status != Inactive {
				bad("an SSH key of user %s is damaged", u.ID)
			}
		}
		for _, c := range u.ServiceCredentials {
			if c.ID == "" || c.Service == "" || len(c.Secret) == 0 || c.Status != Active && c.Status != Inactive {
				bad("a service-specific credential of user %s is damaged", u.ID)
			}
		}
	}
	for c := range v.ServerCertificates("") {
		checkEntity(bad, true, c.ID, c.Name, c.Path)
		if c.Body == "" || len(c.Key) == 0 || len(c.Tags) > MaxTags {
			bad("server certificate %s is damaged", c.ID)
		}
	}
	if p := v.settings.PasswordPolicy; p != nil && (p.MinLength < 6 || p.MinLength > 128 || p.ReusePrevention > MaxFormerPasswords) {
		bad("the password policy is damaged")
	}
}

func checkSigning(bad func(string, ...any), owner string, certificates []SigningCertificate) {
	if len(certificates) > MaxSigningCertsPerUser {
		bad("user %s is over a limit of credentials", owner)
	}
	for _, c := range certificates {
		if c.ID == "" || c.Body == "" || c.Status != Active && c.Status != Inactive {
			bad("a signing certificate of user %s is damaged", owner)
		}
	}
}

func (v *View) checkProviders(bad func(string, ...any)) {
	for p := range v.OIDCProviders("") {
		if p.URL == "" || len(p.ClientIDs) > MaxClientIDs || len(p.Thumbprints) > MaxThumbprints || len(p.Tags) > MaxTags {
			bad("OIDC provider %s is damaged", p.URL)
		}
	}
	for p := range v.SAMLProviders("") {
		required := p.EncryptionMode == EncryptionRequired
		if p.ID == "" || p.Name == "" || p.Metadata == "" || len(p.Keys) > MaxSAMLKeys || len(p.Tags) > MaxTags ||
			len(p.Issuers) == 0 || p.ValidUntil.IsZero() || !required && p.EncryptionMode != EncryptionAllowed || required && len(p.Keys) == 0 {
			bad("SAML provider %s is damaged", p.ID)
		}
		for _, i := range p.Issuers {
			if i.EntityID == "" || len(i.Certificates) == 0 {
				bad("issuer %s of SAML provider %s is damaged", i.EntityID, p.ID)
			}
		}
	}
	for d := range v.DelegationRequests("") {
		if !d.valid() {
			bad("delegation request %s is damaged", d.ID)
		}
	}
	if o := v.settings.Organization; o != nil && (o.ID == "" || !awsid.ValidAccountID(o.Management)) {
		bad("the organization is damaged")
	}
}
