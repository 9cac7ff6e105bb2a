package main

import (
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aratame/aratame/policy"
)

// An engine decides about the prepared requests of a workload, by number.
type engine interface {
	name() string
	decide(i int) (policy.Effect, error)
}

// engineOptions narrow a run down.
type engineOptions struct {
	workload string // only this one; "" is all of them and the growth
	rivals   bool
	profile  string // file for a CPU profile of aratame's loops; rivals aren't measured then
}

// asked are the speeds asked for, as multiples of cedar-go's, and what
// minio/pkg once took on this class of machine, in µs; it isn't linked.
var asked = map[string]struct{ cedar, minio float64 }{"W1": {14, 1.0}, "W2": {160, 26}, "W3": {4000, 626}, "W4": {90, 21}}

var rivalNames = []string{"cedar-go", "cedar-go tuned", "opa", "casbin"}

// Each engine runs for a budget in each of the rounds: enough for a median, so
// short that the whole ends within a minute.
const (
	engineRounds = 7
	budget       = 70 * time.Millisecond
)

// runEngines compares the engine with its rivals. A wrong answer, a share of
// answers that is off and an allocation are errors; a missed speed is printed.
func runEngines(o engineOptions) error {
	list := slices.DeleteFunc(workloads(), func(w *workload) bool {
		return o.workload != "" && !strings.EqualFold(o.workload, w.name)
	})
	if len(list) == 0 {
		return fmt.Errorf("no workload %q", o.workload)
	}
	if o.profile != "" {
		return profileOwn(list[0], o.profile)
	}
	fmt.Printf("Policy engines, µs of CPU per decision on one core, medians of %d rounds in turn; a map look-up: %.3f µs\n", engineRounds, lookup())
	fmt.Printf("%-38s %9s %8s", "", "aratame", "allocs")
	if o.rivals {
		for _, name := range rivalNames {
			fmt.Printf(" %14s", name)
		}
	}
	fmt.Printf("   %s\n", "allowed/denied/neither")
	text := ""
	for _, w := range list {
		ratios, err := compare(w, o.rivals)
		if err != nil {
			return fmt.Errorf("%s: %w", w.name, err)
		}
		text += ratios
	}
	fmt.Printf("\nHow many times as fast as each; minio/pkg by what it once took on this class of machine\n%s", text)
	if o.workload != "" {
		return nil
	}
	if err := engineGrowth(); err != nil {
		return err
	}
	return hostile()
}

// compare prints the line of a workload and returns the one about its ratios.
func compare(w *workload, rivals bool) (string, error) {
	engines, err := enginesFor(w, rivals)
	if err != nil {
		return "", err
	}
	if err := agree(w, engines); err != nil {
		return "", err
	}
	split, err := checkShares(w)
	if err != nil {
		return "", err
	}
	allocs := allocations(engines[0], len(w.requests))
	if allocs != 0 {
		return "", fmt.Errorf("%.4f allocations per decision", allocs)
	}
	cost := measureAll(engines, len(w.requests))
	own := cost["aratame"]
	fmt.Printf("%-38s %9.3f %8.0f", w.name+" "+w.what, own, allocs)
	ratios := fmt.Sprintf("%-38s %9s %8s", w.name, "", "")
	for _, name := range rivalNames {
		if c, ok := cost[name]; ok {
			fmt.Printf(" %14.1f", c)
			ratios += fmt.Sprintf(" %13.0f×", c/own)
		}
	}
	fmt.Printf("   %s\n", split)
	target := asked[w.name]
	if c, ok := cost["cedar-go"]; ok {
		ratios += fmt.Sprintf("   cedar-go %.0f× asked: %s;", target.cedar, reached(c/own >= target.cedar))
	}
	return ratios + fmt.Sprintf(" minio/pkg %.1f µs, %.0f×\n", target.minio, target.minio/own), nil
}

func reached(ok bool) string {
	if ok {
		return "reached"
	}
	return "MISSED"
}

func enginesFor(w *workload, rivals bool) ([]engine, error) {
	own, err := newOwn(w)
	if err != nil {
		return nil, err
	}
	list := []engine{own}
	if !rivals {
		return list, nil
	}
	for _, tuned := range []bool{false, true} {
		e, err := newCedar(w, tuned)
		if err != nil {
			return nil, fmt.Errorf("cedar-go: %w", err)
		}
		list = append(list, e)
	}
	o, err := newOPA(w)
	if err != nil {
		return nil, fmt.Errorf("opa: %w", err)
	}
	c, err := newCasbin(w)
	if err != nil {
		return nil, fmt.Errorf("casbin: %w", err)
	}
	return append(list, o, c), nil
}

// agree asks every engine about every request, on all cores.
func agree(w *workload, engines []engine) error {
	if len(w.requests) == 0 || len(w.want) != len(w.requests) {
		return errors.New("no requests")
	}
	var wg sync.WaitGroup
	cores := runtime.NumCPU()
	errs := make([]error, cores)
	for core := range cores {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for i := core; i < len(w.requests) && errs[core] == nil; i += cores {
				for _, e := range engines {
					decide := e.decide
					if x, ok := e.(interface {
						explained(int) (policy.Effect, error)
					}); ok {
						decide = x.explained
					}
					got, err := decide(i)
					if err == nil && got != w.want[i] {
						err = fmt.Errorf("%v instead of %v for %+v", got, w.want[i], w.requests[i])
					}
					if err != nil {
						errs[core] = fmt.Errorf("%s: %w", e.name(), err)
					}
				}
			}
		}()
	}
	wg.Wait()
	return errors.Join(errs...)
}

// checkShares returns the shares of the answers, in percent; none may be off
// by more than two.
func checkShares(w *workload) (string, error) {
	count := map[policy.Effect]int{}
	for _, e := range w.want {
		count[e]++
	}
	percent := func(e policy.Effect) float64 { return 100 * float64(count[e]) / float64(len(w.want)) }
	for e, share := range shares {
		if got := percent(e); got < 100*share-2 || got > 100*share+2 {
			return "", fmt.Errorf("%.1f %% of the requests are %v", got, e)
		}
	}
	return fmt.Sprintf("%.0f/%.0f/%.0f %% of %d", percent(policy.Allowed), percent(policy.ExplicitDeny), percent(policy.ImplicitDeny), len(w.want)), nil
}

// allocations counts those of a pass over all requests, so that one that only
// few requests cause isn't rounded away.
func allocations(e engine, n int) float64 {
	return testing.AllocsPerRun(2, func() {
		for i := range n {
			_, _ = e.decide(i)
		}
	}) / float64(n)
}

// engineGrowth compares a principal of 10 statements with one of 2,000.
func engineGrowth() error {
	list := []*workload{growthWorkload(1), growthWorkload(200)}
	var engines []engine
	for _, w := range list {
		e, err := newOwn(w)
		if err != nil {
			return err
		}
		if err := agree(w, []engine{e}); err != nil {
			return err
		}
		engines = append(engines, named{e, w.name})
	}
	cost := measureAll(engines, len(list[0].requests))
	a, b := cost[list[0].name], cost[list[1].name]
	fmt.Printf("\nGrowth: %s %.3f µs, %s %.3f µs, ratio %.2f (at most 1.5 asked: %s)\n", list[0].name, a, list[1].name, b, b/a, reached(b/a <= 1.5))
	return nil
}

// named is an engine under another name.
type named struct {
	engine
	as string
}

func (n named) name() string { return n.as }
