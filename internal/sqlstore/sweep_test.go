package sqlstore

import (
	"testing"
	"time"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/session"
)

func sweepRecord(name string, idle time.Duration) session.Record {
	return session.Record{
		Ref: identity.FromNamespaced[session.Ref]("test", name), Rev: 1, CreatedAt: at(0), IdleUntil: at(idle), AbsUntil: at(6 * time.Hour),
	}
}

// wrote reports whether the writer has ever run a statement.
func (b *Backend) wrote(t *testing.T, text string) bool {
	t.Helper()
	l, err := b.writers.take(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer b.writers.give(l)
	return l.stmts[text] != nil
}

// count reads one number behind the backend's back.
func (b *Backend) count(t *testing.T, text string) (n int64) {
	t.Helper()
	if err := b.readers.db.QueryRowContext(t.Context(), text).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// STO-023: a touch that stays inside the hour assigns no indexed column; whatever
// a session goes through, the hour is that of its end.
func TestTouch_inside_the_hour_changes_no_index(t *testing.T) {
	t.Parallel()
	b := setup(t)
	s := b.Stores().Session
	rec := sweepRecord("r", 65*time.Minute) // 13:05, so 14:00
	if _, err := s.Create(t.Context(), rec, session.Claim{Now: at(0)}); err != nil {
		t.Fatal(err)
	}
	hours := func(when string, want time.Duration) {
		t.Helper()
		if n := b.count(t, "SELECT sweep_at FROM axess_sessions WHERE superseded = 0"); n != micro(at(want)) {
			t.Errorf("%s: swept from %v, want %v", when, time.UnixMicro(n).UTC(), at(want))
		}
		const wrong = "SELECT COUNT(*) FROM axess_sessions WHERE sweep_at < ends_at OR sweep_at >= ends_at + 3600000000 OR sweep_at % 3600000000 <> 0"
		if n := b.count(t, wrong); n != 0 {
			t.Errorf("%s: %d sessions with the hour of another end", when, n)
		}
	}
	touch := func(idle time.Duration) {
		t.Helper()
		if err := s.Touch(t.Context(), rec.Ref, at(idle), at(time.Minute)); err != nil {
			t.Fatal(err)
		}
	}
	hours("created", 2*time.Hour)
	for _, idle := range []time.Duration{80, 100, 120} {
		touch(idle * time.Minute)
	}
	hours("touched", 2*time.Hour)
	if b.wrote(t, touchBeyond) {
		t.Error("a touch inside the hour wrote the index")
	}
	touch(121 * time.Minute)
	hours("touched beyond", 3*time.Hour)
	if !b.wrote(t, touchBeyond) {
		t.Error("a touch beyond the hour left the index as it was")
	}
	rec.Rev, rec.IdleUntil = 2, at(4*time.Hour)
	if err := s.Update(t.Context(), rec, 1, at(time.Minute)); err != nil {
		t.Fatal(err)
	}
	hours("updated", 4*time.Hour)
	touch(24 * time.Hour) // the absolute end is nearer
	hours("touched to the end", 6*time.Hour)
	next := sweepRecord("next", 2*time.Hour)
	if _, err := s.Rotate(t.Context(), rec.Ref, 2, next, session.Claim{Now: at(0)}, 10*time.Second); err != nil {
		t.Fatal(err)
	}
	hours("rotated", 2*time.Hour) // and the old half ends with its grace
}

// STO-023, STO-063: the hour is where a sweep looks; the end decides. A row of the
// release before, which has no hour, is swept when it is over and not before.
func TestSweep_judges_by_the_end(t *testing.T) {
	t.Parallel()
	b := setup(t)
	s := b.Stores().Session
	for name, idle := range map[string]time.Duration{"over": time.Minute, "alive": 3 * time.Hour, "ends in the same hour": 59 * time.Minute} {
		if _, err := s.Create(t.Context(), sweepRecord(name, idle), session.Claim{Now: at(0)}); err != nil {
			t.Fatal(err)
		}
	}
	b.execute(t, "UPDATE axess_sessions SET sweep_at = 0 WHERE idle_until > ?", micro(at(time.Hour)))
	for want, when := range []time.Duration{time.Minute + sweepLag, time.Minute + sweepLag + time.Millisecond} {
		if n, err := s.Sweep(t.Context(), at(when), 10); err != nil || n != want {
			t.Errorf("after %v swept %d, %v, want %d", when, n, err, want)
		}
	}
	if n := b.count(t, "SELECT COUNT(*) FROM axess_sessions"); n != 2 {
		t.Errorf("%d sessions are left, want 2", n)
	}
	if n, err := s.Sweep(t.Context(), at(4*time.Hour), 10); err != nil || n != 2 {
		t.Errorf("swept %d, %v, want both", n, err)
	}
}

// STO-063: a sweep that finds nothing takes no lock that a writer waits for.
func TestSweep_of_nothing_writes_nothing(t *testing.T) {
	t.Parallel()
	b := setup(t)
	l, err := b.writers.take(t.Context()) // the only one
	if err != nil {
		t.Fatal(err)
	}
	defer b.writers.give(l)
	if n, err := b.Stores().Session.Sweep(t.Context(), at(0), 10); err != nil || n != 0 {
		t.Errorf("swept %d, %v", n, err)
	}
}
