package managedpolicy

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aratame/aratame/internal/awsid"
	"github.com/aratame/aratame/internal/managedpolicy/pack"
)

// Policies that everybody knows. The short documents are in testdata; of the
// long ones the digest says when the data have changed.
func TestWellKnown(t *testing.T) {
	for _, c := range []struct{ path, name, version, created, digest string }{
		{"/", "AdministratorAccess", "v1", "2015-02-06T18:39:46Z", ""},
		{"/", "PowerUserAccess", "v12", "2015-02-06T18:39:47Z", ""},
		{"/", "IAMFullAccess", "v2", "2015-02-06T18:40:38Z", ""},
		{"/", "IAMUserChangePassword", "v5", "2016-11-15T00:25:16Z", ""},
		{"/", "ReadOnlyAccess", "v188", "2015-02-06T18:39:48Z", "5059ac529e3b15f6a9aa37bc8f15a9a158d6c83a7fb7b51478f1d8b92fd4cfba"},
		{"/", "SecurityAudit", "v92", "2015-02-06T18:41:01Z", "d894c984caf95df6fb79f64b812bb29c05ae2666b761e93de45b0f1e678f92bc"},
	} {
		p, ok := Get(ARNPrefix + c.path[1:] + c.name)
		if !ok {
			t.Errorf("no %s", c.name)
			continue
		}
		if p.Name != c.name || p.Path != c.path || p.DefaultVersionID != c.version || p.CreateDate.Format(time.RFC3339) != c.created || !p.IsAttachable {
			t.Errorf("%+v, want %+v", p, c)
		}
		text, ok := p.Document(c.version)
		if !ok {
			t.Errorf("%s: no document", c.name)
		}
		if c.digest != "" {
			sum := sha256.Sum256([]byte(text))
			if got := hex.EncodeToString(sum[:]); got != c.digest {
				t.Errorf("%s: digest %s of %d bytes", c.name, got, len(text))
			}
			continue
		}
		want, err := os.ReadFile(filepath.Join("testdata", c.name+".json"))
		if err != nil || text != strings.TrimSuffix(string(want), "\n") {
			t.Errorf("%s: %v\n%s", c.name, err, text)
		}
	}
}

type statement struct {
	Effect                                   string
	Action, NotAction, Resource, NotResource any
	Principal, NotPrincipal                  any
}

// plausible says what keeps text from being an identity policy.
func plausible(text []byte) error {
	var d struct {
		Version   string
		Statement json.RawMessage
	}
	if err := json.Unmarshal(text, &d); err != nil {
		return err
	}
	if d.Version != "2012-10-17" {
		return fmt.Errorf("version %q", d.Version)
	}
	list := d.Statement
	if list[0] == '{' {
		list = slices.Concat([]byte("["), list, []byte("]"))
	}
	var statements []statement
	if err := json.Unmarshal(list, &statements); err != nil {
		return err
	}
	if len(statements) == 0 {
		return errors.New("no statements")
	}
	for i, s := range statements {
		if s.Effect != "Allow" && s.Effect != "Deny" || (s.Action == nil) == (s.NotAction == nil) ||
			(s.Resource == nil) == (s.NotResource == nil) || s.Principal != nil || s.NotPrincipal != nil {
			return fmt.Errorf("statement %d is no identity statement: %+v", i, s)
		}
	}
	return nil
}

func TestEveryDocument(t *testing.T) {
	documents := 0
	for _, p := range List() {
		err := load().archive.Walk(p.entry, func(v pack.Stamp, doc []byte) {
			documents++
			if err := plausible(doc); err != nil {
				t.Errorf("%s v%d: %v", p.Name, v.N, err)
			}
		})
		if err != nil {
			t.Errorf("%s: %v", p.Name, err)
		}
		all := p.Documents()
		if len(all) != len(p.Versions) {
			t.Fatalf("%s: %d documents of %d versions", p.Name, len(all), len(p.Versions))
		}
		for _, i := range []int{0, len(p.Versions) - 1} {
			text, ok := p.Document(p.Versions[i].ID)
			if err := plausible([]byte(text)); !ok || err != nil || text != all[i] {
				t.Errorf("%s %s: %v, %v", p.Name, p.Versions[i].ID, ok, err)
			}
		}
	}
	if n := len(List()); n < 1400 || documents < n {
		t.Errorf("%d policies, %d documents", n, documents)
	}
	t.Logf("%d policies, %d documents", len(List()), documents)
}

