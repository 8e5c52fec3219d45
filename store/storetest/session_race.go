package storetest

import (
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/store"
)

// rounds is how often a race between two verbs is repeated.
const rounds = 100

// What holds when many do the same at once, or two do opposite things.
func testSessionRaces(t *testing.T, f Factory) {
	t.Helper()
	runCases(t, f, []testCase{
		{"race/one_create_of_a_ref_wins", raceCreate},
		{"race/one_update_of_a_rev_wins", raceUpdate},
		{"race/one_rotation_of_a_record_wins", raceRotate},
		{"race/logins_under_a_limit_leave_the_limit", raceLimit},
		{"race/logins_under_RefuseNew_admit_the_limit", raceRefuse},
		{"race/every_raise_counts", raceRaise},
		{"race/one_raising_rotation_wins", raceRaisingRotate},
		{"race/a_login_never_outlives_a_raise", raceLoginRaise},
		{"race/an_update_never_recreates", raceUpdateDelete},
		{"race/an_end_and_a_rotation_leave_nothing", raceRotateDelete},
		{"race/a_load_sees_every_acknowledged_raise", raceLoadRaise},
		{"race/a_load_is_one_moment", raceLoadMoment},
		{"race/the_furthest_touch_stays", raceTouch},
	})
}

// drawn makes as many records of a subject as there are racers, beforehand: the
// entropy of a test is not drawn from in a race.
func (k *kit) drawn(s identity.Subject) []session.Record {
	out := make([]session.Record, racers)
	for i := range out {
		out[i] = k.rec(s)
	}
	return out
}

// IDN-067, SES-100
func raceCreate(k *kit) {
	s, ref := k.subject(), k.ref()
	recs := k.drawn(s)
	k.winners(race(func(i int) error {
		recs[i].Ref = ref
		return first(k.s.Session.Create(k.ctx(), recs[i], claimOf(recs[i])))
	}), 1, store.ErrExists)
	equal(k, "listed", k.listed(s, at(0)), []session.Ref{ref})
}

// IDN-067, SES-100, SES-104
func raceUpdate(k *kit) {
	r := k.create(k.rec(k.subject()))
	errs := race(func(i int) error {
		u := r
		u.Rev, u.Sealed = 2, fmt.Appendf(nil, "racer %d", i)
		return k.s.Session.Update(k.ctx(), u, 1, at(0))
	})
	k.winners(errs, 1, store.ErrConflict)
	r.Rev, r.Sealed = 2, fmt.Appendf(nil, "racer %d", slices.Index(errs, nil))
	k.holds(r, at(0))
}

// IDN-067, SES-105, SES-225
func raceRotate(k *kit) {
	for _, grace := range []time.Duration{0, time.Minute} {
		s := k.subject()
		r, recs := k.create(k.rec(s)), k.drawn(s)
		errs := race(func(i int) error {
			return first(k.s.Session.Rotate(k.ctx(), r.Ref, 1, recs[i], claimOf(recs[i]), grace))
		})
		k.winners(errs, 1, store.ErrConflict, store.ErrNotFound)
		equal(k, "listed", k.listed(s, at(0)), []session.Ref{recs[slices.Index(errs, nil)].Ref})
		for i, err := range errs {
			if err != nil {
				k.lacks("a loser's record", recs[i].Ref, at(0))
			}
		}
	}
}

// IDN-067, SES-202
func raceLimit(k *kit) {
	for _, limit := range []int{1, 5, racers + 1} {
		s := k.subject()
		recs := k.drawn(s)
		var evicted atomic.Int64
		k.winners(race(func(i int) error {
			c := claimOf(recs[i])
			c.Limit.Max = limit
			gone, err := k.s.Session.Create(k.ctx(), recs[i], c)
			evicted.Add(int64(len(gone)))
			return err
		}), racers)
		left := len(k.listed(s, at(0)))
		if left != min(racers, limit) || int(evicted.Load()) != racers-left {
			k.Errorf("limit %d: %d left, %d evicted", limit, left, evicted.Load())
		}
	}
}

// IDN-067, SES-202, SES-203
func raceRefuse(k *kit) {
	s := k.subject()
	recs := k.drawn(s)
	k.winners(race(func(i int) error {
		c := claimOf(recs[i])
		c.Limit = session.LimitPolicy{Max: 5, RefuseNew: true}
		return first(k.s.Session.Create(k.ctx(), recs[i], c))
	}), 5, session.ErrSessionLimit)
	if left := len(k.listed(s, at(0))); left != 5 {
		k.Errorf("%d left, want 5", left)
	}
}

// IDN-067, SES-196
func raceRaise(k *kit) {
	s := k.subject()
	k.winners(race(func(i int) error {
		scopes := []identity.Scope{identity.UserScope(s), identity.TenantScope(s.Tenant)}
		return k.s.Session.Raise(k.ctx(), scopes[i%2])
	}), racers)
	equal(k, "epochs", k.epochs(s), identity.Epochs{Tenant: racers / 2, User: racers / 2})
}

