package catalog

import (
	"cmp"
	"slices"
	"strings"
)

// A ResourceType is a kind of resource of a service.
type ResourceType struct {
	Service *Service
	Name    string // "object"
	ARN     string // "arn:${Partition}:s3:::${BucketName}/${ObjectName}"
	Keys    []*Key // that resources of the type bring

	format [arnFields][]token
}

// arnFields is the number of fields of an ARN between colons; the last may hold
// colons itself.
const arnFields = 6

// String returns the type under its service, such as "s3:object".
func (r *ResourceType) String() string { return r.Service.Prefix + ":" + r.Name }

// LookupResourceType returns the type of a name such as "s3:object"; the case
// of ASCII letters doesn't matter.
func LookupResourceType(name string) (*ResourceType, bool) {
	prefix, name, _ := strings.Cut(name, ":")
	s, ok := LookupService(prefix)
	if !ok {
		return nil, false
	}
	name = lowerASCII(name)
	i := slices.IndexFunc(s.Resources, func(r ResourceType) bool { return equalFolded(r.Name, name) })
	if i < 0 {
		return nil, false
	}
	return &s.Resources[i], true
}

// MatchARN reports whether an ARN has the type's format. Placeholders stand for
// any text, in the region and account fields also for none; one that other
// formats of the service continue after a "/" holds no "/" itself, so that
// "arn:aws:s3:::b/k" is an object and no bucket.
func (r *ResourceType) MatchARN(arn string) bool {
	f, ok := fields(arn)
	if !ok {
		return false
	}
	for i := range f {
		if !common(exact(f[i]), r.format[i], nil) {
			return false
		}
	}
	return true
}

// ResourceTypes returns the types of the action's resources that an ARN has the
// format of, the one with the most literal format first.
func (a *Action) ResourceTypes(arn string) []*ResourceType {
	var types []*ResourceType
	for _, t := range a.Resources {
		if t.Type.MatchARN(arn) {
			types = append(types, t.Type)
		}
	}
	slices.SortStableFunc(types, func(x, y *ResourceType) int { return cmp.Compare(y.literals(), x.literals()) })
	return types
}

// Covers reports whether a value of a Resource element can match a resource
// that the action is authorized on. "*" always does; for actions without
// resource types nothing but wildcards does.
func (a *Action) Covers(resource string) bool {
	p := newResourcePattern(resource)
	return p.all || slices.ContainsFunc(a.Resources, func(t Target) bool { return p.fit(t.Type, nil) })
}

func (r *ResourceType) literals() (n int) {
	for _, f := range r.format {
		for _, t := range f {
			if t.kind == literal {
				n++
			}
		}
	}
	return n
}

func fields(arn string) (f [arnFields]string, ok bool) {
	parts := strings.SplitN(arn, ":", arnFields)
	copy(f[:], parts)
	return f, len(parts) == arnFields
}

// compileFormats turns the ARN formats of the service into tokens.
func (s *Service) compileFormats() {
	continued := map[string]bool{} // formats, without names, that others continue after a "/"
	for i := range s.Resources {
		bare := unnamed(s.Resources[i].ARN)
		for j := range len(bare) {
			if bare[j] == '/' && j > 0 && bare[j-1] == '}' {
				continued[bare[:j]] = true
			}
		}
	}
	for i := range s.Resources {
		r := &s.Resources[i]
		f, _ := fields(r.ARN)
		for j := range f {
			last := j == arnFields-1
			r.format[j] = format(f[j], last, last && continued[unnamed(r.ARN)])
		}
	}
}

// unnamed removes the names of placeholders.
func unnamed(format string) string {
	var b strings.Builder
	for {
		before, rest, ok := strings.Cut(format, "${")
		b.WriteString(before)
		if !ok {
			return b.String()
		}
		_, format, _ = strings.Cut(rest, "}")
		b.WriteString("${}")
	}
}

// format turns a field of a format into tokens. A placeholder stands for any
// text, but in the resource field never for none; with inside, one at the end
// holds no "/". A "*" is a placeholder without a name.
func format(s string, resource, inside bool) []token {
	var tokens []token
	for s != "" {
		placeholder := strings.HasPrefix(s, "${")
		if !placeholder && s[0] != '*' {
			tokens = append(tokens, token{char: s[0]})
			s = s[1:]
			continue
		}
		n := 1
		if placeholder {
			n = strings.IndexByte(s, '}') + 1
			if n == 0 {
				n = len(s)
			}
		}
		s = s[n:]
		single, run := one, many
		if inside && s == "" {
			single, run = oneInside, manyInside
		}
		if resource && placeholder {
			tokens = append(tokens, token{kind: single})
		}
		tokens = append(tokens, token{kind: run})
	}
	return tokens
}

// A resourcePattern is a value of a Resource element.
type resourcePattern struct {
	all    bool // matches "*", and so whatever there is
	fields [arnFields][]token
}

// newResourcePattern reads a value. Fields that it lacks stand for any text.
func newResourcePattern(value string) *resourcePattern {
	p := &resourcePattern{all: strings.Trim(value, "*") == ""}
	parts := strings.SplitN(value, ":", arnFields)
	for i := range p.fields {
		p.fields[i] = []token{{kind: many}}
		if i < len(parts) {
			p.fields[i] = wild(parts[i])
		}
	}
	return p
}

// fit reports whether the pattern matches an ARN of the type. It ends when the
// budget does.
func (p *resourcePattern) fit(r *ResourceType, b *budget) bool {
	ok := true
	for i := 2; ok && !p.all && i < arnFields; i++ { // "arn" and the partition were checked by the parser
		ok = common(p.fields[i], r.format[i], b)
	}
	return ok
}
