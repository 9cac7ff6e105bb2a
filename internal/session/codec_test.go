package session

import (
	"bytes"
	"compress/flate"
	"crypto/rand"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// record encodes a session as Mint does.
func record(t testing.TB, s Session) []byte {
	t.Helper()
	s.SecretAccessKey = strings.Repeat("s", secretSize)
	s.Issued = start
	b, _, err := s.encode()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestDecodeRefuses(t *testing.T) {
	good := record(t, role())
	if _, err := decode(good); err != nil {
		t.Fatal(err)
	}
	edit := func(i int, v ...byte) []byte {
		b := bytes.Clone(good)
		return append(b[:i], append(v, b[i+1:]...)...)
	}
	for _, x := range []struct {
		name string
		b    []byte
	}{
		{"empty", nil},
		{"older version", edit(0, 0)},
		{"newer version", edit(0, 2)},
		{"no kind", edit(1, 0)},
		{"unknown kind", edit(1, 5)},
		{"unknown flag", edit(2, good[2]|0x10)},
		{"deflated though it isn't", edit(2, good[2]|flagIdentity)},
		{"byte left over", append(bytes.Clone(good), 0)},
		{"account not minimal", edit(3, good[3]|0x80, 0x80|good[4], good[5]|0x80, good[6]|0x80, good[7]|0x80, 0)},
		{"account too large", edit(3, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f)},
	} {
		if s, err := decode(x.b); err == nil {
			t.Errorf("%s: %+v", x.name, s)
		}
	}
	for i := range good {
		if _, err := decode(good[:i]); err == nil {
			t.Errorf("cut to %d of %d bytes: accepted", i, len(good))
		}
	}
}

func TestSections(t *testing.T) {
	str := func(s string) []byte { return appendString(nil, s) }
	cat := func(l ...[]byte) []byte { return bytes.Join(l, nil) }
	for _, x := range []struct {
		name string
		b    []byte
		ok   bool
	}{
		{"nothing", nil, true},
		{"a policy", cat(str("{}"), []byte{0, 0}), true},
		{"a tag", cat(str(""), []byte{0, 1}, str("k"), str("v"), []byte{1}), true},
		{"nothing, at length", cat(str(""), []byte{0, 0}), false},
		{"transitive mark of 2", cat(str(""), []byte{0, 1}, str("k"), str("v"), []byte{2}), false},
		{"byte left over", cat(str("{}"), []byte{0, 0, 0}), false},
		{"length beyond the end", cat([]byte{200, 1}, []byte("{}")), false},
		{"count beyond the end", cat(str("{}"), []byte{200, 1}, []byte{0}), false},
		{"length not minimal", cat([]byte{0x82, 0}, []byte("{}"), []byte{0, 0}), false},
	} {
		s := role()
		if got := s.readPolicies(x.b); got != x.ok {
			t.Errorf("%s: %v", x.name, got)
		}
	}
}

func TestUintBounds(t *testing.T) {
	for _, x := range []struct {
		in   []byte
		most uint64
		ok   bool
	}{
		{[]byte{99}, 99, true},
		{[]byte{99}, 98, false},
		{[]byte{0x80, 1}, 128, true},
		{[]byte{0x80, 1}, 127, false},
		{[]byte{0x80, 0}, 127, false},
		{[]byte{0x80}, 127, false},
		{nil, 127, false},
		{bytes.Repeat([]byte{0xff}, 11), 1<<64 - 1, false},
	} {
		r := reader{b: x.in}
		if r.uint(x.most); r.bad == x.ok {
			t.Errorf("% x at most %d: bad %v", x.in, x.most, r.bad)
		}
	}
}

func TestInflateBounds(t *testing.T) {
	big, deflated, err := pack(bytes.Repeat([]byte("x"), maxSection), 0)
	if err != nil || !deflated {
		t.Fatal(deflated, err)
	}
	if b, err := inflate(big); err != nil || len(b) != maxSection {
		t.Error(len(b), err)
	}
	if _, err := inflate(append(bytes.Clone(big), 0)); err == nil {
		t.Error("a byte after the stream is accepted")
	}
	if _, err := inflate(big[:len(big)-1]); err == nil {
		t.Error("a cut stream is accepted")
	}
	var bomb bytes.Buffer
	w := deflaters.Get().(*flate.Writer)
	w.Reset(&bomb)
	if _, err := w.Write(make([]byte, maxSection+1)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := inflate(bomb.Bytes()); err == nil {
		t.Error("a section past the bound is accepted")
	}
}

func FuzzOpen(f *testing.F) {
	m := NewMinter(ring(f))
	for _, s := range []Session{role(), full()} {
		c, err := m.Mint(start, rand.Reader, s)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(c.AccessKeyID, c.SessionToken)
	}
	f.Add("", "")
	f.Add("ASIA", "FwoGAQ==")
	f.Fuzz(func(t *testing.T, id, token string) {
		s, err := m.Open(start, id, token)
		if (err == ErrInvalid) != (s == nil) {
			t.Fatal(s, err)
		}
	})
}

// FuzzRecord feeds the decoder behind the seal, which FuzzOpen seldom gets to.
func FuzzRecord(f *testing.F) {
	f.Add(record(f, role()))
	f.Add(record(f, full()))
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := decode(b)
		if err != nil {
			return
		}
		again, _, err := s.encode()
		if err != nil {
			t.Fatal(err)
		}
		got, err := decode(again)
		if err != nil || !cmp.Equal(s, got) {
			t.Fatal(cmp.Diff(s, got), err)
		}
	})
}
