package main

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/aratame/aratame/policy"
)

// A statement is what every engine is given in its own language: one effect,
// S3 actions, patterns of ARNs, at most one condition. Wildcards are * only,
// because Cedar's like knows no ?.
type statement struct {
	deny      bool
	actions   []string // s3:GetObject, s3:Get*, s3:*
	resources []string
	test      *condition
}

// A condition holds if one of values fits the request's value of key. Every
// request has every key, so that no translation has to ask for presence.
type condition struct {
	operator string // StringEquals, StringLike or IpAddress
	key      string
	values   []string
}

// The condition keys that statements ask for.
const (
	keyTeam  = "aws:PrincipalTag/team"
	keyIP    = "aws:SourceIp"
	keyClass = "s3:ExistingObjectTag/class"
)

type request struct {
	principal   int // in workload.principals
	action      string
	bucket, key string
	context     map[string]string
}

func (r *request) resource() string { return "arn:aws:s3:::" + r.bucket + "/" + r.key }

// A workload is a number of principals, each with policies of statements, and
// requests of which 45 % are allowed, 25 % explicitly and 30 % implicitly
// denied.
type workload struct {
	name, what string
	principals [][][]statement
	requests   []request
	want       []policy.Effect // of the requests, as aratame decides; the rivals must agree
}

// objectActions are those that requests are made of. Earlier ones are asked
// for more often.
var objectActions = []string{
	"s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:GetObjectTagging", "s3:GetObjectVersion", "s3:PutObjectTagging",
	"s3:GetObjectAttributes", "s3:PutObjectAcl", "s3:GetObjectAcl", "s3:DeleteObjectVersion", "s3:RestoreObject", "s3:AbortMultipartUpload",
}

// allActions are those that wildcards stand for.
var allActions = append([]string{"s3:ListBucket", "s3:ListBucketVersions", "s3:GetBucketLocation"}, objectActions...)

// expand gives those of the actions that a pattern matches.
func expand(pattern string, actions []string) []string {
	prefix, wild := strings.CutSuffix(pattern, "*")
	return slices.DeleteFunc(slices.Clone(actions), func(a string) bool {
		return a != pattern && !(wild && strings.HasPrefix(a, prefix))
	})
}

var (
	allowedActions = [][]string{
		{"s3:GetObject"}, {"s3:GetObject", "s3:GetObjectVersion", "s3:ListBucket"}, {"s3:Get*", "s3:List*"}, {"s3:GetObject*"},
		{"s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload"}, {"s3:GetObject", "s3:PutObject"},
		{"s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:ListBucket"}, {"s3:*"},
	}
	deniedActions = [][]string{
		{"s3:*"}, {"s3:Delete*"}, {"s3:GetObject", "s3:GetObjectVersion"}, {"s3:Put*", "s3:Delete*"}, {"s3:PutObject", "s3:PutObjectAcl", "s3:PutObjectTagging"},
	}
	purposes   = []string{"uploads", "reports", "exports", "media", "backup"}
	folders    = []string{"incoming", "public", "archive", "sealed", "daily", "models"}
	extensions = []string{"csv", "json", "parquet", "png"}
)

// a world draws everything at random, the same at each run.
type world struct{ *rand.Rand }

func newWorld(seed uint64) world { return world{rand.New(rand.NewPCG(seed, 3))} }

func pick[T any](w world, list []T) T { return list[w.IntN(len(list))] }

func (w world) chance(p float64) bool { return w.Float64() < p }

// workloads makes those that are measured, by name.
func workloads() []*workload {
	return []*workload{
		newWorkload("W1", "1 policy of 3 statements", 1, [][][]statement{firstPolicy()}, 1000),
		newWorkload("W2", "10 policies of 10", 2, newWorld(2).principals(1, 10, 10), 1000),
		newWorkload("W3", "100 policies of 20", 3, newWorld(3).principals(1, 100, 20), 1000),
		newWorkload("W4", "1,000 principals, 10 policies of 3", 4, newWorld(4).principals(1000, 10, 3), 1000),
	}
}

// firstPolicy is the policy of an application with one bucket.
func firstPolicy() [][]statement {
	return [][]statement{{
		{actions: []string{"s3:GetObject", "s3:PutObject"}, resources: []string{"arn:aws:s3:::acme-a000-uploads", "arn:aws:s3:::acme-a000-uploads/*"}},
		{actions: []string{"s3:Get*"}, resources: []string{"arn:aws:s3:::acme-a000-reports/*"}, test: &condition{"StringLike", keyTeam, []string{"a000-*"}}},
		{deny: true, actions: []string{"s3:*"}, resources: []string{"arn:aws:s3:::acme-a000-*/sealed/*"}, test: &condition{"StringEquals", keyClass, []string{"secret", "internal"}}},
	}}
}

// principals draws n principals with policies of size statements. Each policy
// is about one application: its buckets and the folders in them. One policy in twenty begins with a guard rail over all buckets.
func (w world) principals(n, policies, size int) [][][]statement {
	list := make([][][]statement, n)
	for i := range list {
		first := w.IntN(1000)
		for j := range policies {
			p := make([]statement, size)
			for k := range p {
				p[k] = w.statement((first + j*7) % 1000)
			}
			if j%20 == 0 {
				p[0] = statement{deny: true, actions: []string{"s3:*"}, resources: []string{"arn:aws:s3:::*/quarantine/*"}, test: w.denyTest()}
			}
			list[i] = append(list[i], p)
		}
	}
	return list
}

// statement draws one about an application. Most name a bucket with its
// objects, or one or two of its folders; one in seven names the application's
// buckets by a wildcard, and as many have a wildcard inside.
func (w world) statement(app int) statement {
	buckets := fmt.Sprintf("arn:aws:s3:::acme-a%03d-", app)
	bucket := buckets + pick(w, purposes)
	s := statement{deny: w.chance(0.25)}
	if s.deny {
		s.actions, s.test = pick(w, deniedActions), w.denyTest()
	} else {
		s.actions, s.test = pick(w, allowedActions), w.allowTest(app)
	}
	switch p := w.Float64(); {
	case p < 0.15:
		s.resources = []string{buckets + "*/" + pick(w, folders) + "/*"}
	case p < 0.30:
		s.resources = []string{bucket + "/" + pick(w, folders) + "/*." + pick(w, extensions)}
	case p < 0.45:
		s.resources = []string{bucket + "/" + pick(w, folders) + "/*"}
	case p < 0.60:
		i := w.IntN(len(folders) - 1)
		s.resources = []string{bucket + "/" + folders[i] + "/*", bucket + "/" + folders[i+1] + "/*"}
	default:
		s.resources = []string{bucket, bucket + "/*"}
	}
	return s
}

func (w world) allowTest(app int) *condition {
	a := fmt.Sprintf("a%03d-", app)
	switch w.IntN(4) {
	case 0:
		return &condition{"StringEquals", keyTeam, []string{a + "dev", a + "ops"}}
	case 1:
		return &condition{"StringLike", keyTeam, []string{a + "*"}}
	case 2:
		return &condition{"IpAddress", keyIP, []string{fmt.Sprintf("10.%d.0.0/16", app%250)}}
	}
	return &condition{"StringEquals", keyClass, []string{"public", "internal"}}
}

func (w world) denyTest() *condition {
	switch w.IntN(3) {
	case 0:
		return &condition{"StringLike", keyTeam, []string{"*-contractor"}}
	case 1:
		return &condition{"IpAddress", keyIP, []string{"198.51.100.0/24", "203.0.113.0/24"}}
	}
	return &condition{"StringEquals", keyClass, []string{"secret"}}
}
