package wire

import (
	"strings"
	"testing"

	"github.com/aratame/aratame/internal/awserr"
)

// wantErr fails unless err is an *awserr.Error of that code and message.
func wantErr(t *testing.T, what string, err error, code, message string) {
	t.Helper()
	if err == nil {
		t.Errorf("%s: no error", what)
		return
	}
	if e := awserr.From(err); e.Code != code || e.Message != message {
		t.Errorf("%s:\n got %s: %s\nwant %s: %s", what, e.Code, e.Message, code, message)
	}
}

func TestParseFormErrors(t *testing.T) {
	const badEscape, cut = "Illegal hex character in escape % pattern: %..", "Incomplete trailing escape % sequence"
	for _, c := range []struct{ raw, code, message string }{
		{"a=%", "MalformedQueryString", cut},
		{"a=%4", "MalformedQueryString", cut},
		{"%=1", "MalformedQueryString", cut},
		{"a=%4g", "MalformedQueryString", badEscape},
		{"a=%zz&b=1", "MalformedQueryString", badEscape},
		{"a%-1=1", "MalformedQueryString", badEscape},
		{"a=%FF", "MalformedInput", "A parameter is not valid UTF-8"},
		{"a=\xff", "MalformedInput", "A parameter is not valid UTF-8"},
		{"%C0%80=1", "MalformedInput", "A parameter is not valid UTF-8"},
		{"a=1&a=2", "InvalidParameterCombination", "The parameter a occurs more than once"},
		{"a=1&b=2&%61=1", "InvalidParameterCombination", "The parameter a occurs more than once"},
		{"a%0A<=1&a%0A<=2", "InvalidParameterCombination", "The parameter a?< occurs more than once"},
	} {
		_, err := ParseForm([]byte(c.raw))
		wantErr(t, c.raw, err, c.code, c.message)
	}
	_, err := ParseForm([]byte("a=1"), []byte("a=1"))
	wantErr(t, "twice in two parts", err, "InvalidParameterCombination", "The parameter a occurs more than once")
	_, err = ParseForm([]byte(strings.Repeat("a&", MaxParams)))
	wantErr(t, "too many", err, "MalformedInput", "The request has more than 10000 parameters")
}

func TestParseFormReads(t *testing.T) {
	f, err := ParseForm([]byte("b=x+y%2Bz&&a=%C3%A9&c&d=1=2&"), nil, []byte("e=%00"))
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"a": "é", "b": "x y+z", "c": "", "d": "1=2", "e": "\x00"} {
		if got, ok := f.Get(name); !ok || got != want {
			t.Errorf("%s: %q, %v", name, got, ok)
		}
	}
	if _, ok := f.Get("zz"); ok || f.Len() != 5 || strings.Join(f.Names(), "") != "abcde" {
		t.Errorf("%v", f.Names())
	}
	if f, err := ParseForm(); err != nil || f.Len() != 0 {
		t.Error("no parts is no empty form")
	}
}

func TestRoute(t *testing.T) {
	for _, c := range []struct{ service, raw, code, message string }{
		{"iam", "Version=2010-05-08", "MissingAction", "The request must contain the parameter Action"},
		{"iam", "Action=&Version=2010-05-08", "MissingAction", "The request must contain the parameter Action"},
		{"iam", "Action=Nope&Version=2010-05-08", "InvalidAction", "Could not find operation Nope for version 2010-05-08"},
		{"iam", "Action=createuser&Version=2010-05-08", "InvalidAction", "Could not find operation createuser for version 2010-05-08"},
		{"iam", "Action=AssumeRole&Version=2011-06-15", "InvalidAction", "Could not find operation AssumeRole for version 2011-06-15"},
		{"iam", "Action=CreateUser&Version=2011-06-15", "InvalidAction", "Could not find operation CreateUser for version 2011-06-15"},
		{"iam", "Action=CreateUser", "InvalidAction", "Could not find operation CreateUser for version NO_VERSION_SPECIFIED"},
		{"sts", "Action=CreateUser&Version=2010-05-08", "InvalidAction", "Could not find operation CreateUser for version 2010-05-08"},
		{"s3", "Action=CreateUser&Version=2010-05-08", "InvalidAction", "Could not find operation CreateUser for version 2010-05-08"},
		{"sts", "Action=a%0Ab&Version=" + strings.Repeat("x", 500), "InvalidAction", "Could not find operation a?b for version " + strings.Repeat("x", 128)},
	} {
		f, err := ParseForm([]byte(c.raw))
		if err != nil {
			t.Fatal(err)
		}
		_, err = Route(c.service, f)
		wantErr(t, c.raw, err, c.code, c.message)
	}
	f, _ := ParseForm([]byte("Action=CreateUser&Version=2010-05-08"))
	if op, err := Route("iam", f); err != nil || op.Name != "CreateUser" {
		t.Error(op, err)
	}
}
