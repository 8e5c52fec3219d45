package ui

import (
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/guard"
	"github.com/axess-go/axess/internal/problem"
	"github.com/axess-go/axess/session"
)

func (h *Handlers) next(r *http.Request) string {
	raw := r.URL.Query().Get(problem.NextParam)
	if r.Method == http.MethodPost {
		raw = r.PostForm.Get(problem.NextParam)
	}
	next, ok := h.Table.Return(raw)
	if !ok {
		return ""
	}
	return next
}

// arrive is where a completed sign-in leads.
func (h *Handlers) arrive(w http.ResponseWriter, r *http.Request, sess *session.Session, next string) {
	h.speakTheirs(w, r, sess)
	if next == "" {
		next = h.Table.Home
	}
	h.see(w, r, h.codesFirst(r, sess, next), "notice.signed_in")
}

func (h *Handlers) signInPage(w http.ResponseWriter, r *http.Request, sess *session.Session) SignInPage {
	return SignInPage{
		Frame:      h.frame(w, r, sess),
		SignUpOpen: h.Accounts.SignUp() == authn.SignUpOpen, Next: h.next(r),
	}
}

func (h *Handlers) signInForm(w http.ResponseWriter, r *http.Request, sess *session.Session) {
	if _, ok := guard.Standing(sess.State()); ok {
		next := h.next(r)
		if next == "" {
			next = h.Table.Home
		}
		h.see(w, r, next, "")
		return
	}
	h.page(w, r, http.StatusOK, h.signInPage(w, r, sess))
}

// signIn is one form for identifier and password (UIX-020): the flow begins and
// its first factor is verified in one request.
func (h *Handlers) signIn(w http.ResponseWriter, r *http.Request, sess *session.Session) {
	if !h.form(w, r) {
		return
	}
	identifier, next := r.PostForm.Get("identifier"), h.next(r)
	secret := typed(r, "password")
	var missing []FieldProblem
	if identifier == "" {
		missing = append(missing, FieldProblem{"identifier", Text{Key: "problem.identifier"}})
	}
	if len(secret.Reveal()) == 0 {
		missing = append(missing, FieldProblem{"password", Text{Key: "problem.password_missing"}})
	}
	if missing != nil {
		h.signInAgain(w, r, sess, http.StatusUnprocessableEntity, identifier, missing)
		return
	}
	out, err := h.Accounts.BeginLogin(r.Context(), sess, authn.LoginRequest{Identifier: identifier})
	if err != nil {
		h.fail(w, r, err)
		return
	}
	switch out := out.(type) {
	case authn.AlreadyAuthenticated:
		h.arrive(w, r, sess, next)
	case authn.TenantSuspended:
		problem.Write(w, r, problem.Forbidden)
	case authn.StepRequired:
		var c authn.Credential = authn.Password{Secret: secret}
		switch {
		case offers(out.Menu, factor.Password):
		case offers(out.Menu, factor.LDAPBind):
			// The password of the tenant's directory is the one that people know.
			c = authn.Code{Of: factor.LDAPBind, Secret: secret}
		default:
			h.toFactor(w, r, out.Menu, next)
			return
		}
		result, err := h.Accounts.VerifyFactor(authn.WithLanguage(r.Context(), h.language(r)), sess, c)
		if err != nil {
			h.fail(w, r, err)
			return
		}
		h.answer(w, r, sess, result, next, func(status int, p []FieldProblem) {
			h.signInAgain(w, r, sess, status, identifier, p)
		})
	}
}

// signInAgain shows the form with what was typed, but for the password. The
// frame is made here, after any rotation, so that its token fits the new id.
func (h *Handlers) signInAgain(w http.ResponseWriter, r *http.Request, sess *session.Session, status int, identifier string, p []FieldProblem) {
	page := h.signInPage(w, r, sess)
	page.Identifier, page.Problems = identifier, p
	h.page(w, r, status, page)
}

func offers(m authn.Menu, k identity.Kind) bool {
	for _, o := range m.Options {
		if o == k {
			return true
		}
	}
	return false
}

func (h *Handlers) toFactor(w http.ResponseWriter, r *http.Request, m authn.Menu, next string) {
	if len(m.Options) == 0 {
		problem.Write(w, r, problem.StepMismatch)
		return
	}
	h.see(w, r, problem.WithNext(h.Table.FactorPath(m.Options[0]), next), "")
}

// answer maps what a factor led to; again shows the form with a problem.
func (h *Handlers) answer(w http.ResponseWriter, r *http.Request, sess *session.Session, out authn.FactorOutcome, next string, again func(int, []FieldProblem)) {
	switch out := out.(type) {
	case authn.Completed:
		h.arrive(w, r, sess, next)
	case authn.StepRequired:
		h.toFactor(w, r, out.Menu, next)
	case authn.Rejected:
		again(http.StatusUnauthorized, SignInFailed())
	case authn.Throttled:
		h.throttled(w, r, out.Until, again)
	case authn.Workflow:
		h.toWorkflow(w, r, sess, next)
	case authn.Busy:
		problem.Write(w, r, problem.Busy, problem.RetryAfter(out.RetryAfter))
	case authn.Unavailable:
		problem.Write(w, r, problem.Unavailable, problem.RetryAfter(out.RetryAfter))
	}
}

// throttled shows the form again with the time from which trying makes sense, in
// words and by the clock (UIX-054).
func (h *Handlers) throttled(w http.ResponseWriter, r *http.Request, until time.Time, again func(int, []FieldProblem)) {
	if !problem.WantsHTML(r) {
		problem.Write(w, r, problem.Throttled, problem.RetryAt(until, h.Clock.Now()))
		return
	}
	wait := max(until.Sub(h.Clock.Now()), time.Second)
	seconds := int64((wait + time.Second - 1) / time.Second)
	w.Header().Set("Retry-After", strconv.FormatInt(seconds, 10))
	again(http.StatusTooManyRequests, []FieldProblem{
		{Text: Text{Key: "problem.locked", Args: Args{"time": until}}},
		{Text: Text{Key: "wait.for", Args: Args{"duration": time.Duration(seconds) * time.Second}}},
	})
}

