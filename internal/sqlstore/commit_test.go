package sqlstore

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	sqlite "github.com/ncruces/go-sqlite3/driver"

	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/store"
)

// lossy is a driver that loses the answer of the next commits, after or before
// they have taken effect.
type lossy struct {
	driver.Connector
	after, before *atomic.Int32 // how many
	commits       *atomic.Int32
}

func (l lossy) Connect(ctx context.Context) (driver.Conn, error) {
	c, err := l.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return lossyConn{c.(sqlite.Conn), l}, nil
}

type lossyConn struct {
	sqlite.Conn
	l lossy
}

func (c lossyConn) PrepareContext(ctx context.Context, query string) (driver.Stmt, error) {
	st, err := c.Conn.PrepareContext(ctx, query)
	if err != nil || query != "COMMIT" {
		return st, err
	}
	return lossyStmt{st.(stmt), c.l}, nil
}

func (c lossyConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	return c.Conn.(driver.ExecerContext).ExecContext(ctx, query, args)
}

type stmt interface {
	driver.Stmt
	driver.StmtExecContext
}

type lossyStmt struct {
	stmt
	l lossy
}

var errLost = errors.New("connection lost during commit")

func (s lossyStmt) ExecContext(ctx context.Context, args []driver.NamedValue) (driver.Result, error) {
	s.l.commits.Add(1)
	if s.l.before.Add(-1) >= 0 {
		return nil, errLost
	}
	res, err := s.stmt.ExecContext(ctx, args)
	if s.l.after.Add(-1) >= 0 {
		return nil, errLost
	}
	return res, err
}

// STO-061: a commit whose answer is lost is made once and not again, whether it
// took effect or not; reading back tells which.
func TestCommit_whose_answer_is_lost_is_not_repeated(t *testing.T) {
	t.Parallel()
	for name, took := range map[string]bool{"it took effect": true, "it did not": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "test.db")
			connector, err := (&sqlite.SQLite{}).OpenConnector("file:" + path + "?_pragma=busy_timeout(5000)&_pragma=journal_mode(wal)")
			if err != nil {
				t.Fatal(err)
			}
			l := lossy{connector, new(atomic.Int32), new(atomic.Int32), new(atomic.Int32)}
			db := sql.OpenDB(l)
			b, err := New(Config{
				Writer: db, Writers: 1, Reader: db, Readers: 1, Dialect: testDialect(), Steps: shipped(t),
				Clock: clock.System(), Entropy: entropy.Seeded(1),
			})
			if err != nil {
				t.Fatal(err)
			}
			defer func() {
				if err := b.Close(); err != nil {
					t.Error(err)
				}
			}()
			if err := b.Prepare(t.Context()); err != nil {
				t.Fatal(err)
			}
			s := b.Stores().Session
			rec := session.Record{
				Ref: identity.FromNamespaced[session.Ref]("test", "r"), Rev: 1,
				CreatedAt: at(0), IdleUntil: at(time.Hour), AbsUntil: at(time.Hour),
			}
			l.commits.Store(0)
			if took {
				l.after.Store(1)
			} else {
				l.before.Store(1)
			}
			_, err = s.Create(t.Context(), rec, session.Claim{Now: at(0)})
			if !errors.Is(err, store.ErrUnavailable) || !errors.Is(err, errLost) {
				t.Errorf("got %v, want ErrUnavailable", err)
			}
			if n := l.commits.Load(); n != 1 {
				t.Errorf("%d commits, want 1", n)
			}
			_, _, err = s.Load(t.Context(), rec.Ref, at(0))
			if is := err == nil; is != took {
				t.Errorf("read back: %v, took effect: %t", err, took)
			}
			// And the connection is as good as before.
			if err := s.Raise(t.Context(), identity.GlobalScope()); err != nil {
				t.Error(err)
			}
		})
	}
}

// STO-064: the end waits five seconds for a verb that is under way, and no longer.
func TestClose_waits_for_what_is_under_way(t *testing.T) {
	t.Parallel()
	b := setup(t)
	fake := clock.NewFake(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
	b.clock = fake
	l, err := b.readers.take(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	answer := make(chan error)
	go func() { answer <- b.Close() }()
	for len(fake.Pending()) == 0 {
		select {
		case err := <-answer:
			t.Fatalf("closed at once under a verb: %v", err)
		default:
		}
	}
	fake.Advance(closeTime)
	if err := <-answer; !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v, want that a verb is still under way", err)
	}
	b.readers.give(l)
	if err := b.Close(); err != nil {
		t.Errorf("again: %v", err)
	}
}
