package pack

import (
	"bytes"
	"encoding/binary"
	"errors"
)

// A difference is a sequence of steps. Each is three unsigned varints, the
// offset and the length of a piece of the base and the length of a literal,
// followed by the literal: copy the piece, then add the literal.

var errDelta = errors.New("pack: damaged difference")

// diff returns the steps that make target of base. It works on pieces that end
// with a comma or a bracket, since a policy changes by whole list members.
func diff(base, target []byte) []byte {
	const candidates = 32 // places of the base tried for each piece
	places := map[string][]int{}
	for off := 0; off < len(base); {
		n := piece(base[off:])
		places[string(base[off:off+n])] = append(places[string(base[off:off+n])], off)
		off += n
	}
	var out, literal []byte
	from, length := 0, 0
	flush := func() {
		out = binary.AppendUvarint(out, uint64(from))
		out = binary.AppendUvarint(out, uint64(length))
		out = binary.AppendUvarint(out, uint64(len(literal)))
		out = append(out, literal...)
		literal = literal[:0]
	}
	for off := 0; off < len(target); {
		n := piece(target[off:])
		best, at := 0, 0
		for i, p := range places[string(target[off:off+n])] {
			if i == candidates {
				break
			}
			if m := commonPrefix(base[p:], target[off:]); m > best {
				best, at = m, p
			}
		}
		// A short copy costs as much as the literal it replaces.
		if best < 12 {
			literal = append(literal, target[off:off+n]...)
			off += n
			continue
		}
		flush()
		from, length = at, best
		off += best
	}
	flush()
	return out
}

// piece returns the length of the first piece of s.
func piece(s []byte) int {
	if i := bytes.IndexAny(s, ",]}"); i >= 0 {
		return i + 1
	}
	return len(s)
}

func commonPrefix(a, b []byte) int {
	n := min(len(a), len(b))
	for i := range n {
		if a[i] != b[i] {
			return i
		}
	}
	return n
}

// patch applies the steps of diff. It refuses steps that leave the base or that
// make more than a document may hold.
func patch(base, steps []byte) ([]byte, error) {
	var out []byte
	for len(steps) > 0 {
		var v [3]uint64
		for i := range v {
			x, n := binary.Uvarint(steps)
			if n <= 0 {
				return nil, errDelta
			}
			v[i], steps = x, steps[n:]
		}
		off, length, literal := v[0], v[1], v[2]
		if off > uint64(len(base)) || length > uint64(len(base))-off || literal > uint64(len(steps)) {
			return nil, errDelta
		}
		out = append(out, base[off:off+length]...)
		out = append(out, steps[:literal]...)
		steps = steps[literal:]
		if len(out) > maxDocument {
			return nil, errDelta
		}
	}
	return out, nil
}
