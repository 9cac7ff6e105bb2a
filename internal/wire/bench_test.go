package wire

import (
	"testing"

	"github.com/aratame/aratame/internal/shape/stsshape"
)

func BenchmarkGetCallerIdentityXML(b *testing.B) {
	buf := make([]byte, 0, 1024)
	b.ReportAllocs()
	for b.Loop() {
		var err error
		if buf, err = AppendXML(buf[:0], stsshape.OpGetCallerIdentity, identity, "01234567-89ab-cdef-0123-456789abcdef"); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkAssumeRoleDecode(b *testing.B) {
	raw := []byte("Action=AssumeRole&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Fr&RoleSessionName=session&DurationSeconds=3600")
	b.ReportAllocs()
	for b.Loop() {
		f, err := ParseForm(raw)
		if err != nil {
			b.Fatal(err)
		}
		op, err := Route("sts", f)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := Decode(op, f); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkGetCallerIdentityDecode(b *testing.B) {
	raw := []byte("Action=GetCallerIdentity&Version=2011-06-15")
	b.ReportAllocs()
	for b.Loop() {
		f, err := ParseForm(raw)
		if err != nil {
			b.Fatal(err)
		}
		op, err := Route("sts", f)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := Decode(op, f); err != nil {
			b.Fatal(err)
		}
	}
}
