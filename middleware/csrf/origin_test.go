package csrf_test

import (
	"crypto/tls"
	"crypto/x509"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/axess-go/axess/axesstest/httpscan"
	"github.com/axess-go/axess/metric"
	"github.com/axess-go/axess/middleware/csrf"
)

// CSR-002, CSR-003, CSR-004, CSR-033, MID-043: where a request may come from.
// The browser's token is good in every row, so that layer 1 alone decides.
func TestOrigin_matrix(t *testing.T) {
	t.Parallel()
	trusting := func(c *csrf.Config) {
		c.TrustedOrigins = []string{"https://Partner.example:443", "https://bücher.example"}
	}
	dev := func(c *csrf.Config) { c.InsecureHTTP = true }
	for _, c := range []struct {
		name         string
		site, origin string // "-": header absent
		target       string
		change       func(*csrf.Config)
		pass         bool
	}{
		{"own page", "same-origin", host, "", nil, true},
		{"own page, no origin", "same-origin", "-", "", nil, true},
		{"own page under no-referrer", "same-origin", "null", "", nil, true}, // MID-043
		{"typed or bookmarked", "none", "-", "", nil, true},
		{"other site", "cross-site", "https://evil.example", "", nil, false},
		{"other site hides itself", "cross-site", "null", "", nil, false},
		{"other site, no origin", "cross-site", "-", "", nil, false},
		{"other site claims our origin", "cross-site", host, "", nil, false},
		{"sibling", "same-site", "https://blog.app.example", "", nil, false},
		{"sibling, no origin", "same-site", "-", "", nil, false},
		{"http page of our name", "cross-site", "http://app.example", "", nil, false},
		{"another port of our name", "same-site", host + ":8443", "", nil, false},
		{"value unknown to us", "same-planet", host, "", nil, false},
		{"value in another case", "Same-Origin", host, "", nil, false},

		{"old browser, own page", "-", host, "", nil, true},
		{"old browser, empty value", "", host, "", nil, true},
		{"old browser, other site", "-", "https://evil.example", "", nil, false},
		{"old browser, sibling", "-", "https://blog.app.example", "", nil, false},
		{"old browser, our name as prefix", "-", "https://app.example.evil.example", "", nil, false},
		{"old browser, our name as user", "-", "https://app.example@evil.example", "", nil, false},
		{"old browser, hidden origin", "-", "null", "", nil, false},
		{"old browser, hidden origin and no host", "-", "null", "/do", nil, false},
		{"old browser, origin without host, and no host", "-", "https://", "/do", nil, false},
		{"old browser, no scheme", "-", "//app.example", "", nil, false},
		{"old browser, http page of our name", "-", "http://app.example", "", nil, false},
		{"old browser, another port", "-", host + ":8443", "", nil, false},
		{"no browser", "-", "-", "", nil, true},

		{"trusted", "cross-site", "https://partner.example", "", trusting, true},
		{"trusted, old browser", "-", "https://partner.example", "", trusting, true},
		{"trusted, international", "cross-site", "https://xn--bcher-kva.example", "", trusting, true},
		{"trusted name over http", "cross-site", "http://partner.example", "", trusting, false},
		{"trusted name, other port", "cross-site", "https://partner.example:444", "", trusting, false},
		{"below a trusted name", "same-site", "https://x.partner.example", "", trusting, false},
		{"not the trusted one", "cross-site", "https://evil.example", "", trusting, false},

		{"development, old browser, own page", "-", "http://localhost:8080", "http://localhost:8080/do", dev, true},
		{"development, old browser, other site", "-", "http://localhost:9090", "http://localhost:8080/do", dev, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if c.change == nil {
				c.change = func(*csrf.Config) {}
			}
			g := setup(t, c.change)
			if strings.HasPrefix(c.name, "development") {
				g.scan.Except(httpscan.CookieFlags, "", "development's cookies on the https host of this kit")
			}
			b := g.in()
			before := g.unsafeRuns()
			r := b.form("/do", b.token)
			switch c.target {
			case "":
			case "/do":
				r.Host = ""
			default:
				r.Host = strings.TrimSuffix(strings.TrimPrefix(c.target, "http://"), "/do")
			}
			r.Header.Del("Sec-Fetch-Site")
			r.Header.Del("Origin")
			if c.site != "-" {
				r.Header.Set("Sec-Fetch-Site", c.site)
			}
			if c.origin != "-" {
				r.Header.Set("Origin", c.origin)
			}
			b.send(r)
			if ran := g.unsafeRuns() > before; ran != c.pass {
				t.Fatalf("handler ran: %v, want %v (%s %s)", ran, c.pass, b.last.Status, b.body)
			}
			if !c.pass {
				b.refused("csrf_failed")
				if len(b.last.Cookies()) > 0 {
					t.Error("a refused stranger gets cookies")
				}
				if n := g.rec.Counted("axess.csrf.rejected", metric.L(metric.Layer, "origin"), metric.L(metric.Reason, "origin")); n != 1 {
					t.Errorf("counted %d", n)
				}
			}
		})
	}
}

