package mysql_test

import (
	"database/sql"
	"errors"
	"strings"
	"testing"

	"github.com/axess-go/axess/internal/dbtest"
	"github.com/axess-go/axess/store"
	"github.com/axess-go/axess/store/mysql"
)

// STO-027, PRD-006: a server or connection on which promises would not hold is
// refused at once, with what to do about it, and no error repeats the password.
func TestOpen_refuses(t *testing.T) {
	t.Parallel()
	onEach(t, refuses)
}

func refuses(t *testing.T, s *server) {
	address := strings.TrimSuffix(strings.TrimPrefix(s.DSN, "axess@tcp("), ")/")
	exec(t, s.DSN, "CREATE DATABASE others")
	exec(t, s.DSN, "CREATE USER reader@'127.0.0.1'")
	exec(t, s.DSN, "GRANT SELECT ON others.* TO reader@'127.0.0.1'")
	for name, tc := range map[string]struct{ dsn, cure string }{
		"no server":         {"mysql://axess:a-long-secret@127.0.0.1:1/x", "start the server"},
		"no database":       {s.DSN + "missing", "create the database"},
		"no name":           {s.DSN, "add /NAME"},
		"wrong password":    {"mysql://axess:a-long-secret@" + address + "/others", "correct user and password"},
		"no rights":         {"mysql://reader@" + address + "/others", "let this user"},
		"not strict":        {s.database(t, "sql_mode=%27%27"), "add STRICT_TRANS_TABLES"},
		"no autocommit":     {s.database(t, "autocommit=0"), "leave it on"},
		"chained":           {s.database(t, "completion_type=1"), "NO_CHAIN"},
		"no keys":           {s.database(t, "foreign_key_checks=0"), "set both to 1"},
		"other engine":      {s.database(t, "default_storage_engine=MyISAM"), "default_storage_engine = InnoDB"},
		"other characters":  {s.database(t, "charset=latin1"), "charset=utf8mb4"},
		"many in one":       {s.database(t, "multiStatements=true"), "leave it out"},
		"values in texts":   {s.database(t, "interpolateParams=true"), "leave it out"},
		"files":             {s.database(t, "allowAllFiles=true"), "leave it out"},
		"in the open":       {"mysql://axess:a-long-secret@db.example.test/x", "tls=true"},
		"in the open, dsn":  {"axess:a-long-secret@tcp(db.example.test:3306)/x", "tls=true"},
		"unverified":        {"mysql://axess:a-long-secret@db.example.test/x?tls=skip-verify", "tls=true"},
		"if it likes":       {"mysql://axess:a-long-secret@db.example.test/x?tls=preferred", "tls=true"},
		"falls back":        {"mysql://axess:a-long-secret@db.example.test/x?tls=true&allowFallbackToPlaintext=true", "tls=true"},
		"authority in vain": {"mysql://axess:a-long-secret@127.0.0.1/x?tls-ca=ca.pem", "tls=true"},
		"no such authority": {"mysql://axess:a-long-secret@db.example.test/x?tls=true&tls-ca=missing.pem", "missing.pem"},
		"not a URL":         {"mysql://axess:a-long-secret%zz@127.0.0.1/x", "two digits"},
		"not a port":        {"mysql://axess@a-long-secret:x/y:z", "two digits"},
		"not a name":        {"a-long-secret", "write user:password"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			refused(t, name, tc.dsn, tc.cure)
		})
	}
}

