package sigv4diff

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aratame/aratame/sigv4"
)

// requests is how many the SDK signs; each is then mutated once in every part that it has.
const requests = 100_000

var cache = sigv4.NewKeyCache(256)

// server is what a server does with the bytes of one connection.
type server struct {
	now     time.Time
	secrets map[string]string
	in      *bytes.Reader
	buf     *bufio.Reader
}

func newServer(g *generator) *server {
	s := &server{now: g.now, secrets: map[string]string{}, in: bytes.NewReader(nil)}
	s.buf = bufio.NewReader(s.in)
	for _, c := range g.creds {
		s.secrets[c.AccessKeyID] = c.SecretAccessKey
	}
	return s
}

// received is a request as the server understood it.
type received struct {
	r    *http.Request
	s    *sigv4.Signed
	body []byte
}

func (s *server) receive(wire []byte) (*received, error) {
	s.in.Reset(wire)
	s.buf.Reset(s.in)
	r, err := http.ReadRequest(s.buf)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	signed, err := sigv4.Parse(r, s.now)
	if err != nil {
		return nil, err
	}
	if err := signed.CheckScope(services...); err != nil {
		return nil, err
	}
	secret, known := s.secrets[signed.AccessKeyID]
	if !known {
		return nil, errors.New("unknown key")
	}
	if err := signed.Verify(r, sigv4.HashPayload(body), secret, cache); err != nil {
		return nil, err
	}
	return &received{r, signed, body}, nil
}

// same reports whether two accepted requests mean the same: a mutation that a signature may allow, such as another
// case of a percent escape or one blank more after a colon.
func same(a, b *received) bool {
	return a.r.Method == b.r.Method && a.r.Host == b.r.Host && bytes.Equal(a.body, b.body) &&
		path(a) == path(b) && slices.Equal(query(a), query(b)) &&
		reflect.DeepEqual(headers(a), headers(b)) && reflect.DeepEqual(a.s, b.s)
}

// path is the key for S3; every other service reads a path without its empty and dot segments.
func path(v *received) string {
	if v.s.Service == "s3" {
		return v.r.URL.Path
	}
	var kept []string
	for seg := range strings.SplitSeq(v.r.URL.EscapedPath(), "/") {
		switch {
		case seg == "" || seg == ".":
		case seg == ".." && len(kept) > 0:
			kept = kept[:len(kept)-1]
		default:
			kept = append(kept, seg)
		}
	}
	return strings.Join(kept, "/")
}

func query(v *received) []sigv4.Param {
	params, _ := sigv4.ParseQuery(v.r.URL.RawQuery)
	slices.SortFunc(params, func(a, b sigv4.Param) int {
		return strings.Compare(a.Name+"\x00"+a.Value, b.Name+"\x00"+b.Value)
	})
	return params
}

// headers are the signed ones but for the blanks that signing ignores, and Authorization, which s stands for.
func headers(v *received) map[string]string {
	m := map[string]string{}
	for _, name := range v.s.SignedHeaders {
		var values []string
		for _, value := range v.r.Header.Values(name) {
			values = append(values, strings.Join(strings.FieldsFunc(value, func(r rune) bool { return r == ' ' }), " "))
		}
		m[name] = strings.Join(values, ",")
	}
	return m
}

// part is a range of the wire that is mutated on its own.
type part struct {
	name       string
	start, end int
}

