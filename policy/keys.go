package policy

import "strings"

// ContextKeys returns the names of the condition keys that decisions by the
// document can depend on: the keys of its conditions, and those of the policy
// variables in resources and in the values of string, ARN and Bool operators,
// where alone variables are read. Names are as written, each once without
// regard to letter case, statement by statement, in each the resources before
// the conditions. What stands from a malformed variable on names nothing. The
// result may be changed.
func (d *Document) ContextKeys() []string {
	l := keyList{seen: map[string]bool{}}
	vars := d.Version == version2012
	for i := range d.Statements {
		st := &d.Statements[i]
		if vars {
			for _, r := range st.Resources {
				l.variables(r)
			}
		}
		for j := range st.Conditions {
			c := &st.Conditions[j]
			l.add(c.Key)
			if op, ok := parseOperator(c.Operator); !vars || !ok || !op.base.readsVariables() {
				continue
			}
			for _, v := range c.Values {
				l.variables(v)
			}
		}
	}
	return l.names
}

// readsVariables reports whether values of the operator may hold variables
// (AWS IAM User Guide, policy variables).
func (b base) readsVariables() bool {
	switch b {
	case stringEquals, stringEqualsIgnoreCase, stringLike, arnLike, boolean:
		return true
	}
	return false
}

// keyList collects names.
type keyList struct {
	names []string
	seen  map[string]bool // folded
}

func (l *keyList) add(name string) {
	if folded := FoldKey(name); !l.seen[folded] {
		l.seen[folded] = true
		l.names = append(l.names, name)
	}
}

// variables adds the keys of the variables in a text.
func (l *keyList) variables(text string) {
	for {
		i := strings.Index(text, "${")
		if i < 0 {
			return
		}
		text = text[i:]
		v, n := parseVariable(text)
		if n == 0 {
			return // the engine can't evaluate the text either
		}
		if v.kind == partVariable {
			end := strings.IndexAny(text, ",}")
			l.add(strings.Trim(text[2:end], " \t"))
		}
		text = text[n:]
	}
}
