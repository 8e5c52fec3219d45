package postgres

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/axess-go/axess/internal/sqlstore"
	"github.com/axess-go/axess/store"
)

// parse reads a data source name and refuses one whose bytes others could read or
// change on the way. pgx's errors do not repeat the password.
func parse(dsn, insecure string) (*pgx.ConnConfig, error) {
	cfg, err := pgx.ParseConfig(dsn)
	if err != nil {
		return nil, err
	}
	return cfg, private(&cfg.Config, insecure)
}

// private refuses a connection to another machine that is not encrypted, or not with
// whom the program means.
func private(cfg *pgconn.Config, insecure string) error {
	if insecure != "" {
		return nil
	}
	ways := []*pgconn.FallbackConfig{{Host: cfg.Host, TLSConfig: cfg.TLSConfig}}
	for _, w := range append(ways, cfg.Fallbacks...) {
		if local(w.Host) || w.TLSConfig != nil && !w.TLSConfig.InsecureSkipVerify {
			continue
		}
		return fmt.Errorf("the connection to %s would not be private: add sslmode=verify-full to the data source name, and sslrootcert=FILE for an authority of your own",
			w.Host)
	}
	return nil
}

// privateOf is private for a connection that the program has opened.
func privateOf(conn *sql.Conn, insecure string) error {
	return conn.Raw(func(driverConn any) error {
		c, ok := driverConn.(*stdlib.Conn)
		if !ok {
			return errDriver
		}
		return private(&c.Conn().Config().Config, insecure)
	})
}

// errDriver is another driver than pgx's: every violated condition would look like a
// database that is down.
var errDriver = errors.New("the errors of this driver are not understood: open the database with github.com/jackc/pgx/v5/stdlib")

// local is a socket of this machine, or its loopback address.
func local(host string) bool {
	if strings.HasPrefix(host, "/") || strings.HasPrefix(host, "@") || host == "localhost" {
		return true
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.IsLoopback()
}

// oldest is the first version of the server that is supported.
const oldest = 140000

// inspect refuses a server on which promises would not hold, and says what its
// connections lack.
func inspect(ctx context.Context, db *sql.DB, insecure string) (lack string, err error) {
	conn, err := db.Conn(ctx)
	if err != nil {
		return "", unreachable(err)
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	if err := inspectConn(ctx, conn, insecure); err != nil {
		return "", err
	}
	return lacks(ctx, conn)
}

func inspectConn(ctx context.Context, conn *sql.Conn, insecure string) error {
	if err := privateOf(conn, insecure); err != nil {
		return err
	}
	var version int
	var encoding, durable string
	var standby bool
	const ask = `SELECT current_setting('server_version_num')::int, current_setting('server_encoding'),
 current_setting('synchronous_commit'), pg_is_in_recovery()`
	if err := conn.QueryRowContext(ctx, ask).Scan(&version, &encoding, &durable, &standby); err != nil {
		return fmt.Errorf("this is no PostgreSQL server: %w", err)
	}
	switch {
	case version < oldest:
		return fmt.Errorf("the server is PostgreSQL %d: upgrade it to %d or newer", version/10000, oldest/10000)
	case encoding != "UTF8":
		return fmt.Errorf("the database is in %s: make one with ENCODING 'UTF8'", encoding)
	case standby:
		return errors.New("the server is a standby: name the primary (target_session_attrs=read-write finds it among several hosts)")
	case durable == "off":
		return errors.New("synchronous_commit is off, and a crash of the server could undo a revocation: ALTER ROLE … SET synchronous_commit = on")
	}
	return understood(ctx, conn)
}

// understood provokes an error and sees whether it is told apart: with another
// driver every violated condition would look like a database that is down.
func understood(ctx context.Context, conn *sql.Conn) error {
	_, err := conn.ExecContext(ctx, `DO $$ BEGIN RAISE unique_violation; END $$`)
	if classify(err) != sqlstore.Unique {
		return errDriver
	}
	return nil
}

// unreachable says what to do about a server that does not answer.
func unreachable(err error) error {
	err = brief(err)
	var dial *net.OpError
	switch code := state(err); {
	case errors.As(err, &dial):
		return fmt.Errorf("%w: start the server, or correct host and port", err)
	case code == "28P01" || code == "28000":
		return fmt.Errorf("%w: correct user and password, or pg_hba.conf of the server", err)
	case code == "3D000":
		return fmt.Errorf("%w: create the database", err)
	case strings.HasPrefix(code, "53"), strings.HasPrefix(code, "57P"):
		// The server has too much to do, or is starting or ending: another try may find
		// it well, and whoever starts a program knows by this that it is worth it.
		return fmt.Errorf("%w: %w", store.ErrUnavailable, explain(err))
	}
	return err
}
