package storetest

import (
	"bytes"
	"cmp"
	"errors"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/seal"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/store"
	"pgregory.net/rapid"
)

func testSessionModel(t *testing.T, f Factory) {
	t.Helper()
	runCases(t, f, []testCase{{"every_sequence_ends_as_the_model_says", sessionModel}})
}

// sessionModel runs random sequences of verbs against the backend and against a
// model that keeps every record in one list and works each answer out from it. Where
// two conditions of a verb fail at once, either may be named.
//
// STO-011, SES-100, SES-106, SES-196, SES-201, SES-203, SES-209, SES-228, SES-229
func sessionModel(k *kit) {
	rapid.Check(k.T, func(rt *rapid.T) {
		tenant := identity.NewTenantID(k.src)
		w := &sessionWalk{T: rt, k: k, now: at(0), m: &modelSessions{raised: map[identity.Scope]uint64{}}}
		for range 3 {
			w.people = append(w.people, identity.Subject{Tenant: tenant, User: identity.NewUserID(k.src)})
		}
		e, err := k.s.Session.Epochs(k.ctx(), identity.Subject{}) // the stores have served others
		w.same("epochs", err)
		w.m.raised[identity.GlobalScope()] = e.Global
		for range rapid.IntRange(1, 25).Draw(rt, "steps") {
			w.now = w.now.Add(rapid.SampledFrom([]time.Duration{
				0, 0, 0, time.Second, time.Minute, 10 * time.Minute, 29 * time.Minute, 31 * time.Minute, 6 * time.Hour,
			}).Draw(rt, "wait"))
			w.step()
			w.look()
		}
	})
}

// sessionWalk is one sequence: each step is made by both, and what they say is
// compared.
type sessionWalk struct {
	*rapid.T
	k      *kit
	m      *modelSessions
	now    time.Time
	people []identity.Subject
}

// same fails unless an error is one of those expected; none expected is success.
func (w *sessionWalk) same(verb string, err error, want ...error) {
	if len(want) == 0 && err != nil || len(want) > 0 && !slices.ContainsFunc(want, func(e error) bool { return errors.Is(err, e) }) {
		w.Fatalf("%s at %v: got %v, the model says %v", verb, w.now, err, want)
	}
}

func (w *sessionWalk) step() {
	st, ctx := w.k.s.Session, w.k.ctx()
	switch rapid.SampledFrom([]string{"create", "create", "rotate", "rotate", "rotate", "update", "update", "touch", "delete", "raise", "reseal", "sweep"}).Draw(w.T, "verb") {
	case "create":
		rec, c := w.login(w.anybody())
		want := w.m.install(rec, c, nil)
		evicted, err := st.Create(ctx, rec, c)
		w.same("create", err, want.errs...)
		w.evicted(evicted, want.evicted)
	case "rotate":
		old := w.anyone()
		if old == nil {
			return
		}
		next, c := w.login(old.rec.Subject)
		if rapid.Bool().Draw(w.T, "somebody else") {
			next, c = w.login(w.anybody())
		}
		rev, grace := w.rev(old.rec.Rev), rapid.SampledFrom([]time.Duration{0, time.Minute}).Draw(w.T, "grace")
		want := w.m.rotate(old, rev, next, c, grace)
		evicted, err := st.Rotate(ctx, old.rec.Ref, rev, next, c, grace)
		w.same("rotate", err, want.errs...)
		w.evicted(evicted, want.evicted)
	case "update":
		if s := w.anyone(); s != nil {
			rev, rec := w.rev(s.rec.Rev), s.rec
			rec.Rev, rec.Sealed, rec.IdleUntil, rec.AuthAt = rev+1, w.k.rec(identity.Subject{}).Sealed, w.now.Add(idle), w.now
			rec.Prev, rec.Superseded = session.Ref{}, false
			want := w.m.update(s, rec, rev, w.now)
			w.same("update", st.Update(ctx, rec, rev, w.now), want...)
		}
	case "touch":
		if s := w.anyone(); s != nil {
			until := w.now.Add(rapid.SampledFrom([]time.Duration{-time.Minute, time.Minute, idle, absolute}).Draw(w.T, "until"))
			w.m.touch(s, until, w.now)
			w.same("touch", st.Touch(ctx, s.rec.Ref, until, w.now))
		}
	case "delete":
		if s := w.anyone(); s != nil && !s.dead(w.now) {
			whose := rapid.SampledFrom([]identity.Subject{{}, s.rec.Subject, w.people[0]}).Draw(w.T, "whose")
			if whose.IsZero() || whose == s.rec.Subject {
				w.m.drop(s.rec.Ref, s.rec.Prev, s.next)
			}
			w.same("delete", st.Delete(ctx, s.rec.Ref, whose))
		}
	case "raise":
		scope := rapid.SampledFrom([]identity.Scope{
			identity.UserScope(w.people[0]), identity.UserScope(w.people[1]), identity.UserScope(w.people[2]),
			identity.TenantScope(w.people[0].Tenant), identity.GlobalScope(),
		}).Draw(w.T, "scope")
		w.m.raised[scope]++
		w.same("raise", st.Raise(ctx, scope))
	case "reseal":
		if s := w.anyone(); s != nil {
			from := rapid.SampledFrom([]seal.KeyID{s.rec.Kid, {9}}).Draw(w.T, "from")
			rec := s.rec
			rec.Rev, rec.Kid, rec.Sealed = w.rev(rec.Rev), seal.KeyID{5, 6, 7, byte(rec.Rev)}, w.k.rec(identity.Subject{}).Sealed
			want := w.m.reseal(s, rec, from, w.now)
			w.same("reseal", st.Reseal(ctx, rec, from, w.now), want...)
		}
	case "sweep":
		_, err := st.Sweep(ctx, w.now, 1000)
		w.same("sweep", err)
	}
}

