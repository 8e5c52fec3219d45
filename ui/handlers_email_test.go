package ui_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/axess-go/axess/internal/fronttest"
)

// asksAddress asks for a link to another address and returns it.
func asksAddress(t *testing.T, s *fronttest.Site, b *fronttest.Browser, to string) string {
	t.Helper()
	b.Get("/auth/account/email").Is(t, 200)
	a := b.Post("/auth/account/email", fronttest.Form{"email": to}).Is(t, 303)
	if a.Header.Get("Location") != "/auth/account/email" {
		t.Fatalf("leads to %q", a.Header.Get("Location"))
	}
	page := b.Get("/auth/account/email").Is(t, 200)
	for _, want := range []string{"If that address can be used here", "Waiting to be confirmed", to} {
		if !strings.Contains(page.Body, want) {
			t.Fatalf("the page does not say %q", want)
		}
	}
	return s.Link()
}

// UIX-027, UIX-039, UIX-062, AUN-127
func TestEmail_is_changed_on_the_account(t *testing.T) {
	t.Parallel()
	s := fronttest.New(t)
	b := s.Person("ada@example.org")
	other := s.SignIn("ada@example.org")
	if page := b.Get("/auth/account").Is(t, 200); !strings.Contains(page.Body, `href="/auth/account/email"`) {
		t.Error("the account does not lead to it")
	}
	for bad, word := range map[string]string{"nope": "Enter an e-mail address", "ADA@example.org": "That is the address you have"} {
		a := b.Post("/auth/account/email", fronttest.Form{"email": bad}).Is(t, 422)
		if !strings.Contains(a.Body, word) || !strings.Contains(a.Body, `value="`+bad+`"`) {
			t.Errorf("%q: no word at the field, or it is empty", bad)
		}
	}
	link := asksAddress(t, s, b, "ada@example.net")
	s.Ports.Take()
	a := b.Get(link).Is(t, 303)
	if calls := s.Ports.Take(); slices.ContainsFunc(calls, writes) || a.Header.Get("Referrer-Policy") != "no-referrer" || a.Header.Get("Location") != "/auth/address" {
		t.Errorf("opening the link called %v and leads to %q", calls, a.Header.Get("Location"))
	}
	page := b.Get("/auth/address").Is(t, 200)
	if calls := s.Ports.Take(); slices.ContainsFunc(calls, writes) {
		t.Errorf("the page called %v", calls)
	}
	if !strings.Contains(page.Body, "ada@example.net") || !strings.Contains(page.Body, "Use this address") {
		t.Error("the page does not say what it does")
	}
	a = b.Post("/auth/address", nil).Is(t, 303)
	if a.Header.Get("Location") != "/auth/account" {
		t.Errorf("leads to %q", a.Header.Get("Location"))
	}
	if page := b.Get("/auth/account").Is(t, 200); !strings.Contains(page.Body, "The new address is the account") || !strings.Contains(page.Body, "ada@example.net") {
		t.Error("nothing says that it is done")
	}
	other.Get("/auth/account").Is(t, 303)
	if _, kept := b.Cookies[b.Cookie("-link")]; kept {
		t.Error("the link's cookie outlives the link")
	}
	again := s.Browser()
	again.Get(link)
	again.Get("/auth/address").Is(t, 400)
	again.Post("/auth/address", nil).Is(t, 400)
	again.Get("/auth/address?token="+strings.Repeat("A", 200)).Is(t, 303)
	again.Get("/auth/address").Is(t, 400)
}

// UIX-027, AUN-127: the former address takes its account back, in any browser, and
// chooses a new password.
func TestEmail_is_undone_by_the_former_address(t *testing.T) {
	t.Parallel()
	s := fronttest.New(t)
	thief := s.Person("ada@example.org")
	link := asksAddress(t, s, thief, "mallory@example.net")
	elsewhere := s.Browser()
	elsewhere.Get(link)
	if page := elsewhere.Get("/auth/address").Is(t, 200); strings.Contains(page.Body, "mallory@") || !strings.Contains(page.Body, "m•••@example.net") {
		t.Error("the address is not masked")
	}
	elsewhere.Post("/auth/address", nil).Is(t, 303)
	elsewhere.Get("/auth/account").Is(t, 303)
	thief.Get("/auth/account").Is(t, 303)
	s.Clock.Advance(time.Second)
	owner := s.Browser()
	owner.Get(s.Link())
	if page := owner.Get("/auth/undo").Is(t, 200); !strings.Contains(page.Body, "a•••@example.org") || !strings.Contains(page.Body, "Restore this address") {
		t.Error("the page does not say what it does")
	}
	if a := owner.Post("/auth/undo", nil).Is(t, 303); a.Header.Get("Location") != "/auth/sign-in" {
		t.Errorf("leads to %q", a.Header.Get("Location"))
	}
	if page := owner.Get("/auth/sign-in").Is(t, 200); !strings.Contains(page.Body, "The former address is back.") {
		t.Error("nothing says that it is done")
	}
	owner.Get(s.Link())
	owner.Post("/auth/reset/new", fronttest.Form{"password": anotherPassword}).Is(t, 303)
	owner.Post("/auth/sign-in", fronttest.Form{"identifier": "mallory@example.net", "password": fronttest.Password}).Is(t, 401)
	owner.Post("/auth/sign-in", fronttest.Form{"identifier": "ada@example.org", "password": anotherPassword}).Is(t, 303)
	owner.Post("/auth/undo", nil).Is(t, 400)
}

