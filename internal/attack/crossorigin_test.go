package attack

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/axess-go/axess"
	"github.com/axess-go/axess/internal/fronttest"
)

// from is where a request of the victim's browser was caused, by what the browser
// says of it.
type from struct {
	name    string
	headers map[string]string
}

// elsewhere are the places from which no form may act. own is the site's origin.
func elsewhere(own string) []from {
	host := strings.SplitN(own, "://", 2)[1]
	return []from{
		{"another site", map[string]string{"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}},
		{"another site, in an old browser", map[string]string{"Origin": "https://evil.example"}},
		{"a sibling host", map[string]string{"Origin": "https://evil.example.com", "Sec-Fetch-Site": "same-site"}},
		{"a sibling host, in an old browser", map[string]string{"Origin": "https://evil.example.com"}},
		{"the same host over http", map[string]string{"Origin": "http://" + host, "Sec-Fetch-Site": "cross-site"}},
		{"the same host over http, in an old browser", map[string]string{"Origin": "http://" + host}},
		{"the same host, another port", map[string]string{"Origin": own + ":8443", "Sec-Fetch-Site": "same-site"}},
		{"the same host, another port, in an old browser", map[string]string{"Origin": own + ":8443"}},
		{"a sandboxed frame", map[string]string{"Origin": "null", "Sec-Fetch-Site": "cross-site"}},
		{"a sandboxed frame, in an old browser", map[string]string{"Origin": "null"}},
		{"a name that ends alike", map[string]string{"Origin": "https://evil" + host}},
		{"a name that begins alike", map[string]string{"Origin": own + ".evil.example"}},
		{"user information in front", map[string]string{"Origin": "https://" + host + "@evil.example"}},
		{"two origins", map[string]string{"Origin": own + " https://evil.example"}},
		{"a word that no browser says", map[string]string{"Origin": own, "Sec-Fetch-Site": "same-origin, cross-site"}},
		{"nothing but a referrer", map[string]string{"Referer": own + "/auth/account"}},
		{"nothing at all", nil},
	}
}

// body is a form as another site can make a browser send it.
type body struct {
	name, contentType, text string
}

// bodies are the ways in which a page without scripts of ours can send fields. The
// attacker knows every name, and a token of a session of their own.
func bodies(t *testing.T, fields url.Values) []body {
	t.Helper()
	var parts bytes.Buffer
	m := multipart.NewWriter(&parts)
	for k, v := range fields {
		if err := m.WriteField(k, v[0]); err != nil {
			t.Fatal(err)
		}
	}
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	return []body{
		{"a form", "application/x-www-form-urlencoded", fields.Encode()},
		{"a form with parts", m.FormDataContentType(), parts.String()},
		{"plain text", "text/plain", fields.Encode()},
		{"no type", "", fields.Encode()},
		{"json as text", "text/plain", `{"_csrf":"` + fields.Get("_csrf") + `","scope":"all"}`},
	}
}

// Whatever another site makes a signed-in browser send, from wherever, in whatever
// form, with whatever token of the attacker's own: no form of ours is taken, and
// nothing about the session changes. CSR-001, CSR-002, CSR-004, CSR-008, CSR-009,
// CSR-031, CSR-033
func TestCrossOrigin_forms(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *site) {
		ran := 0
		s.Routes.Authn("/do", func(http.ResponseWriter, *http.Request, axess.Authenticated) { ran++ })
		victim, attacker := s.Person("ada@example.org"), s.Person("mallory@example.org")
		ada := who(victim)
		attacker.Get("/auth/account")
		token := attacker.Cookies[attacker.Cookie("-csrf")]
		fields := url.Values{"_csrf": {token}, "scope": {"all"}, "language": {"de"}}
		for _, where := range elsewhere(s.Origin) {
			for _, path := range []string{"/do", "/auth/sign-out", "/auth/account/language", "/auth/account/sessions/end-others"} {
				for _, b := range bodies(t, fields) {
					for _, method := range []string{"POST", "PUT", "DELETE", "PATCH", "QUERY", "post", "GETS"} {
						if path != "/do" && method != "POST" {
							continue
						}
						r := httptest.NewRequest(method, s.Origin+path+"?_csrf="+token, strings.NewReader(b.text))
						r.RequestURI, r.RemoteAddr = path, "192.0.2.1:4711"
						r.Header.Set("User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0")
						if b.contentType != "" {
							r.Header.Set("Content-Type", b.contentType)
						}
						for k, v := range where.headers {
							r.Header.Set(k, v)
						}
						// A browser adds them to a top-level post within two minutes, Lax or not.
						for name, value := range victim.Cookies {
							r.AddCookie(&http.Cookie{Name: name, Value: value})
						}
						got := victim.Clone().Send(r)
						if got.Status < 400 {
							t.Errorf("%s to %s from %s, %s: %s", method, path, where.name, b.name, code(got))
						}
						if got.Sets(victim.Cookie("")) {
							t.Errorf("%s to %s from %s changes the session cookie", method, path, where.name)
						}
					}
				}
			}
		}
		if ran > 0 {
			t.Errorf("the handler ran %d times", ran)
		}
		if who(victim) != ada {
			t.Error("the victim is signed out")
		}
	}, fronttest.Standard)
}

