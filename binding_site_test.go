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
	if a := ada.Get("/auth/account"); a.Status != 401 {
		t.Errorf("let in by a page: %d", a.Status)
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
