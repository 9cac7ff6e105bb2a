package session

import (
	"bytes"
	"compress/flate"
	"errors"
	"io"
	"sync"

	"github.com/aratame/aratame/internal/awserr"
)

const (
	// allotment is the room for session policies and tags in their packed form,
	// in bytes. STS doesn't document its own packed form; it reports the share
	// as PackedPolicySize and refuses more than 100 %.
	allotment = 2048
	// maxSection bounds a section before packing and after unpacking: fifty
	// tags of 384 characters of four bytes fit.
	maxSection = 128 << 10
	// identityPlain is the size up to which an identity section isn't worth the
	// time of packing.
	identityPlain = 512
)

var errSection = errors.New("session: section is too large or malformed")

// errTooLarge is STS's answer to policies and tags beyond the allotment.
func errTooLarge(percent int) error {
	return awserr.Newf("PackedPolicyTooLarge", "Packed policy consumes %d%% of allotted space, please use smaller policy.", percent)
}

// percent is the share of the allotment, rounded up.
func percent(n int) int { return (100*n + allotment - 1) / allotment }

// The set-up of a compressor is many times its work on a few hundred bytes.
var (
	deflaters = sync.Pool{New: func() any {
		w, err := flate.NewWriter(io.Discard, flate.BestSpeed)
		if err != nil {
			panic("session: " + err.Error()) // the level is a constant
		}
		return w
	}}
	inflaters = sync.Pool{New: func() any { return flate.NewReader(bytes.NewReader(nil)) }}
)

// pack deflates a section larger than plain when that makes it smaller.
func pack(section []byte, plain int) (packed []byte, deflated bool, err error) {
	if len(section) > maxSection {
		return nil, false, errTooLarge(percent(len(section)))
	}
	if len(section) <= plain {
		return section, false, nil
	}
	w := deflaters.Get().(*flate.Writer)
	defer deflaters.Put(w)
	var b bytes.Buffer
	w.Reset(&b)
	if _, err := w.Write(section); err != nil {
		return nil, false, err
	}
	if err := w.Close(); err != nil {
		return nil, false, err
	}
	if b.Len() >= len(section) {
		return section, false, nil
	}
	return b.Bytes(), true, nil
}

// inflate undoes pack, up to maxSection bytes; bytes after the end of the
// stream are refused.
func inflate(packed []byte) ([]byte, error) {
	src := bytes.NewReader(packed)
	r := inflaters.Get().(io.ReadCloser)
	defer inflaters.Put(r)
	if err := r.(flate.Resetter).Reset(src, nil); err != nil {
		return nil, errSection
	}
	b, err := io.ReadAll(io.LimitReader(r, maxSection+1))
	if err != nil || len(b) > maxSection || src.Len() != 0 {
		return nil, errSection
	}
	return b, nil
}
