package session

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/machine"
	"github.com/axess-go/axess/internal/respond"
)

// Every bound of the configuration, from both of its sides.
func TestNew_bounds(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	for name, tc := range map[string]struct {
		change func(*Config)
		wrong  string // empty: accepted
	}{
		"most sessions":           {func(c *Config) { c.Limit.Max = HardSessionLimit }, ""},
		"one more":                {func(c *Config) { c.Limit.Max = HardSessionLimit + 1 }, "Limit.Max"},
		"less data than none":     {func(c *Config) { c.CustomMax = -1 }, "CustomMax"},
		"most data":               {func(c *Config) { c.CustomMax = 1 << 20 }, ""},
		"a byte more":             {func(c *Config) { c.CustomMax = 1<<20 + 1 }, "CustomMax"},
		"no memory":               {func(c *Config) { c.Memo = WithoutMemo }, ""},
		"less memory than none":   {func(c *Config) { c.Memo = -2 }, "Memo"},
		"too little memory":       {func(c *Config) { c.Memo = 1<<20 - 1 }, "Memo"},
		"the least memory":        {func(c *Config) { c.Memo = 1 << 20 }, ""},
		"the most memory":         {func(c *Config) { c.Memo = 1 << 30 }, ""},
		"too much memory":         {func(c *Config) { c.Memo = 1<<30 + 1 }, "Memo"},
		"a ring of other purpose": {func(c *Config) { c.Keys.Session = g.keys.Cookie }, "Keys.Session: "},
	} {
		cfg := Config{Store: g.db, Keys: g.keys, Clock: g.fake, Entropy: g.src}
		tc.change(&cfg)
		_, err := New(cfg)
		if tc.wrong == "" && err != nil || tc.wrong != "" && (err == nil || !strings.HasPrefix(err.Error(), "session: config: "+tc.wrong)) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// SES-038: what the program configured is the cap, not the default.
func TestNew_cap_of_custom_data(t *testing.T) {
	t.Parallel()
	g := newRig(t, func(c *Config) { c.CustomMax = 64 })
	g.browser().with(func(_ *http.Request, s *Session) {
		if err := anyNote.Set(s, strings.Repeat("x", 64)); !errors.Is(err, ErrCustomTooLarge) {
			t.Error(err)
		}
		if err := anyNote.Set(s, strings.Repeat("x", 32)); err != nil {
			t.Error(err)
		}
	})
}

// A manager with nothing but what is required writes no rows, and misses nothing
// when it would have had some to write.
func TestNew_bare_manager(t *testing.T) {
	t.Parallel()
	g := newRig(t, func(c *Config) { c.Events, c.Outbox, c.Limit.Max = nil, nil, 1 })
	b := g.in()
	b.must(machine.Begin{Flow: g.flow(g.other())}) // replaces the login
	if _, ok := b.state().(Authenticating); !ok {
		t.Error("the second person cannot begin")
	}
	first, second := g.in(), g.in() // evicts the first
	if IsAuthenticated(first.state()) || !IsAuthenticated(second.state()) {
		t.Error("the limit does not hold")
	}
	g.db.edit(second.ref(), func(r *Record) { r.Sealed[len(r.Sealed)-1] ^= 1 })
	if second.state() != (Guest{}) || second.last.StatusCode != http.StatusOK || len(g.db.rows) != 0 {
		t.Error(second.last.StatusCode, g.db.rows)
	}
	// Neither is there anything wrong with a program that brings no logger.
	if _, err := New(Config{Store: g.db, Keys: g.keys, Clock: g.fake, Entropy: g.src, Cookie: CookieConfig{InsecureHTTP: true}}); err != nil {
		t.Error(err)
	}
}

// SES-132: only the cookie that is weaker warns.
func TestNew_secure_cookie(t *testing.T) {
	t.Parallel()
	g := newRig(t, func(c *Config) { c.Cookie.Name = "__Host-own" })
	if strings.Contains(g.logs.String(), "without Secure") || g.CookieName() != "__Host-own" {
		t.Error(g.CookieName(), g.logs)
	}
	if b := g.in(); !strings.HasPrefix(b.cookie, g.CookieName()+"=") {
		t.Error(b.cookie)
	}
}

// SES-106: the grace that a program gets is the one it would have configured.
func TestTimeouts_complete_keeps_what_was_said(t *testing.T) {
	t.Parallel()
	for in, want := range map[time.Duration]time.Duration{0: 10 * time.Second, time.Second: time.Second, WithoutGrace: WithoutGrace} {
		if whole, err := (Timeouts{Grace: in}).Complete(); err != nil || whole.Grace != want {
			t.Errorf("%v: %v, %v", in, whole.Grace, err)
		}
	}
}

// SES-081: activity is written down as often as the program says.
func TestTimeouts_touch_as_configured(t *testing.T) {
	t.Parallel()
	g := newRig(t, func(c *Config) { c.Timeouts = Timeouts{Idle: time.Hour, Touch: time.Minute} })
	b := g.in()
	for range 2 {
		g.db.reset()
		g.fake.Advance(time.Minute - time.Millisecond)
		if b.state(); g.db.writes() != 0 {
			t.Error("too early:", g.db.calls)
		}
		g.fake.Advance(time.Millisecond)
		if b.state(); g.db.count("touch") != 1 {
			t.Error("too late:", g.db.calls)
		}
	}
}

// SES-228: the deadlines that a login began with are its own. A program that
// starts again with shorter ones neither moves nor rewrites them.
func TestTimeouts_shorter_after_a_restart(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	b := g.in()
	until := b.view().AbsUntil
	g.Manager = g.manager(func(c *Config) { c.Timeouts = Timeouts{Idle: time.Hour, Absolute: 2 * time.Hour} })
	g.db.reset()
	g.fake.Advance(3 * time.Hour)
	if v := b.view(); !IsAuthenticated(v.State) || !v.AbsUntil.Equal(until) || g.db.writes() != 0 {
		t.Errorf("%+v, %v", v, g.db.calls)
	}
}

// SES-231: a tenant is asked for its own and for nobody else's: who has no tenant
// lives by the program's timeouts, guests by those of guests.
func TestTenantTimeouts_of_nobody(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	asked := map[identity.TenantID]int{}
	g := newRig(t, func(c *Config) {
		c.Timeouts = Timeouts{Idle: time.Hour, Absolute: 2 * time.Hour, GuestIdle: 12 * time.Hour, GuestAbsolute: 24 * time.Hour}
		c.TenantTimeouts = func(id identity.TenantID) Timeouts {
			mu.Lock()
			defer mu.Unlock()
			asked[id]++
			return Timeouts{Idle: time.Minute, Absolute: time.Minute}
		}
	})
	guest := g.browser()
	guest.setNote("a cart")
	g.fake.Advance(3 * time.Hour)
	if guest.note() != "a cart" {
		t.Error("a guest's data ended with the logins'")
	}
	g.in()
	if asked[identity.TenantID{}] != 0 || asked[g.subj.Tenant] == 0 {
		t.Error(asked)
	}
}

// SES-231: instances whose clocks differ by what is allowed do not rewrite each
// other's deadlines.
func TestTenantTimeouts_slack(t *testing.T) {
	t.Parallel()
	for less, writes := range map[time.Duration]int{clockSkew: 0, clockSkew + time.Millisecond: 1} {
		g, rules := newTenantRig(t)
		rules.set(g.subj.Tenant, Timeouts{Idle: time.Hour})
		b := g.in()
		rules.set(g.subj.Tenant, Timeouts{Idle: time.Hour - less})
		g.db.reset()
		if b.state(); g.db.count("update") != writes || g.db.writes() != writes {
			t.Errorf("%v less: %v", less, g.db.calls)
		}
	}
}

// SES-086: the login that begins in a browser has its device from the first moment,
// also if the login that it replaces had the same one. An id in its grace asks
// nobody: it reads as it was.
func TestDevice_of_the_next_login(t *testing.T) {
	t.Parallel()
	g, d := newDeviceRig(t)
	d.id = identity.NewDeviceID(g.src)
	b := g.in()
	if b.device() != d.id {
		t.Fatal("not recognized")
	}
	b.with(func(r *http.Request, s *Session) {
		for _, ev := range []machine.Event{machine.Begin{Flow: g.flow(g.other())}, machine.Abort{}, machine.Adopt{Login: g.login(g.other())}} {
			if _, err := s.Transition(r.Context(), ev, Commit{}); err != nil {
				t.Fatal(err)
			}
		}
		if got := s.State().(Authenticated).Device(); got != d.id {
			t.Errorf("device %v, want %v", got, d.id)
		}
	})
	old := *b
	b.must(machine.Regenerate{})
	asked := d.asked
	if v := old.view(); !v.Superseded || d.asked != asked {
		t.Errorf("superseded %v, asked %d times", v.Superseded, d.asked-asked)
	}
}

// unwrapper is a layer of somebody else's that shows what is below it.
type unwrapper struct{ http.Handler }

func (u unwrapper) Unwrap() http.Handler { return u.Handler }

// SES-067: the mark of an optional route is seen through every layer that shows
// what is below it, the middleware itself included.
func TestOptional_below_other_layers(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	inner := g.manager(func(c *Config) { c.Cookie.Name = "__Host-inner" })
	b := g.in()
	g.db.down("load")
	for name, h := range map[string]func(http.Handler) http.Handler{
		"a layer":         func(h http.Handler) http.Handler { return unwrapper{h} },
		"a session layer": inner.Wrap,
	} {
		ran := 0
		page := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { ran++ })
		b.serve(g.Wrap(h(Optional(page))))
		if b.last.StatusCode != http.StatusOK || ran != 1 {
			t.Errorf("%s: %d, ran %d times", name, b.last.StatusCode, ran)
		}
		b.serve(g.Wrap(h(page)))
		if b.last.StatusCode != http.StatusServiceUnavailable || ran != 1 {
			t.Errorf("%s, not marked: %d, ran %d times", name, b.last.StatusCode, ran)
		}
	}
}

// SES-075: a best-effort route works as well where there is no session, and says
// that data was lost only if it was.
func TestBestEffortData_with_nothing_lost(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	page := BestEffortData(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s, err := From(r.Context()); err == nil {
			_ = anyNote.Set(s, "x")
		}
		w.WriteHeader(http.StatusTeapot)
	}))
	b := g.in()
	for name, h := range map[string]http.Handler{"with a session": g.Wrap(page), "without": page} {
		if b.serve(h); b.last.StatusCode != http.StatusTeapot {
			t.Error(name, b.last.StatusCode)
		}
	}
	if b.note() != "x" || strings.Contains(g.logs.String(), "data lost") {
		t.Error(b.note(), g.logs)
	}
}

