package sigv4

import (
	"bufio"
	"encoding/hex"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"
)

const (
	exampleKey    = "AKIAIOSFODNN7EXAMPLE"
	exampleSecret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
	plusSecret    = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
)

var may24 = time.Date(2013, 5, 24, 0, 0, 0, 0, time.UTC)

// wire parses a request as a server receives it. Lines end in LF here; a body follows an empty line.
func wire(t testing.TB, text string) *http.Request {
	t.Helper()
	head, body, found := strings.Cut(text, "\n\n")
	if !found {
		head = strings.TrimSuffix(text, "\n")
	}
	r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(strings.ReplaceAll(head, "\n", "\r\n") + "\r\n\r\n" + body)))
	if err != nil {
		t.Fatalf("read request: %v\n%s", err, text)
	}
	return r
}

func TestSigningKeyVector(t *testing.T) {
	key := deriveKey(exampleSecret, "20130524", "us-east-1", "s3")
	if got := hex.EncodeToString(key[:]); got != "dbb893acc010964918f1fd433add87c70e8b0db6be30c1fbeafefa5ec6ba8378" {
		t.Errorf("signing key = %s", got)
	}
}

const s3Scope = "Credential=" + exampleKey + "/20130524/us-east-1/s3/aws4_request"

const chunkHead = "PUT /examplebucket/chunkObject.txt HTTP/1.1\nHost: s3.amazonaws.com\nx-amz-date: 20130524T000000Z\nx-amz-storage-class: REDUCED_REDUNDANCY\n" +
	"Content-Encoding: aws-chunked\nx-amz-decoded-content-length: 66560\n"

var vectors = []struct {
	name, request, secret, hash string
	now                         time.Time
	mode                        PayloadMode
}{
	{"S3 GET object", "GET /test.txt HTTP/1.1\nHost: examplebucket.s3.amazonaws.com\nRange: bytes=0-9\nx-amz-content-sha256: " + EmptyPayloadHash + "\nx-amz-date: 20130524T000000Z\n" +
		"Authorization: AWS4-HMAC-SHA256 " + s3Scope + ",SignedHeaders=host;range;x-amz-content-sha256;x-amz-date,Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
		exampleSecret, EmptyPayloadHash, may24, PayloadHash},
	{"S3 presigned GET", "GET /test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=" + exampleKey + "%2F20130524%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host" +
		"&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404 HTTP/1.1\nHost: examplebucket.s3.amazonaws.com",
		exampleSecret, "", may24.Add(24 * time.Hour), PayloadUnsigned},
	{"chunked seed", chunkHead + "x-amz-content-sha256: STREAMING-AWS4-HMAC-SHA256-PAYLOAD\nContent-Length: 66824\n" +
		"Authorization: AWS4-HMAC-SHA256 " + s3Scope + ",SignedHeaders=content-encoding;content-length;host;x-amz-content-sha256;x-amz-date;x-amz-decoded-content-length;x-amz-storage-class,Signature=4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9",
		exampleSecret, "", may24, PayloadChunks},
	{"chunked seed with trailer", chunkHead + "x-amz-content-sha256: STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER\nx-amz-trailer: x-amz-checksum-crc32c\n" +
		"Authorization: AWS4-HMAC-SHA256 " + s3Scope + ",SignedHeaders=content-encoding;host;x-amz-content-sha256;x-amz-date;x-amz-decoded-content-length;x-amz-storage-class;x-amz-trailer,Signature=106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e",
		exampleSecret, "", may24, PayloadChunksTrailer},
	{"IAM ListUsers", "GET /?Action=ListUsers&Version=2010-05-08 HTTP/1.1\nHost: iam.amazonaws.com\nContent-Type: application/x-www-form-urlencoded; charset=utf-8\nX-Amz-Date: 20150830T123600Z\n" +
		"Authorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, SignedHeaders=content-type;host;x-amz-date, Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7",
		plusSecret, EmptyPayloadHash, time.Date(2015, 8, 30, 12, 36, 0, 0, time.UTC), PayloadHash},
}

