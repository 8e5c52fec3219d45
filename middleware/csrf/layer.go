package csrf

import (
	"net/http"

	"github.com/axess-go/axess/internal/problem"
	"github.com/axess-go/axess/internal/respond"
	"github.com/axess-go/axess/seal"
)

// tokenLayer is what Token returns.
type tokenLayer struct {
	p    *Protection
	next http.Handler
}

// Token refuses unsafe requests without a token of their session, and makes
// [Token] and [Field] work below. It belongs inside of the session, which is
// inside of [Protection.Origin]. Mounted twice it checks once.
func (p *Protection) Token(next http.Handler) http.Handler { return &tokenLayer{p, next} }

// Unwrap returns the handler below.
func (l *tokenLayer) Unwrap() http.Handler { return l.next }

func (l *tokenLayer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	scope, w, r, made := respond.Ensure(w, r)
	l.serve(scope, w, r)
	if made {
		scope.Finish()
	}
}

func (l *tokenLayer) serve(scope *respond.Scope, w http.ResponseWriter, r *http.Request) {
	p, ctx := l.p, r.Context()
	st, _ := scope.Get(respond.SlotCSRF).(*state)
	s, err := p.find(ctx)
	switch {
	case err == nil && st == nil && safe(r.Method) && p.outside.Load():
		// Origin has nothing to say of it and leaves nothing.
		st = &state{p: p, session: s, inside: true, jar: readJar(r.Header["Cookie"], p.cookie)}
		err = scope.Install(respond.SlotCSRF, st, respond.StageCSRF, p.hook)
		if err != nil {
			scope.Set(respond.SlotCSRF, st)
		}
	case err != nil || st == nil || st.p != p:
		if err != nil {
			p.misplaced(ctx, "no session outside of Token")
		} else {
			p.misplaced(ctx, "no Origin of the same protection outside of Token")
		}
		if !safe(r.Method) {
			p.reject(w, r, l.next, LayerToken, ReasonMisplaced, problem.CSRFFailed)
			return
		}
		l.next.ServeHTTP(w, r)
		return
	case !st.enter(r):
		l.next.ServeHTTP(w, r)
		return
	default:
		st.session = s
		err = scope.Before(respond.StageCSRF, p.hook)
	}
	if err != nil {
		p.cfg.Logger.ErrorContext(ctx, "csrf: the response was sent before the layer ran", "error", err)
	}
	switch st.passage {
	case passedSafe:
		if p.cfg.Mode == SPA && problem.IsNavigation(r) {
			// Now, because a guest's anchor goes out before the hook of this layer.
			p.bind(ctx, st, s)
		}
	case passedExempt:
	case passedBypass:
		if _, known := s.Ref(); known {
			// The session was read before its cookie was taken away.
			p.misplaced(ctx, "the session is outside of Origin, so a bypass would lend its authority")
			p.reject(w, r, l.next, LayerToken, ReasonMisplaced, problem.CSRFFailed)
			return
		}
	case passedSameOrigin, passedTrusted, passedUnknown:
		if why := p.check(st, s, r); why != "" {
			l.refuse(st, s, w, r, why)
			return
		}
	}
	l.next.ServeHTTP(w, r)
}

// enter marks the request as inside and reads its cookies; false if it was
// inside already.
func (st *state) enter(r *http.Request) bool {
	st.mu.Lock()
	defer st.mu.Unlock()
	if st.inside {
		return false
	}
	st.inside = true
	st.jar = readJar(r.Header["Cookie"], st.p.cookie)
	return true
}

// check says why an unsafe request is refused, nothing if it is not (CSR-010).
func (p *Protection) check(st *state, s binding, r *http.Request) Reason {
	if s.View().Degraded {
		return ReasonUnavailable
	}
	switch {
	case st.jar.count == 0:
		return ReasonMissing
	case st.jar.count > 1:
		return ReasonMalformed
	}
	cookie, ok := decode(st.jar.value)
	if !ok {
		return ReasonMalformed
	}
	shown, why := p.presented(r)
	if why != "" {
		return why
	}
	ref, known := s.Ref()
	// Both, always, and neither ends early: which of them failed is not to be
	// seen in the time that it took.
	equal := seal.Equal(cookie[:], shown[:])
	genuine := p.minter.verifies(&cookie, ref)
	switch {
	case !equal:
		return ReasonMismatch
	case !genuine || !known:
		return ReasonStale
	}
	return ""
}

// presented returns the token that the page sent along. The header wins; a field
// that says something else is a refusal, since two answers mean that somebody
// added one (CSR-008).
func (p *Protection) presented(r *http.Request) (t token, why Reason) {
	header, fields := r.Header[headerKey], formValues(r)
	if len(fields) == 0 {
		fields = p.uploadValues(r)
	}
	if len(header) == 1 && len(header[0]) > maxValue {
		header = nil
	}
	if len(header) > 1 || len(fields) > 1 {
		return token{}, ReasonMalformed
	}
	if len(header) == 0 && len(fields) == 0 {
		return token{}, ReasonMissing
	}
	value := append(header[:len(header):len(header)], fields...)
	t, ok := decode(value[0])
	if !ok {
		return token{}, ReasonMalformed
	}
	if len(value) == 2 {
		other, ok := decode(value[1])
		if !ok || !seal.Equal(t[:], other[:]) {
			return token{}, ReasonMismatch
		}
	}
	return t, ""
}

// refuse answers. If the browser itself vouches that the request is of this
// site, it gets what it needs for a second try (CSR-040).
func (l *tokenLayer) refuse(st *state, s binding, w http.ResponseWriter, r *http.Request, why Reason) {
	p := l.p
	code := problem.CSRFFailed
	st.mu.Lock()
	st.rejected = true
	st.mu.Unlock()
	switch {
	case why == ReasonUnavailable:
		code = problem.Unavailable
	case st.passage == passedSameOrigin:
		code = problem.CSRFStale
		if t, ok := p.bind(r.Context(), st, s); ok {
			w.Header()[headerKey] = []string{p.masked(&t.token)}
		}
	}
	p.reject(w, r, l.next, LayerToken, why, code)
}
