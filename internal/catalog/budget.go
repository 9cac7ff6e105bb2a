package catalog

import "unicode/utf8"

// What is spent and said on one document at most: the greatest that can be
// parsed, with thousands of values, are often hostile.
const (
	// documentSteps bounds how many characters of patterns are compared, which
	// takes some tenths of a second. AWS's managed policies take less than a
	// hundredth of it.
	documentSteps = 1 << 26

	shownFindings = 1000
	shownBytes    = 256 // of each text of the document
)

// A budget is the number of steps that comparing patterns may still take. Once
// it is spent, comparisons end early with answers that mean nothing. A nil
// budget is without bounds.
type budget struct{ left int }

// spend takes n steps and reports whether they were left.
func (b *budget) spend(n int) bool {
	if b == nil {
		return true
	}
	if b.left -= n; b.left < 0 {
		b.left = -1
	}
	return b.left >= 0
}

// spent reports whether something was left out.
func (b *budget) spent() bool { return b != nil && b.left < 0 }

// shorten cuts a long text of a document at a character.
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
