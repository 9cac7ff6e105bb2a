package iam

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/aratame/aratame/internal/shape/iamshape"
	"github.com/aratame/aratame/internal/wire"
)

func repeated(n int, s string) []string {
	list := make([]string, n)
	for i := range list {
		list[i] = s
	}
	return list
}

func quotedList(list []string) string { return `["` + strings.Join(list, `","`) + `"]` }

func likes(operator string, values []string) string {
	return policyOf(statementOf("Allow", "s3:GetObject", "*", when(`{"`+operator+`":{"sim:key":`+quotedList(values)+`}}`)))
}

// Requests that would take minutes are refused before they take any.
func TestHostileSimulations(t *testing.T) {
	x := newTest(t)
	long := strings.Repeat("a", maxContextValue)
	for _, c := range []struct {
		name string
		in   *iamshape.SimulateCustomPolicyInput
		set  func(*iamshape.SimulateCustomPolicyInput)
	}{
		{"patterns to be searched for in a long value", custom(likes("StringLike", repeated(1000, "*????????b0*"))), func(in *iamshape.SimulateCustomPolicyInput) {
			in.ContextEntries, in.ResourceArns = []iamshape.ContextEntry{entry("sim:key", "string", long)}, repeated(20, objA)
		}},
		{"in many values", custom(likes("ForAnyValue:StringLike", repeated(1000, "*?b*"))), func(in *iamshape.SimulateCustomPolicyInput) {
			in.ContextEntries = []iamshape.ContextEntry{entry("sim:key", "stringList", repeated(9000, "aaaa")...)}
		}},
		{"variables that are long", custom(likes("StringLike", repeated(1000, "*${sim:var}b*"))), func(in *iamshape.SimulateCustomPolicyInput) {
			in.ContextEntries = []iamshape.ContextEntry{entry("sim:key", "string", long), entry("sim:var", "string", long[1:])}
		}},
		{"resources against long ARNs", custom(policyOf(`{"Effect":"Allow","Action":"*","Resource":` + quotedList(repeated(1000, "arn:aws:s3:::*????????b0*")) + `}`)), func(in *iamshape.SimulateCustomPolicyInput) {
			in.ResourceArns = repeated(20, "arn:aws:s3:::"+long[:1985])
		}},
		{"numbers", custom(likes("NumericEquals", repeated(1000, strings.Repeat("1", 100)))), func(in *iamshape.SimulateCustomPolicyInput) {
			in.ContextEntries = []iamshape.ContextEntry{entry("sim:key", "numericList", repeated(2000, "1")...)}
		}},
		{"what a caller is known by", custom(policyOf(statementOf("Allow", "s3:GetObject", "*", when(`{"StringLike":{"aws:PrincipalArn":`+quotedList(repeated(5000, "*????????b0*"))+`}}`)))), func(in *iamshape.SimulateCustomPolicyInput) {
			in.CallerArn, in.ResourceArns = ptr(inA[:len(inA)-3]+strings.Repeat("a", 64)), repeated(50, objA)
		}},
		{"levels", custom(allowing("*")), func(in *iamshape.SimulateCustomPolicyInput) {
			in.OrderedOrganizationPolicyInputList = []iamshape.OrderedOrganizationPolicyType{{ServiceControlPolicyInputList: []string{likes("StringLike", repeated(1000, "*????????b0*"))}}}
			in.ContextEntries = []iamshape.ContextEntry{entry("sim:key", "string", long)}
			in.ResourceArns = repeated(20, objA)
		}},
		{"documents to be indexed", custom(), func(in *iamshape.SimulateCustomPolicyInput) {
			for i := range 50 {
				in.PolicyInputList = append(in.PolicyInputList, policyOf(statementOf("Allow", "s3:GetObject", fmt.Sprint("arn:aws:s3:::", strings.Repeat("a", 20_000), i))))
			}
		}},
		{"nothing, on many resources", custom(policyOf(statementOf("Allow", "sqs:*", "*"))), on(repeated(9000, objA+strings.Repeat("a", 200))...)},
		{"long names of keys", custom(keyed(strings.Repeat("k", 100_000))), on(repeated(2000, objB)...)},
		{"names of keys that grow", custom(keyed(strings.Repeat("<", 4000))), on(repeated(500, objB)...)},
	} {
		c.set(c.in)
		x.fails("SimulateCustomPolicy", c.in, "InvalidInput", "The simulation is too large. Give fewer resources or smaller policies in one request.")
	}
}

