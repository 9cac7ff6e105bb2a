package shape_test

import (
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"

	"github.com/aratame/aratame/internal/shape"
	"github.com/aratame/aratame/internal/shape/iamshape"
	"github.com/aratame/aratame/internal/shape/stsshape"
)

func operations() []*shape.Operation {
	return append(append([]*shape.Operation{}, iamshape.Operations()...), stsshape.Operations()...)
}

// each calls f once for every shape of every operation.
func each(f func(*shape.Shape)) {
	seen := map[*shape.Shape]bool{}
	var walk func(*shape.Shape)
	walk = func(s *shape.Shape) {
		if s == nil || seen[s] {
			return
		}
		seen[s] = true
		f(s)
		walk(s.Elem)
		walk(s.Key)
		for i := range s.Members {
			walk(s.Members[i].Shape)
		}
	}
	for _, op := range operations() {
		walk(op.Input)
		walk(op.Output)
	}
}

const aliasPattern = `^[a-z0-9]([a-z0-9]|-(?!-)){1,61}[a-z0-9]$`

// reference compiles a model's pattern for package regexp: anchored, escapes in
// Go's form, and the one look-ahead apart.
func reference(t *testing.T, pattern string) func(string) bool {
	if pattern == aliasPattern {
		re := regexp.MustCompile(`\A[a-z0-9][a-z0-9-]{1,61}[a-z0-9]\z`)
		return func(s string) bool { return re.MatchString(s) && !strings.Contains(s, "--") }
	}
	p := strings.ReplaceAll(pattern, `\u10000-\u10FFFF`, `\x{10000}-\x{10FFFF}`)
	p = strings.ReplaceAll(p, `\uD7FF\uE000`, `\x{D7FF}\x{E000}`)
	p = regexp.MustCompile(`\\u([0-9A-F]{4})`).ReplaceAllString(p, `\x{$1}`)
	re, err := regexp.Compile(`\A(?:` + strings.TrimSuffix(strings.TrimPrefix(p, "^"), "$") + `)\z`)
	if err != nil {
		t.Fatalf("%s: %v", pattern, err)
	}
	return re.MatchString
}

// seeds lie near the edge of some pattern.
var seeds = []string{"", "/", "//", "/a/", "/a", "a/", "/a//b/", "/division_abc/x/", "v1", "v10.a-b", "v0", "v1.", "v1.a_b", "v1.a.b",
	"o-abcdefghij", "o-abcdefghij/r-abcd", "o-abcdefghij/r-abcd/ou-x", "o-abcdefghij/r-abc", "o-abcdefghi", "p-abcdefg_",
	"p-abcdefg", "http://a/b?c=d#e", "https://x?y?z", "http:/x", "httpss://x", "https://a#b#c", "https://a#b?c", "123456789012", "12345678901",
	"my-alias", "my--alias", "-a-", "ab", "a-b", "a-", strings.Repeat("a", 63), strings.Repeat("a", 64),
	"AKIAIOSFODNN7EXAMPLE", "arn:aws:iam::123456789012:user/x", "a b", "é", "日本", "\u00a0", "\u3000", "\u0085", "\ufffd", "\uffff", "\U00010000",
	"a\n", "\n", "a\x00", "a\x7f", "\u00ff", "\u0100", "\u00a1", "²", "٣"}

func TestMatchersAgreeWithPatterns(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	alphabet := []rune("abzAZ059_+=,.@-:/ ~\\!?#&%\t\n\r\x00\x7f\u0080\u0085\u00a0\u00a1éÿĀ日٣\u2028\ud7ff\ue000\ufffd\uffff𐀀vophrs1")
	patterns := map[string]*shape.Shape{}
	each(func(s *shape.Shape) {
		if s.Pattern != "" {
			patterns[s.Pattern] = s
		}
		if (s.Pattern == "") != (s.Match == nil) {
			t.Errorf("%s: pattern and matcher don't go together", s.Name)
		}
	})
	if len(patterns) < 30 {
		t.Fatalf("only %d patterns", len(patterns))
	}
	for pattern, s := range patterns {
		want := reference(t, pattern)
		yes := 0
		check := func(in string) {
			if want(in) {
				yes++
			}
			if s.Match(in) != want(in) {
				t.Errorf("%s: %q: matcher says %v", pattern, in, s.Match(in))
			}
		}
		for _, in := range seeds {
			check(in)
			// One character changed, added or removed.
			for range 40 {
				r := []rune(in)
				i := rng.IntN(len(r) + 1)
				c := alphabet[rng.IntN(len(alphabet))]
				check(string(r[:i]) + string(c) + string(r[i:]))
				if i < len(r) {
					check(string(r[:i]) + string(r[i+1:]))
					check(string(r[:i]) + string(c) + string(r[i+1:]))
				}
			}
		}
		for range 3000 {
			b := strings.Builder{}
			part := alphabet[rng.IntN(len(alphabet)):]
			for range rng.IntN(14) {
				b.WriteRune(part[rng.IntN(min(len(part), 6))])
			}
			check(b.String())
		}
		if yes == 0 {
			t.Errorf("%s: no string of the test satisfies it", pattern)
		}
	}
}

// Package regexp reads an invalid byte as U+FFFD, which some patterns permit;
// the matchers refuse it.
func TestMatchersRefuseInvalidUTF8(t *testing.T) {
	each(func(s *shape.Shape) {
		if s.Match != nil && (s.Match("a\xff") || s.Match("aaaaaaaaaaaa\xc3")) {
			t.Errorf("%s permits invalid UTF-8", s.Name)
		}
	})
}
