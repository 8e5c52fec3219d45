package model_test

import (
	"errors"
	"testing"
	"time"

	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/sim/model"
	"github.com/axess-go/axess/store"
)

func at(d time.Duration) time.Time { return time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC).Add(d) }

// set is a store with one session, one user and what belongs to them.
type set struct {
	*model.State
	rec   session.Record
	user  identity.User
	cred  identity.Credential
	token identity.Token
	lever authn.Lever
}

func setup(t *testing.T) *set {
	t.Helper()
	src := entropy.Seeded(1)
	tenant := identity.Tenant{ID: identity.NewTenantID(src), Slug: "acme", Status: identity.TenantActive}
	s := &set{State: model.New()}
	s.user = identity.User{
		ID: identity.NewUserID(src), Tenant: tenant.ID, State: identity.Active,
		Identifiers: []identity.Identifier{{Kind: identity.Username, Typed: "Ada", Canonical: "ada"}},
	}
	s.cred = identity.Credential{ID: identity.NewCredentialID(src), Tenant: tenant.ID, User: s.user.ID, Kind: "totp", State: identity.CredentialActive, Version: 1}
	s.token = identity.Token{Selector: [16]byte{1}, Digest: [32]byte{1}, Purpose: identity.TokenReset, Tenant: tenant.ID, User: s.user.ID, ExpiresAt: at(time.Hour)}
	s.rec = session.Record{
		Ref: identity.NewID[session.Ref](src), Rev: 1, Subject: s.user.Subject(), Login: identity.NewLoginID(src), AuthAt: at(0), CreatedAt: at(0),
		IdleUntil: at(30 * time.Minute), AbsUntil: at(time.Hour), Sealed: []byte("sealed"),
	}
	s.lever = authn.Lever{Key: authn.Key{1}, Policy: authn.LockPolicy{Threshold: 2, Window: time.Hour, Lock: time.Minute, Factor: 2, Cap: time.Hour, Decay: 2 * time.Hour}}
	must(t, s.Apply([]identity.Change{
		identity.NewTenant{Tenant: tenant}, identity.NewUser{User: s.user}, identity.PutCredential{Credential: s.cred}, identity.PutToken{Token: s.token},
	}, nil))
	must(t, s.Create(s.rec, s.claim(), nil, nil, nil))
	return s
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (s *set) claim() session.Claim { return session.Claim{Subject: s.rec.Subject, Now: at(0)} }

// next is a record in the place of that of the set.
func (s *set) next(n uint64) session.Record {
	r := s.rec
	r.Ref = identity.NewID[session.Ref](entropy.Seeded(100 + n))
	return r
}

func (s *set) attempt() authn.Attempt {
	return authn.Attempt{Flow: [16]byte{7}, Levers: []authn.Lever{s.lever}}
}

func (s *set) reservation(id byte) authn.Reservation {
	return authn.Reservation{ID: [16]byte{id}, Flow: [16]byte{7}, Keys: []authn.Key{s.lever.Key}}
}

func (s *set) changed(got error, changes ...identity.Change) error { return s.Apply(changes, got) }

// SIM-021, SIM-061: what no store may answer, the model refuses; what it may, it does not.
func TestState_knows_wrong_answers(t *testing.T) {
	t.Parallel()
	lost := errors.New("another error")
	for name, c := range map[string]struct {
		first func(s *set) error // what is right
		wrong func(s *set) error
	}{
		"a session that is there is not": {wrong: func(s *set) error {
			return s.Load(s.rec.Ref, at(0), session.Record{}, session.Current{}, store.ErrNotFound)
		}},
		"one that has ended is there": {wrong: func(s *set) error { return s.Load(s.rec.Ref, at(30*time.Minute), s.rec, session.Current{}, nil) }},
		"with another body": {wrong: func(s *set) error {
			r := s.rec
			r.Sealed = []byte("Sealed")
			return s.Load(r.Ref, at(0), r, session.Current{}, nil)
		}},
		"with epochs that nobody made": {wrong: func(s *set) error {
			return s.Load(s.rec.Ref, at(0), s.rec, session.Current{Epochs: identity.Epochs{User: 1}}, nil)
		}},
		"a touch into the past": {
			first: func(s *set) error { return s.Touch(s.rec.Ref, at(time.Minute), at(0), nil) },
			wrong: func(s *set) error {
				r := s.rec
				r.IdleUntil = at(time.Minute)
				return s.Load(r.Ref, at(0), r, session.Current{}, nil)
			},
		},
		"a touch past the end": {
			first: func(s *set) error { return s.Touch(s.rec.Ref, at(2*time.Hour), at(0), nil) },
			wrong: func(s *set) error {
				r := s.rec
				r.IdleUntil = at(2 * time.Hour)
				return s.Load(r.Ref, at(0), r, session.Current{}, nil)
			},
		},
		"a write on an old revision": {
			first: func(s *set) error { r := s.rec; r.Rev = 2; return s.Update(r, 1, at(0), nil) },
			wrong: func(s *set) error { r := s.rec; r.Rev = 2; return s.Update(r, 1, at(0), nil) },
		},
		"a write that brings something back": {
			first: func(s *set) error { return s.Delete(s.rec.Ref, identity.Subject{}, nil, nil) },
			wrong: func(s *set) error { r := s.rec; r.Rev = 2; return s.Update(r, 1, at(0), nil) },
		},
		"two rotations of one session": {
			first: func(s *set) error { return s.Rotate(s.rec.Ref, 1, s.next(1), s.claim(), time.Minute, nil, nil, nil) },
			wrong: func(s *set) error { return s.Rotate(s.rec.Ref, 1, s.next(2), s.claim(), time.Minute, nil, nil, nil) },
		},
		"a predecessor behind its grace": {
			first: func(s *set) error { return s.Rotate(s.rec.Ref, 1, s.next(1), s.claim(), time.Minute, nil, nil, nil) },
			wrong: func(s *set) error {
				r := s.rec
				r.Superseded, r.IdleUntil = true, at(time.Minute)
				return s.Load(r.Ref, at(time.Minute), r, session.Current{}, nil)
			},
		},
		"a predecessor that outlives the end of its successor": {
			first: func(s *set) error {
				return errors.Join(s.Rotate(s.rec.Ref, 1, s.next(1), s.claim(), time.Minute, nil, nil, nil), s.Delete(s.next(1).Ref, identity.Subject{}, nil, nil))
			},
			wrong: func(s *set) error { return s.Load(s.rec.Ref, at(0), s.rec, session.Current{}, nil) },
		},
		"a sign-in that a revocation has overtaken": {
			first: func(s *set) error { return s.Raise(identity.UserScope(s.rec.Subject), nil, nil) },
			wrong: func(s *set) error { return s.Create(s.next(1), s.claim(), nil, nil, nil) },
		},
		"one session too many": {wrong: func(s *set) error {
			c := s.claim()
			c.Limit.Max = 1
			return s.Create(s.next(1), c, nil, nil, nil)
		}},
		"one that need not have gone": {wrong: func(s *set) error { return s.Create(s.next(1), s.claim(), nil, []session.Ref{s.rec.Ref}, nil) }},
		"a revoked session in a list": {
			first: func(s *set) error { return s.Raise(identity.TenantScope(s.user.Tenant), nil, nil) },
			wrong: func(s *set) error {
				return s.Sessions(s.rec.Subject, session.Ref{}, 10, at(0), []session.Listed{{Record: s.rec, Seen: at(0)}}, nil)
			},
		},
		"a sweep of what lives": {wrong: func(s *set) error { return s.Sweep(at(0), 10, 1, nil) }},
		"an epoch that fell": {
			first: func(s *set) error { return s.Raise(identity.GlobalScope(), nil, nil) },
			wrong: func(s *set) error { return s.Epochs(s.rec.Subject, identity.Epochs{}, nil) },
		},
		"a guess too many": {
			first: func(s *set) error {
				a := s.attempt()
				a.Flow = [16]byte{}
				return errors.Join(s.Reserve(a, at(0), s.reservation(1), nil), s.Reserve(a, at(0), s.reservation(2), nil))
			},
			wrong: func(s *set) error {
				a := s.attempt()
				a.Flow = [16]byte{}
				return s.Reserve(a, at(0), s.reservation(3), nil)
			},
		},
		"two guesses of one flow": {
			first: func(s *set) error { return s.Reserve(s.attempt(), at(0), s.reservation(1), nil) },
			wrong: func(s *set) error { return s.Reserve(s.attempt(), at(0), s.reservation(2), nil) },
		},
		"a lock that nobody is told of": {
			first: func(s *set) error {
				a := s.attempt()
				a.Flow = [16]byte{}
				r := errors.Join(s.Reserve(a, at(0), s.reservation(1), nil), s.Reserve(a, at(0), s.reservation(2), nil))
				return errors.Join(r, s.Commit(s.reservation(1), authn.Failed, a.Levers, at(0), nil, nil))
			},
			wrong: func(s *set) error {
				return s.Commit(s.reservation(2), authn.Failed, s.attempt().Levers, at(0), nil, nil)
			},
		},
		"a guess that a crash makes free": {
			first: func(s *set) error {
				a := s.attempt()
				a.Flow = [16]byte{}
				return errors.Join(s.Reserve(a, at(0), s.reservation(1), nil), s.Reserve(a, at(0), s.reservation(2), nil))
			},
			wrong: func(s *set) error { return s.Reserve(s.attempt(), at(31*time.Second), s.reservation(3), nil) },
		},
		"a code that works twice": {
			first: func(s *set) error {
				n := s.cred
				n.Version = 2
				return s.changed(nil, identity.AdvanceCredential{Credential: n})
			},
			wrong: func(s *set) error {
				n := s.cred
				n.Version = 2
				return s.changed(nil, identity.AdvanceCredential{Credential: n})
			},
		},
		"a link that works twice": {
			first: func(s *set) error { return s.changed(nil, s.consume()) },
			wrong: func(s *set) error { return s.changed(nil, s.consume()) },
		},
		"a link that has run out":   {wrong: func(s *set) error { c := s.consume(); c.Now = at(time.Hour); return s.changed(nil, c) }},
		"a link for something else": {wrong: func(s *set) error { c := s.consume(); c.Purpose = identity.TokenSignUp; return s.changed(nil, c) }},
		"a link that is not taken":  {wrong: func(s *set) error { return s.changed(&identity.ChangeError{Err: store.ErrNotFound}, s.consume()) }},
		"the wrong change is blamed": {wrong: func(s *set) error {
			c := s.consume()
			return s.changed(&identity.ChangeError{Err: store.ErrNotFound}, c, c)
		}},
		"half of a commit": {
			first: func(s *set) error {
				return s.changed(&identity.ChangeError{Index: 1, Err: store.ErrNotFound}, s.consume(), s.consume())
			},
			wrong: func(s *set) error { return s.TokenBySelector(s.token.Selector, identity.Token{}, store.ErrNotFound) },
		},
		"a sign-in of somebody suspended": {
			first: func(s *set) error {
				return s.changed(nil, identity.Transition{Subject: s.rec.Subject, From: identity.Active, To: identity.Suspended})
			},
			wrong: func(s *set) error { return s.changed(nil, identity.RecordLogin{Subject: s.rec.Subject, At: at(0)}) },
		},
		"a name twice": {wrong: func(s *set) error {
			u := s.user
			u.ID = identity.NewUserID(entropy.Seeded(9))
			return s.changed(nil, identity.NewUser{User: u})
		}},
		"somebody who is erased": {
			first: func(s *set) error {
				return s.changed(nil, identity.EraseUser{Subject: s.rec.Subject, From: identity.Active})
			},
			wrong: func(s *set) error { return s.TokenBySelector(s.token.Selector, s.token, nil) },
		},
		"a role that nobody holds": {wrong: func(s *set) error { return s.HasRole(s.user.Tenant, "editor", true, nil) }},
		"a row that nobody wrote": {wrong: func(s *set) error {
			return s.Lease(store.TopicAudit, 1, []store.Pending{{Row: store.Row{ID: [16]byte{1}, Topic: store.TopicAudit}}}, nil)
		}},
		"an error of no kind": {wrong: func(s *set) error { return s.Raise(identity.GlobalScope(), nil, lost) }},
	} {
		s := setup(t)
		if c.first != nil {
			if err := c.first(s); err != nil {
				t.Errorf("%s: before it: %v", name, err)
			}
		}
		if c.wrong(s) == nil {
			t.Errorf("%s: the model says nothing", name)
		}
	}
}

func (s *set) consume() identity.ConsumeToken {
	return identity.ConsumeToken{Selector: s.token.Selector, Digest: s.token.Digest, Purpose: s.token.Purpose, Now: at(0)}
}

// SIM-061: of a call whose answer nobody heard, the effect is there if its condition held.
func TestState_makes_what_nobody_heard_of(t *testing.T) {
	t.Parallel()
	s := setup(t)
	must(t, s.changed(model.ErrUnknown, s.consume()))
	must(t, s.TokenBySelector(s.token.Selector, identity.Token{}, store.ErrNotFound))
	must(t, s.changed(model.ErrUnknown, s.consume()))
	r := s.rec
	r.Rev = 2
	must(t, s.Update(r, 1, at(0), model.ErrUnknown))
	must(t, s.Load(r.Ref, at(0), r, session.Current{}, nil))
	must(t, s.Update(r, 1, at(0), model.ErrUnknown))
	must(t, s.Load(r.Ref, at(0), r, session.Current{}, nil))
	a := s.attempt()
	a.Flow = [16]byte{}
	must(t, s.Reserve(a, at(0), authn.Reservation{}, model.ErrUnknown))
	must(t, s.Reserve(a, at(0), s.reservation(1), nil))
	if s.Reserve(a, at(0), s.reservation(2), nil) == nil {
		t.Error("an attempt that nobody heard of is free")
	}
}

// SIM-061: what has ended by one clock and not by another may be there or not, and from
// then on is what it was said to be.
func TestState_leaves_open_what_clocks_disagree_about(t *testing.T) {
	t.Parallel()
	for _, there := range []bool{true, false} {
		s := setup(t)
		must(t, s.Sweep(at(35*time.Minute), 10, 1, nil)) // dead for five minutes, to the moment
		answer, other := error(nil), store.ErrNotFound
		if !there {
			answer, other = store.ErrNotFound, nil
		}
		must(t, s.Load(s.rec.Ref, at(0), s.rec, session.Current{}, answer))
		if s.Load(s.rec.Ref, at(0), s.rec, session.Current{}, other) == nil {
			t.Errorf("there: %t, and then otherwise", there)
		}
	}
	s := setup(t)
	must(t, s.Sweep(at(36*time.Minute), 10, 1, nil))
	if s.Load(s.rec.Ref, at(0), s.rec, session.Current{}, nil) == nil {
		t.Error("what was swept is there")
	}
}
