package archtest

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/aratame/aratame"

// A file is what the rules look at.
type file struct {
	path      string   // from the module's root, with slashes
	imports   []string // import paths
	clock     []string // "time.Now" and the like, with the line
	lines     int
	test      bool
	generated bool
}

// pkg is the folder of the file.
func (f *file) pkg() string { return path.Dir(f.path) }

// root finds the folder of go.mod.
func root(t *testing.T) string {
	dir, err := os.Getwd()
	for err == nil {
		if _, e := os.Stat(filepath.Join(dir, "go.mod")); e == nil {
			return dir
		}
		if dir == filepath.Dir(dir) {
			break
		}
		dir = filepath.Dir(dir)
	}
	t.Fatalf("no go.mod above the test: %v", err)
	return ""
}

// scan reads every Go file of the module: not those of nested modules, of
// testdata, or of folders that the go command ignores.
func scan(t *testing.T) []file {
	var files []file
	dir := root(t)
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && name != dir {
			base := d.Name()
			if base[0] == '.' || base[0] == '_' || base == "testdata" || base == "node_modules" {
				return filepath.SkipDir
			}
			if _, err := os.Stat(filepath.Join(name, "go.mod")); err == nil {
				return filepath.SkipDir
			}
		}
		if d.IsDir() || !strings.HasSuffix(name, ".go") {
			return nil
		}
		src, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(dir, name)
		if err != nil {
			return err
		}
		f, err := parse(filepath.ToSlash(rel), src)
		if err != nil {
			return err
		}
		files = append(files, f)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func parse(name string, src []byte) (file, error) {
	f := file{path: name, lines: bytes.Count(src, []byte("\n")), test: strings.HasSuffix(name, "_test.go")}
	set := token.NewFileSet()
	tree, err := parser.ParseFile(set, name, src, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return f, err
	}
	f.generated = ast.IsGenerated(tree)
	timeName := ""
	for _, spec := range tree.Imports {
		p, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return f, err
		}
		f.imports = append(f.imports, p)
		if p == "time" {
			timeName = "time"
			if spec.Name != nil {
				timeName = spec.Name.Name
			}
		}
	}
	if timeName == "." {
		f.clock = append(f.clock, "a dot import of time")
	}
	ast.Inspect(tree, func(n ast.Node) bool {
		s, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		x, ok := s.X.(*ast.Ident)
		if ok && timeName != "" && x.Name == timeName && clockFuncs[s.Sel.Name] {
			f.clock = append(f.clock, "time."+s.Sel.Name+" in line "+strconv.Itoa(set.Position(s.Pos()).Line))
		}
		return true
	})
	return f, nil
}

// clockFuncs read the clock. Timers and tickers don't: they wait, and what they
// deliver is not to be trusted as the time of a call.
var clockFuncs = map[string]bool{"Now": true, "Since": true, "Until": true}
