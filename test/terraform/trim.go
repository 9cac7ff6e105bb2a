package terraform

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// The provider is one package of some 900 files that imports the SDK of every
// service there is. A trimmer cuts it down to what serves IAM and STS: it
// takes the other services out of three places, and then keeps the
// declarations that can still be reached. It knows names of the provider, but
// nothing of the provider's text.
type trimmer struct {
	fset  *token.FileSet
	files map[string]*ast.File
	// decls has the declarations in which a name is declared at the top level.
	decls map[string][]ast.Decl
	// methods has the methods of a type.
	methods map[string][]*ast.FuncDecl
	gone    map[string]bool // fields of the client that were taken out
	kept    map[ast.Node]bool
}

const sdkServices = "github.com/aws/aws-sdk-go/service/"

// moved has the new homes of what the provider imports.
var moved = strings.NewReplacer(
	"hashicorp/terraform/", "hashicorp/terraform-plugin-sdk/",
	"jen20/awspolicyequivalence", "hashicorp/awspolicyequivalence",
)

// serves says whether a resource or data source touches IAM and STS only.
func serves(name string) bool {
	return strings.HasPrefix(name, "aws_iam_") || slices.Contains([]string{"aws_arn", "aws_caller_identity", "aws_partition"}, name)
}

// trim writes what is left of the package in src into dst, with its imports of
// Terraform's old home renamed to the plugin SDK's, which speaks a protocol
// that today's Terraform understands. It returns the names of the resources
// and data sources that are left.
func trim(src, dst string) (resources, data []string, err error) {
	t := &trimmer{fset: token.NewFileSet(), files: map[string]*ast.File{}, decls: map[string][]ast.Decl{},
		methods: map[string][]*ast.FuncDecl{}, gone: map[string]bool{}, kept: map[ast.Node]bool{}}
	if err := t.parse(src); err != nil {
		return nil, nil, err
	}
	for _, f := range t.files {
		for _, d := range f.Decls {
			t.dropFields(f, d)
		}
	}
	for _, f := range t.files {
		for _, d := range f.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok {
				continue
			}
			switch fn.Name.Name {
			case "Provider":
				resources, data = filterMap(fn, "ResourcesMap"), filterMap(fn, "DataSourcesMap")
			case "Client":
				t.dropStatements(f, fn)
			default:
				t.dropCalls(fn)
			}
		}
	}
	if len(resources) == 0 || len(data) == 0 || len(t.gone) == 0 {
		return nil, nil, fmt.Errorf("%s isn't the provider", src)
	}
	for _, f := range t.files {
		t.index(f)
	}
	t.reach("Provider")
	t.nameVersion()
	t.dropDelays()
	return resources, data, t.write(dst)
}

func (t *trimmer) parse(src string) error {
	names, err := filepath.Glob(filepath.Join(src, "*.go"))
	if err != nil {
		return err
	}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(t.fset, name, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		t.files[filepath.Base(name)] = f
	}
	return nil
}

// others are the names under which a file imports SDKs of other services.
func others(f *ast.File) map[string]bool {
	out := map[string]bool{}
	for _, i := range f.Imports {
		p, _ := strconv.Unquote(i.Path.Value)
		if service, ok := strings.CutPrefix(p, sdkServices); ok && service != "iam" && service != "sts" {
			out[importName(i)] = true
		}
	}
	return out
}

// importName is the name under which a file imports a package; the provider's
// dependencies add "go-" in front of it, or (awspolicyequivalence) to its end.
func importName(i *ast.ImportSpec) string {
	if i.Name != nil {
		return i.Name.Name
	}
	p, _ := strconv.Unquote(i.Path.Value)
	name, _, _ := strings.Cut(path.Base(p), ".")
	return strings.TrimSuffix(strings.TrimPrefix(name, "go-"), "equivalence")
}

// dropFields takes the clients of other services out of AWSClient.
func (t *trimmer) dropFields(f *ast.File, d ast.Decl) {
	gen, ok := d.(*ast.GenDecl)
	if !ok || gen.Tok != token.TYPE {
		return
	}
	drop := others(f)
	for _, s := range gen.Specs {
		spec := s.(*ast.TypeSpec)
		fields, ok := spec.Type.(*ast.StructType)
		if !ok || spec.Name.Name != "AWSClient" {
			continue
		}
		fields.Fields.List = slices.DeleteFunc(fields.Fields.List, func(field *ast.Field) bool {
			if !mentions(field.Type, drop, nil) {
				return false
			}
			for _, n := range field.Names {
				t.gone[n.Name] = true
			}
			return true
		})
	}
}

