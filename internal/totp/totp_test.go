package totp

import (
	"bytes"
	"context"
	"errors"
	"image/png"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"
)

const (
	account = "123456789012"
	seed    = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
)

var (
	ctx   = context.Background()
	start = time.Date(2026, 11, 24, 12, 0, 10, 0, time.UTC)
)

// areas is the store's side: of two values the higher stays.
type areas struct {
	mu     sync.Mutex
	values map[string]map[string][]byte
	down   error
}

func (a *areas) Merge(_ context.Context, area string, newest map[string][]byte) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.down != nil {
		return a.down
	}
	if a.values == nil {
		a.values = map[string]map[string][]byte{}
	}
	if a.values[area] == nil {
		a.values[area] = map[string][]byte{}
	}
	for k, v := range newest {
		switch {
		case v == nil:
			delete(a.values[area], k)
		case bytes.Compare(v, a.values[area][k]) > 0:
			a.values[area][k] = v
		}
	}
	return nil
}

func (a *areas) LoadArea(_ context.Context, area string) (map[string][]byte, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.values[area], a.down
}

// code is the device's code of the period so many periods from start.
func code(t *testing.T, seed string, periods int) string {
	t.Helper()
	c, err := hotp.GenerateCodeCustom(seed, uint64(periodOf(start)+int64(periods)), hotp.ValidateOpts{Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestCheck(t *testing.T) {
	for _, c := range []struct {
		drift, periods int
		want           bool
	}{
		{0, 0, true}, {0, -1, true}, {0, 1, true}, {0, -2, false}, {0, 2, false},
		{-10, -10, true}, {-10, -11, true}, {-10, -9, true}, {-10, 0, false}, {-10, -12, false}, {-10, -8, false},
		{7, 7, true}, {7, 0, false},
	} {
		d := Device{Account: account, Seed: seed, Drift: c.drift}
		if ok, err := New(&areas{}).Check(ctx, d, code(t, seed, c.periods), start); ok != c.want || err != nil {
			t.Errorf("drift %d, code of %+d: %v, %v", c.drift, c.periods, ok, err)
		}
	}
	for _, bad := range []string{"", "12345", "1234567", "abcdef", code(t, seed, 0) + " 1"} {
		if ok, _ := New(&areas{}).Check(ctx, Device{Account: account, Seed: seed}, bad, start); ok {
			t.Errorf("%q is taken", bad)
		}
	}
}

// Codes of RFC 6238, appendix B: the last six digits.
func TestCodesOfTheRFC(t *testing.T) {
	const secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ" // 12345678901234567890
	for at, want := range map[int64]string{59: "287082", 1111111109: "081804", 1234567890: "005924", 20000000000: "353130"} {
		if ok, err := New(&areas{}).Check(ctx, Device{Account: account, Seed: secret}, want, time.Unix(at, 0)); !ok || err != nil {
			t.Errorf("%d: %v, %v", at, ok, err)
		}
	}
}

// A code counts once, and so does every older one after it: for every device of
// its own, through whichever method, and after a restart.
func TestCodeCountsOnce(t *testing.T) {
	a := &areas{}
	c := New(a)
	d, other := Device{Account: account, Seed: seed}, Device{Account: account, Seed: strings.ToUpper("krugkidrovuwg2zaj5xwg23forqwa3tu")}
	for _, s := range []struct {
		d       Device
		periods int
		ok      bool
	}{{d, 0, true}, {d, 0, false}, {d, -1, false}, {d, 1, true}, {d, 0, false}, {other, 0, true}, {other, 0, false}} {
		if ok, _ := c.Check(ctx, s.d, code(t, s.d.Seed, s.periods), start); ok != s.ok {
			t.Errorf("code of period %+d: %v", s.periods, ok)
		}
	}
	c = New(a)
	later := start.Add(30 * time.Second)
	if ok, _ := c.Check(ctx, d, code(t, seed, 1), later); ok {
		t.Error("a code is taken again after a restart")
	}
	if _, ok, _ := c.Resync(ctx, d, code(t, seed, 1), code(t, seed, 2), later); ok {
		t.Error("a code is taken again as the first of two")
	}
	if drift, ok, err := c.Resync(ctx, d, code(t, seed, 2), code(t, seed, 3), later); !ok || err != nil || drift != 2 {
		t.Error("two new codes are refused", drift, ok, err)
	}
	if ok, _ := c.Check(ctx, Device{Account: account, Seed: seed, Drift: 2}, code(t, seed, 3), later); ok {
		t.Error("the second of two codes is taken again")
	}
	if ok, _ := c.Check(ctx, Device{Account: "210987654321", Seed: seed}, code(t, seed, 1), later); !ok {
		t.Error("accounts are not apart")
	}
}

func TestPairs(t *testing.T) {
	for _, c := range []struct {
		name          string
		first, second int
		enable, sync  bool
	}{
		{"now", -1, 0, true, true}, {"a period fast", 0, 1, true, true}, {"half an hour late", -61, -60, true, true},
		{"later than that", -62, -61, false, true}, {"half an hour fast", 59, 60, true, true}, {"a day late", -2881, -2880, false, true},
		{"later than that", -2882, -2881, false, false}, {"two of one period", 0, 0, false, false}, {"the other way round", 0, -1, false, false},
		{"one left out", -2, 0, false, false},
	} {
		d := Device{Account: account, Seed: seed, Drift: 5} // what was known before doesn't matter
		for want, run := range map[*bool]func(*Checker, context.Context, Device, string, string, time.Time) (int, bool, error){
			&c.enable: (*Checker).Enable, &c.sync: (*Checker).Resync,
		} {
			drift, ok, err := run(New(&areas{}), ctx, d, code(t, seed, c.first), code(t, seed, c.second), start)
			if ok != *want || err != nil || ok && drift != c.second {
				t.Errorf("%s: %d, %v, %v", c.name, drift, ok, err)
			}
		}
	}
}

// Past five wrong codes a device is refused for the rest of the period, also
// when they come at once and by different methods.
func TestGuessing(t *testing.T) {
	d := Device{Account: account, Seed: seed}
	c := New(&areas{})
	for i := range 4 {
		if ok, _ := c.Check(ctx, d, "00000x", start); ok {
			t.Fatal(i)
		}
	}
	if ok, _ := c.Check(ctx, d, code(t, seed, -1), start); !ok {
		t.Error("four wrong codes stop the right one")
	}
	if _, ok, _ := c.Enable(ctx, d, "000000", "000000", start); ok {
		t.Error("wrong codes are taken")
	}
	for range 2 { // what is refused doesn't count either
		if ok, _ := c.Check(ctx, d, code(t, seed, 0), start); ok {
			t.Error("a sixth try is taken")
		}
		if _, ok, _ := c.Resync(ctx, d, code(t, seed, 1), code(t, seed, 2), start); ok {
			t.Error("a sixth try of two codes is taken")
		}
	}
	if ok, _ := c.Check(ctx, d, code(t, seed, 1), start.Add(30*time.Second)); !ok {
		t.Error("the device is stopped in the next period")
	}

	// Past fifty in a row it is asked for one in ten minutes, until a right one comes.
	c, now := New(&areas{}), start
	wrong := func(n int, step time.Duration) {
		for range n {
			if ok, _ := c.Check(ctx, d, "00000x", now); ok {
				t.Fatal("a wrong code is taken")
			}
			now = now.Add(step)
		}
	}
	right := func() bool {
		ok, _ := c.Check(ctx, d, code(t, seed, int(now.Sub(start)/period)), now)
		return ok
	}
	wrong(49, period)
	if !right() {
		t.Error("forty-nine wrong codes, and a right one isn't taken")
	}
	wrong(50, period)
	if right() {
		t.Error("the fifty-first in a row is looked at")
	}
	now = now.Add((slowPeriods - 2) * period)
	if right() {
		t.Error("it is looked at too early")
	}
	now = now.Add(period)
	wrong(1, period)
	if right() {
		t.Error("two are looked at within ten minutes")
	}
	now = now.Add(slowPeriods * period)
	if !right() {
		t.Error("a right one isn't taken when it is due")
	}
	wrong(4, 0)
	if now = now.Add(period); !right() {
		t.Error("a right one doesn't end it")
	}

	// Guesses that have all been looked at before one of them is counted.
	m := &taken{devices: map[string]state{}}
	for range maxFailures {
		m.mark("k", 10, 0, false, 1)
	}
	if m.mark("k", 10, 10, true, 1) {
		t.Error("the right one among many guesses at once is taken")
	}

	c = New(&areas{})
	var wg sync.WaitGroup
	var mu sync.Mutex
	took := 0
	for range 50 {
		wg.Go(func() {
			if ok, _ := c.Check(ctx, d, code(t, seed, 0), start); ok {
				mu.Lock()
				took++
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	if took != 1 {
		t.Errorf("50 at once: %d took the code", took)
	}
}

// Without the store no code is right, and one that may have been stored is not
// right later.
func TestStoreFails(t *testing.T) {
	d, a := Device{Account: account, Seed: seed}, &areas{down: errors.New("down")}
	c := New(a)
	if ok, err := c.Check(ctx, d, code(t, seed, 0), start); ok || !errors.Is(err, a.down) {
		t.Error(ok, err)
	}
	a.down = nil
	if ok, err := c.Check(ctx, d, code(t, seed, 0), start); !ok || err != nil {
		t.Error("nothing was taken before", ok, err)
	}
	a.down = errors.New("down")
	if ok, err := c.Check(ctx, d, code(t, seed, 1), start); ok || !errors.Is(err, a.down) {
		t.Error(ok, err)
	}
	a.down = nil
	if ok, _ := c.Check(ctx, d, code(t, seed, 1), start); ok {
		t.Error("it is unknown whether the code is stored, and it is taken")
	}
}

func TestStoredMemory(t *testing.T) {
	a := &areas{}
	d := Device{Account: account, Seed: seed}
	if ok, _ := New(a).Check(ctx, d, code(t, seed, 0), start); !ok {
		t.Fatal("refused")
	}
	for k := range a.values[Area(account)] {
		if strings.Contains(k, seed) {
			t.Error("the area shows the seed")
		}
		a.values[Area(account)][k] = []byte("damaged")
	}
	c := New(a)
	if ok, _ := c.Check(ctx, d, code(t, seed, 1), start); ok {
		t.Error("a damaged value lets a code of before through")
	}
	if ok, _ := New(a).Check(ctx, d, code(t, seed, 1), start); ok {
		t.Error("a damaged value lets a code of before through after a restart")
	}
	if ok, _ := c.Check(ctx, d, code(t, seed, 2), start.Add(time.Minute)); !ok {
		t.Error("a damaged value stops codes for ever")
	}
	if _, err := New(a).Check(ctx, d, code(t, seed, 3), start.Add(3*24*time.Hour)); err != nil || len(a.values[Area(account)]) != 0 {
		t.Error("what can't matter any more stays", err, a.values)
	}
}

func TestProvisioning(t *testing.T) {
	s, err := NewSeed(rand.NewChaCha8([32]byte{1}))
	if err != nil || len(s) != 64 {
		t.Fatal(s, err)
	}
	uri := URI(s, "a+b,c@d", "example")
	if want := "otpauth://totp/Amazon%20Web%20Services:a+b%2Cc@d@example?secret=" + s + "&issuer=Amazon%20Web%20Services"; uri != want {
		t.Error(uri)
	}
	key, err := otp.NewKeyFromURL(uri)
	if err != nil || key.Secret() != s || key.Issuer() != "Amazon Web Services" || key.AccountName() != "a+b,c@d@example" || key.Type() != "totp" {
		t.Error(key, err)
	}
	for _, uri := range []string{uri, URI(s, strings.Repeat("=,", 113), strings.Repeat("x", 63))} {
		text, err := PNG(uri)
		if err != nil {
			t.Fatal(err)
		}
		img, err := png.Decode(bytes.NewReader(text))
		if err != nil || img.Bounds().Dx() != codeSize+2*quiet {
			t.Fatal(err)
		}
		dark := 0
		for y := range img.Bounds().Dy() {
			for x := range img.Bounds().Dx() {
				if r, _, _, _ := img.At(x, y).RGBA(); r == 0 {
					dark++
					if x < quiet || y < quiet || x >= codeSize+quiet || y >= codeSize+quiet {
						t.Fatal("the edge isn't white")
					}
				}
			}
		}
		if dark < codeSize*codeSize/5 {
			t.Errorf("%d dark pixels", dark)
		}
	}
}
