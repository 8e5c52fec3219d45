package csrf

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/axess-go/axess/internal/problem"
	"github.com/axess-go/axess/internal/respond"
)

// originLayer is what Origin returns.
type originLayer struct {
	p    *Protection
	next http.Handler
}

// Origin refuses unsafe requests that another site caused. It belongs outside of
// the session, so that such a request costs no store operation, and inside of
// request id and client address. Mounted twice it checks once.
func (p *Protection) Origin(next http.Handler) http.Handler {
	p.outside.Store(true)
	return &originLayer{p, next}
}

// Unwrap returns the handler below.
func (l *originLayer) Unwrap() http.Handler { return l.next }

func (l *originLayer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if safe(r.Method) {
		// There is nothing to judge, and Token takes the absence of a judgement for
		// granted with a safe method alone.
		l.next.ServeHTTP(w, r)
		return
	}
	scope, w, r, made := respond.Ensure(w, r)
	l.serve(scope, w, r)
	if made {
		scope.Finish()
	}
}

func (l *originLayer) serve(scope *respond.Scope, w http.ResponseWriter, r *http.Request) {
	p := l.p
	switch st, _ := scope.Get(respond.SlotCSRF).(*state); {
	case st == nil:
	case st.p == p:
		l.next.ServeHTTP(w, r)
		return
	default:
		p.misplaced(r.Context(), "two protections on one request")
		p.reject(w, r, l.next, LayerOrigin, ReasonMisplaced, problem.CSRFFailed)
		return
	}
	if r.Method == http.MethodTrace {
		// It would show a script the cookies that are hidden from it.
		problem.Write(w, r, problem.MethodNotAllowed, problem.Allow(allowed...))
		return
	}
	how, why := p.judge(r)
	if why != "" {
		p.reject(w, r, l.next, LayerOrigin, why, problem.CSRFFailed)
		return
	}
	scope.Set(respond.SlotCSRF, &state{p: p, passage: how})
	if how == passedBypass {
		// Before the session reads them: a bypass lends no authority (CSR-020).
		// The request is changed and not copied for the reason given at peek.
		r.Header = r.Header.Clone()
		r.Header.Del("Cookie")
	}
	l.next.ServeHTTP(w, r)
}

var allowed = []string{
	http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete,
}

// judge decides about an unsafe request by what the browser says of it.
func (p *Protection) judge(r *http.Request) (passage, Reason) {
	sites, from := r.Header["Sec-Fetch-Site"], r.Header["Origin"]
	if len(sites) > 1 || len(from) > 1 {
		return 0, ReasonMalformed // no browser sends two
	}
	if p.bypass != nil {
		if h, _ := p.bypass.Handler(r); h == (passes{}) {
			return passedBypass, ""
		}
	}
	if p.exempt(r) {
		return passedExempt, ""
	}
	site, origin := first(sites), first(from)
	if site == "" && origin != "" && !p.ownForm(origin) {
		return 0, ReasonOrigin
	}
	if err := p.origins.Check(r); err != nil {
		return 0, ReasonOrigin
	}
	switch {
	case site == "same-origin":
		return passedSameOrigin, ""
	case site == "" && origin == "", site == "none":
		return passedUnknown, ""
	case site == "" && !p.trusted[origin]:
		return passedSameOrigin, "" // Check has compared Origin with Host
	}
	return passedTrusted, ""
}

// ownForm reports whether an origin, from a browser that sends no
// Sec-Fetch-Site, may be this site's or a trusted one's at all. The standard library compares hosts
// alone: it lets "null" through when the request names no host, and a page that
// somebody on the path wrote under http:// of the same name.
func (p *Protection) ownForm(origin string) bool {
	u, err := url.Parse(origin)
	return err == nil && u.Host != "" && (u.Scheme == "https" || u.Scheme == "http" && p.cfg.InsecureHTTP)
}

// exempt reports whether the only credential is one that no browser adds by
// itself (CSR-019). Certificates are added by the browser, and so is Basic.
func (p *Protection) exempt(r *http.Request) bool {
	auth := r.Header["Authorization"]
	if len(auth) != 1 || r.TLS != nil && len(r.TLS.PeerCertificates) > 0 {
		return false
	}
	scheme, cred, _ := strings.Cut(auth[0], " ")
	if cred == "" || !strings.EqualFold(scheme, "Bearer") && !strings.EqualFold(scheme, "DPoP") {
		return false
	}
	return !lendsAuthority(r.Header["Cookie"], p.cfg.SessionCookie)
}

func first(v []string) string {
	if len(v) == 0 {
		return ""
	}
	return v[0]
}
