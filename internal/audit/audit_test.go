package audit

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const account = "123456789012"

var (
	ctx   = context.Background()
	start = time.Date(2026, 3, 4, 5, 6, 7, 890, time.UTC)
)

func event(id string) *Event {
	return &Event{
		EventID: id, EventTime: At(start), EventName: "GetUser", EventSource: "iam.amazonaws.com",
		AWSRegion: "us-east-1", SourceIPAddress: "192.0.2.1", UserAgent: "aws-cli/2.9",
		UserIdentity: &UserIdentity{
			Type: "IAMUser", PrincipalID: "AIDAEXAMPLE", ARN: "arn:aws:iam::123456789012:user/ann",
			AccountID: account, AccessKeyID: "AKIAEXAMPLE", UserName: "ann",
		},
		RequestParameters:  json.RawMessage(`{"userName": "ann<&>"}`),
		RequestID:          "11111111-2222-4333-8444-555555555555",
		ReadOnly:           true,
		ManagementEvent:    true,
		RecipientAccountID: account,
	}
}

// ids gives the ids of a scan, newest first, and fails on any error.
func ids(t testing.TB, l *Log, q Query) []string {
	t.Helper()
	var got []string
	for r, err := range l.Scan(ctx, q) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, r.EventID)
	}
	return got
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// both runs a test on files and in memory.
func both(t *testing.T, f func(t *testing.T, l *Log)) {
	t.Run("files", func(t *testing.T) {
		l, err := OpenFiles(filepath.Join(t.TempDir(), "audit"))
		must(t, err)
		f(t, l)
		must(t, l.Close())
	})
	t.Run("memory", func(t *testing.T) {
		l := NewMemory(10_000)
		f(t, l)
		must(t, l.Close())
	})
}

func TestAppendScan(t *testing.T) {
	both(t, func(t *testing.T, l *Log) {
		for i := range 5 {
			must(t, l.Append(ctx, event(fmt.Sprint("sync", i))))
			must(t, l.AppendAsync(ctx, event(fmt.Sprint("async", i))))
		}
		other := event("other")
		other.RecipientAccountID = "000000000000"
		must(t, l.Append(ctx, other))
		for i, a := range []string{"", "aws", "../../../etc", "12345678901x"} {
			e := event(fmt.Sprint("nobody", i))
			e.RecipientAccountID = a
			must(t, l.Append(ctx, e))
		}
		late := event("tomorrow")
		late.EventTime = At(start.AddDate(0, 0, 1))
		must(t, l.Append(ctx, late))

		want := []string{"tomorrow", "async4", "sync4", "async3", "sync3", "async2", "sync2", "async1", "sync1", "async0", "sync0"}
		sec := start.Truncate(time.Second)
		for _, c := range []struct {
			q    Query
			want []string
		}{
			{Query{Account: account}, want},
			{Query{Account: "000000000000"}, []string{"other"}},
			{Query{Account: "999999999999"}, nil},
			{Query{Account: NoAccount}, []string{"nobody3", "nobody2", "nobody1", "nobody0"}},
			{Query{Account: account, From: start.Add(time.Hour)}, want[:1]},
			{Query{Account: account, To: start.Add(time.Hour)}, want[1:]},
			{Query{Account: account, From: sec, To: sec.Add(time.Second)}, want[1:]},
			{Query{Account: account, To: sec}, nil},
			{Query{Account: account, From: start.AddDate(1, 0, 0)}, nil},
			{Query{Account: account, To: start.AddDate(-1, 0, 0)}, nil},
		} {
			if d := cmp.Diff(c.want, ids(t, l, c.q)); d != "" {
				t.Error(c.q, d)
			}
		}
		for range l.Scan(ctx, Query{Account: account}) {
			break // a consumer may stop
		}
		var refused error
		for _, err := range l.Scan(ctx, Query{Account: "../x"}) {
			refused = err
		}
		if refused == nil {
			t.Error("a path as account is accepted")
		}
	})
}

