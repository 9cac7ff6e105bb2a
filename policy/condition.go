package policy

import (
	"net/netip"
	"strings"
	"unicode/utf8"
)

// cond is one key under one operator.
type cond struct {
	key    string // folded
	values []condValue
	index  int32 // in Statement.Conditions
	op     operator
	known  bool // the operator is one
}

// condValue is a value of the policy, read as its operator's type demands.
type condValue struct {
	pattern pattern     // strings; of base64 the text
	typed   *typedValue // numbers, dates, addresses, ARNs
	bad     bool        // can't be read
	any     bool        // ARN operators: "*"
	is      bool        // booleans
}

type typedValue struct {
	network netip.Prefix
	number  decimal
	when    instant
	arn     arnPattern
}

// newCond reads a condition; values is room for its values.
func newCond(c *Condition, index int, values []condValue, vars bool) cond {
	op, known := parseOperator(c.Operator)
	out := cond{op: op, known: known, key: intern(FoldKey(c.Key)), index: int32(index)}
	if known {
		out.values = values
		for i, v := range c.Values {
			out.values[i] = newCondValue(op.base, v, vars)
		}
	}
	return out
}

// newCondValue reads a value. Variables may stand in values of string, ARN and
// Bool operators (AWS IAM User Guide, policy variables); elsewhere they are
// values that can't be read.
func newCondValue(b base, s string, vars bool) (v condValue) {
	ok := true
	switch {
	case b == stringEquals || b == stringEqualsIgnoreCase:
		v.pattern, ok = newPattern(s, false, vars)
	case b == stringLike:
		v.pattern, ok = newPattern(s, true, vars)
	case b.isNumeric():
		v.typed = new(typedValue)
		v.typed.number, ok = parseDecimal(s)
	case b.isDate():
		v.typed = new(typedValue)
		v.typed.when, ok = parseInstant(s)
	case b == boolean && vars && strings.Contains(s, "${"):
		if v.pattern, ok = newPattern(s, false, vars); ok && v.pattern.vars() == 0 {
			v.is, ok = parseBool(v.pattern.text)
		}
	case b == boolean || b == null:
		v.is, ok = parseBool(s)
	case b == binaryEquals:
		v.pattern, ok = pattern{kind: matchText, text: s}, isBase64(s)
	case b == ipAddress:
		v.typed = new(typedValue)
		v.typed.network, ok = parseNetwork(s)
	case b == arnLike:
		ok = v.readARN(s, vars)
	}
	v.bad = !ok
	return v
}

// readARN reads six fields, a lone "*", or a lone variable, whose value is
// then the whole ARN.
func (v *condValue) readARN(s string, vars bool) bool {
	if s == "*" {
		v.any = true
		return true
	}
	v.typed = new(typedValue)
	if vars && strings.HasPrefix(s, "${") {
		if part, n := parseVariable(s); n == len(s) && part.kind == partVariable {
			v.typed.arn.whole = true
			v.typed.arn.plain, _ = newPattern(s, false, vars)
			return true
		}
	}
	f, n, ok := splitARN(s, vars)
	if !ok || n < arnFields {
		return false
	}
	v.typed.arn, ok = newARNPattern(s, &f, vars)
	return ok
}

// eval tests the condition against the request.
func (c *cond) eval(ctx Context) truth {
	if !c.known {
		return unknown
	}
	var v Value
	present := false
	if ctx != nil {
		v, present = ctx.Lookup(c.key)
		present = present && v.Len() > 0
	}
	switch {
	case c.op.base == null:
		result := no
		for i := range c.values {
			switch {
			case c.values[i].bad:
				result = max(result, unknown)
			case c.values[i].is != present:
				return yes
			}
		}
		return result
	case !present:
		return c.absent()
	case c.op.set == plain:
		return c.matchPlain(v, ctx)
	}
	result := truthOf(c.op.set == forAllValues)
	blank := true
	for i := range v.Len() {
		blank = blank && v.At(i) == ""
		t := c.matchAny(v.At(i), ctx)
		if c.op.negated {
			t = t.not()
		}
		if c.op.set == forAllValues {
			result = min(result, t)
		} else {
			result = max(result, t)
		}
	}
	if blank && result != truthOf(c.op.set == forAllValues) {
		// The AWS IAM User Guide counts an empty string as no value under set
		// operators in one place and as a value in another.
		return unknown
	}
	return result
}

