package session

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/axess-go/axess/metric"
	"github.com/axess-go/axess/middleware/clientip"
	"github.com/axess-go/axess/seal"
)

// observed binds to the browser and lets everybody through.
func observed(c *Config) { c.Bindings = []Binding{{BindUserAgent, Observe}} }

func bindings(list ...Binding) func(*Config) { return func(c *Config) { c.Bindings = list } }

// agentOf is Chrome on Linux in a version, with a secret that must turn up nowhere.
func agentOf(version string) string {
	return strings.Replace(testAgent, "Chrome/140.0", "Chrome/"+version, 1)
}

func (g *rig) mismatches(t trait, a BindingAction) int {
	return g.rec.Counted(metricBinding, metric.L(metric.Component, t.word()), metric.L(metric.Action, a.String()))
}

func (g *rig) bindingEvents() (list []Event) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, e := range g.event {
		if e.Kind == EventBinding {
			list = append(list, e)
		}
	}
	return list
}

// The cookie alone, taken to another browser, is a guest's there: no Set-Cookie, the
// record as it was, and the owner is signed in as before. A newer version of the same
// browser passes, by design: browsers update themselves.
// SES-060, SES-062, SES-175, SES-177, SES-179, SES-180, SES-182, SES-242
func TestBinding_stolen_cookie_in_another_browser(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		agent string
		in    bool
	}{
		"another browser":       {"Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", false},
		"another platform":      {strings.Replace(testAgent, "X11; Linux x86_64", "Windows NT 10.0; Win64; x64", 1), false},
		"no browser at all":     {noAgent, false},
		"an older version":      {agentOf("139.9"), false},
		"no version":            {agentOf("x"), false},
		"a tool":                {"curl/8.5.0", false},
		"a header of 64 KiB":    {testAgent + strings.Repeat(" ", 64<<10), false},
		"the same":              {testAgent, true},
		"another minor version": {agentOf("140.7"), true},
		"a newer version":       {agentOf("141.0"), true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, memo := range []int{0, WithoutMemo} {
				g := newRig(t, func(c *Config) { c.Memo = memo })
				victim := g.in()
				if victim.state(); memo == 0 && victim.state() == (Guest{}) { // waits opened in memory now
					t.Fatal("the owner is not signed in")
				}
				before, ref := g.db.list(), victim.view().Ref
				thief := &browser{g: g, cookie: victim.cookie, agent: tc.agent}
				v := thief.view()
				if in := IsAuthenticated(v.State); in != tc.in {
					t.Fatalf("memo %d: signed in %v, want %v", memo, in, tc.in)
				}
				if thief.sets() {
					t.Errorf("the answer sets a cookie: %v", thief.last.Header)
				}
				if !reflect.DeepEqual(g.db.list(), before) {
					t.Error("the record has changed")
				}
				if !IsAuthenticated(victim.state()) {
					t.Error("the owner is signed out")
				}
				events := g.bindingEvents()
				if tc.in {
					if len(events) != 0 || g.mismatches(traitAgent, Reject) != 0 {
						t.Errorf("%v", events)
					}
					continue
				}
				if !v.Ended || v.Ref != (Ref{}) {
					t.Errorf("%+v", v)
				}
				if len(events) != 1 || events[0].Trait != "ua" || events[0].Action != Reject || events[0].Ref != ref || events[0].Subject != g.subj || events[0].Handle == [16]byte{} {
					t.Errorf("%+v", events)
				}
				if g.mismatches(traitAgent, Reject) != 1 || g.rec.Counted(metricLoads, metric.L(metric.Outcome, "rejected")) != 1 {
					t.Error("not counted")
				}
				for _, secret := range []string{"Firefox", "Chrome/", "Windows", "curl", "Mozilla"} {
					if s := g.logs.String() + fmt.Sprintf("%+v", events); strings.Contains(s, secret) {
						t.Errorf("%q is in log or event", secret)
					}
				}
			}
		})
	}
}

