package ui_test

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/axess-go/axess"
	"github.com/axess-go/axess/internal/fronttest"
)

// pages are all of them with the methods that they take; an id in a path is one
// that nothing has.
var pages = map[string]string{
	"/auth/sign-in":              "GET, HEAD, POST",
	"/auth/factor/password":      "GET, HEAD, POST",
	"/auth/factor/totp":          "GET, HEAD, POST",
	"/auth/factor/nothing":       "GET, HEAD, POST",
	"/auth/sign-up":              "GET, HEAD, POST",
	"/auth/sign-up/sent":         "GET, HEAD",
	"/auth/verify":               "GET, HEAD, POST",
	"/auth/account":              "GET, HEAD",
	"/auth/account/factors/totp": "GET, HEAD, POST",
	"/auth/account/factors/totp/00000000-0000-4000-8000-000000000001/remove": "GET, HEAD, POST",
	"/auth/account/factors/totp/x/remove":                                    "GET, HEAD, POST",
	"/auth/account/sessions":                                                 "GET, HEAD",
	"/auth/account/sessions/x/end":                                           "POST",
	"/auth/account/sessions/end-others":                                      "GET, HEAD, POST",
	"/auth/account/sessions/00000000000000000000000000000001/end":            "POST",
	"/auth/sign-out":                                                         "GET, HEAD, POST",
	"/":                                                                      "GET, HEAD",
}

// For every page and every state of the session the answer is that page, a
// redirect, or an error page: never blank, never 500, never stored. UIX-007,
// UIX-043, UIX-055, UIX-056, GRD-032, MID-044, MID-063
func TestHandlers_every_page_in_every_state(t *testing.T) {
	t.Parallel()
	for _, state := range fronttest.States() {
		t.Run(state.Name, func(t *testing.T) {
			t.Parallel()
			for path, methods := range pages {
				s, b := state.Reach(t)
				for _, method := range []string{"PUT", "OPTIONS", "GET", "POST"} { // what changes something comes last
					if method != "GET" && b.Cookies[b.Cookie("-csrf")] == "" {
						b.Get("/auth/sign-in")
					}
					a := b.Send(b.Request(method, path, fronttest.Form{"identifier": "ada@example.org", "password": "wrong wrong wrong", "code": "000000"}))
					what := method + " " + path
					sound(t, what, a)
					// Whoever is let in gets to know which methods there are.
					if !slices.Contains(strings.Split(methods, ", "), method) && a.Status != 403 && a.Status != 503 &&
						(a.Status != 405 || path != "/" && a.Header.Get("Allow") != methods) {
						t.Errorf("%s: %d, Allow %q, want 405 with %q", what, a.Status, a.Header.Get("Allow"), methods)
					}
					if strings.Contains(s.Log.Take(), "page not rendered") {
						t.Errorf("%s: a page could not be rendered", what)
					}
				}
			}
		})
	}
}

// sound is what holds for every answer of every page.
func sound(t *testing.T, what string, a fronttest.Answer) {
	t.Helper()
	if a.Status >= 500 && a.Status != http.StatusServiceUnavailable {
		t.Errorf("%s: %d\n%s", what, a.Status, a.Body)
	}
	if a.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("%s: Cache-Control %q", what, a.Header.Get("Cache-Control"))
	}
	names := map[string]int{}
	for _, line := range a.Header["Set-Cookie"] {
		name, _, _ := strings.Cut(line, "=")
		if names[name]++; names[name] > 1 {
			t.Errorf("%s: sets %s twice", what, name)
		}
		if !strings.Contains(line, "HttpOnly") || !strings.Contains(line, "SameSite=Lax") || !strings.Contains(line, "Path=/") {
			t.Errorf("%s: cookie %s", what, line)
		}
	}
	switch a.Status {
	case http.StatusSeeOther:
		if !strings.HasPrefix(a.Header.Get("Location"), "/") {
			t.Errorf("%s: leads to %q", what, a.Header.Get("Location"))
		}
	default:
		if a.Header.Get("Content-Type") != "text/html; charset=utf-8" || strings.Count(a.Body, "<h1>") != 1 || !strings.Contains(a.Body, `class="brand"`) {
			t.Errorf("%s: %d is no page of ours: %s\n%s", what, a.Status, a.Header.Get("Content-Type"), a.Body)
		}
	}
}

