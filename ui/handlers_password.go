package ui

import (
	"errors"
	"net/http"

	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/session"
)

// framed is a frame with problems.
func (h *Handlers) framed(w http.ResponseWriter, r *http.Request, sess *session.Session, problems []FieldProblem) Frame {
	f := h.frame(w, r, sess)
	f.Problems = problems
	return f
}

func (h *Handlers) forgotForm(w http.ResponseWriter, r *http.Request, sess *session.Session) {
	h.page(w, r, http.StatusOK, ForgotPage{Frame: h.frame(w, r, sess)})
}

// forgot asks for the link of a reset. Its answer is the same for everybody.
func (h *Handlers) forgot(w http.ResponseWriter, r *http.Request, sess *session.Session) {
	if !h.form(w, r) {
		return
	}
	identifier := r.PostForm.Get("identifier")
	if identifier == "" {
		missing := []FieldProblem{{"identifier", Text{Key: "problem.identifier"}}}
		h.page(w, r, http.StatusUnprocessableEntity, ForgotPage{Frame: h.framed(w, r, sess, missing)})
		return
	}
	if _, err := h.Accounts.BeginReset(authn.WithLanguage(r.Context(), h.language(r)), identifier); err != nil {
		h.fail(w, r, err)
		return
	}
	h.see(w, r, h.path("forgot_sent"), "")
}

func (h *Handlers) forgotSent(w http.ResponseWriter, r *http.Request, sess *session.Session) {
	h.page(w, r, http.StatusOK, ForgotSentPage{
		Frame: h.bareFrame(w, r, sess), Works: h.Accounts.ResetLife(), Outbox: h.Outbox != nil,
	})
}

// resetForm takes the link of a reset, like that of a sign-up: a visit with the token
// writes nothing but a sealed cookie (UIX-062).
func (h *Handlers) resetForm(w http.ResponseWriter, r *http.Request, sess *session.Session) {
	w.Header().Set("Referrer-Policy", "no-referrer")
	if token := r.URL.Query().Get("token"); token != "" {
		if len(token) <= authn.MaxLinkToken {
			h.cookies.setLink(w, token)
		} else {
			h.cookies.dropLink(w) // not the link that was opened before
		}
		h.see(w, r, h.path("reset"), "")
		return
	}
	token, _ := h.cookies.link(r)
	view, err := h.Accounts.ViewReset(r.Context(), token)
	if err != nil {
		h.fail(w, r, err)
		return
	}
	h.page(w, r, http.StatusOK, h.resetPage(w, r, sess, view, nil))
}

func (h *Handlers) resetPage(w http.ResponseWriter, r *http.Request, sess *session.Session, v authn.LinkView, problems []FieldProblem) ConfirmLinkPage {
	return ConfirmLinkPage{
		Frame: h.framed(w, r, sess, problems), Purpose: LinkReset, Address: v.Address,
		NewPassword: &PasswordRules{MinLength: h.leastPassword(r, identity.Account{})},
	}
}

func (h *Handlers) reset(w http.ResponseWriter, r *http.Request, sess *session.Session) {
	if !h.form(w, r) {
		return
	}
	token, _ := h.cookies.link(r)
	err := h.Accounts.CompleteReset(authn.WithLanguage(r.Context(), h.language(r)), token, typed(r, "password"))
	if problems := fieldProblems(err); problems != nil {
		view, err := h.Accounts.ViewReset(r.Context(), token)
		if err != nil {
			h.fail(w, r, err)
			return
		}
		h.page(w, r, http.StatusUnprocessableEntity, h.resetPage(w, r, sess, view, problems))
		return
	}
	if errors.Is(err, authn.ErrTokenInvalid) {
		h.cookies.dropLink(w)
	}
	if err != nil {
		h.fail(w, r, err)
		return
	}
	h.cookies.dropLink(w)
	h.see(w, r, h.path("sign_in"), "notice.password_set")
}

func (h *Handlers) passwordPage(w http.ResponseWriter, r *http.Request, sess *session.Session, acct identity.Account, problems []FieldProblem) PasswordPage {
	return PasswordPage{
		Frame: h.framed(w, r, sess, problems), Account: acct.User.Primary().Typed,
		Password: PasswordRules{MinLength: h.leastPassword(r, acct)},
	}
}

// passwordForm asks whoever has more than a password for that first (AUN-104): what
// they type here is then not lost. Whoever has a password alone gives it with the
// change itself.
func (h *Handlers) passwordForm(w http.ResponseWriter, r *http.Request, sess *session.Session, _ session.Authenticated) {
	acct, err := h.Accounts.Self(r.Context(), sess)
	if err != nil {
		h.fail(w, r, err)
		return
	}
	need := h.Accounts.Strongest(r.Context(), acct)
	if h.Accounts.PasswordServes(need) || h.steppedUp(w, r, sess, need, r.URL.Path) {
		h.page(w, r, http.StatusOK, h.passwordPage(w, r, sess, acct, nil))
	}
}

func (h *Handlers) changePassword(w http.ResponseWriter, r *http.Request, sess *session.Session, _ session.Authenticated) {
	if !h.form(w, r) {
		return
	}
	again := func(status int, p []FieldProblem) { //nolint:contextcheck // the request carries it
		acct, err := h.Accounts.Self(r.Context(), sess)
		if err != nil {
			h.fail(w, r, err)
			return
		}
		h.page(w, r, status, h.passwordPage(w, r, sess, acct, p))
	}
	out, err := h.Accounts.ChangePassword(authn.WithLanguage(r.Context(), h.language(r)), sess,
		authn.Password{Secret: typed(r, "current_password")}, typed(r, "new_password"))
	if h.provesFirst(w, r, sess, err, r.URL.Path) {
		return
	}
	if problems := fieldProblems(err); problems != nil {
		for i := range problems {
			problems[i].Field = "new_password"
		}
		again(http.StatusUnprocessableEntity, problems)
		return
	}
	if err != nil {
		h.fail(w, r, err)
		return
	}
	h.changed(w, r, out, "notice.password_changed", "current_password", again)
}

// leastPassword is what a page states before somebody types a new password: what holds
// for the account, or for whoever has none yet in the tenant of the request.
func (h *Handlers) leastPassword(r *http.Request, acct identity.Account) int {
	return h.Accounts.PasswordPolicyFor(r.Context(), acct).Min
}
