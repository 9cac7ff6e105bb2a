package api_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/aratame/aratame/internal/account"
	"github.com/aratame/aratame/internal/api"
	"github.com/aratame/aratame/internal/audit"
	"github.com/aratame/aratame/internal/awserr"
	"github.com/aratame/aratame/internal/awsid"
	"github.com/aratame/aratame/internal/decide"
	"github.com/aratame/aratame/internal/seal"
	"github.com/aratame/aratame/internal/session"
	"github.com/aratame/aratame/internal/shape/iamshape"
	"github.com/aratame/aratame/internal/shape/stsshape"
	"github.com/aratame/aratame/internal/store"
	"github.com/aratame/aratame/internal/store/memory"
	"github.com/aratame/aratame/internal/usage"
	"github.com/aratame/aratame/internal/wire"
	"github.com/aratame/aratame/sigv4"
)

const acct = "123456789012"

// A door is a Gate over one account whose root has a key, with operations of a
// test's own.
type door struct {
	*testing.T
	gate     *api.Gate
	creds    sigv4.Credentials
	now      time.Time
	log      bytes.Buffer
	observed []string
}

func newDoor(t *testing.T, ops ...api.Op) *door {
	t.Helper()
	d := &door{T: t, now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}
	kek, err := seal.NewMemoryKEK(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	ring := func(purpose string) *seal.Keyring {
		k, err := seal.NewKeyring(purpose, kek, d.now)
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	st := memory.New()
	d.gate = &api.Gate{
		Accounts: store.NewCache(st, rand.Reader), Claims: st, Decider: decide.New(), Sessions: session.NewMinter(ring("session")),
		Secrets: seal.NewSealer(ring("secret")), Audit: audit.NewMemory(100), Usage: usage.New(), Keys: sigv4.NewKeyCache(16),
		Now: func() time.Time { return d.now }, Rand: rand.Reader, Log: slog.New(slog.NewTextHandler(&d.log, nil)),
		Observe: func(_ *api.Call, status int, err *awserr.Error, _ time.Duration) {
			code := ""
			if err != nil {
				code = err.Code
			}
			d.observed = append(d.observed, http.StatusText(status)+" "+code)
		},
	}
	d.gate.Register(ops...)
	d.creds = sigv4.Credentials{AccessKeyID: awsid.NewAccessKeyID(rand.Reader, awsid.AccessKeyPrefix, acct), SecretAccessKey: awsid.NewSecretAccessKey(rand.Reader)}
	sealed, err := d.gate.Secrets.Seal(api.AccessKeyLabel(acct, d.creds.AccessKeyID), []byte(d.creds.SecretAccessKey))
	if err != nil {
		t.Fatal(err)
	}
	settings := &account.Settings{Account: acct, Created: d.now}
	settings.Root.Keys = []account.AccessKey{{ID: d.creds.AccessKeyID, Secret: sealed, Status: account.Active, Created: d.now}}
	if err := d.gate.Accounts.Create(context.Background(), settings, func(*account.Tx) (store.Effects, error) { return store.Effects{}, nil }); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.gate.Audit.Close() })
	return d
}

func free[I any](*api.Call, *account.View, *I) (api.Target, error) {
	return api.Target{Free: true}, nil
}

// identity answers GetCallerIdentity with the caller's ARN.
var identity = api.Read(stsshape.OpGetCallerIdentity, free[stsshape.GetCallerIdentityInput],
	func(c *api.Call, _ *account.View, _ *stsshape.GetCallerIdentityInput) (*stsshape.GetCallerIdentityOutput, error) {
		return &stsshape.GetCallerIdentityOutput{Arn: &c.Caller.Principal.ARN}, nil
	})

const whoAmI = "Action=GetCallerIdentity&Version=2011-06-15"

