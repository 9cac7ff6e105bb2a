package iamtemplate

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/fstest"
)

func policyOf(statements string) string {
	return `{"Version":"2012-10-17","Statement":` + statements + `}`
}

func TestDocument(t *testing.T) {
	values := Values{
		"one": {"a"}, "two": {"b", "c"}, "three": {"d", "e"}, "none": {}, "YES": {"True"}, "yes": {"true"}, "NO": {"False"}, "many": {"True", "True"},
		"quote": {`"},{"`}, "at": {"@{one}"}, "html": {"<&>"},
	}
	for _, c := range []struct{ in, want string }{
		{`{"Effect":"Allow","Resource":"x:@{one}/*"}`, `{"Effect":"Allow","Resource":"x:a/*"}`},
		{`[{"Resource":"@{one}@{one}"}]`, `[{"Resource":"aa"}]`},
		{`[{"Resource":"x:@{two}/@{one}"}]`, `[{"Resource":["x:b/a","x:c/a"]}]`},
		{`[{"Resource":["p","@{two}","q"]}]`, `[{"Resource":["p","b","c","q"]}]`},
		{`[{"Resource":"@{two}@{three}"}]`, `[{"Resource":["bd","be","cd","ce"]}]`},
		{`[{"Resource":"@{none}"}]`, `[{"Resource":[]}]`},
		{`[{"Condition":{"StringEquals":{"k":"@{two}"}}}]`, `[{"Condition":{"StringEquals":{"k":["b","c"]}}}]`},
		{`[{"@Enabled":"YES","Sid":"1"},{"@Enabled":"NO","Sid":"2"},{"Sid":"3"}]`, `[{"Sid":"1"},{"Sid":"3"}]`},
		{`[{"@Enabled":"!YES","Sid":"1"},{"@Enabled":"!NO","Sid":"2"},{"@Enabled":"yes","Sid":"3"}]`, `[{"Sid":"2"},{"Sid":"3"}]`},
		{`[{"@Enabled":"many","Sid":"1"},{"Sid":"2"}]`, `[{"Sid":"2"}]`},
		{`[{"@Enabled":"NO","Resource":"@{unknown}"},{"Sid":"2"}]`, `[{"Sid":"2"}]`},
		{`[{"Sid":"@{quote}"}]`, `[{"Sid":"\"},{\""}]`},
		{`[{"Sid":"@{at}"}]`, `[{"Sid":"@{one}"}]`},
		{`[{"Sid":"@{html}","N":1.50,"B":true,"Z":null}]`, `[{"Sid":"<&>","N":1.50,"B":true,"Z":null}]`},
		{`[{"Sid":"@{"}]`, `[{"Sid":"@{"}]`},
		{`[{"@{one}":"x"}]`, `[{"@{one}":"x"}]`},
	} {
		got, err := Document(policyOf(c.in), values)
		if want := policyOf(c.want); err != nil || got != want {
			t.Errorf("%s:\n got %s %v\nwant %s", c.in, got, err, want)
		}
	}
	if got, err := Document(policyOf(`[{"@Enabled":"NO"}]`), values); got != "" || err != nil {
		t.Errorf("all left out: %q %v", got, err)
	}
}

func TestDocumentRefuses(t *testing.T) {
	long := make([]string, 40)
	for i := range long {
		long[i] = fmt.Sprint(i)
	}
	values := Values{"long": long}
	for _, in := range []string{
		`{`, `[]`, `{}`, policyOf(`[{"a":1,"a":2}]`), policyOf(`[{"@Enabled":true}]`), policyOf(`{}`) + "x",
		policyOf(`[{"Resource":"@{long}@{long}"}]`), policyOf(`[{"Resource":"@{other}"}]`), policyOf(`[{"@Enabled":"other"}]`),
		policyOf(strings.Repeat("[", 40) + strings.Repeat("]", 40)),
	} {
		if got, err := Document(in, values); err == nil {
			t.Errorf("%.80s became %.80s", in, got)
		}
	}
	var missing *MissingError
	if _, err := Document(policyOf(`[{"Resource":"@{other}"}]`), values); !errors.As(err, &missing) || missing.Name != "other" {
		t.Errorf("a missing parameter: %v", err)
	}
	if _, err := Text("@{long}", values); err == nil {
		t.Error("a list in a plain text")
	}
}

func TestCanonical(t *testing.T) {
	a := `{"Statement":[{"Action":["b","a"],"Effect":"Allow"}],"Version":"x"}`
	b := ` {"Version":"x", "Statement":{"Effect":"Allow","Action":["a","b"]}}`
	if Canonical(a) != Canonical(b) {
		t.Errorf("%s\n%s", Canonical(a), Canonical(b))
	}
	if Canonical(a) == Canonical(strings.Replace(b, "Allow", "Deny", 1)) {
		t.Error("another effect looks the same")
	}
}

func TestNames(t *testing.T) {
	got := Names(policyOf(`[{"@Enabled":"!z","Resource":["@{a}/@{b}"],"Condition":{"x":{"y":"@{c}"}}}]`), "plain @{d} @{a}")
	if s := strings.Join(got, " "); s != "a b c d z" {
		t.Error(s)
	}
}

