package session

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/machine"
	"github.com/axess-go/axess/store"
)

var anyNote = NewKey[string]("note")

func (b *browser) note() (v string) {
	b.g.t.Helper()
	b.do(func(_ http.ResponseWriter, _ *http.Request, s *Session) {
		var err error
		if v, _, err = anyNote.Get(s); err != nil {
			b.g.t.Error(err)
		}
	})
	return v
}

func (b *browser) setNote(v string) {
	b.g.t.Helper()
	b.do(func(_ http.ResponseWriter, _ *http.Request, s *Session) {
		if err := anyNote.Set(s, v); err != nil {
			b.g.t.Error(err)
		}
	})
}

func (g *rig) logouts(b *browser) (err error) {
	b.do(func(_ http.ResponseWriter, r *http.Request, s *Session) { err = s.Logout(r.Context()) })
	return err
}

// SES-062, SES-072, SES-227: an id that was planted before the login opens
// nothing from the first credential prompt on, and nothing after it.
func TestTransition_fixation(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	attacker := g.browser()
	attacker.do(func(_ http.ResponseWriter, r *http.Request, s *Session) {
		if _, err := s.Anchor(r.Context()); err != nil {
			t.Fatal(err)
		}
	})
	victim := g.browser()
	victim.cookie = attacker.cookie
	victim.must(machine.Begin{Flow: g.flow(g.subj)})
	flow := g.browser()
	flow.cookie = victim.cookie // the attacker looks over the shoulder
	victim.must(machine.Pass{Evidence: g.evidence("password")})
	g.complete(victim)
	for name, b := range map[string]*browser{"planted": attacker, "of the flow": flow} {
		if s := b.state(); IsAuthenticated(s) {
			t.Errorf("%s id: %T", name, s)
		}
	}
	if attacker.view().Rev != 0 || !IsAuthenticated(victim.state()) {
		t.Error("victim")
	}
}

// complete passes the last step of a flow.
func (g *rig) complete(b *browser, c ...Commit) {
	g.t.Helper()
	b.do(func(_ http.ResponseWriter, r *http.Request, s *Session) {
		a, ok := s.State().(Authenticating)
		if !ok {
			g.t.Fatalf("%T", s.State())
		}
		_, _, proof, err := machine.Advance(a, g.evidence("totp"), g.now())
		if err != nil {
			g.t.Fatal(err)
		}
		l := g.login(a.Subject())
		if _, err := s.Transition(r.Context(), machine.Complete{Proof: proof, Login: l.Login, Profile: l.Profile}, append(c, Commit{})[0]); err != nil {
			g.t.Fatal(err)
		}
	})
}

// SES-013, SES-063, SES-065: which moves give a new id, and what becomes of
// custom data on the way (SES-014).
func TestTransition_ids_and_data(t *testing.T) {
	t.Parallel()
	g := newRig(t, func(c *Config) { c.CarryOnLogin = []string{"cart"} })
	cart := NewKey[int]("cart")
	b := g.browser()
	b.do(func(_ http.ResponseWriter, r *http.Request, s *Session) {
		if _, err := s.Anchor(r.Context()); err != nil {
			t.Fatal(err)
		}
	})
	anchor := b.id()
	b.do(func(_ http.ResponseWriter, _ *http.Request, s *Session) {
		if err := errors.Join(anyNote.Set(s, "mine"), cart.Set(s, 3)); err != nil {
			t.Fatal(err)
		}
	})
	if b.id() == anchor {
		t.Fatal("the first record took over the anchor's id (SES-065)")
	}
	seen := map[secretID]bool{anchor: true}
	next := func(name string, newID bool, f func()) {
		t.Helper()
		before := b.id()
		f()
		if now := b.id(); (now != before) != newID || newID && seen[now] {
			t.Fatalf("%s: new id %v, want %v", name, now != before, newID)
		}
		seen[b.id()] = true
	}
	next("T1", true, func() { b.must(machine.Identify{Subject: g.subj, Deadline: g.now().Add(time.Minute)}) })
	next("T2", true, func() { b.must(machine.Begin{Flow: g.flow(g.subj)}) })
	if b.note() != "mine" {
		t.Fatal("T2 keeps custom data")
	}
	next("fail", false, func() { b.must(machine.Fail{}) })
	next("T3 first", true, func() { b.must(machine.Pass{Evidence: g.evidence("password")}) })
	next("T4", true, func() { g.complete(b) })
	if b.note() != "" {
		t.Fatal("data of whoever sat there before survived the login (SES-014)")
	}
	b.do(func(_ http.ResponseWriter, _ *http.Request, s *Session) {
		if n, ok, err := cart.Get(s); n != 3 || !ok || err != nil {
			t.Fatalf("carried: %d, %v, %v", n, ok, err)
		}
	})
	b.setNote("signed in")
	next("T7", false, func() { b.must(machine.StepUp{Flow: g.flow(g.subj)}) })
	next("T5 over a base", false, func() { b.must(machine.Abort{}) })
	next("T7", false, func() { b.must(machine.StepUp{Flow: g.flow(g.subj)}) })
	next("T3 over a base", true, func() { b.must(machine.Pass{Evidence: g.evidence("password")}) })
	next("T6", true, func() { g.complete(b) })
	next("T12", true, func() { b.must(machine.Regenerate{}) })
	if b.note() != "signed in" {
		t.Fatal("a step-up lost custom data")
	}
	a := b.state().(Authenticated)
	if len(a.Evidence()) != 4 || !a.AuthTime().Equal(t0) {
		t.Fatal(a.Evidence())
	}
	b.must(machine.End{})
	if b.cookie != "" || b.note() != "" || b.last.StatusCode != 200 {
		t.Fatal("T14")
	}
}

