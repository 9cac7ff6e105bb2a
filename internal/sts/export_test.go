package sts

// BuiltIn makes a provider one that every account has, until undo is called.
func BuiltIn(name string) (undo func()) {
	before := builtIn
	builtIn = append(append([]string(nil), before...), name)
	return func() { builtIn = before }
}
