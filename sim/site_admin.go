package sim

import (
	"context"
	"errors"
	"fmt"
	"html"
	"net/http"
	"strings"

	"github.com/axess-go/axess"
	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/store"
)

// tenantOf says which tenant a request is about.
func (w *World) tenantOf(r *http.Request) identity.TenantID {
	switch {
	case !strings.HasSuffix(Second, "//"+r.Host):
		return identity.TenantID{}
	case w.second.IsZero():
		return identity.NewTenantID(entropy.Seeded(2)) // nobody's
	}
	return w.second
}

// originOf is where the people of a tenant are.
func (w *World) originOf(t identity.TenantID) string {
	if t == w.second {
		return Second
	}
	return Origin
}

// verbs are what an administrator can do to somebody here.
func verbs(a *authn.Admin) map[string]func(context.Context, authn.Order) error {
	return map[string]func(context.Context, authn.Order) error{
		"suspend": a.Suspend, "activate": a.Activate, "reset": a.InitiateReset, "factors": a.ResetFactors,
		"clear": a.ClearAttempts, "erase": a.Erase, "mark": a.MarkCompromised,
	}
}

// office is the page of administrators.
func office(auth *axess.Axess) axess.AdminHandler {
	return func(rw http.ResponseWriter, r *http.Request, _ axess.Administrator) {
		for _, verb := range []string{"suspend", "activate", "reset", "factors", "clear", "erase", "mark"} {
			offer(rw, r, auth, verb)
		}
	}
}

// proved is the form for acting as somebody, for whoever has proved themselves lately.
func proved(auth *axess.Axess) axess.AdminHandler {
	return func(rw http.ResponseWriter, r *http.Request, who axess.Administrator) {
		if who.Proved(rw, r) {
			offer(rw, r, auth, "act")
		}
	}
}

func offer(rw http.ResponseWriter, r *http.Request, auth *axess.Axess, verb string) {
	fmt.Fprintf(rw, `<form method="post" action="/admin/%s"><input type="hidden" name="_csrf" value="%s"></form>`,
		verb, html.EscapeString(auth.CSRF(r.Context())))
}

// ruled carries an order out.
func ruled(auth *axess.Axess) axess.AdminHandler {
	return func(rw http.ResponseWriter, r *http.Request, who axess.Administrator) {
		user, err := identity.Parse[identity.UserID](r.FormValue("user"))
		if err != nil {
			http.Error(rw, "whom?", http.StatusBadRequest)
			return
		}
		if r.PathValue("verb") == "act" {
			if who.Impersonate(rw, r, user, "the simulation", actFor) {
				http.Redirect(rw, r, "/me", http.StatusSeeOther)
			}
			return
		}
		verb := verbs(auth.Admin())[r.PathValue("verb")]
		err = verb(r.Context(), authn.Order{
			Actor: who.Principal(), Subject: identity.Subject{Tenant: who.Tenant(), User: user}, Reason: "the simulation",
		})
		switch {
		case err == nil:
			http.Redirect(rw, r, "/admin", http.StatusSeeOther)
		case errors.Is(err, store.ErrUnavailable):
			http.Error(rw, "not now", http.StatusServiceUnavailable)
		default:
			http.Error(rw, err.Error(), http.StatusConflict)
		}
	}
}
