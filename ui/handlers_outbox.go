package ui

import (
	"net/http"

	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/internal/guard"
	"github.com/axess-go/axess/internal/problem"
	"github.com/axess-go/axess/middleware/csrf"
	"github.com/axess-go/axess/session"
)

// outbox shows mails as they would have been sent. It exists in the development
// profile alone and refuses to be read by another site's page.
func (h *Handlers) outbox(w http.ResponseWriter, r *http.Request, sess *session.Session) {
	switch r.Header.Get("Sec-Fetch-Site") {
	case "", "none", "same-origin":
	default:
		problem.Write(w, r, problem.Forbidden)
		return
	}
	page := OutboxPage{Frame: h.frame(w, r, sess)}
	for _, m := range h.Outbox.Messages() {
		page.Messages = append(page.Messages, OutboxMessage{To: m.To, Subject: m.Subject, At: m.At, Text: m.Text})
	}
	h.page(w, r, http.StatusOK, page)
}

func (h *Handlers) clearOutbox(w http.ResponseWriter, r *http.Request, _ *session.Session) {
	h.Outbox.Clear()
	h.see(w, r, h.path("outbox"), "notice.outbox_cleared")
}

// Home is the start page of the ready-made server. It stands outside the base
// path, so the program mounts it.
func (h *Handlers) Home(w http.ResponseWriter, r *http.Request) {
	h.open(func(w http.ResponseWriter, r *http.Request, sess *session.Session) {
		page := HomePage{
			Frame: h.bareFrame(w, r, sess), Outbox: h.Outbox != nil, Version: h.Version,
			SignUpOpen: h.Accounts.SignUp() == authn.SignUpOpen,
		}
		if _, ok := guard.Standing(sess.State()); ok {
			acct, err := h.Accounts.Self(r.Context(), sess)
			if err != nil {
				h.fail(w, r, err)
				return
			}
			page.HasTOTP = len(acct.Methods) > 0
			page.CSRF = csrf.Token(r.Context())
		}
		h.page(w, r, http.StatusOK, page)
	})(w, r)
}
