package mysql_test

import (
	"testing"

	"github.com/axess-go/axess/internal/sqltest"
)

// STO-068
func TestSchema_serves_the_release_before(t *testing.T) {
	t.Parallel()
	dsn := maria.database(t)
	b := open(t, dsn)
	sqltest.Before(t, b.Stores(), func(text string, args ...any) {
		t.Helper()
		exec(t, dsn, text, args...)
	})
}
