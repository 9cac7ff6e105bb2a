package usage

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// tried lists attempts, each as "principal service:action time region".
func tried(attempts []Attempt) []string {
	out := []string{}
	for _, a := range attempts {
		out = append(out, fmt.Sprintf("%s %s:%s %s %s", a.Principal, a.Service, a.Action, a.Time.Format(time.DateTime), a.Region))
	}
	slices.Sort(out)
	return out
}

func same(t *testing.T, got []Attempt, want ...string) {
	t.Helper()
	if d := cmp.Diff(append([]string{}, want...), tried(got)); d != "" {
		t.Error(d)
	}
}

func TestNoteAttempt(t *testing.T) {
	tr := New()
	for _, c := range []struct {
		principal, service, action string
		after                      time.Duration
		region                     string
	}{
		{"AIDA1", "iam", "GetUser", 0, "us-east-1"},
		{"AIDA1", "iam", "ListUsers", time.Minute, "us-east-1"},
		{"AIDA1", "iam", "GetUser", time.Second, "us-east-1"},            // the service's stays newer
		{"AIDA1", "sts", "AssumeRole", time.Hour, "eu-west-1"},           //
		{"AROA1", "iam", "GetUser", 0, strings.Repeat("x", maxText+1)},   // no region
		{"AROA1", "iam", "GetUser", -time.Hour, "older"},                 //
		{"123456789012", "iam", "GetUser", 2 * time.Second, "us-east-1"}, // root
		{"AIDA1", "", "GetUser", 0, "r"},                                 // these aren't kept
		{"AIDA1", "iam", "", 0, "r"},
		{"AIDA1", "i/am", "GetUser", 0, "r"},
		{"AIDA1", "iam", "Get:User", 0, "r"},
		{"AIDA1", "iam", strings.Repeat("x", maxAction+1), time.Minute, "r"},
		{"AIDA/1", "iam", "GetUser", 0, "r"},
		{"", "iam", "GetUser", 0, "r"},
		{"AIDA9", "iam", "GetUser", -100 * 365 * 24 * time.Hour, "r"},
	} {
		tr.NoteAttempt(account, c.principal, c.service, c.action, start.Add(c.after), c.region)
	}
	same(t, tr.Attempts("AIDA1"),
		"AIDA1 iam: 2026-01-02 03:05:05 us-east-1",
		"AIDA1 iam:GetUser 2026-01-02 03:04:06 us-east-1",
		"AIDA1 iam:ListUsers 2026-01-02 03:05:05 us-east-1",
		"AIDA1 sts: 2026-01-02 04:04:05 eu-west-1",
		"AIDA1 sts:AssumeRole 2026-01-02 04:04:05 eu-west-1")
	same(t, tr.Attempts("AROA1"), "AROA1 iam: 2026-01-02 03:04:05 ", "AROA1 iam:GetUser 2026-01-02 03:04:05 ")
	same(t, tr.Attempts("AIDA9"))
	same(t, tr.AccountAttempts(account),
		"123456789012 iam: 2026-01-02 03:04:07 us-east-1",
		"AIDA1 iam: 2026-01-02 03:05:05 us-east-1",
		"AIDA1 sts: 2026-01-02 04:04:05 eu-west-1",
		"AROA1 iam: 2026-01-02 03:04:05 ")
	same(t, tr.AccountAttempts("000000000000"))
	if n := tr.Dropped(); n != 6 {
		t.Error("dropped", n)
	}
}

func TestAttemptsFlushLoad(t *testing.T) {
	tr, a := New(), area{}
	tr.NoteAttempt(account, "AIDA1", "iam", "GetUser", start, "us-east-1")
	tr.Note(Role, account, "AROA1", start, "", "eu-west-1")
	tr.NoteAttempt(account, "AROA1", "sts", "AssumeRole", start, "eu-west-1")
	if err := tr.Flush(ctx, a.merge); err != nil {
		t.Fatal(err)
	}
	at := "\x00\x00\x00\x00\x69\x57\x35\xa5\x01\x00"
	want := area{"lastused/123456789012": {
		"service/AIDA1/iam":           []byte(at + "us-east-1"),
		"action/AIDA1/iam:GetUser":    []byte(at + "us-east-1"),
		"role/AROA1":                  []byte(at + "eu-west-1"),
		"service/AROA1/sts":           []byte(at + "eu-west-1"),
		"action/AROA1/sts:AssumeRole": []byte(at + "eu-west-1"),
	}}
	if d := cmp.Diff(want, a); d != "" {
		t.Fatal(d)
	}
	back := New()
	if err := back.Load(account, a[Area(account)]); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(tried(tr.Attempts("AROA1")), tried(back.Attempts("AROA1"))); d != "" {
		t.Error(d)
	}
	back.ForgetPrincipal(account, "AROA1")
	same(t, back.Attempts("AROA1"))
	if _, ok := back.Last(Role, "AROA1"); ok {
		t.Error("a forgotten role was used")
	}
	if err := back.Flush(ctx, a.merge); err != nil {
		t.Fatal(err)
	}
	if len(a[Area(account)]) != 2 || back.attempts.Load() != 2 || back.heldBy(account).Load() != 2 || len(back.shard("AROA1").actors) > 1 {
		t.Error(a, back.attempts.Load())
	}
	same(t, back.Attempts("AIDA1"), tried(tr.Attempts("AIDA1"))...)
}

