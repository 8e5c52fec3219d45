package session

import (
	"context"
	"errors"
	"testing"

	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/store"
)

// SES-157: an outage of the last count is told with what was done, what is left is
// measured, what does not open is logged, and a page full of that is not the end.
func TestReseal_tells_what_it_did(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	g.in()
	m := g.manager(g.rotated())
	for call, rewritten := range map[int]int{1: 0, 2: 1} {
		n := 0
		g.db.faults(func(_ context.Context, v string) error {
			if v != "kids" {
				return nil
			}
			if n++; n == call {
				return errDown
			}
			return nil
		}, nil)
		if call == 2 {
			g.in() // under the old key
		}
		if done, err := m.Reseal(t.Context(), 1); !errors.Is(err, ErrStoreUnavailable) || done.Rewritten != rewritten {
			t.Errorf("count %d fails: %+v, %v", call, done, err)
		}
		g.db.up()
	}
	const line = "cannot be sealed anew"
	if len(g.logs.Lines(line)) != 0 {
		t.Error("a walk that passed nothing by says that it did")
	}
	g = newRig(t)
	for range 3 {
		g.in()
	}
	m = g.manager(g.rotated())
	refs, err := g.db.UnderKid(t.Context(), g.sealRing.Primary(), Ref{}, 3)
	if err != nil || len(refs) != 3 {
		t.Fatal(refs, err)
	}
	g.db.edit(refs[0], func(r *Record) { r.Sealed[len(r.Sealed)-1] ^= 1 })
	done, err := m.Reseal(t.Context(), 1)
	if err != nil || done.Rewritten != 1 || done.Skipped != 1 {
		t.Errorf("%+v, %v", done, err)
	}
	if v, ok := g.rec.Level(metricStale); v != 2 || !ok || len(g.logs.Lines(line)) != 1 {
		t.Errorf("%v left, %d lines", v, len(g.logs.Lines(line)))
	}
}

// SES-157: what goes or comes under the new key while the walk is at it is neither an
// error nor something that does not open; a column that lies about the key is.
func TestReseal_loses_races_quietly(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		verb string
		act  func(g *rig, m *Manager, ref Ref) error
	}{
		"gone before it is read":    {"load", func(g *rig, _ *Manager, ref Ref) error { return g.db.Delete(g.t.Context(), ref, g.subj) }},
		"gone before it is written": {"reseal", func(g *rig, _ *Manager, ref Ref) error { return g.db.Delete(g.t.Context(), ref, g.subj) }},
		"another instance is at it too": {"load", func(g *rig, m *Manager, _ Ref) error {
			_, err := m.Reseal(g.t.Context(), 1)
			return err
		}},
	} {
		g := newRig(t)
		ref := g.in().ref()
		m := g.manager(g.rotated())
		g.db.faults(once(tc.verb, func() error { return tc.act(g, m, ref) }), nil)
		if done, err := m.Reseal(t.Context(), 1); err != nil || done.Rewritten != 0 || done.Skipped != 0 {
			t.Errorf("%s: %+v, %v", name, done, err)
		}
		g.db.up()
	}
	// A body of the new key under a column of the old one, sealed as it should be.
	g := newRig(t)
	ref := g.in().ref()
	old := g.sealRing.Primary()
	m := g.manager(g.rotated())
	if done, err := m.Reseal(t.Context(), 1); err != nil || done.Rewritten != 1 {
		t.Fatal(done, err)
	}
	g.db.edit(ref, func(r *Record) { r.Kid = old })
	if done, err := m.Reseal(t.Context(), 1); err != nil || done.Rewritten != 0 || done.Skipped != 1 {
		t.Errorf("%+v, %v", done, err)
	}
}

// atOnce is a store in memory, which needs no timeouts; it notes whether it got one.
type atOnce struct {
	*memStore
	limited bool
}

func (*atOnce) Immediate() {}

func (a *atOnce) Kids(ctx context.Context) ([]store.KidCount, error) {
	_, a.limited = clock.Deadline(ctx)
	return a.memStore.Kids(ctx)
}

// A store that waits for nothing outside the process is spared the timeout.
func TestReseal_on_a_store_that_does_not_wait(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	a := &atOnce{memStore: g.db}
	m := g.manager(func(c *Config) { c.Store = a })
	if _, err := m.Reseal(t.Context(), 1); err != nil || a.limited {
		t.Errorf("%v, with a timeout %t", err, a.limited)
	}
}
