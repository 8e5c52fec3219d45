package ui_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/axess-go/axess/internal/fronttest"
)

// pages are all of them with the methods that they take; an id in a path is one
// that nothing has.
var pages = map[string]string{
	"/auth/sign-in":               "GET, HEAD, POST",
	"/auth/factor/password":       "GET, HEAD, POST",
	"/auth/factor/totp":           "GET, HEAD, POST",
	"/auth/factor/nothing":        "GET, HEAD, POST",
	"/auth/step-up/leave":         "POST",
	"/auth/sign-up":               "GET, HEAD, POST",
	"/auth/sign-up/sent":          "GET, HEAD",
	"/auth/verify":                "GET, HEAD, POST",
	"/auth/reset":                 "GET, HEAD, POST",
	"/auth/reset/sent":            "GET, HEAD",
	"/auth/reset/new":             "GET, HEAD, POST",
	"/auth/enrol":                 "GET, HEAD, POST",
	"/auth/step-up":               "GET, HEAD",
	"/auth/rebind":                "GET, HEAD, POST",
	"/auth/account/password":      "GET, HEAD, POST",
	"/auth/account/email":         "GET, HEAD, POST",
	"/auth/account/email/cancel":  "POST",
	"/auth/account/names":         "GET, HEAD, POST",
	"/auth/account/names/primary": "POST",
	"/auth/account/names/remove":  "POST",
	"/auth/account/names/cancel":  "POST",
	"/auth/address":               "GET, HEAD, POST",
	"/auth/undo":                  "GET, HEAD, POST",
	"/auth/account":               "GET, HEAD",
	"/auth/account/factors/totp":  "GET, HEAD, POST",
	"/auth/sign-in/password":      "GET, HEAD, POST",
	"/auth/account/factors/totp/00000000-0000-4000-8000-000000000001/remove": "GET, HEAD, POST",
	"/auth/account/factors/totp/x/remove":                                    "GET, HEAD, POST",
	"/auth/account/history":                                                  "GET, HEAD",
	"/auth/account/history?show=changes&before=x":                            "GET, HEAD",
	"/auth/account/sessions":                                                 "GET, HEAD",
	"/auth/account/sessions/x/end":                                           "POST",
	"/auth/account/sessions/end-others":                                      "GET, HEAD, POST",
	"/auth/account/sessions/00000000000000000000000000000001/end":            "POST",
	"/auth/sign-out":                                                         "GET, HEAD, POST",
	"/auth/stop-acting":                                                      "POST",
	"/auth/account/language":                                                 "POST",
	"/auth/language/de":                                                      "GET, HEAD",
	"/auth/language/nothing":                                                 "GET, HEAD",
	"/":                                                                      "GET, HEAD",
}

// For every page and every state of the session the answer is that page, a
// redirect, or an error page: never blank, never 500, never stored. UIX-007,
// UIX-043, UIX-055, UIX-056, GRD-032, MID-044, MID-063
func TestHandlers_every_page_in_every_state(t *testing.T) {
	t.Parallel()
	for _, state := range fronttest.States() {
		t.Run(state.Name, func(t *testing.T) {
			t.Parallel()
			for path, methods := range pages {
				s, b := state.Reach(t)
				for _, method := range []string{"PUT", "OPTIONS", "GET", "POST"} { // what changes something comes last
					if method != "GET" && b.Cookies[b.Cookie("-csrf")] == "" {
						b.Get("/auth/sign-in")
					}
					a := b.Send(b.Request(method, path, fronttest.Form{"identifier": "ada@example.org", "password": "wrong wrong wrong", "code": "000000"}))
					what := method + " " + path
					sound(t, what, a)
					// Whoever is let in gets to know which methods there are.
					if !slices.Contains(strings.Split(methods, ", "), method) && a.Status != 403 && a.Status != 503 &&
						(a.Status != 405 || path != "/" && a.Header.Get("Allow") != methods) {
						t.Errorf("%s: %d, Allow %q, want 405 with %q", what, a.Status, a.Header.Get("Allow"), methods)
					}
					if strings.Contains(s.Log.Take(), "page not rendered") {
						t.Errorf("%s: a page could not be rendered", what)
					}
				}
			}
		})
	}
}

