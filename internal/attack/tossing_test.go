package attack

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/axess-go/axess/internal/fronttest"
)

// ask sends a fetch with these Cookie lines and no others.
func ask(b *fronttest.Browser, method, path string, lines ...string) fronttest.Answer {
	r := b.Request(method, path, nil)
	r.Header.Set("Accept", "application/json")
	r.Header.Set("Sec-Fetch-Mode", "cors")
	r.Header["Cookie"] = lines
	return b.Clone().Send(r)
}

// A sibling host (or a proxy in between) puts cookies of the session's name
// beside the victim's: in front, behind, in a line of their own, broken, many.
// Whoever comes out is the victim or nobody, never the attacker, and no answer
// takes the victim's cookie away. SES-124, SES-062, GRD-030
func TestTossing_session_cookies(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *site) {
		victim, attacker := s.Person("ada@example.org"), s.Person("mallory@example.org")
		ada, mallory := who(victim), who(attacker)
		name := victim.Cookie("")
		own, evil := name+"="+sessionOf(victim), name+"="+sessionOf(attacker)
		anchor := s.Browser()
		anchor.Get("/auth/sign-in").Is(t, http.StatusOK)
		guest := name + "=" + sessionOf(anchor)
		bad := name + "=" + sessionOf(victim)[:70] + "AA"
		const him, nobody = "the victim", "nobody"
		for _, c := range []struct {
			what  string
			lines []string
			want  string
		}{
			{"alone", []string{own}, him},
			{"the attacker's in front", []string{evil + "; " + own}, nobody},
			{"the attacker's behind", []string{own + "; " + evil}, nobody},
			{"in a line of its own, in front", []string{evil, own}, nobody},
			{"in a line of its own, behind", []string{own, evil}, nobody},
			{"an anchor in front", []string{guest + "; " + own}, nobody},
			{"an anchor behind", []string{own + "; " + guest}, nobody},
			{"the same twice", []string{own + "; " + own}, him},
			{"broken in front", []string{bad + "; " + own}, him},
			{"empty in front", []string{name + "=; " + own}, him},
			{"no pair in front", []string{"garbage; ; =; " + own}, him},
			{"huge in front", []string{name + "=" + strings.Repeat("A", 30_000) + "; " + own}, him},
			{"quoted in front", []string{name + `="` + sessionOf(attacker) + `"; ` + own}, him},
			{"quoted to swallow", []string{name + `="x; ` + own + `; y="`}, him},
			{"three broken in front", []string{bad + "; " + bad + "; " + bad + "; " + own}, him},
			// The bound on the work of a request: then nobody, and never somebody else.
			{"forty broken in front", []string{strings.Repeat(bad+"; ", 40) + own}, nobody},
			{"four broken between", []string{strings.Repeat(bad+"; ", 3) + own + "; " + bad + "; " + evil}, him},
			{"other letter case", []string{strings.ToUpper(name) + "=" + sessionOf(attacker) + "; " + own}, him},
			{"a name that begins alike", []string{name + "x=" + sessionOf(attacker) + "; " + name + "-=" + sessionOf(attacker) + "; " + own}, him},
			{"white space in the name", []string{name + " =" + sessionOf(attacker) + "; " + own}, him},
			{"nothing but the attacker's name", []string{name}, nobody},
		} {
			got := ask(victim, "GET", "/notes", c.lines...)
			user, in := strings.CutPrefix(got.Body, "notes of ")
			switch {
			case in && user == mallory:
				t.Errorf("%s: the victim is signed in as the attacker", c.what)
			case c.want == him && user != ada, c.want == nobody && in:
				t.Errorf("%s: %s %q, want %s", c.what, code(got), got.Body, c.want)
			}
			if got.Sets(name) {
				t.Errorf("%s: the answer changes the victim's cookie: %q", c.what, got.Header["Set-Cookie"])
			}
		}
	})
}

