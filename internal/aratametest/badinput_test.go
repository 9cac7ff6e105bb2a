package aratametest

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/aratame/aratame/internal/api"
)

// TestBadInput holds every answer to a request that no SDK would send to an
// AWS-shaped refusal: a 4xx with a code and a request id, and no secret in it.
func TestBadInput(t *testing.T) {
	s, other := New(t, nil), New(t, nil)
	_, foreign := other.Call(other.Admin, "sts", "GetSessionToken", nil)
	session := Key{Field(foreign, "AccessKeyId"), Field(foreign, "SecretAccessKey"), Field(foreign, "SessionToken")}
	inactive := newUserKey(t, s, "inactive")
	if status, body := s.Call(s.Admin, "iam", "UpdateAccessKey", url.Values{"UserName": {"inactive"}, "AccessKeyId": {inactive.ID}, "Status": {"Inactive"}}); status != 200 {
		t.Fatal(body)
	}
	gone := newUserKey(t, s, "gone")
	_, body := s.Call(gone, "sts", "GetSessionToken", nil)
	goneSession := Key{Field(body, "AccessKeyId"), Field(body, "SecretAccessKey"), Field(body, "SessionToken")}
	for _, c := range []struct{ action, id string }{{"DeleteAccessKey", gone.ID}, {"DeleteUser", ""}} {
		params := url.Values{"UserName": {"gone"}}
		if c.id != "" {
			params.Set("AccessKeyId", c.id)
		}
		if status, body := s.Call(s.Admin, "iam", c.action, params); status != 200 {
			t.Fatal(body)
		}
	}
	iam := func(query string) *http.Request { return s.Request(s.Admin, "iam", "Version=2010-05-08&"+query) }
	whoami := "Action=GetCallerIdentity&Version=2011-06-15"
	members := func(n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, "&Tags.member.%d.Key=k%d&Tags.member.%d.Value=v", i+1, i, i+1)
		}
		return b.String()
	}
	edit := func(r *http.Request, change func(*http.Request)) *http.Request { change(r); return r }
	cases := []struct {
		name string
		code string // "": any
		r    *http.Request
	}{
		{"body over the limit", "", iam("Action=CreateUser&UserName=" + strings.Repeat("a", api.MaxBody))},
		{"duplicate parameter", "", iam("Action=CreateUser&UserName=a&UserName=b")},
		{"duplicate action", "", iam("Action=ListUsers&Action=CreateUser&UserName=b")},
		{"invalid UTF-8", "", iam("Action=CreateUser&UserName=%ff%fe")},
		{"bad escape", "", iam("Action=CreateUser&UserName=%zz")},
		{"zero byte", "ValidationError", iam("Action=CreateUser&UserName=a%00b")},
		{"10,000 list members", "", iam("Action=CreateUser&UserName=many" + members(10_000))},
		{"list index beyond reason", "", iam("Action=CreateUser&UserName=far&Tags.member.999999999999.Key=k")},
		{"wrong version", "InvalidAction", s.Request(s.Admin, "iam", "Action=ListUsers&Version=1999-01-01")},
		{"unknown action", "InvalidAction", iam("Action=MakeCoffee")},
		{"action in other case", "InvalidAction", iam("Action=listusers")},
		{"no action", "", iam("X=1")},
		{"empty MaxItems", "", iam("Action=ListUsers&MaxItems=")},
		{"MaxItems that is no number", "", iam("Action=ListUsers&MaxItems=many")},
		{"MaxItems of 0", "ValidationError", iam("Action=ListUsers&MaxItems=0")},
		{"forged marker", "", iam("Action=ListUsers&Marker=AAAA")},
		{"name taken in other case", "EntityAlreadyExists", iam("Action=CreateUser&UserName=ADMIN")},
		{"no name", "ValidationError", iam("Action=CreateUser")},
		{"token of another server", "InvalidClientTokenId", s.Request(session, "sts", whoami)},
		{"inactive key", "InvalidClientTokenId", s.Request(inactive, "sts", whoami)},
		{"key of a deleted user", "InvalidClientTokenId", s.Request(gone, "sts", whoami)},
		{"session of a deleted user", "", s.Request(goneSession, "iam", "Action=ListUsers&Version=2010-05-08")},
		{"wrong secret", "SignatureDoesNotMatch", s.Request(Key{ID: s.Admin.ID, Secret: "wrong"}, "sts", whoami)},
		{"unsigned", "", edit(s.Request(s.Admin, "sts", whoami), func(r *http.Request) { r.Header.Del("Authorization") })},
		{"two credentials", "", edit(s.Request(s.Admin, "sts", whoami), func(r *http.Request) { r.Header.Add("Authorization", "AWS4-HMAC-SHA256 x") })},
		{"no scheme", "", edit(s.Request(s.Admin, "sts", whoami), func(r *http.Request) { r.Header.Set("Authorization", "Bearer x") })},
		{"signed for another service", "", s.Request(s.Admin, "s3", "Action=ListUsers&Version=2010-05-08")},
		{"wrong method", "", edit(s.Request(s.Admin, "sts", whoami), func(r *http.Request) { r.Method = http.MethodDelete })},
		{"wrong content type", "", edit(s.Request(s.Admin, "sts", whoami), func(r *http.Request) { r.Header.Set("Content-Type", "application/json") })},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			status, body := s.Do(c.r)
			if status < 400 || status > 499 {
				t.Errorf("status %d: %.300s", status, body)
			}
			if code := Field(body, "Code"); code == "" || c.code != "" && code != c.code {
				t.Errorf("code %q, want %q: %.300s", code, c.code, body)
			}
			if Field(body, "RequestId") == "" {
				t.Errorf("no request id: %.300s", body)
			}
			if len(body) > 20_000 || strings.Contains(body, s.Admin.Secret) || strings.Contains(body, "goroutine") {
				t.Errorf("%d bytes tell too much: %.300s", len(body), body)
			}
		})
	}
	if status, body := s.Call(s.Admin, "sts", "GetCallerIdentity", nil); status != 200 {
		t.Errorf("afterwards: %d %s", status, body)
	}
}

func newUserKey(t *testing.T, s *Server, name string) Key {
	t.Helper()
	if status, body := s.Call(s.Admin, "iam", "CreateUser", url.Values{"UserName": {name}}); status != 200 {
		t.Fatal(body)
	}
	status, body := s.Call(s.Admin, "iam", "CreateAccessKey", url.Values{"UserName": {name}})
	if status != 200 {
		t.Fatal(body)
	}
	return Key{ID: Field(body, "AccessKeyId"), Secret: Field(body, "SecretAccessKey")}
}
