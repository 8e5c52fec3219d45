package csrf

import (
	"net/http"

	"github.com/axess-go/axess/internal/problem"
	"github.com/axess-go/axess/internal/respond"
	"github.com/axess-go/axess/metric"
)

// Layer says which of the two refused.
type Layer string

// The layers.
const (
	LayerOrigin Layer = "origin"
	LayerToken  Layer = "token"
)

// Reason says why a request was refused. It is for logs, metrics and audit: the
// client learns nothing of it (CSR-030).
type Reason string

// The reasons.
const (
	// ReasonOrigin: another site caused the request.
	ReasonOrigin Reason = "origin"
	// ReasonMissing: no cookie, or no token in header or form.
	ReasonMissing Reason = "missing"
	// ReasonMalformed: a value that is no token, or more of them than one.
	ReasonMalformed Reason = "malformed"
	// ReasonMismatch: cookie, header and field do not hold the same token.
	ReasonMismatch Reason = "mismatch"
	// ReasonStale: a token, but not of this session, or of a key that is gone.
	ReasonStale Reason = "stale"
	// ReasonMisplaced: the chain is wrong (CSR-018).
	ReasonMisplaced Reason = "misplaced"
	// ReasonUnavailable: the session's store could not be asked.
	ReasonUnavailable Reason = "unavailable"
)

// Event is one refusal. It holds nothing that the caller chose, save a route
// that exists.
type Event struct {
	Layer  Layer
	Reason Reason
	Method string // one of RFC 9110 and PATCH, else "other"
	Route  string // pattern of the mux below; empty when none is found
}

const metricRejected = "axess.csrf.rejected"

// reject records a refusal and answers it.
func (p *Protection) reject(w http.ResponseWriter, r *http.Request, next http.Handler, l Layer, why Reason, code problem.Code) {
	e := Event{Layer: l, Reason: why, Method: methodName(r.Method), Route: route(next, r)}
	p.cfg.Metrics.Count(metricRejected, metric.L(metric.Layer, string(l)), metric.L(metric.Reason, string(why)))
	has := func(key string) bool { return len(r.Header[key]) > 0 }
	id := ""
	if s := respond.From(r.Context()); s != nil {
		id = s.RequestID()
	}
	p.cfg.Logger.WarnContext(r.Context(), "csrf: request refused",
		"layer", string(l), "reason", string(why), "method", e.Method, "route", e.Route, "request_id", id,
		"has_cookie", readJar(r.Header["Cookie"], p.cookie).count > 0, "has_header", has(headerKey),
		"has_origin", has("Origin"), "has_fetch_site", has("Sec-Fetch-Site"))
	p.cfg.Events(r.Context(), e)
	problem.Write(w, r, code)
}

func methodName(m string) string {
	switch m {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch,
		http.MethodDelete, http.MethodConnect, http.MethodOptions, http.MethodTrace:
		return m
	}
	return "other"
}

// route finds the pattern that the request would have reached. Both layers run
// before the mux, so the request itself does not know it yet.
func route(h http.Handler, r *http.Request) string {
	for range 32 {
		switch t := h.(type) {
		case *http.ServeMux:
			_, pattern := t.Handler(r)
			return pattern
		case interface{ Unwrap() http.Handler }:
			h = t.Unwrap()
		default:
			return ""
		}
	}
	return ""
}
