package ui

import (
	"errors"
	"net/http"
	"strings"

	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/factor/recovery"
	"github.com/axess-go/axess/internal/guard"
	"github.com/axess-go/axess/internal/problem"
	"github.com/axess-go/axess/session"
)

// codesFirst is the page of the recovery codes that this session has just got, on the
// way to another; that one where there are none.
func (h *Handlers) codesFirst(r *http.Request, sess *session.Session, to string) string {
	if _, err := h.Accounts.NewCodes(r.Context(), sess); err != nil {
		return to
	}
	return problem.WithNext(h.path("recovery_codes"), to)
}

// onward is where the page of the codes leads. Whoever set up an app behind a mailed link
// is not signed in.
func (h *Handlers) onward(r *http.Request, sess *session.Session) string {
	if to := h.next(r); to != "" {
		return to
	}
	if _, in := guard.Standing(sess.State()); in {
		return h.path("account")
	}
	return h.Table.SignIn
}

func (h *Handlers) codesPage(w http.ResponseWriter, r *http.Request, sess *session.Session, status int, problems []FieldProblem) {
	codes, err := h.Accounts.NewCodes(r.Context(), sess)
	switch {
	case errors.Is(err, authn.ErrNoEnrolment):
		h.see(w, r, h.onward(r, sess), "") // they have them, or had ten minutes
	case err != nil:
		h.fail(w, r, err)
	default:
		page := RecoveryCodesPage{Frame: h.framed(w, r, sess, problems), Next: h.next(r)}
		for _, c := range codes {
			page.Codes = append(page.Codes, c.Reveal())
		}
		h.page(w, r, status, page)
	}
}

func (h *Handlers) codesForm(w http.ResponseWriter, r *http.Request, sess *session.Session) {
	h.codesPage(w, r, sess, http.StatusOK, nil)
}

// codesKept forgets the codes once the person says that they have them.
func (h *Handlers) codesKept(w http.ResponseWriter, r *http.Request, sess *session.Session) {
	if !h.form(w, r) {
		return
	}
	if r.PostForm.Get("kept") == "" {
		h.codesPage(w, r, sess, http.StatusUnprocessableEntity, []FieldProblem{{"kept", Text{Key: "problem.kept"}}})
		return
	}
	if err := h.Accounts.CodesKept(r.Context(), sess); err != nil {
		h.fail(w, r, err)
		return
	}
	notice := ""
	if _, in := guard.Standing(sess.State()); !in {
		notice = "notice.rebound" // what is left is to sign in
	}
	h.see(w, r, h.onward(r, sess), notice)
}

// codesText is the same list as a file.
func (h *Handlers) codesText(w http.ResponseWriter, r *http.Request, sess *session.Session) {
	codes, err := h.Accounts.NewCodes(r.Context(), sess)
	if err != nil {
		if errors.Is(err, authn.ErrNoEnrolment) {
			problem.Write(w, r, problem.NotFound)
			return
		}
		h.fail(w, r, err)
		return
	}
	text := recovery.Text(codes)
	defer text.Wipe()
	head := w.Header()
	head.Set("Content-Type", "text/plain; charset=utf-8")
	head.Set("Content-Disposition", `attachment; filename="recovery-codes.txt"`)
	head.Set("Cache-Control", "no-store")
	_, _ = w.Write(text.Reveal()) // the client may have left; nothing to do about it
}

func (h *Handlers) renewPage(w http.ResponseWriter, r *http.Request, sess *session.Session) (RenewCodesPage, bool) {
	acct, err := h.Accounts.Self(r.Context(), sess)
	if err != nil {
		h.fail(w, r, err)
		return RenewCodesPage{}, false
	}
	page := RenewCodesPage{Frame: h.frame(w, r, sess)}
	page.Left, page.Has = h.Accounts.CodesLeft(r.Context(), acct)
	return page, true
}

func (h *Handlers) renewForm(w http.ResponseWriter, r *http.Request, sess *session.Session, _ session.Authenticated) {
	if page, ok := h.renewPage(w, r, sess); ok && h.proved(w, r, sess, r.URL.Path) {
		h.page(w, r, http.StatusOK, page)
	}
}

func (h *Handlers) renewCodes(w http.ResponseWriter, r *http.Request, sess *session.Session, _ session.Authenticated) {
	if !h.form(w, r) {
		return
	}
	_, err := h.Accounts.ReplaceCodes(authn.WithLanguage(r.Context(), h.language(r)), sess)
	switch {
	case h.provesFirst(w, r, sess, err, r.URL.Path):
	case err != nil:
		h.fail(w, r, err)
	default:
		h.see(w, r, h.codesFirst(r, sess, h.path("account")), "")
	}
}

// recoverPage is the page of the workflow behind a recovery code.
func (h *Handlers) recoverPage(w http.ResponseWriter, r *http.Request, sess *session.Session, status int, problems []FieldProblem) {
	v, err := h.Accounts.ViewRecovery(r.Context(), sess)
	if h.notReplaced(w, r, sess, err) {
		return
	}
	p := RecoverPage{Frame: h.framed(w, r, sess, problems), Identifier: v.Account, Left: v.Left, Keep: v.MayKeep, Next: h.next(r)}
	if v.App != nil {
		p.Key, p.URI, p.QR = strings.ReplaceAll(string(v.App.Key.Reveal()), " ", ""), string(v.App.URI.Reveal()), drawn(v.App.QR)
	}
	h.page(w, r, status, p)
}

func (h *Handlers) recoverForm(w http.ResponseWriter, r *http.Request, sess *session.Session) {
	h.recoverPage(w, r, sess, http.StatusOK, nil)
}

func (h *Handlers) recover(w http.ResponseWriter, r *http.Request, sess *session.Session) {
	if !h.form(w, r) {
		return
	}
	next, ctx := h.next(r), authn.WithLanguage(r.Context(), h.language(r))
	here := problem.WithNext(h.path("recover"), next)
	again := func(status int, p []FieldProblem) { h.recoverPage(w, r, sess, status, p) }
	var out authn.FactorOutcome
	var err error
	switch {
	case r.PostForm.Has("renew"):
		if err = h.Accounts.RenewRecovery(ctx, sess); err == nil {
			h.see(w, r, here, "")
			return
		}
	case r.PostForm.Has("keep"):
		out, err = h.Accounts.KeepFactors(ctx, sess)
	default:
		out, err = h.Accounts.CompleteRecovery(ctx, sess, authn.Code{Of: factor.TOTP, Secret: typed(r, "code")})
	}
	if errors.Is(err, authn.ErrNoEnrolment) && problem.WantsHTML(r) {
		h.see(w, r, here, "")
		return
	}
	if h.notReplaced(w, r, sess, err) {
		return
	}
	if _, wrong := out.(authn.Rejected); wrong {
		again(http.StatusUnprocessableEntity, []FieldProblem{{"code", Text{Key: "problem.code"}}})
		return
	}
	h.answer(w, r, sess, out, next, again)
}
