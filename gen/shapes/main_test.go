package main

import "testing"

// The committed files are what the models say.
func TestGeneratedFilesAreCurrent(t *testing.T) {
	if err := run("../..", true); err != nil {
		t.Fatal(err)
	}
}

func TestOutputIsDeterministic(t *testing.T) {
	a, err := generate("../models")
	if err != nil {
		t.Fatal(err)
	}
	b, err := generate("../models")
	if err != nil {
		t.Fatal(err)
	}
	if len(a) == 0 || len(a) != len(b) {
		t.Fatalf("%d and %d files", len(a), len(b))
	}
	for name := range a {
		if string(a[name]) != string(b[name]) {
			t.Errorf("%s differs between two runs", name)
		}
	}
}

func TestMergeRefusesWhatExists(t *testing.T) {
	one := func() *model {
		return &model{Shapes: map[string]*modelShape{"A": {Type: "structure", Members: map[string]ref{"M": {}}}},
			Operations: map[string]*modelOperation{"Op": {}}}
	}
	for name, add := range map[string]*model{
		"shape":     {Shapes: map[string]*modelShape{"A": {}}},
		"operation": {Operations: map[string]*modelOperation{"Op": {}}},
		"member":    {Members: map[string]map[string]ref{"A": {"M": {}}}},
		"nowhere":   {Members: map[string]map[string]ref{"B": {"M": {}}}},
	} {
		if err := one().merge(add); err == nil {
			t.Errorf("%s: merged", name)
		}
	}
}
