package seal

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

var start = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

func memoryKEK(t testing.TB) KEK {
	t.Helper()
	k, err := NewMemoryKEK(rand.Reader)
	must(t, err)
	return k
}

func newRing(t testing.TB) (*Keyring, KEK) {
	t.Helper()
	kek := memoryKEK(t)
	k, err := NewKeyring("secret", kek, start)
	must(t, err)
	return k, kek
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestSealOpen(t *testing.T) {
	k, kek := newRing(t)
	stored, err := OpenKeyring("secret", k.Bytes(), kek)
	must(t, err)
	other, _ := newRing(t)
	for _, n := range []int{0, 1, 40, 500, 100_000} {
		secret := bytes.Repeat([]byte{'s'}, n)
		sealed, err := k.Seal([]byte("ad"), secret)
		must(t, err)
		if len(sealed) != n+33 || n > 8 && bytes.Contains(sealed, secret) {
			t.Error(n, len(sealed))
		}
		for _, r := range []*Keyring{k, stored} {
			if got, err := r.Open([]byte("ad"), sealed); err != nil || !bytes.Equal(got, secret) {
				t.Error(n, err)
			}
		}
		for _, c := range []struct {
			name   string
			ring   *Keyring
			ad     string
			sealed []byte
		}{
			{"other data", k, "da", sealed},
			{"no data", k, "", sealed},
			{"other keyring", other, "ad", sealed},
			{"cut", k, "ad", sealed[:len(sealed)-1]},
			{"key name only", k, "ad", sealed[:5]},
			{"less than that", k, "ad", sealed[:4]},
			{"nothing", k, "ad", nil},
			{"one more", k, "ad", append(bytes.Clone(sealed), 0)},
		} {
			if got, err := c.ring.Open([]byte(c.ad), c.sealed); err != ErrOpen || got != nil {
				t.Errorf("%d, %s: opened, %v", n, c.name, err)
			}
		}
		for i := range min(len(sealed), 80) {
			b := bytes.Clone(sealed)
			b[i] ^= 0x80
			if _, err := k.Open([]byte("ad"), b); err != ErrOpen {
				t.Errorf("%d: byte %d changed: %v", n, i, err)
			}
		}
	}
	a, err := k.Seal(nil, []byte("x"))
	must(t, err)
	b, err := k.Seal(nil, []byte("x"))
	must(t, err)
	if bytes.Equal(a, b) {
		t.Error("a nonce was used twice")
	}
}

func TestRotatePrune(t *testing.T) {
	k, kek := newRing(t)
	hour := func(n int) time.Time { return start.Add(time.Duration(n) * time.Hour) }
	var sealed [][]byte
	for i := range 4 {
		b, err := k.Seal(nil, fmt.Append(nil, i))
		must(t, err)
		sealed = append(sealed, b)
		if i < 3 {
			k, err = k.Rotate(hour(i + 1))
			must(t, err)
			k, err = OpenKeyring("secret", k.Bytes(), kek)
			must(t, err)
		}
	}
	opens := func(k *Keyring) (s string) {
		for i, b := range sealed {
			if got, err := k.Open(nil, b); err == nil && string(got) == fmt.Sprint(i) {
				s += fmt.Sprint(i)
			}
		}
		return s
	}
	// Key i was made at hour i and replaced at hour i+1.
	for _, c := range []struct {
		before time.Time
		want   string
	}{
		{hour(0), "0123"},
		{hour(1), "0123"},
		{hour(1).Add(time.Second), "123"},
		{hour(2), "123"},
		{hour(3), "23"},
		{hour(99), "3"},
	} {
		p, err := k.Prune(c.before)
		must(t, err)
		if got := opens(p); got != c.want {
			t.Errorf("pruned before %v: opens %s, want %s", c.before, got, c.want)
		}
		p, err = OpenKeyring("secret", p.Bytes(), kek)
		must(t, err)
		if got := opens(p); got != c.want {
			t.Errorf("pruned before %v and stored: opens %s, want %s", c.before, got, c.want)
		}
	}
	keys := k.Keys()
	for i, key := range keys {
		if !key.Created.Equal(hour(i)) || key.Primary != (i == 3) {
			t.Error(i, key)
		}
	}
	if !k.Current(sealed[3]) || k.Current(sealed[2]) || k.Current(nil) {
		t.Error("Current")
	}
	// With a clock set back, and twice in one second, the order stays.
	for range 2 {
		var err error
		k, err = k.Rotate(hour(-5))
		must(t, err)
	}
	if keys := k.Keys(); !keys[5].Primary || !keys[5].Created.Equal(hour(3)) {
		t.Error(keys)
	}
	if p, err := k.Prune(hour(99)); err != nil || len(p.Keys()) != 1 || !p.Keys()[0].Primary {
		t.Error(p.Keys(), err)
	}
}

func TestRotateIsBounded(t *testing.T) {
	k, _ := newRing(t)
	for range MaxKeys - 1 {
		var err error
		k, err = k.Rotate(start)
		must(t, err)
	}
	if _, err := k.Rotate(start); err == nil {
		t.Error("no bound")
	}
	if len(k.Bytes()) > 32<<10 {
		t.Error(len(k.Bytes()))
	}
}

func TestOpenKeyringRefuses(t *testing.T) {
	k, kek := newRing(t)
	k, err := k.Rotate(start.Add(time.Hour))
	must(t, err)
	good := k.Bytes()
	edit := func(f func(*stored)) []byte {
		var r stored
		must(t, json.Unmarshal(good, &r))
		f(&r)
		b, err := json.Marshal(r)
		must(t, err)
		return b
	}
	if _, err := OpenKeyring("secret", edit(func(*stored) {}), kek); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name    string
		purpose string
		kek     KEK
		data    []byte
	}{
		{"other key", "secret", memoryKEK(t), good},
		{"other purpose", "session", kek, good},
		{"purpose rewritten", "session", kek, edit(func(r *stored) { r.Purpose = "session" })},
		{"other format", "secret", kek, edit(func(r *stored) { r.Format = 2 })},
		{"date rewritten", "secret", kek, edit(func(r *stored) {
			for id := range r.Created {
				r.Created[id]++
			}
		})},
		{"date removed", "secret", kek, edit(func(r *stored) {
			for id := range r.Created {
				delete(r.Created, id)
				return
			}
		})},
		{"key set altered", "secret", kek, edit(func(r *stored) { r.Keys[len(r.Keys)/2] ^= 1 })},
		{"key set gone", "secret", kek, edit(func(r *stored) { r.Keys = nil })},
		{"nothing", "secret", kek, nil},
		{"cut", "secret", kek, good[:len(good)-1]},
		{"more", "secret", kek, append(bytes.Clone(good), '1')},
		{"unknown member", "secret", kek, append([]byte(`{"x":1,`), good[1:]...)},
		{"too large", "secret", kek, append(bytes.Repeat([]byte{' '}, maxKeyring), good...)},
	} {
		if _, err := OpenKeyring(c.purpose, c.data, c.kek); err == nil {
			t.Errorf("%s: opened", c.name)
		}
	}
}

