package session

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/machine"
	"github.com/axess-go/axess/seal"
	"github.com/axess-go/axess/store"
)

// try makes one move and returns its error.
func try(r *http.Request, s *Session, ev machine.Event, c ...Commit) error {
	_, err := s.Transition(r.Context(), ev, append(c, Commit{})[0])
	return err
}

// once calls f the first time that verb is done, before its answer.
func (m *memStore) once(verb string, f func()) {
	done := false
	m.faults(nil, func(v string) error {
		if v == verb && !done {
			done = true
			f()
		}
		return nil
	})
}

// SES-105: of two moves of a guest in one request one makes the record, whichever
// answer comes first, and the other's does not stay behind. A logout in between
// leaves none.
func TestTransition_answers_that_cross(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	b := g.browser()
	b.with(func(r *http.Request, s *Session) {
		g.db.once("create", func() {
			if err := try(r, s, machine.Adopt{Login: g.login(g.subj)}); err != nil {
				t.Error(err)
			}
		})
		if err := try(r, s, machine.Begin{Flow: g.flow(g.subj)}); !errors.Is(err, store.ErrConflict) {
			t.Errorf("two records of one request: %v", err)
		}
	})
	g.db.up()
	if len(g.db.list()) != 1 || !IsAuthenticated(b.state()) {
		t.Errorf("%d records, %T", len(g.db.list()), b.state())
	}
	c := g.browser()
	c.with(func(r *http.Request, s *Session) {
		g.db.once("create", func() {
			if err := s.Logout(r.Context()); err != nil {
				t.Error(err)
			}
		})
		if err := try(r, s, machine.Adopt{Login: g.login(g.subj)}); !errors.Is(err, store.ErrConflict) || s.State() != (Guest{}) {
			t.Errorf("signed in after a logout: %v, %T", err, s.State())
		}
	})
	g.db.up()
	if len(g.db.list()) != 1 || IsAuthenticated(c.state()) {
		t.Errorf("%d records, %T", len(g.db.list()), c.state())
	}
	// A late answer to an update does not hide what was written after it.
	for _, rotate := range []bool{false, true} {
		d := g.in()
		var want View
		d.with(func(r *http.Request, s *Session) {
			g.db.once("update", func() {
				err := errors.Join(anyNote.Set(s, "newer"), s.Commit(r.Context()))
				if rotate {
					err = errors.Join(err, try(r, s, machine.Pass{Evidence: g.evidence("password")}))
				}
				if want = s.View(); err != nil {
					t.Error(err)
				}
			})
			if err := try(r, s, machine.StepUp{Flow: g.flow(g.subj)}); err != nil {
				t.Error(err)
			}
			if v := s.View(); v.Ref != want.Ref || v.Rev != want.Rev {
				t.Errorf("rotated %v: %v at %d, want %v at %d", rotate, v.Ref, v.Rev, want.Ref, want.Rev)
			}
		})
		g.db.up()
		if v := d.view(); v.Ref != want.Ref || d.note() != "newer" {
			t.Errorf("rotated %v: %+v, %q", rotate, v, d.note())
		}
	}
}