// A mail scanner opens links. Opening one writes nothing, anywhere, and takes
// the token out of the address; pressing the button spends it, once.
// UIX-027, UIX-062, MID-043
func TestConfirm_opening_a_link_writes_nothing(t *testing.T) {
	t.Parallel()
	s := fronttest.New(t)
	owner, link := s.SignUp("ada@example.org")
	token := link[strings.Index(link, "token=")+6:]
	for name, b := range map[string]*fronttest.Browser{"scanner": s.Browser(), "owner": owner} {
		s.Ports.Take()
		s.Log.Take()
		a := b.Get(link).Is(t, 303)
		if calls := s.Ports.Take(); name == "scanner" && len(calls) != 0 || slices.ContainsFunc(calls, writes) {
			t.Errorf("%s: opening the link called %v", name, calls)
		}
		if a.Header.Get("Location") != "/auth/verify" || a.Header.Get("Referrer-Policy") != "no-referrer" {
			t.Errorf("%s: leads to %q with referrer policy %q", name, a.Header.Get("Location"), a.Header.Get("Referrer-Policy"))
		}
		page := b.Get("/auth/verify").Is(t, 200)
		if calls := s.Ports.Take(); slices.ContainsFunc(calls, writes) {
			t.Errorf("%s: the page called %v", name, calls)
		}
		for what, text := range map[string]string{"page": page.Body, "headers": fmt.Sprint(a.Header, page.Header), "body": a.Body, "log": s.Log.Take()} {
			if strings.Contains(text, token) {
				t.Errorf("%s: the token is in the %s", name, what)
			}
		}
		for _, v := range b.Cookies {
			if strings.Contains(v, token) {
				t.Errorf("%s: the token is readable in a cookie", name)
			}
		}
	}
	owner.Post("/auth/verify", nil).Is(t, 303)
	if _, kept := owner.Cookies[owner.Cookie("-link")]; kept {
		t.Error("the link's cookie outlives the link")
	}
	owner.Get("/auth/account").Is(t, 200)
	again := s.Browser()
	again.Get(link)
	again.Get("/auth/verify").Is(t, 400)
	again.Post("/auth/verify", fronttest.Form{"password": fronttest.Password}).Is(t, 400)
	if _, kept := again.Cookies[again.Cookie("-link")]; kept {
		t.Error("a spent link keeps its cookie")
	}
}

func writes(call string) bool {
	_, verb, _ := strings.Cut(call, ".")
	return !slices.Contains([]string{"Load", "Epochs", "Sessions", "TenantByID", "TenantBySlug", "AccountByID", "AccountByIdentifier", "TokenBySelector"}, verb)
}

