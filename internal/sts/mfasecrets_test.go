package sts_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"net/url"
	"strings"
	"testing"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"

	"github.com/aratame/aratame/internal/audit"
	"github.com/aratame/aratame/internal/store"
)

// No event and no line of the log holds a password, a seed or a code, of calls
// that succeed and of those that fail.
func TestEventsHoldNoPasswordNorSeed(t *testing.T) {
	w := newWorld(t)
	ann := w.user(home, "ann", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`)
	made := w.must(ann, "iam", "CreateVirtualMFADevice", "VirtualMFADeviceName", "phone")
	shown := between(t, made.body, "<Base32StringSeed>", "</Base32StringSeed>")
	picture := between(t, made.body, "<QRCodePNG>", "</QRCodePNG>")
	seed, err := base64.StdEncoding.DecodeString(shown)
	if err != nil || len(seed) != 64 {
		t.Fatal(shown, err)
	}
	var codes []string
	for i := range 4 {
		code, err := hotp.GenerateCodeCustom(string(seed), uint64(w.now.Unix()/30+int64(i-1)), hotp.ValidateOpts{Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1})
		if err != nil {
			t.Fatal(err)
		}
		codes = append(codes, code)
	}
	const weak, first, second, third = "weak-pass", "Sesame-first-1", "Sesame-second-2", "Sesame-third-3"
	call := func(operation string, pairs ...string) {
		t.Helper()
		if a := w.call(ann, "iam", operation, pairs...); a.code == "InternalFailure" || a.code == "ServiceFailure" {
			t.Errorf("%s: %v", operation, a)
		}
	}
	enable := []string{"UserName", "ann", "SerialNumber", serialOf("phone")}
	call("EnableMFADevice", append(enable, "AuthenticationCode1", codes[1], "AuthenticationCode2", codes[0])...)
	call("EnableMFADevice", append(enable, "AuthenticationCode1", codes[0], "AuthenticationCode2", codes[1])...)
	call("ResyncMFADevice", append(enable, "AuthenticationCode1", codes[2], "AuthenticationCode2", codes[3])...)
	call("CreateLoginProfile", "UserName", "ann", "Password", weak)
	call("CreateLoginProfile", "UserName", "ann", "Password", first)
	call("UpdateLoginProfile", "UserName", "ann", "Password", second)
	call("ChangePassword", "OldPassword", weak, "NewPassword", third)
	call("ChangePassword", "OldPassword", second, "NewPassword", third)
	call("GetLoginProfile")

	var events []string
	committed, err := w.gate.Claims.(store.Store).Outbox(context.Background(), 0, 1000)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range committed {
		events = append(events, string(e.Data))
	}
	for r, err := range w.gate.Audit.Scan(context.Background(), audit.Query{Account: home}) {
		if err != nil {
			t.Fatal(err)
		}
		text, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		events = append(events, string(text))
	}
	told := map[string]int{}
	for _, text := range events {
		for _, name := range []string{"CreateVirtualMFADevice", "EnableMFADevice", "ResyncMFADevice", "CreateLoginProfile", "UpdateLoginProfile", "ChangePassword", "GetLoginProfile"} {
			if strings.Contains(text, `"eventName":"`+name+`"`) {
				told[name]++
			}
		}
		holdsNone(t, text, string(seed), shown, picture, weak, first, second, third, codes)
	}
	if len(told) != 7 || told["EnableMFADevice"] != 2 || told["CreateLoginProfile"] != 2 || told["ChangePassword"] != 2 {
		t.Errorf("events of %v", told)
	}
	holdsNone(t, w.log.String(), string(seed), shown, picture, weak, first, second, third, codes)
}

func between(t *testing.T, text, from, to string) string {
	t.Helper()
	_, rest, ok := strings.Cut(text, from)
	inner, _, ok2 := strings.Cut(rest, to)
	if !ok || !ok2 {
		t.Fatalf("no %s in the answer", from)
	}
	return inner
}

func holdsNone(t *testing.T, text string, secrets ...any) {
	t.Helper()
	for _, s := range secrets {
		switch s := s.(type) {
		case []string:
			for _, code := range s {
				if strings.Contains(text, `"`+code+`"`) || strings.Contains(text, "="+code) {
					t.Errorf("a code is in %s", text)
				}
			}
		case string:
			if strings.Contains(text, s) || strings.Contains(text, url.QueryEscape(s)) {
				t.Errorf("a secret is in %s", text)
			}
		}
	}
}
