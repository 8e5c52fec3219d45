package axesstest_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/axess-go/axess"
	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/axesstest"
	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/identity"
)

// app is a program of somebody who uses the library.
func app(auth *axess.Axess) http.Handler {
	rt := auth.Routes()
	rt.Public("GET /{$}", auth.Home().ServeHTTP)
	rt.Authn("GET /notes", func(w http.ResponseWriter, r *http.Request, who axess.Authenticated) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprintf(w, `<form method="post" action="/notes"><input type="hidden" name="_csrf" value="%s"><input name="text"></form>
<p>notes of %s at %v from %s</p>`, auth.CSRF(r.Context()), who.DisplayName(), who.Assurance().AAL, r.UserAgent())
	})
	rt.Authn("POST /notes", func(w http.ResponseWriter, r *http.Request, _ axess.Authenticated) {
		fmt.Fprintf(w, "kept %q", r.PostFormValue("text"))
	})
	rt.Authn("DELETE /notes/{id}", func(w http.ResponseWriter, _ *http.Request, _ axess.Authenticated) {
		w.WriteHeader(http.StatusNoContent)
	})
	return rt
}

// development is a program as its author runs it.
func development() axesstest.Option {
	return axesstest.Config(func(c *axess.Config) { c.Origin, c.Keys, c.SingleNode = "http://localhost:8080", nil, "" })
}

// ways are the ways in which a kit may be wired: a test that passes on one passes
// on all.
func ways(t *testing.T, test func(t *testing.T, options ...axesstest.Option)) {
	t.Helper()
	dev := development()
	for name, options := range map[string][]axesstest.Option{
		"in process": {}, "over a socket": {axesstest.OverSocket()},
		"development": {dev}, "development over a socket": {dev, axesstest.OverSocket()},
		"everybody has an app": {axesstest.Config(func(c *axess.Config) { c.Methods = authn.MFAMethods() })},
		"under another path":   {axesstest.Config(func(c *axess.Config) { c.BasePath = "/id" })},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, options...)
		})
	}
}

// ASR-011, TKT-002: whoever is signed in got there through the pages.
func TestSignIn(t *testing.T) {
	t.Parallel()
	ways(t, func(t *testing.T, options ...axesstest.Option) {
		k := axesstest.New(t, app, options...)
		k.Browser().Get("/notes").WantSignIn()
		k.Browser().Fetch("GET", "/notes", nil).Want(401).WantSignIn().WantProblem("unauthenticated")

		ada := k.SignIn("ada@example.org", axesstest.With(factor.Password, factor.TOTP))
		ada.Get("/notes").Want(200).WantText("notes of ada at aal2").WantAt("/notes")
		ada.Fetch("DELETE", "/notes/1", nil).Want(204)
		ada.Post("/notes", axesstest.Form{"text": "milk"}).Want(200).WantText(`kept "milk"`)
		ada.Get("/notes").Submit("/notes", axesstest.Form{"text": "eggs"}).Want(200).WantText(`kept "eggs"`)

		// Four at once, of whom each has typed a code of their own.
		for range 4 {
			k.SignIn("ada@example.org", axesstest.Assurance(identity.AAL2)).Get("/notes").Want(200)
		}
		k.SignIn("ada@example.org", axesstest.HalfWay()).Get("/notes").WantAt(strings.Replace(k.Auth.URL(axess.PageSignIn, nil), "sign-in", "factor/totp", 1))

		from := axesstest.Address("127.0.0.1:99")
		if k.URL == axesstest.Origin { // development answers this machine alone
			from = axesstest.Address("192.0.2.7:99")
		}
		k.SignIn("bob@example.org", axesstest.UserAgent("Bob/1"), from, axesstest.Assurance(identity.AAL1)).Get("/notes").Want(200).WantText("from Bob/1")
		// The clock rules over sessions and cookies.
		k.Clock.Advance(24*time.Hour + time.Second)
		ada.Get("/notes").WantSignIn()
	})
}

// TKT-001: from nothing to somebody who is signed in with both factors, with the
// whole way through the pages.
func BenchmarkSignIn(b *testing.B) {
	for b.Loop() {
		axesstest.New(b, app).SignIn("ada@example.org", axesstest.With(factor.Password, factor.TOTP))
	}
}
