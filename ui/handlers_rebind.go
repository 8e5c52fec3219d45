package ui

import (
	"errors"
	"net/http"
	"strings"

	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/internal/problem"
	"github.com/axess-go/axess/session"
)

// rebindForm takes the link to set up another second step, like that of a sign-up: a
// visit with the token writes nothing but a sealed cookie (UIX-062).
func (h *Handlers) rebindForm(w http.ResponseWriter, r *http.Request, sess *session.Session) {
	w.Header().Set("Referrer-Policy", "no-referrer")
	if token := r.URL.Query().Get("token"); token != "" {
		if len(token) <= authn.MaxLinkToken {
			h.cookies.setLink(w, token)
		} else {
			h.cookies.dropLink(w) // not the link that was opened before
		}
		h.see(w, r, h.path("rebind"), "")
		return
	}
	token, _ := h.cookies.link(r)
	view, err := h.Accounts.ViewRebind(r.Context(), sess, token)
	if err != nil {
		h.fail(w, r, err)
		return
	}
	h.page(w, r, http.StatusOK, h.rebindPage(w, r, sess, view, nil))
}

// rebindPage is the step that comes next: the password, or the app behind it.
func (h *Handlers) rebindPage(w http.ResponseWriter, r *http.Request, sess *session.Session, v authn.RebindView, problems []FieldProblem) Page {
	f := h.framed(w, r, sess, problems)
	if v.App == nil {
		return RebindPage{Frame: f, Address: v.Address}
	}
	return RebindAppPage{
		Frame: f, Address: v.Address,
		Key: strings.ReplaceAll(string(v.App.Key.Reveal()), " ", ""), URI: string(v.App.URI.Reveal()), QR: drawn(v.App.QR),
	}
}

func (h *Handlers) rebind(w http.ResponseWriter, r *http.Request, sess *session.Session) {
	if !h.form(w, r) {
		return
	}
	token, _ := h.cookies.link(r)
	again := func(status int, p []FieldProblem) { //nolint:contextcheck // the request carries it
		view, err := h.Accounts.ViewRebind(r.Context(), sess, token)
		if err != nil {
			h.fail(w, r, err)
			return
		}
		h.page(w, r, status, h.rebindPage(w, r, sess, view, p))
	}
	ctx := authn.WithLanguage(r.Context(), h.language(r))
	var out authn.FactorOutcome
	var err error
	field := "password"
	if r.PostForm.Has("code") {
		field = "code"
		out, err = h.Accounts.CompleteRebind(ctx, sess, token, authn.Code{Of: factor.TOTP, Secret: typed(r, "code")})
	} else {
		out, err = h.Accounts.BeginRebind(ctx, sess, token, authn.Password{Secret: typed(r, "password")})
	}
	if errors.Is(err, authn.ErrTokenInvalid) {
		h.cookies.dropLink(w)
	}
	if errors.Is(err, authn.ErrNoEnrolment) {
		h.see(w, r, h.path("rebind"), "") // the key has run out: the password once more makes another
		return
	}
	if err != nil {
		h.fail(w, r, err)
		return
	}
	switch out := out.(type) {
	case authn.StepRequired:
		// The link is asked for again with the code, as long as the key lives.
		h.cookies.setLink(w, token)
		h.see(w, r, h.path("rebind"), "")
	case authn.Completed:
		h.cookies.dropLink(w)
		h.see(w, r, h.codesFirst(r, sess, h.path("sign_in")), "notice.rebound")
	case authn.Rejected:
		again(http.StatusUnprocessableEntity, []FieldProblem{{field, Text{Key: "problem." + field}}})
	case authn.Throttled:
		h.throttled(w, r, out.Until, again)
	case authn.Busy:
		problem.Write(w, r, problem.Busy, problem.RetryAfter(out.RetryAfter))
	case authn.Unavailable:
		problem.Write(w, r, problem.Unavailable, problem.RetryAfter(out.RetryAfter))
	case authn.Workflow:
		problem.Write(w, r, problem.Internal)
	}
}
