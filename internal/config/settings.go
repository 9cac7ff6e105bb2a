package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

const envPrefix = "ARATAME_"

// A Setting is one row: --name, ARATAME_NAME and name: in the file.
type Setting struct {
	Name  string
	Usage string
	// Switch takes true and false, and as a flag no value.
	Switch bool
	// EnvOnly settings are secrets, or belong to one.
	EnvOnly bool

	set func(c *Config, value string) error
}

func text(field func(c *Config) *string) func(*Config, string) error {
	return func(c *Config, v string) error { *field(c) = v; return nil }
}

func toggle(field func(c *Config) *bool) func(*Config, string) error {
	return func(c *Config, v string) error {
		b, err := strconv.ParseBool(v)
		if err != nil {
			return fmt.Errorf("%q is neither true nor false", v)
		}
		*field(c) = b
		return nil
	}
}

// Settings lists every setting of the server.
func Settings() []Setting {
	return []Setting{
		{Name: "listen", Usage: "address to serve on (default " + DefaultListen + ")", set: text(func(c *Config) *string { return &c.Listen })},
		{Name: "data", Usage: "data directory (default aratame under the user's data folder)", set: text(func(c *Config) *string { return &c.Data })},
		{Name: "ephemeral", Usage: "keep everything in memory; it is lost at the end", Switch: true, set: toggle(func(c *Config) *bool { return &c.Ephemeral })},
		{Name: "account-id", Usage: "number of the account made at the first start (default: a random one)", set: text(func(c *Config) *string { return &c.AccountID })},
		{Name: "tls-cert", Usage: "PEM file of the TLS certificate chain; read again on SIGHUP", set: text(func(c *Config) *string { return &c.TLSCert })},
		{Name: "tls-key", Usage: "PEM file of the certificate's private key", set: text(func(c *Config) *string { return &c.TLSKey })},
		{Name: "public-url", Usage: "address at which others reach the server, such as https://iam.example.com (default: where it listens)", set: text(func(c *Config) *string { return &c.PublicURL })},
		{Name: "allow-plain-http", Usage: "permit plain HTTP on an address that is not loopback", Switch: true, set: toggle(func(c *Config) *bool { return &c.AllowPlainHTTP })},
		{Name: "oidc-ca", Usage: "PEM file of certificate authorities for OpenID Connect providers, beside the machine's", set: text(func(c *Config) *string { return &c.OIDCCA })},
		{Name: "oidc-private-addresses", Usage: "allow or refuse OpenID Connect providers on this machine and in private networks (default: allow while listening on loopback)", set: text(func(c *Config) *string { return &c.OIDCPrivate })},
		{Name: "cors-origins", Usage: "browser origins that may read answers, separated by commas; * is all", set: setOrigins},
		{Name: "templates", Usage: "directory of role templates and policy templates for delegation (docs/operating.md)", set: text(func(c *Config) *string { return &c.Templates })},
		{Name: "log-level", Usage: "debug, info, warn or error (default info)", set: text(func(c *Config) *string { return &c.LogLevel })},
		{Name: "log-format", Usage: "text or json (default text)", set: text(func(c *Config) *string { return &c.LogFormat })},
		{Name: "root-access-key-id", EnvOnly: true, set: text(func(c *Config) *string { return &c.RootKeyID })},
		{Name: "root-secret-access-key", EnvOnly: true, set: text(func(c *Config) *string { return &c.RootSecret })},
	}
}

func setOrigins(c *Config, v string) error {
	c.CORSOrigins = nil
	for o := range strings.SplitSeq(v, ",") {
		if o = strings.TrimSpace(o); o != "" {
			if o != "*" && !strings.HasPrefix(o, "http://") && !strings.HasPrefix(o, "https://") {
				return fmt.Errorf("%q is not an origin such as https://console.example.com", o)
			}
			c.CORSOrigins = append(c.CORSOrigins, strings.TrimSuffix(o, "/"))
		}
	}
	return nil
}

// Env is the setting's environment variable.
func (s *Setting) Env() string {
	return envPrefix + strings.ToUpper(strings.ReplaceAll(s.Name, "-", "_"))
}

// Load joins the file of the given path ("" for none), the environment (as
// os.Environ gives it) and the flags that were set, and returns every mistake.
// ARATAME_CONFIG names the file when path is "".
func Load(path string, environ []string, flags map[string]string) (*Config, error) {
	var errs []error
	settings := Settings()
	find := func(name string) *Setting {
		i := slices.IndexFunc(settings, func(s Setting) bool { return s.Name == name })
		if i < 0 {
			return nil
		}
		return &settings[i]
	}
	variables := map[string]string{}
	for _, kv := range environ {
		name, value, _ := strings.Cut(kv, "=")
		if rest, ok := strings.CutPrefix(name, envPrefix); ok {
			variables[strings.ToLower(strings.ReplaceAll(rest, "_", "-"))] = value
			if name != strings.ToUpper(name) {
				errs = append(errs, fmt.Errorf("environment: %s is not a setting of aratame", name))
			}
		}
	}
	if path == "" {
		path = variables["config"]
	}
	delete(variables, "config")

	c := &Config{}
	apply := func(from string, values map[string]string, envOnly bool) {
		for _, s := range settings {
			v, ok := values[s.Name]
			if !ok {
				continue
			}
			if s.EnvOnly && !envOnly {
				errs = append(errs, fmt.Errorf("%s: %s is read from the environment alone (%s)", from, s.Name, s.Env()))
			} else if err := s.set(c, v); err != nil {
				errs = append(errs, fmt.Errorf("%s: %s: %w", from, s.Name, err))
			}
		}
		for _, name := range sorted(values) {
			if find(name) == nil {
				errs = append(errs, fmt.Errorf("%s: %s is not a setting of aratame", from, name))
			}
		}
	}
	if path != "" {
		values, err := readFile(path)
		if err != nil {
			errs = append(errs, err)
		}
		apply(path, values, false)
	}
	apply("environment", variables, true)
	apply("flags", flags, false)
	if err := c.check(); err != nil {
		errs = append(errs, err)
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return c, nil
}

// readFile reads a YAML mapping of names to scalars, or to lists of them.
func readFile(path string) (map[string]string, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("config: %w", err)
	}
	var doc map[string]yaml.Node
	d := yaml.NewDecoder(bytes.NewReader(data))
	if err := d.Decode(&doc); errors.Is(err, io.EOF) {
		return nil, nil
	} else if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if err := d.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%s: more than one document", path)
	}
	values := map[string]string{}
	var errs []error
	for name, node := range doc {
		switch node.Kind {
		case yaml.ScalarNode:
			values[name] = node.Value
		case yaml.SequenceNode:
			var list []string
			for _, item := range node.Content {
				if item.Kind != yaml.ScalarNode {
					errs = append(errs, fmt.Errorf("%s:%d: %s: a list of plain values is needed", path, item.Line, name))
				}
				list = append(list, item.Value)
			}
			values[name] = strings.Join(list, ",")
		default:
			errs = append(errs, fmt.Errorf("%s:%d: %s: a plain value is needed", path, node.Line, name))
		}
	}
	return values, errors.Join(errs...)
}

func sorted(m map[string]string) []string {
	names := make([]string, 0, len(m))
	for n := range m {
		names = append(names, n)
	}
	slices.Sort(names)
	return names
}
