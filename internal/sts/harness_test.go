package sts_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/x509"
	"fmt"
	"html"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aratame/aratame/internal/account"
	"github.com/aratame/aratame/internal/api"
	"github.com/aratame/aratame/internal/audit"
	"github.com/aratame/aratame/internal/awsid"
	"github.com/aratame/aratame/internal/decide"
	"github.com/aratame/aratame/internal/iam"
	"github.com/aratame/aratame/internal/issuer"
	"github.com/aratame/aratame/internal/oidc"
	"github.com/aratame/aratame/internal/seal"
	"github.com/aratame/aratame/internal/session"
	"github.com/aratame/aratame/internal/store"
	"github.com/aratame/aratame/internal/store/memory"
	"github.com/aratame/aratame/internal/sts"
	"github.com/aratame/aratame/internal/totp"
	"github.com/aratame/aratame/internal/usage"
	"github.com/aratame/aratame/sigv4"
)

// The two accounts of a world.
const home, away = "111111111111", "222222222222"

// A key signs; token is set for a temporary one.
type key struct{ id, secret, token string }

// A world is two accounts behind one choke point, with a clock that stands
// still. Everything passes the HTTP handler as a client sends it.
type world struct {
	*testing.T
	gate    *api.Gate
	secrets *seal.Sealer
	now     time.Time
	root    map[string]key
	log     bytes.Buffer
	agent   string
	// roots are whom identity providers are trusted by.
	roots *x509.CertPool
	// onView is called before STS looks at an account other than the caller's.
	onView func(acct string)
	// verifying has room for one assertion.
	verifying chan struct{}
}

// directory lets a test come between two looks at an account.
type directory struct {
	*store.Cache
	w *world
}

