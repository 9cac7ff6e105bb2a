package saml

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/beevik/etree"

	"github.com/aratame/aratame/internal/awserr"
)

// Attributes are those that AWS gives a meaning (IAM User Guide, "Configure
// SAML assertions for the authentication response").
type Attributes struct {
	// Roles are the pairs of a role's and a provider's ARN.
	Roles           []RolePair
	RoleSessionName string
	// SessionDuration is in seconds, 900 to 43,200; 0 if there is none.
	SessionDuration int
	SourceIdentity  string
	// Tags are in the order of the assertion. Neither their keys and values nor
	// TransitiveTagKeys are checked here.
	Tags              []Tag
	TransitiveTagKeys []string
	// Keys are condition keys of the trust policy, under lower-case names such
	// as "saml:edupersonaffiliation"; those that AWS defines with one value have
	// one.
	Keys map[string][]string
}

// A RolePair says that the user may ask for the role through the provider.
type RolePair struct{ Role, Provider string }

// A Tag is a session tag.
type Tag struct{ Key, Value string }

// Allows reports whether the assertion has the pair.
func (a *Attributes) Allows(role, provider string) bool {
	for _, p := range a.Roles {
		if p.Role == role && p.Provider == provider {
			return true
		}
	}
	return false
}

const attributePrefix = "https://aws.amazon.com/SAML/Attributes/"

var (
	errNoName     = awserr.New("InvalidIdentityToken", "RoleSessionName is required in AuthnResponse")
	errName       = awserr.New("InvalidIdentityToken", "RoleSessionName in AuthnResponse must match [a-zA-Z_0-9+=,.@-]{2,64}")
	errNames      = awserr.New("InvalidIdentityToken", "RoleSessionName in AuthnResponse must have exactly one value")
	errSource     = awserr.New("InvalidIdentityToken", `Source Identity must match [a-zA-Z_0-9+=,.@-]{2,64} and not begin with "aws:"`)
	errDuration   = awserr.New("InvalidIdentityToken", "SessionDuration in AuthnResponse must be one number of seconds from 900 to 43200")
	errTag        = awserr.New("InvalidIdentityToken", "A PrincipalTag attribute in AuthnResponse must have exactly one value")
	errAttributes = awserr.New("InvalidIdentityToken", "The attributes of the assertion can not be read.")
)

var sessionName = regexp.MustCompile(`^[a-zA-Z_0-9+=,.@-]{2,64}$`)

// A named attribute has all values of the attributes of its name.
type named struct {
	name   string
	values []string
}

func attributeValues(el *etree.Element) ([]named, error) {
	var all []named
	at := map[string]int{}
	for _, statement := range children(el, nsAssertion, "AttributeStatement") {
		for _, a := range children(statement, nsAssertion, "Attribute") {
			name, _ := attribute(a, "Name")
			i, ok := at[name]
			if !ok {
				i = len(all)
				at[name], all = i, append(all, named{name: name})
			}
			for _, v := range children(a, nsAssertion, "AttributeValue") {
				if len(v.ChildElements()) > 0 {
					continue // such as the NameID of eduPersonTargetedID: no text
				}
				value, err := text(v)
				if err != nil {
					return nil, errAttributes
				}
				all[i].values = append(all[i].values, value)
			}
		}
	}
	return all, nil
}

// read understands the attributes; those of other names don't matter.
func (a *Attributes) read(all []named) error {
	a.Keys = map[string][]string{}
	for _, n := range all {
		name, ok := strings.CutPrefix(n.name, attributePrefix)
		if !ok {
			a.key(n)
			continue
		}
		if err := a.set(name, n.values); err != nil {
			return err
		}
	}
	if a.RoleSessionName == "" {
		return errNoName
	}
	return nil
}

func (a *Attributes) set(name string, values []string) error {
	tag, isTag := strings.CutPrefix(name, "PrincipalTag:")
	switch {
	case isTag:
		if len(values) != 1 {
			return errTag
		}
		a.Tags = append(a.Tags, Tag{tag, values[0]})
	case name == "Role":
		for _, v := range values {
			if p, ok := rolePair(v); ok {
				a.Roles = append(a.Roles, p)
			}
		}
	case name == "RoleSessionName":
		switch {
		case len(values) == 0:
			return errNoName
		case len(values) > 1:
			return errNames
		case !sessionName.MatchString(values[0]):
			return errName
		}
		a.RoleSessionName = values[0]
	case name == "SourceIdentity":
		if len(values) != 1 || !sessionName.MatchString(values[0]) {
			return errSource // a colon, as in "aws:", doesn't match either
		}
		a.SourceIdentity = values[0]
	case name == "SessionDuration":
		if len(values) != 1 {
			return errDuration
		}
		n, err := strconv.Atoi(values[0])
		if err != nil || n < 900 || n > 43200 {
			return errDuration
		}
		a.SessionDuration = n
	case name == "TransitiveTagKeys":
		a.TransitiveTagKeys = values
	}
	return nil
}

