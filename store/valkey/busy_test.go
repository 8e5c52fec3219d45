package valkey_test

import (
	"errors"
	"net"
	"strings"
	"testing"

	"github.com/axess-go/axess/internal/dbtest"
	"github.com/axess-go/axess/store"
	"github.com/axess-go/axess/store/valkey"
)

// A server that has no room just now is worth another try, and whoever starts a
// program knows by the error; one that refuses for good is not. STO-003
func TestOpen_tells_a_server_that_is_busy_from_one_that_refuses(t *testing.T) {
	t.Parallel()
	s, err := dbtest.Redis("--maxclients", "1")
	dbtest.Need(t, err)
	t.Cleanup(func() {
		if err := s.Stop(); err != nil {
			t.Error(err)
		}
	})
	_, err = valkey.Open(t.Context(), strings.Replace(s.URL, dbtest.RedisPassword, "another", 1))
	if err == nil || errors.Is(err, store.ErrUnavailable) {
		t.Errorf("a wrong password: %v", err)
	}
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", s.Addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_, err = conn.Write([]byte("*1\r\n$4\r\nPING\r\n")) // and keeps the connection
	if err == nil {
		_, err = conn.Read(make([]byte, 1))
	}
	if err != nil {
		t.Fatal(err)
	}
	if _, err := valkey.Open(t.Context(), s.URL); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("no room: %v", err)
	}
}
