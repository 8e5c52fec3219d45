package storetest

import (
	"testing"
	"time"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/store"
)

// Sessions in which an administrator acts as somebody else.
func testActors(t *testing.T, f Factory) {
	t.Helper()
	runCases(t, f, []testCase{
		{"a_load_names_the_actor_and_their_epochs", actorLoad},
		{"a_session_with_an_actor_needs_the_epochs_of_both", actorEpochs},
		{"a_session_with_an_actor_takes_no_place", actorLimit},
		{"a_session_with_an_actor_is_listed_until_either_is_revoked", actorListed},
		{"malformed_actors_are_ErrBadArgument", actorArguments},
	})
}

// acting is a record of s in which a acts, with its claim.
func (k *kit) acting(s, a identity.Subject) (session.Record, session.Claim) {
	k.Helper()
	r := k.rec(s)
	r.Actor, r.Epochs = a, k.epochs(s)
	c := claimOf(r)
	c.Actor, c.ActorExpect = a, k.epochs(a)
	return r, c
}

func (k *kit) createActing(s, a identity.Subject) session.Record {
	k.Helper()
	r, c := k.acting(s, a)
	k.must(first(k.s.Session.Create(k.ctx(), r, c)))
	return r
}

// pair is a person and an administrator of one tenant.
func (k *kit) pair() (person, admin identity.Subject) {
	person = k.subject()
	return person, identity.Subject{Tenant: person.Tenant, User: identity.NewUserID(k.src)}
}

// SES-018
func actorLoad(k *kit) {
	s, a := k.pair()
	k.must(k.s.Session.Raise(k.ctx(), identity.UserScope(a)))
	r := k.createActing(s, a)
	k.holds(r, at(0))
	k.must(k.s.Session.Raise(k.ctx(), identity.UserScope(a)))
	k.must(k.s.Session.Raise(k.ctx(), identity.UserScope(s)))
	_, e, err := k.s.Session.Load(k.ctx(), r.Ref, at(0))
	k.must(err)
	equal(k, "epochs", e, session.Current{Epochs: identity.Epochs{User: 1}, Actor: identity.Epochs{User: 2}})
	k.must(k.s.Session.Raise(k.ctx(), identity.TenantScope(a.Tenant)))
	k.must(k.s.Session.Raise(k.ctx(), identity.GlobalScope()))
	_, e, err = k.s.Session.Load(k.ctx(), r.Ref, at(0))
	k.must(err)
	equal(k, "epochs", e, session.Current{
		Epochs: identity.Epochs{Global: 1, Tenant: 1, User: 1}, Actor: identity.Epochs{Global: 1, Tenant: 1, User: 2},
	})
	// The actor is as fast in the record as its subject.
	r.Rev, r.Sealed = 2, []byte("updated")
	u := r
	u.Actor = identity.Subject{}
	k.must(k.s.Session.Update(k.ctx(), u, 1, at(0)))
	k.holds(r, at(0))
	own := k.login(k.subject(), at(0))
	_, e, err = k.s.Session.Load(k.ctx(), own.Ref, at(0))
	k.must(err)
	equal(k, "epochs of nobody", e.Actor, identity.Epochs{})
}

// SES-018, SES-201
func actorEpochs(k *kit) {
	s, a := k.pair()
	own := k.login(a, at(0))
	for _, scope := range []identity.Scope{identity.UserScope(a), identity.UserScope(s), identity.TenantScope(a.Tenant), identity.GlobalScope()} {
		r, c := k.acting(s, a)
		k.must(k.s.Session.Raise(k.ctx(), scope))
		k.fails("create", first(k.s.Session.Create(k.ctx(), r, c, k.row(store.TopicAudit))), session.ErrEpoch)
		k.fails("rotate", first(k.s.Session.Rotate(k.ctx(), own.Ref, 1, r, c, 0, k.row(store.TopicAudit))), session.ErrEpoch)
		k.lacks("refused", r.Ref, at(0))
	}
	k.holds(own, at(0))
	equal(k, "rows", k.rows(store.TopicAudit), [][16]byte{})
	r, c := k.acting(s, a)
	k.must(first(k.s.Session.Rotate(k.ctx(), own.Ref, 1, r, c, 0)))
	k.holds(r, at(0))
	k.lacks("the administrator's own", own.Ref, at(0))
	// And back.
	back := k.rec(a)
	back.Epochs = k.epochs(a)
	k.must(k.s.Session.Raise(k.ctx(), identity.UserScope(a)))
	k.fails("back after a revocation", first(k.s.Session.Rotate(k.ctx(), r.Ref, 1, back, claimOf(back), 0)), session.ErrEpoch)
	k.holds(r, at(0))
}

