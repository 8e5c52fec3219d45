package ui

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"strconv"

	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/factor/password"
	"github.com/axess-go/axess/internal/guard"
	"github.com/axess-go/axess/internal/problem"
	"github.com/axess-go/axess/internal/respond"
	"github.com/axess-go/axess/mail"
	"github.com/axess-go/axess/middleware/csrf"
	"github.com/axess-go/axess/seal"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/store"
)

// HandlersConfig wires [Handlers]. All fields but Outbox, Dev and Version are
// required.
type HandlersConfig struct {
	Renderer *Renderer
	Accounts *authn.Accounts
	// Table is where guards send people; its paths are those of the renderer.
	Table guard.Table
	// Keys: the Cookie ring seals the link and notice cookies.
	Keys  seal.Keys
	Clock clock.Clock
	// Cookies names the cookies of the pages: the session cookie's name, to which
	// "-link", "-notice" and "-lang" are appended.
	Cookies CookieNames
	Log     *slog.Logger
	// Outbox is the development outbox; nil makes its page absent.
	Outbox *mail.Outbox
	// Dev adds cause and cure to error pages.
	Dev     bool
	Version string
}

// Handlers are the pages: forms in, pages out, and nothing decided here that
// authn could decide.
type Handlers struct {
	HandlersConfig
	cookies pageCookies
	mux     *http.ServeMux
	allow   []allowed
	table   []Route
}

// Route is one page as it is registered.
type Route struct {
	Method string
	// Pattern is the path, "{of}" for its variable segment.
	Pattern string
	// Guard is "public", "partial" (in the middle of a login) or "authn".
	Guard string
}

// NewHandlers registers every page under the renderer's base path.
func NewHandlers(cfg HandlersConfig) (*Handlers, error) {
	switch {
	case cfg.Renderer == nil, cfg.Accounts == nil, cfg.Clock == nil, cfg.Log == nil, cfg.Keys.Cookie == nil, cfg.Cookies.Session == "":
		return nil, errors.New("ui: handlers need Renderer, Accounts, Keys, Clock, Cookies and Log")
	}
	h := &Handlers{HandlersConfig: cfg, cookies: newPageCookies(cfg), mux: http.NewServeMux()}
	h.routes()
	return h, nil
}

// ServeHTTP answers the pages; what is not one is 404 in the frame.
func (h *Handlers) ServeHTTP(w http.ResponseWriter, r *http.Request) { h.mux.ServeHTTP(w, r) }

// Routes lists the pages in the order of their registration, for review and for
// a test that fails when somebody who has not signed in can reach a new one.
func (h *Handlers) Routes() []Route { return slices.Clone(h.table) }

// signedIn is a page that needs somebody signed in.
type signedIn func(http.ResponseWriter, *http.Request, *session.Session, session.Authenticated)

// inLogin is a page in the middle of a login.
type inLogin func(http.ResponseWriter, *http.Request, *session.Session, session.Authenticating)

// anybody is a page for everybody.
type anybody func(http.ResponseWriter, *http.Request, *session.Session)

