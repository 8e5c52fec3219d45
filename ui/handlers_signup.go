package ui

import (
	"errors"
	"net/http"
	"strings"

	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/factor/password"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/guard"
	"github.com/axess-go/axess/internal/problem"
	"github.com/axess-go/axess/session"
)

func (h *Handlers) signUpPage(w http.ResponseWriter, r *http.Request, sess *session.Session) SignUpPage {
	return SignUpPage{
		Frame: h.frame(w, r, sess), AskName: true, Next: h.next(r),
		Password: PasswordRules{MinLength: h.leastPassword(r, identity.Account{})},
	}
}

func (h *Handlers) signUpForm(w http.ResponseWriter, r *http.Request, sess *session.Session) {
	if h.Accounts.SignUp() != authn.SignUpOpen {
		problem.Write(w, r, problem.NotFound)
		return
	}
	if _, ok := guard.Standing(sess.State()); ok {
		h.see(w, r, h.Table.Home, "")
		return
	}
	h.page(w, r, http.StatusOK, h.signUpPage(w, r, sess))
}

func (h *Handlers) signUp(w http.ResponseWriter, r *http.Request, sess *session.Session) {
	if _, ok := guard.Standing(sess.State()); ok {
		problem.Write(w, r, problem.AlreadyAuthenticated)
		return
	}
	if !h.form(w, r) {
		return
	}
	n := authn.NewUser{
		Email: r.PostForm.Get("email"), DisplayName: r.PostForm.Get("name"),
		Password: typed(r, "password"),
	}
	_, err := h.Accounts.BeginSignup(authn.WithLanguage(r.Context(), h.language(r)), sess, n)
	if problems := fieldProblems(err); problems != nil {
		page := h.signUpPage(w, r, sess)
		page.Email, page.Name, page.Problems = n.Email, n.DisplayName, problems
		h.page(w, r, http.StatusUnprocessableEntity, page)
		return
	}
	if err != nil {
		h.fail(w, r, err)
		return
	}
	h.see(w, r, h.path("sent"), "")
}

// sent is the same page for a new and for a taken address (UIX-026).
func (h *Handlers) sent(w http.ResponseWriter, r *http.Request, sess *session.Session) {
	st, ok := sess.State().(session.PendingWorkflow)
	if !ok || st.Kind() != session.WorkflowSignup {
		h.see(w, r, h.path("sign_up"), "")
		return
	}
	h.page(w, r, http.StatusOK, CheckMailPage{
		Frame: h.bareFrame(w, r, sess), Address: st.Address(), Works: h.Accounts.LinkLife(), Outbox: h.Outbox != nil,
	})
}

// confirmForm takes a link. With the token in its query it only moves it into a
// sealed cookie and cleans the address, so that a mail scanner's visit writes
// nothing and the token reaches no history, referrer or log (UIX-062).
func (h *Handlers) confirmForm(w http.ResponseWriter, r *http.Request, sess *session.Session) {
	if token := r.URL.Query().Get("token"); token != "" {
		if len(token) <= authn.MaxLinkToken {
			h.cookies.setLink(w, token)
		} else {
			// Not the link that was opened before.
			h.cookies.dropLink(w)
		}
		w.Header().Set("Referrer-Policy", "no-referrer")
		h.see(w, r, h.path("verify"), "")
		return
	}
	token, _ := h.cookies.link(r)
	view, err := h.Accounts.ViewLink(r.Context(), sess, token)
	if err != nil {
		h.fail(w, r, err)
		return
	}
	h.confirmStep(w, r, sess, view, http.StatusOK, nil)
}

// confirmStep draws the page of the link, or the app that is being set up behind
// it.
func (h *Handlers) confirmStep(w http.ResponseWriter, r *http.Request, sess *session.Session, v authn.LinkView, status int, p []FieldProblem) {
	h.page(w, r, status, h.confirmPage(w, r, sess, v, p))
}

func (h *Handlers) confirmPage(w http.ResponseWriter, r *http.Request, sess *session.Session, v authn.LinkView, problems []FieldProblem) Page {
	f := h.frame(w, r, sess)
	f.Problems = problems
	if v.App != nil {
		return SignUpAppPage{
			Frame: f, Address: v.Address,
			Key: strings.ReplaceAll(string(v.App.Key.Reveal()), " ", ""), URI: string(v.App.URI.Reveal()), QR: drawn(v.App.QR),
		}
	}
	purpose := LinkVerify
	if v.Invited {
		purpose = LinkActivate
	}
	p := ConfirmLinkPage{Frame: f, Purpose: purpose, Address: v.Address, SameBrowser: !v.NeedsPassword}
	if v.NeedsPassword {
		p.NewPassword = &PasswordRules{MinLength: h.leastPassword(r, identity.Account{})}
	}
	return p
}

