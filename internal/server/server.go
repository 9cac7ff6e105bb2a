// Package server puts the parts together: it opens the data directory, makes
// the first account, and serves.
//
//   - server.go       open and close
//   - global.go       the keys of the directory
//   - background.go   what goes on beside requests
//   - bootstrap.go    the first start
//   - adminfile.go    the administrator's first key, sealed, for aratame env
//   - oidc.go         whom OpenID Connect providers are trusted by
//   - organization.go further accounts
//   - issuer.go       the accounts' issuers
//   - mirror.go       import and export
//   - listen.go       listeners, TLS, shutdown
//   - routes.go       what lies under /-/
//   - metrics.go      counters
//   - recover.go      ways back in for somebody on the host
package server

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/aratame/aratame/internal/account"
	"github.com/aratame/aratame/internal/api"
	"github.com/aratame/aratame/internal/audit"
	"github.com/aratame/aratame/internal/config"
	"github.com/aratame/aratame/internal/decide"
	"github.com/aratame/aratame/internal/iam"
	"github.com/aratame/aratame/internal/iamtemplate"
	"github.com/aratame/aratame/internal/issuer"
	"github.com/aratame/aratame/internal/mirror"
	"github.com/aratame/aratame/internal/oidc"
	"github.com/aratame/aratame/internal/seal"
	"github.com/aratame/aratame/internal/session"
	"github.com/aratame/aratame/internal/store"
	"github.com/aratame/aratame/internal/store/memory"
	"github.com/aratame/aratame/internal/store/sqlite"
	"github.com/aratame/aratame/internal/sts"
	"github.com/aratame/aratame/internal/totp"
	"github.com/aratame/aratame/internal/usage"
	"github.com/aratame/aratame/sigv4"
)

// Names in the data directory, beside those of the store.
const (
	keyFile   = "aratame.key"
	auditDir  = "audit"
	adminFile = "admin.sealed"
)

const (
	drainInterval = time.Second     // at which committed events reach the files even unpoked
	flushInterval = 5 * time.Second // of last-used data, which a crash loses
	signingKeys   = 4096            // derived SigV4 keys kept
	auditMemory   = 10_000          // events an ephemeral server keeps
)

// Options are what a Server is made from. Only Config is needed.
type Options struct {
	Config *config.Config
	// Log takes what the operator should see; nil discards it.
	Log *slog.Logger
	// Now and Rand default to the clock and to crypto/rand. Tests set them.
	Now  func() time.Time
	Rand io.Reader
	// Quotas default to those of a new AWS account.
	Quotas *account.Quotas
	// Store overrides the engine. Tests set it.
	Store store.Store
	// MustExist refuses to make a new directory.
	MustExist bool
	// Import is what a first start makes its account ready for: Server.Import
	// can then take it over.
	Import *mirror.File
}

// A Server is an opened data directory with everything that works on it.
type Server struct {
	cfg  *config.Config
	log  *slog.Logger
	now  func() time.Time
	rand io.Reader

	dir       string // "" when nothing is kept
	kek       seal.KEK
	store     store.Store
	accounts  *store.Cache
	keys      *keys
	audit     *audit.Log
	usage     *usage.Tracker
	gate      *api.Gate
	identity  *iam.Service
	issuer    *issuer.Issuer
	oidc      *oidc.Verifier
	metrics   *metrics
	templates *iamtemplate.Catalog // nil for those of the program

	account  string
	mu       sync.Mutex
	numbers  []string // of all accounts; guarded by mu
	first    *First
	admin    string // the name of the user that a first start makes
	poke     chan struct{}
	stop     context.CancelFunc
	stopped  chan struct{}
	draining atomic.Bool
	// listening is the URL of the last listener; nil before the first.
	listening atomic.Pointer[string]
}

