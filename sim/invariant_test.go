package sim

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/backend"
	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/coro"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/store"
)

// lie makes something false in what the ghost knows, or in what people do, so that an
// invariant has to say so.
type lie struct {
	id, want string
	first    func(w *World) // before anything happens
	then     func(w *World) // in the middle of the run
	still    bool           // it is looked at in the end
	faults   Faults
}

func lies() []lie {
	everybody := func(do func(w *World, p *person)) func(w *World) {
		return func(w *World) {
			for _, p := range w.ghost.people {
				do(w, p)
			}
		}
	}
	logins := func(do func(w *World, l *login)) func(w *World) {
		return func(w *World) {
			for _, l := range w.ghost.logins {
				do(w, l)
			}
		}
	}
	return []lie{
		{id: linearID, want: "session.Update: got success, which should be store: conflict", first: adapter(func(s *backend.Stores) {
			s.Session = stale{s.Session}
		})},
		{id: linearID, want: "session.Rotate: got success, which should be store: ", first: adapter(func(s *backend.Stores) {
			s.Session = twoWin{s.Session}
		})},
		{id: linearID, want: "throttle.Reserve: got success, which should be lever ", first: adapter(func(s *backend.Stores) {
			s.Throttle = oneMore{s.Throttle}
		})},
		{id: linearID, want: "which should be store: not found, of change 0, identity.ConsumeToken", faults: Faults{Twice: 100_000}, first: adapter(func(s *backend.Stores) {
			s.Identity = again{s.Identity}
		})},
		{id: "I01", want: "which nobody has proved", then: everybody(func(_ *World, p *person) { p.proofs = nil })},
		{id: "I01", want: "without the app", then: everybody(func(_ *World, p *person) {
			p.apps = append(p.apps, &app{label: "none", sure: 1, key: []byte("12345678901234567890"), taken: map[int64]int{}})
		})},
		{id: "I01", want: "with a password that is not theirs", then: everybody(func(w *World, p *person) {
			p.passwords = append(p.passwords, fact{p.password, w.coro.Steps()}, fact{p.password, w.coro.Steps()})
		})},
		{id: "I01", want: "where everybody is asked for one", then: func(w *World) { w.asks[Origin] = 1 }},
		{id: "I01", want: "was marked as known to others", then: everybody(func(_ *World, p *person) { p.marked = fact{p.password, 1} })},
		{id: "I02", want: "is said to be of", then: logins(func(_ *World, l *login) {
			if l.seen != nil {
				l.seen.At = l.seen.At.Add(-time.Second)
			}
		})},
		{id: "I02", want: "is gone from the login", then: logins(func(_ *World, l *login) {
			if l.seen != nil {
				l.seen.Evidence = append(l.seen.Evidence, identity.Evidence{Kind: "passkey", At: l.seen.At})
			}
		})},
		{id: "I03", want: "is served at step", then: logins(func(w *World, l *login) { w.ghost.ends(l, "nobody") })},
		{id: "I03", want: "by what began at step 0", then: everybody(func(w *World, p *person) {
			w.ghost.raises(identity.TenantScope(p.tenant))
			w.ghost.outlives(p, 0, answer{Code: http.StatusSeeOther, Header: http.Header{"Location": {"/"}}, began: w.coro.Steps() + 1}, p.name)
		})},
		{id: "I04", want: "was accepted 2 times", then: everybody(func(w *World, p *person) {
			for _, a := range p.apps {
				for n := range int64(20_000) {
					a.taken[coro.Start.Unix()/period+n] = 1
				}
			}
		})},
		{id: "I04", want: "a link was consumed 2 times", then: func(w *World) {
			w.ghost.spent(identity.ConsumeToken{Selector: [16]byte{1}}, identity.ConsumeToken{Selector: [16]byte{1}})
		}},
		{id: "I04", want: "came to version 2 twice", then: func(w *World) {
			w.ghost.spent(identity.AdvanceCredential{Credential: identity.Credential{Version: 2}}, identity.AdvanceCredential{Credential: identity.Credential{Version: 2}})
		}},
		{id: "I05", want: "6 guesses at", then: everybody(func(w *World, p *person) {
			p.wrong = slices.Repeat([]time.Duration{w.coro.Elapsed() + 20*time.Hour}, 5)
		})},
		{id: "I05", want: "attempts at one account", first: func(w *World) {
			w.place.memory.Throttle = countless{w.place.memory.Throttle}
		}},
		{id: "I07", want: "no store has acknowledged", then: func(w *World) {
			raw := make([]byte, 54)
			raw[1] = 1
			w.ghost.given(w.browser("somebody", ""), &http.Cookie{Name: cookieName, Value: base64.RawURLEncoding.EncodeToString(raw)})
		}},
		{id: "I08", want: "has lost a login that nobody ended", then: everybody(func(_ *World, p *person) {
			for _, b := range p.browsers {
				if b.login != nil {
					b.cookies = nil
				}
			}
		})},
		{id: "I09", want: "has lost what was acknowledged", then: func(w *World) {
			w.ghost.wrapped(func(_ string, it *item) {
				for _, shelf := range shelfNames() {
					w.ghost.baskets[it.login] = append(w.ghost.baskets[it.login], &item{of: it.of, shelf: shelf, login: it.login, to: 1, sure: true})
				}
			})
		}},
		{id: "I09", want: "where nobody has put it", then: func(w *World) { clear(w.ghost.items) }},
		{id: "I09", want: "which was replaced", then: func(w *World) {
			w.ghost.wrapped(func(_ string, it *item) {
				later := *it
				later.from, later.to = it.to+1, it.to+2
				w.ghost.baskets[it.login] = append(w.ghost.baskets[it.login], &later)
			})
		}},
		{id: "I09", want: "is written", then: func(w *World) {
			for _, k := range w.ghost.stored {
				k.over = true
			}
		}},
		{id: "I10", want: "sessions of 1", first: func(w *World) {
			w.most, w.place.memory.Session = 1, limitless{w.place.memory.Session}
		}},
		{id: "I12", want: "epochs fell", then: func(w *World) {
			for s, e := range w.ghost.epochs {
				e.User++
				w.ghost.epochs[s] = e
			}
		}},
		{id: "I11", want: "after the sign-in", then: logins(func(_ *World, l *login) { l.since -= time.Hour })},
		{id: "I11", want: "in which nobody used the login", then: func(w *World) {
			for of, u := range w.ghost.used {
				u.last -= 2 * time.Hour
				w.ghost.used[of] = u
			}
		}},
		{id: "I15", want: "is shown what asks for", then: logins(func(_ *World, l *login) { l.jar = &jar{} })},
		{id: "I16", want: "whoever reads the mailbox of", then: everybody(func(_ *World, p *person) {
			p.apps = append(p.apps, &app{label: "none", sure: 1, key: []byte("12345678901234567890"), taken: map[int64]int{}})
		})},
		{id: "I16", want: "is let set up another one", first: func(w *World) { delete(w.asks, Origin) }, then: func(w *World) {
			// The servers begin to ask, and of whoever has no app the ghost says that they had one.
			w.asks[Origin] = w.coro.Steps()
			for _, s := range w.servers {
				s.crash()
			}
			for _, p := range w.ghost.people {
				p.apps = append(p.apps, &app{label: "none", sure: w.coro.Steps(), ended: w.coro.Steps(), key: []byte("12345678901234567890"), taken: map[int64]int{}})
			}
		}},
		{id: "I17", want: "is given the name", first: adapter(func(s *backend.Stores) { s.Identity = namesakes{s.Identity} })},
		{id: "I17", want: "the password of whoever signed up", first: everybody(func(_ *World, p *person) {
			p.password, p.passwords = bait, []fact{{value: bait}}
		})},
		{id: "I18", want: "is served as somebody else", then: everybody(func(_ *World, p *person) {
			if !p.id.IsZero() {
				p.id = identity.NewUserID(entropy.Seeded(1))
			}
		})},
		{id: "I18", want: "which another has put there", then: func(w *World) {
			w.ghost.wrapped(func(_ string, it *item) { it.of = &person{actor: w.actor("another")} })
		}},
		{id: "I18", want: "with an id that was replaced", then: func(w *World) {
			for ref := range w.ghost.stored {
				w.ghost.replaced[ref] = replaced{}
			}
		}},
		{id: "I19", want: "and nobody is told", then: everybody(func(_ *World, p *person) {
			if p.rules {
				p.id = identity.NewUserID(entropy.Seeded(1))
			}
		})},
		{id: "I28", want: "with which no store has answered", then: func(w *World) { w.ghost.mute = true }},
		{id: "I28", want: "for somebody who is none", then: func(w *World) {
			w.ghost.ruler = identity.NewUserID(entropy.Seeded(1))
		}},
		{id: "I31", want: "in somebody's name", then: everybody(func(_ *World, p *person) { p.name = evil })},
		{id: "I33", want: "that no commit has written", then: func(w *World) {
			for id := range w.ghost.known {
				w.ghost.known[id] = false
			}
		}},
		{id: "I33", want: "begins with 0 events", then: func(w *World) {
			w.ghost.begins(session.Record{Login: identity.NewLoginID(entropy.Seeded(1))}, nil)
		}},
		{id: "I33", want: "and is not there", still: true, then: func(w *World) { w.ghost.told = map[[16]byte]bool{} }},
		{id: "I34", want: "is in an answer", still: true, then: func(w *World) {
			w.ghost.keeps(secret{value: `<html lang="en"`, what: "something"})
		}},
		{id: "I36", want: "was erased and is there", still: true, then: everybody(func(w *World, p *person) {
			w.ghost.erased = append(w.ghost.erased, erased{p.tenant, p.id, p.addresses})
		})},
		{id: "I37", want: "lets somebody in", then: everybody(func(w *World, p *person) {
			if !p.id.IsZero() && !p.rules {
				p.forged = true
				w.triesForged(p, p.password)
			}
		})},
		{id: "I37", want: "and nobody is told", then: everybody(func(w *World, p *person) {
			if !p.id.IsZero() && !p.rules {
				p.forged = true
				w.triesForged(p, "another")
			}
		})},
		{id: "I38", want: "takes what is genuine for a forgery", then: func(w *World) {
			w.forge(context.Background())
			w.ghost.edited = false
		}},
		{id: "I42", want: "has 0 methods", still: true, then: func(w *World) { w.second = identity.NewTenantID(entropy.Seeded(1)) }},
		{id: "I42", want: "has no such role", still: true, then: everybody(func(_ *World, p *person) { p.rules = true })},
		{id: "I43", want: "is shown /admin", then: everybody(func(_ *World, p *person) { p.rules = false })},
		{id: "I46", want: "tasks while nothing is asked", still: true, then: func(w *World) {
			for _, s := range w.servers {
				for range mostTasks {
					s.node.Go(context.Background(), "left", func(ctx context.Context) { _ = s.node.Sleep(ctx, 100*time.Hour) })
				}
			}
		}},
		{id: "I46", want: "timers while nothing is asked", still: true, then: func(w *World) {
			for _, s := range w.servers {
				for range mostTimers {
					s.node.AfterFunc(100*time.Hour, "left", func() {})
				}
			}
		}},
		{id: "I45", want: "cannot sign in when all is well", then: func(w *World) {
			for _, p := range w.ghost.people {
				p.password, p.passwords = "another", []fact{{value: "another"}}
			}
			w.calm()
		}},
	}
}

