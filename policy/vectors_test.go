package policy_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/aratame/aratame/internal/evalcase"
	"github.com/aratame/aratame/policy"
)

// minVectors is the least number of cases in testdata/vectors.
const minVectors = 6500

// TestVectors decides the cases of testdata/vectors, whose format is that of
// `aratame eval`: docs/eval.md. Each has an id of its own, a name, the rule
// that it pins as its source, and what is expected.
func TestVectors(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("testdata", "vectors", "*.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]string{} // where an id was first
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".jsonl"), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			number := 0
			for line := range strings.Lines(string(text)) {
				if number++; strings.TrimSpace(line) == "" {
					continue
				}
				a := evalcase.Decide(line, number, false, true)
				if first, ok := seen[a.Case.ID]; ok {
					t.Errorf("line %d: the id %s is also in %s", number, a.Case.ID, first)
				}
				seen[a.Case.ID] = filepath.Base(file)
				checkVector(t, number, &a)
			}
		})
	}
	if len(seen) < minVectors {
		t.Errorf("%d cases, at least %d are expected", len(seen), minVectors)
	}
}

func checkVector(t *testing.T, line int, a *evalcase.Answer) {
	c := a.Case
	said := func(raw string) bool {
		var s string
		return json.Unmarshal([]byte(raw), &s) == nil && strings.TrimSpace(s) != ""
	}
	if c.ID == strconv.Itoa(line) || !said(c.Name) || !said(c.Source) || c.Expected == "" {
		t.Errorf("line %d: %s: id, name, source and expected are needed: %v", line, c.ID, a.Err)
	}
	if a.Err != nil {
		if c.Expected != evalcase.Error {
			t.Errorf("line %d: %s: %v", line, c.ID, a.Err)
		}
		return
	}
	if a.Decision != c.Expected {
		t.Errorf("line %d: %s: %s\n%s, want %s, by %s\n%s", line, c.ID, c.Name, a.Decision, c.Expected, c.Source, a.Why)
	}
	if out := policy.Evaluate(&c.Request, &c.Policies); out != a.Why.Outcome {
		t.Errorf("line %d: %s: decided as %v, explained as %v", line, c.ID, out, a.Why.Outcome)
	}
}
