package sqlstore

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/sched"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/store"
)

// lane is one connection with the statements it has prepared, if it prepares them
// itself. One verb has it at a time, so it needs no lock.
type lane struct {
	d      *Dialect
	texts  *texts
	conn   *sql.Conn
	stmts  map[string]*sql.Stmt
	direct *loader // nil before the first load, and where there is no such way
	broken bool
	ended  []session.Ending // by the transaction that is under way
}

// fault is an error that comes from the driver, not from a condition of ours.
type fault struct {
	class Class
	err   error
}

// Error implements error.
func (f *fault) Error() string { return f.err.Error() }

// Unwrap gives the driver's error.
func (f *fault) Unwrap() error { return f.err }

// is reports a fault of a class.
func is(err error, class Class) bool {
	var f *fault
	return errors.As(err, &f) && f.class == class
}

// note makes an error of the driver a fault. Absence is not one.
func (l *lane) note(err error) error {
	switch {
	case err == nil, errors.Is(err, sql.ErrNoRows):
		return err
	case errors.Is(err, store.ErrCorrupt):
		return err
	case errors.Is(err, identity.ErrIDFormat):
		return fmt.Errorf("%w: %w", store.ErrCorrupt, err)
	}
	if errors.Is(err, driver.ErrBadConn) || errors.Is(err, sql.ErrConnDone) {
		l.broken = true
	}
	err = l.d.fault(err)
	l.broken = l.broken || is(err, Ended)
	return err
}

// fault says what an error of the driver means and what to do about it.
func (d *Dialect) fault(err error) error {
	class := d.Classify(err)
	if d.Explain != nil {
		err = d.Explain(err)
	}
	if class == Corrupt {
		return fmt.Errorf("%w: %w", store.ErrCorrupt, err)
	}
	if class == Malformed {
		return fmt.Errorf("%w: %w", store.ErrBadArgument, err)
	}
	return &fault{class, err}
}

// statement is a prepared one, or one that the driver prepares as it likes.
type statement interface {
	ExecContext(ctx context.Context, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, args ...any) *sql.Row
}

// adHoc is a statement that only its text stands for.
type adHoc struct {
	conn *sql.Conn
	text string
}

func (u adHoc) ExecContext(ctx context.Context, args ...any) (sql.Result, error) {
	return u.conn.ExecContext(ctx, u.text, args...)
}

func (u adHoc) QueryContext(ctx context.Context, args ...any) (*sql.Rows, error) {
	return u.conn.QueryContext(ctx, u.text, args...)
}

func (u adHoc) QueryRowContext(ctx context.Context, args ...any) *sql.Row {
	return u.conn.QueryRowContext(ctx, u.text, args...)
}

// texts are the statements of a dialect, each rewritten once.
type texts struct {
	mu sync.Mutex
	of map[string]string
}

func (t *texts) get(d *Dialect, text string) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	out, ok := t.of[text]
	if !ok {
		out = d.rewrite(text)
		t.of[text] = out
	}
	return out
}

func (l *lane) stmt(ctx context.Context, text string) (statement, error) {
	if l.d.Pooled {
		return adHoc{l.conn, l.texts.get(l.d, text)}, nil
	}
	if st := l.stmts[text]; st != nil {
		return st, nil
	}
	st, err := l.conn.PrepareContext(ctx, l.texts.get(l.d, text))
	if err != nil {
		return nil, l.note(err)
	}
	l.stmts[text] = st
	return st, nil
}

// exec runs a statement and says how many rows it concerned.
func (l *lane) exec(ctx context.Context, text string, args ...any) (int64, error) {
	st, err := l.stmt(ctx, text)
	if err != nil {
		return 0, err
	}
	res, err := st.ExecContext(ctx, args...)
	if err != nil {
		return 0, l.note(err)
	}
	n, err := res.RowsAffected()
	return n, l.note(err)
}

// scan reads the one row of a query; sql.ErrNoRows if there is none.
func (l *lane) scan(ctx context.Context, text string, args []any, dest ...any) error {
	st, err := l.stmt(ctx, text)
	if err != nil {
		return err
	}
	return l.note(st.QueryRowContext(ctx, args...).Scan(dest...))
}

// each reads all rows of a query: next gives the places for one row, and keep is
// called when they are filled. The rows are closed before it returns.
func (l *lane) each(ctx context.Context, text string, args []any, next func() []any, keep func() error) error {
	st, err := l.stmt(ctx, text)
	if err != nil {
		return err
	}
	rows, err := st.QueryContext(ctx, args...)
	if err != nil {
		return l.note(err)
	}
	defer rows.Close()
	for rows.Next() {
		if err := rows.Scan(next()...); err != nil {
			return l.note(err)
		}
		if err := keep(); err != nil {
			return err
		}
	}
	return l.note(rows.Err())
}

