package ui_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/axess-go/axess"
	"github.com/axess-go/axess/internal/fronttest"
)

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
