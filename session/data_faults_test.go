package session

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/internal/machine"
	"github.com/axess-go/axess/store"
)

// waits is a clock that does not wait, notes how long it should have, and can stop.
type waits struct {
	clock.Clock
	mu   sync.Mutex
	list []time.Duration
	err  error
}

func (w *waits) Sleep(_ context.Context, d time.Duration) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.list = append(w.list, d)
	return w.err
}

// once is a fault hook that acts before the first call of a verb.
func once(verb string, f func() error) func(context.Context, string) error {
	done := false
	return func(_ context.Context, v string) error {
		if v != verb || done {
			return nil
		}
		done = true
		return f()
	}
}

// SES-101: the loser of a write waits 2 to 20 ms, once, before it tries again.
func TestData_a_lost_write_waits(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	w := &waits{Clock: g.fake}
	m := g.manager(func(c *Config) { c.Clock = w })
	b := g.in()
	for _, how := range []func(r *http.Request, s *Session) error{
		func(r *http.Request, s *Session) error { _ = anyNote.Set(s, "new"); return s.Commit(r.Context()) },
		func(r *http.Request, s *Session) error { _, err := anyNote.Consume(r.Context(), s); return err },
	} {
		for _, broken := range []error{nil, errors.New("the clock stands")} {
			b.setNote("old")
			w.list, w.err = nil, broken
			b.doOn(m, func(_ http.ResponseWriter, r *http.Request, s *Session) {
				g.db.faults(once("update", func() error { return store.ErrConflict }), nil)
				if err := how(r, s); !errors.Is(err, broken) {
					t.Errorf("%v, want %v", err, broken)
				}
				g.db.up()
				s.discard()
			})
			if len(w.list) != 1 || w.list[0] < 2*time.Millisecond || w.list[0] >= 20*time.Millisecond {
				t.Errorf("waited %v", w.list)
			}
		}
	}
}

// SES-074, SES-101, SES-104: what a write answers to its caller, for each fault of the
// store and each way to write, how often it asked, and that nothing was lost by it.
func TestData_faults(t *testing.T) {
	t.Parallel()
	n := NewKey[int]("n")
	set := func(r *http.Request, s *Session) error { return errors.Join(n.Set(s, 1), s.Commit(r.Context())) }
	take := func(r *http.Request, s *Session) error { _, err := anyNote.Consume(r.Context(), s); return err }
	fresh := func(r *http.Request, s *Session) error {
		_ = n.Set(s, 1)
		_, err := n.Consume(r.Context(), s)
		return err
	}
	for name, tc := range map[string]struct {
		guest  bool
		do     func(r *http.Request, s *Session) error
		faults map[string]error
		want   error
		not    error
		count  map[string]int
	}{
		"an outage is told at once":            {false, set, map[string]error{"update": errDown}, ErrStoreUnavailable, store.ErrConflict, map[string]int{"update": 1, "load": 0}},
		"three lost writes":                    {false, set, map[string]error{"update": store.ErrConflict}, store.ErrConflict, ErrStoreUnavailable, map[string]int{"update": 3, "load": 2}},
		"an outage after a lost write":         {false, set, map[string]error{"update": store.ErrConflict, "load": errDown}, ErrStoreUnavailable, store.ErrConflict, map[string]int{"update": 1, "load": 1}},
		"consume, outage":                      {false, take, map[string]error{"update": errDown}, ErrStoreUnavailable, ErrConsumed, map[string]int{"update": 1, "load": 0}},
		"consume, three lost":                  {false, take, map[string]error{"update": store.ErrConflict}, store.ErrConflict, ErrConsumed, map[string]int{"update": 3, "load": 2}},
		"consume, outage after a lost write":   {false, take, map[string]error{"update": store.ErrConflict, "load": errDown}, ErrStoreUnavailable, ErrConsumed, map[string]int{"update": 1, "load": 1}},
		"consume what is new, outage":          {false, fresh, map[string]error{"update": errDown}, ErrStoreUnavailable, store.ErrConflict, map[string]int{"update": 1}},
		"a guest's first, outage":              {true, set, map[string]error{"create": errDown}, ErrStoreUnavailable, nil, map[string]int{"create": 1}},
		"a guest's first, epochs down":         {true, set, map[string]error{"epochs": errDown}, ErrStoreUnavailable, nil, map[string]int{"create": 0}},
		"a guest's first, three times refused": {true, set, map[string]error{"create": store.ErrConflict}, store.ErrConflict, nil, map[string]int{"create": 3, "load": 0}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := newRig(t)
			b := g.browser()
			if !tc.guest {
				b = g.in()
				b.setNote("kept")
				g.fake.Advance(time.Minute)
			} else if err := g.InvalidateAll(t.Context()); err != nil { // the epoch is not 0
				t.Fatal(err)
			}
			b.do(func(_ http.ResponseWriter, r *http.Request, s *Session) {
				g.db.reset()
				g.db.faults(func(_ context.Context, v string) error { return tc.faults[v] }, nil)
				err := tc.do(r, s)
				if !errors.Is(err, tc.want) || tc.not != nil && errors.Is(err, tc.not) {
					t.Errorf("%v, want %v", err, tc.want)
				}
				for verb, want := range tc.count {
					if got := g.db.count(verb); got != want {
						t.Errorf("%d × %s, want %d", got, verb, want)
					}
				}
				g.db.up()
				if err := tc.do(r, s); err != nil {
					t.Errorf("again: %v", err)
				}
			})
		})
	}
}

