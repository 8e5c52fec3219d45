package sqlstore

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"testing"
	"time"

	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/store"
)

// stubborn is a driver that hangs at one place whatever its context says, until
// the test lets it go.
type stubborn struct {
	at   string
	gone chan struct{}
}

func (s *stubborn) hang(at string) error {
	if s.at != at {
		return nil
	}
	<-s.gone
	return errors.New("let go")
}

func (s *stubborn) Connect(context.Context) (driver.Conn, error) { return s, s.hang("connect") }
func (s *stubborn) Driver() driver.Driver                        { return nil }
func (s *stubborn) Prepare(string) (driver.Stmt, error)          { return stubbornStmt{s}, s.hang("prepare") }
func (s *stubborn) Begin() (driver.Tx, error)                    { return nil, errors.New("not asked for") }
func (s *stubborn) Close() error                                 { return nil }

type stubbornStmt struct{ s *stubborn }

func (stubbornStmt) Close() error  { return nil }
func (stubbornStmt) NumInput() int { return -1 }
func (t stubbornStmt) Exec([]driver.Value) (driver.Result, error) {
	return nil, errors.New("not asked for")
}
func (t stubbornStmt) Query([]driver.Value) (driver.Rows, error) {
	return stubbornRows(t), t.s.hang("query")
}

type stubbornRows struct{ s *stubborn }

func (stubbornRows) Columns() []string           { return []string{"version"} }
func (stubbornRows) Close() error                { return nil }
func (r stubbornRows) Next([]driver.Value) error { return r.s.hang("row") }

// STO-065: two seconds are two seconds, wherever the driver hangs and however
// little it cares for its context; so are those of the checks after it, which find
// every connection taken.
func TestCheck_ends_whatever_the_driver_does(t *testing.T) {
	t.Parallel()
	for _, at := range []string{"connect", "prepare", "query", "row"} {
		t.Run(at, func(t *testing.T) {
			t.Parallel()
			s := &stubborn{at, make(chan struct{})}
			fake := clock.NewFake(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
			db := sql.OpenDB(s)
			b, err := New(Config{
				Writer: db, Writers: 1, Reader: db, Readers: 1, Dialect: testDialect(), Steps: shipped(t), Clock: fake, Entropy: entropy.Seeded(1),
			})
			if err != nil {
				t.Fatal(err)
			}
			for n := range 3 {
				answer := make(chan error)
				go func() { answer <- b.Check(t.Context()) }()
				for len(fake.Pending()) == 0 { // until the check waits for its bound
					select {
					case err := <-answer:
						t.Fatalf("check %d answered %v before its time", n, err)
					default:
					}
				}
				fake.Advance(checkTime)
				if err := <-answer; !errors.Is(err, store.ErrUnavailable) || !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("check %d: got %v, want ErrUnavailable after two seconds", n, err)
				}
			}
			close(s.gone)
			if err := b.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}
