package session

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/axess-go/axess/internal/machine"
	"github.com/axess-go/axess/metric"
	"github.com/axess-go/axess/seal"
	"github.com/axess-go/axess/store"
)

// rotated is the rig's keys after a rotation of the sealing key.
func (g *rig) rotated() func(*Config) {
	g.t.Helper()
	ring := testRing(g.t, seal.Session, testKey("session-b", seal.Primary), testKey("session-a", seal.Retiring))
	return func(c *Config) { c.Keys.Session = ring }
}

// SES-157: resting sessions come under the primary key without being touched, and
// what is left is counted by key.
func TestReseal(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	var all []*browser
	for range 5 {
		all = append(all, g.in())
	}
	before := map[Ref]Record{}
	for _, r := range g.db.list() {
		before[r.Ref] = r
	}
	g.fake.Advance(time.Hour)
	old, next := g.sealRing.Primary(), testKey("session-b", seal.Primary).ID()
	m := g.manager(g.rotated())
	g.db.reset()
	for i, want := range []struct{ rewritten, left int }{{2, 3}, {2, 1}, {1, 0}, {0, 0}} {
		got, err := m.Reseal(t.Context(), 2)
		if err != nil || got.Rewritten != want.rewritten || got.Skipped != 0 {
			t.Fatalf("call %d: %+v, %v", i, got, err)
		}
		if want.left > 0 && (len(got.Remaining) != 1 || got.Remaining[0] != (store.KidCount{Kid: old, Count: want.left})) || want.left == 0 && got.Remaining != nil {
			t.Fatalf("call %d: remaining %+v, want %d", i, got.Remaining, want.left)
		}
	}
	if n := g.db.count("touch", "update", "append", "rotate"); n != 0 {
		t.Errorf("%d other writes", n)
	}
	for _, r := range g.db.list() {
		was := before[r.Ref]
		if r.Kid != next || seal.KeyID(r.Sealed[1:5]) != next || r.Rev != was.Rev || !r.IdleUntil.Equal(was.IdleUntil) || !g.db.seen[r.Ref].Equal(t0) {
			t.Errorf("%+v, was %+v", r, was)
		}
	}
	// The retired key is gone, and nobody is signed out.
	alone := g.manager(func(c *Config) {
		c.Keys.Session = testRing(t, seal.Session, testKey("session-b", seal.Primary))
	})
	for _, b := range all {
		b.doOn(alone, func(_ http.ResponseWriter, _ *http.Request, s *Session) {
			if !IsAuthenticated(s.State()) {
				t.Error("signed out by a rotation of keys")
			}
		})
	}
	if _, err := m.Reseal(t.Context(), 0); !errors.Is(err, store.ErrBadArgument) {
		t.Error(err)
	}
}

// SES-157, SES-066: what does not open is passed by, kept and counted; it keeps
// neither others nor the count from the truth.
func TestReseal_passes_what_does_not_open(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	foreign := testRing(t, seal.Session, testKey("session-x", seal.Primary))
	strange := g.manager(func(c *Config) { c.Keys.Session = foreign })
	damaged := g.in().ref()
	g.in()
	g.in()
	g.browser().doOn(strange, func(_ http.ResponseWriter, r *http.Request, s *Session) {
		_, _ = s.Transition(r.Context(), machine.Adopt{Login: g.login(g.subj)}, Commit{})
	})
	g.db.edit(damaged, func(r *Record) { r.Sealed[len(r.Sealed)-1] ^= 1 })
	m := g.manager(g.rotated())
	got, err := m.Reseal(t.Context(), 1)
	for err == nil && got.Rewritten == 1 {
		got, err = m.Reseal(t.Context(), 1)
	}
	if err != nil || got.Skipped != 2 || len(got.Remaining) != 2 || got.Remaining[0].Count != 1 || got.Remaining[1].Count != 1 {
		t.Fatalf("%+v, %v", got, err)
	}
}

