// Package guard decides whether a request may pass, and how it is sent away.
//
// It holds the checks and the one table of outcomes (GRD-013); what a guard
// mints for the handler, the proof, belongs to the root package, which wraps
// [Pass] so that only guards can make one.
//
//	login, verdict := guard.Authn(r.Context())
//	if verdict != guard.Pass {
//		table.Refuse(w, r, verdict)
//		return
//	}
//
// It adds no read: a user or tenant that leaves Active raises an epoch in the
// same commit, and epochs come with the session load (design §5). What the
// session layer could not decide it has already answered with 503.
//
// Requirements: GRD-006…009, GRD-013…019, GRD-032, GRD-033.
package guard

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/problem"
	"github.com/axess-go/axess/session"
)

// Verdict is the row of the table that a request falls into.
type Verdict uint8

// The verdicts. The zero verdict passes nothing: it is a wiring fault.
const (
	// Miswired means that no session layer ran: 500, never anonymous access
	// (SES-083).
	Miswired Verdict = iota
	Pass
	Unauthenticated
	// Revoked means that a genuine cookie led to a session that has ended.
	Revoked
	FactorRequired
	WorkflowPending
	AlreadyAuthenticated
	Unavailable
	// StepUpRequired means that the browser differs from the one that the session is
	// bound to, and a factor has to be proved again before the login counts (SES-180).
	StepUpRequired
)

// Authn demands a full login.
func Authn(ctx context.Context) (session.Authenticated, *session.Session, Verdict) {
	sess, v := load(ctx)
	if v != Pass {
		return session.Authenticated{}, nil, v
	}
	if sess.View().Challenged {
		return session.Authenticated{}, sess, StepUpRequired
	}
	if login, ok := Standing(sess.State()); ok {
		return login, sess, Pass
	}
	switch sess.State().(type) {
	case session.Authenticated:
	case session.Authenticating:
		return session.Authenticated{}, sess, FactorRequired
	case session.PendingWorkflow:
		return session.Authenticated{}, sess, WorkflowPending
	case session.Guest, session.Identifying:
	}
	return session.Authenticated{}, sess, nobody(sess)
}

// Standing is the login that a state is, or stands on: a step-up over a login leaves
// that login as it was (SES-007).
func Standing(st session.State) (session.Authenticated, bool) {
	switch st := st.(type) {
	case session.Authenticated:
		return st, true
	case session.Authenticating:
		return st.Base()
	case session.Guest, session.Identifying, session.PendingWorkflow:
	}
	return session.Authenticated{}, false
}

// Partial demands a login in progress, and nothing else (GRD-009).
func Partial(ctx context.Context) (session.Authenticating, *session.Session, Verdict) {
	sess, v := load(ctx)
	if v != Pass {
		return session.Authenticating{}, nil, v
	}
	switch st := sess.State().(type) {
	case session.Authenticating:
		return st, sess, Pass
	case session.Authenticated:
		return session.Authenticating{}, sess, AlreadyAuthenticated
	case session.PendingWorkflow:
		return session.Authenticating{}, sess, WorkflowPending
	case session.Guest, session.Identifying:
	}
	return session.Authenticating{}, sess, nobody(sess)
}

// nobody tells a stranger from somebody whose session has ended.
func nobody(sess *session.Session) Verdict {
	if sess.View().Ended {
		return Revoked
	}
	return Unauthenticated
}

func load(ctx context.Context) (*session.Session, Verdict) {
	sess, err := session.From(ctx)
	if err != nil {
		return nil, Miswired
	}
	if sess.View().Degraded {
		return nil, Unavailable
	}
	return sess, Pass
}

// Table is where browsers are sent. The paths are absolute and have no query.
type Table struct {
	SignIn string // "/auth/sign-in"
	// Factor is followed by the kind: "/auth/factor/".
	Factor string
	// StepUp is where somebody proves a factor anew whose browser has changed (SES-180);
	// empty: they are told the status.
	StepUp string
	// Workflow is followed by its kind for the workflows that have pages.
	Workflow func(session.PendingWorkflow) string
	// Home is where somebody goes who is signed in already.
	Home string
	// SignOut is refused as a return target, like SignIn.
	SignOut string
	// Log hears of guards that no chain runs around; nil: slog.Default.
	Log *slog.Logger
}

// Refuse answers a request that did not pass: a browser on its way to a page is
// redirected with 303, so that a body is never posted again (GRD-015);
// everything else, fetches above all, gets the status (GRD-014).
//
// A wiring fault is 500, and the log names the line that is missing (PRD-051).
func (t Table) Refuse(w http.ResponseWriter, r *http.Request, v Verdict) {
	if v == Miswired {
		log := t.Log
		if log == nil {
			log = slog.Default()
		}
		log.ErrorContext(r.Context(), "axess: a guarded route runs outside the chain",
			"path", r.URL.Path, "cure", "serve auth.Handler(mux), not the mux itself")
	}
	if problem.IsNavigation(r) {
		if to := t.target(r, v); to != "" {
			w.Header().Set("Cache-Control", "no-store")
			http.Redirect(w, r, to, http.StatusSeeOther)
			return
		}
	}
	problem.Write(w, r, code(v))
}

// code is the API side of the table.
func code(v Verdict) problem.Code {
	switch v {
	case Unauthenticated:
		return problem.Unauthenticated
	case Revoked:
		return problem.SessionRevoked
	case FactorRequired:
		return problem.FactorRequired
	case WorkflowPending:
		return problem.WorkflowPending
	case AlreadyAuthenticated:
		return problem.AlreadyAuthenticated
	case Unavailable:
		return problem.Unavailable
	case StepUpRequired:
		return problem.StepUpRequired
	case Miswired, Pass:
	}
	return problem.Internal
}

// target is the browser side; empty means that the answer is a page with the
// status.
func (t Table) target(r *http.Request, v Verdict) string {
	next, _ := problem.Next(r)
	switch v {
	case Unauthenticated, Revoked:
		return problem.WithNext(t.SignIn, next)
	case FactorRequired:
		return problem.WithNext(t.factor(r.Context()), next)
	case WorkflowPending:
		if sess, err := session.From(r.Context()); err == nil && t.Workflow != nil {
			if st, ok := sess.State().(session.PendingWorkflow); ok {
				return t.Workflow(st)
			}
		}
	case AlreadyAuthenticated:
		if to, ok := t.Return(r.URL.Query().Get(problem.NextParam)); ok {
			return to
		}
		return t.Home
	case StepUpRequired:
		if t.StepUp != "" {
			return problem.WithNext(t.StepUp, next)
		}
	case Miswired, Pass, Unavailable:
	}
	return ""
}

func (t Table) factor(ctx context.Context) string {
	sess, err := session.From(ctx)
	if err != nil {
		return t.SignIn
	}
	st, ok := sess.State().(session.Authenticating)
	if !ok || st.Current().Len() == 0 {
		return t.SignIn
	}
	return t.FactorPath(st.Current().At(0))
}

// FactorPath is the page of one kind of factor.
func (t Table) FactorPath(k identity.Kind) string { return t.Factor + string(k) }

// Return checks a target given by a request: a path of this origin that does not
// lead straight back to signing in or out (GRD-016).
func (t Table) Return(next string) (string, bool) {
	return problem.SafeNext(next, t.SignIn, t.SignOut, strings.TrimSuffix(t.Factor, "/"))
}

// ErrForgedProof is what reading a proof panics with that no guard has minted
// (GRD-004).
var ErrForgedProof = errors.New("axess: proof was not minted by a guard")
