package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/aratame/aratame/internal/catalog/pack"
)

// files are the data of one small service.
var files = map[string]string{
	"services.json":     `["b","a"]`,
	"serviceNames.json": `{"a":"Service A","b":"Service B"}`,

	"conditionKeys/a.json": `{}`, "resourceTypes/a.json": `{}`,
	"actions/a.json": `{"do":{"name":"Do","description":"","accessLevel":"Write","resourceTypes":[],"conditionKeys":[],"dependentActions":[]}}`,

	"conditionKeys/b.json": `{"b:tags/${tagkey}":{"key":"b:Tags/${TagKey}","description":"d","type":"ArrayOfString"},"b:arn":{"key":"b:Arn","description":"d","type":"ARN"}}`,
	"resourceTypes/b.json": `{"thing":{"key":"Thing","arn":"arn:${Partition}:b:::${Thing}","conditionKeys":["b:Arn"]},"other":{"key":"other","arn":"arn:${Partition}:b:::o"}}`,
	"actions/b.json": `{
		"put":{"name":"Put","description":"","accessLevel":"Permissions management, Write","conditionKeys":["b:Tags/${TagKey}","b:arn","b:Arn"],"dependentActions":[],
			"resourceTypes":[{"name":"thing","required":true,"conditionKeys":["b:arn"],"dependentActions":[]},{"name":"other","required":false,"conditionKeys":[],"dependentActions":[]}]},
		"get":{"name":"Get","description":"","accessLevel":"Read","resourceTypes":[],"conditionKeys":["b:arn"],"dependentActions":[],"scenarios":[{}]}}`,
}

// write makes a folder of the files, with old replaced by new in all of them.
func write(t *testing.T, old, new string) string {
	t.Helper()
	dir := t.TempDir()
	replaced := old == new
	for name, text := range files {
		replaced = replaced || strings.Contains(text, old)
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(strings.ReplaceAll(text, old, new)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if !replaced {
		t.Fatalf("nothing has %q", old)
	}
	return dir
}

func TestConvert(t *testing.T) {
	got, err := convert(write(t, "-", "-"))
	want := []pack.Service{
		{Prefix: "a", Name: "Service A", Sets: make([][]int, 1), Lists: make([][]pack.Use, 1), Actions: []pack.Action{{Name: "Do", Level: 'W'}}},
		{
			Prefix: "b", Name: "Service B",
			Keys:      []pack.Key{{Name: "b:Arn", Type: 'a'}, {Name: "b:Tags/${TagKey}", Type: 's', List: true}},
			Sets:      [][]int{nil, {0}, {0, 1}},
			Resources: []pack.Resource{{Name: "other", ARN: "arn:${Partition}:b:::o"}, {Name: "Thing", ARN: "arn:${Partition}:b:::${Thing}", Set: 1}},
			Lists:     [][]pack.Use{nil, {{Resource: 0}, {Resource: 1, Required: true, Set: 1}}},
			Actions:   []pack.Action{{Name: "Get", Level: 'R', Set: 1}, {Name: "Put", Level: 'P', Set: 2, List: 1}},
		},
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%v\n got %+v\nwant %+v", err, got, want)
	}
}

func TestConvertRefuses(t *testing.T) {
	for name, c := range map[string][2]string{
		"no services":         {`["b","a"]`, `["b","a","c"]`},
		"service's name":      {`"Service B"`, `""`},
		"upper case prefix":   {`["b","a"]`, `["b","A"]`},
		"unknown member":      {`"required"`, `"needed"`},
		"unknown level":       {`"Read"`, `"Reading"`},
		"key type":            {`"ARN"`, `"Arn"`},
		"key's file name":     {`{"key":"b:Arn"`, `{"key":"b:Arm"`},
		"key without service": {`"b:arn":{"key":"b:Arn"`, `"barn":{"key":"bArn"`},
		"unknown key":         {`["b:Arn"]`, `["b:Other"]`},
		"use's key":           {`"conditionKeys":["b:arn"],"dependentActions":[]},{`, `"conditionKeys":["x"],"dependentActions":[]},{`},
		"action's name":       {`"name":"Get"`, `"name":"Git"`},
		"tab":                 {`Service A`, `Service\tA`},
		"resource's name":     {`"key":"Thing"`, `"key":"Think"`},
		"ARN format":          {`arn:${Partition}:b:::o`, `arn:aws:b:::o`},
		"short ARN format":    {`arn:${Partition}:b:::o`, `arn:${Partition}:b::o`},
		"unknown resource":    {`"name":"thing"`, `"name":"thong"`},
		"dependent actions":   {`"conditionKeys":["b:arn"],"dependentActions":[],"scenarios"`, `"conditionKeys":["b:arn"],"dependentActions":["a:Do"],"scenarios"`},
		"use's dependents":    {`"dependentActions":[]},{`, `"dependentActions":["a:Do"]},{`},
		"no JSON":             {`{"do":`, `{"do"`},
	} {
		if _, err := convert(write(t, c[0], c[1])); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if err := run("", ""); err == nil {
		t.Error("no -src: accepted")
	}
}

// What is written names the version of the package, and is the same each time.
func TestRun(t *testing.T) {
	src := t.TempDir()
	if err := os.Rename(write(t, "-", "-"), filepath.Join(src, "data")); err != nil {
		t.Fatal(err)
	}
	manifest, err := json.Marshal(map[string]string{"version": "9.8.7"})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(src, "package.json"), manifest, 0o600); err != nil {
		t.Fatal(err)
	}
	var files [2][]byte
	for i := range files {
		out := filepath.Join(t.TempDir(), "catalog.bin")
		if err := run(src, out); err != nil {
			t.Fatal(err)
		}
		if files[i], err = os.ReadFile(out); err != nil {
			t.Fatal(err)
		}
	}
	version, services, err := pack.Decode(string(files[0]))
	if err != nil || version != "9.8.7" || len(services) != 2 || string(files[0]) != string(files[1]) {
		t.Errorf("%v: version %q, %d services", err, version, len(services))
	}
}
