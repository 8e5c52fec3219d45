package session

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/machine"
)

// SES-084: a watch costs one read a look; a rotation is followed once, at once, and from
// then on it is one read again. An outage while it is followed is no end.
func TestRevoked_follows(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]Commit{"with grace": {}, "without": {NoGrace: true}} {
		g, rules := newTenantRig(t)
		rules.set(g.subj.Tenant, Timeouts{Absolute: 12 * time.Hour})
		b := g.in()
		w := g.watcher(b.ref(), registration(b.state()))
		look := func(want bool, fault error, lists int) {
			t.Helper()
			g.db.reset()
			if live, err := w.lives(t.Context()); live != want || !errors.Is(err, fault) || g.db.count("sessions") != lists || g.db.count("load") != 1 {
				t.Errorf("%s: %t, %v, %v", name, live, err, g.db.calls)
			}
		}
		look(true, nil, 0)
		b.must(machine.Regenerate{}, c)
		g.db.down("sessions")
		look(false, errDown, 1)
		g.db.up()
		look(true, nil, 1)
		look(true, nil, 0)
		g.fake.Advance(time.Hour)
		look(true, nil, 0)
		g.db.edit(b.ref(), func(r *Record) { r.Subject = g.other() })
		look(false, nil, 0)
	}
}

// SES-084: only an unbroken half minute of failures is one, and the end of the request
// ends the watch without a word, in whatever it is.
func TestRevoked_patience(t *testing.T) {
	t.Parallel()
	const most = int(revokedPatience/revokedEvery) + 1 // the first look comes at once
	for name, tc := range map[string]struct {
		fails  func(n int) bool
		cancel int // with which look the request ends
		want   RevokedReason
		looks  int
	}{
		"unbroken":                       {func(int) bool { return true }, 0, RevokedLost, most},
		"broken once":                    {func(n int) bool { return n != most }, 2 * most, 0, 2 * most},
		"the request ends with the last": {func(int) bool { return true }, most, 0, most},
	} {
		synctest.Test(t, func(t *testing.T) {
			g := newRig(t)
			m := g.manager(func(c *Config) { c.Clock = g.fake })
			b := g.in()
			w := m.watcher(b.ref(), registration(b.state()))
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			n := 0
			g.db.faults(func(_ context.Context, verb string) error {
				if verb != "load" {
					return errDown
				}
				if n++; n == tc.cancel {
					cancel()
				}
				if tc.fails(n) {
					return errDown
				}
				return nil
			}, nil)
			var got RevokedReason
			over := false
			go func() {
				got, over = w.until(ctx), true
			}()
			synctest.Wait()
			w.call()
			synctest.Wait()
			for range 3 * most {
				g.fake.Advance(revokedEvery)
				synctest.Wait()
			}
			if !over || got != tc.want || n != tc.looks {
				t.Errorf("%s: %v (over: %t) after %d looks, want %v after %d", name, got, over, n, tc.want, tc.looks)
			}
		})
	}
}

// SES-084: a guest with data has no login to watch, and who acts as somebody else is
// watched with the epochs that hold for both. SES-018, SES-207
func TestRevoked_of_a_guest_with_data_and_of_an_actor(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	guest := g.browser()
	guest.setNote("x")
	guest.do(func(_ http.ResponseWriter, _ *http.Request, s *Session) {
		select {
		case r, open := <-s.Revoked():
			if open {
				t.Errorf("told %v", r)
			}
		default:
			t.Error("waits for nothing")
		}
	})
	for _, end := range []func(admin, target identity.Subject) identity.Scope{
		func(admin, _ identity.Subject) identity.Scope { return identity.UserScope(admin) },
		func(_, target identity.Subject) identity.Scope { return identity.UserScope(target) },
		func(admin, _ identity.Subject) identity.Scope { return identity.TenantScope(admin.Tenant) },
	} {
		synctest.Test(t, func(t *testing.T) {
			g := newRig(t)
			if err := g.InvalidateUser(t.Context(), g.subj); err != nil { // the epoch is not 0
				t.Fatal(err)
			}
			target := g.colleague()
			b := g.acting(target)
			b.doOn(g.manager(func(c *Config) { c.Clock = g.fake }), func(_ http.ResponseWriter, _ *http.Request, s *Session) {
				w := &watching{rig: g, t: t, b: b, s: s, ch: s.Revoked()}
				w.silent()
				w.fine(g.db.Raise(t.Context(), end(g.subj, target)))
				w.told(RevokedEnded)
			})
			synctest.Wait()
		})
	}
}
