package ui

import (
	"errors"
	"net/http"

	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/problem"
	"github.com/axess-go/axess/session"
)

// showFactor shows the page of a step. That of a mailed code has one sent, unless one
// waits already.
func (h *Handlers) showFactor(w http.ResponseWriter, r *http.Request, sess *session.Session, status int, page FactorPage) {
	if page.Kind != string(factor.EmailOTP) {
		h.page(w, r, status, page)
		return
	}
	code := MailedCodePage{
		Frame: page.Frame, Identifier: page.Identifier, Step: page.Step, Steps: page.Steps, Others: page.Others, Next: page.Next,
	}
	out, err := h.Accounts.PrepareFactor(authn.WithLanguage(r.Context(), h.language(r)), sess, factor.EmailOTP)
	if err != nil {
		h.fail(w, r, err)
		return
	}
	switch out := out.(type) {
	case authn.CodeSent:
		code.To, code.Until, code.Again = out.To, out.Until, out.Again
	case authn.AlreadySent:
		code.To, code.Until, code.Again = out.To, out.Until, out.Again
	case authn.Ready, authn.Unavailable:
	}
	h.page(w, r, status, code)
}

// another has another code sent and shows the page again.
func (h *Handlers) another(w http.ResponseWriter, r *http.Request, sess *session.Session, kind identity.Kind) {
	_, err := h.Accounts.PrepareFactorAgain(authn.WithLanguage(r.Context(), h.language(r)), sess, kind)
	if errors.Is(err, authn.ErrStepMismatch) && h.current(w, r, sess) {
		return
	}
	if err != nil {
		h.fail(w, r, err)
		return
	}
	h.see(w, r, problem.WithNext(h.Table.FactorPath(kind), h.next(r)), "")
}
