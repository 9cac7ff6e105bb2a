package storetest

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/aratame/aratame/internal/store"
)

func firstCommit(t *testing.T, s store.Store) {
	holds(t, s, "1", store.Version{})
	v1 := commit(t, s, batch("1", store.Version{}, put("user/A", "a"), put("user/B", "b")))
	if v1.N != 1 {
		t.Fatalf("first version is %d", v1.N)
	}
	holds(t, s, "1", v1, "user/A", "a", "user/B", "b")
	holds(t, s, "2", store.Version{})
	v2 := commit(t, s, batch("1", v1, put("user/A", "a2"), drop("user/B"), drop("user/none"), put("user/C", "")))
	holds(t, s, "1", v2, "user/A", "a2", "user/C", "")
	v3 := commit(t, s, batch("1", v2, drop("user/A"), drop("user/C")))
	holds(t, s, "1", v3)
}

func staleBase(t *testing.T, s store.Store) {
	none := store.Version{}
	refused(t, s, batch("1", store.Version{N: 1, Tag: NewTag()}, put("k", "v")), store.ErrConflict)
	v1 := commit(t, s, batch("1", none, put("k", "v1")))
	v2 := commit(t, s, batch("1", v1, put("k", "v2")))
	for _, base := range []store.Version{
		none, v1,
		{N: v2.N, Tag: v1.Tag}, {N: v1.N, Tag: v2.Tag}, {N: v2.N + 1, Tag: v2.Tag},
		{N: v2.N, Tag: NewTag()}, {N: v2.N}, {Tag: v2.Tag},
	} {
		b := batch("1", base, put("k", "stale"), put("l", "stale"))
		b.Claims = []store.Claim{{Name: "stale"}}
		b.Outbox = []store.OutboxEntry{{ID: "stale"}}
		refused(t, s, b, store.ErrConflict)
	}
	holds(t, s, "1", v2, "k", "v2")
	resolves(t, s, "stale", "")
	if left := entries(t, s, 0, 10); len(left) != 0 {
		t.Fatalf("refused commits left %s", ids(left))
	}
	commit(t, s, batch("1", v2, put("k", "v3")))
}

