package ui_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"github.com/axess-go/axess/ui"
)

// What each page of the catalogue shows, and what it must not.
func TestPages_show_what_they_are_for(t *testing.T) {
	t.Parallel()
	r := newRenderer(t, ui.SampleConfig())
	for _, c := range []struct {
		name             string
		has, hasNot      []string // words of the page
		links, noLinks   []string // addresses it leads or posts to
		fields, noFields []string
	}{
		// UIX-020
		{name: "sign-in", has: []string{"Sign in", "Show", "Forgot your password?"}, hasNot: []string{"passkey", "Keep me signed in"}, links: []string{"/auth/sign-in", "/auth/sign-up"}, fields: []string{"identifier", "password"}, noFields: []string{"remember", "next"}},
		{name: "sign-in-full", has: []string{"Keep me signed in", "for up to 30 days"}, links: []string{"/auth/sign-up?next=%2fnotes%3fpage%3d2"}, fields: []string{"remember", "next"}},
		{name: "sign-in-locked", has: []string{"Too many tries. You can try again at 14:32 UTC.", "That is in 5 minutes."}, noLinks: []string{"/auth/sign-up"}},
		// UIX-023
		{name: "factor-totp", has: []string{"Step 2 of 2", "Open your authenticator app", "Signing in as ada@example.org.", "Start again"}, hasNot: []string{"Use another way"}, links: []string{"/auth/factor/totp", "/auth/sign-in?next=%2fnotes"}, fields: []string{"code", "next"}, noFields: []string{"identifier"}},
		{name: "factor-password", has: []string{"Step 1 of 2", "Use another way"}, links: []string{"/auth/factor/password", "/auth/factor/totp"}, fields: []string{"password"}},
		{name: "factor-password-alone", hasNot: []string{"Step 1 of 1", "Signing in as"}},
		// UIX-025
		{name: "sign-up", has: []string{"Create account", "Use at least 15 characters.", "Read the terms"}, links: []string{"/auth/sign-up", "/auth/sign-in", "/terms"}, fields: []string{"email", "password"}, noFields: []string{"name"}},
		{name: "sign-up-name", has: []string{"Name (optional)"}, fields: []string{"name"}},
		// UIX-026
		{name: "check-mail", has: []string{"ada@example.org", "If that address can be used here, we have sent a message to it. The link works for 24 hours.", "Wrong address?"}, links: []string{"/auth/sign-up"}, noLinks: []string{"/auth/dev/outbox", "/auth/sign-up/sent"}},
		{name: "check-mail-dev", links: []string{"/auth/dev/outbox", "/auth/sign-up/sent"}},
		// UIX-027
		{name: "confirm-verify", has: []string{"ada@example.org", "Confirm address"}, links: []string{"/auth/verify"}, noFields: []string{"password", "token"}},
		{name: "confirm-activate", has: []string{"a•••@example.org", "Activate account"}, links: []string{"/auth/verify"}},
		{name: "confirm-other-browser", has: []string{"another browser", "Use at least 15 characters.", "Confirm address and set password"}, fields: []string{"password"}},
		// UIX-033
		{name: "account", has: []string{"Your password is the only thing that protects this account.", "Confirmed", "You are signed in on this browser only.", "Last used 20 minutes ago"}, links: []string{"/auth/account/factors/totp", "/auth/account/sessions", "/auth/sign-out"}},
		{name: "account-two-steps", has: []string{"asks for a second step", "Phone", "on 3 browsers or devices", "Not used yet"}, links: []string{"/auth/account/factors/totp/b7b0/remove"}},
		{name: "account-unverified", has: []string{"Not confirmed", "Switched off"}},
		// UIX-029
		{name: "totp", has: []string{"Install an app", "Scan the code", "Enter the code", "JBSW Y3DP EHPK 3PXP JBSW Y3DP EHPK 3PXP", "Copy key"}, links: []string{"/auth/account/factors/totp"}, fields: []string{"code", "label"}},
		{name: "totp-problems", fields: []string{"code"}, noFields: []string{"current_password"}},
		// UIX-039
		{name: "email", has: []string{"ada@example.org", "Confirmed", "Your old address can undo the change for 7 days."}, fields: []string{"email"}, links: []string{"/auth/account/email", "/auth/account"}, noLinks: []string{"/auth/account/email/cancel", "/auth/dev/outbox"}},
		{name: "email-waits", has: []string{"Waiting to be confirmed", "bea@example.org", "The link works for 24 hours."}, links: []string{"/auth/account/email/cancel", "/auth/dev/outbox"}},
		{name: "names", has: []string{"Names of your account", "ada@example.org", "Primary", "An address that was the primary one can undo that for 7 days."}, fields: []string{"new_name"}, links: []string{"/auth/account/names", "/auth/account"}, noLinks: []string{"/auth/account/names/remove", "/auth/account/names/primary", "/auth/account/names/cancel"}},
		{name: "names-several", has: []string{"Bea.Ada@example.org", "Lovelace", "Phone number", "Make primary"}, links: []string{"/auth/account/names/remove", "/auth/account/names/primary"}},
		{name: "names-waits", has: []string{"Waiting to be confirmed", "bea@example.org", "in which you are signed in"}, links: []string{"/auth/account/names/cancel", "/auth/dev/outbox"}},
		{name: "names-problem", has: []string{"Not confirmed", "Somebody else has this user name."}, noLinks: []string{"/auth/account/names/remove", "/auth/account/names/primary"}},
		{name: "names-full", has: []string{"at most eight names"}, noFields: []string{"new_name"}},
		{name: "confirm-second", has: []string{"bea@example.org", "Add this address"}, links: []string{"/auth/address"}, noLinks: []string{"/auth/sign-in?next=/auth/address"}},
		{name: "confirm-second-elsewhere", has: []string{"b•••@example.org", "Sign in to your account first"}, links: []string{"/auth/sign-in?next=%2fauth%2faddress"}, noLinks: []string{"/auth/address"}},
		{name: "confirm-address", has: []string{"bea@example.org", "Every other session of your account ends.", "Use this address"}, links: []string{"/auth/address"}, noFields: []string{"password", "token"}},
		{name: "confirm-undo", has: []string{"a•••@example.org", "Restore this address"}, links: []string{"/auth/undo"}, noFields: []string{"password", "token"}},
		// UIX-032
		{name: "factor-step-up", has: []string{"Confirm that it is you", "You are about to change your password.", "Leave everything as it is"}, hasNot: []string{"Start again"}, fields: []string{"code", "next"}, links: []string{"/auth/step-up/leave"}, noLinks: []string{"/auth/sign-in"}},
		{name: "factor-step-up-failed", has: []string{"You are about to add an authenticator app."}, fields: []string{"password"}, links: []string{"/auth/factor/password", "/auth/step-up/leave"}},
		{name: "totp-remove", has: []string{"Phone", "Remove authenticator app", "Keep it"}, links: []string{"/auth/account/factors/totp/b7b0/remove"}, noFields: []string{"current_password"}},
		// UIX-036
		{name: "sessions", has: []string{"This session", "Safari, iPhone", "Lisbon, Portugal", "Unknown browser", "Password, Authenticator app"}, links: []string{"/auth/account/sessions/s2/end", "/auth/account/sessions/s3/end", "/auth/account/sessions/end-others"}, noLinks: []string{"/auth/account/sessions/s1/end"}},
		{name: "sessions-one", has: []string{"There are no other sessions."}, noLinks: []string{"/auth/account/sessions/end-others"}},
		{name: "account-acting", has: []string{"You are acting as Ada Lovelace until 14:39 UTC.", "Your reason: Phone 4711", "Stop acting"}, noLinks: []string{"/auth/account/password", "/auth/account/email", "/auth/account/factors/totp"}},
		{name: "sessions-helped", has: []string{"An administrator, as you", "WithAn administrator"}},
		{name: "sessions-acting", has: []string{"Stop acting"}, noLinks: []string{"/auth/account/sessions/end-others"}},
		{name: "sign-out-acting", has: []string{"Stop acting", "Sign out?"}},
		{name: "error-acting", has: []string{"Only the person themselves can do this", "Stop acting"}},
		// UIX-038, AUN-160
		{name: "history", has: []string{"3 March 2026 Your account was opened to help you By an administrator", "Signed in 20 minutes ago · Firefox, Linux · 192.0.2.7", "A step of a sign-in Authenticator app Failed", "2 March 2026 The lock was lifted By this site", "Something else happened", "Was it not you?"}, links: []string{"/auth/account/history?before=sample", "/auth/account/history?show=changes", "/auth/account/password"}},
		{name: "history-none", has: []string{"Nothing happened in this time."}},
		{name: "history-acting", hasNot: []string{"Was it not you?"}, noLinks: []string{"/auth/account/password"}},
		{name: "end-others", has: []string{"End 3 other sessions"}, links: []string{"/auth/account/sessions/end-others"}},
		{name: "end-others-one", has: []string{"End one other session"}},
		// UIX-042
		{name: "sign-out", has: []string{"Sign out?", "Sign out everywhere"}, links: []string{"/auth/sign-out"}},
		{name: "signed-out", has: []string{"Sign in again"}, links: []string{"/auth/sign-in"}, noLinks: []string{"/auth/account"}},
		{name: "signed-out-everywhere", has: []string{"All your sessions have ended"}},
		// UIX-046
		{name: "outbox", has: []string{"ada@example.org", "https://elsewhere.example/x", "Clear outbox"}, links: []string{"http://localhost:8080/auth/verify?token=SAMPLE", "/auth/dev/outbox/clear"}, noLinks: []string{"https://elsewhere.example/x"}},
		{name: "outbox-empty", has: []string{"No mail yet."}, noLinks: []string{"/auth/dev/outbox/clear"}},
		{name: "home", has: []string{"Your sign-in server is running", "Version 0.1.0"}, links: []string{"/auth/sign-in", "/auth/sign-up", "/auth/dev/outbox"}, noLinks: []string{"/auth/account"}},
		{name: "home-plain", links: []string{"/auth/sign-in"}, noLinks: []string{"/auth/sign-up", "/auth/dev/outbox"}, hasNot: []string{"development"}},
		{name: "home-signed-in", has: []string{"Ada Lovelace"}, links: []string{"/auth/account", "/auth/account/factors/totp", "/auth/account/sessions", "/auth/sign-out"}, noLinks: []string{"/auth/sign-up"}},
		{name: "home-signed-in-two-steps", noLinks: []string{"/auth/account/factors/totp"}},
		// UIX-043
		{name: "error-missing", has: []string{"There is nothing at this address", "not_found", "0195a3c2-7d10-7c33-9a51-6d1c0a4f2b77"}, links: []string{"/"}, hasNot: []string{"Cause"}},
		{name: "error-expired", has: []string{"This took too long, so we stopped to keep you safe. Start again."}, links: []string{"/auth/sign-in"}},
		// UIX-028
		{name: "forgot", has: []string{"Forgot your password?"}, links: []string{"/auth/sign-in"}},
		{name: "forgot-sent", has: []string{"If there is an account", "30 minutes"}, links: []string{"/auth/reset"}},
		{name: "confirm-reset", has: []string{"a•••@example.org", "Every session of your account ends.", "at least 15 characters"}, hasNot: []string{"another browser"}},
		// UIX-027
		{name: "confirm-activate", has: []string{"An account was made for you.", "at least 15 characters"}, hasNot: []string{"another browser"}},
		{name: "rebind", has: []string{"a•••@example.org", "Enter your password"}, hasNot: []string{"Scan"}},
		{name: "rebind-app", has: []string{"You are not signed in by this."}},
		// AUN-032
		{name: "enrol", has: []string{"Step 2 of 2", "You are in when the code is right", "Scan", "ada@example.org"}, links: []string{"/auth/sign-in?next=%2fnotes"}, hasNot: []string{"Show a new key"}},
		{name: "enrol-late", has: []string{"Show a new key"}, hasNot: []string{"Scan"}},
		// AUN-137
		{name: "replace", has: []string{"Your password is known to others.", "at least 15 characters", "Not now"}},
		// UIX-034
		{name: "password", has: []string{"All your other sessions end with it."}, links: []string{"/auth/account"}},
		// UIX-032
		{name: "error-link", has: []string{"This link has expired or was already used. Ask for a new one."}, links: []string{"/auth/sign-up"}},
		// UIX-054
		{name: "error-wait", has: []string{"You can try again at 14:28 UTC.", "That is in 2 minutes."}, links: []string{"/auth/sign-in"}},
		{name: "error-wait-unknown", has: []string{"in a few minutes"}, hasNot: []string{"That is in"}},
		// UIX-056
		{name: "error-trouble", has: []string{"Nothing was changed."}},
		{name: "error-pending", links: []string{"/auth/sign-up/sent"}},
		{name: "error-dev", has: []string{"Cause", "no sender is configured", "Set Config.Mail"}, links: []string{"https://docs.example/errors#mail_missing"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			doc := parse(t, render(t, r, sample(t, c.name)))
			words := strings.Join(strings.Fields(text(doc.one(t, "body"))), " ")
			for _, s := range c.has {
				if !strings.Contains(words, s) {
					t.Errorf("lacks %q in: %s", s, words)
				}
			}
			for _, s := range c.hasNot {
				if strings.Contains(words, s) {
					t.Errorf("says %q", s)
				}
			}
			links := doc.links()
			for _, s := range c.links {
				if !links[s] {
					t.Errorf("does not lead to %q: %v", s, links)
				}
			}
			for _, s := range c.noLinks {
				if links[s] {
					t.Errorf("leads to %q", s)
				}
			}
			for _, s := range c.fields {
				if doc.input(s) == nil {
					t.Errorf("lacks the field %q", s)
				}
			}
			for _, s := range c.noFields {
				if doc.input(s) != nil {
					t.Errorf("has the field %q", s)
				}
			}
		})
	}
}