func (h *Handlers) routes() {
	h.public("GET", "sign_in", h.signInForm)
	h.public("POST", "sign_in", h.signIn)
	h.partial("GET", "factor", h.factorForm)
	h.partial("POST", "factor", h.factor)
	h.public("GET", "replace", h.replaceForm)
	h.public("POST", "replace", h.replace)
	h.public("GET", "step_up", h.stepUp)
	h.authn("POST", "step_up_leave", h.leaveStepUp)
	h.public("GET", "enrol", h.enrolInlineForm)
	h.public("POST", "enrol", h.enrolInline)
	h.public("GET", "recover", h.recoverForm)
	h.public("POST", "recover", h.recover)
	h.public("GET", "recovery_codes", h.codesForm)
	h.public("POST", "recovery_codes", h.codesKept)
	h.public("GET", "recovery_text", h.codesText)
	h.own("GET", "recovery_renew", h.renewForm)
	h.own("POST", "recovery_renew", h.renewCodes)
	h.public("GET", "sign_up", h.signUpForm)
	h.public("POST", "sign_up", h.signUp)
	h.public("GET", "sent", h.sent)
	h.public("GET", "verify", h.confirmForm)
	h.public("POST", "verify", h.confirm)
	h.public("GET", "activate", h.claimForm)
	h.public("POST", "activate", h.claim)
	h.public("GET", "forgot", h.forgotForm)
	h.public("POST", "forgot", h.forgot)
	h.public("GET", "forgot_sent", h.forgotSent)
	h.public("GET", "reset", h.resetForm)
	h.public("POST", "reset", h.reset)
	h.public("GET", "rebind", h.rebindForm)
	h.public("POST", "rebind", h.rebind)
	h.authn("GET", "account", h.account)
	h.own("GET", "password", h.passwordForm)
	h.own("POST", "password", h.changePassword)
	h.own("GET", "totp", h.enrolForm)
	h.own("POST", "totp", h.enrol)
	h.own("GET", "totp_remove", h.removeForm)
	h.own("POST", "totp_remove", h.remove)
	h.own("GET", "factor_remove", h.removeForm)
	h.own("POST", "factor_remove", h.remove)
	h.own("GET", "email", h.emailForm)
	h.own("POST", "email", h.email)
	h.own("POST", "email_cancel", h.cancelEmail)
	h.own("GET", "names", h.namesForm)
	h.own("POST", "names", h.addName)
	h.own("POST", "names_primary", h.makePrimary)
	h.own("POST", "names_remove", h.removeName)
	h.own("POST", "names_cancel", h.cancelName)
	h.public("GET", "address", h.linkForm("address", LinkAddress, h.Accounts.ViewAddress))
	h.public("POST", "address", h.address)
	h.public("GET", "undo", h.linkForm("undo", LinkUndo, h.viewUndo))
	h.public("POST", "undo", h.undo)
	h.authn("GET", "history", h.history)
	h.authn("GET", "sessions", h.sessions)
	h.authn("POST", "end", h.end)
	h.own("GET", "end_others", h.endOthersForm)
	h.own("POST", "end_others", h.endOthers)
	h.authn("POST", "stop_acting", h.stopActing)
	h.public("GET", "sign_out", h.signOutForm)
	h.public("POST", "sign_out", h.signOut)
	h.handle("GET", "language", "public", h.chooseLanguage)
	h.own("POST", "account_language", h.keepLanguage)
	if h.Outbox != nil {
		h.public("GET", "outbox", h.outbox)
		h.public("POST", "outbox_clear", h.clearOutbox)
	}
	h.refuseOthers()
	h.mux.Handle(h.path("assets"), h.Renderer.Assets())
	h.mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { problem.Write(w, r, problem.NotFound) })
}

// segment is the name of a page path's variable segment.
const segment = "of"

// handle registers a page of the table.
func (h *Handlers) handle(method, page, guarded string, f http.HandlerFunc) {
	path := h.Renderer.pattern(page)
	h.table = append(h.table, Route{method, path, guarded})
	h.mux.HandleFunc(method+" "+path, func(w http.ResponseWriter, r *http.Request) {
		if len(r.PathValue(segment)) > maxSegment {
			problem.Write(w, r, problem.BadIdentifier)
			return
		}
		f(w, r)
	})
	if method == http.MethodGet {
		method = "GET, HEAD"
	}
	for i := range h.allow {
		if h.allow[i].path == path {
			h.allow[i].methods += ", " + method
			return
		}
	}
	h.allow = append(h.allow, allowed{path, method})
}

// maxSegment bounds the variable segment of a path in bytes (GRD-031).
const maxSegment = 1024

// allowed are the methods of one page.
type allowed struct{ path, methods string }

// refuseOthers answers every page's other methods with 405 and those that it
// has (MID-063).
func (h *Handlers) refuseOthers() {
	for _, a := range h.allow {
		h.mux.HandleFunc(a.path, func(w http.ResponseWriter, r *http.Request) {
			problem.Write(w, r, problem.MethodNotAllowed, problem.Allow(a.methods))
		})
	}
}

