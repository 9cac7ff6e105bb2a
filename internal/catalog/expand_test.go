package catalog

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/aratame/aratame/policy"
)

// naive matches by trying every length for each "*".
func naive(pattern, s string) bool {
	switch {
	case pattern == "":
		return s == ""
	case pattern[0] == '*':
		return naive(pattern[1:], s) || s != "" && naive(pattern, s[1:])
	case s == "":
		return false
	}
	return (pattern[0] == '?' || pattern[0] == s[0]) && naive(pattern[1:], s[1:])
}

func every() (names []string) {
	for _, s := range Services() {
		for i := range s.Actions {
			names = append(names, s.Actions[i].String())
		}
	}
	slices.Sort(names)
	return names
}

func TestExpandAgreesWithNaive(t *testing.T) {
	all := every()
	r := rand.New(rand.NewPCG(1, 2))
	patterns := []string{
		"*", "**", "*?*", "?*", "s3:*", "S3:Get*", "s3:get?bject", "s3:*Object*", "*:Get*", "s*:PutObject", "s3*:PutObject", "s3", "s3:", ":", "",
		"s?:GetObject", "*s3:GetObject", "iam:*Role", "iam:?et*", "ec2:**Instances", "iam:Get***?", "nosuch:*", "s3:GetObject?", "?????:*", "*3:*",
	}
	for range 120 { // actions with pieces replaced by wildcards
		b := []byte(all[r.IntN(len(all))])
		for range 1 + r.IntN(4) {
			b[r.IntN(len(b))] = "*?*a"[r.IntN(4)]
		}
		if from := r.IntN(len(b)); r.IntN(2) == 0 {
			b = slices.Replace(b, from, from+r.IntN(len(b)-from), '*')
		}
		patterns = append(patterns, string(b))
	}
	matched := 0
	for _, p := range patterns {
		var want []string
		for _, name := range all {
			if naive(strings.ToLower(p), strings.ToLower(name)) {
				want = append(want, name)
			}
		}
		got := Expand(p)
		if !slices.Equal(got, want) {
			t.Errorf("%q: %d actions, want %d", p, len(got), len(want))
		}
		matched += len(want)
	}
	if got := Expand("*"); !slices.Equal(got, all) || matched < 2*len(all) {
		t.Errorf("* is %d of %d actions, %d matches in all", len(got), len(all), matched)
	}
	if got := Expand("S3:get?bject"); !slices.Equal(got, []string{"s3:GetObject"}) {
		t.Errorf("%v", got)
	}
}

// A policy with the pattern allows just the expanded actions.
func TestExpandAgreesWithEngine(t *testing.T) {
	all := every()
	for _, p := range []string{"*", "s3:Get*", "S3:get?bject", "iam:*Role*", "ec2:??scribe*s", "sts:Assume*", "dynamodb:**", "s3:\u212a*"} {
		doc, err := policy.Parse(`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":"*","Action":"`+p+`","Resource":"*"}}`, policy.Resource)
		if err != nil {
			t.Fatal(err)
		}
		set := policy.Compile(policy.Policy{Document: doc})
		var want []string
		for _, name := range all {
			req := &policy.Request{Principal: &policy.Principal{}, Action: name, Resource: "*", ResourceAccount: "111122223333"}
			if policy.Evaluate(req, &policy.Policies{Resource: set}).Allowed() {
				want = append(want, name)
			}
		}
		if got := Expand(p); !slices.Equal(got, want) {
			t.Errorf("%q: %d actions, the engine allows %d", p, len(got), len(want))
		}
	}
}

func TestSimplify(t *testing.T) {
	for _, c := range [][2]string{{"**", "*"}, {"a**b", "a*b"}, {"*?*?", "??*"}, {"a*?b", "a?*b"}, {"abc", "abc"}, {"?", "?"}, {"***a***", "*a*"}} {
		if got := simplify(c[0]); got != c[1] {
			t.Errorf("%q is %q, want %q", c[0], got, c[1])
		}
	}
}

func BenchmarkExpand(b *testing.B) {
	for _, p := range []string{"s3:GetObject", "s3:Get*", "*:*a*b*"} {
		b.Run(p, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				Expand(p)
			}
		})
	}
}

// A pattern covers another if it matches whatever the other does; the texts are
// all short ones.
func TestGlobCovers(t *testing.T) {
	texts := []string{""}
	for i := 0; i < len(texts) && len(texts) < 500; i++ {
		texts = append(texts, texts[i]+"a", texts[i]+"b")
	}
	patterns := []string{"", "*", "?", "a", "a*", "*a", "a?", "?a", "*b*", "?*", "a*b", "a*b*", "??", "ab", "b*a"}
	covers := 0
	for _, p := range patterns {
		for _, q := range patterns {
			want := !slices.ContainsFunc(texts, func(s string) bool { return naive(q, s) && !naive(p, s) })
			got := globCovers(simplify(p), simplify(q), nil)
			if got && !want {
				t.Errorf("%q doesn't cover %q", p, q)
			}
			if got {
				covers++
			} else if want {
				t.Logf("%q covers %q, which isn't seen", p, q)
			}
		}
	}
	if covers < 3*len(patterns) {
		t.Errorf("%d covers", covers)
	}
}