// What a server is set to, one after the other: SES-196, since a revocation that a
// crash can undo was none.
func TestOpen_refuses_a_server_that(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *server) {
		s = s.own(t)
		dsn := s.database(t)
		const ample = 16 << 20
		for name, tc := range map[string]struct {
			variable   string
			bad, right any
			cure       string
		}{
			"is a replica":                {"read_only", 1, 0, "name the primary"},
			"loses commits":               {"innodb_flush_log_at_trx_commit", 2, 1, "innodb_flush_log_at_trx_commit is 2"},
			"has no room for one session": {"max_allowed_packet", 1 << 20, ample, "set it to 4M"},
			"is not strict":               {"sql_mode", "", "STRICT_TRANS_TABLES", "add STRICT_TRANS_TABLES"},
			"chains transactions":         {"completion_type", "CHAIN", "NO_CHAIN", "NO_CHAIN"},
		} {
			exec(t, s.DSN, "SET GLOBAL "+tc.variable+" = ?", tc.bad)
			refused(t, name, dsn, tc.cure)
			exec(t, s.DSN, "SET GLOBAL "+tc.variable+" = ?", tc.right)
		}
		if s.logs(t) {
			exec(t, s.DSN, "SET GLOBAL sync_binlog = 0")
			refused(t, "has a log that is lost", dsn, "sync_binlog is 0")
			exec(t, s.DSN, "SET GLOBAL sync_binlog = 1")
		}
		if err := open(t, dsn).Check(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// What only a start can say, and MariaDB alone.
func TestOpen_refuses_a_server_that_was_started(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ option, cure string }{
		"as too old":            {"--version=10.5.9-MariaDB", "upgrade it to 10.6"},
		"to sync never":         {"--innodb-flush-method=nosync", "innodb_flush_method is nosync"},
		"with a log of nothing": {"--log-bin=b", "sync_binlog is 0"},
	} {
		t.Run(name, func(t *testing.T) {
			refused(t, name, maria.own(t, tc.option).database(t), tc.cure)
		})
	}
}

// logs reports whether a server has a binary log, as MySQL has if nobody says otherwise.
func (s *server) logs(t *testing.T) bool {
	t.Helper()
	db := connect(t, s.DSN)
	defer db.Close()
	var on bool
	if err := db.QueryRowContext(t.Context(), "SELECT @@log_bin").Scan(&on); err != nil {
		t.Fatal(err)
	}
	return on
}

func refused(t *testing.T, name, dsn, cure string) {
	t.Helper()
	b, err := mysql.Open(t.Context(), dsn)
	if err == nil {
		b.Close()
		t.Fatalf("%s: opened", name)
	}
	if !strings.Contains(err.Error(), cure) || strings.Contains(err.Error(), "a-long-secret") {
		t.Errorf("%s: %v", name, err)
	}
}

func TestOptions_are_checked(t *testing.T) {
	t.Parallel()
	dsn := maria.database(t)
	for name, o := range map[string]mysql.Option{
		"no clock":        mysql.WithClock(nil),
		"no entropy":      mysql.WithEntropy(nil),
		"no connection":   mysql.WithConnections(0),
		"no prefix":       mysql.WithPrefix(""),
		"prefix with SQL": mysql.WithPrefix("x; --"),
	} {
		if b, err := mysql.Open(t.Context(), dsn, o); err == nil {
			b.Close()
			t.Errorf("%s: opened", name)
		}
	}
	if _, err := mysql.OpenDB(t.Context(), nil); err == nil {
		t.Error("no database: opened")
	}
}

// STO-027: what Open sets by itself must be there in a database of the program's.
func TestOpenDB_refuses_and_leaves_what_it_was_given(t *testing.T) {
	t.Parallel()
	onEach(t, borrowing)
}

func borrowing(t *testing.T, s *server) {
	for setting, cure := range map[string]string{
		"": "add clientFoundRows=true", "clientFoundRows=true&multiStatements=true": "leave multiStatements out",
	} {
		db := connect(t, s.database(t, setting))
		if _, err := mysql.OpenDB(t.Context(), db); err == nil || !strings.Contains(err.Error(), cure) {
			t.Errorf("%q: %v", setting, err)
		}
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}
	db := connect(t, s.database(t, "clientFoundRows=true"))
	defer db.Close()
	db.SetMaxOpenConns(3)
	if _, err := mysql.OpenDB(t.Context(), db, mysql.WithConnections(2)); err == nil || !strings.Contains(err.Error(), "SetMaxOpenConns") {
		t.Errorf("too few connections: %v", err)
	}
	b, err := mysql.OpenDB(t.Context(), db, mysql.WithConnections(1))
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(b.Check(t.Context()), b.Close()); err != nil {
		t.Fatal(err)
	}
	if err := db.PingContext(t.Context()); err != nil {
		t.Error(err)
	}
	if err := b.Check(t.Context()); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("closed: %v", err)
	}
}

// STO-068: of many that come to an empty database one makes the tables, and the
// others find them.
func TestOpen_at_once(t *testing.T) {
	t.Parallel()
	onEach(t, atOnce)
}