// A method that a header or a field asks for instead of the one on the request
// line counts for nothing, in both directions. CSR-001
func TestCrossOrigin_method_overrides(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *site) {
		unsafe := 0
		s.Routes.Authn("/do", func(_ http.ResponseWriter, r *http.Request, _ axess.Authenticated) {
			if r.Method != http.MethodGet {
				unsafe++
			}
		})
		victim := s.Person("ada@example.org")
		ada := who(victim)
		names := []string{"X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"}
		for _, path := range []string{"/do", "/auth/sign-out", "/auth/account/sessions/end-others"} {
			for _, query := range []string{"", "?_method=POST&scope=all", "?_method=DELETE"} {
				// A link, an image or a redirect of another site: a GET with all cookies.
				r := victim.Request("GET", path+query, nil)
				r.Header.Set("Sec-Fetch-Site", "cross-site")
				for _, name := range names {
					r.Header.Set(name, "POST")
				}
				victim.Clone().Send(r)
			}
			// And a post that calls itself a GET.
			r := victim.Request("POST", path, fronttest.Form{"_csrf": "", "_method": "GET", "scope": "all"})
			r.Header.Set("Sec-Fetch-Site", "cross-site")
			r.Header.Set("Origin", "https://evil.example")
			for _, name := range names {
				r.Header.Set(name, "GET")
			}
			if got := victim.Clone().Send(r); got.Status != http.StatusForbidden {
				t.Errorf("a post to %s that calls itself a get: %s", path, code(got))
			}
		}
		if unsafe > 0 || who(victim) != ada {
			t.Errorf("%d unsafe runs, the victim is %q", unsafe, who(victim))
		}
	}, fronttest.Standard)
}

// Another site signs the visitor's browser in as the attacker, so that what they
// enter ends up in the attacker's account: neither with the attacker's token, nor
// with their cookies tossed along, nor by a link. CSR-015, CSR-031, CSR-033
func TestCrossOrigin_login(t *testing.T) {
	t.Parallel()
	onMemory(t, func(t *testing.T, s *site) {
		mallory := who(s.Person("mallory@example.org"))
		attacker := s.Browser()
		attacker.Get("/auth/sign-in").Is(t, http.StatusOK)
		fields := fronttest.Form{"identifier": "mallory@example.org", "password": fronttest.Password, "_csrf": attacker.Cookies[attacker.Cookie("-csrf")]}
		for _, where := range elsewhere(s.Origin) {
			for name, prepare := range map[string]func(*fronttest.Browser){
				"a fresh browser":     func(*fronttest.Browser) {},
				"one with the form":   func(b *fronttest.Browser) { b.Get("/auth/sign-in") },
				"one with a session":  func(b *fronttest.Browser) { plant(s.ada(t), b) },
				"the token tossed in": func(b *fronttest.Browser) { b.Cookies[b.Cookie("-csrf")] = attacker.Cookies[b.Cookie("-csrf")] },
				"a form and the token": func(b *fronttest.Browser) {
					b.Get("/auth/sign-in")
					b.Cookies[b.Cookie("-csrf")] = attacker.Cookies[b.Cookie("-csrf")]
				},
			} {
				b := s.Browser()
				prepare(b)
				r := b.Request("POST", "/auth/sign-in", fields)
				r.Header.Del("Origin")
				r.Header.Del("Sec-Fetch-Site")
				for k, v := range where.headers {
					r.Header.Set(k, v)
				}
				if got := b.Send(r); got.Status != http.StatusForbidden || who(b) == mallory {
					t.Errorf("from %s, %s: %s, signed in as %q", where.name, name, code(got), who(b))
				}
			}
		}
		b := s.Browser()
		b.Get("/auth/sign-in?identifier=mallory%40example.org&password=" + url.QueryEscape(fronttest.Password))
		if who(b) != "" {
			t.Error("a link signs in")
		}
	}, fronttest.Standard)
}

// ada is a browser of somebody signed in.
func (s *site) ada(t *testing.T) *fronttest.Browser {
	t.Helper()
	if s.adas == nil {
		s.adas = s.Person("ada@example.org")
	}
	return s.adas
}

// No other site gets to read an answer or to frame a page: no answer names it in
// an access header, and every one forbids frames and other openers. MID-041,
// MID-042, MID-082
func TestCrossOrigin_reading_and_framing(t *testing.T) {
	t.Parallel()
	onMemory(t, func(t *testing.T, s *site) {
		b := s.Person("ada@example.org")
		for _, path := range []string{"/", "/notes", "/auth/account", "/auth/sign-in", "/auth/account/sessions", "/none", "/auth/assets/none"} {
			for _, method := range []string{"GET", "OPTIONS", "POST"} {
				r := b.Request(method, path, nil)
				r.Header.Set("Origin", "https://evil.example")
				r.Header.Set("Sec-Fetch-Site", "cross-site")
				r.Header.Set("Access-Control-Request-Method", "POST")
				r.Header.Set("Access-Control-Request-Headers", "x-csrf-token")
				a := b.Clone().Send(r)
				for name := range a.Header {
					if strings.HasPrefix(name, "Access-Control-") {
						t.Errorf("%s %s: %s: %q", method, path, name, a.Header[name])
					}
				}
				csp := a.Header.Get("Content-Security-Policy")
				if !strings.Contains(csp, "frame-ancestors 'none'") || a.Header.Get("X-Frame-Options") != "DENY" {
					t.Errorf("%s %s may be framed: %q, %q", method, path, csp, a.Header.Get("X-Frame-Options"))
				}
				if a.Header.Get("Cross-Origin-Resource-Policy") != "same-origin" || a.Header.Get("Cross-Origin-Opener-Policy") != "same-origin" ||
					a.Header.Get("X-Content-Type-Options") != "nosniff" {
					t.Errorf("%s %s: %v", method, path, a.Header)
				}
			}
		}
	}, fronttest.Standard)
}
