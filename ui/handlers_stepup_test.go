package ui_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/axess-go/axess/internal/fronttest"
)

// asked follows a page to the step-up that it asks for, of a kind.
func asked(t *testing.T, a fronttest.Answer, kind, back string) (to string) {
	t.Helper()
	to = a.Is(t, 303).Header.Get("Location")
	if want := "/auth/factor/" + kind + "?next=" + url.QueryEscape(back); to != want {
		t.Fatalf("leads to %q, want %q", to, want)
	}
	return to
}

// Whoever has a password alone gives it again before they add an app, and then goes
// on: nothing else asks for a password. UIX-032, AUN-100, AUN-101, AUN-104
func TestStepUp_before_an_app_is_added(t *testing.T) {
	t.Parallel()
	s := fronttest.New(t)
	b := s.Person("ada@example.org")
	const totp = "/auth/account/factors/totp"
	b.Get(totp).Is(t, 200) // signed in a moment ago
	s.Clock.Advance(fronttest.StepUpAge)
	to := asked(t, b.Get(totp), "password", totp)
	page := b.Get(to).Is(t, 200)
	for _, want := range []string{"Confirm that it is you", "You are about to add an authenticator app.", `value="ada@example.org" readonly`, `action="/auth/step-up/leave"`} {
		if !strings.Contains(page.Body, want) {
			t.Errorf("the page has no %s", want)
		}
	}
	form := formOf(t, page.Body, "/auth/factor/password")
	if a := b.Post("/auth/factor/password", fronttest.Form{"password": "wrong wrong wrong", "next": form["next"]}).Is(t, 401); !strings.Contains(a.Body, "You are about to add") {
		t.Error("a wrong password forgets what it was for")
	}
	a := b.Post("/auth/factor/password", fronttest.Form{"password": fronttest.Password, "next": form["next"]}).Is(t, 303)
	if a.Header.Get("Location") != totp {
		t.Fatalf("leads to %q", a.Header.Get("Location"))
	}
	s.Enrol(b)
	if page := b.Get("/auth/account").Is(t, 200); !strings.Contains(page.Body, "Your authenticator app is set up.") {
		t.Error("not added")
	}
}

// What was being set up is there again after a step-up that came in between: nobody
// scans twice. UIX-032, AUN-100
func TestStepUp_in_the_middle_of_adding_an_app(t *testing.T) {
	t.Parallel()
	s := fronttest.New(t)
	b := s.Person("ada@example.org")
	const totp = "/auth/account/factors/totp"
	show := s.App(b.Get(totp).Is(t, 200))
	s.Clock.Advance(fronttest.StepUpAge)
	to := asked(t, b.Post(totp, fronttest.Form{"code": show(), "label": "Phone"}), "password", totp+"?pending")
	b.Get(to).Is(t, 200)
	a := b.Post("/auth/factor/password", fronttest.Form{"password": fronttest.Password, "next": totp + "?pending"}).Is(t, 303)
	again := s.App(b.Get(a.Header.Get("Location")).Is(t, 200))
	if again() != show() {
		t.Fatal("another key")
	}
	b.Post(totp, fronttest.Form{"code": show(), "label": "Phone"}).Is(t, 303)
	// Where nothing waits, the same address begins.
	b.Get(totp+"?pending").Is(t, 200)
}

