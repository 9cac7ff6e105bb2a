package store

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

func TestBatchCheck(t *testing.T) {
	base := func(mod func(*Batch)) Batch {
		b := Batch{Unit: "123456789012", Tag: [8]byte{1}, Changes: []Record{{Key: "user/A", Data: []byte("x")}}}
		mod(&b)
		return b
	}
	many := func(n int) (r []Record) {
		for i := range n {
			r = append(r, Record{Key: strings.Repeat("k", i+1)})
		}
		return r
	}
	for _, c := range []struct {
		name string
		ok   bool
		mod  func(*Batch)
	}{
		{"plain", true, func(b *Batch) {}},
		{"organisation", true, func(b *Batch) { b.Unit = "org/o-abc.1:x_y" }},
		{"no unit", false, func(b *Batch) { b.Unit = "" }},
		{"unit too long", false, func(b *Batch) { b.Unit = strings.Repeat("1", MaxUnit+1) }},
		{"unit with a space", false, func(b *Batch) { b.Unit = "a b" }},
		{"unit with a zero byte", false, func(b *Batch) { b.Unit = "a\x00" }},
		{"no tag", false, func(b *Batch) { b.Tag = [8]byte{} }},
		{"tag of the base", false, func(b *Batch) { b.Base = b.Next() }},
		{"nothing", false, func(b *Batch) { b.Changes = nil }},
		{"claims alone", true, func(b *Batch) { b.Changes, b.Claims = nil, []Claim{{Name: "c"}} }},
		{"outbox alone without tag", true, func(b *Batch) { *b = Batch{Unit: "u", Outbox: []OutboxEntry{{ID: "e"}}} }},
		{"most changes", true, func(b *Batch) { b.Changes = many(MaxChanges) }},
		{"a change too many", false, func(b *Batch) { b.Changes = many(MaxChanges + 1) }},
		{"a claim too many", false, func(b *Batch) { b.Changes, b.Claims = many(MaxChanges), []Claim{{Name: "c"}} }},
		{"no key", false, func(b *Batch) { b.Changes[0].Key = "" }},
		{"longest key", true, func(b *Batch) { b.Changes[0].Key = strings.Repeat("k", MaxKey) }},
		{"key too long", false, func(b *Batch) { b.Changes[0].Key = strings.Repeat("k", MaxKey+1) }},
		{"reserved key", false, func(b *Batch) { b.Changes[0].Key = "outbox/1" }},
		{"key twice", false, func(b *Batch) { b.Changes = append(b.Changes, b.Changes[0]) }},
		{"largest value", true, func(b *Batch) { b.Changes[0].Data = make([]byte, MaxValue) }},
		{"value too large", false, func(b *Batch) { b.Changes[0].Data = make([]byte, MaxValue+1) }},
		{"batch too large", false, func(b *Batch) {
			b.Changes = many(3)
			for i := range b.Changes {
				b.Changes[i].Data = make([]byte, MaxBatch/3+1)
			}
		}},
		{"claim without a name", false, func(b *Batch) { b.Claims = []Claim{{}} }},
		{"claim twice", false, func(b *Batch) { b.Claims = []Claim{{Name: "c"}, {Name: "c", Drop: true}} }},
		{"entry without an id", false, func(b *Batch) { b.Outbox = []OutboxEntry{{}} }},
		{"entry id too long", false, func(b *Batch) { b.Outbox = []OutboxEntry{{ID: strings.Repeat("i", MaxEntryID+1)}} }},
		{"entry too large", false, func(b *Batch) { b.Outbox = []OutboxEntry{{ID: "e", Data: make([]byte, MaxEntry+1)}} }},
		{"entries too many", false, func(b *Batch) { b.Outbox = slices.Repeat([]OutboxEntry{{ID: "1"}}, MaxOutbox+1) }},
	} {
		b := base(c.mod)
		err := b.Check()
		if c.ok && err != nil || !c.ok && !errors.Is(err, ErrInvalid) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}
