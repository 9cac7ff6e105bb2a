package store_test

import (
	"context"
	"crypto/rand"
	"errors"
	"testing"
	"time"

	"github.com/aratame/aratame/internal/store"
	"github.com/aratame/aratame/internal/store/memory"
)

// panicky panics in Commit while broken is set.
type panicky struct {
	store.Store
	broken bool
}

func (p *panicky) Commit(ctx context.Context, b store.Batch) (store.Version, error) {
	if p.broken {
		panic("broken")
	}
	return p.Store.Commit(ctx, b)
}

// A panic in the engine is the error of those it concerns; the account can be
// written again after it.
func TestLaneOutlivesPanic(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	s := &panicky{Store: memory.New()}
	c := store.NewCache(s, rand.Reader)
	if err := create(c, unit); err != nil {
		t.Fatal(err)
	}
	s.broken = true
	for range 2 {
		if err := c.Update(ctx, unit, putUser(1)); !errors.Is(err, store.ErrUnknown) {
			t.Fatal(err)
		}
	}
	s.broken = false
	if err := c.Update(ctx, unit, putUser(2)); err != nil {
		t.Fatal(err)
	}
	v, err := c.View(ctx, unit)
	if err != nil || v.User(newUser(1).Name) != nil || v.User(newUser(2).Name) == nil {
		t.Error(v, err)
	}
}
