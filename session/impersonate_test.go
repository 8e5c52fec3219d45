package session

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/machine"
	"github.com/axess-go/axess/store"
)

func (g *rig) colleague() identity.Subject {
	return identity.Subject{Tenant: g.subj.Tenant, User: identity.NewUserID(g.src)}
}

// as is the event with which g.subj begins to act as target.
func (g *rig) as(target identity.Subject) machine.Impersonate {
	l := g.login(target)
	return machine.Impersonate{
		By: g.subj, Target: target, Login: l.Login, Epochs: l.Epochs, Profile: l.Profile,
		Reason: "ticket 7", Until: g.now().Add(15 * time.Minute),
	}
}

// acting is a browser in which g.subj, signed in an hour ago, acts as target.
func (g *rig) acting(target identity.Subject) *browser {
	g.t.Helper()
	b := g.in()
	g.fake.Advance(time.Hour)
	b.must(g.as(target))
	return b
}

// SES-018, SES-013 T12: into another's name and back, under new ids, without the
// data of either, and with the session's own deadlines.
func TestImpersonation_there_and_back(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	target := g.colleague()
	b, note := g.in(), NewKey[string]("note")
	own := b.view()
	before := machine.LoginOf(own.State.(Authenticated))
	b.with(func(_ *http.Request, s *Session) { _ = note.Set(s, "mine") })
	g.fake.Advance(time.Hour)
	stale := *b
	b.must(g.as(target))
	acting := b.view()
	if machine.Subject(acting.State) != target || acting.Ref == own.Ref || !acting.CreatedAt.Equal(g.now()) || !acting.AbsUntil.Equal(g.now().Add(15*time.Minute)) {
		t.Fatalf("%+v", acting)
	}
	who, ok := acting.State.(Authenticated).Actor()
	if !ok || who.Subject != g.subj || who.Reason != "ticket 7" || !who.Until.Equal(acting.AbsUntil) {
		t.Fatalf("%+v", who)
	}
	if c := b.last.Cookies(); stale.state() != (Guest{}) || len(c) != 0 {
		t.Fatal("the administrator's own id lives on beside it")
	}
	b.with(func(_ *http.Request, s *Session) {
		if _, ok, _ := note.Get(s); ok {
			t.Error("the administrator's data in the person's session")
		}
		_ = note.Set(s, "theirs")
		if d := s.Detach(); d.Subject != target || d.Actor != g.subj {
			t.Errorf("detached %+v", d)
		}
	})
	b.must(machine.Regenerate{})
	if r := g.db.list(); len(r) != 2 || r[1].Actor != g.subj || r[1].Subject != target {
		t.Fatalf("%+v", r)
	}
	g.fake.Advance(10 * time.Minute)
	b.must(machine.StopImpersonating{})
	back := b.view()
	after := machine.LoginOf(back.State.(Authenticated))
	if !back.CreatedAt.Equal(own.CreatedAt) || !back.AbsUntil.Equal(own.AbsUntil) || !back.Persistent || after.Login != before.Login || after.Subject != g.subj ||
		!after.AuthTime.Equal(before.AuthTime) || len(after.Evidence) != len(before.Evidence) || after.Actor != nil {
		t.Fatalf("%+v, was %+v", back, own)
	}
	b.with(func(_ *http.Request, s *Session) {
		if _, ok, _ := note.Get(s); ok {
			t.Error("the person's data in the administrator's session")
		}
	})
	if list, err := g.Sessions(t.Context(), target, Ref{}, 10); err != nil || len(list) != 0 {
		t.Fatal(list, err)
	}
}

