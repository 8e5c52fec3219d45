package csrf_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/axess-go/axess/axesstest/httpscan"
	"github.com/axess-go/axess/middleware/csrf"
	"github.com/axess-go/axess/session"
)

func spa(c *csrf.Config) { c.Mode = csrf.SPA }

// CSR-007
func TestCookie_attributes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		change func(*csrf.Config)
		want   string
	}{
		{func(*csrf.Config) {}, "__Host-axess-csrf; Path=/; HttpOnly; Secure; SameSite=Lax"},
		{spa, "__Host-axess-csrf; Path=/; Secure; SameSite=Lax"},
		{func(c *csrf.Config) { c.InsecureHTTP = true }, "axess-dev-csrf; Path=/; HttpOnly; SameSite=Lax"},
	} {
		g := setup(t, c.change)
		if strings.HasPrefix(c.want, "axess-dev") {
			g.scan.Except(httpscan.CookieFlags, "", "development's cookies on an https host")
		}
		b := g.browser()
		b.get("/form")
		lines := b.last.Header["Set-Cookie"]
		if len(lines) != 2 || !strings.HasPrefix(lines[0], "__Host-axess=") && !strings.HasPrefix(lines[0], "axess-dev=") {
			t.Fatal("want the session's cookie and then ours:", lines)
		}
		name, rest, _ := strings.Cut(lines[1], "=")
		value, attr, _ := strings.Cut(rest, ";")
		if len(value) != 87 || name+";"+attr != c.want {
			t.Errorf("%s, want %s", lines[1], c.want)
		}
	}
}

// CSR-017: who asks for no token gets no cookie, and what is cacheable stays so.
func TestCookie_is_lazy(t *testing.T) {
	t.Parallel()
	g := setup(t)
	b := g.browser()
	for _, path := range []string{"/plain", "/static"} {
		b.get(path)
		if len(b.last.Header["Set-Cookie"]) > 0 || b.last.Header.Get("Vary") != "" || strings.Contains(b.last.Header.Get("Cache-Control"), "private") {
			t.Error(path, b.last.Header)
		}
	}
	b.get("/form")
	if v := b.last.Header; v.Get("Vary") != "Cookie" || !strings.Contains(strings.Join(v["Cache-Control"], ","), "no-store") {
		t.Error("a page with a token may be shared:", v)
	}
	b.get("/form")
	if len(b.last.Header["Set-Cookie"]) > 0 {
		t.Error("a good cookie is set again:", b.last.Header)
	}
	if v := b.last.Header; v.Get("Vary") != "Cookie" || v.Get("Cache-Control") != "private" {
		t.Error("a page with a token may be shared once its cookie is there:", v)
	}
	// Only the token's cookie is missing: the session says nothing about caching.
	delete(b.cookies, csrfCookie)
	b.get("/form")
	if v := b.last.Header; v.Get("Vary") != "Cookie" || v.Get("Cache-Control") != "private" {
		t.Error(v)
	}
	if got := b.post("/do"); got.StatusCode != http.StatusNoContent {
		t.Error(got.Status)
	}
}

// CSR-017: the handler's word on caching stands if it is careful enough.
func TestCookie_and_cache_control(t *testing.T) {
	t.Parallel()
	for set, want := range map[string]string{
		"": "private", "no-store": "no-store", "private, max-age=5": "private, max-age=5", "max-age=5": "max-age=5, private",
		"public, max-age=5, S-Maxage=9": "max-age=5, private",
	} {
		g := setup(t)
		g.mux.HandleFunc("GET /cc", func(w http.ResponseWriter, r *http.Request) {
			if set != "" {
				w.Header().Set("Cache-Control", set)
			}
			_, _ = io.WriteString(w, string(csrf.Field(r.Context())))
		})
		b := g.in()
		delete(b.cookies, csrfCookie)
		b.get("/cc")
		if got := strings.Join(b.last.Header["Cache-Control"], "|"); got != want {
			t.Errorf("%q became %q, want %q", set, got, want)
		}
	}
}

