package walk

import (
	"testing"
	"time"

	"github.com/axess-go/axess/interop/browser"
	"github.com/axess-go/axess/interop/site"
)

// PRD-060, UIX-045: the first administrator, from the printed link to the account
// page, with a break in between; the link is worth nothing afterwards.
func TestWalk_the_first_administrator(t *testing.T) {
	t.Parallel()
	s := site.Start(t)
	link, err := s.Auth.ClaimLink(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	chromium := browser.Start(t)
	boss := &person{Browser: chromium.Open("boss"), t: t, site: s}
	boss.Go(link)
	boss.WaitText("Step 1 of 2")
	if boss.Path() != "/auth/activate" || boss.Query() != "" {
		t.Errorf("the link's token is still in the address: %s?%s", boss.Path(), boss.Query())
	}
	boss.Shot("claim")
	boss.Fill("E-mail", email)
	boss.Fill("Name (optional)", "Ada")
	boss.Fill("New password", secret)
	boss.Press("Continue")
	boss.WaitText("Step 2 of 2")
	boss.Shot("claim-app")

	// Away, and back by the link.
	boss.Go(s.Origin + "/")
	s.Clock.Advance(2 * time.Hour)
	boss.Go(link)
	boss.WaitText("Step 2 of 2")
	boss.key = boss.TextOf("#key")
	boss.Fill("Code", boss.code())
	boss.Press("Create administrator")
	boss.WaitText("You are the administrator of this site.")
	boss.saves()
	boss.WaitPath("/auth/account")
	if !boss.Has(email) || !boss.Has("Authenticator app") {
		t.Errorf("the account page says\n%s", boss.Text())
	}
	boss.Shot("claimed")

	late := chromium.Open("late")
	late.Expect("status of 404")
	late.Go(link)
	if late.Has("Step 1 of 2") {
		t.Error("a used link opens the claim")
	}
	boss.signOut()
	boss.signIn()
}
