package pages

import (
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/axesstest"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/interop/browser"
	"github.com/axess-go/axess/interop/site"
	"github.com/axess-go/axess/store/memory"
	"github.com/axess-go/axess/ui"
)

const (
	email  = "ada@example.test"
	secret = "nine purple ducks cross the road"
)

// typist is somebody without a mouse.
type typist struct {
	*browser.Browser
	t     *testing.T
	site  *site.Site
	seen  map[string]bool // paths of pages that were looked at
	key   string
	spare string // a recovery code
}

// look holds the page that is shown to all rules.
func (p *typist) look() {
	p.t.Helper()
	where := p.Path()
	p.seen[where] = true
	for _, f := range audit(p.t, p.Browser) {
		p.t.Errorf("%s: %v", where, f)
	}
	for _, breach := range browser.Answer[[]string](p.Browser, "rules", rules) {
		p.t.Errorf("%s: %s", where, breach)
	}
}

// focus is what has the keyboard, such as "input E-mail", and whether that is seen.
func (p *typist) focus() (who string, seen bool) {
	p.t.Helper()
	got := browser.Answer[struct {
		Who  string
		Seen bool
	}](p.Browser, "focus", `(() => {
		const e = document.activeElement, s = getComputedStyle(e), box = e.getBoundingClientRect();
		return { Who: e.id === "problems" ? "problems" : e.tagName.toLowerCase() + " " + (e.labels?.[0] ?? e).textContent.replace(/\s+/g, " ").trim(),
			Seen: e === document.body || s.outlineStyle !== "none" && parseFloat(s.outlineWidth) >= 2 && box.bottom > 0 && box.top < innerHeight };
	})()`)
	return got.Who, got.Seen
}

// tab goes on to what begins with these words.
func (p *typist) tab(to string) {
	p.t.Helper()
	var passed []string
	for range 40 {
		p.Key(kb.Tab)
		who, seen := p.focus()
		if !seen {
			p.t.Errorf("%s: nobody sees that %q has the focus", p.Path(), who)
		}
		if strings.HasPrefix(who, to) {
			return
		}
		passed = append(passed, who)
	}
	p.t.Fatalf("%s: the keyboard does not get to %q, but to %q", p.Path(), to, passed)
}

// enter presses what begins with these words.
func (p *typist) enter(what string) {
	p.t.Helper()
	p.tab(what)
	p.Enter()
}

// leave presses what begins with these words and waits until another document is
// there: where the next page says what this one says already, only that tells.
func (p *typist) leave(what string) {
	p.t.Helper()
	p.tab(what)
	p.Value(`document.documentElement.dataset.left = "yes"`)
	p.Enter()
	p.Until("another page is there", `document.readyState === "complete" && document.documentElement.dataset.left === undefined`)
}

// fill goes on to a field and types.
func (p *typist) fill(label, text string) {
	p.t.Helper()
	p.tab("input " + label)
	p.Key(text)
}

// refused waits for the problems, which must have the focus.
func (p *typist) refused() {
	p.t.Helper()
	p.Until("the problems have the focus", `document.readyState === "complete" && document.activeElement?.id === "problems"`)
	p.look()
}

func (p *typist) code() string {
	p.t.Helper()
	code, err := axesstest.TOTP(p.key, p.site.Clock.Now())
	if err != nil {
		p.t.Fatal(err)
	}
	return code
}

func (p *typist) signUp() {
	p.t.Helper()
	p.Go(p.site.Origin + "/")
	p.look()
	p.enter("a Create account")
	p.WaitPath("/auth/sign-up")
	p.look()
	p.fill("E-mail", "nope")
	p.fill("New password", secret)
	p.Expect("status of 422")
	p.Enter() // in a field, as people do
	p.refused()
	// The summary leads to the field, which still has what was typed.
	p.enter("a Enter an e-mail address")
	p.Until("the link leads to the field", `document.activeElement?.id === "f-email" && document.activeElement.value === "nope"`)
	p.Key("a", chromedp.KeyModifiers(2)) // ctrl: all of it
	p.Key(email)
	p.fill("New password", secret)
	p.enter("button Create account")
	p.WaitPath("/auth/sign-up/sent")
	p.look()
	p.openLink()
	p.look()
	p.enter("button Confirm address")
	p.WaitText("Your account is ready.")
	p.look()
}

// openLink finds the mail; the queue delivers in its own time.
func (p *typist) openLink() {
	p.t.Helper()
	p.openMail("/auth/verify", "Confirm your address")
}

