package walk

import (
	"strings"
	"testing"
	"time"

	"github.com/axess-go/axess/interop/browser"
	"github.com/axess-go/axess/interop/site"
)

const (
	email  = "ada@example.test"
	secret = "nine purple ducks cross the road"
)

// person is somebody at a browser, with an authenticator app in hand.
type person struct {
	*browser.Browser
	t    *testing.T
	site *site.Site
	key  string
}

func (p *person) code() string {
	p.t.Helper()
	code, err := Code(p.key, p.site.Clock.Now())
	if err != nil {
		p.t.Fatal(err)
	}
	return code
}

// signUp ends on the start page, signed in.
func (p *person) signUp() {
	p.t.Helper()
	p.Go(p.site.Origin + "/")
	p.Shot("home")
	p.Press("Create account")
	p.WaitPath("/auth/sign-up")
	p.Fill("E-mail", email)
	p.Fill("Name (optional)", "Ada")
	p.Fill("New password", secret)
	p.Shot("sign-up")
	p.Press("Create account")
	p.WaitPath("/auth/sign-up/sent")
	if !p.Has(email) {
		p.t.Error("the page does not say where the link was sent")
	}
	p.Shot("sent")
	p.Press("Open the development outbox")
	p.WaitPath("/auth/dev/outbox")
	for range 100 { // the queue delivers in its own time
		if strings.Contains(p.Text(), "/auth/verify") {
			break
		}
		p.Reload()
	}
	p.Shot("outbox")
	p.Press(p.site.Origin + "/auth/verify")
	p.WaitText("Confirm your address")
	if p.Path() != "/auth/verify" || p.Query() != "" {
		p.t.Errorf("the link's token is still in the address: %s?%s", p.Path(), p.Query())
	}
	p.Shot("confirm")
	p.Press("Confirm address")
	p.WaitText("Your account is ready.")
	p.Shot("signed-up")
}

// enrol adds an authenticator app and reads its key off the page.
func (p *person) enrol() {
	p.t.Helper()
	p.Go(p.site.Origin + "/auth/account")
	p.Shot("account")
	p.Press("Add an authenticator app")
	p.WaitPath("/auth/account/factors/totp")
	p.key = p.TextOf("#key")
	p.Fill("Code", p.code())
	p.Fill("Name for this app", "Phone")
	p.Shot("enrol")
	p.Press("Add authenticator app")
	p.WaitText("Your authenticator app is set up.")
	p.WaitPath("/auth/account")
	p.Shot("enrolled")
}

func (p *person) signOut() {
	p.t.Helper()
	p.Press("Sign out")
	p.WaitText("You are signed out")
	p.Shot("signed-out")
}

// signIn passes both factors and ends on the start page.
func (p *person) signIn() {
	p.t.Helper()
	p.Go(p.site.Origin + "/auth/sign-in")
	p.Fill("E-mail", email)
	p.Fill("Password", secret)
	p.Shot("sign-in")
	p.Press("Sign in")
	p.WaitPath("/auth/factor/totp")
	// A code counts once: the app shows the next one.
	p.site.Clock.Advance(30 * time.Second)
	p.Fill("Code", p.code())
	p.Shot("second-step")
	p.Press("Continue")
	p.WaitText("You are signed in")
	p.Shot("signed-in")
}

// signedIn asks a page that only a signed-in person gets.
func (p *person) signedIn() bool {
	p.t.Helper()
	p.Go(p.site.Origin + "/auth/account")
	return p.Path() == "/auth/account"
}

// The first five minutes: an account, a second factor, two browsers, and the end
// of one session from the other. Every page on the way must be free of console
// errors and of violations of its content security policy.
func TestWalk_from_an_empty_server_to_a_session_ended_elsewhere(t *testing.T) {
	t.Parallel()
	s := site.Start(t)
	chromium := browser.Start(t)
	first := &person{Browser: chromium.Open("first"), t: t, site: s}

	first.signUp()
	if !first.signedIn() {
		t.Fatal("a new account is not signed in")
	}
	first.enrol()
	first.signOut()
	if first.signedIn() {
		t.Fatal("signed out and still in")
	}
	first.signIn()

	second := &person{Browser: chromium.Open("second"), t: t, site: s, key: first.key}
	if second.signedIn() {
		t.Fatal("a browser that nobody signed in with is in")
	}
	second.signIn()
	second.Go(s.Origin + "/auth/account")
	second.Press("See your sessions")
	second.WaitPath("/auth/account/sessions")
	second.WaitText("This session")
	second.Shot("sessions")
	second.Press("End session")
	second.WaitText("The session has ended.")
	second.Shot("session-ended")

	// The first is out at its next click.
	first.Press("Your sessions")
	first.WaitPath("/auth/sign-in")
	first.Shot("out")
	if first.signedIn() {
		t.Error("the first browser is in although its session was ended")
	}
	if !second.signedIn() {
		t.Error("the second browser lost its own session")
	}
}

// A wrong code and a wrong password lead to the same words, and nowhere.
func TestWalk_wrong_secrets_get_one_answer(t *testing.T) {
	t.Parallel()
	s := site.Start(t)
	b := browser.Start(t).Open("stranger")
	b.Expect("status of 401")
	b.Go(s.Origin + "/auth/sign-in")
	b.Fill("E-mail", "nobody@example.test")
	b.Fill("Password", secret)
	b.Press("Sign in")
	b.WaitText("Those details did not match.")
	b.Shot("refused")
	if _, ok := b.Cookies()["axess-dev"]; !ok || b.Has(secret) {
		t.Errorf("cookies %v", b.Cookies())
	}
}