// SES-228: nothing within one login moves created or the absolute deadline.
func TestTransition_absolute_deadline_never_moves(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	b := g.in()
	want := b.view()
	step := func(f func()) {
		t.Helper()
		g.fake.Advance(20 * time.Hour)
		f()
		if v := b.view(); !v.AbsUntil.Equal(want.AbsUntil) || !v.CreatedAt.Equal(want.CreatedAt) || !IsAuthenticated(v.State) {
			t.Fatalf("%+v, want %v to %v", v, want.CreatedAt, want.AbsUntil)
		}
	}
	step(func() { b.must(machine.Regenerate{}) })
	step(func() { b.must(machine.StepUp{Flow: g.flow(g.subj)}) })
	step(func() {
		b.must(machine.StepUp{Flow: g.flow(g.subj)})
		b.must(machine.Pass{Evidence: g.evidence("password")})
		g.complete(b)
	})
	step(func() { b.setNote("x") })
	step(func() { b.state() })
	step(func() {
		b.must(machine.StartWorkflow{Flow: machine.WorkflowData{Subject: g.subj, Kind: "terms", Total: 1, Deadline: g.now().Add(time.Hour), Then: machine.ThenAuthenticated}})
		b.must(machine.StepWorkflow{})
		b.must(machine.FinishWorkflow{Evidence: []identity.Evidence{g.evidence("terms")}})
	})
	step(func() { b.state() })
	g.fake.Advance(20 * time.Hour)
	b.state()
	g.fake.Advance(8 * time.Hour)
	if IsAuthenticated(b.state()) {
		t.Fatal("alive past the absolute deadline")
	}
}

// SES-228: a flow that began in an old guest's session still gives the login its
// full lifetime, and a login's cookie its Max-Age.
func TestTransition_a_login_begins_its_own_lifetime(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	b := g.browser()
	b.setNote("guest")
	g.fake.Advance(90 * time.Minute)
	b.must(machine.Begin{Flow: g.flow(g.subj)})
	if v := b.view(); !v.AbsUntil.Equal(g.now().Add(15 * time.Minute)) {
		t.Fatal(v.AbsUntil)
	}
	b.must(machine.Pass{Evidence: g.evidence("password")})
	off := false
	g.complete(b, Commit{Persistent: &off})
	if c := b.last.Cookies()[0]; c.MaxAge != 0 || b.view().Persistent {
		t.Fatalf("Max-Age %d without persistence (SES-125)", c.MaxAge)
	}
	if v := b.view(); !v.AbsUntil.Equal(g.now().AddDate(0, 0, 7)) || !v.CreatedAt.Equal(g.now()) {
		t.Fatal(v)
	}
	b.must(machine.Regenerate{}, Commit{Persistent: new(true)})
	if c := b.last.Cookies()[0]; c.MaxAge != 7*24*3600 {
		t.Fatalf("Max-Age %d", c.MaxAge)
	}
}

