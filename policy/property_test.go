package policy

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
)

// each runs shards of random cases side by side; every shard has a seed of its
// own, so that a failure can be repeated alone.
func each(t *testing.T, seed uint64, run func(t *testing.T, r chaos)) {
	const shards = 8
	for shard := range shards {
		t.Run(fmt.Sprint(shard), func(t *testing.T) {
			t.Parallel()
			run(t, chaos{rand.New(rand.NewPCG(seed, uint64(shard))), t})
		})
	}
}

// TestNaive compares engine, explanation and naive evaluator: twenty-five
// requests to each of many sets of policies.
func TestNaive(t *testing.T) {
	const requests = 25
	var count [3]atomic.Int64
	t.Run("shards", func(t *testing.T) {
		each(t, 1, func(t *testing.T, r chaos) {
			for range randomCases / 8 / requests {
				pol := r.policies()
				for i := range requests {
					req := r.request()
					out := Evaluate(req, pol)
					want := naiveEffect(req, pol)
					count[want].Add(1)
					if out.Effect != want {
						t.Fatalf("%v, naive %v\n%+v\n%+v\n%v\n%s", out, want, *req, *req.Principal, req.Context, describe(pol))
					}
					if i%8 != 0 {
						continue
					}
					d := Explain(req, pol)
					if d.Outcome != out {
						t.Fatalf("%v, explained %v\n%s", out, d.Outcome, d)
					}
					if why := unreasoned(d); why != "" {
						t.Fatalf("%s\n%s", why, d)
					}
				}
			}
		})
	})
	total := int64(0)
	for e := range count {
		n := count[e].Load()
		total += n
		if n < randomCases/20 {
			t.Errorf("only %d of %d cases were %v", n, randomCases, Effect(e))
		}
	}
	if total != randomCases {
		t.Errorf("%d cases, %d meant", total, randomCases)
	}
	t.Logf("%d implicitly denied, %d explicitly denied, %d allowed", count[0].Load(), count[1].Load(), count[2].Load())
}

// unreasoned says what a decision's statements leave without a reason.
func unreasoned(d *Decision) string {
	allows, denies := map[Kind]bool{}, map[Kind]bool{}
	for i := range d.Matched {
		m := &d.Matched[i]
		if m.Deny {
			denies[m.Policy] = true
		} else {
			allows[m.Policy] = true
		}
		if m.Unevaluable != "" && !m.Deny {
			return "an Allow counted that can't be evaluated"
		}
	}
	switch {
	case d.Effect == ExplicitDeny && !denies[d.By] && !(d.By == Trust && denies[Resource]):
		return "an explicit deny without a statement that denies"
	case d.Effect == Allowed && d.By != 0 && !allows[d.By]:
		return "allowed without a statement that allows"
	case d.Effect == ImplicitDeny && (d.By == Boundary || d.By == Endpoint) && allows[d.By]:
		return "an implicit deny of a type that allows"
	case (d.Effect != Allowed) != (d.Message() != ""):
		return "a message where none belongs, or none"
	}
	for i := range d.NearMisses {
		if m := &d.NearMisses[i]; m.Why == "" || m.Element == "" || m.Element == ElementCondition && (m.Key == "" || m.Operator == "") {
			return "a near miss without its reason"
		}
	}
	return ""
}

// parts are the places of Policies that hold Sets, with their kinds.
func parts(p *Policies) map[Kind]**Set {
	m := map[Kind]**Set{Identity: &p.Identity, Boundary: &p.Boundary, Resource: &p.Resource, Trust: &p.Trust, Endpoint: &p.Endpoint}
	for kind, list := range map[Kind]*[]*Set{Session: &p.Session, SCP: &p.SCPs, RCP: &p.RCPs} {
		if len(*list) > 0 {
			*list = slices.Clone(*list)
			m[kind] = &(*list)[len(*list)-1]
		}
	}
	return m
}

// TestMonotone: in every type of policy, another Deny never widens and another
// Allow never narrows.
func TestMonotone(t *testing.T) {
	var effects [2]atomic.Int64
	t.Run("shards", func(t *testing.T) {
		each(t, 3, func(t *testing.T, r chaos) {
			for range randomCases / 8 / 40 {
				pol, req := r.policies(), r.request()
				before := Evaluate(req, pol)
				for kind := Identity; kind <= Endpoint; kind++ {
					changed := *pol
					set, ok := parts(&changed)[kind]
					if !ok || *set == nil {
						continue
					}
					add := r.statement(kind)
					extra := mustParse(t, `{"Version":"2012-10-17","Statement":[`+add+`]}`, kind)
					*set = Compile(append([]Policy{{Document: extra}}, (*set).Policies()...)...)
					after := Evaluate(req, &changed)
					switch deny := extra.Statements[0].Deny; {
					case deny && after.Allowed() && !before.Allowed():
						t.Fatalf("a Deny widened: %v %s\n%s", kind, add, describe(pol))
					case !deny && before.Allowed() && !after.Allowed():
						t.Fatalf("an Allow narrowed: %v %s\n%s", kind, add, describe(pol))
					case before.Allowed() != after.Allowed():
						effects[map[bool]int{true: 1}[deny]].Add(1)
					}
				}
			}
		})
	})
	for i := range effects {
		if n := effects[i].Load(); n < randomCases/10_000 {
			t.Errorf("only %d statements changed a decision", n)
		}
	}
}

