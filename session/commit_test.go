package session

import (
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/axess-go/axess/axesstest/httpscan"
	"github.com/axess-go/axess/internal/machine"
	"github.com/axess-go/axess/metric"
)

// SES-081, SES-228, SES-229: an active session is touched at most once for each
// interval, lives on by it, and never past its absolute deadline.
func TestCommit_touch(t *testing.T) {
	t.Parallel()
	g := newRig(t, func(c *Config) { c.Timeouts = Timeouts{Idle: time.Hour, Absolute: 3 * time.Hour} })
	b := g.in()
	g.db.reset()
	for range 10 {
		b.state()
	}
	if n := g.db.count("load"); n != 10 || g.db.count() != 10 {
		t.Fatalf("a steady read costs more than one load: %v", g.db.calls)
	}
	g.fake.Advance(3 * time.Minute) // 1 h / 20
	rec := g.db.list()[0]
	var wg, loaded sync.WaitGroup
	loaded.Add(16)
	for range 16 {
		wg.Go(func() {
			c := g.browser()
			c.cookie = b.cookie
			c.with(func(*http.Request, *Session) { loaded.Done(); loaded.Wait() })
		})
	}
	wg.Wait()
	if n := g.db.count("touch"); n != 1 {
		t.Fatalf("%d touches", n)
	}
	after := g.db.list()[0]
	if !after.IdleUntil.Equal(t0.Add(63*time.Minute)) || after.Rev != rec.Rev || string(after.Sealed) != string(rec.Sealed) {
		t.Fatalf("%+v", after)
	}
	for range 2 {
		g.fake.Advance(57 * time.Minute)
		if !IsAuthenticated(b.state()) {
			t.Fatal("an active session died")
		}
	}
	for g.now().Before(t0.Add(3*time.Hour - time.Minute)) {
		g.fake.Advance(time.Minute)
		if !IsAuthenticated(b.state()) {
			t.Fatal("died early at", g.now())
		}
	}
	b.setNote("a write near the end") // moves the idle deadline to the absolute one
	if b.last.StatusCode != 200 {
		t.Fatal(b.last.StatusCode)
	}
	g.fake.Advance(time.Minute)
	if IsAuthenticated(b.state()) {
		t.Fatal("past the absolute deadline")
	}
}

// SES-081: whether activity is to be written is asked when a request arrives. One
// that takes long leaves it to the next, and that one writes it.
func TestCommit_touch_is_due_at_arrival(t *testing.T) {
	t.Parallel()
	g := newRig(t, func(c *Config) { c.Timeouts = Timeouts{Idle: time.Hour, Absolute: 3 * time.Hour} })
	b := g.in()
	g.db.reset()
	b.with(func(*http.Request, *Session) { g.fake.Advance(3 * time.Minute) }) // 1 h / 20
	if n := g.db.count("touch"); n != 0 {
		t.Fatalf("%d touches by a request that came before they were due", n)
	}
	b.state()
	if n, until := g.db.count("touch"), g.db.list()[0].IdleUntil; n != 1 || !until.Equal(t0.Add(63*time.Minute)) {
		t.Fatalf("%d touches, idle until %v", n, until)
	}
}

// SES-076: a touch that fails is the store's trouble, not the person's; the next
// request tries again.
func TestCommit_failed_touch(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	b := g.in()
	g.fake.Advance(15 * time.Minute)
	g.db.down("touch")
	if b.state(); b.last.StatusCode != 200 || !strings.Contains(g.logs.String(), "session: touch") {
		t.Fatal(b.last.StatusCode)
	}
	if g.rec.Counted("axess.session.commits", metric.L(metric.Op, "touch"), metric.L(metric.Outcome, "error")) != 1 {
		t.Fatal(g.rec.Series())
	}
	g.db.up()
	g.db.reset()
	if b.state(); g.db.count("touch") != 1 {
		t.Fatal("not tried again")
	}
}

// SES-070: too late is an error, said once in the log.
func TestCommit_mutators_after_the_first_byte(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	b := g.in()
	guest := g.browser()
	for _, who := range []*browser{b, guest} {
		g.db.reset()
		who.do(func(w http.ResponseWriter, r *http.Request, s *Session) {
			w.WriteHeader(http.StatusOK)
			ctx := r.Context()
			_, moved := s.Transition(ctx, machine.Begin{Flow: g.flow(g.other())}, Commit{})
			_, taken := s.TakeCeremony(ctx, "x")
			_, consumed := anyNote.Consume(ctx, s)
			for what, err := range map[string]error{
				"transition": moved, "set": anyNote.Set(s, "x"), "delete": anyNote.Delete(s), "take": taken, "consume": consumed,
				"put": s.PutCeremony(ctx, "x", time.Time{}, nil), "logout": s.Logout(ctx), "commit": s.Commit(ctx),
			} {
				if !errors.Is(err, ErrCommitted) {
					t.Errorf("%s: %v", what, err)
				}
			}
			ref, err := s.Anchor(ctx)
			if who == guest && !errors.Is(err, ErrCommitted) || who == b && ref != b.ref() {
				t.Errorf("anchor: %v, %v", ref, err)
			}
		})
		if who.sets() || g.db.writes() != 0 {
			t.Error("a late change went somewhere")
		}
	}
	if n := strings.Count(g.logs.String(), "change after the response was committed"); n != 2 {
		t.Fatalf("%d warnings for two requests", n)
	}
}

