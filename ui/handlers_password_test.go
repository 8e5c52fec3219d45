package ui_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/axess-go/axess/internal/fronttest"
)

const anotherPassword = "a staple that no horse has eaten"

func asksReset(t *testing.T, s *fronttest.Site, name string) (path string) {
	t.Helper()
	b := s.Browser()
	b.Get("/auth/reset").Is(t, 200)
	a := b.Post("/auth/reset", fronttest.Form{"identifier": name}).Is(t, 303)
	if a.Header.Get("Location") != "/auth/reset/sent" {
		t.Fatalf("leads to %q", a.Header.Get("Location"))
	}
	b.Get("/auth/reset/sent").Is(t, 200)
	return s.Link()
}

// A forgotten password: the answer says nothing, the link works once and in whatever
// browser, nobody is signed in by it, and every session is over. UIX-028, AUN-131,
// AUN-134
func TestReset_from_the_forgotten_password_to_the_new_one(t *testing.T) {
	t.Parallel()
	s := fronttest.New(t)
	before := s.Person("ada@example.org")
	link := asksReset(t, s, "ada@example.org")
	b := s.Browser()
	b.Get(link).Is(t, 303)
	page := b.Get("/auth/reset/new").Is(t, 200)
	if !strings.Contains(page.Body, "a•••@example.org") {
		t.Error("the page does not say whose password it is")
	}
	for _, bad := range []string{"short", fronttest.Password, ""} {
		a := b.Post("/auth/reset/new", fronttest.Form{"password": bad}).Is(t, 422)
		if !strings.Contains(a.Body, `id="f-password-error"`) {
			t.Errorf("%q: no word at the field", bad)
		}
	}
	a := b.Post("/auth/reset/new", fronttest.Form{"password": anotherPassword}).Is(t, 303)
	if a.Header.Get("Location") != "/auth/sign-in" {
		t.Errorf("leads to %q", a.Header.Get("Location"))
	}
	if _, kept := b.Cookies[b.Cookie("-link")]; kept {
		t.Error("the link's cookie outlives the link")
	}
	b.Get("/auth/account").Is(t, 303)
	before.Get("/auth/account").Is(t, 303)
	b.Get("/auth/sign-in")
	b.Post("/auth/sign-in", fronttest.Form{"identifier": "ada@example.org", "password": fronttest.Password}).Is(t, 401)
	b.Post("/auth/sign-in", fronttest.Form{"identifier": "ada@example.org", "password": anotherPassword}).Is(t, 303)
	b.Get("/auth/account").Is(t, 200)
	again := s.Browser()
	again.Get(link)
	again.Get("/auth/reset/new").Is(t, 400)
	again.Post("/auth/reset/new", fronttest.Form{"password": fronttest.Password}).Is(t, 400)
}

// Opening the link writes nothing and takes the token out of the address. UIX-062
func TestReset_opening_a_link_writes_nothing(t *testing.T) {
	t.Parallel()
	s := fronttest.New(t)
	s.Person("ada@example.org")
	link := asksReset(t, s, "ada@example.org")
	token := link[strings.Index(link, "token=")+6:]
	b := s.Browser()
	s.Ports.Take()
	s.Log.Take()
	a := b.Get(link).Is(t, 303)
	if calls := s.Ports.Take(); len(calls) != 0 {
		t.Errorf("opening the link called %v", calls)
	}
	page := b.Get("/auth/reset/new").Is(t, 200)
	if calls := s.Ports.Take(); slices.ContainsFunc(calls, writes) {
		t.Errorf("the page called %v", calls)
	}
	for what, answer := range map[string]fronttest.Answer{"redirect": a, "page": page} {
		if strings.Contains(answer.Body+fmt.Sprint(answer.Header), token) || strings.Contains(s.Log.Take(), token) {
			t.Errorf("%s: repeats the token", what)
		}
		if answer.Header.Get("Referrer-Policy") != "no-referrer" {
			t.Errorf("%s: referrer policy %q", what, answer.Header.Get("Referrer-Policy"))
		}
	}
	b.Get("/auth/reset/new?token="+strings.Repeat("A", 200)).Is(t, 303)
	b.Get("/auth/reset/new").Is(t, 400)
	b.Get(link)
	b.Get("/auth/verify").Is(t, 400) // a link is good for one thing
}

// The answer for somebody and for nobody are one. UIX-028, AUN-131
func TestReset_tells_nobody_who_is_there(t *testing.T) {
	t.Parallel()
	s := fronttest.New(t)
	s.Person("ada@example.org")
	var want string
	for _, name := range []string{"ada@example.org", "nobody@example.org", "not an address"} {
		b := s.Browser()
		b.Get("/auth/reset")
		s.Ports.Take()
		a := b.Post("/auth/reset", fronttest.Form{"identifier": name}).Is(t, 303)
		calls := s.Ports.Take()
		slices.Sort(calls)
		got := fmt.Sprint(a.Header.Get("Location"), a.Body, len(a.Header["Set-Cookie"]), calls)
		if want == "" {
			want = got
		}
		if got != want {
			t.Errorf("%s:\n%s\nwant\n%s", name, got, want)
		}
	}
	b := s.Browser()
	b.Get("/auth/reset")
	if a := b.Post("/auth/reset", fronttest.Form{"identifier": ""}).Is(t, 422); !strings.Contains(a.Body, "f-identifier-error") {
		t.Error("no word at the empty field")
	}
}

