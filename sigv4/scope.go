package sigv4

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Skew is how far a request's time may lie from the server's, in either direction.
const Skew = 15 * time.Minute

// CheckTime reports whether the signature is valid at now; Parse has already asked for the time it was given. A
// header signature is valid within Skew of its date. A presigned one for an S3-like service is valid from its date
// (less Skew) until X-Amz-Expires later; every other service gives it Skew after its date whatever X-Amz-Expires
// says, as STS does (clients such as aws-iam-authenticator send 60 and count on 15 minutes).
// Both sides are compared in whole seconds, and the bounds belong to the valid interval.
func (s *Signed) CheckTime(now time.Time) error {
	if err := s.checkTime(now); err != nil {
		return err
	}
	return nil
}

func (s *Signed) checkTime(now time.Time) *Error {
	now = now.UTC().Truncate(time.Second)
	life, lifeText := Skew, "15 min."
	if s.Presigned && S3Like(s.Service) {
		life = s.Expires
		lifeText = fmt.Sprintf("%d sec.", life/time.Second)
	}
	if oldest := now.Add(-life); s.Time.Before(oldest) {
		return newError(KindExpired, s.Presigned, fmt.Sprintf("Signature expired: %s is now earlier than %s (%s - %s)",
			s.Timestamp, oldest.Format(timeLayout), now.Format(timeLayout), lifeText))
	}
	if newest := now.Add(Skew); s.Time.After(newest) {
		return newError(KindNotYetCurrent, s.Presigned, fmt.Sprintf("Signature not yet current: %s is still later than %s (%s + 15 min.)",
			s.Timestamp, newest.Format(timeLayout), now.Format(timeLayout)))
	}
	return nil
}

// CheckScope checks the credential scope: a region of a valid form (any region is served), one of the accepted
// services, the terminator, and the day of the request's time. All that is wrong is told in one message. Without
// services nothing is accepted.
func (s *Signed) CheckScope(services ...string) error {
	var wrong []string
	if !validRegion(s.Region) {
		wrong = append(wrong, "Credential should be scoped to a valid region, not '"+quote(s.Region)+"'.")
	}
	if !slices.Contains(services, s.Service) {
		wrong = append(wrong, "Credential should be scoped to correct service: '"+strings.Join(services, "', '")+"'.")
	}
	if s.Terminator != terminator {
		wrong = append(wrong, "Credential should be scoped with a valid terminator: 'aws4_request', not '"+quote(s.Terminator)+"'.")
	}
	if len(s.Timestamp) < len(dateLayout) || s.Date != s.Timestamp[:len(dateLayout)] {
		day := s.Timestamp[:min(len(s.Timestamp), len(dateLayout))]
		wrong = append(wrong, "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '"+
			quote(s.Date)+"' != '"+day+"', from '"+s.Timestamp+"'.")
	}
	if len(wrong) > 0 {
		return newError(KindScope, s.Presigned, strings.Join(wrong, " "))
	}
	return nil
}

// validRegion accepts lower-case letters, digits and hyphens, at most 64, beginning with a letter.
func validRegion(s string) bool {
	if len(s) == 0 || len(s) > 64 || s[0] < 'a' || s[0] > 'z' {
		return false
	}
	for i := 0; i < len(s); i++ {
		if c := s[i]; (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
			return false
		}
	}
	return true
}