// SES-063, SES-064: an anchor is one id for the request and those after it.
func TestAnchor(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	b := g.browser()
	var first Ref
	b.with(func(r *http.Request, s *Session) {
		if _, ok := s.Ref(); ok {
			t.Fatal("a ref out of nothing")
		}
		var err error
		if first, err = s.Anchor(r.Context()); err != nil {
			t.Fatal(err)
		}
		again, _ := s.Anchor(r.Context())
		if ref, ok := s.Ref(); again != first || ref != first || !ok {
			t.Fatal("two anchors in one request")
		}
		if v := s.View(); !v.Ref.IsZero() || v.Ended {
			t.Fatalf("%+v", v)
		}
	})
	c := b.last.Cookies()[0]
	if c.MaxAge != 0 || !c.Expires.IsZero() || b.ref() != first || g.db.count() != 0 {
		t.Fatalf("%+v", c)
	}
	b.with(func(r *http.Request, s *Session) {
		if ref, err := s.Anchor(r.Context()); ref != first || err != nil {
			t.Fatal(err)
		}
	})
	if b.sets() || g.db.count() != 0 {
		t.Fatal("the second request set it again, or looked it up")
	}
	// An anchor is never taken for a stored session, not even when its record's
	// place is filled.
	if err := g.db.Delete(t.Context(), first, g.subj); err != nil {
		t.Fatal(err)
	}
	in := g.in()
	g.db.mu.Lock()
	g.db.recs[first] = g.db.recs[in.ref()]
	g.db.mu.Unlock()
	if b.state() != (machine.Guest{}) {
		t.Fatal("looked up")
	}
}

// SES-079
func TestCommit_headers(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	b := g.in()
	for name, tc := range map[string]struct {
		before map[string]string
		f      func(r *http.Request, s *Session)
		vary   string
		cache  string
	}{
		"a read":          {nil, func(_ *http.Request, s *Session) { s.State() }, "Cookie", ""},
		"with own vary":   {map[string]string{"Vary": "Accept"}, func(_ *http.Request, s *Session) { s.State() }, "Accept|Cookie", ""},
		"vary is there":   {map[string]string{"Vary": "Accept, cookie"}, func(_ *http.Request, s *Session) { s.State() }, "Accept, cookie", ""},
		"vary star":       {map[string]string{"Vary": "*"}, func(_ *http.Request, s *Session) { s.State() }, "*", ""},
		"a cookie":        {nil, func(r *http.Request, s *Session) { _ = s.Rotate(r.Context()) }, "Cookie", "no-store"},
		"private cookie":  {map[string]string{"Cache-Control": "max-age=5, Private"}, func(r *http.Request, s *Session) { _ = s.Rotate(r.Context()) }, "Cookie", "max-age=5, Private"},
		"public cookie":   {map[string]string{"Cache-Control": "public"}, func(r *http.Request, s *Session) { _ = s.Rotate(r.Context()) }, "Cookie", "public|no-store"},
		"no-store cookie": {map[string]string{"Cache-Control": "no-store"}, func(r *http.Request, s *Session) { _ = s.Rotate(r.Context()) }, "Cookie", "no-store"},
	} {
		resp := b.do(func(w http.ResponseWriter, r *http.Request, s *Session) {
			for k, v := range tc.before {
				w.Header().Set(k, v)
			}
			tc.f(r, s)
		})
		if got := strings.Join(resp.Header["Vary"], "|"); got != tc.vary {
			t.Errorf("%s: Vary %q", name, got)
		}
		if got := strings.Join(resp.Header["Cache-Control"], "|"); got != tc.cache {
			t.Errorf("%s: Cache-Control %q", name, got)
		}
	}
	// Whatever asks the session makes the answer depend on the cookie.
	key := NewKey[string]("theme")
	for name, ask := range map[string]func(r *http.Request, s *Session){
		"State":        func(_ *http.Request, s *Session) { s.State() },
		"View":         func(_ *http.Request, s *Session) { s.View() },
		"Ref":          func(_ *http.Request, s *Session) { s.Ref() },
		"Anchor":       func(r *http.Request, s *Session) { _, _ = s.Anchor(r.Context()) },
		"Get":          func(_ *http.Request, s *Session) { _, _, _ = key.Get(s) },
		"PeekCeremony": func(r *http.Request, s *Session) { s.PeekCeremony(r.Context(), "totp") },
		"Commit":       func(r *http.Request, s *Session) { _ = s.Commit(r.Context()) },
		"Revoked":      func(_ *http.Request, s *Session) { s.Revoked() },
	} {
		for who, b := range map[string]*browser{"a guest": g.browser(), "somebody": b} {
			resp := b.do(func(_ http.ResponseWriter, r *http.Request, s *Session) { ask(r, s) })
			if got := resp.Header.Get("Vary"); got != "Cookie" {
				t.Errorf("%s by %s: Vary %q", name, who, got)
			}
		}
	}
	guest := g.browser()
	if guest.do(func(http.ResponseWriter, *http.Request, *Session) {}); len(guest.last.Header) != 0 {
		t.Error("a page that asked nothing varies", guest.last.Header)
	}
}

