// Package secure puts the headers on every response that tell browsers to be
// careful: HSTS, content security policy, framing, sniffing, referrer,
// cross-origin isolation, permissions.
//
// They are set at the last moment before the first byte, so that an error
// page, a panic's answer and a response that another layer replaced carry them
// too. A handler's own value stands, except that HSTS and nosniff are always
// ours; a header present without a value stays absent.
//
//	base, err := secure.New(secure.Config{})
//	pages, err := secure.New(secure.Config{CSP: ui.ContentSecurityPolicy, NoStore: true})
//	…
//	mux.Handle("/auth/", pages.Wrap(authPages)) // the innermost layer decides
//	handler := base.Wrap(mux)
//
// Not yet: nonces and a report collector (MID-041).
//
// Requirements: MID-040 to MID-044, MID-082.
package secure

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/axess-go/axess/internal/respond"
	"github.com/axess-go/axess/middleware/clientip"
)

// Defaults of a zero Config.
const (
	DefaultCSP = "default-src 'self'; script-src 'self'; style-src 'self'; object-src 'none'; " +
		"base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
	DefaultReferrerPolicy = "strict-origin-when-cross-origin"

	hsts        = "max-age=63072000; includeSubDomains"
	permissions = "camera=(), microphone=(), geolocation=(), " +
		"publickey-credentials-get=(self), publickey-credentials-create=(self)"
)

// ErrConfig is the class of every error of New.
var ErrConfig = errors.New("secure: configuration")

// Config of a layer. The zero value is the strict default.
type Config struct {
	// CSP replaces DefaultCSP.
	CSP string
	// UnsafeCSP allows a CSP with 'unsafe-inline' or 'unsafe-eval', which
	// gives up most of what a policy is for.
	UnsafeCSP bool
	// ReferrerPolicy replaces DefaultReferrerPolicy; pages with a secret in
	// their address use no-referrer.
	ReferrerPolicy string
	// NoStore adds Cache-Control: no-store to responses that say nothing about
	// caching, for sign-in and account routes.
	NoStore bool
	// HSTSPreload asks for the browsers' built-in lists. Leaving them takes
	// months.
	HSTSPreload bool
	// WithoutHSTS, a reason, leaves HSTS away. It is for development: on
	// localhost the header would bind every other server there.
	WithoutHSTS string
}

// Layer is one set of headers. It is immutable and safe for concurrent use.
type Layer struct {
	headers []header
	hsts    string
	// The hooks are made once, so that a request allocates none.
	onHTTPS, onHTTP func(*respond.Head)
}

type header struct{ key, value string }

// New checks the configuration.
func New(cfg Config) (*Layer, error) {
	if cfg.CSP == "" {
		cfg.CSP = DefaultCSP
	}
	if cfg.ReferrerPolicy == "" {
		cfg.ReferrerPolicy = DefaultReferrerPolicy
	}
	lower := strings.ToLower(cfg.CSP)
	switch {
	case strings.ContainsFunc(cfg.CSP, func(c rune) bool { return c < ' ' || c > '~' || c == ',' }):
		return nil, fmt.Errorf("%w: CSP contains a comma, a line break or a character outside ASCII", ErrConfig)
	case !cfg.UnsafeCSP && (strings.Contains(lower, "'unsafe-inline'") || strings.Contains(lower, "'unsafe-eval'")):
		return nil, fmt.Errorf("%w: CSP allows inline scripts, styles or eval; that needs UnsafeCSP", ErrConfig)
	case !slices.Contains([]string{"no-referrer", "same-origin", "strict-origin", DefaultReferrerPolicy}, cfg.ReferrerPolicy):
		return nil, fmt.Errorf("%w: ReferrerPolicy is none of no-referrer, same-origin, strict-origin, %s", ErrConfig, DefaultReferrerPolicy)
	}
	l := &Layer{headers: []header{
		{"Content-Security-Policy", cfg.CSP},
		{"Referrer-Policy", cfg.ReferrerPolicy},
		{"X-Frame-Options", "DENY"},
		{"Cross-Origin-Opener-Policy", "same-origin"},
		{"Cross-Origin-Resource-Policy", "same-origin"},
		{"Permissions-Policy", permissions},
	}}
	if cfg.NoStore {
		l.headers = append(l.headers, header{"Cache-Control", "no-store"})
	}
	if cfg.WithoutHSTS == "" {
		l.hsts = hsts
		if cfg.HSTSPreload {
			l.hsts += "; preload"
		}
	}
	l.onHTTPS = func(h *respond.Head) { apply(h, l.hsts) }
	l.onHTTP = func(h *respond.Head) { apply(h, "") }
	return l, nil
}

// Wrap makes the responses of next carry the headers. Of several layers on one
// request the innermost decides, except for HSTS, which belongs to the
// outermost since it speaks for the whole host.
func (l *Layer) Wrap(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s, w, r, made := respond.Ensure(w, r)
		first := s.Get(respond.SlotSecure) == nil
		s.Set(respond.SlotSecure, l)
		if first {
			hook := l.onHTTP
			if r.TLS != nil || clientip.From(r.Context()).HTTPS() {
				hook = l.onHTTPS
			}
			if err := s.Before(respond.StageHeaders, hook); err != nil {
				s.Logger().ErrorContext(s, "secure: layer runs after the response began", "error", err)
			}
		}
		next.ServeHTTP(w, r)
		if made {
			s.Finish()
		}
	})
}

func apply(head *respond.Head, hsts string) {
	l, ok := head.Scope().Get(respond.SlotSecure).(*Layer)
	if !ok {
		return
	}
	h := head.Header()
	// One backing array for all values: a header map owns its slices, so they
	// cannot be shared between requests.
	values := make([]string, 0, len(l.headers)+2)
	put := func(key, value string) {
		values = append(values, value)
		n := len(values)
		h[key] = values[n-1 : n : n]
	}
	for _, d := range l.headers {
		if _, set := h[d.key]; !set {
			put(d.key, d.value)
		}
	}
	put("X-Content-Type-Options", "nosniff")
	if hsts != "" {
		put("Strict-Transport-Security", hsts)
	} else {
		delete(h, "Strict-Transport-Security")
	}
}