// Whoever shows the wrong browser can do with the cookie what anybody can do without:
// sign out, rotate, write data and be told to come back change nothing for the one
// who shows the right one.
// SES-180
func TestBinding_wrong_browser_cannot_end_the_session(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	victim := g.in()
	victim.with(func(_ *http.Request, s *Session) { _ = anyNote.Set(s, "mine") })
	before := g.db.list()
	thief := func() *browser { return &browser{g: g, cookie: victim.cookie, agent: "curl/8.5.0"} }
	for name, try := range map[string]func(*http.Request, *Session) error{
		"logout": func(r *http.Request, s *Session) error { return s.Logout(r.Context()) },
		"anchor": func(r *http.Request, s *Session) error { _, err := s.Anchor(r.Context()); return err },
	} {
		b := thief()
		b.with(func(r *http.Request, s *Session) {
			if err := try(r, s); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		})
		if name == "anchor" && b.sets() {
			t.Error("an anchor takes the place of the cookie")
		}
	}
	b := thief()
	b.with(func(r *http.Request, s *Session) {
		if err := s.Rotate(r.Context()); err == nil {
			t.Error("rotated")
		}
		if v, _, _ := anyNote.Get(s); v != "" {
			t.Errorf("reads %q", v)
		}
		_ = anyNote.Set(s, "yours")
	})
	if b.cookie == victim.cookie || victim.note() != "mine" {
		t.Error("a guest of that browser shares the session")
	}
	for range 1000 {
		thief().state()
	}
	if n := len(g.bindingEvents()); n != 1 {
		t.Errorf("%d events: whoever has a cookie can fill the trail", n)
	}
	g.fake.Advance(bindingReport)
	if thief().state(); len(g.bindingEvents()) != 2 {
		t.Error("a later attempt is not reported")
	}
	if !slices.ContainsFunc(g.db.list(), func(r Record) bool { return reflect.DeepEqual(r, before[0]) }) || !IsAuthenticated(victim.state()) {
		t.Error("the session has changed")
	}
}