func (h *Handlers) public(method, page string, f anybody) {
	h.handle(method, page, "public", h.open(f))
}

// open is a page without a guard.
func (h *Handlers) open(f anybody) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		sess, err := session.From(r.Context())
		if err != nil {
			h.Table.Refuse(w, r, guard.Miswired)
			return
		}
		f(w, r, sess)
	}
}

func (h *Handlers) authn(method, page string, f signedIn) {
	h.handle(method, page, "authn", func(w http.ResponseWriter, r *http.Request) {
		login, sess, v := guard.Authn(r.Context())
		if v != guard.Pass {
			h.Table.Refuse(w, r, v)
			return
		}
		f(w, r, sess, login)
	})
}

// own is authn for what a person alone does with their account: whoever acts in their
// name is told so before they fill in anything (AUN-142).
func (h *Handlers) own(method, page string, f signedIn) {
	h.authn(method, page, func(w http.ResponseWriter, r *http.Request, sess *session.Session, login session.Authenticated) {
		if _, acts := login.Actor(); acts {
			problem.Write(w, r, problem.Impersonating)
			return
		}
		f(w, r, sess, login)
	})
}

func (h *Handlers) partial(method, page string, f inLogin) {
	h.handle(method, page, "partial", func(w http.ResponseWriter, r *http.Request) {
		flow, sess, v := guard.Partial(r.Context())
		if v != guard.Pass {
			if sess != nil && sess.View().Ended {
				problem.Write(w, r, problem.FlowExpired)
				return
			}
			h.Table.Refuse(w, r, v)
			return
		}
		f(w, r, sess, flow)
	})
}

// path is a page of the table; a name that is not in it is a programming fault.
func (h *Handlers) path(name string, parts ...string) string {
	p, err := h.Renderer.Path(name, parts...)
	if err != nil {
		panic(err)
	}
	return p
}

// page renders with a status. Every page is no-store (UIX-007).
func (h *Handlers) page(w http.ResponseWriter, r *http.Request, status int, p Page) {
	if h.document(w, r, status, p) {
		return
	}
	var body bytes.Buffer
	if err := h.Renderer.Render(&body, p); err != nil {
		h.Log.ErrorContext(r.Context(), "ui: page not rendered", "error", err)
		problem.Write(w, r, problem.Internal)
		return
	}
	head := w.Header()
	head.Set("Content-Type", "text/html; charset=utf-8")
	head.Set("Cache-Control", "no-store")
	head.Add("Vary", "Accept, Accept-Language, Cookie")
	head.Set("Content-Length", strconv.Itoa(body.Len()))
	if status == http.StatusUnauthorized {
		// A scheme that no browser knows: no native prompt, the page renders.
		head.Set("WWW-Authenticate", "Axess")
	}
	w.WriteHeader(status)
	_, _ = w.Write(body.Bytes()) // the client may have left; nothing to do about it
}

// frame is what all pages of a request have in common.
func (h *Handlers) frame(w http.ResponseWriter, r *http.Request, sess *session.Session) Frame {
	f := h.bareFrame(w, r, sess)
	f.CSRF = csrf.Token(r.Context())
	return f
}

// bareFrame is for pages without a form: a guest gets no cookie for looking at
// one (SES-064).
func (h *Handlers) bareFrame(w http.ResponseWriter, r *http.Request, sess *session.Session) Frame {
	f := Frame{
		Language: h.language(r), Here: h.here(r),
		Now: h.Clock.Now(), Dev: h.Dev, Notice: h.cookies.takeNotice(w, r),
	}
	if s := respond.From(r.Context()); s != nil {
		f.RequestID = s.RequestID()
	}
	if login, ok := guard.Standing(sess.State()); ok {
		f.SignedInAs = login.DisplayName()
		if f.Acting = actingOf(login); f.Acting != nil {
			f.CSRF = csrf.Token(r.Context()) // of the button that stops it
		}
	}
	return f
}

