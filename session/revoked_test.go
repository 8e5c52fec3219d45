package session

import (
	"context"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/machine"
)

// watching is a long-lived handler of somebody who has signed in, with everything
// that waits in it parked between two lines of the test.
type watching struct {
	*rig
	t *testing.T
	m *Manager // on the clock that moves
	b *browser
	s *Session
	// ch is of the watch that the handler began.
	ch <-chan RevokedReason
}

// watched runs f in such a handler, whose sessions end after a minute without
// activity.
func watched(t *testing.T, f func(w *watching)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		g := newRig(t, func(c *Config) { c.Timeouts.Idle = time.Minute })
		m := g.manager(func(c *Config) { c.Clock, c.Timeouts.Idle = g.fake, time.Minute })
		b := g.in()
		b.doOn(m, func(_ http.ResponseWriter, _ *http.Request, s *Session) {
			w := &watching{rig: g, t: t, m: m, b: b, s: s, ch: s.Revoked()}
			synctest.Wait()
			f(w)
		})
		synctest.Wait()
	})
}

// pass lets time pass.
func (w *watching) pass(d time.Duration) {
	w.fake.Advance(d)
	synctest.Wait()
}

// silent: nothing has been said.
func (w *watching) silent() {
	w.t.Helper()
	synctest.Wait()
	select {
	case r, ok := <-w.ch:
		w.t.Fatalf("told %v, %v", r, ok)
	default:
	}
}

// told: a reason has been given, and the channel is closed.
func (w *watching) told(want RevokedReason) {
	w.t.Helper()
	synctest.Wait()
	select {
	case r := <-w.ch:
		if r != want {
			w.t.Fatalf("told %v, want %v", r, want)
		}
	default:
		w.t.Fatal("not told")
	}
	select {
	case r, open := <-w.ch:
		if open {
			w.t.Fatalf("told twice: %v", r)
		}
	default:
		w.t.Fatal("told, and the channel stays open")
	}
}

// ends is when the session is over unless it is touched.
func (w *watching) ends() (until time.Time) {
	w.db.edit(w.b.ref(), func(r *Record) { until = r.IdleUntil })
	return until
}

// fine fails the test at once.
func (w *watching) fine(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// Whatever ends the login is told at once: no time passes. SES-084, SES-207
func TestRevoked_is_told_at_once(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(w *watching){
		"revoked user":      func(w *watching) { w.fine(w.InvalidateUser(w.t.Context(), w.subj)) },
		"revoked tenant":    func(w *watching) { w.fine(w.db.Raise(w.t.Context(), identity.TenantScope(w.subj.Tenant))) },
		"revoked all":       func(w *watching) { w.fine(w.db.Raise(w.t.Context(), identity.GlobalScope())) },
		"ended from a list": func(w *watching) { w.fine(w.End(w.t.Context(), w.subj, w.s.View().Ref)) },
		"signed out": func(w *watching) {
			(&browser{g: w.rig, cookie: w.b.cookie}).do(func(_ http.ResponseWriter, _ *http.Request, s *Session) {
				w.fine(s.Logout(w.t.Context()))
			})
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			watched(t, func(w *watching) {
				w.silent()
				end(w)
				w.told(RevokedEnded)
			})
		})
	}
}

// The deadline is told when it comes. SES-084, SES-228
func TestRevoked_at_the_deadline(t *testing.T) {
	t.Parallel()
	watched(t, func(w *watching) {
		left := w.ends().Sub(w.fake.Now())
		w.pass(left - time.Millisecond)
		w.silent()
		w.pass(time.Millisecond)
		w.told(RevokedEnded)
	})
	t.Run("which a touch moves", func(t *testing.T) {
		t.Parallel()
		watched(t, func(w *watching) {
			end := w.ends()
			w.pass(40 * time.Second)
			w.fine(w.db.Touch(t.Context(), w.b.ref(), end.Add(time.Minute), w.fake.Now()))
			w.pass(end.Sub(w.fake.Now()))
			w.silent()
			w.pass(time.Minute - time.Millisecond)
			w.silent()
			w.pass(time.Millisecond)
			w.told(RevokedEnded)
		})
	})
}