// sound is what holds for every answer of every page.
func sound(t *testing.T, what string, a fronttest.Answer) {
	t.Helper()
	if a.Status >= 500 && a.Status != http.StatusServiceUnavailable {
		t.Errorf("%s: %d\n%s", what, a.Status, a.Body)
	}
	if a.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("%s: Cache-Control %q", what, a.Header.Get("Cache-Control"))
	}
	names := map[string]int{}
	for _, line := range a.Header["Set-Cookie"] {
		name, _, _ := strings.Cut(line, "=")
		if names[name]++; names[name] > 1 {
			t.Errorf("%s: sets %s twice", what, name)
		}
		if !strings.Contains(line, "HttpOnly") || !strings.Contains(line, "SameSite=Lax") || !strings.Contains(line, "Path=/") {
			t.Errorf("%s: cookie %s", what, line)
		}
	}
	switch a.Status {
	case http.StatusSeeOther:
		if !strings.HasPrefix(a.Header.Get("Location"), "/") {
			t.Errorf("%s: leads to %q", what, a.Header.Get("Location"))
		}
	default:
		if a.Header.Get("Content-Type") != "text/html; charset=utf-8" || strings.Count(a.Body, "<h1>") != 1 || !strings.Contains(a.Body, `class="brand"`) {
			t.Errorf("%s: %d is no page of ours: %s\n%s", what, a.Status, a.Header.Get("Content-Type"), a.Body)
		}
	}
}

// No answer and no log line repeats a secret that was sent. UIX-051, AUD-010
func TestHandlers_echo_no_secret(t *testing.T) {
	t.Parallel()
	const canary = "c4n4ry-Zeisig-Stieglitz-Gimpel"
	for _, state := range fronttest.States() {
		t.Run(state.Name, func(t *testing.T) {
			t.Parallel()
			s, b := state.Reach(t)
			s.Log.Take()
			for path := range pages {
				for _, query := range []string{"", "?token=" + canary, "?password=" + canary} {
					for _, send := range []func() fronttest.Answer{
						func() fronttest.Answer { return b.Clone().Get(path + query) },
						func() fronttest.Answer {
							return b.Clone().Post(path+query, fronttest.Form{
								"identifier": "ada@example.org", "email": "new@example.org", "name": "Ada", "label": "Phone", "new_name": "ada", "kind": "email",
								"password": canary, "current_password": canary, "code": canary, "token": canary, "scope": "none",
							})
						},
						func() fronttest.Answer {
							return b.Clone().Post(path+query, fronttest.Form{"identifier": "", "email": "", "password": canary[:8], "code": canary, "label": strings.Repeat("l", 300)})
						},
					} {
						a := send()
						text := a.Body + fmt.Sprint(a.Header)
						if i := strings.Index(text, canary[:8]); i >= 0 && !strings.Contains(a.Header.Get("Location"), "next=") {
							t.Errorf("%s%s: %d repeats it: …%s…", path, query, a.Status, text[max(0, i-80):min(len(text), i+80)])
						}
					}
				}
			}
			if text := s.Log.Take(); strings.Contains(text, canary[:8]) {
				t.Error("the log repeats it")
			}
		})
	}
}

// Programs that speak JSON get documents from the forms, too. UIX-051, MID-060
// UIX-043: a link that does not work leads to where one asks for another of its kind.
func TestHandlers_a_dead_link_leads_to_a_new_one(t *testing.T) {
	t.Parallel()
	s := fronttest.New(t)
	b := s.Browser()
	for path, want := range map[string]string{
		"/auth/verify": "/auth/sign-up", "/auth/reset/new": "/auth/reset",
		"/auth/address": "/auth/account/email", "/auth/undo": "/auth/account/email", "/auth/rebind": "/auth/sign-in",
	} {
		b.Get(path+"?token=nonsense").Is(t, 303)
		if a := b.Get(path).Is(t, 400); !strings.Contains(a.Body, `href="`+want+`">Ask for a new link`) {
			t.Errorf("%s:\n%s", path, a.Body)
		}
	}
}

