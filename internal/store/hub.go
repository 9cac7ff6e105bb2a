package store

import (
	"context"
	"fmt"
	"iter"
	"sync"
)

// Hub hands hints from writers to watchers inside one process. The zero value
// is ready. A watcher that is slow misses hints, never holds up a writer.
type Hub struct {
	mu       sync.Mutex
	closed   bool
	watchers map[chan Hint]struct{}
}

// hubQueue is how many hints wait for one watcher before further ones are dropped.
const hubQueue = 256

// Publish gives the hint to all watchers; it never blocks.
func (h *Hub) Publish(hint Hint) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for w := range h.watchers {
		select {
		case w <- hint:
		default:
		}
	}
}

// Watch is [Store.Watch] over the hub.
func (h *Hub) Watch(ctx context.Context) iter.Seq2[Hint, error] {
	return func(yield func(Hint, error) bool) {
		w := make(chan Hint, hubQueue)
		h.mu.Lock()
		if h.closed {
			h.mu.Unlock()
			yield(Hint{}, fmt.Errorf("%w: closed", ErrUnavailable))
			return
		}
		if h.watchers == nil {
			h.watchers = make(map[chan Hint]struct{})
		}
		h.watchers[w] = struct{}{}
		h.mu.Unlock()
		defer func() {
			h.mu.Lock()
			delete(h.watchers, w)
			h.mu.Unlock()
		}()
		for {
			select {
			case <-ctx.Done():
				return
			case hint, open := <-w:
				if !open {
					yield(Hint{}, fmt.Errorf("%w: closed", ErrUnavailable))
					return
				}
				if !yield(hint, nil) {
					return
				}
			}
		}
	}
}

// Close ends all watchers with ErrUnavailable, also those yet to come.
func (h *Hub) Close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.closed = true
	for w := range h.watchers {
		close(w)
	}
	h.watchers = nil
}