// SES-014, SES-073: data set in the request of a move is written with the move,
// once; and before a login it stays on the other side of it.
func TestTransition_takes_waiting_data_along(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		ev    func(g *rig) machine.Event
		guest bool
		verb  string
		want  string
	}{
		"a step":     {func(g *rig) machine.Event { return machine.StepUp{Flow: g.flow(g.subj)} }, false, "update", "waiting"},
		"a new id":   {func(*rig) machine.Event { return machine.Regenerate{} }, false, "rotate", "waiting"},
		"a login":    {func(g *rig) machine.Event { return machine.Adopt{Login: g.login(g.subj)} }, true, "create", ""},
		"an ending":  {func(*rig) machine.Event { return machine.End{} }, false, "delete", ""},
		"a new flow": {func(g *rig) machine.Event { return machine.Begin{Flow: g.flow(g.subj)} }, true, "create", "waiting"},
	} {
		g := newRig(t)
		b := g.browser()
		if !tc.guest {
			b = g.in()
		}
		g.fake.Advance(time.Hour)
		g.db.reset()
		b.with(func(r *http.Request, s *Session) {
			if err := errors.Join(anyNote.Set(s, "waiting"), try(r, s, tc.ev(g))); err != nil {
				t.Fatal(name, err)
			}
			if got, _, _ := anyNote.Get(s); got != tc.want {
				t.Errorf("%s: %q in the same request", name, got)
			}
		})
		if g.db.writes() != 1 || g.db.count(tc.verb) != 1 {
			t.Errorf("%s: %v", name, g.db.calls)
		}
		if got := b.note(); got != tc.want {
			t.Errorf("%s: %q, want %q", name, got, tc.want)
		}
		if l := g.db.list(); name == "a step" && (!l[0].IdleUntil.Equal(g.now().Add(15*time.Minute)) && !l[0].IdleUntil.Equal(g.now().Add(24*time.Hour))) {
			t.Errorf("a step leaves the idle deadline at %v", l[0].IdleUntil)
		}
	}
}

// SES-226: without a grace there is nothing that a second rotation would end; after
// a logout there is nothing to rotate.
func TestRotate_again(t *testing.T) {
	t.Parallel()
	g := newRig(t, func(c *Config) { c.Timeouts.Grace = WithoutGrace })
	b := g.in()
	g.db.reset()
	b.with(func(r *http.Request, s *Session) {
		if err := errors.Join(s.Rotate(r.Context()), s.Rotate(r.Context(), NoGrace())); err != nil || g.db.count("rotate") != 1 {
			t.Error(err, g.db.calls)
		}
		if err := errors.Join(s.Logout(r.Context())); err != nil {
			t.Error(err)
		}
		if err := s.Rotate(r.Context()); !errors.Is(err, ErrEnded) {
			t.Error(err)
		}
	})
}

// SES-206: a raise that does not fit the move is refused before the store is asked,
// whatever the move, and turns none into another.
func TestTransition_raise_refused(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		guest bool
		ev    func(g *rig) machine.Event
		want  error
	}{
		"a step":        {false, func(g *rig) machine.Event { return machine.StepUp{Flow: g.flow(g.subj)} }, store.ErrBadArgument},
		"a stale stamp": {false, func(*rig) machine.Event { return machine.Regenerate{Epochs: &identity.Epochs{User: 9}} }, nil},
		"an empty one":  {false, func(*rig) machine.Event { return machine.Regenerate{Epochs: &identity.Epochs{}} }, store.ErrBadArgument},
		"of a login":    {true, func(g *rig) machine.Event { return machine.Adopt{Login: g.login(g.subj)} }, store.ErrBadArgument},
		"of a guest":    {true, func(*rig) machine.Event { return machine.Regenerate{} }, machine.ErrIllegalTransition},
	} {
		g := newRig(t)
		b := g.browser()
		if !tc.guest {
			b = g.in()
		}
		before := b.cookie
		g.db.reset()
		err := b.move(tc.ev(g), Commit{Raise: true})
		if err == nil || tc.want != nil && !errors.Is(err, tc.want) || b.cookie != before || g.db.now(g.subj).User != 0 {
			t.Errorf("%s: %v", name, err)
		}
		if tc.want != nil && g.db.writes() != 0 {
			t.Errorf("%s: %v", name, g.db.calls)
		}
	}
	// And what the caller expects is compared with the stamp here, not in the store.
	g := newRig(t)
	b := g.in()
	g.db.reset()
	if err := b.move(machine.Regenerate{}, Commit{Raise: true, Expect: &identity.Epochs{User: 5}}); !errors.Is(err, store.ErrBadArgument) || g.db.writes() != 0 {
		t.Error(err, g.db.calls)
	}
}

