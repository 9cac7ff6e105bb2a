package oidc

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/aratame/aratame/internal/awserr"
)

// How key sets are kept.
const (
	maxIssuers = 1024             // key sets at a time; those longest unused go
	keepFor    = time.Hour        // then a set is asked for again
	askAgain   = 30 * time.Second // at the earliest, for a key that a set lacks
	retryAfter = 5 * time.Second  // at the earliest, after a failure
)

// A Provider is an identity provider as an account has registered it.
type Provider struct {
	URL       string // of the issuer, exactly as tokens have it
	ClientIDs []string
	// AnyAudience takes tokens made for anybody: it is left to others to look
	// at the audience.
	AnyAudience bool
	// Thumbprints are SHA-1 sums of certificates, in hex, that are believed
	// where no authority is.
	Thumbprints []string
}

// Options are what a Verifier is made from.
type Options struct {
	// Roots are the authorities whose certificates providers may have.
	Roots *x509.CertPool
	// AllowPrivate lets providers have addresses of this machine and of
	// private networks.
	AllowPrivate bool
	// Log is told why keys couldn't be had; nil discards it.
	Log *slog.Logger
}

// A Verifier verifies tokens. All methods may be called at once from any
// goroutine; a provider that is slow keeps only those waiting who need it.
type Verifier struct {
	options Options
	mu      sync.Mutex // of issuers: one entry for one key
	issuers *lru.Cache[string, *issuer]
}

