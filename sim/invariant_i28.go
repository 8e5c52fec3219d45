package sim

import (
	"context"
	"net/http"

	"github.com/axess-go/axess"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/session"
)

// denyByDefault: each handler behind a guard says that it runs, and for whom. The ghost
// knows what the store has answered in that request, and who was made an administrator.
func denyByDefault() invariant {
	return invariant{Invariant: Invariant{
		ID: "I28", Name: "DenyByDefault",
		Statement: "A handler behind a guard runs only in a request in which the store has answered with the session that it is given, and an administrator's only for an administrator: no failure is a yes.",
		Covers:    []string{"GRD-007", "GRD-032"},
	}}
}

// exchangeOf is the request in which the running task is; nil: none.
func (w *World) exchangeOf() *exchange {
	if ctx := w.coro.Context(); ctx != nil {
		if x, ok := ctx.Value(exchangeKey{}).(*exchange); ok {
			return x
		}
	}
	return nil
}

// answers notes that the store has given a server a session in a request.
func (g *ghost) answers(ref session.Ref, err error) {
	if x := g.w.exchangeOf(); x != nil && err == nil && !g.mute {
		x.given = append(x.given, ref)
	}
}

// let is a handler behind a guard: what it is given is held against what is known.
func (w *World) let(h axess.AuthnHandler) axess.AuthnHandler {
	if w.ghost == nil { // a bubble: nobody keeps count among real goroutines
		return h
	}
	return func(rw http.ResponseWriter, r *http.Request, who axess.Authenticated) {
		w.ghost.lets(r.Context(), r.URL.Path, who)
		h(rw, r, who)
	}
}

// letAdmin does so for what only an administrator may.
func (w *World) letAdmin(h axess.AdminHandler) axess.AdminHandler {
	if w.ghost == nil {
		return h
	}
	return func(rw http.ResponseWriter, r *http.Request, who axess.Administrator) {
		w.ghost.lets(r.Context(), r.URL.Path, who.Authenticated)
		if g := w.ghost; g.ruler != (identity.UserID{}) && who.UserID() != g.ruler {
			g.notice("I28", "what an administrator may is done for somebody who is none: %s", r.URL.Path)
		}
		h(rw, r, who)
	}
}

// lets looks at a handler that runs.
func (g *ghost) lets(ctx context.Context, path string, who axess.Authenticated) {
	x, _ := ctx.Value(exchangeKey{}).(*exchange)
	for _, ref := range x.given {
		if ref == who.SessionRef() {
			return
		}
	}
	g.notice("I28", "%s runs for a session with which no store has answered: %d others were given", path, len(x.given))
}
