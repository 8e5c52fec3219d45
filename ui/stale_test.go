package ui_test

import (
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/axess-go/axess/internal/fronttest"
)

// foreign is the token of a session that this browser does not have: what a tab
// posts that was open while another one signed in or out.
func foreign(s *fronttest.Site) string {
	b := s.Browser()
	b.Get("/auth/sign-in")
	return b.Cookies[b.Cookie("-csrf")]
}

// formOf are the fields of the form that posts to a path, with their values.
func formOf(t *testing.T, page, action string) fronttest.Form {
	t.Helper()
	for _, form := range parse(t, page).all("form") {
		if attr(form, "action") != action {
			continue
		}
		fields := fronttest.Form{}
		for _, in := range append(within(form, "input"), within(form, "button")...) {
			if name := attr(in, "name"); name != "" {
				fields[name] = attr(in, "value")
			}
		}
		return fields
	}
	t.Fatalf("no form posts to %s:\n%s", action, page)
	return nil
}

func summaryOf(t *testing.T, page string) string {
	t.Helper()
	var n *html.Node
	if n = parse(t, page).byID("problems"); n == nil {
		t.Fatalf("no summary:\n%s", page)
	}
	return text(n)
}

const openForAWhile = "This page was open for a while. Send the form once more."

// UIX-055: the form comes back with what was typed, but for secrets, and works
// at once.
func TestStale_form_comes_back_filled_and_works(t *testing.T) {
	t.Parallel()
	s := fronttest.New(t)
	s.Person("ada@example.org")
	b := s.Browser()
	b.Get("/auth/sign-in")
	a := b.Post("/auth/sign-in", fronttest.Form{
		"_csrf": foreign(s), "identifier": "ada@example.org", "password": fronttest.Password, "next": "/notes?page=2",
	}).Is(t, 403)
	if !strings.Contains(summaryOf(t, a.Body), openForAWhile) || strings.Contains(a.Body, fronttest.Password) {
		t.Errorf("says %s", summaryOf(t, a.Body))
	}
	form := formOf(t, a.Body, "/auth/sign-in")
	if form["identifier"] != "ada@example.org" || form["next"] != "/notes?page=2" || form["password"] != "" {
		t.Errorf("came back with %v", form)
	}
	form["password"] = fronttest.Password
	if a := b.Post("/auth/sign-in", form).Is(t, 303); a.Header.Get("Location") != "/notes?page=2" {
		t.Errorf("led to %s", a.Header.Get("Location"))
	}
}

func TestStale_sign_up_keeps_address_and_name(t *testing.T) {
	t.Parallel()
	s := fronttest.New(t)
	b := s.Browser()
	a := b.Post("/auth/sign-up", fronttest.Form{"_csrf": foreign(s), "email": "new@example.org", "name": `A"da`, "password": fronttest.Password}).Is(t, 403)
	form := formOf(t, a.Body, "/auth/sign-up")
	// UIX-055
	if form["email"] != "new@example.org" || form["name"] != `A"da` || form["password"] != "" {
		t.Errorf("came back with %v", form)
	}
	form["password"] = fronttest.Password
	b.Post("/auth/sign-up", form).Is(t, 303)
}

func TestStale_factor_and_account_forms_come_back(t *testing.T) {
	t.Parallel()
	s := fronttest.New(t)
	in := s.Person("ada@example.org")
	in.Get("/auth/account/factors/totp").Is(t, 200)
	// UIX-055
	a := in.Post("/auth/account/factors/totp", fronttest.Form{"_csrf": foreign(s), "label": "Phone", "code": "123456"}).Is(t, 403)
	if form := formOf(t, a.Body, "/auth/account/factors/totp"); form["label"] != "Phone" || form["code"] != "" {
		t.Errorf("came back with %v", form)
	}
	a = in.Post("/auth/sign-out", fronttest.Form{"_csrf": foreign(s), "scope": "all"}).Is(t, 403)
	if !strings.Contains(summaryOf(t, a.Body), openForAWhile) {
		t.Error(a.Body)
	}
	in.Get("/auth/account").Is(t, 200)
	second := s.SignIn("ada@example.org")
	a = second.Post("/auth/account/sessions/end-others", fronttest.Form{"_csrf": foreign(s)}).Is(t, 403)
	formOf(t, a.Body, "/auth/account/sessions/end-others")
	in.Get("/auth/account").Is(t, 200)

	s.Enrol(in)
	s.Clock.Advance(fronttest.SecondStep)
	b := s.SignIn("ada@example.org")
	a = b.Post("/auth/factor/totp", fronttest.Form{"_csrf": foreign(s), "code": "123456", "next": "/notes"}).Is(t, 403)
	if form := formOf(t, a.Body, "/auth/factor/totp"); form["code"] != "" || form["next"] != "/notes" {
		t.Errorf("came back with %v", form)
	}
}

// A tab of the sign-in page that was open while another one signed in, and the
// other way around: no form fits, so the page says how to go on, and keeps where
// the person wanted to go.
func TestStale_state_that_no_form_fits_starts_again_with_next(t *testing.T) {
	t.Parallel()
	s := fronttest.New(t)
	in := s.Person("ada@example.org")
	// UIX-055
	for _, c := range []struct {
		b    *fronttest.Browser
		path string
	}{{in, "/auth/sign-in"}, {s.Browser(), "/auth/factor/totp"}, {s.Browser(), "/auth/account/factors/totp"}} {
		a := c.b.Post(c.path, fronttest.Form{"_csrf": foreign(s), "identifier": "canary", "next": "/notes"}).Is(t, 403)
		if !parse(t, a.Body).links()["/auth/sign-in?next=%2Fnotes"] || strings.Contains(a.Body, "canary") {
			t.Errorf("%s: %s", c.path, a.Body)
		}
	}
}

