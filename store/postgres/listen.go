package postgres

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/internal/sqlstore"
)

// channel names the one of these tables: names of channels belong to the whole
// database, and have at most 63 bytes.
const channel = `'axess_ended_' || hashtextextended(current_schema(), 0)`

// listener hears NOTIFY on a connection that it takes out of a pool.
type listener struct {
	clock clock.Clock
	name  string // the expression of the channel, with the prefix of the tables
}

// listen is the dialect's Listen. The connection goes back to nobody: it would hear on.
func (l listener) listen(ctx context.Context, db *sql.DB, hears func(func(context.Context) error) error) error {
	conn, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	err = conn.Raw(func(driverConn any) error {
		std, ok := driverConn.(*stdlib.Conn)
		if !ok {
			return errors.Join(errDriver, driver.ErrBadConn)
		}
		c := std.Conn()
		defer l.drop(ctx, c)
		// How database/sql is told that the connection is of no use to others.
		return errors.Join(l.on(ctx, db, c, hears), driver.ErrBadConn)
	})
	return errors.Join(err, ignoreDone(conn.Close()))
}

func ignoreDone(err error) error {
	if errors.Is(err, sql.ErrConnDone) {
		return nil
	}
	return err
}

// drop closes a connection. A pool destroys what comes back closed.
func (l listener) drop(ctx context.Context, c *pgx.Conn) {
	bounded, cancel := clock.WithTimeout(context.WithoutCancel(ctx), l.clock, time.Second)
	defer cancel()
	_ = c.Close(bounded) // it is given up anyway
}

func (l listener) on(ctx context.Context, db *sql.DB, c *pgx.Conn, hears func(func(context.Context) error) error) error {
	if err := l.steady(ctx, db, c); err != nil {
		return err
	}
	var name string
	if err := ask(ctx, c, "SELECT "+l.name, &name); err != nil {
		return err
	}
	quoted := pgx.Identifier{name}.Sanitize()
	if _, err := c.Exec(ctx, "LISTEN "+quoted); err != nil {
		return err
	}
	err := hears(func(ctx context.Context) error {
		for {
			n, err := c.WaitForNotification(ctx)
			if err != nil || n == nil || n.Channel == name {
				return err
			}
		}
	})
	if errors.Is(err, sqlstore.ErrDeaf) {
		// Behind a pooler the server's end of this connection may live on.
		_, _ = c.Exec(ctx, "UNLISTEN "+quoted)
	}
	return err
}

// ask sends a question as plain text, which no pooler minds.
func ask(ctx context.Context, c *pgx.Conn, text string, to any) error {
	return c.QueryRow(ctx, text, pgx.QueryExecModeSimpleProtocol).Scan(to)
}

const whoServes = "SELECT pg_backend_pid()"

// steady refuses a connection that is served now by one process of the server and
// now by another, as behind PgBouncer in transaction mode: LISTEN there would reach
// whoever has the process next, and that program would keep what it never reads. A
// server names its process when a connection begins, a pooler makes a name up; then
// others are made to need a process while this connection needs none.
func (l listener) steady(ctx context.Context, db *sql.DB, c *pgx.Conn) error {
	var own uint32
	if err := ask(ctx, c, whoServes, &own); err != nil {
		return err
	}
	if own == c.PgConn().PID() {
		return nil
	}
	for range 3 {
		moved, err := l.moved(ctx, db, c, own)
		if moved {
			return sqlstore.ErrDeaf
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// moved lets a transaction have a process and sees whether it has taken that of c.
func (l listener) moved(ctx context.Context, db *sql.DB, c *pgx.Conn, own uint32) (moved bool, err error) {
	bounded, cancel := clock.WithTimeout(ctx, l.clock, time.Second)
	defer cancel()
	other, err := db.Conn(bounded)
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, other.Close()) }()
	tx, err := other.BeginTx(bounded, nil)
	if err != nil {
		return false, err
	}
	var theirs, now uint32
	err = other.Raw(func(driverConn any) error {
		std, ok := driverConn.(*stdlib.Conn)
		if !ok {
			return errDriver
		}
		return ask(bounded, std.Conn(), whoServes, &theirs)
	})
	if err == nil {
		err = ask(bounded, c, whoServes, &now)
	}
	return theirs == own || now != own, errors.Join(err, tx.Rollback())
}