func TestHandlers_answer_json_in_json(t *testing.T) {
	t.Parallel()
	s := fronttest.New(t)
	s.Person("known@example.org")
	b := s.Browser()
	b.Get("/auth/sign-in")
	for _, tc := range []struct {
		path, want string
		form       fronttest.Form
	}{
		{"/auth/sign-in", `"status":401,"code":"invalid_credentials"`, fronttest.Form{"identifier": "known@example.org", "password": "not the right one"}},
		{"/auth/sign-in", `"errors":[{"field":"identifier","rule":"identifier"`, fronttest.Form{"password": "x"}},
		{"/auth/sign-in", `"field":"password","rule":"password_missing"`, fronttest.Form{"identifier": "known@example.org"}},
		{"/auth/sign-up", `"status":422,"code":"validation_failed"`, fronttest.Form{"email": "x", "password": fronttest.Password}},
		{"/auth/sign-up", `"rule":"password_short"`, fronttest.Form{"email": "ada@example.org", "password": "short"}},
		{"/auth/verify", `"status":400,"code":"token_invalid"`, nil},
		{"/auth/account/factors/totp", `"status":401,"code":"unauthenticated"`, nil},
	} {
		b := b.Clone()
		r := b.Request("POST", tc.path, tc.form)
		r.Header.Set("Accept", "application/json")
		r.Header.Set("Sec-Fetch-Mode", "cors")
		a := b.Send(r)
		if a.Header.Get("Content-Type") != "application/problem+json" || !strings.Contains(a.Body, tc.want) {
			t.Errorf("%s: %d %s %s, want %s", tc.path, a.Status, a.Header.Get("Content-Type"), a.Body, tc.want)
		}
	}
	for range 5 {
		s.Clock.Advance(7 * time.Second)
		r := b.Request("POST", "/auth/sign-in", fronttest.Form{"identifier": "known@example.org", "password": "not the right one"})
		r.Header.Set("Accept", "application/json")
		if a := b.Send(r); a.Status == 429 {
			if a.Header.Get("Retry-After") < "8" || !strings.Contains(a.Body, `"code":"throttled"`) || !strings.Contains(a.Body, `"retry_at":"2026-05-04T12:`) {
				t.Errorf("%v %s", a.Header, a.Body)
			}
			return
		}
	}
	t.Error("never throttled")
}

// GRD-031
func TestHandlers_overlong_segment(t *testing.T) {
	t.Parallel()
	_, b := fronttest.States()[2].Reach(t)
	if a := b.Fetch("GET", "/auth/factor/"+strings.Repeat("a", 1025)); a.Status != 400 || !strings.Contains(a.Body, "bad_identifier") {
		t.Errorf("%d %s", a.Status, a.Body)
	}
}

// SES-064, UIX-007: looking at pages writes nothing.
func TestHandlers_guest_reads_only(t *testing.T) {
	t.Parallel()
	s := fronttest.New(t)
	b := s.Browser()
	s.Ports.Take() // the start
	for path := range pages {
		b.Get(path)
		b.Get(path)
	}
	if calls := s.Ports.Take(); slices.ContainsFunc(calls, writes) {
		t.Errorf("looking wrote: %v", calls)
	}
	// The start page and the page after a sign-up set no cookie at all.
	for _, path := range []string{"/", "/auth/sign-out", "/auth/sign-up/sent", "/auth/nothing"} {
		if a := s.Browser().Get(path); len(a.Header["Set-Cookie"]) != 0 {
			t.Errorf("%s sets %q", path, a.Header["Set-Cookie"])
		}
	}
}
