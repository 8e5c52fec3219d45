//go:build linux

package fleet

import (
	"database/sql"
	"fmt"
	"strings"
	"testing"

	"github.com/go-sql-driver/mysql"
)

// sqlSite is what a test asks a database server behind the program's back.
type sqlSite struct {
	server *server
	driver string
	// tables counts those of axess, role makes one that may only use them.
	tables string
	role   func(name string) []string
	dsn    func(url string) string // the URL in the form of the driver
}

func sqlSites() map[string]sqlSite {
	return map[string]sqlSite{
		"postgres": {
			postgres, "pgx", "SELECT count(*) FROM pg_tables WHERE tablename LIKE 'axess\\_%'",
			func(role string) []string {
				return []string{
					"CREATE ROLE " + role + " LOGIN", "REVOKE CREATE ON SCHEMA public FROM PUBLIC",
					"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO " + role,
				}
			},
			func(url string) string { return url },
		},
		"mariadb": mysqlSite(mariadb),
		"mysql":   mysqlSite(mysql8),
	}
}

func mysqlSite(at *server) sqlSite {
	return sqlSite{
		at, "mysql", "SELECT count(*) FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name LIKE 'axess\\_%'",
		func(role string) []string {
			return []string{
				"CREATE USER " + role + "@'127.0.0.1'",
				"GRANT SELECT, INSERT, UPDATE, DELETE ON " + strings.TrimPrefix(role, "runs_") + ".* TO " + role + "@'127.0.0.1'",
			}
		},
		func(url string) string {
			cfg := mysql.NewConfig()
			user, rest, _ := strings.Cut(strings.TrimPrefix(url, "mysql://"), "@")
			cfg.Net, cfg.User = "tcp", user
			cfg.Addr, cfg.DBName, _ = strings.Cut(rest, "/")
			return cfg.FormatDSN()
		},
	}
}

func (s sqlSite) open(t *testing.T, url string) *sql.DB {
	t.Helper()
	db, err := sql.Open(s.driver, s.dsn(url))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

// CLI-040 on a database server: what only looks makes nothing, apply makes the tables
// of an empty database with an event about it, no server has to run, and one that
// runs is not in the way. A server whose role may make no tables starts on them.
// CLI-020, CLI-025
func TestMigrate_on_a_server(t *testing.T) {
	t.Parallel()
	for name, site := range sqlSites() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			migrates(t, site)
		})
	}
}

func migrates(t *testing.T, site sqlSite) {
	t.Helper()
	dsn := site.server.empty(t)
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
	db := site.open(t, dsn)
	var n int
	if err := db.QueryRowContext(t.Context(), site.tables).Scan(&n); err != nil || n != 0 {
		t.Fatalf("%d tables were made by what only looks: %v", n, err)
	}
	verb(0, "apply", "--yes")
	verb(0, "status")
	if err := db.QueryRowContext(t.Context(), site.tables).Scan(&n); err != nil || n == 0 {
		t.Fatalf("%d tables: %v", n, err)
	}
	role := "runs_" + dsn[strings.LastIndexByte(dsn, '/')+1:]
	for _, text := range site.role(role) {
		if _, err := db.ExecContext(t.Context(), text); err != nil {
			t.Fatal(err)
		}
	}
	f := newFleet(t, 2, stored{dsn: strings.Replace(dsn, "axess@", role+"@", 1)})
	f.person().signUp("ada@example.org").at(f.nodes[1]).signedIn()
	verb(0, "status")
	eventually(t, func() error { // the relay of a server brings it where readers look
		var body []byte
		if err := db.QueryRowContext(t.Context(), "SELECT body FROM axess_audit_events WHERE kind = 'schema_migrated'").Scan(&body); err != nil {
			return err
		}
		if !strings.Contains(string(body), `"operator":`) || strings.Contains(string(body), `"from":`) {
			return fmt.Errorf("%s", body)
		}
		return nil
	})
}
