package storetest

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/store"
)

// What a watch tells. Nothing here asks that something is not told: a watch may say
// too much, and in any order.
func testWatches(t *testing.T, f Factory) {
	t.Helper()
	runCases(t, f, []testCase{
		{"a_watch_tells_a_deleted_login", watchDelete},
		{"a_watch_tells_evicted_logins", watchEvict},
		{"a_watch_tells_a_login_that_gives_way", watchReplaced},
		{"a_watch_tells_every_raised_scope", watchRaise},
		{"a_watch_hears_from_its_beginning_on", watchFrom},
		{"every_watch_is_told_until_it_is_closed", watchTwo},
		{"a_wait_that_ends_loses_nothing", watchWait},
		{"a_watch_leaves_no_ending_out", watchMany},
	})
}

// watchTime bounds the wait for what must come; a backend that keeps its promise
// needs about a second.
const watchTime = 30 * time.Second

// watch begins to follow what ends.
func (k *kit) watch() session.Watch {
	k.Helper()
	w, err := k.s.Session.Watch(k.ctx())
	k.must(err)
	k.Cleanup(func() {
		if err := w.Close(); err != nil {
			k.Errorf("close: %v", err)
		}
	})
	return w
}

// told waits until a watch has told all of these.
func (k *kit) told(what string, w session.Watch, want ...session.Ending) {
	k.Helper()
	ctx, cancel := clock.WithTimeout(k.ctx(), clock.System(), watchTime)
	defer cancel()
	missing := slices.Clone(want)
	for len(missing) > 0 {
		ended, err := w.Next(ctx)
		if err != nil {
			k.Fatalf("%s: %d of %d not told: %v", what, len(missing), len(want), err)
		}
		if len(ended) == 0 {
			k.Fatalf("%s: told of nothing", what)
		}
		missing = slices.DeleteFunc(missing, func(e session.Ending) bool { return slices.Contains(ended, e) })
	}
}

func endOf(r session.Record) session.Ending { return session.Ending{Login: r.Login} }

// SES-207
func watchDelete(k *kit) {
	s := k.subject()
	plain, rotated, past := k.login(s, at(0)), k.login(s, at(1)), k.login(s, at(2))
	guest := k.create(k.rec(identity.Subject{}))
	next := k.rotate(rotated, time.Minute)
	k.rotate(past, time.Minute)
	w := k.watch()
	k.must(k.s.Session.Delete(k.ctx(), guest.Ref, identity.Subject{}))
	k.must(k.s.Session.Delete(k.ctx(), plain.Ref, s))
	k.told("of its subject", w, endOf(plain))
	k.must(k.s.Session.Delete(k.ctx(), next.Ref, identity.Subject{}))
	k.told("by its newest ref", w, endOf(rotated))
	k.must(k.s.Session.Delete(k.ctx(), past.Ref, s))
	k.told("by the ref before a rotation", w, endOf(past))
}

// SES-203, SES-207
func watchEvict(k *kit) {
	s := k.subject()
	first, second := k.loginAt(s, 1), k.loginAt(s, 2)
	k.loginAt(s, 3)
	w := k.watch()
	next := k.rec(s)
	next.AuthAt = at(4)
	claim := claimOf(next)
	claim.Limit.Max = 2
	evicted, err := k.s.Session.Create(k.ctx(), next, claim)
	k.must(err)
	equal(k, "evicted", evicted, []session.Ref{first.Ref, second.Ref})
	k.told("evicted", w, endOf(first), endOf(second))
}

// A rotation into another login, as at a sign-in over a sign-in or where an
// administrator begins to act. SES-207, SES-018
func watchReplaced(k *kit) {
	for name, grace := range map[string]time.Duration{"with grace": time.Minute, "without": 0} {
		s := k.subject()
		own, same, other := k.login(s, at(0)), k.login(s, at(0)), k.login(s, at(0))
		w := k.watch()
		again := k.rec(s)
		_, err := k.s.Session.Rotate(k.ctx(), own.Ref, 1, again, claimOf(again), grace)
		k.must(err)
		k.told("another login of the same person, "+name, w, endOf(own))
		stranger := k.rec(k.subject())
		stranger.Login = same.Login
		_, err = k.s.Session.Rotate(k.ctx(), same.Ref, 1, stranger, claimOf(stranger), grace)
		k.must(err)
		k.told("another person, "+name, w, endOf(same))
		nobody := k.rec(identity.Subject{})
		_, err = k.s.Session.Rotate(k.ctx(), other.Ref, 1, nobody, claimOf(nobody), grace)
		k.must(err)
		k.told("nobody, "+name, w, endOf(other))
	}
}

