package policy

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"sync/atomic"
	"testing"
)

// crowd draws large sets whose resources share beginnings of every length, so
// that they meet at the borders of marks, heads, windows and words.
type crowd struct {
	*rand.Rand
	bases     []string
	resources []string // drawn before, to be drawn again
}

func newCrowd(seed, shard uint64) *crowd {
	c := &crowd{Rand: rand.New(rand.NewPCG(seed, shard))}
	for range 1 + c.IntN(4) {
		c.bases = append(c.bases, "arn:aws:s3:::"+c.letters(120))
	}
	return c
}

func (c *crowd) pick(list ...string) string { return list[c.IntN(len(list))] }

// letters has few different ones, some of several bytes or zero.
func (c *crowd) letters(n int) string {
	var b strings.Builder
	for b.Len() < n {
		b.WriteString(c.pick("a", "b", "a", "b", "a", "/", ":", "é", "\x00", "😀"))
	}
	return b.String()
}

// cut takes the beginning of a text, often at a multiple of four or beside one.
func (c *crowd) cut(s string) string {
	n := c.IntN(len(s) + 1)
	if c.IntN(3) > 0 {
		n = max(0, n/4*4+c.IntN(3)-1)
	}
	return strings.ToValidUTF8(s[:min(n, len(s))], "")
}

func (c *crowd) resource() string {
	if len(c.resources) > 0 && c.IntN(4) == 0 {
		return c.resources[c.IntN(len(c.resources))]
	}
	r := c.cut(c.bases[c.IntN(len(c.bases))]) + c.pick("", "", "a", "ab", c.letters(9)) + c.pick("*", "*", "*", "", "?", "*a", "?*", "${name}", "${gone}", "${gone,'a'}", "${", "${*}")
	if c.IntN(12) == 0 {
		r = c.pick("*", "*", "arn:aws:s3", "arn:aws:s3:*:*:a*", "arn:*:s3:::a*", "arn:aws:s3:a*::b", "arn:aws*:s3:::b", "x:aws:s3:::a*", "noarn", "")
	}
	c.resources = append(c.resources, r)
	return r
}

func (c *crowd) action() string {
	return c.pick("s3:*", "*", "s3:Get*", "s3:GetObject", "s3:getobject", "s3:G", "s3:", "s3:g?t*", "s3:*t", "s3:Put*", "s3:PutObject", "s3:PutObjectAcl", "s3:Ge", "sqs:*", "GetObject", "s3:a\x00", "s3:é*", "s*:Get")
}

func (c *crowd) list(draw func() string, most int) string {
	var list []string
	for range 1 + c.IntN(most) {
		list = append(list, quote(draw()))
	}
	return "[" + strings.Join(list, ",") + "]"
}

func (c *crowd) set(t testing.TB) *Set {
	var policies []Policy
	most := 3
	if c.IntN(8) == 0 {
		most = 30 // many actions
	}
	for range 1 + c.IntN(3) {
		var b []string
		for range 1 + c.IntN(60) {
			who, cond := "", ""
			if c.IntN(6) == 0 {
				cond = `,"Condition":` + c.pick(`{"StringEquals":{"name":"a"}}`, `{"StringEquals":{"name":"b"}}`, `{"NumericEquals":{"name":"1"}}`, `{"Bool":{"gone":"true"}}`)
			}
			b = append(b, `{"Effect":"`+c.pick("Allow", "Allow", "Deny")+`"`+who+`,"`+c.pick("Action", "Action", "Action", "NotAction")+`":`+c.list(c.action, most)+
				`,"`+c.pick("Resource", "Resource", "Resource", "Resource", "NotResource")+`":`+c.list(c.resource, 3)+cond+`}`)
		}
		policies = append(policies, Policy{Document: mustParse(t, `{"Version":"`+c.pick("2012-10-17", "2012-10-17", "2008-10-17")+`","Statement":[`+strings.Join(b, ",")+`]}`, Identity)})
	}
	return Compile(policies...)
}

// asked is a resource near those of the set.
func (c *crowd) asked() string {
	r := strings.TrimRight(c.resources[c.IntN(len(c.resources))], "*?")
	switch c.IntN(5) {
	case 4:
		r = strings.TrimRight(r, "\x00") // what is past the end counts as zero where it doesn't decide
	case 0:
		r = c.cut(r)
	case 1:
		r += c.letters(1 + c.IntN(12))
	case 2:
		r = c.cut(c.bases[c.IntN(len(c.bases))]) + c.letters(c.IntN(5))
	}
	return r
}

// TestIndex holds what the index finds against what asking every statement
// finds, in sets of up to 180 statements.
func TestIndex(t *testing.T) {
	var denied, allowed, large atomic.Int64
	t.Run("shards", func(t *testing.T) {
		for shard := range 8 {
			t.Run(fmt.Sprint(shard), func(t *testing.T) {
				t.Parallel()
				for i := range randomCases / 8 / 400 {
					c := newCrowd(uint64(i), uint64(shard))
					s := c.set(t)
					if s.index.root.sizes != 0 {
						large.Add(1)
					}
					for range 60 {
						action := c.pick("s3:GetObject", "S3:GETOBJECT", "s3:PutObject", "s3:PutObjectAcl", "s3:", "s3:G", "s3:a\x00", "s3:éa", "sqs:SendMessage", "")
						req := &Request{Principal: alice, Action: action, Resource: c.asked(), ResourceAccount: acct, Context: MapContext{"name": One(c.pick("a", "b", "x"))}}
						var a, b asker
						a.prepare(req, &Policies{})
						b.prepare(req, &Policies{})
						got, want := s.eval(&a), s.evalAll(&b)
						if got.deny != want.deny || !got.deny && got != want {
							t.Fatalf("%+v, asking all %+v: %s on %q\n%s", got, want, action, req.Resource, describe(&Policies{Identity: s}))
						}
						if want.deny {
							denied.Add(1)
						} else if want.allow {
							allowed.Add(1)
						}
					}
				}
			})
		}
	})
	if n := int64(randomCases / 400); large.Load() < n/4 || denied.Load() < n || allowed.Load() < n {
		t.Errorf("%d sets with a table, %d requests denied, %d allowed", large.Load(), denied.Load(), allowed.Load())
	}
}

// Long beginnings that many resources share cost their length, and each level
// of the index takes a step.
func TestLongBeginnings(t *testing.T) {
	for _, region := range []string{"", "us-*-1"} {
		const length, resources = 30_000, 60
		head := "arn:aws:s3:" + region + "::" + strings.Repeat("ab", length/2)
		var list []string
		for i := range resources {
			list = append(list, fmt.Sprintf(`"%s%d/*"`, head, i))
		}
		s := Compile(Policy{Document: mustParse(t, `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":[`+strings.Join(list, ",")+`]}}`, Identity)})
		if n := len(s.index.nodes); n > length/(headSize+windowSize)+2*resources {
			t.Errorf("%d nodes", n)
		}
		at := strings.Replace(head, "us-*-1", "us-east-1", 1)
		for resource, want := range map[string]Effect{at + "59/k": Allowed, at + "60/k": ImplicitDeny, at: ImplicitDeny} {
			req := &Request{Principal: alice, Action: "s3:GetObject", Resource: resource, ResourceAccount: acct}
			if out := Evaluate(req, &Policies{Identity: s}); out.Effect != want || Explain(req, &Policies{Identity: s}).Outcome != out {
				t.Errorf("%d bytes: %v", len(resource), out)
			}
		}
	}
}