// Another site may post what it likes: nothing of it comes back on a page.
func TestStale_cross_site_post_fills_no_form(t *testing.T) {
	t.Parallel()
	s := fronttest.New(t)
	b := s.Browser()
	b.Get("/auth/sign-in")
	for name, spoil := range map[string][2]string{"fetch metadata": {"Sec-Fetch-Site", "cross-site"}, "origin": {"Origin", "https://evil.example"}, "nothing said": {}} {
		r := b.Request("POST", "/auth/sign-in", fronttest.Form{"_csrf": foreign(s), "identifier": "mallory@evil.example"})
		r.Header.Del("Sec-Fetch-Site") // an old browser has none
		r.Header.Del("Origin")
		if spoil[0] != "" {
			r.Header.Set(spoil[0], spoil[1])
		}
		// CSR-040
		if a := b.Send(r).Is(t, 403); strings.Contains(a.Body, "mallory") || strings.Contains(a.Body, openForAWhile) {
			t.Errorf("%s: %s", name, a.Body)
		}
	}
}

// UIX-055: whoever posts another step than the one that a login is at is shown
// that one; a login that took too long starts again and keeps where it led.
func TestLogin_other_step_and_expired_flow(t *testing.T) {
	t.Parallel()
	s := fronttest.New(t)
	s.Enrol(s.Person("ada@example.org"))
	s.Clock.Advance(fronttest.SecondStep)
	b := s.SignIn("ada@example.org")
	a := b.Post("/auth/factor/password", fronttest.Form{"password": fronttest.Password, "next": "/notes"}).Is(t, 409)
	if !strings.Contains(summaryOf(t, a.Body), "You are at another step now. Continue here.") {
		t.Error(summaryOf(t, a.Body))
	}
	if form := formOf(t, a.Body, "/auth/factor/totp"); form["next"] != "/notes" {
		t.Errorf("the form holds %v", form)
	}
	r := b.Request("POST", "/auth/factor/password", fronttest.Form{"password": fronttest.Password})
	r.Header.Set("Accept", "application/json")
	if a := b.Send(r).Is(t, 409); !strings.Contains(a.Body, `"step_mismatch"`) {
		t.Error(a.Body)
	}
	s.Clock.Advance(fronttest.SecondStep * 100)
	a = b.Get("/auth/factor/totp?next=%2Fnotes")
	if a.Status == 303 {
		if !strings.Contains(a.Header.Get("Location"), "next=%2Fnotes") {
			t.Errorf("leads to %s", a.Header.Get("Location"))
		}
	} else if !parse(t, a.Body).links()["/auth/sign-in?next=%2Fnotes"] {
		t.Errorf("%d %s", a.Status, a.Body)
	}
}

// Both steps of a claim, too; whoever has no live link is shown nothing of it.
func TestStale_claim_keeps_address_and_name(t *testing.T) {
	t.Parallel()
	s := fronttest.New(t)
	b := s.Browser()
	b.Get(s.ClaimLink()).Is(t, 303)
	late := fronttest.Form{"_csrf": foreign(s), "email": "boss@example.org", "name": "The Boss", "password": fronttest.Password}
	// UIX-055
	form := formOf(t, b.Post("/auth/activate", late).Is(t, 403).Body, "/auth/activate")
	if form["email"] != "boss@example.org" || form["name"] != "The Boss" || form["password"] != "" {
		t.Errorf("came back with %v", form)
	}
	form["password"] = fronttest.Password
	b.Post("/auth/activate", form).Is(t, 303)
	a := b.Post("/auth/activate", fronttest.Form{"_csrf": foreign(s), "code": "123456"}).Is(t, 403)
	if form := formOf(t, a.Body, "/auth/activate"); form["code"] != "" || form["email"] != "" {
		t.Errorf("the second step came back with %v", form)
	}
	stranger := s.Browser()
	stranger.Get("/auth/sign-in")
	late["_csrf"] = foreign(s)
	if a := stranger.Post("/auth/activate", late).Is(t, 403); strings.Contains(a.Body, "boss@example.org") {
		t.Errorf("somebody without a link is shown the form:\n%s", a.Body)
	}
}

// UIX-055: the step of the app comes back as it was, with the key that is in the app.
func TestStale_sign_up_step_of_the_app_keeps_its_key(t *testing.T) {
	t.Parallel()
	s := fronttest.New(t, everybodyNeedsAnApp)
	b, link := s.SignUp("ada@example.org")
	b.Get(link).Is(t, 303)
	b.Post("/auth/verify", nil).Is(t, 303)
	show := s.App(b.Get("/auth/verify").Is(t, 200))
	a := b.Post("/auth/verify", fronttest.Form{"_csrf": foreign(s), "code": show()}).Is(t, 403)
	if !strings.Contains(a.Body, `name="code"`) {
		t.Fatalf("no form for the code:\n%s", a.Body)
	}
	if s.App(a)() != show() {
		t.Error("another key")
	}
	b.Post("/auth/verify", fronttest.Form{"code": show()}).Is(t, 303)
	b.Get("/auth/account").Is(t, 200)
}
