package policy

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// What an explanation shows of lists and texts at most: documents and requests
// may be large, and each statement has its reason.
const (
	shownNames  = 10
	shownMisses = 250 // of an element
	shownValues = 100
	shownBytes  = 256
)

// shorten cuts a long text at a character.
func shorten(s string) string {
	if len(s) <= shownBytes {
		return s
	}
	cut := shownBytes
	for cut > 0 && !utf8.RuneStart(s[cut]) {
		cut--
	}
	return s[:cut] + "…"
}

// list writes values for people.
func list(values []string) string {
	quoted := make([]string, 0, shownNames)
	for _, v := range values[:min(len(values), shownNames)] {
		quoted = append(quoted, fmt.Sprintf("%q", shorten(v)))
	}
	s := strings.Join(quoted, ", ")
	if len(values) > shownNames {
		s += fmt.Sprintf(" and %d more", len(values)-shownNames)
	}
	if len(values) == 1 {
		return s
	}
	return "[" + s + "]"
}

// String renders the decision for people, one statement a line. Control
// characters of documents and requests are written as escapes, so that none can
// forge a line or drive a terminal.
func (d *Decision) String() string { return printable(d.text()) }

// printable escapes what a terminal wouldn't print, but for line feeds: those of
// the texts that d.text puts together are escaped before.
func printable(s string) string {
	if strings.IndexFunc(s, unprintable) < 0 {
		return s
	}
	var b strings.Builder
	for _, c := range s {
		if unprintable(c) {
			b.WriteString(strings.Trim(strconv.QuoteRune(c), "'"))
		} else {
			b.WriteRune(c)
		}
	}
	return b.String()
}

func unprintable(c rune) bool { return c != '\n' && !unicode.IsPrint(c) && c != '\u00a0' }

// oneLine escapes the line feeds of a text as well.
func oneLine(s string) string { return strings.ReplaceAll(s, "\n", `\n`) }

func (d *Decision) text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s", d.Effect)
	if d.By != 0 {
		fmt.Fprintf(&b, " (%s policy)", d.By)
	}
	fmt.Fprintf(&b, ": %s may %s%s on %s\n", oneLine(d.Principal), map[bool]string{true: "", false: "not "}[d.Effect == Allowed], oneLine(d.Action), oneLine(d.Resource))
	if d.CrossAccount {
		b.WriteString("  the resource is another account's: policies of both accounts must allow\n")
	}
	if d.nothingNear() {
		fmt.Fprintf(&b, "  no %s policy has a statement about %s%s\n", d.By, oneLine(d.Action), d.atLevel())
	}
	for i := range d.Matched {
		m := &d.Matched[i]
		word := "allows"
		if m.Deny {
			word = "denies"
		}
		fmt.Fprintf(&b, "  %s: %s", word, place(m.Policy, m.Source, m.Statement, m.Sid, m.Start))
		if m.Unevaluable != "" {
			b.WriteString("; " + oneLine(m.Unevaluable))
		}
		b.WriteByte('\n')
	}
	for i := range d.NearMisses {
		m := &d.NearMisses[i]
		word := "Allow doesn't apply"
		if m.Deny {
			word = "Deny doesn't apply"
		}
		fmt.Fprintf(&b, "  %s: %s: %s: %s\n", word, place(m.Policy, m.Source, m.Statement, m.Sid, m.Start), m.Element, oneLine(m.Why))
	}
	if d.Omitted > 0 {
		fmt.Fprintf(&b, "  and %d more statements that don't apply\n", d.Omitted)
	}
	return b.String()
}

// nothingNear reports whether no statement can be blamed for an implicit deny.
func (d *Decision) nothingNear() bool {
	if d.Effect != ImplicitDeny || d.By == 0 {
		return false
	}
	for i := range d.Matched {
		if m := &d.Matched[i]; m.Policy == d.By && m.Level == d.Level {
			return false
		}
	}
	for i := range d.NearMisses {
		if m := &d.NearMisses[i]; m.Policy == d.By && m.Level == d.Level && !m.Deny {
			return false
		}
	}
	return true
}

func (d *Decision) atLevel() string {
	if d.By == SCP || d.By == RCP {
		return fmt.Sprintf(" at level %d", d.Level)
	}
	return ""
}

func place(kind Kind, src Source, statement int, sid string, at Position) string {
	s := kind.String() + " policy"
	switch {
	case src.Name != "":
		s += " " + src.Name
	case src.ARN != "":
		s += " " + src.ARN
	}
	s += fmt.Sprintf(", statement %d", statement)
	if sid != "" {
		s += fmt.Sprintf(" (%s)", sid)
	}
	return oneLine(s) + fmt.Sprintf(", line %d column %d", at.Line, at.Column)
}

// JSON renders the decision, message included, as one JSON object.
func (d *Decision) JSON() ([]byte, error) {
	type alias Decision // without methods
	return json.Marshal(struct {
		*alias
		Message string `json:"message,omitempty"`
	}{(*alias)(d), d.Message()})
}
