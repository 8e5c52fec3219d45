package ui

import (
	"context"
	"errors"
	"net/http"

	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/session"
)

func (h *Handlers) emailPage(w http.ResponseWriter, r *http.Request, sess *session.Session, acct identity.Account, problems []FieldProblem) EmailPage {
	p := EmailPage{
		Frame: h.framed(w, r, sess, problems), Verified: !acct.User.EmailVerifiedAt.IsZero(),
		Pending: h.Accounts.PendingAddress(r.Context(), sess), Works: h.Accounts.LinkLife(),
		Undo: authn.UndoLife, Outbox: h.Outbox != nil,
	}
	if address, ok := acct.User.Email(); ok {
		p.Email = address.Typed
	} else {
		p.Verified = false
	}
	return p
}

// emailForm asks for the strongest factor first (AUN-104): what is typed here is then
// not lost.
func (h *Handlers) emailForm(w http.ResponseWriter, r *http.Request, sess *session.Session, _ session.Authenticated) {
	acct, err := h.Accounts.Self(r.Context(), sess)
	if err != nil {
		h.fail(w, r, err)
		return
	}
	if h.steppedUp(w, r, sess, h.Accounts.Strongest(r.Context(), acct), r.URL.Path) {
		h.page(w, r, http.StatusOK, h.emailPage(w, r, sess, acct, nil))
	}
}

// email asks for a link to a new address. Its answer is the same whether the address
// belongs to somebody or not.
func (h *Handlers) email(w http.ResponseWriter, r *http.Request, sess *session.Session, _ session.Authenticated) {
	if !h.form(w, r) {
		return
	}
	address := r.PostForm.Get("email")
	again := func(status int, p []FieldProblem) { //nolint:contextcheck // the request carries it
		acct, err := h.Accounts.Self(r.Context(), sess)
		if err != nil {
			h.fail(w, r, err)
			return
		}
		page := h.emailPage(w, r, sess, acct, p)
		page.New = address
		h.page(w, r, status, page)
	}
	_, err := h.Accounts.BeginAddressChange(authn.WithLanguage(r.Context(), h.language(r)), sess, address)
	if h.provesFirst(w, r, sess, err, r.URL.Path) {
		return
	}
	problems := fieldProblems(err)
	if errors.Is(err, authn.ErrAddressKept) {
		problems = []FieldProblem{{"email", Text{Key: "problem.email_same"}}}
	}
	var stop *authn.ThrottledError
	switch {
	case problems != nil:
		again(http.StatusUnprocessableEntity, problems)
	case errors.As(err, &stop):
		h.throttled(w, r, stop.Until, again)
	case err != nil:
		h.fail(w, r, err)
	default:
		h.see(w, r, h.path("email"), "notice.address_asked")
	}
}

func (h *Handlers) cancelEmail(w http.ResponseWriter, r *http.Request, sess *session.Session, _ session.Authenticated) {
	if err := h.Accounts.CancelAddressChange(r.Context(), sess); err != nil {
		h.fail(w, r, err)
		return
	}
	h.see(w, r, h.path("account"), "notice.address_cancelled")
}

// linkForm is the page of a mailed link: a visit with the token writes nothing but a
// sealed cookie (UIX-062).
func (h *Handlers) linkForm(page string, purpose LinkPurpose, view func(context.Context, *session.Session, string) (authn.LinkView, error)) anybody {
	return func(w http.ResponseWriter, r *http.Request, sess *session.Session) {
		w.Header().Set("Referrer-Policy", "no-referrer")
		if token := r.URL.Query().Get("token"); token != "" {
			if len(token) <= authn.MaxLinkToken {
				h.cookies.setLink(w, token)
			} else {
				h.cookies.dropLink(w) // not the link that was opened before
			}
			h.see(w, r, h.path(page), "")
			return
		}
		token, _ := h.cookies.link(r)
		v, err := view(r.Context(), sess, token)
		if err != nil {
			h.fail(w, r, err)
			return
		}
		h.page(w, r, http.StatusOK, h.linkPage(w, r, sess, purpose, v, nil))
	}
}

// linkPage repeats the address as authn gives it, which has masked it where it must.
func (h *Handlers) linkPage(w http.ResponseWriter, r *http.Request, sess *session.Session, purpose LinkPurpose, v authn.LinkView, problems []FieldProblem) ConfirmLinkPage {
	if v.Second {
		purpose = LinkSecond
	}
	return ConfirmLinkPage{Frame: h.framed(w, r, sess, problems), Purpose: purpose, Address: v.Address, SameBrowser: true, SignIn: v.NeedsSignIn}
}

func (h *Handlers) viewUndo(ctx context.Context, _ *session.Session, token string) (authn.LinkView, error) {
	return h.Accounts.ViewUndo(ctx, token)
}

func (h *Handlers) viewLink(r *http.Request, sess *session.Session, purpose LinkPurpose, token string) (authn.LinkView, error) {
	if purpose == LinkUndo {
		return h.viewUndo(r.Context(), sess, token)
	}
	return h.Accounts.ViewAddress(r.Context(), sess, token)
}

// address makes the new address the account's.
func (h *Handlers) address(w http.ResponseWriter, r *http.Request, sess *session.Session) {
	token, _ := h.cookies.link(r)
	done, err := h.Accounts.ConfirmAddress(authn.WithLanguage(r.Context(), h.language(r)), sess, token)
	if h.linkUsed(w, r, err) {
		return
	}
	if done.Second {
		h.see(w, r, h.path("names"), "notice.address_added")
		return
	}
	if done.SignedIn {
		h.see(w, r, h.path("account"), "notice.address_changed")
		return
	}
	h.see(w, r, h.path("sign_in"), "notice.address_changed")
}

// undo gives the former address back.
func (h *Handlers) undo(w http.ResponseWriter, r *http.Request, _ *session.Session) {
	token, _ := h.cookies.link(r)
	if h.linkUsed(w, r, h.Accounts.UndoAddress(authn.WithLanguage(r.Context(), h.language(r)), token)) {
		return
	}
	h.see(w, r, h.path("sign_in"), "notice.address_undone")
}

// linkUsed puts away a link that has done what it can, and answers an error.
func (h *Handlers) linkUsed(w http.ResponseWriter, r *http.Request, err error) (answered bool) {
	if err == nil || errors.Is(err, authn.ErrTokenInvalid) {
		h.cookies.dropLink(w)
	}
	if err != nil {
		h.fail(w, r, err)
	}
	return err != nil
}
