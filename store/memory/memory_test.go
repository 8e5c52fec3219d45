package memory

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/axess-go/axess/audit"
	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/metric"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/store"
)

func at(offset time.Duration) time.Time {
	return time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC).Add(offset)
}

func record(s identity.Subject, src entropy.Source, idle time.Duration) session.Record {
	r := session.Record{
		Ref: identity.NewID[session.Ref](src), Rev: 1, Subject: s,
		CreatedAt: at(0), IdleUntil: at(idle), AbsUntil: at(24 * time.Hour), Sealed: make([]byte, 446),
	}
	if !s.IsZero() {
		r.Login, r.AuthAt = identity.NewLoginID(src), at(0)
	}
	return r
}

func create(tb testing.TB, s session.Store, r session.Record, now time.Time) {
	tb.Helper()
	_, err := s.Create(tb.Context(), r, session.Claim{Subject: r.Subject, Expect: r.Epochs, Now: now})
	if err != nil {
		tb.Fatal(err)
	}
}

// STO-020
func TestCapacity_evicts_what_has_been_idle_longest(t *testing.T) {
	t.Parallel()
	for seed := range uint64(8) {
		evictsOldest(t, seed)
	}
}

func evictsOldest(t *testing.T, seed uint64) {
	t.Helper()
	src, counted := entropy.Seeded(seed), &metric.Recorder{}
	b := New(Config{Capacity: 4, Metrics: counted})
	st := b.Stores().Session
	sub := identity.Subject{Tenant: identity.NewTenantID(src), User: identity.NewUserID(src)}
	var all []session.Record
	for i := range 4 {
		r := record(sub, src, time.Duration(10+i)*time.Minute)
		create(t, st, r, at(0))
		all = append(all, r)
	}
	// The oldest is used again, so the second has been idle longest.
	if err := st.Touch(t.Context(), all[0].Ref, at(time.Hour), at(0)); err != nil {
		t.Fatal(err)
	}
	create(t, st, record(identity.Subject{}, src, time.Hour), at(0))
	if _, _, err := st.Load(t.Context(), all[1].Ref, at(0)); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("idle longest: got %v, want ErrNotFound", err)
	}
	for _, i := range []int{0, 2, 3} {
		if _, _, err := st.Load(t.Context(), all[i].Ref, at(0)); err != nil {
			t.Errorf("record %d: %v", i, err)
		}
	}
	if n := counted.Counted(MetricEvicted); n != 1 {
		t.Errorf("counted %v evictions, want 1", n)
	}
	// The dead go before the living, and do not count as evicted.
	create(t, st, record(identity.Subject{}, src, time.Hour), at(20*time.Minute))
	if got := b.stored; got != 3 {
		t.Errorf("%d records stored, want 3: one touched, two new", got)
	}
	if n := counted.Counted(MetricEvicted); n != 1 {
		t.Errorf("counted %v evictions, want still 1", n)
	}
	list, err := st.Sessions(t.Context(), sub, session.Ref{}, 10, at(20*time.Minute))
	if err != nil || len(list) != 1 || list[0].Ref != all[0].Ref {
		t.Errorf("list %v, %v; want the touched one alone", list, err)
	}
}

// STO-020
func TestCapacity_holds_under_any_flood(t *testing.T) {
	t.Parallel()
	src := entropy.Seeded(2)
	b := New(Config{Capacity: 1000})
	st := b.Stores().Session
	for range 5000 {
		create(t, st, record(identity.Subject{}, src, time.Hour), at(0))
	}
	held := 0
	for i := range b.sessions {
		held += b.sessions[i].n
	}
	if held != b.stored || held > 1000 || held < 900 {
		t.Errorf("%d records held, %d counted, capacity 1000", held, b.stored)
	}
}

