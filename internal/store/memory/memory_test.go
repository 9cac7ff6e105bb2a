package memory_test

import (
	"io"
	"testing"

	"github.com/aratame/aratame/internal/store"
	"github.com/aratame/aratame/internal/store/memory"
	"github.com/aratame/aratame/internal/store/storetest"
)

var engine = storetest.Engine{
	Open: func(*testing.T) store.Store { return memory.New() },
	Restore: func(t *testing.T, backup io.Reader) store.Store {
		s, err := memory.Restore(backup)
		if err != nil {
			t.Fatal(err)
		}
		return s
	},
}

func TestConformance(t *testing.T) { storetest.Run(t, engine) }
