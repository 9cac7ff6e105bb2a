package main

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
)

const day = 24 * 3600

func at(days ...int64) (s []int64) {
	for _, d := range days {
		s = append(s, d*day)
	}
	return s
}

func one(t *testing.T, name, text string) ([]int64, []int, error) {
	t.Helper()
	var s source
	if err := json.Unmarshal([]byte(text), &s); err != nil {
		t.Fatal(err)
	}
	p, err := convertOne(name, s)
	var dates []int64
	var numbers []int
	for _, v := range p.Versions {
		dates, numbers = append(dates, v.Created), append(numbers, v.N)
	}
	return dates, numbers, err
}

// The source gives late versions the date of their policy.
func TestMendDates(t *testing.T) {
	const doc = `"document":{"Version":"2012-10-17","Statement":[]}`
	dates, numbers, err := one(t, "P", `{"arn":"arn:aws:iam::aws:policy/P","latestVersionId":"v10",
		"createdDate":"1970-01-02T00:00:00.000Z","lastUpdatedDate":"1970-01-10T00:00:00.000Z","versions":{
		"v1":{"createdDate":"1970-01-02T00:00:00.000Z",`+doc+`},
		"v2":{"createdDate":"1970-01-05T00:00:00.000Z",`+doc+`},
		"v9":{"createdDate":"1970-01-02T00:00:00.000Z",`+doc+`},
		"v10":{"createdDate":"1970-01-02T00:00:00.000Z",`+doc+`}}}`)
	if err != nil || !slices.Equal(numbers, []int{10, 9, 2, 1}) || !slices.Equal(dates, at(9, 4, 4, 1)) {
		t.Errorf("%v: versions %v, dates %v", err, numbers, dates)
	}
}

func TestConvertRefuses(t *testing.T) {
	const good = `{"arn":"arn:aws:iam::aws:policy/a/P","latestVersionId":"v1","createdDate":"2020-01-01T00:00:00.000Z","lastUpdatedDate":"2020-01-01T00:00:00.000Z",
		"versions":{"v1":{"createdDate":"2020-01-01T00:00:00.000Z","document":{"Version":"2012-10-17","Statement":[]}}}}`
	if _, _, err := one(t, "P", good); err != nil {
		t.Fatal(err)
	}
	for name, edit := range map[string][2]string{
		"other name":      {"policy/a/P", "policy/a/Q"},
		"other account":   {"iam::aws:", "iam::111122223333:"},
		"other partition": {"arn:aws:", "arn:aws-cn:"},
		"other kind":      {"policy/", "role/"},
		"latest unknown":  {`"latestVersionId":"v1"`, `"latestVersionId":"v2"`},
		"version form":    {`{"v1":`, `{"v01":`},
		"date":            {"01T00", "01 00"},
		"old language":    {"2012-10-17", "2008-10-17"},
		"statement":       {`"Statement":[]`, `"Statement":"x"`},
	} {
		if _, _, err := one(t, "P", strings.ReplaceAll(good, edit[0], edit[1])); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if _, err := convert(map[string]source{"Ab": {}, "aB": {}}); err == nil {
		t.Error("no ARN: accepted")
	}
}
