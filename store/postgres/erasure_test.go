package postgres_test

import (
	"database/sql"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib"
	"pgregory.net/rapid"

	"github.com/axess-go/axess/internal/draws"
	"github.com/axess-go/axess/internal/fronttest"
)

// AUN-I7: whatever somebody did, once they are erased no column of any table holds
// anything of them.
func TestErasure_leaves_nothing_in_any_column(t *testing.T) {
	t.Parallel()
	draws.OneIn(t, 50, func(rt *rapid.T) {
		dsn := v15.database(t)
		b := open(t, dsn)
		db, err := sql.Open("pgx", dsn)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := db.Close(); err != nil {
				t.Error(err)
			}
		})
		fronttest.CheckErasure(t, b.Stores(), func(n int) int { return rapid.IntRange(0, n-1).Draw(rt, "choice") }, func() []byte {
			return fronttest.DumpTables(t, db, `"`, `SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema()`)
		})
	})
}
