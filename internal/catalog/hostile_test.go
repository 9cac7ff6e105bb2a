package catalog

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/aratame/aratame/policy"
)

// quoted writes n values of a list, each made of its number.
func quoted(n int, value func(i int) string) string {
	values := make([]string, n)
	for i := range values {
		values[i] = fmt.Sprintf("%q", value(i))
	}
	return "[" + strings.Join(values, ",") + "]"
}

// Documents near the greatest that can be parsed, made to cost much or to say
// much. The bounds are counts: of steps, findings and bytes.
func TestHostileDocuments(t *testing.T) {
	long := strings.Repeat("a", 400)
	everywhere := `"Effect":"Allow","Resource":"*","Action":`
	condition := `"Effect":"Allow","Action":"s3:GetObject","Resource":"*","Condition":`
	for _, c := range []struct {
		name, statement string
		partial, more   bool
	}{
		{"patterns with long runs", everywhere + quoted(300, func(i int) string { return fmt.Sprintf("s3:*%s%d", long, i) }), true, false},
		{"two patterns, each half of the document", everywhere + quoted(2, func(i int) string { return "s3:*" + strings.Repeat("ab", 30000) + fmt.Sprint(i) }), true, false},
		{"many patterns", everywhere + quoted(8000, func(i int) string { return fmt.Sprintf("ec2:*%d?", i) }), true, true},
		{"many patterns, covered by the first", everywhere + quoted(8000, func(i int) string { return fmt.Sprintf("s3:*%.*d", min(i, 4), i) }), false, true},
		{"one value many times", everywhere + quoted(8000, func(int) string { return "s3:GetObject" }), false, true},
		{"many resources", `"Effect":"Allow","Action":["ec2:*","s3:*","iam:*"],"Resource":` + quoted(4000, func(i int) string { return fmt.Sprintf("arn:aws:ec2:*:*:*%dx/?*|", i) }), false, false},
		{"a long resource", `"Effect":"Allow","Action":"ec2:*","Resource":"arn:aws:ec2:` + strings.Repeat("a", 120000) + `:*:nosuch"`, false, false},
		{"a long key of many values", condition + `{"StringEquals":{"` + strings.Repeat("k", 60000) + `":` + quoted(12000, func(int) string { return "${" }) + `}}`, false, true},
		{"a long key of two bytes a letter", condition + `{"StringEquals":{"` + strings.Repeat("é", 30000) + `":` + quoted(3000, func(int) string { return "*" }) + `}}`, false, true},
		{"a long value of many variables", condition + `{"StringEquals":{"aws:username":"` + strings.Repeat("${a}", 30000) + `"}}`, false, true},
		{"long actions, each redundant", everywhere + `["s3:` + strings.Repeat("*", 60000) + `",` + quoted(900, func(i int) string { return fmt.Sprintf("s3:%d", i) })[1:], false, true},
	} {
		doc, err := policy.Parse(document(c.statement), policy.Identity)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		found := Findings(doc)
		bytes, partial := 0, 0
		for _, f := range found {
			bytes += len(f.Path) + len(f.Message)
			if f.Code == "CHECKS_INCOMPLETE" {
				partial++
			}
			if !utf8.ValidString(f.Path) || !utf8.ValidString(f.Message) {
				t.Errorf("%s: a character is cut in %+v", c.name, f)
			}
		}
		if len(found) > shownFindings+2 || bytes > shownFindings*4*shownBytes || len(found) == 0 && c.partial {
			t.Errorf("%s: %d findings of %d bytes", c.name, len(found), bytes)
			continue
		}
		more := len(found) > 0 && found[len(found)-1].Code == "MORE_FINDINGS"
		if partial > 1 || (partial == 1) != c.partial || more != c.more {
			t.Errorf("%s: CHECKS_INCOMPLETE %d times, MORE_FINDINGS %v", c.name, partial, more)
		}
	}
}

// Whatever is compared takes from the budget.
func TestBudgetIsKept(t *testing.T) {
	long := strings.Repeat("ab", 2000)
	resource := newResourcePattern("arn:aws:ec2:*:*:*" + strings.Repeat("a*", 1000))
	ec2, _ := LookupAction("ec2:RunInstances")
	for name, compare := range map[string]func(b *budget){
		"globCovers": func(b *budget) { globCovers("*"+long+"c", "*"+long+"d", b) },
		"redundant":  func(b *budget) { redundant([]string{"s3:*" + long + "c", "s3:*" + long + "d"}, b) },
		"expand": func(b *budget) {
			for range expand("*:*nosuchaction", b) {
				t.Error("there is such an action")
			}
		},
		"fit":     func(b *budget) { resource.fit(ec2.Resources[0].Type, b) },
		"fitting": func(b *budget) { newFitting([]string{"arn:aws:s3:::b"}, b).action(ec2) },
	} {
		b := &budget{1 << 40}
		compare(b)
		steps := 1<<40 - b.left
		if steps == 0 || b.spent() {
			t.Errorf("%s takes %d steps", name, steps)
		}
		exact, short := &budget{steps}, &budget{steps - 1}
		compare(exact)
		compare(short)
		if exact.spent() || !short.spent() {
			t.Errorf("%s, %d steps: spent %v, with one step less %v", name, steps, exact.spent(), short.spent())
		}
	}
}