func TestVectors(t *testing.T) {
	cache := NewKeyCache(8)
	for _, v := range vectors {
		for range 2 { // the second time with the cached key
			r := wire(t, v.request)
			s, err := Parse(r, v.now)
			if err != nil {
				t.Fatalf("%s: parse: %v", v.name, err)
			}
			if s.PayloadMode != v.mode {
				t.Errorf("%s: payload mode = %d, want %d", v.name, s.PayloadMode, v.mode)
			}
			if err := s.CheckScope("s3", "iam"); err != nil {
				t.Errorf("%s: scope: %v", v.name, err)
			}
			if err := s.Verify(r, v.hash, v.secret, cache); err != nil {
				t.Errorf("%s: %v\n%s", v.name, err, s.CanonicalRequest(r, v.hash))
			}
			if err := s.Verify(r, v.hash, v.secret+"x", cache); !errors.Is(err, NewError(KindMismatch, false)) {
				t.Errorf("%s: wrong secret: %v", v.name, err)
			}
			if err := s.Verify(r, v.hash, "", nil); err == nil {
				t.Errorf("%s: the empty secret verifies", v.name)
			}
		}
	}
	r := wire(t, vectors[4].request)
	s, _ := Parse(r, vectors[4].now)
	if got := HashPayload([]byte(s.CanonicalRequest(r, EmptyPayloadHash))); got != "f536975d06c0309214f805bb90ccff089219ecd68b2577efef23edd43b7e1a59" {
		t.Errorf("canonical request hash = %s\n%s", got, s.CanonicalRequest(r, EmptyPayloadHash))
	}
}

// TestCanonical covers what the published suite of AWS does: path, query and header rules, one case per line.
func TestCanonical(t *testing.T) {
	for _, c := range []struct{ service, target, headers, signed, path, query, values string }{
		{"iam", "/", "", "host", "/", "", "host:h\n"},
		{"iam", "//example//", "", "host", "/example/", "", ""},
		{"iam", "/./", "", "host", "/", "", ""},
		{"iam", "/example1/example2/../..", "", "host", "/", "", ""},
		{"iam", "/a/./b/../c", "", "host", "/a/c", "", ""},
		{"iam", "/\u1234", "", "host", "/%E1%88%B4", "", ""},
		{"iam", "/%E1%88%B4", "", "host", "/%25E1%2588%25B4", "", ""},
		{"iam", "/a%20b+c:d@e", "", "host", "/a%2520b%2Bc%3Ad%40e", "", ""},
		{"iam", "/-._~0aZ", "", "host", "/-._~0aZ", "", ""},
		{"s3", "//a/../b/./", "", "host", "//a/../b/./", "", ""},
		{"s3", "/a%20b+c:d@e%2fx", "", "host", "/a%20b%2Bc%3Ad%40e/x", "", ""},
		{"iam", "/?Param2=v&Param1=w", "", "host", "/", "Param1=w&Param2=v", ""},
		{"iam", "/?a=2&a=1&a", "", "host", "/", "a=&a=1&a=2", ""},
		{"iam", "/?A=1&a=0&&b", "", "host", "/", "A=1&a=0&b=", ""},
		{"iam", "/?a-b=2&a=1&ab=3", "", "host", "/", "a=1&a-b=2&ab=3", ""},
		{"iam", "/?\u1234=%e1%88%b4", "", "host", "/", "%E1%88%B4=%E1%88%B4", ""},
		{"iam", "/?a=b=c&d=e;f&g=h+i%2Bj", "", "host", "/", "a=b%3Dc&d=e%3Bf&g=h%20i%2Bj", ""},
		{"iam", "/", "My-Header1:   a   b   c  \nMy-Header2: \"a   b   c\"\n", "host;my-header1;my-header2", "/", "", "host:h\nmy-header1:a b c\nmy-header2:\"a b c\"\n"},
		{"iam", "/", "My-Header1: value4\nMy-Header1: value1\nmy-header1: value3\n", "host;my-header1", "/", "", "host:h\nmy-header1:value4,value1,value3\n"},
		{"iam", "/", "My-Header1: value1\n  value2\n", "host;my-header1", "/", "", "host:h\nmy-header1:value1 value2\n"},
		{"iam", "/", "Content-Length: 0\n", "content-length;host", "/", "", "content-length:0\nhost:h\n"},
	} {
		r := wire(t, "GET "+c.target+" HTTP/1.1\nHost: h\n"+c.headers)
		s := &Signed{Service: c.service, SignedHeaders: strings.Split(c.signed, ";"), signedHeaders: c.signed}
		form := pathNormalized
		if c.service == "s3" {
			form = pathReencoded
		}
		var got canon
		if !got.request(r, s, form, "hash") {
			t.Errorf("%s %s: no canonical request", c.service, c.target)
			continue
		}
		lines := strings.SplitN(string(got.buf), "\n", 4)
		if lines[1] != c.path || lines[2] != c.query {
			t.Errorf("%s %s: path %s query %s, want %s and %s", c.service, c.target, lines[1], lines[2], c.path, c.query)
		}
		if want := c.values + "\n" + c.signed + "\nhash"; c.values != "" && lines[3] != want {
			t.Errorf("%s %q: rest\n%s\nwant\n%s", c.service, c.headers, lines[3], want)
		}
	}
}
