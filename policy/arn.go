package policy

import "strings"

// arnFields is the number of colon-separated fields of an ARN; the last may
// contain colons.
const arnFields = 6

// arnPattern matches ARNs field by field, so that a wildcard in one field
// doesn't reach into the next. Where the first five fields are plain text the
// whole is one pattern.
type arnPattern struct {
	whole  bool // plain has it all
	plain  pattern
	fields *[arnFields]pattern
}

func (a *arnPattern) match(arn string, ctx Context) bool {
	if a.whole {
		return a.plain.match(arn, ctx)
	}
	for i := range arnFields - 1 {
		end := strings.IndexByte(arn, ':')
		if end < 0 || !a.fields[i].match(arn[:end], ctx) {
			return false
		}
		arn = arn[end+1:]
	}
	return a.fields[arnFields-1].match(arn, ctx)
}

func isARN(s string) bool {
	return strings.HasPrefix(s, "arn:") && strings.Count(s, ":") >= arnFields-1
}

// splitARN cuts a pattern at its first five colons and returns how many fields
// it has; with vars, colons inside of "${…}" don't count. The last result is
// false if a variable is malformed.
func splitARN(text string, vars bool) (f [arnFields]string, n int, ok bool) {
	start := 0
	for i := 0; i < len(text) && n < arnFields-1; i++ {
		if text[i] == ':' {
			f[n] = text[start:i]
			n++
			start = i + 1
			continue
		}
		if vars && strings.HasPrefix(text[i:], "${") {
			_, length := parseVariable(text[i:])
			if length == 0 {
				return f, n, false
			}
			i += length - 1
		}
	}
	f[n] = text[start:]
	return f, n + 1, true
}

// newARNPattern compiles six fields; text is all of them.
func newARNPattern(text string, f *[arnFields]string, vars bool) (arnPattern, bool) {
	if head := text[:len(text)-len(f[arnFields-1])]; !strings.ContainsAny(head, "*?") && !(vars && strings.Contains(head, "${")) {
		p, ok := newPattern(text, true, vars)
		return arnPattern{whole: true, plain: p}, ok
	}
	a := arnPattern{fields: new([arnFields]pattern)}
	for i := range a.fields {
		var ok bool
		if a.fields[i], ok = newPattern(f[i], true, vars); !ok {
			return arnPattern{}, false
		}
	}
	return a, true
}

// resourcePattern is a member of a Resource or NotResource element.
type resourcePattern struct {
	all bool // "*"
	bad bool // can't be evaluated
	arn arnPattern

	// beyond is the whole as one pattern if a field before the last ends with
	// "*". AWS's documents say that fields are compared one by one, and also
	// that such a "*" can reach beyond the colon: what fits only so can't be
	// told.
	beyond *pattern

	begins string // the literal text that every matching resource begins with
}

// newResourcePattern compiles a resource as IAM reads it: the first field
// stands for "arn" whatever it says, missing fields stand for "*". Variables
// may stand in the sixth field only.
func newResourcePattern(text string, vars bool) resourcePattern {
	if text == "*" {
		return resourcePattern{all: true}
	}
	f, n, ok := splitARN(text, vars)
	if !ok || n == 1 {
		return resourcePattern{bad: true}
	}
	if f[0] != "arn" || n < arnFields {
		f[0] = "arn"
		for ; n < arnFields; n++ {
			f[n] = "*"
		}
		text = strings.Join(f[:], ":")
	}
	for _, field := range f[:arnFields-1] {
		if vars && strings.Contains(field, "${") {
			return resourcePattern{bad: true}
		}
	}
	arn, ok := newARNPattern(text, &f, vars)
	r := resourcePattern{bad: !ok, arn: arn}
	if ok && !arn.whole {
		for _, field := range f[1 : arnFields-1] {
			if strings.HasSuffix(field, "*") {
				p, _ := newPattern(text, true, vars)
				r.beyond = &p
				break
			}
		}
	}
	r.begins = r.beginning()
	return r
}

func (r *resourcePattern) match(resource string, ctx Context) truth {
	switch {
	case r.all:
		return yes
	case r.bad:
		return unknown
	case r.arn.match(resource, ctx):
		return yes
	case r.beyond != nil && r.beyond.match(resource, ctx):
		return unknown
	}
	return no
}

// unresolved returns the key of a variable without a value, or "".
func (r *resourcePattern) unresolved(ctx Context) string {
	g := r.arn.plain.glob
	if !r.arn.whole && r.arn.fields != nil {
		g = r.arn.fields[arnFields-1].glob
	}
	if g == nil || g.vars == 0 {
		return ""
	}
	for i := range g.segs {
		for j := range g.segs[i].parts {
			if p := &g.segs[i].parts[j]; p.kind == partVariable {
				if _, ok := p.resolve(ctx); !ok {
					return p.text
				}
			}
		}
	}
	return ""
}

// prefix returns the literal text that every matching resource begins with.
func (r *resourcePattern) prefix() string { return r.begins }

// beginning finds it.
func (r *resourcePattern) beginning() string {
	switch {
	case r.all || r.bad:
		return ""
	case r.arn.whole:
		return r.arn.plain.prefix()
	}
	b := ""
	for i := range r.arn.fields {
		f := &r.arn.fields[i]
		b += f.prefix()
		if f.kind != matchText || i == arnFields-1 {
			break
		}
		b += ":"
	}
	return b
}

// ownerOf returns the account field of an ARN, or "". What isn't a number is
// somebody's all the same, but for "aws", whose managed policies belong to every
// account.
func ownerOf(arn string) string {
	for range 4 {
		i := strings.IndexByte(arn, ':')
		if i < 0 {
			return ""
		}
		arn = arn[i+1:]
	}
	i := strings.IndexByte(arn, ':')
	if i < 0 || arn[:i] == "aws" {
		return ""
	}
	return arn[:i]
}

// partitionOf returns the second field of an ARN, or "".
func partitionOf(arn string) string {
	_, rest, _ := strings.Cut(arn, ":")
	partition, _, _ := strings.Cut(rest, ":")
	return partition
}
