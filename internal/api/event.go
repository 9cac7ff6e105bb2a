package api

import (
	"crypto/tls"
	"encoding/json"
	"maps"

	"github.com/aratame/aratame/internal/audit"
	"github.com/aratame/aratame/internal/awserr"
	"github.com/aratame/aratame/internal/awsid"
	"github.com/aratame/aratame/internal/session"
	"github.com/aratame/aratame/internal/wire"
	"github.com/aratame/aratame/policy"
)

// event makes the audit event of a call: of its answer, or of the error it came
// to. Sensitive members are redacted by the contract's tables before anything
// else sees them.
func (g *Gate) event(c *Call, out any, failure *awserr.Error) (*audit.Event, error) {
	e := &audit.Event{
		UserIdentity: identity(c), EventTime: audit.At(c.Now), AWSRegion: servingRegion(c),
		SourceIPAddress: sourceAddress(c), UserAgent: c.UserAgent,
		RequestID: c.ID, EventID: awsid.NewRequestID(c.Rand), ReadOnly: c.readOnly, ManagementEvent: true,
		RecipientAccountID: c.recipient(), TLSDetails: tlsDetails(c),
	}
	if c.Shape == nil { // refused before the operation was known
		e.EventSource, e.EventName = "signin.amazonaws.com", "Unknown"
		if c.Service != "" {
			e.EventSource = c.Service + ".amazonaws.com"
		}
	} else {
		e.EventSource, e.EventName, e.APIVersion = c.Shape.Service+".amazonaws.com", c.Shape.Name, c.Shape.APIVersion
	}
	var err error
	if c.input != nil {
		if e.RequestParameters, err = wire.AuditJSON(c.Shape, c.input); err != nil {
			return nil, err
		}
		if e.RequestParameters, err = withClaimed(e.RequestParameters, c.Claimed); err != nil {
			return nil, err
		}
	}
	if failure != nil {
		e.ErrorCode, e.ErrorMessage = failure.Code, failure.Message
	} else if out != nil && (!c.readOnly || c.Shape.Service == "sts" && c.Shape.Name != "GetCallerIdentity") {
		if e.ResponseElements, err = wire.AuditResponseJSON(c.Shape, out); err != nil {
			return nil, err
		}
	}
	if c.Extra != nil {
		if e.AdditionalEventData, err = json.Marshal(c.Extra); err != nil {
			return nil, err
		}
	}
	for _, arn := range c.Resources {
		r := audit.Resource{ARN: arn}
		if a, err := awsid.ParseARN(arn); err == nil {
			r.AccountID = a.Account
			if kind, _, _, ok := awsid.SplitPath(a.Resource); ok {
				r.Type = resourceTypes[kind]
			}
		}
		e.Resources = append(e.Resources, r)
	}
	return e, nil
}

// withClaimed adds members to a JSON object; those it has stay.
func withClaimed(parameters json.RawMessage, claimed map[string]any) (json.RawMessage, error) {
	if len(claimed) == 0 {
		return parameters, nil
	}
	all := maps.Clone(claimed)
	if err := json.Unmarshal(parameters, &all); err != nil {
		return nil, err
	}
	return json.Marshal(all)
}

var resourceTypes = map[string]string{
	"user": "AWS::IAM::User", "group": "AWS::IAM::Group", "role": "AWS::IAM::Role",
	"policy": "AWS::IAM::ManagedPolicy", "instance-profile": "AWS::IAM::InstanceProfile",
	"saml-provider": "AWS::IAM::SAMLProvider",
}

func sourceAddress(c *Call) string {
	if !c.SourceIP.IsValid() {
		return ""
	}
	return c.SourceIP.String()
}

func tlsDetails(c *Call) *audit.TLSDetails {
	if c.TLS == nil {
		return nil
	}
	version := "TLSv1.3"
	if c.TLS.Version == tls.VersionTLS12 {
		version = "TLSv1.2"
	}
	return &audit.TLSDetails{TLSVersion: version, CipherSuite: tls.CipherSuiteName(c.TLS.CipherSuite), ClientProvidedHostHeader: c.Host}
}

// identity is CloudTrail's userIdentity of the caller.
func identity(c *Call) *audit.UserIdentity {
	p := &c.Caller.Principal
	id := &audit.UserIdentity{PrincipalID: c.Caller.UserID(), ARN: p.ARN, AccountID: p.Account, AccessKeyID: c.Caller.KeyID}
	switch p.Kind {
	case policy.Root:
		id.Type = "Root"
		id.UserName = c.Caller.View.Settings().Alias
	case policy.User:
		id.Type, id.UserName = "IAMUser", c.Caller.User.Name
	case policy.AssumedRole:
		id.Type = "AssumedRole"
	case policy.FederatedUser:
		id.Type = "FederatedUser"
	case policy.WebIdentity, policy.SAML:
		if c.Caller.Federated == nil {
			return &audit.UserIdentity{Type: "Unknown"}
		}
		id.Type = "WebIdentityUser"
		if p.Kind == policy.SAML {
			id.Type = "SAMLUser"
		}
		id.ARN, id.UserName, id.IdentityProvider = "", c.Caller.Federated.UserName, c.Caller.Federated.Provider
		return id
	default:
		return &audit.UserIdentity{Type: "Unknown"}
	}
	if s := c.Caller.Session; s != nil {
		if s.Delegate != "" {
			id.InvokedByDelegate = &audit.Delegate{AccountID: s.Delegate}
		}
		id.SessionContext = &audit.SessionContext{
			Attributes:     &audit.SessionAttributes{CreationDate: audit.At(s.Issued), MFAAuthenticated: boolean(s.MFA())},
			SourceIdentity: s.SourceIdentity, SessionIssuer: issuer(c, s),
		}
		if s.Kind == session.AssumedRoot {
			id.SessionContext.AssumedRoot = "true"
		}
		if s.FederatedProvider != "" {
			id.SessionContext.WebIDFederationData = &audit.WebIDFederation{FederatedProvider: s.FederatedProvider}
		}
	}
	return id
}

// issuer says where temporary credentials come from. A GetSessionToken session
// is its user's own and has none.
func issuer(c *Call, s *session.Session) *audit.SessionIssuer {
	switch {
	case s.Kind == session.AssumedRole:
		return &audit.SessionIssuer{Type: "Role", PrincipalID: s.RoleID, ARN: c.Caller.Principal.RoleARN,
			AccountID: s.Account, UserName: c.Caller.Role.Name}
	case s.Kind == session.FederatedUser && c.Caller.User != nil:
		return &audit.SessionIssuer{Type: "IAMUser", PrincipalID: s.UserID, ARN: c.Caller.Principal.UserARN,
			AccountID: s.Account, UserName: c.Caller.User.Name}
	case s.Kind == session.FederatedUser:
		return &audit.SessionIssuer{Type: "Root", PrincipalID: s.Account, ARN: c.Caller.Principal.UserARN, AccountID: s.Account}
	}
	return nil
}
