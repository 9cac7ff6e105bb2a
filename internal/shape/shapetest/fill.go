// Package shapetest fills generated structs with random values that satisfy
// their contract, for the round-trip tests of codecs and clients.
package shapetest

import (
	"math/rand/v2"
	"reflect"
	"time"
	"unicode/utf8"

	"github.com/aratame/aratame/internal/shape"
)

// A Filler makes random values. Full sets every member; otherwise optional
// members are absent half of the time. Lists and maps get one to three elements
// within their limits.
type Filler struct {
	Rand *rand.Rand
	Full bool
}

// Fill sets the members of the struct that v points at. It panics on a string
// shape for which it finds no valid value, so that no test passes unfilled.
func (f *Filler) Fill(s *shape.Shape, v any) {
	f.structure(s, reflect.ValueOf(v).Elem())
}

func (f *Filler) structure(s *shape.Shape, v reflect.Value) {
	only := -1
	if s.Union {
		only = f.Rand.IntN(len(s.Members))
	}
	// A structure whose members are all absent can't be told from an absent one.
	keep := f.Rand.IntN(max(len(s.Members), 1))
	for i, m := range s.Members {
		if only >= 0 && i != only || only < 0 && !f.Full && !m.Required && i != keep && f.Rand.IntN(2) == 0 {
			continue
		}
		f.value(m.Shape, v.Field(i))
	}
}

func (f *Filler) count(s *shape.Shape) int {
	n := 1 + f.Rand.IntN(3)
	if s.HasMin && n < int(s.Min) {
		n = int(s.Min)
	}
	if s.HasMax && n > int(s.Max) {
		n = int(s.Max)
	}
	return n
}

func (f *Filler) value(s *shape.Shape, v reflect.Value) {
	if v.Kind() == reflect.Pointer {
		v.Set(reflect.New(v.Type().Elem()))
		v = v.Elem()
	}
	switch s.Kind {
	case shape.Structure:
		f.structure(s, v)
	case shape.List:
		v.Set(reflect.MakeSlice(v.Type(), f.count(s), 8))
		for i := range v.Len() {
			f.value(s.Elem, v.Index(i))
		}
	case shape.Map:
		v.Set(reflect.MakeMap(v.Type()))
		for range f.count(s) {
			key, elem := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
			f.value(s.Key, key)
			f.value(s.Elem, elem)
			v.SetMapIndex(key, elem)
		}
	case shape.String:
		v.SetString(f.text(s))
	case shape.Integer:
		lo, hi := int64(0), int64(1<<31-1)
		if s.HasMin {
			lo = s.Min
		}
		if s.HasMax {
			hi = s.Max
		}
		v.SetInt(lo + f.Rand.Int64N(hi-lo+1))
	case shape.Boolean:
		v.SetBool(f.Rand.IntN(2) == 0)
	case shape.Timestamp:
		v.Set(reflect.ValueOf(time.Unix(f.Rand.Int64N(1<<32), 0).UTC()))
	case shape.Blob:
		b := make([]byte, f.count(s))
		for i := range b {
			b[i] = byte(f.Rand.Uint32())
		}
		v.SetBytes(b)
	}
}

// alphabets go from the most to the least permissive.
var alphabets = [][]rune{
	[]rune("aZ0é ²日𐀀\u2028&<>\"'%+=/;\n\t\\]]>?#"),
	[]rune("aZ0é &<>\"'%+=/;\n\t\\"),
	[]rune("aZ0é &<>\"'%+=/;\\"),
	[]rune("aZ0 &<>\"'%+=/;"),
	[]rune("aZ0 +=/:._-@é日"),
	[]rune("aZ0+=,.@-_"),
	[]rune("aZ0_"),
	[]rune("abc012"),
	[]rune("ABC012"),
	[]rune("0123456789"),
}

var samples = []string{"/", "/a/b+c/", "v12", "my-alias", "o-abcdefghij", "o-abcdefghij/r-abcd/ou-abcd-x", "p-abcdefgh", "https://a/b?c=d#e", "123456789012"}

func (f *Filler) text(s *shape.Shape) string {
	if len(s.Enum) > 0 {
		return s.Enum[f.Rand.IntN(len(s.Enum))]
	}
	lo, hi := 0, 20
	if s.HasMin {
		lo = int(s.Min)
		hi = lo + 20
	}
	if s.HasMax && hi > int(s.Max) {
		hi = int(s.Max)
	}
	for _, alphabet := range alphabets {
		for range 4 {
			r := make([]rune, lo+f.Rand.IntN(hi-lo+1))
			for i := range r {
				r[i] = alphabet[f.Rand.IntN(len(alphabet))]
			}
			if text := string(r); s.Match == nil || s.Match(text) {
				return text
			}
		}
	}
	for _, text := range samples {
		if n := utf8.RuneCountInString(text); s.Match(text) && (!s.HasMin || n >= int(s.Min)) && (!s.HasMax || n <= int(s.Max)) {
			return text
		}
	}
	panic("shapetest: no valid value for " + s.Name)
}
