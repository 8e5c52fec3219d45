package ui

import (
	"errors"
	"net/http"
	"strings"

	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/problem"
	"github.com/axess-go/axess/session"
)

// claimForm opens the claim link, and shows the step that this browser has come
// to. Without a live link there is nothing here: 404, as for every address that
// does not exist (PRD-062).
func (h *Handlers) claimForm(w http.ResponseWriter, r *http.Request, sess *session.Session) {
	if token := r.URL.Query().Get("token"); token != "" {
		if err := h.Accounts.CheckClaim(r.Context(), token); err != nil {
			h.noClaim(w, r, err)
			return
		}
		h.cookies.setClaim(w, token)
		w.Header().Set("Referrer-Policy", "no-referrer")
		h.see(w, r, h.path("activate"), "")
		return
	}
	token, _ := h.cookies.link(r)
	v, err := h.Accounts.ViewClaim(r.Context(), sess, token)
	if err != nil {
		h.noClaim(w, r, err)
		return
	}
	if r.URL.Query().Get("step") == "1" {
		v.App = nil
	}
	h.claimStep(w, r, sess, v, http.StatusOK, nil)
}

// claimStep draws the first step, or the second one once the first is done.
func (h *Handlers) claimStep(w http.ResponseWriter, r *http.Request, sess *session.Session, v authn.ClaimView, status int, p []FieldProblem) {
	h.page(w, r, status, h.claimPage(w, r, sess, v, p))
}

func (h *Handlers) claimPage(w http.ResponseWriter, r *http.Request, sess *session.Session, v authn.ClaimView, p []FieldProblem) Page {
	f := h.frame(w, r, sess)
	f.Problems = p
	if v.App == nil {
		return ClaimPage{
			Frame: f, Email: v.Email, Name: v.DisplayName,
			Password: PasswordRules{MinLength: h.leastPassword(r, identity.Account{})},
		}
	}
	return ClaimAppPage{
		Frame: f, Address: v.Email,
		Key: strings.ReplaceAll(string(v.App.Key.Reveal()), " ", ""), URI: string(v.App.URI.Reveal()), QR: drawn(v.App.QR),
	}
}

// claim takes either step: the second one has a code.
func (h *Handlers) claim(w http.ResponseWriter, r *http.Request, sess *session.Session) {
	if !h.form(w, r) {
		return
	}
	token, _ := h.cookies.link(r)
	if r.PostForm.Has("code") {
		h.claimApp(w, r, sess, token)
		return
	}
	n := authn.NewUser{
		Email: r.PostForm.Get("email"), DisplayName: r.PostForm.Get("name"),
		Password: typed(r, "password"),
	}
	again := func(status int, p []FieldProblem) {
		h.claimStep(w, r, sess, authn.ClaimView{Email: n.Email, DisplayName: n.DisplayName}, status, p)
	}
	err := h.Accounts.BeginClaim(r.Context(), sess, token, n)
	if errors.Is(err, authn.ErrTokenInvalid) {
		h.cookies.dropLink(w)
	}
	var stop *authn.ThrottledError
	switch {
	case err == nil:
		// The session knows the link from here on.
		h.cookies.dropLink(w)
		h.see(w, r, h.path("activate"), "")
	case errors.Is(err, authn.ErrIdentifierTaken):
		again(http.StatusUnprocessableEntity, emailTaken())
	case errors.As(err, &stop):
		h.throttled(w, r, stop.Until, again)
	default:
		if p := fieldProblems(err); p != nil {
			again(http.StatusUnprocessableEntity, p)
			return
		}
		h.noClaim(w, r, err)
	}
}

// claimApp takes the code of the app that was set up, which makes the account.
func (h *Handlers) claimApp(w http.ResponseWriter, r *http.Request, sess *session.Session, token string) {
	out, err := h.Accounts.CompleteClaim(authn.WithLanguage(r.Context(), h.language(r)), sess, token, authn.Code{Of: factor.TOTP, Secret: typed(r, "code")})
	switch {
	case errors.Is(err, authn.ErrTokenInvalid):
		h.cookies.dropLink(w)
		h.noClaim(w, r, err)
		return
	case errors.Is(err, authn.ErrIdentifierTaken):
		h.claimAgain(w, r, sess, token, 1, emailTaken())
		return
	case errors.Is(err, authn.ErrNoEnrolment):
		h.claimAgain(w, r, sess, token, claimSteps, []FieldProblem{{Text: Text{Key: "problem.claim_late"}}})
		return
	case err != nil:
		h.noClaim(w, r, err)
		return
	}
	if _, wrong := out.(authn.Rejected); wrong {
		h.claimAgain(w, r, sess, token, claimSteps, []FieldProblem{{"code", Text{Key: "problem.code"}}})
		return
	}
	h.cookies.dropLink(w)
	h.see(w, r, h.codesFirst(r, sess, h.path("account")), "notice.claimed")
}

// claimAgain draws a step once more, with what has to be corrected; the first one
// if that is where this browser stands.
func (h *Handlers) claimAgain(w http.ResponseWriter, r *http.Request, sess *session.Session, token string, step int, p []FieldProblem) {
	v, err := h.Accounts.ViewClaim(r.Context(), sess, token)
	if err != nil {
		h.noClaim(w, r, err)
		return
	}
	if step == 1 {
		v.App = nil
	}
	h.claimStep(w, r, sess, v, http.StatusUnprocessableEntity, p)
}

func emailTaken() []FieldProblem { return []FieldProblem{{"email", Text{Key: "problem.email_taken"}}} }

// noClaim answers what cannot be claimed like an address that is not there.
func (h *Handlers) noClaim(w http.ResponseWriter, r *http.Request, err error) {
	if errors.Is(err, authn.ErrTokenInvalid) {
		problem.Write(w, r, problem.NotFound)
		return
	}
	h.fail(w, r, err)
}
