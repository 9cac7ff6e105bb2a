package sqlite

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/aratame/aratame/internal/store"
	"github.com/aratame/aratame/internal/store/storetest"
)

func BenchmarkStore(b *testing.B) {
	storetest.Bench(b, func(b *testing.B) store.Store { return open(b, b.TempDir()) })
}

// BenchmarkOpen opens and closes: an empty directory, a store of 20,000
// records, and the same after a process that ended without closing it.
func BenchmarkOpen(b *testing.B) {
	once := func(b *testing.B, dir string) {
		s, err := Open(b.Context(), Options{Dir: dir, Create: true})
		if err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
	}
	b.Run("first", func(b *testing.B) {
		for i := 0; i < b.N; i++ {
			once(b, b.TempDir())
		}
	})
	b.Run("records=20000", func(b *testing.B) {
		dir := b.TempDir()
		s := open(b, dir)
		storetest.Fill(b, s, "1", 20_000, 500)
		_ = s.Close()
		b.ResetTimer()
		for i := 0; i < b.N; i++ {
			once(b, dir)
		}
	})
	b.Run("records=20000/unclean", func(b *testing.B) {
		dir := b.TempDir()
		s := open(b, dir)
		storetest.Fill(b, s, "1", 20_000, 500)
		b.ResetTimer()
		for i := 0; i < b.N; i++ {
			b.StopTimer()
			copied := b.TempDir()
			for _, name := range []string{MainFile, MainFile + "-wal", AreaFile, AreaFile + "-wal"} {
				data, err := os.ReadFile(filepath.Join(dir, name))
				if err == nil {
					err = os.WriteFile(filepath.Join(copied, name), data, 0o600)
				}
				if err != nil {
					b.Fatal(err)
				}
			}
			b.StartTimer()
			once(b, copied)
		}
	})
}