func TestErrorPage_keeps_cause_and_cure_for_development(t *testing.T) {
	t.Parallel()
	page := sample(t, "error-dev").(ui.ErrorPage)
	page.Dev = false
	out := render(t, newRenderer(t, ui.Config{}), page)
	// UIX-043
	for _, s := range []string{page.Cause, page.Cure, page.Docs} {
		if strings.Contains(out, s) {
			t.Errorf("shows %q outside development", s)
		}
	}
}

func TestErrorPage_is_whole_for_every_status_and_code(t *testing.T) {
	t.Parallel()
	r := newRenderer(t, ui.Config{})
	for status := 400; status < 600; status++ {
		for _, code := range []string{"", "no_such_code", "busy", "throttled"} {
			page := ui.ErrorPage{Frame: ui.Frame{Now: time.Unix(0, 0)}, Status: status, Code: code}
			doc := parse(t, render(t, r, page))
			main := doc.one(t, "main")
			if links := within(main, "a"); len(links) != 1 {
				t.Fatalf("%d %s: %d links, want the one way on", status, code, len(links))
			}
			if len(within(main, "p")) == 0 || text(within(main, "p")[0]) == "" {
				t.Fatalf("%d %s: does not say what to do", status, code)
			}
		}
	}
}

func TestSessionsPage_shows_this_session_first_and_names_each_button(t *testing.T) {
	t.Parallel()
	doc := parse(t, render(t, newRenderer(t, ui.Config{}), sample(t, "sessions")))
	headings := doc.all("h2")
	// UIX-036
	if !strings.Contains(text(headings[0]), "This session") || strings.Contains(text(headings[1]), "This session") {
		t.Error("this session is not the first row")
	}
	names := map[string]bool{}
	for _, b := range doc.all("button") {
		name := text(b)
		if strings.HasPrefix(name, "End session") && names[name] {
			t.Errorf("two buttons are called %q", name)
		}
		names[name] = true
	}
	if !names["End session: Safari, iPhone"] {
		t.Errorf("the buttons do not say which session they end: %v", names)
	}
}