// SES-080
func TestCommit_strips_a_handlers_own_cookie(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	b := g.in()
	g.scan.Except(httpscan.CookieFlags, "", "a handler's own cookie, as careless as can be")
	g.scan.Except(httpscan.CookieCached, "", "the same, where the session sets none")
	resp := b.do(func(w http.ResponseWriter, _ *http.Request, _ *Session) {
		http.SetCookie(w, &http.Cookie{Name: "__Host-axess", Value: "evil"})
		http.SetCookie(w, &http.Cookie{Name: "other", Value: "1"})
	})
	if c := resp.Cookies(); len(c) != 1 || c[0].Name != "other" || !strings.Contains(g.logs.String(), "set the session cookie itself") {
		t.Fatal(c)
	}
}

// SES-078: what a panicking handler did not finish is not stored; what was
// acknowledged stays done.
func TestCommit_panic(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	b := g.in()
	cookie := b.cookie
	boom := errors.New("boom")
	crash := func(f func(r *http.Request, s *Session)) (got any) {
		defer func() { got = recover() }()
		b.with(func(r *http.Request, s *Session) { f(r, s); panic(boom) })
		return nil
	}
	if got := crash(func(_ *http.Request, s *Session) { _ = anyNote.Set(s, "x") }); got != boom {
		t.Fatalf("%v", got)
	}
	if b.note() != "" || b.cookie != cookie {
		t.Fatal("data of a panicking handler was stored")
	}
	if got := crash(func(r *http.Request, s *Session) {
		if err := s.Logout(r.Context()); err != nil {
			t.Error(err)
		}
	}); got != boom || len(g.db.list()) != 0 {
		t.Fatal("the logout was undone")
	}
	// A layer outside that recovers and answers through the same writer must not
	// deliver the change either.
	c := g.browser()
	resp := c.serve(respondOutside(g.Wrap(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		s, _ := From(r.Context())
		_ = anyNote.Set(s, "x")
		panic(http.ErrAbortHandler)
	}))))
	if resp.StatusCode != 500 || c.sets() || len(g.db.list()) != 0 {
		t.Fatal(resp.StatusCode, c.sets(), len(g.db.list()))
	}
}

// Two middlewares under one name are a mistake that shows at the first request;
// under two names they are two sessions.
func TestWrap_nested(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	b := g.browser()
	ran := false
	h := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { ran = true })
	if resp := b.serve(g.Wrap(g.Wrap(h))); resp.StatusCode != 500 || ran {
		t.Fatal(resp.StatusCode, ran)
	}
	inner := g.manager(func(c *Config) { c.Cookie.Name = "__Host-inner" })
	resp := b.serve(g.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		out, _ := From(r.Context())
		_ = anyNote.Set(out, "outer")
		inner.Wrap(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			in, _ := From(r.Context())
			if in == out || in.m != inner {
				t.Error("the inner one is not found")
			}
			_ = anyNote.Set(in, "inner")
		})).ServeHTTP(w, r)
	})))
	names := map[string]bool{}
	for _, c := range resp.Cookies() {
		names[c.Name] = true
	}
	if len(names) != 2 || !names["__Host-axess"] || !names["__Host-inner"] || len(g.db.list()) != 2 {
		t.Fatal(names)
	}
}

// A response that one manager replaced carries no cookie of another.
func TestWrap_nested_failure(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	b := g.in()
	inner := g.manager(func(c *Config) { c.Cookie.Name = "__Host-inner" })
	g.db.down("update")
	resp := b.serve(g.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		out, _ := From(r.Context())
		_ = anyNote.Set(out, "outer")
		inner.Wrap(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			in, _ := From(r.Context())
			if _, err := in.Anchor(r.Context()); err != nil {
				t.Error(err)
			}
		})).ServeHTTP(w, r)
	})))
	if resp.StatusCode != 503 || len(resp.Cookies()) != 0 {
		t.Fatal(resp.StatusCode, resp.Cookies())
	}
}

// SES-083
func TestFrom_without_the_middleware(t *testing.T) {
	t.Parallel()
	if s, err := From(t.Context()); s != nil || !errors.Is(err, ErrNoSession) {
		t.Fatal(err)
	}
}
