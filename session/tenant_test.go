package session

import (
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/machine"
)

// tenantRules are what tenants ask for, and may change.
type tenantRules struct {
	mu sync.Mutex
	by map[identity.TenantID]Timeouts
}

func (r *tenantRules) set(t identity.TenantID, to Timeouts) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.by[t] = to
}

func (r *tenantRules) of(t identity.TenantID) Timeouts {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.by[t]
}

func newTenantRig(t *testing.T) (*rig, *tenantRules) {
	t.Helper()
	rules := &tenantRules{by: map[identity.TenantID]Timeouts{}}
	return newRig(t, func(c *Config) { c.TenantTimeouts = rules.of }), rules
}

// SES-231: field by field the shorter one holds, and a longer one is nothing.
func TestTimeouts_shortened(t *testing.T) {
	t.Parallel()
	base := Timeouts{Idle: time.Hour, Absolute: 24 * time.Hour, Grace: 10 * time.Second}
	for name, tc := range map[string]struct{ by, want Timeouts }{
		"nothing said":     {Timeouts{}, base},
		"longer":           {Timeouts{Idle: 2 * time.Hour, Absolute: 48 * time.Hour, Grace: time.Minute}, base},
		"shorter idle":     {Timeouts{Idle: 10 * time.Minute}, Timeouts{Idle: 10 * time.Minute, Absolute: 24 * time.Hour, Grace: 10 * time.Second}},
		"shorter absolute": {Timeouts{Idle: 2 * time.Hour, Absolute: time.Hour}, Timeouts{Idle: time.Hour, Absolute: time.Hour, Grace: 10 * time.Second}},
		"shorter grace":    {Timeouts{Grace: time.Second}, Timeouts{Idle: time.Hour, Absolute: 24 * time.Hour, Grace: time.Second}},
		"no grace":         {Timeouts{Grace: WithoutGrace}, Timeouts{Idle: time.Hour, Absolute: 24 * time.Hour}},
		"negative":         {Timeouts{Idle: -time.Hour, Absolute: -1, Grace: -2}, base},
		"a second":         {Timeouts{Idle: time.Second, Absolute: time.Second}, Timeouts{Idle: time.Minute, Absolute: time.Minute, Grace: 10 * time.Second}},
		"of no tenant":     {Timeouts{GuestIdle: 1, GuestAbsolute: 1, Touch: 1, Load: 1, Commit: 1}, base},
	} {
		if got := base.shortened(tc.by); got != tc.want {
			t.Errorf("%s: %+v, want %+v", name, got, tc.want)
		}
	}
	if got := (Timeouts{Idle: time.Hour, Absolute: time.Hour, Touch: 30 * time.Minute}).shortened(Timeouts{Idle: time.Minute}); got.Touch != time.Minute {
		t.Errorf("activity is written down every %v of %v", got.Touch, got.Idle)
	}
}

// SES-231: a tenant's own deadlines hold for its logins and for nobody else's.
func TestTenantTimeouts(t *testing.T) {
	t.Parallel()
	g, rules := newTenantRig(t)
	theirs := g.other()
	rules.set(g.subj.Tenant, Timeouts{Idle: 10 * time.Minute, Absolute: time.Hour})
	rules.set(theirs.Tenant, Timeouts{Idle: 400 * 24 * time.Hour, Absolute: 400 * 24 * time.Hour}) // no extension
	b, other := g.in(), g.browser()
	other.must(machine.Adopt{Login: g.login(theirs)})
	if v := b.view(); !v.AbsUntil.Equal(t0.Add(time.Hour)) {
		t.Errorf("until %v", v.AbsUntil)
	}
	if v := other.view(); !v.AbsUntil.Equal(t0.AddDate(0, 0, 7)) {
		t.Errorf("another tenant's until %v", v.AbsUntil)
	}
	for range 6 {
		g.fake.Advance(9 * time.Minute)
		if !IsAuthenticated(b.state()) {
			t.Fatal("active, and signed out")
		}
	}
	idle := g.browser()
	idle.must(machine.Adopt{Login: g.login(g.subj)})
	g.fake.Advance(6*time.Minute - time.Millisecond)
	if !IsAuthenticated(b.state()) {
		t.Error("signed out before its time")
	}
	g.fake.Advance(time.Millisecond)
	if b.state() != (Guest{}) {
		t.Error("alive after its absolute end")
	}
	g.fake.Advance(4 * time.Minute)
	if idle.state() != (Guest{}) || !IsAuthenticated(other.state()) {
		t.Error("idle sessions: only those of the tenant end")
	}
}

// SES-231: what a tenant asks for from now on holds for the sessions that exist.
func TestTenantTimeouts_shortened_later(t *testing.T) {
	t.Parallel()
	g, rules := newTenantRig(t)
	b, resting := g.in(), g.in()
	g.fake.Advance(2 * time.Hour)
	b.state()
	rules.set(g.subj.Tenant, Timeouts{Idle: 30 * time.Minute})
	if !IsAuthenticated(b.state()) { // comes under the shorter one with this request
		t.Fatal("signed out")
	}
	g.db.reset()
	b.state()
	if n := g.db.writes(); n != 0 {
		t.Errorf("%d writes with every request", n)
	}
	g.fake.Advance(30 * time.Minute)
	if b.state() != (Guest{}) {
		t.Error("idle for as long as the tenant no longer allows")
	}
	rules.set(g.subj.Tenant, Timeouts{Absolute: 150 * time.Minute})
	if resting.state() != (Guest{}) {
		t.Error("older than the tenant allows")
	}
	again := g.in()
	g.fake.Advance(150*time.Minute - time.Millisecond)
	again.do(func(_ http.ResponseWriter, r *http.Request, s *Session) {
		w := g.watcher(again.ref(), registration(s.State()))
		if live, err := w.lives(r.Context()); !live || err != nil {
			t.Error(live, err)
		}
		if left := w.ends.Sub(g.fake.Now()); left != time.Millisecond {
			t.Errorf("the next look is at the end that the tenant allows, in %v", left)
		}
		rules.set(g.subj.Tenant, Timeouts{Absolute: time.Hour})
		if live, err := w.lives(r.Context()); live || err != nil {
			t.Error("a connection outlives what the tenant allows", live, err)
		}
	})
}

// SES-231, SES-106
func TestTenantTimeouts_grace(t *testing.T) {
	t.Parallel()
	g, rules := newTenantRig(t)
	rules.set(g.subj.Tenant, Timeouts{Grace: WithoutGrace})
	b := g.in()
	stale := *b
	b.must(machine.Regenerate{})
	if stale.state() != (Guest{}) || !IsAuthenticated(b.state()) {
		t.Error("the tenant wants no grace")
	}
}
