package sigv4

import (
	"bytes"
	"net/http"
	"net/textproto"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// canon is the reusable memory of one canonical request.
type canon struct {
	buf   []byte // the canonical request
	query []byte // encoded pairs, name=value one after the other
	pairs []pair
}

// pair locates one encoded query parameter in canon.query.
type pair struct{ start, equals, end int }

var canons = sync.Pool{New: func() any { return new(canon) }}

// keepLimit is the largest buffer, in bytes, that goes back to the pool.
const keepLimit = 64 << 10

func (c *canon) release() {
	if cap(c.buf) <= keepLimit && cap(c.query) <= keepLimit && cap(c.pairs) <= keepLimit/8 {
		canons.Put(c)
	}
}

// A pathForm is one of the ways in which clients write the canonical URI.
type pathForm uint8

const (
	pathAsSent     pathForm = iota // encoded once more without normalization
	pathNormalized                 // dot segments and repeated slashes removed, then encoded once more
	pathReencoded                  // S3: decoded and encoded once
	pathVerbatim                   // S3: the bytes on the wire
)

// pathForms lists what Verify accepts. Signers differ: botocore normalizes the path of services other than S3, the
// Go SDK signs it as it sends it; S3 decodes and encodes, some signers for it take the wire's bytes. Either form
// names one path only, and the second is tried only where it differs.
func pathForms(service string) [2]pathForm {
	if S3Like(service) {
		return [2]pathForm{pathReencoded, pathVerbatim}
	}
	return [2]pathForm{pathAsSent, pathNormalized}
}

// wirePath returns the path as it was on the request line. net/http keeps it in RawPath where it isn't the standard
// encoding of Path; EscapedPath would re-encode such a path when it holds bytes that need escaping.
func wirePath(u *url.URL) string {
	if u.Opaque != "" {
		rest := strings.TrimPrefix(u.Opaque, "//")
		if i := strings.IndexByte(rest, '/'); i >= 0 {
			return rest[i:]
		}
		return "/"
	}
	path := u.RawPath
	if path != "" {
		if decoded, err := url.PathUnescape(path); err != nil || decoded != u.Path {
			path = ""
		}
	}
	if path == "" {
		path = u.EscapedPath()
	}
	if path == "" {
		return "/"
	}
	return path
}

// normalizePath removes dot segments and empty segments of an encoded path; a trailing slash stays. It reports
// false for a ".." above the root.
func normalizePath(path string) (string, bool) {
	if !strings.Contains(path, "//") && !strings.Contains(path, "/.") {
		return path, true
	}
	var kept []string
	for segment := range strings.SplitSeq(path, "/") {
		switch segment {
		case "", ".":
		case "..":
			if len(kept) == 0 {
				return "", false
			}
			kept = kept[:len(kept)-1]
		default:
			kept = append(kept, segment)
		}
	}
	if len(kept) == 0 {
		return "/", true
	}
	out := "/" + strings.Join(kept, "/")
	if strings.HasSuffix(path, "/") {
		out += "/"
	}
	return out, true
}

func appendPath(dst []byte, wire string, form pathForm) []byte {
	switch form {
	case pathVerbatim:
		return append(dst, wire...)
	case pathReencoded:
		for i := 0; i < len(wire); i++ {
			c := wire[i]
			if c == '%' && i+2 < len(wire) && unhex(wire[i+1]) >= 0 && unhex(wire[i+2]) >= 0 {
				c = byte(unhex(wire[i+1])<<4 | unhex(wire[i+2]))
				i += 2
			}
			dst = appendByte(dst, c, true)
		}
		return dst
	case pathNormalized:
		if normal, ok := normalizePath(wire); ok {
			wire = normal
		}
	}
	for i := 0; i < len(wire); i++ {
		dst = appendByte(dst, wire[i], true)
	}
	return dst
}

const upperHex = "0123456789ABCDEF"

// unreserved are the bytes that stay as they are: A–Z a–z 0–9 - . _ ~ (RFC 3986, section 2.3).
var unreserved = func() (t [256]bool) {
	for c := range t {
		t[c] = 'A' <= c && c <= 'Z' || 'a' <= c && c <= 'z' || '0' <= c && c <= '9' || c == '-' || c == '.' || c == '_' || c == '~'
	}
	return t
}()

func appendByte(dst []byte, c byte, keepSlash bool) []byte {
	if unreserved[c] || c == '/' && keepSlash {
		return append(dst, c)
	}
	return append(dst, '%', upperHex[c>>4], upperHex[c&15])
}

func appendEscaped(dst []byte, s string) []byte {
	for i := 0; i < len(s); i++ {
		dst = appendByte(dst, s[i], false)
	}
	return dst
}

// appendRecoded decodes a name or value of a raw query and appends it in the canonical encoding. Escapes that are
// none (Parse has refused those) are taken literally.
func appendRecoded(dst []byte, s string) []byte {
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c == '+':
			c = ' '
		case c == '%' && i+2 < len(s) && unhex(s[i+1]) >= 0 && unhex(s[i+2]) >= 0:
			c = byte(unhex(s[i+1])<<4 | unhex(s[i+2]))
			i += 2
		}
		dst = appendByte(dst, c, false)
	}
	return dst
}

