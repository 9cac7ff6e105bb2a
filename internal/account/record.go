package account

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"strings"
)

// The first byte of a record tells its format. Every format that was ever
// written stays readable; testdata/records holds one golden file for each kind
// and format.
const formatJSON1 = 1 // JSON of the entity

// ErrRecord is wrapped by the errors of Load: the stored state can't be
// trusted.
var ErrRecord = errors.New("account: damaged record")

func encodeRecord(e any) []byte {
	b, err := json.Marshal(e)
	if err != nil {
		panic("account: encoding a record: " + err.Error()) // plain structs can't fail
	}
	return append([]byte{formatJSON1}, b...)
}

func (s *Settings) encode() []byte        { return encodeRecord(s) }
func (u *User) encode() []byte            { return encodeRecord(u) }
func (g *Group) encode() []byte           { return encodeRecord(g) }
func (r *Role) encode() []byte            { return encodeRecord(r) }
func (p *Policy) encode() []byte          { return encodeRecord(p) }
func (p *InstanceProfile) encode() []byte { return encodeRecord(p) }
func (d *MFADevice) encode() []byte       { return encodeRecord(d) }

func (c *ServerCertificate) encode() []byte { return encodeRecord(c) }
func (p *OIDCProvider) encode() []byte      { return encodeRecord(p) }
func (p *SAMLProvider) encode() []byte      { return encodeRecord(p) }
func (d *DelegationRequest) encode() []byte { return encodeRecord(d) }
func (j *Job) encode() []byte               { return encodeRecord(j) }

// decode reads one record strictly: an unknown format, an unknown member or
// trailing data is an error, since to go on would be to drop what an
// administrator has set.
func decode[T any](data []byte) (*T, error) {
	if len(data) == 0 || data[0] != formatJSON1 {
		return nil, fmt.Errorf("%w: unknown format", ErrRecord)
	}
	d := json.NewDecoder(bytes.NewReader(data[1:]))
	d.DisallowUnknownFields()
	e := new(T)
	if err := d.Decode(e); err != nil {
		return nil, fmt.Errorf("%w: %v", ErrRecord, err)
	}
	if d.More() {
		return nil, fmt.Errorf("%w: trailing data", ErrRecord)
	}
	return e, nil
}

// parts collects decoded entities so that they can be put in the order in
// which they refer to each other.
type parts struct {
	settings *Settings
	users    []*User
	groups   []*Group
	roles    []*Role
	policies []*Policy
	profiles []*InstanceProfile
	devices  []*MFADevice

	certificates []*ServerCertificate
	oidc         []*OIDCProvider
	saml         []*SAMLProvider
	delegations  []*DelegationRequest
	jobs         []*Job
}

// add decodes the record of the given key.
func (p *parts) add(key string, data []byte) (err error) {
	kind, id, _ := strings.Cut(key, "/")
	var got string
	switch kind {
	case kindSettings:
		if p.settings, err = decode[Settings](data); err == nil {
			got = "account"
		}
	case kindUser:
		got, err = addTo(&p.users, data, func(e *User) string { return e.ID })
	case kindGroup:
		got, err = addTo(&p.groups, data, func(e *Group) string { return e.ID })
	case kindRole:
		got, err = addTo(&p.roles, data, func(e *Role) string { return e.ID })
	case kindPolicy:
		got, err = addTo(&p.policies, data, func(e *Policy) string { return e.ID })
	case kindProfile:
		got, err = addTo(&p.profiles, data, func(e *InstanceProfile) string { return e.ID })
	case kindDevice:
		got, err = addTo(&p.devices, data, func(e *MFADevice) string { return e.ID })
	case kindCertificate:
		got, err = addTo(&p.certificates, data, func(e *ServerCertificate) string { return e.ID })
	case kindOIDC:
		got, err = addTo(&p.oidc, data, func(e *OIDCProvider) string { return e.URL })
	case kindSAML:
		got, err = addTo(&p.saml, data, func(e *SAMLProvider) string { return e.ID })
	case kindDelegation:
		got, err = addTo(&p.delegations, data, func(e *DelegationRequest) string { return e.ID })
	case kindJob:
		got, err = addTo(&p.jobs, data, func(e *Job) string { return e.ID })
	default:
		err = fmt.Errorf("%w: unknown kind", ErrRecord)
	}
	if err == nil && (got != id || id == "") {
		err = fmt.Errorf("%w: it holds the id %q", ErrRecord, got)
	}
	if err != nil {
		return fmt.Errorf("record %q: %w", key, err)
	}
	return nil
}

func addTo[T any](list *[]*T, data []byte, id func(*T) string) (string, error) {
	e, err := decode[T](data)
	if err != nil {
		return "", err
	}
	*list = append(*list, e)
	return id(e), nil
}

// Load builds the View of an account from its records. It returns an error
// that wraps ErrRecord when a record can't be read, when they contradict each
// other, or when an invariant doesn't hold; it never returns a part of an
// account.
func Load(account string, records iter.Seq2[string, []byte]) (v *View, err error) {
	var p parts
	for key, data := range records {
		if err := p.add(key, data); err != nil {
			return nil, err
		}
	}
	if p.settings == nil || p.settings.Account != account {
		return nil, fmt.Errorf("%w: no settings of account %s", ErrRecord, account)
	}
	defer func() {
		if r := recover(); r != nil { // Put found a contradiction
			v, err = nil, fmt.Errorf("%w: %v", ErrRecord, r)
		}
	}()
	tx := New(p.settings).Begin()
	tx.keyIndex(RootID, nil, p.settings.Root.Keys)
	for _, e := range p.policies {
		tx.PutPolicy(e)
	}
	for _, e := range p.groups {
		tx.PutGroup(e)
	}
	for _, e := range p.users {
		tx.PutUser(e)
	}
	for _, e := range p.roles {
		tx.PutRole(e)
	}
	for _, e := range p.profiles {
		tx.PutInstanceProfile(e)
	}
	for _, e := range p.devices {
		tx.PutMFADevice(e)
	}
	for _, e := range p.certificates {
		tx.PutServerCertificate(e)
	}
	for _, e := range p.oidc {
		tx.PutOIDCProvider(e)
	}
	for _, e := range p.saml {
		tx.PutSAMLProvider(e)
	}
	for _, e := range p.delegations {
		tx.PutDelegationRequest(e)
	}
	for _, e := range p.jobs {
		tx.PutJob(e)
	}
	v = tx.Freeze()
	if err := v.Check(); err != nil {
		return nil, fmt.Errorf("%w: %v", ErrRecord, err)
	}
	return v, nil
}