// mentions says whether a node selects from one of the packages, or one of the
// fields.
func mentions(n ast.Node, packages, fields map[string]bool) (found bool) {
	ast.Inspect(n, func(n ast.Node) bool {
		if s, ok := n.(*ast.SelectorExpr); ok {
			x, ok := s.X.(*ast.Ident)
			found = found || ok && packages[x.Name] || fields[s.Sel.Name]
		}
		return !found
	})
	return found
}

// dropStatements takes the statements out of a function that make clients of
// other services, and the variables that only they needed.
func (t *trimmer) dropStatements(f *ast.File, fn *ast.FuncDecl) {
	drop := others(f)
	fn.Body.List = slices.DeleteFunc(fn.Body.List, func(s ast.Stmt) bool { return mentions(s, drop, t.gone) })
	uses := map[string]int{}
	ast.Inspect(fn.Body, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok {
			uses[id.Name]++
		}
		return true
	})
	fn.Body.List = slices.DeleteFunc(fn.Body.List, func(s ast.Stmt) bool {
		a, ok := s.(*ast.AssignStmt)
		if !ok || a.Tok != token.DEFINE || len(a.Lhs) != 1 {
			return false
		}
		id, ok := a.Lhs[0].(*ast.Ident)
		return ok && uses[id.Name] == 1
	})
}

// dropCalls takes the calls out of a function whose only argument of use would
// be a client of another service. The provider makes them for what they log.
func (t *trimmer) dropCalls(fn *ast.FuncDecl) {
	ast.Inspect(fn, func(n ast.Node) bool {
		if block, ok := n.(*ast.BlockStmt); ok {
			block.List = slices.DeleteFunc(block.List, func(s ast.Stmt) bool {
				call, ok := s.(*ast.ExprStmt)
				return ok && mentions(call, nil, t.gone)
			})
		}
		return true
	})
}

// filterMap leaves those entries of the map in a field of the provider that
// touch IAM and STS only, and returns their names.
func filterMap(fn *ast.FuncDecl, field string) (names []string) {
	ast.Inspect(fn, func(n ast.Node) bool {
		kv, ok := n.(*ast.KeyValueExpr)
		if !ok {
			return true
		}
		id, ok := kv.Key.(*ast.Ident)
		if !ok || id.Name != field {
			return true
		}
		m := kv.Value.(*ast.CompositeLit)
		m.Elts = slices.DeleteFunc(m.Elts, func(e ast.Expr) bool {
			key, ok := e.(*ast.KeyValueExpr).Key.(*ast.BasicLit)
			if !ok {
				return true
			}
			name, _ := strconv.Unquote(key.Value)
			if serves(name) {
				names = append(names, name)
			}
			return !serves(name)
		})
		return false
	})
	return names
}

// nameVersion puts a version in the place of a function that the plugin SDK
// doesn't have. It goes into the user agent.
func (t *trimmer) nameVersion() {
	for d := range t.kept {
		ast.Inspect(d, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			for i, arg := range call.Args {
				if inner, ok := arg.(*ast.CallExpr); ok && mentions(inner.Fun, nil, map[string]bool{"VersionString": true}) {
					call.Args[i] = &ast.BasicLit{Kind: token.STRING, Value: `"trimmed"`, ValuePos: arg.Pos()}
				}
			}
			return true
		})
	}
}

// dropDelays takes out what the provider waits before it first asks how far a
// deletion is: Aratame's are done at once.
func (t *trimmer) dropDelays() {
	for d := range t.kept {
		ast.Inspect(d, func(n ast.Node) bool {
			if lit, ok := n.(*ast.CompositeLit); ok {
				lit.Elts = slices.DeleteFunc(lit.Elts, func(e ast.Expr) bool {
					kv, ok := e.(*ast.KeyValueExpr)
					if !ok {
						return false
					}
					key, ok := kv.Key.(*ast.Ident)
					return ok && key.Name == "Delay"
				})
			}
			return true
		})
	}
}