// rows returns all that a statement yields, none as an empty list. dest says where
// the columns of one go.
func rows[T any](ctx context.Context, l *lane, text string, args []any, dest func(*T) []any) ([]T, error) {
	out := []T{}
	var row T
	err := l.each(ctx, text, args, func() []any {
		var blank T
		row = blank
		return dest(&row)
	}, func() error {
		out = append(out, row)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// list is rows in a reading of its own.
func list[T any](ctx context.Context, b *Backend, verb, text string, args []any, dest func(*T) []any) (out []T, err error) {
	err = b.read(ctx, verb, func(ctx context.Context, l *lane) (err error) {
		out, err = rows(ctx, l, text, args, dest)
		return err
	})
	return out, err
}

// close gives the connection up. A broken one is not put back into the pool.
func (l *lane) close() error {
	var errs []error
	for _, text := range slices.Sorted(maps.Keys(l.stmts)) {
		errs = append(errs, l.stmts[text].Close())
	}
	err := l.conn.Raw(func(any) error {
		end := l.direct.close()
		if l.broken {
			return driver.ErrBadConn // that is how database/sql is told
		}
		return end
	})
	if l.broken {
		return nil
	}
	errs = append(errs, err)
	return errors.Join(append(errs, l.conn.Close())...)
}

// pool hands out lanes, in the order in which verbs came (database/sql would
// pick among the waiting at random).
type pool struct {
	d        *Dialect
	db       *sql.DB
	n        int
	sem      *sched.Sem
	borrowed bool // the database is somebody else's to close
	texts    texts

	mu     sync.Mutex
	idle   []*lane
	closed bool
}

func newPool(d *Dialect, db *sql.DB, n int, s sched.Sched) *pool {
	return &pool{d: d, db: db, n: n, sem: s.NewSem(n), texts: texts{of: map[string]string{}}}
}

func (p *pool) take(ctx context.Context) (*lane, error) {
	if err := p.sem.Acquire(ctx); err != nil {
		return nil, &fault{Unavailable, err}
	}
	p.mu.Lock()
	closed := p.closed
	var l *lane
	if n := len(p.idle); n > 0 && !closed {
		l, p.idle = p.idle[n-1], p.idle[:n-1]
	}
	p.mu.Unlock()
	if l != nil {
		return l, nil
	}
	if closed {
		p.sem.Release()
		return nil, &fault{Unavailable, errors.New("closed")}
	}
	conn, err := p.db.Conn(ctx)
	if err != nil {
		p.sem.Release()
		return nil, p.d.fault(err)
	}
	if err := p.vet(ctx, conn); err != nil {
		p.sem.Release()
		return nil, &fault{Unavailable, errors.Join(err, conn.Close())}
	}
	return &lane{d: p.d, texts: &p.texts, conn: conn, stmts: map[string]*sql.Stmt{}}, nil
}

func (p *pool) vet(ctx context.Context, conn *sql.Conn) error {
	if p.d.Vet == nil {
		return nil
	}
	return p.d.Vet(ctx, conn)
}

func (p *pool) give(l *lane) {
	p.mu.Lock()
	keep := !l.broken && !p.closed && !p.d.Pooled
	if keep {
		p.idle = append(p.idle, l)
	}
	p.mu.Unlock()
	if !keep {
		_ = l.close() // the verb has its answer already
	}
	p.sem.Release()
}

// close waits for the verbs that are under way, then gives all connections up.
// Those that still wait for a turn are told that it is over. Closing again is
// nothing.
func (p *pool) close(ctx context.Context) error {
	p.mu.Lock()
	again := p.closed
	p.closed = true
	p.mu.Unlock()
	if again {
		return nil
	}
	var errs []error
	for range p.n {
		if err := p.sem.Acquire(ctx); err != nil {
			errs = append(errs, fmt.Errorf("a verb is still under way: %w", err))
			break
		}
		defer p.sem.Release()
	}
	p.mu.Lock()
	idle := p.idle
	p.idle = nil
	p.mu.Unlock()
	for _, l := range idle {
		errs = append(errs, l.close())
	}
	if !p.borrowed {
		errs = append(errs, p.db.Close())
	}
	return errors.Join(errs...)
}
