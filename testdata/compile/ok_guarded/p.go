// Compiles.
package p

import (
	"net/http"

	"github.com/axess-go/axess"
)

func wire(auth *axess.Axess) http.Handler {
	rt := auth.Routes()
	rt.Public("GET /{$}", func(http.ResponseWriter, *http.Request) {})
	rt.Authn("GET /notes", notes)
	rt.Partial("GET /half", half)
	mux := http.NewServeMux()
	mux.Handle("GET /more", auth.RequireAuthn(notes))
	mux.Handle("GET /less", auth.RequirePartialAuthn(half))
	rt.Mount("/sub/", mux)
	return auth.Handler(rt)
}

func notes(_ http.ResponseWriter, _ *http.Request, who axess.Authenticated) { _ = who.UserID() }

func half(_ http.ResponseWriter, _ *http.Request, p axess.Partial) { _ = p.Remaining() }
