// Package problem is how every refusal looks: one table of codes and the one
// place that writes them.
//
// A code is stable and documented, with its cause and its cure, in
// docs/errors.md, which a test compares with the table. The answer is an RFC
// 9457 document, or a page when the client prefers HTML and the front door put
// a [Renderer] into the request's scope. It says the code and the request id
// and nothing of what happened inside: that is in the log under the same id.
//
//	if p, ok := …; !ok {
//		problem.Write(w, r, problem.Unauthenticated)
//		return
//	}
//	problem.Write(w, r, problem.Throttled, problem.RetryAt(until, clock.Now()))
//
// Redirects are not refusals of this package; guards decide them with
// [IsNavigation], [Next], [SafeNext] and [WithNext]. [Recover] and [LimitBody]
// are the two outermost layers of the chain, here because all they do is
// refuse.
//
// The package stands one floor above internal/respond, whose scope tells it
// the request id, the logger and the renderer.
//
// Requirements: MID-060 to MID-064, GRD-014, GRD-016, GRD-017, GRD-019,
// FUZ-F08, FUZ-F12.
package problem
