package sigv4diff

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// generator makes hostile requests and has the SDK sign them. One goroutine uses it.
type generator struct {
	*rand.Rand
	signer *v4.Signer
	now    time.Time
	creds  []aws.Credentials
}

func newGenerator(seed uint64, now time.Time) *generator {
	g := &generator{Rand: rand.New(rand.NewPCG(seed, 1)), signer: v4.NewSigner(), now: now}
	for i := range 8 {
		g.creds = append(g.creds, aws.Credentials{AccessKeyID: fmt.Sprintf("AKIA%016d", i), SecretAccessKey: fmt.Sprintf("secret/+%d=", i)})
	}
	return g
}

func pick[T any](g *generator, list []T) T { return list[g.IntN(len(list))] }

var (
	services = []string{"iam", "sts", "s3", "dynamodb", "execute-api", "s3", "iam"}
	regions  = []string{"us-east-1", "eu-central-1", "cn-north-1", "us-gov-west-1", "aws-global"}
	methods  = []string{"GET", "POST", "PUT", "DELETE", "HEAD", "PATCH"}
	hosts    = []string{"iam.amazonaws.com", "localhost:8470", "bucket.s3.eu-central-1.amazonaws.com", "[::1]:8470", "h", "UPPER.example:81"}
	// pieces of names, values and segments: delimiters, encodings of delimiters, blanks, controls, unicode, and bytes
	// that are no UTF-8.
	pieces = []string{
		"a", "Z", "0", "key", "-", "_", "~", ".", "..", "...", "+", " ", "  ", "&", "=", ";", ":", "@", "!", "$", "'", "(", ")", "*", ",",
		"%", "%25", "%2F", "%2f", "?", "#", "[", "]", "{", "}", "|", "\\", "^", "`", "\"", "<", ">", "/", "\x00", "\n", "\x7f",
		"é", "ሴ", "\U0001F600", "\xff", "\xc3", "\u200b", "\u202e", "X-Amz-", "X-Amz-Date", "Signature", "aws4_request",
	}
)

func (g *generator) text(n int) string {
	var b strings.Builder
	for range g.IntN(n + 1) {
		b.WriteString(pick(g, pieces))
	}
	return b.String()
}

// headerText is text that may stand in a header and that no HTTP layer trims.
func (g *generator) headerText() string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return '\t'
		}
		return r
	}, "<"+g.text(6)+">")
}

// path returns a raw path: segments in a random mixture of encodings. ".." stays below the root, since services
// other than S3 refuse it above.
func (g *generator) path() string {
	if g.IntN(3) == 0 {
		return "/"
	}
	var b strings.Builder
	depth := 0
	for range 1 + g.IntN(4) {
		b.WriteByte('/')
		switch seg := g.text(4); {
		case seg == "." || seg == "" || seg == "/":
			b.WriteString(strings.Trim(seg, "/"))
		case seg == "..":
			if depth > 0 {
				b.WriteString(seg)
				depth--
			}
		default:
			b.WriteString("s" + g.encode(seg, "!$&'()*,;=:@+[]-_.~"))
			depth++
		}
	}
	return b.String()
}

