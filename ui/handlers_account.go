package ui

import (
	"cmp"
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/factor/totp"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/problem"
	"github.com/axess-go/axess/session"
)

// shownSessions bounds the list of the sessions page.
const shownSessions = 100

func (h *Handlers) account(w http.ResponseWriter, r *http.Request, sess *session.Session, _ session.Authenticated) {
	acct, err := h.Accounts.Self(r.Context(), sess)
	if err != nil {
		h.fail(w, r, err)
		return
	}
	list, err := h.Accounts.ActiveSessions(r.Context(), sess, session.Ref{}, shownSessions)
	if err != nil {
		h.fail(w, r, err)
		return
	}
	page := AccountPage{
		Frame: h.frame(w, r, sess), Email: acct.User.Primary().Typed,
		EmailVerified: !acct.User.EmailVerifiedAt.IsZero(), Sessions: len(list),
		MailLanguage: h.offered(acct.User.Language),
	}
	for _, n := range namesOf(acct.User) {
		if !n.Primary {
			page.Names = append(page.Names, n.Typed)
		}
	}
	for _, c := range acct.Credentials {
		row := FactorRow{Kind: string(c.Kind), Label: c.Label, Added: c.CreatedAt, LastUsed: c.LastUsedAt, Off: c.State == identity.CredentialDisabled}
		if c.Kind != factor.Password {
			row.Ref = c.ID.String()
		}
		if c.Kind == factor.Recovery {
			row.Left, _ = h.Accounts.CodesLeft(r.Context(), acct)
		}
		page.Factors = append(page.Factors, row)
	}
	// What stands in for the others comes last: it has the time of the first of them.
	slices.SortStableFunc(page.Factors, func(a, b FactorRow) int { return cmp.Compare(a.last(), b.last()) })
	h.page(w, r, http.StatusOK, page)
}

func (h *Handlers) enrolPage(w http.ResponseWriter, r *http.Request, sess *session.Session, e authn.Enrolment) EnrolTOTPPage {
	return EnrolTOTPPage{
		Frame: h.frame(w, r, sess),
		Key:   strings.ReplaceAll(string(e.Key.Reveal()), " ", ""), URI: string(e.URI.Reveal()),
		QR: drawn(e.QR),
	}
}

// drawn is a code for a page, which draws its own quiet zone.
func drawn(qr totp.QR) QR {
	const border = 4
	return QR{
		Size:  qr.Side() - 2*border,
		Black: func(x, y int) bool { return qr.Dark(x+border, y+border) },
	}
}

// pendingParam asks for the app that is being set up, after a step-up on the way.
const pendingParam = "pending"

func (h *Handlers) enrolForm(w http.ResponseWriter, r *http.Request, sess *session.Session, _ session.Authenticated) {
	back, pending := h.path("totp"), r.URL.Query().Has(pendingParam)
	if pending {
		back += "?" + pendingParam
	}
	if !h.proved(w, r, sess, back) {
		return
	}
	e, err := authn.Enrolment{}, authn.ErrNoEnrolment
	if pending {
		e, err = h.Accounts.PendingTOTP(r.Context(), sess)
	}
	if errors.Is(err, authn.ErrNoEnrolment) {
		e, err = h.Accounts.BeginTOTP(r.Context(), sess)
	}
	if err != nil {
		h.fail(w, r, err)
		return
	}
	h.page(w, r, http.StatusOK, h.enrolPage(w, r, sess, e))
}

func (h *Handlers) enrol(w http.ResponseWriter, r *http.Request, sess *session.Session, _ session.Authenticated) {
	if !h.form(w, r) {
		return
	}
	label := r.PostForm.Get("label")
	again := func(status int, p []FieldProblem) { //nolint:contextcheck // the request carries it
		e, err := h.Accounts.PendingTOTP(r.Context(), sess)
		if err != nil {
			h.fail(w, r, err)
			return
		}
		page := h.enrolPage(w, r, sess, e)
		page.Label, page.Problems = label, p
		h.page(w, r, status, page)
	}
	out, err := h.Accounts.ConfirmTOTP(authn.WithLanguage(r.Context(), h.language(r)), sess,
		authn.Code{Of: factor.TOTP, Secret: typed(r, "code")}, label)
	if h.provesFirst(w, r, sess, err, h.path("totp")+"?"+pendingParam) {
		return
	}
	if p := fieldProblems(err); p != nil {
		again(http.StatusUnprocessableEntity, p)
		return
	}
	if err != nil {
		h.fail(w, r, err)
		return
	}
	if _, ok := out.(authn.Completed); ok {
		h.see(w, r, h.codesFirst(r, sess, h.path("account")), "notice.totp_added")
		return
	}
	h.changed(w, r, out, "notice.totp_added", "code", again)
}

