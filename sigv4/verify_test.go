package sigv4

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

var creds = Credentials{AccessKeyID: exampleKey, SecretAccessKey: exampleSecret, SessionToken: "to+ken/=="}

// sent returns r as a server receives it.
func sent(t testing.TB, r *http.Request) *http.Request {
	t.Helper()
	var b bytes.Buffer
	if err := r.Write(&b); err != nil {
		t.Fatal(err)
	}
	return wire(t, strings.Replace(strings.ReplaceAll(b.String(), "\r\n", "\n"), "User-Agent: Go-http-client/1.1\n", "", 1))
}

func newRequest(t testing.TB, method, url, body string) *http.Request {
	t.Helper()
	r, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
	}
	return r
}

func verify(r *http.Request, hash string) error {
	s, err := Parse(r, may24)
	if err == nil {
		err = s.CheckScope("iam", "sts", "s3")
	}
	if err == nil {
		err = s.Verify(r, hash, exampleSecret, nil)
	}
	return err
}

func TestSignedVerifies(t *testing.T) {
	for _, c := range []struct{ service, method, url, body string }{
		{"iam", "POST", "https://iam.amazonaws.com/", "Action=ListUsers&Version=2010-05-08"},
		{"sts", "GET", "https://sts.amazonaws.com/?Action=GetCallerIdentity&Version=2011-06-15", ""},
		{"sts", "GET", "http://localhost:8470", ""},
		{"iam", "GET", "http://h/a//b/./c/../d%2Fe/f g/\u1234^?q=a+b%20c;d&q=&é=%7e", ""},
		{"s3", "PUT", "http://b.h/a//b/./c/../d%2Fe/f+g/\u1234?acl&x-id=PutObject", "data"},
	} {
		r := newRequest(t, c.method, c.url, c.body)
		hash := HashPayload([]byte(c.body))
		if err := Sign(r, creds, "us-east-1", c.service, hash, may24, SignOptions{}); err != nil {
			t.Errorf("%s: %v", c.url, err)
			continue
		}
		r = sent(t, r)
		if err := verify(r, hash); err != nil {
			t.Errorf("%s %s: %v", c.service, c.url, err)
		}
		if err := verify(r, HashPayload([]byte("other"))); err == nil {
			t.Errorf("%s %s: another body verifies", c.service, c.url)
		} else if want := KindMismatch; c.service == "s3" && !errors.Is(err, &Error{Kind: KindPayloadMismatch}) || c.service != "s3" && !errors.Is(err, &Error{Kind: want}) {
			t.Errorf("%s: %v", c.url, err)
		}

		p := newRequest(t, c.method, c.url, c.body)
		p.Header.Set("X-K8s-Aws-Id", "cluster")
		url, err := Presign(p, creds, "us-east-1", c.service, hash, may24, time.Minute, SignOptions{Headers: []string{"x-k8s-aws-id"}})
		if err != nil {
			t.Errorf("presign %s: %v", c.url, err)
			continue
		}
		get := func(id string) *http.Request {
			r := newRequest(t, c.method, url, c.body)
			r.Header.Set("X-K8s-Aws-Id", id)
			return sent(t, r)
		}
		if err := verify(get("cluster"), hash); err != nil {
			t.Errorf("presigned %s: %v", url, err)
		}
		if verify(get("another"), hash) == nil {
			t.Errorf("presigned %s: verifies with another signed header", url)
		}
		if s, err := Parse(get("cluster"), may24); err != nil || s.SessionToken != creds.SessionToken || !s.Presigned || s.Expires != time.Minute {
			t.Errorf("presigned %s: parsed as %+v, %v", url, s, err)
		}
	}
}

