package scripttest

import (
	"bytes"
	"encoding/base64"
	"flag"
	"fmt"
	"os"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aratame/aratame/internal/shape"
)

// With -record=FILE, TestScripts writes answers that its scripts got, for a
// test of what other clients read in them (test/readers): of each operation
// those that show a member of the output, or an element of a list, that no
// earlier one did. It is written as lines of JSON.
var recordTo = flag.String("record", "", "write answers for test/readers to this `file`")

// A recorded is one line.
type recorded struct {
	Service, Operation string
	// Input is an input that the model's constraints let through.
	Input any
	XML   string
	// Output is what the answer says, with a time as {"time": …} and bytes as
	// {"blob": …}, which no output has members of.
	Output any
}

// A recording gathers lines. A nil one gathers nothing.
type recording struct {
	mu    sync.Mutex
	lines bytes.Buffer
	shown map[string]bool // members, by operation and path
}

func newRecording() *recording {
	if *recordTo == "" {
		return nil
	}
	return &recording{shown: map[string]bool{}}
}

// note takes in one answer, unless it takes clients long to read.
func (r *recording) note(op *shape.Operation, body string, out any) {
	if r == nil || len(body) > 1<<20 {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	output := typed(op.Output, reflect.ValueOf(out).Elem())
	if r.news(op.Service+" "+op.Name, output) {
		r.lines.Write(append(compact(recorded{op.Service, op.Name, minimal(op.Input), body, output}), '\n'))
	}
}

// news notes what is at a path, and reports whether there is any that was not
// shown before.
func (r *recording) news(path string, v any) (found bool) {
	found = !r.shown[path]
	r.shown[path] = true
	switch v := v.(type) {
	case object:
		for _, f := range v {
			found = r.news(path+"."+f.name, f.value) || found
		}
	case []any:
		for i, e := range v {
			found = r.news(path+"["+strings.Repeat("i", min(i, 1))+"]", e) || found
		}
	}
	return found
}

func (r *recording) write(t *testing.T) {
	if r == nil {
		return
	}
	if err := os.WriteFile(*recordTo, r.lines.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
}

// typed is document with marks at times and bytes.
func typed(s *shape.Shape, v reflect.Value) any {
	if v.Kind() == reflect.Pointer {
		v = v.Elem()
	}
	switch s.Kind {
	case shape.Structure:
		out := object{}
		for i, m := range s.Members {
			if f := v.Field(i); !absent(f) {
				out = append(out, field{m.Name, typed(m.Shape, f)})
			}
		}
		return out
	case shape.List:
		out := make([]any, v.Len())
		for i := range out {
			out[i] = typed(s.Elem, v.Index(i))
		}
		return out
	case shape.Timestamp:
		return object{{"time", v.Interface().(time.Time).UTC().Format(time.RFC3339)}}
	case shape.Blob:
		return object{{"blob", base64.StdEncoding.EncodeToString(v.Bytes())}}
	}
	return document(s, v)
}

// minimal is a value of the fewest members and the least lengths.
func minimal(s *shape.Shape) any {
	switch s.Kind {
	case shape.Structure:
		out := object{}
		for _, m := range s.Members {
			if m.Required {
				out = append(out, field{m.Name, minimal(m.Shape)})
			}
		}
		return out
	case shape.List:
		return []any{minimal(s.Elem)}
	case shape.Map:
		return object{{fmt.Sprint(minimal(s.Key)), minimal(s.Elem)}}
	case shape.Integer:
		return s.Min
	case shape.Boolean:
		return true
	case shape.Timestamp:
		return start.Format(time.RFC3339)
	case shape.Blob:
		return base64.StdEncoding.EncodeToString([]byte("bytes"))
	}
	if len(s.Enum) > 0 {
		return s.Enum[0]
	}
	return strings.Repeat("1", max(int(s.Min), 1))
}
