package walk

import (
	"testing"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/fronttest"
	"github.com/axess-go/axess/interop/browser"
	"github.com/axess-go/axess/interop/site"
	"github.com/axess-go/axess/store/memory"
)

// AUN-140, AUN-141, AUN-142, AUN-143, UIX-044: an administrator acts as somebody, is told
// so on every page, is kept from what is the person's own, stops, and is themselves
// again; the person stays signed in and is told by mail.
func TestWalk_an_administrator_acts_as_somebody(t *testing.T) {
	t.Parallel()
	stores := memory.New(memory.Config{}).Stores()
	s := site.StartOn(t, stores)
	chromium := browser.Start(t)
	ada := &person{Browser: chromium.Open("ada"), t: t, site: s}
	ada.signUp()
	view, err := stores.Identity.TenantBySlug(t.Context(), identity.DefaultSlug)
	if err != nil {
		t.Fatal(err)
	}
	acct, err := stores.Identity.AccountByIdentifier(t.Context(), view.Tenant.ID, identity.Email, email)
	if err != nil {
		t.Fatal(err)
	}

	link, err := s.Auth.ClaimLink(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	boss := &person{Browser: chromium.Open("boss"), t: t, site: s}
	boss.Go(link)
	boss.WaitText("Step 1 of 2")
	boss.Fill("E-mail", "boss@example.test")
	boss.Fill("Name (optional)", "Boss")
	boss.Fill("New password", secret)
	boss.Press("Continue")
	boss.WaitText("Step 2 of 2")
	boss.key = boss.TextOf("#key")
	boss.Fill("Code", boss.code())
	boss.Press("Create administrator")
	boss.WaitText("You are the administrator of this site.")

	boss.Go(s.Origin + fronttest.DeskPath)
	boss.Fill("Person", acct.User.ID.String())
	boss.Fill("Reason", "ticket 7")
	boss.Press("Act")
	boss.WaitPath("/auth/account")
	banner := func(where string) {
		t.Helper()
		if !boss.Has("You are acting as Ada until") || !boss.Has("Your reason: ticket 7") || !boss.Has("Stop acting") {
			t.Errorf("%s does not say who acts:\n%s", where, boss.Text())
		}
	}
	banner("the account")
	boss.Shot("acting")
	boss.Go(s.Origin + "/auth/account/sessions")
	banner("the sessions")
	boss.Expect("status of 403")
	boss.Go(s.Origin + "/auth/account/password")
	banner("a page that is refused")
	if boss.Has("New password") {
		t.Error("an administrator can choose a password in somebody's name")
	}
	boss.Shot("acting-refused")

	ada.Go(s.Origin + "/auth/account/history")
	if ada.Path() != "/auth/account/history" || ada.Has("You are acting as") {
		t.Errorf("the person is at %s:\n%s", ada.Path(), ada.Text())
	}
	ada.Go(s.Origin + "/auth/dev/outbox")
	for range 100 { // the queue delivers in its own time
		if ada.Has("An administrator is acting as you") {
			break
		}
		ada.Reload()
	}
	if !ada.Has("An administrator is acting as you") {
		t.Error("the person was not told")
	}

	boss.Go(s.Origin + "/auth/account")
	boss.Press("Stop acting")
	boss.WaitText("You are yourself again.")
	if boss.Has("You are acting as") || !boss.Has("boss@example.test") {
		t.Errorf("after stopping:\n%s", boss.Text())
	}
	boss.Shot("stopped-acting")
	boss.Go(s.Origin + fronttest.DeskPath) // which is for administrators in person
	boss.WaitText("Desk")
}