func TestLayout(t *testing.T) {
	root := filepath.Join(t.TempDir(), "a", "audit")
	l, err := OpenFiles(root)
	must(t, err)
	must(t, l.Append(ctx, event("one")))
	name := filepath.Join(root, account, "2026", "03", "04", "000001.jsonl")
	info, err := os.Stat(name)
	must(t, err)
	if info.Mode() != 0o600 {
		t.Error(info.Mode())
	}
	if info, err = os.Stat(root); err != nil || info.Mode().Perm() != 0o700 {
		t.Error(info.Mode(), err)
	}
	data, err := os.ReadFile(name)
	must(t, err)
	want := `{"eventVersion":"1.11","userIdentity":{"type":"IAMUser","principalId":"AIDAEXAMPLE","arn":"arn:aws:iam::123456789012:user/ann",` +
		`"accountId":"123456789012","accessKeyId":"AKIAEXAMPLE","userName":"ann"},"eventTime":"2026-03-04T05:06:07Z","eventSource":"iam.amazonaws.com",` +
		`"eventName":"GetUser","awsRegion":"us-east-1","sourceIPAddress":"192.0.2.1","userAgent":"aws-cli/2.9","requestParameters":{"userName":"ann<&>"},` +
		`"responseElements":null,"requestID":"11111111-2222-4333-8444-555555555555","eventID":"one","readOnly":true,"eventType":"AwsApiCall",` +
		`"managementEvent":true,"recipientAccountId":"123456789012","eventCategory":"Management"}` + "\n"
	if d := cmp.Diff(want, string(data)); d != "" {
		t.Error(d)
	}
	must(t, l.Close())
	if err := l.Append(ctx, event("two")); err != ErrClosed {
		t.Error(err)
	}
	if err := l.AppendAsync(ctx, event("two")); err != ErrClosed {
		t.Error(err)
	}
	must(t, l.Close())
}

func TestSessionContext(t *testing.T) {
	e := event("s")
	e.UserIdentity.SessionContext = &SessionContext{
		SessionIssuer:  &SessionIssuer{Type: "Role", PrincipalID: "AROA", ARN: "arn", AccountID: account, UserName: "r"},
		Attributes:     &SessionAttributes{CreationDate: At(start), MFAAuthenticated: "false"},
		SourceIdentity: "ann",
	}
	b, err := Encode(e)
	must(t, err)
	want := `"sessionContext":{"sessionIssuer":{"type":"Role","principalId":"AROA","arn":"arn","accountId":"123456789012","userName":"r"},` +
		`"attributes":{"creationDate":"2026-03-04T05:06:07Z","mfaAuthenticated":"false"},"sourceIdentity":"ann"}`
	if !strings.Contains(string(b), want) {
		t.Error(string(b))
	}
	var back Event
	must(t, json.Unmarshal(b, &back))
	again, err := Encode(&back)
	must(t, err)
	if d := cmp.Diff(string(b), string(again)); d != "" {
		t.Error(d)
	}
}

