// Package csrf keeps other sites from acting through a person's browser.
//
// A browser adds a site's cookies to requests that other pages cause. Two
// independent layers tell those from the site's own, and both must agree:
//
//   - [Protection.Origin] asks the browser where the request comes from
//     (Sec-Fetch-Site, Origin). It stands outside of the session.
//   - [Protection.Token] asks for a token that only the site's own pages can
//     know: a signed double-submit token, bound to the session. It stands inside
//     of the session, whose id it needs.
//
// They are two middlewares because the chain puts the limits on addresses and
// the session between them. Mounted wrongly they refuse every unsafe request
// and log once why.
//
//	guard, err := csrf.New(csrf.Config{Keys: keys, Entropy: entropy.System()})
//	handler := guard.Origin(sessions.Wrap(guard.Token(mux)))
//	…
//	<form method="post">{{.CSRF}} …</form>    // .CSRF is csrf.Field(r.Context())
//
// A script sends [Token] in the header [Header] instead. A sign-in form is
// protected as well: a guest's token is bound to the anchor of the session.
//
// GET, HEAD and OPTIONS are safe and pass, so a handler must change nothing on
// them; TRACE is answered 405; every other method, known or not, is unsafe.
// Method-override headers are ignored.
//
// # Tokens and rotation
//
// Signing in gives the session a new id, and tokens of the old one are void. The
// cookie follows by itself, on the response that makes the change. A token that
// was written into a page before the change does not: answer a sign-in with
// 303 and let the next page ask for its own. Signing out removes the cookie.
//
// A tab that stayed open across a sign-in posts an old token. It is refused with
// the code csrf_stale; that answer carries a fresh cookie and, in the header
// [Header], a fresh token, so that a script recovers with one retry.
//
// # Not for
//
// Requests without a browser's ambient credentials: a request whose only
// credential is an Authorization header with Bearer or DPoP is not checked.
// Deciding who may do what: that is for guards. Cross-origin reading: that is
// CORS, and nothing here allows it.
//
// Bodies of multipart/form-data and forms over 64 KiB are not searched for a
// token: send the header. Routes that take files from forms without a script are
// named with [Multipart].
//
// Requirements: CSR-001 to CSR-021, CSR-030 to CSR-034, CSR-040, FUZ-F05, the
// form of MID-043.
package csrf
