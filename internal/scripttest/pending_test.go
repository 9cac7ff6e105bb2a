package scripttest

import (
	"slices"
	"strings"

	"github.com/aratame/aratame/internal/shape"
)

// pending are families under work, by the first word of the names of their
// scripts. Their operations aren't held to anything yet: a family that is done
// is taken out.
var pending = map[string]string{}

func isPending(op *shape.Operation) bool {
	for _, names := range pending {
		if slices.Contains(strings.Fields(names), op.Name) {
			return true
		}
	}
	return false
}