// SES-018: an impersonated session dies with either of the two, at the next
// request, and is on neither list from then on.
func TestImpersonation_dies_with_either(t *testing.T) {
	t.Parallel()
	for name, raise := range map[string]func(g *rig, target identity.Subject) error{
		"the person":        func(g *rig, target identity.Subject) error { return g.InvalidateUser(t.Context(), target) },
		"the administrator": func(g *rig, _ identity.Subject) error { return g.InvalidateUser(t.Context(), g.subj) },
		"the tenant":        func(g *rig, _ identity.Subject) error { return g.InvalidateTenant(t.Context(), g.subj.Tenant) },
		"everybody":         func(g *rig, _ identity.Subject) error { return g.InvalidateAll(t.Context()) },
	} {
		g := newRig(t)
		target := g.colleague()
		b := g.acting(target)
		if list, err := g.Sessions(t.Context(), target, Ref{}, 10); err != nil || len(list) != 1 || list[0].Actor != g.subj || list[0].Unreadable ||
			!slices.Equal(list[0].Kinds, []identity.Kind{machine.KindImpersonation}) {
			t.Fatalf("%s: %+v, %v", name, list, err)
		}
		if err := raise(g, target); err != nil {
			t.Fatal(err)
		}
		if b.state() != (Guest{}) {
			t.Errorf("%s: alive", name)
		}
		if list, err := g.Sessions(t.Context(), target, Ref{}, 10); err != nil || len(list) != 0 {
			t.Errorf("%s: listed %+v, %v", name, list, err)
		}
	}
	g := newRig(t)
	b := g.acting(g.colleague())
	if err := errors.Join(g.InvalidateUser(t.Context(), g.colleague()), g.InvalidateTenant(t.Context(), g.other().Tenant)); err != nil || !IsAuthenticated(b.state()) {
		t.Fatal("dead with somebody else", err)
	}
}

// SES-018, SES-201: a revocation between the load and the move.
func TestImpersonation_and_a_revocation_on_the_way(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	for _, s := range []identity.Subject{g.subj, g.colleague()} {
		b := g.in()
		b.do(func(_ http.ResponseWriter, r *http.Request, sess *Session) {
			ev := g.as(s)
			if s == g.subj {
				ev = g.as(g.colleague())
			}
			_ = g.InvalidateUser(r.Context(), s)
			if _, err := sess.Transition(r.Context(), ev, Commit{}); !errors.Is(err, ErrEpoch) {
				t.Errorf("begun over a revocation: %v", err)
			}
		})
	}
	// Back: there is nothing to go back to, and no error to be stuck with.
	g = newRig(t)
	b := g.acting(g.colleague())
	rows := len(g.db.rows)
	b.do(func(_ http.ResponseWriter, r *http.Request, s *Session) {
		_ = g.InvalidateUser(r.Context(), g.subj)
		effect, err := s.Transition(r.Context(), machine.StopImpersonating{}, Commit{Also: []store.Row{{ID: [16]byte{1}}}})
		if err != nil || !effect.Ended || s.State() != (Guest{}) {
			t.Errorf("%+v, %v", effect, err)
		}
	})
	if b.cookie != "" || len(g.db.list()) != 0 || len(g.db.rows) != rows+1 {
		t.Errorf("cookie %q, %d records, %d rows", b.cookie, len(g.db.list()), len(g.db.rows)-rows)
	}
	// While the store cannot say, nothing is given back and nothing ends.
	g = newRig(t)
	b = g.acting(g.colleague())
	g.db.down("rotate")
	if err := b.move(machine.StopImpersonating{}); !errors.Is(err, ErrStoreUnavailable) {
		t.Fatal(err)
	}
	g.db.up()
	if _, ok := b.state().(Authenticated).Actor(); !ok {
		t.Fatal("not acting any more")
	}
}

// SES-018, AUN-141: it ends on time, whatever is done meanwhile, and never after
// the session that it was begun in.
func TestImpersonation_ends_on_time(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	b := g.acting(g.colleague())
	for range 14 {
		g.fake.Advance(time.Minute)
		b.must(machine.Regenerate{})
	}
	g.fake.Advance(time.Minute - time.Millisecond)
	if !IsAuthenticated(b.state()) {
		t.Fatal("ended early")
	}
	g.fake.Advance(time.Millisecond)
	if b.state() != (Guest{}) {
		t.Fatal("alive after its end")
	}
	// A store that forgets to look does not keep it alive.
	g.db.lax = true
	if b.state() != (Guest{}) {
		t.Fatal("alive after its end")
	}
	g = newRig(t)
	b = g.in()
	for range 7 {
		g.fake.Advance(23 * time.Hour)
		b.state()
	}
	end := b.view().AbsUntil
	g.fake.Set(end.Add(-time.Minute))
	b.must(g.as(g.colleague()))
	if v := b.view(); !v.AbsUntil.Equal(end) {
		t.Fatalf("acts until %v, was signed in until %v", v.AbsUntil, end)
	}
}

