package usage

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const account = "123456789012"

var (
	ctx   = context.Background()
	start = time.Date(2026, 1, 2, 3, 4, 5, 999, time.UTC)
)

// area is the store's side: of two values the higher stays.
type area map[string]map[string][]byte

func (a area) merge(name string, newest map[string][]byte) error {
	if a[name] == nil {
		a[name] = map[string][]byte{}
	}
	for k, v := range newest {
		switch {
		case v == nil:
			delete(a[name], k)
		case bytes.Compare(v, a[name][k]) > 0:
			a[name][k] = v
		}
	}
	return nil
}

func last(t *testing.T, tr *Tracker, kind Kind, id string) string {
	t.Helper()
	u, ok := tr.Last(kind, id)
	if !ok {
		return "never"
	}
	return fmt.Sprintf("%s %s %s", u.Time.Format(time.TimeOnly), u.Service, u.Region)
}

func TestNote(t *testing.T) {
	tr := New()
	for _, c := range []struct {
		kind            Kind
		id              string
		after           time.Duration
		service, region string
		want            string
	}{
		{AccessKey, "AKIA1", 0, "iam", "us-east-1", "03:04:05 iam us-east-1"},
		{AccessKey, "AKIA1", time.Minute, "s3", "eu-west-1", "03:05:05 s3 eu-west-1"},
		{AccessKey, "AKIA1", time.Second, "sts", "us-east-1", "03:05:05 s3 eu-west-1"}, // older
		{AccessKey, "AKIA1", time.Minute, "sts", "us-east-1", "03:05:05 s3 eu-west-1"}, // same second
		{AccessKey, "AKIA2", 0, strings.Repeat("x", 65), "a\x00b", "03:04:05  "},       // no client's
		{AccessKey, "AKIA3", -100 * 365 * 24 * time.Hour, "iam", "us-east-1", "never"}, // no clock's
		{Role, "AROA1", time.Hour, "", "eu-west-1", "04:04:05  eu-west-1"},             //
		{Password, "AKIA1", 2 * time.Hour, "", "", "05:04:05  "},                       // kinds are apart
		{Role, strings.Repeat("A", maxID+1), 0, "", "", "never"},                       //
		{Role, "", 0, "", "", "never"},                                                 //
		{AccessKey, "AKIA1", time.Minute + time.Second, "iam", "r", "03:05:06 iam r"},  //
	} {
		tr.Note(c.kind, account, c.id, start.Add(c.after), c.service, c.region)
		if got := last(t, tr, c.kind, c.id); got != c.want {
			t.Errorf("%.20s: %q, want %q", c.id, got, c.want)
		}
	}
	tr.Note(Role, "../x", "AROA9", start, "", "")
	if got := last(t, tr, Role, "AROA9"); got != "never" || tr.Dropped() != 3 {
		t.Error(got, tr.Dropped())
	}
}

func TestFlushLoad(t *testing.T) {
	tr, a := New(), area{}
	tr.Note(AccessKey, account, "AKIA1", start, "iam", "us-east-1")
	tr.Note(Role, account, "AROA1", start, "", "eu-west-1")
	tr.Note(Password, "000000000000", "AIDA1", start, "", "")
	if err := tr.Flush(ctx, a.merge); err != nil {
		t.Fatal(err)
	}
	want := area{
		"lastused/123456789012": {
			"key/AKIA1":  []byte("\x00\x00\x00\x00\x69\x57\x35\xa5\x01iam\x00us-east-1"),
			"role/AROA1": []byte("\x00\x00\x00\x00\x69\x57\x35\xa5\x01\x00eu-west-1"),
		},
		"lastused/000000000000": {"password/AIDA1": []byte("\x00\x00\x00\x00\x69\x57\x35\xa5\x01\x00")},
	}
	if d := cmp.Diff(want, a); d != "" {
		t.Error(d)
	}
	none := func(name string, m map[string][]byte) error { t.Error("flushed without a change", name, m); return nil }
	if err := tr.Flush(ctx, none); err != nil {
		t.Error(err)
	}

	two := New() // another node, with one newer and one older note
	two.Note(AccessKey, account, "AKIA1", start.Add(time.Hour), "s3", "r")
	two.Note(Role, account, "AROA1", start.Add(-time.Hour), "", "old")
	if err := two.Load(account, a[Area(account)]); err != nil {
		t.Fatal(err)
	}
	if got := last(t, two, AccessKey, "AKIA1") + ", " + last(t, two, Role, "AROA1"); got != "04:04:05 s3 r, 03:04:05  eu-west-1" {
		t.Error(got)
	}
	if err := two.Flush(ctx, a.merge); err != nil {
		t.Fatal(err)
	}
	if err := tr.Load(account, a[Area(account)]); err != nil {
		t.Fatal(err)
	}
	if got := last(t, tr, AccessKey, "AKIA1"); got != "04:04:05 s3 r" {
		t.Error(got)
	}
	if err := tr.Flush(ctx, none); err != nil { // what was loaded isn't written back
		t.Error(err)
	}

	tr.Forget(AccessKey, account, "AKIA1")
	tr.Forget(Role, account, "AROA-unknown")
	if got := last(t, tr, AccessKey, "AKIA1"); got != "never" {
		t.Error(got)
	}
	if err := tr.Flush(ctx, a.merge); err != nil {
		t.Fatal(err)
	}
	if _, ok := a[Area(account)]["key/AKIA1"]; ok || len(a[Area(account)]) != 1 || tr.count.Load() != 2 {
		t.Error(a, tr.count.Load())
	}
}