// parts locates all that the signature covers, and the signature.
func parts(q *signed) []part {
	w := q.wire
	var list []part
	add := func(name string, start, end int) {
		if start >= 0 && end > start {
			list = append(list, part{name, start, end})
		}
	}
	line := bytes.IndexByte(w, '\r')
	method := bytes.IndexByte(w, ' ')
	target := bytes.LastIndexByte(w[:line], ' ')
	add("method", 0, method)
	mark := bytes.IndexByte(w[:target], '?')
	if mark < 0 {
		mark = target
	}
	add("path", method+1, mark)
	add("query", mark, target)
	inside := func(name, from, to string, start, end int) {
		i := bytes.Index(w[start:end], []byte(from))
		if i < 0 {
			return
		}
		i += start + len(from)
		if j := bytes.IndexAny(w[i:end], to); j >= 0 {
			end = i + j
		}
		add(name, i, end)
	}
	if q.presigned {
		inside("signature", "X-Amz-Signature=", "& ", 0, line)
		inside("scope", "X-Amz-Credential=", "& ", 0, line)
		inside("date", "X-Amz-Date=", "& ", 0, line)
	}
	head := bytes.Index(w, []byte("\r\n\r\n"))
	var lines []part
	for i := line + 2; i < head; {
		end := i + bytes.IndexByte(w[i:], '\r')
		switch {
		case bytes.HasPrefix(w[i:end], []byte("Authorization: ")):
			add("authorization", i, end)
			inside("scope", "Credential=", ",", i, end)
			inside("signature", "Signature=", ",", i, end)
		case bytes.HasPrefix(w[i:end], []byte("X-Amz-Date: ")):
			add("date", i+12, end)
		case bytes.HasPrefix(w[i:end], []byte("User-Agent:")), bytes.HasPrefix(w[i:end], []byte("Content-Length: 0")):
		default:
			lines = append(lines, part{"header", i, end})
		}
		i = end + 2
	}
	list = append(list, lines...)
	add("body", head+4, len(w))
	return list
}

// mutate changes, removes or adds one byte within p.
func mutate(g *generator, wire []byte, p part) []byte {
	at := p.start + g.IntN(p.end-p.start)
	out := slices.Clone(wire)
	c := byte(' ' + g.IntN(95))
	switch g.IntN(8) {
	case 0:
		return slices.Delete(out, at, at+1)
	case 1:
		return slices.Insert(out, at, c)
	case 2: // one bit
		out[at] ^= 1 << g.IntN(8)
	default:
		if c == out[at] {
			c ^= 1
		}
		out[at] = c
	}
	return out
}

// TestSDKSignatures: what the SDK signs verifies, and no mutation of it does unless it means the same.
func TestSDKSignatures(t *testing.T) {
	now := time.Date(2026, 3, 29, 0, 5, 0, 0, time.UTC)
	workers := runtime.GOMAXPROCS(0)
	var verified, presigned, equal atomic.Int64
	var mu sync.Mutex
	refused := map[string]int{}
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			g := newGenerator(uint64(w), now)
			s := newServer(g)
			mine := map[string]int{}
			for i := 0; i < (requests+workers-1)/workers && !t.Failed(); i++ {
				q, err := g.request()
				if err != nil {
					t.Errorf("worker %d request %d: generate: %v", w, i, err)
					return
				}
				original, err := s.receive(q.wire)
				if err != nil {
					t.Errorf("worker %d request %d: %v\n%q", w, i, err, q.wire)
					return
				}
				verified.Add(1)
				if q.presigned {
					presigned.Add(1)
				}
				for _, p := range parts(q) {
					if p.name == "body" && original.s.PayloadMode == sigv4.PayloadUnsigned {
						continue
					}
					m := mutate(g, q.wire, p)
					got, err := s.receive(m)
					switch {
					case err != nil:
						mine[p.name]++
					case same(original, got):
						equal.Add(1)
					default:
						t.Errorf("worker %d request %d: verifies after a change of its %s\n%q\n%q", w, i, p.name, q.wire, m)
						return
					}
				}
			}
			mu.Lock()
			defer mu.Unlock()
			for name, n := range mine {
				refused[name] += n
			}
		})
	}
	wg.Wait()
	if n := verified.Load(); n < requests || presigned.Load() < requests/5 {
		t.Errorf("%d of %d requests verified, %d presigned", n, requests, presigned.Load())
	}
	total := int64(0)
	for _, name := range []string{"method", "path", "query", "header", "body", "date", "scope", "signature", "authorization"} {
		if refused[name] < requests/5 {
			t.Errorf("only %d mutations of the %s", refused[name], name)
		}
		total += int64(refused[name])
	}
	if equal.Load() > total/20 {
		t.Errorf("%d mutations of %d changed nothing: the generator is no test", equal.Load(), total)
	}
	t.Log(fmt.Sprintf("%d requests verified (%d presigned); mutations refused: %v; without meaning: %d", verified.Load(), presigned.Load(), refused, equal.Load()))
}