// SES-063: an anchor is drawn for one browser; and it names no record.
func TestAnchor_is_one_browsers(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	seen := map[Ref]bool{}
	for range 3 {
		g.browser().with(func(r *http.Request, s *Session) {
			ref, err := s.Anchor(r.Context())
			if d := s.Detach(); err != nil || seen[ref] || d != (Detached{}) {
				t.Errorf("%v, seen %v, detached as %+v", err, seen[ref], d)
			}
			seen[ref] = true
		})
	}
}

// SES-070, SES-078: what comes after a panic comes too late. The log says "too late"
// of that and of no other refusal.
func TestSession_refusals_and_the_log(t *testing.T) {
	t.Parallel()
	const late = "change after the response was committed"
	g := newRig(t)
	b := g.in()
	var kept *Session
	b.serve(respondOutside(g.Wrap(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		kept, _ = From(r.Context())
		panic(http.ErrAbortHandler)
	}))))
	kept.mu.Lock()
	kept.committed = false // a goroutine of the request that runs before the layer outside answers
	kept.mu.Unlock()
	if err := anyNote.Set(kept, "x"); !errors.Is(err, ErrCommitted) || !strings.Contains(g.logs.String(), late) {
		t.Error(err)
	}
	other := newRig(t)
	c := other.in()
	c.with(func(r *http.Request, s *Session) {
		if err := s.Logout(r.Context()); err != nil {
			t.Fatal(err)
		}
		if err := anyNote.Set(s, "x"); !errors.Is(err, ErrEnded) || strings.Contains(other.logs.String(), late) {
			t.Error(err, other.logs)
		}
	})
}

