package server

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/aratame/aratame/internal/account"
	"github.com/aratame/aratame/internal/awsid"
	"github.com/aratame/aratame/internal/issuer"
	"github.com/aratame/aratame/internal/store"
)

// rotateInterval is how often the keys of issuers are looked at. They change
// after months.
const rotateInterval = time.Hour

// baseURL is the server's address as clients are told it.
func (s *Server) baseURL() string {
	if s.cfg.PublicURL != "" {
		return s.cfg.PublicURL
	}
	if url := s.listening.Load(); url != nil {
		return *url
	}
	return Endpoint(s.cfg)
}

// issuerDocument answers for the issuer of any account, by its id. It needs no
// credentials: verifiers have none.
func (s *Server) issuerDocument(document func(*account.Outbound) ([]byte, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		o, err := s.outbound(r.Context(), r.PathValue("id"))
		if err == nil && o == nil {
			plain(w, http.StatusNotFound, "there is no such issuer\n")
			return
		}
		var body []byte
		if err == nil {
			body, err = document(o)
		}
		if err != nil {
			s.log.Error("an issuer's document can't be given", "err", err)
			plain(w, http.StatusServiceUnavailable, "try again\n")
			return
		}
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Cache-Control", "public, max-age=3600")
		w.Header().Set("Access-Control-Allow-Origin", "*")
		_, _ = w.Write(append(body, '\n')) // the client may be gone
	}
}

// outbound finds the issuer of this id, or nil.
func (s *Server) outbound(ctx context.Context, id string) (*account.Outbound, error) {
	if len(id) != 36 { // a UUID
		return nil, nil
	}
	acct, err := s.store.Resolve(ctx, issuer.Claim(id))
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	v, err := s.accounts.View(ctx, acct)
	if err != nil {
		return nil, err
	}
	if o := v.Settings().Outbound; o != nil && o.ID == id {
		return o, nil
	}
	return nil, nil
}

func (s *Server) rotateIssuers(ctx context.Context) {
	for _, acct := range s.accountNumbers() {
		if err := s.rotateIssuer(ctx, acct); err != nil && ctx.Err() == nil {
			s.log.Warn("the issuer's keys can't be renewed; the old ones go on signing", "err", err)
		}
	}
}

// rotateIssuer gives the issuer of an account new keys when it is time. They
// are made before the write lane, since that takes up to a second.
func (s *Server) rotateIssuer(ctx context.Context, acct string) error {
	v, err := s.accounts.View(ctx, acct)
	if err != nil {
		return err
	}
	o, now := v.Settings().Outbound, s.now().UTC().Truncate(time.Second)
	if o == nil || !o.Enabled {
		return nil
	}
	keys, changed, err := s.issuer.Rotate(acct, o.Keys, s.rand, now)
	if err != nil || !changed {
		return err
	}
	return s.accounts.Update(ctx, acct, func(tx *account.Tx) (store.Effects, error) {
		settings := tx.View().Settings().Clone()
		if settings.Outbound == nil || tx.View().Settings().Outbound != o {
			return store.Effects{}, nil // somebody else was here; an hour more does no harm
		}
		settings.Outbound.Keys = keys
		tx.PutSettings(settings)
		entry, err := s.hostEvent(acct, "RotateIssuerKeys", now, []string{awsid.Root(acct)})
		return store.Effects{Outbox: entry}, err
	})
}
