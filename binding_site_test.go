package axess_test

import (
	"strings"
	"testing"
	"time"

	"github.com/axess-go/axess"
	"github.com/axess-go/axess/internal/fronttest"
	"github.com/axess-go/axess/session"
)

// A cookie in another browser gets what somebody gets whose session has ended, on
// pages and to scripts, with one event for the trail and no cookie; it can sign in
// there, and its owner notices nothing. SES-180, SES-182, GRD-013
func TestBinding_stolen_cookie_at_the_guards(t *testing.T) {
	t.Parallel()
	s := guarded(fronttest.New(t))
	ada := s.Person("ada@example.org")
	cookie := ada.Cookies[ada.Cookie("")]
	s.Ports.TakeRows("audit")
	thief := s.Browser()
	ask := func(path, accept string) fronttest.Answer {
		thief.Cookies[thief.Cookie("")] = cookie
		r := thief.Request("GET", path, nil)
		r.Header.Set("User-Agent", "curl/8.5.0")
		if r.Header.Set("Accept", accept); accept == "application/json" {
			r.Header.Set("Sec-Fetch-Mode", "cors")
		}
		return thief.Send(r)
	}
	if a := ask("/notes", "application/json"); a.Status != 401 || !strings.Contains(a.Body, "session_revoked") || a.Sets(ada.Cookie("")) {
		t.Errorf("%d %s %v", a.Status, a.Body, a.Header)
	}
	if a := ask("/notes", "text/html"); a.Status != 303 || a.Sets(ada.Cookie("")) {
		t.Errorf("%d %v", a.Status, a.Header)
	}
	if a := ask("/auth/sign-in", "text/html"); a.Status != 200 || a.Sets(ada.Cookie("")) {
		t.Errorf("the form of a sign-in takes the cookie away: %d %v", a.Status, a.Header)
	}
	if n := s.Ports.TakeRows("audit"); n != 1 {
		t.Errorf("%d events", n)
	}
	if a := ada.Fetch("GET", "/notes"); a.Status != 200 {
		t.Errorf("the owner gets %d", a.Status)
	}
}

// A challenged login passes no guard, and can be signed out. SES-180
func TestBinding_challenge_at_the_guards(t *testing.T) {
	t.Parallel()
	s := guarded(fronttest.New(t, func(c *axess.Config) {
		c.Bindings = []session.Binding{{Component: session.BindIPPrefix, Action: session.Challenge}}
	}))
	ada := s.Person("ada@example.org")
	ada.Addr = "127.9.0.1:4711"
	if a := ada.Fetch("GET", "/notes"); a.Status != 401 || !strings.Contains(a.Body, "step_up_required") {
		t.Errorf("let in, or told something else: %d %s", a.Status, a.Body)
	}
	if a := ada.Get("/auth/account").Is(t, 303); a.Header.Get("Location") != "/auth/step-up?next=%2Fauth%2Faccount" {
		t.Errorf("a page leads to %q", a.Header.Get("Location"))
	}
	ada.Addr = ""
	if a := ada.Fetch("GET", "/notes"); a.Status != 200 {
		t.Errorf("%d from the network of the login", a.Status)
	}
	ada.Addr = "127.9.0.1:4711"
	s.Clock.Advance(time.Second)
	if a := ada.Post("/auth/sign-out", nil); a.Status >= 400 {
		t.Errorf("cannot sign out: %d", a.Status)
	}
	ada.Addr = ""
	if a := ada.Fetch("GET", "/notes"); a.Status == 200 {
		t.Error("signed out, and still in")
	}
}

// A factor that is proved in the other browser vouches for it: the login goes on there,
// to the page that was asked for, and is bound to that browser from then on. A factor
// from before does not, however fresh, nor a wrong one. SES-180, AUN-102
func TestBinding_challenge_is_answered_on_a_page(t *testing.T) {
	t.Parallel()
	s := guarded(fronttest.New(t, func(c *axess.Config) {
		c.Bindings = []session.Binding{{Component: session.BindIPPrefix, Action: session.Challenge}}
	}))
	ada := s.Person("ada@example.org")
	// Nothing to prove yet.
	for path, to := range map[string]string{"/auth/step-up?next=/notes": "/notes", "/auth/step-up": "/", "/auth/step-up?next=//evil.example": "/"} {
		if a := ada.Get(path).Is(t, 303); a.Header.Get("Location") != to {
			t.Errorf("%s leads to %q", path, a.Header.Get("Location"))
		}
	}
	show := s.Enrol(ada)
	home := ada.Clone()
	ada.Addr = "127.9.0.1:4711" // at the same moment: the code is as fresh as can be
	if a := ada.Get("/notes").Is(t, 303); a.Header.Get("Location") != "/auth/step-up?next=%2Fnotes" {
		t.Fatalf("leads to %q", a.Header.Get("Location"))
	}
	s.Clock.Advance(time.Minute)
	if a := ada.Get("/auth/step-up?next=/notes").Is(t, 303); a.Header.Get("Location") != "/auth/factor/totp?next=%2Fnotes" {
		t.Fatalf("leads to %q", a.Header.Get("Location"))
	}
	if page := ada.Get("/auth/factor/totp?next=/notes").Is(t, 200); !strings.Contains(page.Body, `name="code"`) {
		t.Errorf("the page:\n%s", page.Body)
	}
	ada.Post("/auth/factor/totp", fronttest.Form{"code": "000000", "next": "/notes"}).Is(t, 401)
	if a := ada.Fetch("GET", "/notes"); a.Status != 401 {
		t.Errorf("a wrong code lets in: %d", a.Status)
	}
	if a := ada.Post("/auth/factor/totp", fronttest.Form{"code": show(), "next": "/notes"}).Is(t, 303); a.Header.Get("Location") != "/notes" {
		t.Fatalf("leads to %q", a.Header.Get("Location"))
	}
	ada.Get("/notes").Is(t, 200)
	s.Clock.Advance(time.Minute)
	if a := home.Fetch("GET", "/notes"); a.Status == 200 {
		t.Error("the cookie from before goes on")
	}
	// Whoever has copied the cookie proves nothing by it.
	thief := ada.Clone()
	thief.Addr = "127.11.0.1:4711"
	thief.Get("/auth/step-up?next=/notes").Is(t, 303)
	for _, path := range []string{"/notes", "/auth/account", "/auth/account/factors/totp"} {
		if to := thief.Get(path).Is(t, 303).Header.Get("Location"); !strings.HasPrefix(to, "/auth/step-up?") {
			t.Errorf("%s leads to %q", path, to)
		}
	}
	s.Browser().Get("/auth/step-up").Is(t, 303)
}
