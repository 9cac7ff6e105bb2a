package wire

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/aratame/aratame/internal/awserr"
	"github.com/aratame/aratame/internal/shape"
)

const (
	// maxFailures bounds the failures that one message lists.
	maxFailures = 100
	// maxShownValue bounds the values that a message repeats, in bytes; a longer
	// one is left out.
	maxShownValue = 1024
)

// failures collects what is wrong with one input. AWS checks the service model
// first and answers with all its failures in one message; the characters of IAM
// names and paths are checked after that, each with a message of its own.
type failures struct {
	service string
	items   []string
	special string
}

// add notes one failed constraint. IAM's messages name the member alone, those
// of STS show its value, unless it is sensitive (AWS answers of 2026).
func (e *failures) add(path, value string, s *shape.Shape, constraint string) {
	if len(e.items) >= maxFailures {
		return
	}
	shown := ""
	if e.service == "sts" && !s.Sensitive && len(value) <= maxShownValue {
		shown = "'" + value + "' "
	}
	e.items = append(e.items, "Value "+shown+"at '"+path+"' failed to satisfy constraint: "+constraint)
}

func (e *failures) missing(path string) {
	if len(e.items) >= maxFailures {
		return
	}
	shown := ""
	if e.service == "sts" {
		shown = "null "
	}
	e.items = append(e.items, "Value "+shown+"at '"+path+"' failed to satisfy constraint: Member must not be null")
}

func (e *failures) err() error {
	switch {
	case len(e.items) == 1:
		return awserr.New("ValidationError", "1 validation error detected: "+e.items[0])
	case len(e.items) > 1:
		return awserr.New("ValidationError", fmt.Sprintf("%d validation errors detected: %s", len(e.items), strings.Join(e.items, "; ")))
	case e.special != "":
		return awserr.New("ValidationError", e.special)
	}
	return nil
}

func lengthTexts(s *shape.Shape, n int64, out []string) []string {
	if s.HasMax && n > s.Max {
		out = append(out, "Member must have length less than or equal to "+strconv.FormatInt(s.Max, 10))
	}
	if s.HasMin && n < s.Min {
		out = append(out, "Member must have length greater than or equal to "+strconv.FormatInt(s.Min, 10))
	}
	return out
}

func valueTexts(s *shape.Shape, n int64) (out []string) {
	if s.HasMax && n > s.Max {
		out = append(out, "Member must have value less than or equal to "+strconv.FormatInt(s.Max, 10))
	}
	if s.HasMin && n < s.Min {
		out = append(out, "Member must have value greater than or equal to "+strconv.FormatInt(s.Min, 10))
	}
	return out
}

// stringTexts are the constraints that a string fails, in AWS's words.
func stringTexts(s *shape.Shape, v string) (out []string) {
	out = lengthTexts(s, int64(utf8.RuneCountInString(v)), nil)
	if s.Match != nil && !s.Match(v) {
		out = append(out, "Member must satisfy regular expression pattern: "+s.Pattern)
	}
	if !inEnum(s, v) {
		out = append(out, enumText(s))
	}
	return out
}

func inEnum(s *shape.Shape, v string) bool {
	if len(s.Enum) == 0 {
		return true
	}
	for _, e := range s.Enum {
		if e == v {
			return true
		}
	}
	return false
}

func enumText(s *shape.Shape) string {
	return "Member must satisfy enum value set: [" + strings.Join(s.Enum, ", ") + "]"
}

// allTexts are all constraints of a list's element, failed or not: AWS names
// them together when one element fails, those of tag keys with one more.
func allTexts(service string, s *shape.Shape) string {
	var out []string
	what := "length"
	if s.Kind == shape.Integer {
		what = "value"
	}
	if s.HasMax {
		out = append(out, fmt.Sprintf("Member must have %s less than or equal to %d", what, s.Max))
	}
	if s.HasMin {
		out = append(out, fmt.Sprintf("Member must have %s greater than or equal to %d", what, s.Min))
	}
	if s.Pattern != "" {
		out = append(out, "Member must satisfy regular expression pattern: "+s.Pattern)
	}
	if len(s.Enum) > 0 {
		out = append(out, enumText(s))
	}
	if service == "iam" && s.Name == "tagKeyType" {
		out = append(out, "Member must not be null")
	}
	return "Member must satisfy constraint: [" + strings.Join(out, ", ") + "]"
}

// namePattern is that of most IAM names.
const namePattern = `[\w+=,.@-]+`

// specialText is the message for a value whose length is right but whose
// characters are wrong, where IAM has one.
func specialText(service, field string, s *shape.Shape) string {
	if service != "iam" {
		return ""
	}
	switch {
	case s.Pattern == namePattern:
		return "The specified value for " + field + " is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-"
	case s.Name == "pathType" || s.Name == "policyPathType":
		return "The specified value for " + field + " is invalid. It must begin and end with / and contain only alphanumeric characters and/or / characters."
	case s.Name == "pathPrefixType":
		return "The specified value for " + field + " is invalid. It must begin with / and contain only alphanumeric characters and/or / characters."
	}
	return ""
}

// lowerFirst is the name of a member in messages and audit events.
func lowerFirst(s string) string {
	if s == "" || s[0] < 'A' || s[0] > 'Z' {
		return s
	}
	return string(s[0]+'a'-'A') + s[1:]
}