// CSR-017: in SPA mode every navigation sets it, for guests too.
func TestCookie_on_navigation_in_SPA_mode(t *testing.T) {
	t.Parallel()
	g := setup(t, spa)
	b := g.browser()
	r := httptest.NewRequest("GET", host+"/plain", nil)
	r.Header.Set("Accept", "application/json")
	b.send(r)
	if len(b.cookies) > 0 {
		t.Error("a fetch sets cookies", b.cookies)
	}
	b.get("/plain")
	raw := b.cookies[csrfCookie]
	if raw == "" || b.cookies[sessionCookie] == "" {
		t.Fatal(b.cookies)
	}
	r = httptest.NewRequest("POST", host+"/login", nil)
	r.Header.Set("X-CSRF-Token", raw)
	if b.send(r); b.last.StatusCode != http.StatusSeeOther {
		t.Fatal(b.last.Status, b.body)
	}
	// Without another page in between.
	if b.cookies[csrfCookie] == raw {
		t.Fatal("the cookie did not follow the login")
	}
	r = httptest.NewRequest("POST", host+"/do", nil)
	r.Header.Set("X-CSRF-Token", b.cookies[csrfCookie])
	if b.send(r); b.last.StatusCode != http.StatusNoContent {
		t.Fatal(b.last.Status, b.body)
	}
	if strings.Contains(g.logs.String(), "handed out before") {
		t.Error("nothing was handed out")
	}
}

// CSR-014: a cookie that does not verify for the final id is replaced, also when
// nobody asks for a token.
func TestCookie_heals(t *testing.T) {
	t.Parallel()
	g := setup(t)
	b, other := g.in(), g.in()
	for name, bad := range map[string]string{"of another session": other.cookies[csrfCookie], "none": "x", "empty": ""} {
		b.cookies[csrfCookie] = bad
		b.get("/plain")
		if v, ok := b.sets(csrfCookie); !ok || v == bad {
			t.Errorf("%s: not replaced", name)
		}
		b.get("/plain")
		if _, ok := b.sets(csrfCookie); ok {
			t.Errorf("%s: replaced again", name)
		}
	}
	// Nobody waits for it on something that caches share.
	good := b.cookies[csrfCookie]
	b.cookies[csrfCookie] = other.cookies[csrfCookie]
	b.get("/static")
	if len(b.last.Header["Set-Cookie"]) > 0 {
		t.Error("a shared file carries a cookie")
	}
	b.cookies[csrfCookie] = good
	// Every move of the session.
	for _, path := range []string{"/rotate", "/login"} {
		b.get("/form")
		old := b.cookies[csrfCookie]
		b.post(path)
		if b.cookies[csrfCookie] == old {
			t.Errorf("%s: the cookie did not follow", path)
		}
		b.get("/form")
		if got := b.post("/do"); got.StatusCode != http.StatusNoContent {
			t.Errorf("%s: %s", path, got.Status)
		}
	}
	b.post("/logout")
	if v, ok := b.sets(csrfCookie); !ok || v != "" {
		t.Error("sign-out leaves the cookie", b.last.Header)
	}
}

// CSR-014: a cookie that is left over from a session which the browser no longer
// has goes away.
func TestCookie_without_a_session_is_removed(t *testing.T) {
	t.Parallel()
	g := setup(t)
	b := g.in()
	delete(b.cookies, sessionCookie)
	b.get("/static")
	if len(b.last.Header["Set-Cookie"]) > 0 {
		t.Error("a shared file carries a cookie")
	}
	b.get("/plain")
	if v, ok := b.sets(csrfCookie); !ok || v != "" || b.last.Header.Get("Vary") != "Cookie" || b.last.Header.Get("Cache-Control") != "private" {
		t.Error(b.last.Header)
	}
	if len(b.cookies) > 0 {
		t.Error(b.cookies)
	}
}

// CSR-014: the same where a session ended without the browser's doing.
func TestCookie_heals_after_the_session_ran_out(t *testing.T) {
	t.Parallel()
	g := setup(t)
	b := g.in()
	g.fake.Advance(8 * 24 * time.Hour)
	b.post("/do")
	b.refused("csrf_stale")
	b.get("/form")
	if got := b.post("/login"); got.StatusCode != http.StatusSeeOther {
		t.Fatal(got.Status, b.body)
	}
	b.get("/form")
	if got := b.post("/do"); got.StatusCode != http.StatusNoContent {
		t.Fatal(got.Status, b.body)
	}
}

