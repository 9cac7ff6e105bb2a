package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const (
	annGets = `"principal":"arn:aws:iam::111122223333:user/ann","action":"s3:GetObject","resource":"arn:aws:s3:::b/k"`
	annMay  = annGets + `,"identityPolicies":[{"Version":"2012-10-17","Statement":{"Sid":"Read","Effect":"Allow","Action":"s3:Get*","Resource":"*"}}]`
)

// eval runs aratame eval. Like main it ends standard error with the error.
func eval(input string, args ...string) (out, list string, err error) {
	var stdout, stderr bytes.Buffer
	cmd := root()
	cmd.SetArgs(append([]string{"eval"}, args...))
	cmd.SetIn(strings.NewReader(input))
	cmd.SetOut(&stdout)
	cmd.SetErr(&stderr)
	err = cmd.Execute()
	return stdout.String(), stderr.String(), err
}

func TestEval(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "cases.jsonl")
	if err := os.WriteFile(file, []byte(`{"id":"f",`+annMay+`,"expected":"allowed"}`+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, input string
		args        []string
		out         string
		list        string // on standard error
		err         string // "" means status 0
	}{
		{name: "nothing", input: "\n"},
		{name: "decisions", input: "{" + annMay + "}\n{" + annGets + "}",
			out: `{"id":"1","decision":"allowed"}` + "\n" + `{"id":"2","decision":"implicitDeny"}` + "\n"},
		{name: "expected error", input: `{"id":"x","expected":"error"}`, out: `{"id":"x","decision":"error","error":"principal is missing"}` + "\n"},
		{name: "failures", input: `{"id":"a",` + annMay + `,"expected":"explicitDeny"}` + "\n{" + annMay + `,"expected":"allowed"}` + "\n" + `{"id":"b\u0007"}` + "\n" + `{"expected":"allowed"}`,
			out: `{"id":"a","decision":"allowed"}` + "\n" + `{"id":"2","decision":"allowed"}` + "\n" + `{"id":"b\u0007","decision":"error","error":"principal is missing"}` + "\n" +
				`{"id":"4","decision":"error","error":"principal is missing"}` + "\n",
			list: "-:1: a: expected explicitDeny, got allowed\n-:3: b\uFFFD: got error: principal is missing\n-:4: 4: expected allowed, got error: principal is missing\n",
			err:  "3 of 4 cases failed (errors: 2, unexpected decisions: 1)"},
		{name: "files", input: "{" + annGets + "}", args: []string{file, "-", file},
			out: `{"id":"f","decision":"allowed"}` + "\n" + `{"id":"1","decision":"implicitDeny"}` + "\n" + `{"id":"f","decision":"allowed"}` + "\n"},
		{name: "failure in a file behind", input: "{", args: []string{file, "-"},
			out:  `{"id":"f","decision":"allowed"}` + "\n" + `{"id":"1","decision":"error","error":"line 1 is not JSON: unexpected end of JSON input (byte 1)"}` + "\n",
			list: "-:1: 1: got error: line 1 is not JSON: unexpected end of JSON input (byte 1)\n", err: "1 of 2 cases failed (errors: 1, unexpected decisions: 0)"},
		{name: "no such file", args: []string{filepath.Join(dir, "none")}, err: "no such file"},
		{name: "folder", args: []string{dir}, err: "is a directory"},
		{name: "text", input: `{"id":"a",` + annMay + `}`, args: []string{"--text"},
			out: "a: allowed\n  allowed (identity policy): arn:aws:iam::111122223333:user/ann may s3:GetObject on arn:aws:s3:::b/k\n" +
				"    allows: identity policy identityPolicies[0], statement 0 (Read), line 1 column 37\n"},
		{name: "strict", input: `{"id":"a",` + annGets + `,"identityPolicies":[{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}],"expected":"error"}`, args: []string{"--strict"},
			out: `{"id":"a","decision":"error","error":"identityPolicies[0]: MalformedPolicyDocument: Policy document must be version 2012-10-17 or greater. (line 1, column 1, Version)"}` + "\n"},
		{name: "unknown flag", args: []string{"--fast"}, err: "unknown flag"},
	} {
		out, list, err := eval(c.input, c.args...)
		if out != c.out || list != c.list || (err == nil) != (c.err == "") || err != nil && !strings.Contains(err.Error(), c.err) {
			t.Errorf("%s:\n%s%s%v\nwant\n%s%s%s", c.name, out, list, err, c.out, c.list, c.err)
		}
	}
}

func TestEvalExplains(t *testing.T) {
	out, _, err := eval(`{"id":"a",`+annMay+`,"labels":1}`+"\n"+`{"id":"b"}`, "--explain")
	if err == nil {
		t.Error("no error")
	}
	first, second, _ := strings.Cut(out, "\n")
	var a struct {
		ID, Decision string
		Explanation  struct {
			Effect, By string
			Matched    []struct {
				Source struct{ Type, Name string }
				Sid    string
				Start  struct{ Line, Column int }
			}
		}
	}
	if err := json.Unmarshal([]byte(first), &a); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(first, `{"id":"a","decision":"allowed","labels":1,"explanation":{"effect":"allowed",`) || len(a.Explanation.Matched) != 1 {
		t.Fatal(first)
	}
	if m := a.Explanation.Matched[0]; a.Explanation.By != "identity" || m.Sid != "Read" || m.Source.Name != "identityPolicies[0]" || m.Source.Type != "user-inline" || m.Start.Column != 37 {
		t.Errorf("%+v", a)
	}
	if second != `{"id":"b","decision":"error","error":"principal is missing"}`+"\n" {
		t.Error(second)
	}
}

// TestEvalInterrupted: a signal ends a run that waits for input.
func TestEvalInterrupted(t *testing.T) {
	in, feed := io.Pipe()
	out, answers := io.Pipe()
	ctx, stop := context.WithCancel(context.Background())
	cmd := root()
	cmd.SetArgs([]string{"eval"})
	cmd.SetIn(in)
	cmd.SetOut(answers)
	done := make(chan error)
	go func() { done <- cmd.ExecuteContext(ctx) }()
	if _, err := io.WriteString(feed, "{"+annMay+"}\n"); err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 100)
	if n, err := out.Read(buf); err != nil || string(buf[:n]) != `{"id":"1","decision":"allowed"}`+"\n" {
		t.Fatalf("%q, %v", buf[:n], err)
	}
	stop()
	if err := <-done; err == nil {
		t.Error("no error")
	}
	_ = feed.Close()
}
