package axess

import (
	"net/http"

	"github.com/axess-go/axess/internal/guard"
	"github.com/axess-go/axess/internal/respond"
)

// AuthnHandler is a handler that needs somebody signed in. It is not an
// http.Handler: mounting one without a guard does not compile (GRD-001).
type AuthnHandler func(http.ResponseWriter, *http.Request, Authenticated)

// PartialHandler is a handler for the middle of a login.
type PartialHandler func(http.ResponseWriter, *http.Request, Partial)

// OptionalHandler is a handler for everybody that wants to know who asks. who
// reads only when signedIn is true.
type OptionalHandler func(w http.ResponseWriter, r *http.Request, who Authenticated, signedIn bool)

// Optional lets everybody pass, and tells who is signed in. Whoever is in the
// middle of a login, or whose session has ended, is a guest here.
func (a *Axess) Optional(h OptionalHandler) http.Handler {
	if h == nil {
		panic("axess: Optional needs a handler")
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		who, v := mint(w, r)
		if v == guard.Miswired {
			a.table.Refuse(w, r, v)
			return
		}
		h(w, r, who, v == guard.Pass)
	})
}

// RequireAuthn lets a request pass that carries a full login, alive in this very
// load: not ended, not expired, not revoked by an epoch. Everything else is sent
// away by one table: a browser to the sign-in page and back, a fetch with 401.
func (a *Axess) RequireAuthn(h AuthnHandler) http.Handler {
	if h == nil {
		panic("axess: RequireAuthn needs a handler")
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		who, v := mint(w, r)
		if v != guard.Pass {
			a.table.Refuse(w, r, v)
			return
		}
		h(w, r, who)
	})
}

// mint is the one place where a proof of a full login comes into being. Without
// the verdict Pass the proof is the zero one, which works nowhere. It lies in the
// scope for [FromContext], and not in a context of its own: the request would have
// to be copied for that.
func mint(w http.ResponseWriter, r *http.Request) (Authenticated, guard.Verdict) {
	login, sess, v := guard.Authn(r.Context())
	if v != guard.Pass {
		return Authenticated{}, v
	}
	ref, ok := sess.Ref()
	scope := respond.From(r.Context())
	if !ok || scope == nil {
		return Authenticated{}, guard.Miswired
	}
	p := &pass{login: login, ref: ref}
	scope.Set(respond.SlotProof, p)
	noStore(w)
	return Authenticated{p}, v
}

// RequirePartialAuthn lets exactly a login in progress pass (GRD-009).
func (a *Axess) RequirePartialAuthn(h PartialHandler) http.Handler {
	if h == nil {
		panic("axess: RequirePartialAuthn needs a handler")
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		flow, _, v := guard.Partial(r.Context())
		if v != guard.Pass {
			a.table.Refuse(w, r, v)
			return
		}
		noStore(w)
		h(w, r, Partial{&flow})
	})
}

// noStore keeps what only this person may see out of every cache, unless the
// handler says otherwise (MID-044).
func noStore(w http.ResponseWriter) {
	if h := w.Header(); len(h["Cache-Control"]) == 0 {
		h["Cache-Control"] = []string{"no-store"}
	}
}
