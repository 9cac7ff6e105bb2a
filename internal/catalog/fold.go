package catalog

import "cmp"

// Actions are compared without the case of ASCII letters alone, as package
// policy does: AWS has no others in them, and to strings.ToLower and
// strings.EqualFold some stand for an ASCII letter (U+212A, the Kelvin sign,
// for k).

func fold(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		c += 'a' - 'A'
	}
	return c
}

// lowerASCII folds the ASCII letters of a text.
func lowerASCII(s string) string {
	for i := range len(s) {
		if fold(s[i]) != s[i] {
			b := []byte(s)
			for j := range b {
				b[j] = fold(b[j])
			}
			return string(b)
		}
	}
	return s
}

// compareFolded compares s, folded, to a folded text.
func compareFolded(s, folded string) int {
	for i := range min(len(s), len(folded)) {
		if c := cmp.Compare(fold(s[i]), folded[i]); c != 0 {
			return c
		}
	}
	return cmp.Compare(len(s), len(folded))
}

// equalFolded reports whether s, folded, is the folded text.
func equalFolded(s, folded string) bool {
	return len(s) == len(folded) && compareFolded(s, folded) == 0
}

// hasFoldedPrefix reports whether s, folded, begins with the folded prefix.
func hasFoldedPrefix(s, prefix string) bool {
	return len(s) >= len(prefix) && compareFolded(s[:len(prefix)], prefix) == 0
}