// SES-196, SES-197, SES-206, SES-207
func watchRaise(k *kit) {
	s := k.subject()
	w := k.watch()
	for _, scope := range []identity.Scope{identity.UserScope(s), identity.TenantScope(s.Tenant), identity.GlobalScope()} {
		k.must(k.s.Session.Raise(k.ctx(), scope))
		k.told("raised", w, session.Ending{Scope: scope})
		if k.s.Split() {
			continue
		}
		k.must(k.s.Identity.Apply(k.ctx(), identity.RaiseEpoch{Scope: scope}))
		k.told("raised with a change", w, session.Ending{Scope: scope})
		e := k.epochs(s)
		from := map[identity.ScopeKind]uint64{identity.ScopeUser: e.User, identity.ScopeTenant: e.Tenant, identity.ScopeGlobal: e.Global}
		k.must(k.s.Identity.Apply(k.ctx(), identity.RaiseEpoch{Scope: scope, From: from[scope.Kind()], Check: true}))
		k.told("raised from", w, session.Ending{Scope: scope})
	}
	own := k.login(s, at(0))
	next, claim := k.raisingClaim(own)
	_, err := k.s.Session.Rotate(k.ctx(), own.Ref, 1, next, claim, 0)
	k.must(err)
	k.told("raised by a claim", w, session.Ending{Scope: identity.UserScope(s)})
}

// SES-207
func watchFrom(k *kit) {
	s := k.subject()
	r := k.login(s, at(0))
	w := k.watch()
	k.must(k.s.Session.Delete(k.ctx(), r.Ref, s))
	k.must(k.s.Session.Raise(k.ctx(), identity.UserScope(s)))
	k.told("before anybody asked", w, endOf(r), session.Ending{Scope: identity.UserScope(s)})
}

// SES-207
func watchTwo(k *kit) {
	s := k.subject()
	one, two := k.watch(), k.watch()
	k.must(k.s.Session.Raise(k.ctx(), identity.UserScope(s)))
	k.told("the first", one, session.Ending{Scope: identity.UserScope(s)})
	k.must(one.Close())
	_, err := one.Next(k.ctx())
	k.fails("closed", err, store.ErrUnavailable)
	k.must(one.Close())
	k.must(k.s.Session.Raise(k.ctx(), identity.TenantScope(s.Tenant)))
	k.told("the second", two, session.Ending{Scope: identity.UserScope(s)}, session.Ending{Scope: identity.TenantScope(s.Tenant)})
	waits := make(chan error)
	go func() {
		_, err := two.Next(k.ctx())
		waits <- err
	}()
	k.must(two.Close())
	select {
	case err := <-waits:
		k.fails("closed while it waits", err, store.ErrUnavailable)
	case <-k.ctx().Done():
		k.Error("a watch that is closed waits on")
	}
}

// SES-207, STO-001
func watchWait(k *kit) {
	s := k.subject()
	w := k.watch()
	_, err := w.Next(k.cancelled())
	k.fails("ended before", err, context.Canceled)
	k.fails("ended before", err, store.ErrUnavailable)
	ctx, cancel := clock.WithTimeout(k.ctx(), clock.System(), 20*time.Millisecond)
	defer cancel()
	if _, err = w.Next(ctx); !errors.Is(err, store.ErrUnavailable) || !errors.Is(err, context.DeadlineExceeded) {
		k.Errorf("a wait that ended: %v", err)
	}
	k.must(k.s.Session.Raise(k.ctx(), identity.UserScope(s)))
	_, err = w.Next(k.cancelled())
	k.fails("ended before, with something to tell", err, context.Canceled)
	k.told("afterwards", w, session.Ending{Scope: identity.UserScope(s)})
}

// Many at once, of which transactions that overtake one another. SES-207, STO-028
func watchMany(k *kit) {
	var want []session.Ending
	var all []session.Record
	for range racers {
		r := k.login(k.subject(), at(0))
		all, want = append(all, r), append(want, endOf(r))
	}
	w := k.watch()
	var done sync.WaitGroup
	done.Go(func() {
		k.winners(race(func(i int) error { return k.s.Session.Delete(k.ctx(), all[i].Ref, all[i].Subject) }), racers)
	})
	k.told("64 at once", w, want...)
	done.Wait()
}