func TestLimits(t *testing.T) {
	big := func(n int) json.RawMessage { return json.RawMessage(`{"d":"` + strings.Repeat("x", n-8) + `"}`) }
	long := strings.Repeat("é", 2000)
	for _, c := range []struct {
		name   string
		change func(*Event)
		want   string // substring
	}{
		{"parameters at the limit", func(e *Event) { e.RequestParameters = big(maxParameters) }, `"requestParameters":{"d":"xxx`},
		{"parameters over it", func(e *Event) { e.RequestParameters = big(maxParameters + 1) }, `"requestParameters":{"omitted":true,"originalSize":102401,"reason":"requestParameters too large"}`},
		{"response over it", func(e *Event) { e.ResponseElements = big(200_000) }, `"responseElements":{"omitted":true,"originalSize":200000,`},
		{"additional over it", func(e *Event) { e.AdditionalEventData = big(maxAdditional + 1) }, `"additionalEventData":{"omitted":true,`},
		{"empty parameters", func(e *Event) { e.RequestParameters = json.RawMessage{} }, `"requestParameters":null`},
		{"long agent", func(e *Event) { e.UserAgent = long }, `"userAgent":"` + strings.Repeat("é", 512) + `"`},
		{"long message", func(e *Event) { e.ErrorMessage = "x" + long }, `"errorMessage":"x` + strings.Repeat("é", 511) + `"`},
		{"long region", func(e *Event) { e.AWSRegion = strings.Repeat("r", 9999) }, `"awsRegion":"` + strings.Repeat("r", 1024) + `"`},
		{"long identity", func(e *Event) { e.UserIdentity.AccessKeyID = strings.Repeat("k", 9999) }, `"accessKeyId":"` + strings.Repeat("k", 1024) + `"`},
		{"long host", func(e *Event) { e.TLSDetails = &TLSDetails{ClientProvidedHostHeader: strings.Repeat("h", 9999)} }, `"clientProvidedHostHeader":"` + strings.Repeat("h", 1024) + `"`},
		{"invalid UTF-8", func(e *Event) { e.UserAgent = "a\xffb\n" }, `"userAgent":"a\ufffdb\n"`},
		{"line feeds in JSON", func(e *Event) { e.RequestParameters = json.RawMessage("{\n\"a\":\n1}") }, `"requestParameters":{"a":1}`},
		{"whole event too large", func(e *Event) {
			e.RequestParameters, e.ResponseElements = big(100_000), big(100_000)
			e.Resources = slices.Repeat([]Resource{{ARN: strings.Repeat("a", 1000)}}, 300)
		}, `"responseElements":{"omitted":true,"originalSize":100000,"reason":"event too large"}`},
	} {
		e := event("x")
		c.change(e)
		before, id := *e, *e.UserIdentity
		before.UserIdentity = &id
		if e.TLSDetails != nil {
			d := *e.TLSDetails
			before.TLSDetails = &d
		}
		b, err := Encode(e)
		if err != nil || !strings.Contains(string(b), c.want) || len(b) > MaxEvent || strings.Contains(string(b), "\n") {
			t.Errorf("%s: %.2000s %v", c.name, b, err)
		}
		if d := cmp.Diff(&before, e); d != "" {
			t.Errorf("%s changes the event: %s", c.name, d)
		}
	}
	for _, c := range []struct {
		name   string
		change func(*Event)
	}{
		{"no id", func(e *Event) { e.EventID = "" }},
		{"no name", func(e *Event) { e.EventName = "" }},
		{"no time", func(e *Event) { e.EventTime = Time{} }},
		{"no identity", func(e *Event) { e.UserIdentity = nil }},
		{"no JSON", func(e *Event) { e.RequestParameters = json.RawMessage(`{`) }},
		{"huge member of its own", func(e *Event) { e.RequestID = strings.Repeat("x", MaxEvent) }},
	} {
		e := event("x")
		c.change(e)
		if _, err := Encode(e); err == nil {
			t.Errorf("%s: encoded", c.name)
		}
	}
}

// outbox is the store's side of Drain.
type outbox struct {
	mu      sync.Mutex
	entries []OutboxEntry
	seq     uint64
	ackErr  error
}

func (o *outbox) put(t testing.TB, list ...string) {
	t.Helper()
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, id := range list {
		b, err := Encode(event(id))
		must(t, err)
		o.seq++
		o.entries = append(o.entries, OutboxEntry{o.seq, id, b})
	}
}

func (o *outbox) Outbox(_ context.Context, after uint64, n int) ([]OutboxEntry, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	var l []OutboxEntry
	for _, e := range o.entries {
		if e.Seq > after && len(l) < n {
			l = append(l, e)
		}
	}
	return l, nil
}

func (o *outbox) Ack(_ context.Context, upto uint64) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.ackErr != nil {
		return o.ackErr
	}
	o.entries = slices.DeleteFunc(o.entries, func(e OutboxEntry) bool { return e.Seq <= upto })
	return nil
}

func numbered(n int) (l []string) {
	for i := range n {
		l = append(l, fmt.Sprintf("id%04d", i))
	}
	return l
}