// CSR-002: no browser sends such a header twice; which of the two would count is
// a matter of taste, and an attacker's opportunity.
func TestOrigin_refuses_headers_twice(t *testing.T) {
	t.Parallel()
	for _, key := range []string{"Sec-Fetch-Site", "Origin"} {
		g := setup(t)
		b := g.in()
		r := b.form("/do", b.token)
		r.Header.Add(key, r.Header.Get(key))
		b.send(r)
		b.refused("csrf_failed")
	}
}

// CSR-001: a method that nobody knows is not safe, and no header changes what
// the method is.
func TestOrigin_methods(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		method string
		safe   bool
	}{
		{"GET", true}, {"HEAD", true}, {"OPTIONS", true},
		{"POST", false}, {"PUT", false}, {"PATCH", false}, {"DELETE", false}, {"CONNECT", false},
		{"get", false}, {"PROPFIND", false}, {"TRACK", false}, {"QUERY", false}, {"X", false},
	} {
		for _, from := range []string{"cross-site", "same-origin"} {
			g := setup(t)
			ran := false
			g.Handler = g.p.Origin(g.m.Wrap(g.p.Token(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { ran = true }))))
			r := httptest.NewRequest("GET", host+"/form", nil)
			r.Method = c.method
			r.Header.Set("Sec-Fetch-Site", from)
			r.Header.Set("X-HTTP-Method-Override", "GET")
			r.Header.Set("X-Method-Override", "GET")
			g.browser().send(r)
			if ran != c.safe {
				t.Errorf("%s %s: ran %v", from, c.method, ran)
			}
		}
	}
	// The other way round: a safe method is not made unsafe, the handler sees GET.
	g := setup(t)
	r := httptest.NewRequest("GET", host+"/form", nil)
	r.Header.Set("X-HTTP-Method-Override", "POST")
	if got := g.browser().send(r); got.StatusCode != http.StatusOK || g.unsafeRuns() != 0 {
		t.Error(got.Status)
	}
}

// CSR-001
func TestOrigin_answers_TRACE_with_405(t *testing.T) {
	t.Parallel()
	g := setup(t)
	r := httptest.NewRequest("TRACE", host+"/form", nil)
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	got := g.browser().send(r)
	if got.StatusCode != http.StatusMethodNotAllowed || !strings.Contains(got.Header.Get("Allow"), "GET") || strings.Contains(got.Header.Get("Allow"), "TRACE") {
		t.Fatal(got.Status, got.Header)
	}
}

