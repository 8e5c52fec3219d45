package sqlstore

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/store"
)

// waits is a clock that notes waits instead of waiting.
type waits struct {
	clock.Clock
	got []time.Duration
	end context.CancelFunc // called in the first wait
}

func (w *waits) Sleep(ctx context.Context, d time.Duration) error {
	w.got = append(w.got, d)
	if w.end != nil {
		w.end()
	}
	return ctx.Err()
}

func trying(w *waits) *Backend {
	w.Clock = clock.System()
	return &Backend{dialect: testDialect(), clock: w, entropy: entropy.Seeded(1)}
}

var errBusy = errors.New("busy")

// STO-060
func TestTry_repeats_what_others_have_prevented(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		fails int
		class Class
		calls int
		want  error
	}{
		{"once", 1, Retry, 2, nil},
		{"as often as there are tries", tries - 1, Retry, tries, nil},
		{"too often", tries, Retry, tries, store.ErrUnavailable},
		{"an unknown error is not repeated", 1, Unavailable, 1, store.ErrUnavailable},
		{"a violated key is not repeated", 1, Unique, 1, store.ErrUnavailable},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := &waits{}
			calls := 0
			err := trying(w).try(t.Context(), "verb", func() error {
				if calls++; calls <= c.fails {
					return &fault{c.class, errBusy}
				}
				return nil
			})
			if calls != c.calls || !errors.Is(err, c.want) {
				t.Errorf("%d calls, %v; want %d, %v", calls, err, c.calls, c.want)
			}
			for _, d := range w.got {
				if d < minWait || d > maxWait {
					t.Errorf("a wait of %v", d)
				}
			}
			if len(w.got) != calls-1 {
				t.Errorf("%d waits between %d calls", len(w.got), calls)
			}
			if len(w.got) > 1 && w.got[0] == w.got[1] {
				t.Error("the waits are equal: those who met will meet again")
			}
		})
	}
}

// STO-060
func TestTry_stops_with_its_caller(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	calls := 0
	err := trying(&waits{end: cancel}).try(ctx, "verb", func() error {
		calls++
		return &fault{Retry, errBusy}
	})
	if calls != 1 || !errors.Is(err, context.Canceled) || !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("%d calls, %v", calls, err)
	}
}

// STO-003: a condition stays a condition, also when the context has ended.
func TestAnswer_does_not_hide_a_condition(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	err := trying(&waits{}).try(ctx, "verb", func() error {
		cancel()
		return store.ErrConflict
	})
	if !errors.Is(err, store.ErrConflict) || errors.Is(err, store.ErrUnavailable) {
		t.Errorf("got %v, want ErrConflict alone", err)
	}
}

// SES-077
func TestWrite_commits_although_the_caller_has_gone(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ctx, cancel := context.WithCancel(t.Context())
	err := b.write(ctx, "verb", func(ctx context.Context, l *lane) error {
		err := raise(ctx, l, identity.GlobalScope())
		cancel()
		return err
	})
	if err != nil {
		t.Errorf("got %v, want a commit", err)
	}
	if e, err := b.Stores().Session.Epochs(t.Context(), identity.Subject{}); err != nil || e.Global != 1 {
		t.Errorf("epochs %v, %v: the commit is lost", e, err)
	}
}

// STO-061: a transaction that was interrupted in the middle leaves nothing and
// does not block those after it.
func TestWrite_interrupted_leaves_nothing(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ctx, cancel := context.WithCancel(t.Context())
	err := b.write(ctx, "verb", func(ctx context.Context, l *lane) error {
		if err := raise(ctx, l, identity.GlobalScope()); err != nil {
			return err
		}
		cancel()
		return raise(ctx, l, identity.GlobalScope())
	})
	if !errors.Is(err, context.Canceled) || !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("got %v, want Canceled", err)
	}
	if err := b.Stores().Session.Raise(t.Context(), identity.GlobalScope()); err != nil {
		t.Fatal(err)
	}
	if e, err := b.Stores().Session.Epochs(t.Context(), identity.Subject{}); err != nil || e.Global != 1 {
		t.Errorf("epochs %v, %v, want the one raise that was acknowledged", e, err)
	}
}