// SES-197: a flow that begins after everything was revoked lives.
func TestTransition_flow_after_a_global_revocation(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	if err := g.InvalidateAll(t.Context()); err != nil {
		t.Fatal(err)
	}
	b := g.browser()
	b.must(machine.Identify{Subject: g.subj, Deadline: g.now().Add(time.Minute)})
	if st := b.state(); machine.Subject(st) != g.subj {
		t.Errorf("%T", st)
	}
	b.must(machine.Begin{Flow: g.flow(g.subj)})
	if _, ok := b.state().(Authenticating); !ok {
		t.Errorf("%T", b.state())
	}
	b.must(machine.Abort{})
	if b.cookie != "" || len(g.db.list()) != 0 {
		t.Errorf("an aborted flow leaves %d records", len(g.db.list()))
	}
}

// SES-205: a session names the browser that it began in, also after a new id that
// another one asked for.
func TestTransition_client_of_the_login(t *testing.T) {
	t.Parallel()
	g := newRig(t, observed) // rejected, the other browser would not get so far
	b := g.in()
	want := b.view().Client
	r := httptest.NewRequest("GET", "/", nil)
	r.Header.Set("Cookie", b.cookie)
	r.Header.Set("User-Agent", "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.0 Safari/605.1.15")
	w := httptest.NewRecorder()
	g.Wrap(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		s, _ := From(r.Context())
		if err := s.Rotate(r.Context()); err != nil {
			t.Error(err)
		}
	})).ServeHTTP(w, r)
	b.keep(w.Result())
	if v := b.view(); v.Client != want || want == (Client{}) {
		t.Errorf("%+v, want %+v", v.Client, want)
	}
}