// CSR-019: who brings the only credential on purpose needs no token, from
// wherever it comes; whoever has the browser's credentials beside it does.
func TestOrigin_exempts_requests_without_ambient_credentials(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		auth   []string
		cookie string
		cert   bool
		pass   bool
	}{
		{name: "bearer", auth: []string{"Bearer abc"}, pass: true},
		{name: "dpop, case", auth: []string{"dPoP abc"}, pass: true},
		{name: "cookie of somebody else", auth: []string{"Bearer abc"}, cookie: "theme=dark; __Host-axessory=1", pass: true},
		{name: "nothing"},
		{name: "basic", auth: []string{"Basic YTpi"}},
		{name: "negotiate", auth: []string{"Negotiate YTpi"}},
		{name: "bearer without a token", auth: []string{"Bearer "}},
		{name: "bearer without a space", auth: []string{"Bearer"}},
		{name: "two", auth: []string{"Bearer abc", "Bearer abc"}},
		{name: "two, one basic", auth: []string{"Bearer abc", "Basic YTpi"}},
		{name: "session cookie", auth: []string{"Bearer abc"}, cookie: sessionCookie + "=x"},
		{name: "session cookie, worthless", auth: []string{"Bearer abc"}, cookie: "a=b;" + sessionCookie},
		{name: "session cookie with space", auth: []string{"Bearer abc"}, cookie: "a=b;  " + sessionCookie + " =x"},
		{name: "refresh cookie", auth: []string{"Bearer abc"}, cookie: sessionCookie + "-rt=x"},
		{name: "certificate", auth: []string{"Bearer abc"}, cert: true},
	} {
		for _, from := range []string{"cross-site", "-"} {
			g := setup(t)
			r := httptest.NewRequest("POST", host+"/do", strings.NewReader(`{}`))
			r.Header["Authorization"] = c.auth
			if from != "-" {
				r.Header.Set("Sec-Fetch-Site", from)
			}
			if c.cookie != "" {
				r.Header["Cookie"] = []string{"x=y", c.cookie}
			}
			if c.cert {
				r.TLS = &tls.ConnectionState{PeerCertificates: []*x509.Certificate{{}}}
			}
			b := g.browser()
			b.send(r)
			if ran := g.unsafeRuns() == 1; ran != c.pass {
				t.Errorf("%s, %s: ran %v", c.name, from, ran)
			}
			if !c.pass {
				b.refused("csrf_failed")
			}
		}
	}
}

// CSR-020: a bypass lets a request in and takes its authority away.
func TestOrigin_bypass_runs_as_guest(t *testing.T) {
	t.Parallel()
	g := setup(t, func(c *csrf.Config) { c.InsecureBypass = []string{"POST /who", "/hook/"} })
	b := g.in()
	for _, path := range []string{"/hook/", "/hook/x"} {
		g.mux.HandleFunc("POST "+path, func(http.ResponseWriter, *http.Request) {})
	}
	cross := func(path string) *http.Request {
		r := httptest.NewRequest("POST", host+path, strings.NewReader("a=1"))
		r.Header.Set("Sec-Fetch-Site", "cross-site")
		r.Header.Set("Origin", "https://evil.example")
		return r
	}
	r := cross("/who")
	if b.send(r); b.last.StatusCode != http.StatusOK || b.body != "guest" {
		t.Fatal(b.last.Status, b.body)
	}
	if len(b.last.Cookies()) > 0 {
		t.Error("the bypass touches the browser's cookies", b.last.Cookies())
	}
	if r.Header.Get("Cookie") == "" {
		t.Error("the headers of whoever is further out were changed")
	}
	// Signed in as before, where it counts.
	b.get("/form")
	if b.post("/rotate"); b.last.StatusCode != http.StatusSeeOther {
		t.Error("the session did not survive", b.body)
	}
	for path, want := range map[string]int{
		"/hook/x": 200, "/hook/": 200,
		// A mux would redirect these to a pattern that matches (CVE-2025-47910).
		"/hook": 403, "//hook/x": 403, "/hook/../who": 403, "/who/": 403, "/form/../hook/x": 403,
		"/do": 403,
	} {
		r := cross("/x")
		r.URL.Path = path
		r.RequestURI = path
		if got := g.browser().send(r); got.StatusCode != want {
			t.Errorf("%s: %d, want %d", path, got.StatusCode, want)
		}
	}
	// Only the method that the pattern names.
	r = cross("/who")
	r.Method = "PUT"
	if got := g.browser().send(r); got.StatusCode != http.StatusForbidden {
		t.Error("PUT:", got.Status)
	}
}

