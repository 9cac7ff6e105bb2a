package storetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aratame/aratame/internal/store"
)

func values(t *testing.T, s store.Store) {
	var v store.Version
	sizes := []int{0, 1, store.PartSize, store.PartSize + 1, 300 << 10, 5 << 20, store.MaxValue}
	pattern := func(n int) string {
		b := make([]byte, n)
		for i := range b {
			b[i] = byte(i * 7 >> 3)
		}
		return string(b)
	}
	for _, n := range sizes {
		v = commit(t, s, batch("1", v, put(fmt.Sprintf("v/%d", n), pattern(n))))
	}
	want := []string{}
	for _, n := range sizes {
		want = append(want, fmt.Sprintf("v/%d", n), pattern(n))
	}
	holds(t, s, "1", v, want...)
	// One key grows and shrinks; no part of an earlier value may stay.
	v = store.Version{}
	for _, n := range []int{5 << 20, 300 << 10, 1, 600 << 10, 0, 300 << 10} {
		v = commit(t, s, batch("2", v, put("k", pattern(n))))
		holds(t, s, "2", v, "k", pattern(n))
	}
	v = commit(t, s, batch("2", v, drop("k")))
	holds(t, s, "2", v)
	v = commit(t, s, batch("2", v, put("k", "new")))
	holds(t, s, "2", v, "k", "new")
}

func oddKeys(t *testing.T, s store.Store) {
	keys := []string{"\x00", "\x00\x00", "a", "a\x00", "a\x00b", "A", "a/b", "a%", "a_", "a'b\"c", "a\\", "a\n", "é", "e\u0301",
		"\xff", "\xff\xfe", "日本", "\xc3\x28", " ", " a", "a ", "outbox", "outboxx/1", strings.Repeat("k", store.MaxKey), "-- ;", "1", "01"}
	var v store.Version
	pairs := []string{}
	for i, k := range keys {
		v = commit(t, s, batch("1", v, put(k, fmt.Sprint(i))))
		pairs = append(pairs, k, fmt.Sprint(i))
	}
	holds(t, s, "1", v, pairs...)
	for len(pairs) > 0 {
		v = commit(t, s, batch("1", v, drop(pairs[0])))
		pairs = pairs[2:]
		holds(t, s, "1", v, pairs...)
	}
}

// limits only spot-checks that the engine asks the shared checks.
func limits(t *testing.T, s store.Store) {
	ctx := context.Background()
	refused(t, s, batch("", store.Version{}, put("k", "v")), store.ErrInvalid)
	refused(t, s, batch("1", store.Version{}), store.ErrInvalid)
	refused(t, s, batch("1", store.Version{}, put("outbox/1", "v")), store.ErrInvalid)
	refused(t, s, store.Batch{Unit: "1", Changes: []store.Record{put("k", "v")}}, store.ErrInvalid)
	refused(t, s, batch("1", store.Version{}, put("k", strings.Repeat("v", store.MaxValue+1))), store.ErrInvalid)
	holds(t, s, "1", store.Version{})
	if _, _, err := s.Load(ctx, "a b"); !errors.Is(err, store.ErrInvalid) {
		t.Errorf("load: %v", err)
	}
	if _, err := s.Versions(ctx, []string{"1", ""}); !errors.Is(err, store.ErrInvalid) {
		t.Errorf("versions: %v", err)
	}
	if err := s.Merge(ctx, "", nil); !errors.Is(err, store.ErrInvalid) {
		t.Errorf("merge: %v", err)
	}
	if err := s.Merge(ctx, "area", map[string][]byte{"k": make([]byte, store.MaxMergeValue+1)}); !errors.Is(err, store.ErrInvalid) {
		t.Errorf("merge: %v", err)
	}
	if _, err := s.LoadArea(ctx, "a b"); !errors.Is(err, store.ErrInvalid) {
		t.Errorf("load area: %v", err)
	}
}

