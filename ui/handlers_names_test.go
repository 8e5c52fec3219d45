package ui_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/axess-go/axess/internal/fronttest"
)

// asksName adds an address and returns the link to it.
func asksName(t *testing.T, s *fronttest.Site, b *fronttest.Browser, address string) string {
	t.Helper()
	b.Get("/auth/account/names").Is(t, 200)
	a := b.Post("/auth/account/names", fronttest.Form{"new_name": address}).Is(t, 303)
	if a.Header.Get("Location") != "/auth/account/names" {
		t.Fatalf("leads to %q", a.Header.Get("Location"))
	}
	page := b.Get("/auth/account/names").Is(t, 200)
	for _, want := range []string{"If that address can be used here", "Waiting to be confirmed", address} {
		if !strings.Contains(page.Body, want) {
			t.Fatalf("the page does not say %q", want)
		}
	}
	return s.Link()
}

// signsIn tries a name with the password of everybody.
func signsIn(s *fronttest.Site, name string) bool {
	return s.Browser().Post("/auth/sign-in", fronttest.Form{"identifier": name, "password": fronttest.Password}).Status == 303
}

// UIX-039, IDN-027
func TestNames_user_name(t *testing.T) {
	t.Parallel()
	s := fronttest.New(t)
	b := s.Person("ada@example.org")
	s.Person("bea@example.org").Post("/auth/account/names", fronttest.Form{"new_name": "bea"}).Is(t, 303)
	if page := b.Get("/auth/account").Is(t, 200); !strings.Contains(page.Body, `href="/auth/account/names"`) {
		t.Error("the account does not lead to it")
	}
	other := s.SignIn("ada@example.org")
	for bad, word := range map[string]string{
		"": "Enter an e-mail address", "nope@": "Enter an e-mail address", "root": "not reserved", "BEA": "Somebody else has this user name", "ADA@example.org": "has this name already",
	} {
		a := b.Post("/auth/account/names", fronttest.Form{"new_name": bad}).Is(t, 422)
		if !strings.Contains(a.Body, word) || !strings.Contains(a.Body, `value="`+bad+`"`) {
			t.Errorf("%q: no word at the field, or it is empty", bad)
		}
	}
	b.Post("/auth/account/names", fronttest.Form{"new_name": "Lovelace"}).Is(t, 303)
	page := b.Get("/auth/account/names").Is(t, 200)
	if !strings.Contains(page.Body, "You can sign in with the new user name.") || !strings.Contains(page.Body, "Lovelace") {
		t.Error("nothing says that it is done")
	}
	if page := b.Get("/auth/account").Is(t, 200); !strings.Contains(page.Body, "Lovelace") {
		t.Error("the account does not show it")
	}
	other.Get("/auth/account").Is(t, 303)
	if !signsIn(s, "lovelace") {
		t.Error("it does not sign in")
	}
	b.Post("/auth/account/names/remove", fronttest.Form{"kind": "username", "name": "lovelace"}).Is(t, 303)
	if page := b.Get("/auth/account/names").Is(t, 200); !strings.Contains(page.Body, "The name is removed.") || strings.Contains(page.Body, "Lovelace") || signsIn(s, "lovelace") {
		t.Error("it is not removed")
	}
	b.Post("/auth/account/names/remove", fronttest.Form{"kind": "username", "name": "lovelace"}).Is(t, 404)
	b.Post("/auth/account/names/remove", nil).Is(t, 404)
	b.Post("/auth/account/names/remove", fronttest.Form{"kind": "email", "name": "ada@example.org"}).Is(t, 409)
}