func (d directory) View(ctx context.Context, acct string) (*account.View, error) {
	if d.w.onView != nil {
		d.w.onView(acct)
	}
	return d.Cache.View(ctx, acct)
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{T: t, verifying: make(chan struct{}, 1), now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC), root: map[string]key{}, agent: "agent/1"}
	kek, err := seal.NewMemoryKEK(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	ring := func(purpose string) *seal.Keyring {
		k, err := seal.NewKeyring(purpose, kek, w.now)
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	w.roots = x509.NewCertPool()
	verifier := oidc.New(oidc.Options{Roots: w.roots, AllowPrivate: true})
	w.secrets = seal.NewSealer(ring("secret"))
	st := memory.New()
	cache := store.NewCache(st, rand.Reader)
	w.gate = &api.Gate{
		Accounts: cache, Claims: st, Decider: decide.New(), Sessions: session.NewMinter(ring("session")), Secrets: w.secrets,
		Audit: audit.NewMemory(1000), Usage: usage.New(), Keys: sigv4.NewKeyCache(64),
		Now: func() time.Time { return w.now }, Rand: rand.Reader, Log: slog.New(slog.NewTextHandler(&w.log, nil)),
	}
	codes := totp.New(st)
	signer := &issuer.Issuer{Secrets: w.secrets, Base: func() string { return "https://iam.example.com" }}
	w.gate.Register((&iam.Service{Issuer: signer, Accounts: cache, Claims: st, Decider: w.gate.Decider, Secrets: w.secrets, Usage: w.gate.Usage, Quotas: account.DefaultQuotas, MarkerKey: make([]byte, 32), Codes: codes}).Ops()...)
	w.gate.Register((&sts.Service{Issuer: signer, Accounts: directory{cache, w}, Claims: st, Sessions: w.gate.Sessions, Secrets: w.secrets, OIDC: verifier, Codes: codes, Verifying: w.verifying}).Ops()...)
	for _, acct := range []string{home, away} {
		k := key{id: awsid.NewAccessKeyID(rand.Reader, awsid.AccessKeyPrefix, acct), secret: awsid.NewSecretAccessKey(rand.Reader)}
		sealed, err := w.secrets.Seal(api.AccessKeyLabel(acct, k.id), []byte(k.secret))
		if err != nil {
			t.Fatal(err)
		}
		settings := &account.Settings{Account: acct, Created: w.now}
		settings.Root.Keys = []account.AccessKey{{ID: k.id, Secret: sealed, Status: account.Active, Created: w.now}}
		err = cache.Create(context.Background(), settings, func(*account.Tx) (store.Effects, error) { return store.Effects{}, nil })
		if err != nil {
			t.Fatal(err)
		}
		w.root[acct] = k
	}
	t.Cleanup(func() { _ = w.gate.Audit.Close() })
	return w
}

// change edits an account past the API.
func (w *world) change(acct string, run func(tx *account.Tx)) {
	w.Helper()
	err := w.gate.Accounts.Update(context.Background(), acct, func(tx *account.Tx) (store.Effects, error) {
		run(tx)
		return store.Effects{}, nil
	})
	if err != nil {
		w.Fatal(err)
	}
}

// An answer is what a client sees.
type answer struct {
	status        int
	code, message string // "" on success
	body          string
	header        http.Header
}

func (a *answer) ok() bool { return a.status == 200 }

func (a *answer) field(name string) string {
	_, rest, _ := strings.Cut(a.body, "<"+name+">")
	text, _, _ := strings.Cut(rest, "</"+name+">")
	return html.UnescapeString(text)
}

func (a *answer) String() string { return fmt.Sprintf("%d %s %q", a.status, a.code, a.message) }

// call makes one request; pairs are names and values of parameters.
func (w *world) call(k key, service, action string, pairs ...string) *answer {
	w.Helper()
	version := map[string]string{"iam": "2010-05-08", "sts": "2011-06-15"}[service]
	form := url.Values{"Action": {action}, "Version": {version}}
	for i := 0; i < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	text := form.Encode()
	r := httptest.NewRequest(http.MethodPost, "http://aws.test/", strings.NewReader(text))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("User-Agent", w.agent)
	creds := sigv4.Credentials{AccessKeyID: k.id, SecretAccessKey: k.secret, SessionToken: k.token}
	if err := sigv4.Sign(r, creds, "us-east-1", service, sigv4.HashPayload([]byte(text)), w.now, sigv4.SignOptions{}); err != nil {
		w.Fatal(err)
	}
	rec := httptest.NewRecorder()
	w.gate.ServeHTTP(rec, r)
	a := &answer{status: rec.Code, body: rec.Body.String(), header: rec.Header()}
	if !a.ok() {
		a.code, a.message = a.field("Code"), a.field("Message")
	}
	return a
}

// must is call that has to succeed.
func (w *world) must(k key, service, action string, pairs ...string) *answer {
	w.Helper()
	a := w.call(k, service, action, pairs...)
	if !a.ok() {
		w.Fatalf("%s %v: %v\n%s", action, pairs, a, w.log.String())
	}
	return a
}

// user makes a user with a policy document, or without any for "".
func (w *world) user(acct, name, document string) key {
	w.Helper()
	w.must(w.root[acct], "iam", "CreateUser", "UserName", name)
	if document != "" {
		w.must(w.root[acct], "iam", "PutUserPolicy", "UserName", name, "PolicyName", "p", "PolicyDocument", document)
	}
	a := w.must(w.root[acct], "iam", "CreateAccessKey", "UserName", name)
	return key{id: a.field("AccessKeyId"), secret: a.field("SecretAccessKey")}
}

// role makes a role in home with a trust policy of the statements and a policy
// document, or without any for "".
func (w *world) role(name, trust, document string, pairs ...string) (arn string) {
	w.Helper()
	a := w.must(w.root[home], "iam", "CreateRole", append([]string{"RoleName", name, "AssumeRolePolicyDocument", doc(trust)}, pairs...)...)
	if document != "" {
		w.must(w.root[home], "iam", "PutRolePolicy", "RoleName", name, "PolicyName", "p", "PolicyDocument", document)
	}
	return a.field("Arn")
}

func (w *world) assume(k key, arn, name string, pairs ...string) *answer {
	w.Helper()
	return w.call(k, "sts", "AssumeRole", append([]string{"RoleArn", arn, "RoleSessionName", name}, pairs...)...)
}

// session is assume that has to succeed.
func (w *world) session(k key, arn, name string, pairs ...string) key {
	w.Helper()
	a := w.assume(k, arn, name, pairs...)
	if !a.ok() {
		w.Fatalf("assume %s: %v\n%s", arn, a, w.log.String())
	}
	return a.key()
}

func (a *answer) key() key {
	return key{a.field("AccessKeyId"), a.field("SecretAccessKey"), a.field("SessionToken")}
}

// doc is a policy document of statements.
func doc(statements string) string {
	return `{"Version":"2012-10-17","Statement":[` + statements + `]}`
}

// Documents and statements that many cases use.
const (
	allSTS      = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:*","Resource":"*"}]}`
	allActions  = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`
	threeTrusts = `"Action":["sts:AssumeRole","sts:TagSession","sts:SetSourceIdentity"]`
	trustAll    = `{"Effect":"Allow","Principal":{"AWS":"*"},` + threeTrusts + `}`
)

// trusting is a trust statement for one AWS principal.
func trusting(principal string, more ...string) string {
	return `{"Effect":"Allow","Principal":{"AWS":"` + principal + `"},` + threeTrusts + strings.Join(more, "") + `}`
}

// condition is the Condition of a statement, with the comma before it.
func condition(operator, key, value string) string {
	return `,"Condition":{"` + operator + `":{"` + key + `":"` + value + `"}}`
}

// sameNames compares lists of names regardless of order.
func sameNames(got []string, want string) bool {
	list := strings.Fields(want)
	slices.Sort(got)
	slices.Sort(list)
	return slices.Equal(got, list)
}
