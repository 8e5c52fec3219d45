package sqlstore

import (
	"context"
	"time"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/store"
)

// Direct is a prepared statement of the driver's own that answers at most one
// row: the read that every signed-in request makes goes this way, because
// database/sql would box each value and start a goroutine to watch the context.
// Parameters count from 1 and keep their values, columns count from 0. It is used
// by one caller at a time.
type Direct interface {
	BindBytes(param int, v []byte) error
	BindInt(param int, v int64) error
	// Step runs to the row, or until ctx ends; false means that there is none.
	Step(ctx context.Context) (bool, error)
	// Int is a column of the row. A column that may be NULL is read as bytes.
	Int(col int) int64
	// Bytes is a column of the row, nil if it is NULL and only then. It belongs to
	// the statement, until Reset.
	Bytes(col int) []byte
	// Reset ends the run. Without it the statement would keep seeing the database
	// as it was.
	Reset() error
	Close() error
}

// loader is [loadSession] on one connection. Its fields are what goes in and out
// of a run, so that a run allocates nothing but the sealed bytes.
type loader struct {
	d   *Dialect
	st  Direct
	run func(driverConn any) error // query, made once

	ctx    context.Context
	key    [16]byte
	now    int64
	found  bool
	rec    session.Record
	epochs identity.Epochs
}

// load reads a session and the epochs of its subject past database/sql, on the
// connection that the lane has.
func (l *lane) load(ctx context.Context, ref session.Ref, now time.Time) (session.Record, identity.Epochs, error) {
	if l.direct == nil {
		l.direct = &loader{d: l.d}
		l.direct.run = l.direct.query
	}
	ld := l.direct
	ld.ctx, ld.key, ld.now = ctx, ref.Bytes(), micro(now)
	err := l.note(l.conn.Raw(ld.run))
	rec, epochs, found := ld.rec, ld.epochs, ld.found
	ld.ctx, ld.rec, ld.epochs, ld.found = nil, session.Record{}, identity.Epochs{}, false
	switch {
	case err != nil:
		return session.Record{}, identity.Epochs{}, err
	case !found:
		return session.Record{}, identity.Epochs{}, store.ErrNotFound
	}
	return rec, epochs, nil
}

// query runs inside the connection's lock.
func (ld *loader) query(driverConn any) error {
	if ld.st == nil {
		st, err := ld.prepare(driverConn)
		if err != nil {
			return err
		}
		ld.st = st
	}
	err := ld.once()
	if end := ld.st.Reset(); err == nil {
		err = end
	}
	return err
}

// prepare binds what is the same for every run: the ids that are zero in the rows
// of the epochs.
func (ld *loader) prepare(driverConn any) (Direct, error) {
	st, err := ld.d.Direct(driverConn, ld.d.rewrite(loadSession))
	if err != nil {
		return nil, err
	}
	for n := 1; n <= 3; n++ {
		if err := st.BindBytes(n, zeroID()); err != nil {
			_ = st.Close() // the error above says more
			return nil, err
		}
	}
	return st, nil
}

func (ld *loader) once() error {
	if err := ld.st.BindBytes(4, ld.key[:]); err != nil {
		return err
	}
	if err := ld.st.BindInt(5, ld.now); err != nil {
		return err
	}
	var err error
	if ld.found, err = ld.st.Step(ld.ctx); err != nil || !ld.found {
		return err
	}
	return ld.read()
}

// read takes the columns in the order of sessionColumns, then the epochs. It is
// recordDest for this way, with the same refusals.
func (ld *loader) read() error {
	row := columns{st: ld.st}
	r := &ld.rec
	r.Ref = idAt[session.Ref](&row, 0, required)
	r.Prev = idAt[session.Ref](&row, 1, nullableColumn)
	r.Rev = row.number(2)
	r.Superseded = ld.st.Int(3) != 0
	r.Subject.Tenant = idAt[identity.TenantID](&row, 4, nullableColumn)
	r.Subject.User = idAt[identity.UserID](&row, 5, nullableColumn)
	r.Login = idAt[identity.LoginID](&row, 6, nullableColumn)
	r.AuthAt, r.CreatedAt = row.moment(7), row.moment(8)
	r.IdleUntil, r.AbsUntil = row.moment(9), row.moment(10)
	r.Epochs = row.epochs(11)
	if kid := ld.st.Bytes(14); len(kid) == len(r.Kid) {
		copy(r.Kid[:], kid)
	} else {
		row.err = corrupt("fixed bytes")
	}
	r.Sealed = append([]byte{}, ld.st.Bytes(15)...)
	r.Actor.Tenant = idAt[identity.TenantID](&row, 16, nullableColumn)
	r.Actor.User = idAt[identity.UserID](&row, 17, nullableColumn)
	ld.epochs = row.epochs(18)
	return row.err
}

// close ends the statement; the connection would not close before it.
func (ld *loader) close() error {
	if ld == nil || ld.st == nil {
		return nil
	}
	return ld.st.Close()
}

// columns reads the columns of a row and keeps the first complaint.
type columns struct {
	st  Direct
	err error
}

func (c *columns) number(col int) uint64 {
	v := c.st.Int(col)
	if v < 0 && c.err == nil {
		c.err = corrupt("number")
	}
	return uint64(v)
}

func (c *columns) moment(col int) time.Time { return time.UnixMicro(c.st.Int(col)).UTC() }

func (c *columns) epochs(col int) identity.Epochs {
	return identity.Epochs{Global: c.number(col), Tenant: c.number(col + 1), User: c.number(col + 2)}
}

// want says whether a column may be empty.
type want uint8

const (
	required want = iota
	nullableColumn
)

func idAt[I identity.AnyID](c *columns, col int, w want) I {
	var id [16]byte
	b := c.st.Bytes(col)
	switch {
	case len(b) == len(id):
		copy(id[:], b)
	case b != nil || w == required:
		if c.err == nil {
			c.err = corrupt("id")
		}
	}
	return identity.FromBytes[I](id)
}