func TestOldUsesGo(t *testing.T) {
	tr, a := New(), area{}
	const day = 24 * time.Hour
	flush := func() {
		t.Helper()
		if err := tr.Flush(ctx, a.merge); err != nil {
			t.Fatal(err)
		}
	}
	tr.NoteAttempt(account, "AIDA1", "iam", "GetUser", start, "r")
	tr.NoteAttempt(account, "AIDA1", "iam", "ListUsers", start.Add(2*day), "r")
	tr.Note(Role, account, "AROA1", start, "", "r")
	tr.Note(AccessKey, account, "AKIA1", start, "iam", "r")
	flush()
	for _, c := range []struct {
		after time.Duration
		held  int64
	}{
		{RetentionDays * day, 5},             // three of AIDA1, two of AIDA2
		{RetentionDays*day + time.Second, 5}, // looked at once a day
		{(RetentionDays + 1) * day, 4},       // GetUser is gone
		{(RetentionDays + 3) * day, 2},       // and the others of AIDA1
	} {
		tr.NoteAttempt(account, "AIDA2", "s3", "GetObject", start.Add(c.after), "r")
		flush()
		if got := tr.attempts.Load(); got != c.held {
			t.Errorf("after %v: %d attempts, want %d", c.after, got, c.held)
		}
	}
	if _, ok := tr.Last(Role, "AROA1"); ok {
		t.Error("the use of a role stays too long")
	}
	if got := last(t, tr, AccessKey, "AKIA1"); got != "03:04:05 iam r" || len(a[Area(account)]) != 3 {
		t.Error(got, a)
	}
}

func TestAttemptsAreBounded(t *testing.T) {
	tr := New()
	note := func(account, principal string, from, n int) {
		for i := from; i < from+n; i++ {
			tr.NoteAttempt(account, principal, "iam", fmt.Sprint("A", i), start, "r")
		}
	}
	for p := range 64 {
		note(account, fmt.Sprint("AIDA", p), 0, MaxAttemptsPerAccount/64-1) // and one for the service
	}
	if n := tr.attempts.Load(); n != MaxAttemptsPerAccount || tr.Dropped() != 0 {
		t.Fatal(n, tr.Dropped())
	}
	note(account, "AIDA0", 0, 1) // known
	note(account, "AIDA0", MaxAttemptsPerAccount, 1)
	if tr.Dropped() != 1 || len(tr.Attempts("AIDA0")) != MaxAttemptsPerAccount/64 {
		t.Error("the bound of an account doesn't hold", tr.Dropped())
	}
	note("000000000000", "AIDAX", 0, 1)
	if len(tr.Attempts("AIDAX")) != 2 {
		t.Error("one account's attempts keep another's out")
	}
	tr.attempts.Store(MaxAttempts)
	note("000000000000", "AIDAX", 1, 1)
	if len(tr.Attempts("AIDAX")) != 2 || tr.Dropped() != 2 {
		t.Error("the bound of all doesn't hold")
	}
}

func TestAttemptsConcurrent(t *testing.T) {
	tr, a := New(), area{}
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			for i := range 1000 {
				p := fmt.Sprint("AIDA", i%5)
				tr.NoteAttempt(account, p, "iam", fmt.Sprint("A", i%7), start.Add(time.Duration(i)*time.Second), "r")
				if g == 0 && i%100 == 0 {
					tr.ForgetPrincipal(account, "AIDA4")
					tr.AccountAttempts(account)
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
	for p := range 4 {
		id := fmt.Sprint("AIDA", p)
		if d := cmp.Diff(tried(tr.Attempts(id)), tried(back.Attempts(id))); d != "" || len(tr.Attempts(id)) != 8 {
			t.Error(id, d)
		}
	}
}

// TestNoteAttemptAllocates: nothing, when nothing is new.
func TestNoteAttemptAllocates(t *testing.T) {
	tr := New()
	note := func() { tr.NoteAttempt(account, "AIDA1", "iam", "GetUser", start, "us-east-1") }
	note()
	if n := testing.AllocsPerRun(100, note); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkNoteAttempt(b *testing.B) {
	tr := New()
	ids := make([]string, 1000)
	for i := range ids {
		ids[i] = fmt.Sprintf("AIDAEXAMPLE%09d", i)
		tr.NoteAttempt(account, ids[i], "iam", "GetUser", start, "us-east-1")
	}
	b.Run("same second", func(b *testing.B) {
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			tr.NoteAttempt(account, ids[i%1000], "iam", "GetUser", start, "us-east-1")
		}
	})
	b.Run("new second", func(b *testing.B) {
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			tr.NoteAttempt(account, ids[i%1000], "iam", "GetUser", start.Add(time.Duration(i)*time.Second), "us-east-1")
		}
	})
}
