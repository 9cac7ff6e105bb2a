package shape

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// The matchers below decide the patterns of the service models by hand, since a
// table of compiled regular expressions costs start-up time and memory, and
// since one pattern needs a look-ahead that package regexp lacks. A pattern
// always covers the whole string, and \w and \d are ASCII, as in Java. A test
// compares each matcher with its regular expression on random strings.

// class is a set of ASCII characters.
type class [2]uint64

func newClass(chars string) class {
	var c class
	for i := 0; i < len(chars); i++ {
		c[chars[i]>>6] |= 1 << (chars[i] & 63)
	}
	return c
}

func (c *class) has(b byte) bool { return b < 0x80 && c[b>>6]&(1<<(b&63)) != 0 }

func (c *class) all(s string) bool {
	for i := 0; i < len(s); i++ {
		if !c.has(s[i]) {
			return false
		}
	}
	return true
}

const (
	digits = "0123456789"
	lower  = "abcdefghijklmnopqrstuvwxyz"
	upper  = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	word   = lower + upper + digits + "_"
)

var (
	classDigit     = newClass(digits)
	classWord      = newClass(word)
	className      = newClass(word + "+=,.@-")
	classWordDash  = newClass(word + "-")
	classSAMLName  = newClass(word + ".-")
	classColonName = newClass(word + "+=,.@:-")
	classExternal  = newClass(word + "+=,.@:/-")
	classUpperNum  = newClass(upper + digits)
	classColonWord = newClass(word + ":")
	classChannel   = newClass(lower + upper + digits + ":_.-")
	classLowerNum  = newClass(lower + digits)
	classLowerDash = newClass(lower + digits + "-")
	classOrgTail   = newClass(lower + digits + "-/")
	classPolPath   = newClass(lower + upper + digits + ".,+@=_-/")
	classURLPath   = newClass(lower + upper + digits + "._/-")
	classURLQuery  = newClass(lower + upper + digits + "._=&-")
	classTag       = newClass("_.:/=+-@")
)

func runes(s string, ok func(rune) bool) bool {
	for i, r := range s {
		if r == utf8.RuneError && !strings.HasPrefix(s[i:], "\uFFFD") {
			return false // invalid UTF-8
		}
		if !ok(r) {
			return false
		}
	}
	return true
}

func isLineRune(r rune) bool { return r == '\t' || r == '\n' || r == '\r' }

// MatchName decides [\w+=,.@-]+, the pattern of most names.
func MatchName(s string) bool { return s != "" && className.all(s) }

// MatchNameOrEmpty decides [\w+=,.@-]*.
func MatchNameOrEmpty(s string) bool { return className.all(s) }

// MatchWord decides [\w]+.
func MatchWord(s string) bool { return s != "" && classWord.all(s) }

// MatchWordOrEmpty decides [\w]*.
func MatchWordOrEmpty(s string) bool { return classWord.all(s) }

// MatchWordDash decides [\w-]+.
func MatchWordDash(s string) bool { return s != "" && classWordDash.all(s) }

// MatchWordDashOrEmpty decides [\w-]*.
func MatchWordDashOrEmpty(s string) bool { return classWordDash.all(s) }

// MatchSAMLName decides [\w._-]+.
func MatchSAMLName(s string) bool { return s != "" && classSAMLName.all(s) }

// MatchDigits decides [\d]+.
func MatchDigits(s string) bool { return s != "" && classDigit.all(s) }

// MatchDigitsOrEmpty decides [\d]*.
func MatchDigitsOrEmpty(s string) bool { return classDigit.all(s) }

// MatchAccountID decides \d{12}.
func MatchAccountID(s string) bool { return len(s) == 12 && classDigit.all(s) }

// MatchColonName decides [\w+=,.@:-]*, the ids of role sessions and federated users.
func MatchColonName(s string) bool { return classColonName.all(s) }

// MatchExternalID decides [\w+=,.@:\/-]*.
func MatchExternalID(s string) bool { return classExternal.all(s) }

// MatchExternalIDNotEmpty decides the same characters, at least one of them.
func MatchExternalIDNotEmpty(s string) bool { return s != "" && classExternal.all(s) }

// MatchUpperAlnum decides [A-Z0-9]+.
func MatchUpperAlnum(s string) bool { return s != "" && classUpperNum.all(s) }

// MatchFingerprint decides [:\w]+.
func MatchFingerprint(s string) bool { return s != "" && classColonWord.all(s) }

// MatchChannel decides ^[a-zA-Z0-9:_.-]+$.
func MatchChannel(s string) bool { return s != "" && classChannel.all(s) }

// MatchPrintable decides [ -~]+.
func MatchPrintable(s string) bool {
	return s != "" && runes(s, func(r rune) bool { return r >= ' ' && r <= '~' })
}

// MatchLatin1 decides [\u0020-\u00FF]+.
func MatchLatin1(s string) bool {
	return s != "" && runes(s, func(r rune) bool { return r >= ' ' && r <= 0xFF })
}

// MatchLatin1Lines decides [\u0009\u000A\u000D\u0020-\u00FF]+, the characters of
// policy documents, passwords and PEM bodies.
func MatchLatin1Lines(s string) bool {
	return s != "" && runes(s, func(r rune) bool { return isLineRune(r) || r >= ' ' && r <= 0xFF })
}

