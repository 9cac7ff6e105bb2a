// Command shapes writes the generated files of internal/shape from the service
// models in gen/models: Go structs, schema tables, the list of operations and
// the HTTP status of each error code. Run it from the root of the repository:
//
//	go run ./gen/shapes
//
// The output depends on the models alone. With -check nothing is written, and
// the exit status says whether the files on disk are what would be written.
package main

import (
	"bytes"
	"flag"
	"fmt"
	"go/format"
	"os"
	"path/filepath"
	"sort"
)

func main() {
	check := flag.Bool("check", false, "write nothing; fail if a file is out of date")
	root := flag.String("root", ".", "root of the repository")
	flag.Parse()
	if err := run(*root, *check); err != nil {
		fmt.Fprintln(os.Stderr, "shapes:", err)
		os.Exit(1)
	}
}

func run(root string, check bool) error {
	files, err := generate(filepath.Join(root, "gen", "models"))
	if err != nil {
		return err
	}
	names := make([]string, 0, len(files))
	for name := range files {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		path := filepath.Join(root, "internal", "shape", filepath.FromSlash(name))
		if check {
			old, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			if !bytes.Equal(old, files[name]) {
				return fmt.Errorf("%s is out of date: run go run ./gen/shapes", path)
			}
			continue
		}
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, files[name], 0o644); err != nil {
			return err
		}
	}
	return nil
}

// generate returns the contents of each generated file by its path below internal/shape.
func generate(models string) (map[string][]byte, error) {
	files := map[string][]byte{}
	status := map[string]int{}
	for _, service := range []string{"iam", "sts"} {
		m, err := loadModel(models, service)
		if err != nil {
			return nil, err
		}
		w, err := newWriter(m, service)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", service, err)
		}
		for name, src := range map[string]func() (string, error){
			"inputs": w.inputs, "outputs": w.outputs, "structures": w.structures,
			"enums": w.enums, "shapes": w.shapes, "operations": w.operations,
		} {
			text, err := src()
			if err != nil {
				return nil, fmt.Errorf("%s: %w", service, err)
			}
			if text == "" {
				continue
			}
			file := service + "shape/" + name + ".gen.go"
			out, err := format.Source([]byte(text))
			if err != nil {
				return nil, fmt.Errorf("%s: %w", file, err)
			}
			files[file] = out
		}
		for code, s := range m.statuses() {
			if old, ok := status[code]; ok && old != s {
				return nil, fmt.Errorf("error code %s has statuses %d and %d", code, old, s)
			}
			status[code] = s
		}
	}
	out, err := format.Source([]byte(statusSource(status)))
	if err != nil {
		return nil, err
	}
	files["status.gen.go"] = out
	return files, nil
}