// TestTampered: changes after signing, one per line, none of which may verify.
func TestTampered(t *testing.T) {
	const body = "Action=ListUsers"
	hash := HashPayload([]byte(body))
	for _, c := range []struct {
		name   string
		change func(r *http.Request)
	}{
		{"method", func(r *http.Request) { r.Method = "GET" }},
		{"path", func(r *http.Request) { r.URL.Path = "/b" }},
		{"path decoded another way", func(r *http.Request) { r.URL.Path, r.URL.RawPath = "/a/b", "/a%2Fb" }},
		{"path behind a stale RawPath", func(r *http.Request) { r.URL.Path, r.URL.RawPath = "/evil", "/a" }},
		{"query added", func(r *http.Request) { r.URL.RawQuery += "&b=1" }},
		{"query dropped", func(r *http.Request) { r.URL.RawQuery = "" }},
		{"semicolon parameter added", func(r *http.Request) { r.URL.RawQuery += "&c;d=1" }},
		{"host", func(r *http.Request) { r.Host = "evil" }},
		{"content type", func(r *http.Request) { r.Header.Set("Content-Type", "application/json") }},
		{"second content type", func(r *http.Request) { r.Header.Add("Content-Type", "application/json") }},
		{"signed header removed", func(r *http.Request) { r.Header.Del("Content-Type") }},
		{"token", func(r *http.Request) { r.Header.Set("X-Amz-Security-Token", "other") }},
		{"token removed", func(r *http.Request) { r.Header.Del("X-Amz-Security-Token") }},
		{"date", func(r *http.Request) { r.Header.Set("X-Amz-Date", "20130524T000001Z") }},
		{"target", func(r *http.Request) { r.Header.Set("X-Amz-Target", "x.DeleteTable") }},
		{"signature in upper case", func(r *http.Request) {
			a := r.Header.Get("Authorization")
			i := strings.Index(a, "Signature=") + 10
			r.Header.Set("Authorization", a[:i]+strings.ToUpper(a[i:]))
		}},
		{"signature cut", func(r *http.Request) { a := r.Header.Get("Authorization"); r.Header.Set("Authorization", a[:len(a)-1]) }},
		{"signed header in upper case", func(r *http.Request) {
			r.Header.Set("Authorization", strings.Replace(r.Header.Get("Authorization"), "content-type;", "Content-type;", 1))
		}},
		{"signed headers in another order", func(r *http.Request) {
			r.Header.Set("Authorization", strings.Replace(r.Header.Get("Authorization"), "content-type;host", "host;content-type", 1))
		}},
		{"signed header twice", func(r *http.Request) {
			r.Header.Set("Authorization", strings.Replace(r.Header.Get("Authorization"), "host;", "host;host;", 1))
		}},
		{"signed header named that is absent", func(r *http.Request) {
			r.Header.Set("Authorization", strings.Replace(r.Header.Get("Authorization"), "host;", "host;if-match;", 1))
		}},
		{"region", func(r *http.Request) {
			r.Header.Set("Authorization", strings.Replace(r.Header.Get("Authorization"), "us-east-1", "us-east-2", 1))
		}},
		{"service", func(r *http.Request) {
			r.Header.Set("Authorization", strings.Replace(r.Header.Get("Authorization"), "/iam/", "/sts/", 1))
		}},
		{"S3 rules for an IAM signature", func(r *http.Request) {
			r.Header.Set("X-Amz-Content-Sha256", UnsignedPayload)
			r.Header.Set("Authorization", strings.Replace(r.Header.Get("Authorization"), "/iam/", "/s3/", 1))
		}},
	} {
		r := newRequest(t, "POST", "http://h/a?b=2", body)
		if err := Sign(r, creds, "us-east-1", "iam", hash, may24, SignOptions{}); err != nil {
			t.Fatal(err)
		}
		r = sent(t, r)
		if err := verify(r, hash); err != nil {
			t.Fatalf("untouched: %v", err)
		}
		c.change(r)
		var e *Error
		if err := verify(r, hash); !errors.As(err, &e) {
			t.Errorf("%s: verifies", c.name)
		}
	}
}

// TestPayloadModes: what a client may leave uncovered, by service.
func TestPayloadModes(t *testing.T) {
	for _, c := range []struct {
		service, header, hash string
		mode                  PayloadMode
		ok                    bool
	}{
		{"s3", UnsignedPayload, "anything", PayloadUnsigned, true},
		{"s3", StreamingPayload, "", PayloadChunks, true},
		{"s3", StreamingPayloadTrailer, "", PayloadChunksTrailer, true},
		{"s3", StreamingUnsignedTrailer, "", PayloadUnsignedTrailer, true},
		{"s3", EmptyPayloadHash, EmptyPayloadHash, PayloadHash, true},
		{"s3", EmptyPayloadHash, DeferredPayload, PayloadHash, true},
		{"s3", EmptyPayloadHash, "", PayloadHash, false},
		{"s3express", UnsignedPayload, "", PayloadUnsigned, true},
		{"iam", EmptyPayloadHash, EmptyPayloadHash, PayloadHash, true},
		{"iam", EmptyPayloadHash, DeferredPayload, PayloadHash, false},
		{"iam", UnsignedPayload, EmptyPayloadHash, PayloadHash, false},
		{"iam", UnsignedPayload, UnsignedPayload, PayloadHash, false},
		{"iam", EmptyPayloadHash, strings.ToUpper(EmptyPayloadHash), PayloadHash, false},
	} {
		r := wire(t, "PUT / HTTP/1.1\nHost: h\nX-Amz-Date: 20130524T000000Z\nX-Amz-Content-Sha256: "+c.header+"\n")
		s := &Signed{AccessKeyID: exampleKey, Date: "20130524", Region: "us-east-1", Service: c.service, Terminator: terminator, Timestamp: "20130524T000000Z",
			SignedHeaders: []string{"host", "x-amz-content-sha256", "x-amz-date"}, signedHeaders: "host;x-amz-content-sha256;x-amz-date"}
		signature := signLiteral(t, r, s, c.header)
		r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential="+exampleKey+"/"+s.Scope()+", SignedHeaders="+s.signedHeaders+", Signature="+signature)
		got, err := Parse(r, may24)
		if err != nil {
			t.Errorf("%s %s: %v", c.service, c.header, err)
			continue
		}
		if err := got.Verify(r, c.hash, exampleSecret, nil); (err == nil) != c.ok || got.PayloadMode != c.mode {
			t.Errorf("%s %s hash %q: %v, mode %d", c.service, c.header, c.hash, err, got.PayloadMode)
		}
	}
}