// What an answer is counted as is not less than what it takes, and what fits on
// a page is answered.
func TestSimulatedAnswersAreBounded(t *testing.T) {
	x := newTest(t)
	simulatedEntities(x)
	others, boundary := "arn:aws:iam::"+others+":root", allowing("sqs:*")
	everyone := resourcePolicy("Allow", "arn:aws:s3:::sim/*", `"*"`)
	many := policyOf(repeated(200, statementOf("Allow", "*", "*"))...)
	for _, in := range []*iamshape.SimulateCustomPolicyInput{
		custom(keyed(strings.Repeat("k", 1000))),
		custom(keyed(strings.Repeat("<&>'", 250))),
		custom(many),
		{PolicyInputList: []string{many}, ResourcePolicy: &everyone, CallerArn: ptr(inA), ResourceOwner: &others, PermissionsBoundaryPolicyInputList: []string{boundary},
			ResourceArns: repeated(50, objA+`"<'>&`), ActionNames: []string{"s3:GetObject"}},
	} {
		if in.ResourceArns == nil {
			in.ResourceArns = repeated(20, objB)
		}
		sim, err := newSimulation(x.view, in, &source{})
		if err != nil {
			t.Fatal(err)
		}
		r, n, err := sim.result(t.Context(), in.ActionNames[0])
		if err != nil {
			t.Fatal(err)
		}
		got, err := wire.AppendXML(nil, iamshape.OpSimulateCustomPolicy, &iamshape.SimulateCustomPolicyOutput{EvaluationResults: []iamshape.EvaluationResult{r}}, "id")
		if err != nil {
			t.Fatal(err)
		}
		if len(got) > n || n > 4*len(got) {
			t.Errorf("%d bytes counted as %d", len(got), n)
		}
	}

	in := custom(keyed(strings.Repeat("k", 100_000)))
	in.ResourceArns, in.ActionNames = repeated(20, objB), []string{"s3:A", "s3:B", "s3:C", "s3:D", "s3:E"}
	pages, results := 0, 0
	for {
		out := do[iamshape.SimulateCustomPolicyOutput](x, "SimulateCustomPolicy", in)
		pages, results = pages+1, results+len(out.EvaluationResults)
		if in.Marker = out.Marker; out.Marker == nil {
			break
		}
	}
	if pages != 2 || results != 5 {
		t.Errorf("%d results on %d pages", results, pages)
	}
}

// A caller that has gone ends the work between two resources.
func TestSimulationEnds(t *testing.T) {
	x := newTest(t)
	in := custom(allowing("*"))
	in.ResourceArns = []string{objA, objB}
	sim, err := newSimulation(x.view, in, &source{})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := sim.result(ctx, "s3:GetObject"); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// The bound of a comparison follows what the engine does: cheap where there is
// nothing to search for, and the product of the lengths where there is.
func TestMatchingWork(t *testing.T) {
	var short, long, many texts
	short.add(strings.Repeat("a", 64))
	long.add(strings.Repeat("a", 4096))
	for range 100 {
		many.add(strings.Repeat("a", 64))
	}
	for _, c := range []struct {
		pattern string
		heavy   bool
	}{
		{"", false}, {"plain", false}, {"*", false}, {"arn:aws:s3:::b/*", false}, {"*.txt", false}, {"a?b", false}, {"a*b*c", false},
		{"home/${aws:username}/*", false}, {"${aws:username}", false},
		{"*?*", true}, {"*????????b0*", true}, {"*${a:b}*", true}, {"a*b?c*d", true},
	} {
		s, l, m := short.matching(c.pattern), long.matching(c.pattern), many.matching(c.pattern)
		if heavy := l > 3*4096; heavy != c.heavy {
			t.Errorf("%q: %d", c.pattern, l)
		}
		if s < 1 || l < s || m != 100*s {
			t.Errorf("%q: %d, %d, %d", c.pattern, s, l, m)
		}
	}
	if w := long.matching("*" + strings.Repeat("?", 6400) + "*"); w < 400*4096 {
		t.Error(w)
	}
	if new(texts).matching("*????b*") != 0 {
		t.Error("a key without a value is compared with nothing")
	}
}
