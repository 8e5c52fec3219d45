package axesstest_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/axess-go/axess"
	"github.com/axess-go/axess/axesstest"
	"github.com/axess-go/axess/axesstest/httpscan"
	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/identity"
)

// TKT-017: whoever reads a failure sees what was sent, what came back and what the
// log says about it.
func TestAnswer_failures_tell_the_story(t *testing.T) {
	t.Parallel()
	x := &expected{TB: t}
	k := axesstest.New(x, app)
	ada := k.SignIn("ada@example.org")
	page := ada.Get("/notes")
	for name, c := range map[string]struct {
		f    func()
		want []string
	}{
		"status":      {func() { page.Want(404) }, []string{"status 200, want 404", "GET /notes", "notes of ada", `"msg":"request"`, page.Header.Get("X-Request-Id")}},
		"text":        {func() { page.WantText("no such words") }, []string{`no "no such words"`}},
		"place":       {func() { page.WantAt("/") }, []string{"at /notes, want /"}},
		"sign-in":     {func() { page.WantSignIn() }, []string{"at /notes with 200, want the sign-in page"}},
		"problem":     {func() { page.WantProblem("forbidden") }, []string{`code "", want "forbidden"`}},
		"code":        {func() { k.Browser().Fetch("GET", "/notes", nil).WantProblem("forbidden") }, []string{`code "unauthenticated", want "forbidden"`}},
		"redirects":   {func() { k.Browser().Get("/notes").Want(404) }, []string{"GET /notes → /auth/sign-in?next=%2Fnotes"}},
		"no form":     {func() { page.Submit("/other", nil) }, []string{"no form that posts to /other"}},
		"no field":    {func() { page.Submit("/notes", axesstest.Form{"title": "x"}) }, []string{"the form to /notes has no field title"}},
		"mail":        {func() { k.Mail.Last("eve@example.org") }, []string{"no mail to eve@example.org", "to ada@example.org: Confirm your address (verify)"}},
		"link":        {func() { k.Mail.Link("eve@example.org") }, []string{"no mail with a link to eve@example.org"}},
		"factor":      {func() { k.SignIn("ada@example.org", axesstest.With("passkey")) }, []string{`no factor "passkey"`}},
		"assurance":   {func() { k.SignIn("ada@example.org", axesstest.Assurance(identity.AAL3)) }, []string{"nobody here reaches aal3"}},
		"role":        {func() { k.SignIn("ada@example.org", axesstest.Role("no role!")) }, []string{"ada@example.org: authn: grant role"}},
		"app":         {func() { k.Code("nobody@example.org") }, []string{"nobody@example.org has no authenticator app"}},
		"account":     {func() { k.Subject("nobody@example.org") }, []string{"nobody@example.org: "}},
		"address":     {func() { k.Browser().Get("https://%zz") }, []string{"axesstest: "}},
		"skip":        {func() { axesstest.Attack(t, k, axesstest.Without("typo", "x")) }, []string{`no attack "typo"`}},
		"skip why":    {func() { axesstest.Attack(t, k, axesstest.Without("host", " ")) }, []string{"why is host left out?"}},
		"no handler":  {func() { axesstest.New(x, func(*axess.Axess) http.Handler { return nil }) }, []string{"no handler"}},
		"config":      {func() { axesstest.New(x, nil, axesstest.Config(func(c *axess.Config) { c.Origin = "" })) }, []string{"configuration refused"}},
		"route":       {func() { axesstest.New(x, twice) }, []string{`route "GET /a"`}},
		"sign-up":     {func() { closed(x).SignIn("ada@example.org") }, []string{"status 404, want 200", "GET /auth/sign-up"}},
		"pages":       {func() { axesstest.Attack(t, axesstest.New(x, bare)) }, []string{"the pages are not mounted"}},
		"not encoded": {func() { ada.Fetch("POST", "/notes", func() {}) }, []string{"unsupported type"}},
	} {
		said := x.fails(c.f)
		if said == "" {
			t.Errorf("%s: did not fail", name)
		}
		for _, want := range c.want {
			if !strings.Contains(said, want) {
				t.Errorf("%s: no %q in\n%s", name, want, said)
			}
		}
	}
}

func twice(auth *axess.Axess) http.Handler {
	rt := auth.Routes()
	for range 2 {
		rt.Public("GET /a", func(http.ResponseWriter, *http.Request) {})
	}
	return rt
}

func closed(t testing.TB) *axesstest.Kit {
	return axesstest.New(t, nil, axesstest.Config(func(c *axess.Config) { c.SignUp = axess.SignUpClosed }))
}

func bare(auth *axess.Axess) http.Handler { return auth.Handler(http.NewServeMux()) }

// ASR-011, ASR-009: a program that gives a secret away fails its test without
// asking for it.
func TestKit_scans_the_program(t *testing.T) {
	t.Parallel()
	for name, leak := range map[string]func(w http.ResponseWriter, r *http.Request){
		"the password": func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, axesstest.Password) },
		"the session":  func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, r.Header.Get("Cookie")) },
		"a person, kept": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Cache-Control", "public")
			fmt.Fprint(w, "ada@example.org")
		},
		"another's site": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", "https://evil.example")
			w.WriteHeader(303)
		},
		"the tool's name": func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("X-Powered-By", "Go") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			program := func(auth *axess.Axess) http.Handler {
				rt := auth.Routes()
				rt.Authn("GET /leak", func(w http.ResponseWriter, r *http.Request, _ axess.Authenticated) { leak(w, r) })
				return rt
			}
			for _, excused := range []bool{false, true} {
				x := &expected{TB: t}
				k := axesstest.New(x, program)
				if excused {
					for _, r := range httpscan.Rules() {
						k.Scan.Except(r, "/leak", "a test")
					}
				}
				k.SignIn("ada@example.org", axesstest.With(factor.TOTP)).Get("/leak")
				var found int
				for _, f := range k.Scan.Findings() {
					if f.Rule != httpscan.Stale {
						found++
					}
				}
				if excused != (found == 0) {
					t.Errorf("excused %v: %v", excused, k.Scan.Findings())
				}
				if !excused {
					continue
				}
			}
		})
	}
}
