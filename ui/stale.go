package ui

import (
	"net/http"
	"slices"
	"strings"

	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/guard"
	"github.com/axess-go/axess/internal/problem"
	"github.com/axess-go/axess/session"
)

// once is what a form says that comes back because its tab was open for too long
// (UIX-055).
func once() []FieldProblem { return []FieldProblem{{Text: Text{Key: "problem.stale"}}} }

// again is the form of a post whose token is of an older session, with what was
// typed but for secrets, and a fresh token. Only a post that the browser itself
// says is of this site gets the code that leads here, so nobody else can fill a
// form by it. Where the session is not in the state that the form is for, there
// is none, and the answer is the page that says how to start again.
func (h *Handlers) again(r *http.Request) (Page, bool) {
	sess, err := session.From(r.Context())
	if err != nil || r.Method != http.MethodPost {
		return nil, false
	}
	_, pattern := h.mux.Handler(r)
	name, of := h.pageOf(strings.TrimPrefix(pattern, "POST "), r)
	if name == "" || r.ParseForm() != nil {
		return nil, false
	}
	// The writer of a frame takes the notice of a get; here there is none to take.
	if _, ok := guard.Standing(sess.State()); ok && !slices.Contains([]string{"factor", "address", "undo"}, name) {
		return h.accountAgain(name, of, r, sess)
	}
	switch name {
	case "sign_in":
		p := h.signInPage(nil, r, sess)
		p.Identifier, p.Remember, p.Problems = r.PostForm.Get("identifier"), r.PostForm.Get("remember") != "", once()
		return p, true
	case "factor":
		p, ok := h.factorPage(nil, r, sess, identity.Kind(of))
		p.Problems = once()
		return p, ok
	case "replace":
		view, err := h.Accounts.ViewReplacement(r.Context(), sess)
		if err != nil {
			return nil, false
		}
		return h.replacePage(nil, r, sess, view, once()), true
	case "forgot":
		return ForgotPage{Frame: h.framed(nil, r, sess, once()), Identifier: r.PostForm.Get("identifier")}, true
	case "reset":
		token, _ := h.cookies.link(r)
		view, err := h.Accounts.ViewReset(r.Context(), token)
		if err != nil {
			return nil, false
		}
		return h.resetPage(nil, r, sess, view, once()), true
	case "enrol":
		p, err := h.enrolInlinePage(nil, r, sess, once())
		return p, err == nil
	case "rebind":
		token, _ := h.cookies.link(r)
		view, err := h.Accounts.ViewRebind(r.Context(), sess, token)
		if err != nil {
			return nil, false
		}
		return h.rebindPage(nil, r, sess, view, once()), true
	case "sign_up":
		p := h.signUpPage(nil, r, sess)
		p.Email, p.Name, p.Problems = r.PostForm.Get("email"), r.PostForm.Get("name"), once()
		return p, h.Accounts.SignUp() == authn.SignUpOpen
	case "address", "undo":
		token, _ := h.cookies.link(r)
		view, err := h.viewLink(r, sess, LinkPurpose(name), token)
		if err != nil {
			return nil, false
		}
		return h.linkPage(nil, r, sess, LinkPurpose(name), view, once()), true
	case "activate":
		token, _ := h.cookies.link(r)
		view, err := h.Accounts.ViewClaim(r.Context(), sess, token)
		if err != nil {
			return nil, false
		}
		if !r.PostForm.Has("code") {
			view.App, view.Email, view.DisplayName = nil, r.PostForm.Get("email"), r.PostForm.Get("name")
		}
		return h.claimPage(nil, r, sess, view, once()), true
	case "verify":
		token, _ := h.cookies.link(r)
		view, err := h.Accounts.ViewLink(r.Context(), sess, token)
		if err != nil {
			return nil, false
		}
		return h.confirmPage(nil, r, sess, view, once()), true
	}
	return nil, false
}

