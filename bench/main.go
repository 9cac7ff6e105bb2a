// Command bench measures, in one run on this machine, the policy engine beside
// other engines on the same translated work, and a server against a bare
// net/http handler that reads the same requests and writes the same bytes: the
// server on one core, the clients on another, over connections kept alive.
// docs/benchmarks.md says how to read it.
//
//   - main.go       flags; what is measured of the server, and the report
//   - lists.go      listings of a full account
//   - load.go       clients that send prepared bytes and measure
//   - child.go      the servers, as processes of their own on one core
//   - engine.go     comparison of the engines: answers, shares, report
//   - measure.go    CPU time of decisions
//   - workloads.go  policies that are decided on
//   - requests.go   requests that are decided about
//   - aratame.go, cedar.go, opa.go, casbin.go  the engines and the translations
package main

import (
	"cmp"
	"flag"
	"fmt"
	"log"
	"os"
	"slices"
	"time"
)

func main() {
	child := flag.String("child", "", "used by the program itself")
	flag.String("binary", "", "path of the built server; the servers measured here are built from the same packages")
	users := flag.Int("users", 100_000, "users of the larger account")
	length := flag.Duration("length", 5*time.Second, "length of one measurement")
	only := flag.String("only", "", "engine, server or lists: measure only that part")
	var o engineOptions
	flag.StringVar(&o.workload, "workload", "", "measure only this workload of the engine part: W1, W2, W3 or W4")
	flag.BoolVar(&o.rivals, "rivals", true, "measure other engines beside")
	flag.StringVar(&o.profile, "cpuprofile", "", "write a CPU profile of the engine's loop in the first workload to this file, and measure nothing")
	flag.Parse()
	log.SetFlags(0)
	if *child != "" {
		if err := runChild(*child); err != nil {
			log.Fatal(err)
		}
		return
	}
	switch *only {
	case "", "engine", "server":
	case "lists":
		if err := onlyLists(*length); err != nil {
			log.Fatal(err)
		}
		return
	default:
		log.Fatalf("-only %s: neither engine nor server nor lists", *only)
	}
	if *only != "server" {
		if err := runEngines(o); err != nil {
			log.Fatal("engine: ", err)
		}
		fmt.Println()
	}
	if *only != "engine" && o.profile == "" {
		if err := run(*users, *length); err != nil {
			log.Fatal(err)
		}
	}
}

// rounds is how often both sides of a comparison are measured, in turn.
const rounds = 5

func run(users int, length time.Duration) error {
	dir, err := os.MkdirTemp("", "aratame-bench-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	small, err := start("serve", dir+"/small")
	if err != nil {
		return err
	}
	defer small.stop()
	admin := small.key
	if err := prepare(small, 10); err != nil {
		return err
	}
	user, err := small.newUser(admin, "caller")
	if err != nil {
		return err
	}
	heading()
	for _, w := range []struct {
		name, form string
		least      float64
	}{
		{"GetCallerIdentity", "Action=GetCallerIdentity&Version=2011-06-15", 0.5},
		{"AssumeRole", "Action=AssumeRole&Version=2011-06-15&RoleSessionName=bench&RoleArn=arn%3Aaws%3Aiam%3A%3A" + small.account + "%3Arole%2Fbench", 0.3},
	} {
		request := small.request(user, "sts", w.form)
		answer, err := small.once(request)
		if err != nil {
			return fmt.Errorf("%s: %w", w.name, err)
		}
		bare, err := start("bare", string(answer))
		if err != nil {
			return err
		}
		for _, conns := range []int{8, 64} {
			// Alternate, so that a change of the machine's speed meets both.
			var own, rival []result
			for range rounds {
				r, err := measure(bare, [][]byte{request}, conns, length/rounds)
				if err != nil {
					return err
				}
				rival = append(rival, r)
				if r, err = measure(small, [][]byte{request}, conns, length/rounds); err != nil {
					return err
				}
				own = append(own, r)
			}
			a, b := median(own), median(rival)
			report("bare handler", conns, b)
			report(w.name, conns, a)
			fmt.Printf("%-34s %5d %10.2f   (at least %.1f asked)\n", "  ratio "+w.name+" / bare", conns, a.rate/b.rate, w.least)
		}
		bare.stop()
	}
	if err := growth(dir, small, user, users, length); err != nil {
		return err
	}
	return lists(dir, length)
}

// growth compares an authenticated and authorized call in a small account with
// the same in a large one, by many different users.
func growth(dir string, small *server, user key, users int, length time.Duration) error {
	large, err := start("serve", dir+"/large")
	if err != nil {
		return err
	}
	defer large.stop()
	if err := prepare(large, users); err != nil {
		return err
	}
	var requests, few [][]byte
	for i := range 8 {
		k, err := large.newUser(large.key, fmt.Sprintf("caller%d", i))
		if err != nil {
			return err
		}
		requests = append(requests, large.request(k, "iam", "Action=GetUser&Version=2010-05-08"))
		if k, err = small.newUser(small.key, fmt.Sprintf("caller%d", i)); err != nil {
			return err
		}
		few = append(few, small.request(k, "iam", "Action=GetUser&Version=2010-05-08"))
	}
	var a, b []result
	for range rounds {
		r, err := measure(small, few, 8, length/rounds)
		if err != nil {
			return err
		}
		a = append(a, r)
		if r, err = measure(large, requests, 8, length/rounds); err != nil {
			return err
		}
		b = append(b, r)
	}
	x, y := median(a), median(b)
	report("GetUser, 10 users", 8, x)
	report(fmt.Sprintf("GetUser, %d users", users), 8, y)
	fmt.Printf("%-34s %5d %10.2f   (at most 1.2 asked)\n", "  growth of CPU per request", 8, y.cpu/x.cpu)
	return nil
}

func heading() {
	fmt.Printf("%-34s %5s %10s %9s %9s %9s %12s\n", "", "conns", "requests/s", "p50 µs", "p99 µs", "max µs", "CPU µs/req")
}

func report(name string, conns int, r result) {
	fmt.Printf("%-34s %5d %10.0f %9.0f %9.0f %9.0f %12.1f\n", name, conns, r.rate, r.p50, r.p99, r.max, r.cpu)
}

func onlyLists(length time.Duration) error {
	dir, err := os.MkdirTemp("", "aratame-bench-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	heading()
	return lists(dir, length)
}

// median is the run in the middle, by its rate: one that the rest of the machine
// has disturbed, or helped, doesn't decide.
func median(rs []result) result {
	slices.SortFunc(rs, func(a, b result) int { return cmp.Compare(a.rate, b.rate) })
	return rs[len(rs)/2]
}
