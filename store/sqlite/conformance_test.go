package sqlite_test

import (
	"path/filepath"
	"testing"

	"github.com/axess-go/axess/backend"
	"github.com/axess-go/axess/store/memory"
	"github.com/axess-go/axess/store/sqlite"
	"github.com/axess-go/axess/store/storetest"
)

// open opens a file and closes it when the test ends.
func open(t testing.TB, path string, opts ...sqlite.Option) *sqlite.Backend {
	t.Helper()
	b, err := sqlite.Open(path, opts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	return b
}

func file(t testing.TB) string { return filepath.Join(t.TempDir(), "app.db") }

// STO-010
func TestConformance(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T) backend.Stores { return open(t, file(t)).Stores() })
}

// STO-069
func TestRecord_moves_to_and_from_memory(t *testing.T) {
	t.Parallel()
	storetest.RunCopies(t, memory.New(memory.Config{}).Stores().Session, open(t, file(t)).Stores().Session)
}