// SES-018, SES-203: nobody loses a session to an administrator, and the
// administrator finds their own again.
func TestImpersonation_takes_no_place(t *testing.T) {
	t.Parallel()
	for _, limit := range []LimitPolicy{{Max: 1}, {Max: 1, RefuseNew: true}} {
		g := newRig(t, func(c *Config) { c.Limit = limit })
		target := g.colleague()
		theirs := g.browser()
		theirs.must(machine.Adopt{Login: g.login(target)})
		b := g.acting(target)
		if !IsAuthenticated(theirs.state()) {
			t.Fatalf("%+v: the person was signed out", limit)
		}
		// Somewhere else the administrator signs in again: there is room.
		again := g.browser()
		again.must(machine.Adopt{Login: g.login(g.subj)})
		b.must(machine.StopImpersonating{})
		if !IsAuthenticated(b.state()) || !IsAuthenticated(again.state()) || !IsAuthenticated(theirs.state()) {
			t.Fatalf("%+v: somebody was signed out", limit)
		}
	}
}

// SES-031, SES-018: who may write the table can neither hide the actor nor name
// another.
func TestImpersonation_with_a_forged_header(t *testing.T) {
	t.Parallel()
	for name, edit := range map[string]func(g *rig, r *Record){
		"hidden":  func(_ *rig, r *Record) { r.Actor = identity.Subject{} },
		"another": func(g *rig, r *Record) { r.Actor = g.colleague() },
	} {
		g := newRig(t)
		b := g.acting(g.colleague())
		g.db.edit(b.ref(), func(r *Record) { edit(g, r) })
		if b.state() != (Guest{}) || g.rec.Counted("axess.session.integrity_failures") != 1 {
			t.Errorf("%s: %v", name, g.rec.Series())
		}
	}
	g := newRig(t)
	b := g.in()
	g.db.edit(b.ref(), func(r *Record) { r.Actor = g.colleague() })
	if b.state() != (Guest{}) {
		t.Error("an actor that the body does not know")
	}
}

// AUN-141, SES-018
func TestImpersonation_refusals_leave_the_session(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	b := g.in()
	nested := g.as(g.colleague())
	for name, ev := range map[string]machine.Event{
		"approved for another": machine.Impersonate{By: g.colleague(), Target: g.colleague(), Login: identity.NewLoginID(g.src), Reason: "r", Until: g.now().Add(time.Minute)},
		"stop nothing":         machine.StopImpersonating{},
		"as oneself":           g.as(g.subj),
	} {
		if err := b.move(ev); err == nil || b.sets() {
			t.Errorf("%s: %v", name, err)
		}
	}
	g.db.down("rotate")
	if err := b.move(g.as(g.colleague())); !errors.Is(err, ErrStoreUnavailable) {
		t.Error(err)
	}
	g.db.up()
	if _, acts := b.state().(Authenticated).Actor(); acts {
		t.Fatal("acting after all")
	}
	b.must(g.as(g.colleague()))
	nested.By = machine.Subject(b.state())
	raised := func() error {
		var err error
		b.do(func(_ http.ResponseWriter, r *http.Request, s *Session) {
			_, err = s.Transition(r.Context(), machine.Regenerate{}, Commit{Raise: true, NoGrace: true})
		})
		return err
	}
	if err := errors.Join(b.move(nested), raised()); !errors.Is(err, machine.ErrIllegalTransition) {
		t.Error(err)
	}
	if who, ok := b.state().(Authenticated).Actor(); !ok || who.Subject != g.subj {
		t.Errorf("%+v", who)
	}
	// A sign-out is one: of the impersonation and of the login beside it.
	b.do(func(_ http.ResponseWriter, r *http.Request, s *Session) {
		if err := s.Logout(r.Context()); err != nil {
			t.Error(err)
		}
	})
	if len(g.db.list()) != 0 || b.cookie != "" {
		t.Error("something is left to be signed in with")
	}
}

// SES-084, SES-018: a connection that was opened while acting closes when the
// administrator is revoked.
func TestImpersonation_watched(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	target := g.colleague()
	b := g.acting(target)
	b.do(func(_ http.ResponseWriter, _ *http.Request, s *Session) {
		w := g.watcher(b.ref(), registration(s.State()))
		if live, err := w.lives(context.Background()); !live || err != nil {
			t.Fatal(live, err)
		}
		_ = g.InvalidateUser(t.Context(), g.subj)
		if live, err := w.lives(context.Background()); live || err != nil {
			t.Fatal(live, err)
		}
	})
}