// TestSameMeaning: what a document says doesn't depend on white space, on the
// order of its members, statements and lists, on a lone value standing with or
// without its list, on escapes, or on how statements are spread over documents.
func TestSameMeaning(t *testing.T) {
	each(t, 5, func(t *testing.T, r chaos) {
		for range randomCases / 8 / 100 {
			pol := r.policies()
			other := *pol
			for kind, set := range parts(&other) {
				if *set == nil {
					continue
				}
				var list []Policy
				for _, p := range (*set).Policies() {
					list = append(list, r.rewritten(p.Document.Text(), kind)...)
				}
				r.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
				*set = Compile(list...)
			}
			for range 5 {
				req := r.request()
				if a, b := Evaluate(req, pol), Evaluate(req, &other); a != b {
					t.Fatalf("%v, rewritten %v\n%+v %+v\n%s\nrewritten:\n%s", a, b, req, *req.Principal, describe(pol), describe(&other))
				}
			}
		}
	})
}

// rewritten returns documents of the same meaning in another form.
func (r chaos) rewritten(text string, kind Kind) []Policy {
	decoder := json.NewDecoder(bytes.NewBufferString(text))
	decoder.UseNumber()
	var doc map[string]any
	if err := decoder.Decode(&doc); err != nil {
		r.t.Fatal(err)
	}
	statements, many := doc["Statement"].([]any)
	if !many {
		statements = []any{doc["Statement"]}
	}
	for i := range statements {
		statements[i] = r.another(statements[i], "")
	}
	r.Shuffle(len(statements), func(i, j int) { statements[i], statements[j] = statements[j], statements[i] })
	var out []Policy
	for len(statements) > 0 {
		n := 1 + r.IntN(len(statements))
		doc["Statement"] = statements[:n]
		if n == 1 && r.IntN(2) == 0 {
			doc["Statement"] = statements[0]
		}
		statements = statements[n:]
		b, err := json.MarshalIndent(doc, r.pick("", "  "), r.pick("", "\t"))
		if err != nil {
			r.t.Fatal(err)
		}
		out = append(out, Policy{Document: mustParse(r.t, string(b), kind)})
	}
	return out
}

// another changes the form of an element's value; under names the members in
// which lists of strings stand.
func (r chaos) another(v any, under string) any {
	switch v := v.(type) {
	case map[string]any:
		for name := range v {
			v[name] = r.another(v[name], name)
		}
	case []any:
		r.Shuffle(len(v), func(i, j int) { v[i], v[j] = v[j], v[i] })
		if len(v) == 1 && r.IntN(2) == 0 {
			return v[0]
		}
	case string:
		if under != "Effect" && under != "Principal" && under != "NotPrincipal" && r.IntN(2) == 0 {
			return []any{v}
		}
	}
	return v
}

// TestConcurrent is for the race detector: Sets and Documents are shared.
func TestConcurrent(t *testing.T) {
	r := chaos{rand.New(rand.NewPCG(5, 6)), t}
	pol, req := r.policies(), r.request()
	want := Evaluate(req, pol)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 100 {
				if Evaluate(req, pol) != want || Explain(req, pol).Outcome != want {
					t.Error("another outcome")
				}
			}
		})
	}
	wg.Wait()
}

// bytesSource is a source of randomness that a fuzzer can steer: it gives the
// bytes of its input, then what a generator makes of them.
type bytesSource struct {
	data []byte
	rest *rand.PCG
}

func (s *bytesSource) Uint64() uint64 {
	if len(s.data) == 0 {
		return s.rest.Uint64()
	}
	// A byte decides about one choice: the upper bits are those that count.
	v := uint64(s.data[0]) << 56
	s.data = s.data[1:]
	return v | v>>8
}

// FuzzNaive holds engine and explanation against the naive evaluator, on
// policies and requests that the fuzzer chooses.
func FuzzNaive(f *testing.F) {
	for seed := range 8 {
		b := make([]byte, 64<<(seed%4))
		r := rand.New(rand.NewPCG(uint64(seed), 1))
		for i := range b {
			b[i] = byte(r.Uint32())
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		r := chaos{rand.New(&bytesSource{data, rand.NewPCG(uint64(len(data)), 7)}), t}
		pol := r.policies()
		for range 4 {
			req := r.request()
			out := Evaluate(req, pol)
			if want := naiveEffect(req, pol); out.Effect != want {
				t.Fatalf("%v, naive %v\n%+v\n%+v\n%s", out, want, *req, *req.Principal, describe(pol))
			}
			if d := Explain(req, pol); d.Outcome != out || unreasoned(d) != "" {
				t.Fatalf("%v, explained %v: %s\n%s", out, d.Outcome, unreasoned(d), d)
			}
		}
	})
}