func TestRewrap(t *testing.T) {
	k, kek := newRing(t)
	sealed, err := k.Seal(nil, []byte("x"))
	must(t, err)
	next := memoryKEK(t)
	k2, err := k.Rewrap(next)
	must(t, err)
	if _, err := OpenKeyring("secret", k2.Bytes(), kek); err == nil {
		t.Error("the old key still opens it")
	}
	k3, err := OpenKeyring("secret", k2.Bytes(), next)
	must(t, err)
	if got, err := k3.Open(nil, sealed); err != nil || string(got) != "x" || k3.Keys()[0] != k.Keys()[0] {
		t.Error(got, err)
	}
}

func TestSealerBindsThePlace(t *testing.T) {
	k, _ := newRing(t)
	s := NewSealer(k)
	at := Label{"123456789012", "accesskey", "AKIA1"}
	sealed, err := s.Seal(at, []byte("secret"))
	must(t, err)
	if got, err := s.Open(at, sealed); err != nil || string(got) != "secret" {
		t.Error(err)
	}
	for _, l := range []Label{
		{"123456789013", "accesskey", "AKIA1"},
		{"123456789012", "mfa", "AKIA1"},
		{"123456789012", "accesskey", "AKIA2"},
		{"123456789012", "accesske", "yAKIA1"},
		{"123456789012accesskey", "", "AKIA1"},
		{},
	} {
		if _, err := s.Open(l, sealed); err != ErrOpen {
			t.Errorf("opens at %+v", l)
		}
	}
	next, err := k.Rotate(start)
	must(t, err)
	s.Use(next)
	if got, err := s.Open(at, sealed); err != nil || string(got) != "secret" || s.Current(sealed) || s.Keyring() != next {
		t.Error("after rotation", err)
	}
}

