package main

import (
	"fmt"
	"slices"
	"strings"
)

const shapeImport = "github.com/aratame/aratame/internal/shape"

var readVerbs = []string{"Get", "List", "Simulate", "Generate"}

// readOnly is the default by verb. No STS operation changes the account, and
// CloudTrail records them as read-only.
func readOnly(service, op string) bool {
	return service == "sts" || slices.ContainsFunc(readVerbs, func(v string) bool { return strings.HasPrefix(op, v) })
}

var kinds = map[string]string{"structure": "Structure", "list": "List", "map": "Map", "string": "String",
	"integer": "Integer", "boolean": "Boolean", "timestamp": "Timestamp", "blob": "Blob"}

func (w *writer) shapes() (string, error) {
	b := w.header(shapeImport)
	b.WriteString("\nvar (\n")
	for _, name := range sortedKeys(w.reachable) {
		s := w.m.Shapes[name]
		kind, ok := kinds[s.Type]
		if !ok {
			return "", fmt.Errorf("shape %s has unknown type %q", name, s.Type)
		}
		fmt.Fprintf(b, "%s = shape.Shape{Name: %q, Kind: shape.%s", w.varName[name], name, kind)
		if s.Min != nil {
			fmt.Fprintf(b, ", HasMin: true, Min: %d", *s.Min)
		}
		if s.Max != nil {
			fmt.Fprintf(b, ", HasMax: true, Max: %d", *s.Max)
		}
		if s.Sensitive {
			b.WriteString(", Sensitive: true")
		}
		if s.Union {
			b.WriteString(", Union: true")
		}
		if s.Pattern != "" {
			match := matchers[s.Pattern]
			if match == "" {
				return "", fmt.Errorf("shape %s: no matcher for pattern %s", name, s.Pattern)
			}
			fmt.Fprintf(b, ", Pattern: %q, Match: shape.%s", s.Pattern, match)
		}
		if len(s.Enum) > 0 {
			fmt.Fprintf(b, ", Enum: %#v", s.Enum)
		}
		if s.Member.Shape != "" {
			fmt.Fprintf(b, ", Elem: &%s", w.varName[s.Member.Shape])
		}
		if s.Key.Shape != "" {
			fmt.Fprintf(b, ", Key: &%s, Elem: &%s", w.varName[s.Key.Shape], w.varName[s.Value.Shape])
		}
		if len(s.Members) > 0 {
			b.WriteString(", Members: []shape.Member{\n")
			for _, m := range sortedKeys(s.Members) {
				fmt.Fprintf(b, "{Name: %q, Field: %q, Shape: &%s", m, upperFirst(m), w.varName[s.Members[m].Shape])
				if slices.Contains(s.Required, m) {
					b.WriteString(", Required: true")
				}
				b.WriteString("},\n")
			}
			b.WriteByte('}')
		}
		b.WriteString("}\n")
	}
	b.WriteString("shEmpty = shape.Shape{Name: \"Empty\", Kind: shape.Structure}\n)\n")
	return b.String(), nil
}

func (w *writer) operations() (string, error) {
	b := &strings.Builder{}
	fmt.Fprintf(b, "%s// Package %sshape is the contract of %s: Go structs, schema tables and operations.\npackage %sshape\n\nimport %q\n",
		generated, w.service, strings.ToUpper(w.service), w.service, shapeImport)
	fmt.Fprintf(b, "\n// APIVersion is the value of the Version parameter, Namespace that of the\n// responses' XML namespace.\nconst (\nAPIVersion = %q\nNamespace = %q\n)\n", w.m.Metadata.APIVersion, w.m.Metadata.XMLNamespace)
	b.WriteString("\n// The operations of the service.\nvar (\n")
	for _, name := range w.ops {
		op := w.m.Operations[name]
		fmt.Fprintf(b, "Op%s = &shape.Operation{Service: %q, Name: %q, APIVersion: APIVersion, Namespace: Namespace,\n", name, w.service, name)
		in, out := "shEmpty", "shEmpty"
		if op.Input != nil {
			in = w.varName[op.Input.Shape]
		}
		if op.Output != nil {
			out = w.varName[op.Output.Shape]
		}
		fmt.Fprintf(b, "Input: &%s, Output: &%s", in, out)
		if op.Output != nil && op.Output.ResultWrapper != "" {
			fmt.Fprintf(b, ", ResultWrapper: %q", op.Output.ResultWrapper)
		}
		fmt.Fprintf(b, ",\nNewInput: func() any { return new(%sInput) }, NewOutput: func() any { return new(%sOutput) },\n", name, name)
		if op.AuthType == "none" {
			b.WriteString("Unsigned: true,\n")
		}
		if readOnly(w.service, name) {
			b.WriteString("ReadOnly: true,\n")
		}
		var codes []string
		for _, e := range op.Errors {
			if w.m.Shapes[e.Shape] == nil {
				return "", fmt.Errorf("%s: no error shape %s", name, e.Shape)
			}
			codes = append(codes, w.m.wireCode(e.Shape))
		}
		if len(codes) > 0 {
			fmt.Fprintf(b, "Errors: %#v,\n", codes)
		}
		if p, ok := w.m.Pagination[name]; ok {
			fmt.Fprintf(b, "Pagination: &shape.Pagination{InputToken: %q, OutputToken: %q, LimitKey: %q, MoreResults: %q, ResultKeys: %#v},\n",
				p.InputToken, p.OutputToken, p.LimitKey, p.MoreResults, resultKeys(p.ResultKey))
		}
		b.WriteString("}\n")
	}
	b.WriteString(")\n\nvar all = []*shape.Operation{\n")
	for _, name := range w.ops {
		fmt.Fprintf(b, "Op%s,\n", name)
	}
	b.WriteString("}\n\n// Operations returns all operations in the order of their names. The slice is\n// shared: callers must not change it.\nfunc Operations() []*shape.Operation { return all }\n")
	b.WriteString("\n// Operation returns the operation of exactly that name, or nil.\nfunc Operation(name string) *shape.Operation {\nswitch name {\n")
	for _, name := range w.ops {
		fmt.Fprintf(b, "case %q:\nreturn Op%s\n", name, name)
	}
	b.WriteString("}\nreturn nil\n}\n")
	return b.String(), nil
}

func resultKeys(v any) []string {
	switch v := v.(type) {
	case string:
		return []string{v}
	case []any:
		var out []string
		for _, k := range v {
			if s, ok := k.(string); ok {
				out = append(out, s)
			}
		}
		return out
	}
	return nil
}

func statusSource(status map[string]int) string {
	b := &strings.Builder{}
	b.WriteString(generated + "package shape\n\n// modelStatus is the status of an error code of the service models, or 0.\nfunc modelStatus(code string) int {\nswitch code {\n")
	byStatus := map[int][]string{}
	for _, code := range sortedKeys(status) {
		byStatus[status[code]] = append(byStatus[status[code]], fmt.Sprintf("%q", code))
	}
	numbers := make([]int, 0, len(byStatus))
	for n := range byStatus {
		numbers = append(numbers, n)
	}
	slices.Sort(numbers)
	for _, n := range numbers {
		fmt.Fprintf(b, "case %s:\nreturn %d\n", strings.Join(byStatus[n], ",\n"), n)
	}
	b.WriteString("}\nreturn 0\n}\n")
	return b.String()
}