// look compares one record, what is left of another, one list and the epochs of one
// person.
func (w *sessionWalk) look() {
	st, ctx := w.k.s.Session, w.k.ctx()
	if len(w.m.gone) > 0 {
		ref := rapid.SampledFrom(w.m.gone).Draw(w.T, "gone")
		if _, _, known := nearby(ctx, st, ref, w.now); known {
			w.Fatal("what is gone is there at once")
		}
		_, _, err := st.Load(ctx, ref, w.now)
		w.same("load of what is gone", err, store.ErrNotFound)
	}
	if s := w.anyone(); s != nil {
		near, epochs, known := nearby(ctx, st, s.rec.Ref, w.now)
		rec, current, err := st.Load(ctx, s.rec.Ref, w.now)
		if s.dead(w.now) {
			w.same("load", err, store.ErrNotFound)
			w.like("known at once", known, false)
		} else {
			w.same("load", err)
			if known { // before it was asked for
				w.like("loaded at once", near, rec)
				w.like("epochs at once", epochs, current)
			}
			want := session.Current{Epochs: w.m.epochs(s.rec.Subject)}
			if !s.rec.Actor.IsZero() {
				want.Actor = w.m.epochs(s.rec.Actor)
			}
			w.like("loaded", rec, s.rec)
			w.like("current epochs", current, want)
		}
	}
	who := rapid.SampledFrom(w.people).Draw(w.T, "listed")
	list, err := st.Sessions(ctx, who, session.Ref{}, 100, w.now)
	w.same("sessions", err)
	want := []session.Listed{}
	for _, s := range w.m.live(who, w.now) {
		want = append(want, session.Listed{Record: s.rec, Seen: s.seen})
	}
	w.like("listed", list, want)
	e, err := st.Epochs(ctx, who)
	w.same("epochs", err)
	w.like("epochs", e, w.m.epochs(who))
}

func (w *sessionWalk) like(what string, got, want any) {
	if !reflect.DeepEqual(got, want) {
		w.Fatalf("%s at %v:\n          got %+v\nthe model says %+v", what, w.now, got, want)
	}
}

func (w *sessionWalk) evicted(got, want []session.Ref) {
	if !slices.Equal(got, want) {
		w.Fatalf("evicted %v, the model says %v", got, want)
	}
}

