package mysql

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// borrowed refuses connections of somebody else's that [Open] would have made
// otherwise.
func (f facts) borrowed(ctx context.Context, db *sql.DB, o options) error {
	conn, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	return errors.Join(f.borrowedConn(ctx, conn, o), conn.Close())
}

func (f facts) borrowedConn(ctx context.Context, conn *sql.Conn, o options) error {
	if wait, _ := strconv.Atoi(f.vars["wsrep_sync_wait"]); f.galera() && wait&7 != 7 {
		return errors.New("this is a node of a Galera cluster, and could answer before it knows of a revocation at another: add wsrep_sync_wait=7 to the data source name")
	}
	if wait, err := strconv.Atoi(f.vars["innodb_lock_wait_timeout"]); err != nil || wait > longestWait {
		return fmt.Errorf("a statement may wait for a lock for %s seconds: add innodb_lock_wait_timeout=5 to the data source name", f.vars["innodb_lock_wait_timeout"])
	}
	found, err := foundRows(ctx, conn)
	if err != nil {
		return err
	}
	if !found {
		return errors.New("an update counts only the rows that it changes: add clientFoundRows=true to the data source name")
	}
	if o.Insecure != "" {
		return nil
	}
	return privateConn(ctx, conn, o.verified)
}

// privateConn refuses a connection to another machine that has no TLS, or of which the
// program does not say that it knows with whom.
func privateConn(ctx context.Context, conn *sql.Conn, verified string) error {
	var user, name, cipher string
	if err := conn.QueryRowContext(ctx, `SELECT USER()`).Scan(&user); err != nil {
		return err
	}
	host := user[strings.LastIndexByte(user, '@')+1:]
	if local(host) {
		return nil
	}
	if err := conn.QueryRowContext(ctx, `SHOW SESSION STATUS LIKE 'Ssl_cipher'`).Scan(&name, &cipher); err != nil {
		return err
	}
	switch {
	case cipher == "":
		return fmt.Errorf("the connection from %s is not private: add tls=true to the data source name", host)
	case verified == "":
		return fmt.Errorf("the connection from %s is encrypted, and nothing shows whether the server's certificate was verified: use Open, or let tls=true verify it and say so with WithVerifiedTransport", host)
	}
	return nil
}

// longestWait is what a connection of the program's may wait for a lock, in seconds.
const longestWait = 60

// foundRows reports whether an update counts the rows that it has found. A table of
// this connection alone is asked, so that nobody's rows are touched.
func foundRows(ctx context.Context, conn *sql.Conn) (bool, error) {
	const probe = `axess_probe_of_connection`
	if _, err := conn.ExecContext(ctx, `CREATE TEMPORARY TABLE `+probe+` (n INT NOT NULL) ENGINE=InnoDB`); err != nil {
		return false, fmt.Errorf("let this user CREATE TEMPORARY TABLES: %w", err)
	}
	var n int64
	_, err := conn.ExecContext(ctx, `INSERT INTO `+probe+` VALUES (1)`)
	if err == nil {
		var res sql.Result
		if res, err = conn.ExecContext(ctx, `UPDATE `+probe+` SET n = 1`); err == nil {
			n, err = res.RowsAffected()
		}
	}
	_, end := conn.ExecContext(ctx, `DROP TEMPORARY TABLE `+probe)
	return n == 1, errors.Join(err, end)
}
