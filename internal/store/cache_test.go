package store_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aratame/aratame/internal/account"
	"github.com/aratame/aratame/internal/store"
	"github.com/aratame/aratame/internal/store/memory"
	"github.com/aratame/aratame/internal/store/storetest"
)

const unit = "123456789012"

var began = time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)

func openMemory(*testing.T) store.Store { return memory.New() }

func newUser(n int) *account.User {
	return &account.User{ID: fmt.Sprintf("AIDA%04d", n), Name: fmt.Sprintf("user%d", n), Path: "/", Created: began}
}

func putUser(n int, claims ...store.Claim) store.UpdateFunc {
	return func(tx *account.Tx) (store.Effects, error) {
		tx.PutUser(newUser(n))
		return store.Effects{Claims: claims}, nil
	}
}

func create(c *store.Cache, acct string) error {
	return c.Create(context.Background(), &account.Settings{Account: acct, Created: began}, func(*account.Tx) (store.Effects, error) { return store.Effects{}, nil })
}

// TestCacheFaults lets each write of a life meet each fault. What was
// acknowledged is there after a reload; what was refused as unavailable or
// conflicting isn't; the cache shows what the store holds.
func TestCacheFaults(t *testing.T) {
	storetest.EachFault(t, openMemory, func(t *testing.T, f *storetest.Faulty) {
		ctx := context.Background()
		c := store.NewCache(f, rand.Reader)
		if err := create(c, unit); err != nil {
			f.Settle()
			c = store.NewCache(f, rand.Reader)
			if err := create(c, unit); err != nil && !errors.Is(err, store.ErrConflict) {
				t.Fatal(err)
			}
		}
		outcome := map[int]error{}
		for n := range 5 {
			outcome[n] = c.Update(ctx, unit, putUser(n, store.Claim{Name: fmt.Sprintf("claim%d", n)}))
		}
		f.Settle()
		live, err := c.View(ctx, unit)
		if err != nil {
			t.Fatal(err)
		}
		again, err := store.NewCache(f, rand.Reader).View(ctx, unit)
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range []*account.View{live, again} {
			if err := v.Check(); err != nil {
				t.Error(err)
			}
		}
		for n, err := range outcome {
			there := again.User(newUser(n).Name) != nil
			if there != (live.User(newUser(n).Name) != nil) {
				t.Errorf("user %d: the cache and the store differ", n)
			}
			if err == nil && !there || errors.Is(err, store.ErrUnavailable) && there {
				t.Errorf("user %d: answered %v, kept %v", n, err, there)
			}
		}
		err = c.Update(ctx, unit, putUser(9))
		if err != nil { // the script has one fault, and it may wait here
			err = c.Update(ctx, unit, putUser(9))
		}
		if err != nil {
			t.Errorf("afterwards: %v", err)
		}
	})
}

func TestCacheConflict(t *testing.T) {
	ctx, s := context.Background(), memory.New()
	a, b := store.NewCache(s, rand.Reader), store.NewCache(s, rand.Reader)
	if err := create(a, unit); err != nil {
		t.Fatal(err)
	}
	if err := create(b, unit); !errors.Is(err, store.ErrConflict) {
		t.Errorf("created twice: %v", err)
	}
	for n := range 10 {
		c := []*store.Cache{a, b}[n%2]
		if err := c.Update(ctx, unit, putUser(n)); err != nil {
			t.Fatal(err)
		}
	}
	v, err := b.View(ctx, unit)
	if err != nil {
		t.Fatal(err)
	}
	for n := range 10 {
		if v.User(newUser(n).Name) == nil {
			t.Errorf("user %d was lost", n)
		}
	}
}

func TestCacheClaims(t *testing.T) {
	ctx, c := context.Background(), store.NewCache(memory.New(), rand.Reader)
	for _, acct := range []string{unit, "210987654321"} {
		if err := create(c, acct); err != nil {
			t.Fatal(err)
		}
	}
	claim := store.Claim{Name: "one"}
	if err := c.Update(ctx, unit, putUser(1, claim)); err != nil {
		t.Fatal(err)
	}
	if err := c.Update(ctx, "210987654321", putUser(2, claim)); !errors.Is(err, store.ErrClaimed) {
		t.Errorf("a held claim: %v", err)
	}
	v, err := c.View(ctx, "210987654321")
	if err != nil || v.User("user2") != nil {
		t.Errorf("the refused change shows: %v", err)
	}
}

// TestCacheConcurrent sends updates at once, some of which fail or panic: only
// those are refused, and the lane goes on.
func TestCacheConcurrent(t *testing.T) {
	ctx, f := context.Background(), storetest.NewFaulty(memory.New())
	c := store.NewCache(f, rand.Reader)
	if err := create(c, unit); err != nil {
		t.Fatal(err)
	}
	f.Script()
	const updates = 90
	errs, mine := make([]error, updates), errors.New("mine")
	// The first update holds the lane until the others wait behind it.
	hold, held := make(chan struct{}), make(chan struct{})
	var once sync.Once
	var wg sync.WaitGroup
	wg.Go(func() {
		if err := c.Update(ctx, unit, func(tx *account.Tx) (store.Effects, error) {
			once.Do(func() { close(held) })
			<-hold
			return putUser(1000)(tx)
		}); err != nil {
			t.Error(err)
		}
	})
	<-held
	for n := range updates {
		wg.Go(func() {
			errs[n] = c.Update(ctx, unit, func(tx *account.Tx) (store.Effects, error) {
				eff, _ := putUser(n)(tx)
				switch n % 3 {
				case 1:
					return eff, mine
				case 2:
					panic("broken")
				}
				return eff, nil
			})
		})
	}
	time.Sleep(50 * time.Millisecond)
	close(hold)
	wg.Wait()
	v, err := c.View(ctx, unit)
	if err != nil {
		t.Fatal(err)
	}
	for n, err := range errs {
		ok := [...]bool{err == nil, errors.Is(err, mine), err != nil && strings.Contains(err.Error(), "panicked")}[n%3]
		if there := v.User(newUser(n).Name) != nil; !ok || there != (n%3 == 0) {
			t.Errorf("update %d: %v, kept %v", n, err, there)
		}
	}
	if n := f.Writes(); n > 20 {
		t.Errorf("%d commits for %d waiting updates", n, updates)
	}
	if err := v.Check(); err != nil {
		t.Error(err)
	}
}
