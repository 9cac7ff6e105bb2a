package server

import (
	"net/http"
	"strings"

	"github.com/aratame/aratame/internal/issuer"
)

// reserved is the prefix of everything that is no AWS API: no bucket's name can
// begin with a hyphen.
const reserved = "/-/"

// Handler serves the whole endpoint: the AWS APIs, and what lies under /-/.
func (s *Server) Handler() http.Handler {
	own := http.NewServeMux()
	own.HandleFunc("GET "+reserved+"healthz", s.healthz)
	own.HandleFunc("GET "+reserved+"readyz", s.readyz)
	own.Handle("GET "+reserved+"metrics", s.metrics.handler())
	own.HandleFunc("GET "+issuer.Path+"{id}"+issuer.DiscoveryPath, s.issuerDocument(s.issuer.Discovery))
	own.HandleFunc("GET "+issuer.Path+"{id}"+issuer.KeysPath, s.issuerDocument(s.issuer.KeySet))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, reserved) {
			own.ServeHTTP(w, r)
			return
		}
		s.gate.ServeHTTP(w, r)
	})
}

// healthz says that the process serves.
func (s *Server) healthz(w http.ResponseWriter, _ *http.Request) { plain(w, http.StatusOK, "ok\n") }

// readyz says that requests can be answered: the store reads and the audit log
// writes.
func (s *Server) readyz(w http.ResponseWriter, r *http.Request) {
	_, err := s.store.Versions(r.Context(), []string{s.account})
	switch {
	case s.draining.Load():
		plain(w, http.StatusServiceUnavailable, "shutting down\n")
	case err != nil:
		plain(w, http.StatusServiceUnavailable, "the store can't be read\n")
	case s.audit.Err() != nil:
		plain(w, http.StatusServiceUnavailable, "the audit log can't be written\n")
	default:
		plain(w, http.StatusOK, "ready\n")
	}
}

func plain(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(text)) // the client may be gone
}