// adapter puts a store with a fault in the place of the one that a model goes along with.
func adapter(spoil func(*backend.Stores)) func(w *World) {
	return func(w *World) {
		s := w.place.empty()
		spoil(&s)
		w.place.model = w.model()
		w.place.memory = w.place.model.over(s)
	}
}

// stale writes over what somebody else has written meanwhile.
type stale struct{ backend.Session }

// Update implements session.Store.
func (s stale) Update(ctx context.Context, rec session.Record, prevRev uint64, now time.Time) error {
	err := s.Session.Update(ctx, rec, prevRev, now)
	if !errors.Is(err, store.ErrConflict) {
		return err
	}
	if have, _, err := s.Load(ctx, rec.Ref, now); err == nil {
		rec.Rev = have.Rev + 1
		return s.Session.Update(ctx, rec, have.Rev, now)
	}
	return err
}

// twoWin lets the second of two rotations have its session, too.
type twoWin struct{ backend.Session }

// Rotate implements session.Store.
func (s twoWin) Rotate(ctx context.Context, old session.Ref, prevRev uint64, next session.Record, c session.Claim, grace time.Duration, also ...store.Row) ([]session.Ref, error) {
	out, err := s.Session.Rotate(ctx, old, prevRev, next, c, grace, also...)
	if errors.Is(err, store.ErrConflict) || errors.Is(err, store.ErrNotFound) {
		return s.Create(ctx, next, c, also...)
	}
	return out, err
}

