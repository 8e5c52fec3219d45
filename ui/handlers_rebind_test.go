package ui_test

import (
	"strings"
	"testing"
	"time"

	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/fronttest"
)

// order is one of the system about whoever has the address.
func order(t *testing.T, s *fronttest.Site, sub identity.Subject) (*authn.Admin, authn.Order) {
	t.Helper()
	admin, err := authn.NewAdmin(authn.AdminConfig{Accounts: s.Auth.Authn()})
	if err != nil {
		t.Fatal(err)
	}
	system, err := identity.System("ticket 7")
	if err != nil {
		t.Fatal(err)
	}
	return admin, authn.Order{Actor: system, Subject: sub, Reason: "ticket 7"}
}

// An account that somebody else has made: the mailed link says so, its owner chooses
// the password and is signed in. UIX-027, UIX-062, IDN-052
func TestInvitation_is_set_up_by_its_owner(t *testing.T) {
	t.Parallel()
	s := fronttest.New(t)
	s.Person("first@example.org")
	admin, o := order(t, s, s.Account("first@example.org").User.Subject())
	if _, err := admin.CreateUser(t.Context(), o, authn.NewAccount{Email: "grace@example.org", DisplayName: "Grace"}); err != nil {
		t.Fatal(err)
	}
	link, b := s.Link(), s.Browser()
	a := b.Get(link).Is(t, 303)
	if a.Header.Get("Location") != "/auth/verify" || a.Header.Get("Referrer-Policy") != "no-referrer" || b.Cookies[b.Cookie("")] != "" {
		t.Errorf("the link leads to %q", a.Header.Get("Location"))
	}
	page := b.Get("/auth/verify").Is(t, 200)
	if !strings.Contains(page.Body, "An account was made for you.") || strings.Contains(page.Body, "grace@example.org") {
		t.Error("the page does not say what it is, or shows the address")
	}
	b.Post("/auth/verify", fronttest.Form{"password": "short"}).Is(t, 422)
	b.Post("/auth/verify", fronttest.Form{"password": fronttest.Password}).Is(t, 303)
	b.Get("/auth/account").Is(t, 200)
	s.Browser().Get(link).Is(t, 303)
	if got := s.Account("grace@example.org").User; got.State != identity.Active || got.EmailVerifiedAt.IsZero() {
		t.Errorf("account: %+v", got)
	}
}

// The second step was taken away: link, password, app, and then an ordinary sign-in.
// UIX-027, UIX-062, AUN-135, AUN-136
func TestRebind_from_the_mail_to_the_sign_in(t *testing.T) {
	t.Parallel()
	s := fronttest.New(t)
	before := s.Person("ada@example.org")
	admin, o := order(t, s, s.Account("ada@example.org").User.Subject())
	if err := admin.ResetFactors(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	before.Get("/auth/account").Is(t, 303)
	link, b := s.Link(), s.Browser()
	a := b.Get(link).Is(t, 303)
	if a.Header.Get("Location") != "/auth/rebind" || a.Header.Get("Referrer-Policy") != "no-referrer" || b.Cookies[b.Cookie("")] != "" {
		t.Errorf("the link leads to %q", a.Header.Get("Location"))
	}
	if page := b.Get("/auth/rebind").Is(t, 200); strings.Contains(page.Body, "otpauth") || !strings.Contains(page.Body, "a•••@example.org") {
		t.Error("the page shows a key, or not whose account it is")
	}
	wrong := b.Post("/auth/rebind", fronttest.Form{"password": "not the right password"}).Is(t, 422)
	if !strings.Contains(wrong.Body, `id="f-password-error"`) {
		t.Error("no word at the field")
	}
	b.Post("/auth/rebind", fronttest.Form{"password": fronttest.Password}).Is(t, 303)
	show := s.App(b.Get("/auth/rebind").Is(t, 200))
	if other := s.Browser(); other.Get(link).Is(t, 303).Header != nil {
		if page := other.Get("/auth/rebind").Is(t, 200); strings.Contains(page.Body, "otpauth") {
			t.Error("another browser is shown the key")
		}
	}
	if bad := b.Post("/auth/rebind", fronttest.Form{"code": "000000"}).Is(t, 422); !strings.Contains(bad.Body, `id="f-code-error"`) {
		t.Error("no word at the code")
	}
	a = b.Post("/auth/rebind", fronttest.Form{"code": show()}).Is(t, 303)
	if a.Header.Get("Location") != "/auth/recovery-codes?next=%2Fauth%2Fsign-in" {
		t.Errorf("leads to %q", a.Header.Get("Location"))
	}
	if page := b.Get("/auth/recovery-codes").Is(t, 200); len(recoveryCodes(page)) != 10 {
		t.Error("no codes for who is not signed in yet")
	}
	if to := b.Post("/auth/recovery-codes", fronttest.Form{"kept": "1"}).Is(t, 303).Header.Get("Location"); to != "/auth/sign-in" {
		t.Errorf("the codes lead to %q", to)
	}
	if _, kept := b.Cookies[b.Cookie("-link")]; kept {
		t.Error("the link's cookie outlives the link")
	}
	b.Get("/auth/account").Is(t, 303)
	if page := b.Get("/auth/sign-in").Is(t, 200); !strings.Contains(page.Body, "Your second step is set up.") {
		t.Error("no notice")
	}
	s.Clock.Advance(time.Minute)
	b.Post("/auth/sign-in", fronttest.Form{"identifier": "ada@example.org", "password": fronttest.Password}).Is(t, 303)
	b.Post("/auth/factor/totp", fronttest.Form{"code": show()}).Is(t, 303)
	b.Get("/auth/account").Is(t, 200)
	again := s.Browser()
	again.Get(link).Is(t, 303)
	again.Get("/auth/rebind").Is(t, 400)
	again.Post("/auth/rebind", fronttest.Form{"password": fronttest.Password}).Is(t, 400)
	// A token that is too long is not the one that was opened before.
	b.Get("/auth/rebind?token="+strings.Repeat("A", 200)).Is(t, 303)
	b.Get("/auth/rebind").Is(t, 400)
}
