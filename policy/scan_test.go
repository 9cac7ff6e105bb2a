package policy

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// hostile are patterns that make careless matchers go back again and again,
// each of 8 KB, with a text of 8 KB that none matches.
func hostile() map[string][2]string {
	a := strings.Repeat("a", 8192)
	return map[string][2]string{
		"stars":             {strings.Repeat("*", 8191) + "b", a},
		"star letter":       {strings.Repeat("*a", 4095) + "*b", a},
		"star question":     {strings.Repeat("*?", 4095) + "*b", a},
		"long segment":      {"*" + strings.Repeat("a", 8189) + "b*", a},
		"half segment":      {"*" + strings.Repeat("a", 4095) + "b*", a},
		"question first":    {"*?" + strings.Repeat("a", 4095) + "b*", a},
		"question letter":   {"*" + strings.Repeat("?a", 2047) + "b*", a},
		"letter question":   {"*" + strings.Repeat("a?", 4000) + "b*c", a},
		"many segments":     {strings.Repeat("*?aaaaaaa", 910) + "*b", a},
		"longer segments":   {strings.Repeat("*"+strings.Repeat("a?", 150)+"b", 27) + "*", a},
		"almost everywhere": {"*" + strings.Repeat("a?aaaaaaaaaaab", 500) + "*", strings.Repeat("aaaaaaaaaaaab", 630)},
		"two bytes":         {"*" + strings.Repeat("?é", 1300) + "b*", strings.Repeat("é", 4096)},
		"four bytes":        {"*" + strings.Repeat("😀?", 800) + "b*", strings.Repeat("😀", 2048)},
		"thue morse":        {"*" + thue(4096) + "?c*", thue(8192)},
	}
}

// thue is the Thue-Morse word, on which simple rolling hashes collide.
func thue(n int) string {
	b := make([]byte, n)
	for i := range b {
		ones := 0
		for k := i; k > 0; k >>= 1 {
			ones += k & 1
		}
		b[i] = 'a' + byte(ones&1)
	}
	return string(b)
}

// TestHostilePatterns: none of them matches, and each stays within the bound
// that scan.go gives; go test -bench Hostile tells what that is in time.
func TestHostilePatterns(t *testing.T) {
	for name, c := range hostile() {
		p, _ := newPattern(c[0], true, false)
		if p.match(c[1], nil) {
			t.Errorf("%s matches", name)
		}
		if matchFolded(c[0], c[1]) {
			t.Errorf("%s matches bytes", name)
		}
		// With one more letter of the text the same patterns match.
		if tail := c[1] + "b" + c[1] + "bc"; name == "question first" && !p.match(tail, nil) {
			t.Errorf("%s doesn't match", name)
		}
		steps := searchEach*len(c[1]) + searchBase
		for i := range p.glob.segs {
			if p.glob.segs[i].find(c[1], nil, &steps); steps < -len(c[0]) {
				t.Errorf("%s: %d steps past what a match may spend", name, -steps)
			}
		}
	}
}

func BenchmarkHostile(b *testing.B) {
	for name, c := range hostile() {
		p, _ := newPattern(c[0], true, false)
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				p.match(c[1], nil)
			}
		})
		b.Run(name+"/action", func(b *testing.B) {
			for b.Loop() {
				matchFolded(c[0], c[1])
			}
		})
	}
}

// FuzzScan holds the search by bits against the straightforward one.
func FuzzScan(f *testing.F) {
	for _, s := range [][3]string{{"a?b", "xaab", ""}, {"?é${v}", "éé\xffé", "\xff"}, {"", "a", ""}, {"${v}${v}", "xxx", "x"}, {strings.Repeat("?a", 40), strings.Repeat("a", 90), ""},
		{"😀?", "x😀é", ""}, {"?${v}?", strings.Repeat("ab", 40), strings.Repeat("ba", 34)}} {
		f.Add(s[0], s[1], s[2])
	}
	f.Fuzz(func(t *testing.T, pattern, s, value string) {
		pattern = strings.ReplaceAll(pattern, "*", "?")
		if !utf8.ValidString(pattern) || !utf8.ValidString(s) || !utf8.ValidString(value) {
			return // a document is valid; where values aren't, the two may split them at other places
		}
		p, ok := newPattern("*"+pattern+"*", true, true)
		if !ok || p.kind != matchGlob || p.vars() > fewSlots {
			return
		}
		var values [fewSlots]string
		for i := range values {
			values[i] = value
		}
		g, plenty := &p.glob.segs[1], 1<<40
		if want, got := g.find(s, values[:], &plenty), g.scan(s, values[:]); got != want {
			t.Errorf("%q in %q with %q: %d, want %d", pattern, s, value, got, want)
		}
	})
}
