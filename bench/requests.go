package main

import (
	"fmt"
	"strings"

	"github.com/aratame/aratame/policy"
)

// shares are the parts of the requests by their answer.
var shares = map[policy.Effect]float64{policy.Allowed: 0.45, policy.ExplicitDeny: 0.25, policy.ImplicitDeny: 0.30}

// newWorkload draws n requests, by rejection: candidates come at random until
// there are enough of each answer.
func newWorkload(name, what string, seed uint64, principals [][][]statement, n int) *workload {
	w := &workload{name: name, what: what, principals: principals}
	own, err := newOwn(w)
	if err != nil {
		panic(err) // a policy of ours that isn't one
	}
	draw := newWorld(seed + 100)
	left := map[policy.Effect]int{}
	for effect, share := range shares {
		left[effect] = int(share*float64(n) + 0.5)
	}
	for tries := 0; len(w.requests) < n; tries++ {
		if tries > 1000*n {
			panic(name + ": can't draw requests of these shares")
		}
		r := draw.request(principals)
		got := own.answer(&r)
		if left[got] > 0 {
			left[got]--
			w.requests, w.want = append(w.requests, r), append(w.want, got)
		}
	}
	return w
}

// request draws one that is about a statement of a principal: most of its
// elements fit the statement, each of them fails at times.
func (w world) request(principals [][][]statement) request {
	r := request{principal: w.IntN(len(principals))}
	s := pick(w, pick(w, principals[r.principal]))
	app, pattern := w.IntN(1000), s.resources[len(s.resources)-1]
	if _, err := fmt.Sscanf(pattern, "arn:aws:s3:::acme-a%03d-", &app); err != nil {
		other := pick(w, pick(w, principals[r.principal])) // a guard rail, on an object of another statement
		_, _ = fmt.Sscanf(other.resources[0], "arn:aws:s3:::acme-a%03d-", &app)
	}
	r.action = objectActions[min(w.IntN(len(objectActions)), w.IntN(len(objectActions)))]
	if list := expand(pick(w, s.actions), objectActions); len(list) > 0 && w.chance(0.8) {
		r.action = pick(w, list)
	}
	r.bucket, r.key = w.object(pattern, app)
	r.context = w.context(app)
	if s.test != nil && w.chance(0.7) {
		r.context[s.test.key] = fitting(w, s.test)
	}
	return r
}

// object draws one that a pattern matches, most of the time.
func (w world) object(pattern string, app int) (bucket, key string) {
	bucket, folder, _ := strings.Cut(strings.TrimPrefix(pattern, "arn:aws:s3:::"), "/")
	folder, name, inner := strings.Cut(folder, "/")
	if strings.HasSuffix(bucket, "*") || w.chance(0.05) {
		bucket = fmt.Sprintf("acme-a%03d-%s", app, pick(w, purposes))
	}
	if !inner || w.chance(0.15) {
		folder = pick(w, folders)
	}
	extension := pick(w, extensions)
	if _, ext, ok := strings.Cut(name, "."); ok && w.chance(0.7) {
		extension = ext
	}
	return bucket, fmt.Sprintf("%s/2026/%02d/%02d/%016x.%s", folder, 1+w.IntN(12), 1+w.IntN(28), w.Uint64(), extension)
}

// context has the keys that a request to S3 comes with, whether any statement
// asks for them or not.
func (w world) context(app int) map[string]string {
	team := fmt.Sprintf("a%03d-%s", app, pick(w, []string{"dev", "ops", "dev", "ops", "contractor"}))
	if w.chance(0.15) {
		team = "audit"
	}
	ip := fmt.Sprintf("10.%d.%d.%d", app%250, w.IntN(256), w.IntN(256))
	if w.chance(0.3) {
		ip = fmt.Sprintf("%s.%d", pick(w, []string{"192.168.7", "203.0.113"}), w.IntN(256))
	}
	return map[string]string{
		keyTeam: team, keyIP: ip, keyClass: pick(w, []string{"public", "internal", "internal", "secret"}),
		"aws:CurrentTime": "2026-03-01T12:00:00Z", "aws:SecureTransport": "true", "aws:UserAgent": "aws-sdk-go-v2/1.30.0",
		"aws:PrincipalAccount": accountID, "aws:PrincipalType": "User", "aws:userid": "AIDAEXAMPLEEXAMPLE123",
		"aws:username": fmt.Sprintf("user%d", app), "aws:RequestedRegion": "eu-central-1", "s3:signatureversion": "AWS4-HMAC-SHA256",
	}
}

// fitting draws a value that fulfils a condition.
func fitting(w world, c *condition) string {
	v := pick(w, c.values)
	if c.operator == "IpAddress" {
		network, _, _ := strings.Cut(v, "/")
		return strings.TrimSuffix(network, ".0") + fmt.Sprintf(".%d", 1+w.IntN(250))
	}
	return strings.ReplaceAll(strings.ReplaceAll(v, "*-", "ext-"), "-*", "-dev")
}

// growthWorkload is a principal of policies of ten statements, of which two
// can match an object of a bucket. The requests are the same kind for any size.
func growthWorkload(policies int) *workload {
	var list [][]statement
	for i := range policies {
		var p []statement
		for j := range 5 {
			bucket := fmt.Sprintf("arn:aws:s3:::acme-a%03d-%s", i, purposes[j])
			p = append(p,
				statement{actions: []string{"s3:Get*"}, resources: []string{bucket, bucket + "/*"}, test: &condition{"StringLike", keyTeam, []string{fmt.Sprintf("a%03d-*", i)}}},
				statement{deny: true, actions: []string{"s3:*"}, resources: []string{bucket + "/sealed/*"}, test: &condition{"StringEquals", keyClass, []string{"secret", "internal"}}})
		}
		list = append(list, p)
	}
	return newWorkload(fmt.Sprintf("%d statements", 10*policies), "", 9, [][][]statement{list}, 1000)
}