// CSR-013: a token is that of the id at the moment of asking.
func TestToken_after_a_rotation_in_the_same_handler(t *testing.T) {
	t.Parallel()
	g := setup(t)
	b := g.browser()
	b.get("/form")
	b.post("/login-inline")
	before, after, ok := strings.Cut(b.body, " ")
	if !ok || len(before) != 174 || len(after) != 174 {
		t.Fatal(b.body)
	}
	b.token = after
	if got := b.post("/do"); got.StatusCode != http.StatusNoContent {
		t.Fatal(got.Status, b.body)
	}
	b.token = before
	b.post("/do")
	b.refused("csrf_stale")
	if strings.Contains(g.logs.String(), "handed out before") {
		t.Error("the second token repaired the page")
	}
	b = g.browser()
	b.get("/form")
	b.post("/login-before")
	if n := strings.Count(g.logs.String(), "handed out before"); n != 1 {
		t.Errorf("%d warnings about a void token", n)
	}
}

// CSR-040: a tab that was left open across a sign-in recovers with one retry.
func TestStale_tab_recovers(t *testing.T) {
	t.Parallel()
	for name, from := range map[string]func(*http.Request){
		"browser that says so": func(*http.Request) {},
		"old browser":          func(r *http.Request) { r.Header.Del("Sec-Fetch-Site") },
	} {
		g := setup(t)
		b := g.browser()
		b.get("/form")
		old := b.token
		b.post("/login")
		r := b.form("/do", old)
		from(r)
		before := g.unsafeRuns()
		b.send(r)
		b.refused("csrf_stale")
		if g.unsafeRuns() != before {
			t.Fatal("the handler ran")
		}
		retry := b.last.Header.Get(csrf.Header)
		if len(retry) != 174 {
			t.Fatal(name, b.last.Header)
		}
		if got := b.send(b.form("/do", retry)); got.StatusCode != http.StatusNoContent {
			t.Error(name, got.Status, b.body)
		}
	}
	// A browser that lost all cookies, a session with them.
	g := setup(t)
	b := g.in()
	b.cookies = map[string]string{}
	b.post("/do")
	b.refused("csrf_stale")
	b.send(b.form("/who", b.last.Header.Get(csrf.Header)))
	if b.body != "guest" {
		t.Error(b.last.Status, b.body)
	}
}

// CSR-040: a trusted origin that is not this one gets no token.
func TestStale_is_for_the_same_origin_alone(t *testing.T) {
	t.Parallel()
	g := setup(t, func(c *csrf.Config) { c.TrustedOrigins = []string{"https://partner.example"} })
	b := g.in()
	for _, c := range []struct{ site, origin, code string }{
		{"cross-site", "https://partner.example", "csrf_failed"},
		{"", "https://partner.example", "csrf_failed"}, // a browser without Sec-Fetch-Site
		{"none", "", "csrf_failed"},
		{"none", host, "csrf_failed"},
		{"", "", "csrf_failed"},
		{"", host, "csrf_stale"},
		{"same-origin", "", "csrf_stale"},
	} {
		r := b.form("/do", "x")
		r.Header.Del("Sec-Fetch-Site")
		r.Header.Del("Origin")
		if c.site != "" {
			r.Header.Set("Sec-Fetch-Site", c.site)
		}
		if c.origin != "" {
			r.Header.Set("Origin", c.origin)
		}
		b.send(r)
		b.refused(c.code)
		if c.code == "csrf_failed" && (b.last.Header.Get(csrf.Header) != "" || len(b.last.Header["Set-Cookie"]) > 0) {
			t.Error(c, b.last.Header)
		}
	}
}

// A request that was under way during a rotation must not overwrite the newer
// cookie: its answer may come last.
func TestCookie_of_a_superseded_session_stays(t *testing.T) {
	t.Parallel()
	g := setup(t)
	b := g.in()
	late := g.browser()
	late.cookies[sessionCookie] = b.cookies[sessionCookie]
	pair := b.cookies[csrfCookie]
	b.post("/rotate")
	for _, have := range []string{"", pair, b.cookies[csrfCookie]} {
		if late.cookies[csrfCookie] = have; have == "" {
			delete(late.cookies, csrfCookie)
		}
		late.get("/form")
		if _, ok := late.sets(csrfCookie); ok {
			t.Errorf("with %.10q: overwritten", have)
		}
	}
}

