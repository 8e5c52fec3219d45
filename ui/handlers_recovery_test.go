package ui_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/axess-go/axess"
	"github.com/axess-go/axess/internal/fronttest"
)

var recoveryCode = regexp.MustCompile(`<code>([0-9A-Z-]{30})</code>`)

// recoveryCodes are those that a page shows.
func recoveryCodes(a fronttest.Answer) (out []string) {
	for _, m := range recoveryCode.FindAllStringSubmatch(a.Body, -1) {
		out = append(out, m[1])
	}
	return out
}

// UIX-030, FAC-070: the codes of a first app come once, with a file and a box, and
// nobody else is shown them; without script nothing is missing but comfort.
func TestRecoveryCodes_are_shown_once(t *testing.T) {
	t.Parallel()
	s := fronttest.New(t)
	const ada = "ada@example.org"
	b := s.Person(ada)
	if to := b.Get("/auth/recovery-codes").Is(t, 303).Header.Get("Location"); to != "/auth/account" {
		t.Errorf("without codes: %q", to)
	}
	b.Get("/auth/recovery-codes/text").Is(t, 404)
	show := s.App(b.Get("/auth/account/factors/totp").Is(t, 200))
	a := b.Post("/auth/account/factors/totp", fronttest.Form{"code": show(), "label": "Phone"}).Is(t, 303)
	if to := a.Header.Get("Location"); to != "/auth/recovery-codes?next=%2Fauth%2Faccount" {
		t.Fatalf("leads to %q", to)
	}
	page := b.Get("/auth/recovery-codes?next=/auth/account").Is(t, 200)
	codes := recoveryCodes(page)
	if len(codes) != 10 || page.Header.Get("Cache-Control") != "no-store" || !strings.Contains(page.Body, `name="kept"`) || !strings.Contains(page.Body, "Your authenticator app is set up.") {
		t.Fatalf("%d codes:\n%s", len(codes), page.Body)
	}
	file := b.Get("/auth/recovery-codes/text").Is(t, 200)
	if file.Body != strings.Join(codes, "\n")+"\n" || !strings.HasPrefix(file.Header.Get("Content-Disposition"), "attachment") || file.Header.Get("Cache-Control") != "no-store" || !strings.HasPrefix(file.Header.Get("Content-Type"), "text/plain") {
		t.Errorf("the file: %v\n%s", file.Header, file.Body)
	}
	if bad := b.Post("/auth/recovery-codes", fronttest.Form{"next": "/auth/account"}).Is(t, 422); len(recoveryCodes(bad)) != 10 || !strings.Contains(bad.Body, `id="f-kept-error"`) {
		t.Error("without the box: no codes, or no word at it")
	}
	if to := b.Post("/auth/recovery-codes", fronttest.Form{"kept": "1", "next": "/auth/account"}).Is(t, 303).Header.Get("Location"); to != "/auth/account" {
		t.Errorf("leads to %q", to)
	}
	b.Get("/auth/recovery-codes").Is(t, 303)
	b.Get("/auth/recovery-codes/text").Is(t, 404)
	account := b.Get("/auth/account").Is(t, 200)
	if !strings.Contains(account.Body, "10 codes are left.") || !strings.Contains(account.Body, "/auth/account/recovery-codes") || strings.Contains(account.Body, codes[0]) {
		t.Errorf("the account page:\n%s", account.Body)
	}
	// Another set, behind the app.
	s.Clock.Advance(10 * time.Minute)
	if to := b.Get("/auth/account/recovery-codes").Is(t, 303).Header.Get("Location"); !strings.HasPrefix(to, "/auth/factor/totp") {
		t.Fatalf("late: %q", to)
	}
	b.Get("/auth/factor/recovery").Is(t, 303)
	b.Post("/auth/factor/totp", fronttest.Form{"code": show(), "next": "/auth/account/recovery-codes"}).Is(t, 303)
	b.Get("/auth/account/recovery-codes").Is(t, 200)
	b.Post("/auth/account/recovery-codes", fronttest.Form{}).Is(t, 303)
	fresh := recoveryCodes(b.Get("/auth/recovery-codes").Is(t, 200))
	if len(fresh) != 10 || fresh[0] == codes[0] {
		t.Error("the same codes again")
	}
}

