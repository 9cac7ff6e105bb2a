package scripttest

import (
	"regexp"
	"strings"
)

var variable = regexp.MustCompile(`\$([A-Z][A-Z0-9_]*)|\$\{([A-Z][A-Z0-9_]*)\}`)

// expand fills variables in that are set. It leaves others alone: policies have
// variables too.
func (x *script) expand(text string) string {
	return variable.ReplaceAllStringFunc(text, func(found string) string {
		if value := x.Getenv(strings.Trim(found, "${}")); value != "" {
			return value
		}
		return found
	})
}

// file is the text of a file of the archive, without the line end that txtar
// puts behind it.
func (x *script) file(name string) string {
	return strings.TrimSuffix(x.ReadFile(name), "\n")
}
