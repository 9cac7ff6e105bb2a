package iam

import (
	"encoding/base64"
	"fmt"
	"io"
	"iter"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aratame/aratame/internal/account"
	"github.com/aratame/aratame/internal/api"
	"github.com/aratame/aratame/internal/awserr"
	"github.com/aratame/aratame/internal/awsid"
	"github.com/aratame/aratame/internal/seal"
	"github.com/aratame/aratame/internal/shape"
	"github.com/aratame/aratame/internal/shape/iamshape"
)

func (s *Service) serviceCredentials() []api.Op {
	return []api.Op{
		api.Write(iamshape.OpCreateServiceSpecificCredential, onNewServiceCredential, s.createServiceCredential),
		api.Read(iamshape.OpListServiceSpecificCredentials, onServiceCredentials, s.listServiceCredentials),
		api.Do(iamshape.OpUpdateServiceSpecificCredential,
			func(c *api.Call, v *account.View, in *iamshape.UpdateServiceSpecificCredentialInput) (api.Target, error) {
				return serviceCredentialTarget(c, v, in.UserName, in.ServiceSpecificCredentialId)
			}, updateServiceCredential),
		api.Write(iamshape.OpResetServiceSpecificCredential,
			func(c *api.Call, v *account.View, in *iamshape.ResetServiceSpecificCredentialInput) (api.Target, error) {
				return serviceCredentialTarget(c, v, in.UserName, in.ServiceSpecificCredentialId)
			}, s.resetServiceCredential),
		api.Do(iamshape.OpDeleteServiceSpecificCredential,
			func(c *api.Call, v *account.View, in *iamshape.DeleteServiceSpecificCredentialInput) (api.Target, error) {
				return serviceCredentialTarget(c, v, in.UserName, in.ServiceSpecificCredentialId)
			}, deleteServiceCredential),
	}
}

const (
	keyCredentialService = "iam:servicespecificcredentialservicename"
	keyCredentialAge     = "iam:servicespecificcredentialagedays"

	statusExpired = "Expired"
)

// credentialServices are the services that have credentials of their own, with
// the prefix of their API keys; those without one have user names and passwords
// (IAM User Guide, "API keys for AWS services"; the prefixes are observed).
var credentialServices = map[string]string{
	"codecommit.amazonaws.com":             "",
	"cassandra.amazonaws.com":              "",
	"bedrock.amazonaws.com":                "ABSK",
	"logs.amazonaws.com":                   "ACWL",
	"cloudwatch.amazonaws.com":             "APIAACWM",
	"aws-external-anthropic.amazonaws.com": "AEAA",
}

var (
	serviceNamePattern = regexp.MustCompile(`^[a-zA-Z0-9.-]*$`)

	errServiceName  = awserr.New("ValidationError", "ServiceName must match [a-zA-Z0-9.-]*")
	errAllAndOne    = awserr.New("InvalidInput", "Cannot list credentials for all users if a username is given")
	errCredentials2 = errQuota("ContextSpecificCredentialsPerUserPerContext", account.MaxCredentialsPerService)
)

// serviceCredentialLabel names the sealed secret of a service-specific
// credential: the password, without what an API key puts around it.
func serviceCredentialLabel(acct, id string) seal.Label {
	return seal.Label{Account: acct, Kind: "service-credential", Name: id}
}

// credentialService gives the one spelling of a service's name.
func credentialService(name string) (service, keyPrefix string, err error) {
	if !serviceNamePattern.MatchString(name) {
		return "", "", errServiceName
	}
	service = strings.ToLower(name)
	keyPrefix, ok := credentialServices[service]
	if !ok {
		return "", "", awserr.Newf("NoSuchEntity", "No such service %s is supported for Service Specific Credentials", name)
	}
	return service, keyPrefix, nil
}

// withService adds the service of a request under the spelling that policies
// are written with.
func withService(t api.Target, name *string) api.Target {
	if name == nil || *name == "" {
		return t
	}
	return withKey(t, keyCredentialService, shape.Ptr(strings.ToLower(*name)))
}

func onNewServiceCredential(_ *api.Call, v *account.View, in *iamshape.CreateServiceSpecificCredentialInput) (api.Target, error) {
	t := withService(userTarget(v, in.UserName), &in.ServiceName)
	if in.CredentialAgeDays != nil {
		t = withKey(t, keyCredentialAge, shape.Ptr(strconv.Itoa(int(*in.CredentialAgeDays))))
	}
	return t, nil
}

// Listing the credentials of all users is authorized on all users (observed: a
// policy for one user doesn't do).
func onServiceCredentials(c *api.Call, v *account.View, in *iamshape.ListServiceSpecificCredentialsInput) (t api.Target, err error) {
	if shape.Value(in.AllUsers) {
		t = api.Target{Resource: awsid.IAM(v.Account(), "user", "/", "*")}
	} else if t, err = selfTarget(c, v, in.UserName); err != nil {
		return t, err
	}
	return withService(t, in.ServiceName), nil
}