// accountAgain are the forms of somebody who is signed in.
func (h *Handlers) accountAgain(name, of string, r *http.Request, sess *session.Session) (Page, bool) {
	switch name {
	case "totp":
		e, err := h.Accounts.PendingTOTP(r.Context(), sess)
		if err != nil {
			return nil, false
		}
		p := h.enrolPage(nil, r, sess, e)
		p.Label, p.Problems = r.PostForm.Get("label"), once()
		return p, true
	case "password":
		acct, err := h.Accounts.Self(r.Context(), sess)
		if err != nil {
			return nil, false
		}
		return h.passwordPage(nil, r, sess, acct, once()), true
	case "email":
		acct, err := h.Accounts.Self(r.Context(), sess)
		if err != nil {
			return nil, false
		}
		p := h.emailPage(nil, r, sess, acct, once())
		p.New = r.PostForm.Get("email")
		return p, true
	case "names", "names_primary", "names_remove":
		acct, err := h.Accounts.Self(r.Context(), sess)
		if err != nil {
			return nil, false
		}
		p := h.namesPage(nil, r, sess, acct, once())
		p.New = r.PostForm.Get("new_name")
		return p, true
	case "totp_remove":
		id, err := identity.Parse[identity.CredentialID](of)
		if err != nil {
			return nil, false
		}
		p, ok, err := h.removal(nil, r, sess, id)
		p.Problems = once()
		return p, ok && err == nil
	case "end", "end_others":
		rows, err := h.listed(r, sess)
		if err != nil {
			return nil, false
		}
		f := h.frame(nil, r, sess)
		f.Problems = once()
		if others := (SessionsPage{Sessions: rows}).Others(); name == "end_others" && others > 0 {
			return EndOthersPage{Frame: f, Count: others}, true
		}
		return SessionsPage{Frame: f, Sessions: rows}, true
	case "sign_out":
		f := h.frame(nil, r, sess)
		f.Problems = once()
		return SignOutPage{Frame: f}, true
	}
	return nil, false
}

// pageOf is the page of the table that a pattern belongs to, and what the
// request has in its variable segment.
func (h *Handlers) pageOf(pattern string, r *http.Request) (name, of string) {
	for _, name := range []string{"sign_in", "factor", "enrol", "replace", "forgot", "reset", "rebind", "password", "sign_up", "verify", "activate", "address", "undo", "email", "names", "names_primary", "names_remove", "totp", "totp_remove", "end", "end_others", "sign_out"} {
		if h.Renderer.pattern(name) != pattern {
			continue
		}
		before, after, variable := strings.Cut(h.Renderer.binding.paths.table[name], "*")
		if variable {
			of = strings.TrimSuffix(strings.TrimPrefix(r.URL.Path, before), after)
		}
		if len(of) > maxSegment {
			return "", ""
		}
		return name, of
	}
	return "", ""
}

// startAgain keeps where the person wanted to go when a page sends them back to
// signing in (UIX-055).
func (h *Handlers) startAgain(r *http.Request, code problem.Code) (link string, ok bool) {
	switch code {
	case problem.NoFlow, problem.FlowExpired, problem.StepMismatch, problem.CSRFStale, problem.Unauthenticated, problem.SessionRevoked:
	default:
		return "", false
	}
	// The forms of other routes are not ours to read.
	if !strings.HasPrefix(r.URL.Path, h.Renderer.binding.config.BasePath+"/") {
		return "", false
	}
	if r.Method == http.MethodPost && r.ParseForm() != nil {
		return "", false
	}
	next := h.next(r)
	if next == "" {
		return "", false
	}
	return problem.WithNext(h.Table.SignIn, next), true
}

// current shows the step that a login is at to whoever posted another one
// (UIX-055). Done is false where there is none to show.
func (h *Handlers) current(w http.ResponseWriter, r *http.Request, sess *session.Session) (done bool) {
	st, ok := sess.State().(session.Authenticating)
	if !ok || st.Current().Len() == 0 || !problem.WantsHTML(r) {
		return false
	}
	p, ok := h.factorPage(w, r, sess, st.Current().At(0))
	if !ok {
		return false
	}
	p.Problems = []FieldProblem{{Text: Text{Key: "problem.step"}}}
	h.page(w, r, problem.StepMismatch.Status(), p)
	return true
}

// removal is the page that asks before an authenticator app is removed; found is
// false when the account has none of this id.
func (h *Handlers) removal(w http.ResponseWriter, r *http.Request, sess *session.Session, id identity.CredentialID) (p RemoveTOTPPage, found bool, err error) {
	acct, err := h.Accounts.Self(r.Context(), sess)
	if err != nil {
		return p, false, err
	}
	for _, c := range acct.Credentials {
		if c.ID == id && c.Kind != factor.Password {
			return RemoveTOTPPage{
				Frame: h.frame(w, r, sess), Kind: string(c.Kind), Ref: id.String(), Label: c.Label, Added: c.CreatedAt,
			}, true, nil
		}
	}
	return p, false, nil
}
