// Command operations writes docs/operations.md, the table of every operation of
// the models with whether this version serves it.
package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/aratame/aratame/internal/api"
	"github.com/aratame/aratame/internal/iam"
	"github.com/aratame/aratame/internal/shape"
	"github.com/aratame/aratame/internal/shape/iamshape"
	"github.com/aratame/aratame/internal/shape/stsshape"
	"github.com/aratame/aratame/internal/sts"
)

const path = "docs/operations.md"

func main() {
	served := map[*shape.Operation]bool{}
	for _, ops := range [][]api.Op{(&iam.Service{}).Ops(), (&sts.Service{}).Ops()} {
		for _, op := range ops {
			served[op.Shape] = true
		}
	}
	var b strings.Builder
	b.WriteString("# Operations\n\nWritten by `make gen`; do not edit. An operation that is not served answers 400 `InvalidAction`.\n")
	for _, s := range []struct {
		name string
		ops  []*shape.Operation
	}{{"IAM", iamshape.Operations()}, {"STS", stsshape.Operations()}} {
		n := 0
		for _, op := range s.ops {
			if served[op] {
				n++
			}
		}
		fmt.Fprintf(&b, "\n## %s: %d of %d\n\n| Operation | Served |\n|---|---|\n", s.name, n, len(s.ops))
		for _, op := range s.ops {
			word := "not yet"
			if served[op] {
				word = "yes"
			}
			fmt.Fprintf(&b, "| %s | %s |\n", op.Name, word)
		}
	}
	if err := os.WriteFile(path, []byte(b.String()), 0o644); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
