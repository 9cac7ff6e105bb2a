package iamtemplate

import (
	"errors"
	"strings"
	"testing"
)

// What a text becomes is bounded before it is made: the values are those of
// whoever asks, allowed or not.
func TestBounds(t *testing.T) {
	list := strings.Split(strings.Repeat("v ", maxStrings-1)+"v", " ")
	long := strings.Repeat("x", 3<<10)
	for name, c := range map[string]struct {
		resource string
		values   Values
		want     error
	}{
		"a value of the longest": {`"@{long}"`, Values{"long": {strings.Repeat("x", MaxValues-4)}}, nil},
		"a longer value":         {`"@{long}"`, Values{"long": {strings.Repeat("x", MaxValues)}}, ErrTooLong},
		"a value for nothing":    {`"*"`, Values{"long": {strings.Repeat("x", MaxValues)}}, ErrTooLong},
		"a list of one and more": {`"@{list}"`, Values{"list": list}, nil},
		"a product":              {`"@{list}@{long}@{long}"`, Values{"list": list, "long": {long}}, ErrTooMany},
		"one value many times":   {`"` + strings.Repeat("@{long}", 400) + `"`, Values{"long": {long}}, ErrTooMany},
		"in many texts":          {`[` + strings.Repeat(`"@{long}",`, 400) + `"*"]`, Values{"long": {long}}, ErrTooMany},
		"empty, many times":      {`"@{list}` + strings.Repeat("@{none}", 2000) + `"`, Values{"list": list, "none": {""}}, ErrTooMany},
	} {
		_, err := Document(`{"Statement":[{"Effect":"Allow","Action":"*","Resource":`+c.resource+`}]}`, c.values)
		if !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := Text(strings.Repeat("@{long}", 400), Values{"long": {long}}); !errors.Is(err, ErrTooMany) {
		t.Error(err)
	}
}