// awaitMail looks at the outbox until there is a mail of a subject.
func (p *typist) awaitMail(subject string) {
	p.t.Helper()
	p.Go(p.site.Origin + "/auth/dev/outbox")
	for range 100 {
		if p.Has(subject) {
			return
		}
		p.Reload()
	}
	p.t.Fatalf("no mail %q", subject)
}

func (p *typist) openMail(path, title string) {
	p.t.Helper()
	p.Go(p.site.Origin + "/auth/dev/outbox")
	for range 100 {
		if p.Has(path) {
			break
		}
		p.Reload()
	}
	p.look()
	p.enter("a " + p.site.Origin + path)
	p.WaitText(title)
}

func (p *typist) enrol() {
	p.t.Helper()
	p.Go(p.site.Origin + "/auth/account")
	p.look()
	p.enter("a Add an authenticator app")
	p.WaitPath("/auth/account/factors/totp")
	p.look()
	p.key = p.TextOf("#key")
	p.fill("Code", p.code())
	p.fill("Name for this app", "Phone")
	p.enter("button Add authenticator app")
	p.WaitText("Your authenticator app is set up.")
	p.look()
	p.saves()
}

// saves ticks the box under the recovery codes and goes on. What is downloaded is the
// same list.
func (p *typist) saves() {
	p.t.Helper()
	p.WaitPath("/auth/recovery-codes")
	p.tab("input I have saved these codes")
	p.Key(" ")
	p.spare = p.TextOf("#codes li:first-child code")
	p.leave("button Go on")
}

func (p *typist) signOut() {
	p.t.Helper()
	p.Go(p.site.Origin + "/auth/sign-out")
	p.look()
	p.enter("button Sign out")
	p.WaitText("You are signed out")
	p.look()
}

// back is the next person at the machine. UIX-059: the browser may have kept the
// page of the account alive; it shows nothing of it.
func (p *typist) back() {
	p.t.Helper()
	p.Press("Sign out")
	p.WaitText("You are signed out")
	p.Back()
	p.WaitPath("/auth/sign-in")
	if p.Has(email) {
		p.t.Errorf("the way back after signing out shows\n%s", p.Text())
	}
}

// signIn mistypes once.
func (p *typist) signIn() {
	p.t.Helper()
	p.Expect("status of 401")
	p.Go(p.site.Origin + "/auth/sign-in")
	p.look()
	p.fill("E-mail", email)
	p.fill("Password", "nine purple ducks")
	p.Enter()
	p.refused()
	p.fill("Password", secret) // the address is still there
	p.enter("button Sign in")
	p.WaitPath("/auth/factor/totp")
	p.look()
	p.site.Clock.Advance(30 * time.Second)
	// The cursor waits in the one field there is.
	p.Key(p.code())
	p.Enter()
	p.WaitText("You are signed in")
	p.look()
}

// skip takes the way to the content, and goes on from there.
func (p *typist) skip() {
	p.t.Helper()
	p.Go(p.site.Origin + "/auth/account")
	p.Key(kb.Tab)
	if who, seen := p.focus(); who != "a Skip to content" || !seen {
		p.t.Errorf("the first stop is %q, seen: %t", who, seen)
	}
	p.Enter()
	p.Key(kb.Tab)
	if inside := p.Value(`!!document.activeElement.closest("main")`); inside != "true" {
		who, _ := p.focus()
		p.t.Errorf("after the way to the content comes %q", who)
	}
}

