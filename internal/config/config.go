// Package config reads the settings of the server: from flags, environment
// variables (ARATAME_…) and a YAML file, in this order of precedence. It is
// strict: a name that isn't known and a value that can't be read are errors,
// and all of them are told at once, since a mistyped setting must not leave a
// door open.
//
//   - config.go    the settings and what they mean together
//   - settings.go  the table of names: one row is a flag, a variable and a key
package config

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"slices"

	"github.com/aratame/aratame/internal/awsid"
)

// DefaultListen is where the server listens unless told otherwise.
const DefaultListen = "127.0.0.1:8470"

// A Config holds all settings. Its zero value is a server with defaults.
type Config struct {
	// Listen is the address to serve on; "" is DefaultListen.
	Listen string
	// Data is the data directory; "" is one under the user's data folder.
	Data string
	// Ephemeral keeps everything in memory, to be lost at the end.
	Ephemeral bool
	// AccountID is the account made at the first start; "" draws one.
	AccountID string
	// TLSCert and TLSKey are PEM files; both or none.
	TLSCert, TLSKey string
	// PublicURL is the address at which others reach the server, such as
	// "https://iam.example.com": the issuer of its web identity tokens. "" is
	// where it listens.
	PublicURL string
	// AllowPlainHTTP permits plain HTTP on an address that is not loopback.
	AllowPlainHTTP bool
	// OIDCCA is a PEM file of authorities that OpenID Connect providers are
	// trusted by, beside those of the machine.
	OIDCCA string
	// OIDCPrivate says whether providers may have addresses of this machine and
	// of private networks: allow or refuse; "" allows it while the server can be
	// reached from this machine only.
	OIDCPrivate string
	// CORSOrigins are the browser origins that may read answers; "*" is all.
	CORSOrigins []string
	// Templates is a directory of role templates and policy templates; "" has
	// those of the program alone.
	Templates string
	// LogLevel is debug, info, warn or error; "" is info.
	LogLevel string
	// LogFormat is text or json; "" is text.
	LogFormat string
	// RootKeyID and RootSecret make an access key of the root user at the
	// first start. They can be set by environment variables alone, so that the
	// secret stands in no file and no list of processes.
	RootKeyID, RootSecret string
}

// check tells what is wrong with the settings together.
func (c *Config) check() error {
	var errs []error
	bad := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	if c.AccountID != "" && !awsid.ValidAccountID(c.AccountID) {
		bad("account-id: %q is not twelve digits", c.AccountID)
	}
	if (c.TLSCert == "") != (c.TLSKey == "") {
		bad("tls-cert and tls-key belong together: set both or none")
	}
	if c.Ephemeral && c.Data != "" {
		bad("ephemeral and data exclude each other: an ephemeral server writes nothing")
	}
	if _, _, err := net.SplitHostPort(c.Address()); err != nil {
		bad("listen: %q is not HOST:PORT", c.Listen)
	} else if c.TLSCert == "" && !c.AllowPlainHTTP && !c.Loopback() {
		bad("listen: %s is reachable from other machines, and without TLS everything that passes is readable there; "+
			"set tls-cert and tls-key, or allow-plain-http if something in front of this server does TLS", c.Address())
	}
	if u, err := url.Parse(c.PublicURL); c.PublicURL != "" && (err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil ||
		c.PublicURL != u.Scheme+"://"+u.Host) {
		bad("public-url: %q is not an address such as https://iam.example.com, without a path", c.PublicURL)
	}
	if !slices.Contains([]string{"", "allow", "refuse"}, c.OIDCPrivate) {
		bad("oidc-private-addresses: %q is neither allow nor refuse", c.OIDCPrivate)
	}
	if !slices.Contains([]string{"", "debug", "info", "warn", "error"}, c.LogLevel) {
		bad("log-level: %q is none of debug, info, warn, error", c.LogLevel)
	}
	if !slices.Contains([]string{"", "text", "json"}, c.LogFormat) {
		bad("log-format: %q is neither text nor json", c.LogFormat)
	}
	if (c.RootKeyID == "") != (c.RootSecret == "") {
		bad("%sROOT_ACCESS_KEY_ID and %sROOT_SECRET_ACCESS_KEY belong together: set both or none", envPrefix, envPrefix)
	}
	if c.RootKeyID != "" && !validKeyID(c.RootKeyID) {
		bad("%sROOT_ACCESS_KEY_ID: 16 to 128 characters of A-Z and 0-9 are needed", envPrefix)
	}
	if n := len(c.RootSecret); n != 0 && (n < 16 || n > 128) {
		bad("%sROOT_SECRET_ACCESS_KEY: 16 to 128 characters are needed", envPrefix)
	}
	return errors.Join(errs...)
}

func validKeyID(id string) bool {
	for i := 0; i < len(id); i++ {
		if c := id[i]; (c < 'A' || c > 'Z') && (c < '0' || c > '9') {
			return false
		}
	}
	return len(id) >= 16 && len(id) <= 128 && id[:4] != awsid.SessionKeyPrefix
}

// Address is where the server listens.
func (c *Config) Address() string {
	if c.Listen == "" {
		return DefaultListen
	}
	return c.Listen
}

// Loopback reports whether the address can be reached from this machine only.
func (c *Config) Loopback() bool {
	host, _, err := net.SplitHostPort(c.Address())
	if err != nil {
		return false
	}
	if host == "localhost" {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback()
}

// PrivateIssuers reports whether OpenID Connect providers may have addresses of
// this machine and of private networks.
func (c *Config) PrivateIssuers() bool {
	return c.OIDCPrivate == "allow" || c.OIDCPrivate == "" && c.Loopback()
}

// DataDir is the data directory.
func (c *Config) DataDir() (string, error) {
	if c.Data != "" {
		return filepath.Abs(c.Data)
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", fmt.Errorf("no data directory is set and there is no home directory: %w", err)
	}
	base := filepath.Join(home, ".local", "share")
	switch runtime.GOOS {
	case "darwin":
		base = filepath.Join(home, "Library", "Application Support")
	case "windows":
		if base = os.Getenv("LocalAppData"); base == "" {
			base = filepath.Join(home, "AppData", "Local")
		}
	default:
		if x := os.Getenv("XDG_DATA_HOME"); filepath.IsAbs(x) {
			base = x
		}
	}
	return filepath.Join(base, "aratame"), nil
}
