package policy

import "slices"

// Pairs is a Context in two lists. For the keys of a request, which are rarely
// more than thirty, it is faster to make and to search than a map. The zero
// Pairs has no keys. Don't add keys during a decision.
type Pairs struct {
	keys   []string // folded, of the one copy that documents share
	values []Value
}

// Grow makes room for n more keys.
func (p *Pairs) Grow(n int) {
	p.keys, p.values = slices.Grow(p.keys, n), slices.Grow(p.values, n)
}

// Set adds a single-valued key, or replaces its value.
func (p *Pairs) Set(name, value string) { p.set(name, One(value)) }

// SetList adds a multi-valued key, or replaces its values.
func (p *Pairs) SetList(name string, values ...string) { p.set(name, Many(values...)) }

func (p *Pairs) set(name string, v Value) {
	key := intern(FoldKey(name))
	if i := slices.Index(p.keys, key); i >= 0 {
		p.values[i] = v
		return
	}
	p.keys, p.values = append(p.keys, key), append(p.values, v)
}

// Lookup implements Context.
func (p *Pairs) Lookup(key string) (Value, bool) {
	for i, k := range p.keys {
		if k == key {
			return p.values[i], true
		}
	}
	return Value{}, false
}