// fullCommit writes the most that one batch may hold.
func fullCommit(t *testing.T, s store.Store) {
	b := batch("1", store.Version{})
	pairs := []string{}
	for i := range store.MaxChanges / 2 {
		k := fmt.Sprintf("k/%03d", i)
		b.Changes = append(b.Changes, put(k, strings.Repeat("x", i*700)))
		pairs = append(pairs, k, strings.Repeat("x", i*700))
		b.Claims = append(b.Claims, store.Claim{Name: k})
	}
	for i := range store.MaxOutbox {
		b.Outbox = append(b.Outbox, store.OutboxEntry{ID: fmt.Sprint(i), Data: make([]byte, store.MaxEntry)})
	}
	v := commit(t, s, b)
	holds(t, s, "1", v, pairs...)
	resolves(t, s, "k/059", "1")
	for _, e := range entries(t, s, 0, 10) {
		if len(e.Data) != store.MaxEntry {
			t.Fatalf("an entry of %d bytes", len(e.Data))
		}
	}
}

// bytesAreCopied changes bytes on both sides of the interface after the call.
func bytesAreCopied(t *testing.T, s store.Store) {
	ctx := context.Background()
	data, event, last := []byte("data"), []byte("event"), []byte("last")
	b := batch("1", store.Version{}, store.Record{Key: "k", Data: data})
	b.Outbox = []store.OutboxEntry{{ID: "e", Data: event}}
	v := commit(t, s, b)
	if err := s.Merge(ctx, "area", map[string][]byte{"k": last}); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		for _, p := range [][]byte{data, event, last} {
			for i := range p {
				p[i] = '!'
			}
		}
		holds(t, s, "1", v, "k", "data")
		_, records, _ := s.Load(ctx, "1")
		list := entries(t, s, 0, 1)
		area, err := s.LoadArea(ctx, "area")
		if err != nil || string(area["k"]) != "last" || string(list[0].Data) != "event" {
			t.Fatalf("area %q, entry %q, %v", area["k"], list[0].Data, err)
		}
		data, event, last = records[0].Data, list[0].Data, area["k"]
	}
}

func units(t *testing.T, s store.Store) {
	ctx := context.Background()
	names := []string{"2", "1", "org/o-b", "global", "10", "Z", "a"}
	for _, n := range names {
		commit(t, s, batch(n, store.Version{}, put("k", "v")))
	}
	slices.Sort(names)
	for _, size := range []int{1, 2, 100, store.MaxPage + 1} {
		var got []string
		for after := ""; ; {
			page, err := s.Units(ctx, after, size)
			if err != nil || len(page) > size {
				t.Fatalf("%d units, %v", len(page), err)
			}
			if len(page) == 0 {
				break
			}
			got = append(got, page...)
			after = page[len(page)-1]
		}
		if !slices.Equal(got, names) {
			t.Fatalf("pages of %d give %q, want %q", size, got, names)
		}
	}
	for _, n := range []int{0, -1} {
		if got, err := s.Units(ctx, "", n); err != nil || len(got) != 0 {
			t.Fatalf("%d asked for: %q, %v", n, got, err)
		}
	}
	if got, err := s.Units(ctx, "11", 1); err != nil || !slices.Equal(got, []string{"2"}) {
		t.Fatalf("after a name that is no unit: %q, %v", got, err)
	}
}

func versions(t *testing.T, s store.Store) {
	ctx := context.Background()
	v1 := commit(t, s, batch("1", store.Version{}, put("k", "v")))
	v2 := commit(t, s, batch("2", store.Version{}, put("k", "v")))
	got, err := s.Versions(ctx, []string{"2", "none", "1", "1"})
	if _, there := got["none"]; err != nil || len(got) != 2 || there || got["1"] != v1 || got["2"] != v2 {
		t.Fatalf("%v, %v", got, err)
	}
	if got, err := s.Versions(ctx, nil); err != nil || len(got) != 0 {
		t.Fatalf("of nothing: %v, %v", got, err)
	}
	big := batch("3", store.Version{}, put("k", "v"))
	big.Tag = [8]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}
	v3 := commit(t, s, big)
	many := []string{"3"}
	for i := range 3000 {
		many = append(many, fmt.Sprintf("none/%d", i))
	}
	if got, err := s.Versions(ctx, many); err != nil || len(got) != 1 || got["3"] != v3 {
		t.Fatalf("of many: %v, %v", got, err)
	}
}