// SES-015: A's data and session never show when B signs in over them.
func TestTransition_login_as_somebody_else(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	b := g.in()
	b.setNote("private")
	old := g.browser()
	old.cookie = b.cookie
	ref := b.ref()
	b.must(machine.Begin{Flow: g.flow(g.other())})
	if b.note() != "" || IsAuthenticated(old.state()) || len(g.db.list()) != 1 {
		t.Fatal("the first login lives on")
	}
	if len(g.event) != 1 || g.event[0].Kind != EventReplaced || g.event[0].Subject != g.subj || g.event[0].Ref != ref || g.event[0].Login.IsZero() || len(g.db.rows) != 1 {
		t.Fatalf("events %+v, %d rows", g.event, len(g.db.rows))
	}
}

// SES-106: within the grace the old id reads what was before, and changes
// nothing; after it, and after a logout, it reads nothing.
func TestTransition_grace(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	b := g.in()
	b.must(machine.StepUp{Flow: g.flow(g.subj)})
	old := g.browser()
	old.cookie = b.cookie
	b.must(machine.Pass{Evidence: g.evidence("password")}) // T3, first: rotated with grace
	g.db.reset()
	g.fake.Advance(9 * time.Second)
	v := old.view()
	if a, ok := v.State.(Authenticating); !ok || len(a.Done()) != 0 || !v.Superseded || v.Ended {
		t.Fatalf("%+v", v)
	}
	old.do(func(_ http.ResponseWriter, r *http.Request, s *Session) {
		_, moved := s.Transition(r.Context(), machine.Pass{Evidence: g.evidence("password")}, Commit{})
		_, taken := s.TakeCeremony(r.Context(), "x")
		for what, err := range map[string]error{
			"transition": moved, "set": anyNote.Set(s, "x"), "take": taken, "rotate": s.Rotate(r.Context()),
			"put": s.PutCeremony(r.Context(), "x", time.Time{}, nil),
		} {
			if !errors.Is(err, ErrSuperseded) {
				t.Errorf("%s: %v", what, err)
			}
		}
		if ref, err := s.Anchor(r.Context()); err != nil || ref != old.ref() {
			t.Errorf("anchor %v", err)
		}
	})
	if old.sets() || g.db.writes() != 0 {
		t.Errorf("a superseded session set a cookie or wrote: %v", g.db.calls)
	}
	g.fake.Advance(time.Second)
	if v := old.view(); v.State != (machine.Guest{}) || !v.Ended {
		t.Fatalf("after the grace: %+v", v)
	}
	// The successor's end takes the predecessor along.
	old.cookie = b.cookie
	b.must(machine.Abort{})
	b.must(machine.Regenerate{})
	if !IsAuthenticated(old.state()) {
		t.Fatal("no grace")
	}
	if err := g.logouts(b); err != nil {
		t.Fatal(err)
	}
	if IsAuthenticated(old.state()) || len(g.db.list()) != 0 {
		t.Fatal("the predecessor survived the logout")
	}
}

// SES-106: two rotations in a row leave at most one predecessor, and a logout
// from the superseded id ends the login that it has become.
func TestLogout_ends_the_login_wherever_it_has_moved(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	for name, rotate := range map[string][]RotateOption{"with grace": nil, "without": {NoGrace()}} {
		b := g.in()
		olds := []*browser{}
		late := g.browser()
		started, release := make(chan struct{}), make(chan struct{})
		late.cookie = b.cookie
		var done sync.WaitGroup
		done.Go(func() { // a request that loaded the first id and comes to its logout late
			late.do(func(_ http.ResponseWriter, r *http.Request, s *Session) {
				close(started)
				<-release
				if err := s.Logout(r.Context()); err != nil {
					t.Errorf("%s: %v", name, err)
				}
			})
		})
		<-started
		for range 3 {
			old := g.browser()
			old.cookie = b.cookie
			olds = append(olds, old)
			b.do(func(_ http.ResponseWriter, r *http.Request, s *Session) {
				if err := s.Rotate(r.Context(), rotate...); err != nil {
					t.Error(err)
				}
			})
		}
		close(release)
		done.Wait()
		for _, old := range append(olds, b) {
			if s := old.state(); IsAuthenticated(s) {
				t.Errorf("%s: an id lives on after the logout was acknowledged", name)
			}
		}
		if late.cookie != "" {
			t.Error("cookie not expired")
		}
	}
}

