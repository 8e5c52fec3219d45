package postgres_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/store/postgres"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func guest(t *testing.T, s session.Store, name string) session.Ref {
	t.Helper()
	r := session.Record{
		Ref: identity.FromNamespaced[session.Ref]("test", name), Rev: 1,
		CreatedAt: noon, IdleUntil: noon.Add(time.Hour), AbsUntil: noon.Add(2 * time.Hour), Sealed: []byte("body"),
	}
	if _, err := s.Create(t.Context(), r, session.Claim{Now: noon}); err != nil {
		t.Fatal(err)
	}
	return r.Ref
}

// A sweep neither waits for a row that somebody holds nor leaves the others.
//
// STO-063
func TestSweep_leaves_out_what_others_hold(t *testing.T) {
	t.Parallel()
	dsn := v18.database(t)
	s := open(t, dsn).Stores().Session
	for i := range 130 { // more than one statement takes
		guest(t, s, fmt.Sprint(i))
	}
	conn, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	tx, err := conn.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	held := identity.FromNamespaced[session.Ref]("test", "7").Bytes()
	if _, err := tx.Exec(t.Context(), "SELECT 1 FROM axess_sessions WHERE ref = $1 FOR UPDATE", held[:]); err != nil {
		t.Fatal(err)
	}
	after := noon.Add(3 * time.Hour)
	bounded, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if n, err := s.Sweep(bounded, after, 500); err != nil || n != 129 {
		t.Errorf("swept %d, %v; want all but the one that is held", n, err)
	}
	if err := tx.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n, err := s.Sweep(bounded, after, 500); err != nil || n != 1 {
		t.Errorf("swept %d, %v; want the one", n, err)
	}
	if err := conn.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// counted counts what is asked of the server.
type counted struct{ asked int }

func (c *counted) TraceQueryStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceQueryStartData) context.Context {
	c.asked++
	return ctx
}

func (c *counted) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

// STO-022: a load is one statement, without a transaction around it; a batch of a
// sweep takes few, however many rows it removes.
func TestStatements_are_few(t *testing.T) {
	t.Parallel()
	cfg, err := pgx.ParseConfig(v18.database(t))
	if err != nil {
		t.Fatal(err)
	}
	c := &counted{}
	cfg.Tracer = c
	db := stdlib.OpenDB(*cfg)
	defer db.Close()
	b, err := postgres.OpenDB(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	s := b.Stores().Session
	ref := guest(t, s, "0")
	for i := range 99 {
		guest(t, s, fmt.Sprint(i+1))
	}
	for range 3 {
		c.asked = 0
		if _, _, err := s.Load(t.Context(), ref, noon); err != nil || c.asked != 1 {
			t.Errorf("a load took %d statements, %v", c.asked, err)
		}
	}
	c.asked = 0
	// BEGIN, the search, two times fifty rows, COMMIT, and the endings of a day ago.
	if n, err := s.Sweep(t.Context(), noon.Add(3*time.Hour), 500); err != nil || n != 100 || c.asked != 6 {
		t.Errorf("sweeping %d took %d statements, %v", n, c.asked, err)
	}
}

// A touch inside the hour leaves the indexes as they are: the server keeps the new row
// beside the old one, for which pages have room. STO-023
func TestTouch_inside_the_hour_changes_no_index(t *testing.T) {
	t.Parallel()
	dsn := v18.database(t)
	b := open(t, dsn)
	s := b.Stores().Session
	ref := guest(t, s, "touched")
	conn, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	updates := func() (all, beside int) {
		const ask = `SELECT pg_stat_get_tuples_updated(c), pg_stat_get_tuples_hot_updated(c)
FROM (SELECT 'axess_sessions'::regclass::oid AS c, pg_stat_clear_snapshot()) t`
		if err := conn.QueryRow(t.Context(), ask).Scan(&all, &beside); err != nil {
			t.Fatal(err)
		}
		return all, beside
	}
	for minute := 1; minute <= 10; minute++ { // the end is at 13:00, the hour of the sweep too
		if err := s.Touch(t.Context(), ref, noon.Add(time.Hour+time.Duration(minute)*time.Minute), noon); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.Close(); err != nil { // a connection that ends says what it has counted
		t.Fatal(err)
	}
	if !soon(t, func() bool { all, _ := updates(); return all >= 10 }) {
		t.Fatal("the server counts no touches")
	}
	if all, beside := updates(); all != 10 || beside != 9 {
		t.Errorf("of %d touches %d left the indexes as they were, want all but the one into the next hour", all, beside)
	}
}
