package evalcase

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"unicode"

	"github.com/aratame/aratame/policy"
)

// Answer is what became of a line.
type Answer struct {
	Case     *Case
	Decision string // Allowed, ExplicitDeny, ImplicitDeny or Error
	Err      error  // why Decision is Error

	// Why is set if an explanation was asked for and the case isn't an error.
	Why *policy.Decision
}

// Decide answers a line, whose number counts from 1.
func Decide(line string, number int, strict, explain bool) Answer {
	c, err := Parse(line, number, strict)
	switch {
	case err != nil:
		return Answer{Case: c, Decision: Error, Err: err}
	case explain:
		why := policy.Explain(&c.Request, &c.Policies)
		return Answer{Case: c, Decision: why.Effect.String(), Why: why}
	}
	return Answer{Case: c, Decision: policy.Evaluate(&c.Request, &c.Policies).Effect.String()}
}

// Failed reports whether the case is an error that wasn't expected, or was
// decided otherwise than expected.
func (a *Answer) Failed() bool {
	if a.Case.Expected == "" {
		return a.Decision == Error
	}
	return a.Decision != a.Case.Expected
}

// AppendJSON appends the answer as a JSON object: id, decision, error, the
// members carried through, explanation.
func (a *Answer) AppendJSON(b []byte) ([]byte, error) {
	b = append(b, `{"id":`...)
	if a.Case.numeric {
		b = append(b, a.Case.ID...)
	} else {
		b = appendString(b, a.Case.ID)
	}
	b = append(append(append(b, `,"decision":"`...), a.Decision...), '"')
	if a.Err != nil {
		b = appendString(append(b, `,"error":`...), a.Err.Error())
	}
	for _, m := range [...]struct{ name, raw string }{{`,"name":`, a.Case.Name}, {`,"source":`, a.Case.Source}, {`,"labels":`, a.Case.Labels}} {
		if m.raw != "" {
			b = append(append(b, m.name...), m.raw...)
		}
	}
	if a.Why != nil {
		why, err := a.Why.JSON()
		if err != nil {
			return b, err
		}
		b = append(append(b, `,"explanation":`...), why...)
	}
	return append(b, '}'), nil
}

// appendString appends a JSON string in which <, > and & stand as they are.
func appendString(b []byte, s string) []byte {
	plain := true
	for i := range len(s) {
		plain = plain && s[i] >= ' ' && s[i] < 0x7F && s[i] != '"' && s[i] != '\\'
	}
	if plain {
		return append(append(append(b, '"'), s...), '"')
	}
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	_ = e.Encode(s) // a string always encodes
	return append(b, bytes.TrimSuffix(out.Bytes(), []byte("\n"))...)
}

// AppendText appends the answer for people, with its explanation. What isn't
// printable is replaced, so that a case can neither steer a terminal nor add
// lines.
func (a *Answer) AppendText(b []byte) []byte {
	b = append(append(append(b, Printable(a.Case.ID)...), ": "...), a.Decision...)
	if a.Err != nil {
		b = append(append(b, ": "...), Printable(a.Err.Error())...)
	}
	b = append(b, '\n')
	if a.Why == nil {
		return b
	}
	d := *a.Why
	for _, s := range []*string{&d.Principal, &d.Action, &d.Resource} {
		*s = Printable(*s)
	}
	d.Matched, d.NearMisses = slices.Clone(d.Matched), slices.Clone(d.NearMisses)
	for i := range d.Matched {
		m := &d.Matched[i]
		m.Sid, m.Unevaluable = Printable(m.Sid), Printable(m.Unevaluable)
	}
	for i := range d.NearMisses {
		m := &d.NearMisses[i]
		m.Sid, m.Why = Printable(m.Sid), Printable(m.Why)
	}
	for line := range strings.Lines(d.String()) {
		b = append(append(b, "  "...), line...)
	}
	return b
}

// Printable replaces what isn't printable with U+FFFD.
func Printable(s string) string {
	return strings.Map(func(c rune) rune {
		if unicode.IsPrint(c) {
			return c
		}
		return unicode.ReplacementChar
	}, s)
}