// SES-175: each trait with its tolerance, and absence where there was something.
func TestBinding_traits(t *testing.T) {
	t.Parallel()
	from := func(addr string, forwarded ...string) func(*http.Request) {
		return func(r *http.Request) {
			r.RemoteAddr = addr
			r.Header["X-Forwarded-For"] = forwarded
		}
	}
	cert := func(raw, key string) func(*http.Request) {
		return func(r *http.Request) {
			r.TLS = &tls.ConnectionState{PeerCertificates: []*x509.Certificate{{Raw: []byte(raw), RawSubjectPublicKeyInfo: []byte(key)}}}
		}
	}
	header := func(name, value string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set(name, value) }
	}
	without := func(r *http.Request) {}
	long := strings.Repeat("x", 1100)
	for name, tc := range map[string]struct {
		bind      Component
		login     func(*http.Request)
		same, not []func(*http.Request)
	}{
		"the header as a whole": {BindUserAgentExact, header("User-Agent", testAgent),
			[]func(*http.Request){header("User-Agent", testAgent)}, []func(*http.Request){header("User-Agent", agentOf("141.0")), header("User-Agent", "")}},
		"a header of no family": {BindUserAgent, header("User-Agent", "own/1"),
			[]func(*http.Request){header("User-Agent", "own/1")}, []func(*http.Request){header("User-Agent", "own/2"), header("User-Agent", ""), header("User-Agent", testAgent)}},
		"a header above 1 KiB": {BindUserAgent, header("User-Agent", testAgent+long+"a"),
			[]func(*http.Request){header("User-Agent", testAgent+long+"a")}, []func(*http.Request){header("User-Agent", testAgent+long+"b"), header("User-Agent", testAgent)}},
		"no header": {BindUserAgent, func(r *http.Request) { r.Header.Del("User-Agent") },
			[]func(*http.Request){func(r *http.Request) { r.Header.Del("User-Agent") }}, []func(*http.Request){header("User-Agent", testAgent)}},
		"a composed header": {BindUserAgent, header("User-Agent", testAgent),
			nil, []func(*http.Request){header("User-Agent", "\x01Chrome\x00Linux")}},
		"a protocol's version": {BindUserAgent, header("User-Agent", "Go-http-client/2.0"),
			[]func(*http.Request){header("User-Agent", "Go-http-client/1.1")}, []func(*http.Request){header("User-Agent", "curl/8.0")}},
		"a network": {BindIPPrefix, from("192.0.2.7:4711"),
			[]func(*http.Request){from("192.0.2.200:1"), from("[::ffff:192.0.2.9]:1"), from("192.0.2.7:1", "198.51.100.1")},
			[]func(*http.Request){from("192.0.3.7:4711"), from("[2001:db8::1]:1"), from("@"), from("198.51.100.1:1", "192.0.2.7")}},
		"a network of the new kind": {BindIPPrefix, from("[2001:db8:1:2:3::1]:4711"),
			[]func(*http.Request){from("[2001:db8:1:2:ffff::9]:1")}, []func(*http.Request){from("[2001:db8:1:3::1]:1"), from("192.0.2.7:1")}},
		"behind a proxy": {BindIPPrefix, from("10.0.0.1:1", "192.0.2.7"),
			[]func(*http.Request){from("10.0.0.2:1", "198.51.100.1, 192.0.2.9")}, []func(*http.Request){from("10.0.0.1:1", "192.0.2.7, 198.51.100.1")}},
		"a certificate": {BindClientCert, cert("one", "key"),
			[]func(*http.Request){cert("one", "key")}, []func(*http.Request){cert("renewed", "key"), cert("stolen", "other"), without}},
		"a certificate's key": {BindClientKey, cert("one", "key"),
			[]func(*http.Request){cert("one", "key"), cert("renewed", "key")}, []func(*http.Request){cert("one", "other"), without}},
		"a language": {BindLanguage, header("Accept-Language", "en-GB,en;q=0.9"),
			[]func(*http.Request){header("Accept-Language", "EN"), header("Accept-Language", "en;q=0.1, de")},
			[]func(*http.Request){header("Accept-Language", "de"), header("Accept-Language", ""), header("Accept-Language", "*"), header("Accept-Language", "englishish")}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			proxies, err := clientip.New(clientip.Config{Trusted: []string{"10.0.0.0/8"}})
			if err != nil {
				t.Fatal(err)
			}
			g := newRig(t, bindings(Binding{tc.bind, Reject}), func(c *Config) { c.ClientIP = proxies })
			b := g.browser()
			b.dress = tc.login
			b.must(adopt(g))
			for i, dress := range append(tc.same, tc.login) {
				if b.dress = dress; !IsAuthenticated(b.state()) {
					t.Errorf("same %d: rejected", i)
				}
			}
			for i, dress := range tc.not {
				if b.dress = dress; IsAuthenticated(b.state()) {
					t.Errorf("other %d: signed in", i)
				}
			}
		})
	}
}

// What is absent where a session begins, and cannot be had without being proved, is
// not bound: a certificate that comes later is no mismatch.
func TestBinding_to_nothing(t *testing.T) {
	t.Parallel()
	g := newRig(t, bindings(Binding{Component: BindClientCert}))
	b := g.in()
	if before := mustDecodeRecord(t, g, b); before.binding != nil || before.salt != nil {
		t.Errorf("%x", before.binding)
	}
	b.dress = func(r *http.Request) {
		r.TLS = &tls.ConnectionState{PeerCertificates: []*x509.Certificate{{Raw: []byte("later")}}}
	}
	if !IsAuthenticated(b.state()) {
		t.Error("rejected")
	}
	free := newRig(t, func(c *Config) { c.WithoutBinding = "a test" })
	b = free.in()
	b.agent = "curl/8.5.0"
	if !IsAuthenticated(b.state()) || len(free.bindingEvents()) != 0 {
		t.Error("bound without a binding")
	}
}

