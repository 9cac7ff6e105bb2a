package server

import (
	"context"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"

	"github.com/aratame/aratame/internal/account"
	"github.com/aratame/aratame/internal/config"
	"github.com/aratame/aratame/sigv4"
)

// A code counts once among requests that come at the same time, for all
// services together, and also after a restart; and of those who race for a
// user's last device one wins.
func TestCodesCountOnce(t *testing.T) {
	dir := t.TempDir()
	var clock atomic.Pointer[time.Time] // which the server's background reads too
	at := func(now time.Time) { clock.Store(&now) }
	at(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
	now := func() time.Time { return *clock.Load() }
	open := func() *Server {
		t.Helper()
		s, err := Open(context.Background(), Options{Config: &config.Config{Data: dir}, Now: now})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	s := open()
	creds := sigv4.Credentials{AccessKeyID: s.First().KeyID, SecretAccessKey: s.First().Secret}
	call := func(form string) (int, string) {
		service := "iam"
		if strings.Contains(form, "2011-06-15") {
			service = "sts"
		}
		r := httptest.NewRequest(http.MethodPost, "http://aws.test/", strings.NewReader(form))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		if err := sigv4.Sign(r, creds, "us-east-1", service, sigv4.HashPayload([]byte(form)), now(), sigv4.SignOptions{}); err != nil {
			t.Error(err)
		}
		w := httptest.NewRecorder()
		s.Handler().ServeHTTP(w, r)
		return w.Code, w.Body.String()
	}
	serial := func(name string) string { return "arn:aws:iam::" + s.Account() + ":mfa/" + name }
	create := func(name string) (seed string) {
		t.Helper()
		status, body := call("Action=CreateVirtualMFADevice&Version=2010-05-08&VirtualMFADeviceName=" + name)
		_, rest, _ := strings.Cut(body, "<Base32StringSeed>")
		text, _, _ := strings.Cut(rest, "</Base32StringSeed>")
		b, err := base64.StdEncoding.DecodeString(text)
		if status != http.StatusOK || err != nil || len(b) == 0 {
			t.Fatal(status, body, err)
		}
		return string(b)
	}
	code := func(seed string, periods int) string {
		c, err := hotp.GenerateCodeCustom(seed, uint64(now().Unix()/30+int64(periods)), hotp.ValidateOpts{Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1})
		if err != nil {
			t.Error(err)
		}
		return c
	}
	pair := func(action, name, seed string, periods int) string {
		return url.Values{"Action": {action}, "Version": {"2010-05-08"}, "UserName": {"admin"}, "SerialNumber": {serial(name)},
			"AuthenticationCode1": {code(seed, periods-1)}, "AuthenticationCode2": {code(seed, periods)}}.Encode()
	}
	token := func(seed string, periods int) string {
		return url.Values{"Action": {"GetSessionToken"}, "Version": {"2011-06-15"}, "SerialNumber": {serial("phone")}, "TokenCode": {code(seed, periods)}}.Encode()
	}
	race := func(n int, form func(i int) string) int {
		var wg sync.WaitGroup
		var won atomic.Int32
		for i := range n {
			text := form(i)
			wg.Go(func() {
				if status, _ := call(text); status == http.StatusOK {
					won.Add(1)
				}
			})
		}
		wg.Wait()
		return int(won.Load())
	}
	seed := create("phone")
	if n := race(50, func(int) string { return pair("EnableMFADevice", "phone", seed, 0) }); n != 1 {
		t.Errorf("%d of 50 have enabled one device", n)
	}
	if n := race(50, func(int) string { return token(seed, 1) }); n != 1 {
		t.Errorf("%d of 50 got a session for one code", n)
	}
	if status, _ := call(pair("ResyncMFADevice", "phone", seed, 2)); status != http.StatusForbidden {
		t.Error("IAM takes a code that STS has taken", status)
	}
	for i := range account.MaxMFADevicesPerUser - 2 {
		name := fmt.Sprint("d", i)
		if status, body := call(pair("EnableMFADevice", name, create(name), 0)); status != http.StatusOK {
			t.Fatal(body)
		}
	}
	seeds := map[int]string{}
	for i := range 20 {
		seeds[i] = create(fmt.Sprint("last", i))
	}
	if n := race(20, func(i int) string { return pair("EnableMFADevice", fmt.Sprint("last", i), seeds[i], 0) }); n != 1 {
		t.Errorf("%d of 20 got the last place", n)
	}

	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open()
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	at(now().Add(30 * time.Second))
	if status, _ := call(token(seed, 0)); status != http.StatusForbidden {
		t.Error("a code counts again after a restart", status)
	}
	if status, body := call(token(seed, 1)); status != http.StatusOK {
		t.Error("a new code is refused after a restart", body)
	}
}