// Nobody but the server makes these cookies, neither serves as the other, and
// each ends when it should. UIX-057, UIX-062
func TestCookies_cannot_be_forged(t *testing.T) {
	t.Parallel()
	s := fronttest.New(t)
	_, link := s.SignUp("ada@example.org")
	token := link[strings.Index(link, "token=")+6:]
	opened := s.Browser()
	opened.Get(link).Is(t, 303)
	sealed := opened.Cookies[opened.Cookie("-link")]
	ada := s.Person("eve@example.org")
	notice := ada.Cookies[ada.Cookie("-notice")]
	if sealed == "" || notice == "" {
		t.Fatalf("link %q, notice %q", sealed, notice)
	}
	other := fronttest.New(t, func(c *axess.Config) { c.Entropy = nil })
	foreign := other.Person("eve@example.org")
	for name, value := range map[string]string{
		"plain token": token, "empty": "", "garbage": "!!!", "cut": sealed[:len(sealed)-4], "changed": flipped(sealed),
		"notice as link": notice, "long": strings.Repeat("A", 4000),
	} {
		b := s.Browser()
		b.Cookies[b.Cookie("-link")] = value
		if a := b.Get("/auth/verify"); a.Status != 400 {
			t.Errorf("link cookie, %s: %d", name, a.Status)
		}
	}
	for name, value := range map[string]string{
		"plain": "notice.signed_out", "link as notice": sealed, "changed": flipped(notice), "another server's": foreign.Cookies[foreign.Cookie("-notice")],
		"html": "<script>", "long": strings.Repeat("A", 4000),
	} {
		b := s.Browser()
		b.Cookies[b.Cookie("-notice")] = value
		if a := b.Get("/auth/sign-in").Is(t, 200); strings.Contains(a.Body, `class="notice"`) {
			t.Errorf("notice cookie, %s: the page shows it:\n%s", name, a.Body)
		}
	}
	// Two of a name are nobody's.
	b := s.Browser()
	r := b.Request("GET", "/auth/verify", nil)
	r.Header.Set("Cookie", b.Cookie("-link")+"="+sealed+"; "+b.Cookie("-link")+"="+sealed)
	b.Send(r).Is(t, 400)
	// Each at its end.
	for cookie, life := range map[string]time.Duration{"-notice": time.Minute, "-link": 10 * time.Minute} {
		for _, at := range []time.Duration{life - time.Second, life} {
			s := fronttest.New(t)
			b := s.Person("ada@example.org")
			fresh := s.Browser()
			_, link := s.SignUp("bob@example.org")
			fresh.Get(link)
			fresh.Cookies[fresh.Cookie("-notice")] = b.Cookies[b.Cookie("-notice")]
			s.Clock.Advance(at)
			page := fresh.Get("/auth/sign-in")
			switch cookie {
			case "-notice":
				if shown := strings.Contains(page.Body, `class="notice"`); shown != (at < life) {
					t.Errorf("after %v the notice is shown: %t", at, shown)
				}
			case "-link":
				if a := fresh.Get("/auth/verify"); (a.Status == 200) != (at < life) {
					t.Errorf("after %v the link is %d", at, a.Status)
				}
			}
		}
	}
}

// flipped is a value with another character in its middle.
func flipped(v string) string {
	i, c := len(v)/2, "A"
	if v[i] == 'A' {
		c = "B"
	}
	return v[:i] + c + v[i+1:]
}

// On https every cookie of the pages is bound to the host. UIX-057, UIX-062
func TestCookies_on_https(t *testing.T) {
	t.Parallel()
	s := fronttest.New(t, fronttest.Standard)
	b, link := s.SignUp("ada@example.org")
	for cookie, a := range map[string]fronttest.Answer{"__Host-axess-link": b.Get(link), "__Host-axess-notice": b.Post("/auth/verify", nil)} {
		i := slices.IndexFunc(a.Header["Set-Cookie"], func(line string) bool { return strings.HasPrefix(line, cookie+"=") })
		if i < 0 {
			t.Errorf("%s is not set: %q", cookie, a.Header["Set-Cookie"])
			continue
		}
		for _, attribute := range []string{"; Secure", "; HttpOnly", "; Path=/", "; SameSite=Lax", "; Max-Age="} {
			if !strings.Contains(a.Header["Set-Cookie"][i], attribute) {
				t.Errorf("%s lacks %s", cookie, attribute)
			}
		}
		if strings.Contains(a.Header["Set-Cookie"][i], "Domain") {
			t.Errorf("%s has a domain", cookie)
		}
	}
}

// UIX-057: once.
func TestNotice_is_shown_once(t *testing.T) {
	t.Parallel()
	s := fronttest.New(t)
	b := s.Person("ada@example.org")
	if a := b.Get("/"); strings.Count(a.Body, `role="status">You are signed in`) != 1 && strings.Count(a.Body, `class="notice"`) != 1 {
		t.Errorf("no notice after signing up:\n%s", a.Body)
	}
	if a := b.Get("/"); strings.Contains(a.Body, `class="notice"`) {
		t.Error("the notice is shown twice")
	}
}

