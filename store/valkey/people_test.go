package valkey_test

import (
	"log/slog"
	"testing"

	"github.com/axess-go/axess/backend"
	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/internal/duty"
	"github.com/axess-go/axess/store/memory"
	"github.com/axess-go/axess/store/storetest"
)

// people is the Identity group of a server, with sessions in another place, as
// programs have it.
func (s *server) people(t *testing.T) backend.Stores {
	t.Helper()
	stores := memory.New(memory.Config{}).Stores()
	stores.Identity = s.open(t).Stores().Identity
	return settled(t, stores)
}

// settled are stores as the front door uses them: with duties between their places.
func settled(t *testing.T, stores backend.Stores) backend.Stores {
	t.Helper()
	d, err := duty.New(duty.Config{
		Stores: stores, Clock: clock.System(), Entropy: entropy.System(), Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	return d.Stores()
}

// STO-010, STO-029, IDN-060
func TestPeople_keep_the_contract(t *testing.T) {
	t.Parallel()
	for name, s := range servers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			storetest.RunOnly(t, s.people, storetest.Identity, storetest.Outbox)
		})
	}
}
