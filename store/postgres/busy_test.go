package postgres_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/axess-go/axess/store"
	"github.com/axess-go/axess/store/postgres"
)

// A server that has no room just now is worth another try, and whoever starts a
// program knows by the error; one that refuses for good is not. STO-003
func TestOpen_tells_a_server_that_is_busy_from_one_that_refuses(t *testing.T) {
	t.Parallel()
	dsn := v15.database(t)
	name := strings.SplitN(dsn[strings.LastIndexByte(dsn, '/')+1:], "?", 2)[0]
	exec(t, dsn, "CREATE ROLE full_"+name+" LOGIN CONNECTION LIMIT 0")
	_, err := postgres.Open(t.Context(), strings.Replace(dsn, "axess@", "full_"+name+"@", 1))
	if !errors.Is(err, store.ErrUnavailable) || !strings.Contains(err.Error(), "max_connections") {
		t.Errorf("no room: %v", err)
	}
	_, err = postgres.Open(t.Context(), strings.Replace(dsn, "axess@", "nobody_"+name+"@", 1))
	if err == nil || errors.Is(err, store.ErrUnavailable) {
		t.Errorf("no such user: %v", err)
	}
}