// serviceCredentialTarget carries the service of the credential as it is, when
// it is the user's.
func serviceCredentialTarget(c *api.Call, v *account.View, user *string, id string) (api.Target, error) {
	t, err := selfTarget(c, v, user)
	if err != nil {
		return t, err
	}
	if u, i, err := findServiceCredential(c, v, user, id); err == nil {
		t = withService(t, &u.ServiceCredentials[i].Service)
	}
	return t, nil
}

// findServiceCredential gives a credential of the user, or of the caller, by
// its index.
func findServiceCredential(c *api.Call, v *account.View, user *string, id string) (*account.User, int, error) {
	name, err := c.UserName(user)
	if err != nil {
		return nil, 0, err
	}
	u, err := findUser(v, name)
	if err != nil {
		return nil, 0, err
	}
	has := func(k account.ServiceCredential) bool { return k.ID == id }
	if i := slices.IndexFunc(u.ServiceCredentials, has); i >= 0 {
		return u, i, nil
	}
	for other := range v.Users("") {
		if slices.ContainsFunc(other.ServiceCredentials, has) {
			return nil, 0, awserr.Newf("ValidationError", "User %s does not have a service specific credential with id %s", name, id)
		}
	}
	return nil, 0, awserr.Newf("NoSuchEntity", "No such credential %s exists", id)
}

// createServiceCredential shows the secret this once; it is kept sealed.
func (s *Service) createServiceCredential(c *api.Call, tx *account.Tx, in *iamshape.CreateServiceSpecificCredentialInput) (*iamshape.CreateServiceSpecificCredentialOutput, error) {
	v := tx.View()
	u, err := findUser(v, in.UserName)
	if err != nil {
		return nil, err
	}
	service, keyPrefix, err := credentialService(in.ServiceName)
	if err != nil {
		return nil, err
	}
	n := 0
	for _, k := range u.ServiceCredentials {
		if k.Service == service {
			n++
		}
	}
	if n >= account.MaxCredentialsPerService {
		return nil, errCredentials2
	}
	k := account.ServiceCredential{
		ID: awsid.NewEntityID(c.Rand, awsid.ServiceCredentialPrefix, v.Account()), Service: service, Status: account.Active, Created: c.Seconds(),
	}
	if name := freeLogin(v, service, u.Name); keyPrefix == "" {
		k.UserName = name
	} else {
		k.Alias = name
	}
	if in.CredentialAgeDays != nil {
		k.Expires = k.Created.Add(time.Duration(*in.CredentialAgeDays) * 24 * time.Hour)
	}
	secret, err := s.newServiceSecret(c, v, &k)
	if err != nil {
		return nil, err
	}
	u = u.Clone()
	u.ServiceCredentials = append(u.ServiceCredentials, k)
	tx.PutUser(u)
	return &iamshape.CreateServiceSpecificCredentialOutput{ServiceSpecificCredential: withSecret(c, u, &k, secret)}, nil
}

// freeLogin is the name that a service knows a new credential by: USER-at-ACCOUNT,
// USER+1-at-ACCOUNT … Since a credential keeps its name when its user is renamed,
// the first free one may not be the user's first.
func freeLogin(v *account.View, service, user string) string {
	taken := map[string]bool{}
	for u := range v.Users("") {
		for _, k := range u.ServiceCredentials {
			if k.Service == service {
				taken[awsid.Fold(k.UserName+k.Alias)] = true
			}
		}
	}
	for i := 0; ; i++ {
		name := user
		if i > 0 {
			name += "+" + strconv.Itoa(i)
		}
		if name += "-at-" + v.Account(); !taken[awsid.Fold(name)] {
			return name
		}
	}
}

// newServiceSecret makes a password of 60 characters, of 352 random bits, and
// keeps it sealed in k.
func (s *Service) newServiceSecret(c *api.Call, v *account.View, k *account.ServiceCredential) (password string, err error) {
	var b [44]byte
	if _, err := io.ReadFull(c.Rand, b[:]); err != nil {
		return "", fmt.Errorf("iam: reading randomness: %w", err)
	}
	password = base64.StdEncoding.EncodeToString(b[:])
	if k.Secret, err = s.Secrets.Seal(serviceCredentialLabel(v.Account(), k.ID), []byte(password)); err != nil {
		return "", fmt.Errorf("iam: sealing a service-specific credential: %w", err)
	}
	return password, nil
}

// withSecret is a credential as it is shown when its secret is new. An API key
// is the service's prefix and the base64 of ALIAS:PASSWORD.
func withSecret(c *api.Call, u *account.User, k *account.ServiceCredential, password string) *iamshape.ServiceSpecificCredential {
	m := credentialMetadata(c, u, k)
	out := &iamshape.ServiceSpecificCredential{
		CreateDate: m.CreateDate, ExpirationDate: m.ExpirationDate, ServiceName: m.ServiceName, ServiceUserName: m.ServiceUserName,
		ServiceCredentialAlias: m.ServiceCredentialAlias, ServiceSpecificCredentialId: m.ServiceSpecificCredentialId,
		UserName: m.UserName, Status: m.Status,
	}
	if k.Alias == "" {
		out.ServicePassword = &password
	} else {
		out.ServiceCredentialSecret = shape.Ptr(credentialServices[k.Service] + base64.StdEncoding.EncodeToString([]byte(k.Alias+":"+password)))
	}
	return out
}

