package terraform

import (
	"bytes"
	"go/ast"
	"go/format"
	"go/token"
	"os"
	"path/filepath"
	"slices"
)

// index notes what a file declares. A method that needs another service is
// forgotten; an initializer counts as part of what it is in the file with.
func (t *trimmer) index(f *ast.File) {
	drop := others(f)
	for _, d := range f.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			switch {
			case d.Recv == nil && d.Name.Name == "init":
				ast.Inspect(d, func(n ast.Node) bool {
					if a, ok := n.(*ast.AssignStmt); ok {
						if id, ok := a.Lhs[0].(*ast.Ident); ok {
							t.decls[id.Name] = append(t.decls[id.Name], d)
						}
					}
					return true
				})
			case d.Recv == nil:
				t.decls[d.Name.Name] = append(t.decls[d.Name.Name], d)
			case !mentions(d, drop, t.gone):
				of := d.Recv.List[0].Type
				if star, ok := of.(*ast.StarExpr); ok {
					of = star.X
				}
				name := of.(*ast.Ident).Name
				t.methods[name] = append(t.methods[name], d)
			}
		case *ast.GenDecl:
			for _, s := range d.Specs {
				switch s := s.(type) {
				case *ast.TypeSpec:
					t.decls[s.Name.Name] = append(t.decls[s.Name.Name], d)
				case *ast.ValueSpec:
					for _, n := range s.Names {
						t.decls[n.Name] = append(t.decls[n.Name], d)
					}
				}
			}
		}
	}
}

// reach keeps what declares a name, and all that it needs.
func (t *trimmer) reach(name string) {
	keep := func(d ast.Decl) {
		if t.kept[d] {
			return
		}
		t.kept[d] = true
		ast.Inspect(d, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.SelectorExpr:
				ast.Inspect(n.X, func(n ast.Node) bool {
					if id, ok := n.(*ast.Ident); ok {
						t.reach(id.Name)
					}
					return true
				})
				return true
			case *ast.Ident:
				t.reach(n.Name)
			}
			return true
		})
	}
	for _, d := range t.decls[name] {
		keep(d)
	}
	for _, m := range t.methods[name] {
		keep(m)
	}
}

// write writes the files that have something left, without their comments.
func (t *trimmer) write(dst string) error {
	for name, f := range t.files {
		var used = map[string]bool{}
		f.Decls = slices.DeleteFunc(f.Decls, func(d ast.Decl) bool {
			if gen, ok := d.(*ast.GenDecl); ok && gen.Tok == token.IMPORT {
				return false
			}
			if t.kept[d] {
				ast.Inspect(d, func(n ast.Node) bool {
					if s, ok := n.(*ast.SelectorExpr); ok {
						if x, ok := s.X.(*ast.Ident); ok {
							used[x.Name] = true
						}
					}
					return true
				})
			}
			return !t.kept[d]
		})
		if !slices.ContainsFunc(f.Decls, func(d ast.Decl) bool { return t.kept[d] }) {
			continue
		}
		f.Comments, f.Doc = nil, nil
		for _, d := range f.Decls {
			gen, ok := d.(*ast.GenDecl)
			if !ok || gen.Tok != token.IMPORT {
				continue
			}
			gen.Specs = slices.DeleteFunc(gen.Specs, func(s ast.Spec) bool { return !used[importName(s.(*ast.ImportSpec))] })
			for _, s := range gen.Specs {
				p := s.(*ast.ImportSpec).Path
				p.Value = moved.Replace(p.Value)
			}
		}
		f.Decls = slices.DeleteFunc(f.Decls, func(d ast.Decl) bool {
			gen, ok := d.(*ast.GenDecl)
			return ok && gen.Tok == token.IMPORT && len(gen.Specs) == 0
		})
		var out bytes.Buffer
		if err := format.Node(&out, t.fset, f); err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dst, name), out.Bytes(), 0o666); err != nil {
			return err
		}
	}
	return nil
}
