// Package aratametest runs a real server in the test's own process, on memory,
// and signs requests to it with any key.
package aratametest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/aratame/aratame/internal/config"
	"github.com/aratame/aratame/internal/server"
	"github.com/aratame/aratame/sigv4"
)

// Versions are the API versions of the services.
var Versions = map[string]string{"iam": "2010-05-08", "sts": "2011-06-15"}

// A Key signs requests; Token is set for a temporary one.
type Key struct{ ID, Secret, Token string }

// A Server is a running server and the key of its administrator.
type Server struct {
	URL     string
	Account string
	Admin   Key
	// Host does what somebody on the server's host can do, past the API.
	Host *server.Server

	t   testing.TB
	now func() time.Time
}

// New starts a server that ends with the test. Nil options are an ephemeral
// server with defaults.
func New(t testing.TB, o *server.Options) *Server {
	t.Helper()
	var opts server.Options
	if o != nil {
		opts = *o
	}
	if opts.Config == nil {
		opts.Config = &config.Config{Ephemeral: true}
	}
	s, err := server.Open(context.Background(), opts)
	if err != nil {
		t.Fatal(err)
	}
	listener := httptest.NewServer(s.Handler())
	t.Cleanup(func() {
		listener.Close()
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	first := s.First()
	if opts.Now == nil {
		opts.Now = time.Now
	}
	return &Server{
		URL: listener.URL, Account: s.Account(), Admin: Key{ID: first.KeyID, Secret: first.Secret}, Host: s, t: t, now: opts.Now,
	}
}

// Call makes one signed request as an SDK does.
func (s *Server) Call(key Key, service, action string, params url.Values) (status int, body string) {
	s.t.Helper()
	form := url.Values{"Action": {action}, "Version": {Versions[service]}}
	for name, values := range params {
		form[name] = values
	}
	return s.Do(s.Request(key, service, form.Encode()))
}

// Request is a signed POST of the text, still to be sent.
func (s *Server) Request(key Key, service, text string) *http.Request {
	s.t.Helper()
	r, err := http.NewRequest(http.MethodPost, s.URL+"/", strings.NewReader(text))
	if err != nil {
		s.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
	s.Sign(r, key, service, text)
	return r
}

// Sign signs the request, whose body is the text, at the server's time.
func (s *Server) Sign(r *http.Request, key Key, service, text string) {
	s.t.Helper()
	sum := sha256.Sum256([]byte(text))
	creds := sigv4.Credentials{AccessKeyID: key.ID, SecretAccessKey: key.Secret, SessionToken: key.Token}
	if err := sigv4.Sign(r, creds, "us-east-1", service, hex.EncodeToString(sum[:]), s.now(), sigv4.SignOptions{}); err != nil {
		s.t.Fatal(err)
	}
}

// Do sends a request.
func (s *Server) Do(r *http.Request) (status int, body string) {
	s.t.Helper()
	resp, body := s.Respond(r)
	return resp.StatusCode, body
}

// Respond is Do for callers who want the header too; the body has been read.
func (s *Server) Respond(r *http.Request) (*http.Response, string) {
	s.t.Helper()
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return resp, string(text)
}

// Field is the text of the first element of the name in an answer, or "".
func Field(body, name string) string {
	_, rest, ok := strings.Cut(body, "<"+name+">")
	if !ok {
		return ""
	}
	text, _, _ := strings.Cut(rest, "</"+name+">")
	return text
}
