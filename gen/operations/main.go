// Command operations writes docs/operations.md, the table of every operation of
// the models with whether this version serves it, and the scripts that show
// what it does.
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/aratame/aratame/internal/api"
	"github.com/aratame/aratame/internal/iam"
	"github.com/aratame/aratame/internal/shape"
	"github.com/aratame/aratame/internal/shape/iamshape"
	"github.com/aratame/aratame/internal/shape/stsshape"
	"github.com/aratame/aratame/internal/sts"
)

const (
	path    = "docs/operations.md"
	scripts = "internal/scripttest/testdata/scripts"
)

func main() {
	if err := write(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func write() error {
	shown, err := shownBy()
	if err != nil {
		return err
	}
	served := map[*shape.Operation]bool{}
	for _, ops := range [][]api.Op{(&iam.Service{}).Ops(), (&sts.Service{}).Ops()} {
		for _, op := range ops {
			served[op.Shape] = true
		}
	}
	var b strings.Builder
	b.WriteString("# Operations\n\nWritten by `make gen`; do not edit. An operation that is not served answers 400 `InvalidAction`.\n\n" +
		"Scripts show what an operation does, what it refuses and who may call it; they lie in\n" +
		"[internal/scripttest/testdata/scripts](../" + scripts + "/), and every test run runs them.\n")
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
		fmt.Fprintf(&b, "\n## %s: %d of %d\n\n| Operation | Served | Scripts |\n|---|---|---|\n", s.name, n, len(s.ops))
		for _, op := range s.ops {
			word := "not yet"
			if served[op] {
				word = "yes"
			}
			fmt.Fprintf(&b, "| %s | %s | %s |\n", op.Name, word, strings.Join(shown[op.Service+" "+op.Name], " "))
		}
	}
	return os.WriteFile(path, []byte(b.String()), 0o644)
}

// shownBy gives the scripts that call each operation, under "iam CreateUser".
func shownBy() (map[string][]string, error) {
	files, err := filepath.Glob(filepath.Join(scripts, "*.txtar"))
	if err != nil || len(files) == 0 {
		return nil, fmt.Errorf("no scripts in %s: %v", scripts, err)
	}
	shown := map[string][]string{}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		name := strings.TrimSuffix(filepath.Base(file), ".txtar")
		for line := range strings.Lines(string(data)) {
			if strings.HasPrefix(line, "-- ") { // files follow
				break
			}
			if op := called(line); op != "" && !slices.Contains(shown[op], name) {
				shown[op] = append(shown[op], name)
			}
		}
	}
	return shown, nil
}

// called is the operation that a line of a script calls, perhaps behind other
// words such as "!" or "repeat 3", or "".
func called(line string) string {
	if strings.HasPrefix(line, "#") {
		return ""
	}
	words := strings.Fields(line)
	for i := 0; i+1 < len(words) && i < 3; i++ {
		if words[i] == "iam" || words[i] == "sts" {
			return words[i] + " " + words[i+1]
		}
	}
	return ""
}
