package catalog

import (
	"fmt"
	"strings"

	"github.com/aratame/aratame/policy"
)

// resourceVariables looks at the variables of a value of Resource, which may
// stand in its last field only.
func (f *finder) resourceVariables(i int, value string) {
	if !strings.Contains(value, "${") {
		return
	}
	path := f.resourceElement()
	if len(f.st.Resources) > 1 {
		path += fmt.Sprintf("[%d]", i)
	}
	at := 0
	for range arnFields - 1 {
		n := strings.IndexByte(value[at:], ':')
		if n < 0 {
			break
		}
		at += n + 1
	}
	if f.variables && strings.Contains(value[:at], "${") && !strings.Contains(value[at:], "${") {
		f.say(Error, "VARIABLE_UNSUPPORTED_IN_ELEMENT", path, f.st.Start, "variables have no effect before the fifth colon of an ARN")
		return
	}
	f.checkVariables(value, path, f.st.Start)
}

// checkVariables looks at the variables in a text that may hold them.
func (f *finder) checkVariables(text, path string, pos policy.Position) {
	for {
		i := strings.Index(text, "${")
		if i < 0 {
			return
		}
		text = text[i:]
		if len(text) >= 4 && text[3] == '}' && strings.IndexByte("*?$", text[2]) >= 0 {
			if !f.variables {
				f.oldVariable(path, pos)
				return
			}
			text = text[4:]
			continue
		}
		if !f.variables {
			f.oldVariable(path, pos)
			return
		}
		name, n, code := variable(text)
		if code != "" {
			f.say(Error, code, path, pos, "the variable in %q is malformed, so that it matches nothing", text)
			return
		}
		if k, ok := f.key(name, path, pos); ok && k.Multi {
			f.say(Warning, "VARIABLE_WITH_MULTIVALUED_KEY", path, pos, "requests have a list of values for %s, which can't stand in for a variable", k.Name)
		}
		text = text[n:]
	}
}

func (f *finder) oldVariable(path string, pos policy.Position) {
	f.say(Error, "VARIABLE_UNSUPPORTED_IN_VERSION", path, pos, `variables are replaced only in documents of Version "2012-10-17"; here they stand for themselves`)
}

// variable reads "${key}" or "${key, 'default'}" at the start of a text, and
// returns the key and the length, or the code of what is wrong.
func variable(text string) (key string, n int, code string) {
	end := strings.IndexByte(text, '}')
	if end < 0 {
		return "", 0, "MISSING_BRACE_IN_VARIABLE"
	}
	comma := strings.IndexByte(text[:end], ',')
	name := text[2:end]
	if comma >= 0 {
		name = text[2:comma]
		rest := strings.TrimLeft(text[comma+1:], " \t")
		if rest == "" || rest[0] != '\'' || strings.IndexByte(rest[1:], '\'') < 0 {
			return "", 0, "MISSING_QUOTE_IN_VARIABLE"
		}
		quote := len(text) - len(rest) + 1
		quote += strings.IndexByte(text[quote:], '\'') + 1
		rest = strings.TrimLeft(text[quote:], " \t")
		if rest == "" || rest[0] != '}' {
			return "", 0, "MISSING_BRACE_IN_VARIABLE"
		}
		end = len(text) - len(rest)
	}
	name = strings.Trim(name, " \t")
	switch {
	case name == "":
		return "", 0, "EMPTY_VARIABLE"
	case strings.ContainsAny(name, "${'*?"):
		return "", 0, "INVALID_VARIABLE"
	}
	return name, end + 1, ""
}
