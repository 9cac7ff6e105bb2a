package oidc

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Limits of what is asked of a provider's server. AWS gives up after about five
// seconds, too.
const (
	connectTimeout  = 3 * time.Second  // for the connection, and again for TLS
	responseTimeout = 5 * time.Second  // for one whole answer
	fetchTimeout    = 10 * time.Second // for both documents
	maxDiscovery    = 64 << 10         // bytes
	maxJWKS         = 512 << 10        // bytes: 200 keys with certificates
	maxHeader       = 32 << 10         // bytes
	maxRedirects    = 3
)

// A source is where the keys of one provider come from, and how.
type source struct {
	url          string // of the issuer
	trust        trust
	allowPrivate bool
}

// A published is what a provider's server has said.
type published struct {
	keys  []byte
	chain []*x509.Certificate // of the server of the keys
}

// fetch gets the discovery document of the issuer and the JWKS it names.
func (s *source) fetch(ctx context.Context) (*published, error) {
	ctx, cancel := context.WithTimeout(ctx, fetchTimeout)
	defer cancel()
	p := &published{}
	doc, err := s.get(ctx, strings.TrimSuffix(s.url, "/")+"/.well-known/openid-configuration", maxDiscovery, p)
	if err != nil {
		return nil, fmt.Errorf("discovery document: %w", err)
	}
	m, err := object(doc)
	if err != nil {
		return nil, fmt.Errorf("discovery document: %w", err)
	}
	if issuer, _ := text1(m["issuer"]); issuer != s.url {
		return nil, errors.New("discovery document: its issuer is another one")
	}
	at, _ := text1(m["jwks_uri"])
	if p.keys, err = s.get(ctx, at, maxJWKS, p); err != nil {
		return nil, fmt.Errorf("JWKS: %w", err)
	}
	return p, nil
}

// get returns the body of a 200 answer of at most limit bytes.
func (s *source) get(ctx context.Context, at string, limit int64, p *published) ([]byte, error) {
	if err := checkURL(at); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, responseTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, at, nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", "aratame")
	// Connections aren't kept: another provider's trust must not be borrowed.
	client := http.Client{
		Transport: &http.Transport{
			DialTLSContext: s.dial, DialContext: noPlain, DisableKeepAlives: true, DisableCompression: true,
			MaxResponseHeaderBytes: maxHeader,
		},
		CheckRedirect: func(next *http.Request, via []*http.Request) error {
			if len(via) > maxRedirects {
				return errors.New("too many redirects")
			}
			return checkURL(next.URL.String())
		},
	}
	resp, err := client.Do(req)
	if err != nil {
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.TLS == nil {
		return nil, errors.New("oidc: an answer without TLS")
	}
	p.chain = resp.TLS.PeerCertificates
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("HTTP status %d", resp.StatusCode)
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(body)) > limit {
		return nil, fmt.Errorf("longer than %d bytes", limit)
	}
	return body, nil
}

// dial connects, looks at the address and at the certificate.
func (s *source) dial(ctx context.Context, network, address string) (net.Conn, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	d := net.Dialer{Timeout: connectTimeout, Control: guard(s.allowPrivate)}
	conn, err := d.DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, connectTimeout)
	defer cancel()
	secure := tls.Client(conn, s.trust.config(host))
	if err := secure.HandshakeContext(ctx); err != nil {
		_ = conn.Close()
		return nil, err
	}
	return secure, nil
}

// noPlain keeps a request without TLS from ever being made.
func noPlain(context.Context, string, string) (net.Conn, error) {
	return nil, errors.New("oidc: https alone is used")
}

// checkURL takes https URLs of a host, without a user and a fragment.
func checkURL(text string) error {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "https" || u.Hostname() == "" || u.User != nil || u.Fragment != "" || len(text) > 2048 {
		return errors.New("not an https URL")
	}
	return nil
}

// CheckIssuer takes the URLs that a provider may have: https, a host, a path,
// without user, query and fragment. A port is taken, other than by AWS, since
// providers on one's own machine have one.
func CheckIssuer(text string) bool {
	if !strings.HasPrefix(text, "https://") || strings.ContainsAny(text, "?#@\\ ") || checkURL(text) != nil {
		return false
	}
	for i := range len(text) {
		if text[i] <= ' ' || text[i] >= 0x7f {
			return false
		}
	}
	return true
}