// oneChain lets writers race on one unit; each commit records its base, so that
// a lost update or a fork shows as a broken link.
func oneChain(t *testing.T, s store.Store) {
	const writers, each = 16, 12
	var wg sync.WaitGroup
	for range writers {
		wg.Go(func() {
			for done := 0; done < each; {
				versions, err := s.Versions(context.Background(), []string{"1"})
				if err != nil {
					t.Error(err)
					return
				}
				b := batch("1", versions["1"])
				b.Changes = []store.Record{put(fmt.Sprintf("link/%06d", b.Next().N), fmt.Sprintf("%x %x", b.Base.Tag, b.Tag))}
				b.Outbox = []store.OutboxEntry{{ID: strconv.FormatUint(b.Next().N, 10)}}
				_, err = s.Commit(context.Background(), b)
				switch {
				case err == nil:
					done++
				case !errors.Is(err, store.ErrConflict):
					t.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	v, records := load(t, s, "1")
	if v.N != writers*each || len(records) != writers*each {
		t.Fatalf("version %d with %d links, want %d", v.N, len(records), writers*each)
	}
	last := strings.Repeat("0", 16)
	for i := range writers * each {
		base, tag, _ := strings.Cut(records[fmt.Sprintf("link/%06d", i+1)], " ")
		if base != last {
			t.Fatalf("link %d hangs on %s, the one before is %s", i+1, base, last)
		}
		last = tag
	}
	if last != fmt.Sprintf("%x", v.Tag) {
		t.Fatalf("the chain ends at %s, the unit is at %x", last, v.Tag)
	}
	for i, e := range entries(t, s, 0, writers*each+1) {
		if e.ID != strconv.Itoa(i+1) {
			t.Fatalf("entry %d of the outbox is of version %s", i+1, e.ID)
		}
	}
}

// manyUnits lets commits that can't conflict ride together with some that must.
func manyUnits(t *testing.T, s store.Store) {
	const writers, each = 16, 20
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			unit := "unit/" + strconv.Itoa(w)
			var v store.Version
			for i := range each {
				b := batch(unit, v, put("n", strconv.Itoa(i)), put("w", unit))
				next, err := s.Commit(context.Background(), b)
				if err != nil {
					t.Errorf("%s: %v", unit, err)
					return
				}
				if _, err := s.Commit(context.Background(), batch(unit, v, put("n", "stale"))); !errors.Is(err, store.ErrConflict) {
					t.Errorf("%s: stale base gave %v", unit, err)
				}
				v = next
			}
		})
	}
	wg.Wait()
	for w := range writers {
		unit := "unit/" + strconv.Itoa(w)
		v, m := load(t, s, unit)
		if v.N != each || m["n"] != strconv.Itoa(each-1) || m["w"] != unit || len(m) != 2 {
			t.Fatalf("%s is at %d with %v", unit, v.N, m)
		}
	}
}

// noHalfCommit refuses a batch for its last claim; nothing before it may stay.
func noHalfCommit(t *testing.T, s store.Store) {
	b := batch("2", store.Version{}, put("k", "v"))
	b.Claims = []store.Claim{{Name: "taken"}}
	commit(t, s, b)
	v1 := commit(t, s, batch("1", store.Version{}, put("a", "1"), put("b", "1")))
	b = batch("1", v1, put("a", "2"), drop("b"), put("c", "2"))
	b.Claims = []store.Claim{{Name: "free"}, {Name: "taken"}}
	b.Outbox = []store.OutboxEntry{{ID: "half"}}
	refused(t, s, b, store.ErrClaimed)
	var claimed *store.ClaimedError
	if _, err := s.Commit(context.Background(), b); !errors.As(err, &claimed) || claimed.Name != "taken" {
		t.Fatalf("the refusal %v does not name the claim", err)
	}
	holds(t, s, "1", v1, "a", "1", "b", "1")
	resolves(t, s, "free", "")
	resolves(t, s, "taken", "2")
	if left := entries(t, s, 0, 10); len(left) != 0 {
		t.Fatalf("a refused commit left %s", ids(left))
	}
	b = batch("3", store.Version{}, put("k", "v"))
	b.Claims = []store.Claim{{Name: "taken"}}
	refused(t, s, b, store.ErrClaimed)
	holds(t, s, "3", store.Version{})
	if names, err := s.Units(context.Background(), "", 10); err != nil || len(names) != 2 {
		t.Fatalf("a refused first commit made a unit: %v, %v", names, err)
	}
}

// oneVersion reads while another writes: all records of a Load carry the number
// of the version that came with them. Small units give many commits and loads,
// so that a version read apart from its records shows; a large value shows
// parts of two versions.
func oneVersion(t *testing.T, s store.Store) {
	t.Run("small", func(t *testing.T) { readWhileWriting(t, s, "small", 2, 1, 600) })
	t.Run("large", func(t *testing.T) { readWhileWriting(t, s, "large", 40, 300<<10, 40) })
}

func readWhileWriting(t *testing.T, s store.Store, unit string, keys, size, commits int) {
	write := func(base store.Version) store.Version {
		mark := strconv.FormatUint(base.N+1, 10)
		b := batch(unit, base)
		for k := range keys {
			b.Changes = append(b.Changes, put(fmt.Sprintf("k/%02d", k), mark))
		}
		b.Changes = append(b.Changes, put("padded", mark+strings.Repeat(" ", size)))
		v, err := s.Commit(context.Background(), b)
		if err != nil {
			t.Error(err)
		}
		return v
	}
	v := write(store.Version{})
	stop := make(chan struct{})
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				v, records, err := s.Load(context.Background(), unit)
				if err != nil || len(records) != keys+1 {
					t.Errorf("%d records, %v", len(records), err)
					return
				}
				for _, r := range records {
					if strings.TrimRight(string(r.Data), " ") != strconv.FormatUint(v.N, 10) {
						t.Errorf("version %d shows %q of %.10q", v.N, r.Key, r.Data)
						return
					}
				}
			}
		})
	}
	for range commits {
		v = write(v)
	}
	close(stop)
	wg.Wait()
}

func claims(t *testing.T, s store.Store) {
	odd := "alias/\x00\xff é"
	take := func(unit string, base store.Version, list ...store.Claim) store.Batch {
		return store.Batch{Unit: unit, Base: base, Tag: NewTag(), Claims: list}
	}
	resolves(t, s, odd, "")
	one := commit(t, s, take("1", store.Version{}, store.Claim{Name: odd}, store.Claim{Name: "b"}))
	if one.N != 1 {
		t.Fatalf("claims alone gave version %d", one.N)
	}
	resolves(t, s, odd, "1")
	resolves(t, s, "B", "")
	two := commit(t, s, take("2", store.Version{}, store.Claim{Name: "B"}))
	refused(t, s, take("2", two, store.Claim{Name: odd}), store.ErrClaimed)
	refused(t, s, take("2", two, store.Claim{Name: odd, Drop: true}), store.ErrClaimed)
	refused(t, s, take("2", store.Version{}, store.Claim{Name: odd}), store.ErrConflict)
	resolves(t, s, odd, "1")
	one = commit(t, s, take("1", one, store.Claim{Name: odd})) // held already
	one = commit(t, s, take("1", one, store.Claim{Name: odd, Drop: true}, store.Claim{Name: "c"}, store.Claim{Name: "nobody's", Drop: true}))
	resolves(t, s, odd, "")
	resolves(t, s, "b", "1")
	resolves(t, s, "c", "1")
	two = commit(t, s, take("2", two, store.Claim{Name: odd}))
	resolves(t, s, odd, "2")
	refused(t, s, take("1", one, store.Claim{Name: odd}), store.ErrClaimed)
	holds(t, s, "1", one)
	holds(t, s, "2", two)
}

