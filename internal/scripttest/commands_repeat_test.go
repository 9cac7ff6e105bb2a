package scripttest

import (
	"reflect"
	"strconv"
	"strings"

	"github.com/aratame/aratame/internal/shape"
	"github.com/aratame/aratame/internal/shape/iamshape"
	"github.com/aratame/aratame/internal/shape/stsshape"
)

// repeat stands in a function of its own since it looks commands up.
func init() {
	add("repeat", func(x *script, neg bool, args []string) {
		if len(args) < 2 {
			x.Fatalf("usage: repeat N COMMAND …")
		}
		n, err := strconv.Atoi(args[0])
		x.Check(err)
		run := commands[args[1]]
		if run == nil {
			x.Fatalf("there is no command %s to repeat", args[1])
		}
		for i := range n {
			words := make([]string, len(args)-2)
			for j, word := range args[2:] {
				words[j] = strings.ReplaceAll(strings.ReplaceAll(word, "${I}", "$I"), "$I", strconv.Itoa(i+1))
			}
			run(x, neg, words)
		}
	})
}

var _ = add("pages", func(x *script, neg bool, args []string) {
	if neg || len(args) < 3 {
		x.Fatalf("usage: pages N iam LIST …")
	}
	want, err := strconv.Atoi(args[0])
	x.Check(err)
	op := iamshape.Operation(args[2])
	if args[1] == "sts" {
		op = stsshape.Operation(args[2])
	}
	if op == nil || memberOf(op.Input, "Marker") == nil {
		x.Fatalf("%s has no pages", args[2])
	}
	truncated := ".IsTruncated"
	if memberOf(op.Output, "isTruncated") != nil { // as ListDelegationRequests has it
		truncated = ".isTruncated"
	}
	all, once := []any{}, map[string]bool{}
	words := append(args[3:], "MaxItems=1")
	for page := 1; ; page++ {
		out, _, failure := x.do(op, words)
		if failure != nil {
			x.Fatalf("page %d: %v", page, failure)
		}
		x.last = document(op.Output, reflect.ValueOf(out).Elem())
		for _, e := range x.elements(op) {
			text := string(compact(e))
			if once[text] {
				x.Fatalf("page %d repeats %s", page, text)
			}
			once[text] = true
			all = append(all, e)
		}
		more := x.one(truncated) == "true"
		if len(all) != page || more != (page < want) || more == (len(x.at(".Marker")) == 0) {
			x.Fatalf("page %d of %d: %d elements so far, more: %t, %s", page, want, len(all), more, compact(x.last))
		}
		if !more {
			break
		}
		words = append(args[3:len(args):len(args)], "MaxItems=1", "Marker="+x.one(".Marker"))
	}
	x.last = all
	x.Stdout().Write(append(indented(x.last), '\n'))
})

// elements are those that a page of a listing holds, whatever its lists are
// called.
func (x *script) elements(op *shape.Operation) (all []any) {
	var keys []string
	if op.Pagination != nil {
		keys = op.Pagination.ResultKeys
	} else {
		for _, m := range op.Output.Members {
			if m.Shape.Kind == shape.List {
				keys = append(keys, m.Name)
			}
		}
	}
	for _, key := range keys {
		all = append(all, x.at("."+key+"[]")...)
	}
	return all
}
