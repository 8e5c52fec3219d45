package fronttest

import (
	"fmt"
	"html"
	"net/http"

	"github.com/axess-go/axess"
	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/identity"
)

// Administrator claims the site for an address and returns the administrator's
// browser, signed in with both steps, and what their app shows.
func (s *Site) Administrator(email string) (*Browser, func() string) {
	s.T.Helper()
	b := s.Browser()
	b.Get(s.ClaimLink()).Is(s.T, http.StatusSeeOther)
	b.Post("/auth/activate", Form{"email": email, "name": "Boss", "password": Password}).Is(s.T, http.StatusSeeOther)
	app := s.App(b.Get("/auth/activate").Is(s.T, http.StatusOK))
	b.Post("/auth/activate", Form{"code": app()}).Is(s.T, http.StatusSeeOther)
	return b, app
}

// DeskPath is where [Desk] lets administrators act as somebody else.
const DeskPath = "/desk"

// Desk is a program's own page on which an administrator begins to act as somebody
// else. Its form takes person, reason and minutes.
func Desk(auth *axess.Axess, rt *axess.Routes) {
	rt.Admin("GET "+DeskPath, func(w http.ResponseWriter, r *http.Request, who axess.Administrator) {
		if !who.Proved(w, r) {
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprintf(w, `<!doctype html><html lang="en"><title>Desk</title><body>%s<main><h1>Desk</h1>
<form method="post"><input type="hidden" name="_csrf" value="%s"><label>Person <input name="person"></label>
<label>Reason <input name="reason"></label><button>Act</button></form></main></body></html>`,
			auth.Banner(r), html.EscapeString(auth.CSRF(r.Context())))
	})
	rt.Admin("POST "+DeskPath, func(w http.ResponseWriter, r *http.Request, who axess.Administrator) {
		target, err := identity.Parse[identity.UserID](r.FormValue("person"))
		if err != nil {
			http.Error(w, "whom?", http.StatusUnprocessableEntity)
			return
		}
		if who.Impersonate(w, r, target, r.FormValue("reason"), 0) {
			http.Redirect(w, r, "/auth/account", http.StatusSeeOther)
		}
	})
}

// Acting is a browser in which the administrator boss@example.org acts as somebody.
func (s *Site) Acting(email string) *Browser {
	s.T.Helper()
	Desk(s.Auth, s.Routes)
	b, _ := s.Administrator("boss@example.org")
	b.Get(DeskPath).Is(s.T, http.StatusOK)
	b.Post(DeskPath, Form{"person": s.Account(email).User.ID.String(), "reason": "ticket 7"}).Is(s.T, http.StatusSeeOther)
	return b
}

// Known is a browser in which somebody, whose password is marked as known to others,
// has passed every step of a sign-in and owes another one.
func (s *Site) Known(email string) *Browser {
	s.T.Helper()
	s.MarkCompromised(email)
	return s.SignIn(email)
}

// MarkCompromised marks the password of somebody as known to others.
func (s *Site) MarkCompromised(email string) {
	s.T.Helper()
	admin, err := authn.NewAdmin(authn.AdminConfig{Accounts: s.Auth.Authn()})
	if err == nil {
		var system identity.Human
		if system, err = identity.System("a test"); err == nil {
			err = admin.MarkCompromised(s.T.Context(), authn.Order{Actor: system, Subject: s.Account(email).User.Subject(), Reason: "it is in a list"})
		}
	}
	if err != nil {
		s.T.Fatal(err)
	}
}
