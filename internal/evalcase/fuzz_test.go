package evalcase

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/aratame/aratame/policy"
)

// FuzzEval holds that every line has one answer which is JSON, that nothing is
// decided on a line that another reader of JSON refuses, and that members read
// twice are the same for it.
func FuzzEval(f *testing.F) {
	for _, c := range cases {
		f.Add("{" + short.Replace(c.members) + "}")
	}
	f.Add("\uFEFF{}")
	f.Add("{\"id\":\"a\"}\n\n{\"id\":\"b\"}\r\n{")
	for _, line := range bytes.Split(generate(20, 3), []byte("\n")) {
		f.Add(string(line))
	}
	f.Fuzz(func(t *testing.T, input string) {
		var out bytes.Buffer
		r := Run{}
		if err := r.Do(context.Background(), strings.NewReader(input), &out); err != nil {
			t.Fatal(err)
		}
		want := 0
		for line := range strings.Lines(strings.TrimPrefix(input, "\uFEFF")) {
			if strings.Trim(line, " \t\r\n") != "" {
				want++
			}
		}
		answers := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
		if out.Len() == 0 {
			answers = nil
		}
		if len(answers) != want || r.Cases != want {
			t.Fatalf("%d answers, %d counted, %d lines", len(answers), r.Cases, want)
		}
		for _, a := range answers {
			var v struct {
				ID              any
				Decision, Error string
			}
			if err := json.Unmarshal([]byte(a), &v); err != nil {
				t.Fatalf("%s: %v", a, err)
			}
			if v.ID == nil || v.ID == "" || (v.Decision == Error) != (v.Error != "") {
				t.Errorf("%s", a)
			}
			switch v.Decision {
			case Allowed, ExplicitDeny, ImplicitDeny, Error:
			default:
				t.Errorf("%s", a)
			}
		}
		for line := range strings.Lines(input) {
			checkLine(t, line)
		}
	})
}

// checkLine compares what was read with what encoding/json reads.
func checkLine(t *testing.T, line string) {
	a := Decide(line, 1, false, false)
	if e := Decide(line, 1, false, true); e.Decision != a.Decision {
		t.Errorf("%s, explained as %s", a.Decision, e.Decision)
	}
	if a.Decision == Error {
		return
	}
	var v map[string]any
	if err := json.Unmarshal([]byte(line), &v); err != nil {
		t.Fatalf("%s, but: %v", a.Decision, err)
	}
	if v["action"] != a.Case.Request.Action {
		t.Errorf("action %q, not %q", a.Case.Request.Action, v["action"])
	}
	if r, ok := v["resource"].(string); ok && r != a.Case.Request.Resource {
		t.Errorf("resource %q, not %q", a.Case.Request.Resource, r)
	}
	if id, ok := v["id"].(string); ok && id != a.Case.ID {
		t.Errorf("id %q, not %q", a.Case.ID, id)
	}
	ctx, _ := v["context"].(map[string]any)
	for key, value := range ctx {
		got, ok := a.Case.Request.Context.Lookup(policy.FoldKey(key))
		s, one := value.(string)
		if list, many := value.([]any); !ok || many && len(list) != got.Len() || one && (got.Multi() || got.At(0) != s) {
			t.Errorf("context %q: %v, not %v", key, got, value)
		}
	}
	if n, _ := v["scps"].([]any); len(n) != len(a.Case.Policies.SCPs) {
		t.Errorf("%d SCP levels, not %d", len(a.Case.Policies.SCPs), len(n))
	}
	identity, _ := v["identityPolicies"].([]any)
	groups, _ := v["groupPolicies"].([]any)
	if n := len(a.Case.Policies.Identity.Policies()); n != len(identity)+len(groups) {
		t.Errorf("%d identity policies, not %d", n, len(identity)+len(groups))
	}
}
