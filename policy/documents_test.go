package policy_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aratame/aratame/policy"
)

// fewestDocuments is how many cases testdata/documents holds at least, so that
// a lost file doesn't pass.
const fewestDocuments = 750

// documentCase is a line of testdata/documents: a document that somebody wants
// to save, and what is said to it. Line, Column and Path are compared where
// they are given. They are those of the value that is wrong, of the name of a
// member that shouldn't be there, or of the object that lacks one.
type documentCase struct {
	ID, Name, Source string
	Kind, Service    string
	Text             string
	Accepted         bool
	Code, Message    string
	Line, Column     int
	Path             *string
	Size             int // Document.Size, where the document is accepted
}

var documentKinds = map[string]policy.Kind{
	"identity": policy.Identity, "trust": policy.Trust, "resource": policy.Resource, "boundary": policy.Boundary,
	"session": policy.Session, "scp": policy.SCP, "rcp": policy.RCP, "endpoint": policy.Endpoint,
}

func readDocuments(t *testing.T) []documentCase {
	t.Helper()
	files, err := filepath.Glob("testdata/documents/*.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	var cases []documentCase
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(bytes.NewReader(text))
		lines.Buffer(nil, len(text)+1)
		for n := 1; lines.Scan(); n++ {
			var c documentCase
			d := json.NewDecoder(bytes.NewReader(lines.Bytes()))
			d.DisallowUnknownFields()
			if err := d.Decode(&c); err != nil {
				t.Fatalf("%s, line %d: %v", name, n, err)
			}
			if documentKinds[c.Kind] == 0 || c.ID == "" || c.Name == "" || c.Source == "" || c.Accepted != (c.Message == "") || c.Accepted != (c.Code == "") {
				t.Fatalf("%s, line %d: incomplete", name, n)
			}
			cases = append(cases, c)
		}
	}
	return cases
}

func (c *documentCase) parse() (*policy.Document, error) {
	if c.Service != "" {
		return policy.ParseResource(c.Text, c.Service)
	}
	return policy.Parse(c.Text, documentKinds[c.Kind])
}

func (c *documentCase) check(t *testing.T) {
	t.Helper()
	d, err := c.parse()
	var e *policy.ParseError
	switch {
	case c.Accepted && err != nil:
		t.Errorf("%s (%s): refused: %v", c.ID, c.Name, err)
	case c.Accepted && (d == nil || d.Text() != c.Text || d.Kind() != documentKinds[c.Kind]):
		t.Errorf("%s (%s): another document", c.ID, c.Name)
	case c.Accepted:
		if c.Size != 0 && d.Size() != c.Size {
			t.Errorf("%s (%s): size %d, want %d", c.ID, c.Name, d.Size(), c.Size)
		}
	case err == nil:
		t.Errorf("%s (%s): accepted, want %q", c.ID, c.Name, c.Message)
	case !errors.As(err, &e) || d != nil:
		t.Errorf("%s (%s): %T with %v", c.ID, c.Name, err, d)
	case e.Code != c.Code || e.Message != c.Message:
		t.Errorf("%s (%s):\n got %s: %s\nwant %s: %s", c.ID, c.Name, e.Code, e.Message, c.Code, c.Message)
	case c.Line != 0 && (e.Line != c.Line || e.Column != c.Column):
		t.Errorf("%s (%s): at line %d, column %d, want %d, %d: %v", c.ID, c.Name, e.Line, e.Column, c.Line, c.Column, err)
	case c.Path != nil && e.Path != *c.Path:
		t.Errorf("%s (%s): at %q, want %q", c.ID, c.Name, e.Path, *c.Path)
	case e.Offset < 0 || e.Offset > len(c.Text) || e.Line < 1 || e.Column < 1:
		t.Errorf("%s (%s): outside of the text: %+v", c.ID, c.Name, e.Position)
	}
}

func TestDocuments(t *testing.T) {
	cases := readDocuments(t)
	if len(cases) < fewestDocuments {
		t.Fatalf("%d cases, want at least %d", len(cases), fewestDocuments)
	}
	seen := make(map[string]bool)
	places, refused := 0, 0
	for i := range cases {
		c := &cases[i]
		if seen[c.ID] {
			t.Errorf("%s: twice", c.ID)
		}
		seen[c.ID] = true
		c.check(t)
		if c.Line != 0 {
			places++
		}
		if !c.Accepted {
			refused++
		}
	}
	if places < 150 || refused < 400 || refused > len(cases)-200 {
		t.Errorf("of %d cases %d are refused, %d with a place", len(cases), refused, places)
	}
}