// Open opens the data directory, making it at the first start, and readies
// everything but the listeners. The error says what to do.
func Open(ctx context.Context, o Options) (_ *Server, err error) {
	s := &Server{cfg: o.Config, log: o.Log, now: o.Now, rand: o.Rand, poke: make(chan struct{}, 1), stopped: make(chan struct{})}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if s.now == nil {
		s.now = time.Now
	}
	if s.rand == nil {
		s.rand = rand.Reader
	}
	quotas := account.DefaultQuotas
	if o.Quotas != nil {
		quotas = *o.Quotas
	}
	defer func() {
		if err != nil {
			s.release()
		}
	}()
	if s.store = o.Store; s.store == nil {
		if err := s.openStore(ctx, o.MustExist); err != nil {
			return nil, err
		}
	}
	if err := s.openKEK(ctx); err != nil {
		return nil, err
	}
	if s.keys, err = openKeys(ctx, s.store, s.kek, s.now()); err != nil {
		return nil, err
	}
	s.accounts = store.NewCache(s.store, s.rand)
	number := s.cfg.AccountID
	if s.admin = adminName; o.Import != nil {
		if number, s.admin, err = prepareImport(s.cfg, o.Import); err != nil {
			return nil, err
		}
	}
	if s.account, err = s.findAccount(ctx, number); err != nil {
		return nil, err
	}
	if err := s.openUsage(ctx); err != nil {
		return nil, err
	}
	if s.dir == "" {
		s.audit = audit.NewMemory(auditMemory)
	} else if s.audit, err = audit.OpenFiles(filepath.Join(s.dir, auditDir)); err != nil {
		return nil, err
	}
	if s.oidc, err = newVerifier(s.cfg, s.log); err != nil {
		return nil, err
	}
	if s.cfg.Templates != "" {
		if s.templates, err = iamtemplate.Load(os.DirFS(s.cfg.Templates)); err != nil {
			return nil, fmt.Errorf("templates: %w", err)
		}
	}
	s.metrics = newMetrics()
	s.compose(quotas)
	s.background()
	return s, nil
}

// openStore opens the engine. A data directory is made when it holds neither a
// database nor a key file: a key file alone means that the database was lost.
func (s *Server) openStore(ctx context.Context, mustExist bool) (err error) {
	if s.cfg.Ephemeral {
		s.store = memory.New()
		return nil
	}
	if s.dir, err = s.cfg.DataDir(); err != nil {
		return err
	}
	_, keyErr := os.Lstat(filepath.Join(s.dir, keyFile))
	s.store, err = sqliteStore(ctx, s.dir, !mustExist && errors.Is(keyErr, fs.ErrNotExist))
	return err
}

// sqliteStore keeps a nil *sqlite.Store from becoming a store.Store.
func sqliteStore(ctx context.Context, dir string, create bool) (store.Store, error) {
	st, err := sqlite.Open(ctx, sqlite.Options{Dir: dir, Create: create})
	if err != nil {
		return nil, err
	}
	return st, nil
}

