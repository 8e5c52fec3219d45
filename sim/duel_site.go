package sim

import (
	"fmt"
	"html"
	"net/http"
	"strings"

	"github.com/axess-go/axess"
	"github.com/axess-go/axess/session"
)

// notes is a place for what a program keeps in a session, each thing under its own name.
func notes(mux *http.ServeMux, auth *axess.Axess) {
	mux.Handle("GET /note", auth.RequireAuthn(func(rw http.ResponseWriter, r *http.Request, _ axess.Authenticated) {
		sess, err := session.From(r.Context())
		if err != nil {
			http.Error(rw, "no session", http.StatusInternalServerError)
			return
		}
		for _, name := range noteNames() {
			if _, has, err := noteKey(name).Get(sess); err == nil && has {
				fmt.Fprintln(rw, "noted:", name)
			}
		}
		fmt.Fprintf(rw, `<form method="post" action="/note"><input type="hidden" name="_csrf" value="%s"></form>`, html.EscapeString(auth.CSRF(r.Context())))
	}))
	mux.Handle("POST /note", auth.RequireAuthn(func(rw http.ResponseWriter, r *http.Request, _ axess.Authenticated) {
		sess, err := session.From(r.Context())
		if err != nil {
			http.Error(rw, "no session", http.StatusInternalServerError)
			return
		}
		for _, name := range noteNames() {
			if v := r.FormValue(name); v != "" {
				if err := noteKey(name).Set(sess, v); err != nil {
					http.Error(rw, "not now", http.StatusServiceUnavailable)
					return
				}
			}
		}
		rw.WriteHeader(http.StatusNoContent)
	}))
}

func noteNames() []string { return []string{left.String(), right.String()} }

func noteKey(name string) session.Key[string] { return session.NewKey[string]("note." + name) }

// noted says that a page shows the note of a side.
func noted(page string, by side) bool { return strings.Contains(page, "noted: "+by.String()) }