// SES-180: what each action does, and what it leaves.
func TestBinding_actions(t *testing.T) {
	t.Parallel()
	t.Run("observe", func(t *testing.T) {
		t.Parallel()
		g := newRig(t, observed)
		b := g.in()
		b.agent = "curl/8.5.0"
		g.db.reset()
		for range 5 {
			if v := b.view(); !IsAuthenticated(v.State) || v.Challenged {
				t.Fatalf("%+v", v)
			}
		}
		if g.mismatches(traitAgent, Observe) != 5 || len(g.bindingEvents()) != 1 || g.bindingEvents()[0].Action != Observe {
			t.Errorf("%d counted, %v", g.mismatches(traitAgent, Observe), g.bindingEvents())
		}
	})
	t.Run("revoke", func(t *testing.T) {
		t.Parallel()
		g := newRig(t, bindings(Binding{BindUserAgent, Revoke}))
		b := g.in()
		other := &browser{g: g, cookie: b.cookie, agent: "curl/8.5.0"}
		if v := other.view(); IsAuthenticated(v.State) || other.sets() || len(g.db.list()) != 0 {
			t.Errorf("%+v, %d records", v, len(g.db.list()))
		}
		if b.state() != (Guest{}) {
			t.Error("the session lives on")
		}
		if e := g.bindingEvents(); len(e) != 1 || e[0].Action != Revoke {
			t.Errorf("%v", e)
		}
	})
	t.Run("revoke that fails", func(t *testing.T) {
		t.Parallel()
		g := newRig(t, bindings(Binding{BindUserAgent, Revoke}))
		b := g.in()
		m := g.manager(bindings(Binding{BindUserAgent, Revoke}), func(c *Config) { c.Store = undeletable{g.db} })
		other := &browser{g: g, cookie: b.cookie, agent: "curl/8.5.0"}
		other.doOn(m, func(_ http.ResponseWriter, _ *http.Request, s *Session) {
			if IsAuthenticated(s.State()) {
				t.Error("let in")
			}
		})
		if other.sets() || len(g.db.list()) != 1 {
			t.Error("cookie or record")
		}
	})
	t.Run("the strongest decides and each is reported", func(t *testing.T) {
		t.Parallel()
		g := newRig(t, bindings(Binding{BindLanguage, Observe}, Binding{BindUserAgent, Reject}))
		b := g.in()
		b.agent, b.dress = "curl/8.5.0", func(r *http.Request) { r.Header.Set("Accept-Language", "fr") }
		if b.state() != (Guest{}) || g.mismatches(traitLanguage, Observe) != 1 || g.mismatches(traitAgent, Reject) != 1 || len(g.bindingEvents()) != 2 {
			t.Errorf("%v", g.bindingEvents())
		}
	})
}

