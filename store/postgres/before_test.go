package postgres_test

import (
	"database/sql"
	"strconv"
	"strings"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib"

	"github.com/axess-go/axess/internal/sqltest"
)

// STO-068
func TestSchema_serves_the_release_before(t *testing.T) {
	t.Parallel()
	dsn := v15.database(t)
	b := open(t, dsn)
	db, err := sql.Open("pgx", dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	sqltest.Before(t, b.Stores(), func(text string, args ...any) {
		t.Helper()
		for n := 1; strings.Contains(text, "?"); n++ {
			text = strings.Replace(text, "?", "$"+strconv.Itoa(n), 1)
		}
		if _, err := db.ExecContext(t.Context(), text, args...); err != nil {
			t.Fatal(err)
		}
	})
}