func TestTimes_are_elements_with_a_machine_form(t *testing.T) {
	t.Parallel()
	doc := parse(t, render(t, newRenderer(t, ui.Config{}), sample(t, "sessions")))
	times := doc.all("time")
	// UIX-058
	if len(times) != 6 {
		t.Fatalf("%d time elements, want 6", len(times))
	}
	for _, n := range times {
		if _, err := time.Parse("2006-01-02T15:04:05Z", attr(n, "datetime")); err != nil || text(n) == "" {
			t.Errorf("datetime %q, words %q", attr(n, "datetime"), text(n))
		}
	}
}

func TestEnrolPage_draws_the_code_large_white_and_without_markup_from_outside(t *testing.T) {
	t.Parallel()
	doc := parse(t, render(t, newRenderer(t, ui.Config{}), sample(t, "totp")))
	for _, n := range doc.all("svg") {
		if attr(n, "role") != "img" {
			continue
		}
		// UIX-029
		if attr(n, "width") < "200" || attr(n, "viewBox") != "0 0 57 57" || attr(n, "aria-label") == "" {
			t.Errorf("width %s, viewBox %s", attr(n, "width"), attr(n, "viewBox"))
		}
		background, path := within(n, "rect"), within(n, "path")
		if len(background) != 1 || attr(background[0], "fill") != "#fff" || len(path) != 1 || attr(path[0], "fill") != "#000" || attr(path[0], "d") == "" {
			t.Error("not dark modules in one path on white")
		}
		return
	}
	t.Error("no code")
}