// request is a signed request; a query makes it a GET.
func (d *door) request(service, query, body string) *http.Request {
	d.Helper()
	method := http.MethodPost
	if body == "" {
		method = http.MethodGet
	}
	r := httptest.NewRequest(method, "http://aws.test/", strings.NewReader(body))
	r.URL.RawQuery = query
	if body != "" {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if err := sigv4.Sign(r, d.creds, "eu-west-1", service, sigv4.HashPayload([]byte(body)), d.now, sigv4.SignOptions{}); err != nil {
		d.Fatal(err)
	}
	return r
}

func (d *door) send(r *http.Request) (*httptest.ResponseRecorder, string) {
	d.Helper()
	rec := httptest.NewRecorder()
	d.gate.ServeHTTP(rec, r)
	_, rest, _ := strings.Cut(rec.Body.String(), "<Code>")
	code, _, _ := strings.Cut(rest, "</Code>")
	return rec, code
}

// events are the audit events, newest first.
func (d *door) events() (out []map[string]any) {
	d.Helper()
	for r, err := range d.gate.Audit.Scan(context.Background(), audit.Query{Account: acct}) {
		if err != nil {
			d.Fatal(err)
		}
		e := map[string]any{}
		if err := json.Unmarshal(r.JSON, &e); err != nil {
			d.Fatal(err)
		}
		out = append(out, e)
	}
	return out
}

// A panic anywhere in an operation is a 500 with the request id, in the log
// with its place, an event, and no more than that: the next request is served.
func TestPanics(t *testing.T) {
	type in = stsshape.GetAccessKeyInfoInput
	type out = stsshape.GetAccessKeyInfoOutput
	read := func(*api.Call, *account.View, *in) (*out, error) { panic("secret-in-a-panic") }
	for _, c := range []struct {
		name          string
		op            api.Op
		service, form string
	}{
		{"target", api.Read(stsshape.OpGetAccessKeyInfo, func(*api.Call, *account.View, *in) (api.Target, error) { panic("secret-in-a-panic") }, read), "sts", "Action=GetAccessKeyInfo&Version=2011-06-15&AccessKeyId=AKIAAAAAAAAAAAAAAAAA"},
		{"read", api.Read(stsshape.OpGetAccessKeyInfo, free[in], read), "sts", "Action=GetAccessKeyInfo&Version=2011-06-15&AccessKeyId=AKIAAAAAAAAAAAAAAAAA"},
		{"issue", api.Issue(stsshape.OpGetAccessKeyInfo, free[in], read), "sts", "Action=GetAccessKeyInfo&Version=2011-06-15&AccessKeyId=AKIAAAAAAAAAAAAAAAAA"},
		{"write", api.Do(iamshape.OpDeleteUser, free[iamshape.DeleteUserInput], func(*api.Call, *account.Tx, *iamshape.DeleteUserInput) error { panic("secret-in-a-panic") }), "iam", "Action=DeleteUser&Version=2010-05-08&UserName=ann"},
	} {
		d := newDoor(t, identity, c.op)
		rec, code := d.send(d.request(c.service, "", c.form))
		id := rec.Header().Get("X-Amzn-Requestid")
		if rec.Code != 500 || code != "InternalFailure" || id == "" || !strings.Contains(rec.Body.String(), "<RequestId>"+id+"</RequestId>") {
			t.Errorf("%s: %d %s", c.name, rec.Code, rec.Body)
		}
		if strings.Contains(rec.Body.String(), "secret-in-a-panic") {
			t.Errorf("%s: the panic's text is in the answer", c.name)
		}
		if log := d.log.String(); !strings.Contains(log, id) || !strings.Contains(log, "gate_test.go") {
			t.Errorf("%s: the log doesn't tell where: %s", c.name, log)
		}
		events := d.events()
		if len(events) != 1 || events[0]["errorCode"] != "InternalFailure" || events[0]["requestID"] != id {
			t.Errorf("%s: events %v", c.name, events)
		}
		if len(d.observed) != 1 || d.observed[0] != "Internal Server Error InternalFailure" {
			t.Errorf("%s: observed %v", c.name, d.observed)
		}
		if rec, _ := d.send(d.request("sts", whoAmI, "")); rec.Code != 200 {
			t.Errorf("%s: then %d", c.name, rec.Code)
		}
	}
}

// A wrong output panics or fails in the codec: that too is an answer.
func TestOutputThatCannotBeWritten(t *testing.T) {
	d := newDoor(t, api.Read(stsshape.OpGetCallerIdentity, free[stsshape.GetCallerIdentityInput],
		func(*api.Call, *account.View, *stsshape.GetCallerIdentityInput) (*stsshape.GetSessionTokenOutput, error) {
			return &stsshape.GetSessionTokenOutput{}, nil
		}))
	for _, accept := range []string{"", "application/json"} {
		r := d.request("sts", whoAmI, "")
		r.Header.Set("Accept", accept)
		if rec, _ := d.send(r); rec.Code != 500 || !strings.Contains(rec.Body.String(), "InternalFailure") {
			t.Errorf("%q: %d %s", accept, rec.Code, rec.Body)
		}
	}
}

// What a request may be on the outside, in the order of the answers.
func TestRequests(t *testing.T) {
	d := newDoor(t, identity)
	get := func(change func(r *http.Request)) func() *http.Request {
		return func() *http.Request {
			r := d.request("sts", whoAmI, "")
			change(r)
			return r
		}
	}
	post := func(change func(r *http.Request)) func() *http.Request {
		return func() *http.Request {
			r := d.request("sts", "", whoAmI)
			change(r)
			return r
		}
	}
	again := func(name string) func(r *http.Request) {
		return func(r *http.Request) { r.Header.Add(name, r.Header.Get(name)) }
	}
	set := func(name, value string) func(r *http.Request) {
		return func(r *http.Request) { r.Header.Set(name, value) }
	}
	nothing := func(*http.Request) {}
	another := func(r *http.Request) {
		text := whoAmI + "&x=y"
		r.Body, r.ContentLength = io.NopCloser(strings.NewReader(text)), int64(len(text))
	}
	for _, c := range []struct {
		name   string
		r      func() *http.Request
		status int
		code   string
	}{
		{"GET", get(nothing), 200, ""},
		{"POST", post(nothing), 200, ""},
		{"another path", get(func(r *http.Request) { r.URL.Path = "/x" }), 404, "UnknownOperationException"},
		{"dots", get(func(r *http.Request) { r.URL.Path = "/../" }), 404, "UnknownOperationException"},
		{"HEAD", get(func(r *http.Request) { r.Method = http.MethodHead }), 405, ""},
		{"PUT", post(func(r *http.Request) { r.Method = http.MethodPut }), 405, "MethodNotAllowed"},
		{"OPTIONS that is no preflight", get(func(r *http.Request) { r.Method = http.MethodOptions }), 405, "MethodNotAllowed"},
		{"method in lower case", get(func(r *http.Request) { r.Method = "get" }), 405, "MethodNotAllowed"},
		{"unsigned", get(func(r *http.Request) { r.Header.Del("Authorization") }), 403, "MissingAuthenticationToken"},
		{"unsigned and unknown", get(func(r *http.Request) { r.Header.Del("Authorization"); r.URL.RawQuery = "Action=Nothing" }), 403, "MissingAuthenticationToken"},
		{"two Authorization headers", get(again("Authorization")), 400, "IncompleteSignature"},
		{"two dates", get(again("X-Amz-Date")), 400, "IncompleteSignature"},
		{"both forms", get(func(r *http.Request) { r.URL.RawQuery += "&X-Amz-Signature=x" }), 403, "SignatureDoesNotMatch"},
		{"token that wasn't signed", get(set("X-Amz-Security-Token", "x")), 403, "SignatureDoesNotMatch"},
		{"target that wasn't signed", get(set("X-Amz-Target", "x")), 403, "SignatureDoesNotMatch"},
		{"another host", get(func(r *http.Request) { r.Host = "elsewhere.test" }), 403, "SignatureDoesNotMatch"},
		{"another query", get(func(r *http.Request) { r.URL.RawQuery += "&x=y" }), 403, "SignatureDoesNotMatch"},
		{"another body", post(another), 403, "SignatureDoesNotMatch"},
		{"unsigned payload", post(set("X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD")), 200, ""},
		{"unsigned payload, another body", post(func(r *http.Request) {
			r.Header.Set("X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD")
			another(r)
		}), 403, "SignatureDoesNotMatch"},
		{"body of another type", post(set("Content-Type", "application/json")), 0, ""},
		{"body longer than announced", post(func(r *http.Request) { r.ContentLength = api.MaxBody + 1 }), 413, "RequestEntityTooLarge"},
		{"body too long", post(func(r *http.Request) {
			r.ContentLength = -1
			r.Body = io.NopCloser(io.LimitReader(zeros{}, api.MaxBody+1))
		}), 413, "RequestEntityTooLarge"},
		{"body cut", post(func(r *http.Request) { r.Body = io.NopCloser(cut{}) }), 400, "IncompleteBody"},
		{"forwarded for somebody", get(set("X-Forwarded-For", "203.0.113.9")), 200, ""},
	} {
		rec, code := d.send(c.r())
		switch {
		case c.status == 0: // whichever fault is seen first
			if rec.Code < 400 || rec.Code >= 500 {
				t.Errorf("%s: %d", c.name, rec.Code)
			}
		case rec.Code != c.status || code != c.code:
			t.Errorf("%s: %d %s, want %d %s", c.name, rec.Code, rec.Body, c.status, c.code)
		}
		if rec.Header().Get("X-Amzn-Requestid") == "" || rec.Code == 405 && rec.Header().Get("Allow") != "GET, POST" {
			t.Errorf("%s: %v", c.name, rec.Header())
		}
	}
	for _, e := range d.events() {
		if e["sourceIPAddress"] != "192.0.2.1" {
			t.Errorf("source address %v", e["sourceIPAddress"])
		}
	}
	if rec, _ := d.send(get(func(r *http.Request) { r.Method = http.MethodHead })()); rec.Body.Len() != 0 {
		t.Error("a HEAD is answered with a body")
	}
}

type zeros struct{}

func (zeros) Read(b []byte) (int, error) { clear(b); return len(b), nil }

type cut struct{}

func (cut) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// Announcing a long body costs the server next to nothing.
func TestAnnouncedBodies(t *testing.T) {
	d := newDoor(t, identity)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	const n = 100
	for range n {
		r := httptest.NewRequest(http.MethodPost, "http://aws.test/", strings.NewReader("x"))
		r.ContentLength = api.MaxBody
		d.send(r)
	}
	runtime.ReadMemStats(&after)
	if each := (after.TotalAlloc - before.TotalAlloc) / n; each > 128<<10 {
		t.Errorf("%d bytes are set aside for each announced body", each)
	}
}

// The signature and the contract read a query alike: what was signed is what is
// acted upon.
func TestQueriesReadAlike(t *testing.T) {
	for _, raw := range []string{
		"", "&", "a", "a=", "=a", "a=b", "a=b&c=d", "a=b;c=d", "a;b=c", "a=b+c", "a=b%20c", "a=b%2Bc", "a+b=c", "a=b=c", "&&a=b&&",
		"a=%26", "a%3Db=c", "a=%3b", "a=%C3%A9", "%61=b", "a=\x01", "a=%00", "a=é", "a=#", "a=?", "a=/", "a=%2f",
		"a=%", "a=%1", "a=%zz", "%=a", "a=%25zz", "a=b&a=c", "a=b&%61=c", "a=%FF",
	} {
		params, err := sigv4.ParseQuery(raw)
		form, ferr := wire.ParseForm([]byte(raw))
		names := map[string]int{}
		valid := true
		for _, p := range params {
			names[p.Name]++
			valid = valid && names[p.Name] == 1 && strings.ToValidUTF8(p.Name+p.Value, "") == p.Name+p.Value
		}
		// The contract refuses more: a name twice, text that is none.
		if (err == nil && valid) != (ferr == nil) {
			t.Errorf("%q: signature %v, contract %v", raw, err, ferr)
			continue
		}
		if ferr != nil {
			continue
		}
		if form.Len() != len(params) {
			t.Errorf("%q: %d and %d parameters", raw, len(params), form.Len())
		}
		for _, p := range params {
			if v, ok := form.Get(p.Name); !ok || v != p.Value {
				t.Errorf("%q: %s is %q to the signature and %q to the contract", raw, p.Name, p.Value, v)
			}
		}
	}
}

// A signed query can't be rewritten into another that means something else.
func TestRewrittenQueries(t *testing.T) {
	d := newDoor(t, identity)
	base := whoAmI + "&x=a%2Bb"
	for _, c := range []struct {
		name, signed, sent string
		status             int
		code               string
	}{
		{"as signed", base, base, 200, ""},
		{"another order", base, "x=a%2Bb&" + whoAmI, 200, ""},
		{"escapes in other case", base, whoAmI + "&x=a%2bb", 200, ""},
		{"empty pairs", base, "&&" + base + "&", 200, ""},
		{"a plus sign that was escaped", base, whoAmI + "&x=a+b", 403, "SignatureDoesNotMatch"},
		{"a pair taken for data", whoAmI + "&x=a%3BAction=b", whoAmI + "&x=a;Action=b", 200, ""},
		{"an ampersand that was escaped", whoAmI + "&x=a%26y=b", whoAmI + "&x=a&y=b", 403, "SignatureDoesNotMatch"},
		{"signed twice", whoAmI + "&Action=ListUsers", whoAmI + "&Action=ListUsers", 400, "InvalidParameterCombination"},
		{"added", base, base + "&Action=ListUsers", 403, "SignatureDoesNotMatch"},
		{"cut escape", base, base + "%2", 404, "MalformedQueryString"},
	} {
		r := d.request("sts", c.signed, "")
		r.URL.RawQuery = c.sent
		if rec, code := d.send(r); rec.Code != c.status || code != c.code {
			t.Errorf("%s: %d %s, want %d %s", c.name, rec.Code, rec.Body, c.status, c.code)
		}
	}
	// The query of a POST counts too, and doesn't outvote its body.
	r := d.request("sts", "Action=ListUsers", whoAmI)
	if rec, code := d.send(r); rec.Code != 400 || code != "InvalidParameterCombination" {
		t.Errorf("%d %s", rec.Code, rec.Body)
	}
	// Presigned.
	get := httptest.NewRequest(http.MethodGet, "http://aws.test/?"+whoAmI, nil)
	signed, err := sigv4.Presign(get, d.creds, "eu-west-1", "sts", sigv4.EmptyPayloadHash, d.now, time.Minute, sigv4.SignOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, more, body string
		status           int
		after            time.Duration
	}{
		{"presigned", "", "", 200, 0},
		{"presigned, with a body", "", whoAmI, 403, 0},
		{"presigned, and one more parameter", "&x=y", "", 403, 0},
		{"presigned, with another signature", "&X-Amz-Signature=x", "", 403, 0},
		{"presigned, 15 minutes old", "", "", 200, 15 * time.Minute},
		{"presigned, too old", "", "", 403, 15*time.Minute + time.Second},
	} {
		u, err := url.Parse(signed + c.more)
		if err != nil {
			t.Fatal(err)
		}
		r := httptest.NewRequest(http.MethodGet, u.String(), strings.NewReader(c.body))
		d.now = d.now.Add(c.after)
		if rec, _ := d.send(r); rec.Code != c.status {
			t.Errorf("%s: %d %s", c.name, rec.Code, rec.Body)
		}
		d.now = d.now.Add(-c.after)
	}
}

// Browsers may read answers where their origin is configured, and only there.
func TestCORS(t *testing.T) {
	d := newDoor(t, identity)
	for _, c := range []struct {
		name, origins, origin string
		preflight             bool
		allowed               string
	}{
		{"none configured", "", "https://a.test", false, ""},
		{"none configured, preflight", "", "https://a.test", true, ""},
		{"one of them", "https://b.test https://a.test", "https://a.test", false, "https://a.test"},
		{"one of them, preflight", "https://b.test https://a.test", "https://a.test", true, "https://a.test"},
		{"another", "https://a.test", "https://c.test", false, ""},
		{"another scheme", "https://a.test", "http://a.test", false, ""},
		{"longer", "https://a.test", "https://a.test.evil.test", false, ""},
		{"null", "https://a.test", "null", true, ""},
		{"no browser", "https://a.test", "", false, ""},
		{"all", "*", "https://c.test", false, "*"},
		{"all, preflight", "*", "https://c.test", true, "*"},
	} {
		d.gate.Origins = strings.Fields(c.origins)
		r, want := d.request("sts", whoAmI, ""), 200
		if c.preflight {
			r, want = httptest.NewRequest(http.MethodOptions, "http://aws.test/", nil), 204
			r.Header.Set("Access-Control-Request-Method", "POST")
			r.Header.Set("Access-Control-Request-Headers", "authorization,x-amz-date")
		}
		if c.origin != "" {
			r.Header.Set("Origin", c.origin)
		}
		rec, _ := d.send(r)
		h := rec.Header()
		headers, expose := "", ""
		if c.allowed != "" {
			expose = "x-amzn-requestid,x-aratame-encoded-message"
			if c.preflight {
				headers = "authorization,x-amz-date"
			}
		}
		if rec.Code != want || h.Get("Access-Control-Allow-Origin") != c.allowed || h.Get("Access-Control-Expose-Headers") != expose ||
			h.Get("Access-Control-Allow-Headers") != headers || h.Get("Access-Control-Allow-Credentials") != "" ||
			(h.Get("Vary") == "Origin") != (c.origins != "" && c.origin != "") {
			t.Errorf("%s: %d %v", c.name, rec.Code, h)
		}
	}
}

// A client doesn't choose the region that an IAM call is served in.
func TestRegion(t *testing.T) {
	d := newDoor(t, identity, api.Do(iamshape.OpDeleteUser, free[iamshape.DeleteUserInput], func(*api.Call, *account.Tx, *iamshape.DeleteUserInput) error {
		return awserr.New("NoSuchEntity", "none")
	}))
	d.send(d.request("iam", "", "Action=DeleteUser&Version=2010-05-08&UserName=ann"))
	d.send(d.request("sts", whoAmI, ""))
	for _, e := range d.events() {
		if want := map[any]string{"DeleteUser": "us-east-1", "GetCallerIdentity": "eu-west-1"}[e["eventName"]]; e["awsRegion"] != want {
			t.Errorf("%v in %v, want %s", e["eventName"], e["awsRegion"], want)
		}
	}
}