// MatchDescription decides [\u0009\u000A\u000D\u0020-\u007E\u00A1-\u00FF]*.
func MatchDescription(s string) bool {
	return runes(s, func(r rune) bool { return isLineRune(r) || r >= ' ' && r <= '~' || r >= 0xA1 && r <= 0xFF })
}

// MatchDescriptionNotEmpty decides the same characters, at least one of them.
func MatchDescriptionNotEmpty(s string) bool { return s != "" && MatchDescription(s) }

// MatchARNChars decides the characters of an STS ARN: those that XML 1.0 lets
// through without discouraging them. The model writes the last range without
// the braces that Java wants; what is meant is U+10000 to U+10FFFF.
func MatchARNChars(s string) bool {
	return s != "" && runes(s, func(r rune) bool {
		return isLineRune(r) || r >= ' ' && r <= '~' || r == 0x85 || r >= 0xA0 && r <= 0xD7FF || r >= 0xE000 && r <= 0xFFFD || r >= 0x10000
	})
}

func isTagRune(r rune) bool {
	if r < 0x80 {
		return r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r == ' ' || classTag.has(byte(r))
	}
	return unicode.In(r, unicode.L, unicode.Z, unicode.N)
}

// MatchTagValue decides [\p{L}\p{Z}\p{N}_.:/=+\-@]*.
func MatchTagValue(s string) bool { return runes(s, isTagRune) }

// MatchTagKey decides [\p{L}\p{Z}\p{N}_.:/=+\-@]+.
func MatchTagKey(s string) bool { return s != "" && runes(s, isTagRune) }

// MatchPathPrefix decides \u002F[\u0021-\u007F]*.
func MatchPathPrefix(s string) bool {
	return strings.HasPrefix(s, "/") && runes(s, func(r rune) bool { return r >= '!' && r <= 0x7F })
}

// MatchPath decides (\u002F)|(\u002F[\u0021-\u007E]+\u002F).
func MatchPath(s string) bool {
	if s == "/" {
		return true
	}
	return len(s) >= 3 && s[0] == '/' && s[len(s)-1] == '/' && runes(s, func(r rune) bool { return r >= '!' && r <= '~' })
}

// MatchPolicyPath decides ((/[A-Za-z0-9\.,\+@=_-]+)*)/.
func MatchPolicyPath(s string) bool {
	return s != "" && s[0] == '/' && s[len(s)-1] == '/' && classPolPath.all(s) && !strings.Contains(s, "//")
}

// MatchPolicyVersionID decides v[1-9][0-9]*(\.[A-Za-z0-9-]*)?.
func MatchPolicyVersionID(s string) bool {
	rest, ok := strings.CutPrefix(s, "v")
	if !ok {
		return false
	}
	number, tail, _ := strings.Cut(rest, ".")
	if number == "" || number[0] == '0' || !classDigit.all(number) {
		return false
	}
	return classWordDash.all(tail) && !strings.Contains(tail, "_")
}

// MatchAccountAlias decides ^[a-z0-9]([a-z0-9]|-(?!-)){1,61}[a-z0-9]$.
func MatchAccountAlias(s string) bool {
	return len(s) >= 3 && len(s) <= 63 && classLowerDash.all(s) && s[0] != '-' && s[len(s)-1] != '-' && !strings.Contains(s, "--")
}

// MatchOrganizationID decides ^o-[a-z0-9]{10,32}$.
func MatchOrganizationID(s string) bool {
	id, ok := strings.CutPrefix(s, "o-")
	return ok && len(id) >= 10 && len(id) <= 32 && classLowerNum.all(id)
}

// MatchOrganizationPath decides ^o-[0-9a-z]{10,32}\/r-[0-9a-z]{4,32}[0-9a-z-\/]*.
func MatchOrganizationPath(s string) bool {
	org, rest, ok := strings.Cut(s, "/")
	if !ok || !MatchOrganizationID(org) {
		return false
	}
	rest, ok = strings.CutPrefix(rest, "r-")
	return ok && len(rest) >= 4 && classLowerNum.all(rest[:4]) && classOrgTail.all(rest[4:])
}

// MatchOrganizationPolicyID decides ^p-[0-9a-zA-Z_]{8,128}$.
func MatchOrganizationPolicyID(s string) bool {
	id, ok := strings.CutPrefix(s, "p-")
	return ok && len(id) >= 8 && len(id) <= 128 && classWord.all(id)
}

// MatchRedirectURL decides
// ^http(s?)://[a-zA-Z0-9._/-]*(\?[a-zA-Z0-9._=&-]*)?(#[a-zA-Z0-9._/-]*)?$.
func MatchRedirectURL(s string) bool {
	rest, ok := strings.CutPrefix(s, "http")
	if !ok {
		return false
	}
	rest, ok = strings.CutPrefix(strings.TrimPrefix(rest, "s"), "://")
	if !ok {
		return false
	}
	rest, fragment, _ := strings.Cut(rest, "#")
	path, query, _ := strings.Cut(rest, "?")
	return classURLPath.all(path) && classURLQuery.all(query) && classURLPath.all(fragment)
}
