package ui_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/axess-go/axess/audit"
	"github.com/axess-go/axess/internal/fronttest"
)

// relayed brings the events of a site to those who read them.
func relayed(t *testing.T, s *fronttest.Site) {
	t.Helper()
	relay, err := audit.NewRelay(audit.RelayConfig{Outbox: s.Beneath().Identity, Store: s.Beneath().Audit, Clock: s.Clock})
	if err != nil {
		t.Fatal(err)
	}
	if err := relay.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// UIX-038, AUN-160: a person sees what happened to them, page by page and by lists,
// an administrator in their name among it, and nothing of anybody else.
func TestHistory_page(t *testing.T) {
	t.Parallel()
	s := fronttest.New(t)
	ada := s.Person("ada@example.org")
	s.Person("bob@example.org")
	for range 12 {
		s.SignIn("ada@example.org")
	}
	boss := s.Acting("ada@example.org")
	relayed(t, s)
	page := ada.Get("/auth/account/history").Is(t, http.StatusOK)
	for _, want := range []string{"Your account was opened to help you", "By an administrator", "Signed in", `href="/auth/account/password"`} {
		if !strings.Contains(page.Body, want) {
			t.Errorf("lacks %q:\n%s", want, page.Body)
		}
	}
	if strings.Contains(page.Body, "ticket 7") || strings.Contains(page.Body, "boss") {
		t.Errorf("it names the administrator or their reason:\n%s", page.Body)
	}
	older := regexp.MustCompile(`href="(/auth/account/history\?before=[^"]+)"`).FindStringSubmatch(page.Body)
	if older == nil {
		t.Fatalf("no way to what is older:\n%s", page.Body)
	}
	second := ada.Get(older[1]).Is(t, http.StatusOK)
	if !strings.Contains(second.Body, "The account was confirmed") || strings.Contains(second.Body, "to help you") || !strings.Contains(second.Body, "Newest") {
		t.Errorf("%s", second.Body)
	}
	changes := ada.Get("/auth/account/history?show=changes").Is(t, http.StatusOK)
	if strings.Contains(changes.Body, "<strong>Signed in") || !strings.Contains(changes.Body, "The account was confirmed") {
		t.Errorf("%s", changes.Body)
	}
	bob := s.SignIn("bob@example.org")
	if a := bob.Get("/auth/account/history").Is(t, http.StatusOK); strings.Contains(a.Body, "to help you") {
		t.Errorf("%s", a.Body)
	}
	if a := bob.Get(older[1]); a.Status != http.StatusBadRequest {
		t.Errorf("somebody else's cursor: %d", a.Status)
	}
	if a := boss.Get("/auth/account/history").Is(t, http.StatusOK); !strings.Contains(a.Body, "to help you") || !strings.Contains(a.Body, "Stop acting") {
		t.Errorf("%s", a.Body)
	}
}
