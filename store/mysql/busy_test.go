package mysql_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/axess-go/axess/store"
	"github.com/axess-go/axess/store/mysql"
)

// A server that has no room just now is worth another try, and whoever starts a
// program knows by the error; one that refuses for good is not. STO-003
func TestOpen_tells_a_server_that_is_busy_from_one_that_refuses(t *testing.T) {
	t.Parallel()
	dsn := maria.database(t)
	exec(t, dsn, "CREATE USER busy@'127.0.0.1' WITH MAX_USER_CONNECTIONS 1")
	exec(t, dsn, "GRANT ALL ON *.* TO busy@'127.0.0.1'")
	theirs := strings.Replace(dsn, "axess@", "busy@", 1)
	db := connect(t, theirs)
	defer db.Close()
	if err := db.PingContext(t.Context()); err != nil { // and keeps the connection
		t.Fatal(err)
	}
	_, err := mysql.Open(t.Context(), theirs)
	if !errors.Is(err, store.ErrUnavailable) || !strings.Contains(err.Error(), "max_connections") {
		t.Errorf("no room: %v", err)
	}
	_, err = mysql.Open(t.Context(), strings.Replace(dsn, "axess@", "nobody@", 1))
	if err == nil || errors.Is(err, store.ErrUnavailable) {
		t.Errorf("no such user: %v", err)
	}
}
