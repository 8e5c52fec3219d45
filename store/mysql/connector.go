package mysql

import (
	"context"
	"database/sql/driver"
	"fmt"
)

// connector makes connections that keep what they have prepared: the driver by
// itself prepares a statement for each use, which is a second trip to the server.
type connector struct{ driver.Connector }

// Connect implements driver.Connector.
func (c connector) Connect(ctx context.Context) (driver.Conn, error) {
	made, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	whole, ok := made.(wholeConn)
	if !ok {
		return nil, fmt.Errorf("%T lacks what a connection needs", made)
	}
	return &conn{wholeConn: whole, kept: map[string]keptStmt{}}, nil
}

// wholeConn is what the driver's connection can do.
type wholeConn interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.QueryerContext
	driver.NamedValueChecker
	driver.Pinger
	driver.SessionResetter
	driver.Validator
}

type keptStmt interface {
	driver.Stmt
	driver.StmtExecContext
	driver.StmtQueryContext
}

// mostKept bounds what one connection keeps prepared: a server has room for some
// sixteen thousand statements of all connections together.
const mostKept = 64

// conn is one connection; database/sql lets one caller at a time have it. What is
// prepared ends with it.
type conn struct {
	wholeConn
	kept map[string]keptStmt
	gone bool // another server is to be asked
}

// ExecContext implements driver.ExecerContext.
func (c *conn) ExecContext(ctx context.Context, text string, args []driver.NamedValue) (driver.Result, error) {
	if len(args) == 0 {
		res, err := c.wholeConn.ExecContext(ctx, text, args)
		return res, c.see(err)
	}
	st, err := c.prepared(ctx, text)
	if err != nil {
		return nil, err
	}
	res, err := st.ExecContext(ctx, args)
	return res, c.see(err)
}

// QueryContext implements driver.QueryerContext.
func (c *conn) QueryContext(ctx context.Context, text string, args []driver.NamedValue) (driver.Rows, error) {
	if len(args) == 0 {
		rows, err := c.wholeConn.QueryContext(ctx, text, args)
		return rows, c.see(err)
	}
	st, err := c.prepared(ctx, text)
	if err != nil {
		return nil, err
	}
	rows, err := st.QueryContext(ctx, args)
	return rows, c.see(err)
}

// prepared gives a statement that the connection keeps. When it keeps enough it is
// driver.ErrSkip: then database/sql prepares the statement for this one use.
func (c *conn) prepared(ctx context.Context, text string) (keptStmt, error) {
	if st := c.kept[text]; st != nil {
		return st, nil
	}
	if len(c.kept) == mostKept {
		return nil, driver.ErrSkip
	}
	made, err := c.PrepareContext(ctx, text)
	if err != nil {
		return nil, c.see(err)
	}
	st, ok := made.(keptStmt)
	if !ok {
		return nil, driver.ErrSkip
	}
	c.kept[text] = st
	return st, nil
}

// see notes that this server is the wrong one: after a fail-over a pool would keep
// its connections to what has become a replica.
func (c *conn) see(err error) error {
	c.gone = c.gone || elsewhere(err)
	return err
}

// IsValid implements driver.Validator: what is not is closed instead of kept.
func (c *conn) IsValid() bool { return !c.gone && c.wholeConn.IsValid() }
