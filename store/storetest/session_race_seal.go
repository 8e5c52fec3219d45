package storetest

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/seal"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/store"
)

// What a new seal and a revoked actor meet on their way.
func testSealAndActorRaces(t *testing.T, f Factory) {
	t.Helper()
	runCases(t, f, []testCase{
		{"race/a_new_seal_changes_nothing_else", raceSeal},
		{"race/a_new_seal_never_recreates", raceSealDelete},
		{"race/a_new_seal_and_a_rotation_lose_nothing", raceSealRotate},
		{"race/an_actor_never_outlives_a_raise", raceActorRaise},
	})
}

// One of many seals the body anew, while one writes it and the others use it: the
// deadline is the furthest touch, and nobody's body is lost.
//
// IDN-067, SES-157
func raceSeal(k *kit) {
	for round := range rounds / 2 {
		r := k.create(k.rec(k.subject()))
		old, writer := r.Kid, round%racers // at each place in the queue once
		errs := race(func(i int) error {
			switch {
			case i == writer:
				u := r
				u.Rev, u.Sealed = 2, []byte("written")
				return k.s.Session.Update(k.ctx(), u, 1, at(0))
			case i%4 == 0:
				return k.s.Session.Touch(k.ctx(), r.Ref, at(idle+time.Duration(i)*time.Second), at(time.Minute))
			}
			u := r
			u.Kid, u.Sealed = seal.KeyID{byte(i)}, fmt.Appendf(nil, "sealed by %d", i)
			// A job writes nothing of these, whatever it has read.
			u.IdleUntil, u.AbsUntil, u.Subject, u.Epochs = at(-time.Hour), at(1000*time.Hour), k.person(i), identity.Epochs{User: 9}
			return k.s.Session.Reseal(k.ctx(), u, old, at(0))
		})
		for i, err := range errs {
			if i == writer || i%4 == 0 {
				k.must(err)
			} else if err != nil {
				k.fails("reseal", err, store.ErrConflict)
			}
		}
		got, _, err := k.s.Session.Load(k.ctx(), r.Ref, at(0))
		k.must(err)
		if d := got.IdleUntil; d.Before(at(idle)) || d.After(at(idle+racers*time.Second)) {
			k.Errorf("idle deadline %v", d)
		}
		want := r
		want.Rev, want.Sealed, want.IdleUntil = 2, []byte("written"), got.IdleUntil
		equal(k, "record", got, want)
	}
}

// cameLate is success, or an error that says that somebody was faster.
func (k *kit) cameLate(what string, err error) {
	k.Helper()
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		k.fails(what, err, store.ErrConflict)
	}
}

// person is a user that is nobody else.
func (k *kit) person(i int) identity.Subject {
	return identity.Subject{
		Tenant: identity.FromBytes[identity.TenantID]([16]byte{1, byte(i)}), User: identity.FromBytes[identity.UserID]([16]byte{2, byte(i)}),
	}
}

// IDN-067, SES-100, SES-157
func raceSealDelete(k *kit) {
	for range rounds / 2 {
		r := k.create(k.rec(k.subject()))
		errs := race(func(i int) error {
			if i == 0 {
				return k.s.Session.Delete(k.ctx(), r.Ref, r.Subject)
			}
			return k.s.Session.Reseal(k.ctx(), resealed(r, seal.KeyID{byte(i)}), r.Kid, at(0))
		})
		k.must(errs[0])
		for _, err := range errs[1:] {
			k.cameLate("reseal", err)
		}
		k.lacks("deleted", r.Ref, at(0))
		equal(k, "listed", k.listed(r.Subject, at(0)), []session.Ref{})
	}
	kids, err := k.s.Session.Kids(k.ctx())
	k.must(err)
	equal(k, "kids", len(kids), 0)
}

// A rotation does not lose to a new seal, and what it leaves for a while dies on
// time, sealed anew or not.
//
// IDN-067, SES-106, SES-157
func raceSealRotate(k *kit) {
	for round := range rounds / 2 {
		s := k.subject()
		r, next := k.create(k.rec(s)), k.rec(s)
		grace := time.Duration(round%2) * time.Minute
		errs := race(func(i int) error {
			if i == 0 {
				return first(k.s.Session.Rotate(k.ctx(), r.Ref, 1, next, claimOf(next), grace))
			}
			return k.s.Session.Reseal(k.ctx(), resealed(r, seal.KeyID{byte(i)}), r.Kid, at(0))
		})
		k.must(errs[0])
		for _, err := range errs[1:] {
			k.cameLate("reseal", err)
		}
		equal(k, "listed", k.listed(s, at(0)), []session.Ref{next.Ref})
		k.lacks("after its grace", r.Ref, at(grace))
		if grace > 0 {
			got, _, err := k.s.Session.Load(k.ctx(), r.Ref, at(0))
			k.must(err)
			equal(k, "superseded", got.Superseded, true)
			k.must(k.s.Session.Delete(k.ctx(), r.Ref, s))
			k.lacks("the next of what was ended", next.Ref, at(0))
		}
	}
}

// Whoever begins to act, or to act under another id, while they are revoked, acts
// no more when that is acknowledged.
//
// IDN-067, SES-018, SES-201
func raceActorRaise(k *kit) {
	for round := range rounds / 2 {
		s, a := k.pair()
		was, c := k.acting(s, a)
		k.must(first(k.s.Session.Create(k.ctx(), was, c)))
		next, c := k.acting(s, a)
		own := k.login(a, at(0))
		scope := []identity.Scope{identity.UserScope(a), identity.UserScope(s), identity.TenantScope(s.Tenant), identity.GlobalScope()}[round%4]
		from := []session.Ref{was.Ref, own.Ref}[round/4%2]
		errs := race(func(i int) error {
			switch i {
			case 0:
				return first(k.s.Session.Rotate(k.ctx(), from, 1, next, c, 0))
			case 1:
				return k.s.Session.Raise(k.ctx(), scope)
			}
			return nil
		})
		k.must(errs[1])
		if errs[0] != nil {
			k.fails("rotate", errs[0], session.ErrEpoch)
		}
		equal(k, "listed", k.listed(s, at(0)), []session.Ref{})
		for _, ref := range []session.Ref{was.Ref, next.Ref} {
			rec, e, err := k.s.Session.Load(k.ctx(), ref, at(0))
			if err == nil && rec.Epochs.Covers(e.Epochs) && c.ActorExpect.Covers(e.Actor) {
				k.Errorf("acts on: %+v", rec)
			}
		}
	}
}
