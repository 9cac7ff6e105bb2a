package pack

import (
	"compress/flate"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// An Archive answers for both files. It holds the inflated index and nothing of
// the documents; it is safe for concurrent use.
type Archive struct {
	Entries []Entry // in the order of the index
	docs    string
	chunks  []int // offset of each chunk, and the end
}

// An Entry is what the index says of a policy.
type Entry struct {
	Name, Path string
	Created    int64
	Versions   []Stamp // newest first

	current, history     int32 // chunks
	currentOff, histoOff int32 // where the pieces begin within
}

// A Stamp is a version without its document.
type Stamp struct {
	N       int32
	length  int32
	Created int64
}

// ErrVersion says that a policy has no such version.
var ErrVersion = errors.New("pack: no such version")

var errIndex = errors.New("pack: damaged index")

// Open reads the index. The strings are kept, not copied.
func Open(index, docs string) (*Archive, error) {
	r := flate.NewReader(strings.NewReader(index))
	var b strings.Builder
	n, err := io.Copy(&b, io.LimitReader(r, maxIndex+1))
	if err != nil || n > maxIndex {
		return nil, errIndex
	}
	head, rest, ok := strings.Cut(b.String(), "\n")
	if !ok {
		return nil, errIndex
	}
	a := &Archive{docs: docs, chunks: []int{0}}
	end := 0
	for f := range strings.SplitSeq(head, " ") {
		n, err := strconv.Atoi(f)
		if err != nil || n < 0 || n > len(docs)-end {
			return nil, errIndex
		}
		end += n
		a.chunks = append(a.chunks, end)
	}
	if end != len(docs) {
		return nil, errIndex
	}
	a.Entries = make([]Entry, 0, strings.Count(rest, "\n"))
	used := make([]int32, len(a.chunks)-1) // bytes of each chunk given away so far
	for rest != "" {
		var line string
		line, rest, _ = strings.Cut(rest, "\n")
		e, err := parseEntry(line, used)
		if err != nil {
			return nil, err
		}
		a.Entries = append(a.Entries, e)
	}
	return a, nil
}

func parseEntry(line string, used []int32) (Entry, error) {
	f := strings.Split(line, "\t")
	if len(f) != 6 {
		return Entry{}, errIndex
	}
	created, err1 := strconv.ParseInt(f[2], 10, 64)
	current, err2 := strconv.Atoi(f[3])
	history, err3 := strconv.Atoi(f[4])
	if err := errors.Join(err1, err2, err3); err != nil {
		return Entry{}, errIndex
	}
	if current < 0 || current >= len(used) || history < 0 || history >= len(used) || current == history {
		return Entry{}, errIndex
	}
	e := Entry{
		Name: f[0], Path: f[1], Created: created,
		current: int32(current), currentOff: used[current],
		history: int32(history), histoOff: used[history],
		Versions: make([]Stamp, 0, 1+strings.Count(f[5], " ")),
	}
	for s := range strings.SplitSeq(f[5], " ") {
		n, tail, _ := strings.Cut(s, ":")
		at, size, _ := strings.Cut(tail, ":")
		num, err1 := strconv.ParseInt(n, 10, 32)
		created, err2 := strconv.ParseInt(at, 10, 64)
		length, err3 := strconv.ParseInt(size, 10, 32)
		if errors.Join(err1, err2, err3) != nil || length < 0 || length > maxDocument {
			return Entry{}, errIndex
		}
		chunk := history
		if len(e.Versions) == 0 {
			chunk = current
		}
		used[chunk] += int32(length)
		if used[chunk] < 0 {
			return Entry{}, errIndex
		}
		e.Versions = append(e.Versions, Stamp{N: int32(num), length: int32(length), Created: created})
	}
	return e, nil
}

// Document returns version n of e, in JSON without spaces, or ErrVersion. The
// newest version costs one chunk's inflation up to its place (32 KiB and a
// document at most); an older one also costs a chunk of the history, and one
// pass over the document for each version between.
func (a *Archive) Document(e *Entry, n int) (doc []byte, err error) {
	for i, v := range e.Versions {
		if int(v.N) == n {
			err := a.walk(e, i, func(_ Stamp, d []byte) { doc = d })
			return doc, err
		}
	}
	return nil, ErrVersion
}

// Walk calls f with every version of e, newest first, in one pass.
func (a *Archive) Walk(e *Entry, f func(v Stamp, doc []byte)) error {
	return a.walk(e, len(e.Versions)-1, f)
}

func (a *Archive) walk(e *Entry, last int, f func(Stamp, []byte)) error {
	doc, err := a.read(e.current, e.currentOff, e.Versions[:1])
	if err != nil {
		return err
	}
	f(e.Versions[0], doc)
	if last == 0 {
		return nil
	}
	steps, err := a.read(e.history, e.histoOff, e.Versions[1:last+1])
	if err != nil {
		return err
	}
	for _, v := range e.Versions[1 : last+1] {
		if doc, err = patch(doc, steps[:v.length]); err != nil {
			return err
		}
		steps = steps[v.length:]
		f(v, doc)
	}
	return nil
}

// read inflates the pieces of the given versions, which lie together.
func (a *Archive) read(chunk, off int32, versions []Stamp) ([]byte, error) {
	total := 0
	for _, v := range versions {
		total += int(v.length)
	}
	r := flate.NewReader(strings.NewReader(a.docs[a.chunks[chunk]:a.chunks[chunk+1]]))
	if _, err := io.CopyN(io.Discard, r, int64(off)); err != nil {
		return nil, fmt.Errorf("pack: chunk %d: %w", chunk, err)
	}
	b := make([]byte, total)
	if _, err := io.ReadFull(r, b); err != nil {
		return nil, fmt.Errorf("pack: chunk %d: %w", chunk, err)
	}
	return b, nil
}
