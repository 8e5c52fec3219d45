package ui_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/axess-go/axess"
	"github.com/axess-go/axess/internal/fronttest"
)

const unknownPassword = "a staple that no horse has eaten"

// Whose password others know chooses another at the end of the sign-in and goes on to
// where they wanted. AUN-036, AUN-121, AUN-137, UIX-055
func TestReplace_at_the_end_of_a_sign_in(t *testing.T) {
	t.Parallel()
	s := fronttest.New(t)
	s.Routes.Authn("GET /inside", func(http.ResponseWriter, *http.Request, axess.Authenticated) {})
	const ada, page = "ada@example.org", "/auth/sign-in/password"
	before := s.Person(ada)
	s.MarkCompromised(ada)
	before.Get("/inside").Is(t, 303)
	b := s.Browser()
	b.Get(page).Is(t, 409)
	b.Post(page, fronttest.Form{"new_password": unknownPassword}).Is(t, 409)
	b.Get("/auth/sign-in?next=/inside").Is(t, 200)
	a := b.Post("/auth/sign-in", fronttest.Form{"identifier": ada, "password": fronttest.Password, "next": "/inside"}).Is(t, 303)
	if to := a.Header.Get("Location"); to != page+"?next=%2Finside" {
		t.Fatalf("leads to %q", to)
	}
	half := b.Clone()
	shown := b.Get(page+"?next=/inside").Is(t, 200)
	for _, want := range []string{`name="next" value="/inside"`, `autocomplete="new-password"`, `autocomplete="username" value="` + ada + `"`} {
		if !strings.Contains(shown.Body, want) {
			t.Errorf("the page lacks %s:\n%s", want, shown.Body)
		}
	}
	if shown.Header.Get("Cache-Control") != "no-store" {
		t.Error("the page may be kept")
	}
	for _, path := range []string{"/inside", "/auth/account", "/auth/account/password", "/auth/factor/password"} {
		if to := b.Get(path).Is(t, 303).Header.Get("Location"); to != page {
			t.Errorf("%s leads to %q", path, to)
		}
	}
	if to := b.Fetch("GET", "/inside"); to.Status != 403 || !strings.Contains(to.Body, "workflow_pending") {
		t.Errorf("a program: %d %s", to.Status, to.Body)
	}
	for typed, says := range map[string]string{"short": "at least 15", fronttest.Password: "That is the password you have."} {
		bad := b.Post(page, fronttest.Form{"new_password": typed, "next": "/inside"}).Is(t, 422)
		if !strings.Contains(bad.Body, says) || !strings.Contains(bad.Body, `id="f-new-password-error"`) || !strings.Contains(bad.Body, `value="/inside"`) {
			t.Errorf("%q:\n%s", typed, bad.Body)
		}
	}
	if to := b.Post(page, fronttest.Form{"new_password": unknownPassword, "next": "/inside"}).Is(t, 303).Header.Get("Location"); to != "/inside" {
		t.Errorf("leads to %q", to)
	}
	b.Get("/inside").Is(t, 200)
	// The form and the page once more: they are in.
	if to := b.Post(page, fronttest.Form{"new_password": unknownPassword + "!", "next": "/inside"}).Is(t, 303).Header.Get("Location"); to != "/inside" {
		t.Errorf("the form again leads to %q", to)
	}
	if to := b.Get(page).Is(t, 303).Header.Get("Location"); to != "/" {
		t.Errorf("the page again leads to %q", to)
	}
	half.Get(page).Is(t, 409)
	half.Get("/inside").Is(t, 303)
	in := s.Browser()
	in.Get("/auth/sign-in")
	in.Post("/auth/sign-in", fronttest.Form{"identifier": ada, "password": fronttest.Password}).Is(t, 401)
	if to := in.Post("/auth/sign-in", fronttest.Form{"identifier": ada, "password": unknownPassword}).Is(t, 303).Header.Get("Location"); to != "/" {
		t.Errorf("the next sign-in leads to %q", to)
	}
}

// It is left by signing out or by beginning again, and what ends it elsewhere leads to
// the sign-in. AUN-121, UIX-055
func TestReplace_is_left(t *testing.T) {
	t.Parallel()
	s := fronttest.New(t)
	const ada, page = "ada@example.org", "/auth/sign-in/password"
	s.Person(ada)
	b := s.Known(ada)
	b.Get(page).Is(t, 200)
	b.Post("/auth/sign-out", nil).Is(t, 303)
	b.Get(page).Is(t, 409)
	b = s.SignIn(ada)
	b.Get("/auth/sign-in").Is(t, 200)
	b.Post("/auth/sign-in", fronttest.Form{"identifier": ada, "password": "not the right password"}).Is(t, 401)
	b.Get(page).Is(t, 409)
	b = s.SignIn(ada)
	s.MarkCompromised(ada)
	for range 2 {
		if to := b.Get(page+"?next=/inside").Is(t, 303).Header.Get("Location"); to != "/auth/sign-in?next=%2Finside" {
			t.Errorf("ended elsewhere: %q", to)
		}
	}
	if to := b.Post(page, fronttest.Form{"new_password": unknownPassword}).Is(t, 303).Header.Get("Location"); to != "/auth/sign-in" {
		t.Errorf("ended elsewhere, posted: %q", to)
	}
	b = s.SignIn(ada)
	s.Clock.Advance(time.Hour)
	if late := b.Get(page); late.Status != 409 || !strings.Contains(late.Body, "/auth/sign-in") {
		t.Errorf("after an hour: %d\n%s", late.Status, late.Body)
	}
	// A form from before the token turned stale is shown again.
	b = s.SignIn(ada)
	b.Get(page).Is(t, 200)
	a := b.Post(page, fronttest.Form{"_csrf": foreign(s), "new_password": unknownPassword, "next": "/notes"}).Is(t, 403)
	if !strings.Contains(a.Body, `name="new_password"`) || !strings.Contains(a.Body, `value="/notes"`) || strings.Contains(a.Body, unknownPassword) {
		t.Errorf("stale:\n%s", a.Body)
	}
}
