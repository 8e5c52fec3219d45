package axess

import (
	"errors"
	"html/template"
	"net/http"
	"slices"
	"time"

	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/approval"
	"github.com/axess-go/axess/internal/guard"
	"github.com/axess-go/axess/internal/problem"
	"github.com/axess-go/axess/session"
)

// AdminHandler is a handler that needs an administrator. Like [AuthnHandler] it is
// no http.Handler: mounting one without its guard does not compile.
type AdminHandler func(http.ResponseWriter, *http.Request, Administrator)

// Administrator proves that a guard let this request pass for somebody who holds
// [identity.RoleAdmin] in their tenant, at this moment and in person: whoever acts as
// somebody else is none. Its zero value proves nothing, and every method of it panics.
type Administrator struct {
	Authenticated
	office *office
}

// office is what a guard leaves an administrator to work with.
type office struct {
	axess *Axess
	sess  *session.Session
}

// RequireAdmin lets a request pass that [Axess.RequireAuthn] would, from somebody who
// holds the administrator's role of their tenant. Others get 403. The role is read
// with the account, at every request, and counts only if this program has given it.
func (a *Axess) RequireAdmin(h AdminHandler) http.Handler {
	if h == nil {
		panic("axess: RequireAdmin needs a handler")
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		who, v := mint(w, r)
		if v != guard.Pass {
			a.table.Refuse(w, r, v)
			return
		}
		sess, err := session.From(r.Context())
		if err != nil {
			a.table.Refuse(w, r, guard.Miswired)
			return
		}
		held, err := a.administers(r, sess, who)
		switch {
		case errors.Is(err, authn.ErrNotAuthenticated):
			a.table.Refuse(w, r, guard.Revoked)
		case err != nil:
			a.pages.Fail(w, r, err)
		case !held:
			problem.Write(w, r, problem.Forbidden)
		default:
			h(w, r, Administrator{who, &office{a, sess}})
		}
	})
}

// administers reports whether somebody holds the administrator's role, themselves.
func (a *Axess) administers(r *http.Request, sess *session.Session, who Authenticated) (bool, error) {
	if _, acting := who.Actor(); acting {
		return false, nil
	}
	acct, err := a.accounts.Self(r.Context(), sess)
	if err != nil {
		return false, err
	}
	return slices.Contains(a.accounts.Roles(r.Context(), acct), identity.RoleAdmin), nil
}

// Admin registers a route for administrators.
func (rt *Routes) Admin(pattern string, h AdminHandler) {
	rt.add("admin", pattern, func() http.Handler { return rt.auth.RequireAdmin(h) })
}

// Admin is what administrators do to the accounts of others, for the handlers of
// [Axess.RequireAdmin].
func (a *Axess) Admin() *authn.Admin { return a.admin }

// Banner is the element that a page of the program's own begins with, so that an
// administrator who acts as somebody else sees it there too, with the button that ends
// it; empty for everybody who is themselves (UIX-044).
func (a *Axess) Banner(r *http.Request) template.HTML {
	banner, err := a.pages.Banner(r)
	if err != nil {
		a.log.ErrorContext(r.Context(), "axess: banner not drawn", "error", err)
	}
	return banner
}

// Proved reports that the administrator has proved lately what acting as somebody
// else asks for; if not, it has answered: they are on their way to prove it and come
// back to this path with a GET. A form for [Administrator.Impersonate] begins with it.
func (p Administrator) Proved(w http.ResponseWriter, r *http.Request) bool {
	o := p.at()
	need, err := o.axess.admin.ImpersonationProof(r.Context(), o.sess)
	if err != nil {
		o.axess.pages.Fail(w, r, err)
		return false
	}
	return o.axess.pages.Proved(w, r, o.sess, need)
}

// Impersonate lets the administrator act as a person of their tenant: this browser is
// signed in as them from the next request on, for 15 minutes unless ttl says
// otherwise, at most 60. reason is 1 to 512 bytes, shown in the banner and kept in the
// audit log. The person is told by mail. It reports that this is so; if not, it has
// answered the request: with 403 `impersonation_refused`, or on the way to a fresh
// factor like [Administrator.Proved].
func (p Administrator) Impersonate(w http.ResponseWriter, r *http.Request, target identity.UserID, reason string, ttl time.Duration) bool {
	o := p.at()
	im := authn.Impersonation{
		Target: identity.Subject{Tenant: p.Tenant(), User: target}, Reason: reason, For: ttl,
	}
	own := identity.Subject{Tenant: p.Tenant(), User: p.UserID()}
	err := o.axess.admin.BeginImpersonation(r.Context(), o.sess, im, approval.Mint(authn.ActionImpersonate, own))
	switch {
	case errors.Is(err, authn.ErrStepUpRequired):
		if p.Proved(w, r) { // proved while this was refused
			problem.Write(w, r, problem.StepUpRequired)
		}
	case err != nil:
		o.axess.pages.Fail(w, r, err)
	}
	return err == nil
}

func (p Administrator) at() *office {
	if p.office == nil {
		panic(ErrForgedProof)
	}
	return p.office
}
