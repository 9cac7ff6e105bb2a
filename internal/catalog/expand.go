package catalog

import (
	"slices"
	"strings"
)

// Expand returns every action that a value of an Action element matches, in the
// catalogue's spelling and sorted: "*", "s3:Get*", "S3:get?bject". Wildcards
// match as they do in package policy, without regard to the case of ASCII
// letters. It returns nil where nothing matches.
func Expand(pattern string) []string {
	var names []string
	for a := range expand(pattern, nil) {
		names = append(names, a.String())
	}
	slices.Sort(names)
	return names
}

// expand yields the actions that a pattern matches. Services that the literal
// start of the pattern rules out cost a step each. It ends when the budget does.
func expand(pattern string, b *budget) func(yield func(*Action) bool) {
	pattern = simplify(lowerASCII(pattern))
	literal := pattern
	if i := strings.IndexAny(pattern, "*?"); i >= 0 {
		literal = pattern[:i]
	}
	return func(yield func(*Action) bool) {
		if literal == pattern {
			if a, ok := LookupAction(pattern); ok {
				yield(a)
			}
			return
		}
		prefix, rest, whole := strings.Cut(literal, ":")
		for _, s := range Services() {
			if !b.spend(1) {
				return
			}
			if whole && s.Prefix != prefix || !whole && !strings.HasPrefix(s.Prefix+":", prefix) {
				continue
			}
			text, skip := pattern, ""
			if whole {
				text = pattern[len(prefix)+1:] // of the name alone
			} else {
				skip = s.Prefix + ":"
			}
			for i := range s.Actions {
				if !b.spend(1) {
					return
				}
				name := s.Actions[i].Name
				if skip != "" {
					name = skip + name
				} else if !hasFoldedPrefix(name, rest) {
					continue
				}
				if globCovers(text, name, b) && !yield(&s.Actions[i]) {
					return
				}
			}
		}
	}
}

// simplify writes runs of wildcards with one "*" at most, so that a pattern
// can't be much longer than what it matches.
func simplify(pattern string) string {
	if !strings.Contains(pattern, "**") && !strings.Contains(pattern, "*?") {
		return pattern
	}
	var b strings.Builder
	star := false
	for _, c := range pattern {
		if c == '*' {
			star = true
			continue
		}
		if star && c != '?' {
			b.WriteByte('*')
			star = false
		}
		b.WriteRune(c)
	}
	if star {
		b.WriteByte('*')
	}
	return b.String()
}
