package duty_test

import (
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/axess-go/axess/backend"
	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/internal/duty"
	"github.com/axess-go/axess/store/memory"
	"github.com/axess-go/axess/store/sqlite"
	"github.com/axess-go/axess/store/storetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func noon() time.Time { return time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC) }

// over builds duties over stores.
func over(t testing.TB, s backend.Stores, c clock.Clock, log *slog.Logger) *duty.Duties {
	t.Helper()
	d, err := duty.New(duty.Config{Stores: s, Clock: c, Entropy: entropy.Seeded(1), Logger: log})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func onMemory(*testing.T) backend.Stores { return memory.New(memory.Config{}).Stores() }

func onSQLite(t *testing.T) backend.Stores {
	t.Helper()
	b, err := sqlite.Open(filepath.Join(t.TempDir(), "app.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	return b.Stores()
}

// Accounts and sessions in two places keep the contract of one, but for the rows
// beside a verb of the sessions. PRD-022, STO-010
func TestConformance(t *testing.T) {
	t.Parallel()
	for name, places := range map[string]struct {
		people, sessions func(*testing.T) backend.Stores
	}{
		"sqlite, sessions on memory": {onSQLite, onMemory},
		"memory, sessions on sqlite": {onMemory, onSQLite},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			storetest.RunSplit(t, func(t *testing.T) backend.Stores {
				mixed := places.people(t).WithSession(places.sessions(t))
				return over(t, mixed, clock.System(), slog.New(slog.DiscardHandler)).Stores()
			})
		})
	}
}
