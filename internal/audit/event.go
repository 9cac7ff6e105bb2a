package audit

import (
	"encoding/json"
	"time"
)

// EventVersion is the version of the record format written (AWS CloudTrail
// User Guide, "CloudTrail record contents for management, data, and network
// activity events").
const EventVersion = "1.11"

// Values of Event.EventType.
const (
	AwsAPICall       = "AwsApiCall"
	AwsServiceEvent  = "AwsServiceEvent"
	AwsConsoleAction = "AwsConsoleAction"
	AwsConsoleSignIn = "AwsConsoleSignIn"
)

// An Event is one record of CloudTrail; the JSON members have its names and
// order. Zero values of EventVersion, EventType and EventCategory are filled
// in by Encode. Raw JSON members are null when nil.
type Event struct {
	EventVersion        string          `json:"eventVersion"`
	UserIdentity        *UserIdentity   `json:"userIdentity"`
	EventTime           Time            `json:"eventTime"`
	EventSource         string          `json:"eventSource"` // "iam.amazonaws.com"
	EventName           string          `json:"eventName"`   // the API's name
	AWSRegion           string          `json:"awsRegion"`
	SourceIPAddress     string          `json:"sourceIPAddress"`
	UserAgent           string          `json:"userAgent,omitempty"`    // at most 1 KB
	ErrorCode           string          `json:"errorCode,omitempty"`    // of a call that failed
	ErrorMessage        string          `json:"errorMessage,omitempty"` // at most 1 KB
	RequestParameters   json.RawMessage `json:"requestParameters"`      // redacted; at most 100 KB
	ResponseElements    json.RawMessage `json:"responseElements"`       // null for reads
	AdditionalEventData json.RawMessage `json:"additionalEventData,omitempty"`
	RequestID           string          `json:"requestID,omitempty"`
	EventID             string          `json:"eventID"` // a UUID; unique for ever
	ReadOnly            bool            `json:"readOnly"`
	Resources           []Resource      `json:"resources,omitempty"`
	EventType           string          `json:"eventType"`
	APIVersion          string          `json:"apiVersion,omitempty"`
	ManagementEvent     bool            `json:"managementEvent"`
	RecipientAccountID  string          `json:"recipientAccountId,omitempty"` // whose log; empty: nobody's
	SharedEventID       string          `json:"sharedEventID,omitempty"`      // links the two events of a cross-account call
	VPCEndpointID       string          `json:"vpcEndpointId,omitempty"`
	EventCategory       string          `json:"eventCategory"`
	TLSDetails          *TLSDetails     `json:"tlsDetails,omitempty"`

	SessionCredentialFromConsole string `json:"sessionCredentialFromConsole,omitempty"` // "true" or nothing
}

// UserIdentity says who called. Type is one of Root, IAMUser, AssumedRole,
// Role, FederatedUser, SAMLUser, WebIdentityUser, AWSService, AWSAccount,
// IdentityCenterUser, Directory, Unknown.
type UserIdentity struct {
	Type             string          `json:"type"`
	PrincipalID      string          `json:"principalId,omitempty"`
	ARN              string          `json:"arn,omitempty"`
	AccountID        string          `json:"accountId,omitempty"`
	AccessKeyID      string          `json:"accessKeyId,omitempty"`
	UserName         string          `json:"userName,omitempty"`
	SessionContext   *SessionContext `json:"sessionContext,omitempty"`
	InvokedBy        string          `json:"invokedBy,omitempty"`
	IdentityProvider string          `json:"identityProvider,omitempty"`
	CredentialID     string          `json:"credentialId,omitempty"`
	OnBehalfOf       *OnBehalfOf     `json:"onBehalfOf,omitempty"`

	InvokedByDelegate *Delegate `json:"invokedByDelegate,omitempty"`
}

// SessionContext describes the temporary credentials of the caller.
type SessionContext struct {
	SessionIssuer       *SessionIssuer     `json:"sessionIssuer,omitempty"`
	WebIDFederationData *WebIDFederation   `json:"webIdFederationData,omitempty"`
	Attributes          *SessionAttributes `json:"attributes,omitempty"`
	SourceIdentity      string             `json:"sourceIdentity,omitempty"`
	EC2RoleDelivery     string             `json:"ec2RoleDelivery,omitempty"` // "1.0" or "2.0"
	AssumedRoot         string             `json:"assumedRoot,omitempty"`     // "true" or nothing
}

// SessionIssuer is the role, user or root that the credentials come from.
type SessionIssuer struct {
	Type        string `json:"type"` // Role, IAMUser or Root
	PrincipalID string `json:"principalId,omitempty"`
	ARN         string `json:"arn,omitempty"`
	AccountID   string `json:"accountId,omitempty"`
	UserName    string `json:"userName,omitempty"`
}

// SessionAttributes are strings in CloudTrail, the boolean too.
type SessionAttributes struct {
	CreationDate     Time   `json:"creationDate"`
	MFAAuthenticated string `json:"mfaAuthenticated"` // "true" or "false"
}

// WebIDFederation names the provider of a web identity session.
type WebIDFederation struct {
	FederatedProvider string            `json:"federatedProvider,omitempty"`
	Attributes        map[string]string `json:"attributes,omitempty"`
}

// A Delegate is the account that acts in a session that was delegated to it.
type Delegate struct {
	AccountID string `json:"accountId"`
}

// OnBehalfOf names the person of a session of an identity store.
type OnBehalfOf struct {
	UserID           string `json:"userId"`
	IdentityStoreARN string `json:"identityStoreArn"`
}

// A Resource is one that the call touched. Type is CloudFormation's, such as
// "AWS::IAM::Role".
type Resource struct {
	ARN       string `json:"ARN"`
	AccountID string `json:"accountId,omitempty"`
	Type      string `json:"type,omitempty"`
}

// TLSDetails describe the connection; nil without TLS.
type TLSDetails struct {
	TLSVersion               string `json:"tlsVersion,omitempty"`  // "TLSv1.3"
	CipherSuite              string `json:"cipherSuite,omitempty"` // "TLS_AES_128_GCM_SHA256"
	ClientProvidedHostHeader string `json:"clientProvidedHostHeader,omitempty"`
	KeyExchange              string `json:"keyExchange,omitempty"`
}

// Time is an instant in CloudTrail's form: UTC, whole seconds.
type Time struct{ time.Time }

// At cuts t to a Time.
func At(t time.Time) Time { return Time{t.UTC().Truncate(time.Second)} }

// MarshalJSON writes the form 2006-01-02T15:04:05Z.
func (t Time) MarshalJSON() ([]byte, error) {
	return t.UTC().AppendFormat(make([]byte, 0, 22), `"2006-01-02T15:04:05Z"`), nil
}