func TestDrain(t *testing.T) {
	both(t, func(t *testing.T, l *Log) {
		o := &outbox{}
		all := numbered(3*drainBatch + 7)
		o.put(t, all...)
		if n, err := l.Drain(ctx, o); n != len(all) || err != nil || len(o.entries) != 0 {
			t.Fatal(n, err, len(o.entries))
		}
		slices.Reverse(all)
		if d := cmp.Diff(all, ids(t, l, Query{Account: account})); d != "" {
			t.Error(d)
		}
		// An Ack that fails leaves entries, which come again.
		o.put(t, "x", "y")
		o.ackErr = errors.New("down")
		if n, err := l.Drain(ctx, o); n != 2 || err == nil {
			t.Error(n, err)
		}
		o.ackErr = nil
		o.put(t, "z")
		if n, err := l.Drain(ctx, o); n != 1 || err != nil || len(o.entries) != 0 {
			t.Error(n, err, len(o.entries))
		}
		if got := ids(t, l, Query{Account: account})[:4]; !slices.Equal(got, []string{"z", "y", "x", all[0]}) {
			t.Error(got)
		}
		o.entries = []OutboxEntry{{99, "a", []byte(`{}`)}}
		if _, err := l.Drain(ctx, o); err == nil || len(o.entries) != 1 {
			t.Error("a damaged entry is acknowledged", err)
		}
		e, err := Encode(event("b"))
		must(t, err)
		o.entries = []OutboxEntry{{99, "a", e}}
		if _, err := l.Drain(ctx, o); err == nil || len(o.entries) != 1 {
			t.Error("an entry under another's id is acknowledged", err)
		}
	})
}

// A process that dies between file and Ack leaves entries that the next one
// must recognise.
func TestDrainAfterCrash(t *testing.T) {
	root := t.TempDir()
	o := &outbox{ackErr: errors.New("killed")}
	o.put(t, numbered(10)...)
	for range 3 {
		l, err := OpenFiles(root)
		must(t, err)
		if _, err := l.Drain(ctx, o); !errors.Is(err, o.ackErr) {
			t.Fatal(err)
		}
		must(t, l.AppendAsync(ctx, event("read")))
		must(t, l.Close())
	}
	o.ackErr = nil
	o.put(t, "new")
	l, err := OpenFiles(root)
	must(t, err)
	if n, err := l.Drain(ctx, o); n != 1 || err != nil {
		t.Error(n, err)
	}
	got := slices.DeleteFunc(ids(t, l, Query{Account: account}), func(id string) bool { return id == "read" })
	if want := append(numbered(10), "new"); len(got) != len(want) {
		t.Error(got)
	}
	must(t, l.Close())
}

func TestFollow(t *testing.T) {
	l := NewMemory(100)
	o := &outbox{}
	poke := make(chan struct{}, 1)
	run, stop := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		l.Follow(run, o, poke, time.Hour, func(err error) { t.Error(err) })
	}()
	o.put(t, "a")
	poke <- struct{}{}
	for len(ids(t, l, Query{Account: account})) == 0 {
		time.Sleep(time.Millisecond)
	}
	stop()
	o.put(t, "b")
	<-done
	// b came before or after the last drain; at most it waits in the store.
	if got := ids(t, l, Query{Account: account}); len(got)+len(o.entries) != 2 {
		t.Error(got, o.entries)
	}
	must(t, l.Close())
}

func TestMemoryKeepsTheLast(t *testing.T) {
	l := NewMemory(10)
	for _, id := range numbered(57) {
		must(t, l.Append(ctx, event(id)))
	}
	got := ids(t, l, Query{Account: account})
	want := numbered(57)[47:]
	slices.Reverse(want)
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	must(t, l.Close())
}

