package awsid

import (
	"crypto/rand"
	"regexp"
	"testing"
)

func TestAccountOfKeyID(t *testing.T) {
	for _, c := range []struct {
		id, account string
		ok          bool
	}{
		{"ASIAQNZGKIQY56JQ7WML", "029608264753", true}, // published pair
		{"ASIAY34FZKBOKMUTVV7A", "609629065308", true}, // published pair
		{"AKIAIOSFODNN7EXAMPLE", "", false},            // older format: no account inside
		{"AKIA", "", false},
		{"ASIAQNZGKIQY56JQ7WM1", "", false}, // 1 is not in the alphabet
		{"asiaqnzgkiqy56jq7wml", "", false},
	} {
		if got, ok := AccountOfKeyID(c.id); got != c.account || ok != c.ok {
			t.Errorf("AccountOfKeyID(%s) = %q, %v; want %q, %v", c.id, got, ok, c.account, c.ok)
		}
	}
}

func TestKeyIDCarriesAccount(t *testing.T) {
	for _, account := range []string{"000000000000", "000000000001", "123456789012", "999999999999"} {
		for range 200 {
			id := NewAccessKeyID(rand.Reader, AccessKeyPrefix, account)
			if got, ok := AccountOfKeyID(id); !ok || got != account || len(id) != 20 {
				t.Fatalf("%s carries %q, %v; want %q", id, got, ok, account)
			}
		}
	}
}

func TestForms(t *testing.T) {
	for _, c := range []struct{ got, pattern string }{
		{NewEntityID(rand.Reader, UserPrefix, "123456789012"), `^AIDA[A-Z2-7]{17}$`},
		{NewSecretAccessKey(rand.Reader), `^[A-Za-z0-9+/]{40}$`},
		{NewRequestID(rand.Reader), `^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`},
		{NewAccountID(rand.Reader), `^[1-9][0-9]{11}$`},
	} {
		if !regexp.MustCompile(c.pattern).MatchString(c.got) {
			t.Errorf("%q does not match %s", c.got, c.pattern)
		}
	}
}

func TestParseARN(t *testing.T) {
	for _, c := range []struct {
		in string
		ok bool
	}{
		{"arn:aws:iam::123456789012:role/a/B", true},
		{"arn:aws:s3:::b/k:with:colons", true},
		{"arn:aws:iam::123456789012:", false},
		{"arn:aws:iam::123456789012", false},
		{"ARN:aws:iam::123456789012:user/x", false},
		{"arn::iam::1:user/x", false},
		{"", false},
	} {
		a, err := ParseARN(c.in)
		if (err == nil) != c.ok || c.ok && a.String() != c.in {
			t.Errorf("ParseARN(%q) = %+v, %v", c.in, a, err)
		}
	}
}

func TestSplitPath(t *testing.T) {
	for _, c := range []struct{ in, kind, path, name string }{
		{"role/Name", "role", "/", "Name"},
		{"role/a/b/Name", "role", "/a/b/", "Name"},
		{"role/", "", "", ""},
		{"root", "", "", ""},
		{"/x", "", "", ""},
	} {
		kind, path, name, ok := SplitPath(c.in)
		if kind != c.kind || path != c.path || name != c.name || ok != (c.name != "") {
			t.Errorf("SplitPath(%q) = %q %q %q %v", c.in, kind, path, name, ok)
		}
	}
}

func TestFold(t *testing.T) {
	if Fold("AbC@x") != "abc@x" || Fold("abc") != "abc" {
		t.Error("Fold doesn't fold")
	}
}
