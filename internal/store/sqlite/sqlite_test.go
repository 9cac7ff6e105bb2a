package sqlite

import (
	"io"
	"path/filepath"
	"testing"

	"github.com/aratame/aratame/internal/store"
	"github.com/aratame/aratame/internal/store/storetest"
)

var engine = storetest.Engine{
	Open: func(t *testing.T) store.Store { return open(t, t.TempDir()) },
	Restore: func(t *testing.T, backup io.Reader) store.Store {
		dir := filepath.Join(t.TempDir(), "restored")
		if err := Restore(t.Context(), dir, backup); err != nil {
			t.Fatal(err)
		}
		return open(t, dir)
	},
	Reopen: func(t *testing.T, s store.Store) store.Store {
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		return open(t, s.(*Store).dir)
	},
}

func open(t testing.TB, dir string) *Store {
	t.Helper()
	s, err := Open(t.Context(), Options{Dir: dir, Create: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func TestConformance(t *testing.T) { storetest.Run(t, engine) }
