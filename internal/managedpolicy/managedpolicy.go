package managedpolicy

import (
	"bytes"
	"crypto/sha256"
	_ "embed" // for the two data files
	"encoding/base32"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/aratame/aratame/internal/awsid"
	"github.com/aratame/aratame/internal/managedpolicy/pack"
)

// ARNPrefix begins the ARN of every AWS managed policy; the account field is
// the word "aws".
const ARNPrefix = "arn:aws:iam::aws:policy/"

// A Policy describes one AWS managed policy. Policies are shared between all
// callers and must not be changed.
type Policy struct {
	// ARN is ARNPrefix, the path without its first slash, and the name.
	ARN  string
	Name string
	// ID is a unique id of 21 characters beginning with ANPA. It depends on the
	// ARN alone, so that it is the same everywhere and for ever, but it isn't the
	// id that AWS has given the policy.
	ID string
	// Path is "/", "/service-role/", "/aws-service-role/", "/job-function/" or
	// "/root-task/".
	Path string
	// DefaultVersionID is the newest version.
	DefaultVersionID string
	CreateDate       time.Time
	// UpdateDate is when the default version was made.
	UpdateDate time.Time
	// IsAttachable is false for the policies of service-linked roles.
	IsAttachable bool
	// Versions has every known version, newest first. Numbers may be missing:
	// not all old documents are known.
	Versions []Version

	entry *pack.Entry
}

// A Version is a version of a policy without its document.
type Version struct {
	ID string // "v12"
	// CreateDate is exact for the newest version; for an older one whose date
	// isn't known it is the date of the version before it.
	CreateDate time.Time
	IsDefault  bool
}

//go:embed index.bin
var indexData string

//go:embed documents.bin
var documentData string

// A catalogue is the index in memory.
type catalogue struct {
	archive *pack.Archive
	sorted  []*Policy
	byARN   map[string]*Policy
}

// The embedded files were written by the generator and are read whole by a
// test, so damage means a broken program: it panics rather than let a policy,
// and with it perhaps a Deny, go missing.
var load = sync.OnceValue(build)

func build() *catalogue {
	a, err := pack.Open(indexData, documentData)
	if err != nil {
		panic("managedpolicy: " + err.Error())
	}
	c := &catalogue{
		archive: a,
		sorted:  make([]*Policy, 0, len(a.Entries)),
		byARN:   make(map[string]*Policy, len(a.Entries)),
	}
	all := make([]Policy, len(a.Entries))
	for i := range a.Entries {
		p := &all[i]
		describe(p, &a.Entries[i])
		c.sorted = append(c.sorted, p)
		c.byARN[p.ARN] = p
	}
	slices.SortFunc(c.sorted, func(x, y *Policy) int {
		return strings.Compare(awsid.Fold(x.Name), awsid.Fold(y.Name))
	})
	return c
}

func describe(p *Policy, e *pack.Entry) {
	p.ARN = ARNPrefix + e.Path[1:] + e.Name
	p.Name = p.ARN[len(p.ARN)-len(e.Name):]
	p.Path = e.Path
	p.ID = uniqueID(p.ARN)
	p.CreateDate = time.Unix(e.Created, 0).UTC()
	p.IsAttachable = !strings.HasPrefix(e.Path, "/aws-service-role/")
	p.Versions = make([]Version, len(e.Versions))
	for i, v := range e.Versions {
		p.Versions[i] = Version{
			ID:         "v" + strconv.Itoa(int(v.N)),
			CreateDate: time.Unix(v.Created, 0).UTC(),
			IsDefault:  i == 0,
		}
	}
	p.DefaultVersionID = p.Versions[0].ID
	p.UpdateDate = p.Versions[0].CreateDate
	p.entry = e
}

// uniqueID derives an id in AWS's form: four letters for the kind and 17 of
// the base32 alphabet.
func uniqueID(arn string) string {
	sum := sha256.Sum256([]byte(arn))
	return "ANPA" + base32.StdEncoding.EncodeToString(sum[:])[:17]
}

// Get returns the policy of that ARN, which must match exactly.
func Get(arn string) (*Policy, bool) {
	if !strings.HasPrefix(arn, ARNPrefix) {
		return nil, false // without loading anything
	}
	p, ok := load().byARN[arn]
	return p, ok
}

// List returns every policy, sorted by name without regard to case. The slice
// is shared and must not be changed.
func List() []*Policy { return load().sorted }

// Document returns the text of a version ("v12"), or false if there is none
// such. The text is JSON indented by four spaces, as AWS gives it. It is
// inflated at each call, in about a millisecond.
func (p *Policy) Document(version string) (string, bool) {
	for i, v := range p.Versions {
		if v.ID != version {
			continue
		}
		b, err := load().archive.Document(p.entry, int(p.entry.Versions[i].N))
		if err != nil {
			panic("managedpolicy: " + p.Name + ": " + err.Error())
		}
		return p.indented(b), true
	}
	return "", false
}

// Documents returns the texts of all Versions, in their order. It costs little
// more than the oldest one's Document.
func (p *Policy) Documents() []string {
	out := make([]string, 0, len(p.Versions))
	if err := load().archive.Walk(p.entry, func(_ pack.Stamp, doc []byte) { out = append(out, p.indented(doc)) }); err != nil {
		panic("managedpolicy: " + p.Name + ": " + err.Error())
	}
	return out
}

func (p *Policy) indented(doc []byte) string {
	var out bytes.Buffer
	out.Grow(2 * len(doc))
	if err := json.Indent(&out, doc, "", "    "); err != nil {
		panic("managedpolicy: " + p.Name + ": " + err.Error())
	}
	return out.String()
}
