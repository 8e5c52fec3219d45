package axess_test

import (
	"io"
	"net/http"
	"regexp"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/axess-go/axess"
	"github.com/axess-go/axess/audit"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/fronttest"
)

// trail gives the events that are new since it was last asked.
func trail(s *fronttest.Site, tenant identity.TenantID) func() []audit.Entry {
	seen := map[identity.EventID]bool{}
	return func() (fresh []audit.Entry) {
		s.T.Helper()
		if err := axess.Relay(s.T.Context(), s.Auth); err != nil {
			s.T.Fatal(err)
		}
		records, err := s.Beneath().Audit.Query(s.T.Context(), tenant, audit.Filter{Limit: 100})
		if err != nil {
			s.T.Fatal(err)
		}
		for _, r := range records {
			if seen[r.ID] {
				continue
			}
			seen[r.ID] = true
			e, err := r.Open()
			if err != nil {
				s.T.Fatal(err)
			}
			fresh = append(fresh, e)
		}
		return fresh
	}
}

// typedSecrets are the passwords that are typed in the walk: either may be the one of an
// account, which its owner has changed in the walk before.
var typedSecrets = []string{fronttest.Password, "another fine passphrase"}

// byPassword is a browser in which the password of a person was typed.
func byPassword(t *testing.T, s *fronttest.Site, mail string) *fronttest.Browser {
	t.Helper()
	b := s.Browser()
	b.Get("/auth/sign-in").Is(t, http.StatusOK)
	for _, typed := range typedSecrets {
		a := b.Post("/auth/sign-in", fronttest.Form{"identifier": mail, "password": typed})
		if a.Status == http.StatusSeeOther {
			return b
		}
		a.Is(t, http.StatusUnauthorized)
	}
	t.Fatalf("no password of %s is right", mail)
	return nil
}

var variable = regexp.MustCompile(`\{[a-z]+\}`)

// AUN-I9, AUN-142, AUN-143: whatever an administrator asks for while they act as
// somebody, on every page there is, right and wrong, each event that comes of it names
// them; and none of what the person does meanwhile, or the administrator afterwards,
// has an actor.
func TestImpersonation_in_any_order(t *testing.T) {
	t.Parallel()
	s, _, app := desk(t)
	s.Routes.Authn("GET /acting", func(w http.ResponseWriter, _ *http.Request, who axess.Authenticated) {
		if _, acts := who.Actor(); acts {
			_, _ = io.WriteString(w, "yes")
		}
	})
	routes := axess.Pages(s.Auth)
	ada, boss := s.Account(adaMail).User, s.Account(bossMail).User
	fresh := trail(s, ada.Tenant)
	ways, named := map[string]bool{}, 0
	rapid.Check(t, func(rt *rapid.T) {
		s.Clock.Advance(25 * time.Hour) // the locks of the walk before are over
		theirs, b := byPassword(t, s, adaMail), byPassword(t, s, bossMail)
		b.Post("/auth/factor/totp", fronttest.Form{"code": app()}).Is(t, http.StatusSeeOther)
		b.Get(fronttest.DeskPath).Is(t, http.StatusOK)
		fresh()
		// The relay may bring an event later: each is judged by what held at its time.
		s.Clock.Advance(time.Second)
		acting := map[time.Time]bool{}
		since := s.Clock.Now()
		begin := func() { b.Post(fronttest.DeskPath, actAs(s, adaMail)) }
		acts := func() bool { return b.Get("/acting").Body == "yes" }
		begin()
		if !acts() {
			rt.Fatal("does not act")
		}
		for _, e := range fresh() {
			if e.At.Before(since) {
				continue
			}
			if e.Kind != "impersonation_started" || e.Actor.ID != boss.ID || e.Subject.ID != ada.ID {
				rt.Fatalf("the beginning: %s by %v", e.Kind, e.Actor)
			}
		}
		// asked is one request, and what its events must say.
		asked := func(what string, by *fronttest.Browser, send func() fronttest.Answer) {
			as := by == b && acts()
			s.Clock.Advance(time.Second)
			acting[s.Clock.Now()] = as
			answer := send()
			for _, e := range fresh() {
				acting, known := acting[e.At]
				switch names := e.Actor.ID == boss.ID && e.ActorHandle == boss.AuditHandle; {
				case !known:
				case acting && !names:
					rt.Fatalf("%s (%d): %s of %v names %v", what, answer.Status, e.Kind, e.Subject.ID, e.Actor)
				case !acting && e.Actor.Type != "" && e.Kind != "impersonation_started" && e.Kind != "impersonation_ended":
					rt.Fatalf("%s (%d): %s of %v has the actor %v, and nobody acts", what, answer.Status, e.Kind, e.Subject.ID, e.Actor)
				case acting:
					ways[string(e.Kind)] = true
					named++
				}
			}
		}
		words := []string{adaMail, bossMail, "new@example.org", "de", "all", "", "00000000-0000-4000-8000-000000000001"}
		request := func(rt *rapid.T, by *fronttest.Browser) {
			r := rapid.SampledFrom(routes).Draw(rt, "route")
			path := variable.ReplaceAllStringFunc(r.Pattern, func(string) string {
				return rapid.SampledFrom([]string{"totp", "password", "de", "00000000-0000-4000-8000-000000000001", "x"}).Draw(rt, "segment")
			})
			form := fronttest.Form{}
			for _, name := range []string{"identifier", "email", "name", "label", "language", "scope", "method"} {
				if rapid.Bool().Draw(rt, name) {
					form[name] = rapid.SampledFrom(words).Draw(rt, "value")
				}
			}
			for _, name := range []string{"password", "current_password", "new_password"} {
				if rapid.Bool().Draw(rt, name) {
					form[name] = rapid.SampledFrom(typedSecrets).Draw(rt, "secret")
				}
			}
			if rapid.Bool().Draw(rt, "code") {
				form["code"] = "123456"
			}
			if r.Method == http.MethodGet {
				asked("GET "+path, by, func() fronttest.Answer { return by.Get(path) })
				return
			}
			by.Get("/auth/account") // a page with a token for forms
			asked(r.Method+" "+path, by, func() fronttest.Answer { return by.Post(path, form) })
		}
		rt.Repeat(map[string]func(*rapid.T){
			"request":  func(rt *rapid.T) { request(rt, b) },
			"again":    func(rt *rapid.T) { request(rt, b) },
			"a person": func(rt *rapid.T) { request(rt, theirs) },
			"begin":    func(*rapid.T) { asked("begin", b, func() fronttest.Answer { begin(); return fronttest.Answer{} }) },
			"stop":     func(*rapid.T) { asked("stop", b, func() fronttest.Answer { return b.Post("/auth/stop-acting", nil) }) },
			"forged": func(*rapid.T) {
				asked("without a token", b, func() fronttest.Answer { return b.Post("/auth/account/password", fronttest.Form{"_csrf": "forged"}) })
			},
			"time": func(rt *rapid.T) {
				s.Clock.Advance(time.Duration(rapid.SampledFrom([]int{30, 300, 900}).Draw(rt, "seconds")) * time.Second)
				acts() // what an end by time says is of nobody's request
				fresh()
			},
		})
	})
	if named == 0 || len(ways) < 2 {
		t.Errorf("%d events of kinds %v: the walk shows nothing", named, ways)
	}
}