func (h *Handlers) factorPage(w http.ResponseWriter, r *http.Request, sess *session.Session, kind identity.Kind) (FactorPage, bool) {
	st, ok := sess.State().(session.Authenticating)
	if !ok || !st.Current().Has(kind) {
		return FactorPage{}, false
	}
	_, over := st.Base()
	p := FactorPage{
		Frame: h.frame(w, r, sess), Kind: string(kind), Field: h.Accounts.Factor(kind).Field, Identifier: st.Identifier(), StepUp: over,
		Step: st.StepNumber(), Steps: st.StepsTotal(), Next: h.next(r),
	}
	if over {
		p.Why = h.purpose(p.Next)
	}
	if p.Step == 1 {
		// How many steps follow depends on the person, who has proven nothing yet.
		p.Steps = 1
	}
	for _, k := range st.Current().Kinds() {
		if k != kind {
			p.Others = append(p.Others, string(k))
		}
	}
	return p, true
}

// presented is what a form says for a kind.
func (h *Handlers) presented(r *http.Request, kind identity.Kind) authn.Credential {
	switch field := h.Accounts.Factor(kind).Field; {
	case kind == factor.Password:
		return authn.Password{Secret: typed(r, "password")}
	case field == factor.FieldPassword:
		return authn.Presented{Of: kind, Secret: typed(r, "password")}
	case field == factor.FieldNone:
		return authn.Presented{Of: kind}
	case field == factor.FieldCode:
		return authn.Code{Of: kind, Secret: typed(r, "code")}
	}
	return authn.Presented{Of: kind, Secret: typed(r, "code")}
}

func (h *Handlers) factorForm(w http.ResponseWriter, r *http.Request, sess *session.Session, flow session.Authenticating) {
	kind := identity.Kind(r.PathValue(segment))
	page, ok := h.factorPage(w, r, sess, kind)
	if !ok {
		// The current step is another one: show that (UIX-055).
		if flow.Current().Len() > 0 {
			h.see(w, r, problem.WithNext(h.Table.FactorPath(flow.Current().At(0)), h.next(r)), "")
			return
		}
		problem.Write(w, r, problem.NotFound)
		return
	}
	h.showFactor(w, r, sess, http.StatusOK, page)
}

func (h *Handlers) factor(w http.ResponseWriter, r *http.Request, sess *session.Session, flow session.Authenticating) {
	if !h.form(w, r) {
		return
	}
	kind, next := identity.Kind(r.PathValue(segment)), h.next(r)
	_, over := flow.Base()
	if r.PostForm.Get("again") != "" {
		h.another(w, r, sess, kind)
		return
	}
	c := h.presented(r, kind)
	out, err := h.Accounts.VerifyFactor(authn.WithLanguage(r.Context(), h.language(r)), sess, c)
	if errors.Is(err, authn.ErrStepMismatch) && h.current(w, r, sess) {
		return
	}
	if err != nil {
		h.fail(w, r, err)
		return
	}
	if _, done := out.(authn.Completed); done && over {
		if next == "" {
			next = h.path("account")
		}
		h.see(w, r, next, "")
		return
	}
	h.answer(w, r, sess, out, next, func(status int, p []FieldProblem) {
		page, ok := h.factorPage(w, r, sess, kind)
		if !ok && over {
			// The step-up is over, the login goes on: nothing to fill in again.
			h.see(w, r, h.path("account"), "notice.step_up_failed")
			return
		}
		if !ok {
			// The flow ended while its last factor was judged: the same answer on
			// the first page.
			h.signInAgain(w, r, sess, status, "", p)
			return
		}
		page.Problems = p
		h.showFactor(w, r, sess, status, page)
	})
}

func (h *Handlers) signOutForm(w http.ResponseWriter, r *http.Request, sess *session.Session) {
	if _, ok := guard.Standing(sess.State()); !ok {
		h.page(w, r, http.StatusOK, SignedOutPage{Frame: h.bareFrame(w, r, sess)})
		return
	}
	h.page(w, r, http.StatusOK, SignOutPage{Frame: h.frame(w, r, sess)})
}

// signOut ends the session, or all of them. A store that does not answer leaves
// session and cookie as they are and says so (decisions §6).
func (h *Handlers) signOut(w http.ResponseWriter, r *http.Request, sess *session.Session) {
	if !h.form(w, r) {
		return
	}
	everywhere := r.PostForm.Get("scope") == "all"
	var err error
	if everywhere {
		err = h.Accounts.LogoutEverywhere(authn.WithLanguage(r.Context(), h.language(r)), sess)
	} else {
		err = h.Accounts.Logout(r.Context(), sess)
	}
	if errors.Is(err, authn.ErrImpersonating) {
		h.fail(w, r, err)
		return
	}
	if err != nil {
		h.Log.ErrorContext(r.Context(), "ui: sign-out failed", "error", err)
		if !problem.WantsHTML(r) {
			problem.Write(w, r, problem.Unavailable)
			return
		}
		f := h.frame(w, r, sess)
		f.Problems = []FieldProblem{{Text: Text{Key: "error.trouble.text"}}}
		w.Header().Set("Retry-After", "1")
		h.page(w, r, http.StatusServiceUnavailable, SignOutPage{Frame: f})
		return
	}
	h.see(w, r, h.path("sign_out"), "")
}