func TestConcurrent(t *testing.T) {
	k, _ := newRing(t)
	s := NewSealer(k)
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			l := Label{"123456789012", "k", fmt.Sprint(g)}
			for i := range 50 {
				sealed, err := s.Seal(l, []byte("x"))
				must(t, err)
				if g == 0 && i%10 == 0 {
					next, err := s.Keyring().Rotate(start)
					must(t, err)
					s.Use(next)
				}
				if _, err := s.Open(l, sealed); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
}

func TestKEKFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "key")
	if _, err := OpenKEK(path); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	created, err := CreateKEK(path, rand.Reader)
	must(t, err)
	info, err := os.Stat(path)
	must(t, err)
	if info.Mode() != 0o600 || info.Size() != int64(kekFile) {
		t.Error(info.Mode(), info.Size())
	}
	before, err := os.ReadFile(path)
	must(t, err)
	if _, err := CreateKEK(path, rand.Reader); !errors.Is(err, fs.ErrExist) {
		t.Error("made twice:", err)
	}
	if after, err := os.ReadFile(path); err != nil || !bytes.Equal(before, after) {
		t.Error("overwritten")
	}
	opened, err := OpenKEK(path)
	must(t, err)
	k, err := NewKeyring("p", created, start)
	must(t, err)
	if _, err := OpenKeyring("p", k.Bytes(), opened); err != nil {
		t.Error("the key that was made is not the one in the file:", err)
	}
	if _, err := CreateKEK(filepath.Join(dir, "none", "key"), rand.Reader); err == nil {
		t.Error("made in a missing directory")
	}
	if _, err := CreateKEK(filepath.Join(dir, "short"), strings.NewReader("too little")); err == nil {
		t.Error("made from too little randomness")
	}
	if _, err := os.Stat(filepath.Join(dir, "short")); err == nil {
		t.Error("a file is left behind")
	}
}

func TestOpenKEKRefuses(t *testing.T) {
	dir := t.TempDir()
	base := filepath.Join(dir, "good")
	_, err := CreateKEK(base, rand.Reader)
	must(t, err)
	good, err := os.ReadFile(base)
	must(t, err)
	write := func(b []byte, mode fs.FileMode) func(string) error {
		return func(p string) error {
			return errors.Join(os.WriteFile(p, b, 0o600), os.Chmod(p, mode))
		}
	}
	for _, c := range []struct {
		name string
		make func(path string) error
		want string
	}{
		{"group-readable", write(good, 0o640), "mode 0640"},
		{"world-readable", write(good, 0o604), "mode 0604"},
		{"group-writable", write(good, 0o620), "mode 0620"},
		{"link", func(p string) error { return os.Symlink(base, p) }, "symbolic link"},
		{"directory", func(p string) error { return os.Mkdir(p, 0o700) }, "not a regular file"},
		{"FIFO", func(p string) error { return syscall.Mkfifo(p, 0o600) }, "not a regular file"},
		{"empty", write(nil, 0o600), "not a key file"},
		{"cut", write(good[:len(good)-2], 0o600), "not a key file"},
		{"no line feed", write(good[:len(good)-1], 0o600), "not a key file"},
		{"longer", write(append(bytes.Clone(good), 'x'), 0o600), "not a key file"},
		{"another file", write(bytes.Repeat([]byte{'x'}, kekFile), 0o600), "not a key file"},
		{"not base64", write(append(append([]byte(kekMagic), bytes.Repeat([]byte{'!'}, 44)...), '\n'), 0o600), "not a key file"},
		{"line break inside", write(append(append([]byte(kekMagic), append([]byte{'\n'}, good[len(kekMagic):len(good)-2]...)...), '\n'), 0o600), "not a key file"},
	} {
		path := filepath.Join(dir, c.name)
		must(t, c.make(path))
		_, err := OpenKEK(path)
		var e *KEKError
		if !errors.As(err, &e) || !strings.Contains(err.Error(), c.want) || e.Remedy == "" || e.Path != path {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if strings.Contains(err.Error(), string(good[len(kekMagic):len(kekMagic)+20])) {
			t.Errorf("%s: the key is in the error", c.name)
		}
	}
	must(t, write(good, 0o400)(filepath.Join(dir, "read-only")))
	if _, err := OpenKEK(filepath.Join(dir, "read-only")); err != nil {
		t.Error("mode 0400 is as good:", err)
	}
}

func FuzzOpenKeyring(f *testing.F) {
	k, kek := newRing(f)
	f.Add(k.Bytes())
	f.Add([]byte(`{"format":1,"purpose":"secret","created":{"1":1},"keys":"AAAA"}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		if r, err := OpenKeyring("secret", b, kek); err == nil && r.Keys()[0] != k.Keys()[0] {
			t.Error("another keyring opened")
		}
	})
}

func BenchmarkSeal(b *testing.B) {
	k, _ := newRing(b)
	ad, secret := []byte("aratame session v1 ASIAEXAMPLE"), make([]byte, 500)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := k.Seal(ad, secret); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkOpen(b *testing.B) {
	k, _ := newRing(b)
	ad := []byte("aratame session v1 ASIAEXAMPLE")
	sealed, err := k.Seal(ad, make([]byte, 500))
	must(b, err)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := k.Open(ad, sealed); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkOpenKeyring(b *testing.B) {
	k, kek := newRing(b)
	for b.Loop() {
		if _, err := OpenKeyring("secret", k.Bytes(), kek); err != nil {
			b.Fatal(err)
		}
	}
}
