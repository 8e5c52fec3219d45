package sqlite_test

import (
	"testing"

	"github.com/axess-go/axess/internal/sqltest"
)

// STO-068
func TestSchema_serves_the_release_before(t *testing.T) {
	t.Parallel()
	path := file(t)
	b := open(t, path)
	db := raw(t, "file:"+path+"?_pragma=foreign_keys(on)")
	sqltest.Before(t, b.Stores(), func(text string, args ...any) {
		t.Helper()
		if _, err := db.ExecContext(t.Context(), text, args...); err != nil {
			t.Fatal(err)
		}
	})
}
