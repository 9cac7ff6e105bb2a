package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// validate runs the command and returns what it prints.
func validate(t *testing.T, stdin string, args ...string) (string, error) {
	t.Helper()
	cmd := root()
	var out bytes.Buffer
	cmd.SetOut(&out)
	cmd.SetErr(&out)
	cmd.SetIn(strings.NewReader(stdin))
	cmd.SetArgs(append([]string{"validate"}, args...))
	err := cmd.Execute()
	return out.String(), err
}

func TestValidate(t *testing.T) {
	const fine = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*"}]}`
	const trust = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:AssumeRole"}]}`
	const star = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"*"}]}`
	for _, c := range []struct {
		stdin, args, out string
		fails            bool
	}{
		{fine, "", "", false},
		{fine, "-", "", false},
		{fine, "--kind session", "", false},
		{strings.Replace(fine, "GetObject", "Nope", 1), "", `-:1:38: INVALID_ACTION: there is no action "s3:Nope" (Statement[0].Action)` + "\n", true},
		{trust, "--kind trust", "-:1:75: PRINCIPAL_STAR_WITHOUT_CONDITION: anybody in any account is let in, and no condition narrows that (Statement[0].Principal)\n", false},
		{trust, "", "-:1:68: MalformedPolicyDocument: Policy document should not specify a principal. (Statement[0].Principal)\n", true},
		{"{\n\"Statement\":[]}", "", "-:2:13: MalformedPolicyDocument: Syntax errors in policy. (Statement: an object or a non-empty list of objects is expected)\n", true},
		{"", "", "-:1:1: MalformedPolicyDocument: Syntax errors in policy. (", true},
		{strings.Repeat(" ", 2<<20), "", "-:1:1: MalformedPolicyDocument: Syntax errors in policy. (longer than 131072 characters)\n", true},
		{strings.Replace(fine, "s3:GetObject", `s3:\u001b[2JX`, 1), "", `-:1:38: INVALID_ACTION: there is no action "s3:\x1b[2JX" (Statement[0].Action)` + "\n", true},
		{fine, "--kind nosuch", "", true},
		{fine, "--service s3", "", true},
		{star, "--kind resource --service s3", "-:1:107: MalformedPolicy: Policy has invalid resource (Statement[0].Resource: Policy has a resource that isn't the service's.)\n", true},
		{fine, "/nonexistent/file", "", true},
	} {
		out, err := validate(t, c.stdin, strings.Fields(c.args)...)
		if (err != nil) != c.fails || out != c.out && !(strings.HasSuffix(c.out, "(") && strings.HasPrefix(out, c.out)) {
			t.Errorf("%.80s %s: %v\n got %q\nwant %q", c.stdin, c.args, err, out, c.out)
		}
	}
}

func TestValidateFiles(t *testing.T) {
	dir := t.TempDir()
	var names []string
	for name, text := range map[string]string{
		"a.json": `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`,
		"b.json": `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"nosuch:Do","Resource":"*"}]}`,
	} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		names = append(names, path)
	}
	out, err := validate(t, "", append(names, "--json")...)
	if err == nil || err.Error() != "1 of 2 documents have errors" {
		t.Error(err)
	}
	found := map[string]remark{}
	for line := range strings.Lines(out) {
		var r remark
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			t.Errorf("%s: %v", line, err)
		}
		found[filepath.Base(r.File)] = r
	}
	a, b := found["a.json"], found["b.json"]
	if len(found) != 2 || a.Severity != "security" || a.Code != "PASS_ROLE_WITH_STAR_IN_ACTION_AND_RESOURCE" || a.Line != 1 || a.Column != 38 ||
		b.Severity != "error" || b.Code != "INVALID_SERVICE_IN_ACTION" || b.Path != "Statement[0].Action" || b.Message == "" {
		t.Errorf("%+v", found)
	}
}