// TestAcceptedDocumentsAreStored: what may be saved can be read again.
func TestAcceptedDocumentsAreStored(t *testing.T) {
	n := 0
	for _, c := range readDocuments(t) {
		if !c.Accepted || c.Service != "" {
			continue
		}
		n++
		d, err := policy.ParseStored(c.Text, documentKinds[c.Kind])
		if err != nil {
			t.Errorf("%s: %v", c.ID, err)
		} else if len(d.Statements) == 0 {
			t.Errorf("%s: no statements", c.ID)
		}
	}
	if n < 200 {
		t.Errorf("only %d cases", n)
	}
}

// TestLongDocuments: too large for a line of testdata. A document may have
// 131072 characters, whatever their size in bytes.
func TestLongDocuments(t *testing.T) {
	const longest, syntax = 131072, "Syntax errors in policy."
	fill := func(before, unit, after string, characters int) string {
		n := characters - len([]rune(before)) - len([]rune(after))
		return before + strings.Repeat(unit, n) + after
	}
	const head, tail = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::`, `"}]}`
	many := func(n int, item string) string {
		return head + `a"},` + strings.Repeat(item+",", n-1) + strings.TrimSuffix(item, "}") + `}]}`
	}
	one := `{"Effect":"Allow","Action":"s3:*","Resource":"*"}`
	for _, c := range []struct{ name, text, message string }{
		{"as long as may be", fill(head, "a", tail, longest), ""},
		{"a character too long", fill(head, "a", tail, longest+1), syntax},
		{"as long as may be in characters of two bytes", fill(head, "é", tail, longest), ""},
		{"a character of two bytes too long", fill(head, "é", tail, longest+1), syntax},
		{"as long as may be with white space", fill(head+tail, " ", "", longest), ""},
		{"a line feed too long", fill(head+tail, "\n", "", longest+1), syntax},
		{"a thousand statements", many(1000, one), ""},
		{"two thousand statements and an unknown member", many(2000, one[:len(one)-1]+`,"Foo":1}`), syntax},
		{"a thousand actions", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":[` + strings.Repeat(`"s3:Get*",`, 1000) + `"s3:*"],"Resource":"*"}]}`, ""},
		{"a thousand actions and a number", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":[` + strings.Repeat(`"s3:Get*",`, 1000) + `1],"Resource":"*"}]}`, syntax},
		{"forty equal members", `{` + strings.Repeat(`"Version":"2012-10-17",`, 40) + `"Statement":[` + one + `]}`, syntax},
		{"lists in lists", strings.Repeat("[", 50000) + strings.Repeat("]", 50000), syntax},
		{"lists in lists that never end", strings.Repeat("[", 131072), syntax},
		{"objects in objects", strings.Repeat(`{"a":`, 20000) + "1" + strings.Repeat("}", 20000), syntax},
		{"objects in lists in a value", strings.Replace(head+"a"+tail, `"s3:*"`, strings.Repeat(`[{"a":`, 8000)+"1"+strings.Repeat("}]", 8000), 1), syntax},
		{"a string that never ends", `{"Version":"` + strings.Repeat(`\"`, 60000), syntax},
		{"a number of many digits", strings.Replace(head+"a"+tail, `"s3:*"`, strings.Repeat("9", 100000), 1), syntax},
		{"a long member name", `{"` + strings.Repeat("a", 100000) + `":1}`, syntax},
	} {
		dc := documentCase{ID: c.name, Name: "long", Kind: "identity", Text: c.text, Accepted: c.message == "", Message: c.message}
		if c.message != "" {
			dc.Code = policy.MalformedPolicyDocument
		}
		dc.check(t)
	}
}

// TestDepth: six levels are all that a valid document needs; 64 are read, the
// next is refused wherever it is.
func TestDepthOfDocuments(t *testing.T) {
	nested := func(depth int) string {
		return `{"Version":"2012-10-17","Foo":` + strings.Repeat("[", depth-1) + strings.Repeat("]", depth-1) + `,"Statement":[]}`
	}
	for depth, detail := range map[int]string{2: "unknown element", 64: "unknown element", 65: "nested too deeply", 1000: "nested too deeply"} {
		_, err := policy.Parse(nested(depth), policy.Identity)
		var e *policy.ParseError
		if !errors.As(err, &e) || e.Detail != detail {
			t.Errorf("%d levels: %v, want %q", depth, err, detail)
		}
	}
}

// TestInvalidUTF8: bytes that are no characters can't stand in testdata.
func TestInvalidUTF8(t *testing.T) {
	for _, bad := range []string{"\xff", "\xc3", "\xc0\xaf", "\xed\xa0\x80", "\xf5\x80\x80\x80", "a\x80", "\xe6\x97"} {
		text := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::` + bad + `"}]}`
		for kind, message := range map[string]string{"identity": "Syntax errors in policy.", "trust": "This policy contains invalid Json", "resource": "Syntax errors in policy.", "scp": "Syntax errors in policy."} {
			c := documentCase{ID: kind, Name: bad, Kind: kind, Text: text, Code: policy.MalformedPolicyDocument, Message: message}
			c.check(t)
		}
	}
}