// SES-181 and the defaults of SES-180.
func TestBinding_configuration(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	for want, change := range map[string]func(*Config){
		"ClientIP: missing":                               bindings(Binding{Component: BindIPPrefix}),
		"Bindings: 0: no such component":                  bindings(Binding{}),
		"Bindings: 1: no such component":                  bindings(Binding{Component: BindUserAgent}, Binding{Component: 7}),
		"Bindings: 0: no such action":                     bindings(Binding{BindUserAgent, 5}),
		"Bindings: 1: user_agent_exact: a second binding": bindings(Binding{Component: BindUserAgent}, Binding{Component: BindUserAgentExact}),
		"WithoutBinding: contradicts Bindings":            func(c *Config) { c.Bindings, c.WithoutBinding = DefaultBindings(), "why" },
	} {
		cfg := Config{Store: g.db, Keys: g.keys, Clock: g.fake, Entropy: g.src}
		change(&cfg)
		if _, err := New(cfg); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
	list, err := CompleteBindings([]Binding{{Component: BindUserAgentExact}, {Component: BindIPPrefix}, {Component: BindClientKey}, {Component: BindLanguage}})
	if got := fmt.Sprint(list, err); got != "[user_agent_exact reject ip_prefix observe client_key reject language observe] <nil>" {
		t.Error(got)
	}
	if got, err := CompleteBindings(nil); fmt.Sprint(got, err) != "[user_agent reject] <nil>" {
		t.Error(got, err)
	}
	if (Binding{}).String() != "invalid invalid" || Component(99).trait() != traits {
		t.Error("names of nothing")
	}
	for c := BindUserAgent; c <= components; c++ {
		if c.String() == "invalid" || c.trait() == traits {
			t.Errorf("component %d", c)
		}
	}
}

// A configuration that has changed judges sessions that exist by what they were bound
// in: nobody is signed out by a change of settings.
// SES-178
func TestBinding_of_another_configuration(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	b := g.in()
	see := func(m *Manager, agent string) (in bool) {
		b.agent = agent
		b.doOn(m, func(_ http.ResponseWriter, _ *http.Request, s *Session) { in = IsAuthenticated(s.State()) })
		return in
	}
	exact := g.manager(bindings(Binding{BindUserAgentExact, Reject}))
	if !see(exact, testAgent) || !see(exact, agentOf("141.0")) || see(exact, "curl/8.5.0") {
		t.Error("the other form of the trait")
	}
	if language := g.manager(bindings(Binding{BindLanguage, Reject})); !see(language, "curl/8.5.0") {
		t.Error("judged by a trait that nobody asks for")
	}
}

// SES-178, SES-176: a session in use moves to a new key and outlives the old one; one
// whose key is gone proves nothing.
func TestBinding_key_rotation(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	b := g.in()
	salt := mustDecodeRecord(t, g, b).salt
	b.agent = agentOf("150.0")
	a, next := testKey("cookie-a", seal.Retiring), testKey("cookie-b", seal.Primary)
	a.NotAfter = t0.AddDate(0, 0, 8)
	if err := g.keys.Cookie.Replace(testRing(t, seal.Cookie, next, a)); err != nil {
		t.Fatal(err)
	}
	thief := &browser{g: g, cookie: b.cookie, agent: "curl/8.5.0"}
	if thief.state() != (Guest{}) {
		t.Fatal("not compared under the older key")
	}
	if !IsAuthenticated(b.state()) {
		t.Fatal("signed out by a new key")
	}
	now := mustDecodeRecord(t, g, b)
	eachBound(now.binding, func(e bound, _ bool, _ []byte) {
		if e.kid != next.ID() || e.version != 140 || string(now.salt) != string(salt) {
			t.Errorf("key %s, version %d: the floor is that of the login", e.kid, e.version)
		}
	})
	g.db.reset()
	if b.state(); g.db.writes() != 0 {
		t.Error("written again with every request")
	}
	if err := g.keys.Cookie.Revoke(a.ID()); err != nil {
		t.Fatal(err)
	}
	if !IsAuthenticated(b.state()) {
		t.Fatal("signed out by the end of the old key")
	}
	body := mustDecodeRecord(t, g, b)
	lost := replaceBound(body.binding, []bound{{mac: [16]byte{1}, component: BindUserAgent, kid: a.ID()}})
	body.binding = lost
	r, _ := http.NewRequest("GET", "/", nil)
	r.Header.Set("User-Agent", testAgent)
	if _, differs, stale := g.binder.compare(&body, r); !differs || stale {
		t.Error("an entry under a key that is gone counts as a match")
	}
}

// SES-180: a mismatch within the window of a report is
// another one if it is of another session, trait or action.
func TestBinding_reports(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	one, two := secretID{1}.ref(), secretID{2}.ref()
	now := t0.Add(time.Second)
	for i, first := range []bool{
		g.firstReport(one, traitAgent, Reject, now), g.firstReport(one, traitNetwork, Reject, now), g.firstReport(two, traitAgent, Reject, now),
		g.firstReport(one, traitAgent, Reject, now.Add(bindingReport)),
	} {
		if !first {
			t.Errorf("%d is not reported", i)
		}
	}
	if g.firstReport(one, traitAgent, Reject, now.Add(bindingReport)) {
		t.Error("reported twice")
	}
}