// signLiteral signs with any payload line, as a client that follows no rules would.
func signLiteral(t *testing.T, r *http.Request, s *Signed, payload string) string {
	t.Helper()
	var c canon
	if !c.request(r, s, pathForms(s.Service)[0], payload) {
		t.Fatal("no canonical request")
	}
	sum, err := hex.DecodeString(HashPayload(c.buf))
	if err != nil {
		t.Fatal(err)
	}
	key := deriveKey(exampleSecret, s.Date, s.Region, s.Service)
	signature := s.signatureOf(&c, &key, (*[32]byte)(sum))
	return string(signature[:])
}

// TestPresignedSignatureParameter: only the first X-Amz-Signature is outside of what is signed.
func TestPresignedSignatureParameter(t *testing.T) {
	url, err := Presign(newRequest(t, "GET", "http://h/?Action=GetCallerIdentity", ""), creds, "us-east-1", "sts", "", may24, 0, SignOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		suffix string
		ok     bool
	}{{"", true}, {"&", true}, {"&X-Amz-Signature=" + strings.Repeat("0", 64), false}, {"&X-Amz-Date=20130524T000000Z", false}, {"&X-Amz-Security-Token=x", false}, {"&Action=DeleteUser", false}} {
		if err := verify(sent(t, newRequest(t, "GET", url+c.suffix, "")), EmptyPayloadHash); (err == nil) != c.ok {
			t.Errorf("suffix %q: %v", c.suffix, err)
		}
	}
	if err := verify(sent(t, newRequest(t, "GET", url, "")), HashPayload([]byte("x"))); err == nil {
		t.Error("a body that was not signed verifies")
	}
}

// TestSignedHeaderLists: which lists of names have canonical headers at all.
func TestSignedHeaderLists(t *testing.T) {
	for _, c := range []struct {
		names  string
		length int64
		want   string
	}{
		{"host;x-a", 0, "host:h\nx-a:1,2\n"},
		{":authority;x-a", 0, ":authority:h\nx-a:1,2\n"},
		{"content-length;host", 7, "content-length:7\nhost:h\n"},
		{"content-length;host", -1, ""},
		{"host;x-b", 0, ""},
		{"host;transfer-encoding", 0, ""},
		{"host;host", 0, ""},
		{"x-a;host", 0, ""},
		{"Host", 0, ""},
		{"host;x-A", 0, ""},
		{"", 0, ""},
	} {
		r := &http.Request{Host: "h", ContentLength: c.length, Header: http.Header{"X-A": {" 1", "2 "}}}
		var m canon
		if ok := m.addHeaders(r, strings.Split(c.names, ";")); ok != (c.want != "") || ok && string(m.buf) != c.want {
			t.Errorf("%s: %v %q", c.names, ok, m.buf)
		}
	}
}

// TestWellSignedAndStillRefused: the arithmetic is right, the rule is not kept.
func TestWellSignedAndStillRefused(t *testing.T) {
	for _, c := range []struct{ name, secret, terminator string }{
		{"empty secret", "", terminator},
		{"another terminator", exampleSecret, "aws5_request"},
	} {
		r := wire(t, "GET / HTTP/1.1\nHost: h\n")
		s := &Signed{AccessKeyID: exampleKey, Date: "20130524", Region: "us-east-1", Service: "iam", Terminator: c.terminator, Timestamp: "20130524T000000Z", SignedHeaders: []string{"host"}, signedHeaders: "host"}
		var m canon
		m.request(r, s, pathAsSent, EmptyPayloadHash)
		sum, _ := hex.DecodeString(HashPayload(m.buf))
		key := deriveKey(c.secret, s.Date, s.Region, s.Service)
		signature := s.signatureOf(&m, &key, (*[32]byte)(sum))
		s.Signature = string(signature[:])
		if s.Verify(r, EmptyPayloadHash, c.secret, nil) == nil {
			t.Errorf("%s: verifies", c.name)
		}
	}
}

