package sqlstore

import (
	"context"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/store"
)

// slow is a statement past database/sql that does what a test wants.
type slow struct {
	step    func(context.Context) (bool, error)
	resets  int
	closed  int
	columns [21][]byte
}

func (s *slow) BindBytes(int, []byte) error            { return nil }
func (s *slow) BindInt(int, int64) error               { return nil }
func (s *slow) Step(ctx context.Context) (bool, error) { return s.step(ctx) }
func (s *slow) Int(int) int64                          { return 1 }
func (s *slow) Bytes(col int) []byte                   { return s.columns[col] }
func (s *slow) Reset() error                           { s.resets++; return nil }
func (s *slow) Close() error                           { s.closed++; return nil }
func (s *slow) prepare(any, string) (Direct, error)    { return s, nil }

// directly is a backend whose loads go to a statement of the test's, with one
// session.
func directly(t *testing.T, s *slow) (*Backend, session.Ref) {
	t.Helper()
	b := unprepared(t, filepath.Join(t.TempDir(), "test.db"))
	if err := b.Prepare(t.Context()); err != nil {
		t.Fatal(err)
	}
	ref := identity.FromNamespaced[session.Ref]("test", "r")
	rec := session.Record{Ref: ref, Rev: 1, CreatedAt: at(0), IdleUntil: at(time.Hour), AbsUntil: at(time.Hour)}
	if _, err := b.Stores().Session.Create(t.Context(), rec, session.Claim{Now: at(0)}); err != nil {
		t.Fatal(err)
	}
	b.dialect.Direct = s.prepare
	return b, ref
}

// STO-062, STO-003: a load that hangs ends with its caller, and the connection
// serves the next.
func TestDirect_load_ends_with_its_caller(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	s := &slow{step: func(ctx context.Context) (bool, error) {
		cancel() // in the middle of the statement
		<-ctx.Done()
		return false, errors.New("interrupted")
	}}
	b, ref := directly(t, s)
	_, _, err := b.Stores().Session.Load(ctx, ref, at(0))
	if !errors.Is(err, store.ErrUnavailable) || !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want ErrUnavailable of the caller's end", err)
	}
	s.step = func(context.Context) (bool, error) { return false, nil }
	if _, _, err := b.Stores().Session.Load(t.Context(), ref, at(0)); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("got %v, want ErrNotFound", err)
	}
	if s.resets != 2 {
		t.Errorf("%d resets of 2 runs: the statement keeps its view of the database", s.resets)
	}
	if err := b.Close(); err != nil || s.closed != 1 {
		t.Errorf("closed %d times, %v", s.closed, err)
	}
}

// STO-060: a load that met a busy database is tried again.
func TestDirect_load_is_tried_again(t *testing.T) {
	t.Parallel()
	calls := 0
	s := &slow{step: func(context.Context) (bool, error) { calls++; return false, errBusy }}
	b, ref := directly(t, s)
	classify := b.dialect.Classify
	b.dialect.Classify = func(err error) Class {
		if errors.Is(err, errBusy) {
			return Retry
		}
		return classify(err)
	}
	rec, _, err := b.Stores().Session.Load(t.Context(), ref, at(0))
	if err != nil || rec.Ref != ref || calls != 1 {
		t.Errorf("%v, %v after %d calls; want the session", rec.Ref, err, calls)
	}
}

// STO-003: whatever else the driver says is ErrUnavailable, never an absent row.
func TestDirect_load_fails_closed(t *testing.T) {
	t.Parallel()
	b, ref := directly(t, &slow{step: func(context.Context) (bool, error) { return true, errors.New("disk I/O error") }})
	if _, _, err := b.Stores().Session.Load(t.Context(), ref, at(0)); !errors.Is(err, store.ErrUnavailable) || errors.Is(err, store.ErrNotFound) {
		t.Errorf("got %v, want ErrUnavailable", err)
	}
	b, ref = directly(t, &slow{step: func(context.Context) (bool, error) { return true, nil }}) // a row of nothing
	if _, _, err := b.Stores().Session.Load(t.Context(), ref, at(0)); !errors.Is(err, store.ErrCorrupt) {
		t.Errorf("got %v, want ErrCorrupt", err)
	}
	b.behind.Store(true)
	if _, _, err := b.Stores().Session.Load(t.Context(), ref, at(0)); !errors.Is(err, store.ErrSchema) {
		t.Errorf("got %v, want ErrSchema", err)
	}
}