func TestMetadata(t *testing.T) {
	ids, paths := map[string]bool{}, map[string]int{}
	for _, p := range List() {
		if got, ok := Get(p.ARN); !ok || got != p {
			t.Errorf("Get(%s) is another", p.ARN)
		}
		arn, err := awsid.ParseARN(p.ARN)
		if _, path, name, ok := awsid.SplitPath(arn.Resource); err != nil || !ok || path != p.Path || name != p.Name {
			t.Errorf("%s isn't %s%s", p.ARN, p.Path, p.Name)
		}
		if ids[p.ID] || len(p.ID) != 21 || !strings.HasPrefix(p.ID, "ANPA") {
			t.Errorf("%s: id %s", p.Name, p.ID)
		}
		ids[p.ID] = true
		paths[p.Path]++
		if p.IsAttachable == (p.Path == "/aws-service-role/") {
			t.Errorf("%s%s: attachable %v", p.Path, p.Name, p.IsAttachable)
		}
		if !p.Versions[0].IsDefault || p.Versions[0].ID != p.DefaultVersionID || p.UpdateDate.Before(p.CreateDate) {
			t.Errorf("%s: %+v", p.Name, p)
		}
		for i, v := range p.Versions[1:] {
			if v.IsDefault || v.CreateDate.After(p.Versions[i].CreateDate) || v.CreateDate.Before(p.CreateDate) {
				t.Errorf("%s: %+v after %+v", p.Name, v, p.Versions[i])
			}
		}
	}
	if len(paths) != 5 || paths["/root-task/"] != 5 || paths["/aws-service-role/"] < 300 {
		t.Errorf("paths: %v", paths)
	}
	if !slices.IsSortedFunc(List(), func(a, b *Policy) int { return strings.Compare(awsid.Fold(a.Name), awsid.Fold(b.Name)) }) {
		t.Error("not sorted")
	}
}

func TestAbsent(t *testing.T) {
	for _, arn := range []string{
		"", ARNPrefix, "AdministratorAccess",
		"arn:aws:iam::aws:policy/administratoraccess",
		"arn:aws:iam::aws:policy/job-function/AdministratorAccess",
		"arn:aws:iam::111122223333:policy/AdministratorAccess",
		"arn:aws-cn:iam::aws:policy/AdministratorAccess",
	} {
		if p, ok := Get(arn); ok {
			t.Errorf("%q is %s", arn, p.ARN)
		}
	}
	p, _ := Get(ARNPrefix + "PowerUserAccess")
	for _, v := range []string{"", "1", "v0", "v01", "v9", "v13", "V1", "v1 "} { // v9 isn't known
		if _, ok := p.Document(v); ok {
			t.Errorf("there is a %q", v)
		}
	}
	if old, ok := p.Document("v1"); !ok || strings.Contains(old, "organizations") {
		t.Errorf("v1: %v %s", ok, old)
	}
}

func TestConcurrent(t *testing.T) {
	want, _ := mustGet(t, "ViewOnlyAccess").Document("v5")
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 20 {
				if got, ok := mustGet(t, "ViewOnlyAccess").Document("v5"); !ok || got != want {
					t.Error("another document")
				}
			}
		})
	}
	wg.Wait()
}

func mustGet(t *testing.T, name string) *Policy {
	for _, p := range List() {
		if p.Name == name {
			return p
		}
	}
	t.Errorf("no %s", name)
	return List()[0]
}

// The index in memory stays under 2 MB, and the files under 1 MB.
func TestSize(t *testing.T) {
	if n := len(indexData) + len(documentData); n > 1<<20 {
		t.Errorf("%d bytes are embedded", n)
	}
	heap := func() uint64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.GC()
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before := heap()
	c := build()
	used := int64(heap()) - int64(before)
	runtime.KeepAlive(c)
	t.Logf("%d policies take %d bytes", len(c.sorted), used)
	if used > 2<<20 {
		t.Errorf("the index takes %d bytes", used)
	}
}

func BenchmarkLoad(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		build()
	}
}

func BenchmarkDocument(b *testing.B) {
	for _, c := range []struct{ arn, version string }{
		{"AdministratorAccess", "v1"},
		{"ReadOnlyAccess", "v188"},
		{"ReadOnlyAccess", "v2"},
	} {
		b.Run(c.arn+"/"+c.version, func(b *testing.B) {
			b.ReportAllocs()
			p, _ := Get(ARNPrefix + c.arn)
			for b.Loop() {
				if _, ok := p.Document(c.version); !ok {
					b.Fatal("no such version")
				}
			}
		})
	}
}
