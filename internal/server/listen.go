package server

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync/atomic"
	"time"
)

// Bounds of one connection. Writing covers the work between.
const (
	readHeaderTimeout = 10 * time.Second
	readTimeout       = 60 * time.Second
	writeTimeout      = 60 * time.Second
	idleTimeout       = 3 * time.Minute
	maxHeaderBytes    = 64 << 10
	shutdownTimeout   = 7 * time.Second // of the 10 s that an end may take
)

// A Listener serves on one address.
type Listener struct {
	server *Server
	http   *http.Server
	net    net.Listener
	cert   *certificate
}

// Listen binds the configured address. Nothing is served before Serve.
func (s *Server) Listen() (*Listener, error) {
	l := &Listener{server: s, http: &http.Server{
		Handler: s.Handler(), ReadHeaderTimeout: readHeaderTimeout, ReadTimeout: readTimeout, WriteTimeout: writeTimeout,
		IdleTimeout: idleTimeout, MaxHeaderBytes: maxHeaderBytes,
		ErrorLog: slog.NewLogLogger(s.log.Handler(), slog.LevelWarn), // failed TLS handshakes and the like
	}}
	if s.cfg.TLSCert != "" {
		l.cert = &certificate{certFile: s.cfg.TLSCert, keyFile: s.cfg.TLSKey}
		if err := l.cert.load(); err != nil {
			return nil, err
		}
		l.http.TLSConfig = &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: l.cert.get}
	}
	var err error
	if l.net, err = net.Listen("tcp", s.cfg.Address()); err != nil {
		return nil, fmt.Errorf("can't listen on %s; is another server there? --listen chooses another address: %w", s.cfg.Address(), err)
	}
	url := l.URL()
	s.listening.Store(&url)
	return l, nil
}

// URL is where the listener can be reached from this machine.
func (l *Listener) URL() string {
	scheme := "http"
	if l.cert != nil {
		scheme = "https"
	}
	return scheme + "://" + localAddress(l.net.Addr().String())
}

// localAddress replaces an unspecified host by the loopback address.
func localAddress(address string) string {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return address
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return net.JoinHostPort(host, port)
}

// Reload reads the certificate again. On an error the old one stays in use.
func (l *Listener) Reload() error {
	if l.cert == nil {
		return nil
	}
	return l.cert.load()
}

// Serve serves until ctx ends, then lets the requests under way finish, for at
// most seven seconds.
func (l *Listener) Serve(ctx context.Context) error {
	done := make(chan error, 1)
	go func() {
		if l.cert != nil {
			done <- l.http.ServeTLS(l.net, "", "")
		} else {
			done <- l.http.Serve(l.net)
		}
	}()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
	}
	l.server.draining.Store(true)
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownTimeout)
	defer cancel()
	if err := l.http.Shutdown(stop); err != nil {
		_ = l.http.Close() // whoever is still connected has had their time
	}
	if err := <-done; !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// A certificate can be replaced while it is in use.
type certificate struct {
	certFile, keyFile string
	current           atomic.Pointer[tls.Certificate]
}

func (c *certificate) load() error {
	pair, err := tls.LoadX509KeyPair(c.certFile, c.keyFile)
	if err != nil {
		return fmt.Errorf("TLS certificate %s: %w", c.certFile, err)
	}
	c.current.Store(&pair)
	return nil
}

func (c *certificate) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	return c.current.Load(), nil
}
