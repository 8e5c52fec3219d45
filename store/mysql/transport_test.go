package mysql_test

import (
	"cmp"
	"context"
	"database/sql"
	"database/sql/driver"
	"strings"
	"testing"

	driversql "github.com/go-sql-driver/mysql"

	"github.com/axess-go/axess/store/mysql"
)

const password = "a-test-password"

// secured makes a user with a password, who may come only in private if the server is
// told so, and an empty database; address is the server's, without database.
func (s *server) secured(t *testing.T, name, require string) (address, database string) {
	t.Helper()
	dsn := s.database(t)
	exec(t, s.DSN, "CREATE USER "+name+"@'127.0.0.1' IDENTIFIED BY '"+password+"' "+require)
	exec(t, s.DSN, "GRANT ALL ON *.* TO "+name+"@'127.0.0.1'")
	address, database, _ = strings.Cut(strings.TrimPrefix(strings.TrimSuffix(dsn, "?"), "axess@tcp("), ")/")
	return address, database
}

// STO-027: what the data source name says about certificates is done: the connection
// is encrypted to the server that the authority vouches for, or there is none.
func TestOpen_verifies_the_server(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *server) {
		address, database := s.secured(t, "private", "REQUIRE SSL")
		url := "mysql://private:" + password + "@" + address + "/" + database
		refused(t, "no TLS", url, "correct user and password")
		refused(t, "an authority that nobody knows", url+"?tls=true", "unknown authority")
		if err := open(t, url+"?tls=true&tls-ca="+s.CA).Check(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// A password goes the way that the server has for it (caching_sha2_password of MySQL),
// the first time and when the server remembers it.
func TestOpen_with_a_password(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *server) {
		address, database := s.secured(t, "known", "")
		for range 2 {
			if err := open(t, "mysql://known:"+password+"@"+address+"/"+database).Check(t.Context()); err != nil {
				t.Error(err)
			}
		}
		refused(t, "wrong password", "mysql://known:a-long-secret@"+address+"/"+database, "correct user and password")
	})
}

// far makes connections that the server calls those of another machine: it has none.
type far struct{ driver.Connector }

func (f far) Connect(ctx context.Context) (driver.Conn, error) {
	made, err := f.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return farConn{made.(mysql.WholeConn)}, nil
}

type farConn struct{ mysql.WholeConn }

func (c farConn) QueryContext(ctx context.Context, text string, args []driver.NamedValue) (driver.Rows, error) {
	if text == "SELECT USER()" {
		text = "SELECT 'app@192.0.2.7'"
	}
	return c.WholeConn.QueryContext(ctx, text, args)
}

// STO-027: a database of the program's that goes to another machine is taken only in
// private, and only from a program that says how it knows the server.
func TestOpenDB_to_another_machine(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *server) {
		for name, tc := range map[string]struct {
			tls  string
			opts []mysql.Option
			cure string // empty: it opens
		}{
			"in the open":                   {cure: "is not private: add tls=true"},
			"in the open, whatever is said": {opts: []mysql.Option{mysql.WithVerifiedTransport("by heart")}, cure: "is not private: add tls=true"},
			"encrypted to whomever":         {tls: "skip-verify", cure: "say so with WithVerifiedTransport"},
			"verified, the program says":    {tls: "skip-verify", opts: []mysql.Option{mysql.WithVerifiedTransport("in this test by nobody")}},
			"in the open on purpose":        {opts: []mysql.Option{mysql.WithInsecureTransport("a test")}},
		} {
			t.Run(name, func(t *testing.T) {
				cfg, err := driversql.ParseDSN(s.database(t, "clientFoundRows=true", "innodb_lock_wait_timeout=5", "tls="+cmp.Or(tc.tls, "false")))
				if err != nil {
					t.Fatal(err)
				}
				one, err := driversql.NewConnector(cfg)
				if err != nil {
					t.Fatal(err)
				}
				db := sql.OpenDB(far{one})
				defer db.Close()
				b, err := mysql.OpenDB(t.Context(), db, tc.opts...)
				if err == nil {
					err = b.Close()
				}
				if (err == nil) != (tc.cure == "") || err != nil && !strings.Contains(err.Error(), tc.cure) {
					t.Error(err)
				}
			})
		}
	})
}

// Open has its own way, and takes nobody's word.
func TestOpen_takes_no_word_for_it(t *testing.T) {
	t.Parallel()
	if _, err := mysql.Open(t.Context(), maria.database(t), mysql.WithVerifiedTransport("by heart")); err == nil || !strings.Contains(err.Error(), "is for OpenDB") {
		t.Error(err)
	}
}