// SES-106: who asks to sign out means the login, whichever of its ids they hold.
func TestLogout_from_a_superseded_id(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	b := g.in()
	old := g.browser()
	old.cookie = b.cookie
	b.must(machine.Regenerate{})
	if err := g.logouts(old); err != nil {
		t.Fatal(err)
	}
	if IsAuthenticated(b.state()) || old.cookie != "" {
		t.Fatal("the login lives on")
	}
}

// SES-206, SES-201: LogoutOthers ends the others and keeps this one.
func TestTransition_raise(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	me, other := g.in(), g.in()
	old := g.browser()
	old.cookie = me.cookie
	me.must(machine.Regenerate{}, Commit{Raise: true})
	if !IsAuthenticated(me.state()) || IsAuthenticated(other.state()) || IsAuthenticated(old.state()) {
		t.Fatal("wrong sessions ended")
	}
	if e := me.state().(Authenticated).Epochs(); e.User != 1 {
		t.Fatal(e)
	}
	// What the caller captured before the move is what it is held to.
	captured := g.in()
	stale := g.db.now(g.subj)
	if stale.User == 0 {
		t.Fatal("nothing was raised")
	}
	stale.User--
	if err := captured.move(machine.Regenerate{}, Commit{Expect: &stale}); err == nil {
		t.Errorf("under epochs that hold no more: %v", err)
	}
	if err := captured.move(machine.Regenerate{}, Commit{Raise: true, Expect: &stale}); !errors.Is(err, store.ErrBadArgument) {
		t.Errorf("a raise from another epoch than the stamp says: %v", err)
	}
	// Somebody else's revocation in between makes it fail, and kills this one too.
	late := g.in()
	var err error
	late.do(func(_ http.ResponseWriter, r *http.Request, s *Session) {
		if err := g.InvalidateUser(r.Context(), g.subj); err != nil {
			t.Fatal(err)
		}
		_, err = s.Transition(r.Context(), machine.Regenerate{}, Commit{Raise: true})
	})
	if !errors.Is(err, ErrEpoch) || late.sets() || IsAuthenticated(late.state()) {
		t.Fatalf("%v", err)
	}
}

// SES-201: a revocation between the beginning of a login and its end wins.
func TestTransition_revoked_while_signing_in(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	b := g.browser()
	b.must(machine.Begin{Flow: g.flow(g.subj)})
	b.must(machine.Pass{Evidence: g.evidence("password")})
	if err := g.InvalidateUser(t.Context(), g.subj); err != nil {
		t.Fatal(err)
	}
	b.do(func(_ http.ResponseWriter, r *http.Request, s *Session) {
		a := s.State().(Authenticating)
		_, _, proof, err := machine.Advance(a, g.evidence("totp"), g.now())
		if err != nil {
			t.Fatal(err)
		}
		_, err = s.Transition(r.Context(), machine.Complete{Proof: proof, Login: identity.NewLoginID(g.src)}, Commit{})
		if !errors.Is(err, ErrEpoch) || IsAuthenticated(s.State()) {
			t.Fatalf("%v, %T", err, s.State())
		}
	})
	if b.sets() || IsAuthenticated(b.state()) {
		t.Fatal("signed in over a revocation")
	}
	// Revoke, then log in: succeeds.
	if c := g.in(); !IsAuthenticated(c.state()) {
		t.Fatal("revoked for ever")
	}
}

// SES-202, SES-203: the limit, by eviction and by refusal.
func TestTransition_limit(t *testing.T) {
	t.Parallel()
	g := newRig(t, func(c *Config) { c.Limit = LimitPolicy{Max: 2} })
	var all []*browser
	for range 3 {
		all = append(all, g.in())
		g.fake.Advance(time.Second)
	}
	if IsAuthenticated(all[0].state()) || !IsAuthenticated(all[1].state()) || !IsAuthenticated(all[2].state()) {
		t.Fatal("not the oldest was evicted")
	}
	if len(g.event) != 1 || g.event[0].Kind != EventEvicted || g.event[0].Subject != g.subj || len(g.db.rows) != 1 {
		t.Fatal(g.event)
	}
	refuse := g.manager(func(c *Config) { c.Limit = LimitPolicy{Max: 2, RefuseNew: true} })
	b := g.browser()
	var err error
	b.doOn(refuse, func(_ http.ResponseWriter, r *http.Request, s *Session) {
		_, err = s.Transition(r.Context(), machine.Adopt{Login: g.login(g.subj)}, Commit{})
	})
	if !errors.Is(err, ErrSessionLimit) || b.sets() {
		t.Fatal(err)
	}
	all[2].must(machine.Regenerate{}) // a rotation claims no new place
}

