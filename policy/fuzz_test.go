package policy

import (
	"encoding/json"
	"testing"
)

// FuzzParse: no input panics the reader, whatever is accepted is JSON, strict
// implies lenient, and every accepted document can be evaluated and explained
// with the same outcome.
func FuzzParse(f *testing.F) {
	for _, c := range identityCases {
		f.Add(c.text, uint8(Identity))
	}
	for _, c := range trustCases {
		f.Add(c.text, uint8(Trust))
	}
	for _, c := range otherCases {
		f.Add(c.text, uint8(c.kind))
	}
	for _, c := range conditionCases {
		f.Add(condition(c.condition), uint8(Identity))
	}
	f.Fuzz(func(t *testing.T, text string, kind uint8) {
		k := Kind(kind%8) + 1
		_, err := Parse(text, k)
		d, lenient := ParseStored(text, k)
		if err == nil && lenient != nil {
			t.Fatalf("strict accepts what lenient refuses: %v", lenient)
		}
		if lenient != nil {
			e := lenient.(*ParseError)
			if e.Line < 1 || e.Column < 1 || e.Offset > len(text) || e.Message == "" {
				t.Fatalf("bad place: %+v", e)
			}
			return
		}
		if !json.Valid([]byte(text)) {
			t.Fatal("accepted, but no JSON")
		}
		mapped := d.MapPrincipals(func(_, value string) string {
			if value == "*" {
				return value // some kinds take nothing else
			}
			return value + "\u0142"
		})
		if again, err := ParseStored(mapped.Text(), k); err != nil || len(again.Principals()) != len(d.Principals()) || again.Size() != mapped.Size() {
			t.Fatalf("rewritten to %q: %v", mapped.Text(), err)
		}
		set := Compile(Policy{Document: d})
		pol := &Policies{Identity: set, Resource: set}
		ctx := MapContext{"aws:x": One("a"), "k": Many("1", "b"), "v": One("x")}
		for _, who := range []*Principal{alice, session, anonymous} {
			req := &Request{Principal: who, Action: "s3:GetObject", Resource: "arn:aws:s3:::b/k", ResourceAccount: acct, Context: ctx}
			if out, why := Evaluate(req, pol), Explain(req, pol); out != why.Outcome {
				t.Fatalf("%v, explained %v", out, why.Outcome)
			}
		}
	})
}
