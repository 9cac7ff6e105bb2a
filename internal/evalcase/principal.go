package evalcase

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/aratame/aratame/internal/awsid"
	"github.com/aratame/aratame/policy"
)

// webProviders are the providers of web identities that go by a name instead
// of an ARN (AWS IAM User Guide, OIDC federation).
var webProviders = []string{"accounts.google.com", "www.amazon.com", "graph.facebook.com", "cognito-identity.amazonaws.com"}

// serviceDomains are the ends of service principals' names, over all
// partitions. A name of another domain isn't taken for a service: it could be
// that of a provider of identities, whom a "*" doesn't cover.
var serviceDomains = []string{".amazonaws.com", ".amazonaws.com.cn", ".amazonaws.eu", ".amazon.com", ".aws.internal", ".c2s.ic.gov", ".sc2s.sgov.gov"}

var errPrincipal = errors.New("principal: none of the documented forms")

// parsePrincipal makes the caller of its name. role and user are the members
// roleArn and userArn, "" when absent.
func parsePrincipal(name, role, user string) (*policy.Principal, error) {
	p, err := callerOf(name)
	if err != nil {
		return nil, err
	}
	if role != "" {
		if err := p.setRole(role); err != nil {
			return nil, err
		}
	}
	if user != "" {
		a, kind := entity(user)
		if p.Kind != policy.FederatedUser || kind != "user" || a.Account != p.Account || a.Partition != p.partition {
			return nil, errors.New("userArn: the ARN of the user behind a federated-user session is expected")
		}
		p.UserARN = user
	}
	p.ServiceLinked = p.Kind == policy.AssumedRole && strings.Contains(p.RoleARN, ":role/aws-service-role/")
	return &p.Principal, nil
}

// caller is a principal with what its name says besides.
type caller struct {
	policy.Principal
	partition string
	role      string // name of the role of a session
}

func callerOf(name string) (*caller, error) {
	switch {
	case name == "anonymous":
		return &caller{}, nil
	case awsid.ValidAccountID(name):
		return &caller{Principal: policy.Principal{Kind: policy.Root, ARN: awsid.Root(name), Account: name}, partition: awsid.Partition}, nil
	case slices.Contains(webProviders, name):
		return &caller{Principal: policy.Principal{Kind: policy.WebIdentity, ARN: name}}, nil
	case isService(name):
		return &caller{Principal: policy.Principal{Kind: policy.Service, ARN: name}}, nil
	}
	a, kind := entity(name)
	c := &caller{Principal: policy.Principal{ARN: name, Account: a.Account}, partition: a.Partition}
	switch kind {
	case "root":
		c.Kind = policy.Root
	case "user":
		c.Kind = policy.User
	case "role":
		c.Kind, c.RoleARN = policy.AssumedRole, name
	case "assumed-role":
		c.Kind = policy.AssumedRole
		_, rest, _ := strings.Cut(a.Resource, "/")
		c.role, c.SessionName, _ = strings.Cut(rest, "/")
		c.RoleARN = "arn:" + a.Partition + ":iam::" + a.Account + ":role/" + c.role
	case "federated-user":
		c.Kind = policy.FederatedUser
		_, c.SessionName, _ = strings.Cut(a.Resource, "/")
	case "saml-provider", "oidc-provider":
		c.Kind, c.Account = policy.SAML, ""
		if kind == "oidc-provider" {
			c.Kind = policy.WebIdentity
		}
	default:
		return nil, errPrincipal
	}
	return c, nil
}

// setRole puts in the role behind a session, whose path the session's ARN
// doesn't show.
func (c *caller) setRole(arn string) error {
	a, kind := entity(arn)
	switch {
	case c.Kind != policy.AssumedRole:
		return errors.New("roleArn: the principal isn't a session of a role")
	case kind != "role":
		return errors.New("roleArn: the ARN of a role is expected")
	case c.role == "" && arn != c.ARN,
		c.role != "" && (a.Account != c.Account || a.Partition != c.partition || arn[strings.LastIndexByte(arn, '/')+1:] != c.role):
		return fmt.Errorf("roleArn: %s isn't the role of the principal", arn)
	}
	c.RoleARN = arn
	return nil
}

// entity takes the ARN of a principal apart. The kind is "" if it isn't one.
func entity(s string) (a awsid.ARN, kind string) {
	a, err := awsid.ParseARN(s)
	if err != nil || a.Region != "" || !awsid.ValidAccountID(a.Account) || strings.ContainsAny(s, "*? ") {
		return awsid.ARN{}, ""
	}
	if a.Service == "iam" && a.Resource == "root" {
		return a, "root"
	}
	kind, rest, _ := strings.Cut(a.Resource, "/")
	if rest == "" || strings.HasPrefix(rest, "/") || strings.HasSuffix(rest, "/") {
		return a, ""
	}
	known := false
	switch a.Service {
	case "iam":
		known = slices.Contains([]string{"user", "role", "saml-provider", "oidc-provider"}, kind)
	case "sts":
		known = kind == "assumed-role" && strings.Count(rest, "/") == 1 || kind == "federated-user" && !strings.Contains(rest, "/")
	}
	if !known {
		return a, ""
	}
	return a, kind
}

func isService(name string) bool {
	return slices.ContainsFunc(serviceDomains, func(d string) bool { return strings.HasSuffix(name, d) }) &&
		name[0] != '.' && !strings.ContainsFunc(name, func(c rune) bool {
		return c != '.' && c != '-' && (c < 'a' || c > 'z') && (c < '0' || c > '9')
	})
}