func TestFlushFails(t *testing.T) {
	tr, a := New(), area{}
	const n = 2*maxBatch + 5
	for i := range n {
		tr.Note(AccessKey, account, fmt.Sprintf("AKIA%d", i), start, "iam", "r")
	}
	down := errors.New("down")
	calls := 0
	err := tr.Flush(ctx, func(name string, m map[string][]byte) error {
		if calls++; calls == 2 {
			tr.Note(AccessKey, account, "AKIA0", start.Add(time.Hour), "s3", "r")
			return down
		}
		if len(m) > maxBatch {
			t.Error(len(m))
		}
		return a.merge(name, m)
	})
	if !errors.Is(err, down) || calls != 3 {
		t.Error(err, calls)
	}
	ended, cancel := context.WithCancel(ctx)
	cancel()
	if err := tr.Flush(ended, a.merge); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if err := tr.Flush(ctx, a.merge); err != nil || len(a[Area(account)]) != n {
		t.Error(err, len(a[Area(account)]))
	}
	back := New()
	if err := back.Load(account, a[Area(account)]); err != nil {
		t.Fatal(err)
	}
	if got := last(t, back, AccessKey, "AKIA0"); got != "04:04:05 s3 r" {
		t.Error("a note made while the flush failed is lost:", got)
	}
}

func TestLoadDamaged(t *testing.T) {
	good := (&use{start.Unix(), "iam", "r"}).encode()
	values := map[string][]byte{"key/AKIA1": good}
	for k, v := range map[string][]byte{
		"key/":        good,
		"AKIA2":       good,
		"other/AKIA2": good,

		"service/AIDA1":          good,
		"service/AIDA1/iam:A":    good,
		"service//iam":           good,
		"action/AIDA1/iam":       good,
		"action/AIDA1/iam:":      good,
		"action/AIDA1/iam:A:B":   good,
		"action/AIDA1/iam/A:Get": good,

		"key/short":   good[:8],
		"key/nozero":  good[:9],
		"key/version": append([]byte("\x00\x00\x00\x00\x00\x00\x00\x01\x02"), good[9:]...),
		"key/time":    append([]byte("\xff\x00\x00\x00\x00\x00\x00\x01\x01"), good[9:]...),
		"key/zeros":   append(bytes.Clone(good), 0),
		"key/tooLong": append(bytes.Clone(good), strings.Repeat("r", maxText)...),
		"key/nil":     nil,
	} {
		values[k] = v
	}
	tr := New()
	if err := tr.Load(account, values); err == nil || !strings.Contains(err.Error(), "17 of 18") {
		t.Error(err)
	}
	if got := last(t, tr, AccessKey, "AKIA1"); got != "03:04:05 iam r" || tr.count.Load() != 1 {
		t.Error(got, tr.count.Load())
	}
}

func TestConcurrent(t *testing.T) {
	tr, a := New(), area{}
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			for i := range 2000 {
				tr.Note(AccessKey, account, fmt.Sprint("AKIA", i%10), start.Add(time.Duration(i)*time.Second), "iam", "r")
				tr.Last(AccessKey, "AKIA1")
				if g == 0 && i%100 == 0 {
					if err := tr.Flush(ctx, a.merge); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
	wg.Wait()
	if err := tr.Flush(ctx, a.merge); err != nil {
		t.Error(err)
	}
	back := New()
	if err := back.Load(account, a[Area(account)]); err != nil {
		t.Fatal(err)
	}
	for i := range 10 {
		want, _ := tr.Last(AccessKey, fmt.Sprint("AKIA", i))
		got, _ := back.Last(AccessKey, fmt.Sprint("AKIA", i))
		if got != want || got.Time.Unix() != start.Unix()+1990+int64(i) {
			t.Error(i, got, want)
		}
	}
}

func FuzzLoad(f *testing.F) {
	f.Add("key/AKIA1", (&use{start.Unix(), "iam", "r"}).encode())
	f.Add("service/AIDA1/iam", (&use{start.Unix(), "", "r"}).encode())
	f.Add("action/AIDA1/iam:GetUser", (&use{start.Unix(), "", "r"}).encode())
	f.Add("", []byte{})
	f.Fuzz(func(t *testing.T, key string, value []byte) {
		tr := New()
		if err := tr.Load(account, map[string][]byte{key: value}); err != nil {
			return
		}
		n, u, err := decode(key, value)
		if err != nil || n.key() != key || !bytes.Equal(u.encode(), value) {
			t.Error(n, u, err)
		}
	})
}

func BenchmarkNote(b *testing.B) {
	tr := New()
	ids := make([]string, 1000)
	for i := range ids {
		ids[i] = fmt.Sprintf("AKIAEXAMPLE%09d", i)
		tr.Note(AccessKey, account, ids[i], start, "iam", "us-east-1")
	}
	b.Run("same second", func(b *testing.B) {
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			tr.Note(AccessKey, account, ids[i%1000], start, "iam", "us-east-1")
		}
	})
	b.Run("parallel", func(b *testing.B) {
		b.RunParallel(func(p *testing.PB) {
			for i := 0; p.Next(); i++ {
				tr.Note(AccessKey, account, ids[i%1000], start, "iam", "us-east-1")
			}
		})
	})
	b.Run("new second", func(b *testing.B) {
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			tr.Note(AccessKey, account, ids[i%1000], start.Add(time.Duration(i)*time.Second), "iam", "us-east-1")
		}
	})
}