// SES-074: a guest's record that the store refused once is made at the second try, and
// it says which browser it is of.
func TestData_guest_second_try(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	b := g.browser()
	b.with(func(_ *http.Request, s *Session) {
		_ = anyNote.Set(s, "x")
		g.db.faults(once("create", func() error { return store.ErrConflict }), nil)
	})
	g.db.up()
	if v := b.view(); b.note() != "x" || v.Client != (Client{"Chrome", "Linux"}) || v.Rev != 1 {
		t.Errorf("%+v", v)
	}
}

// SES-042, SES-065: two goroutines make a guest's first record at once: one record is
// left, with what both have set.
func TestData_guest_two_at_once(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	b := g.browser()
	n := NewKey[int]("n")
	b.with(func(r *http.Request, s *Session) {
		_ = anyNote.Set(s, "x")
		g.db.faults(once("create", func() error { return errors.Join(n.Set(s, 7), s.Commit(r.Context())) }), nil)
		if err := s.Commit(r.Context()); err != nil {
			t.Error(err)
		}
		g.db.up()
	})
	b.with(func(_ *http.Request, s *Session) {
		if v, _, err := n.Get(s); v != 7 || err != nil {
			t.Error(v, err)
		}
	})
	if list := g.db.list(); len(list) != 1 || b.note() != "x" {
		t.Errorf("%d records, %q", len(list), b.note())
	}
}

// SES-042: a goroutine that loses to another of its own request reads nothing anew:
// the other's state is the newer one, under a new id too.
func TestData_moved_by_another_goroutine(t *testing.T) {
	t.Parallel()
	for name, move := range map[string]func(r *http.Request, s *Session) error{
		"written": func(r *http.Request, s *Session) error { return s.Commit(r.Context()) },
		"rotated": func(r *http.Request, s *Session) error {
			_, err := s.Transition(r.Context(), machine.Regenerate{}, Commit{})
			return err
		},
	} {
		g := newRig(t)
		b := g.in()
		b.with(func(r *http.Request, s *Session) {
			_ = anyNote.Set(s, "x")
			n := NewKey[int]("n")
			g.db.reset()
			g.db.faults(once("update", func() error { _ = n.Set(s, 1); return move(r, s) }), nil)
			if err := s.Commit(r.Context()); err != nil || g.db.count("load") != 0 {
				t.Errorf("%s: %v, %d loads", name, err, g.db.count("load"))
			}
			g.db.up()
		})
		if b.note() != "x" {
			t.Errorf("%s: lost", name)
		}
	}
}

// SES-104: what was set, written and then consumed by another request does not come
// back with a later write of the request that set it, also if a goroutine of that one
// set something else while the first write was under way.
func TestData_written_operations_are_not_replayed(t *testing.T) {
	t.Parallel()
	n := NewKey[int]("n")
	other := func(b *browser) *browser { return &browser{g: b.g, cookie: b.cookie} }
	t.Run("set while the write was under way", func(t *testing.T) {
		t.Parallel()
		g := newRig(t)
		b := g.in()
		b.with(func(r *http.Request, s *Session) {
			_ = anyNote.Set(s, "once")
			g.db.faults(once("update", func() error { return n.Set(s, 1) }), nil)
			if err := s.Commit(r.Context()); err != nil {
				t.Fatal(err)
			}
			g.db.up()
			other(b).with(func(r *http.Request, s *Session) {
				if v, err := anyNote.Consume(r.Context(), s); v != "once" || err != nil {
					t.Error(v, err)
				}
			})
		})
		b.with(func(_ *http.Request, s *Session) {
			if v, _, _ := n.Get(s); v != 1 {
				t.Error("lost")
			}
			if v, ok, _ := anyNote.Get(s); ok {
				t.Errorf("%q is back", v)
			}
		})
	})
	t.Run("there and back", func(t *testing.T) {
		t.Parallel()
		g := newRig(t)
		b := g.in()
		b.setNote("as it was")
		b.with(func(r *http.Request, s *Session) {
			if err := errors.Join(anyNote.Set(s, "other"), anyNote.Set(s, "as it was"), s.Commit(r.Context())); err != nil {
				t.Error(err)
			}
			other(b).setNote("newer")
			_ = n.Set(s, 1)
		})
		if got := b.note(); got != "newer" {
			t.Errorf("%q", got)
		}
	})
	t.Run("both delete", func(t *testing.T) {
		t.Parallel()
		g := newRig(t)
		b := g.in()
		b.setNote("x")
		b.with(func(_ *http.Request, s *Session) {
			_ = errors.Join(anyNote.Delete(s), n.Set(s, 1))
			other(b).with(func(_ *http.Request, s *Session) { _ = anyNote.Delete(s) })
		})
		b.with(func(_ *http.Request, s *Session) {
			if _, ok, err := anyNote.Get(s); ok || err != nil {
				t.Error("back", err)
			}
			if v, _, _ := n.Get(s); v != 1 {
				t.Error("lost")
			}
		})
	})
}