// SES-018, SES-103: who signs out while another tab goes back to the
// administrator's own login has signed out of that as well; who is only sent away
// by the person has not.
func TestImpersonation_ends_while_it_is_stopped(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		end   func(g *rig, r *http.Request, s *Session, ref Ref) error
		alive bool
	}{
		"signed out": {func(_ *rig, r *http.Request, s *Session, _ Ref) error { return s.Logout(r.Context()) }, false},
		"ended by a move": {func(_ *rig, r *http.Request, s *Session, _ Ref) error {
			_, err := s.Transition(r.Context(), machine.End{}, Commit{})
			return err
		}, false},
		"sent away": {func(g *rig, r *http.Request, s *Session, ref Ref) error {
			return g.End(r.Context(), machine.Subject(s.State()), ref)
		}, true},
	} {
		g := newRig(t)
		b := g.acting(g.colleague())
		ref, tab := b.ref(), *b
		b.do(func(_ http.ResponseWriter, r *http.Request, s *Session) {
			tab.must(machine.StopImpersonating{})
			if err := tc.end(g, r, s, ref); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		})
		if got := IsAuthenticated(tab.state()); got != tc.alive {
			t.Errorf("%s: the administrator is signed in: %v", name, got)
		}
	}
}

// SES-018, AUN-142: of the verbs of a session those that are the person's own
// business are refused, and none of them changes anything.
func TestImpersonation_leaves_the_person_alone(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	target := g.colleague()
	theirs := g.browser()
	theirs.must(machine.Adopt{Login: g.login(target)})
	b := g.acting(target)
	was := b.view()
	for name, try := range map[string]func(r *http.Request, s *Session) error{
		"another one on top": func(r *http.Request, s *Session) error {
			ev := g.as(g.colleague())
			ev.By = target
			_, err := s.Transition(r.Context(), ev, Commit{})
			return err
		},
		"as the administrator on top": func(r *http.Request, s *Session) error {
			_, err := s.Transition(r.Context(), g.as(g.colleague()), Commit{})
			return err
		},
		"their other sessions": func(r *http.Request, s *Session) error {
			_, err := s.Transition(r.Context(), machine.Regenerate{}, Commit{Raise: true})
			return err
		},
		"a factor of theirs": func(r *http.Request, s *Session) error {
			_, err := s.Transition(r.Context(), machine.Regenerate{Evidence: []identity.Evidence{g.evidence("totp")}}, Commit{})
			return err
		},
		"a step-up": func(r *http.Request, s *Session) error {
			_, err := s.Transition(r.Context(), machine.StepUp{Flow: g.flow(target)}, Commit{})
			return err
		},
		"a new login": func(r *http.Request, s *Session) error {
			_, err := s.Transition(r.Context(), machine.Begin{Flow: g.flow(target)}, Commit{})
			return err
		},
		"a login from elsewhere": func(r *http.Request, s *Session) error {
			_, err := s.Transition(r.Context(), machine.Adopt{Login: g.login(target)}, Commit{})
			return err
		},
		"a workflow": func(r *http.Request, s *Session) error {
			w := machine.WorkflowData{Subject: target, Kind: "terms", Total: 1, Deadline: g.now().Add(time.Hour), Then: machine.ThenAuthenticated}
			_, err := s.Transition(r.Context(), machine.StartWorkflow{Flow: w}, Commit{})
			return err
		},
		"back with a raise": func(r *http.Request, s *Session) error {
			_, err := s.Transition(r.Context(), machine.StopImpersonating{}, Commit{Raise: true})
			return err
		},
	} {
		b.do(func(_ http.ResponseWriter, r *http.Request, s *Session) {
			if err := try(r, s); err == nil {
				t.Errorf("%s: allowed", name)
			}
		})
		if now := b.view(); now.Ref != was.Ref || now.Rev != was.Rev || !now.AbsUntil.Equal(was.AbsUntil) {
			t.Fatalf("%s: changed %+v", name, now)
		}
		if !IsAuthenticated(theirs.state()) {
			t.Fatalf("%s: the person is signed out", name)
		}
	}
}