// SES-242: how many records each key seals, with the ids of our own keys as labels
// and of nobody else's.
func TestReseal_gauges_records_by_key(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	for range 3 {
		g.in()
	}
	foreign := testRing(t, seal.Session, testKey("session-x", seal.Primary))
	strange := g.manager(func(c *Config) { c.Keys.Session = foreign })
	g.browser().doOn(strange, func(_ http.ResponseWriter, r *http.Request, s *Session) {
		_, _ = s.Transition(r.Context(), machine.Adopt{Login: g.login(g.subj)}, Commit{})
	})
	old, next := g.sealRing.Primary().String(), testKey("session-b", seal.Primary).ID().String()
	var rec metric.Recorder
	rotated := g.rotated()
	m := g.manager(func(c *Config) { rotated(c); c.Metrics = &rec })
	for _, want := range []map[string]float64{{old: 2, next: 1, "other": 1}, {old: 1, next: 2, "other": 1}, {old: 0, next: 3, "other": 1}} {
		if _, err := m.Reseal(t.Context(), 1); err != nil {
			t.Fatal(err)
		}
		for kid, n := range want {
			if got, ok := rec.Level("axess.session.sealed_records", metric.L(metric.Kid, kid)); !ok || got != n {
				t.Errorf("%s: %v %v, want %v", kid, got, ok, n)
			}
		}
	}
	if v := rec.Violations(); v != nil {
		t.Error(v)
	}
}

// SES-157, SES-102: a request that read the session before it was sealed anew
// loses nothing, and one that wrote it first is not written over.
func TestReseal_beside_requests(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	b, note := g.in(), NewKey[string]("note")
	m := g.manager(g.rotated())
	b.doOn(m, func(_ http.ResponseWriter, r *http.Request, s *Session) {
		if got, err := m.Reseal(r.Context(), 10); err != nil || got.Rewritten != 1 {
			t.Error(got, err)
		}
		if _, err := s.Transition(r.Context(), machine.Regenerate{}, Commit{NoGrace: true}); err != nil {
			t.Errorf("lost a race to a background job: %v", err)
		}
	})
	b.doOn(g.Manager, func(http.ResponseWriter, *http.Request, *Session) {}) // an instance without the new key
	if b.last.StatusCode != http.StatusServiceUnavailable {
		t.Fatal(b.last.StatusCode)
	}
	g = newRig(t)
	b = g.in()
	m = g.manager(g.rotated())
	// The other way round: the session is written while its body is with the job.
	g.db.faults(func(_ context.Context, verb string) error {
		if verb == "reseal" {
			g.db.up()
			b.with(func(_ *http.Request, s *Session) { _ = note.Set(s, "new") })
		}
		return nil
	}, nil)
	got, err := m.Reseal(t.Context(), 10)
	if err != nil || got.Rewritten != 0 || len(got.Remaining) != 1 {
		t.Fatalf("%+v, %v", got, err)
	}
	b.with(func(_ *http.Request, s *Session) {
		if v, ok, err := note.Get(s); v != "new" || !ok || err != nil {
			t.Error("written over", v, err)
		}
	})
}

// SES-157: an outage ends the walk with its error, what was done stays done.
func TestReseal_outage(t *testing.T) {
	t.Parallel()
	for _, verb := range []string{"kids", "under kid", "load", "reseal"} {
		g := newRig(t)
		g.in()
		m := g.manager(g.rotated())
		g.db.down(verb)
		if got, err := m.Reseal(t.Context(), 10); !errors.Is(err, ErrStoreUnavailable) || got.Rewritten != 0 {
			t.Errorf("%s: %+v, %v", verb, got, err)
		}
		g.db.up()
		if got, err := m.Reseal(t.Context(), 10); err != nil || got.Rewritten != 1 {
			t.Errorf("%s, again: %+v, %v", verb, got, err)
		}
	}
	g := newRig(t)
	g.in()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := g.manager(g.rotated()).Reseal(ctx, 10); err == nil {
		t.Error("goes on without its owner")
	}
}
