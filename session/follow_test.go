package session

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/axess-go/axess/identity"
)

// A thousand connections cost one watch of the store, a look each at the beginning,
// and nothing while nothing ends. SES-207
func TestFollower_is_one_for_all(t *testing.T) {
	t.Parallel()
	const many = 1000
	watched(t, func(w *watching) {
		more := make([]<-chan RevokedReason, many-1)
		for i := range more {
			more[i] = w.s.Revoked()
		}
		synctest.Wait()
		if looks, watches := w.db.count("load"), w.db.watches(); looks > many+10 || watches != 1 {
			t.Errorf("%d watches and %d looks for %d connections", watches, looks, many)
		}
		w.db.reset()
		for range revokedAnyway/revokedEvery - 1 {
			w.pass(revokedEvery)
		}
		if n := w.db.count(); n != 0 {
			t.Errorf("%d calls of the store while nothing ends", n)
		}
		w.fine(w.InvalidateUser(t.Context(), w.subj))
		w.told(RevokedEnded)
		for i, ch := range more {
			if r := <-ch; r != RevokedEnded {
				t.Fatalf("connection %d is told %v", i, r)
			}
		}
		if n := w.db.count("load"); n != many {
			t.Errorf("%d looks of %d connections", n, many)
		}
	})
}

// An ending makes those look whom it concerns, and nobody else. SES-207
func TestFollower_calls_whom_it_concerns(t *testing.T) {
	t.Parallel()
	watched(t, func(w *watching) {
		other := w.other()
		neighbour := identity.Subject{Tenant: w.subj.Tenant, User: other.User}
		for what, tc := range map[string]struct {
			ended Ending
			looks int
		}{
			"somebody else's login":  {Ending{Login: identity.NewLoginID(w.src)}, 0},
			"another user":           {Ending{Scope: identity.UserScope(other)}, 0},
			"another of the tenant":  {Ending{Scope: identity.UserScope(neighbour)}, 0},
			"another tenant":         {Ending{Scope: identity.TenantScope(other.Tenant)}, 0},
			"the login":              {Ending{Login: registration(w.s.State()).Login}, 1},
			"the user":               {Ending{Scope: identity.UserScope(w.subj)}, 1},
			"the tenant":             {Ending{Scope: identity.TenantScope(w.subj.Tenant)}, 1},
			"everybody":              {Ending{Scope: identity.GlobalScope()}, 1},
			"what nobody can say of": {Ending{}, 1},
		} {
			w.db.reset()
			w.m.follower.tell([]Ending{tc.ended})
			w.silent()
			if n := w.db.count("load"); n != tc.looks {
				t.Errorf("%s: %d looks, want %d", what, n, tc.looks)
			}
		}
	})
}

// The channel ends with the last connection and begins again with the next. SES-207
func TestFollower_lives_as_long_as_somebody_waits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := newRig(t)
		m := g.manager(func(c *Config) { c.Clock = g.fake })
		b := g.in()
		for round := range 3 {
			g.db.reset()
			b.doOn(m, func(_ http.ResponseWriter, _ *http.Request, s *Session) {
				s.Revoked()
				s.Revoked()
				synctest.Wait()
				if n := g.db.watches(); n != 1 {
					t.Errorf("round %d: %d watches", round, n)
				}
			})
			synctest.Wait()
			if n, open := g.db.count("watch"), g.db.watches(); n != 1 || open != 0 {
				t.Errorf("round %d: %d begun, %d still open", round, n, open)
			}
		}
		if timers := g.fake.Pending(); len(timers) != 0 {
			t.Errorf("still waiting: %v", timers)
		}
		if m.follower.watchers.Len() != 0 || len(m.follower.logins) != 0 {
			t.Error("somebody is still on the list")
		}
	})
}

