package wire

import (
	"encoding/json"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/aratame/aratame/internal/awserr"
	"github.com/aratame/aratame/internal/shape/shapetest"
)

// FuzzDecode feeds any bytes to every stage of the Query decoder. There is no
// panic; every failure is an error in AWS's terms below 500; and what was
// decoded has an audit form and survives being encoded and decoded again.
func FuzzDecode(f *testing.F) {
	rng := rand.New(rand.NewPCG(9, 10))
	ops := allOperations()
	for _, op := range ops {
		in := op.NewInput()
		(&shapetest.Filler{Rand: rng}).Fill(op.Input, in)
		raw, err := EncodeForm(op, in)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(op.Service, []byte(raw))
	}
	f.Add("iam", []byte("Action=TagUser&Version=2010-05-08&Tags.member.999999999.Key=%zz"))
	f.Fuzz(func(t *testing.T, service string, raw []byte) {
		must := func(err error) {
			if s := Status(awserr.From(err)); s < 400 || s >= 500 {
				t.Fatalf("status %d: %v", s, err)
			}
		}
		form, err := ParseForm(raw)
		if err != nil {
			must(err)
			return
		}
		op, err := Route(service, form)
		if err != nil {
			must(err)
			return
		}
		in, err := Decode(op, form)
		if err != nil {
			must(err)
			return
		}
		audit, err := AuditJSON(op, in)
		if err != nil || !json.Valid(audit) {
			t.Fatalf("%v: %s", err, audit)
		}
		again, err := EncodeForm(op, in)
		if err != nil {
			t.Fatal(err)
		}
		form, err = ParseForm([]byte(again))
		if err != nil {
			t.Fatal(err)
		}
		out, err := Decode(op, form)
		if err != nil {
			t.Fatalf("%s: %v", again, err)
		}
		if d := cmp.Diff(in, out); d != "" {
			t.Fatal(d)
		}
	})
}
