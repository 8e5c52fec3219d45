//go:build linux

package fleet

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/axess-go/axess/internal/dbtest"
)

// program is the built binary, shared the database server of most tests.
var (
	program   string
	shared    *dbtest.PostgresServer
	sharedErr error
	databases atomic.Int64
)

func TestMain(m *testing.M) { os.Exit(all(m)) }

func all(m *testing.M) (code int) {
	dir, err := os.MkdirTemp("", "axess-fleet-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	program = filepath.Join(dir, "axess")
	if out, err := exec.CommandContext(context.Background(), "go", "build", "-o", program, "github.com/axess-go/axess/cmd/axess").CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "%v\n%s", err, out)
		return 1
	}
	shared, sharedErr = dbtest.Postgres("15")
	code = m.Run()
	if sharedErr == nil {
		if err := shared.Stop(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	return code
}

// database makes an empty database in the shared server and returns its URL.
func database(t testing.TB) string {
	t.Helper()
	dbtest.Need(t, sharedErr)
	return databaseIn(t, shared)
}

func databaseIn(t testing.TB, s *dbtest.PostgresServer) string {
	t.Helper()
	name := fmt.Sprintf("fleet%d", databases.Add(1))
	conn, err := pgx.Connect(t.Context(), s.DSN)
	if err != nil {
		t.Fatal(err)
	}
	_, err = conn.Exec(t.Context(), "CREATE DATABASE "+name)
	if err := errors.Join(err, conn.Close(t.Context())); err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(s.DSN)
	if err != nil {
		t.Fatal(err)
	}
	u.Path = "/" + name
	return u.String()
}
