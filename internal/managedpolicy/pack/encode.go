package pack

import (
	"bytes"
	"compress/flate"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Encode writes both files. The same policies give the same bytes (with the
// same release of Go, whose deflate decides). It refuses what the form can't
// hold: tabs or line ends in a name, a policy without versions, versions that
// don't descend.
func Encode(policies []Policy) (index, docs []byte, err error) {
	var w chunkWriter
	current := make([]int, len(policies))
	history := make([]int, len(policies))
	stamps := make([]string, len(policies))
	old := make([][][]byte, len(policies))
	for i, p := range policies {
		if err := check(p); err != nil {
			return nil, nil, err
		}
		current[i] = w.add(currentChunk, p.Versions[0].Document)
		var s []string
		for j, v := range p.Versions {
			piece := v.Document
			if j > 0 {
				piece = diff(p.Versions[j-1].Document, v.Document)
				old[i] = append(old[i], piece)
			}
			s = append(s, fmt.Sprintf("%d:%d:%d", v.N, v.Created, len(piece)))
		}
		stamps[i] = strings.Join(s, " ")
	}
	w.flush()
	for i := range policies {
		history[i] = w.add(historyChunk, old[i]...)
	}
	w.flush()
	var b strings.Builder
	for i, n := range w.lengths {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(strconv.Itoa(n))
	}
	b.WriteByte('\n')
	for i, p := range policies {
		fmt.Fprintf(&b, "%s\t%s\t%d\t%d\t%d\t%s\n", p.Name, p.Path, p.Created, current[i], history[i], stamps[i])
	}
	return deflate([]byte(b.String())), w.out.Bytes(), nil
}

func check(p Policy) error {
	if p.Name == "" || strings.ContainsAny(p.Name+p.Path, "\t\n") {
		return fmt.Errorf("pack: bad name %q or path %q", p.Name, p.Path)
	}
	if len(p.Versions) == 0 {
		return fmt.Errorf("pack: %s has no versions", p.Name)
	}
	for i, v := range p.Versions {
		if i > 0 && v.N >= p.Versions[i-1].N {
			return fmt.Errorf("pack: the versions of %s don't descend", p.Name)
		}
		if len(v.Document) == 0 || len(v.Document) > maxDocument {
			return fmt.Errorf("pack: %s v%d: %w", p.Name, v.N, errors.New("document is empty or too big"))
		}
	}
	return nil
}

// A chunkWriter gathers pieces into chunks.
type chunkWriter struct {
	out     bytes.Buffer
	lengths []int
	pending []byte
}

// add puts all pieces into one chunk, a new one when the pending one is full,
// and returns its number.
func (w *chunkWriter) add(limit int, pieces ...[]byte) int {
	if len(w.pending) >= limit {
		w.flush()
	}
	n := len(w.lengths)
	for _, p := range pieces {
		w.pending = append(w.pending, p...)
	}
	return n
}

func (w *chunkWriter) flush() {
	b := deflate(w.pending)
	w.out.Write(b)
	w.lengths = append(w.lengths, len(b))
	w.pending = w.pending[:0]
}

func deflate(b []byte) []byte {
	var out bytes.Buffer
	w, err := flate.NewWriter(&out, flate.BestCompression)
	if err != nil {
		panic(err) // only for a level that doesn't exist
	}
	w.Write(b) // writes to a bytes.Buffer don't fail
	w.Close()
	return out.Bytes()
}
