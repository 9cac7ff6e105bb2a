package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestPrecedence(t *testing.T) {
	file := filepath.Join(t.TempDir(), "c.yaml")
	write(t, file, "listen: 127.0.0.1:1\nlog-level: warn\ncors-origins: [https://a.example, https://b.example]\naccount-id: \"000000000001\"\n")
	c, err := Load(file, []string{"ARATAME_LISTEN=127.0.0.1:2", "ARATAME_ACCOUNT_ID=000000000002", "HOME=/x"},
		map[string]string{"listen": "127.0.0.1:3"})
	if err != nil {
		t.Fatal(err)
	}
	if c.Listen != "127.0.0.1:3" || c.AccountID != "000000000002" || c.LogLevel != "warn" || len(c.CORSOrigins) != 2 {
		t.Errorf("%+v", c)
	}
}

func TestConfigFromEnvironment(t *testing.T) {
	file := filepath.Join(t.TempDir(), "c.yaml")
	write(t, file, "log-format: json\n")
	c, err := Load("", []string{"ARATAME_CONFIG=" + file}, nil)
	if err != nil || c.LogFormat != "json" {
		t.Errorf("%+v, %v", c, err)
	}
}

// Each mistake is named, all of them at once, and no secret is repeated.
func TestMistakes(t *testing.T) {
	const secret = "squeamishossifrage"
	for _, c := range []struct {
		name  string
		file  string
		env   []string
		flags map[string]string
		want  []string
	}{
		{"unknown key", "lissten: x", nil, nil, []string{"lissten is not a setting"}},
		{"unknown variable", "", []string{"ARATAME_LISSTEN=x"}, nil, []string{"lissten is not a setting"}},
		{"lower-case variable", "", []string{"ARATAME_listen=127.0.0.1:1"}, nil, []string{"ARATAME_listen is not a setting"}},
		{"several", "a: 1\nb: 2\n", []string{"ARATAME_C=1"}, nil, []string{"a is not", "b is not", "c is not"}},
		{"duplicate key", "listen: a:1\nlisten: b:2", nil, nil, []string{"already defined"}},
		{"nested", "listen: {a: b}", nil, nil, []string{"plain value"}},
		{"two documents", "listen: 127.0.0.1:1\n---\nlisten: 127.0.0.1:2", nil, nil, []string{"more than one document"}},
		{"bad boolean", "ephemeral: perhaps", nil, nil, []string{"neither true nor false"}},
		{"plain http", "listen: 0.0.0.0:8470", nil, nil, []string{"reachable from other machines"}},
		{"plain http, any host", "listen: :8470", nil, nil, []string{"reachable from other machines"}},
		{"plain http, name", "listen: example.com:8470", nil, nil, []string{"reachable from other machines"}},
		{"half of TLS", "tls-cert: x.pem", nil, nil, []string{"belong together"}},
		{"account", "account-id: 123", nil, nil, []string{"twelve digits"}},
		{"ephemeral with data", "", nil, map[string]string{"ephemeral": "true", "data": "/x"}, []string{"exclude each other"}},
		{"secret in file", "root-secret-access-key: " + secret, nil, nil, []string{"environment alone"}},
		{"half a root key", "", []string{"ARATAME_ROOT_SECRET_ACCESS_KEY=" + secret}, nil, []string{"belong together"}},
		{"lower-case root key", "", []string{"ARATAME_ROOT_ACCESS_KEY_ID=rootrootrootroot", "ARATAME_ROOT_SECRET_ACCESS_KEY=" + secret}, nil, []string{"16 to 128"}},
		{"short secret", "", []string{"ARATAME_ROOT_ACCESS_KEY_ID=ROOTROOTROOTROOT", "ARATAME_ROOT_SECRET_ACCESS_KEY=short"}, nil, []string{"16 to 128"}},
		{"temporary prefix", "", []string{"ARATAME_ROOT_ACCESS_KEY_ID=ASIAROOTROOTROOT", "ARATAME_ROOT_SECRET_ACCESS_KEY=" + secret}, nil, []string{"16 to 128"}},
		{"public URL with a path", "public-url: https://iam.example.com/x", nil, nil, []string{"without a path"}},
		{"public URL of another scheme", "public-url: ftp://iam.example.com", nil, nil, []string{"public-url"}},
		{"private addresses", "oidc-private-addresses: yes", nil, nil, []string{"neither allow nor refuse"}},
		{"log level", "log-level: loud", nil, nil, []string{"log-level"}},
		{"origin", "cors-origins: example.com", nil, nil, []string{"not an origin"}},
		{"no such file", "-", nil, nil, []string{"no such file"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := ""
			if c.file != "" {
				path = filepath.Join(t.TempDir(), "c.yaml")
				if c.file != "-" {
					write(t, path, c.file)
				}
			}
			_, err := Load(path, c.env, c.flags)
			if err == nil {
				t.Fatal("accepted")
			}
			for _, w := range c.want {
				if !strings.Contains(err.Error(), w) {
					t.Errorf("%q lacks %q", err, w)
				}
			}
			if strings.Contains(err.Error(), secret) {
				t.Errorf("%q shows a secret", err)
			}
		})
	}
}

func TestAccepted(t *testing.T) {
	for _, env := range [][]string{
		nil,
		{"ARATAME_LISTEN=[::1]:8470"},
		{"ARATAME_LISTEN=localhost:0"},
		{"ARATAME_LISTEN=0.0.0.0:8470", "ARATAME_ALLOW_PLAIN_HTTP=true"},
		{"ARATAME_ROOT_ACCESS_KEY_ID=ROOTROOTROOTROOT", "ARATAME_ROOT_SECRET_ACCESS_KEY=0123456789abcdef"},
	} {
		if _, err := Load("", env, nil); err != nil {
			t.Errorf("%v: %v", env, err)
		}
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// Providers of this machine are for servers of this machine, unless the
// operator says otherwise.
func TestPrivateIssuers(t *testing.T) {
	for _, c := range []struct {
		listen, private string
		want            bool
	}{
		{"", "", true}, {"localhost:1", "", true}, {"0.0.0.0:1", "", false}, {"10.0.0.1:1", "", false},
		{"0.0.0.0:1", "allow", true}, {"", "refuse", false},
	} {
		if got := (&Config{Listen: c.listen, OIDCPrivate: c.private}).PrivateIssuers(); got != c.want {
			t.Errorf("%+v: %v", c, got)
		}
	}
}
