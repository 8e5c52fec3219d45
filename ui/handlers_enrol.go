package ui

import (
	"errors"
	"net/http"
	"strings"

	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/internal/guard"
	"github.com/axess-go/axess/internal/problem"
	"github.com/axess-go/axess/session"
)

// toWorkflow sends somebody whose factors were verified to what is left to do before
// they are in.
func (h *Handlers) toWorkflow(w http.ResponseWriter, r *http.Request, sess *session.Session, next string) {
	st, ok := sess.State().(session.PendingWorkflow)
	if !ok {
		problem.Write(w, r, problem.Internal)
		return
	}
	to := h.Table.Workflow(st)
	if to == "" {
		problem.Write(w, r, problem.WorkflowPending)
		return
	}
	h.see(w, r, problem.WithNext(to, next), "")
}

// enrolInlinePage is the page of the workflow. A key that has run out leaves the button that
// makes another.
func (h *Handlers) enrolInlinePage(w http.ResponseWriter, r *http.Request, sess *session.Session, problems []FieldProblem) (EnrolPage, error) {
	e, err := h.Accounts.PendingEnrolment(r.Context(), sess)
	if err != nil && !errors.Is(err, authn.ErrNoEnrolment) {
		return EnrolPage{}, err
	}
	p := EnrolPage{Frame: h.framed(w, r, sess, problems), Next: h.next(r)}
	if st, ok := sess.State().(session.PendingWorkflow); ok {
		p.Identifier = st.Address()
	}
	if err == nil {
		p.Key, p.URI, p.QR = strings.ReplaceAll(string(e.Key.Reveal()), " ", ""), string(e.URI.Reveal()), drawn(e.QR)
	}
	return p, nil
}

// entered answers who is in already: by another tab, or by a form that was sent twice.
func (h *Handlers) entered(w http.ResponseWriter, r *http.Request, sess *session.Session, err error) bool {
	_, in := guard.Standing(sess.State())
	if !in || !errors.Is(err, authn.ErrNoFlow) {
		return false
	}
	to := h.next(r)
	if to == "" {
		to = h.Table.Home
	}
	h.see(w, r, to, "")
	return true
}

func (h *Handlers) enrolInlineForm(w http.ResponseWriter, r *http.Request, sess *session.Session) {
	page, err := h.enrolInlinePage(w, r, sess, nil)
	switch {
	case h.entered(w, r, sess, err):
	case err != nil:
		h.fail(w, r, err)
	default:
		h.page(w, r, http.StatusOK, page)
	}
}

func (h *Handlers) enrolInline(w http.ResponseWriter, r *http.Request, sess *session.Session) {
	if !h.form(w, r) {
		return
	}
	next := h.next(r)
	ctx := authn.WithLanguage(r.Context(), h.language(r))
	if r.PostForm.Has("renew") {
		_, err := h.Accounts.RenewEnrolment(ctx, sess)
		switch {
		case h.entered(w, r, sess, err):
		case err != nil:
			h.fail(w, r, err)
		default:
			h.see(w, r, problem.WithNext(h.path("enrol"), next), "")
		}
		return
	}
	again := func(status int, p []FieldProblem) {
		page, err := h.enrolInlinePage(w, r, sess, p)
		if err != nil {
			h.fail(w, r, err)
			return
		}
		h.page(w, r, status, page)
	}
	out, err := h.Accounts.CompleteEnrolment(ctx, sess, authn.Code{Of: factor.TOTP, Secret: typed(r, "code")})
	switch {
	case h.entered(w, r, sess, err):
	case errors.Is(err, authn.ErrNoEnrolment) && problem.WantsHTML(r):
		h.see(w, r, problem.WithNext(h.path("enrol"), next), "")
	case err != nil:
		h.fail(w, r, err)
	default:
		if _, wrong := out.(authn.Rejected); wrong {
			again(http.StatusUnprocessableEntity, []FieldProblem{{"code", Text{Key: "problem.code"}}})
			return
		}
		h.answer(w, r, sess, out, next, again)
	}
}
