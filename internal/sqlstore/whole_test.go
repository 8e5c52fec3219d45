package sqlstore

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"slices"
	"testing"

	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/store"
)

// scripted is a driver that notes what it is told and fails where it is told to.
type scripted struct {
	said  []string
	fails string
}

func (s *scripted) Connect(context.Context) (driver.Conn, error) { return s, nil }
func (s *scripted) Driver() driver.Driver                        { return nil }
func (s *scripted) Prepare(string) (driver.Stmt, error)          { return nil, errors.New("not asked for") }
func (s *scripted) Begin() (driver.Tx, error)                    { return nil, errors.New("not asked for") }
func (s *scripted) Close() error                                 { return nil }
func (s *scripted) ExecContext(_ context.Context, text string, _ []driver.NamedValue) (driver.Result, error) {
	s.said = append(s.said, text)
	if text == s.fails {
		return nil, errBusy
	}
	return driver.RowsAffected(0), nil
}

// Where a server may take a transaction back without a word, no answer and no commit
// speaks of half of one; and a connection that is not what it was is given up.
// SES-106, STO-027, STO-060
func TestTransaction_is_asked_whether_it_is_whole(t *testing.T) {
	t.Parallel()
	const begin = "SET x; SAVEPOINT w"
	for name, c := range map[string]struct {
		fails, begin string
		do           error
		want         error
		retry        bool
		said         []string
		broken       bool
	}{
		"whole":            {said: []string{"SET x", "SAVEPOINT w", "do", "RELEASE w", "COMMIT", "UNSET x"}},
		"lost":             {fails: "RELEASE w", retry: true, said: []string{"SET x", "SAVEPOINT w", "do", "RELEASE w", "ROLLBACK", "UNSET x"}},
		"a refusal":        {do: store.ErrConflict, want: store.ErrConflict, said: []string{"SET x", "SAVEPOINT w", "do", "RELEASE w", "ROLLBACK", "UNSET x"}},
		"a refusal, lost":  {do: store.ErrConflict, fails: "RELEASE w", retry: true, said: []string{"SET x", "SAVEPOINT w", "do", "RELEASE w", "ROLLBACK", "UNSET x"}},
		"a fault":          {do: &fault{Unavailable, errMade}, want: errMade, said: []string{"SET x", "SAVEPOINT w", "do", "ROLLBACK", "UNSET x"}},
		"not put back":     {fails: "UNSET x", said: []string{"SET x", "SAVEPOINT w", "do", "RELEASE w", "COMMIT", "UNSET x"}, broken: true},
		"begun in part":    {fails: "SAVEPOINT w", retry: true, said: []string{"SET x", "SAVEPOINT w"}, broken: true},
		"no rollback":      {do: store.ErrConflict, want: store.ErrConflict, fails: "ROLLBACK", said: []string{"SET x", "SAVEPOINT w", "do", "RELEASE w", "ROLLBACK"}, broken: true},
		"a reading of two": {begin: "READ", said: []string{"READ", "do", "COMMIT"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &scripted{fails: c.fails}
			db := sql.OpenDB(s)
			defer db.Close()
			conn, err := db.Conn(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			b := trying(&waits{Clock: clock.System()})
			b.dialect.Begin, b.dialect.Whole, b.dialect.After, b.dialect.Pooled = begin, "RELEASE w", "UNSET x", true
			b.dialect.Classify = func(error) Class { return Retry }
			l := &lane{d: &b.dialect, texts: &texts{of: map[string]string{}}, conn: conn}
			how := begin
			if c.begin != "" {
				how = c.begin
			}
			err = b.inTransaction(t.Context(), l, how, func(ctx context.Context) error {
				if _, err := l.exec(ctx, "do"); err != nil {
					t.Error(err)
				}
				return c.do
			})
			switch {
			case c.retry && !is(err, Retry), !c.retry && c.want == nil && err != nil, c.want != nil && !errors.Is(err, c.want):
				t.Errorf("%v", err)
			case !slices.Equal(s.said, c.said):
				t.Errorf("said %q, want %q", s.said, c.said)
			case l.broken != c.broken:
				t.Errorf("broken: %t", l.broken)
			}
		})
	}
}

var errMade = errors.New("made up")