// With a spent budget nothing is said that isn't so; what needs no patterns is
// said nevertheless.
func TestFindingsPastTheBudget(t *testing.T) {
	doc, err := policy.Parse(`{"Version":"2012-10-17","Statement":[`+
		`{"Effect":"Allow","Action":`+quoted(300, func(i int) string { return fmt.Sprintf("s3:*%s%d", strings.Repeat("a", 300), i) })+`,"Resource":"*"},`+
		`{"Effect":"Allow","Action":["s3:Get*","s3:GetObject","s3:GetObject","s3:Nope"],"Resource":"arn:aws:s3:::b/*"}]}`, policy.Identity)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range Findings(doc) {
		if f.Code != "INVALID_ACTION" || f.Statement != 0 {
			got = append(got, briefly(f))
		}
	}
	if want := []string{"suggestion CHECKS_INCOMPLETE Statement[0]", "error INVALID_ACTION Statement[1].Action[3]", "suggestion REDUNDANT_ACTION Statement[1].Action[2]"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// However far a budget reaches, no more is said than without bounds.
func TestFindingsOfAnyBudget(t *testing.T) {
	doc, err := policy.Parse(document(`"Effect":"Allow","Action":["s3:Get*","s3:Nope*","s3:GetObj*","s3:*Bucket"],"Resource":"arn:aws:s3:::b/*"`), policy.Identity)
	if err != nil {
		t.Fatal(err)
	}
	all, partial := Findings(doc), 0
	for steps := range 1 << 14 {
		f := finder{doc: doc, variables: true, budget: budget{steps}, at: 1, st: &doc.Statements[0]}
		f.actions()
		f.resources()
		for _, found := range f.found {
			if found.Code != "CHECKS_INCOMPLETE" && !slices.Contains(all, found) {
				t.Fatalf("with %d steps: %+v", steps, found)
			}
		}
		if f.partial {
			partial++
		} else if !slices.Equal(f.found, all) {
			t.Fatalf("with %d steps, which are enough: %+v", steps, f.found)
		}
	}
	if partial < 100 || partial == 1<<14 {
		t.Errorf("%d budgets weren't enough", partial)
	}
}

// The findings that are only counted lend their severity to the closing one.
func TestMoreFindings(t *testing.T) {
	twice := quoted(shownFindings+1, func(int) string { return "s3:GetObject" })
	for _, c := range []struct {
		actions, last, message string
	}{
		{twice, "suggestion REDUNDANT_ACTION Statement[0].Action[1000]", ""},
		{strings.Replace(twice, "]", `,"s3:GetObject","s3:GetObject"]`, 1), "suggestion MORE_FINDINGS Statement[0].Action[1001]", "findings that aren't shown, from this place on: 2"},
	} {
		for _, next := range []string{"", `,{"Effect":"Allow","Action":"s3:Nope","Resource":"*"}`} {
			doc, err := policy.Parse(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":`+c.actions+`,"Resource":"*"}`+next+`]}`, policy.Identity)
			if err != nil {
				t.Fatal(err)
			}
			want, message := c.last, c.message
			switch {
			case next != "" && message == "":
				want, message = "error MORE_FINDINGS Statement[1].Action", "findings that aren't shown, from this place on: 1"
			case next != "":
				want, message = strings.Replace(want, "suggestion", "error", 1), strings.Replace(message, "2", "3", 1)
			}
			found := Findings(doc)
			last := found[len(found)-1]
			if briefly(last) != want || message != "" && last.Message != message {
				t.Errorf("got %q (%s), want %q (%s)", briefly(last), last.Message, want, message)
			}
		}
	}
}

// Letters beyond ASCII don't stand for ASCII ones in actions: K is U+212A, the
// Kelvin sign, ſ is U+017F, İ is U+0130.
func TestFoldingIsASCII(t *testing.T) {
	for _, name := range []string{"iam:CreateAccess\u212aey", "iam:Pa\u017f\u017fRole", "\u0130am:PassRole", "\u212ams:Decrypt", "kms:L\u0130stKeys"} {
		if a, ok := LookupAction(name); ok {
			t.Errorf("%q is %s", name, a)
		}
		if got := Expand(name[:len(name)-1] + "?"); got != nil {
			t.Errorf("%q matches %q", name, got)
		}
		doc, err := policy.ParseStored(document(fmt.Sprintf(`"Effect":"Allow","Action":"%s","Resource":"*"`, name)), policy.Identity)
		if err != nil {
			t.Errorf("%q: %v", name, err)
			continue
		}
		if found := Findings(doc); len(found) != 1 || found[0].Code != "INVALID_ACTION" && found[0].Code != "INVALID_SERVICE_IN_ACTION" {
			t.Errorf("%q: %+v", name, found)
		}
		name = strings.NewReplacer("\u212a", "K", "\u017f", "s", "\u0130", "I").Replace(name)
		if _, ok := LookupAction(strings.ToUpper(name)); !ok {
			t.Errorf("there is no action %q", name)
		}
	}
	if _, ok := LookupService("\u212ams"); ok {
		t.Error("a service with a Kelvin sign")
	}
	if covers := redundant([]string{"iam:CreateAccess\u212aey", "iam:createaccesskey"}, nil); covers != nil {
		t.Errorf("%v", covers)
	}
}