// rolePair reads the two ARNs in either order.
func rolePair(value string) (RolePair, bool) {
	first, second, ok := strings.Cut(value, ",")
	first, second = strings.TrimSpace(first), strings.TrimSpace(second)
	if !ok || strings.Contains(second, ",") {
		return RolePair{}, false
	}
	if strings.Contains(first, ":saml-provider/") {
		first, second = second, first
	}
	if !strings.Contains(first, ":role/") || !strings.Contains(second, ":saml-provider/") {
		return RolePair{}, false
	}
	return RolePair{first, second}, true
}

// key sets the condition key of an attribute. A key has one claim: the first
// that stands in the assertion is taken. A key of one value takes the first.
func (a *Attributes) key(n named) {
	k, ok := attributeKeys[n.name]
	if !ok || len(n.values) == 0 {
		return
	}
	if _, taken := a.Keys[k.key]; taken {
		return
	}
	if !k.many {
		n.values = n.values[:1]
	}
	a.Keys[k.key] = n.values
}

type attributeKey struct {
	key  string
	many bool
}

// attributeKeys maps names of attributes to condition keys. The guide writes
// some object identifiers with a dot missing or two figures swapped; the right
// spelling is taken too, with and without "urn:oid:".
var attributeKeys = func() map[string]attributeKey {
	keys := map[string]attributeKey{
		"http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name":              {"saml:name", true},
		"http://schemas.xmlsoap.org/claims/CommonName":                            {"saml:commonname", true},
		"http://schemas.xmlsoap.org/ws/2005/05/identity/claims/givenname":         {"saml:givenname", true},
		"http://schemas.xmlsoap.org/ws/2005/05/identity/claims/surname":           {"saml:surname", true},
		"http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress":      {"saml:mail", true},
		"http://schemas.microsoft.com/ws/2008/06/identity/claims/primarygroupsid": {"saml:primarygroupsid", true},
	}
	for oid, k := range map[string]attributeKey{
		"1.3.6.1.4.1.5923.1.1.1.1":   {"saml:edupersonaffiliation", true},
		"1.3.6.1.4.1.5923.1.1.1.2":   {"saml:edupersonnickname", true},
		"1.3.6.1.4.1.5923.1.1.1.3":   {"saml:edupersonorgdn", false},
		"1.3.6.1.4.1.5923.1.1.1.4":   {"saml:edupersonorgunitdn", true},
		"1.3.6.1.4.1.5923.1.1.1.5":   {"saml:edupersonprimaryaffiliation", false},
		"1.3.6.1.4.1.5923.1.1.1.6":   {"saml:edupersonprincipalname", false},
		"1.3.6.1.4.1.5923.1.1.1.7":   {"saml:edupersonentitlement", true},
		"1.3.6.1.4.1.5923.1.1.1.8":   {"saml:edupersonprimaryorgunitdn", false},
		"1.3.6.1.4.1.5923.1.1.1.9":   {"saml:edupersonscopedaffiliation", true},
		"1.3.6.1.4.1.5923.1.1.1.10":  {"saml:edupersontargetedid", true},
		"1.3.6.1.4.1.5923.1.1.1.11":  {"saml:edupersonassurance", true},
		"1.3.6.1.4.1.5923.1.2.1.2":   {"saml:eduorghomepageuri", true},
		"1.3.6.1.4.1.5923.1.2.1.3":   {"saml:eduorgidentityauthnpolicyuri", true},
		"1.3.6.1.4.1.5923.1.2.1.4":   {"saml:eduorglegalname", true},
		"1.3.6.1.4.1.5923.1.2.1.5":   {"saml:eduorgsuperioruri", true},
		"1.3.6.1.4.1.5923.1.2.1.6":   {"saml:eduorgwhitepagesuri", true},
		"2.5.4.3":                    {"saml:cn", true},
		"2.5.4.4":                    {"saml:surname", true},
		"2.5.4.42":                   {"saml:givenname", true},
		"2.4.5.42":                   {"saml:givenname", true},
		"2.5.4.45":                   {"saml:x500uniqueidentifier", true},
		"0.9.2342.19200300.100.1.1":  {"saml:uid", true},
		"0.9.2342.19200300100.1.1":   {"saml:uid", true},
		"0.9.2342.19200300.100.1.3":  {"saml:mail", true},
		"0.9.2342.19200300100.1.3":   {"saml:mail", true},
		"0.9.2342.19200300.100.1.45": {"saml:organizationstatus", true},
	} {
		keys["urn:oid:"+oid], keys[oid] = k, k
	}
	// The guide has two keys for one identifier: by its scheme and without.
	keys["2.5.4.3"] = attributeKey{"saml:commonname", true}
	return keys
}()
