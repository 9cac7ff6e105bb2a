// Package pack is the file form of the AWS managed policies: an index that is
// read whole, and documents of which one can be had without inflating the rest.
//
// The index is deflated text. Its first line lists the length of each chunk of
// the documents file; each further line is a policy, its fields apart by tabs:
//
//	name, path, created, chunk of the current document, chunk of the history,
//	versions: "number:created:length" apart by spaces, newest first
//
// Times are seconds since 1970. The documents file is a sequence of chunks, each
// deflated on its own. The newest document of a policy is stored whole, in JSON
// without spaces, with its neighbours by name; an older one is stored in a chunk
// of the history as its difference to the next newer one (see delta.go). Lengths
// are those before deflation, so that the place of every piece follows from the
// index.
package pack

// A Policy is one managed policy with all of its known versions.
type Policy struct {
	Name, Path string
	Created    int64
	Versions   []Version // newest first, never empty
}

// A Version is one document of a policy.
type Version struct {
	N        int // 12 for "v12"
	Created  int64
	Document []byte // JSON without spaces
}

// Limits that a reader holds to, whatever the files say.
const (
	maxIndex    = 4 << 20 // bytes of the index, inflated
	maxDocument = 4 << 20 // bytes of one document or difference
)

// Sizes of a chunk before deflation: a current document should cost little to
// reach, a historical one may cost more.
const (
	currentChunk = 32 << 10
	historyChunk = 32 << 10
)
