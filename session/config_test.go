package session

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/axess-go/axess/seal"
)

// A wrong field is named; nothing is clamped (SES-125, SES-126, SES-159 and the
// bad input of SES §9).
func TestNew_refuses(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	good := func() Config {
		return Config{Store: g.db, Keys: g.keys, Clock: g.fake, Entropy: g.src}
	}
	if _, err := New(good()); err != nil {
		t.Fatal(err)
	}
	for want, change := range map[string]func(*Config){
		"Store":                  func(c *Config) { c.Store = nil },
		"Clock":                  func(c *Config) { c.Clock = nil },
		"Entropy":                func(c *Config) { c.Entropy = nil },
		"Keys.Cookie":            func(c *Config) { c.Keys.Cookie = g.keys.Session },
		"Keys.Session":           func(c *Config) { c.Keys.Session = nil },
		"Keys: ":                 func(c *Config) { c.Keys.Session = testRing(t, seal.Session, testKey("cookie-a", seal.Primary)) },
		"Limit.Max":              func(c *Config) { c.Limit.Max = -1 },
		"Limit.Max: 1001":        func(c *Config) { c.Limit.Max = 1001 },
		"CustomMax":              func(c *Config) { c.CustomMax = 1<<20 + 1 },
		"CarryOnLogin":           func(c *Config) { c.CarryOnLogin = []string{"axess.x"} },
		"Outbox":                 func(c *Config) { c.Events = g.Manager.events },
		"Cookie.Name":            func(c *Config) { c.Cookie = CookieConfig{Name: "__Host-x", InsecureHTTP: true} },
		"Timeouts.Idle":          func(c *Config) { c.Timeouts.Idle = -1 },
		"Timeouts.Idle: 59s":     func(c *Config) { c.Timeouts.Idle = 59 * time.Second },
		"Timeouts.Idle: 48h":     func(c *Config) { c.Timeouts = Timeouts{Idle: 48 * time.Hour, Absolute: 24 * time.Hour} },
		"Timeouts.Absolute":      func(c *Config) { c.Timeouts.Absolute = 401 * 24 * time.Hour },
		"Timeouts.GuestIdle":     func(c *Config) { c.Timeouts.GuestIdle = 25 * time.Hour },
		"Timeouts.GuestAbsolute": func(c *Config) { c.Timeouts.GuestAbsolute = -time.Hour },
		"Timeouts.Grace":         func(c *Config) { c.Timeouts.Grace = 61 * time.Second },
		"Timeouts.Grace: -2ns":   func(c *Config) { c.Timeouts.Grace = -2 },
		"Timeouts.Touch":         func(c *Config) { c.Timeouts.Touch = 25 * time.Hour },
		"Timeouts.Load":          func(c *Config) { c.Timeouts.Load = -1 },
		"Timeouts.Commit":        func(c *Config) { c.Timeouts.Commit = time.Hour },
	} {
		cfg := good()
		change(&cfg)
		if m, err := New(cfg); m != nil || err == nil || !strings.HasPrefix(err.Error(), "session: config: "+want) {
			t.Errorf("%s: %v", want, err)
		}
	}
	cfg := good()
	cfg.Keys.Session = testRing(t, seal.Session, testKey("cookie-a", seal.Primary))
	if _, err := New(cfg); !errors.Is(err, seal.ErrKeyReuse) {
		t.Error(err)
	}
}

// SES §0: defaults and presets.
func TestTimeouts(t *testing.T) {
	t.Parallel()
	var d Timeouts
	if err := d.complete(); err != nil {
		t.Fatal(err)
	}
	want := Timeouts{
		Idle: 24 * time.Hour, Absolute: 7 * 24 * time.Hour, GuestIdle: 2 * time.Hour, GuestAbsolute: 24 * time.Hour,
		Grace: 10 * time.Second, Load: 2 * time.Second, Commit: 5 * time.Second,
	}
	if d != want {
		t.Fatalf("%+v", d)
	}
	for i, preset := range []Timeouts{AAL1(), AAL2(), AAL3()} {
		if err := preset.complete(); err != nil {
			t.Error(i+1, err)
		}
	}
	// The presets are the standard's own figures.
	if AAL1() != (Timeouts{Idle: 24 * time.Hour, Absolute: 30 * 24 * time.Hour}) || AAL2() != (Timeouts{Idle: time.Hour, Absolute: 24 * time.Hour}) ||
		AAL3() != (Timeouts{Idle: 15 * time.Minute, Absolute: 12 * time.Hour}) {
		t.Error(AAL1(), AAL2(), AAL3())
	}
	day := 24 * time.Hour
	for name, tc := range map[string]struct {
		in Timeouts
		ok bool
	}{
		"nothing":                  {Timeouts{}, true},
		"the longest":              {Timeouts{Idle: 400 * day, Absolute: 400 * day}, true},
		"longer":                   {Timeouts{Absolute: 400*day + 1}, false},
		"the shortest":             {Timeouts{Idle: time.Minute, Absolute: time.Minute, Touch: time.Minute}, true},
		"shorter":                  {Timeouts{Idle: time.Minute - 1}, false},
		"idle above absolute":      {Timeouts{Idle: 2 * time.Hour, Absolute: time.Hour}, false},
		"guests alike":             {Timeouts{GuestIdle: day, GuestAbsolute: day}, true},
		"guests idle too long":     {Timeouts{GuestIdle: day + 1}, false},
		"grace of a minute":        {Timeouts{Grace: time.Minute}, true},
		"grace above a minute":     {Timeouts{Grace: time.Minute + 1}, false},
		"grace below none":         {Timeouts{Grace: -2}, false},
		"touched when idle":        {Timeouts{Idle: time.Hour, Touch: time.Hour}, true},
		"touched after idle":       {Timeouts{Idle: time.Hour, Touch: time.Hour + 1}, false},
		"touched before the start": {Timeouts{Touch: -1}, false},
	} {
		whole, err := tc.in.Complete()
		if (err == nil) != tc.ok || (tc.in.Validate() == nil) != tc.ok {
			t.Errorf("%s: %v, %v", name, err, tc.in.Validate())
		}
		if again, err := whole.Complete(); tc.ok && (err != nil || again != whole || whole.Touch == 0 || whole.Load == 0) {
			t.Errorf("%s: completed as %+v, then as %+v, %v", name, whole, again, err)
		}
	}
	if whole, err := (Timeouts{Grace: WithoutGrace}).Complete(); err != nil || whole.Grace != WithoutGrace {
		t.Error(whole.Grace, err)
	}
	off := Timeouts{Grace: WithoutGrace}
	if err := off.complete(); err != nil || off.Grace != 0 {
		t.Fatal(err, off.Grace)
	}
	for idle, every := range map[time.Duration]time.Duration{
		24 * time.Hour: 15 * time.Minute, time.Hour: 3 * time.Minute, 15 * time.Minute: 45 * time.Second, time.Minute: 30 * time.Second,
	} {
		if got := d.touchEvery(idle); got != every {
			t.Errorf("idle %v: touched every %v", idle, got)
		}
	}
}

// SES-132: a development cookie says so at the start.
func TestNew_insecure_cookie_is_logged(t *testing.T) {
	t.Parallel()
	g := newRig(t, func(c *Config) { c.Cookie.InsecureHTTP = true })
	if !strings.Contains(g.logs.String(), "without Secure") || g.cookies.name != "axess-dev" {
		t.Fatal(g.logs)
	}
	if b := g.in(); !strings.HasPrefix(b.cookie, "axess-dev=") {
		t.Fatal(b.cookie)
	}
}
