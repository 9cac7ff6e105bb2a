package sqlite

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/aratame/aratame/internal/store"
)

// headerSize is the length of the header of a SQLite 3 database; the offsets
// below are those of "The Database Header" in SQLite's file format description.
const headerSize = 100

type header struct {
	pageSize      int64
	pages         int64 // 0 when the header does not vouch for it
	userVersion   uint32
	applicationID uint32
}

// parseHeader reads the first headerSize bytes of a database file.
func parseHeader(b []byte) (header, error) {
	if len(b) < headerSize {
		return header{}, errors.New("shorter than a database header")
	}
	if string(b[:16]) != "SQLite format 3\x00" {
		return header{}, errors.New("not a SQLite database")
	}
	h := header{
		pageSize:      int64(binary.BigEndian.Uint16(b[16:])),
		userVersion:   binary.BigEndian.Uint32(b[60:]),
		applicationID: binary.BigEndian.Uint32(b[68:]),
	}
	if h.pageSize == 1 {
		h.pageSize = 65536
	}
	if h.pageSize < 512 || h.pageSize&(h.pageSize-1) != 0 {
		return header{}, fmt.Errorf("page size %d", h.pageSize)
	}
	// The page count holds only if written by the last change of the file.
	if binary.BigEndian.Uint32(b[24:]) == binary.BigEndian.Uint32(b[92:]) {
		h.pages = int64(binary.BigEndian.Uint32(b[28:]))
	}
	return h, nil
}

// examine refuses a file that is not a whole database of this program and
// format. It reads the header only and changes nothing. With a log beside it
// the file may lawfully be shorter than it says: a checkpoint was interrupted.
func examine(path string, format uint32, logged bool) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return openFailed(path, err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return openFailed(path, err)
	}
	if !info.Mode().IsRegular() {
		return &store.OpenError{Problem: store.ProblemForeign, Path: path, What: "not a regular file",
			Advice: "choose another data directory"}
	}
	if info.Size() < headerSize {
		return damagedFile(path, fmt.Sprintf("only %d bytes long: cut off", info.Size()), nil)
	}
	b := make([]byte, headerSize)
	if _, err := io.ReadFull(f, b); err != nil {
		return openFailed(path, err)
	}
	h, err := parseHeader(b)
	if err != nil {
		return &store.OpenError{Problem: store.ProblemForeign, Path: path, What: "no database of aratame, or its beginning is overwritten",
			Advice: "choose another data directory, or restore a backup", Cause: err}
	}
	if h.applicationID != applicationID {
		return &store.OpenError{Problem: store.ProblemForeign, Path: path, What: "the database of another program",
			Advice: "choose another data directory"}
	}
	if h.userVersion != format {
		return &store.OpenError{Problem: store.ProblemFormat, Path: path,
			What:   fmt.Sprintf("written in format %d, this program knows %d", h.userVersion, format),
			Advice: "start the version of aratame that wrote it, or a newer one"}
	}
	if whole := h.pages * h.pageSize; !logged && (info.Size() < whole || info.Size()%h.pageSize != 0) {
		return damagedFile(path, fmt.Sprintf("cut off: %d bytes of %d", info.Size(), whole), nil)
	}
	return nil
}