// claimRace lets units race for one name; one gets it.
func claimRace(t *testing.T, s store.Store) {
	var mu sync.Mutex
	var winners []string
	var wg sync.WaitGroup
	for w := range 16 {
		wg.Go(func() {
			unit := "unit/" + strconv.Itoa(w)
			b := batch(unit, store.Version{}, put("k", "v"))
			b.Claims = []store.Claim{{Name: "alias/one"}}
			switch _, err := s.Commit(context.Background(), b); {
			case err == nil:
				mu.Lock()
				winners = append(winners, unit)
				mu.Unlock()
			case !errors.Is(err, store.ErrClaimed):
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if len(winners) != 1 {
		t.Fatalf("%v hold the claim", winners)
	}
	resolves(t, s, "alias/one", winners[0])
	if names, err := s.Units(context.Background(), "", 20); err != nil || len(names) != 1 {
		t.Fatalf("%v exist, %v", names, err)
	}
}

func outbox(t *testing.T, s store.Store) {
	b := batch("1", store.Version{}, put("k", "v"))
	b.Outbox = []store.OutboxEntry{{ID: "e1", Data: []byte("one")}, {ID: "e2", Data: []byte{}}}
	v1 := commit(t, s, b)
	holds(t, s, "1", v1, "k", "v")
	alone := store.Batch{Unit: "1", Outbox: []store.OutboxEntry{{Seq: 7, ID: "e3", Data: []byte("three")}}}
	if v := commit(t, s, alone); v != v1 {
		t.Fatalf("an entry alone gave version %v", v)
	}
	if v := commit(t, s, store.Batch{Unit: "9", Outbox: []store.OutboxEntry{{ID: "e4"}}}); !v.IsZero() {
		t.Fatalf("an entry for no unit gave version %v", v)
	}
	holds(t, s, "1", v1, "k", "v")
	holds(t, s, "9", store.Version{})
	if names, err := s.Units(context.Background(), "", 10); err != nil || len(names) != 1 {
		t.Fatalf("an entry made a unit: %v, %v", names, err)
	}
	all := entries(t, s, 0, 10)
	if ids(all) != "e1=one e2= e3=three e4= " {
		t.Fatalf("outbox is %s", ids(all))
	}
	for i := 1; i < len(all); i++ {
		if all[i].Seq <= all[i-1].Seq {
			t.Fatalf("entry %d follows %d", all[i].Seq, all[i-1].Seq)
		}
	}
	if got := ids(entries(t, s, all[0].Seq, 2)); got != "e2= e3=three " {
		t.Fatalf("page after the first is %s", got)
	}
	if got := entries(t, s, 0, 0); len(got) != 0 {
		t.Fatalf("none asked for, got %s", ids(got))
	}
	ack := func(seq uint64) {
		if err := s.Ack(context.Background(), seq); err != nil {
			t.Fatal(err)
		}
	}
	ack(all[1].Seq)
	ack(all[0].Seq)
	if got := ids(entries(t, s, 0, 10)); got != "e3=three e4= " {
		t.Fatalf("after the acknowledgement: %s", got)
	}
	ack(all[3].Seq)
	commit(t, s, store.Batch{Unit: "1", Outbox: []store.OutboxEntry{{ID: "e5"}}})
	if got := entries(t, s, 0, 10); len(got) != 1 || got[0].Seq <= all[3].Seq {
		t.Fatalf("a number was used again: %v after %d", got, all[3].Seq)
	}
}

// outboxReader drains while others commit, going on from the last number only.
func outboxReader(t *testing.T, s store.Store) {
	const writers, each = 8, 15
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for i := range each {
				b := store.Batch{Unit: "1", Outbox: []store.OutboxEntry{{ID: fmt.Sprintf("%d/%d", w, i)}}}
				if _, err := s.Commit(context.Background(), b); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	finished := make(chan struct{})
	go func() { wg.Wait(); close(finished) }()
	seen := make(map[string]int)
	var last uint64
	for ended := false; ; {
		page := entries(t, s, last, 7)
		for _, e := range page {
			seen[e.ID]++
			last = e.Seq
		}
		if err := s.Ack(context.Background(), last); err != nil {
			t.Fatal(err)
		}
		if len(page) > 0 {
			continue
		}
		if ended {
			break
		}
		select {
		case <-finished:
			ended = true
		default:
		}
	}
	if len(seen) != writers*each {
		t.Fatalf("read %d of %d entries", len(seen), writers*each)
	}
}