// absent is the result for a request without the key, or with an empty list.
// IfExists says that it matches, ForAnyValue that it doesn't, and AWS was seen
// to deny with both: an Allow doesn't apply then, a Deny does. Nor does what
// can't be read help a caller by being absent.
func (c *cond) absent() truth {
	switch {
	case c.op.set == forAnyValue && c.op.ifExists:
		return unknown
	case !c.op.ifExists && c.op.set != forAllValues && (!c.op.negated || c.op.set == forAnyValue):
		return no
	}
	for i := range c.values {
		if c.values[i].bad {
			return unknown
		}
	}
	return yes
}

// matchPlain tests without a set operator. AWS leaves open what a list means
// there, and was seen to deny what ForAnyValue allows: with several values the
// result is certain only if none fits.
func (c *cond) matchPlain(v Value, ctx Context) truth {
	n := v.Len()
	result := no
	for i := range n {
		result = max(result, c.matchAny(v.At(i), ctx))
	}
	if n > 1 && result != no {
		return unknown
	}
	if c.op.negated {
		return result.not()
	}
	return result
}

// matchAny tests one value of the request against all values of the policy.
func (c *cond) matchAny(s string, ctx Context) truth {
	switch b := c.op.base; {
	case len(c.values) == 0:
		return no // certain, whatever s is
	case b.isNumeric():
		return c.matchNumber(s)
	case b.isDate():
		return c.matchDate(s)
	case b == ipAddress:
		return c.matchAddress(s)
	case b == boolean:
		return c.matchBool(s, ctx)
	case b == stringEqualsIgnoreCase && !utf8.ValidString(s), b == binaryEquals && !isBase64(s), b == arnLike && !isARN(s):
		return unknown
	}
	result := no
	for i := range c.values {
		v := &c.values[i]
		if v.bad {
			result = unknown
			continue
		}
		ok := false
		switch c.op.base {
		case stringEquals, stringLike, binaryEquals:
			ok = v.pattern.match(s, ctx)
		case stringEqualsIgnoreCase:
			ok = v.pattern.matchFold(s, ctx)
		case arnLike:
			ok = v.any || v.typed.arn.match(s, ctx)
		}
		if ok {
			return yes
		}
	}
	return result
}

func (c *cond) matchNumber(s string) truth {
	n, ok := parseDecimal(s)
	if !ok {
		return unknown
	}
	result := no
	for i := range c.values {
		switch v := &c.values[i]; {
		case v.bad:
			result = unknown
		case c.op.base.compare(n.compare(v.typed.number)):
			return yes
		}
	}
	return result
}

func (c *cond) matchDate(s string) truth {
	t, ok := parseInstant(s)
	if !ok {
		return unknown
	}
	result := no
	for i := range c.values {
		switch v := &c.values[i]; {
		case v.bad:
			result = unknown
		case c.op.base.compare(t.compare(v.typed.when)):
			return yes
		}
	}
	return result
}

// matchAddress finds an address of the other family outside of every network.
func (c *cond) matchAddress(s string) truth {
	a, ok := parseAddress(s)
	if !ok {
		return unknown
	}
	result := no
	for i := range c.values {
		switch v := &c.values[i]; {
		case v.bad:
			result = unknown
		case v.typed.network.Contains(a):
			return yes
		}
	}
	return result
}

func (c *cond) matchBool(s string, ctx Context) truth {
	is, ok := parseBool(s)
	if !ok {
		return unknown
	}
	result := no
	for i := range c.values {
		v := &c.values[i]
		switch {
		case v.bad:
			result = unknown
		case v.pattern.vars() > 0:
			word := "false"
			if is {
				word = "true"
			}
			if v.pattern.matchFold(word, ctx) {
				return yes
			}
		case v.is == is:
			return yes
		}
	}
	return result
}