// oneMore lets somebody guess who has guessed too often.
type oneMore struct{ backend.Throttle }

// Reserve implements authn.Ledger.
func (s oneMore) Reserve(ctx context.Context, a authn.Attempt, now time.Time) (authn.Reservation, error) {
	r, err := s.Throttle.Reserve(ctx, a, now)
	if errors.As(err, new(*authn.ThrottledError)) {
		return authn.Reservation{ID: [16]byte{1}, Flow: a.Flow}, nil
	}
	return r, err
}

// again takes a token that is spent.
type again struct{ backend.Identity }

// Apply implements identity.Admin.
func (s again) Apply(ctx context.Context, changes ...identity.Change) error {
	err := s.Identity.Apply(ctx, changes...)
	if at := (*identity.ChangeError)(nil); errors.As(err, &at) && errors.Is(err, store.ErrNotFound) {
		if _, is := changes[at.Index].(identity.ConsumeToken); is {
			return s.Identity.Apply(ctx, slices.Delete(slices.Clone(changes), at.Index, at.Index+1)...)
		}
	}
	return err
}

// namesakes lets everybody have the user name that they want: under another key each.
type namesakes struct{ backend.Identity }

// Apply implements identity.Admin.
func (n namesakes) Apply(ctx context.Context, changes ...identity.Change) error {
	changes = slices.Clone(changes)
	for i, c := range changes {
		names, ok := c.(identity.SetIdentifiers)
		if !ok {
			continue
		}
		names.Next = slices.Clone(names.Next)
		for j, of := range names.Next {
			if of.Kind == identity.Username && len(of.Canonical) < 16 {
				names.Next[j].Canonical = fmt.Sprintf("%s.%s", of.Canonical, names.Subject.User)
			}
		}
		changes[i] = names
	}
	return n.Identity.Apply(ctx, changes...)
}

