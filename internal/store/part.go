package store

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
)

// PartSize is the most bytes of a value that lie in one stored row; a longer
// value is cut. It keeps rows far below the request limits of distributed
// engines and bounds what a reader holds per row.
const PartSize = 256 << 10

// A stored row is a header and a slice of the value:
//
//	format   1 byte, partFormat
//	index    uvarint, from 0
//	count    uvarint, parts of the value
//	total    uvarint, bytes of the whole value
//	sum      4 bytes big-endian, CRC-32C of the key, a zero byte and the whole value
//
// The sum finds rows that rotted, were swapped or belong to two values. It is
// no protection against somebody who may write the file: sealing is.
const partFormat = 1

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func partSum(key string, parts ...[]byte) uint32 {
	sum := crc32.Update(0, castagnoli, append([]byte(key), 0))
	for _, p := range parts {
		sum = crc32.Update(sum, castagnoli, p)
	}
	return sum
}

// Cut gives the rows in which a value is stored, at least one. Engines store
// them in order and give them back to [Join].
func Cut(key string, data []byte) [][]byte {
	count := max(1, (len(data)+PartSize-1)/PartSize)
	sum := partSum(key, data)
	rows := make([][]byte, 0, count)
	for i := range count {
		piece := data[i*PartSize : min(len(data), (i+1)*PartSize)]
		row := make([]byte, 0, len(piece)+16)
		row = append(row, partFormat)
		row = binary.AppendUvarint(row, uint64(i))
		row = binary.AppendUvarint(row, uint64(count))
		row = binary.AppendUvarint(row, uint64(len(data)))
		row = binary.BigEndian.AppendUint32(row, sum)
		rows = append(rows, append(row, piece...))
	}
	return rows
}

// Join is the inverse of [Cut]; the result may share memory with the only row.
// Anything that Cut would not have made for this key is ErrDamaged; the error
// quotes no data.
func Join(key string, rows [][]byte) ([]byte, error) {
	pieces := make([][]byte, len(rows))
	var total uint64
	var sum uint32
	length := uint64(0)
	for i, row := range rows {
		h, piece, err := parsePart(row)
		switch {
		case err != nil:
			return nil, fmt.Errorf("%w: record %q: %v", ErrDamaged, key, err)
		case h.index != uint64(i) || h.count != uint64(len(rows)):
			return nil, fmt.Errorf("%w: record %q: part %d of %d found as part %d of %d",
				ErrDamaged, key, h.index, h.count, i, len(rows))
		case i > 0 && (h.total != total || h.sum != sum):
			return nil, fmt.Errorf("%w: record %q: parts of two values", ErrDamaged, key)
		}
		total, sum = h.total, h.sum
		pieces[i] = piece
		length += uint64(len(piece))
	}
	if len(rows) == 0 || length != total || length > MaxValue {
		return nil, fmt.Errorf("%w: record %q: %d bytes where %d were written", ErrDamaged, key, length, total)
	}
	if partSum(key, pieces...) != sum {
		return nil, fmt.Errorf("%w: record %q: wrong checksum", ErrDamaged, key)
	}
	if len(pieces) == 1 {
		return pieces[0], nil
	}
	data := make([]byte, 0, length)
	for _, p := range pieces {
		data = append(data, p...)
	}
	return data, nil
}

type partHeader struct {
	index, count, total uint64
	sum                 uint32
}

func parsePart(row []byte) (h partHeader, piece []byte, err error) {
	if len(row) == 0 {
		return h, nil, fmt.Errorf("empty row")
	}
	if row[0] != partFormat {
		return h, nil, fmt.Errorf("row format %d, know only %d", row[0], partFormat)
	}
	rest := row[1:]
	for _, field := range []*uint64{&h.index, &h.count, &h.total} {
		v, n := binary.Uvarint(rest)
		if n <= 0 {
			return h, nil, fmt.Errorf("row header cut off")
		}
		*field, rest = v, rest[n:]
	}
	if len(rest) < 4 {
		return h, nil, fmt.Errorf("row header cut off")
	}
	h.sum = binary.BigEndian.Uint32(rest)
	return h, rest[4:], nil
}
