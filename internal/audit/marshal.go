package audit

import (
	"bytes"
	"encoding/json"
	"unicode/utf8"
)

// marshal gives what encoding/json gives of an event, without the escapes for
// HTML: the files are read by people and tools. It is written out because an
// event is made for every call, and reflection was a tenth of a short call's
// time; a test holds it to encoding/json.
func marshal(e *Event) ([]byte, error) {
	w := writer{b: make([]byte, 0, 1024)}
	w.open()
	w.text("eventVersion", e.EventVersion)
	w.name("userIdentity")
	w.identity(e.UserIdentity)
	w.time("eventTime", e.EventTime)
	w.text("eventSource", e.EventSource)
	w.text("eventName", e.EventName)
	w.text("awsRegion", e.AWSRegion)
	w.text("sourceIPAddress", e.SourceIPAddress)
	w.some("userAgent", e.UserAgent)
	w.some("errorCode", e.ErrorCode)
	w.some("errorMessage", e.ErrorMessage)
	w.raw("requestParameters", e.RequestParameters)
	w.raw("responseElements", e.ResponseElements)
	if len(e.AdditionalEventData) > 0 {
		w.raw("additionalEventData", e.AdditionalEventData)
	}
	w.some("requestID", e.RequestID)
	w.text("eventID", e.EventID)
	w.bool("readOnly", e.ReadOnly)
	if len(e.Resources) > 0 {
		w.name("resources")
		w.b = append(w.b, '[')
		for i := range e.Resources {
			if i > 0 {
				w.b = append(w.b, ',')
			}
			w.open()
			w.text("ARN", e.Resources[i].ARN)
			w.some("accountId", e.Resources[i].AccountID)
			w.some("type", e.Resources[i].Type)
			w.close()
		}
		w.b = append(w.b, ']')
	}
	w.text("eventType", e.EventType)
	w.some("apiVersion", e.APIVersion)
	w.bool("managementEvent", e.ManagementEvent)
	w.some("recipientAccountId", e.RecipientAccountID)
	w.some("sharedEventID", e.SharedEventID)
	w.some("vpcEndpointId", e.VPCEndpointID)
	w.text("eventCategory", e.EventCategory)
	if d := e.TLSDetails; d != nil {
		w.name("tlsDetails")
		w.open()
		w.some("tlsVersion", d.TLSVersion)
		w.some("cipherSuite", d.CipherSuite)
		w.some("clientProvidedHostHeader", d.ClientProvidedHostHeader)
		w.some("keyExchange", d.KeyExchange)
		w.close()
	}
	w.some("sessionCredentialFromConsole", e.SessionCredentialFromConsole)
	w.close()
	return w.b, w.err
}

func (w *writer) identity(u *UserIdentity) {
	w.open()
	w.text("type", u.Type)
	w.some("principalId", u.PrincipalID)
	w.some("arn", u.ARN)
	w.some("accountId", u.AccountID)
	w.some("accessKeyId", u.AccessKeyID)
	w.some("userName", u.UserName)
	if s := u.SessionContext; s != nil {
		w.name("sessionContext")
		w.session(s)
	}
	w.some("invokedBy", u.InvokedBy)
	w.some("identityProvider", u.IdentityProvider)
	w.some("credentialId", u.CredentialID)
	if o := u.OnBehalfOf; o != nil {
		w.name("onBehalfOf")
		w.open()
		w.text("userId", o.UserID)
		w.text("identityStoreArn", o.IdentityStoreARN)
		w.close()
	}
	if d := u.InvokedByDelegate; d != nil {
		w.name("invokedByDelegate")
		w.open()
		w.text("accountId", d.AccountID)
		w.close()
	}
	w.close()
}

func (w *writer) session(s *SessionContext) {
	w.open()
	if i := s.SessionIssuer; i != nil {
		w.name("sessionIssuer")
		w.open()
		w.text("type", i.Type)
		w.some("principalId", i.PrincipalID)
		w.some("arn", i.ARN)
		w.some("accountId", i.AccountID)
		w.some("userName", i.UserName)
		w.close()
	}
	if f := s.WebIDFederationData; f != nil {
		w.name("webIdFederationData")
		w.any(f)
	}
	if a := s.Attributes; a != nil {
		w.name("attributes")
		w.open()
		w.time("creationDate", a.CreationDate)
		w.text("mfaAuthenticated", a.MFAAuthenticated)
		w.close()
	}
	w.some("sourceIdentity", s.SourceIdentity)
	w.some("ec2RoleDelivery", s.EC2RoleDelivery)
	w.some("assumedRoot", s.AssumedRoot)
	w.close()
}

// A writer appends JSON. Its first error stays.
type writer struct {
	b   []byte
	err error
}

func (w *writer) open()  { w.b = append(w.b, '{') }
func (w *writer) close() { w.b = append(w.b, '}') }

// name writes the name of a member, which needs no escape.
func (w *writer) name(name string) {
	if w.b[len(w.b)-1] != '{' {
		w.b = append(w.b, ',')
	}
	w.b = append(w.b, '"')
	w.b = append(w.b, name...)
	w.b = append(w.b, '"', ':')
}

// some writes a member that is left out when it is empty.
func (w *writer) some(name, value string) {
	if value != "" {
		w.text(name, value)
	}
}

func (w *writer) text(name, value string) {
	w.name(name)
	for i := 0; i < len(value); i++ {
		if c := value[i]; c < ' ' || c == '"' || c == '\\' || c >= utf8.RuneSelf {
			w.any(value)
			return
		}
	}
	w.b = append(w.b, '"')
	w.b = append(w.b, value...)
	w.b = append(w.b, '"')
}

func (w *writer) bool(name string, value bool) {
	w.name(name)
	if value {
		w.b = append(w.b, "true"...)
	} else {
		w.b = append(w.b, "false"...)
	}
}

func (w *writer) time(name string, t Time) {
	w.name(name)
	w.b = t.UTC().AppendFormat(w.b, `"2006-01-02T15:04:05Z"`)
}

// raw writes JSON that was made elsewhere, on one line, or null.
func (w *writer) raw(name string, value json.RawMessage) {
	w.name(name)
	if value == nil {
		w.b = append(w.b, "null"...)
		return
	}
	b := bytes.NewBuffer(w.b)
	w.fail(json.Compact(b, value)) // checks it too
	w.b = b.Bytes()
}

// any writes what is rare as encoding/json does.
func (w *writer) any(v any) {
	b := bytes.NewBuffer(w.b)
	enc := json.NewEncoder(b)
	enc.SetEscapeHTML(false)
	w.fail(enc.Encode(v))
	w.b = bytes.TrimSuffix(b.Bytes(), []byte{'\n'})
}

func (w *writer) fail(err error) {
	if w.err == nil {
		w.err = err
	}
}