// Whoever signs in learns that it failed and nothing else: the answers to an
// unknown person, a wrong password and an address that was never confirmed are
// the same but for what is random. UIX-052, UIX-071, AUN-I1
func TestSignIn_failures_are_one(t *testing.T) {
	t.Parallel()
	s := fronttest.New(t)
	s.Person("known@example.org")
	s.SignUp("never@example.org")
	s.Enrol(s.Person("twofa@example.org"))
	want := ""
	for _, who := range []string{"known@example.org", "never@example.org", "twofa@example.org", "wrong@example.org", "bad@@example.orgg", strings.Repeat("x", 300)} {
		b := s.Browser()
		b.Get("/auth/sign-in").Is(t, 200)
		a := b.Post("/auth/sign-in", fronttest.Form{"identifier": who, "password": "not the right one"}).Is(t, 401)
		got := plain(a, who)
		if want == "" {
			want = got
		}
		if got != want {
			t.Errorf("%s gets another answer:\n%s\nwant\n%s", who, got, want)
		}
	}
	if !strings.Contains(want, "Those details did not match. Check them and try again.") || !strings.Contains(want, "<title>Error: ") {
		t.Error(want)
	}
	// A wrong code says the same sentence on its own page.
	s.Clock.Advance(fronttest.SecondStep)
	b := s.SignIn("twofa@example.org")
	a := b.Post("/auth/factor/totp", fronttest.Form{"code": "000000"}).Is(t, 401)
	if !strings.Contains(a.Body, "Those details did not match. Check them and try again.") {
		t.Error(a.Body)
	}
}

