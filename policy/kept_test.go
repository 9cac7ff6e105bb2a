package policy

import (
	"math/rand/v2"
	"strings"
	"testing"
)

// TestTails compares the ends of patterns that a Set keeps with the patterns.
func TestTails(t *testing.T) {
	const head = "arn:aws:s3:::"
	r := rand.New(rand.NewPCG(1, 2))
	word := func(letters string, n int) string {
		b := make([]byte, r.IntN(n))
		for i := range b {
			b[i] = letters[r.IntN(len(letters))]
		}
		return string(b)
	}
	kept, fit := 0, 0
	for range 20_000 {
		text := head + "x" + word("ab**", 9)
		d, err := ParseStored(`{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "`+text+`"}}`, Identity)
		if err != nil {
			t.Fatal(err)
		}
		p := &d.compiled[0].resources[0]
		tail, stars, inner := newKept([]Policy{{Document: d}}).tail(p)
		if stars == 0 {
			continue
		}
		kept++
		for range 5 {
			s := p.prefix() + word("ab", 9)
			want := p.match(s, nil) == yes
			if got := tailFits(s[len(p.prefix()):], tail, int(inner), stars-1); got != want {
				t.Fatalf("%s with tail %q of %d stars, %s: %v", text, tail, stars, s, got)
			}
			if want {
				fit++
			}
		}
	}
	if kept < 1000 || fit < 1000 {
		t.Fatalf("only %d tails, %d fits", kept, fit)
	}
}

// TestNoTail has patterns that tails can't stand for.
func TestNoTail(t *testing.T) {
	for _, text := range []string{"a*b${*}c", "a*b?c", "a*${aws:username}", "a?b*c*d", "a*" + strings.Repeat("b", shortText) + "*c"} {
		p := newResourcePattern("arn:aws:s3:::"+text, true)
		if tail, stars, _ := new(kept).tail(&p); stars != 0 {
			t.Errorf("%s has tail %q", text, tail)
		}
	}
}

func TestFold(t *testing.T) {
	for c := range 256 {
		for n := range foldedSize + 1 {
			for _, other := range []byte{'A', 0xFF} {
				b := []byte(strings.Repeat(string([]byte{other}), n))
				if n > 0 {
					b[n/2] = byte(c)
				}
				var got [foldedSize]byte
				fold(&got, string(b))
				for i := range b {
					if got[i] != lower(b[i]) {
						t.Fatalf("byte %d of %q: %q", i, b, got[:n])
					}
				}
			}
		}
	}
}

// TestLongAction asks for actions on both sides of foldedSize.
func TestLongAction(t *testing.T) {
	for n := foldedSize - 3; n < foldedSize+4; n++ {
		name := "s3:" + strings.Repeat("Ab", n)[:n-3]
		for pattern, want := range map[string]Effect{name: Allowed, name[:n-2] + "*": Allowed, name + "c": ImplicitDeny, name[:n-1]: ImplicitDeny, name + "c*": ImplicitDeny} {
			d, err := ParseStored(`{"Statement": {"Effect": "Allow", "Action": "`+pattern+`", "Resource": "*"}}`, Identity)
			if err != nil {
				t.Fatal(err)
			}
			req := &Request{Principal: &Principal{Kind: User, Account: "111122223333"}, Action: strings.ToUpper(name), Resource: "*"}
			if out := Evaluate(req, &Policies{Identity: Compile(Policy{Document: d})}); out.Effect != want {
				t.Errorf("%s by %s: %v", name, pattern, out)
			}
		}
	}
}
