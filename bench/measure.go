package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"runtime/pprof"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// measureAll returns µs of CPU per decision by engine.
func measureAll(engines []engine, n int) map[string]float64 {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	next := make([]int, len(engines))
	all := map[string][]float64{}
	for range engineRounds {
		runtime.GC() // or aratame, which comes first, would clear away what the others left
		for j, e := range engines {
			all[e.name()] = append(all[e.name()], spend(budget, func() { next[j] = pass(e, next[j], n) }))
		}
	}
	cost := map[string]float64{}
	for name, list := range all {
		slices.Sort(list)
		cost[name] = list[len(list)/2]
	}
	return cost
}

// batch is how many decisions are made between two looks at the clock.
const batch = 20

func pass(e engine, from, n int) int {
	for range batch {
		if from++; from >= n {
			from = 0
		}
		_, _ = e.decide(from)
	}
	return from
}

// least is how many batches are made whatever they take, so that a slow engine
// isn't measured by a few requests.
const least = 6

// spend repeats batches for a time and returns µs of CPU per decision.
func spend(length time.Duration, f func()) float64 {
	done := 0
	begin, until := cpuOwn(), time.Now().Add(length)
	for step := 1; ; step = min(step*2, 512) {
		for range step {
			f()
		}
		if done += step; done >= least && time.Now().After(until) {
			break
		}
	}
	return float64(cpuOwn()-begin) / float64(time.Microsecond) / float64(done*batch)
}

// cpuOwn is what this process has used, in user and system time.
func cpuOwn() time.Duration {
	var u unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &u); err != nil {
		panic(err) // only for a bad argument
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// lookup is the CPU time of finding a principal's ARN in a map of a thousand.
func lookup() float64 {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	var keys []string
	found := map[string]int{}
	for i := range 1000 {
		keys = append(keys, fmt.Sprintf("arn:aws:iam::%s:user/user%04d", accountID, i))
		found[keys[i]] = i
	}
	rand.Shuffle(len(keys), func(i, j int) { keys[i], keys[j] = strings.Clone(keys[j]), strings.Clone(keys[i]) })
	next, sum := 0, 0
	cost := spend(budget, func() {
		for range batch {
			sum += found[keys[next]]
			next = (next + 1) % len(keys)
		}
	})
	runtime.KeepAlive(sum)
	return cost
}

// profileOwn writes a CPU profile of five seconds of aratame's decisions.
func profileOwn(w *workload, file string) error {
	e, err := newOwn(w)
	if err != nil {
		return err
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	f, err := os.Create(file)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := pprof.StartCPUProfile(f); err != nil {
		return err
	}
	next := 0
	cost := spend(5*time.Second, func() { next = pass(e, next, len(w.requests)) })
	pprof.StopCPUProfile()
	fmt.Printf("%s: %.3f µs, profile in %s\n", w.name, cost, file)
	return f.Close()
}
