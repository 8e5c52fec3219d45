package ui_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/axess-go/axess"
	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/fronttest"
)

// asksForApps makes the tenant of an account ask everybody for an app.
func asksForApps(t *testing.T, s *fronttest.Site, email string) {
	t.Helper()
	if err := s.Beneath().Identity.Apply(t.Context(), identity.PutMethod{
		Scope: identity.TenantScope(s.Account(email).User.Tenant), Method: authn.MFAMethods()[0],
	}); err != nil {
		t.Fatal(err)
	}
}

// Whoever never had an app sets it up behind the password and goes on to where they
// wanted. AUN-032, FAC-037, UIX-023, UIX-059
func TestEnrol_on_the_way_in(t *testing.T) {
	t.Parallel()
	s := fronttest.New(t)
	s.Routes.Authn("GET /inside", func(http.ResponseWriter, *http.Request, axess.Authenticated) {})
	const ada = "ada@example.org"
	s.Person(ada)
	asksForApps(t, s, ada)
	b := s.Browser()
	b.Get("/auth/enrol").Is(t, 409)
	b.Post("/auth/enrol", fronttest.Form{"code": "123456"}).Is(t, 409)
	b.Get("/auth/sign-in?next=/inside").Is(t, 200)
	a := b.Post("/auth/sign-in", fronttest.Form{"identifier": ada, "password": fronttest.Password, "next": "/inside"}).Is(t, 303)
	if to := a.Header.Get("Location"); to != "/auth/enrol?next=%2Finside" {
		t.Fatalf("leads to %q", to)
	}
	half := b.Clone()
	page := b.Get("/auth/enrol?next=/inside").Is(t, 200)
	if page.Header.Get("Cache-Control") != "no-store" || !strings.Contains(page.Body, `name="next" value="/inside"`) || !strings.Contains(page.Body, ada) {
		t.Errorf("the page:\n%s", page.Body)
	}
	show := s.App(page)
	// Not in yet, and every other page leads here.
	for _, path := range []string{"/inside", "/auth/account", "/auth/factor/totp", "/auth/account/factors/totp"} {
		if to := b.Get(path).Is(t, 303).Header.Get("Location"); to != "/auth/enrol" {
			t.Errorf("%s leads to %q", path, to)
		}
	}
	if to := b.Fetch("GET", "/inside"); to.Status != 403 || !strings.Contains(to.Body, "workflow_pending") {
		t.Errorf("a program: %d %s", to.Status, to.Body)
	}
	if bad := b.Post("/auth/enrol", fronttest.Form{"code": "000000", "next": "/inside"}).Is(t, 422); s.App(bad)() != show() || !strings.Contains(bad.Body, `id="f-code-error"`) {
		t.Error("a wrong code: another key, or no word at the field")
	}
	// Ten minutes later there is a button for another key.
	s.Clock.Advance(10 * time.Minute)
	if late := b.Get("/auth/enrol?next=/inside").Is(t, 200); strings.Contains(late.Body, "otpauth") || !strings.Contains(late.Body, `name="renew"`) {
		t.Errorf("after ten minutes:\n%s", late.Body)
	}
	if to := b.Post("/auth/enrol", fronttest.Form{"code": show(), "next": "/inside"}).Is(t, 303).Header.Get("Location"); to != "/auth/enrol?next=%2Finside" {
		t.Errorf("a code of the old key leads to %q", to)
	}
	if to := b.Post("/auth/enrol", fronttest.Form{"renew": "1", "next": "/inside"}).Is(t, 303).Header.Get("Location"); to != "/auth/enrol?next=%2Finside" {
		t.Errorf("another key leads to %q", to)
	}
	show = s.App(b.Get("/auth/enrol").Is(t, 200))
	if to := b.Post("/auth/enrol", fronttest.Form{"code": show(), "next": "/inside"}).Is(t, 303).Header.Get("Location"); to != "/auth/recovery-codes?next=%2Finside" {
		t.Errorf("leads to %q", to)
	}
	if to := b.Post("/auth/recovery-codes", fronttest.Form{"kept": "1", "next": "/inside"}).Is(t, 303).Header.Get("Location"); to != "/inside" {
		t.Errorf("the codes lead to %q", to)
	}
	b.Get("/inside").Is(t, 200)
	// The form once more, and the page once more: they are in. A copy of the cookie from
	// before is nobody's.
	for _, path := range []string{"", "?next=/inside"} {
		want := map[string]string{"": "/", "?next=/inside": "/inside"}[path]
		if to := b.Get("/auth/enrol"+path).Is(t, 303).Header.Get("Location"); to != want {
			t.Errorf("the page again leads to %q", to)
		}
	}
	for _, form := range []fronttest.Form{{"code": show()}, {"renew": "1"}} {
		if to := b.Post("/auth/enrol", form).Is(t, 303).Header.Get("Location"); to != "/" {
			t.Errorf("the form again leads to %q", to)
		}
	}
	half.Get("/inside").Is(t, 303)
	half.Get("/auth/enrol").Is(t, 409)
	s.Clock.Advance(time.Minute)
	in := s.SignIn(ada)
	in.Post("/auth/factor/totp", fronttest.Form{"code": show()}).Is(t, 303)
	in.Get("/inside").Is(t, 200)
}

// Whoever gives up begins again, or as somebody else, and the tab that is left shows
// where to start. AUN-021, AUN-121, UIX-055
func TestEnrol_is_left_by_signing_in_again(t *testing.T) {
	t.Parallel()
	s := fronttest.New(t)
	const ada, bob = "ada@example.org", "bob@example.org"
	s.Person(ada)
	s.Enrol(s.Person(bob))
	asksForApps(t, s, ada)
	s.Clock.Advance(time.Minute)
	b := s.SignIn(ada)
	b.Get("/auth/enrol").Is(t, 200)
	b.Get("/auth/sign-in").Is(t, 200)
	if to := b.Post("/auth/sign-in", fronttest.Form{"identifier": bob, "password": fronttest.Password}).Is(t, 303).Header.Get("Location"); to != "/auth/factor/totp" {
		t.Errorf("leads to %q", to)
	}
	b.Get("/auth/enrol").Is(t, 409)
	b.Post("/auth/sign-in", fronttest.Form{"identifier": ada, "password": fronttest.Password}).Is(t, 303)
	s.Clock.Advance(time.Hour)
	if page := b.Get("/auth/enrol"); page.Status != 409 || !strings.Contains(page.Body, "/auth/sign-in") {
		t.Errorf("after an hour: %d\n%s", page.Status, page.Body)
	}
	b.Post("/auth/sign-in", fronttest.Form{"identifier": ada, "password": fronttest.Password}).Is(t, 303)
	b.Get("/auth/enrol").Is(t, 200)
	// A form from before the token turned stale is shown again, with the same key.
	if a := b.Post("/auth/enrol", fronttest.Form{"_csrf": foreign(s), "code": "123456"}).Is(t, 403); !strings.Contains(a.Body, "otpauth") || !strings.Contains(a.Body, `name="code"`) {
		t.Errorf("stale:\n%s", a.Body)
	}
	b.Post("/auth/sign-out", nil).Is(t, 303)
	b.Get("/auth/enrol").Is(t, 409)
}
