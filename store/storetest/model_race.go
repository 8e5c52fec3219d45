package storetest

import (
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/sim/history"
	"github.com/axess-go/axess/sim/model"
	"github.com/axess-go/axess/store"
)

// How many meet, how often, and how many calls each makes in a row.
const (
	orderedRounds  = 16
	orderedCallers = 4
	orderedCalls   = 5
)

// ordered lets a few callers work on the same session, the same levers, the same
// credential and token at once, and asks whether the calls can have happened one after
// the other.
//
// SIM-061, SES-100, AUN-044, AUN-043, FAC-I11
func ordered(k *kit) {
	for round := range orderedRounds {
		for _, group := range []func(*kit, *witness) []script{orderedSessions, orderedLedger, orderedAccounts} {
			w := &witness{k: k, start: model.New()}
			scripts := group(k, w)
			w.run(scripts, round)
		}
	}
}

// script is a kind of call: it is made, and what came of it can be judged.
type script func(caller, n int) made

// made is a call that has been made.
type made struct {
	name string
	err  error
	ask  func(s *model.State, got error) error
}

// witness writes down when calls began and ended.
type witness struct {
	k     *kit
	start *model.State
	clock atomic.Int64
	mu    sync.Mutex
	ops   []history.Op[*model.State]
}

// first makes a call before the race.
func (w *witness) first(c made) {
	w.k.Helper()
	w.k.must(c.err)
	w.k.must(c.ask(w.start, nil))
}

// run lets every caller make calls, each in an order of its own, and judges them.
func (w *witness) run(scripts []script, round int) {
	w.k.Helper()
	var done sync.WaitGroup
	for caller := range orderedCallers {
		done.Go(func() {
			for n := range orderedCalls {
				w.call(scripts[(round*5+caller*3+n*(1+(round+caller)%3))%len(scripts)], caller, n)
			}
		})
	}
	done.Wait()
	c := history.New(w.start, model.Same)
	for _, op := range w.ops {
		c.Add(op)
	}
	if err := c.Judge(); err != nil {
		w.k.Errorf("round %d: %v", round, err)
	}
}

