package sqlite

import (
	"context"
	"fmt"

	"github.com/ncruces/go-sqlite3"
	"github.com/ncruces/go-sqlite3/driver"

	"github.com/axess-go/axess/internal/sqlstore"
)

// direct is a statement of the driver's own. The driver looks at the context
// itself, between the steps of its machine and between its waits for a lock: no
// goroutine watches.
type direct struct{ st *sqlite3.Stmt }

func prepareDirect(driverConn any, text string) (sqlstore.Direct, error) {
	c, ok := driverConn.(driver.Conn)
	if !ok {
		return nil, fmt.Errorf("a connection of another driver: %T", driverConn)
	}
	st, _, err := c.Raw().PrepareFlags(text, sqlite3.PREPARE_PERSISTENT)
	if err != nil {
		return nil, err
	}
	return direct{st}, nil
}

// BindBytes implements [sqlstore.Direct].
func (d direct) BindBytes(param int, v []byte) error { return d.st.BindBlob(param, v) }

// BindInt implements [sqlstore.Direct].
func (d direct) BindInt(param int, v int64) error { return d.st.BindInt64(param, v) }

// Step implements [sqlstore.Direct].
func (d direct) Step(ctx context.Context) (bool, error) {
	c := d.st.Conn()
	old := c.SetInterrupt(ctx)
	found := d.st.Step()
	c.SetInterrupt(old)
	return found, d.st.Err()
}

// Int implements [sqlstore.Direct].
func (d direct) Int(col int) int64 { return d.st.ColumnInt64(col) }

// Bytes implements [sqlstore.Direct]. The driver has nil for what is empty, too.
func (d direct) Bytes(col int) []byte {
	b := d.st.ColumnRawBlob(col)
	if b == nil && d.st.ColumnType(col) != sqlite3.NULL {
		return []byte{}
	}
	return b
}

// Reset implements [sqlstore.Direct].
func (d direct) Reset() error { return d.st.Reset() }

// Close implements [sqlstore.Direct].
func (d direct) Close() error { return d.st.Close() }