// UIX-032, AUN-101, AUN-104: the app goes only with the app.
func TestStepUp_before_an_app_is_removed(t *testing.T) {
	t.Parallel()
	s := fronttest.New(t)
	b := s.Person("ada@example.org")
	show := s.Enrol(b)
	remove := removal(t, b)
	s.Clock.Advance(fronttest.StepUpAge)
	to := asked(t, b.Get(remove), "totp", remove)
	if page := b.Get(to).Is(t, 200); !strings.Contains(page.Body, "You are about to remove an authenticator app.") {
		t.Error("does not say what for")
	}
	asked(t, b.Post(remove, nil), "totp", remove)
	// A program is told instead.
	r := b.Request("POST", remove, nil)
	r.Header.Set("Accept", "application/json")
	r.Header.Set("Sec-Fetch-Mode", "cors")
	if a := b.Send(r).Is(t, 401); !strings.Contains(a.Body, "step_up_required") {
		t.Errorf("a program gets %s", a.Body)
	}
	b.Post("/auth/factor/totp", fronttest.Form{"code": show(), "next": remove}).Is(t, 303)
	b.Get(remove).Is(t, 200)
	b.Post(remove, nil).Is(t, 303)
	if page := b.Get("/auth/account").Is(t, 200); strings.Contains(page.Body, "/remove") {
		t.Error("still there")
	}
}

func removal(t *testing.T, b *fronttest.Browser) string {
	t.Helper()
	for link := range parse(t, b.Get("/auth/account").Is(t, 200).Body).links() {
		if strings.HasSuffix(link, "/remove") {
			return link
		}
	}
	t.Fatal("nothing to remove")
	return ""
}

// Leaving it restores the login exactly, and all pages treat it as the login that it
// is meanwhile. UIX-032, SES-007, SES-017
func TestStepUp_can_be_left(t *testing.T) {
	t.Parallel()
	s := fronttest.New(t)
	b := s.Person("ada@example.org")
	show := s.Enrol(b)
	s.Clock.Advance(fronttest.StepUpAge)
	before := formOf(t, b.Get("/auth/account").Body, "/auth/sign-out")["_csrf"]
	asked(t, b.Get("/auth/account/password"), "totp", "/auth/account/password")
	for path, want := range map[string]string{"/auth/account": "ada@example.org", "/auth/sign-out": "Sign out everywhere", "/": "/auth/account"} {
		if page := b.Get(path).Is(t, 200); !strings.Contains(page.Body, want) {
			t.Errorf("%s: not that of somebody who is signed in", path)
		}
	}
	b.Get("/auth/sign-in").Is(t, 303)
	b.Get("/auth/sign-up").Is(t, 303)
	a := b.Post("/auth/step-up/leave", nil).Is(t, 303)
	if a.Header.Get("Location") != "/auth/account" {
		t.Errorf("leads to %q", a.Header.Get("Location"))
	}
	b.Post("/auth/step-up/leave", nil).Is(t, 303)
	b.Get("/auth/account").Is(t, 200)
	if a := b.Get("/auth/factor/totp"); a.Status == 200 {
		t.Error("still asks for a code")
	}
	asked(t, b.Get("/auth/account/password"), "totp", "/auth/account/password")
	// AUN-102: what is proved brings a new id and a new token; the old one is refused.
	b.Post("/auth/factor/totp", fronttest.Form{"code": show(), "next": "/auth/account/password"}).Is(t, 303)
	after := formOf(t, b.Get("/auth/account/password").Is(t, 200).Body, "/auth/sign-out")["_csrf"]
	if after == before || after == "" {
		t.Error("the token of the page is that from before the step-up")
	}
	b.Post("/auth/account/sessions/end-others", fronttest.Form{"_csrf": before}).Is(t, 403)
}

// UIX-055: the form of a step-up comes back from a stale tab, too.
func TestStepUp_from_a_stale_tab(t *testing.T) {
	t.Parallel()
	s := fronttest.New(t)
	b := s.Person("ada@example.org")
	s.Clock.Advance(fronttest.StepUpAge)
	b.Get("/auth/account/factors/totp").Is(t, 303)
	a := b.Post("/auth/factor/password", fronttest.Form{"_csrf": foreign(s), "password": fronttest.Password, "next": "/auth/account/factors/totp"}).Is(t, 403)
	form := formOf(t, a.Body, "/auth/factor/password")
	form["password"] = fronttest.Password
	if a := b.Post("/auth/factor/password", form).Is(t, 303); a.Header.Get("Location") != "/auth/account/factors/totp" {
		t.Errorf("leads to %q", a.Header.Get("Location"))
	}
}