// anyone is a record that was there once and has not been deleted, dead ones too.
func (w *sessionWalk) anyone() *modelSession {
	if len(w.m.all) == 0 {
		return nil
	}
	return w.m.all[rapid.IntRange(0, len(w.m.all)-1).Draw(w.T, "record")]
}

func (w *sessionWalk) anybody() identity.Subject {
	return rapid.SampledFrom(append([]identity.Subject{{}}, w.people...)).Draw(w.T, "who")
}

// rev is the right revision, or now and then an old or a coming one.
func (w *sessionWalk) rev(right uint64) uint64 {
	return right + rapid.SampledFrom([]uint64{0, 0, 0, 0, 1}).Draw(w.T, "rev")
}

// login is a new record and what it claims.
func (w *sessionWalk) login(s identity.Subject) (session.Record, session.Claim) {
	rec := w.k.rec(s)
	rec.CreatedAt, rec.IdleUntil, rec.AbsUntil = w.now, w.now.Add(idle), w.now.Add(absolute)
	c := session.Claim{Subject: s, Now: w.now}
	if s.IsZero() {
		return rec, c
	}
	rec.AuthAt = w.now.Add(rapid.SampledFrom([]time.Duration{0, -time.Minute}).Draw(w.T, "since"))
	c.Limit = rapid.SampledFrom([]session.LimitPolicy{{}, {Max: 1}, {Max: 2}, {Max: 1, RefuseNew: true}}).Draw(w.T, "limit")
	c.Expect = w.m.epochs(s)
	late := rapid.SampledFrom([]uint64{0, 0, 0, 0, 1}).Draw(w.T, "late")
	c.Expect.User -= min(late, c.Expect.User)
	rec.Epochs = c.Expect
	switch rapid.SampledFrom([]string{"", "", "raise", "act"}).Draw(w.T, "kind") {
	case "raise":
		c.Raise = true
		rec.Epochs.User++
	case "act":
		if actor := w.people[0]; actor != s {
			rec.Actor, c.Actor, c.ActorExpect = actor, actor, w.m.epochs(actor)
		}
	}
	return rec, c
}

// modelSessions is the reference.
type modelSessions struct {
	all    []*modelSession
	gone   []session.Ref
	raised map[identity.Scope]uint64
}

type modelSession struct {
	rec   session.Record
	next  session.Ref // of a superseded one
	actor identity.Epochs
	seen  time.Time
}

// outcome is what a verb leads to: one of the errors, or the evictions.
type outcome struct {
	errs    []error
	evicted []session.Ref
}

func (s *modelSession) dead(now time.Time) bool {
	return !now.Before(s.rec.IdleUntil) || !now.Before(s.rec.AbsUntil)
}

func (m *modelSessions) epochs(s identity.Subject) identity.Epochs {
	e := identity.Epochs{Global: m.raised[identity.GlobalScope()]}
	if !s.IsZero() {
		e.Tenant, e.User = m.raised[identity.TenantScope(s.Tenant)], m.raised[identity.UserScope(s)]
	}
	return e
}

// live are the registered sessions of a person, newest first.
func (m *modelSessions) live(who identity.Subject, now time.Time) []*modelSession {
	var out []*modelSession
	for _, s := range m.all {
		if s.rec.Subject == who && !s.rec.Superseded && !s.dead(now) && s.rec.Epochs.Covers(m.epochs(who)) &&
			(s.rec.Actor.IsZero() || s.actor.Covers(m.epochs(s.rec.Actor))) {
			out = append(out, s)
		}
	}
	slices.SortFunc(out, func(a, b *modelSession) int {
		x, y := a.rec.Ref.Bytes(), b.rec.Ref.Bytes()
		return cmp.Or(b.rec.AuthAt.Compare(a.rec.AuthAt), bytes.Compare(y[:], x[:]))
	})
	return out
}

// drop removes records, each with the predecessor that hangs on it.
func (m *modelSessions) drop(refs ...session.Ref) {
	for _, ref := range refs {
		i := slices.IndexFunc(m.all, func(s *modelSession) bool { return s.rec.Ref == ref })
		if i < 0 {
			continue
		}
		prev := m.all[i].rec.Prev
		m.all, m.gone = slices.Delete(m.all, i, i+1), append(m.gone, ref)
		m.drop(prev)
	}
}