// SES-074: what is taken back when nobody knows whether a write took effect, and
// what is not.
func TestTransition_doubt(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	// A session replaced by a record in doubt has ended; the form can be posted again.
	b := g.browser()
	b.must(machine.Begin{Flow: g.flow(g.subj)})
	b.with(func(r *http.Request, s *Session) {
		if err := try(r, s, machine.Begin{Flow: g.flow(g.subj)}); err != nil {
			t.Fatal(err)
		}
		g.db.down("rotate")
		if err := try(r, s, machine.Adopt{Login: g.login(g.subj)}); !errors.Is(err, ErrStoreUnavailable) {
			t.Error(err)
		}
		g.db.up()
		if v := s.View(); v.State != (Guest{}) || !v.Ended {
			t.Errorf("%+v", v)
		}
	})
	// The handle of a dead session is remembered through several new ids.
	dead := g.in()
	if err := g.InvalidateUser(t.Context(), g.subj); err != nil {
		t.Fatal(err)
	}
	dead.with(func(r *http.Request, s *Session) {
		handle, _ := s.Ref()
		if err := errors.Join(try(r, s, machine.Begin{Flow: g.flow(g.subj)}), try(r, s, machine.Pass{Evidence: g.evidence("password")})); err != nil {
			t.Fatal(err)
		}
		if v := s.View(); v.Ended {
			t.Error("a flow that has begun reads as an ended session")
		}
		g.db.down("delete")
		if err := s.Logout(r.Context()); !errors.Is(err, ErrStoreUnavailable) {
			t.Error(err)
		}
		g.db.up()
		if ref, _ := s.Ref(); ref != handle || !s.View().Ended {
			t.Errorf("handle %v, want %v", ref, handle)
		}
	})
	// A browser with an anchor has it still, and a logout takes it away.
	anchored := g.browser()
	anchored.with(func(r *http.Request, s *Session) { _, _ = s.Anchor(r.Context()) })
	anchored.with(func(r *http.Request, s *Session) {
		if err := try(r, s, machine.Begin{Flow: g.flow(g.subj)}); err != nil {
			t.Fatal(err)
		}
		g.db.down("delete")
		if err := try(r, s, machine.End{}); !errors.Is(err, ErrStoreUnavailable) {
			t.Error(err)
		}
		g.db.up()
		if err := s.Logout(r.Context()); err != nil {
			t.Error(err)
		}
	})
	if anchored.cookie != "" || !anchored.sets() {
		t.Error("the anchor stays after the logout")
	}
	// A step decides nothing about the cookie of the record that it did not change.
	flow := g.flow(g.subj)
	flow.Steps = append(flow.Steps, identity.Required("passkey"))
	step := g.browser()
	step.with(func(r *http.Request, s *Session) {
		if err := errors.Join(try(r, s, machine.Begin{Flow: flow}), try(r, s, machine.Pass{Evidence: g.evidence("password")})); err != nil {
			t.Fatal(err)
		}
		g.db.down("update")
		if err := try(r, s, machine.Pass{Evidence: g.evidence("totp")}); !errors.Is(err, ErrStoreUnavailable) {
			t.Error(err)
		}
		g.db.up()
	})
	if a, ok := step.state().(Authenticating); !ok || len(a.Done()) != 1 {
		t.Errorf("%T: the flow was lost with one step of it", step.state())
	}
	// An ending that is done stays done when what follows fails.
	ended := g.in()
	ended.with(func(r *http.Request, s *Session) {
		if err := try(r, s, machine.End{}); err != nil {
			t.Fatal(err)
		}
		g.db.down("create")
		if err := try(r, s, machine.Begin{Flow: g.flow(g.subj)}); !errors.Is(err, ErrStoreUnavailable) {
			t.Error(err)
		}
		g.db.up()
	})
	if ended.cookie != "" {
		t.Error("the cookie of an ended session stays")
	}
	// A session that only gets its cookie signed anew was not made by this request.
	signed := g.in()
	old := testKey("cookie-a", seal.Retiring)
	old.NotAfter = g.now().Add(time.Hour)
	if err := g.keys.Cookie.Replace(testRing(t, seal.Cookie, testKey("cookie-b", seal.Primary), old)); err != nil {
		t.Fatal(err)
	}
	signed.with(func(r *http.Request, s *Session) {
		g.db.down("delete")
		if err := s.Logout(r.Context()); !errors.Is(err, ErrStoreUnavailable) || !IsAuthenticated(s.State()) {
			t.Errorf("%v, %T", err, s.State())
		}
		g.db.up()
	})
	if !signed.sets() || !IsAuthenticated(signed.state()) {
		t.Error("signed out by an outage")
	}
}

// SES-127: a logout takes away the cookie that the browser has, and only that.
func TestLogout_cookie(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	gone := g.in()
	if err := g.InvalidateAll(t.Context()); err != nil {
		t.Fatal(err)
	}
	anchored := g.browser()
	anchored.with(func(r *http.Request, s *Session) { _, _ = s.Anchor(r.Context()) })
	for name, tc := range map[string]struct {
		b       *browser
		before  func(r *http.Request, s *Session) error
		expires bool
	}{
		"nothing":                {g.browser(), nil, false},
		"an anchor not sent yet": {g.browser(), func(r *http.Request, s *Session) error { _, err := s.Anchor(r.Context()); return err }, false},
		"an anchor":              {anchored, nil, true},
		"a login":                {g.in(), nil, true},
		"waiting data":           {g.in(), func(_ *http.Request, s *Session) error { return anyNote.Set(s, "x") }, true},
		"a dead session":         {gone, nil, true},
	} {
		g.db.reset()
		tc.b.with(func(r *http.Request, s *Session) {
			if tc.before != nil {
				if err := tc.before(r, s); err != nil {
					t.Error(name, err)
				}
			}
			if err := s.Logout(r.Context()); err != nil {
				t.Error(name, err)
			}
		})
		if tc.b.sets() != tc.expires || tc.b.cookie != "" || g.db.count("create", "update", "touch") != 0 {
			t.Errorf("%s: sets %v, left %q, %v", name, tc.b.sets(), tc.b.cookie, g.db.calls)
		}
	}
}
