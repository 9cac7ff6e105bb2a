package audit

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"unicode/utf8"
)

// Size limits of CloudTrail's record contents, in bytes.
const (
	maxText       = 1 << 10   // userAgent, errorMessage and other texts from outside
	maxParameters = 100 << 10 // requestParameters, responseElements
	maxAdditional = 28 << 10  // additionalEventData
	// MaxEvent is the greatest length of an encoded event: CloudTrail's, and
	// what an outbox entry of the store may hold.
	MaxEvent = 256 << 10
)

// Encode gives the JSON of an event, without a line feed. It fills in
// EventVersion, EventType and EventCategory and holds the event to CloudTrail's
// limits: texts are cut to 1 KB; {"omitted":true,"originalSize":N,"reason":…}
// takes the place of requestParameters or responseElements over 100 KB and of
// additionalEventData over 28 KB; an event still over 256 KB loses its resources
// and response. The event itself isn't changed.
//
// An event without id, name, time or identity, or with raw members that are no
// JSON, is an error: it comes from a defect.
func Encode(e *Event) ([]byte, error) {
	if e.EventID == "" || e.EventName == "" || e.EventTime.IsZero() || e.UserIdentity == nil {
		return nil, errors.New("audit: event without id, name, time or identity")
	}
	c, id := *e, *e.UserIdentity
	c.UserIdentity = &id
	setDefault(&c.EventVersion, EventVersion)
	setDefault(&c.EventType, AwsAPICall)
	setDefault(&c.EventCategory, "Management")
	// Callers choose these; whatever else is in an event is the server's own.
	for _, s := range []*string{
		&c.UserAgent, &c.ErrorMessage, &c.EventSource, &c.EventName, &c.AWSRegion, &c.SourceIPAddress,
		&c.APIVersion, &id.AccessKeyID, &id.UserName, &id.PrincipalID, &id.ARN,
	} {
		*s = cut(*s)
	}
	if c.TLSDetails != nil {
		d := *c.TLSDetails
		d.ClientProvidedHostHeader = cut(d.ClientProvidedHostHeader)
		c.TLSDetails = &d
	}
	c.RequestParameters = limit(c.RequestParameters, maxParameters, "requestParameters too large")
	c.ResponseElements = limit(c.ResponseElements, maxParameters, "responseElements too large")
	c.AdditionalEventData = limit(c.AdditionalEventData, maxAdditional, "additionalEventData too large")
	line, err := marshal(&c)
	if err == nil && len(line) > MaxEvent {
		c.Resources = nil
		c.ResponseElements = limit(c.ResponseElements, 0, "event too large")
		line, err = marshal(&c)
	}
	if err != nil {
		return nil, fmt.Errorf("audit: event %s: %w", e.EventID, err)
	}
	if len(line) > MaxEvent {
		return nil, fmt.Errorf("audit: event %s of %d bytes, at most %d", e.EventID, len(line), MaxEvent)
	}
	return line, nil
}

func setDefault(s *string, v string) {
	if *s == "" {
		*s = v
	}
}

// cut shortens s to maxText bytes, at a character's border.
func cut(s string) string {
	if len(s) <= maxText {
		return s
	}
	n := maxText
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

func limit(raw json.RawMessage, most int, reason string) json.RawMessage {
	if len(raw) == 0 {
		return nil
	}
	if len(raw) <= most {
		return raw
	}
	return json.RawMessage(`{"omitted":true,"originalSize":` + strconv.Itoa(len(raw)) + `,"reason":"` + reason + `"}`)
}

// place is what the log must know of an encoded event.
type place struct {
	EventID            string `json:"eventID"`
	EventTime          Time   `json:"eventTime"`
	RecipientAccountID string `json:"recipientAccountId"`
}

// placeOf reads the place from an encoded event and refuses what could not be
// kept as one line.
func placeOf(data []byte) (place, error) {
	var p place
	if err := json.Unmarshal(data, &p); err != nil {
		return p, fmt.Errorf("audit: not an event: %w", err)
	}
	if p.EventID == "" || p.EventTime.IsZero() || bytes.IndexByte(data, '\n') >= 0 || len(data) > MaxEvent {
		return p, errors.New("audit: not an event")
	}
	return p, nil
}