// SES-018, SES-203
func actorLimit(k *kit) {
	s, a := k.pair()
	refuse := func(c session.Claim) session.Claim {
		c.Limit = session.LimitPolicy{Max: 2, RefuseNew: true}
		return c
	}
	evict := func(c session.Claim) session.Claim {
		c.Limit = session.LimitPolicy{Max: 2}
		return c
	}
	old := k.loginAt(s, 1)
	acting, c := k.acting(s, a)
	acting.AuthAt = at(-time.Hour) // the oldest, if it counted
	k.must(first(k.s.Session.Create(k.ctx(), acting, refuse(c))))
	second := k.rec(s)
	second.AuthAt = at(2 * time.Minute)
	k.must(first(k.s.Session.Create(k.ctx(), second, refuse(claimOf(second))))) // the second that counts
	more, c := k.acting(s, a)
	more.AuthAt = at(-2 * time.Hour)
	evicted, err := k.s.Session.Create(k.ctx(), more, refuse(c)) // full, and still
	k.must(err)
	equal(k, "evicted by an actor", evicted, nil)
	third := k.rec(s)
	k.fails("a third", first(k.s.Session.Create(k.ctx(), third, refuse(claimOf(third)))), session.ErrSessionLimit)
	third.AuthAt = at(3 * time.Minute)
	evicted, err = k.s.Session.Create(k.ctx(), third, evict(claimOf(third)))
	k.must(err)
	equal(k, "evicted", evicted, []session.Ref{old.Ref})
	// What an administrator leaves to the person is no place of the person's.
	back := k.rec(s)
	k.fails("rotated out of an actor", first(k.s.Session.Rotate(k.ctx(), more.Ref, 1, back, refuse(claimOf(back)), 0)), session.ErrSessionLimit)
	equal(k, "listed", k.listed(s, at(0)), []session.Ref{third.Ref, second.Ref, acting.Ref, more.Ref})
}

// SES-018, SES-205
func actorListed(k *kit) {
	for _, of := range []func(s, a identity.Subject) identity.Scope{
		func(_, a identity.Subject) identity.Scope { return identity.UserScope(a) },
		func(s, _ identity.Subject) identity.Scope { return identity.UserScope(s) },
		func(s, _ identity.Subject) identity.Scope { return identity.TenantScope(s.Tenant) },
	} {
		s, a := k.pair()
		k.must(k.s.Session.Raise(k.ctx(), identity.UserScope(a))) // a stamp that a lost one cannot pass for
		r := k.createActing(s, a)
		page, err := k.s.Session.Sessions(k.ctx(), s, session.Ref{}, 10, at(0))
		k.must(err)
		equal(k, "page", page, []session.Listed{{Record: r, Seen: at(0)}})
		equal(k, "the administrator's list", k.listed(a, at(0)), []session.Ref{})
		// A rotation and an update keep what was known of the actor.
		next, c := k.acting(s, a)
		k.must(first(k.s.Session.Rotate(k.ctx(), r.Ref, 1, next, c, time.Minute)))
		next.Prev, next.Rev, next.Sealed = r.Ref, 2, []byte("updated")
		k.must(k.s.Session.Update(k.ctx(), next, 1, at(0)))
		equal(k, "before", k.listed(s, at(0)), []session.Ref{next.Ref})
		k.must(k.s.Session.Raise(k.ctx(), of(s, a)))
		equal(k, "after", k.listed(s, at(0)), []session.Ref{})
	}
	s, a := k.pair()
	b := identity.Subject{Tenant: s.Tenant, User: identity.NewUserID(k.src)}
	r := k.createActing(s, a)
	k.must(k.s.Session.Raise(k.ctx(), identity.UserScope(b)))
	equal(k, "after another's revocation", k.listed(s, at(0)), []session.Ref{r.Ref})
}

// SES-018
func actorArguments(k *kit) {
	s, a := k.pair()
	old := k.create(k.rec(s))
	for what, edit := range map[string]func(*session.Record, *session.Claim){
		"record without": func(r *session.Record, _ *session.Claim) { r.Actor = identity.Subject{} },
		"claim without":  func(_ *session.Record, c *session.Claim) { c.Actor = identity.Subject{} },
		"another":        func(_ *session.Record, c *session.Claim) { c.Actor = k.subject() },
		"half an actor":  func(r *session.Record, c *session.Claim) { r.Actor.User = identity.UserID{}; c.Actor = r.Actor },
		"oneself":        func(r *session.Record, c *session.Claim) { r.Actor, c.Actor = s, s },
		"actor in nobody": func(r *session.Record, c *session.Claim) {
			r.Subject, c.Subject = identity.Subject{}, identity.Subject{}
		},
		"with a raise": func(r *session.Record, c *session.Claim) { c.Raise = true; r.Epochs.User++ },
	} {
		r, c := k.acting(s, a)
		edit(&r, &c)
		k.fails("create, "+what, first(k.s.Session.Create(k.ctx(), r, c)), store.ErrBadArgument)
		k.fails("rotate, "+what, first(k.s.Session.Rotate(k.ctx(), old.Ref, 1, r, c, 0)), store.ErrBadArgument)
	}
	k.holds(old, at(0))
}