func TestConcurrent(t *testing.T) {
	both(t, func(t *testing.T, l *Log) {
		o := &outbox{}
		var wg sync.WaitGroup
		for g := range 8 {
			wg.Go(func() {
				for i := range 50 {
					must(t, l.Append(ctx, event(fmt.Sprintf("s%d-%d", g, i))))
					must(t, l.AppendAsync(ctx, event(fmt.Sprintf("a%d-%d", g, i))))
					o.put(t, fmt.Sprintf("o%d-%d", g, i))
					if i%10 == 0 {
						_, err := l.Drain(ctx, o)
						must(t, err)
						next, stop := iter.Pull2(l.Scan(ctx, Query{Account: account}))
						next()
						stop()
					}
				}
			})
		}
		wg.Wait()
		_, err := l.Drain(ctx, o)
		must(t, err)
		got := ids(t, l, Query{Account: account})
		slices.Sort(got)
		if len(got) != 1200 || len(slices.Compact(got)) != 1200 {
			t.Error(len(got))
		}
	})
}

func BenchmarkEncode(b *testing.B) {
	e := event("11111111-2222-4333-8444-555555555555")
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Encode(e); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkAppend(b *testing.B) {
	for _, callers := range []int{1, 8, 64} {
		b.Run(fmt.Sprint(callers, "callers"), func(b *testing.B) {
			l, err := OpenFiles(b.TempDir())
			must(b, err)
			work := make(chan struct{}, 1024)
			var wg sync.WaitGroup
			for range callers {
				wg.Go(func() {
					for range work {
						if err := l.Append(ctx, event("11111111-2222-4333-8444-555555555555")); err != nil {
							b.Error(err)
						}
					}
				})
			}
			b.ResetTimer()
			for range b.N {
				work <- struct{}{}
			}
			close(work)
			wg.Wait()
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "events/s")
			must(b, l.Close())
		})
	}
	b.Run("async", func(b *testing.B) {
		l, err := OpenFiles(b.TempDir())
		must(b, err)
		e := event("11111111-2222-4333-8444-555555555555")
		for b.Loop() {
			if err := l.AppendAsync(ctx, e); err != nil {
				b.Fatal(err)
			}
		}
		must(b, l.Close())
		b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "events/s")
	})
}

// An event of AppendWritten is in the file when the call returns, without a
// sync, and on the disk soon after.
func TestAppendWritten(t *testing.T) {
	root := t.TempDir()
	s := newFiles(root)
	var syncs atomic.Int64
	open := s.openFile
	s.openFile = func(name string, flag int, perm fs.FileMode) (file, error) {
		f, err := open(name, flag, perm)
		return countingFile{f, &syncs}, err
	}
	l := newLog(s)
	e := &Event{EventID: "e1", EventName: "AssumeRole", EventTime: At(time.Unix(1e9, 0)), UserIdentity: &UserIdentity{Type: "IAMUser"}, RecipientAccountID: "123456789012"}
	if err := l.AppendWritten(context.Background(), e); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(filepath.Join(root, "123456789012/2001/09/09/000001.jsonl"))
	if err != nil || !strings.Contains(string(data), `"e1"`) {
		t.Fatalf("%s, %v", data, err)
	}
	for end := time.Now().Add(10 * time.Second); syncs.Load() == 0; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("never synced")
		}
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
}

// Close syncs what was only written.
func TestCloseSyncsWritten(t *testing.T) {
	s := newFiles(t.TempDir())
	var syncs atomic.Int64
	open := s.openFile
	s.openFile = func(name string, flag int, perm fs.FileMode) (file, error) {
		f, err := open(name, flag, perm)
		return countingFile{f, &syncs}, err
	}
	l := newLog(s)
	e := &Event{EventID: "e1", EventName: "AssumeRole", EventTime: At(time.Unix(1e9, 0)), UserIdentity: &UserIdentity{Type: "IAMUser"}}
	if err := l.AppendWritten(context.Background(), e); err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil || syncs.Load() == 0 {
		t.Errorf("%d syncs, %v", syncs.Load(), err)
	}
}

type countingFile struct {
	file
	syncs *atomic.Int64
}

func (f countingFile) Sync() error { f.syncs.Add(1); return f.file.Sync() }