// SES-084, SES-104
func TestRevoked_follows_a_rotation_by_another_request(t *testing.T) {
	t.Parallel()
	watched(t, func(w *watching) {
		other := &browser{g: w.rig, cookie: w.b.cookie}
		other.must(machine.Regenerate{}, Commit{NoGrace: true})
		w.pass(revokedAnyway)
		w.silent()
		other.must(machine.Regenerate{}, Commit{NoGrace: true})
		w.fine(w.InvalidateUser(t.Context(), w.subj))
		w.told(RevokedEnded)
	})
}

// What a store forgets to tell is found within half a minute. SES-207
func TestRevoked_looks_in_any_case(t *testing.T) {
	t.Parallel()
	watched(t, func(w *watching) {
		w.db.mute(func() { w.fine(w.InvalidateUser(t.Context(), w.subj)) })
		w.pass(revokedAnyway - time.Millisecond)
		w.silent()
		w.pass(time.Millisecond)
		w.told(RevokedEnded)
	})
}

// SES-084, SES-207
func TestRevoked_while_nothing_is_heard(t *testing.T) {
	t.Parallel()
	t.Run("a store that does not answer at all", func(t *testing.T) {
		t.Parallel()
		watched(t, func(w *watching) {
			w.db.down("load", "watch")
			w.db.lose()
			synctest.Wait()
			for range revokedPatience/revokedEvery - 1 {
				w.pass(revokedEvery)
			}
			w.silent()
			w.pass(revokedEvery)
			w.told(RevokedLost)
		})
	})
	t.Run("a store that only does not tell", func(t *testing.T) {
		t.Parallel()
		watched(t, func(w *watching) {
			w.db.down("watch")
			w.db.lose()
			synctest.Wait()
			w.db.reset()
			for range 5 {
				w.pass(revokedEvery)
			}
			if n := w.db.count("load"); n != 5 {
				t.Errorf("%d looks in 5 s", n)
			}
			w.fine(w.InvalidateUser(t.Context(), w.subj))
			w.silent()
			w.pass(revokedEvery)
			w.told(RevokedEnded)
		})
	})
	t.Run("until it tells again", func(t *testing.T) {
		t.Parallel()
		watched(t, func(w *watching) {
			w.db.down("watch")
			w.db.lose()
			synctest.Wait()
			w.db.mute(func() { w.fine(w.db.Raise(t.Context(), identity.UserScope(w.other()))) })
			w.db.up()
			w.pass(followAgain)
			w.db.reset()
			for range 20 {
				w.pass(revokedEvery)
			}
			if n := w.db.count(); n != 0 {
				t.Errorf("%d calls while nothing ends", n)
			}
			w.fine(w.InvalidateUser(t.Context(), w.subj))
			w.told(RevokedEnded)
		})
	})
	t.Run("and what ended meanwhile is found when it does", func(t *testing.T) {
		t.Parallel()
		watched(t, func(w *watching) {
			w.db.faults(func(_ context.Context, verb string) error {
				if verb == "watch" { // between the loss and the new beginning, and not told
					w.db.mute(func() { w.fine(w.db.Raise(t.Context(), identity.UserScope(w.subj))) })
				}
				return nil
			}, nil)
			w.db.lose()
			w.silent()
			w.pass(followAgain)
			w.told(RevokedEnded)
		})
	})
}

// SES-084
func TestRevoked_of_a_guest_and_of_a_request_that_has_ended(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	g.browser().do(func(_ http.ResponseWriter, _ *http.Request, s *Session) {
		if r, open := <-s.Revoked(); open {
			t.Errorf("a guest is told %v", r)
		}
	})
	m := g.manager(func(c *Config) { c.Clock = g.fake })
	ctx, cancel := context.WithCancel(t.Context())
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://localhost/", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Cookie", g.in().cookie)
	var ch <-chan RevokedReason
	m.Wrap(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		s, err := From(r.Context())
		if err != nil {
			t.Error(err)
			return
		}
		ch = s.Revoked()
	})).ServeHTTP(&discard{}, req)
	cancel()
	if r, open := <-ch; open {
		t.Fatalf("told %v", r)
	}
	if n := g.db.watches(); n != 0 {
		t.Errorf("%d watches stay open", n)
	}
}

// discard is a response that nobody reads.
type discard struct{ h http.Header }

func (d *discard) Header() http.Header {
	if d.h == nil {
		d.h = http.Header{}
	}
	return d.h
}
func (*discard) Write(p []byte) (int, error) { return len(p), nil }
func (*discard) WriteHeader(int)             {}
