package axess_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/axess-go/axess"
	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/fronttest"
)

// concrete is a path that a pattern takes.
func concrete(pattern string) string {
	for {
		before, rest, found := strings.Cut(pattern, "{")
		if !found {
			return pattern
		}
		_, after, _ := strings.Cut(rest, "}")
		pattern = before + "x" + after
	}
}

// AUN-072: no answer of the pages is kept by anybody, whoever asks for it and whatever
// comes of it; the files of the pages alone are. The table is the server's, so that a
// page which is added is in it.
func TestAnswers_of_the_pages_are_not_stored(t *testing.T) {
	t.Parallel()
	s := fronttest.New(t)
	signedIn := s.Person("ada@example.org")
	s.Enrol(signedIn)
	half := s.SignIn("ada@example.org")
	waiting, _ := s.SignUp("bob@example.org")
	over := s.Person("eve@example.org")
	stale := over.Clone()
	over.Post("/auth/sign-out", nil)
	browsers := map[string]*fronttest.Browser{
		"nobody": s.Browser(), "signed in": signedIn, "half way": half, "waiting": waiting, "ended": stale,
	}
	if len(axess.Pages(s.Auth)) < 20 {
		t.Fatalf("%d routes", len(axess.Pages(s.Auth)))
	}
	for _, r := range axess.Pages(s.Auth) {
		path := concrete(r.Pattern)
		for name, b := range browsers {
			for _, accept := range []string{"text/html", "application/json"} {
				req := b.Clone().Request(r.Method, path, fronttest.Form{"identifier": "ada@example.org", "password": "wrong"})
				req.Header.Set("Accept", accept)
				a := b.Clone().Send(req)
				if cc := a.Header.Get("Cache-Control"); !strings.Contains(cc, "no-store") && !strings.HasPrefix(path, "/auth/assets/") {
					t.Errorf("%s %s for %s (%s): %d, Cache-Control %q", r.Method, path, name, accept, a.Status, cc)
				}
			}
		}
	}
}

// AUN-094, GRD-006, IDN-033: no guard goes by what a session says of itself. Each route
// for people who are signed in, of the pages and of the program, refuses whoever was
// stopped in the moment before: the account, the tenant, or every session of it.
func TestGuards_ask_whether_the_login_still_holds(t *testing.T) {
	t.Parallel()
	for name, stop := range map[string]func(t *testing.T, s *fronttest.Site, who identity.Subject){
		"tenant": func(t *testing.T, s *fronttest.Site, who identity.Subject) {
			t.Helper()
			h, err := identity.System("stop")
			if err != nil {
				t.Fatal(err)
			}
			op, err := identity.Operate(h)
			if err != nil {
				t.Fatal(err)
			}
			if err := authn.NewTenants(s.Auth.Authn()).SuspendTenant(t.Context(), op, who.Tenant); err != nil {
				t.Fatal(err)
			}
		},
		"account": func(t *testing.T, s *fronttest.Site, who identity.Subject) {
			t.Helper()
			h, err := identity.System("stop")
			if err != nil {
				t.Fatal(err)
			}
			admin, err := authn.NewAdmin(authn.AdminConfig{Accounts: s.Auth.Authn()})
			if err != nil {
				t.Fatal(err)
			}
			if err := admin.Suspend(t.Context(), authn.Order{Actor: h, Subject: who, Reason: "stop"}); err != nil {
				t.Fatal(err)
			}
		},
		"sessions": func(t *testing.T, s *fronttest.Site, who identity.Subject) {
			t.Helper()
			if err := s.Auth.Sessions().InvalidateUser(t.Context(), who); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := fronttest.New(t)
			served := 0
			s.Routes.Authn("GET /own", func(w http.ResponseWriter, _ *http.Request, who axess.Authenticated) {
				served++
				fmt.Fprint(w, who.DisplayName())
			})
			s.Routes.Optional("GET /maybe", func(w http.ResponseWriter, _ *http.Request, _ axess.Authenticated, in bool) {
				fmt.Fprint(w, in)
			})
			b := s.Person("ada@example.org")
			b.Get("/own").Is(t, http.StatusOK)
			if a := b.Get("/maybe"); a.Body != "true" {
				t.Fatalf("%s", a.Body)
			}
			stop(t, s, s.Account("ada@example.org").User.Subject())
			if a := b.Clone().Get("/maybe"); a.Body != "false" {
				t.Errorf("an optional route sees somebody: %s", a.Body)
			}
			asked := 0
			for _, r := range axess.Pages(s.Auth) {
				if r.Guard != "authn" {
					continue
				}
				asked++
				if a := b.Clone().Send(b.Clone().Request(r.Method, concrete(r.Pattern), nil)); a.Status < 300 || a.Status == http.StatusSeeOther && !strings.HasPrefix(a.Header.Get("Location"), "/auth/sign-in") {
					t.Errorf("%s %s: %d %s", r.Method, r.Pattern, a.Status, a.Header.Get("Location"))
				}
			}
			if b.Get("/own"); served != 1 || asked < 5 {
				t.Errorf("the program's route was served %d times, %d pages asked", served, asked)
			}
		})
	}
}
