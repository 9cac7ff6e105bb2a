package policy

import "testing"

// Pairs answer as a map does.
func TestPairs(t *testing.T) {
	var p Pairs
	m := MapContext{}
	check := func() {
		t.Helper()
		for _, key := range []string{"a", "aws:principaltag/team", "b", "list", "gone", ""} {
			v, ok := p.Lookup(key)
			w, want := m.Lookup(key)
			if ok != want || v.Len() != w.Len() || v.Multi() != w.Multi() || v.Len() > 0 && v.At(v.Len()-1) != w.At(w.Len()-1) {
				t.Errorf("%q: %v %v, %v %v", key, v, ok, w, want)
			}
		}
	}
	check()
	p.Grow(4)
	for _, set := range []interface {
		Set(name, value string)
		SetList(name string, values ...string)
	}{&p, m} {
		set.Set("A", "1")
		set.Set("aws:PrincipalTag/Team", "red")
		set.SetList("List", "x", "y")
		set.Set("a", "2")
		set.SetList("AWS:PRINCIPALTAG/TEAM", "blue")
	}
	check()
	for _, ctx := range []Context{&p, m} {
		d := mustParse(t, identity(`"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringEquals":{"A":"2"},"ForAnyValue:StringLike":{"list":"y"}}`), Identity)
		if out := Evaluate(&Request{Principal: alice, Action: "s3:GetObject", Resource: "*", Context: ctx}, &Policies{Identity: Compile(Policy{Document: d})}); !out.Allowed() {
			t.Error(out)
		}
	}
	req, pol := store(t, 10, 10)
	p.Set("aws:PrincipalTag/team", "tools")
	req.Context = &p
	if n := testing.AllocsPerRun(100, func() { Evaluate(req, pol) }); n != 0 || !Evaluate(req, pol).Allowed() {
		t.Errorf("%v allocations", n)
	}
}