// SES-067 seen from here: while the store is out nobody can say whose token it
// is. Nothing runs, nothing is lost.
func TestStore_out(t *testing.T) {
	t.Parallel()
	g := setup(t)
	b := g.in()
	g.Handler = g.p.Origin(g.m.Wrap(g.p.Token(session.Optional(g.mux))))
	pair := b.cookies[csrfCookie]
	g.db.set(func(f *faulty) { f.down = true })
	before := g.unsafeRuns()
	b.get("/plain")
	b.get("/form")
	if _, ok := b.sets(csrfCookie); ok || b.body == "" {
		t.Error("the cookie was touched", b.last.Header)
	}
	if got := b.send(b.form("/do", pair)); got.StatusCode != http.StatusServiceUnavailable || g.unsafeRuns() != before {
		t.Error(got.Status)
	}
	g.db.set(func(f *faulty) { f.down = false })
	if got := b.send(b.form("/do", pair)); got.StatusCode != http.StatusNoContent {
		t.Error(got.Status, b.body)
	}
}

// CSR-016: asked for too late there is no token, and the log says so.
func TestToken_after_the_first_byte(t *testing.T) {
	t.Parallel()
	g := setup(t)
	const late = "the page begins before it asks for its token, and says nothing of itself"
	g.scan.Except(httpscan.ContentType, "/late", late)
	g.scan.Except(httpscan.NoStore, "/late", late)
	var got string
	g.mux.HandleFunc("GET /late", func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, "<html>")
		got = csrf.Token(r.Context()) + csrf.Token(r.Context())
		got = got[:len(got)/2]
	})
	b := g.browser()
	b.get("/late")
	if got != "" || strings.Count(g.logs.String(), "csrf: no token") != 1 {
		t.Errorf("guest: %q", got)
	}
	b = g.in()
	delete(b.cookies, csrfCookie)
	b.get("/late")
	if got != "" || !strings.Contains(g.logs.String(), "after the first byte") {
		t.Errorf("without cookie: %q", got)
	}
	b.get("/form")
	b.get("/late") // the browser has the cookie already
	if b.token = got; got == "" {
		t.Fatal("no token")
	}
	if r := b.post("/do"); r.StatusCode != http.StatusNoContent {
		t.Error(r.Status)
	}
	if csrf.Token(t.Context()) != "" {
		t.Error("a token outside of any request")
	}
}

// SES-075 seen from here: a response that was replaced because the session could
// not be stored carries no cookie for an id that the browser does not get.
func TestCookie_not_on_a_replaced_response(t *testing.T) {
	t.Parallel()
	g := setup(t)
	cart := session.NewKey[string]("cart")
	g.mux.HandleFunc("GET /cart", func(w http.ResponseWriter, r *http.Request) {
		s, err := session.From(r.Context())
		if err == nil {
			err = cart.Set(s, "1")
		}
		if err != nil {
			t.Error(err)
		}
		_, _ = io.WriteString(w, string(csrf.Field(r.Context())))
	})
	b := g.in()
	b.cookies[csrfCookie] = "x"
	g.db.set(func(f *faulty) { f.full = true })
	b.get("/cart")
	if _, ok := b.sets(csrfCookie); ok || b.last.StatusCode != http.StatusServiceUnavailable {
		t.Error(b.last.Status, b.last.Header)
	}
}

// CSR-005: a token is drawn, and not computed from the session alone: two that a
// session got are different, so that knowing one is not knowing the next.
func TestToken_is_drawn_anew_for_a_browser_that_lost_it(t *testing.T) {
	t.Parallel()
	b := setup(t).in()
	first := b.cookies[csrfCookie]
	delete(b.cookies, csrfCookie)
	b.get("/form")
	if second := b.cookies[csrfCookie]; first == "" || second == "" || first == second {
		t.Errorf("first %q, second %q", first, second)
	}
}