// SES-102, SES-105, SES-209: of 64 rotations of one id one wins, and one successor is
// delivered.
func TestTransition_rotation_race(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{"with grace", "without"} {
		g := newRig(t)
		b := g.in()
		var won, lost atomic.Int32
		var start, ready, done sync.WaitGroup
		start.Add(1)
		cookies := make([]string, 64)
		for i := range cookies {
			ready.Add(1)
			done.Go(func() {
				c := g.browser()
				c.cookie = b.cookie
				c.do(func(_ http.ResponseWriter, r *http.Request, s *Session) {
					ready.Done()
					start.Wait()
					_, err := s.Transition(r.Context(), machine.Regenerate{}, Commit{NoGrace: mode == "without"})
					switch {
					case err == nil:
						won.Add(1)
					case errors.Is(err, store.ErrConflict):
						lost.Add(1)
					default:
						t.Error(err)
					}
				})
				if c.sets() {
					cookies[i] = c.cookie
				}
			})
		}
		ready.Wait()
		start.Done()
		done.Wait()
		delivered := 0
		for _, c := range cookies {
			if c != "" {
				delivered++
				b.cookie = c
			}
		}
		if won.Load() != 1 || lost.Load() != 63 || delivered != 1 || !IsAuthenticated(b.state()) {
			t.Fatalf("%s: %d won, %d lost, %d successors", mode, won.Load(), lost.Load(), delivered)
		}
		if infos, err := g.Sessions(t.Context(), g.subj, Ref{}, 10); err != nil || len(infos) != 1 {
			t.Fatalf("%d sessions, %v", len(infos), err)
		}
	}
}

// SES-105: goroutines of one guest request cannot make two records.
func TestTransition_two_beginnings_in_one_request(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	b := g.browser()
	var won atomic.Int32
	b.do(func(_ http.ResponseWriter, r *http.Request, s *Session) {
		var wg sync.WaitGroup
		for range 16 {
			flow := g.flow(g.subj)
			wg.Go(func() {
				_, err := s.Transition(r.Context(), machine.Begin{Flow: flow}, Commit{})
				if err == nil {
					won.Add(1)
				} else if !errors.Is(err, store.ErrConflict) {
					t.Error(err)
				}
			})
		}
		wg.Wait()
	})
	if len(g.db.list()) != 1 || won.Load() < 1 {
		t.Fatalf("%d records, %d succeeded", len(g.db.list()), won.Load())
	}
	if _, ok := b.state().(Authenticating); !ok {
		t.Fatal("the record that was delivered is not the one that stayed")
	}
}

// SES-072, SES-074, SES-225: a move that the store did not acknowledge changes nothing
// here: no state, no cookie.
func TestTransition_store_failure(t *testing.T) {
	t.Parallel()
	for _, lostAnswer := range []bool{false, true} {
		for verb, ev := range map[string]func(*rig) machine.Event{
			"rotate": func(*rig) machine.Event { return machine.Regenerate{} },
			"update": func(g *rig) machine.Event { return machine.StepUp{Flow: g.flow(g.subj)} },
			"delete": func(*rig) machine.Event { return machine.End{} },
		} {
			g := newRig(t)
			b := g.in()
			cookie := b.cookie
			if lostAnswer {
				g.db.faults(nil, func(v string) error {
					if v == verb {
						return errDown
					}
					return nil
				})
			} else {
				g.db.down(verb)
			}
			b.do(func(_ http.ResponseWriter, r *http.Request, s *Session) {
				_, err := s.Transition(r.Context(), ev(g), Commit{})
				if !errors.Is(err, ErrStoreUnavailable) {
					t.Errorf("%s: %v", verb, err)
				}
				if _, ok := s.State().(Authenticated); !ok {
					t.Errorf("%s: the failed move shows: %T", verb, s.State())
				}
			})
			g.db.up()
			if b.cookie != cookie || b.sets() {
				t.Errorf("%s: the cookie changed", verb)
			}
			if !lostAnswer && !IsAuthenticated(b.state()) {
				t.Errorf("%s: signed out by an outage", verb)
			}
		}
	}
	g := newRig(t)
	b := g.browser()
	g.db.down("create")
	if err := b.move(machine.Begin{Flow: g.flow(g.subj)}); !errors.Is(err, ErrStoreUnavailable) || b.sets() {
		t.Fatal(err)
	}
}