// CSR-018, MID-002: any wrong chain refuses what is unsafe, lets what is safe
// work, and says so once.
func TestLayers_in_the_wrong_order_fail_closed(t *testing.T) {
	t.Parallel()
	for name, chain := range map[string]func(g *site) http.Handler{
		"token outside of session":   func(g *site) http.Handler { return g.p.Origin(g.p.Token(g.m.Wrap(g.mux))) },
		"no session":                 func(g *site) http.Handler { return g.p.Origin(g.p.Token(g.mux)) },
		"no origin":                  func(g *site) http.Handler { return g.m.Wrap(g.p.Token(g.mux)) },
		"origin inside of token":     func(g *site) http.Handler { return g.m.Wrap(g.p.Token(g.p.Origin(g.mux))) },
		"origin of another":          func(g *site) http.Handler { return setup(g.t).p.Origin(g.m.Wrap(g.p.Token(g.mux))) },
		"two origins":                func(g *site) http.Handler { return setup(g.t).p.Origin(g.p.Origin(g.m.Wrap(g.p.Token(g.mux)))) },
		"only token":                 func(g *site) http.Handler { return g.p.Token(g.mux) },
		"session outside, bypassing": func(g *site) http.Handler { return g.m.Wrap(g.p.Origin(g.p.Token(g.mux))) },
	} {
		g := setup(t, func(c *csrf.Config) { c.InsecureBypass = []string{"POST /who"} })
		b := g.in()
		g.Handler = chain(g)
		before := g.unsafeRuns()
		for range 2 {
			if name == "session outside, bypassing" {
				r := httptest.NewRequest("POST", host+"/who", nil)
				r.Header.Set("Sec-Fetch-Site", "cross-site")
				b.send(r)
			} else {
				b.post("/do")
			}
			b.refused("csrf_failed")
		}
		if got := b.get("/plain"); got.StatusCode != http.StatusOK {
			t.Errorf("%s: safe request: %s", name, got.Status)
		}
		b.get("/form")
		if g.unsafeRuns() != before {
			t.Errorf("%s: a handler ran", name)
		}
		if n := strings.Count(g.logs.String(), "the chain is wrong"); n != 1 {
			t.Errorf("%s: %d lines in the log", name, n)
		}
	}
}

// CSR-001, CSR-018: Origin leaves nothing for a safe request, so Token must not
// take the absence of a judgement for one when the method is unsafe by then: a
// layer between the two that makes a POST of a GET would be the way around both.
func TestToken_refuses_what_became_unsafe_behind_Origin(t *testing.T) {
	t.Parallel()
	for _, becomes := range []string{"POST", "DELETE", "BREW", "TRACE"} {
		g := setup(t)
		b := g.in()
		token, before := b.token, g.unsafeRuns()
		inner := g.p.Token(g.mux)
		g.Handler = g.p.Origin(g.m.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			r.Method = becomes
			inner.ServeHTTP(w, r)
		})))
		r := b.form("/do", token) // everything in it is good but where it was judged
		r.Method = http.MethodGet
		b.send(r)
		b.refused("csrf_failed")
		if g.unsafeRuns() != before {
			t.Errorf("%s: a handler ran", becomes)
		}
	}
}

// CSR-018: a program that forgot Origin hears of it with the first request, not
// with the first form that somebody sends.
func TestToken_misses_Origin_with_the_first_safe_request(t *testing.T) {
	t.Parallel()
	g := setup(t)
	forgetful, err := csrf.New(csrf.Config{Keys: g.keys, Entropy: g.src, Logger: slog.New(slog.NewTextHandler(g.logs, nil))})
	if err != nil {
		t.Fatal(err)
	}
	g.Handler = g.m.Wrap(forgetful.Token(g.mux))
	b := g.browser()
	b.get("/form")
	if n := strings.Count(g.logs.String(), "the chain is wrong"); n != 1 {
		t.Errorf("%d lines in the log", n)
	}
	if b.token != "" || len(b.last.Cookies()) != 0 {
		t.Error("a token was handed out that no request can use")
	}
}

// MID-002
func TestLayers_mounted_twice_check_once(t *testing.T) {
	t.Parallel()
	g := setup(t)
	g.Handler = g.p.Origin(g.p.Origin(g.m.Wrap(g.p.Token(g.p.Token(g.mux)))))
	b := g.in()
	if got := b.post("/do"); got.StatusCode != http.StatusNoContent {
		t.Fatal(got.Status, b.body)
	}
	b.cookies = map[string]string{}
	b.get("/form")
	n := 0
	for _, c := range b.last.Cookies() {
		if c.Name == csrfCookie {
			n++
		}
	}
	if n != 1 {
		t.Errorf("%d cookies", n)
	}
}
