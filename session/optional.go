package session

import "net/http"

// Optional marks a route that can be answered without knowing who asks. While
// the store is out, the route runs with a read-only guest (View.Degraded) whose
// mutators return ErrStoreUnavailable, instead of being answered 503 (SES-067).
//
// [Manager.Wrap] sees the mark through a http.ServeMux and through handlers
// that offer Unwrap() http.Handler.
func Optional(next http.Handler) http.Handler { return optionalRoute{next} }

type optionalRoute struct{ next http.Handler }

func (o optionalRoute) ServeHTTP(w http.ResponseWriter, r *http.Request) { o.next.ServeHTTP(w, r) }

// optional looks for the mark on the way that r would take. It is asked only
// when the store has failed: better to look it up then than to run a handler
// that does not expect a degraded session.
func optional(h http.Handler, r *http.Request) bool {
	for range 32 {
		switch t := h.(type) {
		case optionalRoute:
			return true
		case *http.ServeMux:
			h, _ = t.Handler(r)
		case interface{ Unwrap() http.Handler }:
			h = t.Unwrap()
		default:
			return false
		}
	}
	return false
}

// BestEffortData marks a route on which custom data may be lost rather than the
// response be replaced by 503 (SES-075). It concerns data alone: a failed login
// or logout is an error in any case.
func BestEffortData(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s, err := From(r.Context()); err == nil {
			s.mu.Lock()
			s.bestEffort = true
			s.mu.Unlock()
		}
		next.ServeHTTP(w, r)
	})
}