// UIX-039, UIX-062, IDN-027: another address, its link where the person is signed in,
// the primary one, and what undoes that.
func TestNames_address(t *testing.T) {
	t.Parallel()
	s := fronttest.New(t)
	b := s.Person("ada@example.org")
	link := asksName(t, s, b, "ada@example.net")
	elsewhere := s.Browser()
	elsewhere.Get(link).Is(t, 303)
	page := elsewhere.Get("/auth/address").Is(t, 200)
	if strings.Contains(page.Body, "ada@example.net") || !strings.Contains(page.Body, "Sign in to your account first") || strings.Contains(page.Body, `action="/auth/address"`) {
		t.Error("a guest may confirm it, or reads it")
	}
	elsewhere.Post("/auth/address", nil).Is(t, 401)
	elsewhere.Post("/auth/sign-in", fronttest.Form{"identifier": "ada@example.org", "password": fronttest.Password, "next": "/auth/address"}).Is(t, 303)
	s.Ports.Take()
	page = elsewhere.Get("/auth/address").Is(t, 200)
	if calls := s.Ports.Take(); slices.ContainsFunc(calls, writes) {
		t.Errorf("the page called %v", calls)
	}
	if !strings.Contains(page.Body, "ada@example.net") || !strings.Contains(page.Body, "Add this address") {
		t.Error("the page does not say what it does")
	}
	if a := elsewhere.Post("/auth/address", nil).Is(t, 303); a.Header.Get("Location") != "/auth/account/names" {
		t.Errorf("leads to %q", a.Header.Get("Location"))
	}
	if page := elsewhere.Get("/auth/account/names").Is(t, 200); !strings.Contains(page.Body, "Your account has the new address.") || strings.Contains(page.Body, "Waiting to be confirmed") {
		t.Error("nothing says that it is done")
	}
	b.Get("/auth/account").Is(t, 303)
	if !signsIn(s, "ada@example.net") {
		t.Error("it does not sign in")
	}
	elsewhere.Post("/auth/account/names/primary", fronttest.Form{"kind": "email", "name": "ada@example.net"}).Is(t, 303)
	s.Clock.Advance(time.Second)
	if page := elsewhere.Get("/auth/account").Is(t, 200); !strings.Contains(page.Body, "ada@example.net") {
		t.Error("the account does not show it")
	}
	elsewhere.Post("/auth/account/names/remove", fronttest.Form{"kind": "email", "name": "ada@example.org"}).Is(t, 303)
	if signsIn(s, "ada@example.org") {
		t.Error("a removed address signs in")
	}
}

// UIX-039: what waits can be given up; UIX-032: it asks for the factor first.
func TestNames_wait_and_are_given_up(t *testing.T) {
	t.Parallel()
	s := fronttest.New(t)
	b := s.Person("ada@example.org")
	link := asksName(t, s, b, "ada@example.net")
	b.Post("/auth/account/names/cancel", nil).Is(t, 303)
	if page := b.Get("/auth/account/names").Is(t, 200); strings.Contains(page.Body, "Waiting to be confirmed") || !strings.Contains(page.Body, "The address is not added.") {
		t.Error("still waits")
	}
	b.Get(link)
	b.Get("/auth/address").Is(t, 400)
	s.Clock.Advance(fronttest.StepUpAge)
	for path, form := range map[string]fronttest.Form{
		"/auth/account/names": {"new_name": "lovelace"}, "/auth/account/names/primary": {"kind": "email", "name": "x"},
		"/auth/account/names/remove": {"kind": "email", "name": "x"},
	} {
		to := asked(t, b.Post(path, form), "password", "/auth/account/names")
		if page := b.Get(to).Is(t, 200); !strings.Contains(page.Body, "You are about to change the names of your account.") {
			t.Errorf("%s does not say what for", path)
		}
	}
	asked(t, b.Get("/auth/account/names"), "password", "/auth/account/names")
}

// AUN-127, IDN-027: the answers for an address that is free and for one that is taken
// are one.
func TestNames_tell_nobody_whose_an_address_is(t *testing.T) {
	t.Parallel()
	tellsNobodyWhoseItIs(t, "/auth/account/names", "new_name")
}

// UIX-055
func TestNames_from_a_stale_tab(t *testing.T) {
	t.Parallel()
	s := fronttest.New(t)
	b := s.Person("ada@example.org")
	a := b.Post("/auth/account/names", fronttest.Form{"_csrf": foreign(s), "new_name": "lovelace"}).Is(t, 403)
	form := formOf(t, a.Body, "/auth/account/names")
	if form["new_name"] != "lovelace" {
		t.Errorf("comes back with %q", form["new_name"])
	}
	b.Post("/auth/account/names", form).Is(t, 303)
	a = b.Post("/auth/account/names/remove", fronttest.Form{"_csrf": foreign(s), "kind": "username", "name": "lovelace"}).Is(t, 403)
	b.Post("/auth/account/names/remove", formOf(t, a.Body, "/auth/account/names/remove")).Is(t, 303)
}

// UIX-039: where nobody gave a name, the head of the page calls them by their address,
// and by the new one from the moment that it is theirs.
func TestEmail_head_of_the_page_says_the_new_one(t *testing.T) {
	t.Parallel()
	s := fronttest.New(t)
	b := s.Browser()
	b.Get("/auth/sign-up").Is(t, 200)
	b.Post("/auth/sign-up", fronttest.Form{"email": "ada@example.org", "password": fronttest.Password}).Is(t, 303)
	b.Get(s.Link())
	b.Post("/auth/verify", nil).Is(t, 303)
	b.Get(asksAddress(t, s, b, "ada@example.net"))
	b.Post("/auth/address", nil).Is(t, 303)
	if page := b.Get("/auth/account/sessions").Is(t, 200); strings.Contains(page.Body, "ada@example.org") || !strings.Contains(page.Body, "ada@example.net") {
		t.Error("the head says the former address")
	}
}
