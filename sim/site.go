package sim

import (
	"encoding/json"
	"fmt"
	"html"
	"net/http"
	"time"

	"github.com/axess-go/axess"
	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/session"
)

// view is what the site says about who asks.
type view struct {
	User     identity.UserID     `json:"user"`
	Tenant   identity.TenantID   `json:"tenant"`
	At       time.Time           `json:"at"`
	Evidence []identity.Evidence `json:"evidence"`
	Actor    identity.UserID     `json:"actor"`
	Session  identity.SessionID  `json:"session"`
}

func look(who axess.Authenticated) *view {
	v := &view{User: who.UserID(), Tenant: who.Tenant(), At: who.AuthTime(), Evidence: who.Factors(), Session: who.SessionRef()}
	if actor, acts := who.Actor(); acts {
		v.Actor = actor.Subject.User
	}
	return v
}

func (v *view) kinds() (kinds []identity.Kind) {
	for _, e := range v.Evidence {
		kinds = append(kinds, e.Kind)
	}
	return kinds
}

// read is the view in an answer; nil if there is none.
func (a answer) view() *view {
	v := &view{}
	if a.Code != http.StatusOK || json.Unmarshal([]byte(a.Body), v) != nil {
		return nil
	}
	return v
}

// vaultAge is how lately somebody must have proved themselves to see what is precious.
const vaultAge = 2 * time.Minute

// site is what the program itself serves, around the pages.
func (w *World) site(auth *axess.Axess) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/auth/", auth.Pages())
	mux.Handle("GET /{$}", auth.Home())
	mux.Handle("GET /me", auth.RequireAuthn(w.let(me)))
	mux.Handle("GET /admin", auth.RequireAdmin(w.letAdmin(office(auth))))
	mux.Handle("GET /admin/act", auth.RequireAdmin(w.letAdmin(proved(auth))))
	mux.Handle("POST /admin/{verb}", auth.RequireAdmin(w.letAdmin(ruled(auth))))
	mux.Handle("GET /deed", auth.RequireAuthn(w.let(func(rw http.ResponseWriter, r *http.Request, _ axess.Authenticated) {
		fmt.Fprintf(rw, `<form method="post" action="/deed"><input type="hidden" name="_csrf" value="%s"></form>`, html.EscapeString(auth.CSRF(r.Context())))
	})))
	mux.Handle("POST /deed", auth.RequireAuthn(w.let(func(rw http.ResponseWriter, r *http.Request, _ axess.Authenticated) {
		if r.FormValue("by") == evil {
			w.ghost.notice("I31", "a page of another site does something in somebody's name")
		}
		rw.WriteHeader(http.StatusNoContent)
	})))
	keys := shelves()
	mux.Handle("GET /basket", auth.RequireAuthn(w.let(basketOf(auth, keys))))
	mux.Handle("POST /basket", auth.RequireAuthn(w.let(putInto(keys))))
	mux.Handle("GET /vault", auth.RequireAuthn(w.let(vault(auth))))
	if w.bout != nil {
		notes(mux, auth)
	}
	if w.cfg.Within != nil {
		return auth.Handler(w.cfg.Within(mux))
	}
	return auth.Handler(mux)
}

// me says who asks.
func me(rw http.ResponseWriter, _ *http.Request, who axess.Authenticated) { show(rw, look(who)) }

func show(rw http.ResponseWriter, v *view) {
	rw.Header().Set("Content-Type", "application/json")
	json.NewEncoder(rw).Encode(v) //nolint:errcheck,errchkjson // the writer is a buffer
}

// vault shows more to whoever has lately proved the strongest that they have.
func vault(auth *axess.Axess) axess.AuthnHandler {
	return func(rw http.ResponseWriter, r *http.Request, who axess.Authenticated) {
		sess, err := session.From(r.Context())
		if err != nil {
			http.Error(rw, "no session", http.StatusInternalServerError)
			return
		}
		acct, err := auth.Authn().Self(r.Context(), sess)
		if err != nil {
			http.Error(rw, "not now", http.StatusServiceUnavailable)
			return
		}
		need := auth.Authn().Strongest(r.Context(), acct)
		need.MaxAge = vaultAge
		out, err := auth.Authn().RequireStepUp(r.Context(), sess, need)
		if err != nil {
			http.Error(rw, "not now", http.StatusServiceUnavailable)
			return
		}
		switch out := out.(type) {
		case authn.Satisfied:
			show(rw, look(who))
		case authn.StepRequired:
			http.Redirect(rw, r, "/auth/factor/"+string(out.Menu.Options[0])+"?next=/vault", http.StatusSeeOther)
		case authn.StepUpImpossible:
			http.Error(rw, "not now", http.StatusServiceUnavailable)
		}
	}
}
