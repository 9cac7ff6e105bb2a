package evalcase

import (
	"encoding/json"
	"fmt"

	"github.com/aratame/aratame/policy"
)

// parseContext reads the condition keys: strings, numbers and booleans are
// single values, lists of them are values of a multi-valued key.
func parseContext(raw string) (policy.MapContext, error) {
	if raw[0] != '{' {
		return nil, fmt.Errorf("context: an object is expected")
	}
	ctx := policy.MapContext{}
	err := eachMember(raw, func(name, value string) error {
		key := policy.FoldKey(name)
		if _, ok := ctx[key]; ok {
			return fmt.Errorf("context: the key %q is there twice; letter case doesn't distinguish keys", name)
		}
		if value[0] != '[' {
			s, err := scalar(name, value)
			ctx[key] = policy.One(s)
			return err
		}
		list := []string{}
		err := eachItem("context", value, func(_ int, item string) error {
			s, err := scalar(name, item)
			list = append(list, s)
			return err
		})
		ctx[key] = policy.Many(list...)
		return err
	})
	return ctx, err
}

func scalar(key, raw string) (string, error) {
	switch raw[0] {
	case '"':
		if s, ok := unquote(raw); ok {
			return s, nil
		}
		return "", errSyntax
	case 'n', '{', '[':
		return "", fmt.Errorf("context: %q: a string, number, boolean or a list of them is expected", key)
	}
	if !json.Valid([]byte(raw)) {
		return "", errSyntax
	}
	return raw, nil
}