// SES-074, decisions (failing sign-out): session and cookie stay, the caller
// hears of it, and can try again.
func TestLogout_failure(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	b := g.in()
	for _, verb := range []string{"delete", "sessions"} {
		g.db.down(verb)
		b.do(func(_ http.ResponseWriter, r *http.Request, s *Session) {
			if err := s.Logout(r.Context()); !errors.Is(err, ErrStoreUnavailable) || !IsAuthenticated(s.State()) {
				t.Errorf("%s: %v", verb, err)
			}
		})
		if b.sets() {
			t.Fatal("cookie expired by a logout that failed")
		}
		if verb == "delete" && !IsAuthenticated(b.state()) {
			t.Fatal("signed out")
		}
	}
	g.db.up()
	b.do(func(_ http.ResponseWriter, r *http.Request, s *Session) {
		ctx := r.Context()
		if err := errors.Join(s.Logout(ctx), s.Logout(ctx)); err != nil {
			t.Fatal(err)
		}
		_, moved := s.Transition(ctx, machine.Begin{Flow: g.flow(g.subj)}, Commit{})
		_, anchored := s.Anchor(ctx)
		for what, err := range map[string]error{"transition": moved, "anchor": anchored, "set": anyNote.Set(s, "x"), "rotate": s.Rotate(ctx)} {
			if !errors.Is(err, ErrEnded) {
				t.Errorf("%s after a logout: %v", what, err)
			}
		}
		if s.State() != (machine.Guest{}) {
			t.Error("state")
		}
	})
	c := b.last.Cookies()
	if len(c) != 1 || c[0].MaxAge >= 0 || c[0].Value != "" || !c[0].Secure || !c[0].HttpOnly || c[0].Path != "/" {
		t.Fatalf("%+v", c) // SES-127
	}
}

// SES-127
func TestLogout_clear_site_data(t *testing.T) {
	t.Parallel()
	g := newRig(t, func(c *Config) { c.Cookie.ClearSiteData = true })
	b := g.in()
	if err := g.logouts(b); err != nil || b.last.Header.Get("Clear-Site-Data") != `"cookies", "storage"` {
		t.Fatal(err, b.last.Header)
	}
	if b.state(); b.last.Header.Get("Clear-Site-Data") != "" {
		t.Fatal("on another answer")
	}
	b = g.in()
	if b.must(machine.Regenerate{}); !b.sets() || b.last.Header.Get("Clear-Site-Data") != "" {
		t.Fatal("with another cookie", b.last.Header)
	}
	plain := newRig(t)
	if b := plain.in(); plain.logouts(b) != nil || !b.sets() || b.last.Header.Get("Clear-Site-Data") != "" {
		t.Fatal("unasked", b.last.Header)
	}
}

// SES-100, SES-103: a slow request cannot bring a finished session back, neither
// with data nor with a move.
func TestTransition_slow_request_after_a_logout(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	b := g.in()
	slow := g.browser()
	slow.cookie = b.cookie
	resp := slow.do(func(w http.ResponseWriter, r *http.Request, s *Session) {
		if err := g.logouts(b); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Transition(r.Context(), machine.Regenerate{}, Commit{}); !errors.Is(err, store.ErrConflict) {
			t.Errorf("rotate: %v", err)
		}
		if _, err := s.Transition(r.Context(), machine.StepUp{Flow: g.flow(g.subj)}, Commit{}); !errors.Is(err, store.ErrConflict) {
			t.Errorf("step: %v", err)
		}
		if err := anyNote.Set(s, "zombie"); err != nil {
			t.Error(err)
		}
		_, _ = w.Write([]byte("done"))
	})
	if resp.StatusCode != 200 || slow.body != "done" || slow.sets() || len(g.db.list()) != 0 {
		t.Fatalf("%d %q, cookie set: %v, %d records", resp.StatusCode, slow.body, slow.sets(), len(g.db.list()))
	}
}

