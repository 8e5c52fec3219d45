package axess_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"github.com/axess-go/axess"
	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/axesstest"
	"github.com/axess-go/axess/axesstest/httpscan"
	"github.com/axess-go/axess/backend"
	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/store/memory"
	"github.com/axess-go/axess/store/sqlite"
)

// site is the ready server on a real socket and a clock that the test moves.
type site struct {
	t     *testing.T
	url   string
	clock *clock.Fake
	auth  *axess.Axess
	logs  *bytes.Buffer
	// words are what pages say instead of the English text of a test, for a
	// browser that asks for German; nil: pages are English.
	words map[string]string
	// gone is told when nobody answers; nil: that fails the test.
	gone func(error)
}

func newSite(t *testing.T, stores backend.Stores) *site {
	t.Helper()
	s, stop := startSite(t, stores, httptest.NewUnstartedServer(nil))
	t.Cleanup(stop)
	return s
}

// startSite wires a site on a server that listens and does not serve yet.
func startSite(t *testing.T, stores backend.Stores, srv *httptest.Server) (*site, func()) {
	t.Helper()
	s := &site{
		t: t, clock: clock.NewFake(time.Now().UTC().Truncate(time.Second)), logs: &bytes.Buffer{},
		url: "http://localhost:" + srv.Listener.Addr().String()[strings.LastIndex(srv.Listener.Addr().String(), ":")+1:],
	}
	auth, err := axess.New(t.Context(), axess.Config{
		Origin: s.url, Stores: stores, Clock: s.clock,
		Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	s.auth = auth
	rt := auth.Routes()
	rt.Public("GET /{$}", auth.Home().ServeHTTP)
	rt.Authn("GET /notes", func(w http.ResponseWriter, _ *http.Request, who axess.Authenticated) {
		fmt.Fprintf(w, "notes of %s, aal %v", who.DisplayName(), who.Assurance().AAL)
	})
	srv.Config.Handler = httpscan.For(t, httpscan.Config{Origins: []string{s.url}, Except: []httpscan.Exception{
		{Rule: httpscan.Canary, Path: "/auth/dev/outbox", Reason: "development shows mails, and with them the links"},
	}}).Handler(auth.Handler(rt))
	srv.Start()
	return s, func() {
		srv.Close()
		if err := auth.Close(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	}
}

// person is a browser without scripts: it follows links, fills forms and keeps
// cookies.
type person struct {
	s      *site
	client *http.Client
	at     *url.URL
	status int
	page   *html.Node
	body   string
}

func (s *site) person() *person {
	s.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		s.t.Fatal(err)
	}
	return &person{s: s, client: &http.Client{Jar: jar}}
}

func (p *person) send(req *http.Request) *person {
	p.s.t.Helper()
	req.Header.Set("Accept", "text/html,application/xhtml+xml,*/*;q=0.8")
	if p.s.words != nil {
		req.Header.Set("Accept-Language", "de-DE,de;q=0.9,en;q=0.5")
	}
	req.Header.Set("User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0")
	res, err := p.client.Do(req)
	var b []byte
	if err == nil {
		b, err = io.ReadAll(res.Body)
		_ = res.Body.Close()
	}
	if err != nil {
		if p.s.gone != nil {
			p.s.gone(err)
		}
		p.s.t.Fatal(err)
	}
	p.at, p.status, p.body = res.Request.URL, res.StatusCode, string(b)
	if p.page, err = html.Parse(bytes.NewReader(b)); err != nil {
		p.s.t.Fatal(err)
	}
	if cc := res.Header.Get("Cache-Control"); !strings.Contains(cc, "no-store") {
		p.s.t.Errorf("%s: Cache-Control %q", p.at.Path, cc)
	}
	return p
}

// open goes to an address of the site, or one that a page or mail gave.
func (p *person) open(target string) *person {
	p.s.t.Helper()
	if strings.HasPrefix(target, "/") {
		target = p.s.url + target
	}
	req, err := http.NewRequestWithContext(p.s.t.Context(), http.MethodGet, target, http.NoBody)
	if err != nil {
		p.s.t.Fatal(err)
	}
	return p.send(req)
}

// submit fills the form that posts to action and sends it with everything hidden
// in it.
func (p *person) submit(action string, fields map[string]string) *person {
	p.s.t.Helper()
	form := find(p.page, func(n *html.Node) bool { return n.Data == "form" && attr(n, "action") == action })
	if form == nil {
		p.s.t.Fatalf("%s (%d) has no form to %s:\n%s", p.at.Path, p.status, action, p.body)
	}
	values := url.Values{}
	walkNodes(form, func(n *html.Node) {
		if n.Data == "input" && attr(n, "type") == "hidden" {
			values.Set(attr(n, "name"), attr(n, "value"))
		}
	})
	for k, v := range fields {
		if find(form, func(n *html.Node) bool { return attr(n, "name") == k }) == nil {
			p.s.t.Fatalf("%s: the form has no field %s", p.at.Path, k)
		}
		values.Set(k, v)
	}
	req, err := http.NewRequestWithContext(p.s.t.Context(), http.MethodPost, p.s.url+action, strings.NewReader(values.Encode()))
	if err != nil {
		p.s.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Origin", p.s.url)
	return p.send(req)
}

// on fails unless the person is on the page with that path and status.
func (p *person) on(path string, status int) *person {
	p.s.t.Helper()
	if p.at.Path != path || p.status != status {
		p.s.t.Fatalf("on %s (%d), want %s (%d):\n%s", p.at.Path, p.status, path, status, p.body)
	}
	return p
}

// reads fails unless the page says text.
func (p *person) reads(text string) *person {
	p.s.t.Helper()
	if p.s.words != nil {
		german, ok := p.s.words[text]
		if !ok {
			p.s.t.Fatalf("no German for %q", text)
		}
		text = german
	}
	if !strings.Contains(text1(p.page), text) {
		p.s.t.Fatalf("%s does not say %q:\n%s", p.at.Path, text, text1(p.page))
	}
	return p
}

// mailed is the newest link on the development outbox page.
func (p *person) mailed() string {
	p.s.t.Helper()
	return p.mailedTo("/auth/verify")
}

// mailedTo is the newest link in the outbox that leads to a page.
func (p *person) mailedTo(page string) string { return p.mailedAfter(page, "") }

// newest is the link to a page in the newest mail that has one; empty without.
func (p *person) newest(page string) string {
	p.s.t.Helper()
	p.open("/auth/dev/outbox")
	a := find(p.page, func(n *html.Node) bool {
		return n.Data == "a" && strings.Contains(attr(n, "href"), page+"?token=")
	})
	if a == nil {
		return ""
	}
	return attr(a, "href")
}

// mailedAfter is mailedTo for a page to which a mail has led before, by that link.
func (p *person) mailedAfter(page, before string) string {
	p.s.t.Helper()
	for range 5000 {
		if link := p.newest(page); link != before {
			return link
		}
		// Delivery is a job of the server's, woken by the commit.
	}
	p.s.t.Fatalf("no mail arrived:\n%s", text1(p.page))
	return ""
}

func (p *person) signUp(email, password string) *person {
	p.s.t.Helper()
	return p.open("/auth/sign-up").on("/auth/sign-up", 200).
		submit("/auth/sign-up", map[string]string{"email": email, "name": "Ada", "password": password})
}

func (p *person) signIn(email, password string) *person {
	p.s.t.Helper()
	return p.open("/auth/sign-in").on("/auth/sign-in", 200).
		submit("/auth/sign-in", map[string]string{"identifier": email, "password": password})
}

// enrol sets up an authenticator app from the key on the page and returns a
// function that shows its code.
func (p *person) enrol() func() string {
	p.s.t.Helper()
	p.open("/auth/account/factors/totp").on("/auth/account/factors/totp", 200)
	show := p.app()
	p.submit("/auth/account/factors/totp", map[string]string{"code": show(), "label": "Phone"}).
		on("/auth/recovery-codes", 200).reads("authenticator app is set up")
	p.saved().on("/auth/account", 200).reads("Phone")
	return show
}

// saved says that the recovery codes on the page are in a safe place.
func (p *person) saved() *person {
	p.s.t.Helper()
	return p.submit("/auth/recovery-codes", map[string]string{"kept": "1"})
}

// app is an authenticator app that was set up from the key on the page.
func (p *person) app() func() string {
	p.s.t.Helper()
	a := find(p.page, func(n *html.Node) bool { return n.Data == "a" && strings.HasPrefix(attr(n, "href"), "otpauth://") })
	if a == nil {
		p.s.t.Fatalf("no otpauth link:\n%s", p.body)
	}
	u, err := url.Parse(attr(a, "href"))
	if err != nil {
		p.s.t.Fatal(err)
	}
	return func() string {
		code, err := axesstest.TOTP(u.Query().Get("secret"), p.s.clock.Now())
		if err != nil {
			p.s.t.Fatal(err)
		}
		return code
	}
}

const walkPassword = "correct horse battery staple"

// The walk without scripts: UIX-001, UIX-020, UIX-023, UIX-025, UIX-026,
// UIX-027, UIX-029, UIX-033, UIX-036, UIX-042, UIX-046, UIX-059, UIX-062,
// AUN-126, GRD-016
func TestWalk_without_scripts(t *testing.T) {
	t.Parallel()
	onEach(t, walk)
}

// The same walk by somebody who reads German: no step depends on the words of a
// page. UIX-001, UIX-086
func TestWalk_without_scripts_in_German(t *testing.T) {
	t.Parallel()
	s := newSite(t, memory.New(memory.Config{}).Stores())
	s.words = map[string]string{
		"Create account":                            "Konto erstellen",
		"at least 15 characters":                    "mindestens 15 Zeichen",
		"ada@example.org":                           "ada@example.org",
		"Those details did not match":               "Diese Angaben passen nicht zusammen",
		"Confirm":                                   "bestätigen",
		"You are signed in":                         "Sie sind angemeldet",
		"notes of Ada, aal aal1":                    "notes of Ada, aal aal1",
		"aal aal2":                                  "aal aal2",
		"expired or was already used":               "abgelaufen oder wurde schon verwendet",
		"authenticator app is set up":               "Authentifizierungs-App ist eingerichtet",
		"Phone":                                     "Phone",
		"You are signed out":                        "Sie sind abgemeldet",
		"Step 2 of 2":                               "Schritt 2 von 2",
		"There is a problem":                        "Es gibt ein Problem",
		"This session":                              "Diese Sitzung",
		"The session has ended":                     "Die Sitzung ist beendet",
		"You can sign in with the new user name":    "Sie können sich mit dem neuen Benutzernamen anmelden",
		"Sign in to your account first":             "Melden Sie sich zuerst an",
		"Confirm another address":                   "Bestätigen Sie eine weitere Adresse",
		"Your account has the new address":          "Ihr Konto hat die neue Adresse",
		"Mails go to this address from now on":      "Nachrichten gehen ab jetzt an diese Adresse",
		"The name is removed":                       "Der Name ist entfernt",
		"The new address is the account":            "Das Konto hat die neue Adresse",
		"Waiting to be confirmed":                   "Noch nicht bestätigt",
		"Confirm your new address":                  "Bestätigen Sie Ihre neue Adresse",
		"Take your account back":                    "Holen Sie Ihr Konto zurück",
		"The former address is back":                "Die frühere Adresse gilt wieder",
		"You are about to change your password":     "Sie wollen Ihr Passwort ändern",
		"You are about to add an authenticator app": "Sie wollen eine Authentifizierungs-App einrichten",
	}
	walk(t, s)
}

// onEach runs a walk on every backend that ships.
func onEach(t *testing.T, walk func(*testing.T, *site)) {
	t.Helper()
	onStores(t, func(t *testing.T, on backend.Stores) { walk(t, newSite(t, on)) })
}

// onStores is the same for a walk that needs more than pages.
func onStores(t *testing.T, walk func(*testing.T, backend.Stores)) {
	t.Helper()
	t.Run("memory", func(t *testing.T) {
		t.Parallel()
		walk(t, memory.New(memory.Config{}).Stores())
	})
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		walk(t, openFile(t, filepath.Join(t.TempDir(), "app.db")).Stores())
	})
}

func openFile(t *testing.T, path string) *sqlite.Backend {
	t.Helper()
	b, err := sqlite.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	return b
}

func walk(t *testing.T, s *site) {
	ada := s.person()
	ada.open("/").on("/", 200).reads("Create account")

	// A guarded page sends to sign-in and remembers where.
	ada.open("/notes?page=2").on("/auth/sign-in", 200)
	if got := ada.at.Query().Get("next"); got != "/notes?page=2" {
		t.Fatalf("next %q", got)
	}

	// Sign up: a weak password is refused with words, a good one leads on.
	ada.signUp("ada@example.org", "short").on("/auth/sign-up", 422).reads("at least 15 characters")
	ada.submit("/auth/sign-up", map[string]string{"email": "ada@example.org", "name": "Ada", "password": walkPassword}).
		on("/auth/sign-up/sent", 200).reads("ada@example.org")
	// Not before the address is confirmed.
	s.person().signIn("ada@example.org", walkPassword).on("/auth/sign-in", 401).reads("Those details did not match")

	// Opening the link cleans the address and confirms nothing yet.
	link := ada.mailed()
	ada.open(link).on("/auth/verify", 200).reads("Confirm")
	if ada.at.RawQuery != "" {
		t.Fatalf("the token stays in the address: %s", ada.at)
	}
	s.person().signIn("ada@example.org", walkPassword).on("/auth/sign-in", 401)
	ada.submit("/auth/verify", nil).on("/", 200).reads("You are signed in")
	ada.open("/notes").on("/notes", 200).reads("notes of Ada, aal aal1")

	// The link is spent.
	s.person().open(link).on("/auth/verify", 400).reads("expired or was already used")

	// A second step.
	show := ada.enrol()
	ada.open("/notes").reads("aal aal2")
	s.clock.Advance(time.Minute)

	// Later, a change of the account asks for the strongest factor first, says what
	// for, can be left, and then goes on.
	s.clock.Advance(10 * time.Minute)
	ada.open("/auth/account/password").on("/auth/factor/totp", 200).reads("You are about to change your password")
	ada.submit("/auth/step-up/leave", nil).on("/auth/account", 200)
	ada.open("/auth/account/factors/totp").on("/auth/factor/totp", 200).reads("You are about to add an authenticator app")
	ada.submit("/auth/factor/totp", map[string]string{"code": show()}).on("/auth/account/factors/totp", 200)
	s.clock.Advance(time.Minute)

	// Sign out; every page after it shows nothing of the account.
	ada.open("/auth/sign-out").on("/auth/sign-out", 200).submit("/auth/sign-out", map[string]string{"scope": "this"}).
		on("/auth/sign-out", 200).reads("You are signed out")
	if strings.Contains(ada.body, "ada@example.org") || strings.Contains(ada.body, "Ada") {
		t.Fatal("the page after sign-out names the account")
	}
	ada.open("/auth/account").on("/auth/sign-in", 200)

	// Sign in with both factors, to the page that was asked for.
	ada.open("/notes?page=2").on("/auth/sign-in", 200).
		submit("/auth/sign-in", map[string]string{"identifier": "ada@example.org", "password": walkPassword}).
		on("/auth/factor/totp", 200).reads("Step 2 of 2")
	ada.submit("/auth/factor/totp", map[string]string{"code": "000000"}).on("/auth/factor/totp", 401).reads("There is a problem")
	ada.submit("/auth/factor/totp", map[string]string{"code": show()}).on("/notes", 200)

	// A second browser signs in and ends the first one's session.
	s.clock.Advance(time.Minute)
	phone := s.person().signIn("ada@example.org", walkPassword).on("/auth/factor/totp", 200)
	phone.submit("/auth/factor/totp", map[string]string{"code": show()}).on("/", 200)
	phone.open("/auth/account/sessions").on("/auth/account/sessions", 200).reads("This session")
	end := find(phone.page, func(n *html.Node) bool {
		return n.Data == "form" && strings.HasSuffix(attr(n, "action"), "/end")
	})
	if end == nil {
		t.Fatalf("no session to end:\n%s", phone.body)
	}
	phone.submit(attr(end, "action"), nil).on("/auth/account/sessions", 200).reads("The session has ended")
	ada.open("/notes").on("/auth/sign-in", 200)
	phone.open("/notes").on("/notes", 200)

	// Another name and another address: one counts at once, the other when its link is
	// opened where one is signed in.
	phone.open("/auth/account/names").on("/auth/account/names", 200).
		submit("/auth/account/names", map[string]string{"new_name": "lovelace"}).
		on("/auth/account/names", 200).reads("You can sign in with the new user name")
	s.person().signIn("lovelace", walkPassword).on("/auth/factor/totp", 200)
	phone.submit("/auth/account/names", map[string]string{"new_name": "ada@example.com"}).
		on("/auth/account/names", 200).reads("Waiting to be confirmed")
	second := phone.mailedTo("/auth/address")
	s.person().open(second).on("/auth/address", 200).reads("Sign in to your account first")
	phone.open(second).on("/auth/address", 200).reads("Confirm another address")
	phone.submit("/auth/address", nil).on("/auth/account/names", 200).reads("Your account has the new address")
	phone.submit("/auth/account/names/primary", nil).on("/auth/account/names", 200).reads("Mails go to this address from now on")
	phone.submit("/auth/account/names/primary", nil).on("/auth/account/names", 200) // and back
	phone.submit("/auth/account/names/remove", nil).on("/auth/account/names", 200).reads("The name is removed")
	s.clock.Advance(time.Minute)
	undo := ada.newest("/auth/undo")

	// Another address: it counts when its link is opened, and the former one undoes it.
	phone.open("/auth/account/email").on("/auth/account/email", 200).
		submit("/auth/account/email", map[string]string{"email": "ada@example.net"}).
		on("/auth/account/email", 200).reads("Waiting to be confirmed")
	phone.open(phone.mailedAfter("/auth/address", second)).on("/auth/address", 200).reads("Confirm your new address")
	phone.submit("/auth/address", nil).on("/auth/account", 200).reads("The new address is the account")
	s.clock.Advance(time.Minute)
	ada.open(ada.mailedAfter("/auth/undo", undo)).on("/auth/undo", 200).reads("Take your account back").
		submit("/auth/undo", nil).on("/auth/sign-in", 200).reads("The former address is back")
	phone.open("/notes").on("/auth/sign-in", 200)
	ada.open(ada.mailedTo("/auth/reset/new")).on("/auth/reset/new", 200)
}

// A site begins to ask everybody for an app: who has an account sets theirs up behind
// the password. AUN-032, UIX-001
func TestWalk_an_app_on_the_way_in(t *testing.T) {
	t.Parallel()
	onStores(t, func(t *testing.T, on backend.Stores) {
		s := newSite(t, on)
		ada := s.person().signUp("ada@example.org", walkPassword)
		ada.open(ada.mailed()).submit("/auth/verify", nil).on("/", 200)
		view, err := on.Identity.TenantBySlug(t.Context(), identity.DefaultSlug)
		if err == nil {
			err = on.Identity.Apply(t.Context(), identity.PutMethod{Scope: identity.TenantScope(view.Tenant.ID), Method: authn.MFAMethods()[0]})
		}
		if err != nil {
			t.Fatal(err)
		}
		phone := s.person().open("/notes?page=2").on("/auth/sign-in", 200).
			submit("/auth/sign-in", map[string]string{"identifier": "ada@example.org", "password": walkPassword}).
			on("/auth/enrol", 200).reads("Step 2 of 2")
		phone.submit("/auth/enrol", map[string]string{"code": "000000"}).on("/auth/enrol", 422).reads("There is a problem")
		s.clock.Advance(10 * time.Minute)
		phone.open("/auth/enrol?next=/notes").on("/auth/enrol", 200).reads("Show a new key")
		phone.submit("/auth/enrol", map[string]string{"renew": "1"}).on("/auth/enrol", 200)
		show := phone.app()
		phone.submit("/auth/enrol", map[string]string{"code": show()}).on("/auth/recovery-codes", 200)
		phone.saved().on("/notes", 200).reads("aal aal2")
		ada.open("/notes").on("/auth/sign-in", 200) // signed in from before
		s.clock.Advance(time.Minute)
		s.person().signIn("ada@example.org", walkPassword).on("/auth/factor/totp", 200).
			submit("/auth/factor/totp", map[string]string{"code": show()}).on("/", 200)
	})
}

// A password turns up in a list: whoever signs in with it chooses another one first.
// AUN-137, UIX-001
func TestWalk_a_password_that_others_know(t *testing.T) {
	t.Parallel()
	onStores(t, func(t *testing.T, on backend.Stores) {
		const better = "a staple that no horse has eaten"
		s := newSite(t, on)
		ada := s.person().signUp("ada@example.org", walkPassword)
		ada.open(ada.mailed()).submit("/auth/verify", nil).on("/", 200)
		admin, err := authn.NewAdmin(authn.AdminConfig{Accounts: s.auth.Authn()})
		if err != nil {
			t.Fatal(err)
		}
		system, err := identity.System("a test")
		if err != nil {
			t.Fatal(err)
		}
		view, err := on.Identity.TenantBySlug(t.Context(), identity.DefaultSlug)
		if err != nil {
			t.Fatal(err)
		}
		acct, err := on.Identity.AccountByIdentifier(t.Context(), view.Tenant.ID, identity.Email, "ada@example.org")
		if err != nil {
			t.Fatal(err)
		}
		if err := admin.MarkCompromised(t.Context(), authn.Order{Actor: system, Subject: acct.User.Subject(), Reason: "it is in a list"}); err != nil {
			t.Fatal(err)
		}
		ada.open("/notes").on("/auth/sign-in", 200) // signed in from before
		phone := s.person().open("/notes?page=2").on("/auth/sign-in", 200).
			submit("/auth/sign-in", map[string]string{"identifier": "ada@example.org", "password": walkPassword}).
			on("/auth/sign-in/password", 200)
		s.person().signIn("ada@example.org", walkPassword).on("/auth/sign-in/password", 200).
			open("/notes").on("/auth/sign-in/password", 200)
		phone.submit("/auth/sign-in/password", map[string]string{"new_password": walkPassword}).on("/auth/sign-in/password", 422).reads("There is a problem")
		phone.submit("/auth/sign-in/password", map[string]string{"new_password": better}).on("/notes", 200).reads("aal aal1")
		s.person().signIn("ada@example.org", walkPassword).on("/auth/sign-in", 401)
		s.person().signIn("ada@example.org", better).on("/", 200)
	})
}

// Decisions §7: the password that waits was typed by whoever started. In another
// browser the link proves the address and nothing else.
// AUN-123, AUN-I14
func TestWalk_sign_up_by_somebody_else(t *testing.T) {
	t.Parallel()
	onEach(t, hijack)
}

func hijack(t *testing.T, s *site) {
	mallory, owner := s.person(), s.person()
	mallory.signUp("ada@example.org", "mallory knows this one").on("/auth/sign-up/sent", 200)
	owner.open(owner.mailed()).on("/auth/verify", 200).reads("choose a new password")
	if strings.Contains(owner.body, "ada@example.org") {
		t.Fatal("the address is shown in full to a browser that did not ask")
	}
	owner.submit("/auth/verify", map[string]string{"password": "short"}).on("/auth/verify", 422)
	owner.submit("/auth/verify", map[string]string{"password": walkPassword}).on("/", 200).reads("You are signed in")
	s.person().signIn("ada@example.org", "mallory knows this one").on("/auth/sign-in", 401)
	s.person().signIn("ada@example.org", walkPassword).on("/", 200)
	mallory.open("/notes")
	if mallory.at.Path == "/notes" {
		t.Fatal("who started the sign-up is signed in")
	}
}

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func walkNodes(n *html.Node, f func(*html.Node)) {
	if n.Type == html.ElementNode {
		f(n)
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		walkNodes(c, f)
	}
}

func find(n *html.Node, ok func(*html.Node) bool) (found *html.Node) {
	walkNodes(n, func(n *html.Node) {
		if found == nil && ok(n) {
			found = n
		}
	})
	return found
}

// text1 is the page's text on one line.
func text1(n *html.Node) string {
	var b strings.Builder
	var rec func(*html.Node)
	rec = func(n *html.Node) {
		if n.Type == html.TextNode {
			b.WriteString(n.Data + " ")
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			rec(c)
		}
	}
	rec(n)
	return strings.Join(strings.Fields(b.String()), " ")
}