// openKEK opens the key file, or makes it while nothing is sealed yet.
func (s *Server) openKEK(ctx context.Context) (err error) {
	if s.dir == "" {
		s.kek, err = seal.NewMemoryKEK(s.rand)
		return err
	}
	path := filepath.Join(s.dir, keyFile)
	s.kek, err = seal.OpenKEK(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	sealed, verr := s.store.Versions(ctx, []string{globalUnit})
	if verr != nil {
		return verr
	}
	if len(sealed) > 0 {
		return err // there are secrets, and their key is missing
	}
	s.kek, err = seal.CreateKEK(path, s.rand)
	return err
}

// findAccount returns the account that the directory is about, making it at the
// first start: with the number given, or one that is drawn for "". Of several,
// which are one organization, it is the management account.
func (s *Server) findAccount(ctx context.Context, number string) (main string, err error) {
	for after := ""; ; {
		units, err := s.store.Units(ctx, after, store.MaxPage)
		if err != nil {
			return "", err
		}
		for _, unit := range units {
			if after = unit; unit == globalUnit {
				continue
			}
			v, err := s.accounts.View(ctx, unit)
			if err != nil {
				return "", fmt.Errorf("account %s can't be read; restore a backup of the data directory: %w", unit, err)
			}
			s.numbers = append(s.numbers, unit)
			if o := v.Settings().Organization; o == nil || o.Management == unit {
				main = unit
			}
		}
		if len(units) == 0 {
			break
		}
	}
	switch {
	case len(s.numbers) == 0:
		if main, err = s.bootstrap(ctx, number); err != nil {
			return "", err
		}
		s.numbers = []string{main}
	case main == "":
		return "", errors.New("the data directory has no management account; restore a backup of it")
	case s.cfg.AccountID != "" && s.cfg.AccountID != main:
		return "", fmt.Errorf("account-id is %s, and the data directory holds account %s: leave the setting out, or choose another data directory", s.cfg.AccountID, main)
	}
	return main, nil
}

func (s *Server) openUsage(ctx context.Context) error {
	s.usage = usage.New()
	for _, acct := range s.numbers {
		values, err := s.store.LoadArea(ctx, usage.Area(acct))
		if err != nil {
			return err
		}
		if err := s.usage.Load(acct, values); err != nil {
			s.log.Warn("some last-used data can't be read and is left out", "err", err)
		}
	}
	return nil
}

// compose builds the choke point with its services.
func (s *Server) compose(quotas account.Quotas) {
	s.gate = &api.Gate{
		Accounts: s.accounts, Claims: s.store, Decider: decide.New(), Sessions: session.NewMinter(s.keys.sessions),
		Secrets: s.keys.secrets, Audit: s.audit, Usage: s.usage, Keys: sigv4.NewKeyCache(signingKeys),
		Now: s.now, Rand: s.rand, Log: s.log, Origins: s.cfg.CORSOrigins, Observe: s.metrics.observe, Drain: s.pokeDrain,
	}
	codes := totp.New(s.store)
	s.issuer = &issuer.Issuer{Secrets: s.keys.secrets, Base: s.baseURL}
	s.identity = &iam.Service{Issuer: s.issuer, Codes: codes, Accounts: s.accounts, Secrets: s.keys.secrets, Usage: s.usage, Quotas: quotas, MarkerKey: s.keys.markers, Decider: s.gate.Decider}
	tokens := &sts.Service{Issuer: s.issuer, Codes: codes, Accounts: s.accounts, Claims: s.store, Sessions: s.gate.Sessions, Secrets: s.keys.secrets}
	tokens.Verifying = make(chan struct{}, max(1, runtime.GOMAXPROCS(0)/2))
	s.identity.OIDC, tokens.OIDC = s.oidc, s.oidc
	s.identity.Templates, s.identity.Claims = s.templates, s.store
	s.gate.Register(s.identity.Ops()...)
	s.gate.Register(tokens.Ops()...)
}

// First is what was made at the first start, or nil at a later one. It holds
// secrets that are shown once.
func (s *Server) First() *First { return s.first }

// Account is the number of the account.
func (s *Server) Account() string { return s.account }

// Dir is the data directory, "" when nothing is kept.
func (s *Server) Dir() string { return s.dir }

// Close ends everything in order: events and last-used data first, then the
// store. It must be called once no request is being served.
func (s *Server) Close() error {
	s.stop()
	<-s.stopped
	return s.release()
}

func (s *Server) release() error {
	var errs []error
	if s.audit != nil {
		errs = append(errs, s.audit.Close())
	}
	if s.store != nil {
		errs = append(errs, s.store.Close())
	}
	return errors.Join(errs...)
}

// accountNumbers are those of all accounts.
func (s *Server) accountNumbers() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.numbers
}

// Check holds that the state of every account is sound.
func (s *Server) Check(ctx context.Context) error {
	for _, acct := range s.accountNumbers() {
		v, err := s.accounts.View(ctx, acct)
		if err != nil {
			return err
		}
		if err := v.Check(); err != nil {
			return fmt.Errorf("account %s: %w", acct, err)
		}
	}
	return nil
}