// SES-038, SES-042: what fits is judged by what the map will be: whatever another
// goroutine does between the look and the step is looked at too.
func TestData_put_looks_again(t *testing.T) {
	t.Parallel()
	n, m := NewKey[int]("n"), NewKey[int]("m")
	for name, tc := range map[string]struct {
		before, between func(r *http.Request, s *Session) error
		want            error
		looks           int
	}{
		"nothing":  {nil, func(*http.Request, *Session) error { return nil }, nil, 1},
		"set":      {nil, func(_ *http.Request, s *Session) error { return n.Set(s, 1) }, nil, 2},
		"set more": {func(_ *http.Request, s *Session) error { return m.Set(s, 1) }, func(_ *http.Request, s *Session) error { return n.Set(s, 1) }, nil, 2},
		"written": {nil, func(r *http.Request, s *Session) error {
			return errors.Join(n.Set(s, 1), s.Commit(r.Context()))
		}, nil, 2},
		"as many as before": {
			func(_ *http.Request, s *Session) error { return errors.Join(m.Set(s, 1), m.Delete(s)) },
			func(r *http.Request, s *Session) error {
				return errors.Join(s.Commit(r.Context()), n.Set(s, 1), m.Set(s, 2))
			}, nil, 2,
		},
		"thrown away": {nil, func(_ *http.Request, s *Session) error { s.discard(); return nil }, ErrCommitted, 1},
	} {
		g := newRig(t)
		b := g.in()
		b.with(func(r *http.Request, s *Session) {
			if tc.before != nil {
				if err := tc.before(r, s); err != nil {
					t.Fatal(err)
				}
			}
			looks, last := 0, []byte(nil)
			err := s.put(r.Context(), "test", op{inCustom, "own", []byte{0, 1}}, func(enc []byte) error {
				if looks++; looks == 1 {
					if err := tc.between(r, s); err != nil {
						t.Errorf("%s: %v", name, err)
					}
				}
				last = enc
				return nil
			})
			if !errors.Is(err, tc.want) || looks != tc.looks {
				t.Errorf("%s: %v after %d looks, want %v after %d", name, err, looks, tc.want, tc.looks)
			}
			if looks == 2 {
				if _, ok := lookup(last, "n"); !ok {
					t.Errorf("%s: the second look did not see what came between", name)
				}
				if v, _, err := n.Get(s); v != 1 || err != nil {
					t.Errorf("%s: what came between is lost", name)
				}
			}
		})
	}
}

// SES-036, SES-039: custom and ceremony data of one name know nothing of each other,
// an equal value is no change whatever the bound is now, an empty map leaves nothing,
// and each write moves the idle deadline.
func TestData_edges(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	b := g.in()
	b.with(func(r *http.Request, s *Session) {
		if err := errors.Join(anyNote.Set(s, "a"), s.PutCeremony(r.Context(), "ours", time.Time{}, []byte("b"))); err != nil {
			t.Error(err)
		}
		if _, ok := s.PeekCeremony(r.Context(), "note"); ok {
			t.Error("custom data read as ceremony data")
		}
		if _, ok, _ := NewKey[string]("ours").Get(s); ok {
			t.Error("ceremony data read as custom data")
		}
	})
	if body := g.bodyOf(b); len(decodeEntries(body.custom)) != 1 || len(decodeEntries(body.ceremony)) != 1 {
		t.Errorf("%+v", body)
	}
	g.fake.Advance(10 * time.Minute)
	b.with(func(r *http.Request, s *Session) {
		s.m.customMax = 1
		if err := anyNote.Set(s, "a"); err != nil {
			t.Error(err)
		}
		s.m.customMax = defaultCustomMax
		if err := errors.Join(anyNote.Delete(s), s.DropCeremony(r.Context(), "ours")); err != nil {
			t.Error(err)
		}
	})
	if v := b.view(); !IsAuthenticated(v.State) || v.Rev != 3 {
		t.Errorf("%+v", v)
	}
	if body := g.bodyOf(b); body.custom != nil || body.ceremony != nil {
		t.Errorf("%+v", body)
	}
	if rec := g.db.list()[0]; !rec.IdleUntil.Equal(g.now().Add(24 * time.Hour)) {
		t.Errorf("idle until %v", rec.IdleUntil)
	}
	// What is there and empty is there.
	g.reforge(b.ref(), func(b *body) { b.custom = encodeEntries([]entry{{"note", nil}}) })
	b.with(func(_ *http.Request, s *Session) {
		if err := anyNote.Delete(s); err != nil {
			t.Error(err)
		}
	})
	if body := g.bodyOf(b); body.custom != nil {
		t.Errorf("%+v", body)
	}
}
