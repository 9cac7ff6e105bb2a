package server

import (
	"context"
	"time"

	"github.com/aratame/aratame/internal/audit"
	"github.com/aratame/aratame/internal/store"
)

func (s *Server) pokeDrain() {
	select {
	case s.poke <- struct{}{}:
	default: // it is going to look anyway
	}
}

// background starts what goes on beside requests: draining committed events
// to the audit files, and writing last-used data.
func (s *Server) background() {
	ctx, stop := context.WithCancel(context.Background())
	s.stop = stop
	drained := make(chan struct{})
	go func() {
		defer close(drained)
		s.audit.Follow(ctx, outbox{s.store}, s.poke, drainInterval, func(err error) {
			s.log.Error("audit events wait in the store", "err", err)
		})
	}()
	go func() {
		defer close(s.stopped)
		defer func() { <-drained }()
		t, rotate := time.NewTicker(flushInterval), time.NewTicker(rotateInterval)
		defer t.Stop()
		defer rotate.Stop()
		s.rotateIssuers(ctx) // no process may last until the ticker comes
		for {
			select {
			case <-rotate.C:
				s.rotateIssuers(ctx)
			case <-t.C:
				s.flushUsage(ctx)
			case <-ctx.Done():
				s.flushUsage(context.WithoutCancel(ctx))
				return
			}
		}
	}()
}

func (s *Server) flushUsage(ctx context.Context) {
	err := s.usage.Flush(ctx, func(area string, newest map[string][]byte) error { return s.store.Merge(ctx, area, newest) })
	if err != nil && ctx.Err() == nil {
		s.log.Warn("last-used data can't be written; it is kept in memory", "err", err)
	}
}

// outbox shows the store's outbox to the audit log.
type outbox struct{ store.Store }

func (o outbox) Outbox(ctx context.Context, after uint64, n int) ([]audit.OutboxEntry, error) {
	entries, err := o.Store.Outbox(ctx, after, n)
	if err != nil {
		return nil, err
	}
	out := make([]audit.OutboxEntry, len(entries))
	for i, e := range entries {
		out[i] = audit.OutboxEntry(e)
	}
	return out, nil
}