// countless lets everybody guess on and on.
type countless struct{ backend.Throttle }

// Reserve implements authn.Ledger.
func (c countless) Reserve(_ context.Context, a authn.Attempt, _ time.Time) (authn.Reservation, error) {
	res := authn.Reservation{Flow: a.Flow}
	for _, l := range a.Levers {
		res.Keys = append(res.Keys, l.Key)
	}
	return res, nil
}

// Commit implements authn.Ledger.
func (countless) Commit(context.Context, authn.Reservation, authn.Verdict, []authn.Lever, time.Time) ([]authn.Lock, error) {
	return nil, nil
}

// Clear implements authn.Ledger.
func (countless) Clear(context.Context, authn.Key, time.Time) error { return nil }

// Release implements authn.Ledger.
func (countless) Release(context.Context, authn.Reservation, time.Time) error { return nil }

// wrapped does something with each thing that is in a session.
func (g *ghost) wrapped(do func(thing string, it *item)) {
	for thing, it := range g.items {
		if it.sure {
			do(thing, it)
		}
	}
}

// limitless forgets the limit of sessions.
type limitless struct{ backend.Session }

// Create implements session.Store.
func (l limitless) Create(ctx context.Context, rec session.Record, c session.Claim, also ...store.Row) ([]session.Ref, error) {
	c.Limit = session.LimitPolicy{}
	return l.Session.Create(ctx, rec, c, also...)
}

