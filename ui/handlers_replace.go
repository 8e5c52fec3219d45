package ui

import (
	"errors"
	"net/http"

	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/internal/problem"
	"github.com/axess-go/axess/session"
)

// replacePage asks somebody who has passed every step of a sign-in for another password.
func (h *Handlers) replacePage(w http.ResponseWriter, r *http.Request, sess *session.Session, v authn.Replacement, problems []FieldProblem) ReplacePasswordPage {
	return ReplacePasswordPage{
		Frame: h.framed(w, r, sess, problems), Account: v.Account,
		Password: PasswordRules{MinLength: v.Rules.Min}, Next: h.next(r),
	}
}

func (h *Handlers) replaceForm(w http.ResponseWriter, r *http.Request, sess *session.Session) {
	view, err := h.Accounts.ViewReplacement(r.Context(), sess)
	if h.notReplaced(w, r, sess, err) {
		return
	}
	h.page(w, r, http.StatusOK, h.replacePage(w, r, sess, view, nil))
}

// notReplaced answers whoever is in already, and where nothing waits.
func (h *Handlers) notReplaced(w http.ResponseWriter, r *http.Request, sess *session.Session, err error) bool {
	switch {
	case err == nil:
		return false
	case h.entered(w, r, sess, err):
	case errors.Is(err, authn.ErrFlowSuperseded) && problem.WantsHTML(r):
		// What waited here was ended elsewhere, or by another click: the sign-in begins
		// again, for who is not in.
		h.see(w, r, problem.WithNext(h.Table.SignIn, h.next(r)), "")
	default:
		h.fail(w, r, err)
	}
	return true
}

// replace chooses the password, which signs in.
func (h *Handlers) replace(w http.ResponseWriter, r *http.Request, sess *session.Session) {
	if !h.form(w, r) {
		return
	}
	again := func(status int, p []FieldProblem) { //nolint:contextcheck // the request carries it
		view, err := h.Accounts.ViewReplacement(r.Context(), sess)
		if h.notReplaced(w, r, sess, err) {
			return
		}
		h.page(w, r, status, h.replacePage(w, r, sess, view, p))
	}
	out, err := h.Accounts.ReplacePassword(authn.WithLanguage(r.Context(), h.language(r)), sess, typed(r, "new_password"))
	if problems := fieldProblems(err); problems != nil {
		for i := range problems {
			problems[i].Field = "new_password"
		}
		again(http.StatusUnprocessableEntity, problems)
		return
	}
	var stop *authn.ThrottledError
	if errors.As(err, &stop) {
		h.throttled(w, r, stop.Until, again)
		return
	}
	if h.notReplaced(w, r, sess, err) {
		return
	}
	h.answer(w, r, sess, out, h.next(r), again)
}
