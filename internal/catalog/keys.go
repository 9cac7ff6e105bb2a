package catalog

import (
	"cmp"
	"slices"
	"strings"
)

// Type is the type of a condition key's values.
type Type byte

// The types. A key with a list of values has the type of each.
const (
	String Type = iota + 1
	ARN
	Numeric
	Bool
	Date
	IPAddress
	Binary
)

var typeNames = [...]string{"", "String", "ARN", "Numeric", "Bool", "Date", "IPAddress", "Binary"}

var keyTypes = map[byte]Type{'s': String, 'a': ARN, 'n': Numeric, 'b': Bool, 'd': Date, 't': Binary, 'i': IPAddress}

// String returns the name that AWS's reference has for the type.
func (t Type) String() string {
	if int(t) >= len(typeNames) {
		return ""
	}
	return typeNames[t]
}

// A Key is a condition key, or a template such as "aws:RequestTag/${TagKey}".
type Key struct {
	Name  string
	Type  Type
	Multi bool // a request has a list of values
}

// TypeName returns the name of the type with "ArrayOf" before it for lists.
func (k *Key) TypeName() string {
	if k.Multi {
		return "ArrayOf" + k.Type.String()
	}
	return k.Type.String()
}

// LookupKey returns the global or service's key of a name, such as "aws:SourceIp"
// or "aws:PrincipalTag/team", whose Name is that of its template; letter case
// doesn't matter. Identity providers that no service lists have the claims that
// AWS makes keys of for each of them.
func LookupKey(name string) (Key, bool) {
	folded := strings.ToLower(name)
	vendor, claim, ok := strings.Cut(folded, ":")
	if !ok || claim == "" {
		return Key{}, false
	}
	x := &load().keys
	if k, ok := x.exact[folded]; ok {
		return *k, true
	}
	for _, vendor := range []string{vendor, ""} {
		for _, t := range x.templates[vendor] {
			if t.match(folded) {
				return *t.key, true
			}
		}
	}
	if strings.Contains(vendor, ".") {
		for _, k := range providerKeys {
			if claim == k.Name {
				return Key{Name: name, Type: k.Type, Multi: k.Multi}, true
			}
		}
	}
	return Key{}, false
}

// GlobalKeys returns the keys that no service lists, by name.
func GlobalKeys() []Key { return globalKeys }

// KeysFor returns the condition keys of an action and of the resources that it
// is authorized on, by name, without the global keys that each request may
// have. It returns nil for an unknown action.
func KeysFor(action string) []Key {
	a, ok := LookupAction(action)
	if !ok {
		return nil
	}
	var keys []Key
	add := func(more []*Key) {
		for _, k := range more {
			keys = append(keys, *k)
		}
	}
	add(a.Keys)
	for _, t := range a.Resources {
		add(t.Keys)
		add(t.Type.Keys)
	}
	slices.SortFunc(keys, func(x, y Key) int { return cmp.Compare(x.Name, y.Name) })
	return slices.Compact(keys)
}

// keyIndex finds keys by folded name.
type keyIndex struct {
	exact     map[string]*Key
	templates map[string][]template // by what stands before the first colon; "" if that has a placeholder
}

// A template is a key with placeholders, each of which stands for some text.
type template struct {
	pieces []string // folded literal text around the placeholders
	key    *Key
}

func (t *template) match(folded string) bool {
	first, last := t.pieces[0], t.pieces[len(t.pieces)-1]
	rest, ok := strings.CutPrefix(folded, first)
	if !ok {
		return false
	}
	for _, piece := range t.pieces[1 : len(t.pieces)-1] {
		if rest == "" {
			return false
		}
		i := strings.Index(rest[1:], piece)
		if i < 0 {
			return false
		}
		rest = rest[1+i+len(piece):]
	}
	return len(rest) > len(last) && strings.HasSuffix(rest, last)
}

// newTemplate reads the ways in which AWS's reference writes placeholders; ok
// is false for a name without any.
func newTemplate(k *Key) (t template, ok bool) {
	name := strings.ToLower(k.Name)
	for _, end := range []string{"/tag-key", "/<key>"} {
		if before, ok := strings.CutSuffix(name, end); ok {
			name = before + "/${tagkey}"
		}
	}
	if strings.HasSuffix(name, "/") {
		name += "${tagkey}"
	}
	pieces := strings.Split(unnamed(name), "${}")
	return template{pieces, k}, len(pieces) > 1
}

// fill indexes the keys. Services repeat keys of others: a global key is the one
// that is written here, any other that of the service it is named after.
func (x *keyIndex) fill(services []*Service) {
	x.exact, x.templates = map[string]*Key{}, map[string][]template{}
	for i := range globalKeys {
		x.add(&globalKeys[i])
	}
	for _, own := range []bool{true, false} {
		for _, s := range services {
			for i := range s.Keys {
				k := &s.Keys[i]
				if strings.HasPrefix(strings.ToLower(k.Name), s.Prefix+":") == own {
					if o, ok := corrected[strings.ToLower(k.Name)]; ok {
						k.Type, k.Multi = o.Type, o.Multi
					}
					x.add(k)
				}
			}
		}
	}
}

func (x *keyIndex) add(k *Key) {
	t, ok := newTemplate(k)
	if !ok {
		if folded := strings.ToLower(k.Name); x.exact[folded] == nil {
			x.exact[folded] = k
		}
		return
	}
	vendor, _, ok := strings.Cut(t.pieces[0], ":")
	if !ok {
		vendor = ""
	}
	known := slices.ContainsFunc(x.templates[vendor], func(o template) bool { return slices.Equal(o.pieces, t.pieces) })
	if !known {
		x.templates[vendor] = append(x.templates[vendor], t)
	}
}