// A rotation at the limit of the capacity must not evict the very record that
// stays as its predecessor.
//
// STO-020, SES-106
func TestCapacity_spares_the_predecessor(t *testing.T) {
	t.Parallel()
	src := entropy.Seeded(3)
	st := New(Config{Capacity: 2}).Stores().Session
	old, other := record(identity.Subject{}, src, time.Hour), record(identity.Subject{}, src, 2*time.Hour)
	create(t, st, old, at(0))
	create(t, st, other, at(0))
	next := record(identity.Subject{}, src, 3*time.Hour)
	if _, err := st.Rotate(t.Context(), old.Ref, 1, next, session.Claim{Now: at(0)}, time.Minute); err != nil {
		t.Fatal(err)
	}
	if _, _, err := st.Load(t.Context(), old.Ref, at(time.Second)); err != nil {
		t.Errorf("predecessor: %v", err)
	}
	if _, _, err := st.Load(t.Context(), other.Ref, at(0)); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("the other: got %v, want ErrNotFound", err)
	}
}

// Not parallel: allocations are counted for the whole process.
//
// SES-243
func TestLoad_allocates_nothing(t *testing.T) {
	src := entropy.Seeded(4)
	st := New(Config{}).Stores().Session
	r := record(identity.Subject{Tenant: identity.NewTenantID(src), User: identity.NewUserID(src)}, src, time.Hour)
	create(t, st, r, at(0))
	ctx, now := t.Context(), at(0)
	for name, verb := range map[string]func() error{
		"Load":  func() error { _, _, err := st.Load(ctx, r.Ref, now); return err },
		"Touch": func() error { return st.Touch(ctx, r.Ref, at(90*time.Minute), now) },
	} {
		var err error
		n := testing.AllocsPerRun(200, func() { err = errors.Join(err, verb()) })
		if err != nil || n != 0 {
			t.Errorf("%s: %v allocations, %v", name, n, err)
		}
	}
}

func TestEvents_the_oldest_are_forgotten_and_numbers_go_on(t *testing.T) {
	t.Parallel()
	src := entropy.Seeded(6)
	st := New(Config{Events: 10}).Stores().Audit
	tenant := identity.NewTenantID(src)
	for i := range 25 {
		r := audit.Record{
			ID: identity.NewEventID(at(0), src), Tenant: tenant, At: at(time.Duration(i) * time.Second), Node: "n", Boot: [16]byte{1},
			Kind: "login_attempt", Outcome: audit.Success, Body: []byte("{}"),
		}
		numbers, err := st.Append(t.Context(), r)
		if err != nil || numbers[0] != uint64(i+1) {
			t.Fatalf("append %d: %v, %v", i, numbers, err)
		}
	}
	got, err := st.Query(t.Context(), tenant, audit.Filter{})
	if err != nil || len(got) != 10 || got[0].Seq != 25 || got[9].Seq != 16 {
		t.Errorf("%d events, %v; want the ten newest", len(got), err)
	}
}

// STO-003
func TestCancelled_says_why(t *testing.T) {
	t.Parallel()
	why := errors.New("deadline of a simulated clock")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(why)
	_, _, err := New(Config{}).Stores().Session.Load(ctx, identity.NewID[session.Ref](entropy.Seeded(7)), at(0))
	if !errors.Is(err, why) || !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("got %v, want the cause and ErrUnavailable", err)
	}
}

func BenchmarkLoad(b *testing.B) {
	for _, n := range []int{1, 10_000} {
		b.Run(map[int]string{1: "1", 10_000: "10k"}[n], func(b *testing.B) {
			src := entropy.Seeded(8)
			st := New(Config{}).Stores().Session
			refs := make([]session.Ref, n)
			for i := range refs {
				r := record(identity.Subject{Tenant: identity.NewTenantID(src), User: identity.NewUserID(src)}, src, time.Hour)
				create(b, st, r, at(0))
				refs[i] = r.Ref
			}
			ctx, now := b.Context(), at(0)
			b.ReportAllocs()
			b.RunParallel(func(pb *testing.PB) {
				for i := 0; pb.Next(); i++ {
					if _, _, err := st.Load(ctx, refs[i%n], now); err != nil {
						b.Fatal(err)
					}
				}
			})
		})
	}
}