// Rotate implements session.Store.
func (l limitless) Rotate(ctx context.Context, old session.Ref, prevRev uint64, next session.Record, c session.Claim, grace time.Duration, also ...store.Row) ([]session.Ref, error) {
	c.Limit = session.LimitPolicy{}
	return l.Session.Rotate(ctx, old, prevRev, next, c, grace, also...)
}

// SIM-060, SIM-061, SIM-054, SIM-I01, SIM-I02, SIM-I03, SIM-I04, SIM-I05, SIM-I08, SIM-I09, SIM-I11,
// SIM-I07, SIM-I10, SIM-I12, SIM-I15, SIM-I16, SIM-I17, SIM-I18, SIM-I19, SIM-I31,
// SIM-I28, SIM-I33, SIM-I34, SIM-I36, SIM-I37, SIM-I38, SIM-I42, SIM-I43, SIM-I45, SIM-I46: what is looked at would be seen. Each claim is made false,
// and the run must say so by the name of the invariant.
func TestInvariants_see_what_must_not_be(t *testing.T) {
	t.Parallel()
	for _, l := range lies() {
		t.Run(l.id+" "+l.want, func(t *testing.T) {
			t.Parallel()
			for seed := range uint64(24) { // what is made false must be looked at, too
				w := newWorld(Config{Seed: seed, Faults: l.faults, Invariants: []string{l.id}})
				t.Cleanup(w.close)
				w.people()
				if l.first != nil {
					l.first(w)
				}
				steps := 6000
				if l.then == nil {
					steps = 16_000
				}
				w.coro.Run(coro.Limits{Steps: steps})
				if l.then != nil {
					if f := w.coro.Findings(); len(f) > 0 || len(w.ghost.logins) == 0 {
						t.Fatalf("before the lie: %v, %d logins", f, len(w.ghost.logins))
					}
					l.then(w)
					w.coro.Run(coro.Limits{Steps: 16_000})
				}
				if l.still {
					w.calmed -= time.Hour
					w.still()
				}
				if f := fmt.Sprint(w.coro.Findings()); strings.Contains(f, l.want) && strings.Contains(f, "SIM-"+l.id+" ") {
					return
				}
			}
			t.Error("not found")
		})
	}
}

// SIM-060: each has an id of its own, a name, a statement and what it stands for, and
// each is made false by a test.
func TestInvariants_are_whole(t *testing.T) {
	t.Parallel()
	tried := map[string]bool{"I13": true, "I14": true, "I47": true, "I48": true} // TestPair, TestPanic, TestRun_is_repeatable
	for _, l := range lies() {
		tried[l.id] = true
	}
	list := Invariants()
	if !slices.IsSortedFunc(list, func(a, b Invariant) int { return strings.Compare(a.ID, b.ID) }) {
		t.Error("in no order")
	}
	for _, inv := range list {
		if inv.ID == "" || inv.Name == "" || inv.Statement == "" || len(inv.Covers) == 0 {
			t.Errorf("%+v lacks something", inv)
		}
		if !tried[inv.ID] {
			t.Errorf("%s is made false by no test", inv)
		}
	}
}

// SIM-060, SIM-I47: a handler that panics is a finding, and so is an answer that hides
// one.
func TestPanic_is_a_finding(t *testing.T) {
	t.Parallel()
	w := newWorld(Config{Seed: 1, Invariants: []string{"I47"}, Within: func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/me" {
				panic("in a handler")
			}
			next.ServeHTTP(rw, r)
		})
	}})
	t.Cleanup(w.close)
	w.people()
	w.coro.Run(coro.Limits{Steps: 6000})
	if f := fmt.Sprint(w.coro.Findings()); !strings.Contains(f, "SIM-I47 NoPanic: ") {
		t.Errorf("found %s", f)
	}
}