var random = regexp.MustCompile(`[A-Za-z0-9_-]{43,}|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)

// plain is an answer without tokens, ids and what was typed.
func plain(a fronttest.Answer, typed string) string {
	a.Header.Del("Content-Length") // the typed name is longer or shorter
	text := fmt.Sprintf("%d %v\n%s", a.Status, a.Header, a.Body)
	return random.ReplaceAllString(strings.ReplaceAll(text, `value="`+typed+`"`, `value=""`), "*")
}

// UIX-054, AUN-052, MID-063: a lock says how long, keeps the form, and is the
// same for somebody whom nobody knows.
func TestSignIn_throttled(t *testing.T) {
	t.Parallel()
	s := fronttest.New(t)
	s.Person("known@example.org")
	var answers []string
	for _, who := range []string{"known@example.org", "wrong@example.org"} {
		b := s.Browser()
		var a fronttest.Answer
		for range 6 {
			s.Clock.Advance(7 * time.Second) // slower than the limit of the address
			b.Get("/auth/sign-in")
			a = b.Post("/auth/sign-in", fronttest.Form{"identifier": who, "password": "not the right one"})
		}
		a.Is(t, 429)
		if ra := a.Header.Get("Retry-After"); ra != "893" && ra != "900" {
			t.Errorf("%s: Retry-After %q", who, ra)
		}
		for _, words := range []string{"Too many tries.", "minutes", `value="` + who + `"`, "There is a problem"} {
			if !strings.Contains(a.Body, words) {
				t.Errorf("%s: the page does not say %q:\n%s", who, words, a.Body)
			}
		}
		if strings.Contains(a.Body, "not the right one") {
			t.Error("the password is on the page")
		}
		answers = append(answers, regexp.MustCompile(`\d\d:\d\d|T[0-9:]+Z`).ReplaceAllString(plain(a, who), "T"))
		// The right password does not help while it lasts.
		b.Post("/auth/sign-in", fronttest.Form{"identifier": who, "password": fronttest.Password}).Is(t, 429)
	}
	if answers[0] != answers[1] {
		t.Errorf("the lock tells who exists:\n%s\n%s", answers[0], answers[1])
	}
}

// decisions §6: a store that does not answer leaves session and cookie alone,
// and the page says so. UIX-042, UIX-056, SES-074
func TestSignOut_while_the_store_is_down(t *testing.T) {
	t.Parallel()
	for _, scope := range []string{"this", "all"} {
		s := fronttest.New(t)
		ada := s.Person("ada@example.org")
		s.Ports.Fail(func(port, verb string) error {
			if port == "session" && verb != "Load" || port == "identity" {
				return fronttest.Down(port)(port, verb)
			}
			return nil
		})
		a := ada.Post("/auth/sign-out", fronttest.Form{"scope": scope}).Is(t, 503)
		if a.Sets(ada.Cookie("")) || a.Header.Get("Retry-After") == "" || !strings.Contains(a.Body, "Nothing was changed") || len(a.Header["Clear-Site-Data"]) != 0 {
			t.Errorf("scope %s: %v\n%s", scope, a.Header, a.Body)
		}
		s.Ports.Fail(nil)
		ada.Get("/auth/account").Is(t, 200)
		ada.Post("/auth/sign-out", fronttest.Form{"scope": scope}).Is(t, 303)
		ada.Get("/auth/account").Is(t, 303)
	}
}

// UIX-042, UIX-059: an address signs nobody out, and afterwards no page of any
// browser shows the account. CSR-010
func TestSignOut(t *testing.T) {
	t.Parallel()
	s := fronttest.New(t)
	ada, phone := s.Person("ada@example.org"), s.SignIn("ada@example.org")
	ada.Get("/auth/sign-out").Is(t, 200)
	ada.Send(ada.Request("HEAD", "/auth/sign-out", nil)).Is(t, 200)
	ada.Send(ada.Request("POST", "/auth/sign-out", fronttest.Form{"_csrf": ""})).Is(t, 403)
	ada.Get("/auth/account").Is(t, 200)
	ada.Post("/auth/sign-out", fronttest.Form{"scope": "this"}).Is(t, 303)
	phone.Get("/auth/account").Is(t, 200)
	if a := ada.Get("/auth/sign-out").Is(t, 200); strings.Contains(a.Body, "Somebody") || !strings.Contains(a.Body, "signed out") {
		t.Error(a.Body)
	}
	again := s.SignIn("ada@example.org")
	again.Post("/auth/sign-out", fronttest.Form{"scope": "all"}).Is(t, 303)
	phone.Get("/auth/account").Is(t, 303)
}

// UIX-036, IDN-031: the list ends one's own sessions and nobody else's.
func TestSessions_end_only_ones_own(t *testing.T) {
	t.Parallel()
	s := fronttest.New(t)
	ada, phone, eve := s.Person("ada@example.org"), s.SignIn("ada@example.org"), s.Person("eve@example.org")
	form := regexp.MustCompile(`/auth/account/sessions/[^/"]+/end`)
	path := form.FindString(ada.Get("/auth/account/sessions").Body)
	if path == "" {
		t.Fatal("the list has nothing to end")
	}
	if strings.Contains(path, ada.Cookies[ada.Cookie("")]) {
		t.Fatal("the list shows what opens a session")
	}
	eve.Post(path, nil)
	phone.Get("/auth/account").Is(t, 200)
	ada.Post(path, nil).Is(t, 303)
	phone.Get("/auth/account").Is(t, 303)
	ada.Get("/auth/account").Is(t, 200)
}

// UIX-046, PRD-043: the outbox is for development on this machine.
func TestOutbox(t *testing.T) {
	t.Parallel()
	for name, s := range map[string]*fronttest.Site{
		"production":                   fronttest.New(t, fronttest.Standard),
		"production without a sign-up": fronttest.New(t, fronttest.Standard, func(c *axess.Config) { c.SignUp = axess.SignUpClosed }),
		"development that sends mail":  fronttest.New(t),
	} {
		b := s.Browser()
		b.Get("/auth/dev/outbox").Is(t, 404)
		b.Post("/auth/dev/outbox/clear", nil).Is(t, 404)
		if a := b.Get("/"); strings.Contains(a.Body, "outbox") {
			t.Errorf("%s: the start page points to the outbox", name)
		}
	}
	s := fronttest.New(t, func(c *axess.Config) { c.Mail = nil })
	b := s.Browser()
	b.Get("/auth/sign-up")
	b.Post("/auth/sign-up", fronttest.Form{"email": "ada@example.org", "name": "<b>Ada</b>", "password": fronttest.Password}).Is(t, 303)
	for site, want := range map[string]int{"": 200, "none": 200, "same-origin": 200, "same-site": 403, "cross-site": 403, "x": 403} {
		r := b.Request("GET", "/auth/dev/outbox", nil)
		r.Header.Del("Sec-Fetch-Site")
		if site != "" {
			r.Header.Set("Sec-Fetch-Site", site)
		}
		if a := b.Send(r); a.Status != want || want == 403 && strings.Contains(a.Body, "ada@example.org") {
			t.Errorf("Sec-Fetch-Site %q: %d", site, a.Status)
		}
	}
	r := b.Request("POST", "/auth/dev/outbox/clear", nil)
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	b.Send(r).Is(t, 403)
	b.Post("/auth/dev/outbox/clear", nil).Is(t, 303)
}

// No answer and no log line repeats a secret that was sent. UIX-051, AUD-010
func TestHandlers_echo_no_secret(t *testing.T) {
	t.Parallel()
	const canary = "c4n4ry-Zeisig-Stieglitz-Gimpel"
	for _, state := range fronttest.States() {
		t.Run(state.Name, func(t *testing.T) {
			t.Parallel()
			s, b := state.Reach(t)
			s.Log.Take()
			for path := range pages {
				for _, query := range []string{"", "?token=" + canary, "?password=" + canary} {
					for _, send := range []func() fronttest.Answer{
						func() fronttest.Answer { return b.Clone().Get(path + query) },
						func() fronttest.Answer {
							return b.Clone().Post(path+query, fronttest.Form{
								"identifier": "ada@example.org", "email": "new@example.org", "name": "Ada", "label": "Phone",
								"password": canary, "current_password": canary, "code": canary, "token": canary, "scope": "none",
							})
						},
						func() fronttest.Answer {
							return b.Clone().Post(path+query, fronttest.Form{"identifier": "", "email": "", "password": canary[:8], "code": canary, "label": strings.Repeat("l", 300)})
						},
					} {
						a := send()
						text := a.Body + fmt.Sprint(a.Header)
						if i := strings.Index(text, canary[:8]); i >= 0 && !strings.Contains(a.Header.Get("Location"), "next=") {
							t.Errorf("%s%s: %d repeats it: …%s…", path, query, a.Status, text[max(0, i-80):min(len(text), i+80)])
						}
					}
				}
			}
			if text := s.Log.Take(); strings.Contains(text, canary[:8]) {
				t.Error("the log repeats it")
			}
		})
	}
}

// Programs that speak JSON get documents from the forms, too. UIX-051, MID-060
func TestHandlers_answer_json_in_json(t *testing.T) {
	t.Parallel()
	s := fronttest.New(t)
	s.Person("known@example.org")
	b := s.Browser()
	b.Get("/auth/sign-in")
	for _, tc := range []struct {
		path, want string
		form       fronttest.Form
	}{
		{"/auth/sign-in", `"status":401,"code":"invalid_credentials"`, fronttest.Form{"identifier": "known@example.org", "password": "not the right one"}},
		{"/auth/sign-in", `"errors":[{"field":"identifier","rule":"identifier"`, fronttest.Form{"password": "x"}},
		{"/auth/sign-in", `"field":"password","rule":"password_missing"`, fronttest.Form{"identifier": "known@example.org"}},
		{"/auth/sign-up", `"status":422,"code":"validation_failed"`, fronttest.Form{"email": "x", "password": fronttest.Password}},
		{"/auth/sign-up", `"rule":"password_short"`, fronttest.Form{"email": "ada@example.org", "password": "short"}},
		{"/auth/verify", `"status":400,"code":"token_invalid"`, nil},
		{"/auth/account/factors/totp", `"status":401,"code":"unauthenticated"`, nil},
	} {
		b := b.Clone()
		r := b.Request("POST", tc.path, tc.form)
		r.Header.Set("Accept", "application/json")
		r.Header.Set("Sec-Fetch-Mode", "cors")
		a := b.Send(r)
		if a.Header.Get("Content-Type") != "application/problem+json" || !strings.Contains(a.Body, tc.want) {
			t.Errorf("%s: %d %s %s, want %s", tc.path, a.Status, a.Header.Get("Content-Type"), a.Body, tc.want)
		}
	}
	for range 5 {
		s.Clock.Advance(7 * time.Second)
		r := b.Request("POST", "/auth/sign-in", fronttest.Form{"identifier": "known@example.org", "password": "not the right one"})
		r.Header.Set("Accept", "application/json")
		if a := b.Send(r); a.Status == 429 {
			if a.Header.Get("Retry-After") < "8" || !strings.Contains(a.Body, `"code":"throttled"`) || !strings.Contains(a.Body, `"retry_at":"2026-05-04T12:`) {
				t.Errorf("%v %s", a.Header, a.Body)
			}
			return
		}
	}
	t.Error("never throttled")
}

// PRD-018, UIX-025: closed means closed, and says nothing of it.
func TestSignUp_closed(t *testing.T) {
	t.Parallel()
	s := fronttest.New(t, func(c *axess.Config) { c.SignUp = axess.SignUpClosed })
	b := s.Browser()
	b.Get("/auth/sign-up").Is(t, 404)
	s.Ports.Take()
	b.Post("/auth/sign-up", fronttest.Form{"email": "ada@example.org", "password": fronttest.Password}).Is(t, 404)
	if calls := s.Ports.Take(); slices.ContainsFunc(calls, writes) {
		t.Errorf("a closed sign-up wrote: %v", calls)
	}
	for _, path := range []string{"/", "/auth/sign-in"} {
		if a := b.Get(path); strings.Contains(a.Body, "/auth/sign-up") {
			t.Errorf("%s points to the sign-up", path)
		}
	}
}

// UIX-026: known or new, the answers are the same.
func TestSignUp_tells_nothing_of_accounts(t *testing.T) {
	t.Parallel()
	s := fronttest.New(t)
	s.Person("known@example.org")
	s.SignUp("never@example.org")
	var want []string
	for _, who := range []string{"fresh@example.org", "known@example.org", "never@example.org"} {
		b := s.Browser()
		b.Get("/auth/sign-up")
		a := b.Post("/auth/sign-up", fronttest.Form{"email": who, "name": "Ada", "password": fronttest.Password})
		page := b.Get(a.Header.Get("Location"))
		got := []string{plain(a, who), strings.ReplaceAll(plain(page, who), who, "*")}
		if want == nil {
			want = got
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s:\n%s\nwant\n%s", who, got, want)
		}
	}
}

// GRD-031
func TestHandlers_overlong_segment(t *testing.T) {
	t.Parallel()
	_, b := fronttest.States()[2].Reach(t)
	if a := b.Fetch("GET", "/auth/factor/"+strings.Repeat("a", 1025)); a.Status != 400 || !strings.Contains(a.Body, "bad_identifier") {
		t.Errorf("%d %s", a.Status, a.Body)
	}
}

// SES-064, UIX-007: looking at pages writes nothing.
func TestHandlers_guest_reads_only(t *testing.T) {
	t.Parallel()
	s := fronttest.New(t)
	b := s.Browser()
	s.Ports.Take() // the start
	for path := range pages {
		b.Get(path)
		b.Get(path)
	}
	if calls := s.Ports.Take(); slices.ContainsFunc(calls, writes) {
		t.Errorf("looking wrote: %v", calls)
	}
	// The start page and the page after a sign-up set no cookie at all.
	for _, path := range []string{"/", "/auth/sign-out", "/auth/sign-up/sent", "/auth/nothing"} {
		if a := s.Browser().Get(path); len(a.Header["Set-Cookie"]) != 0 {
			t.Errorf("%s sets %q", path, a.Header["Set-Cookie"])
		}
	}
}
