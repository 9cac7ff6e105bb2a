package store

import (
	"bytes"
	"errors"
	"testing"
)

func TestPartsRoundTrip(t *testing.T) {
	for _, n := range []int{0, 1, PartSize - 1, PartSize, PartSize + 1, 300 << 10, 5 << 20, MaxValue} {
		data := bytes.Repeat([]byte{0xA7}, n)
		rows := Cut("k\x00\xff", data)
		got, err := Join("k\x00\xff", rows)
		if err != nil || got == nil || !bytes.Equal(got, data) {
			t.Fatalf("%d bytes in %d rows: %v", n, len(rows), err)
		}
		for _, r := range rows {
			if len(r) > PartSize+16 {
				t.Fatalf("%d bytes: a row of %d", n, len(r))
			}
		}
	}
}

func TestJoinRefuses(t *testing.T) {
	three := func() [][]byte { return Cut("k", bytes.Repeat([]byte("x"), 2*PartSize+5)) }
	one := func() [][]byte { return Cut("k", []byte("value")) }
	other := Cut("k", bytes.Repeat([]byte("y"), 2*PartSize+5))
	flip := func(rows [][]byte, row, at int) [][]byte { rows[row][at] ^= 1; return rows }
	for name, c := range map[string]struct {
		key  string
		rows [][]byte
	}{
		"no rows":                      {"k", nil},
		"an empty row":                 {"k", [][]byte{{}}},
		"header cut off":               {"k", [][]byte{one()[0][:3]}},
		"sum cut off":                  {"k", [][]byte{one()[0][:6]}},
		"value cut off":                {"k", [][]byte{one()[0][:11]}},
		"value longer":                 {"k", [][]byte{append(one()[0], 'x')}},
		"another key":                  {"K", one()},
		"another format":               {"k", flip(one(), 0, 0)},
		"another index":                {"k", flip(one(), 0, 1)},
		"another count":                {"k", flip(one(), 0, 2)},
		"another total":                {"k", flip(one(), 0, 3)},
		"a first row of another sum":   {"k", flip(three(), 0, 7)},
		"a first row of another total": {"k", flip(three(), 0, 3)},
		"larger than allowed":          {"k", Cut("k", make([]byte, MaxValue+1))},
		"a flipped bit":                {"k", flip(one(), 0, 9)},
		"a flipped bit later":          {"k", flip(three(), 2, 13)},
		"last row missing":             {"k", three()[:2]},
		"first row missing":            {"k", three()[1:]},
		"rows swapped":                 {"k", [][]byte{three()[1], three()[0], three()[2]}},
		"rows of two values":           {"k", [][]byte{three()[0], other[1], three()[2]}},
		"a row too many":               {"k", append(one(), one()...)},
	} {
		if _, err := Join(c.key, c.rows); !errors.Is(err, ErrDamaged) {
			t.Errorf("%s: %v, want ErrDamaged", name, err)
		}
	}
}

func FuzzJoin(f *testing.F) {
	f.Add("k", Cut("k", []byte("value"))[0], []byte(nil))
	f.Add("k", Cut("k", nil)[0], Cut("k", []byte("v"))[0])
	f.Add("k", []byte{1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1}, []byte{1, 0})
	f.Fuzz(func(t *testing.T, key string, a, b []byte) {
		for _, rows := range [][][]byte{nil, {a}, {a, b}} {
			data, err := Join(key, rows)
			if err != nil {
				if !errors.Is(err, ErrDamaged) {
					t.Fatalf("unclassified: %v", err)
				}
				continue
			}
			if again, err := Join(key, Cut(key, data)); err != nil || !bytes.Equal(again, data) {
				t.Fatalf("an accepted value does not come round: %v", err)
			}
		}
	})
}
