// Package respond is the one wrapper around a request and its response.
//
// For: everything that must happen after a handler decided what to answer and
// before the first byte leaves: writing the session, then the CSRF cookie,
// then the headers every response carries. Two wrappers that each believe to
// be the last would set cookies in the wrong order or too late, so nobody else
// wraps http.ResponseWriter for that purpose.
//
// Not for: deciding anything. It knows stages and slots, no sessions.
//
// One allocation per request, the [Scope], is the request's context, the state
// behind the response writer and the place where the layers leave what later
// layers need. The first layer that calls [Ensure] makes it; the others find it
// through the request's context, also when foreign middleware wrapped the
// writer in between. It is never pooled: handlers keep contexts and writers in
// goroutines, and a reused one would show one user's data to another.
//
//	func (l *Layer) Wrap(next http.Handler) http.Handler {
//		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
//			s, w, r, made := respond.Ensure(w, r)
//			if err := s.Before(respond.StageHeaders, l.apply); err != nil {
//				… // somebody already answered
//			}
//			next.ServeHTTP(w, r)
//			if made {
//				s.Finish()
//			}
//		})
//	}
//
// A panic passes Finish by, so a panicking handler commits nothing (SES-078).
// A layer whose uncommitted state must also die when somebody further out
// recovers and answers through the same writer calls [Scope.Abandon] there.
//
// The moment of commitment is the first of: WriteHeader with a final status
// (1xx other than 101 passes through), Write, WriteString, ReadFrom, Flush,
// Hijack, Push, the handler's return.
//
// Requirements: SES-068, SES-069, SES-071, CSR-016; what SES-070, SES-075,
// SES-077, SES-078, SES-080 and MID-044 need from below.
package respond
