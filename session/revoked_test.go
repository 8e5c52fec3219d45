package session

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/machine"
)

// watched runs f in a long-lived handler and gives it a function that lets a
// second pass for the watcher, which must be waiting.
func watched(t *testing.T, f func(g *rig, b *browser, s *Session, ch <-chan RevokedReason, second func())) {
	t.Helper()
	g := newRig(t)
	m := g.manager(func(c *Config) { c.Clock, c.Timeouts.Idle = g.fake, time.Minute })
	b := g.in()
	b.doOn(m, func(_ http.ResponseWriter, r *http.Request, s *Session) {
		// The watcher is a task of its own: after each second the test waits until
		// it has looked and sleeps again, or has ended.
		ctx, over := context.WithCancel(r.Context())
		told := make(chan RevokedReason, 1)
		ch := s.Revoked()
		go func() {
			for reason := range ch {
				told <- reason
			}
			close(told)
			over()
		}()
		settle := func() { _ = g.fake.Await(ctx, clock.SleepName, 1) }
		settle()
		f(g, b, s, told, func() {
			g.fake.Advance(revokedEvery)
			settle()
		})
	})
}

// SES-084
func TestRevoked(t *testing.T) {
	t.Parallel()
	nothing := func(t *testing.T, ch <-chan RevokedReason) {
		t.Helper()
		select {
		case r, ok := <-ch:
			t.Fatalf("told %v, %v", r, ok)
		default:
		}
	}
	// The watcher has looked and sleeps again, or has spoken: waiting for a word
	// that does not come would hide a broken check behind a time limit.
	told := func(t *testing.T, ch <-chan RevokedReason, want RevokedReason) {
		t.Helper()
		select {
		case r := <-ch:
			if r != want {
				t.Fatalf("told %v, want %v", r, want)
			}
		default:
			t.Fatal("not told")
		}
	}
	ends := map[string]func(t *testing.T, g *rig, s *Session){
		"revoked user": func(t *testing.T, g *rig, _ *Session) {
			if err := g.InvalidateUser(t.Context(), g.subj); err != nil {
				t.Fatal(err)
			}
		},
		"revoked tenant": func(t *testing.T, g *rig, _ *Session) {
			if err := g.db.Raise(t.Context(), identity.TenantScope(g.subj.Tenant)); err != nil {
				t.Fatal(err)
			}
		},
		"ended from a list": func(t *testing.T, g *rig, s *Session) {
			if err := g.End(t.Context(), g.subj, s.View().Ref); err != nil {
				t.Fatal(err)
			}
		},
	}
	for name, end := range ends {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			watched(t, func(g *rig, _ *browser, s *Session, ch <-chan RevokedReason, second func()) {
				second()
				nothing(t, ch)
				end(t, g, s)
				second()
				told(t, ch, RevokedEnded)
				if _, open := <-ch; open {
					t.Fatal("told twice")
				}
			})
		})
	}
	t.Run("deadline", func(t *testing.T) {
		t.Parallel()
		watched(t, func(g *rig, _ *browser, s *Session, ch <-chan RevokedReason, second func()) {
			second()
			nothing(t, ch)
			g.fake.Advance(s.View().AbsUntil.Sub(g.fake.Now()))
			second()
			second()
			told(t, ch, RevokedEnded)
		})
	})
	t.Run("rotation by another request is followed", func(t *testing.T) {
		t.Parallel()
		watched(t, func(g *rig, b *browser, _ *Session, ch <-chan RevokedReason, second func()) {
			other := &browser{g: g, cookie: b.cookie}
			other.must(machine.Regenerate{}, Commit{NoGrace: true})
			second()
			second()
			nothing(t, ch)
			if err := g.InvalidateUser(t.Context(), g.subj); err != nil {
				t.Fatal(err)
			}
			second()
			told(t, ch, RevokedEnded)
		})
	})
	t.Run("a store that does not answer", func(t *testing.T) {
		t.Parallel()
		watched(t, func(g *rig, _ *browser, _ *Session, ch <-chan RevokedReason, second func()) {
			g.db.down("load")
			for range revokedPatience/revokedEvery - 1 {
				second()
			}
			nothing(t, ch)
			second()
			told(t, ch, RevokedLost)
		})
	})
	t.Run("a guest, and a request that has ended", func(t *testing.T) {
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
	})
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