// UIX-023, FAC-072, FAC-073, AUN-136: the page of the code, the code, the page of another
// app, and in; or in with the app that is elsewhere.
func TestRecovery_from_the_code_to_the_account(t *testing.T) {
	t.Parallel()
	s := fronttest.New(t)
	s.Routes.Authn("GET /inside", func(http.ResponseWriter, *http.Request, axess.Authenticated) {})
	const ada = "ada@example.org"
	owner := s.Person(ada)
	s.Enrol(owner)
	codes := recoveryCodes(owner.Get("/auth/recovery-codes").Is(t, 200))
	s.Clock.Advance(time.Minute)
	atCode := func() *fronttest.Browser {
		b := s.Browser()
		b.Get("/auth/sign-in").Is(t, 200)
		b.Post("/auth/sign-in", fronttest.Form{"identifier": ada, "password": fronttest.Password}).Is(t, 303)
		if page := b.Get("/auth/factor/totp").Is(t, 200); !strings.Contains(page.Body, "/auth/factor/recovery") || !strings.Contains(page.Body, "Recovery code") {
			t.Fatalf("no other way:\n%s", page.Body)
		}
		if page := b.Get("/auth/factor/recovery?next=/inside").Is(t, 200); !strings.Contains(page.Body, `autocapitalize="characters"`) || !strings.Contains(page.Body, `autocomplete="one-time-code"`) {
			t.Errorf("the field:\n%s", page.Body)
		}
		return b
	}
	b := atCode()
	b.Post("/auth/factor/recovery", fronttest.Form{"code": "none of them", "next": "/inside"}).Is(t, 401)
	a := b.Post("/auth/factor/recovery", fronttest.Form{"code": " " + strings.ToLower(codes[0]), "next": "/inside"}).Is(t, 303)
	if to := a.Header.Get("Location"); to != "/auth/recover?next=%2Finside" {
		t.Fatalf("leads to %q", to)
	}
	owner.Get("/auth/account").Is(t, 303)
	page := b.Get("/auth/recover?next=/inside").Is(t, 200)
	if !strings.Contains(page.Body, "9 codes are left.") || !strings.Contains(page.Body, `name="keep"`) {
		t.Errorf("the page:\n%s", page.Body)
	}
	if to := b.Get("/inside").Is(t, 303).Header.Get("Location"); to != "/auth/recover" {
		t.Errorf("inside leads to %q", to)
	}
	b.Post("/auth/recover", fronttest.Form{"code": "000000", "next": "/inside"}).Is(t, 422)
	s.Clock.Advance(10 * time.Minute)
	if late := b.Get("/auth/recover?next=/inside").Is(t, 200); strings.Contains(late.Body, "otpauth") || !strings.Contains(late.Body, `name="renew"`) {
		t.Errorf("after ten minutes:\n%s", late.Body)
	}
	b.Post("/auth/recover", fronttest.Form{"renew": "1", "next": "/inside"}).Is(t, 303)
	show := s.App(b.Get("/auth/recover").Is(t, 200))
	if to := b.Post("/auth/recover", fronttest.Form{"code": show(), "next": "/inside"}).Is(t, 303).Header.Get("Location"); to != "/auth/recovery-codes?next=%2Finside" {
		t.Errorf("leads to %q", to)
	}
	fresh := recoveryCodes(b.Get("/auth/recovery-codes").Is(t, 200))
	b.Get("/inside").Is(t, 200)
	if to := b.Get("/auth/recover").Is(t, 303).Header.Get("Location"); to != "/" {
		t.Errorf("the page once more: %q", to)
	}
	// With the app elsewhere.
	s.Clock.Advance(time.Minute)
	b = atCode()
	b.Post("/auth/factor/recovery", fronttest.Form{"code": codes[1], "next": "/inside"}).Is(t, 401)
	b.Post("/auth/factor/recovery", fronttest.Form{"code": fresh[0], "next": "/inside"}).Is(t, 303)
	if to := b.Post("/auth/recover", fronttest.Form{"keep": "1", "next": "/inside"}).Is(t, 303).Header.Get("Location"); to != "/inside" {
		t.Errorf("keeping leads to %q", to)
	}
	b.Get("/inside").Is(t, 200)
}