// A store whose watch panics takes nobody's connection with it, and leaves nobody
// without looks. SES-207
func TestFollower_that_panics(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := newRig(t)
		g.db.faults(func(_ context.Context, verb string) error {
			if verb == "watch" {
				panic("no such thing")
			}
			return nil
		}, nil)
		b := g.in()
		b.doOn(g.manager(func(c *Config) { c.Clock = g.fake }), func(_ http.ResponseWriter, _ *http.Request, s *Session) {
			w := &watching{rig: g, t: t, b: b, s: s, ch: s.Revoked()}
			w.silent()
			w.fine(w.InvalidateUser(t.Context(), w.subj))
			w.pass(revokedEvery)
			w.told(RevokedEnded)
		})
		synctest.Wait()
		if !strings.Contains(g.logs.String(), "session.follow panicked") {
			t.Errorf("nobody is told of it: %s", g.logs)
		}
	})
}

// brittle is a store whose watch panics with the first ending that it hears of.
type brittle struct{ *memStore }

type brittleWatch struct{ Watch }

func (b brittle) Watch(ctx context.Context) (Watch, error) {
	w, err := b.memStore.Watch(ctx)
	return brittleWatch{w}, err
}

func (b brittleWatch) Next(ctx context.Context) ([]Ending, error) {
	if _, err := b.Watch.Next(ctx); err != nil {
		return nil, err
	}
	panic("no such thing")
}

// A channel that panics after it stood is lost like any other: everybody looks then,
// and once a second. SES-207
func TestFollower_that_panics_later(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := newRig(t)
		b := g.in()
		m := g.manager(func(c *Config) { c.Clock, c.Store = g.fake, brittle{g.db} })
		b.doOn(m, func(_ http.ResponseWriter, _ *http.Request, s *Session) {
			w := &watching{rig: g, t: t, b: b, s: s, ch: s.Revoked()}
			w.silent()
			g.db.mu.Lock()
			g.db.tell(Ending{Login: identity.NewLoginID(g.src)})
			g.db.mu.Unlock()
			w.silent()
			g.db.mute(func() { w.fine(w.InvalidateUser(t.Context(), w.subj)) })
			w.pass(revokedEvery)
			w.told(RevokedEnded)
		})
		synctest.Wait()
	})
}

// Who comes to a channel that stands looks at once: what ended since their session was
// loaded has been told to others. SES-207
func TestFollower_was_there_before(t *testing.T) {
	t.Parallel()
	watched(t, func(w *watching) {
		w.db.mute(func() { w.fine(w.InvalidateUser(t.Context(), w.subj)) })
		late := w.s.Revoked()
		synctest.Wait()
		select {
		case r := <-late:
			if r != RevokedEnded {
				t.Errorf("told %v", r)
			}
		default:
			t.Error("not told")
		}
	})
}

// An outage is said once, and once more when it comes back. SES-207
func TestFollower_says_that_it_is_deaf(t *testing.T) {
	t.Parallel()
	watched(t, func(w *watching) {
		for range 2 {
			w.db.down("watch")
			w.db.lose()
			synctest.Wait()
			for range 3 {
				w.pass(followAgain)
			}
			w.db.up()
			w.pass(followAgain)
		}
		if n := strings.Count(w.logs.String(), "endings are not heard"); n != 2 {
			t.Errorf("said %d times: %s", n, w.logs)
		}
	})
}

// Connections come and go while others are told. SES-207
func TestFollower_with_many_at_once(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	m := g.manager(func(c *Config) { c.Clock = g.fake })
	login := registration(g.in().state())
	var all sync.WaitGroup
	for range 32 {
		all.Go(func() {
			for range 20 {
				w := m.watcher(Ref{}, login)
				m.follower.join(w)
				m.follower.tell([]Ending{{Scope: identity.GlobalScope()}})
				if _, err := w.wake.Pop(t.Context()); err != nil {
					t.Error(err)
				}
				m.follower.leave(w)
			}
		})
	}
	all.Wait()
	if n := g.db.watches(); n != 0 {
		t.Errorf("%d watches stay open", n)
	}
}
