package postgres_test

import (
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/session"
)

// next waits until a watch tells of an ending.
func next(t *testing.T, w session.Watch, want session.Ending) {
	t.Helper()
	ctx, cancel := clock.WithTimeout(t.Context(), clock.System(), 30*time.Second)
	defer cancel()
	for {
		ended, err := w.Next(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if slices.Contains(ended, want) {
			return
		}
	}
}

func watch(t *testing.T, s session.Store) session.Watch {
	t.Helper()
	w, err := s.Watch(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	})
	return w
}

// Two processes on one database hear what the other ends, and how soon is printed.
// SES-207, SES-208
func TestWatch_hears_another_process(t *testing.T) {
	t.Parallel()
	dsn := v15.database(t)
	here, there := open(t, dsn).Stores().Session, open(t, dsn).Stores().Session
	w := watch(t, here)
	src := entropy.Seeded(1)
	var took []time.Duration
	for range 3 {
		tenant := identity.TenantScope(identity.NewTenantID(src))
		began := time.Now()
		if err := there.Raise(t.Context(), tenant); err != nil {
			t.Fatal(err)
		}
		next(t, w, session.Ending{Scope: tenant})
		took = append(took, time.Since(began))
	}
	t.Logf("told after %v", took)
}

// A transaction that commits after one with a higher number is not left out. STO-028
func TestWatch_of_a_late_commit(t *testing.T) {
	t.Parallel()
	dsn := v15.database(t)
	b := open(t, dsn)
	s := b.Stores().Session
	w := watch(t, s)
	conn, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	tx, err := conn.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	src := entropy.Seeded(2)
	login := identity.NewLoginID(src)
	id := login.Bytes()
	none := [16]byte{}
	at := time.Now().UnixMicro()
	const insert = `INSERT INTO axess_revocations (kind, tenant_id, id, at) VALUES (0, $1, $2, $3)`
	if _, err := tx.Exec(t.Context(), insert, none, id, at); err != nil {
		t.Fatal(err)
	}
	other := open(t, dsn).Stores().Session
	scope := identity.TenantScope(identity.NewTenantID(src))
	if err := other.Raise(t.Context(), scope); err != nil {
		t.Fatal(err)
	}
	next(t, w, session.Ending{Scope: scope}) // the higher number has been read
	if err := tx.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	next(t, w, session.Ending{Login: login})
}

// Rows are kept a day. STO-021
func TestWatch_rows_are_swept(t *testing.T) {
	t.Parallel()
	dsn := v15.database(t)
	s := open(t, dsn).Stores().Session
	for range 5 {
		if err := s.Raise(t.Context(), identity.GlobalScope()); err != nil {
			t.Fatal(err)
		}
	}
	conn, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	for _, step := range []struct {
		after time.Duration
		limit int
		left  int
	}{{23 * time.Hour, 10, 5}, {25 * time.Hour, 3, 2}, {25 * time.Hour, 10, 0}} {
		if _, err := s.Sweep(t.Context(), time.Now().Add(step.after), step.limit); err != nil {
			t.Fatal(err)
		}
		var n int
		if err := conn.QueryRow(t.Context(), `SELECT COUNT(*) FROM axess_revocations`).Scan(&n); err != nil {
			t.Fatal(err)
		}
		if n != step.left {
			t.Errorf("%d rows after %v, want %d", n, step.after, step.left)
		}
	}
}
