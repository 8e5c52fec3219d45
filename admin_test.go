package axess_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/axess-go/axess"
	"github.com/axess-go/axess/audit"
	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/fronttest"
)

const (
	adaMail  = "ada@example.org"
	bossMail = "boss@example.org"
)

// desk is a site with an administrator and a person.
func desk(t *testing.T, options ...func(*axess.Config)) (*fronttest.Site, *fronttest.Browser, func() string) {
	t.Helper()
	s := fronttest.New(t, options...)
	fronttest.Desk(s.Auth, s.Routes)
	s.Person(adaMail)
	boss, app := s.Administrator(bossMail)
	return s, boss, app
}

func actAs(s *fronttest.Site, email string) fronttest.Form {
	return fronttest.Form{"person": s.Account(email).User.ID.String(), "reason": "ticket 7"}
}

// Administrators pass, in person, as long as they hold the role; everybody else is
// refused without a word about roles. GRD-002, GRD-003, GRD-019, PRD-053
func TestRequireAdmin(t *testing.T) {
	t.Parallel()
	s, boss, _ := desk(t)
	s.Routes.Admin("/users", func(w http.ResponseWriter, _ *http.Request, who axess.Administrator) {
		fmt.Fprintf(w, "users of %s", who.Tenant())
	})
	if a := boss.Get("/users"); a.Status != 200 || !strings.HasPrefix(a.Body, "users of ") {
		t.Errorf("%d %s", a.Status, a.Body)
	}
	if got := row(t, s.Browser().Get("/users")); got != "303 /auth/sign-in?next=%2Fusers" {
		t.Errorf("a guest: %s", got)
	}
	ada := s.SignIn(adaMail)
	if got := row(t, ada.Get("/users")); got != "403 forbidden" {
		t.Errorf("somebody: %s", got)
	}
	s.Ports.Fail(fronttest.Down("identity"))
	if got := row(t, boss.Get("/users")); got != "503 unavailable" {
		t.Errorf("without the store: %s", got)
	}
	s.Ports.Fail(nil)
	// A row that the program has not written gives nothing.
	u := s.Account(adaMail).User
	if err := s.Beneath().Identity.Apply(t.Context(), identity.PutGrant{Grant: identity.Grant{
		Tenant: u.Tenant, User: u.ID, Role: identity.RoleAdmin, Version: 1, At: s.Clock.Now(), By: u.ID,
	}}); err != nil {
		t.Fatal(err)
	}
	if got := row(t, ada.Get("/users")); got != "403 forbidden" {
		t.Errorf("with a forged row: %s", got)
	}
	who := s.Account(bossMail).User
	if err := s.Auth.Authn().RevokeRole(t.Context(), authn.RoleChange{Subject: who.Subject(), Role: identity.RoleAdmin}); err != nil {
		t.Fatal(err)
	}
	if got := row(t, boss.Get("/users")); got != "303 /auth/sign-in?next=%2Fusers" {
		t.Errorf("without the role: %s", got)
	}
}

// GRD-004: a proof that no guard has made does nothing.
func TestAdministrator_zero_is_inert(t *testing.T) {
	t.Parallel()
	for name, use := range map[string]func(axess.Administrator){
		"proved":      func(p axess.Administrator) { p.Proved(nil, nil) },
		"impersonate": func(p axess.Administrator) { p.Impersonate(nil, nil, identity.UserID{}, "", 0) },
		"user":        func(p axess.Administrator) { p.UserID() },
	} {
		func() {
			defer func() {
				if err, _ := recover().(error); !errors.Is(err, axess.ErrForgedProof) {
					t.Errorf("%s: %v", name, err)
				}
			}()
			use(axess.Administrator{})
		}()
	}
}

