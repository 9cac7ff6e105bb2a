package evalcase

import (
	"bytes"
	"encoding/json"

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
	b = appendString(append(b, `{"id":`...), a.Case.ID)
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
