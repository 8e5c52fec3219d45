package axess

import (
	"net/http"
	"net/url"

	"github.com/axess-go/axess/internal/problem"
)

// Page is one of the pages that a program may link to.
type Page uint8

// The pages.
const (
	PageSignIn Page = iota
	PageSignUp
	PageSignOut
	PageAccount
	PageSessions
)

// Next asks a page to lead back to where r was. Only a GET can be repeated by
// following a link: for every other request, and for a path that is not safe to
// go back to, it asks for nothing.
func Next(r *http.Request) url.Values {
	if r.Method != http.MethodGet {
		return nil
	}
	next, ok := problem.SafeNext(r.URL.RequestURI())
	if !ok {
		return nil
	}
	return url.Values{"next": {next}}
}

// URL is the path of a page under the configured base, for links in a program's
// own pages (PRD-058):
//
//	auth.URL(axess.PageSignIn, axess.Next(r)) // "/auth/sign-in?next=%2Fnotes"
//
// A page that does not exist is the account page.
func (a *Axess) URL(p Page, query url.Values) string {
	path, ok := map[Page]string{
		PageSignIn: "/sign-in", PageSignUp: "/sign-up", PageSignOut: "/sign-out",
		PageAccount: "/account", PageSessions: "/account/sessions",
	}[p]
	if !ok {
		path = "/account"
	}
	u := url.URL{Path: a.base + path, RawQuery: query.Encode()}
	return u.String()
}