// AUN-140, AUN-141, AUN-142, AUN-143, AUN-I9, UIX-044: an administrator acts as somebody, sees it on every
// page, changes nothing that is theirs, stops, and is themselves again.
func TestImpersonation_from_end_to_end(t *testing.T) {
	t.Parallel()
	s, boss, _ := desk(t)
	s.Routes.Authn("GET /own", func(w http.ResponseWriter, r *http.Request, who axess.Authenticated) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprintf(w, "<html><body>%s<p>%s</p></body></html>", s.Auth.Banner(r), who.UserID())
	})
	if a := boss.Get("/own"); strings.Contains(a.Body, "acting") {
		t.Errorf("a banner for nobody: %s", a.Body)
	}
	boss.Get(fronttest.DeskPath).Is(t, 200)
	if a := boss.Post(fronttest.DeskPath, actAs(s, adaMail)).Is(t, 303); a.Header.Get("Location") != "/auth/account" {
		t.Fatal(a.Header)
	}
	for _, page := range []string{"/", "/auth/account", "/auth/account/sessions", "/auth/sign-out", "/auth/nothing", "/auth/account/password", "/own"} {
		a := boss.Get(page)
		if !strings.Contains(a.Body, `role="region"`) || !strings.Contains(a.Body, "You are acting as Somebody until 12:15 UTC.") ||
			!strings.Contains(a.Body, "Your reason: ticket 7") || !strings.Contains(a.Body, `action="/auth/stop-acting"`) || strings.Contains(a.Body, `name="_csrf" value=""`) {
			t.Errorf("%s: %d without the banner:\n%s", page, a.Status, a.Body)
		}
	}
	// What is the person's own.
	id := "/auth/account/factors/totp/00000000-0000-4000-8000-000000000001/remove"
	for _, path := range []string{"/auth/account/password", "/auth/account/factors/totp", id, "/auth/account/sessions/end-others"} {
		if got := row(t, boss.Get(path)); got != "403 impersonating" {
			t.Errorf("%s: %s", path, got)
		}
	}
	for path, form := range map[string]fronttest.Form{
		"/auth/account/password":            {"current_password": fronttest.Password, "new_password": "another fine passphrase"},
		"/auth/account/factors/totp":        {"code": "123456"},
		id:                                  {"current_password": fronttest.Password},
		"/auth/account/sessions/end-others": nil,
		"/auth/account/language":            {"language": "de"},
		"/auth/sign-out":                    {"scope": "all"},
	} {
		if got := row(t, boss.Post(path, form)); got != "403 impersonating" {
			t.Errorf("POST %s: %s", path, got)
		}
	}
	if got := row(t, boss.Get(fronttest.DeskPath)); got != "403 forbidden" {
		t.Errorf("the desk while acting: %s", got)
	}
	if m := s.Mail.Next(t); m.Kind != "impersonated" {
		for ; m.Kind != "impersonated"; m = s.Mail.Next(t) { // those of the sign-ups
		}
		if m.To != adaMail || !strings.Contains(m.Text, "15 minutes") {
			t.Errorf("%+v", m)
		}
	}
	a := boss.Post("/auth/stop-acting", nil).Is(t, 303)
	if a.Header.Get("Location") != "/auth/account" {
		t.Errorf("%v", a.Header)
	}
	if a := boss.Get("/auth/account"); !strings.Contains(a.Body, "You are yourself again.") || !strings.Contains(a.Body, bossMail) || strings.Contains(a.Body, "acting") {
		t.Errorf("%s", a.Body)
	}
	boss.Post("/auth/stop-acting", nil).Is(t, 303) // nothing to stop
	boss.Get(fronttest.DeskPath).Is(t, 200)
}

// AUN-140: refusals reach the edge with one code, and a sign-in of a while ago with
// the way to a fresh factor, back to the form and on.
func TestImpersonation_refused_at_the_edge(t *testing.T) {
	t.Parallel()
	s, boss, app := desk(t)
	for name, form := range map[string]fronttest.Form{
		"oneself":   actAs(s, bossMail),
		"nobody":    {"person": identity.NewUserID(entropy.Seeded(77)).String(), "reason": "ticket 7"},
		"no reason": {"person": s.Account(adaMail).User.ID.String()},
	} {
		if got := row(t, boss.Post(fronttest.DeskPath, form)); got != "403 impersonation_refused" {
			t.Errorf("%s: %s", name, got)
		}
	}
	s.Clock.Advance(6 * time.Minute)
	const way = "/auth/factor/totp?next=%2Fdesk"
	if a := boss.Post(fronttest.DeskPath, actAs(s, adaMail)).Is(t, 303); a.Header.Get("Location") != way {
		t.Errorf("%v", a.Header)
	}
	if a := boss.Get(fronttest.DeskPath).Is(t, 303); a.Header.Get("Location") != way {
		t.Errorf("%v", a.Header)
	}
	boss.Get(way).Is(t, 200)
	if a := boss.Post("/auth/factor/totp", fronttest.Form{"code": app(), "next": "/desk"}).Is(t, 303); a.Header.Get("Location") != "/desk" {
		t.Errorf("%v", a.Header)
	}
	boss.Get(fronttest.DeskPath).Is(t, 200)
	boss.Post(fronttest.DeskPath, actAs(s, adaMail)).Is(t, 303)
	if a := boss.Get("/auth/account"); !strings.Contains(a.Body, "Stop acting") {
		t.Errorf("%s", a.Body)
	}
}

// AUN-I9: what the front door itself reports names who acts, too.
func TestEvents_of_the_front_door_name_who_acts(t *testing.T) {
	t.Parallel()
	s, boss, _ := desk(t)
	boss.Get(fronttest.DeskPath).Is(t, 200)
	boss.Post(fronttest.DeskPath, actAs(s, adaMail)).Is(t, 303)
	r := boss.Request("POST", "/auth/account/language", fronttest.Form{"language": "de", "_csrf": "forged"})
	boss.Send(r).Is(t, 403)
	if err := axess.Relay(t.Context(), s.Auth); err != nil {
		t.Fatal(err)
	}
	ada, own := s.Account(adaMail).User, s.Account(bossMail).User
	found, err := s.Beneath().Audit.Query(t.Context(), ada.Tenant, audit.Filter{Handle: ada.AuditHandle, Kinds: []audit.Kind{"csrf_rejected"}})
	if err != nil || len(found) != 1 {
		t.Fatalf("%d events, %v", len(found), err)
	}
	if e, err := found[0].Open(); err != nil || e.Actor.ID != own.ID || e.Subject.ID != ada.ID {
		t.Errorf("%+v, %v", e, err)
	}
}