// changed maps what a change of factors led to. The field of a rejection is the
// code, or the password if that was what did not match.
func (h *Handlers) changed(w http.ResponseWriter, r *http.Request, out authn.FactorOutcome, notice, field string, again func(int, []FieldProblem)) {
	switch out := out.(type) {
	case authn.Completed:
		h.see(w, r, h.path("account"), notice)
	case authn.Rejected:
		if out.Of == factor.Password {
			field = "current_password"
		}
		key := map[string]string{"code": "problem.code", "current_password": "problem.password"}[field]
		again(http.StatusUnprocessableEntity, []FieldProblem{{field, Text{Key: key}}})
	case authn.Throttled:
		h.throttled(w, r, out.Until, again)
	case authn.Busy:
		problem.Write(w, r, problem.Busy, problem.RetryAfter(out.RetryAfter))
	case authn.Unavailable:
		problem.Write(w, r, problem.Unavailable, problem.RetryAfter(out.RetryAfter))
	case authn.StepRequired, authn.Workflow:
		problem.Write(w, r, problem.Internal)
	}
}

func (h *Handlers) removePage(w http.ResponseWriter, r *http.Request, sess *session.Session) (RemoveTOTPPage, identity.CredentialID, bool) {
	id, err := identity.Parse[identity.CredentialID](r.PathValue(segment))
	if err != nil {
		problem.Write(w, r, problem.BadIdentifier)
		return RemoveTOTPPage{}, id, false
	}
	page, found, err := h.removal(w, r, sess, id)
	switch {
	case err != nil:
		h.fail(w, r, err)
	case !found:
		problem.Write(w, r, problem.NotFound)
	}
	return page, id, found
}

func (h *Handlers) removeForm(w http.ResponseWriter, r *http.Request, sess *session.Session, _ session.Authenticated) {
	if page, _, ok := h.removePage(w, r, sess); ok && h.proved(w, r, sess, r.URL.Path) {
		h.page(w, r, http.StatusOK, page)
	}
}

func (h *Handlers) remove(w http.ResponseWriter, r *http.Request, sess *session.Session, _ session.Authenticated) {
	if !h.form(w, r) {
		return
	}
	page, id, ok := h.removePage(w, r, sess)
	if !ok {
		return
	}
	out, err := h.Accounts.RemoveFactor(authn.WithLanguage(r.Context(), h.language(r)), sess, id)
	if h.provesFirst(w, r, sess, err, r.URL.Path) {
		return
	}
	if err != nil {
		h.fail(w, r, err)
		return
	}
	notice := "notice.totp_removed"
	if page.Kind != "totp" {
		notice = "notice.factor_removed"
	}
	h.changed(w, r, out, notice, "", func(status int, p []FieldProblem) {
		page.Problems = p
		h.page(w, r, status, page)
	})
}

func (h *Handlers) listed(r *http.Request, sess *session.Session) ([]SessionRow, error) {
	list, err := h.Accounts.ActiveSessions(r.Context(), sess, session.Ref{}, shownSessions)
	if err != nil {
		return nil, err
	}
	own, _ := sess.Ref()
	rows := make([]SessionRow, len(list))
	for i, s := range list {
		rows[i] = SessionRow{
			Ref: s.Ref.String(), This: s.Ref == own, Browser: s.Client.Browser, Platform: s.Client.Platform,
			SignedIn: s.AuthTime, LastSeen: s.Seen, Acting: !s.Actor.IsZero(),
		}
		for _, k := range s.Kinds {
			rows[i].Factors = append(rows[i].Factors, string(k))
		}
	}
	return rows, nil
}

func (h *Handlers) sessions(w http.ResponseWriter, r *http.Request, sess *session.Session, _ session.Authenticated) {
	rows, err := h.listed(r, sess)
	if err != nil {
		h.fail(w, r, err)
		return
	}
	h.page(w, r, http.StatusOK, SessionsPage{Frame: h.frame(w, r, sess), Sessions: rows})
}

func (h *Handlers) end(w http.ResponseWriter, r *http.Request, sess *session.Session, _ session.Authenticated) {
	ref, err := identity.Parse[session.Ref](r.PathValue(segment))
	if err != nil {
		problem.Write(w, r, problem.BadIdentifier)
		return
	}
	own, _ := sess.Ref()
	if err := h.Accounts.RevokeSession(r.Context(), sess, ref); err != nil {
		h.fail(w, r, err)
		return
	}
	if ref == own {
		h.see(w, r, h.path("sign_out"), "")
		return
	}
	h.see(w, r, h.path("sessions"), "notice.session_ended")
}

func (h *Handlers) endOthersForm(w http.ResponseWriter, r *http.Request, sess *session.Session, _ session.Authenticated) {
	rows, err := h.listed(r, sess)
	if err != nil {
		h.fail(w, r, err)
		return
	}
	others := SessionsPage{Sessions: rows}.Others()
	if others == 0 {
		h.see(w, r, h.path("sessions"), "")
		return
	}
	h.page(w, r, http.StatusOK, EndOthersPage{Frame: h.frame(w, r, sess), Count: others})
}

func (h *Handlers) endOthers(w http.ResponseWriter, r *http.Request, sess *session.Session, _ session.Authenticated) {
	if err := h.Accounts.LogoutOthers(authn.WithLanguage(r.Context(), h.language(r)), sess); err != nil {
		h.fail(w, r, err)
		return
	}
	h.see(w, r, h.path("sessions"), "notice.others_ended")
}