// New returns a Verifier that holds no keys yet.
func New(o Options) *Verifier {
	if o.Roots == nil {
		o.Roots = x509.NewCertPool()
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	c, err := lru.New[string, *issuer](maxIssuers)
	if err != nil {
		panic("oidc: " + err.Error()) // the size is a positive constant
	}
	return &Verifier{options: o, issuers: c}
}

// Answers to whoever has sent a token.
var (
	errNotValidated = awserr.New("InvalidIdentityToken",
		"The web identity token provided could not be validated. See the AssumeRoleWithWebIdentity documentation for requirements.")
	errNoKey = awserr.New("InvalidIdentityToken",
		"Couldn't retrieve verification key from your identity provider,  please reference AssumeRoleWithWebIdentity documentation for requirements")
	errCertificate = awserr.New("InvalidIdentityToken", "OpenIDConnect provider's HTTPS certificate doesn't match configured thumbprint")
	errUnreachable = awserr.New("IDPCommunicationError",
		"The identity provider that was asked to verify the incoming identity token could not be reached.")
	errAudience = awserr.New("InvalidIdentityToken", "Incorrect token audience")
)

// Verify holds a token against the provider that its issuer names: its time is
// now, a key of the provider has signed it, and it was made for one of the
// provider's client ids, in this order. The error is the answer to whoever sent
// it, with its cause for the log.
func (v *Verifier) Verify(ctx context.Context, now time.Time, t *Token, p *Provider) (*Claims, error) {
	if t.Issuer() != p.URL {
		return nil, errNotValidated
	}
	c, err := t.read(now)
	if err != nil {
		return nil, err
	}
	key, err := v.key(ctx, now, t, p)
	if err != nil {
		return nil, err
	}
	if !verify(t, key) {
		return nil, errNotValidated
	}
	if !p.AnyAudience && !slices.Contains(p.ClientIDs, c.Audience) {
		return nil, errAudience
	}
	return c, nil
}

// Thumbprint asks a provider's server for its keys and returns the thumbprint
// of the last certificate in the chain that it presents, which is that of the
// top authority below the root. The chain must be that of a known authority.
func (v *Verifier) Thumbprint(ctx context.Context, now time.Time, url string) (string, error) {
	p, err := v.source(now, &Provider{URL: url}).fetch(ctx)
	if err != nil {
		return "", err
	}
	return thumbprint(p.chain[len(p.chain)-1]), nil
}

func (v *Verifier) source(now time.Time, p *Provider) *source {
	return &source{
		url: p.URL, allowPrivate: v.options.AllowPrivate,
		trust: trust{roots: v.options.Roots, thumbprints: p.Thumbprints, now: now},
	}
}

// An issuer is the cached key set of a provider with certain thumbprints: what
// one account believes, another need not.
type issuer struct {
	mu     sync.Mutex
	set    *keySet
	got    time.Time // when the set was
	asked  time.Time // when the last attempt began
	err    error     // of the last attempt
	flight chan struct{}
}

func (v *Verifier) issuer(p *Provider) *issuer {
	id := p.URL + "\x00" + strings.ToLower(strings.Join(p.Thumbprints, "\x00"))
	v.mu.Lock()
	defer v.mu.Unlock()
	i, ok := v.issuers.Get(id)
	if !ok {
		i = &issuer{}
		v.issuers.Add(id, i)
	}
	return i
}

// key finds the key that the token names. The provider is asked when nothing is
// known of it, or not of late, and, not too often, when it may have changed its
// keys: tokens of strangers can't make the server ask more. All who wait for one
// provider wait for the same answer.
func (v *Verifier) key(ctx context.Context, now time.Time, t *Token, p *Provider) (jose.JSONWebKey, error) {
	i := v.issuer(p)
	for asked := false; ; asked = true {
		k, wait, err := v.look(i, now, t, p, asked)
		if wait == nil {
			return k, err
		}
		select {
		case <-wait:
		case <-ctx.Done():
			return k, answer(ctx.Err())
		}
	}
}

// look returns the key or an error, or a channel that is closed when the
// provider has answered. Once asked, it is content with what there is.
func (v *Verifier) look(i *issuer, now time.Time, t *Token, p *Provider, asked bool) (k jose.JSONWebKey, wait chan struct{}, err error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.set != nil && near(now, i.got, keepFor) {
		if k, ok := i.set.find(t); ok {
			return k, nil, nil
		}
		if asked || near(now, i.asked, askAgain) {
			return k, nil, errNoKey
		}
	} else if asked || i.err != nil && near(now, i.asked, retryAfter) {
		return k, nil, answer(i.err)
	}
	if i.flight == nil {
		i.asked, i.flight = now, make(chan struct{})
		go v.ask(i, now, p, i.flight)
	}
	return k, i.flight, nil
}

// ask gets the key set anew. It runs by itself: who has asked may be gone before
// the answer comes, and others wait for it too.
func (v *Verifier) ask(i *issuer, now time.Time, p *Provider, done chan struct{}) {
	set, err := v.keySet(now, p)
	if err != nil {
		v.options.Log.Warn("the keys of an OpenID Connect provider can't be had", "issuer", p.URL, "err", err)
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.err = err; err == nil {
		i.set, i.got = set, now
	}
	i.flight = nil
	close(done)
}

func (v *Verifier) keySet(now time.Time, p *Provider) (set *keySet, err error) {
	defer func() {
		if r := recover(); r != nil { // what was read is somebody else's
			set, err = nil, fmt.Errorf("oidc: panic: %v", r)
		}
	}()
	got, err := v.source(now, p).fetch(context.Background())
	if err != nil {
		return nil, err
	}
	return parseKeySet(got.keys)
}

// near reports whether two times are less than d apart, whichever is first:
// calls don't come in the order of their times, and clocks are set back.
func near(a, b time.Time, d time.Duration) bool { return a.Sub(b).Abs() < d }

// answer says in AWS's words why there is no key. A provider that could not be
// reached may be there again in a moment, which clients are told.
func answer(cause error) error {
	e := *errNoKey
	switch {
	case errors.Is(cause, errUntrusted):
		e = *errCertificate
	case errors.Is(cause, errAddress):
	case unreached(cause):
		e = *errUnreachable
	}
	e.Cause = cause
	return &e
}

func unreached(cause error) bool {
	var op *net.OpError
	var name *net.DNSError
	var timed net.Error
	return errors.As(cause, &op) || errors.As(cause, &name) || errors.As(cause, &timed) && timed.Timeout() ||
		errors.Is(cause, context.DeadlineExceeded) || errors.Is(cause, context.Canceled)
}