// TestEverybody_gets_in_without_a_mouse signs up, signs in with both steps, ends
// sessions and claims the site by keyboard alone, on the running server, and holds
// each page on the way to the rules. At the end no page of the table is left out:
// a page that is added has to be walked to.
//
// UIX-009, UIX-010, UIX-051
func TestEverybody_gets_in_without_a_mouse(t *testing.T) {
	t.Parallel()
	stores := memory.New(memory.Config{}).Stores()
	s := site.StartOn(t, stores)
	chromium := shared.Start(t)
	seen := map[string]bool{}
	open := func(name string) *typist {
		b := chromium.Open(name)
		b.Media("prefers-reduced-motion", "reduce")
		b.Resize(1280, 800)
		return &typist{Browser: b, t: t, site: s, seen: seen}
	}
	ada := open("ada")
	ada.signUp()
	ada.enrol()
	ada.back()
	ada.signIn()
	ada.skip()
	ada.signOut()
	ada.signIn()

	elsewhere := open("elsewhere")
	elsewhere.key = ada.key
	elsewhere.signIn()
	elsewhere.Go(s.Origin + "/auth/account/history")
	elsewhere.look()
	elsewhere.Go(s.Origin + "/auth/account/sessions")
	elsewhere.look()
	elsewhere.enter("a End all others")
	elsewhere.WaitPath("/auth/account/sessions/end-others")
	elsewhere.look()
	elsewhere.enter("button End one other session")
	elsewhere.WaitText("All other sessions have ended.")
	elsewhere.look()
	elsewhere.Go(s.Origin + "/auth/account")
	elsewhere.enter("a Remove")
	elsewhere.WaitText("Remove this authenticator app?")
	elsewhere.look()
	// The page of every other kind knows this one too.
	elsewhere.Go(s.Origin + "/auth/account/factors/remove/" + path.Base(path.Dir(elsewhere.Path())))
	elsewhere.WaitText("Remove this")
	elsewhere.look()
	elsewhere.Expect("status of 404")
	elsewhere.Go(s.Origin + "/auth/nothing")
	elsewhere.look()

	elsewhere.Go(s.Origin + "/auth/account")
	elsewhere.enter("a Change password")
	elsewhere.WaitText("Change your password")
	elsewhere.look()
	elsewhere.Go(s.Origin + "/auth/account")
	elsewhere.enter("a Names of your account")
	elsewhere.WaitText("Add a name")
	elsewhere.look()
	elsewhere.fill("E-mail address or user name", "lovelace")
	elsewhere.Enter()
	elsewhere.WaitText("You can sign in with the new user name.")
	elsewhere.look()
	elsewhere.fill("E-mail address or user name", "ada@example.net")
	elsewhere.Enter()
	elsewhere.WaitText("Waiting to be confirmed")
	elsewhere.look()
	elsewhere.openMail("/auth/address", "Confirm another address")
	elsewhere.look()
	elsewhere.enter("button Add this address")
	elsewhere.WaitText("Your account has the new address.")
	elsewhere.look()
	elsewhere.enter("button Make primary")
	elsewhere.WaitText("Mails go to this address from now on.")
	elsewhere.leave("button Make primary") // and back
	elsewhere.WaitText("Mails go to this address from now on.")
	elsewhere.enter("button Remove")
	elsewhere.WaitText("The name is removed.")
	elsewhere.look()
	elsewhere.Go(s.Origin + "/auth/account")
	elsewhere.enter("a Change address")
	elsewhere.WaitText("Change your address")
	elsewhere.look()
	elsewhere.fill("New e-mail address", "ada@example.com")
	elsewhere.Enter()
	elsewhere.WaitText("Waiting to be confirmed")
	elsewhere.look()
	elsewhere.openMail("/auth/address", "Confirm your new address")
	elsewhere.look()
	elsewhere.enter("button Use this address")
	elsewhere.WaitText("The new address is the account")
	elsewhere.openMail("/auth/undo", "Take your account back")
	elsewhere.look()
	elsewhere.enter("button Restore this address")
	elsewhere.WaitText("The former address is back.")
	forgets := open("forgets")
	forgets.Go(s.Origin + "/auth/sign-in")
	forgets.enter("a Forgot your password?")
	forgets.WaitPath("/auth/reset")
	forgets.look()
	forgets.fill("E-mail", email)
	forgets.Enter()
	forgets.WaitPath("/auth/reset/sent")
	forgets.look()
	forgets.openMail("/auth/reset/new", "Choose a new password")
	forgets.look()
	forgets.fill("New password", "a staple that no horse has eaten")
	forgets.Enter()
	forgets.WaitText("Your new password is set.")
	forgets.look()

	// An administrator makes an account, and later takes its second step away.
	admin, err := authn.NewAdmin(authn.AdminConfig{Accounts: s.Auth.Authn()})
	if err != nil {
		t.Fatal(err)
	}
	system, err := identity.System("the walk")
	if err != nil {
		t.Fatal(err)
	}
	view, err := stores.Identity.TenantBySlug(t.Context(), identity.DefaultSlug)
	if err != nil {
		t.Fatal(err)
	}
	order := authn.Order{Actor: system, Subject: identity.Subject{Tenant: view.Tenant.ID}, Reason: "the walk"}
	order.Subject, err = admin.CreateUser(t.Context(), order, authn.NewAccount{Email: "grace@example.test"})
	if err != nil {
		t.Fatal(err)
	}
	invited := open("invited")
	invited.awaitMail("Set up your account")
	invited.openMail("/auth/verify", "Activate your account")
	invited.look()
	invited.fill("New password", secret)
	invited.Enter()
	invited.WaitText("Your account is ready.")
	// Their password is found in a list: the next sign-in asks for another one.
	if err := admin.MarkCompromised(t.Context(), order); err != nil {
		t.Fatal(err)
	}
	found := open("found")
	found.Go(s.Origin + "/auth/sign-in")
	found.fill("E-mail", "grace@example.test")
	found.fill("Password", secret)
	found.Enter()
	found.WaitPath("/auth/sign-in/password")
	found.look()
	secret := "a staple that no horse has eaten"
	found.fill("New password", secret)
	found.Enter()
	found.WaitText("You are signed in")
	found.look()
	if err := admin.ResetFactors(t.Context(), order); err != nil {
		t.Fatal(err)
	}
	lost := open("lost")
	lost.awaitMail("Set up your second step again")
	lost.openMail("/auth/rebind", "Set up your second step again")
	lost.look()
	lost.fill("Password", secret)
	lost.Enter()
	lost.WaitText("Set up your new authenticator app")
	lost.look()
	lost.key = lost.TextOf("#key")
	lost.fill("Code", lost.code())
	lost.Enter()
	lost.WaitText("Your second step is set up.")
	lost.look()
	lost.saves()
	lost.look()

	link, err := s.Auth.ClaimLink(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	boss := open("boss")
	boss.Go(link)
	boss.WaitText("Step 1 of 2")
	boss.look()
	boss.fill("E-mail", "boss@example.test")
	boss.fill("New password", secret)
	boss.Enter()
	boss.WaitText("Step 2 of 2")
	boss.look()
	boss.key = boss.TextOf("#key")
	boss.fill("Code", boss.code())
	boss.Enter()
	boss.WaitText("You are the administrator of this site.")

	// The site begins to ask everybody for an app: who never had one sets it up behind
	// the password (AUN-032).
	order.Subject = identity.Subject{Tenant: view.Tenant.ID}
	if order.Subject, err = admin.CreateUser(t.Context(), order, authn.NewAccount{Email: "alan@example.test"}); err != nil {
		t.Fatal(err)
	}
	early := open("early")
	early.awaitMail("Set up your account")
	early.openMail("/auth/verify", "Activate your account")
	early.fill("New password", secret)
	early.Enter()
	early.WaitText("Your account is ready.")
	if err := stores.Identity.Apply(t.Context(), identity.PutMethod{Scope: identity.TenantScope(view.Tenant.ID), Method: authn.MFAMethods()[0]}); err != nil {
		t.Fatal(err)
	}
	late := open("late")
	late.Go(s.Origin + "/auth/sign-in?next=/auth/account")
	late.fill("E-mail", "alan@example.test")
	late.fill("Password", secret)
	late.Enter()
	late.WaitPath("/auth/enrol")
	late.look()
	late.key = late.TextOf("#key")
	late.Expect("status of 422")
	late.fill("Code", "000000")
	late.Enter()
	late.refused()
	s.Clock.Advance(10 * time.Minute)
	late.Go(s.Origin + "/auth/enrol?next=/auth/account")
	late.WaitText("Show a new key")
	late.look()
	late.enter("button Show a new key")
	late.WaitText("Scan")
	late.key = late.TextOf("#key")
	late.fill("Code", late.code())
	late.Enter()
	late.saves()
	late.WaitPath("/auth/account")
	late.look()
	s.Clock.Advance(time.Minute)

	// Their app is lost: a code, and another app.
	found = open("spare")
	found.Go(s.Origin + "/auth/sign-in?next=/auth/account")
	found.fill("E-mail", "alan@example.test")
	found.fill("Password", secret)
	found.Enter()
	found.WaitPath("/auth/factor/totp")
	found.enter("a Recovery code")
	found.WaitPath("/auth/factor/recovery")
	found.look()
	found.Key(late.spare)
	found.Enter()
	found.WaitPath("/auth/recover")
	found.look()
	found.key = found.TextOf("#key")
	found.fill("Code", found.code())
	found.Enter()
	found.saves()
	found.WaitPath("/auth/account")
	found.enter("a Make new codes")
	found.WaitPath("/auth/account/recovery-codes")
	found.look()

	// They lead on: no pages.
	left := []string{"/auth/language/{of}", "/auth/step-up", "/auth/recovery-codes/text"}
	table := s.Auth.Pages().(interface{ Routes() []ui.Route }).Routes()
	if len(table) < 20 {
		t.Errorf("%d routes", len(table))
	}
	for _, r := range table {
		if r.Method != "GET" || slices.Contains(left, r.Pattern) {
			continue
		}
		where := regexp.MustCompile("^" + strings.ReplaceAll(regexp.QuoteMeta(r.Pattern), `\{of\}`, "[^/]+") + "$")
		if !slices.ContainsFunc(slices.Collect(maps.Keys(seen)), where.MatchString) {
			t.Errorf("nobody looked at %s", r.Pattern)
		}
	}
}