// encode percent-encodes s; bytes of plain and letters mostly stay as they are, hex digits come in either case.
func (g *generator) encode(s, plain string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		c := s[i]
		alnum := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
		switch {
		case (alnum || strings.IndexByte(plain, c) >= 0) && g.IntN(8) > 0:
			b.WriteByte(c)
		case g.IntN(2) == 0:
			fmt.Fprintf(&b, "%%%02x", c)
		default:
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

// scramble writes a query in another order and other encodings than the signer left it in. What it means, and the
// order of equal names, which the signature doesn't cover, are up to the signer.
func (g *generator) scramble(raw string) string {
	if raw == "" || g.IntN(4) == 0 {
		return raw
	}
	pairs := strings.Split(raw, "&")
	g.Shuffle(len(pairs), func(i, j int) { pairs[i], pairs[j] = pairs[j], pairs[i] })
	for i, p := range pairs {
		name, value, _ := strings.Cut(p, "=")
		n, _ := url.QueryUnescape(name)
		v, _ := url.QueryUnescape(value)
		pairs[i] = g.queryText(n) + "=" + g.queryText(v)
		if v == "" && n != "" && g.IntN(2) == 0 {
			pairs[i] = strings.TrimSuffix(pairs[i], "=")
		}
		if g.IntN(16) == 0 {
			pairs[i] += "&"
		}
	}
	return strings.Join(pairs, "&")
}

func (g *generator) queryText(s string) string {
	parts := strings.Split(s, " ")
	for i, p := range parts {
		parts[i] = g.encode(p, "!$'()*,;:@/?-_.~[]|\"<>`{}^\\")
	}
	return strings.Join(parts, pick(g, []string{"+", "%20"}))
}

// signed is a request on the wire with what a server must know to verify it.
type signed struct {
	wire            []byte
	secret, service string
	presigned       bool
}

// request generates, signs and serializes one request.
func (g *generator) request() (*signed, error) {
	service, creds := pick(g, services), pick(g, g.creds)
	if g.IntN(2) == 0 {
		creds.SessionToken = "Fwo+/" + strconv.FormatUint(g.Uint64(), 36) + "=="
	}
	path := g.path()
	decoded, err := url.PathUnescape(path)
	if err != nil {
		return nil, err
	}
	query := url.Values{}
	for range g.IntN(5) {
		query.Add("q"+g.text(3), g.text(4))
	}
	if g.IntN(4) == 0 {
		query.Add("", g.text(2))
	}
	var body []byte
	if g.IntN(2) == 0 {
		body = []byte("Action=" + g.text(20) + "x")
	}
	presign := g.IntN(3) == 0
	if presign {
		query.Set("X-Amz-Expires", strconv.Itoa(900+g.IntN(3600)))
	}
	r := &http.Request{
		Method: pick(g, methods), URL: &url.URL{Scheme: "http", Host: pick(g, hosts), Path: decoded, RawPath: path, RawQuery: query.Encode()},
		Header: http.Header{}, Body: http.NoBody, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
	}
	r.Host = r.URL.Host
	g.headers(r, service)
	sum := sha256.Sum256(body)
	hash := hex.EncodeToString(sum[:])
	if service == "s3" {
		if presign || g.IntN(3) == 0 {
			hash = "UNSIGNED-PAYLOAD"
		}
		if !presign {
			r.Header.Set("X-Amz-Content-Sha256", hash)
		}
	}
	setBody := func(r *http.Request) {
		if len(body) > 0 {
			r.Body, r.ContentLength = &reader{bytes.NewReader(body)}, int64(len(body))
		}
	}
	setBody(r)
	at := g.now.Add(time.Duration(g.IntN(1700)-850) * time.Second)
	opt := func(o *v4.SignerOptions) { o.DisableURIPathEscaping = service == "s3" }
	if presign {
		target, headers, err := g.signer.PresignHTTP(context.Background(), creds, r, hash, service, pick(g, regions), at, opt)
		if err != nil {
			return nil, err
		}
		host := r.Host
		u, err := url.Parse(target)
		if err != nil {
			return nil, fmt.Errorf("the SDK's URL: %w", err)
		}
		r = &http.Request{Method: r.Method, URL: u, Host: host, Header: headers, Body: http.NoBody}
		r.Header.Del("Host")
		r.Header.Del("Content-Length")
		setBody(r)
	} else if err := g.signer.SignHTTP(context.Background(), creds, r, hash, service, pick(g, regions), at, opt); err != nil {
		return nil, err
	}
	r.URL.RawQuery = g.scramble(r.URL.RawQuery)
	r.Header.Set("User-Agent", "")
	var b bytes.Buffer
	if err := r.Write(&b); err != nil {
		return nil, err
	}
	return &signed{wire: b.Bytes(), secret: creds.SecretAccessKey, service: service, presigned: presign}, nil
}

type reader struct{ *bytes.Reader }

func (reader) Close() error { return nil }

func (g *generator) headers(r *http.Request, service string) {
	if g.IntN(2) == 0 {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
	}
	if g.IntN(2) == 0 {
		r.Header.Set("Amz-Sdk-Request", "attempt=1;   max=3")
	}
	if service == "dynamodb" {
		r.Header.Set("X-Amz-Target", "DynamoDB_20120810.GetItem")
	}
	for range g.IntN(4) {
		r.Header.Add("X-Amz-Meta-"+strconv.Itoa(g.IntN(3)), g.headerText())
	}
	for range g.IntN(3) {
		r.Header.Add(pick(g, []string{"X-K8s-Aws-Id", "X-Custom", "Range", "If-Match", "x_y.z", "Cache-Control", "Accept"}), g.headerText())
	}
	if g.IntN(8) == 0 {
		r.Header.Set("X-Empty", "")
	}
}