// In production the cookies cannot be set by a sibling host or over http, and
// scripts cannot read them: every cookie of ours has the __Host- prefix with what
// browsers demand of it. SES-125, SES-126, CSR-007
func TestTossing_every_cookie_is_locked_to_its_host(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *site) {
		seen := map[string]bool{}
		look := func(a fronttest.Answer) fronttest.Answer {
			for _, line := range a.Header["Set-Cookie"] {
				name, _, _ := strings.Cut(line, "=")
				seen[name] = true
				if !strings.HasPrefix(name, "__Host-axess") {
					t.Errorf("%s has no __Host-", line)
				}
				attrs := strings.Split(line, "; ")
				for _, want := range []string{"Path=/", "Secure", "HttpOnly", "SameSite=Lax"} {
					if !slices.Contains(attrs, want) {
						t.Errorf("%q lacks %s", line, want)
					}
				}
				if strings.Contains(strings.ToLower(line), "domain") {
					t.Errorf("%q names a domain", line)
				}
			}
			return a
		}
		b := s.Browser()
		look(b.Get("/auth/sign-up"))
		look(b.Post("/auth/sign-up", fronttest.Form{"email": "ada@example.org", "name": "Ada", "password": fronttest.Password}))
		look(b.Get(s.Link()))
		look(b.Post("/auth/verify", nil))
		look(b.Get("/auth/language/de"))
		look(b.Get("/auth/account"))
		look(b.Post("/auth/sign-out", fronttest.Form{"scope": "this"}))
		for _, suffix := range []string{"", "-csrf", "-link", "-notice", "-lang"} {
			if !seen[b.Cookie(suffix)] {
				t.Errorf("no answer set %s: nothing was checked", b.Cookie(suffix))
			}
		}
	}, fronttest.Standard)
}

// Two tokens, or a token pair that belongs to the attacker, beside the victim's
// session: no form is taken, whatever the order. CSR-010, CSR-031, CSR-033
func TestTossing_token_cookies(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *site) {
		victim, attacker := s.Person("ada@example.org"), s.Person("mallory@example.org")
		attacker.Get("/auth/account")
		victim.Get("/auth/account")
		own := victim.Cookie("") + "=" + sessionOf(victim)
		token := func(b *fronttest.Browser) string { return b.Cookies[b.Cookie("-csrf")] }
		good, evil := victim.Cookie("-csrf")+"="+token(victim), victim.Cookie("-csrf")+"="+token(attacker)
		post := func(field string, lines ...string) fronttest.Answer {
			r := victim.Request("POST", "/auth/account/language", fronttest.Form{"_csrf": field, "language": "de"})
			r.Header.Set("Accept", "application/json")
			r.Header["Cookie"] = lines
			// An old browser that says nothing about where the form came from: the
			// token alone has to hold.
			r.Header.Del("Origin")
			r.Header.Del("Sec-Fetch-Site")
			return victim.Clone().Send(r)
		}
		if got := post(token(victim), own+"; "+good); got.Status != http.StatusSeeOther {
			t.Fatalf("the victim's own form: %s", code(got))
		}
		for what, lines := range map[string][]string{
			"alone":                 {own + "; " + evil},
			"in front":              {own + "; " + evil + "; " + good},
			"behind":                {own + "; " + good + "; " + evil},
			"in a line of its own":  {own + "; " + good, evil},
			"in front of everybody": {evil, own, good},
		} {
			if got := post(token(attacker), lines...); got.Status != http.StatusForbidden {
				t.Errorf("the attacker's token, tossed %s: %s", what, code(got))
			}
			if got := post(token(victim), lines...); got.Status != http.StatusForbidden && what != "alone" {
				t.Errorf("the victim's token with two cookies, %s: %s", what, code(got))
			}
		}
	})
}

// A link or a notice that somebody tosses is not taken: both are sealed, and two
// are none. UIX-062, UIX-057
func TestTossing_page_cookies(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *site) {
		_, link := s.SignUp("mallory@example.org")
		attacker := s.Browser()
		attacker.Get(link).Is(t, http.StatusSeeOther)
		evil := attacker.Cookies[attacker.Cookie("-link")]
		if evil == "" {
			t.Fatal("no link cookie")
		}
		victim := s.Browser()
		name := victim.Cookie("-link")
		visit := func(line string) fronttest.Answer {
			r := victim.Request("GET", "/auth/verify", nil)
			r.Header["Cookie"] = []string{line}
			return victim.Clone().Send(r)
		}
		if got := visit(name + "=" + evil); got.Status != http.StatusOK {
			t.Fatalf("the link by itself: %s", code(got))
		}
		if got := visit(name + "=" + evil + "; " + name + "=" + evil); got.Status != http.StatusGone && got.Status != http.StatusBadRequest {
			t.Errorf("two link cookies: one was taken, %s", code(got))
		}
		for what, value := range map[string]string{
			"the token as it was mailed": link[strings.IndexByte(link, '=')+1:],
			"a bit changed":              flip(evil),
			"as a notice":                "",
		} {
			line := name + "=" + value
			if value == "" {
				line = victim.Cookie("-notice") + "=" + evil
			}
			if got := visit(line); got.Status < 400 || got.Status >= 500 {
				t.Errorf("%s: %s", what, code(got))
			}
		}
	})
}

// flip changes one character in the middle of a value.
func flip(s string) string {
	b := []byte(s)
	i := len(b) / 2
	if b[i] == 'A' {
		b[i] = 'B'
	} else {
		b[i] = 'A'
	}
	return string(b)
}
