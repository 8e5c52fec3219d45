package pages

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/axess-go/axess/interop/browser"
	"github.com/axess-go/axess/interop/site"
)

// load is what the browser says about one file of a page.
type load struct {
	Name            string
	Transfer        int // with the head of the answer; 0: from the browser's own store
	Packed, Decoded int // the body as it came, and as it is
	Wait            float64
}

// loads are the page and its files, but for the tab's icon, which the browser asks
// for when it likes.
func loads(t *testing.T, b *browser.Browser) []load {
	t.Helper()
	return browser.Answer[[]load](b, "loads", `[...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")].filter(e => !e.name.endsWith(".svg")).map(e => ({
		Name: e.name, Transfer: e.transferSize, Packed: e.encodedBodySize, Decoded: e.decodedBodySize, Wait: e.responseStart - e.requestStart }))`)
}

// kilobytes of UIX-006: as it is, and as it comes.
var budgets = map[string][2]float64{
	"/auth/sign-in": {6, 6}, // a page with a token of its own is not packed
	".css":          {16, 4.5},
	".js":           {10, 4},
}

// UIX-005, UIX-006: a first visit takes three requests, all of them to the origin,
// within their sizes; the second takes one.
func TestFirst_visit_stays_within_the_budget(t *testing.T) {
	t.Parallel()
	s := site.Start(t)
	b := shared.Start(t).Open("first visit")
	b.Go(s.Origin + "/auth/sign-in")
	var kinds []string
	for _, r := range b.Requests() {
		if !strings.HasSuffix(r.URL, ".svg") { // the tab's, which the browser asks for when it likes
			kinds = append(kinds, r.Kind)
		}
		if !strings.HasPrefix(r.URL, s.Origin+"/auth/") {
			t.Errorf("the page asks for %s", r.URL)
		}
	}
	slices.Sort(kinds)
	if !slices.Equal(kinds, []string{"Document", "Script", "Stylesheet"}) {
		t.Errorf("a first visit asks for %q", kinds)
	}
	first := loads(t, b)
	if len(first) != 3 {
		t.Fatalf("loads %+v", first)
	}
	for _, l := range first {
		for end, most := range budgets {
			if !strings.HasSuffix(l.Name, end) {
				continue
			}
			t.Logf("%s: %d bytes, %d as they came, %d with the head; the server took %.1f ms", l.Name, l.Decoded, l.Packed, l.Transfer, l.Wait)
			if float64(l.Decoded) > most[0]*1024 || float64(l.Packed) > most[1]*1024 || l.Decoded == 0 || l.Transfer == 0 {
				t.Errorf("%s: %d bytes, %d as they came, budget %v KiB", l.Name, l.Decoded, l.Packed, most)
			}
		}
	}
	// UIX-007: the page is asked for anew, its files are not.
	b.Go(s.Origin + "/auth/sign-up")
	for _, l := range loads(t, b) {
		page := strings.HasSuffix(l.Name, "/auth/sign-up")
		if fresh := l.Transfer > 0; fresh != page || l.Decoded == 0 {
			t.Errorf("on the second page, %s transfers %d bytes", l.Name, l.Transfer)
		}
	}
}

// UIX-001, UIX-005: with scripts off somebody signs up, adds a second step, signs
// out and in, and no page of the way asks another origin for anything.
func TestEverybody_gets_in_without_scripts(t *testing.T) {
	t.Parallel()
	s := site.Start(t)
	b := shared.Start(t).Open("no scripts")
	b.WithoutScripts()
	p := &typist{Browser: b, t: t, site: s}
	b.Go(s.Origin + "/auth/sign-up")
	if hidden := b.Value(`document.querySelector(".show").checkVisibility()`); hidden != "false" {
		t.Error("a button that needs a script is there without")
	}
	b.Fill("E-mail", "nope")
	b.Fill("New password", secret)
	b.Expect("status of 422")
	b.Press("Create account")
	b.Until("the problems have the focus", `document.activeElement?.id === "problems"`)
	b.Fill("E-mail", email)
	b.Fill("New password", secret)
	b.Press("Create account")
	b.WaitPath("/auth/sign-up/sent")
	b.Go(s.Origin + "/auth/dev/outbox")
	for range 100 {
		if b.Has("/auth/verify") {
			break
		}
		b.Reload()
	}
	b.Press(s.Origin + "/auth/verify")
	b.WaitText("Confirm your address")
	b.Press("Confirm address")
	b.WaitText("Your account is ready.")
	b.Go(s.Origin + "/auth/account/factors/totp")
	p.key = b.TextOf("#key")
	b.Fill("Code", p.code())
	b.Press("Add authenticator app")
	b.WaitText("Your authenticator app is set up.")
	b.Go(s.Origin + "/auth/account")
	b.Press("Sign out")
	b.WaitText("You are signed out")
	b.Go(s.Origin + "/auth/sign-in")
	b.Fill("E-mail", email)
	b.Fill("Password", secret)
	b.Press("Sign in")
	b.WaitPath("/auth/factor/totp")
	s.Clock.Advance(30 * time.Second)
	b.Fill("Code", p.code())
	b.Press("Continue")
	b.WaitText("You are signed in")
	for _, r := range b.Requests() {
		if !strings.HasPrefix(r.URL, s.Origin+"/") {
			t.Errorf("a page asks for %s", r.URL)
		}
		if r.Kind == "Script" {
			t.Errorf("scripts are not off: %s", r.URL)
		}
	}
}