// SES-226: Rotate is idempotent within a request.
func TestRotate_once_per_request(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	b := g.in()
	g.db.reset()
	b.do(func(_ http.ResponseWriter, r *http.Request, s *Session) {
		ctx := r.Context()
		if err := errors.Join(s.Rotate(ctx), s.Rotate(ctx), s.Rotate(ctx, NoGrace()), s.Rotate(ctx, NoGrace())); err != nil {
			t.Fatal(err)
		}
	})
	if n := g.db.count("rotate"); n != 2 { // once with grace, once more to end it
		t.Fatalf("%d rotations", n)
	}
	if len(g.db.list()) != 1 {
		t.Fatal("an old id is left")
	}
	guest := g.browser()
	guest.do(func(_ http.ResponseWriter, r *http.Request, s *Session) {
		if err := s.Rotate(r.Context()); !errors.Is(err, machine.ErrIllegalTransition) {
			t.Fatal(err)
		}
	})
}

// SES-019: a failed attempt is counted in memory and not written.
func TestTransition_failed_attempt_writes_nothing(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	b := g.browser()
	b.must(machine.Begin{Flow: g.flow(g.subj)})
	g.db.reset()
	b.do(func(_ http.ResponseWriter, r *http.Request, s *Session) {
		if _, err := s.Transition(r.Context(), machine.Fail{}, Commit{}); err != nil {
			t.Fatal(err)
		}
		if machine.FlowOf(s.State().(Authenticating)).Failed != 1 {
			t.Error("not counted")
		}
	})
	if g.db.writes() != 0 || machine.FlowOf(b.state().(Authenticating)).Failed != 0 {
		t.Fatal(g.db.calls)
	}
}

// Rows of a move are in its commit; an illegal one changes nothing.
func TestTransition_rows_and_illegal_moves(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	b := g.in()
	row := store.Row{ID: [16]byte{1}}
	b.must(machine.Regenerate{}, Commit{Also: []store.Row{row}})
	b.must(machine.StepUp{Flow: g.flow(g.subj)}, Commit{Also: []store.Row{row}})
	if len(g.db.rows) != 2 {
		t.Fatal(g.db.rows)
	}
	g.db.reset()
	if err := b.move(machine.Adopt{Login: g.login(g.subj)}, Commit{Also: []store.Row{row}}); !errors.Is(err, machine.ErrIllegalTransition) {
		t.Fatal(err)
	}
	if g.db.writes() != 0 || len(g.db.rows) != 2 {
		t.Fatal("an illegal move wrote")
	}
	// A raise belongs to a move that takes a new id; rows of one that keeps its
	// id need somewhere to go. Neither is dropped in silence.
	step := g.browser()
	flow := g.flow(g.subj)
	flow.Steps = append(flow.Steps, identity.Required("passkey"))
	step.must(machine.Begin{Flow: flow})
	step.must(machine.Pass{Evidence: g.evidence("password")})
	pass := machine.Pass{Evidence: g.evidence("totp")}
	if err := step.move(pass, Commit{Raise: true}); !errors.Is(err, store.ErrBadArgument) {
		t.Errorf("a raise without a new id: %v", err)
	}
	bare := g.manager(func(c *Config) { c.Outbox, c.Events = nil, nil })
	step.doOn(bare, func(_ http.ResponseWriter, r *http.Request, s *Session) {
		if _, err := s.Transition(r.Context(), pass, Commit{Also: []store.Row{row}}); !errors.Is(err, store.ErrBadArgument) {
			t.Errorf("rows without an outbox: %v", err)
		}
	})
	if len(g.db.rows) != 2 {
		t.Errorf("%d rows", len(g.db.rows))
	}
}

// SES-077: a client that hangs up in the middle does not undo a logout.
func TestLogout_client_hangs_up(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	b := g.in()
	b.do(func(_ http.ResponseWriter, r *http.Request, s *Session) {
		ctx, cancel := context.WithCancel(r.Context())
		cancel()
		if err := s.Logout(ctx); err != nil {
			t.Fatal(err)
		}
	})
	if len(g.db.list()) != 0 {
		t.Fatal("alive")
	}
}
