package ui

import (
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/internal/problem"
	"github.com/axess-go/axess/session"
)

// proved reports that the signed-in person has lately proved what a change of their
// account asks for (AUN-104). If not, it has sent them to prove it, and they come
// back to where they wanted to go.
func (h *Handlers) proved(w http.ResponseWriter, r *http.Request, sess *session.Session, back string) bool {
	acct, err := h.Accounts.Self(r.Context(), sess)
	if err != nil {
		h.fail(w, r, err)
		return false
	}
	return h.steppedUp(w, r, sess, h.Accounts.Strongest(r.Context(), acct), back)
}

func (h *Handlers) steppedUp(w http.ResponseWriter, r *http.Request, sess *session.Session, need authn.Requirement, back string) bool {
	out, err := h.Accounts.RequireStepUp(r.Context(), sess, need)
	if err != nil {
		h.fail(w, r, err)
		return false
	}
	switch out := out.(type) {
	case authn.Satisfied:
		return true
	case authn.StepRequired:
		h.toFactor(w, r, out.Menu, back)
	case authn.StepUpImpossible:
		problem.Write(w, r, problem.Forbidden)
	}
	return false
}

// provesFirst answers a form whose verb asks for a fresh factor: it was too long ago
// while they typed. What is left is to prove it and come back. A program is told.
func (h *Handlers) provesFirst(w http.ResponseWriter, r *http.Request, sess *session.Session, err error, back string) (done bool) {
	if !errors.Is(err, authn.ErrStepUpRequired) || !problem.WantsHTML(r) {
		return false
	}
	if h.proved(w, r, sess, back) { // in another tab, meanwhile
		h.see(w, r, back, "")
	}
	return true
}

// anew is how old a factor may be that vouches for another browser: it is proved there,
// after the browser was noticed.
const anew = time.Nanosecond

// stepUp sends somebody whose browser differs from that of their login to prove their
// strongest factor in it, and then to where they wanted to go (SES-180). For everybody
// else there is nothing to prove.
func (h *Handlers) stepUp(w http.ResponseWriter, r *http.Request, sess *session.Session) {
	back := h.next(r)
	if back == "" {
		back = h.Table.Home
	}
	if !sess.View().Challenged {
		h.see(w, r, back, "")
		return
	}
	acct, err := h.Accounts.Self(r.Context(), sess)
	if err != nil {
		h.fail(w, r, err)
		return
	}
	need := h.Accounts.Strongest(r.Context(), acct)
	need.MaxAge = anew
	out, err := h.Accounts.RequireStepUp(r.Context(), sess, need)
	if err != nil {
		h.fail(w, r, err)
		return
	}
	switch out := out.(type) {
	case authn.StepRequired:
		h.toFactor(w, r, out.Menu, back)
	case authn.Satisfied, authn.StepUpImpossible:
		// Who acts in somebody's name, or has nothing to prove, signs out and in again.
		problem.Write(w, r, problem.StepUpRequired)
	}
}

// leaveStepUp gives up a step-up: the login is what it was (SES-017).
func (h *Handlers) leaveStepUp(w http.ResponseWriter, r *http.Request, sess *session.Session, _ session.Authenticated) {
	if err := h.Accounts.AbandonStepUp(r.Context(), sess); err != nil {
		h.fail(w, r, err)
		return
	}
	h.see(w, r, h.path("account"), "")
}

// purposes are the pages that a step-up leads to, with the key of the sentence that
// says so; the star of a path is anything.
var purposes = [...]struct{ page, key string }{
	{"password", "factor.step_up.password"},
	{"totp", "factor.step_up.totp"},
	{"email", "factor.step_up.email"},
	{"names", "factor.step_up.names"},
	{"recovery_renew", "factor.step_up.recovery_renew"},
	{"totp_remove", "factor.step_up.totp_remove"},
	{"factor_remove", "factor.step_up.factor_remove"},
}

// purpose says what a step-up is for, by where it leads.
func (h *Handlers) purpose(next string) Text {
	path, _, _ := strings.Cut(next, "?")
	for _, p := range purposes {
		before, after, variable := strings.Cut(h.Renderer.binding.paths.table[p.page], "*")
		if path == before && !variable || variable && strings.HasPrefix(path, before) && strings.HasSuffix(path, after) {
			return Text{Key: p.key}
		}
	}
	return Text{Key: "factor.step_up.text"}
}