// addQuery appends the canonical query to buf. With skipSignature the first X-Amz-Signature is left out: only that
// one was read as the signature, and a second one must not be free to add.
func (c *canon) addQuery(raw string, skipSignature bool) {
	c.query, c.pairs = c.query[:0], c.pairs[:0]
	for raw != "" {
		var text string
		text, raw, _ = strings.Cut(raw, "&")
		if text == "" {
			continue
		}
		name, value, _ := strings.Cut(text, "=")
		p := pair{start: len(c.query)}
		c.query = appendRecoded(c.query, name)
		if skipSignature && string(c.query[p.start:]) == paramSignature {
			skipSignature = false
			c.query = c.query[:p.start]
			continue
		}
		p.equals = len(c.query)
		c.query = append(c.query, '=')
		c.query = appendRecoded(c.query, value)
		p.end = len(c.query)
		c.pairs = append(c.pairs, p)
	}
	q := c.query
	slices.SortFunc(c.pairs, func(a, b pair) int {
		if d := bytes.Compare(q[a.start:a.equals], q[b.start:b.equals]); d != 0 {
			return d
		}
		return bytes.Compare(q[a.equals:a.end], q[b.equals:b.end])
	})
	for i, p := range c.pairs {
		if i > 0 {
			c.buf = append(c.buf, '&')
		}
		c.buf = append(c.buf, q[p.start:p.end]...)
	}
}

// addHeaders appends the canonical headers. It reports false where the list isn't what a signer makes (lower-case
// names in strictly ascending order) or names a header that isn't there.
func (c *canon) addHeaders(r *http.Request, names []string) bool {
	last := ""
	for _, name := range names {
		if name <= last {
			return false
		}
		last = name
		for i := 0; i < len(name); i++ {
			if 'A' <= name[i] && name[i] <= 'Z' {
				return false
			}
		}
		c.buf = append(c.buf, name...)
		c.buf = append(c.buf, ':')
		switch name {
		case "host", ":authority":
			c.addValue(r.Host)
		case "transfer-encoding":
			if len(r.TransferEncoding) == 0 {
				return false
			}
			c.addValue(strings.Join(r.TransferEncoding, ","))
		default:
			values := r.Header[headerKey(name)]
			if len(values) == 0 {
				if name != "content-length" || r.ContentLength < 0 {
					return false
				}
				c.buf = strconv.AppendInt(c.buf, r.ContentLength, 10)
			}
			for i, v := range values {
				if i > 0 {
					c.buf = append(c.buf, ',')
				}
				c.addValue(v)
			}
		}
		c.buf = append(c.buf, '\n')
	}
	return true
}

// addValue appends a header value without surrounding blanks and with runs of spaces as one.
func (c *canon) addValue(v string) {
	v = strings.Trim(v, " \t")
	for {
		i := strings.Index(v, "  ")
		if i < 0 {
			c.buf = append(c.buf, v...)
			return
		}
		c.buf = append(c.buf, v[:i+1]...)
		v = strings.TrimLeft(v[i:], " ")
	}
}

var headerKeys = map[string]string{
	"x-amz-content-sha256":   "X-Amz-Content-Sha256",
	"x-amz-date":             "X-Amz-Date",
	"x-amz-security-token":   "X-Amz-Security-Token",
	"x-amz-target":           "X-Amz-Target",
	"content-type":           "Content-Type",
	"content-length":         "Content-Length",
	"amz-sdk-invocation-id":  "Amz-Sdk-Invocation-Id",
	"amz-sdk-request":        "Amz-Sdk-Request",
	"accept-encoding":        "Accept-Encoding",
	"x-amz-user-agent":       "X-Amz-User-Agent",
	"x-k8s-aws-id":           "X-K8s-Aws-Id",
	"x-amz-trailer":          "X-Amz-Trailer",
	"x-amzn-query-mode":      "X-Amzn-Query-Mode",
	"x-amz-checksum-crc32":   "X-Amz-Checksum-Crc32",
	"x-amz-checksum-crc64":   "X-Amz-Checksum-Crc64",
	"x-amz-sdk-checksum-alg": "X-Amz-Sdk-Checksum-Alg",
}

// headerKey is textproto.CanonicalMIMEHeaderKey without its allocation for the usual names.
func headerKey(name string) string {
	if key, ok := headerKeys[name]; ok {
		return key
	}
	return textproto.CanonicalMIMEHeaderKey(name)
}

// request fills buf with the canonical request. It reports false where no signer can have signed this request.
func (c *canon) request(r *http.Request, s *Signed, form pathForm, payload string) bool {
	c.buf = append(c.buf[:0], r.Method...)
	c.buf = append(c.buf, '\n')
	c.buf = appendPath(c.buf, wirePath(r.URL), form)
	c.buf = append(c.buf, '\n')
	c.addQuery(r.URL.RawQuery, s.Presigned)
	c.buf = append(c.buf, '\n')
	if !c.addHeaders(r, s.SignedHeaders) {
		return false
	}
	c.buf = append(c.buf, '\n')
	c.buf = append(c.buf, s.signedHeaders...)
	c.buf = append(c.buf, '\n')
	c.buf = append(c.buf, payload...)
	return true
}
