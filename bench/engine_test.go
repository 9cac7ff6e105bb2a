package main

import (
	"strings"
	"testing"

	"github.com/aratame/aratame/policy"
)

// small are workloads of each shape, small enough for a test.
func small() []*workload {
	return []*workload{
		newWorkload("first", "", 21, [][][]statement{firstPolicy()}, 200),
		newWorkload("one", "", 22, newWorld(22).principals(1, 4, 10), 400),
		newWorkload("several", "", 23, newWorld(23).principals(5, 10, 3), 400),
		growthWorkload(3),
	}
}

func TestTranslationsAgree(t *testing.T) {
	for _, w := range small() {
		engines, err := enginesFor(w, true)
		if err != nil {
			t.Fatalf("%s: %v", w.name, err)
		}
		if len(engines) != 1+len(rivalNames) {
			t.Errorf("%s: %d engines", w.name, len(engines))
		}
		if err := agree(w, engines); err != nil {
			t.Errorf("%s: %v", w.name, err)
		}
		if _, err := checkShares(w); err != nil {
			t.Errorf("%s: %v", w.name, err)
		}
		if n := allocations(engines[0], len(w.requests)); n != 0 {
			t.Errorf("%s: %v allocations", w.name, n)
		}
	}
}

// TestWrongTranslation translates what aratame isn't asked about: every engine
// must be found out.
func TestWrongTranslation(t *testing.T) {
	w := small()[1]
	other := *w
	other.principals = newWorld(24).principals(1, 4, 10)
	engines, err := enginesFor(&other, true)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range engines {
		if err := agree(w, []engine{e}); err == nil || !strings.HasPrefix(err.Error(), e.name()) {
			t.Errorf("%s: %v", e.name(), err)
		}
	}
}

func TestShares(t *testing.T) {
	w := &workload{want: []policy.Effect{policy.Allowed, policy.ExplicitDeny, policy.ImplicitDeny}}
	if text, err := checkShares(w); err == nil {
		t.Error(text)
	}
	if err := agree(&workload{}, nil); err == nil {
		t.Error("no requests, no error")
	}
}
