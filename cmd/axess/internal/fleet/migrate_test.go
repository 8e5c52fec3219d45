//go:build linux

package fleet

import (
	"net/url"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
)

// tables counts the tables of axess in a database.
func tables(t *testing.T, dsn string) (n int) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	if err := conn.QueryRow(t.Context(), "SELECT count(*) FROM pg_tables WHERE tablename LIKE 'axess\\_%'").Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// CLI-040 on a database server: what only looks makes nothing, apply makes the tables
// of an empty database with an event about it, no server has to run, and one that
// runs is not in the way. A server whose role may make no tables starts on them.
// CLI-020, CLI-025
func TestMigrate_on_PostgreSQL(t *testing.T) {
	t.Parallel()
	dsn := database(t)
	verb := func(want int, args ...string) string {
		t.Helper()
		code, out := axess(t, nil, append(append([]string{"migrate"}, args...), "--dsn", dsn)...)
		if code != want {
			t.Errorf("%q: exit %d, want %d:\n%s", args, code, want, out)
		}
		return out
	}
	if out := verb(1, "status"); !strings.Contains(out, "the database has step 0") {
		t.Error(out)
	}
	if out := verb(0, "plan"); !strings.Contains(out, "CREATE TABLE axess_sessions") {
		t.Error(out)
	}
	verb(0, "apply", "--dry-run")
	verb(4, "apply")
	if n := tables(t, dsn); n != 0 {
		t.Fatalf("%d tables were made by what only looks", n)
	}
	verb(0, "apply", "--yes")
	verb(0, "status")
	conn, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	role := "runs_" + strings.Trim(u.Path, "/")
	for _, sql := range []string{
		"CREATE ROLE " + role + " LOGIN", "REVOKE CREATE ON SCHEMA public FROM PUBLIC",
		"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO " + role,
	} {
		if _, err := conn.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	u.User = url.User(role)
	f := newFleet(t, 2, "--dsn", u.String())
	f.person().signUp("ada@example.org").at(f.nodes[1]).signedIn()
	verb(0, "status")
	eventually(t, func() error { // the relay of a server brings it where readers look
		var body string
		if err := conn.QueryRow(t.Context(), "SELECT convert_from(body, 'UTF8') FROM axess_audit_events WHERE kind = 'schema_migrated'").Scan(&body); err != nil {
			return err
		}
		if !strings.Contains(body, `"operator":`) || strings.Contains(body, `"from":`) {
			t.Errorf("%s", body)
		}
		return nil
	})
}