// IDN-067, SES-206
func raceRaisingRotate(k *kit) {
	s := k.subject()
	own, next, claims := make([]session.Record, racers), make([]session.Record, racers), make([]session.Claim, racers)
	for i := range racers {
		own[i] = k.create(k.rec(s))
		next[i], claims[i] = k.raisingClaim(own[i])
	}
	errs := race(func(i int) error {
		return first(k.s.Session.Rotate(k.ctx(), own[i].Ref, 1, next[i], claims[i], 0))
	})
	k.winners(errs, 1, session.ErrEpoch)
	equal(k, "epochs", k.epochs(s), identity.Epochs{User: 1})
	equal(k, "listed", k.listed(s, at(0)), []session.Ref{next[slices.Index(errs, nil)].Ref})
}

// IDN-067, SES-201
func raceLoginRaise(k *kit) {
	for round := range rounds {
		s := k.subject()
		guest, next := k.create(k.rec(identity.Subject{})), k.rec(s)
		begun := k.epochs(s)
		next.Epochs = begun
		errs := race(func(i int) error {
			switch i {
			case 0:
				if round%2 == 0 {
					return first(k.s.Session.Create(k.ctx(), next, claimOf(next)))
				}
				return first(k.s.Session.Rotate(k.ctx(), guest.Ref, 1, next, claimOf(next), 0))
			case 1:
				return k.s.Session.Raise(k.ctx(), identity.UserScope(s))
			}
			return nil
		})
		k.winners(errs[1:], racers-1)
		if errs[0] != nil {
			k.fails("login", errs[0], session.ErrEpoch)
		}
		equal(k, "listed", k.listed(s, at(0)), []session.Ref{})
	}
}

// IDN-067, SES-100
func raceUpdateDelete(k *kit) {
	for range rounds {
		r := k.create(k.rec(k.subject()))
		u := r
		u.Rev = 2
		errs := race(func(i int) error {
			switch i {
			case 0:
				return k.s.Session.Update(k.ctx(), u, 1, at(0))
			case 1:
				return k.s.Session.Delete(k.ctx(), r.Ref, r.Subject)
			}
			return nil
		})
		if k.must(errs[1]); errs[0] != nil {
			k.fails("update", errs[0], store.ErrNotFound)
		}
		k.lacks("deleted", r.Ref, at(0))
	}
}

// IDN-067, SES-106
func raceRotateDelete(k *kit) {
	for range rounds {
		s := k.subject()
		r, next := k.create(k.rec(s)), k.rec(s)
		errs := race(func(i int) error {
			switch i {
			case 0:
				return first(k.s.Session.Rotate(k.ctx(), r.Ref, 1, next, claimOf(next), time.Minute))
			case 1:
				return k.s.Session.Delete(k.ctx(), r.Ref, s)
			}
			return nil
		})
		if k.must(errs[1]); errs[0] != nil {
			k.fails("rotate", errs[0], store.ErrNotFound)
		}
		k.lacks("old", r.Ref, at(0))
		k.lacks("next", next.Ref, at(0))
		equal(k, "listed", k.listed(s, at(0)), []session.Ref{})
	}
}

// SES-195, SES-196, SES-208
func raceLoadRaise(k *kit) {
	r := k.create(k.rec(k.subject()))
	var acknowledged atomic.Uint64
	k.winners(race(func(i int) error {
		for range rounds {
			if i == 0 {
				if err := k.s.Session.Raise(k.ctx(), identity.UserScope(r.Subject)); err != nil {
					return err
				}
				acknowledged.Add(1)
				continue
			}
			known := acknowledged.Load()
			_, e, err := k.s.Session.Load(k.ctx(), r.Ref, at(0))
			if err != nil {
				return err
			}
			if e.User < known {
				return fmt.Errorf("a load shows epoch %d after raise %d was acknowledged", e.User, known)
			}
		}
		return nil
	}), racers)
}

// A rotation that raises the epoch takes the old record away in the same step,
// so nobody ever meets the old record together with the new epoch.
//
// SES-195, SES-206
func raceLoadMoment(k *kit) {
	const bouts = 50
	own, next, claims := make([]session.Record, bouts), make([]session.Record, bouts), make([]session.Claim, bouts)
	for i := range bouts {
		own[i] = k.create(k.rec(k.subject()))
		next[i], claims[i] = k.raisingClaim(own[i])
	}
	var bout atomic.Int64
	k.winners(race(func(i int) error {
		// A few are enough; more would only keep the one from its turn.
		for n := bout.Load(); i < 8 && n < bouts; n = bout.Load() {
			if i == 0 {
				if err := first(k.s.Session.Rotate(k.ctx(), own[n].Ref, 1, next[n], claims[n], 0)); err != nil {
					return err
				}
				bout.Add(1)
				continue
			}
			rec, e, err := k.s.Session.Load(k.ctx(), own[n].Ref, at(0))
			if err == nil && !rec.Epochs.Covers(e.Epochs) {
				return fmt.Errorf("a record stamped %v was loaded with the epochs %v that ended it", rec.Epochs, e)
			}
			if err != nil && !errors.Is(err, store.ErrNotFound) {
				return err
			}
		}
		return nil
	}), racers)
}

// SES-229
func raceTouch(k *kit) {
	r := k.create(k.rec(k.subject()))
	k.winners(race(func(i int) error {
		return k.s.Session.Touch(k.ctx(), r.Ref, at(idle+time.Duration(i)*time.Second), at(0))
	}), racers)
	r.IdleUntil = at(idle + (racers-1)*time.Second)
	k.holds(r, at(0))
}