func (h *Handlers) confirm(w http.ResponseWriter, r *http.Request, sess *session.Session) {
	if !h.form(w, r) {
		return
	}
	token, _ := h.cookies.link(r)
	again := func(status int, p []FieldProblem) { //nolint:contextcheck // the request carries it
		view, err := h.Accounts.ViewLink(r.Context(), sess, token)
		if err != nil {
			h.fail(w, r, err)
			return
		}
		h.confirmStep(w, r, sess, view, status, p)
	}
	if r.PostForm.Has("code") {
		h.confirmApp(w, r, sess, token, again)
		return
	}
	done, err := h.Accounts.ConfirmSignup(authn.WithLanguage(r.Context(), h.language(r)), sess, token, typed(r, "password"))
	if problems := fieldProblems(err); problems != nil {
		again(http.StatusUnprocessableEntity, problems)
		return
	}
	var stop *authn.ThrottledError
	if errors.As(err, &stop) {
		h.throttled(w, r, stop.Until, again)
		return
	}
	if errors.Is(err, authn.ErrTokenInvalid) {
		h.cookies.dropLink(w)
	}
	if err != nil {
		h.fail(w, r, err)
		return
	}
	if done.NeedsApp {
		// The link is asked for again with the code, as long as the key lives.
		h.cookies.setLink(w, token)
		h.see(w, r, h.path("verify"), "")
		return
	}
	h.cookies.dropLink(w)
	if !done.SignedIn {
		h.see(w, r, h.path("sign_in"), "notice.password_set")
		return
	}
	h.see(w, r, h.codesFirst(r, sess, h.Table.Home), "notice.signed_up")
}

// confirmApp takes the code of the app that was set up, which makes the account.
func (h *Handlers) confirmApp(w http.ResponseWriter, r *http.Request, sess *session.Session, token string, again func(int, []FieldProblem)) {
	out, err := h.Accounts.CompleteSignup(authn.WithLanguage(r.Context(), h.language(r)), sess, token, authn.Code{Of: factor.TOTP, Secret: typed(r, "code")})
	if errors.Is(err, authn.ErrTokenInvalid) {
		h.cookies.dropLink(w)
	}
	if errors.Is(err, authn.ErrNoEnrolment) {
		// The key has run out: confirming the link once more makes another.
		h.see(w, r, h.path("verify"), "")
		return
	}
	if err != nil {
		h.fail(w, r, err)
		return
	}
	if _, wrong := out.(authn.Rejected); wrong {
		again(http.StatusUnprocessableEntity, []FieldProblem{{"code", Text{Key: "problem.code"}}})
		return
	}
	h.cookies.dropLink(w)
	h.see(w, r, h.Table.Home, "notice.signed_up")
}

// fieldProblems translates what is wrong with typed input; nil if err is
// something else.
func fieldProblems(err error) []FieldProblem {
	var policy *password.PolicyError
	if errors.As(err, &policy) {
		var out []FieldProblem
		for _, rule := range policy.Rules {
			out = append(out, FieldProblem{"password", passwordText(rule, policy.Min)})
		}
		return out
	}
	var field *authn.FieldError
	if !errors.As(err, &field) {
		return nil
	}
	switch field.Field {
	case "email":
		return []FieldProblem{{"email", Text{Key: "problem.email"}}}
	case "display_name":
		return []FieldProblem{{"name", Text{Key: "problem.name", Args: Args{"count": identity.MaxDisplayName}}}}
	case "label":
		return []FieldProblem{{"label", Text{Key: "problem.label", Args: Args{"count": authn.MaxLabel}}}}
	}
	return []FieldProblem{{Text: Text{Key: "error.request.text"}}}
}

// passwordText is the sentence for a rule that a new password broke.
func passwordText(r password.Rule, least int) Text {
	switch r {
	case password.RuleTooShort:
		return Text{Key: "problem.password_short", Args: Args{"count": least}}
	case password.RuleTooLong:
		return Text{Key: "problem.password_long"}
	case password.RuleContext:
		return Text{Key: "problem.password_context"}
	case password.RuleSame:
		return Text{Key: "problem.password_same"}
	case password.RuleReused:
		return Text{Key: "problem.password_reused"}
	case password.RuleCommon:
		return Text{Key: "problem.password_common"}
	case password.RuleText:
	}
	return Text{Key: "problem.password_malformed"}
}

// workflowPage is where a guard sends somebody with something left to do.
func workflowPage(path func(name string) string) func(session.PendingWorkflow) string {
	return func(st session.PendingWorkflow) string {
		if st.Kind() == session.WorkflowSignup {
			return path("sent")
		}
		if st.Kind() == session.WorkflowClaim {
			return path("activate")
		}
		if st.Kind() == session.WorkflowEmailVerification {
			return path("verify")
		}
		if st.Kind() == authn.WorkflowRebind {
			return path("rebind")
		}
		if st.Kind() == authn.WorkflowEnrol {
			return path("enrol")
		}
		if st.Kind() == authn.WorkflowRecover {
			return path("recover")
		}
		if st.Kind() == authn.WorkflowChangePassword {
			return path("replace")
		}
		return ""
	}
}
