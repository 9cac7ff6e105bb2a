package memory

import (
	"encoding/gob"
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/aratame/aratame/internal/store"
)

// image is the backup: one gob value. It holds no pointers into the store.
type image struct {
	Magic  string
	Units  map[string]unitImage
	Claims map[string]string
	Areas  map[string]map[string][]byte
	Outbox []store.OutboxEntry
	Seq    uint64
}

type unitImage struct {
	Version store.Version
	Records map[string][]byte
}

const magic = "aratame memory store 1"

// snapshot is called with mu held for reading. It copies the maps but shares
// the values, which are never changed in place.
func (s *Store) snapshot() image {
	img := image{Magic: magic, Units: make(map[string]unitImage, len(s.units)),
		Claims: maps.Clone(s.claims), Areas: make(map[string]map[string][]byte, len(s.areas)),
		Outbox: slices.Clone(s.outbox), Seq: s.seq}
	for name, u := range s.units {
		img.Units[name] = unitImage{Version: u.version, Records: maps.Clone(u.records)}
	}
	for name, a := range s.areas {
		img.Areas[name] = maps.Clone(a)
	}
	return img
}

// Restore gives a new store with the content of a backup that a store of this
// package wrote. Any other input is store.ErrDamaged.
func Restore(r io.Reader) (*Store, error) {
	var img image
	if err := gob.NewDecoder(r).Decode(&img); err != nil {
		return nil, fmt.Errorf("%w: read backup: %v", store.ErrDamaged, err)
	}
	if img.Magic != magic {
		return nil, fmt.Errorf("%w: not a backup of a memory store", store.ErrDamaged)
	}
	s := New()
	s.seq = img.Seq
	for name, u := range img.Units {
		fresh := &unit{version: u.Version, records: make(map[string][]byte, len(u.Records))}
		for k, v := range u.Records {
			fresh.records[k] = keep(v) // gob gives empty slices as nil
		}
		s.units[name] = fresh
	}
	for name, holder := range img.Claims {
		s.claims[name] = holder
	}
	for name, area := range img.Areas {
		s.areas[name] = make(map[string][]byte, len(area))
		for k, v := range area {
			s.areas[name][k] = keep(v)
		}
	}
	for _, e := range img.Outbox {
		s.outbox = append(s.outbox, store.OutboxEntry{Seq: e.Seq, ID: e.ID, Data: keep(e.Data)})
	}
	return s, nil
}
