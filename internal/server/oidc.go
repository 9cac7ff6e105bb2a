package server

import (
	"crypto/x509"
	"fmt"
	"log/slog"
	"os"

	"github.com/aratame/aratame/internal/config"
	"github.com/aratame/aratame/internal/oidc"
)

// newVerifier returns what verifies web identity tokens, trusting the
// authorities of the machine and those of the setting oidc-ca.
func newVerifier(cfg *config.Config, log *slog.Logger) (*oidc.Verifier, error) {
	roots, err := x509.SystemCertPool()
	if err != nil {
		log.Warn("the machine's certificate authorities can't be read; OpenID Connect providers are trusted by oidc-ca and thumbprints alone", "err", err)
		roots = x509.NewCertPool()
	}
	if cfg.OIDCCA != "" {
		text, err := os.ReadFile(cfg.OIDCCA)
		if err != nil {
			return nil, fmt.Errorf("oidc-ca: %w", err)
		}
		if !roots.AppendCertsFromPEM(text) {
			return nil, fmt.Errorf("oidc-ca: %s holds no certificate in PEM", cfg.OIDCCA)
		}
	}
	return oidc.New(oidc.Options{Roots: roots, AllowPrivate: cfg.PrivateIssuers(), Log: log}), nil
}