func merge(t *testing.T, s store.Store) {
	ctx := context.Background()
	lay := func(area string, m map[string][]byte) {
		t.Helper()
		if err := s.Merge(ctx, area, m); err != nil {
			t.Fatal(err)
		}
	}
	is := func(area string, want map[string]string) {
		t.Helper()
		got, err := s.LoadArea(ctx, area)
		if err != nil || len(got) != len(want) {
			t.Fatalf("%s holds %d keys, want %d, %v", area, len(got), len(want), err)
		}
		for k, v := range want {
			if string(got[k]) != v {
				t.Fatalf("%s: %q is %q, want %q", area, k, got[k], v)
			}
		}
	}
	is("used/1", nil)
	lay("used/1", map[string][]byte{"a": {1, 5}, "b": {2}, "\x00\xff": {1}})
	lay("used/2", map[string][]byte{"a": {9}})
	is("used/1", map[string]string{"a": "\x01\x05", "b": "\x02", "\x00\xff": "\x01"})
	lay("used/1", map[string][]byte{"a": {1, 4, 255}, "b": {2, 0}, "c": {}, "\x00\xff": {255}})
	want := map[string]string{"a": "\x01\x05", "b": "\x02\x00", "c": "", "\x00\xff": "\xff"}
	is("used/1", want)
	lay("used/1", map[string][]byte{"a": {1, 5}, "b": {1, 255}}) // again, and older
	is("used/1", want)
	lay("used/1", map[string][]byte{"a": nil, "none": nil})
	delete(want, "a")
	is("used/1", want)
	is("used/2", map[string]string{"a": "\x09"})
	holds(t, s, "used/1", store.Version{})
	large := make(map[string][]byte, store.MaxMerge)
	for i := range store.MaxMerge {
		large[fmt.Sprintf("k%d", i)] = []byte{byte(i), byte(i >> 8)}
	}
	lay("used/3", large)
	if got, err := s.LoadArea(ctx, "used/3"); err != nil || len(got) != store.MaxMerge || !bytes.Equal(got["k4660"], []byte{0x34, 0x12}) {
		t.Fatalf("%d keys, %v", len(got), err)
	}
}

// watch commits until a hint of the unit's present version arrives; a hint may
// be lost, so it goes on committing.
func watch(t *testing.T, s store.Store) {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	stop := make(chan struct{})
	ended := make(chan struct{})
	committed := make(map[store.Version]bool)
	hints := make(chan store.Hint, 1024)
	go func() {
		defer close(ended)
		defer close(hints)
		for hint, err := range s.Watch(ctx) {
			if err != nil {
				t.Errorf("watch: %v", err)
				return
			}
			hints <- hint
			select {
			case <-stop:
				return
			default:
			}
		}
	}()
	var v store.Version
	got := false
	for !got && ctx.Err() == nil {
		v = commit(t, s, batch("1", v, put("k", "v")))
		committed[v] = true
		select {
		case hint := <-hints:
			got = true
			if hint.Unit != "1" || !committed[hint.Version] {
				t.Fatalf("hint of %v, which was never committed", hint)
			}
		case <-time.After(20 * time.Millisecond):
		}
	}
	if !got {
		t.Fatal("no hint came")
	}
	close(stop)
	cancel()
	select {
	case <-ended:
	case <-time.After(10 * time.Second):
		t.Fatal("a watch outlives its context")
	}
}