// SES-078: a request that panicked moves nothing, its activity included.
func TestCommit_panic_and_a_touch_that_is_due(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	b := g.in()
	g.fake.Advance(time.Hour)
	g.db.reset()
	b.serve(respondOutside(g.Wrap(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }))))
	if g.db.writes() != 0 || b.last.StatusCode != http.StatusInternalServerError {
		t.Error(b.last.StatusCode, g.db.calls)
	}
}

// SES-079: what was answered to a cookie depends on it, whether or not the handler
// asked who came; a guest without one gets a page that depends on nothing.
func TestCommit_varies_for_whoever_brings_a_cookie(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	anchored := g.browser()
	anchored.with(func(r *http.Request, s *Session) { _, _ = s.Anchor(r.Context()) })
	for name, tc := range map[string]struct {
		b    *browser
		want string
	}{"signed in": {g.in(), "Cookie"}, "an anchor": {anchored, "Cookie"}, "nothing": {g.browser(), ""}} {
		tc.b.with(func(*http.Request, *Session) {})
		if got := tc.b.last.Header.Get("Vary"); got != tc.want {
			t.Errorf("%s: Vary %q", name, got)
		}
	}
}

// SES-068: below a layer that answers by itself the session is settled with its
// answer and not before: what that layer still does to the response counts.
func TestWrap_leaves_the_answer_to_the_layer_outside(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	b := g.browser()
	outside := func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, w, r, _ = respond.Ensure(w, r)
			next.ServeHTTP(w, r)
			w.Header().Set("X-After", "yes")
			w.WriteHeader(http.StatusAccepted)
		})
	}
	b.serve(outside(g.Wrap(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		s, _ := From(r.Context())
		_ = anyNote.Set(s, "kept")
	}))))
	if b.last.StatusCode != http.StatusAccepted || b.last.Header.Get("X-After") != "yes" || b.note() != "kept" {
		t.Error(b.last.StatusCode, b.last.Header, b.note())
	}
	// Where the answer is on its way there is no session any more, and no handler
	// runs that would think there is one.
	ran := false
	early := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, w, r, _ = respond.Ensure(w, r)
		w.WriteHeader(http.StatusAccepted)
		g.Wrap(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { ran = true })).ServeHTTP(w, r)
	})
	if b.serve(early); ran || !strings.Contains(g.logs.String(), "sent before the session middleware") {
		t.Error("the handler ran without a session")
	}
}