func (w *witness) call(s script, caller, n int) {
	began := w.clock.Add(1)
	c := s(caller, n)
	err := c.err
	op := history.Op[*model.State]{Name: c.name, Began: began, Ended: w.clock.Add(1)}
	if errors.Is(err, store.ErrUnavailable) { // it may have been made
		op.Lost, err = true, model.ErrUnknown
	}
	op.Do = func(s *model.State) (*model.State, error) {
		next := s.Clone()
		return next, c.ask(next, err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.ops = append(w.ops, op)
}

func orderedSessions(k *kit, w *witness) []script {
	ctx, st := k.ctx(), k.s.Session
	e, err := st.Epochs(ctx, identity.Subject{})
	k.must(err)
	for range e.Global { // the stores have served others
		k.must(w.start.Raise(identity.GlobalScope(), nil, nil))
	}
	sub := k.subject()
	var mu sync.Mutex // of the source
	login := func() (session.Record, session.Claim) {
		mu.Lock()
		defer mu.Unlock()
		rec := k.rec(sub)
		rec.Epochs = e
		c := claimOf(rec)
		c.Limit = session.LimitPolicy{Max: 2}
		return rec, c
	}
	base, _ := login()
	create := func(rec session.Record, c session.Claim) made {
		out, err := st.Create(ctx, rec, c)
		return made{"create", err, func(s *model.State, got error) error { return s.Create(rec, c, nil, out, got) }}
	}
	w.first(create(base, claimOf(base)))
	update := func(caller, n int) made {
		rec := base
		rec.Rev, rec.Sealed = uint64(n)+2, []byte{byte(n), byte(caller)}
		err := st.Update(ctx, rec, rec.Rev-1, at(0))
		return made{"update", err, func(s *model.State, got error) error { return s.Update(rec, rec.Rev-1, at(0), got) }}
	}
	return []script{
		func(int, int) made { return create(login()) },
		update,
		update,
		func(int, int) made {
			rec, cur, err := st.Load(ctx, base.Ref, at(0))
			return made{"load", err, func(s *model.State, got error) error { return s.Load(base.Ref, at(0), rec, cur, got) }}
		},
		func(caller, n int) made {
			until := at(idle).Add(time.Duration(caller*10+n) * time.Second)
			err := st.Touch(ctx, base.Ref, until, at(0))
			return made{"touch", err, func(s *model.State, got error) error { return s.Touch(base.Ref, until, at(0), got) }}
		},
		func(caller, n int) made {
			if caller%2 > 0 { // the others go on with it
				return update(caller, n)
			}
			next, c := login()
			rev, grace := uint64(n%2)+1, time.Duration(n%2)*time.Minute
			out, err := st.Rotate(ctx, base.Ref, rev, next, c, grace)
			return made{"rotate", err, func(s *model.State, got error) error {
				return s.Rotate(base.Ref, rev, next, c, grace, nil, out, got)
			}}
		},
		func(int, int) made {
			list, err := st.Sessions(ctx, sub, session.Ref{}, 100, at(0))
			return made{"list", err, func(s *model.State, got error) error {
				return s.Sessions(sub, session.Ref{}, 100, at(0), list, got)
			}}
		},
		func(_, n int) made {
			if n == orderedCalls-1 {
				err := st.Delete(ctx, base.Ref, sub)
				return made{"delete", err, func(s *model.State, got error) error { return s.Delete(base.Ref, sub, nil, got) }}
			}
			err := st.Raise(ctx, identity.UserScope(sub))
			return made{"raise", err, func(s *model.State, got error) error { return s.Raise(identity.UserScope(sub), nil, got) }}
		},
	}
}

func orderedLedger(k *kit, _ *witness) []script {
	ctx, st := k.ctx(), k.s.Throttle
	policy := authn.LockPolicy{Threshold: 3, Window: time.Hour, Lock: time.Minute, Factor: 2, Cap: time.Hour, Decay: time.Hour}
	levers := []authn.Lever{{Key: authn.Key(entropy.Bytes32(k.src)), Policy: policy}, {Key: authn.Key(entropy.Bytes32(k.src)), Policy: policy}}
	flow := entropy.Bytes16(k.src)
	var mu sync.Mutex
	var open []authn.Reservation
	take := func() authn.Reservation {
		mu.Lock()
		defer mu.Unlock()
		if len(open) == 0 {
			return authn.Reservation{ID: [16]byte{1}, Keys: []authn.Key{levers[0].Key, levers[1].Key}} // of nobody
		}
		return open[len(open)-1] // it may be settled twice
	}
	reserve := func(of authn.Attempt) made {
		r, err := st.Reserve(ctx, of, at(0))
		if err == nil && len(of.Levers) == len(levers) {
			mu.Lock()
			defer mu.Unlock()
			open = append(open, r)
		}
		return made{"reserve", err, func(s *model.State, got error) error { return s.Reserve(of, at(0), r, got) }}
	}
	commit := func(v authn.Verdict) made {
		r := take()
		locks, err := st.Commit(ctx, r, v, levers, at(0))
		return made{"commit", err, func(s *model.State, got error) error { return s.Commit(r, v, levers, at(0), locks, got) }}
	}
	return []script{
		func(int, int) made {
			return reserve(authn.Attempt{Levers: levers})
		},
		func(int, int) made { return commit(authn.Failed) },
		func(int, int) made {
			return reserve(authn.Attempt{Levers: levers, Flow: flow})
		},
		func(int, int) made {
			return reserve(authn.Attempt{Levers: levers[1:]})
		},
		func(_, n int) made {
			if n%3 == 2 {
				return commit(authn.Cleared)
			}
			r := take()
			err := st.Release(ctx, r, at(0))
			return made{"release", err, func(s *model.State, got error) error { return s.Release(r, at(0), got) }}
		},
	}
}

func orderedAccounts(k *kit, w *witness) []script {
	ctx, id := k.ctx(), k.s.Identity
	t := k.tenant("acme")
	u := k.user(t, "ada@example.test", "ada")
	cred, token := k.credential(u, 1), k.token(u, identity.TokenReset)
	apply := func(changes ...identity.Change) made {
		err := id.Apply(ctx, changes...)
		return made{"apply", err, func(s *model.State, got error) error { return s.Apply(changes, got) }}
	}
	w.first(apply(identity.NewTenant{Tenant: t}, identity.NewUser{User: u}, identity.PutCredential{Credential: cred}, identity.PutToken{Token: token}))
	return []script{
		func(_, n int) made {
			next := cred
			next.Version = uint64(n) + 1
			next = advanced(next)
			err := id.Record(ctx, identity.AdvanceCredential{Credential: next})
			return made{"advance", err, func(s *model.State, got error) error {
				return s.Record([]identity.LogChange{identity.AdvanceCredential{Credential: next}}, got)
			}}
		},
		func(int, int) made {
			a, err := id.AccountByID(ctx, u.Subject())
			return made{"account", err, func(s *model.State, got error) error { return s.AccountByID(u.Subject(), a, got) }}
		},
		func(int, int) made {
			return apply(identity.ConsumeToken{Selector: token.Selector, Digest: token.Digest, Purpose: token.Purpose, Now: at(0)},
				identity.VoidCredentials{Subject: u.Subject()})
		},
		func(caller, _ int) made {
			from, to := identity.Active, identity.Suspended
			if caller%2 > 0 {
				from, to = to, from
			}
			return apply(identity.Transition{Subject: u.Subject(), From: from, To: to, Detail: identity.StateDetail{Since: at(time.Duration(caller) * time.Second)}})
		},
		func(_, n int) made {
			return apply(identity.RecordLogin{Subject: u.Subject(), At: at(time.Duration(n) * time.Minute), Used: []identity.CredentialID{cred.ID}})
		},
		func(int, int) made {
			return apply(identity.CountTry{Selector: token.Selector, Digest: token.Digest, Purpose: token.Purpose, Max: 2, Now: at(0)})
		},
		func(int, int) made {
			have, err := id.TokenBySelector(ctx, token.Selector)
			return made{"token", err, func(s *model.State, got error) error { return s.TokenBySelector(token.Selector, have, got) }}
		},
	}
}
