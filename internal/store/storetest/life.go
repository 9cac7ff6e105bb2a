package storetest

import (
	"bytes"
	"context"
	"errors"
	"io"
	"testing"

	"github.com/aratame/aratame/internal/store"
)

// each calls every method that can fail and gives the errors by method.
func each(ctx context.Context, s store.Store) map[string]error {
	out := make(map[string]error)
	_, _, out["Load"] = s.Load(ctx, "1")
	_, out["Commit"] = s.Commit(ctx, batch("late", store.Version{}, put("k", "v")))
	_, out["Versions"] = s.Versions(ctx, []string{"1"})
	_, out["Units"] = s.Units(ctx, "", 1)
	_, out["Resolve"] = s.Resolve(ctx, "c")
	_, out["Outbox"] = s.Outbox(ctx, 0, 1)
	out["Ack"] = s.Ack(ctx, 1)
	out["Merge"] = s.Merge(ctx, "area", map[string][]byte{"k": {1}})
	_, out["LoadArea"] = s.LoadArea(ctx, "area")
	out["Backup"] = s.Backup(ctx, io.Discard)
	return out
}

func endedContext(t *testing.T, s store.Store) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	for method, err := range each(ctx, s) {
		if !errors.Is(err, store.ErrUnavailable) || !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", method, err)
		}
	}
	for _, err := range s.Watch(ctx) {
		t.Errorf("a watch whose context has ended gave a value, %v", err)
	}
	holds(t, s, "late", store.Version{})
	for method, err := range each(context.Background(), s) {
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			t.Errorf("%s afterwards: %v", method, err)
		}
	}
}

func closed(t *testing.T, s store.Store) {
	ctx := context.Background()
	commit(t, s, batch("1", store.Version{}, put("k", "v")))
	if err := s.Close(); err != nil {
		t.Fatalf("close: %v", err)
	}
	for method, err := range each(ctx, s) {
		if !errors.Is(err, store.ErrUnavailable) {
			t.Errorf("%s: %v", method, err)
		}
	}
	n := 0
	for _, err := range s.Watch(ctx) {
		if n++; n > 1 || !errors.Is(err, store.ErrUnavailable) {
			t.Fatalf("watch: %v", err)
		}
	}
	if n != 1 {
		t.Fatal("a watch of a closed store ends without an error")
	}
	if err := s.Close(); err != nil {
		t.Errorf("second close: %v", err)
	}
}

// backup restores an old copy beside its original: what both did afterwards
// under one number must not be taken for the same.
func backup(t *testing.T, e Engine) {
	ctx := context.Background()
	s := e.Open(t)
	defer s.Close()
	large := string(bytes.Repeat([]byte("large"), 100<<10))
	b := batch("1", store.Version{}, put("k", "v1"), put("empty", ""), put("\x00\xff", large))
	b.Claims = []store.Claim{{Name: "alias"}}
	b.Outbox = []store.OutboxEntry{{ID: "e1", Data: []byte("event")}}
	v1 := commit(t, s, b)
	if err := s.Merge(ctx, "used/1", map[string][]byte{"a": {7}}); err != nil {
		t.Fatal(err)
	}
	var copied bytes.Buffer
	if err := s.Backup(ctx, &copied); err != nil {
		t.Fatal(err)
	}
	v2 := commit(t, s, batch("1", v1, put("k", "v2")))

	r := e.Restore(t, &copied)
	defer r.Close()
	holds(t, r, "1", v1, "k", "v1", "empty", "", "\x00\xff", large)
	holds(t, s, "1", v2, "k", "v2", "empty", "", "\x00\xff", large)
	resolves(t, r, "alias", "1")
	if got := ids(entries(t, r, 0, 10)); got != "e1=event " {
		t.Fatalf("outbox is %s", got)
	}
	if area, err := r.LoadArea(ctx, "used/1"); err != nil || len(area) != 1 || !bytes.Equal(area["a"], []byte{7}) {
		t.Fatalf("area is %v, %v", area, err)
	}
	refused(t, r, batch("1", v2, put("k", "from the other")), store.ErrConflict)
	other := commit(t, r, batch("1", v1, put("k", "other")))
	if other.N != v2.N || other == v2 {
		t.Fatalf("the restored store is at %v, the first one at %v", other, v2)
	}
	refused(t, r, batch("1", v2, put("k", "from the other")), store.ErrConflict)
	refused(t, s, batch("1", other, put("k", "from the other")), store.ErrConflict)
	commit(t, r, batch("1", other, put("k", "on")))
	commit(t, r, store.Batch{Unit: "1", Outbox: []store.OutboxEntry{{ID: "e2"}}})
	if got := ids(entries(t, r, 0, 10)); got != "e1=event e2= " {
		t.Fatalf("outbox is %s", got)
	}
}

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, errors.New("broken pipe") }

func backupWriterFails(t *testing.T, e Engine) {
	s := e.Open(t)
	defer s.Close()
	v := commit(t, s, batch("1", store.Version{}, put("k", "v")))
	if err := s.Backup(context.Background(), brokenWriter{}); !errors.Is(err, store.ErrUnavailable) {
		t.Fatalf("backup into a broken writer: %v", err)
	}
	commit(t, s, batch("1", v, put("k", "v2")))
}

func reopen(t *testing.T, e Engine) {
	ctx := context.Background()
	s := e.Open(t)
	b := batch("1", store.Version{}, put("k", "v"), put("large", string(make([]byte, 300<<10))))
	b.Claims = []store.Claim{{Name: "alias"}}
	b.Outbox = []store.OutboxEntry{{ID: "e1"}, {ID: "e2"}}
	v := commit(t, s, b)
	list := entries(t, s, 0, 10)
	if err := s.Ack(ctx, list[1].Seq); err != nil {
		t.Fatal(err)
	}
	if err := s.Merge(ctx, "used/1", map[string][]byte{"a": {7}}); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		s = e.Reopen(t, s)
		holds(t, s, "1", v, "k", "v", "large", string(make([]byte, 300<<10)))
		resolves(t, s, "alias", "1")
		if area, err := s.LoadArea(ctx, "used/1"); err != nil || !bytes.Equal(area["a"], []byte{7}) {
			t.Fatalf("area is %v, %v", area, err)
		}
	}
	defer s.Close()
	commit(t, s, store.Batch{Unit: "1", Outbox: []store.OutboxEntry{{ID: "e3"}}})
	if got := entries(t, s, 0, 10); len(got) != 1 || got[0].Seq <= list[1].Seq {
		t.Fatalf("outbox is %v after %d was acknowledged", got, list[1].Seq)
	}
}