// install judges a claim, and makes the record if it holds.
func (m *modelSessions) install(rec session.Record, c session.Claim, old *modelSession) (out outcome) {
	if !c.Subject.IsZero() && c.Expect != m.epochs(c.Subject) || !c.Actor.IsZero() && c.ActorExpect != m.epochs(c.Actor) {
		out.errs = append(out.errs, session.ErrEpoch)
	}
	takesOver := old != nil && old.rec.Subject == c.Subject && old.rec.Actor.IsZero() && old.rec.Epochs.Covers(m.epochs(c.Subject))
	if !c.Subject.IsZero() && c.Actor.IsZero() && !c.Raise && !takesOver {
		live := slices.DeleteFunc(m.live(c.Subject, c.Now), func(s *modelSession) bool { return !s.rec.Actor.IsZero() })
		if n := len(live); c.Limit.Max > 0 && n >= c.Limit.Max {
			if c.Limit.RefuseNew {
				out.errs = append(out.errs, session.ErrSessionLimit)
			}
			for _, s := range slices.Backward(live[c.Limit.Max-1:]) {
				out.evicted = append(out.evicted, s.rec.Ref)
			}
		}
	}
	if len(out.errs) > 0 {
		m.gone = append(m.gone, rec.Ref) // refused: it must not be there
		out.evicted = nil
		return out
	}
	m.drop(out.evicted...)
	m.all = append(m.all, &modelSession{rec: rec, actor: c.ActorExpect, seen: c.Now})
	if c.Raise {
		m.raised[identity.UserScope(c.Subject)]++
	}
	return out
}

func (m *modelSessions) rotate(old *modelSession, rev uint64, next session.Record, c session.Claim, grace time.Duration) (out outcome) {
	was := *old
	switch {
	case was.dead(c.Now):
		m.gone = append(m.gone, next.Ref)
		return outcome{errs: []error{store.ErrNotFound, session.ErrEpoch, session.ErrSessionLimit}}
	case was.rec.Superseded || was.rec.Rev != rev:
		m.gone = append(m.gone, next.Ref)
		return outcome{errs: []error{store.ErrConflict, session.ErrEpoch, session.ErrSessionLimit}}
	}
	if grace > 0 {
		next.Prev = was.rec.Ref
	}
	if out = m.install(next, c, old); len(out.errs) > 0 {
		return out
	}
	m.drop(was.rec.Prev)
	if grace == 0 {
		m.drop(was.rec.Ref)
		return out
	}
	old.rec.Superseded, old.rec.Prev, old.next = true, session.Ref{}, next.Ref
	if until := c.Now.Add(grace); until.Before(old.rec.IdleUntil) {
		old.rec.IdleUntil = until
	}
	return out
}

func (m *modelSessions) update(s *modelSession, rec session.Record, rev uint64, now time.Time) []error {
	switch {
	case s.dead(now):
		return []error{store.ErrNotFound}
	case s.rec.Superseded || s.rec.Rev != rev:
		return []error{store.ErrConflict}
	}
	s.rec.Rev, s.rec.Sealed, s.rec.IdleUntil, s.rec.AuthAt, s.rec.Kid, s.seen = rec.Rev, rec.Sealed, rec.IdleUntil, rec.AuthAt, rec.Kid, now
	return nil
}

func (m *modelSessions) touch(s *modelSession, until, now time.Time) {
	if s.rec.Superseded || s.dead(now) {
		return
	}
	if s.rec.AbsUntil.Before(until) {
		until = s.rec.AbsUntil
	}
	if s.rec.IdleUntil.Before(until) {
		s.rec.IdleUntil = until
	}
	if s.seen.Before(now) {
		s.seen = now
	}
}

func (m *modelSessions) reseal(s *modelSession, rec session.Record, from seal.KeyID, now time.Time) []error {
	switch {
	case s.dead(now):
		return []error{store.ErrNotFound}
	case s.rec.Rev != rec.Rev || s.rec.Kid != from:
		return []error{store.ErrConflict}
	}
	s.rec.Kid, s.rec.Sealed = rec.Kid, rec.Sealed
	return nil
}