// UIX-059: what browsers may keep alive for the way back knows that it is
// somebody's own, so that the script hides it; nobody else's page is asked for
// twice.
func TestPages_of_somebody_signed_in_are_marked(t *testing.T) {
	t.Parallel()
	forEachSample(t, func(t *testing.T, s ui.Sample, doc document) {
		signedIn := reflect.ValueOf(s.Page).FieldByName("SignedInAs").String() != ""
		private := slices.ContainsFunc(doc.one(t, "body").Attr, func(a html.Attribute) bool { return a.Key == "data-private" })
		if signedIn != private {
			t.Errorf("signed in: %t, marked: %t", signedIn, private)
		}
	})
}

func TestPaths_follow_the_configuration_and_escape_their_parts(t *testing.T) {
	t.Parallel()
	r := newRenderer(t, ui.Config{BasePath: "/id/eu", Home: "/app"})
	links := parse(t, render(t, r, ui.SessionsPage{Sessions: []ui.SessionRow{{Ref: "a/../b?c"}}})).links()
	for _, want := range []string{"/app", "/id/eu/sign-out", "/id/eu/account/sessions/a%2F..%2Fb%3Fc/end"} {
		if !links[want] {
			t.Errorf("does not lead to %s: %v", want, links)
		}
	}
	for link := range links {
		if strings.HasPrefix(link, "/auth") {
			t.Errorf("%s ignores the base path", link)
		}
	}
}

func TestScheme_a_stored_choice_is_on_the_document(t *testing.T) {
	t.Parallel()
	r := newRenderer(t, ui.Config{})
	for _, scheme := range []ui.Scheme{"", ui.SchemeLight, ui.SchemeDark} {
		doc := parse(t, render(t, r, ui.SignInPage{Frame: ui.Frame{Scheme: scheme}}))
		// UIX-012
		if got := attr(doc.one(t, "html"), "data-theme"); got != string(scheme) {
			t.Errorf("data-theme is %q, want %q", got, scheme)
		}
	}
}

func TestPolicy_allows_nothing_that_the_pages_do_not_need(t *testing.T) {
	t.Parallel()
	// UIX-003
	const want = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
	if ui.ContentSecurityPolicy != want {
		t.Errorf("policy is %s", ui.ContentSecurityPolicy)
	}
}
