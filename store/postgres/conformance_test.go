package postgres_test

import (
	"testing"

	"github.com/axess-go/axess/backend"
	"github.com/axess-go/axess/store/memory"
	"github.com/axess-go/axess/store/postgres"
	"github.com/axess-go/axess/store/storetest"
)

// STO-010, STO-026, STO-060: on the oldest and the newest server; where what is
// refused for the sake of others is really refused; and without named statements,
// which PgBouncer does not keep between transactions.
func TestConformance(t *testing.T) {
	t.Parallel()
	for name, on := range map[string]struct {
		server   *server
		settings []string
		opts     []postgres.Option
	}{
		"15":              {server: v15},
		"18":              {server: v18},
		"18 serializable": {server: v18, opts: []postgres.Option{postgres.WithSerializable()}},
		"15 pooler":       {server: v15, settings: []string{"default_query_exec_mode=cache_describe"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			storetest.Run(t, func(t *testing.T) backend.Stores {
				return open(t, on.server.database(t, on.settings...), on.opts...).Stores()
			})
		})
	}
}

// STO-069
func TestRecord_moves_to_and_from_memory(t *testing.T) {
	t.Parallel()
	storetest.RunCopies(t, memory.New(memory.Config{}).Stores().Session, open(t, v18.database(t)).Stores().Session)
}