func atOnce(t *testing.T, s *server) {
	dsn := s.database(t)
	dbtest.AtOnce(t, func() error {
		b, err := mysql.Open(t.Context(), dsn, mysql.WithConnections(1))
		if err != nil {
			return err
		}
		return errors.Join(b.Check(t.Context()), b.Close())
	})
}

// STO-068: tables that somebody else has made, or made otherwise, are not touched.
func TestOpen_refuses_a_schema_that_it_does_not_know(t *testing.T) {
	t.Parallel()
	onEach(t, unknownSchemas)
}

func unknownSchemas(t *testing.T, s *server) {
	for name, break_ := range map[string]string{
		"newer":       "INSERT INTO axess_schema_version VALUES (99, 'later', REPEAT('x', 32), 0)",
		"altered":     "UPDATE axess_schema_version SET checksum = REPEAT('x', 32) WHERE version = 1",
		"unmarked":    "DROP TABLE axess_schema_version",
		"forgotten":   "DELETE FROM axess_schema_version",
		"begun newer": "INSERT INTO axess_schema_progress VALUES (99, REPEAT('x', 32), 1)",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dsn := s.database(t)
			if err := open(t, dsn).Close(); err != nil {
				t.Fatal(err)
			}
			exec(t, dsn, break_)
			if b, err := mysql.Open(t.Context(), dsn); !errors.Is(err, store.ErrSchema) {
				t.Error(b, err)
			}
		})
	}
}

// STO-068: a step that was interrupted after any of its statements, with that noted
// or not yet, is completed by whoever opens the database next.
func TestOpen_completes_a_step_that_was_interrupted(t *testing.T) {
	t.Parallel()
	onEach(t, interruptedSteps)
}

func interruptedSteps(t *testing.T, s *server) {
	tables := 0
	for cut := 1; ; cut++ {
		dsn := s.database(t)
		if err := open(t, dsn).Close(); err != nil {
			t.Fatal(err)
		}
		have := dropAfter(t, dsn, cut)
		if have == 0 {
			break
		}
		tables = have
		if err := open(t, dsn).Check(t.Context()); err != nil {
			t.Errorf("%d tables: %v", cut, err)
		}
		exec(t, dsn, "SELECT 1 FROM axess_sessions, axess_values, axess_epochs, axess_revocations")
	}
	if tables < 10 {
		t.Errorf("interrupted after %d tables at most", tables)
	}
}

// dropAfter leaves the first tables of a database as an interrupted first step does,
// whose last statement is noted every other time. It answers 0 when there are no more.
func dropAfter(t *testing.T, dsn string, keep int) int {
	t.Helper()
	order := []string{
		"schema_version", "tenants", "users", "identifiers", "credentials", "methods", "grants", "tokens", "sessions",
		"epochs", "attempts", "flights", "outbox", "audit_events", "audit_sources", "values",
	}
	if keep > len(order) {
		return 0
	}
	db, err := sql.Open("mysql", dsn+"multiStatements=true")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	noted := keep - keep%2 // of 1, 3, … the last is not
	text := "SET foreign_key_checks = 0; DROP TABLE axess_revocations;" +
		"INSERT INTO axess_schema_progress SELECT 1, checksum, 0 FROM axess_schema_version WHERE version = 1;" +
		"DELETE FROM axess_schema_version;"
	for _, name := range order[keep:] {
		text += "DROP TABLE axess_" + name + ";"
	}
	if _, err := db.ExecContext(t.Context(), text); err != nil {
		t.Fatal(err)
	}
	if _, err := db.ExecContext(t.Context(), "UPDATE axess_schema_progress SET done = ?", noted); err != nil {
		t.Fatal(err)
	}
	return keep
}

// The tables of the program's own prefix stand beside others.
func TestWithPrefix(t *testing.T) {
	t.Parallel()
	onEach(t, prefixes)
}

func prefixes(t *testing.T, s *server) {
	dsn := s.database(t)
	for _, prefix := range []string{"one_", "two_"} {
		if err := open(t, dsn, mysql.WithPrefix(prefix)).Check(t.Context()); err != nil {
			t.Error(err)
		}
	}
	exec(t, dsn, "SELECT 1 FROM one_sessions, two_sessions")
}