// see answers a successful post: 303, so that going back never posts again
// (UIX-059). notice is a catalogue key or empty.
func (h *Handlers) see(w http.ResponseWriter, r *http.Request, to, notice string) {
	if notice != "" {
		h.cookies.setNotice(w, notice)
	}
	w.Header().Set("Cache-Control", "no-store")
	http.Redirect(w, r, to, http.StatusSeeOther)
}

// form reads a posted form, or answers.
func (h *Handlers) form(w http.ResponseWriter, r *http.Request) bool {
	if err := r.ParseForm(); err != nil {
		if problem.TooLarge(err) {
			problem.Write(w, r, problem.PayloadTooLarge)
		} else {
			problem.Write(w, r, problem.BadRequest)
		}
		return false
	}
	return true
}

// typed takes a secret field and forgets it in the form.
func typed(r *http.Request, field string) seal.Secret {
	s := seal.NewSecret([]byte(r.PostForm.Get(field)))
	r.PostForm.Del(field)
	r.Form.Del(field)
	return s
}

// fail answers an error of authn that is no field's fault.
func (h *Handlers) fail(w http.ResponseWriter, r *http.Request, err error) {
	code := problem.Internal
	switch {
	case errors.Is(err, authn.ErrNoFlow):
		code = problem.NoFlow
	case errors.Is(err, authn.ErrFlowExpired):
		code = problem.FlowExpired
	case errors.Is(err, authn.ErrStepMismatch):
		code = problem.StepMismatch
	case errors.Is(err, authn.ErrTokenInvalid):
		code = problem.TokenInvalid
	case errors.Is(err, authn.ErrImpersonationRefused):
		code = problem.ImpersonationRefused
	case errors.Is(err, authn.ErrImpersonating):
		code = problem.Impersonating
	case errors.Is(err, authn.ErrNotAuthenticated):
		code = problem.Unauthenticated
	case errors.Is(err, authn.ErrStepUpRequired):
		code = problem.StepUpRequired
	case errors.Is(err, authn.ErrRecoveryHold):
		code = problem.RecoveryHold
	case errors.Is(err, authn.ErrSignedIn):
		code = problem.AlreadyAuthenticated
	case errors.Is(err, authn.ErrRoleNeedsMFA):
		code = problem.RoleNeedsMFA
	case errors.Is(err, authn.ErrLastFactor):
		code = problem.LastFactor
	case errors.Is(err, session.ErrSessionLimit):
		code = problem.SessionLimit
	case errors.Is(err, authn.ErrFlowSuperseded), errors.Is(err, authn.ErrLimit), errors.Is(err, authn.ErrNamesFull), errors.Is(err, authn.ErrNameNeeded), errors.Is(err, authn.ErrNoEnrolment),
		errors.Is(err, session.ErrSuperseded), errors.Is(err, session.ErrEnded):
		code = problem.Conflict
	case errors.Is(err, authn.ErrCursor):
		code = problem.BadIdentifier
	case errors.Is(err, store.ErrNotFound), errors.Is(err, authn.ErrNoEvents), errors.Is(err, authn.ErrSignUpClosed), errors.Is(err, authn.ErrMethodUnknown), errors.Is(err, authn.ErrNoMethod):
		code = problem.NotFound
	case errors.Is(err, password.ErrBusy):
		code = problem.Busy
	case errors.Is(err, store.ErrUnavailable), errors.Is(err, session.ErrStoreUnavailable), errors.Is(err, store.ErrConflict),
		// What is new exists already when a message of ours arrived twice (STO-061).
		errors.Is(err, store.ErrExists),
		errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		code = problem.Unavailable
	}
	switch {
	case r.Context().Err() != nil && code != problem.Internal:
		// Nobody waits for the answer any more: that is no fault to wake anybody for.
		h.Log.InfoContext(r.Context(), "ui: request given up", "error", err)
	case code == problem.Internal || code == problem.Unavailable:
		h.Log.ErrorContext(r.Context(), "ui: request failed", "error", err)
	}
	problem.Write(w, r, code)
}