// instant is the store of a program that keeps its sessions in memory.
type instant struct{ *memStore }

func (instant) Immediate() {}

// timers is a clock that notes how long the last deadline was away.
type timers struct {
	impatient
	mu   sync.Mutex
	last time.Duration
}

func (c *timers) WithDeadline(ctx context.Context, t time.Time) (context.Context, context.CancelFunc) {
	c.mu.Lock()
	c.last = t.Sub(c.Now())
	c.mu.Unlock()
	return c.impatient.WithDeadline(ctx, t)
}

func (c *timers) take() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	d := c.last
	c.last = 0
	return d
}

// SES-077: every call to a store that may hang has a deadline, reads and writes
// their own; a store in memory is spared the timers.
func TestManager_deadlines_of_calls(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		store       func(*memStore) Store
		read, write time.Duration
	}{
		"elsewhere": {func(m *memStore) Store { return m }, 2 * time.Second, 5 * time.Second},
		"in memory": {func(m *memStore) Store { return instant{m} }, 0, 0},
	} {
		g := newRig(t)
		watched := &timers{impatient: impatient{g.fake}}
		g.Manager = g.manager(func(c *Config) { c.Store, c.Clock = tc.store(g.db), watched })
		var mu sync.Mutex
		got := map[string]time.Duration{}
		g.db.faults(func(_ context.Context, verb string) error {
			mu.Lock()
			defer mu.Unlock()
			got[verb] = watched.take()
			return nil
		}, nil)
		b := g.in()
		b.must(machine.Regenerate{})
		b.setNote("x")
		g.fake.Advance(time.Hour)
		b.state()
		_, err := g.Epochs(t.Context(), g.subj)
		if err = errors.Join(err, g.InvalidateAll(t.Context()), g.logouts(g.in())); err != nil {
			t.Fatal(err)
		}
		for verb, want := range map[string]time.Duration{
			"load": tc.read, "epochs": tc.read, "create": tc.write, "rotate": tc.write, "update": tc.write,
			"touch": tc.write, "delete": tc.write, "raise": tc.write,
		} {
			if d, called := got[verb]; !called || d != want {
				t.Errorf("%s, %s: called %v, %v to answer, want %v", name, verb, called, d, want)
			}
		}
	}
}