// UIX-039: a change that waits can be given up; UIX-032: it asks for the factor first.
func TestEmail_waits_and_is_given_up(t *testing.T) {
	t.Parallel()
	s := fronttest.New(t)
	b := s.Person("ada@example.org")
	link := asksAddress(t, s, b, "ada@example.net")
	if a := b.Post("/auth/account/email/cancel", nil).Is(t, 303); a.Header.Get("Location") != "/auth/account" {
		t.Errorf("leads to %q", a.Header.Get("Location"))
	}
	if page := b.Get("/auth/account/email").Is(t, 200); strings.Contains(page.Body, "Waiting to be confirmed") {
		t.Error("still waits")
	}
	b.Get(link)
	b.Get("/auth/address").Is(t, 400)
	s.Clock.Advance(fronttest.StepUpAge)
	asked(t, b.Get("/auth/account/email"), "password", "/auth/account/email")
	to := asked(t, b.Post("/auth/account/email", fronttest.Form{"email": "ada@example.com"}), "password", "/auth/account/email")
	if page := b.Get(to).Is(t, 200); !strings.Contains(page.Body, "You are about to change your address.") {
		t.Error("does not say what for")
	}
}

// AUN-127: the answers for an address that is free and for one that is taken are one.
func TestEmail_tells_nobody_whose_it_is(t *testing.T) {
	t.Parallel()
	tellsNobodyWhoseItIs(t, "/auth/account/email", "email")
}

// tellsNobodyWhoseItIs asks for an address on a page, free and taken: answer, calls of
// the stores and the page afterwards are the same.
func tellsNobodyWhoseItIs(t *testing.T, path, field string) {
	t.Helper()
	s := fronttest.New(t)
	s.Person("taken@example.org")
	var want string
	askers := []*fronttest.Browser{s.Person("asker-1@example.org"), s.Person("asker-2@example.org")}
	for i, to := range []string{"fresh@example.org", "taken@example.org"} {
		b := askers[i]
		b.Get(path)
		s.Ports.Take()
		a := b.Post(path, fronttest.Form{field: to}).Is(t, 303)
		calls := s.Ports.Take()
		slices.Sort(calls)
		page := b.Get(path).Is(t, 200)
		got := fmt.Sprint(a.Header.Get("Location"), len(a.Header["Set-Cookie"]), calls, len(page.Body))
		if want == "" {
			want = got
		}
		if got != want {
			t.Errorf("%s:\n%s\nwant\n%s", to, got, want)
		}
	}
}

// AUN-128: beyond the changes of a day the page says when.
func TestEmail_so_many_a_day(t *testing.T) {
	t.Parallel()
	s := fronttest.New(t)
	b := s.Person("ada@example.org")
	for i := range 5 {
		b.Post("/auth/account/email", fronttest.Form{"email": fmt.Sprintf("ada-%d@example.net", i)}).Is(t, 303)
	}
	a := b.Post("/auth/account/email", fronttest.Form{"email": "ada-6@example.net"}).Is(t, 429)
	if a.Header.Get("Retry-After") == "" || !strings.Contains(a.Body, `value="ada-6@example.net"`) {
		t.Errorf("Retry-After %q", a.Header.Get("Retry-After"))
	}
}

// UIX-055
func TestEmail_from_a_stale_tab(t *testing.T) {
	t.Parallel()
	s := fronttest.New(t)
	b := s.Person("ada@example.org")
	a := b.Post("/auth/account/email", fronttest.Form{"_csrf": foreign(s), "email": "ada@example.net"}).Is(t, 403)
	form := formOf(t, a.Body, "/auth/account/email")
	if form["email"] != "ada@example.net" {
		t.Errorf("comes back with %q", form["email"])
	}
	b.Post("/auth/account/email", form).Is(t, 303)
	b.Get(s.Link())
	a = b.Post("/auth/address", fronttest.Form{"_csrf": foreign(s)}).Is(t, 403)
	b.Post("/auth/address", formOf(t, a.Body, "/auth/address")).Is(t, 303)
	s.Clock.Advance(time.Second)
	b.Get(s.Link())
	a = b.Post("/auth/undo", fronttest.Form{"_csrf": foreign(s)}).Is(t, 403)
	b.Post("/auth/undo", formOf(t, a.Body, "/auth/undo")).Is(t, 303)
}
