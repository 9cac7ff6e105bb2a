package policy

import "strings"

// truth is a three-valued result. unknown is what can't be evaluated; it
// counts against the caller once the statement's effect is known.
type truth uint8

const (
	no truth = iota
	unknown
	yes
)

func truthOf(b bool) truth {
	if b {
		return yes
	}
	return no
}

func (t truth) not() truth { return yes - t }

// base is the comparison of an operator without its prefix and suffix.
type base uint8

const (
	stringEquals base = iota
	stringEqualsIgnoreCase
	stringLike
	numericEquals
	numericLessThan
	numericLessThanEquals
	numericGreaterThan
	numericGreaterThanEquals
	dateEquals
	dateLessThan
	dateLessThanEquals
	dateGreaterThan
	dateGreaterThanEquals
	boolean
	binaryEquals
	ipAddress
	arnLike
	null
)

func (b base) isNumeric() bool { return numericEquals <= b && b <= numericGreaterThanEquals }
func (b base) isDate() bool    { return dateEquals <= b && b <= dateGreaterThanEquals }

// compare applies an ordering operator to the sign of a comparison.
func (b base) compare(sign int) bool {
	switch b {
	case numericLessThan, dateLessThan:
		return sign < 0
	case numericLessThanEquals, dateLessThanEquals:
		return sign <= 0
	case numericGreaterThan, dateGreaterThan:
		return sign > 0
	case numericGreaterThanEquals, dateGreaterThanEquals:
		return sign >= 0
	}
	return sign == 0
}

// quantifier is the set operator in front of an operator.
type quantifier uint8

const (
	plain quantifier = iota
	forAllValues
	forAnyValue
)

type operator struct {
	base     base
	negated  bool
	ifExists bool
	set      quantifier
}

var operators = map[string]operator{
	"stringequals":              {base: stringEquals},
	"stringnotequals":           {base: stringEquals, negated: true},
	"stringequalsignorecase":    {base: stringEqualsIgnoreCase},
	"stringnotequalsignorecase": {base: stringEqualsIgnoreCase, negated: true},
	"stringlike":                {base: stringLike},
	"stringnotlike":             {base: stringLike, negated: true},
	"numericequals":             {base: numericEquals},
	"numericnotequals":          {base: numericEquals, negated: true},
	"numericlessthan":           {base: numericLessThan},
	"numericlessthanequals":     {base: numericLessThanEquals},
	"numericgreaterthan":        {base: numericGreaterThan},
	"numericgreaterthanequals":  {base: numericGreaterThanEquals},
	"dateequals":                {base: dateEquals},
	"datenotequals":             {base: dateEquals, negated: true},
	"datelessthan":              {base: dateLessThan},
	"datelessthanequals":        {base: dateLessThanEquals},
	"dategreaterthan":           {base: dateGreaterThan},
	"dategreaterthanequals":     {base: dateGreaterThanEquals},
	"bool":                      {base: boolean},
	"binaryequals":              {base: binaryEquals},
	"ipaddress":                 {base: ipAddress},
	"notipaddress":              {base: ipAddress, negated: true},
	"arnequals":                 {base: arnLike},
	"arnlike":                   {base: arnLike},
	"arnnotequals":              {base: arnLike, negated: true},
	"arnnotlike":                {base: arnLike, negated: true},
}

// spelled has the operators in AWS's spelling, with their prefixes and
// suffixes; other spellings are folded first.
var spelled = func() map[string]operator {
	m := make(map[string]operator)
	for _, name := range []string{"StringEquals", "StringNotEquals", "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase", "StringLike", "StringNotLike",
		"NumericEquals", "NumericNotEquals", "NumericLessThan", "NumericLessThanEquals", "NumericGreaterThan", "NumericGreaterThanEquals",
		"DateEquals", "DateNotEquals", "DateLessThan", "DateLessThanEquals", "DateGreaterThan", "DateGreaterThanEquals",
		"Bool", "BinaryEquals", "IpAddress", "NotIpAddress", "ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike"} {
		for _, prefix := range []string{"", "ForAllValues:", "ForAnyValue:"} {
			for _, suffix := range []string{"", "IfExists"} {
				m[prefix+name+suffix], _ = foldedOperator(prefix + name + suffix)
			}
		}
	}
	return m
}()

// parseOperator reads an operator's name. Letter case doesn't matter. Null
// takes neither prefix nor suffix, since both would be contradictions.
func parseOperator(name string) (operator, bool) {
	if op, ok := spelled[name]; ok {
		return op, true
	}
	return foldedOperator(name)
}

func foldedOperator(name string) (operator, bool) {
	s := lowerASCII(name)
	if s == "null" {
		return operator{base: null}, true
	}
	set := plain
	if rest, ok := strings.CutPrefix(s, "forallvalues:"); ok {
		s, set = rest, forAllValues
	} else if rest, ok := strings.CutPrefix(s, "foranyvalue:"); ok {
		s, set = rest, forAnyValue
	}
	s, ifExists := strings.CutSuffix(s, "ifexists")
	op, ok := operators[s]
	op.set, op.ifExists = set, ifExists
	return op, ok
}