// UIX-034, AUN-130
func TestPassword_is_changed_on_the_account(t *testing.T) {
	t.Parallel()
	s := fronttest.New(t)
	b := s.Person("ada@example.org")
	other := s.SignIn("ada@example.org")
	s.Clock.Advance(time.Hour)
	if page := b.Get("/auth/account").Is(t, 200); !strings.Contains(page.Body, `href="/auth/account/password"`) {
		t.Error("the account does not lead to it")
	}
	page := b.Get("/auth/account/password").Is(t, 200)
	if !strings.Contains(page.Body, `value="ada@example.org" readonly`) {
		t.Error("a password manager is not told whose password it is")
	}
	for _, bad := range []struct {
		current, next, field string
		status               int
	}{
		{"wrong wrong wrong wrong", anotherPassword, "current_password", 422},
		{"", anotherPassword, "current_password", 422},
		{fronttest.Password, "short", "new_password", 422},
		{fronttest.Password, fronttest.Password, "new_password", 422},
	} {
		a := b.Post("/auth/account/password", fronttest.Form{"current_password": bad.current, "new_password": bad.next}).Is(t, bad.status)
		if !strings.Contains(a.Body, "f-"+strings.ReplaceAll(bad.field, "_", "-")+"-error") && !strings.Contains(a.Body, "f-"+bad.field+"-error") {
			t.Errorf("%+v: no word at the field", bad)
		}
	}
	a := b.Post("/auth/account/password", fronttest.Form{"current_password": fronttest.Password, "new_password": anotherPassword}).Is(t, 303)
	if a.Header.Get("Location") != "/auth/account" {
		t.Errorf("leads to %q", a.Header.Get("Location"))
	}
	if page := b.Get("/auth/account").Is(t, 200); !strings.Contains(page.Body, "Your password is changed.") {
		t.Error("nothing says that it is done")
	}
	other.Get("/auth/account").Is(t, 303)
}

// Who has an app proves it first, and comes back to what they wanted; leaving it
// leaves the login as it was. UIX-032, AUN-100, AUN-104
func TestPassword_asks_for_the_app_first(t *testing.T) {
	t.Parallel()
	s := fronttest.New(t)
	b := s.Person("ada@example.org")
	show := s.Enrol(b)
	b.Get("/auth/account/password").Is(t, 200) // the app has just been proved
	s.Clock.Advance(10 * time.Minute)
	a := b.Get("/auth/account/password").Is(t, 303)
	to := a.Header.Get("Location")
	if !strings.HasPrefix(to, "/auth/factor/totp?next=") {
		t.Fatalf("leads to %q", to)
	}
	page := b.Get(to).Is(t, 200)
	if !strings.Contains(page.Body, "Confirm that it is you") || strings.Contains(page.Body, "Start again") {
		t.Error("the page does not say what it is for")
	}
	b.Get("/auth/account").Is(t, 200) // another tab
	b.Post(to, fronttest.Form{"code": "000000", "next": "/auth/account/password"}).Is(t, 401)
	a = b.Post(to, fronttest.Form{"code": show(), "next": "/auth/account/password"}).Is(t, 303)
	if a.Header.Get("Location") != "/auth/account/password" {
		t.Errorf("leads to %q", a.Header.Get("Location"))
	}
	b.Get("/auth/account/password").Is(t, 200)
	b.Post("/auth/account/password", fronttest.Form{"current_password": fronttest.Password, "new_password": anotherPassword}).Is(t, 303)
	b.Get("/auth/account").Is(t, 200)
}

// A step-up that fails until the lock ends, and the login stays. AUN-101
func TestStepUp_that_fails_leaves_the_login(t *testing.T) {
	t.Parallel()
	s := fronttest.New(t)
	b := s.Person("ada@example.org")
	s.Enrol(b)
	s.Clock.Advance(10 * time.Minute)
	b.Get("/auth/account/password").Is(t, 303)
	for range 4 {
		b.Post("/auth/factor/totp", fronttest.Form{"code": "000000"}).Is(t, 401)
	}
	if a := b.Post("/auth/factor/totp", fronttest.Form{"code": "000000"}).Is(t, 303); a.Header.Get("Location") != "/auth/account" {
		t.Errorf("leads to %q", a.Header.Get("Location"))
	}
	if page := b.Get("/auth/account").Is(t, 200); !strings.Contains(page.Body, "That failed too often.") {
		t.Error("nothing says what happened")
	}
	b.Get("/auth/account/password").Is(t, 303) // and may be asked again
	b.Get("/auth/account").Is(t, 200)
}