func TestWrite_that_panics_leaves_nothing_open(t *testing.T) {
	t.Parallel()
	b := setup(t)
	func() {
		defer func() { _ = recover() }()
		_ = b.write(t.Context(), "verb", func(ctx context.Context, l *lane) error {
			if err := raise(ctx, l, identity.GlobalScope()); err != nil {
				return err
			}
			panic("a fault of ours")
		})
	}()
	if err := b.Stores().Session.Raise(t.Context(), identity.GlobalScope()); err != nil {
		t.Fatalf("after a panic: %v", err)
	}
	if e, err := b.Stores().Session.Epochs(t.Context(), identity.Subject{}); err != nil || e.Global != 1 {
		t.Errorf("epochs %v, %v", e, err)
	}
}

// STO-065
func TestCheck_ends_although_nothing_answers(t *testing.T) {
	t.Parallel()
	b := setup(t)
	if err := b.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	fake := clock.NewFake(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
	b.clock = fake
	var held []*lane
	for range b.readers.n { // every connection is busy, and stays it
		l, err := b.readers.take(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		held = append(held, l)
	}
	answer := make(chan error)
	go func() { answer <- b.Check(t.Context()) }()
	for len(fake.Pending()) == 0 { // until the check waits for its bound
		select {
		case err := <-answer:
			t.Fatalf("answered %v before its time", err)
		default:
		}
	}
	fake.Advance(checkTime)
	if err := <-answer; !errors.Is(err, store.ErrUnavailable) || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v, want ErrUnavailable", err)
	}
	for _, l := range held {
		b.readers.give(l)
	}
	b.clock = clock.System()
}

// STO-065: a database without schema does not answer as if it were one.
func TestCheck_refuses_a_database_without_schema(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.execute(t, "DELETE FROM axess_schema_version")
	if err := b.Check(t.Context()); !errors.Is(err, store.ErrSchema) {
		t.Errorf("got %v, want ErrSchema", err)
	}
}

// STO-062: a statement that takes too long ends with the deadline of its caller,
// reading and writing, and the connection serves the next.
func TestStatements_end_with_their_caller(t *testing.T) {
	t.Parallel()
	b := setup(t)
	const endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n WHERE i < ?"
	long := func(ctx context.Context, l *lane) error {
		var n int
		return l.scan(ctx, endless, []any{0}, &n)
	}
	for name, verb := range map[string]func(context.Context, string, func(context.Context, *lane) error) error{
		"read": b.read, "snapshot": b.snapshot, "update": b.update, "write": b.write,
	} {
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		if err := verb(ctx, name, long); !errors.Is(err, store.ErrUnavailable) || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s: got %v, want ErrUnavailable of the deadline", name, err)
		}
		cancel()
	}
	if err := b.Stores().Session.Raise(t.Context(), identity.GlobalScope()); err != nil {
		t.Error(err)
	}
	if e, err := b.Stores().Session.Epochs(t.Context(), identity.Subject{}); err != nil || e.Global != 1 {
		t.Errorf("epochs %v, %v", e, err)
	}
}

// STO-061: what had no effect when its connection ended is done again; a statement by
// itself that writes, or a commit, may have taken effect, and is not.
func TestVerbs_after_the_end_of_a_connection(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for name, tc := range map[string]struct {
		verb func(context.Context, string, func(context.Context, *lane) error) error
		runs int
	}{"read": {b.read, 2}, "snapshot": {b.snapshot, 2}, "write": {b.write, 2}, "update": {b.update, 1}} {
		runs := 0
		err := tc.verb(t.Context(), name, func(_ context.Context, l *lane) error {
			if runs++; runs > 1 {
				return nil
			}
			l.broken = true
			return &fault{Ended, errors.New("the server went away")}
		})
		if runs != tc.runs || (err == nil) != (tc.runs == 2) || err != nil && !errors.Is(err, store.ErrUnavailable) {
			t.Errorf("%s: %d runs, %v", name, runs, err)
		}
	}
	if err := unknown(&fault{Ended, errors.New("at a commit")}); is(err, Ended) || is(err, Retry) {
		t.Errorf("a commit whose answer was lost would be made again: %v", err)
	}
}
