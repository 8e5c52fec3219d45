package axess_test

import (
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/net/html"

	"github.com/axess-go/axess"
	"github.com/axess-go/axess/internal/fronttest"
)

// The first administrator, over plain HTTP and without script.
// PRD-060, PRD-062, UIX-045, UIX-062
func TestWalk_the_first_administrator(t *testing.T) {
	t.Parallel()
	onEach(t, claimWalk)
}

func claimWalk(t *testing.T, s *site) {
	link, err := s.auth.ClaimLink(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	boss := s.person()
	s.person().open("/auth/activate").on("/auth/activate", 404)
	boss.open(link).on("/auth/activate", 200).reads("Step 1 of 2")
	if boss.at.RawQuery != "" {
		t.Fatalf("the token stays in the address: %s", boss.at)
	}
	details := map[string]string{"email": "boss@example.org", "name": "The Boss", "password": walkPassword}
	boss.submit("/auth/activate", map[string]string{"email": "boss at work", "name": "The Boss", "password": "short"}).
		on("/auth/activate", 422).reads("There is a problem").reads("at least 15 characters")
	boss.submit("/auth/activate", details).on("/auth/activate", 200).reads("Step 2 of 2").reads("boss@example.org")
	first := boss.app()

	// Nothing half-done is usable.
	s.person().signIn("boss@example.org", walkPassword).on("/auth/sign-in", 401)
	boss.open("/auth/account")
	boss.on("/auth/activate", 200) // and who wants to go on is led back

	// Left for ten hours, and resumed by the address alone.
	s.clock.Advance(10 * time.Hour)
	boss.open("/auth/activate").on("/auth/activate", 200).reads("Step 2 of 2")
	boss.submit("/auth/activate", map[string]string{"code": first()}).on("/auth/activate", 422)
	show := boss.app()
	// One step back, and on again.
	boss.open("/auth/activate?step=1").on("/auth/activate", 200).reads("Step 1 of 2")
	if !strings.Contains(boss.body, `value="boss@example.org"`) || strings.Contains(boss.body, walkPassword) {
		t.Errorf("the first step again:\n%s", boss.body)
	}
	boss.open("/auth/activate").submit("/auth/activate", map[string]string{"code": show()}).
		on("/auth/recovery-codes", 200).reads("You are the administrator")
	boss.saved().on("/auth/account", 200).reads("The Boss")
	boss.open("/notes").on("/notes", 200).reads("notes of The Boss, aal aal2")

	// It is over, for everybody.
	for _, p := range []*person{boss, s.person()} {
		p.open(link).on("/auth/activate", 404)
		p.open("/auth/activate").on("/auth/activate", 404)
	}
	if _, err := s.auth.ClaimLink(t.Context()); !errors.Is(err, axess.ErrAdminExists) {
		t.Errorf("another link: %v", err)
	}

	// From now on it takes both factors, and the app stays.
	s.clock.Advance(time.Minute)
	again := s.person().signIn("boss@example.org", walkPassword).on("/auth/factor/totp", 200)
	again.submit("/auth/factor/totp", map[string]string{"code": show()}).on("/", 200)
	again.open("/auth/account").on("/auth/account", 200)
	for _, href := range hrefs(again.page) {
		if strings.HasSuffix(href, "/remove") {
			again.open(href).on(href, 200).submit(href, nil).on(href, 403).reads("second factor")
		}
	}
	again.open("/auth/account").reads("Authenticator app")
}

// PRD-062: of 64 claims at once one wins, through the front door, on memory and
// on SQLite; the others leave nothing.
func TestClaim_of_64_is_won_by_one(t *testing.T) {
	t.Parallel()
	for name, option := range map[string]func(*axess.Config){
		"memory": func(*axess.Config) {},
		"sqlite": func(c *axess.Config) {
			c.Stores = openFile(t, filepath.Join(t.TempDir(), "app.db")).Stores()
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			claimRace(t, fronttest.New(t, option))
		})
	}
}

func claimRace(t *testing.T, s *fronttest.Site) {
	t.Helper()
	const racers = 64
	link := s.ClaimLink()
	browsers, apps := make([]*fronttest.Browser, racers), make([]func() string, racers)
	for i := range browsers {
		if i%20 == 19 {
			s.Clock.Advance(61 * time.Minute) // the allowance of the link
		}
		browsers[i] = s.Browser()
		browsers[i].Get(link).Is(t, http.StatusSeeOther)
		browsers[i].Get("/auth/activate").Is(t, http.StatusOK)
		browsers[i].Post("/auth/activate", fronttest.Form{
			"email": address(i), "name": "Racer", "password": fronttest.Password,
		}).Is(t, http.StatusSeeOther)
	}
	for i, b := range browsers {
		apps[i] = s.App(b.Get("/auth/activate").Is(t, http.StatusOK))
	}
	answers := make([]fronttest.Answer, racers)
	var ready, done sync.WaitGroup
	start := make(chan struct{})
	ready.Add(racers)
	for i, b := range browsers {
		done.Go(func() {
			ready.Done()
			<-start
			answers[i] = b.Post("/auth/activate", fronttest.Form{"code": apps[i]()})
		})
	}
	ready.Wait()
	close(start)
	done.Wait()
	won := 0
	for i, b := range browsers {
		if i%5 == 0 {
			s.Clock.Advance(2 * time.Minute) // the allowance of the address
		}
		account := b.Get("/auth/account").Status
		mine := s.Browser()
		mine.Get("/auth/sign-in")
		opened := mine.Post("/auth/sign-in", fronttest.Form{"identifier": address(i), "password": fronttest.Password})
		switch answers[i].Status {
		case http.StatusSeeOther:
			won++
			if account != http.StatusOK || opened.Header.Get("Location") != "/auth/factor/totp" {
				t.Errorf("the winner: account %d, sign-in leads to %q", account, opened.Header.Get("Location"))
			}
		case http.StatusNotFound:
			if account == http.StatusOK || opened.Status != http.StatusUnauthorized {
				t.Errorf("%d has lost: account %d, sign-in %d", i, account, opened.Status)
			}
		default:
			t.Errorf("%d: %d\n%s", i, answers[i].Status, answers[i].Body)
		}
	}
	if won != 1 {
		t.Errorf("%d have won, want 1", won)
	}
}

func address(i int) string { return fmt.Sprintf("racer%d@example.org", i) }

// hrefs are the links of a page.
func hrefs(page *html.Node) (all []string) {
	walkNodes(page, func(n *html.Node) {
		if n.Data == "a" {
			all = append(all, attr(n, "href"))
		}
	})
	return all
}