// TestPathForms: signers that send the same path and sign it in their own ways.
func TestPathForms(t *testing.T) {
	for _, c := range []struct {
		service, target string
		form            pathForm
		ok              bool
	}{
		{"iam", "/a//b/../c", pathAsSent, true},
		{"iam", "/a//b/../c", pathNormalized, true},
		{"iam", "/a%20b", pathVerbatim, false},
		{"s3", "/a//b/../c", pathNormalized, false},
		{"s3", "/a+b%2f", pathReencoded, true},
		{"s3", "/a+b%2f", pathVerbatim, true},
		{"s3", "/a%20b", pathAsSent, false},
	} {
		r := wire(t, "GET "+c.target+" HTTP/1.1\nHost: h\nX-Amz-Content-Sha256: "+EmptyPayloadHash+"\nX-Amz-Date: 20130524T000000Z\n")
		s := &Signed{Date: "20130524", Region: "us-east-1", Service: c.service, Terminator: terminator, Timestamp: "20130524T000000Z", SignedHeaders: []string{"host"}, signedHeaders: "host"}
		var m canon
		if !m.request(r, s, c.form, EmptyPayloadHash) {
			t.Fatal("no canonical request")
		}
		sum, _ := hex.DecodeString(HashPayload(m.buf))
		key := deriveKey(exampleSecret, s.Date, s.Region, s.Service)
		signature := s.signatureOf(&m, &key, (*[32]byte)(sum))
		r.Header.Set("Authorization", fmt.Sprintf("AWS4-HMAC-SHA256 Credential=%s/%s, SignedHeaders=host, Signature=%s", exampleKey, s.Scope(), signature[:]))
		if err := verify(r, EmptyPayloadHash); (err == nil) != c.ok {
			t.Errorf("%s %s form %d: %v", c.service, c.target, c.form, err)
		}
	}
}

func TestSignRefuses(t *testing.T) {
	for _, c := range []struct {
		name                  string
		creds                 Credentials
		region, service, hash string
	}{
		{"no secret", Credentials{AccessKeyID: "a"}, "us-east-1", "iam", EmptyPayloadHash},
		{"slash in key id", Credentials{AccessKeyID: "a/b", SecretAccessKey: "s"}, "us-east-1", "iam", EmptyPayloadHash},
		{"no region", creds, "", "iam", EmptyPayloadHash},
		{"slash in service", creds, "us-east-1", "a/b", EmptyPayloadHash},
		{"unsigned payload for IAM", creds, "us-east-1", "iam", UnsignedPayload},
		{"no hash", creds, "us-east-1", "iam", ""},
		{"S3 without a hash", creds, "us-east-1", "s3", ""},
	} {
		r := newRequest(t, "GET", "http://h/", "")
		if err := Sign(r, c.creds, c.region, c.service, c.hash, may24, SignOptions{}); err == nil || r.Header.Get("Authorization") != "" {
			t.Errorf("%s: signed", c.name)
		} else if strings.Contains(err.Error(), exampleSecret) {
			t.Errorf("%s: the error holds the secret", c.name)
		}
	}
	for _, expires := range []time.Duration{-1, time.Millisecond, 604801 * time.Second} {
		if _, err := Presign(newRequest(t, "GET", "http://h/", ""), creds, "us-east-1", "sts", "", may24, expires, SignOptions{}); err == nil {
			t.Errorf("presigned for %v", expires)
		}
	}
	if err := Sign(newRequest(t, "GET", "http://h/../a", ""), creds, "us-east-1", "iam", EmptyPayloadHash, may24, SignOptions{}); err == nil {
		t.Error("signed a path above the root")
	}
}

func TestParseQuery(t *testing.T) {
	got, err := ParseQuery("a=1&&b&a=%41+%2b;c&=x&é=%ff")
	want := []Param{{"a", "1"}, {"b", ""}, {"a", "A +;c"}, {"", "x"}, {"é", "\xff"}}
	if err != nil || fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got %q, %v", got, err)
	}
	for _, bad := range []string{"a=%", "%4=1", "a=%zz"} {
		var e *Error
		if _, err := ParseQuery(bad); !errors.As(err, &e) || e.Kind != KindMalformedQuery {
			t.Errorf("%s: %v", bad, err)
		}
	}
}