func credentialMetadata(c *api.Call, u *account.User, k *account.ServiceCredential) iamshape.ServiceSpecificCredentialMetadata {
	m := iamshape.ServiceSpecificCredentialMetadata{
		CreateDate: &k.Created, ServiceName: &k.Service, ServiceSpecificCredentialId: &k.ID, Status: &k.Status, UserName: &u.Name,
	}
	if !k.Expires.IsZero() {
		m.ExpirationDate = &k.Expires
		if !c.Now.Before(k.Expires) {
			m.Status = shape.Ptr(statusExpired)
		}
	}
	if k.Alias != "" {
		m.ServiceCredentialAlias = &k.Alias
	} else {
		m.ServiceUserName = &k.UserName
	}
	return m
}

// listServiceCredentials lists by user, and for each the oldest first. An empty
// ServiceName is none (observed).
func (s *Service) listServiceCredentials(c *api.Call, v *account.View, in *iamshape.ListServiceSpecificCredentialsInput) (*iamshape.ListServiceSpecificCredentialsOutput, error) {
	all, service := shape.Value(in.AllUsers), ""
	if all && in.UserName != nil {
		return nil, errAllAndOne
	}
	users, owner := v.Users(""), (*string)(nil)
	if !all {
		name, err := c.UserName(in.UserName)
		if err != nil {
			return nil, err
		}
		u, err := findUser(v, name)
		if err != nil {
			return nil, err
		}
		users, owner = slices.Values([]*account.User{u}), &u.ID
	}
	var err error
	if name := shape.Value(in.ServiceName); name != "" {
		if service, _, err = credentialService(name); err != nil {
			return nil, err
		}
	}
	p, err := s.page(c, v, in.Marker, in.MaxItems, owner, &service)
	if err != nil {
		return nil, err
	}
	out := &iamshape.ListServiceSpecificCredentialsOutput{ServiceSpecificCredentials: []iamshape.ServiceSpecificCredentialMetadata{}}
	for _, e := range take(p, ownedCredentials(users, service), ownedCredential.key) {
		out.ServiceSpecificCredentials = append(out.ServiceSpecificCredentials, credentialMetadata(c, e.user, e.credential))
	}
	out.IsTruncated, out.Marker = p.truncated(), p.marker()
	return out, nil
}

type ownedCredential struct {
	user       *account.User
	credential *account.ServiceCredential
}

func (e ownedCredential) key() string {
	return nameKey(e.user.Name) + "\x00" + ageKey(e.credential.Created, e.credential.ID)
}

// ownedCredentials yields the credentials of users, of one service or of all
// ("").
func ownedCredentials(users iter.Seq[*account.User], service string) iter.Seq[ownedCredential] {
	return func(yield func(ownedCredential) bool) {
		for u := range users {
			var own []ownedCredential
			for i := range u.ServiceCredentials {
				if k := &u.ServiceCredentials[i]; service == "" || k.Service == service {
					own = append(own, ownedCredential{u, k})
				}
			}
			for _, e := range sortedBy(own, ownedCredential.key) {
				if !yield(e) {
					return
				}
			}
		}
	}
}

// updateServiceCredential sets Active or Inactive; Expired comes with time and
// is shown over both.
func updateServiceCredential(c *api.Call, tx *account.Tx, in *iamshape.UpdateServiceSpecificCredentialInput) error {
	u, i, err := findServiceCredential(c, tx.View(), in.UserName, in.ServiceSpecificCredentialId)
	if err != nil {
		return err
	}
	if in.Status != account.Active && in.Status != account.Inactive {
		return errStatusExpired
	}
	u = u.Clone()
	u.ServiceCredentials[i].Status = in.Status
	tx.PutUser(u)
	return nil
}

// resetServiceCredential makes a new secret; everything else stays, the end of
// the credential's time too.
func (s *Service) resetServiceCredential(c *api.Call, tx *account.Tx, in *iamshape.ResetServiceSpecificCredentialInput) (*iamshape.ResetServiceSpecificCredentialOutput, error) {
	u, i, err := findServiceCredential(c, tx.View(), in.UserName, in.ServiceSpecificCredentialId)
	if err != nil {
		return nil, err
	}
	u = u.Clone()
	k := &u.ServiceCredentials[i]
	password, err := s.newServiceSecret(c, tx.View(), k)
	if err != nil {
		return nil, err
	}
	tx.PutUser(u)
	return &iamshape.ResetServiceSpecificCredentialOutput{ServiceSpecificCredential: withSecret(c, u, k, password)}, nil
}

func deleteServiceCredential(c *api.Call, tx *account.Tx, in *iamshape.DeleteServiceSpecificCredentialInput) error {
	u, i, err := findServiceCredential(c, tx.View(), in.UserName, in.ServiceSpecificCredentialId)
	if err != nil {
		return err
	}
	u = u.Clone()
	u.ServiceCredentials = slices.Delete(u.ServiceCredentials, i, i+1)
	tx.PutUser(u)
	return nil
}