func TestBuiltin(t *testing.T) {
	arns := Builtin().Roles()
	if len(arns) != 5 {
		t.Fatalf("%d built-in templates", len(arns))
	}
	for _, arn := range arns {
		r := Builtin().Role(arn, nil)
		given := map[string][]string{}
		for _, p := range r.Parameters {
			if p.DefaultValue == nil {
				given[p.Name] = []string{"x"}
			}
		}
		v, err := r.Values(given)
		if err != nil {
			t.Fatal(arn, err)
		}
		if name, err := Text(r.RoleNamePattern, v); err != nil || name == "" {
			t.Errorf("%s: name %q %v", arn, name, err)
		}
		if doc, err := Document(string(r.Trust), v); err != nil || doc == "" {
			t.Errorf("%s: trust policy %q %v", arn, doc, err)
		}
	}
}

const ownRole = `{"RoleTemplateVersion":{"TemplateArn":"arn:aws:iam::aws:role-template/x.example/T:2","TemplateName":"T","MajorVersion":2,"MinorVersion":%d,"DefaultMinorVersion":1,
 "Enabled":true,"VersionEnabled":true,"ManagedByType":"Service","ManagedByValue":"x.example","RoleNamePattern":"R-@{p}","MaxSessionDuration":3600,
 "AssumeRolePolicyDocumentTemplate":{"Statement":[]},"ParametersDefinition":[{"Name":"p","Type":"Number"},{"Name":"l","Type":"ArnList"}]}}`

const ownPolicy = `{"PolicyTemplate":{"PolicyTemplateArn":"arn:aws:iam::aws:policy-template/x.example/T","RequestorName":"X","RequestorAccountIds":["111111111111"],"PolicyDocument":"{\"Statement\":[]}"}}`

func directory(files ...string) fstest.MapFS {
	dir := fstest.MapFS{"README.md": {Data: []byte("no template")}}
	for i, f := range files {
		dir[fmt.Sprintf("%d.json", i)] = &fstest.MapFile{Data: []byte(f)}
	}
	return dir
}

func TestLoad(t *testing.T) {
	c, err := Load(directory(fmt.Sprintf(ownRole, 1), fmt.Sprintf(ownRole, 3), ownPolicy))
	if err != nil {
		t.Fatal(err)
	}
	const arn = "arn:aws:iam::aws:role-template/x.example/T:2"
	three, two := int32(3), int32(2)
	if r := c.Role(arn, nil); r == nil || r.MinorVersion != 1 {
		t.Errorf("default version: %+v", r)
	}
	if r := c.Role(arn, &three); r == nil || r.MinorVersion != 3 {
		t.Errorf("version 3: %+v", r)
	}
	if c.Role(arn, &two) != nil || c.Role(arn+"0", nil) != nil {
		t.Error("a version that isn't there")
	}
	if len(c.Roles()) != 6 {
		t.Errorf("%v", c.Roles())
	}
	const policy = "arn:aws:iam::aws:policy-template/x.example/T"
	if c.Policy(policy, "111111111111") == nil || c.Policy(policy, "222222222222") != nil || c.Policy(policy+"x", "111111111111") != nil {
		t.Error("a policy template is its requestor's alone")
	}
	r := c.Role(arn, nil)
	for _, given := range []map[string][]string{{"p": {"x"}}, {"p": {}}, {"p": {"1", "2"}}, {"p": {"1"}, "q": {"1"}}, {"p": {"1"}, "l": {"arn:aws:s3:::b", "no"}}} {
		if _, err := r.Values(given); err == nil {
			t.Errorf("taken: %v", given)
		}
	}
	if v, err := r.Values(map[string][]string{"l": {"arn:aws:s3:::b"}}); err != nil || len(v) != 1 {
		t.Errorf("%v %v", v, err)
	}
}

func TestLoadRefuses(t *testing.T) {
	role := fmt.Sprintf(ownRole, 1)
	edit := func(s, old, now string) string {
		if !strings.Contains(s, old) {
			t.Fatalf("no %s in the file", old)
		}
		return strings.Replace(s, old, now, 1)
	}
	for _, files := range [][]string{
		{`{}`}, {role + "x"}, {role, role}, {ownPolicy, ownPolicy}, {fmt.Sprintf(ownRole, 2)},
		{edit(role, `"RoleTemplateVersion"`, `"Unknown"`)}, {edit(role, `"T"`, `"U"`)}, {edit(role, "iam::aws", "iam::111111111111")},
		{edit(role, `"Number"`, `"Integer"`)}, {edit(role, `R-@{p}`, `R-@{q}`)}, {edit(role, `3600`, `60`)}, {edit(role, `{"Statement":[]}`, `{}`)},
		{role, edit(edit(fmt.Sprintf(ownRole, 2), `"Enabled":true`, `"Enabled":false`), "x", "x")},
		{edit(ownPolicy, `"X"`, `""`)}, {edit(ownPolicy, `["111111111111"]`, `[]`)}, {edit(ownPolicy, "111111111111", "1")},
		{edit(ownPolicy, `policy-template`, `policy`)}, {edit(ownPolicy, `{\"Statement\":[]}`, `{}`)},
	} {
		if _, err := Load(directory(files...)); err == nil {
			t.Errorf("taken: %v", files)
		}
	}
}
