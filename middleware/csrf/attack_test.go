package csrf_test

import (
	"bytes"
	"encoding/base64"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/axess-go/axess/metric"
	"github.com/axess-go/axess/middleware/csrf"
	"github.com/axess-go/axess/seal"
)

// attempt is what an attacker makes of a victim's request. Layer 1 says nothing
// in these, as for an old browser that hides where it comes from: layer 2 has to
// hold alone.
type attempt struct {
	name string
	make func(victim, attacker *browser, r *http.Request)
	why  csrf.Reason
}

func setCookies(r *http.Request, pairs ...string) { r.Header["Cookie"] = pairs }

func attempts() []attempt {
	victimSession := func(b *browser) string { return sessionCookie + "=" + b.cookies[sessionCookie] }
	pair := func(v string) string { return csrfCookie + "=" + v }
	field := func(r *http.Request, v ...string) {
		body := url.Values{"_csrf": v}.Encode()
		*r = *httptest.NewRequest("POST", r.URL.String(), strings.NewReader(body))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	return []attempt{
		{"no token at all", func(v, _ *browser, r *http.Request) {
			field(r)
			setCookies(r, victimSession(v), pair(v.cookies[csrfCookie]))
		}, csrf.ReasonMissing},
		{"no cookie", func(v, _ *browser, r *http.Request) {
			field(r, v.token)
			setCookies(r, victimSession(v))
		}, csrf.ReasonMissing},
		{"token of another session in the form", func(v, a *browser, r *http.Request) { // CSR-031
			field(r, a.token)
			setCookies(r, victimSession(v), pair(v.cookies[csrfCookie]))
		}, csrf.ReasonMismatch},
		{"pair of another session, tossed from a sibling", func(v, a *browser, r *http.Request) { // CSR-031
			field(r, a.token)
			setCookies(r, victimSession(v), pair(a.cookies[csrfCookie]))
		}, csrf.ReasonStale},
		{"tossed behind the good one", func(v, a *browser, r *http.Request) {
			field(r, a.token)
			setCookies(r, victimSession(v)+"; "+pair(v.cookies[csrfCookie])+"; "+pair(a.cookies[csrfCookie]))
		}, csrf.ReasonMalformed},
		{"tossed before the good one", func(v, a *browser, r *http.Request) {
			field(r, a.token)
			setCookies(r, pair(a.cookies[csrfCookie])+"; "+victimSession(v)+"; "+pair(v.cookies[csrfCookie]))
		}, csrf.ReasonMalformed},
		{"tossed in a line of its own", func(v, a *browser, r *http.Request) {
			field(r, a.token)
			setCookies(r, victimSession(v)+"; "+pair(v.cookies[csrfCookie]), pair(a.cookies[csrfCookie]))
		}, csrf.ReasonMalformed},
		{"the good cookie twice", func(v, _ *browser, r *http.Request) { // CSR-010
			field(r, v.token)
			setCookies(r, victimSession(v), pair(v.cookies[csrfCookie]), pair(v.cookies[csrfCookie]))
		}, csrf.ReasonMalformed},
		{"made up, equal in both places", func(v, _ *browser, r *http.Request) {
			made := base64.RawURLEncoding.EncodeToString(append([]byte{1}, make([]byte, 64)...))
			field(r, made)
			setCookies(r, victimSession(v), pair(made))
		}, csrf.ReasonStale},
		{"empty, equal in both places", func(v, _ *browser, r *http.Request) { // CSR-030
			field(r, "")
			setCookies(r, victimSession(v), pair(""))
		}, csrf.ReasonMalformed},
		{"empty header", func(v, _ *browser, r *http.Request) {
			field(r, v.token)
			r.Header["X-Csrf-Token"] = []string{""}
			setCookies(r, victimSession(v), pair(v.cookies[csrfCookie]))
		}, csrf.ReasonMalformed},
		{"token in the query", func(v, _ *browser, r *http.Request) { // CSR-008
			*r = *httptest.NewRequest("POST", host+"/do?_csrf="+v.token+"&X-CSRF-Token="+v.token, nil)
			setCookies(r, victimSession(v), pair(v.cookies[csrfCookie]))
		}, csrf.ReasonMissing},
		{"token in a json body", func(v, _ *browser, r *http.Request) {
			*r = *httptest.NewRequest("POST", host+"/do", strings.NewReader(`{"_csrf":"`+v.token+`"}`))
			r.Header.Set("Content-Type", "application/json")
			setCookies(r, victimSession(v), pair(v.cookies[csrfCookie]))
		}, csrf.ReasonMissing},
		{"form as text/plain", func(v, _ *browser, r *http.Request) {
			*r = *httptest.NewRequest("POST", host+"/do", strings.NewReader("_csrf="+v.token))
			r.Header.Set("Content-Type", "text/plain")
			setCookies(r, victimSession(v), pair(v.cookies[csrfCookie]))
		}, csrf.ReasonMissing},
		{"token in a multipart form", func(v, _ *browser, r *http.Request) { // CSR-009
			var b bytes.Buffer
			m := multipart.NewWriter(&b)
			_ = m.WriteField("_csrf", v.token)
			_ = m.Close()
			*r = *httptest.NewRequest("POST", host+"/do", &b)
			r.Header.Set("Content-Type", m.FormDataContentType())
			setCookies(r, victimSession(v), pair(v.cookies[csrfCookie]))
		}, csrf.ReasonMissing},
		{"header and field differ", func(v, a *browser, r *http.Request) { // CSR-008
			field(r, v.token)
			r.Header.Set("X-CSRF-Token", a.token)
			setCookies(r, victimSession(v), pair(v.cookies[csrfCookie]))
		}, csrf.ReasonMismatch},
		{"good header, other field", func(v, a *browser, r *http.Request) {
			field(r, a.token)
			r.Header.Set("X-CSRF-Token", v.token)
			setCookies(r, victimSession(v), pair(v.cookies[csrfCookie]))
		}, csrf.ReasonMismatch},
		{"good header, field that is none", func(v, _ *browser, r *http.Request) {
			field(r, "x")
			r.Header.Set("X-CSRF-Token", v.token)
			setCookies(r, victimSession(v), pair(v.cookies[csrfCookie]))
		}, csrf.ReasonMismatch},
		{"two headers", func(v, a *browser, r *http.Request) {
			r.Header["X-Csrf-Token"] = []string{v.token, a.token}
			setCookies(r, victimSession(v), pair(v.cookies[csrfCookie]))
		}, csrf.ReasonMalformed},
		{"two fields", func(v, a *browser, r *http.Request) {
			field(r, v.token, a.token)
			setCookies(r, victimSession(v), pair(v.cookies[csrfCookie]))
		}, csrf.ReasonMalformed},
		{"header with control bytes", func(v, _ *browser, r *http.Request) { // CSR-030
			r.Header["X-Csrf-Token"] = []string{v.token[:50] + "\x00" + v.token[51:]}
			setCookies(r, victimSession(v), pair(v.cookies[csrfCookie]))
		}, csrf.ReasonMalformed},
		{"header of 4,097 bytes counts as absent", func(v, _ *browser, r *http.Request) { // CSR-011
			*r = *httptest.NewRequest("POST", host+"/do", nil)
			r.Header["X-Csrf-Token"] = []string{strings.Repeat("A", 4097)}
			setCookies(r, victimSession(v), pair(v.cookies[csrfCookie]))
		}, csrf.ReasonMissing},
		{"masked value as cookie of another session", func(v, a *browser, r *http.Request) {
			field(r, a.token)
			setCookies(r, victimSession(v), pair(a.token))
		}, csrf.ReasonStale},
		{"no session cookie", func(v, _ *browser, r *http.Request) {
			field(r, v.token)
			setCookies(r, pair(v.cookies[csrfCookie]))
		}, csrf.ReasonStale},
		{"attacker's session cookie", func(v, a *browser, r *http.Request) {
			field(r, v.token)
			setCookies(r, sessionCookie+"="+a.cookies[sessionCookie], pair(v.cookies[csrfCookie]))
		}, csrf.ReasonStale},
	}
}

// CSR-008, CSR-009, CSR-010, CSR-011, CSR-030, CSR-031, CSR-033
func TestToken_attacks(t *testing.T) {
	t.Parallel()
	for _, a := range attempts() {
		t.Run(a.name, func(t *testing.T) {
			t.Parallel()
			g := setup(t)
			victim, attacker := g.in(), g.in()
			before := g.unsafeRuns()
			r := httptest.NewRequest("POST", host+"/do", nil)
			a.make(victim, attacker, r)
			stranger := g.browser() // adds no cookies of its own
			stranger.send(r)
			stranger.refused("csrf_failed")
			if g.unsafeRuns() != before {
				t.Fatal("the handler ran")
			}
			if len(stranger.last.Header["Set-Cookie"]) > 0 || stranger.last.Header.Get(csrf.Header) != "" {
				t.Error("who is not of this site gets a token", stranger.last.Header)
			}
			if n := g.rec.Counted("axess.csrf.rejected", metric.L(metric.Layer, "token"), metric.L(metric.Reason, string(a.why))); n != 1 {
				t.Errorf("not counted as %s: %v", a.why, g.rec.Series())
			}
		})
	}
}

// CSR-030: one answer for all of them, byte for byte.
func TestToken_refusals_look_alike(t *testing.T) {
	t.Parallel()
	var first string
	for _, a := range attempts() {
		g := setup(t)
		victim, attacker := g.in(), g.in()
		r := httptest.NewRequest("POST", host+"/do", nil)
		a.make(victim, attacker, r)
		b := g.browser()
		b.send(r)
		if first == "" {
			first = b.body
		}
		if b.body != first {
			t.Errorf("%s: %s, others %s", a.name, b.body, first)
		}
	}
}

// CSR-008, CSR-011, CSR-012, CSR-009: what honest clients send, in all its forms.
func TestToken_accepts(t *testing.T) {
	t.Parallel()
	for name, make := range map[string]func(b *browser, r *http.Request) *http.Request{
		"form": func(_ *browser, r *http.Request) *http.Request { return r },
		"header, masked": func(b *browser, _ *http.Request) *http.Request {
			r := httptest.NewRequest("POST", host+"/do", strings.NewReader("{}"))
			r.Header.Set("X-CSRF-Token", b.token)
			return r
		},
		"header, the cookie's value": func(b *browser, _ *http.Request) *http.Request {
			r := httptest.NewRequest("POST", host+"/do", nil)
			r.Header.Set("X-CSRF-Token", b.cookies[csrfCookie])
			return r
		},
		"header and field, differently masked": func(b *browser, r *http.Request) *http.Request {
			r.Header.Set("X-CSRF-Token", b.cookies[csrfCookie])
			return r
		},
		"header over a large form": func(b *browser, _ *http.Request) *http.Request {
			r := b.form("/do", strings.Repeat("x", 70_000))
			r.Header.Set("X-CSRF-Token", b.token)
			return r
		},
		"header over a multipart form": func(b *browser, _ *http.Request) *http.Request {
			r := httptest.NewRequest("POST", host+"/do", strings.NewReader("--b--"))
			r.Header.Set("Content-Type", "multipart/form-data; boundary=b")
			r.Header.Set("X-CSRF-Token", b.token)
			return r
		},
		"cookies among garbage, in several lines": func(b *browser, r *http.Request) *http.Request {
			r.Header["Cookie"] = []string{";;=; garbage; \"; =x; a=b=c; " + csrfCookie, "x\x01y; " + csrfCookie + "=" + strings.Repeat("A", 5000)}
			return r
		},
		"without any word of the browser": func(_ *browser, r *http.Request) *http.Request {
			r.Header.Del("Sec-Fetch-Site")
			r.Header.Del("Origin")
			return r
		},
		"from a page under no-referrer": func(_ *browser, r *http.Request) *http.Request { // MID-043
			r.Header.Set("Origin", "null")
			return r
		},
	} {
		g := setup(t)
		b := g.in()
		before := g.unsafeRuns()
		b.send(make(b, b.form("/do", b.token)))
		if b.last.StatusCode != http.StatusNoContent || g.unsafeRuns() != before+1 {
			t.Errorf("%s: %s %s", name, b.last.Status, b.body)
		}
	}
}

// CSR-009
func TestToken_leaves_the_body_to_the_handler(t *testing.T) {
	t.Parallel()
	g := setup(t)
	b := g.in()
	b.post("/do")
	if want := (url.Values{"_csrf": {b.token}, "a": {"1 2"}}).Encode(); g.body != want {
		t.Errorf("read %q, sent %q", g.body, want)
	}
	large := "a=" + strings.Repeat("x", 70_000)
	r := httptest.NewRequest("POST", host+"/do", strings.NewReader(large))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.ContentLength = -1
	r.Header.Set("X-CSRF-Token", b.token)
	if b.send(r); g.body != large {
		t.Errorf("%d bytes of %d", len(g.body), len(large))
	}
}

// CSR-034, CSR-006
func TestToken_key_rotation_refuses_nobody(t *testing.T) {
	t.Parallel()
	g := setup(t)
	open, again := g.in(), g.in()
	swap := func(keys ...seal.Key) {
		t.Helper()
		if err := g.keys.Cookie.Replace(ring(t, seal.Cookie, keys...)); err != nil {
			t.Fatal(err)
		}
	}
	post := func(b *browser) {
		t.Helper()
		if got := b.post("/do"); got.StatusCode != http.StatusNoContent {
			t.Fatal(got.Status, b.body)
		}
	}
	swap(testKey("cookie-a", seal.Primary), testKey("cookie-b", seal.Pending))
	post(open)
	swap(testKey("cookie-b", seal.Primary), testKey("cookie-a", seal.Retiring))
	post(open)         // a page from before
	again.get("/form") // a page from after, with the cookie from before
	post(again)
	fresh := g.in()
	post(fresh)
	// Another instance that has not promoted yet verifies what this one signed.
	swap(testKey("cookie-a", seal.Primary), testKey("cookie-b", seal.Pending))
	post(fresh)
	swap(testKey("cookie-b", seal.Primary), testKey("cookie-a", seal.Retiring))
	post(fresh)
	swap(testKey("cookie-b", seal.Primary))
	post(fresh)
	// The key is gone, and with it the old page; the next one works.
	open.get("/form")
	post(open)
}

// CSR-021, CSR-030: who looks at the log learns what happened and no secret.
func TestReject_logs_and_reports_without_secrets(t *testing.T) {
	t.Parallel()
	g := setup(t)
	b := g.in()
	secrets := []string{b.token, b.cookies[csrfCookie], b.cookies[sessionCookie]}
	r := b.form("/form?_csrf=leak", b.token[:170]+"AAAA")
	r.Method = "BREW\tCOFFEE"
	b.send(r)
	b.refused("csrf_stale")
	r = b.form("/do", b.token)
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	b.send(r)
	logs := g.logs.String()
	for _, s := range append(secrets, b.cookies[csrfCookie]) {
		if s == "" || strings.Contains(logs, s) || strings.Contains(logs, s[:20]) {
			t.Error("a secret is in the log")
		}
	}
	for _, want := range []string{
		`"layer":"token"`, `"reason":"mismatch"`, `"method":"other"`, `"route":"/form"`, `"has_cookie":true`,
		`"layer":"origin"`, `"reason":"origin"`, `"method":"POST"`, `"route":"POST /do"`, `"has_header":false`,
	} {
		if !strings.Contains(logs, want) {
			t.Errorf("no %s in %s", want, logs)
		}
	}
	if strings.Contains(logs, "BREW") || strings.Contains(logs, "leak") {
		t.Error("the log repeats what the caller made up")
	}
	want := []csrf.Event{
		{Layer: csrf.LayerToken, Reason: csrf.ReasonMismatch, Method: "other", Route: "/form"},
		{Layer: csrf.LayerOrigin, Reason: csrf.ReasonOrigin, Method: "POST", Route: "POST /do"},
	}
	if got := g.events(); len(got) != 2 || got[0] != want[0] || got[1] != want[1] {
		t.Errorf("%+v", got)
	}
	if v := g.rec.Violations(); len(v) > 0 {
		t.Error(v)
	}
}
